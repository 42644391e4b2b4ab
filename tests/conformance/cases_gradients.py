"""Gradients that the user writes or redirects, forward mode, and `tf.gradients` in graphs."""

from __future__ import annotations

import numpy as np

from .cases_tape import tape_program, x_
from .inputs import f32, variable
from .runner import Case, Program, raised

# ---------------------------------------------------------------- tf.custom_gradient


def _clipped(tf):
    @tf.custom_gradient
    def f(x):
        def grad(dy):
            return tf.clip_by_value(dy, -0.1, 0.1)

        return x * x, grad

    return f


def _log1pexp(tf):
    @tf.custom_gradient
    def f(x):
        e = tf.exp(x)

        def grad(upstream):
            return upstream * (1.0 - 1.0 / (1.0 + e))

        return tf.math.log(1.0 + e), grad

    return f


def _two_by_two(tf):
    @tf.custom_gradient
    def f(x, y):
        def grad(da, db):
            return da * 10.0 + db, None

        return (x * y, x + y), grad

    return f


def _with_keywords(tf):
    @tf.custom_gradient
    def f(x, scale=2.0):
        return x * scale, lambda dy: dy * 100.0

    return f


def _with_variable(tf):
    v = tf.Variable(3.0)

    @tf.custom_gradient
    def f(x):
        def grad(dy, variables=None):
            return dy * v * 2.0, [dy * x * 7.0 for _ in variables]

        return x * v, grad

    x = x_(tf, 2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return [y, tape.gradient(y, [x, v])]


def _variable_without_keyword(tf):
    v = tf.Variable(3.0)

    @tf.custom_gradient
    def f(x):
        return x * v, lambda dy: dy

    x = x_(tf, 2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        return raised(lambda: f(x))


def _wrong_number_of_gradients(tf):
    @tf.custom_gradient
    def f(x, y):
        return x * y, lambda dy: dy

    x = x_(tf, 2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = f(x, x)
    return raised(lambda: tape.gradient(z, x))


def _nested_custom(tf):
    inner = _clipped(tf)

    @tf.custom_gradient
    def outer(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = inner(x) * x

        def grad(dy):
            return dy * 3.0

        return y + tape.gradient(y, x), grad

    x = x_(tf, 2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = outer(inner(x))
    return [y, tape.gradient(y, x)]


def _second_order_of_custom(tf):
    @tf.custom_gradient
    def cube(x):
        def grad(dy):
            return dy * 3.0 * x * x

        return x * x * x, grad

    x = x_(tf, 2.0)
    with tf.GradientTape() as second:
        second.watch(x)
        with tf.GradientTape() as first:
            first.watch(x)
            y = cube(x)
        g = first.gradient(y, x)
    return [y, g, second.gradient(g, x)]


def _own_second_order(tf):
    @tf.custom_gradient
    def f(x):
        @tf.custom_gradient
        def first(dy):
            def second(ddy):
                return ddy * 1000.0

            return dy * 10.0 * tf.ones_like(x), second

        return x * x, first

    x = x_(tf, 2.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        dy = tf.constant(1.0)
        outer.watch(dy)
        g = tape.gradient(y, x, output_gradients=dy)
    return [g, outer.gradient(g, dy)]


def _list_argument(tf):
    @tf.custom_gradient
    def f(x, y, z):
        return x + y + z, lambda dy: (dy, dy * 2.0, dy * 3.0)

    xs = [x_(tf, 1.0), x_(tf, 2.0), x_(tf, 3.0)]
    with tf.GradientTape() as tape:
        tape.watch(xs)
        y = f(*xs)
    return tape.gradient(y, xs)


def _used_without_tape(tf):
    return [_clipped(tf)(x_(tf, 3.0)), _two_by_two(tf)(x_(tf), x_(tf))]


def _documentation_kept(tf):
    @tf.custom_gradient
    def named(x):
        """Doc."""
        return x, lambda dy: dy

    return [named.__name__, named.__doc__]


def _pass_through(tf):
    x = x_(tf, 2.5)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.grad_pass_through(tf.round)(x * 2.0)
        z = tf.grad_pass_through(lambda a: tf.floor(a) * 7.0)(x)
    return [y, tape.gradient(y, x), z, tape.gradient(z, x)]


def _recompute(tf):
    v = tf.Variable([[0.5, -0.5], [0.25, 1.0]])
    calls = []

    def block(x):
        calls.append(1)
        return tf.tanh(x @ v)

    wrapped = tf.recompute_grad(block)
    x = x_(tf, [[1.0, 2.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = wrapped(x)
    before = len(calls)
    g = tape.gradient(y, [x, v])
    return [y, g, before, len(calls)]


def _recompute_of_rows(tf):
    """The gradient of a variable is dense although rows of it were gathered."""
    v = tf.Variable([1.0, 2.0])
    x = x_(tf, [3.0, 4.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.recompute_grad(lambda x: tf.reduce_sum(x / tf.gather(v, [0, 0])))(x)
    return tape.gradient(y, [v, x])


def _variables_of_plain_graphs(tf):
    """Functions with gradients of their own see the variables of a graph of TensorFlow 1."""
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        v, x = tf.Variable([1.0, 2.0]), tf.constant([3.0, 4.0])

        @tf.custom_gradient
        def own(x):
            return tf.reduce_sum(x * v), lambda d, variables=None: (d * x, [d * 7.0 * x for _ in variables or []])

        found = [
            v1.gradients(f(x), [v, x])
            for f in (
                own,
                tf.recompute_grad(lambda x: tf.reduce_sum(x * v)),
                tf.recompute_grad(lambda x: tf.scan(lambda a, i: a * v[0] + x[i], tf.range(2), 0.0)[-1]),
            )
        ]
        session.run(v1.global_variables_initializer())
        return session.run(found)


def _stop_gradient(tf):
    x = x_(tf, [1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * tf.stop_gradient(x)
        z = tf.stop_gradient(x)
        w = tf.math.multiply_no_nan(x, tf.constant([0.0, 1.0]))
        p = tf.raw_ops.PreventGradient(input=x, message="no")
    return [
        tape.gradient(y, x),
        tape.gradient(z, x),
        tape.gradient(w, x),
        raised(lambda: tape.gradient(p, x)),
    ]


CUSTOM = [
    Case("custom-clipped", lambda tf, x: _clipped(tf)(x) * 3.0, [f32(3)], grad=True),
    Case("custom-log1pexp", lambda tf, x: _log1pexp(tf)(x), [f32(3)], grad=2),
    Case("custom-two-by-two", lambda tf, x, y: _two_by_two(tf)(x, y), [f32(3), f32(3)], grad=True),
    Case("custom-keyword", lambda tf, x: _with_keywords(tf)(x, scale=3.0), [f32(3)], grad=True),
    Case("custom-of-composite", lambda tf, x: tf.reduce_sum(_clipped(tf)(tf.sin(x)) * x), [f32(3)], grad=True),
    Case("custom-on-variable", lambda tf, v: _clipped(tf)(v), [variable(f32(3))], grad=True),
    Program("custom-variable-eager", _with_variable),
    Program("custom-variable-without-keyword-eager", _variable_without_keyword),
    Program("recompute-eager", _recompute),
    Program("recompute-rows", _recompute_of_rows),
    Program("variables-of-plain-graphs", _variables_of_plain_graphs),
    *(
        case
        for name, body in {
            "custom-wrong-number": _wrong_number_of_gradients,
            "custom-nested": _nested_custom,
            "custom-second-order": _second_order_of_custom,
            "custom-own-second-order": _own_second_order,
            "custom-several": _list_argument,
            "custom-without-tape": _used_without_tape,
            "custom-documentation": _documentation_kept,
            "pass-through": _pass_through,
            "stop-gradient": _stop_gradient,
        }.items()
        for case in tape_program(name, body)
    ),
]

# ---------------------------------------------------------------- tf.autodiff.ForwardAccumulator


def _jvp(tf):
    x, t = x_(tf, [1.0, 2.0, 3.0]), x_(tf, [1.0, 0.0, -1.0])
    with tf.autodiff.ForwardAccumulator(x, t) as acc:
        y = tf.sin(x) * x
        z = tf.reduce_sum(y) + 1.0
        other = tf.constant(3.0) * 2.0
    return [
        acc.jvp(y),
        acc.jvp(z),
        acc.jvp(x),
        acc.jvp(other),
        acc.jvp([y, other]),
        acc.jvp(other, unconnected_gradients="zero"),
    ]


def _jvp_several(tf):
    x, y = x_(tf, [1.0, 2.0]), x_(tf, 3.0)
    with tf.autodiff.ForwardAccumulator(primals=[x, y], tangents=[tf.ones([2]), tf.constant(2.0)]) as acc:
        z = {"a": x * y, "b": tf.exp(y)}
    return acc.jvp(z)


def _jvp_of_gradient(tf):
    x, t = x_(tf, [1.0, 2.0]), x_(tf, [1.0, 1.0])
    with tf.autodiff.ForwardAccumulator(x, t) as acc:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(x**3)
        g = tape.gradient(y, x)
    return [g, acc.jvp(g)]


def _gradient_of_jvp(tf):
    x, t = x_(tf, [1.0, 2.0]), x_(tf, [1.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        with tf.autodiff.ForwardAccumulator(x, t) as acc:
            y = tf.reduce_sum(tf.sin(x) * x)
        d = acc.jvp(y)
    return [d, tape.gradient(d, x)]


def _nested_jvp(tf):
    x = x_(tf, 1.5)
    one = tf.constant(1.0)
    with tf.autodiff.ForwardAccumulator(x, one) as outer:
        with tf.autodiff.ForwardAccumulator(x, one) as inner:
            y = x**3
        d = inner.jvp(y)
    return [d, outer.jvp(d), outer.jvp(y)]


def _jvp_errors(tf):
    x = x_(tf, [1.0, 2.0])
    return [
        raised(lambda: tf.autodiff.ForwardAccumulator(x, tf.constant([1, 2]))),
        raised(lambda: tf.autodiff.ForwardAccumulator([x], [x, x])),
        raised(lambda: tf.autodiff.ForwardAccumulator(tf.constant(1), tf.constant(1)) and None),
    ]


def _jvp_of_function(tf):
    v = tf.Variable([1.0, 2.0])
    f = tf.function(lambda x: tf.reduce_sum(tf.tanh(x) * v))
    x, t = x_(tf, [0.5, -0.5]), x_(tf, [1.0, 2.0])
    with tf.autodiff.ForwardAccumulator(x, t) as acc:
        y = f(x)
    with tf.autodiff.ForwardAccumulator(v, t) as other:
        z = f(x)
    return [acc.jvp(y), other.jvp(z)]


FORWARD = [
    Program("jvp-errors", _jvp_errors),
    Program("jvp-of-function", _jvp_of_function),
    *(
        case
        for name, body in {
            "jvp": _jvp,
            "jvp-several": _jvp_several,
            "jvp-of-gradient": _jvp_of_gradient,
            "gradient-of-jvp": _gradient_of_jvp,
            "nested-jvp": _nested_jvp,
        }.items()
        for case in tape_program(name, body)
    ),
]

# ---------------------------------------------------------------- tf.gradients, tapes in and around functions


def _in_function(tf, body):
    return tf.function(lambda *args: body(tf, *args), autograph=False)


def _gradients(tf):
    def body(tf, x, y):
        z = x * x * y
        w = tf.sin(z)
        return [
            tf.gradients(w, [x, y]),
            tf.gradients([z, w], x),
            tf.gradients(w, z),
            tf.gradients(w, x, grad_ys=tf.constant([2.0, 0.0])),
            tf.gradients(x, y),
            tf.gradients(x, y, unconnected_gradients="zero"),
            tf.gradients(z, [x], stop_gradients=[x]),
            tf.gradients(tf.gradients(w, x)[0], x),
        ]

    return _in_function(tf, body)(tf.constant([1.0, 2.0]), tf.constant([3.0, -1.0]))


def _hessians(tf):
    return _in_function(tf, lambda tf, x: tf.hessians(tf.reduce_sum(x**3) * x[0], x))(tf.constant([1.0, 2.0]))


def _tape_around(tf):
    v = tf.Variable([1.0, 2.0])

    @tf.function
    def f(x, n):
        y = tf.sin(x * v)
        return {"y": y, "n": n + 1, "z": [tf.reduce_sum(y), x]}

    x = tf.constant([0.5, 1.5])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        out = f(x, tf.constant(3))
        loss = tf.reduce_sum(out["y"] * out["z"][0]) + tf.reduce_sum(out["z"][1])
    return [
        out,
        tape.gradient(loss, [x, v]),
        tape.gradient(out["z"][1], x),
        tape.gradient(out["y"], v),
    ]


def _second_order_around(tf):
    v = tf.Variable(2.0)
    f = tf.function(lambda x: tf.exp(x * v) * x)
    x = tf.constant(0.5)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        g = inner.gradient(y, [x, v])
    return [g, outer.gradient(g, [x, v])]


def _second_order_inside(tf):
    v = tf.Variable(2.0)

    @tf.function
    def f(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.exp(x * v) * x
            g = inner.gradient(y, x)
        return g, outer.gradient(g, [x, v])

    return f(tf.constant(0.5))


def _tape_across(tf):
    """A tape opened outside; the function inside reads a variable and calls another function."""
    v = tf.Variable(3.0)
    inner = tf.function(lambda x: x * v)
    outer = tf.function(lambda x: inner(x) + inner(inner(x)))
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = outer(x)
    return [y, tape.gradient(y, [x, v]), tape.watched_variables() == (v,)]


def _gradient_of_write_in_function(tf):
    v = tf.Variable(3.0)

    @tf.function
    def f(x):
        a = v * x
        v.assign(a)
        return a + v

    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return [y, tape.gradient(y, [x, v]), v]


def _variable_changed_before_gradient(tf):
    v = tf.Variable(3.0)
    f = tf.function(lambda x: v * v * x)
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    v.assign(100.0)
    return [y, tape.gradient(y, [x, v])]


def _gather_in_function(tf):
    v = tf.Variable(tf.ones([4, 2]))
    f = tf.function(lambda i: tf.gather(v, i) * 2.0)
    with tf.GradientTape() as tape:
        y = f(tf.constant([0, 3, 3]))
    g = tape.gradient(y, v)
    return [type(g).__name__, tf.convert_to_tensor(g)]


def _training_functions(tf):
    v = tf.Variable(np.linspace(-1, 1, 6).reshape(3, 2).astype("float32"))
    b = tf.Variable([0.0, 0.0])
    x = tf.constant(np.arange(12).reshape(4, 3) / 10, tf.float32)
    y = tf.constant([[0.0, 1.0]] * 4)

    @tf.function
    def step(rate):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(y, x @ v + b))
        grads = tape.gradient(loss, [v, b])
        for variable_, grad in zip([v, b], grads, strict=True):
            variable_.assign_sub(rate * grad)
        return loss

    return [[step(tf.constant(0.5)).numpy() for _ in range(4)], v, b]


GRAPHS = [
    Program("gradients", _gradients),
    Program("gradients-eagerly", lambda tf: raised(lambda: tf.gradients(tf.constant(1.0), tf.constant(1.0)))),
    Program("hessians", _hessians),
    Program("tape-around-function", _tape_around),
    Program("second-order-around-function", _second_order_around),
    Program("second-order-inside-function", _second_order_inside),
    Program("tape-across-functions", _tape_across),
    Program("gradient-of-write-in-function", _gradient_of_write_in_function),
    Program("variable-changed-before-gradient", _variable_changed_before_gradient),
    Program("gather-in-function", _gather_in_function),
    Program("training-functions", _training_functions),
]

CASES = [*CUSTOM, *FORWARD, *GRAPHS]
