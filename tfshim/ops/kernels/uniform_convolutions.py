"""Kernels of convolutions of uniformly quantised numbers (see `uniform_quantized`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tfshim.ops.kernels.uniform_quantized import check_axes, hybrid, products, quantization
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import UNKNOWN, exactly_rank, invalid, shape_text
from tfshim.ops.windows import windows
from tfshim.shapes import from_dims

Dims = Sequence[int | None]


class _Dimensions(NamedTuple):
    """Where things are: batch, features and space of the left operand and of the output; outputs, inputs and space of
    the right one.
    """

    lhs: tuple[int, ...]
    rhs: tuple[int, ...]
    output: tuple[int, ...]

    @classmethod
    def of(cls, serialized: str | bytes, rank: int) -> _Dimensions:
        """What a serialized `UniformQuantizedConvolutionDimensionNumbersAttr` says; nothing: in this order."""
        if not serialized:
            order = tuple(range(rank))
            return cls(order, order, order)
        from tfshim import protos

        text = serialized.encode("latin-1") if isinstance(serialized, str) else serialized
        try:
            numbers = protos.UniformQuantizedConvolutionDimensionNumbersAttr.FromString(text)
        except Exception:
            raise invalid("Error parsing convolution dimension numbers.") from None
        return cls(
            (numbers.input_batch_dimension, numbers.input_feature_dimension, *numbers.input_spatial_dimensions),
            (
                numbers.kernel_output_feature_dimension,
                numbers.kernel_input_feature_dimension,
                *numbers.kernel_spatial_dimensions,
            ),
            (numbers.output_batch_dimension, numbers.output_feature_dimension, *numbers.output_spatial_dimensions),
        )


class _Convolution(NamedTuple):
    """A convolution's attributes, of which the empty ones mean 1."""

    window_strides: tuple[int, ...]
    padding: str
    explicit_padding: tuple[int, ...]
    lhs_dilation: tuple[int, ...]
    rhs_dilation: tuple[int, ...]
    batch_group_count: int
    feature_group_count: int
    dimension_numbers: str | bytes

    def dimensions(self, rank: int) -> _Dimensions:
        """Where the dimensions of operands of `rank` are."""
        return _Dimensions.of(self.dimension_numbers, rank)

    def place(self, lhs: Dims, rhs: Dims):
        """The windows over the dilated left operand; sizes come as batch (or outputs), features, space."""
        count = len(lhs) - 2
        ones = (1,) * count
        for name, values, size in (
            ("window_strides", self.window_strides, count),
            ("lhs_dilation", self.lhs_dilation, count),
            ("rhs_dilation", self.rhs_dilation, count),
            ("explicit_padding", self.explicit_padding, 2 * count if self.padding == "EXPLICIT" else 0),
        ):
            if len(values) != size and (values or (name == "explicit_padding" and size)):
                raise invalid(f"{name} must have {size} values for operands of {count} spatial dimensions: {values}")
        sizes = [
            None if n is None else (n - 1) * d + 1 if n else 0
            for n, d in zip(lhs[2:], self.lhs_dilation or ones, strict=True)
        ]
        pads = self.explicit_padding
        pairs = tuple(zip(pads[::2], pads[1::2], strict=True)) if self.padding == "EXPLICIT" else ()
        return windows(
            "UniformQuantizedConvolution", sizes, rhs[2:], self.window_strides or ones, self.padding, pairs,
            self.rhs_dilation or ones,
        )  # fmt: skip

    def output_sizes(self, lhs: Dims, rhs: Dims) -> list[int | None]:
        """Sizes of the output as batch, features, space; refuses operands that do not fit together."""
        for name, value in (("feature", self.feature_group_count), ("batch", self.batch_group_count)):
            if value < 1:
                raise invalid(f"{name}_group_count must be positive, but got {value}")
        if self.feature_group_count > 1 and self.batch_group_count > 1:
            raise invalid("only one of feature_group_count and batch_group_count may be greater than 1")
        groups = self.feature_group_count
        if None not in (lhs[1], rhs[1]) and lhs[1] != rhs[1] * groups:
            raise invalid(
                "lhs feature dimension size divided by feature_group_count must equal the rhs input feature dimension "
                f"size, but {lhs[1]} / {groups} != {rhs[1]}"
            )
        for name, size, count in (
            ("output features", rhs[0], groups),
            ("output features", rhs[0], self.batch_group_count),
            ("batch size", lhs[0], self.batch_group_count),
        ):
            if size is not None and size % count:
                raise invalid(f"the {name} {size} must be a multiple of the number of groups {count}")
        batch = None if lhs[0] is None else lhs[0] // self.batch_group_count
        return [batch, rhs[0], *self.place(lhs, rhs).outputs]

    def compute(self, lhs: np.ndarray, rhs: np.ndarray) -> np.ndarray:
        """Sums of products of integers."""
        where = self.dimensions(lhs.ndim)
        x, w = lhs.transpose(where.lhs), rhs.transpose(where.rhs)
        spot = self.place(x.shape, w.shape)
        count = x.ndim - 2
        steps = self.lhs_dilation or (1,) * count
        dilated = np.zeros((*x.shape[:2], *((n - 1) * d + 1 for n, d in zip(x.shape[2:], steps, strict=True))), x.dtype)
        dilated[(..., *(slice(None, None, d) for d in steps))] = x
        padded = np.pad(dilated, [(0, 0), (0, 0), *spot.pads])
        reach = [(k - 1) * d + 1 for k, d in zip(spot.ksize, spot.dilations, strict=True)]
        views = np.lib.stride_tricks.sliding_window_view(padded, reach, axis=tuple(range(2, 2 + count)))
        thinned = (slice(None, None, s) for s in (*spot.strides, *spot.dilations))
        views = views[(slice(None), slice(None), *thinned)]
        parts = [
            np.tensordot(v, k, ((1, *range(2 + count, 2 + 2 * count)), tuple(range(1, 2 + count))))
            for v, k in zip(self._split(views), np.split(w, self._groups()), strict=True)
        ]
        result = np.moveaxis(np.concatenate(parts, -1), -1, 1)
        return result.transpose(np.argsort(where.output))

    def _groups(self) -> int:
        return max(self.feature_group_count, self.batch_group_count)

    def _split(self, views: np.ndarray) -> list[np.ndarray]:
        return np.split(views, self._groups(), 1 if self.feature_group_count > 1 else 0)


def _check(how: _Convolution, lhs, rhs) -> tuple[tuple[int, ...], _Dimensions]:
    """The shape of the output, and where the dimensions are."""
    if lhs.ndim != rhs.ndim:
        raise invalid(f"lhs and rhs must have same rank, but got {shape_text(lhs.shape)} and {shape_text(rhs.shape)}")
    if lhs.ndim < 3:
        raise invalid(f"lhs and rhs rank must be greater than 2, but got {lhs.ndim}")
    where = how.dimensions(lhs.ndim)
    sizes = how.output_sizes([lhs.shape[i] for i in where.lhs], [rhs.shape[i] for i in where.rhs])
    return tuple(sizes[i] for i in np.argsort(where.output)), where


@kernel("UniformQuantizedConvolution", host=True)
def convolution(
    lhs, rhs, lhs_scales, lhs_zero_points, rhs_scales, rhs_zero_points, output_scales, output_zero_points,
    *, Tout, window_strides, padding, explicit_padding, lhs_dilation, rhs_dilation, batch_group_count,
    feature_group_count, dimension_numbers, lhs_quantization_axis, lhs_quantization_min_val,
    lhs_quantization_max_val, rhs_quantization_axis, rhs_quantization_min_val, rhs_quantization_max_val,
    output_quantization_axis, output_quantization_min_val, output_quantization_max_val,
):  # fmt: skip
    how = _Convolution(
        window_strides, padding, explicit_padding, lhs_dilation, rhs_dilation, batch_group_count,
        feature_group_count, dimension_numbers,
    )  # fmt: skip
    shape, where = _check(how, lhs, rhs)
    check_axes(where.rhs[0], rhs_quantization_axis, lhs=lhs_quantization_axis)
    left = quantization(
        lhs.shape, lhs_scales, lhs_zero_points,
        lhs_quantization_axis, lhs_quantization_min_val, lhs_quantization_max_val,
    )  # fmt: skip
    right = quantization(
        rhs.shape, rhs_scales, rhs_zero_points,
        rhs_quantization_axis, rhs_quantization_min_val, rhs_quantization_max_val,
    )  # fmt: skip
    output = quantization(
        shape, output_scales, output_zero_points,
        output_quantization_axis, output_quantization_min_val, output_quantization_max_val,
    )  # fmt: skip
    return products(how.compute, lhs, rhs, left, right, output, where.output[1], Tout)


@kernel("UniformQuantizedConvolutionHybrid", host=True)
def convolution_hybrid(
    lhs, rhs, rhs_scales, rhs_zero_points,
    *, window_strides, padding, explicit_padding, lhs_dilation, rhs_dilation, batch_group_count,
    feature_group_count, dimension_numbers, rhs_quantization_axis, rhs_quantization_min_val,
    rhs_quantization_max_val,
):  # fmt: skip
    how = _Convolution(
        window_strides, padding, explicit_padding, lhs_dilation, rhs_dilation, batch_group_count,
        feature_group_count, dimension_numbers,
    )  # fmt: skip
    _, where = _check(how, lhs, rhs)
    check_axes(where.rhs[0], rhs_quantization_axis)
    right = quantization(
        rhs.shape, rhs_scales, rhs_zero_points,
        rhs_quantization_axis, rhs_quantization_min_val, rhs_quantization_max_val,
    )  # fmt: skip
    return hybrid(how.compute, lhs, rhs, right, where.output[1], where.lhs[0])


@shape_function("UniformQuantizedConvolution", "UniformQuantizedConvolutionHybrid")
def _(op):
    ranks = [op.shape(i).rank for i in (0, 1)]
    if None in ranks:
        return UNKNOWN
    exactly_rank(op.shape(1), ranks[0])
    how = _Convolution(*(op.attr(name) for name in _Convolution._fields))
    where = how.dimensions(ranks[0])
    sizes = how.output_sizes([op.shape(0)[i] for i in where.lhs], [op.shape(1)[i] for i in where.rhs])
    return from_dims(tuple(sizes[i] for i in np.argsort(where.output)))
