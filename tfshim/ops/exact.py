"""Arithmetic that XLA would otherwise rewrite into something less exact."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax


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
    return lax.div(x, y)
