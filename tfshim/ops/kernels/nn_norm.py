"""Kernels of normalisation, of adding a bias, and of moving between depth and space."""

from __future__ import annotations

import functools

import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim.ops.kernels.array_common import data_kernel
from tfshim.ops.kernels.nn_activations import widened
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid, shape_text
from tfshim.ops.windows import layout_of
from tfshim.shapes import TensorShape


def _bias_axis(data_format: str, rank: int) -> int:
    return 1 if data_format == "NCHW" else rank - 1


def _check_bias(value_shape, bias_shape, data_format):
    if len(value_shape) < 2:
        raise invalid(f"BiasAdd: Input tensor must be at least 2D: {shape_text(value_shape)}")
    if len(bias_shape) != 1:
        raise invalid(f"BiasAdd: Biases must be 1D: {shape_text(bias_shape)}")
    size, biases = value_shape[_bias_axis(data_format, len(value_shape))], bias_shape[0]
    if size is not None and biases is not None and size != biases:
        raise invalid(
            "BiasAdd: Must provide as many biases as the channel dimension of the input tensor: "
            f"{shape_text(bias_shape)} vs. {shape_text(value_shape)}"
        )


@kernel("BiasAdd")
def bias_add(value, bias, *, data_format):
    _check_bias(value.shape, bias.shape, data_format)
    shape = [1] * value.ndim
    shape[_bias_axis(data_format, value.ndim)] = -1
    return value + bias.reshape(shape)


@kernel("BiasAddV1")
def bias_add_v1(value, bias):
    return bias_add(value, bias, data_format="NHWC")


@kernel("BiasAddGrad")
def bias_add_grad(out_backprop, *, data_format):
    axis = _bias_axis(data_format, out_backprop.ndim)
    axes = tuple(i for i in range(out_backprop.ndim) if i != axis)
    return jnp.sum(out_backprop, axis=axes, dtype=out_backprop.dtype)


def _bias_shape(op_name, op):
    value, bias = op.shape(0), op.shape(1)
    data_format = op.attr("data_format") if op_name == "BiasAdd" else "NHWC"
    if value.rank is None:
        return value
    if data_format == "NCHW" and value.rank < 3:
        # In eager mode the kernel takes it.
        raise invalid(f"Shape must be at least rank 3 but is rank {value.rank}")
    if bias.rank is None:
        _check_bias(value.as_list(), [None], data_format)
        return value
    _check_bias(value.as_list(), bias.as_list(), data_format)
    sizes = value.as_list()
    axis = _bias_axis(data_format, len(sizes))
    if sizes[axis] is None:
        sizes[axis] = bias.as_list()[0]
    return TensorShape(sizes)


for _name in ("BiasAdd", "BiasAddV1"):
    shape_function(_name)(functools.partial(_bias_shape, _name))


def _batch_norm(x, scale, offset, mean, variance, epsilon, factor, data_format, is_training):
    """Output, the moving averages to be, and the statistics of the batch; statistics in float32."""
    layout = layout_of(data_format, "FusedBatchNorm")
    rank = len(layout.spatial) + 2
    if x.ndim != rank:
        raise invalid(f"FusedBatchNorm: input must be {rank}-dimensional, got shape {shape_text(x.shape)}")
    depth = x.shape[layout.channel]
    named = [("scale", scale), ("offset", offset)]
    if not is_training or factor != 1.0:
        named += [("mean", mean), ("variance", variance)]
    for name, vector in named:
        if vector.shape != (depth,):
            raise invalid(
                f"FusedBatchNorm: {name} must have shape [{depth}] like the channels of x "
                f"{shape_text(x.shape)}, got shape {shape_text(vector.shape)}"
            )
    wide = widened(x)
    statistics = scale.dtype
    scale, offset, mean, variance = (widened(v) for v in (scale, offset, mean, variance))
    axes = tuple(i for i in range(rank) if i != layout.channel)
    channels = [1] * rank
    channels[layout.channel] = depth
    batch_mean, batch_variance = mean, variance
    if is_training:
        batch_mean = jnp.mean(wide, axis=axes)
        centred = wide - batch_mean.reshape(channels)
        batch_variance = jnp.mean(jnp.square(centred), axis=axes)
    else:
        centred = wide - mean.reshape(channels)
    slope = scale * lax.rsqrt(batch_variance + epsilon)
    y = centred * slope.reshape(channels) + offset.reshape(channels)
    new_mean, new_variance = batch_mean, batch_variance
    if is_training:
        count = x.size // max(depth, 1)
        new_variance = batch_variance * (count / max(count - 1, 1))
        if factor != 1.0:
            new_mean = (1 - factor) * mean + factor * batch_mean
            new_variance = (1 - factor) * variance + factor * new_variance
    others = (new_mean, new_variance, batch_mean, batch_variance)
    if not x.size:
        # Nothing has no statistics, not even those that are given.
        others = tuple(jnp.full_like(v, jnp.nan) for v in others)
    # TensorFlow's gradient follows the first output only.
    return y.astype(x.dtype), *(lax.stop_gradient(v).astype(statistics) for v in others)


@kernel("FusedBatchNormV3", no_gradient=("mean", "variance"))
def fused_batch_norm_v3(x, scale, offset, mean, variance, *, epsilon, exponential_avg_factor, data_format, is_training):
    outputs = _batch_norm(x, scale, offset, mean, variance, epsilon, exponential_avg_factor, data_format, is_training)
    return *outputs, jnp.zeros((), scale.dtype)


def _five_outputs(x, scale, offset, mean, variance, *, epsilon, exponential_avg_factor, data_format, is_training):
    return _batch_norm(x, scale, offset, mean, variance, epsilon, exponential_avg_factor, data_format, is_training)


for _name in ("FusedBatchNorm", "FusedBatchNormV2"):
    kernel(_name, no_gradient=("mean", "variance"))(_five_outputs)


def _batch_norm_shape(op_name, op):
    x = op.shape(0)
    layout = layout_of(op.attr("data_format"), op_name)
    rank = len(layout.spatial) + 2
    sizes = x.as_list() if x.rank is not None else [None] * rank
    if len(sizes) != rank:
        raise invalid(f"{op_name}: input must be {rank}-dimensional, got shape {x}")
    depth = sizes[layout.channel]
    for i in range(1, 3):
        vector = op.shape(i)
        if vector.rank is not None and depth is None:
            depth = vector.as_list()[0]
    sizes[layout.channel] = depth
    vector = TensorShape([depth])
    shapes = [TensorShape(sizes), vector, vector, vector, vector]
    return [*shapes, TensorShape([])] if op_name == "FusedBatchNormV3" else shapes


for _name in ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"):
    shape_function(_name)(functools.partial(_batch_norm_shape, _name))


@kernel("LRN")
def lrn(x, *, depth_radius, bias, alpha, beta):
    if x.ndim != 4:
        raise invalid(f"LRN: input must be 4-dimensional, got shape {shape_text(x.shape)}")
    if depth_radius < 0:
        raise invalid(f"LRN: depth_radius must not be negative, got {depth_radius}")
    wide = widened(x)
    channels = np.arange(x.shape[3])
    # A product with a band sums up the neighbours, as in TensorFlow; slices or windows take ten times as long.
    band = (np.abs(channels[:, None] - channels) <= depth_radius).astype(wide.dtype)
    scale = bias + alpha * jnp.matmul(jnp.square(wide), band, precision=lax.Precision.HIGHEST)
    return (wide * _power(scale, -beta)).astype(x.dtype)


def _power(x, exponent):
    """`x ** exponent` of positive numbers; the usual exponents take far less time than a power does."""
    if exponent == -0.5:
        return lax.rsqrt(x)
    return 1 / x if exponent == -1 else jnp.exp(exponent * jnp.log(x))


@shape_function("LRN")
def _unchanged(op):
    if op.shape(0).rank not in (None, 4):
        raise invalid(f"LRN: input must be 4-dimensional, got shape {op.shape(0)}")
    return op.shape(0) if op.shape(0).rank else TensorShape([None] * 4)


def _moved_sizes(op_name, sizes, block, data_format):
    """The output sizes (None: unknown) of SpaceToDepth and DepthToSpace."""
    layout = layout_of(data_format, op_name)
    if len(sizes) != 4:
        raise invalid(f"{op_name}: input must be 4-dimensional, got shape {shape_text(sizes)}")
    result = list(sizes)
    to_depth = op_name == "SpaceToDepth"
    for axes, factor, grows in (
        ((layout.channel,), block * block, to_depth),
        (layout.spatial, block, not to_depth),
    ):
        for axis in axes:
            size = sizes[axis]
            if size is None:
                continue
            if not grows and size % factor:
                what = "channel" if axis == layout.channel else "spatial"
                raise invalid(
                    f"{op_name}: the {what} size {size} of the input {shape_text(sizes)} must be divisible "
                    f"by {factor} (block_size={block})"
                )
            result[axis] = size * factor if grows else size // factor
    return result


def _move(op_name, x, block_size, data_format):
    n, h, w, c = x.shape if data_format == "NHWC" else (x.shape[i] for i in (0, 2, 3, 1))
    sizes = _moved_sizes(op_name, x.shape, block_size, data_format)
    b = block_size
    if op_name == "SpaceToDepth":
        if data_format == "NHWC":
            blocks = x.reshape(n, h // b, b, w // b, b, c).transpose(0, 1, 3, 2, 4, 5)
        else:
            blocks = x.reshape(n, c, h // b, b, w // b, b).transpose(0, 3, 5, 1, 2, 4)
    elif data_format == "NHWC":
        blocks = x.reshape(n, h, w, b, b, c // (b * b)).transpose(0, 1, 3, 2, 4, 5)
    else:
        blocks = x.reshape(n, b, b, c // (b * b), h, w).transpose(0, 3, 4, 1, 5, 2)
    return blocks.reshape(sizes)


@data_kernel("SpaceToDepth")
def space_to_depth(xp, x, *, block_size, data_format):
    _moved_sizes("SpaceToDepth", x.shape, block_size, data_format)
    return _move("SpaceToDepth", x, block_size, data_format)


@kernel("DepthToSpace")
def depth_to_space(x, *, block_size, data_format):
    _moved_sizes("DepthToSpace", x.shape, block_size, data_format)
    return _move("DepthToSpace", x, block_size, data_format)


def _moved_shape(op_name, op):
    shape = op.shape(0)
    sizes = shape.as_list() if shape.rank is not None else [None] * 4
    return TensorShape(_moved_sizes(op_name, sizes, op.attr("block_size"), op.attr("data_format")))


for _name in ("SpaceToDepth", "DepthToSpace"):
    shape_function(_name)(functools.partial(_moved_shape, _name))
