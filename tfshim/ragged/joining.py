"""Ragged tensors concatenated, stacked and gathered."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim.convert import constant_value, convert_to_tensor
from tfshim.dtypes import int32, int64
from tfshim.errors import InvalidArgumentError
from tfshim.ops import op
from tfshim.ragged import index
from tfshim.ragged.broadcasting import as_operands
from tfshim.ragged.from_dense import from_tensor
from tfshim.ragged.gathering import gather_rows
from tfshim.ragged.restructure import axis_of, expand_dims, uniform
from tfshim.ragged.row_partition import of_splits
from tfshim.ragged.tensor import RaggedTensor, is_ragged, ragged, ragged_or_dense, with_partitions
from tfshim.ragged.validation import Checks
from tfshim.tensor import Tensor


def concat(values, axis, name="concat"):
    """`tf.concat`."""
    return _join(values, axis, False)


def stack(values, axis=0, name=None):
    """Stacks ragged tensors (or tensors, whose sizes may differ) of one rank along a new dimension."""
    return _join(values, axis, True)


def _join(values: Any, axis: Any, stacked: bool) -> Any:
    if not isinstance(values, (list, tuple)):
        values = [values]
    if not values:
        raise ValueError("rt_inputs may not be empty.")
    values = as_operands(list(values))
    ranks = {v.shape.rank for v in values} - {None}
    if len(ranks) > 1:
        raise ValueError(f"Shapes of the values have different ranks: {sorted(ranks)}")
    rank = next(iter(ranks), None)
    axis = axis_of(axis, None if rank is None else rank + stacked)
    if stacked and len(values) == 1 and is_ragged(values[0]):
        return _ragged_at(expand_dims(values[0], axis), axis)
    if not stacked and len(values) == 1:
        return values[0]
    if not any(is_ragged(v) for v in values):
        if rank is None:
            raise ValueError("values must have a known rank")
        # Tensors stacked this way may differ in size: the result is ragged from the new dimension on.
        if rank == 0:
            return op("Pack")(values, axis=0)
        if stacked and axis > 0 and axis >= rank - 1:
            return op("Pack")(values, axis=axis)
        if stacked and axis == 0 and rank == 1:
            lengths = op("Pack")([index.size(v, int32) for v in values], axis=0)
            joined = op("ConcatV2")(values, 0) if len(values) > 1 else values[0]
            return ragged(joined, of_splits(index.splits_of_lengths(lengths)))
        if stacked and len(values) == 1:
            rows = from_tensor(values[0], None, None, max(axis, 1), int64)
            return _ragged_at(expand_dims(rows, axis), axis)
    depth = max([v.ragged_rank for v in values if is_ragged(v)], default=max(min(axis, (rank or 1) - 1), 1))
    values = [_as_deep(v, depth) for v in values]
    if stacked:
        if axis > 0:
            values = [expand_dims(v, axis) for v in values]
            return _concat(values, axis)
        lengths = op("Pack")([v.nrows() for v in values], axis=0)
        return ragged(_concat(values, 0), of_splits(index.splits_of_lengths(lengths)))
    return _concat(values, axis)


def _ragged_at(value: RaggedTensor, axis: int) -> RaggedTensor:
    """The value whose new dimension does not count as uniform, though it is."""
    if not is_ragged(value) or axis > value.ragged_rank:
        return value  # an inner dimension
    if axis > 1:
        return value.with_values(_ragged_at(value.values, axis - 1))
    return ragged(value.values, of_splits(value.row_splits))


def _as_deep(value: Any, depth: int) -> RaggedTensor:
    """The value with at least `depth` partitions."""
    if not is_ragged(value):
        return from_tensor(value, None, None, depth, int64)
    missing = depth - value.ragged_rank
    if missing <= 0:
        return value
    return value.with_flat_values(from_tensor(value.flat_values, None, None, missing, value.row_splits.dtype))


def _concat(values: list[Any], axis: int) -> Any:
    if not any(is_ragged(v) for v in values):
        return op("ConcatV2")(values, axis)
    values = as_operands(values)
    if axis == 0:
        lengths = index.concatenate(*[v.row_lengths() for v in values])
        return ragged(_concat([v.values for v in values], 0), of_splits(index.splits_of_lengths(lengths)))
    if axis == 1:
        return _side_by_side(values)
    return values[0].with_values(_concat([v.values for v in values], axis - 1))


def _side_by_side(values: list[RaggedTensor]) -> RaggedTensor:
    """Row i of the result: the rows i of all values, one after the other."""
    count = len(values)
    for i, other in enumerate(values[1:], 1):
        checks = Checks(f"concatenation. Input tensors at index 0 (=x) and {i} (=y) have incompatible shapes.", True)
        checks.equal(values[0].nrows(), other.nrows())
    below = _concat(values, 0)
    order = index.compute(
        lambda n: np.arange(n * count, dtype=n.dtype).reshape(count, -1).T.ravel(),
        lambda n: op("Reshape")(
            op("Transpose")(op("Reshape")(index.arange(n * convert_to_tensor(count, n.dtype)), [count, -1]), [1, 0]),
            [-1],
        ),
        values[0].nrows(),
    )
    mixed = gather_rows(below, order)
    splits = index.compute(lambda s: s[::count], lambda s: s[::count], mixed.row_splits)
    return ragged(mixed.values, of_splits(splits))


def gather(params, indices, validate_indices=None, axis=None, batch_dims=0, name=None):
    """`tf.gather`: rows (or slices along an inner axis) of `params` by ragged or plain indices."""
    params = ragged_or_dense(params)
    indices = ragged_or_dense(indices)
    rank = params.shape.rank
    if batch_dims != indices.shape.rank:
        batch_dims = axis_of(batch_dims, indices.shape.rank, "batch_dims")
    if rank is not None and batch_dims >= rank:
        raise ValueError(f"there are only {rank} dimensions in params, and batch_dims is {batch_dims}")
    axis = axis_of(batch_dims if axis is None else axis, rank)
    if axis < batch_dims:
        raise ValueError(f"axis {axis} is among the batch_dims, which are {batch_dims}")
    return _gather(params, indices, axis, batch_dims)


def _gather(params: Any, indices: Any, axis: int, batch_dims: int) -> Any:
    if not is_ragged(params) and not is_ragged(indices):
        return op("GatherV2")(params, indices, axis, batch_dims=batch_dims)
    if batch_dims:
        return _batched(params, indices, axis, batch_dims)
    if axis:
        if not is_ragged(params):
            params = from_tensor(params, None, None, axis, indices.row_splits.dtype)
        return _inner(params, indices, axis)
    if is_ragged(indices):
        return indices.with_values(_gather(params, indices.values, 0, 0))
    rank = indices.shape.rank
    if rank is None:
        raise ValueError("gathering from batches of rows needs indices of a known rank")
    if rank == 0:
        return params[indices]
    if rank > 1:
        return _gather(params, _rows_of(indices, rank - 1, params.row_splits.dtype), 0, 0)
    _check_range(indices, params._row_partition.static_nrows)
    return gather_rows(params, indices)


def _rows_of(tensor: Tensor, depth: int, dtype: Any) -> RaggedTensor:
    """A plain tensor as a ragged one, none of whose dimensions count as uniform."""
    made = from_tensor(tensor, None, None, depth, dtype)
    return with_partitions(made.flat_values, [of_splits(splits) for splits in made.nested_row_splits])


def _check_range(indices: Tensor, count: int | None) -> None:
    known = constant_value(indices)
    if known is None or count is None:
        return
    wrong = np.flatnonzero((known < 0) | (known >= count))
    if wrong.size:
        problem = f"indices[{wrong[0]}] = {known[wrong[0]]} is not in [0, {count})"
        raise InvalidArgumentError(None, None, problem)


def _batched(params: Any, indices: Any, axis: int, batch_dims: int) -> Any:
    """Each row of the batch by indices of its own. That their splits are the same is nowhere checked, as in TensorFlow.

    Raises:
      ValueError: if the static shapes of the batches differ.
    """
    of_params, of_indices = params.shape[:batch_dims], indices.shape[:batch_dims]
    if not of_params.is_compatible_with(of_indices):
        raise ValueError(f"the batch shape {of_indices} of the indices does not match {of_params}, that of the params")
    if batch_dims > 1:
        params, indices = _both_ragged(params, indices)
        return params.with_values(_gather(params.values, indices.values, axis - 1, batch_dims - 1))
    if not is_ragged(params):
        params = from_tensor(params, None, None, 1, indices.row_splits.dtype)
    if axis > 1:
        # The indices of each row of the batch, for each row below it.
        below = gather_rows(indices, params.value_rowids())
        return params.with_values(_gather(params.values, below, axis - 1, 1))
    if is_ragged(indices):
        params, indices = as_operands([params, indices])
    elif indices.shape.rank is None:
        raise ValueError("gathering from batches of rows needs indices of a known rank")
    return _shifted_gather(params.values, indices, params.row_starts())


def _both_ragged(params: Any, indices: Any) -> Any:
    """Params and indices with two batch dimensions or more, as ragged tensors.

    Raises:
      ValueError: if one of them is plain, and the rows of the other are not of one length.
    """
    for one, other in ((params, indices), (indices, params)):
        if not is_ragged(one) and other.uniform_row_length is None:
            raise ValueError("the batch shape of indices does not match params: only one of them is ragged")
    if not is_ragged(params):
        params = from_tensor(params, None, None, 1, indices.row_splits.dtype)
    if not is_ragged(indices):
        indices = from_tensor(indices, None, None, 1, params.row_splits.dtype)
    return as_operands([params, indices])


def _shifted_gather(values: Any, indices: Any, starts: Tensor) -> Any:
    """Gathers by indices that count from the start of each one's row."""
    if is_ragged(indices):
        inner = index.take(starts, indices.value_rowids())
        return indices.with_values(_shifted_gather(values, indices.values, inner))
    places = index.cast(indices, starts.dtype)
    shaped = op("Reshape")(starts, [-1, *[1] * (indices.shape.rank - 1)])
    return _gather(values, op("AddV2")(places, shaped), 0, 0)


def _inner(params: RaggedTensor, indices: Any, axis: int) -> Any:
    """Along an inner axis: the same indices for every row."""
    if axis > 1:
        return params.with_values(_gather(params.values, indices, axis - 1, 0))
    dtype = params.row_splits.dtype
    starts = params.row_starts()
    if not is_ragged(indices):
        wanted = index.cast(indices, dtype)
        sizes = [-1, *[1] * (wanted.shape.rank or 0)]
        return _gather(params.values, op("AddV2")(op("Reshape")(starts, sizes), wanted), 0, 0)
    flat = index.cast(indices.flat_values, dtype)
    each = op("Reshape")(starts, [-1, *[1] * flat.shape.rank])
    places = op("AddV2")(each, op("ExpandDims")(flat, 0))
    places = op("Reshape")(places, op("ConcatV2")([[-1], op("Shape")(flat)[1:]], 0))
    found = _gather(params.values, places, 0, 0)
    rows = params.nrows()
    for partition in reversed(indices._nested_row_partitions):
        repeated = op("Tile")(index.cast(partition.row_lengths(), dtype), op("Reshape")(rows, [1]))
        made = of_splits(index.splits_of_lengths(repeated))
        length = partition.static_uniform_row_length
        found = ragged(found, made if length is None else made.with_uniform_length(length))
    return uniform(found, index.cast(indices.nrows(), dtype), rows)


def gather_nd(params, indices, batch_dims=0, name=None, bad_indices_policy=""):
    """`tf.gather_nd` of elements and rows of a ragged tensor."""
    if batch_dims:
        raise ValueError("batch_dims != 0 is not supported for ragged gather yet.")
    if is_ragged(indices):
        if is_ragged(indices.values) or indices.flat_values.shape.rank > 1:
            return indices.with_values(gather_nd(params, indices.values))
        raise ValueError("The innermost dimension of indices may not be ragged")
    indices = convert_to_tensor(indices)
    rank = indices.shape.rank
    if rank == 0:
        raise ValueError("indices.rank must be at least 1.")
    width = None if rank is None else indices.shape.as_list()[-1]
    if width is None:
        missing = "indices.rank" if rank is None else "indices.shape[-1] must"
        raise ValueError(f"{missing} be statically known.")
    if is_ragged(params) and bad_indices_policy not in ("", "DEFAULT"):
        raise ValueError("non-default bad_indices_policy not supported for ragged gather")
    if rank > 2:
        flat = from_tensor(indices, None, None, rank - 2, int64)
        return flat.with_flat_values(gather_nd(params, flat.flat_values))
    if rank == 1:
        return gather_nd(params, op("ExpandDims")(indices, 0))[0] if width else params
    if not width:
        # Each index of no coordinates is of all there is.
        whole = _ragged_at(expand_dims(params, 0), 1) if is_ragged(params) else op("ExpandDims")(params, 0)
        return gather_rows(whole, index.cast(op("ZerosLike")(op("Range")(0, op("Shape")(indices)[0], 1)), int64))
    if not is_ragged(params):
        return op("GatherNd")(params, indices)
    dtype = params.row_splits.dtype
    rows = index.cast(indices[:, 0], dtype)
    for column in range(1, width):
        starts = index.take(params.row_starts(), rows)
        params = params.values
        here = index.cast(indices[:, column], dtype)
        rows = index.compute(lambda s, c: s + c, op("AddV2"), starts, here)
        if not is_ragged(params):
            rest = index.cast(indices[:, column + 1 :], dtype)
            return op("GatherNd")(params, op("ConcatV2")([op("ExpandDims")(rows, 1), rest], 1))
    return gather_rows(params, rows)
