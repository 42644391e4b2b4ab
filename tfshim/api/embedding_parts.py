"""Embedding matrices in several parts, whose rows are dealt out by turns ("mod") or cut into stretches ("div")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfshim.api.clip import clip_by_norm
from tfshim.api.gather import gather
from tfshim.api.naming import composed
from tfshim.api.partition import dynamic_partition
from tfshim.ops import op
from tfshim.shapes import TensorShape
from tfshim.tensor import Tensor


def _dealt(ids: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The part of each id, and its row there."""
    return op("FloorMod")(ids, count), op("FloorDiv")(ids, count)


def _cut(ids: Tensor, params: Sequence[Any]) -> tuple[Tensor, Tensor]:
    """The same if the parts are stretches of equal length, but the first of them one row longer than the others."""
    sizes = [op("Cast")(op("Shape")(p)[0] if p.shape[0] is None else p.shape[0], DstT=ids.dtype) for p in params]
    rows = op("AddN")(sizes)
    length, longer = op("FloorDiv")(rows, len(params)), op("FloorMod")(rows, len(params))
    part = op("Maximum")(op("FloorDiv")(ids, length + 1), op("FloorDiv")(ids - longer, length))
    row = op("SelectV2")(part < longer, op("FloorMod")(ids, length + 1), op("FloorMod")(ids - longer, length))
    return part, row


def row_axes(ids: Tensor, rows: Tensor) -> Any:
    """The dimensions of the rows that were looked up at `ids`."""
    if None in (ids.shape.rank, rows.shape.rank):
        return op("Range")(op("Rank")(ids), op("Rank")(rows), 1)
    return np.arange(ids.shape.rank, rows.shape.rank, dtype=np.int32)


def lookup_in_parts(params: Sequence[Any], ids: Tensor, strategy: str, max_norm: Any, name: str | None) -> Tensor:
    """Rows `ids` of a matrix of which `params` are the parts.

    Args:
      params: two or more tensors or variables.
      ids: integer tensor.
      strategy: "mod" (id i is row i // n of part i % n) or "div".
      max_norm: each row is scaled down to this Euclidean norm.
      name: of the scope of the nodes.

    Raises:
      ValueError: for another strategy.
    """
    if strategy not in ("mod", "div"):
        raise ValueError(f"Unrecognized partition strategy: {strategy}. It must be 'mod' or 'div'.")
    with composed(name or "embedding_lookup") as name:
        count = len(params)
        flat = op("Reshape")(ids, [-1])
        part, row = _dealt(flat, count) if strategy == "mod" else _cut(flat, params)
        part = op("Cast")(part, DstT="int32")
        positions = dynamic_partition(op("Range")(0, op("Size")(flat), 1), part, count)
        rows = [gather(p, i) for p, i in zip(params, dynamic_partition(row, part, count), strict=True)]
        result = op("ParallelDynamicStitch")(positions, rows)
        # The static shape of a row is what is known of any part.
        inner = TensorShape(None)
        for p in params:
            inner = inner.merge_with(p.shape[1:])
        sizes = op("Shape")(rows[0])[1:] if not inner.is_fully_defined() else inner.as_list()
        result = op("Reshape")(result, op("ConcatV2")([op("Shape")(ids), sizes], 0), name=name)
        result.set_shape(ids.shape.concatenate(inner))
        if max_norm is None:
            return result
        return clip_by_norm(result, max_norm, axes=row_axes(ids, result))
