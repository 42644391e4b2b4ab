"""Convolutions and their gradients by other means than XLA's own, which take up to twenty times as long on the CPU.

Each *tap*, a position in the filter, meets one strided slice of the padded input. All of these slices side by side
are the *columns*: one product with the filter is the convolution, and its two transposes are products as well. The
columns are as many times larger than the input as there are taps. They pay where a gradient needs them too; where
they would be too large, the gradient of the filter takes one tap after the other, and that of the input one *phase*
after the other: the elements of the input that a stride keeps apart never meet the same tap, so that a convolution
with strides is a sum of plain ones. The taps along the depth of a volume may be channels of its planes.
"""

from __future__ import annotations

import functools
import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.custom_derivatives import SymbolicZero
from jax.experimental.xla_metadata import set_xla_metadata

from tfshim.ops.windows import Windows

MOST_BYTES = 32 * 2**20
MOST_TAPS = 64
MOST_BYTES_OF_PLANES = 256 * 2**20


def suits(x, w, spot: Windows) -> bool:
    """True if the convolution of `x` (channels last) by `w` is to be computed by the functions below."""
    usual = x.dtype in (jnp.float32, jnp.float64) and math.prod(spot.ksize) > 1
    return usual and 0 not in (*x.shape, *w.shape, *spot.outputs)


def by_input(x, w, spot: Windows, library):
    """The convolution, for differentiation with respect to `x`; `library(x, w, spot)` is XLA's."""
    if _columns_fit(x, spot):
        return _product(x, w, spot)
    phases = math.prod(spot.strides)
    return _by_phases(x, w, spot, library) if set(spot.dilations) == {1} and phases > 1 else library(x, w, spot)


def by_filter(x, w, spot: Windows, library):
    """The convolution, for differentiation with respect to `w`."""
    if _columns_fit(x, spot):
        return _product(x, w, spot)
    return _tap_by_tap(x, w, spot) if math.prod(spot.ksize) <= MOST_TAPS else library(x, w, spot)


def convolve(x, w, spot: Windows, library):
    """The convolution of `x` by `w`: XLA's, with the derivatives of `by_input` and `by_filter`."""

    @jax.custom_jvp
    def convolution(x, w):
        return library(x, w, spot)

    @functools.partial(convolution.defjvp, symbolic_zeros=True)
    def _(primals, tangents):
        x, w = primals
        by_x, by_w = (type(tangent) is not SymbolicZero for tangent in tangents)
        # The columns that the filter's gradient needs give the value as well.
        y = _product(x, w, spot) if by_w and _columns_fit(x, spot) else convolution(x, w)
        terms = [by_input(tangents[0], w, spot, library)] if by_x else []
        if by_w:
            terms.append(by_filter(x, tangents[1], spot, library))
        return y, sum(terms[1:], terms[0]) if terms else jnp.zeros_like(y)

    return convolution(x, w)


def _columns_fit(x, spot: Windows) -> bool:
    elements = x.shape[0] * math.prod(spot.outputs) * math.prod(spot.ksize) * x.shape[-1]
    return math.prod(spot.ksize) <= MOST_TAPS and elements * x.dtype.itemsize <= MOST_BYTES


def _padded(x, spot: Windows):
    after = [(0, 0)] * (x.ndim - 1 - len(spot.pads))
    return jnp.pad(x, ((0, 0), *spot.pads, *after)) if any(map(any, spot.pads)) else x


def _starts(spot: Windows) -> list[tuple[int, ...]]:
    """Where in the padded input the slice of each tap begins."""
    taps = itertools.product(*map(range, spot.ksize))
    return [tuple(i * d for i, d in zip(tap, spot.dilations, strict=True)) for tap in taps]


def _product(x, w, spot: Windows):
    with set_xla_metadata(inlineable="false"):
        columns = _columns(x, spot)
    # XLA must not see that all weights are the same number: its simplifier then drops factors of batched products.
    weights = lax.optimization_barrier(w).reshape(-1, w.shape[-1])
    return (columns @ weights).reshape(x.shape[0], *spot.outputs, w.shape[-1])


# As a function of its own: what gives `x` would be fused with the columns, and be computed anew for each tap.
@functools.partial(jax.jit, static_argnums=1)
def _columns(x, spot: Windows):
    slices = _shifted if set(spot.strides) == {1} else _strided
    parts = slices(x, spot)
    return jnp.concatenate(parts, axis=-1).reshape(-1, len(parts) * x.shape[-1])


def _strided(x, spot: Windows) -> list:
    """For each tap, what it meets."""
    padded = _padded(x, spot)
    parts = []
    for start in _starts(spot):
        ranges = [slice(b, b + (o - 1) * s + 1, s) for b, o, s in zip(start, spot.outputs, spot.strides, strict=True)]
        parts.append(padded[(slice(None), *ranges)])
    return parts


def _shifted(x, spot: Windows) -> list:
    """`_strided` for strides of 1: the input, moved and cut by one pad. XLA takes half as long for these slices."""
    zero = jnp.zeros((), x.dtype)

    def move(start, low, size, output):
        return low - start, start + output - low - size, 0

    lows, sizes = [low for low, _ in spot.pads], x.shape[1:-1]
    return [
        lax.pad(x, zero, ((0, 0, 0), *map(move, start, lows, sizes, spot.outputs), (0, 0, 0)))
        for start in _starts(spot)
    ]


def _tap_by_tap(x, w, spot: Windows):
    padded = _padded(x, spot)
    depth = x.shape[-1]
    extents = [(o - 1) * s + 1 for o, s in zip(spot.outputs, spot.strides, strict=True)]
    every = (slice(None), *(slice(None, None, s) for s in spot.strides))

    zero = jnp.int32(0)

    def add(total, tap):
        start, weights = tap
        part = lax.dynamic_slice(padded, (zero, *start, zero), (x.shape[0], *extents, depth))[every]
        return total + part.reshape(-1, depth) @ weights, None

    total = jnp.zeros((x.shape[0] * math.prod(spot.outputs), w.shape[-1]), x.dtype)
    starts = [jnp.asarray(column, jnp.int32) for column in np.array(_starts(spot), np.int32).T]
    total, _ = lax.scan(add, total, (starts, w.reshape(-1, depth, w.shape[-1])))
    return total.reshape(x.shape[0], *spot.outputs, w.shape[-1])


def _by_phases(x, w, spot: Windows, library):
    """The sum of one convolution without strides for each place between two strides."""
    total = 0.0
    for phase in itertools.product(*map(range, spot.strides)):
        taps = w[tuple(map(slice, phase, [None] * len(phase), spot.strides))]
        if 0 in taps.shape:
            continue
        starts, pads = [], []
        for place, stride, (low, _), size, output, length in zip(
            phase, spot.strides, spot.pads, x.shape[1:], spot.outputs, taps.shape, strict=False
        ):
            # The elements of this phase that lie in the padding before the input, in it and, as many as miss, after it.
            before = max(0, -((place - low) // stride))
            start = before * stride + place - low
            within = max(0, -((start - size) // stride))
            starts.append(start)
            pads.append((before, output + length - 1 - before - within))
        part = x[(slice(None), *map(slice, starts, [None] * len(starts), spot.strides))]
        one = (1,) * len(phase)
        total = total + library(part, taps, Windows(taps.shape[: len(phase)], one, one, tuple(pads), spot.outputs))
    return total


def in_planes(way, x, w, spot: Windows, library):
    """The convolution by a `way`, one of the functions above; that of a volume as one of planes.

    The planes of a volume [batch, depth, height, width, channels] that the taps along the depth meet are channels of
    one plane then, as many times as there are such taps.
    """
    if x.ndim != 5 or spot.ksize[0] * x.nbytes > MOST_BYTES_OF_PLANES:
        return way(x, w, spot, library)
    depth, plane = spot.along([0]), spot.along([1, 2])
    padded = _padded(x, depth)
    (outputs,), (stride,) = depth.outputs, depth.strides
    met = [padded[:, start : start + (outputs - 1) * stride + 1 : stride] for (start,) in _starts(depth)]
    planes = jnp.concatenate(met, axis=-1)
    planes = planes.reshape(-1, *planes.shape[2:])
    taps = jnp.moveaxis(w, 0, 2).reshape(*plane.ksize, planes.shape[-1], w.shape[-1])
    return way(planes, taps, plane, library).reshape(x.shape[0], *spot.outputs, w.shape[-1])
