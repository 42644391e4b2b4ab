"""Kernels from and to quantised dtypes."""

from __future__ import annotations

import numpy as np

from tfshim import dtypes
from tfshim.errors import UnimplementedError
from tfshim.ops.kernels.quantized_common import F, as_floats, half_away, integers, limits, nearest_single, quantized
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import exactly_rank, invalid
from tfshim.shapes import from_dims

_LARGEST = np.finfo(F).max


def _along(values: np.ndarray, rank: int, axis: int) -> np.ndarray:
    values = np.asarray(values, F)
    return values if axis == -1 else values.reshape([-1 if i == axis else 1 for i in range(rank)])


def _check_range(x, low, high, axis):
    for name, bound in (("min_range", low), ("max_range", high)):
        if axis == -1 and bound.size != 1:
            raise invalid(f"`{name}` must be a scalar for axis=-1, got {bound.size} values")
        if axis != -1 and (axis >= x.ndim or bound.shape != (x.shape[axis],)):
            raise invalid(f"`{name}` must have one value for each of dimension {axis}")


def _check_whole(axis, name):
    if axis != -1:
        message = f"MIN_FIRST mode is not implemented for {name} with axis != -1."
        raise UnimplementedError(None, None, message)


@kernel("QuantizeV2", host=True)
def quantize(input, min_range, max_range, *, T, mode, round_mode, narrow_range, axis, ensure_minimum_range):
    _check_range(input, min_range, max_range, axis)
    if round_mode == "HALF_TO_EVEN" and mode != "SCALED":
        raise invalid(f"Round mode 'HALF_TO_EVEN' only supported for mode 'SCALED', but mode is '{mode}'.")
    low, high = np.minimum(F(0), min_range.astype(F)), max_range.astype(F)
    if np.any(high < min_range):
        raise invalid("min_range must be <= max_range")
    spread = np.maximum(F(1), np.maximum(np.abs(min_range), np.abs(max_range))).astype(F) * F(ensure_minimum_range)
    high = np.maximum(F(0), np.maximum(high, low + spread)).astype(F)
    first, last = limits(T)
    at = [_along(v, input.ndim, axis) for v in (low, high)]
    if mode == "MIN_COMBINED":
        scale = F(float(last) - float(first)) / (at[1] - at[0])
        placed = (np.clip(input, *at) - at[0]) * scale
        if first < 0:
            half = F((float(last) - float(first) + 1) / 2)
            return quantized(half_away(placed - half), T), low, high
        return quantized(np.floor(placed + F(0.5)), T), low, high
    if mode == "MIN_FIRST":
        _check_whole(axis, "Quantize")
        return quantized(nearest_single(input, at[0].item(), at[1].item(), T), T), low, high
    first += bool(narrow_range)
    with np.errstate(divide="ignore", invalid="ignore"):
        by_low = np.where(first * low > 0, F(first) / low, _LARGEST).astype(F)
        by_high = np.where(last * high > 0, F(last) / high, _LARGEST).astype(F)
    scale = np.minimum(by_low, by_high)
    low, high = F(first) / scale, F(last) / scale
    at = [_along(v, input.ndim, axis) for v in (low, high, scale)]
    placed = np.clip(input, at[0], at[1]) * at[2]
    rounded = np.rint(placed) if round_mode == "HALF_TO_EVEN" else half_away(placed)
    return quantized(rounded, T), np.asarray(low, F), np.asarray(high, F)


@kernel("Dequantize", host=True)
def dequantize(input, min_range, max_range, *, mode, narrow_range, axis, dtype):
    _check_range(input, min_range, max_range, axis)
    if dtype is not dtypes.float32 and mode != "MIN_COMBINED":
        raise invalid(f"When output type is {dtype.name}, Mode string must be 'MIN_COMBINED', is '{mode}'")
    kind = dtypes.of(input.dtype)
    first, last = limits(kind)
    low, high = (_along(v, input.ndim, axis) for v in (min_range, max_range))
    x = integers(input)
    if mode == "MIN_COMBINED":
        half = F((float(last) - float(first) + 1) / 2) if first < 0 else F(0)
        result = (x.astype(F) + half) * ((high - low) / F(float(last) - float(first))) + low
    elif mode == "MIN_FIRST":
        _check_whole(axis, "Dequantize")
        result = as_floats(input, low.item(), high.item())
    else:
        first += bool(narrow_range)
        with np.errstate(divide="ignore", invalid="ignore"):
            by_low = low / F(first)
        step = np.where(low >= 0, high / F(last), np.maximum(by_low, high / F(last))) if first else high / F(last)
        result = x.astype(F) * step
    return result.astype(dtype.as_numpy_dtype)


def _range_shape(op):
    """Checks the shapes of the ends of the range, and returns that of the upper one."""
    axis = op.attr("axis")
    for i in (1, 2):
        exactly_rank(op.shape(i), int(axis != -1))
    if axis == -1:
        return from_dims(())
    of_input, of_range = op.shape(0), from_dims(op.shape(2)._dims or (None,))
    if of_input.rank is not None:
        if of_input.rank <= axis:
            raise invalid(f"Shape must be at least rank {axis + 1} but is rank {of_input.rank}")
        of_range.merge_with(from_dims((of_input[axis],)))
    return of_range


@shape_function("QuantizeV2")
def _(op):
    of_range = _range_shape(op)
    return op.shape(0), of_range, of_range


@shape_function("Dequantize")
def _(op):
    _range_shape(op)
    return op.shape(0)
