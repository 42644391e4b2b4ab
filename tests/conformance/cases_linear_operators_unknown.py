"""Linear operators whose sizes are known only when they run; as targets and sources of gradients; parts that do not fit."""

from __future__ import annotations

from . import cases_linear_operators as known
from .runner import Case, Program, raised

# Not `add_to_tensor` of a ScaledIdentity with a batch, and no batch of arguments of a Tridiag: TensorFlow refuses both.
MEMBERS = {
    name: known.METHODS[name] for name in ("to_dense", "diag_part", "trace", "determinant", "cond", "shape_tensor")
} | {
    "inverse": lambda tf, o: o.inverse().to_dense(),
    "adjoint": lambda tf, o: o.H.H.to_dense(),
    "squared": lambda tf, o: [type(o.matmul(o)).__name__, o.matmul(o).to_dense(), o.solve(o).to_dense()],
    "sizes": lambda tf, o: [o.tensor_rank_tensor(), o.range_dimension_tensor(), str(o.is_square)],
    "matmul": lambda tf, o: o.matmul(tf.cast([[1.0, 2], [3, 4], [5, 6], [7, 8]], o.dtype), adjoint=True),
    "solvevec": lambda tf, o: o.solvevec(tf.cast([1.0, 2, 3, 4], o.dtype)),
}


def _members(make):
    """Every member of an operator, or the class of its error."""

    def one(tf, member, operator):
        try:
            return member(tf, operator)
        except Exception as error:
            return type(error).__name__

    def fn(tf, *tensors):
        operator = make(tf.linalg, *tensors)
        return {name: one(tf, member, operator) for name, member in MEMBERS.items()}

    return fn


def _gradients(tf):
    """Operators as sources and targets: gradients are operators of the same structure."""
    L, m = tf.linalg, tf.constant([[1.0, 2.0], [3.0, 4.0]])
    both = L.LinearOperatorComposition([L.LinearOperatorFullMatrix(m + 1), L.LinearOperatorDiag([1.0, 2.0])])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(both)
        product = tf.reduce_sum(both.matmul(m) ** 2)
        first = tf.reduce_sum(both.operators[0].to_dense() ** 2)
        half = tf.linalg.LinearOperatorDiag(both.operators[1].diag / 2)
    found = [tape.gradient(t, both) for t in (product, first, half)]
    parts = [[type(g).__name__, *(o.to_dense() for o in g.operators)] for g in found]
    unconnected = tape.gradient(tf.constant(1.0), both)
    return [parts, unconnected, tape.gradient([product, half], both.operators[1]).to_dense()]


def _gradients_in_a_graph(tf):
    @tf.function
    def run(m):
        operator = tf.linalg.LinearOperatorFullMatrix(m)
        other = tf.linalg.LinearOperatorDiag([1.0, 2.0])
        return [g if g is None else g.to_dense() for g in tf.gradients(operator.matmul(m), [operator, other])]

    return run(tf.constant([[1.0, 2.0], [3.0, 4.0]]))


def _cholesky(tf):
    """Of a lower triangular matrix times its adjoint: that matrix, of positive diagonal."""
    L = tf.linalg
    rows = [[-2.0, 0.0], [1.0, 3.0]]
    results = []
    for positive in (None, True):
        lower = L.LinearOperatorLowerTriangular(rows, is_non_singular=True, is_positive_definite=positive)
        square = L.LinearOperatorComposition([lower, lower.H], is_positive_definite=True, is_self_adjoint=True)
        factor = square.cholesky()
        results.append([factor is lower, type(factor).__name__, factor.to_dense(), factor.is_non_singular])
    return results


def _unfit(tf):
    """What does not fit, or is not known to."""
    L = tf.linalg
    one, two = L.LinearOperatorIdentity(1), L.LinearOperatorDiag([2.0, 3.0])
    wide, tall = L.LinearOperatorFullMatrix([[1.0, 2.0]]), L.LinearOperatorFullMatrix([[1.0], [2.0]])
    lower, block, blocks = (
        L.LinearOperatorBlockLowerTriangular,
        L.LinearOperatorBlockDiag([one, two]),
        L.LinearOperatorBlockDiag,
    )
    singular = L.LinearOperatorDiag([0.0, 1.0], is_non_singular=False)
    calls = [
        lambda: lower([[one], [two, two]]),
        lambda: lower([[two], [two, one]]),
        lambda: lower([[one], [tall, singular]], is_non_singular=True),
        lambda: block.matmul([[1.0, 2.0], [3.0, 4.0]]),
        lambda: block.matmul(L.LinearOperatorBlockDiag([one, one, one])),
        lambda: L.LinearOperatorKronecker([wide, wide]).assert_non_singular(),
        lambda: L.LinearOperatorKronecker([tall, two]).assert_self_adjoint(),
        lambda: blocks([wide, tall]).diag_part(),
        lambda: blocks([wide, tall]).trace(),
        lambda: blocks([wide, tall]).eigvals(),
        lambda: blocks([one, singular]).assert_positive_definite(),
        lambda: L.LinearOperatorIdentity(tf.Variable(2)),
        lambda: L.LinearOperatorZeros(2, batch_shape=tf.Variable([2])),
        lambda: L.LinearOperatorLowRankUpdate(two, [[1.0], [2.0], [3.0]]),
    ]
    return [
        [raised(call) for call in calls],
        str(lower([[one], [tall, singular]]).is_non_singular),
        block.matmul([[[1.0, 2.0]], [[3.0, 4.0], [5.0, 6.0]]]),
        block.matmul(tf.ones([3, 2])),
    ]


def _sizes_when_they_run(tf):
    """Sizes that are tensors are checked if `assert_proper_shapes` asks for it."""
    L = tf.linalg

    def identity(rows, batch):
        return L.LinearOperatorIdentity(rows, batch, assert_proper_shapes=True)

    @tf.function(input_signature=[tf.TensorSpec(None, tf.int32)] * 2)
    def run(rows, batch):
        operator = identity(rows, batch)
        return operator.to_dense(), operator.matmul(tf.ones([2, 2])), tf.constant(str(operator.shape))

    return [run(2, [1]), raised(lambda: run(-2, [1])), raised(lambda: run(2, [-1])), raised(lambda: run(3, [1]))]


def _checks_are_operations(tf):
    """In a graph the checks are operations, where there is nothing to check too."""
    L = tf.linalg
    with tf.Graph().as_default():
        made = [L.LinearOperatorIdentity(2), L.LinearOperatorBlockDiag([L.LinearOperatorDiag([1.0])])]
        return [type(getattr(o, f"assert_{c}")()).__name__ for o in made for c in ("non_singular", "self_adjoint")]


CASES = [
    *(
        Case(
            f"lo-unknown-{name}", _members(make), inputs, modes=("unknown",), rank=name != "Tridiag",
            reason="what is known is in another list", finer_shapes=known.KNOWS_MORE,
        )
        for name, (make, inputs) in known.OPERATORS.items()
        if not name.endswith(("Batch", "Complex", "Two", "2D"))
    ),
    Program("lo-gradients", _gradients),
    Program("lo-gradients-graph", _gradients_in_a_graph),
    Program("lo-cholesky-of-square", _cholesky),
    Program("lo-unfit", _unfit),
    Program("lo-sizes-when-they-run", _sizes_when_they_run),
    Program("lo-checks-are-operations", _checks_are_operations),
]  # fmt: skip
