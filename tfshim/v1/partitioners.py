"""Into how many parts `get_variable` divides a variable: functions of its shape and dtype."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tfshim import dtypes
from tfshim.export import export
from tfshim.shapes import TensorShape

Partitioner = Callable[..., list[int]]


@export("compat.v1.fixed_size_partitioner")
def fixed_size_partitioner(num_shards: int, axis: int = 0) -> Partitioner:
    """Divides `axis` into `num_shards` parts, or as many as it has elements if these are fewer."""

    def partitioner(shape: TensorShape, **unused: Any) -> list[int]:
        return _along(axis, shape, min(num_shards, shape[axis]))

    return partitioner


@export("compat.v1.variable_axis_size_partitioner")
def variable_axis_size_partitioner(
    max_shard_bytes: int, axis: int = 0, bytes_per_string_element: int = 16, max_shards: int | None = None
) -> Partitioner:
    """Divides `axis` so that no part has more than `max_shard_bytes`, except where one slice already has.

    Args:
      max_shard_bytes: size of a part.
      axis: the axis.
      bytes_per_string_element: what a string is taken to occupy.
      max_shards: largest number of parts, whatever their size then is.

    Raises:
      ValueError: for sizes or a number below one; the result raises it for what is no fully defined TensorShape.
    """
    for name, value in (
        ("max_shard_bytes", max_shard_bytes),
        ("max_shards", max_shards or 1),
        ("bytes_per_string_element", bytes_per_string_element),
    ):
        if value < 1:
            raise ValueError(f"{name} must be positive, not {value}")

    def partitioner(shape: TensorShape, dtype: Any) -> list[int]:
        if not isinstance(shape, TensorShape) or not shape.is_fully_defined():
            raise ValueError(f"shape must be a fully defined TensorShape, not {shape!r}")
        slice_bytes = shape.num_elements() / shape[axis] * _element_size(dtype, bytes_per_string_element)
        shards = math.ceil(shape[axis] / max(1, math.floor(max_shard_bytes / slice_bytes)))
        return _along(axis, shape, min(max_shards, shards) if max_shards else shards)

    return partitioner


@export("compat.v1.min_max_variable_partitioner")
def min_max_variable_partitioner(
    max_partitions: int = 1, axis: int = 0, min_slice_size: int = 256 << 10, bytes_per_string_element: int = 16
) -> Partitioner:
    """Divides `axis` into parts of `min_slice_size` bytes and more, at most `max_partitions` of them.

    Strings are taken to occupy `bytes_per_string_element`. The result raises ValueError for a shape without the axis.
    """

    def partitioner(shape: TensorShape, dtype: Any) -> list[int]:
        if axis >= len(shape):
            raise ValueError(f"a variable of shape {shape} has no axis {axis} along which to divide it")
        size = shape.num_elements() * _element_size(dtype, bytes_per_string_element)
        return _along(axis, shape, max(1, min(shape[axis], max_partitions, math.ceil(size / min_slice_size))))

    return partitioner


def _along(axis: int, shape: TensorShape, parts: int) -> list[int]:
    partitions = [1] * len(shape)
    partitions[axis] = parts
    return partitions


def _element_size(dtype: Any, bytes_per_string: int) -> int:
    dtype = dtypes.as_dtype(dtype)
    return bytes_per_string if dtype is dtypes.string else dtype.size
