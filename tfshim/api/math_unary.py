"""Elementwise functions of one tensor."""

from __future__ import annotations

import math
from typing import Any

from tfshim import dispatch, dtypes
from tfshim.api.naming import composed, in_scope
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.tensor import Tensor

_FLOATS = "a floating-point tensor"
_COMPLEX = "a floating-point or complex tensor"

# Python name, op, public paths, what it computes, what it takes.
_TABLE = (
    ("acos", "Acos", "math.acos acos", "The arc cosine", _COMPLEX),
    ("acosh", "Acosh", "math.acosh acosh", "The inverse hyperbolic cosine", _COMPLEX),
    ("asin", "Asin", "math.asin asin", "The arc sine", _COMPLEX),
    ("asinh", "Asinh", "math.asinh asinh", "The inverse hyperbolic sine", _COMPLEX),
    ("atan", "Atan", "math.atan atan", "The arc tangent", _COMPLEX),
    ("atanh", "Atanh", "math.atanh atanh", "The inverse hyperbolic tangent", _COMPLEX),
    ("ceil", "Ceil", "math.ceil", "The integer above; its gradient is None", _FLOATS),
    ("cos", "Cos", "math.cos cos", "The cosine", _COMPLEX),
    ("cosh", "Cosh", "math.cosh cosh", "The hyperbolic cosine", _COMPLEX),
    ("digamma", "Digamma", "math.digamma", "The derivative of `lgamma`", _FLOATS),
    ("erf", "Erf", "math.erf", "The Gauss error function", _FLOATS),
    ("erfc", "Erfc", "math.erfc", "1 - erf(x)", _FLOATS),
    ("erfinv", "Erfinv", "math.erfinv", "The inverse of `erf`", _FLOATS),
    ("exp", "Exp", "math.exp exp", "The exponential", _COMPLEX),
    ("expm1", "Expm1", "math.expm1", "exp(x) - 1, exact for small x", _COMPLEX),
    ("floor", "Floor", "math.floor floor", "The integer below; its gradient is None", _FLOATS),
    ("is_finite", "IsFinite", "math.is_finite", "Where x is neither infinite nor nan", _FLOATS),
    ("is_inf", "IsInf", "math.is_inf", "Where x is infinite", _FLOATS),
    ("is_nan", "IsNan", "math.is_nan", "Where x is nan", _FLOATS),
    ("lgamma", "Lgamma", "math.lgamma", "The logarithm of |gamma(x)|", _FLOATS),
    ("log", "Log", "math.log", "The natural logarithm", _COMPLEX),
    ("log1p", "Log1p", "math.log1p", "log(1 + x), exact for small x", _COMPLEX),
    ("logical_not", "LogicalNot", "math.logical_not logical_not", "The negation", "a boolean tensor"),
    ("ndtri", "Ndtri", "math.ndtri", "The quantile of the standard normal distribution", _FLOATS),
    ("negative", "Neg", "math.negative negative", "-x", "a signed numeric tensor"),
    ("reciprocal", "Reciprocal", "math.reciprocal", "1 / x", _COMPLEX),
    ("rint", "Rint", "math.rint", "The nearest integer, halves to even", _FLOATS),
    ("rsqrt", "Rsqrt", "math.rsqrt", "1 / sqrt(x)", _COMPLEX),
    ("sigmoid", "Sigmoid", "math.sigmoid nn.sigmoid sigmoid", "1 / (1 + exp(-x))", _COMPLEX),
    ("sin", "Sin", "math.sin sin", "The sine", _COMPLEX),
    ("sinh", "Sinh", "math.sinh sinh", "The hyperbolic sine", _COMPLEX),
    ("sqrt", "Sqrt", "math.sqrt sqrt", "The square root", _COMPLEX),
    ("square", "Square", "math.square square", "x * x", "a numeric tensor"),
    ("tan", "Tan", "math.tan tan", "The tangent", _COMPLEX),
    ("tanh", "Tanh", "math.tanh nn.tanh tanh", "The hyperbolic tangent", _COMPLEX),
    ("invert", "Invert", "bitwise.invert", "The bitwise complement", "an integer tensor"),
)


def _declare(python_name: str, op_name: str, paths: str, text: str, takes: str) -> Any:
    run = op(op_name)
    names = paths.split()

    def fn(x, name=None):
        try:
            return run(x, name=name)
        except Exception:
            handler = dispatch.find(names[0], (x,))
            if handler is None:
                raise
        return handler(x, name=name)

    fn._dispatches = True  # type: ignore[attr-defined]
    fn.__name__ = fn.__qualname__ = python_name
    fn.__doc__ = f"""{text}, elementwise.

    Args:
      x: {takes}.
      name: name of the op in a graph.

    Returns:
      A tensor of the shape of `x`.
    """
    return export(*names)(fn)


_functions = {entry[0]: _declare(*entry) for entry in _TABLE}

# The ones that other functions are made of.
erfc = _functions["erfc"]
exp = _functions["exp"]
floor = _functions["floor"]
invert = _functions["invert"]
is_finite = _functions["is_finite"]
lgamma = _functions["lgamma"]
log = _functions["log"]
logical_not = _functions["logical_not"]
ndtri = _functions["ndtri"]
negative = _functions["negative"]
rsqrt = _functions["rsqrt"]
sigmoid = _functions["sigmoid"]
sqrt = _functions["sqrt"]
square = _functions["square"]

_abs = op("Abs")
_angle = op("Angle")
_complex_abs = op("ComplexAbs")
_conj = op("Conj")
_div_no_nan = op("DivNoNan")
_imag = op("Imag")
_mul = op("Mul")
_real = op("Real")
_round = op("Round")
_select = op("SelectV2")
_sign = op("Sign")
_softplus = op("Softplus")
_zeros_like = op("ZerosLike")


@export("math.abs", "abs")
def abs(x, name=None):
    """|x|, elementwise: the modulus, of the real type, for complex numbers.

    The least integer of a signed type has no absolute value and stays as it is.
    """
    if not isinstance(x, Tensor):
        x = convert_to_tensor(x, name="x")
    if x.dtype.is_complex:
        return _complex_abs(x, Tout=x.dtype.real_dtype, name=name or "Abs")
    return _abs(x, name=name)


@export("math.sign", "sign")
def sign(x, name=None):
    """-1, 0 or 1 by the sign of each element, nan for nan; for complex numbers x / |x|, and 0 for 0."""
    x = convert_to_tensor(x)
    if x.dtype.is_complex:
        modulus = _complex_abs(x, Tout=x.dtype.real_dtype)
        return _div_no_nan(x, op("Cast")(modulus, DstT=x.dtype), name=name)
    return _sign(x, name=name)


@export("math.round", "round")
def round(x, name=None):
    """The nearest integer, halves to the even one, elementwise; integers are returned as they are."""
    x = convert_to_tensor(x, name="x")
    if x.dtype.is_integer:
        return x
    return _round(x, name=name)


@export("math.softplus", "nn.softplus")
def softplus(features, name=None):
    """log(1 + exp(features)), elementwise, for a floating-point tensor."""
    return _softplus(features, name=name)


@export("math.log_sigmoid")
def log_sigmoid(x, name=None):
    """log(sigmoid(x)), elementwise, without overflow, for a floating-point tensor."""
    with composed(name or "LogSigmoid") as name:
        return negative(_softplus(negative(convert_to_tensor(x, name="x"))), name=name)


@export("math.real")
@in_scope("Real", result=True)
def real(input, name=None):
    """The real part of a complex tensor; a real tensor is returned as it is.

    Raises:
      TypeError: for a tensor that is not numeric.
    """
    input = convert_to_tensor(input, name="input")
    if input.dtype.is_complex:
        return _real(input, Tout=input.dtype.real_dtype, name=name)
    if input.dtype.is_numeric:
        return input
    raise TypeError(f"input must be a numeric tensor, but got tensor with dtype {input.dtype}")


@export("math.imag")
@in_scope("Imag", result=True)
def imag(input, name=None):
    """The imaginary part of a complex tensor; zeros for a real one."""
    input = convert_to_tensor(input, name="input")
    if input.dtype.is_complex:
        return _imag(input, Tout=input.dtype.real_dtype, name=name)
    return _zeros_like(input)


@export("math.angle")
@in_scope("Angle", result=True)
def angle(input, name=None):
    """The angle of complex numbers, in (-pi, pi]; of real ones pi where they are negative, else 0."""
    input = convert_to_tensor(input, name="input")
    if input.dtype.is_complex:
        return _angle(input, Tout=input.dtype.real_dtype, name=name)
    zeros = _zeros_like(input)
    pi = _mul(math.pi, op("OnesLike")(input))
    return _select(op("Less")(input, 0), pi, zeros)


@export("math.conj")
def conj(x, name=None):
    """The complex conjugate; a real tensor is returned as it is.

    Raises:
      TypeError: for a tensor that is not numeric.
    """
    if isinstance(x, Tensor) and (x.dtype.is_floating or x.dtype.is_integer):
        return x
    x = convert_to_tensor(x, name="x")
    if x.dtype.is_complex or x.dtype is dtypes.variant:
        return _conj(x, name=name)
    if x.dtype.is_floating or x.dtype.is_integer:
        return x
    raise TypeError(f"Expected numeric or variant tensor, got dtype {x.dtype!r}.")


@export("math.erfcinv")
def erfcinv(x, name=None):
    """The inverse of `erfc`, elementwise, for a floating-point tensor."""
    x = convert_to_tensor(x, name="start")
    return _mul(negative(ndtri(_mul(0.5, x))), math.sqrt(0.5), name=name)


@export("math.reciprocal_no_nan")
def reciprocal_no_nan(x, name=None):
    """1 / x, and 0 where x is 0, elementwise, for a floating-point or complex tensor."""
    x = convert_to_tensor(x, name="x")
    return _div_no_nan(convert_to_tensor(1, x.dtype), x, name=name or "reciprocal_no_nan")
