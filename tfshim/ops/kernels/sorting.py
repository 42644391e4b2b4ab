"""Stable order of the last axis by sorting one integer an element: XLA's CPU sort has a fast path for just that.

A comparison of two operands goes through compiled calls there and takes five times as long. So elements become
integers in the same order (`ordered_bits`), and each carries its position in its lower half.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import lax

_POSITION_BITS = 32
_POSITION = (1 << _POSITION_BITS) - 1


def ordered_bits(x):
    """Integers with a sign, as wide as the real numbers `x`, in their order; zeros are alike, nan is the last."""
    bits = np.dtype(f"i{x.dtype.itemsize}")
    if jnp.issubdtype(x.dtype, jnp.floating):
        plain = jnp.where(jnp.isnan(x), jnp.array(jnp.nan, x.dtype), jnp.where(x == 0, jnp.zeros_like(x), x))
        as_integer = lax.bitcast_convert_type(plain, bits)
        # The bits of negative numbers grow with the magnitude: all but the sign are turned round.
        return as_integer ^ ((as_integer >> (8 * bits.itemsize - 1)) & np.iinfo(bits).max)
    if jnp.issubdtype(x.dtype, jnp.unsignedinteger):
        return lax.bitcast_convert_type(x, bits) ^ np.iinfo(bits).min
    return x


def stable_argsort(bits):
    """int32 positions of the integers with a sign `bits` along the last axis, ascending, equal ones in their order."""
    position = lax.broadcasted_iota(jnp.int64, bits.shape, bits.ndim - 1)
    if bits.dtype.itemsize < 8:
        return _positions_by(bits.astype(jnp.int64), position).astype(jnp.int32)
    # Two rounds, as of a radix sort: the lower half, its sign turned to compare as if it had none, then the upper.
    lower = _positions_by((bits & _POSITION) ^ (1 << (_POSITION_BITS - 1)), position)
    upper = _at(bits, lower) >> _POSITION_BITS
    return _at(lower, _positions_by(upper, position)).astype(jnp.int32)


def _positions_by(halves, position):
    return lax.sort((halves << _POSITION_BITS) | position, is_stable=False) & _POSITION


def _at(x, positions):
    return jnp.take_along_axis(x, positions, axis=-1, mode="promise_in_bounds")
