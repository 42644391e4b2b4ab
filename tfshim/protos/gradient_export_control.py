"""How gradients of branches are exported: as branches that compute the gradients."""

from __future__ import annotations

from typing import Any

from tfshim import indexed_slices
from tfshim.concrete_function import Call
from tfshim.control_flow.branches import Branches
from tfshim.graph import FuncGraph
from tfshim.ops import op
from tfshim.protos.gradient_export import Gradient, rule


@rule("StatelessIf", "StatelessCase")
def _branches(g: Gradient) -> list[Any]:
    of = [i for i, c in enumerate(g.cotangents) if c is not None]
    operands = [*g.inputs[1:], *(g.cotangents[i] for i in of)]
    wanted = [i for i in g.wanted if i > 0]
    graphs = [backward(branch, operands, of, wanted) for branch in g.computation.graphs]
    computation = Branches(graphs, g.computation.boolean)
    found = g.dy.graph.add_computation(computation, [g.inputs[0], *operands], {}, computation.name)
    by_position = dict(zip(wanted, found, strict=True))
    return [by_position.get(i) for i in range(len(g.inputs))]


def backward(branch: FuncGraph, operands: list[Any], of: list[int], wanted: list[int]) -> FuncGraph:
    """The gradients of one branch, zeros for inputs that it does not depend on."""
    graph = FuncGraph(f"{branch.name}_grad")
    graph.outer_graph = None
    with graph.as_default():
        graph.inputs = [graph.placeholder(t.dtype, t.shape, "arg") for t in operands]
        call = Call(branch)
        backward = call.gradient(tuple(of), tuple(i - 1 for i in wanted))
        flat = (
            graph.add_computation(Call(backward.graph), graph.inputs, {}, "gradients") if backward.graph.outputs else ()
        )
        packed = backward._pack(flat)
        graph.outputs = [
            op("ZerosLike")(graph.inputs[i - 1]) if p is None else indexed_slices.dense(p)
            for i, p in zip(wanted, packed, strict=True)
        ]
    return graph
