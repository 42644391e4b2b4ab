"""Kernel of DecodeCSV: lines of text as columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid


@kernel("DecodeCSV", host=True)
def decode_csv(records, record_defaults, *, field_delim, use_quote_delim, na_value, select_cols):
    if len(field_delim) != 1:
        raise invalid("field_delim should be only 1 char")
    for i, default in enumerate(record_defaults):
        if default.ndim > 1:
            raise invalid("Each record default should be at most rank 1")
        if default.size > 1:
            raise invalid(f"There should only be 1 default per field but field {i} has {default.size}")
    columns = sorted(select_cols)
    if list(select_cols) != columns or len(set(columns)) < len(columns):
        raise invalid("select_cols should be strictly increasing indices")
    if columns and len(columns) != len(record_defaults):
        raise invalid("select_cols should match output size")
    delimiter, missing = field_delim.encode(), _bytes(na_value)
    readers = [_reader(default.dtype) for default in record_defaults]
    values: list[list[Any]] = [[] for _ in record_defaults]
    for number, record in enumerate(records.ravel().tolist()):
        fields = _fields(record, delimiter, use_quote_delim)
        if columns:
            fields = [fields[c] for c in columns if c < len(fields)]
        if len(fields) != len(record_defaults):
            raise invalid(f"Expect {len(record_defaults)} fields but have {len(fields)} in record {number}")
        for i, (field, default) in enumerate(zip(fields, record_defaults, strict=True)):
            if not field or field == missing:
                if not default.size:
                    raise invalid(f"Field {i} is required but missing in record {number}!")
                values[i].append(default.reshape(-1)[0])
                continue
            try:
                values[i].append(readers[i](field))
            except ValueError:
                raise invalid(
                    f"Field {i} in record {number} is not a valid {_NAMES[dtypes.of(default.dtype)]}: "
                    f"{field.decode(errors='replace')}"
                ) from None
    return tuple(_column(v, d.dtype, records.shape) for v, d in zip(values, record_defaults, strict=True))


# What errors call the dtypes.
_NAMES = {
    dtypes.float32: "float",
    dtypes.float64: "double",
    dtypes.int32: "int32",
    dtypes.int64: "int64",
}


def _bytes(text: Any) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _column(values: Sequence[Any], dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    column = np.empty(len(values), dtype)
    for i, value in enumerate(values):
        column[i] = value
    return column.reshape(shape)


def _reader(dtype: np.dtype) -> Callable[[bytes], Any]:
    if dtype.hasobject:
        return lambda field: field
    if dtype.kind == "i":
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max

        def integer(field: bytes) -> int:
            value = int(field)
            if b"_" in field or not low <= value <= high:
                raise ValueError(field)
            return value

        return integer

    def real(field: bytes) -> float:
        if b"_" in field:
            raise ValueError(field)
        return float(field)

    return real


def _fields(record: bytes, delimiter: bytes, quotes: bool) -> list[bytes]:
    """The fields of one record; quoted ones may hold delimiters, and two quotes for one."""
    if not quotes or not any(c in record for c in b'"\r\n'):
        return record.split(delimiter)
    fields = []
    position, end = 0, len(record)
    while True:
        if record[position : position + 1] == b'"':
            field, position = _quoted(record, position + 1, delimiter)
        else:
            stop = record.find(delimiter, position)
            stop = end if stop < 0 else stop
            field = record[position:stop]
            if any(c in field for c in b'"\r\n'):
                raise invalid("Unquoted fields cannot have quotes/CRLFs inside")
            position = stop
        fields.append(field)
        if position >= end:
            return fields
        position += 1


def _quoted(record: bytes, position: int, delimiter: bytes) -> tuple[bytes, int]:
    """The quoted field whose text starts at `position`, and where its delimiter or the end of the record is."""
    parts: list[bytes] = []
    while True:
        stop = record.find(b'"', position)
        if stop < 0:
            raise invalid("Quoted field has to end with quote followed by delim, CRLF, or end")
        parts.append(record[position:stop])
        following = record[stop + 1 : stop + 2]
        if following == b'"':
            parts.append(b'"')
            position = stop + 2
            continue
        if following in (b"", delimiter):
            return b"".join(parts), stop + 1
        if following in b"\r\n" and not record[stop + 1 :].strip(b"\r\n"):
            return b"".join(parts), len(record)
        raise invalid("Quote inside a string has to be escaped by another quote")


@shape_function("DecodeCSV")
def _(op):
    for position in range(1, len(op)):
        shape = op.shape(position)
        if shape.rank not in (None, 0, 1):
            raise invalid(f"Shape must be at most rank 1 but is rank {shape.rank}")
        if shape.rank == 1 and (shape._dims[0] or 0) > 1:
            raise invalid(f"Shape of a default must be a length-0 or length-1 vector, or a scalar: {shape}")
    return [op.shape(0)] * (len(op) - 1)
