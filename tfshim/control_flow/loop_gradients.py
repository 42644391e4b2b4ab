"""Gradients of variables whose handles loops pass on: what is read through them later is read of the variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfshim import backprop, dtypes
from tfshim.backprop import Record, gradient_rule
from tfshim.control_flow.loops import BODY, Loop
from tfshim.indexed_slices import add_up


@gradient_rule("While", "StatelessWhile")
def _loop(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    computation = record.computation
    if not isinstance(computation, Loop):
        return backprop.default_rule(record, cotangents, wanted)
    passed = {
        i: c
        for i, (t, c) in enumerate(zip(record.outputs, cotangents, strict=True))
        if c is not None and t.dtype is dtypes.resource and _is_passed_on(computation, i)
    }
    rest = [None if i in passed else c for i, c in enumerate(cotangents)]
    gradients: list[Any] = [None] * len(record.inputs)
    if not passed or any(c is not None for c in rest):
        gradients = list(backprop.default_rule(record, rest, wanted))
    for i, cotangent in passed.items():
        gradients[i] = cotangent if gradients[i] is None else add_up([gradients[i], cotangent])
    return gradients


def _is_passed_on(loop: Loop, position: int) -> bool:
    """True if the handle of a loop variable is the same in all iterations."""
    body = loop.graphs[BODY]
    handle = body.outputs[position]
    while handle.op.type == "Identity":
        handle = handle.op.inputs[0]
    return handle is body.inputs[position]
