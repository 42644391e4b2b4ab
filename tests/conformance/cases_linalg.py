"""`tf.linalg`: products, einsum, diagonals, norms, decompositions."""

from __future__ import annotations

import math

import numpy as np

from .inputs import (
    COMPLEX,
    FLOATS,
    WIDE_FLOATS,
    arr,
    c64,
    f32,
    f64,
    ints,
    numpy_value,
    rand,
    spd,
    variable,
    zeros,
)
from .runner import Case, over

SMALL = dict(rtol=1e-4, atol=1e-5)
LOOSE = dict(rtol=2e-3, atol=1e-3)
HALF = dict(rtol=2e-2, atol=2e-2)

products = [
    *over("matmul", "matmul", FLOATS, [((2, 3), (3, 4))], grad=2, **HALF),
    *over("matmul", "matmul", COMPLEX, [((2, 3), (3, 4))], grad=True, **SMALL),
    *over("matmul-int", "matmul", ("int32", "int64"), [((2, 3), (3, 4))]),
    *over("matmul-refused", "matmul", ("int8", "int16", "bool", "string"), [((2, 2), (2, 2))]),
    *over(
        "matmul-batch",
        "matmul",
        FLOATS,
        [((5, 2, 3), (5, 3, 4)), ((5, 2, 3), (3, 4)), ((2, 1, 2, 3), (5, 3, 4))],
        grad=True,
        **HALF,
    ),
    *over("matmul-batch-int", "matmul", ("int32", "int64", "int16"), [((5, 2, 3), (5, 3, 4))]),
    *(
        Case(
            f"matmul-{''.join(n)}-{d}-{r}",
            lambda tf, a, b, n=n: tf.matmul(a, b, **{f"{n[0]}_a": True, f"{n[1]}_b": True}),
            [rand(d, *batch, 3, 2), rand(d, *batch, 4, 3)],
            grad=True,
            **SMALL,
        )
        for n in (("transpose", "transpose"), ("adjoint", "adjoint"), ("transpose", "adjoint"))
        for d in ("float32", "complex64")
        for r, batch in ((2, ()), (3, (2,)))
    ),
    Case(
        "matmul-transpose-a",
        lambda tf, a, b: tf.matmul(a, b, transpose_a=True),
        [f32(3, 2), f32(3, 4)],
        grad=2,
    ),
    Case(
        "matmul-transpose-b",
        lambda tf, a, b: tf.matmul(a, b, transpose_b=True),
        [f32(2, 3), f32(4, 3)],
        grad=2,
    ),
    Case("matmul-empty-inner", "matmul", [f32(2, 0), f32(0, 3)]),
    Case("matmul-empty", "matmul", [f32(0, 3), f32(3, 2)]),
    Case("matmul-operator", lambda tf, a, b: a @ b, [f32(2, 3), f32(3, 4)], grad=True),
    Case("matmul-python", lambda tf, a: tf.matmul(a, [[1.0], [2.0], [3.0]]), [f32(2, 3)], grad=True),
    Case("matmul-python-left", lambda tf, b: tf.matmul([[1, 2, 3]], b), [f32(3, 2)]),
    Case("matmul-numpy", "matmul", [f32(2, 3), numpy_value(f32(3, 4))]),
    Case("matmul-variable", "matmul", [f32(2, 3), variable(f32(3, 4))], grad=True),
    Case("matmul-inner", "matmul", [f32(2, 3), f32(2, 3)], message={"eager": ["[2,3]"]}, xfail=""),
    Case("matmul-vector", "matmul", [f32(3), f32(3, 2)]),
    Case("matmul-vectors", "matmul", [f32(3), f32(3)]),
    Case("matmul-batch-inner", "matmul", [f32(2, 2, 3), f32(2, 2, 3)]),
    Case("matmul-batch-mismatch", "matmul", [f32(2, 2, 3), f32(3, 3, 2)]),
    Case("matmul-dtypes", "matmul", [f32(2, 3), f64(3, 2)]),
    Case("matmul-both", lambda tf, a: tf.matmul(a, a, transpose_a=True, adjoint_a=True), [f32(2, 2)]),
    Case(
        "matmul-output-type",
        lambda tf, a, b: tf.matmul(a, b, output_type=tf.int32),
        [ints(2, 3, dtype="int8"), ints(3, 2, dtype="int8")],
    ),
    Case(
        "matmul-sparse-hint",
        lambda tf, a, b: tf.matmul(a, b, a_is_sparse=True),
        [f32(2, 3), f32(3, 2)],
        grad=True,
    ),
    Case("matmul-rank", "matmul", [f32(2, 3), f32(3, 4)], rank=True),
    Case("matvec", "linalg.matvec", [f32(2, 3), f32(3)], grad=True),
    Case("matvec-batch", "linalg.matvec", [f32(5, 2, 3), f32(5, 3)], grad=True),
    Case(
        "matvec-adjoint",
        lambda tf, a, b: tf.linalg.matvec(a, b, adjoint_a=True),
        [c64(3, 2), c64(3)],
        grad=True,
    ),
    Case("matvec-mismatch", "linalg.matvec", [f32(2, 3), f32(2)]),
    Case("raw-matmul-3d", lambda tf, a, b: tf.raw_ops.MatMul(a=a, b=b), [f32(1, 2, 3), f32(3, 2)]),
]

EINSUMS = {
    "ij,jk->ik": [(2, 3), (3, 4)],
    "ij,jk": [(2, 3), (3, 4)],
    "ii->i": [(3, 3)],
    "ii": [(3, 3)],
    "ij->": [(2, 3)],
    "ij->ji": [(2, 3)],
    "ij->j": [(2, 3)],
    "i,j->ij": [(2,), (3,)],
    "i,i->": [(3,), (3,)],
    "bij,bjk->bik": [(2, 3, 4), (2, 4, 5)],
    "...ij,jk->...ik": [(5, 2, 3), (3, 4)],
    "...ij,...jk->...ik": [(5, 1, 2, 3), (6, 3, 4)],
    "b...i,...ij->b...j": [(2, 5, 3), (5, 3, 4)],
    "ij...,jk...->ik...": [(2, 3, 2), (3, 4, 2)],
    "iji->j": [(2, 3, 2)],
    "abc,abc->b": [(2, 3, 4), (2, 3, 4)],
    "ab,ba->": [(2, 3), (3, 2)],
    "aBC , aC -> aB": [(2, 3, 4), (2, 4)],
    "ij,jk,kl->il": [(2, 3), (3, 4), (4, 5)],
    "ij,jk,kl,lm->im": [(2, 3), (3, 4), (4, 2), (2, 3)],
    "...ab,...bc,...cd->...ad": [(2, 2, 3), (2, 3, 4), (2, 4, 5)],
    "...": [(2, 3)],
}

BAD_EINSUMS = {
    "ij->ik": [(2, 3)],
    "i->ii": [(3,)],
    "ij,jk->ik": [(2, 3)],
    "ij;jk->ik": [(2, 3), (3, 4)],
    "i.j->i": [(2, 3)],
    "ij->i->j": [(2, 3)],
    "ijk->i": [(2, 3)],
    "ij,jk->k": [(2, 3), (4, 5)],
}

einsums = [
    *(
        Case(f"einsum-{e}", lambda tf, *x, e=e: tf.einsum(e, *x), [f32(*s) for s in shapes], grad=True, **SMALL)
        for e, shapes in EINSUMS.items()
    ),
    *(
        Case(f"einsum-bad-{e}", lambda tf, *x, e=e: tf.einsum(e, *x), [f32(*s) for s in shapes])
        for e, shapes in BAD_EINSUMS.items()
    ),
    *over(
        "einsum",
        lambda tf, a, b: tf.einsum("ij,kj->ik", a, b),
        ("float16", "bfloat16", "float64", "int32", "int64", "complex64"),
        [((2, 3), (4, 3))],
        grad=True,
        **HALF,
    ),
    Case(
        "einsum-optimal",
        lambda tf, a, b, c: tf.einsum("ij,jk,kl->il", a, b, c, optimize="optimal"),
        [f32(2, 3), f32(3, 4), f32(4, 5)],
        **SMALL,
    ),
    Case("einsum-keyword", lambda tf, a: tf.einsum("ij->i", a, axis=1), [f32(2, 3)]),
    Case(
        "einsum-second-order",
        lambda tf, a, b: tf.einsum("bij,bkj->bik", a, b),
        [f32(2, 3, 4), f32(2, 5, 4)],
        grad=2,
        **SMALL,
    ),
    *(
        Case(
            f"tensordot-{n}",
            lambda tf, a, b, axes=axes: tf.tensordot(a, b, axes),
            [f32(*s), f32(*t)],
            finer_shapes="TensorFlow loses the rank for axes that are arrays" if n == "array" else "",
            grad=True,
            **SMALL,
        )
        for n, s, t, axes in (
            ("1", (2, 3), (3, 4), 1),
            ("2", (2, 3, 4), (3, 4, 5), 2),
            ("0", (2,), (3,), 0),
            ("lists", (2, 3, 4), (4, 3, 5), [[1, 2], [1, 0]]),
            ("negative", (2, 3, 4), (4, 3, 5), [[-1], [0]]),
            ("numbers", (2, 3, 4), (5, 2), [0, 1]),
            ("all", (2, 3), (2, 3), 2),
            ("array", (2, 3), (2, 4), np.array([[0], [0]])),
        )
    ),
    Case("tensordot-int", lambda tf, a, b: tf.tensordot(a, b, 1), [ints(2, 3), ints(3, 4)]),
    Case("tensordot-too-many", lambda tf, a, b: tf.tensordot(a, b, 3), [f32(2, 3), f32(3, 4)]),
    Case("tensordot-negative-count", lambda tf, a, b: tf.tensordot(a, b, -1), [f32(2, 3), f32(3, 4)]),
    Case("tensordot-lengths", lambda tf, a, b: tf.tensordot(a, b, [[0, 1], [0]]), [f32(2, 3), f32(3, 4)]),
    Case("tensordot-mismatch", lambda tf, a, b: tf.tensordot(a, b, 1), [f32(2, 3), f32(2, 4)]),
]

ALIGNMENTS = ("LEFT_RIGHT", "RIGHT_LEFT", "LEFT_LEFT", "RIGHT_RIGHT")
BANDS = ((-1, 1), (0, 2), (-2, -1), (1, 2))

diagonals = [
    *over("diag", "linalg.diag", ("float32", "int32", "bool", "complex64"), [(3,), (2, 3)], grad=True),
    *over(
        "diag-part",
        "linalg.diag_part",
        ("float32", "int32", "bool", "complex64"),
        [(3, 3), (2, 3, 4)],
        grad=True,
    ),
    *(
        Case(
            f"diag-k{k}",
            lambda tf, x, k=k: tf.linalg.diag(x, k=k, padding_value=7),
            [f32(2, 3)],
            grad=True,
            modes=("eager", "function"),
            reason="TensorFlow misreads unknown sizes here",
        )
        for k in (-2, -1, 1, 2)
    ),
    *(
        Case(f"diag-part-k{k}", lambda tf, x, k=k: tf.linalg.diag_part(x, k=k), [f32(2, 4, 5)], grad=True)
        for k in (-3, -1, 1, 4)
    ),
    *(
        Case(
            f"diag-part-band{b}-{a}",
            lambda tf, x, a=a, b=b: tf.linalg.diag_part(x, k=b, align=a, padding_value=9),
            [f32(2, 4, 5)],
            grad=True,
            modes=("eager", "function"),
            reason="TensorFlow misreads unknown sizes here",
        )
        for a in ALIGNMENTS
        for b in BANDS
    ),
    *(
        Case(
            f"set-diag-band{b}-{a}",
            lambda tf, x, a=a, b=b: tf.linalg.set_diag(x, tf.linalg.diag_part(2 * x, k=b, align=a), k=b, align=a),
            [f32(2, 4, 5)],
            grad=True,
            modes=("eager", "function"),
            reason="TensorFlow misreads unknown sizes here",
        )
        for a in ALIGNMENTS
        for b in BANDS
    ),
    *(
        Case(
            f"diag-band{b}-{a}",
            lambda tf, x, a=a, b=b: tf.linalg.diag(
                tf.linalg.diag_part(x, k=b, align=a), k=b, align=a, num_rows=4, num_cols=5
            ),
            [f32(2, 4, 5)],
            grad=True,
            modes=("eager", "function"),
            reason="TensorFlow misreads unknown sizes here",
        )
        for a in ALIGNMENTS
        for b in BANDS
    ),
    Case(
        "diag-rows",
        lambda tf, x: tf.linalg.diag(x, num_rows=3, num_cols=5),
        [f32(2, 3)],
        grad=True,
        modes=("eager", "function"),
        reason="TensorFlow misreads unknown sizes here",
    ),
    Case(
        "diag-rows-bad",
        lambda tf, x: tf.linalg.diag(x, num_rows=2, num_cols=2),
        [f32(2, 3)],
        modes=("eager", "function"),
        reason="TensorFlow's graph error appears at run time",
    ),
    Case("diag-scalar", "linalg.diag", [f32()]),
    Case("diag-part-vector", "linalg.diag_part", [f32(3)]),
    Case(
        "diag-part-range",
        lambda tf, x: tf.linalg.diag_part(x, k=5),
        [f32(3, 3)],
        modes=("eager", "function"),
        reason="unknown sizes are checked at run time",
    ),
    Case("set-diag", "linalg.set_diag", [f32(2, 3, 4), f32(2, 3)], grad=True),
    Case("set-diag-k", lambda tf, x, d: tf.linalg.set_diag(x, d, k=1), [f32(2, 3, 4), f32(2, 3)], grad=True),
    Case(
        "set-diag-bad",
        "linalg.set_diag",
        [f32(2, 3, 4), f32(2, 4)],
        modes=("eager", "function"),
        reason="unknown sizes are checked at run time",
    ),
    *over("tensor-diag", "linalg.tensor_diag", ("float32", "int32", "complex64"), [(3,), (2, 3)], grad=True),
    Case("tensor-diag-part", "linalg.tensor_diag_part", [f32(2, 3, 2, 3)], grad=True),
    Case("tensor-diag-part-bad", "linalg.tensor_diag_part", [f32(2, 3)]),
    *(
        Case(
            f"band-part-{lo}-{up}",
            lambda tf, x, lo=lo, up=up: tf.linalg.band_part(x, lo, up),
            [f32(2, 3, 4)],
            grad=True,
        )
        for lo, up in ((0, 0), (-1, 0), (0, -1), (1, 2), (-1, -1), (3, 4))
    ),
    Case("band-part-int", lambda tf, x: tf.linalg.band_part(x, 1, 1), [ints(4, 4)]),
    Case("band-part-range", lambda tf, x: tf.linalg.band_part(x, 5, 1), [f32(3, 3)]),
    Case("trace", "linalg.trace", [f32(2, 3, 3)], grad=True),
    Case("trace-wide", "linalg.trace", [f32(3, 4)], grad=True),
    Case("trace-int", "linalg.trace", [ints(3, 3)]),
    Case("cross", "linalg.cross", [f32(2, 3), f32(2, 3)], grad=True),
    Case("cross-int", "linalg.cross", [ints(2, 3), ints(2, 3)]),
    Case("cross-shapes", "linalg.cross", [f32(2, 3), f32(3)]),
    *over(
        "matrix-transpose",
        "linalg.matrix_transpose",
        ("float32", "int32", "bool", "complex64"),
        [(2, 3), (4, 2, 3)],
        grad=True,
    ),
    *over("adjoint", "linalg.adjoint", ("float32", "complex64"), [(2, 3), (4, 2, 3)], grad=True),
    Case(
        "matrix-transpose-conjugate",
        lambda tf, x: tf.linalg.matrix_transpose(x, conjugate=True),
        [c64(2, 3)],
        grad=True,
    ),
    Case("matrix-transpose-vector", "linalg.matrix_transpose", [f32(3)]),
    Case("eye", lambda tf: tf.linalg.eye(3, 4)),
]

INF = math.inf

norms = [
    *(
        Case(
            f"norm-{o}-{a}",
            lambda tf, x, o=o, a=a: tf.norm(x, ord=o, axis=a),
            [f32(2, 3, 4)],
            grad=True,
            **SMALL,
        )
        for o in ("euclidean", 1, 2, 3, 1.5, INF)
        for a in (None, 0, -1)
    ),
    *(
        Case(f"norm-matrix-{o}", lambda tf, x, o=o: tf.norm(x, ord=o, axis=[0, 2]), [f32(2, 3, 4)], **SMALL)
        for o in ("euclidean", "fro", 1, INF)
    ),
    Case(
        "norm-spectral",
        lambda tf, x: tf.norm(x, ord=2, axis=(-2, -1)),
        [f32(2, 3, 4)],
        modes=("eager",),
        reason="TensorFlow needs loops for it in a graph",
        **SMALL,
    ),
    Case("norm-keepdims", lambda tf, x: tf.norm(x, axis=1, keepdims=True), [f32(2, 3)], grad=2, **SMALL),
    Case("norm-complex", lambda tf, x: tf.norm(x, axis=1), [c64(2, 3)], **SMALL),
    Case("normalize", lambda tf, x: tf.linalg.normalize(x, axis=1), [f32(2, 3)], grad=True, **SMALL),
    Case("normalize-1", lambda tf, x: tf.linalg.normalize(x, ord=1), [f32(2, 3)], **SMALL),
    Case("norm-zero", "norm", [zeros(3)], grad=True),
    Case("norm-linalg", "linalg.norm", [f64(2, 3)], grad=True),
    *(
        Case(f"norm-bad-{n}", lambda tf, x, k=k: tf.norm(x, **k), [f32(2, 3)])
        for n, k in {
            "ord": dict(ord="fro2"),
            "neg": dict(ord=-1),
            "axis": dict(axis=[0]),
            "same": dict(axis=[1, 1]),
            "matrix": dict(axis=[0, 1], ord=3),
        }.items()
    ),
]

decompositions = [
    *(
        Case(f"cholesky-{d}", "linalg.cholesky", [spd(3, dtype=d)], grad=True, **LOOSE)
        for d in (*WIDE_FLOATS, *COMPLEX)
    ),
    Case("cholesky-batch", "linalg.cholesky", [spd(3, 2)], grad=True, **LOOSE),
    Case(
        "cholesky-upper-unread",
        lambda tf, x: tf.linalg.cholesky(x + tf.linalg.band_part(tf.ones([3, 3]), 0, -1)),
        [spd(3)],
        **LOOSE,
    ),
    Case("cholesky-shape", "linalg.cholesky", [f32(2, 3)]),
    Case("cholesky-vector", "linalg.cholesky", [f32(3)]),
    Case("cholesky-int", "linalg.cholesky", [ints(2, 2)]),
    Case("cholesky-empty", "linalg.cholesky", [f32(0, 3, 3)]),
    Case(
        "cholesky-solve",
        lambda tf, a, b: tf.linalg.cholesky_solve(tf.linalg.cholesky(a), b),
        [spd(3), f32(3, 2)],
        grad=True,
        **LOOSE,
    ),
    *(Case(f"inv-{d}", "linalg.inv", [spd(3, dtype=d)], grad=True, **LOOSE) for d in (*WIDE_FLOATS, *COMPLEX)),
    Case(
        "inv-adjoint",
        lambda tf, a: tf.linalg.inv(a, adjoint=True),
        [spd(3, 2, dtype="complex64")],
        grad=True,
        **LOOSE,
    ),
    Case("inv-singular", "linalg.inv", [zeros(2, 2)]),
    Case("inv-shape", "linalg.inv", [f32(2, 3)]),
    Case("inv-empty", "linalg.inv", [f32(0, 0)]),
    *(Case(f"det-{d}", "linalg.det", [spd(3, dtype=d)], grad=True, **LOOSE) for d in WIDE_FLOATS),
    Case("det-batch", "linalg.det", [f32(2, 4, 4)], grad=True, **LOOSE),
    Case("det-singular", "linalg.det", [zeros(2, 2)]),
    Case("det-complex", "linalg.det", [c64(2, 3, 3)], grad=True, **LOOSE),
    Case("det-singular-gradient", "linalg.det", [zeros(2, 2)], grad=True),
    Case("slogdet-complex", "linalg.slogdet", [c64(2, 3, 3)], grad=True, **LOOSE),
    Case("slogdet-sign", lambda tf, x: tf.linalg.slogdet(x)[0], [c64(2, 3, 3)], grad=True, **LOOSE),
    Case("det-empty", "linalg.det", [f32(0, 0)]),
    Case("det-shape", "linalg.det", [f32(2, 3)]),
    Case("slogdet", "linalg.slogdet", [f32(2, 3, 3)], grad=True, **LOOSE),
    Case("slogdet-singular", "linalg.slogdet", [zeros(2, 2)]),
    Case("logdet", "linalg.logdet", [spd(3, 2)], grad=True, **LOOSE),
    *(
        Case(
            f"solve-{d}-{adjoint}",
            lambda tf, a, b, adjoint=adjoint: tf.linalg.solve(a, b, adjoint=adjoint),
            [spd(3, dtype=d), rand(d, 3, 2)],
            grad=True,
            **LOOSE,
        )
        for d in (*WIDE_FLOATS, "complex64")
        for adjoint in (False, True)
    ),
    Case("solve-batch", "linalg.solve", [spd(3, 2), f32(2, 3, 1)], grad=True, **LOOSE),
    Case("solve-singular", "linalg.solve", [zeros(2, 2), f32(2, 1)]),
    Case("solve-mismatch", "linalg.solve", [spd(3), f32(2, 1)]),
    *(
        Case(
            f"triangular-{lower}-{adjoint}-{d}",
            lambda tf, a, b, lower=lower, adjoint=adjoint: tf.linalg.triangular_solve(
                a, b, lower=lower, adjoint=adjoint
            ),
            [spd(3, dtype=d), rand(d, 3, 2)],
            grad=True,
            **LOOSE,
        )
        for lower in (True, False)
        for adjoint in (True, False)
        for d in ("float32", "complex64")
    ),
    Case("triangular-broadcast", "linalg.triangular_solve", [spd(3, 4, 1), f32(2, 3, 2)], grad=True, **LOOSE),
    Case("triangular-mismatch", "linalg.triangular_solve", [spd(3), f32(2, 2)]),
    *(
        Case(
            f"lstsq-{r}x{c}-{l2}",
            lambda tf, a, b, l2=l2: tf.linalg.lstsq(a, b, l2_regularizer=l2),
            [f32(r, c), f32(r, 2)],
            grad=True,
            modes=("eager", "function"),
            reason="TensorFlow needs a conditional for unknown sizes",
            **LOOSE,
        )
        for r, c in ((5, 3), (3, 5))
        for l2 in (0.0, 0.5)
    ),
    Case("lstsq-slow", lambda tf, a, b: tf.linalg.lstsq(a, b, fast=False), [f32(5, 3), f32(5, 2)], **LOOSE),
    *(
        Case(
            f"qr-{r}x{c}",
            lambda tf, a: (lambda q, u: [tf.matmul(q, u), tf.abs(u), tf.matmul(q, q, adjoint_a=True)])(
                *tf.linalg.qr(a)
            ),
            [f32(2, r, c)],
            **LOOSE,
        )
        for r, c in ((4, 3), (3, 4), (3, 3))
    ),
    Case("qr-full", lambda tf, a: [x.shape.as_list() for x in tf.linalg.qr(a, full_matrices=True)], [f32(4, 3)]),
    Case(
        "qr-grad",
        lambda tf, a: tf.abs(tf.linalg.qr(a).r),
        [f32(4, 3)],
        grad=True,
        modes=("eager", "function"),
        reason="TensorFlow needs known sizes here",
        **LOOSE,
    ),
    *(
        Case(
            f"svd-{r}x{c}",
            lambda tf, a: (lambda s, u, v: [s, tf.matmul(u * s[..., None, :], v, adjoint_b=True)])(*tf.linalg.svd(a)),
            [f32(2, r, c)],
            **LOOSE,
        )
        for r, c in ((4, 3), (3, 4), (3, 3))
    ),
    Case("svd-values", lambda tf, a: tf.linalg.svd(a, compute_uv=False), [f32(2, 4, 3)], grad=True, **LOOSE),
    Case("svd-complex", lambda tf, a: tf.linalg.svd(a, compute_uv=False), [c64(4, 3)], **LOOSE),
    *(
        Case(
            f"eigh-{d}",
            lambda tf, a: (lambda e, v: [e, tf.matmul(v * tf.cast(e, v.dtype)[..., None, :], v, adjoint_b=True)])(
                *tf.linalg.eigh(a)
            ),
            [spd(3, 2, dtype=d)],
            **LOOSE,
        )
        for d in (*WIDE_FLOATS, "complex64")
    ),
    Case("eigvalsh", "linalg.eigvalsh", [spd(4)], grad=True, **LOOSE),
    Case(
        "eigh-vectors-grad",
        lambda tf, a: tf.abs(tf.linalg.eigh(a)[1]),
        [spd(4, dtype="float64")],
        grad=True,
        **LOOSE,
    ),
    Case("eigh-shape", "linalg.eigh", [f32(2, 3)]),
    Case("lu", "linalg.lu", [spd(4)], **LOOSE),
    Case("lu-int64", lambda tf, a: tf.linalg.lu(a, output_idx_type=tf.int64), [f32(2, 3, 3)], **LOOSE),
    Case("lu-singular", "linalg.lu", [zeros(2, 2)]),
    Case("lu-solve", lambda tf, a, b: tf.linalg.lu_solve(*tf.linalg.lu(a), b), [f32(3, 3), f32(3, 2)], **LOOSE),
    Case(
        "lu-solve-batch",
        lambda tf, a, b: tf.linalg.lu_solve(*tf.linalg.lu(a), b),
        [f32(2, 3, 3), f32(2, 3, 2)],
        **LOOSE,
    ),
    Case("lu-reconstruct", lambda tf, a: tf.linalg.lu_reconstruct(*tf.linalg.lu(a)), [f32(3, 3)], **LOOSE),
    Case("lu-inverse", lambda tf, a: tf.linalg.lu_matrix_inverse(*tf.linalg.lu(a)), [spd(3)], **LOOSE),
    Case(
        "expm",
        "linalg.expm",
        [f32(2, 3, 3)],
        grad=1,
        modes=("eager", "function"),
        reason="TensorFlow's gradient needs static shapes",
        **LOOSE,
    ),
    Case("expm-complex", "linalg.expm", [c64(3, 3)], grad=True, modes=("eager",), reason="as above", **LOOSE),
    Case("logm", "linalg.logm", [spd(3, dtype="complex64")], grad=True, **LOOSE),
    Case("sqrtm", "linalg.sqrtm", [spd(3)], grad=True, **LOOSE),
    Case("matrix-rank", "linalg.matrix_rank", [f32(2, 3, 4)]),
    Case("matrix-rank-low", "linalg.matrix_rank", [arr([[1.0, 2.0], [2.0, 4.0]])]),
    Case("pinv", "linalg.pinv", [f32(4, 3)], **LOOSE),
    Case("pinv-batch", "linalg.pinv", [f64(2, 3, 4)], **LOOSE),
    Case("tridiagonal-matmul", "linalg.tridiagonal_matmul", [f32(2, 3, 4), f32(2, 4, 2)], grad=True, **SMALL),
    Case(
        "tridiagonal-matmul-matrix",
        lambda tf, a, b: tf.linalg.tridiagonal_matmul(a, b, diagonals_format="matrix"),
        [f32(4, 4), f32(4, 2)],
        **SMALL,
    ),
    Case(
        "tridiagonal-matmul-format",
        lambda tf, a, b: tf.linalg.tridiagonal_matmul(a, b, diagonals_format="x"),
        [f32(4, 4), f32(4, 2)],
    ),
    Case(
        "tridiagonal-solve",
        lambda tf, a, b: tf.linalg.tridiagonal_solve(a + [[0.0], [6.0], [0.0]], b),
        [f32(2, 3, 4), f32(2, 4, 2)],
        grad=True,
        **LOOSE,
    ),
    Case(
        "tridiagonal-solve-vector",
        lambda tf, a, b: tf.linalg.tridiagonal_solve(a + [[0.0], [6.0], [0.0]], b),
        [f32(3, 4), f32(4)],
        **LOOSE,
    ),
]

second_orders = [
    *(
        Case(f"second-{n}", f"linalg.{n}", [x], grad=2, **LOOSE)
        for n, x in {
            "diag": f32(3),
            "diag_part": f32(3, 3),
            "trace": f32(3, 3),
            "tensor_diag": f32(3),
            "tensor_diag_part": f32(3, 3),
            "matrix_transpose": f32(2, 3),
            "det": spd(3),
            "inv": spd(3),
            "cholesky": spd(3),
            "slogdet": spd(3),
            "logdet": spd(3),
            "eigvalsh": spd(3),
        }.items()
    ),
    Case("second-set-diag", "linalg.set_diag", [f32(3, 3), f32(3)], grad=2),
    Case("second-band-part", lambda tf, x: tf.linalg.band_part(x, 1, 0), [f32(3, 3)], grad=2),
    Case("second-cross", "linalg.cross", [f32(2, 3), f32(2, 3)], grad=2),
    Case("second-solve", "linalg.solve", [spd(3), f32(3, 1)], grad=2, **LOOSE),
    Case("second-triangular", "linalg.triangular_solve", [spd(3), f32(3, 1)], grad=2, **LOOSE),
    Case("second-matmul-batch", "matmul", [f32(2, 3, 2), f32(2, 2, 3)], grad=2, **SMALL),
    Case("matmul-no-such-output", lambda tf, a: tf.matmul(a, a, output_type=tf.float32), [ints(2, 2, dtype="int8")]),
]

CASES = [*second_orders, *products, *einsums, *diagonals, *norms, *decompositions]
