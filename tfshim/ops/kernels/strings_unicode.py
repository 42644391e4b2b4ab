"""Kernels between encoded strings and Unicode code points."""

from __future__ import annotations

import bisect
import codecs
import functools
from collections.abc import Iterator
from importlib import resources

import numpy as np

from tfshim.ops.kernels.strings import each
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid, same_shape
from tfshim.shapes import from_dims

# A code point, the byte at which it starts, and whether it stands in the place of what could not be decoded.
Decoded = tuple[int, int, bool]


def _codec(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        raise invalid(f"Could not create converter for input encoding: {encoding}") from None


# Encodings whose order of bytes a mark at the beginning tells; without one it is the big end first.
_MARKED = {
    "utf-16": ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")),
    "utf-32": ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")),
}


def _decoded(text: bytes, codec: str) -> Iterator[Decoded]:
    if codec not in _MARKED:
        yield from _characters(text, codec)
        return
    for mark, ordered in _MARKED[codec]:
        if text.startswith(mark):
            yield from ((code, at + len(mark), bad) for code, at, bad in _characters(text[len(mark) :], ordered))
            return
    yield from _characters(text, _MARKED[codec][1][1])


def _characters(text: bytes, codec: str) -> Iterator[Decoded]:
    position = 0
    while position < len(text):
        try:
            good, error = text[position:].decode(codec), None
        except UnicodeDecodeError as failure:
            error = failure
            good = text[position : position + failure.start].decode(codec)
        at = position
        for character in good:
            yield ord(character), at, False
            at += _size(character, codec)
        if error is None:
            return
        yield 0xFFFD, position + error.start, True
        position += max(error.end, error.start + 1)


def _size(character: str, codec: str) -> int:
    if codec == "utf-8":
        code = ord(character)
        return 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4
    return len(character.encode(codec))


class _Decoder:
    """Code points of strings, with what is invalid treated as the attributes of an op say."""

    def __init__(self, encoding: str, errors: str, replacement: int, controls: bool):
        self._codec = _codec(encoding)
        self._errors = errors
        self._replacement = replacement
        self._controls = controls
        if not 0 <= replacement <= 0x10FFFF:
            raise invalid(f"replacement_char out of unicode codepoint range: {replacement}")

    def decode(self, text: bytes) -> list[tuple[int, int]]:
        """Code points, and the bytes at which they start."""
        found = []
        for code, at, bad in _decoded(text, self._codec):
            if bad and self._errors == "strict":
                raise invalid("Invalid formatting on input string")
            replaced = bad or (self._controls and code < 0x20)
            if replaced and self._errors == "ignore":
                continue
            found.append((self._replacement if replaced else code, at))
        return found


def _decode_all(input: np.ndarray, decoder: _Decoder, splits: np.dtype) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = [decoder.decode(text) for text in input.ravel().tolist()]
    flat = np.array([pair for row in rows for pair in row], np.int64).reshape(-1, 2)
    ends = np.cumsum([0, *map(len, rows)]).astype(splits)
    return ends, flat[:, 0].astype(np.int32), flat[:, 1]


@kernel("UnicodeDecode", host=True)
def decode(input, *, input_encoding, errors, replacement_char, replace_control_characters, Tsplits):
    decoder = _Decoder(input_encoding, errors, replacement_char, replace_control_characters)
    return _decode_all(input, decoder, Tsplits.as_numpy_dtype)[:2]


@kernel("UnicodeDecodeWithOffsets", host=True)
def decode_with_offsets(input, *, input_encoding, errors, replacement_char, replace_control_characters, Tsplits):
    decoder = _Decoder(input_encoding, errors, replacement_char, replace_control_characters)
    return _decode_all(input, decoder, Tsplits.as_numpy_dtype)


def _encoded(codes: list[int], encoding: str, errors: str, replacement: int) -> bytes:
    kept = []
    for code in codes:
        if 0 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF:
            kept.append(chr(code))
        elif errors == "strict":
            raise invalid("Code point is out of range for Unicode, or is a surrogate.")
        elif errors == "replace":
            kept.append(chr(replacement))
    return "".join(kept).encode(encoding)


@kernel("UnicodeEncode", host=True)
def encode(input_values, input_splits, *, errors, output_encoding, replacement_char):
    if not 0 <= replacement_char <= 0x10FFFF or 0xD800 <= replacement_char <= 0xDFFF:
        raise invalid(f"replacement_char out of unicode codepoint range: {replacement_char}")
    ends = input_splits.tolist()
    if not ends or ends[0] != 0 or ends[-1] != len(input_values) or sorted(ends) != ends:
        raise invalid(f"Invalid input_splits: they must rise from 0 to {len(input_values)}, got {ends}")
    codes = input_values.tolist()
    result = np.empty(len(ends) - 1, object)
    result[:] = [
        _encoded(codes[start:end], output_encoding, errors, replacement_char)
        for start, end in zip(ends, ends[1:], strict=False)
    ]
    return result


@kernel("UnicodeTranscode", host=True)
def transcode(input, *, input_encoding, output_encoding, errors, replacement_char, replace_control_characters):
    decoder = _Decoder(input_encoding, errors, replacement_char, replace_control_characters)
    return each(lambda t: _encoded([c for c, _ in decoder.decode(t)], output_encoding, "replace", 0xFFFD), input)


# Scripts ---------------------------------------------------------------------------------------------------


@functools.cache
def _scripts() -> tuple[list[int], list[int]]:
    """First code points of ranges that have one script, and the numbers of the scripts."""
    text = resources.files("tfshim.ops").joinpath("data/unicode_scripts.txt").read_text()
    pairs = [line.split() for line in text.splitlines() if not line.startswith("#")]
    return [int(start, 16) for start, _ in pairs], [int(script) for _, script in pairs]


@kernel("UnicodeScript", host=True)
def script(input):
    starts, scripts = _scripts()

    def find(code: int) -> int:
        return scripts[bisect.bisect_right(starts, code) - 1] if 0 <= code <= 0x10FFFF else -1

    return np.array([find(c) for c in input.ravel().tolist()], np.int32).reshape(input.shape)


# Static shapes ---------------------------------------------------------------------------------------------


def _splits(op):
    count = op.shape(0).num_elements() if op.shape(0).is_fully_defined() else None
    return from_dims((None if count is None else count + 1,))


@shape_function("UnicodeDecode")
def _(op):
    return [_splits(op), from_dims((None,))]


@shape_function("UnicodeDecodeWithOffsets")
def _(op):
    return [_splits(op), from_dims((None,)), from_dims((None,))]


@shape_function("UnicodeEncode")
def _(op):
    rows = op.shape(1)._dims[0] if op.shape(1).rank == 1 else None
    return from_dims((None if rows is None else rows - 1,))


same_shape("UnicodeTranscode", "UnicodeScript")
