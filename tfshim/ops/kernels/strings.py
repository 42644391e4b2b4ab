"""Kernels of strings: case, length, parts, joining, numbers. Strings are bytes in object arrays, on the host."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.errors import InvalidArgumentError, OutOfRangeError, UnimplementedError
from tfshim.ops.kernels.array_common import host_array
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import (
    SCALAR,
    UNKNOWN,
    broadcast_dims,
    broadcast_static,
    invalid,
    normalize_axes,
    reduced_static,
    same_shape,
    shape_text,
)


def each(fn: Callable[..., Any], *arrays: np.ndarray) -> np.ndarray:
    """`fn` of each element, or of each tuple of elements of arrays that broadcast; an object array."""
    return host_array(np.frompyfunc(fn, len(arrays), 1)(*arrays))


def _per_character(fn: Callable[[str], str], encoding: str) -> Callable[[bytes], bytes]:
    """Changes the case: of ASCII letters only, or of every character of valid UTF-8."""
    if not encoding:
        return fn  # type: ignore[return-value]
    if encoding != "utf-8":
        raise invalid(f"only utf-8 or '' (no encoding) is supported, received {encoding}")
    return lambda s: fn(s.decode(errors="replace")).encode()


@kernel("StringLower", host=True)
def string_lower(x, *, encoding):
    return each(_per_character(lambda s: s.lower(), encoding), x)


@kernel("StringUpper", host=True)
def string_upper(x, *, encoding):
    return each(_per_character(lambda s: s.upper(), encoding), x)


@kernel("StringStrip", host=True)
def string_strip(x):
    return each(lambda s: s.strip(b" \t\n\v\f\r"), x)


def _starts(text: bytes) -> list[int]:
    """Where characters of UTF-8 start, and the end of the text."""
    return [i for i, b in enumerate(text) if b & 0xC0 != 0x80] + [len(text)]


@kernel("StringLength", host=True)
def string_length(x, *, unit):
    return each(len if unit == "BYTE" else lambda s: len(_starts(s)) - 1, x).astype(np.int32)


@kernel("Substr", host=True)
def substr(x, pos, len, *, unit):
    if pos.shape != len.shape:
        raise invalid(
            f"pos and len should have the same shape, got: {shape_text(pos.shape)} vs. {shape_text(len.shape)}"
        )
    if pos.ndim and pos.shape != x.shape:
        broadcast_dims(x.shape, pos.shape)
        rank = max(x.ndim, pos.ndim)
        if rank > 2:
            raise UnimplementedError(None, None, f"Substr broadcast not implemented for {rank} dimensions")
    return each(_substr_bytes if unit == "BYTE" else _substr_characters, x, pos, len)


def _substr_bytes(text: bytes, pos: int, count: int) -> bytes:
    return _window(text, len(text), pos, count, lambda i: i)


def _substr_characters(text: bytes, pos: int, count: int) -> bytes:
    starts = _starts(text)
    return _window(text, len(starts) - 1, pos, count, starts.__getitem__)


def _window(text: bytes, size: int, pos: int, count: int, offset: Callable[[int], int]) -> bytes:
    if not -size <= pos <= size:
        raise invalid(f"pos {pos} out of range for string b'{text.decode(errors='replace')}'")
    start = pos + size if pos < 0 else pos
    return text[offset(start) : offset(min(start + max(count, 0), size))]


@kernel("StringJoin", host=True)
def string_join(inputs, *, separator):
    shapes = {x.shape for x in inputs if x.ndim}
    if len(shapes) > 1:
        raise invalid(f"Input shapes do not match: {' vs. '.join(shape_text(s) for s in sorted(shapes))}")
    between = separator.encode() if isinstance(separator, str) else separator
    if not inputs:
        return host_array(b"")
    return each(lambda *parts: between.join(parts), *inputs)


@kernel("ReduceJoin", host=True)
def reduce_join(x, reduction_indices, *, keep_dims, separator):
    between = separator.encode() if isinstance(separator, str) else separator
    for axis in np.ravel(reduction_indices).tolist():
        if not -x.ndim <= axis < x.ndim:
            message = f"Invalid reduction dimension {axis} for input with {x.ndim} dimension(s)"
            raise OutOfRangeError(None, None, message)
    axes = normalize_axes(reduction_indices, x.ndim, repeated=True)
    if len(axes) < np.size(reduction_indices):
        raise invalid(f"Duplicate reduction dimension in {np.ravel(reduction_indices).tolist()}")
    # Of the axes as they are given, the first varies fastest.
    order = [a % x.ndim for a in reversed(np.ravel(reduction_indices).tolist())]
    kept = [a for a in range(x.ndim) if a not in axes]
    moved = np.transpose(x, kept + order)
    rest = moved.shape[: len(kept)]
    flat = moved.reshape(*rest, math.prod(moved.shape[len(kept) :]))
    joined = np.empty(flat.shape[:-1], object)
    for index in np.ndindex(joined.shape):
        joined[index] = between.join(flat[index].tolist())
    return joined.reshape([1 if a in axes else n for a, n in enumerate(x.shape)]) if keep_dims else joined


@kernel("StringToNumber", host=True)
def string_to_number(x, *, out_type):
    convert = _to_float if out_type.is_floating else _integer_reader(out_type)
    return each(convert, x).astype(out_type.as_numpy_dtype)


def _not_a_number(text: bytes) -> InvalidArgumentError:
    return invalid(f"StringToNumberOp could not correctly convert string: {text.decode(errors='replace')}")


def _to_float(text: bytes) -> float:
    stripped = text.strip(b" \t\n\v\f\r")
    try:
        if b"_" in stripped:
            raise ValueError
        return float.fromhex(stripped.decode()) if b"x" in stripped.lower() else float(stripped)
    except (ValueError, OverflowError):
        raise _not_a_number(text) from None


def _integer_reader(dtype: dtypes.DType) -> Callable[[bytes], int]:
    def read(text: bytes) -> int:
        stripped = text.strip(b" \t\n\v\f\r")
        digits = stripped.removeprefix(b"-") if dtype.min < 0 else stripped
        if not digits.isdigit() or not dtype.min <= int(stripped) <= dtype.max:
            raise _not_a_number(text)
        return int(stripped)

    return read


# Numbers as strings --------------------------------------------------------------------------------------


@kernel("AsString", host=True)
def as_string(x, *, precision, scientific, shortest, width, fill):
    kind = x.dtype.kind
    inexact = kind in "fcV"
    if scientific and shortest:
        raise invalid("Cannot select both scientific and shortest notation")
    if not inexact and (scientific or shortest or precision >= 0 and kind != "O"):
        what = "scientific or shortest notation" if scientific or shortest else "precision"
        raise invalid(f"{what} not supported for datatype {dtypes.of(x.dtype).name}")
    if len(fill) > 1:
        raise invalid(f"Fill string must be one or fewer characters: {fill}")
    if fill and fill not in " +-0#":
        raise invalid(f"Fill argument not supported: {fill}")
    flags = f"%{fill}{width if width >= 0 else ''}"
    if kind == "O":
        return each(lambda s: _padded(s, width, fill), x)
    if kind == "b":
        return each(lambda v: f"{'true' if v else 'false'}".encode().rjust(max(width, 0)), x)
    if kind in "iu":
        return each(lambda v: (f"{flags}d" % int(v)).encode(), x)
    digits = f".{precision}" if precision >= 0 else ""
    spec = flags + digits + ("e" if scientific else "g" if shortest else "f")
    if kind == "c":
        return each(lambda v: f"({spec % v.real},{spec % v.imag})".encode(), x)
    return each(lambda v: (spec % float(v)).encode(), x)


def _padded(text: bytes, width: int, fill: str) -> bytes:
    return text.ljust(width) if fill == "-" else text.rjust(max(width, 0))


# Static shapes -------------------------------------------------------------------------------------------

same_shape("StringLower", "StringUpper", "StringStrip", "StringLength", "StringToNumber", "AsString")


@shape_function("Substr")
def _(op):
    pos, length = op.shape(1), op.shape(2)
    if not pos.is_compatible_with(length):
        raise invalid(f"pos and len shapes must match: {shape_text(pos._dims)} vs. {shape_text(length._dims)}")
    return broadcast_static(op.shape(0), pos)


@shape_function("StringJoin")
def _(op):
    shape = SCALAR
    for i in range(len(op)):
        given = op.shape(i)
        if given.rank is None:
            return UNKNOWN
        if given.rank:
            shape = given if shape.rank == 0 else shape.merge_with(given)
    return shape


@shape_function("ReduceJoin")
def _(op):
    return reduced_static(op.shape(0), op.static(1), op.attr("keep_dims"))
