"""`tf.nn`: convolutions, transposed convolutions, and moving between depth and space.

Channels-first data works on every device; TensorFlow refuses it on the CPU.
"""

from __future__ import annotations

import functools
import warnings

import numpy as np

from tfshim.api.nn_space_to_batch import with_space_to_batch
from tfshim.api.windows import is_channels_first, per_dimension, split_padding, two_dimensional_format
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import DType
from tfshim.export import export
from tfshim.ops import op
from tfshim.tensor import Tensor

_concat = op("ConcatV2")
_conv2d = op("Conv2D")
_conv2d_backprop_input = op("Conv2DBackpropInput")
_conv3d = op("Conv3D")
_conv3d_backprop_input = op("Conv3DBackpropInputV2")
_depthwise = op("DepthwiseConv2dNative")
_depthwise_backprop_filter = op("DepthwiseConv2dNativeBackpropFilter")
_depthwise_backprop_input = op("DepthwiseConv2dNativeBackpropInput")
_depth_to_space = op("DepthToSpace")
_expand_dims = op("ExpandDims")
_reshape = op("Reshape")
_shape = op("Shape")
_space_to_depth = op("SpaceToDepth")
_squeeze = op("Squeeze")


def _as_tensor(value, name):
    return value if isinstance(value, Tensor) else convert_to_tensor(value, name=name)


def _image(value, filters):
    """The input of a convolution: eagerly, an array takes the dtype of the filters, as for most ops."""
    if isinstance(value, Tensor):
        return value
    hint = getattr(filters, "dtype", None) if context.graph is None else None
    return convert_to_tensor(value, name="input", hint=hint if isinstance(hint, DType) else None)


def _in_one_batch(x, run, inner_rank: int):
    """Runs `run`, which takes one batch dimension, on a tensor with several."""
    rank = x.shape.rank
    if rank is None or rank <= inner_rank + 1:
        return run(x)
    inner = x.shape[-inner_rank:]
    if x.shape.is_fully_defined():
        batch = x.shape[:-inner_rank].as_list()
        out = run(_reshape(x, [-1, *inner.as_list()]))
        return _reshape(out, [*batch, *out.shape[1:].as_list()])
    sizes = _shape(x)
    out = run(_reshape(x, _concat([[-1], sizes[-inner_rank:]], 0)))
    return _reshape(out, _concat([sizes[:-inner_rank], _shape(out)[1:]], 0))


@export("nn.conv2d")
def conv2d(input, filters, strides, padding, data_format="NHWC", dilations=None, name=None):
    """The 2-D convolution (cross-correlation) of images with filters.

    Args:
      input: `[..., height, width, channels]`, or `[batch, channels, height, width]` for "NCHW".
      filters: `[height, width, channels / groups, out_channels]`.
      strides: one number, one for each spatial dimension, or one for each dimension.
      padding: "SAME", "VALID", or a (before, after) pair for each of the four dimensions.
      data_format: "NHWC" or "NCHW".
      dilations: as `strides`: distances between the elements of a filter.
      name: name of the op in a graph.

    Raises:
      ValueError: for arguments of a wrong length.
      InvalidArgumentError: for shapes that do not fit.
    """
    data_format = data_format or "NHWC"
    channel_index = 1 if is_channels_first(data_format) else 3
    padding, explicit = split_padding(padding)
    run = functools.partial(
        _conv2d,
        strides=tuple(per_dimension(strides, 2, channel_index, "strides")),
        padding=padding,
        explicit_paddings=explicit,
        data_format=data_format,
        dilations=tuple(per_dimension(dilations, 2, channel_index, "dilations")),
        name=name,
    )
    input = _image(input, filters)
    return _in_one_batch(input, lambda x: run(x, filters), 3)


@export("nn.conv1d")
def conv1d(input, filters, stride, padding, data_format="NWC", dilations=None, name=None):
    """The 1-D convolution of `[..., width, channels]` with filters `[width, channels, out_channels]`.

    See `conv2d`; `padding` is "SAME" or "VALID", `data_format` "NWC" or "NCW".
    """
    format_2d = two_dimensional_format(data_format)
    channel_index, spatial = (1, -2) if format_2d == "NCHW" else (2, -3)
    attrs = dict(
        strides=(1, *per_dimension(stride, 1, channel_index, "stride")),
        padding=padding,
        data_format=format_2d,
        dilations=(1, *per_dimension(dilations, 1, channel_index, "dilations")),
        name=name,
    )
    x = _expand_dims(_as_tensor(input, "input"), spatial)
    filters = _expand_dims(filters, 0)
    result = _in_one_batch(x, lambda x: _conv2d(x, filters, **attrs), 3)
    return _squeeze(result, squeeze_dims=(spatial,))


@export("nn.conv3d")
def conv3d(input, filters, strides, padding, data_format="NDHWC", dilations=None, name=None):
    """The 3-D convolution of `input` `[..., depth, height, width, channels]`.

    See `conv2d`; `padding` is "SAME" or "VALID", `data_format` "NDHWC" or "NCDHW".
    """
    data_format = data_format or "NDHWC"
    channel_index = 1 if is_channels_first(data_format) else 4
    attrs = dict(
        strides=tuple(per_dimension(strides, 3, channel_index, "strides")),
        padding=padding,
        data_format=data_format,
        dilations=tuple(per_dimension(dilations, 3, channel_index, "dilations")),
        name=name,
    )
    return _in_one_batch(_image(input, filters), lambda x: _conv3d(x, filters, **attrs), 4)


_BY_RANK = {1: conv1d, 2: conv2d, 3: conv3d}


@export("nn.convolution")
def convolution(input, filters, strides=None, padding="VALID", data_format=None, dilations=None, name=None):
    """`conv1d`, `conv2d` or `conv3d`, by the rank of `filters`.

    Raises:
      ValueError: if the ranks are unknown or out of range, or for strides together with dilations.
    """
    filters = _as_tensor(filters, "filters")
    input = _as_tensor(input, "input")
    if filters.shape.rank is not None:
        n = filters.shape.rank - 2
    elif input.shape.rank is not None:
        n = input.shape.rank - 2
    else:
        raise ValueError(
            "One of `input.shape.rank` or `filters.shape.rank` must be known. "
            f"Received: input.shape={input.shape} and filters.shape={filters.shape}"
        )
    if n not in _BY_RANK:
        raise ValueError(f"`num_spatial_dims` must be 1, 2, or 3. Received: num_spatial_dims={n}.")
    batch = input.shape.rank - n - 1 if input.shape.rank is not None else 1
    channel_index = batch if is_channels_first(data_format) else batch + n
    full = per_dimension(dilations, n, channel_index, "dilations")
    steps = per_dimension(strides, n, channel_index, "strides")
    if any(d != 1 for d in full):
        _check_dilated(input, filters, n, channel_index, steps, padding, full)
    return _BY_RANK[n](input, filters, steps, padding, data_format, full, name)


def _check_dilated(input, filters, n, channel_index, strides, padding, dilations):
    """Refuses before anything runs what undilated convolutions leave to their kernels."""
    if any(s != 1 for s in strides):
        raise ValueError(
            "`strides > 1` not supported in conjunction with `dilation_rate > 1`. "
            f"Received: strides={strides} and dilation_rate={dilations}"
        )
    if min(dilations) < 1:
        raise ValueError(f"all values of `dilation_rate` must be positive. Received: dilation_rate={dilations}")
    if isinstance(padding, str) and padding.upper() not in ("SAME", "VALID"):
        raise ValueError(f"`padding` must be one of 'SAME' or 'VALID'. Received: padding={padding}")
    if input.shape.rank is None:
        return
    if input.shape.rank < n + 2:
        raise ValueError(f"`input` of {n} spatial dimensions needs a rank of {n + 2}. Received: {input.shape}")
    channels, taken = input.shape[channel_index], filters.shape[-2] if filters.shape.rank is not None else None
    if channels and taken and channels % taken:
        raise ValueError(f"The number of input channels, {channels}, is not divisible by that of filters, {taken}.")


@export("nn.atrous_conv2d")
def atrous_conv2d(value, filters, rate, padding, name=None):
    """`convolution` with dilations of `rate` in both spatial dimensions."""
    rates = [int(r) for r in np.broadcast_to(rate, (2,))]
    return convolution(value, filters, padding=padding, dilations=rates, name=name)


@export("nn.conv2d_transpose")
def conv2d_transpose(
    input, filters, output_shape, strides, padding="SAME", data_format="NHWC", dilations=None, name=None
):
    """The transpose (the gradient with respect to the input) of `conv2d`.

    Args:
      input: `[batch, height, width, in_channels]`, in the order of `data_format`.
      filters: `[height, width, out_channels, in_channels]`.
      output_shape: the four sizes of the result.
      strides: as for `conv2d`.
      padding: as for `conv2d`.
      data_format: "NHWC" or "NCHW".
      dilations: as for `conv2d`.
      name: name of the op in a graph.

    Raises:
      InvalidArgumentError: if `conv2d` of `output_shape` does not give the shape of `input`.
    """
    data_format = data_format or "NHWC"
    channel_index = 1 if is_channels_first(data_format) else 3
    padding, explicit = split_padding(padding)
    return _conv2d_backprop_input(
        output_shape,
        filters,
        input,
        strides=tuple(per_dimension(strides, 2, channel_index, "strides")),
        padding=padding,
        explicit_paddings=explicit,
        data_format=data_format,
        dilations=tuple(per_dimension(dilations, 2, channel_index, "dilations")),
        name=name,
    )


@export("nn.conv1d_transpose")
def conv1d_transpose(
    input, filters, output_shape, strides, padding="SAME", data_format="NWC", dilations=None, name=None
):
    """The transpose of `conv1d`, see `conv2d_transpose`; filters are `[width, out_channels, in_channels]`."""
    format_2d = two_dimensional_format(data_format)
    channel_index, spatial = (1, 2) if format_2d == "NCHW" else (2, 1)
    sizes = output_shape if isinstance(output_shape, Tensor) else list(output_shape)
    result = _conv2d_backprop_input(
        _concat([sizes[:spatial], [1], sizes[spatial:]], 0),
        _expand_dims(filters, 0),
        _expand_dims(input, spatial),
        strides=(1, *per_dimension(strides, 1, channel_index, "stride")),
        padding=padding,
        data_format=format_2d,
        dilations=(1, *per_dimension(dilations, 1, channel_index, "dilations")),
        name=name,
    )
    return _squeeze(result, squeeze_dims=(spatial,))


@export("nn.conv3d_transpose")
def conv3d_transpose(
    input, filters, output_shape, strides, padding="SAME", data_format="NDHWC", dilations=None, name=None
):
    """The transpose of `conv3d`. See `conv2d_transpose`."""
    data_format = data_format or "NDHWC"
    channel_index = 1 if is_channels_first(data_format) else 4
    return _conv3d_backprop_input(
        output_shape,
        filters,
        input,
        strides=tuple(per_dimension(strides, 3, channel_index, "strides")),
        padding=padding,
        data_format=data_format,
        dilations=tuple(per_dimension(dilations, 3, channel_index, "dilations")),
        name=name,
    )


_TRANSPOSE_BY_RANK = {1: conv1d_transpose, 2: conv2d_transpose, 3: conv3d_transpose}


@export("nn.conv_transpose")
def conv_transpose(input, filters, output_shape, strides, padding="SAME", data_format=None, dilations=None, name=None):
    """`conv1d_transpose`, `conv2d_transpose` or `conv3d_transpose`, by the length of `output_shape`."""
    if isinstance(output_shape, Tensor):
        n = output_shape.shape[0] - 2
    elif hasattr(output_shape, "__len__"):
        n = len(output_shape) - 2
    else:
        raise ValueError(f"`output_shape` must be a tensor or sized collection. Received: output_shape={output_shape}")
    if n not in _TRANSPOSE_BY_RANK:
        raise ValueError(f"`output_shape` must be of length 3, 4 or 5. Received: {output_shape} of length {n + 2}.")
    return _TRANSPOSE_BY_RANK[n](input, filters, output_shape, strides, padding, data_format, dilations, name)


@export("nn.atrous_conv2d_transpose")
def atrous_conv2d_transpose(value, filters, output_shape, rate, padding, name=None):
    """The transpose of `atrous_conv2d`.

    Raises:
      ValueError: if `rate` is less than one.
    """
    if rate < 1:
        raise ValueError(f"`rate` cannot be less than one. Received: rate={rate}")
    return conv2d_transpose(value, filters, output_shape, 1, padding, dilations=int(rate), name=name)


def _depthwise_attrs(strides, padding, data_format, dilations):
    channel_index = 1 if is_channels_first(data_format) else 3
    rates = [1, 1] if dilations is None else list(dilations)
    padding, explicit = split_padding(padding)
    return dict(
        strides=tuple(strides),
        padding=padding,
        explicit_paddings=explicit,
        data_format=data_format or "NHWC",
        dilations=tuple(per_dimension(rates, 2, channel_index, "dilations")),
    )


@export("nn.depthwise_conv2d")
def depthwise_conv2d(input, filter, strides, padding, data_format=None, dilations=None, name=None):
    """A 2-D convolution of each channel on its own.

    Args:
      input: `[batch, height, width, channels]`, in the order of `data_format`.
      filter: `[height, width, channels, multiplier]`.
      strides: four numbers, equal in both spatial dimensions.
      padding: as for `conv2d`.
      data_format: "NHWC" (default) or "NCHW".
      dilations: one for each spatial dimension; with strides, which are then those within the interleaved images
        of which every so many-th pixel is one, it warns.
      name: name of the op in a graph.

    Returns:
      `[batch, height, width, channels * multiplier]`.
    """
    input = _as_tensor(input, "tensor_in")
    if dilations is None or all(r == 1 for r in dilations) or all(s == 1 for s in strides):
        attrs = _depthwise_attrs(strides, padding, data_format, dilations)
        return _depthwise(input, filter, **attrs, name=name)
    warnings.warn(
        "When dilation rate is greater than 1, then all values of strides must be 1. "
        f"Received: `dilation rate` {list(dilations)} and `strides` {strides}",
        stacklevel=2,
    )
    filter = _as_tensor(filter, "filter_in")

    def plain(images, _, padding):
        return _depthwise(images, filter, **_depthwise_attrs(strides, padding, data_format, None), name=name)

    return with_space_to_batch(input, dilations, padding, plain, _shape(filter), data_format=data_format)


@export("nn.separable_conv2d")
def separable_conv2d(
    input, depthwise_filter, pointwise_filter, strides, padding, data_format=None, dilations=None, name=None
):
    """`depthwise_conv2d`, then a `conv2d` with a filter `[1, 1, channels * multiplier, out_channels]`."""
    pointwise_filter = _as_tensor(pointwise_filter, "pointwise_filter")
    sizes = pointwise_filter.shape.with_rank(4)
    if not sizes[:2].is_compatible_with([1, 1]):
        raise ValueError(f"`pointwise_filter` must have shape [1, 1, ...]. Received: {sizes}")
    between = depthwise_conv2d(input, depthwise_filter, strides, padding, data_format, dilations)
    return conv2d(between, pointwise_filter, 1, "VALID", data_format, name=name)


@export("nn.depthwise_conv2d_backprop_input")
def depthwise_conv2d_backprop_input(
    input_sizes, filter, out_backprop, strides, padding, data_format="NHWC", dilations=(1, 1, 1, 1), name=None
):
    """The gradient of `depthwise_conv2d` with respect to its input, whose shape is `input_sizes`."""
    padding, explicit = split_padding(padding)
    return _depthwise_backprop_input(
        input_sizes,
        filter,
        out_backprop,
        strides=strides,
        padding=padding,
        explicit_paddings=explicit,
        data_format=data_format,
        dilations=dilations,
        name=name,
    )


@export("nn.depthwise_conv2d_backprop_filter")
def depthwise_conv2d_backprop_filter(
    input, filter_sizes, out_backprop, strides, padding, data_format="NHWC", dilations=(1, 1, 1, 1), name=None
):
    """The gradient of `depthwise_conv2d` with respect to its filter, whose shape is `filter_sizes`."""
    padding, explicit = split_padding(padding)
    return _depthwise_backprop_filter(
        input,
        filter_sizes,
        out_backprop,
        strides=strides,
        padding=padding,
        explicit_paddings=explicit,
        data_format=data_format,
        dilations=dilations,
        name=name,
    )


@export("nn.space_to_depth")
def space_to_depth(input, block_size, data_format="NHWC", name=None):
    """Moves blocks of `block_size` x `block_size` pixels into the channels; NCHW_VECT_C is not supported."""
    return _space_to_depth(input, block_size=block_size, data_format=data_format, name=name)


@export("nn.depth_to_space")
def depth_to_space(input, block_size, data_format="NHWC", name=None):
    """Moves channels into blocks of `block_size` x `block_size` pixels; NCHW_VECT_C is not supported."""
    return _depth_to_space(input, block_size=block_size, data_format=data_format, name=name)
