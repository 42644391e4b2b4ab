"""Kernels of normal distributions restricted to an interval.

TensorFlow draws these by rejection from one stream for all outputs, so each sample depends on how often those
before it were rejected and on the number of threads. Here sample i is a function of uniform number i of the same
stream: the same distribution, but not the same numbers.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import log_ndtr, ndtr, ndtri

from tfshim.ops.kernels import philox
from tfshim.ops.kernels.random import advance_by_outputs, seed_stream, sizes_of
from tfshim.ops.registry import kernel, runtime_check, shape_function
from tfshim.ops.shape_helpers import invalid, shape_text
from tfshim.shapes import TensorShape

# Beyond this many deviations the probabilities of the tail underflow, and the tail is exponential.
_FAR = 30.0


def _quantile(u, low, high):
    """The point of the standard normal distribution on [low, high] below which a share u of it lies."""
    # The lower tail is the accurate one: mirror the intervals that lie above 0.
    mirrored = low > 0
    low, high = jnp.where(mirrored, -high, low), jnp.where(mirrored, -low, high)
    u = jnp.where(mirrored, 1 - u, u)
    bottom, top = ndtr(low), ndtr(high)
    near = ndtri(bottom + u * (top - bottom))
    # Far out: exponential in the distance from the bound nearer to 0.
    ratio = jnp.exp(log_ndtr(low) - log_ndtr(high))
    far = high + jnp.log(u + (1 - u) * ratio) / jnp.maximum(-high, 1.0)
    point = jnp.clip(jnp.where(high < -_FAR, far, near), low, high)
    return jnp.where(mirrored, -point, point)


@jax.custom_jvp
def _sample(u, mean, deviation, low, high):
    wide = [x.astype(jnp.float64) for x in (mean, deviation, low, high)]
    mean64, deviation64, low64, high64 = wide
    point = _quantile(u, (low64 - mean64) / deviation64, (high64 - mean64) / deviation64)
    return jnp.clip((mean64 + deviation64 * point).astype(mean.dtype), low, high)


@_sample.defjvp
def _sample_jvp(primals, tangents):
    # TensorFlow's rule: with respect to mean and deviation as if the bounds moved along.
    sample = _sample(*primals)
    _, mean, deviation, low, high = primals
    at, bottom, top = ((x - mean) / deviation for x in (sample, low, high))
    limits = jnp.finfo(mean.dtype)
    share = jnp.clip((ndtr(at) - ndtr(bottom)) / (ndtr(top) - ndtr(bottom)), limits.tiny, 1 - limits.eps)
    slope_high = jnp.exp(0.5 * (at**2 - top**2) + jnp.log(share))
    slope_low = jnp.exp(0.5 * (at**2 - bottom**2) + jnp.log1p(-share))
    slopes = (jnp.ones_like(at), at, slope_low, slope_high)
    total = sum(slope * tangent for slope, tangent in zip(slopes, tangents[1:]))
    return sample, total.astype(sample.dtype)


def _draw(key, counter, sizes, parameters):
    mean, deviation, low, high = parameters
    good = (deviation > 0) & (low < high) & (jnp.isfinite(low) | jnp.isfinite(high))
    runtime_check(good, "Invalid parameters")
    u = philox.uniform(key, counter, math.prod(sizes), jnp.float64).reshape(sizes)
    return _sample(u, *(jnp.broadcast_to(p, sizes) for p in parameters))


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
    return _draw(*seed_stream(seed), sizes, parameters)


@kernel("ParameterizedTruncatedNormal", static=("shape",), rng=True)
def parameterized_truncated_normal(shape, means, stdevs, minvals, maxvals, state, *, T, dtype):
    sizes = sizes_of(shape)
    if not sizes:
        raise invalid("Shape should not be a scalar")
    parameters = []
    for name, p in (("means", means), ("stddevs", stdevs), ("minvals", minvals), ("maxvals", maxvals)):
        if p.ndim > 1:
            raise invalid(f"Input {name} should be a scalar or vector, got shape: {shape_text(p.shape)}")
        if p.size not in (1, sizes[0]):
            raise invalid(f"Input {name} should have length 1 or shape[0], got shape: {shape_text(p.shape)}")
        parameters.append(p.reshape((p.size,) + (1,) * (len(sizes) - 1)))
    samples = _draw(state[0], state[1:], sizes, parameters)
    return samples, advance_by_outputs(state, int(np.prod(sizes)))


@shape_function("StatelessParameterizedTruncatedNormal", "ParameterizedTruncatedNormal")
def _given_shape(op):
    return TensorShape(op.partial(0))
