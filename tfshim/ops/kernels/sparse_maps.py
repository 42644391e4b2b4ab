"""Kernels of maps that keep sparse tensors between steps, by handles that are numbers."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable

import numpy as np

from tfshim import dtypes
from tfshim.ops.kernels.sparse_serial import check_ranks, rows_of, stacked
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR, invalid
from tfshim.shapes import from_dims

Parts = tuple[np.ndarray, ...]


class SparseMap:
    """Sparse tensors by number."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._kept: dict[int, Parts] = {}

    def add(self, parts: Parts) -> int:
        """Keeps a sparse tensor and gives its number."""
        number = next(self._numbers)
        self._kept[number] = parts
        return number

    def has(self, numbers: Iterable[int]) -> bool:
        """Whether all of these are there."""
        return all(n in self._kept for n in numbers)

    def take(self, number: int) -> Parts:
        """Takes one out; InvalidArgumentError if it is not there."""
        if number not in self._kept:
            raise invalid(f"The map has no sparse tensor of the number {number}")
        return self._kept.pop(number)


_lock = threading.Lock()
_maps: dict[tuple[str, str], SparseMap] = {}


def _map(container: str, shared_name: str) -> SparseMap:
    return _maps.setdefault((container, shared_name), SparseMap())


@kernel("AddSparseToTensorsMap", host=True)
def add(indices, values, shape, *, container, shared_name):
    check_ranks(indices, values, shape)
    with _lock:
        return np.int64(_map(container, shared_name).add((indices, values, shape)))


@kernel("AddManySparseToTensorsMap", host=True)
def add_many(indices, values, shape, *, container, shared_name):
    rows = list(rows_of(indices, values, shape))
    with _lock:
        found = _map(container, shared_name)
        return np.array([found.add(row) for row in rows], np.int64)


@kernel("TakeManySparseFromTensorsMap", host=True)
def take_many(handles, *, dtype, container, shared_name):
    if handles.ndim != 1:
        raise invalid("The handles of sparse tensors are a vector")
    numbers = handles.tolist()
    with _lock:
        found = _map(container, shared_name)
        if not found.has(numbers):
            # A map without a name of its own is asked for by the name of the node that adds to it.
            found = _map(container, "")
        parts = [found.take(n) for n in numbers]
    for number, (_, values, _) in zip(numbers, parts, strict=True):
        if dtypes.of(values.dtype) != dtype:
            raise invalid(f"SparseTensor {number} is of dtype {values.dtype.name}, not {dtype.name}")
    return stacked(parts, (len(parts),))


@shape_function("AddSparseToTensorsMap")
def _(op):
    return SCALAR


@shape_function("AddManySparseToTensorsMap")
def _(op):
    return from_dims((None,))


@shape_function("TakeManySparseFromTensorsMap")
def _(op):
    return [from_dims((None, None)), from_dims((None,)), from_dims((None,))]
