"""`tensorflow.python.ops.ragged.ragged_tensor`: what is ragged."""

from typing import Any

from tfshim.ragged.tensor import is_ragged, ragged_or_dense

__all__ = ["is_ragged"]


def convert_to_tensor_or_ragged_tensor(value, dtype=None, preferred_dtype=None, name=None) -> Any:
    """A ragged tensor as it is, anything else as a tensor, or a ragged one if it is a nested list of such lengths."""
    return ragged_or_dense(value, dtype, name, preferred_dtype)


def match_row_splits_dtypes(*tensors: Any, return_dtype: bool = False) -> Any:
    """The tensors, once it is known that the row splits of the ragged ones have one dtype; ValueError if they do not.

    With `return_dtype=True`, the pair of that dtype (None if nothing is ragged) and the list of tensors.
    """
    found = {t.row_splits.dtype for t in tensors if is_ragged(t)}
    if len(found) > 1:
        raise ValueError(
            "Input RaggedTensors have mismatched row_splits dtypes; use RaggedTensor.with_row_splits_dtype() to "
            "convert them to compatible dtypes."
        )
    return (next(iter(found), None), list(tensors)) if return_dtype else list(tensors)
