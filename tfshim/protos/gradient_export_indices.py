"""How gradients of ops that move elements by index are exported: segments, gathers in batches, scatters, orders."""

from __future__ import annotations

from typing import Any

from tfshim.convert import constant_value
from tfshim.errors import UnimplementedError
from tfshim.ops import op
from tfshim.protos.gradient_export import Gradient, rule
from tfshim.protos.gradient_export_math import number, unbroadcast

# Segments ---------------------------------------------------------------------------------------------------------


def _at_segments(values: Any, ids: Any) -> tuple[Any, Any]:
    """The value of each element's segment, and where elements are in one: those of negative segments are in none."""
    zero = number(0, ids)
    gathered = op("GatherV2")(values, op("Maximum")(ids, zero), 0)
    inside = op("GreaterEqual")(ids, zero)
    ones = op("OnesLike")(op("Slice")(op("Shape")(gathered), op("Reshape")(op("Rank")(ids), [1]), [-1]))
    return gathered, op("Reshape")(inside, op("ConcatV2")([op("Shape")(ids), ones], 0))


def _only(chosen: Any, values: Any) -> Any:
    return op("SelectV2")(chosen, values, op("ZerosLike")(values))


@rule("UnsortedSegmentSum")
def _segment_sum(g: Gradient) -> list[Any]:
    gathered, inside = _at_segments(g.dy, g.inputs[1])
    return [_only(inside, gathered), None, None]


@rule("UnsortedSegmentMax", "UnsortedSegmentMin")
def _segment_extreme(g: Gradient) -> list[Any]:
    data, ids, count = g.inputs
    extremes, inside = _at_segments(g.y, ids)
    chosen = op("LogicalAnd")(op("Equal")(data, extremes), inside)
    number_chosen = op("UnsortedSegmentSum")(op("Cast")(chosen, DstT=g.dy.dtype), ids, count)
    gathered, _ = _at_segments(op("RealDiv")(g.dy, number_chosen), ids)
    return [_only(chosen, gathered), None, None]


@rule("UnsortedSegmentProd")
def _segment_product(g: Gradient) -> list[Any]:
    data, ids, count = g.inputs
    zero = op("Equal")(data, number(0, data))
    zeros = op("UnsortedSegmentSum")(op("Cast")(zero, DstT=ids.dtype), ids, count)
    # Two zeros in a segment leave no derivative; one has it itself.
    several = op("Greater")(zeros, number(1, zeros))
    dy = op("SelectV2")(several, op("ZerosLike")(g.dy), g.dy)
    safe = op("SelectV2")(zero, op("OnesLike")(data), data)
    others, _ = _at_segments(op("UnsortedSegmentProd")(safe, ids, count), ids)
    products, inside = _at_segments(g.y, ids)
    partial = op("SelectV2")(zero, others, op("RealDiv")(products, safe))
    gathered, _ = _at_segments(dy, ids)
    return [_only(inside, op("Mul")(gathered, partial)), None, None]


# Gathers in batches -----------------------------------------------------------------------------------------------


def batched_gather(g: Gradient) -> list[Any]:
    """The gradient of a `GatherV2` with `batch_dims`: all batches numbered through, then a sum by index."""
    params, indices, axis = g.inputs
    known = constant_value(axis)
    if params.shape.rank is None or indices.shape.rank is None or known is None:
        raise UnimplementedError(
            None, None, "the gradient of GatherV2 with batch_dims cannot be exported for tensors of unknown rank"
        )
    batch = g.attr("batch_dims") % indices.shape.rank
    position = int(known) % params.shape.rank
    inner = indices.shape.rank - batch
    sizes = op("Shape")(params)
    count, size = op("Prod")(sizes[:batch], 0), sizes[position]
    # [batch, between, indices, rest] -> [batch, indices, between, rest]
    outer, rest = list(range(batch)), list(range(position + inner, g.dy.shape.rank))
    between = list(range(batch, position))
    moved = op("Transpose")(g.dy, [*outer, *range(position, position + inner), *between, *rest])
    behind = op("ConcatV2")([sizes[batch:position], sizes[position + 1 :]], 0)
    rows = op("Reshape")(moved, op("ConcatV2")([[-1], behind], 0))
    wide = op("Cast")(indices, DstT=sizes.dtype)
    each = op("Reshape")(op("Range")(0, count, 1), op("ConcatV2")([sizes[:batch], [1] * inner], 0))
    ids = op("Reshape")(op("AddV2")(wide, op("Mul")(each, size)), [-1])
    summed = op("UnsortedSegmentSum")(rows, ids, op("Mul")(count, size))
    whole = op("Reshape")(summed, op("ConcatV2")([sizes[:batch], op("Reshape")(size, [1]), behind], 0))
    back = [*outer, *(i + 1 for i in between), batch, *range(position + 1, params.shape.rank)]
    return [op("Transpose")(whole, back), None, None]


# Scatters ---------------------------------------------------------------------------------------------------------


@rule("ScatterNd")
def _scatter(g: Gradient) -> list[Any]:
    return [None, op("GatherNd")(g.dy, g.inputs[0]), None]


@rule("TensorScatterUpdate")
def _scatter_update(g: Gradient) -> list[Any]:
    _, indices, updates = g.inputs
    return [
        op("TensorScatterUpdate")(g.dy, indices, op("ZerosLike")(updates)),
        None,
        op("GatherNd")(g.dy, indices),
    ]


@rule("TensorScatterAdd")
def _scatter_add(g: Gradient) -> list[Any]:
    return [g.dy, None, op("GatherNd")(g.dy, g.inputs[1])]


@rule("TensorScatterSub")
def _scatter_sub(g: Gradient) -> list[Any]:
    return [g.dy, None, op("Neg")(op("GatherNd")(g.dy, g.inputs[1]))]


# Orders -----------------------------------------------------------------------------------------------------------


@rule("TopKV2")
def _top_k(g: Gradient) -> list[Any]:
    x, _ = g.inputs
    places = g.outputs[1]
    sizes = op("Shape")(x)
    last = sizes[-1]
    flat_places = op("Reshape")(places, op("Pack")([-1, op("Shape")(places)[-1]]))
    rows = op("Range")(0, op("Shape")(flat_places)[0], 1)
    flat = op("Reshape")(op("AddV2")(flat_places, op("ExpandDims")(op("Mul")(rows, last), -1)), [-1, 1])
    total = op("Reshape")(op("Prod")(sizes, 0), [1])
    return [op("Reshape")(op("ScatterNd")(flat, op("Reshape")(g.dy, [-1]), total), sizes), None]


@rule("ReverseV2")
def _reverse(g: Gradient) -> list[Any]:
    return [op("ReverseV2")(g.dy, g.inputs[1]), None]


@rule("Roll")
def _roll(g: Gradient) -> list[Any]:
    return [op("Roll")(g.dy, op("Neg")(g.inputs[1]), g.inputs[2]), None, None]


@rule("ReverseSequence")
def _reverse_sequence(g: Gradient) -> list[Any]:
    dims = {name: g.attr(name) for name in ("seq_dim", "batch_dim")}
    return [op("ReverseSequence")(g.dy, g.inputs[1], **dims), None]


@rule("EnsureShape", "CheckNumerics", "CheckNumericsV2")
def _checked(g: Gradient) -> list[Any]:
    return [g.dy]


@rule("BatchToSpaceND", "SpaceToBatchND")
def _batches(g: Gradient) -> list[Any]:
    opposite = "SpaceToBatchND" if g.name == "BatchToSpaceND" else "BatchToSpaceND"
    return [op(opposite)(g.dy, *g.inputs[1:]), None, None]


@rule("DepthToSpace", "SpaceToDepth")
def _depth(g: Gradient) -> list[Any]:
    opposite = "SpaceToDepth" if g.name == "DepthToSpace" else "DepthToSpace"
    return [op(opposite)(g.dy, block_size=g.attr("block_size"), data_format=g.attr("data_format"))]


@rule("Prod")
def _product(g: Gradient) -> list[Any]:
    x, axes = g.inputs
    sizes, rank = op("Shape")(x), op("Rank")(x)
    reduced = op("FloorMod")(op("AddV2")(op("Reshape")(op("Cast")(axes, DstT=rank.dtype), [-1]), rank), rank)
    others, _ = op("ListDiff")(op("Range")(0, rank, 1), reduced)
    order = op("ConcatV2")([reduced, others], 0)
    counts = [op("Prod")(op("GatherV2")(sizes, part, 0), 0) for part in (reduced, others)]
    moved = op("Transpose")(x, order)
    flat = op("Reshape")(moved, op("Pack")(counts))
    # The product of all others, from both sides: a quotient would divide by zero.
    left, right = (op("Cumprod")(flat, 0, exclusive=True, reverse=reverse) for reverse in (False, True))
    rest = op("Reshape")(op("Mul")(left, right), op("Shape")(moved))
    ones = op("OnesLike")(reduced)
    kept = op("DynamicStitch")([op("Range")(0, rank, 1), reduced], [sizes, ones])
    dy = op("BroadcastTo")(op("Reshape")(g.dy, kept), sizes)
    return [op("Mul")(dy, op("Transpose")(rest, op("InvertPermutation")(order))), None]


@rule("ClipByValue")
def _clip(g: Gradient) -> list[Any]:
    x, low, high = g.inputs
    below, above = op("Less")(x, low), op("Greater")(x, high)
    zeros = op("ZerosLike")(g.dy)
    return [
        op("SelectV2")(op("LogicalOr")(below, above), zeros, g.dy),
        unbroadcast(op("SelectV2")(below, g.dy, zeros), low) if 1 in g.wanted else None,
        unbroadcast(op("SelectV2")(above, g.dy, zeros), high) if 2 in g.wanted else None,
    ]
