"""`tf.autodiff.ForwardAccumulator`: directional derivatives, computed alongside the forward pass."""

from __future__ import annotations

from typing import Any

from tfshim import backprop, nest
from tfshim import context as context_module
from tfshim.backprop import WHOLE_READS, Record, carries_gradient, is_trainable
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.execute import execute
from tfshim.export import export
from tfshim.gradient_tape import GradientTape, UnconnectedGradients, _source
from tfshim.indexed_slices import dense
from tfshim.ops import op
from tfshim.ops.computation import OpComputation
from tfshim.tensor import Tensor


@export("autodiff.ForwardAccumulator")
class ForwardAccumulator:
    """Computes Jacobian-vector products as operations run.

    Args:
      primals: tensor, variable or structure of them, watched from the start.
      tangents: the direction, of the same structure, shapes and dtypes.

    Raises:
      ValueError: the same primal is given twice, or structures do not match.
    """

    def __init__(self, primals: Any, tangents: Any):
        nest.assert_same_structure(primals, tangents)
        self._tangents: dict[int, Any] = {}
        self._kept: list[Tensor] = []
        self._recording = False
        seen: set[int] = set()
        for primal, tangent in zip(nest.flatten(primals), nest.flatten(tangents), strict=True):
            if tangent is None:
                continue
            if isinstance(primal, (int, float)):
                raise ValueError(f"ForwardAccumulator cannot watch {primal!r}, which is not a tensor or variable")
            if id(primal) in seen:
                raise ValueError(f"Tensor {primal} was specified as a primal multiple times.")
            seen.add(id(primal))
            tangent = convert_to_tensor(tangent, primal.dtype)
            if not primal.shape.is_compatible_with(tangent.shape):
                raise ValueError(f"Expected shape {primal.shape} for the tangent of {primal}, got {tangent.shape}")
            self._set(_source(primal), tangent)

    def __enter__(self) -> ForwardAccumulator:
        if self._recording:
            raise ValueError("Accumulator is already recording.")
        context.accumulators = (*context.accumulators, self)
        self._recording = True
        return self

    def __exit__(self, typ: Any, value: Any, traceback: Any) -> None:
        context.accumulators = tuple([a for a in context.accumulators if a is not self])
        self._recording = False

    def jvp(self, primals: Any, unconnected_gradients: Any = UnconnectedGradients.NONE) -> Any:
        """The derivatives of `primals` in the direction given at construction; None where there is none."""
        unconnected = UnconnectedGradients(unconnected_gradients)

        def look_up(primal: Any) -> Any:
            tangent = self._tangents.get(id(_source(primal)))
            if tangent is None and unconnected == UnconnectedGradients.ZERO:
                return op("ZerosLike")(primal)
            return tangent

        return nest.map_structure(look_up, primals)

    def _set(self, tensor: Tensor, tangent: Any) -> None:
        self._tangents[id(tensor)] = tangent
        self._kept.append(tensor)

    def push_forward(self, computation: Any, inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> None:
        """Computes the outputs' tangents from those of the inputs; called for everything that runs."""
        known = self._tangents
        wrt = tuple(i for i, t in enumerate(inputs) if id(t) in known)
        if not wrt or not outputs:
            return
        of = tuple(i for i, t in enumerate(outputs) if carries_gradient(t))
        if hasattr(computation, "pull"):
            of = self._follow(computation, inputs, outputs, of)
        if not of:
            return
        # What this accumulator runs concerns the accumulators around it, not itself.
        position = context.accumulators.index(self)
        with context_module.scope(accumulators=context.accumulators[:position]):
            tangents = self._tangents_of(computation, inputs, outputs, wrt, of)
        for i, tangent in zip(of, tangents, strict=True):
            if tangent is not None:
                self._set(outputs[i], tangent)

    def _follow(self, computation: Any, inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...], of: Any) -> Any:
        """Those outputs of a gradient in Python whose tangents the operations behind them do not tell."""
        for i in of if computation.passes_on(inputs, outputs) else ():
            if id(inputs[i]) in self._tangents:
                self._set(outputs[i], self._tangents[id(inputs[i])])
        return tuple(i for i in of if id(outputs[i]) not in self._tangents)

    def _tangents_of(
        self, computation: Any, inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...], wrt: Any, of: Any
    ) -> Any:
        known = self._tangents
        if hasattr(computation, "backward"):
            return _through_reverse(Record(computation, inputs, outputs), [known[id(inputs[i])] for i in wrt], wrt, of)
        if computation.name in WHOLE_READS:
            return [known[id(inputs[0])]]
        if isinstance(computation, OpComputation):
            if computation.name == "ResourceGather":
                return [op("GatherV2")(known[id(inputs[0])], inputs[1], 0, batch_dims=computation.attr("batch_dims"))]
            if computation.resource_positions or computation.definition.grad == "none":
                return [None] * len(of)
            if computation.kernel.host and backprop.has_rule(computation.name):
                # JAX cannot differentiate what NumPy computes, but the rule can be transposed.
                made = Record(computation, inputs, outputs)
                return _through_reverse(made, [dense(known[id(inputs[i])]) for i in wrt], wrt, of)
        wrt = tuple(i for i in wrt if i not in computation.static_positions)
        made = Record(computation, inputs, outputs)
        computation, wrt, positions = backprop.pure(made, wrt)
        if not wrt:
            return [None] * len(of)
        operands = [*inputs, *backprop.taken(computation, made)]
        jvp = computation.jvp(len(operands), positions, of)
        return execute(jvp, [*operands, *(dense(known[id(inputs[i])]) for i in wrt)])


def _through_reverse(record: Record, tangents: list[Any], wrt: Any, of: Any) -> list[Any]:
    """Forward mode of what only has a reverse mode: the pullback is linear in its cotangents, so transpose it."""
    with GradientTape() as tape:
        seeds = [op("ZerosLike")(record.outputs[i]) for i in of]
        tape.watch(seeds)
        cotangents: list[Any] = [None] * len(record.outputs)
        for i, seed in zip(of, seeds, strict=True):
            cotangents[i] = seed
        pulled = backprop.input_gradients(record, cotangents, list(wrt))
        pairs = [
            (dense(pulled[i]), t)
            for i, t in zip(wrt, tangents, strict=True)
            if pulled[i] is not None and is_trainable(pulled[i].dtype)
        ]
    if not pairs:
        return [None] * len(of)
    return tape.gradient([p for p, _ in pairs], seeds, output_gradients=[t for _, t in pairs])
