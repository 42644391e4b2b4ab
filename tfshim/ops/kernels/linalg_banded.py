"""The kernel of banded triangular systems."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim.ops.kernels.nn_activations import widened
from tfshim.ops.registry import kernel, runtime_check, shape_function
from tfshim.ops.shape_helpers import UNKNOWN, invalid, shape_text
from tfshim.shapes import from_dims


def _full(bands, lower):
    """The triangular matrix of `bands`: element i of a row is of row i. Bands outside of it have no meaning."""
    count, n = bands.shape[-2:]
    matrix = jnp.zeros((*bands.shape[:-2], n, n), bands.dtype)
    for distance in range(min(count, n)):
        rows = np.arange(distance, n) if lower else np.arange(n - distance)
        columns = rows - distance if lower else rows + distance
        band = distance if lower else count - 1 - distance
        matrix = matrix.at[..., rows, columns].set(bands[..., band, rows])
    return matrix


@kernel("BandedTriangularSolve")
def banded_triangular_solve(matrix, rhs, *, lower, adjoint):
    if matrix.ndim < 2 or rhs.ndim < 2:
        raise invalid(f"In[0] and In[1] must have at least 2 dimensions: {matrix.ndim} vs. {rhs.ndim}")
    shapes = f"{shape_text(matrix.shape)} {shape_text(rhs.shape)}"
    if matrix.shape[-1] != rhs.shape[-2]:
        raise invalid(f"In[0] mismatch In[1] shape: {matrix.shape[-1]} vs. {rhs.shape[-2]}: {shapes}")
    try:
        batch = np.broadcast_shapes(matrix.shape[:-2], rhs.shape[:-2])
    except ValueError:
        raise invalid(f"Batch dimensions do not broadcast: {shapes}") from None
    if rhs.size == 0:
        raise invalid(f"In[1] must not be an empty tensor: {shapes}")
    wide = _full(widened(matrix), lower)
    runtime_check(jnp.diagonal(wide, 0, -2, -1) != 0, "Input matrix is not invertible.")
    wide = jnp.broadcast_to(wide, (*batch, *wide.shape[-2:]))
    right = jnp.broadcast_to(widened(rhs), (*batch, *rhs.shape[-2:]))
    solved = lax.linalg.triangular_solve(
        wide, right, left_side=True, lower=lower, transpose_a=adjoint, conjugate_a=adjoint
    )
    return solved.astype(rhs.dtype)


@shape_function("BandedTriangularSolve")
def _(op):
    bands, rhs = op.shape(0).with_rank_at_least(2), op.shape(1).with_rank_at_least(2)
    if bands.rank is None or rhs.rank is None:
        return UNKNOWN
    a, b = bands.as_list(), rhs.as_list()
    if None not in (a[-1], b[-2]) and a[-1] != b[-2]:
        raise invalid(f"Dimensions must be equal, but are {a[-1]} and {b[-2]}")
    if a[-2] is not None and not 1 <= a[-2] <= (a[-2] if a[-1] is None else a[-1]):
        raise invalid(f"There must be from one band to as many as there are rows: {a[-2]} vs. {a[-1]}")
    rank = max(len(a), len(b)) - 2
    pairs = zip([1] * (rank - len(a) + 2) + a[:-2], [1] * (rank - len(b) + 2) + b[:-2], strict=True)
    batch = [q if p == 1 else p if q == 1 or p is not None else q for p, q in pairs]
    return from_dims((*batch, b[-2] if b[-2] is not None else a[-1], b[-1]))
