"""Kernels of activations: element-wise ones with TensorFlow's gradients, and softmax."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid, shape_text

_SELU_SCALE = 1.0507009873554805
_SELU_SCALE_ALPHA = 1.7580993408473768


def widened(x):
    """`x` in the dtype that TensorFlow computes in: float32 for the two 16-bit floats."""
    return x.astype(jnp.float32) if x.dtype in (jnp.bfloat16, jnp.float16) else x


def _relu(x):
    return jnp.maximum(x, jnp.zeros((), x.dtype))


def _relu6(x):
    return jnp.minimum(jnp.maximum(x, jnp.zeros((), x.dtype)), jnp.full((), 6, x.dtype))


def _elu(x):
    return jnp.where(x < 0, jnp.expm1(x), x)


def _selu(x):
    return jnp.where(x < 0, _SELU_SCALE_ALPHA * jnp.expm1(x), _SELU_SCALE * x)


# op: (function, derivative written by the output). By the output, because that is what TensorFlow does (it
# decides the value at kinks and at NaN), and because the input then need not be kept for the backward pass.
_BY_OUTPUT = {
    "Relu": (_relu, lambda y: y > 0),
    "Relu6": (_relu6, lambda y: (y > 0) & (y < 6)),
    "Elu": (_elu, lambda y: jnp.where(y < 0, y + 1, 1)),
    "Selu": (_selu, lambda y: jnp.where(y < 0, y + _SELU_SCALE_ALPHA, _SELU_SCALE)),
}


def _with_derivative(fn, derivative):
    activation = jax.custom_jvp(fn)

    @activation.defjvp
    def _jvp(primals, tangents):
        (t,) = tangents
        y = activation(*primals)
        slope = derivative(y)
        return y, jnp.where(slope, t, 0) if slope.dtype == bool else slope * t

    return activation


for _name, (_fn, _derivative) in _BY_OUTPUT.items():
    kernel(_name)(_with_derivative(_fn, _derivative))


@kernel("LeakyRelu")
def leaky_relu(x, *, alpha):
    # TensorFlow holds the attribute in single precision.
    return jnp.where(x > 0, x, x * float(np.float32(alpha)))


@kernel("ReluGrad")
def relu_grad(gradients, features):
    return jnp.where(features > 0, gradients, 0)


def _require_rank_one(x, op_name):
    if x.ndim < 1:
        raise invalid(f"{op_name}: logits must have at least 1 dimension, got shape {shape_text(x.shape)}")


@jax.custom_jvp
def _softmax(x):
    shifted = jnp.exp(x - jnp.max(x, axis=-1, keepdims=True))
    return shifted / jnp.sum(shifted, axis=-1, keepdims=True)


@_softmax.defjvp
def _softmax_jvp(primals, tangents):
    (t,) = tangents
    y = _softmax(*primals)
    return y, y * (t - jnp.sum(y * t, axis=-1, keepdims=True))


@kernel("Softmax")
def softmax(logits):
    _require_rank_one(logits, "Softmax")
    if logits.size == 0:
        return logits
    return _softmax(widened(logits)).astype(logits.dtype)


@jax.custom_jvp
def _log_softmax(x):
    shifted = x - jnp.max(x, axis=-1, keepdims=True)
    return shifted - jnp.log(jnp.sum(jnp.exp(shifted), axis=-1, keepdims=True))


@_log_softmax.defjvp
def _log_softmax_jvp(primals, tangents):
    (t,) = tangents
    y = _log_softmax(*primals)
    return y, t - jnp.sum(jnp.exp(y) * t, axis=-1, keepdims=True)


@kernel("LogSoftmax")
def log_softmax(logits):
    _require_rank_one(logits, "LogSoftmax")
    if logits.size == 0:
        return logits
    return _log_softmax(widened(logits)).astype(logits.dtype)


@shape_function(*_BY_OUTPUT, "LeakyRelu")
def _unchanged(op):
    return op.shape(0)


@shape_function("Softmax", "LogSoftmax")
def _unchanged_with_rank(op):
    shape = op.shape(0)
    if shape.rank == 0:
        raise invalid("logits must have at least 1 dimension, got shape []")
    return shape
