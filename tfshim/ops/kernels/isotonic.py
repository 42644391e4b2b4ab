"""The kernel of isotonic regression."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
from jax import lax

from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid


def _pool(x):
    """The segments of the best non-increasing fit of a vector: for each element the number of its segment.

    A stack of segments: each new element is one, and is merged into the one before while its mean is the larger.
    """
    n = x.shape[0]

    def push(i, stack):
        sums, counts, top = stack
        top = top + 1
        sums, counts = sums.at[top].set(x[i]), counts.at[top].set(1)

        def violates(stack):
            sums, counts, top = stack
            before = jnp.maximum(top - 1, 0)
            # Means, compared without divisions.
            return (top > 0) & (sums[top] * counts[before] > sums[before] * counts[top])

        def merge(stack):
            sums, counts, top = stack
            return sums.at[top - 1].add(sums[top]), counts.at[top - 1].add(counts[top]), top - 1

        return lax.while_loop(violates, merge, (sums, counts, top))

    start = jnp.zeros(n, x.dtype), jnp.zeros(n, x.dtype), jnp.int32(-1)
    _, counts, top = lax.fori_loop(0, n, push, start)
    live = jnp.arange(n) <= top
    ends = jnp.cumsum(jnp.where(live, counts, 0))
    return jnp.searchsorted(ends, jnp.arange(n), side="right").astype(jnp.int32)


@functools.partial(jnp.vectorize, signature="(n),(n)->(n)")
def _means(x, segments):
    n = x.shape[0]
    sums = jax.ops.segment_sum(x, segments, n, indices_are_sorted=True)
    counts = jax.ops.segment_sum(jnp.ones_like(x), segments, n, indices_are_sorted=True)
    return (sums / jnp.maximum(counts, 1))[segments]


@kernel("IsotonicRegression")
def isotonic_regression(input, *, output_dtype):
    if input.ndim < 1:
        raise invalid(f"IsotonicRegression: input must be at least 1-dimensional, got {input.ndim} dimensions")
    kind = output_dtype.as_numpy_dtype
    if 0 in input.shape:
        return jnp.zeros(input.shape, kind), jnp.zeros(input.shape, jnp.int32)
    wide = input.astype(jnp.float64 if input.dtype.itemsize > 2 else jnp.float32)
    flat = lax.stop_gradient(wide).reshape(-1, input.shape[-1])
    segments = jax.vmap(_pool)(flat).reshape(input.shape)
    return _means(wide, segments).astype(kind), segments


@shape_function("IsotonicRegression")
def _(op):
    return op.shape(0), op.shape(0)
