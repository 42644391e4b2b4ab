"""Branches and loops of which a session needs some results: what only the others need does not run.

In a plain graph nothing runs but what a fetch depends on. TensorFlow takes branches and loops apart for that:
effects of results that are not asked for do not happen, and placeholders behind them need no value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from tfshim import dtypes
from tfshim.control_flow.branches import Branches
from tfshim.control_flow.computation import ControlFlow
from tfshim.control_flow.graphs import ControlFlowGraph
from tfshim.control_flow.loops import BODY, COND, Loop
from tfshim.graph import FuncGraph, Operation
from tfshim.ops.computation import Derivative
from tfshim.tensor import SymbolicTensor


class Part(NamedTuple):
    """What is left of one node: the computation, and which of the node's inputs and outputs it has."""

    computation: ControlFlow
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


# From a graph of a branch or loop and the positions of wanted outputs: the positions of the inputs that these need, and
# the copy of the graph with certain inputs and those outputs, or None if that is the graph itself.
Needs = Callable[[FuncGraph, Sequence[int]], set[int]]
Copies = Callable[[FuncGraph, Sequence[int], Sequence[int]], FuncGraph | None]


def divisible(nodes: Iterable[Operation]) -> set[Operation]:
    """Those of the nodes a session needs that it may run in part."""
    nodes = list(nodes)
    found = {n for n in nodes if _is_divisible(n)}
    if found:
        # A derivative finds what it is of by its computation and inputs; one with effects, by its snapshot.
        pinned = {id(n.computation.forward) for n in nodes if isinstance(n.computation, Derivative)}
        found = {n for n in found if id(n.computation) not in pinned}
    return found


def _is_divisible(node: Operation) -> bool:
    computation = node.computation
    return type(computation) in (Branches, Loop) and all(map(_is_traced_here, computation.graphs))  # type: ignore[attr-defined]


def _is_traced_here(graph: FuncGraph) -> bool:
    """False for graphs of imported functions, which run as a whole, and for those that make tables or variables."""
    made = (t for n in graph._nodes if not n.inputs for t in n.outputs if t.dtype is dtypes.resource)
    return type(graph) is ControlFlowGraph and {id(t) for t in graph.inputs}.issuperset(map(id, made))


def part_of(node: Operation, wanted: set[int], needs: Needs, copy: Copies) -> Part | None:
    """The part of a node that gives the outputs `wanted`; None if that is all of it."""
    computation: ControlFlow = node.computation  # type: ignore[assignment]
    values = len(node._outputs) - computation.stateful
    if values in wanted:  # the snapshot, from which derivatives start
        return None
    graphs = computation.graphs
    if isinstance(computation, Loop):
        kept = _carried(computation, wanted, needs)
        used = set(kept).union(needs(graphs[BODY], kept), needs(graphs[COND], [0]))
    else:
        kept = sorted(wanted)
        used = set().union(*(needs(g, kept) for g in graphs))
    positions = sorted(used)
    outputs = [[0] if isinstance(computation, Loop) and i == COND else kept for i in range(len(graphs))]
    copies = [copy(g, positions, o) for g, o in zip(graphs, outputs, strict=True)]
    if all(c is None for c in copies):
        return None
    parts = [g if c is None else c for g, c in zip(graphs, copies, strict=True)]
    made: ControlFlow
    if isinstance(computation, Loop):
        made = Loop(parts[COND], parts[BODY], [computation.shapes[i] for i in kept])
    else:
        made = Branches(parts, computation.boolean)  # type: ignore[attr-defined]
    leading = computation.leading
    return Part(made, (*range(leading), *(leading + i for i in positions)), tuple(kept))


def _carried(loop: Loop, wanted: set[int], needs: Needs) -> list[int]:
    """The loop variables on which the test and the wanted ones depend."""
    kept = wanted | needs(loop.graphs[COND], [0])
    while True:
        kept = {i for i in kept if i < loop.n_vars}
        more = needs(loop.graphs[BODY], sorted(kept))
        if kept.issuperset(i for i in more if i < loop.n_vars):
            return sorted(kept)
        kept |= more


def used_inputs(
    graph: FuncGraph, outputs: Sequence[SymbolicTensor], nodes: Iterable[tuple[Operation, Part | None]]
) -> set[int]:
    """The positions of the inputs of a graph that its nodes, or the parts of them, and its outputs take."""
    used = {id(t) for t in outputs}
    for node, part in nodes:
        used.update(id(t) for i, t in enumerate(node.inputs) if part is None or i in part.inputs)
    return {i for i, t in enumerate(graph.inputs) if id(t) in used}
