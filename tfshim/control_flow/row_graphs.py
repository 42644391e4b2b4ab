"""Calls, branches and loops in `tf.vectorized_map` that hold nodes which do not run vectorised as they are."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from tfshim import dtypes
from tfshim.control_flow.branches import Branches
from tfshim.control_flow.cond import cond, switch_case
from tfshim.control_flow.loops import BODY, COND, Loop
from tfshim.control_flow.row_draws import Value
from tfshim.control_flow.row_nodes import Rows, graphs_inside
from tfshim.control_flow.while_loop import while_loop
from tfshim.graph import FuncGraph
from tfshim.operation import Operation
from tfshim.ops import op
from tfshim.shapes import TensorShape, from_dims
from tfshim.tensor import SymbolicTensor, Tensor


def convert(rows: Rows, node: Operation) -> None:
    """Gives `rows` the values of the outputs of a node that runs graphs."""
    values = [rows.value(t) for t in node.inputs]
    computation = node.computation
    if isinstance(computation, Branches):
        _convert_branches(rows, node, computation, values)
    elif isinstance(computation, Loop):
        _convert_loop(rows, node, computation, values)
    elif hasattr(computation, "all_outputs"):
        _convert_call(rows, node, values)
    else:
        _give_all(rows, node, rows.one_by_one(node, values))


def _give_all(rows: Rows, node: Operation, values: Sequence[Value]) -> None:
    for tensor, value in zip(node._outputs, values, strict=True):
        rows.give(tensor, value)


def _convert_call(rows: Rows, node: Operation, values: list[Value]) -> None:
    """The body of a function takes the place of its call."""
    computation: Any = node.computation
    used = set(map(id, rows.used(node)))
    pairs = [(t, i) for t, i in zip(node._outputs, computation.all_outputs(), strict=True) if id(t) in used]
    found = rows.inside(computation.graph, values).values([inner for _, inner in pairs])
    for (tensor, _), value in zip(pairs, found, strict=True):
        rows.give(tensor, value)


def _positions(rows: Rows, node: Operation, count: int) -> list[int]:
    """Which of the first `count` outputs of a node something needs."""
    used = set(map(id, rows.used(node)))
    return [i for i in range(count) if id(node._outputs[i]) in used]


def _convert_branches(rows: Rows, node: Operation, computation: Branches, values: list[Value]) -> None:
    (index, varies), given = values[0], values[1:]
    of = _positions(rows, node, len(computation.graphs[0].outputs))

    def results(graph: FuncGraph, given: Sequence[Value], length: Any = None) -> list[Tensor]:
        inner = rows.inside(graph, given, length)
        return inner.stacked([graph.outputs[i] for i in of]) if of else []

    if varies:
        found = _of_chosen_rows(computation, index, given, results, rows.length)
    else:
        fns = [functools.partial(results, graph, given) for graph in computation.graphs]
        found = cond(index, fns[0], fns[1]) if computation.boolean else switch_case(index, fns)
    for i, tensor in zip(of, found, strict=True):
        rows.give(node._outputs[i], (tensor, True))


def _of_chosen_rows(
    computation: Branches, index: Tensor, given: Sequence[Value], results: Callable[..., list[Tensor]], length: Any
) -> list[Tensor]:
    """Each branch for the rows that chose it, and what they give in the order of the rows."""
    if computation.boolean:
        chosen = [index, op("LogicalNot")(index)]
    else:
        last = len(computation.graphs) - 1
        known = op("LogicalAnd")(op("GreaterEqual")(index, 0), op("Less")(index, last))
        number = op("SelectV2")(known, index, last)
        chosen = [op("Equal")(number, i) for i in range(last + 1)]
    places = [op("Cast")(op("Reshape")(op("Where")(c), [-1]), DstT=dtypes.int32) for c in chosen]
    found = []
    for graph, place in zip(computation.graphs, places, strict=True):
        of_rows = [(op("GatherV2")(t, place, 0), True) if stacked else (t, False) for t, stacked in given]
        found.append(results(graph, of_rows, op("Size")(place)))
    return [op("DynamicStitch")(places, list(parts)) for parts in zip(*found, strict=True)]


def _convert_loop(rows: Rows, node: Operation, loop: Loop, values: list[Value]) -> None:
    n_vars = loop.n_vars
    flags = _varying(loop, [stacked for _, stacked in values])
    cond_graph, body_graph = loop.graphs[COND], loop.graphs[BODY]
    if _flags(cond_graph, flags, cond_graph.outputs)[0]:
        _give_all(rows, node, rows.one_by_one(node, values))
        return
    start = [rows.repeated(v) if flags[i] else v[0] for i, v in enumerate(values[:n_vars])]

    def given(loop_vars: Sequence[Tensor]) -> list[Value]:
        return [*zip(loop_vars, flags, strict=False), *values[n_vars:]]

    def goes_on(*loop_vars: Tensor) -> Tensor:
        return rows.inside(cond_graph, given(loop_vars)).values(cond_graph.outputs)[0][0]

    def body(*loop_vars: Tensor) -> list[Tensor]:
        inner = rows.inside(body_graph, given(loop_vars))
        found = inner.values(body_graph.outputs)
        return [inner.repeated(v) if flag else v[0] for v, flag in zip(found, flags, strict=False)]

    final = while_loop(goes_on, body, start, shape_invariants=[TensorShape(None)] * n_vars)
    for i, tensor in enumerate(final):
        tensor.set_shape(_shape(node._outputs[i], flags[i]))
        rows.give(node._outputs[i], (tensor, flags[i]))


def _shape(inside: SymbolicTensor, stacked: bool) -> TensorShape:
    """The static shape of the value of a tensor."""
    return from_dims((None,)).concatenate(inside.shape) if stacked else inside.shape


def _varying(loop: Loop, flags: list[bool]) -> list[bool]:
    """Which of a loop's inputs differ by row at some time, from which of them do at the start."""
    flags = list(flags)
    body = loop.graphs[BODY]
    while True:
        after = _flags(body, flags, body.outputs)
        more = [a or b for a, b in zip(flags, after, strict=False)]
        if more == flags[: loop.n_vars]:
            return flags
        flags[: loop.n_vars] = more


def _flags(graph: FuncGraph, given: Sequence[bool], tensors: Sequence[SymbolicTensor]) -> list[bool]:
    """Which tensors of a graph differ by row, from which of its inputs do."""
    varies = {id(t): flag for t, flag in zip(graph.inputs, given, strict=True)}
    for node in graph._nodes:
        own = any(varies.get(id(t), False) for t in node.inputs)
        if node.type in ("Shape", "Size", "Rank"):
            own = False
        own = own or _draws(node)
        varies.update({id(t): own for t in node._outputs if id(t) not in varies})
    return [varies[id(t)] for t in tensors]


def _draws(node: Operation) -> bool:
    return node.rng_cell is not None or any(_draws(n) for g in graphs_inside(node) for n in g._nodes)
