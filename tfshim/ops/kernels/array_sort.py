"""Kernels that order, reverse or count elements: top_k, search, unique, where, reverse, roll."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim.ops.kernels.array_common import data_kernel, int_vector, is_host, require
from tfshim.ops.kernels.sorting import ordered_bits, stable_argsort
from tfshim.ops.registry import kernel, runtime_check, shape_function
from tfshim.ops.shape_helpers import invalid, shape_text

# Top k -----------------------------------------------------------------------------------------------------


def _by_comparing(x):
    """Positions of the last axis's elements from the largest on; nan is last, equal ones keep their order."""
    # Complementing an integer reverses its order without overflow; nan sorts to the end under negation.
    order = -x if jnp.issubdtype(x.dtype, jnp.floating) else ~x
    positions = lax.broadcasted_iota(jnp.int32, x.shape, x.ndim - 1)
    return lax.sort((order, positions), dimension=-1, is_stable=True, num_keys=1)[1]


def _by_bits(x):
    """`_by_comparing` for CPUs."""
    return stable_argsort(ordered_bits(-x) if jnp.issubdtype(x.dtype, jnp.floating) else ~ordered_bits(x))


def _top_k(x, k, index_dtype, descending):
    if not x.ndim:
        raise invalid("input must be >= 1-D, got shape []")
    if k < 0:
        raise invalid(f"Need k >= 0, got {k}")
    if x.shape[-1] < k:
        raise invalid(f"input must have at least k columns. Had {x.shape[-1]}, needed {k}")
    keys = lax.stop_gradient(x)
    inexact = jnp.issubdtype(x.dtype, jnp.floating)
    if k * 4 > x.shape[-1]:
        indices = descending(keys)[..., :k]
    else:
        _, indices = lax.top_k(jnp.where(jnp.isnan(keys), -jnp.inf, keys) if inexact else keys, k)
    values = jnp.take_along_axis(x, indices, axis=-1, mode="promise_in_bounds")
    return values, indices.astype(index_dtype)


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def _nth(x, n, reverse):
    place = jnp.take(stable_argsort(ordered_bits(x)), x.shape[-1] - 1 - n if reverse else n, axis=-1)
    return jnp.take_along_axis(x, place[..., None], axis=-1)[..., 0]


@_nth.defjvp
def _nth_jvp(reverse, primals, tangents):
    """Elements that are as large share the gradient, as in TensorFlow."""
    (x, n), (t, _) = primals, tangents
    out = _nth(x, n, reverse)
    alike = (x == out[..., None]).astype(x.dtype)
    return out, jnp.sum(alike * t, axis=-1) / jnp.sum(alike, axis=-1)


@kernel("NthElement", no_gradient=("n",))
def nth_element(x, n, *, reverse):
    if n.ndim:
        raise invalid(f"N must be scalar but has rank {n.ndim}")
    if x.ndim < 1:
        raise invalid("input must be >= 1-D, got a scalar")
    runtime_check(n >= 0, "n must be non-negative")
    runtime_check(n < x.shape[-1], f"Input must have last dimension > n, got {x.shape[-1]}")
    return _nth(x, n, reverse)


@shape_function("NthElement")
def _(op):
    op.shape(1).with_rank(0)
    shape, n = op.shape(0).with_rank_at_least(1), op.static(1)
    if n is not None and n < 0:
        raise invalid("n must be non-negative")
    if None not in (n, shape.rank) and shape[-1] is not None and shape[-1] <= n:
        raise invalid(f"Input must have last dimension > n = {n} but is {shape[-1]}")
    return shape[:-1]


def _register_top_k(platform, descending):
    @kernel("TopKV2", static=("k",), platform=platform)
    def top_k_v2(x, k, *, index_type):
        if k.ndim:
            raise invalid(f"k must be scalar, got shape {shape_text(k.shape)}")
        return _top_k(x, int(k), index_type.as_numpy_dtype, descending)

    @kernel("TopK", platform=platform)
    def top_k(x, *, k):
        return _top_k(x, k, np.int32, descending)


_register_top_k(None, _by_comparing)
_register_top_k("cpu", _by_bits)


def _approx_top_k(x, k, reduction_dimension, recall_target, is_max_k, size_override, aggregate):
    if not x.ndim:
        raise invalid("input must be >= 1-D, got shape []")
    if not -x.ndim <= reduction_dimension < x.ndim:
        raise invalid(f"reduction_dimension {reduction_dimension} is out of range for shape {shape_text(x.shape)}")
    if x.shape[reduction_dimension] < k:
        raise invalid(f"input must have at least k columns. Had {x.shape[reduction_dimension]}, needed {k}")
    find = lax.approx_max_k if is_max_k else lax.approx_min_k
    values, indices = find(
        x,
        k,
        reduction_dimension=reduction_dimension,
        recall_target=min(recall_target, 1.0),
        reduction_input_size_override=size_override,
        aggregate_to_topk=aggregate,
    )
    return values, indices.astype(np.int32)


@kernel("ApproxTopK")
def approx_top_k(
    x, *, k, reduction_dimension, recall_target, is_max_k, reduction_input_size_override, aggregate_to_topk
):
    return _approx_top_k(
        x, k, reduction_dimension, recall_target, is_max_k, reduction_input_size_override, aggregate_to_topk
    )


@kernel("ApproxTopK", platform="cpu")
def approx_top_k_cpu(
    x, *, k, reduction_dimension, recall_target, is_max_k, reduction_input_size_override, aggregate_to_topk
):
    # The result is exact here, so there is nothing left to aggregate.
    return _approx_top_k(x, k, reduction_dimension, recall_target, is_max_k, reduction_input_size_override, True)


def _in_top_k(predictions, targets, k):
    if predictions.ndim != 2:
        raise invalid("predictions must be 2-dimensional")
    if targets.ndim != 1:
        raise invalid("targets must be 1-dimensional")
    if predictions.shape[0] != targets.shape[0]:
        raise invalid(
            f"First dimension of predictions {predictions.shape[0]} must match length of targets {targets.shape[0]}"
        )
    classes = predictions.shape[1]
    if not classes:
        return jnp.zeros(targets.shape, bool)
    safe = jnp.clip(targets, 0, classes - 1)
    own = jnp.take_along_axis(predictions, safe[:, None], axis=1)
    ahead = jnp.sum(predictions > own, axis=1)
    decidable = (targets == safe) & jnp.all(jnp.isfinite(predictions), axis=1)
    return decidable & (ahead < k)


@kernel("InTopKV2")
def in_top_k_v2(predictions, targets, k):
    if k.ndim:
        raise invalid(f"k must be 0-D, got shape {shape_text(k.shape)}")
    return _in_top_k(predictions, targets, k)


@kernel("InTopK")
def in_top_k(predictions, targets, *, k):
    return _in_top_k(predictions, targets, k)


# Search ----------------------------------------------------------------------------------------------------


def _register_bound(name, side):
    def body(xp, sorted_inputs, values, *, out_type):
        for what, array in (("sorted_inputs", sorted_inputs), ("values", values)):
            if array.ndim != 2:
                raise invalid(f"Shape must be rank 2 but is rank {array.ndim} for `{what}` argument")
        if sorted_inputs.shape[0] != values.shape[0]:
            raise invalid("Leading dim_size of both tensors must match.")
        if is_host(xp):
            found = [np.searchsorted(s, v, side) for s, v in zip(sorted_inputs, values)]
            return np.array(found, out_type.as_numpy_dtype).reshape(values.shape)
        if not sorted_inputs.shape[1] or not values.size:
            return jnp.zeros(values.shape, out_type.as_numpy_dtype)
        search = jax.vmap(lambda s, v: jnp.searchsorted(s, v, side=side))
        return search(sorted_inputs, values).astype(out_type.as_numpy_dtype)

    data_kernel(name)(body)


_register_bound("LowerBound", "left")
_register_bound("UpperBound", "right")


# What depends on the data decides the shape: on the host -----------------------------------------------------


@kernel("Where", host=True)
def where(x):
    if not 1 <= x.ndim <= 8:
        raise invalid(f"WhereOp : Unhandled input dimensions: {x.ndim}")
    return np.argwhere(x).astype(np.int64)


def _first_occurrences(x):
    """Positions of the distinct elements in order of appearance, and for each element which of them it is."""
    if x.dtype == object:
        seen: dict[bytes, int] = {}
        index = np.array([seen.setdefault(v, len(seen)) for v in x.tolist()], np.int64)
        first = np.zeros(len(seen), np.int64)
        first[index[::-1]] = np.arange(x.size)[::-1]
        return first, index
    if x.dtype.kind in "iu" and x.size:
        low, high = int(x.min()), int(x.max())
        if high - low < 4 * x.size + 1000:
            return _first_in_table(x, low, high)
    keys = x.astype(np.float32) if x.dtype.kind == "V" else x
    _, first, index = np.unique(keys, return_index=True, return_inverse=True, equal_nan=False)
    return _by_appearance(first, index)


def _first_in_table(x, low: int, high: int):
    """`_first_occurrences` of integers that lie close together: no sorting, a tenth of the time for many."""
    # Across the difference of small types: 127 - (-128) is no int8.
    values = (x - x.dtype.type(low)).view(f"u{x.itemsize}").astype(np.int64)
    first = np.full(high - low + 1, x.size)
    first[values[::-1]] = np.arange(x.size)[::-1]  # of several, the last one assigned stays
    found = np.sort(first[first < x.size])
    rank = np.empty_like(first)
    rank[values[found]] = np.arange(found.size)
    return found, rank[values]


def _by_appearance(first, index):
    order = np.argsort(first, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    return first[order], rank[index.reshape(-1)]


def _unique(x, out_idx):
    if x.ndim != 1:
        raise invalid("unique expects a 1D vector.")
    first, index = _first_occurrences(x)
    return x[first], index.astype(out_idx.as_numpy_dtype)


def _unique_along(x, axis, out_idx):
    axes = axis.tolist()
    if not axes:
        return _unique(x, out_idx)
    if len(axes) != 1:
        raise invalid("axis does not support input tensors larger than 1 elements")
    if not -x.ndim <= axes[0] < x.ndim:
        raise invalid(f"axis expects to be in the range [0, {x.ndim})")
    moved = np.moveaxis(x, axes[0], 0)
    rows = moved.reshape(moved.shape[0], -1)
    if x.dtype == object:
        seen: dict[tuple, int] = {}
        index = np.array([seen.setdefault(tuple(r), len(seen)) for r in rows.tolist()], np.int64)
        first = np.zeros(len(seen), np.int64)
        first[index[::-1]] = np.arange(rows.shape[0])[::-1]
    else:
        keys = rows.astype(np.float32) if rows.dtype.kind == "V" else rows
        _, first, index = np.unique(keys, return_index=True, return_inverse=True, axis=0, equal_nan=False)
        first, index = _by_appearance(first, index)
    return np.ascontiguousarray(np.moveaxis(moved[first], 0, axes[0])), index.astype(out_idx.as_numpy_dtype)


def _with_counts(y, index, out_idx, size):
    return y, index, np.bincount(index, minlength=size).astype(out_idx.as_numpy_dtype)


@kernel("Unique", host=True)
def unique(x, *, out_idx):
    return _unique(x, out_idx)


@kernel("UniqueV2", host=True)
def unique_v2(x, axis, *, out_idx):
    return _unique_along(x, axis, out_idx)


@kernel("UniqueWithCounts", host=True)
def unique_with_counts(x, *, out_idx):
    y, index = _unique(x, out_idx)
    return _with_counts(y, index, out_idx, y.shape[0])


@kernel("UniqueWithCountsV2", host=True)
def unique_with_counts_v2(x, axis, *, out_idx):
    y, index = _unique_along(x, axis, out_idx)
    return _with_counts(y, index, out_idx, y.shape[axis.tolist()[0]] if axis.size else y.shape[0])


@kernel("ListDiff", host=True)
def list_diff(x, y, *, out_idx):
    for name, value in (("x", x), ("y", y)):
        if value.ndim != 1:
            raise invalid(f"{name} should be a 1D vector.")
    excluded = set(y.tolist())
    keep = np.array([i for i, v in enumerate(x.tolist()) if v not in excluded], np.int64)
    return x[keep], keep.astype(out_idx.as_numpy_dtype)


# Reversing and rolling -----------------------------------------------------------------------------------------


@data_kernel("ReverseV2", static=("axis",))
def reverse_v2(xp, x, axis):
    if not x.ndim:
        return x
    axes = int_vector(axis, f"'dims' must be 1-dimension, not {axis.ndim}")
    chosen = set()
    for i, a in enumerate(axes):
        if not -x.ndim <= a < x.ndim:
            raise invalid(f"'axis'[{i}] = {a} is out of valid range [0, {x.ndim - 1}")
        if a % x.ndim in chosen:
            raise invalid(f"axis {a % x.ndim} specified more than once.")
        chosen.add(a % x.ndim)
    return xp.flip(x, tuple(sorted(chosen))) if chosen else x


@data_kernel("Reverse", static=("dims",))
def reverse(xp, x, dims):
    if dims.ndim != 1 or dims.size != x.ndim:
        raise invalid(
            f"'dims' must have the same number of values as 'input' has dimensions. 'input' has {x.ndim}'dims' has "
            f"{dims.size} values"
        )
    axes = tuple(i for i, chosen in enumerate(dims.tolist()) if chosen)
    return xp.flip(x, axes) if axes else x


def _length_message(lengths, size, seq_dim):
    for i, n in enumerate(lengths.tolist()):
        if n < 0:
            return f"seq_lens({i}) < 0"
        if n > size:
            return f"seq_lens({i}) > input.dims({int(seq_dim)})"
    return "seq_lens out of range"


@data_kernel("ReverseSequence")
def reverse_sequence(xp, x, seq_lengths, *, seq_dim, batch_dim):
    if seq_lengths.ndim != 1:
        raise invalid(f"seq_lengths must be 1-dim, not {seq_lengths.ndim}")
    for name, dim in (("batch_dim", batch_dim), ("seq_dim", seq_dim)):
        if not 0 <= dim < x.ndim:
            raise invalid(f"{name} must be < input rank ( {dim} vs. {x.ndim})")
    if seq_dim == batch_dim:
        raise invalid(f"batch_dim == seq_dim == {seq_dim}")
    if seq_lengths.shape[0] != x.shape[batch_dim]:
        raise invalid(
            f"Length of seq_lengths != input.dims({batch_dim}), ({seq_lengths.shape[0]} vs. {x.shape[batch_dim]})"
        )
    size = x.shape[seq_dim]
    lengths = seq_lengths.astype(np.int64)
    in_range = (lengths >= 0) & (lengths <= size)
    require(xp, in_range, _length_message, seq_lengths, xp.array(size), xp.array(seq_dim))
    step = xp.arange(size, dtype=np.int64)
    # Rows are batches: which element of the sequence stands at each step.
    source = xp.where(step < lengths[:, None], lengths[:, None] - 1 - step, step)
    if batch_dim > seq_dim:
        source = source.T
    dims = [1] * x.ndim
    dims[seq_dim], dims[batch_dim] = size, x.shape[batch_dim]
    return xp.take_along_axis(x, xp.broadcast_to(source.reshape(dims), x.shape), axis=seq_dim)


@data_kernel("Roll", static=("axis",))
def roll(xp, x, shift, axis):
    if not x.ndim:
        raise invalid("input must be 1-D or higher")
    if shift.ndim > 1:
        raise invalid(f"shift must be a scalar or a 1-D vector. Found: {shape_text(shift.shape)}")
    if axis.ndim > 1:
        raise invalid(f"axis must be a scalar or a 1-D vector. Found: {shape_text(axis.shape)}")
    if shift.shape != axis.shape:
        raise invalid("shift and axis must have the same size")
    for i, a in enumerate(axis.reshape(-1).tolist()):
        if not -x.ndim <= a < x.ndim:
            raise invalid(f"axis {a} is out of range")
        x = _rolled(xp, x, shift.reshape(-1)[i], a % x.ndim)
    return x


def _rolled(xp, x, shift, axis):
    size = x.shape[axis]
    if not size:
        return x
    if is_host(xp):
        return np.roll(x, int(shift), axis)
    doubled = jnp.concatenate([x, x], axis)
    start = (-shift.astype(jnp.int64)) % size
    return lax.dynamic_slice_in_dim(doubled, start, size, axis)
