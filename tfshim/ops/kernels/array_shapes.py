"""Static shapes of the array ops, where sizes may be unknown.

What is definitely wrong raises, with the messages of the kernels; what cannot be decided is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfshim.ops.kernels import array_join, array_reshape
from tfshim.ops.kernels.array_common import product
from tfshim.ops.kernels.array_create import range_size
from tfshim.ops.registry import shape_function
from tfshim.ops.shape_helpers import (
    SCALAR,
    UNKNOWN,
    Dims,
    at_least_rank,
    exactly_rank,
    exactly_rank_at_most,
    invalid,
    merge_static,
    same_shape,
    shape_text,
)
from tfshim.shapes import TensorShape, from_dims


def unknown_dims(rank: int) -> TensorShape:
    """A shape of known rank and unknown sizes."""
    return from_dims((None,) * rank)


def vector_length(op: Any, i: int) -> int | None:
    """Length of the integer vector in input `i`, if known."""
    dims = op.shape(i)._dims
    return dims[0] if dims is not None and len(dims) == 1 else None


def requested_sizes(op: Any, i: int) -> list[int | None] | None:
    """The sizes that a shape input asks for; None if not even their number is known."""
    exactly_rank(op.shape(i), 1)
    sizes = op.partial(i)
    if sizes is not None:
        return sizes
    length = vector_length(op, i)
    return None if length is None else [None] * length


def from_sizes(sizes: list[int | None] | None) -> TensorShape:
    """The shape that a Fill, an Empty or a scatter asks for."""
    if sizes is None:
        return UNKNOWN
    for s in sizes:
        if s is not None and s < 0:
            raise invalid(f"Dimension {s} must be >= 0")
    return from_dims(tuple(sizes))


def known_scalar(op: Any, i: int) -> int | None:
    """The integer in input `i`, a scalar or a vector of one element."""
    value = op.partial(i)
    while isinstance(value, list):
        if len(value) != 1:
            return None
        value = value[0]
    return value


same_shape(
    "Identity",
    "PreventGradient",
    "Snapshot",
    "Copy",
    "CopyHost",
    "DeepCopy",
    "DebugIdentity",
    "GuaranteeConst",
    "StopGradient",
    "ZerosLike",
    "OnesLike",
    "CheckNumerics",
    "CheckNumericsV2",
    "Print",
    "TensorStridedSliceUpdate",
    "InplaceUpdate",
    "InplaceAdd",
    "InplaceSub",
)


@shape_function("PlaceholderWithDefault")
def _placeholder_with_default(op):
    return TensorShape(op.attr("shape"))


@shape_function("IdentityN", "ConcatOffset")
def _every_input(op):
    shapes = [op.shape(i) for i in range(len(op))]
    # A ConcatOffset has its axis before the shapes.
    return shapes[1:] if "shape_type" in op._attrs else shapes


@shape_function("Shape")
def _shape(op):
    return from_dims((op.shape(0).rank,))


@shape_function("ShapeN")
def _shape_n(op):
    return [from_dims((op.shape(i).rank,)) for i in range(len(op))]


@shape_function("Size", "Rank")
def _scalar(op):
    return SCALAR


# Reshapes --------------------------------------------------------------------------------------------------


@shape_function("Reshape")
def _reshape(op):
    sizes = requested_sizes(op, 1)
    if sizes is None:
        return UNKNOWN
    for s in sizes:
        if s is not None and s < -1:
            raise invalid(f"Invalid value in tensor used for shape: {s}")
    wanted = [None if s == -1 else s for s in sizes]
    return from_dims(tuple(_inferred(op.shape(0)._dims, wanted)))


def _known_elements(dims: Sequence[int | None]) -> tuple[int, list[int]]:
    """The number of elements as far as it is known, and the positions of the sizes that are not (a 0 decides it)."""
    if 0 in dims:
        return 0, []
    return product([d for d in dims if d is not None]), [i for i, d in enumerate(dims) if d is None]


def _inferred(dims: Dims | None, wanted: list[int | None]) -> list[int | None]:
    """The sizes of a reshape, with one that is left open computed where all others are known."""
    if dims is None:
        return wanted
    have, open_in = _known_elements(dims)
    need, open_out = _known_elements(wanted)
    if len(open_in) > 1 or len(open_out) > 1:
        return wanted
    if not open_in and not open_out:
        if have != need:
            raise invalid(
                f"Cannot reshape a tensor with {have} elements to shape {shape_text(wanted)} ({need} elements)"
            )
    elif not open_in:
        wanted[open_out[0]] = _divided(have, need)
    elif not open_out:
        _divided(need, have)
    # One size open on both sides: that of the input, if all others agree. It is not known either.
    return wanted


def _divided(size: int, by: int, why: str = "") -> int:
    if size % by:
        raise invalid(f"Dimension size must be evenly divisible by {by} but is {size}{why}")
    return size // by


@shape_function("ExpandDims")
def _expand_dims(op):
    dims = op.shape(0)._dims
    axis = known_scalar(op, 1)
    if dims is None:
        return UNKNOWN
    if axis is None:
        static = op.static(1)
        if static is not None and static.size != 1:
            raise invalid("'dim' input must be a tensor with a single value")
        return unknown_dims(len(dims) + 1)
    rank = len(dims)
    if not -rank - 1 <= axis <= rank:
        raise invalid(f"dim {axis} not in the interval [{-rank - 1}, {rank}].")
    axis = axis + rank + 1 if axis < 0 else axis
    return from_dims((*dims[:axis], 1, *dims[axis:]))


@shape_function("Squeeze")
def _squeeze(op):
    dims = op.shape(0)._dims
    axes = op.attr("squeeze_dims")
    if dims is None or (not axes and None in dims):
        return UNKNOWN
    return from_dims(array_reshape.squeezed_dims(dims, axes))


@shape_function("Transpose", "ConjugateTranspose")
def _transpose(op):
    dims = op.shape(0)._dims
    perm = op.static(1)
    if perm is None:
        rank = vector_length(op, 1) if dims is None else len(dims)
        return UNKNOWN if rank is None else unknown_dims(rank)
    rank = perm.size if dims is None else len(dims)
    order = array_reshape.resolved_permutation(rank, perm)
    return unknown_dims(rank) if dims is None else from_dims(tuple(dims[a] for a in order))


@shape_function("InvertPermutation")
def _invert_permutation(op):
    exactly_rank(op.shape(0), 1)
    return op.shape(0) if op.shape(0).rank else unknown_dims(1)


@shape_function("EnsureShape")
def _ensure_shape(op):
    wanted = TensorShape(op.attr("shape"))
    if wanted.rank is None and op.shape(0).rank is not None:
        raise invalid(f"Shape must be rank -1 but is rank {op.shape(0).rank}")  # so TensorFlow's graphs
    if not op.shape(0).is_compatible_with(wanted):
        raise invalid(f"Shape of tensor input {op.shape(0)} is not compatible with expected shape {wanted}.")
    return op.shape(0).merge_with(wanted)


@shape_function("BroadcastTo")
def _broadcast_to(op):
    dims = op.shape(0)._dims
    sizes = requested_sizes(op, 1)
    if sizes is not None:
        sizes = [None if s == -1 else s for s in sizes]
    wanted = from_sizes(sizes)
    if dims is None or sizes is None:
        return wanted
    if len(dims) > len(sizes):
        raise invalid(f"Rank of input ({len(dims)}) must be no greater than rank of output shape ({len(sizes)}).")
    for d, s in zip(dims, sizes[len(sizes) - len(dims) :], strict=True):
        if d is not None and s is not None and d not in (1, s):
            raise invalid(f"Incompatible shapes: {shape_text(dims)} vs. {shape_text(sizes)}")
    return wanted


@shape_function("BroadcastArgs")
def _broadcast_args(op):
    exactly_rank(op.shape(0), 1)
    exactly_rank(op.shape(1), 1)
    lengths = [vector_length(op, i) for i in range(2)]
    return from_dims((None if None in lengths else max(lengths),))


@shape_function("BroadcastGradientArgs")
def _broadcast_gradient_args(op):
    return [from_dims((None,))] * 2


@shape_function("Tile")
def _tile(op):
    dims = op.shape(0)._dims
    times = requested_sizes(op, 1)
    if times is None:
        return UNKNOWN if dims is None else unknown_dims(len(dims))
    if dims is None:
        return unknown_dims(len(times))
    if len(times) != len(dims):
        raise invalid(f"Shape must be rank {len(dims)} but is rank {len(times)}")
    times = [None if m == -1 else m for m in times]  # as everywhere where sizes are asked for
    return from_dims(
        tuple(0 if 0 in (d, m) else None if None in (d, m) else d * m for d, m in zip(dims, times, strict=True))
    )


@shape_function("Bitcast")
def _bitcast(op):
    dims = op.shape(0)._dims
    size_in, size_out = op.dtype(0).size, op.attr("type").size
    if dims is None or size_in == size_out:
        return op.shape(0)
    if size_in > size_out:
        return from_dims((*dims, size_in // size_out))
    if not dims or dims[-1] not in (None, size_out // size_in):
        kinds = f"from {op.dtype(0).as_datatype_enum} to {op.attr('type').as_datatype_enum}"
        raise invalid(f"Cannot bitcast {kinds} due to shape. {shape_text(dims)} does not end in {size_out // size_in}.")
    return from_dims(dims[:-1])


@shape_function("UnravelIndex")
def _unravel_index(op):
    # That the indices are no matrix is checked when the op runs.
    exactly_rank(op.shape(1), 1)
    indices = op.shape(0)
    if indices.rank is None:
        return UNKNOWN
    return from_dims((vector_length(op, 1), *(() if indices.rank == 0 else (indices.num_elements(),))))


# Joining and splitting -------------------------------------------------------------------------------------


@shape_function("Pack")
def _pack(op):
    count = len(op)
    if not count:
        raise invalid("Must specify at least one tensor to pack")
    merged = merge_static([op.shape(i) for i in range(count)])
    if merged._dims is None:
        return UNKNOWN
    rank = len(merged._dims) + 1
    axis = op.attr("axis")
    if not -rank <= axis < rank:
        raise invalid(f"Invalid axis: {axis}; must be in [{-rank},{rank})")
    axis %= rank
    return from_dims((*merged._dims[:axis], count, *merged._dims[axis:]))


@shape_function("Unpack")
def _unpack(op):
    dims, num, axis = op.shape(0)._dims, op.attr("num"), op.attr("axis")
    if dims is None:
        return [UNKNOWN] * num
    if not -len(dims) <= axis < len(dims):
        raise invalid(f"Invalid axis: {axis}; must be in [{-len(dims)},{len(dims)})")
    axis %= len(dims)
    if dims[axis] not in (None, num):
        raise invalid(f"Dimension must be {num} but is {dims[axis]}")
    return [from_dims((*dims[:axis], *dims[axis + 1 :]))] * num


def concatenated_static(shapes: Sequence[TensorShape], axis: int | None) -> TensorShape:
    ranks = [len(s._dims) for s in shapes if s._dims is not None]
    if not ranks:
        return UNKNOWN
    rank = ranks[0]
    for other in ranks:
        if other != rank:
            raise invalid(f"Shape must be rank {rank} but is rank {other}")
    if rank == 0:
        raise invalid("Can't concatenate scalars (use tf.stack instead)")
    if axis is None:
        return unknown_dims(rank)
    if not -rank <= axis < rank:
        raise invalid(f"Expected concatenating dimensions in the range [{-rank}, {rank}), but got {axis}")
    axis %= rank
    all_dims = [s._dims for s in shapes if s._dims is not None]
    result: list[int | None] = []
    for i in range(rank):
        sizes = [d[i] for d in all_dims]
        if i == axis:
            known = None not in sizes and len(all_dims) == len(shapes)
            result.append(sum(s for s in sizes if s is not None) if known else None)
            continue
        agreed = {s for s in sizes if s is not None}
        if len(agreed) > 1:
            raise invalid(
                f"Dimension {i} in both shapes must be equal, but are {' and '.join(map(str, sorted(agreed)))}"
            )
        result.append(agreed.pop() if agreed else None)
    return from_dims(tuple(result))


@shape_function("ConcatV2")
def _concat_v2(op):
    last = len(op) - 1
    exactly_rank(op.shape(last), 0)
    return concatenated_static([op.shape(i) for i in range(last)], known_scalar(op, last))


@shape_function("Concat")
def _concat(op):
    exactly_rank(op.shape(0), 0)
    return concatenated_static([op.shape(i) for i in range(1, len(op))], known_scalar(op, 0))


@shape_function("ParallelConcat")
def _parallel_concat(op):
    shape = TensorShape(op.attr("shape"))
    if not shape.is_fully_defined():
        raise invalid("shape attr must be fully defined.")
    if shape.rank == 0:
        raise invalid("Out of range dim_index 0 for shape with 0 dimensions")
    for i in range(len(op)):
        piece = op.shape(i)
        if not piece.is_fully_defined():
            raise invalid("All input shapes must be fully defined.")
        if piece.rank == 0 or piece[0] != 1:
            raise invalid("Size of first dimension must be 1.")
        merge_static([piece, TensorShape([1]).concatenate(shape[1:])])
    return shape


def _checked_axis(axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        raise invalid(f"Dimension size, given by scalar input {axis}, must be in range [{-rank}, {rank})")
    return axis % rank


@shape_function("Split")
def _split(op):
    dims, num = op.shape(1)._dims, op.attr("num_split")
    if op.shape(0).rank:
        raise invalid(f"Input must be scalar but has rank {op.shape(0).rank}")
    axis = known_scalar(op, 0)
    if dims is None:
        return [UNKNOWN] * num
    if axis is None:
        return [unknown_dims(len(dims))] * num
    axis = _checked_axis(axis, len(dims))
    size = dims[axis]
    piece = None if size is None else _divided(size, num, ": the number of ways to split should evenly divide it")
    return [from_dims((*dims[:axis], piece, *dims[axis + 1 :]))] * num


@shape_function("SplitV")
def _split_v(op):
    dims, num = op.shape(0)._dims, op.attr("num_split")
    if op.shape(2).rank:
        raise invalid(f"Input must be scalar but has rank {op.shape(2).rank}")
    axis = known_scalar(op, 2)
    if dims is None:
        return [UNKNOWN] * num
    if axis is None:
        return [unknown_dims(len(dims))] * num
    axis = _checked_axis(axis, len(dims))
    sizes = requested_sizes(op, 1)
    if sizes is None:
        sizes = [None] * num
    if len(sizes) != num:
        raise invalid(f"Length of size_splits should be equal to num_splits: {len(sizes)} and {num}")
    if sizes.count(-1) > 1:
        raise invalid("size_splits can only have one -1")
    if None not in sizes and dims[axis] is not None:
        sizes = array_join.resolved_splits(sizes, dims[axis])
    return [from_dims((*dims[:axis], None if s in (-1, None) else s, *dims[axis + 1 :])) for s in sizes]


@shape_function("Pad", "PadV2", "MirrorPad")
def _pad(op):
    dims = op.shape(0)._dims
    paddings = op.static(1)
    if paddings is None:
        merge_static([op.shape(1), from_dims((None if dims is None else len(dims), 2))])
        rows = op.shape(1)._dims
        rank = len(dims) if dims is not None else rows[0] if rows else None
        known = op.partial(1)
        if dims is None or not isinstance(known, list):
            return UNKNOWN if rank is None else unknown_dims(rank)
        return from_dims(
            tuple(
                None if d is None or not isinstance(row, list) or None in row else d + sum(row)
                for d, row in zip(dims, known, strict=True)
            )
        )
    if dims is None:
        return unknown_dims(paddings.shape[0]) if paddings.ndim else UNKNOWN
    pairs = array_join.padding_pairs(paddings, len(dims))
    return from_dims(tuple(None if d is None else d + b + a for d, (b, a) in zip(dims, pairs, strict=True)))


@shape_function("DynamicPartition")
def _dynamic_partition(op):
    data, partitions = op.shape(0)._dims, op.shape(1)._dims
    count = op.attr("num_partitions")
    if data is None or partitions is None:
        return [UNKNOWN] * count
    if not from_dims(data[: len(partitions)]).is_compatible_with(op.shape(1)):
        raise invalid(f"data.shape {shape_text(data)} must start with partitions.shape {shape_text(partitions)}")
    return [from_dims((None, *data[len(partitions) :]))] * count


@shape_function("DynamicStitch", "ParallelDynamicStitch")
def _dynamic_stitch(op):
    count = len(op) // 2
    size: int | None = 0
    rest = UNKNOWN
    for i in range(count):
        indices = op.static(i)
        if indices is None:
            size = None
        elif size is not None and indices.size:
            size = max(size, int(indices.max()) + 1)
        outer, data = op.shape(i)._dims, op.shape(count + i)._dims
        if outer is not None and data is not None:
            merge_static([from_dims(data[: len(outer)]), op.shape(i)])
            rest = merge_static([rest, from_dims(data[len(outer) :])])
    return UNKNOWN if rest._dims is None else from_dims((size, *rest._dims))


@shape_function("SpaceToBatchND", "BatchToSpaceND")
def _blocks(op):
    if op.shape(1).rank != 1:
        raise invalid("block_shape must have rank 1.")
    count = vector_length(op, 1)
    merge_static([op.shape(2), from_dims((count, 2))])
    dims = op.shape(0)._dims
    if dims is None or count is None:
        return UNKNOWN
    at_least_rank(op.shape(0), count + 1)
    return _moved_blocks(op, dims, op.partial(1) or [None] * count, "paddings" if "Tpaddings" in op._attrs else "crops")


@shape_function("SpaceToBatch", "BatchToSpace")
def _square_blocks(op):
    exactly_rank(op.shape(0), 4)
    merge_static([op.shape(1), from_dims((2, 2))])
    dims = op.shape(0)._dims or (None,) * 4
    what = "paddings" if op._attrs.get("Tpaddings") else "crops"
    return _moved_blocks(op, dims, [op.attr("block_size")] * 2, what)


def _moved_blocks(op: Any, dims: Dims, block: list[int | None], what: str) -> TensorShape:
    """The shape of `dims` with blocks moved into the batch, or (what: "crops") back."""
    if any(b is not None and b < 1 for b in block):
        raise invalid("block_shape must be positive")
    pairs = op.static(len(op) - 1)
    if pairs is not None and (pairs < 0).any():
        raise invalid(f"{what} cannot be negative")
    batch = dims[0]
    for b in block:
        known = batch is not None and b is not None
        batch = None if not known else batch * b if what == "paddings" else _divided(batch, b)
    result = [batch]
    for i, (d, b) in enumerate(zip(dims[1:], block)):
        if d is None or b is None or pairs is None:
            result.append(None)
            continue
        before, after = (int(p) for p in pairs[i])
        if what == "paddings":
            result.append(_divided(d + before + after, b))
        elif d * b < before + after:
            raise invalid(f"Negative dimension size caused by subtracting {before + after} from {d * b}")
        else:
            result.append(d * b - before - after)
    return from_dims((*result, *dims[1 + len(block) :]))


# Creation --------------------------------------------------------------------------------------------------


@shape_function("Fill")
def _fill(op):
    exactly_rank_at_most(op.shape(1), 0)
    return from_sizes(requested_sizes(op, 0))


@shape_function("Empty")
def _empty(op):
    return from_sizes(requested_sizes(op, 0))


@shape_function("Range")
def _range(op):
    parts = [op.static(i) for i in range(3)]
    for i in range(3):
        exactly_rank_at_most(op.shape(i), 1)
        if parts[i] is None and op.dtype(i).is_integer:
            known = known_scalar(op, i)
            parts[i] = None if known is None else np.array(known)
    if any(p is None for p in parts):
        return from_dims((None,))
    return from_dims((range_size(*parts),))


@shape_function("LinSpace")
def _lin_space(op):
    for i in range(3):
        exactly_rank(op.shape(i), 0)
    count = known_scalar(op, 2)
    if count is not None and count <= 0:
        raise invalid(f"Requires num > 0: {count}")
    return from_dims((count,))
