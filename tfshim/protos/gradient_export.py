"""Graphs as they are exported: gradient nodes as TensorFlow's own ops, and functions with the order of their effects.

tfshim derives the gradient of an op from its kernel, so a graph with gradients holds nodes that TensorFlow does not
know. What is exported is a copy in which each of them is replaced by the ops that TensorFlow would have used: by the
rules of `gradient_export_*`, each a function of a `Gradient`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from tfshim import backprop, dtypes, indexed_slices
from tfshim.errors import UnimplementedError
from tfshim.graph import FuncGraph, Graph, Operation
from tfshim.ops import op
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
        gradient_export_indices,
        gradient_export_linalg,
        gradient_export_loops,
        gradient_export_math,
        gradient_export_nn,
        gradient_export_special,
    )

    found = _rules.get(computation.name)
    if found is None:
        raise _no_rule(computation)
    return found


def _no_rule(computation: Computation) -> UnimplementedError:
    return UnimplementedError(
        None,
        None,
        f"the gradient of {computation.name} cannot be exported: tfshim has no rule that says by which ops TensorFlow "
        "computes it; export the graph without the gradient",
    )


def _results(computation: Any, gradient: Gradient, operands: Sequence[SymbolicTensor]) -> Sequence[Any]:
    """For each input of what was differentiated, its gradient as a tensor of the current graph, or None."""
    if isinstance(computation.forward, Vjp):
        return _of_gradient(computation, operands)
    return _find(computation.forward)(gradient)


def _of_gradient(computation: Any, operands: Sequence[SymbolicTensor]) -> list[Any]:
    """The gradient of a gradient: that of the ops by which the inner one is exported, exported in turn."""
    inner, n = computation.forward, computation.n_inputs
    scratch = FuncGraph("gradient")
    scratch.outer_graph = None
    with scratch.as_default():
        scratch.inputs = inputs = [scratch.placeholder(t.dtype, t.shape) for t in operands]
        first = Gradient(inner, inputs[: inner.n_inputs], inputs[inner.n_inputs : n], None)
        results = _results(inner, first, inputs[:n])
        found = backprop.backpropagate(
            backprop.node_records(scratch),
            [results[inner.wrt[i]] for i in computation.of],
            inputs[n:],
            [inputs[i] for i in computation.wrt],
        )
        outputs = [
            op("ZerosLike")(inputs[i]) if g is None else indexed_slices.dense(g)
            for i, g in zip(computation.wrt, found, strict=True)
        ]
    copies = _inline(Exported(scratch), scratch, operands)
    by_position = {i: copies[id(t)] for i, t in zip(computation.wrt, outputs, strict=True)}
    return [by_position.get(i) for i in range(n)]


def _inline(exported: Exported, source: FuncGraph, operands: Sequence[SymbolicTensor]) -> dict[int, SymbolicTensor]:
    """Adds the nodes of an exported graph to the current one; what stands there for the tensors of `source`."""
    graph: Any = operands[0].graph
    made = {id(t): operand for t, operand in zip(exported.graph.inputs, operands, strict=True)}
    for node in exported.graph.get_operations():
        if node.type == "Placeholder":
            continue
        inputs = tuple(made[id(t)] for t in node.inputs)
        dtypes_, shapes = [t.dtype for t in node.outputs], [t.shape for t in node.outputs]
        copy = graph.add_node(node.computation, inputs, node.attrs, dtypes_, shapes, node.name)
        copy.value = node.value
        made.update((id(old), new) for old, new in zip(node.outputs, copy.outputs, strict=True))
    return {key: made[id(t)] for key, t in exported.tensors.items() if id(t) in made}


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
        if any(t.dtype is dtypes.snapshot for t in node.inputs):
            raise _no_rule(node.computation)
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
        if not isinstance(computation, Vjp) or hasattr(computation.forward, "taken"):
            raise _no_rule(computation)
        n = computation.n_inputs
        operands = [self.tensors[id(t)] for t in node.inputs]
        forward = self._nodes[node.forward][0] if node.forward in self._nodes else None
        gradient = Gradient(computation, operands[:n], operands[n:], forward)
        before = self.graph.version
        with self.graph.name_scope(node.name + "/"), self.graph.control_dependencies(self._controls(node)):
            results = _results(computation, gradient, operands)
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
