"""The kernel of feature crosses of ragged, sparse and plain tensors, and its static shapes."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tfshim.ops.kernels.sparse_cross import _MASK, _bucket, _joined
from tfshim.ops.kernels.strings_hash import fingerprint64
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid
from tfshim.shapes import from_dims

_RANK = "tf.ragged.cross only supports inputs with rank=2."
_ROWS = "inputs must all have the same batch dimension size."


@kernel("RaggedCross", host=True)
def cross(
    ragged_values,
    ragged_row_splits,
    sparse_indices,
    sparse_values,
    sparse_shape,
    dense_inputs,
    *,
    input_order,
    hashed_output,
    num_buckets,
    hash_key,
    out_row_splits_type,
):
    if len(ragged_values) != len(ragged_row_splits):
        raise invalid("ragged values and splits must have the same length")
    if len({len(sparse_indices), len(sparse_values), len(sparse_shape)}) > 1:
        raise invalid("sparse indices, values and shapes must have the same length")
    columns = {"R": iter(zip(ragged_values, ragged_row_splits, strict=True)), "D": iter(dense_inputs)}
    columns["S"] = iter(zip(sparse_indices, sparse_values, sparse_shape, strict=True))
    order = input_order.decode() if isinstance(input_order, bytes) else input_order
    rows = [_rows(kind, next(columns[kind])) for kind in order]
    if len({len(r) for r in rows}) > 1:
        raise invalid(_ROWS)

    def hashed(features: tuple[Any, ...]) -> int:
        hashes = [fingerprint64(f) if isinstance(f, bytes) else f & _MASK for f in features]
        return _bucket([hash_key & _MASK, *hashes], num_buckets)

    combine = hashed if hashed_output else _joined(b"_X_")
    found = [[combine(c) for c in itertools.product(*row)] for row in zip(*rows, strict=True)]
    values = np.empty(sum(map(len, found)), np.int64 if hashed_output else object)
    values[:] = list(itertools.chain.from_iterable(found))
    return values, np.cumsum([0, *map(len, found)]).astype(out_row_splits_type.as_numpy_dtype)


def _rows(kind: str, column: Any) -> list[list[Any]]:
    """The features of one input, row by row."""
    if kind == "D":
        if column.ndim != 2:
            raise invalid(_RANK)
        return column.tolist()
    if kind == "R":
        values, ends = column
        _check_splits(ends, len(values))
        values, ends = values.tolist(), ends.tolist()
        return [values[start:end] for start, end in zip(ends, ends[1:], strict=False)]
    indices, values, shape = column
    if shape.size != 2 or indices.ndim != 2 or indices.shape[1] != 2:
        raise invalid(_RANK)
    if len(indices) != len(values):
        raise invalid(f"There are {len(values)} sparse values, but indices of {len(indices)}")
    rows: list[list[Any]] = [[] for _ in range(int(shape[0]))]
    for row, value in zip(indices[:, 0].tolist(), values.tolist(), strict=True):
        rows[row].append(value)
    return rows


def _check_splits(ends: np.ndarray, count: int) -> None:
    problem = None
    falls = np.flatnonzero(np.diff(ends) < 0)
    if not ends.size:
        problem = "ragged splits must have at least one splits, but is empty"
    elif ends[0] != 0:
        problem = f"first element of ragged splits  must be 0 but is {ends[0]}"
    elif falls.size:
        i = falls[0]
        problem = (
            f"ragged splits must be monotonically increasing, but ragged_splits[{i + 1}]={ends[i + 1]} is smaller "
            f"than row_splits[{i}]={ends[i]}"
        )
    elif ends[-1] != count:
        problem = f"last element of ragged splits must be the number of ragged values({count}) but is {ends[-1]}"
    if problem is not None:
        raise invalid(f"Invalid ragged splits: {problem}")


@shape_function("RaggedCross")
def _(op):
    counts = [len(op.attr(name)) for name in ("ragged_values_types", "ragged_splits_types")]
    if counts[0] != counts[1]:
        raise invalid("ragged values and splits must have the same length.")
    sparse = op.attr("Nsparse")
    splits = [op.shape(counts[0] + i) for i in range(counts[1])]
    dense = [op.shape(i) for i in range(sum(counts) + 2 * sparse + len(op.attr("sparse_values_types")), len(op))]
    if any(shape.rank not in (None, 2) for shape in dense):
        raise invalid(_RANK)
    rows = [None if s.rank is None or s._dims[0] is None else s._dims[0] - 1 for s in splits]
    rows += [None if s.rank is None else s._dims[0] for s in dense]
    known = {n for n in rows if n is not None}
    if len(known) > 1:
        raise invalid(_ROWS)
    return [from_dims((None,)), from_dims((known.pop() + 1 if known else None,))]
