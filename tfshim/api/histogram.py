"""Histograms of equal bins."""

from __future__ import annotations

from tfshim import dtypes
from tfshim.api import math, math_unary
from tfshim.api.assertions import checked
from tfshim.api.casting import cast
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op


@export("histogram_fixed_width")
def histogram_fixed_width(values, value_range, nbins=100, dtype=dtypes.int32, name=None):
    """How many values fall into each of `nbins` equal bins.

    Args:
      values: a numeric tensor.
      value_range: two numbers of its type, where the first bin begins and the last one ends. Values outside
        count for the first and the last.
      nbins: the number of bins.
      dtype: type of the counts, int32 or int64.
      name: name of the op in a graph.

    Raises:
      InvalidArgumentError: for a range that is empty or no pair, no bins, or a nan among the values.
    """
    return op("HistogramFixedWidth")(values, value_range, nbins, dtype=dtype, name=name)


@export("histogram_fixed_width_bins")
def histogram_fixed_width_bins(values, value_range, nbins=100, dtype=dtypes.int32, name=None):
    """Which of `nbins` equal bins each value falls into; arguments as in `tf.histogram_fixed_width`.

    Returns:
      An int32 tensor of the shape of `values`, as in TensorFlow whatever `dtype` is.
    """
    values = convert_to_tensor(values, name="values")
    flat = op("Reshape")(values, [-1])
    value_range = convert_to_tensor(value_range, name="value_range")
    nbins = convert_to_tensor(nbins, dtypes.int32, name="nbins")
    nbins = checked(nbins, op("Greater")(nbins, 0), ["nbins must be > 0, but is", nbins])
    count = cast(nbins, values.dtype)
    low, high = value_range[0], value_range[1]
    scaled = math.truediv(flat - low, high - low)
    indices = math_unary.floor(count * scaled)
    bins = cast(math.clip_by_value(indices, 0, count - 1), dtypes.int32)
    return op("Reshape")(bins, op("Shape")(values), name=name)
