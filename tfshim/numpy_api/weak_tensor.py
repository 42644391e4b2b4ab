"""Weak tensors: tensors whose type was nobody's choice, and gives way to others."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.errors import InvalidArgumentError, OperatorNotAllowedInGraphError
from tfshim.indexed_slices import IndexedSlices
from tfshim.shapes import from_dims
from tfshim.tensor import EagerTensor, Tensor
from tfshim.type_spec import BatchableTypeSpec, CompositeTensor, TensorSpec

_TYPES = (dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64, dtypes.complex128)


class _WeakGradient:
    """How the tape differentiates by weak tensors: by the tensor inside."""

    @staticmethod
    def get_gradient_components(value: WeakTensor) -> Tensor:
        """The tensor inside."""
        return value.tensor

    @staticmethod
    def replace_gradient_components(value: WeakTensor, component_grads: Tensor) -> WeakTensor:
        """The gradient as a weak tensor."""
        return WeakTensor(component_grads)


class WeakTensor(CompositeTensor):
    """A tensor of weak type: what `tf.constant(1)` makes in the modes "safe" and "all" of NumPy behaviour.

    Everything that a tensor can do it does through `tensor`, the plain tensor inside. It is no `tf.Tensor` itself.

    Raises:
      TypeError: for types other than int32, int64, float32, float64 and complex128.
    """

    def __init__(self, tensor: Tensor):
        if tensor.dtype not in _TYPES:
            raise TypeError(f"{tensor.dtype} not allowed as a weak type. The allowed types are {_TYPES}.")
        self.tensor = tensor

    dtype = property(lambda self: self.tensor.dtype, doc="The `tf.DType`.")
    shape = property(lambda self: self.tensor.shape, doc="The static shape.")
    is_tensor_like = True
    __array_priority__ = 100
    __composite_gradient__ = _WeakGradient

    @classmethod
    def from_tensor(cls, tensor: Tensor) -> WeakTensor:
        """The tensor as a weak one; InvalidArgumentError if it is none."""
        if isinstance(tensor, WeakTensor):
            return tensor
        if not isinstance(tensor, Tensor):
            raise InvalidArgumentError(
                None, None, f"WeakTensor can only be constructed from tf.Tensor or tf.WeakTensor, not {type(tensor)}."
            )
        return cls(tensor)

    def to_tensor(self) -> Tensor:
        """The plain tensor."""
        return self.tensor

    def __tf_tensor__(self, dtype: Any = None, name: str | None = None) -> Tensor:
        return self.tensor.__tf_tensor__(dtype, name)

    @property
    def _type_spec(self) -> WeakTensorSpec:
        return WeakTensorSpec(TensorSpec(self.shape, self.dtype))

    def __getattr__(self, name: str) -> Any:
        if name == "tensor":
            raise AttributeError(name)  # not there yet, while a copy is being made
        return getattr(self.tensor, name)

    def __repr__(self) -> str:
        return f"{repr(self.tensor)[:-1]}, weak=True>"

    def __str__(self) -> str:
        return f"{str(self.tensor)[:-1]}, weak=True)"

    def __format__(self, format_spec: str) -> str:
        return f"{format(self.tensor, format_spec)} weakly typed"

    def __iter__(self) -> Any:
        if not isinstance(self.tensor, EagerTensor):
            raise OperatorNotAllowedInGraphError(
                "Iterating over a symbolic `tf.WeakTensor` is not allowed: use tf.map_fn, or run the code eagerly."
            )
        return (WeakTensor(element) for element in self.tensor)

    def __hash__(self) -> int:
        return hash(self.tensor)

    def __copy__(self) -> WeakTensor:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> WeakTensor:
        return self

    def __len__(self) -> int:
        return len(self.tensor)

    def __bool__(self) -> bool:
        return bool(self.tensor)

    def __int__(self) -> int:
        return int(self.tensor)

    def __float__(self) -> float:
        return float(self.tensor)

    def __complex__(self) -> complex:
        return complex(self.tensor)

    def __index__(self) -> int:
        return self.tensor.__index__()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.tensor.__array__(dtype)


class WeakTensorSpec(BatchableTypeSpec):
    """The type of a weak tensor: the spec of its plain tensor."""

    __slots__ = ("tensor",)

    def __init__(self, tensor: TensorSpec):
        self.tensor = tensor

    value_type = property(lambda self: WeakTensor)
    shape = property(lambda self: self.tensor.shape, doc="The static shape.")
    dtype = property(lambda self: self.tensor.dtype, doc="The `tf.DType`.")

    def _serialize(self) -> Any:
        return (self.tensor,)

    def _batch(self, batch_size: int | None) -> WeakTensorSpec:
        return WeakTensorSpec(TensorSpec(from_dims((batch_size,)).concatenate(self.shape), self.dtype))

    def _unbatch(self) -> WeakTensorSpec:
        if self.shape.rank == 0:
            raise ValueError("A weak scalar has no first axis along which to take it apart.")
        return WeakTensorSpec(TensorSpec(self.shape[1:], self.dtype))

    @property
    def _component_specs(self) -> Any:
        return self.tensor

    def _to_components(self, value: Any) -> Any:
        return value.tensor

    def _from_components(self, components: Any) -> Any:
        return WeakTensor(components)


def weakened(value: Any, weak: bool) -> Any:
    """A result, or each of a list or tuple, as a weak tensor or as a plain one."""
    if isinstance(value, (list, tuple)):
        parts = [weakened(part, weak) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    if weak and not isinstance(value, IndexedSlices):
        return WeakTensor.from_tensor(value)
    return plain(value)


def plain(value: Any) -> Any:
    """What stands inside a weak tensor; anything else as it is."""
    return value.tensor if isinstance(value, WeakTensor) else value
