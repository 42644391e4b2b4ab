"""Products of matrices, Fourier transforms and decompositions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim.ops.numpy_programs.program import Unsupported, rule

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@rule("dot_general", dtypes="iufc")
def _dot_general(equation: Any) -> Callable[..., Any]:
    (left_sum, right_sum), (left_batch, right_batch) = equation.params["dimension_numbers"]
    left, right = (v.aval for v in equation.invars)
    dtype = equation.outvars[0].aval.dtype
    if left.ndim + right.ndim > len(_LETTERS):
        raise Unsupported("a product of many dimensions")
    left_names = list(_LETTERS[: left.ndim])
    right_names = list(_LETTERS[left.ndim : left.ndim + right.ndim])
    for i, j in (*zip(left_sum, right_sum, strict=True), *zip(left_batch, right_batch, strict=True)):
        right_names[j] = left_names[i]
    batch = [left_names[i] for i in left_batch]
    free = [n for i, n in enumerate(left_names) if i not in left_sum and i not in left_batch]
    free += [n for j, n in enumerate(right_names) if j not in right_sum and j not in right_batch]
    formula = f"{''.join(left_names)},{''.join(right_names)}->{''.join(batch + free)}"
    if formula == "ab,bd->ad":
        return lambda x, y: np.matmul(x, y, dtype=dtype)
    return lambda x, y: np.einsum(formula, x, y, dtype=dtype)


@rule("fft", dtypes="fc")
def _fft(equation: Any) -> Callable[..., Any]:
    kind, lengths = equation.params["fft_type"].name, equation.params["fft_lengths"]
    dtype = equation.outvars[0].aval.dtype
    axes = tuple(range(-len(lengths), 0))
    if 0 in equation.invars[0].aval.shape:
        raise Unsupported("a transform of nothing")
    transform = {"FFT": np.fft.fftn, "IFFT": np.fft.ifftn, "RFFT": np.fft.rfftn, "IRFFT": np.fft.irfftn}[kind]
    if kind in ("FFT", "IFFT"):
        return lambda x: transform(x, axes=axes).astype(dtype)
    return lambda x: transform(x, lengths, axes=axes).astype(dtype)


@rule("cholesky", dtypes="f")
def _cholesky(equation: Any) -> Callable[..., Any]:
    def factor(x):
        try:
            return np.linalg.cholesky(x)
        except np.linalg.LinAlgError:
            # One matrix of the batch fails: that one is NaN, below and on the diagonal.
            flat = x.reshape(-1, *x.shape[-2:])
            return np.stack([_cholesky_or_nan(m) for m in flat]).reshape(x.shape)

    return factor


def _cholesky_or_nan(matrix: np.ndarray) -> np.ndarray:
    try:
        return np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return np.tril(np.full_like(matrix, np.nan))


@rule("triangular_solve", dtypes="f")
def _triangular_solve(equation: Any) -> Callable[..., Any]:
    p = equation.params

    def solve(a, b):
        # Without pivoting, by substitution: a zero on the diagonal gives infinities, as in a compiled program.
        if p["transpose_a"]:
            a = a.swapaxes(-1, -2)
        lower = p["lower"] != p["transpose_a"]
        if not p["left_side"]:
            a, b, lower = a.swapaxes(-1, -2), b.swapaxes(-1, -2), not lower
        n = a.shape[-1]
        x = np.array(b)
        for i in range(n) if lower else range(n - 1, -1, -1):
            done = slice(0, i) if lower else slice(i + 1, n)
            known = np.einsum("...k,...kj->...j", a[..., i, done], x[..., done, :])
            x[..., i, :] = x[..., i, :] - known
            if not p["unit_diagonal"]:
                x[..., i, :] = x[..., i, :] / a[..., i, i, None]
        return x if p["left_side"] else x.swapaxes(-1, -2)

    return solve


@rule("lu", dtypes="f" + "iu")
def _lu(equation: Any) -> Callable[..., Any]:
    shape = equation.invars[0].aval.shape
    if 0 in shape or shape[-1] != shape[-2]:
        raise Unsupported("LU of matrices that are not square")
    pivot_dtype = equation.outvars[1].aval.dtype

    def factor(a):
        a = np.array(a).reshape(-1, *shape[-2:])
        n = shape[-1]
        pivots = np.zeros((len(a), n), pivot_dtype)
        order = np.broadcast_to(np.arange(n, dtype=pivot_dtype), pivots.shape).copy()
        for matrix, pivot, rows in zip(a, pivots, order, strict=True):
            for k in range(n):
                p = k + int(np.argmax(np.abs(matrix[k:, k])))
                pivot[k] = p
                if p != k:
                    matrix[[k, p]] = matrix[[p, k]]
                    rows[[k, p]] = rows[[p, k]]
                if matrix[k, k] != 0:
                    matrix[k + 1 :, k] /= matrix[k, k]
                    matrix[k + 1 :, k + 1 :] -= np.outer(matrix[k + 1 :, k], matrix[k, k + 1 :])
        return [a.reshape(shape), pivots.reshape(shape[:-1]), order.reshape(shape[:-1])]

    return factor


def _decomposition(name: str, make: Callable[[Any], Callable[..., Any]]) -> None:
    """Declares a decomposition by LAPACK, whose result is NaN where it does not converge."""

    @rule(name, dtypes="f")
    def _rule(equation: Any) -> Callable[..., Any]:
        if 0 in equation.invars[0].aval.shape:
            raise Unsupported("a decomposition of nothing")
        decompose, outputs = make(equation.params), [v.aval for v in equation.outvars]

        def run(x):
            try:
                return decompose(x)
            except np.linalg.LinAlgError:
                return [np.full(aval.shape, np.nan, aval.dtype) for aval in outputs]

        return run


def _svd(params: Any) -> Callable[..., Any]:
    if params["subset_by_index"] is not None:
        raise Unsupported("some singular values")
    if not params["compute_uv"]:
        return lambda x: [np.linalg.svd(x, compute_uv=False)]
    full = params["full_matrices"]

    def decompose(x):
        u, s, v = np.linalg.svd(x, full)
        return [s, u, v]

    return decompose


def _eigh(params: Any) -> Callable[..., Any]:
    if params["subset_by_index"] is not None:
        raise Unsupported("some eigenvalues")
    triangle = "L" if params["lower"] else "U"
    return lambda x: list(np.linalg.eigh(x, triangle))[::-1]


def _qr(params: Any) -> Callable[..., Any]:
    if params["pivoting"]:
        raise Unsupported("QR with pivoting")
    return lambda x: list(np.linalg.qr(x, "complete" if params["full_matrices"] else "reduced"))


for _name, _make in (("svd", _svd), ("eigh", _eigh), ("qr", _qr)):
    _decomposition(_name, _make)
