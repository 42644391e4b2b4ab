"""`tf.random`: random tensors, the same numbers as TensorFlow's for the same seed."""

from __future__ import annotations

import enum
from typing import Any

import numpy as np

from tfshim import dtypes, seeds
from tfshim.api.naming import composed
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.errors import InvalidArgumentError
from tfshim.export import export
from tfshim.ops import op
from tfshim.shapes import Dimension
from tfshim.tensor import Tensor

_add = op("AddV2")
_broadcast_args = op("BroadcastArgs")
_broadcast_to = op("BroadcastTo")
_cast = op("Cast")
_key_counter = op("StatelessRandomGetKeyCounter")
_maximum = op("Maximum")
_mul = op("Mul")
_multinomial = op("Multinomial")
_pack = op("Pack")
_pad = op("PadV2")
_random_gamma = op("RandomGamma")
_random_index_shuffle = op("RandomIndexShuffle")
_random_poisson = op("RandomPoissonV2")
_random_shuffle = op("RandomShuffle")
_random_standard_normal = op("RandomStandardNormal")
_random_uniform = op("RandomUniform")
_random_uniform_int = op("RandomUniformInt")
_real_div = op("RealDiv")
_shape = op("Shape")
_stateless_binomial = op("StatelessRandomBinomial")
_stateless_full_int = op("StatelessRandomUniformFullIntV2")
_stateless_gamma = op("StatelessRandomGammaV3")
_stateless_multinomial = op("StatelessMultinomial")
_stateless_normal = op("StatelessRandomNormalV2")
_stateless_parameterized = op("StatelessParameterizedTruncatedNormal")
_stateless_poisson = op("StatelessRandomPoisson")
_stateless_shuffle = op("StatelessShuffle")
_stateless_truncated = op("StatelessTruncatedNormalV2")
_stateless_uniform = op("StatelessRandomUniformV2")
_stateless_uniform_int = op("StatelessRandomUniformIntV2")
_sub = op("Sub")
_truncated_normal = op("TruncatedNormal")

_NUMBERS = (int, float)
_FLOATS = (dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64)
_STATEFUL = (*_FLOATS, dtypes.int32, dtypes.int64)
_STATELESS = (*_STATEFUL, dtypes.uint32, dtypes.uint64)


@export("random.Algorithm", "random.experimental.Algorithm")
class Algorithm(enum.Enum):
    """A generator of random bits. Only Philox can draw, as on TensorFlow's CPU, and the automatic choice is Philox."""

    PHILOX = 1
    THREEFRY = 2
    AUTO_SELECT = 3


_NUMBERS_OF_ALGORITHMS = frozenset(a.value for a in Algorithm)


# Seeds ---------------------------------------------------------------------------------------------------


@export("random.set_seed")
def set_seed(seed):
    """Sets the global seed, from which unseeded random ops derive theirs, and restarts all sequences.

    Args:
      seed: integer.
    """
    seeds.set_seed(seed)


@export("compat.v1.random.set_random_seed", "compat.v1.set_random_seed")
def set_random_seed(seed):
    """Sets the seed of the default graph; in eager mode the global one."""
    seeds.set_seed(seed)


@export("compat.v1.random.get_seed", "compat.v1.get_seed")
def get_seed(op_seed):
    """Returns the two seeds of an op with the seed `op_seed` or None; `(None, None)` without any seed."""
    return seeds.get_seed(op_seed)


def _seeds(seed: Any) -> dict[str, int]:
    first, second = seeds.get_seed(seed)
    return {"seed": first or 0, "seed2": second or 0}


def shape_tensor(shape: Any) -> Tensor:
    """A shape given as a list, a `TensorShape` or a tensor, as an integer tensor."""
    if isinstance(shape, (tuple, list)):
        if not shape:
            return convert_to_tensor(shape, dtypes.int32, name="shape")
        shape = tuple(s.value if isinstance(s, Dimension) else s for s in shape)
    return convert_to_tensor(shape, name="shape")


def _check_dtype(dtype: Any, accepted: tuple[dtypes.DType, ...]) -> dtypes.DType:
    dtype = dtypes.as_dtype(dtype)
    if dtype not in accepted:
        raise ValueError(f"Argument `dtype` got invalid value {dtype!r}. Accepted dtypes are {accepted}.")
    return dtype


def _is_standard(shift: Any, scale: Any) -> bool:
    # In a graph the nodes are TensorFlow's; eagerly, two ops less that would not change a bit.
    return type(shift) in _NUMBERS and type(scale) in _NUMBERS and shift == 0 and scale == 1 and context.graph is None


def _moved(samples: Tensor, scale: Any, shift: Any, standard: bool, name: str | None) -> Tensor:
    return samples if standard else _add(_mul(samples, scale, name="mul"), shift, name=name)


def _is(value: Any, number: int) -> bool:
    return isinstance(value, int) and value == number


# Stateful ------------------------------------------------------------------------------------------------


@export("random.normal", "compat.v1.random.normal", "compat.v1.random_normal")
def normal(shape, mean=0.0, stddev=1.0, dtype=dtypes.float32, seed=None, name=None):
    """Returns samples of a normal distribution.

    Args:
      shape: 1-D integers.
      mean: number or tensor that broadcasts with `shape`.
      stddev: number or tensor that broadcasts with `shape`.
      dtype: a floating type.
      seed: op seed, see `tf.random.set_seed`.
      name: name of the op in a graph.
    """
    with composed(name or "random_normal") as scope:
        shape = shape_tensor(shape)
        standard = _is_standard(mean, stddev)
        mean = convert_to_tensor(mean, dtype, name="mean")
        stddev = convert_to_tensor(stddev, dtype, name="stddev")
        samples = _random_standard_normal(shape, dtype=dtype, **_seeds(seed))
        return _moved(samples, stddev, mean, standard, scope)


@export("random.truncated_normal", "compat.v1.random.truncated_normal", "compat.v1.truncated_normal")
def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=dtypes.float32, seed=None, name=None):
    """Returns samples of a normal distribution, redrawn while two or more standard deviations from the mean.

    Args:
      shape: 1-D integers.
      mean: number or tensor that broadcasts with `shape`.
      stddev: standard deviation before truncation.
      dtype: a floating type.
      seed: op seed, see `tf.random.set_seed`.
      name: name of the op in a graph.
    """
    with composed(name or "truncated_normal") as scope:
        shape = shape_tensor(shape)
        standard = _is_standard(mean, stddev)
        mean = convert_to_tensor(mean, dtype, name="mean")
        stddev = convert_to_tensor(stddev, dtype, name="stddev")
        samples = _truncated_normal(shape, dtype=dtype, **_seeds(seed))
        return _moved(samples, stddev, mean, standard, scope)


@export("random.uniform", "compat.v1.random.uniform", "compat.v1.random_uniform")
def uniform(shape, minval=0, maxval=None, dtype=dtypes.float32, seed=None, name=None):
    """Returns samples that are uniform in [minval, maxval).

    Args:
      shape: 1-D integers.
      minval: lower bound; for integer dtypes a scalar.
      maxval: upper bound, 1 if None; integer dtypes need one.
      dtype: a floating type, int32 or int64.
      seed: op seed, see `tf.random.set_seed`.
      name: name of the op in a graph.

    Raises:
      ValueError: another dtype, or no `maxval` for an integer dtype.
    """
    dtype = _check_dtype(dtype, _STATEFUL)
    if maxval is None:
        if dtype.is_integer:
            raise ValueError(f"Must specify maxval for integer dtype {dtype!r}")
        maxval = 1
    with composed(name or "random_uniform") as scope:
        shape = shape_tensor(shape)
        from_zero, to_one = _is(minval, 0), _is(maxval, 1)
        if not (from_zero and to_one) or dtype.is_integer:
            minval = convert_to_tensor(minval, dtype, name="min")
            maxval = convert_to_tensor(maxval, dtype, name="max")
        if dtype.is_integer:
            return _random_uniform_int(shape, minval, maxval, name=scope, **_seeds(seed))
        samples = _random_uniform(shape, dtype=dtype, **_seeds(seed))
        if not from_zero:
            scale = _sub(maxval, minval, name="sub")
            return _add(_mul(samples, scale, name="mul"), minval, name=scope)
        return samples if to_one else _mul(samples, maxval, name=scope)


@export("random.shuffle", "compat.v1.random.shuffle", "compat.v1.random_shuffle")
def shuffle(value, seed=None, name=None):
    """Returns `value` with its first dimension in random order.

    Args:
      value: tensor.
      seed: op seed, see `tf.random.set_seed`.
      name: name of the op in a graph.
    """
    return _random_shuffle(value, name=name, **_seeds(seed))


def _index_dtype(dtype: Any) -> dtypes.DType:
    return _check_dtype(dtype or dtypes.int64, (dtypes.int32, dtypes.int64))


@export("random.categorical")
def categorical(logits, num_samples, dtype=None, seed=None, name=None):
    """Returns indices of classes, drawn with the probabilities `softmax(logits)`.

    Args:
      logits: [batch, classes].
      num_samples: scalar, how many to draw of each row.
      dtype: int32 or int64 (the default).
      seed: op seed, see `tf.random.set_seed`.
      name: name of the op in a graph.

    Returns:
      [batch, num_samples].
    """
    with composed(name or "categorical"):
        logits = convert_to_tensor(logits)
        return _multinomial(logits, num_samples, output_dtype=_index_dtype(dtype), **_seeds(seed))


@export("compat.v1.random.multinomial", "compat.v1.multinomial")
def multinomial(logits, num_samples, seed=None, name=None, output_dtype=None):
    """The same as `tf.random.categorical`."""
    return categorical(logits, num_samples, output_dtype, seed, name or "multinomial")


def _broadcast_alpha(alpha: Tensor, beta: Tensor) -> Tensor:
    return _broadcast_to(alpha, _broadcast_args(_shape(alpha), _shape(beta)))


@export("random.gamma", "compat.v1.random.gamma", "compat.v1.random_gamma")
def gamma(shape, alpha, beta=None, dtype=dtypes.float32, seed=None, name=None):
    """Returns samples of gamma distributions.

    Args:
      shape: 1-D integers, how many samples of each distribution.
      alpha: shape parameters.
      beta: inverse scales, 1 if None; broadcasts with `alpha`.
      dtype: float16, float32 or float64.
      seed: op seed, see `tf.random.set_seed`.
      name: name of the op in a graph.

    Returns:
      A tensor of shape `shape + shape(alpha + beta)`.
    """
    with composed(name or "random_gamma"):
        shape = convert_to_tensor(shape, dtypes.int32)
        alpha = convert_to_tensor(alpha, dtype)
        beta = convert_to_tensor(1 if beta is None else beta, dtype)
        samples = _random_gamma(shape, _broadcast_alpha(alpha, beta), **_seeds(seed))
        return _maximum(np.finfo(alpha.dtype.as_numpy_dtype).tiny, _real_div(samples, beta))


@export("random.poisson")
def poisson(shape, lam, dtype=dtypes.float32, seed=None, name=None):
    """Returns samples of Poisson distributions.

    Args:
      shape: 1-D integers, how many samples of each distribution.
      lam: rates.
      dtype: dtype of the samples: float16, float32, float64, int32 or int64.
      seed: op seed, see `tf.random.set_seed`.
      name: name of the op in a graph.

    Returns:
      A tensor of shape `shape + shape(lam)`.
    """
    with composed(name or "random_poisson"):
        shape = convert_to_tensor(shape, dtypes.int32)
        return _random_poisson(shape, lam, dtype=dtype, **_seeds(seed))


@export("compat.v1.random.poisson", "compat.v1.random_poisson")
def poisson_v1(lam, shape, dtype=dtypes.float32, seed=None, name=None):
    """The same as `tf.random.poisson`, with the rates first."""
    return poisson(shape, lam, dtype, seed, name)


# Stateless -----------------------------------------------------------------------------------------------


def algorithm_number(alg: Any) -> Any:
    """The number of an algorithm given as a number, a name or an `Algorithm`."""
    if isinstance(alg, Algorithm):
        return alg.value
    if isinstance(alg, (int, Tensor)):
        return alg
    if isinstance(alg, str):
        plain = alg.strip().lower().replace("-", "").replace("_", "")
        for known in Algorithm:
            if plain == known.name.lower().replace("_", ""):
                return known.value
        raise ValueError(
            f"Argument `alg` got unsupported value {alg}. Supported values are philox for the Philox "
            "algorithm, threefry for the ThreeFry algorithm, and auto_select for auto-selection."
        )
    raise TypeError(f"Can't convert argument `alg` (of value {alg} and type {type(alg)}) to int.")


def known_algorithm(alg: Any) -> int:
    """The number of an algorithm, which must be one of `Algorithm`."""
    number = algorithm_number(alg)
    if not isinstance(number, int) or number not in _NUMBERS_OF_ALGORITHMS:
        raise ValueError(
            f"Argument `alg` got unsupported value {alg}. Supported values are 1 for the Philox algorithm, "
            "2 for the ThreeFry algorithm, and 3 for auto-selection."
        )
    return number


def _stream(seed: Any, alg: Any) -> tuple[Tensor, Tensor, int]:
    """Key, counter and algorithm for a stateless op; no algorithm is the automatic one."""
    number = Algorithm.AUTO_SELECT.value if alg is None else known_algorithm(alg)
    if number == Algorithm.THREEFRY.value:
        raise InvalidArgumentError(None, None, "The ThreeFry algorithm is not supported; 'philox' is.")
    return *_key_counter(seed), number


@export("random.stateless_uniform")
def stateless_uniform(shape, seed, minval=0, maxval=None, dtype=dtypes.float32, name=None, alg="auto_select"):
    """Returns samples that are uniform in [minval, maxval), a function of `seed`.

    Args:
      shape: 1-D integers.
      seed: two integers.
      minval: lower bound; for integer dtypes a scalar.
      maxval: upper bound, 1 if None; for integer dtypes both bounds may be None: the whole range.
      dtype: a floating type, int32 or int64, and without bounds uint32 or uint64.
      name: name of the op in a graph.
      alg: "philox" or "auto_select", which is the same. TensorFlow's "threefry" is not supported.

    Raises:
      ValueError: a wrong dtype or algorithm, or one integer bound without the other.
    """
    dtype = _check_dtype(dtype, _STATELESS)
    if dtype.is_integer:
        if (minval is None) != (maxval is None):
            raise ValueError(
                f"For integer `dtype` argument {dtype}, argument `minval` and `maxval` must be both None "
                f"or not None. Got `minval`={minval} and `maxval`={maxval}."
            )
        if minval is not None and dtype.is_unsigned:
            raise ValueError(
                f"Argument `dtype` got invalid value {dtype} when argument `minval` is not None. "
                "Please don't use unsigned integers in this case."
            )
    elif maxval is None:
        maxval = 1
    with composed(name or "stateless_random_uniform") as scope:
        shape = shape_tensor(shape)
        if minval is None and dtype.is_integer:
            return _stateless_full_int(shape, *_stream(seed, alg), dtype=dtype, name=scope)
        standard = _is_standard(minval, maxval)
        low = convert_to_tensor(minval, dtype)
        high = convert_to_tensor(maxval, dtype)
        if dtype.is_integer:
            return _stateless_uniform_int(shape, *_stream(seed, alg), low, high, name=scope)
        samples = _stateless_uniform(shape, *_stream(seed, alg), dtype=dtype)
        return samples if standard else _add(_mul(samples, _sub(high, low)), low, name=scope)


@export("random.stateless_normal")
def stateless_normal(shape, seed, mean=0.0, stddev=1.0, dtype=dtypes.float32, name=None, alg="auto_select"):
    """Returns samples of a normal distribution, a function of `seed`.

    Args:
      shape: 1-D integers.
      seed: two integers.
      mean: number or tensor that broadcasts with `shape`.
      stddev: number or tensor that broadcasts with `shape`.
      dtype: a floating type.
      name: name of the op in a graph.
      alg: see `tf.random.stateless_uniform`.
    """
    with composed(name or "stateless_random_normal") as scope:
        shape = shape_tensor(shape)
        standard = _is_standard(mean, stddev)
        mean = convert_to_tensor(mean, dtype, name="mean")
        stddev = convert_to_tensor(stddev, dtype, name="stddev")
        samples = _stateless_normal(shape, *_stream(seed, alg), dtype=dtype)
        return _moved(samples, stddev, mean, standard, scope)


@export("random.stateless_truncated_normal")
def stateless_truncated_normal(shape, seed, mean=0.0, stddev=1.0, dtype=dtypes.float32, name=None, alg="auto_select"):
    """Returns samples of a normal distribution within two standard deviations, a function of `seed`.

    Args:
      shape: 1-D integers.
      seed: two integers.
      mean: number or tensor that broadcasts with `shape`.
      stddev: standard deviation before truncation.
      dtype: a floating type.
      name: name of the op in a graph.
      alg: see `tf.random.stateless_uniform`.
    """
    with composed(name or "stateless_truncated_normal") as scope:
        shape = shape_tensor(shape)
        standard = _is_standard(mean, stddev)
        mean = convert_to_tensor(mean, dtype, name="mean")
        stddev = convert_to_tensor(stddev, dtype, name="stddev")
        samples = _stateless_truncated(shape, *_stream(seed, alg), dtype=dtype)
        return _moved(samples, stddev, mean, standard, scope)


@export("random.stateless_categorical")
def stateless_categorical(logits, num_samples, seed, dtype=dtypes.int64, name=None):
    """Returns indices of classes, drawn with the probabilities `softmax(logits)`, a function of `seed`.

    Args:
      logits: [batch, classes].
      num_samples: scalar, how many to draw of each row.
      seed: two integers.
      dtype: int32 or int64.
      name: name of the op in a graph.

    Returns:
      [batch, num_samples].
    """
    with composed(name or "stateless_categorical"):
        logits = convert_to_tensor(logits)
        return _stateless_multinomial(logits, num_samples, seed, output_dtype=_index_dtype(dtype))


@export("compat.v1.random.stateless_multinomial")
def stateless_multinomial(logits, num_samples, seed, output_dtype=dtypes.int64, name=None):
    """The same as `tf.random.stateless_categorical`."""
    return stateless_categorical(logits, num_samples, seed, output_dtype, name or "stateless_multinomial")


@export("random.stateless_gamma")
def stateless_gamma(shape, seed, alpha, beta=None, dtype=dtypes.float32, name=None):
    """Returns samples of gamma distributions, a function of `seed`.

    Args:
      shape: 1-D integers, the shape of the result; it ends with the shape of `alpha` and `beta`.
      seed: two integers.
      alpha: shape parameters.
      beta: inverse scales, 1 if None.
      dtype: float16, float32 or float64.
      name: name of the op in a graph.
    """
    with composed(name or "stateless_random_gamma"):
        shape = shape_tensor(shape)
        alpha = convert_to_tensor(alpha, dtype)
        beta = convert_to_tensor(1 if beta is None else beta, dtype)
        samples = _stateless_gamma(shape, *_stream(seed, Algorithm.AUTO_SELECT), _broadcast_alpha(alpha, beta))
        return _maximum(np.finfo(alpha.dtype.as_numpy_dtype).tiny, _real_div(samples, beta))


@export("random.stateless_poisson")
def stateless_poisson(shape, seed, lam, dtype=dtypes.int32, name=None):
    """Returns samples of Poisson distributions, a function of `seed`.

    Args:
      shape: 1-D integers, the shape of the result; it ends with the shape of `lam`.
      seed: two integers.
      lam: rates.
      dtype: dtype of the samples.
      name: name of the op in a graph.
    """
    with composed(name or "stateless_random_poisson"):
        return _stateless_poisson(shape_tensor(shape), seed, lam, dtype=dtype)


@export("random.stateless_binomial")
def stateless_binomial(shape, seed, counts, probs, output_dtype=dtypes.int32, name=None):
    """Returns samples of binomial distributions, a function of `seed`.

    Args:
      shape: 1-D integers, the shape of the result; it ends with the shape of `counts` and `probs`.
      seed: two integers.
      counts: numbers of trials.
      probs: probabilities of success.
      output_dtype: dtype of the samples.
      name: name of the op in a graph.
    """
    with composed(name or "stateless_random_binomial"):
        shape = shape_tensor(shape)
        probs = convert_to_tensor(probs, hint=dtypes.float32)
        counts = convert_to_tensor(counts, hint=probs.dtype)
        return _stateless_binomial(shape, seed, counts, probs, dtype=output_dtype)


@export("random.stateless_parameterized_truncated_normal")
def stateless_parameterized_truncated_normal(shape, seed, means=0.0, stddevs=1.0, minvals=-2.0, maxvals=2.0, name=None):
    """Returns samples of normal distributions restricted to [minvals, maxvals], a function of `seed`.

    Args:
      shape: 1-D integers, the shape of the result.
      seed: two integers.
      means: broadcasts with `shape`.
      stddevs: broadcasts with `shape`.
      minvals: broadcasts with `shape`.
      maxvals: broadcasts with `shape`.
      name: name of the op in a graph.
    """
    with composed(name or "stateless_parameterized_truncated_normal"):
        parameters = [convert_to_tensor(p) for p in (means, stddevs, minvals, maxvals)]
        return _stateless_parameterized(shape_tensor(shape), seed, *parameters)


@export("random.experimental.stateless_shuffle")
def stateless_shuffle(value, seed, alg="auto_select", name=None):
    """Returns `value` with its first dimension in an order that is a function of `seed` (two integers)."""
    with composed(name or "stateless_shuffle"):
        return _stateless_shuffle(value, *_stream(seed, alg))


@export("random.split", "random.experimental.stateless_split")
def split(seed, num=2, alg="auto_select"):
    """Returns `num` seeds (a tensor [num, 2] of the dtype of `seed`) that are functions of one."""
    seed = convert_to_tensor(seed)
    return stateless_uniform([num, 2], seed, None, None, seed.dtype, alg=alg)


@export("random.fold_in", "random.experimental.stateless_fold_in")
def fold_in(seed, data, alg="auto_select"):
    """Returns a seed (shape [2], the dtype of `data`) that is a function of a seed and an integer scalar."""
    data = convert_to_tensor(data)
    first = stateless_uniform([], seed, None, None, data.dtype, alg=alg)
    return _pack([first, data])


@export("random.experimental.index_shuffle")
def index_shuffle(index, seed, max_index):
    """Returns the place of `index` in a random permutation of [0, max_index], without making the permutation.

    Args:
      index: integers in [0, max_index]; scalar or vector.
      seed: two integers. (`tf.random_index_shuffle` takes three, and a matrix with three for each index.)
      max_index: scalar, or one for each index.
    """
    seed = convert_to_tensor(seed)
    # TensorFlow's own constant, so that the permutations are the same.
    seed = _pad(seed, [[1, 0]], convert_to_tensor(498247692, seed.dtype))
    return _random_index_shuffle(index, seed, max_index, rounds=4)
