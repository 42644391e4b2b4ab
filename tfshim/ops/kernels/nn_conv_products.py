"""Convolutions and their gradients by other means than XLA's own, which take up to twenty times as long on the CPU.

Each *tap*, a position in the filter, meets one strided slice of the padded input. All of these slices side by side
are the *columns*: one product with the filter is the convolution, and its two transposes are products as well. The
columns are as many times larger than the input as there are taps. They pay where a gradient needs them too. Where
they would be too large, the gradient of the filter takes the taps of one row of it after those of the other, and the
gradient of the input one *phase* after the other: a convolution with strides is a sum of plain ones, for elements of
the input that lie between two strides never meet the same tap. The taps along the depth of a volume become channels
of its planes.
"""

from __future__ import annotations

import functools
import itertools
import math

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero
from jax.experimental.xla_metadata import set_xla_metadata

from tfshim.ops.windows import Windows

# Limits by measurement. The columns of thin inputs, such as those of a first layer, make better products than their
# rows do, and so do those of convolutions with strides: they may be larger.
MOST_BYTES = 8 * 2**20
MOST_BYTES_IF_STRIDED = 12 * 2**20
MOST_BYTES_IF_THIN = 32 * 2**20
THIN = 8
DTYPE_OF_YNN = jnp.float32
MOST_TAPS = 64
BYTES_OF_ROWS = 2 * 2**20
MOST_BYTES_OF_PLANES = 256 * 2**20


def suits(x, w, spot: Windows) -> bool:
    """True if the convolution of `x` (channels last) by `w` is to be computed by the functions below."""
    usual = x.dtype in (jnp.float32, jnp.float64) and math.prod(spot.ksize) > 1
    return usual and 0 not in (*x.shape, *w.shape, *spot.outputs)


def by_input(x, w, spot: Windows, library):
    """The convolution, for differentiation with respect to `x`; `library(x, w, spot)` is XLA's."""
    if _columns_fit(x, spot) and not _runs_in_parallel(x, w, spot):
        return _product(x, w, spot)
    phases = math.prod(spot.strides)
    if phases == 1:
        return _lengthened(x, w, spot, library)
    return _by_phases(x, w, spot, library) if set(spot.dilations) == {1} else library(x, w, spot)


def by_filter(x, w, spot: Windows, library):
    """The convolution, for differentiation with respect to `w`."""
    if _columns_fit(x, spot):
        return _product(x, w, spot)
    return _row_by_row(x, w, spot) if math.prod(spot.ksize) <= MOST_TAPS else library(x, w, spot)


def convolve(x, w, spot: Windows, library):
    """The convolution of `x` by `w`: XLA's, with the derivatives of `by_input` and `by_filter`."""

    @jax.custom_jvp
    def convolution(x, w):
        return _shortened(x, w, spot, library)

    @functools.partial(convolution.defjvp, symbolic_zeros=True)
    def _(primals, tangents):
        x, w = primals
        by_x, by_w = (type(tangent) is not SymbolicZero for tangent in tangents)
        # The columns that the filter's gradient needs give the value as well, unless XLA is faster.
        by_columns = by_w and _columns_fit(x, spot) and not _runs_in_parallel(x, w, spot)
        y = _product(x, w, spot) if by_columns else convolution(x, w)
        terms = [by_input(tangents[0], w, spot, library)] if by_x else []
        if by_w:
            terms.append(by_filter(x, tangents[1], spot, library))
        return y, sum(terms[1:], terms[0]) if terms else jnp.zeros_like(y)

    return convolution(x, w)


def _runs_in_parallel(x, w, spot: Windows) -> bool:
    """True if XLA can be made to run the convolution, a little larger, on all threads, and fast.

    It hands convolutions of planes to a library (YNN) that runs them on one thread, unless their results are longer
    than what they convolve.
    """
    of_planes = len(spot.ksize) == 2 and set(spot.strides) == {1} and x.dtype == DTYPE_OF_YNN
    if not of_planes or min(x.shape[-1], w.shape[-1]) < THIN:
        return False
    sizes = x.shape[1:-1]
    axis, more = _cheapest(sizes, spot.outputs)
    axis_of_transpose, more_of_transpose = _cheapest(spot.outputs, sizes)
    return 2 * more <= spot.outputs[axis] and 2 * more_of_transpose <= sizes[axis_of_transpose]


def _shortened(x, w, spot: Windows, library):
    """The convolution, from one with so many results more that it runs in parallel; they are cut off."""
    if not _runs_in_parallel(x, w, spot):
        return library(x, w, spot)
    axis, more = _cheapest(x.shape[1:-1], spot.outputs)
    pads, outputs = list(spot.pads), list(spot.outputs)
    pads[axis] = (pads[axis][0], pads[axis][1] + more)
    outputs[axis] += more
    y = library(x, w, spot._replace(pads=tuple(pads), outputs=tuple(outputs)))
    return lax.slice_in_dim(y, 0, spot.outputs[axis], axis=axis + 1)


def _lengthened(x, w, spot: Windows, library):
    """The convolution, of an input longer by so many zeros that its transpose runs in parallel."""
    if not _runs_in_parallel(x, w, spot):
        return library(x, w, spot)
    axis, more = _cheapest(spot.outputs, x.shape[1:-1])
    pads, zeros = list(spot.pads), [(0, 0)] * x.ndim
    pads[axis] = (pads[axis][0], pads[axis][1] - more)
    zeros[axis + 1] = (0, more)
    return library(jnp.pad(x, zeros), w, spot._replace(pads=tuple(pads)))


def _cheapest(sizes, results) -> tuple[int, int]:
    """The dimension in which the fewest further results make them more than the elements convolved, and how many."""
    missing = [max(size + 1 - result, 0) for size, result in zip(sizes, results, strict=True)]
    axis = min(range(len(missing)), key=lambda i: missing[i] / results[i])
    return axis, missing[axis]


def _columns_fit(x, spot: Windows) -> bool:
    elements = x.shape[0] * math.prod(spot.outputs) * math.prod(spot.ksize) * x.shape[-1]
    most = MOST_BYTES if math.prod(spot.strides) == 1 else MOST_BYTES_IF_STRIDED
    if x.shape[-1] < THIN:
        most = MOST_BYTES_IF_THIN
    return math.prod(spot.ksize) <= MOST_TAPS and elements * x.dtype.itemsize <= most


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
    parts = _met(x, spot)
    return jnp.concatenate(parts, axis=-1).reshape(-1, len(parts) * x.shape[-1])


def _met(x, spot: Windows) -> list:
    """For each tap, what it meets: the elements of one phase of the input, moved and cut by one pad."""
    zero = jnp.zeros((), x.dtype)
    phases: dict[tuple[int, ...], jax.Array] = {}
    taps = []
    for start in _starts(spot):
        steps = [divmod(s - low, n) for s, (low, _), n in zip(start, spot.pads, spot.strides, strict=True)]
        shifts, phase = zip(*steps, strict=True)
        if phase not in phases:
            phases[phase] = x[(slice(None), *map(slice, phase, [None] * len(phase), spot.strides))]
        taps.append((phase, shifts))
    if len(phases) > 1:
        # XLA would else cut each tap out of the input by strides: that takes twice as long.
        phases = dict(zip(phases, lax.optimization_barrier(tuple(phases.values())), strict=True))
    parts = []
    for phase, shifts in taps:
        elements = phases[phase]
        moves = [
            (-shift, shift + output - size, 0)
            for shift, output, size in zip(shifts, spot.outputs, elements.shape[1:], strict=False)
        ]
        parts.append(lax.pad(elements, zero, ((0, 0, 0), *moves, (0, 0, 0))))
    return parts


def _row_by_row(x, w, spot: Windows):
    """A part of the batch after the other; in it, one product for all taps of the filter that share a row."""
    rows, within = spot.along([0]), spot.along(range(1, len(spot.ksize)))
    (output,), (stride,) = rows.outputs, rows.strides
    columns = x.shape[-1] * math.prod(within.ksize)
    bytes_of_one = (x.shape[1] + sum(spot.pads[0])) * math.prod(within.outputs) * columns * x.dtype.itemsize
    batch = math.gcd(x.shape[0], max(BYTES_OF_ROWS // bytes_of_one, 1))

    @jax.checkpoint  # the columns are not kept for the backward pass, but made again
    def part(x):
        padded = _padded(x, rows)
        met = padded.reshape(-1, *padded.shape[2:])
        if within.ksize:
            met = jnp.concatenate(_met(met, within), axis=-1)
        # Else the products would each compute the columns anew.
        met = lax.optimization_barrier(met.reshape(*padded.shape[:2], -1, columns))
        products = [
            met[:, start : start + (output - 1) * stride + 1 : stride].reshape(-1, columns) @ weights
            for (start,), weights in zip(_starts(rows), w.reshape(-1, columns, w.shape[-1]), strict=True)
        ]
        return functools.reduce(jnp.add, products)

    parts = lax.map(part, x.reshape(-1, batch, *x.shape[1:]))
    return parts.reshape(x.shape[0], *spot.outputs, w.shape[-1])


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
