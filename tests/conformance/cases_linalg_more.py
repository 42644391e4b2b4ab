"""`tf.linalg`: banded and tridiagonal systems."""

from __future__ import annotations

import numpy as np

from .inputs import COMPLEX, WIDE_FLOATS, arr, f32, positive, rand
from .runner import Case, Program, over

CLOSE = dict(rtol=1e-3, atol=1e-4)


def _tensordot_of_unknown(tf):
    a, b = tf.reshape(tf.range(24.0), [2, 3, 4]), tf.reshape(tf.range(24.0), [4, 3, 2])
    any_shape, some_axes = tf.TensorSpec(None), tf.TensorSpec([2, None], tf.int32)

    @tf.function(input_signature=[any_shape, any_shape, some_axes])
    def by_axes(a, b, axes):
        return tf.tensordot(a, b, axes)

    @tf.function(input_signature=[any_shape, any_shape])
    def by_number(a, b):
        y = tf.tensordot(a, b, 1)
        return y, tf.tensordot(a, b, [[-1, 1], [0, 1]]), tf.gradients(y, a)[0]

    return by_axes(a, b, [[2, 1], [0, 1]]), by_axes(a, b, [[-1], [0]]), by_number(a, b)


def bands(dtype, *shape):
    """Bands of a well conditioned matrix, whichever row holds the diagonal."""
    return (
        positive(*shape, dtype=dtype) if len(shape) > 1 and shape[-1] == 4 and shape[-2] <= 3 else rand(dtype, *shape)
    )


banded = [
    *(
        case
        for lower in (True, False)
        for adjoint in (False, True)
        for case in over(
            f"banded-{lower}-{adjoint}",
            lambda tf, a, b, lower=lower, adjoint=adjoint: tf.linalg.banded_triangular_solve(
                a, b, lower=lower, adjoint=adjoint
            ),
            (*WIDE_FLOATS, *COMPLEX),
            [((2, 4), (4, 3)), ((3, 4), (4, 1)), ((2, 3, 4), (2, 4, 5))],
            bands,
            grad=True,
            **CLOSE,
        )
    ),
    Case("banded-broadcast", "linalg.banded_triangular_solve", [positive(3, 2, 4), f32(4, 2)], **CLOSE),
    Case("banded-singular", "linalg.banded_triangular_solve", [arr([[1.0, 0.0, 2.0]]), f32(3, 1)]),
    *(
        Case(
            f"banded-many-{side}",
            lambda tf, m, b, s=side: tf.linalg.banded_triangular_solve(m, b, lower=s == "lower"),
            [positive(5, 3), f32(3, 2)],
            **CLOSE,
        )
        for side in ("lower", "upper")
    ),
    Case("banded-none", "linalg.banded_triangular_solve", [f32(0, 3), f32(3, 1)]),
    Case("banded-empty", "linalg.banded_triangular_solve", [f32(2, 3), f32(3, 0)]),
    Case("banded-vector", "linalg.banded_triangular_solve", [f32(3), f32(3, 1)]),
    Case("banded-mismatch", "linalg.banded_triangular_solve", [f32(2, 4), f32(3, 1)]),
]

tridiagonal = [
    *(
        Case(
            f"tridiagonal-{dtype}-{select}",
            lambda tf, a, b, s=select, r=limits: tf.linalg.eigh_tridiagonal(a, b, select=s, select_range=r),
            [rand(dtype, 6), rand(dtype, 5)],
            # TensorFlow bisects to a tolerance.
            **(CLOSE if dtype in ("float32", "complex64") else dict(rtol=1e-7, atol=1e-7)),
            finer_shapes="the number of selected ones is known",
            accept={"value": "an unknown size works too"},
        )
        for dtype in (*WIDE_FLOATS, *COMPLEX)
        for select, limits in (("a", None), ("i", (1, 3)), ("v", (-1.0, 2.0)))
    ),
    Case(
        "tridiagonal-vectors",
        lambda tf, a, b: [abs(v) for v in tf.linalg.eigh_tridiagonal(a, b, eigvals_only=False)],
        [f32(6), positive(5)],
        rtol=1e-2,
        atol=1e-3,
        modes=("eager", "function"),
        reason="one mode less suffices",
    ),
    *(
        Case(
            f"tridiagonal-bad-{i}",
            lambda tf, a, b, k=k: tf.linalg.eigh_tridiagonal(a, b, **k),
            [f32(4), f32(3)],
            modes=("eager",),
            reason="checked when it runs",
        )
        for i, k in enumerate(
            (
                {"select": "x"},
                {"select": "i"},
                {"select": "i", "select_range": (3, 1)},
                {"select": "v", "select_range": (3.0, 1.0)},
            )
        )
    ),
]


def diagonal_of(equation):
    """The raw op, which alone takes labels that the output repeats."""
    return lambda tf, *inputs: tf.raw_ops.Einsum(inputs=inputs, equation=equation)


einsums = [
    Case(f"einsum-diagonal-{i}", diagonal_of(equation), [f32(*shape) for shape in shapes], grad=True)
    for i, (equation, *shapes) in enumerate(
        (
            ("i->ii", (2,)),
            ("ij->iji", (2, 3)),
            ("ij,jk->iik", (2, 3), (3, 2)),
            ("i,j->ijij", (2,), (3,)),
            ("...i->i...i", (4, 3, 2)),
            ("ii,i->iii", (2, 2), (2,)),
        )
    )
]

solutions = [
    Case(
        f"lstsq-batches-{i}-{l2}",
        lambda tf, a, b, l2=l2: tf.linalg.lstsq(a, b, l2),
        [rand("float64", *a), rand("float64", *b)],
        rtol=1e-7,
    )
    for l2 in (0.0, 0.1)
    for i, (a, b) in enumerate(
        (
            ((2, 3, 2), (3, 1)),
            ((3, 2), (2, 3, 1)),
            ((2, 1, 3, 2), (1, 4, 3, 1)),
            ((2, 3), (4, 2, 1)),
            ((2, 3, 2), (4, 3, 1)),
            ((3, 2), (3,)),
        )
    )
]

INF = float("inf")
infinities = [
    Case(f"cholesky-inf-{i}-{d}", "linalg.cholesky", [arr(m, d)])
    for d in ("float32", "complex128")
    for i, m in enumerate(([[INF, INF], [INF, INF]], [[INF, 0], [0, 1]], [[1, 0], [0, INF]], [[[INF] * 3] * 3] * 2))
    if d == "float32" or i == 2
] + [Case("logdet-inf", "linalg.logdet", [arr([[INF, INF], [INF, INF]], "float64")])]

vectors = [
    Case("matvec-arrays", lambda tf: tf.linalg.matvec(np.ones((2, 3)), np.arange(3.0)), []),
    Case("matvec-types", lambda tf, x: tf.linalg.matvec(x, [1.0, 2.0]), [rand("float64", 2, 2)]),
    Case("cross-of-2", "linalg.cross", [f32(4, 2), f32(4, 2)]),
    Program("tensordot-of-unknown", _tensordot_of_unknown),
    Case("tensordot-axis-twice", lambda tf, x: tf.tensordot(x, x, [[0, 0], [0, 1]]), [f32(2, 2)]),
    Case("tensordot-axis-beyond", lambda tf, x: tf.tensordot(x, x, [[0], [7]]), [f32(2, 2)]),
]


def _eigenvectors(tf, x):
    """What of eigenvalues and eigenvectors depends neither on their order nor on phases."""
    values, vectors = tf.linalg.eig(x)
    rows = tf.constant([[1.0], [2.0], [-1.0]], vectors.dtype)
    weight = vectors * tf.math.conj(vectors) * rows
    return tf.reduce_sum(tf.math.real(weight * weight * values[..., None, :]))


CASES = [
    *(
        Case(f"eigenvectors-{dtype}", _eigenvectors, [rand(dtype, 2, 3, 3)], grad=True)
        for dtype in (*WIDE_FLOATS, *COMPLEX)
    ),
    Case("eig-of-other-type", lambda tf, x: tf.raw_ops.Eig(input=x, Tout="complex64").e, [rand("float64", 2, 2)]),
    *vectors,
    *banded,
    *tridiagonal,
    *einsums,
    *solutions,
    *infinities,
]
