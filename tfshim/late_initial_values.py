"""Variables whose initial value is computed where a function around their creation runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfshim.dtypes import DType
from tfshim.execute import execute
from tfshim.ops.computation import Computation
from tfshim.shapes import TensorShape
from tfshim.tensor import Tensor


class _GiveInitialValue(Computation):
    """Stores a value in a variable that has none. Inputs: the handle, the value."""

    __slots__ = ()

    stateful = True

    def __init__(self) -> None:
        super().__init__("GiveInitialValue", (), host=True)

    def output_dtypes(self, inputs: Sequence[Tensor]) -> tuple[DType, ...]:
        """There are no outputs."""
        return ()

    def output_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        """There are no outputs."""
        return []

    def call_host(self, inputs: Sequence[Any]) -> tuple[()]:
        """Takes the variable's cell and an array."""
        cell, value = inputs
        if cell.array is None:
            cell.store(value)
        return ()


def give_initial_value(handle: Tensor, value: Tensor) -> None:
    """Adds a node to the current graph that gives a variable its first value, at the first run."""
    execute(_GiveInitialValue(), (handle, value))
