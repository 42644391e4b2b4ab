"""Kernels that take strings apart, and that join neighbouring ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid
from tfshim.shapes import from_dims

_WHITESPACE = b" \t\n\v\f\r"


def _sparse(rows: Sequence[list[bytes]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of strings as the parts of a sparse matrix."""
    where = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
    values = np.empty(len(where), object)
    values[:] = [text for row in rows for text in row]
    shape = np.array([len(rows), max(map(len, rows), default=0)], np.int64)
    return np.array(where, np.int64).reshape(-1, 2), values, shape


def _split_all(input: np.ndarray, separator: np.ndarray, called: str, split: Callable[[bytes], list[bytes]]):
    if input.ndim != 1:
        raise invalid(f"input must be a vector, got shape: {list(input.shape)}")
    if separator.ndim:
        raise invalid(f"{called} must be a scalar, got shape: {list(separator.shape)}")
    return _sparse([split(text) for text in input.tolist()])


@kernel("StringSplitV2", host=True)
def split(input, sep, *, maxsplit):
    between = sep.item() if not sep.ndim else b""
    count = maxsplit if maxsplit > 0 else -1
    by_whitespace = lambda text: _by_whitespace(text, count)
    return _split_all(input, sep, "sep", (lambda text: text.split(between, count)) if between else by_whitespace)


def _by_whitespace(text: bytes, count: int) -> list[bytes]:
    words = text.split(None, count)
    # After the last of so many splits the rest is a part too, even if nothing is left.
    return [*words, b""] if count > 0 and len(words) == count else words


@kernel("StringSplit", host=True)
def split_at_any(input, delimiter, *, skip_empty):
    marks = delimiter.item() if not delimiter.ndim else b""
    return _split_all(input, delimiter, "delimiter", lambda text: _at_any(text, marks, skip_empty))


def _at_any(text: bytes, marks: bytes, skip_empty: bool) -> list[bytes]:
    """Parts between any of the characters `marks`; single bytes where there are none."""
    if not marks:
        return [bytes([b]) for b in text]
    first = marks[:1]
    parts = text.translate(bytes.maketrans(marks, first * len(marks))).split(first) if text else []
    return [p for p in parts if p] if skip_empty else parts


@kernel("StringNGrams", host=True)
def ngrams(data, data_splits, *, separator, ngram_widths, left_pad, right_pad, pad_width, preserve_short_sequences):
    between, left, right = (t.encode() if isinstance(t, str) else t for t in (separator, left_pad, right_pad))
    if len(data_splits) and (data_splits[0] != 0 or data_splits[-1] != len(data) or (np.diff(data_splits) < 0).any()):
        raise invalid(f"Invalid splits: they must rise from 0 to {len(data)}, got {data_splits.tolist()}")
    texts = data.tolist()
    found: list[bytes] = []
    ends = [0]
    for start, end in zip(data_splits[:-1], data_splits[1:], strict=True):
        row = texts[start:end]
        before = len(found)
        for width in ngram_widths:
            padding = pad_width if pad_width >= 0 else width - 1
            padding = min(padding, width - 1)
            padded = [left] * padding + row + [right] * padding
            found.extend(between.join(padded[i : i + width]) for i in range(len(padded) - width + 1))
        if preserve_short_sequences and len(found) == before and row:
            # All that there is, with the padding of the widest.
            padding = min(pad_width, max(ngram_widths) - 1) if pad_width >= 0 else max(ngram_widths) - 1
            found.append(between.join([left] * padding + row + [right] * padding))
        ends.append(len(found))
    result = np.empty(len(found), object)
    result[:] = found
    return result, np.array(ends, data_splits.dtype) if len(data_splits) else data_splits


@shape_function("StringSplit", "StringSplitV2")
def _(op):
    return [from_dims((None, 2)), from_dims((None,)), from_dims((2,))]


@shape_function("StringNGrams")
def _(op):
    return [from_dims((None,)), op.shape(1)]
