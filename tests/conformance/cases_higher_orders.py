"""Gradients of gradients, jacobians, hessians; gradients of composed code in all modes."""

from __future__ import annotations

from .cases_tape import tape_program, x_
from .inputs import c64, f32, f64, ints, positive, rand, variable
from .runner import Case, raised

# ---------------------------------------------------------------- higher orders, jacobians


def _nested_orders(tf):
    x = x_(tf, 1.5)
    with tf.GradientTape() as third:
        third.watch(x)
        with tf.GradientTape() as second:
            second.watch(x)
            with tf.GradientTape() as first:
                first.watch(x)
                y = tf.sin(x) * x**3
            g1 = first.gradient(y, x)
        g2 = second.gradient(g1, x)
    return [g1, g2, third.gradient(g2, x)]


def _persistent_second_order(tf):
    x = x_(tf, [1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x**3
        g = tape.gradient(y, x)
    return [g, tape.gradient(g, x)]


def _second_order_of_variable(tf):
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    w = tf.constant([[0.5], [0.25]])
    with tf.GradientTape() as outer:
        outer.watch(w)
        with tf.GradientTape() as inner:
            inner.watch([x, w])
            y = tf.reduce_sum(tf.tanh(x @ w))
        penalty = tf.reduce_sum(inner.gradient(y, x) ** 2)
    return [penalty, outer.gradient(penalty, w)]


def _inner_tape_alone(tf):
    x = x_(tf)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            y = x * x
        g = inner.gradient(y, x)
    return [g, outer.gradient(y, x)]


def _hessian(tf):
    x = x_(tf, [1.0, 2.0, 3.0])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_prod(x) + tf.reduce_sum(x**3)
        g = inner.gradient(y, x)
    return outer.jacobian(g, x)


def _jacobian(tf):
    x, w = x_(tf, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), x_(tf, [[1.0, -1.0], [0.5, 2.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, w])
        y = tf.nn.softmax(x @ w)
        s = tf.reduce_sum(y)
        u = tf.ones([2])
    return [
        tape.jacobian(y, w),
        tape.jacobian(y, [x, w]),
        tape.jacobian(y, {"w": w}),
        tape.jacobian(s, w),
        tape.jacobian(y, u),
        tape.jacobian(y, u, unconnected_gradients=tf.UnconnectedGradients.ZERO),
        tape.jacobian(y, w, experimental_use_pfor=False) if tf.executing_eagerly() else None,
        tape.batch_jacobian(y, x),
    ]


def _batch_jacobian_errors(tf):
    x = x_(tf, [[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        short = tf.reduce_sum(x, 1)[:1]
        scalar = tf.reduce_sum(x)
    return [
        raised(lambda: tape.batch_jacobian(short, x)),
        raised(lambda: tape.batch_jacobian(scalar, x)),
        raised(lambda: tape.batch_jacobian(y, scalar)),
        raised(lambda: tape.batch_jacobian(y, [x])),
        tape.batch_jacobian(y, tf.ones([2, 2])),
        tape.batch_jacobian(y, tf.ones([2, 2]), unconnected_gradients="zero"),
    ]


def _jacobian_of_gather(tf):
    x = x_(tf, [1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.gather(x, [0, 0, 2]) * x
    return tape.jacobian(y, x)


ORDERS = [
    case
    for name, body in {
        "nested-orders": _nested_orders,
        "persistent-second-order": _persistent_second_order,
        "second-order-of-parameters": _second_order_of_variable,
        "inner-tape-alone": _inner_tape_alone,
        "hessian": _hessian,
        "jacobian": _jacobian,
        "batch-jacobian-errors": _batch_jacobian_errors,
        "jacobian-of-gather": _jacobian_of_gather,
    }.items()
    for case in tape_program(name, body)
]

# ---------------------------------------------------------------- gradients of composed code, in all modes


def _mlp(tf, x, w1, b1, w2):
    hidden = tf.nn.relu(x @ w1 + b1)
    return tf.reduce_mean(tf.square(hidden @ w2 - 1.0))


COMPOSED = [
    Case("mlp", _mlp, [f32(4, 3), variable(f32(3, 5)), variable(f32(5)), variable(f32(5, 1))], grad=2),
    Case("log-sum-exp", lambda tf, x: tf.math.log(tf.reduce_sum(tf.exp(x), -1)), [f32(2, 3)], grad=2, rank=True),
    Case("normalise", lambda tf, x: x / tf.sqrt(tf.reduce_sum(x * x, -1, keepdims=True)), [f32(2, 3)], grad=2),
    Case("double", lambda tf, x: tf.tanh(x) ** 2, [f64(3)], grad=2),
    Case("half", lambda tf, x: tf.tanh(x) * x, [rand("float16", 3)], grad=True),
    Case("complex-power", lambda tf, z: tf.abs(z * z) + tf.math.real(z), [c64(3)], grad=2),
    Case("unused-input", lambda tf, x, y: x * 2.0, [f32(3), f32(2)], grad=2),
    Case(
        "int-input",
        lambda tf, x, i: tf.gather(x, i) * tf.cast(i, tf.float32),
        [f32(3), ints(4, low=0, high=3)],
        grad=2,
    ),
    Case("stop-gradient", lambda tf, x: x * tf.stop_gradient(x * x), [f32(3)], grad=2),
    Case(
        "several-outputs",
        lambda tf, x: (tf.split(x, 2), {"a": tf.reduce_max(x), "n": tf.argmax(x, 0)}),
        [f32(4)],
        grad=2,
    ),
    Case("linear-has-zero-second-order", lambda tf, x: 3.0 * x, [f32(3)], grad=2),
    Case("broadcast-three", lambda tf, x, y, z: x * y + z, [f32(2, 1, 3), f32(3, 1), f32()], grad=2),
    Case("log-positive", lambda tf, x: tf.math.log(x) * tf.math.rsqrt(x), [positive(3)], grad=2),
]

CASES = [*ORDERS, *COMPOSED]
