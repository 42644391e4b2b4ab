"""Reductions, positions of extremes, cumulative sums, and what is made of them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from .inputs import (
    COMPLEX,
    FLOATS,
    INTS,
    NUMBERS,
    UINTS,
    arr,
    bools,
    c64,
    distinct,
    f16,
    f32,
    f64,
    ints,
    numpy_value,
    positive,
    py,
    rand,
    special,
    strs,
    ties,
    variable,
)
from .properties import property_case
from .runner import Case, Program, over

REAL = FLOATS + INTS + UINTS
SUMS = ("reduce_sum", "reduce_mean", "reduce_prod")
EXTREMES = ("reduce_max", "reduce_min")
DERIVED = ("math.reduce_std", "math.reduce_variance", "reduce_logsumexp", "math.reduce_euclidean_norm")
ALL = (*SUMS, *EXTREMES, *DERIVED)
INT64_GRADIENT = {"value": "TensorFlow's gradient fails on axes of 64 bits where sizes are unknown"}
FLOAT_AXIS = {"InvalidArgumentError": "a float axis is refused as a value of the attribute Tidx"}
PROD_SECOND = "TensorFlow's second derivative of a product is that of a cumulative product, which is off at zeros"

# How an axis can be given.
AXES = {
    "none": None,
    "zero": 0,
    "negative": -1,
    "list": [0, 2],
    "tuple": (1, -1),
    "empty": [],
    "all": [0, 1, 2],
    "numpy": np.array([1], np.int64),
    "numpy-scalar": np.int32(1),
}
BAD_AXES = {"high": 3, "low": -4, "repeated": [0, 0], "repeated-negative": [0, -3], "float": 0.5, "text": "x"}


def _call(tf, path, *args, **kwargs):
    for part in path.split("."):
        tf = getattr(tf, part)
    return tf(*args, **kwargs)


def _cases():
    one_mode = {"modes": ("eager",), "reason": "another type of the same op runs in all modes"}
    for name in ALL:
        reals = FLOATS if name in DERIVED else REAL
        dtypes = [*reals, *(COMPLEX if name in (*SUMS, "math.reduce_std", "math.reduce_variance") else ())]
        for dtype in dtypes:
            loose = {"rtol": 3e-2, "atol": 3e-2} if dtype in ("float16", "bfloat16") else {}
            yield from over(f"{name}-axis", name, [dtype], kwargs={"axis": 1}, grad=True, **loose, **one_mode)
        for label, axis in AXES.items():
            if name in DERIVED and label not in ("none", "negative", "list"):
                continue
            for keep in (False, True):
                yield Case(
                    f"{name}-{label}-{keep}",
                    lambda tf, x, name=name, axis=axis, keep=keep: _call(tf, name, x, axis=axis, keepdims=keep),
                    [distinct(2, 3, 4)],
                    grad=True,
                    rank=label in ("none", "zero") and not keep,
                    modes=("eager", "function", "unknown") if not keep else ("unknown",),
                    reason="the static shape is what keepdims changes",
                    accept=INT64_GRADIENT if label == "numpy" else {},
                )
        for label, axis in BAD_AXES.items():
            yield Case(
                f"{name}-axis-{label}",
                lambda tf, x, name=name, axis=axis: _call(tf, name, x, axis=axis),
                [f32(2, 3, 4)],
                modes=("eager", "function"),
                reason="errors of arguments",
                accept=FLOAT_AXIS if label == "float" else {},
            )
        yield Case(f"{name}-second", name, [positive(2, 3)], kwargs={"axis": 0}, grad=2)
        yield Case(f"{name}-scalar", name, [f32()], grad=True)
        yield Case(f"{name}-empty", name, [f32(0, 3)], kwargs={"axis": 0}, grad=True)
        yield Case(f"{name}-empty-result", name, [f32(0, 3)], kwargs={"axis": 1}, grad=True)
        yield Case(f"{name}-empty-all", name, [f32(0)], grad=True)
        yield Case(f"{name}-special", name, [special()], grad=True)
        yield Case(f"{name}-python", name, [py([[1.0, 2.0], [3.0, 4.0]])])
        yield Case(f"{name}-numpy", name, [numpy_value(f64(2, 3))])
        yield Case(f"{name}-variable", name, [variable(f32(2, 3))], grad=True)
        yield Case(f"{name}-bool", name, [bools(2, 3)])
        yield Case(f"{name}-string", name, [strs(2)])
        yield Case(
            f"{name}-axis-tensor",
            lambda tf, x, axis, name=name: _call(tf, name, x, axis=axis),
            [f32(2, 3), ints(1, low=0, high=2)],
            grad=True,
        )
        yield Case(f"{name}-old-name", lambda tf, x, name=name: _call(tf, name, x, 0, True, "r"), [f32(2, 3)])


WRAPPING = {d: [np.iinfo(d).max, np.iinfo(d).max, np.iinfo(d).min, 3] for d in INTS + UINTS}

CASES = list(_cases())
CASES += [
    *(
        Case(f"{name}-wraps-{dtype}", name, [arr(values, dtype)], modes=("eager",), reason="the kernels")
        for dtype, values in WRAPPING.items()
        for name in (*SUMS, *EXTREMES)
        if not (name == "reduce_mean" and dtype in ("int64", "uint64"))
    ),
    *(Case(f"mean-truncates-{dtype}", "reduce_mean", [arr([-7, 2, -2], dtype)]) for dtype in INTS),
    Case("mean-exact", "reduce_mean", [arr(np.ones(41))], exact=True),
    Case("sum-negative-zero", "reduce_sum", [arr([-0.0, -0.0])]),
    Case("sum-long", "reduce_sum", [f32(5000)], rtol=1e-4, atol=1e-3),
    Case("sum-long-half", "reduce_sum", [f16(300)], rtol=1e-2, atol=5e-2),
    Case("max-ties", lambda tf, x: tf.reduce_max(x, 1), [ties(4, 6)], grad=2),
    Case("min-ties", lambda tf, x: tf.reduce_min(x, [0, 1]), [ties(4, 6)], grad=2),
    Case("max-nan", lambda tf, x: tf.reduce_max(x, 1), [arr([[1, np.nan], [2, 3]])], grad=True),
    Case("prod-zeros", lambda tf, x: tf.reduce_prod(x, 1), [arr([[1, 0, 2], [0, 0, 3], [1, 2, 3]])], grad=True),
    Case("prod-zeros-second", lambda tf, x: tf.reduce_prod(x), [arr([1, 0, 2])], grad=2, xfail=PROD_SECOND),
    Case("norm-zero", "math.reduce_euclidean_norm", [arr([0, 0])], grad=True),
    Case("norm-ints", "math.reduce_euclidean_norm", [arr([3, 4, 5], "int32")]),
    Case("std-zero", "math.reduce_std", [arr([1, 1, 1])], grad=True),
    Case("std-complex", "math.reduce_std", [c64(3)], grad=True),
    Case("variance-int", "math.reduce_variance", [ints(3)]),
    Case("logsumexp-large", "reduce_logsumexp", [arr([1000, 1000, -1000])], grad=True),
    Case("logsumexp-infinite", "reduce_logsumexp", [arr([[-np.inf, -np.inf], [np.inf, 1]])], kwargs={"axis": 1}),
    Case("logsumexp-rank", "reduce_logsumexp", [f32(2, 3)], rank=True),
    Case("all-any", lambda tf, x: (tf.reduce_all(x, 0), tf.reduce_any(x, -1, keepdims=True)), [bools(3, 4)]),
    Case("all-any-empty", lambda tf, x: (tf.reduce_all(x), tf.reduce_any(x)), [bools(0)]),
    Case("all-python", lambda tf: (tf.reduce_all([True, False]), tf.reduce_any([[True], [False]]))),
    Case("all-ints", "reduce_all", [ints(3)]),
    Case("all-python-ints", lambda tf: tf.reduce_all([1, 0])),
    # ---------------------------------------------------------------- counting
    *over("count-nonzero", "math.count_nonzero", (*NUMBERS, "bool"), [(3, 4)], kwargs={"axis": 0}),
    Case("count-nonzero-all", "math.count_nonzero", [ints(3, 4)], kwargs={"keepdims": True}),
    Case("count-nonzero-strings", "math.count_nonzero", [strs(6)]),
    Case("count-nonzero-type", lambda tf, x: tf.math.count_nonzero(x, dtype=tf.int32), [f32(3)]),
    Case("count-nonzero-special", "math.count_nonzero", [special()]),
    Case("zero-fraction", "math.zero_fraction", [ints(4, 5, low=-1, high=2)]),
    Case("zero-fraction-alias", "nn.zero_fraction", [f32(4)]),
    Case("zero-fraction-empty", "math.zero_fraction", [f32(0)]),
    # ---------------------------------------------------------------- normalization
    *over("l2-normalize", "math.l2_normalize", ("float32", "float64", "complex64"), kwargs={"axis": 1}, grad=True),
    Case("l2-normalize-all", "nn.l2_normalize", [f32(2, 3)], grad=2),
    Case("l2-normalize-axes", "linalg.l2_normalize", [f32(2, 3, 4)], kwargs={"axis": [0, 2]}, grad=True),
    Case("l2-normalize-zero", "math.l2_normalize", [arr([0, 0])], grad=True),
    Case("l2-normalize-epsilon", "math.l2_normalize", [f32(3)], kwargs={"epsilon": 100.0}, grad=True),
    Case("l2-normalize-dim", lambda tf, x: tf.math.l2_normalize(x, dim=0), [f32(2, 3)]),
    Case("l2-normalize-both", lambda tf, x: tf.math.l2_normalize(x, axis=0, dim=0), [f32(2, 3)]),
    # ---------------------------------------------------------------- positions
    *(
        case
        for name in ("argmax", "argmin")
        for case in (
            *over(name, name, REAL, [(4, 5)], make=lambda dtype, *s: ties(*s, dtype=dtype)),
            *(
                Case(f"{name}-axis-{axis}", name, [distinct(3, 4, 2)], kwargs={"axis": axis})
                for axis in (0, 1, -1, None)
            ),
            *(
                Case(f"{name}-bad-{axis}", name, [distinct(3, 4)], kwargs={"axis": axis}, accept=FLOAT_AXIS)
                for axis in (2, -3, 0.5, [0])
            ),
            Case(f"{name}-nan", name, [arr([[np.nan, 1, 2], [3, np.nan, 1], [np.nan] * 3])], kwargs={"axis": 1}),
            Case(f"{name}-infinite", name, [arr([[np.inf, np.inf], [-np.inf, -np.inf]])], kwargs={"axis": 1}),
            Case(f"{name}-bool", name, [bools(3, 4)]),
            Case(f"{name}-empty", name, [f32(0, 3)]),
            Case(f"{name}-empty-result", name, [f32(0, 3)], kwargs={"axis": 1}),
            Case(f"{name}-scalar", name, [f32()]),
            Case(f"{name}-python", name, [py([3, 1, 2])]),
            Case(f"{name}-rank", name, [f32(2, 3)], rank=True),
            Case(f"{name}-gradient", lambda tf, x, name=name: _call(tf, name, x), [f32(3)]),
            Case(
                f"{name}-type",
                lambda tf, x, name=name: _call(tf, name, x, output_type=tf.int32),
                [f32(2, 3)],
            ),
            Case(
                f"{name}-axis-tensor",
                lambda tf, x, axis, name=name: _call(tf, name, x, axis=axis),
                [f32(2, 3), arr(1, "int64")],
            ),
        )
    ),
    Case("argmax-uint16", lambda tf, x: tf.argmax(x, output_type=tf.uint16), [f32(3)]),
    # ---------------------------------------------------------------- along an axis
    *(
        Case(
            f"{name}-{axis}-{exclusive}-{reverse}",
            lambda tf, x, name=name, args=(axis, exclusive, reverse): _call(tf, name, x, *args),
            [distinct(3, 4) if name == "cumsum" else positive(3, 4)],
            grad=True,
        )
        for name in ("cumsum", "math.cumprod", "math.cumulative_logsumexp")
        for axis in (0, -1)
        for exclusive in (False, True)
        for reverse in (False, True)
    ),
    *over("cumsum", "cumsum", NUMBERS, [(3, 4)], rtol=3e-2),
    *over("cumprod", "math.cumprod", NUMBERS, [(3, 4)], rtol=3e-2),
    *over("cumulative-logsumexp", "math.cumulative_logsumexp", FLOATS, [(3, 4)], rtol=3e-2, atol=3e-2),
    *(
        case
        for name in ("cumsum", "math.cumprod", "math.cumulative_logsumexp")
        for case in (
            Case(f"{name}-empty", name, [f32(0, 3)], grad=True),
            Case(f"{name}-exclusive-empty", name, [f32(0, 3)], kwargs={"exclusive": True}),
            Case(f"{name}-scalar", name, [f32()]),
            Case(f"{name}-bad-axis", name, [f32(3)], kwargs={"axis": 1}),
            Case(f"{name}-list-axis", name, [f32(3)], kwargs={"axis": [0]}),
            Case(f"{name}-bool", name, [bools(3)]),
            Case(f"{name}-second", name, [positive(4)], grad=1 if name == "math.cumprod" else 2, rtol=1e-4),
        )
    ),
    Case("cumprod-zeros", "math.cumprod", [arr([1, 0, 2, 0, 3])], grad=True),
    Case("cumsum-wraps", "cumsum", [arr([100, 100, 100], "int8")]),
    Case("cumsum-special", "cumsum", [arr([1, np.inf, -np.inf, np.nan, 2])]),
    Case("cumulative-logsumexp-special", "math.cumulative_logsumexp", [arr([-np.inf, -np.inf, 3, 1000, -1000])]),
    Case("cumsum-python", "cumsum", [py([1, 2, 3])]),
    Case(
        "cumsum-axis-tensor",
        lambda tf, x, axis: tf.cumsum(x, axis=axis),
        [f32(2, 3), arr(1, "int32")],
        grad=True,
    ),
    *(
        Case(f"{name}-{label}", f"math.{name}", [value])
        for name in ("is_strictly_increasing", "is_non_decreasing")
        for label, value in (
            ("increasing", arr([1, 2, 3])),
            ("equal", arr([1, 1, 2])),
            ("decreasing", arr([[3, 2], [1, 0]], "int32")),
            ("empty", arr([])),
            ("one", arr([5])),
            ("bool", bools(3)),
            ("nan", arr([1, np.nan, 3])),
        )
    ),
]


def _axis_of(shape):
    rank = len(shape)
    return st.sampled_from([None, *range(-rank, rank), list(range(rank))])


CASES += [
    property_case(
        "reduce",
        [
            lambda tf, x, axis: tf.reduce_sum(x, axis),
            lambda tf, x, axis: tf.reduce_max(x, axis),
            lambda tf, x, axis: tf.reduce_min(x, axis, keepdims=True),
            lambda tf, x, axis: tf.reduce_mean(x, axis),
        ],
        dtypes=("float32", "float64"),
        extra=_axis_of,
        grad=True,
    ),
    property_case(
        "reduce-int",
        [
            lambda tf, x, axis: tf.reduce_sum(x, axis),
            lambda tf, x, axis: tf.reduce_prod(x, axis),
            lambda tf, x, axis: tf.reduce_max(x, axis),
        ],
        dtypes=INTS + UINTS,
        extra=_axis_of,
    ),
    Program("axis-keeps-rank", lambda tf: [tf.reduce_sum(tf.ones([2, 3]), 1, True).shape.as_list()]),
    *over("rand-sum", lambda tf, x: tf.reduce_sum(x, [0, 1]), ("float32",), [(2, 3, 4)], make=rand, grad=2),
]
