"""The records of TFRecord files and their checksums."""

import struct

import google_crc32c

_DELTA = 0xA282EAD8
_MASK = 0xFFFFFFFF


def masked_crc(data: bytes) -> int:
    """The CRC-32C of `data`, rotated and shifted, so that a checksum of checksums is not a special case."""
    crc = google_crc32c.value(data)
    return (((crc >> 15) | (crc << 17)) + _DELTA) & _MASK


def framed(data: bytes) -> bytes:
    """A record as it stands in a file: its length and itself, each with a checksum."""
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked_crc(length)) + data + struct.pack("<I", masked_crc(data))
