"""Counts of integers in sparse and ragged tensors, and counts whose result is sparse."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from tfshim.ops.kernels.sparse_common import check_parts
from tfshim.ops.registry import kernel, runtime_check
from tfshim.ops.shape_helpers import invalid, shape_text


@kernel("SparseBincount", static=("dense_shape", "size"))
def sparse_bincount(indices, values, dense_shape, size, weights, *, binary_output):
    check_parts(indices, values, dense_shape)
    if size.ndim or size < 0:
        raise invalid(f"size must be a non-negative scalar, got {size}")
    if weights.size not in (0, values.size):
        raise invalid(
            "`weights` must be the same shape as `values` or a length-0 `Tensor`, got " + shape_text(weights.shape)
        )
    runtime_check((indices >= 0) & (indices < dense_shape), "A sparse index is out of bounds")
    runtime_check(values >= 0, "Input must be non-negative")
    count = int(size)
    # A negative index would count from the end.
    place = jnp.where(values < 0, count, values)
    if dense_shape.size == 1:
        dims, where = (count,), (place,)
    else:
        dims, where = (int(dense_shape[0]), count), (indices[:, 0], place)
    amounts = weights if weights.size and not binary_output else jnp.ones(values.shape, weights.dtype)
    bins = jnp.zeros(dims, weights.dtype)
    return bins.at[where].set(amounts, mode="drop") if binary_output else bins.at[where].add(amounts, mode="drop")


@kernel("RaggedBincount", host=True)
def ragged_bincount(splits, values, size, weights, *, binary_output):
    rows = _rows_of_splits(splits, values)
    if size.size != 1 or size < 0:
        raise invalid(f"size must be a non-negative scalar, got {size}")
    if (values < 0).any():
        raise invalid("Input must be non-negative")
    bins = np.zeros((splits.size - 1, int(size)), weights.dtype)
    kept = values < size
    where = rows[kept], values[kept]
    if binary_output:
        bins[where] = 1
    else:
        np.add.at(bins, where, weights.reshape(-1)[kept] if weights.size else np.ones(1, bins.dtype))
    return bins


def _rows_of_splits(splits, values):
    """The row of each value."""
    if splits.ndim != 1 or not splits.size or splits[0] != 0:
        raise invalid("Splits must start with 0")
    if splits[-1] != values.size:
        raise invalid("Splits must end with the number of values")
    if (splits[1:] < splits[:-1]).any():
        raise invalid("Splits must be sorted in ascending order")
    return np.repeat(np.arange(splits.size - 1), np.diff(splits))


def _sparse_counts(rows, values, weights, batch, *, minlength, maxlength, binary_output, output_type):
    """The counts of each row's values as a sparse tensor; without rows (`batch` None) a vector."""
    if weights.size not in (0, values.size):
        raise invalid(
            f"Weights and values must have the same shape. Weight shape: {shape_text(weights.shape)}; values shape: "
            f"{shape_text(values.shape)}"
        )
    if (values < 0).any():
        raise invalid("Input values must all be non-negative")
    kept = values < maxlength if maxlength >= 0 else np.ones(values.shape, bool)
    rows, values = rows[kept], values[kept]
    pairs, where = np.unique(np.stack([rows, values]).astype(np.int64), axis=1, return_inverse=True)
    counts = np.zeros(pairs.shape[1], output_type.as_numpy_dtype)
    if binary_output:
        counts[:] = 1
    else:
        np.add.at(counts, where, weights[kept] if weights.size else np.ones(1, counts.dtype))
    greatest = int(values.max()) + 1 if values.size else 0
    size = maxlength if maxlength > 0 else max(greatest, minlength)
    if batch is None:
        return pairs[1:].T, counts, np.array([size])
    return pairs.T, counts, np.array([batch, size])


@kernel("DenseCountSparseOutput", host=True)
def dense_count_sparse_output(values, weights, *, minlength, maxlength, binary_output, output_type):
    if values.ndim not in (1, 2):
        raise invalid(f"Input must be a 1 or 2-dimensional tensor. Got {values.ndim} dimensions.")
    if weights.size and weights.shape != values.shape:
        raise invalid("Weights and values must have the same shape.")
    batch = values.shape[0] if values.ndim == 2 else None
    rows = np.repeat(np.arange(batch or 1), values.shape[-1])
    return _sparse_counts(
        rows,
        values.reshape(-1),
        weights.reshape(-1),
        batch,
        minlength=minlength,
        maxlength=maxlength,
        binary_output=binary_output,
        output_type=output_type,
    )


@kernel("SparseCountSparseOutput", host=True)
def sparse_count_sparse_output(
    indices, values, dense_shape, weights, *, minlength, maxlength, binary_output, output_type
):
    check_parts(indices, values, dense_shape)
    if dense_shape.size not in (1, 2):
        raise invalid(f"Input must be a 1 or 2-dimensional tensor. Got {dense_shape.size} dimensions.")
    batch = int(dense_shape[0]) if dense_shape.size == 2 else None
    rows = indices[:, 0] if batch is not None else np.zeros(values.size, np.int64)
    if batch is not None and (rows >= batch).any():
        raise invalid(
            f"Indices value along the first dimension must be lower than the first index of the shape {batch}"
        )
    return _sparse_counts(
        rows,
        values,
        weights,
        batch,
        minlength=minlength,
        maxlength=maxlength,
        binary_output=binary_output,
        output_type=output_type,
    )


@kernel("RaggedCountSparseOutput", host=True)
def ragged_count_sparse_output(splits, values, weights, *, minlength, maxlength, binary_output, output_type):
    return _sparse_counts(
        _rows_of_splits(splits, values),
        values,
        weights,
        splits.size - 1,
        minlength=minlength,
        maxlength=maxlength,
        binary_output=binary_output,
        output_type=output_type,
    )
