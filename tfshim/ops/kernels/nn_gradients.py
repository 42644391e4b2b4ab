"""Kernels of TensorFlow's own gradient ops for activations, pooling and normalisation.

tfshim derives its gradients from the kernels themselves; these ops are in graphs that TensorFlow differentiated, and in
those that are exported to it.
"""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np

from tfshim.ops.kernels.nn_norm import _batch_norm, lrn
from tfshim.ops.kernels.nn_pool import _avg_pool, _max_pool, place
from tfshim.ops.registry import kernel, runtime_check, shape_function
from tfshim.ops.shape_helpers import invalid, shape_text
from tfshim.shapes import TensorShape

# Of the scaled exponential unit.
_SCALE = 1.0507009873554804934193349852946
_SCALE_ALPHA = 1.7580993408473768599402175208123


@kernel("EluGrad")
def elu_grad(gradients, outputs):
    return jnp.where(outputs < 0, (outputs + 1) * gradients, gradients)


@kernel("SeluGrad")
def selu_grad(gradients, outputs):
    return jnp.where(outputs < 0, gradients * (outputs + _SCALE_ALPHA), gradients * _SCALE)


@kernel("LeakyReluGrad")
def leaky_relu_grad(gradients, features, *, alpha):
    return jnp.where(features > 0, gradients, gradients * float(np.float32(alpha)))


@kernel("Relu6Grad")
def relu6_grad(gradients, features):
    return jnp.where((features > 0) & (features < 6), gradients, 0)


def _pull(fn, primals, cotangent):
    """The gradients of `fn` at `primals`."""
    return jax.vjp(fn, *primals)[1](cotangent)


@kernel("MaxPoolGrad")
def max_pool_grad(x, out, grad, *, ksize, strides, padding, explicit_paddings, data_format):
    spot = place("MaxPoolGrad", x.shape, ksize, strides, padding, explicit_paddings, data_format)
    return _pull(lambda v: _max_pool(v, spot), (x,), grad)[0]


@kernel("MaxPoolGradV2", static=("ksize", "strides"))
def max_pool_grad_v2(x, out, grad, ksize, strides, *, padding, data_format):
    ksize, strides = (tuple(int(v) for v in np.ravel(values)) for values in (ksize, strides))
    spot = place("MaxPoolGradV2", x.shape, ksize, strides, padding, (), data_format)
    return _pull(lambda v: _max_pool(v, spot), (x,), grad)[0]


@kernel("MaxPool3DGrad")
def max_pool_3d_grad(x, out, grad, *, ksize, strides, padding, data_format):
    spot = place("MaxPool3DGrad", x.shape, ksize, strides, padding, (), data_format)
    return _pull(lambda v: _max_pool(v, spot, all_ties=True), (x,), grad.astype(x.dtype))[0].astype(grad.dtype)


def _at_maxima(x, argmax, spot, include_batch_in_index):
    """Positions in the flat input, one for each output."""
    _same_shape("argmax", argmax, spot.outputs)
    if not include_batch_in_index and x.size:
        first = jnp.arange(x.shape[0], dtype=argmax.dtype) * (x.size // x.shape[0])
        argmax = argmax + first[:, None, None, None]
    runtime_check(jnp.all((argmax >= 0) & (argmax < x.size)), "argmax points outside of the input")
    return argmax


def _max_pool_moves(x, grad, spot):
    """What `grad` has where the windows of `x` have their maxima, the first of them."""
    if grad.shape != x.shape:
        raise invalid(f"Expected grad shape to be {shape_text(x.shape)}, but got {shape_text(grad.shape)}")
    return jax.jvp(lambda v: _max_pool(v, spot), (x,), (grad,))[1]


@kernel("MaxPoolGradGrad")
def max_pool_grad_grad(x, out, grad, *, ksize, strides, padding, data_format):
    return _max_pool_moves(x, grad, place("MaxPoolGradGrad", x.shape, ksize, strides, padding, (), data_format))


@kernel("MaxPoolGradGradV2", static=("ksize", "strides"))
def max_pool_grad_grad_v2(x, out, grad, ksize, strides, *, padding, data_format):
    ksize, strides = (tuple(int(v) for v in np.ravel(values)) for values in (ksize, strides))
    return _max_pool_moves(x, grad, place("MaxPoolGradGradV2", x.shape, ksize, strides, padding, (), data_format))


@kernel("MaxPool3DGradGrad")
def max_pool_3d_grad_grad(x, out, grad, *, ksize, strides, padding, data_format):
    return _max_pool_moves(x, grad, place("MaxPool3DGradGrad", x.shape, ksize, strides, padding, (), data_format))


@shape_function("MaxPoolGradGrad", "MaxPoolGradGradV2", "MaxPool3DGradGrad")
def _like_output(op):
    op.shape(0).merge_with(op.shape(2))
    return op.shape(1)


def _same_shape(name, value, expected):
    if value.shape != tuple(expected):
        raise invalid(f"Expected {name} shape to be {shape_text(expected)}, but got {shape_text(value.shape)}")


@kernel("MaxPoolGradWithArgmax")
def max_pool_grad_with_argmax(x, grad, argmax, *, ksize, strides, padding, include_batch_in_index):
    spot = place("MaxPoolGradWithArgmax", x.shape, ksize, strides, padding, (), "NHWC")
    _same_shape("grad", grad, spot.outputs)
    at = _at_maxima(x, argmax, spot, include_batch_in_index)
    return jnp.zeros(x.size, x.dtype).at[at.reshape(-1)].add(grad.reshape(-1)).reshape(x.shape)


@kernel("MaxPoolGradGradWithArgmax")
def max_pool_grad_grad_with_argmax(x, grad, argmax, *, ksize, strides, padding, include_batch_in_index):
    spot = place("MaxPoolGradGradWithArgmax", x.shape, ksize, strides, padding, (), "NHWC")
    _same_shape("grad", grad, x.shape)
    return grad.reshape(-1)[_at_maxima(x, argmax, spot, include_batch_in_index)]


def _register_avg_pool_grad(op_name):
    @kernel(op_name, static=("orig_input_shape",))
    def avg_pool_grad(orig_input_shape, grad, *, ksize, strides, padding, data_format):
        sizes = tuple(int(n) for n in orig_input_shape)
        spot = place(op_name, sizes, ksize, strides, padding, (), data_format)
        return _pull(lambda v: _avg_pool(v, spot, False), (jnp.zeros(sizes, grad.dtype),), grad)[0]

    @shape_function(op_name)
    def shape(op):
        known = op.partial(0)
        return TensorShape(known if known is not None else [None] * len(op.attr("ksize")))


for _name in ("AvgPoolGrad", "AvgPool3DGrad"):
    _register_avg_pool_grad(_name)


@shape_function("MaxPoolGradGradWithArgmax")
def _like_argmax(op):
    return op.shape(2)


@shape_function("MaxPoolGrad", "MaxPoolGradV2", "MaxPool3DGrad", "MaxPoolGradWithArgmax")
def _like_first(op):
    return op.shape(0)


@kernel("LRNGrad")
def lrn_grad(input_grads, input_image, output_image, *, depth_radius, bias, alpha, beta):
    fn = functools.partial(lrn, depth_radius=depth_radius, bias=bias, alpha=alpha, beta=beta)
    return _pull(fn, (input_image,), input_grads)[0]


def _batch_norm_grad(y_backprop, x, scale, mean, variance, epsilon, data_format, is_training):
    def forward(x, scale, offset):
        return _batch_norm(x, scale, offset, mean, variance, epsilon, 1.0, data_format, is_training)[0]

    empty = jnp.zeros(0, scale.dtype)
    return *_pull(forward, (x, scale, jnp.zeros_like(scale)), y_backprop), empty, empty


@kernel("FusedBatchNormGradV3")
def fused_batch_norm_grad_v3(y_backprop, x, scale, mean, variance, third, *, epsilon, data_format, is_training):
    return _batch_norm_grad(y_backprop, x, scale, mean, variance, epsilon, data_format, is_training)


def _five_inputs(y_backprop, x, scale, mean, variance, *, epsilon, data_format, is_training):
    return _batch_norm_grad(y_backprop, x, scale, mean, variance, epsilon, data_format, is_training)


for _name in ("FusedBatchNormGrad", "FusedBatchNormGradV2"):
    kernel(_name)(_five_inputs)
