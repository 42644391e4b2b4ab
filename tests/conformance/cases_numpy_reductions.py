"""`tf.experimental.numpy`: reductions, products, sorting and random numbers."""

from __future__ import annotations

import numpy as np

from .inputs import arr, c64, distinct, f32, ints, positive, py, ties
from .runner import Case, Program, over, raised

KNOWS_MORE = "tfshim composes the shape of known sizes and ranks, and so knows more of it"
NEEDS_SWITCH = {"value": "TensorFlow's function works only with NumPy behaviour on"}
KINDS = ("float32", "float64", "float16", "int8", "int32", "int64", "uint8", "uint64", "bool", "complex64")


def np_(name):
    return f"experimental.numpy.{name}"


REDUCTIONS = "sum prod mean max min amax amin ptp std var all any count_nonzero".split()
DIFFERENTIABLE = "sum prod mean max min amax amin ptp std var".split()

AXES = [
    case
    for name in REDUCTIONS
    for case in (
        *over(f"np-{name}", np_(name), KINDS, [(2, 3)], accept=NEEDS_SWITCH),
        *(
            Case(f"np-{name}-{axis}", np_(name), [f32(2, 3, 4)], kwargs={"axis": axis}, grad=name in DIFFERENTIABLE)
            for axis in (0, -1)
        ),
        *(
            [Case(f"np-{name}-keep", np_(name), [f32(2, 3)], kwargs={"axis": (0, 1), "keepdims": True})]
            if name != "count_nonzero"
            else []
        ),
        *over(f"np-{name}-scalar", np_(name), ("float32",), [()]),
    )
]

TYPED = [
    case
    for name in ("sum", "prod", "mean", "nansum", "nanprod")
    for dtype in (np.float64, np.int32, "float16", bool)
    for case in [
        Case(
            f"np-{name}-as-{np.dtype(dtype).name}",
            np_(name),
            [ints(2, 3)],
            kwargs={"dtype": dtype, "axis": 0},
            accept=NEEDS_SWITCH,
        )
    ]
]

WITH_NAN = arr([[1, np.nan, 3], [np.nan, np.nan, -2]])

OTHER_REDUCTIONS = [
    Case("np-mean-out", np_("mean"), [f32(2)], kwargs={"out": 1}),
    Case("np-amax-out", np_("amax"), [f32(2)], kwargs={"out": 1}),
    Case("np-var-ddof", np_("var"), [f32(2, 3)], kwargs={"ddof": 1, "axis": 0, "dtype": np.float32}),
    Case("np-var-ddof-all", np_("var"), [f32(2, 3)], kwargs={"ddof": 1, "dtype": np.float64}),
    Case("np-var-dtype", np_("var"), [ints(2, 3)], kwargs={"dtype": np.float32}),
    *(
        Case(f"np-{name}-nan", np_(name), [WITH_NAN], kwargs={"axis": 1}, grad=True, accept=NEEDS_SWITCH)
        for name in ("nansum", "nanprod", "nanmean")
    ),
    *(
        c
        for name in ("nansum", "nanprod", "nanmean")
        for c in over(f"np-{name}", np_(name), ("float32", "float64", "int32", "bool"), [(2, 3)], accept=NEEDS_SWITCH)
    ),
    *over("np-average", np_("average"), ("float32", "float64", "int32"), [(2, 3)], accept=NEEDS_SWITCH),
    Case("np-average-axis", np_("average"), [f32(2, 3)], kwargs={"axis": 1}, grad=True),
    Case(
        "np-average-weights",
        np_("average"),
        [f32(2, 3)],
        kwargs={"axis": 1, "weights": [1, 2, 3]},
        grad=True,
        finer_shapes=KNOWS_MORE,
    ),
    Case(
        "np-average-all-weights",
        lambda tf, x, w: tf.experimental.numpy.average(x, weights=w),
        [f32(2, 3), positive(2, 3)],
        grad=True,
    ),
    Case("np-average-int-weights", lambda tf, x: tf.experimental.numpy.average(x, weights=[1, 3]), [ints(2)]),
    Case(
        "np-average-returned",
        np_("average"),
        [f32(2, 3)],
        kwargs={"axis": 0, "weights": [1.0, 2.0], "returned": True},
        finer_shapes=KNOWS_MORE,
    ),
    Case("np-average-axes", np_("average"), [f32(2, 3)], kwargs={"axis": (0, 1)}),
    *(
        c
        for name in ("cumsum", "cumprod")
        for c in (
            *over(
                f"np-{name}",
                np_(name),
                ("float32", "int8", "int32", "int64", "uint8"),
                [(2, 3)],
                grad=True,
            ),
            Case(f"np-{name}-axis", np_(name), [f32(2, 3)], kwargs={"axis": 1}, grad=True),
            Case(f"np-{name}-complex", np_(name), [c64(2, 3)]),
            Case(f"np-{name}-last", np_(name), [f32(2, 3)], kwargs={"axis": -1, "dtype": np.float64}),
        )
    ),
    *over("np-diff", np_("diff"), ("float32", "int32", "bool"), [(2, 4)], grad=True),
    Case("np-diff-twice", np_("diff"), [f32(2, 4)], kwargs={"n": 2}, grad=True),
    Case("np-diff-axis", np_("diff"), [f32(2, 4)], kwargs={"axis": 0}),
    Case("np-diff-beyond", np_("diff"), [f32(2, 4)], kwargs={"axis": 2}),
    Case("np-diff-negative", np_("diff"), [f32(2, 4)], kwargs={"n": -1}),
]


def distinct_of(dtype, *shape):
    return distinct(*shape, dtype=dtype)


SORTING = [
    *over("np-sort", np_("sort"), ("float32", "int32", "float64"), [(2, 3), (4,)], distinct_of, grad=True),
    Case("np-sort-axis", np_("sort"), [distinct(3, 2)], kwargs={"axis": 0}),
    Case("np-sort-flat", np_("sort"), [distinct(3, 2)], kwargs={"axis": None}),
    Case("np-sort-kind", np_("sort"), [distinct(3)], kwargs={"kind": "mergesort"}),
    Case("np-sort-order", np_("sort"), [distinct(3)], kwargs={"order": "x"}),
    *over("np-argsort", np_("argsort"), ("float32", "int32"), [(2, 3), (4,), ()], distinct_of),
    Case("np-argsort-stable", np_("argsort"), [ties(6)], kwargs={"kind": "stable"}),
    Case("np-argsort-flat", np_("argsort"), [distinct(3, 2)], kwargs={"axis": None}),
    Case("np-argsort-complex", np_("argsort"), [c64(3)]),
    Case("np-argsort-kind", np_("argsort"), [distinct(3)], kwargs={"kind": "heapsort"}),
    *(
        c
        for name in ("argmax", "argmin")
        for c in (
            *over(f"np-{name}", np_(name), ("float32", "int32", "bool"), [(2, 3), ()]),
            Case(f"np-{name}-axis", np_(name), [ties(2, 3)], kwargs={"axis": 1}),
        )
    ),
]

UNKNOWN = {
    "kron": {"accept": {"value": "TensorFlow needs known sizes where the ranks differ"}},
    "cross": {"finer_shapes": KNOWS_MORE, "accept": {"value": "TensorFlow has no gradient where sizes are unknown"}},
}

SHAPES_OF_TWO = {
    "dot": [((3,), (3,)), ((2, 3), (3,)), ((2, 3), (3, 4)), ((2, 2, 3), (2, 3, 4)), ((), (3,))],
    "inner": [((3,), (3,)), ((2, 3), (4, 3)), ((), (3,))],
    "matmul": [((2, 3), (3, 4)), ((3,), (3, 4)), ((2, 3), (3,)), ((3,), (3,)), ((5, 2, 3), (3, 4)), ((5, 2, 3), (3,))],
    "vdot": [((3,), (3,)), ((2, 3), (3, 2))],
    "outer": [((3,), (2,)), ((2, 2), (3,)), ((), (2,))],
    "kron": [((2,), (3,)), ((2, 3), (2, 2)), ((3,), (2, 2)), ((2, 1, 2), (2, 2))],
    "cross": [((3,), (3,)), ((2, 3), (2, 3)), ((2, 3), (3,)), ((2,), (2,)), ((3,), (2,))],
}

PRODUCTS = [
    *(
        c
        for name, shapes in SHAPES_OF_TWO.items()
        for c in over(f"np-{name}", np_(name), ("float32", "int32"), shapes, grad=True, **UNKNOWN.get(name, {}))
    ),
    *(Case(f"np-{name}-complex", np_(name), [c64(3), c64(3)], grad=True) for name in ("dot", "vdot", "inner", "outer")),
    *(
        Case(f"np-{name}-mixed", np_(name), [ints(3), f32(3)], **UNKNOWN.get(name, {}))
        for name in ("dot", "vdot", "inner", "outer", "matmul", "kron", "cross")
    ),
    Case(
        "np-matmul-bad",
        np_("matmul"),
        [f32(2, 3), f32(2, 3)],
        modes=("eager", "function"),
        reason="seen only where sizes are known",
    ),
    Case(
        "np-cross-axes",
        np_("cross"),
        [f32(3, 2), f32(2, 3)],
        kwargs={"axisa": 0, "axisb": 1, "axisc": 0},
        grad=True,
        **UNKNOWN["cross"],
    ),
    Case("np-cross-axis", np_("cross"), [f32(3, 2), f32(3, 2)], kwargs={"axis": 0}, **UNKNOWN["cross"]),
    Case("np-tensordot", np_("tensordot"), [f32(2, 3, 4), f32(3, 4, 2)], grad=True),
    Case("np-tensordot-axes", np_("tensordot"), [f32(2, 3), ints(3, 2)], kwargs={"axes": [[1], [0]]}),
    Case("np-einsum", lambda tf, x, y: tf.experimental.numpy.einsum("ij,jk", x, y), [f32(2, 3), f32(3, 4)], grad=True),
    Case("np-einsum-mixed", lambda tf, x, y: tf.experimental.numpy.einsum("i,i->", x, y), [f32(3), ints(3)]),
    Case(
        "np-einsum-no",
        lambda tf, x: tf.experimental.numpy.einsum("ij->ji", x, casting="no", optimize="optimal"),
        [f32(2, 3)],
    ),
    Case("np-einsum-bad", lambda tf, x: tf.experimental.numpy.einsum("ij->ji", x, casting="unsafe"), [f32(2, 3)]),
    Case("np-einsum-optimize", lambda tf, x: tf.experimental.numpy.einsum("ij->ji", x, optimize="fast"), [f32(2, 3)]),
    *over(
        "np-trace", np_("trace"), ("float32", "int8", "int32"), [(2, 3), (2, 3, 4)], grad=True, finer_shapes=KNOWS_MORE
    ),
    Case("np-trace-offset", np_("trace"), [f32(3, 4)], kwargs={"offset": 1}, grad=True, finer_shapes=KNOWS_MORE),
    Case(
        "np-trace-axes",
        np_("trace"),
        [f32(2, 3, 4)],
        kwargs={"axis1": 2, "axis2": 0, "dtype": np.float64},
        finer_shapes=KNOWS_MORE,
    ),
    Case(
        "np-polyval",
        np_("polyval"),
        [f32(4), f32(2, 3)],
        grad=True,
        modes=("eager", "function"),
        reason="the number of coefficients must be known",
    ),
    Case(
        "np-polyval-constant",
        np_("polyval"),
        [py(3.0), f32(2, 3)],
        modes=("eager", "function"),
        reason="the shape must be known",
    ),
    Case("np-polyval-list", np_("polyval"), [py([1, 2, 3]), f32(2, 3)]),
    *over("np-vander", np_("vander"), ("float32", "int32"), [(3,), (2, 2)], grad=True),
    Case("np-vander-columns", np_("vander"), [f32(3)], kwargs={"N": 2, "increasing": True}),
    Case("np-vander-negative", np_("vander"), [f32(3)], kwargs={"N": -1}),
]


def drawn(tf):
    n = tf.experimental.numpy.random
    n.seed(7)
    return [
        n.rand(2, 3), n.rand(), n.random((2,)), n.uniform(1, 4), n.uniform([1.0, 5.0], 6), n.uniform(0, 2, (2, 2)),
        n.randint(5), n.randint(3, 9, (4,)), n.randint(9, size=3, dtype=np.int32), n.poisson(3.0, (4,)), n.poisson(2.0, 3),
    ]  # fmt: skip


def normals(tf):
    n = tf.experimental.numpy.random
    n.seed(7)
    return [n.randn(2, 3), n.randn(), n.standard_normal(3), n.standard_normal((2, 2)), n.standard_normal()]


RANDOM = [
    Program("np-random", drawn),
    Program("np-random-normal", normals, rtol=1e-9),
    Program(
        "np-random-errors",
        lambda tf: [
            raised(lambda: tf.experimental.numpy.random.seed([1])),
            raised(lambda: tf.experimental.numpy.random.randint(3, dtype=np.int8)),
        ],
    ),
    Case("np-random-traced", lambda tf: tf.experimental.numpy.random.rand(2).shape, []),
]

CASES = [*AXES, *TYPED, *OTHER_REDUCTIONS, *SORTING, *PRODUCTS, *RANDOM]
