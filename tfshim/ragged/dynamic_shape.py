"""`tf.experimental.DynamicRaggedShape`: the shape of a ragged or plain tensor, known in full only when it runs."""

from __future__ import annotations

import typing
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.dtypes import DType, as_dtype
from tfshim.extension_types.extension_type import BatchableExtensionType
from tfshim.ops import op
from tfshim.ragged import index
from tfshim.ragged.row_partition import RowPartition, RowPartitionSpec
from tfshim.ragged.tensor import is_ragged
from tfshim.ragged.validation import Checks
from tfshim.shapes import TensorShape, as_shape, unknown_shape
from tfshim.tensor import Tensor
from tfshim.type_spec import TensorSpec


class DynamicRaggedShape(BatchableExtensionType):
    """Row partitions, and the shape of the values under them.

    The dimensions are the rows, one dimension for each partition, and those of the inner shape behind its first.
    `tf.shape` of a ragged tensor gives one, and `tf.reshape`, `tf.broadcast_to`, `tf.broadcast_dynamic_shape`,
    `tf.fill`, `tf.ones` and `tf.zeros` take them.

    Args:
      row_partitions: a sequence of `tf.experimental.RowPartition`, the outermost first.
      inner_shape: the shape of the values, a vector of integers.
      dtype: int32 or int64; by default that of the partitions, else of `inner_shape`.
      validate: check that partitions and inner shape fit together.
      static_inner_shape: what is known of the inner shape.
    """

    __name__ = "tf.DynamicRaggedShape"

    _row_partitions: typing.Tuple[RowPartition, ...]  # noqa: UP006
    _inner_shape: Tensor
    _static_inner_shape: TensorShape

    def __init__(self, row_partitions, inner_shape, dtype=None, validate=False, static_inner_shape=...):
        if not isinstance(row_partitions, (list, tuple)):
            raise TypeError(f"row_partitions should be a list of row partitions. Instead, got {row_partitions}")
        for partition in row_partitions:
            if not isinstance(partition, RowPartition):
                raise TypeError(f"row_partitions contains {partition} which is not a RowPartition")
        kind = _integer_type(row_partitions, inner_shape, dtype)
        sizes = index.cast(convert_to_tensor(inner_shape, hint=kind), kind)
        sizes.shape.assert_has_rank(1)
        known = _static_shape(sizes)
        if static_inner_shape is not ... and static_inner_shape is not None:
            known = known.merge_with(as_shape(static_inner_shape))
        self._row_partitions = tuple(p.with_dtype(kind) for p in row_partitions)
        self._inner_shape = sizes
        self._static_inner_shape = known
        if row_partitions:
            if known.rank == 0:
                raise IndexError("An inner shape under row partitions must have a first dimension")
            for outer, inner in zip(self._row_partitions, self._row_partitions[1:], strict=False):
                Checks("DynamicRaggedShape", validate).equal(outer.nvals(), inner.nrows())
            last = Checks("DynamicRaggedShape (Last row partition does not match inner_shape.)", validate)
            last.equal(self._row_partitions[-1].nvals(), sizes[0])

    @classmethod
    def from_lengths(cls, lengths, num_row_partitions=None, dtype=dtypes.int64):
        """Of the sizes of the dimensions: an integer for a uniform one, a tuple with the length of each row else.

        As many partitions are made as ragged dimensions need, or `num_row_partitions`. `ValueError` for lengths that
        do not fit together.
        """
        if not isinstance(lengths, (list, tuple)):
            raise ValueError("lengths should be a list")
        for size in lengths:
            if not _is_length(size):
                raise ValueError(f"element of lengths should be int or tuple of ints: instead {size!r}")
        ragged = [axis for axis, size in enumerate(lengths) if isinstance(size, tuple)]
        if num_row_partitions is None:
            num_row_partitions = max(ragged, default=0)
        elif not isinstance(num_row_partitions, int):
            raise ValueError("num_row_partitions should be an int or None")
        if not lengths and num_row_partitions > 0:
            raise ValueError("num_row_partitions==0 for a scalar shape")
        if lengths and num_row_partitions >= len(lengths):
            raise ValueError("num_row_partitions should be less than `len(lengths)` if shape is not scalar.")
        if any(axis == 0 or axis > num_row_partitions for axis in ragged):
            raise ValueError(f"The ragged dimensions of {lengths} need more row partitions than {num_row_partitions}")
        return cls(*_partitioned(lengths, max(num_row_partitions, 0), as_dtype(dtype)), dtype=dtype)

    @classmethod
    def from_row_partitions(cls, row_partitions, dtype=None):
        """Of row partitions alone: the values under them are a vector."""
        if not row_partitions:
            raise ValueError("row_partitions cannot be empty")
        return cls(row_partitions, op("Reshape")(row_partitions[-1].nvals(), [1]), dtype=dtype)

    @classmethod
    def from_tensor(cls, t, dtype=None):
        """The shape of a ragged or plain tensor."""
        if isinstance(t, DynamicRaggedShape):
            raise TypeError(f"{t} is a shape itself")
        if not is_ragged(t):
            t = convert_to_tensor(t)
            sizes = op("Shape")(t, out_type=dtypes.int32 if dtype is None else as_dtype(dtype))
            return cls([], sizes, static_inner_shape=t.shape)
        kind = t.row_splits.dtype if dtype is None else as_dtype(dtype)
        flat = t.flat_values
        sizes = op("Shape")(flat, out_type=kind)
        return cls(t._nested_row_partitions, sizes, dtype=kind, static_inner_shape=flat.shape)

    # What it consists of

    @property
    def dtype(self) -> DType:
        """The type of the integers: int32 or int64."""
        return self._inner_shape.dtype

    @property
    def row_partitions(self):
        """The `tf.experimental.RowPartition`s, the outermost first."""
        return self._row_partitions

    @property
    def num_row_partitions(self) -> int:
        """The number of row partitions."""
        return len(self._row_partitions)

    @property
    def inner_shape(self) -> Tensor:
        """The shape of the values under the partitions, a vector."""
        return self._inner_shape

    @property
    def inner_rank(self) -> int | None:
        """The number of dimensions of the values under the partitions; None if it is not known."""
        return self._static_inner_shape.rank

    @property
    def rank(self) -> int | None:
        """The number of dimensions; None if it is not known."""
        inner = self.inner_rank
        return None if inner is None else inner + self.num_row_partitions

    def is_uniform(self, axis):
        """Whether all rows of a dimension have one length by declaration; `IndexError` for another axis."""
        if not isinstance(axis, int):
            raise TypeError("axis must be an integer")
        if axis < 0:
            raise IndexError("Negative axis values are not supported")
        if self.rank is not None and axis >= self.rank:
            raise IndexError(f"Expected axis={axis} < rank={self.rank}")
        return not 0 < axis <= self.num_row_partitions or self._row_partitions[axis - 1].is_uniform()

    def static_lengths(self, ragged_lengths=True):
        """The sizes as far as they are known: integers, None, and tuples for ragged dimensions.

        With `ragged_lengths=False` those are None. The list ends with Ellipsis if the rank is not known.
        """
        inner = self._static_inner_shape
        behind = [...] if inner.rank is None else inner.as_list()
        if not self._row_partitions:
            return behind
        lengths: list[Any] = [self._row_partitions[0].static_nrows]
        for partition in self._row_partitions:
            length: Any = partition.static_uniform_row_length
            if length is None and ragged_lengths and not partition.is_uniform():
                known = constant_value(partition.row_lengths())
                length = None if known is None else tuple(known.tolist())
            lengths.append(length)
        return [*lengths, *(behind if inner.rank is None else behind[1:])]

    def with_dtype(self, dtype):
        """The same shape with int32 or int64 integers."""
        dtype = as_dtype(dtype)
        if dtype not in (dtypes.int32, dtypes.int64):
            raise ValueError(f"Illegal dtype: {dtype.name}")
        if dtype is self.dtype:
            return self
        return DynamicRaggedShape(
            self._row_partitions, index.cast(self._inner_shape, dtype), dtype, False, self._static_inner_shape
        )

    def __getitem__(self, index):
        """The size of a uniform dimension, or the shape of the dimensions of a slice.

        A slice may leave out the first dimensions only if all dimensions up to its end are uniform.
        """
        if isinstance(index, slice):
            if index.step not in (None, 1):
                raise IndexError("Cannot stride through a shape")
            return self._slice(index.start, index.stop)
        if not isinstance(index, int):
            raise TypeError("Argument is not an int or a slice")
        if index < 0:
            if self.rank is None:
                raise ValueError("Rank must be known to use __getitem__ with a negative index.")
            if index + self.rank < 0:
                raise IndexError(f"Index must be non-negative: {index + self.rank}")
            index += self.rank
        if self.rank is not None and index >= self.rank:
            raise IndexError(f"Index is too big: {index}>={self.rank}")
        return self._dimension(index)

    def _dimension(self, axis: int) -> Tensor:
        if not self._row_partitions:
            return self._inner_shape[axis]
        if axis == 0:
            return self._row_partitions[0].nrows()
        if axis > self.num_row_partitions:
            return self._inner_shape[axis - self.num_row_partitions]
        length = self._row_partitions[axis - 1].uniform_row_length()
        if length is None:
            raise ValueError(f"Index {axis} is not uniform")
        return length

    def _slice(self, start: int | None, stop: int | None) -> DynamicRaggedShape:
        start, stop = self._bound(start, 0), self._bound(stop, self.rank)
        if self.rank is not None and stop is not None:
            stop = min(stop, self.rank)
        if start == 0 and stop is not None and stop <= self.num_row_partitions:
            return self._first(stop)
        count = self.num_row_partitions
        if start == 0:
            end = None if stop is None else stop - count
            inner, static = self._inner_shape[:end], self._static_inner_shape[:end]
            return DynamicRaggedShape(self._row_partitions, inner, self.dtype, False, static)
        if stop is not None and stop <= start:
            return DynamicRaggedShape([], convert_to_tensor([], self.dtype))
        if not all(p.is_uniform() for p in self._row_partitions[: None if stop is None else max(stop - 1, 0)]):
            raise ValueError("All relevant dimensions must be uniform")
        under = self._first(stop) if stop is not None and stop <= self.num_row_partitions else self
        dense = under._with_num_row_partitions(0)
        known = dense._static_inner_shape
        static = known[start:stop] if known.rank is not None else unknown_shape()
        return DynamicRaggedShape([], dense._inner_shape[start:stop], self.dtype, False, static)

    def _bound(self, axis: int | None, default: Any) -> Any:
        if axis is None:
            return default
        if axis < 0:
            if self.rank is None:
                raise ValueError("Rank must be known to use __getitem__ with a negative index.")
            return max(axis + self.rank, 0)
        return axis

    def _first(self, count: int) -> DynamicRaggedShape:
        """The first dimensions, no more than the partitions have."""
        if count <= 0:
            return DynamicRaggedShape([], convert_to_tensor([], self.dtype))
        kept = self._row_partitions[: count - 1]
        rows = self._row_partitions[count - 1]
        sizes = op("Reshape")(rows.nrows(), [1])
        return DynamicRaggedShape(kept, sizes, self.dtype, False, TensorShape([rows.static_nrows]))

    # Other partitions of the same shape

    def _with_num_row_partitions(self, count: int) -> DynamicRaggedShape:
        """The same shape with more dimensions under partitions, or fewer, all uniform."""
        shape = self
        while shape.num_row_partitions < count:
            shape = shape._with_one_more()
        while shape.num_row_partitions > count:
            shape = shape._with_one_less()
        return shape

    def _with_one_more(self) -> DynamicRaggedShape:
        inner, static = self._inner_shape, self._static_inner_shape
        rank = static.rank
        if rank is not None and rank < 2:
            raise ValueError("An inner shape needs two dimensions to be partitioned")
        rows, length, behind = inner[0], inner[1], inner[2:]
        partition = RowPartition.from_uniform_row_length(length, nrows=rows, validate=False)
        sizes = op("ConcatV2")([op("Reshape")(partition.nvals(), [1]), behind], 0)
        known = unknown_shape() if rank is None else TensorShape([partition.static_nvals]).concatenate(static[2:])
        return DynamicRaggedShape([*self._row_partitions, partition], sizes, self.dtype, False, known)

    def _with_one_less(self) -> DynamicRaggedShape:
        *kept, partition = self._row_partitions
        length = partition.uniform_row_length()
        if length is None:
            raise ValueError("A ragged dimension needs a row partition")
        outer = [op("Reshape")(size, [1]) for size in (partition.nrows(), length)]
        sizes = op("ConcatV2")([*outer, self._inner_shape[1:]], 0)
        known = TensorShape([partition.static_nrows, partition.static_uniform_row_length])
        static = self._static_inner_shape
        known = unknown_shape() if static.rank is None else known.concatenate(static[1:])
        return DynamicRaggedShape(kept, sizes, self.dtype, False, known)

    def _num_elements(self) -> Tensor:
        """The number of elements of tensors of this shape."""
        return op("Prod")(self._inner_shape, 0)

    def _to_tensor_shape(self) -> TensorShape:
        """What is known of the shape."""
        lengths = self.static_lengths(ragged_lengths=False)
        return TensorShape(None) if ... in lengths else TensorShape(lengths)

    def __repr__(self) -> str:
        lengths = ", ".join("..." if n is ... else str(n) for n in self.static_lengths())
        return f"<DynamicRaggedShape lengths=[{lengths}] num_row_partitions={self.num_row_partitions}>"

    @classmethod
    def _handler(cls, path: str) -> Callable[..., Any] | None:
        from tfshim.ragged.shape_functions import HANDLERS

        return HANDLERS.get(path)

    class Spec:
        """The type of a shape: the specs of its partitions, what is known of the inner shape, and the dtype."""

        def __init__(self, row_partitions, static_inner_shape, dtype):
            if not isinstance(row_partitions, tuple) or not all(
                isinstance(p, RowPartitionSpec) for p in row_partitions
            ):
                raise TypeError(f"row_partitions must be a tuple of RowPartitionSpecs. Received {row_partitions!r}.")
            if not isinstance(static_inner_shape, TensorShape):
                raise TypeError(f"static_inner_shape must be a TensorShape. Received {static_inner_shape!r}.")
            dtype = as_dtype(dtype)
            self._row_partitions = tuple(
                RowPartitionSpec(p.nrows, p.nvals, p.uniform_row_length, dtype) for p in row_partitions
            )
            self._inner_shape = TensorSpec([static_inner_shape.rank], dtype)
            self._static_inner_shape = static_inner_shape

        dtype = property(lambda self: self._inner_shape.dtype, doc="int32 or int64.")
        inner_rank = property(lambda self: self._static_inner_shape.rank, doc="As of the shape.")
        num_row_partitions = property(lambda self: len(self._row_partitions), doc="As of the shape.")

        @property
        def rank(self):
            """The number of dimensions; None if it is not known."""
            inner = self.inner_rank
            return None if inner is None else inner + self.num_row_partitions

        def with_dtype(self, dtype):
            """The same spec for integers of another type."""
            return DynamicRaggedShape.Spec(self._row_partitions, self._static_inner_shape, dtype)

        def __repr__(self):
            return (
                f"DynamicRaggedShape.Spec(row_partitions={self._row_partitions!r}, "
                f"static_inner_shape={self._static_inner_shape!r}, dtype={self.dtype!r})"
            )


def _integer_type(partitions: Sequence[RowPartition], inner_shape: Any, dtype: Any) -> DType:
    if dtype is not None:
        dtype = as_dtype(dtype)
        if dtype not in (dtypes.int32, dtypes.int64):
            raise ValueError(f"dtype must be int32 or int64. Received {dtype.name}.")
        return dtype
    kinds = {p.dtype for p in partitions}
    if isinstance(inner_shape, Tensor) and inner_shape.dtype in (dtypes.int32, dtypes.int64):
        kinds.add(inner_shape.dtype)
    return kinds.pop() if len(kinds) == 1 else dtypes.int64


def _static_shape(sizes: Tensor) -> TensorShape:
    known = constant_value(sizes)
    if known is not None:
        return TensorShape(known.tolist())
    return unknown_shape(sizes.shape.as_list()[0])


def _is_length(size: Any) -> bool:
    if isinstance(size, tuple):
        return all(isinstance(n, (int, np.integer)) for n in size)
    return isinstance(size, (int, np.integer))


def _partitioned(lengths: Sequence[Any], count: int, dtype: DType) -> tuple[list[RowPartition], Any]:
    """Row partitions for the first dimensions, and the sizes of the rest."""
    if not lengths:
        return [], convert_to_tensor([], dtype)
    rows, partitions = int(lengths[0]), []
    if rows < 0:
        raise ValueError(f"Dimension {rows} must be >= 0")
    for size in lengths[1 : count + 1]:
        if isinstance(size, tuple):
            if len(size) != rows:
                raise ValueError("Shape not consistent.")
            partitions.append(RowPartition.from_row_lengths(convert_to_tensor(list(size), dtype)))
            rows = sum(size)
        else:
            partitions.append(RowPartition.from_uniform_row_length(convert_to_tensor(size, dtype), nrows=rows))
            rows *= size
    return partitions, convert_to_tensor([rows, *lengths[count + 1 :]], dtype)


DynamicRaggedShape.__module__ = "tensorflow.python.ops.ragged.dynamic_ragged_shape"
