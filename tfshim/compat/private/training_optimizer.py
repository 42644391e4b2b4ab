"""`tensorflow.python.training.optimizer`: what optimizers are built with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim.ops import op


def get_filtered_grad_fn(grad_fn: Callable[..., Any]) -> Callable[..., Any]:
    """The function without those of its pairs of gradient and variable that have no gradient."""

    def filtered(*args: Any, **kwargs: Any) -> list[Any]:
        return [(grad, var) for grad, var in grad_fn(*args, **kwargs) if grad is not None]

    return filtered


def _deduplicate_indexed_slices(values: Any, indices: Any) -> tuple[Any, Any]:
    """The sums of the slices of each index, and the indices, each once."""
    unique, position = op("Unique")(indices)
    count = op("StridedSlice")(op("Shape")(unique), [0], [1], [1], shrink_axis_mask=1)
    return op("UnsortedSegmentSum")(values, position, count), unique
