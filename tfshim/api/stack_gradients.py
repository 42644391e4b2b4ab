"""Gradients of stacking, unstacking and concatenating many tensors in eager mode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfshim.backprop import Record, gradient_rule
from tfshim.indexed_slices import dense
from tfshim.ops import op


@gradient_rule("Pack", crowded=True)
def _stacked(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    return op("Unpack")(dense(cotangents[0]), num=len(record.inputs), axis=record.computation.attr("axis"))


@gradient_rule("Unpack", crowded=True)
def _unstacked(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    given = [
        op("ZerosLike")(output) if cotangent is None else dense(cotangent)
        for output, cotangent in zip(record.outputs, cotangents, strict=True)
    ]
    return [op("Pack")(given, axis=record.computation.attr("axis"))]


@gradient_rule("ConcatV2", crowded=True)
def _concatenated(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    *values, axis = record.inputs
    sizes = [value.shape[int(axis.host_value())] for value in values]
    return [*op("SplitV")(dense(cotangents[0]), np.array(sizes, np.int64), axis, num_split=len(values)), None]
