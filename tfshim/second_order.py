"""Second and higher derivatives of calls that are zeros in TensorFlow where nothing depends on the input.

There, a function that is differentiated hands tensors of its forward pass to its backward pass. A second derivative
goes through these, and so has zeros for what the function depends on, even if all it took was a constant. So have all
derivatives after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from tfshim import backprop, nest
from tfshim.backprop import Record, is_trainable
from tfshim.control_flow.structure import differentiable_sources, gradient_inputs
from tfshim.dtypes import DType
from tfshim.execute import execute
from tfshim.operation import Operation
from tfshim.ops.computation import Computation, OpComputation
from tfshim.shapes import TensorShape
from tfshim.tensor import Tensor

if TYPE_CHECKING:
    from tfshim.concrete_function import Backward


def given_zeros(backward: Backward) -> frozenset[int]:
    """Positions of the inputs of a call with respect to which derivatives of its gradient are zeros at least."""
    before = backward.call.gradient_of
    if before is not None and before.given_zeros:
        return before.given_zeros
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
    gradient = getattr(node.computation, "gradient", None)
    if gradient is not None:  # a call
        return [i for i, g in zip(every, gradient(of, tuple(every)).structure, strict=True) if g is not None]
    cotangents = [t if i in of else None for i, t in enumerate(node._outputs)]
    plan = backprop.gradient_plan(Record(node.computation, node.inputs, node._outputs), cotangents, every)
    return [] if plan is None else list(plan[0])


class GivenZeros(Computation):
    """Zeros like input number `which`, with derivatives with respect to all inputs: zeros again."""

    __slots__ = ("which",)

    def __init__(self, which: int):
        super().__init__("ZerosLike", ())
        self.which = which

    def output_dtypes(self, inputs: Sequence[Tensor]) -> tuple[DType, ...]:
        """That of the input."""
        return (inputs[self.which].dtype,)

    def output_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        """That of the input."""
        return [inputs[self.which].shape]

    def build(self, statics: Sequence[np.ndarray], platform: str) -> Callable[..., tuple]:
        return lambda *operands: (jnp.zeros_like(operands[self.which]),)

    def backward(self, made: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
        """Gradients of the inputs (see `backprop.input_gradients`)."""
        found = {i: execute(GivenZeros(i), made.inputs)[0] for i in wanted}
        return [found.get(i) for i in range(len(made.inputs))]
