"""Sums and means of rows that are gathered and share a sorted segment id, and their gradients.

The attribute `sparse_gradient` is for the gradient rules alone (see `tfshim.sparse.gradients`).
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from tfshim.ops.kernels.segment import bad_run, check_ascending, sums_on_host, wide_type
from tfshim.ops.registry import kernel, runtime_check
from tfshim.ops.shape_helpers import invalid, shape_text

_KINDS = ("Sum", "Mean", "SqrtN")


def _divisors(xp, kind, counts, dtype):
    """What the sums of segments of these sizes are divided by."""
    counts = xp.maximum(counts, 1).astype(dtype)
    return xp.sqrt(counts) if kind == "SqrtN" else counts


def _check_arguments(data, indices, segment_ids):
    if data.ndim < 1:
        raise invalid("Shape must be at least rank 1")
    if indices.ndim != 1:
        raise invalid("indices should be a vector.")
    if segment_ids.ndim != 1:
        raise invalid("segment_ids should be a vector.")
    if indices.shape != segment_ids.shape:
        raise invalid("segment_ids and indices should have same size.")


def _single(name, value) -> int:
    if np.ndim(value):
        raise invalid(f"{name} should be a scalar, not shape {shape_text(np.shape(value))}")
    if value < 0:
        raise invalid(f"{name} must be non-negative, got {int(value)}")
    return int(value)


def _bad_index(indices, size) -> str:
    at = int(np.flatnonzero((indices < 0) | (indices >= size))[0])
    return f"Bad: indices[{at}] == {indices[at]} out of range [0, {size})"


def _index_outside(indices, size) -> str:
    return f"Index {indices[(indices < 0) | (indices >= size)][0]} out of range [0, {size})."


def _id_outside(segment_ids) -> str:
    """In gradients the last id says how many segments there are."""
    count = segment_ids[-1] + 1
    return f"Segment id {segment_ids[(segment_ids < 0) | (segment_ids >= count)][0]} out of range [0, {count})."


# With a given number of segments: compiled -------------------------------------------------------------------


def _declare_with_count(kind):
    @kernel(f"SparseSegment{kind}WithNumSegments", static=("num_segments",))
    def run(data, indices, segment_ids, num_segments, *, sparse_gradient):
        _check_arguments(data, indices, segment_ids)
        count, rows = _single("num_segments", num_segments), data.shape[0]
        runtime_check((indices >= 0) & (indices < rows), _bad_index, indices, jnp.int64(rows))
        runtime_check(segment_ids[-1:] < count, "segment ids must be < num_segments")
        inside = (segment_ids >= 0) & (segment_ids < count)
        ascending = segment_ids[1:] >= segment_ids[:-1]
        runtime_check(jnp.all(inside) & jnp.all(ascending), bad_run, segment_ids, jnp.int64(count))
        chosen = data.at[indices].get(mode="clip").astype(wide_type(data.dtype))
        sums = jnp.zeros((count, *data.shape[1:]), chosen.dtype).at[segment_ids].add(chosen, mode="drop")
        if kind != "Sum":
            sizes = jnp.zeros(count, jnp.int32).at[segment_ids].add(1, mode="drop")
            sums = sums / _divisors(jnp, kind, sizes, sums.dtype).reshape(-1, *[1] * (data.ndim - 1))
        return sums.astype(data.dtype)


# As many segments as the last id says: on the host -----------------------------------------------------------


def _declare_without_count(kind):
    @kernel(f"SparseSegment{kind}", host=True)
    def run(data, indices, segment_ids, *, sparse_gradient):
        _check_arguments(data, indices, segment_ids)
        rows = data.shape[0]
        if ((indices < 0) | (indices >= rows)).any():
            raise invalid(_bad_index(indices, rows))
        check_ascending(segment_ids)
        if not segment_ids.size:
            return np.zeros((0, *data.shape[1:]), data.dtype)
        count = int(segment_ids[-1]) + 1
        with np.errstate(all="ignore"):
            found = sums_on_host(data[indices].astype(wide_type(data.dtype)), segment_ids, count)
            if kind != "Sum":
                sizes = np.bincount(segment_ids, minlength=count)
                found = found / _divisors(np, kind, sizes, found.dtype).reshape(-1, *[1] * (data.ndim - 1))
            return found.astype(data.dtype)


# Gradients ---------------------------------------------------------------------------------------------------


def _declare_gradient(kind):
    @kernel(f"SparseSegment{kind}Grad", static=("output_dim0",))
    def run(grad, indices, segment_ids, output_dim0):
        _check_arguments(grad, indices, segment_ids)
        rows, segments = _single("output_dim0", output_dim0), grad.shape[0]
        runtime_check(segment_ids[-1:] < segments, "Invalid number of segments")
        runtime_check((indices >= 0) & (indices < rows), _index_outside, indices, jnp.int64(rows))
        end = segment_ids[-1:] + 1
        runtime_check((segment_ids >= 0) & (segment_ids < end), _id_outside, segment_ids)
        wide = grad.astype(wide_type(grad.dtype))
        if kind != "Sum":
            sizes = jnp.zeros(segments, jnp.int32).at[segment_ids].add(1, mode="drop")
            wide = wide / _divisors(jnp, kind, sizes, wide.dtype).reshape(-1, *[1] * (grad.ndim - 1))
        parts = wide.at[segment_ids].get(mode="clip")
        sums = jnp.zeros((rows, *grad.shape[1:]), wide.dtype).at[indices].add(parts, mode="drop")
        return sums.astype(grad.dtype)

    @kernel(f"SparseSegment{kind}GradV2", host=True)
    def run_sparse(grad, indices, segment_ids, dense_output_dim0):
        """Only the rows that occur, and which rows they are."""
        _check_arguments(grad, indices, segment_ids)
        rows, segments = _single("dense_output_dim0", dense_output_dim0), grad.shape[0]
        if segment_ids.size and segment_ids[-1] >= segments:
            raise invalid("Invalid number of segments")
        if ((indices < 0) | (indices >= rows)).any():
            raise invalid(_index_outside(indices, rows))
        if ((segment_ids < 0) | (segment_ids > segment_ids[-1:])).any():
            raise invalid(_id_outside(segment_ids))
        unique, place = np.unique(indices, return_inverse=True)
        wide = grad.astype(wide_type(grad.dtype))
        if kind != "Sum":
            sizes = np.bincount(segment_ids, minlength=segments)
            wide = wide / _divisors(np, kind, sizes, wide.dtype).reshape(-1, *[1] * (grad.ndim - 1))
        sums = np.zeros((unique.size, *grad.shape[1:]), wide.dtype)
        np.add.at(sums, place, wide[segment_ids])
        return sums.astype(grad.dtype), unique


for _kind in _KINDS:
    _declare_with_count(_kind)
    _declare_without_count(_kind)
    _declare_gradient(_kind)
