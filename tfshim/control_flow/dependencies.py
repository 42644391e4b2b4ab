"""Which effects run in branches and loops of plain graphs, and what outside nodes they wait for.

In functions everything runs, in program order. In a plain graph a session runs what its fetches need, and so do the
branches and loops in it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from tfshim.context import context
from tfshim.control_flow.graphs import ControlFlowGraph
from tfshim.graph import FuncGraph, Graph
from tfshim.operation import Operation


def drop_idle(graphs: Sequence[ControlFlowGraph]) -> None:
    """Drops the nodes on which no result depends, where the graph around is no function."""
    outer: Graph | None = context.graph
    while isinstance(outer, ControlFlowGraph):
        outer = outer.outer_graph
    if outer is None or outer.building_function:
        return
    for graph in graphs:
        needed: set[Operation] = {t.op for t in graph.inputs}
        stack = [t.op for t in graph.outputs]
        while stack:
            node = stack.pop()
            if node not in needed:
                needed.add(node)
                stack.extend(t.op for t in node.inputs)
                stack.extend(node.control_inputs)
        graph._nodes = [n for n in graph._nodes if n in needed]
        graph._by_name = {n.name: n for n in graph._nodes}


@contextlib.contextmanager
def waiting(graphs: Sequence[FuncGraph]) -> Iterator[None]:
    """Makes the node that is added run after the outside nodes for which nodes of `graphs` wait."""
    outside = [op for graph in graphs for op in graph.control_captures]
    if outside and context.graph is not None:
        with context.graph.control_dependencies(outside):
            yield
    else:
        yield
