"""Gradients of branches that are more than the vjp of what runs: sparse ones, and those of variables by their handles.

A tensor from which a branch gathers rows has an `IndexedSlices` for its gradient. As in TensorFlow, if the gradient is
sparse in one branch, it is so in all: in the others it has all rows. How many rows it has depends on the branch that
runs.

Where branches return handles, the variable whose handle it was has the gradient of what was read from it later, and
the others have zeros.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from tfshim import backprop, dtypes
from tfshim.backprop import Record, gradient_rule
from tfshim.context import context
from tfshim.control_flow import graphs as graphs_module
from tfshim.control_flow.branches import Branches
from tfshim.control_flow.graphs import ControlFlowGraph
from tfshim.control_flow.loops import Loop
from tfshim.control_flow.row_nodes import needed
from tfshim.graph import FuncGraph
from tfshim.indexed_slices import IndexedSlices, add_up, dense
from tfshim.lifting import copy_node
from tfshim.operation import PLACEHOLDER, Operation
from tfshim.ops import op
from tfshim.tensor import SymbolicTensor, Tensor

_GATHERS = frozenset(["GatherV2", "ResourceGather", "GatherNd"])
_PASS_ON = frozenset(["Identity", "ReadVariableOp"])


@gradient_rule("If", "Case", "StatelessIf", "StatelessCase")
def _branches(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    computation = record.computation
    if not isinstance(computation, Branches):
        return backprop.default_rule(record, cotangents, wanted)
    parts: dict[int, list[Any]] = {}
    is_handle = [t.dtype is dtypes.resource for t in record.outputs]
    if any(h and c is not None for h, c in zip(is_handle, cotangents, strict=True)):
        of_handles = [c if h else None for h, c in zip(is_handle, cotangents, strict=True)]
        _add(parts, _of_handles(computation, record, of_handles, wanted))
        cotangents = [None if h else c for h, c in zip(is_handle, cotangents, strict=True)]
    of = tuple(i for i, c in enumerate(cotangents) if c is not None)
    sparse: dict[int, Any] = {}
    if of and not computation.stateful:
        gathered = set().union(*(_gathered(g) for g in computation.graphs))
        positions = [i for i in computation.connected(tuple(wanted), of) if i - 1 in gathered]
        if positions:
            sparse = _slices(computation, record, cotangents, positions)
            _add(parts, sparse)
    if of:
        others = [i for i in wanted if i not in sparse]
        _add(parts, dict(enumerate(backprop.default_rule(record, cotangents, others))))
    return [add_up(parts[i]) if i in parts else None for i in range(len(record.inputs))]


def _add(parts: dict[int, list[Any]], gradients: dict[int, Any]) -> None:
    for i, gradient in gradients.items():
        if gradient is not None:
            parts.setdefault(i, []).append(gradient)


def _gathered(graph: FuncGraph) -> set[int]:
    """Positions of the inputs of a graph from which rows are gathered."""
    position = {id(t): i for i, t in enumerate(graph.inputs)}
    found: set[int] = set()
    for node in graph._nodes:
        if node.type in _PASS_ON and id(node.inputs[0]) in position:
            position[id(node._outputs[0])] = position[id(node.inputs[0])]
        for i in _gathered_inputs(node):
            if id(node.inputs[i]) in position:
                found.add(position[id(node.inputs[i])])
    return found


def _gathered_inputs(node: Operation) -> set[int]:
    """Positions of the inputs of a node from which it gathers rows; the gradients of loops are never sparse."""
    if node.type in _GATHERS:
        return {0}
    computation: Any = node.computation
    if isinstance(computation, Branches):
        return {i + computation.leading for g in computation.graphs for i in _gathered(g)}
    inner = getattr(computation, "graph", None)
    return _gathered(inner) if isinstance(inner, FuncGraph) and not isinstance(computation, Loop) else set()


def _slices(
    computation: Branches, record: Record, cotangents: Sequence[Any], positions: list[int]
) -> dict[int, IndexedSlices]:
    """Those gradients of the inputs at `positions` that are sparse in some branch."""
    branches = [_traced(graph, record, cotangents, positions, graph._nodes) for graph in computation.graphs]
    results = [branch.structured_outputs for branch in branches]
    kinds = {
        i: next(r[n] for r in results if isinstance(r[n], IndexedSlices))
        for n, i in enumerate(positions)
        if any(isinstance(r[n], IndexedSlices) for r in results)
    }
    if not kinds:
        return {}
    for branch in branches:
        with branch.as_default():
            branch.structured_outputs = [
                _as_slices(g, record.inputs[i], kinds[i].dense_shape.dtype)
                for g, i in zip(branch.structured_outputs, positions, strict=True)
                if i in kinds
            ]
    return dict(zip(kinds, _run(computation, record, branches), strict=True))


def _of_handles(
    computation: Branches, record: Record, cotangents: Sequence[Any], wanted: Sequence[int]
) -> dict[int, Tensor]:
    """The gradients of variables for cotangents of handles that the branches return."""
    of = tuple(i for i, c in enumerate(cotangents) if c is not None)
    positions = list(computation.connected(tuple(wanted), of))
    if not positions:
        return {}
    branches = [
        _traced(graph, record, cotangents, positions, needed([graph.outputs[i].op for i in of]))
        for graph in computation.graphs
    ]
    kind = cotangents[of[0]].dtype
    for branch in branches:
        with branch.as_default():
            branch.structured_outputs = [
                op("ZerosLike")(op("ReadVariableOp")(record.inputs[i], dtype=kind)) if g is None else dense(g)
                for g, i in zip(branch.structured_outputs, positions, strict=True)
            ]
    return dict(zip(positions, _run(computation, record, branches), strict=True))


def _run(computation: Branches, record: Record, branches: list[ControlFlowGraph]) -> Any:
    """What the gradient gives of the branch that ran."""
    from tfshim.control_flow.cond import run_branches

    names = [b.name for b in branches]
    return run_branches(
        record.inputs[0], branches, "gradients", boolean=computation.boolean, names=names, called="gradient"
    )


def _traced(
    graph: FuncGraph,
    record: Record,
    cotangents: Sequence[Any],
    positions: Sequence[int],
    nodes: Container[Operation],
) -> ControlFlowGraph:
    """A graph that runs those of a branch's nodes once more, and gives the gradients of the inputs at `positions`."""

    def run() -> list[Any]:
        target: Any = context.graph
        env = {id(t): target.admit(outside) for t, outside in zip(graph.inputs, record.inputs[1:], strict=True)}
        copies: dict[Operation, Operation] = {}
        for node in graph._nodes:
            if node.computation is not PLACEHOLDER and node in nodes:
                copies[node] = copy_node(target, node, [env[id(t)] for t in node.inputs], copies)
                env.update(zip(map(id, node._outputs), copies[node]._outputs, strict=True))
        records = [Record(c.computation, c.inputs, c._outputs) for c in copies.values() if c._outputs]
        given = [(env[id(t)], dense(c)) for t, c in zip(graph.outputs, cotangents, strict=False) if c is not None]
        sources: list[SymbolicTensor] = [env[id(graph.inputs[i - 1])] for i in positions]
        return backprop.backpropagate(records, [t for t, _ in given], [c for _, c in given], sources)

    return graphs_module.trace("gradient", run)


def _as_slices(gradient: Any, of: Tensor, shape_dtype: dtypes.DType) -> IndexedSlices:
    """A gradient of a tensor in a branch where it need not be sparse."""
    if isinstance(gradient, IndexedSlices):
        shape = gradient.dense_shape
        return IndexedSlices(gradient.values, gradient.indices, op("Cast")(shape, DstT=shape_dtype))
    rows = op("ZerosLike")(of) if gradient is None else gradient
    count = op("StridedSlice")(op("Shape")(rows), [0], [1], [1], shrink_axis_mask=1)
    return IndexedSlices(rows, op("Range")(0, count, 1), op("Shape")(rows, out_type=shape_dtype))
