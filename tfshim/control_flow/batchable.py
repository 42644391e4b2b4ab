"""`tf.map_fn` over values that say themselves how they are stacked, such as extension types, and collecting them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim.control_flow.tensor_array import TensorArray
from tfshim.tensor import Tensor
from tfshim.type_spec import BatchableTypeSpec


def encoding(value: Any) -> list[Tensor]:
    """The tensors of a batch, which can be taken apart along their first axes."""
    return value._type_spec._to_batched_tensor_list(value)


def reader(value: Any, readers: list[Callable[[Any], Tensor]]) -> Callable[[Any], Any]:
    """The function from a number to the value of that number, made of the slices of the encoding."""
    spec = value._type_spec._unbatch()
    return lambda i: spec._from_compatible_tensor_list([read(i) for read in readers])


class BatchableResults:
    """The results of one spec: the tensors of their encodings."""

    def __init__(self, spec: BatchableTypeSpec, length: Any):
        self.spec = spec
        self.arrays = [
            TensorArray(part.dtype, size=length, dynamic_size=False, infer_shape=False, element_shape=part.shape)
            for part in spec._flat_tensor_specs
        ]

    def write(self, arrays: list[TensorArray], i: Any, value: Any) -> list[TensorArray]:
        """The arrays with the result of call number `i`."""
        if not self.spec.is_compatible_with(value):
            raise ValueError(f"The function returned {value!r}, which is not of the declared type {self.spec}")
        parts = self.spec._to_tensor_list(value)
        return [array.write(i, part) for array, part in zip(arrays, parts, strict=True)]

    def finish(self, arrays: list[TensorArray], length: int | None) -> Any:
        """The batch of all results."""
        return self.spec._batch(length)._from_compatible_tensor_list([array.stack() for array in arrays])
