"""Kernels between ragged tensors and others. Row splits are known when a program is compiled, values are not."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import UNKNOWN, invalid
from tfshim.shapes import from_dims


def _splits(kind: str, partition: np.ndarray, rows: int | None) -> np.ndarray:
    """Row splits of a partition; `rows` is the number of rows if what is outside tells."""
    if kind == "ROW_SPLITS":
        return partition
    if kind == "VALUE_ROWIDS":
        count = int(partition.max(initial=-1)) + 1 if rows is None else rows
        return np.searchsorted(partition, np.arange(count + 1))
    raise invalid(f"Unsupported row partition type: {kind}")


def _coordinates(splits: Sequence[np.ndarray]) -> list[np.ndarray]:
    """For each flat value, its place in each ragged dimension."""
    found = [np.arange(len(splits[0]) - 1)]
    for ends in splits:
        lengths = np.diff(ends)
        parents = np.repeat(np.arange(len(lengths)), lengths)
        found = [c[parents] for c in found] + [np.arange(len(parents)) - (ends[:-1] - ends[0])[parents]]
    return found


def _check_splits(splits: Sequence[np.ndarray], values: int) -> None:
    for ends, inside in zip(splits, [*(len(s) - 1 for s in splits[1:]), values], strict=True):
        if ends.ndim != 1 or not len(ends):
            raise invalid("Invalid row splits: they must be a vector of at least one element")
        if ends[0] != 0 or (np.diff(ends) < 0).any() or ends[-1] != inside:
            raise invalid(f"Invalid row splits: they must rise from 0 to {inside}, got {ends.tolist()}")


# To dense tensors ------------------------------------------------------------------------------------------


def _to_tensor(xp, shape, values, default_value, row_partition_tensors, *, row_partition_types):
    kinds = [k.decode() if isinstance(k, bytes) else k for k in row_partition_types]
    partitions = list(row_partition_tensors)
    rows = None
    if kinds and kinds[0] == "FIRST_DIM_SIZE":
        rows = int(partitions[0].reshape(()))
        kinds, partitions = kinds[1:], partitions[1:]
    splits = []
    for kind, partition in zip(kinds, partitions, strict=True):
        splits.append(_splits(kind, partition, rows))
        rows = int(splits[-1][-1])
    if not splits:
        raise invalid("ragged_to_tensor needs at least one row partition")
    if rows != values.shape[0]:
        raise invalid(f"The last row partition has {rows} values, but there are {values.shape[0]}")
    ragged_rank = len(splits)
    sizes = [len(splits[0]) - 1, *(int(np.diff(s).max(initial=0)) for s in splits), *values.shape[1:]]
    if shape.ndim:
        if len(shape) != len(sizes):
            raise invalid(f"shape.dims={len(shape)} must have the rank of the ragged tensor, {len(sizes)}")
        sizes = [own if wanted < 0 else int(wanted) for own, wanted in zip(sizes, shape, strict=True)]
    if sizes[ragged_rank + 1 :] != list(values.shape[1:]):
        raise invalid(f"shape {shape.tolist()} does not fit values of shape {list(values.shape)}")
    where = _coordinates(splits)
    kept = np.flatnonzero(np.logical_and.reduce([c < n for c, n in zip(where, sizes, strict=False)]))
    full = xp.array(xp.broadcast_to(default_value, sizes))
    index = tuple(c[kept] for c in where)
    if xp is np:
        full[index] = values[kept]
        return full
    return full.at[index].set(values[kept])


@kernel(
    "RaggedTensorToTensor",
    static=("shape", "row_partition_tensors"),
    numpy=lambda *inputs, **attrs: _to_tensor(np, *inputs, **attrs),
)
def to_tensor(shape, values, default_value, row_partition_tensors, *, row_partition_types):
    return _to_tensor(jnp, shape, values, default_value, row_partition_tensors, row_partition_types=row_partition_types)


@shape_function("RaggedTensorToTensor")
def _(op):
    inner, wanted = op.shape(1), op.partial(0)
    outer = 1 + sum(k not in (b"FIRST_DIM_SIZE", "FIRST_DIM_SIZE") for k in op.attr("row_partition_types"))
    if isinstance(wanted, list):
        dims = [None if d is None or d < 0 else d for d in wanted]
    elif op.shape(0).rank == 0 and inner.rank is not None:
        dims = [None] * (outer + inner.rank - 1)
    else:
        return UNKNOWN
    if inner.rank is not None and len(dims) == outer + inner.rank - 1:
        dims[outer:] = [d if d is not None else s for d, s in zip(dims[outer:], inner._dims[1:], strict=True)]
    return from_dims(tuple(dims))


# To sparse tensors -----------------------------------------------------------------------------------------


def _to_sparse(xp, rt_nested_splits, rt_dense_values):
    splits = list(rt_nested_splits)
    _check_splits(splits, rt_dense_values.shape[0])
    inner = rt_dense_values.shape[1:]
    places = np.stack(_coordinates(splits), 1)
    count = int(np.prod(inner))
    within = np.indices(inner).reshape(len(inner), -1).T if inner else np.zeros((1, 0), np.int64)
    indices = np.concatenate([np.repeat(places, count, 0), np.tile(within, (len(places), 1))], 1).astype(np.int64)
    shape = np.array([len(splits[0]) - 1, *(np.diff(s).max(initial=0) for s in splits), *inner], np.int64)
    return xp.asarray(indices), xp.reshape(rt_dense_values, (-1,)), xp.asarray(shape)


@kernel("RaggedTensorToSparse", static=("rt_nested_splits",), numpy=lambda *a: _to_sparse(np, *a))
def to_sparse(rt_nested_splits, rt_dense_values):
    return _to_sparse(jnp, rt_nested_splits, rt_dense_values)


@shape_function("RaggedTensorToSparse")
def _(op):
    values = op.shape(len(op) - 1)
    rank = None if values.rank is None else len(op) - 1 + values.rank
    count = values.num_elements() if values.is_fully_defined() else None
    return [from_dims((count, rank)), from_dims((count,)), from_dims((rank,))]


# Gathering rows --------------------------------------------------------------------------------------------


def _gather(xp, params_nested_splits, params_dense_values, indices, *, OUTPUT_RAGGED_RANK):
    splits = list(params_nested_splits)
    _check_splits(splits, params_dense_values.shape[0])
    rows = len(splits[0]) - 1
    wrong = np.flatnonzero((indices.ravel() < 0) | (indices.ravel() >= rows))
    if wrong.size:
        raise invalid(f"indices[{wrong[0]}] = {indices.ravel()[wrong[0]]} is not in [0, {rows})")
    kind = splits[0].dtype
    # The dimensions of the indices but the last are ragged ones whose rows have one length.
    outer = []
    for axis in range(1, indices.ndim):
        before = int(np.prod(indices.shape[:axis]))
        outer.append((np.arange(before + 1) * indices.shape[axis]).astype(kind))
    chosen = indices.ravel()
    for ends in splits:
        lengths = np.diff(ends)[chosen]
        after = np.concatenate([[0], np.cumsum(lengths)]).astype(kind)
        outer.append(after)
        starts = np.repeat(ends[:-1][chosen] - after[:-1], lengths)
        chosen = np.arange(after[-1]) + starts
    if len(outer) != OUTPUT_RAGGED_RANK:
        raise invalid(f"OUTPUT_RAGGED_RANK should be {len(outer)}, got {OUTPUT_RAGGED_RANK}")
    return (*map(xp.asarray, outer), params_dense_values[chosen])


@kernel("RaggedGather", static=("params_nested_splits", "indices"), numpy=lambda *a, **k: _gather(np, *a, **k))
def gather(params_nested_splits, params_dense_values, indices, *, OUTPUT_RAGGED_RANK):
    return _gather(jnp, params_nested_splits, params_dense_values, indices, OUTPUT_RAGGED_RANK=OUTPUT_RAGGED_RANK)


@shape_function("RaggedGather")
def _(op):
    values, indices = op.shape(len(op) - 2), op.shape(len(op) - 1)
    count = op.attr("OUTPUT_RAGGED_RANK")
    inner = UNKNOWN if values.rank is None else from_dims((None, *values._dims[1:]))
    return [*[from_dims((None,))] * count, inner] if indices.rank is not None else [UNKNOWN] * (count + 1)
