"""Serialized `TensorProto`s that hold all elements in one field, as TensorFlow's runtime writes tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim import dtypes, protos
from tfshim.ops.shape_helpers import invalid
from tfshim.protos.convert import make_ndarray, shape_to_proto


def array_to_bytes(array: np.ndarray) -> bytes:
    """The serialized proto of an array; strings are object arrays of `bytes`."""
    dtype = dtypes.as_dtype(array.dtype)
    if dtype is dtypes.string:
        elements = array.ravel().tolist()
        content = b"".join([*(varint(len(e)) for e in elements), *elements])
    else:
        content = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    proto = protos.TensorProto(
        dtype=dtype.as_datatype_enum, tensor_shape=shape_to_proto(array.shape), tensor_content=content
    )
    return proto.SerializeToString(deterministic=True)


def array_from_bytes(serialized: bytes) -> np.ndarray:
    """The array in a serialized proto; InvalidArgumentError if it is none."""
    proto: Any = protos.TensorProto()
    try:
        proto.ParseFromString(serialized)
        if dtypes.as_dtype(proto.dtype) is dtypes.string and proto.tensor_content:
            return _strings(proto)
        return make_ndarray(proto)
    except Exception as error:
        raise invalid("Could not parse serialized proto") from error


def _strings(proto: Any) -> np.ndarray:
    shape = tuple(d.size for d in proto.tensor_shape.dim)
    count = int(np.prod(shape, dtype=np.int64))
    content, at, sizes = proto.tensor_content, 0, []
    for _ in range(count):
        size, at = read_varint(content, at)
        sizes.append(size)
    result = np.empty(count, object)
    for i, size in enumerate(sizes):
        result[i] = content[at : at + size]
        at += size
    return result.reshape(shape)


def varint(value: int) -> bytes:
    """Seven bits a byte, lowest first; all bytes but the last have the eighth bit set."""
    result = bytearray()
    while value > 0x7F:
        result.append(value & 0x7F | 0x80)
        value >>= 7
    result.append(value)
    return bytes(result)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
