"""Second derivatives of calls that are zeros in TensorFlow where nothing depends on the input.

There, a function that is differentiated hands tensors of its forward pass to its backward pass. A second derivative
goes through these, and so has zeros for what the function depends on, even if all it took was a constant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfshim import backprop, nest
from tfshim.backprop import Record, is_trainable
from tfshim.control_flow.structure import differentiable_sources, gradient_inputs
from tfshim.operation import Operation
from tfshim.ops.computation import OpComputation

if TYPE_CHECKING:
    from tfshim.concrete_function import Backward


def given_zeros(backward: Backward) -> frozenset[int]:
    """Positions of the inputs of a call with respect to which derivatives of its gradient are zeros at least."""
    graph = backward.graph
    of_forward = {id(t) for t in graph.mapped.values()}
    reached = {id(t) for t in nest.flatten(graph.outputs) if is_trainable(t.dtype)}
    for node in reversed(graph._nodes):
        outputs = tuple([i for i, t in enumerate(node._outputs) if id(t) in reached and id(t) not in of_forward])
        if outputs:
            reached.update(id(node.inputs[i]) for i in _dependencies(node, outputs))
    if not reached & of_forward:
        return frozenset()
    call = backward.call
    return frozenset(differentiable_sources(call.graph, call.outputs, given=True))


def _dependencies(node: Operation, of: tuple[int, ...]) -> list[int]:
    """Positions of the inputs on which outputs of a node of a backward pass depend differentiably."""
    every = [i for i, t in enumerate(node.inputs) if is_trainable(t.dtype)]
    if isinstance(node.computation, OpComputation):
        return list(gradient_inputs(node, of))
    cotangents = [t if i in of else None for i, t in enumerate(node._outputs)]
    plan = backprop.gradient_plan(Record(node.computation, node.inputs, node._outputs), cotangents, every)
    return [] if plan is None else list(plan[0])
