"""The gradient of samples that an op draws from a generator's state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfshim.backprop import Record, gradient_rule
from tfshim.indexed_slices import dense
from tfshim.ops import op


@gradient_rule("RandomGamma")
def _gamma(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    """How each sample moves with its alpha while its quantile stays, summed over the samples of an alpha."""
    shape, alpha = record.inputs
    slopes = op("RandomGammaGrad")(alpha, record.outputs[0])
    samples = op("Range")(0, op("Size")(shape), 1)
    return [None, op("Sum")(op("Mul")(dense(cotangents[0]), slopes), samples, keep_dims=False)]
