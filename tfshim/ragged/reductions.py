"""Reductions over ragged and uniform dimensions, and segments of ragged rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.namespaces import resolve
from tfshim.ops import op
from tfshim.ragged import index
from tfshim.ragged.elementwise import map_flat_values
from tfshim.ragged.restructure import axis_of, expand_dims
from tfshim.ragged.row_partition import of_splits
from tfshim.ragged.tensor import RaggedTensor, is_ragged, ragged, with_partitions
from tfshim.ragged.to_dense import coordinates
from tfshim.tensor import Tensor

# The public function and the op that reduces segments likewise.
SEGMENT_OPS = {
    "math.reduce_sum": "UnsortedSegmentSum",
    "math.reduce_prod": "UnsortedSegmentProd",
    "math.reduce_max": "UnsortedSegmentMax",
    "math.reduce_min": "UnsortedSegmentMin",
    "strings.reduce_join": "UnsortedSegmentJoin",
}


def reduction(path: str) -> Callable[..., Any]:
    """The reduction at `path`, which has a segment op."""

    def reduce(input_tensor, axis=None, keepdims=False, name=None):
        return _reduce(path, input_tensor, axis, bool(keepdims), {})

    return reduce


def reduce_join(inputs, axis=None, keepdims=False, separator="", name=None):
    """`tf.strings.reduce_join`."""
    return _reduce("strings.reduce_join", inputs, axis, bool(keepdims), {"separator": separator})


def _axes(axis: Any, rank: int | None) -> list[int]:
    if isinstance(axis, Tensor):
        axis = constant_value(axis)
        if axis is None:
            raise ValueError("axis must be known at graph construction time.")
    if isinstance(axis, np.ndarray):
        axis = axis.tolist()
    axes = list(axis) if isinstance(axis, (list, tuple)) else [axis]
    return sorted(axis_of(a, rank) for a in axes)


def _reduce(path: str, value: Any, axis: Any, keepdims: bool, options: dict[str, Any]) -> Any:
    dense: Any = resolve(path)
    if not is_ragged(value):
        return dense(value, axis, keepdims, **options)
    if axis is None:
        result = dense(value.flat_values, None, keepdims, **options)
        # As in TensorFlow: one dimension for each of the flat values, and one for each but the first of all.
        return (
            op("Reshape")(result, [1] * (value.flat_values.shape.rank + value.shape.rank - 1)) if keepdims else result
        )
    axes = _axes(axis, value.shape.rank)
    for each in reversed(axes):
        if not is_ragged(value):
            value = dense(value, each, keepdims, **options)
        else:
            value = _reduce_one(path, value, each, keepdims, options)
    return value


def _reduce_one(path: str, value: RaggedTensor, axis: int, keepdims: bool, options: dict[str, Any]) -> Any:
    if axis > 1:
        inner = value.values
        if is_ragged(inner):
            return value.with_values(_reduce_one(path, inner, axis - 1, keepdims, options))
        return value.with_values(resolve(path)(inner, axis - 1, keepdims, **options))  # type: ignore[operator]
    partition = value._row_partition
    if axis == 0:
        ids, count = partition.offsets_in_rows(), index.greatest(partition.row_lengths())
    else:
        ids, count = partition.value_rowids(), partition.nrows()
    result = segments(SEGMENT_OPS[path], value.values, ids, count, options)
    if not keepdims:
        return result
    return expand_dims(result, axis) if is_ragged(result) else op("ExpandDims")(result, axis)


def segments(op_name: str, data: Any, ids: Tensor, count: Tensor, options: dict[str, Any]) -> Any:
    """Rows of one segment reduced; of ragged rows their elements at the same place."""
    if not is_ragged(data):
        return op(op_name)(data, ids, count, **options)
    dtype = data.row_splits.dtype
    ids, count = index.cast(ids, dtype), index.cast(count, dtype)
    lengths = op("UnsortedSegmentMax")(data.row_lengths(), ids, count)
    lengths = index.compute(
        lambda v: np.maximum(v, 0), lambda t: op("Maximum")(t, convert_to_tensor(0, t.dtype)), lengths
    )
    splits = index.splits_of_lengths(lengths)
    partition = data._row_partition
    starts = index.take(index.take(splits, ids), partition.value_rowids())
    places = index.compute(lambda a, b: a + b, op("AddV2"), starts, partition.offsets_in_rows())
    return ragged(segments(op_name, data.values, places, splits[-1], options), of_splits(splits))


def segment_function(op_name: str) -> Callable[..., Any]:
    """`tf.math.unsorted_segment_...` of ragged data, whose ids have the shape of its outer dimensions."""

    def reduce(data, segment_ids, num_segments, name=None):
        data, ids = _outer_joined(data, segment_ids)
        return segments(op_name, data, ids, convert_to_tensor(num_segments, hint=ids.dtype), {})

    return reduce


def _outer_joined(data: Any, segment_ids: Any) -> tuple[Any, Tensor]:
    if is_ragged(segment_ids):
        if not is_ragged(data):
            raise ValueError("segment_ids may only be ragged where data is.")
        for _ in range(segment_ids.ragged_rank):
            data = data.values
        return data, segment_ids.flat_values
    ids = convert_to_tensor(segment_ids, hint=dtypes.int64)
    for _ in range((ids.shape.rank or 1) - 1):
        data = data.values
    return data, op("Reshape")(ids, [-1])


def segment_mean(data, segment_ids, num_segments, name=None):
    """`tf.math.unsorted_segment_mean`."""
    total, count = _total_and_count(data, segment_ids, num_segments)
    return _quotient(total, count)


def segment_sqrt_n(data, segment_ids, num_segments, name=None):
    """`tf.math.unsorted_segment_sqrt_n`."""
    total, count = _total_and_count(data, segment_ids, num_segments)
    root = map_flat_values(op("Sqrt"), count) if is_ragged(count) else op("Sqrt")(count)
    return _quotient(total, root)


def _total_and_count(data: Any, segment_ids: Any, num_segments: Any) -> tuple[Any, Any]:
    add = segment_function("UnsortedSegmentSum")
    ones = data.with_flat_values(op("OnesLike")(data.flat_values))
    return add(data, segment_ids, num_segments), add(ones, segment_ids, num_segments)


def _quotient(total: Any, count: Any) -> Any:
    if not is_ragged(total):
        return total / count
    # As in TensorFlow: uniform dimensions do not count as such in a mean.
    partitions = [of_splits(splits) for splits in total.nested_row_splits]
    return with_partitions(total.flat_values / count.flat_values, partitions)


def reduce_mean(input_tensor, axis=None, keepdims=False, name=None):
    """`tf.reduce_mean`: the sum over the number; nan for empty rows."""
    total = _reduce("math.reduce_sum", input_tensor, axis, keepdims, {})
    if is_ragged(input_tensor):
        ones: Any = input_tensor.with_flat_values(op("OnesLike")(input_tensor.flat_values))
    else:
        ones = op("OnesLike")(input_tensor)
    return _quotient(total, _reduce("math.reduce_sum", ones, axis, keepdims, {}))


def reduce_variance(input_tensor, axis=None, keepdims=False, name=None):
    """`tf.math.reduce_variance`: the mean of the squares less the square of the mean; 0 where rounding makes it less.

    Raises:
      ValueError: for complex numbers.
    """
    if input_tensor.dtype.is_complex:
        raise ValueError("reduce_variance does not take ragged tensors of complex numbers")
    squares = input_tensor.with_flat_values(op("Square")(input_tensor.flat_values))
    mean = reduce_mean(input_tensor, axis, keepdims)
    square: Any = resolve("math.square")
    maximum: Any = resolve("math.maximum")
    return maximum(reduce_mean(squares, axis, keepdims) - square(mean), 0)


def reduce_std(input_tensor, axis=None, keepdims=False, name=None):
    """`tf.math.reduce_std`: the root of the variance."""
    return resolve("math.sqrt")(reduce_variance(input_tensor, axis, keepdims))  # type: ignore[operator]


def reduce_logsumexp(input_tensor, axis=None, keepdims=False, name=None):
    """`tf.reduce_logsumexp`: that of nothing is minus infinity."""
    if axis is None and not keepdims:
        return resolve("math.reduce_logsumexp")(input_tensor.flat_values)  # type: ignore[operator]
    greatest: Any = _reduce("math.reduce_max", input_tensor, axis, True, {})
    terms = resolve("math.exp")(input_tensor - greatest)  # type: ignore[operator]
    total = resolve("math.log")(_reduce("math.reduce_sum", terms, axis, keepdims, {}))  # type: ignore[operator]
    return total + (greatest if keepdims else _reduce("math.reduce_max", input_tensor, axis, False, {}))


def reduce_all(input_tensor, axis=None, keepdims=False, name=None):
    """`tf.reduce_all`."""
    return _of_integers("math.reduce_prod", input_tensor, axis, keepdims)


def reduce_any(input_tensor, axis=None, keepdims=False, name=None):
    """`tf.reduce_any`."""
    return _of_integers("math.reduce_sum", input_tensor, axis, keepdims)


def _of_integers(path: str, rt: RaggedTensor, axis: Any, keepdims: bool) -> Any:
    numbers = rt.with_flat_values(op("Cast")(rt.flat_values, DstT=dtypes.int32))
    return resolve("cast")(_reduce(path, numbers, axis, bool(keepdims), {}), dtypes.bool)  # type: ignore[operator]


def cumsum(x, axis=0, exclusive=False, reverse=False, name=None):
    """`tf.cumsum`: along a ragged dimension, rows that are too short count as if they held zeros."""
    axis = axis_of(axis, x.shape.rank)
    options = {"exclusive": bool(exclusive), "reverse": bool(reverse)}
    if axis > x.ragged_rank:
        return x.with_flat_values(op("Cumsum")(x.flat_values, axis - x.ragged_rank, **options))
    sums = op("Cumsum")(x.to_tensor(), axis, **options)
    return x.with_flat_values(op("GatherNd")(sums, coordinates(x)))
