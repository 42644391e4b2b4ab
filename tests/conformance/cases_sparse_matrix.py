"""Raw ops on batches of sparse matrices within variants. Real TensorFlow has those of `OWN` for GPUs alone."""

from __future__ import annotations

import numpy as np

from .runner import Program, raised

_random = np.random.RandomState(3)


def _sparse(*shape, dtype="float32"):
    values = _random.rand(*shape) * (_random.rand(*shape) > 0.5)
    return (values * (1 + 2j) if dtype.startswith("complex") else values).astype(dtype)


A, B, C, SQUARE = _sparse(3, 4), _sparse(2, 3, 4), _sparse(3, 4, dtype="complex64"), _sparse(3, 3)
POSITIVE = np.array([[4, 1, 0], [1, 3, 1], [0, 1, 5]], np.float32)
X, Y = _random.rand(4, 2).astype("float32"), _random.rand(2, 4, 2).astype("float32")
Z = (_random.rand(4, 2) + 1j).astype("complex64")


def places(m):
    return np.stack(np.nonzero(m), -1).astype(np.int64)


def csr(tf, m, pattern=None):
    return tf.raw_ops.DenseToCSRSparseMatrix(dense_input=m, indices=places(m if pattern is None else pattern))


def parts(tf, matrices, dtype=np.float32):
    return tf.raw_ops.CSRSparseMatrixToSparseTensor(sparse_matrix=matrices, type=dtype)


def dense(tf, matrices, dtype=np.float32):
    return tf.raw_ops.CSRSparseMatrixToDense(sparse_input=matrices, type=dtype)


def times(tf, a, b, **options):
    return tf.raw_ops.SparseMatrixMatMul(a=csr(tf, a), b=b, **options)


def both(tf, a, b, **options):
    return tf.raw_ops.SparseMatrixSparseMatMul(a=csr(tf, a), b=csr(tf, b), type=np.float32, **options)


def factor(tf, m, order):
    return parts(tf, tf.raw_ops.SparseMatrixSparseCholesky(input=csr(tf, m), permutation=order, type=np.float32))


def components(tf, m, i):
    return tf.raw_ops.CSRSparseMatrixComponents(csr_sparse_matrix=csr(tf, m), index=i, type=np.float32)


def transposed(tf, m, **options):
    dtype = m.dtype
    return parts(tf, tf.raw_ops.SparseMatrixTranspose(input=csr(tf, m), type=dtype, **options), dtype)


def from_coo(tf, shape):
    return dense(tf, tf.raw_ops.SparseTensorToCSRSparseMatrix(indices=places(A), values=A[A != 0], dense_shape=shape))


OPS = {
    "dense": lambda tf: [dense(tf, csr(tf, m)) for m in (A, B)],
    "parts": lambda tf: [parts(tf, csr(tf, m)) for m in (A, B)],
    "components": lambda tf: [components(tf, A, 0), components(tf, B, 1)],
    "from-coo": lambda tf: from_coo(tf, [3, 4]),
    "count": lambda tf: [tf.raw_ops.SparseMatrixNNZ(sparse_matrix=csr(tf, m)) for m in (A, B)],
    "transpose": lambda tf: [transposed(tf, B), transposed(tf, C), transposed(tf, C, conjugate=True)],
    "matmul": lambda tf: [times(tf, A, X), times(tf, B, Y), times(tf, C, Z)],
    "matmul-turned": lambda tf: [
        times(tf, A.T.copy(), X, transpose_a=True),
        times(tf, A, X.T.copy(), transpose_b=True, transpose_output=True),
        times(tf, C.T.copy(), Z, adjoint_a=True, conjugate_output=True),
        times(tf, C, Z.T.copy(), adjoint_b=True, transpose_output=True, conjugate_output=True),
    ],
    "sparse-matmul": lambda tf: [
        parts(tf, both(tf, A, SQUARE, transpose_a=True)),
        parts(tf, both(tf, B, B, adjoint_b=True)),
    ],
    "cholesky": lambda tf: [factor(tf, POSITIVE, [0, 1, 2]), factor(tf, POSITIVE, [2, 0, 1])],
    "ordering": lambda tf: tf.raw_ops.SparseMatrixOrderingAMD(input=csr(tf, POSITIVE)),
}  # fmt: skip
REFUSED = {
    "matrix": lambda tf: components(tf, B, 2),
    "type": lambda tf: dense(tf, csr(tf, A), np.float64),
    "inner": lambda tf: times(tf, A, X.T),
    "batch": lambda tf: times(tf, B, X),
    "vector": lambda tf: times(tf, A, X[:, 0]),
    "flags": lambda tf: times(tf, A, X, transpose_a=True, adjoint_a=True),
    "sparse-inner": lambda tf: both(tf, A, A),
    "negative": lambda tf: factor(tf, -POSITIVE, [0, 1, 2]),
    "square": lambda tf: factor(tf, A, [0, 1, 2]),
    "rank": lambda tf: csr(tf, A[0]),
    "indices": lambda tf: csr(tf, A, B),
    "outside": lambda tf: tf.raw_ops.DenseToCSRSparseMatrix(dense_input=A, indices=[[0, 9]]),
    "coo-rank": lambda tf: from_coo(tf, [3, 4, 5]),
    "coo-outside": lambda tf: from_coo(tf, [2, 2]),
}
# Of these sizes cannot be known before they run, in tfshim: what is within a variant is not part of its static type.
OF_VARIANTS = ("inner", "batch", "vector", "sparse-inner", "square")


def traced(fn):
    return lambda tf: tf.function(lambda: fn(tf))()


def refusals(tf):
    in_graphs = {n: raised(lambda f=f: traced(f)(tf)) for n, f in REFUSED.items() if n not in OF_VARIANTS}
    return [{n: raised(lambda f=f: f(tf)) for n, f in REFUSED.items()}, in_graphs]


def gradients(tf):
    """Through matrices to what they are made of: values where they have some."""

    def of(fn, *given):
        tensors = [tf.constant(g) for g in given]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            result = fn(*tensors)
        return tape.gradient(result, tensors)

    def product(m, **options):
        return lambda a, b: tf.abs(tf.raw_ops.SparseMatrixMatMul(a=csr(tf, a, m), b=b, **options)) ** 2

    def round_trip(a):
        return dense(tf, tf.raw_ops.SparseMatrixTranspose(input=csr(tf, a, A), type=np.float32)) ** 2

    return [
        of(product(A), A, X),
        of(product(B), B, Y),
        of(product(A, transpose_a=True, transpose_b=True), A, X[:3].T.copy()),
        of(product(C, adjoint_a=True, conjugate_output=True, transpose_output=True), C, Z[:3]),
        of(product(C, adjoint_b=True), C, Z.T.copy()),
        of(round_trip, A),
        of(lambda a: parts(tf, csr(tf, a, A))[1] ** 2, A),
        traced(lambda tf: of(product(A), A, X))(tf),
    ]


def own(tf):
    """The ops that TensorFlow has no CPU kernels for, against NumPy."""
    raw = tf.raw_ops
    if not hasattr(tf, "install"):
        return []
    logits = raw.SparseMatrixSoftmax(logits=csr(tf, A), type=np.float32)
    exponentials = np.where(A != 0, np.exp(A), 0)
    expected = exponentials / exponentials.sum(-1, keepdims=True)
    grad = raw.SparseMatrixSoftmaxGrad(softmax=logits, grad_softmax=csr(tf, A), type=np.float32)
    summed = raw.SparseMatrixAdd(a=csr(tf, A), b=csr(tf, B[0]), alpha=2.0, beta=-1.0)
    scaled = raw.SparseMatrixMul(a=csr(tf, B), b=np.array([[[2.0]], [[3.0]]], np.float32))
    zeros = raw.SparseMatrixZeros(dense_shape=[2, 3], type=np.float32)
    pairs = [
        (dense(tf, logits), expected),
        (dense(tf, grad), expected * (A - (expected * A).sum(-1, keepdims=True))),
        (dense(tf, summed), 2 * A - B[0]),
        (dense(tf, scaled), B * [[[2.0]], [[3.0]]]),
        (dense(tf, zeros), np.zeros([2, 3])),
    ]
    for found, wanted in pairs:
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    return []


CASES = [
    *(Program(f"csr-{name}", fn, rtol=1e-4, atol=1e-5) for name, fn in OPS.items()),
    *(Program(f"csr-{name}-traced", traced(fn), rtol=1e-4, atol=1e-5) for name, fn in OPS.items()),
    Program("csr-refusals", refusals),
    Program("csr-gradients", gradients, rtol=1e-4, atol=1e-5),
    Program("csr-own", own),
]
