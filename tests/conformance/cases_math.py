"""Elementwise functions of one and two tensors, casts, bits, and sums of lists."""

from __future__ import annotations

import numpy as np

from .inputs import (
    COMPLEX,
    FLOATS,
    INTS,
    NUMBERS,
    UINTS,
    WIDE_FLOATS,
    arr,
    bools,
    c64,
    f16,
    f32,
    f64,
    i64,
    ints,
    nonzero,
    numpy_value,
    positive,
    py,
    rand,
    special,
    strs,
    ties,
    unit,
    variable,
)
from .properties import property_case
from .runner import Case, Program, over, raised

REAL = FLOATS + INTS + UINTS

# name: the domain in which all elements lie.
UNARY = {
    "math.abs": rand,
    "math.acos": lambda dtype, *shape: unit(*shape, dtype=dtype),
    "math.acosh": lambda dtype, *shape: _above_one(dtype, *shape),
    "math.asin": lambda dtype, *shape: unit(*shape, dtype=dtype),
    "math.asinh": rand,
    "math.atan": rand,
    "math.atanh": lambda dtype, *shape: unit(*shape, dtype=dtype),
    "math.cos": rand,
    "math.cosh": rand,
    "math.exp": rand,
    "math.expm1": rand,
    "math.log": lambda dtype, *shape: positive(*shape, dtype=dtype),
    "math.log1p": lambda dtype, *shape: positive(*shape, dtype=dtype),
    "math.negative": rand,
    "math.reciprocal": nonzero,
    "math.rsqrt": lambda dtype, *shape: positive(*shape, dtype=dtype),
    "math.sigmoid": rand,
    "math.sign": rand,
    "math.sin": rand,
    "math.sinh": rand,
    "math.sqrt": lambda dtype, *shape: positive(*shape, dtype=dtype),
    "math.square": rand,
    "math.tan": rand,
    "math.tanh": rand,
    "math.reciprocal_no_nan": rand,
}
REAL_UNARY = {
    "math.digamma": lambda dtype, *shape: positive(*shape, dtype=dtype),
    "math.erf": rand,
    "math.erfc": rand,
    "math.lgamma": lambda dtype, *shape: positive(*shape, dtype=dtype),
    "math.log_sigmoid": rand,
    "math.softplus": rand,
    "math.ceil": rand,
    "math.floor": rand,
    "math.round": rand,
    "math.rint": rand,
}
WIDE_UNARY = {
    "math.erfinv": lambda dtype, *shape: unit(*shape, dtype=dtype),
    "math.erfcinv": lambda dtype, *shape: positive(*shape, dtype=dtype),
    "math.ndtri": lambda dtype, *shape: _probability(dtype, *shape),
}


def _above_one(dtype, *shape):
    return arr(np.linspace(1.1, 3, int(np.prod(shape))).reshape(shape), dtype)


def _probability(dtype, *shape):
    return arr(np.linspace(0.01, 0.99, int(np.prod(shape))).reshape(shape), dtype)


NO_NARROW = ("math.digamma", "math.lgamma", "math.rint")


# The modes differ in how nodes are made, not in the kernels that the other types of an op run.
ONE_MODE = {"modes": ("eager",), "reason": "another type of the same op runs in all modes"}
NARROW = {**ONE_MODE, "grad": True, "rtol": 2e-2, "atol": 2e-2}
NO_KERNEL = {"value": "TensorFlow lists the type but has no kernel for it on the CPU"}


def _unary_cases():
    for name, make in UNARY.items():
        order = 2 if name != "math.sign" else 1
        yield from over(name, name, ("float32", "complex128"), make=make, grad=order)
        yield from over(name, name, ("float64", "complex64"), make=make, grad=order, **ONE_MODE)
        yield from over(name, name, ("float16", "bfloat16"), make=make, **NARROW)
        yield from over(name, name, ("float32",), [(), (0, 3)], make=make, grad=True)
    for name, make in REAL_UNARY.items():
        steps = name in ("math.ceil", "math.floor", "math.round", "math.rint")
        yield from over(name, name, ("float32",), make=make, grad=True if steps else 2)
        yield from over(name, name, ("float64",), make=make, grad=True if steps else 2, **ONE_MODE)
        if name not in NO_NARROW:
            yield from over(name, name, ("float16", "bfloat16"), make=make, **NARROW)
        yield from over(name, name, ("float32",), [(), (0, 3)], make=make, grad=True)
    for name, make in WIDE_UNARY.items():
        yield from over(name, name, WIDE_FLOATS, make=make, grad=2, rtol=1e-4)
        yield from over(name, name, ("float32",), [(), (0, 3)], make=make, grad=True)
    for name in (*UNARY, *REAL_UNARY, *WIDE_UNARY):
        yield Case(f"{name}-edges", name, [special()], grad=name != "math.ndtri")
        yield Case(f"{name}-int", name, [ints(3)], accept=NO_KERNEL)
        yield Case(f"{name}-python", name, [py(0.5)])
        yield Case(f"{name}-bool", name, [bools(3)], modes=("eager", "function"), reason="an error of types")
    # The derivative holds exp(84) there: the last bit of 84, which versions of JAX do not agree on, is 1e-5 of it.
    yield Case("math.ndtri-edges-slope", "math.ndtri", [special()], grad=True, rtol=3e-5)
    for name in ("math.abs", "math.negative", "math.square", "math.sign", "math.round"):
        dtypes = INTS + (UINTS if name in ("math.square", "math.round") else ())
        yield from over(name, name, dtypes, [(3,)])
        for dtype in dtypes:
            info = np.iinfo(dtype)
            yield Case(f"{name}-{dtype}-limits", name, [arr([info.min, info.max, 0], dtype)])


CASES = list(_unary_cases())
CASES += [
    *over("is_nan", "math.is_nan", FLOATS, [(2, 3)]),
    Case(
        "is-nan-special",
        lambda tf, x: (tf.math.is_nan(x), tf.math.is_inf(x), tf.math.is_finite(x)),
        [special()],
    ),
    Case("is-finite-int", "math.is_finite", [ints(3)]),
    Case("round-halves", lambda tf, x: (tf.round(x), tf.math.rint(x)), [arr([0.5, 1.5, 2.5, -0.5, -1.5])]),
    *over("real", "math.real", COMPLEX + ("float32",), grad=2),
    *over("imag", "math.imag", COMPLEX, grad=2),
    *over("angle", "math.angle", COMPLEX, grad=True),
    *over("conj", "math.conj", COMPLEX, grad=2),
    *over("conj-real", "math.conj", ("float32", "int32")),
    *over("parts-of-real", lambda tf, x: (tf.math.imag(x), tf.math.angle(x)), ("float32", "float64")),
    Case("angle-int", "math.angle", [ints(3)]),
    Case("real-bool", "math.real", [bools(2)]),
    Case("conj-bool", "math.conj", [bools(2)]),
    Case("abs-complex-zero", "math.abs", [arr([0, 1j, -1, 1 + 1j], "complex64")], grad=True),
    Case("sign-complex-zero", "math.sign", [arr([0, 2j, -1, 3 + 4j], "complex64")]),
    Case("complex", lambda tf, x, y: tf.complex(x, y), [f32(2, 3), f32(3)], grad=2),
    Case("complex-double", lambda tf, x, y: tf.dtypes.complex(x, y), [f64(3), f64(3)], grad=True),
    Case("complex-mixed", lambda tf, x, y: tf.complex(x, y), [f32(3), f64(3)]),
    Case("complex-ints", lambda tf: tf.complex(1, 2)),
    Case("complex-python", lambda tf: tf.complex(1.0, 2.0)),
]

# ---------------------------------------------------------------- two tensors

ARITHMETIC = ("add", "subtract", "multiply", "math.squared_difference")
BROADCAST = [((2, 1, 3), (2, 3)), ((), (2,)), ((2, 1), (1, 3)), ((0, 3), (1, 3))]
INCOMPATIBLE = [f32(2, 3), f32(2)]


def _binary_cases():
    for name in ARITHMETIC:
        dtypes = NUMBERS if name != "math.squared_difference" else (*FLOATS, "int32", "int64", *COMPLEX)
        yield from over(name, name, dtypes, [((2, 3), (3,))], grad=True)
        yield from over(name, name, ("float32",), BROADCAST, grad=True)
    for name in ("divide", "math.truediv"):
        yield from over(name, name, NUMBERS, [((2, 3), (3,))], make=nonzero, grad=True)
        yield from over(name, name, ("float32",), BROADCAST, make=nonzero, grad=True)
    for name in ("maximum", "minimum"):
        yield from over(name, name, REAL, [((2, 3), (3,))], grad=True)
        yield from over(name, name, WIDE_FLOATS, [((2, 3), (2, 3)), ((2, 3), ())], make=_tied, grad=2)
    for name in ("math.floordiv", "math.floormod", "math.mod"):
        yield from over(name, name, REAL, [((2, 3), (3,))], make=nonzero, grad=True)
    for name in ("math.xlogy", "math.xlog1py", "math.xdivy", "math.divide_no_nan", "math.multiply_no_nan"):
        yield from over(name, name, (*FLOATS, *COMPLEX), [((2, 3), (3,))], make=nonzero, grad=True)
        zeros = [arr([0, 0, 0, 1, -1, 2, 0, np.nan]), arr([0, np.nan, np.inf, 0, 0, 3, -1, 0])]
        yield Case(f"{name}-zeros", name, zeros, grad=True)
        yield Case(f"{name}-ints", name, [ints(3), nonzero("int32", 3)])
        yield Case(f"{name}-python", lambda tf, x, fn=name: _resolve(tf, fn)(x, 2.0), [f32(3)])
        yield Case(f"{name}-python-first", lambda tf, x, fn=name: _resolve(tf, fn)(2.0, x), [f32(3)])
        yield Case(f"{name}-mixed", name, [f32(3), f64(3)])
    yield from over("pow", "pow", FLOATS, [((2, 3), (3,))], make=_positive, grad=True)
    yield from over("pow-complex", "pow", COMPLEX, [((2, 3), (3,))], make=nonzero, grad=True)
    yield from over("atan2", "math.atan2", FLOATS, [((2, 3), (3,))], make=nonzero, grad=True, rtol=2e-2, atol=2e-2)
    for name in ("equal", "not_equal"):
        yield from over(name, name, (*NUMBERS, "bool", "string"), [((2, 3), (3,))])
    for name in ("less", "less_equal", "greater", "greater_equal"):
        yield from over(name, name, (*REAL, "bool"), [((2, 3), (3,))])
    for name in (*ARITHMETIC, "divide", "maximum", "pow", "equal", "less", "math.floormod"):
        yield Case(f"{name}-shapes-differ", name, INCOMPATIBLE, message={"eager": ["[2,3]", "[2]"]})
        yield Case(f"{name}-types-differ", name, [f32(3), i64(3)])
        yield Case(f"{name}-python-int", lambda tf, x, fn=name: _resolve(tf, fn)(x, 2), [f32(3)])
        yield Case(f"{name}-python-first", lambda tf, x, fn=name: _resolve(tf, fn)(2.0, x), [f32(3)])
        yield Case(
            f"{name}-int-first",
            lambda tf, x, fn=name: _resolve(tf, fn)(2, x),
            [f32(3)],
            accept={"value": "in a graph, too, the number takes the type of the tensor after it"},
        )
        yield Case(f"{name}-float-to-int", lambda tf, x, fn=name: _resolve(tf, fn)(x, 1.5), [ints(3)])
        yield Case(f"{name}-lists", lambda tf, fn=name: _resolve(tf, fn)([1, 2], [3.0, 4.0]))
        yield Case(f"{name}-numpy", name, [f32(3), numpy_value(f64(3))])
        yield Case(f"{name}-variable", name, [variable(f32(3)), f32(3)])


def _tied(dtype, *shape):
    return ties(*shape, dtype=dtype)


def _positive(dtype, *shape):
    return positive(*shape, dtype=dtype)


def _resolve(tf, path):
    for part in path.split("."):
        tf = getattr(tf, part)
    return tf


SLICES = [f32(2, 3), arr([1, 4], "int32")]
EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.0, np.inf, -np.inf, np.nan]
GRID = [arr(np.repeat(EDGES, len(EDGES))), arr(np.tile(EDGES, len(EDGES)))]
LIMITS = {d: [np.iinfo(d).min, np.iinfo(d).max, 0, 1, 5] for d in INTS + UINTS}

CASES += _binary_cases()
CASES += [
    *(
        Case(f"{name}-grid", name, GRID, grad=name not in ("equal", "less", "math.nextafter"))
        for name in (
            "add",
            "subtract",
            "multiply",
            "divide",
            "math.divide_no_nan",
            "math.multiply_no_nan",
            "math.floordiv",
            "math.floormod",
            "math.xlogy",
            "math.xlog1py",
            "math.xdivy",
            "pow",
            "maximum",
            "minimum",
            "math.squared_difference",
            "math.atan2",
            "math.nextafter",
            "equal",
            "less",
        )
    ),
    # Sums and products of the least and greatest integers wrap around.
    *(
        Case(
            f"wrap-{name}-{dtype}",
            lambda tf, x, y, name=name: getattr(tf, name)(x, y),
            [arr(np.repeat(values, 5), dtype), arr(np.tile(values, 5), dtype)],
        )
        for dtype, values in LIMITS.items()
        for name in ("add", "subtract", "multiply", "maximum", "less")
    ),
    *(
        Case(
            f"signs-{name}-{dtype}",
            name,
            [arr([7, -7, 7, -7, 6, np.iinfo(dtype).min], dtype), arr([3, 3, -3, -3, 3, -1], dtype)],
        )
        for dtype in INTS
        for name in ("math.floordiv", "math.floormod", "truediv")
    ),
    *(
        Case(f"by-zero-{name}-{dtype}", name, [arr([1, 2], dtype), arr([1, 0], dtype)], message=["by zero"])
        for dtype in INTS + UINTS
        for name in ("math.floordiv", "math.floormod")
    ),
    Case("by-zero-nothing", "math.floordiv", [ints(0), arr([0], "int32")]),
    Case("by-zero-true", "truediv", [ints(3), arr([0, 0, 0], "int32")]),
    # XLA would multiply by the reciprocal of a divisor that is broadcast.
    Case("exact-quotient", "divide", [arr(np.arange(1, 100)), arr(41.0)], exact=True),
    Case("exact-floor", lambda tf, x, y: (x // y, x % y), [arr(np.arange(1, 100)), arr(41.0)], exact=True),
    Case(
        "exact-floor-double",
        lambda tf, x, y: x // y,
        [arr(np.arange(1, 100), "float64"), arr(49.0, "float64")],
    ),
    Case("pow-int", "pow", [arr([2, -2, 0, 3, -1, 7], "int32"), arr([3, 3, 0, 50, 5, 1], "int32")]),
    Case("pow-int8", "pow", [arr([2, -2, 0, 3], "int8"), arr([3, 7, 0, 50], "int8")]),
    Case("pow-int64", "pow", [arr([2, -2, 10], "int64"), arr([40, 3, 18], "int64")]),
    Case(
        "pow-negative",
        "pow",
        [arr([2, 3], "int32"), arr([1, -1], "int32")],
        message=["negative integer powers"],
    ),
    Case("pow-second", "pow", [positive(3), f32(3)], grad=2),
    Case("pow-negative-base", "pow", [arr([-2.0, -1.5, 0.0, 0.0]), arr([3.0, 2.0, 2.0, 0.0])], grad=True),
    Case("pow-python", lambda tf, x: tf.pow(x, 2), [f32(3)], grad=2),
    Case("nextafter", "math.nextafter", [f64(3), f64(3)], exact=True, grad=True),
    Case("logical", lambda tf, x, y: (tf.logical_and(x, y), tf.logical_or(x, y)), [bools(2, 3), bools(3)]),
    Case("logical-xor", "math.logical_xor", [bools(2, 3), bools(3)]),
    Case("logical-not", lambda tf, x: tf.logical_not(x), [bools(4)]),
    Case("logical-ints", lambda tf, x: tf.logical_and(x, x), [ints(3)]),
    Case("logical-python", lambda tf, x: tf.logical_and(x, True), [bools(3)]),
    Case("logical-lists", lambda tf: tf.logical_or([True, False], [False, False])),
    Case("equal-shapes-differ-python", lambda tf, x: tf.equal(x, [1.0, 2.0]), [f32(3)]),
    Case("equal-strings", lambda tf, x, y: (tf.equal(x, y), tf.not_equal(x, y)), [strs(4), strs(4)]),
    Case("equal-string-python", lambda tf, x: tf.equal(x, "a"), [strs(4)]),
    Case("add-strings", "add", [strs(2, 2), strs(2)]),
    Case("add-string-python", lambda tf, x: tf.add(x, "!"), [strs(3)]),
    Case("add-bools", "add", [bools(3), bools(3)]),
    Case("multiply-bools", "multiply", [bools(3), bools(3)]),
    Case("divide-python", lambda tf: (tf.divide(5, 2), tf.divide(5.0, 2), tf.math.truediv(7, 2))),
    Case("divide-named", lambda tf, x: tf.divide(x, 2.0, name="half"), [f32(3)]),
    Case("divide-bools", "divide", [bools(3), bools(3)]),
    Case("multiply-no-nan-types", "math.multiply_no_nan", [f32(3), f64(3)]),
    Case("scalar-mul", lambda tf, x: tf.scalar_mul(2.0, x), [f32(2, 3)], grad=True),
    Case("scalar-mul-tensor", lambda tf, s, x: tf.math.scalar_mul(s, x), [f32(), f32(3)], grad=2),
    Case("scalar-mul-vector", lambda tf, s, x: tf.scalar_mul(s, x), [f32(3), f32(3)]),
    Case("clip", lambda tf, x: tf.clip_by_value(x, -1.0, 1.0), [special()], grad=True),
    Case("clip-ints", lambda tf, x: tf.clip_by_value(x, -1, 2), [ints(8)]),
    Case("clip-tensors", "clip_by_value", [f32(2, 3), f32(3), f32(3)], grad=True),
    Case("clip-grows", "clip_by_value", [f32(2, 1), f32(3), f32(3)]),
    Case("clip-crossed", lambda tf, x: tf.clip_by_value(x, 2.0, 1.0), [f32(3)], grad=True),
    Case(
        "polyval",
        lambda tf, x, a, b, c: tf.math.polyval([a, b, c], x),
        [f32(3), f32(), f32(3), f32()],
        grad=2,
    ),
    *(
        Case(
            f"slices-{name}",
            lambda tf, x, i, fn=fn: fn(tf, tf.IndexedSlices(x, i, tf.constant([5, 3]))),
            SLICES,
            finer_shapes="the dense shape is a constant",
        )
        for name, fn in (
            ("cast", lambda tf, s: tf.cast(s, tf.float64)),
            ("scalar-mul", lambda tf, s: tf.math.scalar_mul(2.0, s)),
            ("clip", lambda tf, s: tf.clip_by_value(s, -1.0, 1.0)),
            ("add-n", lambda tf, s: tf.add_n([s, s])),
            ("add-n-one", lambda tf, s: tf.add_n([s])),
            ("abs", lambda tf, s: tf.abs(s)),
        )
    ),
    Case("polyval-empty", lambda tf, x: tf.math.polyval([], x), [f32(3)]),
    Case("polyval-tuple", lambda tf, x: tf.math.polyval((1.0, 2.0), x), [f32(3)]),
    Case("polyval-python", lambda tf, x: tf.math.polyval([1.0, 2.0, 3.0], x), [f32(3)]),
    Case("add-n", lambda tf, xs: tf.add_n(xs), [[f32(2, 3), f32(2, 3), f32(2, 3)]], grad=True),
    Case("add-n-one", lambda tf, xs: tf.add_n(xs), [[f32(2)]]),
    Case("add-n-named", lambda tf, xs: tf.add_n(xs, name="n"), [[f32(2)]]),
    Case("add-n-none", lambda tf: tf.add_n([])),
    Case("add-n-tensor", lambda tf, x: tf.add_n(x), [f32(2)]),
    Case("add-n-ints", lambda tf, xs: tf.add_n(xs), [[ints(3, dtype="int8"), ints(3, dtype="int8")]]),
    Case("add-n-shapes", lambda tf, xs: tf.add_n(xs), [[f32(2), f32(3)]]),
    Case("add-n-types", lambda tf, xs: tf.add_n(xs), [[f32(2), f64(2)]]),
    Case("add-n-python", lambda tf, x: tf.add_n([x, [1.0, 2.0]]), [f32(2)]),
    Case("accumulate-n", lambda tf, xs: tf.math.accumulate_n(xs), [[f32(2), f32(2)]], grad=True),
    Case("accumulate-n-shape", lambda tf, xs: tf.math.accumulate_n(xs, shape=[2]), [[f32(2), f32(2)]]),
    Case("accumulate-n-wrong-shape", lambda tf, xs: tf.math.accumulate_n(xs, shape=[3]), [[f32(2), f32(2)]]),
    Case("accumulate-n-type", lambda tf, xs: tf.math.accumulate_n(xs, tensor_dtype=tf.int32), [[f32(2)]]),
    Case("accumulate-n-none", lambda tf: tf.math.accumulate_n([])),
    Case("sums-of-many", lambda tf, x: tf.add_n([x] * 12), [f16(3)]),
]

# ---------------------------------------------------------------- bits

CASES += [
    *(
        case
        for name in ("bitwise_and", "bitwise_or", "bitwise_xor")
        for case in over(name, f"bitwise.{name}", INTS + UINTS, [((2, 3), (3,))])
    ),
    *over("bitwise-invert", "bitwise.invert", INTS + UINTS, [(4,)]),
    *(
        Case(
            f"{name}-{dtype}",
            f"bitwise.{name}",
            [arr([1, 5, 100, 100, 1, 1, 1, 1], dtype), arr([0, 1, 3, 7, 8, 31, 63, 100], dtype)],
        )
        for name in ("left_shift", "right_shift")
        for dtype in INTS + UINTS
    ),
    *(
        Case(
            f"{name}-negative-{dtype}",
            f"bitwise.{name}",
            [arr([-100, -100, -1, 7], dtype), arr([3, -1, 100, -7], dtype)],
        )
        for name in ("left_shift", "right_shift")
        for dtype in INTS
    ),
    Case("bitwise-floats", "bitwise.bitwise_and", [f32(3), f32(3)]),
    Case("bitwise-bools", "bitwise.bitwise_or", [bools(3), bools(3)]),
    Case("bitwise-python", lambda tf, x: tf.bitwise.bitwise_and(x, 6), [ints(4)]),
]

# ---------------------------------------------------------------- casts


def _castable(dtype):
    if dtype == "bool":
        return bools(4)
    if dtype in INTS + UINTS:
        info = np.iinfo(dtype)
        return arr([0, 1, 5, 100, info.max, info.min], dtype)
    if dtype in COMPLEX:
        return arr([0, 1.7, -2.5, 3j, 100 - 1j], dtype)
    return arr([0, 1.7, -1.7, 2.5, 100.9, -0.0, 126.5, -3.5], dtype)


def _cast_cases():
    kinds = (*NUMBERS, "bool")
    for source in kinds:
        for target in kinds:
            if source in (*FLOATS, *COMPLEX) and target in UINTS:
                # What a negative number becomes depends on how many there are.
                given = arr([0, 1.7, 2.5, 100.9, 126.5], source)
            else:
                given = _castable(source)
            differentiable = {source, target} <= {*FLOATS, *COMPLEX}
            yield Case(
                f"cast-{source}-{target}",
                lambda tf, x, target=target: tf.cast(x, target),
                [given],
                grad=differentiable and source != target,
                modes=("eager",),
                reason="as many cases as pairs of types",
            )


CASES += _cast_cases()
CASES += [
    Case("cast-same", lambda tf, x: tf.cast(x, tf.float32) is x, [f32(2)], modes=("eager",), reason="identity"),
    Case("cast-python", lambda tf: (tf.cast(3, tf.float32), tf.cast(2.7, tf.int32), tf.cast(True, tf.int64))),
    Case("cast-list", lambda tf: tf.cast([1.5, -2.5], tf.int32)),
    Case("cast-numpy", lambda tf, x: tf.cast(x, tf.float16), [numpy_value(f64(3))]),
    Case("cast-variable", lambda tf, x: tf.cast(x, tf.float64), [variable(f32(3))], grad=True),
    Case("cast-string", lambda tf, x: tf.cast(x, tf.string), [f32(3)]),
    Case("cast-from-string", lambda tf, x: tf.cast(x, tf.float32), [strs(3)]),
    Case("cast-nonsense", lambda tf, x: tf.cast(x, "nonsense"), [f32(3)]),
    Case("cast-out-of-range", lambda tf, x: (tf.cast(x, tf.int32), tf.cast(x, tf.int64)), [special()]),
    Case("cast-int-gradient", lambda tf, x: tf.cast(tf.cast(x, tf.int32), tf.float32), [f32(3)], grad=True),
    *(
        Case(
            f"saturate-cast-{source}-{target}",
            lambda tf, x, target=target: tf.saturate_cast(x, target),
            [given],
            grad=source == "float64" and target == "float32",
        )
        for source, given, targets in (
            ("float32", special(), ("uint8", "int8", "int16", "uint16", "int32", "float32", "float16")),
            ("float64", arr([1e300, -1e300, 300.7, -1.0, 0.5], "float64"), ("uint8", "int32", "float32")),
            ("int32", arr([300, -300, 7, 2**31 - 1, -(2**31)], "int32"), ("uint8", "int16", "float32", "int64")),
            ("uint8", arr([0, 7, 255], "uint8"), ("int8", "float16", "int64")),
            # Not to 64 bits: the limits that TensorFlow computes go through a float and wrap around.
            ("int64", arr([2**40, -(2**40), 5], "int64"), ("uint8", "int32")),
        )
        for target in targets
    ),
    Case("saturate-cast-complex", lambda tf, x: tf.dtypes.saturate_cast(x, tf.uint8), [c64(3)]),
    Case(
        "saturate-cast-complex-narrow",
        lambda tf, x: tf.dtypes.saturate_cast(x, tf.complex64),
        [arr([1e300, 1 + 2j], "complex128")],
    ),
]

# ---------------------------------------------------------------- drawn

CASES += [
    property_case("unary", ["abs", "negative", "sign", "square", "round", "floor"], dtypes=WIDE_FLOATS, grad=True),
    property_case("unary-exp", ["exp", "math.log", "math.log1p", "math.expm1", "sqrt", "math.rsqrt"], grad=True),
    property_case("unary-trig", ["sin", "cos", "tan", "atan", "tanh", "sigmoid", "math.softplus"], grad=True),
    property_case("unary-int", ["abs", "negative", "sign", "square", "round"], dtypes=INTS),
    property_case("unary-complex", ["abs", "negative", "square", "math.conj", "math.real"], dtypes=COMPLEX),
    property_case("binary", ["add", "subtract", "multiply", "maximum", "minimum"], WIDE_FLOATS, arity=2, grad=True),
    property_case("binary-divide", ["divide", "math.divide_no_nan", "math.floormod"], WIDE_FLOATS, arity=2, grad=True),
    property_case("binary-int", ["add", "subtract", "multiply", "maximum", "minimum"], INTS + UINTS, arity=2),
    property_case("compare", ["equal", "less", "greater_equal", "not_equal"], dtypes=REAL, arity=2),
]

CASES += [
    Program(
        "operators-are-functions",
        lambda tf: [
            tf.add is tf.math.add,
            tf.abs is tf.math.abs,
            tf.nn.sigmoid is tf.sigmoid,
            tf.math.mod is tf.math.floormod,
            tf.cast is tf.dtypes.cast,
            tf.nn.l2_normalize is tf.math.l2_normalize,
        ],
    ),
    Program("errors-of-types", lambda tf: [raised(lambda: tf.sqrt("a")), raised(lambda: tf.add("a", 1))]),
    Program("names", lambda tf: [tf.add.__name__, tf.reduce_sum.__name__, tf.math.xlogy.__name__]),
]
