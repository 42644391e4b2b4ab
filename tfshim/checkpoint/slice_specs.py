"""Slices of saved tensors: their text (`"4 3 0,2:-"`), their proto, and the keys under which they are stored.

A slice is a tuple with `(start, length)` for each dimension; None stands for a whole dimension.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tfshim.errors import InternalError
from tfshim.ops.shape_helpers import invalid, shape_text

Extent = tuple[int, int] | None
Slice = tuple[Extent, ...]


def parse_spec(spec: str) -> tuple[tuple[int, ...], Slice]:
    """The full shape and the slice in a specification; InvalidArgumentError if it is none."""
    *sizes, text = spec.split(" ")
    if not sizes:
        raise invalid(f"Need least two elements in shape_and_slice specification: {spec}")
    try:
        shape = tuple(int(size) for size in sizes)
    except ValueError:
        raise invalid(f"Non numerical dimension in shape_and_slice: {spec}") from None
    extents = parse_slice(text)
    if len(extents) != len(shape):
        raise invalid(f"Mismatching ranks: shape = {shape_text(shape)}, slice = {slice_text(extents)}")
    for axis, extent in enumerate(extents):
        if extent is not None and (extent[0] >= shape[axis] or sum(extent) > shape[axis]):
            raise InternalError(
                None,
                None,
                f"Extent in dimension {axis} out of bounds: shape = {shape_text(shape)}, slice = {slice_text(extents)}",
            )
    return shape, extents


def parse_slice(text: str) -> Slice:
    """The slice in a text such as `0,2:-`."""
    return tuple(_extent(part, text) for part in text.split(":"))


def _extent(part: str, text: str) -> Extent:
    if part == "-":
        return None
    numbers = part.split(",")
    try:
        start, length = (int(n) for n in numbers)
    except ValueError:
        raise invalid(f"Expected a pair of numbers or '-' but got '{part}': string = {text}") from None
    if start < 0 or length <= 0:
        raise invalid(f"Expected non-negative start and positive length but got start = {start}, length = {length}")
    return start, length


def slice_text(extents: Slice) -> str:
    """The text of a slice."""
    return ":".join("-" if e is None else f"{e[0]},{e[1]}" for e in extents)


def full_slice(shape: Sequence[int]) -> Slice:
    """All of a tensor."""
    return (None,) * len(shape)


def bounds(extents: Slice, shape: Sequence[int]) -> list[tuple[int, int]]:
    """First index and end in each dimension."""
    return [(0, size) if e is None else (e[0], sum(e)) for e, size in zip(extents, shape, strict=True)]


def shape_of(extents: Slice, shape: Sequence[int]) -> tuple[int, ...]:
    """The shape of a slice of a tensor."""
    return tuple(end - begin for begin, end in bounds(extents, shape))


def to_proto(extents: Slice) -> Any:
    """The `TensorSliceProto`."""
    from tfshim import protos

    made = protos.TensorSliceProto()
    for extent in extents:
        added = made.extent.add()
        if extent is not None:
            if extent[0]:
                added.start = extent[0]
            added.length = extent[1]
    return made


def from_proto(proto: Any) -> Slice:
    """The slice in a `TensorSliceProto`."""
    return tuple((e.start, e.length) if e.HasField("length") else None for e in proto.extent)


# Keys: an encoding under which the order of bytes is that of (name, slice).


def slice_key(name: str, extents: Slice) -> bytes:
    """The key of a stored slice of a tensor."""
    key = _number(0) + _text(name.encode()) + _number(len(extents))
    for extent in extents:
        start, length = (0, -1) if extent is None else extent
        key += _signed_number(start) + _signed_number(length)
    return key


def _number(value: int) -> bytes:
    digits = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes([len(digits)]) + digits


_ESCAPED = {b"\x00": b"\x00\xff", b"\xff": b"\xff\x00"}


def _text(value: bytes) -> bytes:
    return re.sub(rb"[\x00\xff]", lambda m: _ESCAPED[m[0]], value) + b"\x00\x01"


def _signed_number(value: int) -> bytes:
    """As many leading one bits (zero bits, if negative) as there are bytes, then the value in two's complement."""
    magnitude = ~value if value < 0 else value
    length = max(1, magnitude.bit_length() // 7 + 1)
    bits = 8 * length
    header = ((1 << length) - 1) << (bits - length)
    encoded = (magnitude | header) & ((1 << bits) - 1)
    if value < 0:
        encoded ^= (1 << bits) - 1
    return encoded.to_bytes(length, "big")
