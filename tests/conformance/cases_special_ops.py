"""Bessel functions, Sobol sequences, and functions that are one op."""

from __future__ import annotations

from .inputs import FLOATS, WIDE_FLOATS, arr, f32, ints, nonzero
from .runner import Case, Program, over

NO_ORACLE = {"value": "TensorFlow has no kernel of this op on the CPU"}
BESSEL = ("j0", "j1", "y0", "y1", "k0", "k1", "k0e", "k1e")
POINTS = [0.01, 0.3, 1.0, 1.9, 2.1, 5.0, 7.9, 8.1, 20.0]


def bessel_points(dtype):
    return arr(POINTS, dtype)


bessel = [
    *(
        Case(f"{name}-{dtype}", f"math.special.bessel_{name}", [bessel_points(dtype)], grad=2, rtol=1e-5, atol=1e-6)
        for name in BESSEL
        for dtype in WIDE_FLOATS
    ),
    *(
        Case(
            f"{name}-half",
            f"math.special.bessel_{name}",
            [arr(POINTS[:-1], "float16")],
            grad=True,
            rtol=4e-3,
            atol=2e-3,
        )
        for name in BESSEL
    ),
    *(
        Case(
            f"{name}-edges",
            f"math.special.bessel_{name}",
            [arr([0.0, -1.0, -30.0, float("nan"), float("inf"), float("-inf")], "float64")],
            atol=1e-6,
        )
        for name in BESSEL
    ),
    Case("j1-zero", "math.special.bessel_j1", [arr([0.0])], grad=True),
    Case("j0-int", "math.special.bessel_j0", [ints(3)]),
]

sobol = [
    *(
        Case(f"sobol-bad-{n}", lambda tf, a=a: tf.math.sobol_sample(*a), [], message=[f"{n} must be less than"])
        for n, a in (("num_results*dim", (2560, 16384000)), ("num_results+skip", (1, 1, 2**31 - 1)))
    ),
    *(
        Program(
            f"sobol-{d}-{n}-{skip}-{dtype}",
            lambda tf, a=(d, n, skip), t=dtype: tf.math.sobol_sample(*a, dtype=getattr(tf, t)),
            exact=True,
        )
        for d, n, skip in ((1, 1, 0), (2, 5, 0), (3, 4, 2), (40, 33, 100), (1111, 3, 7))
        for dtype in WIDE_FLOATS
    ),
    *(
        Case(
            f"sobol-bad-{i}", lambda tf, a=a: tf.math.sobol_sample(*a), modes=("eager",), reason="checked when it runs"
        )
        for i, a in enumerate(((0, 2), (2, 0), (30000, 1)))
    ),
    Case("sobol-shape", lambda tf, n: tf.math.sobol_sample(2, n), [ints(low=3, high=4)]),
]

division = [
    *over("realdiv", "realdiv", (*FLOATS, "complex64"), [((2, 3), (3,))], nonzero, grad=True),
    *over("truncatediv", "truncatediv", (*FLOATS, "int8", "int32", "int64", "uint8"), [((2, 3), (3,))], nonzero),
    *over("truncatemod", "truncatemod", (*FLOATS, "int32", "int64"), [((2, 3), (3,))], nonzero, accept=NO_ORACLE),
    Case("truncatediv-signs", "truncatediv", [arr([7, -7, 7, -7], "int32"), arr([2, 2, -2, -2], "int32")]),
    Case("truncatemod-signs", "truncatemod", [arr([7, -7, 7, -7], "int32"), arr([2, 2, -2, -2], "int32")]),
    Case(
        "truncatediv-zero",
        "truncatediv",
        [arr([1], "int32"), arr([0], "int32")],
        accept={"InvalidArgumentError": "TensorFlow calls its own error unexpected"},
    ),
]

windows = [
    *(
        Case(
            f"volume-patches-{i}",
            lambda tf, x, k=k, s=s, p=p: tf.extract_volume_patches(x, [1, *k, 1], [1, *s, 1], p),
            [f32(2, 4, 5, 3, 2)],
            grad=True,
            accept={"value": "TensorFlow's gradient wants known sizes"},
        )
        for i, (k, s, p) in enumerate(
            (((2, 2, 2), (1, 1, 1), "VALID"), ((2, 3, 1), (1, 2, 2), "SAME"), ((3, 3, 3), (2, 2, 2), "SAME"))
        )
    ),
    *over(
        "volume-patches",
        lambda tf, x: tf.extract_volume_patches(x, [1, 2, 2, 1, 1], [1, 1, 2, 1, 1], "VALID"),
        ("int32", "float64", "uint8"),
        [(1, 3, 3, 2, 2)],
        xfail={"unknown": "TensorFlow says rank 4 of a tensor of rank 5"},
    ),
    *(
        Case(
            f"conv-{i}",
            lambda tf, x, w, k=kwargs: tf.conv(x, w, **k),
            [f32(*shape), f32(*filters)],
            rtol=1e-4,
            atol=1e-4,
        )
        for i, (shape, filters, kwargs) in enumerate(
            (
                ((2, 5, 6, 2), (2, 3, 2, 3), {"strides": [1, 1, 1, 1], "padding": "SAME"}),
                ((2, 5, 6, 2), (2, 3, 2, 3), {"strides": [1, 2, 2, 1], "padding": "VALID"}),
                ((1, 4, 5, 3, 2), (2, 2, 2, 2, 3), {"strides": [1, 1, 1, 1, 1], "padding": "SAME"}),
                ((2, 3, 5, 6, 2), (2, 3, 2, 3), {"strides": [1, 1, 1, 1], "padding": "SAME", "batch_dims": 2}),
                (
                    (2, 5, 6, 2),
                    (2, 3, 2, 3),
                    {"strides": [1, 1, 1, 1], "padding": "EXPLICIT", "explicit_paddings": [0, 0, 1, 0, 2, 1, 0, 0]},
                ),
            )
        )
    ),
    *(
        Case(
            f"conv2d-backprop-{name}",
            lambda tf, x, w, d, name=name: getattr(tf, f"conv2d_backprop_{name}_v2")(x, w, d, [1, 1, 1, 1], "SAME"),
            [f32(2, 4, 5, 2), f32(2, 2, 2, 3), f32(2, 4, 5, 3)],
            accept=NO_ORACLE,
        )
        for name in ("input", "filter")
    ),
]

top = [
    *over(
        "approx-top-k",
        lambda tf, x: tf.approx_top_k(x, 3),
        ("float32",),
        [(7,), (2, 9)],
        grad=True,
        accept={"value": "an unknown size works too"},
    ),
    Case("approx-min-k", lambda tf, x: tf.approx_top_k(x, 3, is_max_k=False), [f32(7)], accept=NO_ORACLE),
]

tuples = [
    Case("tuple", lambda tf, x, y: tf.tuple([x, None, y], control_inputs=[x]), [f32(2), ints(3)], grad=True),
    Case(
        "tuple-none",
        lambda tf, x: tf.tuple([None], control_inputs=[x]),
        [f32(2)],
        modes=("function",),
        reason="graphs check",
    ),
    Case("tuple-bad-control", lambda tf, x: tf.tuple([x], control_inputs=[3]), [f32(2)]),
]

CASES = [*tuples, *bessel, *sobol, *division, *windows, *top]
