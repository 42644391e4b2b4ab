"""What `tf.map_fn` collects when its function returns tensors of varying size or ragged tensors."""

from __future__ import annotations

from typing import Any

from tfshim.context import context
from tfshim.control_flow.tensor_array import TensorArray
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import DType
from tfshim.errors import InvalidArgumentError
from tfshim.ops import op
from tfshim.ragged import index
from tfshim.ragged.row_partition import of_splits
from tfshim.ragged.spec import RaggedTensorSpec
from tfshim.ragged.tensor import RaggedTensor, is_ragged, with_partitions


class RaggedResults:
    """The results of one spec: their flat values, the row lengths of each partition, and the number of rows of each."""

    def __init__(self, spec: RaggedTensorSpec, length: Any):
        self.spec = spec
        inner = spec.shape[spec.ragged_rank + 1 :] if spec.shape.rank is not None else None
        splits = spec.row_splits_dtype
        self.arrays = [
            _array(spec.dtype, length, None if inner is None else [None, *inner.as_list()]),
            _array(splits, length, []),
            *[_array(splits, length, [None]) for _ in range(spec.ragged_rank)],
        ]

    def write(self, arrays: list[TensorArray], i: Any, value: Any) -> list[TensorArray]:
        """The arrays with the result of call number `i`."""
        spec = self.spec
        if spec.ragged_rank and not (is_ragged(value) and value.ragged_rank == spec.ragged_rank):
            raise ValueError(f"The function returned {value!r}, which is not of the declared type {spec}")
        if not spec.ragged_rank:
            value = convert_to_tensor(value, spec.dtype)
            if value.shape.rank == 0:
                problem = f"The rows of a ragged tensor must have rank >= 1; the function returned {value!r}"
                raise InvalidArgumentError(None, None, problem) if context.graph is None else ValueError(problem)
            parts = [value, index.size(value, spec.row_splits_dtype)]
        else:
            value = value.with_row_splits_dtype(spec.row_splits_dtype)
            parts = [value.flat_values, value.nrows(), *value.nested_row_lengths()]
        if parts[0].dtype is not spec.dtype:
            raise TypeError(f"The function returned {parts[0].dtype.name}, {spec.dtype.name} was declared")
        return [array.write(i, part) for array, part in zip(arrays, parts, strict=True)]

    def finish(self, arrays: list[TensorArray], length: int | None) -> RaggedTensor:
        """The ragged tensor of all results."""
        spec = self.spec
        if length == 0:
            parts = [_nothing(spec.dtype, spec.shape[spec.ragged_rank + 1 :].as_list())]
            parts += [_nothing(spec.row_splits_dtype, [])] * (spec.ragged_rank + 1)
        else:
            parts = [arrays[0].concat(), arrays[1].stack(), *[a.concat() for a in arrays[2:]]]
        flat, *lengths = parts
        if length is not None:
            lengths[0].set_shape([length])
        return with_partitions(flat, [of_splits(index.splits_of_lengths(n)) for n in lengths])


def _array(dtype: DType, length: Any, shape: Any) -> TensorArray:
    return TensorArray(dtype, size=length, dynamic_size=False, infer_shape=False, element_shape=shape)


def _nothing(dtype: DType, inner: list[int | None]) -> Any:
    return op("Fill")(
        [0, *[size or 0 for size in inner]], convert_to_tensor("" if dtype.name == "string" else 0, dtype)
    )
