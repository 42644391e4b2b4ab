"""Sums, extremes, means and their like over axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.api import math, math_reduce, math_unary
from tfshim.api.array import broadcast_to, rank, reshape, shape, size
from tfshim.api.assertions import Assert
from tfshim.api.casting import cast
from tfshim.api.gather import gather, where
from tfshim.api.linalg import tensordot
from tfshim.context import context
from tfshim.dtypes import DType
from tfshim.errors import InvalidArgumentError
from tfshim.export import export
from tfshim.numpy_api.arrays import as_array, is_inexact, requested, result_type
from tfshim.numpy_api.elementwise import number
from tfshim.numpy_api.logic import truth
from tfshim.numpy_api.ranks import any_rank, choose, static_rank
from tfshim.numpy_api.settings import default_integer, settings
from tfshim.ops import op
from tfshim.tensor import Tensor

_is_nan = op("IsNan")
_reduce_all = math_reduce.reduce_all
_reduce_any = math_reduce.reduce_any
_reduce_max = math_reduce.reduce_max
_reduce_mean = math_reduce.reduce_mean
_reduce_min = math_reduce.reduce_min
_reduce_prod = math_reduce.reduce_prod
_reduce_sum = math_reduce.reduce_sum


def _as_wide_integer(dtype: DType) -> DType:
    """The type in which NumPy adds integers: never narrower than its default integer."""
    if not (dtype.is_integer or dtype is dtypes.bool):
        return dtype
    wide = dtypes.as_dtype(default_integer())
    if not dtype.is_bool and dtype.size > wide.size:
        return dtype
    if dtype.is_unsigned:
        return dtypes.uint32 if settings.weak else dtypes.uint64
    return wide


def _as_float(dtype: DType) -> DType:
    return result_type(float) if dtype.is_integer or dtype is dtypes.bool else dtype


def _as_it_is(dtype: DType) -> DType:
    return dtype


def _reduce(
    fn: Callable[..., Tensor],
    a: Any,
    axis: Any,
    keepdims: Any,
    working_type: Callable[[DType], DType],
    dtype: DType | None = None,
    of_bools: Callable[..., Tensor] | None = None,
) -> Tensor:
    """`fn` over `axis`, in `dtype` or else in the type that `working_type` makes of the array's own."""
    x = as_array(a, dtype)
    if of_bools is not None and x.dtype is dtypes.bool:
        fn = of_bools
    elif dtype is None:
        x = cast(x, working_type(x.dtype))
    if isinstance(axis, Tensor) and axis.dtype not in (dtypes.int32, dtypes.int64):
        axis = cast(axis, dtypes.int64)
    return fn(x, axis=axis, keepdims=bool(keepdims))


def _no_out(out: Any) -> None:
    if out is not None:
        raise ValueError("Setting out is not supported: tensors cannot be written to.")


@export("experimental.numpy.sum")
def sum(a, axis=None, dtype=None, keepdims=None):
    """The sum over axes; integers are added as 64-bit ones unless `dtype` says otherwise."""
    dtype = requested(dtype)
    of_bools = _reduce_any if dtype is dtypes.bool else None
    return _reduce(_reduce_sum, a, axis, keepdims, _as_wide_integer, dtype, of_bools)


@export("experimental.numpy.prod")
def prod(a, axis=None, dtype=None, keepdims=None):
    """The product over axes; integers are multiplied as 64-bit ones unless `dtype` says otherwise."""
    dtype = requested(dtype)
    of_bools = _reduce_all if dtype is dtypes.bool else None
    return _reduce(_reduce_prod, a, axis, keepdims, _as_wide_integer, dtype, of_bools)


@export("experimental.numpy.mean")
def mean(a, axis=None, dtype=None, out=None, keepdims=None):
    """The mean over axes; that of integers and booleans is a float."""
    _no_out(out)
    return _reduce(_reduce_mean, a, axis, keepdims, _as_float, requested(dtype))


@export("experimental.numpy.amax")
def amax(a, axis=None, out=None, keepdims=None):
    """The greatest element over axes, of the type of `a`."""
    _no_out(out)
    return _reduce(_reduce_max, a, axis, keepdims, _as_it_is, of_bools=_reduce_any)


@export("experimental.numpy.amin")
def amin(a, axis=None, out=None, keepdims=None):
    """The least element over axes, of the type of `a`."""
    _no_out(out)
    return _reduce(_reduce_min, a, axis, keepdims, _as_it_is, of_bools=_reduce_all)


@export("experimental.numpy.max")
def max(a, axis=None, keepdims=None):
    """The greatest element over axes: the same as `amax`."""
    return amax(a, axis=axis, keepdims=keepdims)


@export("experimental.numpy.min")
def min(a, axis=None, keepdims=None):
    """The least element over axes: the same as `amin`."""
    return amin(a, axis=axis, keepdims=keepdims)


@export("experimental.numpy.ptp")
def ptp(a, axis=None, keepdims=None):
    """The greatest minus the least element, over axes."""
    return amax(a, axis=axis, keepdims=keepdims) - amin(a, axis=axis, keepdims=keepdims)


@export("experimental.numpy.all")
def all(a, axis=None, keepdims=None):
    """Whether all elements are True or not zero, over axes."""
    return _reduce_all(truth(a), axis=axis, keepdims=keepdims)


@export("experimental.numpy.any")
def any(a, axis=None, keepdims=None):
    """Whether any element is True or not zero, over axes."""
    return _reduce_any(truth(a), axis=axis, keepdims=keepdims)


@export("experimental.numpy.count_nonzero")
def count_nonzero(a, axis=None):
    """How many elements are not zero, over axes."""
    return math_reduce.count_nonzero(as_array(a), axis)


# Spread --------------------------------------------------------------------------------------------------


def _variance_less(ddof: Any, dtype: DType | None) -> Callable[..., Tensor]:
    """The variance whose divisor is the number of elements less `ddof`."""

    def fn(x, axis, keepdims):
        distance = x - _reduce_mean(x, axis=axis, keepdims=True)
        if x.dtype.is_complex:
            squares = cast(math_unary.real(distance * math_unary.conj(distance)), x.dtype)
        else:
            squares = math_unary.square(distance)
        total = _reduce_sum(squares, axis=axis, keepdims=keepdims)
        if axis is None:
            count = size(x)
        else:
            axis = axis + rank(x) if axis < 0 else axis
            count = _reduce_prod(gather(shape(x), axis))
        quotient = total / cast(count - ddof, x.dtype)
        return quotient if dtype is None else cast(quotient, dtype)

    return fn


@export("experimental.numpy.var")
def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=None):
    """The mean of the squared distances from the mean, over axes.

    Args:
      a: an array.
      axis: an axis or several; None for all.
      dtype: type of the result.
      out: must be None.
      ddof: what is taken from the number of elements, by which the sum is divided; needs a single axis or None.
      keepdims: if the reduced axes stay, with size 1.
    """
    working = result_type(a, dtype) if dtype else None
    _no_out(out)
    fn = math_reduce.reduce_variance if ddof == 0 else _variance_less(ddof, requested(dtype))
    result = _reduce(fn, a, axis, keepdims, _as_float, working)
    return cast(result, requested(dtype)) if dtype else result


@export("experimental.numpy.std")
def std(a, axis=None, keepdims=None):
    """The standard deviation over axes: the root of `var`."""
    return _reduce(math_reduce.reduce_std, a, axis, keepdims, _as_float)


# Without nan ---------------------------------------------------------------------------------------------


def _without_nan(a: Any, instead: int) -> Tensor:
    x = as_array(a)
    if not is_inexact(x.dtype):
        return x
    return where(_is_nan(x), number(instead, x), x)


@export("experimental.numpy.nansum")
def nansum(a, axis=None, dtype=None, keepdims=False):
    """The sum over axes, with nan counted as 0."""
    return sum(_without_nan(a, 0), axis=axis, dtype=dtype, keepdims=keepdims)


@export("experimental.numpy.nanprod")
def nanprod(a, axis=None, dtype=None, keepdims=False):
    """The product over axes, with nan counted as 1."""
    return prod(_without_nan(a, 1), axis=axis, dtype=dtype, keepdims=keepdims)


@export("experimental.numpy.nanmean")
def nanmean(a, axis=None, dtype=None, keepdims=None):
    """The mean over axes of what is not nan; nan where nothing is left."""
    x = as_array(a)
    if x.dtype is dtypes.bool or x.dtype.is_integer:
        return mean(x, axis=axis, dtype=dtype, keepdims=keepdims)
    dtype = dtype or x.dtype
    present = math_unary.logical_not(_is_nan(x))
    count = sum(present, axis=axis, dtype=dtype, keepdims=keepdims)
    return nansum(x, axis=axis, dtype=dtype, keepdims=keepdims) / count


@export("experimental.numpy.average")
def average(a, axis=None, weights=None, returned=False):
    """The weighted mean over one axis or over all elements.

    Args:
      a: an array.
      axis: an integer or None.
      weights: an array of the shape of `a`, or a vector of weights along `axis`; None for equal weights.
      returned: if the sum of the weights is returned too, of the shape of the mean.

    Raises:
      ValueError: for an axis that is no integer.
    """
    if axis is not None and not isinstance(axis, int):
        raise ValueError(f"The axis of an average is an integer or None, not {axis!r} of type {type(axis)}.")
    x = as_array(a)
    exact = () if is_inexact(x.dtype) else (result_type(float),)
    if weights is None:
        x = as_array(x, result_type(x.dtype, *exact))
        result = _reduce_mean(x, axis=axis)
        total = cast(size(x) if axis is None else shape(x)[axis], x.dtype) if returned else None
    else:
        dtype = result_type(x.dtype, weights, *exact)
        x, weights = as_array(x, dtype), as_array(weights, dtype)
        alike = True if axis is None else any_rank(x) == any_rank(weights)
        result, total = choose(
            alike, lambda: _mean_by_element(x, weights, axis), lambda: _mean_by_place(x, weights, axis)
        )
    return (result, broadcast_to(total, shape(result))) if returned else result


def _mean_by_element(x: Tensor, weights: Tensor, axis: int | None) -> tuple[Tensor, Tensor]:
    """The mean with a weight for each element, and the sum of the weights."""
    if x.shape.rank == weights.shape.rank:
        shapes = shape(x), shape(weights)
        Assert(_reduce_all(op("Equal")(*shapes)), shapes)
    total = _reduce_sum(weights, axis=axis)
    return _reduce_sum(x * weights, axis=axis) / total, total


def _mean_by_place(x: Tensor, weights: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """The mean with a weight for each place along an axis, and the sum of the weights."""
    total = _reduce_sum(weights)
    dims = x.shape.rank
    if dims is not None and (weights.shape.rank not in (None, 1) or not -dims <= axis < dims):
        problem = f"No weights of shape {weights.shape} along axis {axis} of an array of shape {x.shape}"
        raise InvalidArgumentError(None, None, problem) if context.graph is None else ValueError(problem)
    return tensordot(x, weights, [[axis], [0]]) / total, total


# Along one axis ------------------------------------------------------------------------------------------


_NARROWED = {dtypes.int64: dtypes.int32, dtypes.float64: dtypes.float32}


def _cumulative(fn: Callable[..., Tensor], a: Any, axis: Any, dtype: Any) -> Tensor:
    x = as_array(a, requested(dtype))
    if dtype is None and x.dtype.is_integer:
        common = dtypes.as_dtype(np.promote_types(x.dtype.as_numpy_dtype, default_integer()))
        # The new modes know of no type between unsigned integers and the default one that is wider than both.
        x = cast(x, _NARROWED.get(common, common) if settings.weak and x.dtype.is_unsigned else common)
    if axis is None:
        return fn(reshape(x, [-1]), 0)
    return fn(x, axis + rank(x) if axis < 0 else axis)


@export("experimental.numpy.cumsum")
def cumsum(a, axis=None, dtype=None):
    """The sums of the elements up to each along an axis; of the flattened array if `axis` is None."""
    return _cumulative(math_reduce.cumsum, a, axis, dtype)


@export("experimental.numpy.cumprod")
def cumprod(a, axis=None, dtype=None):
    """The products of the elements up to each along an axis; of the flattened array if `axis` is None."""
    return _cumulative(math_reduce.cumprod, a, axis, dtype)


@export("experimental.numpy.diff")
def diff(a, n=1, axis=-1):
    """The differences of neighbours along an axis, `n` times over; of booleans, whether they differ.

    Raises:
      ValueError: if `n` is negative, the rank unknown or the axis out of bounds.
    """
    x: Any = as_array(a)
    rank = static_rank(x, "diff")
    if not -rank <= axis < rank:
        raise (IndexError if axis < 0 else ValueError)(f"The axis {axis} is out of bounds for an array of rank {rank}.")
    if n < 0:
        raise ValueError(f"The order n must be a non-negative integer, not {n}.")
    distance = math.not_equal if x.dtype is dtypes.bool else math.subtract
    before = [slice(None)] * (axis % rank)
    for _ in range(n):
        x = distance(x[(*before, slice(1, None))], x[(*before, slice(None, -1))])
    return x
