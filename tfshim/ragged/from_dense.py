"""Ragged tensors from plain and from sparse tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import DType
from tfshim.namespaces import resolve
from tfshim.ops import op
from tfshim.ragged import index
from tfshim.ragged.gathering import gather_ranges
from tfshim.ragged.row_partition import RowPartition
from tfshim.ragged.tensor import RaggedTensor, ragged
from tfshim.ragged.validation import Checks
from tfshim.tensor import Tensor, host_tensor


def from_tensor(tensor: Any, lengths: Any, padding: Any, ragged_rank: int, dtype: DType) -> RaggedTensor:
    """See `RaggedTensor.from_tensor`."""
    if dtype not in (dtypes.int32, dtypes.int64):
        raise ValueError("Argument `row_splits_dtype` must be int32 or int64")
    if lengths is not None and padding is not None:
        raise ValueError("Specify argument `lengths` or `padding`, but not both.")
    if not isinstance(ragged_rank, int):
        raise TypeError(f"Argument `ragged_rank` must be an int. Received {ragged_rank}.")
    if ragged_rank <= 0:
        raise ValueError(f"Argument `ragged_rank` must be greater than 0. Received {ragged_rank}.")
    if isinstance(tensor, RaggedTensor):
        raise ValueError("from_tensor does not take a RaggedTensor")
    tensor = convert_to_tensor(tensor, name="tensor")
    if tensor.shape.rank is not None:
        if tensor.shape.rank < 2:
            raise ValueError(
                f"The rank of a RaggedTensor must be greater than 1. `tensor` has rank {tensor.shape.rank}."
            )
        tensor.shape.with_rank_at_least(ragged_rank + 1)
    if isinstance(lengths, (list, tuple)) and lengths and not isinstance(lengths[0], (int, float)):
        if ragged_rank not in (1, len(lengths)):
            raise ValueError(
                f"If Argument `lengths` is a tuple of row_lengths, argument `ragged_rank` must be "
                f"len(lengths): {len(lengths)}. Received {ragged_rank}"
            )
        return _from_nested_lengths(tensor, [convert_to_tensor(n) for n in lengths], dtype)
    if ragged_rank > 1:
        return _from_inner(tensor, lengths, padding, ragged_rank, dtype)
    if lengths is None and padding is None:
        shape = op("Shape")(tensor, out_type=dtype)
        return _uniform_rows(tensor, index.size(tensor, dtype), shape[1], dtype)
    nrows, ncols = index.size(tensor, dtype), index.size(tensor, dtype, 1)
    if padding is not None:
        lengths = _lengths_before(tensor, convert_to_tensor(padding, tensor.dtype), dtype)
    else:
        lengths = convert_to_tensor(lengths, name="row_lengths", hint=dtype)
        if not lengths.dtype.is_integer:
            raise TypeError(f"Argument `lengths` must be of type integer. Received {lengths}, {lengths.dtype!r}")
        lengths.shape.assert_has_rank(1)
        tensor.shape[:1].assert_is_compatible_with(lengths.shape)
        lengths = _within(index.cast(lengths, dtype), ncols)
    starts = index.compute(lambda n, m: np.arange(n, dtype=n.dtype) * m, _multiples, nrows, ncols)
    limits = index.compute(lambda s, n: s + n, op("AddV2"), starts, lengths)
    return gather_ranges(_first_two_merged(tensor), starts, limits)


def _multiples(n: Tensor, each: Tensor) -> Tensor:
    return op("Mul")(index.arange(n), each)


def _within(lengths: Tensor, ncols: Tensor) -> Tensor:
    return index.compute(
        lambda n, c: np.clip(n, 0, c),
        lambda n, c: op("Maximum")(op("Minimum")(n, c), convert_to_tensor(0, n.dtype)),
        lengths,
        ncols,
    )


def _first_two_merged(tensor: Tensor) -> Tensor:
    shape = op("Shape")(tensor)
    merged = op("Reshape")(tensor, op("ConcatV2")([convert_to_tensor([-1], dtypes.int32), shape[2:]], 0))
    if tensor.shape.is_fully_defined() and 0 in tensor.shape.as_list():
        dims = tensor.shape.as_list()
        merged = op("Reshape")(tensor, [dims[0] * dims[1], *dims[2:]])
    return merged


def _uniform_rows(tensor: Tensor, nrows: Tensor, ncols: Tensor, dtype: DType) -> RaggedTensor:
    """Rows that are all of a tensor: ragged in name, as TensorFlow has it, when nothing says that they are uniform."""
    values = _first_two_merged(tensor)
    partition = RowPartition.from_uniform_row_length(ncols, nrows=nrows, validate=False, dtype=dtype)
    return ragged(values, partition)


def _lengths_before(tensor: Tensor, padding: Tensor, dtype: DType) -> Tensor:
    """The lengths of the rows without trailing padding."""
    tensor.shape[2:].assert_is_compatible_with(padding.shape)
    if context.graph is None:
        value, pad = tensor.host_value(), padding.host_value()
        data = (value != pad).any(axis=tuple(range(2, value.ndim)))
        last = data * np.arange(1, data.shape[1] + 1)
        return host_tensor(last.max(axis=1, initial=0).astype(dtype.as_numpy_dtype))
    differs = op("NotEqual")(tensor, padding)
    if tensor.shape.rank != 2:
        rank = op("Rank")(tensor)
        differs = op("Any")(differs, op("Range")(2, rank, 1))
    columns = index.arange(index.size(tensor, dtype, 1)) + convert_to_tensor(1, dtype)
    return op("Max")(
        op("ConcatV2")([op("Mul")(op("Cast")(differs, DstT=dtype), columns), _zero_column(tensor, dtype)], 1), 1
    )


def _zero_column(tensor: Tensor, dtype: DType) -> Tensor:
    return op("Fill")([index.size(tensor, dtypes.int32), 1], convert_to_tensor(0, dtype))


def _from_nested_lengths(tensor: Tensor, lengths: list[Tensor], dtype: DType) -> RaggedTensor:
    """One vector of lengths for each partition: what each keeps is cut further by the next."""
    outer = from_tensor(tensor, lengths[0], None, 1, dtype)
    if len(lengths) == 1:
        return outer
    inner = _from_nested_lengths(outer.values, lengths[1:], dtype)
    return outer.with_values(inner)


def _from_inner(tensor: Tensor, lengths: Any, padding: Any, ragged_rank: int, dtype: DType) -> RaggedTensor:
    """Ragged only at the last partition: those before it are uniform."""
    nrows, ncols = index.size(tensor, dtype), index.size(tensor, dtype, 1)
    values = _first_two_merged(tensor)
    if lengths is not None:
        lengths = op("Reshape")(convert_to_tensor(lengths), [-1])
    inner = from_tensor(values, lengths, padding, ragged_rank - 1, dtype)
    return ragged(inner, RowPartition.from_uniform_row_length(ncols, nrows=nrows, validate=False, dtype=dtype))


def ragged_inner_dimensions(rt: RaggedTensor) -> RaggedTensor:
    """The same values with all inner dimensions made partitions, so that the flat values are a vector."""
    flat = rt.flat_values
    rank = flat.shape.rank
    if rank is None:
        raise ValueError("the rank of the flat values must be known")
    if rank == 1:
        return rt
    return rt.with_flat_values(from_tensor(flat, None, None, rank - 1, rt.row_splits.dtype))


def from_sparse(st: Any, dtype: DType) -> RaggedTensor:
    """See `RaggedTensor.from_sparse`."""
    if type(st).__name__ not in ("SparseTensor", "SparseTensorValue"):
        raise TypeError(f"Argument `st_input` must be of type SparseTensor, but is of type {type(st).__name__}.")
    sparse: Any = resolve("SparseTensor")
    st = sparse.from_value(st)
    ranks = [shape.as_list()[-1] if shape.rank else None for shape in (st.dense_shape.shape, st.indices.shape)]
    if 2 not in ranks:
        raise ValueError(f"rank(st_input) must be 2, and known. Received shape {st.shape}")
    indices = index.cast(convert_to_tensor(st.indices), dtype)
    nrows = index.cast(convert_to_tensor(st.dense_shape), dtype)[0]
    made = RaggedTensor.from_value_rowids(st.values, indices[:, 0], nrows, validate=False)
    rows, columns = indices[:, 0], indices[:, 1]
    checks = Checks("RaggedTensor: SparseTensor is not right-ragged", True)
    checks.first_is_zero(columns)
    checks.every(
        lambda r, c: c[1:] == np.where(r[1:] == r[:-1], c[:-1] + 1, 0),
        lambda r, c: op("Equal")(c[1:], op("SelectV2")(op("Equal")(r[1:], r[:-1]), c[:-1] + 1, op("ZerosLike")(c[1:]))),
        rows,
        columns,
    )
    return ragged(made.values, made._row_partition.guarded(checks))
