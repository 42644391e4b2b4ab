"""Products of vectors, matrices and arrays of more dimensions."""

from __future__ import annotations

from tfshim.api import array as array_api
from tfshim.api import linalg, math, math_unary
from tfshim.errors import InvalidArgumentError
from tfshim.export import export
from tfshim.numpy_api import reductions
from tfshim.numpy_api.arrays import as_array, promoted, promoted_pair, requested, static_rank
from tfshim.numpy_api.creation import diagonal
from tfshim.numpy_api.manipulation import broadcast_together, moveaxis


@export("experimental.numpy.dot")
def dot(a, b):
    """The sum over the last axis of `a` and the last but one of `b` (the only one of a vector).

    If one is a scalar, the product.
    """
    a, b = promoted_pair(a, b)
    ranks = static_rank(a, "dot"), static_rank(b, "dot")
    if 0 in ranks:
        return a * b
    return linalg.tensordot(a, b, [[-1], [-1 if ranks[1] == 1 else -2]])


@export("experimental.numpy.inner")
def inner(a, b):
    """The sum over the last axes of both; if one is a scalar, the product."""
    a, b = promoted_pair(a, b)
    if 0 in (static_rank(a, "inner"), static_rank(b, "inner")):
        return a * b
    return linalg.tensordot(a, b, [[-1], [-1]])


@export("experimental.numpy.matmul")
def matmul(x1, x2):
    """The matrix product over the last two axes; a vector is a row on the left and a column on the right.

    Raises:
      ValueError: if the inner dimensions differ.
    """
    x1, x2 = promoted_pair(x1, x2)
    try:
        if x2.shape.rank == 1:
            return linalg.tensordot(x1, x2, 1)
        if x1.shape.rank == 1:
            return linalg.tensordot(x1, x2, [[0], [-2]])
        return linalg.matmul(x1, x2)
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
    shapes = []
    for x in (a, b):
        missing = rank - x.shape.rank
        shapes.append(array_api.concat([[1] * missing, array_api.shape(x)], 0))
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
    sizes: list[int | None] = []
    for x, along in zip(promoted_pair(a, b), (axisa, axisb), strict=True):
        rank = static_rank(x, "cross")
        x = moveaxis(x, along, -1) if along % rank != rank - 1 else x
        sizes.append(x.shape[-1])
        if sizes[-1] == 2:
            x = array_api.pad(x, [[0, 0]] * (rank - 1) + [[0, 1]])
        vectors.append(x)
    # Vectors of unknown size are taken for those of three components; the op refuses others.
    product = linalg.cross(*broadcast_together(vectors))
    if sizes == [2, 2]:
        return product[..., 2]
    rank = static_rank(product, "cross")
    return product if axisc % rank == rank - 1 else moveaxis(product, -1, axisc)


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
