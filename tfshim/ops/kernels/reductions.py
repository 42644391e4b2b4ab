"""Reductions over axes, and the positions of extremes."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim.ops import exact
from tfshim.ops.registry import kernel, piecewise_linear, shape_function
from tfshim.ops.shape_helpers import (
    SCALAR,
    UNKNOWN,
    exactly_rank_at_most,
    invalid,
    normalize_axes,
    reduced_static,
    shape_text,
)
from tfshim.shapes import from_dims


def _is_integer(x) -> bool:
    return jnp.issubdtype(x.dtype, jnp.integer)


# A reduction takes the array and its axes (non-negative, each once), and keeps the reduced axes with size 1.


def _is_narrow(x) -> bool:
    return jnp.issubdtype(x.dtype, jnp.floating) and x.dtype.itemsize < 4


def _sum(x, axes):
    # A running sum of narrow floats stands still once an addend is less than half a unit in its last place.
    wide = jnp.float32 if _is_narrow(x) else x.dtype
    return jnp.sum(x, axes, dtype=wide, keepdims=True).astype(x.dtype)


def _count(x, axes) -> int:
    return int(np.prod([x.shape[a] for a in axes], dtype=np.int64))


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def _mean(x, axes):
    """Integers are summed in 64 bits and divided towards zero; the mean of no integers is 0."""
    count = _count(x, axes)
    if _is_integer(x):
        wide = jnp.uint64 if jnp.issubdtype(x.dtype, jnp.unsignedinteger) else jnp.int64
        total = jnp.sum(x, axes, dtype=wide, keepdims=True)
        return lax.div(total, jnp.full_like(total, max(count, 1))).astype(x.dtype)
    if count == 0 and jnp.issubdtype(x.dtype, jnp.complexfloating):
        return _sum(x, axes)
    # Narrow floats are summed as float32, or the sum could overflow where the mean does not.
    wide = jnp.float32 if x.dtype.itemsize == 2 else x.dtype
    total = jnp.sum(x, axes, dtype=wide, keepdims=True)
    return exact.divide(total, jnp.asarray(count, wide)).astype(x.dtype)


@_mean.defjvp
def _(axes, primals, tangents):
    (x,), (tangent,) = primals, tangents
    return _mean(x, axes), _sum(tangent / max(_count(x, axes), 1), axes)


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def _product(x, axes):
    return jnp.prod(x, axes, dtype=x.dtype, keepdims=True)


@_product.defjvp
def _(axes, primals, tangents):
    """The product of all other elements, without a division: an element may be zero."""
    (x,) = primals
    (tangent,) = tangents
    moved = jnp.moveaxis(x, axes, range(len(axes)))
    flat = moved.reshape((_count(x, axes), *moved.shape[len(axes) :]))
    others = _shifted_product(flat, reverse=False) * _shifted_product(flat, reverse=True)
    others = jnp.moveaxis(others.reshape(moved.shape), range(len(axes)), axes)
    return _product(x, axes), _sum(tangent * others, axes)


def _shifted_product(x, reverse):
    """Products of all elements before (after) each along the first axis."""
    if x.shape[0] == 0:
        return x
    one = jnp.ones_like(x[:1])
    shifted = jnp.concatenate([x[1:], one] if reverse else [one, x[:-1]])
    return lax.cumprod(shifted, 0, reverse=reverse)


def _least(dtype):
    return np.asarray(jnp.iinfo(dtype).min if jnp.issubdtype(dtype, jnp.integer) else -np.inf, dtype)


def _greatest(dtype):
    return np.asarray(jnp.iinfo(dtype).max if jnp.issubdtype(dtype, jnp.integer) else np.inf, dtype)


def _extreme(reduce, initial):
    """Equal extremes share the gradient in equal parts."""

    @functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
    def fn(x, axes):
        return reduce(x, axes, keepdims=True, initial=initial(x.dtype))

    @fn.defjvp
    def _(axes, primals, tangents):
        (x,) = primals
        (tangent,) = tangents
        y = fn(x, axes)
        chosen = (x == y).astype(x.dtype)
        count = _sum(chosen, axes)
        # Of nan there is none: 0 / 0, which XLA does not always make nan of a mask.
        weights = jnp.where(count == 0, jnp.nan, chosen / count)
        return y, _sum(tangent * weights, axes)

    return fn


_maximum = _extreme(jnp.max, _least)
_minimum = _extreme(jnp.min, _greatest)


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def _norm(x, axes):
    squares = x * lax.conj(x) if jnp.issubdtype(x.dtype, jnp.complexfloating) else lax.square(x)
    if not _is_integer(x):
        return lax.sqrt(_sum(squares, axes))
    # TensorFlow squares and sums in the type itself, which may wrap around, then truncates the root.
    total = _sum(squares, axes)
    return lax.sqrt(total.astype(jnp.float64)).astype(x.dtype)


@_norm.defjvp
def _(axes, primals, tangents):
    (x,) = primals
    (tangent,) = tangents
    y = _norm(x, axes)
    slope = x / y
    if jnp.issubdtype(x.dtype, jnp.complexfloating):
        slope = lax.conj(slope)
    return y, _sum(tangent * slope, axes)


def _all(x, axes):
    return jnp.all(x, axes, keepdims=True)


def _any(x, axes):
    return jnp.any(x, axes, keepdims=True)


def _numpy_reduction(fn):
    def run(x, reduction_indices, *, keep_dims):
        axes = normalize_axes(reduction_indices, x.ndim)
        with np.errstate(all="ignore"):
            return fn(x, axes, keep_dims)

    return run


def _numpy_mean(x, axes, keep):
    wide = np.uint64 if x.dtype.kind == "u" else np.int64
    total = np.sum(x, axis=axes, dtype=wide, keepdims=keep)
    count = max(_count(x, axes), 1)
    quotient = np.floor_divide(total, wide(count))
    if x.dtype.kind == "i":
        quotient = quotient + ((total < 0) & (np.remainder(total, wide(count)) != 0))
    return np.asarray(quotient).astype(x.dtype)


def _numpy_limit(fn, limit):
    return lambda x, axes, keep: fn(x, axis=axes, keepdims=keep, initial=limit(x.dtype)[()])


_REDUCTIONS = {
    "Sum": (_sum, lambda x, axes, keep: np.sum(x, axis=axes, dtype=x.dtype, keepdims=keep)),
    "Prod": (_product, lambda x, axes, keep: np.prod(x, axis=axes, dtype=x.dtype, keepdims=keep)),
    "Mean": (_mean, _numpy_mean),
    "Max": (_maximum, _numpy_limit(np.max, _least)),
    "Min": (_minimum, _numpy_limit(np.min, _greatest)),
    "All": (_all, lambda x, axes, keep: np.all(x, axis=axes, keepdims=keep)),
    "Any": (_any, lambda x, axes, keep: np.any(x, axis=axes, keepdims=keep)),
    "EuclideanNorm": (_norm, None),
}


def _reduction(fn):
    def run(x, reduction_indices, *, keep_dims):
        axes = normalize_axes(reduction_indices, x.ndim)
        if not axes and fn in (_sum, _product, _all, _any):
            return x
        y = fn(x, axes)
        return y if keep_dims else lax.squeeze(y, axes)

    return run


for _name, (_fn, _numpy) in _REDUCTIONS.items():
    kernel(
        _name,
        static=("reduction_indices",),
        numpy=None if _numpy is None else _numpy_reduction(_numpy),
    )(_reduction(_fn))


@shape_function(*_REDUCTIONS)
def _(op):
    exactly_rank_at_most(op.shape(1), 1)
    indices = op.static(1)
    if indices is None:
        # One axis given as a scalar reduces the rank by one, whichever it is.
        return reduced_static(op.shape(0), None, op.attr("keep_dims"))
    return reduced_static(op.shape(0), indices, op.attr("keep_dims"))


# Positions of extremes -----------------------------------------------------------------------------------


def _argument_axis(dimension, shape) -> int:
    rank = len(shape)
    if np.ndim(dimension) != 0:
        raise invalid(f"dim must be a scalar, but received tensor of shape: {shape_text(np.shape(dimension))}")
    axis = int(dimension)
    if not -rank <= axis < rank:
        raise invalid(f"Expected dimension in the range [{-rank}, {rank}), but got {axis}")
    if axis < 0:
        axis += rank
    if shape[axis] == 0:
        raise invalid(f"Reduction axis {axis} is empty in shape {shape_text(shape)}")
    return axis


def _position(find):
    """The first of equal extremes. nan never is one, unless there is nothing else."""

    def run(x, dimension, *, output_type):
        axis = _argument_axis(dimension, x.shape)
        if x.dtype == jnp.bool_:
            x = x.astype(jnp.uint8)
        return find(x, axis).astype(output_type.as_numpy_dtype)

    return run


def _in_one_pass(find, worst):
    def run(x, axis):
        if jnp.issubdtype(x.dtype, jnp.floating):
            x = jnp.where(jnp.isnan(x), worst, x)
        return find(x, axis, np.int32 if x.shape[axis] < 2**31 else np.int64)

    return run


def _in_two_passes(find, extreme, better, worst):
    """First the extreme, then where it is: on the CPU 3 to 10 times as fast, but not for many short rows.

    A comparison passes over nan by itself: a copy of the input without it would cost more than the search.
    """
    one_pass = _in_one_pass(find, worst)

    def run(x, axis):
        size = x.shape[axis]
        if size >= 2**31 or (size < 64 and x.size > 4096):
            return one_pass(x, axis)
        positions = lax.broadcasted_iota(np.int32, x.shape, axis)
        if not jnp.issubdtype(x.dtype, jnp.floating):
            return jnp.min(jnp.where(x == extreme(x, axis, keepdims=True), positions, size), axis)
        start = np.array(worst, x.dtype)
        found = lax.reduce(x, start, lambda a, b: lax.select(better(b, a), b, a), (axis,))
        first = jnp.min(jnp.where(x == lax.expand_dims(found, [axis]), positions, size), axis)
        # Where all are nan, or as bad: of a single number XLA makes no comparison, and nan is the extreme.
        return jnp.where((found == start) | (first == size), 0, first)

    return run


def _numpy_position(fn):
    def run(x, dimension, *, output_type):
        axis = _argument_axis(dimension, x.shape)
        return fn(x, axis=axis).astype(output_type.as_numpy_dtype)

    return run


for _name, _find, _extreme_of, _better, _worst, _numpy in (
    ("ArgMax", lax.argmax, jnp.max, lax.gt, -jnp.inf, np.argmax),
    ("ArgMin", lax.argmin, jnp.min, lax.lt, jnp.inf, np.argmin),
):
    kernel(_name, static=("dimension",), numpy=_numpy_position(_numpy), no_gradient=("input",))(
        _position(_in_one_pass(_find, _worst))
    )
    kernel(_name, platform="cpu")(_position(_in_two_passes(_find, _extreme_of, _better, _worst)))


@shape_function("ArgMax", "ArgMin")
def _(op):
    dims, dimension = op.shape(0)._dims, op.static(1)
    if op.shape(1).rank not in (0, None):
        raise invalid(f"Shape must be rank 0 but is rank {op.shape(1).rank}, for the dimension to search")
    if dims is None:
        return UNKNOWN
    if len(dims) <= 1:
        return SCALAR
    if dimension is None:
        return from_dims((None,) * (len(dims) - 1))
    axis = int(dimension)
    if not -len(dims) <= axis < len(dims):
        raise invalid(
            f"Dimension ({axis}) must be in the range [{-len(dims)}, {len(dims)}), where {len(dims)} is the "
            "number of dimensions in the input."
        )
    axis %= len(dims)
    return from_dims(dims[:axis] + dims[axis + 1 :])


piecewise_linear("Sum", "Mean", "Max", "Min")
