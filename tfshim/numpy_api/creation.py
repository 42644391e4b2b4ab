"""Arrays of a given shape: zeros, ones, diagonals, triangles."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from tfshim import convert, dtypes
from tfshim.api import creation, linalg, math
from tfshim.api.array import broadcast_to, concat, expand_dims, reshape
from tfshim.api.array import shape as shape_of
from tfshim.api.assertions import Assert
from tfshim.api.casting import cast
from tfshim.api.gather import where
from tfshim.errors import InvalidArgumentError
from tfshim.export import export
from tfshim.numpy_api.arrays import _own_type, as_array, requested, result_type
from tfshim.numpy_api.ranks import any_rank, choose
from tfshim.numpy_api.settings import default_float
from tfshim.tensor import Tensor


@export("experimental.numpy.zeros")
def zeros(shape, dtype=float):
    """Zeros of a shape."""
    return creation.zeros(shape, requested(dtype) or dtypes.as_dtype(default_float()))


@export("experimental.numpy.empty")
def empty(shape, dtype=float):
    """Zeros of a shape: nothing is left uninitialised."""
    return zeros(shape, dtype)


@export("experimental.numpy.ones")
def ones(shape, dtype=float):
    """Ones of a shape."""
    return creation.ones(shape, requested(dtype) or dtype)


def _like(a: Any, dtype: Any) -> Any:
    return requested(dtype) if dtype else _own_type(a)


@export("experimental.numpy.zeros_like")
def zeros_like(a, dtype=None):
    """Zeros of the shape and, by default, the type of `a`."""
    return creation.zeros_like(a, _like(a, dtype))


@export("experimental.numpy.empty_like")
def empty_like(a, dtype=None):
    """Zeros of the shape and, by default, the type of `a`."""
    return zeros_like(a, dtype)


@export("experimental.numpy.ones_like")
def ones_like(a, dtype=None):
    """Ones of the shape and, by default, the type of `a`."""
    return creation.ones_like(a, _like(a, dtype))


@export("experimental.numpy.full")
def full(shape, fill_value, dtype=None):
    """`fill_value` broadcast to a shape."""
    if not isinstance(shape, Tensor):
        shape = convert.convert_to_tensor(shape, hint=dtypes.int32)
    if shape.shape.rank == 0:
        shape = reshape(shape, [1])
    return broadcast_to(as_array(fill_value, requested(dtype)), shape)


@export("experimental.numpy.broadcast_to")
def broadcast_to_(array, shape):
    """`array` repeated along its axes of size 1, and along new ones in front, to a shape."""
    return full(shape, array)


broadcast_to_.__name__ = broadcast_to_.__qualname__ = "broadcast_to"


@export("experimental.numpy.full_like")
def full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None):
    """`fill_value` broadcast to the shape of `a`, and by default of its type.

    Raises:
      ValueError: for arguments of NumPy's about memory, or a shape.
    """
    if order != "K":
        raise ValueError("Tensors have no memory order: leave out the argument order of full_like.")
    if not subok:
        raise ValueError("Tensors have no subclasses: leave out the argument subok of full_like.")
    if shape:
        raise ValueError("full_like has the shape of its argument: use full for another shape.")
    a = as_array(a)
    return broadcast_to(as_array(fill_value, requested(dtype) or a.dtype), shape_of(a))


@export("experimental.numpy.eye")
def eye(N, M=None, k=0, dtype=float):
    """An N x M matrix (M is N by default) with ones on the `k`th diagonal, above the main one if positive."""
    rows = int(N)
    columns = int(M) if M else rows
    k = int(k)
    dtype = requested(dtype) or dtypes.float32
    if k == 0:
        return creation.eye(rows, columns, dtype=dtype)
    length = builtins.min(rows + builtins.min(k, 0), columns - builtins.max(k, 0))
    if length <= 0:
        return creation.zeros([rows, columns], dtype)
    return linalg.diag(creation.ones([length], dtype), k=k, num_rows=rows, num_cols=columns)


@export("experimental.numpy.identity")
def identity(n, dtype=float):
    """The identity matrix of `n` rows."""
    return eye(n, n, dtype=dtype)


# Diagonals -----------------------------------------------------------------------------------------------


@export("experimental.numpy.diag")
def diag(v, k=0):
    """The matrix with the vector `v` on its `k`th diagonal, or that diagonal of the matrix `v`.

    Raises:
      ValueError: if `v` has more than two dimensions.
      InvalidArgumentError: if it has none.
    """
    v = as_array(v)
    v.shape.with_rank_at_most(2)
    rank = any_rank(v)
    if v.shape.rank == 0:
        raise InvalidArgumentError(None, None, "diag takes a vector or a matrix, not a scalar")  # type: ignore[call-arg]
    if not isinstance(rank, int):
        Assert((rank == 1) | (rank == 2), [rank])
    return choose(rank == 1, lambda: _with_diagonal(v, k), lambda: _diagonal(v, k))


def _with_diagonal(v: Tensor, k: int) -> Tensor:
    if v.shape == (0,):
        return creation.zeros([abs(k), abs(k)], v.dtype)
    return linalg.diag(v, k=k)


def _diagonal(a: Tensor, k: int) -> Tensor:
    """Diagonal `k` of the last two axes; an empty one where there is none."""
    rows, columns = a.shape[-2:].as_list() if a.shape.rank is not None else (None, None)
    if rows is not None and columns is not None:
        exists: Any = -rows < k < columns
    elif k == 0:
        exists = True  # a matrix without elements has an empty main diagonal
    else:
        sizes = shape_of(a)
        exists = (-sizes[-2] < k) & (k < sizes[-1])

    def empty():
        return creation.zeros(concat([shape_of(a)[:-2], [0]], 0), a.dtype)

    return choose(exists, lambda: linalg.diag_part(a, k=k), empty)


@export("experimental.numpy.diagonal")
def diagonal(a, offset=0, axis1=0, axis2=1):
    """The diagonals of the matrices that `axis1` and `axis2` span, as the last axis.

    Args:
      a: an array of two or more dimensions.
      offset: which diagonal: above the main one if positive.
      axis1, axis2: the axes of rows and columns.
    """
    from tfshim.numpy_api.manipulation import moveaxis

    a = as_array(a)
    rank = a.shape.rank
    if not rank or (axis1 % rank, axis2 % rank) != (rank - 2, rank - 1):
        a = moveaxis(a, (axis1, axis2), (-2, -1))
    return _diagonal(a, offset)


@export("experimental.numpy.diagflat")
def diagflat(v, k=0):
    """The matrix with all elements of `v` on its `k`th diagonal."""
    return diag(reshape(as_array(v), [-1]), k)


@export("experimental.numpy.diag_indices")
def diag_indices(n, ndim=2):
    """The indices of the main diagonal of an array of `ndim` dimensions of size `n`.

    Raises:
      ValueError: if `n` or `ndim` is negative.
    """
    for name, value in (("n", n), ("ndim", ndim)):
        if value < 0:
            raise ValueError(f"The argument {name} of diag_indices must not be negative, got {value}.")
    return (creation.range(n),) * ndim


# Triangles -----------------------------------------------------------------------------------------------


@export("experimental.numpy.tri")
def tri(N, M=None, k=0, dtype=None):
    """An N x M matrix of ones on and below the `k`th diagonal, and zeros above."""
    columns = N if M is None else M
    dtype = requested(dtype) or result_type(float)
    rows = np.arange(N, dtype=np.int64)[:, None]
    # Plain integers: the matrix is known while graphs are built.
    below = np.arange(columns, dtype=np.int64)[None, :] <= rows + k
    return cast(convert.convert_to_tensor(below), dtype)


def _triangle(m: Any, k: int, name: str, lower: bool) -> Tensor:
    m = as_array(m)
    rank = m.shape.rank
    if rank is None or rank < 2:
        raise ValueError(f"{name} takes arrays of known rank and of two or more dimensions, not of shape {m.shape}.")
    rows, columns = m.shape[-2:].as_list()
    if rows is None or columns is None:
        raise ValueError(f"{name} takes arrays whose last two dimensions are known, not of shape {m.shape}.")
    mask = broadcast_to(tri(rows, columns, k=k if lower else k - 1, dtype=bool), shape_of(m))
    zero = cast(0, m.dtype)
    return where(mask, m, zero) if lower else where(mask, zero, m)


@export("experimental.numpy.tril")
def tril(m, k=0):
    """`m` with zeros above the `k`th diagonals of its last two axes.

    Raises:
      ValueError: unless the last two dimensions are known.
    """
    return _triangle(m, k, "tril", lower=True)


@export("experimental.numpy.triu")
def triu(m, k=0):
    """`m` with zeros below the `k`th diagonals of its last two axes.

    Raises:
      ValueError: unless the last two dimensions are known.
    """
    return _triangle(m, k, "triu", lower=False)


@export("experimental.numpy.vander")
def vander(x, N=None, increasing=False):
    """The matrix whose rows are the powers of the elements of a vector: N - 1 down to 0, or 0 to N - 1.

    Raises:
      ValueError: for a negative N, or an `x` that is no vector.
    """
    x = as_array(x)
    if N is not None and N < 0:
        raise ValueError("The number of columns N must not be negative.")
    if x.shape.rank is not None and x.shape.rank != 1:
        raise ValueError(f"vander takes a vector, not an array of shape {x.shape}.")
    columns = shape_of(x)[0] if N is None else N
    powers = creation.range(0, columns) if increasing else creation.range(columns - 1, -1, -1)
    return math.pow(expand_dims(x, -1), expand_dims(cast(powers, x.dtype), 0))
