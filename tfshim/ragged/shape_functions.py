"""What functions of shapes do with ragged ones: reshaping, broadcasting, and tensors of one value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.api.assertions import Assert
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import as_dtype
from tfshim.errors import InvalidArgumentError
from tfshim.namespaces import resolve
from tfshim.ops import op
from tfshim.ragged import index
from tfshim.ragged.broadcasting import Partitions, common_partitions
from tfshim.ragged.dynamic_shape import DynamicRaggedShape
from tfshim.ragged.row_partition import RowPartition
from tfshim.ragged.tensor import is_ragged, with_partitions
from tfshim.shapes import TensorShape
from tfshim.tensor import Tensor


def as_ragged_shape(shape: Any, dtype: Any = None) -> DynamicRaggedShape:
    """A shape of any form as a `DynamicRaggedShape`."""
    if isinstance(shape, DynamicRaggedShape):
        return shape if dtype is None else shape.with_dtype(dtype)
    if isinstance(shape, TensorShape):
        shape = shape.as_list()
    return DynamicRaggedShape([], convert_to_tensor(shape, hint=dtype), dtype=dtype)


def shape(input, out_type=None, name=None):
    """`tf.shape` of a ragged tensor."""
    return DynamicRaggedShape.from_tensor(input, dtypes.int32 if out_type is None else as_dtype(out_type))


def reshape(tensor, shape, name=None):
    """`tf.reshape` of a ragged tensor, or to a ragged shape: the values in their order."""
    flat = tensor.flat_values if is_ragged(tensor) else convert_to_tensor(tensor)
    if not isinstance(shape, DynamicRaggedShape):
        return op("Reshape")(flat, shape, name=name)
    return with_partitions(_reshaped(flat, shape), shape.row_partitions)


def _reshaped(flat: Tensor, shape: DynamicRaggedShape) -> Tensor:
    made = op("Reshape")(flat, shape.inner_shape)
    if context.graph is not None:
        made.set_shape(shape._static_inner_shape)
    return made


# Broadcasting ---------------------------------------------------------------------------------------------------


def broadcast_to(input, shape, name=None):
    """`tf.broadcast_to` with a ragged tensor or a ragged shape."""
    target = as_ragged_shape(shape)
    if not isinstance(shape, DynamicRaggedShape) and is_ragged(input):
        raise ValueError("A ragged tensor is broadcast to a tf.experimental.DynamicRaggedShape, not to a plain shape")
    flat = input.flat_values if is_ragged(input) else convert_to_tensor(input)
    source = DynamicRaggedShape.from_tensor(input, target.dtype)
    if None in (source.rank, target.rank):
        raise ValueError("Unable to broadcast: unknown rank")
    if source.rank > target.rank:
        raise ValueError(f"Cannot broadcast from rank {source.rank} to rank {target.rank}")
    if source.rank >= target.inner_rank or source.num_row_partitions:
        source = _aligned(source, target.rank, target.num_row_partitions)
        flat = _follow(_reshaped(flat, source), source.row_partitions, target.row_partitions)
    made = op("BroadcastTo")(flat, target.inner_shape)
    if context.graph is not None:
        made.set_shape(target._static_inner_shape)
    return with_partitions(made, target.row_partitions)


def _aligned(shape: DynamicRaggedShape, rank: int, count: int) -> DynamicRaggedShape:
    """The shape with sizes of 1 before it, up to a rank, and `count` dimensions under partitions."""
    missing = rank - (shape.rank or 0)
    if missing and not shape.num_row_partitions:
        ones = convert_to_tensor([1] * missing, shape.dtype)
        sizes = op("ConcatV2")([ones, shape.inner_shape], 0)
        static = TensorShape([1] * missing).concatenate(shape._static_inner_shape)
        shape = DynamicRaggedShape([], sizes, shape.dtype, False, static)
    elif missing:
        first = shape.row_partitions[0].nrows()
        before = [_uniform(1, 1, shape)] * (missing - 1) + [_uniform(first, 1, shape)]
        shape = DynamicRaggedShape(
            [*before, *shape.row_partitions], shape.inner_shape, shape.dtype, False, shape._static_inner_shape
        )
    return shape._with_num_row_partitions(count)


def _uniform(length: Any, nrows: int, like: DynamicRaggedShape) -> RowPartition:
    length = length if isinstance(length, Tensor) else index.scalar(length, like.dtype)
    return RowPartition.from_uniform_row_length(length, nrows=index.scalar(nrows, like.dtype), validate=False)


def _follow(flat: Tensor, own: Partitions, target: Partitions) -> Tensor:
    """Flat values repeated where the target has many, or `InvalidArgumentError` where they do not fit."""
    if not target or all(a is b for a, b in zip(own, target, strict=True)):
        return flat
    nrows = index.cast(target[0].nrows(), target[0].dtype)
    zeros = index.compute(lambda n: np.zeros(int(n), n.dtype), lambda n: op("ZerosLike")(index.arange(n)), nrows)
    places = _place(index.arange(nrows), zeros, own[0].nrows(), nrows)
    for mine, theirs in zip(own, target, strict=True):
        rows = theirs.value_rowids()
        lengths = index.take(mine.row_lengths(), places)
        starts = index.take(index.take(mine.row_starts(), places), rows)
        places = _place(theirs.offsets_in_rows(), starts, index.take(lengths, rows), None)
        _check_lengths(lengths, theirs.row_lengths(), mine.is_uniform())
    return op("GatherV2")(flat, places, 0)


def _place(offsets: Tensor, starts: Tensor, lengths: Tensor, limit: Tensor | None) -> Tensor:
    """Where the elements of the target are in the source: always the first of a row that has but one."""
    if limit is not None:
        _check_lengths(lengths, limit)

    def in_graph(o: Tensor, s: Tensor, n: Tensor) -> Tensor:
        single = op("BroadcastTo")(op("Equal")(n, convert_to_tensor(1, n.dtype)), op("Shape")(o))
        return s + op("SelectV2")(single, op("ZerosLike")(o), o)

    return index.compute(lambda o, s, n: s + np.where(n == 1, 0, o), in_graph, offsets, starts, lengths)


def _check_lengths(source: Tensor, target: Tensor, may_grow: bool = True) -> None:
    """The sizes of a dimension must agree, or be 1 if it `may_grow`: ragged ones may not."""

    def on_host(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        if not np.all((a == b) | (a == 1) & may_grow):
            raise InvalidArgumentError(None, None, "Cannot broadcast: the sizes of dimensions differ")
        return a

    def in_graph(a: Tensor, b: Tensor) -> Tensor:
        fits = op("Equal")(a, b)
        if may_grow:
            fits = op("LogicalOr")(fits, op("Equal")(a, convert_to_tensor(1, a.dtype)))
        Assert(op("All")(fits, list(range(fits.shape.rank or 0))), ["Cannot broadcast: the sizes of dimensions differ"])
        return a

    index.compute(on_host, in_graph, source, target)


def broadcast_dynamic_shape(shape_x, shape_y):
    """`tf.broadcast_dynamic_shape` of ragged shapes."""
    given = [s for s in (shape_x, shape_y) if isinstance(s, DynamicRaggedShape)]
    if len({s.dtype for s in given}) > 1:
        raise ValueError("Dtypes don't match")
    shapes = [as_ragged_shape(s, given[0].dtype) for s in (shape_x, shape_y)]
    ranks: list[Any] = [s.rank for s in shapes]
    if None in ranks:
        raise ValueError("Unable to broadcast: unknown rank")
    rank = max(ranks)
    # A dimension under a partition needs one in the result; scalars and inner dimensions broadcast as they are.
    counts = [s.num_row_partitions for s in shapes]
    count = max([rank - r + n for r, n in zip(ranks, counts, strict=True) if n], default=0)
    aligned = [_aligned(s, rank, count) for s in shapes]
    if not count:
        return DynamicRaggedShape([], op("BroadcastArgs")(*(s.inner_shape for s in aligned)))
    partitions, _ = common_partitions([list(s.row_partitions) for s in aligned], given[0].dtype)
    inner = op("BroadcastArgs")(*(s.inner_shape[1:] for s in aligned))
    sizes = op("ConcatV2")([op("Reshape")(partitions[-1].nvals(), [1]), inner], 0)
    return DynamicRaggedShape(partitions, sizes)


# Tensors of one value ---------------------------------------------------------------------------------------------


def fill(dims, value, name=None, layout=None):
    """`tf.fill` with a ragged shape."""
    return with_partitions(_filled(dims, value), dims.row_partitions)


def zeros(shape, dtype=dtypes.float32, name=None, layout=None):
    """`tf.zeros` with a ragged shape."""
    make: Any = resolve("zeros")
    return with_partitions(make(shape.inner_shape, dtype), shape.row_partitions)


def ones(shape, dtype=dtypes.float32, name=None, layout=None):
    """`tf.ones` with a ragged shape."""
    make: Any = resolve("ones")
    return with_partitions(make(shape.inner_shape, dtype), shape.row_partitions)


def _filled(dims: DynamicRaggedShape, value: Any) -> Tensor:
    make: Any = resolve("fill")
    return make(dims.inner_shape, value)


HANDLERS: dict[str, Callable[..., Any]] = {
    "broadcast_dynamic_shape": broadcast_dynamic_shape,
    "broadcast_to": broadcast_to,
    "fill": fill,
    "ones": ones,
    "reshape": reshape,
    "zeros": zeros,
}
