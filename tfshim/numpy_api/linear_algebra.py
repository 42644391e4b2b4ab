"""Products of vectors, matrices and arrays of more dimensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim import dtypes
from tfshim.api import array as array_api
from tfshim.api import creation, linalg, math, math_unary
from tfshim.api.casting import cast
from tfshim.errors import InvalidArgumentError
from tfshim.export import export
from tfshim.numpy_api import reductions
from tfshim.numpy_api.arrays import as_array, promoted, promoted_pair, requested
from tfshim.numpy_api.creation import diagonal
from tfshim.numpy_api.manipulation import broadcast_together, moveaxis
from tfshim.numpy_api.ranks import any_rank, choose, static_rank, with_ones
from tfshim.tensor import Tensor


@export("experimental.numpy.dot")
def dot(a, b):
    """The sum over the last axis of `a` and the last but one of `b` (the only one of a vector).

    If one is a scalar, the product.
    """
    a, b = promoted_pair(a, b)

    def along(axis):
        return lambda: linalg.tensordot(a, b, [[-1], [axis]])

    return _product_or(lambda: choose(any_rank(b) == 1, along(-1), along(-2)), a, b)


def _product_or(sums: Callable[[], Tensor], a: Tensor, b: Tensor) -> Tensor:
    """`a * b` if one of them is a scalar, else `sums()`."""
    return choose(any_rank(a) * any_rank(b) == 0, lambda: a * b, sums)


@export("experimental.numpy.inner")
def inner(a, b):
    """The sum over the last axes of both; if one is a scalar, the product."""
    a, b = promoted_pair(a, b)
    return _product_or(lambda: linalg.tensordot(a, b, [[-1], [-1]]), a, b)


@export("experimental.numpy.matmul")
def matmul(x1, x2):
    """The matrix product over the last two axes; a vector is a row on the left and a column on the right.

    Raises:
      ValueError: if the inner dimensions differ.
    """
    x1, x2 = promoted_pair(x1, x2)
    try:
        return choose(
            any_rank(x2) == 1,
            lambda: linalg.tensordot(x1, x2, 1),
            lambda: choose(
                any_rank(x1) == 1,
                lambda: linalg.tensordot(x1, x2, [[0], [-2]]),
                lambda: linalg.matmul(x1, x2),
            ),
        )
    except InvalidArgumentError as error:
        raise ValueError(str(error)) from None


@export("experimental.numpy.tensordot")
def tensordot(a, b, axes=2):
    """The sum of products over the axes named, or over the last `axes` of `a` and the first of `b`."""
    a, b = promoted_pair(a, b)
    return linalg.tensordot(a, b, axes)


@export("experimental.numpy.vdot")
def vdot(a, b):
    """The inner product of the flattened arrays, the first one conjugated."""
    a, b = (array_api.reshape(x, [-1]) for x in promoted(a, b))
    return dot(math_unary.conj(a) if a.dtype.is_complex else a, b)


@export("experimental.numpy.outer")
def outer(a, b):
    """The matrix of the products of all pairs of elements of the flattened arrays."""
    a, b = promoted_pair(a, b)
    return array_api.reshape(a, [-1, 1]) * array_api.reshape(b, [-1])


@export("experimental.numpy.kron")
def kron(a, b):
    """The Kronecker product: blocks of `b`, each times an element of `a`."""
    a, b = promoted(a, b)
    rank = max(static_rank(a, "kron"), static_rank(b, "kron"))
    shapes = [with_ones(array_api.shape(x), rank - x.shape.rank) for x in (a, b)]
    ones = [1] * rank
    # Each axis of the result is a pair of axes: one of `a`, then one of `b`.
    wide_a, wide_b = (
        array_api.reshape(x, array_api.reshape(array_api.stack(pair, axis=1), [-1]))
        for x, pair in ((a, (shapes[0], ones)), (b, (ones, shapes[1])))
    )
    return array_api.reshape(wide_a * wide_b, shapes[0] * shapes[1])


@export("experimental.numpy.cross")
def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The cross product of vectors of two or three components; of two twice the area, a scalar.

    Args:
      a, b: arrays of vectors.
      axisa, axisb: the axes of their components.
      axisc: the axis of the components in the result.
      axis: stands for all three.
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    vectors = []
    in_plane: Any = True
    for x, along in zip(promoted_pair(a, b), (axisa, axisb), strict=True):
        x = _axis_moved(x, along, -1)
        size = x.shape[-1] if x.shape.rank is not None else None
        if size is None:
            short = array_api.shape(x)[-1] == 2
            vectors.append(_as_in_space(x, cast(short, dtypes.int32)))
        else:
            short = size == 2
            vectors.append(_as_in_space(x, 1) if short else x)
        in_plane = short & in_plane
    product = linalg.cross(*broadcast_together(vectors))
    return choose(in_plane, lambda: product[..., 2], lambda: _axis_moved(product, -1, axisc))


def _axis_moved(x: Tensor, source: int, destination: int) -> Tensor:
    rank = x.shape.rank
    unmoved = source == destination if rank is None else source % rank == destination % rank
    return x if unmoved else moveaxis(x, source, destination)


def _as_in_space(x: Tensor, missing: Any) -> Tensor:
    """Vectors with so many zeros added."""
    others = creation.zeros([any_rank(x) - 1, 2], dtypes.int32)
    return array_api.pad(x, array_api.concat([others, [[0, missing]]], 0))


@export("experimental.numpy.einsum")
def einsum(subscripts, *operands, **kwargs):
    """Einstein's sum over the indices in `subscripts` ("ij,jk->ik"): see `tf.einsum`.

    Args:
      subscripts: the indices of the operands and of the result.
      *operands: the arrays.
      **kwargs: `casting="safe"` promotes the operands, `"no"` leaves them; `optimize`, the order of the products:
        False, True, "greedy" or "optimal".

    Raises:
      ValueError: for other values of these.
    """
    casting = kwargs.get("casting", "safe")
    if casting not in ("safe", "no"):
        raise ValueError(f"The casting of einsum is 'safe' or 'no', not {casting!r}.")
    optimize = kwargs.get("optimize", False)
    if optimize and optimize not in (True, "greedy", "optimal"):
        raise ValueError(f"The optimize of einsum is a boolean, 'greedy' or 'optimal', not {optimize!r}.")
    tensors = promoted(*operands) if casting == "safe" else [as_array(x) for x in operands]
    return linalg.einsum(subscripts, *tensors, optimize="optimal" if optimize == "optimal" else "greedy")


@export("experimental.numpy.trace")
def trace(a, offset=0, axis1=0, axis2=1, dtype=None):
    """The sums of the diagonals of the matrices that `axis1` and `axis2` span; integers as 64-bit ones.

    Along the last two axes the type stays as it is, as in TensorFlow.
    """
    a = as_array(a, requested(dtype))
    rank = a.shape.rank
    if offset == 0 and rank is not None and axis1 in (-2, rank - 2) and axis2 in (-1, rank - 1):
        return linalg.trace(a)
    return reductions.sum(diagonal(a, offset, axis1, axis2), -1, dtype)


@export("experimental.numpy.polyval")
def polyval(p, x):
    """The polynomial with the coefficients `p` (highest power first) at each element of `x`."""
    p, x = promoted_pair(p, x)
    if p.shape.rank == 0:
        p = array_api.reshape(p, [1])
    coefficients = array_api.unstack(p)
    result = math.polyval(coefficients, x)
    # A constant has its own shape.
    return array_api.broadcast_to(result, x.shape) if len(coefficients) == 1 else result
