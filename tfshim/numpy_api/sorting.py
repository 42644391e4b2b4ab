"""Sorting, and the positions of greatest and least elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim import dtypes
from tfshim.api import math_reduce, sorting
from tfshim.api.array import reshape
from tfshim.api.casting import cast
from tfshim.export import export
from tfshim.numpy_api.arrays import array, as_array
from tfshim.numpy_api.ranks import at_least
from tfshim.numpy_api.settings import default_integer
from tfshim.tensor import Tensor


def _check(kind: str, known: tuple[str, ...], order: Any) -> None:
    if kind not in known:
        raise ValueError(f"The argument kind must be one of {known}: got {kind!r}.")
    if order is not None:
        raise ValueError("Tensors have no fields to order by: pass order=None.")


@export("experimental.numpy.sort")
def sort(a, axis=-1, kind="quicksort", order=None):
    """`a` with its elements in ascending order along an axis; flattened if `axis` is None.

    Raises:
      ValueError: for another `kind`, or an `order`.
    """
    _check(kind, ("quicksort",), order)
    a = as_array(a)
    return sorting.sort(reshape(a, [-1]), 0) if axis is None else sorting.sort(a, axis)


@export("experimental.numpy.argsort")
def argsort(a, axis=-1, kind="quicksort", order=None):
    """The indices (of NumPy's default integer, int64) that sort `a` along an axis; the flattened `a` if `axis` is None.

    Raises:
      ValueError: for a `kind` other than "quicksort" and "stable", or an `order`.
      TypeError: for complex numbers.
    """
    _check(kind, ("quicksort", "stable"), order)
    a = as_array(a)
    if a.dtype.is_complex:
        raise TypeError(f"Complex numbers have no order: argsort does not take {a.dtype.name}.")
    if a.shape.rank == 0:
        return array([0], dtypes.as_dtype(default_integer()))
    a = at_least(1, a)
    if axis is None:
        a, axis = reshape(a, [-1]), 0
    return cast(sorting.argsort(a, axis, stable=kind == "stable"), dtypes.as_dtype(default_integer()))


def _position(fn: Callable[..., Tensor], a: Any, axis: Any) -> Tensor:
    a = as_array(a)
    if axis is None or a.shape.rank == 0:
        a = reshape(a, [-1])
    return fn(a, axis=axis)


@export("experimental.numpy.argmax")
def argmax(a, axis=None):
    """The index of the greatest element along an axis, or in the flattened array; the first of equal ones."""
    return _position(math_reduce.argmax, a, axis)


@export("experimental.numpy.argmin")
def argmin(a, axis=None):
    """The index of the least element along an axis, or in the flattened array; the first of equal ones."""
    return _position(math_reduce.argmin, a, axis)
