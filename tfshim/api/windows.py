"""What the public convolution and pooling functions share: how they read strides, paddings and formats."""

from __future__ import annotations

from collections.abc import Sized

CHANNELS_LAST = {1: "NWC", 2: "NHWC", 3: "NDHWC"}


def per_dimension(value, n: int, channel_index: int, name: str) -> list[int]:
    """A stride, dilation or window size for each dimension, from one number or one per spatial dimension."""
    if value is None:
        return [1] * (n + 2)
    values = list(value) if isinstance(value, Sized) else [value]
    if len(values) == n + 2:
        return values
    if len(values) == 1:
        values = values * n
    elif len(values) != n:
        raise ValueError(
            f"{name} should be of length 1, {n} or {n + 2}. Received: {name}={values} of length {len(values)}"
        )
    return [1, 1, *values] if channel_index == 1 else [1, *values, 1]


def split_padding(padding, expected_length: int = 4):
    """The `padding` and `explicit_paddings` attributes from "SAME", "VALID" or a list of pairs."""
    if isinstance(padding, str):
        if padding == "EXPLICIT":
            raise ValueError("'EXPLICIT' is not a valid value for `padding`: to use explicit padding, give a list.")
        return padding, ()
    if not isinstance(padding, (list, tuple)):
        return padding, ()
    flat: list[int] = []
    for i, pair in enumerate(padding):
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise ValueError(
                "When `padding` is a list, each element of `padding` must be a list/tuple of size 2. "
                f"Received: padding={padding} with element {pair!r} at index {i}"
            )
        flat.extend(pair)
    if len(padding) != expected_length:
        raise ValueError(
            f"When padding is a list, it must be of size {expected_length}. "
            f"Received: padding={padding} of size {len(padding)}"
        )
    return "EXPLICIT", tuple(flat)


def is_channels_first(data_format: str | None) -> bool:
    return data_format is not None and data_format.startswith("NC")


def two_dimensional_format(data_format: str | None) -> str:
    """The format in which an op of two spatial dimensions sees the data of a function of one."""
    if data_format in (None, "NWC", "NHWC"):
        return "NHWC"
    if data_format in ("NCW", "NCHW"):
        return "NCHW"
    raise ValueError(f"`data_format` must be 'NWC' or 'NCW'. Received: data_format={data_format}")
