"""Linear operators: what follows from their parts, hints that contradict it, parts that do not fit; LU solves."""

from __future__ import annotations

import numpy as np

from .inputs import f32
from .runner import Case, Program, raised

SEVERAL = np.array([[[4.0, 1.0], [2.0, 3.0]], [[1.0, 5.0], [2.0, 2.0]], [[2.0, 0.0], [1.0, 1.0]]], np.float32)


def _flags(operator):
    return (
        operator.is_non_singular,
        operator.is_self_adjoint,
        operator.is_positive_definite,
        operator.is_square,
    )


def _compositions(tf):
    """The hints of products with adjoints of their own parts."""
    make, compose = tf.linalg.LinearOperatorFullMatrix, tf.linalg.LinearOperatorComposition
    x, y = (make(SEVERAL[i], is_non_singular=True) for i in (0, 1))
    z, s = make(SEVERAL[2]), make(np.eye(2, dtype=np.float32), is_self_adjoint=True)
    rows = [[x, y, y.H, x.H], [x, y, x.H, y.H], [z, z.H], [x.H, x], [x, s, x.H], [s]]
    return [
        [_flags(compose(row)) for row in rows],
        [raised(lambda r=row: compose(r, is_self_adjoint=False)) for row in rows],
        [raised(lambda r=row: compose(r, is_positive_definite=False)) for row in rows],
    ]


def _constructors(tf):
    """What identities and zeros refuse."""
    given = [
        *({f"is_{hint}": None} for hint in ("non_singular", "self_adjoint", "positive_definite", "square")),
        {"batch_shape": [2.0]},
        {"is_square": False},
    ]
    make = (tf.linalg.LinearOperatorIdentity, tf.linalg.LinearOperatorZeros)
    return [
        [raised(lambda c=c, k=k: c(2, **k)) for c in make for k in given],
        raised(lambda: tf.linalg.LinearOperatorZeros(2, num_columns=3)),
        raised(lambda: tf.linalg.LinearOperatorFullMatrix(SEVERAL, is_square=False).is_square),
    ]


def _updates(tf):
    """Low rank updates whose parts do not fit, and the shape of one whose parts broadcast."""
    base, u = tf.linalg.LinearOperatorIdentity(3), np.ones((5, 3, 2), np.float32)
    update = tf.linalg.LinearOperatorLowRankUpdate
    wrong = [
        {"diag_update": np.ones((4, 2))},
        {"diag_update": np.ones((5, 4))},
        {"v": np.ones((4, 3, 2))},
        {"v": np.ones((5, 4, 2))},
        {"v": np.ones((5, 3, 3))},
    ]
    fitting = update(tf.linalg.LinearOperatorIdentity(3, [2]), u[:1, None] * 0.5, np.ones((4, 1, 2), np.float32))
    return [
        [raised(lambda k=k: update(base, u, **{n: np.float32(v) for n, v in k.items()})) for k in wrong],
        raised(lambda: update(base, u[:, :2])),
        [fitting.shape, fitting.shape_tensor(), fitting.to_dense()],
    ]


def _lu(tf, m, rhs):
    lower_upper, order = tf.linalg.lu(m)
    return [
        tf.linalg.lu_solve(lower_upper, order, rhs),
        tf.linalg.lu_matrix_inverse(lower_upper, order),
        tf.linalg.lu_reconstruct(lower_upper, order),
    ]


def _lu_of_unknown_rank(tf):
    spec = [tf.TensorSpec(None), tf.TensorSpec(None, tf.int32), tf.TensorSpec(None)]
    lower_upper, order = tf.linalg.lu(SEVERAL)

    @tf.function(input_signature=spec)
    def run(a, b, rhs):
        return tf.linalg.lu_solve(a, b, rhs), tf.linalg.lu_matrix_inverse(a, b), tf.linalg.lu_reconstruct(a, b)

    return run(lower_upper, order, np.ones((3, 2, 1), np.float32))


CASES = [
    Program("compositions", _compositions),
    Program("constructors", _constructors),
    Program("updates", _updates),
    Case("lu-broadcast", lambda tf, rhs: _lu(tf, SEVERAL, rhs), [f32(2, 4)], rtol=1e-4),
    Case("lu-broadcast-more", lambda tf, rhs: _lu(tf, SEVERAL[:1], rhs), [f32(2, 1, 2, 1)], rtol=1e-4),
    Case("lu-matrix", lambda tf, m: _lu(tf, m + 2 * tf.eye(3), tf.ones([3, 1])), [f32(3, 3)], rtol=1e-4, rank=True),
    Program("lu-unknown-rank", _lu_of_unknown_rank, rtol=1e-4),
]
