"""The life of device buffers: who holds a variable's array, who else may see it, and when it may be donated.

A `Cell` holds the value behind a resource handle. Compiled programs donate the cells that they write, so that the
same memory is reused. Donation destroys an array for everybody who holds it, therefore:

- a cell whose array was handed out is *exposed*: before it is donated, it is copied (copy on write);
- one array never backs two cells: what is stored from outside is exposed from the start;
- gathering cells, dispatching and storing new values happen under one re-entrant lock, which is never held
  across a host op.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfshim import dtypes
from tfshim.dtypes import DType
from tfshim.errors import FailedPreconditionError
from tfshim.shapes import TensorShape

lock = threading.RLock()

_copy = jax.jit(jnp.copy)
# How often an array of a shape and dtype was copied by a transfer.
_transfers: dict[Any, int] = {}


def _copied(array: jax.Array) -> jax.Array:
    """A copy on the same device: compiling one takes as long as hundreds of transfers, each of which takes longer."""
    key = (array.shape, array.dtype)
    count = _transfers.get(key, 0)
    if count >= 50:
        return _copy(array)
    _transfers[key] = count + 1
    return jax.device_put(array, may_alias=False)


class Cell:
    """A mutable value: what a resource handle refers to.

    `array` is a `jax.Array`, a NumPy array of strings or quantised numbers, or None while uninitialised.
    """

    __slots__ = ("__weakref__", "array", "device", "dtype", "exposed", "name", "shape")
    # Whether ops on it may wait for other threads (a queue): then the lock is not held, and it keeps its own.
    waits = False

    def __init__(self, name: str, dtype: DType, shape: TensorShape, device: str = ""):
        self.name = name
        self.dtype = dtype
        self.shape = shape
        self.device = device
        self.array: Any = None
        self.exposed = False

    def read(self) -> Any:
        """The current array, which from now on somebody else may hold."""
        # Under the lock: between the two lines another thread could donate the array that this one returns.
        with lock:
            array = self.array
            self.exposed = True
        if array is None:
            self._uninitialized()
        return array

    def peek(self) -> Any:
        """The current array, for a use that ends before the lock is released."""
        array = self.array
        if array is None:
            self._uninitialized()
        return array

    def store(self, array: Any) -> None:
        """Replaces the value by an array that others may hold."""
        if type(array) is np.ndarray and not dtypes.stays_on_host(array):
            if not array.ndim:
                # Scalars are assigned at every step of a loop; a compiled copy costs a fifth of a transfer.
                self.store_fresh(_copy(array))
                return
            array = jax.device_put(array)
        self.exposed = True
        self.array = array
        _changed()

    def store_fresh(self, array: Any) -> None:
        """Replaces the value by an array that nobody else holds: the output of a program."""
        self.exposed = False
        self.array = array
        _changed()

    def take(self) -> Any:
        """An array with the current value that may be donated. The caller stores a new one at once."""
        array = self.array
        if array is None:
            self._uninitialized()
        if self.exposed:
            array = _copied(array)
            self.array = array
            self.exposed = False
            _changed()
        return array

    def _uninitialized(self) -> None:
        raise FailedPreconditionError(
            None, None, f"Could not find variable {self.name}: it was deleted, or it has not been initialized."
        )


class Uninitialized(Exception):
    """A program was traced for a cell without a value; `Cell.peek` says which one."""


def take(cells: Sequence[Cell]) -> list[Any]:
    """`Cell.take` of each cell; None where there is no value, which is left to the trace to find out."""
    if [cell for cell in cells if cell.exposed]:  # a generator takes twice as long
        return [cell.take() for cell in cells]
    return [cell.array for cell in cells]


def store_fresh(cells: Sequence[Cell], arrays: Sequence[Any]) -> None:
    """`Cell.store_fresh` for each cell."""
    for cell, array in zip(cells, arrays, strict=True):
        cell.array = array
        if cell.exposed:
            cell.exposed = False
    if cells:
        _changed()


class Gathering:
    """The arrays of cells that are only read, kept from call to call for as long as no cell at all changes.

    Nothing else is held for it: the first change lets go of all that is kept.
    """

    __slots__ = ("_arrays", "_version", "cells")

    def __init__(self, cells: Sequence[Cell]):
        self.cells = cells
        self._arrays: list[Any] | None = None
        self._version = 0

    def arrays(self) -> list[Any]:
        """The current arrays: None for a cell without a value. Not to be written to."""
        arrays = self._arrays
        if arrays is None or self._version != _version:
            self._version = _version  # before the cells are read: what changes meanwhile is noticed
            arrays = self._arrays = [cell.array for cell in self.cells]
            _kept.append(self)
        return arrays


_versions = itertools.count(1)
_version = 0
_kept: list[Gathering] = []


def _changed() -> None:
    """Makes what `Gathering`s keep invalid: a cell has another array."""
    global _version
    _version = next(_versions)
    while _kept:
        _kept.pop()._arrays = None
