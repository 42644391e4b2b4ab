"""Kernels of convolutions and of their transposes.

All of them are one function, `convolve`, and its transposes with respect to the input and to the filter.
TensorFlow's CPU kernels refuse channels-first data; these compute it.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim.ops.kernels import nn_conv_products as products
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid, shape_text
from tfshim.ops.windows import (
    Layout,
    Windows,
    check_fit,
    explicit_pairs,
    layout_of,
    spatial_attr,
    windows,
)
from tfshim.shapes import TensorShape

# Up to so many groups are convolved one by one on the CPU: XLA's own gradients take a hundred times as long.
_MOST_GROUPS = 64


def _require_rank(op_name: str, layout: Layout, **shapes) -> None:
    rank = len(layout.spatial) + 2
    for name, shape in shapes.items():
        if len(shape) != rank:
            raise invalid(f"{op_name}: {name} must be {rank}-dimensional: {shape_text(shape)}")


def _groups(op_name: str, in_depth: int, filter_depth: int, out_depth: int) -> int:
    if filter_depth == 0 or in_depth % filter_depth:
        raise invalid(f"{op_name}: input depth must be evenly divisible by filter depth: {in_depth} vs {filter_depth}")
    groups = in_depth // filter_depth
    if groups == 0 or out_depth % groups:
        raise invalid(f"{op_name}: output depth must be evenly divisible by number of groups: {out_depth} vs {groups}")
    return groups


def place(op_name, input_shape, filter_shape, layout, strides, padding, explicit_paddings, dilations) -> Windows:
    """Checks the attributes of a convolution and places its windows."""
    strides = spatial_attr(strides, layout, op_name, "strides")
    dilations = spatial_attr(dilations, layout, op_name, "dilations") if dilations else None
    pairs = explicit_pairs(explicit_paddings, layout, op_name) if padding == "EXPLICIT" else ()
    sizes = [input_shape[i] for i in layout.spatial]
    return windows(op_name, sizes, filter_shape[: len(sizes)], strides, padding, pairs, dilations)


def convolve(x, w, layout: Layout, place: Windows, groups: int):
    """The convolution itself: `x` laid out as `layout`, `w` as [*spatial, in / groups, out]."""
    n = len(layout.spatial)
    if 0 in x.shape or 0 in w.shape or 0 in place.outputs:
        shape = [x.shape[0]] * (n + 2)
        for axis, size in zip(layout.spatial, place.outputs, strict=True):
            shape[axis] = size
        shape[layout.channel] = w.shape[-1]
        return jnp.zeros(shape, x.dtype)
    if math.prod(place.ksize) == 1 and groups == 1 and layout.channel == n + 1 and not any(map(any, place.pads)):
        # A 1x1 convolution is a matrix product; as such XLA's CPU back end runs it several times faster.
        if any(s > 1 for s in place.strides):
            x = x[(slice(None), *(slice(None, None, s) for s in place.strides))]
        return jnp.matmul(x, w.reshape(w.shape[-2:]))
    channels = lax.ConvDimensionNumbers(
        lhs_spec=(0, layout.channel, *layout.spatial),
        rhs_spec=(n + 1, n, *range(n)),
        out_spec=(0, layout.channel, *layout.spatial),
    )
    return lax.conv_general_dilated(
        x,
        w,
        window_strides=place.strides,
        padding=place.pads,
        rhs_dilation=place.dilations,
        dimension_numbers=channels,
        feature_group_count=groups,
    )


class _Bilinear(NamedTuple):
    """A convolution as a function of input and filter, and the forms of it that are transposed for either."""

    apply: Callable[..., Any]
    by_input: Callable[..., Any]
    by_filter: Callable[..., Any]


def _conv_with(convolution):
    """`prepare_for` of the plain family, over one way to compute it: (layout, windows, groups) -> _Bilinear."""

    def prepare_for(op_name, data_format, strides, padding, explicit_paddings, dilations):
        layout = layout_of(data_format, op_name)

        def prepare(input_shape, filter_shape):
            _require_rank(op_name, layout, input=input_shape, filter=filter_shape)
            groups = _groups(op_name, input_shape[layout.channel], filter_shape[-2], filter_shape[-1])
            spot = place(op_name, input_shape, filter_shape, layout, strides, padding, explicit_paddings, dilations)
            return convolution(layout, spot, groups)

        return layout, prepare

    return prepare_for


def _by_library(layout, spot, groups):
    def convolution(x, w):
        return convolve(x, w, layout, spot, groups)

    return _Bilinear(convolution, convolution, convolution)


def _on_accelerators(layout, spot, groups):
    library = _by_library(layout, spot, groups).apply

    def convolution(x, w):
        if not jnp.issubdtype(x.dtype, jnp.integer):
            return library(x, w)
        # cuDNN has no such convolutions; doubles hold the sums exactly up to 2 ** 53.
        return library(x.astype(jnp.float64), w.astype(jnp.float64)).astype(jnp.int64).astype(x.dtype)

    return _Bilinear(convolution, convolution, convolution)


def _by_products(layout, spot, groups):
    channels_last = layout.channel == len(layout.spatial) + 1

    def library(x, w, spot):
        return convolve(x, w, Layout(x.ndim - 1, tuple(range(1, x.ndim - 1))), spot, 1)

    def choice(way):
        def convolution(x, w):
            if not channels_last or groups > _MOST_GROUPS or not products.suits(x, w, spot):
                return convolve(x, w, layout, spot, groups)
            if groups == 1:
                return products.in_planes(way, x, w, spot, library)
            parts = [jnp.split(operand, groups, axis=-1) for operand in (x, w)]
            return jnp.concatenate(
                [products.in_planes(way, *part, spot, library) for part in zip(*parts, strict=True)], axis=-1
            )

        return convolution

    return _Bilinear(choice(products.convolve), choice(products.by_input), choice(products.by_filter))


def _transposed(op_name, fn, size_name, wanted, out_backprop):
    """The transpose of the linear function `fn`, whose argument has the shape and dtype of `wanted`."""
    produced = jax.eval_shape(fn, wanted)
    if produced.shape != out_backprop.shape:
        raise invalid(
            f"{op_name}: out_backprop has shape {shape_text(out_backprop.shape)}, but {size_name} "
            f"{shape_text(wanted.shape)} calls for {shape_text(produced.shape)}"
        )
    return jax.linear_transpose(fn, wanted)(out_backprop)[0]


def _full_input_sizes(op_name, input_sizes, layout, filter_shape, out_shape):
    sizes = [int(s) for s in np.ravel(input_sizes)]
    n = len(layout.spatial)
    if len(sizes) == n:
        full = [out_shape[0]] * (n + 2)
        for axis, size in zip(layout.spatial, sizes, strict=True):
            full[axis] = size
        full[layout.channel] = filter_shape[-2]
        return full
    if len(sizes) != n + 2:
        raise invalid(f"{op_name}: input_sizes must hold {n + 2} values, got {sizes}")
    if sizes[0] == -1:
        sizes[0] = out_shape[0]
    if any(s < 0 for s in sizes):
        raise invalid(f"{op_name}: input_sizes must not be negative, got {sizes}")
    return sizes


def _register_family(prepare_for, forward, backprop_input, backprop_filter, platform=None):
    """Registers a convolution and its two transposes.

    `prepare_for(op_name, **attrs)` gives the layout and a function from the two shapes to the convolution.
    """

    def run_forward(x, w, **attrs):
        _, prepare = prepare_for(forward, **attrs)
        # As particular as TensorFlow: for one of its ops no filter is empty, for another each may be.
        forbidden = {"Conv2D": w.shape[:-1], "Conv3D": w.shape}
        if 0 in forbidden.get(forward, ()):
            raise invalid(f"filter must not have zero elements, got shape {shape_text(w.shape)}")
        return prepare(x.shape, w.shape).apply(x, w)

    def run_backprop_input(input_sizes, w, out_backprop, **attrs):
        layout, prepare = prepare_for(backprop_input, **attrs)
        _require_rank(backprop_input, layout, filter=w.shape, out_backprop=out_backprop.shape)
        sizes = _full_input_sizes(backprop_input, input_sizes, layout, w.shape, out_backprop.shape)
        fn = prepare(tuple(sizes), w.shape)
        if jnp.issubdtype(out_backprop.dtype, jnp.integer):
            # Integers have no cotangents; doubles hold the sums exactly up to 2 ** 53.
            whole = out_backprop.dtype
            w, out_backprop = w.astype(jnp.float64), out_backprop.astype(jnp.float64)
        else:
            whole = None
        wanted = jax.ShapeDtypeStruct(tuple(sizes), out_backprop.dtype)
        result = _transposed(backprop_input, lambda x: fn.by_input(x, w), "input_sizes", wanted, out_backprop)
        return result if whole is None else result.astype(jnp.int64).astype(whole)

    def run_backprop_filter(x, filter_sizes, out_backprop, **attrs):
        layout, prepare = prepare_for(backprop_filter, **attrs)
        _require_rank(backprop_filter, layout, input=x.shape, out_backprop=out_backprop.shape)
        sizes = tuple(int(s) for s in np.ravel(filter_sizes))
        fn = prepare(x.shape, sizes)
        wanted = jax.ShapeDtypeStruct(sizes, out_backprop.dtype)
        return _transposed(backprop_filter, lambda w: fn.by_filter(x, w), "filter_sizes", wanted, out_backprop)

    runs = (
        (forward, run_forward, ()),
        (backprop_input, run_backprop_input, ("input_sizes",)),
        (backprop_filter, run_backprop_filter, ("filter_sizes",)),
    )
    for name, run, static in runs:
        static = static if platform is None else ()
        kernel(name, static=static, platform=platform)(_with_attrs(run, name))


def _with_attrs(run, name):
    """`run` behind the keyword-only parameters that the op has: 3-D convolutions cannot pad explicitly."""
    if name.startswith("Conv3D"):

        def conv(*operands, strides, padding, data_format, dilations):
            return run(
                *operands,
                strides=strides,
                padding=padding,
                explicit_paddings=(),
                data_format=data_format,
                dilations=dilations,
            )

        return conv

    def conv(*operands, strides, padding, explicit_paddings, data_format, dilations):
        return run(
            *operands,
            strides=strides,
            padding=padding,
            explicit_paddings=explicit_paddings,
            data_format=data_format,
            dilations=dilations,
        )

    return conv


def _depthwise_with(convolve_depthwise):
    """`prepare_for` of the depthwise family, over one way to compute it."""

    def prepare_for(op_name, data_format, strides, padding, explicit_paddings, dilations):
        layout = layout_of(data_format, op_name)

        def prepare(input_shape, filter_shape):
            _require_rank(op_name, layout, input=input_shape, filter=filter_shape)
            depth = input_shape[layout.channel]
            if filter_shape[-2] != depth:
                raise invalid(f"{op_name}: input and filter must have the same depth: {depth} vs {filter_shape[-2]}")
            spot = place(op_name, input_shape, filter_shape, layout, strides, padding, explicit_paddings, dilations)

            def convolution(x, w):
                return convolve_depthwise(x, w, layout, spot)

            return _Bilinear(convolution, convolution, convolution)

        return layout, prepare

    return prepare_for


def _depthwise_grouped(x, w, layout, spot):
    kh, kw, depth, multiplier = w.shape
    return convolve(x, w.reshape(kh, kw, 1, depth * multiplier), layout, spot, max(depth, 1))


def _depthwise_by_taps(x, w, layout, spot):
    # XLA's CPU back end runs a grouped convolution channel by channel: a sum over the taps of the window is
    # more than ten times faster, and so is its gradient.
    kh, kw, depth, multiplier = w.shape
    if kh * kw > 64 or 0 in x.shape or 0 in w.shape or 0 in spot.outputs:
        return _depthwise_grouped(x, w, layout, spot)
    if layout.channel == 1:
        channels_last = _depthwise_by_taps(jnp.moveaxis(x, 1, -1), w, Layout(3, (1, 2)), spot)
        return jnp.moveaxis(channels_last, -1, 1)
    if any(map(any, spot.pads)):
        x = jnp.pad(x, ((0, 0), *spot.pads, (0, 0)))
    taps = w.astype(jnp.float32) if w.dtype in (jnp.bfloat16, jnp.float16) else w
    total = None
    for i in range(kh):
        for j in range(kw):
            start = (i * spot.dilations[0], j * spot.dilations[1])
            rows, columns = (
                slice(b, b + (o - 1) * s + 1, s) for b, o, s in zip(start, spot.outputs, spot.strides, strict=True)
            )
            part = x[:, rows, columns, :, None] * taps[i, j]
            total = part if total is None else total + part
    return total.reshape(*total.shape[:3], depth * multiplier).astype(x.dtype)


_DEPTHWISE = (
    "DepthwiseConv2dNative",
    "DepthwiseConv2dNativeBackpropInput",
    "DepthwiseConv2dNativeBackpropFilter",
)
_CONV_2D = ("Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter")
_CONV_3D = ("Conv3D", "Conv3DBackpropInputV2", "Conv3DBackpropFilterV2")
for _family in (_CONV_2D, _CONV_3D):
    _register_family(_conv_with(_on_accelerators), *_family)
    _register_family(_conv_with(_by_products), *_family, platform="cpu")
_register_family(_depthwise_with(_depthwise_grouped), *_DEPTHWISE)
_register_family(_depthwise_with(_depthwise_by_taps), *_DEPTHWISE, platform="cpu")


def _conv_shape(op_name, op):
    layout = layout_of(op.attr("data_format"), op_name)
    rank = len(layout.spatial) + 2
    images = _sizes(op, 0, rank, "input", op_name)
    filters = _sizes(op, 1, rank, "filter", op_name)
    depth, filter_depth = images[layout.channel], filters[-2]
    channels = filters[-1]
    if op_name in _DEPTHWISE:
        channels = None if None in (filter_depth, channels) else filter_depth * channels
        if None not in (depth, filter_depth) and depth != filter_depth:
            raise invalid(f"{op_name}: input and filter must have the same depth: {depth} vs {filter_depth}")
    elif None not in (depth, filter_depth, channels):
        _groups(op_name, depth, filter_depth, channels)
    explicit = op.attr("explicit_paddings") if op_name != "Conv3D" else ()
    attrs = [op.attr("strides"), op.attr("padding"), explicit, op.attr("dilations")]
    spot = place(op_name, images, filters, layout, *attrs)
    check_fit([images[i] for i in layout.spatial], spot, op.attr("padding"))
    result = [images[0]] * rank
    for axis, size in zip(layout.spatial, spot.outputs, strict=True):
        result[axis] = size
    result[layout.channel] = channels
    return TensorShape(result)


def _sizes(op, i, rank, name, op_name):
    shape = op.shape(i)
    if shape.rank is None:
        return [None] * rank
    if shape.rank != rank:
        raise invalid(f"{op_name}: {name} must be {rank}-dimensional: {shape}")
    return shape.as_list()


def _backprop_input_shape(op_name, op):
    layout = layout_of(op.attr("data_format"), op_name)
    rank = len(layout.spatial) + 2
    batch = _sizes(op, 2, rank, "out_backprop", op_name)[0]
    sizes = op.partial(0)
    if sizes is None:
        return TensorShape([batch, *[None] * (rank - 1)])
    sizes = [None if s == -1 else s for s in sizes]
    if len(sizes) == rank:
        # As in TensorFlow, this one op takes the batch size from its other input only.
        return TensorShape([batch if op_name == "Conv2DBackpropInput" else sizes[0], *sizes[1:]])
    full = [batch] * rank
    for axis, size in zip(layout.spatial, sizes, strict=True):
        full[axis] = size
    full[layout.channel] = _sizes(op, 1, rank, "filter", op_name)[-2]
    return TensorShape(full)


def _backprop_filter_shape(op_name, op):
    layout = layout_of(op.attr("data_format"), op_name)
    sizes = op.partial(1)
    return TensorShape(sizes if sizes is not None else [None] * (len(layout.spatial) + 2))


for _names, _function in (
    (("Conv2D", "Conv3D", _DEPTHWISE[0]), _conv_shape),
    (("Conv2DBackpropInput", "Conv3DBackpropInputV2", _DEPTHWISE[1]), _backprop_input_shape),
    (("Conv2DBackpropFilter", "Conv3DBackpropFilterV2", _DEPTHWISE[2]), _backprop_filter_shape),
):
    for _name in _names:
        shape_function(_name)(functools.partial(_function, _name))
