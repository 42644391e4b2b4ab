"""How partly known integers (`[None, 2, -1]`) travel through a graph: shapes are computed from shapes.

A vector is a list of `int | None`, a scalar an `int | None`; None for a vector means nothing is known of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim.ops.kernels.array_index_shapes import slice_masks
from tfshim.ops.kernels.array_shapes import known_scalar, vector_length
from tfshim.ops.kernels.array_slice import NEW_AXIS, SHRINK, dense_spec, dim_slice
from tfshim.ops.registry import partial_value


def vector(op: Any, i: int) -> list[int | None] | None:
    """Input `i` as a list: of unknown elements if only its length is known, None if not even that."""
    value = op.partial(i)
    if isinstance(value, list):
        return None if any(isinstance(v, list) for v in value) else value
    length = vector_length(op, i)
    return None if value is not None or length is None else [None] * length


@partial_value("Identity", "StopGradient", "PreventGradient", "Snapshot", "EnsureShape", "GuaranteeConst")
def _same(op):
    return op.partial(0)


@partial_value("Shape")
def _shape(op):
    dims = op.shape(0)._dims
    return None if dims is None else list(dims)


@partial_value("Size")
def _size(op):
    return op.shape(0).num_elements()


@partial_value("Rank")
def _rank(op):
    return op.shape(0).rank


@partial_value("Pack")
def _pack(op):
    rows = [op.partial(i) for i in range(len(op))]
    # All have one rank, whether it is known of each or not. A matrix, as of paddings, is a list of rows.
    ranks = {op.shape(i).rank for i in range(len(op))} - {None}
    if ranks == {0} or (ranks == {1} and op.attr("axis") == 0):
        return rows
    return None


def _joined(op: Any, positions: range) -> list[int | None] | None:
    parts = [vector(op, i) for i in positions]
    return None if any(p is None for p in parts) else [v for p in parts for v in p]


@partial_value("ConcatV2")
def _concat_v2(op):
    return _joined(op, range(len(op) - 1))


@partial_value("Concat")
def _concat(op):
    return _joined(op, range(1, len(op)))


@partial_value("StridedSlice")
def _strided_slice(op):
    values = vector(op, 0)
    begin, end, strides = op.partial(1), op.partial(2), op.partial(3)
    if values is None or begin is None or end is None or strides is None:
        return None
    spec = dense_spec(1, len(begin), slice_masks(op))
    if NEW_AXIS in spec.outputs and spec.outputs != (NEW_AXIS, SHRINK):
        return None
    dim = spec.dims[0]
    if dim.entry is None:
        return values
    first, stop, stride = begin[dim.entry], end[dim.entry], strides[dim.entry]
    if None in (first, stop, stride):
        return None
    first, count, stride = dim_slice(0, dim, len(values), first, stop, stride)
    chosen = [values[first + i * stride] for i in range(count)]
    return chosen[0] if spec.outputs == (SHRINK,) else chosen


@partial_value("Slice")
def _slice(op):
    values, first, size = vector(op, 0), known_scalar(op, 1), known_scalar(op, 2)
    if values is None or first is None or size is None:
        return None
    return values[first:] if size == -1 else values[first : first + size]


@partial_value("GatherV2", "Gather")
def _gather(op):
    values, indices = vector(op, 0), op.partial(1)
    if values is None or indices is None:
        return None
    if isinstance(indices, int):
        return values[indices] if 0 <= indices < len(values) else None
    if any(not isinstance(i, int) or not 0 <= i < len(values) for i in indices):
        return None
    return [values[i] for i in indices]


@partial_value("ExpandDims")
def _expand_dims(op):
    return [op.partial(0)] if op.shape(0)._dims == () else None


@partial_value("Squeeze")
def _squeeze(op):
    values = vector(op, 0)
    return values[0] if values is not None and len(values) == 1 else None


@partial_value("Reshape")
def _reshape(op):
    wanted = op.partial(1)
    dims = op.shape(0)._dims
    if dims is None or wanted is None or len(dims) > 1:
        return None
    if not dims:
        return op.partial(0) if wanted == [] else [op.partial(0)] if len(wanted) == 1 else None
    values = vector(op, 0)
    if values is None or len(wanted) > 1:
        return None
    return values if wanted else values[0]


@partial_value("Fill")
def _fill(op):
    dims, value = op.partial(0), op.partial(1)
    if not isinstance(dims, list) or len(dims) != 1 or dims[0] is None or isinstance(value, list):
        return value if dims == [] else None
    return [value] * dims[0]


def _constant_vector(value: int) -> Callable[[Any], Any]:
    def filled(op: Any) -> Any:
        if op.shape(0)._dims == ():
            return value
        length = vector_length(op, 0)
        return None if length is None else [value] * length

    return filled


partial_value("ZerosLike")(_constant_vector(0))
partial_value("OnesLike")(_constant_vector(1))


@partial_value("ReverseV2")
def _reverse(op):
    values, axes = vector(op, 0), op.partial(1)
    if values is None or axes is None:
        return None
    return values[::-1] if axes else values


@partial_value("BroadcastArgs")
def _broadcast_args(op):
    a, b = vector(op, 0), vector(op, 1)
    if a is None or b is None:
        return None
    size = max(len(a), len(b))
    pairs = zip([1] * (size - len(a)) + a, [1] * (size - len(b)) + b, strict=True)
    # An unknown size against 1 stays unknown, against another size it must be that one.
    return [y if x == 1 else x if y == 1 or x == y else (x if y is None else y) for x, y in pairs]


# Arithmetic --------------------------------------------------------------------------------------------------


def _elementwise(compute: Callable[[int, int], int]) -> Callable[[Any], Any]:
    def combined(op: Any) -> Any:
        if not op.dtype(0).is_integer:
            return None
        sides = []
        for i in range(2):
            dims = op.shape(i)._dims
            if dims is None or len(dims) > 1:
                return None
            sides.append(vector(op, i) if dims else op.partial(i))
        a, b = sides
        if not isinstance(a, list) and not isinstance(b, list):
            return None if a is None or b is None else compute(a, b)
        if any(s is None and op.shape(i)._dims for i, s in enumerate(sides)):
            return None
        size = len(a) if isinstance(a, list) else len(b)
        rows = [s if isinstance(s, list) else [s] * size for s in sides]
        if len(rows[0]) != len(rows[1]):
            return None
        return [None if x is None or y is None else compute(x, y) for x, y in zip(*rows, strict=True)]

    return combined


def _floor_div(x: int, y: int) -> int | None:
    return x // y if y else None


def _floor_mod(x: int, y: int) -> int | None:
    return x % y if y else None


for _names, _compute in (
    (("AddV2", "Add"), lambda x, y: x + y),
    (("Sub",), lambda x, y: x - y),
    (("Mul",), lambda x, y: x * y),
    (("FloorDiv",), _floor_div),
    (("FloorMod",), _floor_mod),
    (("Maximum",), max),
    (("Minimum",), min),
):
    partial_value(*_names)(_elementwise(_compute))


@partial_value("Neg")
def _neg(op):
    value = op.partial(0)
    if isinstance(value, list):
        return [None if v is None else -v for v in value]
    return None if value is None else -value


def _reduction(compute: Callable[[list[int]], int]) -> Callable[[Any], Any]:
    def reduced(op: Any) -> Any:
        values, axes = vector(op, 0), op.partial(1)
        if values is None or None in values or op.attr("keep_dims"):
            return None
        return compute(values) if axes in (0, -1, [0], [-1]) else None

    return reduced


def _product(values: list[int]) -> int:
    total = 1
    for v in values:
        total *= v
    return total


for _name, _reduce in (("Prod", _product), ("Sum", sum)):
    partial_value(_name)(_reduction(_reduce))
