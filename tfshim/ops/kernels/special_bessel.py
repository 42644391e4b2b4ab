"""Bessel functions of the first, second and modified second kind, of orders 0 and 1.

Near zero each is a smooth function of x squared, beside a logarithm or a pole; far from it a slowly varying modulus
times a wave or a decay. The smooth parts are Chebyshev series, evaluated in double precision for every dtype.
"""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np

from tfshim.ops.derivatives import with_derivative
from tfshim.ops.kernels import special_bessel_tables as tables
from tfshim.ops.registry import kernel
from tfshim.ops.shape_helpers import same_shape

_TWO_OVER_PI = 2 / math.pi


def _series(coefficients, x, low: float, high: float):
    """The Chebyshev series on [low, high] at `x`, by Clenshaw's recurrence."""
    y = (2 * x - (low + high)) / (high - low)
    ahead, result = 0.0, 0.0
    for c in reversed(coefficients[1:]):
        result, ahead = 2 * y * result - ahead + c, result
    return y * result - ahead + coefficients[0]


def _wave(order: int, x):
    """Cosine and sine amplitudes of J and Y for x above 8: (P, Q, phase, scale)."""
    p, q = ((tables.P0, tables.Q0), (tables.P1, tables.Q1))[order]
    u = jnp.square(8 / x)
    phase = x - (2 * order + 1) * math.pi / 4
    return _series(p, u, 0, 1), _series(q, u, 0, 1) / x, phase, jnp.sqrt(_TWO_OVER_PI / x)


def _j(order: int, x):
    size = jnp.abs(x)
    near = _series((tables.J0_SMALL, tables.J1_SMALL)[order], jnp.square(jnp.minimum(size, 8)), 0, 64)
    p, q, phase, scale = _wave(order, jnp.maximum(size, 8))
    far = scale * (p * jnp.cos(phase) - q * jnp.sin(phase))
    if order:
        near, far = near * x, far * jnp.sign(x)
    return jnp.where(size <= 8, near, far)


def _y(order: int, x):
    small = jnp.clip(x, np.finfo(np.float64).tiny, 8)
    t = jnp.square(small)
    if order:
        j = small * _series(tables.J1_SMALL, t, 0, 64)
        near = small * _series(tables.Y1_SMALL, t, 0, 64) + _TWO_OVER_PI * (jnp.log(small) * j - 1 / small)
    else:
        near = _series(tables.Y0_SMALL, t, 0, 64) + _TWO_OVER_PI * jnp.log(small) * _series(tables.J0_SMALL, t, 0, 64)
    p, q, phase, scale = _wave(order, jnp.maximum(x, 8))
    far = scale * (p * jnp.sin(phase) + q * jnp.cos(phase))
    return jnp.where(x > 0, jnp.where(x <= 8, near, far), jnp.where(jnp.isnan(x), x, -math.inf))


def _scaled_k(order: int, x):
    """exp(x) K(x)."""
    small = jnp.clip(x, np.finfo(np.float64).tiny, 2)
    t = jnp.square(small)
    log = jnp.log(small / 2)
    if order:
        near = _series(tables.K1_SMALL, t, 0, 4) / small + log * small * _series(tables.I1_SMALL, t, 0, 4)
    else:
        near = _series(tables.K0_SMALL, t, 0, 4) - log * _series(tables.I0_SMALL, t, 0, 4)
    large = jnp.maximum(x, 2)
    far = _series((tables.K0_LARGE, tables.K1_LARGE)[order], 2 / large, 0, 1) / jnp.sqrt(large)
    return jnp.where(x > 0, jnp.where(x <= 2, near * jnp.exp(small), far), jnp.where(jnp.isnan(x), x, math.inf))


def _k(order: int, x):
    return jnp.where(x == math.inf, 0, _scaled_k(order, x) * jnp.exp(-jnp.maximum(x, 0)))


def _in_double(fn, order: int):
    return lambda x: fn(order, x.astype(jnp.float64)).astype(x.dtype)


_FUNCTIONS = {
    f"Bessel{letter}{order}{suffix}": _in_double(fn, order)
    for letter, fn, suffix in (("J", _j, ""), ("Y", _y, ""), ("K", _k, ""), ("K", _scaled_k, "e"))
    for order in (0, 1)
}
j0, j1, y0, y1, k0, k1, k0e, k1e = _FUNCTIONS.values()


def _j1_slope(x, y):
    zero = x == 0
    return jnp.where(zero, 0.5, j0(x) - y / jnp.where(zero, 1, x))


# From input and output.
_DERIVATIVES = {
    "BesselJ0": lambda x, y: -j1(x),
    "BesselJ1": _j1_slope,
    "BesselY0": lambda x, y: -y1(x),
    "BesselY1": lambda x, y: y0(x) - y / x,
    "BesselK0": lambda x, y: -k1(x),
    "BesselK1": lambda x, y: -k0(x) - y / x,
    "BesselK0e": lambda x, y: y - k1e(x),
    "BesselK1e": lambda x, y: y * (1 - 1 / x) - k0e(x),
}

for _name, _fn in _FUNCTIONS.items():
    kernel(_name)(with_derivative(_fn, _DERIVATIVES[_name]))

same_shape(*_FUNCTIONS)
