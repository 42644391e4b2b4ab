"""Kernels that rearrange sparse tensors: reorder, reshape, join, cut, fill rows.

They run on the host, for the number of elements of their results depends on the indices.
"""

from __future__ import annotations

import numpy as np

from tfshim.ops.kernels.sparse_common import changes, check_parts, row_major, zero_of
from tfshim.ops.registry import kernel
from tfshim.ops.shape_helpers import invalid, shape_text


@kernel("SparseReorder", host=True)
def sparse_reorder(input_indices, input_values, input_shape):
    check_parts(input_indices, input_values, input_shape, "input_")
    order = row_major(input_indices)
    return input_indices[order], input_values[order]


@kernel("SparseReshape", host=True)
def sparse_reshape(input_indices, input_shape, new_shape):
    if input_indices.ndim != 2:
        raise invalid(f"Input indices should be a matrix but received shape {shape_text(input_indices.shape)}")
    if input_shape.ndim != 1 or new_shape.ndim != 1:
        raise invalid("Input shape and target shape should be vectors")
    if input_indices.shape[1] != input_shape.shape[0]:
        raise invalid("Input tensor rank must match input shape length.")
    target = completed_shape(input_shape.tolist(), new_shape.tolist())
    flat = np.zeros(input_indices.shape[0], np.int64)
    for column, size in zip(input_indices.T, input_shape.tolist(), strict=True):
        flat = flat * size + column
    result = np.zeros((flat.size, len(target)), np.int64)
    for axis in range(len(target) - 1, -1, -1):
        size = max(target[axis], 1)
        result[:, axis] = flat % size
        flat = flat // size
    return result, np.array(target, np.int64)


def completed_shape(old: list[int], new: list[int]) -> list[int]:
    """`new` with its -1 computed from the number of elements of `old`."""
    count = int(np.prod(old, dtype=object)) if old else 1
    if new.count(-1) > 1:
        raise invalid(f"At most one dimension can be inferred: only one output dimension may be -1, got {new}")
    if any(d < -1 for d in new):
        raise invalid(f"size {min(new)} must be non-negative, not {min(new)}")
    known = int(np.prod([d for d in new if d != -1], dtype=object)) if new else 1
    if -1 in new:
        if not known:
            raise invalid(
                "reshape cannot infer the missing input size for an empty tensor unless all specified input "
                "sizes are non-zero"
            )
        if count % known:
            raise invalid(
                f"Cannot reshape: Input to reshape is a SparseTensor with {count} dense values, "
                f"but the requested shape requires a multiple of {known}. "
                f"input_shape={shape_text(old)} output_shape={shape_text(new)}"
            )
        return [count // known if d == -1 else d for d in new]
    if known != count:
        raise invalid(
            f"Cannot reshape: Input to reshape is a tensor with {count} dense values, but the requested shape has "
            f"{known}. "
            f"input_shape={shape_text(old)} output_shape={shape_text(new)}"
        )
    return new


@kernel("SparseConcat", host=True)
def sparse_concat(indices, values, shapes, *, concat_dim):
    for parts in zip(indices, values, shapes, strict=True):
        check_parts(*parts)
    rank = shapes[0].size
    axis = concat_dim + rank if concat_dim < 0 else concat_dim
    if not 0 <= axis < rank:
        raise invalid(f"Concat dimension must be in range [{-rank}, {rank}), got {concat_dim}")
    start, moved = 0, []
    for i, (part, shape) in enumerate(zip(indices, shapes, strict=True)):
        if shape.size != rank:
            raise invalid(
                f"Ranks of all input tensors must match: expected {rank} but got {shape.size} at position {i}"
            )
        differing = [d for d in range(rank) if d != axis and shape[d] != shapes[0][d]]
        if differing:
            d = differing[0]
            raise invalid(
                f"Input shapes must match: expected {shapes[0][d]} for dimension {d} but got {shape[d]} at position {i}"
            )
        part = part.copy()
        part[:, axis] += start
        moved.append(part)
        start += shape[axis]
    shape = shapes[0].copy()
    shape[axis] = start
    joined = np.concatenate(moved)
    order = row_major(joined)
    return joined[order], np.concatenate(values)[order], shape


def _inside(indices, start, stop):
    return ((indices >= start) & (indices < stop)).all(axis=1)


@kernel("SparseSlice", host=True)
def sparse_slice(indices, values, shape, start, size):
    check_parts(indices, values, shape)
    if start.shape != shape.shape or size.shape != shape.shape:
        raise invalid(
            f"Expected start and size to have the rank of the input: {shape.size}, got shapes "
            f"{shape_text(start.shape)} and {shape_text(size.shape)}"
        )
    if (start < 0).any() or (size < 0).any():
        raise invalid("Expected start and size to be non-negative")
    kept = _inside(indices, start, start + size)
    return indices[kept] - start, values[kept], np.clip(shape - start, 0, size)


@kernel("SparseSliceGrad", host=True)
def sparse_slice_grad(backprop_val_grad, input_indices, input_start, output_indices):
    if backprop_val_grad.shape != output_indices.shape[:1]:
        raise invalid("The number of gradients must be that of the output's indices")
    grad = np.zeros(input_indices.shape[0], backprop_val_grad.dtype)
    positions = _positions(input_indices, output_indices + input_start)
    found = positions >= 0
    grad[positions[found]] = backprop_val_grad[found]
    return grad


def _positions(indices, wanted):
    """Where each wanted index tuple is among `indices`; -1 if it is not."""
    place = {row: i for i, row in enumerate(map(tuple, indices.tolist()))}
    return np.array([place.get(row, -1) for row in map(tuple, wanted.tolist())], np.int64)


@kernel("SparseSplit", host=True)
def sparse_split(split_dim, indices, values, shape, *, num_split):
    check_parts(indices, values, shape)
    if split_dim.size != 1:
        raise invalid(f"Input axis should be a scalar but received shape {shape_text(split_dim.shape)}")
    rank, axis = shape.size, int(split_dim.reshape(()))
    if not -rank <= axis < rank:
        raise invalid(f"Input axis should be in range [{-rank}, {rank}), got {axis}")
    axis %= rank
    if not 1 <= num_split <= shape[axis]:
        raise invalid(
            f"Input num_split should be between 1 and the splitting dimension size ({shape[axis]}), got {num_split}"
        )
    wrong = np.flatnonzero(((indices < 0) | (indices >= shape)).any(1))
    if wrong.size:
        found = ", ".join(map(str, indices[wrong[0]].tolist()))
        raise invalid(f"Sparse index tuple indices[{wrong[0]}, :] = [{found}] is out of bounds")
    small, larger = divmod(int(shape[axis]), num_split)
    stops = np.cumsum([small + (i < larger) for i in range(num_split)])
    parts: tuple[list, list, list] = ([], [], [])
    start = 0
    for stop in stops.tolist():
        kept = (indices[:, axis] >= start) & (indices[:, axis] < stop)
        moved = indices[kept]
        moved[:, axis] -= start
        part_shape = shape.copy()
        part_shape[axis] = stop - start
        for part, value in zip(parts, (moved, values[kept], part_shape), strict=True):
            part.append(value)
        start = stop
    return (*parts[0], *parts[1], *parts[2])


@kernel("SparseFillEmptyRows", host=True)
def sparse_fill_empty_rows(indices, values, dense_shape, default_value):
    check_parts(indices, values, dense_shape)
    if not dense_shape.size:
        raise invalid("Dense shape cannot be empty.")
    if default_value.ndim:
        raise invalid(f"default_value must be a scalar, saw: {shape_text(default_value.shape)}")
    rows, count = indices[:, 0], int(dense_shape[0])
    if count == 0 and rows.size:
        raise invalid(f"Received SparseTensor with dense_shape[0] = 0 but indices.shape[0] = {rows.size}")
    bad = (rows < 0) | (rows >= count)
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise invalid(f"indices({at}, 0) is invalid: {rows[at]} >= {count}")
    empty = np.bincount(rows, minlength=count)[:count] == 0
    if not empty.any() and (rows[1:] >= rows[:-1]).all():
        return indices, values, empty, np.arange(rows.size)
    absent = np.flatnonzero(empty)
    fill = np.zeros((absent.size, indices.shape[1]), np.int64)
    fill[:, 0] = absent
    defaults = np.full(absent.size, default_value[()], values.dtype)
    order = np.argsort(np.concatenate([rows, absent]), kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    return (
        np.concatenate([indices, fill])[order],
        np.concatenate([values, defaults])[order],
        empty,
        place[: rows.size],
    )


@kernel("RaggedFillEmptyRows", host=True)
def ragged_fill_empty_rows(value_rowids, values, nrows, default_value):
    for name, part in (("value_rowids", value_rowids), ("values", values)):
        if part.ndim != 1:
            raise invalid(f"{name} must be a vector, saw: {shape_text(part.shape)}")
    if nrows.ndim:
        raise invalid(f"nrows must be a scalar, saw: {shape_text(nrows.shape)}")
    if value_rowids.size != values.size:
        raise invalid(f"The length of `values` ({values.size}) must match that of `value_rowids` ({value_rowids.size})")
    rows, *others = sparse_fill_empty_rows(value_rowids[:, None], values, nrows[None], default_value)
    return rows[:, 0], *others


@kernel("RaggedFillEmptyRowsGrad", host=True)
@kernel("SparseFillEmptyRowsGrad", host=True)
def sparse_fill_empty_rows_grad(reverse_index_map, grad_values):
    if reverse_index_map.ndim != 1 or grad_values.ndim != 1:
        raise invalid("reverse_index_map and grad_values must be vectors")
    if ((reverse_index_map < 0) | (reverse_index_map >= grad_values.size)).any():
        raise invalid(f"Elements in reverse index must be in [0, {grad_values.size})")
    rest = np.ones(grad_values.size, bool)
    rest[reverse_index_map] = False
    return grad_values[reverse_index_map], grad_values[rest].sum(dtype=grad_values.dtype)


# Elements of two tensors that meet -------------------------------------------------------------------------


def _check_pair(a_shape, b_shape):
    if a_shape.size != b_shape.size:
        shapes = f"{shape_text(a_shape)} and {shape_text(b_shape)}"
        raise invalid(f"Operands do not have the same ranks; got shapes: {shapes}")
    for axis, (a, b) in enumerate(zip(a_shape, b_shape, strict=True)):
        if a != b:
            raise invalid(f"Operands' shapes do not match: got {a} and {b} for dimension {axis}")


def _union(a_indices, a_values, b_indices, b_values):
    """All index tuples of two sorted tensors in order, both values of each (absent ones are zero), and who has two."""
    indices = np.concatenate([a_indices, b_indices])
    order = row_major(indices)
    indices = indices[order]
    from_b = order >= len(a_indices)
    # Of two equal tuples, one of each tensor, the first stands for both.
    second = ~changes(indices) & from_b & ~np.roll(from_b, 1)
    first = np.roll(second, -1)
    zero = zero_of(a_values.dtype)
    a = np.where(from_b, zero, np.concatenate([a_values, b_values])[order])
    b = np.where(from_b, np.concatenate([a_values, b_values])[order], zero)
    b[first] = b[second]
    return indices[~second], a[~second], b[~second], first[~second]


@kernel("SparseAdd", host=True)
def sparse_add(a_indices, a_values, a_shape, b_indices, b_values, b_shape, thresh):
    check_parts(a_indices, a_values, a_shape, "a_")
    check_parts(b_indices, b_values, b_shape, "b_")
    if thresh.ndim:
        raise invalid(f"The magnitude threshold must be a scalar: got shape {shape_text(thresh.shape)}")
    _check_pair(a_shape, b_shape)
    indices, a, b, met = _union(a_indices, a_values, b_indices, b_values)
    with np.errstate(all="ignore"):
        sums = (a + b).astype(a.dtype)
        # As in TensorFlow, the threshold is for sums, and not for elements that are copied.
        kept = ~met | (np.abs(sums) >= thresh)
    return indices[kept], sums[kept], a_shape


@kernel("SparseAddGrad", host=True)
def sparse_add_grad(backprop_val_grad, a_indices, b_indices, sum_indices):
    if backprop_val_grad.shape != sum_indices.shape[:1]:
        raise invalid("# elements of grad should be that of sum_indices")
    padded = np.append(backprop_val_grad, np.zeros(1, backprop_val_grad.dtype))
    return padded[_positions(sum_indices, a_indices)], padded[_positions(sum_indices, b_indices)]


def _declare_extreme(name, combine):
    @kernel(name, host=True)
    def run(a_indices, a_values, a_shape, b_indices, b_values, b_shape):
        check_parts(a_indices, a_values, a_shape, "a_")
        check_parts(b_indices, b_values, b_shape, "b_")
        _check_pair(a_shape, b_shape)
        indices, a, b, _ = _union(a_indices, a_values, b_indices, b_values)
        return indices, combine(a, b)


_declare_extreme("SparseSparseMaximum", np.maximum)
_declare_extreme("SparseSparseMinimum", np.minimum)
