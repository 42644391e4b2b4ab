"""Kernel of ExtractImagePatches: what windows see of images, as channels."""

from __future__ import annotations

import itertools
from typing import Any

import jax.numpy as jnp

from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import UNKNOWN, invalid
from tfshim.ops.windows import windows
from tfshim.shapes import from_dims


def _place(shape: Any, ksizes: Any, strides: Any, rates: Any, padding: str) -> Any:
    for name, values in (("ksizes", ksizes), ("strides", strides), ("rates", rates)):
        if len(values) != 4 or values[0] != 1 or values[3] != 1:
            raise invalid(f"ExtractImagePatches: {name} must be [1, rows, columns, 1], got {list(values)}")
    return windows("ExtractImagePatches", shape[1:3], ksizes[1:3], strides[1:3], padding, dilations=rates[1:3])


@kernel("ExtractImagePatches")
def extract_image_patches(images, *, ksizes, strides, rates, padding):
    if images.ndim != 4:
        raise invalid(f"input must be 4-dimensional, got shape {list(images.shape)}")
    place = _place(images.shape, ksizes, strides, rates, padding)
    x = jnp.pad(images, ((0, 0), *place.pads, (0, 0)))
    parts = []
    for offset in itertools.product(*map(range, place.ksize)):
        starts = [o * r for o, r in zip(offset, rates[1:3], strict=True)]
        index = [slice(o, o + (n - 1) * s + 1, s) for o, n, s in zip(starts, place.outputs, place.strides, strict=True)]
        parts.append(x[(slice(None), *index)])
    return jnp.concatenate(parts, axis=-1)


@shape_function("ExtractImagePatches")
def _(op):
    shape = op.shape(0)
    if shape.rank is None:
        return UNKNOWN
    ksizes = op.attr("ksizes")
    dims = shape.with_rank(4).as_list()
    place = _place(dims, ksizes, op.attr("strides"), op.attr("rates"), op.attr("padding"))
    depth = None if dims[3] is None else dims[3] * ksizes[1] * ksizes[2]
    return from_dims((dims[0], *place.outputs, depth))
