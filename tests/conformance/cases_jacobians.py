"""Jacobians and Hessians of tensors whose static shapes are unknown, and in graphs."""

from __future__ import annotations

import numpy as np

from .runner import Program, raised

SHAPES = ([2, 6], [None, 6], [2, None], [None, None], None)


def _traced(tf, body, x_shape, w_shape):
    """Static shape and value of `body(x, w)` for a signature of these shapes, or the class of the error."""
    signature = [tf.TensorSpec(x_shape), tf.TensorSpec(w_shape)]
    x, w = tf.reshape(tf.range(12.0), [2, 6]) / 10, tf.fill([6, 3], 0.1)

    def run():
        concrete = tf.function(body, input_signature=signature).get_concrete_function()
        results.append(concrete(x, w))
        shape = concrete.output_shapes
        results.append(shape.rank and len(shape))

    results = []
    return [raised(run), results]


def _batch_jacobian(target):
    def body(tf, x, w):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = target(tf, x, w)
        return tape.batch_jacobian(y, x)

    def program(tf):
        return [_traced(tf, lambda x, w: body(tf, x, w), s, t) for s in SHAPES for t in ([6, 3], [None, None])]

    return program


def _jacobian(tf):
    def body(x, w):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.tanh(tf.matmul(x, w))
        return tape.jacobian(y, x)

    return [_traced(tf, body, s, t) for s in SHAPES for t in ([6, 3], [None, 3], None)]


def _in_graph(tf, body, *arguments):
    results = []
    error = raised(lambda: results.append(tf.function(body)(*arguments)))
    return [error, results]


def _hessians(tf):
    x, y = tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.constant(2.0)
    concrete = tf.function(
        lambda x, y: tf.hessians(tf.reduce_sum(x**3) * x[0, 0] * y * y, [x, y])
    ).get_concrete_function(tf.TensorSpec([None, 2]), tf.TensorSpec([]))
    v = tf.constant([1.0, 2.0])
    return [
        concrete.output_shapes,
        concrete(x, y),
        _in_graph(tf, lambda x: tf.hessians([x * x, x * x * x], x), v),
        _in_graph(tf, lambda x: tf.hessians(x * 2.0, x), v),
        _in_graph(tf, lambda x: tf.hessians(tf.reduce_sum(x * x), tf.constant([1.0])), v),
        _in_graph(tf, lambda x: tf.hessians(tf.reduce_sum(x * x), x), tf.constant([1.0 + 1j])),
        _in_graph(tf, lambda x: tf.hessians(tf.reduce_sum(x * x), x), tf.constant([1, 2])),
        raised(lambda: tf.hessians(v, v)),
    ]


def _through_rules(tf):
    x, matrix = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), tf.constant([[0.1, 0.2], [0.3, 0.4]])

    def jacobian(fn, x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = fn(x)
        return tape.jacobian(y, x)

    return [
        jacobian(lambda x: tf.math.segment_sum(x * x, [0, 0, 1]), x),
        jacobian(lambda x: tf.math.segment_max(x, [0, 1, 1]), x),
        jacobian(tf.linalg.expm, matrix),
    ]


def _through_python(tf):
    """Gradients that are Python code, and functions that are called: rows are pulled back at once there too."""
    w = tf.Variable([1.0, 2.0, 3.0])
    x = tf.constant([0.5, 1.5, 2.5])

    @tf.custom_gradient
    def cube(x):
        y = x * x

        def grad(g):
            return g * 2 * y

        return y * x, grad

    @tf.custom_gradient
    def both(x, y):
        def grad(a, b):
            return a * y + b, tf.reduce_sum(b) * x

        return (x * y, x + y), grad

    @tf.custom_gradient
    def scaled(x):
        def grad(g, variables=None):
            return g * w, [g * x * 2]

        return x * w, grad

    @tf.function
    def called(x):
        return tf.sin(x) * w

    @tf.function
    def looped(x):
        for _ in tf.range(3):
            x = x * tf.sin(x)
        return x

    @tf.function
    def mixed(x):
        return cube(x) * called(x)

    def jacobian(fn):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = fn(x)
        return tape.jacobian(y, [x, w])

    def batch_jacobian(fn):
        xs = tf.stack([x, x * 2.0])
        with tf.GradientTape() as tape:
            tape.watch(xs)
            y = fn(xs)
        return tape.batch_jacobian(y, xs)

    def hessian(fn):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                z = tf.reduce_sum(fn(x) ** 2)
            g = tape.gradient(z, x)
        return g, outer.jacobian(g, x)

    def pushed(fn):
        with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = fn(x)
            g = tape.gradient(y, x)
        return accumulator.jvp(y), accumulator.jvp(g)

    def summed(x):
        p, _ = both(x, w)
        return p * both(w, x)[1]

    every = [cube, summed, scaled, called, looped, mixed]
    return [
        [jacobian(fn) for fn in every],
        [batch_jacobian(fn) for fn in (cube, scaled, called, looped, mixed)],
        [hessian(fn) for fn in every],
        [pushed(fn) for fn in (cube, summed, scaled, called, mixed)],
        jacobian(lambda x: tf.numpy_function(np.sign, [x], tf.float32) * x),
        tf.function(lambda: [jacobian(fn) for fn in (summed, called, looped, mixed)])(),
    ]


def _of_alike_weights(tf):
    """Filters of one number: XLA's simplifier once dropped factors."""

    def summed(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.nn.conv2d(x, tf.ones([3, 3, 1, 9]), 1, "SAME")
            rows = tf.reduce_sum(y**2.0, [2, 3])
        return tf.reduce_sum(tape.batch_jacobian(rows, x))

    @tf.function
    def gradient(x):
        return tf.gradients(summed(x), x)[0]

    return gradient(tf.ones([10, 4, 4, 1]))


def _row_by_row(tf):
    """Jacobians of an unknown number of rows that are computed one by one."""
    x, w = tf.reshape(tf.range(6.0), [2, 3]) / 4 - 1, tf.reshape(tf.range(9.0), [3, 3]) / 10

    @tf.custom_gradient
    def tripled(x):
        return x**2, lambda dy: 3 * dy * x

    functions = [
        lambda x: tf.nn.softmax(x @ w),
        lambda x: tf.map_fn(lambda row: tf.cond(row[0] > 0, lambda: row**2, lambda: row), x),
        lambda x: tf.while_loop(lambda i, a: i < 2, lambda i, a: (i + 1, tf.sin(a) * x), (0, x))[1],
        tripled,
    ]

    def traced(fn):
        @tf.function(input_signature=[tf.TensorSpec([None, 3])])
        def derive(x):
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(x)
                y = fn(x)
            own = tape.batch_jacobian(y, x, experimental_use_pfor=False)
            return own, tape.jacobian(y, [x, w], experimental_use_pfor=False)

        return derive(x), derive(x[:0]), derive.get_concrete_function().output_shapes

    return [traced(fn) for fn in functions]


CASES = [
    Program("row-by-row", _row_by_row),
    Program("through-python", _through_python),
    Program("batch-matmul", _batch_jacobian(lambda tf, x, w: tf.tanh(tf.matmul(x, w)))),
    Program("batch-reshape", _batch_jacobian(lambda tf, x, w: tf.reshape(x, [-1, 2, 3]) * 2.0)),
    Program("batch-unconnected-other-size", _batch_jacobian(lambda tf, x, w: tf.tanh(w))),
    Program("unknown-shapes", _jacobian),
    Program("hessians", _hessians),
    Program("through-rules", _through_rules),
    Program("of-alike-weights", _of_alike_weights),
]
