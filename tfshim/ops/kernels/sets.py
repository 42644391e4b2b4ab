"""Kernels over the last dimension of tensors: set operations, and the edit distance of sequences."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tfshim.errors import InternalError
from tfshim.ops.kernels.sparse_common import changes, check_bounds, check_parts, row_major
from tfshim.ops.registry import kernel
from tfshim.ops.shape_helpers import invalid, shape_text

# A set for each index of the other dimensions; only groups that have elements.
Groups = dict[tuple[int, ...], set]

_OPERATIONS = {
    "a-b": set.difference,
    "b-a": lambda a, b: b - a,
    "intersection": set.intersection,
    "union": set.union,
}


def _dense_groups(x) -> tuple[Groups, tuple[int, ...]]:
    if x.ndim < 2:
        raise invalid(f"Invalid rank {x.ndim}: sets are rows, so at least 2 dimensions are needed")
    dims = x.shape[:-1]
    return {index: set(x[index].tolist()) for index in np.ndindex(dims)}, dims


def _sparse_groups(indices, values, shape, validate) -> tuple[Groups, tuple[int, ...]]:
    check_parts(indices, values, shape, "set_")
    if shape.size < 2:
        raise invalid(f"Invalid rank {shape.size}: sets are rows, so at least 2 dimensions are needed")
    if validate:
        check_bounds(indices, shape)
        if (row_major(indices) != np.arange(len(indices))).any() or not changes(indices).all():
            raise invalid("the indices of a set are out of order or repeated")
    groups: Groups = {}
    for index, value in zip(map(tuple, indices[:, :-1].tolist()), values.tolist(), strict=True):
        groups.setdefault(index, set()).add(value)
    return groups, tuple(shape[:-1].tolist())


def _combined(first, second, operation, dtype):
    (a, a_dims), (b, b_dims) = first, second
    if a_dims != b_dims:
        raise invalid(f"Mismatched group shapes {shape_text(a_dims)} vs {shape_text(b_dims)}")
    if operation not in _OPERATIONS:
        raise invalid(f"Invalid set_operation {operation}.")
    combine = _OPERATIONS[operation]
    indices: list[tuple[int, ...]] = []
    values: list[Any] = []
    longest = 0
    for index in sorted(a.keys() | b.keys()):
        found = sorted(combine(a.get(index, set()), b.get(index, set())))
        longest = max(longest, len(found))
        indices += [(*index, i) for i in range(len(found))]
        values += found
    result = np.empty(len(values), dtype)
    result[:] = values
    return (
        np.array(indices, np.int64).reshape(-1, len(a_dims) + 1),
        result,
        np.array([*a_dims, longest]),
    )


def _name(operation: Any) -> str:
    return operation.decode() if isinstance(operation, bytes) else operation


@kernel("DenseToDenseSetOperation", host=True)
def dense_to_dense(set1, set2, *, set_operation):
    return _combined(_dense_groups(set1), _dense_groups(set2), _name(set_operation), set1.dtype)


@kernel("DenseToSparseSetOperation", host=True)
def dense_to_sparse(set1, set2_indices, set2_values, set2_shape, *, set_operation, validate_indices):
    second = _sparse_groups(set2_indices, set2_values, set2_shape, validate_indices)
    return _combined(_dense_groups(set1), second, _name(set_operation), set1.dtype)


@kernel("SparseToSparseSetOperation", host=True)
def sparse_to_sparse(
    set1_indices, set1_values, set1_shape, set2_indices, set2_values, set2_shape, *, set_operation, validate_indices
):
    first = _sparse_groups(set1_indices, set1_values, set1_shape, validate_indices)
    second = _sparse_groups(set2_indices, set2_values, set2_shape, validate_indices)
    return _combined(first, second, _name(set_operation), set1_values.dtype)


@kernel("SetSize", host=True)
def set_size(set_indices, set_values, set_shape, *, validate_indices):
    groups, dims = _sparse_groups(set_indices, set_values, set_shape, validate_indices)
    sizes = np.zeros(dims, np.int32)
    for index, found in groups.items():
        sizes[index] = len(found)
    return sizes


# The edit distance -----------------------------------------------------------------------------------------


def _levenshtein(first: Sequence[Any], second: Sequence[Any]) -> int:
    row = list(range(len(second) + 1))
    for i, x in enumerate(first, 1):
        before, row = row, [i]
        for j, y in enumerate(second):
            row.append(min(row[j] + 1, before[j + 1] + 1, before[j] + (x != y)))
    return row[-1]


def _sequences(indices, values) -> dict[tuple[int, ...], list[Any]]:
    found: dict[tuple[int, ...], list[Any]] = {}
    for index, value in zip(map(tuple, indices[:, :-1].tolist()), values.tolist(), strict=True):
        found.setdefault(index, []).append(value)
    return found


def _distances(pairs: Iterable[tuple[Any, Any]], normalize: bool):
    for hypothesis, truth in pairs:
        distance = float(_levenshtein(truth, hypothesis))
        if normalize and truth:
            distance /= len(truth)
        elif normalize and distance:
            distance = np.inf
        yield distance


@kernel("EditDistance", host=True)
def edit_distance(
    hypothesis_indices, hypothesis_values, hypothesis_shape, truth_indices, truth_values, truth_shape, *, normalize
):
    check_parts(hypothesis_indices, hypothesis_values, hypothesis_shape, "hypothesis_")
    check_parts(truth_indices, truth_values, truth_shape, "truth_")
    if hypothesis_shape.size != truth_shape.size or truth_shape.size < 2:
        raise invalid(
            "hypothesis_shape and truth_shape must have the same number of elements, at least 2; got shapes "
            f"{shape_text(hypothesis_shape.shape)} and {shape_text(truth_shape.shape)}"
        )
    dims = np.maximum(hypothesis_shape[:-1], truth_shape[:-1])
    hypotheses = _sequences(hypothesis_indices, hypothesis_values)
    truths = _sequences(truth_indices, truth_values)
    result = np.zeros(dims, np.float32)
    groups = sorted(hypotheses.keys() | truths.keys())
    pairs = ((hypotheses.get(g, []), truths.get(g, [])) for g in groups)
    for group, distance in zip(groups, _distances(pairs, normalize), strict=True):
        if any(not 0 <= i < n for i, n in zip(group, dims.tolist(), strict=True)):
            place = int(np.dot(group, [math.prod(dims[i + 1 :].tolist()) for i in range(dims.size)]))
            raise InternalError(
                None,
                None,
                f"Got an inner product {place} which would require writing to outside of the buffer for the output "
                f"tensor (max elements {math.prod(dims.tolist())})",
            )
        result[group] = distance
    return result
