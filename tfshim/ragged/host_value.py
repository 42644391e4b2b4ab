"""`tf.compat.v1.ragged`: ragged values without tensors, which sessions take and return, and placeholders for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.dtypes import as_dtype
from tfshim.namespaces import resolve
from tfshim.ragged.constructing import nested_parts
from tfshim.ragged.row_partition import of_splits
from tfshim.ragged.tensor import RaggedTensor, with_partitions
from tfshim.scopes import name_scope, placeholder
from tfshim.shapes import from_dims


class RaggedTensorValue:
    """The value of a ragged tensor: NumPy arrays of the values and of the row splits.

    Args:
      values: an array, or another ragged value.
      row_splits: where the rows begin and the last one ends: a vector of int32 or int64.
    """

    def __init__(self, values, row_splits):
        """`TypeError` for anything else."""
        is_vector = isinstance(row_splits, (np.ndarray, np.generic)) and row_splits.ndim == 1
        if not (is_vector and row_splits.dtype in (np.int64, np.int32)):
            raise TypeError("row_splits must be a 1D int32 or int64 numpy array")
        if not isinstance(values, (np.ndarray, np.generic, RaggedTensorValue)):
            raise TypeError("values must be a numpy array or a RaggedTensorValue")
        if isinstance(values, RaggedTensorValue) and row_splits.dtype != values.row_splits.dtype:
            raise ValueError("row_splits and values.row_splits must have the same dtype")
        self._values = values
        self._row_splits = row_splits

    row_splits = property(lambda self: self._row_splits, doc="Where the rows begin and the last one ends.")
    values = property(lambda self: self._values, doc="The rows joined: an array or a ragged value.")

    @property
    def flat_values(self):
        """The array under all partitions."""
        return self._values.flat_values if isinstance(self._values, RaggedTensorValue) else self._values

    @property
    def nested_row_splits(self):
        """The row splits of each partition, the outermost first."""
        inner = self._values.nested_row_splits if isinstance(self._values, RaggedTensorValue) else ()
        return (self._row_splits, *inner)

    @property
    def dtype(self):
        """The NumPy dtype of the values."""
        return self._values.dtype

    @property
    def ragged_rank(self):
        """The number of partitions."""
        return len(self.nested_row_splits)

    @property
    def shape(self):
        """The sizes as a tuple, None for ragged dimensions."""
        return (len(self._row_splits) - 1, None, *self._values.shape[1:])

    def to_list(self):
        """Nested lists of Python values."""
        values = self._values.to_list() if isinstance(self._values, RaggedTensorValue) else self._values.tolist()
        ends = self._row_splits.tolist()
        return [values[a:b] for a, b in zip(ends, ends[1:], strict=False)]

    def __str__(self) -> str:
        return f"<tf.RaggedTensorValue {self.to_list()}>"

    def __repr__(self) -> str:
        return f"tf.RaggedTensorValue(values={self._values!r}, row_splits={self._row_splits!r})"

    @classmethod
    def _handler(cls, path: str) -> Callable[..., Any] | None:
        """Public functions take it as the ragged tensor that it is the value of."""

        def call(*args, **kwargs):
            function: Any = resolve(path)
            return function(*map(as_tensors, args), **{name: as_tensors(value) for name, value in kwargs.items()})

        return call


def as_tensors(value: Any, dtype: Any = None, hint: Any = None) -> Any:
    """A ragged value, or those in a list, as ragged tensors; `dtype` and `hint` are for their flat values."""
    if isinstance(value, RaggedTensorValue):
        from tfshim.convert import convert_to_tensor

        partitions = [of_splits(convert_to_tensor(splits)) for splits in value.nested_row_splits]
        return with_partitions(convert_to_tensor(value.flat_values, dtype, hint=hint), partitions)
    return [as_tensors(item, dtype, hint) for item in value] if isinstance(value, list) else value


def value_of(components: list[np.ndarray]) -> RaggedTensorValue:
    """The value of flat values, and of the row splits of each partition."""
    values, *splits = components
    for row_splits in reversed(splits):
        values = RaggedTensorValue(values, row_splits)
    return values


def constant_value(pylist, dtype=None, ragged_rank=None, inner_shape=None, row_splits_dtype="int64"):
    """The ragged value of nested lists, or an array if nothing is ragged; the arguments are those of `constant`."""
    if dtype is not None and isinstance(dtype, dtypes.DType):
        dtype = dtype.as_numpy_dtype
    splits_dtype = as_dtype(row_splits_dtype).as_numpy_dtype
    parts = nested_parts(pylist, ragged_rank, inner_shape)
    if parts is None:
        return np.array(pylist, dtype)
    values, splits, sizes = parts
    rows = () if inner_shape is not None and not splits else (len(values),)
    flat = np.array(values, dtype).reshape(*rows, *sizes)
    return value_of([flat, *(s.astype(splits_dtype) for s in splits)])


def ragged_placeholder(dtype, ragged_rank, value_shape=None, name=None):
    """A placeholder for ragged tensors of a ragged rank, whose flat values have rows of `value_shape`."""
    if ragged_rank == 0:
        return placeholder(dtype, value_shape, name)
    with name_scope(name or "RaggedPlaceholder"):
        shape = from_dims((None,)).concatenate(value_shape)
        result: Any = placeholder(dtype, shape, "flat_values")
        for i in reversed(range(ragged_rank)):
            splits = placeholder(dtypes.int64, [None], f"row_splits_{i}")
            result = RaggedTensor.from_row_splits(result, splits, validate=False)
    return result


RaggedTensorValue.__module__ = "tensorflow.python.ops.ragged.ragged_tensor_value"
