"""Feature crosses of ragged tensors."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.convert import convert_to_tensor
from tfshim.ops import op
from tfshim.ragged.host_value import as_tensors
from tfshim.ragged.row_partition import of_splits
from tfshim.ragged.tensor import RaggedTensor, is_ragged, ragged

_DEFAULT_HASH_KEY = 0xDECAFCAFFE


def cross(inputs, name=None):
    """For each row all combinations of one value from each input, joined by "_X_".

    Args:
      inputs: list of ragged, sparse and plain tensors of rank 2, of strings or integers.
      name: ignored.

    Raises:
      ValueError: an input has another dtype or rank.
    """
    return _cross(inputs, hashed_output=False, num_buckets=0, hash_key=_DEFAULT_HASH_KEY)


def cross_hashed(inputs, num_buckets=0, hash_key=None, name=None):
    """Like `tf.ragged.cross`, with a hash in [0, num_buckets) for each combination (any int64 if 0).

    Args:
      inputs: list of ragged, sparse and plain tensors of rank 2, of strings or integers.
      num_buckets: number of hash values.
      hash_key: int64 that the hash depends on.
      name: ignored.

    Raises:
      ValueError: an input has another dtype or rank.
    """
    key = _DEFAULT_HASH_KEY if hash_key is None else hash_key
    return _cross(inputs, hashed_output=True, num_buckets=num_buckets, hash_key=key)


def _cross(inputs: Any, *, hashed_output: bool, num_buckets: int, hash_key: int) -> RaggedTensor:
    if not isinstance(inputs, (list, tuple)):
        raise TypeError(f"Expected `inputs` to be a list or tuple. Received {inputs!r}.")
    order = ""
    ragged_values, ragged_splits, dense = [], [], []
    sparse_indices, sparse_values, sparse_shapes = [], [], []
    kinds = set()
    for i, value in enumerate(as_tensors(list(inputs))):
        if is_ragged(value):
            if value.shape.rank not in (None, 2) or value.ragged_rank != 1:
                raise ValueError("tf.ragged.cross only supports inputs with rank=2")
            order += "R"
            ragged_values.append(_features(value.values, i))
            ragged_splits.append(value.row_splits)
            kinds.add(value.row_splits.dtype)
        elif type(value).__name__ == "SparseTensor":
            order += "S"
            sparse_indices.append(value.indices)
            sparse_values.append(_features(value.values, i))
            sparse_shapes.append(value.dense_shape)
        else:
            order += "D"
            dense.append(_features(convert_to_tensor(value), i))
    kind = dtypes.int32 if kinds == {dtypes.int32} else dtypes.int64
    values, splits = op("RaggedCross")(
        ragged_values,
        ragged_splits,
        sparse_indices,
        sparse_values,
        sparse_shapes,
        dense,
        input_order=order,
        hashed_output=hashed_output,
        num_buckets=num_buckets,
        hash_key=hash_key,
        out_values_type=dtypes.int64 if hashed_output else dtypes.string,
        out_row_splits_type=kind,
    )
    return ragged(values, of_splits(splits))


def _features(values: Any, i: int) -> Any:
    """The values as strings or int64."""
    if values.dtype is dtypes.string:
        return values
    if not values.dtype.is_integer:
        raise ValueError(f"Unexpected dtype for inputs[{i}]: {values.dtype}")
    return op("Cast")(values, DstT=dtypes.int64)
