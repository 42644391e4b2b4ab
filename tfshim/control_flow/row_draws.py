"""Random ops in `tf.vectorized_map`: as in TensorFlow, one of them draws for all rows at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfshim.operation import Operation
from tfshim.ops import op
from tfshim.tensor import Tensor

# A tensor, and whether it holds a value for each row.
Value = tuple[Tensor, bool]

# Ops with a shape as their first input, and what else decides what they draw behind it, one value for all rows.
_OF_A_SHAPE = frozenset(["RandomUniform", "RandomUniformInt", "RandomStandardNormal", "TruncatedNormal"])
# The same with parameters that may differ by row: for each of them as many numbers as the shape says.
_BY_PARAMETER = frozenset(["RandomGamma", "RandomPoissonV2"])


def draws(node: Operation) -> bool:
    """Whether a node is an op that can draw for all rows at once."""
    return node.type in _OF_A_SHAPE or node.type in _BY_PARAMETER or node.type == "Multinomial"


def needs_loop(node: Operation, values: Sequence[Value]) -> bool:
    """Whether a node cannot draw for all rows at once: an input differs between them that must not."""
    return _refused(node, values) is not None


def _refused(node: Operation, values: Sequence[Value]) -> int | None:
    may_vary = 0 if node.type == "Multinomial" else 1 if node.type in _BY_PARAMETER else None
    return next((i for i, (_, stacked) in enumerate(values) if stacked and i != may_vary), None)


def draw(node: Operation, values: Sequence[Value], length: Any) -> Tensor:
    """What a node draws for `length` rows, stacked.

    Raises:
      ValueError: for an input that may not differ by row, and does.
    """
    refused = _refused(node, values)
    if refused is not None:
        raise ValueError(f"Input {refused} of op {node.type!r} expected to be loop invariant.")
    attrs = {name: value for name, value in node.attrs.items() if not name.startswith("_")}
    first, *others = [tensor for tensor, _ in values]
    if node.type == "Multinomial":
        return _samples(first, others[0], values[0][1], length, attrs)
    if any(stacked for _, stacked in values):
        return _numbers_first(op(node.type)(first, *others, **attrs), first)
    return op(node.type)(op("ConcatV2")([_vector(length, first), first], 0), *others, **attrs)


def _samples(logits: Tensor, n_samples: Tensor, stacked: bool, length: Any, attrs: dict[str, Any]) -> Tensor:
    of_row = op("StridedSlice")(op("Shape")(logits), [-2], [0], [1], end_mask=1)
    if stacked:
        rows = op("Reshape")(logits, op("ConcatV2")([[-1], of_row[1:]], 0))
    else:
        rows = op("Tile")(logits, op("ConcatV2")([_vector(length, of_row), [1]], 0))
    drawn = op("Multinomial")(rows, n_samples, **attrs)
    shape = op("ConcatV2")([_vector(length, of_row), of_row[:1], op("Reshape")(n_samples, [1])], 0)
    return op("Reshape")(drawn, shape)


def _numbers_first(drawn: Tensor, shape: Tensor) -> Tensor:
    """Draws of shape `[*shape, rows, ...]` with the rows in front."""
    outer = op("Size")(shape)
    axes = op("Range")(0, op("Rank")(drawn), 1)
    order = op("ConcatV2")([op("Reshape")(outer, [1]), axes[:outer], axes[outer + 1 :]], 0)  # type: ignore[operator]
    return op("Transpose")(drawn, order)


def _vector(length: Any, like: Tensor) -> Tensor:
    return op("Reshape")(op("Cast")(length, DstT=like.dtype), [1])
