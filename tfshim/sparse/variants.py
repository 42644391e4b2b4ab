"""Sparse tensors as elements of datasets: each is one object, so that they can be put together and taken apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.tensor import EagerTensor, Tensor, host_tensor

Parts = tuple[np.ndarray, np.ndarray, np.ndarray]


class Encoded:
    """Holds the three parts of a sparse tensor: to NumPy it is one object and no sequence."""

    __slots__ = ("parts",)

    def __init__(self, parts: Parts):
        self.parts = parts


def encode(value: Any, batched: bool) -> EagerTensor:
    """A variant: a scalar for the value, or a vector of its rows."""
    parts = tuple(t.host_value() for t in (value.indices, value.values, value.dense_shape))
    held: Any
    if batched:
        items = [Encoded(row) for row in _rows(*parts)]
        held = np.empty(len(items), object)
        held[:] = items
    else:
        held = np.empty((), object)
        held[()] = Encoded(parts)  # type: ignore[arg-type]
    return EagerTensor(None, held, dtypes.variant)


def _rows(indices: np.ndarray, values: np.ndarray, shape: np.ndarray) -> list[Parts]:
    order = np.argsort(indices[:, 0], kind="stable")
    indices, values = indices[order], values[order]
    ends = np.searchsorted(indices[:, 0], np.arange(int(shape[0]) + 1))
    return [(indices[a:b, 1:], values[a:b], shape[1:]) for a, b in zip(ends[:-1], ends[1:], strict=True)]


def decode(variant: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The parts behind a variant: those of a scalar, or of the tensor whose rows a vector holds."""
    held = variant._host  # type: ignore[attr-defined]
    parts = held[()].parts if held.ndim == 0 else _joined([item.parts for item in held])
    return tuple(map(host_tensor, parts))  # type: ignore[return-value]


def _joined(rows: list[Parts]) -> Parts:
    counts = [len(values) for _, values, _ in rows]
    row = np.repeat(np.arange(len(rows)), counts)
    indices = np.column_stack([row, np.concatenate([i for i, _, _ in rows])])
    shape = np.max([s for _, _, s in rows], axis=0)
    return indices, np.concatenate([v for _, v, _ in rows]), np.array([len(rows), *shape.tolist()])
