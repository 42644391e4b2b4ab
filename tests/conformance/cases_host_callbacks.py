"""`tf.py_function` and `tf.numpy_function`: values, declared types, errors, gradients, order."""

from __future__ import annotations

import numpy as np

from .runner import Program, raised


def _attempt(call):
    """The result, or the class of the error."""
    try:
        return call()
    except Exception as error:
        return type(error).__name__


def _both(tf, call):
    """The result eagerly and from a function."""
    return [_attempt(call), _attempt(lambda: tf.function(call, autograph=False)())]


def _pair(tf):
    return [tf.constant([1.0, 2.0])]


def _one(tf):
    return [tf.constant(1.0)]


def _word(tf):
    return [tf.constant("ab")]


FORMS = {
    "single": (lambda x: x * 2, _pair, lambda tf: tf.float32),
    "list-of-one": (lambda x: x * 2, _pair, lambda tf: [tf.float32]),
    "tuple": (lambda x: (x, x * 2), _pair, lambda tf: (tf.float32, tf.float32)),
    "list": (lambda x: [x, x * 2], _pair, lambda tf: [tf.float32, tf.float32]),
    "no-tout": (lambda x: None, _pair, lambda tf: None),
    "no-result": (lambda x: None, _pair, lambda tf: tf.float32),
    "spec": (lambda x: x * 2, _pair, lambda tf: tf.TensorSpec([2], tf.float32)),
    "list-of-spec": (lambda x: [x * 2], _pair, lambda tf: [tf.TensorSpec([2], tf.float32)]),
    "wrong-spec": (lambda x: x * 2, _pair, lambda tf: tf.TensorSpec([3], tf.float32)),
    "dict": (lambda x: {"a": x}, _pair, lambda tf: {"a": tf.float32}),
    "nested": (lambda x: (x, [x]), _pair, lambda tf: (tf.float32, [tf.float32])),
    "wrong-dtype": (lambda x: x * 2, _pair, lambda tf: tf.int32),
    "int-as-float": (lambda x: 3, _pair, lambda tf: tf.float32),
    "int-as-int64": (lambda x: 3, _pair, lambda tf: tf.int64),
    "int-as-int32": (lambda x: 3, _pair, lambda tf: tf.int32),
    "float-as-float32": (lambda x: 3.5, _pair, lambda tf: tf.float32),
    "float-as-float64": (lambda x: 3.5, _pair, lambda tf: tf.float64),
    "float64": (lambda x: np.float64(3.5), _pair, lambda tf: tf.float32),
    "text": (lambda x: "z", _word, lambda tf: tf.string),
    "texts": (lambda x: ["a", "bc"], _word, lambda tf: tf.string),
    "text-array": (lambda x: np.array(["a", "bc"]), _word, lambda tf: tf.string),
    "list-as-array": (lambda x: [1.0, 2.0], _word, lambda tf: tf.float32),
    "list-as-arrays": (lambda x: [1.0, 2.0], _word, lambda tf: [tf.float32]),
    "too-few": (lambda x: x, _one, lambda tf: [tf.float32, tf.float32]),
    "too-many": (lambda x: (x, x, x), _one, lambda tf: [tf.float32, tf.float32]),
    "arguments": (
        lambda *x: len(x) * 1.0,
        lambda tf: [1, 2.5, "a", np.array([1]), tf.constant(2.0)],
        lambda tf: tf.float32,
    ),
    "nested-arguments": (lambda *x: len(x) * 1.0, lambda tf: [[1, 2], (3.0,)], lambda tf: tf.float32),
    "tensor-of-arguments": (lambda *x: len(x) * 1.0, lambda tf: tf.constant([1.0, 2.0]), lambda tf: tf.float32),
    "tuple-of-arguments": (lambda *x: len(x) * 1.0, lambda tf: (tf.constant([1.0]),), lambda tf: tf.float32),
    "types": (
        lambda *x: ",".join(type(v).__name__ for v in x),
        lambda tf: [1, 2.5, "a", np.array([1]), True, ["a", "b"]],
        lambda tf: tf.string,
    ),
    "not-callable": (3, _one, lambda tf: tf.float32),
    "bool": (lambda x: True, _one, lambda tf: tf.bool),
    "none-in-list": (lambda x: [None], _one, lambda tf: [tf.float32]),
    "object": (lambda x: object(), _one, lambda tf: [tf.float32]),
    "half": (lambda x: 1.5, _one, lambda tf: tf.bfloat16),
    "numpy-type": (lambda x: 1.5, _one, lambda tf: np.float32),
    "type-name": (lambda x: 1.5, _one, lambda tf: "float32"),
    "no-arguments": (lambda: 1.5, lambda tf: [], lambda tf: tf.float32),
    "absent-arguments": (lambda: 1.5, lambda tf: None, lambda tf: tf.float32),
}


def _form(kind, function, inp, tout):
    return lambda tf: _both(tf, lambda: getattr(tf, kind)(function, inp(tf), tout(tf)))


class Odd(Exception):
    pass


ERRORS = {
    "value": ValueError("v"),
    "type": TypeError("t"),
    "index": IndexError("i"),
    "key": KeyError("k"),
    "stop": StopIteration("s"),
    "memory": MemoryError("m"),
    "not-implemented": NotImplementedError("n"),
    "runtime": RuntimeError("r"),
    "own": Odd("o"),
    "zero": ZeroDivisionError("z"),
    "file": FileNotFoundError("f"),
    "assertion": AssertionError("a"),
    "unicode": UnicodeError("u"),
}


def _failing(error):
    def fail(*_):
        raise error

    def message(call):
        try:
            call()
        except Exception as found:
            return type(found).__name__, f"{type(error).__name__}: {error}" in str(found)
        return None

    return lambda tf: [
        raised(lambda: tf.numpy_function(fail, [], tf.float32)),
        message(lambda: tf.py_function(fail, [], tf.float32)),
        message(tf.function(lambda: tf.numpy_function(fail, [], tf.float32))),
        message(tf.function(lambda: tf.py_function(fail, [], tf.float32))),
    ]


def _tf_errors(tf):
    def fail():
        raise tf.errors.NotFoundError(None, None, "lost")

    return _both(tf, lambda: tf.py_function(fail, [], tf.float32)) + _both(
        tf, lambda: tf.numpy_function(fail, [], tf.float32)
    )


def _static_shapes(tf):
    seen = []

    @tf.function(autograph=False)
    def f(x):
        y = tf.py_function(lambda a: a, [x], tf.float32)
        z = tf.numpy_function(lambda a: a, [x], tf.float32)
        w = tf.py_function(lambda a: a, [x], tf.TensorSpec([None, 2], tf.float32))
        seen.extend([y.shape, z.shape, w.shape, y.op.type, z.op.type])
        y.set_shape([2, 2])
        seen.append(y.shape)
        return y + z + w

    return f(tf.ones([2, 2])), seen


def _gradients(tf):
    def function(x, y):
        return x * x * y, tf.sin(y)

    def run(x, y):
        with tf.GradientTape() as tape:
            tape.watch([x, y])
            a, b = tf.py_function(function, [x, y], [tf.float32, tf.float32])
            total = a * 3.0 + b
        return tape.gradient(total, [x, y])

    x, y = tf.constant(2.0), tf.constant(3.0)
    return run(x, y), tf.function(run, autograph=False)(x, y)


def _outer_gradient(tf):
    calls = []

    @tf.function(autograph=False)
    def f(x):
        return tf.py_function(lambda a: calls.append(1) or a * a, [x], tf.float32) * 2.0

    results = []
    for value in (3.0, 4.0, 5.0):
        x = tf.constant(value)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        results.append(tape.gradient(y, x))
    return results, len(calls)


def _gradient_cases(tf):
    x, v, calls = tf.constant(3.0), tf.Variable(2.0), []

    def gradient(call, source):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = call()
        return tape.gradient(y, source)

    return [
        gradient(lambda: tf.py_function(lambda a: tf.constant(1.0), [x], tf.float32), x),
        gradient(lambda: tf.numpy_function(lambda a: a * a, [x], tf.float32), x),
        gradient(lambda: tf.py_function(lambda a: a * v, [x], tf.float32), v),
        gradient(lambda: tf.py_function(lambda a: a * a, [v], tf.float32), v),
        gradient(lambda: tf.py_function(lambda a: calls.append(1) or a * a, [x], tf.float32), x),
        len(calls),
    ]


def _order(tf):
    log, v = [], tf.Variable(0.0)

    @tf.function(autograph=False)
    def f(x):
        tf.py_function(lambda a: log.append(float(a)), [x], [])
        v.assign_add(x)
        tf.py_function(lambda a: log.append(float(a)), [v], [])
        v.assign_add(x)
        tf.numpy_function(lambda a: log.append(float(a)) or np.float32(0), [v.read_value()], tf.float32)
        return x

    for value in (1.0, 2.0, 3.0):
        f(tf.constant(value))
    return log


def _stateless(tf):
    log = []

    @tf.function(autograph=False)
    def f(x):
        tf.numpy_function(lambda a: log.append(1) or a, [x], tf.float32, stateful=False)
        return x

    f(tf.constant(1.0))
    return len(log)


def _whole_afterwards(tf):
    v, fails = tf.Variable(0.0), [True]

    def maybe(a):
        if fails[0]:
            raise ValueError("x")
        return a

    @tf.function(autograph=False)
    def f(x):
        v.assign_add(x)
        return tf.py_function(maybe, [v], tf.float32)

    first = raised(lambda: f(tf.constant(1.0)))
    fails[0] = False
    return first, f(tf.constant(1.0)), v


def _v1(tf):
    return [
        _both(tf, lambda: tf.compat.v1.py_func(lambda x: x * 2, [tf.constant(1.0)], tf.float32)),
        _both(tf, lambda: tf.compat.v1.py_func(lambda x: (x, x), [1.0], [tf.float32, tf.float32], stateful=False)),
        tf.compat.v1.py_function is tf.py_function,
        tf.compat.v1.numpy_function is tf.numpy_function,
    ]


def _decorators(tf):
    @tf.py_function(Tout=tf.float32)
    def twice(x):
        return x * 2

    @tf.numpy_function(Tout=tf.float32)
    def both(x, y):
        return x * 2 + y

    return [
        _both(tf, lambda: twice(tf.constant(2.0))),
        _both(tf, lambda: both(tf.constant(2.0), tf.constant(1.0))),
        twice.__name__,
        raised(lambda: twice(x=tf.constant(2.0))),
        raised(lambda: tf.py_function(inp=[1.0], Tout=tf.float32)),
    ]


def _inside(tf):
    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        return tape.gradient(y, x)

    plus_one = tf.function(lambda x: x + 1)
    return [
        _both(tf, lambda: tf.py_function(slope, [tf.constant(3.0)], tf.float32)),
        _both(tf, lambda: tf.py_function(lambda x: plus_one(x), [tf.constant(3.0)], tf.float32)),
        _both(tf, lambda: tf.py_function(lambda: tf.executing_eagerly(), [], tf.bool)),
    ]


def _first_of_two_calls(tf):
    @tf.function(autograph=False)
    def f(x):
        return tf.py_function(lambda a: a * a, [x], tf.float32)

    x, y = tf.constant(3.0), tf.constant(5.0)
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        first, second = f(x), f(y)
    return [float(g) for g in tape.gradient([first, second], [x, y])]


CASES = [
    *(
        Program(f"{kind[:-9]}-{name}", _form(kind, *form))
        for kind in ("py_function", "numpy_function")
        for name, form in FORMS.items()
    ),
    *(Program(f"raises-{name}", _failing(error)) for name, error in ERRORS.items()),
    Program("raises-tf-error", _tf_errors),
    Program("static-shapes", _static_shapes),
    Program("gradients", _gradients),
    Program("outer-gradient", _outer_gradient),
    Program("gradient-cases", _gradient_cases),
    Program("two-calls", _first_of_two_calls, accept={"value": "TensorFlow keeps one call of a node and fails"}),
    Program("order", _order),
    Program("stateless", _stateless),
    Program("whole-afterwards", _whole_afterwards),
    Program("v1", _v1),
    Program("decorators", _decorators),
    Program("inside", _inside),
]
