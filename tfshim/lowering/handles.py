"""The handles that branches and loops take and give: of which variables they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tfshim.lowering.program import Program, linearise
from tfshim.operation import Operation

if TYPE_CHECKING:
    from tfshim.control_flow.computation import ControlFlow


def _inside(program: Program | None, node: Operation | None) -> Program:
    """An empty program for a graph that a node of `program` runs."""
    if program is None:
        return Program(keeps_gradients=True)
    place = program.place if node is None else (*program.place, node)
    return Program(True, program.replays, program.sequences, place)


class Handles:
    """The programs of one control-flow instruction's graphs, and what is known of the handles in them.

    A handle that all branches, or each iteration, pass on is another name of one around. Of others, only running tells
    whose they are (*changing*): what takes or gives them runs from the host.

    Args:
      computation: the branches or the loop.
      program: the program that the instruction is part of; None for a computation by itself.
      taken: the refs of the graphs' inputs in that program.
      node: the node that runs the graphs, if there is one.
    """

    def __init__(self, computation: ControlFlow, program: Program | None, taken: Sequence[int], node: Operation | None):
        around = {} if program is None else program.changing
        carried = getattr(computation, "n_vars", 0)
        changing = {i for i, r in enumerate(taken) if r in around}
        while True:
            self.programs = [
                linearise(graph, graph.inputs, graph.outputs, _inside(program, node), changing)
                for graph in computation.graphs
            ]
            outputs = [(p, j, r) for p in self.programs for j, r in enumerate(p.outputs) if r in p.resources]
            moved = {j for p, j, r in outputs if j < carried and r != p.inputs[j]}
            if moved <= changing:
                break
            changing |= moved
        # For each of the graphs' inputs, what it may be around.
        self._possible = [around.get(r, frozenset([r])) for r in taken]
        while moved:
            before = list(self._possible)
            for p, j, r in outputs:
                if j in moved:
                    self._possible[j] |= self.possible(p, r)
            if self._possible == before:
                break
        # For each output that is a handle: the ref around that it is another name of, or all that it may be.
        self.names: dict[int, int] = {}
        self.changing: dict[int, frozenset[int]] = {}
        for j in {j for _, j, _ in outputs}:
            alternatives = [(p, r) for p, position, r in outputs if position == j]
            same = {taken[p.inputs.index(r)] if r in p.inputs else None for p, r in alternatives}
            if j in moved or len(same) > 1 or None in same:
                self.changing[j] = frozenset().union(*(self.possible(p, r) for p, r in alternatives))
            else:
                (self.names[j],) = same  # type: ignore[assignment]

    def possible(self, inner: Program, ref: int) -> frozenset[int]:
        """The refs around that a handle of one graph may be."""
        sources = [r for r in inner.changing.get(ref, (ref,)) if r in inner.inputs]
        return frozenset().union(*(self._possible[inner.inputs.index(r)] for r in sources))

    def named(self, program: Program, outputs: Sequence[int]) -> list[int]:
        """The refs of the instruction's outputs for what comes after it in `program`."""
        program.changing.update((outputs[j], refs) for j, refs in self.changing.items())
        return [self.names.get(j, ref) for j, ref in enumerate(outputs)]
