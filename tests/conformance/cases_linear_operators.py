"""`tf.linalg.LinearOperator`: every class, every method, products and quotients of two of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .inputs import c64, f32, nonzero, positive, spd
from .runner import Case, Program, raised

KNOWS_MORE = "tfshim composes the shape of known sizes, and so knows more of it"

# Each class over 4 x 4 matrices: how it is made of tensors, and which tensors.
OPERATORS: dict[str, tuple[Callable[..., Any], list]] = {
    "Diag": (lambda L, d: L.LinearOperatorDiag(d), [nonzero("float32", 4)]),
    "DiagPositive": (lambda L, d: L.LinearOperatorDiag(d, is_positive_definite=True), [positive(2, 4)]),
    "DiagComplex": (lambda L, d: L.LinearOperatorDiag(d), [c64(4)]),
    "FullMatrix": (lambda L, m: L.LinearOperatorFullMatrix(m), [spd(4)]),
    "FullMatrixPositive": (
        lambda L, m: L.LinearOperatorFullMatrix(m, is_self_adjoint=True, is_positive_definite=True),
        [spd(4, 2)],
    ),
    "FullMatrixBatch": (lambda L, m: L.LinearOperatorFullMatrix(m, is_square=True), [spd(4, 3)]),
    "LowerTriangular": (lambda L, m: L.LinearOperatorLowerTriangular(m), [spd(4)]),
    "Identity": (lambda L, _: L.LinearOperatorIdentity(4), [f32(1)]),
    "IdentityBatch": (lambda L, _: L.LinearOperatorIdentity(4, batch_shape=[2]), [f32(1)]),
    "ScaledIdentity": (lambda L, m: L.LinearOperatorScaledIdentity(4, m), [positive(2)]),
    "Zeros": (lambda L, _: L.LinearOperatorZeros(4), [f32(1)]),
    "Householder": (lambda L, v: L.LinearOperatorHouseholder(v), [positive(2, 4)]),
    "Permutation": (lambda L, _: L.LinearOperatorPermutation([2, 0, 3, 1]), [f32(1)]),
    "Tridiag": (lambda L, d: L.LinearOperatorTridiag(d + [[0.0], [7.0], [0.0]]), [f32(3, 4)]),
    "Toeplitz": (lambda L, c, r: L.LinearOperatorToeplitz(c + [9.0, 0, 0, 0], r + [9.0, 0, 0, 0]), [f32(4), f32(4)]),
    "Circulant": (lambda L, s: L.LinearOperatorCirculant(s, input_output_dtype="complex64"), [positive(4)]),
    "Circulant2D": (lambda L, s: L.LinearOperatorCirculant2D(s), [positive(2, 2)]),
    "Circulant3D": (lambda L, s: L.LinearOperatorCirculant3D(s), [positive(1, 2, 2)]),
    "Adjoint": (lambda L, m: L.LinearOperatorAdjoint(L.LinearOperatorFullMatrix(m)), [spd(4)]),
    "Inversion": (lambda L, m: L.LinearOperatorInversion(L.LinearOperatorFullMatrix(m)), [spd(4)]),
    "Composition": (
        lambda L, m, d: L.LinearOperatorComposition([L.LinearOperatorFullMatrix(m), L.LinearOperatorDiag(d)]),
        [spd(4), positive(4)],
    ),
    "Kronecker": (
        lambda L, m, n: L.LinearOperatorKronecker([L.LinearOperatorFullMatrix(m), L.LinearOperatorFullMatrix(n)]),
        [spd(2), spd(2)],
    ),
    "BlockDiag": (
        lambda L, m, d: L.LinearOperatorBlockDiag([L.LinearOperatorFullMatrix(m), L.LinearOperatorDiag(d)]),
        [spd(2), positive(2)],
    ),
    "BlockLowerTriangular": (
        lambda L, a, b, c: L.LinearOperatorBlockLowerTriangular(
            [[L.LinearOperatorFullMatrix(a)], [L.LinearOperatorFullMatrix(b), L.LinearOperatorFullMatrix(c)]]
        ),
        [spd(2), f32(2, 2), spd(2)],
    ),
    "LowRankUpdate": (
        lambda L, d, u, e: L.LinearOperatorLowRankUpdate(L.LinearOperatorDiag(d, is_positive_definite=True), u, e),
        [positive(4), f32(4, 2), positive(2)],
    ),
    "LowRankUpdateTwo": (
        lambda L, d, u, v: L.LinearOperatorLowRankUpdate(L.LinearOperatorDiag(d), u, v=v),
        [positive(4), f32(4, 1), f32(4, 1)],
    ),
}
SINGULAR = ("Zeros",)
COMPLEX = ("DiagComplex", "Circulant", "Circulant2D", "Circulant3D")


def argument(tf, name, shape):
    """The same matrix for both runtimes, of the operator's type."""
    values = tf.reshape(tf.cast(tf.range(1, 1 + shape[0] * shape[1]), tf.float32), shape) * 0.25
    return tf.cast(values, tf.complex64) if name in COMPLEX else values


def act(name: str, fn: Callable[..., Any]) -> Callable[..., Any]:
    make = OPERATORS[name][0]
    return lambda tf, *tensors: fn(tf, make(tf.linalg, *tensors))


METHODS = {
    "to_dense": lambda tf, o: o.to_dense(),
    "diag_part": lambda tf, o: o.diag_part(),
    "trace": lambda tf, o: o.trace(),
    "determinant": lambda tf, o: o.determinant(),
    "log_abs_determinant": lambda tf, o: o.log_abs_determinant(),
    "cond": lambda tf, o: o.cond(),
    "shape_tensor": lambda tf, o: [o.shape_tensor(), o.domain_dimension_tensor(), o.batch_shape_tensor()],
    "inverse": lambda tf, o: o.inverse().to_dense(),
    "adjoint": lambda tf, o: o.adjoint().to_dense(),
    "eigvals": lambda tf, o: tf.sort(tf.math.real(o.eigvals()), -1),
    "cholesky": lambda tf, o: o.cholesky().to_dense(),
    "describe": lambda tf, o: [
        o.name, str(o.shape), o.dtype, type(o).__name__, type(o.adjoint()).__name__, str(o.is_square),
        str(o.is_non_singular), str(o.is_self_adjoint), str(o.is_positive_definite), o.tensor_rank,
    ],
}  # fmt: skip
WITH_ARGUMENT = {
    "matmul": lambda tf, o, x: o.matmul(x),
    "matmul-adjoint": lambda tf, o, x: o.matmul(x, adjoint=True),
    "matmul-adjoint-arg": lambda tf, o, x: o.matmul(tf.linalg.adjoint(x), adjoint_arg=True),
    "matvec": lambda tf, o, x: o.matvec(x[:, 0]),
    "solve": lambda tf, o, x: o.solve(x),
    "solve-adjoint": lambda tf, o, x: o.solve(x, adjoint=True),
    "solvevec": lambda tf, o, x: o.solvevec(x[:, 1]),
    "add_to_tensor": lambda tf, o, x: o.add_to_tensor(tf.matmul(x, x, adjoint_b=True)),
    "tf-matmul": lambda tf, o, x: [tf.linalg.matmul(o, x), tf.matmul(x, o, adjoint_a=True), o @ x],
}
BATCHES = {
    "value": "TensorFlow does not broadcast the batch of a ScaledIdentity there",
    "InvalidArgumentError": "MatrixSetDiagV3 refuses a batch when it runs, not when it is traced",
}
EAGER_AND_TRACED = {"modes": ("eager", "function"), "reason": "sizes that are unknown are TensorFlow's to refuse"}


def methods():
    for name, (_, inputs) in OPERATORS.items():
        for method, fn in METHODS.items():
            grad = method in ("to_dense", "trace", "log_abs_determinant") and name not in SINGULAR + COMPLEX + (
                "Permutation",
                "Identity",
                "IdentityBatch",
            )
            yield Case(
                f"lo-{name}-{method}", act(name, fn), inputs, grad=grad, rtol=2e-4, atol=1e-4,
                finer_shapes=KNOWS_MORE, accept=BATCHES, **EAGER_AND_TRACED,
            )  # fmt: skip
        for method, fn in WITH_ARGUMENT.items():
            yield Case(
                f"lo-{name}-{method}",
                act(name, lambda tf, o, fn=fn, name=name: fn(tf, o, argument(tf, name, (4, 3)))),
                inputs, rtol=2e-4, atol=1e-4, finer_shapes=KNOWS_MORE, accept=BATCHES, **EAGER_AND_TRACED,
            )  # fmt: skip


PAIRS = [
    (a, b)
    for a in ("Diag", "Identity", "ScaledIdentity", "LowerTriangular", "FullMatrix", "Zeros", "BlockDiag", "Inversion")
    for b in ("Diag", "Identity", "ScaledIdentity", "LowerTriangular", "FullMatrix", "Zeros", "BlockDiag")
]


def pairs():
    for a, b in PAIRS:
        first, count = OPERATORS[a][0], len(OPERATORS[a][1])
        second = OPERATORS[b][0]
        for method in ("matmul", "solve"):

            def fn(tf, *tensors, first=first, second=second, count=count, method=method):
                left, right = first(tf.linalg, *tensors[:count]), second(tf.linalg, *tensors[count:])
                result = getattr(left, method)(right)
                return [type(result).__name__, result.name, str(result.is_self_adjoint), result.to_dense()]

            yield Case(
                f"lo-{a}-{method}-{b}", fn, [*OPERATORS[a][1], *OPERATORS[b][1]], rtol=1e-4, atol=1e-4,
                finer_shapes=KNOWS_MORE, accept=BATCHES, **EAGER_AND_TRACED,
            )  # fmt: skip


def refused(tf):
    L = tf.linalg
    full, diagonal = L.LinearOperatorFullMatrix([[1.0, 2.0], [3.0, 4.0]]), L.LinearOperatorDiag([1.0, 2.0])
    wide = L.LinearOperatorFullMatrix([[1.0, 2.0]])
    return {
        name: raised(fn)
        for name, fn in {
            "dtype": lambda: full.matmul(tf.ones([2, 1], tf.float64)),
            "size": lambda: full.matmul(tf.ones([3, 1])),
            "solve-wide": lambda: wide.solve([[1.0]]),
            "det-wide": lambda: wide.determinant(),
            "inverse-wide": lambda: wide.inverse(),
            "operators": lambda: wide.matmul(wide),
            "singular": lambda: L.LinearOperatorDiag([1.0], is_non_singular=False).solve([[1.0]]),
            "hints": lambda: L.LinearOperatorDiag([1.0], is_non_singular=False, is_positive_definite=True),
            "self-adjoint": lambda: L.LinearOperatorDiag([1.0], is_self_adjoint=False),
            "integers": lambda: L.LinearOperatorFullMatrix([[1]]),
            "rank": lambda: L.LinearOperatorFullMatrix([1.0]),
            "eigvals": lambda: full.eigvals(),
            "cholesky": lambda: diagonal.cholesky(),
            "positive": lambda: full.assert_positive_definite(),
            "adjoint": lambda: full.assert_self_adjoint(),
            "zero": lambda: L.LinearOperatorDiag([0.0, 1.0]).assert_non_singular(),
            "negative": lambda: L.LinearOperatorDiag([-1.0, 1.0]).assert_positive_definite(),
            "zeros": lambda: L.LinearOperatorZeros(2).assert_non_singular(),
            "fine": lambda: full.assert_non_singular(),
            "empty": lambda: L.LinearOperatorComposition([]),
            "types": lambda: L.LinearOperatorComposition([full, L.LinearOperatorIdentity(2, dtype=tf.float64)]),
            "rows": lambda: L.LinearOperatorIdentity(-1),
            "permutation": lambda: L.LinearOperatorPermutation([0, 0]),
            "logdet": lambda: L.logdet(diagonal),
            "convert": lambda: tf.convert_to_tensor(full),
            "format": lambda: L.LinearOperatorTridiag([[1.0]], diagonals_format="other"),
            "blocks": lambda: L.LinearOperatorBlockLowerTriangular([[full, full]]),
        }.items()
    }


def as_argument(tf):
    traces = []

    @tf.function
    def use(operator, x):
        traces.append(1)
        return operator.matmul(x), operator.inverse()

    first, inverse = use(tf.linalg.LinearOperatorFullMatrix([[1.0, 2.0], [3.0, 4.0]]), tf.ones([2, 1]))
    second, _ = use(tf.linalg.LinearOperatorFullMatrix([[2.0, 2.0], [3.0, 4.0]]), tf.ones([2, 1]))
    block = tf.linalg.LinearOperatorBlockDiag(
        [tf.linalg.LinearOperatorIdentity(1), tf.linalg.LinearOperatorDiag([2.0])]
    )
    third, _ = use(block, tf.ones([2, 1]))
    return [first, second, third, inverse.to_dense(), type(inverse).__name__, len(traces)]


def variables(tf):
    diagonal = tf.Variable([1.0, 2.0])
    operator = tf.linalg.LinearOperatorDiag(diagonal)
    composed = tf.linalg.LinearOperatorComposition([operator, operator])
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(composed.matvec([1.0, 2.0]))
    gradient = tape.gradient(y, diagonal)
    diagonal.assign([5.0, 6.0])
    return [
        len(operator.variables), len(composed.trainable_variables), len(composed.submodules), gradient,
        operator.to_dense(), isinstance(operator, tf.Module), operator.diag is diagonal,
    ]  # fmt: skip


def parts(tf):
    L = tf.linalg
    block = L.LinearOperatorBlockDiag([L.LinearOperatorIdentity(1), L.LinearOperatorDiag([2.0, 3.0])])
    lower = L.LinearOperatorBlockLowerTriangular(
        [[L.LinearOperatorIdentity(1)], [L.LinearOperatorFullMatrix([[1.0], [2.0]]), L.LinearOperatorDiag([2.0, 3.0])]]
    )
    x = [tf.ones([1, 2]), tf.ones([2, 2])]
    return [block.matmul(x), block.solve(x), lower.matmul(x), lower.solve(x), lower.matmul(x, adjoint=True)]


def accessors(tf):
    L = tf.linalg
    circulant = L.LinearOperatorCirculant2D([[1.0, 2.0], [3.0, 4.0]])
    update = L.LinearOperatorLowRankUpdate(L.LinearOperatorIdentity(2), [[1.0], [2.0]])
    return [
        circulant.block_depth, circulant.block_shape, circulant.block_shape_tensor(), circulant.convolution_kernel(),
        circulant.spectrum, update.u, update.v, update.diag_update, update.base_operator.name, update.diag_operator.name,
        str(update.is_positive_definite), L.LinearOperatorScaledIdentity(2, 3.0).multiplier,
        L.LinearOperatorToeplitz([1.0], [1.0]).col, L.LinearOperatorPermutation([1, 0]).perm,
        L.LinearOperatorTridiag([[1.0], [2.0], [3.0]]).diagonals_format,
        L.LinearOperatorDiag([1.0, 2.0]).parameters, str(L.LinearOperatorIdentity(2).domain_dimension),
    ]  # fmt: skip


CASES = [
    *methods(),
    *pairs(),
    Program("lo-refused", refused),
    Program("lo-as-argument", as_argument),
    Program("lo-variables", variables),
    Program("lo-parts", parts),
    Program("lo-accessors", accessors),
]
