"""`tf.*_initializer`: callables that make the initial value of a variable."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.api import random
from tfshim.api.core import constant
from tfshim.api.creation import ones, zeros
from tfshim.export import export

_PARTITION_SHAPE = "partition_shape"
_PARTITION_OFFSET = "partition_offset"


class Initializer:
    """Base class: `initializer(shape, dtype)` returns a tensor; `get_config` tells how it was made."""

    def __call__(self, shape, dtype=None, **kwargs):
        raise NotImplementedError("Initializer subclasses must implement the `__call__()` method.")

    def get_config(self):
        """Returns the arguments from which `from_config` makes the same initializer."""
        return {}

    @classmethod
    def from_config(cls, config):
        """Returns an initializer made from the result of `get_config`."""
        config.pop("dtype", None)
        return cls(**config)

    def _part(self, shape: Any, kwargs: dict[str, Any], supported: bool = True) -> Any:
        """The shape to make: that of one part of a partitioned variable if keyword arguments say so."""
        for name in kwargs:
            if name not in (_PARTITION_SHAPE, _PARTITION_OFFSET):
                raise TypeError(
                    f"Keyword argument should be one of {[_PARTITION_SHAPE, _PARTITION_OFFSET]}. Received: {name}"
                )
            if not supported:
                raise ValueError(f"{type(self).__name__} initializer doesn't support partition-related arguments")
        return kwargs.get(_PARTITION_SHAPE, shape)


def _numeric(dtype: Any) -> dtypes.DType:
    dtype = dtypes.as_dtype(dtype)
    if not dtype.is_numpy_compatible or dtype == dtypes.string:
        raise ValueError(f"Argument `dtype` expected to be numeric or boolean. Received {dtype}.")
    return dtype


@export("zeros_initializer")
class Zeros(Initializer):
    """Zeros of any numeric dtype (float32 unless given)."""

    def __call__(self, shape, dtype=dtypes.float32, **kwargs):
        return zeros(self._part(shape, kwargs), _numeric(dtype))


@export("ones_initializer")
class Ones(Initializer):
    """Ones of any numeric dtype (float32 unless given)."""

    def __call__(self, shape, dtype=dtypes.float32, **kwargs):
        return ones(self._part(shape, kwargs), _numeric(dtype))


@export("constant_initializer")
class Constant(Initializer):
    """The number, list or NumPy array `value`; of the dtype of `value` unless one is given."""

    def __init__(self, value=0, support_partition=False):
        if not (np.isscalar(value) or isinstance(value, (list, tuple, np.ndarray))):
            raise TypeError(
                f"Invalid type for initial value: {type(value).__name__}. Expected Python scalar, list or "
                "tuple of values, or numpy.ndarray."
            )
        self.value = value
        self.support_partition = support_partition

    def __call__(self, shape, dtype=None, **kwargs):
        self._part(shape, kwargs, self.support_partition)
        return constant(self.value, dtype=None if dtype is None else dtypes.as_dtype(dtype), shape=shape)

    def get_config(self):
        """Returns `value`."""
        return {"value": self.value}


@export("random_uniform_initializer")
class RandomUniform(Initializer):
    """Uniform in [minval, maxval); always the same numbers if `seed` is given."""

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        self.minval = minval
        self.maxval = maxval
        self.seed = seed

    def __call__(self, shape, dtype=dtypes.float32, **kwargs):
        shape = self._part(shape, kwargs)
        dtype = dtypes.as_dtype(dtype)
        if not (dtype.is_floating or dtype.is_integer):
            raise ValueError(f"Argument `dtype` expected to be numeric or boolean. Received {dtype}.")
        if self.seed is None:
            return random.uniform(shape, self.minval, self.maxval, dtype)
        return random.stateless_uniform(shape, [self.seed, 0], self.minval, self.maxval, dtype)

    def get_config(self):
        """Returns `minval`, `maxval` and `seed`."""
        return {"minval": self.minval, "maxval": self.maxval, "seed": self.seed}


@export("random_normal_initializer")
class RandomNormal(Initializer):
    """Normally distributed; always the same numbers if `seed` is given."""

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        self.mean = mean
        self.stddev = stddev
        self.seed = seed

    def __call__(self, shape, dtype=dtypes.float32, **kwargs):
        shape = self._part(shape, kwargs)
        dtype = dtypes.as_dtype(dtype)
        if not dtype.is_floating:
            raise ValueError(f"Argument `dtype` is expected to be floating point. Received: {dtype}.")
        if self.seed is None:
            return random.normal(shape, self.mean, self.stddev, dtype)
        return random.stateless_normal(shape, [self.seed, 0], self.mean, self.stddev, dtype)

    def get_config(self):
        """Returns `mean`, `stddev` and `seed`."""
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed}
