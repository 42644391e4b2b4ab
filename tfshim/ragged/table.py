"""What ragged tensors answer for public functions: the path of each, and who does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim.dispatch import BINARY, UNARY
from tfshim.ragged import elementwise, joining, layers, reductions, restructure, shapes

HANDLERS: dict[str, Callable[..., Any]] = {
    **{path: elementwise.unary(path) for path in UNARY},
    **{path: elementwise.binary(path) for path in BINARY},
    **{path: reductions.reduction(path) for path in reductions.SEGMENT_OPS if path.startswith("math.")},
    **{
        f"math.unsorted_segment_{name}": reductions.segment_function(f"UnsortedSegment{name.title()}")
        for name in ("max", "min", "prod", "sum")
    },
    "concat": joining.concat,
    "expand_dims": restructure.expand_dims,
    "gather": joining.gather,
    "gather_nd": joining.gather_nd,
    "linalg.matmul": layers.matmul,
    "math.add_n": elementwise.add_n,
    "math.cumsum": reductions.cumsum,
    "math.reduce_all": reductions.reduce_all,
    "math.reduce_any": reductions.reduce_any,
    "math.reduce_mean": reductions.reduce_mean,
    "math.reduce_std": reductions.reduce_std,
    "math.reduce_variance": reductions.reduce_variance,
    "math.scalar_mul": elementwise.scalar_mul,
    "math.unsorted_segment_mean": reductions.segment_mean,
    "math.unsorted_segment_sqrt_n": reductions.segment_sqrt_n,
    "nn.dropout": layers.dropout,
    "nn.embedding_lookup": layers.embedding_lookup,
    "nn.experimental.stateless_dropout": layers.stateless_dropout,
    "nn.softmax": layers.softmax,
    "one_hot": layers.one_hot,
    "rank": shapes.rank,
    "reverse": restructure.reverse,
    "shape": shapes.shape,
    "size": shapes.size,
    "split": restructure.split,
    "squeeze": restructure.squeeze,
    "stack": joining.stack,
    "strings.join": shapes.string_join,
    "strings.reduce_join": reductions.reduce_join,
    "tile": restructure.tile,
    "where": elementwise.where,
}
