"""Integer arithmetic over row partitions: by NumPy when it runs eagerly, by ops in a graph.

Partitions are small beside the values that they divide, and their sizes change from batch to batch: eagerly no
program is compiled for them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import DType
from tfshim.errors import InvalidArgumentError
from tfshim.ops import op
from tfshim.tensor import Tensor, host_tensor


def compute(on_host: Callable[..., Any], in_graph: Callable[..., Tensor], *tensors: Tensor) -> Tensor:
    """`on_host` of the values of eager tensors, or `in_graph` of symbolic ones."""
    if context.graph is None:
        return host_tensor(np.asarray(on_host(*[t.host_value() for t in tensors])))
    return in_graph(*tensors)


def scalar(value: int, dtype: DType) -> Tensor:
    """An integer as a tensor."""
    return convert_to_tensor(value, dtype)


def cast(x: Tensor, dtype: DType) -> Tensor:
    """`x` as integers of another width."""
    if x.dtype is dtype:
        return x
    return compute(lambda v: v.astype(dtype.as_numpy_dtype), lambda t: op("Cast")(t, DstT=dtype), x)


def size(x: Any, dtype: DType, axis: int = 0) -> Tensor:
    """The size of a dimension of a tensor."""
    known = None if x.shape.rank is None else x.shape.as_list()[axis]
    if known is not None:
        return scalar(known, dtype)
    return op("Shape")(x, out_type=dtype)[axis]


def arange(n: Tensor) -> Tensor:
    """0, 1, ... n - 1."""
    return compute(lambda v: np.arange(v, dtype=v.dtype), lambda t: op("Range")(_like(0, t), t, _like(1, t)), n)


def _like(value: int, tensor: Tensor) -> Tensor:
    return convert_to_tensor(value, tensor.dtype)


def row_lengths(splits: Tensor) -> Tensor:
    """The differences of neighbours."""
    return compute(np.diff, lambda s: op("Sub")(s[1:], s[:-1]), splits)


def splits_of_lengths(lengths: Tensor) -> Tensor:
    """0, and the sums up to each length."""

    def in_graph(t: Tensor) -> Tensor:
        return op("ConcatV2")([convert_to_tensor([0], t.dtype), op("Cumsum")(t, 0)], 0)

    return compute(lambda v: np.concatenate([[0], np.cumsum(v)]).astype(v.dtype), in_graph, lengths)


def rowids_of_splits(splits: Tensor, nvals: Tensor | None = None) -> Tensor:
    """For each value the row that it is in. `nvals`: the number of values, where the graph knows it better."""

    def in_graph(s: Tensor) -> Tensor:
        count = s[-1] if nvals is None else nvals
        places = op("Range")(_like(0, s), count, _like(1, s))
        found = op("UpperBound")(op("ExpandDims")(s, 0), op("ExpandDims")(places, 0), out_type=s.dtype)
        return op("Sub")(op("Squeeze")(found, squeeze_dims=[0]), _like(1, s))

    return compute(lambda v: np.repeat(np.arange(len(v) - 1, dtype=v.dtype), np.diff(v)), in_graph, splits)


def splits_of_rowids(rowids: Tensor, nrows: Tensor) -> Tensor:
    """The splits of rows as long as their numbers are frequent; numbers from `nrows` upwards count nowhere."""

    def on_host(ids: np.ndarray, n: np.ndarray) -> np.ndarray:
        if ids.min(initial=0) < 0:
            raise InvalidArgumentError(None, None, "Input arr must be non-negative!")  # type: ignore[call-arg]
        counts = np.bincount(ids[ids < n], minlength=int(n))
        return np.concatenate([[0], np.cumsum(counts)]).astype(ids.dtype)

    def in_graph(ids: Tensor, n: Tensor) -> Tensor:
        weights = convert_to_tensor([], ids.dtype)
        return splits_of_lengths(op("DenseBincount")(ids, n, weights))

    return compute(on_host, in_graph, rowids, nrows)


def concatenate(*parts: Tensor) -> Tensor:
    """Vectors joined."""
    return compute(lambda *v: np.concatenate(v), lambda *t: op("ConcatV2")(list(t), 0), *parts)


def take(x: Tensor, index: Tensor) -> Tensor:
    """The elements `x[index]` of a vector."""
    return compute(lambda v, i: v[i], lambda t, i: op("GatherV2")(t, i, 0), x, index)


def greatest(x: Tensor) -> Tensor:
    """The greatest of a vector of natural numbers; 0 if it is empty."""

    def in_graph(t: Tensor) -> Tensor:
        return op("Max")(op("ConcatV2")([convert_to_tensor([0], t.dtype), t], 0), 0)

    return compute(lambda v: v.max(initial=0), in_graph, x)


def ranges(starts: Tensor, limits: Tensor) -> tuple[Tensor, Tensor]:
    """The numbers of each range, one range after the other, and the splits between them."""

    def on_host(first: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        lengths = np.maximum(end - first, 0)
        splits = np.concatenate([[0], np.cumsum(lengths)]).astype(first.dtype)
        offsets = np.repeat(first - splits[:-1], lengths)
        return (offsets + np.arange(splits[-1], dtype=first.dtype)).astype(first.dtype), splits

    if context.graph is None:
        values, splits = on_host(starts.host_value(), limits.host_value())  # type: ignore[attr-defined]
        return host_tensor(values), host_tensor(splits)
    splits, values = op("RaggedRange")(starts, limits, _like(1, starts), Tsplits=starts.dtype)
    return values, splits


def prepended(x: Any, n: int) -> list[Any]:
    """The sizes of the first `n` dimensions as a list of scalars."""
    return [size(x, convert_to_tensor(0).dtype, axis) for axis in range(n)]
