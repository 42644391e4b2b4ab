"""The batched matrix decompositions of a program, one after the other.

In jaxlib 0.10, such a call on a CPU waits in one thread of XLA's pool for work that it gives to the others. As many of
them at once as there are threads wait for ever: two, on two cores. Each takes all threads anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
from jax import lax

_DECOMPOSITIONS = frozenset(
    """
    Cholesky CholeskyGrad Eig LogMatrixDeterminant Lu MatrixDeterminant MatrixExponential MatrixInverse MatrixSolve
    MatrixSolveLs MatrixSquareRoot MatrixTriangularSolve Qr SelfAdjointEigV2 Svd TridiagonalSolve
    """.split()
)


class Turns:
    """Makes each decomposition of a program for a CPU wait for the one before it."""

    def __init__(self, platform: str) -> None:
        self._on_cpu = platform == "cpu"
        self._last: Any = None

    def wait(self, computation: Any, operands: Sequence[Any]) -> Sequence[Any]:
        """The operands, of a decomposition or its gradient, as values that depend on the last one."""
        if not _decomposes(computation) or self._last is None:
            return operands
        # Never odd and negative at once; the compiler does not know.
        integer = {2: jnp.int16, 4: jnp.int32, 8: jnp.int64}[self._last.dtype.itemsize]
        bits = lax.bitcast_convert_type(self._last, integer)
        usual = jnp.minimum(bits & 1, 0) == 0
        return [jnp.where(usual, o, jnp.zeros_like(o)) if _is_batch(o) else o for o in operands]

    def pass_on(self, computation: Any, outputs: Sequence[Any]) -> None:
        """Notes what a decomposition, or its gradient, has given."""
        if self._on_cpu and _decomposes(computation):
            made = next((o for o in outputs if _is_batch(o)), None)
            if made is not None:
                self._last = jnp.real(made).reshape(-1)[0]


def _decomposes(computation: Any) -> bool:
    """Whether a computation is a decomposition, a solution of equations, or a gradient of one."""
    while hasattr(computation, "forward"):
        computation = computation.forward
    return computation.name in _DECOMPOSITIONS


def _is_batch(value: Any) -> bool:
    # A determinant of several matrices is a vector.
    shape, dtype = getattr(value, "shape", ()), getattr(value, "dtype", None)
    return len(shape) > 0 and 0 not in shape and dtype is not None and jnp.issubdtype(dtype, jnp.inexact)
