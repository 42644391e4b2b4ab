"""Kernels of the convolutions that say less of their inputs' layout: Conv, and the second form of the transposes."""

from __future__ import annotations

import math

from tfshim.ops.kernels import nn_conv
from tfshim.ops.registry import find_kernel, kernel, shape_function
from tfshim.ops.shape_helpers import UNKNOWN, invalid
from tfshim.ops.windows import layout_of
from tfshim.shapes import TensorShape

_FORMATS = {
    (2, "CHANNELS_LAST"): "NHWC",
    (2, "CHANNELS_FIRST"): "NCHW",
    (3, "CHANNELS_LAST"): "NDHWC",
    (3, "CHANNELS_FIRST"): "NCDHW",
}


@kernel("Conv")
def conv(input, filter, *, strides, padding, explicit_paddings, data_format, dilations, batch_dims, groups):
    n = input.ndim - batch_dims - 1
    if n not in (2, 3):
        raise invalid(f"The input must have 2 or 3 spatial dimensions but got {n}")
    if filter.ndim != n + 2:
        raise invalid(f"Conv: filter must be {n + 2}-dimensional, got {filter.ndim} dimensions")
    layout = layout_of(_FORMATS[n, data_format], "Conv")
    batch = input.shape[:batch_dims]
    x = input.reshape(math.prod(batch), *input.shape[batch_dims:])
    place = nn_conv.place("Conv", x.shape, filter.shape, layout, strides, padding, explicit_paddings, dilations)
    out = nn_conv.convolve(x, filter, layout, place, x.shape[layout.channel] // filter.shape[-2])
    return out.reshape(*batch, *out.shape[1:])


# The second versions take a tensor of the wanted shape where the first take the shape.
_SHAPED_LIKE = {"Conv2DBackpropInput": 0, "Conv2DBackpropFilter": 1}


def _register_second_version(name: str, position: int) -> None:
    @kernel(f"{name}V2")
    def backprop(input, filter, out_backprop, *, strides, padding, explicit_paddings, data_format, dilations):
        operands = [input, filter, out_backprop]
        operands[position] = operands[position].shape
        return find_kernel(name).fn(
            *operands, strides=strides, padding=padding, explicit_paddings=explicit_paddings, data_format=data_format,
            dilations=dilations,
        )  # fmt: skip

    @shape_function(f"{name}V2")
    def _(op):
        return op.shape(position)


for _name, _position in _SHAPED_LIKE.items():
    _register_second_version(_name, _position)


@shape_function("Conv")
def _(op):
    shape, filters = op.shape(0), op.shape(1)
    if shape.rank is None or filters.rank is None:
        return UNKNOWN
    count = op.attr("batch_dims")
    n = shape.rank - count - 1
    if n not in (2, 3):
        raise invalid(f"The input must have 2 or 3 spatial dimensions but got {n}")
    layout = layout_of(_FORMATS[n, op.attr("data_format")], "Conv")
    dims = shape.as_list()
    sizes = [None, *dims[count:]]
    attrs = [op.attr(name) for name in ("strides", "padding", "explicit_paddings", "dilations")]
    place = nn_conv.place("Conv", sizes, filters.as_list(), layout, *attrs)
    for axis, size in zip(layout.spatial, place.outputs, strict=True):
        sizes[axis] = size
    sizes[layout.channel] = filters.as_list()[-1]
    return TensorShape([*dims[:count], *sizes[1:]])
