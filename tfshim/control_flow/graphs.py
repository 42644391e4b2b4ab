"""Graphs of branches and loop bodies: traced once, given the same captures, freed of variables they only read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes, nest
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import DType
from tfshim.graph import FuncGraph, Graph, Operation, shape_behind
from tfshim.lowering.python_gradients import traced_gradient
from tfshim.ops import op, registry
from tfshim.ops.computation import OpComputation, op_computation
from tfshim.tensor import SymbolicTensor, Tensor

_READS = frozenset(["ReadVariableOp", "ResourceGather", "VariableShape"])


class ControlFlowGraph(FuncGraph):
    """A graph inside another one: its captures are inputs of a node there."""

    def __init__(self, name: str):
        outer = context.graph
        # Variables of TensorFlow 1 are found by the collections, in branches and loops too.
        super().__init__(name, None if outer is None else outer._collections)
        if outer is not None:
            self._name_stack = outer._name_stack
        # The values of the variables that are only read, by the ids of the outside handles.
        self.frozen: dict[int, SymbolicTensor] = {}


def trace(
    name: str, fn: Callable[..., Any], args: Sequence[Tensor] = (), pack: Callable[..., Any] = list
) -> ControlFlowGraph:
    """Runs `fn` once on placeholders like `args` and returns the graph, its `structured_outputs` not yet tensors.

    Args:
      name: of the graph.
      fn: called as `fn(*pack(placeholders))`.
      args: tensors whose dtypes and shapes the placeholders get.
      pack: from the placeholders to the arguments.
    """
    graph = ControlFlowGraph(name)
    with graph.as_default():
        for i, tensor in enumerate(args):
            made = graph.placeholder(tensor.dtype, tensor.shape, f"arg_{i}")
            if tensor.dtype is dtypes.resource:
                made._variable_shape = shape_behind(tensor)
            graph.inputs.append(made)
        graph.structured_outputs = fn(*pack(list(graph.inputs)))
    return graph


def as_tensors(graph: FuncGraph, structure: Any, after_operation: Tensor | None = None) -> Any:
    """The leaves of what a branch or body returned as tensors of its graph.

    Operations become None; if `after_operation` is given, it takes their place, once they have run.
    """

    def convert(value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, Operation):
            graph.control_outputs.append(value)
            if after_operation is None:
                return None
            with graph.control_dependencies([value]):
                return op("Identity")(after_operation)
        return graph.admit(convert_to_tensor(value))

    with graph.as_default():
        return nest.map_structure(convert, structure, expand_composites=True)


def share_captures(graphs: Sequence[FuncGraph], n_args: int) -> list[Tensor]:
    """Gives all graphs the same captures, in one order after their arguments; returns the outside tensors."""
    outside: dict[int, Tensor] = {}
    for graph in graphs:
        outside.update({id(t): t for t in graph.external_captures})
    for graph in graphs:
        with graph.as_default():
            inside = [graph.capture(t) for t in outside.values()]
        graph.inputs[n_args:] = inside
        graph._captures = {key: graph._captures[key] for key in outside}
    return list(outside.values())


def capture_referred(graphs: Sequence[FuncGraph]) -> None:
    """Captures what gradients written in Python refer to outside, so that it is there where they run."""
    for graph in graphs:
        for node in list(graph._nodes):
            gradient = traced_gradient(node)
            for tensor in () if gradient is None else gradient.referred:
                if tensor.dtype is not dtypes.resource and getattr(tensor, "graph", None) is not graph:
                    graph.capture(tensor)


def hoist_reads(graphs: Sequence[ControlFlowGraph]) -> None:
    """Reads the variables that none of the graphs writes once, before the node, instead of inside.

    The values are then inputs like any others: gradients need no rule for them, and a graph that only read variables
    has no effects any more.
    Python code that a graph calls may write any variable: then each read stays where it is.
    """
    if any(_calls_python(graph) for graph in graphs):
        return
    for outside in {id(t): t for g in graphs for t in g.external_captures if t.dtype is dtypes.resource}.values():
        found: list[DType] = []
        if not all(only_reads(g, _inside(g, outside), found) for g in graphs) or not found:
            continue
        value = op("ReadVariableOp")(outside, dtype=found[0])
        for graph in graphs:
            if id(outside) in graph._captures:
                _replace_reads(graph, outside, value)


def _calls_python(graph: FuncGraph) -> bool:
    return any(
        (node.computation.host and node.type in ("EagerPyFunc", "PyFunc"))
        or any(_calls_python(inner) for inner in getattr(node.computation, "graphs", ()))
        for node in graph._nodes
    )


def _inside(graph: FuncGraph, outside: Tensor) -> SymbolicTensor | None:
    captured = graph._captures.get(id(outside))
    return None if captured is None else captured[1]


def only_reads(graph: FuncGraph, handle: SymbolicTensor | None, found: list[DType]) -> bool:
    """True if all that happens to a handle in a graph is that its variable is read; adds the dtypes that are read."""
    if any(t is handle for t in graph.outputs):
        return False
    for node in graph._nodes if handle is not None else ():
        for position, tensor in enumerate(node.inputs):
            if tensor is not handle:
                continue
            inner = getattr(node.computation, "graph", None)
            if node.type in _READS:
                if node.type != "VariableShape":
                    found.append(node.attrs["dtype"])
            elif isinstance(inner, FuncGraph) and hasattr(node.computation, "reading"):
                if not only_reads(inner, inner.inputs[position], found):
                    return False
            elif not hasattr(node.computation, "pull"):
                return False
    return True


def _users(graph: FuncGraph, outside: Tensor) -> list[Operation]:
    captured = graph._captures.get(id(outside))
    if captured is None:
        return []
    return [n for n in graph._nodes if any(t is captured[1] for t in n.inputs)]


def _replace_reads(graph: ControlFlowGraph, outside: Tensor, value: Tensor) -> None:
    users = _users(graph, outside)
    with graph.as_default():
        inside = graph.capture(value)
        inside.set_shape(next((n._outputs[0].shape for n in users if n.type == "ReadVariableOp"), inside.shape))
    handle = graph._captures[id(outside)][1]
    graph.frozen[id(outside)] = inside
    for node in users:
        if node.type not in _READS:
            # A call, or a gradient written in Python: it takes the value where it took the handle.
            positions = frozenset(i for i, t in enumerate(node.inputs) if t is handle)
            node._inputs = tuple([inside if t is handle else t for t in node.inputs])
            reading = getattr(node.computation, "reading", None)
            if reading is not None:
                node.computation = reading(positions)
        elif node.type == "ReadVariableOp":
            _become(node, "Identity", (inside,), {"T": inside.dtype})
        elif node.type == "VariableShape":
            _become(node, "Shape", (inside,), {"T": inside.dtype, "out_type": node.attrs["out_type"]})
        else:
            axis = _constant_before(graph, node)
            attrs = {
                "Tparams": inside.dtype,
                "Tindices": node.inputs[1].dtype,
                "Taxis": axis.dtype,
                "batch_dims": node.attrs.get("batch_dims", 0),
            }
            _become(node, "GatherV2", (inside, node.inputs[1], axis), attrs)
    del graph._captures[id(outside)]
    graph.inputs = [t for t in graph.inputs if t is not handle]
    # Nodes run in the order of the list: the value comes first.
    graph._nodes.remove(inside._op)
    graph._nodes.insert(0, inside._op)


def _constant_before(graph: FuncGraph, node: Operation) -> SymbolicTensor:
    with graph.as_default():
        axis = graph.constant(np.zeros((), np.int32), None, f"{node.name}/axis/")
    graph._nodes.remove(axis._op)
    graph._nodes.insert(graph._nodes.index(node), axis._op)
    return axis


def _become(node: Operation, name: str, inputs: tuple[SymbolicTensor, ...], attrs: dict[str, Any]) -> None:
    """Turns a node into one of another op with the same output."""
    kernel = registry.find_kernel(name)
    assert kernel is not None
    computation = op_computation(kernel, tuple(attrs[a] for a in kernel.attr_names))
    assert isinstance(computation, OpComputation)
    node.computation = computation
    node._inputs = inputs
    node.attrs = attrs
    node._control_inputs = []


def adopt(graphs: Sequence[FuncGraph]) -> None:
    """Tells the graph around which variables are used inside, and its tapes which ones are watched."""
    outer: Graph | None = context.graph
    for graph in graphs:
        if outer is not None and isinstance(outer, FuncGraph):
            for reference in graph._variables:
                variable = reference()
                if variable is not None:
                    outer.note_variable(variable)
        for variable in graph.watched_variables:
            if isinstance(outer, FuncGraph):
                outer.watch_variable(variable)
            for tape in context.tapes:
                if tape.watch_accessed:
                    tape.watch_variable(variable)
