"""Shapes, axes, joining and splitting, padding and repetition."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.api import array as array_api
from tfshim.api import creation
from tfshim.api.gather import scatter_nd, tensor_scatter_nd_update, where
from tfshim.api.sorting import sort
from tfshim.context import context
from tfshim.errors import InvalidArgumentError
from tfshim.export import export
from tfshim.numpy_api.arrays import as_array, promoted
from tfshim.numpy_api.ranks import any_rank, at_least, static_rank, with_new_axes, with_ones
from tfshim.tensor import Tensor

# Shapes --------------------------------------------------------------------------------------------------


@export("experimental.numpy.reshape")
def reshape(a, newshape, order="C"):
    """`a` in another shape; its elements are read and written row by row ("C") or column by column ("F").

    Raises:
      ValueError: for another order.
    """
    if order not in ("C", "F"):
        raise ValueError(f"The order of reshape is 'C' or 'F', not {order!r}.")
    a = as_array(a)
    if isinstance(newshape, int):
        newshape = [newshape]
    if order == "C":
        return array_api.reshape(a, newshape)
    return array_api.transpose(array_api.reshape(array_api.transpose(a), newshape[::-1]))


@export("experimental.numpy.ravel")
def ravel(a):
    """All elements in one dimension."""
    return array_api.reshape(as_array(a), [-1])


@export("experimental.numpy.flatten")
def flatten(a, order="C"):
    """All elements in one dimension, row by row ("C", "A" or "K") or column by column ("F").

    Raises:
      ValueError: for another order.
    """
    a = as_array(a)
    if order == "F":
        a = array_api.transpose(a)
    elif order not in ("C", "A", "K"):
        raise ValueError(f"The order of flatten is 'C', 'A', 'K' or 'F', not {order!r}.")
    return array_api.reshape(a, [-1])


@export("experimental.numpy.expand_dims")
def expand_dims(a, axis):
    """`a` with a new axis of size 1."""
    return array_api.expand_dims(as_array(a), axis)


@export("experimental.numpy.squeeze")
def squeeze(a, axis=None):
    """`a` without its axes of size 1, or without those named."""
    return array_api.squeeze(as_array(a), axis)


def _each(fn: Callable[[Tensor], Tensor], arys: Sequence[Any]) -> Any:
    results = [fn(as_array(value)) for value in arys]
    return results[0] if len(results) == 1 else results


@export("experimental.numpy.atleast_1d")
def atleast_1d(*arys):
    """The arrays (or the one array) with a dimension added to scalars."""
    return _each(lambda x: at_least(1, x), arys)


@export("experimental.numpy.atleast_2d")
def atleast_2d(*arys):
    """The arrays (or the one array) with dimensions added in front, up to two."""
    return _each(lambda x: at_least(2, x), arys)


@export("experimental.numpy.atleast_3d")
def atleast_3d(*arys):
    """The arrays (or the one array) with dimensions added up to three: vectors become 1 x n x 1."""

    def with_last_axis(x):
        # A vector has become 1 x n by then: only the last axis can be missing.
        x = at_least(2, x)
        missing = 3 - any_rank(x)
        return x if isinstance(missing, int) and missing <= 0 else with_new_axes(x, 0, missing)

    return _each(with_last_axis, arys)


@export("experimental.numpy.broadcast_arrays")
def broadcast_arrays(*args, **kwargs):
    """The arrays repeated to their common shape.

    Raises:
      ValueError: for `subok=True` or other keywords.
    """
    if kwargs.pop("subok", False):
        raise ValueError("Tensors have no subclasses: subok=True is not supported.")
    if kwargs:
        raise ValueError(f"broadcast_arrays has no arguments {list(kwargs)}.")
    tensors = [as_array(x) for x in args]
    if len(tensors) < 2:
        return tuple(tensors)
    return broadcast_together(tensors)


def broadcast_together(tensors: Sequence[Tensor]) -> list[Tensor]:
    """The tensors broadcast to their common shape."""
    size = array_api.shape(tensors[0])
    for x in tensors[1:]:
        size = array_api.broadcast_dynamic_shape(size, array_api.shape(x))
    return [array_api.broadcast_to(x, size) for x in tensors]


# Axes ----------------------------------------------------------------------------------------------------


@export("experimental.numpy.transpose")
def transpose(a, axes=None):
    """`a` with its axes in the order `axes`, by default reversed."""
    return array_api.transpose(as_array(a), None if axes is None else as_array(axes))


def _swapped(rank: Any, axis1: Any, axis2: Any) -> Any:
    """The order of axes with two of them exchanged."""
    if isinstance(rank, int) and isinstance(axis1, int) and isinstance(axis2, int):
        order = list(range(rank))
        order[axis1], order[axis2] = axis2 % rank, axis1 % rank
        return order
    first, second = (where(axis < 0, axis + rank, axis) for axis in (as_int32(axis1), as_int32(axis2)))
    return tensor_scatter_nd_update(creation.range(rank), [[first], [second]], [second, first])


def as_int32(value: Any) -> Any:
    """An index as an int32 tensor."""
    return as_array(value, dtypes.int32)


@export("experimental.numpy.swapaxes")
def swapaxes(a, axis1, axis2):
    """`a` with two axes exchanged."""
    a = as_array(a)
    return array_api.transpose(a, _swapped(any_rank(a), axis1, axis2))


@export("experimental.numpy.moveaxis")
def moveaxis(a, source, destination):
    """`a` with the axes `source` moved to the places `destination`; the others keep their order.

    Raises:
      ValueError: if there are not as many places as axes.
    """
    if not source and not destination:
        return a
    a = as_array(a)
    source, destination = ([x] if isinstance(x, int) else list(x) for x in (source, destination))
    if len(source) != len(destination):
        raise ValueError(f"As many sources as destinations are needed: got {source} and {destination}.")
    rank = a.shape.rank
    if rank is None:
        return array_api.transpose(a, _moved_at_runtime(array_api.rank(a), source, destination))
    places = {d + rank if d < 0 else d: s + rank if s < 0 else s for s, d in zip(source, destination, strict=True)}
    order = [axis for axis in range(rank) if axis not in places.values()]
    for place in sorted(places):
        order.insert(place, places[place])
    return array_api.transpose(a, order)


def _moved_at_runtime(rank: Any, source: Any, destination: Any) -> Tensor:
    """The order of axes of `moveaxis` for a rank that is not known yet."""
    source, destination = (array_api.stack([x + rank if x < 0 else x for x in axes]) for axes in (source, destination))
    axes = creation.range(rank)
    # Axes that stay, and places that are free, both in ascending order.
    taken = [scatter_nd(x[:, None], creation.ones_like(x), rank[None]) for x in (source, destination)]
    count = rank - array_api.size(source)
    staying, free = (sort(where(t > 0, axes + rank, axes))[:count] for t in taken)
    order = scatter_nd(free[:, None], staying, rank[None])
    return tensor_scatter_nd_update(order, destination[:, None], source)


@export("experimental.numpy.flip")
def flip(m, axis=None):
    """`m` with the order of the elements reversed along one axis, or along all."""
    m = as_array(m)
    if axis is None:
        return array_api.reverse(m, creation.range(any_rank(m)))
    return array_api.reverse(m, [axis + any_rank(m) if axis < 0 else axis])


@export("experimental.numpy.flipud")
def flipud(m):
    """`m` with its rows in reverse order."""
    return flip(m, 0)


@export("experimental.numpy.fliplr")
def fliplr(m):
    """`m` with its columns in reverse order."""
    return flip(m, 1)


@export("experimental.numpy.rot90")
def rot90(m, k=1, axes=(0, 1)):
    """`m` turned by `k` quarters in the plane of two axes, from the first towards the second.

    Raises:
      InvalidArgumentError: if `m` has less than two axes (ValueError in a graph).
    """
    turns = k % 4
    if turns == 0:
        return m
    x = as_array(m)
    rank = any_rank(x)
    if x.shape.rank is not None and x.shape.rank < 2:
        problem = f"rot90 turns a plane: an array of shape {x.shape} has none."
        raise InvalidArgumentError(None, None, problem) if context.graph is None else ValueError(problem)
    first, second = (axis + rank if axis < 0 else axis for axis in axes)
    if turns == 2:
        return array_api.reverse(x, [first, second])
    order = _swapped(rank, first, second)
    if turns == 1:
        return transpose(array_api.reverse(x, [second]), order)
    return array_api.reverse(transpose(x, order), [second])


@export("experimental.numpy.roll")
def roll(a, shift, axis=None):
    """`a` with its elements shifted along axes, those that leave at the end entering at the start.

    Without an axis the flattened array is shifted.
    """
    a = as_array(a)
    if axis is not None:
        return array_api.roll(a, shift, axis)
    return array_api.reshape(array_api.roll(array_api.reshape(a, [-1]), shift, 0), array_api.shape(a))


# Joining -------------------------------------------------------------------------------------------------


@export("experimental.numpy.concatenate")
def concatenate(arys, axis=0):
    """The arrays joined along an axis, of the type that NumPy promotes all to.

    Raises:
      ValueError: if there are none.
    """
    if not isinstance(arys, (list, tuple)):
        arys = [arys]
    if not arys:
        raise ValueError("There must be at least one array to concatenate.")
    return array_api.concat(promoted(*arys), axis)


@export("experimental.numpy.append")
def append(arr, values, axis=None):
    """`values` after the end of `arr` along an axis; both flattened if `axis` is None."""
    if axis is None:
        return concatenate([ravel(arr), ravel(values)], 0)
    return concatenate([arr, values], axis)


@export("experimental.numpy.stack")
def stack(arrays, axis=0):
    """The arrays, all of one shape, along a new axis."""
    if isinstance(arrays, Tensor):
        return arrays if axis == 0 else swapaxes(arrays, 0, axis)
    return array_api.stack(promoted(*arrays), axis)


def _joined(tup: Any, prepare: Callable[[Any], Tensor], axis: int) -> Tensor:
    return array_api.concat(promoted(*[prepare(x) for x in tup]), axis)


@export("experimental.numpy.hstack")
def hstack(tup):
    """The arrays joined along the second axis, vectors along the first."""
    arrays = [atleast_1d(x) for x in tup]
    return array_api.concat(promoted(*arrays), _second_axis(arrays[0]))


def _second_axis(x: Tensor) -> Any:
    """The second axis, or the only one of a vector."""
    rank = x.shape.rank
    return where(array_api.rank(x) == 1, 0, 1) if rank is None else int(rank != 1)


@export("experimental.numpy.vstack")
def vstack(tup):
    """The arrays joined along the first axis, vectors as rows."""
    return _joined(tup, atleast_2d, 0)


@export("experimental.numpy.dstack")
def dstack(tup):
    """The arrays joined along the third axis."""
    return _joined(tup, atleast_3d, 2)


# Splitting -----------------------------------------------------------------------------------------------


def _sizes(a: Any, boundaries: Any, axis: int) -> list[int]:
    """The sizes of the parts between boundaries."""
    rank = static_rank(a, "split")
    if axis >= rank:
        raise ValueError(f"axis {axis} is out of bounds for shape {a.shape}")
    total = a.shape[axis]
    places = [*boundaries, None]
    sizes: list[int] = []
    before = 0
    for i, place in enumerate(places):
        left = builtins.max(0, total - builtins.sum(sizes))
        if place is None:
            sizes.append(left)
            continue
        if place < before:
            raise ValueError(f"The {i}-th boundary {place} is smaller than the previous boundary {before}.")
        sizes.append(builtins.min(place - before, left))
        before = place
    return sizes


@export("experimental.numpy.split")
def split(ary, indices_or_sections, axis=0):
    """A list of parts of an array along an axis.

    Args:
      ary: an array.
      indices_or_sections: how many parts of equal size, or where to cut.
      axis: the axis.
    """
    ary = as_array(ary)
    parts = indices_or_sections
    return array_api.split(ary, parts if isinstance(parts, int) else _sizes(ary, parts, axis), axis)


def _declare_split(name: str, axis: int, text: str) -> Any:
    def function(ary, indices_or_sections):
        along = _second_axis(as_array(ary)) if axis == 1 else axis
        if isinstance(indices_or_sections, int) and isinstance(along, int):
            total = ary.shape[along]
            if total is not None and total % indices_or_sections:
                raise ValueError(f"An axis of size {total} has no {indices_or_sections} equal parts.")
        return split(ary, indices_or_sections, axis=along)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"A list of parts of an array along {text}: see `split`."
    return export(f"experimental.numpy.{name}")(function)


vsplit = _declare_split("vsplit", 0, "its first axis")
hsplit = _declare_split("hsplit", 1, "its second axis, or the only one of a vector")
dsplit = _declare_split("dsplit", 2, "its third axis")


# Padding and repetition ----------------------------------------------------------------------------------


@export("experimental.numpy.pad")
def pad(array, pad_width, mode, **kwargs):
    """`array` with elements added before and after each axis.

    Args:
      array: an array.
      pad_width: a matrix of how many to add before and after, a row for each axis.
      mode: "constant", "reflect" or "symmetric".
      **kwargs: `constant_values`, 0 by default.

    Raises:
      ValueError: for another mode.
    """
    if mode not in ("constant", "reflect", "symmetric"):
        raise ValueError(f"The mode of pad is 'constant', 'reflect' or 'symmetric', not {mode!r}.")
    return array_api.pad(
        as_array(array),
        as_array(pad_width, dtypes.int32),
        mode=mode.upper(),
        constant_values=kwargs.get("constant_values", 0),
    )


@export("experimental.numpy.tile")
def tile(a, reps):
    """`a` repeated along each axis as often as `reps` says; the shorter of shape and `reps` gets ones in front."""
    a = as_array(a)
    reps = array_api.reshape(as_array(reps, dtypes.int32), [-1])
    missing = array_api.rank(a) - array_api.size(reps)
    return array_api.tile(with_new_axes(a, -missing), with_ones(reps, missing))


@export("experimental.numpy.repeat")
def repeat(a, repeats, axis=None):
    """`a` with each element repeated along an axis, or in the flattened array.

    Args:
      a: an array.
      repeats: how often: one integer, or one for each element.
      axis: the axis, or None.
    """
    a = as_array(a)
    result = array_api.repeat(a, as_array(repeats), axis)
    if a.shape.is_fully_defined() and not isinstance(repeats, Tensor):
        result.set_shape(_repeated(a.shape.as_list(), np.ravel(repeats), axis))
    return result


def _repeated(dims: list[int], counts: np.ndarray, axis: int | None) -> list[int]:
    before = int(np.prod(dims)) if axis is None else dims[axis]
    after = int(counts[0]) * before if counts.size == 1 else int(counts.sum())
    if axis is None:
        return [after]
    dims[axis] = after
    return dims
