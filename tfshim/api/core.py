"""Constants, conversion and what tensors answer about themselves."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim import convert, dtypes
from tfshim.api import math as math_api
from tfshim.api import slicing
from tfshim.api.linalg import matmul
from tfshim.context import context
from tfshim.export import export, is_a
from tfshim.numpy_api.weak_tensor import WeakTensor, plain
from tfshim.scopes import constant_tensor
from tfshim.shapes import TensorShape, as_shape
from tfshim.tensor import EagerTensor, SymbolicTensor, Tensor


@export("convert_to_tensor")
def convert_to_tensor(value: Any, dtype: Any = None, dtype_hint: Any = None, name: str | None = None) -> Tensor:
    """`value` as a tensor.

    Args:
      value: Tensor, variable, Python number or string, list, NumPy or JAX array, or a registered type.
      dtype: required dtype.
      dtype_hint: preferred dtype, used if the value converts to it.
      name: name of the constant, in a graph.

    Raises:
      TypeError: the value does not fit `dtype`.
      ValueError: the value is not convertible, or is a tensor of another dtype.
    """
    if type(value) is EagerTensor and dtype is None and context.graph is None:
        return value
    hint = None if dtype_hint is None else dtypes.as_dtype(dtype_hint)
    return convert.convert_to_tensor(value, dtype, name, hint)


@export("constant")
def constant(value: Any, dtype: Any = None, shape: Any = None, name: str = "Const") -> Tensor:
    """A constant tensor made of a Python value or an array; with `shape`, reshaped, or a scalar repeated.

    Raises:
      TypeError: the value does not fit `dtype` or `shape`.
      ValueError: the value is not convertible or ragged, or is a symbolic tensor.
    """
    if isinstance(value, EagerTensor):
        if dtype is not None and value.dtype != dtypes.as_dtype(dtype):
            raise TypeError(
                f"Expected tensor {value} with dtype {dtypes.as_dtype(dtype)!r}, but got dtype {value.dtype!r}."
            )
        if shape is None and context.graph is None:
            return value
        array, kind = value.host_value(), value.dtype
    elif isinstance(value, SymbolicTensor):
        raise TypeError(f"Expected any non-tensor type, but got a tensor instead: {value!r}")
    else:
        kind = None if dtype is None else dtypes.as_dtype(dtype)
        if isinstance(value, (list, tuple)) and convert._holds_tensor(value):
            refusal = f"Expected any non-tensor type, but got a tensor instead: {value!r}; use tf.stack"
            raise ValueError(refusal) if context.graph is None else TypeError(refusal)
        array = convert.plain_numbers(value, kind) if isinstance(value, (list, tuple)) else None
        if array is None and _needs_conversion(value):
            converted = convert.convert_to_tensor(value, kind)
            if shape is None:
                return converted
            array = converted.host_value()  # type: ignore[attr-defined]
        elif array is None:
            array = convert.host_array(value, kind)
    if shape is not None:
        array = _shaped(array, value, shape)
    graph = context.graph
    return constant_tensor(array, kind) if graph is None else graph.constant(array, kind, name)


_PLAIN = (int, float, complex, str, bytes, list, tuple, range, np.ndarray, np.generic, TensorShape, dtypes.DType)


def _needs_conversion(value: Any) -> bool:
    # Only what is not plain data goes through registered conversions; they may give any tensor.
    return not isinstance(value, _PLAIN)


def _shaped(array: np.ndarray, value: Any, shape: Any) -> np.ndarray:
    dims = as_shape(shape).as_list()
    if array.size == int(np.prod(dims)):
        return array.reshape(dims)
    if array.ndim == 0 or array.size == 1:
        return np.full(dims, array.reshape(())[()], array.dtype)
    if context.graph is not None:
        raise TypeError(f"Expected Tensor's shape: {tuple(dims)}, but got {array.shape}.")
    raise TypeError(
        "Eager execution of tf.constant with unsupported shape. "
        f"Tensor {array} (converted from {value}) has {array.size} "
        f"elements, but got `shape` {tuple(dims)} with {int(np.prod(dims))} elements)."
    )


@export("is_tensor")
def is_tensor(x: Any) -> bool:
    """True for tensors, variables, ragged and sparse tensors and indexed slices; not for other composite tensors."""
    if isinstance(x, (Tensor, WeakTensor)) or is_a(x, "IndexedSlices", "RaggedTensor", "SparseTensor"):
        return True
    return hasattr(x, "handle") and hasattr(x, "assign")


@export("is_symbolic_tensor")
def is_symbolic_tensor(tensor: Any) -> bool:
    """True for tensors without a value of their own: those of a graph being built."""
    return isinstance(tensor, SymbolicTensor)


@export("get_static_value")
def get_static_value(tensor: Any, partial: bool = False) -> Any:
    """The value of a tensor if constants and known shapes determine it, else None.

    With `partial`, an integer vector that is known in part gives an object array with None for the unknown. What is
    no tensor, variable or composite tensor is returned as it is.
    """
    if not is_tensor(tensor):
        return tensor
    if isinstance(tensor, SymbolicTensor) and partial:
        known = tensor.graph.partial_value(tensor)
        if known is None or None not in np.ravel(known):
            return None if known is None else np.array(known, tensor.dtype.as_numpy_dtype)
        parts = np.empty(len(known), object)
        for i, part in enumerate(known):
            parts[i] = None if part is None else np.array(part, tensor.dtype.as_numpy_dtype)
        return parts
    tensor = plain(tensor)
    value = convert.constant_value(tensor)
    if value is None:
        return None
    return value[()] if value.ndim == 0 and isinstance(tensor, EagerTensor) else value.copy()


def _matmul_of_other(self: Tensor, x: Any) -> Tensor:
    # As with all reflected operators, the tensor's dtype decides: a float64 array adapts to it.
    return matmul(convert.convert_to_tensor(x, dtype=self.dtype), self, name="matmul")


def _bind_operators() -> None:
    operators = {
        **math_api.TENSOR_OPERATORS,
        "__matmul__": lambda self, y: matmul(self, y, name="matmul"),
        "__rmatmul__": _matmul_of_other,
        "__getitem__": slicing.slice_tensor,
    }
    for name, fn in operators.items():
        setattr(Tensor, name, fn)
    Tensor.OVERLOADABLE_OPERATORS = set(operators)
    bind_symbolic_equality(operators["__eq__"], operators["__ne__"])


def bind_symbolic_equality(eq: Any, ne: Any) -> None:
    """Compares symbolic tensors by `eq` and `ne` in functions, and by identity in plain graphs."""
    setattr(SymbolicTensor, "__eq__", _by_identity_in_plain_graphs(eq, True))  # noqa: B010
    setattr(SymbolicTensor, "__ne__", _by_identity_in_plain_graphs(ne, False))  # noqa: B010


def _by_identity_in_plain_graphs(elementwise: Any, equal: bool) -> Any:
    def compare(self: SymbolicTensor, other: Any) -> Any:
        if self.graph.building_function:
            return elementwise(self, other)
        return (self is other) == equal

    return compare


_bind_operators()
