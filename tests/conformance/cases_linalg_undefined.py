"""`tf.linalg` on matrices without an answer: singular ones, NaN and infinity, types and shapes that are refused."""

from __future__ import annotations

import numpy as np

from .inputs import arr, c64, f32
from .runner import Case

NAN, INF = np.nan, np.inf

# Matrices by what is wrong with them.
UNDEFINED = {
    "all-nan": [[NAN, NAN], [NAN, NAN]],
    "first-nan": [[NAN, 0], [0, 1.0]],
    "last-nan": [[1.0, 0], [0, NAN]],
    "upper-nan": [[1.0, NAN], [0.5, 2]],
    "first-infinite": [[INF, 0], [0, 1.0]],
    "wide-nan": np.where(np.eye(9) > 0, 2, 0.1) * np.array([NAN] + [1] * 8),
}
# LAPACK and Eigen agree on what these give where it is not an error, but for the factors.
FUNCTIONS = ("inv", "eigvalsh", "eigvals", "logm")


def of_undefined(name):
    dtype = "complex64" if name == "logm" else "float32"
    return [
        Case(f"{name}-of-{what}", f"linalg.{name}", [arr(matrix, dtype)])
        for what, matrix in UNDEFINED.items()
        if (name, what) != ("eigvalsh", "first-infinite")
    ]


SQUARE_ROOTS = {
    "negative": [[-1.0, 0], [0, 2]],
    "turned": [[0.0, -1], [1, 0]],
    "turned-and-negative": [[0.0, -1, 0], [1, 0, 0], [0, 0, -2]],
    "triangular": [[4.0, 1], [0, 9]],
    "two": [[[4.0, 1], [1, 3]], [[1, 2], [0.5, -3]]],
}

CASES = [
    *(case for name in FUNCTIONS for case in of_undefined(name)),
    *(
        Case(f"solve-of-{what}", lambda tf, m: tf.linalg.solve(m, m[:, :1]), [arr(matrix, "float64")])
        for what, matrix in UNDEFINED.items()
    ),
    Case("lu-of-first-nan", "linalg.lu", [arr(UNDEFINED["first-nan"], "float64")]),
    Case("inverse-of-nan-of-one", "linalg.inv", [arr([[NAN]])]),
    Case("eigh-of-nan-of-one", "linalg.eigvalsh", [arr([[NAN]])]),
    Case("eig-of-nan-of-one", "linalg.eigvals", [arr([[NAN]])]),
    *(
        Case(f"sqrtm-{what}-{dtype}", "linalg.sqrtm", [arr(matrix, dtype)], rtol=rtol, atol=rtol / 10)
        for what, matrix in SQUARE_ROOTS.items()
        for dtype, rtol in (("float32", 1e-5), ("float64", 1e-12), ("complex64", 1e-5))
    ),
    *(
        Case(f"logm-{what}", "linalg.logm", [arr(matrix, "complex128")])
        for what, matrix in {
            "singular": [[1, 1], [1, 1]],
            "zero-row": [[1, 2], [0, 0]],
            "zero": [[0, 0], [0, 0]],
        }.items()
    ),
    *(
        Case(
            f"eigh-tridiagonal-from-an-eigenvalue-{low}-{high}",
            lambda tf, a, b, limits=(low, high): tf.linalg.eigh_tridiagonal(a, b, select="v", select_range=limits),
            [arr([1.0, 2, 3]), arr([0.0, 0])],
            modes=("eager", "function"),
            reason="TensorFlow's bisection wants to know the number of eigenvalues",
        )
        for low, high in ((1.0, 2.0), (2.0, 3.0), (1.5, 2.5))
    ),
    Case("pinv-complex", "linalg.pinv", [c64(2, 2)]),
    Case("rank-complex", "linalg.matrix_rank", [c64(2, 2)]),
    *(Case(f"tridiagonal-solve-{n}-diagonals", "linalg.tridiagonal_solve", [f32(n, 4), f32(4)]) for n in (1, 2, 4)),
]
