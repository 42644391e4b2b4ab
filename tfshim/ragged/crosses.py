"""Feature crosses of ragged tensors: those of the sparse tensors that hold the same rows."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.convert import convert_to_tensor
from tfshim.namespaces import resolve
from tfshim.ragged import index
from tfshim.ragged.from_dense import from_tensor
from tfshim.ragged.host_value import as_tensors
from tfshim.ragged.row_partition import RowPartition
from tfshim.ragged.tensor import RaggedTensor, is_ragged, ragged


def cross(inputs, name=None):
    """For each row all combinations of one value from each input, joined by "_X_".

    Args:
      inputs: list of ragged, sparse and plain tensors of rank 2, of strings or integers.
      name: ignored.
    """
    crossed: Any = resolve("sparse.cross")
    inputs = as_tensors(inputs)
    return _as_ragged(crossed(_columns(inputs)), inputs)


def cross_hashed(inputs, num_buckets=0, hash_key=None, name=None):
    """Like `tf.ragged.cross`, with a hash in [0, num_buckets) for each combination (any int64 if 0).

    Args:
      inputs: list of ragged, sparse and plain tensors of rank 2, of strings or integers.
      num_buckets: number of hash values.
      hash_key: int64 that the hash depends on.
      name: ignored.
    """
    crossed: Any = resolve("sparse.cross_hashed")
    inputs = as_tensors(inputs)
    return _as_ragged(crossed(_columns(inputs), num_buckets, hash_key), inputs)


def _columns(inputs: Any) -> list[Any]:
    if not isinstance(inputs, (list, tuple)) or not inputs:
        raise TypeError("`inputs` must be a list of ragged, sparse and plain tensors")
    return [_column(value) for value in inputs]


def _column(value: Any) -> Any:
    if type(value).__name__ == "SparseTensor":
        return value
    if not is_ragged(value):
        value = convert_to_tensor(value)
        value.shape.with_rank(2)
        value = from_tensor(value, None, None, 1, dtypes.int64)
    elif value.shape.rank not in (None, 2):
        raise ValueError("tf.ragged.cross only supports inputs with rank=2.")
    return value.to_sparse()


def _as_ragged(result: Any, inputs: Any) -> RaggedTensor:
    narrow = all(v.row_splits.dtype is dtypes.int32 for v in inputs if is_ragged(v)) and any(map(is_ragged, inputs))
    dtype = dtypes.int32 if narrow else dtypes.int64
    rows = index.cast(result.indices[:, 0], dtype)
    nrows = index.cast(result.dense_shape, dtype)[0]
    return ragged(result.values, RowPartition.from_value_rowids(rows, nrows, validate=False))
