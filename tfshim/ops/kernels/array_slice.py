"""Slice and StridedSlice, the ops behind indexing, and their inverses.

A StridedSlice means what NumPy's basic indexing means; its five masks say which entries of begin, end and strides
are ranges, single indices, new axes or an ellipsis. Only the sizes must be known to compile: an entry that is a
single index is an operand, so that `x[i]` in a Python loop compiles once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim.ops.kernels.array_common import host_array
from tfshim.ops.registry import kernel, runtime_check
from tfshim.ops.shape_helpers import invalid, shape_text

NEW_AXIS = -1
SHRINK = -2


class Masks(NamedTuple):
    """The five bit masks of a strided slice."""

    begin: int
    end: int
    ellipsis: int
    new_axis: int
    shrink: int


class Dim(NamedTuple):
    """How one dimension of the input is sliced; bounds are None if masked or not known."""

    entry: int | None  # position in begin, end and strides; None for one that the ellipsis covers
    begin_masked: bool
    end_masked: bool
    shrink: bool


class Spec(NamedTuple):
    """A strided slice against an input of known rank."""

    dims: tuple[Dim, ...]
    # What the output dimensions are, in order: an input dimension, NEW_AXIS, or SHRINK for one that disappears.
    outputs: tuple[int, ...]


def dense_spec(rank: int, entries: int, masks: Masks) -> Spec:
    """Relates the `entries` of the index vectors to the dimensions of an input of this rank."""
    if bin(masks.ellipsis & ((1 << entries) - 1)).count("1") > 1:
        raise invalid("Multiple ellipses in slice spec not allowed")
    whole = Dim(None, True, True, False)
    dims: list[Dim] = []
    outputs: list[int] = []
    seen_ellipsis = False
    for i in range(entries):
        bit = 1 << i
        if masks.ellipsis & bit:
            seen_ellipsis = True
            later_axes = bin((masks.new_axis & ~masks.ellipsis) >> (i + 1) & ((1 << (entries - i - 1)) - 1)).count("1")
            until = min(rank - (entries - i - 1) + later_axes, rank)
            while len(dims) < until:
                outputs.append(len(dims))
                dims.append(whole)
        elif masks.new_axis & bit:
            outputs.append(NEW_AXIS)
        else:
            if len(dims) == rank:
                if not rank:
                    raise invalid("Attempting to slice scalar input.")
                raise invalid(f"Index out of range using input dim {rank}; input has only {rank} dims")
            shrink = bool(masks.shrink & bit)
            outputs.append(SHRINK if shrink else len(dims))
            dims.append(Dim(i, bool(masks.begin & bit), bool(masks.end & bit), shrink))
    if not seen_ellipsis:
        while len(dims) < rank:
            outputs.append(len(dims))
            dims.append(whole)
    return Spec(tuple(dims), tuple(outputs))


def entry_count(begin: Any, end: Any, strides: Any) -> int:
    """Length of the index vectors; they must have one length."""
    if begin.ndim != 1 or begin.shape != end.shape or begin.shape != strides.shape:
        raise invalid(
            "Expected begin, end, and strides to be 1D equal size tensors, but got shapes "
            f"{shape_text(begin.shape)}, {shape_text(end.shape)}, and {shape_text(strides.shape)} instead."
        )
    return begin.shape[0]


def dim_slice(position: int, dim: Dim, size: int, begin: int, end: int, stride: int) -> tuple[int, int, int]:
    """(first, count, stride) of one dimension of known size."""
    if stride == 0:
        raise invalid(f"strides[{position}] must be non-zero")
    if dim.shrink:
        if stride < 0:
            raise invalid("only stride 1 allowed on non-range indexing.")
        first = begin + size if begin < 0 else begin
        if not 0 <= first < size:
            raise invalid(f"slice index {first} of dimension {position} out of bounds.")
        return first, 1, 1
    first, stop, stride = slice(None if dim.begin_masked else begin, None if dim.end_masked else end, stride).indices(
        size
    )
    return first, len(range(first, stop, stride)), stride


def resolve(dims: tuple[int, ...], spec: Spec, begin: Any, end: Any, strides: Any) -> list[tuple[int, int, int]]:
    """(first, count, stride) of every dimension."""
    resolved = []
    for position, (dim, size) in enumerate(zip(spec.dims, dims, strict=True)):
        if dim.entry is None:
            resolved.append((0, size, 1))
        else:
            i = dim.entry
            resolved.append(dim_slice(position, dim, size, int(begin[i]), int(end[i]), int(strides[i])))
    return resolved


def output_dims(spec: Spec, sizes: list[int]) -> tuple[int, ...]:
    """The output's shape, given the number of elements taken from each input dimension."""
    return tuple(1 if o == NEW_AXIS else sizes[o] for o in spec.outputs if o != SHRINK)


# Running it ------------------------------------------------------------------------------------------------


def strided_slice(x: Any, begin: Any, end: Any, strides: Any, masks: Masks) -> Any:
    """The slice of a device array. `begin` and `end` may be traced if they hold single indices only."""
    spec = dense_spec(x.ndim, entry_count(begin, end, strides), masks)
    if isinstance(begin, np.ndarray) and isinstance(end, np.ndarray):
        ranges = resolve(x.shape, spec, begin, end, strides)
    else:
        x, ranges = _take_indices(x, spec, begin, strides)
    taken = _take_ranges(x, ranges)
    return lax.reshape(taken, output_dims(spec, [count for _, count, _ in ranges]))


def _take_ranges(x: Any, ranges: list[tuple[int, int, int]]) -> Any:
    starts, limits, steps, reversed_dims = [], [], [], []
    for i, (first, count, stride) in enumerate(ranges):
        last = first + (count - 1) * stride
        if not count:
            first, last = 0, -1
        elif stride < 0:
            first, last = last, first
            reversed_dims.append(i)
        starts.append(first)
        limits.append(last + 1)
        steps.append(abs(stride))
    if all(s == 0 and e == d for s, e, d in zip(starts, limits, x.shape)) and set(steps) <= {1}:
        taken = x
    else:
        taken = lax.slice(x, starts, limits, steps)
    return lax.rev(taken, reversed_dims) if reversed_dims else taken


def _index_message(indices: np.ndarray, dims: np.ndarray, sizes: np.ndarray) -> str:
    for index, dim, size in zip(indices.tolist(), dims.tolist(), sizes.tolist()):
        if not 0 <= index < size:
            return f"slice index {index} of dimension {dim} out of bounds."
    return "slice index out of bounds."


def _take_indices(x: Any, spec: Spec, begin: Any, strides: Any) -> tuple[Any, list[tuple[int, int, int]]]:
    """Takes the single indices at their run-time values; what remains are the full ranges."""
    starts: list[Any] = [0] * x.ndim
    sizes = list(x.shape)
    checked, ranges = [], []
    begin = begin.astype(jnp.int64)
    for position, (dim, size) in enumerate(zip(spec.dims, x.shape, strict=True)):
        if dim.entry is None:
            ranges.append((0, size, 1))
            continue
        if not dim.shrink:
            if not (dim.begin_masked and dim.end_masked):
                raise invalid("the bounds of a slice must be known to compile it")
            ranges.append(dim_slice(position, dim, size, 0, 0, int(strides[dim.entry])))
            continue
        if int(strides[dim.entry]) <= 0:
            dim_slice(position, dim, size, 0, 0, int(strides[dim.entry]))
        index = begin[dim.entry]
        starts[position] = jnp.where(index < 0, index + size, index)
        sizes[position] = 1
        checked.append(position)
        ranges.append((0, 1, 1))
    indices = jnp.stack([starts[p] for p in checked])
    limits = np.array([x.shape[p] for p in checked])
    runtime_check((indices >= 0) & (indices < limits), _index_message, indices, jnp.array(checked), jnp.array(limits))
    if not all(limits):
        return jnp.zeros(sizes, x.dtype), ranges
    starts = [jnp.asarray(s, jnp.int64) for s in starts]
    return lax.dynamic_slice(x, starts, sizes), ranges


def host_strided_slice(x: np.ndarray, begin: Any, end: Any, strides: Any, masks: Masks) -> np.ndarray:
    """The slice of a NumPy array."""
    spec = dense_spec(x.ndim, entry_count(begin, end, strides), masks)
    ranges = resolve(x.shape, spec, begin, end, strides)
    taken = x[_numpy_index(ranges)]
    return taken.reshape(output_dims(spec, [count for _, count, _ in ranges]))


def _numpy_index(ranges: list[tuple[int, int, int]]) -> tuple[slice, ...]:
    index = []
    for first, count, stride in ranges:
        stop: int | None = first + count * stride
        if stop is not None and stop < 0:
            stop = None
        index.append(slice(first, stop, stride) if count else slice(0, 0))
    return tuple(index)


def _static_vectors(attrs: Any, value: Any) -> tuple[str, ...]:
    """The index vectors that must be known: strides alone, if no entry is a range with bounds."""
    strides = value("strides")
    masked = attrs["begin_mask"] & attrs["end_mask"]
    bounded = ~(attrs["shrink_axis_mask"] | attrs["ellipsis_mask"] | attrs["new_axis_mask"] | masked)
    if strides is None or not attrs["shrink_axis_mask"] or bounded & ((1 << strides.size) - 1):
        return ("begin", "end", "strides")
    return ("strides",)


def _twin_strided_slice(
    x, begin, end, strides, *, begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
):
    masks = Masks(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    return host_array(host_strided_slice(x, begin, end, strides, masks))


@kernel("StridedSlice", static=_static_vectors, numpy=_twin_strided_slice)
def _strided_slice(x, begin, end, strides, *, begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask):
    masks = Masks(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    return strided_slice(x, begin, end, strides, masks)


@kernel("StridedSliceGrad", static=("shape", "begin", "end", "strides"))
def _strided_slice_grad(
    shape, begin, end, strides, dy, *, begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
):
    masks = Masks(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    forward = jax.ShapeDtypeStruct(tuple(shape.tolist()), dy.dtype)
    transposed = jax.linear_transpose(lambda x: strided_slice(x, begin, end, strides, masks), forward)
    return transposed(dy)[0]


# Assigning to a slice --------------------------------------------------------------------------------------


def strided_slice_update(x: Any, begin: Any, end: Any, strides: Any, value: Any, masks: Masks) -> Any:
    """`x` with the slice replaced by `value`, which broadcasts to the slice's shape."""
    spec = dense_spec(x.ndim, entry_count(begin, end, strides), masks)
    dynamic = not (isinstance(begin, np.ndarray) and isinstance(end, np.ndarray))
    if dynamic:
        return _update_at_indices(x, spec, begin, strides, value)
    ranges = resolve(x.shape, spec, begin, end, strides)
    counts = [count for _, count, _ in ranges]
    value = _expanded_value(value, spec, counts)
    if 0 in counts:
        return x
    if all(stride == 1 for _, _, stride in ranges):
        starts = [jnp.asarray(first, jnp.int64) for first, _, _ in ranges]
        return lax.dynamic_update_slice(x, value, starts)
    return x.at[_numpy_index(ranges)].set(value)


def _expanded_value(value: Any, spec: Spec, counts: list[int]) -> Any:
    """`value` broadcast to the slice, in the rank of the sliced tensor."""
    xp = np if isinstance(value, np.ndarray) else jnp
    dims = output_dims(spec, counts)
    extra = value.ndim - len(dims)
    if extra > 0 and all(d == 1 for d in value.shape[:extra]):
        value = xp.reshape(value, value.shape[extra:])
    try:
        whole = xp.broadcast_to(value, dims)
    except ValueError:
        raise invalid(
            f"Cannot broadcast input shape {shape_text(value.shape)} into final shape {shape_text(dims)}"
        ) from None
    return xp.reshape(whole, counts)


def _update_at_indices(x: Any, spec: Spec, begin: Any, strides: Any, value: Any) -> Any:
    current, ranges = _take_indices(x, spec, begin, strides)
    counts = [count for _, count, _ in ranges]
    value = _expanded_value(value, spec, counts)
    reversed_dims = [i for i, (_, _, stride) in enumerate(ranges) if stride < 0]
    if any(abs(stride) != 1 for _, _, stride in ranges):
        patch = current.at[_numpy_index(ranges)].set(value)
    else:
        patch = lax.rev(value, reversed_dims) if reversed_dims else value
    if not x.size:
        return x
    starts: list[Any] = [jnp.asarray(0, jnp.int64)] * x.ndim
    good: Any = True
    for position, (dim, size) in enumerate(zip(spec.dims, x.shape, strict=True)):
        if dim.shrink:
            index = begin[dim.entry].astype(jnp.int64)
            starts[position] = jnp.where(index < 0, index + size, index)
            good &= (starts[position] >= 0) & (starts[position] < size)
    # An index out of range is clamped when read and when written: what was there goes back.
    return lax.dynamic_update_slice(x, jnp.where(good, patch, current), starts)


def _twin_update(
    x, begin, end, strides, value, *, begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
):
    masks = Masks(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    spec = dense_spec(x.ndim, entry_count(begin, end, strides), masks)
    ranges = resolve(x.shape, spec, begin, end, strides)
    result = x.copy()
    result[_numpy_index(ranges)] = _expanded_value(value, spec, [count for _, count, _ in ranges])
    return result


@kernel("TensorStridedSliceUpdate", static=_static_vectors, numpy=_twin_update)
def _tensor_strided_slice_update(
    x, begin, end, strides, value, *, begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
):
    masks = Masks(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    return strided_slice_update(x, begin, end, strides, value, masks)


# Slice -----------------------------------------------------------------------------------------------------


def resolved_sizes(dims: tuple[int, ...], begin: Any, size: Any) -> list[int]:
    """The sizes of a Slice with -1 ("all that remain") resolved, checked against the input."""
    counts = []
    for i, (d, b, n) in enumerate(zip(dims, begin.tolist(), size.tolist(), strict=True)):
        if not 0 <= b <= d:
            raise invalid(f"Expected begin[{i}] in [0, {d}], but got {b}")
        count = d - b if n == -1 else n
        if not 0 <= count <= d - b:
            raise invalid(f"Expected size[{i}] in [0, {d - b}], but got {n}")
        counts.append(count)
    return counts


def _check_slice(x: Any, begin: Any, size: Any) -> None:
    if begin.ndim != 1 or begin.shape != size.shape or begin.shape[0] != x.ndim:
        raise invalid(
            f"Expected begin and size arguments to be 1-D tensors of size {x.ndim}, but got shapes "
            f"{shape_text(begin.shape)} and {shape_text(size.shape)} instead."
        )


def _slice_message(begin: np.ndarray, size: np.ndarray, dims: np.ndarray) -> str:
    for i, (b, n, d) in enumerate(zip(begin.tolist(), size.tolist(), dims.tolist())):
        if not 0 <= b <= d:
            return f"Expected begin[{i}] in [0, {d}], but got {b}"
        if n > d - b:
            return f"Expected size[{i}] in [0, {d - b}], but got {n}"
    return "begin is out of bounds"


def _static_slice(attrs: Any, value: Any) -> tuple[str, ...]:
    size = value("size")
    return ("size",) if size is not None and (size >= 0).all() else ("begin", "size")


def _twin_slice(x, begin, size):
    _check_slice(x, begin, size)
    counts = resolved_sizes(x.shape, begin, size)
    return host_array(x[tuple(slice(b, b + n) for b, n in zip(begin.tolist(), counts))])


@kernel("Slice", static=_static_slice, numpy=_twin_slice)
def _slice(x, begin, size):
    _check_slice(x, begin, size)
    if isinstance(begin, np.ndarray):
        counts = resolved_sizes(x.shape, begin, size)
        return lax.slice(x, begin.tolist(), [b + n for b, n in zip(begin.tolist(), counts)])
    for i, (d, n) in enumerate(zip(x.shape, size.tolist(), strict=True)):
        if not 0 <= n <= d:
            raise invalid(f"Expected size[{i}] in [0, {d}], but got {n}")
    if not x.ndim:
        return x
    dims = np.array(x.shape)
    runtime_check((begin >= 0) & (begin + size <= dims), _slice_message, begin, jnp.array(size), jnp.array(dims))
    return lax.dynamic_slice(x, begin.astype(jnp.int64), size.tolist())
