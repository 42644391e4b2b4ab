"""Datasets of the lines and records of files."""

from __future__ import annotations

import glob
import gzip
import io
import itertools
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import numpy as np

from tfshim import dtypes
from tfshim.convert import convert_to_tensor
from tfshim.data.crc import masked_crc
from tfshim.data.stages import UNKNOWN, Run, Stage
from tfshim.data.structure import Raw
from tfshim.errors import DataLossError, InvalidArgumentError, NotFoundError

_LENGTH = struct.Struct("<Q")
_CHECKSUM = struct.Struct("<I")
_COMPRESSIONS = ("", "GZIP", "ZLIB")


def open_compressed(name: str, compression: str) -> BinaryIO:
    """A file as a stream of its uncompressed bytes.

    Raises:
      NotFoundError: there is no such file.
      InvalidArgumentError: unknown compression.
    """
    if compression not in _COMPRESSIONS:
        raise InvalidArgumentError(None, None, f"Unsupported compression type: {compression}")
    try:
        file = open(name, "rb")
    except FileNotFoundError:
        raise NotFoundError(None, None, f"{name}; No such file or directory") from None
    if compression == "GZIP":
        file.close()
        return gzip.open(name, "rb")  # type: ignore[return-value]
    if compression == "ZLIB":
        with file:
            return io.BytesIO(zlib.decompress(file.read()))
    return file


def records(name: str, compression: str) -> Iterator[bytes]:
    """The records of a TFRecord file.

    Raises:
      DataLossError: the file is truncated or damaged.
    """
    with open_compressed(name, compression) as file:
        offset = 0
        while True:
            header = file.read(12)
            if not header:
                return
            if len(header) < 12:
                raise DataLossError(None, None, f"truncated record at {offset} in {name}")
            (length,) = _LENGTH.unpack(header[:8])
            if _CHECKSUM.unpack(header[8:])[0] != masked_crc(header[:8]):
                raise DataLossError(None, None, f"corrupted record at {offset} in {name}")
            body = file.read(length + 4)
            if len(body) < length + 4:
                raise DataLossError(None, None, f"truncated record at {offset} in {name}")
            data = body[:length]
            if _CHECKSUM.unpack(body[length:])[0] != masked_crc(data):
                raise DataLossError(None, None, f"corrupted record at {offset} in {name}")
            yield data
            offset += length + 16


def lines(name: str, compression: str) -> Iterator[bytes]:
    """The lines of a file without their ends, which are `\\n` or `\\r\\n`."""
    with open_compressed(name, compression) as file:
        for line in file:
            line = line.removesuffix(b"\n")
            yield line.removesuffix(b"\r")


def blocks(name: str, compression: str, size: int, header: int, footer: int) -> Iterator[bytes]:
    """The records of fixed size of a file, without its header and footer."""
    with open_compressed(name, compression) as file:
        data = file.read()
    body = data[header : len(data) - footer]
    if len(body) % size:
        raise InvalidArgumentError(
            None,
            None,
            f'Excluding the header ({header} bytes) and footer ({footer} bytes), input file "{name}" has body length '
            f"{len(body)} bytes, which is not an exact multiple of the record length ({size} bytes).",
        )
    for start in range(0, len(body), size):
        yield body[start : start + size]


class FileElements(Stage):
    """What a reader gives for each of some files, one after the other."""

    def __init__(self, filenames: np.ndarray, compression: np.ndarray, *parameters: Any, read: Callable[..., Any]):
        super().__init__()
        self._names = [n.decode() for n in np.atleast_1d(filenames).ravel().tolist()]
        self._compression = np.asarray(compression).item().decode()
        self._parameters = [int(p) for p in parameters]
        self._read = read

    def iterate(self, run: Run) -> Iterator[Raw]:
        every = itertools.chain.from_iterable(
            self._read(name, self._compression, *self._parameters) for name in self._names
        )
        return map(_as_raw, every)

    def cardinality(self) -> int:
        return UNKNOWN


def _as_raw(value: bytes) -> Raw:
    array = np.empty((), object)
    array[()] = value
    return (array,)


def matching_files(file_pattern: Any) -> np.ndarray:
    """The names of the files that match glob patterns, sorted.

    Raises:
      InvalidArgumentError: there are none.
    """
    patterns = np.atleast_1d(convert_to_tensor(file_pattern, dtypes.string).host_value())  # type: ignore[attr-defined]
    texts = [p.decode() for p in patterns.ravel().tolist()]
    found = sorted(itertools.chain.from_iterable(map(glob.glob, texts)))
    if not found:
        raise InvalidArgumentError(None, None, f"No files matched pattern: {', '.join(texts)}")
    return np.array([f.encode() for f in found], object)
