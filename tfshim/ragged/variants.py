"""Ragged tensors as elements of datasets: each is one object, so that they can be put together and taken apart.

In graphs they are the variants of TensorFlow's ops.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.dtypes import DType
from tfshim.ops import op
from tfshim.ragged.row_partition import of_splits
from tfshim.ragged.tensor import is_ragged, with_partitions
from tfshim.tensor import EagerTensor, SymbolicTensor, Tensor, host_tensor


class Encoded:
    """Holds a ragged or plain tensor: to NumPy it is one object and no sequence."""

    __slots__ = ("value",)

    def __init__(self, value: Any):
        self.value = value


def encode(value: Any, batched: bool) -> Tensor:
    """A variant: a scalar for the value, or a vector of its rows."""
    splits, flat = (value.nested_row_splits, value.flat_values) if is_ragged(value) else ((), value)
    if any(isinstance(t, SymbolicTensor) for t in (*splits, flat)):
        return op("RaggedTensorToVariant")(list(splits), flat, batched_input=batched)
    if not batched:
        held = np.empty((), object)
        held[()] = Encoded(value)
    else:
        items = [Encoded(row) for row in rows(value)]
        held = np.empty(len(items), object)
        held[:] = items
    return EagerTensor(None, held, dtypes.variant)


def rows(value: Any) -> Iterator[Any]:
    """The rows of a ragged tensor, without running ops: they would be compiled for each length."""
    ends = value.row_splits.host_value().tolist()
    for start, end in zip(ends, ends[1:], strict=False):
        yield _part(value.values, start, end)


def _part(value: Any, start: int, end: int) -> Any:
    if not is_ragged(value):
        return host_tensor(value.host_value()[start:end], value.dtype)
    splits = value.row_splits.host_value()[start : end + 1]
    inner = _part(value.values, int(splits[0]), int(splits[-1]))
    return with_partitions(inner, [of_splits(host_tensor(splits - splits[0]))])


def decode(variant: Tensor, dtype: DType, ragged_rank: int, splits_dtype: DType) -> Any:
    """The value of a variant: that of a scalar, or that whose rows a vector holds."""
    if isinstance(variant, SymbolicTensor):
        return _decoded(variant, dtype, ragged_rank, splits_dtype)
    held = variant._host  # type: ignore[attr-defined]
    if held.ndim == 0:
        return held[()].value
    if ragged_rank <= 0:  # rows that were taken out of a ragged tensor, down to its values
        return host_tensor(np.array([item.value.host_value() for item in held], dtype.as_numpy_dtype), dtype)
    return join([item.value for item in held], dtype, ragged_rank, splits_dtype)


def _decoded(variant: Tensor, dtype: DType, ragged_rank: int, splits_dtype: DType) -> Any:
    # Of ragged rank 0, and -1 for rows that are scalars, it is the values alone.
    rank = max(ragged_rank, 0)
    of_items = rank - (variant.shape.rank or 0)
    splits, values = op("RaggedTensorFromVariant")(
        variant, input_ragged_rank=of_items, output_ragged_rank=rank, Tvalues=dtype, Tsplits=splits_dtype
    )
    return with_partitions(values, [of_splits(s) for s in splits]) if splits else values


def join(values: list[Any], dtype: DType, ragged_rank: int, splits_dtype: DType) -> Any:
    """The ragged tensor whose rows are tensors, or ragged tensors of one partition less."""
    lengths = [np.array([v.row_splits.shape[0] - 1 if is_ragged(v) else v.shape[0] for v in values], np.int64)]
    for level in range(ragged_rank - 1):
        lengths.append(np.concatenate([np.diff(v.nested_row_splits[level].host_value()) for v in values]))
    flats = [(v.flat_values if is_ragged(v) else v).host_value() for v in values]
    flat = host_tensor(np.concatenate(flats) if flats else np.zeros(0, dtype.as_numpy_dtype), dtype)
    partitions = []
    for each in lengths:
        splits = np.concatenate([[0], np.cumsum(each)]).astype(splits_dtype.as_numpy_dtype)
        partitions.append(of_splits(host_tensor(splits)))
    return with_partitions(flat, partitions)
