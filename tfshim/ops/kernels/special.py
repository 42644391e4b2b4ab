"""Special functions: gamma and beta integrals, zeta, Bessel functions and other integrals."""

from __future__ import annotations

import math

import jax.numpy as jnp
from jax import lax
from jax.scipy import special

from tfshim.ops.derivatives import with_derivative, with_partials
from tfshim.ops.kernels.math_unary import digamma_value
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import (
    broadcast_shape,
    check_broadcast,
    invalid,
    merge_static,
    same_shape,
    shape_text,
)
from tfshim.shapes import TensorShape

# One argument --------------------------------------------------------------------------------------------


def _wide(fn):
    """`fn` of 32 or 64 bits, for narrow floats too."""

    def run(x):
        if x.dtype.itemsize == 2:
            return fn(x.astype(jnp.float32)).astype(x.dtype)
        return fn(x)

    return run


def _expint(x):
    # Of positive numbers only, as in TensorFlow, although the integral has values below zero too.
    value = special.expi(jnp.where(x > 0, x, jnp.ones_like(x)))
    return jnp.where(x > 0, value, jnp.where(x == 0, -jnp.inf, jnp.nan).astype(x.dtype))


def _fresnel_sin(x):
    return special.fresnel(x)[0]


def _fresnel_cos(x):
    return special.fresnel(x)[1]


def _i0(x):
    return lax.exp(lax.abs(x)) * lax.bessel_i0e(x)


def _i1(x):
    return lax.exp(lax.abs(x)) * lax.bessel_i1e(x)


def _i1_slope(x, y):
    zero = x == 0
    return jnp.where(zero, 1, _i0(x) - y / jnp.where(zero, 1, x))


def _i1e_slope(x, y):
    zero = x == 0
    return jnp.where(zero, 0.5, lax.bessel_i0e(x) - y * (lax.sign(x) + 1 / jnp.where(zero, 1, x)))


def _spence_slope(x, y):
    one = x == 1
    return jnp.where(one, -1, lax.log(x) / jnp.where(one, 1, 1 - x))


_HALF_PI = math.pi / 2

# name: (function, derivative from input and output)
_UNARY = {
    "BesselI0": (_i0, lambda x, y: _i1(x)),
    "BesselI0e": (lax.bessel_i0e, lambda x, y: lax.bessel_i1e(x) - lax.sign(x) * y),
    "BesselI1": (_i1, _i1_slope),
    "BesselI1e": (lax.bessel_i1e, _i1e_slope),
    "Dawsn": (special.dawsn, lambda x, y: 1 - 2 * x * y),
    "Expint": (_expint, lambda x, y: lax.exp(x) / x),
    "FresnelCos": (_fresnel_cos, lambda x, y: lax.cos(_HALF_PI * lax.square(x))),
    "FresnelSin": (_fresnel_sin, lambda x, y: lax.sin(_HALF_PI * lax.square(x))),
    "Spence": (special.spence, _spence_slope),
}

for _name, (_forward, _derivative) in _UNARY.items():
    kernel(_name)(with_derivative(_wide(_forward), _derivative))

same_shape(*_UNARY)

# Two arguments -------------------------------------------------------------------------------------------


def _wide_pair(fn):
    def run(a, x):
        a, x = jnp.broadcast_arrays(a, x)
        if a.dtype.itemsize == 2:
            return fn(a.astype(jnp.float32), x.astype(jnp.float32)).astype(a.dtype)
        return fn(a, x)

    return run


def _with_edges(fn, at_zero=None, infinite_order=None, at_infinity=None):
    """An incomplete gamma function with TensorFlow's values where JAX has limits or nan: nan for a of 0 and below.

    Args:
      fn: the function of a and x.
      at_zero: the value for x of 0, whatever a is.
      infinite_order: the value for infinite a.
      at_infinity: the value for infinite x.
    """

    def run(a, x):
        y = fn(a, x)
        if infinite_order is not None:
            y = jnp.where((a == math.inf) & (x > 0), infinite_order, y)
        if at_infinity is not None:
            y = jnp.where(x == math.inf, at_infinity, y)
        y = jnp.where(a > 0, y, math.nan)
        return y if at_zero is None else jnp.where(x == 0, at_zero, y)

    return run


def _igamma_slope(a, x):
    """The derivative of igamma by x, through logarithms: gamma(a) overflows early."""
    return lax.exp(-x + (a - 1) * lax.log(x) - lax.lgamma(a))


def _zeta(x, q):
    """Where JAX's is nan for an overflow, the first term is what counts."""
    y = lax.zeta(x, q)
    even = (lax.rem(x, jnp.full_like(x, 2)) == 0) | (x == math.inf)
    lost = jnp.where(q > 0, lax.pow(q, -x), jnp.where((q <= 0) & even, math.inf, math.nan))
    y = jnp.where(jnp.isnan(y), lost, y)
    return jnp.where(x > 1, y, jnp.where(x == 1, math.inf, math.nan))


def _polygamma(order, x):
    """TensorFlow's product, so that it is nan and infinite where a factor overflows."""
    above = order + 1
    sign = jnp.where(lax.rem(above, jnp.full_like(above, 2)) == 1, -1, 1)
    value = jnp.where(order == 0, digamma_value(x), sign * lax.exp(lax.lgamma(above)) * _zeta(above, x))
    return jnp.where(order == lax.floor(order), value, math.nan)


_igamma_grad_a = _wide_pair(_with_edges(lax.igamma_grad_a, at_zero=0, infinite_order=0, at_infinity=0))

_PAIRS = {
    "Igamma": with_partials(
        _wide_pair(_with_edges(lax.igamma, at_zero=0, infinite_order=0)),
        lambda t, a, x, y: t * _igamma_grad_a(a, x),
        lambda t, a, x, y: t * _igamma_slope(a, x),
    ),
    "Igammac": with_partials(
        _wide_pair(_with_edges(lax.igammac, infinite_order=1, at_infinity=0)),
        lambda t, a, x, y: -t * _igamma_grad_a(a, x),
        lambda t, a, x, y: -t * _igamma_slope(a, x),
    ),
    "IgammaGradA": _igamma_grad_a,
    "Zeta": with_partials(_wide_pair(_zeta), None, lambda t, x, q, y: t * -x * zeta(x + 1, q)),
    "Polygamma": with_partials(_wide_pair(_polygamma), None, lambda t, a, x, y: t * polygamma(a + 1, x)),
}
zeta, polygamma = _PAIRS["Zeta"], _PAIRS["Polygamma"]
_NO_GRADIENT = {"Zeta": ("x",), "Polygamma": ("a",)}


def _broadcasting(fn):
    def run(a, x):
        check_broadcast(a, x)
        return fn(a, x)

    return run


for _name, _fn in _PAIRS.items():
    kernel(_name, no_gradient=_NO_GRADIENT.get(_name, ()))(_broadcasting(_fn))

broadcast_shape(*_PAIRS)

# Three arguments -----------------------------------------------------------------------------------------


def _betainc_value(a, b, x):
    a, b, x = jnp.broadcast_arrays(a, b, x)
    return jnp.where((a > 0) & (b > 0), lax.betainc(a, b, x), math.nan)


def _unless_zero(factor, value):
    return jnp.where(factor == 0, 0, factor * value)


def _betainc_slope(t, a, b, x, y):
    """Through logarithms, for the factors overflow; both ends of x are right for a or b of 1."""
    log_beta = lax.lgamma(a) + lax.lgamma(b) - lax.lgamma(a + b)
    return t * lax.exp(_unless_zero(b - 1, lax.log1p(-x)) + _unless_zero(a - 1, lax.log(x)) - log_beta)


_betainc = with_partials(_betainc_value, None, None, _betainc_slope)


@kernel("Betainc", no_gradient=("a", "b"))
def betainc(a, b, x):
    for name, other in (("b", b), ("x", x)):
        if a.shape and other.shape and a.shape != other.shape:
            raise invalid(
                f"Shapes of a and {name} are inconsistent: {shape_text(a.shape)} vs. {shape_text(other.shape)}"
            )
    if b.shape and x.shape and b.shape != x.shape:
        raise invalid(f"Shapes of b and x are inconsistent: {shape_text(b.shape)} vs. {shape_text(x.shape)}")
    return _betainc(a, b, x)


@shape_function("Betainc")
def _(op):
    shapes = [op.shape(i) for i in range(3)]
    if any(s.rank for s in shapes):
        return merge_static([s for s in shapes if s.rank])
    return TensorShape(None) if any(s.rank is None for s in shapes) else TensorShape([])
