"""Special functions."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.api import math_unary
from tfshim.api.math_reduce import reduce_sum
from tfshim.api.naming import composed
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op, ordered_op

# Python name, op, public paths, what it computes.
_UNARY = (
    ("bessel_i0", "BesselI0", "math.bessel_i0 math.special.bessel_i0", "The modified Bessel function of order 0"),
    ("bessel_i0e", "BesselI0e", "math.bessel_i0e math.special.bessel_i0e", "exp(-|x|) * bessel_i0(x)"),
    ("bessel_i1", "BesselI1", "math.bessel_i1 math.special.bessel_i1", "The modified Bessel function of order 1"),
    ("bessel_i1e", "BesselI1e", "math.bessel_i1e math.special.bessel_i1e", "exp(-|x|) * bessel_i1(x)"),
    ("bessel_j0", "BesselJ0", "math.special.bessel_j0", "The Bessel function of the first kind of order 0"),
    ("bessel_j1", "BesselJ1", "math.special.bessel_j1", "The Bessel function of the first kind of order 1"),
    ("bessel_y0", "BesselY0", "math.special.bessel_y0", "The Bessel function of the second kind of order 0"),
    ("bessel_y1", "BesselY1", "math.special.bessel_y1", "The Bessel function of the second kind of order 1"),
    ("bessel_k0", "BesselK0", "math.special.bessel_k0", "The modified Bessel function of the second kind of order 0"),
    ("bessel_k1", "BesselK1", "math.special.bessel_k1", "The modified Bessel function of the second kind of order 1"),
    ("bessel_k0e", "BesselK0e", "math.special.bessel_k0e", "exp(x) * bessel_k0(x)"),
    ("bessel_k1e", "BesselK1e", "math.special.bessel_k1e", "exp(x) * bessel_k1(x)"),
    ("dawsn", "Dawsn", "math.special.dawsn", "Dawson's integral"),
    ("expint", "Expint", "math.special.expint", "The exponential integral Ei"),
    ("fresnel_cos", "FresnelCos", "math.special.fresnel_cos", "Fresnel's cosine integral"),
    ("fresnel_sin", "FresnelSin", "math.special.fresnel_sin", "Fresnel's sine integral"),
    ("spence", "Spence", "math.special.spence", "Spence's integral, the dilogarithm of 1 - x"),
)


def _declare_unary(python_name: str, op_name: str, paths: str, text: str) -> Any:
    run = op(op_name)

    def fn(x, name=None):
        return run(x, name=name)

    fn.__name__ = fn.__qualname__ = python_name
    fn.__doc__ = f"""{text}, elementwise.

    Args:
      x: a floating-point tensor.
      name: name of the op in a graph.

    Returns:
      A tensor of the shape of `x`.
    """
    return export(*paths.split())(fn)


for _entry in _UNARY:
    _declare_unary(*_entry)


@export("math.igamma")
def igamma(a, x, name=None):
    """The lower regularized incomplete gamma function P(a, x), elementwise, with broadcasting."""
    return ordered_op("Igamma")(a, x, name=name)


@export("math.igammac")
def igammac(a, x, name=None):
    """The upper regularized incomplete gamma function Q(a, x) = 1 - P(a, x), elementwise, with broadcasting."""
    return ordered_op("Igammac")(a, x, name=name)


@export("math.zeta")
def zeta(x, q, name=None):
    """The Hurwitz zeta function, elementwise, with broadcasting. No gradient by `x`."""
    return ordered_op("Zeta")(x, q, name=name)


@export("math.polygamma")
def polygamma(a, x, name=None):
    """The derivative of order `a` of `digamma` at `x`, elementwise, with broadcasting. No gradient by `a`."""
    return ordered_op("Polygamma")(a, x, name=name)


@export("math.betainc")
def betainc(a, b, x, name=None):
    """The regularized incomplete beta integral, elementwise, of tensors of one shape or scalars.

    Differentiable by `x` alone.
    """
    return ordered_op("Betainc")(a, b, x, name=name)


@export("math.lbeta")
def lbeta(x, name=None):
    """The logarithm of |beta(x)|, over the last axis: sum(lgamma(x)) - lgamma(sum(x))."""
    with composed(name or "lbeta"):
        x = convert_to_tensor(x, name="x")
        logarithms = reduce_sum(math_unary.lgamma(x), axis=[-1])
        return logarithms - math_unary.lgamma(reduce_sum(x, axis=[-1]))


@export("math.sobol_sample")
def sobol_sample(dim, num_results, skip=0, dtype=dtypes.float32, name=None):
    """Points of the Sobol sequence: evenly spread over the unit cube.

    Args:
      dim: number of dimensions, an integer scalar.
      num_results: number of points.
      skip: how many points to leave out first.
      dtype: `tf.float32` or `tf.float64`.
      name: name of the op in a graph.

    Returns:
      A tensor `[num_results, dim]`.
    """
    return op("SobolSample")(dim, num_results, skip, dtype=dtype, name=name)
