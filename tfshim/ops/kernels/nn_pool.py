"""Kernels of max and average pooling.

Small windows of max pooling are computed from one strided slice per window element. On the CPU that is
faster than `reduce_window`, on a GPU no slower, and the gradient can follow TensorFlow: in 2-D pooling the
first of the largest elements in row-major order of the window gets it, in 3-D pooling all of them.
"""

from __future__ import annotations

import functools
import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim import errors
from tfshim.ops.kernels.nn_activations import widened
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid, shape_text
from tfshim.ops.windows import Windows, check_fit, explicit_pairs, layout_of, windows
from tfshim.shapes import TensorShape

_MAX_SLICES = 64


def _steps(op_name, layout, depth, ksize, strides) -> tuple[int, ...]:
    """The strides that count. TensorFlow pools over the channels or over the image, by maxima of 2-D images only.

    Strides of the other of the two it passes over.
    """
    channel = layout.channel

    def refuse(what: str) -> errors.UnimplementedError:
        return errors.UnimplementedError(None, None, f"{op_name}: {what}, ksize={ksize}, strides={strides}")

    if len(layout.spatial) == 3 or "Avg" in op_name:
        if ksize[channel] != 1 or (len(layout.spatial) == 3 and strides[channel] != 1):
            raise refuse("Pooling over the depth dimension is for MaxPool of images")
        return tuple(1 if i == channel else s for i, s in enumerate(strides))
    if ksize[channel] == 1:
        return tuple(1 if i == channel else s for i, s in enumerate(strides))
    if any(ksize[i] != 1 for i in layout.spatial):
        raise refuse("MaxPool is over the depth, or over width and height, not both")
    if ksize[channel] != strides[channel] or (depth is not None and depth % ksize[channel]):
        raise refuse("Windows over the depth must be side by side and cover it")
    return tuple(s if i == channel else 1 for i, s in enumerate(strides))


def place(op_name, shape, ksize, strides, padding, explicit_paddings, data_format) -> Windows:
    """Windows over all dimensions of the input, batch and channel included."""
    layout = layout_of(data_format, op_name)
    rank = len(layout.spatial) + 2
    if len(shape) != rank:
        raise invalid(f"{op_name}: input must be {rank}-dimensional, got shape {shape_text(shape)}")
    for name, values in (("ksize", ksize), ("strides", strides)):
        if len(values) != rank:
            raise invalid(f"{op_name}: {name} must specify {rank} dimensions, got {list(values)}")
        if any(v <= 0 for v in values):
            raise invalid(f"{op_name}: {name} must be positive, got {list(values)}")
        if any(v >= 2**31 for v in values):
            raise invalid(f"Attr {name} has value {max(values)} out of range for an int32")
        if values[0] != 1:
            raise errors.UnimplementedError(
                None, None, f"{op_name}: Pooling is not yet supported on the batch dimension, {name}={values}"
            )
    strides = _steps(op_name, layout, shape[layout.channel], ksize, strides)
    pairs = ()
    if padding == "EXPLICIT":
        spatial = explicit_pairs(explicit_paddings, layout, op_name)
        full = [(0, 0)] * rank
        for axis, pair in zip(layout.spatial, spatial, strict=True):
            full[axis] = pair
        pairs = tuple(full)
    return windows(op_name, shape, ksize, strides, padding, pairs)


def _padded(x, spot: Windows, value):
    return jnp.pad(x, spot.pads, constant_values=value) if any(map(any, spot.pads)) else x


def _slices(x, spot: Windows):
    """For each window element in row-major order, the array of that element in every window."""
    for offset in itertools.product(*map(range, spot.ksize)):
        index = (slice(o, o + (n - 1) * s + 1, s) for o, n, s in zip(offset, spot.outputs, spot.strides, strict=True))
        yield x[tuple(index)]


def _insides(sizes, spot: Windows):
    """For each window element in row-major order, in which windows it is not padding, broadcastable to the output."""
    for offset in itertools.product(*map(range, spot.ksize)):
        inside = np.ones((), bool)
        for size, o, stride, pad, output in zip(sizes, offset, spot.strides, spot.pads, spot.outputs, strict=True):
            position = np.arange(output) * stride - pad[0] + o
            along = (position >= 0) & (position < size)
            inside = inside[..., None] & (along if len(set(along.tolist())) > 1 else along[:1])
        yield inside


def _lowest(dtype):
    # Finite, as in TensorFlow: a window of nothing but -inf or NaN gives this number.
    return jnp.finfo(dtype).min if jnp.issubdtype(dtype, jnp.floating) else jnp.iinfo(dtype).min


def _choose(values, out, chosen_from, insides):
    """What `chosen_from` has at each window's maximum `out`: TensorFlow takes the first of equal ones.

    It starts from the first element, which nothing replaces if it is NaN, and which stays if nothing is greater than
    the lowest number.
    """
    started, firsts = np.zeros((), bool), []
    for inside in insides:
        firsts.append(inside & ~started)
        started = started | inside
    chosen = chosen_from[0]
    for choice, first in zip(chosen_from[1:], firsts[1:], strict=True):
        chosen = jnp.where(first, choice, chosen) if first.any() else chosen
    for value, choice, inside, first in reversed(list(zip(values, chosen_from, insides, firsts, strict=True))):
        wins = value == out
        if first.any():
            wins = ~(value < out) if first.all() else jnp.where(first, ~(value < out), wins)
        chosen = jnp.where(wins if inside.all() else inside & wins, choice, chosen)
    return chosen


def _tiles(x, spot: Windows):
    """`x` with an axis for the windows and an axis for what is in them, in turn, for each axis that it has."""
    covered = x[tuple([slice(n * k) for n, k in zip(spot.outputs, spot.ksize, strict=True)])]
    return covered.reshape([n for pair in zip(spot.outputs, spot.ksize, strict=True) for n in pair])


def _choose_in_tiles(values, out, moves, spot: Windows):
    """`_choose` for windows side by side. Its transpose is a selection; that of slices is a sum of scatterings."""
    winner = jnp.zeros(out.shape, np.int32)
    for i in range(len(values) - 1, 0, -1):
        winner = jnp.where(values[i] == out, np.int32(i), winner)
    winner = jnp.where(values[0] < out, winner, np.int32(0))
    numbers = np.arange(len(values), dtype=np.int32).reshape([n for k in spot.ksize for n in (1, k)])
    within = tuple(range(1, 2 * out.ndim, 2))
    wins = jnp.expand_dims(winner, within) == numbers
    return jnp.sum(jnp.where(wins, _tiles(moves, spot), 0), within, dtype=moves.dtype)


@functools.partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _max_by_slices(x, spot, all_ties):
    lowest = jnp.array(_lowest(x.dtype), x.dtype)
    best = jnp.full(spot.outputs, lowest)
    for part in _slices(_padded(x, spot, lowest), spot):
        # Not `maximum`: TensorFlow's max pooling passes over NaN.
        best = jnp.where(part > best, part, best)
    return best


@_max_by_slices.defjvp
def _max_by_slices_jvp(spot, all_ties, primals, tangents):
    (x,), (t,) = primals, tangents
    out = _max_by_slices(x, spot, all_ties)
    values = list(_slices(_padded(x, spot, _lowest(x.dtype)), spot))
    if spot.ksize == spot.strides and not any(map(any, spot.pads)) and not all_ties:
        return out, _choose_in_tiles(values, out, t, spot)
    moves = list(_slices(_padded(t, spot, 0), spot))
    if all_ties:
        return out, functools.reduce(jnp.add, (jnp.where(v == out, m, 0) for v, m in zip(values, moves, strict=True)))
    return out, _choose(values, out, moves, list(_insides(x.shape, spot)))


def _max_pool(x, spot: Windows, all_ties: bool = False):
    if 0 in spot.outputs or 0 in x.shape:
        return jnp.zeros(spot.outputs, x.dtype)
    if math.prod(spot.ksize) <= _MAX_SLICES:
        return _max_by_slices(x, spot, all_ties)
    # A constant, and the identity of max: only then does JAX know the gradient.
    initial = np.array(-np.inf if jnp.issubdtype(x.dtype, jnp.floating) else _lowest(x.dtype), x.dtype)
    return lax.reduce_window(x, initial, lax.max, spot.ksize, spot.strides, spot.pads)


@kernel("MaxPool")
def max_pool(x, *, ksize, strides, padding, explicit_paddings, data_format):
    spot = place("MaxPool", x.shape, ksize, strides, padding, explicit_paddings, data_format)
    for pair, k in zip(spot.pads, spot.ksize, strict=True):
        if max(pair) >= k and padding == "EXPLICIT":
            raise invalid(f"MaxPool: Padding {max(pair)} needs to be smaller than the window size {k}")
    return _max_pool(x, spot)


@kernel("MaxPoolV2", static=("ksize", "strides"))
def max_pool_v2(x, ksize, strides, *, padding, data_format):
    ksize, strides = (tuple(int(v) for v in np.ravel(values)) for values in (ksize, strides))
    return _max_pool(x, place("MaxPoolV2", x.shape, ksize, strides, padding, (), data_format))


@kernel("MaxPool3D")
def max_pool_3d(x, *, ksize, strides, padding, data_format):
    spot = place("MaxPool3D", x.shape, ksize, strides, padding, (), data_format)
    return _max_pool(x, spot, all_ties=True)


@kernel("MaxPoolWithArgmax")
def max_pool_with_argmax(x, *, ksize, strides, padding, include_batch_in_index, Targmax):
    place("MaxPoolWithArgmax", x.shape, ksize, strides, padding, (), "NHWC")
    # As in TensorFlow, windows are of one channel here, whatever `ksize` says.
    spot = place("MaxPoolWithArgmax", x.shape, (*ksize[:3], 1), (*strides[:3], 1), padding, (), "NHWC")
    out = lax.stop_gradient(_max_pool(x, spot))
    flat = np.arange(math.prod(x.shape)).reshape(x.shape)
    if not include_batch_in_index and x.shape[0]:
        flat = np.broadcast_to(flat[:1], x.shape)
    flat = jnp.asarray(flat, Targmax.as_numpy_dtype)
    if not out.size:
        return out, jnp.zeros(spot.outputs, Targmax.as_numpy_dtype)
    values = list(_slices(_padded(x, spot, _lowest(x.dtype)), spot))
    insides = list(_insides(x.shape, spot))
    index = _choose(lax.stop_gradient(values), out, list(_slices(_padded(flat, spot, 0), spot)), insides)
    # Here, and only here, the maximum is the chosen element itself, NaN and -inf included.
    return _choose(lax.stop_gradient(values), out, values, insides), index


def _avg_pool(x, spot: Windows, by_slices: bool):
    if 0 in spot.outputs or 0 in x.shape:
        return jnp.zeros(spot.outputs, x.dtype)
    wide = widened(x)
    if by_slices and math.prod(spot.ksize) <= _MAX_SLICES:
        total = functools.reduce(jnp.add, _slices(_padded(wide, spot, 0), spot))
    else:
        zero = np.zeros((), wide.dtype)
        total = lax.reduce_window(wide, zero, lax.add, spot.ksize, spot.strides, spot.pads)
    return (total / _elements_per_window(x.shape, spot).astype(wide.dtype)).astype(x.dtype)


def _elements_per_window(sizes, spot: Windows) -> np.ndarray:
    """How many elements that are not padding each window holds, broadcastable to the output."""
    count = np.ones((), np.int64)
    for size, k, stride, pad, output in zip(sizes, spot.ksize, spot.strides, spot.pads, spot.outputs, strict=True):
        start = np.arange(output) * stride - pad[0]
        inside = np.minimum(start + k, size) - np.maximum(start, 0)
        count = count[..., None] * (inside if len(set(inside.tolist())) > 1 else inside[:1])
    return count


def _register_avg_pool(op_name, platform, by_slices):
    @kernel(op_name, platform=platform)
    def avg_pool(x, *, ksize, strides, padding, data_format):
        spot = place(op_name, x.shape, ksize, strides, padding, (), data_format)
        return _avg_pool(x, spot, by_slices)


for _name in ("AvgPool", "AvgPool3D"):
    # Slices win on the CPU only: on a GPU, windows that overlap take a quarter longer that way.
    _register_avg_pool(_name, None, False)
    _register_avg_pool(_name, "cpu", True)


def _pool_shape(op_name, op):
    data_format = op.attr("data_format") if op_name != "MaxPoolWithArgmax" else "NHWC"
    rank = len(layout_of(data_format, op_name).spatial) + 2
    shape = op.shape(0)
    sizes = shape.as_list() if shape.rank is not None else [None] * rank
    explicit = op.attr("explicit_paddings") if op_name == "MaxPool" else ()
    if op_name == "MaxPoolV2":
        ksize, strides = op.static(1), op.static(2)
        if ksize is None or strides is None:
            return TensorShape([sizes[0], *[None] * (rank - 1)])
        ksize, strides = ([int(v) for v in values] for values in (ksize, strides))
    else:
        ksize, strides = op.attr("ksize"), op.attr("strides")
    spot = place(op_name, sizes, ksize, strides, op.attr("padding"), explicit, data_format)
    inner = [*layout_of(data_format, op_name).spatial]
    check_fit([sizes[i] for i in inner], spot.along(inner), op.attr("padding"))
    result = TensorShape(spot.outputs)
    return (result, result) if op_name == "MaxPoolWithArgmax" else result


for _name in ("MaxPool", "MaxPoolV2", "MaxPool3D", "MaxPoolWithArgmax", "AvgPool", "AvgPool3D"):
    shape_function(_name)(functools.partial(_pool_shape, _name))
