"""`tf.nn`: greyscale morphology, isotonic regression."""

from __future__ import annotations

from collections import namedtuple

import numpy as np

from tfshim import dtypes
from tfshim.api.naming import composed
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op

IsotonicRegression = namedtuple("IsotonicRegression", ["output", "segments"])


def _require_channels_last(data_format):
    if data_format != "NHWC":
        raise ValueError(
            f"`data_format` values other  than 'NHWC' are not supported. Received: data_format={data_format}"
        )


@export("nn.dilation2d")
def dilation2d(input, filters, strides, padding, data_format, dilations, name=None):
    """The largest sum of image and filter elements over each window.

    Args:
      input: `[batch, height, width, channels]`.
      filters: `[height, width, channels]`, of the same dtype.
      strides: four numbers, the first and last 1.
      padding: "SAME" or "VALID".
      data_format: "NHWC".
      dilations: four numbers, the first and last 1.
      name: name of the op in a graph.

    Raises:
      ValueError: for another data format.
    """
    _require_channels_last(data_format)
    return op("Dilation2D")(input, filters, strides=strides, rates=dilations, padding=padding, name=name)


@export("nn.erosion2d")
def erosion2d(value, filters, strides, padding, data_format, dilations, name=None):
    """The least difference of image elements and those of the mirrored filter over each window; see `dilation2d`."""
    _require_channels_last(data_format)
    with composed(name or "erosion2d") as name:
        mirrored = op("ReverseV2")(filters, np.array([0, 1], np.int32))
        options = {"strides": strides, "rates": dilations, "padding": padding}
        return op("Neg")(op("Dilation2D")(op("Neg")(value), mirrored, **options), name=name)


@export("nn.isotonic_regression")
def isotonic_regression(inputs, decreasing=True, axis=-1):
    """The monotone sequences that are nearest to `inputs` along `axis`, by least squares.

    Args:
      inputs: a real tensor. The result of int8 and int16 is float32, of other integers float64.
      decreasing: whether the sequences decrease or increase.
      axis: which dimension.

    Returns:
      The fitted values, and for each element the number of its segment of equal values.
    """
    x = convert_to_tensor(inputs)
    dtype = x.dtype
    if not dtype.is_floating:
        dtype = dtypes.float32 if dtype in (dtypes.int8, dtypes.int16) else dtypes.float64
    rank = x.shape.rank
    perm = None
    if axis != -1 and rank is not None and axis % rank != rank - 1:
        perm = list(range(rank))
        perm[axis], perm[-1] = perm[-1], perm[axis]
        x = op("Transpose")(x, np.array(perm, np.int32))
    x = x if decreasing else op("Neg")(x)
    output, segments = op("IsotonicRegression")(x, output_dtype=dtype)
    if not decreasing:
        output = op("Neg")(output)
    if perm is not None:
        output, segments = (op("Transpose")(v, np.array(perm, np.int32)) for v in (output, segments))
    return IsotonicRegression(output, segments) if decreasing and perm is None else (output, segments)
