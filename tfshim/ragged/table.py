"""What ragged tensors answer for public functions: the path of each, and who does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim.dispatch import BINARY, UNARY
from tfshim.ragged import (
    constructing,
    counting,
    elementwise,
    joining,
    layers,
    reductions,
    restructure,
    shape_functions,
    shapes,
)

HANDLERS: dict[str, Callable[..., Any]] = {
    **{path: elementwise.unary(path) for path in UNARY},
    **{path: elementwise.binary(path) for path in BINARY},
    **{path: reductions.reduction(path) for path in reductions.SEGMENT_OPS if path.startswith("math.")},
    **{
        f"math.unsorted_segment_{name}": reductions.segment_function(f"UnsortedSegment{name.title()}")
        for name in ("max", "min", "prod", "sum")
    },
    "bitcast": elementwise.bitcast,
    "broadcast_to": shape_functions.broadcast_to,
    "compat.v1.nn.embedding_lookup": layers.embedding_lookup_v1,
    "compat.v1.where": elementwise.where_v1,
    "concat": joining.concat,
    "dynamic_partition": constructing.dynamic_partition,
    "expand_dims": restructure.expand_dims,
    "gather": joining.gather,
    "gather_nd": joining.gather_nd,
    "linalg.matmul": layers.matmul,
    "math.add_n": elementwise.add_n,
    "math.bincount": counting.bincount,
    "math.cumsum": reductions.cumsum,
    "math.reduce_all": reductions.reduce_all,
    "math.reduce_any": reductions.reduce_any,
    "math.reduce_logsumexp": reductions.reduce_logsumexp,
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
    "reshape": shape_functions.reshape,
    "reverse": restructure.reverse,
    "shape": shape_functions.shape,
    "size": shapes.size,
    "split": restructure.split,
    "squeeze": restructure.squeeze,
    "stack": joining.stack,
    "strings.join": shapes.string_join,
    "strings.reduce_join": reductions.reduce_join,
    "tile": restructure.tile,
    "where": elementwise.where,
}
