"""Sorted tables of byte strings in one file: the format of LevelDB's tables, which checkpoint indices have.

A table is a sequence of blocks, then a footer. A block holds entries whose keys omit what they share with the key
before, and is followed by a byte for its compression and a checksum. The index block has an entry for each data block:
a short key between its last one and the first one of the next block, and where it lies.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from tfshim.checkpoint.snappy import decompressed
from tfshim.data.crc import masked_crc
from tfshim.errors import DataLossError
from tfshim.protos.content import read_varint, varint

_MAGIC = struct.pack("<Q", 0xDB4775248B80FB57)
_FOOTER_BYTES = 48
_TRAILER_BYTES = 5
_BLOCK_BYTES = 1 << 18
# Every so many entries a key is written whole, so that a reader can start there.
_RESTART_INTERVAL = 16
_UNCOMPRESSED, _SNAPPY = 0, 1


def write_table(file: BinaryIO, entries: Iterable[tuple[bytes, bytes]]) -> None:
    """Writes pairs of key and value, which come in the order of their keys."""
    index = _Block(1)
    block = _Block(_RESTART_INTERVAL)
    at, last = 0, b""
    full: bytes | None = None

    def put(written: _Block) -> bytes:
        """Writes a block; where it lies, as a value of the index."""
        nonlocal at
        content = written.content()
        trailer = bytes([_UNCOMPRESSED])
        file.write(content + trailer + struct.pack("<I", masked_crc(content + trailer)))
        handle = varint(at) + varint(len(content))
        at += len(content) + _TRAILER_BYTES
        return handle

    for key, value in entries:
        if full is not None:
            index.add(_separator(last, key), full)
            full = None
        block.add(key, value)
        last = key
        if block.size >= _BLOCK_BYTES:
            full = put(block)
            block = _Block(_RESTART_INTERVAL)
    if block.data:
        full = put(block)
    if full is not None:
        index.add(_successor(last), full)
    meta_handle = put(_Block(_RESTART_INTERVAL))
    handles = meta_handle + put(index)
    file.write(handles.ljust(_FOOTER_BYTES - len(_MAGIC), b"\0") + _MAGIC)


def _separator(last: bytes, following: bytes) -> bytes:
    """A short key that is not before `last`, but before `following`."""
    shared = _shared_length(last, following)
    if shared < min(len(last), len(following)) and last[shared] + 1 < following[shared]:
        return last[:shared] + bytes([last[shared] + 1])
    return last


def _successor(last: bytes) -> bytes:
    """A short key that is not before `last`."""
    for i, byte in enumerate(last):
        if byte != 0xFF:
            return last[:i] + bytes([byte + 1])
    return last


class _Block:
    """A block that is being filled."""

    def __init__(self, restart_interval: int):
        self.data = bytearray()
        self._interval = restart_interval
        self._restarts = [0]
        self._count = 0
        self._last = b""

    def add(self, key: bytes, value: bytes) -> None:
        """Appends an entry."""
        shared = 0
        if self._count and self._count % self._interval == 0:
            self._restarts.append(len(self.data))
        elif self._count:
            shared = _shared_length(self._last, key)
        self.data += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        self._last = key
        self._count += 1

    @property
    def size(self) -> int:
        """The length of the content."""
        return len(self.data) + 4 * len(self._restarts) + 4

    def content(self) -> bytes:
        """The entries, and where keys are whole."""
        return bytes(self.data) + struct.pack(f"<{len(self._restarts) + 1}I", *self._restarts, len(self._restarts))


def _shared_length(a: bytes, b: bytes) -> int:
    end = min(len(a), len(b))
    if a[:end] == b[:end]:
        return end
    return next(i for i in range(end) if a[i] != b[i])


def read_table(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The pairs in the bytes of a table.

    Raises:
      DataLossError: what is there is no table, or was changed.
    """
    if len(data) < _FOOTER_BYTES:
        raise DataLossError(None, None, "file is too short to be an sstable")
    footer = data[-_FOOTER_BYTES:]
    if not footer.endswith(_MAGIC):
        raise DataLossError(None, None, "not an sstable (bad magic number)")
    try:
        _, at = _read_handle(footer, 0)
        (offset, size), _ = _read_handle(footer, at)
        for _, value in _entries(_block(data, offset, size)):
            (offset, size), _ = _read_handle(value, 0)
            yield from _entries(_block(data, offset, size))
    except (IndexError, ValueError, struct.error):
        raise DataLossError(None, None, "bad entry in block") from None


def _read_handle(data: bytes, at: int) -> tuple[tuple[int, int], int]:
    offset, at = read_varint(data, at)
    size, at = read_varint(data, at)
    return (offset, size), at


def _block(data: bytes, offset: int, size: int) -> bytes:
    end = offset + size
    if end + _TRAILER_BYTES > len(data):
        raise DataLossError(None, None, "truncated block read")
    (checksum,) = struct.unpack_from("<I", data, end + 1)
    if masked_crc(data[offset : end + 1]) != checksum:
        raise DataLossError(None, None, "block checksum mismatch")
    kind, content = data[end], data[offset:end]
    if kind == _SNAPPY:
        return decompressed(content)
    if kind != _UNCOMPRESSED:
        raise DataLossError(None, None, "bad block type")
    return content


def _entries(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    (restarts,) = struct.unpack_from("<I", content, len(content) - 4)
    end = len(content) - 4 * (restarts + 1)
    at, key = 0, b""
    while at < end:
        shared, at = read_varint(content, at)
        fresh, at = read_varint(content, at)
        size, at = read_varint(content, at)
        key = key[:shared] + content[at : at + fresh]
        at += fresh
        yield key, content[at : at + size]
        at += size
