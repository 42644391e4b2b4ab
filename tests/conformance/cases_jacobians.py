"""Jacobians and Hessians of tensors whose static shapes are unknown, and in graphs."""

from __future__ import annotations

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


CASES = [
    Program("batch-matmul", _batch_jacobian(lambda tf, x, w: tf.tanh(tf.matmul(x, w)))),
    Program("batch-reshape", _batch_jacobian(lambda tf, x, w: tf.reshape(x, [-1, 2, 3]) * 2.0)),
    Program("batch-unconnected-other-size", _batch_jacobian(lambda tf, x, w: tf.tanh(w))),
    Program("unknown-shapes", _jacobian),
    Program("hessians", _hessians),
    Program("through-rules", _through_rules),
]
