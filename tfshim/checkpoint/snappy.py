"""Decompression of blocks in Snappy's format, which old indices of checkpoints are in."""

from __future__ import annotations

from tfshim.protos.content import read_varint

_LITERAL, _NEAR_COPY, _COPY = 0, 1, 2


def decompressed(data: bytes) -> bytes:
    """The content of a compressed block; ValueError or IndexError if it is none."""
    size, at = read_varint(data, 0)
    result = bytearray()
    while at < len(data):
        tag = data[at]
        kind, at = tag & 3, at + 1
        if kind == _LITERAL:
            length, at = _literal_length(data, at, tag >> 2)
            result += data[at : at + length]
            at += length
            continue
        if kind == _NEAR_COPY:
            length, offset, width = (tag >> 2 & 7) + 4, tag >> 5 << 8 | data[at], 1
        else:
            width = 2 if kind == _COPY else 4
            length, offset = (tag >> 2) + 1, int.from_bytes(data[at : at + width], "little")
        at += width
        _copy(result, offset, length)
    if len(result) != size:
        raise ValueError(f"{size} bytes were compressed, but {len(result)} came out")
    return bytes(result)


def _literal_length(data: bytes, at: int, short: int) -> tuple[int, int]:
    """The length of a literal, and where it begins: long lengths stand in the bytes before it."""
    if short < 60:
        return short + 1, at
    width = short - 59
    return int.from_bytes(data[at : at + width], "little") + 1, at + width


def _copy(result: bytearray, offset: int, length: int) -> None:
    """Appends what begins so many bytes before the end; if that is too short, it repeats."""
    if not 0 < offset <= len(result):
        raise ValueError("a copy of what is not there")
    start = len(result) - offset
    piece = bytes(result[start : start + length])
    result += (piece * (length // len(piece) + 1))[:length]
