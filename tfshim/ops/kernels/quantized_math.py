"""Kernels of the arithmetic of quantised numbers: sums, products, activations, normalisation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tfshim import dtypes
from tfshim.ops.kernels.linalg import matmul_sizes
from tfshim.ops.kernels.quantized_common import (
    D,
    F,
    as_floats,
    as_floats_single,
    check_kernel,
    check_scalars,
    integers,
    limits,
    nearest,
    nearest_single,
    nearest_unbounded,
    patches,
    product_range,
    quantized,
    scalars_behind,
    single_numbers,
    with_range,
)
from tfshim.ops.registry import find_shape_function, kernel, shape_function
from tfshim.ops.shape_helpers import broadcast_dims, broadcast_static, exactly_rank, invalid
from tfshim.ops.windows import check_fit, windows
from tfshim.shapes import TensorShape, from_dims

Q32 = dtypes.qint32


def _kind(x: np.ndarray) -> dtypes.DType:
    return dtypes.of(x.dtype)


def _centred(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The integers counted from the one that stands for zero."""
    return integers(x).astype(np.int64) - nearest_unbounded(0.0, low, high, _kind(x))


def _wrapped(values: np.ndarray) -> np.ndarray:
    return quantized(values.astype(np.int32), Q32)


# Products ------------------------------------------------------------------------------------------------


def _check_order(**ranges: tuple[np.ndarray, np.ndarray]) -> None:
    for name, (low, high) in ranges.items():
        check_scalars(**{f"min_{name}": low, f"max_{name}": high})
        if not high > low:
            raise invalid(f"max_{name} must be larger than min_{name}.")


def _products(
    compute: Callable[[np.ndarray, np.ndarray], np.ndarray], x, y, x_range, y_range
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`compute` of the two as integers around zero, with the range of the products."""
    low, high = product_range((x_range, y_range), (_kind(x), _kind(y)), Q32)
    values = compute(_centred(x, *x_range), _centred(y, *y_range))
    return _wrapped(values), np.asarray(low), np.asarray(high)


@kernel("QuantizedMatMul", host=True)
def matmul(a, b, min_a, max_a, min_b, max_b, *, Toutput, transpose_a, transpose_b):
    check_kernel("QuantizedMatMul", (_kind(a), _kind(b), Toutput), {"quint8 quint8 qint32"})
    min_a, max_a, min_b, max_b = single_numbers("range", (min_a, max_a, min_b, max_b))
    _check_order(a=(min_a, max_a), b=(min_b, max_b))
    for name, x in (("a", a), ("b", b)):
        if x.ndim != 2:
            raise invalid(f"In[{'ab'.index(name)}] is not a matrix")
    matmul_sizes("QuantizedMatMul", a.shape, b.shape, transpose_a, transpose_b)
    a, b = (x.T if transposed else x for x, transposed in ((a, transpose_a), (b, transpose_b)))
    return _products(np.matmul, a, b, (min_a, max_a), (min_b, max_b))


@kernel("QuantizedMul", host=True)
def multiply(x, y, min_x, max_x, min_y, max_y, *, Toutput):
    check_kernel("QuantizedMul", (_kind(x), _kind(y), Toutput), {"quint8 quint8 qint32"})
    check_scalars(min_x=min_x, max_x=max_x, min_y=min_y, max_y=max_y)
    _check_order(x=(min_x, max_x), y=(min_y, max_y))
    broadcast_dims(x.shape, y.shape)
    return _products(np.multiply, x, y, (min_x, max_x), (min_y, max_y))


def _place(x_dims, filter_dims, strides, dilations, padding):
    for name, values in (("Sliding window strides", strides), ("dilations", dilations)):
        if len(values) != 4:
            raise invalid(f"{name} field must specify 4 dimensions")
    if strides[1] != strides[2]:
        raise invalid("Current implementation only supports equal length strides in the row and column dimensions.")
    if strides[0] != 1 or strides[3] != 1:
        raise invalid("Current implementation does not yet support strides in the batch and depth dimensions.")
    if tuple(dilations) != (1, 1, 1, 1):
        raise invalid("Current implementation does not yet support dilations of quantised convolutions but 1")
    return windows("QuantizedConv2D", x_dims[1:3], filter_dims[:2], strides[1:3], padding)


@kernel("QuantizedConv2D", host=True)
def conv2d(input, filter, min_input, max_input, min_filter, max_filter, *, out_type, strides, padding, dilations):
    check_kernel("QuantizedConv2D", (_kind(input), _kind(filter), out_type), {"quint8 quint8 qint32"})
    ranges = (min_input, max_input), (min_filter, max_filter)
    check_scalars(min_input=min_input, max_input=max_input, min_filter=min_filter, max_filter=max_filter)
    for name, x in (("input", input), ("filter", filter)):
        if x.ndim != 4:
            raise invalid(f"{name} must be rank 4 but is rank {x.ndim}")
    if input.shape[3] != filter.shape[2]:
        raise invalid(f"input and filter must have the same depth: {input.shape[3]} vs {filter.shape[2]}")
    spot = _place(input.shape, filter.shape, strides, dilations, padding)
    return _products(lambda x, w: np.tensordot(patches(x, spot, 0), w, 3), input, filter, *ranges)


# Sums ----------------------------------------------------------------------------------------------------


def _sum_range(factor: int, *ends: np.ndarray) -> tuple[F, F]:
    """A range so wide that sums do not overflow."""
    largest = F(max(float(ends[1]), float(ends[3]), -float(ends[0]), -float(ends[2])) * factor)
    return -largest, largest


def _widened(x: np.ndarray, low: np.ndarray, high: np.ndarray, new_low: F, new_high: F) -> np.ndarray:
    """Bytes of one range as int32 numbers of another, in whole steps as TensorFlow has them."""
    if x.size == 1:
        return nearest(as_floats(x, low, high), new_low, new_high, Q32)
    codes = as_floats(np.array([0, 1], np.uint8).view(x.dtype), low, high)
    start, second = nearest_unbounded(codes, new_low, new_high, Q32)
    return np.clip(integers(x).astype(np.int64) * (second - start) + start, *limits(Q32))


@kernel("QuantizedAdd", host=True)
def add(x, y, min_x, max_x, min_y, max_y, *, Toutput):
    check_kernel("QuantizedAdd", (_kind(x), _kind(y), Toutput), {"quint8 quint8 qint32"})
    _check_order(x=(min_x, max_x), y=(min_y, max_y))
    broadcast_dims(x.shape, y.shape)
    low, high = _sum_range(1 << 14, min_x, max_x, min_y, max_y)
    total = sum(_widened(v, *ends, low, high) for v, ends in ((x, (min_x, max_x)), (y, (min_y, max_y))))
    return _wrapped(total), np.asarray(low), np.asarray(high)


@kernel("QuantizedBiasAdd", host=True)
def bias_add(input, bias, min_input, max_input, min_bias, max_bias, *, out_type):
    check_kernel(
        "QuantizedBiasAdd", (_kind(input), _kind(bias), out_type), {"quint8 quint8 qint32", "qint8 qint8 qint32"}
    )
    check_scalars(min_input=min_input, max_input=max_input, min_bias=min_bias, max_bias=max_bias)
    if input.ndim < 2:
        raise invalid(f"Input tensor must be at least 2D: {list(input.shape)}")
    if bias.ndim != 1:
        raise invalid(f"Biases must be 1D: {list(bias.shape)}")
    if bias.shape[0] != input.shape[-1]:
        raise invalid(
            f"Must provide as many biases as the last dimension of the input tensor: {list(bias.shape)} vs. "
            f"{list(input.shape)}"
        )
    low, high = _sum_range(1 << 17, min_input, max_input, min_bias, max_bias)
    floats = as_floats_single(input, min_input, max_input), as_floats_single(bias, min_bias, max_bias)
    return _wrapped(sum(nearest_single(x, low, high, Q32) for x in floats)), np.asarray(low), np.asarray(high)


# Activations ---------------------------------------------------------------------------------------------


def _declare_activation(op_name: str, highest: float | None) -> None:
    @kernel(op_name, host=True)
    def activation(features, min_features, max_features, *, out_type):
        check_kernel(op_name, (_kind(features), out_type), {"quint8 quint8", "qint32 qint32"})
        check_scalars(min_features=min_features, max_features=max_features)
        ends = min_features, max_features
        values = np.maximum(integers(features), nearest(0.0, *ends, out_type))
        if highest is not None:
            values = np.minimum(values, nearest(highest, *ends, out_type))
        return quantized(values, out_type), *ends


_declare_activation("QuantizedRelu", None)
_declare_activation("QuantizedRelu6", 6.0)


@kernel("QuantizedReluX", host=True)
def relu_x(features, max_value, min_features, max_features, *, out_type):
    del max_value, min_features, max_features
    check_kernel("QuantizedReluX", (_kind(features), out_type), ())


# Normalisation -------------------------------------------------------------------------------------------

# The range of what is normalised: from -2**20 to 2**20, with ten bits behind the point.
_WIDE = F(-(2.0**20)), F(2.0**20)


@kernel("QuantizedBatchNormWithGlobalNormalization", host=True)
def batch_norm(
    t, t_min, t_max, m, m_min, m_max, v, v_min, v_max, beta, beta_min, beta_max, gamma, gamma_min, gamma_max,
    *, out_type, variance_epsilon, scale_after_normalization,
):  # fmt: skip
    check_kernel("QuantizedBatchNormWithGlobalNormalization", (_kind(t), out_type), {"quint8 qint32"})
    t_min, t_max, m_min, m_max, v_min, v_max, beta_min, beta_max, gamma_min, gamma_max = single_numbers(
        "range", (t_min, t_max, m_min, m_max, v_min, v_max, beta_min, beta_max, gamma_min, gamma_max)
    )
    if t.ndim != 4:
        raise invalid(f"input must be 4-dimensional {list(t.shape)}")
    for name, x in (("mean", m), ("var", v), ("beta", beta), ("gamma", gamma)):
        if x.ndim != 1:
            raise invalid(f"{name} must be 1-dimensional {list(x.shape)}")
        if x.size != t.shape[3]:
            raise invalid(f"{name} has {x.size} elements for {t.shape[3]} channels")
    mean, variance = as_floats(m, m_min, m_max), as_floats(v, v_min, v_max)
    scale = (F(1) / np.sqrt(variance + F(variance_epsilon))).astype(F)
    if scale_after_normalization:
        scale = scale * as_floats(gamma, gamma_min, gamma_max)
    shift = as_floats(beta, beta_min, beta_max) - mean * scale
    values, scale, shift, one = (nearest(x, *_WIDE, Q32) for x in (as_floats(t, t_min, t_max), scale, shift, F(1)))
    products = (values * scale).astype(np.int32)
    result = np.trunc(products / D(one)).astype(np.int64) + shift
    return _wrapped(result), *map(np.asarray, _WIDE)


@kernel("QuantizedInstanceNorm", host=True)
def instance_norm(x, x_min, x_max, *, output_range_given, given_y_min, given_y_max, variance_epsilon, min_separation):
    check_kernel("QuantizedInstanceNorm", (_kind(x),), {"quint8"})
    check_scalars(x_min=x_min, x_max=x_max)
    if not x_max > x_min:
        raise invalid(f"input_x_max_value must be greater than x_min: {x_max:g} vs. {x_min:g}")
    if x.ndim != 4:
        raise invalid("x must be rank 4")
    floats = as_floats_single(x, x_min, x_max)
    centred = floats - floats.mean((1, 2), keepdims=True, dtype=D).astype(F)
    variance = np.square(centred).mean((1, 2), keepdims=True, dtype=D).astype(F)
    normed = (centred * (F(1) / np.sqrt(variance + F(variance_epsilon)))).astype(F)
    if output_range_given:
        low, high = F(given_y_min), F(given_y_max)
        if not low < high:
            raise invalid(f"given_y_min must be less than given_y_max: {low:g} vs. {high:g}")
    else:
        low, high = normed.min(), normed.max()
        high = max(high, F(low + F(min_separation)))
    return quantized(nearest_single(normed, low, high, dtypes.quint8), dtypes.quint8), np.asarray(low), np.asarray(high)


# Shapes --------------------------------------------------------------------------------------------------


@shape_function("QuantizedMatMul")
def _(op):
    scalars_behind(op, 2)
    return with_range(find_shape_function("MatMul")(op))


@shape_function("QuantizedAdd", "QuantizedMul")
def _(op):
    scalars_behind(op, 2)
    return with_range(broadcast_static(op.shape(0), op.shape(1)))


@shape_function("QuantizedBiasAdd")
def _(op):
    scalars_behind(op, 2)
    return with_range(find_shape_function("BiasAdd")(op))


@shape_function("QuantizedRelu", "QuantizedRelu6", "QuantizedReluX", "QuantizedInstanceNorm")
def _(op):
    scalars_behind(op, 1)
    return with_range(op.shape(0))


@shape_function("QuantizedBatchNormWithGlobalNormalization")
def _(op):
    exactly_rank(op.shape(0), 4)
    dims = list(op.shape(0)._dims or [None] * 4)
    for i in (3, 6, 9, 12):
        exactly_rank(op.shape(i), 1)
        if op.shape(i).rank:
            dims[3] = dims[3] if dims[3] is not None else op.shape(i)[0]
    return with_range(from_dims(tuple(dims)))


@shape_function("QuantizedConv2D")
def _(op):
    scalars_behind(op, 2)
    sizes = []
    for i in (0, 1):
        exactly_rank(op.shape(i), 4)
        sizes.append(op.shape(i)._dims or (None,) * 4)
    x, w = sizes
    TensorShape([x[3]]).assert_is_compatible_with(TensorShape([w[2]]))
    spot = _place(x, w, op.attr("strides"), op.attr("dilations"), op.attr("padding"))
    check_fit(x[1:3], spot, op.attr("padding"))
    return with_range(from_dims((x[0], *spot.outputs, w[3])))
