"""How gradients of ops that move elements are exported."""

from __future__ import annotations

from typing import Any

from tfshim.ops import op
from tfshim.protos.gradient_export import Gradient, rule
from tfshim.protos.gradient_export_indices import batched_gather
from tfshim.protos.gradient_export_math import unbroadcast


@rule("Reshape", "ExpandDims", "Squeeze")
def _reshape(g: Gradient) -> list[Any]:
    return [op("Reshape")(g.dy, op("Shape")(g.inputs[0])), None]


@rule("Transpose")
def _transpose(g: Gradient) -> list[Any]:
    return [op("Transpose")(g.dy, op("InvertPermutation")(g.inputs[1])), None]


@rule("BroadcastTo")
def _broadcast_to(g: Gradient) -> list[Any]:
    return [unbroadcast(g.dy, g.inputs[0]), None]


@rule("ConcatV2")
def _concat(g: Gradient) -> list[Any]:
    *parts, axis = g.inputs
    if len(parts) == 1:
        return [g.dy, None]
    rank = op("Rank")(parts[0])
    position = op("FloorMod")(op("Cast")(axis, DstT=rank.dtype), rank)
    shapes = op("ShapeN")(parts)
    offsets = op("ConcatOffset")(position, shapes)
    return [
        op("Slice")(g.dy, offset, shape) if i in g.wanted else None
        for i, (offset, shape) in enumerate(zip(offsets, shapes, strict=True))
    ] + [None]


@rule("Pack")
def _pack(g: Gradient) -> list[Any]:
    return op("Unpack")(g.dy, num=len(g.inputs), axis=g.attr("axis"))


def all_cotangents(g: Gradient) -> list[Any]:
    """The cotangents of all outputs, zeros where there is none."""
    given = dict(enumerate(g.cotangents))
    return [op("ZerosLike")(y) if given.get(i) is None else given[i] for i, y in enumerate(g.outputs)]


@rule("Unpack")
def _unpack(g: Gradient) -> list[Any]:
    return [op("Pack")(all_cotangents(g), axis=g.attr("axis"))]


@rule("Split")
def _split(g: Gradient) -> list[Any]:
    return [None, op("ConcatV2")(all_cotangents(g), g.inputs[0])]


@rule("SplitV")
def _split_v(g: Gradient) -> list[Any]:
    return [op("ConcatV2")(all_cotangents(g), g.inputs[2]), None, None]


@rule("IdentityN")
def _identity_n(g: Gradient) -> list[Any]:
    return [c if i in g.wanted else None for i, c in enumerate(all_cotangents(g))]


@rule("Slice")
def _slice(g: Gradient) -> list[Any]:
    x, begin, _ = g.inputs
    shape = op("Cast")(op("Shape")(x), DstT=begin.dtype)
    after = op("Sub")(op("Sub")(shape, op("Cast")(op("Shape")(g.dy), DstT=begin.dtype)), begin)
    return [op("Pad")(g.dy, op("Pack")([begin, after], axis=1)), None, None]


_MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")


@rule("StridedSlice")
def _strided_slice(g: Gradient) -> list[Any]:
    x, begin, end, strides = g.inputs
    shape = op("Cast")(op("Shape")(x), DstT=begin.dtype)
    gradient = op("StridedSliceGrad")(shape, begin, end, strides, g.dy, **{m: g.attr(m) for m in _MASKS})
    return [gradient, None, None, None]


@rule("StridedSliceGrad")
def _strided_slice_grad(g: Gradient) -> list[Any]:
    begin, end, strides = g.inputs[1:4]
    return [None, None, None, None, op("StridedSlice")(g.dy, begin, end, strides, **{m: g.attr(m) for m in _MASKS})]


@rule("Pad", "PadV2")
def _pad(g: Gradient) -> list[Any]:
    x, paddings = g.inputs[:2]
    before = op("StridedSlice")(paddings, [0, 0], [0, 1], [1, 1], begin_mask=1, end_mask=1, shrink_axis_mask=2)
    inner = op("Slice")(g.dy, before, op("Cast")(op("Shape")(x), DstT=paddings.dtype))
    fill = (
        op("Sub")(op("Sum")(g.dy, _every_axis(g.dy)), op("Sum")(inner, _every_axis(inner))) if 2 in g.wanted else None
    )
    return [inner, None, fill]


def _every_axis(x: Any) -> Any:
    return op("Range")(0, op("Rank")(x), 1)


@rule("MirrorPad")
def _mirror_pad(g: Gradient) -> list[Any]:
    return [op("MirrorPadGrad")(g.dy, g.inputs[1], mode=g.attr("mode")), None]


@rule("Tile")
def _tile(g: Gradient) -> list[Any]:
    x, multiples = g.inputs
    shape = op("Shape")(x)
    pairs = op("Pack")([op("Cast")(multiples, DstT=shape.dtype), shape], axis=1)
    split = op("Reshape")(pairs, [-1])
    axes = op("Range")(0, op("Size")(split), 2)
    return [op("Reshape")(op("Sum")(op("Reshape")(g.dy, split), axes), shape), None]


@rule("GatherV2")
def _gather(g: Gradient) -> list[Any]:
    params, indices, axis = g.inputs
    if g.attr("batch_dims"):
        return batched_gather(g)
    # The gathered axis goes first, there rows are summed by index, then it goes back.
    rank = op("Rank")(params)
    position = op("Reshape")(op("FloorMod")(op("Cast")(axis, DstT=rank.dtype), rank), [1])
    count = op("Rank")(indices)
    before, after = op("Range")(0, position[0], 1), op("Range")(position[0] + 1, rank, 1)
    rows = op("Range")(position[0], position[0] + count, 1)
    rest = op("Range")(position[0] + count, op("Rank")(g.dy), 1)
    moved = op("Transpose")(g.dy, op("ConcatV2")([rows, before, rest], 0))
    size = op("GatherV2")(op("Shape")(params), position[0], 0)
    summed = op("UnsortedSegmentSum")(moved, indices, size)
    back = op("InvertPermutation")(op("ConcatV2")([position, before, after], 0))
    return [op("Transpose")(summed, back), None, None]


@rule("GatherNd")
def _gather_nd(g: Gradient) -> list[Any]:
    params, indices = g.inputs
    return [op("ScatterNd")(indices, g.dy, op("Cast")(op("Shape")(params), DstT=indices.dtype)), None]
