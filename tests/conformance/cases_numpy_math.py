"""`tf.experimental.numpy` element by element: mathematics, comparisons, result types of mixed operands.

NumPy behaviour is off here, for it cannot be switched off again; `tests/scripts/cases/numpy_behavior.py` has it on.
"""

from __future__ import annotations

import numpy as np

from .inputs import (
    COMPLEX,
    FLOATS,
    INTS,
    UINTS,
    arr,
    bools,
    c64,
    f32,
    f64,
    ints,
    nonzero,
    numpy_value,
    positive,
    py,
    rand,
    special,
    unit,
)
from .runner import Case, Program, over, raised

# Much of TensorFlow's tf.experimental.numpy calls Tensor.astype and the like, which exist only once NumPy behaviour is on.
NEEDS_SWITCH = {"value": "TensorFlow's function works only with NumPy behaviour on"}
REAL = (*FLOATS, *INTS, *UINTS)


def np_(name):
    """The function of this name, called on the case's inputs."""
    return f"experimental.numpy.{name}"


ANYWHERE = (
    "ceil cos deg2rad exp exp2 expm1 fix floor isfinite isnan rad2deg sin sinc sinh tan tanh cbrt abs absolute fabs "
    "conj conjugate negative positive signbit square angle real imag isreal iscomplex sign around round arctan arcsinh"
).split()
POSITIVE = "log log10 log1p log2 sqrt reciprocal".split()
INSIDE = "arccos arcsin arctanh".split()
ABOVE_ONE = ["arccosh"]
FLAT = "ceil fix floor isfinite isnan signbit isreal iscomplex sign around round isposinf isneginf isinf".split()


def above_one(dtype, *shape):
    return nonzero(dtype, *shape) if dtype.startswith(("int", "uint")) else positive_above_one(dtype, *shape)


def positive_above_one(dtype, *shape):
    return arr(np.linspace(1.1, 4, int(np.prod(shape))).reshape(shape), dtype)


def unary():
    for names, make in (
        (ANYWHERE, lambda d, *s: rand(d, *s)),
        (POSITIVE, lambda d, *s: positive(*s, dtype=d)),
        (INSIDE, lambda d, *s: unit(*s, dtype=d)),
        (ABOVE_ONE, positive_above_one),
    ):
        for name in names:
            grad = name not in FLAT
            yield from over(
                f"np-{name}", np_(name), ("float32", "float64"), [(2, 3), ()], make, grad=grad, accept=NEEDS_SWITCH
            )
            yield Case(f"np-{name}-half", np_(name), [make("float16", 3)], accept=NEEDS_SWITCH)
    for name in ANYWHERE + POSITIVE:
        if name == "rad2deg":
            continue  # TensorFlow's refuses integers and leaves booleans what they are
        yield from over(
            f"np-{name}-exact", np_(name), ("int8", "int32", "int64", "uint8", "bool"), [(4,)], accept=NEEDS_SWITCH
        )
    for name in "exp log sin cos tanh sqrt square negative conj abs angle real imag isreal sinc exp2 log2 sign".split():
        yield from over(f"np-{name}-complex", np_(name), COMPLEX, [(3,)], rtol=1e-4, accept=NEEDS_SWITCH)
    for (
        name
    ) in "exp log sqrt sign isnan isinf isfinite isposinf isneginf signbit floor ceil fix round abs sinc".split():
        yield from over(
            f"np-{name}-special", np_(name), ("float32", "float64"), [()], lambda d, *s: special(d), accept=NEEDS_SWITCH
        )


BINARY = {
    "add subtract multiply maximum minimum": REAL + COMPLEX[:1],
    "true_divide divide floor_divide mod remainder": REAL,
    "equal not_equal greater greater_equal less less_equal": REAL,
    "logical_and logical_or logical_xor": ("bool", "int32", "float32"),
    "bitwise_and bitwise_or bitwise_xor": (*INTS, *UINTS, "bool"),
    "arctan2 nextafter heaviside hypot logaddexp logaddexp2": ("float32", "float64"),
}
NO_GRADIENT = (
    "floor_divide mod remainder equal not_equal greater greater_equal less less_equal logical_and logical_or "
    "logical_xor bitwise_and bitwise_or bitwise_xor nextafter heaviside"
).split()


def binary():
    for names, kinds in BINARY.items():
        for name in names.split():
            make = rand if name in ("logical_and", "logical_or", "logical_xor") or "bitwise" in name else nonzero
            grad = name not in NO_GRADIENT
            yield from over(f"np-{name}", np_(name), kinds, [((2, 3), (3,))], make, grad=grad, accept=NEEDS_SWITCH)
    for name in ("add", "subtract", "multiply", "divide", "maximum", "power", "equal", "less", "hypot"):
        for first, second in MIXED:
            text = f"{first.label}-{second.label}"
            accept = {"DTypePromotionError": "raised before the op is asked", **NEEDS_SWITCH}
            yield Case(f"np-{name}-mixed-{text}", np_(name), [first, second], accept=accept)
    for name in ("add", "multiply", "minimum", "maximum", "divide", "subtract", "power", "mod", "floor_divide", "less"):
        yield Case(f"np-{name}-bools", np_(name), [bools(4), arr([True, True, True, False], "bool")])
    yield from over(
        "np-power",
        np_("power"),
        ("float32", "float64"),
        [((2, 3), (3,))],
        lambda d, *s: positive(*s, dtype=d),
        grad=True,
    )
    yield Case("np-float_power", np_("float_power"), [positive(3), f32(3)], grad=True)
    yield Case("np-power-int", np_("power"), [ints(4), ints(4, low=0, high=4)])


MIXED = [
    (ints(3, low=1), positive(3)),
    (positive(3), py(2)),
    (positive(3), py(2.5)),
    (ints(3, low=1), py(2.5)),
    (ints(3, low=1, dtype="int8"), ints(3, low=1, dtype="uint8")),
    (ints(3, low=1, dtype="uint64"), ints(3, low=1, dtype="int64")),
    (positive(3, dtype="float16"), ints(3, low=1, dtype="int8")),
    (positive(3, dtype="bfloat16"), ints(3, low=1)),
    (positive(3, dtype="bfloat16"), positive(3, dtype="float32")),
    (bools(3), ints(3, low=1, dtype="int16")),
    (py([1, 2, 3]), positive(3)),
    (py([1.5, 2, 3]), ints(3, low=1)),
    (numpy_value(f64(3, low=1, high=2)), positive(3)),
    (py(True), ints(3, low=1)),
]

RESULT_TYPES = [
    (1, 2.0),
    (np.int8, np.uint8),
    ("float32", 1),
    (np.float32(1), 2.0),
    (np.zeros(2, np.int16), 3),
    (1j, np.float32),
    ([1, 2.0], [True]),
    (),
    (True,),
    (2**40,),
]

CASES = [
    *unary(),
    *binary(),
    Case("np-angle-degrees", np_("angle"), [c64(3)], kwargs={"deg": True}),
    Case("np-round-decimals", np_("round"), [f32(4)], kwargs={"decimals": 2}, accept=NEEDS_SWITCH),
    Case(
        "np-around-negative",
        np_("around"),
        [arr([12, 25, 35, -47], "int32")],
        kwargs={"decimals": -1},
        accept=NEEDS_SWITCH,
    ),
    Case("np-rad2deg-int", np_("rad2deg"), [ints(3)]),
    Program("np-rad2deg-plain", lambda tf: [tf.experimental.numpy.rad2deg(x) for x in (np.arange(3), 2, 1j, True)]),
    Case("np-gcd", np_("gcd"), [arr([12, -18, 0, 7], "int32"), arr([8, 27, 0, 0], "int32")]),
    Case(
        "np-gcd-broadcast",
        np_("gcd"),
        [ints(2, 3, dtype="int64"), py([4, 6, 9])],
        finer_shapes="the shape of the loop variables is known before the loop",
    ),
    Case("np-gcd-floats", np_("gcd"), [f32(2), f32(2)]),
    Case("np-lcm", np_("lcm"), [arr([12, -18, 0, 7], "int32"), arr([8, 27, 5, 2], "int32")]),
    Case("np-divmod", np_("divmod"), [nonzero("float32", 4), nonzero("float32", 4)]),
    Case("np-divmod-int", np_("divmod"), [nonzero("int32", 4), py(3)]),
    Case("np-clip", np_("clip"), [f32(2, 3), py(-0.5), py(1)], grad=True),
    Case("np-clip-int", np_("clip"), [ints(2, 3), py(-1), py(1.5)]),
    Case("np-clip-below", np_("clip"), [f32(4), py(0.5), py(None)], grad=True),
    Case("np-clip-above", np_("clip"), [f32(4), py(None), py(0.5)]),
    Case("np-clip-neither", np_("clip"), [f32(4), py(None), py(None)]),
    Case("np-clip-wider", np_("clip"), [f32(3), f32(2, 3), py(1.0)]),
    *over("np-isclose", np_("isclose"), (*FLOATS, "int32"), [((4,), (4,))]),
    Case("np-isclose-near", np_("isclose"), [arr([1, 2, np.nan, np.inf]), arr([1.0000001, 2.1, np.nan, np.inf])]),
    Case("np-isclose-nan", np_("isclose"), [arr([1, np.nan]), arr([1, np.nan])], kwargs={"equal_nan": True}),
    Case("np-isclose-wide", np_("isclose"), [f32(4), f32(4)], kwargs={"rtol": 0.5, "atol": 0.1}),
    Case("np-allclose", np_("allclose"), [f32(4), f32(4)]),
    Case("np-allclose-equal", np_("allclose"), [arr([1, 2]), arr([1, 2])]),
    Case("np-array_equal", np_("array_equal"), [arr([1, 2]), arr([1, 2], "int32")]),
    Case("np-array_equal-values", np_("array_equal"), [arr([1, 2]), arr([1, 3])]),
    Case("np-array_equal-shapes", np_("array_equal"), [arr([1, 1]), arr([[1, 1]])]),
    Case("np-array_equal-broadcast", np_("array_equal"), [arr([[1, 1]]), arr([[1, 1], [1, 1]])]),
    Case("np-logical_not", np_("logical_not"), [ints(5)]),
    Case("np-logical_not-bool", np_("logical_not"), [bools(5)]),
    *over("np-bitwise_not", np_("bitwise_not"), (*INTS, "bool", "float32"), [(3,)]),
    *over("np-iscomplexobj", np_("iscomplexobj"), ("float32", "complex64"), [(2,)]),
    *over("np-isrealobj", np_("isrealobj"), ("float32", "complex64"), [(2,)]),
    Case("np-heaviside-nan", np_("heaviside"), [arr([np.nan, 0, -0.0, 2]), py(0.5)], accept=NEEDS_SWITCH),
    Case("np-logaddexp-inf", np_("logaddexp"), [arr([np.inf, -np.inf, 1e3]), arr([np.inf, -np.inf, 1e3])]),
    Case("np-sinc-grad-at-0", np_("sinc"), [arr([0.0, 0.5, 1.0])], grad=2),
    Program(
        "np-result_type",
        lambda tf: [tf.experimental.numpy.result_type(*types).name for types in RESULT_TYPES],
    ),
    Program(
        "np-result_type-tensors",
        lambda tf: [
            tf.experimental.numpy.result_type(tf.constant(1), 2.0).name,
            tf.experimental.numpy.result_type(tf.float16, tf.int8).name,
            tf.experimental.numpy.result_type(tf.Variable(1.0), tf.constant(1, tf.int64)).name,
            raised(lambda: tf.experimental.numpy.result_type(tf.bfloat16, tf.int32)),
        ],
    ),
    Program(
        "np-promote_types",
        lambda tf: [
            str(tf.experimental.numpy.promote_types(tf.int32, np.float32)),
            str(tf.experimental.numpy.promote_types("int8", "uint8")),
        ],
    ),
    Program(
        "np-types",
        lambda tf: [
            (name, getattr(tf.experimental.numpy, name) is getattr(np, name))
            for name in "bool_ float16 float32 float64 complex64 complex128 int8 int16 int32 int64 int_ uint8 uint16 uint32 "
            "uint64 object_ inexact iinfo".split()
        ],
    ),
    Program(
        "np-constants",
        lambda tf: [
            tf.experimental.numpy.pi,
            tf.experimental.numpy.e,
            tf.experimental.numpy.inf,
            tf.experimental.numpy.newaxis,
            tf.experimental.numpy.float_ is np.float64,
            tf.experimental.numpy.complex_ is np.complex128,
            tf.experimental.numpy.string_ is np.bytes_,
            tf.experimental.numpy.unicode_ is np.str_,
            float(tf.experimental.numpy.finfo(tf.float32).eps),
            tf.experimental.numpy.iinfo(np.int8).max,
            tf.experimental.numpy.issubdtype(np.int8, np.integer),
            tf.experimental.numpy.ndarray is tf.Tensor,
        ],
    ),
    Program("np-sign-arguments", lambda tf: raised(lambda: tf.experimental.numpy.sign([1.0], out=[1.0]))),
]
