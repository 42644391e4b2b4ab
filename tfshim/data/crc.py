"""The checksum of TFRecord files."""

import google_crc32c

_DELTA = 0xA282EAD8
_MASK = 0xFFFFFFFF


def masked_crc(data: bytes) -> int:
    """The CRC-32C of `data`, rotated and shifted, so that a checksum of checksums is not a special case."""
    crc = google_crc32c.value(data)
    return (((crc >> 15) | (crc << 17)) + _DELTA) & _MASK
