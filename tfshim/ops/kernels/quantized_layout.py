"""Kernels that arrange quantised numbers anew: joins, reshapes, pooling, resizing."""

from __future__ import annotations

import numpy as np

from tfshim import dtypes
from tfshim.ops.kernels.array_join import concatenated
from tfshim.ops.kernels.array_reshape import resolved_shape
from tfshim.ops.kernels.array_shapes import concatenated_static, known_scalar
from tfshim.ops.kernels.nn_pool import place
from tfshim.ops.kernels.quantized_common import (
    F,
    as_floats,
    as_floats_single,
    check_kernel,
    check_scalars,
    integers,
    limits,
    nearest,
    nearest_single,
    patches,
    quantized,
    scalars_behind,
    single_numbers,
    with_range,
)
from tfshim.ops.registry import find_shape_function, kernel, shape_function
from tfshim.ops.shape_helpers import exactly_rank, invalid
from tfshim.ops.windows import check_fit
from tfshim.shapes import from_dims

_BYTES = {"quint8", "qint8"}


def _kind(x: np.ndarray) -> dtypes.DType:
    return dtypes.of(x.dtype)


# Joins and reshapes --------------------------------------------------------------------------------------


def _common_range(kind, lows, highs):
    """One range for several: it has a zero, and is symmetric for a dtype with a sign."""
    low, high = min(F(0), *(F(v) for v in lows)), max(F(v) for v in highs)
    if limits(kind)[0] < 0:
        high = max(-low, high)
        low = -high
    return low, high


@kernel("QuantizedConcat", host=True)
def concat(concat_dim, values, input_mins, input_maxes):
    kind = _kind(values[0])
    check_kernel("QuantizedConcat", (kind,), {"quint8", "qint32"})
    if concat_dim.ndim:
        raise invalid(f"Concat dim tensor should be a scalar integer, but got shape {list(concat_dim.shape)}")
    input_mins, input_maxes = (
        single_numbers(name, ends) for name, ends in (("input_mins", input_mins), ("input_maxes", input_maxes))
    )
    low, high = _common_range(kind, input_mins, input_maxes)
    parts = []
    for x, start, end in zip(values, input_mins, input_maxes, strict=True):
        alike = float(start) == low and float(end) == high
        parts.append(integers(x) if alike else nearest_single(as_floats_single(x, start, end), low, high, kind))
    return quantized(concatenated(np, parts, int(concat_dim)), kind), np.asarray(low), np.asarray(high)


@kernel("QuantizedReshape", host=True)
def reshape(tensor, shape, input_min, input_max):
    check_kernel("QuantizedReshape", (_kind(tensor),), {"quint8", "qint32"})
    return tensor.reshape(resolved_shape(tensor.shape, shape)), input_min, input_max


# Pooling -------------------------------------------------------------------------------------------------


def _declare_pool(op_name, fill, combine):
    @kernel(op_name, host=True)
    def pool(input, min_input, max_input, *, ksize, strides, padding):
        kind = _kind(input)
        check_kernel(op_name, (kind,), _BYTES)
        check_scalars(min_input=min_input, max_input=max_input)
        spot = place(op_name, input.shape, ksize, strides, padding, (), "NHWC").along((1, 2))
        first, last = limits(kind)
        parts = patches(integers(input).astype(np.int64), spot, fill(first))
        inside = patches(np.ones((1, *input.shape[1:3], 1), np.int64), spot, 0)
        return quantized(np.clip(combine(parts, inside), first, last), kind), min_input, max_input

    @shape_function(op_name)
    def shape(op):
        scalars_behind(op, 1)
        exactly_rank(op.shape(0), 4)
        dims = op.shape(0)._dims or (None,) * 4
        spot = place(op_name, dims, op.attr("ksize"), op.attr("strides"), op.attr("padding"), (), "NHWC")
        check_fit(dims[1:3], spot.along((1, 2)), op.attr("padding"))
        return with_range(from_dims(tuple(spot.outputs)))


_declare_pool("QuantizedMaxPool", lambda first: first, lambda parts, inside: parts.max((3, 4)))
_declare_pool(
    "QuantizedAvgPool", lambda first: 0, lambda parts, inside: np.trunc(parts.sum((3, 4)) / inside.sum((3, 4)))
)


# Resizing ------------------------------------------------------------------------------------------------

_FRACTION = 7  # bits behind the point of the weights that bytes are mixed by


def _neighbours(size: int, target: int, align_corners: bool, half_pixel_centers: bool):
    """Of each output position the two neighbours in the input and the weight of the second."""
    scale = F((size - 1) / F(target - 1)) if align_corners and target > 1 else F(F(size) / F(target))
    at = np.arange(target).astype(F)
    at = ((at + F(0.5)) * scale - F(0.5)).astype(F) if half_pixel_centers else (at * scale).astype(F)
    floor = np.floor(at)
    return np.maximum(floor, 0).astype(int), np.minimum(np.ceil(at), size - 1).astype(int), (at - floor).astype(F)


@kernel("QuantizedResizeBilinear", host=True)
def resize_bilinear(images, size, min, max, *, align_corners, half_pixel_centers):
    check_scalars(min=min, max=max)
    if images.ndim != 4:
        raise invalid(f"input must be 4-dimensional {list(images.shape)}")
    if size.shape != (2,):
        raise invalid(f"shape_t must have two elements {list(size.shape)}")
    if (size <= 0).any():
        raise invalid("output dimensions must be positive")
    if half_pixel_centers and align_corners:
        raise invalid("If half_pixel_centers is True, align_corners must be False.")
    (top, bottom, down), (left, right, across) = (
        _neighbours(images.shape[1 + i], int(size[i]), align_corners, half_pixel_centers) for i in (0, 1)
    )
    kind = _kind(images)
    down, across = down[:, None, None], across[:, None]
    if kind is dtypes.quint8:
        values, unit = integers(images).astype(np.int64), 1 << _FRACTION
        down, across = (np.trunc(w * F(unit)).astype(np.int64) for w in (down, across))
    else:
        values, unit = as_floats(images, min, max) if kind.is_quantized else images, F(1)
    corners = [values[:, rows][:, :, columns] for rows in (top, bottom) for columns in (left, right)]
    above, below = (a * unit + (b - a) * across for a, b in (corners[:2], corners[2:]))
    mixed = above * unit + (below - above) * down
    if kind is dtypes.quint8:
        return quantized((mixed + unit * unit // 2) >> 2 * _FRACTION, kind), min, max
    return quantized(nearest(mixed, min, max, kind), kind) if kind.is_quantized else mixed.astype(F), min, max


# Shapes --------------------------------------------------------------------------------------------------


@shape_function("QuantizedConcat")
def _(op):
    count = (len(op) - 1) // 3
    scalars_behind(op, 1 + count)
    return with_range(concatenated_static([op.shape(1 + i) for i in range(count)], known_scalar(op, 0)))


@shape_function("QuantizedReshape")
def _(op):
    scalars_behind(op, 2)
    return with_range(find_shape_function("Reshape")(op))


@shape_function("QuantizedResizeBilinear")
def _(op):
    scalars_behind(op, 2)
    exactly_rank(op.shape(0), 4)
    exactly_rank(op.shape(1), 1)
    dims, sizes = op.shape(0)._dims or (None,) * 4, op.static(1)
    rows, columns = (None, None) if sizes is None else (int(v) for v in sizes)
    return with_range(from_dims((dims[0], rows, columns, dims[3])))
