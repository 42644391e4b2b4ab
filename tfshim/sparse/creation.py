"""`tf.sparse`: from dense tensors and to them."""

from __future__ import annotations

import numpy as np

from tfshim import dtypes
from tfshim.api.array import shape as shape_of
from tfshim.api.naming import composed
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.sparse.arguments import as_sparse
from tfshim.sparse.tensor import SparseTensor, parts
from tfshim.tensor import Tensor

_range = op("Range")


@export("sparse.from_dense")
def from_dense(tensor, name=None):
    """The elements of a dense tensor that are not zero (not empty, for strings) as a SparseTensor."""
    with composed(name or "dense_to_sparse"):
        tensor = convert_to_tensor(tensor)
        if tensor.dtype is dtypes.bool:
            places = op("Where")(tensor)
        else:
            zero = convert_to_tensor(b"" if tensor.dtype is dtypes.string else 0, tensor.dtype)
            places = op("Where")(op("NotEqual")(tensor, zero))
        values = op("GatherNd")(tensor, places)
        return SparseTensor(places, values, shape_of(tensor, out_type=dtypes.int64))


@export("sparse.eye")
def eye(num_rows, num_columns=None, dtype=dtypes.float32, name=None):
    """The identity matrix, with `num_rows` columns unless `num_columns` says otherwise, as a SparseTensor."""
    with composed(name or "eye"):
        rows = _int64(num_rows)
        columns = rows if num_columns is None else _int64(num_columns)
        size = op("Minimum")(rows, columns)
        places = _range(_int64(0), size, _int64(1))
        one = convert_to_tensor(1, dtypes.as_dtype(dtype))
        return SparseTensor(
            op("Pack")([places, places], axis=1),
            op("Fill")(op("ExpandDims")(size, 0), one),
            op("Pack")([rows, columns], axis=0),
        )


def _int64(value):
    from tfshim.api.casting import cast

    if not isinstance(value, (Tensor, int, np.integer)):
        raise TypeError(f"The number of rows and that of columns must be integers, got {value!r}")
    return cast(convert_to_tensor(value, hint=dtypes.int64), dtypes.int64)


@export("sparse.to_dense", "compat.v1.sparse_tensor_to_dense")
def to_dense(sp_input, default_value=None, validate_indices=True, name=None):
    """The dense tensor, with `default_value` (zero, "" or False) where `sp_input` has no element.

    Raises:
      InvalidArgumentError: for indices outside of the shape, and with `validate_indices` for indices that are
        repeated or not in row-major order.
    """
    sp_input = as_sparse(sp_input)
    dtype = sp_input.values.dtype
    if default_value is None:
        default_value = convert_to_tensor({dtypes.string: b"", dtypes.bool: False}.get(dtype, 0), dtype)
    indices, values, shape = parts(sp_input)
    return op("SparseToDense")(indices, shape, values, default_value, validate_indices=validate_indices, name=name)


@export("sparse.to_indicator", "compat.v1.sparse_to_indicator")
def to_indicator(sp_input, vocab_size, name=None):
    """Which integers below `vocab_size` each row has: bool, the last dimension replaced by one of `vocab_size`.

    Raises:
      InvalidArgumentError: for a value outside of [0, vocab_size).
    """
    from tfshim.sparse.structure import merged_values

    sp_input = as_sparse(sp_input)
    with composed(name or "SparseToIndicator") as name:
        count = op("Shape")(sp_input.indices)[:1]
        trues = op("Fill")(count, convert_to_tensor(True))
        merged = merged_values([sp_input], trues, [vocab_size])
        # Repeated values and their order do no harm.
        dense = to_dense(merged, default_value=False, validate_indices=False, name=name)
        dense.set_shape(sp_input.shape[:-1].concatenate([vocab_size if isinstance(vocab_size, int) else None]))
        return dense
