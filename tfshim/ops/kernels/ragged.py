"""Ops of ragged tensors whose output shapes depend on values: they run on the host."""

from __future__ import annotations

import numpy as np

from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid
from tfshim.shapes import from_dims

_MOST = np.iinfo(np.int64).max


@kernel("RaggedRange", host=True)
def ragged_range(starts, limits, deltas, *, Tsplits):
    for name, value in (("starts", starts), ("limits", limits), ("deltas", deltas)):
        if value.ndim > 1:
            raise invalid(f"{name} must be a scalar or vector")
    sizes = {v.size for v in (starts, limits, deltas) if v.ndim}
    if len(sizes) > 1:
        raise invalid("starts, limits, and deltas must have the same shape")
    rows = sizes.pop() if sizes else 1
    starts, limits, deltas = (np.broadcast_to(v, (rows,)) for v in (starts, limits, deltas))
    if (deltas == 0).any():
        raise invalid("Requires delta != 0")
    if starts.dtype.kind == "f" and (np.abs((limits - starts) / deltas) > _MOST).any():
        raise invalid(f"Requires ((limit - start) / delta) <= {_MOST}")
    wide = starts.dtype if starts.dtype.kind == "f" else np.dtype(np.int64)
    lengths = np.maximum(_ceil_divided(limits.astype(wide) - starts, deltas.astype(wide)), 0).astype(np.int64)
    splits = np.concatenate([[0], np.cumsum(lengths)])
    places = np.arange(splits[-1]) - np.repeat(splits[:-1], lengths)
    values = np.repeat(starts, lengths) + places.astype(starts.dtype) * np.repeat(deltas, lengths)
    return splits.astype(Tsplits.as_numpy_dtype), values.astype(starts.dtype)


def _ceil_divided(a, b):
    return np.ceil(a / b) if a.dtype.kind == "f" else -(-a // b)


@shape_function("RaggedRange")
def _(op):
    shapes = [op.shape(i) for i in range(3)]
    most = max(s.rank or 0 for s in shapes)
    if most > 1:
        raise invalid(f"Shape must be at most rank 1 but is rank {most}")
    if any(s.rank is None for s in shapes):
        return from_dims((None,)), from_dims((None,))
    vectors = [s._dims[0] for s in shapes if s.rank]
    if len(set(vectors) - {None}) > 1:
        raise invalid("starts, limits, and deltas must have the same shape")
    rows = next((n for n in vectors if n is not None), None) if vectors else 1
    return from_dims((None if rows is None else rows + 1,)), from_dims((None,))


@kernel("UnsortedSegmentJoin", host=True)
def unsorted_segment_join(inputs, segment_ids, num_segments, *, separator):
    if num_segments.ndim:
        raise invalid("Number of segments must be a scalar")
    count = int(num_segments)
    if inputs.shape[: segment_ids.ndim] != segment_ids.shape:
        raise invalid("segment_ids must have the shape of the first dimensions of inputs")
    rows = inputs.reshape((segment_ids.size, *inputs.shape[segment_ids.ndim :]))
    ids = segment_ids.reshape(-1)
    if ((ids < 0) | (ids >= count)).any():
        raise invalid("segment_ids are not allowed to exceed num_segments or to have negative values.")
    between = separator.encode() if isinstance(separator, str) else separator
    result = np.empty((count, *rows.shape[1:]), object)
    for segment in range(count):
        members = rows[ids == segment]
        for place in np.ndindex(rows.shape[1:]):
            result[(segment, *place)] = between.join(members[(slice(None), *place)].tolist())
    return result


@shape_function("UnsortedSegmentJoin")
def _(op):
    values, ids, count = op.shape(0), op.shape(1), op.static(2)
    if op.shape(2).rank:
        raise invalid(f"Shape must be rank 0 but is rank {op.shape(2).rank}")
    if values.rank is None or ids.rank is None:
        return from_dims(None)
    for own, other in zip(values._dims, ids._dims, strict=False):
        if None not in (own, other) and own != other:
            raise invalid(f"Dimensions must be equal, but are {own} and {other}")
    return from_dims((None if count is None else int(count), *values._dims[ids.rank :]))
