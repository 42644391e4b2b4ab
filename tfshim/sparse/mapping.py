"""`tf.map_fn` over the rows of sparse tensors, and what it collects when its function returns sparse tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim import dtypes
from tfshim.control_flow.tensor_array import TensorArray
from tfshim.ops import op
from tfshim.sparse.arguments import as_sparse
from tfshim.sparse.structure import slice as slice_of
from tfshim.sparse.tensor import SparseTensor, SparseTensorSpec
from tfshim.tensor import Tensor

_concat = op("ConcatV2")


def row_reader(sparse: SparseTensor) -> Callable[[Any], SparseTensor]:
    """The function from a row's number to the row, a SparseTensor of one dimension less."""

    def read(i: Any) -> SparseTensor:
        start = _concat([_vector(i), op("ZerosLike")(sparse.dense_shape[1:])], 0)
        size = _concat([_vector(1), sparse.dense_shape[1:]], 0)
        found = slice_of(sparse, start, size)
        row = SparseTensor(found.indices[:, 1:], found.values, sparse.dense_shape[1:])
        row.set_shape(sparse.shape[1:])
        return row

    return read


def row_count(sparse: SparseTensor) -> Tensor:
    """The number of rows, int32."""
    return op("Cast")(sparse.dense_shape[0], DstT=dtypes.int32)


def _vector(number: Any) -> Tensor:
    return op("Reshape")(op("Cast")(number, DstT=dtypes.int64), [1])


class SparseResults:
    """The results of one spec: their values, their indices behind the number of the call, and their shapes."""

    def __init__(self, spec: SparseTensorSpec, length: Any):
        self.spec, self.length = spec, length
        rank = spec.shape.rank
        self.arrays = [
            _array(dtypes.int64, length, [None, None if rank is None else rank + 1]),
            _array(spec.dtype, length, [None]),
            _array(dtypes.int64, length, [rank]),
        ]

    def write(self, arrays: list[TensorArray], i: Any, value: Any) -> list[TensorArray]:
        """The arrays with the result of call number `i`."""
        value = as_sparse(value)
        if value.dtype is not self.spec.dtype:
            raise TypeError(f"The function returned {value.dtype.name}, {self.spec.dtype.name} was declared")
        calls = op("Fill")(op("Shape")(value.indices[:, :1]), op("Cast")(i, DstT=dtypes.int64))
        parts = [_concat([calls, value.indices], 1), value.values, value.dense_shape]
        return [array.write(i, part) for array, part in zip(arrays, parts, strict=True)]

    def finish(self, arrays: list[TensorArray], length: int | None) -> SparseTensor:
        """The sparse tensor of all results; its shape has room for the greatest of them."""
        greatest = op("Max")(arrays[2].stack(), [0])
        shape = _concat([_vector(self.length), greatest], 0)
        result = SparseTensor(arrays[0].concat(), arrays[1].concat(), shape)
        result.set_shape([length, *self.spec.shape.as_list()] if self.spec.shape.rank is not None else None)
        return result


def _array(dtype: Any, length: Any, shape: Any) -> TensorArray:
    return TensorArray(dtype, size=length, dynamic_size=False, infer_shape=False, element_shape=shape)
