"""Tensors as Python objects: text, attributes, protocols."""

from __future__ import annotations

import numpy as np

from .runner import Program, raised

_NONE = None

TEXTS = {
    "int": lambda tf: tf.constant(1),
    "float": lambda tf: tf.constant(0.1),
    "double": lambda tf: tf.constant(0.1, tf.float64),
    "half": lambda tf: tf.constant(0.1, tf.float16),
    "bfloat16": lambda tf: tf.constant([0.1, 2.0], tf.bfloat16),
    "bool": lambda tf: tf.constant([True, False]),
    "complex": lambda tf: tf.constant(1 + 2j),
    "string": lambda tf: tf.constant("hé'\"\n"),
    "strings": lambda tf: tf.constant([["a", "bb"], ["", "ccc"]]),
    "matrix": lambda tf: tf.constant([[1.5, 2.0], [3.25, -4.0]]),
    "empty": lambda tf: tf.zeros([0, 3]),
    "rank-3": lambda tf: tf.reshape(tf.range(8), [2, 2, 2]),
    "long": lambda tf: tf.range(2000),
    "wide": lambda tf: tf.zeros([30, 40], tf.int64),
    "special": lambda tf: tf.constant([np.nan, np.inf, -np.inf, -0.0]),
    "small": lambda tf: tf.constant([1e-8, 1.0, 1e8]),
    "uint8": lambda tf: tf.constant([1, 255], tf.uint8),
    "variable": lambda tf: tf.Variable([1, 2], name="v"),
    "variable-scalar": lambda tf: tf.Variable(1.5),
    "variable-string": lambda tf: tf.Variable("a"),
    "variable-unknown-shape": lambda tf: tf.Variable([1.0], shape=tf.TensorShape(None), name="u"),
    "shape": lambda tf: tf.constant([[1]]).shape,
    "unknown-shape": lambda tf: tf.TensorShape(None),
    "partial-shape": lambda tf: tf.TensorShape([None, 2]),
    "scalar-shape": lambda tf: tf.TensorShape([]),
    "dtype": lambda tf: tf.float32,
    "dtype-string": lambda tf: tf.string,
    "dtype-resource": lambda tf: tf.resource,
    "spec": lambda tf: tf.TensorSpec([None, 2], tf.int32),
    "spec-named": lambda tf: tf.TensorSpec(None, tf.int32, name="x"),
    "indexed-slices": lambda tf: tf.IndexedSlices(tf.constant([1.0]), tf.constant([0])).values,
    "module": lambda tf: tf.math.add.__name__,
}

TEXT = [
    *(
        Program(f"text-{name}", lambda tf, make=make: [repr(make(tf)), str(make(tf)), f"{make(tf)}"])
        for name, make in TEXTS.items()
    ),
    Program(
        "print",
        lambda tf: print(tf.constant([1, 2]), tf.constant(1.5), [tf.constant(1)], {"a": tf.constant("x")}),
    ),
    Program(
        "format-float",
        lambda tf: [f"{tf.constant(1.5):.3f}", f"{tf.constant(3):05d}", f"{tf.constant(2.0).numpy():.1f}"],
    ),
    Program("format-vector-refused", lambda tf: raised(lambda: f"{tf.constant([1.5]):.3f}")),
    Program("text-in-function", lambda tf: _text_in_function(tf)),
    Program(
        "attributes",
        lambda tf: [
            [
                x.shape,
                x.dtype,
                x.ndim,
                x.shape.rank,
                x.shape.as_list(),
                x.get_shape(),
                x.dtype.name,
                x.dtype.size,
            ]
            for x in (tf.constant(1), tf.zeros([2, 3], tf.float64), tf.constant("a"))
        ],
    ),
    Program("device", lambda tf: tf.constant(1).device),
    Program(
        "shape-is-shape",
        lambda tf: [
            tf.zeros([2, 3]).shape == (2, 3),
            tf.zeros([2]).shape == [2],
            tuple(tf.zeros([2, 3]).shape),
            list(tf.zeros([2, 3]).shape),
            len(tf.zeros([2, 3]).shape),
            tf.zeros([2, 3]).shape[-1],
            tf.zeros([2, 3]).shape[:1],
            tf.zeros([2, 3]).shape.num_elements(),
        ],
    ),
    Program("numpy", lambda tf: [tf.constant(v).numpy() for v in (1, 1.5, [1, 2], "a", ["a"], True, [[1j]])]),
    Program(
        "numpy-of-string-scalar-is-bytes",
        lambda tf: [
            type(tf.constant("a").numpy()).__name__,
            type(tf.constant(1).numpy()).__name__,
            type(tf.constant([1]).numpy()).__name__,
        ],
    ),
    Program("numpy-is-a-copy", lambda tf: _numpy_copy(tf)),
    Program("numpy-source-may-change", lambda tf: _source_changes(tf)),
    Program("eager-name", lambda tf: raised(lambda: tf.constant(1).name)),
    Program("eager-graph", lambda tf: raised(lambda: tf.constant(1).graph)),
    Program("eager-op", lambda tf: raised(lambda: tf.constant(1).op)),
    Program(
        "no-such-attribute",
        lambda tf: [
            raised(lambda: tf.constant(1).nothing),
            raised(lambda: tf.constant(1).tolist()),
            raised(lambda: tf.constant(1).astype("int32")),
            raised(lambda: tf.constant(1).reshape([1])),
            raised(lambda: tf.constant(1).size),
            raised(lambda: tf.constant(1).T),
        ],
    ),
    Program("set-shape", lambda tf: _set_shape(tf)),
    Program("consumers-eager", lambda tf: raised(lambda: tf.constant(1).consumers())),
    Program("ref", lambda tf: _ref(tf)),
    Program(
        "dlpack",
        lambda tf: tf.experimental.dlpack.from_dlpack(tf.experimental.dlpack.to_dlpack(tf.constant([1.0, 2.0]))),
    ),
    Program("copy", lambda tf: _copy(tf)),
    Program("pickle", lambda tf: _pickle(tf)),
    Program("eval-refused", lambda tf: raised(lambda: tf.constant(1).eval())),
    Program(
        "tensor-spec-from",
        lambda tf: [
            repr(tf.TensorSpec.from_tensor(tf.zeros([2]))),
            repr(tf.type_spec_from_value(tf.constant("a"))),
            tf.TensorSpec([None]).is_compatible_with(tf.zeros([3])),
            tf.TensorSpec([2]).is_compatible_with(tf.zeros([3])),
        ],
    ),
]


def _text_in_function(tf):
    seen = []

    @tf.function
    def f(x):
        y = x + 1
        seen.extend([str(x), repr(x), str(y), repr(y), y.name, y.op.name, y.op.type, x.name])
        return y

    f(tf.constant([1.0]))
    return seen


def _numpy_copy(tf):
    x = tf.constant([1.0, 2.0])
    array = x.numpy()
    array[0] = 100.0
    return [x, array]


def _source_changes(tf):
    source = np.arange(4.0)
    x, y = tf.constant(source), tf.convert_to_tensor(source)
    z = tf.add(source, 1.0)
    source[:] = -1.0
    return [x, y, z]


def _set_shape(tf):
    x = tf.zeros([2, 3])
    x.set_shape([None, 3])
    return [x.shape, raised(lambda: x.set_shape([3, 3])), raised(lambda: x.set_shape([2]))]


def _ref(tf):
    x, y = tf.constant(1), tf.constant(1)
    table = {x.ref(): "x"}
    return [table[x.ref()], y.ref() in table, x.ref() == x.ref(), x.ref() == y.ref(), x.ref().deref() is x]


def _copy(tf):
    import copy

    x = tf.constant([1, 2])
    return [copy.copy(x), copy.deepcopy(x), copy.deepcopy({"a": [x]})]


def _pickle(tf):
    import pickle

    return [pickle.loads(pickle.dumps(v)) for v in (tf.float32, tf.TensorShape([1, None]))]


PROTOCOLS = [
    Program("bool", lambda tf: [bool(tf.constant(v)) for v in (True, False, 0, 2, 0.0, 1.5, [1], [[0.0]])]),
    Program("bool-of-many", lambda tf: raised(lambda: bool(tf.constant([1, 2])))),
    Program("bool-of-empty", lambda tf: bool(tf.constant([]))),
    Program(
        "bool-of-string",
        lambda tf: [raised(lambda: bool(tf.constant("a"))), raised(lambda: bool(tf.constant("")))],
    ),
    Program("int", lambda tf: [int(tf.constant(v)) for v in (3, 2.7, -2.7, True)]),
    Program(
        "int-of-vector",
        lambda tf: [raised(lambda: int(tf.constant([3]))), raised(lambda: int(tf.constant([3, 4])))],
    ),
    Program("float", lambda tf: [float(tf.constant(v)) for v in (3, 2.5, True)]),
    Program("complex", lambda tf: [complex(tf.constant(1 + 2j)), complex(tf.constant(2.0))]),
    Program(
        "int-of-string",
        lambda tf: [raised(lambda: int(tf.constant("3"))), raised(lambda: float(tf.constant("3.5")))],
    ),
    Program(
        "index",
        lambda tf: [
            [10, 20, 30][tf.constant(1)],
            list(range(tf.constant(3))),
            raised(lambda: [1, 2][tf.constant(1.0)]),
            raised(lambda: [1, 2][tf.constant([1])]),
        ],
    ),
    Program("len", lambda tf: [len(tf.zeros([2, 3])), len(tf.zeros([0])), raised(lambda: len(tf.constant(1)))]),
    Program(
        "iterate",
        lambda tf: [
            list(tf.constant([1, 2])),
            list(tf.constant([[1.0], [2.0]])),
            list(tf.zeros([0])),
            raised(lambda: list(tf.constant(1))),
        ],
    ),
    Program("unpack", lambda tf: _unpack(tf)),
    Program("iterate-strings", lambda tf: [x.numpy() for x in tf.constant(["a", "b"])]),
    Program(
        "enumerate-zip",
        lambda tf: [[i, x, y] for i, (x, y) in enumerate(zip(tf.range(2), tf.constant([1.5, 2.5]), strict=True))],
    ),
    Program("reversed", lambda tf: raised(lambda: list(reversed(tf.constant([1, 2]))))),
    Program(
        "contains",
        lambda tf: [raised(lambda: 1 in tf.constant([1, 2])), raised(lambda: 3 in tf.constant([1, 2]))],
    ),
    Program(
        "hash",
        lambda tf: [
            raised(lambda: hash(tf.constant(1))),
            raised(lambda: {tf.constant(1): 2}),
            raised(lambda: {tf.constant(1)}),
        ],
    ),
    Program("hash-message", lambda tf: hash(tf.constant(1)), message=["unhashable", "ref()"]),
    Program(
        "item-assignment",
        lambda tf: [
            raised(lambda: tf.constant([1, 2]).__setitem__(0, 1)),
            raised(lambda: _assign_item(tf.constant([1, 2]))),
        ],
    ),
    Program(
        "item-assignment-message",
        lambda tf: _assign_item(tf.constant([1, 2])),
        message=["does not support item assignment"],
    ),
    Program("item-deletion", lambda tf: raised(lambda: _delete_item(tf.constant([1, 2])))),
    Program(
        "equality",
        lambda tf: [
            tf.constant([1, 2]) == tf.constant([1, 3]),
            tf.constant([1, 2]) != [1, 3],
            tf.constant(1) == 1,
            tf.constant("a") == "a",
            tf.constant([1, 2]) == [1, 2],
        ],
    ),
    Program(
        "equality-incompatible",
        lambda tf: [
            tf.constant([1, 2]) == tf.constant([1, 2, 3]),
            tf.constant([1, 2]) != tf.constant([1, 2, 3]),
        ],
    ),
    Program("equality-with-none", lambda tf: [tf.constant(1) == _NONE, tf.constant(1) != _NONE]),
    Program(
        "equality-other-types",
        lambda tf: [
            raised(lambda: tf.constant(1) == "a"),
            raised(lambda: tf.constant(1) == object()),
            raised(lambda: tf.constant(1) == tf.constant(1.0)),
            raised(lambda: tf.constant(1) == 1.5),
        ],
    ),
    Program(
        "none-in-list",
        lambda tf: [
            None in [tf.constant(1)],
            raised(lambda: tf.constant(2) in [tf.constant(1), tf.constant(2)]),
        ],
    ),
    Program(
        "sum-max-of-tensors",
        lambda tf: [
            sum([tf.constant(1), tf.constant(2)]),
            max(tf.constant(1), tf.constant(2)),
            sorted([tf.constant(2), tf.constant(1)]),
            round(float(tf.constant(1.25)), 1),
            abs(tf.constant(-1)),
        ],
    ),
    Program(
        "divmod-pow-builtin",
        lambda tf: [
            raised(lambda: divmod(tf.constant(7), 2)),
            pow(tf.constant(2), 3),
            raised(lambda: round(tf.constant(1.5))),
        ],
    ),
    Program("if-and-while", lambda tf: _if_and_while(tf)),
    Program("tensor-constructor", lambda tf: raised(lambda: tf.Tensor(1))),
    Program("overloadable-operators", lambda tf: sorted(tf.Tensor.OVERLOADABLE_OPERATORS)),
]


def _unpack(tf):
    a, b = tf.constant([1, 2])
    (c, d), e = tf.constant([[1, 2], [3, 4]])
    first, *rest = tf.range(3)
    return [a, b, c, d, e, first, rest]


def _assign_item(x):
    x[0] = 5


def _delete_item(x):
    del x[0]


def _if_and_while(tf):
    x, steps = tf.constant(0), []
    while x < 3:
        x += 1
        if x % 2 == 0:
            steps.append(int(x))
    return [x, steps, (x > 1) and (x < 5), bool(not (x > 1))]


CASES = [*TEXT, *PROTOCOLS]
