"""`tf.ragged.constant`, `tf.ragged.range` and other ways to make ragged tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.api.assertions import checked
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import as_dtype
from tfshim.namespaces import resolve
from tfshim.ops import op
from tfshim.ragged import index
from tfshim.ragged.from_dense import from_tensor
from tfshim.ragged.gathering import gather_rows
from tfshim.ragged.joining import stack
from tfshim.ragged.restructure import merge_dims
from tfshim.ragged.row_partition import RowPartition, of_splits
from tfshim.ragged.tensor import RaggedTensor, is_ragged, ragged, ragged_or_dense, with_partitions
from tfshim.ragged.validation import Checks
from tfshim.tensor import Tensor


def constant(pylist, dtype=None, ragged_rank=None, inner_shape=None, name=None, row_splits_dtype=dtypes.int64):
    """The ragged tensor of nested lists, tuples or arrays; a plain tensor for a scalar or `ragged_rank=0`.

    Args:
      pylist: nested lists whose scalars are all at one depth.
      dtype: of the values; inferred by default.
      ragged_rank: number of partitions; by default all dimensions but the first, less those of `inner_shape`.
      inner_shape: sizes of the inner, uniform dimensions.
      name: of the constant in a graph.
      row_splits_dtype: int32 or int64.

    Raises:
      ValueError: if the nesting is inconsistent, or does not fit the other arguments.
    """
    splits_dtype = as_dtype(row_splits_dtype)
    parts = nested_parts(pylist, ragged_rank, inner_shape)
    if parts is None:
        return convert_to_tensor(pylist, dtype)
    values, splits, sizes = parts
    if inner_shape is not None and not splits:
        make: Any = resolve("constant")
        return make(pylist, dtype, sizes)
    inner_shape = sizes
    flat = _flat_values(values, dtype, inner_shape)
    partitions = [of_splits(convert_to_tensor(s.astype(splits_dtype.as_numpy_dtype))) for s in splits]
    return with_partitions(flat, partitions)


def nested_parts(pylist: Any, ragged_rank: Any, inner_shape: Any) -> tuple[list[Any], list[np.ndarray], Any] | None:
    """The values under all partitions, the splits of each, and the inner shape; None for a scalar."""
    if not _is_list(pylist):
        if ragged_rank:
            raise ValueError(f"Invalid pylist={pylist!r}: incompatible with ragged_rank={ragged_rank}")
        if inner_shape:
            raise ValueError(f"Invalid pylist={pylist!r}: incompatible with dim(inner_shape)={len(inner_shape)}")
        return None
    if ragged_rank is not None and ragged_rank < 0:
        raise ValueError(f"Invalid ragged_rank={ragged_rank}: must be nonnegative")
    scalars, deepest = _scalar_depth(pylist), _depth(pylist)
    if scalars is not None and deepest > scalars:
        raise ValueError(f"Invalid pylist={pylist!r}: empty list nesting is greater than scalar value nesting")
    if ragged_rank is not None and scalars is not None and ragged_rank >= scalars:
        raise ValueError(
            f"pylist has scalar values depth {scalars}, but ragged_rank={ragged_rank} requires scalar value depth "
            f"greater than {ragged_rank}"
        )
    if inner_shape is not None:
        inner_shape = tuple(inner_shape) if isinstance(inner_shape, (list, tuple)) else (inner_shape,)
    if ragged_rank is not None and inner_shape is not None:
        expected = ragged_rank + len(inner_shape) + 1
        if scalars not in (None, expected) or scalars is None and expected < deepest:
            raise ValueError(
                f"Invalid pylist={pylist!r}: incompatible with ragged_rank={ragged_rank} and "
                f"dim(inner_shape)={len(inner_shape)}"
            )
    if ragged_rank is None:
        ragged_rank = max(0, deepest - 1 - len(inner_shape or ()))
        inner_shape = inner_shape or ()
    elif inner_shape is None:
        inner_shape = _inner_shape(pylist, ragged_rank)
    values: Any = list(pylist)
    splits = []
    for _ in range(ragged_rank):
        splits.append(np.cumsum([0, *map(len, values)]))
        values = [item for row in values for item in row]
    return values, splits, inner_shape


def _flat_values(values: list[Any], dtype: Any, inner_shape: tuple[int, ...]) -> Tensor:
    shape = (len(values), *inner_shape)
    if not values or 0 in shape:
        kind = dtypes.float32 if dtype is None else as_dtype(dtype)
        return convert_to_tensor(np.zeros(shape, object if kind is dtypes.string else kind.as_numpy_dtype), kind)
    tensor = convert_to_tensor(values, dtype)
    if tensor.shape.as_list() != list(shape):
        raise ValueError(f"Invalid pylist: its inner dimensions {tensor.shape} do not have the shape {shape}")
    return tensor


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple)) or isinstance(value, np.ndarray) and value.ndim > 0


def _depth(value: Any) -> int:
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value.ndim
    return 1 + max(map(_depth, value), default=0) if _is_list(value) else 0


def _scalar_depth(value: Any) -> int | None:
    """How deep the scalars are; None if there are none. ValueError if they are not at one depth."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value.ndim if value.size else None
    if not _is_list(value):
        return 0
    depths = {d for d in map(_scalar_depth, value) if d is not None}
    if len(depths) > 1:
        raise ValueError("all scalar values must have the same nesting depth")
    return 1 + depths.pop() if depths else None


def _inner_shape(pylist: Any, ragged_rank: int) -> tuple[int, ...]:
    """The sizes below the partitions; ValueError if they vary."""
    level = [pylist]
    for _ in range(ragged_rank + 1):
        level = [item for row in level for item in row]
    shape: list[int] = []
    while level and _is_list(level[0]):
        sizes = {len(item) if _is_list(item) else -1 for item in level}
        if len(sizes) > 1:
            raise ValueError("inner values have inconsistent shape")
        shape.append(sizes.pop())
        level = [item for row in level for item in row]
    return tuple(shape)


_WIDTHS = (dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64)


def ragged_range(starts, limits=None, deltas=1, dtype=None, name=None, row_splits_dtype=dtypes.int64):
    """The ragged tensor whose rows are `starts[i], starts[i] + deltas[i], ...` up to (not including) `limits[i]`.

    Scalars serve all rows; with one argument rows start at 0. The dtype is the widest of the arguments' unless given.

    Raises:
      InvalidArgumentError: if a delta is 0.
      ValueError: if the arguments' shapes do not agree.
    """
    splits_dtype = as_dtype(row_splits_dtype)
    if limits is None:
        starts, limits = 0, starts
    values = [convert_to_tensor(v, dtype) for v in (starts, limits, deltas)]
    if dtype is None:
        widest = max((v.dtype for v in values), key=_WIDTHS.index)
        values = [v if v.dtype is widest else op("Cast")(v, DstT=widest) for v in values]
    splits, flat = op("RaggedRange")(*values, Tsplits=splits_dtype, name=name)
    return ragged(flat, of_splits(splits))


def boolean_mask(data, mask, name=None):
    """The elements of `data` where `mask`, whose shape is that of the outer dimensions of `data`, is true.

    The result has the rows of `mask`, without what was false.

    Raises:
      ValueError: if the rank of `mask` is not known or 0, or its static shape not that of `data`.
    """
    data = ragged_or_dense(data)
    mask = ragged_or_dense(mask, dtypes.bool)
    rank = mask.shape.rank
    if rank is None:
        raise ValueError("mask.shape.ndims must be known statically.")
    if rank == 0:
        raise ValueError("mask cannot be scalar.")
    if not is_ragged(mask) and (rank == 1 or not is_ragged(data)):
        data.shape[:rank].assert_is_compatible_with(mask.shape)
    if rank == 1:
        return _rows_where(data, mask)
    dtype = next((v.row_splits.dtype for v in (mask, data) if is_ragged(v)), dtypes.int64)
    mask = _with_partitions(mask, rank - 1, dtype)
    data = _with_partitions(data, rank - 1, dtype)
    partitions = list(mask._nested_row_partitions)
    checks = Checks("mask. Inputs must have identical ragged splits", True)
    values = data
    for partition in partitions:
        if partition is not values._row_partition:
            checks.equal(partition.nrows(), values.nrows())
            checks.equal(partition.row_splits(), values.row_splits)
        values = values.values
    kept = op("Cast")(mask.flat_values, DstT=dtype)
    lengths = op("UnsortedSegmentSum")(kept, partitions[-1].value_rowids(), partitions[-1].nrows())
    partitions[-1] = of_splits(index.splits_of_lengths(lengths))
    return with_partitions(_rows_where(values, mask.flat_values), partitions)


def _rows_where(data: Any, mask: Tensor) -> Any:
    places = op("Squeeze")(op("Where")(mask), squeeze_dims=[1])
    return gather_rows(data, places)


def _with_partitions(value: Any, count: int, dtype: Any) -> RaggedTensor:
    if not is_ragged(value):
        return from_tensor(value, None, None, count, dtype)
    missing = count - value.ragged_rank
    if missing > 0:
        value = value.with_flat_values(from_tensor(value.flat_values, None, None, missing, dtype))
    return value


def row_splits_to_segment_ids(splits, name=None, out_type=None):
    """For each value the number of its row: [0, 3, 3, 5] gives [0, 0, 0, 2, 2]."""
    splits = convert_to_tensor(splits, name="splits", hint=dtypes.int64)
    if splits.dtype not in (dtypes.int32, dtypes.int64):
        raise ValueError("splits must have dtype int32 or int64")
    splits.shape.assert_has_rank(1)
    if splits.shape.as_list()[0] == 0:
        raise ValueError("Invalid row_splits: []")
    return index.rowids_of_splits(splits if out_type is None else index.cast(splits, as_dtype(out_type)))


def segment_ids_to_row_splits(segment_ids, num_segments=None, out_type=None, name=None):
    """The sums of how often each id occurs: [0, 0, 0, 2, 2] gives [0, 3, 3, 5]. The ids need not be sorted.

    Args:
      segment_ids: a vector of integers that are not negative.
      num_segments: how many there are; larger ids do not count. By default the greatest id and one.
      out_type: int32 or int64; by default that of `segment_ids`, or else of `num_segments`, if one is a tensor.
      name: not used.

    Raises:
      TypeError: if the ids are no integers.
      InvalidArgumentError: for negative ids.
    """
    if out_type is None:
        tensors = [x for x in (segment_ids, num_segments) if isinstance(x, Tensor)]
        out_type = tensors[0].dtype if tensors else dtypes.int64
    ids = _as_integers(segment_ids, "segment_ids", as_dtype(out_type))
    ids.shape.assert_has_rank(1)
    if num_segments is None:
        count = index.compute(lambda v: v.max(initial=-1) + v.dtype.type(1), _number_of_segments, ids)
    else:
        count = _as_integers(num_segments, "num_segments", ids.dtype)
    return index.splits_of_rowids(ids, count)


def _number_of_segments(ids: Tensor) -> Tensor:
    none, one = convert_to_tensor([-1], ids.dtype), convert_to_tensor(1, ids.dtype)
    return op("AddV2")(op("Max")(op("ConcatV2")([none, ids], 0), 0), one)


def _as_integers(value: Any, name: str, dtype: Any) -> Tensor:
    if isinstance(value, Tensor):
        if not value.dtype.is_integer:
            raise TypeError(f"Argument `tensor` (name: {name}) must be of type integer, not {value.dtype.name}.")
        return index.cast(value, dtype)
    return convert_to_tensor(value, dtype)


def stack_dynamic_partitions(data, partitions, num_partitions, name=None):
    """The ragged tensor whose row i holds the elements of `data` with `partitions` equal to i, in order.

    Raises:
      InvalidArgumentError: for a partition outside [0, num_partitions), or if the rows of both differ.
      ValueError: if their static shapes do.
    """
    data = ragged_or_dense(data)
    partitions = ragged_or_dense(partitions)
    rank = partitions.shape.rank
    if rank is None:
        raise ValueError("partitions must have known rank.")
    num_partitions = convert_to_tensor(num_partitions, partitions.dtype)
    num_partitions.shape.assert_has_rank(0)
    if rank == 0:
        # All of it is one element of one row.
        data = op("Pack")([data]) if not is_ragged(data) else stack([data])
        partitions, rank = op("Reshape")(partitions, [1]), 1
    data.shape[:rank].assert_is_compatible_with(partitions.shape)
    if rank > 1:
        if is_ragged(data) and is_ragged(partitions):
            checks = Checks("pair: data and partitions have incompatible ragged shapes", True)
            pairs = zip(data._nested_row_partitions, partitions._nested_row_partitions, strict=False)
            for ours, theirs in pairs:
                checks.equal(ours.row_splits(), index.cast(theirs.row_splits(), ours.dtype))
        data = merge_dims(data, 0, rank - 1)
        partitions = partitions.flat_values if is_ragged(partitions) else op("Reshape")(partitions, [-1])
    below = op("All")(op("Less")(partitions, num_partitions), [0])
    partitions = checked(partitions, below, ["partitions must be less than num_partitions", num_partitions])
    dtype = data.row_splits.dtype if is_ragged(data) else partitions.dtype
    ids = index.cast(partitions, dtype)
    order = index.compute(lambda v: np.argsort(v, kind="stable").astype(v.dtype), _stable_order, ids)
    rows = gather_rows(data, order)
    return ragged(rows, RowPartition.from_value_rowids(index.take(ids, order), num_partitions, dtype=dtype))


def dynamic_partition(data, partitions, num_partitions, name=None):
    """`tf.dynamic_partition` where `data` or `partitions` are ragged."""
    partitions = ragged_or_dense(partitions)
    data = ragged_or_dense(data)
    partitions.shape.assert_is_compatible_with(data.shape[: partitions.shape.rank])
    rows = stack_dynamic_partitions(data, partitions, num_partitions)
    return [rows[i] for i in range(num_partitions)]


def _stable_order(ids: Tensor) -> Tensor:
    # TopKV2 puts the lower index first among equals.
    _, order = op("TopKV2")(op("Neg")(ids), index.size(ids, dtypes.int32))
    return index.cast(order, ids.dtype)
