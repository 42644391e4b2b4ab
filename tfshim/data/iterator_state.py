"""Iterators in checkpoints: how many elements were taken, and the seeds of shuffles.

A restored iterator starts over and leaves out as many elements. TensorFlow saves the inner state of its iterators as
a value of theirs. Here it is the value of a child: so each finds a value that it does not know in what the other
saves, restores the rest, and says so in `assert_consumed()`; an iterator here that found TensorFlow's state gives no
element any more, rather than to start over.
"""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.api.callbacks import numpy_function
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.tracking import TensorCallable, Trackable


class IteratorState(Trackable):
    """What is saved of an iterator."""

    def __init__(self, cell: Any):
        self._cell = cell

    def _serialize_to_tensors(self) -> dict[str, Any]:
        return {"STATE": TensorCallable(self._state, dtypes.int64)}

    def _state(self) -> Any:
        if context.graph is None:
            return convert_to_tensor(self._cell.state)
        return numpy_function(lambda: self._cell.state, [], dtypes.int64)

    def _restore_from_tensors(self, restored_tensors: dict[str, Any]) -> Any:
        if context.graph is not None:
            raise NotImplementedError("an iterator is restored from a checkpoint in eager mode only")
        self._cell.restore(restored_tensors["STATE"].numpy())
