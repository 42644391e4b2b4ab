"""`tf.function`: how often it traces, and the order of side effects."""

from __future__ import annotations

import collections
import dataclasses
import functools

import numpy as np

from .runner import Program, raised


def traced(tf, **options):
    """A function that returns its arguments and a list that grows with each trace."""
    seen = []

    @tf.function(**options)
    def f(*args, **kwargs):
        seen.append(len(seen))
        return [a for a in tf.nest.flatten([args, kwargs]) if tf.is_tensor(a)]

    return f, seen


def count_traces(*calls, **options):
    """A program: the number of traces after each call, with arguments from `calls`: a tuple, or ((), keywords)."""

    def program(tf):
        f, seen = traced(tf, **options)
        counts = []
        for make in calls:
            args = make(tf)
            if len(args) == 2 and args[0] == ():
                f(**args[1])
            else:
                f(*args)
            counts.append(len(seen))
        return counts

    return program


class Key:
    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return isinstance(other, Key) and self.value == other.value

    def __hash__(self):
        return hash(self.value)


class Plain:
    pass


KEY, PLAIN, OTHER = Key(1), Plain(), Plain()
Point = collections.namedtuple("Point", ["x", "y"])

CACHE = {
    "same-tensor-kind": [lambda tf: (tf.constant(1.0),), lambda tf: (tf.constant(2.0),)],
    "dtype": [lambda tf: (tf.constant(1),), lambda tf: (tf.constant(1.0),), lambda tf: (tf.constant(2),)],
    "shape": [lambda tf: (tf.ones([1]),), lambda tf: (tf.ones([2]),), lambda tf: (tf.ones([1]),)],
    "rank": [lambda tf: (tf.ones([1]),), lambda tf: (tf.ones([]),), lambda tf: (tf.ones([1, 1]),)],
    "python-int": [lambda tf: (1,), lambda tf: (2,), lambda tf: (1,)],
    "python-int-float": [lambda tf: (1,), lambda tf: (1.0,), lambda tf: (True,), lambda tf: (1,)],
    "python-nan": [lambda tf: (float("nan"),), lambda tf: (float("nan"),)],
    "zero-and-minus-zero": [lambda tf: (0.0,), lambda tf: (-0.0,)],
    "string": [lambda tf: ("a",), lambda tf: ("b",), lambda tf: ("a",), lambda tf: (b"a",)],
    "none": [lambda tf: (None,), lambda tf: (None,), lambda tf: (0,)],
    "bool": [lambda tf: (True,), lambda tf: (False,), lambda tf: (True,)],
    "numpy-array": [lambda tf: (np.ones(2),), lambda tf: (np.zeros(2),), lambda tf: (np.zeros(3),)],
    "numpy-scalar": [lambda tf: (np.float32(1),), lambda tf: (np.float32(2),), lambda tf: (np.int64(1),)],
    "numpy-like-tensor": [lambda tf: (np.ones(2, np.float32),), lambda tf: (tf.ones([2]),)],
    "list": [lambda tf: ([1, 2],), lambda tf: ([1, 2],), lambda tf: ([1, 3],), lambda tf: ((1, 2),)],
    "list-of-tensors": [
        lambda tf: ([tf.ones([]), tf.ones([])],),
        lambda tf: ([tf.zeros([]), tf.zeros([])],),
        lambda tf: ([tf.ones([])],),
        lambda tf: ((tf.ones([]), tf.ones([])),),
    ],
    "dict": [
        lambda tf: ({"a": 1, "b": tf.ones([])},),
        lambda tf: ({"b": tf.zeros([]), "a": 1},),
        lambda tf: ({"a": 2, "b": tf.ones([])},),
    ],
    "namedtuple": [
        lambda tf: (Point(tf.ones([]), 1),),
        lambda tf: (Point(tf.zeros([]), 1),),
        lambda tf: ((tf.ones([]), 1),),
    ],
    "ordered-dict": [lambda tf: (collections.OrderedDict(a=tf.ones([])),), lambda tf: ({"a": tf.ones([])},)],
    "nested": [
        lambda tf: ([{"a": (tf.ones([]), [1])}],),
        lambda tf: ([{"a": (tf.zeros([]), [1])}],),
        lambda tf: ([{"a": (tf.zeros([]), [2])}],),
    ],
    "equal-objects": [lambda tf: (Key(1),), lambda tf: (Key(1),), lambda tf: (Key(2),)],
    "same-object": [lambda tf: (PLAIN,), lambda tf: (PLAIN,), lambda tf: (OTHER,)],
    "function-argument": [lambda tf: (len,), lambda tf: (len,), lambda tf: (sum,)],
    "type-argument": [lambda tf: (int,), lambda tf: (int,), lambda tf: (float,)],
    "dtype-argument": [lambda tf: (tf.float32,), lambda tf: (tf.float32,), lambda tf: (tf.int32,)],
    "shape-argument": [
        lambda tf: (tf.TensorShape([1]),),
        lambda tf: (tf.TensorShape([1]),),
        lambda tf: (tf.TensorShape([2]),),
    ],
    "spec-argument": [
        lambda tf: (tf.TensorSpec([1]),),
        lambda tf: (tf.TensorSpec([1]),),
        lambda tf: (tf.TensorSpec([2]),),
    ],
    "keyword": [
        lambda tf: ((), {"a": tf.ones([])}),
        lambda tf: ((), {"a": tf.zeros([])}),
        lambda tf: ((), {"b": tf.ones([])}),
    ],
    "keyword-python": [
        lambda tf: ((), {"flag": True}),
        lambda tf: ((), {"flag": False}),
        lambda tf: ((), {"flag": True}),
    ],
    "many-ints": [lambda tf, n=n: (n,) for n in range(6)],
    "tensor-then-python": [lambda tf: (tf.constant(1),), lambda tf: (1,), lambda tf: (tf.constant(5),)],
    "variables": [
        lambda tf: (tf.Variable(1.0),),
        lambda tf: (tf.Variable(2.0),),
        lambda tf: (tf.Variable([1.0]),),
    ],
    "string-tensors": [lambda tf: (tf.constant("a"),), lambda tf: (tf.constant("bb"),)],
    "range": [lambda tf: (range(3),), lambda tf: (range(3),), lambda tf: (range(4),)],
    "set": [lambda tf: (frozenset([1]),), lambda tf: (frozenset([1]),)],
    "partial": [lambda tf: (functools.partial(len),), lambda tf: (functools.partial(len),)],
    "indexed-slices": [
        lambda tf: (tf.IndexedSlices(tf.ones([2]), tf.constant([0, 1])),),
        lambda tf: (tf.IndexedSlices(tf.zeros([2]), tf.constant([0, 1])),),
    ],
}

TRACES = [
    *(Program(f"traces-{name}", count_traces(*calls)) for name, calls in CACHE.items()),
    Program(
        "traces-relaxed",
        count_traces(*(lambda tf, n=n: (tf.ones([n, 2]),) for n in (1, 2, 3, 4, 9)), reduce_retracing=True),
    ),
    Program(
        "traces-relaxed-rank",
        count_traces(*(lambda tf, n=n: (tf.ones([1] * n),) for n in (1, 2, 3, 1)), reduce_retracing=True),
    ),
    Program("traces-with-defaults", lambda tf: _defaults(tf)),
    Program("traces-method", lambda tf: _methods(tf)),
    Program("traces-global-change", lambda tf: _global_change(tf)),
    Program("traces-in-other-function", lambda tf: _inner_traces(tf)),
    Program("traces-with-signature", lambda tf: _signature_traces(tf)),
    Program("traces-first-call-creates-variable", lambda tf: _first_call_traces(tf)),
    Program("tracing-count", lambda tf: _tracing_count(tf)),
    Program("traces-dead-object", lambda tf: _dead_object(tf)),
    Program("equal-while-they-live", lambda tf: _equal_objects(tf)),
    Program("traces-under-tape", lambda tf: _under_tape(tf)),
]


def _defaults(tf):
    seen = []

    @tf.function
    def f(x, y=2, *, z=3):
        seen.append((y, z))
        return x * y * z

    x = tf.constant(1)
    return [f(x), f(x, 2), f(x, y=2), f(x, z=3), f(x=x, y=2, z=3), f(x, 5), seen]


def _methods(tf):
    seen = []

    class Model:
        def __init__(self, scale):
            self.scale = scale

        @tf.function
        def __call__(self, x):
            seen.append(self.scale)
            return x * self.scale

        @tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
        def signed(self, x):
            seen.append("signed")
            return x + self.scale

    a, b = Model(2.0), Model(3.0)
    x = tf.constant(1.0)
    first = [a(x), a(x), b(x), a.signed(x), a.signed(5.0), b.signed(x)]
    a.scale = 100.0
    return [first, a(x), seen, a.signed is a.signed]


def _global_change(tf):
    box = {"n": 1}

    @tf.function
    def f(x):
        return x + box["n"]

    x = tf.constant(1)
    before = f(x)
    box["n"] = 10
    return [before, f(x), f(tf.constant([1]))]


def _inner_traces(tf):
    seen = []

    @tf.function
    def inner(x, n):
        seen.append(n)
        return x + n

    @tf.function
    def outer(x):
        return inner(x, 1) + inner(x, 2) + inner(x, 1)

    x = tf.constant(1)
    return [outer(x), outer(x), inner(x, 1), seen]


def _signature_traces(tf):
    seen = []

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32), tf.TensorSpec(None, tf.int32)])
    def f(x, n):
        seen.append([x.shape, n.shape, x.name, n.name])
        return tf.reduce_sum(x) * tf.cast(tf.size(n), tf.float32)

    return [
        f(tf.ones([1, 2]), tf.constant(1)),
        f(tf.ones([3, 2]), tf.constant([1, 2])),
        f([[1.0, 2.0]], 1),
        f(np.ones((2, 2), np.float32), n=[1, 2, 3]),
        seen,
        raised(lambda: f(tf.ones([2, 3]), tf.constant(1))),
        raised(lambda: f(tf.ones([2, 2]), tf.constant(1.5))),
        raised(lambda: f(tf.ones([2, 2]))),
        raised(lambda: f(tf.ones([2, 2]), 1, 2)),
        raised(lambda: f(tf.ones([2, 2]), n=1, m=2)),
        raised(lambda: f(tf.ones([2, 2], tf.float64), 1)),
        raised(lambda: f("a", 1)),
        len(seen),
    ]


def _first_call_traces(tf):
    seen, box = [], []

    @tf.function
    def f(x):
        seen.append("trace")
        if not box:
            box.append(tf.Variable(1.0))
        return box[0].assign_add(x)

    return [f(tf.constant(1.0)), f(tf.constant(1.0)), f(tf.constant([1.0])[0]), seen, box[0]]


def _tracing_count(tf):
    f = tf.function(lambda x: x + 1)
    f(tf.constant(1))
    f(tf.constant(2))
    f(tf.constant([1]))
    f(3)
    return f.experimental_get_tracing_count()


def _equal_objects(tf):
    """Objects that live and are equal share a trace, wherever in the arguments they are."""

    @dataclasses.dataclass(frozen=True)
    class Options:
        rate: float = 0.1

    first, equal, other = Options(), Options(), Options(0.5)
    sets = [frozenset([1]), frozenset([1]), frozenset([2])]
    counts = []
    for values in ([first, equal, other, equal], [[first], [equal], [other]], [{"a": first}, {"a": equal}], sets):
        f, seen = traced(tf)
        for value in values:
            f(value)
        counts.append(len(seen))
    return counts


def _dead_object(tf):
    seen = []

    @tf.function
    def f(x, thing):
        seen.append(1)
        return x

    for _ in range(3):
        f(tf.constant(1), Plain())
    return len(seen)


def _under_tape(tf):
    f, seen = traced(tf)
    x = tf.Variable(1.0)
    f(tf.constant(1.0))
    with tf.GradientTape() as tape:
        y = f(x + 0.0)[0] * 2.0
    return [tape.gradient(y, x), len(seen)]


# ---------------------------------------------------------------- side effects


def _prints(tf):
    @tf.function
    def f(x):
        print("tracing with", x.shape, x.dtype)
        tf.debugging.assert_equal(x, x)
        return x

    for value in (1, 2, [1], [2, 3], 4):
        f(tf.constant(value))
    print("done")


def _python_lists(tf):
    log = []

    @tf.function
    def f(x):
        log.append(type(x).__name__ in ("Tensor", "SymbolicTensor"))
        log.append("in")
        y = x + 1
        log.append(y.shape.as_list())
        return y

    f(tf.constant([1]))
    log.append("between")
    f(tf.constant([2]))
    return log


def _variables_and_order(tf):
    v, w = tf.Variable(1.0), tf.Variable([0.0, 0.0])

    @tf.function
    def f():
        v.assign_add(1.0)
        w[0].assign(v)
        v.assign(v * 2.0)
        w[1].assign(v)

    return [f(), v.numpy(), w.numpy(), f(), v.numpy(), w.numpy()]


def _unused_write_runs(tf):
    v = tf.Variable(0)

    @tf.function
    def inner():
        v.assign_add(1)
        return tf.constant(5)

    @tf.function
    def outer(x):
        inner()
        return x

    outer(tf.constant(1))
    outer(tf.constant(2))
    return v


def _control_dependencies(tf):
    v = tf.Variable(1.0)

    @tf.function
    def f():
        with tf.control_dependencies([v.assign(5.0)]):
            a = tf.identity(v)
        with tf.control_dependencies(None):
            b = tf.constant(1.0)
        return a, b

    return f()


def _init_scope(tf):
    out = []

    @tf.function
    def f(x):
        with tf.init_scope():
            out.append([tf.executing_eagerly(), tf.constant(2) + 3])
        out.append([tf.executing_eagerly(), tf.inside_function() if hasattr(tf, "inside_function") else True])
        return x

    f(tf.constant(1))
    return out


def _escaping_tensor(tf):
    leaked = []

    @tf.function
    def f(x):
        leaked.append(x + 1)
        return x

    f(tf.constant(1))
    return [
        raised(lambda: leaked[0] + 1),
        raised(lambda: leaked[0].numpy()),
        raised(lambda: bool(leaked[0])),
        raised(lambda: tf.function(lambda: leaked[0] * 2)()),
    ]


EFFECTS = [
    Program("prints", _prints),
    Program("python-lists", _python_lists),
    Program("variables-and-order", _variables_and_order),
    Program("unused-write-runs", _unused_write_runs),
    Program("control-dependencies", _control_dependencies),
    Program("init-scope", _init_scope),
    Program("escaping-tensor", _escaping_tensor),
    Program("run-eagerly", lambda tf: _run_eagerly(tf)),
    Program("py-function", lambda tf: _py_function(tf)),
    Program(
        "tf-print-does-not-return",
        lambda tf: tf.function(lambda x: tf.print("", output_stream="file:///dev/null") and None)(1),
    ),
]


def _run_eagerly(tf):
    seen = []

    @tf.function
    def f(x):
        seen.append(tf.executing_eagerly())
        return x + 1

    f(tf.constant(1))
    tf.config.run_functions_eagerly(True)
    try:
        flags = [tf.config.functions_run_eagerly(), f(tf.constant(1)), f(tf.constant(1))]
    finally:
        tf.config.run_functions_eagerly(False)
    return [flags, f(tf.constant(1)), seen]


def _py_function(tf):
    seen = []

    def body(x):
        seen.append(float(x))
        return x * 2.0

    @tf.function
    def f(x):
        return tf.py_function(body, [x], tf.float32) + 1.0

    return [f(tf.constant(1.0)), f(tf.constant(2.0)), seen]


CASES = [*TRACES, *EFFECTS]
