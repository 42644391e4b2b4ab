"""Kernels that move quantised numbers from one range to another, and that look for the range in use."""

from __future__ import annotations

import numpy as np

from tfshim import dtypes
from tfshim.ops.kernels.quantized_common import (
    F,
    as_floats,
    as_floats_single,
    check_kernel,
    check_scalars,
    integers,
    limits,
    nearest_single,
    quantized,
    scalars_behind,
    single_numbers,
    with_range,
)
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR, invalid
from tfshim.shapes import TensorShape

_FRACTION = 16  # bits behind the point in fixed-point arithmetic


def _fixed_point_bytes(x: np.ndarray, low: F, high: F, new_low: F, new_high: F) -> np.ndarray:
    """int32 numbers of one range as bytes of another, in TensorFlow's fixed-point arithmetic."""
    unit = 1 << _FRACTION
    spread, new_spread = F(high - low), F(new_high - new_low)
    if new_spread == 0:
        scale, old_start, start = 0, 0, 0
    else:
        scale = int(255.0 * unit * float(spread) / float(new_spread))
        middle, per_step = F((float(low) + float(high)) / 2), F(255.0 / float(new_spread))
        old_start = int(F(F(middle * per_step) * F(unit)))
        start = int(unit * (float(new_low) * 255.0) / float(new_spread))
    placed = ((x.astype(np.int64) * scale) >> 32) + old_start - start + unit // 2
    return np.clip(placed >> _FRACTION, 0, 255)


def used_range(x: np.ndarray, low: F, high: F) -> tuple[F, F]:
    """The floats of the least (at most 0) and the greatest of the numbers."""
    if not x.size:
        return F(0), F(0)
    least, greatest = (
        as_floats(np.asarray(v).view(x.dtype), low, high)[()] for v in (integers(x).min(), integers(x).max())
    )
    return min(F(0), least), greatest


def _rescaled(x, low, high, new_low, new_high, kind):
    if kind is dtypes.quint8:
        return quantized(_fixed_point_bytes(integers(x), F(low), F(high), F(new_low), F(new_high)), kind)
    return quantized(nearest_single(as_floats_single(x, low, high), new_low, new_high, kind), kind)


@kernel("QuantizeDownAndShrinkRange", host=True)
def shrink(input, input_min, input_max, *, out_type):
    check_kernel("QuantizeDownAndShrinkRange", (dtypes.of(input.dtype), out_type), {"qint32 quint8"})
    check_scalars(input_min=input_min, input_max=input_max)
    low, high = used_range(input, input_min, input_max)
    return _rescaled(input, input_min, input_max, low, high, out_type), np.asarray(low), np.asarray(high)


@kernel("Requantize", host=True)
def requantize(input, input_min, input_max, requested_output_min, requested_output_max, *, out_type):
    check_kernel("Requantize", (dtypes.of(input.dtype), out_type), {"qint32 quint8", "qint32 qint8"})
    check_scalars(
        input_min=input_min,
        input_max=input_max,
        requested_output_min=requested_output_min,
        requested_output_max=requested_output_max,
    )
    low, high = requested_output_min, requested_output_max
    if low > 0:
        raise invalid(f"requested_output_min must be <= 0, but got {low:g}")
    if high < low:
        raise invalid(f"requested_output_max must be >= requested_output_min, but got {high:g} and {low:g}")
    return _rescaled(input, input_min, input_max, low, high, out_type), low, high


@kernel("RequantizationRange", host=True)
def requantization_range(input, input_min, input_max):
    check_kernel("RequantizationRange", (dtypes.of(input.dtype),), {"qint32"})
    input_min, input_max = single_numbers("range", (input_min, input_max))
    low, high = used_range(input, input_min, input_max)
    return np.asarray(low), np.asarray(high)


# Each channel of its own range ---------------------------------------------------------------------------


def _check_channels(x, **ranges):
    for name, value in ranges.items():
        if value.ndim > 1 or value.size != x.shape[-1]:
            raise invalid(f"{name} has incorrect size, expected {x.shape[-1]} was {value.size}")


def _largest(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return np.maximum(np.abs(low), np.abs(high)).astype(F)


@kernel("RequantizationRangePerChannel", host=True)
def range_of_channels(input, input_min, input_max, *, clip_value_max):
    check_kernel("RequantizationRangePerChannel", (dtypes.of(input.dtype),), {"qint32"})
    _check_channels(input, input_min=input_min, input_max=input_max)
    values = integers(input).reshape(-1, input.shape[-1])
    least, greatest = values.min(0).astype(F), values.max(0).astype(F)
    step = (_largest(input_min, input_max) / F(2.0**31)).astype(F)
    high = min(F(clip_value_max), F((_largest(least, greatest) * step).max()))
    return np.asarray(F(0) if (least >= 0).all() else -high), np.asarray(high)


@kernel("RequantizePerChannel", host=True)
def requantize_channels(input, input_min, input_max, requested_output_min, requested_output_max, *, out_type):
    known = {"qint32 quint8", "qint32 qint8"}
    check_kernel("RequantizePerChannel", (dtypes.of(input.dtype), out_type), known)
    _check_channels(input, input_min=input_min, input_max=input_max)
    requested_output_min, requested_output_max = single_numbers("range", (requested_output_min, requested_output_max))
    steps = F(limits(out_type)[1]) / _largest(requested_output_min, requested_output_max)
    scale = ((_largest(input_min, input_max) / F(2.0**31)).astype(F) * steps).astype(F)
    placed = np.clip(np.rint(integers(input).astype(F) * scale), *limits(out_type))
    return quantized(placed, out_type), requested_output_min, requested_output_max


@shape_function("QuantizeDownAndShrinkRange", "Requantize")
def _(op):
    scalars_behind(op, 1)
    return with_range(op.shape(0))


@shape_function("RequantizePerChannel")
def _(op):
    return with_range(op.shape(0))


@shape_function("RequantizationRange")
def _(op):
    scalars_behind(op, 1)
    return SCALAR, SCALAR


@shape_function("RequantizationRangePerChannel")
def _(op):
    for i in (1, 2):
        op.shape(i).assert_is_compatible_with(TensorShape([None]))
    return SCALAR, SCALAR
