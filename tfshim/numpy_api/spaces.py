"""Ranges of numbers and grids of them."""

from __future__ import annotations

import numpy as np

from tfshim import convert, dtypes
from tfshim.api import creation, math
from tfshim.api.casting import cast
from tfshim.export import export
from tfshim.numpy_api.arrays import as_array, requested, result_type
from tfshim.numpy_api.elementwise import _unary, number, real, sign
from tfshim.numpy_api.manipulation import moveaxis
from tfshim.numpy_api.settings import default_float, settings


@export("experimental.numpy.arange")
def arange(start, stop=None, step=1, dtype=None):
    """The numbers from `start` on in steps, before `stop`; from 0 to `start` if there is no `stop`.

    Raises:
      ValueError: if `step` is zero.
    """
    if not step:
        raise ValueError("step must be non-zero.")
    bounds = (start, step) if stop is None else (start, step, stop)
    dtype = requested(dtype) or result_type(*bounds)
    first, last = (0, start) if stop is None else (start, stop)
    if (step > 0 and first > last) or (step < 0 and first < last):
        return creation.zeros([0], dtype)
    return cast(creation.range(start, stop, step), dtype)


@export("experimental.numpy.linspace")
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=float, axis=0):
    """`num` numbers at equal distances from `start` to `stop`.

    Args:
      start, stop: numbers or arrays.
      num: how many.
      endpoint: whether `stop` is the last of them.
      retstep: if the distance is returned too.
      dtype: unless it is None the result has the type of `start` and `stop` as floats, as in TensorFlow with NumPy 2.
      axis: the axis of the result along which the numbers lie.

    Raises:
      ValueError: if `num` is negative.
    """
    if dtype:
        dtype = result_type(start * 1.0, stop * 1.0)
    start, stop = as_array(start, dtype or None), as_array(stop, dtype or None)
    if num < 0:
        raise ValueError(f"The number of samples, num, must be a non-negative integer, not {num}.")
    intervals = num - 1 if endpoint else num
    step = (stop - start) / intervals if intervals > 0 else convert.convert_to_tensor(np.nan)
    if not endpoint and num > 1:
        stop = cast(stop, step.dtype) - step
        start = cast(start, stop.dtype)
    result = creation.linspace(start, stop, num, axis=axis)
    if dtype:
        result = cast(result, dtype)
    return (result, step) if retstep else result


@export("experimental.numpy.logspace")
def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    """`base` to the power of `linspace(start, stop, ...)`; of the type of the bounds as floats."""
    exponents = linspace(start, stop, num=num, endpoint=endpoint, axis=axis)
    return math.pow(number(base, exponents), exponents)


@export("experimental.numpy.geomspace")
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """`num` numbers from `start` to `stop`, each the same multiple of the one before.

    Both bounds may be negative.
    """
    kind = dtypes.as_dtype(dtype) if dtype else result_type(start, stop, float(num), default_float())
    if settings.weak:
        # However wide the type of real results: only the logarithms are float64 again.
        working = dtypes.complex128 if kind.is_complex else dtypes.float32
    else:
        working = result_type(np.promote_types(kind.as_numpy_dtype, np.float32))
    start, stop = as_array(start, working), as_array(stop, working)
    one = number(1, real(start))
    both_negative = (one - sign(real(start))) * (one - sign(real(stop)))
    # Each factor is 0, 1 or 2: the product is 4 where both bounds are negative, and 1 where both are zero.
    flip = one - both_negative // number(2, one)
    logarithm = _unary["log10"]
    result = flip * logspace(logarithm(flip * start), logarithm(flip * stop), num, endpoint=endpoint)
    if axis != 0:
        result = moveaxis(result, 0, axis)
    return cast(result, kind) if dtype or not settings.weak else result


@export("experimental.numpy.meshgrid")
def meshgrid(*xi, **kwargs):
    """The coordinates of a grid of vectors: an array for each, of as many dimensions as there are vectors.

    Args:
      *xi: vectors.
      **kwargs: `indexing="xy"` (the first two axes swapped) or `"ij"`.

    Raises:
      ValueError: for `sparse=True` or `copy=False`.
    """
    for name, only in (("sparse", False), ("copy", True)):
        if bool(kwargs.get(name, only)) is not only:
            raise ValueError(f"meshgrid knows {name}={only} only: got {name}={kwargs[name]}.")
    indexing = kwargs.get("indexing", "xy")
    if indexing not in ("xy", "ij"):
        raise ValueError(f"The indexing of meshgrid is 'xy' or 'ij', not {indexing!r}.")
    return creation.meshgrid(*[as_array(x) for x in xi], indexing=indexing)
