"""Names of TensorFlow 1 that TensorFlow 2 dropped."""

from __future__ import annotations

from .inputs import f32, ints, py
from .runner import Case, Program, raised


def _scopes(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        x = tf.constant(1.0)
        with v1.op_scope([x], None, "made") as scope:
            y = tf.identity(x, name="y")
        with v1.variable_op_scope([x], "net", reuse=v1.AUTO_REUSE, regularizer=tf.nn.l2_loss):
            v = v1.get_variable("v", initializer=1.0)
            v1.get_variable("free", initializer=1.0, regularizer=v1.no_regularizer)
        return scope, y.name, v.name, len(v1.losses.get_regularization_losses())


def _conversion(tf):
    v1 = tf.compat.v1
    rows = tf.IndexedSlices(tf.ones([1, 2]), tf.constant([0]))
    return (
        v1.convert_to_tensor_or_indexed_slices([1, 2], dtype=tf.float32),
        v1.convert_to_tensor_or_indexed_slices(rows) is rows,
        raised(lambda: v1.convert_to_tensor_or_indexed_slices(rows, dtype=tf.int32)),
    )


def _initializer(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        made = [v1.uniform_unit_scaling_initializer(2.0, seed=4)(shape) for shape in ([3, 2], [4], [2, 3, 2])]
        return session.run(made), v1.initializers.uniform_unit_scaling(2.0).get_config()


def _constants(tf):
    kinds = tf.AggregationMethod
    return kinds.ADD_N, kinds.DEFAULT, kinds.EXPERIMENTAL_TREE, kinds.EXPERIMENTAL_ACCUMULATE_N


_STRIDES = {"strides": [1, 1, 1, 1], "padding": "SAME"}


def _names_below_compat(tf):
    """Programs that `import tensorflow.compat.v1 as tf` and spell names out nevertheless."""
    v1 = tf.compat.v1
    return (
        v1.compat.v1.Session is v1.Session,
        v1.compat.v2.Variable is tf.Variable,
        v1.compat.v1.compat.v1.nn.relu is v1.nn.relu,
        v1.compat.v2.compat.v1.placeholder is v1.placeholder,
        [name for name in dir(v1.compat) if name.startswith("v")],
    )


CASES = [
    Program("scopes", _scopes),
    Program("names-below-compat", _names_below_compat),
    Program("conversion", _conversion),
    Program("uniform-unit-scaling", _initializer),
    Program("version", lambda tf: (tf.compat.v1.__version__, tf.compat.v1.__cxx_version__)),
    Program("aggregation", _constants, symbols=["AggregationMethod"]),
    Case("clip-by-average-norm", lambda tf, x: tf.compat.v1.clip_by_average_norm(x, 0.1), [f32(2, 3)], grad=True),
    Case("batch-gather", lambda tf, x, i: tf.compat.v1.batch_gather(x, i), [f32(2, 4), ints(2, 3, high=4)], grad=True),
    Case(
        "conv2d-backprop",
        lambda tf, s, x, k, y: (
            tf.compat.v1.nn.conv2d_backprop_input(s, k, y, **_STRIDES),
            tf.compat.v1.nn.conv2d_backprop_filter(x, [2, 2, 2, 3], y, **_STRIDES),
        ),
        [py([1, 4, 4, 2]), f32(1, 4, 4, 2), f32(2, 2, 2, 3), f32(1, 4, 4, 3)],
    ),
    Case(
        "depthwise-conv2d-native",
        lambda tf, x, k: tf.compat.v1.nn.depthwise_conv2d_native(x, k, **_STRIDES),
        [f32(1, 4, 4, 2), f32(2, 2, 2, 1)],
    ),
    Case(
        "max-pool-with-argmax",
        lambda tf, x: tf.compat.v1.nn.max_pool_with_argmax(
            x, [1, 2, 2, 1], [1, 2, 2, 1], "VALID", output_dtype=tf.int32
        ),
        [f32(1, 4, 4, 2)],
    ),
    Case("bincount", lambda tf: tf.compat.v1.bincount([1, 2, 2], None, 6, dtype=tf.float32), []),
    Case(
        "batch-to-space",
        lambda tf, x: tf.compat.v1.manip.batch_to_space_nd(x, [2, 2], [[0, 0], [0, 0]]),
        [f32(4, 1, 2, 1)],
    ),
]
