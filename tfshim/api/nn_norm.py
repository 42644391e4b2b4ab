"""`tf.nn`: normalisation, moments, dropout, bias, embeddings."""

from __future__ import annotations

import numbers

import numpy as np

from tfshim import dtypes, seeds
from tfshim.api.casting import cast
from tfshim.api.clip import clip_by_norm
from tfshim.api.embedding_parts import lookup_in_parts, row_axes
from tfshim.api.gather import gather
from tfshim.api.naming import in_scope
from tfshim.api.random import stateless_uniform
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.shapes import as_shape
from tfshim.tensor import Tensor

_bias_add = op("BiasAdd")
_concat = op("ConcatV2")
_div_no_nan = op("DivNoNan")
_fused = op("FusedBatchNormV3")
_lrn = op("LRN")
_mean = op("Mean")
_mul = op("Mul")
_prod = op("Prod")
_real_div = op("RealDiv")
_rsqrt = op("Rsqrt")
_select = op("SelectV2")
_shape = op("Shape")
_square = op("Square")
_squared_difference = op("SquaredDifference")
_squeeze = op("Squeeze")
_stop_gradient = op("StopGradient")
_sub = op("Sub")
_sum = op("Sum")
_zeros_like = op("ZerosLike")


def _as_tensor(value, name):
    return value if isinstance(value, Tensor) else convert_to_tensor(value, name=name)


@export("nn.bias_add")
def bias_add(value, bias, data_format=None, name=None):
    """`value + bias`, where `bias` is a vector over the channels of `value` (of rank 2 or more).

    Raises:
      ValueError: for a data format that is neither "N...C" nor "NC...".
      InvalidArgumentError: if the sizes differ.
    """
    if data_format is None:
        return _bias_add(value, bias, name=name)
    if data_format.startswith("NC"):
        data_format = "NCHW"
    elif data_format.startswith("N") and data_format.endswith("C"):
        data_format = "NHWC"
    else:
        raise ValueError(f"`data_format` must be of the form `N...C` or `NC...`. Received: data_format={data_format}")
    return _bias_add(value, bias, data_format=data_format, name=name)


@export("nn.moments")
@in_scope("moments")
def moments(x, axes, shift=None, keepdims=False, name=None):
    """Mean and variance of `x` over `axes` (None: over all); `shift` is not used. float16 is computed in float32."""
    x = _as_tensor(x, "x")
    half = x.dtype is dtypes.float16
    y = cast(x, dtypes.float32) if half else x
    over = _axes(axes, y)
    mean = _mean(y, over, keep_dims=True, name="mean")
    variance = _mean(_squared_difference(y, _stop_gradient(mean)), over, keep_dims=True, name="variance")
    results = (mean, variance) if keepdims else (_drop(mean, axes), _drop(variance, axes))
    return tuple(cast(r, dtypes.float16) for r in results) if half else results


def _axes(axes, x):
    if axes is None and x.shape.rank is None:
        return op("Range")(0, op("Rank")(x), 1)
    if axes is None:
        axes = range(x.shape.rank)
    return axes if isinstance(axes, Tensor) else np.asarray(axes, np.int32)


def _drop(x, axes):
    return _squeeze(x, squeeze_dims=() if axes is None else tuple(int(a) for a in np.ravel(axes)))


@export("nn.sufficient_statistics")
def sufficient_statistics(x, axes, shift=None, keepdims=False, name=None):
    """(count, sum, sum of squares, shift) of `x - shift` over `axes`, for `normalize_moments`."""
    x = _as_tensor(x, "x")
    axes = sorted({int(a) for a in axes})
    sizes = [x.shape[a] for a in axes] if x.shape.rank is not None else [None]
    if None not in sizes:
        counts = convert_to_tensor(np.asarray(np.prod(sizes), x.dtype.as_numpy_dtype))
    else:
        places = op("FloorMod")(axes, op("Rank")(x))
        counts = _prod(op("GatherV2")(cast(_shape(x), x.dtype), places, 0), 0)
    if shift is not None:
        shift = convert_to_tensor(shift, name="shift")
        sums, squares = _sub(x, shift), _squared_difference(x, shift)
    else:
        sums, squares = x, _square(x)
    axes, keep = _axes(axes, x), bool(keepdims)
    return counts, _sum(sums, axes, keep_dims=keep), _sum(squares, axes, keep_dims=keep), shift


@export("nn.normalize_moments")
def normalize_moments(counts, mean_ss, variance_ss, shift, name=None):
    """Mean and variance from the results of `sufficient_statistics`."""
    divisor = op("Reciprocal")(counts)
    shifted = _mul(mean_ss, divisor)
    mean = shifted if shift is None else shifted + shift
    return mean, _sub(_mul(variance_ss, divisor), _square(shifted))


@export("nn.weighted_moments")
@in_scope("weighted_moments")
def weighted_moments(x, axes, frequency_weights, keepdims=False, name=None):
    """Mean and variance of `x` over `axes`, in which each element counts as often as its weight says."""
    x = _as_tensor(x, "x")
    weights = _as_tensor(frequency_weights, "frequency_weights")
    half = x.dtype is dtypes.float16
    if half:
        x = cast(x, dtypes.float32)
    weights = cast(weights, x.dtype)
    over = _axes(axes, x)
    total = _sum(weights + _zeros_like(x), over, keep_dims=True)
    mean = _div_no_nan(_sum(weights * x, over, keep_dims=True), total)
    variance = _div_no_nan(_sum(weights * _squared_difference(x, mean), over, keep_dims=True), total)
    results = (mean, variance) if keepdims else (_drop(mean, axes), _drop(variance, axes))
    return tuple(cast(r, dtypes.float16) for r in results) if half else results


@export("nn.batch_normalization")
@in_scope("batchnorm")
def batch_normalization(x, mean, variance, offset, scale, variance_epsilon, name=None):
    """(x - mean) / sqrt(variance + variance_epsilon) * scale + offset.

    `offset` and `scale` may be None; all but `variance_epsilon` broadcast against `x`.
    """
    x = _as_tensor(x, "x")
    inverse = _rsqrt(variance + variance_epsilon)
    if scale is not None:
        inverse = inverse * scale
    shift = offset - mean * inverse if offset is not None else -mean * inverse
    return op("AddV2")(x * cast(inverse, x.dtype), cast(shift, x.dtype), name=name)


@export("nn.batch_norm_with_global_normalization")
def batch_norm_with_global_normalization(
    input, mean, variance, beta, gamma, variance_epsilon, scale_after_normalization, name=None
):
    """`batch_normalization` with offset `beta`, and with scale `gamma` if `scale_after_normalization`."""
    scale = gamma if scale_after_normalization else None
    return batch_normalization(input, mean, variance, beta, scale, variance_epsilon, name)


@export("compat.v1.nn.fused_batch_norm")
def fused_batch_norm(
    x,
    scale,
    offset,
    mean=None,
    variance=None,
    epsilon=0.001,
    data_format="NHWC",
    is_training=True,
    name=None,
    exponential_avg_factor=1.0,
):
    """Batch normalisation over all dimensions but the channels.

    Args:
      x: `[batch, ..., channels]`, or channels first as `data_format` says.
      scale: vector over the channels.
      offset: vector over the channels.
      mean: moving average, used for inference, or if `exponential_avg_factor` is not 1.
      variance: as `mean`.
      epsilon: added to the variance.
      data_format: "NHWC", "NCHW", "NDHWC" or "NCDHW".
      is_training: normalise with the batch's own statistics.
      name: name of the op in a graph.
      exponential_avg_factor: weight of the batch in the returned moving averages.

    Returns:
      The normalised `x`, and the new moving averages of mean and variance.
    """
    if (not is_training or exponential_avg_factor != 1.0) and (mean is None or variance is None):
        raise ValueError(
            "Both `mean` and `variance` must be a 1D tensor when `is_training` is False or "
            f"`exponential_avg_factor` != 1.0. Received: `mean` {mean!r} and `variance` {variance!r}"
        )
    empty = np.zeros([0], np.float32)
    outputs = _fused(
        x,
        scale,
        offset,
        empty if mean is None else mean,
        empty if variance is None else variance,
        epsilon=epsilon,
        exponential_avg_factor=exponential_avg_factor,
        data_format=data_format,
        is_training=is_training,
        name=name,
    )
    return outputs[0], outputs[1], outputs[2]


@export("nn.local_response_normalization", "nn.lrn")
def local_response_normalization(input, depth_radius=5, bias=1, alpha=1, beta=0.5, name=None):
    """input / (bias + alpha * sum of squares over nearby channels) ** beta, for a 4-D `input`."""
    return _lrn(input, depth_radius=depth_radius, bias=bias, alpha=alpha, beta=beta, name=name)


# Dropout -------------------------------------------------------------------------------------------------


def _noise_shape(x, noise_shape):
    if noise_shape is None:
        return x.shape.as_list() if x.shape.is_fully_defined() else _shape(x)
    if isinstance(noise_shape, Tensor):
        return noise_shape
    try:
        sizes = as_shape(noise_shape).as_list()
    except (TypeError, ValueError):
        return noise_shape
    if x.shape.rank == len(sizes):
        sizes = [own if size is None else size for size, own in zip(sizes, x.shape.as_list())]
    if None not in sizes:
        return sizes
    dynamic = _shape(x)
    return op("Pack")([dynamic[i] if s is None else s for i, s in enumerate(sizes)], axis=0)


def _dropout(x, rate, noise_shape, sample, skip, name):
    is_number = isinstance(rate, numbers.Real)
    if is_number and not 0 <= rate < 1:
        raise ValueError(f"`rate` must be a scalar tensor or a float in the range [0, 1). Received: rate={rate}")
    x = _as_tensor(x, "x")
    if not x.dtype.is_floating:
        raise ValueError(f"`x.dtype` must be a floating point tensor as `x` will be scaled. Received: {x.dtype}")
    if is_number and rate == 0:
        skip()
        return x
    if is_number:
        scaled = _mul(x, float(1 / (1 - rate)))
        threshold = float(rate)
    elif isinstance(rate, Tensor) or hasattr(type(rate), "__tf_tensor__"):
        threshold = convert_to_tensor(rate)
        if threshold.shape.rank not in (None, 0):
            raise ValueError(f"Shape {threshold.shape} must have rank 0")
        if threshold.dtype is not x.dtype:
            raise ValueError(
                "`x.dtype` must be compatible with `rate.dtype`. "
                f"Received: x.dtype={x.dtype} and rate.dtype={threshold.dtype}"
            )
        scaled = _real_div(x, _sub(1, threshold))
    else:
        raise ValueError(f"`rate` must be a scalar or scalar tensor. Received: rate={rate}")
    keep = op("GreaterEqual")(sample(_noise_shape(x, noise_shape), x.dtype), threshold)
    result = _select(keep, scaled, convert_to_tensor(0, x.dtype), name=name)
    if context.graph is not None:
        result.set_shape(x.shape)
    return result


@export("nn.dropout")
@in_scope("dropout")
def dropout(x, rate, noise_shape=None, seed=None, name=None):
    """Sets elements of `x` to zero with probability `rate` and divides the others by `1 - rate`.

    Args:
      x: floating-point tensor.
      rate: number in [0, 1), or a scalar tensor of the dtype of `x`.
      noise_shape: shape of the random choice, broadcast to that of `x`; None entries are taken from `x`.
      seed: op seed; see `tf.random.set_seed`.
      name: name of the op in a graph.

    Raises:
      ValueError: for a rate out of range or an `x` that is not floating-point.
    """

    def sample(shape, dtype):
        seed1, seed2 = seeds.get_seed(seed)
        shape = convert_to_tensor(shape, dtypes.int32 if not isinstance(shape, Tensor) else None)
        return op("RandomUniform")(shape, dtype=dtype, seed=seed1 or 0, seed2=seed2 or 0)

    return _dropout(x, rate, noise_shape, sample, lambda: seeds.get_seed(seed), name)


@export("nn.experimental.general_dropout")
def general_dropout(x, rate, uniform_sampler, noise_shape=None, name=None):
    """`dropout` with random numbers from `uniform_sampler(shape, dtype)`."""

    def sample(shape, dtype):
        return uniform_sampler(shape=shape, dtype=dtype)

    return _dropout(x, rate, noise_shape, sample, lambda: None, name)


@export("nn.experimental.stateless_dropout")
def stateless_dropout(x, rate, seed, rng_alg=None, noise_shape=None, name=None):
    """`dropout` that is determined by `seed`, an integer vector of two elements."""

    def sample(shape, dtype):
        attrs = {} if rng_alg is None else {"alg": rng_alg}
        return stateless_uniform(shape, seed=seed, dtype=dtype, **attrs)

    return _dropout(x, rate, noise_shape, sample, lambda: None, name)


# Embeddings ----------------------------------------------------------------------------------------------


@export("nn.embedding_lookup")
@in_scope("embedding_lookup", result=True)
def embedding_lookup(params, ids, max_norm=None, name=None):
    """Rows `ids` of the embedding matrix `params`.

    Args:
      params: tensor or variable `[rows, ...]`, or a list of them that is taken for one, cut along the rows into
        stretches of equal length, but the first of them one row longer than the others.
      ids: integer tensor.
      max_norm: each row is scaled down to this Euclidean norm.
      name: name of the op in a graph.

    Returns:
      A tensor of shape `ids.shape + params.shape[1:]`.

    Raises:
      ValueError: if `params` is None or empty.
    """
    return lookup(params, ids, "div", max_norm, name)


def lookup(params, ids, strategy, max_norm, name):
    """`embedding_lookup` of parts that `strategy` made: "mod" deals out the rows by turns, "div" cuts."""
    if params is None:
        raise ValueError("params must be specified")
    ids = convert_to_tensor(ids, name="ids")
    if isinstance(params, (list, tuple)):
        if not params:
            raise ValueError("Length of params is currently 0. Need at least one param.")
        if len(params) > 1:
            return lookup_in_parts([_part(p) for p in params], ids, strategy, max_norm, name)
        (params,) = params
    rows = gather(params, ids, name=name)
    if context.graph is not None:
        rows = op("Identity")(rows)  # what TensorFlow's graphs call the result
    if max_norm is None:
        return rows
    return clip_by_norm(rows, max_norm, axes=row_axes(ids, rows))


def _part(params):
    # A variable is gathered from as it is.
    return params if hasattr(params, "handle") else convert_to_tensor(params)
