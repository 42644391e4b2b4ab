"""How the elements of one tensor lie in a data file: as they are in memory; strings by lengths, then characters."""

from __future__ import annotations

import struct

import numpy as np

from tfshim import dtypes
from tfshim.data.crc import masked_crc
from tfshim.dtypes import DType
from tfshim.errors import DataLossError, UnimplementedError
from tfshim.protos.content import read_varint, varint


def encode(array: np.ndarray, dtype: DType) -> tuple[np.ndarray | bytes, int]:
    """The bytes of a tensor and their checksum."""
    if dtype is dtypes.string:
        return _encode_strings(array.ravel().tolist())
    if dtype is dtypes.variant or dtype is dtypes.resource:
        raise UnimplementedError(None, None, f"tensors of dtype {dtype.name} cannot be saved")
    data = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    return data, masked_crc(data)


def decode(data: np.ndarray, checksum: int, dtype: DType, shape: tuple[int, ...], where: str) -> np.ndarray:
    """The tensor in bytes; DataLossError if they were changed (`where` says in which file, for the message)."""
    if dtype is dtypes.string:
        return _decode_strings(data.tobytes(), checksum, shape, where)
    if masked_crc(data) != checksum:
        raise _changed(where, checksum, masked_crc(data))
    numpy_dtype = np.dtype(dtype.as_numpy_dtype)
    count = int(np.prod(shape, dtype=np.int64))
    if data.size != count * numpy_dtype.itemsize:
        raise DataLossError(None, None, f"{where}: {data.size} bytes are not {count} elements of {dtype.name}")
    return data.view(numpy_dtype).reshape(shape)


def _changed(where: str, stored: int, found: int) -> DataLossError:
    text = f"{where}: Checksum does not match: stored {stored} vs. calculated on the restored bytes {found}"
    return DataLossError(None, None, text)


def _encode_strings(elements: list[bytes]) -> tuple[bytes, int]:
    elements = [e.encode() if isinstance(e, str) else e for e in elements]
    lengths, length_checksum = _checked_lengths([len(e) for e in elements])
    characters = b"".join(elements)
    head = b"".join([varint(len(e)) for e in elements])
    return head + length_checksum + characters, masked_crc(lengths + length_checksum + characters)


def _checked_lengths(lengths: list[int]) -> tuple[bytes, bytes]:
    """The lengths in fixed width, and the checksum of these."""
    if all(n < 1 << 32 for n in lengths):
        fixed = np.array(lengths, "<u4").tobytes()
    else:
        fixed = b"".join(struct.pack("<I" if n < 1 << 32 else "<Q", n) for n in lengths)
    return fixed, struct.pack("<I", masked_crc(fixed))


def _decode_strings(data: bytes, checksum: int, shape: tuple[int, ...], where: str) -> np.ndarray:
    count = int(np.prod(shape, dtype=np.int64))
    result = np.empty(count, object)
    try:
        lengths, at = [], 0
        for _ in range(count):
            length, at = read_varint(data, at)
            lengths.append(length)
        (stored,) = struct.unpack_from("<I", data, at)
    except (IndexError, struct.error):
        raise DataLossError(None, None, f"{where}: the lengths of strings are cut off") from None
    fixed, expected = _checked_lengths(lengths)
    if stored != struct.unpack("<I", expected)[0]:
        raise DataLossError(
            None,
            None,
            f"The length checksum does not match: expected {stored} but actual is {struct.unpack('<I', expected)[0]}",
        )
    found = masked_crc(fixed + data[at:])
    if found != checksum:
        raise _changed(where, checksum, found)
    at += 4
    for i, length in enumerate(lengths):
        result[i] = data[at : at + length]
        at += length
    return result.reshape(shape)
