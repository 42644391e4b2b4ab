"""Assertions on values: `tf.debugging.Assert`, at run time and inside functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.context import context
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.dtypes import DType
from tfshim.errors import InvalidArgumentError
from tfshim.export import export
from tfshim.ops import op, text
from tfshim.ops.computation import Computation
from tfshim.ops.registry import runtime_check
from tfshim.shapes import TensorShape
from tfshim.tensor import Tensor


class Assertion(Computation):
    """Fails the program that contains it if its first input is not true everywhere.

    `parts` are the pieces of the message: text, or the position of the input whose value is shown. With strings among
    these it runs on the host, else as a check of the compiled program.
    """

    __slots__ = ("parts", "summarize")

    stateful = True

    def __init__(self, parts: tuple[Any, ...], summarize: int, host: bool):
        super().__init__("Assert", (), host=host)
        self.parts = parts
        self.summarize = summarize

    def output_dtypes(self, inputs: Sequence[Tensor]) -> tuple[DType, ...]:
        """An assertion has no outputs."""
        return ()

    def output_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        """An assertion has no outputs."""
        return []

    def message(self, *values: np.ndarray) -> str:
        """What the error says: the data as TensorFlow summarises it."""
        shown = [p if isinstance(p, str) else text.summarize(values[p], self.summarize) for p in self.parts]
        return "assertion failed: " + " ".join(f"[{s}]" for s in shown)

    def build(self, statics: Sequence[np.ndarray], platform: str) -> Callable[..., tuple]:
        def run(condition, *data):
            runtime_check(condition, self.message, *data, always=True)
            return ()

        return run

    def call_host(self, inputs: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        """Checks values on the host."""
        if not np.all(inputs[0]):
            raise InvalidArgumentError(None, None, self.message(*inputs[1:]))
        return ()


@export("debugging.Assert", "Assert")
def Assert(condition: Any, data: Any, summarize: int | None = None, name: str | None = None) -> Any:
    """Raises InvalidArgumentError when `condition` turns out false.

    Args:
      condition: boolean tensor; all elements must hold.
      data: tensors that the message shows.
      summarize: how many elements of each to show (3 by default, -1 for all).
      name: of the node.

    Returns the operation in a graph, None in eager mode.
    """
    limit = 3 if summarize is None else summarize
    tensors = [convert_to_tensor(d) for d in data]
    graph = context.graph
    if graph is None:
        if not np.all(convert_to_tensor(condition).host_value()):  # type: ignore[attr-defined]
            shown = "\n".join(repr_data(t, limit) for t in tensors)
            raise InvalidArgumentError(None, None, f"Expected '{condition!s}' to be true. Summarized data: {shown}")
        return None
    condition = convert_to_tensor(condition, dtypes.bool if not isinstance(condition, Tensor) else None)
    computation, operands = assertion(tensors, limit)
    with graph.name_scope(name or "Assert"):
        graph.add_computation(computation, [condition, *operands], {}, "Assert")
    return graph.get_operations()[-1]


def assertion(tensors: Sequence[Tensor], limit: int) -> tuple[Assertion, list[Tensor]]:
    """The computation of an assertion whose message shows `tensors`, and those of them that a node takes as inputs."""
    parts: list[Any] = []
    operands: list[Tensor] = []
    for tensor in tensors:
        known = constant_value(tensor) if tensor.dtype is dtypes.string else None
        if known is not None:
            parts.append(text.summarize(known, limit))
        else:
            parts.append(len(operands))
            operands.append(tensor)
    return Assertion(tuple(parts), limit, any(t.dtype is dtypes.string for t in operands)), operands


def repr_data(tensor: Tensor, limit: int) -> str:
    """One datum of an eager assertion's message."""
    flat = tensor.host_value().ravel()  # type: ignore[attr-defined]
    texts = [str(v) for v in (flat if limit < 0 else flat[:limit])]
    return ", ".join(texts + ["..."] * (0 <= limit < flat.size))


def checked(tensor: Tensor, condition: Any, data: Any) -> Tensor:
    """`tensor`, behind an assertion: also in graphs where only what a result needs runs."""
    check = Assert(condition, data)
    if check is None:
        return tensor
    with context.graph.control_dependencies([check]):  # type: ignore[union-attr]
        return op("Identity")(tensor)
