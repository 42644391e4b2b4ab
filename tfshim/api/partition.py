"""Splitting a tensor by group numbers and putting it together again, with the gradients of both.

The sizes of the groups depend on the data: these ops run on the host, so their gradients are composed of ops.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfshim.api.array import shape
from tfshim.backprop import Record, gradient_rule
from tfshim.export import export
from tfshim.indexed_slices import dense
from tfshim.ops import op

_dynamic_partition = op("DynamicPartition")
_dynamic_stitch = op("DynamicStitch")
_gather_v2 = op("GatherV2")
_prod = op("Prod")
_range = op("Range")
_reshape = op("Reshape")
_zeros_like = op("ZerosLike")


@export("dynamic_partition")
def dynamic_partition(data, partitions, num_partitions, name=None):
    """`num_partitions` tensors: partition i holds the slices of `data` whose entry in `partitions` is i."""
    return _dynamic_partition(data, partitions, num_partitions=num_partitions, name=name)


@export("dynamic_stitch")
def dynamic_stitch(indices, data, name=None):
    """One tensor that holds `data[i][j]` at position `indices[i][j]`; later ones win."""
    return _dynamic_stitch(indices, data, name=name)


@gradient_rule("DynamicPartition")
def _partition_gradient(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    data, partitions = record.inputs
    arrived = [_zeros_like(o) if c is None else dense(c) for o, c in zip(record.outputs, cotangents, strict=True)]
    sizes = shape(partitions)
    numbered = _reshape(_range(0, _prod(sizes, [0]), 1), sizes)
    positions = _dynamic_partition(numbered, partitions, num_partitions=len(arrived))
    return [_reshape(_dynamic_stitch(positions, arrived), shape(data)), None]


@gradient_rule("DynamicStitch", "ParallelDynamicStitch")
def _stitch_gradient(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    count = len(record.inputs) // 2
    cotangent = dense(cotangents[0])
    return [None] * count + [_gather_v2(cotangent, indices, 0) for indices in record.inputs[:count]]
