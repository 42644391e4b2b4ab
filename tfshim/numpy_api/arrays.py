"""Arrays out of anything, and the types that NumPy's rules give to results."""

from __future__ import annotations

import numbers
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from tfshim import convert, dtypes, nest
from tfshim.api import array as array_api
from tfshim.api.casting import cast
from tfshim.dtypes import DType
from tfshim.export import export
from tfshim.numpy_api.ranks import at_least
from tfshim.numpy_api.settings import settings
from tfshim.tensor import Tensor

_MOST_DIMENSIONS = 32


# Result types --------------------------------------------------------------------------------------------


def _leaves(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _leaves(value)
        elif nest.is_nested(value):  # ranges, deques, mappings
            yield from _leaves(nest.flatten(value))
        else:
            yield value


def _for_numpy(value: Any) -> Any:
    """What `np.result_type` takes for one value: Python numbers adapt to others, all else has a type."""
    if isinstance(value, float):
        return np.float32(value) if settings.prefer_float32 else value
    if isinstance(value, numbers.Real):
        return value
    if isinstance(value, complex):
        return np.complex64(value) if settings.prefer_float32 else value
    if isinstance(value, DType):
        return value.as_numpy_dtype
    if isinstance(value, jax.Array):
        return value.dtype
    dtype = getattr(value, "dtype", None)
    return dtype.as_numpy_dtype if isinstance(dtype, DType) else value


@export("experimental.numpy.result_type")
def result_type(*arrays_and_dtypes):
    """The `tf.DType` that NumPy's promotion gives to an operation on these arrays, numbers and types.

    Nested lists count by their elements. In the modes "safe" and "all" it is the type that promotion there gives.

    Raises:
      TypeError: if the types have no common one, such as bfloat16 and int32.
    """
    if settings.weak:
        from tfshim.numpy_api.promotion import common_kind  # rarely needed

        return common_kind(*arrays_and_dtypes).dtype
    return _by_numpy(*arrays_and_dtypes)


def _by_numpy(*arrays_and_dtypes: Any) -> DType:
    operands = [_for_numpy(leaf) for leaf in _leaves(arrays_and_dtypes)]
    return dtypes.as_dtype(np.result_type(*operands) if operands else np.float64)


@export("experimental.numpy.promote_types")
def promote_types(type1, type2):
    """The smallest NumPy dtype to which both types can be converted safely.

    Raises:
      TypeError: if there is none.
    """
    return np.promote_types(numpy_type(type1), numpy_type(type2))


def numpy_type(dtype: Any) -> Any:
    """A NumPy type for a `tf.DType`, or the `np.dtype` of anything else."""
    return dtype.as_numpy_dtype if isinstance(dtype, DType) else np.dtype(dtype)


def requested(dtype: Any) -> DType | None:
    """The DType that a `dtype` argument asks for; None if it asks for none."""
    return result_type(dtype) if dtype else None


def is_inexact(dtype: DType) -> bool:
    """Whether NumPy counts the type as floating or complex; it does not know bfloat16."""
    return np.issubdtype(dtype.as_numpy_dtype, np.inexact)


# Arrays --------------------------------------------------------------------------------------------------


def _own_type(value: Any) -> DType:
    """The type that a value has as an array of its own."""
    if isinstance(value, (str, bytes)):
        return dtypes.string  # for result_type strings are names of types
    return result_type(value)


def as_array(value: Any, dtype: DType | None = None) -> Tensor:
    """`value` as a tensor of `dtype`, by default of the type that NumPy would give it."""
    if not isinstance(value, Tensor):
        if dtype is None:
            dtype = _own_type(value)
        if isinstance(value, (list, tuple)) and any(hasattr(type(leaf), "__tf_tensor__") for leaf in _leaves(value)):
            # The tensors among the elements may be of other types.
            return array_api.stack([as_array(element, dtype) for element in value])
        value = convert.convert_to_tensor(value, _wide_integer(value), None, dtype)
    return value if dtype is None or value.dtype is dtype else cast(value, dtype)


def _wide_integer(value: Any) -> DType | None:
    return dtypes.uint64 if isinstance(value, int) and value >= 2**63 else None


def promoted(*values: Any) -> list[Tensor]:
    """The values as tensors of the type of the result of an operation on them."""
    dtype = result_type(*values)
    return [as_array(value, dtype) for value in values]


def promoted_pair(x: Any, y: Any) -> list[Tensor]:
    """Two values as tensors of their common type, by NumPy's rules in all modes, unless one is a list."""
    in_lists = isinstance(x, (list, tuple)) or isinstance(y, (list, tuple))
    dtype = result_type(x, y) if in_lists else _by_numpy(x, y)
    return [as_array(x, dtype), as_array(y, dtype)]


def as_inexact(value: Any) -> Tensor:
    """`value` as a tensor of a type with fractions; exact ones become the default float."""
    x = as_array(value)
    return x if is_inexact(x.dtype) else cast(x, result_type(float))


@export("experimental.numpy.array")
def array(val, dtype=None, copy=True, ndmin=0):
    """`val` as a tensor of at least `ndmin` dimensions.

    Args:
      val: a tensor, an array, a number or string, or nested lists of them.
      dtype: type of the result; by default NumPy's choice, so that Python numbers become int64 or float64.
      copy: accepted for NumPy's sake: tensors cannot be changed.
      ndmin: least rank; dimensions of size 1 are added in front.

    Raises:
      ValueError: if `ndmin` is above 32.
    """
    result = as_array(val, requested(dtype))
    if copy:
        result = array_api.identity(result)
    if ndmin > _MOST_DIMENSIONS:
        raise ValueError(f"An array has at most {_MOST_DIMENSIONS} dimensions, but ndmin is {ndmin}.")
    return at_least(ndmin, result) if ndmin else result


@export("experimental.numpy.asarray")
def asarray(a, dtype=None):
    """`a` as a tensor; one that has the type already is returned as it is."""
    return as_array(a, requested(dtype))


@export("experimental.numpy.asanyarray")
def asanyarray(a, dtype=None):
    """`a` as a tensor: the same as `asarray`."""
    return asarray(a, dtype)


@export("experimental.numpy.ascontiguousarray")
def ascontiguousarray(a, dtype=None):
    """`a` as a tensor of at least one dimension."""
    return array(a, dtype, ndmin=1)


@export("experimental.numpy.copy")
def copy(a):
    """A new tensor with the value of `a`."""
    return array(a, copy=True)


# What arrays answer about themselves ---------------------------------------------------------------------


@export("experimental.numpy.shape")
def shape(a):
    """The static shape, a `tf.TensorShape`."""
    return as_array(a).shape


@export("experimental.numpy.ndim")
def ndim(a):
    """The number of dimensions; -1 if it is unknown while a graph is built."""
    return as_array(a).ndim


@export("experimental.numpy.isscalar")
def isscalar(num):
    """Whether an array has no dimensions."""
    return ndim(num) == 0


@export("experimental.numpy.size")
def size(x, axis=None):
    """The number of elements: an integer if the shape is known, else a tensor.

    Raises:
      NotImplementedError: if `axis` is given.
    """
    if axis is not None:
        raise NotImplementedError("tf.experimental.numpy.size has no axis: use tf.shape(x)[axis]")
    if isinstance(x, (int, float, np.int32, np.int64, np.float32, np.float64)):
        return 1
    x = as_array(x)
    if x.shape.is_fully_defined():
        return np.prod(x.shape.as_list(), dtype=int)
    return array_api.size(x)
