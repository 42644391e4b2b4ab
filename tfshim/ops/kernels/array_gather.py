"""Kernels that read or write elements at given indices: gathers, scatters, one-hot, selects."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim.ops.kernels.array_common import check_count, data_kernel, product, scalar_of
from tfshim.ops.registry import kernel, runtime_check
from tfshim.ops.shape_helpers import invalid, shape_text

_IN_BOUNDS = lax.GatherScatterMode.PROMISE_IN_BOUNDS
_DROP = lax.GatherScatterMode.FILL_OR_DROP


def _wide(indices):
    """XLA clamps in the index dtype: int16 cannot hold every size."""
    return indices.astype(jnp.int32) if np.dtype(indices.dtype).itemsize < 4 else indices


# Gather ----------------------------------------------------------------------------------------------------


def _gather_message(indices, size):
    wrong = (indices < 0) | (indices >= size)
    flat = int(np.argmax(wrong.ravel()))
    position = shape_text(np.unravel_index(flat, indices.shape)) if indices.ndim else ""
    return f"indices{position} = {indices.ravel()[flat]} is not in [0, {int(size)})"


def _gather_arguments(params, indices, axis, batch_dims):
    if not params.ndim:
        raise invalid("params must be at least 1 dimensional")
    if not -params.ndim <= axis < params.ndim:
        least = axis + 1 if axis >= 0 else -axis
        raise invalid(f"Shape must be at least rank {least} but is rank {params.ndim}")
    axis %= params.ndim
    if not -indices.ndim <= batch_dims <= indices.ndim:
        raise invalid(f"Expected batch_dims in the range [{-indices.ndim}, {indices.ndim}], but got {batch_dims}")
    batch_dims = batch_dims + indices.ndim if batch_dims < 0 else batch_dims
    if batch_dims > params.ndim:
        raise invalid(f"batch_dims ({batch_dims}) must be less than rank(params) ({params.ndim}).")
    if axis < batch_dims:
        raise invalid(f"batch_dims ({batch_dims}) must be less than or equal to axis ({axis}).")
    for i in range(batch_dims):
        if params.shape[i] != indices.shape[i]:
            raise invalid(
                f"params.shape[{i}]: {params.shape[i]} should be equal to indices.shape[{i}]: {indices.shape[i]}"
            )
    return axis, batch_dims


def device_gather(params, indices, axis, batch_dims, mode):
    """`params` at `indices` along `axis`, the first `batch_dims` dimensions of both paired."""
    axis, batch = _gather_arguments(params, indices, axis, batch_dims)
    size = params.shape[axis]
    in_range = (indices >= 0) & (indices < size)
    runtime_check(in_range, _gather_message, indices, jnp.asarray(size))
    out_dims = (*params.shape[:axis], *indices.shape[batch:], *params.shape[axis + 1 :])
    if not size:
        return jnp.zeros(out_dims, params.dtype)
    inner = indices.ndim - batch
    offset = [*range(batch, axis), *range(axis + inner, params.ndim - 1 + inner)]
    numbers = lax.GatherDimensionNumbers(
        offset_dims=tuple(offset),
        collapsed_slice_dims=(axis,),
        start_index_map=(axis,),
        operand_batching_dims=tuple(range(batch)),
        start_indices_batching_dims=tuple(range(batch)),
    )
    sizes = [1 if i == axis or i < batch else d for i, d in enumerate(params.shape)]
    # lax.gather puts the index dimensions where `offset_dims` leaves room, in order: batch first, then the rest
    # between the dimensions of `params` before and after `axis`.
    return lax.gather(
        params,
        _wide(indices)[..., None],
        numbers,
        tuple(sizes),
        mode=mode,
        fill_value=_fill(params.dtype) if mode is _DROP else None,
    )


def _fill(dtype):
    return False if np.dtype(dtype).kind == "b" else 0


def host_gather(params, indices, axis, batch_dims):
    """The same on NumPy arrays."""
    axis, batch = _gather_arguments(params, indices, axis, batch_dims)
    size = params.shape[axis]
    if indices.size and not ((indices >= 0) & (indices < size)).all():
        raise invalid(_gather_message(indices, size))
    if not batch:
        return params.take(indices, axis) if indices.size else _empty_take(params, indices, axis)
    rows = [
        host_gather(p, i, axis - batch, 0)
        for p, i in zip(
            params.reshape((-1, *params.shape[batch:])),
            indices.reshape((-1, *indices.shape[batch:])),
            strict=True,
        )
    ]
    out_dims = (*params.shape[:axis], *indices.shape[batch:], *params.shape[axis + 1 :])
    return np.stack(rows).reshape(out_dims) if rows else np.zeros(out_dims, params.dtype)


def _empty_take(params, indices, axis):
    return np.zeros((*params.shape[:axis], *indices.shape, *params.shape[axis + 1 :]), params.dtype)


def _twin_gather_v2(params, indices, axis, *, batch_dims):
    return host_gather(params, indices, scalar_of(axis, "axis"), batch_dims)


def _twin_gather(params, indices):
    return host_gather(params, indices, 0, 0)


# Out of range indices give zeros on accelerators; on the CPU the check raises, so the gather need not care.
@kernel("GatherV2", static=("axis",), numpy=_twin_gather_v2)
def gather_v2(params, indices, axis, *, batch_dims):
    return device_gather(params, indices, scalar_of(axis, "axis"), batch_dims, _DROP)


@kernel("GatherV2", platform="cpu")
def gather_v2_cpu(params, indices, axis, *, batch_dims):
    return device_gather(params, indices, scalar_of(axis, "axis"), batch_dims, _IN_BOUNDS)


@kernel("Gather", numpy=_twin_gather)
def gather(params, indices):
    return device_gather(params, indices, 0, 0, _DROP)


@kernel("Gather", platform="cpu")
def gather_cpu(params, indices):
    return device_gather(params, indices, 0, 0, _IN_BOUNDS)


# GatherNd --------------------------------------------------------------------------------------------------


def _first_wrong(indices, dims):
    tuples = indices.reshape((-1, indices.shape[-1]))
    wrong = ((tuples < 0) | (tuples >= np.asarray(dims))).any(axis=-1)
    flat = int(np.argmax(wrong))
    outer = indices.shape[:-1]
    position = shape_text(np.unravel_index(flat, outer)) if outer else ""
    return position, "[" + ", ".join(map(str, tuples[flat].tolist())) + "]"


def _gather_nd_message(indices, dims):
    position, value = _first_wrong(indices, dims[: indices.shape[-1]])
    return (
        f"indices{position} = {value} does not index into param shape {shape_text(dims.tolist())}, node name: GatherNd"
    )


def _scatter_nd_message(indices, dims):
    position, value = _first_wrong(indices, dims[: indices.shape[-1]])
    return f"indices{position} = {value} does not index into shape {shape_text(dims.tolist())}"


def _checks_indices(policy):
    if policy not in ("", "DEFAULT", "ERROR", "IGNORE"):
        raise invalid(f"bad_indices_policy must be one of '', 'DEFAULT', 'ERROR', 'IGNORE', not {policy!r}")
    return policy != "IGNORE"


def _in_range(indices, dims):
    depth = indices.shape[-1]
    limits = np.array(dims[:depth], np.int64)
    return (indices >= 0) & (indices < limits)


def _gather_nd_arguments(params, indices):
    if not params.ndim:
        raise invalid("params must be at least a vector")
    if not indices.ndim:
        raise invalid("indices must be at least a vector")
    depth = indices.shape[-1]
    if depth > params.ndim:
        raise invalid(f"index innermost dimension length must be <= params rank; saw: {depth} vs. {params.ndim}")
    out_dims = (*indices.shape[:-1], *params.shape[depth:])
    if 0 in params.shape and product(out_dims):
        raise invalid(f"Requested more than 0 entries, but params is empty.  Params shape: {shape_text(params.shape)}")
    return depth, out_dims


def device_gather_nd(params, indices, bad_indices_policy=""):
    """`params` at the index tuples in the last dimension of `indices`."""
    depth, out_dims = _gather_nd_arguments(params, indices)
    if _checks_indices(bad_indices_policy):
        runtime_check(_in_range(indices, params.shape), _gather_nd_message, indices, jnp.array(params.shape))
    if not product(out_dims):
        return jnp.zeros(out_dims, params.dtype)
    outer = indices.ndim - 1
    numbers = lax.GatherDimensionNumbers(
        offset_dims=tuple(range(outer, outer + params.ndim - depth)),
        collapsed_slice_dims=tuple(range(depth)),
        start_index_map=tuple(range(depth)),
    )
    sizes = (1,) * depth + params.shape[depth:]
    return lax.gather(params, _wide(indices), numbers, sizes, mode=_DROP, fill_value=_fill(params.dtype))


def host_gather_nd(params, indices, *, bad_indices_policy):
    """The same on NumPy arrays."""
    depth, out_dims = _gather_nd_arguments(params, indices)
    if not product(out_dims):
        return np.zeros(out_dims, params.dtype)
    good = _in_range(indices, params.shape).all(axis=-1)
    if _checks_indices(bad_indices_policy) and not good.all():
        raise invalid(_gather_nd_message(indices, np.array(params.shape)))
    safe = np.where(good[..., None], indices, 0)
    found = params[tuple(safe[..., i] for i in range(depth))]
    found = np.array(np.broadcast_to(found, out_dims))
    found[~good] = b"" if params.dtype == object else 0
    return found


@kernel("GatherNd", numpy=host_gather_nd)
def gather_nd(params, indices, *, bad_indices_policy):
    return device_gather_nd(params, indices, bad_indices_policy)


# Scatter ---------------------------------------------------------------------------------------------------


def _scatter_arguments(indices, updates, dims, name):
    if not indices.ndim:
        raise invalid("Indices shape must have rank at least one. Found:[]")
    if not updates.ndim:
        raise invalid("Updates shape must have rank at least one. Found:[]")
    outer, depth = indices.ndim - 1, indices.shape[-1]
    if product(dims) == 0 and product(indices.shape) and product(updates.shape):
        raise invalid(f"Indices and updates specified for empty output.  indices shape: {shape_text(indices.shape)}")
    if name == "ScatterNd":
        if indices.shape[:outer] != updates.shape[:outer]:
            raise invalid(
                f"Dimensions [0,{outer}) of indices[shape={shape_text(indices.shape)}] must match dimensions "
                f"[0,{outer}) of updates[shape={shape_text(updates.shape)}]"
            )
        if depth > len(dims) or dims[depth:] != updates.shape[outer:]:
            raise invalid(
                f"Dimensions [{depth},{len(dims)}) of input[shape={shape_text(dims)}] must match dimensions "
                f"[{outer},{updates.ndim}) of updates[shape={shape_text(updates.shape)}]"
            )
        return
    if indices.shape[:outer] != updates.shape[:outer]:
        raise invalid(
            f"Outer dimensions of indices and update must match. Indices shape: {shape_text(indices.shape)}, "
            f"updates shape:{shape_text(updates.shape)}"
        )
    if depth > len(dims) or dims[depth:] != updates.shape[outer:]:
        raise invalid(
            f"Inner dimensions of output shape must match inner dimensions of updates shape. Output: "
            f"{shape_text(dims)} updates: {shape_text(updates.shape)}"
        )


def _scatter_numbers(indices, updates):
    outer, depth = indices.ndim - 1, indices.shape[-1]
    return lax.ScatterDimensionNumbers(
        update_window_dims=tuple(range(outer, updates.ndim)),
        inserted_window_dims=tuple(range(depth)),
        scatter_dims_to_operand_dims=tuple(range(depth)),
    )


def device_scatter(xla_scatter, tensor, indices, updates, bad_indices_policy="", name="", **options):
    """Applies `updates` to `tensor` at the index tuples; tuples out of range are dropped (or reported)."""
    _scatter_arguments(indices, updates, tensor.shape, name)
    if _checks_indices(bad_indices_policy):
        runtime_check(_in_range(indices, tensor.shape), _scatter_nd_message, indices, jnp.array(tensor.shape))
    if not product(updates.shape):
        return tensor
    return xla_scatter(tensor, _wide(indices), updates, _scatter_numbers(indices, updates), mode=_DROP, **options)


def _deaf_to_nan(xla_scatter, least):
    """A scatter to which updates that are NaN mean nothing, as in TensorFlow; XLA's would spread them."""

    def scatter(tensor, indices, updates, numbers, **options):
        if jnp.issubdtype(updates.dtype, jnp.inexact):
            updates = jnp.where(jnp.isnan(updates), jnp.asarray(least, updates.dtype), updates)
        return xla_scatter(tensor, indices, updates, numbers, **options)

    return scatter


scatter_max = _deaf_to_nan(lax.scatter_max, -np.inf)
scatter_min = _deaf_to_nan(lax.scatter_min, np.inf)


def host_scatter(combine, tensor, indices, updates, bad_indices_policy, name):
    """The same on NumPy arrays; `combine(target, where, values)` works in place."""
    _scatter_arguments(indices, updates, tensor.shape, name)
    good = _in_range(indices, tensor.shape).all(axis=-1)
    if _checks_indices(bad_indices_policy) and not good.all():
        raise invalid(_scatter_nd_message(indices, np.array(tensor.shape)))
    result = tensor.copy()
    tuples, values = indices[good], updates[good]
    if tuples.shape[-1]:
        combine(result, tuple(tuples[..., i] for i in range(tuples.shape[-1])), values)
    else:
        for value in values:
            combine(result, ..., value)
    return result


def _assign(target, where, values):
    target[where] = values


def _scatter_nd_dims(shape):
    if shape.ndim != 1:
        raise invalid(f"Shape must be a vector, got shape {shape_text(shape.shape)}")
    dims = tuple(shape.tolist())
    check_count(dims)
    return dims


def _host_scatter_nd(indices, updates, shape, *, bad_indices_policy):
    dims = _scatter_nd_dims(shape)
    strings = updates.dtype == object
    zeros = np.full(dims, b"", object) if strings else np.zeros(dims, updates.dtype)
    return host_scatter(np.add.at, zeros, indices, updates, bad_indices_policy, "ScatterNd")


@kernel("ScatterNd", static=("shape",), numpy=_host_scatter_nd)
def scatter_nd(indices, updates, shape, *, bad_indices_policy):
    zeros = jnp.zeros(_scatter_nd_dims(shape), updates.dtype)
    if updates.dtype == bool:
        return device_scatter(lax.scatter_max, zeros, indices, updates, bad_indices_policy, "ScatterNd")
    return device_scatter(lax.scatter_add, zeros, indices, updates, bad_indices_policy, "ScatterNd")


@jax.custom_jvp
def _scatter_update(tensor, indices, updates):
    return device_scatter(lax.scatter, tensor, indices, updates, "IGNORE")


@_scatter_update.defjvp
def _scatter_update_jvp(primals, tangents):
    # Where an index occurs twice, TensorFlow hands the cotangent to every update, not only to the one that won:
    # the transpose under the assumption that indices are unique.
    tensor, indices, updates = primals
    tangent, _, update_tangents = tangents
    linear = device_scatter(lax.scatter, tangent, indices, update_tangents, "IGNORE", unique_indices=True)
    return _scatter_update(tensor, indices, updates), linear


def _host_update(tensor, indices, updates, *, bad_indices_policy):
    return host_scatter(_assign, tensor, indices, updates, bad_indices_policy, "")


@kernel("TensorScatterUpdate", numpy=_host_update)
def tensor_scatter_update(tensor, indices, updates, *, bad_indices_policy):
    _scatter_arguments(indices, updates, tensor.shape, "")
    if _checks_indices(bad_indices_policy):
        runtime_check(_in_range(indices, tensor.shape), _scatter_nd_message, indices, jnp.array(tensor.shape))
    return _scatter_update(tensor, indices, updates)


def _scatter_sub(tensor, indices, updates, numbers, **options):
    return lax.scatter_add(tensor, indices, jnp.negative(updates), numbers, **options)


def _register_accumulating(name, xla_scatter, numpy_at):
    def on_host(tensor, indices, updates, *, bad_indices_policy):
        return host_scatter(numpy_at, tensor, indices, updates, bad_indices_policy, "")

    @kernel(name, numpy=on_host)
    def on_device(tensor, indices, updates, *, bad_indices_policy):
        return device_scatter(xla_scatter, tensor, indices, updates, bad_indices_policy)


for _name, _xla, _numpy in (
    ("TensorScatterAdd", lax.scatter_add, np.add.at),
    ("TensorScatterSub", _scatter_sub, np.subtract.at),
    ("ScatterNdNonAliasingAdd", lax.scatter_add, np.add.at),
):
    _register_accumulating(_name, _xla, _numpy)


def _extreme_scatter(xla_scatter):
    """Max or min scatter with TensorFlow's gradient: shared equally by all that attain the result."""

    @jax.custom_jvp
    def scatter(tensor, indices, updates):
        return device_scatter(xla_scatter, tensor, indices, updates, "IGNORE")

    @scatter.defjvp
    def jvp(primals, tangents):
        tensor, indices, updates = primals
        tangent, _, update_tangents = tangents
        result = scatter(tensor, indices, updates)
        dtype = tangent.dtype
        from_tensor = (tensor == result).astype(dtype)
        from_updates = (updates == device_gather_nd(result, indices, "IGNORE")).astype(dtype)
        zeros = jnp.zeros_like(tangent)
        count = from_tensor + device_scatter(lax.scatter_add, zeros, indices, from_updates, "IGNORE")
        moved = device_scatter(lax.scatter_add, zeros, indices, from_updates * update_tangents, "IGNORE")
        return result, (from_tensor * tangent + moved) / count

    return scatter


def _register_extreme(name, xla_scatter, numpy_at):
    scatter = _extreme_scatter(xla_scatter)

    def on_host(tensor, indices, updates, *, bad_indices_policy):
        return host_scatter(numpy_at, tensor, indices, updates, bad_indices_policy, "")

    @kernel(name, numpy=on_host)
    def on_device(tensor, indices, updates, *, bad_indices_policy):
        _scatter_arguments(indices, updates, tensor.shape, "")
        if _checks_indices(bad_indices_policy):
            runtime_check(_in_range(indices, tensor.shape), _scatter_nd_message, indices, jnp.array(tensor.shape))
        return scatter(tensor, indices, updates)


_register_extreme("TensorScatterMax", scatter_max, np.maximum.at)
_register_extreme("TensorScatterMin", scatter_min, np.minimum.at)


# One-hot and selection -----------------------------------------------------------------------------------------


@data_kernel("OneHot", static=("depth",))
def one_hot(xp, indices, depth, on_value, off_value, *, axis):
    for name, value in (("depth", depth), ("on_value", on_value), ("off_value", off_value)):
        if value.ndim:
            raise invalid(f"{name} must be a scalar, but got: {shape_text(value.shape)}")
    size = int(depth)
    if size < 0:
        raise invalid(f"depth must be non-negative, got: {size}")
    rank = indices.ndim + 1
    if axis != -1 and not 0 <= axis < rank:
        raise invalid(f"Expected axis to be -1 or between [0, {rank}).  But received: {axis}")
    axis = rank - 1 if axis == -1 else axis
    # In the dtype of the indices, classes beyond its range would wrap around and match.
    classes = xp.arange(size, dtype=np.int64).reshape((size,) + (1,) * (rank - 1 - axis))
    return xp.where(xp.expand_dims(indices, axis).astype(np.int64) == classes, on_value, off_value)


@data_kernel("Select")
def select(xp, condition, t, e):
    if t.shape != e.shape:
        raise invalid(
            f"'then' and 'else' must have the same size.  but received: {shape_text(t.shape)} vs. {shape_text(e.shape)}"
        )
    if condition.ndim == 1 and t.ndim > 1:
        if condition.shape[0] != t.shape[0]:
            raise invalid(
                f"Number of batches of 'then' must match size of 'cond', but saw: {t.shape[0]} vs. {condition.shape[0]}"
            )
        condition = condition.reshape((-1,) + (1,) * (t.ndim - 1))
    elif condition.ndim and condition.shape != t.shape:
        raise invalid(
            f"'cond' must be a scalar, a vector or of the shape of 'then': {shape_text(condition.shape)} vs. "
            f"{shape_text(t.shape)}"
        )
    return xp.where(condition, t, e)


@data_kernel("SelectV2")
def select_v2(xp, condition, t, e):
    try:
        np.broadcast_shapes(condition.shape, t.shape, e.shape)
    except ValueError:
        raise invalid(
            f"condition {shape_text(condition.shape)}, then {shape_text(t.shape)}, and else {shape_text(e.shape)} must "
            "be broadcastable"
        ) from None
    return xp.where(condition, t, e)


# In-place updates by row (the old `alias_inplace_*` ops) -----------------------------------------------------


def _rows(x, i, v):
    if v.shape != (*i.shape, *x.shape[1:]):
        raise invalid(f"v must have shape {shape_text((*i.shape, *x.shape[1:]))}, got {shape_text(v.shape)}")
    return jnp.where(i < 0, i + x.shape[0], i)


@kernel("InplaceUpdate")
def inplace_update(x, i, v):
    return x.at[_rows(x, i, v)].set(v)


@kernel("InplaceAdd")
def inplace_add(x, i, v):
    return x.at[_rows(x, i, v)].add(v)


@kernel("InplaceSub")
def inplace_sub(x, i, v):
    return x.at[_rows(x, i, v)].add(-v)
