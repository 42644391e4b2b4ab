"""Ragged tensors as values of dtype variant: one for a whole tensor, or one for each of its rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tfshim import dtypes
from tfshim.ops.host_variants import HostVariant
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import UNKNOWN, invalid, shape_text
from tfshim.shapes import from_dims


class RaggedValue(HostVariant):
    """What such a variant holds: nested row splits, the outermost first, and the values under them."""

    __slots__ = ("splits", "values")

    def __init__(self, splits: Sequence[np.ndarray], values: np.ndarray):
        self.splits = tuple(splits)
        self.values = values


def _check_splits(splits: Sequence[np.ndarray], values: np.ndarray) -> None:
    if splits and not values.ndim:
        raise invalid("Requires flat_values to have rank>=1 when nested_row_splits is not empty, but is 0.")
    for level, ends in enumerate(splits):
        _check_ends(ends, len(splits[level + 1]) - 1 if level + 1 < len(splits) else values.shape[0])


def _check_ends(ends: np.ndarray, count: int | None = None) -> None:
    problem = None
    if ends.ndim != 1:
        problem = f"they must be rank 1 but is rank {ends.ndim}"
    elif not ends.size:
        problem = "they must have at least one element"
    elif ends[0]:
        problem = f"the first must be 0 but is {ends[0]}"
    elif (np.diff(ends) < 0).any():
        problem = f"they must be monotonically increasing: {ends.tolist()}"
    elif count is not None and ends[-1] != count:
        problem = f"the last must be the number of ragged values ({count}) but is {ends[-1]}"
    if problem is not None:
        raise invalid(f"Invalid ragged splits: {problem}")


@kernel("RaggedTensorToVariant", host=True)
def to_variant(rt_nested_splits, rt_dense_values, *, batched_input):
    splits = list(rt_nested_splits)
    _check_splits(splits, rt_dense_values)
    if not batched_input:
        return (RaggedValue(splits, rt_dense_values),)
    if not rt_dense_values.ndim:
        raise invalid("Can't unbatch rank-0 tensor.")
    count = len(splits[0]) - 1 if splits else len(rt_dense_values)
    held = np.empty(count, object)
    for row in range(count):
        held[row] = _row(splits, rt_dense_values, row)
    return (held,)


def _row(splits: Sequence[np.ndarray], values: np.ndarray, row: int) -> RaggedValue:
    if not splits:
        return RaggedValue((), values[row])
    first, last = splits[0][row], splits[0][row + 1]
    inner = []
    for ends in splits[1:]:
        part = ends[first : last + 1]
        inner.append(part - part[0])
        first, last = part[0], part[-1]
    return RaggedValue(inner, values[first:last])


@shape_function("RaggedTensorToVariant")
def _(op):
    values = op.shape(len(op) - 1)
    if not op.attr("batched_input"):
        return from_dims(())
    if len(op) > 1:
        rows = op.shape(0)._dims[0] if op.shape(0).rank else None
        return from_dims((None if rows is None else rows - 1,))
    return from_dims(values._dims[:1]) if values.rank else from_dims((None,))


def _ragged(value: object) -> RaggedValue:
    if not isinstance(value, RaggedValue):
        raise invalid(f"Input variant element could not be read as a ragged tensor: it holds a {type(value).__name__}")
    return value


def _held(encoded: object) -> np.ndarray:
    """The variants of a tensor as an array: the only one of a scalar comes as it is."""
    if isinstance(encoded, np.ndarray):
        return encoded
    alone = np.empty((), object)
    alone[()] = encoded
    return alone


@kernel("RaggedTensorFromVariant", host=True)
def from_variant(encoded_ragged, *, input_ragged_rank, output_ragged_rank, Tvalues, Tsplits):
    encoded = _held(encoded_ragged)
    inner = output_ragged_rank - encoded.ndim if input_ragged_rank < 0 else input_ragged_rank
    if inner + encoded.ndim != output_ragged_rank:
        raise invalid(
            f"output_ragged_rank must be equal to input_ragged_rank + encoded_ragged.dims(); output_ragged_rank: "
            f"{output_ragged_rank}, input_ragged_rank: {input_ragged_rank}, encoded_ragged.dims(): {encoded.ndim}."
        )
    items = [_ragged(item) for item in encoded.ravel()]
    for item in items:
        _check_item(item, max(inner, 0), Tvalues, Tsplits)
    if not encoded.ndim:
        return (*items[0].splits, items[0].values)
    if inner < 0:
        return np.stack([item.values for item in items])
    return _stacked(encoded.shape, items, inner, Tvalues.as_numpy_dtype, Tsplits.as_numpy_dtype)


def _check_item(item: RaggedValue, rank: int, kind: dtypes.DType, splits_kind: dtypes.DType) -> None:
    if len(item.splits) != rank:
        held = len(item.splits)
        raise invalid(f"Encoded input RaggedTensorVariant has ragged_rank={held}.  Expected ragged_rank={rank}.")
    for ends in item.splits:
        if dtypes.of(ends.dtype) != splits_kind:
            raise invalid(f"Expected row_splits Tensor dtype: {splits_kind.name}, found: {ends.dtype.name}")
    if dtypes.of(item.values.dtype) != kind:
        raise invalid(f"Expected values Tensor dtype: {kind.name}, found: {dtypes.of(item.values.dtype).name}")


def _stacked(shape: Sequence[int], items: Sequence[RaggedValue], inner: int, kind, splits_kind):
    """The splits and values of a ragged tensor whose outer dimensions, of sizes `shape`, hold `items`."""
    for place, item in enumerate(items):
        if not item.values.ndim:
            raise invalid(f"Ragged values must have rank >= 1; encoded scalar element at index {place}")
        if item.values.ndim != items[0].values.ndim:
            raise invalid(
                f"Rank of values must match for all components; values shape at index 0: "
                f"{shape_text(items[0].values.shape)}, values shape at index {place}: {shape_text(item.values.shape)}"
            )
    splits = [np.arange(n + 1) * size if n else np.zeros(1) for n, size in _outer(shape)]
    lengths = [[len(item.splits[0]) - 1 if inner else len(item.values) for item in items]]
    lengths += [[n for item in items for n in np.diff(item.splits[level]).tolist()] for level in range(inner)]
    splits += [np.cumsum([0, *each]) for each in lengths]
    values = np.concatenate([item.values for item in items]) if items else np.zeros(0, kind)
    return (*(ends.astype(splits_kind) for ends in splits), values)


def _outer(shape: Sequence[int]):
    """Of each outer dimension but the first: the number of its rows, and their length."""
    return [(int(np.prod(shape[:axis])), shape[axis]) for axis in range(1, len(shape))]


@shape_function("RaggedTensorFromVariant")
def _(op):
    return [*[from_dims((None,))] * op.attr("output_ragged_rank"), UNKNOWN]


@kernel("RaggedTensorToVariantGradient", host=True)
def to_variant_gradient(encoded_ragged_grad, row_splits, dense_values_shape, *, Tvalues):
    encoded = _held(encoded_ragged_grad)
    items = [_ragged(item) for item in encoded.ravel()]
    shape = dense_values_shape.tolist()
    for item in items:
        _check_item(item, len(item.splits), Tvalues, dtypes.of(row_splits.dtype))
    if not encoded.ndim:
        return items[0].values
    _check_ends(row_splits)
    found = np.concatenate([item.values.ravel() for item in items]) if items else np.zeros(0, Tvalues.as_numpy_dtype)
    if found.size != np.prod(shape):
        raise invalid(f"The gradients hold {found.size} values, which do not fill a tensor of shape {shape}")
    return found.reshape(shape)


@shape_function("RaggedTensorToVariantGradient")
def _(op):
    sizes = op.partial(2)
    if isinstance(sizes, list):
        return from_dims(tuple(sizes))
    rank = op.shape(2)._dims[0] if op.shape(2).rank == 1 else None
    return UNKNOWN if rank is None else from_dims((None,) * rank)
