"""`RowPartition`: how a sequence of values is cut into rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.context import context
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.dtypes import DType, as_dtype
from tfshim.errors import InvalidArgumentError
from tfshim.ops import op
from tfshim.ragged import index
from tfshim.ragged.validation import Checks
from tfshim.shapes import TensorShape
from tfshim.tensor import Tensor
from tfshim.type_spec import CompositeTensor, TensorSpec, TypeSpec, register


class RowPartition(CompositeTensor):
    """A partition of `nvals` values into `nrows` rows of consecutive values.

    Made by the `from_...` class methods. It keeps the encoding that it was made from and computes the others
    when they are asked for. Integers are int64, or int32 if the encoding is.
    """

    def __init__(
        self,
        row_splits: Tensor,
        row_lengths: Tensor | None = None,
        value_rowids: Tensor | None = None,
        nrows: Tensor | None = None,
        uniform_row_length: Tensor | None = None,
        nvals: Tensor | None = None,
        internal: Any = False,
    ):
        if internal is not _KEY:
            raise ValueError("RowPartition constructor is private; please use one of the factory methods instead.")
        self._row_splits = row_splits
        self._row_lengths = row_lengths
        self._value_rowids = value_rowids
        self._nrows = nrows
        self._uniform_row_length = uniform_row_length
        self._nvals = nvals

    # Factories

    @classmethod
    def from_value_rowids(cls, value_rowids, nrows=None, validate=True, dtype=None, dtype_hint=None):
        """From the row number of each value (sorted), and the number of rows if there are more."""
        value_rowids = _integers(value_rowids, "value_rowids", dtype, dtype_hint)
        value_rowids.shape.assert_has_rank(1)
        checks = Checks("RowPartition", validate)
        if nrows is None:
            known = constant_value(value_rowids)
            if known is not None:
                count = index.scalar(int(known[-1]) + 1 if known.size else 0, value_rowids.dtype)
            else:
                # The last row number, or -1 where there is none.
                last = op("ConcatV2")([convert_to_tensor([-1], value_rowids.dtype), value_rowids], 0)[-1]
                count = op("AddV2")(last, convert_to_tensor(1, value_rowids.dtype))
        else:
            count = _integers(nrows, "nrows", value_rowids.dtype)
            count.shape.assert_has_rank(0)
            known, ids = constant_value(count), constant_value(value_rowids)
            if known is not None and int(known) < 0:
                raise ValueError(f"Expected nrows >= 0; got {int(known)}")
            if known is not None and ids is not None and ids.size and int(known) <= int(ids[-1]):
                raise ValueError(
                    f"Expected nrows >= value_rowids[-1] + 1; got nrows={int(known)}, value_rowids[-1]={int(ids[-1])}"
                )
            if known is not None and int(known) == 0 and value_rowids.shape[0]:
                raise ValueError(f"Expected nrows >= value_rowids[-1]; got nrows=0 for {value_rowids.shape[0]} values")
        checks.nondecreasing(value_rowids)
        checks.natural(value_rowids)
        if nrows is not None:
            checks.below(value_rowids, count)
        splits = index.splits_of_rowids(value_rowids, count)
        return cls(checks.guard(splits), value_rowids=value_rowids, nrows=count, internal=_KEY)

    @classmethod
    def from_row_splits(cls, row_splits, validate=True, dtype=None, dtype_hint=None):
        """From where the rows begin, and the number of values at the end: `nrows + 1` numbers from 0 upwards."""
        if isinstance(row_splits, (list, tuple)) and not row_splits:
            raise ValueError("row_splits tensor may not be empty.")
        row_splits = _integers(row_splits, "row_splits", dtype, dtype_hint)
        row_splits.shape.assert_has_rank(1)
        checks = Checks("RowPartition", validate)
        checks.first_is_zero(row_splits)
        checks.nondecreasing(row_splits)
        return cls(checks.guard(row_splits), internal=_KEY)

    @classmethod
    def from_row_lengths(cls, row_lengths, validate=True, dtype=None, dtype_hint=None):
        """From the number of values in each row."""
        row_lengths = _integers(row_lengths, "row_lengths", dtype, dtype_hint)
        row_lengths.shape.assert_has_rank(1)
        checks = Checks("RowPartition", validate)
        checks.natural(row_lengths)
        return cls(checks.guard(index.splits_of_lengths(row_lengths)), row_lengths=row_lengths, internal=_KEY)

    @classmethod
    def from_row_starts(cls, row_starts, nvals, validate=True, dtype=None, dtype_hint=None):
        """From where the rows begin, and the number of values."""
        row_starts = _integers(row_starts, "row_starts", dtype, dtype_hint)
        row_starts.shape.assert_has_rank(1)
        nvals = _integers(nvals, "nvals", row_starts.dtype)
        checks = Checks("RowPartition", validate)
        checks.first_is_zero(row_starts)
        checks.nondecreasing(row_starts)
        checks.at_most(row_starts, nvals)
        splits = index.concatenate(row_starts, op("Reshape")(nvals, [1]))
        return cls(checks.guard(splits), nvals=nvals, internal=_KEY)

    @classmethod
    def from_row_limits(cls, row_limits, validate=True, dtype=None, dtype_hint=None):
        """From where the rows end."""
        row_limits = _integers(row_limits, "row_limits", dtype, dtype_hint)
        row_limits.shape.assert_has_rank(1)
        checks = Checks("RowPartition", validate)
        checks.natural(row_limits)
        checks.nondecreasing(row_limits)
        splits = index.concatenate(convert_to_tensor([0], row_limits.dtype), row_limits)
        return cls(checks.guard(splits), internal=_KEY)

    @classmethod
    def from_uniform_row_length(
        cls, uniform_row_length, nvals=None, nrows=None, validate=True, dtype=None, dtype_hint=None
    ):
        """From the one length of all rows, with the number of values or of rows.

        Where the length is 0 and no number of rows is given, there is none, or one if there are values: an error.
        """
        if nvals is None and nrows is None:
            raise ValueError("At least one of `nvals` and `nrows` must be specified.")
        length = _integers(uniform_row_length, "uniform_row_length", dtype, dtype_hint)
        length.shape.assert_has_rank(0)
        kind = length.dtype
        known_length = _known(length)
        if known_length is not None and known_length < 0:
            raise ValueError(f"uniform_row_length must be >= 0; got {known_length}")
        values = None if nvals is None else _integers(nvals, "nvals", kind)
        if nrows is not None:
            rows = _integers(nrows, "nrows", kind)
        else:
            safe = length if known_length else op("Maximum")(length, convert_to_tensor(1, kind))
            rows = _divided(values, safe)
        checks = Checks("RowPartition", validate)
        if values is None:
            values = _product(rows, length)
        else:
            known = _known(values), _known(rows)
            if None in known or known_length is None:
                checks.equal(_product(rows, length), values)
            elif validate and known[0] != known[1] * known_length:
                problem = f"uniform_row_length={known_length} with nrows={known[1]} does not give nvals={known[0]}"
                raise ValueError(problem) if context.graph is None else InvalidArgumentError(None, None, problem)

        def in_graph(n: Tensor, each: Tensor) -> Tensor:
            return op("Mul")(op("Range")(index.scalar(0, kind), n + index.scalar(1, kind), index.scalar(1, kind)), each)

        splits = index.compute(lambda n, each: np.arange(n + 1, dtype=each.dtype) * each, in_graph, rows, length)
        return cls(checks.guard(splits), uniform_row_length=length, nrows=rows, nvals=values, internal=_KEY)

    # What it is

    @property
    def dtype(self) -> DType:
        """int32 or int64: the type of the integers."""
        return self._row_splits.dtype

    def row_splits(self) -> Tensor:
        """Where the rows begin, and the number of values at the end, `[nrows + 1]`."""
        return self._row_splits

    def value_rowids(self) -> Tensor:
        """The row number of each value, `[nvals]`."""
        if self._value_rowids is None:
            ids = index.rowids_of_splits(self._row_splits, self._nvals)
            if context.graph is not None:
                return ids
            self._value_rowids = ids
        return self._value_rowids

    def nvals(self) -> Tensor:
        """The number of values, a scalar."""
        if self._nvals is not None:
            return self._nvals
        if self._value_rowids is not None:
            return index.size(self._value_rowids, self.dtype)
        return self._row_splits[-1]

    def nrows(self) -> Tensor:
        """The number of rows, a scalar."""
        if self._nrows is not None:
            return self._nrows
        known = self.static_nrows
        if known is not None:
            return index.scalar(known, self.dtype)
        if self._row_lengths is not None:
            return index.size(self._row_lengths, self.dtype)
        return index.size(self._row_splits, self.dtype) - index.scalar(1, self.dtype)

    def uniform_row_length(self) -> Tensor | None:
        """The one length of all rows, if the partition was declared uniform; else None."""
        return self._uniform_row_length

    def row_starts(self) -> Tensor:
        """Where each row begins, `[nrows]`."""
        return index.compute(lambda v: v[:-1], lambda t: t[:-1], self._row_splits)

    def row_limits(self) -> Tensor:
        """Where each row ends, `[nrows]`."""
        return index.compute(lambda v: v[1:], lambda t: t[1:], self._row_splits)

    def row_lengths(self) -> Tensor:
        """The number of values in each row, `[nrows]`."""
        if self._row_lengths is not None:
            return self._row_lengths
        if self._uniform_row_length is not None:
            return op("Fill")([self.nrows()], self._uniform_row_length)
        return index.row_lengths(self._row_splits)

    def offsets_in_rows(self) -> Tensor:
        """The place of each value in its row, `[nvals]`."""
        starts = index.take(self._row_splits, self.value_rowids())
        return index.compute(
            lambda s: np.arange(len(s), dtype=s.dtype) - s,
            lambda s: op("Sub")(index.arange(index.size(s, s.dtype)), s),
            starts,
        )

    @property
    def static_nrows(self) -> int | None:
        """The number of rows as far as it is known without running anything."""
        for tensor, extra in ((self._row_splits, 1), (self._row_lengths, 0)):
            if tensor is not None and tensor.shape.rank is not None and tensor.shape.as_list()[0] is not None:
                return tensor.shape.as_list()[0] - extra
        return _known(self._nrows)

    @property
    def static_nvals(self) -> int | None:
        """The number of values as far as it is known."""
        if _known(self._nvals) is not None:
            return _known(self._nvals)
        if self._value_rowids is not None and self._value_rowids.shape.as_list()[0] is not None:
            return self._value_rowids.shape.as_list()[0]
        known = constant_value(self._row_splits)
        return None if known is None else int(known[-1])

    @property
    def static_uniform_row_length(self) -> int | None:
        """The one length of all rows as far as it is known."""
        return _known(self._uniform_row_length)

    def is_uniform(self) -> bool:
        """Whether the partition was declared uniform."""
        return self._uniform_row_length is not None

    def with_dtype(self, dtype):
        """The same partition with integers of another type, int32 or int64."""
        dtype = as_dtype(dtype)
        if dtype not in (dtypes.int32, dtypes.int64):
            raise ValueError(f"Argument `dtype` must be int32 or int64. Received {dtype}.")
        if dtype is self.dtype:
            return self
        parts = (
            self._row_splits,
            self._row_lengths,
            self._value_rowids,
            self._nrows,
            self._uniform_row_length,
            self._nvals,
        )
        return RowPartition(*(None if p is None else index.cast(p, dtype) for p in parts), internal=_KEY)  # type: ignore[arg-type]

    def with_nvals(self, nvals: Tensor) -> RowPartition:
        """The same partition, knowing the number of its values: in a graph it follows from the values' shape."""
        if self._nvals is not None:
            return self
        return self._replace(_nvals=nvals)

    def guarded(self, checks: Checks) -> RowPartition:
        """The same partition, whose splits cannot be had in a plain graph where the checks fail."""
        splits = checks.guard(self._row_splits)
        return self if splits is self._row_splits else self._replace(_row_splits=splits)

    def _replace(self, **parts: Any) -> RowPartition:
        made = object.__new__(RowPartition)
        made.__dict__.update({**self.__dict__, **parts})
        return made

    def with_uniform_length(self, length: int) -> RowPartition:
        """The same partition, known to have rows of this length."""
        return self._replace(_uniform_row_length=index.scalar(length, self.dtype))

    def __repr__(self) -> str:
        if self._uniform_row_length is not None:
            return f"tf.RowPartition(nrows={self._nrows}, uniform_row_length={self._uniform_row_length})"
        return f"tf.RowPartition(row_splits={self._row_splits})"

    @property
    def _type_spec(self) -> RowPartitionSpec:
        return RowPartitionSpec(self.static_nrows, self.static_nvals, self.static_uniform_row_length, self.dtype)


class _Key:
    pass


_KEY = _Key()
RowPartition.__module__ = "tensorflow.python.ops.ragged.row_partition"


@register("tf.RowPartitionSpec")
class RowPartitionSpec(TypeSpec):
    """Describes row partitions: numbers of rows and values, one row length (None: not known), and the dtype."""

    __slots__ = ("_dtype", "_nrows", "_nvals", "_uniform_row_length")

    def __init__(self, nrows: Any = None, nvals: Any = None, uniform_row_length: Any = None, dtype: Any = dtypes.int64):
        self._nrows = TensorShape([nrows])
        self._nvals = TensorShape([nvals])
        self._uniform_row_length = TensorShape([uniform_row_length])
        self._dtype = as_dtype(dtype)
        if self._dtype not in (dtypes.int32, dtypes.int64):
            raise ValueError(f"dtype must be tf.int32 or tf.int64, got {dtype!r}")

    value_type = property(lambda self: RowPartition, doc="`tf.experimental.RowPartition`.")
    nrows = property(lambda self: self._nrows.as_list()[0], doc="The number of rows, or None.")
    nvals = property(lambda self: self._nvals.as_list()[0], doc="The number of values, or None.")
    uniform_row_length = property(lambda self: self._uniform_row_length.as_list()[0], doc="The row length, or None.")
    dtype = property(lambda self: self._dtype, doc="int32 or int64.")

    @property
    def _component_specs(self) -> Any:
        return TensorSpec([None if self.nrows is None else self.nrows + 1], self._dtype)

    def _to_components(self, value: Any) -> Any:
        return value.row_splits()

    def _from_components(self, components: Any) -> Any:
        made = RowPartition(components, internal=_KEY)
        if self.uniform_row_length is not None and isinstance(components, Tensor):
            made = made.with_uniform_length(self.uniform_row_length)
        return made

    def _serialize(self) -> Any:
        return (self._nrows, self._nvals, self._uniform_row_length, self._dtype)

    @classmethod
    def _deserialize(cls, serialization: Any) -> RowPartitionSpec:
        *sizes, dtype = serialization
        return cls(*(s.as_list()[0] for s in sizes), dtype)

    def __reduce__(self) -> Any:
        return RowPartitionSpec, (self.nrows, self.nvals, self.uniform_row_length, self._dtype)

    def __repr__(self) -> str:
        return (
            f"RowPartitionSpec(nrows={self.nrows}, nvals={self.nvals}, "
            f"uniform_row_length={self.uniform_row_length}, dtype={self._dtype!r})"
        )


def of_splits(row_splits: Tensor) -> RowPartition:
    """The partition of splits that are known to be right."""
    return RowPartition(row_splits, internal=_KEY)


def _integers(value: Any, name: str, dtype: Any = None, hint: Any = None) -> Tensor:
    """A tensor of row numbers: int64 unless it is a tensor or array of int32."""
    if isinstance(value, RowPartition):
        raise ValueError(f"{name} must be a tensor, not a RowPartition")
    if dtype is not None and isinstance(value, Tensor):
        return index.cast(convert_to_tensor(value), as_dtype(dtype))
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype == np.int32 and dtype is None:
        return convert_to_tensor(value)
    preferred = dtypes.int64 if hint is None else as_dtype(hint)
    tensor = convert_to_tensor(value, dtype, name, hint=preferred if dtype is None else None)
    if tensor.dtype not in (dtypes.int32, dtypes.int64):
        raise ValueError(f"{name} must have dtype int32 or int64, got {tensor.dtype!r}")
    return tensor


def _known(tensor: Tensor | None) -> int | None:
    value = None if tensor is None else constant_value(tensor)
    return None if value is None else int(value)


def _divided(values: Any, length: Tensor) -> Tensor:
    return index.compute(lambda v, n: (v // n).astype(v.dtype), lambda v, n: op("FloorDiv")(v, n), values, length)


def _product(rows: Tensor, length: Tensor) -> Tensor:
    return index.compute(lambda r, n: (r * n).astype(r.dtype), lambda r, n: op("Mul")(r, n), rows, length)
