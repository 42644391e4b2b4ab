"""The programs inside control flow: one plan for each graph, and how their state is that of the program around."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from tfshim import dtypes
from tfshim.buffers import Cell
from tfshim.lowering.handles import Handles
from tfshim.lowering.plan import Plan, Segment
from tfshim.lowering.program import Program, offset_of, state_of
from tfshim.lowering.tracer import Tracer
from tfshim.operation import Operation
from tfshim.ops.computation import default_platform

if TYPE_CHECKING:
    from tfshim.control_flow.computation import ControlFlow


@jax.tree_util.register_pytree_node_class
class Snapshot:
    """The state that control flow with effects read, as it was before it ran.

    `values` are those of `Nested.reads`. `slots` tells, for each of the instruction's inputs, which of them is the
    variable that is passed there.
    """

    def __init__(self, values: Sequence[Any], slots: tuple[int | None, ...]):
        self.values = list(values)
        self.slots = slots
        # Of control flow that ran from the host: what its ops with effects gave (see `outcomes`).
        self.log: list[Any] | None = None

    def tree_flatten(self) -> Any:
        return self.values, self.slots

    @classmethod
    def tree_unflatten(cls, slots: Any, values: Any) -> Snapshot:
        return cls(values, slots)


class Nested:
    """What one control-flow instruction runs.

    Args:
      computation: the branches or the loop.
      program: the program that the instruction is part of; None for a computation by itself, without state.
      inputs: the instruction's inputs.
      node: the instruction's node, if there is one.
    """

    def __init__(
        self, computation: ControlFlow, program: Program | None, inputs: Iterable[int], node: Operation | None = None
    ):
        self.computation = computation
        self.plans: list[Plan] = []
        # For each graph, the refs of its resources and generators, and the refs that these have around.
        self.outer: list[dict[int, int]] = []
        self.reads: list[int] = []
        self.writes: list[int] = []
        self.platform = default_platform()
        inputs = list(inputs)
        taken = computation.graph_inputs(inputs)
        self.handles = Handles(computation, program, taken, node)
        for inner in self.handles.programs:
            inner.pair_gradients()
            plan = Plan(inner)
            outer = {r: t for r, t in zip(inner.inputs, taken, strict=True) if r in inner.resources}
            for ref, cell in inner.rng_cells.items():
                if program is not None:
                    outer[ref] = program.new_ref()
                    program.resources.add(outer[ref])
                    program.rng_cells[outer[ref]] = cell
                    program.places[outer[ref]] = inner.places[ref]
            self.plans.append(plan)
            self.outer.append(outer)
            read, written = _state_refs(inner)
            # A graph that does not run leaves what it writes as it was.
            self.reads = list(dict.fromkeys([*self.reads, *self._outside(inner, outer, (*read, *written))]))
            self.writes = list(dict.fromkeys([*self.writes, *self._outside(inner, outer, written)]))

        self._slots = tuple([self.reads.index(r) if r in self.reads else None for r in inputs])

    def _outside(self, inner: Program, outer: dict[int, int], refs: Iterable[int]) -> Iterator[int]:
        """What refs of one graph's resources and generators are around; all that they may be, if that changes."""
        for ref in refs:
            if ref in inner.changing:
                yield from sorted(self.handles.possible(inner, ref))
            else:
                yield outer[ref]

    def snapshot(self, state: Sequence[Any]) -> Snapshot:
        """The snapshot for the values of `reads`."""
        return Snapshot(state, self._slots)

    def on(self, platform: str) -> Nested:
        """The same, evaluated for a platform."""
        self.platform = platform
        return self

    @property
    def compiles(self) -> bool:
        """False if some graph holds host ops, or values that must be known in its middle."""
        kept_on_host = any(
            t.dtype in dtypes.HOST_ONLY for g in self.computation.graphs for t in (*g.inputs, *g.outputs)
        )
        return not (kept_on_host or self.handles.changing) and all(
            len(p.steps) == 0 or (len(p.steps) == 1 and isinstance(p.steps[0], Segment)) for p in self.plans
        )

    def has_effects(self, which: int) -> bool:
        """True if one graph writes variables or draws random numbers."""
        return bool(_state_refs(self.plans[which].program)[1])

    def statics(self, which: int) -> list[int]:
        """Positions of the inputs of one graph whose values must be known when it is traced."""
        plan = self.plans[which]
        if not plan.steps or not isinstance(plan.steps[0], Segment):
            return []
        needed = set(plan.steps[0].statics)
        return [i for i, r in enumerate(plan.program.inputs) if r in needed]

    def run(self, which: int, values: Sequence[Any], state: dict[int, Any], checks: list[Any]) -> list[Any]:
        """Evaluates one graph under the current JAX trace; `state` is by the refs of the program around."""
        plan, outer = self.plans[which], self.outer[which]
        env = dict(zip(plan.program.inputs, values, strict=True))
        inner = {r: state[o] for r, o in outer.items() if o in state}
        inner.update({offset_of(r): state[offset_of(o)] for r, o in outer.items() if offset_of(o) in state})
        tracer = Tracer(plan, env, inner, [], self.platform, inside=True)
        for instruction in plan.program.instructions:
            tracer.step(instruction)
        resources = plan.program.resources
        outputs = [None if r in resources else tracer.value(r) for r in plan.program.outputs]
        checks.extend(tracer.checks)
        for r, o in outer.items():
            if o in state:
                state[o] = inner[r]
        return outputs

    def forget_driven(self) -> None:
        """Takes back that instructions run from the host, to trace them under other circumstances."""
        for plan in self.plans:
            plan.forget_driven()

    def drive(self, which: int, values: Sequence[Any], cells: dict[int, Cell]) -> list[Any]:
        """Runs one graph's plan from the host; `cells` are by the refs of the program around."""
        plan, outer = self.plans[which], self.outer[which]
        own = {r: cells[o] for r, o in outer.items()}
        # A handle that changes is passed as a value.
        own.update((r, v) for r, v in zip(plan.program.inputs, values, strict=True) if isinstance(v, Cell))
        outputs, _ = plan.run(values, own)
        return outputs

    def origin(self, which: int, ref: int) -> int:
        """The ref that `ref` of one graph is a copy of."""
        producer = self.plans[which]._producer
        while ref in producer and producer[ref].computation.name == "Identity":
            ref = producer[ref].inputs[0]
        return ref

    # Arithmetic on known integers

    def fold(self, which: int, ref: int, known: dict[int, np.ndarray]) -> np.ndarray | None:
        """The value of a ref of one graph that integer arithmetic on `known` determines; None if it does not."""
        plan = self.plans[which]
        if ref in known:
            return known[ref]
        if ref in plan.program.constants:
            return plan.program.constants[ref]
        instruction = plan._producer.get(ref)
        if instruction is None or not plan._foldable(instruction) or instruction.computation.kernel.shapes_only:
            return None
        values = [self.fold(which, r, known) for r in instruction.inputs]
        if any(v is None for v in values):
            return None
        known.update(zip(instruction.outputs, instruction.computation.call_numpy(values), strict=True))
        return known[ref]

    def sources(self, which: int, ref: int) -> set[int] | None:
        """The inputs from which integer arithmetic computes a ref of one graph; None if other work is needed."""
        plan = self.plans[which]
        if ref in plan.program.constants:
            return set()
        if ref in plan.program.inputs:
            return {plan.program.inputs.index(ref)}
        instruction = plan._producer.get(ref)
        if instruction is None or not plan._foldable(instruction) or instruction.computation.kernel.shapes_only:
            return None
        found: set[int] = set()
        for r in instruction.inputs:
            more = self.sources(which, r)
            if more is None:
                return None
            found |= more
        return found


def _state_refs(program: Program) -> tuple[list[int], list[int]]:
    """The resources and generators that a program reads, and those that it writes."""
    read: dict[int, None] = {}
    written: dict[int, None] = {}
    for instruction in program.instructions:
        reads, writes = state_of(instruction)
        read.update(dict.fromkeys(r for r in reads if r not in written))
        written.update(dict.fromkeys(writes))
    return list(read), list(written)
