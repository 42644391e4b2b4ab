"""Elementwise mathematics of one and of two arrays."""

from __future__ import annotations

import math as python_math
from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.api import math, math_unary
from tfshim.api.array import shape
from tfshim.api.casting import cast
from tfshim.api.gather import where
from tfshim.export import export
from tfshim.numpy_api.arrays import as_array, as_inexact, is_inexact, promoted, promoted_pair, result_type
from tfshim.numpy_api.divisors import common_divisor
from tfshim.ops import op
from tfshim.tensor import Tensor

_atan2 = op("Atan2")
_ceil = op("Ceil")
_floor_div = op("FloorDiv")
_floor_mod = op("FloorMod")
_and = op("LogicalAnd")
_is_nan = op("IsNan")
_log1p = op("Log1p")
_maximum = op("Maximum")
_minimum = op("Minimum")
_next_after = op("NextAfter")
_or = op("LogicalOr")
_sin = op("Sin")


def number(value: Any, like: Tensor) -> Tensor:
    """A constant of the type of `like`."""
    return as_array(value, like.dtype)


# One array -----------------------------------------------------------------------------------------------


def _log_to_base(base: float) -> Callable[[Tensor], Tensor]:
    # NumPy's float64 has a type of its own: with NumPy behaviour on, the quotient of float32 is a float64.
    return lambda x: math_unary.log(x) / np.log(base)


def _cube_root(x):
    # Powers of negative numbers are nan.
    return math_unary.sign(x) * math.pow(math_unary.abs(x), number(1 / 3, x))


def _truncate(x):
    return where(x < number(0, x), _ceil(x), math_unary.floor(x))


def _sinc(x):
    angle = x * number(np.pi, x)
    return where(math.equal(x, number(0, x)), number(1, x), _sin(angle) / angle)


# name, function, what it computes; exact types are converted to the default float.
_OF_FLOATS = (
    ("arccos", op("Acos"), "The arc cosine"),
    ("arccosh", op("Acosh"), "The inverse hyperbolic cosine"),
    ("arcsin", op("Asin"), "The arc sine"),
    ("arcsinh", op("Asinh"), "The inverse hyperbolic sine"),
    ("arctan", op("Atan"), "The arc tangent"),
    ("arctanh", op("Atanh"), "The inverse hyperbolic tangent"),
    ("cbrt", _cube_root, "The cube root"),
    ("ceil", _ceil, "The integer above"),
    ("cos", op("Cos"), "The cosine"),
    ("cosh", op("Cosh"), "The hyperbolic cosine"),
    ("deg2rad", lambda x: x * number(np.pi / 180.0, x), "Degrees as radians"),
    ("exp", math_unary.exp, "The exponential"),
    ("exp2", lambda x: math.pow(number(2, x), x), "2 to the power of x"),
    ("expm1", op("Expm1"), "exp(x) - 1, exact for small x"),
    ("fix", _truncate, "The integer next to x on the way to zero"),
    ("floor", math_unary.floor, "The integer below"),
    ("isfinite", math_unary.is_finite, "Where x is neither infinite nor nan"),
    ("isnan", _is_nan, "Where x is nan"),
    ("log", math_unary.log, "The natural logarithm"),
    ("log10", _log_to_base(10), "The logarithm to base 10"),
    ("log1p", _log1p, "log(1 + x), exact for small x"),
    ("log2", _log_to_base(2), "The logarithm to base 2"),
    ("sin", _sin, "The sine"),
    ("sinc", _sinc, "sin(pi x) / (pi x), and 1 at 0"),
    ("sinh", op("Sinh"), "The hyperbolic sine"),
    ("sqrt", math_unary.sqrt, "The square root"),
    ("tan", op("Tan"), "The tangent"),
    ("tanh", op("Tanh"), "The hyperbolic tangent"),
)


def _bitwise_not(x):
    return (math_unary.logical_not if x.dtype is dtypes.bool else math_unary.invert)(x)


def _is_negative(x):
    if x.dtype is dtypes.bool:
        return op("Fill")(shape(x), False)
    return x < number(0, x)


# The type stays as it is.
_OF_ANY = (
    ("abs", math_unary.abs, "|x|"),
    ("absolute", math_unary.abs, "|x|"),
    ("bitwise_not", _bitwise_not, "The bitwise complement of integers, the negation of booleans"),
    ("conj", math_unary.conj, "The complex conjugate"),
    ("conjugate", math_unary.conj, "The complex conjugate"),
    ("fabs", math_unary.abs, "|x|"),
    ("negative", math_unary.negative, "-x"),
    ("positive", lambda x: x, "x itself"),
    ("reciprocal", op("Reciprocal"), "1 / x"),
    ("signbit", _is_negative, "Where x is less than zero: not for negative zero, as in TensorFlow"),
    ("square", math_unary.square, "x * x"),
)


def _declare_unary(name: str, fn: Callable[[Tensor], Tensor], text: str, convert: Callable[[Any], Tensor]) -> Any:
    def function(x):
        return fn(convert(x))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{text}, elementwise, as `numpy.{name}`."
    return export(f"experimental.numpy.{name}")(function)


_unary = {
    **{name: _declare_unary(name, fn, text, as_inexact) for name, fn, text in _OF_FLOATS},
    **{name: _declare_unary(name, fn, text, as_array) for name, fn, text in _OF_ANY},
}


@export("experimental.numpy.rad2deg")
def rad2deg(x):
    """Radians as degrees, elementwise; of NumPy arrays and Python numbers as NumPy and Python compute it."""
    known: Any = x if isinstance(x, (np.ndarray, np.generic, int, float, complex)) else as_array(x)
    return known * (180.0 / np.pi)


@export("experimental.numpy.sign")
def sign(x, out=None, where=None, **kwargs):
    """-1, 0 or 1 by the sign of each element; for complex numbers x / |x|.

    Raises:
      ValueError: for arguments of NumPy's that tensors have no use for.
    """
    if out or where or kwargs:
        raise ValueError("tf.numpy doesn't support setting out, where or other arguments of sign: leave them out.")
    return math_unary.sign(as_array(x))


_HALF_TURN_OR_NONE = np.float32(np.pi), np.float32(0)


@export("experimental.numpy.angle")
def angle(z, deg=False):
    """The angle of complex numbers, in (-pi, pi], or in degrees."""
    z = as_inexact(z)
    # Of a real type, however wide, the angle is a float32.
    result = math_unary.angle(z) if z.dtype.is_complex else where(z < number(0, z), *_HALF_TURN_OR_NONE)
    return result * number(180 / np.pi, result) if deg else result


@export("experimental.numpy.real")
def real(val):
    """The real part, elementwise."""
    return math_unary.real(as_array(val))


@export("experimental.numpy.imag")
def imag(val):
    """The imaginary part, elementwise; zeros for real numbers."""
    return math_unary.imag(as_array(val))


def _round(a, decimals):
    x: Any = as_array(a)
    # Exact types have no fractions, but `decimals` may be negative.
    working = x if is_inexact(x.dtype) else cast(x, result_type(float))
    # TensorFlow's factor has passed through float32: 0.1 is a little more than that, and 7 rounds to tens as 9.
    factor = number(float(np.float32(python_math.pow(10, decimals))), working)
    return cast(math_unary.round(working * factor) / factor, x.dtype)


@export("experimental.numpy.around")
def around(a, decimals=0):
    """The nearest number with `decimals` digits after the point, halves to the even one; of the type of `a`."""
    return _round(a, decimals)


@export("experimental.numpy.round")
def round(a, decimals=0):
    """The nearest number with `decimals` digits after the point: see `around`."""
    return _round(a, decimals)


# Two arrays ----------------------------------------------------------------------------------------------


def _unless_bool(fn: Callable[..., Tensor], of_bools: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return lambda x, y: (of_bools if x.dtype is dtypes.bool else fn)(x, y)


def _bools_as(dtype: Callable[[], Any], fn: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def apply(x, y):
        if x.dtype is dtypes.bool:
            x, y = cast(x, dtype()), cast(y, dtype())
        return fn(x, y)

    return apply


def _int8():
    return dtypes.int8


def _default_float():
    return result_type(float)


def _heaviside(x, y):
    zero, one = number(0, x), number(1, x)
    # y also where x is nan, as in TensorFlow.
    return as_inexact(where(x < zero, zero, where(x > zero, one, y)))


def _log_add(to_log: Callable[[Tensor], Tensor], power: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    def fn(x, y):
        greater = _maximum(x, y)
        distance = as_inexact(x - y)
        # The difference of equal infinities is nan: their sum takes its place.
        return _where(_is_nan(distance), x + y, math.add(*promoted(greater, to_log(power(-math_unary.abs(distance))))))

    return fn


def _where(condition, x, y):
    return where(condition, *promoted(x, y))


def _log2_of_1_more(x):
    return _log1p(x) / np.log(2)


def _least_common_multiple(x, y):
    divisor = common_divisor(x, y)
    safe = where(math.equal(divisor, number(0, x)), number(1, x), divisor)
    product = math.multiply(_floor_div(x, safe), y)
    return product if x.dtype.is_unsigned else math_unary.abs(product)


def _bitwise(op_name: str, of_bools: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return _unless_bool(op(op_name), of_bools)


# name, function of two arrays of one type, what it computes.
_OF_TWO = (
    ("add", _unless_bool(math.add, _or), "x1 + x2; of booleans, whether one holds"),
    ("subtract", math.subtract, "x1 - x2"),
    ("multiply", _unless_bool(math.multiply, _and), "x1 * x2; of booleans, whether both hold"),
    ("true_divide", _bools_as(_default_float, math.truediv), "x1 / x2, of a type with fractions"),
    ("divide", _bools_as(_default_float, math.truediv), "x1 / x2, of a type with fractions"),
    ("floor_divide", _bools_as(_int8, _floor_div), "x1 / x2 rounded to the integer below"),
    ("mod", _bools_as(_int8, _floor_mod), "The rest of the division, with the sign of x2"),
    ("remainder", _bools_as(_int8, _floor_mod), "The rest of the division, with the sign of x2"),
    ("maximum", _unless_bool(_maximum, _or), "The greater of x1 and x2; nan if one is"),
    ("minimum", _unless_bool(_minimum, _and), "The lesser of x1 and x2; nan if one is"),
    ("power", math.pow, "x1 to the power of x2"),
    ("float_power", math.pow, "x1 to the power of x2, of their common type"),
    ("arctan2", _atan2, "The angle of the point (x2, x1), in [-pi, pi]"),
    ("nextafter", _next_after, "The number after x1 on the way to x2"),
    ("heaviside", _heaviside, "0 for negative x1, 1 for positive, x2 for zero"),
    ("gcd", common_divisor, "The greatest common divisor of integers"),
    ("lcm", _least_common_multiple, "The least common multiple of integers"),
    ("bitwise_and", _bitwise("BitwiseAnd", _and), "The bits set in both"),
    ("bitwise_or", _bitwise("BitwiseOr", _or), "The bits set in one or both"),
    ("bitwise_xor", _bitwise("BitwiseXor", math.logical_xor), "The bits set in only one"),
    ("logaddexp", _log_add(_log1p, math_unary.exp), "log(exp(x1) + exp(x2)), without overflow"),
    (
        "logaddexp2",
        _log_add(_log2_of_1_more, lambda x: math.pow(number(2, x), x)),
        "log2(2**x1 + 2**x2), without overflow",
    ),
)


def _declare_binary(name: str, fn: Callable[..., Any], text: str) -> Any:
    def function(x1, x2):
        return fn(*promoted_pair(x1, x2))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"{text}, elementwise, as `numpy.{name}`: of the type that NumPy promotes both to, with broadcasting."
    )
    return export(f"experimental.numpy.{name}")(function)


_binary = {name: _declare_binary(name, fn, text) for name, fn, text in _OF_TWO}


@export("experimental.numpy.hypot")
def hypot(x1, x2):
    """sqrt(x1**2 + x2**2), elementwise, with broadcasting: the squares are taken in the types of x1 and x2."""
    return math_unary.sqrt(as_inexact(math_unary.square(as_array(x1)) + math_unary.square(as_array(x2))))


@export("experimental.numpy.divmod")
def divmod(x1, x2):
    """`(floor_divide(x1, x2), mod(x1, x2))`."""
    return _binary["floor_divide"](x1, x2), _binary["mod"](x1, x2)


@export("experimental.numpy.clip")
def clip(a, a_min, a_max):
    """`a` with its elements taken into [a_min, a_max]; a limit that is None does not count.

    Of the type of all three together, and of the shape to which they broadcast.

    Raises:
      ValueError: if both limits are None.
    """
    if a_min is None and a_max is None:
        raise ValueError("At least one of a_min and a_max must be given.")
    if a_min is None:
        return _binary["minimum"](a, a_max)
    if a_max is None:
        return _binary["maximum"](a, a_min)
    x, low, high = promoted(a, a_min, a_max)
    return _maximum(_minimum(x, high), low)
