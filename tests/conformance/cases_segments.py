"""Segment reductions, counts of integers, confusion matrices, special functions."""

from __future__ import annotations

import numpy as np

from .inputs import (
    COMPLEX,
    FLOATS,
    INTS,
    UINTS,
    WIDE_FLOATS,
    arr,
    distinct,
    f32,
    f64,
    ints,
    positive,
    py,
    rand,
    ties,
)
from .runner import Case, over

NUMBERS = FLOATS + INTS + UINTS
REDUCTIONS = ("sum", "mean", "prod", "max", "min")
IDS = arr([0, 0, 2, 2, 2, 4], "int32")
ANY_IDS = arr([2, 0, -1, 2, 0, 4], "int32")
VALUES = arr([-1, 0, 1.5, 2, 5, 15, np.inf, -np.inf])
ONE_MODE = {"modes": ("eager",), "reason": "another type of the same op runs in all modes"}


# TensorFlow's shape functions compare some sizes already when a graph is built.
LATER = {"InvalidArgumentError": "the sizes are compared when the op runs"}


def _sorted_cases():
    for reduction in REDUCTIONS:
        name = f"math.segment_{reduction}"
        dtypes = (*NUMBERS, *(COMPLEX if reduction in ("sum", "mean", "prod") else ()))
        for dtype in dtypes:
            yield Case(f"{name}-{dtype}", name, [rand(dtype, 6, 2), IDS], **ONE_MODE)
        yield Case(f"{name}-float32-all", name, [distinct(6, 2), IDS], grad=True)
        yield Case(f"{name}-second", name, [positive(6), IDS], grad=2)
        yield Case(f"{name}-ties", name, [ties(6, 3), IDS], grad=True)
        yield Case(f"{name}-long-ids", name, [f32(3), arr([1, 1, 3], "int64")], grad=True)
        yield Case(f"{name}-empty", name, [f32(0, 2), ints(0)])
        yield Case(f"{name}-nan", name, [arr([1, np.nan, 2, 3, np.nan, 3]), IDS])
        for label, ids in (
            ("unsorted", [0, 2, 1]),
            ("negative", [-1, 0, 1]),
            ("short", [0, 1]),
            ("matrix", [[0, 1, 1]]),
            ("scalar", 0),
        ):
            yield Case(f"{name}-{label}", name, [f32(3), arr(ids, "int32")], accept=LATER)


def _unsorted_cases():
    for reduction in ("sum", "prod", "max", "min", "mean", "sqrt_n"):
        name = f"math.unsorted_segment_{reduction}"
        if reduction in ("mean", "sqrt_n"):
            dtypes = ("float32", "float64", "float16")
        else:
            dtypes = (*NUMBERS, *(COMPLEX if reduction in ("sum", "prod") else ()))
        for dtype in dtypes:
            yield Case(f"{name}-{dtype}", name, [rand(dtype, 6, 2), ANY_IDS, py(5)], **ONE_MODE)
        yield Case(f"{name}-float32-all", name, [distinct(6, 2), ANY_IDS, py(5)], grad=True)
        yield Case(f"{name}-second", name, [positive(6), ANY_IDS, py(5)], grad=2)
        yield Case(f"{name}-ties", name, [ties(6, 3), ANY_IDS, py(5)], grad=reduction != "prod")
        yield Case(f"{name}-ids-matrix", name, [f32(2, 2, 3), arr([[0, 1], [1, 0]], "int64"), py(2)], grad=True)
        yield Case(f"{name}-count-tensor", name, [f32(6), ANY_IDS, arr(5, "int32")], grad=True)
        yield Case(f"{name}-empty", name, [f32(0, 2), ints(0), py(3)])
        yield Case(f"{name}-high", name, [f32(3), arr([0, 7, 1], "int32"), py(3)], accept=LATER)
        yield Case(f"{name}-negative-count", name, [f32(3), arr([0, 1, 1], "int32"), py(-1)], accept=LATER)
        yield Case(f"{name}-shapes", name, [f32(3), arr([0, 1], "int32"), py(2)], accept=LATER)
    yield Case("unsorted-prod-zeros", "math.unsorted_segment_prod", [arr([0, 2, 3, 0, 0, 4]), ANY_IDS, py(5)])


def _positive(dtype, *shape):
    return positive(*shape, dtype=dtype)


def _bincount(**kwargs):
    return lambda tf, x: tf.math.bincount(x, **kwargs)


TELLS = "what the error tells is the same in all modes"

CASES = [
    *_sorted_cases(),
    *_unsorted_cases(),
    # ---------------------------------------------------------------- counts
    Case("bincount", "math.bincount", [arr([1, 1, 5, 2], "int32")]),
    Case("bincount-long", "math.bincount", [arr([1, 1, 5, 2], "int64")]),
    Case("bincount-matrix", "math.bincount", [arr([[1, 1], [5, 2]], "int32")]),
    Case("bincount-rows", _bincount(axis=-1), [arr([[1, 1], [5, 2]], "int32")]),
    Case("bincount-binary", _bincount(binary_output=True), [arr([1, 1, 5, 2], "int32")]),
    Case("bincount-binary-rows", _bincount(axis=-1, binary_output=True), [arr([[1, 1], [5, 2]], "int32")]),
    Case("bincount-lengths", _bincount(minlength=4, maxlength=5), [arr([1, 1, 5, 2], "int32")]),
    Case("bincount-least", _bincount(minlength=9), [arr([1, 1], "int32")]),
    Case("bincount-type", lambda tf, x: tf.math.bincount(x, dtype=tf.float32), [arr([1, 1, 5], "int32")]),
    Case("bincount-weights", "math.bincount", [arr([1, 1, 5, 2], "int32"), f32(4)]),
    Case("bincount-weights-rows", lambda tf, x, w: tf.math.bincount(x, w, axis=-1), [ints(2, 3, low=0), f64(2, 3)]),
    Case("bincount-weights-shape", "math.bincount", [arr([1, 1, 5], "int32"), f32(2)], accept=LATER),
    Case("bincount-weights-binary", lambda tf, x: tf.math.bincount(x, x, binary_output=True), [ints(3, low=0)]),
    Case("bincount-negative", "math.bincount", [arr([1, -1], "int32")]),
    Case("bincount-empty", "math.bincount", [ints(0)]),
    Case("bincount-floats", "math.bincount", [arr([1.0, 2.5])]),
    Case("bincount-axis", _bincount(axis=1), [ints(2, 2, low=0)]),
    Case("bincount-python", lambda tf: tf.math.bincount([1, 2, 2])),
    Case("confusion", "math.confusion_matrix", [arr([1, 2, 4], "int32"), arr([2, 2, 4], "int32")]),
    Case("confusion-floats", "math.confusion_matrix", [arr([1, 2, 0]), arr([2, 2, 0])]),
    Case("confusion-classes", lambda tf, x, y: tf.math.confusion_matrix(x, y, num_classes=6), [ints(5, low=0)] * 2),
    Case(
        "confusion-weights",
        lambda tf, x, y, w: tf.math.confusion_matrix(x, y, weights=w, dtype=tf.float32),
        [ints(5, low=0), ints(5, low=0), f32(5)],
    ),
    Case("confusion-column", "math.confusion_matrix", [ints(3, low=0), ints(3, 1, low=0)]),
    Case("confusion-negative", "math.confusion_matrix", [arr([1, -2], "int32"), arr([2, 2], "int32")]),
    Case("confusion-high", lambda tf, x: tf.math.confusion_matrix(x, x, num_classes=2), [arr([1, 3], "int32")]),
    # ---------------------------------------------------------------- histograms
    *(
        Case(f"histogram-{label}", lambda tf, x, r, n=bins: tf.histogram_fixed_width(x, r, n), inputs)
        for label, bins, inputs in (
            ("floats", 5, [VALUES, arr([0, 5])]),
            ("doubles", 7, [f64(3, 4), arr([-1, 1], "float64")]),
            ("ints", 5, [arr([[1, 2, 3, 8]], "int32"), arr([0, 5], "int32")]),
            ("empty", 2, [f32(0), arr([0, 5])]),
            ("nan", 2, [arr([np.nan, 1]), arr([0, 5])]),
            ("range", 2, [VALUES, arr([5, 5])]),
            ("triple", 2, [VALUES, arr([0, 1, 5])]),
            ("no-bins", 0, [VALUES, arr([0, 5])]),
        )
    ),
    Case("histogram-type", lambda tf, x: tf.histogram_fixed_width(x, [0.0, 5.0], dtype=tf.int64), [VALUES]),
    Case("histogram-bins", lambda tf, x: tf.histogram_fixed_width_bins(x, [0.0, 5.0], nbins=5), [f32(3, 4)]),
    Case("histogram-no-bins-of", lambda tf, x: tf.histogram_fixed_width_bins(x, [0.0, 5.0], nbins=0), [f32(3)]),
    *(
        Case(f"bucketize-{label}", lambda tf, x, b=limits: tf.raw_ops.Bucketize(input=x, boundaries=b), [value])
        for label, limits, value in (
            ("floats", [0.0, 1.5, 5.0], VALUES),
            ("ints", [0.0, 1.5, 2.0], ints(6, dtype="int64")),
            ("nan", [0.0], arr([np.nan])),
            ("none", [], f32(3)),
            ("unsorted", [1.0, 0.0], f32(3)),
        )
    ),
    # ---------------------------------------------------------------- special functions
    *(
        case
        for name in ("bessel_i0", "bessel_i0e", "bessel_i1", "bessel_i1e")
        for case in (
            *over(name, f"math.{name}", WIDE_FLOATS, grad=2, rtol=1e-4, **ONE_MODE),
            *over(f"special-{name}", f"math.special.{name}", ("float32",), [(), (0, 3)], grad=True),
            Case(f"{name}-edges", f"math.{name}", [arr([0, -0.0, 20, -20, np.inf, np.nan])], grad=True),
        )
    ),
    *(
        case
        for name in ("dawsn", "expint", "fresnel_cos", "fresnel_sin", "spence")
        for case in over(name, f"math.special.{name}", WIDE_FLOATS, make=_positive, grad=True, rtol=1e-4, **ONE_MODE)
    ),
    *(
        case
        for name in ("igamma", "igammac")
        for case in (
            *over(
                name, f"math.{name}", WIDE_FLOATS, [((2, 3), (3,))], make=_positive, grad=True, rtol=1e-3, **ONE_MODE
            ),
            Case(
                f"{name}-edges",
                f"math.{name}",
                [arr([0, 1, 2, -1, 0.5, np.nan, 3, 3]), arr([1, 0, 3, 1, -1, 1, np.inf, 100])],
            ),
        )
    ),
    *over(
        "polygamma",
        lambda tf, x: tf.math.polygamma(tf.constant(2.0, x.dtype), x),
        WIDE_FLOATS,
        make=_positive,
        grad=2,
        rtol=1e-4,
        **ONE_MODE,
    ),
    Case("polygamma-edges", "math.polygamma", [arr([0, 1, 2, -1, 0.5, 1]), arr([1, 0, 3, 1, 1, -2])]),
    Case("polygamma-order", "math.polygamma", [arr([1.0, 2.0]), positive(2)], grad=True),
    *over("zeta", lambda tf, x: tf.math.zeta(x + 1.5, x), WIDE_FLOATS, make=_positive, rtol=1e-4, **ONE_MODE),
    Case("zeta-edges", "math.zeta", [arr([1, 2, 3, 0.5, 2, 2]), arr([1, 0, 3, 1, -1, -1.5])]),
    Case("zeta-gradient", "math.zeta", [arr([2.0, 3.0]), positive(2)], grad=2, rtol=1e-4),
    Case("betainc", "math.betainc", [positive(3), positive(3), arr([0.2, 0.5, 0.9])], grad=True, rtol=1e-3),
    Case("betainc-scalar", lambda tf, x: tf.math.betainc(1.0, 2.0, x), [arr([0.2, 0.5, 1.0])], grad=True),
    Case("betainc-edges", "math.betainc", [arr([1, 0, 2, -1, 0.5]), arr([1, 1, 3, 1, 1]), arr([0.5, 0.5, 0, 1, 2])]),
    Case("betainc-shapes", "math.betainc", [f32(2), f32(3), f32(3)]),
    *over("lbeta", "math.lbeta", WIDE_FLOATS, make=_positive, grad=2, rtol=1e-4, **ONE_MODE),
    Case("lbeta-scalar", "math.lbeta", [f32()]),
    Case("igamma-types", "math.igamma", [f32(2), f64(2)]),
    Case("igamma-ints", "math.igamma", [ints(2), ints(2)]),
    Case(
        "histogram-wide", lambda tf, x: tf.histogram_fixed_width(x, [-1e38, 3e38], 2), [arr([3e38, 100.0], "float32")]
    ),
    *(
        Case(
            f"ids-{label}",
            lambda tf, x, i=ids: tf.math.segment_sum(x, i),
            [f32(4)],
            modes=("eager",),
            reason=TELLS,
            message={"eager": [text]},
        )
        for label, ids, text in (
            ("low", [-1, -1, 0, 0], "Segment id -1 out of range [0, 1)"),
            ("high", [0, 1, 2, 0], "Segment id 1 out of range [0, 1)"),
            ("falling", [0, 1, 0, 1], "segment ids are not increasing"),
        )
    ),
    # NaN undoes what comes before it in its segment.
    *(
        Case(
            f"{name}-after-nan-{kind}",
            lambda tf, x, i, name=name: getattr(tf.math, name)(x, i, *[2] * ("unsorted" in name)),
            [arr(values), arr([0, 0, 0, 1, 1], "int32")],
            grad=True,
        )
        for name in ("segment_max", "segment_min", "unsorted_segment_max", "unsorted_segment_min")
        for kind, values in (
            ("vector", [5, np.nan, 1, np.nan, np.nan]),
            ("matrix", [[5, 1], [np.nan, 2], [1, 2], [0, np.nan], [np.nan, 3]]),
        )
    ),
]
