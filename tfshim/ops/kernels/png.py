"""The kernel that writes PNG images."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from tfshim.ops.kernels.array_common import host_array
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid

# PNG's colour types by number of channels: grey, grey and alpha, colours, colours and alpha.
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}


def png(image: np.ndarray, level: int = -1) -> bytes:
    """An image [height, width, channels] of uint8 or uint16 as a PNG file."""
    height, width, channels = image.shape
    if channels not in _COLOUR_TYPES:
        raise invalid(f"image must have 1, 2, 3, or 4 channels, got {channels}")
    if not image.size:
        raise invalid("image cannot be empty")
    bits = image.dtype.itemsize * 8
    header = struct.pack(">IIBBBBB", width, height, bits, _COLOUR_TYPES[channels], 0, 0, 0)
    rows = image.astype(image.dtype.newbyteorder(">")).reshape(height, -1)
    # Each row starts with the number of its filter: 0 for none.
    data = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows), level)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*c) for c in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@kernel("EncodePng", host=True)
def encode_png(image, *, compression):
    if image.ndim < 3:
        raise invalid(f"image must be at least rank 3, got shape {list(image.shape)}")
    encoded = np.empty(image.shape[:-3], object)
    for index in np.ndindex(encoded.shape):
        encoded[index] = png(image[index], compression)
    return host_array(encoded)


@shape_function("EncodePng")
def _(op):
    return op.shape(0)[:-3]
