"""Gradients of determinants as TensorFlow defines them: by the inverse, which a singular matrix does not have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfshim.backprop import Record, gradient_rule
from tfshim.indexed_slices import dense
from tfshim.ops import op
from tfshim.tensor import Tensor


def _times_inverse(matrix: Tensor, factors: Tensor) -> Tensor:
    """The adjoint of the inverse of each matrix, times a number each."""
    inverse = op("MatrixInverse")(matrix, adjoint=True)
    shape = op("ConcatV2")([op("Shape")(factors), [1, 1]], 0)
    return op("Mul")(op("Reshape")(factors, shape), inverse)


@gradient_rule("MatrixDeterminant")
def _determinant(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    """TensorFlow multiplies by the determinant itself where a complex one calls for its conjugate."""
    factors = op("Mul")(dense(cotangents[0]), record.outputs[0])
    return [_times_inverse(record.inputs[0], factors)]


@gradient_rule("LogMatrixDeterminant")
def _log_determinant(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    """The sign passes nothing on: zeros."""
    factors = cotangents[1]
    factors = op("ZerosLike")(record.outputs[1]) if factors is None else dense(factors)
    return [_times_inverse(record.inputs[0], factors)]


@gradient_rule("MatrixExponential")
def _exponential(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    """The upper right block of the exponential of a matrix of four blocks: the derivative towards the cotangent."""
    rank = record.inputs[0].shape.rank
    if rank is None:
        raise NotImplementedError("the gradient of tf.linalg.expm of a matrix of unknown rank")
    matrix = record.inputs[0]
    order = [*range(rank - 2), rank - 1, rank - 2]
    adjoint = op("ConjugateTranspose" if matrix.dtype.is_complex else "Transpose")(matrix, order)
    upper = op("ConcatV2")([adjoint, dense(cotangents[0])], -1)
    lower = op("ConcatV2")([op("ZerosLike")(adjoint), adjoint], -1)
    whole = op("MatrixExponential")(op("ConcatV2")([upper, lower], -2))
    n = op("Shape")(matrix)[-1]
    return [whole[..., :n, n:]]
