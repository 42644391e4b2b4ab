"""Distributions over the whole line, given by a place and a width; and the uniform one."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim import namespaces
from tfshim.export import export
from tfshim.v1.distributions.distribution import FULLY_REPARAMETERIZED, ScalarEvent, graph_scope, parameter
from tfshim.v1.distributions.divergence import register
from tfshim.v1.distributions.standard_normal import log_ndtr, ndtr
from tfshim.v1.distributions.validation import after, kept, new_seed

tf: Any = namespaces.root()
v1: Any = namespaces.resolve("compat.v1")


class _Continuous(ScalarEvent):
    """What those of this file have in common: samples that are functions of the parameters."""

    def _make(self, validate_args: Any, allow_nan_stats: Any, arguments: dict[str, Any], name: str | None) -> None:
        tensors = self._tensors()
        super().__init__(
            tensors[-1].dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, arguments, tensors, name
        )


class _LocationScale(_Continuous):
    loc = parameter("loc", "The place of the distributions.")
    scale = parameter("scale", "The width of the distributions.")
    _PARAMETERS = ("loc", "scale")
    _log_unnormalized_prob: Callable[[Any], Any]
    _log_normalization: Callable[[], Any]

    def __init__(self, loc, scale, validate_args, allow_nan_stats, arguments, name):
        with graph_scope(name) as name:
            checks = [v1.assert_positive(scale)] if validate_args else []
            self._loc, self._scale = kept(("loc", loc), ("scale", scale), checks=checks)
        self._make(validate_args, allow_nan_stats, arguments, name)

    def _z(self, x: Any) -> Any:
        return (x - self.loc) / self.scale

    def _log_prob(self, x: Any) -> Any:
        return self._log_unnormalized_prob(x) - self._log_normalization()


@export("compat.v1.distributions.Normal")
class Normal(_LocationScale):
    """Normal distributions of mean `loc` and standard deviation `scale`.

    Raises:
      ValueError: if the parameters have no floating type, or not the same.
    """

    def __init__(self, loc, scale, validate_args=False, allow_nan_stats=True, name="Normal"):
        super().__init__(loc, scale, validate_args, allow_nan_stats, dict(locals()), name)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        draws = tf.random.normal(self._draws_shape(n), dtype=self.loc.dtype, seed=seed)
        return draws * self.scale + self.loc

    def _log_unnormalized_prob(self, x: Any) -> Any:
        return -0.5 * tf.square(self._z(x))

    def _log_normalization(self) -> Any:
        return 0.5 * math.log(2.0 * math.pi) + tf.math.log(self.scale)

    def _log_cdf(self, x: Any) -> Any:
        return log_ndtr(self._z(x))

    def _cdf(self, x: Any) -> Any:
        return ndtr(self._z(x))

    def _log_survival_function(self, x: Any) -> Any:
        return log_ndtr(-self._z(x))

    def _survival_function(self, x: Any) -> Any:
        return ndtr(-self._z(x))

    def _quantile(self, p: Any) -> Any:
        # The ends are infinite, and have no gradient.
        inside = (p > 0) & (p < 1)
        ends = tf.stop_gradient(tf.math.ndtri(p))
        return tf.where(inside, tf.math.ndtri(tf.where(inside, p, 0.5)), ends) * self.scale + self.loc

    def _entropy(self) -> Any:
        return 0.5 * math.log(2.0 * math.pi * math.e) + tf.math.log(self.scale * tf.ones_like(self.loc))

    def _mean(self) -> Any:
        return self.loc * tf.ones_like(self.scale)

    def _stddev(self) -> Any:
        return self.scale * tf.ones_like(self.loc)

    def _mode(self) -> Any:
        return self._mean()


@register(Normal)
def _(a, b):
    ratio = tf.square(a.scale) / tf.square(b.scale)
    distance = tf.math.squared_difference(a.loc, b.loc) / (2 * tf.square(b.scale))
    return distance + 0.5 * (ratio - 1 - tf.math.log(ratio))


@export("compat.v1.distributions.Laplace")
class Laplace(_LocationScale):
    """Laplace distributions, of density exp(-|x - loc| / scale) / (2 scale).

    Raises:
      ValueError: if the parameters have no floating type, or not the same.
    """

    def __init__(self, loc, scale, validate_args=False, allow_nan_stats=True, name="Laplace"):
        super().__init__(loc, scale, validate_args, allow_nan_stats, dict(locals()), name)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        number = self.dtype.as_numpy_dtype
        # -1 itself would be an infinite draw.
        least = np.nextafter(number(-1.0), number(0.0))
        draws = tf.random.uniform(self._draws_shape(n), least, 1.0, self.dtype, seed)
        return self.loc - self.scale * tf.sign(draws) * tf.math.log1p(-tf.abs(draws))

    def _log_unnormalized_prob(self, x: Any) -> Any:
        return -tf.abs(self._z(x))

    def _log_normalization(self) -> Any:
        return math.log(2.0) + tf.math.log(self.scale)

    def _cdf(self, x: Any) -> Any:
        z = self._z(x)
        return 0.5 + 0.5 * tf.sign(z) * (1.0 - tf.exp(-tf.abs(z)))

    def _log_cdf(self, x: Any) -> Any:
        return _log_laplace_cdf(self._z(x))

    def _log_survival_function(self, x: Any) -> Any:
        return _log_laplace_cdf(-self._z(x))

    def _entropy(self) -> Any:
        return math.log(2.0) + 1.0 + tf.math.log(self.scale + tf.zeros_like(self.loc))

    def _mean(self) -> Any:
        return self.loc + tf.zeros_like(self.scale)

    def _stddev(self) -> Any:
        return math.sqrt(2.0) * self.scale + tf.zeros_like(self.loc)

    def _mode(self) -> Any:
        return self._mean()


def _log_laplace_cdf(z: Any) -> Any:
    return tf.where(z < 0.0, -math.log(2.0) + z, tf.math.log1p(-0.5 * tf.exp(-tf.abs(z))))


@export("compat.v1.distributions.StudentT")
class StudentT(_Continuous):
    """Student's distributions with `df` degrees of freedom, moved by `loc` and stretched by `scale`.

    Raises:
      ValueError: if the parameters have no floating type, or not the same.
    """

    df = parameter("df", "The degrees of freedom.")
    loc = parameter("loc", "The place of the distributions.")
    scale = parameter("scale", "The factor by which they are stretched.")
    _PARAMETERS = ("df", "loc", "scale")

    def __init__(self, df, loc, scale, validate_args=False, allow_nan_stats=True, name="StudentT"):
        arguments = dict(locals())
        with graph_scope(name) as name:
            checks = [v1.assert_positive(df)] if validate_args else []
            self._df, self._loc, self._scale = kept(("df", df), ("loc", loc), ("scale", scale), checks=checks)
        self._make(validate_args, allow_nan_stats, arguments, name)

    def _ones(self) -> Any:
        return tf.ones(self.batch_shape_tensor(), self.dtype)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        normal = tf.random.normal(self._draws_shape(n), dtype=self.dtype, seed=seed)
        df = self.df * self._ones()
        gamma = tf.random.gamma([n], 0.5 * df, 0.5, self.dtype, new_seed(seed, "student_t"))
        return normal * tf.math.rsqrt(gamma / df) * self.scale + self.loc

    def _log_prob(self, x: Any) -> Any:
        y = (x - self.loc) / self.scale
        lgamma = tf.math.lgamma
        normalization = tf.math.log(tf.abs(self.scale)) + 0.5 * tf.math.log(self.df) + 0.5 * math.log(math.pi)
        normalization = normalization + lgamma(0.5 * self.df) - lgamma(0.5 * (self.df + 1.0))
        return -0.5 * (self.df + 1.0) * tf.math.log1p(y**2.0 / self.df) - normalization

    def _cdf(self, x: Any) -> Any:
        y = (x - self.loc) / tf.abs(self.scale)
        below = 0.5 * tf.math.betainc(0.5 * self.df, tf.constant(0.5, self.dtype), self.df / (y**2.0 + self.df))
        return tf.where(y < 0.0, below, 1.0 - below)

    def _entropy(self) -> Any:
        ones = self._ones()[..., tf.newaxis]
        beta = tf.math.lbeta(tf.concat([ones * self.df[..., tf.newaxis], ones], -1) / 2.0)
        digamma = tf.math.digamma
        slope = digamma(0.5 * (self.df + 1.0)) - digamma(0.5 * self.df)
        width = tf.math.log(tf.abs(self.scale)) + 0.5 * tf.math.log(self.df)
        return width + beta + 0.5 * (self.df + 1.0) * slope

    def _mean(self) -> Any:
        return self._where_heavier_than(1.0, self.loc * self._ones(), "mean")

    def _variance(self) -> Any:
        denominator = tf.where(self.df > 2.0, self.df - 2.0, tf.ones_like(self.df))
        finite = self._ones() * tf.square(self.scale) * self.df / denominator
        infinite = tf.fill(self.batch_shape_tensor(), np.array(np.inf, self.dtype.as_numpy_dtype))
        return self._where_heavier_than(1.0, tf.where(self.df > 2.0, finite, infinite), "variance")

    def _where_heavier_than(self, least: float, values: Any, what: str) -> Any:
        if self.allow_nan_stats:
            return tf.where(self.df > least, values, self._undefined())
        message = f"{what} not defined for components of df <= 1"
        return after([v1.assert_less(tf.ones([], self.dtype), self.df, message=message)], values)

    def _mode(self) -> Any:
        return tf.identity(self.loc)


@export("compat.v1.distributions.Uniform")
class Uniform(_Continuous):
    """Uniform distributions over the numbers from `low` up to, but without, `high`.

    Raises:
      ValueError: if the parameters have no floating type, or not the same.
    """

    low = parameter("low", "The least number.")
    high = parameter("high", "The number that all are below.")
    _PARAMETERS = ("low", "high")

    def __init__(self, low=0.0, high=1.0, validate_args=False, allow_nan_stats=True, name="Uniform"):
        arguments = dict(locals())
        with graph_scope(name) as name:
            message = "uniform not defined when low >= high."
            checks = [v1.assert_less(low, high, message=message)] if validate_args else []
            self._low, self._high = kept(("low", low), ("high", high), checks=checks)
        self._make(validate_args, allow_nan_stats, arguments, name)

    def range(self, name="range"):
        """`high - low`."""
        with self._name_scope(name):
            return self.high - self.low

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        return self.low + self.range() * tf.random.uniform(self._draws_shape(n), dtype=self.dtype, seed=seed)

    def _prob(self, x: Any) -> Any:
        x = x * tf.ones(self.batch_shape_tensor(), x.dtype)
        outside = tf.logical_or(x < self.low, x >= self.high)
        density = tf.where(outside, tf.zeros_like(x), tf.ones_like(x) / self.range())
        return tf.where(tf.math.is_nan(x), x, density)

    def _cdf(self, x: Any) -> Any:
        shape = tf.broadcast_dynamic_shape(tf.shape(x), self.batch_shape_tensor())
        ones = tf.ones(shape, self.dtype)
        within = tf.where(x < self.low, tf.zeros_like(ones), (x * ones - self.low) / self.range())
        return tf.where(x >= self.high, ones, within)

    def _entropy(self) -> Any:
        return tf.math.log(self.range())

    def _mean(self) -> Any:
        return (self.low + self.high) / 2.0

    def _variance(self) -> Any:
        return tf.square(self.range()) / 12.0

    def _stddev(self) -> Any:
        return self.range() / math.sqrt(12.0)
