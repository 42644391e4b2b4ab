"""`Distribution`: a batch of probability distributions of one kind."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfshim import dtypes, namespaces
from tfshim.api.core import get_static_value, is_tensor
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.scopes import name_scope
from tfshim.shapes import TensorShape, as_shape
from tfshim.v1.distributions import divergence

tf: Any = namespaces.root()


@export("compat.v1.distributions.ReparameterizationType")
class ReparameterizationType:
    """Whether gradients flow through samples to the parameters; there are the two instances below."""

    def __init__(self, rep_type):
        self._rep_type = rep_type

    def __repr__(self) -> str:
        return f"<Reparameterization Type: {self._rep_type}>"

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = None  # type: ignore[assignment]


FULLY_REPARAMETERIZED = ReparameterizationType("FULLY_REPARAMETERIZED")
NOT_REPARAMETERIZED = ReparameterizationType("NOT_REPARAMETERIZED")
export("compat.v1.distributions.FULLY_REPARAMETERIZED")(FULLY_REPARAMETERIZED)
export("compat.v1.distributions.NOT_REPARAMETERIZED")(NOT_REPARAMETERIZED)


@contextlib.contextmanager
def graph_scope(name: str | None) -> Iterator[str | None]:
    """A name scope in graphs; eager calls have no names, and it gives None."""
    if context.graph is None:
        yield None
        return
    with name_scope(name) as full:
        yield full


def parameter(name: str, doc: str) -> Any:
    """A property for the tensor of a parameter, which the constructor keeps under the same name with an underscore."""
    return property(lambda self: getattr(self, f"_{name}"), doc=doc)


def _public(attribute: str, doc: str) -> Any:
    """A method without arguments that a subclass may give as `_attribute`."""

    def method(self, name=attribute):
        with self._name_scope(name):
            return getattr(self, f"_{attribute}")()

    method.__name__, method.__qualname__, method.__doc__ = attribute, f"Distribution.{attribute}", doc
    return method


def _missing(attribute: str) -> Any:
    def method(self: Any, *args: Any) -> Any:
        raise NotImplementedError(f"{attribute} is not implemented: {type(self).__name__}")

    return method


@export("compat.v1.distributions.Distribution")
class Distribution:
    """A batch of distributions: `sample`, `prob`, `cdf`, `mean` and so on.

    The shape of a sample is `sample_shape + batch_shape + event_shape`. A subclass gives what it can of `_sample_n`,
    `_log_prob`, `_mean`, ...; what neither it nor a formula gives raises NotImplementedError.

    Args:
      dtype: type of samples.
      reparameterization_type: one of the two `ReparameterizationType`s.
      validate_args: whether values of parameters and arguments are checked, at some cost.
      allow_nan_stats: whether a statistic that is not defined is nan; else it is an error.
      parameters: the arguments of the constructor, for `copy`.
      graph_parents: tensors that the distribution was made of.
      name: prefix for the names of ops.
    """

    def __init__(
        self,
        dtype,
        reparameterization_type,
        validate_args,
        allow_nan_stats,
        parameters=None,
        graph_parents=None,
        name=None,
    ):
        for i, parent in enumerate(graph_parents or ()):
            if parent is None or not is_tensor(parent):
                raise ValueError(f"Graph parent item {i} is not a Tensor; {parent}.")
        if not name or not name.endswith("/"):
            with graph_scope(name or type(self).__name__) as name:
                pass
        self._dtype = dtype
        self._reparameterization_type = reparameterization_type
        self._validate_args = validate_args
        self._allow_nan_stats = allow_nan_stats
        self._parameters = dict(parameters or {})
        self._graph_parents = list(graph_parents or ())
        self._name = name

    name = parameter("name", "Prefix of the names of ops; None for a distribution made eagerly.")
    dtype = parameter("dtype", "Type of samples.")
    reparameterization_type = parameter("reparameterization_type", "Whether gradients flow through samples.")
    allow_nan_stats = parameter("allow_nan_stats", "Whether statistics that are not defined are nan.")
    validate_args = parameter("validate_args", "Whether values of parameters and arguments are checked.")

    @property
    def parameters(self) -> dict[str, Any]:
        """The arguments that the distribution was made with."""
        return {k: v for k, v in self._parameters.items() if not k.startswith("__") and k != "self"}

    def copy(self, **override_parameters_kwargs):
        """A distribution of the same class and parameters, but for those given."""
        return type(self)(**{**self.parameters, **override_parameters_kwargs})

    @classmethod
    def param_shapes(cls, sample_shape, name="DistributionParamShapes"):
        """The shapes of parameters, by name, with which `sample()` has the shape `sample_shape`."""
        with graph_scope(name):
            return cls._param_shapes(sample_shape)

    @classmethod
    def param_static_shapes(cls, sample_shape):
        """`param_shapes` as TensorShapes; ValueError unless `sample_shape` is known."""
        if isinstance(sample_shape, TensorShape):
            if not sample_shape.is_fully_defined():
                raise ValueError("TensorShape sample_shape must be fully defined")
            sample_shape = sample_shape.as_list()
        shapes = {name: get_static_value(shape) for name, shape in cls.param_shapes(sample_shape).items()}
        if any(shape is None for shape in shapes.values()):
            raise ValueError("sample_shape must be a fully-defined TensorShape or list/tuple")
        return {name: TensorShape(shape) for name, shape in shapes.items()}

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Any]:
        raise NotImplementedError("_param_shapes not implemented")

    # Shapes ----------------------------------------------------------------------------------------------

    def _batch_shape(self) -> Any:
        return TensorShape(None)

    def _event_shape(self) -> Any:
        return TensorShape(None)

    _batch_shape_tensor = _missing("batch_shape_tensor")
    _event_shape_tensor = _missing("event_shape_tensor")

    @property
    def batch_shape(self) -> TensorShape:
        """The static shape of the batch of distributions."""
        return as_shape(self._batch_shape())

    @property
    def event_shape(self) -> TensorShape:
        """The static shape of one draw of one distribution."""
        return as_shape(self._event_shape())

    def batch_shape_tensor(self, name="batch_shape_tensor"):
        """The shape of the batch as an int32 vector."""
        return self._shape_tensor(name, self.batch_shape, self._batch_shape_tensor, "batch_shape")

    def event_shape_tensor(self, name="event_shape_tensor"):
        """The shape of one draw as an int32 vector."""
        return self._shape_tensor(name, self.event_shape, self._event_shape_tensor, "event_shape")

    def _shape_tensor(self, name: str, static: TensorShape, dynamic: Callable[[], Any], node: str) -> Any:
        with self._name_scope(name):
            if static.is_fully_defined():
                return convert_to_tensor(static.as_list(), dtypes.int32, node)
            return dynamic()

    def is_scalar_event(self, name="is_scalar_event"):
        """Whether a draw is a scalar."""
        with self._name_scope(name):
            return convert_to_tensor(_is_scalar(self.event_shape, self.event_shape_tensor), name="is_scalar_event")

    def is_scalar_batch(self, name="is_scalar_batch"):
        """Whether the batch is a single distribution."""
        with self._name_scope(name):
            return convert_to_tensor(_is_scalar(self.batch_shape, self.batch_shape_tensor), name="is_scalar_batch")

    # Samples ---------------------------------------------------------------------------------------------

    _sample_n = _missing("sample_n")

    def sample(self, sample_shape=(), seed=None, name="sample"):
        """Independent draws, of shape `sample_shape + batch_shape + event_shape`.

        Raises:
          ValueError: unless `sample_shape` is a scalar or a vector.
        """
        with self._name_scope(name):
            sample_shape = convert_to_tensor(sample_shape, dtypes.int32, "sample_shape")
            if (sample_shape.shape.rank or 0) > 1:
                raise ValueError("Input is neither scalar nor vector.")
            static = get_static_value(sample_shape)
            count = tf.reduce_prod(sample_shape) if static is None else np.prod(static, dtype=np.int32)
            draws = self._sample_n(count, seed)
            leading = tf.reshape(sample_shape, [-1])
            draws = tf.reshape(draws, tf.concat([leading, tf.shape(draws)[1:]], 0))
            known = TensorShape(get_static_value(leading)).concatenate(self.batch_shape).concatenate(self.event_shape)
            draws.set_shape(known)
            return draws

    # Densities -------------------------------------------------------------------------------------------

    _log_prob = _missing("log_prob")
    _prob = _missing("prob")
    _log_cdf = _missing("log_cdf")
    _cdf = _missing("cdf")
    _log_survival_function = _missing("log_survival_function")
    _survival_function = _missing("survival_function")
    _quantile = _missing("quantile")

    def _at(self, value: Any, name: str, otherwise: Callable[[Any], Any] | None = None) -> Any:
        """What the method `_name` gives for a value or, if there is none, what `otherwise` does."""
        with self._name_scope(name):
            value = convert_to_tensor(value, name="value", hint=self.dtype)
            own = getattr(self, f"_{name}")
            return _first(lambda: own(value), None if otherwise is None else lambda: otherwise(value))

    def log_prob(self, value, name="log_prob"):
        """The logarithm of the density, or of the probability of a discrete value."""
        return self._at(value, "log_prob", lambda x: tf.math.log(self._prob(x)))

    def prob(self, value, name="prob"):
        """The density, or the probability of a discrete value."""
        return self._at(value, "prob", lambda x: tf.exp(self._log_prob(x)))

    def log_cdf(self, value, name="log_cdf"):
        """The logarithm of the probability of no more than `value`."""
        return self._at(value, "log_cdf", lambda x: tf.math.log(self._cdf(x)))

    def cdf(self, value, name="cdf"):
        """The probability of no more than `value`."""
        return self._at(value, "cdf", lambda x: tf.exp(self._log_cdf(x)))

    def log_survival_function(self, value, name="log_survival_function"):
        """The logarithm of the probability of more than `value`."""
        return self._at(value, "log_survival_function", lambda x: tf.math.log1p(-self.cdf(x)))

    def survival_function(self, value, name="survival_function"):
        """The probability of more than `value`."""
        return self._at(value, "survival_function", lambda x: 1.0 - self.cdf(x))

    def quantile(self, value, name="quantile"):
        """The least number whose cdf is at least `value`."""
        return self._at(value, "quantile")

    # Statistics ------------------------------------------------------------------------------------------

    _entropy = _missing("entropy")
    _mean = _missing("mean")
    _variance = _missing("variance")
    _stddev = _missing("stddev")
    _covariance = _missing("covariance")
    _mode = _missing("mode")

    entropy = _public("entropy", "The Shannon entropy, in nats.")
    mean = _public("mean", "The mean.")
    covariance = _public("covariance", "The covariance between the elements of a draw.")
    mode = _public("mode", "The most probable value.")

    def variance(self, name="variance"):
        """The variance."""
        with self._name_scope(name):
            return _first(self._variance, lambda: tf.square(self._stddev()))

    def stddev(self, name="stddev"):
        """The standard deviation."""
        with self._name_scope(name):
            return _first(self._stddev, lambda: tf.sqrt(self._variance()))

    def cross_entropy(self, other, name="cross_entropy"):
        """The cross entropy with another distribution, in nats."""
        with self._name_scope(name), graph_scope("cross_entropy"):
            return self.entropy() + divergence.kl_divergence(self, other, self.allow_nan_stats)

    def kl_divergence(self, other, name="kl_divergence"):
        """The Kullback-Leibler divergence from another distribution, in nats."""
        with self._name_scope(name):
            return divergence.kl_divergence(self, other, self.allow_nan_stats)

    # Texts -----------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        shapes = [("batch_shape", self.batch_shape), ("event_shape", self.event_shape)]
        known = "".join(f", {name}={shape}" for name, shape in shapes if shape.rank is not None)
        return f'tfp.distributions.{type(self).__name__}("{self.name}"{known}, dtype={self.dtype.name})'

    def __repr__(self) -> str:
        return (
            f"<tfp.distributions.{type(self).__name__} '{self.name}' batch_shape={self.batch_shape} "
            f"event_shape={self.event_shape} dtype={self.dtype.name}>"
        )

    @contextlib.contextmanager
    def _name_scope(self, name: str) -> Iterator[Any]:
        with graph_scope(self.name or type(self).__name__), graph_scope(name) as full:
            yield full


def _first(compute: Callable[[], Any], otherwise: Callable[[], Any] | None) -> Any:
    """What the first function gives or, where it is not implemented, the second."""
    try:
        return compute()
    except NotImplementedError as error:
        if otherwise is None:
            raise
        try:
            return otherwise()
        except NotImplementedError:
            raise error from None


def _is_scalar(static: TensorShape, dynamic: Callable[[], Any]) -> Any:
    if static.rank is not None:
        return static.rank == 0
    return tf.equal(tf.shape(dynamic())[0], 0)


class ScalarEvent(Distribution):
    """Distributions of scalars. The batch shape is that of the parameters `_PARAMETERS`, broadcast."""

    _PARAMETERS: tuple[str, ...] = ()

    @classmethod
    def _param_shapes(cls, sample_shape: Any) -> dict[str, Any]:  # type: ignore[override]
        return dict.fromkeys(cls._PARAMETERS, convert_to_tensor(sample_shape, dtypes.int32))

    def _tensors(self) -> list[Any]:
        return [getattr(self, name) for name in self._PARAMETERS]

    def _batch_shape(self) -> TensorShape:
        shape = TensorShape([])
        for tensor in self._tensors():
            shape = tf.broadcast_static_shape(shape, tensor.shape)
        return shape

    def _batch_shape_tensor(self) -> Any:
        first, *others = [tf.shape(tensor) for tensor in self._tensors()]
        for other in others:
            first = tf.broadcast_dynamic_shape(first, other)
        return first

    def _event_shape(self) -> TensorShape:
        return TensorShape([])

    def _event_shape_tensor(self) -> Any:
        return tf.constant([], dtypes.int32)

    def _draws_shape(self, count: Any) -> Any:
        return tf.concat([[count], self.batch_shape_tensor()], 0)

    def _undefined(self) -> Any:
        """nan in the shape of the batch."""
        return tf.fill(self.batch_shape_tensor(), np.array(np.nan, self.dtype.as_numpy_dtype))
