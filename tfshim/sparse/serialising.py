"""`tf.io.serialize_sparse` and its kin: sparse tensors as tensors of strings or variants."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.export import export
from tfshim.ops import op
from tfshim.shapes import from_dims
from tfshim.sparse.arguments import as_sparse
from tfshim.sparse.tensor import SparseTensor


def _written(op_name: str, sp_input: Any, out_type: Any, name: str | None) -> Any:
    sparse = as_sparse(sp_input)
    return op(op_name)(sparse.indices, sparse.values, sparse.dense_shape, out_type=out_type, name=name)


@export("io.serialize_sparse")
def serialize_sparse(sp_input, out_type=dtypes.string, name=None):
    """Its indices, values and shape, each serialized: a vector of 3 strings, or of 3 variants.

    Raises:
      TypeError: if `sp_input` is no SparseTensor.
    """
    return _written("SerializeSparse", sp_input, out_type, name)


@export("io.serialize_many_sparse")
def serialize_many_sparse(sp_input, out_type=dtypes.string, name=None):
    """A matrix with one row for each slice of `sp_input` along its first axis: see `tf.io.serialize_sparse`.

    Raises:
      TypeError: if `sp_input` is no SparseTensor.
      InvalidArgumentError: if its rank is less than 2, or its indices are not in order.
    """
    return _written("SerializeManySparse", sp_input, out_type, name)


@export("io.deserialize_many_sparse", "compat.v1.deserialize_many_sparse")
def deserialize_many_sparse(serialized_sparse, dtype, rank=None, name=None):
    """The sparse tensor whose slices were serialized into the rows of a matrix of strings.

    Args:
      serialized_sparse: strings `[n, 3]`, from `tf.io.serialize_many_sparse` or stacked from `tf.io.serialize_sparse`.
      dtype: of the values.
      rank: of each slice, where it is known.
      name: of the op.

    Raises:
      InvalidArgumentError: if a row does not hold a sparse tensor of this dtype, or the ranks differ.
    """
    indices, values, shape = op("DeserializeManySparse")(serialized_sparse, dtype=dtype, name=name)
    indices.set_shape(from_dims((None, rank)))
    shape.set_shape(from_dims((rank,)))
    return SparseTensor(indices, values, shape)


def _declare_v1(name: str, op_name: str) -> None:
    def fn(sp_input, name=None, out_type=dtypes.string):
        return _written(op_name, sp_input, out_type, name)

    fn.__name__ = fn.__qualname__ = name
    fn.__doc__ = f"`tf.io.{name}` with the parameters of TensorFlow 1."
    export(f"compat.v1.io.{name}", f"compat.v1.{name}")(fn)


_declare_v1("serialize_sparse", "SerializeSparse")
_declare_v1("serialize_many_sparse", "SerializeManySparse")
