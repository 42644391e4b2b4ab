"""`tf.linalg`: decompositions, and what is solved with them."""

from __future__ import annotations

from collections import namedtuple

import numpy as np

from tfshim import dtypes
from tfshim.api import operator_dispatch
from tfshim.api.array import broadcast_static_shape
from tfshim.api.casting import cast
from tfshim.api.creation import eye
from tfshim.api.linalg import band_part, diag_part, matmul, set_diag
from tfshim.api.math_unary import real
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.tensor import Tensor

_eig = op("Eig")
_eigh = op("SelfAdjointEigV2")
_max = op("Max")
_select = op("SelectV2")
_shape = op("Shape")
_sum = op("Sum")
_svd = op("Svd")
_triangular_solve = op("MatrixTriangularSolve")
LogMatrixDeterminant = namedtuple("LogMatrixDeterminant", ["sign", "log_abs_determinant"])
Lu = namedtuple("Lu", ["lu", "p"])
Qr = namedtuple("Qr", ["q", "r"])
_LAST = np.array([-1], np.int32)


@export("linalg.cholesky")
@operator_dispatch.method("cholesky")
def cholesky(input, name=None):
    """The lower triangular factors L of positive definite matrices L L^H; only the lower triangle is read.

    nan for a matrix that is not positive definite.
    """
    return op("Cholesky")(input, name=name)


@export("linalg.cholesky_solve")
def cholesky_solve(chol, rhs, name=None):
    """Solves A x = rhs, given the factor `chol` of A (see `cholesky`)."""
    half = _triangular_solve(chol, rhs)
    return _triangular_solve(chol, half, adjoint=True, name=name)


@export("linalg.inv")
@operator_dispatch.takes_operators(operator_dispatch.inverse)
def inv(input, adjoint=False, name=None):
    """The inverses of square matrices, or of their adjoints; InvalidArgumentError for a singular one."""
    return op("MatrixInverse")(input, adjoint=adjoint, name=name)


@export("linalg.det")
@operator_dispatch.method("determinant")
def det(input, name=None):
    """The determinants of square matrices."""
    return op("MatrixDeterminant")(input, name=name)


@export("linalg.slogdet")
def slogdet(input, name=None):
    """Sign and logarithm of the absolute value of the determinants of square matrices."""
    return LogMatrixDeterminant(*op("LogMatrixDeterminant")(input, name=name))


@export("linalg.logdet")
@operator_dispatch.takes_operators(operator_dispatch.log_determinant)
def logdet(matrix, name=None):
    """The logarithms of the determinants of positive definite matrices."""
    factor = cholesky(convert_to_tensor(matrix, name="matrix"))
    return op("Mul")(2.0, _sum(op("Log")(real(diag_part(factor))), _LAST), name=name)


@export("linalg.solve")
@operator_dispatch.takes_operators(operator_dispatch.solution)
def solve(matrix, rhs, adjoint=False, name=None):
    """Solves matrix x = rhs (with the adjoint of the matrix if `adjoint`), without broadcasting.

    Raises:
      InvalidArgumentError: for a singular matrix or shapes that do not fit.
    """
    return op("MatrixSolve")(matrix, rhs, adjoint=adjoint, name=name)


@export("linalg.triangular_solve")
def triangular_solve(matrix, rhs, lower=True, adjoint=False, name=None):
    """Solves matrix x = rhs for a triangular matrix: only that triangle is read. Batches broadcast."""
    return _triangular_solve(matrix, rhs, lower=lower, adjoint=adjoint, name=name)


@export("linalg.lstsq")
def lstsq(matrix, rhs, l2_regularizer=0.0, fast=True, name=None):
    """Solves min |matrix x - rhs|^2 + l2_regularizer |x|^2, or for x of least norm if it is underdetermined.

    Args:
      matrix: `[..., rows, columns]`.
      rhs: `[..., rows, k]`.
      l2_regularizer: non-negative number.
      fast: by the normal equations, where the batches are broadcast; otherwise by a decomposition that bears rank
        deficiency (the first gives nan for it).
      name: name of the op in a graph.

    Raises:
      NotImplementedError: for complex128 with regularisation, as in TensorFlow.
    """
    matrix = convert_to_tensor(matrix, name="matrix")
    if matrix.dtype is dtypes.complex128 and l2_regularizer != 0:
        raise NotImplementedError(
            "lstsq does not take l2_regularizer != 0 for a matrix of complex128: its accuracy would be poor."
        )
    if not fast:
        regularizer = convert_to_tensor(l2_regularizer, dtype=dtypes.float64)
        return op("MatrixSolveLs")(matrix, rhs, regularizer, fast=False, name=name)
    matrix, rhs = _of_one_batch(matrix, convert_to_tensor(rhs, name="rhs"))
    rows, columns = matrix.shape[-2:] if matrix.shape.rank is not None else (None, None)
    if None not in (rows, columns):
        return _least_squares(matrix, rhs, l2_regularizer, rows >= columns, name)
    from tfshim.control_flow.cond import cond

    sizes = _shape(matrix)
    return cond(
        op("GreaterEqual")(sizes[-2], sizes[-1]),
        lambda: _least_squares(matrix, rhs, l2_regularizer, True, None),
        lambda: _least_squares(matrix, rhs, l2_regularizer, False, None),
        name=name or "lstsq",
    )


def _least_squares(matrix, rhs, regularizer, overdetermined, name):
    """The solution by the normal equations, on the smaller side of the matrix."""
    gram = matmul(matrix, matrix, adjoint_a=overdetermined, adjoint_b=not overdetermined)
    if isinstance(regularizer, Tensor) or regularizer != 0:
        gram = gram + eye(_shape(gram)[-1], dtype=gram.dtype) * cast(regularizer, gram.dtype)
    factor = cholesky(gram)
    if overdetermined:
        return cholesky_solve(factor, matmul(matrix, rhs, adjoint_a=True), name=name)
    return matmul(matrix, cholesky_solve(factor, rhs), adjoint_a=True, name=name)


def _of_one_batch(a, b):
    """Matrices with their batches broadcast, unless these are known to be equal."""
    if a.shape.rank is None or b.shape.rank is None or min(a.shape.rank, b.shape.rank) < 2:
        return a, b
    batches = a.shape[:-2], b.shape[:-2]
    if batches[0] == batches[1] and batches[0].is_fully_defined():
        return a, b
    shapes = _shape(a), _shape(b)
    batch = op("BroadcastArgs")(*(shape[:-2] for shape in shapes))
    return [
        op("BroadcastTo")(x, op("ConcatV2")([batch, shape[-2:]], 0)) for x, shape in zip((a, b), shapes, strict=True)
    ]


@export("linalg.qr")
def qr(input, full_matrices=False, name=None):
    """Factors Q (orthonormal columns) and R (upper triangular). Signs may differ from TensorFlow's."""
    return Qr(*op("Qr")(input, full_matrices=full_matrices, name=name))


@export("linalg.svd")
def svd(tensor, full_matrices=False, compute_uv=True, name=None):
    """Singular values s in descending order, and u, v: tensor = u diag(s) v^H. Only s if not `compute_uv`.

    The signs of singular vectors may differ from TensorFlow's.
    """
    s, u, v = _svd(tensor, full_matrices=full_matrices, compute_uv=compute_uv, name=name)
    return (real(s), u, v) if compute_uv else real(s)


@export("linalg.eigh")
def eigh(tensor, name=None):
    """Ascending eigenvalues and eigenvectors of self-adjoint matrices; only the lower triangle is read.

    The signs of eigenvectors may differ from TensorFlow's.
    """
    return _eigh(tensor, compute_v=True, name=name)


@export("linalg.eigvalsh")
def eigvalsh(tensor, name=None):
    """The eigenvalues of `eigh`."""
    return _eigh(tensor, compute_v=False, name=name)[0]


def _complex_type(tensor):
    return dtypes.complex64 if tensor.dtype in (dtypes.float32, dtypes.complex64) else dtypes.complex128


@export("linalg.eig", "eig")
def eig(tensor, name=None):
    """Complex eigenvalues and eigenvectors of square matrices; on the CPU only."""
    tensor = convert_to_tensor(tensor)
    return _eig(tensor, Tout=_complex_type(tensor), compute_v=True, name=name)


@export("linalg.eigvals", "eigvals")
def eigvals(tensor, name=None):
    """The eigenvalues of `eig`."""
    tensor = convert_to_tensor(tensor)
    return _eig(tensor, Tout=_complex_type(tensor), compute_v=False, name=name)[0]


@export("linalg.lu")
def lu(input, output_idx_type=dtypes.int32, name=None):
    """The packed factors of a row permutation of square matrices, and that permutation.

    Raises:
      InvalidArgumentError: for a singular matrix.
    """
    return Lu(*op("Lu")(input, output_idx_type=output_idx_type, name=name))


@export("linalg.expm")
def expm(input, name=None):
    """The matrix exponential of square matrices."""
    return op("MatrixExponential")(input, name=name)


@export("linalg.logm")
def logm(input, name=None):
    """The principal matrix logarithm of complex square matrices."""
    return op("MatrixLogarithm")(input, name=name)


@export("linalg.sqrtm", "matrix_square_root")
def sqrtm(input, name=None):
    """The principal square root of square matrices; on the CPU only."""
    return op("MatrixSquareRoot")(input, name=name)


@export("linalg.matrix_rank")
def matrix_rank(a, tol=None, validate_args=False, name=None):
    """How many singular values of the matrices are greater than `tol`."""
    a = _of_floats(convert_to_tensor(a, name="a", hint=dtypes.float32))
    s = svd(a, compute_uv=False)
    if tol is None:
        tol = _largest_size(a) * np.finfo(a.dtype.as_numpy_dtype).eps * _max(s, _LAST, keep_dims=True)
    return _sum(cast(s > tol, dtypes.int32), _LAST, name=name)


def _of_floats(a):
    if not a.dtype.is_floating:
        raise TypeError(f"The matrices must be of floats, not of {a.dtype.name}.")
    return a


def _largest_size(a):
    sizes = a.shape[-2:]
    if sizes.is_fully_defined():
        return float(max(sizes.as_list()))
    return cast(_max(op("Shape")(a)[-2:], np.zeros([1], np.int32)), a.dtype)


@export("linalg.pinv")
def pinv(a, rcond=None, validate_args=False, name=None):
    """The Moore-Penrose inverses; singular values up to `rcond` times the largest count as zero."""
    a = _of_floats(convert_to_tensor(a, name="a"))
    dtype = a.dtype.as_numpy_dtype
    if rcond is None:
        rcond = _largest_size(a) * (10.0 * np.finfo(dtype).eps)
    rcond = convert_to_tensor(rcond, dtype=a.dtype if not hasattr(rcond, "graph") else None)
    s, u, v = svd(a)
    cutoff = rcond * _max(s, _LAST)
    s = _select(s > op("ExpandDims")(cutoff, -1), s, convert_to_tensor(np.array(np.inf, dtype)))
    return matmul(v / op("ExpandDims")(s, -2), u, adjoint_b=True, name=name)


def _unit_lower(lower_upper):
    """The factor L of packed LU factors, with its ones on the diagonal."""
    ones = op("OnesLike")(diag_part(lower_upper))
    return set_diag(band_part(lower_upper, -1, 0), ones)


@export("linalg.lu_solve")
def lu_solve(lower_upper, perm, rhs, validate_args=False, name=None):
    """Solves A x = rhs, given the results of `lu` for A."""
    lower_upper = convert_to_tensor(lower_upper, name="lower_upper", hint=dtypes.float32)
    perm = convert_to_tensor(perm, name="perm", hint=dtypes.int32)
    rhs = convert_to_tensor(rhs, name="rhs", hint=lower_upper.dtype)
    _check_lu(lower_upper, perm)
    if rhs.shape.rank is not None and rhs.shape.rank < 2:
        raise ValueError(f"Input `rhs` must have at least 2 dimensions. Received shape {rhs.shape}.")
    if perm.shape.rank == 1 and rhs.shape.rank is not None:
        permuted = op("GatherV2")(rhs, perm, np.int32(-2 % rhs.shape.rank))
    else:
        permuted = _permuted_rows(rhs, perm)
    return triangular_solve(lower_upper, triangular_solve(_unit_lower(lower_upper), permuted), lower=False, name=name)


def _permuted_rows(matrices, order):
    """The rows of each matrix in an order of its own, `[..., rows]`, whose batch dimensions broadcast."""
    matrix, rows = op("Shape")(matrices)[-2:], op("Shape")(order)[-1:]
    if order.shape.rank is not None and matrices.shape.rank == order.shape.rank + 1:
        batch = order.shape.rank - 1
        if matrices.shape[:-2].is_fully_defined() and matrices.shape[:-2] == order.shape[:-1]:
            return op("GatherV2")(matrices, order, np.int32(batch), batch_dims=batch)
    batch = op("BroadcastArgs")(op("Shape")(matrices)[:-2], op("Shape")(order)[:-1])
    shape = op("ConcatV2")([batch, matrix], 0)
    flat = op("Reshape")(op("BroadcastTo")(matrices, shape), op("ConcatV2")([[-1], matrix], 0))
    flat_order = op("Reshape")(op("BroadcastTo")(order, op("ConcatV2")([batch, rows], 0)), [-1, rows[0]])
    permuted = op("Reshape")(op("GatherV2")(flat, flat_order, np.int32(1), batch_dims=1), shape)
    if None not in (matrices.shape.rank, order.shape.rank):
        inner = broadcast_static_shape(matrices.shape[:-2], order.shape[:-1])
        permuted.set_shape(inner.concatenate(matrices.shape[-2:]))
    return permuted


def _check_lu(lower_upper, perm):
    """Refuses what `lu` cannot have given, as far as its shapes are known."""
    rank = lower_upper.shape.rank
    if rank is not None and rank < 2:
        raise ValueError(f"Input `lower_upper` must have at least 2 dimensions. Received shape {lower_upper.shape}.")
    if None not in (rank, perm.shape.rank) and rank != perm.shape.rank + 1:
        raise ValueError(
            f"`rank(lower_upper)` must equal `rank(perm) + 1`. Received shapes {lower_upper.shape} and {perm.shape}."
        )
    if rank is not None and None not in lower_upper.shape[-2:] and lower_upper.shape[-2] != lower_upper.shape[-1]:
        raise ValueError(f"`lower_upper` must be square. Received shape {lower_upper.shape}.")


@export("linalg.lu_reconstruct")
def lu_reconstruct(lower_upper, perm, validate_args=False, name=None):
    """The matrices of which `lu` gave `lower_upper` and `perm`."""
    lower_upper = convert_to_tensor(lower_upper, name="lower_upper", hint=dtypes.float32)
    perm = convert_to_tensor(perm, name="perm", hint=dtypes.int32)
    _check_lu(lower_upper, perm)
    product = matmul(_unit_lower(lower_upper), band_part(lower_upper, 0, -1))
    # The permutation that sorts `perm` undoes it.
    known = None if perm.shape.rank is None else perm.shape[-1]
    order = op("TopKV2")(-perm, op("Shape")(perm)[-1] if known is None else known)[1]
    return op("Identity")(_permuted_rows(product, order), name=name)


@export("linalg.lu_matrix_inverse")
def lu_matrix_inverse(lower_upper, perm, validate_args=False, name=None):
    """The inverses of the matrices of which `lu` gave `lower_upper` and `perm`."""
    lower_upper = convert_to_tensor(lower_upper, name="lower_upper", hint=dtypes.float32)
    perm = convert_to_tensor(perm, name="perm", hint=dtypes.int32)
    _check_lu(lower_upper, perm)
    zeros = op("ZerosLike")(lower_upper)
    eye = set_diag(zeros, op("OnesLike")(diag_part(zeros)))
    return lu_solve(lower_upper, perm, eye, validate_args, name)


def _three_diagonals(diagonals, diagonals_format):
    """Superdiagonal, main diagonal and subdiagonal, each as long as the main one."""
    if diagonals_format == "sequence":
        if not isinstance(diagonals, (tuple, list)) or len(diagonals) != 3:
            raise ValueError("Expected diagonals to be a sequence of length 3.")
        upper, main, lower = (convert_to_tensor(d) for d in diagonals)
        return _padded(upper, main, 0, "superdiagonal"), main, _padded(lower, main, 1, "subdiagonal")
    diagonals = convert_to_tensor(diagonals)
    if diagonals_format == "matrix":
        rows, columns = (None, None) if diagonals.shape.rank is None else diagonals.shape[-2:]
        if rows and columns and rows != columns:
            raise ValueError(f"Expected last two dimensions of diagonals to be same, got {rows} and {columns}")
        diagonals = diag_part(diagonals, k=(-1, 1), padding_value=0.0, align="LEFT_RIGHT")
    elif diagonals_format != "compact":
        raise ValueError(f"Unrecognized diagonals_format: {diagonals_format}")
    return tuple(diagonals[..., i, :] for i in range(3))


def _padded(diagonal, main, before, name):
    n, m = diagonal.shape[-1], main.shape[-1]
    if n is None or n == m:
        return diagonal
    if n != m - 1:
        raise ValueError(f"Expected {name} to be have length {m} or {m - 1}, got {n}.")
    widths = np.zeros((diagonal.shape.rank, 2), np.int32)
    widths[-1] = (1, 0) if before else (0, 1)
    return op("Pad")(diagonal, widths)


@export("linalg.tridiagonal_matmul")
def tridiagonal_matmul(diagonals, rhs, diagonals_format="compact", name=None):
    """The products of tridiagonal matrices with `rhs`.

    Args:
      diagonals: `[..., 3, n]` ("compact": super-, main and subdiagonal), the three of them ("sequence"), or
        `[..., n, n]` ("matrix").
      rhs: `[..., n, k]`.
      diagonals_format: "compact", "sequence" or "matrix".
      name: name of the op in a graph.
    """
    rows = [op("ExpandDims")(d, -2) for d in _three_diagonals(diagonals, diagonals_format)]
    return op("TridiagonalMatMul")(*rows, rhs, name=name)


@export("linalg.tridiagonal_solve")
def tridiagonal_solve(
    diagonals,
    rhs,
    diagonals_format="compact",
    transpose_rhs=False,
    conjugate_rhs=False,
    name=None,
    partial_pivoting=True,
    perturb_singular=False,
):
    """Solves tridiagonal systems; see `tridiagonal_matmul` for `diagonals`.

    `rhs` is `[..., n]` or `[..., n, k]`; `perturb_singular` is not supported.
    """
    if perturb_singular and not partial_pivoting:
        raise ValueError("partial_pivoting must be True if perturb_singular is.")
    if diagonals_format == "compact":
        diagonals = convert_to_tensor(diagonals)
        if diagonals.shape.rank is not None and diagonals.shape[-2] not in (None, 0, 3):
            raise ValueError(f"A tridiagonal matrix has 3 diagonals, not {diagonals.shape[-2]}")
        compact = diagonals
    else:
        compact = op("Pack")(list(_three_diagonals(diagonals, diagonals_format)), axis=-2)
    rhs = convert_to_tensor(rhs)
    is_vector = None not in (rhs.shape.rank, compact.shape.rank) and rhs.shape.rank == compact.shape.rank - 1
    if is_vector:
        rhs = op("ExpandDims")(rhs, -1)
    elif transpose_rhs:
        from tfshim.api.linalg import matrix_transpose

        rhs = matrix_transpose(rhs, conjugate=conjugate_rhs)
        conjugate_rhs = False
    if conjugate_rhs and rhs.dtype.is_complex:
        rhs = op("Conj")(rhs)
    solution = op("TridiagonalSolve")(compact, rhs, partial_pivoting=partial_pivoting, name=name)
    return op("Squeeze")(solution, squeeze_dims=(-1,)) if is_vector else solution
