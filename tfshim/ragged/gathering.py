"""Rows of values brought together: ranges, and gathers of whole rows."""

from __future__ import annotations

from typing import Any

from tfshim.ops import op
from tfshim.ragged import index
from tfshim.ragged.row_partition import of_splits
from tfshim.ragged.tensor import RaggedTensor, ragged
from tfshim.tensor import Tensor


def gather_ranges(values: Any, starts: Tensor, limits: Tensor) -> RaggedTensor:
    """The ragged tensor with the rows `values[starts[i]:limits[i]]`."""
    places, splits = index.ranges(starts, limits)
    return ragged(gather_rows(values, places), of_splits(splits))


def gather_rows(values: Any, places: Tensor) -> Any:
    """`values[places]` of a tensor or ragged tensor, for a vector of row numbers."""
    if not isinstance(values, RaggedTensor):
        return op("GatherV2")(values, places, 0)
    places = index.cast(places, values.row_splits.dtype)
    starts, limits = index.take(values.row_starts(), places), index.take(values.row_limits(), places)
    rows = gather_ranges(values.values, starts, limits)
    if values.uniform_row_length is None:
        return rows
    known = values._row_partition.static_uniform_row_length
    return rows if known is None else ragged(rows.values, rows._row_partition.with_uniform_length(known))
