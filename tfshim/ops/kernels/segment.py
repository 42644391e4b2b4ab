"""Sums and other reductions of rows that share a segment id, and counts of integers."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim.ops.registry import kernel, piecewise_linear, runtime_check, shape_function
from tfshim.ops.shape_helpers import UNKNOWN, at_least_rank, exactly_rank, invalid, shape_text
from tfshim.shapes import as_shape, from_dims

# Unsorted ids: as many segments as the caller says ---------------------------------------------------------


def _segment_count(num_segments) -> int:
    if np.ndim(num_segments) != 0:
        raise invalid(f"num_segments should be a scalar, not shape {shape_text(np.shape(num_segments))}")
    count = int(num_segments)
    if count < 0:
        raise invalid(f"Input num_segments == {count} must not be negative.")
    return count


def _rows(data, ids, count):
    """Data as rows, one an id, and ids in which negative ones have become `count`: those rows are dropped."""
    if data.shape[: ids.ndim] != ids.shape:
        raise invalid(
            f"data.shape = {shape_text(data.shape)} does not start with segment_ids.shape = {shape_text(ids.shape)}"
        )
    runtime_check(ids < count, _out_of_range, ids, np.int64(count))
    rows = data.reshape((ids.size, *data.shape[ids.ndim :]))
    ids = ids.reshape(-1).astype(jnp.int64)
    return rows, jnp.where(ids < 0, count, ids)


def _out_of_range(ids, count) -> str:
    position = np.argwhere(ids >= count)[0].tolist()
    index = ",".join(map(str, position))
    return f"segment_ids[{index}] = {ids[tuple(position)]} is out of range [0, {count})"


def _sums(rows, ids, count):
    return jnp.zeros((count, *rows.shape[1:]), rows.dtype).at[ids].add(rows, mode="drop")


def _of_segment(values, ids, default):
    """For each row the value of its segment; `default` for rows that were dropped."""
    return values.at[ids].get(mode="fill", fill_value=default)


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def _products(rows, ids, count):
    return jnp.ones((count, *rows.shape[1:]), rows.dtype).at[ids].multiply(rows, mode="drop")


@_products.defjvp
def _(count, primals, tangents):
    rows, ids = primals
    tangent = tangents[0]
    products = _products(rows, ids, count)
    # The product of the others: a division where there is no zero, and the rest of the product at the only one.
    zero = rows == 0
    rest = _products(jnp.where(zero, 1, rows), ids, count)
    zeros = _sums(zero.astype(jnp.int32), ids, count)
    partial = jnp.where(zero, _of_segment(rest, ids, 0), _of_segment(products, ids, 0) / jnp.where(zero, 1, rows))
    partial = jnp.where(_of_segment(zeros, ids, 0) > 1, 0, partial)
    return products, _sums(tangent * partial, ids, count)


def _undone(place, last_nan, end):
    """Which elements do not count for an extreme, by their places and those of the last NaN and end of the segment.

    TensorFlow compares one after the other, and what is compared with NaN gives way to what comes next: all up to the
    last NaN of a segment is forgotten, unless it is the last element.
    """
    return (place < last_nan) | ((place == last_nan) & (place != end))


def _without_undone(rows, ids, count, empty):
    numbers = jnp.arange(len(rows))
    place = numbers.reshape(-1, *[1] * (rows.ndim - 1))
    none = jnp.full((count, *rows.shape[1:]), -1)
    last_nan = _of_segment(none.at[ids].max(jnp.where(jnp.isnan(rows), place, -1), mode="drop"), ids, -1)
    end = _of_segment(jnp.full(count, -1).at[ids].max(numbers, mode="drop"), ids, -1).reshape(place.shape)
    return jnp.where(_undone(place, last_nan, end), empty, rows)


def _extremes(scatter, empty):
    """A segment without rows has the value `empty(type)`. Equal extremes share the gradient."""

    @functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
    def fn(rows, ids, count):
        nothing = empty(rows.dtype)
        if jnp.issubdtype(rows.dtype, jnp.floating):
            rows = lax.cond(jnp.any(jnp.isnan(rows)), lambda: _without_undone(rows, ids, count, nothing), lambda: rows)
        start = jnp.full((count, *rows.shape[1:]), nothing, rows.dtype)
        return scatter(start.at[ids])(rows, mode="drop")

    @fn.defjvp
    def _(count, primals, tangents):
        rows, ids = primals
        tangent = tangents[0]
        found = fn(rows, ids, count)
        chosen = (rows == _of_segment(found, ids, 0)).astype(rows.dtype)
        number = _of_segment(_sums(chosen, ids, count), ids, 1)
        share = jnp.where(chosen == 0, 0, chosen / jnp.where(number == 0, 1, number))
        return found, _sums(tangent * share, ids, count)

    return fn


def _limits(dtype):
    return jnp.iinfo(dtype) if jnp.issubdtype(dtype, jnp.integer) else jnp.finfo(dtype)


_maxima = _extremes(lambda at: at.max, lambda dtype: np.asarray(_limits(dtype).min, dtype))
_minima = _extremes(lambda at: at.min, lambda dtype: np.asarray(_limits(dtype).max, dtype))
_REDUCTIONS = {"Sum": _sums, "Prod": _products, "Max": _maxima, "Min": _minima}


def _unsorted(reduce):
    def run(data, segment_ids, num_segments):
        count = _segment_count(num_segments)
        rows, ids = _rows(data, segment_ids, count)
        return reduce(rows, ids, count)

    return run


for _name, _reduce in _REDUCTIONS.items():
    kernel(f"UnsortedSegment{_name}", static=("num_segments",))(_unsorted(_reduce))
    kernel(f"Segment{_name}V2", static=("num_segments",))(_unsorted(_reduce))

piecewise_linear("UnsortedSegmentSum", "UnsortedSegmentMax", "UnsortedSegmentMin")


@shape_function(*(f"UnsortedSegment{name}" for name in _REDUCTIONS), *(f"Segment{name}V2" for name in _REDUCTIONS))
def _(op):
    data, ids, count = op.shape(0)._dims, op.shape(1)._dims, op.static(2)
    exactly_rank(op.shape(2), 0)
    if data is None or ids is None:
        return UNKNOWN
    if len(ids) > len(data) or any(None not in (a, b) and a != b for a, b in zip(data, ids, strict=False)):
        raise invalid(f"data.shape = {shape_text(data)} does not start with segment_ids.shape = {shape_text(ids)}")
    return from_dims((None if count is None else _segment_count(count), *data[len(ids) :]))


# Sorted ids: as many segments as the last id says, so the size of the result is known only on the host ------


def _check_sorted(data, ids) -> None:
    if ids.ndim != 1:
        raise invalid("segment_ids should be a vector.")
    if data.ndim == 0:
        raise invalid("input must be at least rank 1")
    if data.shape[0] != ids.size:
        raise invalid("segment_ids should be the same size as dimension 0 of input.")
    check_ascending(ids)


def check_ascending(ids) -> None:
    """Refuses ids that do not ascend from 0."""
    if not ids.size:
        return
    if ids[-1] < 0:
        raise invalid("segment ids must be >= 0")
    if ids[0] < 0 or np.any(ids[1:] < ids[:-1]):
        raise invalid(bad_run(ids, ids[-1] + 1))


def bad_run(ids, count) -> str:
    """What is wrong with ids that do not ascend from 0 to below `count`: as found run by run."""
    runs = ids[np.append(True, ids[1:] != ids[:-1])]
    outside = np.append((runs < 0) | (runs >= count), True).argmax()
    if np.append(runs[1:] < runs[:-1], [False, True]).argmax() <= outside:
        return "segment ids are not increasing"
    return f"Segment id {runs[outside]} out of range [0, {count}), possibly because 'segment_ids' input is not sorted."


def wide_type(dtype):
    """Half precision is summed in single precision."""
    return np.dtype(np.float32) if dtype.itemsize == 2 and dtype.kind in "fV" else dtype


_SHORT = 16


def _in_order(combine):
    """The reduction of runs of rows, one row after the other: `reduceat` would associate otherwise."""

    def reduce_at(rows, starts):
        lengths = np.diff(np.append(starts, len(rows)))
        result = combine(rows[starts], combine.identity)
        short = lengths <= _SHORT
        for i in range(1, int(lengths[short].max(initial=1))):
            longer = np.flatnonzero(short & (lengths > i))
            result[longer] = combine(result[longer], rows[starts[longer] + i])
        for run in np.flatnonzero(~short):
            result[run] = combine.accumulate(rows[starts[run] : starts[run] + lengths[run]], axis=0)[-1]
        return result

    return reduce_at


def _extremes_in_order(combine):
    def reduce_at(rows, starts):
        not_numbers = rows != rows  # also for types that np.isnan does not take
        if not_numbers.any():
            lengths = np.diff(np.append(starts, len(rows)))
            place = np.arange(len(rows)).reshape(-1, *[1] * (rows.ndim - 1))
            last_nan = np.repeat(np.maximum.reduceat(np.where(not_numbers, place, -1), starts), lengths, axis=0)
            end = np.repeat(starts + lengths - 1, lengths).reshape(place.shape)
            # Their own end does not outdo what counts.
            rows = np.where(_undone(place, last_nan, end), np.take(rows, end.reshape(-1), axis=0), rows)
        return combine.reduceat(rows, starts)

    return reduce_at


_host_sums, _host_products = _in_order(np.add), _in_order(np.multiply)


# Shapes that have occurred: a compiled program is up to twenty times as fast, but takes some 50 ms to make.
_seen: set[Any] = set()
_MANY = 2**14


@functools.partial(jax.jit, static_argnums=(0, 3))
def _program(reduce, rows, ids, count):
    return reduce(rows, ids, count)


def on_host(reduce_at, reduce, rows, ids, count):
    """The reduction of rows of sorted ids, an array of `count` rows of which those without an id mean nothing.

    NumPy computes it, or the compiled program of `reduce` for large arrays of a shape that occurs again. Both go over
    the rows in order, so no bit depends on which of them it was.
    """
    key = (reduce, rows.shape, rows.dtype, count)
    if rows.size >= _MANY:
        if key in _seen:
            with jax.default_device(jax.devices("cpu")[0]):
                return np.array(_program(reduce, rows, ids, count))
        if len(_seen) < 1024:
            _seen.add(key)
    starts = np.flatnonzero(np.diff(ids, prepend=ids[0] - 1))
    result = np.zeros((count, *rows.shape[1:]), rows.dtype)
    result[ids[starts]] = reduce_at(rows, starts)
    return result


def sums_on_host(rows, ids, count):
    """The sums of rows of sorted ids; zeros for ids that do not occur."""
    return on_host(_host_sums, _sums, rows, ids, count)


def _quotients(xp, sums, sizes):
    """Sums by the numbers of their rows; integers are rounded towards zero."""
    if sums.dtype.kind not in "iu":
        return sums / sizes.astype(sums.dtype)
    quotients = xp.abs(sums.astype(np.int64)) // sizes
    return xp.where(sums < 0, -quotients, quotients).astype(sums.dtype)


# For runs of rows on the host, for all rows in a compiled program, value of a segment without rows.
_SORTED = {
    "Sum": (_host_sums, _sums, 0),
    "Mean": (_host_sums, _sums, 0),
    "Prod": (_host_products, _products, 1),
    "Max": (_extremes_in_order(np.maximum), _maxima, 0),
    "Min": (_extremes_in_order(np.minimum), _minima, 0),
}


def _sorted(name, reduce_at, reduce, empty):
    def run(data, segment_ids):
        _check_sorted(data, segment_ids)
        count = int(segment_ids[-1]) + 1 if segment_ids.size else 0
        if not count:
            return np.zeros((0, *data.shape[1:]), data.dtype)
        rows = data.astype(wide_type(data.dtype))
        xp = np if isinstance(data, np.ndarray) else jnp
        with np.errstate(all="ignore"):
            if xp is np:
                found = on_host(reduce_at, reduce, rows, segment_ids, count)
            else:
                found = reduce(rows, segment_ids, count)
            sizes = np.bincount(segment_ids, minlength=count).reshape(-1, *[1] * (data.ndim - 1))
            if name == "Mean":
                found = _quotients(xp, found, np.maximum(sizes, 1))
            return xp.where(sizes > 0, found, found.dtype.type(empty)).astype(data.dtype)

    return run


def _known_ids(attrs, value):
    """In a graph, ids that are a constant say how many segments there are."""
    return () if value("segment_ids") is None else ("segment_ids",)


for _name, _functions in _SORTED.items():
    kernel(f"Segment{_name}", host=True, static=_known_ids)(_sorted(_name, *_functions))


@shape_function(*(f"Segment{name}" for name in _SORTED))
def _(op):
    data, ids = op.shape(0)._dims, op.shape(1)._dims
    if ids is not None and len(ids) != 1:
        raise invalid(f"Shape must be rank 1 but is rank {len(ids)}: segment_ids should be a vector.")
    at_least_rank(op.shape(0), 1)
    return UNKNOWN if data is None else from_dims((None, *data[1:]))


# Counts --------------------------------------------------------------------------------------------------


def _bin_count(size) -> int:
    exactly_rank(as_shape(np.shape(size)), 0)
    count = int(size)
    if count < 0:
        raise invalid(f"size ({count}) must be non-negative")
    return count


def _count(values, size, weights, binary):
    """Counts along the last axis of `values`; numbers of `size` and above are not counted."""
    if weights.size not in (0, values.size) or (weights.size and weights.shape != values.shape):
        raise invalid(
            "`weights` must be the same shape as `arr` or a length-0 `Tensor`, in which case it acts as all "
            f"weights equal to 1. Received {shape_text(weights.shape)}"
        )
    runtime_check(values >= 0, "Input arr must be non-negative!")
    use_weights = weights.size and not binary
    amounts = weights if use_weights else jnp.ones(values.shape, weights.dtype)
    # A negative index would count from the end.
    positions = jnp.where(values < 0, size, values)
    bins = jnp.zeros((*values.shape[:-1], size), weights.dtype)
    where = (*jnp.indices(values.shape, sparse=True)[:-1], positions)
    return bins.at[where].set(amounts, mode="drop") if binary else bins.at[where].add(amounts, mode="drop")


@kernel("Bincount", static=("size",))
def bincount(arr, size, weights):
    return _count(arr.reshape(-1), _bin_count(size), weights.reshape(-1), False)


@kernel("DenseBincount", static=("size",))
def dense_bincount(input, size, weights, *, binary_output):
    if input.ndim > 2:
        raise invalid(f"Shape must be at most rank 2 but is rank {input.ndim}")
    if input.ndim == 0:
        input, weights = input.reshape(1), weights.reshape(-1)
    return _count(input, _bin_count(size), weights, binary_output)


@shape_function("Bincount")
def _(op):
    return from_dims((_static_bins(op),))


@shape_function("DenseBincount")
def _(op):
    dims = op.shape(0)._dims
    if dims is None:
        return UNKNOWN
    return from_dims((*((None,) if len(dims) == 2 else ()), _static_bins(op)))


def _static_bins(op) -> int | None:
    exactly_rank(op.shape(1), 0)
    size = op.static(1)
    return None if size is None else _bin_count(size)
