"""`tensorflow.python.layers.utils`: sizes of convolutions, and conditions."""

from typing import Any

from tfshim.compat.private.framework_smart_cond import smart_cond, smart_constant_value

__all__ = ["smart_cond"]


def constant_value(pred: Any) -> Any:
    """The value of a condition if it is known, else None."""
    return None if hasattr(pred, "handle") else smart_constant_value(pred)


def normalize_tuple(value: Any, n: int, name: str) -> tuple[int, ...]:
    """`n` integers: one repeated, or a sequence of so many; ValueError for others."""
    if isinstance(value, int):
        return (value,) * n
    problem = ValueError(f"Argument `{name}` must be a tuple of {n} integers. Received: {value}")
    try:
        given = tuple(value)
        if len(given) != n or any(int(v) != v for v in given):
            raise problem
    except (TypeError, ValueError):
        raise problem from None
    return tuple(int(v) for v in given)


def conv_output_length(input_length: Any, filter_size: int, padding: str, stride: int, dilation: int = 1) -> Any:
    """How many windows a convolution has along one axis; `padding` is "same", "valid" or "full"."""
    if input_length is None:
        return None
    size = filter_size + (filter_size - 1) * (dilation - 1)
    length = {"same": input_length, "valid": input_length - size + 1, "full": input_length + size - 1}[padding]
    return (length + stride - 1) // stride
