"""`tf.compat.v1.*_initializer`: initializers that carry a dtype and draw with stateful ops."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.api import linalg_decompositions, random
from tfshim.api.core import constant
from tfshim.api.creation import eye, ones, zeros
from tfshim.export import export
from tfshim.ops import op
from tfshim.shapes import as_shape

# The standard deviation of a normal distribution that is cut at two standard deviations.
_TRUNCATED_STDDEV = 0.87962566103423978


class Initializer:
    """Base class: `initializer(shape, dtype=None)` returns a tensor, of the initializer's own dtype by default."""

    dtype: dtypes.DType

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        raise NotImplementedError("initializers implement __call__")

    def get_config(self) -> dict[str, Any]:
        """The arguments from which `from_config` makes the same initializer."""
        names = [n for n in inspect.signature(type(self)).parameters if n != "verify_shape"]
        return {n: self.dtype.name if n == "dtype" else getattr(self, n) for n in names}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Initializer:
        """An initializer made from the result of `get_config`."""
        return cls(**config)

    def _dtype_or(self, dtype: Any) -> dtypes.DType:
        return self.dtype if dtype is None else dtypes.as_dtype(dtype)


def _real(dtype: Any) -> dtypes.DType:
    dtype = dtypes.as_dtype(dtype)
    if not dtype.is_floating:
        raise ValueError(f"dtype must be a floating type, not {dtype}")
    return dtype


@export("compat.v1.zeros_initializer", "compat.v1.initializers.zeros")
class Zeros(Initializer):
    """Zeros."""

    def __init__(self, dtype: Any = dtypes.float32):
        self.dtype = dtypes.as_dtype(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        return zeros(shape, self._dtype_or(dtype))


@export("compat.v1.ones_initializer", "compat.v1.initializers.ones")
class Ones(Initializer):
    """Ones."""

    def __init__(self, dtype: Any = dtypes.float32):
        self.dtype = dtypes.as_dtype(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        return ones(shape, self._dtype_or(dtype))


@export("compat.v1.constant_initializer", "compat.v1.initializers.constant")
class Constant(Initializer):
    """The number, list or array `value`. A list fills the shape, its last element being repeated in a graph.

    Raises TypeError for a `value` that is none of these and, with `verify_shape`, for a shape that is not that of
    `value`.
    """

    def __init__(self, value: Any = 0, dtype: Any = dtypes.float32, verify_shape: bool = False):
        if not (np.isscalar(value) or isinstance(value, (list, tuple, np.ndarray))):
            raise TypeError(
                f"value must be a number, a list, a tuple or an np.ndarray, not {value} of type {type(value).__name__}"
            )
        self.value = value
        self.dtype = dtypes.as_dtype(dtype)
        self._verify_shape = verify_shape

    def __call__(
        self, shape: Any, dtype: Any = None, partition_info: Any = None, verify_shape: bool | None = None
    ) -> Any:
        verify = self._verify_shape if verify_shape is None else verify_shape
        if verify and tuple(as_shape(shape)) != np.shape(self.value):
            raise TypeError(f"{self.value} has the shape {np.shape(self.value)}, not {as_shape(shape)}")
        return constant(self.value, dtype=self._dtype_or(dtype), shape=shape)


@export("compat.v1.random_uniform_initializer", "compat.v1.initializers.random_uniform")
class RandomUniform(Initializer):
    """Uniform in [minval, maxval)."""

    def __init__(self, minval: Any = 0.0, maxval: Any = None, seed: Any = None, dtype: Any = dtypes.float32):
        self.minval = minval
        self.maxval = maxval
        self.seed = seed
        self.dtype = dtypes.as_dtype(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        return random.uniform(shape, self.minval, self.maxval, self._dtype_or(dtype), seed=self.seed)


class _Normal(Initializer):
    _draw: Callable[..., Any]

    def __init__(self, mean: Any = 0.0, stddev: Any = 1.0, seed: Any = None, dtype: Any = dtypes.float32):
        self.mean = mean
        self.stddev = stddev
        self.seed = seed
        self.dtype = _real(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        return type(self)._draw(shape, self.mean, self.stddev, self._dtype_or(dtype), seed=self.seed)


@export("compat.v1.random_normal_initializer", "compat.v1.initializers.random_normal")
class RandomNormal(_Normal):
    """Normally distributed."""

    _draw = staticmethod(random.normal)


@export("compat.v1.truncated_normal_initializer", "compat.v1.initializers.truncated_normal")
class TruncatedNormal(_Normal):
    """Normally distributed, values beyond two standard deviations being drawn again."""

    _draw = staticmethod(random.truncated_normal)


@export("compat.v1.variance_scaling_initializer", "compat.v1.initializers.variance_scaling")
class VarianceScaling(Initializer):
    """Draws with a variance of `scale` / n, where n is the number of units that `mode` names.

    Args:
      scale: positive.
      mode: "fan_in", "fan_out" or "fan_avg".
      distribution: "normal" (or "truncated_normal"), "untruncated_normal" or "uniform".
      seed: op seed.
      dtype: a floating type.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        dtype: Any = dtypes.float32,
    ):
        if scale <= 0.0:
            raise ValueError(f"scale must be positive, not {scale}")
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(f"mode must be 'fan_in', 'fan_out' or 'fan_avg', not {mode!r}")
        if distribution.lower() not in ("normal", "uniform", "truncated_normal", "untruncated_normal"):
            raise ValueError(
                "distribution must be 'normal', 'uniform', 'truncated_normal' or 'untruncated_normal', "
                f"not {distribution!r}"
            )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution.lower()
        self.seed = seed
        self.dtype = _real(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        fan_in, fan_out = _fans(partition_info.full_shape if partition_info is not None else shape)
        count = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}[self.mode]
        variance = self.scale / max(1.0, count)
        dtype = self._dtype_or(dtype)
        if self.distribution in ("normal", "truncated_normal"):
            return random.truncated_normal(shape, 0.0, math.sqrt(variance) / _TRUNCATED_STDDEV, dtype, seed=self.seed)
        if self.distribution == "untruncated_normal":
            return random.normal(shape, 0.0, math.sqrt(variance), dtype, seed=self.seed)
        limit = math.sqrt(3.0 * variance)
        return random.uniform(shape, -limit, limit, dtype, seed=self.seed)


def _fans(shape: Any) -> tuple[int, int]:
    """How many units feed one unit of a layer with weights of this shape, and how many one unit feeds."""
    sizes: Sequence[Any] = as_shape(shape).as_list()
    if len(sizes) < 2:
        return (sizes[0],) * 2 if sizes else (1, 1)
    receptive = math.prod(sizes[:-2])
    return sizes[-2] * receptive, sizes[-1] * receptive


@export("compat.v1.glorot_uniform_initializer", "compat.v1.initializers.glorot_uniform")
class GlorotUniform(VarianceScaling):
    """Uniform, with the variance of Glorot and Bengio."""

    def __init__(self, seed: Any = None, dtype: Any = dtypes.float32):
        super().__init__(1.0, "fan_avg", "uniform", seed, dtype)


@export("compat.v1.glorot_normal_initializer", "compat.v1.initializers.glorot_normal")
class GlorotNormal(VarianceScaling):
    """Truncated normal, with the variance of Glorot and Bengio."""

    def __init__(self, seed: Any = None, dtype: Any = dtypes.float32):
        super().__init__(1.0, "fan_avg", "truncated_normal", seed, dtype)


def _fan_in_initializer(name: str, scale: float, distribution: str) -> None:
    def make(seed: Any = None) -> VarianceScaling:
        return VarianceScaling(scale, "fan_in", distribution, seed)

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"A `VarianceScaling` initializer with scale {scale:g} over the inputs, {distribution}."
    export(f"compat.v1.initializers.{name}")(make)


for _name, _scale in (("he", 2.0), ("lecun", 1.0)):
    _fan_in_initializer(f"{_name}_normal", _scale, "truncated_normal")
    _fan_in_initializer(f"{_name}_uniform", _scale, "uniform")


@export("compat.v1.orthogonal_initializer", "compat.v1.initializers.orthogonal")
class Orthogonal(Initializer):
    """`gain` times an orthogonal matrix, in the shape asked for (of two dimensions at least)."""

    def __init__(self, gain: float = 1.0, seed: Any = None, dtype: Any = dtypes.float32):
        self.gain = gain
        self.seed = seed
        self.dtype = _real(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        sizes = as_shape(shape).as_list()
        if len(sizes) < 2:
            raise ValueError(f"an orthogonal matrix needs a shape of two dimensions at least, not {shape}")
        rows, columns = math.prod(sizes[:-1]), sizes[-1]
        flat = (max(rows, columns), min(rows, columns))
        q, r = linalg_decompositions.qr(random.normal(flat, dtype=self._dtype_or(dtype), seed=self.seed))
        # The signs of the diagonal make the distribution uniform.
        q = q * op("Sign")(op("MatrixDiagPart")(r))
        if rows < columns:
            q = op("Transpose")(q, [1, 0])
        return self.gain * op("Reshape")(q, sizes)


@export("compat.v1.initializers.identity")
class Identity(Initializer):
    """`gain` times the identity matrix, or a part of it; ValueError for a shape that is not of two dimensions."""

    def __init__(self, gain: float = 1.0, dtype: Any = dtypes.float32):
        self.gain = gain
        self.dtype = _real(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        whole = as_shape(shape if partition_info is None else partition_info.full_shape).as_list()
        if len(whole) != 2:
            raise ValueError(f"an identity matrix needs a shape of two dimensions, not {whole}")
        matrix = eye(whole[0], whole[1], dtype=self._dtype_or(dtype))
        if partition_info is not None:
            matrix = op("Slice")(matrix, partition_info.var_offset, as_shape(shape).as_list())
        return self.gain * matrix


for _cls in list(globals().values()):
    if isinstance(_cls, type) and issubclass(_cls, Initializer):
        _cls.__module__ = "tensorflow.python.ops.init_ops"
