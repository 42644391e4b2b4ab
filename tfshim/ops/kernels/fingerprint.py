"""Kernel of Fingerprint: FarmHash's 64 bits of each element of the first dimension."""

from __future__ import annotations

import numpy as np

from tfshim.ops.kernels.strings_hash import fingerprint64
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid, shape_text
from tfshim.shapes import TensorShape

_LITTLE = np.dtype("<u8")


def _of_rows(rows: np.ndarray) -> np.ndarray:
    return np.array([fingerprint64(row.tobytes()) for row in rows], _LITTLE)


def _check_method(method: np.ndarray) -> None:
    if np.asarray(method).item() != b"farmhash64":
        raise invalid(f"Unsupported method: {np.asarray(method).item()}")


@kernel("Fingerprint", host=True)
def fingerprint(data, method):
    _check_method(method)
    if data.ndim == 0:
        raise invalid(f"`data` should have at least one dimension: {shape_text(data.shape)}")
    if data.shape[0] == 0:
        return np.zeros((0, 8), np.uint8)
    if data.dtype == object:
        found = np.array([fingerprint64(s) for s in data.reshape(-1)], _LITTLE)
        # Strings of more dimensions: the fingerprint of their fingerprints.
        if data.ndim > 1:
            found = _of_rows(found.reshape(data.shape[0], -1))
    else:
        found = _of_rows(np.ascontiguousarray(data).reshape(data.shape[0], -1))
    return found.view(np.uint8).reshape(-1, 8)


@shape_function("Fingerprint")
def _eight_each(op):
    shape, method = op.shape(0), op.static(1)
    if shape.rank == 0:
        raise invalid("Shape must be at least rank 1 but is rank 0")
    if method is not None:
        _check_method(method)
    return TensorShape([None if shape.rank is None else shape[0], 8])
