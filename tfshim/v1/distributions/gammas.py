"""The gamma distributions, and those made of them: exponential, beta and Dirichlet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim import namespaces
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.shapes import TensorShape
from tfshim.v1.distributions.distribution import (
    FULLY_REPARAMETERIZED,
    Distribution,
    ScalarEvent,
    graph_scope,
    parameter,
)
from tfshim.v1.distributions.divergence import register
from tfshim.v1.distributions.validation import after, kept, new_seed

tf: Any = namespaces.root()
v1: Any = namespaces.resolve("compat.v1")

_POSITIVE = "Concentration parameter must be positive."


@export("compat.v1.distributions.Gamma")
class Gamma(ScalarEvent):
    """Gamma distributions, of density proportional to x^(concentration - 1) exp(-rate x).

    Raises:
      ValueError: if the parameters have no floating type, or not the same.
    """

    concentration = parameter("concentration", "The shape parameter.")
    rate = parameter("rate", "The inverse of the scale.")
    _PARAMETERS: tuple[str, ...] = ("concentration", "rate")

    def __init__(self, concentration, rate, validate_args=False, allow_nan_stats=True, name="Gamma"):
        arguments = dict(locals())
        with graph_scope(name) as name:
            checks = [v1.assert_positive(x) for x in (concentration, rate)] if validate_args else []
            tensors = kept(("concentration", concentration), ("rate", rate), checks=checks)
            self._concentration, self._rate = tensors
        super().__init__(
            tensors[0].dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, arguments, tensors, name
        )

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        return tf.random.gamma([n], self.concentration, self.rate, self.dtype, seed)

    def _log_prob(self, x: Any) -> Any:
        x = self._valid(x)
        normalization = tf.math.lgamma(self.concentration) - self.concentration * tf.math.log(self.rate)
        return tf.math.xlogy(self.concentration - 1.0, x) - self.rate * x - normalization

    def _cdf(self, x: Any) -> Any:
        return tf.math.igamma(self.concentration, self.rate * self._valid(x))

    def _entropy(self) -> Any:
        concentration = self.concentration
        log_gamma = tf.math.lgamma(concentration) + (1.0 - concentration) * tf.math.digamma(concentration)
        return concentration - tf.math.log(self.rate) + log_gamma

    def _mean(self) -> Any:
        return self.concentration / self.rate

    def _variance(self) -> Any:
        return self.concentration / tf.square(self.rate)

    def _stddev(self) -> Any:
        return tf.sqrt(self.concentration) / self.rate

    def _mode(self) -> Any:
        mode = (self.concentration - 1.0) / self.rate
        if self.allow_nan_stats:
            return tf.where(self.concentration > 1.0, mode, self._undefined())
        message = "mode not defined when any concentration <= 1"
        return after([v1.assert_less(tf.ones([], self.dtype), self.concentration, message=message)], mode)

    def _valid(self, x: Any) -> Any:
        tf.debugging.assert_same_float_dtype([x], self.dtype)
        return after([v1.assert_positive(x)], x) if self.validate_args else x


@register(Gamma)
def _(a, b):
    lgamma = tf.math.lgamma
    return (
        (a.concentration - b.concentration) * tf.math.digamma(a.concentration)
        + lgamma(b.concentration)
        - lgamma(a.concentration)
        + b.concentration * tf.math.log(a.rate)
        - b.concentration * tf.math.log(b.rate)
        + a.concentration * (b.rate / a.rate - 1.0)
    )


@export("compat.v1.distributions.Exponential")
class Exponential(Gamma):
    """Exponential distributions, of density rate exp(-rate x)."""

    _PARAMETERS = ("rate",)

    def __init__(self, rate, validate_args=False, allow_nan_stats=True, name="Exponential"):
        arguments = dict(locals())
        with graph_scope(name) as name:
            rate = convert_to_tensor(rate, name="rate")
            one = tf.ones([], rate.dtype)
        super().__init__(one, rate, validate_args, allow_nan_stats, name or "Exponential")
        self._parameters = arguments

    def _log_survival_function(self, value: Any) -> Any:
        return self._log_prob(value) - tf.math.log(self.rate)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        # The logarithm of 0 is infinite.
        least = np.finfo(self.dtype.as_numpy_dtype).tiny
        shape = tf.concat([[n], tf.shape(self.rate)], 0)
        return -tf.math.log(tf.random.uniform(shape, least, 1.0, self.dtype, seed)) / self.rate


@export("compat.v1.distributions.Beta")
class Beta(ScalarEvent):
    """Beta distributions, of density proportional to x^(concentration1 - 1) (1 - x)^(concentration0 - 1).

    Raises:
      ValueError: if the parameters have no floating type, or not the same.
    """

    concentration1 = parameter("concentration1", "The parameter that draws towards 1.")
    concentration0 = parameter("concentration0", "The parameter that draws towards 0.")
    total_concentration = parameter("total_concentration", "The sum of the two.")
    _PARAMETERS = ("concentration1", "concentration0")

    def __init__(
        self, concentration1=None, concentration0=None, validate_args=False, allow_nan_stats=True, name="Beta"
    ):
        arguments = dict(locals())
        with graph_scope(name) as name:
            self._concentration1 = self._positive(concentration1, "concentration1", validate_args)
            self._concentration0 = self._positive(concentration0, "concentration0", validate_args)
            tf.debugging.assert_same_float_dtype(self._tensors())
            self._total_concentration = self._concentration1 + self._concentration0
        parents = [*self._tensors(), self._total_concentration]
        dtype = self._total_concentration.dtype
        super().__init__(dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, arguments, parents, name)

    def _positive(self, value: Any, name: str, validate: Any) -> Any:
        value = convert_to_tensor(value, name=name)
        return after([v1.assert_positive(value, message=_POSITIVE)], value) if validate else value

    def _valid(self, x: Any) -> Any:
        if not self.validate_args:
            return x
        one = tf.ones([], self.dtype)
        above = v1.assert_positive(x, message="sample must be positive")
        return after([above, v1.assert_less(x, one, message="sample must be less than `1`.")], x)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        ones = tf.ones_like(self.total_concentration)
        first = tf.random.gamma([n], ones * self.concentration1, dtype=self.dtype, seed=seed)
        seed = new_seed(seed, "beta")
        second = tf.random.gamma([n], ones * self.concentration0, dtype=self.dtype, seed=seed)
        return first / (first + second)

    def _log_prob(self, x: Any) -> Any:
        x = self._valid(x)
        unnormalized = tf.math.xlogy(self.concentration1 - 1.0, x) + (self.concentration0 - 1.0) * tf.math.log1p(-x)
        return unnormalized - self._log_normalization()

    def _log_normalization(self) -> Any:
        lgamma = tf.math.lgamma
        return lgamma(self.concentration1) + lgamma(self.concentration0) - lgamma(self.total_concentration)

    def _cdf(self, x: Any) -> Any:
        return tf.math.betainc(self.concentration1, self.concentration0, x)

    def _entropy(self) -> Any:
        digamma = tf.math.digamma
        return (
            self._log_normalization()
            - (self.concentration1 - 1.0) * digamma(self.concentration1)
            - (self.concentration0 - 1.0) * digamma(self.concentration0)
            + (self.total_concentration - 2.0) * digamma(self.total_concentration)
        )

    def _mean(self) -> Any:
        return self.concentration1 / self.total_concentration

    def _variance(self) -> Any:
        return self._mean() * (1.0 - self._mean()) / (1.0 + self.total_concentration)

    def _mode(self) -> Any:
        mode = (self.concentration1 - 1.0) / (self.total_concentration - 2.0)
        both = (self.concentration1, self.concentration0)
        if self.allow_nan_stats:
            return tf.where(tf.logical_and(both[0] > 1.0, both[1] > 1.0), mode, self._undefined())
        one = tf.ones([], self.dtype)
        message = "Mode undefined where a concentration is <= 1."
        return after([v1.assert_less(one, x, message=message) for x in both], mode)


@register(Beta)
def _(a, b):
    digamma = tf.math.digamma
    return (
        b._log_normalization()
        - a._log_normalization()
        - digamma(a.concentration1) * (b.concentration1 - a.concentration1)
        - digamma(a.concentration0) * (b.concentration0 - a.concentration0)
        + digamma(a.total_concentration) * (b.total_concentration - a.total_concentration)
    )


class VectorEvent(Distribution):
    """Distributions of vectors, as long as the last axis of `concentration`."""

    concentration = parameter("concentration", "One positive number for each class, on the last axis.")
    _variance_scale: Callable[[], Any]
    total_concentration = parameter("total_concentration", "The sum of the last axis of `concentration`.")

    def _batch_shape(self) -> TensorShape:
        return self.total_concentration.shape

    def _batch_shape_tensor(self) -> Any:
        return tf.shape(self.total_concentration)

    def _event_shape(self) -> TensorShape:
        return self.concentration.shape.with_rank_at_least(1)[-1:]

    def _event_shape_tensor(self) -> Any:
        return tf.shape(self.concentration)[-1:]

    def _covariance(self) -> Any:
        x = self._variance_scale() * self._mean()
        product = tf.matmul(x[..., tf.newaxis], x[..., tf.newaxis, :])
        return tf.linalg.set_diag(-product, self._variance())

    def _prob(self, x: Any) -> Any:
        return tf.exp(self._log_prob(x))


@export("compat.v1.distributions.Dirichlet")
class Dirichlet(VectorEvent):
    """Dirichlet distributions, of density proportional to the product of x[i]^(concentration[i] - 1)."""

    def __init__(self, concentration, validate_args=False, allow_nan_stats=True, name="Dirichlet"):
        arguments = dict(locals())
        with graph_scope(name) as name:
            tensor = convert_to_tensor(concentration, name="concentration")
            self._concentration = _valid_concentrations(tensor) if validate_args else tensor
            self._total_concentration = tf.reduce_sum(self._concentration, -1)
        parents = [self._concentration, self._total_concentration]
        super().__init__(tensor.dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, arguments, parents, name)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        gammas = tf.random.gamma([n], self.concentration, dtype=self.dtype, seed=seed)
        return gammas / tf.reduce_sum(gammas, -1, keepdims=True)

    def _log_prob(self, x: Any) -> Any:
        x = self._valid(x)
        unnormalized = tf.reduce_sum(tf.math.xlogy(self.concentration - 1.0, x), -1)
        return unnormalized - tf.math.lbeta(self.concentration)

    def _valid(self, x: Any) -> Any:
        if not self.validate_args:
            return x
        one = tf.ones([], self.dtype)
        above = v1.assert_positive(x, message="samples must be positive")
        message = "sample last-dimension must sum to `1`"
        return after([above, v1.assert_near(one, tf.reduce_sum(x, -1), message=message)], x)

    def _count(self) -> Any:
        return tf.cast(self.event_shape_tensor()[0], self.dtype)

    def _entropy(self) -> Any:
        digamma = tf.math.digamma
        total = (self.total_concentration - self._count()) * digamma(self.total_concentration)
        parts = tf.reduce_sum((self.concentration - 1.0) * digamma(self.concentration), -1)
        return tf.math.lbeta(self.concentration) + total - parts

    def _mean(self) -> Any:
        return self.concentration / self.total_concentration[..., tf.newaxis]

    def _variance_scale(self) -> Any:
        return tf.math.rsqrt(1.0 + self.total_concentration[..., tf.newaxis])

    def _variance(self) -> Any:
        scale = self._variance_scale()
        x = scale * self._mean()
        return x * (scale - x)

    def _mode(self) -> Any:
        mode = (self.concentration - 1.0) / (self.total_concentration[..., tf.newaxis] - self._count())
        if not self.allow_nan_stats:
            message = "Mode undefined when any concentration <= 1"
            return after([v1.assert_less(tf.ones([], self.dtype), self.concentration, message=message)], mode)
        nan = tf.fill(tf.shape(mode), np.array(np.nan, self.dtype.as_numpy_dtype))
        return tf.where(tf.reduce_all(self.concentration > 1.0, axis=-1), mode, nan)


def _valid_concentrations(value: Any) -> Any:
    checks = [
        v1.assert_positive(value, message=_POSITIVE),
        v1.assert_rank_at_least(value, 1, message="Concentration parameter must have >=1 dimensions."),
        v1.assert_less(1, tf.shape(value)[-1], message="Concentration parameter must have event_size >= 2."),
    ]
    return after(checks, value)


@register(Dirichlet)
def _(a, b):
    total = tf.math.digamma(tf.reduce_sum(a.concentration, axis=-1, keepdims=True))
    difference = (a.concentration - b.concentration) * (tf.math.digamma(a.concentration) - total)
    return tf.reduce_sum(difference, axis=-1) - tf.math.lbeta(a.concentration) + tf.math.lbeta(b.concentration)
