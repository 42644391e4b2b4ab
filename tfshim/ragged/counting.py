"""`tf.math.bincount` of ragged tensors."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.api.assertions import checked
from tfshim.api.naming import composed
from tfshim.convert import convert_to_tensor
from tfshim.namespaces import resolve
from tfshim.ops import op
from tfshim.ragged import index
from tfshim.ragged.tensor import is_ragged


def bincount(
    arr, weights=None, minlength=None, maxlength=None, dtype=dtypes.int32, name=None, axis=None, binary_output=False
):
    """`tf.math.bincount`: in all values, or with axis -1 in each row."""
    if weights is not None and not is_ragged(weights):
        raise ValueError(
            f"`weights` must be a RaggedTensor if `arr` is a RaggedTensor. Received argument weights={weights} of "
            f"type: {type(weights).__name__}."
        )
    if axis != -1:
        dense: Any = resolve("math.bincount")
        flat_weights = None if weights is None else weights.flat_values
        return dense(arr.flat_values, flat_weights, minlength, maxlength, dtype, name, axis, binary_output)
    if arr.ragged_rank > 1:
        raise ValueError(f"Rows of a ragged tensor of ragged rank {arr.ragged_rank} cannot be counted: only of rank 1")
    with composed(name or "bincount"):
        if weights is not None and binary_output:
            raise ValueError("Arguments `binary_output` and `weights` are mutually exclusive. Please specify only one.")
        values = arr.values if arr.dtype.is_integer else op("Cast")(arr.values, DstT=dtypes.int32)
        # An empty tensor has no greatest value: it needs no bins.
        nonempty = op("Cast")(op("Greater")(op("Size")(values), 0), DstT=values.dtype)
        size = op("Mul")(nonempty, op("AddV2")(op("Max")(values, 0), 1))
        if minlength is not None:
            size = op("Maximum")(convert_to_tensor(minlength, values.dtype), size)
        if maxlength is not None:
            size = op("Minimum")(convert_to_tensor(maxlength, values.dtype), size)
        if weights is None:
            amounts = convert_to_tensor([], dtype)
        else:
            same = op("All")(op("Equal")(arr.row_splits, weights.row_splits), [0])
            amounts = checked(weights.values, same, ["'weights' and 'arr' must have the same row splits"])
        splits = index.cast(arr.row_splits, dtypes.int64)
        return op("RaggedBincount")(splits, values, size, amounts, binary_output=binary_output)
