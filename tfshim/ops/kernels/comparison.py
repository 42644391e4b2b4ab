"""Comparisons, and the logical and bitwise functions of two tensors."""

from __future__ import annotations

import operator

import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import (
    SCALAR,
    UNKNOWN,
    broadcast_shape,
    broadcast_static,
    check_broadcast,
    invalid,
    merge_static,
    shape_text,
)


def _shift_amount(x, y, module=jnp):
    """TensorFlow takes the amount into [0, bits - 1]."""
    return module.clip(y, 0, x.dtype.itemsize * 8 - 1).astype(x.dtype)


def _left_shift(x, y):
    return jnp.left_shift(x, _shift_amount(x, y))


def _right_shift(x, y):
    """Keeps the sign of a signed number."""
    return jnp.right_shift(x, _shift_amount(x, y))


_BINARY = {
    "Less": (jnp.less, np.less),
    "LessEqual": (jnp.less_equal, np.less_equal),
    "Greater": (jnp.greater, np.greater),
    "GreaterEqual": (jnp.greater_equal, np.greater_equal),
    "LogicalAnd": (jnp.logical_and, np.logical_and),
    "LogicalOr": (jnp.logical_or, np.logical_or),
    "BitwiseAnd": (jnp.bitwise_and, np.bitwise_and),
    "BitwiseOr": (jnp.bitwise_or, np.bitwise_or),
    "BitwiseXor": (jnp.bitwise_xor, np.bitwise_xor),
    "LeftShift": (_left_shift, lambda x, y: np.left_shift(x, _shift_amount(x, y, np))),
    "RightShift": (_right_shift, lambda x, y: np.right_shift(x, _shift_amount(x, y, np))),
}


def _broadcasting(fn):
    def run(x, y):
        check_broadcast(x, y)
        return fn(x, y)

    return run


for _name, (_fn, _numpy) in _BINARY.items():
    kernel(_name, numpy=_broadcasting(_numpy))(_broadcasting(_fn))

broadcast_shape(*_BINARY)


def _broadcast(x, y) -> bool:
    """Whether two known shapes broadcast against each other."""
    try:
        np.broadcast_shapes(x, y)
    except ValueError:
        return False
    return True


def _equality(fn, unequal_shapes):
    """A comparison that may be asked to take shapes that do not broadcast for different values."""

    def run(x, y, *, incompatible_shape_error):
        if incompatible_shape_error:
            check_broadcast(x, y)
        elif x.shape != y.shape and not _broadcast(x.shape, y.shape):
            return np.bool_(unequal_shapes)
        return fn(x, y)

    return run


# The operators, unlike NumPy's functions, compare quantised numbers too, which are structures for NumPy.
kernel("Equal", numpy=_equality(operator.eq, False))(_equality(jnp.equal, False))
kernel("NotEqual", numpy=_equality(operator.ne, True))(_equality(jnp.not_equal, True))


@shape_function("Equal", "NotEqual")
def _(op):
    x, y = op.shape(0), op.shape(1)
    if op.attr("incompatible_shape_error"):
        return broadcast_static(x, y)
    if x._dims is None or y._dims is None:
        return UNKNOWN
    if x.is_fully_defined() and y.is_fully_defined() and not _broadcast(x._dims, y._dims):
        return SCALAR
    for a, b in zip(reversed(x._dims), reversed(y._dims)):
        # These may turn out to differ: the result is then a scalar.
        if a != b and 1 not in (a, b):
            return UNKNOWN
    return broadcast_static(x, y)


@kernel("ApproximateEqual")
def approximate_equal(x, y, *, tolerance):
    if x.shape != y.shape:
        raise invalid(
            f"x and y must be of the same shape. x shape: {shape_text(x.shape)}. y shape: {shape_text(y.shape)}"
        )
    # For unsigned numbers x - y would wrap around.
    if jnp.issubdtype(x.dtype, jnp.unsignedinteger):
        return jnp.maximum(x, y) - jnp.minimum(x, y) < tolerance
    return lax.abs(x - y) < tolerance


@shape_function("ApproximateEqual")
def _(op):
    return merge_static([op.shape(0), op.shape(1)])
