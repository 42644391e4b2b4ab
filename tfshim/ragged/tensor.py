"""`RaggedTensor`: a tensor with rows of unequal length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim import dtypes
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import DType, as_dtype
from tfshim.ops import op
from tfshim.ragged import index
from tfshim.ragged.row_partition import RowPartition
from tfshim.ragged.spec import RaggedTensorSpec
from tfshim.ragged.validation import Checks
from tfshim.shapes import TensorShape, as_shape
from tfshim.tensor import EagerTensor, Tensor
from tfshim.type_spec import CompositeTensor


class _Gradient:
    """How a tape takes ragged tensors for sources: their gradients are those of the flat values."""

    @staticmethod
    def get_gradient_components(value: Any) -> Any:
        return value.flat_values

    @staticmethod
    def replace_gradient_components(value: Any, component_grads: Any) -> Any:
        return value.with_flat_values(component_grads)


class RaggedTensor(CompositeTensor):
    """A tensor whose rows may differ in length: all values in one tensor, and how they are cut into rows.

    The `values` may be ragged themselves; `flat_values` are the values under all `ragged_rank` partitions.
    Construct it with `tf.ragged.constant` or a `from_...` class method, which check the partition unless
    `validate=False`. Most functions of TensorFlow take ragged tensors as they are.
    """

    def __init__(self, values: Any, row_partition: RowPartition, internal: Any = False):
        if not isinstance(row_partition, RowPartition) or internal is not _KEY:
            raise ValueError("RaggedTensor constructor is private; please use one of the factory methods instead.")
        self._values = values
        self._row_partition = row_partition

    # Factories

    @classmethod
    def _from_row_partition(cls, values, row_partition, validate=True):
        """Of values (a tensor or ragged tensor) and a `RowPartition` of them."""
        if not isinstance(row_partition, RowPartition):
            raise TypeError(f"Argument `row_partition` must be a RowPartition. Received {row_partition}.")
        checks = Checks("RaggedTensor", validate)
        values, row_partition = _matched(values, row_partition)
        checks.equal(_outer_size(values, row_partition.dtype), row_partition.nvals())
        return ragged(values, row_partition._replace(_row_splits=checks.guard(row_partition._row_splits)))

    @classmethod
    def from_value_rowids(cls, values, value_rowids, nrows=None, name=None, validate=True):
        """Of values, and the row number of each (sorted)."""
        values = ragged_or_dense(values, name="values")
        partition = RowPartition.from_value_rowids(value_rowids, nrows, validate, dtype_hint=_splits_dtype(values))
        values.shape[:1].assert_is_compatible_with(partition.value_rowids().shape)
        return cls._from_row_partition(values, partition, validate)

    @classmethod
    def from_row_splits(cls, values, row_splits, name=None, validate=True):
        """Of values, and where the rows begin and the last one ends, `[nrows + 1]`."""
        partition = RowPartition.from_row_splits(row_splits, validate, dtype_hint=_splits_dtype(values))
        return cls._from_row_partition(values, partition, validate)

    @classmethod
    def from_row_lengths(cls, values, row_lengths, name=None, validate=True):
        """Of values, and the length of each row."""
        partition = RowPartition.from_row_lengths(row_lengths, validate, dtype_hint=_splits_dtype(values))
        return cls._from_row_partition(values, partition, validate)

    @classmethod
    def from_row_starts(cls, values, row_starts, name=None, validate=True):
        """Of values, and where each row begins."""
        values = ragged_or_dense(values, name="values")
        hint = _splits_dtype(values) or (row_starts.dtype if isinstance(row_starts, Tensor) else dtypes.int64)
        nvals = _outer_size(values, hint)
        partition = RowPartition.from_row_starts(row_starts, nvals, validate, dtype_hint=hint)
        return cls._from_row_partition(values, partition, validate)

    @classmethod
    def from_row_limits(cls, values, row_limits, name=None, validate=True):
        """Of values, and where each row ends."""
        partition = RowPartition.from_row_limits(row_limits, validate, dtype_hint=_splits_dtype(values))
        return cls._from_row_partition(values, partition, validate)

    @classmethod
    def from_uniform_row_length(cls, values, uniform_row_length, nrows=None, validate=True, name=None):
        """Of values, in rows of one length; `nrows` says how many where that length is 0."""
        values = ragged_or_dense(values, name="values")
        hint = _splits_dtype(values)
        dtype = hint or _uniform_dtype(uniform_row_length)
        partition = RowPartition.from_uniform_row_length(
            uniform_row_length, _outer_size(values, dtype), nrows, validate, dtype_hint=hint
        )
        return cls._from_row_partition(values, partition, validate)

    @classmethod
    def from_nested_value_rowids(cls, flat_values, nested_value_rowids, nested_nrows=None, name=None, validate=True):
        """Of flat values and the row numbers for each partition, the outermost first."""
        _check_list("nested_value_rowids", nested_value_rowids)
        if nested_nrows is None:
            nested_nrows = [None] * len(nested_value_rowids)
        elif isinstance(nested_nrows, Tensor):
            raise TypeError("Argument `nested_nrows` must be a list of Tensors.")
        elif len(nested_nrows) != len(nested_value_rowids):
            raise ValueError("Argument `nested_nrows` must have the same length as argument `nested_value_rowids`.")
        result = flat_values
        for rowids, nrows in zip(reversed(nested_value_rowids), reversed(nested_nrows), strict=True):
            result = cls.from_value_rowids(result, rowids, nrows, validate=validate)
        return result

    @classmethod
    def from_nested_row_splits(cls, flat_values, nested_row_splits, name=None, validate=True):
        """Of flat values and the row splits of each partition, the outermost first."""
        _check_list("nested_row_splits", nested_row_splits)
        result = flat_values
        for splits in reversed(nested_row_splits):
            result = cls.from_row_splits(result, splits, validate=validate)
        return result

    @classmethod
    def from_nested_row_lengths(cls, flat_values, nested_row_lengths, name=None, validate=True):
        """Of flat values and the row lengths of each partition, the outermost first."""
        _check_list("nested_row_lengths", nested_row_lengths)
        result = flat_values
        for lengths in reversed(nested_row_lengths):
            result = cls.from_row_lengths(result, lengths, validate=validate)
        return result

    @classmethod
    def _from_nested_row_partitions(cls, flat_values, nested_row_partitions, name=None, validate=True):
        _check_list("nested_row_partitions", nested_row_partitions)
        result = flat_values
        for partition in reversed(nested_row_partitions):
            result = cls._from_row_partition(result, partition, validate)
        return result

    @classmethod
    def from_tensor(cls, tensor, lengths=None, padding=None, ragged_rank=1, name=None, row_splits_dtype=dtypes.int64):
        """Of a plain tensor, whose rows end at `lengths`, or before trailing `padding`; else all of it."""
        from tfshim.ragged.from_dense import from_tensor

        return from_tensor(tensor, lengths, padding, ragged_rank, as_dtype(row_splits_dtype))

    @classmethod
    def from_sparse(cls, st_input, name=None, row_splits_dtype=dtypes.int64):
        """Of a `tf.SparseTensor` of rank 2 whose values fill each row from its start without gaps."""
        from tfshim.ragged.from_dense import from_sparse

        return from_sparse(st_input, as_dtype(row_splits_dtype))

    # What it consists of

    @property
    def dtype(self) -> DType:
        """The `DType` of the values."""
        return self._values.dtype

    @property
    def shape(self) -> TensorShape:
        """The static shape; ragged dimensions are None."""
        rows = TensorShape([self._row_partition.static_nrows, self._row_partition.static_uniform_row_length])
        return rows.concatenate(self._values.shape[1:])

    def get_shape(self) -> TensorShape:
        """The static shape (same as `.shape`)."""
        return self.shape

    @property
    def ragged_rank(self) -> int:
        """The number of partitions."""
        return self._values.ragged_rank + 1 if isinstance(self._values, RaggedTensor) else 1

    @property
    def values(self) -> Any:
        """The rows joined: a tensor or a ragged tensor of `ragged_rank - 1`."""
        return self._values

    @property
    def flat_values(self) -> Tensor:
        """The values under all partitions."""
        values = self._values
        while isinstance(values, RaggedTensor):
            values = values._values
        return values

    @property
    def _nested_row_partitions(self) -> tuple[RowPartition, ...]:
        partitions = [self._row_partition]
        values = self._values
        while isinstance(values, RaggedTensor):
            partitions.append(values._row_partition)
            values = values._values
        return tuple(partitions)

    @property
    def row_splits(self) -> Tensor:
        """Where the rows begin and the last one ends, `[nrows + 1]`."""
        return self._row_partition.row_splits()

    @property
    def uniform_row_length(self) -> Tensor | None:
        """The one length of all rows, if this is a uniform dimension; else None."""
        return self._row_partition.uniform_row_length()

    @property
    def nested_row_splits(self) -> tuple[Tensor, ...]:
        """The `row_splits` of each partition, the outermost first."""
        return tuple([p.row_splits() for p in self._nested_row_partitions])

    def value_rowids(self, name=None) -> Tensor:
        """The row number of each value."""
        return self._row_partition.value_rowids()

    def nested_value_rowids(self, name=None) -> tuple[Tensor, ...]:
        """The `value_rowids` of each partition, the outermost first."""
        return tuple([p.value_rowids() for p in self._nested_row_partitions])

    def nrows(self, out_type=None, name=None) -> Tensor:
        """The number of rows, a scalar."""
        nrows = self._row_partition.nrows()
        return nrows if out_type is None else index.cast(nrows, as_dtype(out_type))

    def row_starts(self, name=None) -> Tensor:
        """Where each row begins."""
        return self._row_partition.row_starts()

    def row_limits(self, name=None) -> Tensor:
        """Where each row ends."""
        return self._row_partition.row_limits()

    def row_lengths(self, axis=1, name=None) -> Any:
        """The sizes along `axis`: a vector for 1, a ragged tensor for inner dimensions."""
        from tfshim.ragged.restructure import axis_of

        axis = axis_of(axis, self.shape.rank)
        if axis == 0:
            return self.nrows()
        if axis == 1:
            return self._row_partition.row_lengths()
        if isinstance(self._values, RaggedTensor):
            return self.with_values(self._values.row_lengths(axis - 1))
        shape = op("Shape")(self._values, out_type=self._row_partition.dtype)
        return self.with_values(op("Fill")(shape[: axis - 1], shape[axis - 1]))

    def nested_row_lengths(self, name=None) -> tuple[Tensor, ...]:
        """The `row_lengths` of each partition, the outermost first."""
        return tuple([p.row_lengths() for p in self._nested_row_partitions])

    def bounding_shape(self, axis=None, name=None, out_type=None) -> Tensor:
        """The smallest shape that holds all rows: a vector, or for one `axis` a scalar (for several a vector)."""
        from tfshim.ragged.to_dense import bounding_shape

        return bounding_shape(self, axis, None if out_type is None else as_dtype(out_type))

    # Others like it

    def with_values(self, new_values) -> RaggedTensor:
        """The same rows of other values, whose first dimension must agree."""
        new_values = ragged_or_dense(new_values, name="values")
        new_values.shape.with_rank_at_least(1)
        self._values.shape[:1].assert_is_compatible_with(new_values.shape[:1])
        if isinstance(new_values, RaggedTensor) and new_values.row_splits.dtype is not self.row_splits.dtype:
            return self.with_row_splits_dtype(dtypes.int64).with_values(new_values.with_row_splits_dtype(dtypes.int64))
        return ragged(new_values, self._row_partition)

    def with_flat_values(self, new_values) -> RaggedTensor:
        """The same rows under all partitions, of other values."""
        if isinstance(self._values, RaggedTensor):
            return self.with_values(self._values.with_flat_values(new_values))
        return self.with_values(new_values)

    def with_row_splits_dtype(self, dtype) -> RaggedTensor:
        """The same ragged tensor with partitions of int32 or int64."""
        dtype = as_dtype(dtype)
        if dtype not in (dtypes.int32, dtypes.int64):
            raise ValueError(f"Argument `row_splits` dtype must be int32 or int64. Received {dtype}.")
        if self._row_partition.dtype is dtype:
            return self
        values = self._values
        if isinstance(values, RaggedTensor):
            values = values.with_row_splits_dtype(dtype)
        return ragged(values, self._row_partition.with_dtype(dtype))

    def merge_dims(self, outer_axis, inner_axis) -> Any:
        """The dimensions from `outer_axis` to `inner_axis` made one."""
        from tfshim.ragged.restructure import merge_dims

        return merge_dims(self, outer_axis, inner_axis)

    # What it can be turned into

    def to_tensor(self, default_value=None, name=None, shape=None) -> Tensor:
        """A plain tensor: rows padded with `default_value` (0, False or "") and cut to `shape`, if given."""
        from tfshim.ragged.to_dense import to_tensor

        return to_tensor(self, default_value, shape)

    def to_sparse(self, name=None) -> Any:
        """The `tf.SparseTensor` that has the values of each row at its beginning."""
        from tfshim.ragged.to_dense import to_sparse

        return to_sparse(self)

    def to_list(self) -> list[Any]:
        """Nested lists of Python values; only eagerly."""
        from tfshim.ragged.to_host import to_list

        return to_list(self)

    def numpy(self) -> Any:
        """A NumPy array: of objects, the rows, unless all rows have one length; only eagerly."""
        from tfshim.ragged.to_host import to_numpy

        return to_numpy(self)

    def consumers(self) -> list[Any]:
        """The nodes of a graph that take a component."""
        return self._consumers()

    # Protocols

    __composite_gradient__ = _Gradient()

    @property
    def _type_spec(self) -> RaggedTensorSpec:
        return RaggedTensorSpec.from_value(self)

    def _set_shape(self, shape: Any) -> None:
        """Merges `shape` into what is known statically; sizes of ragged dimensions make them uniform."""
        shape = as_shape(shape)
        if shape.rank is None:
            return
        dims = shape.as_list()
        if dims[0] is not None:
            self._row_partition._row_splits.set_shape([dims[0] + 1])
        if len(dims) > 1 and dims[1] is not None and self._row_partition.static_uniform_row_length is None:
            self._row_partition = self._row_partition.with_uniform_length(dims[1])
        if isinstance(self._values, RaggedTensor):
            self._values._set_shape(TensorShape([None, *dims[2:]]))
        else:
            self._values.set_shape([None, *dims[2:]])

    def _shape_invariant_to_type_spec(self, shape: Any) -> RaggedTensorSpec:
        return RaggedTensorSpec(shape, self.dtype, self.ragged_rank, self.row_splits.dtype)

    def _is_eager(self) -> bool:
        return all(isinstance(t, EagerTensor) for t in (self.flat_values, *self.nested_row_splits))

    @classmethod
    def _handler(cls, path: str) -> Callable[..., Any] | None:
        from tfshim.ragged.table import HANDLERS

        return HANDLERS.get(path)

    def __getitem__(self, key) -> Any:
        from tfshim.ragged.getitem import getitem

        return getitem(self, key)

    def __iter__(self) -> Any:
        count = self._row_partition.static_nrows
        if count is None:
            raise TypeError(
                "A ragged tensor of unknown length can be iterated over only in a function that AutoGraph converts"
            )
        return (self[i] for i in range(count))

    def __bool__(self) -> bool:
        raise TypeError("RaggedTensor may not be used as a boolean.")

    __nonzero__ = __bool__

    def __repr__(self) -> str:
        if not self._is_eager():
            return f"tf.RaggedTensor(values={self._values}, row_splits={self.row_splits})"
        from tfshim.ragged.to_host import text

        return f"<tf.RaggedTensor {text(self)}>"


class _Key:
    pass


_KEY = _Key()
RaggedTensor.__module__ = "tensorflow.python.ops.ragged.ragged_tensor"
RaggedTensorSpec.__module__ = "tensorflow.python.ops.ragged.ragged_tensor"


def ragged(values: Any, partition: RowPartition) -> RaggedTensor:
    """The ragged tensor of values and a partition that are known to fit."""
    if context.graph is not None and isinstance(values, Tensor):
        partition = partition.with_nvals(index.size(values, partition.dtype))
    return RaggedTensor(values, internal=_KEY, row_partition=partition)


def with_partitions(flat_values: Any, partitions: Any) -> Any:
    """Flat values under partitions, the outermost first."""
    for partition in reversed(partitions):
        flat_values = ragged(flat_values, partition)
    return flat_values


def is_ragged(value: Any) -> bool:
    """Whether a value is a ragged tensor."""
    return isinstance(value, RaggedTensor)


def ragged_or_dense(value: Any, dtype: Any = None, name: str | None = None, hint: Any = None) -> Any:
    """A ragged tensor as it is, a `RaggedTensorValue` as one; anything else as a plain tensor.

    Raises:
      ValueError: for a ragged tensor that is not of the wanted `dtype`.
    """
    if isinstance(value, RaggedTensor):
        if dtype is not None and not as_dtype(dtype).is_compatible_with(value.dtype):
            raise ValueError(f"A ragged tensor of {value.dtype.name} was given for {as_dtype(dtype).name}: {value}")
        return value
    if hasattr(value, "nested_row_splits"):
        from tfshim.ragged.host_value import as_tensors

        return as_tensors(value, dtype, hint)
    return convert_to_tensor(value, dtype, name, hint=hint)


def _splits_dtype(values: Any) -> DType | None:
    return values._row_partition.dtype if isinstance(values, RaggedTensor) else None


def _uniform_dtype(length: Any) -> DType:
    dtype = getattr(length, "dtype", None)
    return dtypes.int64 if dtype is None else as_dtype(dtype)


def _outer_size(values: Any, dtype: DType) -> Tensor:
    if isinstance(values, RaggedTensor):
        return index.cast(values._row_partition.nrows(), dtype)
    return index.size(values, dtype)


def _matched(values: Any, partition: RowPartition) -> tuple[Any, RowPartition]:
    """Values and partition of one integer type: int64 if they differ."""
    values = ragged_or_dense(values, name="values")
    values.shape.with_rank_at_least(1)
    inner = _splits_dtype(values)
    if inner is not None and inner is not partition.dtype:
        return values.with_row_splits_dtype(dtypes.int64), partition.with_dtype(dtypes.int64)
    return values, partition


def _check_list(name: str, value: Any) -> None:
    if isinstance(value, Tensor):
        raise TypeError(f"Argument `{name}` must be a list of Tensors. Received {value}.")
