"""Gradients for which TensorFlow has rules of its own: reciprocals and roots (0 for a cotangent of 0), scans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfshim.backprop import Record, gradient_rule
from tfshim.indexed_slices import dense
from tfshim.ops import op


def _register(name: str, gradient: str) -> None:
    backward = op(gradient)

    @gradient_rule(name)
    def rule(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
        return [backward(record.outputs[0], dense(cotangents[0]))]


for _name, _gradient in (
    ("Inv", "InvGrad"),
    ("Reciprocal", "ReciprocalGrad"),
    ("Rsqrt", "RsqrtGrad"),
    ("Sqrt", "SqrtGrad"),
):
    _register(_name, _gradient)


@gradient_rule("Cumprod")
def _cumulative_product(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    """TensorFlow divides by the elements, takes a zero element's gradient for zero, and conjugates nothing."""
    x, axis = record.inputs
    order = {name: record.computation.attr(name) for name in ("exclusive", "reverse")}
    weighted = op("Mul")(record.outputs[0], dense(cotangents[0]))
    total = op("Cumsum")(weighted, axis, exclusive=order["exclusive"], reverse=not order["reverse"])
    return [op("DivNoNan")(total, x), None]


@gradient_rule("CumulativeLogsumexp")
def _cumulative_logsumexp(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    """TensorFlow scans the logarithms of the cotangents backwards, positive and negative ones apart."""
    x, axis = record.inputs
    exclusive, reverse = (record.computation.attr(name) for name in ("exclusive", "reverse"))

    def part(cotangent: Any) -> Any:
        logarithm = op("SelectV2")(cotangent > 0, op("Log")(cotangent), x.dtype.min)
        relative = op("Sub")(logarithm, record.outputs[0])
        total = op("CumulativeLogsumexp")(relative, axis, exclusive=exclusive, reverse=not reverse)
        return op("Exp")(op("AddV2")(total, x))

    cotangent = dense(cotangents[0])
    return [op("Sub")(part(cotangent), part(op("Neg")(cotangent))), None]


@gradient_rule("L2Loss")
def _l2_loss(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    """The cotangent may have any shape that goes with the input."""
    return [op("Mul")(record.inputs[0], dense(cotangents[0]))]


@gradient_rule("Print")
def _print(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    return [cotangents[0], *[None] * (len(record.inputs) - 1)]
