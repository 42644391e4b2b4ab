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
from tfshim.shapes import TensorShape
from tfshim.tensor import EagerTensor, SymbolicTensor, Tensor, host_tensor

_INT32_MIN, _INT32_MAX = -(2**31), 2**31 - 1
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
_KIND_OF = {bool: "bool", int: "int", float: "float", complex: "complex", str: "string", bytes: "string"}
# Python kinds that each DType category accepts when a dtype is requested.
_ACCEPTS = {
    "bool": ("bool",),
    "int": ("int",),
    "float": ("int", "float", "bool"),
    "complex": ("int", "float", "complex", "bool"),
    "string": ("string",),
}
# TensorFlow takes True for 1 where these are asked for, and only these.
_BOOL_AS_INT = (dtypes.int32, dtypes.int64)


class NotConvertible(Exception):
    """The value has no tensor form under the requested dtype; carries what TensorFlow would raise."""


def _category(dtype: DType) -> str:
    if dtype.is_floating:
        return "float"
    if dtype.is_integer or dtype.is_quantized:
        return "int"
    if dtype is dtypes.bool:
        return "bool"
    return "complex" if dtype.is_complex else "string"


def _refuse(value: Any, dtype: DType | None) -> TypeError:
    shown = value if not isinstance(value, np.ndarray) else value.tolist()
    mode = "EagerTensor of dtype" if context.graph is None else "a tensor of dtype"
    return TypeError(f"Cannot convert {shown!r} to {mode} {dtype.name if dtype else '?'}")


def host_array(value: Any, dtype: DType | None = None) -> np.ndarray:
    """A NumPy array that nobody else can write to, with TensorFlow's dtype rules.

    Python integers become int32 (int64 where they do not fit), floats float32; NumPy values keep their dtype. With
    `dtype`, Python values must fit its kind (TypeError: no float to an integer) and arrays are cast.
    """
    kind = type(value)
    if kind is float or kind is int or kind is bool:
        return _scalar(value, kind, dtype)
    if isinstance(value, np.ndarray):
        return _from_numpy(value, dtype)
    if isinstance(value, np.generic):
        return _from_numpy(np.asarray(value), dtype)
    if isinstance(value, (str, bytes)):
        if dtype is not None and dtype is not dtypes.string:
            raise _refuse(value, dtype)
        array = np.empty((), object)
        array[()] = value.encode() if isinstance(value, str) else bytes(value)
        return array
    if isinstance(value, (bool, int, float, complex)):
        base = next(t for t in (bool, int, float, complex) if isinstance(value, t))
        return _scalar(base(value), base, dtype)
    if isinstance(value, (list, tuple, range)) or _is_sequence(value):
        return _from_sequence(value, dtype)
    if hasattr(value, "__array__"):
        return _from_numpy(np.asarray(value), dtype)
    refusal = f"Attempt to convert a value ({value!r}) with an unsupported type ({type(value)}) to a Tensor."
    raise ValueError(refusal) if value is None else _unconvertible(refusal)


def _unconvertible(message: str) -> Exception:
    # The same values are refused in both modes, by different classes as in TensorFlow.
    return ValueError(message) if context.graph is None else TypeError(message)


def _is_sequence(value: Any) -> bool:
    from collections.abc import Sequence

    return isinstance(value, Sequence)


def _scalar(value: Any, kind: type, dtype: DType | None) -> np.ndarray:
    if dtype is None:
        if kind is float:
            return np.asarray(value, np.float32)
        if kind is bool:
            return np.asarray(value, np.bool_)
        if kind is int:
            if _INT32_MIN <= value <= _INT32_MAX:
                return np.asarray(value, np.int32)
            if _INT64_MIN <= value <= _INT64_MAX:
                return np.asarray(value, np.int64)
            raise ValueError(f"Attempt to convert a value ({value}) with an unsupported type ({kind}) to a Tensor.")
        return np.asarray(value, np.complex128)
    category = _category(dtype)
    if _KIND_OF[kind] not in _ACCEPTS[category] and not (kind is bool and dtype in _BOOL_AS_INT):
        raise _refuse(value, dtype)
    if category == "int":
        return _integers(value, dtype)
    return np.asarray(value, dtype.as_numpy_dtype)


def _integers(value: Any, dtype: DType) -> np.ndarray:
    numpy_dtype = dtype.as_numpy_dtype
    try:
        wide = np.asarray(value, np.int64)
    except OverflowError:
        try:
            wide = np.asarray(value, np.uint64)
        except OverflowError:
            raise _refuse(value, dtype) from None
    if dtype in (dtypes.int32, dtypes.int64) and wide.dtype == np.uint64:
        raise _refuse(value, dtype)
    if dtype is dtypes.int32 and wide.size and (wide.min() < _INT32_MIN or wide.max() > _INT32_MAX):
        raise _refuse(value, dtype)
    return wide.astype(numpy_dtype)


def _from_numpy(array: np.ndarray, dtype: DType | None) -> np.ndarray:
    kind = array.dtype.kind
    if kind in "USO":
        if kind == "O":
            return _from_sequence(array.tolist(), dtype) if not _all_strings(array) else _bytes_array(array)
        if dtype is not None and dtype is not dtypes.string:
            raise _refuse(array, dtype)
        return _bytes_array(array)
    try:
        own = dtypes.of(array.dtype)
    except TypeError:
        raise ValueError(
            f"Failed to convert a NumPy array to a Tensor (Unsupported numpy type {array.dtype})."
        ) from None
    target = own if dtype is None else dtype
    if target is dtypes.string:
        raise _refuse(array, dtype)
    return np.array(array, dtype=target.as_numpy_dtype, copy=True, order="C", subok=False)


def _all_strings(array: np.ndarray) -> bool:
    return all(isinstance(v, (str, bytes)) for v in array.ravel())


def _bytes_array(array: np.ndarray) -> np.ndarray:
    result = np.empty(array.shape, object)
    flat = result.reshape(-1)
    for i, item in enumerate(array.ravel().tolist()):
        flat[i] = item.encode() if isinstance(item, str) else item
    return result


def _from_sequence(value: Any, dtype: DType | None) -> np.ndarray:
    leaves: list[Any] = []
    shape = _collect(value, leaves)
    if not leaves:
        if dtype is dtypes.string:
            return np.empty(shape, object)
        return np.empty(shape, (dtype or dtypes.float32).as_numpy_dtype)
    first = leaves[0]
    if isinstance(first, (np.ndarray, np.generic)) and any(isinstance(v, np.ndarray) and v.ndim for v in leaves):
        shapes = {np.shape(v) for v in leaves}
        if len(shapes) > 1:
            raise ValueError("Can't convert non-rectangular Python sequence to Tensor.")
        stacked = np.stack([np.asarray(v) for v in leaves]).reshape(shape + shapes.pop())
        return _from_numpy(stacked, dtype or _sequence_dtype(leaves, value))
    target = dtype or _sequence_dtype(leaves, value)
    category = _category(target)
    kinds = {_kind(v) for v in leaves}
    accepted = {*_ACCEPTS[category], "bool"} if target in _BOOL_AS_INT else {*_ACCEPTS[category]}
    if dtype is not None and not kinds <= accepted:
        raise _refuse(value, dtype)
    if category == "string":
        return _bytes_array(np.array(leaves, object).reshape(shape))
    if category == "int":
        return _integers([int(v) for v in leaves], target).reshape(shape)
    return np.array(leaves, target.as_numpy_dtype).reshape(shape)


def _collect(value: Any, leaves: list[Any]) -> tuple[int, ...]:
    """Appends the leaves of a nested sequence and returns its shape; ValueError if it is ragged."""
    if isinstance(value, (str, bytes)) or not (isinstance(value, (list, tuple, range)) or _is_sequence(value)):
        leaves.append(value)
        return ()
    if not len(value):
        return (0,)
    shapes = {_collect(v, leaves) for v in value}
    if len(shapes) > 1:
        raise ValueError("Can't convert non-rectangular Python sequence to Tensor.")
    return (len(value), *shapes.pop())


def _kind(leaf: Any) -> str:
    for base, kind in _KIND_OF.items():
        if isinstance(leaf, base):
            return kind
    if isinstance(leaf, (np.ndarray, np.generic)):
        return {"b": "bool", "i": "int", "u": "int", "c": "complex", "S": "string", "U": "string"}.get(
            leaf.dtype.kind, "float"
        )
    raise _unconvertible(
        f"Attempt to convert a value ({leaf!r}) with an unsupported type ({type(leaf)}) to a Tensor."
    )


def _sequence_dtype(leaves: list[Any], value: Any) -> DType:
    kinds = [_kind(v) for v in leaves]
    present = set(kinds)
    mixed = _unconvertible("Can't convert Python sequence with mixed types to Tensor.")
    if "string" in present:
        if len(present) > 1:
            raise mixed
        return dtypes.string
    if "complex" in present:
        return dtypes.complex128
    if "float" in present:
        if all(isinstance(v, np.generic) for v in leaves) and all(v.dtype == np.float64 for v in leaves):
            return dtypes.float64
        if kinds[0] == "bool":
            raise mixed
        return dtypes.float32
    if present == {"bool"}:
        return dtypes.bool
    if kinds[0] == "bool":
        raise mixed
    numbers = [int(v) if np.ndim(v) == 0 else np.asarray(v) for v in leaves]
    fits = all(_INT32_MIN <= np.min(n) and np.max(n) <= _INT32_MAX for n in numbers)
    return dtypes.int32 if fits else dtypes.int64


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


def convert_to_tensor(value: Any, dtype: Any = None, name: str | None = None, hint: DType | None = None) -> Tensor:
    """`value` as a Tensor of the current mode: a captured or constant node while a graph is being built.

    Args:
      value: anything convertible.
      dtype: required DType, or None.
      name: name of the constant, in graphs.
      hint: preferred DType: used if the value converts to it, silently not otherwise.
    """
    if isinstance(value, Tensor):
        if dtype is not None:
            value.__tf_tensor__(dtype)
        graph = context.graph
        return value if graph is None else graph.admit(value)
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
    if isinstance(value, TensorShape):
        return _admit(host_tensor(_shape_array(value, dtype or (hint if hint is dtypes.int64 else None))))
    if isinstance(value, dtypes.DType):
        raise TypeError(f"Cannot convert {value!r} to a tensor")
    if isinstance(value, (list, tuple)) and _holds_tensor(value):
        return _pack(value, dtype or None, hint)
    if hint is not None and dtype is None:
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


def _shape_array(shape: TensorShape, dtype: DType | None) -> np.ndarray:
    if not shape.is_fully_defined():
        raise ValueError(f"Cannot convert a partially known TensorShape {shape} to a Tensor.")
    sizes = shape.as_list()
    if dtype is None:
        dtype = dtypes.int64 if any(s > _INT32_MAX for s in sizes) else dtypes.int32
    if dtype not in (dtypes.int32, dtypes.int64):
        raise TypeError(f"Cannot convert a TensorShape to dtype {dtype.name}")
    return np.array(sizes, dtype.as_numpy_dtype)


def _holds_tensor(value: Any) -> bool:
    for item in value:
        if isinstance(item, Tensor) or hasattr(type(item), "__tf_tensor__"):
            return True
        if isinstance(item, (list, tuple)) and _holds_tensor(item):
            return True
    return False


def _pack(value: Any, dtype: DType | None, hint: DType | None) -> Tensor:
    """Stacks a nested list that contains tensors; Python numbers adapt to the tensors' dtype."""
    from tfshim.ops import op

    target = dtype or _tensor_dtype(value) or hint
    rows = [
        _pack(v, target, None)
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
