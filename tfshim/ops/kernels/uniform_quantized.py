"""Kernels of uniformly quantised numbers: an integer q stands for `scale * (q - zero_point)`.

Scales and zero points are scalars, or have one value for each element of the quantisation axis. Products are summed
up as integers and brought to the scale of the output by a multiplier of 31 bits and a shift.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from tfshim import dtypes
from tfshim.ops.kernels.quantized_common import D, F, check_kernel, integers, quantized
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import (
    broadcast_dims,
    broadcast_static,
    exactly_rank,
    invalid,
    same_shape,
    shape_text,
)
from tfshim.shapes import from_dims


def _kind(x: np.ndarray) -> dtypes.DType:
    return dtypes.of(x.dtype)


class Quantization(NamedTuple):
    """How integers stand for floats: scales and zero points that broadcast against the integers, and limits."""

    scales: np.ndarray
    zero_points: np.ndarray
    low: int
    high: int

    def integers(self, x: np.ndarray) -> np.ndarray:
        """The integers of floats."""
        placed = np.floor(x * (F(1) / self.scales) + F(0.5)).astype(np.int64) + self.zero_points
        return np.maximum(np.minimum(placed, self.high), self.low)

    def floats(self, x: np.ndarray) -> np.ndarray:
        """The floats of integers."""
        return (integers(x).astype(np.int64) - self.zero_points).astype(F) * self.scales

    def centred(self, x: np.ndarray) -> np.ndarray:
        """The integers counted from the zero point."""
        return integers(x).astype(np.int64) - self.zero_points


def quantization(shape, scales, zero_points, axis: int, low: int, high: int) -> Quantization:
    """The quantisation of integers of `shape`; refuses scales and zero points that do not fit."""
    if axis < -1:
        raise invalid(f"quantization_axis must be >= -1, given: {axis}")
    shapes = f"given scales shape {shape_text(scales.shape)} and zero_points shape {shape_text(zero_points.shape)}"
    if scales.shape != zero_points.shape:
        raise invalid(f"scales and zero_points shape must be same, but {shapes}")
    if axis == -1 and scales.ndim:
        raise invalid(f"If quantization_axis is -1, scales and zero_points must be scalar tensors, but {shapes}")
    if axis >= len(shape):
        raise invalid(f"quantization_axis must be -1 or in range [0, input.rank), but given {axis}")
    if axis != -1 and scales.shape != (shape[axis],):
        raise invalid(
            f"scales and zero_points must be vectors with the {shape[axis]} elements of quantization_axis {axis}, but "
            f"{shapes}"
        )
    if axis != -1:
        sizes = [-1 if i == axis else 1 for i in range(len(shape))]
        scales, zero_points = scales.reshape(sizes), zero_points.reshape(sizes)
    return Quantization(scales, zero_points.astype(np.int64), low, high)


# Multiplication by a float, in integers ------------------------------------------------------------------


def _multiplier(value: float) -> tuple[int, int]:
    """A float as 31 bits and the power of two behind them."""
    fraction, exponent = math.frexp(value)
    bits = math.floor(fraction * 2**31 + 0.5)
    if bits == 2**31:
        bits, exponent = bits // 2, exponent + 1
    if exponent < -31:
        return 0, 0
    return (2**31 - 1, 30) if exponent > 30 else (bits, exponent)


def _rescaled(x: np.ndarray, factors: np.ndarray, output: Quantization) -> np.ndarray:
    """Centred integers times `factors`, as the integers of `output`."""
    pairs = [_multiplier(float(v)) for v in np.ravel(factors)]
    bits = np.array([p[0] for p in pairs], np.int64).reshape(np.shape(factors))
    shift = np.array([31 - p[1] for p in pairs], np.int64).reshape(np.shape(factors))
    placed = (x * bits + (np.int64(1) << (shift - 1))) >> shift
    return np.clip(placed + output.zero_points, output.low, output.high)


def _factors(*over: np.ndarray, under: np.ndarray) -> np.ndarray:
    product = np.asarray(over[0], D)
    for scales in over[1:]:
        product = product * scales.astype(D)
    return product / under.astype(D)


# To and from floats --------------------------------------------------------------------------------------


@kernel("UniformQuantize", host=True)
def quantize(input, scales, zero_points, *, Tout, quantization_axis, quantization_min_val, quantization_max_val):
    there = quantization(
        input.shape, scales, zero_points, quantization_axis, quantization_min_val, quantization_max_val
    )
    return quantized(there.integers(input), Tout)


@kernel("UniformDequantize", host=True)
def dequantize(input, scales, zero_points, *, Tout, quantization_axis, quantization_min_val, quantization_max_val):
    there = quantization(
        input.shape, scales, zero_points, quantization_axis, quantization_min_val, quantization_max_val
    )
    return there.floats(input).astype(Tout.as_numpy_dtype)


@kernel("UniformRequantize", host=True)
def requantize(
    input, input_scales, input_zero_points, output_scales, output_zero_points,
    *, Tout, input_quantization_axis, input_quantization_min_val, input_quantization_max_val,
    output_quantization_axis, output_quantization_min_val, output_quantization_max_val,
):  # fmt: skip
    check_kernel("UniformRequantize", (_kind(input), Tout), {"qint8 qint8", "qint32 qint8"})
    if -1 not in (input_quantization_axis, output_quantization_axis) and (
        input_quantization_axis != output_quantization_axis
    ):
        raise invalid("input_quantization_axis and output_quantization_axis must be same if both are not -1")
    source = quantization(
        input.shape, input_scales, input_zero_points,
        input_quantization_axis, input_quantization_min_val, input_quantization_max_val,
    )  # fmt: skip
    target = quantization(
        input.shape, output_scales, output_zero_points,
        output_quantization_axis, output_quantization_min_val, output_quantization_max_val,
    )  # fmt: skip
    return quantized(_rescaled(source.centred(input), _factors(source.scales, under=target.scales), target), Tout)


# Elementwise ---------------------------------------------------------------------------------------------


@kernel("UniformQuantizedAdd", host=True)
def add(
    lhs, rhs, lhs_scales, lhs_zero_points, rhs_scales, rhs_zero_points, output_scales, output_zero_points,
    *, lhs_quantization_axis, lhs_quantization_min_val, lhs_quantization_max_val,
    rhs_quantization_axis, rhs_quantization_min_val, rhs_quantization_max_val,
    output_quantization_axis, output_quantization_min_val, output_quantization_max_val,
):  # fmt: skip
    shape = broadcast_dims(lhs.shape, rhs.shape)
    output = quantization(
        shape, output_scales, output_zero_points,
        output_quantization_axis, output_quantization_min_val, output_quantization_max_val,
    )  # fmt: skip
    sides = (
        (lhs, lhs_scales, lhs_zero_points, lhs_quantization_axis, lhs_quantization_min_val, lhs_quantization_max_val),
        (rhs, rhs_scales, rhs_zero_points, rhs_quantization_axis, rhs_quantization_min_val, rhs_quantization_max_val),
    )
    total = -output.zero_points
    for x, *how in sides:
        side = quantization(x.shape, *how)
        total = total + _rescaled(side.centred(x), _factors(side.scales, under=output.scales), output)
    return quantized(np.clip(total, output.low, output.high), _kind(lhs))


@kernel("UniformQuantizedClipByValue", host=True)
def clip_by_value(
    operand, min, max, scales, zero_points, *, quantization_axis, quantization_min_val, quantization_max_val
):
    how = scales, zero_points, quantization_axis, quantization_min_val, quantization_max_val
    quantization(operand.shape, *how)
    ends = []
    for name, end in (("min", min), ("max", max)):
        if end.shape != scales.shape:
            raise invalid(
                f"Input {name} shape must be same as scales/zero_points. Given {name} of shape "
                f"{shape_text(end.shape)} and scales/zero_points of shape {shape_text(scales.shape)}"
            )
        sizes = [-1 if i == quantization_axis else 1 for i in range(operand.ndim)] if end.ndim else ()
        ends.append(integers(end).reshape(sizes))
    return quantized(np.clip(integers(operand), *ends), _kind(operand))


# Products ------------------------------------------------------------------------------------------------


def check_axes(axis_of_outputs: int, rhs_axis: int, **others: int) -> None:
    """Products may have scales for each of their output features, and otherwise one for a whole tensor."""
    if rhs_axis not in (-1, axis_of_outputs):
        raise invalid(f"rhs_quantization_axis Attr must be -1 (per-tensor) or {axis_of_outputs} (per-channel).")
    for name, axis in others.items():
        if axis != -1:
            raise invalid(f"{name}_quantization_axis Attr must be -1 (per-tensor).")


def along(scales: np.ndarray, rank: int, axis: int) -> np.ndarray:
    """Scales (of one dimension of the right operand, or one for all) as the dimension `axis` of the output."""
    return scales.reshape([-1 if i == axis else 1 for i in range(rank)]) if scales.ndim else scales


def products(compute, lhs, rhs, left, right, output, axis, kind):
    """Sums of products of centred integers, as integers of the output, whose features are its dimension `axis`."""
    if output.scales.ndim and not right.scales.ndim:
        raise invalid(
            "If rhs is per-tensor quantized, output must be also per-tensor quantized. Given rhs scales "
            f"and zero_points of shape [] but given output scales and zero_points of shape [{output.scales.size}]"
        )
    total = compute(left.centred(lhs), right.centred(rhs))
    factors = _factors(left.scales, along(right.scales, total.ndim, axis), under=output.scales)
    return quantized(_rescaled(total, factors, output), kind)


def hybrid(compute, lhs, rhs, right, axis, batch):
    """Sums of products of floats, rounded as bytes are, with centred integers.

    Each element of the dimension `batch` of the floats is rounded on the scale of its own range.
    """
    rest = tuple(i for i in range(lhs.ndim) if i != batch)
    low = np.minimum(lhs.min(rest, keepdims=True), 0).astype(D)
    high = np.maximum(lhs.max(rest, keepdims=True), 0).astype(D)
    scale = np.where(high == low, 1, (high - low) / 255)
    zero = np.where(high == low, 0, np.clip(np.rint(-128 - low / scale), -128, 127))
    placed = np.clip(np.floor(lhs * (1 / scale).astype(F) + F(0.5)) + zero, -128, 127)
    total = compute((placed - zero) * scale, right.centred(rhs).astype(D))
    return (total * along(right.scales, total.ndim, axis)).astype(F)


def _check_matrices(lhs, rhs):
    for name, x in (("lhs", lhs), ("rhs", rhs)):
        if x.ndim != 2:
            raise invalid(f"{name} rank must be 2, but got {name} shape {shape_text(x.shape)}")
    if lhs.shape[1] != rhs.shape[0]:
        raise invalid(
            f"lhs.dim_size(1) and rhs.dim_size(0) must be equal, but given lhs shape {shape_text(lhs.shape)} and rhs "
            f"shape {shape_text(rhs.shape)}"
        )


@kernel("UniformQuantizedDot", host=True)
def dot(
    lhs, rhs, lhs_scales, lhs_zero_points, rhs_scales, rhs_zero_points, output_scales, output_zero_points,
    *, Tout, lhs_quantization_axis, lhs_quantization_min_val, lhs_quantization_max_val,
    rhs_quantization_axis, rhs_quantization_min_val, rhs_quantization_max_val,
    output_quantization_axis, output_quantization_min_val, output_quantization_max_val,
):  # fmt: skip
    _check_matrices(lhs, rhs)
    check_axes(1, rhs_quantization_axis, lhs=lhs_quantization_axis)
    left = quantization(
        lhs.shape, lhs_scales, lhs_zero_points,
        lhs_quantization_axis, lhs_quantization_min_val, lhs_quantization_max_val,
    )  # fmt: skip
    right = quantization(
        rhs.shape, rhs_scales, rhs_zero_points,
        rhs_quantization_axis, rhs_quantization_min_val, rhs_quantization_max_val,
    )  # fmt: skip
    output = quantization(
        (lhs.shape[0], rhs.shape[1]), output_scales, output_zero_points,
        output_quantization_axis, output_quantization_min_val, output_quantization_max_val,
    )  # fmt: skip
    return products(np.matmul, lhs, rhs, left, right, output, 1, Tout)


@kernel("UniformQuantizedDotHybrid", host=True)
def dot_hybrid(
    lhs, rhs, rhs_scales, rhs_zero_points,
    *, rhs_quantization_axis, rhs_quantization_min_val, rhs_quantization_max_val,
):  # fmt: skip
    _check_matrices(lhs, rhs)
    check_axes(1, rhs_quantization_axis)
    how = rhs_scales, rhs_zero_points, rhs_quantization_axis, rhs_quantization_min_val, rhs_quantization_max_val
    return hybrid(np.matmul, lhs, rhs, quantization(rhs.shape, *how), 1, 0)


# Shapes --------------------------------------------------------------------------------------------------


same_shape("UniformQuantize", "UniformDequantize", "UniformRequantize", "UniformQuantizedClipByValue")


@shape_function("UniformQuantizedAdd")
def _(op):
    return broadcast_static(op.shape(0), op.shape(1))


@shape_function("UniformQuantizedDot", "UniformQuantizedDotHybrid")
def _(op):
    sizes = []
    for i in (0, 1):
        exactly_rank(op.shape(i), 2)
        sizes.append(op.shape(i)._dims or (None, None))
    if None not in (sizes[0][1], sizes[1][0]) and sizes[0][1] != sizes[1][0]:
        raise invalid(f"Dimensions must be equal, but are {sizes[0][1]} and {sizes[1][0]}")
    return from_dims((sizes[0][0], sizes[1][1]))
