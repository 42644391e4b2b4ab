"""Ops that newer ones replaced. Old graphs have them; they compute the same."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from tfshim.ops import registry
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import UNKNOWN, invalid, same_shape
from tfshim.shapes import TensorShape, from_dims

# `BatchX` is `X`, which has taken any number of matrices since.
_BATCH = (
    "Cholesky CholeskyGrad FFT FFT2D FFT3D IFFT IFFT2D IFFT3D MatrixBandPart MatrixDeterminant MatrixDiag "
    "MatrixDiagPart MatrixInverse MatrixSetDiag MatrixSolve MatrixSolveLs MatrixTriangularSolve SelfAdjointEigV2 Svd"
).split()


def _declare_batch(name: str) -> None:
    newer: Any = registry.find_kernel(name)
    kernel(f"Batch{name}")(newer.fn)
    shapes = registry.find_shape_function(name)
    if shapes is not None:
        shape_function(f"Batch{name}")(shapes)


for _name in _BATCH:
    _declare_batch(_name)


# Eigenvalues above eigenvectors ----------------------------------------------------------------------------


def _self_adjoint_eig(input):
    values, vectors = registry.find_kernel("SelfAdjointEigV2").fn(input, compute_v=True)  # type: ignore[union-attr]
    return jnp.concatenate([values[..., None, :], vectors], axis=-2)


for _name in ("SelfAdjointEig", "BatchSelfAdjointEig"):
    kernel(_name)(_self_adjoint_eig)


@shape_function("SelfAdjointEig", "BatchSelfAdjointEig")
def _(op):
    shape = op.shape(0)
    if shape.rank is None:
        return UNKNOWN
    *batch, rows, columns = shape.with_rank_at_least(2)._dims
    size = rows if columns is None else columns
    return from_dims((*batch, None if size is None else size + 1, size))


# Batch normalization ---------------------------------------------------------------------------------------


def _normalized(t, m, v, beta, gamma, epsilon, scaled):
    scale = lax.rsqrt(v + jnp.asarray(epsilon, v.dtype))
    if scaled:
        scale = scale * gamma
    return (t - m) * scale + beta


@kernel("BatchNormWithGlobalNormalization")
def normalize(t, m, v, beta, gamma, *, variance_epsilon, scale_after_normalization):
    if t.ndim != 4:
        raise invalid(f"input must be 4-dimensional, got shape {list(t.shape)}")
    return _normalized(t, m, v, beta, gamma, variance_epsilon, scale_after_normalization)


@kernel("BatchNormWithGlobalNormalizationGrad")
def normalize_gradient(t, m, v, gamma, backprop, *, variance_epsilon, scale_after_normalization):
    def forward(t, m, v, beta, gamma):
        return _normalized(t, m, v, beta, gamma, variance_epsilon, scale_after_normalization)

    _, pull = jax.vjp(forward, t, m, v, jnp.zeros_like(m), gamma)
    return pull(backprop)


same_shape("BatchNormWithGlobalNormalization")


@shape_function("BatchNormWithGlobalNormalizationGrad")
def _(op):
    return [op.shape(0), *[op.shape(1)] * 4]


# Gradients -------------------------------------------------------------------------------------------------


@kernel("TileGrad", static=("multiples",))
def tile_gradient(input, multiples):
    split: list[int] = []
    for size, count in zip(input.shape, multiples.tolist(), strict=True):
        split += [count, size // count]
    return input.reshape(split).sum(axis=tuple(range(0, 2 * input.ndim, 2)))


@shape_function("TileGrad")
def _(op):
    shape, multiples = op.shape(0), op.static(1)
    if shape.rank is None or multiples is None:
        return UNKNOWN
    pairs = zip(shape._dims, multiples.tolist(), strict=True)
    return from_dims(tuple(None if size is None else size // count for size, count in pairs))


def _conv3d(strides, padding, dilations):
    conv: Any = registry.find_kernel("Conv3D")
    return lambda x, filters: conv.fn(
        x, filters, strides=strides, padding=padding, data_format="NDHWC", dilations=dilations
    )


@kernel("Conv3DBackpropInput")
def conv3d_input_gradient(input, filter, out_backprop, *, strides, padding, dilations):
    return jax.vjp(lambda x: _conv3d(strides, padding, dilations)(x, filter), input)[1](out_backprop)[0]


@kernel("Conv3DBackpropFilter")
def conv3d_filter_gradient(input, filter, out_backprop, *, strides, padding, dilations):
    return jax.vjp(lambda f: _conv3d(strides, padding, dilations)(input, f), filter)[1](out_backprop)[0]


def _like(position: int) -> Any:
    def shape(op: Any) -> TensorShape:
        return op.shape(position)

    return shape


shape_function("Conv3DBackpropInput")(_like(0))
shape_function("Conv3DBackpropFilter")(_like(1))
