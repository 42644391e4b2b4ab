"""Choosing elements: by conditions, by indices along an axis, and between brackets as NumPy does."""

from __future__ import annotations

import numbers
from typing import Any, NamedTuple

import numpy as np

from tfshim import dtypes
from tfshim.api import array as array_api
from tfshim.api.casting import cast
from tfshim.api.gather import boolean_mask, gather, gather_nd
from tfshim.api.gather import where as where_
from tfshim.api.math import clip_by_value
from tfshim.api.slicing import slice_tensor
from tfshim.export import export
from tfshim.numpy_api.arrays import as_array, promoted
from tfshim.numpy_api.logic import truth
from tfshim.numpy_api.manipulation import atleast_1d, broadcast_together, moveaxis, ravel, swapaxes
from tfshim.numpy_api.ranks import any_rank, static_rank
from tfshim.ops import op
from tfshim.shapes import Dimension
from tfshim.tensor import Tensor

_floor_mod = op("FloorMod")

# By conditions -------------------------------------------------------------------------------------------


@export("experimental.numpy.where")
def where(condition, x=None, y=None):
    """Elements of `x` where the condition holds, else of `y`; without both, the indices where it holds.

    Raises:
      ValueError: if only one of `x` and `y` is given.
    """
    condition = truth(condition)
    if x is None and y is None:
        return nonzero(condition)
    if x is None or y is None:
        raise ValueError("where takes both x and y, or neither.")
    return where_(condition, *promoted(x, y))


@export("experimental.numpy.nonzero")
def nonzero(a):
    """The indices (int64) of the elements that are not zero: a list of vectors, one for each dimension.

    Raises:
      ValueError: if the rank is unknown.
    """
    a = as_array(a)
    static_rank(a, "nonzero")
    a = atleast_1d(a)
    return array_api.unstack(where_(cast(a, dtypes.bool)), a.shape.rank, axis=1)


@export("experimental.numpy.select")
def select(condlist, choicelist, default=0):
    """For each element the choice of the first condition that holds, or else the default.

    Raises:
      ValueError: if the lists are empty or of different lengths.
    """
    if len(condlist) != len(choicelist):
        raise ValueError(f"As many choices as conditions are needed: got {len(choicelist)} and {len(condlist)}.")
    if not condlist:
        raise ValueError("At least one condition is needed.")
    result, *choices = promoted(default, *choicelist)
    for condition, choice in zip(reversed(condlist), reversed(choices), strict=True):
        result = where(condition, choice, result)
    return result


@export("experimental.numpy.compress")
def compress(condition, a, axis=None):
    """The elements along an axis (of the flattened array) where a vector holds; what it does not cover is left out.

    Raises:
      ValueError: if the condition is no vector.
    """
    condition, a = truth(condition), as_array(a)
    if condition.ndim != 1:
        raise ValueError("The condition must be a 1-d array.")
    if axis is None or a.ndim == 0:
        a, axis = ravel(a), 0
    axis = axis + a.ndim if axis < 0 else axis
    assert 0 <= axis < a.ndim
    missing = a.shape[axis] - condition.shape[0]
    if missing > 0:
        condition = array_api.pad(condition, [[0, missing]], constant_values=False)
    return boolean_mask(a, condition, axis)


# By indices ----------------------------------------------------------------------------------------------


@export("experimental.numpy.take")
def take(a, indices, axis=None, out=None, mode="clip"):
    """The slices of `a` at indices along an axis, or elements of the flattened array.

    Args:
      a: an array.
      indices: integers.
      axis: the axis, or None.
      out: must be None.
      mode: what becomes of indices out of range: "clip" to the ends, so that negative ones mean the first element,
        or "wrap" around.

    Raises:
      ValueError: for an `out` or another mode.
    """
    if out is not None:
        raise ValueError("Setting out is not supported: tensors cannot be written to.")
    if mode not in ("clip", "wrap"):
        raise ValueError(f"The mode of take is 'clip' or 'wrap', not {mode!r}.")
    a, indices = as_array(a), as_array(indices)
    if axis is None:
        a, axis = ravel(a), 0
    size = array_api.shape(a, out_type=indices.dtype)[axis]
    indices = _floor_mod(indices, size) if mode == "wrap" else clip_by_value(indices, 0, size - 1)
    return gather(a, indices, axis=axis)


@export("experimental.numpy.take_along_axis")
def take_along_axis(arr, indices, axis):
    """For each index along an axis, the element there of the matching vector of `arr`.

    Args:
      arr: an array.
      indices: integers, of the rank of `arr`; the other axes broadcast. Negative ones count from the end.
      axis: the axis, or None for the flattened array.
    """
    arr, indices = as_array(arr), as_array(indices)
    if axis is None:
        arr, axis = ravel(arr), 0
    rank = arr.shape.rank
    along_last = axis == -1 or (rank is not None and axis == rank - 1)
    if not along_last:
        arr, indices = swapaxes(arr, axis, -1), swapaxes(indices, axis, -1)
    sizes, index_sizes = array_api.shape(arr), array_api.shape(indices)
    batch = array_api.broadcast_dynamic_shape(sizes[:-1], index_sizes[:-1])
    arr = array_api.broadcast_to(arr, array_api.concat([batch, sizes[-1:]], 0))
    indices = array_api.broadcast_to(indices, array_api.concat([batch, index_sizes[-1:]], 0))
    indices = _from_start(indices, cast(sizes[-1], indices.dtype))
    count = op("Prod")(batch, 0)
    rows = array_api.reshape(arr, array_api.stack([count, sizes[-1]]))
    result = gather(rows, array_api.reshape(indices, array_api.stack([count, index_sizes[-1]])), batch_dims=1)
    result = array_api.reshape(result, array_api.shape(indices))
    result.set_shape(indices.shape)
    return result if along_last else swapaxes(result, axis, -1)


def _from_start(indices: Any, size: Any) -> Tensor:
    """Indices with the negative ones counted from the end of axes of these sizes."""
    return where_(indices < 0, indices + size, indices)


@export("experimental.numpy.ix_")
def ix_(*args):
    """Index arrays of a grid out of vectors of indices or booleans: a list, each along an axis of its own.

    Raises:
      ValueError: for arrays that are no vectors of integers or booleans.
    """
    grid = []
    for i, value in enumerate(args):
        a = as_array(value)
        if a.shape.rank not in (None, 1):
            raise ValueError(f"ix_ takes vectors: argument {i} has rank {a.shape.rank}.")
        if a.dtype is dtypes.bool:
            a = nonzero(a)[0]
        elif not a.dtype.is_integer:
            raise ValueError(f"ix_ takes vectors of integers or booleans, not of {a.dtype.name}.")
        grid.append(array_api.reshape(a, [-1 if axis == i else 1 for axis in range(len(args))]))
    return grid


# Between brackets ----------------------------------------------------------------------------------------


def get_item(tensor: Tensor, index: Any) -> Tensor:
    """`tensor[index]` as NumPy means it: integer arrays and vectors of booleans among the indices too.

    Raises:
      IndexError: for an index that is neither an integer, a slice, an ellipsis, None nor such an array.
      NotImplementedError: for booleans of more dimensions within a tuple.
      InvalidArgumentError (ValueError in graphs): for an index out of range.
    """
    if _is_mask(index):
        return boolean_mask(tensor, index)
    entries = [_parsed(entry) for entry in _as_tuple(index)]
    chosen = [i for i, entry in enumerate(entries) if isinstance(entry, _IndexArray)]
    # What arrays index stays whole at first.
    basic = tuple([slice(None) if isinstance(entry, _IndexArray) else entry for entry in entries])
    result = slice_tensor(tensor, basic)
    if not chosen:
        return result
    return _gathered(result, {_dimension(entries, i): entries[i].values for i in chosen})


class _IndexArray(NamedTuple):
    values: Tensor


def _is_mask(index: Any) -> bool:
    if isinstance(index, bool):
        return True
    return isinstance(index, (Tensor, np.ndarray)) and index.dtype == np.bool_


def _as_tuple(index: Any) -> tuple[Any, ...]:
    """A list that contains slices or arrays means a tuple of indices, as in old NumPy; a list of numbers an array."""
    if isinstance(index, tuple):
        return index
    if isinstance(index, list) and any(
        entry is None
        or entry is Ellipsis
        or isinstance(entry, (list, tuple, slice))
        or (isinstance(entry, (Tensor, np.ndarray)) and entry.ndim != 0)
        for entry in index
    ):
        return tuple(index)
    return (index,)


def _parsed(entry: Any) -> Any:
    """An entry as basic indexing takes it, or an `_IndexArray`."""
    if entry is None or entry is Ellipsis:
        return entry
    if isinstance(entry, slice):
        bounds = [None if b is None else _scalar(b) for b in (entry.start, entry.stop, entry.step)]
        return slice(*bounds)
    return _integers(entry)


def _scalar(bound: Any) -> Any:
    value = _integers(bound)
    if isinstance(value, _IndexArray):
        raise _refused(bound)
    return value


def _refused(index: Any) -> IndexError:
    return IndexError(
        "Only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and arrays of integers or booleans are "
        f"valid indices, got {index!r}"
    )


def _integers(entry: Any) -> Any:
    """An integer or a scalar tensor of integers as it is; an array of integers or booleans as an `_IndexArray`."""
    if isinstance(entry, (numbers.Integral, Dimension)):
        return entry
    data = as_array(entry)
    if data.dtype is dtypes.bool:
        if data.shape.rank != 1:
            raise NotImplementedError(
                f"Booleans index within a tuple only as vectors: got {entry!r}. Use tf.boolean_mask for a mask of more "
                "dimensions."
            )
        data = array_api.reshape(where_(data), [-1])
    # 64-bit unsigned ones have no common integer type with int32.
    if not data.dtype.is_integer or data.dtype is dtypes.uint64:
        raise _refused(entry)
    if data.dtype not in (dtypes.int32, dtypes.int64):
        data = cast(data, dtypes.int64 if data.dtype is dtypes.uint32 else dtypes.int32)
    return data if data.shape.rank == 0 else _IndexArray(data)


def _dimension(entries: list[Any], position: int) -> int:
    """Which dimension of the slice an entry is about; counted from the end (negative) after an ellipsis."""

    def kept(part: list[Any]) -> int:
        return sum(1 for e in part if e is None or e is Ellipsis or isinstance(e, (slice, _IndexArray)))

    if any(entry is Ellipsis for entry in entries[:position]):
        return -kept(entries[position:])
    return kept(entries[:position])


def _gathered(tensor: Tensor, by_dimension: dict[int, Tensor]) -> Tensor:
    """The elements at index arrays, which broadcast, for some dimensions.

    The new dimensions take the place of adjacent ones, and come first otherwise.
    """
    dims = sorted(by_dimension)
    indices = promoted(*[by_dimension[d] for d in dims])
    if len(indices) > 1:
        indices = broadcast_together(indices)
    # Dimensions counted from both ends are taken for not adjacent.
    if dims == list(range(dims[0], dims[0] + len(dims))) and (dims[0] < 0) == (dims[-1] < 0):
        return _gathered_in_place(tensor, indices, dims[0] + any_rank(tensor) if dims[0] < 0 else dims[0])
    front = list(range(len(dims)))
    if dims != front:
        tensor = moveaxis(tensor, dims, front)
    stacked = array_api.stack(indices, axis=-1)
    sizes = array_api.shape(tensor, out_type=stacked.dtype)[: len(dims)]
    return gather_nd(tensor, _from_start(stacked, sizes))


def _gathered_in_place(tensor: Tensor, indices: list[Tensor], axis: Any) -> Tensor:
    """The elements at index arrays for adjacent dimensions from `axis` on, flattened into one for that."""
    shape = array_api.shape(tensor)
    count = len(indices)
    sizes = [shape[axis + i] for i in range(count)]
    flat = None
    for index, size in zip(indices, sizes, strict=True):
        index = _from_start(cast(index, dtypes.int32), size)
        flat = index if flat is None else flat * size + index
    if count > 1:
        whole = array_api.concat([shape[:axis], [-1], shape[axis + count :]], 0)
        tensor = array_api.reshape(tensor, whole)
    return gather(tensor, flat, axis=axis)
