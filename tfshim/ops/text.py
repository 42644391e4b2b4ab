"""Values as TensorFlow's runtime writes them: numbers, and arrays with their middle left out."""

from __future__ import annotations

from typing import Any

import numpy as np

_ESCAPES = {0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r", 0x22: '\\"', 0x27: "\\'", 0x5C: "\\\\"}
# Digits that every value of the type keeps, and digits that tell any two values apart.
_DIGITS = {4: (6, 9), 8: (15, 17)}


def number_text(value: Any) -> str:
    """A NumPy or Python number: 1.5, 1e-10, 0.333333343, -inf; booleans are 1 and 0, complex numbers `?`."""
    kind = getattr(value, "dtype", np.asarray(value).dtype)
    if kind.kind in "iub":
        return str(int(value))
    if kind.kind == "c":
        return "?"
    # Half precision and 8 bits print as the float32 that they are.
    wide = np.float64(value) if kind.itemsize == 8 else np.float32(value)
    if not np.isfinite(wide):
        return "nan" if np.isnan(wide) else "inf" if wide > 0 else "-inf"
    few, many = _DIGITS[wide.dtype.itemsize]
    text = f"{float(wide):.{few}g}"
    return text if type(wide)(text) == wide else f"{float(wide):.{many}g}"


def escaped(data: bytes) -> str:
    """Bytes as a C string literal; what is beyond ASCII stays as it is."""
    escaped_bytes = (
        _ESCAPES[b].encode() if b in _ESCAPES else b"\\%03o" % b if b < 0x20 or b == 0x7F else bytes([b]) for b in data
    )
    return b"".join(escaped_bytes).decode(errors="replace")


def _quoted(value: Any) -> str:
    return f'"{escaped(value)}"' if isinstance(value, bytes) else number_text(value)


def summarize_nested(array: np.ndarray, edge: int) -> str:
    """An array with its brackets, and of each dimension the first and last `edge` entries (all if negative)."""
    edge = array.size if edge < 0 else min(edge, array.size)
    if array.dtype.kind == "c":
        # TensorFlow's runtime has no text for complex numbers, and counts them from the front only.
        shown = " ".join("?" * edge) + ("..." if edge < array.size else "")
        return f"[{shown}]" if array.ndim else shown
    if not edge and array.size and (array.dtype.kind == "b" or not array.ndim):
        return "" if array.dtype.kind == "b" else "..."
    return _nested(array, array.ndim, edge)


def _nested(array: Any, rank: int, edge: int) -> str:
    depth = rank - np.ndim(array)
    if not np.ndim(array):
        return _quoted(array[()] if isinstance(array, np.ndarray) else array)
    count = len(array)
    parts = [_nested(array[i], rank, edge) for i in range(min(edge, count))]
    # An empty front still counts where something is left out.
    lead = "" if parts or count <= 2 * edge else _gap(depth, rank)
    if count > 2 * edge:
        parts.append("...")
    parts += [_nested(array[i], rank, edge) for i in range(max(edge, count - edge), count)]
    return f"[{lead}{_gap(depth, rank).join(parts)}]"


def _gap(depth: int, rank: int) -> str:
    if depth == rank - 1:
        return " "
    return "\n" * (rank - depth - 1) + " " * (depth + 1)


def summarize(array: np.ndarray, limit: int) -> str:
    """The first `limit` elements of an array (all if negative) in one line, as error messages show it."""
    array = np.asarray(array)
    left = array.size if limit < 0 else min(limit, array.size)
    return _rows(array, left, outermost=True) + ("..." if left < array.size else "")


def _rows(array: np.ndarray, left: int, outermost: bool = False) -> str:
    """Up to `left` elements, rows in brackets; a row that stops in its middle says so, unless it is the only one."""
    if array.ndim < 2:
        shown = array.ravel()[:left]
        texts = [escaped(v) if isinstance(v, bytes) else number_text(v) for v in shown]
        return " ".join(texts) + ("..." if len(shown) < array.size and not outermost else "")
    text = ""
    for row in array:
        if left <= 0:
            break
        text += f"[{_rows(row, left)}]"
        left -= row.size
    return text
