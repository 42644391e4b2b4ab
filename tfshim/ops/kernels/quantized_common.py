"""What the kernels of quantised numbers share.

A quantised array is a NumPy array of one integer field: no JAX array has such a dtype, so all these kernels run on
the host. An integer q of a tensor with the range [low, high] stands for a float between the two; the least integer
of the dtype stands for `low`, the greatest for `high`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tfshim import dtypes
from tfshim.dtypes import DType
from tfshim.ops.shape_helpers import SCALAR, exactly_rank, invalid, missing_kernel, shape_text
from tfshim.ops.windows import Windows
from tfshim.shapes import TensorShape

F = np.float32
D = np.float64


def integers(x: np.ndarray) -> np.ndarray:
    """The plain integers of a quantised array."""
    return x.view(x.dtype[0]) if x.dtype.names else x


def limits(dtype: DType) -> tuple[int, int]:
    """The least and the greatest integer of a quantised dtype."""
    info = np.iinfo(dtype.as_numpy_dtype[0])
    return int(info.min), int(info.max)


def quantized(values: np.ndarray, dtype: DType) -> np.ndarray:
    """Whole numbers as `dtype`; a float too large for int32 wraps to its least, as a processor converts it."""
    plain = dtype.as_numpy_dtype[0]
    if values.dtype.kind == "f" and plain == np.int32:
        values = np.where(values.astype(D) >= 2.0**31, -(2.0**31), values.astype(D))
    # A scalar stays one, which `ascontiguousarray` would not leave it.
    return np.asarray(values.astype(plain), order="C").view(dtype.as_numpy_dtype)


def half_away(x: np.ndarray) -> np.ndarray:
    """`x` rounded to whole numbers, halves away from zero."""
    wide = np.asarray(x, D)
    return np.trunc(wide + np.copysign(0.5, wide)).astype(np.asarray(x).dtype)


# Single numbers and reference arithmetic -----------------------------------------------------------------


def as_floats(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """The float32 that the integers of a quantised array stand for."""
    first, last = limits(dtypes.of(x.dtype))
    steps = float(last - first + 1)
    step = D(F(F(high) - F(low))) * (steps / (steps - 1)) / steps
    start = D(low) if high == low else half_away(D(low) / step) * step
    return (start + (integers(x).astype(D) - first) * step).astype(F)


def nearest_unbounded(x: np.ndarray | float, low: float, high: float, dtype: DType) -> np.ndarray:
    """The integers that stand for floats, also for those outside of [low, high]."""
    first, last = limits(dtype)
    if low == high:
        return np.zeros(np.shape(x), np.int64)
    steps = float(last - first + 1)
    scale = steps / (D(F(F(high) - F(low))) * (steps / (steps - 1)))
    return (half_away(np.asarray(x, D) * scale) - half_away(D(low) * scale)).astype(np.int64) + first


def nearest(x: np.ndarray | float, low: float, high: float, dtype: DType) -> np.ndarray:
    """The integers of `dtype` that stand for floats best."""
    return np.clip(nearest_unbounded(x, low, high, dtype), *limits(dtype))


def product_range(ranges: Iterable[tuple[float, float]], kinds: Iterable[DType], output: DType) -> tuple[F, F]:
    """The range of the products of quantised numbers, each of its own range and dtype."""
    step = F(1)
    for (low, high), kind in zip(ranges, kinds, strict=True):
        first, last = limits(kind)
        step = F(step * F((F(high) - F(low)) / F(last - first)))
    first, last = limits(output)
    return F(step * F(first)), F(step * F(last))


# The same for whole arrays, in single precision ----------------------------------------------------------


def as_floats_single(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """Like `as_floats`, with the roundings of arithmetic in single precision."""
    first, last = limits(dtypes.of(x.dtype))
    step = F((F(high) - F(low)) / F(float(last) - float(first)))
    start = F(low) if high == low else F(half_away(F(low) / step) * step)
    return (integers(x).astype(F) * step + F(start - F(F(first) * step))).astype(F)


def nearest_single(x: np.ndarray, low: float, high: float, dtype: DType) -> np.ndarray:
    """Like `nearest`, with the roundings of arithmetic in single precision."""
    first, last = limits(dtype)
    scale = F(0) if low == high else F((float(last) - float(first)) / D(F(F(high) - F(low))))
    highest = np.nextafter(F(2.0**31), F(0)) if last == 2**31 - 1 else F(last)
    placed = half_away((x * scale).astype(F)) - F(half_away(F(F(low) * scale)) - F(first))
    return np.clip(placed, F(first), highest).astype(np.int64)


# Windows ------------------------------------------------------------------------------------------------


def patches(x: np.ndarray, spot: Windows, fill: int) -> np.ndarray:
    """The windows over rows and columns: [batch, rows, columns, window rows, window columns, channels]."""
    padded = np.pad(x, [(0, 0), *spot.pads, (0, 0)], constant_values=fill)
    reach = [(k - 1) * d + 1 for k, d in zip(spot.ksize, spot.dilations, strict=True)]
    if 0 in spot.outputs:
        return np.zeros((x.shape[0], *spot.outputs, *spot.ksize, x.shape[3]), x.dtype)
    views = np.lib.stride_tricks.sliding_window_view(padded, reach, axis=(1, 2))
    rows, columns = spot.strides
    first, second = spot.dilations
    views = views[:, ::rows, ::columns, :, ::first, ::second][:, : spot.outputs[0], : spot.outputs[1]]
    return np.moveaxis(views, 3, 5)


# Checks --------------------------------------------------------------------------------------------------


def check_kernel(op_name: str, kinds: tuple[DType, ...], known: Iterable[str]) -> None:
    """Refuses combinations of dtypes that TensorFlow has no kernel for; each of `known` has names with spaces."""
    if " ".join(kind.name for kind in kinds) not in known:
        raise missing_kernel(op_name, kinds[0])


def check_scalars(**ranges: np.ndarray) -> None:
    """Refuses ends of ranges that are no scalars."""
    for name, value in ranges.items():
        if value.ndim:
            raise invalid(f"`{name}` must be rank 0 but is rank {value.ndim}")


def single_numbers(name: str, values: Iterable[np.ndarray]) -> list[np.ndarray]:
    """Ends of ranges as scalars, for ops that take tensors of one element as well."""
    for value in values:
        if value.size != 1:
            raise invalid(f"`{name}` must have 1 element, got shape {shape_text(value.shape)}")
    return [value.reshape(()) for value in values]


def scalars_behind(op, first: int) -> None:
    """In a shape function: the inputs from `first` on must be scalars."""
    for i in range(first, len(op)):
        exactly_rank(op.shape(i), 0)


def with_range(shape: TensorShape) -> tuple[TensorShape, TensorShape, TensorShape]:
    """The shapes of a quantised output and of the ends of its range."""
    return shape, SCALAR, SCALAR
