"""Promotion in the modes "safe" and "all": a lattice of types, some of them weak.

Python's numbers, and tensors made of them, have a *weak* type, which gives way to a type that somebody chose: a weak
float32 and a float16 make a float16. The common type of two is their least upper bound in the lattice.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from tfshim import dtypes, nest
from tfshim.dtypes import DType
from tfshim.indexed_slices import IndexedSlices
from tfshim.numpy_api.settings import settings
from tfshim.numpy_api.weak_tensor import WeakTensor
from tfshim.shapes import TensorShape
from tfshim.type_spec import CompositeTensor
from tfshim.variable import Variable


class Kind(NamedTuple):
    """A type, and whether it is weak."""

    dtype: DType
    weak: bool = False

    def __str__(self) -> str:
        return f"({self.dtype!r}, weak={self.weak})"


# Each type, and the types next above it; weak ones are starred.
_LATTICE = """
bool: int32*
int32*: int64*
int64*: uint8 int8 float32*
uint8: uint16 int16
int8: int16
uint16: uint32 int32
int16: int32
uint32: uint64 int64
int32: int64
uint64: float64*
int64: float64*
float32*: float64*
float64*: bfloat16 float16 complex128*
bfloat16: float32
float16: float32
float32: float64 complex64
float64: complex128
complex128*: complex64
complex64: complex128
complex128:
"""

# Integers up to 2 to this power are exact.
_DIGITS = {"bfloat16": 8, "float16": 11, "float32": 24, "float64": 53, "complex64": 24, "complex128": 53}


def _kind(name: str) -> Kind:
    return Kind(dtypes.as_dtype(name.rstrip("*")), name.endswith("*"))


@functools.cache
def _above() -> dict[Kind, set[Kind]]:
    """For each type itself and all that lie above it."""
    lines = [line.split(":") for line in reversed(_LATTICE.strip().splitlines())]
    above: dict[Kind, set[Kind]] = {}
    for name, others in lines:
        above[_kind(name)] = {_kind(name)}.union(*(above[_kind(other)] for other in others.split()))
    return above


@functools.cache
def _join(x: Kind, y: Kind) -> Kind:
    """The least type above both; NotImplementedError if one is not in the lattice, as strings are not."""
    if x == y and x.dtype is dtypes.string:
        return x
    above = _above()
    if x not in above or y not in above:
        raise NotImplementedError(
            f"There is no implicit conversion between {x.dtype!r} and {y.dtype!r}: convert one of them with tf.cast."
        )
    common = above[x] & above[y]
    return next(kind for kind in common if common <= above[kind])


def _is_exact(source: DType, target: DType) -> bool:
    """Whether each value of one type, or its nearest in precision, is a value of the other."""
    if source.is_bool or source is target:
        return True
    if source.is_integer:
        if target.is_integer:
            return target.min <= source.min and source.max <= target.max
        return source.max <= 2 ** _DIGITS[target.name]
    return _DIGITS[source.name] <= _DIGITS[target.name]


def _is_safe(x: Kind, y: Kind, result: Kind) -> bool:
    """Whether the common type is one of the two, and loses nothing of what has a type by choice."""
    return result.dtype in (x.dtype, y.dtype) and all(k.weak or _is_exact(k.dtype, result.dtype) for k in (x, y))


def _leaves(values: Any) -> Iterator[Any]:
    for value in values:
        if value is None:
            continue
        if isinstance(value, CompositeTensor) and not isinstance(value, (WeakTensor, IndexedSlices, Variable)):
            raise NotImplementedError(f"Promotion does not support {type(value).__name__}.")
        yield from nest.flatten(value)


_OF_PYTHON = {bool: "bool", int: "int32*", float: "float32*", complex: "complex128*"}


def kind_of(value: Any) -> Kind:
    """The type of a tensor, an array, a number, or a type.

    Raises:
      OverflowError: for integers that are no int32.
      NotImplementedError: for objects that have no type.
    """
    if isinstance(value, WeakTensor):
        return Kind(value.dtype, True)
    dtype = value if isinstance(value, (DType, np.dtype)) else getattr(value, "dtype", None)
    if isinstance(dtype, DType):
        return Kind(dtype.base_dtype)
    if isinstance(dtype, np.dtype):
        return Kind(_from_numpy(dtype))
    if isinstance(value, (bytes, str)):
        return Kind(dtypes.string)
    if isinstance(value, TensorShape):
        return Kind(dtypes.int32)
    if isinstance(value, type) and issubclass(value, np.generic):
        return Kind(_from_numpy(np.dtype(value)))
    if isinstance(value, int) and not isinstance(value, bool) and not dtypes.int32.min <= value <= dtypes.int32.max:
        raise OverflowError(f"Python int {value} too large to convert to np.int32")
    for python_type, name in _OF_PYTHON.items():
        if isinstance(value, python_type) or value is python_type:
            return _kind(name)
    raise NotImplementedError(f"Promotion does not support {type(value)}.")


def _from_numpy(dtype: np.dtype) -> DType:
    try:
        return dtypes.as_dtype(dtype)
    except TypeError:
        raise NotImplementedError(f"Promotion does not support {dtype}: convert to another type.") from None


def common_kind(*values: Any) -> Kind:
    """The type that values, nested lists of them and types have in common; a weak float32 if there are none.

    Raises:
      TypeError: in the mode "safe", if the common type could lose something.
      NotImplementedError: if there is no common type.
    """
    kinds = [kind_of(leaf) for leaf in _leaves(values)]
    result = kinds[0] if kinds else _kind("float32*")
    for kind in kinds[1:]:
        joined = _join(result, kind)
        if settings.mode == "safe" and result.dtype is not dtypes.string and not _is_safe(result, kind, joined):
            raise TypeError(
                f"In promotion mode PromoMode.SAFE, implicit dtype promotion between {result} and {kind} is "
                "disallowed: convert one of them with tf.cast, or use dtype_conversion_mode='all'."
            )
        result = joined
    return result
