"""Derivatives of branches and loops that write variables or draw random numbers.

Such a node cannot run again to be differentiated. So it leaves a snapshot of the state that it read before it ran
(`lowering.nested.Snapshot`), and what is differentiated is a `Replay`: the same work as a pure function of the inputs
and the snapshot. Where the first gradient is all that is asked for, lowering finds the node by its snapshot, lets it
leave residuals, and nothing is replayed (`Program.pair_gradients`).

A variable that is read there has a gradient too, as in TensorFlow: all reads of it, before and after writes, are taken
to be of the same variable plus an *offset*, which is zero and the source of the derivatives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from tfshim.backprop import Record
from tfshim.dtypes import DType
from tfshim.execute import execute
from tfshim.graph import FuncGraph, shape_behind
from tfshim.lowering.nested import Nested, Snapshot
from tfshim.lowering.program import Program, offset_of
from tfshim.ops.bounds import NeedsValue
from tfshim.ops.computation import Computation, OpComputation
from tfshim.shapes import TensorShape
from tfshim.tensor import Tensor

if TYPE_CHECKING:
    from tfshim.control_flow.computation import ControlFlow


class Replay(Computation):
    """Control flow with effects as a pure function.

    Inputs: those of the node (nothing is taken of resources), the snapshot, an offset for each of the node's inputs
    `handles`. Outputs: the node's values.
    """

    __slots__ = ("_nested", "handles", "offsets", "original")

    keeps_known = True

    def __init__(self, original: ControlFlow, handles: tuple[int, ...]):
        super().__init__(original.name, ())
        self.original = original
        self.handles = handles
        self.offsets = [Offset(i, self._dtype(i)) for i in handles]
        self._nested: dict[tuple[int | None, ...], Nested] = {}

    def _dtype(self, handle: int) -> DType:
        dtype = variable_dtype(self.original.graphs, handle - self.original.leading)
        if dtype is None:  # a derivative there is that of a read through another name
            raise NotImplementedError(f"gradients do not flow to variables whose handles a {self.name} exchanges")
        return dtype

    @property
    def n_inputs(self) -> int:
        """How many inputs there are."""
        return self.original.n_inputs + 1 + len(self.handles)

    def positions(self, wrt: Sequence[int]) -> tuple[int, ...]:
        """Where derivatives with respect to inputs of the node are taken: at a variable's offset, not at its handle."""
        first = self.original.n_inputs + 1
        return tuple(first + self.handles.index(i) if i in self.handles else i for i in wrt)

    def originals(self, positions: Sequence[int]) -> tuple[int, ...]:
        """The inputs of the node that `positions` are for."""
        first = self.original.n_inputs + 1
        return tuple(self.handles[i - first] if i >= first else i for i in positions)

    def taken(self, made: Record) -> list[Tensor]:
        """What a derivative takes besides the inputs of the node whose record is `made`."""
        snapshot = made.outputs[-1]
        offsets = [
            execute(offset, [made.inputs[i], snapshot])[0] for i, offset in zip(self.handles, self.offsets, strict=True)
        ]
        return [snapshot, *offsets]

    def output_dtypes(self, inputs: Sequence[Tensor]) -> tuple[DType, ...]:
        """Dtypes of the values."""
        return self.original.value_dtypes(inputs[: self.original.n_inputs])

    def output_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        """Static shapes of the values."""
        return self.original.value_shapes(inputs[: self.original.n_inputs])

    def build(self, statics: Sequence[np.ndarray], platform: str) -> Callable[..., tuple]:
        n = self.original.n_inputs

        def run(*operands: Any) -> tuple:
            snapshot: Snapshot = operands[n]
            nested = self.nested_for(snapshot)
            if not nested.compiles:
                raise NeedsValue(f"a {self.name} that runs from the host")
            state = dict(zip(nested.reads, snapshot.values, strict=True))
            for i, offset in zip(self.handles, operands[n + 1 :], strict=True):
                state[offset_of(_ref(snapshot.slots, i))] = offset
            return tuple(self.original.evaluate(nested.on(platform), operands[:n], state, []))

        return run

    def nested_for(self, snapshot: Snapshot) -> Nested:
        """The programs of the graphs for inputs that share variables as those of the node did."""
        slots = snapshot.slots
        found = self._nested.get(slots)
        if found is None:
            program = Program(replays=True)
            for tensor in [None] * self.original.leading + self.original.graphs[0].inputs:
                program.new_ref(None if tensor is None else tensor.dtype)
            refs = [_ref(slots, i) for i in range(self.original.n_inputs)]
            found = self._nested[slots] = Nested(self.original, program, refs)
        return found


def _ref(slots: Sequence[int | None], position: int) -> int:
    """The first of the inputs that are the same variable as the one at `position`."""
    return position if slots[position] is None else slots.index(slots[position])


class Offset(Computation):
    """Zeros of the shape of a variable. Inputs: the handle, and the snapshot of a node that has it as input `position`.

    Its derivative is that of the variable itself.
    """

    __slots__ = ("dtype", "position")

    keeps_known = True

    def __init__(self, position: int, dtype: DType):
        super().__init__("VariableOffset", ())
        self.position = position
        self.dtype = dtype

    def output_dtypes(self, inputs: Sequence[Tensor]) -> tuple[DType, ...]:
        """The variable's dtype."""
        return (self.dtype,)

    def output_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        """The variable's shape."""
        return [shape_behind(inputs[0])]

    def build(self, statics: Sequence[np.ndarray], platform: str) -> Callable[..., tuple]:
        def run(handle: None, snapshot: Snapshot) -> tuple:
            slot = snapshot.slots[self.position]
            return (jnp.zeros_like(snapshot.values[slot]),)  # type: ignore[index]

        return run


def variable_dtype(graphs: Sequence[FuncGraph], position: int) -> DType | None:
    """The dtype of the variable at input `position` of some graphs; None if none of them uses it."""
    for graph in graphs:
        handle = graph.inputs[position]
        for node in graph._nodes:
            for i in [i for i, t in enumerate(node.inputs) if t is handle]:
                found = node.attrs.get("dtype") if isinstance(node.computation, OpComputation) else None
                if found is None:
                    found = _dtype_inside(node.computation, i)
                if found is not None:
                    return found
    return None


def _dtype_inside(computation: Any, position: int) -> DType | None:
    """`variable_dtype` for an input of a call, of branches or of a loop."""
    if hasattr(computation, "graphs"):
        return variable_dtype(computation.graphs, position - computation.leading)
    if hasattr(computation, "graph"):
        return variable_dtype([computation.graph], position)
    return None
