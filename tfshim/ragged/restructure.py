"""Dimensions merged, added, removed, reversed and repeated."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim.convert import constant_value, convert_to_tensor
from tfshim.errors import InvalidArgumentError
from tfshim.ops import op
from tfshim.ragged import index
from tfshim.ragged.gathering import gather_rows
from tfshim.ragged.row_partition import RowPartition, of_splits
from tfshim.ragged.tensor import RaggedTensor, ragged
from tfshim.ragged.validation import Checks
from tfshim.tensor import Tensor


def axis_of(axis: Any, rank: int | None, name: str = "axis") -> int:
    """An axis counted from the front; ValueError if it is out of range."""
    if isinstance(axis, Tensor):
        known = constant_value(axis)
        if known is None:
            raise ValueError(f"{name} must be known at graph construction time.")
        axis = int(known)
    if isinstance(axis, np.integer):
        axis = int(axis)
    if not isinstance(axis, int) or isinstance(axis, bool):
        raise TypeError(f"{name} must be an int; got {type(axis).__name__}")
    if axis >= 0 and (rank is None or axis < rank):
        return axis
    if rank is None:
        raise ValueError(f"{name}={axis} may only be negative if the rank is statically known.")
    if not -rank <= axis < 0:
        raise ValueError(f"{name}={axis} out of bounds: expected {-rank}<={name}<{rank}")
    return axis + rank


def merge_dims(value: Any, outer_axis: Any, inner_axis: Any) -> Any:
    """The dimensions from `outer_axis` to `inner_axis` of a tensor or ragged tensor made one."""
    rank = value.shape.rank
    outer, inner = axis_of(outer_axis, rank, "outer_axis"), axis_of(inner_axis, rank, "inner_axis")
    if outer > inner:
        raise ValueError(f"Expected outer_axis ({outer_axis}) to be less than or equal to inner_axis ({inner_axis})")
    return _merged(value, outer, inner)


def _merged(value: Any, outer: int, inner: int) -> Any:
    if outer == inner:
        return value
    if not isinstance(value, RaggedTensor):
        return merge_dense(value, outer, inner)
    if outer > 1:
        return value.with_values(_merged(value.values, outer - 1, inner - 1))
    if outer == 0:
        return _merged(value.values, 0, inner - 1)
    splits, length = value.row_splits, value._row_partition.static_uniform_row_length
    values, left = value.values, inner - 1
    while left and isinstance(values, RaggedTensor):
        each = values._row_partition.static_uniform_row_length
        length = None if length is None or each is None else length * each
        splits = index.take(values.row_splits, splits)
        values, left = values.values, left - 1
    if left:
        sizes = values.shape.as_list()[1 : left + 1]
        each = int(np.prod(sizes)) if None not in sizes else None
        length = None if length is None or each is None else length * each
        shape = op("Shape")(values, out_type=splits.dtype)[1 : left + 1]
        factor = op("Prod")(shape, [0]) if each is None else index.scalar(each, splits.dtype)
        splits = index.compute(lambda s, f: s * f, op("Mul"), splits, factor)
        values = merge_dense(values, 0, left)
    partition = of_splits(splits)
    return ragged(values, partition if length is None else partition.with_uniform_length(length))


def merge_dense(tensor: Tensor, outer: int, inner: int) -> Tensor:
    """A plain tensor with dimensions made one."""
    if tensor.shape.is_fully_defined():
        dims = tensor.shape.as_list()
        return op("Reshape")(tensor, [*dims[:outer], int(np.prod(dims[outer : inner + 1])), *dims[inner + 1 :]])
    shape = op("Shape")(tensor)
    merged = op("Prod")(shape[outer : inner + 1], [0], keep_dims=True)
    result = op("Reshape")(tensor, op("ConcatV2")([shape[:outer], merged, shape[inner + 1 :]], 0))
    if tensor.shape.rank is not None:
        dims = tensor.shape.as_list()
        middle = dims[outer : inner + 1]
        result.set_shape([*dims[:outer], None if None in middle else int(np.prod(middle)), *dims[inner + 1 :]])
    return result


def uniform(values: Any, length: Any, nrows: Any) -> RaggedTensor:
    """Values in rows of one length."""
    return ragged(values, RowPartition.from_uniform_row_length(length, nrows=nrows, validate=False))


def expand_dims(input, axis, name=None):
    """`tf.expand_dims`."""
    rank = input.shape.rank
    axis = axis_of(axis, None if rank is None else rank + 1)
    return _expanded(input, axis)


def _expanded(value: Any, axis: int) -> Any:
    if not isinstance(value, RaggedTensor):
        return op("ExpandDims")(value, axis)
    one = convert_to_tensor(1, value.row_splits.dtype)
    if axis == 0:
        return uniform(value, value.nrows(), one)
    if axis == 1:
        return uniform(value, one, value.nrows())
    return value.with_values(_expanded(value.values, axis - 1))


def squeeze(input, axis=None, name=None):
    """`tf.squeeze`: the axes must be given."""
    if axis is None:
        raise ValueError("Ragged.squeeze must have an axis argument.")
    axes = [axis] if not isinstance(axis, (list, tuple)) else list(axis)
    rank = input.shape.rank
    for each in sorted({axis_of(a, rank) for a in axes}, reverse=True):
        input = _squeezed(input, each)
    return input


def _squeezed(value: Any, axis: int) -> Any:
    if not isinstance(value, RaggedTensor):
        return op("Squeeze")(value, squeeze_dims=[axis])
    if axis > 1:
        return value.with_values(_squeezed(value.values, axis - 1))
    sizes = value.nrows() if axis == 0 else value.row_lengths()
    known = constant_value(sizes)
    if known is not None and (known != 1).any():
        raise InvalidArgumentError(None, None, f"Can not squeeze dim[{axis}], expected a dimension of 1")
    return value[0] if axis == 0 else value.values


def reverse(tensor, axis, name=None):
    """`tf.reverse` along an axis or several."""
    axes = constant_value(axis) if isinstance(axis, Tensor) else axis
    if axes is None:
        raise ValueError("The axis of a reversed ragged tensor must be known at graph construction time.")
    for each in {axis_of(a, tensor.shape.rank) for a in np.atleast_1d(axes)}:
        tensor = _reversed(tensor, each)
    return tensor


def _reversed(value: Any, axis: int) -> Any:
    if not isinstance(value, RaggedTensor):
        return op("ReverseV2")(value, [axis])
    if axis > 1:
        return value.with_values(_reversed(value.values, axis - 1))
    if axis == 0:
        order = index.compute(lambda v: v[::-1], lambda t: op("ReverseV2")(t, [0]), index.arange(value.nrows()))
        return gather_rows(value, order)
    partition = value._row_partition
    rows = partition.value_rowids()
    last = index.compute(
        lambda a, b: a + b - 1,
        lambda a, b: a + b - convert_to_tensor(1, a.dtype),
        index.take(value.row_starts(), rows),
        index.take(value.row_limits(), rows),
    )
    places = index.compute(
        lambda s: s - np.arange(len(s), dtype=s.dtype), lambda s: s - index.arange(index.size(s, s.dtype)), last
    )
    return value.with_values(gather_rows(value.values, places))


def tile(input, multiples, name=None):
    """`tf.tile`: row counts, row lengths and inner sizes multiplied."""
    multiples = convert_to_tensor(multiples, name="multiples")
    rank = input.shape.rank
    if rank is not None:
        multiples.shape.assert_is_compatible_with([rank])
    elif multiples.shape.as_list()[0] is None:
        raise ValueError("the rank of the ragged tensor must be known")
    factors = index.cast(multiples, input.row_splits.dtype)
    flat = input.flat_values
    depth = input.ragged_rank
    inner = flat.shape.rank - 1
    if inner:
        one = convert_to_tensor([1], factors.dtype)
        flat = op("Tile")(flat, index.concatenate(one, factors[depth + 1 :]))
    result: Any = input.with_flat_values(flat)
    for axis in range(depth, -1, -1):
        result = _tiled(result, axis, factors[axis])
    return result


def _tiled(value: Any, axis: int, factor: Tensor) -> Any:
    if axis > 1:
        return value.with_values(_tiled(value.values, axis - 1, factor))
    if axis == 0:
        places = index.compute(
            lambda n, f: np.tile(np.arange(n, dtype=f.dtype), f),
            lambda n, f: op("Tile")(index.arange(n), op("Reshape")(f, [1])),
            value.nrows(),
            factor,
        )
        return gather_rows(value, places)
    lengths = index.compute(lambda n, f: n * f, op("Mul"), value.row_lengths(), factor)
    zeros = index.compute(np.zeros_like, op("ZerosLike"), lengths)
    offsets, splits = index.ranges(zeros, lengths)
    partition = of_splits(splits)
    rows = partition.value_rowids()
    places = index.compute(
        lambda s, o, n: s + o % n,
        lambda s, o, n: s + op("FloorMod")(o, n),
        index.take(value.row_starts(), rows),
        offsets,
        index.take(value.row_lengths(), rows),
    )
    return ragged(gather_rows(value.values, places), partition)


def split(value, num_or_size_splits, axis=0, num=None, name="split"):
    """`tf.split` along the rows, or along a dimension of one size.

    Raises:
      TypeError: if the sizes are no integers, or no vector.
      ValueError: along a ragged dimension, or for a number of parts that is below 1, unknown, or not `num`.
      InvalidArgumentError: if the sizes do not add up to that of the dimension.
    """
    axis = axis_of(axis, value.shape.rank)
    parts = num_or_size_splits
    if isinstance(parts, int) and parts < 2:
        if parts < 1:
            raise ValueError(f"`num_or_size_splits` must be at least 1, not {parts}.")
        return [value]
    sizes = convert_to_tensor(parts)
    if not sizes.dtype.is_integer or (sizes.shape.rank or 0) > 1:
        raise TypeError(f"`num_or_size_splits` must be an integer or a vector of integers, not {parts!r}.")
    if axis == 0:
        total = value.nrows()
    elif value.shape.as_list()[axis] is not None:
        total = index.scalar(value.shape.as_list()[axis], value.row_splits.dtype)
    else:
        raise ValueError("tf.split of ragged tensors splits rows and uniform dimensions, not ragged dimensions")
    sizes = index.cast(sizes, total.dtype)
    checks = Checks("split: Cannot exactly split the dimension into parts of these sizes", True)
    if sizes.shape.rank == 0:
        known = constant_value(sizes)
        if known is None:
            raise ValueError("The number of parts of a ragged tensor must be known at graph construction time.")
        count = int(known)
        sizes = index.compute(lambda n: np.full(count, n // count), lambda n: op("Fill")([count], n // count), total)
    else:
        count = sizes.shape[0] if sizes.shape.rank else None
        if None not in (num, count) and num != count:
            raise ValueError(f"`num` is {num}, but there are {count} sizes.")
        count = num if count is None else count
        if count is None:
            raise ValueError("The number of parts of a ragged tensor must be known at graph construction time.")
    if not sizes.shape.is_fully_defined():
        checks.equal(op("Size")(sizes, out_type=sizes.dtype), index.scalar(count, sizes.dtype))
    ends = index.splits_of_lengths(sizes)
    checks.natural(sizes)
    checks.equal(ends[-1], total)
    ends = checks.guard(ends)
    key = (slice(None),) * axis
    return [value[(*key, slice(ends[i], ends[i + 1]))] for i in range(count)]
