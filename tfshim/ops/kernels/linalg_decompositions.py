"""Kernels of matrix decompositions and of what is solved with them.

Half precision is computed in float32. Where TensorFlow reads only one triangle of its input, so do these, and
the gradient is laid out as TensorFlow lays it out: symmetric for `Cholesky`, lower triangular for
`SelfAdjointEigV2`.
"""

from __future__ import annotations

import functools
import math

import jax
import jax.numpy as jnp
import jax.scipy.linalg
import numpy as np
from jax import lax

from tfshim.ops.kernels.nn_activations import widened
from tfshim.ops.registry import kernel, runtime_check, shape_function
from tfshim.ops.shape_helpers import UNKNOWN, broadcast_static, invalid, missing_kernel, shape_text
from tfshim.shapes import TensorShape


def _adjoint(x):
    return jnp.conj(jnp.swapaxes(x, -1, -2))


def _require_matrix(op_name, x, square=True):
    if x.ndim < 2:
        raise invalid(f"{op_name}: Input tensor must be rank 2 or more, got shape {shape_text(x.shape)}")
    if square and x.shape[-1] != x.shape[-2]:
        raise invalid(f"{op_name}: Input matrix must be square, got shape {shape_text(x.shape)}")


def _require_matching_rhs(op_name, matrix, rhs, broadcast=False):
    if rhs.ndim < 2:
        raise invalid(f"{op_name}: rhs must be rank 2 or more, got shape {shape_text(rhs.shape)}")
    same_batch = matrix.shape[:-2] == rhs.shape[:-2]
    if broadcast:
        try:
            np.broadcast_shapes(matrix.shape[:-2], rhs.shape[:-2])
            same_batch = True
        except ValueError:
            same_batch = False
    if not same_batch or matrix.shape[-2] != rhs.shape[-2]:
        raise invalid(
            f"{op_name}: Input matrix and rhs are incompatible: matrix shape {shape_text(matrix.shape)}, "
            f"rhs shape {shape_text(rhs.shape)}"
        )


def _check_invertible(matrix, message):
    """Reports a matrix whose elimination meets a zero pivot."""
    if matrix.size:
        _check_pivots(matrix, lax.linalg.lu(lax.stop_gradient(matrix))[0], message)


def _check_pivots(matrix, factors, message):
    """TensorFlow looks for a pivot above zero: none is if the first element is NaN; NaN elsewhere is passed over."""
    nonzero = jnp.all(jnp.diagonal(factors, 0, -2, -1) != 0)
    runtime_check(nonzero & ~jnp.any(jnp.isnan(matrix[..., 0, 0])), message)


@jax.custom_jvp
def _with_symmetric_tangent(a):
    return a


@_with_symmetric_tangent.defjvp
def _with_symmetric_tangent_jvp(primals, tangents):
    (t,) = tangents
    return _with_symmetric_tangent(*primals), (t + _adjoint(t)) / 2


@jax.custom_jvp
def _from_lower_triangle(a):
    return a


@_from_lower_triangle.defjvp
def _from_lower_triangle_jvp(primals, tangents):
    (t,) = tangents
    return _from_lower_triangle(*primals), jnp.tril(t) + _adjoint(jnp.tril(t, -1))


@kernel("Cholesky")
def cholesky(matrix):
    _require_matrix("Cholesky", matrix)
    symmetric = _with_symmetric_tangent(widened(matrix))
    factor = lax.linalg.cholesky(symmetric, symmetrize_input=False).astype(matrix.dtype)
    # What lies below an infinite pivot is divided by it: infinity by infinity, which LAPACKs do not agree on.
    undefined = lax.cummax(jnp.any(jnp.isinf(jnp.tril(matrix, -1)), axis=-1).astype(jnp.int8), axis=matrix.ndim - 2)
    return jnp.where((undefined[..., None] > 0) & jnp.tri(matrix.shape[-1], dtype=bool), jnp.nan, factor)


@kernel("CholeskyGrad")
def cholesky_grad(factor, grad):
    _require_matrix("CholeskyGrad", factor)
    wide, cotangent = widened(factor), widened(grad)
    middle = jnp.tril(_adjoint(wide) @ cotangent)
    middle = middle - 0.5 * middle * jnp.eye(factor.shape[-1], dtype=wide.dtype)
    left = lax.linalg.triangular_solve(wide, middle, left_side=True, lower=True, transpose_a=True, conjugate_a=True)
    result = lax.linalg.triangular_solve(wide, left, lower=True)
    return (0.5 * (result + _adjoint(result))).astype(factor.dtype)


@kernel("MatrixInverse")
def matrix_inverse(matrix, *, adjoint):
    _require_matrix("MatrixInverse", matrix)
    wide = widened(matrix)
    _check_invertible(wide, "Input is not invertible.")
    inverse = jnp.linalg.inv(wide)
    return (_adjoint(inverse) if adjoint else inverse).astype(matrix.dtype)


@kernel("MatrixDeterminant")
def matrix_determinant(matrix):
    _require_matrix("MatrixDeterminant", matrix)
    if matrix.shape[-1] == 0:
        return jnp.ones(matrix.shape[:-2], matrix.dtype)
    return jnp.linalg.det(widened(matrix)).astype(matrix.dtype)


@kernel("LogMatrixDeterminant")
def log_matrix_determinant(matrix):
    _require_matrix("LogMatrixDeterminant", matrix)
    sign, log = jnp.linalg.slogdet(widened(matrix))
    sign = jnp.where(jnp.isnan(log), jnp.nan, sign)
    return sign.astype(matrix.dtype), log.astype(matrix.dtype)


@kernel("MatrixSolve")
def matrix_solve(matrix, rhs, *, adjoint):
    _require_matrix("MatrixSolve", matrix)
    _require_matching_rhs("MatrixSolve", matrix, rhs)
    if rhs.size == 0:
        return jnp.zeros(rhs.shape, rhs.dtype)
    wide = widened(matrix)
    _check_invertible(wide, "Input matrix is not invertible.")
    return jnp.linalg.solve(_adjoint(wide) if adjoint else wide, widened(rhs)).astype(rhs.dtype)


@kernel("MatrixTriangularSolve")
def matrix_triangular_solve(matrix, rhs, *, lower, adjoint):
    _require_matrix("MatrixTriangularSolve", matrix)
    _require_matching_rhs("MatrixTriangularSolve", matrix, rhs, broadcast=True)
    batch = np.broadcast_shapes(matrix.shape[:-2], rhs.shape[:-2])
    shape = (*batch, *rhs.shape[-2:])
    if 0 in shape:
        return jnp.zeros(shape, rhs.dtype)
    solution = lax.linalg.triangular_solve(
        jnp.broadcast_to(widened(matrix), (*batch, *matrix.shape[-2:])),
        jnp.broadcast_to(widened(rhs), shape),
        left_side=True,
        lower=lower,
        transpose_a=adjoint,
        conjugate_a=adjoint,
    )
    return solution.astype(rhs.dtype)


@kernel("MatrixSolveLs", no_gradient=("l2_regularizer",))
def matrix_solve_ls(matrix, rhs, l2_regularizer, *, fast):
    _require_matrix("MatrixSolveLs", matrix, square=False)
    _require_matching_rhs("MatrixSolveLs", matrix, rhs)
    a, b = widened(matrix), widened(rhs)
    rows, columns = a.shape[-2:]
    if 0 in (rows, columns, b.shape[-1]):
        return jnp.zeros((*matrix.shape[:-2], columns, rhs.shape[-1]), rhs.dtype)
    if not fast:
        return jnp.matmul(jnp.linalg.pinv(a), b).astype(rhs.dtype)
    # The normal equations, on the smaller side of the matrix.
    ah = _adjoint(a)
    gram = jnp.matmul(ah, a) if rows >= columns else jnp.matmul(a, ah)
    gram = gram + jnp.eye(gram.shape[-1], dtype=a.dtype) * l2_regularizer.astype(a.dtype)
    factor = lax.linalg.cholesky(gram)

    def solve(right):
        half = lax.linalg.triangular_solve(factor, right, left_side=True, lower=True)
        return lax.linalg.triangular_solve(factor, half, left_side=True, lower=True, transpose_a=True, conjugate_a=True)

    runtime_check(jnp.all(jnp.isfinite(factor)), "Input matrix was rank deficient or ill-conditioned.")
    x = solve(jnp.matmul(ah, b)) if rows >= columns else jnp.matmul(ah, solve(b))
    return x.astype(rhs.dtype)


@kernel("Qr")
def qr(matrix, *, full_matrices):
    _require_matrix("Qr", matrix, square=False)
    mode = "complete" if full_matrices else "reduced"
    return tuple(v.astype(matrix.dtype) for v in jnp.linalg.qr(widened(matrix), mode=mode))


@kernel("Svd")
def svd(matrix, *, compute_uv, full_matrices):
    _require_matrix("Svd", matrix, square=False)
    wide = widened(matrix)
    if not compute_uv:
        # TensorFlow's unused outputs are empty.
        empty = jnp.zeros((0,), matrix.dtype)
        return jnp.linalg.svd(wide, compute_uv=False).astype(matrix.dtype), empty, empty
    u, s, vh = jnp.linalg.svd(wide, full_matrices=full_matrices)
    return tuple(v.astype(matrix.dtype) for v in (s, u, _adjoint(vh)))


_NOT_SUCCESSFUL = "decomposition was not successful. The input might not be valid."


@jax.custom_jvp
def _eigh(a):
    values, vectors = jnp.linalg.eigh(a, UPLO="L", symmetrize_input=False)
    return values, vectors


@_eigh.defjvp
def _eigh_jvp(primals, tangents):
    (a,), (t,) = primals, tangents
    values, vectors = _eigh(a)
    inner = jnp.matmul(jnp.matmul(_adjoint(vectors), t), vectors)
    gaps = values[..., None, :] - values[..., :, None]
    # Equal eigenvalues take no part, as in TensorFlow, where JAX would divide by zero.
    inverse_gaps = jnp.where(gaps == 0, 0, 1 / jnp.where(gaps == 0, 1, gaps)).astype(a.dtype)
    d_values = jnp.real(jnp.diagonal(inner, 0, -2, -1))
    return (values, vectors), (d_values, jnp.matmul(vectors, inner * inverse_gaps))


@kernel("SelfAdjointEigV2")
def self_adjoint_eig(matrix, *, compute_v):
    _require_matrix("SelfAdjointEigV2", matrix)
    if matrix.shape[-1] > 1 and matrix.size:
        # The iteration converges only where nothing is left to do: for a diagonal whose first element is a number.
        undefined = jnp.any(~jnp.isfinite(jnp.tril(matrix)), (-2, -1))
        coupled = jnp.any(jnp.tril(matrix, -1) != 0, (-2, -1)) | jnp.isnan(matrix[..., 0, 0])
        runtime_check(~jnp.any(undefined & coupled), f"Self-adjoint eigen {_NOT_SUCCESSFUL}")
    values, vectors = _eigh(_from_lower_triangle(widened(matrix)))
    if not compute_v:
        vectors = jnp.zeros((0,), matrix.dtype)
    return values.astype(matrix.dtype), vectors.astype(matrix.dtype)


@jax.custom_jvp
def _eig(a):
    """Eigenvalues and eigenvectors of length 1 of complex matrices."""
    values, vectors = jnp.linalg.eig(a)
    return values, vectors


@_eig.defjvp
def _eig_jvp(primals, tangents):
    (t,) = tangents
    values, vectors = _eig(*primals)
    inner = jnp.linalg.solve(vectors, jnp.matmul(t, vectors))
    gaps = values[..., None, :] - values[..., :, None]
    same = jnp.eye(values.shape[-1], dtype=bool)
    moved = jnp.matmul(vectors, jnp.where(same, 0, inner / jnp.where(same, 1, gaps)))
    # A vector keeps its length; of its phase, which is free, nothing is taken away.
    lengths = jnp.real(jnp.sum(jnp.conj(vectors) * moved, -2, keepdims=True))
    return (values, vectors), (jnp.diagonal(inner, 0, -2, -1), moved - vectors * lengths)


@kernel("Eig")
def eig(matrix, *, compute_v, Tout):
    _require_matrix("Eig", matrix)
    dtype = Tout.as_numpy_dtype
    if dtype != np.result_type(matrix.dtype, np.complex64):
        raise invalid(f"Invalid output dtype {Tout.name} for eigenvalues of {matrix.dtype.name}")
    runtime_check(jnp.all(jnp.isfinite(matrix)), f"Eigen {_NOT_SUCCESSFUL}")
    if not compute_v:
        return jnp.linalg.eigvals(matrix).astype(dtype), jnp.zeros((0,), dtype)
    values, vectors = _eig(matrix.astype(dtype))
    return values.astype(dtype), vectors.astype(dtype)


@kernel("Lu")
def lu(matrix, *, output_idx_type):
    _require_matrix("Lu", matrix)
    wide = widened(matrix)
    dtype = output_idx_type.as_numpy_dtype
    if 0 in matrix.shape:
        return matrix, jnp.zeros(matrix.shape[:-1], dtype)
    factors, _, permutation = lax.linalg.lu(wide)
    _check_pivots(wide, factors, "Input is not invertible.")
    return factors.astype(matrix.dtype), permutation.astype(dtype)


@kernel("MatrixExponential")
def matrix_exponential(matrix):
    _require_matrix("MatrixExponential", matrix)
    if matrix.size == 0:
        return matrix
    return jax.scipy.linalg.expm(widened(matrix), max_squarings=32).astype(matrix.dtype)


def _each_matrix(op_name, fn, matrix):
    _require_matrix(op_name, matrix)
    if matrix.size == 0:
        return matrix
    flat = matrix.reshape(-1, *matrix.shape[-2:])
    return np.stack([fn(m) for m in flat]).astype(matrix.dtype).reshape(matrix.shape)


@kernel("MatrixLogarithm", host=True)
def matrix_logarithm(matrix):
    # In double precision: of the product of roots that it is, single precision would leave few digits.
    return _each_matrix("MatrixLogarithm", lambda m: _logarithm(m.astype(np.complex128)), matrix)


def _logarithm(matrix: np.ndarray) -> np.ndarray:
    """The principal logarithm; NaN for a matrix that is singular or not finite."""
    from scipy.linalg import logm, schur  # not at the top: a third of the time that importing the package takes

    if np.isfinite(matrix).all():
        sizes = np.abs(np.diagonal(schur(matrix, output="complex")[0]))
        if sizes.min() > len(matrix) * np.finfo(np.float64).eps * sizes.max():
            return logm(matrix)
    return np.full_like(matrix, complex(np.nan, np.nan))


@kernel("MatrixSquareRoot")
def matrix_square_root(matrix):
    if matrix.dtype == jnp.float16:
        raise missing_kernel("MatrixSquareRoot", matrix.dtype)
    _require_matrix("MatrixSquareRoot", matrix)
    if matrix.size == 0:
        return matrix
    root = _square_root(widened(matrix).reshape(-1, *matrix.shape[-2:]))
    return root.reshape(matrix.shape).astype(matrix.dtype)


@jax.custom_jvp
def _square_root(stack):
    root = lax.platform_dependent(stack, cpu=_square_root_by_schur, default=_square_root_by_scipy)
    if jnp.iscomplexobj(stack):
        return root
    # A negative eigenvalue that is more than rounding: there is no real root.
    imaginary = jnp.max(jnp.abs(jnp.imag(root)), (-2, -1), keepdims=True)
    rounding = math.sqrt(jnp.finfo(stack.dtype).eps) * jnp.max(jnp.abs(root), (-2, -1), keepdims=True)
    return jnp.where(imaginary > rounding, jnp.nan, jnp.real(root))


def _square_root_by_schur(stack):
    return jnp.stack([jax.scipy.linalg.sqrtm(m) for m in stack])


def _square_root_by_scipy(stack):
    """On the host: XLA has Schur decompositions on the CPU only."""
    dtype = jnp.result_type(stack.dtype, jnp.complex64)

    def roots(stack):
        from scipy.linalg import sqrtm  # not at the top, as above

        return np.stack([sqrtm(m) for m in np.asarray(stack)]).astype(dtype)

    shape = jax.ShapeDtypeStruct(stack.shape, dtype)
    return jax.pure_callback(roots, shape, stack, vmap_method="sequential")


@_square_root.defjvp
def _square_root_jvp(primals, tangents):
    (t,) = tangents
    root = _square_root(*primals)
    n = root.shape[-1]
    eye = jnp.eye(n, dtype=root.dtype)

    def solve(x, dt):
        # x dx + dx x = dt, as one linear system over the n * n entries.
        system = jnp.kron(x, eye) + jnp.kron(eye, x.T)
        return jnp.linalg.solve(system, dt.reshape(-1)).reshape(n, n)

    return root, jax.vmap(solve)(root, t)


@kernel("TridiagonalMatMul")
def tridiagonal_matmul(superdiag, maindiag, subdiag, rhs):
    upper, main, lower = (jnp.swapaxes(d, -1, -2) for d in (superdiag, maindiag, subdiag))
    # What the outer diagonals hold beyond the matrix may be anything: it is left out, not multiplied by zero.
    edge = [(0, 0)] * (rhs.ndim - 2)
    right = jnp.pad(upper[..., :-1, :] * rhs[..., 1:, :], [*edge, (0, 1), (0, 0)])
    left = jnp.pad(lower[..., 1:, :] * rhs[..., :-1, :], [*edge, (1, 0), (0, 0)])
    return main * rhs + right + left


@kernel("TridiagonalSolve")
def tridiagonal_solve(diagonals, rhs, *, partial_pivoting, perturb_singular):
    if diagonals.ndim < 2 or diagonals.shape[-2] != 3:
        raise invalid(f"TridiagonalSolve: Expected 3 diagonals, got shape {shape_text(diagonals.shape)}")
    if perturb_singular:
        raise invalid("TridiagonalSolve: perturb_singular=True is not supported")
    if rhs.size == 0:
        return jnp.zeros(rhs.shape, rhs.dtype)
    upper, main, lower = (diagonals[..., i, :] for i in range(3))
    n = main.shape[-1]
    matrix = main[..., None] * jnp.eye(n, dtype=main.dtype)
    if n > 1:
        matrix = matrix + jnp.pad(upper[..., : n - 1, None] * jnp.eye(n - 1, dtype=main.dtype), _edge(main, 0, 1))
        matrix = matrix + jnp.pad(lower[..., 1:, None] * jnp.eye(n - 1, dtype=main.dtype), _edge(main, 1, 0))
    if partial_pivoting:
        _check_invertible(matrix, "The first element of diagonal is zero or the matrix is singular.")
    return jnp.linalg.solve(matrix, rhs)


def _edge(main, row, column):
    return [(0, 0)] * (main.ndim - 1) + [(row, 1 - row), (column, 1 - column)]


# Shapes --------------------------------------------------------------------------------------------------


def _matrix_sizes(op_name, op, i=0, square=True):
    """(batch sizes, rows, columns) of a matrix input; the batch is None if the rank is unknown."""
    shape = op.shape(i)
    if shape.rank is None:
        return None, None, None
    if shape.rank < 2:
        raise invalid(f"{op_name}: Shape must be at least rank 2 but is rank {shape.rank}, shape {shape}")
    *batch, rows, columns = shape.as_list()
    if square:
        if rows is not None and columns is not None and rows != columns:
            raise invalid(f"{op_name}: Input matrix must be square, got shape {shape}: {rows} vs {columns}")
        rows = columns = columns if rows is None else rows
    return batch, rows, columns


def _stack(batch, *sizes):
    return TensorShape(None) if batch is None else TensorShape([*batch, *sizes])


def _square_shape(op_name, op):
    batch, n, _ = _matrix_sizes(op_name, op)
    return _stack(batch, n, n)


def _determinant_shape(op_name, op):
    batch, _, _ = _matrix_sizes(op_name, op)
    return _stack(batch) if op_name == "MatrixDeterminant" else (_stack(batch), _stack(batch))


def _eigen_shape(op_name, op):
    batch, n, _ = _matrix_sizes(op_name, op)
    return _stack(batch, n), _stack(batch, n, n) if op.attr("compute_v") else TensorShape([0])


def _lu_shape(op_name, op):
    batch, n, _ = _matrix_sizes(op_name, op)
    return _stack(batch, n, n), _stack(batch, n)


def _qr_shape(op_name, op):
    batch, rows, columns = _matrix_sizes(op_name, op, square=False)
    small = None if None in (rows, columns) else min(rows, columns)
    if op.attr("full_matrices"):
        return _stack(batch, rows, rows), _stack(batch, rows, columns)
    return _stack(batch, rows, small), _stack(batch, small, columns)


def _svd_shape(op_name, op):
    batch, rows, columns = _matrix_sizes(op_name, op, square=False)
    small = None if None in (rows, columns) else min(rows, columns)
    values = _stack(batch, small)
    if not op.attr("compute_uv"):
        return values, TensorShape([0]), TensorShape([0])
    if op.attr("full_matrices"):
        return values, _stack(batch, rows, rows), _stack(batch, columns, columns)
    return values, _stack(batch, rows, small), _stack(batch, columns, small)


for _names, _function in (
    (
        ("Cholesky", "MatrixInverse", "MatrixExponential", "MatrixLogarithm", "MatrixSquareRoot"),
        _square_shape,
    ),
    (("MatrixDeterminant", "LogMatrixDeterminant"), _determinant_shape),
    (("SelfAdjointEigV2", "Eig"), _eigen_shape),
    (("Lu",), _lu_shape),
    (("Qr",), _qr_shape),
    (("Svd",), _svd_shape),
):
    for _name in _names:
        shape_function(_name)(functools.partial(_function, _name))


# Static shapes of solutions ------------------------------------------------------------------------------


def _known(shape: TensorShape) -> tuple[TensorShape, TensorShape, TensorShape]:
    """Batch, number of rows and number of columns of matrices, the last two as vectors of one size."""
    if shape.rank is None:
        return UNKNOWN, TensorShape([None]), TensorShape([None])
    shape = shape.with_rank_at_least(2)
    return shape[:-2], shape[-2:-1], shape[-1:]


def _solution(op, square: bool, broadcast: bool) -> TensorShape:
    batch, rows, columns = _known(op.shape(0))
    other_batch, other_rows, width = _known(op.shape(1))
    rows = rows.merge_with(other_rows)
    if square:
        columns = columns.merge_with(rows)
    batch = broadcast_static(batch, other_batch) if broadcast else batch.merge_with(other_batch)
    return batch.concatenate(columns).concatenate(width)


for _name, _square, _broadcast in (
    ("MatrixSolve", True, False),
    ("MatrixTriangularSolve", True, True),
    ("MatrixSolveLs", False, False),
):
    shape_function(_name)(functools.partial(_solution, square=_square, broadcast=_broadcast))

for _name in ("TridiagonalMatMul", "TridiagonalSolve"):
    shape_function(_name)(lambda op: op.shape(len(op) - 1))
