"""`tf.quantization`, as far as it is not an op and nothing more (see `plain_ops`)."""

from __future__ import annotations

from collections import namedtuple

from tfshim import dtypes
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op

QuantizeV2 = namedtuple("QuantizeV2", ["output", "output_min", "output_max"])


@export("quantization.quantize")
def quantize(
    input,
    min_range,
    max_range,
    T,
    mode="MIN_COMBINED",
    round_mode="HALF_AWAY_FROM_ZERO",
    name=None,
    narrow_range=False,
    axis=None,
    ensure_minimum_range=0.01,
):
    """Floats as integers of a quantised dtype.

    Args:
      input: a float32 tensor.
      min_range: the float that the least integer stands for; a scalar, or one for each element of `axis`.
      max_range: the float that the greatest one stands for.
      T: `tf.qint8`, `tf.quint8`, `tf.qint16`, `tf.quint16` or `tf.qint32`.
      mode: "MIN_COMBINED", "MIN_FIRST" or "SCALED".
      round_mode: "HALF_AWAY_FROM_ZERO", or in mode "SCALED" also "HALF_TO_EVEN".
      name: name of the op in a graph.
      narrow_range: leave out the least integer (mode "SCALED").
      axis: the dimension whose elements have ranges of their own.
      ensure_minimum_range: a range below this part of its size is widened to it.

    Returns:
      The quantised tensor, and the range that was used, as (output, output_min, output_max).
    """
    axis = _axis(axis, input)
    return QuantizeV2(
        *op("QuantizeV2")(
            input,
            min_range,
            max_range,
            T=T,
            mode=mode,
            round_mode=round_mode,
            narrow_range=narrow_range,
            axis=axis,
            ensure_minimum_range=ensure_minimum_range,
            name=name,
        )
    )


@export("compat.v1.quantize_v2")
def quantize_v2(
    input,
    min_range,
    max_range,
    T,
    mode="MIN_COMBINED",
    name=None,
    round_mode="HALF_AWAY_FROM_ZERO",
    narrow_range=False,
    axis=None,
    ensure_minimum_range=0.01,
):
    """`tf.quantization.quantize` with the arguments in the order of TensorFlow 1."""
    return quantize(input, min_range, max_range, T, mode, round_mode, name, narrow_range, axis, ensure_minimum_range)


@export("quantization.dequantize")
def dequantize(
    input,
    min_range,
    max_range,
    mode="MIN_COMBINED",
    name=None,
    axis=None,
    narrow_range=False,
    dtype=dtypes.float32,
):
    """The floats that the integers of a quantised tensor stand for; see `quantize`."""
    axis = _axis(axis, input)
    options = {"mode": mode, "narrow_range": narrow_range, "axis": axis, "dtype": dtype}
    return op("Dequantize")(input, min_range, max_range, name=name, **options)


def _axis(axis, input):
    """An axis as the ops take it: -1 for none."""
    if axis is None or axis >= 0:
        return -1 if axis is None else axis
    return axis % convert_to_tensor(input).shape.rank


def _there_and_back(op_name, input, input_min, input_max, options, axis, name):
    return op(op_name)(input, input_min, input_max, axis=_axis(axis, input), name=name, **options)


@export("quantization.quantize_and_dequantize_v2")
def quantize_and_dequantize_v2(
    input,
    input_min,
    input_max,
    signed_input=True,
    num_bits=8,
    range_given=False,
    round_mode="HALF_TO_EVEN",
    name=None,
    narrow_range=False,
    axis=None,
):
    """Floats rounded to the values that `num_bits` can tell apart.

    Args:
      input: a floating-point tensor.
      input_min: lower end of the range, if `range_given`; a scalar, or one for each element of `axis`.
      input_max: upper end of the range.
      signed_input: whether the integers have a sign.
      num_bits: how many bits they have.
      range_given: use the range given instead of that of the input. The gradient is 0 outside of it.
      round_mode: "HALF_TO_EVEN" or "HALF_UP".
      name: name of the op in a graph.
      narrow_range: leave out the least integer.
      axis: the dimension whose elements have ranges of their own.
    """
    options = {
        "signed_input": signed_input,
        "num_bits": num_bits,
        "range_given": range_given,
        "round_mode": round_mode,
        "narrow_range": narrow_range,
    }
    return _there_and_back("QuantizeAndDequantizeV4", input, input_min, input_max, options, axis, name)


@export("quantization.quantize_and_dequantize")
def quantize_and_dequantize(
    input,
    input_min,
    input_max,
    signed_input=True,
    num_bits=8,
    range_given=False,
    round_mode="HALF_TO_EVEN",
    name=None,
    narrow_range=False,
    axis=None,
):
    """Like `quantize_and_dequantize_v2`, with a gradient of 1 everywhere."""
    options = {
        "signed_input": signed_input,
        "num_bits": num_bits,
        "range_given": range_given,
        "round_mode": round_mode,
        "narrow_range": narrow_range,
    }
    return _there_and_back("QuantizeAndDequantizeV2", input, input_min, input_max, options, axis, name)
