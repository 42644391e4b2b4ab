"""Kernels of feature crosses: every combination of one feature from each column, joined or hashed, row by row."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim.ops.kernels.sparse_common import check_parts
from tfshim.ops.kernels.strings_hash import fingerprint64, siphash
from tfshim.ops.registry import kernel
from tfshim.ops.shape_helpers import invalid, shape_text

_MASK = 2**64 - 1
_MUL = 0xC6A4A7935BD1E995
_LIMIT = 2**63 - 1


def _mixed(value: int) -> int:
    return value ^ value >> 47


def joined_fingerprints(first: int, second: int) -> int:
    """TensorFlow's combination of two fingerprints; the order matters."""
    result = first ^ _MUL ^ (_mixed(second * _MUL & _MASK) * _MUL & _MASK)
    return _mixed(_mixed(result * _MUL & _MASK) * _MUL & _MASK)


def _features(indices, values, shapes, dense_inputs) -> tuple[int, list[list[list[Any]]]]:
    """The number of rows, and for each column its features (bytes or ints) row by row."""
    if len(indices) != len(values) or len(indices) != len(shapes):
        raise invalid("Expected as many indices as values and shapes")
    for parts in zip(indices, values, shapes, strict=True):
        check_parts(*parts)
        if parts[2].size != 2:
            raise invalid(f"shape should imply a 2D tensor, but got shape {shape_text(parts[2])}")
    for dense in dense_inputs:
        if dense.ndim != 2:
            raise invalid(f"Dense inputs should be a matrix but received shape {shape_text(dense.shape)}")
    batches = [int(s[0]) for s in shapes] + [d.shape[0] for d in dense_inputs]
    if any(b != batches[0] for b in batches):
        raise invalid(f"Expected batch size {batches[0]} of all inputs, got {batches}")
    batch = batches[0] if batches else 0
    columns = []
    for where, column in zip(indices, values, strict=True):
        rows: list[list[Any]] = [[] for _ in range(batch)]
        for row, value in zip(where[:, 0].tolist(), column.tolist(), strict=True):
            if not 0 <= row < batch:
                raise invalid(f"Expected row indices in [0, {batch}), got {row}")
            rows[row].append(value)
        columns.append(rows)
    return batch, columns + [dense.tolist() for dense in dense_inputs]


def _crossed(batch: int, columns: list[list[list[Any]]], combine: Callable[[tuple[Any, ...]], Any], dtype: Any):
    indices, values, longest = [], [], 0
    for row in range(batch):
        crosses = [combine(c) for c in itertools.product(*(column[row] for column in columns))]
        longest = max(longest, len(crosses))
        indices += [(row, i) for i in range(len(crosses))]
        values += crosses
    found = np.empty(len(values), dtype)
    found[:] = values
    return np.array(indices, np.int64).reshape(-1, 2), found, np.array([batch, longest])


def _text(feature: Any) -> bytes:
    return feature if isinstance(feature, bytes) else str(feature).encode()


def _bucket(hashes: list[int], count: int) -> int:
    result = hashes[0]
    for other in hashes[1:]:
        result = joined_fingerprints(result, other)
    return result % (count if count > 0 else _LIMIT)


def _joined(separator: bytes) -> Callable[[tuple[Any, ...]], bytes]:
    return lambda features: separator.join(map(_text, features))


@kernel("SparseCross", host=True)
def sparse_cross(indices, values, shapes, dense_inputs, *, hashed_output, num_buckets, hash_key):
    batch, columns = _features(indices, values, shapes, dense_inputs)
    if not hashed_output:
        return _crossed(batch, columns, _joined(b"_X_"), object)

    def combine(features):
        hashes = [fingerprint64(f) if isinstance(f, bytes) else f & _MASK for f in features]
        return _bucket([hash_key & _MASK, *hashes], num_buckets)

    return _crossed(batch, columns, combine, np.int64)


def _scalar(value: np.ndarray, name: str) -> Any:
    if value.ndim:
        raise invalid(f"Input {name} should be a scalar. Received shape {shape_text(value.shape)}")
    return value[()]


@kernel("SparseCrossV2", host=True)
def sparse_cross_v2(indices, values, shapes, dense_inputs, sep):
    batch, columns = _features(indices, values, shapes, dense_inputs)
    return _crossed(batch, columns, _joined(_scalar(sep, "separator")), object)


@kernel("SparseCrossHashed", host=True)
def sparse_cross_hashed(indices, values, shapes, dense_inputs, num_buckets, strong_hash, salt):
    batch, columns = _features(indices, values, shapes, dense_inputs)
    count, strong_hash = _scalar(num_buckets, "num_buckets"), _scalar(strong_hash, "strong_hash")
    if salt.shape != (2,):
        raise invalid(f"Input salt must be a vector of 2 elements. Received shape {shape_text(salt.shape)}")
    key = tuple(salt.tolist())
    sparse = len(indices)

    def hashed(feature: Any, from_sparse: bool) -> int:
        if isinstance(feature, int):
            if not from_sparse and not strong_hash:
                return feature & _MASK
            # TensorFlow hashes the first four of the eight bytes.
            feature = (feature & 0xFFFFFFFF).to_bytes(4, "little")
        return siphash(feature, key) if strong_hash else fingerprint64(feature)

    def combine(features):
        return _bucket([hashed(f, i < sparse) for i, f in enumerate(features)], int(count))

    return _crossed(batch, columns, combine, np.int64)
