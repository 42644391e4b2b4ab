"""`tensorflow.python.framework.ops`: conversions under their older names."""

from typing import Any

from tfshim.convert import convert_to_tensor as _convert
from tfshim.type_spec import CompositeTensor


def convert_to_tensor(value, dtype=None, name=None, as_ref=False, preferred_dtype=None, dtype_hint=None) -> Any:
    """As `tf.convert_to_tensor`, with the parameters of TensorFlow 1."""
    return _convert(value, dtype, name, hint=preferred_dtype or dtype_hint)


def convert_to_tensor_or_composite(value, dtype=None, name=None) -> Any:
    """A composite tensor as it is, anything else as a tensor.

    Raises:
      RuntimeError: if the composite tensor has another dtype than the one asked for.
    """
    if not isinstance(value, CompositeTensor):
        return _convert(value, dtype, name)
    if dtype is not None and not dtype.is_compatible_with(value.dtype):  # type: ignore[attr-defined]
        raise RuntimeError(
            f"Tensor conversion dtype mismatch: requested dtype is {dtype.name}, "
            f"composite tensor dtype is {value.dtype}."  # type: ignore[attr-defined]
        )
    return value
