"""Comparisons, truth values, and questions about the kind of numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.api import math, math_unary
from tfshim.api.array import shape
from tfshim.api.casting import cast
from tfshim.api.math_reduce import reduce_all
from tfshim.export import export
from tfshim.numpy_api.arrays import as_array, is_inexact, promoted
from tfshim.ops import op
from tfshim.tensor import Tensor

_equal = op("Equal")
_is_inf = op("IsInf")
_is_nan = op("IsNan")
_less_equal = op("LessEqual")
_logical_and = op("LogicalAnd")
_logical_or = op("LogicalOr")


# Two arrays ----------------------------------------------------------------------------------------------


def _ordered(fn: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def compare(x, y):
        if x.dtype is dtypes.bool:
            x, y = cast(x, dtypes.int32), cast(y, dtypes.int32)
        return fn(x, y)

    return compare


_COMPARISONS = (
    ("equal", math.equal, "x1 == x2"),
    ("not_equal", math.not_equal, "x1 != x2"),
    ("greater", _ordered(op("Greater")), "x1 > x2"),
    ("greater_equal", _ordered(op("GreaterEqual")), "x1 >= x2"),
    ("less", _ordered(op("Less")), "x1 < x2"),
    ("less_equal", _ordered(_less_equal), "x1 <= x2"),
)

_CONNECTIVES = (
    ("logical_and", _logical_and, "x1 and x2"),
    ("logical_or", _logical_or, "x1 or x2"),
    ("logical_xor", math.logical_xor, "Exactly one of x1 and x2"),
)


def truth(value: Any) -> Tensor:
    """`value` as booleans: all but zero is True."""
    return as_array(value, dtypes.bool)


def _declare(name: str, fn: Callable[..., Tensor], text: str, convert: Callable[..., list[Tensor]]) -> Any:
    def function(x1, x2):
        return fn(*convert(x1, x2))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{text}, elementwise, as `numpy.{name}`, with broadcasting."
    return export(f"experimental.numpy.{name}")(function)


_functions = {
    **{name: _declare(name, fn, text, promoted) for name, fn, text in _COMPARISONS},
    **{name: _declare(name, fn, text, lambda *xs: [truth(x) for x in xs]) for name, fn, text in _CONNECTIVES},
}


@export("experimental.numpy.logical_not")
def logical_not(x):
    """not x, elementwise; numbers are True unless they are zero."""
    return math_unary.logical_not(truth(x))


@export("experimental.numpy.isclose")
def isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Where |a - b| <= atol + rtol * |b|; equal values of exact types, and nan only with `equal_nan`."""
    a, b = promoted(a, b)
    if not is_inexact(a.dtype):
        return math.equal(a, b)
    real = a.dtype.real_dtype
    bound = cast(atol, real) + cast(rtol, real) * math_unary.abs(b)
    result = _less_equal(math_unary.abs(a - b), bound)
    if equal_nan:
        result = _logical_or(result, _logical_and(_is_nan(a), _is_nan(b)))
    return result


@export("experimental.numpy.allclose")
def allclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether `isclose` holds for all elements."""
    return reduce_all(isclose(a, b, rtol, atol, equal_nan))


@export("experimental.numpy.array_equal")
def array_equal(a1, a2):
    """Whether two arrays have the same shape and the same elements: a boolean tensor."""
    a1, a2 = promoted(a1, a2)
    if not a1.shape.is_compatible_with(a2.shape):
        return as_array(False)
    same = reduce_all(_equal(a1, a2, incompatible_shape_error=False))
    if a1.shape.is_fully_defined() and a2.shape.is_fully_defined():
        return same
    # What was compared may have been broadcast.
    same_shape = reduce_all(_equal(shape(a1), shape(a2), incompatible_shape_error=False))
    return _logical_and(same_shape, same)


# One array -----------------------------------------------------------------------------------------------


@export("experimental.numpy.isinf")
def isinf(x):
    """Where x is infinite, elementwise; False for a tensor of an exact type."""
    return _infinite(x, None)


@export("experimental.numpy.isneginf")
def isneginf(x):
    """Where x is minus infinity, elementwise; False for a tensor of an exact type."""
    return _infinite(x, -np.inf)


@export("experimental.numpy.isposinf")
def isposinf(x):
    """Where x is plus infinity, elementwise; False for a tensor of an exact type."""
    return _infinite(x, np.inf)


def _infinite(x: Any, which: float | None) -> Any:
    x = as_array(x)
    if not x.dtype.is_floating:
        return False
    return _is_inf(x) if which is None else math.equal(x, as_array(which, x.dtype))


def _is_complex(x: Any) -> bool:
    return np.issubdtype(as_array(x).dtype.as_numpy_dtype, np.complexfloating)


@export("experimental.numpy.iscomplex")
def iscomplex(x):
    """Where the imaginary part is not zero, elementwise."""
    x = as_array(x)
    imaginary = math_unary.imag(x)
    return math.not_equal(imaginary, as_array(0, imaginary.dtype))


@export("experimental.numpy.isreal")
def isreal(x):
    """Where the imaginary part is zero, elementwise."""
    return math_unary.logical_not(iscomplex(x))


@export("experimental.numpy.iscomplexobj")
def iscomplexobj(x):
    """Whether the type is complex."""
    return _is_complex(x)


@export("experimental.numpy.isrealobj")
def isrealobj(x):
    """Whether the type is not complex."""
    return not _is_complex(x)
