"""Findings from running other people's programs: small things that only whole programs do."""

from __future__ import annotations

import pickle

import numpy as np

from .runner import Program, raised


class Holder:
    """A plain object with a variable, as models without tf.Module are."""

    def __init__(self, tf):
        self.w = tf.Variable(2.0)


def by_input(tf):
    """A concrete function takes one tensor for each input of its graph, too."""
    holder, v = Holder(tf), tf.Variable(3.0)
    one, two, spec = tf.constant(1.0), tf.constant(2.0), tf.TensorSpec([])
    method = tf.function(lambda m, x: m.w * x).get_concrete_function(holder, one)
    fixed = tf.function(lambda x, n, y: x + n * y).get_concrete_function(spec, 3, spec)
    nested = tf.function(lambda d, v: d["a"] - d["b"][0] + v).get_concrete_function({"a": spec, "b": [spec]}, v)
    named = tf.TensorSpec([], name="foo")
    renamed = tf.function(lambda x, y: x - y).get_concrete_function(named, named)
    with tf.GradientTape() as tape:
        y = method(two) * 2
    return [
        [method(two), method(x=two), method(holder, two), tape.gradient(y, holder.w)],
        [fixed(one, two), fixed(one, y=two), fixed(one, 3, two)],
        [nested(one, two, v.handle), nested({"a": one, "b": [two]}, v)],
        [renamed(foo=one, foo_1=two), renamed(x=one, y=two)],
        [raised(lambda: method(two, two)), raised(lambda: method(1.0)), raised(lambda: fixed(1.0, 2.0))],
        [raised(lambda: fixed(one, two, two)), raised(lambda: nested(one)), raised(lambda: renamed(x=one, foo_1=two))],
        raised(lambda: fixed(one, tf.constant(2))),
    ]


def inference_fn(tf):
    """The function under a concrete function, which takes the captures from its caller."""
    v, one, two = tf.Variable(3.0), tf.constant(1.0), tf.constant(2.0)
    free = tf.function(lambda x, n, y: x + n * y).get_concrete_function(one, 3, two)
    bound = tf.function(lambda x: x * v).get_concrete_function(one)
    atomic = bound.inference_fn
    return [
        [free.inference_fn(one, 3, two), free.inference_fn.call_flat(one, two)],
        [raised(lambda: free.inference_fn(one, two)), raised(lambda: atomic(two))],
        [atomic.call_with_captures((two,), {}, bound.captured_inputs), atomic.call_flat(two, v.handle)],
        atomic.call_preflattened([two, v.handle]),
        [atomic.name[:12], atomic.function_type == bound.function_type, atomic.graph is bound.graph],
    ]


def shown_classes(tf):
    """Errors are shown where TensorFlow has them, and travel in pickles."""
    error = tf.errors.NotFoundError(None, None, "gone")
    again = pickle.loads(pickle.dumps(error))
    return [str(type(error)), repr(tf.errors.OpError), type(again) is type(error), again.message]


def leaked(tf):
    """A tensor of a function that is used outside it."""
    kept, v = [], tf.Variable([1.0, 2.0])
    tf.function(lambda x: kept.append(x))(tf.constant([1.0, 2.0]))
    return [
        raised(lambda: v.assign(kept[0])),
        raised(lambda: v.assign_add(kept[0])),
        raised(lambda: v.assign_sub(kept[0])),
        raised(lambda: v + kept[0]),
        v,
        message(lambda: kept[0].numpy()),
    ]


def message(run):
    try:
        run()
    except Exception as error:
        return str(error)
    return "no error"


def reflected_matmul(tf):
    """An array on the left adapts to the dtype of the tensor or variable, as with other operators."""
    m = tf.constant([[1, 2], [3, 4]])
    return [
        np.eye(2) @ m,
        m @ np.eye(2),
        np.ones((1, 2), np.int64) @ m,
        np.eye(2) @ tf.Variable([[1.0], [2.0]]),
        [[1, 1]] @ m,
        raised(lambda: [[1.5, 1]] @ m),
        tf.function(lambda: np.eye(2) @ m)(),
    ]


def adjoint(tf):
    """A gradient function that computes with a tape of its own, on what the function was given."""
    w, x = tf.Variable(2.0), tf.constant(0.5)

    @tf.custom_gradient
    def solve(y):
        def grad(upstream, variables=None):
            with tf.GradientTape() as tape:
                tape.watch(y)
                again = tf.tanh(y * w)
            first, *others = tape.gradient(again, [y, *variables], output_gradients=upstream)
            return first, others

        return tf.tanh(y * w), grad

    def derivative(y):
        with tf.GradientTape() as tape:
            tape.watch(y)
            z = solve(y) ** 2
        return tape.gradient(z, y)

    found = []
    for f in (solve, tf.function(solve), tf.function(lambda y: tf.function(solve)(y) * 2), tf.function(derivative)):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        found.append(tape.gradient(y, [x, w]))
    return found


def formatted(tf):
    """Text made of tensors and variables in every way that Python has."""
    x, n, m, v = tf.constant(2.5), tf.constant(3), tf.constant([[1, 2]]), tf.Variable(7)
    return [
        [f"{x:.3f} {x} {n:05d} {n:x} {m} {v:>4}", "{:.1f}{:>5}".format(x, n), "%d %s %.3f" % (n, n, x)],  # noqa: UP031, UP032
        ["%s" % m, "%d" % x, "%x" % n, "%r" % v],  # noqa: UP031
        [raised(lambda: f"{m:.2f}"), raised(lambda: "%d" % m), raised(lambda: f"{n:s}")],  # noqa: UP031
    ]


def drawn_integers(tf):
    """A compiled step that writes a variable and draws integers, whose bounds are checked when it runs."""
    v = tf.Variable(1.0)

    @tf.function
    def step(x, high):
        t = tf.random.uniform([tf.shape(x)[0]], 0, high, dtype=tf.int32)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.gather(x, t) * v)
        v.assign_sub(tape.gradient(loss, v))
        return t

    tf.random.set_seed(0)
    x = tf.constant([1.0, 2.0, 3.0, 4.0])
    found = [step(x, tf.constant(4)), step(x, tf.constant(2)), v.numpy()]
    return [*found, raised(lambda: step(x, tf.constant(0))), v.numpy()]


CASES = [
    Program("drawn-integers", drawn_integers),
    Program("formatted", formatted),
    Program("adjoint", adjoint),
    Program("concrete-function-by-input", by_input),
    Program("inference-fn", inference_fn),
    Program("shown-classes", shown_classes),
    Program("leaked", leaked),
    Program("reflected-matmul", reflected_matmul),
    Program("complex-to-real", lambda tf: [float(tf.constant(1.5 + 2j)), int(tf.constant(1.5 + 2j))]),
    Program("variable-name", lambda tf: [raised(lambda: tf.Variable(1.0, name=3)), tf.Variable(1.0, name="a").name]),
]
