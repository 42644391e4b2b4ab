"""`tf.experimental.numpy`: making arrays, their shapes and axes, choosing elements."""

from __future__ import annotations

import collections

import numpy as np

from .inputs import bools, f32, ints, py, variable
from .runner import Case, Program, over, raised

NEEDS_SWITCH = {"value": "TensorFlow's function works only with NumPy behaviour on"}
KNOWS_MORE = "tfshim composes the shape of known sizes, and so knows more of it"
TYPES = ("float32", "float64", "int32", "bool", "complex64")


def np_(name):
    return f"experimental.numpy.{name}"


def made(id, fn):
    """A program over `tf.experimental.numpy` alone."""
    return Program(f"np-{id}", lambda tf: fn(tf.experimental.numpy))


def one_array(id, name, *shapes, grad=True, dtypes=("float32",), **case):
    kwargs = case.pop("kwargs", {})
    return over(f"np-{name}-{id}", np_(name), dtypes, shapes or [(2, 3)], grad=grad, kwargs=kwargs, **case)


CREATION = [
    made("zeros", lambda n: [n.zeros(3), n.zeros((2, 0)), n.zeros([2], int), n.zeros((), np.complex64)]),
    made("ones", lambda n: [n.ones(3), n.ones((2, 0)), n.ones([2], "int8"), n.ones(2, dtype=bool)]),
    made("empty", lambda n: [n.empty(3).shape, n.empty((2, 3), np.int8).dtype, n.empty_like([1, 2]).dtype]),
    made("full", lambda n: [n.full(3, 2), n.full((2, 2), [1.0, 2.0]), n.full((2,), 5, dtype=np.float16)]),
    made(
        "eye",
        lambda n: [n.eye(2), n.eye(2, 3, 1), n.eye(3, 2, -2), n.eye(2, 2, 5), n.eye(3, dtype=int), n.eye(2, 3, -1)],
    ),
    made("identity", lambda n: [n.identity(3), n.identity(2, np.int8)]),
    made(
        "array",
        lambda n: [
            n.array(5),
            n.array(2.5),
            n.array(1j),
            n.array(True),
            n.array("text"),
            n.array([1, 2.0]),
            n.array([[1], [True]]),
            n.array(2**63),
            n.array([1.7, 2], dtype=int),
            n.array(np.arange(3, dtype=np.int8)),
            n.array([]),
            n.array([1, 2], ndmin=3),
            n.array(3, dtype="float32", copy=False, ndmin=1),
        ],
    ),
    made("array-errors", lambda n: [raised(lambda: n.array(1, ndmin=40)), raised(lambda: n.array([[1], [1, 2]]))]),
    made("asarray", lambda n: [n.asarray(5, np.int8), n.asanyarray([1.0]), n.ascontiguousarray(3), n.copy([1, 2])]),
    made(
        "arange",
        lambda n: [
            n.arange(5),
            n.arange(1.0, 2, 0.25),
            n.arange(5, 1),
            n.arange(5, 1, -2),
            n.arange(3, dtype=np.float32),
            n.arange(-3),
            n.arange(0),
            n.arange(2, 2),
            raised(lambda: n.arange(3, 1, 0)),
        ],
    ),
    made(
        "linspace",
        lambda n: [
            n.linspace(1, 4, 3),
            n.linspace(1.0, 4.0, 3, endpoint=False),
            n.linspace(0, 1, 1),
            n.linspace(0, 1, 0),
            n.linspace(1, 4, 4, retstep=True),
            n.linspace(1, 4, 3, dtype=np.float32),
            n.linspace(np.array([1.0, 2]), np.array([3.0, 4]), 3, axis=-1),
            raised(lambda: n.linspace(0, 1, -1)),
        ],
    ),
    made(
        "logspace",
        lambda n: [n.logspace(0, 3, 4), n.logspace(0, 3, 4, base=2.0), n.logspace(0.0, 1, 2, endpoint=False)],
    ),
    made(
        "geomspace",
        lambda n: [
            n.geomspace(1, 8, 4),
            n.geomspace(1.0, 256, 9, dtype=np.float32),
            n.geomspace(-1.0, -8, 4),
            n.geomspace([1, 2], [3, 4], 2, axis=-1),
            n.geomspace(1.0, 8, 3, endpoint=False),
        ],
    ),
    made(
        "meshgrid",
        lambda n: [
            n.meshgrid([1, 2], [3, 4, 5]),
            n.meshgrid([1, 2], [3, 4, 5], indexing="ij"),
            n.meshgrid([1.0]),
            n.meshgrid(),
            n.meshgrid([1, 2], [3, 4], [5, 6, 7]),
            raised(lambda: n.meshgrid([1], sparse=True)),
            raised(lambda: n.meshgrid([1], copy=False)),
            raised(lambda: n.meshgrid([1], indexing="ji")),
        ],
    ),
    made("tri", lambda n: [n.tri(3), n.tri(3, 2, 1, int), n.tri(2, 4, -1), n.tri(2, 2, 5), n.tri(2, 3, -3)]),
    made("diag_indices", lambda n: [n.diag_indices(2), n.diag_indices(2, 3), raised(lambda: n.diag_indices(-1))]),
    made(
        "ix_",
        lambda n: [
            n.ix_([0, 1], [True, False]),
            n.ix_([1]),
            raised(lambda: n.ix_([[1]])),
            raised(lambda: n.ix_([0.5])),
        ],
    ),
    made("random-types", lambda n: [n.random.rand(2).dtype, n.random.randint(3).dtype, n.random.poisson().dtype]),
    *over("np-zeros_like", np_("zeros_like"), TYPES, [(2, 3)]),
    *over("np-ones_like", np_("ones_like"), TYPES, [(2, 3)]),
    Case("np-zeros_like-dtype", np_("zeros_like"), [f32(2)], kwargs={"dtype": np.int8}),
    Case("np-full_like", np_("full_like"), [ints(2, 3), py(2.5)]),
    Case("np-full_like-dtype", np_("full_like"), [ints(2, 3), py(2.5)], kwargs={"dtype": np.float32}),
    Case("np-full_like-order", np_("full_like"), [ints(2), py(2)], kwargs={"order": "C"}),
    Case("np-full_like-shape", np_("full_like"), [ints(2), py(2)], kwargs={"shape": (3,)}),
    Case("np-array-tensor", np_("array"), [f32(2)], kwargs={"dtype": np.float64, "ndmin": 2}),
    Case("np-array-variable", np_("array"), [variable(f32(2))]),
    Case("np-array-list", lambda tf, x, y: tf.experimental.numpy.array([x, y]), [f32(), ints()]),
    Case("np-array-list-number", lambda tf, x: tf.experimental.numpy.array([x, 2]), [f32()]),
    Case("np-asarray-same", lambda tf, x: tf.experimental.numpy.asarray(x) is x, [f32(2)]),
]

DIAGONALS = [
    case
    for k in (-4, -1, 0, 1, 3)
    for case in (
        Case(
            f"np-diag-vector-{k}",
            np_("diag"),
            [f32(3)],
            kwargs={"k": k},
            grad=True,
            modes=("eager", "function"),
            reason="TensorFlow has no gradient there",
        ),
        Case(
            f"np-diag-matrix-{k}",
            np_("diag"),
            [f32(2, 3)],
            kwargs={"k": k},
            grad=abs(k) < 2,
            accept=NEEDS_SWITCH,
            modes=("eager", "function"),
            reason="an offset is checked against sizes that are known",
        ),
        Case(f"np-diagflat-{k}", np_("diagflat"), [f32(2, 2)], kwargs={"k": k}),
        Case(
            f"np-diagonal-{k}",
            np_("diagonal"),
            [f32(2, 3, 4)],
            kwargs={"offset": k},
            modes=("eager", "function"),
            reason="an offset is checked against sizes that are known",
        ),
        *(Case(f"np-{name}-{k}", np_(name), [f32(2, 3, 4)], kwargs={"k": k}, grad=True) for name in ("tril", "triu")),
    )
]

SHAPES = [
    *one_array("rows", "reshape", (2, 3), (6,), kwargs={"newshape": (3, 2)}, dtypes=TYPES),
    *one_array("number", "reshape", (2, 3), kwargs={"newshape": 6}),
    *one_array("columns", "reshape", (2, 3), kwargs={"newshape": (3, 2), "order": "F"}),
    *one_array("bad-order", "reshape", (2, 3), grad=False, kwargs={"newshape": 6, "order": "A"}),
    *one_array("all", "ravel", (2, 3), ()),
    *one_array("all", "flatten", (2, 3), ()),
    *one_array("columns", "flatten", (2, 3), kwargs={"order": "F"}),
    *one_array("bad", "flatten", (2, 3), grad=False, kwargs={"order": "X"}),
    *one_array("first", "expand_dims", (2, 3), kwargs={"axis": 0}),
    *one_array("last", "expand_dims", (2, 3), kwargs={"axis": -1}),
    *one_array("all", "squeeze", (1, 3, 1)),
    *one_array("one", "squeeze", (1, 3, 1), kwargs={"axis": 0}),
    *one_array("rank", "atleast_1d", (), (2,), (2, 3), finer_shapes=KNOWS_MORE),
    *one_array("rank", "atleast_2d", (), (2,), (2, 3), (2, 3, 4), finer_shapes=KNOWS_MORE),
    *one_array("rank", "atleast_3d", (), (2,), (2, 3), (2, 3, 4), (1, 2, 3, 4), finer_shapes=KNOWS_MORE),
    *one_array("all", "transpose", (2, 3), (2, 3, 4), (3,)),
    *one_array("order", "transpose", (2, 3, 4), kwargs={"axes": [1, 2, 0]}),
    *one_array("ends", "swapaxes", (2, 3, 4), kwargs={"axis1": 0, "axis2": -1}),
    *one_array("bad", "swapaxes", (2, 3), grad=False, kwargs={"axis1": 0, "axis2": 5}),
    *one_array("one", "moveaxis", (2, 3, 4), kwargs={"source": 0, "destination": -1}),
    *one_array("two", "moveaxis", (2, 3, 4, 5), kwargs={"source": (0, 1), "destination": (-1, 0)}),
    *one_array("bad", "moveaxis", (2, 3, 4), grad=False, kwargs={"source": (0, 1), "destination": (2,)}),
    *one_array("all", "flip", (2, 3), ()),
    *one_array("last", "flip", (2, 3), kwargs={"axis": -1}),
    *one_array("rows", "flipud", (2, 3)),
    *one_array("columns", "fliplr", (2, 3), grad=True),
    *(c for k in (-1, 0, 1, 2, 3, 5) for c in one_array(f"{k}", "rot90", (2, 3, 4), kwargs={"k": k})),
    *one_array("axes", "rot90", (2, 3, 4), kwargs={"axes": (2, 0)}),
    *(
        Case(
            f"rot90-from-the-end-{k}",
            lambda tf, x, k=k: tf.experimental.numpy.rot90(x, k, (-1, -3)),
            [f32(2, 3, 4)],
            rank=True,
        )
        for k in (-1, 1, 2)
    ),
    *(c for n in (0, 1) for c in one_array(f"rank-{n}", "rot90", (3,) * n)),
    *one_array("all", "roll", (2, 3), kwargs={"shift": 2}),
    *one_array("axis", "roll", (2, 3), kwargs={"shift": -1, "axis": 1}),
    *one_array("axes", "roll", (2, 3), kwargs={"shift": (1, 1), "axis": (0, 1)}),
    *one_array("constant", "pad", (2, 3), kwargs={"pad_width": [[1, 0], [0, 2]], "mode": "constant"}),
    *one_array(
        "value", "pad", (2, 3), kwargs={"pad_width": [[1, 0], [0, 2]], "mode": "constant", "constant_values": 5}
    ),
    *one_array("reflect", "pad", (2, 3), kwargs={"pad_width": [[1, 0], [0, 2]], "mode": "reflect"}),
    *one_array("symmetric", "pad", (2, 3), kwargs={"pad_width": [[1, 0], [0, 2]], "mode": "symmetric"}),
    *one_array("bad", "pad", (2, 3), grad=False, kwargs={"pad_width": [[1, 0], [0, 2]], "mode": "wrap"}),
    *one_array("same", "tile", (2, 3), kwargs={"reps": (2, 1)}),
    *one_array("fewer", "tile", (2, 3), kwargs={"reps": 2}),
    *one_array("more", "tile", (3,), kwargs={"reps": (2, 1, 2)}),
    *one_array("flat", "repeat", (2, 3), kwargs={"repeats": 2}),
    *one_array("axis", "repeat", (2, 3), kwargs={"repeats": [1, 2], "axis": 0}, finer_shapes=KNOWS_MORE),
    *one_array("scalar", "repeat", (), kwargs={"repeats": 3}),
    *one_array("number", "shape", (2, 3), grad=False),
    *one_array("number", "ndim", (2, 3), grad=False),
    *one_array("number", "isscalar", (2, 3), (), grad=False),
    *one_array("known", "size", (2, 3), grad=False),
    *one_array("axis", "size", (2, 3), grad=False, kwargs={"axis": 0}),
    *one_array("shape", "broadcast_to", (3,), kwargs={"shape": (2, 3)}),
    Case("np-broadcast_arrays", np_("broadcast_arrays"), [f32(3), ints(2, 1)], grad=True),
    Case("np-broadcast_arrays-one", np_("broadcast_arrays"), [f32(3)]),
    Case("np-broadcast_arrays-subok", np_("broadcast_arrays"), [f32(3)], kwargs={"subok": True}),
    Case("np-concatenate", np_("concatenate"), [[f32(2, 3), ints(1, 3)]], grad=True),
    Case("np-concatenate-axis", np_("concatenate"), [[f32(2, 3), f32(2, 1)]], kwargs={"axis": -1}),
    Case("np-concatenate-none", np_("concatenate"), [py([])]),
    Case("np-append", np_("append"), [f32(2, 3), py(3.5)]),
    Case("np-append-axis", np_("append"), [f32(2, 3), f32(1, 3)], kwargs={"axis": 0}),
    Case("np-stack", np_("stack"), [[f32(2, 3), ints(2, 3)]], kwargs={"axis": 1}),
    Case("np-stack-tensor", np_("stack"), [f32(2, 3)]),
    Case("np-stack-tensor-axis", np_("stack"), [f32(2, 3)], kwargs={"axis": 1}),
    *(
        Case(f"np-{name}-{len(shape)}", np_(name), [[f32(*shape), ints(*shape)]], grad=True, finer_shapes=KNOWS_MORE)
        for name in ("hstack", "vstack", "dstack")
        for shape in ((3,), (2, 3), (2, 3, 4))
    ),
    Case("np-split", np_("split"), [f32(4, 3), py(2)]),
    Case(
        "np-split-places",
        np_("split"),
        [f32(4, 3), py([1, 3])],
        modes=("eager", "function"),
        reason="needs known sizes",
    ),
    Case(
        "np-split-beyond",
        np_("split"),
        [f32(4, 3), py([1, 6])],
        modes=("eager", "function"),
        reason="needs known sizes",
    ),
    Case(
        "np-split-backwards",
        np_("split"),
        [f32(4, 3), py([3, 1])],
        modes=("eager", "function"),
        reason="needs known sizes",
    ),
    Case("np-split-axis", np_("split"), [f32(4, 3), py(3)], kwargs={"axis": 1}),
    Case("np-vsplit", np_("vsplit"), [f32(4, 3), py(2)]),
    Case("np-hsplit", np_("hsplit"), [f32(4, 4), py(2)]),
    Case("np-hsplit-vector", np_("hsplit"), [f32(4), py(2)]),
    Case("np-hsplit-unequal", np_("hsplit"), [f32(4, 3), py(2)]),
    Case("np-dsplit", np_("dsplit"), [f32(2, 2, 4), py([1])], modes=("eager", "function"), reason="needs known sizes"),
]

CHOICES = [
    Case("np-where", np_("where"), [bools(2, 3), f32(2, 3), py(1.5)], grad=True),
    Case("np-where-types", np_("where"), [bools(3), ints(3), f32(2, 3)]),
    Case("np-where-numbers", np_("where"), [ints(3), py(1), py(2.0)]),
    Case("np-where-indices", np_("where"), [bools(2, 3)]),
    Case("np-where-half", np_("where"), [bools(3), f32(3), py(None)]),
    *over("np-nonzero", np_("nonzero"), ("float32", "int32", "bool"), [(3,), (2, 3), ()]),
    Case("np-select", np_("select"), [[bools(4), bools(4)], [f32(4), ints(4)], py(9)]),
    Case("np-select-lengths", np_("select"), [[bools(4)], [f32(4), ints(4)], py(9)]),
    Case("np-compress", np_("compress"), [py([True, False, True]), f32(2, 3)], kwargs={"axis": 1}, grad=True),
    Case(
        "np-compress-short",
        np_("compress"),
        [py([True]), f32(2, 3)],
        kwargs={"axis": 0},
        modes=("eager", "function"),
        reason="needs known sizes",
    ),
    Case(
        "np-compress-flat",
        np_("compress"),
        [py([False, True]), f32(2, 3)],
        modes=("eager", "function"),
        reason="needs known sizes",
    ),
    Case("np-compress-matrix", np_("compress"), [py([[True]]), f32(2, 3)]),
    Case("np-take", np_("take"), [f32(5), py([0, 7, -1, 2])], grad=True),
    Case("np-take-wrap", np_("take"), [f32(5), py([0, 7, -1, 2])], kwargs={"mode": "wrap"}),
    Case("np-take-raise", np_("take"), [f32(5), py([0])], kwargs={"mode": "raise"}),
    Case("np-take-mode", np_("take"), [f32(5), py([0])], kwargs={"mode": "other"}),
    Case("np-take-axis", np_("take"), [f32(2, 3), ints(2, 2, low=0, high=3)], kwargs={"axis": 1}, grad=True),
    Case("np-take_along_axis", np_("take_along_axis"), [f32(2, 3), py([[0, 2], [1, -1]]), py(1)], grad=True),
    Case(
        "np-take_along_axis-first",
        np_("take_along_axis"),
        [f32(2, 3), py([[0, -1, 1]]), py(0)],
        grad=True,
        finer_shapes=KNOWS_MORE,
    ),
    Case("np-take_along_axis-broadcast", np_("take_along_axis"), [f32(2, 3), py([[0, 2]]), py(-1)]),
    Case(
        "np-sequences",
        lambda tf: [tf.experimental.numpy.sum(x) for x in (range(4), collections.deque([1, 2.5]), bytearray(b"ab"))],
    ),
    Case("np-take_along_axis-flat", np_("take_along_axis"), [f32(2, 3), py([0, 2]), py(None)], accept=NEEDS_SWITCH),
]

CASES = [*CREATION, *DIAGONALS, *SHAPES, *CHOICES]
