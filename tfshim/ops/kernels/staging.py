"""Kernels of staging areas: stores of lists of tensors that threads fill and empty, by `container` and `shared_name`.

A queue of them (`Stage`), or a map from integer keys (`MapStage`, `OrderedMapStage`), whose entries may come and go
piece by piece. Taking waits until there is what is asked for, and storing until there is room.
"""

from __future__ import annotations

import collections
import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.dtypes import DType
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR, UNKNOWN, invalid

Tensors = Sequence[np.ndarray]


class _Area:
    """What both kinds share: limits of the number and the bytes of entries, and threads that wait for a change."""

    def __init__(self, capacity: int, memory_limit: int):
        self.capacity = capacity
        self.memory_limit = memory_limit
        self.changed = threading.Condition()

    def size(self) -> int:
        """The number of entries that can be taken."""
        raise NotImplementedError

    def stored(self) -> list[np.ndarray]:
        """All tensors that are there."""
        raise NotImplementedError

    def clear(self) -> None:
        """Forgets all entries."""
        raise NotImplementedError

    def await_room(self, tensors: Tensors) -> None:
        """Waits until the tensors fit; InvalidArgumentError where they never can."""
        more = sum(t.nbytes for t in tensors)
        if 0 < self.memory_limit < more:
            raise invalid(
                f"Attempted to insert tensors with combined size of '{more}' bytes, limit {self.memory_limit}"
            )
        self.changed.wait_for(
            lambda: (
                (not self.capacity or self.size() < self.capacity)
                and (not self.memory_limit or sum(t.nbytes for t in self.stored()) + more <= self.memory_limit)
            )
        )


class _Queue(_Area):
    """Lists of tensors that come out in the order in which they went in."""

    def __init__(self, capacity: int, memory_limit: int):
        super().__init__(capacity, memory_limit)
        self.entries: collections.deque[Tensors] = collections.deque()

    def size(self) -> int:
        return len(self.entries)

    def stored(self) -> list[np.ndarray]:
        return [t for entry in self.entries for t in entry]

    def clear(self) -> None:
        self.entries.clear()


class _Map(_Area):
    """Entries by key: lists with None for what was taken already, or (`incomplete`) has not come yet."""

    def __init__(self, capacity: int, memory_limit: int):
        super().__init__(capacity, memory_limit)
        self.complete: dict[int, list[np.ndarray | None]] = {}
        self.incomplete: dict[int, list[np.ndarray | None]] = {}

    def size(self) -> int:
        return len(self.complete)

    def stored(self) -> list[np.ndarray]:
        entries = (*self.complete.values(), *self.incomplete.values())
        return [t for entry in entries for t in entry if t is not None]

    def clear(self) -> None:
        self.complete.clear()
        self.incomplete.clear()

    def put(self, key: int, indices: Sequence[int], values: Tensors, width: int) -> None:
        """Stores some tensors of an entry of `width`, or all of them in their order."""
        if any(b <= a for a, b in itertools.pairwise(indices)):
            raise invalid("Indices are not strictly ordered")
        if len(indices) == width:
            self.await_room(values)
            self.complete.setdefault(key, list(values))
            return
        entry = list(self.incomplete.get(key, [None] * width))
        for index, value in zip(indices, values, strict=False):
            if not 0 <= index < width:
                raise invalid(f"Index '{index}' for key '{key}' was out of bounds '{width}'.")
            if entry[index] is not None:
                raise invalid(f"The tensor for index '{index}' for key '{key}' was already initialized '{width}'.")
            entry[index] = value
        self.await_room(values)
        self.incomplete[key] = entry
        if all(value is not None for value in entry):
            self.complete.setdefault(key, self.incomplete.pop(key))

    def look(self, key: int, indices: Sequence[int]) -> list[np.ndarray]:
        """Tensors of an entry, once all of it is there."""
        if not len(indices):
            raise invalid("Indices are empty")
        self.changed.wait_for(lambda: key in self.complete)
        entry = self.complete[key]
        found = []
        for index in indices:
            if not 0 <= index < len(entry):
                raise invalid(f"Index '{index}' for key '{key}' was out of bounds '{len(entry)}'.")
            value = entry[index]
            if value is None:
                raise invalid(f"Tensor at index '{index}' for key '{key}' has already been removed.")
            found.append(value)
        return found

    def take(self, key: int, indices: Sequence[int]) -> list[np.ndarray]:
        """Like `look`; the tensors are no longer there then, nor is an entry without any."""
        found = self.look(key, indices)
        entry = self.complete[key]
        for index in indices:
            entry[index] = None
        if all(value is None for value in entry):
            del self.complete[key]
        return found


_areas: dict[Any, _Area] = {}
_lock = threading.Lock()


def _declare(area: type[_Area], prefix: str, name: str, act: Callable[..., Any]) -> None:
    """The kernel of an op: `act(area, dtypes, *inputs)`, which returns the outputs, while no other thread is there."""

    @kernel(name, host=True)
    def run(*inputs, capacity, memory_limit, dtypes, container, shared_name):
        with _lock:
            found = _areas.setdefault((prefix, container, shared_name), area(capacity, memory_limit))
        with found.changed:
            outputs = act(found, dtypes, *inputs)
            found.changed.notify_all()
        return outputs


def _checked(values: Tensors, wanted: Sequence[DType]) -> tuple[np.ndarray, ...]:
    if len(values) != len(wanted):
        raise invalid(f"Mismatch stage/unstage: {len(values)} vs. {len(wanted)}")
    for value, kind in zip(values, wanted, strict=True):
        if dtypes.of(value.dtype) != kind:
            raise invalid(f"The staging area holds a tensor of {dtypes.of(value.dtype).name}, not of {kind.name}")
    return tuple(values)


def _size(area, kinds):
    return np.int32(area.size())


def _clear(area, kinds):
    area.clear()
    return ()


# A queue ---------------------------------------------------------------------------------------------------


def _stage(area, kinds, values):
    area.await_room(values)
    area.entries.append(values)
    return ()


def _unstage(area, kinds):
    area.changed.wait_for(area.size)
    return _checked(area.entries.popleft(), kinds)


def _stage_peek(area, kinds, index):
    area.changed.wait_for(lambda: area.size() > int(index))
    return _checked(area.entries[int(index)], kinds)


for _name, _act in {
    "Stage": _stage,
    "Unstage": _unstage,
    "StagePeek": _stage_peek,
    "StageSize": _size,
    "StageClear": _clear,
}.items():
    _declare(_Queue, "Stage", _name, _act)


# Maps ------------------------------------------------------------------------------------------------------


def _map_stage(area, kinds, key, indices, values):
    area.put(int(key), indices.tolist(), values, len(kinds))
    return ()


def _map_peek(area, kinds, key, indices):
    return _checked(area.look(int(key), indices.tolist()), kinds)


def _map_unstage(area, kinds, key, indices):
    return _checked(area.take(int(key), indices.tolist()), kinds)


def _any_unstage(next_key: Callable[[dict[int, Any]], int]) -> Callable[..., Any]:
    def act(area, kinds, indices):
        area.changed.wait_for(area.size)
        key = next_key(area.complete)
        return np.int64(key), *_map_unstage(area, kinds, key, indices)

    return act


def _incomplete_size(area, kinds):
    return np.int32(len(area.incomplete))


# Without an order, the newest key comes first; the one that TensorFlow takes is usually that.
for _prefix, _next in {"Map": lambda entries: next(reversed(entries)), "OrderedMap": min}.items():
    for _name, _act in {
        "Stage": _map_stage,
        "Peek": _map_peek,
        "Unstage": _map_unstage,
        "UnstageNoKey": _any_unstage(_next),
        "Size": _size,
        "IncompleteSize": _incomplete_size,
        "Clear": _clear,
    }.items():
        _declare(_Map, _prefix, f"{_prefix}{_name}", _act)


# Shapes ----------------------------------------------------------------------------------------------------


@shape_function("StageSize", "MapSize", "MapIncompleteSize", "OrderedMapSize", "OrderedMapIncompleteSize")
def _(op):
    return SCALAR


@shape_function("Unstage", "StagePeek", "MapPeek", "MapUnstage", "OrderedMapPeek", "OrderedMapUnstage")
def _(op):
    return [UNKNOWN] * len(op.attr("dtypes"))


@shape_function("MapUnstageNoKey", "OrderedMapUnstageNoKey")
def _(op):
    return [UNKNOWN] * (1 + len(op.attr("dtypes")))
