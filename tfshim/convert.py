"""Conversion of anything to tensors: Python values, NumPy and JAX arrays, registered types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from tfshim import dtypes
from tfshim.context import context
from tfshim.dtypes import DType
from tfshim.export import export
from tfshim.host_values import host_array, leaf_types, plain_numbers
from tfshim.shapes import Dimension, TensorShape, from_dims
from tfshim.tensor import EagerTensor, SymbolicTensor, Tensor, host_tensor

# Registered conversions ----------------------------------------------------------------------------------

_registered: list[tuple[int, int, tuple[type, ...], Callable[..., Any]]] = []


@export("register_tensor_conversion_function")
def register_tensor_conversion_function(
    base_type: type | tuple[type, ...], conversion_func: Callable[..., Any], priority: int = 100
) -> None:
    """Registers how instances of `base_type` become tensors.

    Args:
      base_type: a class or a tuple of classes.
      conversion_func: `(value, dtype, name, as_ref) -> Tensor`, or NotImplemented to let others try.
      priority: lower ones are tried first; equal ones in order of registration.

    Raises:
      TypeError: for arguments that are not a class or not callable, or a type that TensorFlow converts itself.
    """
    types = base_type if isinstance(base_type, tuple) else (base_type,)
    if not types or not all(isinstance(t, type) for t in types):
        raise TypeError(f"Argument `base_type` must be a type or a tuple of types. Obtained: {base_type}")
    if not callable(conversion_func):
        raise TypeError(f"Argument `conversion_func` must be callable. Received {conversion_func}.")
    for t in types:
        if issubclass(t, (int, float, np.generic, np.ndarray)):
            raise TypeError(f"Cannot register conversions for Python numeric types and NumPy scalars and arrays: {t}.")
    _registered.append((priority, len(_registered), types, conversion_func))
    _registered.sort(key=lambda entry: entry[:2])


def _convert_registered(value: Any, dtype: DType | None, name: str | None) -> Any:
    for _, _, types, fn in _registered:
        if isinstance(value, types):
            result = fn(value, dtype=dtype, name=name, as_ref=False)
            if result is NotImplemented:
                continue
            if not isinstance(result, Tensor):
                raise RuntimeError(f"The conversion function {fn} for type {types} returned a non-Tensor: {result!r}")
            if dtype is not None and not dtype.is_compatible_with(result.dtype):
                raise RuntimeError(
                    f"The conversion function {fn} for type {types} returned dtype {result.dtype.name}, "
                    f"{dtype.name} was requested"
                )
            return result
    return NotImplemented


def convert_to_tensor(
    value: Any,
    dtype: Any = None,
    name: str | None = None,
    hint: DType | None = None,
    own: frozenset[DType] | None = None,
) -> Tensor:
    """`value` as a Tensor of the current mode: a captured or constant node while a graph is being built.

    Args:
      value: anything convertible.
      dtype: required DType, or None.
      name: name of the constant, in graphs.
      hint: preferred DType: used if the value converts to it, silently not otherwise.
      own: dtypes that count for more than the hint, where the value has one of them by itself.
    """
    if isinstance(value, Tensor):
        if dtype is not None:
            value.__tf_tensor__(dtype)
        graph = context.graph
        if graph is None or (isinstance(value, SymbolicTensor) and not graph.building_function):
            # What is made of a tensor of another plain graph is made in that graph.
            return value
        return graph.admit(value)
    if dtype is not None:
        dtype = dtypes.as_dtype(dtype)
    convert = getattr(type(value), "__tf_tensor__", None)
    if convert is not None:
        if hint is not None and dtype is None:
            try:
                return _admit(convert(value, hint, name))
            except (TypeError, ValueError):
                return _admit(convert(value, None, name))
        return _admit(convert(value, dtype, name))
    if _registered:
        converted = _convert_registered(value, dtype, name)
        if converted is not NotImplemented:
            return _admit(converted)
    if isinstance(value, jax.Array):
        return _admit(_from_jax(value, dtype))
    if isinstance(value, (TensorShape, Dimension)):
        sizes = _sizes_array(value, dtype or (hint if hint is dtypes.int64 else None))
        graph = context.graph
        return host_tensor(sizes) if graph is None else graph.constant(sizes, None, name or "shape_as_tensor")
    if isinstance(value, dtypes.DType):
        raise (TypeError if context.graph is not None else ValueError)(f"Cannot convert {value!r} to a tensor")
    array = None
    if isinstance(value, (list, tuple)):
        array = plain_numbers(value, dtype or hint)
        if array is None and _holds_tensor(value):
            if dtype is None and hint is not None and not (own and _tensor_dtype(value) in own):
                try:
                    return _pack(value, hint)
                except (TypeError, ValueError):
                    pass
            return _pack(value, dtype)
    if type(value) is range and context.graph is not None:
        value = list(value)
    if array is not None:
        dtype = dtype or hint
    elif hint is not None and dtype is None:
        array = _own_array(value, own) if own else None
        if array is None:
            try:
                array = host_array(value, hint)
                dtype = hint
            except (TypeError, ValueError):
                array = host_array(value)
    else:
        array = host_array(value, dtype)
    graph = context.graph
    tensor = host_tensor(array, dtype)
    return tensor if graph is None else graph.constant(array, dtype, name or "Const")


def _own_array(value: Any, dtypes_taken: frozenset[DType]) -> np.ndarray | None:
    """The value with the dtype that it has by itself, if that is one of `dtypes_taken`."""
    try:
        array = host_array(value)
    except (TypeError, ValueError):
        return None
    return array if dtypes.of(array.dtype) in dtypes_taken else None


def _admit(tensor: Any) -> Any:
    graph = context.graph
    return tensor if graph is None or not isinstance(tensor, Tensor) else graph.admit(tensor)


def _from_jax(array: jax.Array, dtype: DType | None) -> EagerTensor:
    if isinstance(array, jax.core.Tracer):
        raise TypeError(
            "a JAX tracer was passed to a TensorFlow op: call TensorFlow code from JAX through tfshim.to_jax, which "
            "turns a function into a pure JAX function"
        )
    if dtype is not None and dtypes.of(array.dtype) is not dtype or array.weak_type:
        array = _strong(array, (dtype or dtypes.of(array.dtype)).as_numpy_dtype)
    return EagerTensor(array)


def _strong(array: jax.Array, numpy_dtype: Any) -> jax.Array:
    return jax.lax.convert_element_type(array, np.dtype(numpy_dtype))


def _sizes_array(value: TensorShape | Dimension, dtype: DType | None) -> np.ndarray:
    what = f"{type(value).__name__} {value}"
    sizes = value.value if isinstance(value, Dimension) else value.as_list() if value.is_fully_defined() else None
    if sizes is None:
        known = "unknown" if isinstance(value, Dimension) else "a partially known"
        raise ValueError(f"Cannot convert {known} {what} to a Tensor.")
    array = np.array(sizes, np.int64)
    large = np.any(array > 2**31 - 1)
    dtype = dtype or (dtypes.int64 if large else dtypes.int32)
    if dtype not in (dtypes.int32, dtypes.int64):
        raise TypeError(f"Cannot convert {what} to dtype {dtype.name}: only to int32 and int64")
    if dtype is dtypes.int32 and large:
        raise ValueError(f"Cannot convert {what} to dtype int32; a dimension is too large")
    return array.astype(dtype.as_numpy_dtype)


def _holds_tensor(value: Any) -> bool:
    return any(issubclass(t, Tensor) or hasattr(t, "__tf_tensor__") for t in leaf_types(value))


def _pack(value: Any, dtype: DType | None) -> Tensor:
    """Stacks a nested list that contains tensors; Python numbers adapt to the tensors' dtype.

    To a required dtype the tensors are cast, as TensorFlow does in lists only.
    """
    from tfshim.ops import op

    if dtype is not None and _tensor_dtype(value) is not dtype:
        value = _cast_tensors(value, dtype)
    if context.graph is None and all(isinstance(v, Tensor) for v in value):
        return op("Pack")(value, axis=0)
    target = dtype or _tensor_dtype(value)
    rows = [
        _pack(v, target)
        if isinstance(v, (list, tuple)) and _holds_tensor(v)
        else convert_to_tensor(v, target if not isinstance(v, Tensor) else None)
        for v in value
    ]
    for row in rows:
        if target is not None and row.dtype != target:
            raise TypeError(
                f"Cannot convert a list containing a tensor of dtype {row.dtype!r} to {target!r} (Tensor is: {row!r})"
            )
    return op("Pack")(rows, axis=0)


def _cast_tensors(value: Any, dtype: DType) -> Any:
    """Nested lists with their tensors cast to `dtype`."""
    from tfshim.ops import op

    if isinstance(value, (list, tuple)):
        return [_cast_tensors(v, dtype) for v in value]
    return op("Cast")(value, DstT=dtype) if hasattr(type(value), "__tf_tensor__") else value


def _tensor_dtype(value: Any) -> DType | None:
    for item in value:
        if isinstance(item, (list, tuple)):
            found = _tensor_dtype(item)
            if found is not None:
                return found
        elif hasattr(type(item), "__tf_tensor__"):
            return item.dtype
    return None


def constant_value(tensor: Any) -> np.ndarray | None:
    """The value of a tensor if it is known without running anything: an eager tensor's, or a folded constant's."""
    if isinstance(tensor, EagerTensor):
        return None if tensor._cell is not None else tensor.host_value()
    if isinstance(tensor, SymbolicTensor):
        return tensor.graph.constant_value(tensor)
    return None


def value_as_shape(tensor: Any) -> TensorShape:
    """The shape that an integer vector stands for, as far as it is known."""
    value: Any = constant_value(tensor)
    if value is not None:
        return from_dims(tuple([None if size < 0 else int(size) for size in value]))
    known = tensor.graph.partial_value(tensor) if isinstance(tensor, SymbolicTensor) else None
    if known is None and tensor.shape.rank == 1 and tensor.shape[0] is not None:
        known = [None] * tensor.shape[0]
    return from_dims(None if known is None else tuple(known))
