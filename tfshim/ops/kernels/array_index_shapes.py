"""Static shapes of slices, gathers, scatters, selections, sorts and searches."""

from __future__ import annotations

from typing import Any

from tfshim.ops.kernels.array_shapes import (
    at_least_rank,
    exactly_rank,
    exactly_rank_at_most,
    from_sizes,
    known_scalar,
    requested_sizes,
    unknown_dims,
    vector_length,
)
from tfshim.ops.kernels.array_slice import Masks, Spec, dense_spec, dim_slice, output_dims
from tfshim.ops.registry import shape_function
from tfshim.ops.shape_helpers import UNKNOWN, broadcast_static, invalid, merge_static, shape_text
from tfshim.shapes import TensorShape, from_dims


@shape_function("Slice")
def _slice(op):
    dims = op.shape(0)._dims
    for i in (1, 2):
        exactly_rank(op.shape(i), 1)
    begin, size = op.partial(1), op.partial(2)
    if dims is None:
        rank = vector_length(op, 1) or vector_length(op, 2)
        return UNKNOWN if rank is None else unknown_dims(rank)
    for i in (1, 2):
        length = vector_length(op, i)
        if length not in (None, len(dims)):
            raise invalid(f"Dimension must be {len(dims)} but is {length}")
    if size is None:
        return unknown_dims(len(dims))
    result: list[int | None] = []
    for i, (d, n) in enumerate(zip(dims, size, strict=True)):
        first = None if begin is None else begin[i]
        if first is not None and d is not None and not 0 <= first <= d:
            raise invalid(f"Expected begin[{i}] in [0, {d}], but got {first}")
        if n == -1:
            result.append(None if first is None or d is None else d - first)
        else:
            if n is not None and d is not None and not 0 <= n <= d - (first or 0):
                raise invalid(f"Expected size[{i}] in [0, {d - (first or 0)}], but got {n}")
            result.append(n)
    return from_dims(tuple(result))


def slice_masks(op: Any) -> Masks:
    """The masks of a strided slice node."""
    return Masks(
        op.attr("begin_mask"),
        op.attr("end_mask"),
        op.attr("ellipsis_mask"),
        op.attr("new_axis_mask"),
        op.attr("shrink_axis_mask"),
    )


def _entries(op: Any, first: int) -> int | None:
    for i in range(first, first + 3):
        exactly_rank(op.shape(i), 1)
    lengths = {vector_length(op, i) for i in range(first, first + 3)} - {None}
    if len(lengths) > 1:
        raise invalid(f"Dimensions must be equal, but are {' and '.join(map(str, sorted(lengths)))}")
    return lengths.pop() if lengths else None


@shape_function("StridedSlice")
def _strided_slice(op):
    dims = op.shape(0)._dims
    entries = _entries(op, 1)
    if dims is None or entries is None:
        return UNKNOWN
    spec = dense_spec(len(dims), entries, slice_masks(op))
    begin, end, strides = (op.partial(i) or [None] * entries for i in (1, 2, 3))
    sizes = [_sliced_size(position, spec, d, begin, end, strides) for position, d in enumerate(dims)]
    return from_dims(output_dims(spec, sizes))


def _sliced_size(position: int, spec: Spec, size: int | None, begin: Any, end: Any, strides: Any) -> Any:
    dim = spec.dims[position]
    if dim.entry is None:
        return size
    first, stop, stride = begin[dim.entry], end[dim.entry], strides[dim.entry]
    if dim.shrink:
        if size is not None and first is not None:
            dim_slice(position, dim, size, first, 0, 1 if stride is None else stride)
        return 1
    if stride == 0:
        raise invalid(f"strides[{position}] must be non-zero")
    if dim.begin_masked and dim.end_masked and stride in (1, -1):
        return size
    if size is None or stride is None:
        return None
    if (first is None and not dim.begin_masked) or (stop is None and not dim.end_masked):
        return None
    return dim_slice(position, dim, size, first or 0, stop or 0, stride)[1]


@shape_function("StridedSliceGrad")
def _strided_slice_grad(op):
    return from_sizes(requested_sizes(op, 0))


# Gather and scatter ----------------------------------------------------------------------------------------


@shape_function("Gather")
def _gather(op):
    at_least_rank(op.shape(0), 1)
    return _gathered(op.shape(0)._dims, op.shape(1)._dims, 0, 0)


@shape_function("GatherV2")
def _gather_v2(op):
    params, indices = op.shape(0)._dims, op.shape(1)._dims
    at_least_rank(op.shape(0), 1)
    exactly_rank(op.shape(2), 0)
    batch = op.attr("batch_dims")
    axis = known_scalar(op, 2)
    if axis is not None:
        at_least_rank(op.shape(0), axis + 1 if axis >= 0 else -axis)
    if params is None or indices is None:
        return UNKNOWN
    if not -len(indices) <= batch <= len(indices):
        raise invalid(f"batch_dims {batch} must be in [{-len(indices)}, {len(indices)}]")
    batch = batch + len(indices) if batch < 0 else batch
    at_least_rank(op.shape(0), batch + 1)
    if axis is None:
        return unknown_dims(len(params) - 1 + len(indices) - batch)
    axis %= len(params)
    if axis < batch:
        raise invalid(f"batch_dims ({batch}) must be less than or equal to axis ({axis}).")
    merge_static([from_dims(params[:batch]), from_dims(indices[:batch])])
    return _gathered(params, indices, axis, batch)


def _gathered(params: Any, indices: Any, axis: int, batch: int) -> TensorShape:
    if params is None or indices is None:
        return UNKNOWN
    shared = from_dims(params[:batch]).merge_with(from_dims(indices[:batch]))._dims
    return from_dims((*shared, *params[batch:axis], *indices[batch:], *params[axis + 1 :]))


@shape_function("GatherNd")
def _gather_nd(op):
    params, indices = op.shape(0)._dims, op.shape(1)._dims
    at_least_rank(op.shape(1), 1)
    if params is None or indices is None or indices[-1] is None:
        return UNKNOWN
    depth = indices[-1]
    if depth > len(params):
        raise invalid(
            f"indices.shape[-1] must be <= params.rank, but saw indices shape: {shape_text(indices)} and "
            f"params shape: {shape_text(params)}"
        )
    return from_dims((*indices[:-1], *params[depth:]))


def _check_scatter(indices: Any, updates: Any, output: Any) -> None:
    if indices is None or updates is None or output is None or not indices:
        return
    outer, depth = len(indices) - 1, indices[-1]
    if not from_dims(indices[:-1]).is_compatible_with(from_dims(updates[:outer])):
        raise invalid(
            f"Dimensions [0,{outer}) of indices[shape={shape_text(indices)}] must match dimensions [0,{outer}) of "
            f"updates[shape={shape_text(updates)}]"
        )
    if depth is None:
        return
    if depth > len(output) or not from_dims(output[depth:]).is_compatible_with(from_dims(updates[outer:])):
        raise invalid(
            f"Dimensions [{depth},{len(output)}) of input[shape={shape_text(output)}] must match dimensions "
            f"[{outer},{len(updates)}) of updates[shape={shape_text(updates)}]"
        )


@shape_function("ScatterNd")
def _scatter_nd(op):
    result = from_sizes(requested_sizes(op, 2))
    at_least_rank(op.shape(0), 1)
    _check_scatter(op.shape(0)._dims, op.shape(1)._dims, result._dims)
    return result


@shape_function(
    "TensorScatterUpdate",
    "TensorScatterAdd",
    "TensorScatterSub",
    "TensorScatterMax",
    "TensorScatterMin",
    "ScatterNdNonAliasingAdd",
)
def _tensor_scatter(op):
    at_least_rank(op.shape(0), 1)
    at_least_rank(op.shape(1), 1)
    _check_scatter(op.shape(1)._dims, op.shape(2)._dims, op.shape(0)._dims)
    return op.shape(0)


@shape_function("OneHot")
def _one_hot(op):
    indices = op.shape(0)._dims
    axis = op.attr("axis")
    if axis < -1:
        raise invalid(f"axis must be >= -1, got {axis}")
    for i in (1, 2, 3):
        exactly_rank(op.shape(i), 0)
    depth = known_scalar(op, 1)
    if depth is not None and depth < 0:
        raise invalid(f"Dimension size, given by scalar input 1 must be non-negative but is {depth}")
    if indices is None:
        return UNKNOWN
    if axis > len(indices):
        raise invalid(f"Expected axis to be -1 or between [0, {len(indices) + 1}).  But received: {axis}")
    axis = len(indices) if axis == -1 else axis
    return from_dims((*indices[:axis], depth, *indices[axis:]))


@shape_function("Select")
def _select(op):
    chosen = merge_static([op.shape(1), op.shape(2)])
    condition = op.shape(0)
    if condition.rank and chosen.rank is not None:
        # A vector chooses among rows, anything larger among elements.
        merge_static([condition, chosen[:1] if condition.rank == 1 and chosen.rank else chosen])
    return chosen


@shape_function("SelectV2")
def _select_v2(op):
    return broadcast_static(broadcast_static(op.shape(1), op.shape(2)), op.shape(0))


@shape_function("Where")
def _where(op):
    return from_dims((None, op.shape(0).rank))


# Order -----------------------------------------------------------------------------------------------------


@shape_function("ReverseSequence")
def _reverse_sequence(op):
    exactly_rank(op.shape(1), 1)
    dims, batch, seq = op.shape(0)._dims, op.attr("batch_dim"), op.attr("seq_dim")
    if dims is None:
        return UNKNOWN
    for name, dim in (("batch_dim", batch), ("seq_dim", seq)):
        if dim >= len(dims):
            raise invalid(f"{name} must be < input rank: {dim} vs. {len(dims)}")
    length = vector_length(op, 1)
    if length is None:
        return op.shape(0)
    known = from_dims(tuple(length if i == batch else None for i in range(len(dims))))
    return merge_static([op.shape(0), known])


@shape_function("ReverseV2")
def _reverse_v2(op):
    dims, axes = op.shape(0)._dims, op.static(1)
    exactly_rank(op.shape(1), 1)
    if dims is not None and axes is not None:
        chosen = set()
        for i, a in enumerate(axes.tolist()):
            if not -len(dims) <= a < len(dims):
                raise invalid(f"'axis'[{i}] = {a} is out of valid range [0, {len(dims) - 1}")
            if a % len(dims) in chosen:
                raise invalid(f"axis {a % len(dims)} specified more than once.")
            chosen.add(a % len(dims))
    return op.shape(0)


@shape_function("Reverse")
def _reverse(op):
    exactly_rank(op.shape(1), 1)
    length = vector_length(op, 1)
    if length is not None:
        exactly_rank(op.shape(0), length)
    return op.shape(0)


@shape_function("Roll")
def _roll(op):
    at_least_rank(op.shape(0), 1)
    for i in (1, 2):
        exactly_rank_at_most(op.shape(i), 1)
    merge_static([op.shape(1), op.shape(2)])
    return op.shape(0)


def _top_k_shape(op: Any, k: int | None) -> list[TensorShape]:
    at_least_rank(op.shape(0), 1)
    if k is not None and k < 0:
        raise invalid(f"Need k >= 0, got {k}")
    dims = op.shape(0)._dims
    if dims is None:
        return [UNKNOWN, UNKNOWN]
    if k is not None and dims[-1] is not None and dims[-1] < k:
        raise invalid(f"input must have last dimension >= k = {k} but is {dims[-1]}")
    return [from_dims((*dims[:-1], k))] * 2


@shape_function("TopKV2")
def _top_k_v2(op):
    exactly_rank(op.shape(1), 0)
    return _top_k_shape(op, known_scalar(op, 1))


@shape_function("TopK")
def _top_k(op):
    return _top_k_shape(op, op.attr("k"))


@shape_function("InTopK", "InTopKV2")
def _in_top_k(op):
    exactly_rank(op.shape(0), 2)
    exactly_rank(op.shape(1), 1)
    rows = [d[0] for d in (op.shape(0)._dims, op.shape(1)._dims) if d is not None]
    return merge_static([from_dims((n,)) for n in rows] or [from_dims((None,))])


@shape_function("LowerBound", "UpperBound")
def _bound(op):
    for i in (0, 1):
        exactly_rank(op.shape(i), 2)
    return op.shape(1)


_ANY_VECTOR = from_dims((None,))


@shape_function("Unique")
def _unique(op):
    exactly_rank(op.shape(0), 1)
    return [_ANY_VECTOR, op.shape(0)]


@shape_function("UniqueWithCounts")
def _unique_with_counts(op):
    # Another rank is refused only when the op runs.
    return [_ANY_VECTOR, op.shape(0), _ANY_VECTOR]


@shape_function("UniqueV2")
def _unique_v2(op):
    dims, axis = op.shape(0)._dims, op.static(1)
    if dims is None or axis is None:
        return [UNKNOWN, _ANY_VECTOR]
    if axis.ndim != 1:
        raise invalid("axis expects a 1D vector.")
    if axis.size > 1:
        raise invalid("axis does not support input tensors larger than 1 elements.")
    if not axis.size:
        if len(dims) != 1:
            raise invalid("x expects a 1D vector.")
        return [_ANY_VECTOR, op.shape(0)]
    if not -len(dims) <= axis[0] < len(dims):
        raise invalid(f"axis expects to be in the range [{-len(dims)}, {len(dims)})")
    chosen = int(axis[0]) % len(dims)
    distinct = from_dims(tuple(None if i == chosen else d for i, d in enumerate(dims)))
    return [distinct, from_dims((dims[chosen],))]


@shape_function("UniqueWithCountsV2")
def _unique_with_counts_v2(op):
    return [*_unique_v2(op), _ANY_VECTOR]


@shape_function("ListDiff")
def _list_diff(op):
    return [from_dims((None,))] * 2
