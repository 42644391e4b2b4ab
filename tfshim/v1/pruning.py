"""Copies the part of a graph that some fetches need into a graph of its own, which can be lowered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tfshim.control_flow.graphs import ControlFlowGraph
from tfshim.graph import PLACEHOLDER, FuncGraph, Graph, Operation
from tfshim.ops.computation import OpComputation
from tfshim.tensor import SymbolicTensor
from tfshim.v1.idle_inputs import IdleInputs
from tfshim.v1.partial_control_flow import Part, divisible, part_of, used_inputs
from tfshim.variable.graph_variable import VAR_HANDLE


class Pruned:
    """The nodes of `source` on which `fetches` and `targets` depend, up to `feeds`.

    Args:
      source: the graph.
      feeds: tensors that are given; whatever only they need is left out.
      fetches: tensors to compute.
      targets: operations to run.
      captures: of a function's graph: all of them become captures of the copy.

    `graph` is the copy: its inputs are the feeds, then the resources in `resources` (tensors of `source`); its outputs
    are the fetches, then what must be computed because it may fail. `nodes` maps operations to their copies.
    """

    def __init__(
        self,
        source: Graph,
        feeds: Sequence[SymbolicTensor],
        fetches: Sequence[SymbolicTensor],
        targets: Sequence[Operation] = (),
        name: str = "pruned",
        captures: Sequence[tuple[Any, SymbolicTensor]] = (),
    ):
        self.graph = FuncGraph(name)
        self.graph.outer_graph = None
        self.nodes: dict[Operation, Operation] = {}
        self.resources: list[SymbolicTensor] = []
        self._copies: dict[int, SymbolicTensor] = {}
        for feed in feeds:
            self._add_input(feed)
        for outside, inside in captures:
            copy = self._add_input(inside)
            copy._op.value = inside._op.value
            self.graph._captures[id(outside)] = (outside, copy)
        must_run = set(targets)
        self._idle = IdleInputs(source, self._copies)
        for node, part in _needed_parts(source, fetches, targets, self._copies, self._idle):
            must_run.update(node.control_inputs)
            self._copy(node, part)
        self.graph.outputs = [self._copies[id(t)] for t in fetches]
        # An operation without effects that another one waits for can still fail (a check), so it is computed.
        for node, copy in self.nodes.items():
            if node in must_run and not node.stateful and isinstance(node.computation, OpComputation):
                self.graph.outputs.extend(copy.outputs)

    def _add_input(self, tensor: SymbolicTensor) -> SymbolicTensor:
        copy = self.graph.placeholder(tensor.dtype, tensor.shape, tensor.op.name)
        if "_variable_shape" in tensor.__dict__:
            copy._variable_shape = tensor._variable_shape  # type: ignore[attr-defined]
        self._copies[id(tensor)] = copy
        self.graph.inputs.append(copy)
        return copy

    def _zeros(self, tensor: SymbolicTensor) -> SymbolicTensor:
        """What stands for a tensor of which only the shape matters."""
        zeros = np.broadcast_to(np.zeros((), tensor.dtype.as_numpy_dtype), tensor.shape.as_list())
        return self.graph.constant(zeros, tensor.dtype, "zeros")

    def _copy(self, node: Operation, part: Part | None) -> None:
        if (
            node.computation is VAR_HANDLE
            or (node.computation is PLACEHOLDER and _is_resource(node))
            or makes_cell(node)
        ):
            self._add_input(node.outputs[0])
            self.resources.append(node.outputs[0])
            return
        if part is not None:
            self._copy_part(node, part)
            return
        idle = self._idle.of(node)
        copy = self.graph.add_node(
            node.computation,
            tuple(self._zeros(t) if i in idle else self._copies[id(t)] for i, t in enumerate(node.inputs)),
            node.attrs,
            [t.dtype for t in node._outputs],
            [t.shape for t in node._outputs],
            node.name + "/",
        )
        copy.value = node.value
        copy.rng_cell = node.rng_cell
        copy.forward = self.nodes.get(node.forward) if node.forward is not None else None
        self._finish(node, copy, node._outputs)

    def _copy_part(self, node: Operation, part: Part) -> None:
        """Adds what is left of branches or a loop."""
        inputs = tuple([self._copies[id(node.inputs[i])] for i in part.inputs])
        computation = part.computation
        kinds, shapes = computation.output_dtypes(inputs), computation.output_shapes(inputs)
        copy = self.graph.add_node(computation, inputs, node.attrs, kinds, shapes, node.name + "/")
        self._finish(node, copy, [node._outputs[i] for i in part.outputs])

    def _finish(self, node: Operation, copy: Operation, outputs: Sequence[SymbolicTensor]) -> None:
        copy._control_inputs = [self.nodes[c] for c in node.control_inputs if c in self.nodes]
        for old, new in zip(outputs, copy._outputs, strict=False):
            self._copies.setdefault(id(old), new)
        self.nodes[node] = copy


def _needed_parts(
    graph: Graph,
    fetches: Sequence[SymbolicTensor],
    targets: Iterable[Operation],
    given: dict[int, Any],
    idle: IdleInputs | None = None,
) -> list[tuple[Operation, Part | None]]:
    """What `needed` finds, each with the part of it that is needed; None: all of it."""
    nodes = needed(graph, [t.op for t in fetches if id(t) not in given] + list(targets), given, idle)
    # Functions have all their effects. (What is imported or traced by `wrap_function` is a function too.)
    function = graph.building_function and type(graph) is not ControlFlowGraph
    shares = set() if function else divisible(nodes)
    if not shares:
        return [(n, None) for n in nodes]
    parts: dict[Operation, Part | None] = {}
    wanted: dict[Operation, set[int]] = {}
    stack: list[tuple[Operation, set[int]]] = [(t.op, {t.value_index}) for t in fetches if id(t) not in given]
    stack.extend((n, set(range(len(n.outputs)))) for n in targets)
    while stack:
        node, outputs = stack.pop()
        if node in wanted and (node not in shares or outputs <= wanted[node]):
            continue
        wanted[node] = outputs | wanted.get(node, set())
        part = parts[node] = part_of(node, wanted[node], _inputs_needed, _copied) if node in shares else None
        skipped = () if idle is None else idle.of(node)
        for i, tensor in enumerate(node.inputs):
            if id(tensor) not in given and i not in skipped and (part is None or i in part.inputs):
                stack.append((tensor.op, {tensor.value_index}))
        for waited in node.control_inputs:
            if waited.computation is not PLACEHOLDER or id(waited.outputs[0]) not in given:
                stack.append((waited, set(range(len(waited.outputs) - getattr(waited.computation, "stateful", 0)))))
    return [(n, parts[n]) for n in nodes if n in wanted]


def _inputs_needed(graph: FuncGraph, outputs: Sequence[int]) -> set[int]:
    tensors = [graph.outputs[i] for i in outputs]
    given = {id(t): None for t in graph.inputs}
    return used_inputs(graph, tensors, _needed_parts(graph, tensors, (), given))


def _copied(graph: FuncGraph, inputs: Sequence[int], outputs: Sequence[int]) -> FuncGraph | None:
    """A graph of a branch or loop with some of its inputs and outputs; None if nothing is left out."""
    tensors = [graph.outputs[i] for i in outputs]
    if len(inputs) == len(graph.inputs) and len(outputs) == len(graph.outputs):
        given = {id(t): None for t in graph.inputs}
        if all(part is None for _, part in _needed_parts(graph, tensors, (), given)):
            return None
    copy = Pruned(graph, [graph.inputs[i] for i in inputs], tensors, name=graph.name).graph
    # Pure work that other work waits for need not be computed in here.
    del copy.outputs[len(outputs) :]
    return copy


def makes_cell(node: Operation) -> bool:
    """Whether a node makes a table, a queue or an iterator, which must outlive the run."""
    computation = node.computation
    if hasattr(computation, "make_cell"):
        return True
    if not isinstance(computation, OpComputation) or not computation.kernel.host or len(node.outputs) != 1:
        return False
    return _is_resource(node) and not node.inputs


def _is_resource(node: Operation) -> bool:
    return node.outputs[0].dtype.name == "resource"


def needed(
    graph: Graph, roots: Iterable[Operation], given: dict[int, Any], idle: IdleInputs | None = None
) -> list[Operation]:
    """The roots and what they depend on, in the order in which the graph runs; given tensors need nothing."""
    needed: set[Operation] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node in needed:
            continue
        needed.add(node)
        skipped = () if idle is None else idle.of(node)
        stack.extend(t.op for i, t in enumerate(node.inputs) if id(t) not in given and i not in skipped)
        # As in TensorFlow, other nodes whose outputs are given run for those that wait for them.
        stack.extend(
            c for c in node.control_inputs if c.computation is not PLACEHOLDER or id(c.outputs[0]) not in given
        )
    return [n for n in graph.get_operations() if n in needed]
