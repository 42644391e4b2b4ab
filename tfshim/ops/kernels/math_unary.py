"""Elementwise functions of one real, complex or integer tensor, and their gradient ops."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy import special

from tfshim.ops.derivatives import with_derivative, with_zero_derivative
from tfshim.ops.registry import kernel, piecewise_linear
from tfshim.ops.shape_helpers import missing_kernel, same_shape


def _rint(x):
    if jnp.issubdtype(x.dtype, jnp.integer):
        return x
    return lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN)


def _reciprocal(x):
    if jnp.issubdtype(x.dtype, jnp.integer):
        raise missing_kernel("Reciprocal", x.dtype)
    return lax.div(jnp.ones_like(x), x)


def _lgamma(x):
    # JAX's is nan at minus infinity, where C's and TensorFlow's function is plus infinity.
    return jnp.where(x == -math.inf, math.inf, lax.lgamma(x))


def _polygamma(order, x):
    # JAX's is nan at infinity.
    return jnp.where(x == math.inf, 0, lax.polygamma(jnp.full_like(x, order), x))


_trigamma = with_derivative(lambda x: _polygamma(1, x), lambda x, y: _polygamma(2, x))


def digamma_value(x):
    # A pole on either side of zero: TensorFlow answers nan, JAX an infinity.
    return jnp.where(x == 0, math.nan, lax.digamma(x))


_digamma = with_derivative(digamma_value, lambda x, y: _trigamma(x))


def _ndtri(x):
    if x.dtype.itemsize == 2:
        return special.ndtri(x.astype(jnp.float32)).astype(x.dtype)
    return special.ndtri(x)


def _erfinv(x):
    # By way of the normal distribution, as in TensorFlow: what is so small that 1 + x is 1 becomes zero.
    if x.dtype.itemsize == 2:
        return _erfinv(x.astype(jnp.float32)).astype(x.dtype)
    return _ndtri(0.5 * x + 0.5) * math.sqrt(0.5)


def _softplus(x):
    if x.dtype == jnp.float16:
        return _softplus(x.astype(jnp.float32)).astype(x.dtype)
    return jnp.maximum(x, 0) + lax.log1p(lax.exp(-lax.abs(x)))


def _softsign(x):
    return x / (1 + lax.abs(x))


def _sign(x):
    if jnp.issubdtype(x.dtype, jnp.complexfloating):
        size = lax.abs(x)
        return jnp.where(size == 0, jnp.zeros_like(x), x / jnp.where(size == 0, 1, size).astype(x.dtype))
    if jnp.issubdtype(x.dtype, jnp.floating):
        return jnp.where(x == 0, jnp.zeros_like(x), lax.sign(x))  # not the negative zero
    return lax.sign(x)


_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)
_ROOT_PI_OVER_TWO = math.sqrt(math.pi) / 2
_ROOT_TWO_PI = math.sqrt(2 * math.pi)


def _one_minus_square(x):
    return 1 - lax.square(x)


# name: (function, derivative from input and output). The derivatives are written as TensorFlow evaluates
# them, so that they overflow, vanish and turn into nan at the same arguments.
_DIFFERENTIABLE = {
    "Abs": (lax.abs, lambda x, y: lax.sign(x)),
    "Exp": (lax.exp, lambda x, y: y),
    "Expm1": (lax.expm1, lambda x, y: lax.exp(x)),
    "Log": (lax.log, lambda x, y: _reciprocal(x)),
    "Log1p": (lax.log1p, lambda x, y: _reciprocal(1 + x)),
    "Sqrt": (lax.sqrt, lambda x, y: 0.5 / y),
    "Rsqrt": (lax.rsqrt, lambda x, y: -0.5 * (y * y * y)),
    "Square": (lax.square, lambda x, y: 2 * x),
    "Reciprocal": (_reciprocal, lambda x, y: -(y * y)),
    "Inv": (_reciprocal, lambda x, y: -(y * y)),
    "Sigmoid": (lax.logistic, lambda x, y: y * (1 - y)),
    "Tanh": (lax.tanh, lambda x, y: _one_minus_square(y)),
    "Sin": (lax.sin, lambda x, y: lax.cos(x)),
    "Cos": (lax.cos, lambda x, y: -lax.sin(x)),
    "Tan": (lax.tan, lambda x, y: lax.square(_reciprocal(lax.cos(x)))),
    "Asin": (lax.asin, lambda x, y: _reciprocal(lax.sqrt(_one_minus_square(x)))),
    "Acos": (lax.acos, lambda x, y: -_reciprocal(lax.sqrt(_one_minus_square(x)))),
    "Atan": (lax.atan, lambda x, y: _reciprocal(1 + lax.square(x))),
    "Sinh": (lax.sinh, lambda x, y: lax.cosh(x)),
    "Cosh": (lax.cosh, lambda x, y: lax.sinh(x)),
    "Asinh": (lax.asinh, lambda x, y: _reciprocal(lax.cosh(y))),
    "Acosh": (lax.acosh, lambda x, y: _reciprocal(lax.sinh(y))),
    "Atanh": (lax.atanh, lambda x, y: _reciprocal(_one_minus_square(x))),
    "Erf": (lax.erf, lambda x, y: _TWO_OVER_ROOT_PI * lax.exp(-lax.square(x))),
    "Erfc": (lax.erfc, lambda x, y: -_TWO_OVER_ROOT_PI * lax.exp(-lax.square(x))),
    "Erfinv": (_erfinv, lambda x, y: _ROOT_PI_OVER_TWO * lax.exp(lax.square(y))),
    "Ndtri": (_ndtri, lambda x, y: _ROOT_TWO_PI * lax.exp(lax.square(y) / 2)),
    "Lgamma": (_lgamma, lambda x, y: _digamma(x)),
    "Digamma": (digamma_value, lambda x, y: _trigamma(x)),
    "Softplus": (_softplus, lambda x, y: lax.logistic(x)),
    "Softsign": (_softsign, lambda x, y: _reciprocal(lax.square(1 + lax.abs(x)))),
}

_NUMPY = {"Abs": np.abs, "Square": np.square}

for _name, (_forward, _derivative) in _DIFFERENTIABLE.items():
    kernel(_name, numpy=_NUMPY.get(_name))(with_derivative(_forward, _derivative))


# JAX's own derivative is right for these, or the op has none.
_PLAIN = {
    "Neg": (lax.neg, np.negative),
    "Invert": (lax.bitwise_not, np.bitwise_not),
    "LogicalNot": (lax.bitwise_not, np.logical_not),
    "IsFinite": (lax.is_finite, None),
    "IsInf": (jnp.isinf, None),
    "IsNan": (jnp.isnan, None),
    "PopulationCount": (lambda x: lax.population_count(x).astype(jnp.uint8), None),
}

for _name, (_forward, _numpy) in _PLAIN.items():
    kernel(_name, numpy=_numpy)(_forward)

# Steps: TensorFlow says that these have no gradient, which is None and not zeros.
for _name, _forward in {"Floor": lax.floor, "Ceil": lax.ceil, "Round": _rint, "Rint": _rint}.items():
    kernel(_name, no_gradient=("x",))(_forward)

# But it says that the gradient of the sign is zeros.
kernel("Sign", numpy=np.sign)(with_zero_derivative(_sign))


# A branch that `where` did not choose gives these a cotangent of 0, and must not turn it into nan.
_GUARDED = ("InvGrad", "ReciprocalGrad", "SqrtGrad", "RsqrtGrad")

# Gradient ops that graphs from TensorFlow contain: functions of the forward op's output (or input) and the
# cotangent. The first four conjugate a complex output, the others expect it conjugated.
_GRADIENT_OPS = {
    "InvGrad": lambda y, dy: -dy * lax.square(_conj(y)),
    "ReciprocalGrad": lambda y, dy: -dy * lax.square(_conj(y)),
    "SqrtGrad": lambda y, dy: dy * 0.5 / _conj(y),
    "RsqrtGrad": lambda y, dy: -0.5 * dy * _conj(y) ** 3,
    "SigmoidGrad": lambda y, dy: dy * y * (1 - y),
    "TanhGrad": lambda y, dy: dy * _one_minus_square(y),
    "SoftplusGrad": lambda gradients, features: gradients * lax.logistic(features),
    "SoftsignGrad": lambda gradients, features: gradients / lax.square(1 + lax.abs(features)),
}


def _conj(x):
    return lax.conj(x) if jnp.issubdtype(x.dtype, jnp.complexfloating) else x


def _zero_for_zero(fn):
    """`fn(y, dy)` with 0 where `dy` is 0, whatever `y` is; differentiated as `fn` itself."""

    @jax.custom_jvp
    def guarded(y, dy):
        return jnp.where(dy == 0, jnp.zeros_like(dy), fn(y, dy))

    guarded.defjvp(lambda primals, tangents: (guarded(*primals), jax.jvp(fn, primals, tangents)[1]))
    return lambda y, dy: guarded(y, dy)


for _name, _forward in _GRADIENT_OPS.items():
    kernel(_name)(_zero_for_zero(_forward) if _name in _GUARDED else _forward)

same_shape(
    *_DIFFERENTIABLE,
    *_PLAIN,
    *_GRADIENT_OPS,
    "Floor",
    "Ceil",
    "Round",
    "Rint",
    "Sign",
)

piecewise_linear("Neg")
