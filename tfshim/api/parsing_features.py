"""What `tf.io.parse_example` and its like are told of features: their kind, dtype and shape."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from tfshim import dtypes
from tfshim.export import export


def _named(name: str, *more: str) -> tuple[str, ...]:
    return (f"io.{name}", f"compat.v1.io.{name}", *more)


@export(*_named("VarLenFeature", "compat.v1.VarLenFeature"))
class VarLenFeature(namedtuple("VarLenFeature", ["dtype"])):
    """A feature of any number of values: parsed to a `tf.SparseTensor`."""

    __slots__ = ()


@export(*_named("FixedLenFeature", "compat.v1.FixedLenFeature"))
class FixedLenFeature(
    namedtuple("FixedLenFeature", ["shape", "dtype", "default_value"], defaults=[None])  # type: ignore[misc]
):
    """A feature of values of one shape: parsed to a tensor. Examples without it need a `default_value`."""

    __slots__ = ()


@export(*_named("FixedLenSequenceFeature", "compat.v1.FixedLenSequenceFeature"))
class FixedLenSequenceFeature(
    namedtuple(
        "FixedLenSequenceFeature",
        ["shape", "dtype", "allow_missing", "default_value"],
        defaults=[False, None],  # type: ignore[misc]
    )
):
    """Any number of values of one shape, one after the other: parsed to a tensor, filled up to the longest.

    Attributes:
      shape: of one of them.
      dtype: of the values.
      allow_missing: whether examples may lack it.
      default_value: what shorter ones are filled up with.
    """

    __slots__ = ()


@export(*_named("SparseFeature", "compat.v1.SparseFeature"))
class SparseFeature(
    namedtuple(
        "SparseFeature",
        ["index_key", "value_key", "dtype", "size", "already_sorted"],
        defaults=[False],  # type: ignore[misc]
    )
):
    """A sparse tensor out of features for its indices, one for each dimension, and one for its values.

    Attributes:
      index_key: name of the feature of indices, or a list of names.
      value_key: name of the feature of values.
      dtype: of the values.
      size: of the dimension, or a list of sizes.
      already_sorted: whether the indices are in order.
    """

    __slots__ = ()


def _partition(name: str, field: str) -> type:
    """A class of how rows are told by another feature, or by a length."""
    return type(
        name,
        (namedtuple(name, [field]),),
        {"__slots__": (), "__doc__": f"Rows by the {name} in `{field}`.", "__module__": _MODULE},
    )


_MODULE = "tensorflow.python.ops.parsing_config"


@export(*_named("RaggedFeature"))
class RaggedFeature(namedtuple("RaggedFeature", ["dtype", "value_key", "partitions", "row_splits_dtype", "validate"])):
    """A ragged tensor out of a feature for its values and others that say where rows begin.

    Args:
      dtype: of the values.
      value_key: name of the feature of values; that of this feature if None.
      partitions: how the values are taken apart, the outermost first: `RaggedFeature.RowSplits(key)`,
        `.RowLengths(key)`, `.RowStarts(key)`, `.RowLimits(key)`, `.ValueRowIds(key)` or `.UniformRowLength(length)`.
      row_splits_dtype: int32 or int64.
      validate: check the partitions.
    """

    __slots__ = ()

    RowSplits = _partition("RowSplits", "key")
    RowLengths = _partition("RowLengths", "key")
    RowStarts = _partition("RowStarts", "key")
    RowLimits = _partition("RowLimits", "key")
    ValueRowIds = _partition("ValueRowIds", "key")
    UniformRowLength = _partition("UniformRowLength", "length")

    def __new__(
        cls,
        dtype: Any,
        value_key: str | None = None,
        partitions: Any = (),
        row_splits_dtype: Any = dtypes.int32,
        validate: bool = False,
    ) -> RaggedFeature:
        if value_key is not None:
            if not isinstance(value_key, str):
                raise ValueError(f"Argument `value_key` must be a string; got {value_key}")
            if not value_key:
                raise ValueError("Argument `value_key` must not be empty")
        splits = dtypes.as_dtype(row_splits_dtype)
        if splits not in (dtypes.int32, dtypes.int64):
            raise ValueError(f"Argument `row_splits_dtype` must be int32 or int64; got {row_splits_dtype!r}")
        if not isinstance(partitions, (list, tuple)):
            raise TypeError(f"Argument `partitions` must be a list or tuple. Received partitions={partitions}")
        for partition in partitions:
            if not isinstance(partition, _PARTITIONS):
                raise TypeError(f"Argument `partitions` cannot be cast to any of the partition types: {partition}")
        return super().__new__(cls, dtypes.as_dtype(dtype), value_key, tuple(partitions), splits, validate)


_PARTITIONS = (
    RaggedFeature.RowSplits,
    RaggedFeature.RowLengths,
    RaggedFeature.RowStarts,
    RaggedFeature.RowLimits,
    RaggedFeature.ValueRowIds,
    RaggedFeature.UniformRowLength,
)
for _cls in (VarLenFeature, FixedLenFeature, FixedLenSequenceFeature, SparseFeature, RaggedFeature):
    _cls.__module__ = _MODULE
