"""Ragged tensors as Python lists, NumPy arrays and text."""

from __future__ import annotations

from typing import Any

import numpy as np


def to_list(rt: Any) -> list[Any]:
    """Nested lists of Python values."""
    if not rt._is_eager():
        raise ValueError("to_list can only be used in eager mode.")
    values = rt.flat_values.host_value().tolist()
    for splits in reversed(rt.nested_row_splits):
        ends = splits.host_value().tolist()
        values = [values[a:b] for a, b in zip(ends, ends[1:], strict=False)]
    return values


def to_numpy(rt: Any) -> np.ndarray:
    """The rows as an array of objects; if they have one length, as a plain array."""
    if not rt._is_eager():
        raise ValueError("RaggedTensor.numpy() is only supported in eager mode.")
    values = rt.values.numpy()
    rows = np.split(values, rt.row_splits.host_value()[1:-1]) if rt.row_splits.shape[0] > 1 else []
    if not rows:
        return np.zeros((0, 0, *values.shape[1:]), values.dtype)
    if all(len(row) == len(rows[0]) for row in rows):
        return np.array(rows)
    return np.array(rows, dtype=object)


def text(rt: Any) -> str:
    """Nested lists as they are printed, long ones shortened."""
    with np.printoptions(formatter={"all": _format}):
        return _format(rt.numpy())


def _format(value: Any) -> str:
    if not isinstance(value, np.ndarray):
        return str(value)
    # NumPy prints one pair of brackets for whatever is empty.
    return np.array2string(value, separator=", ") if value.size else str(value.tolist())
