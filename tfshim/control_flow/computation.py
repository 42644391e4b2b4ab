"""What branches and loops have in common: a computation that runs graphs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tfshim import dtypes
from tfshim.backprop import Record, is_trainable
from tfshim.dtypes import DType
from tfshim.errors import UnimplementedError
from tfshim.graph import FuncGraph, Operation
from tfshim.lowering.nested import Nested
from tfshim.lowering.program import Program
from tfshim.ops.computation import Computation, Vjp
from tfshim.shapes import TensorShape
from tfshim.tensor import Tensor

if TYPE_CHECKING:
    from tfshim.ops.registry import Check


class ControlFlow(Computation):
    """An op that runs one of its graphs, or runs them again and again.

    `evaluate` is the op as a pure JAX function, traced as part of a program. `drive` runs it from the host, for graphs
    that do not compile.
    """

    __slots__ = ("_built", "graphs", "stateful")

    # Values that are known while tracing stay known inside: shapes are made of them.
    keeps_known = True
    # How many inputs of the node come before those of the graphs.
    leading = 0

    def __init__(self, name: str, graphs: Sequence[FuncGraph]):
        super().__init__(name, ())
        self.graphs = tuple(graphs)
        self.stateful = any(n.stateful for g in graphs for n in g._nodes)
        self._built: Nested | None = None

    # To be told by each kind

    def output_dtypes(self, inputs: Sequence[Tensor]) -> tuple[DType, ...]:
        """Dtypes of the node's outputs."""
        raise NotImplementedError

    def output_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        """Static shapes of the node's outputs."""
        raise NotImplementedError

    def graph_inputs(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Those of the node's inputs that each graph takes."""
        return inputs[self.leading :]

    def evaluate(self, nested: Nested, values: Sequence[Any], state: dict[int, Any], checks: list[Check]) -> list[Any]:
        """The outputs; `state` is brought up to date, `checks` extended.

        Raises:
          NeedsValue: it cannot be traced for these values.
        """
        raise NotImplementedError

    def drive(self, nested: Nested, values: Sequence[Any], run: Callable[[int, Sequence[Any]], list[Any]]) -> list[Any]:
        """Runs from the host: `run(which, inputs)` runs one graph on its inputs."""
        raise NotImplementedError

    def connected(self, wrt: tuple[int, ...], of: tuple[int, ...]) -> tuple[int, ...]:
        """Those of the inputs `wrt` from which gradients can flow to the outputs `of`."""
        raise NotImplementedError

    # Lowering

    def inline_into(self, program: Program, node: Operation, inputs: list[int]) -> list[int]:
        """Appends an instruction that holds the graphs as programs of their own."""
        instruction = program.append(node, inputs)
        if instruction.nested is None:
            instruction.nested = Nested(self, program, inputs)
        return instruction.outputs

    def build(self, statics: Sequence[np.ndarray], platform: str) -> Callable[..., tuple]:
        """The pure function of the operands, for gradients that are computed anew."""
        if self.stateful:
            raise UnimplementedError(
                None,
                None,
                f"the gradient of a {self.name} that draws random numbers or writes variables can only be computed "
                "in the function call that ran it: take the gradient inside the tf.function",
            )
        nested = self._alone
        on_host = next((i for p in nested.plans for i in p.program.instructions if i.host), None)
        if on_host is not None:
            raise UnimplementedError(
                None,
                None,
                f"the second derivative of a {self.name} with {on_host.computation.name}, which runs on the host: take "
                "first derivatives only, or move that op out of the branch or loop",
            )
        return lambda *operands: tuple(self.evaluate(nested.on(platform), operands, {}, []))

    @property
    def _alone(self) -> Nested:
        """The programs of the graphs, outside of any other program."""
        if self._built is None:
            self._built = Nested(self, None, range(self.leading + len(self.graphs[0].inputs)))
        return self._built

    @property
    def repeatable(self) -> bool:
        """True if it can be run again, compiled, to be differentiated: it has no effects and no work for the host."""
        return not self.stateful and self._alone.compiles

    # Gradients

    def plan_gradient(
        self, made: Record, of: tuple[int, ...], wanted: Sequence[int]
    ) -> tuple[tuple[int, ...], tuple[int, ...], Computation] | None:
        """The inputs that get a gradient for cotangents of the outputs `of`, and the computation of it."""
        wrt = tuple(
            i for i in wanted if is_trainable(made.inputs[i].dtype) and made.inputs[i].dtype is not dtypes.resource
        )
        of = tuple(i for i in of if is_trainable(made.outputs[i].dtype))
        wrt = self.connected(wrt, of) if of else ()
        if not wrt:
            return None
        n = len(made.inputs)
        return wrt, of, PairedVjp(self, n, wrt, of) if self.stateful else self.vjp(n, wrt, of)


class PairedVjp(Vjp):
    """The gradient of control flow that has effects: it takes what the forward pass left, and cannot be repeated.

    Inputs: those of the forward node, its first output (by which lowering finds it), then the cotangents.
    """

    __slots__ = ()
    anchors = 1
