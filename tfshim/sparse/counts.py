"""Counts of integers: `tf.sparse.bincount`, and `tf.math.bincount` of a SparseTensor."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.api.assertions import checked
from tfshim.api.casting import cast
from tfshim.api.math_reduce import reduce_max
from tfshim.api.naming import composed
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.sparse.arguments import is_sparse
from tfshim.sparse.tensor import SparseTensor, parts


def _checked_options(weights: Any, axis: Any, binary_output: bool) -> int:
    if weights is not None and binary_output:
        raise ValueError("Arguments `binary_output` and `weights` are mutually exclusive. Please specify only one.")
    axis = 0 if axis is None else axis
    if axis not in (0, -1):
        raise ValueError(f"Unsupported value for argument axis={axis}. Only 0 and -1 are currently supported.")
    return axis


def _sparse_weights(values: SparseTensor, weights: Any, dtype: Any = None) -> Any:
    """The values of sparse weights, which must be in the places of `values`; none by default."""
    if weights is None:
        return convert_to_tensor([], dtype or values.values.dtype)
    if not isinstance(weights, SparseTensor):
        raise ValueError(
            f"Argument `weights` must be a SparseTensor if `values` is a SparseTensor. Received weights={weights} of "
            f"type: {type(weights).__name__}"
        )
    amounts = weights.values
    for mine, other in ((values.dense_shape, weights.dense_shape), (values.indices, weights.indices)):
        same = op("All")(op("Equal")(mine, other), list(range(mine.shape.rank or 1)))
        amounts = checked(amounts, same, ["'weights' and 'values' must have the same shape and indices"])
    return amounts


def _is_ragged(value: Any) -> bool:
    return hasattr(value, "row_splits") and hasattr(value, "flat_values")


def _as_value(value: Any) -> Any:
    return value if isinstance(value, SparseTensor) or _is_ragged(value) else convert_to_tensor(value)


def _ragged_weights(values: Any, weights: Any) -> Any:
    if weights is None:
        return convert_to_tensor([], values.flat_values.dtype)
    if not _is_ragged(weights):
        raise ValueError(f"`weights` must be a RaggedTensor like `values`. Received {weights}.")
    same = op("All")(op("Equal")(values.row_splits, weights.row_splits), [0])
    return checked(weights.flat_values, same, ["'weights' and 'values' must have the same row splits"])


def _dense_weights(values: Any, weights: Any) -> Any:
    if weights is None:
        return convert_to_tensor([], values.dtype)
    if is_sparse(weights) or _is_ragged(weights):
        raise ValueError(f"`weights` must be a tensor if `values` is one. Received {weights}.")
    return weights


@export("sparse.bincount")
def bincount(values, weights=None, axis=0, minlength=None, maxlength=None, binary_output=False, name=None):
    """How often each integer occurs in `values`, as a SparseTensor.

    Args:
      values: non-negative integers: a tensor of rank 1 or 2, a SparseTensor or a RaggedTensor.
      weights: what each occurrence counts: the same kind of value, of the same shape.
      axis: 0 counts in all of `values`, -1 in each row by itself.
      minlength: the least size of the last dimension; the greatest integer sets it otherwise.
      maxlength: the size of the last dimension; integers beyond are not counted.
      binary_output: 1 for what occurs at all.
      name: name of the op in a graph.

    Returns:
      A SparseTensor `[size]` or `[rows, size]`, of the type of `weights`, else of `values`.

    Raises:
      ValueError: for another axis, or weights with `binary_output`, or weights of another kind.
      InvalidArgumentError: for a negative integer, or weights of another shape.
    """
    with composed(name or "count"):
        values = _as_value(values)
        weights = None if weights is None else _as_value(weights)
        axis = _checked_options(weights, axis, binary_output)
        options = {
            "minlength": -1 if minlength is None else minlength,
            "maxlength": -1 if maxlength is None else maxlength,
            "binary_output": binary_output,
        }
        if isinstance(values, SparseTensor):
            amounts = _sparse_weights(values, weights)
            if axis == 0:
                return SparseTensor(*op("DenseCountSparseOutput")(values.values, amounts, **options))
            return SparseTensor(*op("SparseCountSparseOutput")(*parts(values), amounts, **options))
        if _is_ragged(values):
            amounts = _ragged_weights(values, weights)
            if axis == 0:
                return SparseTensor(*op("DenseCountSparseOutput")(values.flat_values, amounts, **options))
            return SparseTensor(*op("RaggedCountSparseOutput")(values.row_splits, values.values, amounts, **options))
        amounts = _dense_weights(values, weights)
        if axis == 0:
            values = op("Reshape")(values, [-1])
            amounts = amounts if weights is None else op("Reshape")(amounts, [-1])
        return SparseTensor(*op("DenseCountSparseOutput")(values, amounts, **options))


def bincount_of_sparse(
    arr, weights=None, minlength=None, maxlength=None, dtype=dtypes.int32, name=None, axis=None, binary_output=False
):
    """`tf.math.bincount` of a SparseTensor."""
    if not isinstance(arr, SparseTensor):
        raise ValueError("`arr` must be a SparseTensor if `weights` is one")
    with composed(name or "bincount"):
        axis = _checked_options(weights, axis, binary_output)
        if not arr.dtype.is_integer:
            arr = arr.with_values(cast(arr.values, dtypes.int32))
        values = arr.values
        nonempty = cast(op("Greater")(op("Size")(values), 0), values.dtype)
        size = nonempty * (reduce_max(values) + 1)
        if minlength is not None:
            size = op("Maximum")(convert_to_tensor(minlength, values.dtype), size)
        if maxlength is not None:
            size = op("Minimum")(convert_to_tensor(maxlength, values.dtype), size)
        amounts = _sparse_weights(arr, weights, dtype)
        if axis == 0:
            return op("DenseBincount")(values, size, amounts, binary_output=binary_output)
        return op("SparseBincount")(*parts(arr), size, amounts, binary_output=binary_output)
