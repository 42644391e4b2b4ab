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
        if self._last is None or not _decomposes(computation):
            return operands
        # Always true, but not so that the compiler knows: it would drop what depends on a constant.
        integer = {2: jnp.int16, 4: jnp.int32, 8: jnp.int64}[self._last.dtype.itemsize]
        usual = jnp.minimum(lax.bitcast_convert_type(self._last, integer) & 1, 0) == 0
        return [jnp.where(usual, o, jnp.zeros_like(o)) if _is_array(o) else o for o in operands]

    def pass_on(self, computation: Any, operands: Sequence[Any], outputs: Sequence[Any]) -> None:
        """Notes what a decomposition of several matrices, or its gradient, has given."""
        if not self._on_cpu or not _decomposes(computation):
            return
        # What there is of several matrices may be a vector, but not on both sides.
        if any(_is_array(v) and len(v.shape) > 2 for v in (*operands, *outputs)):
            made = next((o for o in outputs if _is_array(o)), None)
            self._last = self._last if made is None else jnp.real(made).reshape(-1)[0]


def _decomposes(computation: Any) -> bool:
    """Whether a computation is a decomposition, a solution of equations, or a gradient of one."""
    while hasattr(computation, "forward"):
        computation = computation.forward
    return computation.name in _DECOMPOSITIONS


def _is_array(value: Any) -> bool:
    """Whether a value is an array of real or complex numbers, with some in it."""
    shape, dtype = getattr(value, "shape", ()), getattr(value, "dtype", None)
    return len(shape) > 0 and 0 not in shape and dtype is not None and jnp.issubdtype(dtype, jnp.inexact)
