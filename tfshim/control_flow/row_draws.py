"""Random ops in `tf.vectorized_map`: as in TensorFlow, one of them draws for all rows at once, before the function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.convert import constant_value
from tfshim.graph import FuncGraph
from tfshim.operation import Operation
from tfshim.ops import op
from tfshim.tensor import SymbolicTensor, Tensor

# From the number of rows to the draws of all of them, stacked.
Draw = Callable[[Any], Tensor]

# Ops with a shape as their first input, and what else decides what they draw behind it.
_OF_A_SHAPE = frozenset(
    ["RandomUniform", "RandomUniformInt", "RandomStandardNormal", "TruncatedNormal", "RandomGamma", "RandomPoissonV2"]
)


def hoist(graph: FuncGraph, n_mapped: int) -> list[Draw]:
    """Takes the random ops that are the same for all rows out of a graph.

    What they draw becomes inputs of the graph, one for each, behind the first `n_mapped`.
    """
    draws: list[Draw] = []
    for node in list(graph._nodes):
        draw = _draw(graph, node)
        if draw is not None:
            _replace_by_input(graph, node, n_mapped + len(draws))
            draws.append(draw)
    return draws


def _draw(graph: FuncGraph, node: Operation) -> Draw | None:
    if node.rng_cell is None or not (node.type in _OF_A_SHAPE or node.type == "Multinomial"):
        return None
    given = [_outside(graph, tensor) for tensor in node.inputs]
    if any(value is None for value in given):
        return None
    attrs = {name: value for name, value in node.attrs.items() if not name.startswith("_")}
    if node.type == "Multinomial":
        return lambda length: _samples(*given, length, attrs)
    shape, *parameters = given
    return lambda length: op(node.type)(op("ConcatV2")([_vector(length, shape), shape], 0), *parameters, **attrs)


def _samples(logits: Any, n_samples: Any, length: Any, attrs: dict[str, Any]) -> Tensor:
    batch = op("Shape")(logits)
    rows = op("Tile")(logits, op("ConcatV2")([_vector(length, batch), [1]], 0))
    drawn = op("Multinomial")(rows, n_samples, **attrs)
    return op("Reshape")(drawn, op("ConcatV2")([_vector(length, batch), [-1], op("Reshape")(n_samples, [1])], 0))


def _vector(length: Any, like: Any) -> Tensor:
    dtype = like.dtype if isinstance(like, Tensor) else dtypes.as_dtype(np.asarray(like).dtype)
    return op("Reshape")(op("Cast")(length, DstT=dtype), [1])


def _outside(graph: FuncGraph, tensor: SymbolicTensor) -> Any:
    """The value of a tensor of the graph that all rows have in common, or None."""
    for outside, inside in graph.captures:
        if inside is tensor:
            return outside
    return constant_value(tensor)


def _replace_by_input(graph: FuncGraph, node: Operation, position: int) -> None:
    (drawn,) = node._outputs
    given = graph.placeholder(drawn.dtype, drawn.shape, f"{node.name}/drawn")
    graph.inputs.insert(position, given)
    # Nodes run in the order of the list: the input comes first.
    graph._nodes.remove(given._op)
    graph._nodes[graph._nodes.index(node)] = given._op
    for other in graph._nodes:
        other._inputs = tuple([given if t is drawn else t for t in other._inputs])
    graph.outputs = [given if t is drawn else t for t in graph.outputs]
