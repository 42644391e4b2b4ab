"""Random numbers from the process's seed: `tf.experimental.numpy.random`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.api import random
from tfshim.api.array import broadcast_static_shape
from tfshim.export import export
from tfshim.numpy_api.arrays import as_array, isscalar, requested, result_type


def _shape(size: Any) -> Any:
    if size is None:
        return ()
    return (size,) if isscalar(size) else size


@export("experimental.numpy.random.seed")
def seed(s):
    """Sets the seed from which all later random numbers follow: `tf.random.set_seed`.

    Raises:
      ValueError: if `s` is no integer.
    """
    try:
        value = int(s)
    except TypeError:
        raise ValueError(f"A seed is an integer: got {s!r}.") from None
    random.set_seed(value)


@export("experimental.numpy.random.standard_normal")
def standard_normal(size=None):
    """Numbers of the standard normal distribution, as the default float."""
    return random.normal(_shape(size), dtype=result_type(float))


@export("experimental.numpy.random.randn")
def randn(*args):
    """Numbers of the standard normal distribution, of the shape `args`."""
    return standard_normal(size=args)


@export("experimental.numpy.random.uniform")
def uniform(low=0.0, high=1.0, size=None):
    """Numbers equally distributed in [low, high), as the default float."""
    dtype = result_type(float)
    low, high = as_array(low, dtype), as_array(high, dtype)
    if size is None:
        size = broadcast_static_shape(low.shape, high.shape)
    return random.uniform(size, low, high, dtype)


@export("experimental.numpy.random.random")
def random_(size=None):
    """Numbers equally distributed in [0, 1); `size` is a sequence."""
    return uniform(0.0, 1.0, size)


random_.__name__ = random_.__qualname__ = "random"


@export("experimental.numpy.random.rand")
def rand(*size):
    """Numbers equally distributed in [0, 1), of the shape `size`."""
    return uniform(0.0, 1.0, size)


@export("experimental.numpy.random.poisson")
def poisson(lam=1.0, size=None):
    """Integers of the Poisson distribution with the mean `lam`."""
    return random.poisson(_shape(size), lam, dtype=dtypes.int64)


@export("experimental.numpy.random.randint")
def randint(low, high=None, size=None, dtype=np.int64):
    """Integers equally distributed in [low, high), or in [0, low) if there is no `high`.

    Raises:
      ValueError: unless `dtype` is int32 or int64.
    """
    low = int(low)
    if high is None:
        low, high = 0, low
    if size is None:
        size = ()
    elif isinstance(size, int):
        size = (size,)
    kind = requested(dtype)
    if kind not in (dtypes.int32, dtypes.int64):
        raise ValueError(f"Random integers are of type int32 or int64, not {dtype!r}.")
    return random.uniform(size, low, high, kind)
