"""Copies the part of a graph that some fetches need into a graph of its own, which can be lowered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tfshim.graph import PLACEHOLDER, FuncGraph, Graph, Operation
from tfshim.ops.computation import OpComputation
from tfshim.tensor import SymbolicTensor
from tfshim.v1.idle_inputs import IdleInputs
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
        wanted = [t.op for t in fetches if id(t) not in self._copies] + list(targets)
        must_run = set(targets)
        self._idle = IdleInputs(source, self._copies)
        for node in needed(source, wanted, self._copies, self._idle):
            must_run.update(node.control_inputs)
            self._copy(node)
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

    def _copy(self, node: Operation) -> None:
        if (
            node.computation is VAR_HANDLE
            or (node.computation is PLACEHOLDER and _is_resource(node))
            or makes_cell(node)
        ):
            self._add_input(node.outputs[0])
            self.resources.append(node.outputs[0])
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
        copy._control_inputs = [self.nodes[c] for c in node.control_inputs if c in self.nodes]
        for old, new in zip(node._outputs, copy._outputs, strict=True):
            self._copies.setdefault(id(old), new)
        self.nodes[node] = copy


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
