"""Distributions of how often each class comes in a number of draws."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes, namespaces
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.shapes import TensorShape
from tfshim.v1.distributions import validation
from tfshim.v1.distributions.distribution import NOT_REPARAMETERIZED, Distribution, graph_scope, parameter
from tfshim.v1.distributions.gammas import VectorEvent

tf: Any = namespaces.root()
v1: Any = namespaces.resolve("compat.v1")


def _total(total_count: Any, validate: Any) -> Any:
    total = convert_to_tensor(total_count, name="total_count")
    return validation.counts(total) if validate else total


def _valid(distribution: Any, counts: Any) -> Any:
    """Counts that add up to the number of draws, if that is to be checked."""
    if not distribution.validate_args:
        return counts
    counts = validation.counts(counts)
    message = "counts last-dimension must sum to `self.total_count`"
    return validation.after(
        [v1.assert_equal(distribution.total_count, tf.reduce_sum(counts, -1), message=message)], counts
    )


@export("compat.v1.distributions.Multinomial")
class Multinomial(Distribution):
    """How often each class comes in `total_count` draws with the probabilities `probs`, or `softmax(logits)`.

    Raises:
      ValueError: unless exactly one of `logits` and `probs` is given.
      TypeError: if it has no floating type.
    """

    total_count = parameter("total_count", "The number of draws.")
    logits = parameter("logits", "The logarithms of the probabilities, up to a constant; classes on the last axis.")
    probs = parameter("probs", "The probabilities; classes on the last axis.")

    def __init__(
        self, total_count, logits=None, probs=None, validate_args=False, allow_nan_stats=True, name="Multinomial"
    ):
        arguments = dict(locals())
        with graph_scope(name) as name:
            self._total_count = _total(total_count, validate_args)
            self._logits, self._probs = validation.logits_and_probs(logits, probs, True, validate_args, name)
            self._expected = self._total_count[..., tf.newaxis] * self._probs
        parents = [self._total_count, self._logits, self._probs, self._expected]
        dtype = self._probs.dtype
        super().__init__(dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats, arguments, parents, name)

    def _batch_shape(self) -> TensorShape:
        return self._expected.shape.with_rank_at_least(1)[:-1]

    def _batch_shape_tensor(self) -> Any:
        return tf.shape(self._expected)[:-1]

    def _event_shape(self) -> TensorShape:
        return self._expected.shape.with_rank_at_least(1)[-1:]

    def _event_shape_tensor(self) -> Any:
        return tf.shape(self._expected)[-1:]

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        classes = self.event_shape_tensor()[0]
        totals = tf.ones_like(self.logits[..., 0], dtype=dtypes.int32) * tf.cast(self.total_count, dtypes.int32)
        logits = tf.ones_like(totals[..., tf.newaxis], dtype=self.logits.dtype) * self.logits

        def counts(row: Any) -> Any:
            draws = tf.random.categorical(row[0][tf.newaxis], row[1], seed=seed)
            return tf.reduce_sum(tf.one_hot(tf.reshape(draws, [n, -1]), classes, dtype=self.dtype), axis=-2)

        rows = (tf.reshape(logits, [-1, classes]), n * tf.reshape(totals, [-1]))
        draws = tf.transpose(tf.map_fn(counts, rows, fn_output_signature=self.dtype), [1, 0, 2])
        return tf.reshape(draws, tf.concat([[n], self.batch_shape_tensor(), [classes]], 0))

    def _log_prob(self, counts: Any) -> Any:
        counts = _valid(self, counts)
        log = tf.reduce_sum(counts * tf.nn.log_softmax(self.logits), -1)
        return log + validation.log_combinations(self.total_count, counts)

    def _mean(self) -> Any:
        return tf.identity(self._expected)

    def _each(self) -> Any:
        return self.probs * tf.ones_like(self.total_count)[..., tf.newaxis]

    def _covariance(self) -> Any:
        product = tf.matmul(self._expected[..., tf.newaxis], self._each()[..., tf.newaxis, :])
        return tf.linalg.set_diag(-product, self._variance())

    def _variance(self) -> Any:
        return self._expected - self._expected * self._each()


@export("compat.v1.distributions.DirichletMultinomial")
class DirichletMultinomial(VectorEvent):
    """How often each class comes in `total_count` draws with probabilities that a Dirichlet distribution gives."""

    total_count = parameter("total_count", "The number of draws.")

    def __init__(
        self, total_count, concentration, validate_args=False, allow_nan_stats=True, name="DirichletMultinomial"
    ):
        arguments = dict(locals())
        with graph_scope(name) as name:
            self._total_count = _total(total_count, validate_args)
            tensor = convert_to_tensor(concentration, name="concentration")
            if validate_args:
                message = "Concentration parameter must be positive."
                tensor = validation.categorical(tensor)
                tensor = validation.after([v1.assert_positive(tensor, message=message)], tensor)
            self._concentration = tensor
            self._total_concentration = tf.reduce_sum(tensor, -1)
        parents = [self._total_count, self._concentration]
        super().__init__(tensor.dtype, NOT_REPARAMETERIZED, validate_args, allow_nan_stats, arguments, parents, name)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        classes = self.event_shape_tensor()[0]
        gammas = tf.random.gamma([n], self.concentration, dtype=self.dtype, seed=seed)
        logits = tf.reshape(tf.math.log(gammas), [-1, classes])
        seed = validation.new_seed(seed, "dirichlet_multinomial")
        draws = tf.random.categorical(logits, tf.cast(self.total_count, dtypes.int32), seed=seed)
        counts = tf.reduce_sum(tf.one_hot(draws, classes), -2)
        return tf.cast(tf.reshape(counts, tf.concat([[n], self.batch_shape_tensor(), [classes]], 0)), self.dtype)

    def _log_prob(self, counts: Any) -> Any:
        counts = _valid(self, counts)
        ordered = tf.math.lbeta(self.concentration + counts) - tf.math.lbeta(self.concentration)
        return ordered + validation.log_combinations(self.total_count, counts)

    def _mean(self) -> Any:
        return self.total_count * (self.concentration / self.total_concentration[..., tf.newaxis])

    def _variance_scale(self) -> Any:
        total = self.total_concentration[..., tf.newaxis]
        return tf.sqrt((1.0 + total / self.total_count) / (1.0 + total))

    def _variance(self) -> Any:
        scale = self._variance_scale()
        x = scale * self._mean()
        return x * (self.total_count * scale - x)
