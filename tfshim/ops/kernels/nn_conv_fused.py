"""The kernel of the convolution of images that are padded by their own mirror images first."""

from __future__ import annotations

from tfshim.ops.kernels import nn_conv
from tfshim.ops.registry import find_kernel, find_shape_function, kernel, shape_function
from tfshim.ops.shape_helpers import exactly_rank, invalid
from tfshim.ops.windows import Layout, check_fit
from tfshim.shapes import TensorShape

_LAYOUT = Layout(3, (1, 2))


def _place(images, filters, strides, padding):
    if None not in (images[3], filters[2]) and images[3] != filters[2]:
        raise invalid(f"input and filter must have the same depth: {images[3]} vs {filters[2]}")
    if len(strides) != 4:
        raise invalid("FusedPadConv2D: strides must specify 4 dimensions")
    # The kernel alone looks at the strides of batch and depth.
    strides = (1, *strides[1:3], 1)
    return nn_conv.place("FusedPadConv2D", images, filters, _LAYOUT, strides, padding, (), ())


@kernel("FusedPadConv2D", static=("paddings",))
def pad_conv(input, paddings, filter, *, mode, strides, padding):
    # Each image is convolved by itself; TensorFlow's kernel mixes those of a batch up from the second one on.
    for name, x in (("input", input), ("filter", filter)):
        if x.ndim != 4:
            raise invalid(f"{name} must be 4-dimensional, but has {x.ndim} dimensions")
    if (strides[0], strides[-1]) != (1, 1):
        raise invalid("Current implementation does not yet support strides in the batch and depth dimensions.")
    if len(paddings) == 4 and (paddings[::3] != 0).any():
        raise invalid(f"Only the rows and columns of images can be padded, got {paddings.tolist()}")
    padded = find_kernel("MirrorPad").fn(input, paddings, mode=mode)
    return nn_conv.convolve(padded, filter, _LAYOUT, _place(padded.shape, filter.shape, strides, padding), 1)


@shape_function("FusedPadConv2D")
def _(op):
    exactly_rank(op.shape(0), 4)
    exactly_rank(op.shape(2), 4)
    images = find_shape_function("MirrorPad")(op)._dims or (None,) * 4
    filters = op.shape(2)._dims or (None,) * 4
    spot = _place(images, filters, op.attr("strides"), op.attr("padding"))
    check_fit(images[1:3], spot, op.attr("padding"))
    return TensorShape([images[0], *spot.outputs, filters[3]])
