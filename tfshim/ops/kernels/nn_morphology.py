"""Kernels of greyscale morphology.

A dilation is the largest sum of an image element and a filter element over each window. The first of several
largest ones, in row-major order, gets the gradient, as in TensorFlow.
"""

from __future__ import annotations

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np

from tfshim import errors
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid, shape_text
from tfshim.ops.windows import Windows, windows
from tfshim.shapes import TensorShape


def _place(sizes, filter_sizes, strides, rates, padding) -> Windows:
    for name, values in (("strides", strides), ("rates", rates)):
        if len(values) != 4:
            raise invalid(f"{name} must specify 4 dimensions, got {list(values)}")
    if strides[0] != 1 or strides[3] != 1:
        raise errors.UnimplementedError(None, None, "Stride is only supported across spatial dimensions.")
    if rates[0] != 1 or rates[3] != 1:
        raise errors.UnimplementedError(None, None, "Rate is only supported across spatial dimensions.")
    return windows("Dilation2D", sizes, filter_sizes, strides[1:3], padding, (), rates[1:3])


def _checked_place(x, w, strides, rates, padding) -> Windows:
    if x.ndim != 4:
        raise invalid(f"input must be 4-dimensional, got shape {shape_text(x.shape)}")
    if w.ndim != 3:
        raise invalid(f"filter must be 3-dimensional: {shape_text(w.shape)}")
    if x.shape[3] != w.shape[2]:
        raise invalid(f"input and filter must have the same depth: {x.shape[3]} vs {w.shape[2]}")
    return _place(x.shape[1:3], w.shape[:2], strides, rates, padding)


def _slices(x, place: Windows):
    """For each filter element in row-major order, its place and the image elements under it."""
    for tap in itertools.product(*map(range, place.ksize)):
        index = [slice(None)]
        for t, rate, n, stride in zip(tap, place.dilations, place.outputs, place.strides, strict=True):
            index.append(slice(t * rate, t * rate + (n - 1) * stride + 1, stride))
        yield tap, x[tuple(index)]


def _lowest(dtype):
    return jnp.finfo(dtype).min if jnp.issubdtype(dtype, jnp.floating) else jnp.iinfo(dtype).min


def _padded(x, place: Windows):
    return jnp.pad(x, ((0, 0), *place.pads, (0, 0)))


def _inside(x, place: Windows):
    """Which elements of the padded image are the image's."""
    return np.pad(np.ones((1, *x.shape[1:3], 1), bool), ((0, 0), *place.pads, (0, 0)))


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def _dilate(x, w, place):
    best = jnp.full((x.shape[0], *place.outputs, x.shape[3]), _lowest(x.dtype), x.dtype)
    for (tap, part), (_, inside) in zip(_slices(_padded(x, place), place), _slices(_inside(x, place), place)):
        value = part + w[tap]
        best = jnp.where(inside & (value > best), value, best)
    return best


@_dilate.defjvp
def _dilate_jvp(place, primals, tangents):
    (x, w), (t_x, t_w) = primals, tangents
    best = jnp.full((x.shape[0], *place.outputs, x.shape[3]), _lowest(x.dtype), x.dtype)
    chosen = jnp.zeros_like(best)
    parts = zip(
        _slices(_padded(x, place), place),
        _slices(_padded(t_x, place), place),
        _slices(_inside(x, place), place),
        strict=True,
    )
    for (tap, part), (_, move), (_, inside) in parts:
        value = part + w[tap]
        larger = inside & (value > best)
        best = jnp.where(larger, value, best)
        chosen = jnp.where(larger, move + t_w[tap], chosen)
    return best, chosen


@kernel("Dilation2D")
def dilation2d(input, filter, *, strides, rates, padding):
    place = _checked_place(input, filter, strides, rates, padding)
    if 0 in place.outputs or 0 in input.shape:
        return jnp.zeros((input.shape[0], *place.outputs, input.shape[3]), input.dtype)
    return _dilate(input, filter, place)


def _declare_backprop(op_name, wrt):
    @kernel(op_name)
    def backprop(input, filter, out_backprop, *, strides, rates, padding):
        place = _checked_place(input, filter, strides, rates, padding)
        if not jnp.issubdtype(input.dtype, jnp.floating):
            raise errors.UnimplementedError(None, None, f"{op_name} takes floating-point tensors only")
        return jax.vjp(lambda x, w: _dilate(x, w, place), input, filter)[1](out_backprop)[wrt]

    shape_function(op_name)(lambda op: op.shape(wrt))


_declare_backprop("Dilation2DBackpropInput", 0)
_declare_backprop("Dilation2DBackpropFilter", 1)


@shape_function("Dilation2D")
def _(op):
    shape, filters = op.shape(0), op.shape(1)
    if shape.rank is None:
        return TensorShape([None] * 4)
    sizes = shape.with_rank(4).as_list()
    filter_sizes = filters.with_rank(3).as_list() if filters.rank is not None else [None] * 3
    place = _place(sizes[1:3], filter_sizes[:2], op.attr("strides"), op.attr("rates"), op.attr("padding"))
    depth = sizes[3] if sizes[3] is not None else filter_sizes[2]
    return TensorShape([sizes[0], *place.outputs, depth])
