"""`tf.sparse.cross`: combinations of features, as text or as hashes."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.api.casting import cast
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.sparse.arguments import as_sparse, is_sparse
from tfshim.sparse.tensor import SparseTensor, parts
from tfshim.tensor import Tensor

_DEFAULT_HASH_KEY = 0xDECAFCAFFE


def _columns(inputs: Any) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
    """Indices, values and shapes of the sparse inputs, and the dense inputs."""
    if not isinstance(inputs, (tuple, list)):
        raise TypeError("Inputs must be a list")
    if not all(isinstance(i, Tensor) or is_sparse(i) for i in inputs):
        raise TypeError("All inputs must be Tensor or SparseTensor.")
    sparse = [as_sparse(i) for i in inputs if is_sparse(i)]
    dense = [convert_to_tensor(i) for i in inputs if not is_sparse(i)]
    indices, values, shapes = map(list, zip(*map(parts, sparse), strict=True)) if sparse else ([], [], [])
    return indices, [_feature(v) for v in values], shapes, [_feature(d) for d in dense]


def _feature(values: Any) -> Any:
    return values if values.dtype is dtypes.string else cast(values, dtypes.int64)


@export("sparse.cross")
def cross(inputs, name=None, separator=None):
    """Every combination of one feature from each input, row by row, joined to a string.

    Args:
      inputs: list of SparseTensors and tensors `[rows, features]` of strings or integers. The features of sparse
        inputs come first.
      name: name of the op in a graph.
      separator: what stands between features; "_X_" by default.

    Returns:
      A SparseTensor of strings `[rows, greatest number of combinations]`.
    """
    separator = convert_to_tensor("_X_" if separator is None else separator, dtypes.string)
    return SparseTensor(*op("SparseCrossV2")(*_columns(inputs), separator, name=name))


@export("sparse.cross_hashed")
def cross_hashed(inputs, num_buckets=0, hash_key=None, name=None):
    """Every combination of one feature from each input, row by row, as a hash.

    Args:
      inputs: as for `tf.sparse.cross`.
      num_buckets: the hashes lie in [0, num_buckets); 0 for no limit.
      hash_key: the key of the hash.
      name: name of the op in a graph.

    Returns:
      A SparseTensor of int64 `[rows, greatest number of combinations]`.
    """
    found = op("SparseCross")(
        *_columns(inputs),
        hashed_output=True,
        num_buckets=num_buckets,
        hash_key=hash_key or _DEFAULT_HASH_KEY,
        out_type=dtypes.int64,
        internal_type=dtypes.int64,
        name=name,
    )
    return SparseTensor(*found)
