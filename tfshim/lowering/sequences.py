"""The generator states of random ops in functions that are called in several ways."""

from __future__ import annotations

from tfshim.buffers import Cell
from tfshim.operation import Operation
from tfshim.seeds import node_state

# A random op as part of a program: the nodes of the calls and of the control flow around it, then the op itself.
Place = tuple[Operation, ...]


class Sequences:
    """The sequences of the random ops of a function, for one way to call it: all programs for it share them."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, ...], Cell] = {}

    def cell(self, place: Place) -> Cell:
        """The state of the op at a place; the function's graph keeps the nodes alive."""
        key = tuple(map(id, place))
        found = self._cells.get(key)
        if found is None:
            found = self._cells.setdefault(key, node_state(place[-1].attrs))
        return found
