"""Kernels from and to quantised dtypes. They run on the host: no JAX array has such a dtype.

A quantised array is a NumPy array of one integer field; the arithmetic is in single precision, as TensorFlow's.
"""

from __future__ import annotations

import numpy as np

from tfshim import dtypes
from tfshim.errors import UnimplementedError
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import UNKNOWN, invalid
from tfshim.shapes import from_dims

F = np.float32


def _integers(x: np.ndarray) -> np.ndarray:
    """The plain integers of a quantised array."""
    return x.view(x.dtype[0]) if x.dtype.names else x


def _limits(dtype) -> tuple[np.dtype, int, int]:
    plain = dtype.as_numpy_dtype[0] if dtype.as_numpy_dtype.names else dtype.as_numpy_dtype
    info = np.iinfo(plain)
    return plain, int(info.min), int(info.max)


def _quantized(values: np.ndarray, dtype) -> np.ndarray:
    """Whole floats as `dtype`; those that are too large for int32 wrap to its least, as a processor converts them."""
    plain, low, _ = _limits(dtype)
    wide = values.astype(np.float64)
    wide = np.where(wide >= 2.0**31, low, wide) if plain == np.int32 else wide
    return np.ascontiguousarray(wide.astype(plain)).view(dtype.as_numpy_dtype)


def _half_away(x: np.ndarray) -> np.ndarray:
    return np.trunc(x + np.copysign(F(0.5), x)) if x.dtype == np.float64 else _half_away(x.astype(np.float64)).astype(F)


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
    _, first, last = _limits(T)
    at = [_along(v, input.ndim, axis) for v in (low, high)]
    if mode == "MIN_COMBINED":
        scale = F(float(last) - float(first)) / (at[1] - at[0])
        placed = (np.clip(input, *at) - at[0]) * scale
        if first < 0:
            half = F((float(last) - float(first) + 1) / 2)
            return _quantized(_half_away(placed - half), T), low, high
        return _quantized(np.floor(placed + F(0.5)), T), low, high
    if mode == "MIN_FIRST":
        _check_whole(axis, "Quantize")
        return _quantized(_min_first(input, *at, first, last), T), low, high
    first += bool(narrow_range)
    with np.errstate(divide="ignore", invalid="ignore"):
        by_low = np.where(first * low > 0, F(first) / low, F(np.inf)).astype(F)
        by_high = np.where(last * high > 0, F(last) / high, F(np.inf)).astype(F)
    scale = np.minimum(by_low, by_high)
    low, high = F(first) / scale, F(last) / scale
    at = [_along(v, input.ndim, axis) for v in (low, high, scale)]
    placed = np.clip(input, at[0], at[1]) * at[2]
    rounded = np.rint(placed) if round_mode == "HALF_TO_EVEN" else _half_away(placed)
    return _quantized(rounded, T), np.asarray(low, F), np.asarray(high, F)


def _steps(low, high, first, last):
    """The number of steps of a dtype, and the width of its range with a last step that ends beyond `high`."""
    steps = float(last) - float(first) + 1
    return steps, (high.astype(np.float64) - low) * (steps / (steps - 1.0))


def _min_first(x, low, high, first, last):
    steps, width = _steps(low, high, first, last)
    scale = (steps / width).astype(F)
    offset = _half_away(low * scale) - F(first)
    highest = np.nextafter(F(2.0**31), F(0)) if last == 2**31 - 1 else F(last)
    return np.clip(_half_away(x * scale) - offset, F(first), highest)


@kernel("Dequantize", host=True)
def dequantize(input, min_range, max_range, *, mode, narrow_range, axis, dtype):
    _check_range(input, min_range, max_range, axis)
    kind = dtypes.of(input.dtype)
    _, first, last = _limits(kind)
    low, high = (_along(v, input.ndim, axis) for v in (min_range, max_range))
    x = _integers(input)
    if mode == "MIN_COMBINED":
        half = F((float(last) - float(first) + 1) / 2) if first < 0 else F(0)
        result = (x.astype(F) + half) * ((high - low) / F(float(last) - float(first))) + low
    elif mode == "MIN_FIRST":
        _check_whole(axis, "Dequantize")
        steps, width = _steps(low, high, first, last)
        step = width / steps
        result = _half_away(low / step) * step + (x.astype(np.float64) - first) * step
    else:
        first += bool(narrow_range)
        with np.errstate(divide="ignore", invalid="ignore"):
            by_low = low / F(first)
        step = np.where(low >= 0, high / F(last), np.maximum(by_low, high / F(last))) if first else high / F(last)
        result = x.astype(F) * step
    return result.astype(dtype.as_numpy_dtype)


@kernel("QuantizedConcat", host=True)
def quantized_concat(concat_dim, values, input_mins, input_maxes):
    low = F(min(0.0, *(float(v) for v in input_mins)))
    high = F(max(float(v) for v in input_maxes))
    kind = dtypes.of(values[0].dtype)
    _, first, last = _limits(kind)
    parts = []
    for x, start, end in zip(values, input_mins, input_maxes, strict=True):
        if float(start) == low and float(end) == high:
            parts.append(_integers(x).astype(F))
            continue
        steps, width = _steps(np.asarray(start), np.asarray(end), first, last)
        step = width / steps
        floats = _half_away(np.asarray(start / step, np.float64)) * step + (_integers(x) - float(first)) * step
        parts.append(_min_first(floats.astype(F), np.asarray(low), np.asarray(high), first, last))
    return _quantized(np.concatenate(parts, int(concat_dim)), kind), low, high


def _range_shape(op):
    axis = op.attr("axis")
    return from_dims(()) if axis == -1 else from_dims((op.shape(0)[axis] if op.shape(0).rank is not None else None,))


@shape_function("QuantizeV2")
def _(op):
    return op.shape(0), _range_shape(op), _range_shape(op)


@shape_function("Dequantize")
def _(op):
    return op.shape(0)


@shape_function("QuantizedConcat")
def _(op):
    axis = op.static(0)
    count = (len(op) - 1) // 3
    shapes = [op.shape(1 + i) for i in range(count)]
    if axis is None or any(shape.rank is None for shape in shapes):
        return UNKNOWN, from_dims(()), from_dims(())
    dims = list(shapes[0].as_list())
    sizes = [shape.as_list()[int(axis)] for shape in shapes]
    dims[int(axis)] = None if None in sizes else sum(sizes)
    return from_dims(tuple(dims)), from_dims(()), from_dims(())
