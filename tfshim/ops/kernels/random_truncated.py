"""Kernels of normal distributions restricted to an interval.

TensorFlow draws these by rejection from one stream, in which each batch (the outputs of one set of parameters)
follows the batch before it, wherever that one ended. Above a certain amount of work it splits the outputs into
shards, whose streams lie far apart: as many as it has threads for, so that the numbers depend on their number.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.special import ndtr

from tfshim.ops.kernels import philox
from tfshim.ops.kernels.random import seed_stream, sizes_of, static_sizes
from tfshim.ops.kernels.sharding import rows_of_a_share
from tfshim.ops.registry import kernel, runtime_check, shape_function
from tfshim.ops.shape_helpers import invalid, shape_text

_MOST_REJECTED = 1000
# Where the bounds leave so much of one side, normal samples are drawn until one lies within.
_WIDE_ENOUGH = 1.3

# What TensorFlow reckons with: the cycles for a batch and each of its samples by size of dtype; found by experiment.
_COSTS = {2: (62, 152), 4: (53, 134), 8: (90, 168)}

# Batch size if all outputs have the same parameters.
_DESIRED_BATCH = 100


class _Batches(NamedTuple):
    """What is drawn for each batch; arrays [batches]."""

    mean: jax.Array
    scale: jax.Array
    low: jax.Array
    high: jax.Array
    by_normals: jax.Array
    by_uniforms: jax.Array
    good: jax.Array


class _Shards(NamedTuple):
    """The outputs of each shard, and the blocks that lie before its stream; arrays [shards]."""

    first: np.ndarray
    end: np.ndarray
    skipped: np.ndarray


def _rounder(dtype):
    """Rounds to the dtype what is computed in float32: TensorFlow rounds halves after each operation."""
    if jnp.dtype(dtype).itemsize == 2:
        return lambda x: lax.reduce_precision(x, 5, 10)
    return lambda x: x


def _prepare(parameters, r) -> _Batches:
    mean, deviation, low, high = parameters
    good = (deviation > 0) & (low < high) & (jnp.isfinite(low) | jnp.isfinite(high))
    # A single bound becomes the lower one, and two bounds below the mean lie above it.
    mirrored = (jnp.isinf(low) & (low < 0)) | (high < mean)
    low, high = jnp.where(mirrored, high, low), jnp.where(mirrored, low, high)
    scale = jnp.where(mirrored, -deviation, deviation)
    low, high = r(r(low - mean) / scale), r(r(high - mean) / scale)
    root = r(jnp.sqrt(r(r(low * low) + 4)))
    exponent = r(0.5 + r(r(low * r(low - root)) / 4))
    cutoff = r(r(2 * r(jnp.exp(exponent))) / r(low + root))
    enough = r(mean.dtype.type(_WIDE_ENOUGH))
    by_normals = ((low < -enough) & (high >= 0)) | ((high > enough) & (low <= 0))
    return _Batches(mean, scale, low, high, by_normals, r(high - low) < cutoff, good)


def _candidates(words, more_words, batch: _Batches, dtype, r):
    """Up to four samples of each shard's batch, [shards, group], and which of them are accepted."""
    size = jnp.dtype(dtype).itemsize
    uniforms, more_uniforms = philox.block_uniforms(words, dtype), philox.block_uniforms(more_words, dtype)
    normals = philox.block_normals(words, dtype)
    wide = jnp.float64 if size == 8 else jnp.float32
    uniforms, more_uniforms, normals = (x.astype(wide) for x in (uniforms, more_uniforms, normals))
    low, high = batch.low[:, None], batch.high[:, None]

    normal_good = (normals >= low) & (normals <= high)

    inside = r(r(uniforms * r(high - low)) + low)
    least_square = jnp.where(low < 0, 0, r(low * low))
    inside_good = more_uniforms <= r(jnp.exp(r(r(least_square - r(inside * inside)) / 2)))

    # Pairs of numbers: one for an exponential sample, one to decide about it.
    alpha = r(r(low + r(jnp.sqrt(r(r(low * low) + 4)))) / 2)
    first, second = uniforms[:, ::2], uniforms[:, 1::2]
    tail = r(r(-r(jnp.log(first)) / alpha) + low)
    x = jnp.where(low < alpha, r(alpha - tail), r(low - alpha))
    tail_good = (second <= r(jnp.exp(r(r(-x * x) / 2)))) & (tail < high)
    missing = ((0, 0), (0, uniforms.shape[1] - first.shape[1]))
    tail, tail_good = jnp.pad(tail, missing), jnp.pad(tail_good, missing)

    by_normals, by_uniforms = batch.by_normals[:, None], batch.by_uniforms[:, None]
    point = jnp.where(by_normals, normals, jnp.where(by_uniforms, inside, tail))
    good = jnp.where(by_normals, normal_good, jnp.where(by_uniforms, inside_good, tail_good))
    return r(r(point * batch.scale[:, None]) + batch.mean[:, None]), good


class _State(NamedTuple):
    place: jax.Array
    next: jax.Array
    rejected: jax.Array
    samples: jax.Array


def _sample(key, counter, shards: _Shards, batch_size: int, parameters, dtype):
    """All outputs (a vector, batch after batch) from vectors of parameters."""
    r = _rounder(dtype)
    wide = jnp.float64 if jnp.dtype(dtype).itemsize == 8 else jnp.float32
    batches = _prepare([p.astype(wide) for p in parameters], r)
    runtime_check(batches.good, "Invalid parameters")
    sound = jnp.all(batches.good)
    end = jnp.asarray(shards.end)
    total = int(shards.end[-1])

    def running(state: _State):
        return (state.next < end) & (state.rejected <= _MOST_REJECTED) & sound

    def draw_block(state: _State) -> _State:
        number = state.next // batch_size
        batch = _Batches(*(x[number] for x in batches))
        words, more_words = (philox.blocks(key, counter, state.place + np.uint64(i)) for i in (0, 1))
        values, good = _candidates(words, more_words, batch, dtype, r)
        left = jnp.minimum((number + 1) * batch_size, end) - state.next
        left = jnp.where(running(state), left, 0)[:, None]
        order = jnp.cumsum(good, axis=1)
        taken = good & (order <= left)
        targets = jnp.where(taken, state.next[:, None] + order - 1, total)
        samples = state.samples.at[targets].set(values, mode="drop")
        count = jnp.sum(taken, axis=1)
        rejected = jnp.where(count > 0, 0, state.rejected + good.shape[1])
        two = ~batch.by_normals & batch.by_uniforms
        return _State(state.place + 1 + two.astype(jnp.uint64), state.next + count, rejected, samples)

    start = _State(jnp.asarray(shards.skipped), jnp.asarray(shards.first), jnp.zeros_like(end), jnp.zeros(total, wide))
    state = lax.while_loop(lambda s: jnp.any(running(s)), draw_block, start)
    runtime_check((state.next >= end) | ~sound, "The rejection sampler of the truncated normal accepted no sample.")
    return state.samples.astype(dtype)


def _shards(batches: int, batch_size: int, total: int, dtype, skipped) -> _Shards:
    """The shards of batches; `skipped` is from their first batches to the blocks before their streams."""
    start_cost, sample_cost = _COSTS[jnp.dtype(dtype).itemsize]
    first = np.arange(0, batches, rows_of_a_share(batches, start_cost + sample_cost * batch_size))
    outputs = np.minimum(np.append(first, batches) * batch_size, total)
    return _Shards(outputs[:-1], outputs[1:], skipped(first).astype(np.uint64))


@jax.custom_jvp
def _with_gradient(samples, mean, deviation, low, high):
    return samples


@_with_gradient.defjvp
def _with_gradient_jvp(primals, tangents):
    # TensorFlow's rule: with respect to mean and deviation as if the bounds moved along.
    samples, mean, deviation, low, high = primals
    at, bottom, top = ((x - mean) / deviation for x in (samples, low, high))
    limits = jnp.finfo(mean.dtype)
    share = jnp.clip((ndtr(at) - ndtr(bottom)) / (ndtr(top) - ndtr(bottom)), limits.tiny, 1 - limits.eps)
    slope_high = jnp.exp(0.5 * (at**2 - top**2) + jnp.log(share))
    slope_low = jnp.exp(0.5 * (at**2 - bottom**2) + jnp.log1p(-share))
    slopes = (jnp.ones_like(at), at, slope_low, slope_high)
    total = sum(slope * tangent for slope, tangent in zip(slopes, tangents[1:]))
    return samples, total.astype(samples.dtype)


@kernel("StatelessParameterizedTruncatedNormal", static=("shape",), no_gradient=("seed",))
def stateless_parameterized_truncated_normal(shape, seed, means, stddevs, minvals, maxvals):
    sizes = sizes_of(shape)
    parameters = (means, stddevs, minvals, maxvals)
    try:
        together = jnp.broadcast_shapes(*(p.shape for p in parameters))
    except ValueError:
        shapes = ", ".join(shape_text(p.shape) for p in parameters)
        raise invalid(f"The parameters must have compatible shapes: {shapes}") from None
    if len(together) > len(sizes) or sizes[len(sizes) - len(together) :] != together:
        raise invalid(
            "Shape passed in must end with broadcasted shape of the parameters: "
            f"{shape_text(sizes)} vs. {shape_text(together)}"
        )
    total, batches = math.prod(sizes), math.prod(together)
    if total == 0:
        return jnp.zeros(sizes, means.dtype)
    # TensorFlow shards single outputs, and passes over as many numbers as they could need at most.
    group = 2 if means.dtype == jnp.float64 else 4
    shards = _shards(total, 1, total, means.dtype, lambda first: (first * 2 * _MOST_REJECTED + group - 1) // group)
    flat = [lax.stop_gradient(jnp.broadcast_to(p, together).reshape(-1)) for p in parameters]
    samples = _sample(*seed_stream(seed), shards, total // batches, flat, means.dtype)
    # Samples come batch by batch, and parameters vary fastest in the output.
    samples = samples.reshape(batches, -1).T.reshape(sizes)
    return _with_gradient(samples, *(jnp.broadcast_to(p, sizes) for p in parameters))


@kernel("ParameterizedTruncatedNormal", static=("shape",), rng=True)
def parameterized_truncated_normal(shape, means, stdevs, minvals, maxvals, state, *, T, dtype):
    sizes = sizes_of(shape)
    if not sizes:
        raise invalid("Shape should not be a scalar")
    parameters = (means, stdevs, minvals, maxvals)
    for name, p in zip(("means", "stddevs", "minvals", "maxvals"), parameters):
        if p.ndim > 1:
            raise invalid(f"Input {name} should be a scalar or vector, got shape: {shape_text(p.shape)}")
        if p.size not in (1, sizes[0]):
            raise invalid(f"Input {name} should have length 1 or shape[0], got shape: {shape_text(p.shape)}")
    total, batches = math.prod(sizes), sizes[0]
    if total == 0:
        return jnp.zeros(sizes, means.dtype), state
    if means.size == 1 and stdevs.size == 1 and minvals.ndim == 0 and maxvals.ndim == 0:
        batches, batch_size = -(-total // _DESIRED_BATCH), _DESIRED_BATCH
    else:
        batch_size = total // batches
    shards = _shards(
        batches, batch_size, total, means.dtype, lambda first: first * 2 * _MOST_REJECTED * (batch_size + 3) // 4
    )
    flat = [jnp.broadcast_to(p.reshape(-1), (batches,)) for p in parameters]
    samples = _sample(state[0], state[1:], shards, batch_size, flat, means.dtype).reshape(sizes)
    return samples, philox.advance(state, batches * 2 * _MOST_REJECTED * (batch_size + 3) // 4)


@shape_function("StatelessParameterizedTruncatedNormal", "ParameterizedTruncatedNormal")
def _given_shape(op):
    return static_sizes(op, 0)
