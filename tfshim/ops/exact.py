"""Arithmetic that XLA would otherwise rewrite into something less exact."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

# A product of two floats of 24 bits is exact if each is split into two of 12: times this, less what is then too much.
_SPLIT = np.float32(2**12 + 1)


def divide(x: Any, y: Any) -> Any:
    """x / y of arrays of one type that broadcast against each other, rounded once; integers truncate.

    XLA multiplies by the reciprocal of a divisor that it sees broadcast or constant: 41 / 41 is then less
    than 1, and its floor 0. A selection by the dividend, which changes nothing (nan / nan is nan), hides that
    and costs nothing that can be measured. It also hides from JAX that this is linear in x: no tangents here.
    """
    shape = np.broadcast_shapes(jnp.shape(x), jnp.shape(y))
    exposed = np.size(y) == 1 or np.size(y) != np.prod(shape)
    x, y = jnp.broadcast_to(x, shape), jnp.broadcast_to(y, shape)
    if exposed and jnp.issubdtype(x.dtype, jnp.inexact):
        y = jnp.where(x != x, x, y)
    quotient = lax.div(x, y)
    if x.dtype == jnp.float32 and jax.default_backend() != "cpu":
        return _corrected(quotient, x, y)
    return quotient


def _corrected(quotient: Any, x: Any, y: Any) -> Any:
    """A quotient of single precision that is off in its last bits, as XLA's is on accelerators, rounded properly.

    What is left of `x` is found exactly, by a product in two parts, and divided again.
    """
    high, low = _halves(quotient)
    y_high, y_low = _halves(y)
    product = quotient * y
    error = ((high * y_high - product) + high * y_low + low * y_high) + low * y_low
    rest = (x - product) - error
    # A quotient that is exact keeps the sign of its zero, one that is infinite stays so.
    return jnp.where((rest != 0) & jnp.isfinite(rest), quotient + lax.div(rest, y), quotient)


def _halves(x: Any) -> tuple[Any, Any]:
    large = x * _SPLIT
    high = large - (large - x)
    return high, x - high
