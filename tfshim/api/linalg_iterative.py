"""`tf.linalg`: banded and tridiagonal systems, the conjugate gradient method."""

from __future__ import annotations

from collections import namedtuple

import numpy as np

from tfshim import dtypes
from tfshim.api.linalg import norm, set_diag
from tfshim.api.linalg_decompositions import eigh, eigvalsh
from tfshim.api.naming import composed
from tfshim.control_flow import while_loop
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.errors import InvalidArgumentError
from tfshim.export import export
from tfshim.ops import op
from tfshim.tensor import Tensor


@export("linalg.banded_triangular_solve")
def banded_triangular_solve(bands, rhs, lower=True, adjoint=False, name=None):
    """Solves a x = rhs for a triangular matrix a that is zero but for a few diagonals.

    Args:
      bands: `[..., k, n]`: the diagonals, element i of each in row i; the main one first if `lower`, else last.
      rhs: `[..., n, columns]`. Batches broadcast.
      lower: whether a is lower triangular.
      adjoint: solve for the adjoint of a.
      name: name of the op in a graph.

    Raises:
      InvalidArgumentError: for a singular matrix, or shapes that do not fit.
    """
    with composed(name or "banded_triangular_solve") as name:
        return op("BandedTriangularSolve")(bands, rhs, lower=lower, adjoint=adjoint, name=name)


@export("linalg.eigh_tridiagonal")
def eigh_tridiagonal(alpha, beta, eigvals_only=True, select="a", select_range=None, tol=None, name=None):
    """Ascending eigenvalues, and eigenvectors, of a Hermitian tridiagonal matrix.

    Args:
      alpha: the diagonal, `[n]`; its imaginary part is ignored.
      beta: the diagonal above it, `[n - 1]`.
      eigvals_only: leave out the eigenvectors.
      select: "a" for all, "i" for those of the indices, "v" for those in the interval `select_range`.
      select_range: first and last index; or the ends of the interval, which belong to it.
      tol: taken for compatibility; the result is as precise as the dtype.
      name: name of the op in a graph.

    Returns:
      The eigenvalues; without `eigvals_only` also the eigenvectors, as columns.

    Raises:
      ValueError: for an unknown `select`, or integers.
      InvalidArgumentError: for an empty range, or shapes that do not fit.
    """
    if select not in ("a", "i", "v"):
        raise ValueError("'select must have a value in {'a', 'i', 'v'}.")
    if select != "a" and select_range is None:
        raise TypeError(f"eigh_tridiagonal needs a select_range for select={select!r}")
    with composed(name or "eigh_tridiagonal"):
        alpha = convert_to_tensor(alpha, name="alpha")
        dtype = alpha.dtype
        if not (dtype.is_floating or dtype.is_complex):
            raise ValueError(f"eigh_tridiagonal takes floating-point or complex tensors, not {dtype}")
        beta = convert_to_tensor(beta, dtype, name="beta")
        if alpha.shape.rank != 1 or beta.shape.rank != 1 or not _fits(alpha.shape[0], beta.shape[0]):
            raise InvalidArgumentError(None, None, f"Incompatible shapes: {alpha.shape} vs. {beta.shape}")
        if dtype.is_complex:
            real = op("Real")(alpha, Tout=dtype.real_dtype)
            alpha = op("Complex")(real, op("ZerosLike")(real), Tout=dtype)
        matrix = op("MatrixDiag")(alpha)
        if beta.shape[0] != 0:
            conjugate = op("Conj")(beta) if dtype.is_complex else beta
            matrix = set_diag(set_diag(matrix, beta, k=1), conjugate, k=-1)
        if eigvals_only:
            values, vectors = eigvalsh(matrix), None
        else:
            values, vectors = eigh(matrix)
        if dtype.is_complex:
            values = op("Real")(values, Tout=dtype.real_dtype)
        if select != "a":
            values, vectors = _selected(values, vectors, select, select_range)
        return values if eigvals_only else (values, vectors)


def _fits(n, m) -> bool:
    return n is None or m is None or n == m + 1 or (n, m) == (0, 0)


def _selected(values: Tensor, vectors: Tensor | None, select: str, limits) -> tuple[Tensor, Tensor | None]:
    first, last = limits[0], limits[1]
    known = [constant_value(v) if isinstance(v, Tensor) else v for v in (first, last)]
    if select == "i":
        if None not in known and known[0] > known[1]:
            raise InvalidArgumentError(None, None, "Got empty index range in select_range.")
        return values[first : last + 1], vectors[:, first : last + 1] if vectors is not None else None
    if None not in known and known[0] >= known[1]:
        raise InvalidArgumentError(None, None, "Got empty interval in select_range.")
    low, high = (convert_to_tensor(v, values.dtype) for v in (first, last))
    inside = op("LogicalAnd")(op("GreaterEqual")(values, low), op("LessEqual")(values, high))
    places = op("Squeeze")(op("Where")(inside), squeeze_dims=(1,))
    gather = op("GatherV2")
    return gather(values, places, 0), gather(vectors, places, 1) if vectors is not None else None


CGState = namedtuple("CGState", ["i", "x", "r", "p", "gamma"])


@export("linalg.experimental.conjugate_gradient")
def conjugate_gradient(operator, rhs, preconditioner=None, x=None, tol=1e-5, max_iter=20, name="conjugate_gradient"):
    """Solves A x = rhs for a self-adjoint positive definite operator by the conjugate gradient method.

    Args:
      operator: a linear operator: it has a `matvec`.
      rhs: `[..., n]`.
      preconditioner: an approximation of the inverse of `operator`, likewise; the method stops sooner.
      x: where to start; zeros by default.
      tol: stop where the residual is less than this part of that of `rhs`.
      max_iter: stop after so many steps.
      name: name of the op in a graph.

    Returns:
      The state at the end: the number of steps `i`, the solution `x`, the residual `r`, the last direction `p` and
      `gamma`, the product of residual and preconditioned residual.

    Raises:
      ValueError: for an operator that is not self-adjoint or not positive definite.
    """
    if not (operator.is_self_adjoint and operator.is_positive_definite):
        raise ValueError("Expected a self-adjoint, positive definite operator.")
    with composed(name):
        rhs = convert_to_tensor(rhs)
        limit = op("Mul")(convert_to_tensor(tol, rhs.dtype.real_dtype), norm(rhs, axis=-1))
        if x is None:
            x, residual = op("ZerosLike")(rhs), rhs
        else:
            x = convert_to_tensor(x, rhs.dtype)
            residual = rhs - operator.matvec(x)
        direction, gamma = _preconditioned(preconditioner, residual)
        start = CGState(convert_to_tensor(0, dtypes.int32), x, residual, direction, gamma)

        def going_on(state):
            far = op("Any")(op("Greater")(norm(state.r, axis=-1), limit), _all_axes(limit))
            return op("LogicalAnd")(state.i < max_iter, far)

        def step(state):
            image = operator.matvec(state.p)
            alpha = state.gamma / _dot(state.p, image)
            moved = state.x + _column(alpha) * state.p
            residual = state.r - _column(alpha) * image
            better, gamma = _preconditioned(preconditioner, residual)
            beta = gamma / state.gamma
            return [CGState(state.i + 1, moved, residual, better + _column(beta) * state.p, gamma)]

        return while_loop(going_on, step, [start])[0]


def _all_axes(x: Tensor) -> np.ndarray:
    return np.arange(x.shape.rank or 0, dtype=np.int32)


def _column(x: Tensor) -> Tensor:
    return op("ExpandDims")(x, -1)


def _dot(x: Tensor, y: Tensor) -> Tensor:
    x = op("Conj")(x) if x.dtype.is_complex else x
    return op("Sum")(x * y, np.array([-1], np.int32))


def _preconditioned(preconditioner, residual: Tensor) -> tuple[Tensor, Tensor]:
    better = residual if preconditioner is None else preconditioner.matvec(residual)
    return better, _dot(residual, better)
