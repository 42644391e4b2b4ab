"""`tf.function`: signatures, structures, concrete functions, nesting, errors."""

from __future__ import annotations

import collections
import functools

import numpy as np

from .inputs import f32, py
from .runner import Case, Program, raised

Point = collections.namedtuple("Point", ["x", "y"])

# ---------------------------------------------------------------- what goes in and comes out

RETURNS = {
    "none": lambda tf, x: None,
    "tensor": lambda tf, x: x,
    "tuple": lambda tf, x: (x, x + 1.0),
    "list": lambda tf, x: [x, x + 1.0],
    "dict": lambda tf, x: {"b": x, "a": x + 1.0},
    "ordered-dict": lambda tf, x: collections.OrderedDict([("b", x), ("a", x)]),
    "namedtuple": lambda tf, x: Point(x, x * 2.0),
    "nested": lambda tf, x: {"k": [x, (x, None)], "e": ()},
    "none-inside": lambda tf, x: (None, x),
    "int": lambda tf, x: 3,
    "float": lambda tf, x: 2.5,
    "bool": lambda tf, x: True,
    "string": lambda tf, x: "text",
    "numpy": lambda tf, x: np.ones(2, np.int8),
    "python-list": lambda tf, x: [1, 2.0],
    "empty": lambda tf, x: [],
    "variable-read": lambda tf, x: tf.constant(1.0) * x,
    "same-twice": lambda tf, x: (x, x),
    "constant": lambda tf, x: tf.constant([1, 2]),
    "eager-constant": lambda tf, x: (x, _outer_constant(tf)),
    "slices": lambda tf, x: tf.IndexedSlices(x, tf.constant([0]), tf.constant([3])),
    "object": lambda tf, x: object(),
    "function": lambda tf, x: len,
    "dtype": lambda tf, x: x.dtype,
    "shape": lambda tf, x: x.shape,
    "set": lambda tf, x: {1},
    "strings": lambda tf, x: tf.constant(["a", "b"]),
    "ragged-list": lambda tf, x: [[1, 2], [3]],
}


def _outer_constant(tf):
    with tf.init_scope():
        return tf.constant([7, 8])


STRUCTURES = [
    *(
        Case(f"returns-{name}", fn, [f32(1)], modes=("function",), reason="what a function may return")
        for name, fn in RETURNS.items()
    ),
    Program("variable-returned", lambda tf: _variable_returned(tf)),
    Program("arguments-nested", lambda tf: _arguments_nested(tf)),
    Program("arguments-are-not-changed", lambda tf: _arguments_unchanged(tf)),
    Program("defaults-and-keywords", lambda tf: _defaults_and_keywords(tf)),
    Program("concrete", lambda tf: _concrete(tf)),
    Program("concrete-signature", lambda tf: _concrete_signature(tf)),
    Program("concrete-structure", lambda tf: _concrete_structure(tf)),
    Program("concrete-errors", lambda tf: _concrete_errors(tf)),
    Program("concrete-same", lambda tf: _concrete_same(tf)),
    Program("concrete-captures", lambda tf: _captures(tf)),
    Program("input-signature-structure", lambda tf: _signature_structure(tf)),
    Program("input-signature-errors", lambda tf: _signature_errors(tf)),
    Program("attributes", lambda tf: _attributes(tf)),
    Program("decorating-twice", lambda tf: _twice(tf)),
    Program("recursion", lambda tf: _recursion(tf)),
    Program("nested-functions", lambda tf: _nested(tf)),
    Program("function-as-argument", lambda tf: _function_argument(tf)),
    Program("closure-over-tensors", lambda tf: _closures(tf)),
    Program(
        "lambda-and-partial",
        lambda tf: [
            tf.function(lambda x: x * 2)(tf.constant(3)),
            tf.function(functools.partial(tf.multiply, 3))(tf.constant(4)),
            tf.function(tf.add)(1, 2),
            tf.function(sum)([tf.constant(1), tf.constant(2)]),
        ],
    ),
    Program("static-and-class-methods", lambda tf: _static_methods(tf)),
    Program("symbolic-properties", lambda tf: _symbolic(tf)),
    Program("graph-properties", lambda tf: _graph_properties(tf)),
    Program("shapes-while-tracing", lambda tf: _shapes(tf)),
    Program("without-arguments", lambda tf: _no_arguments(tf)),
    Program("experimental-options", lambda tf: _options(tf)),
    Program("clone", lambda tf: repr(tf.function(_named))[:40]),
    Program(
        "pretty-signature",
        lambda tf: (
            tf.function(_named, input_signature=[tf.TensorSpec([None], tf.float32)])
            .get_concrete_function()
            .pretty_printed_signature()
            is not None
        ),
    ),
]


def _named(x):
    """Doc of named."""
    return x


def _variable_returned(tf):
    v = tf.Variable([1.0, 2.0])
    f = tf.function(lambda: (v, v.assign_add([1.0, 1.0])))
    out = f()
    return [out, tf.is_tensor(out[0])]


def _arguments_nested(tf):
    @tf.function
    def f(xs, y=None, *rest, **more):
        total = xs["a"] + xs["b"][0]
        if y is not None:
            total += y
        for r in rest:
            total += r
        for k in sorted(more):
            total += more[k]
        return total

    x = tf.constant(1.0)
    xs = {"a": x, "b": [x]}
    return [f(xs), f(xs, x), f(xs, x, x, x), f(xs, z=x, w=2.0), f(xs=xs, y=3.0)]


def _arguments_unchanged(tf):
    given = {"a": [1, np.ones(2)], "b": tf.constant(1)}

    @tf.function
    def f(d):
        d["a"].append(3)
        d["new"] = 1
        return d["b"]

    return [f(given), sorted(given), len(given["a"])]


def _defaults_and_keywords(tf):
    @tf.function
    def f(x, *, scale=2.0, bias=None):
        y = x * scale
        return y if bias is None else y + bias

    x = tf.constant(3.0)
    return [
        f(x),
        f(x, scale=3.0),
        f(x, bias=1.0),
        f(x, bias=tf.constant(1.0), scale=tf.constant(5.0)),
        raised(lambda: f()),
        raised(lambda: f(x, 1.0)),
        raised(lambda: f(x, nothing=1)),
    ]


def _concrete(tf):
    v = tf.Variable(2.0)

    @tf.function
    def f(x, n, flag=True):
        return (x * v if flag else x) + float(n)

    c = f.get_concrete_function(tf.TensorSpec([None], tf.float32), 3)
    d = f.get_concrete_function(tf.constant([1.0]), n=4, flag=False)
    return [
        c(tf.constant([1.0, 2.0])),
        c(tf.constant([1.0])),
        d(tf.constant([2.0])),
        c.structured_outputs.shape,
        c.output_shapes,
        c.output_dtypes,
        [i.shape for i in c.inputs],
        [o.shape for o in c.outputs],
        [x.name for x in c.variables],
        [x.name for x in c.trainable_variables],
        f.experimental_get_tracing_count(),
        len(f._list_all_concrete_functions_for_serialization()),
        len(
            tf.function(
                lambda x: x, input_signature=[tf.TensorSpec([])]
            )._list_all_concrete_functions_for_serialization()
        ),
    ]


def _concrete_signature(tf):
    f = tf.function(lambda a, b: a + b)
    c = f.get_concrete_function(tf.TensorSpec([2], tf.float32, name="first"), b=tf.TensorSpec([], tf.float32))
    args, kwargs = c.structured_input_signature
    return [
        repr(args),
        repr(kwargs),
        c(tf.ones([2]), tf.constant(1.0)),
        c(a=tf.ones([2]), b=tf.constant(1.0)),
    ]


def _concrete_structure(tf):
    @tf.function
    def f(x):
        return {"y": x + 1, "z": [x, (tf.shape(x), None)]}

    c = f.get_concrete_function(tf.TensorSpec([None, 2], tf.int32))
    out = c.structured_outputs
    return [
        sorted(out),
        out["y"].shape,
        out["y"].dtype,
        out["z"][1][0].shape,
        out["z"][1][1],
        c(tf.ones([1, 2], tf.int32)),
    ]


def _concrete_errors(tf):
    f = tf.function(lambda x: x + 1)
    c = f.get_concrete_function(tf.TensorSpec([2], tf.int32))
    unsigned = tf.function(lambda x, y: x)
    return [
        raised(lambda: c(tf.ones([3], tf.int32))),
        raised(lambda: c(tf.ones([2], tf.float32))),
        raised(lambda: c()),
        raised(lambda: c(tf.ones([2], tf.int32), tf.ones([2], tf.int32))),
        raised(lambda: c(y=tf.ones([2], tf.int32))),
        raised(lambda: unsigned.get_concrete_function()),
        raised(lambda: unsigned.get_concrete_function(1)),
        c([1, 2]),
    ]


def _concrete_same(tf):
    f = tf.function(lambda x: x + 1)
    a = f.get_concrete_function(tf.TensorSpec([2], tf.int32))
    return [
        a is f.get_concrete_function(tf.constant([5, 6])),
        a is f.get_concrete_function(tf.TensorSpec([3], tf.int32)),
        f(tf.constant([1, 2])),
        f.experimental_get_tracing_count(),
    ]


def _captures(tf):
    v, t = tf.Variable(1.0), tf.constant([1.0, 2.0])
    c = tf.function(lambda x: x * v + t).get_concrete_function(tf.TensorSpec([], tf.float32))
    return [len(c.captured_inputs), [x.dtype for x in c.captured_inputs], len(c.inputs), c(tf.constant(3.0))]


def _signature_structure(tf):
    @tf.function(input_signature=[{"a": tf.TensorSpec([None]), "b": [tf.TensorSpec([], tf.int32)]}, tf.TensorSpec([])])
    def f(d, s):
        return d["a"] * s + tf.cast(d["b"][0], tf.float32)

    return [
        f({"a": tf.ones([2]), "b": [tf.constant(1)]}, tf.constant(2.0)),
        f({"a": [1.0], "b": [1]}, 3.0),
        raised(lambda: f({"a": tf.ones([2])}, 1.0)),
        raised(lambda: f(tf.ones([2]), 1.0)),
    ]


def _signature_errors(tf):
    def one(x):
        return x

    spec = tf.TensorSpec([], tf.float32)
    return [
        raised(lambda: tf.function(one, input_signature=[spec, spec])(tf.constant(1.0))),
        raised(lambda: tf.function(one, input_signature=[3])),
        raised(lambda: tf.function(one, input_signature=spec)),
        raised(lambda: tf.function(lambda x, y=1: x, input_signature=[spec])(1.0)),
        raised(lambda: tf.function(lambda x, *, y: x, input_signature=[spec])(1.0, y=1)),
        raised(lambda: tf.function(lambda **k: k, input_signature=[spec])(x=1.0)),
        tf.function(lambda *a: a, input_signature=[spec, spec])(1.0, 2.0),
        repr(tf.function(one, input_signature=(spec,)).input_signature),
        tf.function(one).input_signature,
    ]


def _attributes(tf):
    f = tf.function(_named)
    return [
        f.__name__,
        f.__doc__,
        f.python_function is _named,
        f.__wrapped__ is _named,
        callable(f),
        f.function_spec.arg_names if hasattr(f.function_spec, "arg_names") else None,
    ]


def _twice(tf):
    f = tf.function(tf.function(lambda x: x + 1))
    return [f(tf.constant(1)), raised(lambda: tf.function(3)), raised(lambda: tf.function("a"))]


def _recursion(tf):
    @tf.function
    def power(x, n):
        return tf.ones_like(x) if n == 0 else x * power(x, n - 1)

    return [power(tf.constant(2), 5), power.experimental_get_tracing_count()]


def _nested(tf):
    v = tf.Variable(1.0)

    @tf.function
    def inner(x):
        v.assign_add(x)
        return v * x

    @tf.function
    def middle(x):
        a = inner(x)
        return a + inner(x)

    @tf.function
    def outer(x):
        return middle(x) - inner(x)

    return [outer(tf.constant(2.0)), v.numpy(), outer(tf.constant(2.0)), v.numpy()]


def _function_argument(tf):
    @tf.function
    def apply(fn, x):
        return fn(x)

    double = tf.function(lambda x: x * 2)
    return [
        apply(double, tf.constant(3)),
        apply(tf.square, tf.constant(3)),
        apply(lambda x: x + 1, tf.constant(3)),
    ]


def _closures(tf):
    t = tf.constant([1.0, 2.0])
    n = np.array([3.0, 4.0], np.float32)
    v = tf.Variable([5.0, 6.0])

    @tf.function
    def f(x):
        return x + t + n + v + 1.0

    first = f(tf.constant([0.0, 0.0]))
    n[:] = 100.0
    v.assign([0.0, 0.0])
    return [first, f(tf.constant([0.0, 0.0]))]


def _static_methods(tf):
    class Thing:
        factor = 3

        @staticmethod
        @tf.function
        def static(x):
            return x + 1

        @classmethod
        def make(cls, x):
            return tf.function(lambda: x * cls.factor)()

        @property
        def prop(self):
            return tf.function(lambda: tf.constant(self.factor))()

    return [
        Thing.static(tf.constant(1)),
        Thing().static(tf.constant(1)),
        Thing.make(tf.constant(2)),
        Thing().prop,
    ]


def _symbolic(tf):
    out = {}

    @tf.function(autograph=False)
    def f(x):
        y = x + 1
        out["raises"] = [
            raised(lambda: y.numpy()),
            raised(lambda: int(y)),
            raised(lambda: float(y)),
            raised(lambda: list(y)),
            raised(lambda: len(y)),
            raised(lambda: np.asarray(y)),
            raised(lambda: np.add(y, 1)),
            raised(lambda: hash(y)),
            raised(lambda: range(y)),
            raised(lambda: [1, 2][y]),
            raised(lambda: y.__setitem__(0, 1)),
            raised(lambda: y.nothing),
            raised(lambda: format(y, "d")),
        ]
        out["attributes"] = [
            y.shape,
            y.dtype,
            y.ndim,
            y.name,
            y.op.type,
            y.op.name,
            tf.is_tensor(y),
            isinstance(y, tf.Tensor),
            y.device,
            [c.type for c in x.consumers()],
            y.value_index,
            len(y.op.inputs),
            y.op.inputs[0] is x,
            y.graph is x.graph,
        ]
        return y

    f(tf.constant([1, 2]))
    return out


def _graph_properties(tf):
    v = tf.Variable(1.0)

    @tf.function
    def my_function(x):
        with tf.name_scope("scope"):
            y = tf.add(x, v, name="sum")
        return tf.identity(y, name="out")

    c = my_function.get_concrete_function(tf.TensorSpec([], tf.float32))
    g = c.graph
    operations = g.get_operations()
    return [
        [op.type for op in operations],
        [op.name for op in operations],
        g.get_operation_by_name("scope/sum").type,
        g.get_tensor_by_name("scope/sum:0").shape,
        g.as_graph_def().node[0].op,
        [n.name for n in g.as_graph_def().node],
        len(g.inputs),
        len(g.outputs),
        b"inference_my_function_" in c.name if isinstance(c.name, bytes) else "inference_my_function_" in c.name,
        raised(lambda: g.get_operation_by_name("nothing")),
    ]


def _shapes(tf):
    seen = []

    @tf.function(input_signature=[tf.TensorSpec([None, 3]), tf.TensorSpec(None)])
    def f(x, u):
        for y in (
            x + 1.0,
            x @ tf.ones([3, 2]),
            x + u,
            tf.reshape(x, [-1]),
            tf.reduce_sum(x, 0),
            tf.reduce_sum(x, 1),
            tf.transpose(x),
            tf.shape(x),
            u,
            tf.zeros(tf.shape(x)),
            tf.concat([x, x], 1),
            tf.concat([x, x], 0),
            x[0],
            x[:2],
            x[:, 1],
            tf.reduce_sum(u),
            tf.rank(u),
            tf.expand_dims(x, 0),
            tf.stack([x, x]),
        ):
            seen.append(y.shape.as_list() if y.shape.rank is not None else "unknown")
        return x

    f(tf.ones([2, 3]), tf.ones([3]))
    return seen


def _no_arguments(tf):
    seen = []

    @tf.function
    def f():
        seen.append(1)
        return tf.constant([1, 2])

    return [f(), f(), len(seen), raised(lambda: f(1))]


def _options(tf):
    x = tf.constant([1.0, 2.0])
    return [
        tf.function(lambda x: x * 2, **options)(x)
        for options in (
            {"autograph": False},
            {"jit_compile": False},
            {"reduce_retracing": True},
            {"experimental_implements": "thing"},
            {"experimental_attributes": {"runtime_constant_optimization": True}},
            {},
        )
    ] + [
        raised(lambda: tf.function(lambda x: x, nothing=1)),
        raised(lambda: tf.function(lambda x: x, experimental_attributes={"jit_compile": True})),
    ]


# ---------------------------------------------------------------- errors


def _bool_of_tensor(tf):
    def f(x):
        if x > 0:
            return x
        return -x

    return raised(lambda: tf.function(f, autograph=False)(tf.constant(1)))


def _raising(tf, error):
    @tf.function
    def f(x):
        raise error

    return raised(lambda: f(tf.constant(1)))


def _retry_after_failure(tf):
    attempts = []
    v = tf.Variable(1.0)

    @tf.function
    def f(x):
        attempts.append(1)
        if len(attempts) == 1:
            raise KeyError("first time")
        return v.assign_add(x)

    return [raised(lambda: f(tf.constant(1.0))), f(tf.constant(1.0)), f(tf.constant(1.0)), v, len(attempts)]


def _runtime_error(tf):
    v = tf.Variable(0.0)

    @tf.function
    def f(i):
        v.assign_add(1.0)
        return tf.gather(tf.constant([1, 2, 3]), i)

    return [f(tf.constant(2)), raised(lambda: f(tf.constant(7))), f(tf.constant(0))]


ERRORS = [
    Program("bool-of-tensor", _bool_of_tensor),
    *(
        Program(f"raises-{type(e).__name__}", lambda tf, e=e: _raising(tf, e))
        for e in (
            KeyError("a"),
            ValueError("a"),
            RuntimeError("a"),
            StopIteration(),
            AssertionError("a"),
            NotImplementedError("a"),
        )
    ),
    Program("raises-tf-error", lambda tf: _raising(tf, tf.errors.InvalidArgumentError(None, None, "mine"))),
    Program("retry-after-failure", _retry_after_failure),
    Program("runtime-error", _runtime_error),
    Program(
        "variable-each-call",
        lambda tf: raised(lambda: tf.function(lambda x: tf.Variable(1.0) * x)(tf.constant(1.0))),
    ),
    Program(
        "unhashable-argument",
        lambda tf: [
            raised(lambda x=x: tf.function(lambda x: tf.constant(1))(x)) for x in ({1, 2}, object(), bytearray(b"a"))
        ],
    ),
    Case(
        "shape-mismatch",
        lambda tf, x, y: x + y,
        [f32(2), f32(3)],
        message={"function": ["2", "3"], "eager": ["[2]", "[3]"]},
    ),
    Case(
        "python-range-of-tensor",
        lambda tf, x: [x for _ in range(tf.shape(x)[0])],
        [f32(2)],
        modes=("unknown",),
        reason="the size is not known to Python",
    ),
    Case("argument-kept-as-python", lambda tf, x, n: x * n + len([1] * n), [f32(2), py(3)]),
]

CASES = [*STRUCTURES, *ERRORS]
