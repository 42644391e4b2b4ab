"""Gradients of unary ops that have an op of their own, which gives 0 for a cotangent of 0 even at a pole."""

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
