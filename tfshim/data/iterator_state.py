"""Iterators in checkpoints: how many elements were taken, and the seeds of shuffles.

A restored iterator starts over and leaves out as many elements. TensorFlow saves the inner state of its iterators;
neither can read what the other saves, and both say so of the value in `assert_consumed()`.
"""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.api.callbacks import numpy_function
from tfshim.checkpoint.saveables import SaveableObject, SaveSpec
from tfshim.context import context
from tfshim.convert import convert_to_tensor

# The attribute under which it is saved. TensorFlow's is ITERATOR, and takes all that begins so for its own.
STATE = "STATE_OF_ITERATOR"


class IteratorState(SaveableObject):
    """What is saved of an iterator."""

    def __init__(self, cell: Any, name: str):
        self._cell = cell
        super().__init__(cell, [SaveSpec(self._state, "", name, dtypes.int64)], name)

    def _state(self) -> Any:
        if context.graph is None:
            return convert_to_tensor(self._cell.state)
        return numpy_function(lambda: self._cell.state, [], dtypes.int64)

    def restore(self, restored_tensors: Any, restored_shapes: Any) -> Any:
        """Moves the iterator."""
        (state,) = restored_tensors
        if context.graph is not None:
            raise NotImplementedError("an iterator is restored from a checkpoint in eager mode only")
        self._cell.restore(state.numpy())
