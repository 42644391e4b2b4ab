"""Kernels of fractional pooling: windows of two neighbouring sizes in random order, so that the ratio is a fraction.

A pooling sequence of n windows holds n + 1 numbers, where each window starts and where the last one ends. With
`overlapping`, a window also holds the first element of the next one.
"""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim.errors import UnimplementedError
from tfshim.ops.kernels import philox
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid
from tfshim.shapes import TensorShape


def _sequence(state, length: int, count: int, pseudo_random: bool):
    """Where `count` windows over `length` elements start, and the advanced generator state."""
    least, more = divmod(length, count)
    if more == 0:
        return jnp.arange(count + 1, dtype=jnp.int64) * least, state
    key, counter = state[0], state[1:]
    if not pseudo_random:
        sizes = jnp.full(count, least, jnp.int64).at[:more].add(1)
        sizes = sizes[philox.permutation(key, counter, count)]
        return jnp.concatenate([jnp.zeros(1, jnp.int64), jnp.cumsum(sizes)]), philox.advance(state, -(-count // 4))
    ratio = length / count
    # A larger offset would make windows that are too large, at the first place or at the last.
    most = min((least + 2) / ratio - 1, (length + 1 - least) / ratio - (count - 1))
    x = philox.blocks(key, counter, jnp.uint64(0))
    offset = philox.uniform64(x[0], x[1]) * most
    inner = jnp.ceil(ratio * (jnp.arange(1, count) + offset)).astype(jnp.int64) - 1
    ends = jnp.zeros(1, jnp.int64), jnp.full(1, length, jnp.int64)
    return jnp.concatenate([ends[0], inner, ends[1]]), philox.advance(state, 1)


def _members(starts, length: int, overlapping: bool):
    """Indices [windows, most] of the elements of each window, its last one repeated, and which are genuine."""
    count = starts.shape[0] - 1
    # A pseudo-random window may be larger than the rounded ratio by two.
    most = length // max(count, 1) + 2 + overlapping
    first = starts[:-1, None]
    end = jnp.minimum(starts[1:, None] + overlapping, length)
    index = first + jnp.arange(most)
    return jnp.minimum(index, end - 1), index < end


def _sizes(op_name: str, sizes, ratio) -> list[int | None]:
    if len(sizes) != 4:
        raise invalid(f"{op_name}: value must be 4-dimensional")
    if len(ratio) != 4:
        raise invalid(f"{op_name}: pooling_ratio field must specify 4 dimensions")
    if any(r < 1 for r in ratio):
        raise invalid(f"{op_name}: pooling_ratio cannot be smaller than 1, got {list(ratio)}")
    if ratio[0] != 1 or ratio[3] != 1:
        raise UnimplementedError(None, None, f"{op_name}: no fractional pooling over the batch or channels")
    # The ratio is a float32 attribute.
    return [None if n is None else math.floor(np.float32(n) / np.float32(r)) for n, r in zip(sizes, ratio)]


def _windows(x, rows, columns, overlapping: bool):
    """The elements of the windows [batch, rows, columns, elements, channels]; which are genuine, without the ends."""
    batch, height, width, channels = x.shape
    row, row_inside = _members(rows, height, overlapping)
    column, column_inside = _members(columns, width, overlapping)
    parts = x[:, row[:, None, :, None], column[None, :, None, :]]
    inside = row_inside[:, None, :, None] & column_inside[None, :, None, :]
    return parts.reshape(*parts.shape[:3], -1, channels), inside.reshape(*inside.shape[:2], -1)


def _max(x, rows, columns, overlapping: bool):
    # Repeated elements come after genuine ones, so the first of the largest ones is genuine.
    if rows.ndim != 1 or columns.ndim != 1:
        raise invalid("row_pooling_sequence and col_pooling_sequence must be a vector each")
    parts, _ = _windows(x, rows, columns, overlapping)
    best = jnp.argmax(lax.stop_gradient(parts), axis=3, keepdims=True)
    return jnp.take_along_axis(parts, best, 3)[:, :, :, 0]


def _mean(x, rows, columns, overlapping: bool):
    parts, inside = _windows(x, rows, columns, overlapping)
    total = jnp.sum(jnp.where(inside[..., None], parts, 0), axis=3, dtype=parts.dtype)
    count = jnp.sum(inside, axis=2)[..., None].astype(x.dtype)
    return (
        total / count if jnp.issubdtype(x.dtype, jnp.floating) else lax.div(total, jnp.broadcast_to(count, total.shape))
    )


def _register(op_name: str, pool) -> None:
    @kernel(op_name, rng=True)
    def run(value, state, *, pooling_ratio, pseudo_random, overlapping, deterministic, seed, seed2):
        sizes = _sizes(op_name, value.shape, pooling_ratio)
        if not deterministic and (seed or seed2):
            raise invalid("Both seed and seed2 should be 0 if deterministic is false.")
        rows, advanced = _sequence(state, value.shape[1], sizes[1], pseudo_random)
        columns, advanced = _sequence(advanced, value.shape[2], sizes[2], pseudo_random)
        # A deterministic op starts from its seeds in each call.
        return pool(value, rows, columns, overlapping), rows, columns, state if deterministic else advanced

    @shape_function(op_name)
    def shapes(op):
        sizes = op.shape(0).with_rank(4).as_list()
        outputs = _sizes(op_name, sizes, op.attr("pooling_ratio"))
        lengths = [None if n is None else n + 1 for n in outputs[1:3]]
        return TensorShape(outputs), *(TensorShape([n]) for n in lengths)


_register("FractionalMaxPool", _max)
_register("FractionalAvgPool", _mean)


def _scatter(parts, sizes, rows, columns, overlapping: bool):
    """The transpose of `_windows`: adds up elements of windows by their place."""
    batch, height, width, channels = sizes
    row, _ = _members(rows, height, overlapping)
    column, _ = _members(columns, width, overlapping)
    place = (row[:, None, :, None] * width + column[None, :, None, :]).reshape(-1)
    flat = jnp.zeros((batch, height * width, channels), parts.dtype)
    return flat.at[:, place].add(parts.reshape(batch, -1, channels)).reshape(sizes)


@kernel("FractionalMaxPoolGrad")
def fractional_max_pool_grad(x, output, gradient, rows, columns, *, overlapping):
    if gradient.shape != output.shape:
        raise invalid(f"out_backprop must have the shape of orig_output, got {gradient.shape} and {output.shape}")
    if rows.ndim != 1 or columns.ndim != 1:
        raise invalid("row_pooling_sequence and col_pooling_sequence must be a vector each")
    parts, _ = _windows(x, rows, columns, overlapping)
    best = jnp.argmax(parts, axis=3, keepdims=True)
    chosen = jnp.arange(parts.shape[3])[:, None] == best
    return _scatter(jnp.where(chosen, gradient[:, :, :, None], 0), x.shape, rows, columns, overlapping)


@kernel("FractionalAvgPoolGrad", static=("orig_input_tensor_shape",))
def fractional_avg_pool_grad(shape, gradient, rows, columns, *, overlapping):
    if shape.shape != (4,):
        raise invalid("original input tensor shape must be 1-dimensional and 4 elements")
    sizes = tuple(int(s) for s in shape)
    row_inside = _members(rows, sizes[1], overlapping)[1]
    column_inside = _members(columns, sizes[2], overlapping)[1]
    inside = (row_inside[:, None, :, None] & column_inside[None, :, None, :]).reshape(*gradient.shape[1:3], -1)
    # TensorFlow adds up in double.
    share = gradient.astype(jnp.float64) / jnp.sum(inside, axis=2)[..., None]
    parts = jnp.where(inside[..., None], share[:, :, :, None], 0)
    return _scatter(parts, sizes, rows, columns, overlapping).astype(gradient.dtype)


@shape_function("FractionalMaxPoolGrad")
def _input_shape(op):
    return op.shape(0)


@shape_function("FractionalAvgPoolGrad")
def _given_shape(op):
    return TensorShape(op.partial(0))
