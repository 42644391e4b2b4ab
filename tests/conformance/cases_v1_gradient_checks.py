"""`tf.compat.v1.test.compute_gradient`."""

from __future__ import annotations

import numpy as np

from .runner import Program, raised


def checked(build, dtype, value, y_shape, **kwargs):
    """Both Jacobians of what `build` makes of a placeholder, rounded: they are of differences."""

    def run(tf):
        v1 = tf.compat.v1
        x_value = np.array(value, dtype)  # in the order that it has in memory
        with tf.Graph().as_default(), v1.Session():
            x = v1.placeholder(dtype, x_value.shape)
            y, extra = build(tf, x)
            found = v1.test.compute_gradient(x, x_value.shape, y, y_shape, x_init_value=x_value, **extra, **kwargs)
        return [np.round(jacobian.astype(np.float64), 2) for jacobian in found] + [j.dtype.name for j in found]

    return run


def _stacked(tf, x):
    return tf.stack([tf.reduce_sum(x * x), x[0]]), {}


def _fed(tf, x):
    z = tf.compat.v1.placeholder(x.dtype, [])
    return x * z, {"extra_feed_dict": {z: 3.0}}


def _with_variable(tf, x):
    v1 = tf.compat.v1
    y = x * v1.get_variable("v", [2], initializer=v1.ones_initializer())
    return y, {"init_targets": [v1.global_variables_initializer()]}


def _gathered(tf, x):
    return tf.gather(x, [1, 1]), {}


def _several(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session():
        x, z = tf.constant([1.0, 2.0]), tf.constant(3.0)
        found = v1.test.compute_gradient(
            [x, z], [[2], []], x * z, [2], x_init_value=[np.float32([1, 2]), np.float32(3)]
        )
        error = v1.test.compute_gradient_error(x, [2], x * z, [2])
        unconnected = raised(lambda: v1.test.compute_gradient(x, [2], z, []))
    return (
        [[np.round(jacobian.astype(np.float64), 2) for jacobian in pair] for pair in found],
        bool(error < 0.01),
        unconnected,
    )


CASES = [
    Program("stacked", checked(_stacked, "float32", [1, 2], [2])),
    Program("double", checked(_stacked, "float64", [1, 2], [2], delta=1e-4)),
    Program("complex", checked(_stacked, "complex64", [1 + 2j, 2 - 1j], [2])),
    Program("fed", checked(_fed, "float32", [1, 2], [2])),
    Program("with-variable", checked(_with_variable, "float32", [1, 2], [2])),
    Program("gathered", checked(_gathered, "float32", [[1, 2], [3, 4]], [2, 2])),
    Program("several", _several),
    Program("column-major", checked(_gathered, "float32", np.array([[1, 2], [3, 4]]).T, [2, 2])),
]
