"""Kernels of ExtractImagePatches and ExtractVolumePatches: what windows see, as channels."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp

from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import UNKNOWN, invalid
from tfshim.ops.windows import Windows, windows
from tfshim.shapes import from_dims

_AXES = {4: "[1, rows, columns, 1]", 5: "[1, planes, rows, columns, 1]"}


def _place(op_name: str, shape: Sequence[Any], padding: str, **attrs: Sequence[int]) -> Windows:
    rank = len(shape)
    for name, values in attrs.items():
        if len(values) != rank or values[0] != 1 or values[-1] != 1:
            raise invalid(f"{op_name}: {name} must be {_AXES[rank]}, got {list(values)}")
    inner = {name: values[1:-1] for name, values in attrs.items()}
    return windows(op_name, shape[1:-1], inner["ksizes"], inner["strides"], padding, dilations=inner.get("rates"))


def _patches(op_name: str, rank: int, x: Any, padding: str, **attrs: Sequence[int]) -> Any:
    if x.ndim != rank:
        raise invalid(f"input must be {rank}-dimensional, got shape {list(x.shape)}")
    place = _place(op_name, x.shape, padding, **attrs)
    x = jnp.pad(x, ((0, 0), *place.pads, (0, 0)))
    parts = []
    for offset in itertools.product(*map(range, place.ksize)):
        starts = [o * d for o, d in zip(offset, place.dilations, strict=True)]
        index = [slice(o, o + (n - 1) * s + 1, s) for o, n, s in zip(starts, place.outputs, place.strides, strict=True)]
        parts.append(x[(slice(None), *index)])
    return jnp.concatenate(parts, axis=-1)


@kernel("ExtractImagePatches")
def extract_image_patches(images, *, ksizes, strides, rates, padding):
    return _patches("ExtractImagePatches", 4, images, padding, ksizes=ksizes, strides=strides, rates=rates)


@kernel("ExtractVolumePatches")
def extract_volume_patches(input, *, ksizes, strides, padding):
    return _patches("ExtractVolumePatches", 5, input, padding, ksizes=ksizes, strides=strides)


def _shape_of(op_name: str, rank: int, *names: str) -> None:
    @shape_function(op_name)
    def _(op):
        shape = op.shape(0)
        if shape.rank is None:
            return UNKNOWN
        attrs = {name: op.attr(name) for name in names}
        dims = shape.with_rank(rank).as_list()
        place = _place(op_name, dims, op.attr("padding"), **attrs)
        depth = None if dims[-1] is None else dims[-1] * math.prod(attrs["ksizes"])
        return from_dims((dims[0], *place.outputs, depth))


_shape_of("ExtractImagePatches", 4, "ksizes", "strides", "rates")
_shape_of("ExtractVolumePatches", 5, "ksizes", "strides")
