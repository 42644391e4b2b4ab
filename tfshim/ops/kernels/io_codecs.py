"""Kernels from bytes to numbers and back: raw numbers, base64, compression, tensors as protos."""

from __future__ import annotations

import base64
import binascii
import gzip
import zlib
from typing import Any

import numpy as np

from tfshim import dtypes, protos
from tfshim.dtypes import DType
from tfshim.errors import DataLossError
from tfshim.ops.kernels.array_common import host_array
from tfshim.ops.kernels.strings import each
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR, UNKNOWN, invalid, same_shape
from tfshim.shapes import from_dims

# Raw numbers -----------------------------------------------------------------------------------------------


def _numbers(data: bytes, dtype: DType, little_endian: bool, shape: tuple[int, ...]) -> np.ndarray:
    kind = np.dtype(dtype.as_numpy_dtype)
    array = np.frombuffer(data, kind).reshape(shape)
    if little_endian or kind.itemsize == 1:
        return array.copy()
    if kind.kind == "c":  # of which each part is swapped
        part = np.dtype(kind.char.lower())
        return array.view(part).byteswap().view(kind).reshape(shape)
    return array.byteswap()


@kernel("DecodeRaw", host=True)
def decode_raw(bytes, *, out_type, little_endian):
    texts = bytes.ravel().tolist()
    size = np.dtype(out_type.as_numpy_dtype).itemsize
    if not texts:
        return np.zeros((*bytes.shape, 0), out_type.as_numpy_dtype)
    length = len(texts[0])
    for i, text in enumerate(texts):
        if len(text) != length:
            raise invalid(
                "DecodeRaw requires input strings to all be the same size, but element "
                f"{i} has size {length} != {len(text)}"
            )
    if length % size:
        raise invalid(
            f"Input to DecodeRaw has length {length} that is not a multiple of {size}, the size of {out_type.name}"
        )
    return _numbers(b"".join(texts), out_type, little_endian, (*bytes.shape, length // size))


@shape_function("DecodeRaw")
def _(op):
    return op.shape(0).concatenate(from_dims((None,)))


@kernel("DecodePaddedRaw", host=True)
def decode_padded_raw(input_bytes, fixed_length, *, out_type, little_endian):
    length, size = int(fixed_length), np.dtype(out_type.as_numpy_dtype).itemsize
    if length <= 0:
        raise invalid(f"`fixed_length` ({length}) must be greater than zero.")
    if length % size:
        raise invalid(
            f"`fixed_length` ({length}) must be a multiple of the size of `out_type` ({size}), which is {out_type.name}"
        )
    texts = [t[:length].ljust(length, b"\0") for t in input_bytes.ravel().tolist()]
    return _numbers(b"".join(texts), out_type, little_endian, (*input_bytes.shape, length // size))


@shape_function("DecodePaddedRaw")
def _(op):
    length = op.static(1)
    size = np.dtype(op.attr("out_type").as_numpy_dtype).itemsize
    return op.shape(0).concatenate(from_dims((None if length is None else int(length) // size,)))


# Base64, for URLs ------------------------------------------------------------------------------------------


@kernel("EncodeBase64", host=True)
def encode_base64(input, *, pad):
    def encode(text: bytes) -> bytes:
        encoded = base64.urlsafe_b64encode(text)
        return encoded if pad else encoded.rstrip(b"=")

    return each(encode, input)


@kernel("DecodeBase64", host=True)
def decode_base64(input):
    return each(_decode_base64, input)


def _decode_base64(text: bytes) -> bytes:
    body = text.rstrip(b"=")
    fits = len(text) - len(body) <= 2 and len(body) % 4 != 1 and (body == text or len(text) % 4 == 0)
    if not fits or any(c in b"+/" for c in body):
        raise invalid("Invalid character found in base64.")
    try:
        padded = body.translate(bytes.maketrans(b"-_", b"+/")) + b"=" * (-len(body) % 4)
        return base64.b64decode(padded, validate=True)
    except binascii.Error:
        raise invalid("Invalid character found in base64.") from None


same_shape("EncodeBase64", "DecodeBase64")


# Compression -----------------------------------------------------------------------------------------------


@kernel("DecodeCompressed", host=True)
def decode_compressed(bytes, *, compression_type):
    expand = {"": lambda text: text, "ZLIB": zlib.decompress, "GZIP": gzip.decompress}.get(compression_type)
    if expand is None:
        raise invalid(
            f"Only ZLIB, GZIP or NONE are supported compressions, but {compression_type!r} was given: its "
            "compression_type is unknown"
        )

    def decode(text: Any) -> Any:
        try:
            return expand(text)
        except (zlib.error, OSError, EOFError) as error:
            raise DataLossError(None, None, f"inflate() failed: {error}") from None

    return each(decode, bytes)


same_shape("DecodeCompressed")


# Tensors as protos -----------------------------------------------------------------------------------------


@kernel("SerializeTensor", host=True)
def serialize_tensor(tensor):
    from tfshim.protos import convert

    proto: Any = protos.TensorProto()  # type: ignore[attr-defined]
    dtype = dtypes.of(tensor.dtype)
    proto.dtype = dtype.as_datatype_enum
    proto.tensor_shape.CopyFrom(convert.shape_to_proto(tensor.shape))
    if tensor.dtype == object:
        proto.string_val.extend(tensor.ravel().tolist())
    else:
        proto.tensor_content = np.ascontiguousarray(tensor).tobytes()
    return host_array(proto.SerializeToString(deterministic=True))


@kernel("ParseTensor", host=True)
def parse_tensor(serialized, *, out_type):
    from google.protobuf.message import DecodeError

    from tfshim.protos import convert

    if serialized.ndim:
        raise invalid(f"Expected `serialized` to be a scalar, got shape: {list(serialized.shape)}")
    try:
        proto = protos.TensorProto.FromString(serialized.item())  # type: ignore[attr-defined]
    except DecodeError:
        shown = base64.b64encode(serialized.item()).decode()
        raise invalid(f"Could not parse `serialized` as TensorProto, base64: {shown}") from None
    if proto.dtype != out_type.as_datatype_enum:
        found = dtypes.as_dtype(proto.dtype).name if proto.dtype else "invalid"
        raise invalid(f"Type mismatch between parsed tensor ({found}) and dtype ({out_type.name})")
    array = convert.make_ndarray(proto)
    return host_array(array) if array.dtype == object else array


@shape_function("SerializeTensor")
def _(op):
    return SCALAR


@shape_function("ParseTensor")
def _(op):
    return UNKNOWN
