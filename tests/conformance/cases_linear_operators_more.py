"""`tf.linalg.LinearOperator`: parts of the batch, checks of sizes, the conjugate gradient method."""

from __future__ import annotations

from .inputs import arr, c64, f32, positive, spd
from .runner import Case, Program, raised

# Operators with a batch of [2] or [2, 3], and one whose parts have batches of their own.
BATCHES = {
    "Diag": (lambda L, d: L.LinearOperatorDiag(d, is_positive_definite=True), [positive(2, 3, 2)]),
    "FullMatrix": (lambda L, m: L.LinearOperatorFullMatrix(m), [f32(2, 3, 2, 2)]),
    "LowerTriangular": (lambda L, m: L.LinearOperatorLowerTriangular(m), [f32(2, 2, 2)]),
    "Householder": (lambda L, v: L.LinearOperatorHouseholder(v), [positive(2, 3)]),
    "Toeplitz": (lambda L, c: L.LinearOperatorToeplitz(c, c), [f32(2, 3)]),
    "Tridiag": (lambda L, d: L.LinearOperatorTridiag(d), [f32(2, 3, 4)]),
    "Circulant": (lambda L, s: L.LinearOperatorCirculant(s), [positive(2, 3)]),
    "Identity": (lambda L, _: L.LinearOperatorIdentity(2, batch_shape=[2, 3]), [f32(1)]),
    "Zeros": (lambda L, _: L.LinearOperatorZeros(2, batch_shape=[2]), [f32(1)]),
    "ScaledIdentity": (lambda L, m: L.LinearOperatorScaledIdentity(2, m), [f32(2)]),
    "Permutation": (lambda L, _: L.LinearOperatorPermutation([[1, 0], [0, 1]]), [f32(1)]),
    "Composition": (
        lambda L, m, d: L.LinearOperatorComposition([L.LinearOperatorFullMatrix(m), L.LinearOperatorDiag(d)]),
        [f32(2, 2, 2), f32(2, 2)],
    ),
    "Kronecker": (
        lambda L, m: L.LinearOperatorKronecker([L.LinearOperatorFullMatrix(m), L.LinearOperatorFullMatrix(m)]),
        [f32(2, 2, 2)],
    ),
    "Adjoint": (lambda L, m: L.LinearOperatorAdjoint(L.LinearOperatorFullMatrix(m)), [f32(2, 2, 2)]),
    "Inversion": (lambda L, d: L.LinearOperatorInversion(L.LinearOperatorDiag(d)), [positive(2, 2)]),
    "LowRankUpdate": (
        lambda L, d, u, e: L.LinearOperatorLowRankUpdate(L.LinearOperatorDiag(d), u, e),
        [f32(2, 3), f32(2, 3, 1), f32(2, 1)],
    ),
    "Broadcast": (
        lambda L, d, u, e: L.LinearOperatorLowRankUpdate(L.LinearOperatorDiag(d), u, e),
        [f32(2, 3), f32(1, 3, 1), f32(2, 1)],
    ),
    "BlockLowerTriangular": (
        lambda L, a, b, c: L.LinearOperatorBlockLowerTriangular(
            [[L.LinearOperatorDiag(a)], [L.LinearOperatorFullMatrix(b), L.LinearOperatorDiag(c)]]
        ),
        [positive(2, 1), f32(2, 2, 1), positive(2, 2)],
    ),
}


def parts(name):
    make = BATCHES[name][0]

    def fn(tf, *tensors):
        operator = make(tf.linalg, *tensors)
        found = [operator[0], operator[1:], operator[..., tf.newaxis, -1:], operator[tf.newaxis]]
        names = [type(part).__name__ for part in found]
        return [names, [str(part.shape) for part in found], [part.to_dense() for part in found]]

    return fn


def too_many(tf):
    L = tf.linalg
    return [
        raised(lambda: L.LinearOperatorDiag([1.0, 2.0])[0]),
        raised(lambda: L.LinearOperatorIdentity(2, batch_shape=[2])[0, 0]),
        raised(lambda: L.LinearOperatorFullMatrix([[[1.0]]])[0, 0, 0]),
    ]


def proper_shapes(tf):
    L = tf.linalg
    found = []
    for operator in (
        L.LinearOperatorIdentity(3, assert_proper_shapes=True),
        L.LinearOperatorScaledIdentity(3, 2.0, assert_proper_shapes=True),
        L.LinearOperatorZeros(3, assert_proper_shapes=True),
    ):
        run = tf.function(lambda x, o=operator: o.matmul(x), input_signature=[tf.TensorSpec([None, None])])
        found.append([run(tf.ones([3, 2])), raised(lambda run=run: run(tf.ones([2, 2])))])
    return found


def hermitian(tf):
    return [raised(tf.linalg.LinearOperatorCirculant([1.0, 2.0, 3.0]).assert_hermitian_spectrum)]


def solve(tf, matrix, rhs, **kwargs):
    operator = tf.linalg.LinearOperatorFullMatrix(matrix, is_self_adjoint=True, is_positive_definite=True)
    state = tf.linalg.experimental.conjugate_gradient(operator, rhs, **kwargs)
    return state.x, state.i


def preconditioned(tf, matrix, rhs):
    diagonal = tf.linalg.diag_part(matrix)
    return solve(tf, matrix, rhs, preconditioner=tf.linalg.LinearOperatorDiag(1 / diagonal))


CLOSE = {"rtol": 1e-3, "atol": 1e-4}

CASES = [
    *(
        Case(
            f"lo-part-{name}", parts(name), inputs, **CLOSE,
            finer_shapes="tfshim composes the shape of known sizes", modes=("eager", "function"),
            reason="sizes that are unknown are TensorFlow's to refuse",
        )
        for name, (_, inputs) in BATCHES.items()
    ),
    Program("lo-part-too-many", too_many),
    Program("lo-proper-shapes", proper_shapes),
    Program("lo-hermitian-spectrum", hermitian),
    *(
        Case(
            f"lo-toeplitz-{adjoint}-{adjoint_arg}",
            lambda tf, c, r, x, a=adjoint, b=adjoint_arg: tf.linalg.LinearOperatorToeplitz(
                tf.concat([r[..., :1], c], -1), r
            ).matmul(tf.linalg.adjoint(x) if b else x, adjoint=a, adjoint_arg=b),
            [c64(2, 2), c64(2, 3), c64(3, 4)], grad=True, **CLOSE,
        )
        for adjoint in (False, True)
        for adjoint_arg in (False, True)
    ),
    Case("conjugate-gradient", lambda tf, m, b: solve(tf, m, b)[0], [spd(4), f32(4)], grad=True, **CLOSE),
    Case("conjugate-gradient-batch", lambda tf, m, b: solve(tf, m, b)[0], [spd(4), f32(3, 4)], **CLOSE),
    Case(
        "conjugate-gradient-options",
        lambda tf, m, b: solve(tf, m, b, x=tf.ones_like(b), tol=0.1, max_iter=2),
        [spd(4), f32(4)], **CLOSE,
    ),
    Case("conjugate-gradient-preconditioned", preconditioned, [spd(4), f32(4)], **CLOSE),
    Case(
        "conjugate-gradient-refused",
        lambda tf, m: tf.linalg.experimental.conjugate_gradient(tf.linalg.LinearOperatorFullMatrix(m), m[0]),
        [spd(3)],
    ),
    *(
        Case(
            f"cumprod-complex-{exclusive}-{reverse}", "math.cumprod", [c64(4)], grad=True,
            kwargs={"exclusive": exclusive, "reverse": reverse}, **CLOSE,
        )
        for exclusive in (False, True)
        for reverse in (False, True)
    ),
    Case("cumprod-of-zeros-second", "math.cumprod", [arr([2.0, 0.0, 3.0])], grad=2),
]  # fmt: skip
