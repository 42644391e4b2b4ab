"""What branches and loops have in common: a computation that runs graphs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tfshim import dtypes
from tfshim.backprop import Record, is_trainable
from tfshim.control_flow.replay import Replay, variable_dtype
from tfshim.dtypes import DType
from tfshim.graph import FuncGraph, Operation
from tfshim.lowering.nested import Nested
from tfshim.lowering.program import Program
from tfshim.ops import op
from tfshim.ops.bounds import NeedsValue
from tfshim.ops.computation import Computation
from tfshim.shapes import TensorShape
from tfshim.tensor import Tensor

if TYPE_CHECKING:
    from tfshim.ops.registry import Check


class ControlFlow(Computation):
    """An op that runs one of its graphs, or runs them again and again.

    `evaluate` is the op as a pure JAX function, traced as part of a program. `drive` runs it from the host, for graphs
    that do not compile.

    The node of one with effects has an output more than its values: a snapshot of the state that it read, which its
    derivatives start from (`replay`).
    """

    __slots__ = ("_built", "_replays", "graphs", "stateful")

    # Values that are known while tracing stay known inside: shapes are made of them.
    keeps_known = True
    # How many inputs of the node come before those of the graphs.
    leading = 0

    def __init__(self, name: str, graphs: Sequence[FuncGraph]):
        super().__init__(name, ())
        self.graphs = tuple(graphs)
        self.stateful = any(n.stateful for g in graphs for n in g._nodes)
        self._built: Nested | None = None
        self._replays: dict[tuple[int, ...], Replay] = {}

    # To be told by each kind

    def value_dtypes(self, inputs: Sequence[Tensor]) -> tuple[DType, ...]:
        """Dtypes of the values."""
        raise NotImplementedError

    def value_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        """Static shapes of the values."""
        raise NotImplementedError

    def graph_inputs(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Those of the node's inputs that each graph takes."""
        return inputs[self.leading :]

    def evaluate(self, nested: Nested, values: Sequence[Any], state: dict[int, Any], checks: list[Check]) -> list[Any]:
        """The values for the inputs `values`; `state` is brought up to date, `checks` extended.

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

    def given(self, wrt: tuple[int, ...], of: tuple[int, ...]) -> tuple[int, ...]:
        """Those of the inputs `wrt` that have a gradient in TensorFlow: zeros where they are not `connected`."""
        return ()

    # The node

    def output_dtypes(self, inputs: Sequence[Tensor]) -> tuple[DType, ...]:
        """Dtypes of the node's outputs."""
        values = self.value_dtypes(inputs)
        return (*values, dtypes.snapshot) if self.stateful else values

    def output_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        """Static shapes of the node's outputs."""
        values = self.value_shapes(inputs)
        return [*values, TensorShape([])] if self.stateful else values

    # Lowering

    def inline_into(self, program: Program, node: Operation, inputs: list[int]) -> list[int]:
        """Appends an instruction that holds the graphs as programs of their own."""
        instruction = program.append(node, inputs)
        if instruction.nested is None:
            instruction.nested = Nested(self, program, inputs, node)
        return instruction.nested.handles.named(program, instruction.outputs)

    def build(self, statics: Sequence[np.ndarray], platform: str) -> Callable[..., tuple]:
        """The pure function of the operands, for derivatives that are computed anew."""
        nested = self._alone
        if not nested.compiles:
            raise NeedsValue(f"a {self.name} that runs from the host")
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

    # Derivatives

    def plan_gradient(
        self, made: Record, of: tuple[int, ...], wanted: Sequence[int]
    ) -> tuple[tuple[int, ...], tuple[int, ...], Computation] | None:
        """The inputs that get a gradient for cotangents of the outputs `of`, and the computation of it."""
        wrt = tuple(i for i in wanted if is_trainable(made.inputs[i].dtype))
        of = tuple(i for i in of if is_trainable(made.outputs[i].dtype))
        handles = tuple(i for i in of if made.outputs[i].dtype is dtypes.resource)
        if any(made.inputs[i].dtype is dtypes.resource for i in self.connected(wrt, handles)):
            raise NotImplementedError(
                f"gradients do not flow through handles that {self.name} returns: return the values of the variables"
            )
        of = tuple(i for i in of if i not in handles)
        wrt = self.connected(wrt, of) if of else ()
        pure, wrt, positions = self.pure(made, wrt)
        return (wrt, of, pure.vjp(pure.n_inputs, positions, of)) if wrt else None

    def zeros(self, made: Record, of: tuple[int, ...], wanted: Sequence[int]) -> Iterator[tuple[int, Tensor]]:
        """Those of the inputs `wanted` that are `given` a gradient, which no gradient flows to, and its zeros."""
        of = tuple(i for i in of if is_trainable(made.outputs[i].dtype))
        wrt = tuple(i for i in wanted if is_trainable(made.inputs[i].dtype))
        for i in self.given(wrt, of) if of and wrt else ():
            value = made.inputs[i]
            if value.dtype is dtypes.resource:
                dtype = variable_dtype(self.graphs, i - self.leading)
                if dtype is None:
                    continue
                value = op("ReadVariableOp")(value, dtype=dtype)
            yield i, op("ZerosLike")(value)

    @property
    def n_inputs(self) -> int:
        """How many inputs the node has."""
        return self.leading + len(self.graphs[0].inputs)

    def pure(self, made: Record, wrt: tuple[int, ...]) -> tuple[Any, tuple[int, ...], tuple[int, ...]]:
        """What to differentiate for derivatives with respect to the inputs `wrt` of a node.

        Returns:
          A computation without effects; those of `wrt` with respect to which it has derivatives; the positions of
          these among its inputs.
        """
        handles = tuple(i for i in wrt if made.inputs[i].dtype is dtypes.resource)
        if not self.stateful:
            wrt = tuple(i for i in wrt if i not in handles)
            return self, wrt, wrt
        found = self._replays.get(handles)
        if found is None:
            found = self._replays[handles] = Replay(self, handles)
        return found, wrt, found.positions(wrt)
