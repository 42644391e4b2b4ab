"""Batches of sparse matrices within variants: TensorFlow's `SparseMatrix...` and `CSRSparseMatrix...` ops.

They run on the host. SparseMatrixAdd, -Mul, -Softmax and -Zeros, which TensorFlow has for GPUs alone, run here too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tfshim import errors
from tfshim.ops.host_variants import HostVariant
from tfshim.ops.kernels.sparse_common import check_bounds, check_parts
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR, UNKNOWN, invalid, shape_text
from tfshim.shapes import from_dims


@dataclass(frozen=True, slots=True)
class SparseMatrices(HostVariant):
    """A sparse matrix, or a batch of them: positions in row-major order, without repetitions.

    The fields: `indices` of shape `[n, 2]`, `[n, 3]` for a batch, `values` of `[n]`, `shape` of `[2]` or `[3]`.
    """

    indices: np.ndarray
    values: np.ndarray
    shape: np.ndarray

    def batch(self) -> np.ndarray:
        """Of each value, which matrix of the batch it belongs to."""
        return self.indices[:, 0] if self.shape.size == 3 else np.zeros(len(self.indices), np.int64)

    def count(self) -> int:
        """How many matrices there are."""
        return int(self.shape[0]) if self.shape.size == 3 else 1

    def block_diagonal(self, values: np.ndarray | None = None) -> Any:
        """One matrix with all of them on its diagonal, of SciPy."""
        from scipy.sparse import csr_matrix  # not at the top: importing it takes long

        rows, columns = map(int, self.shape[-2:])
        first = self.batch()
        at = (self.indices[:, -2] + first * rows, self.indices[:, -1] + first * columns)
        size = (self.count() * rows, self.count() * columns)
        return csr_matrix((self.values if values is None else values, at), size)

    def dense(self) -> np.ndarray:
        """The matrices written out."""
        result = np.zeros(self.shape, self.values.dtype)
        result[tuple(self.indices.T)] = self.values
        return result


def _ordered(indices: np.ndarray, values: np.ndarray, shape: Any) -> SparseMatrices:
    """Matrices of positions in any order, of which none is given twice."""
    order = np.lexsort(indices.T[::-1])
    return SparseMatrices(indices[order].astype(np.int64), values[order], np.asarray(shape, np.int64))


def _matrices(found: Any, dtype: Any = None) -> SparseMatrices:
    """What a variant holds; InvalidArgumentError unless it is matrices, and of type `dtype`."""
    if not isinstance(found, SparseMatrices):
        raise invalid("The variant does not hold a CSRSparseMatrix")
    if dtype is not None and found.values.dtype != dtype.as_numpy_dtype:
        raise invalid(f"Asked for a CSRSparseMatrix of type {dtype.name} but saw type {found.values.dtype.name}")
    return found


def _check_rank(rank: int, what: str) -> None:
    if rank not in (2, 3):
        raise invalid(f"{what} must have rank 2 or 3, but has rank {rank}")


# In and out ----------------------------------------------------------------------------------------------


@kernel("DenseToCSRSparseMatrix", host=True)
def dense_to_csr(dense, indices):
    _check_rank(dense.ndim, "params")
    if indices.ndim != 2 or indices.shape[1] != dense.ndim:
        raise invalid(f"indices.shape[1] must be equal to the rank of params, got {shape_text(indices.shape)}")
    check_bounds(indices, np.array(dense.shape))
    return _ordered(indices, dense[tuple(indices.T)], dense.shape)


@kernel("SparseTensorToCSRSparseMatrix", host=True)
def sparse_tensor_to_csr(indices, values, dense_shape):
    check_parts(indices, values, dense_shape)
    _check_rank(dense_shape.size, "SparseTensor")
    check_bounds(indices, dense_shape)
    return _ordered(indices, values, dense_shape)


@kernel("CSRSparseMatrixToSparseTensor", host=True)
def csr_to_sparse_tensor(matrices, *, type):
    found = _matrices(matrices, type)
    return found.indices, found.values, found.shape


@kernel("CSRSparseMatrixToDense", host=True)
def csr_to_dense(matrices, *, type):
    return _matrices(matrices, type).dense()


@kernel("CSRSparseMatrixComponents", host=True)
def csr_components(matrices, index, *, type):
    found = _matrices(matrices, type)
    if index.ndim:
        raise invalid(f"index should be a scalar, but saw shape {shape_text(index.shape)}")
    if not 0 <= index < found.count():
        raise invalid(f"index ({index}) not in [0, {found.count()})")
    mine = found.batch() == index
    rows, columns = found.indices[mine, -2], found.indices[mine, -1]
    starts = np.searchsorted(rows, np.arange(found.shape[-2] + 1))
    return starts.astype(np.int32), columns.astype(np.int32), found.values[mine]


@kernel("SparseMatrixNNZ", host=True)
def number_of_values(matrices):
    found = _matrices(matrices)
    if found.shape.size == 2:
        return np.int32(len(found.values))
    return np.bincount(found.batch(), minlength=found.count()).astype(np.int32)


@kernel("SparseMatrixZeros", host=True)
def zeros(dense_shape, *, type):
    _check_rank(dense_shape.size, "dense_shape")
    return _ordered(np.zeros((0, dense_shape.size), np.int64), np.zeros(0, type.as_numpy_dtype), dense_shape)


# Arithmetic ----------------------------------------------------------------------------------------------


def _transposed(matrices: SparseMatrices, conjugate: bool = False) -> SparseMatrices:
    indices, shape = matrices.indices.copy(), matrices.shape.copy()
    indices[:, [-2, -1]], shape[[-2, -1]] = indices[:, [-1, -2]], shape[[-1, -2]]
    return _ordered(indices, np.conj(matrices.values) if conjugate else matrices.values, shape)


@kernel("SparseMatrixTranspose", host=True)
def transpose(matrices, *, conjugate, type):
    return _transposed(_matrices(matrices, type), conjugate)


@kernel("SparseMatrixAdd", host=True)
def add(a, b, alpha, beta):
    first, second = _matrices(a), _matrices(b)
    if first.shape.tolist() != second.shape.tolist():
        raise invalid(f"Shapes of a and b must match, saw: {shape_text(first.shape)} vs. {shape_text(second.shape)}")
    every = np.concatenate([first.indices, second.indices])
    indices, where = np.unique(every, axis=0, return_inverse=True)
    values = np.zeros(len(indices), first.values.dtype)
    np.add.at(values, where.reshape(-1), np.concatenate([alpha * first.values, beta * second.values]))
    return SparseMatrices(indices.reshape(-1, first.shape.size), values, first.shape)


@kernel("SparseMatrixMul", host=True)
def multiply(a, b):
    found = _matrices(a)
    if b.ndim and (b.ndim != 3 or found.shape.size != 3 or b.shape != (found.count(), 1, 1)):
        message = f"b must be a scalar, or [{found.count()},1,1] for a batch of matrices; got {shape_text(b.shape)}"
        raise errors.UnimplementedError(None, None, message)
    factors = b.reshape(-1)[found.batch()] if b.ndim else b
    return replace(found, values=found.values * factors)


def _check_operands(a: Any, b: Any) -> None:
    """The shapes of two operands, after they were transposed."""
    if len(a) != len(b):
        raise invalid(f"Ranks of a and b must match, saw: {len(a)} vs. {len(b)}.")
    if a[-1] != b[-2]:
        raise invalid(f"Inner product dimensions of A and B do not agree. Shapes are: {list(a)} vs. {list(b)}")
    if len(a) == 3 and a[0] != b[0]:
        raise invalid(f"Batch sizes of A and B do not agree. Batch sizes are: {a[0]} vs. {b[0]}")


def _check_flags(**flags: bool) -> None:
    for side in "ab":
        if flags[f"adjoint_{side}"] and flags[f"transpose_{side}"]:
            raise invalid(f"Only one of adjoint_{side} and transpose_{side} may be true.")


def _turned(matrices: SparseMatrices, transpose: bool, adjoint: bool) -> SparseMatrices:
    return _transposed(matrices, adjoint) if transpose or adjoint else matrices


@kernel("SparseMatrixMatMul", host=True)
def matmul(a, b, *, transpose_a, transpose_b, adjoint_a, adjoint_b, transpose_output, conjugate_output):
    _check_flags(transpose_a=transpose_a, transpose_b=transpose_b, adjoint_a=adjoint_a, adjoint_b=adjoint_b)
    left = _turned(_matrices(a), transpose_a, adjoint_a)
    if b.ndim >= 2 and (transpose_b or adjoint_b):
        b = np.swapaxes(np.conj(b) if adjoint_b else b, -1, -2)
    _check_operands(left.shape.tolist(), b.shape)
    product = left.block_diagonal() @ np.ascontiguousarray(b).reshape(-1, b.shape[-1])
    product = product.reshape(*left.shape[:-1], b.shape[-1]).astype(b.dtype)
    product = np.conj(product) if conjugate_output else product
    return np.ascontiguousarray(np.swapaxes(product, -1, -2)) if transpose_output else product


@kernel("SparseMatrixSparseMatMul", host=True)
def sparse_matmul(a, b, *, type, transpose_a, transpose_b, adjoint_a, adjoint_b):
    _check_flags(transpose_a=transpose_a, transpose_b=transpose_b, adjoint_a=adjoint_a, adjoint_b=adjoint_b)
    left = _turned(_matrices(a, type), transpose_a, adjoint_a)
    right = _turned(_matrices(b, type), transpose_b, adjoint_b)
    _check_operands(left.shape.tolist(), right.shape.tolist())
    # What can be other than zero, from ones: sums that cancel stay values of the product.
    ones = [m.block_diagonal(np.ones(len(m.values))) for m in (left, right)]
    rows, columns = (ones[0] @ ones[1]).nonzero()
    values = np.asarray((left.block_diagonal() @ right.block_diagonal())[rows, columns]).reshape(-1)
    shape = [*left.shape[:-1], right.shape[-1]]
    indices = np.stack([rows // shape[-2], rows % shape[-2], columns % shape[-1]][-len(shape) :], -1)
    return _ordered(indices.reshape(-1, len(shape)), values.astype(type.as_numpy_dtype), shape)


# Rows of a softmax, and factors --------------------------------------------------------------------------


def _row_of_each(matrices: SparseMatrices) -> np.ndarray:
    """A number for the row of each value, different for all rows of all matrices."""
    return matrices.batch() * matrices.shape[-2] + matrices.indices[:, -2]


@kernel("SparseMatrixSoftmax", host=True)
def softmax(logits, *, type):
    found = _matrices(logits, type)
    rows = _row_of_each(found)
    count = found.count() * int(found.shape[-2])
    largest = np.full(count, -np.inf, found.values.dtype)
    np.maximum.at(largest, rows, found.values)
    exponentials = np.exp(found.values - largest[rows])
    sums = np.bincount(rows, exponentials, count)
    return replace(found, values=(exponentials / sums[rows]).astype(found.values.dtype))


@kernel("SparseMatrixSoftmaxGrad", host=True)
def softmax_grad(softmax, grad_softmax, *, type):
    found, cotangent = _matrices(softmax, type), _matrices(grad_softmax, type)
    given = cotangent.dense()[tuple(found.indices.T)]
    rows = _row_of_each(found)
    sums = np.bincount(rows, given * found.values, found.count() * int(found.shape[-2]))
    return replace(found, values=((given - sums[rows]) * found.values).astype(found.values.dtype))


def _each(found: SparseMatrices) -> list[SparseMatrices]:
    batch = found.batch()
    parts = (batch == i for i in range(found.count()))
    return [SparseMatrices(found.indices[mine, -2:], found.values[mine], found.shape[-2:]) for mine in parts]


def _check_square(found: SparseMatrices) -> None:
    rows, columns = found.shape[-2:]
    if rows != columns:
        raise invalid(f"sparse matrix must be square; got: {rows} != {columns}")


@kernel("SparseMatrixOrderingAMD", host=True)
def ordering(matrices):
    """The order of least degree, exactly; TensorFlow approximates degrees, so that its orders may be others."""
    found = _matrices(matrices)
    _check_square(found)
    orders = np.array([_order_of_least_degree(m) for m in _each(found)], np.int32)
    return orders.reshape(found.shape[:-1])


def _order_of_least_degree(matrix: SparseMatrices) -> list[int]:
    neighbours: dict[int, set[int]] = {i: set() for i in range(int(matrix.shape[0]))}
    for i, j in matrix.indices.tolist():
        if i != j:
            neighbours[i].add(j)
            neighbours[j].add(i)
    order = []
    while neighbours:
        node = min(neighbours, key=lambda i: (len(neighbours[i]), i))
        near = neighbours.pop(node)
        for other in near:
            neighbours[other] |= near
            neighbours[other] -= {node, other}
        order.append(node)
    return order


@kernel("SparseMatrixSparseCholesky", host=True)
def cholesky(matrices, permutation, *, type):
    """Factors of the matrices in the order of `permutation`. One matrix at a time is written out."""
    found = _matrices(matrices, type)
    _check_square(found)
    if permutation.shape != tuple(found.shape[:-1]):
        raise invalid(
            f"permutation must be of shape {shape_text(found.shape[:-1])}, not {shape_text(permutation.shape)}"
        )
    orders = permutation.reshape(found.count(), -1)
    if (np.sort(orders, axis=1) != np.arange(orders.shape[1])).any():
        raise invalid("permutation must hold each row once")
    factors = np.zeros(found.shape, found.values.dtype).reshape(-1, *found.shape[-2:])
    for i, (matrix, order) in enumerate(zip(_each(found), orders, strict=True)):
        try:
            factors[i] = np.linalg.cholesky(matrix.dense()[np.ix_(order, order)])
        except np.linalg.LinAlgError:
            message = f"Sparse Cholesky factorization failed for batch index {i}. The input might not be valid."
            raise invalid(message) from None
    factors = factors.reshape(found.shape)
    indices = np.stack(np.nonzero(factors), -1)
    return _ordered(indices, factors[tuple(indices.T)], found.shape)


# Static shapes -------------------------------------------------------------------------------------------

_OF_VARIANTS = ("SparseMatrixZeros", "SparseMatrixTranspose", "SparseMatrixAdd", "SparseMatrixMul")
_OF_VARIANTS += ("SparseMatrixSoftmax", "SparseMatrixSoftmaxGrad", "SparseMatrixSparseCholesky")


@shape_function(*_OF_VARIANTS)
def _(op):
    return SCALAR


@shape_function("CSRSparseMatrixToDense", "SparseMatrixNNZ", "SparseMatrixOrderingAMD")
def _(op):
    return UNKNOWN


def _check_positions(op, i: int, rank: int | None) -> None:
    columns = op.shape(i).with_rank(2).as_list()[1]
    _check_rank(2 if rank is None else rank, "A matrix")
    if None not in (rank, columns) and rank != columns:
        raise invalid(f"Dimensions must be equal, but are {columns} and {rank}")


@shape_function("DenseToCSRSparseMatrix")
def _(op):
    _check_positions(op, 1, op.shape(0).rank)
    return SCALAR


@shape_function("SparseTensorToCSRSparseMatrix")
def _(op):
    _check_positions(op, 0, op.shape(2).with_rank(1).as_list()[0])
    op.shape(0)[:1].assert_is_compatible_with(op.shape(1).with_rank(1))
    return SCALAR


@shape_function("SparseMatrixMatMul", "SparseMatrixSparseMatMul")
def _(op):
    _check_flags(**{f"{way}_{side}": op.attr(f"{way}_{side}") for way in ("transpose", "adjoint") for side in "ab"})
    if op.dtype(1).name == "variant":
        return SCALAR
    _check_rank(2 if op.shape(1).rank is None else op.shape(1).rank, "b")
    return UNKNOWN


@shape_function("CSRSparseMatrixToSparseTensor")
def _(op):
    return from_dims((None, None)), from_dims((None,)), from_dims((None,))


@shape_function("CSRSparseMatrixComponents")
def _(op):
    return (from_dims((None,)),) * 3
