"""Computes a tensor of a traced function outside of that function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tfshim.context import context
from tfshim.graph import FuncGraph, Graph
from tfshim.operation import PLACEHOLDER, Operation
from tfshim.tensor import SymbolicTensor, Tensor


class UnliftableError(Exception):
    """What is to be computed depends on an input that is not given."""


def lifted(tensor: Tensor, arguments: Mapping[int, Tensor] | None = None) -> Tensor:
    """What `tensor` is, as a tensor of the graph that is being built; not of a function inside it.

    Args:
      tensor: of a function's graph.
      arguments: what is known of the function's arguments, by the ids of the placeholders for them.

    Raises:
      UnliftableError: if it depends on another argument of the function.
    """
    target = context.graph
    assert target is not None, "tensors are lifted into graphs"
    if not isinstance(tensor, SymbolicTensor):
        return tensor
    return _Copies(tensor, target, arguments or {}).of(tensor)


class _Copies:
    """Copies of nodes of a function's graph, made on demand."""

    def __init__(self, wanted: SymbolicTensor, target: Graph, arguments: Mapping[int, Tensor]):
        self._wanted = wanted
        self._arguments = arguments
        self._target = target
        self._source = wanted.graph
        self._nodes: dict[Operation, Operation] = {}

    def of(self, tensor: SymbolicTensor) -> SymbolicTensor:
        if tensor.graph is not self._source or tensor.graph is self._target:
            return self._target.admit(tensor)
        node = tensor.op
        if node.computation is PLACEHOLDER:
            return self._captured(tensor)
        # Without recursion: initial values may be the end of long chains.
        stack = [node]
        while stack:
            missing = [t.op for t in stack[-1].inputs if self._is_missing(t)]
            if missing:
                stack.extend(missing)
            else:
                self._copy(stack.pop())
        return self._nodes[node]._outputs[tensor._value_index]

    def _is_missing(self, tensor: SymbolicTensor) -> bool:
        return (
            tensor.graph is self._source and tensor.op.computation is not PLACEHOLDER and tensor.op not in self._nodes
        )

    def _captured(self, tensor: SymbolicTensor) -> SymbolicTensor:
        given = self._arguments.get(id(tensor))
        if given is not None:
            return self._target.admit(given)
        outside = self._source._outside.get(id(tensor)) if isinstance(self._source, FuncGraph) else None
        if outside is None:
            raise UnliftableError(
                f"{self._wanted!r} cannot be computed outside of its function: it depends on the argument "
                f"{tensor.op.name!r}"
            )
        return self._target.admit(lifted(outside))

    def _copy(self, node: Operation) -> None:
        if node in self._nodes:
            return
        self._nodes[node] = copy_node(self._target, node, [self.of(t) for t in node.inputs], self._nodes)
        self._nodes[node].rng_cell = node.rng_cell


def copy_node(
    target: Graph, node: Operation, inputs: Sequence[SymbolicTensor], copies: Mapping[Operation, Operation]
) -> Operation:
    """Adds a node like `node`, of another graph, to `target`; `copies` are those made of other nodes."""
    copy = target.add_node(
        node.computation,
        tuple(inputs),
        node.attrs,
        [t.dtype for t in node._outputs],
        [t.shape for t in node._outputs],
        node.name,
    )
    copy.value = node.value
    copy.forward = copies.get(node.forward) if node.forward is not None else None
    return copy
