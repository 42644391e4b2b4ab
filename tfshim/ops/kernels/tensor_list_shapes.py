"""Static shapes of the ops on lists of tensors. A list carries what is declared of its elements: a `ListShape`."""

from __future__ import annotations

from typing import Any

from tfshim.dtypes import DType
from tfshim.ops.list_declarations import ListShape, dims_of, elements_of, merge_static
from tfshim.ops.registry import shape_function
from tfshim.ops.shape_helpers import SCALAR, UNKNOWN, Dims, invalid
from tfshim.ops.type_errors import proto_name
from tfshim.shapes import TensorShape, from_dims


def _given(op: Any, position: int) -> Dims | None:
    """What an `element_shape` input says."""
    shape, value = op.shape(position), op.static(position)
    if value is not None or (shape.rank or 0) > 1:
        return dims_of(_Ranked(shape.rank) if value is None else value)
    if shape.rank == 0:
        return None
    partial = op.partial(position)
    return None if partial is None else tuple(None if d is None or d < 0 else d for d in partial)


class _Ranked:
    """Stands for an array of which only the rank is known."""

    def __init__(self, ndim: int):
        self.ndim = ndim


def _stacked(count: int | None, dims: Dims | None) -> TensorShape:
    return UNKNOWN if dims is None else from_dims((count, *dims))


def _rest(dims: Dims | None) -> Dims | None:
    return None if dims is None else dims[1:]


def _elements(op: Any, asked: DType, refusal: str = "") -> Dims | None:
    """The declared dimensions of the list that is the first input, whose elements must have the dtype `asked`."""
    dims, dtype = elements_of(op.shape(0))
    if dtype is not None and dtype is not asked:
        wanted, found = proto_name(asked), proto_name(dtype)
        if refusal:
            raise invalid(f"{refusal}. List has type {found} but trying to push element with type {wanted}")
        raise invalid(f"Expected list with element dtype {wanted} but got list with element dtype {found}")
    return dims


@shape_function("TensorListReserve", "EmptyTensorList")
def _(op):
    return ListShape(_given(op, 0), op.attr("element_dtype"))


@shape_function("TensorListFromTensor")
def _(op):
    given, rows = _given(op, 1), op.shape(0)._dims
    if rows:
        merge_static(rows[1:], given)
    return ListShape(given, op.dtype(0))


@shape_function("TensorListScatterV2", "TensorListScatter")
def _(op):
    return ListShape(_given(op, 2), op.dtype(0))


@shape_function("TensorListSplit")
def _(op):
    lengths, whole, given = op.shape(2).rank, op.shape(0)._dims, _given(op, 1)
    if whole == ():
        raise invalid("Shape must be at least rank 1 but is rank 0")
    if lengths not in (None, 1):
        raise invalid(f"Shape must be rank 1 but is rank {lengths}")
    if whole is not None:
        merge_static((None, *whole[1:]), given)
    return ListShape(given, op.dtype(0))


@shape_function("TensorListSetItem")
def _(op):
    return op.shape(0)


@shape_function("TensorListResize")
def _(op):
    rank = op.shape(1).rank
    if rank:
        raise invalid(f"Shape must be rank 0 but is rank {rank}")
    return op.shape(0)


@shape_function("TensorListPushBack")
def _(op):
    _elements(op, op.dtype(1), "Trying to push to list with wrong element dtype")
    return op.shape(0)


@shape_function("TensorListScatterIntoExistingList")
def _(op):
    _elements(op, op.dtype(1))
    return op.shape(0)


@shape_function("TensorListPushBackBatch")
def _(op):
    return op.shape(0)


@shape_function("TensorListConcatLists")
def _(op):
    (first, kind), (second, other) = elements_of(op.shape(0)), elements_of(op.shape(1))
    if not (op.shape(0).rank == op.shape(1).rank == 0):
        return op.shape(0)
    return ListShape(merge_static(first, second), kind or other)


@shape_function("TensorListLength")
def _(op):
    return SCALAR


@shape_function("TensorListElementShape")
def _(op):
    dims, _ = elements_of(op.shape(0))
    return UNKNOWN if dims is None else from_dims((len(dims),))


@shape_function("TensorListGetItem")
def _(op):
    return from_dims(merge_static(_elements(op, op.attr("element_dtype")), _given(op, 2)))


@shape_function("TensorListStack")
def _(op):
    number = op.attr("num_elements")
    dims = merge_static(_elements(op, op.attr("element_dtype")), _given(op, 1))
    return _stacked(None if number < 0 else number, dims)


@shape_function("TensorListPopBack")
def _(op):
    declared = _elements(op, op.attr("element_dtype"), "Trying to read from list with wrong element dtype")
    given = _given(op, 1)
    return [op.shape(0), from_dims(declared if given is None else given)]


@shape_function("TensorListGather")
def _(op):
    indices = op.shape(1)
    count = indices.num_elements() if indices.is_fully_defined() else None
    return _stacked(count, merge_static(_elements(op, op.attr("element_dtype")), _given(op, 2)))


@shape_function("TensorListConcatV2")
def _(op):
    dims = merge_static(_given(op, 1), _elements(op, op.attr("element_dtype")))
    return [_stacked(None, _rest(dims)), from_dims((None,))]


@shape_function("TensorListConcat")
def _(op):
    dims = merge_static(op.attr("element_shape"), _elements(op, op.attr("element_dtype")))
    return [_stacked(None, _rest(dims)), from_dims((None,))]
