"""Cumulative sums, products and log-sum-exps along one axis."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim.ops.registry import kernel, piecewise_linear
from tfshim.ops.shape_helpers import invalid, same_shape, shape_text


def _scan_axis(axis, rank: int) -> int:
    if np.ndim(axis) != 0:
        raise invalid(f"ScanOp: axis must be a scalar, not {shape_text(np.shape(axis))}")
    axis = int(axis)
    if not -rank <= axis < rank:
        raise invalid(f"ScanOp: Expected scan axis in the range [{-rank}, {rank}), but got {axis}")
    return axis % rank


def _shifted(x, axis: int, reverse: bool, start):
    """`x` moved by one place, with `start` where the scan begins: an exclusive scan scans this."""
    if x.shape[axis] == 0:
        return x
    padding = [(0, 0, 0)] * x.ndim
    padding[axis] = (-1, 1, 0) if reverse else (1, -1, 0)
    return lax.pad(x, jnp.asarray(start, x.dtype), padding)


@functools.partial(jax.custom_jvp, nondiff_argnums=(1, 2, 3))
def _product_scan(x, axis, exclusive, reverse):
    if exclusive:
        x = _shifted(x, axis, reverse, 1)
    return lax.cumprod(x, axis, reverse=reverse)


@_product_scan.defjvp
def _(axis, exclusive, reverse, primals, tangents):
    """TensorFlow divides by the elements, and takes a zero element's gradient for zero."""
    (x,) = primals
    (tangent,) = tangents
    y = _product_scan(x, axis, exclusive, reverse)
    zero = x == 0
    relative = jnp.where(zero, 0, tangent / jnp.where(zero, 1, x))
    if exclusive:
        relative = _shifted(relative, axis, reverse, 0)
    return y, y * lax.cumsum(relative, axis, reverse=reverse)


def _cumulative_sum(x, axis, exclusive, reverse):
    if exclusive:
        x = _shifted(x, axis, reverse, 0)
    return lax.cumsum(x, axis, reverse=reverse)


def _log_add(x, y):
    """The logarithm of a sum, as TensorFlow adds: twice infinity is nan."""
    low, high = jnp.minimum(x, y), jnp.maximum(x, y)
    return jnp.where(low == -jnp.inf, high, high + jnp.log1p(jnp.exp(low - high)))


def _cumulative_logsumexp(x, axis, exclusive, reverse):
    if exclusive:
        x = _shifted(x, axis, reverse, -jnp.inf)
    return lax.associative_scan(_log_add, x, reverse=reverse, axis=axis)


def _scan(fn):
    def run(x, axis, *, exclusive, reverse):
        return fn(x, _scan_axis(axis, x.ndim), exclusive, reverse)

    return run


def _numpy_scan(fn, start):
    def run(x, axis, *, exclusive, reverse):
        axis = _scan_axis(axis, x.ndim)
        if reverse:
            x = np.flip(x, axis)
        if exclusive:
            first = np.full((*x.shape[:axis], min(1, x.shape[axis]), *x.shape[axis + 1 :]), start, x.dtype)
            x = np.concatenate([first, np.delete(x, -1, axis) if x.shape[axis] else x], axis)
        with np.errstate(all="ignore"):
            y = fn(x, axis=axis, dtype=x.dtype)
        return np.flip(y, axis) if reverse else y

    return run


kernel("Cumsum", static=("axis",), numpy=_numpy_scan(np.cumsum, 0))(_scan(_cumulative_sum))
kernel("Cumprod", static=("axis",), numpy=_numpy_scan(np.cumprod, 1))(_scan(_product_scan))
kernel("CumulativeLogsumexp", static=("axis",))(_scan(_cumulative_logsumexp))
same_shape("Cumsum", "Cumprod", "CumulativeLogsumexp")

piecewise_linear("Cumsum")
