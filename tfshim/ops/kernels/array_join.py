"""Kernels that join tensors or cut them into equal parts: concat, stack, split, pad, partition, stitch."""

from __future__ import annotations

import math

import jax
import numpy as np

from tfshim.errors import ResourceExhaustedError
from tfshim.ops.kernels.array_common import data_kernel, normalized_axis, require, scalar_of
from tfshim.ops.registry import kernel
from tfshim.ops.shape_helpers import invalid, shape_text


@data_kernel("Pack")
def pack(xp, values, *, axis):
    if not values:
        raise invalid("Must specify at least one tensor to pack")
    first = values[0].shape
    for i, v in enumerate(values):
        if v.shape != first:
            raise invalid(
                f"Shapes of all inputs must match: values[0].shape = {shape_text(first)} != "
                f"values[{i}].shape = {shape_text(v.shape)}"
            )
    rank = len(first) + 1
    axis = normalized_axis(axis, rank, f"axis = {axis} not in [{-rank}, {rank})")
    return xp.stack(values, axis)


@data_kernel("Unpack")
def unpack(xp, value, *, num, axis):
    rank = value.ndim
    axis = normalized_axis(axis, rank, f"axis = {axis} not in [{-rank}, {rank})")
    if value.shape[axis] != num:
        raise invalid(f"Input shape axis {axis} must equal {num}, got shape {shape_text(value.shape)}")
    front = (slice(None),) * axis
    return tuple(value[(*front, i)] for i in range(num))


def concatenated(xp, values, axis):
    """Joins along an axis that exists; shapes must agree elsewhere."""
    if not values:
        raise invalid("ConcatOp : Expected at least one tensor")
    rank = values[0].ndim
    if rank == 0:
        raise invalid("ConcatOp : Can't concatenate scalars (use tf.stack instead)")
    axis = normalized_axis(
        axis,
        rank,
        f"ConcatOp : Expected concatenating dimensions in the range [{-rank}, {rank}), but got {axis}",
    )
    first = values[0].shape
    for i, v in enumerate(values[1:], 1):
        if v.ndim != rank:
            raise invalid(
                f"ConcatOp : Ranks of all input tensors should match: shape[0] = {shape_text(first)} vs. "
                f"shape[{i}] = {shape_text(v.shape)}"
            )
        for d in range(rank):
            if d != axis and v.shape[d] != first[d]:
                raise invalid(
                    f"ConcatOp : Dimension {d} in both shapes must be equal: shape[0] = {shape_text(first)} vs. "
                    f"shape[{i}] = {shape_text(v.shape)}"
                )
    return xp.concatenate(values, axis)


@data_kernel("ConcatV2", static=("axis",))
def concat_v2(xp, values, axis):
    return concatenated(xp, values, scalar_of(axis, "ConcatOp : Concat dim"))


@data_kernel("Concat", static=("concat_dim",))
def concat(xp, concat_dim, values):
    return concatenated(xp, values, scalar_of(concat_dim, "ConcatOp : Concat dim"))


@data_kernel("ParallelConcat")
def parallel_concat(xp, values, *, shape):
    if not shape:
        raise invalid("value should be at least rank 1.")
    if shape[0] == 0:
        raise invalid("0th dimension of value = 0 must be greater than loc_ = 0")
    for v in values:
        if v.shape != (1, *shape[1:]):
            raise invalid(f"value and update shape doesn't match: {shape_text(shape)} vs. {shape_text(v.shape)}")
    return concatenated(xp, values, 0)


@data_kernel("ConcatOffset")
def concat_offset(xp, concat_dim, shapes):
    if concat_dim.ndim:
        raise invalid(f"Concat dim tensor should be a scalar integer, but got shape {shape_text(concat_dim.shape)}")
    rank = shapes[0].size
    for i, s in enumerate(shapes):
        if s.ndim != 1:
            raise invalid(f"input {i} should be a vector, but got shape {shape_text(s.shape)}")
        if s.size != rank:
            raise invalid(f"input {i} should contain {rank} elements, but got {s.size}")
    in_range = (concat_dim >= -rank) & (concat_dim < rank)
    require(xp, in_range, _offset_axis_message, concat_dim, shapes[0])
    joined = xp.arange(rank) == xp.where(concat_dim < 0, concat_dim + rank, concat_dim)
    agree = xp.stack([xp.all(joined | (s == shapes[0])) for s in shapes])
    require(xp, agree | ~in_range, _differing_shape, concat_dim, agree, *shapes)
    start, offsets = xp.zeros_like(shapes[0]), []
    for s in shapes:
        offsets.append(start)
        start = start + xp.where(joined, s, 0).astype(s.dtype)
    return tuple(offsets)


def _offset_axis_message(axis: np.ndarray, first: np.ndarray) -> str:
    return f"Concat dim is out of range: {axis} vs. {first.size}"


def _differing_shape(axis: np.ndarray, agree: np.ndarray, first: np.ndarray, *others: np.ndarray) -> str:
    i = int(np.argmin(agree))
    shown, expected = (f"[{' '.join(map(str, s.tolist()))}]" for s in (others[i - 1], first))
    return (
        f"All dimensions except {axis % first.size} must match. Input {i} has shape {shown} and doesn't match "
        f"input 0 with shape {expected}."
    )


# Splitting -------------------------------------------------------------------------------------------------


def _split_axis(split_dim: np.ndarray, rank: int) -> int:
    if split_dim.size != 1:
        raise invalid("split_dim_tensor must have exactly one element.")
    axis = int(split_dim.reshape(()))
    return normalized_axis(axis, rank, f"-input rank(-{rank}) <= split_dim < input rank ({rank}), but got {axis}")


def _pieces(value, axis: int, sizes: list[int]) -> tuple:
    front = (slice(None),) * axis
    pieces, start = [], 0
    for n in sizes:
        pieces.append(value[(*front, slice(start, start + n))])
        start += n
    return tuple(pieces)


@data_kernel("Split", static=("split_dim",))
def split(xp, split_dim, value, *, num_split):
    if split_dim.ndim:
        raise invalid(f"split_dim must be a scalar but has rank {split_dim.ndim}")
    axis = _split_axis(split_dim, value.ndim)
    total = value.shape[axis]
    if total % num_split:
        raise invalid(
            "Number of ways to split should evenly divide the split dimension, but got split_dim "
            f"{axis} (size = {total}) and num_split {num_split}"
        )
    return _pieces(value, axis, [total // num_split] * num_split)


def resolved_splits(sizes: list[int], total: int) -> list[int]:
    """The sizes of the pieces, with at most one -1 resolved."""
    if sizes.count(-1) > 1:
        raise invalid("There can only be one -1 in the input.")
    known = sum(n for n in sizes if n != -1)
    for i, n in enumerate(sizes):
        if n < -1:
            raise invalid(f"Split size at index {i} must be >= 0. Got: {n}")
    if known > total or (-1 not in sizes and known != total):
        raise invalid(
            "Determined shape must either match input shape along split_dim exactly if fully specified, or be less "
            f"than the size of the input along split_dim if not fully specified.  Got: {known}"
        )
    return [total - known if n == -1 else n for n in sizes]


@data_kernel("SplitV", static=("size_splits", "split_dim"))
def split_v(xp, value, size_splits, split_dim, *, num_split):
    axis = _split_axis(split_dim, value.ndim)
    if size_splits.ndim != 1 or size_splits.size != num_split:
        raise invalid(
            "size of the split_tensor must be 1-D and have the same elements as outputs got "
            f"{size_splits.ndim} -D and {size_splits.size} elements"
        )
    return _pieces(value, axis, resolved_splits(size_splits.tolist(), value.shape[axis]))


# Padding ---------------------------------------------------------------------------------------------------


def padding_pairs(paddings: np.ndarray, rank: int, dims: tuple[int, ...] | None = None) -> list[tuple[int, int]]:
    """The (before, after) pair of each dimension."""
    if paddings.ndim != 2 or paddings.shape[1] != 2:
        raise invalid(f"paddings must be a matrix with 2 columns: {shape_text(paddings.shape)}")
    if paddings.shape[0] != rank:
        raise invalid(
            f"The first dimension of paddings must be the rank of inputs{shape_text(paddings.shape)}"
            + (f" {shape_text(dims)}" if dims is not None else f", which is {rank}")
        )
    pairs = [(int(b), int(a)) for b, a in paddings.tolist()]
    for before, after in pairs:
        if before < 0 or after < 0:
            raise invalid(f"Paddings must be non-negative: {before} {after}")
    return pairs


def _affordable_pairs(paddings: np.ndarray, dims: tuple[int, ...]) -> list[tuple[int, int]]:
    """`padding_pairs`, unless the result has more elements than a machine can count or paddings that XLA would wrap."""
    pairs = padding_pairs(paddings, len(dims), dims)
    sizes = [before + d + after for d, (before, after) in zip(dims, pairs, strict=True)]
    if math.prod(max(size, 1) for size in sizes) > np.iinfo(np.int64).max:
        raise invalid(f"The sizes {shape_text(sizes)} make more elements than 64 bits count")
    if paddings.size and paddings.max() > np.iinfo(np.int32).max:
        raise ResourceExhaustedError(None, None, f"OOM when allocating tensor with shape{shape_text(sizes)}")
    return pairs


def _pad_objects(x: np.ndarray, pairs: list[tuple[int, int]], value: bytes) -> np.ndarray:
    # np.pad would make NumPy scalars of the strings that it adds.
    padded = np.full([before + d + after for d, (before, after) in zip(x.shape, pairs, strict=True)], value, object)
    padded[tuple(slice(before, before + d) for d, (before, _) in zip(x.shape, pairs, strict=True))] = x
    return padded


@data_kernel("Pad", static=("paddings",))
def pad(xp, x, paddings):
    pairs = _affordable_pairs(paddings, x.shape)
    if x.dtype == object:
        return _pad_objects(x, pairs, b"")
    return xp.pad(x, pairs) if pairs else x


@data_kernel("PadV2", static=("paddings",), no_gradient=("constant_values",))
def pad_v2(xp, x, paddings, constant_values):
    if constant_values.ndim:
        raise invalid(f"constant_values must be a scalar. Found: {shape_text(constant_values.shape)}")
    pairs = _affordable_pairs(paddings, x.shape)
    if x.dtype == object:
        return _pad_objects(x, pairs, constant_values[()])
    return xp.pad(x, pairs, constant_values=constant_values) if pairs else x


def _mirror_pad(xp, x, paddings, mode):
    pairs = padding_pairs(paddings, x.ndim, x.shape)
    for (before, after), d in zip(pairs, x.shape, strict=True):
        if mode == "SYMMETRIC" and max(before, after) > d:
            raise invalid(f"paddings must be no greater than the dimension size: {before}, {after} greater than {d}")
        if mode == "REFLECT" and max(before, after) >= d:
            raise invalid(f"paddings must be less than the dimension size: {before}, {after} not less than {d}")
    return xp.pad(x, pairs, mode=mode.lower()) if pairs else x


@data_kernel("MirrorPad", static=("paddings",))
def mirror_pad(xp, x, paddings, *, mode):
    return _mirror_pad(xp, x, paddings, mode)


@kernel("MirrorPadGrad", static=("paddings",))
def mirror_pad_grad(dy, paddings, *, mode):
    pairs = padding_pairs(paddings, dy.ndim, dy.shape)
    dims = tuple(d - before - after for d, (before, after) in zip(dy.shape, pairs, strict=True))
    forward = jax.ShapeDtypeStruct(dims, dy.dtype)
    transposed = jax.linear_transpose(lambda x: _mirror_pad(jax.numpy, x, paddings, mode), forward)
    return transposed(dy)[0]


# Data-dependent grouping -------------------------------------------------------------------------------------


@kernel("DynamicPartition", host=True)
def dynamic_partition(data, partitions, *, num_partitions):
    if data.shape[: partitions.ndim] != partitions.shape:
        raise invalid(
            f"data.shape must start with partitions.shape, got data.shape = {shape_text(data.shape)}, "
            f"partitions.shape = {shape_text(partitions.shape)}"
        )
    wrong = (partitions < 0) | (partitions >= num_partitions)
    if wrong.any():
        flat = int(np.argmax(wrong))
        position = shape_text(np.unravel_index(flat, partitions.shape)) if partitions.ndim else ""
        raise invalid(f"partitions{position} = {partitions.ravel()[flat]} is not in [0, {num_partitions})")
    rows = data.reshape((partitions.size, *data.shape[partitions.ndim :]))
    flat_partitions = partitions.ravel()
    return tuple(rows[flat_partitions == i] for i in range(num_partitions))


@kernel("DynamicStitch", host=True)
def dynamic_stitch(indices, data):
    rest = data[0].shape[indices[0].ndim :]
    for i, (index, values) in enumerate(zip(indices, data, strict=True)):
        if values.shape[: index.ndim] != index.shape:
            raise invalid(
                f"data[{i}].shape = {shape_text(values.shape)} does not start with indices[{i}].shape = "
                f"{shape_text(index.shape)}"
            )
        if values.shape[index.ndim :] != rest:
            raise invalid(
                f"Need data[0].shape[{indices[0].ndim}:] = data[{i}].shape[{index.ndim}:], got data[0].shape = "
                f"{shape_text(data[0].shape)}, data[{i}].shape = {shape_text(values.shape)}, indices[0].shape = "
                f"{shape_text(indices[0].shape)}, indices[{i}].shape = {shape_text(index.shape)}"
            )
        if (index < 0).any():
            raise invalid(f"indices[{i}] is out of range")
    size = max((int(index.max()) + 1 for index in indices if index.size), default=0)
    merged = np.full((size, *rest), b"" if data[0].dtype == object else 0, data[0].dtype)
    for index, values in zip(indices, data, strict=True):
        merged[index.ravel()] = values.reshape((index.size, *rest))
    return merged


kernel("ParallelDynamicStitch", host=True)(dynamic_stitch)
