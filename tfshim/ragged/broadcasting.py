"""Ragged tensors brought to common partitions, so that their flat values can be computed with element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.api.assertions import checked
from tfshim.context import context
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.dtypes import DType
from tfshim.errors import InvalidArgumentError
from tfshim.ops import op
from tfshim.ragged import index
from tfshim.ragged.restructure import merge_dense
from tfshim.ragged.row_partition import RowPartition, of_splits
from tfshim.ragged.tensor import is_ragged, ragged_or_dense
from tfshim.ragged.validation import Checks
from tfshim.tensor import Tensor

Partitions = list[RowPartition]


def as_operands(values: list[Any], dtype: Any = None) -> list[Any]:
    """Ragged tensors with partitions of one integer type, and tensors; Python values take the type of the others."""
    tensors = [v for v in values if is_ragged(v) or isinstance(v, Tensor)]
    hint = dtype or (tensors[0].dtype if tensors else None)
    values = [ragged_or_dense(v, hint=hint) for v in values]
    kinds = {v.row_splits.dtype for v in values if is_ragged(v)}
    if len(kinds) > 1:
        values = [v.with_row_splits_dtype(dtypes.int64) if is_ragged(v) else v for v in values]
    return values


def broadcast(values: list[Any]) -> tuple[Partitions, list[Tensor]]:
    """Common partitions, and the flat values of each operand under them; what is left of shapes ops broadcast."""
    (first, *_) = [v for v in values if is_ragged(v)]
    dtype = first.row_splits.dtype
    # What only spans the inner dimensions broadcasts against the flat values by itself.
    inner = [not is_ragged(v) and v.shape.rank is not None and v.shape.rank < _inner_rank(values) for v in values]
    taking_part = [v for v, skip in zip(values, inner, strict=True) if not skip]
    ranks = [v.shape.rank for v in taking_part]
    if None in ranks:
        raise ValueError("Unable to broadcast: unknown rank")
    rank = max(ranks)
    count = max(rank - r + v.ragged_rank for v, r in zip(taking_part, ranks, strict=True) if is_ragged(v))
    aligned = [_aligned(v, rank, count, dtype) for v in taking_part]
    partitions, flats = _matched(aligned, dtype)
    remaining = iter(flats)
    return partitions, [v if skip else next(remaining) for v, skip in zip(values, inner, strict=True)]


def _inner_rank(values: list[Any]) -> int:
    return min(v.flat_values.shape.rank or 0 for v in values if is_ragged(v))


def _aligned(value: Any, rank: int, count: int, dtype: DType) -> tuple[Tensor, Partitions]:
    """Flat values under `count` partitions, with sizes of 1 before the dimensions that are missing."""
    flat = value.flat_values if is_ragged(value) else value
    own = list(value._nested_row_partitions) if is_ragged(value) else []
    partitions: Partitions = []
    missing = rank - value.shape.rank
    if missing:
        if not is_ragged(value) and not value.shape.rank:
            flat = op("Reshape")(flat, [1])
            missing -= 1
        nrows = own[0].nrows() if own else index.size(flat, dtype)
        partitions = [_uniform(1, 1, dtype)] * (missing - 1)
        if missing:
            partitions.append(_uniform(nrows, 1, dtype))
    partitions += own
    while len(partitions) < count:
        partitions.append(_uniform(index.size(flat, dtype, 1), index.size(flat, dtype), dtype))
        flat = merge_dense(flat, 0, 1)
    return flat, partitions


def _uniform(length: Any, nrows: Any, dtype: DType) -> RowPartition:
    length, nrows = (v if isinstance(v, Tensor) else index.scalar(v, dtype) for v in (length, nrows))
    return RowPartition.from_uniform_row_length(length, nrows=nrows, validate=False)


def _matched(operands: list[tuple[Tensor, Partitions]], dtype: DType) -> tuple[Partitions, list[Tensor]]:
    if len(operands) == 1:
        return operands[0][1], [operands[0][0]]
    for leader, (_, partitions) in enumerate(operands):
        steps = [None if i == leader else _following(p, partitions) for i, (_, p) in enumerate(operands)]
        if all(s is not None for i, s in enumerate(steps) if i != leader):
            flats = [
                flat if step is None else _spread(flat, partitions, step)
                for (flat, _), step in zip(operands, steps, strict=True)
            ]
            return partitions, flats
    return _general(operands, dtype)


def _following(partitions: Partitions, leader: Partitions) -> list[bool] | None:
    """For each partition, rows first, whether it has one element where the leader has many; None: it does not fit."""
    rows, lead = partitions[0].static_nrows, leader[0].static_nrows
    steps = [rows == 1 and lead != 1]
    if not steps[0] and rows is not None and lead is not None and rows != lead:
        return None
    for mine, theirs in zip(partitions, leader, strict=True):
        if mine.static_uniform_row_length == 1 and theirs.static_uniform_row_length != 1:
            steps.append(True)
        elif not any(steps) and _same(mine, theirs):
            steps.append(False)
        else:
            return None
    return steps


def _same(a: RowPartition, b: RowPartition) -> bool:
    """Whether two partitions are equal. In a graph those that only can be are asserted to be."""
    x, y = a.row_splits(), b.row_splits()
    if a is b or x is y:
        return True
    known = constant_value(x), constant_value(y)
    if known[0] is not None and known[1] is not None:
        return np.array_equal(*known)
    if a.is_uniform() or b.is_uniform() or context.graph is None:
        return False
    Checks("RaggedTensor: the row splits of the operands differ", True).equal(x, y)
    return True


def _spread(flat: Tensor, leader: Partitions, steps: list[bool]) -> Tensor:
    """Flat values repeated where the leader has many."""
    if not any(steps):
        return flat
    places = None
    if steps[0]:
        places = index.compute(
            lambda n: np.zeros(int(n), n.dtype),
            lambda n: op("ZerosLike")(index.arange(n)),
            leader[0].nrows(),
        )
    for partition, single in zip(leader, steps[1:], strict=True):
        if not single and places is None:
            continue
        rows = partition.value_rowids()
        places = rows if places is None else index.take(places, rows)
    return op("GatherV2")(flat, places, 0)


def _general(operands: list[tuple[Tensor, Partitions]], dtype: DType) -> tuple[Partitions, list[Tensor]]:
    """Any operand may be broadcast along any uniform dimension."""
    result, places = common_partitions([partitions for _, partitions in operands], dtype)
    return result, [op("GatherV2")(flat, at, 0) for (flat, _), at in zip(operands, places, strict=True)]


def common_partitions(operands: list[Partitions], dtype: DType) -> tuple[Partitions, list[Tensor]]:
    """The partitions that those of all operands broadcast to, and the places of the values in each operand."""
    nrows = _common([index.cast(p[0].nrows(), dtype) for p in operands], [True] * len(operands))
    rows = index.arange(nrows)
    places = [_place(rows, _zeros(rows), index.cast(p[0].nrows(), dtype)) for p in operands]
    result: Partitions = []
    for level in range(len(operands[0])):
        partitions = [p[level] for p in operands]
        lengths = [index.take(p.row_lengths(), at) for p, at in zip(partitions, places, strict=True)]
        common = _common(lengths, [p.is_uniform() for p in partitions])
        offsets, splits = index.ranges(_zeros(common), common)
        made = of_splits(splits)
        known = {p.static_uniform_row_length for p in partitions} - {1}
        if all(p.is_uniform() for p in partitions) and None not in known and len(known) < 2:
            made = made.with_uniform_length(known.pop() if known else 1)
        result.append(made)
        rows = made.value_rowids()
        places = [
            _place(offsets, index.take(index.take(p.row_starts(), at), rows), index.take(n, rows))
            for p, at, n in zip(partitions, places, lengths, strict=True)
        ]
    return result, places


def _zeros(like: Tensor) -> Tensor:
    return index.compute(np.zeros_like, op("ZerosLike"), like)


def _place(offsets: Tensor, starts: Tensor, lengths: Tensor) -> Tensor:
    """The place of each element of the result in the operand: always the first where that has but one."""

    def in_graph(o: Tensor, s: Tensor, n: Tensor) -> Tensor:
        return s + op("SelectV2")(op("Equal")(n, convert_to_tensor(1, n.dtype)), op("ZerosLike")(o), o)

    return index.compute(lambda o, s, n: s + np.where(n == 1, 0, o), in_graph, offsets, starts, lengths)


def _common(sizes: list[Tensor], may_grow: list[bool]) -> Tensor:
    """The sizes of the result along a dimension: those of the operands that are not 1."""

    def on_host(*values: np.ndarray) -> np.ndarray:
        common = values[0]
        for value in values[1:]:
            common = np.where(common == 1, value, common)
        for value, grows in zip(values, may_grow, strict=True):
            if not np.all((value == common) | (value == 1) & grows):
                raise InvalidArgumentError(None, None, "Unable to broadcast: dimension size mismatch")
        return common.astype(values[0].dtype)

    def in_graph(*values: Tensor) -> Tensor:
        common = values[0]
        for value in values[1:]:
            common = op("SelectV2")(op("Equal")(common, convert_to_tensor(1, common.dtype)), value, common)
        for value, grows in zip(values, may_grow, strict=True):
            fits = op("Equal")(value, common)
            if grows:
                fits = op("LogicalOr")(fits, op("Equal")(value, convert_to_tensor(1, value.dtype)))
            fits = op("All")(fits, list(range(fits.shape.rank or 0)))
            common = checked(common, fits, ["Unable to broadcast: dimension size mismatch"])
        return common

    return index.compute(on_host, in_graph, *sizes)
