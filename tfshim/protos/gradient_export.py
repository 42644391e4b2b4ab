"""Graphs as they are exported: gradient nodes as TensorFlow's own ops, and functions with the order of their effects.

tfshim derives the gradient of an op from its kernel, so a graph with gradients holds nodes that TensorFlow does not
know. What is exported is a copy in which each of them is replaced by the ops that TensorFlow would have used: by the
rules of `gradient_export_*`, each a function of a `Gradient`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from tfshim import dtypes
from tfshim.errors import UnimplementedError
from tfshim.graph import FuncGraph, Graph, Operation
from tfshim.ops.computation import Computation, Derivative, OpComputation, Vjp
from tfshim.tensor import SymbolicTensor

Rule = Callable[["Gradient"], Sequence[Any]]
_rules: dict[str, Rule] = {}


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Registers what the gradients of the ops `names` are exported as: one tensor or None for each input."""

    def register(fn: Rule) -> Rule:
        _rules.update(dict.fromkeys(names, fn))
        return fn

    return register


class Gradient:
    """A gradient node that is about to be replaced.

    `inputs` are those of the op that was differentiated, `cotangents` those of its outputs (None where absent), and
    `wanted` the positions of the inputs whose gradients somebody needs.
    """

    def __init__(
        self,
        computation: Vjp,
        inputs: Sequence[SymbolicTensor],
        seeds: Sequence[SymbolicTensor],
        forward: Operation | None,
    ):
        self.computation: Any = computation.forward
        self.name = self.computation.name
        self.inputs = list(inputs)
        self.wanted = computation.wrt
        given = dict(zip(computation.of, seeds, strict=True))
        self.cotangents = [given.get(i) for i in range(max(given) + 1)]
        self.dy: Any = given[min(given)]
        self._forward = forward

    def attr(self, name: str) -> Any:
        """An attribute of the op."""
        return self.computation.attr(name)

    @cached_property
    def outputs(self) -> list[SymbolicTensor]:
        """What the op gave: of the node itself, or computed once more."""
        if self._forward is not None:
            return self._forward.outputs
        graph = self.inputs[0].graph
        names = self.computation.kernel.attr_names
        attrs = dict(zip(names, self.computation.attrs, strict=True))
        return list(graph.add_computation(self.computation, self.inputs, attrs, self.name))

    @property
    def y(self) -> SymbolicTensor:
        """The first output of the op."""
        return self.outputs[0]


def _find(computation: Computation) -> Rule:
    from tfshim.protos import (  # noqa: F401 - the rules register themselves
        gradient_export_arrays,
        gradient_export_control,
        gradient_export_math,
        gradient_export_nn,
    )

    found = _rules.get(computation.name)
    if found is None:
        raise UnimplementedError(
            None,
            None,
            f"the gradient of {computation.name} cannot be exported: tfshim has no rule that says by which ops "
            "TensorFlow computes it; export the graph without the gradient",
        )
    return found


class Exported:
    """A copy of a graph that holds only ops of TensorFlow.

    `graph` is the copy. `tensors` maps the tensors of the original, by id, to those of the copy.
    """

    def __init__(self, source: Graph):
        self.graph: Any = FuncGraph(source.name) if isinstance(source, FuncGraph) else Graph()
        self.tensors: dict[int, SymbolicTensor] = {}
        # For each node of the original, the nodes that must have run when it has.
        self._nodes: dict[Operation, list[Operation]] = {}
        # Names of the original are not given to what replaces gradients.
        self.graph._names_in_use.update(source._names_in_use)
        with self.graph.as_default():
            for node in source.get_operations():
                if isinstance(node.computation, Derivative):
                    self._replace(node)
                else:
                    self._copy(node)
        if isinstance(source, FuncGraph):
            self.graph.inputs = [self.tensors[id(t)] for t in source.inputs]
            _order_effects(self.graph)

    def _copy(self, node: Operation) -> None:
        copy = self.graph.add_node(
            node.computation,
            tuple(self.tensors[id(t)] for t in node.inputs),
            node.attrs,
            [t.dtype for t in node.outputs],
            [t.shape for t in node.outputs],
            node.name + "/",
        )
        copy.value = node.value
        copy._device = node._device
        copy._full_type = node._full_type
        copy._control_inputs = self._controls(node)
        for old, new in zip(node.outputs, copy.outputs, strict=True):
            self.tensors[id(old)] = new
            if "_variable_shape" in old.__dict__:
                new._variable_shape = old._variable_shape  # type: ignore[attr-defined]
        self._nodes[node] = [copy]

    def _controls(self, node: Operation) -> list[Operation]:
        return list(dict.fromkeys(c for old in node.control_inputs for c in self._nodes[old]))

    def _replace(self, node: Operation) -> None:
        computation: Any = node.computation
        if not isinstance(computation, Vjp) or computation.anchors:
            _find(computation)
        n = computation.n_inputs
        operands = [self.tensors[id(t)] for t in node.inputs]
        forward = self._nodes[node.forward][0] if node.forward in self._nodes else None
        gradient = Gradient(computation, operands[:n], operands[n:], forward)
        before = self.graph.version
        with self.graph.name_scope(node.name + "/"), self.graph.control_dependencies(self._controls(node)):
            results = _find(computation.forward)(gradient)
        for position, old in zip(computation.wrt, node.outputs, strict=True):
            self.tensors[id(old)] = results[position]
        self._nodes[node] = self.graph.get_operations()[before:]


def exported(source: Graph) -> Exported | None:
    """What to write in place of a graph; None if it can be written as it is."""
    nodes = source.get_operations()
    effects = isinstance(source, FuncGraph) and sum(n.stateful for n in nodes) > 1
    if effects or any(isinstance(n.computation, Derivative) for n in nodes):
        return Exported(source)
    return None


def _order_effects(graph: FuncGraph) -> None:
    """Adds the control dependencies that keep effects in program order, which in tfshim is the order of the nodes.

    Operations on one resource wait for what last wrote to it, and writes for the reads before them; what has effects
    without a resource (checks, prints, random numbers) comes one after the other.
    """
    writers: dict[Any, Operation] = {}
    readers: dict[Any, list[Operation]] = {}
    for node in graph.get_operations():
        if not node.stateful or node.type == "Placeholder":
            continue
        keys = [id(t) for t in node.inputs if t.dtype is dtypes.resource] or ["effects"]
        for key in keys:
            if key in writers:
                node._add_control_inputs([writers[key]])
            if _only_reads(node):
                readers.setdefault(key, []).append(node)
                continue
            node._add_control_inputs(readers.pop(key, []))
            writers[key] = node


def _only_reads(node: Operation) -> bool:
    computation = node.computation
    return (
        isinstance(computation, OpComputation) and computation.kernel.reads_resource and not computation.kernel.writes
    )
