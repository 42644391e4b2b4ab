"""Order and sets: sort, top_k, searches, unique elements."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from tfshim import dtypes
from tfshim.api.array import shape, transpose
from tfshim.api.naming import in_scope
from tfshim.api.slicing import slice_tensor
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.tensor import Tensor

_approx_top_k = op("ApproxTopK")
_equal = op("Equal")
_floor_mod = op("FloorMod")
_in_top_k = op("InTopKV2")
_list_diff = op("ListDiff")
_lower_bound = op("LowerBound")
_neg = op("Neg")
_range = op("Range")
_rank = op("Rank")
_reshape = op("Reshape")
_select = op("SelectV2")
_sub = op("Sub")
_top_k = op("TopKV2")
_unique = op("Unique")
_unique_with_counts = op("UniqueWithCounts")
_upper_bound = op("UpperBound")

TopKV2 = namedtuple("TopKV2", ["values", "indices"])
ApproxTopK = namedtuple("ApproxTopK", ["values", "indices"])
Unique = namedtuple("Unique", ["y", "idx"])
UniqueWithCounts = namedtuple("UniqueWithCounts", ["y", "idx", "count"])
ListDiff = namedtuple("ListDiff", ["out", "idx"])


@export("math.top_k", "nn.top_k")
def top_k(input, k=1, sorted=True, index_type=dtypes.int32, name=None):
    """`(values, indices)` of the `k` greatest elements of every row (last dimension), the greatest first.

    Of equal elements the one with the lower index comes first; nan comes last. They are in order for
    `sorted=False` too.
    """
    return TopKV2(*_top_k(input, k, sorted=sorted, index_type=index_type, name=name))


def _approximate(operand, k, reduction_dimension, recall_target, size_override, aggregate, is_max_k, name):
    return ApproxTopK(
        *_approx_top_k(
            operand,
            k=k,
            reduction_dimension=reduction_dimension,
            recall_target=recall_target,
            is_max_k=is_max_k,
            reduction_input_size_override=size_override,
            aggregate_to_topk=aggregate,
            name=name,
        )
    )


@export("math.approx_max_k", "nn.approx_max_k")
def approx_max_k(
    operand,
    k,
    reduction_dimension=-1,
    recall_target=0.95,
    reduction_input_size_override=-1,
    aggregate_to_topk=True,
    name=None,
):
    """`(values, indices)` of about the `k` greatest elements along a dimension: exact on the CPU, faster on TPUs."""
    return _approximate(
        operand,
        k,
        reduction_dimension,
        recall_target,
        reduction_input_size_override,
        aggregate_to_topk,
        True,
        name,
    )


@export("math.approx_min_k", "nn.approx_min_k")
def approx_min_k(
    operand,
    k,
    reduction_dimension=-1,
    recall_target=0.95,
    reduction_input_size_override=-1,
    aggregate_to_topk=True,
    name=None,
):
    """`(values, indices)` of about the `k` least elements along a dimension: exact on the CPU, faster on TPUs."""
    return _approximate(
        operand,
        k,
        reduction_dimension,
        recall_target,
        reduction_input_size_override,
        aggregate_to_topk,
        False,
        name,
    )


@export("math.in_top_k", "nn.in_top_k")
@in_scope("in_top_k")
def in_top_k(targets, predictions, k, name=None):
    """For every row of `predictions` (float32), whether class `targets[i]` is among the `k` greatest.

    False where a prediction is not finite or the target is no class. Classes that tie with the k-th are in.
    """
    return _in_top_k(predictions, targets, k, name=name)


@export("sort")
@in_scope("sort")
def sort(values, axis=-1, direction="ASCENDING", name=None):
    """`values` sorted along `axis`, "ASCENDING" or "DESCENDING"; nan comes last."""
    return _sorted(values, axis, direction, False)


@export("argsort")
@in_scope("argsort")
def argsort(values, axis=-1, direction="ASCENDING", stable=False, name=None):
    """The int32 indices that sort `values` along `axis`; equal elements keep their order, whatever `stable`."""
    return _sorted(values, axis, direction, True)


def _sorted(values: Any, axis: Any, direction: str, indices: bool) -> Tensor:
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(
            f"Argument `direction` should be one of ASCENDING, DESCENDING. Received: direction={direction}"
        )
    known = constant_value(axis) if isinstance(axis, Tensor) else axis
    if known is None:
        raise ValueError(f"Argument `axis` must be a constant scalar. Received: axis={axis}.")
    try:
        axis = int(known)
    except TypeError:
        raise ValueError(f"Argument `axis` must be a constant scalar. Received: axis={axis}.") from None
    values = convert_to_tensor(values)
    if direction == "DESCENDING":
        return _descending(values, axis, indices)
    # top_k sorts downwards: reverse the order of the values, sort, and reverse back.
    dtype = values.dtype
    if dtype.is_unsigned:
        greatest = convert_to_tensor(dtype.max, dtype)
        result = _descending(_sub(greatest, values), axis, indices)
        return result if indices else _sub(greatest, result)
    if dtype.is_integer:
        # -x overflows for the least integer, -x - 1 does not.
        result = _descending(_sub(_neg(values), 1), axis, indices)
        return result if indices else _sub(_neg(result), 1)
    result = _descending(_neg(values), axis, indices)
    return result if indices else _neg(result)


def _descending(values: Tensor, axis: int, indices: bool) -> Tensor:
    dims = values.shape._dims
    if dims is not None and -len(dims) <= axis < len(dims) and dims[axis] is not None:
        k: Any = dims[axis]
    else:
        k = slice_tensor(shape(values), axis)
    rank = None if dims is None else len(dims)
    if axis == -1 or (rank is not None and axis == rank - 1):
        return _top_k(values, k)[int(indices)]
    swap = _swap_with_last(_rank(values) if rank is None else rank, axis)
    return transpose(_top_k(transpose(values, swap), k)[int(indices)], swap)


def _swap_with_last(rank: Any, axis: int) -> Any:
    """The order of axes that exchanges `axis` with the last one."""
    if isinstance(rank, int):
        swap = list(range(rank))
        swap[axis], swap[-1] = swap[-1], swap[axis]
        return swap
    axes, place, last = _range(0, rank, 1), _floor_mod(axis, rank), rank - 1
    return _select(_equal(axes, place), last, _select(_equal(axes, last), place, axes))


@export("searchsorted")
def searchsorted(sorted_sequence, values, side="left", out_type=dtypes.int32, name=None):
    """Where `values` belong in the sorted rows (last dimension) of `sorted_sequence`.

    The leading dimensions of both must agree in their product. `side="left"` gives the first suitable position,
    `"right"` the last.
    """
    if side not in ("left", "right"):
        raise ValueError(f"Argument `side` must be either 'right' or 'left'. Received: `side` = '{side}'.")
    values = convert_to_tensor(values)
    sorted_sequence = convert_to_tensor(sorted_sequence)
    rows = _reshape(sorted_sequence, [-1, slice_tensor(shape(sorted_sequence), -1)])
    queries = _reshape(values, [-1, slice_tensor(shape(values), -1)])
    find = _upper_bound if side == "right" else _lower_bound
    return _reshape(find(rows, queries, out_type=out_type, name=name), shape(values))


@export("unique")
def unique(x, out_idx=dtypes.int32, name=None):
    """`(y, idx)`: the distinct elements of a vector in order of appearance, and `x[i] == y[idx[i]]`."""
    return Unique(*_unique(x, out_idx=out_idx, name=name))


@export("unique_with_counts")
def unique_with_counts(x, out_idx=dtypes.int32, name=None):
    """`(y, idx, count)`: as `tf.unique`, and how often each element occurs."""
    return UniqueWithCounts(*_unique_with_counts(x, out_idx=out_idx, name=name))


@export("compat.v1.setdiff1d", "compat.v1.listdiff")
def setdiff1d(x, y, index_dtype=dtypes.int32, name=None):
    """`(out, idx)`: the elements of vector `x` that are not in `y`, and their positions."""
    return ListDiff(*_list_diff(x, y, out_idx=index_dtype, name=name))
