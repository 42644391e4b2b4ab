"""Kernels between messages of protocol buffers and tensors of their fields.

A field of proto3 that does not tell its default from its absence counts as absent where it holds the default.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfshim import dtypes, protos
from tfshim.dtypes import DType
from tfshim.errors import DataLossError
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import UNKNOWN, invalid, shape_text
from tfshim.shapes import from_dims

# What the fields of a type, as `FieldDescriptor.cpp_type` tells them apart, become: the first one is their own.
_KINDS: dict[int, tuple[DType, ...]] = {
    1: (dtypes.int32, dtypes.int64),
    2: (dtypes.int64,),
    3: (dtypes.uint32, dtypes.int64),
    4: (dtypes.uint64, dtypes.int64),
    5: (dtypes.float64,),
    6: (dtypes.float32, dtypes.float64),
    7: (dtypes.bool,),
    8: (dtypes.int32,),
    9: (dtypes.string,),
    10: (dtypes.string,),
}
_MESSAGE = 10


def _raw(text: str | bytes) -> bytes:
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text


@functools.lru_cache(maxsize=64)
def _descriptor(message_type: bytes, source: bytes) -> Any:
    pool = protos.pool() if source in (b"", b"local://") else _pool_of(source)
    try:
        return pool.FindMessageTypeByName(message_type.decode())
    except KeyError:
        raise invalid(f"No descriptor found for message type {message_type.decode()}") from None


def _pool_of(source: bytes) -> Any:
    from google.protobuf import descriptor_pb2, descriptor_pool
    from google.protobuf.message import DecodeError

    pool = descriptor_pool.DescriptorPool()
    try:
        data = source[len(b"bytes://") :] if source.startswith(b"bytes://") else _read(source.decode())
        for file in descriptor_pb2.FileDescriptorSet.FromString(data).file:
            pool.Add(file)
    except (OSError, DecodeError, TypeError) as error:
        raise invalid(f"Source does not represent serialized file descriptor set proto: {error}") from None
    return pool


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _fields(message_type: Any, source: Any, names: Sequence[str | bytes]) -> tuple[Any, list[Any]]:
    """The class of a message, and the descriptors of its fields `names`."""
    from google.protobuf import message_factory

    descriptor = _descriptor(_raw(message_type), _raw(source))
    found = []
    for name in (_raw(n).decode() for n in names):
        if name not in descriptor.fields_by_name:
            raise invalid(f"Unknown field: {name} in message type {descriptor.full_name}")
        found.append(descriptor.fields_by_name[name])
    return message_factory.GetMessageClass(descriptor), found


def _values(message: Any, field: Any) -> list[Any]:
    """What a message holds of a field: texts and messages as bytes."""
    if _is_repeated(field):
        held = list(getattr(message, field.name))
    elif field.has_presence:
        held = [getattr(message, field.name)] if message.HasField(field.name) else []
    else:
        value = getattr(message, field.name)
        held = [value] if value != field.default_value else []
    if field.cpp_type == _MESSAGE:
        return [part.SerializeToString() for part in held]
    return [_raw(v) if isinstance(v, (str, bytes)) else v for v in held]


def _is_repeated(field: Any) -> bool:
    return field.is_repeated if hasattr(field, "is_repeated") else field.label == field.LABEL_REPEATED


@kernel("DecodeProtoV2", host=True)
def decode_proto(bytes, *, message_type, field_names, output_types, descriptor_source, message_format, sanitize):
    if len(field_names) != len(output_types):
        raise invalid("field_names and output_types attributes must have the same length")
    make, fields = _fields(message_type, descriptor_source, field_names)
    for field, kind in zip(fields, output_types, strict=True):
        if kind not in _KINDS[field.cpp_type]:
            raise invalid(f"Unexpected output type for {field.full_name}: {kind.name}")
    text = _raw(message_format) == b"text"
    messages = [_parsed(make, data, text) for data in bytes.ravel()]
    sizes = np.zeros((len(messages), len(fields)), np.int32)
    outputs = []
    for place, (field, kind) in enumerate(zip(fields, output_types, strict=True)):
        rows = [_values(message, field) for message in messages]
        sizes[:, place] = [len(row) for row in rows]
        absent = b"" if kind is dtypes.string else field.default_value if not _is_repeated(field) else 0
        table = np.full((len(rows), max(map(len, rows), default=0) or 1), absent, kind.as_numpy_dtype)
        for line, row in zip(table, rows, strict=True):
            line[: len(row)] = row
        outputs.append(table.reshape(*bytes.shape, table.shape[1]))
    return (sizes.reshape(*bytes.shape, len(fields)), *outputs)


def _parsed(make: Any, data: bytes, text: bool) -> Any:
    from google.protobuf import text_format
    from google.protobuf.message import DecodeError

    try:
        return text_format.Parse(data, make()) if text else make.FromString(data)
    except (DecodeError, text_format.ParseError) as error:
        raise DataLossError(None, None, f"Unable to parse protobuf: {error}") from None


@kernel("EncodeProto", host=True)
def encode_proto(sizes, values, *, field_names, message_type, descriptor_source):
    make, fields = _fields(message_type, descriptor_source, field_names)
    if len(fields) != len(values):
        raise invalid(f"Expected {len(fields)} values, one for each of field_names, got {len(values)}")
    if not sizes.ndim or sizes.shape[-1] != len(fields):
        raise invalid(
            f"sizes {shape_text(sizes.shape)} must have as last dimension the number of fields, {len(fields)}"
        )
    batch = sizes.shape[:-1]
    for place, (field, value) in enumerate(zip(fields, values, strict=True)):
        _check_value(field, value, batch, sizes[..., place])
    result = np.empty(batch, object)
    for index in np.ndindex(*batch):
        message = make()
        for field, value, count in zip(fields, values, sizes[index].tolist(), strict=True):
            _fill(message, field, value[index][:count].tolist())
        result[index] = message.SerializeToString()
    return result


def _check_value(field: Any, value: np.ndarray, batch: tuple[int, ...], counts: np.ndarray) -> None:
    if value.ndim < 2:
        raise invalid(
            f"Invalid shape for field {field.name}.  Saw shape {shape_text(value.shape)} but it should be at least a "
            "matrix."
        )
    if value.shape[:-1] != batch:
        raise invalid(f"Values of field {field.name} have shape {shape_text(value.shape)}, sizes {shape_text(batch)}")
    kind = dtypes.of(value.dtype)
    if kind not in _KINDS[field.cpp_type]:
        raise invalid(f"Incompatible type for field {field.name}.  Saw dtype: {kind.name}")
    most = value.shape[-1] if _is_repeated(field) else min(value.shape[-1], 1)
    if (counts < 0).any() or (counts > most).any():
        raise invalid(f"Sizes of field {field.name} must be in [0, {most}], got {counts.tolist()}")


def _fill(message: Any, field: Any, values: list[Any]) -> None:
    if field.cpp_type == _MESSAGE:
        for value in values:
            part = getattr(message, field.name)
            (part.add() if _is_repeated(field) else part).MergeFromString(value)
    elif field.type == field.TYPE_STRING:
        _assign(message, field, [value.decode() for value in values])
    else:
        _assign(message, field, values)


def _assign(message: Any, field: Any, values: list[Any]) -> None:
    if _is_repeated(field):
        getattr(message, field.name).extend(values)
    elif values:
        setattr(message, field.name, values[0])


@shape_function("DecodeProtoV2")
def _(op):
    batch, types = op.shape(0), op.attr("output_types")
    if batch.rank is None:
        return [UNKNOWN] * (1 + len(types))
    return [from_dims((*batch._dims, len(types))), *[from_dims((*batch._dims, None))] * len(types)]


@shape_function("EncodeProto")
def _(op):
    sizes = op.shape(0)
    return UNKNOWN if not sizes.rank else from_dims(sizes._dims[:-1])
