"""Inputs of nodes whose values do not matter: what only they need is not computed, and need not be fed."""

from __future__ import annotations

from collections.abc import Iterable

import jax

from tfshim.convert import constant_value
from tfshim.graph import Graph
from tfshim.operation import PLACEHOLDER, Operation
from tfshim.ops.computation import OPAQUE, Vjp
from tfshim.tensor import SymbolicTensor

_OF_SHAPES = frozenset(["OnesLike", "ZerosLike", "Shape", "Size", "Rank"])


class IdleInputs:
    """The idle inputs of a graph's nodes that depend on placeholders without a value.

    Args:
      graph: the graph.
      given: ids of the tensors that are fed.
    """

    def __init__(self, graph: Graph, given: Iterable[int]):
        given = set(given)
        # The ids of all tensors that cannot be computed.
        self._missing: set[int] = set()
        for node in graph.get_operations():
            missing = [i for i, t in enumerate(node.inputs) if id(t) in self._missing]
            if (node.computation is PLACEHOLDER and node.value is None) or len(missing) > len(self.of(node)):
                self._missing.update(id(t) for t in node.outputs if id(t) not in given)

    def of(self, node: Operation) -> list[int]:
        """Positions of the inputs of one node that need not be there: their shapes tell all."""
        missing = [i for i, t in enumerate(node.inputs) if id(t) in self._missing and t.shape.is_fully_defined()]
        if not missing or node.type in _OF_SHAPES:
            return missing
        return missing if _is_constant(node, missing) else []


def _is_constant(node: Operation, positions: list[int]) -> bool:
    """True if a node is a derivative that does not depend on the values of the inputs at `positions`."""
    computation = node.computation
    if not isinstance(computation, Vjp):
        return False
    statics = [constant_value(node.inputs[i]) for i in computation.static_positions]
    operands: list[SymbolicTensor] = [node.inputs[i] for i in computation.operand_positions(len(node.inputs))]
    if any(s is None for s in statics) or any(not t.shape.is_fully_defined() or t.dtype in OPAQUE for t in operands):
        return False
    abstract = [jax.ShapeDtypeStruct(t.shape._dims, t.dtype.as_numpy_dtype) for t in operands]
    reached = computation.dependencies(statics, len(node.inputs), abstract, comparisons=True)
    return not frozenset().union(*reached).intersection(positions)
