"""Gradients between ragged tensors and variants: the gradient of a variant is one of the same form."""

from __future__ import annotations

from typing import Any

from tfshim.backprop import gradient_rule
from tfshim.ops import op


@gradient_rule("RaggedTensorToVariant")
def _(record, cotangents, wanted):
    *splits, values = record.inputs
    sizes = op("Shape")(values)
    if splits:
        ends: Any = splits[0]
        for inner in splits[1:]:
            ends = op("GatherV2")(inner, ends, 0)
    else:
        ends = op("Range")(0, sizes[:1][0] + 1, 1) if record.computation.attr("batched_input") else [0]
    gradient = op("RaggedTensorToVariantGradient")(cotangents[0], ends, sizes, Tvalues=values.dtype)
    return [*[None] * len(splits), gradient]


@gradient_rule("RaggedTensorFromVariant")
def _(record, cotangents, wanted):
    rank = record.inputs[0].shape.rank
    if rank is None or rank > 1:
        raise ValueError(f"RaggedTensorToVariant, of the gradient, can not make variants of shape rank {rank}")
    splits = record.outputs[:-1]
    return [op("RaggedTensorToVariant")(splits, cotangents[-1], batched_input=rank == 1)]
