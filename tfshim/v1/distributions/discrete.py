"""Distributions of one outcome out of two, or out of several."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim import dtypes, namespaces
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.shapes import TensorShape
from tfshim.v1.distributions.distribution import NOT_REPARAMETERIZED, ScalarEvent, graph_scope, parameter
from tfshim.v1.distributions.divergence import register
from tfshim.v1.distributions.validation import categorical, event, logits_and_probs

tf: Any = namespaces.root()


@export("compat.v1.distributions.Bernoulli")
class Bernoulli(ScalarEvent):
    """Bernoulli distributions: 1 with the probability `probs`, which is `sigmoid(logits)`, else 0.

    Raises:
      ValueError: unless exactly one of `logits` and `probs` is given.
      TypeError: if it has no floating type.
    """

    logits = parameter("logits", "The logarithms of the odds of a 1.")
    probs = parameter("probs", "The probabilities of a 1.")
    _PARAMETERS = ("logits",)

    def __init__(
        self,
        logits=None,
        probs=None,
        dtype=dtypes.int32,
        validate_args=False,
        allow_nan_stats=True,
        name="Bernoulli",
    ):
        arguments = dict(locals())
        with graph_scope(name) as name:
            self._logits, self._probs = logits_and_probs(logits, probs, False, validate_args, name)
        parents = [self._logits, self._probs]
        super().__init__(
            dtypes.as_dtype(dtype), NOT_REPARAMETERIZED, validate_args, allow_nan_stats, arguments, parents, name
        )

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        uniform = tf.random.uniform(self._draws_shape(n), seed=seed, dtype=self.probs.dtype)
        return tf.cast(uniform < self.probs, self.dtype)

    def _log_prob(self, value: Any) -> Any:
        if self.validate_args:
            value = event(value, dtypes.bool, 1)
        value = tf.cast(value, self.logits.dtype)
        logits = tf.ones_like(value) * self.logits
        value = tf.ones_like(self.logits) * value
        return -tf.nn.sigmoid_cross_entropy_with_logits(labels=value, logits=logits)

    def _entropy(self) -> Any:
        return -self.logits * (tf.sigmoid(self.logits) - 1) + tf.nn.softplus(-self.logits)

    def _mean(self) -> Any:
        return tf.identity(self.probs)

    def _variance(self) -> Any:
        return self._mean() * (1.0 - self.probs)

    def _mode(self) -> Any:
        return tf.cast(self.probs > 0.5, self.dtype)


@register(Bernoulli)
def _(a, b):
    softplus = tf.nn.softplus
    of_0 = softplus(-b.logits) - softplus(-a.logits)
    of_1 = softplus(b.logits) - softplus(a.logits)
    return tf.sigmoid(a.logits) * of_0 + tf.sigmoid(-a.logits) * of_1


@export("compat.v1.distributions.Categorical")
class Categorical(ScalarEvent):
    """Distributions over the classes 0, 1, ...: as many as the last axis of `logits` or `probs` is long.

    Raises:
      ValueError: unless exactly one of `logits` and `probs` is given.
      TypeError: if it has no floating type.
    """

    logits = parameter("logits", "The logarithms of the probabilities, up to a constant; classes on the last axis.")
    probs = parameter("probs", "The probabilities; classes on the last axis.")
    event_size = parameter("event_size", "The number of classes, an int32 scalar.")

    def __init__(
        self,
        logits=None,
        probs=None,
        dtype=dtypes.int32,
        validate_args=False,
        allow_nan_stats=True,
        name="Categorical",
    ):
        arguments = dict(locals())
        with graph_scope(name) as name:
            self._logits, self._probs = logits_and_probs(logits, probs, True, validate_args, name)
            if validate_args:
                self._logits = categorical(self._logits)
            known = self._logits.shape.with_rank_at_least(1)
            size = known[-1] if known.rank is not None else None
            self._event_size = tf.shape(self._logits)[-1] if size is None else tf.constant(size, dtypes.int32)
        parents = [self._logits, self._probs]
        super().__init__(
            dtypes.as_dtype(dtype), NOT_REPARAMETERIZED, validate_args, allow_nan_stats, arguments, parents, name
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Any]:  # type: ignore[override]
        raise NotImplementedError("_param_shapes not implemented")

    def _batch_shape(self) -> TensorShape:
        return self.logits.shape[:-1]

    def _batch_shape_tensor(self) -> Any:
        return tf.shape(self.logits)[:-1]

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        rows = self.logits
        if rows.shape.rank != 2:
            rows = tf.reshape(rows, [-1, self.event_size])
        dtype = dtypes.int64 if self.dtype.size > 4 else dtypes.int32
        draws = tf.random.categorical(rows, n, dtype, seed)
        return tf.cast(tf.reshape(tf.transpose(draws), self._draws_shape(n)), self.dtype)

    def _matched(self, value: Any, parameters: Any) -> tuple[Any, Any]:
        """Classes and parameters, broadcast against each other."""
        value = convert_to_tensor(value, name="k")
        if self.validate_args:
            value = event(value, dtypes.int32, np.iinfo(np.int32).max)
        if value.dtype.is_floating:
            value = tf.cast(value, dtypes.int32)
        elif not value.dtype.is_integer:
            raise TypeError(f"`value` should have integer `dtype` or `self.dtype` ({self.dtype})")
        batch = parameters.shape[:-1]
        if batch.is_fully_defined() and value.shape.is_fully_defined() and batch == value.shape:
            return value, parameters
        parameters *= tf.ones_like(value[..., tf.newaxis], dtype=parameters.dtype)
        value *= tf.ones(tf.shape(parameters)[:-1], value.dtype)
        if parameters.shape.rank is not None:
            value.set_shape(parameters.shape[:-1])
        return value, parameters

    def _log_prob(self, k: Any) -> Any:
        k, logits = self._matched(k, self.logits)
        return -tf.nn.sparse_softmax_cross_entropy_with_logits(labels=k, logits=logits)

    def _cdf(self, k: Any) -> Any:
        k, probs = self._matched(k, self.probs)
        below = tf.sequence_mask(k, self.event_size)
        return tf.reduce_sum(tf.where(below, probs, tf.zeros_like(probs)), axis=-1)

    def _entropy(self) -> Any:
        return -tf.reduce_sum(tf.nn.log_softmax(self.logits) * self.probs, axis=-1)

    def _mode(self) -> Any:
        mode = tf.cast(tf.argmax(self.logits, axis=-1), self.dtype)
        mode.set_shape(self.batch_shape)
        return mode


@register(Categorical)
def _(a, b):
    difference = tf.nn.log_softmax(a.logits) - tf.nn.log_softmax(b.logits)
    return tf.reduce_sum(tf.nn.softmax(a.logits) * difference, axis=-1)
