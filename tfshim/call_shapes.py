"""Static shapes of calls: what a function's outputs are for the arguments at hand, which say more than its trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfshim import shape_inference
from tfshim.errors import OpError
from tfshim.graph import FuncGraph
from tfshim.shapes import TensorShape
from tfshim.tensor import SymbolicTensor, Tensor


def shapes_of_call(graph: FuncGraph, outputs: Sequence[SymbolicTensor], inputs: Sequence[Tensor]) -> list[TensorShape]:
    """Static shapes of `outputs` when `graph` is called with `inputs` for its own."""
    declared = [t.shape for t in outputs]
    if all(s.is_fully_defined() for s in declared):
        return declared
    values = [_small_integers(t) for t in inputs]
    pairs = list(zip(graph.inputs, inputs, strict=True))
    if all(inside.shape._dims == given.shape._dims for inside, given in pairs) and all(v is None for v in values):
        return declared
    try:
        known = _shapes_inside(graph, pairs, values)
        return [s.merge_with(known.get(id(t), t).shape) for s, t in zip(declared, outputs, strict=True)]
    except (OpError, ValueError, TypeError):
        # What contradicts the function's body is reported when it runs.
        return declared


def _small_integers(tensor: Tensor) -> np.ndarray | None:
    """The value of an argument of which shapes may be made, if it is known."""
    if not tensor.dtype.is_integer or tensor.shape.rank not in (0, 1):
        return None
    return tensor.graph.constant_value(tensor)  # type: ignore[attr-defined]


def _shapes_inside(graph: FuncGraph, pairs: Sequence[Any], values: Sequence[Any]) -> dict[int, SymbolicTensor]:
    """By the id of each tensor of `graph`, a stand-in with the shape that it has in the call."""
    scratch = FuncGraph(graph.name)
    stand_ins: dict[int, SymbolicTensor] = {}
    for (inside, given), value in zip(pairs, values, strict=True):
        shape = inside.shape if inside.shape.rank is not None and given.shape.rank is None else given.shape
        stand_ins[id(inside)] = made = scratch.placeholder(inside.dtype, shape)
        made._op.value = inside._op.value if value is None else value
        if "_variable_shape" in inside.__dict__:
            made.__dict__["_variable_shape"] = inside.__dict__["_variable_shape"]
    for node in graph._nodes:
        if not any(id(t) in stand_ins for t in node.inputs):
            continue  # as in the trace
        inputs = tuple([stand_ins.get(id(t), t) for t in node.inputs])
        shapes = shape_inference.infer(node.computation, inputs, node.attrs, len(node._outputs))
        dtypes = [t.dtype for t in node._outputs]
        copied = scratch.add_node(node.computation, inputs, node.attrs, dtypes, shapes, node.name + "/")
        copied.value = node.value
        for old, new in zip(node._outputs, copied._outputs, strict=True):
            stand_ins[id(old)] = new
    return stand_ins
