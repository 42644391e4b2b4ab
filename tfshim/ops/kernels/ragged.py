"""Ops of ragged tensors whose output shapes depend on values: they run on the host."""

from __future__ import annotations

import numpy as np

from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid
from tfshim.shapes import from_dims


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
    lengths = np.maximum(_ceil_divided(limits - starts, deltas), 0).astype(np.int64)
    splits = np.concatenate([[0], np.cumsum(lengths)])
    places = np.arange(splits[-1]) - np.repeat(splits[:-1], lengths)
    values = np.repeat(starts, lengths) + places.astype(starts.dtype) * np.repeat(deltas, lengths)
    return splits.astype(Tsplits.as_numpy_dtype), values.astype(starts.dtype)


def _ceil_divided(a, b):
    return np.ceil(a / b) if a.dtype.kind == "f" else -(-a // b)


@shape_function("RaggedRange")
def _(op):
    shapes = [op.shape(i) for i in range(3)]
    if any(s.rank is None for s in shapes):
        return from_dims((None,)), from_dims((None,))
    vectors = [s._dims[0] for s in shapes if s.rank]
    if len(set(vectors) - {None}) > 1:
        raise invalid("starts, limits, and deltas must have the same shape")
    rows = next((n for n in vectors if n is not None), None) if vectors else 1
    return from_dims((None if rows is None else rows + 1,)), from_dims((None,))
