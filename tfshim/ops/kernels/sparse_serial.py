"""Sparse tensors as three strings or variants each, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.ops.host_variants import HostVariant
from tfshim.ops.kernels.sparse_common import check_bounds, check_parts, row_major
from tfshim.ops.registry import kernel
from tfshim.ops.shape_helpers import invalid, shape_text
from tfshim.protos.content import array_from_bytes, array_to_bytes


class _Held(HostVariant):
    """An array within a variant: to NumPy it is one object and no sequence."""

    __slots__ = ("array",)

    def __init__(self, array: np.ndarray):
        self.array = array


def _written(parts: Sequence[np.ndarray], out_type: Any) -> list[Any]:
    return [_Held(part) if out_type is dtypes.variant else array_to_bytes(part) for part in parts]


def _read(stored: Any) -> np.ndarray:
    return stored.array if isinstance(stored, _Held) else array_from_bytes(stored)


def check_ranks(indices: np.ndarray, values: np.ndarray, shape: np.ndarray) -> None:
    """Raises unless three parts are a matrix and two vectors."""
    if indices.ndim != 2:
        raise invalid(f"Input indices should be a matrix but received shape {shape_text(indices.shape)}")
    if values.ndim != 1:
        raise invalid(f"Input values should be a vector but received shape {shape_text(values.shape)}")
    if shape.ndim != 1:
        raise invalid(f"Input shape should be a vector but received shape {shape_text(shape.shape)}")


@kernel("SerializeSparse", host=True)
def serialize_sparse(indices, values, shape, *, out_type):
    check_ranks(indices, values, shape)
    # Parts that do not fit together are written as they are.
    result = np.empty(3, object)
    result[:] = _written((indices, values, shape), out_type)
    return result


def rows_of(indices: np.ndarray, values: np.ndarray, shape: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """The parts of each row of a sparse tensor, which has to be in order."""
    check_parts(indices, values, shape)
    if shape.size < 2:
        raise invalid(f"Rank of input SparseTensor should be > 1, but saw rank: {shape.size}")
    check_bounds(indices, shape)
    order = row_major(indices)
    wrong = np.flatnonzero(order != np.arange(order.size))
    if wrong.size:
        # The first element that comes after one greater than it.
        place = int(order[wrong[0]])
        where = ",".join(map(str, indices[place].tolist()))
        raise invalid(f"indices[{place}] = [{where}] is out of order. Many sparse ops require sorted indices.")
    same = np.flatnonzero((indices[1:] == indices[:-1]).all(axis=1))
    if same.size:
        where = ",".join(map(str, indices[same[0] + 1].tolist()))
        raise invalid(f"indices[{same[0] + 1}] = [{where}] is repeated")
    bounds = np.searchsorted(indices[:, 0], np.arange(int(shape[0]) + 1))
    for first, last in zip(bounds[:-1], bounds[1:], strict=True):
        yield indices[first:last, 1:], values[first:last], shape[1:]


@kernel("SerializeManySparse", host=True)
def serialize_many_sparse(indices, values, shape, *, out_type):
    rows = list(rows_of(indices, values, shape))
    result = np.empty((len(rows), 3), object)
    for i, row in enumerate(rows):
        result[i] = _written(row, out_type)
    return result


@kernel("DeserializeSparse", host=True)
def deserialize_sparse(serialized, *, dtype):
    """Any number of sparse tensors of one rank, stacked along as many new axes as `serialized [..., 3]` has more."""
    if not serialized.ndim:
        raise invalid("Serialized sparse should have non-zero rank []")
    if serialized.shape[-1] != 3:
        raise invalid(f"Serialized sparse should have 3 as the last dimension {shape_text(serialized.shape)}")
    outer = serialized.shape[:-1]
    if 0 in outer:
        raise invalid(
            "Serialized sparse should have at least 1 serialized tensor, but has a zero dimension "
            + shape_text(serialized.shape)
        )
    return stacked([_one(row, i, dtype) for i, row in enumerate(serialized.reshape(-1, 3))], outer)


def stacked(parts: Sequence[Sequence[np.ndarray]], outer: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    """The parts of sparse tensors of one rank, stacked along new axes of the sizes `outer`."""
    ranks = [shape.size for _, _, shape in parts]
    for i, rank in enumerate(ranks):
        if rank != ranks[0]:
            raise invalid(
                f"Inconsistent shape across SparseTensors: rank prior to SparseTensor[{i}] was: {ranks[0]} but rank of "
                f"SparseTensor[{i}] is: {rank}"
            )
    places = np.array(list(np.ndindex(*outer)), np.int64).reshape(len(parts), len(outer))
    places = np.repeat(places, [indices.shape[0] for indices, _, _ in parts], axis=0)
    return (
        np.concatenate([places, np.concatenate([indices for indices, _, _ in parts])], axis=1),
        np.concatenate([values for _, values, _ in parts]),
        np.concatenate([np.asarray(outer, np.int64), np.max([shape for _, _, shape in parts], axis=0)]),
    )


@kernel("DeserializeManySparse", host=True)
def deserialize_many_sparse(serialized, *, dtype):
    return deserialize_sparse(serialized, dtype=dtype)


def _one(row: np.ndarray, i: int, dtype: Any) -> list[np.ndarray]:
    """The three parts of sparse tensor number `i`, checked."""
    parts = [_read(stored) for stored in row]
    indices, values, shape = parts
    kinds = (("indices", dtypes.int64, 2), ("values", dtype, 1), ("shape", dtypes.int64, 1))
    for part, (name, kind, rank) in zip(parts, kinds, strict=True):
        found = dtypes.as_dtype(part.dtype)
        if found is not dtypes.as_dtype(kind):
            raise invalid(
                f"Requested SparseTensor of type {dtypes.as_dtype(kind).name} but SparseTensor[{i}].{name}.dtype() == "
                f"{found.name}"
            )
        if part.ndim != rank:
            raise invalid(
                f"Expected serialized_sparse[{i}] {name} to represent a tensor of rank {rank} but received shape "
                + shape_text(part.shape)
            )
    if indices.shape[0] != values.size:
        raise invalid(f"Expected row counts of indices and values of SparseTensor[{i}] to match but they do not.")
    if indices.shape[1] != shape.size:
        raise invalid(f"Expected the columns of the indices of SparseTensor[{i}] to match its rank but they do not.")
    return parts
