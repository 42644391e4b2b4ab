"""Gradients of ops on resource variables that are more than the vjp of their kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfshim import indexed_slices
from tfshim.backprop import Record, gradient_rule
from tfshim.convert import convert_to_tensor
from tfshim.graph import shape_behind
from tfshim.indexed_slices import IndexedSlices
from tfshim.ops import op


@gradient_rule("ResourceGatherNd")
def _gather_nd(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    handle, indices = record.inputs
    cotangent = indexed_slices.dense(cotangents[0])
    known = shape_behind(handle)
    if known.is_fully_defined():
        shape = convert_to_tensor(np.array(known.as_list(), indices.dtype.as_numpy_dtype))
    else:
        shape = op("VariableShape")(handle, out_type=indices.dtype)
    if indices.shape.rank == 2 and indices.shape[-1] == 1:
        return [IndexedSlices(cotangent, op("Squeeze")(indices, squeeze_dims=[-1]), shape), None]
    return [op("ScatterNd")(indices, cotangent, shape), None]
