"""Indexing and slicing of ragged tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim.context import context
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.errors import InvalidArgumentError
from tfshim.ops import op
from tfshim.ragged import index
from tfshim.ragged.gathering import gather_rows
from tfshim.ragged.row_partition import RowPartition, of_splits
from tfshim.ragged.tensor import RaggedTensor, ragged
from tfshim.tensor import Tensor


def getitem(rt_input, key):
    """`rt_input[key]`: integers, slices, `...` and `tf.newaxis`, or a tuple of them.

    Raises:
      ValueError: for an integer or an index vector along an inner ragged dimension.
      IndexError: for more indices than dimensions.
      TypeError: for a key of another kind.
    """
    return _rows(rt_input, list(key) if isinstance(key, (list, tuple)) else [key])


def _plain(value: Any, keys: list[Any]) -> Any:
    """The remaining keys, of a tensor or ragged tensor."""
    if not keys:
        return value
    return _rows(value, keys) if isinstance(value, RaggedTensor) else value[tuple(keys)]


def _rows(rt: RaggedTensor, keys: list[Any]) -> Any:
    """Indexes the rows by the first key and what is left by the others."""
    if not keys:
        return rt
    key, rest = keys[0], keys[1:]
    if key is Ellipsis:
        return _rows(rt, _expanded(keys, rt.shape.rank))
    if key is None:
        return _as_one_row(_rows(rt, rest))
    if isinstance(key, slice):
        return _inner(_slice_rows(rt, key), rest)
    start, limit = _row_bounds(rt, key)
    return _plain(rt.values[start:limit], rest)


def _inner(rt: Any, keys: list[Any]) -> Any:
    """Indexes within the rows."""
    if not keys:
        return rt
    key, rest = keys[0], keys[1:]
    if key is Ellipsis:
        rank = rt.shape.rank
        return _inner(rt, _expanded(keys, None if rank is None else rank - 1))
    if key is None:
        inner = _inner(rt, rest)
        if not isinstance(inner, RaggedTensor):
            return op("ExpandDims")(inner, 1)
        one = convert_to_tensor(1, inner.row_splits.dtype)
        return ragged(inner, RowPartition.from_uniform_row_length(one, nrows=inner.nrows(), validate=False))
    if isinstance(key, slice):
        if key.start is None and key.stop is None and key.step is None:
            return rt.with_values(_inner_of_values(rt.values, rest))
        cut = _slice_columns(rt, key)
        return cut.with_values(_inner_of_values(cut.values, rest))
    if rt.uniform_row_length is None:
        raise ValueError("Cannot index into an inner ragged dimension.")
    column = _integer(rt, key)
    length = rt.uniform_row_length
    within = index.compute(
        lambda s, n, c: s + (c if c >= 0 else c + n),
        lambda s, n, c: s + op("SelectV2")(c < convert_to_tensor(0, c.dtype), c + n, c),
        rt.row_starts(),
        length,
        column,
    )
    return _plain(gather_rows(rt.values, within), [slice(None), *rest] if rest else [])


def _inner_of_values(values: Any, keys: list[Any]) -> Any:
    if not keys:
        return values
    return _inner(values, keys) if isinstance(values, RaggedTensor) else values[(slice(None), *keys)]


def _expanded(keys: list[Any], dimensions: int | None) -> list[Any]:
    """Keys without a leading ellipsis, or with one dimension of it made a full slice."""
    if dimensions is None:
        raise ValueError("Ellipsis not supported for unknown shape RaggedTensors")
    taken = sum(1 for key in keys[1:] if key is not None)
    if taken > dimensions:
        raise IndexError("Too many indices for RaggedTensor")
    return keys[1:] if taken == dimensions else [slice(None), *keys]


def _as_one_row(value: Any) -> Any:
    if not isinstance(value, RaggedTensor):
        return op("ExpandDims")(value, 0)
    one = convert_to_tensor(1, value.row_splits.dtype)
    return ragged(value, RowPartition.from_uniform_row_length(value.nrows(), nrows=one, validate=False))


def _integer(rt: RaggedTensor, key: Any) -> Tensor:
    if isinstance(key, (str, bytes, float, bool)) or isinstance(key, np.ndarray) and key.ndim:
        raise TypeError(f"Type {type(key).__name__} is not supported as an index of a RaggedTensor.")
    tensor = convert_to_tensor(key) if isinstance(key, Tensor) else convert_to_tensor(key, rt.row_splits.dtype)
    if not tensor.dtype.is_integer:
        raise TypeError(f"RaggedTensor indices must be integers, not {tensor.dtype.name}")
    if tensor.shape.rank:
        raise ValueError("A RaggedTensor is indexed by scalars and slices; use tf.gather for index vectors.")
    return index.cast(tensor, rt.row_splits.dtype)


def _row_bounds(rt: RaggedTensor, key: Any) -> tuple[Any, Any]:
    """Where the row begins and ends among the values."""
    row = _integer(rt, key)
    known, count = constant_value(row), rt._row_partition.static_nrows
    if known is not None and count is not None and not -count <= int(known) < count:
        problem = f"Row key {int(known)} out of bounds: the ragged tensor has {count} rows"
        if context.graph is not None:
            raise ValueError(problem)
        raise IndexError(problem) if int(known) >= 0 else InvalidArgumentError(None, None, problem)
    if context.graph is None:
        splits = rt.row_splits.host_value()
        place = int(known) % count if count else 0  # type: ignore[arg-type, operator]
        return int(splits[place]), int(splits[place + 1])
    if known is not None:
        if int(known) >= 0:
            return rt.row_splits[int(known)], rt.row_splits[int(known) + 1]
        return rt.row_starts()[int(known)], rt.row_limits()[int(known)]
    return rt.row_starts()[row], rt.row_limits()[row]


def _slice_rows(rt: RaggedTensor, key: slice) -> RaggedTensor:
    if key.start is None and key.stop is None and key.step is None:
        return rt
    starts, limits = rt.row_starts()[key], rt.row_limits()[key]
    uniform = rt._row_partition.static_uniform_row_length
    if key.step is None or isinstance(key.step, int) and key.step == 1:
        # The rows are neighbours: their values are one slice.
        dtype = rt.row_splits.dtype
        if context.graph is None:
            first = starts.host_value()
            ends = np.concatenate([first[:1] if first.size else np.zeros(1, first.dtype), limits.host_value()])
            splits = convert_to_tensor(ends - ends[0], dtype)
            values = rt.values[int(ends[0]) : int(ends[-1])]
        else:
            nothing = op("Fill")([1], convert_to_tensor(0, dtype))
            ends = op("ConcatV2")([nothing[index.size(starts, dtype) :], starts[:1], limits], 0)
            splits = ends - ends[0]
            values = rt.values[ends[0] : ends[-1]]
        partition = of_splits(splits)
    else:
        places, splits = index.ranges(starts, limits)
        values, partition = gather_rows(rt.values, places), of_splits(splits)
    return ragged(values, partition if uniform is None else partition.with_uniform_length(uniform))


def _slice_columns(rt: RaggedTensor, key: slice) -> RaggedTensor:
    """Each row sliced: as Python slices a list of its length."""
    dtype = rt.row_splits.dtype
    for bound in (key.start, key.stop, key.step):
        if bound is not None and not isinstance(bound, (int, np.integer, Tensor)):
            raise TypeError("slice offsets must be integers or None")
    step = 1 if key.step is None else key.step
    if isinstance(step, Tensor):
        step = constant_value(step)
        if step is None:
            raise ValueError("the step of a slice of a ragged dimension must be known statically")
    step = int(step)
    if step == 0:
        raise ValueError("slice step cannot be zero")
    lengths = rt.row_lengths()
    begin = _bound(lengths, key.start, step, 0 if step > 0 else None, dtype)
    end = _bound(lengths, key.stop, step, None if step > 0 else -1, dtype)
    counts = index.compute(
        lambda b, e: np.maximum(-((b - e) // step), 0),
        lambda b, e: op("Maximum")(
            op("Neg")(op("FloorDiv")(b - e, convert_to_tensor(step, dtype))), convert_to_tensor(0, dtype)
        ),
        begin,
        end,
    )
    zeros = index.compute(np.zeros_like, op("ZerosLike"), counts)
    offsets, splits = index.ranges(zeros, counts)
    partition = of_splits(splits)
    rows = partition.value_rowids()
    first = index.compute(lambda s, b: s + b, op("AddV2"), rt.row_starts(), begin)
    places = index.compute(
        lambda f, o: f + o * step, lambda f, o: f + o * convert_to_tensor(step, dtype), index.take(first, rows), offsets
    )
    length = rt._row_partition.static_uniform_row_length
    if length is not None and not any(isinstance(b, Tensor) for b in (key.start, key.stop)):
        partition = partition.with_uniform_length(len(range(length)[key]))
    return ragged(gather_rows(rt.values, places), partition)


def _bound(lengths: Tensor, bound: Any, step: int, default: int | None, dtype: Any) -> Tensor:
    """A slice's start or stop for rows of these lengths; a default of None stands for the end, or the last."""
    low, above = (0, 0) if step > 0 else (-1, -1)
    if bound is None:
        if default is not None:
            return index.compute(
                lambda n: np.full_like(n, default),
                lambda n: op("ZerosLike")(n) + convert_to_tensor(default, dtype),
                lengths,
            )
        return index.compute(lambda n: n + above, lambda n: n + convert_to_tensor(above, dtype), lengths)
    place = index.cast(convert_to_tensor(bound, None if isinstance(bound, Tensor) else dtype), dtype)
    constant = [convert_to_tensor(v, dtype) for v in (0, low, above)]

    def in_graph(n: Tensor, b: Tensor) -> Tensor:
        zero, least, most = constant
        counted = op("SelectV2")(b < zero, b + n, b + op("ZerosLike")(n))
        return op("Minimum")(op("Maximum")(counted, least), n + most)

    return index.compute(lambda n, b: np.clip(b + n if b < 0 else b, low, n + above), in_graph, lengths, place)
