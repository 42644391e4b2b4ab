"""Elementwise arithmetic of two tensors that broadcast against each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim.ops import exact, tensor_list
from tfshim.ops.derivatives import with_partials
from tfshim.ops.registry import kernel, piecewise_linear, runtime_check, shape_function
from tfshim.ops.shape_helpers import (
    broadcast_shape,
    check_broadcast,
    invalid,
    merge_static,
    missing_kernel,
    shape_text,
)

_DIVISION_BY_ZERO = "Integer division by zero"
_NEGATIVE_POWER = "Integers to negative integer powers are not allowed"


def _is_integer(x) -> bool:
    return jnp.issubdtype(x.dtype, jnp.integer)


def _is_complex(x) -> bool:
    return jnp.issubdtype(x.dtype, jnp.complexfloating)


def _zero(x):
    return jnp.zeros((), x.dtype)


def _one(x):
    return jnp.ones((), x.dtype)


def _any_output(x, y) -> bool:
    """False if the result is empty: then TensorFlow evaluates nothing and finds no fault with a divisor."""
    return 0 not in x.shape and 0 not in y.shape


def _check_divisor(x, y) -> None:
    if _is_integer(y) and _any_output(x, y):
        runtime_check(y != 0, _DIVISION_BY_ZERO)


def _refuse_integers(x, y) -> None:
    if _is_integer(y):
        raise missing_kernel("RealDiv", y.dtype)


def _check_exponent(x, y) -> None:
    if _is_integer(y) and _any_output(x, y):
        runtime_check(y >= 0, _NEGATIVE_POWER)


# Functions ------------------------------------------------------------------------------------------------


def _truncated_quotient(x, y):
    """Rounds towards zero for every type: division does so for integers."""
    quotient = exact.divide(x, y)
    return quotient if _is_integer(x) else jnp.trunc(quotient)


def _remainder(x, y):
    """The remainder of truncated division: it has the sign of the dividend."""
    return lax.rem(*jnp.broadcast_arrays(x, y))


def _floor_quotient(x, y):
    if jnp.issubdtype(x.dtype, jnp.complexfloating):
        raise missing_kernel("FloorDiv", x.dtype)
    quotient = exact.divide(x, y)
    if not _is_integer(x):
        return lax.floor(quotient)
    if jnp.issubdtype(x.dtype, jnp.unsignedinteger):
        return quotient
    x, y = jnp.broadcast_arrays(x, y)
    inexact = (lax.rem(x, y) != 0) & ((x < 0) != (y < 0))
    return quotient - inexact.astype(x.dtype)


def _floor_remainder(x, y):
    """The remainder of floored division: it has the sign of the divisor."""
    x, y = jnp.broadcast_arrays(x, y)
    remainder = lax.rem(x, y)
    if jnp.issubdtype(x.dtype, jnp.unsignedinteger):
        return remainder
    wrong_sign = (remainder != 0) & ((remainder < 0) != (y < 0))
    return jnp.where(wrong_sign, remainder + y, remainder)


def _divide_no_nan(x, y):
    zero = y == 0
    return jnp.where(zero, _zero(x), exact.divide(x, jnp.where(zero, _one(y), y)))


def _multiply_no_nan(x, y):
    return jnp.where(y == 0, _zero(x), x * y)


def _unless_zero(x, value):
    """`value`, but 0 where x is 0, whatever the value is there."""
    return jnp.where(x == 0, _zero(x), value)


def _xdivy(x, y):
    return _unless_zero(x, exact.divide(x, y))


def _xlogy(x, y):
    return _unless_zero(x, x * lax.log(y))


def _xlog1py(x, y):
    return _unless_zero(x, x * lax.log1p(y))


def _nonzero(x):
    return (x != 0).astype(x.dtype)


def _squared_difference(x, y):
    difference = x - y
    return difference * lax.conj(difference) if _is_complex(difference) else lax.square(difference)


def _power(x, y):
    x, y = jnp.broadcast_arrays(x, y)
    if _is_integer(y):
        return _integer_power(x, y)
    if _is_complex(x):
        # By its logarithm zero has no powers; those with a positive real part are zero.
        return jnp.where((x == 0) & (lax.real(y) > 0), _zero(x), lax.pow(x, y))
    return lax.pow(x, y)


def _integer_power(x, y):
    """Wraps around on overflow. Square and multiply over the bits of the exponent: no loop for XLA to run."""
    exponent_bits = jnp.iinfo(y.dtype).bits - 1
    result = jnp.ones_like(x)
    for bit in range(exponent_bits):
        result = jnp.where((y >> bit) & 1 == 1, result * x, result)
        x = x * x
    return result


def _power_slope(t, x, y, output):
    """t times the derivative of x**y by y: zero where the logarithm of a real x is not defined.

    In this order a cotangent of zero stays zero, backwards, where the derivative overflows.
    """
    inside = (x != 0) if _is_complex(x) else (x > 0)
    logarithm = jnp.where(inside, lax.log(jnp.where(inside, x, _one(x))), _zero(x))
    return t * logarithm * output


def _hypotenuse(y, x):
    return lax.square(y) + lax.square(x)


def _conj(x):
    """For derivatives that TensorFlow forgets to conjugate in its gradients of complex numbers."""
    return lax.conj(x) if _is_complex(x) else x


# Each rule is linear in the tangent `t`. The rules use the differentiable functions, not the bare ones, so
# that higher derivatives are as careful as the first.

divide_no_nan = with_partials(
    _divide_no_nan,
    lambda t, x, y, z: jnp.where(y == 0, 0, t / jnp.where(y == 0, 1, y)),
    lambda t, x, y, z: t * divide_no_nan(divide_no_nan(-x, y), y),
)
multiply_no_nan = with_partials(
    _multiply_no_nan,
    lambda t, x, y, z: multiply_no_nan(t, _conj(y)),
    lambda t, x, y, z: _conj(x) * t,
)
xdivy = with_partials(
    _xdivy,
    lambda t, x, y, z: t * _conj(xdivy(_nonzero(x), y)),
    lambda t, x, y, z: t * _conj(xdivy(-x, lax.square(y))),
)
xlogy = with_partials(
    _xlogy,
    lambda t, x, y, z: t * _conj(xlogy(_nonzero(x), y)),
    lambda t, x, y, z: t * _conj(xdivy(x, y)),
)
xlog1py = with_partials(
    _xlog1py,
    lambda t, x, y, z: t * _conj(xlog1py(_nonzero(x), y)),
    lambda t, x, y, z: t * _conj(xdivy(x, y + 1)),
)
quotient = with_partials(
    exact.divide,
    lambda t, x, y, z: t / y,
    lambda t, x, y, z: t * ((-x / y) / y),
)
power = with_partials(
    _power,
    lambda t, x, y, z: t * y * power(x, y - 1),
    _power_slope,
)

_DIFFERENTIABLE: dict[str, Callable[..., Any]] = {
    "Div": quotient,
    "RealDiv": quotient,
    "DivNoNan": divide_no_nan,
    "MulNoNan": multiply_no_nan,
    "Xdivy": xdivy,
    "Xlogy": xlogy,
    "Xlog1py": xlog1py,
    "Pow": power,
    "FloorMod": with_partials(_floor_remainder, lambda t, x, y, z: t, lambda t, x, y, z: t * -_floor_quotient(x, y)),
    # Where both operands are equal, the whole gradient goes to the first.
    "Maximum": with_partials(
        jnp.maximum,
        lambda t, x, y, z: jnp.where(x >= y, t, 0),
        lambda t, x, y, z: jnp.where(x >= y, 0, t),
    ),
    "Minimum": with_partials(
        jnp.minimum,
        lambda t, x, y, z: jnp.where(x <= y, t, 0),
        lambda t, x, y, z: jnp.where(x <= y, 0, t),
    ),
    "SquaredDifference": with_partials(
        _squared_difference,
        lambda t, x, y, z: t * _conj(2 * (x - y)),
        lambda t, x, y, z: t * _conj(2 * (y - x)),
    ),
    "Atan2": with_partials(
        jnp.arctan2,
        lambda t, y, x, z: x * (t / _hypotenuse(y, x)),
        lambda t, y, x, z: -y * (t / _hypotenuse(y, x)),
    ),
    "NextAfter": with_partials(jnp.nextafter, lambda t, x, y, z: t, None),
}

# JAX's own derivative is TensorFlow's, or there is none.
_PLAIN: dict[str, Callable[..., Any]] = {
    "Add": jnp.add,
    "AddV2": jnp.add,
    "Sub": jnp.subtract,
    "Mul": jnp.multiply,
    "FloorDiv": _floor_quotient,
    "TruncateDiv": _truncated_quotient,
    "Mod": _remainder,
    "TruncateMod": _remainder,
}

_CHECKS = {
    **dict.fromkeys(("Div", "FloorDiv", "FloorMod", "TruncateDiv", "Mod", "TruncateMod"), _check_divisor),
    "RealDiv": _refuse_integers,
    "Pow": _check_exponent,
}
_STEPS = {"FloorDiv", "TruncateDiv"}


# NumPy twins for integers --------------------------------------------------------------------------------


def _quiet(fn):
    """Integers wrap around in silence, as they do on a device."""

    def twin(x, y):
        _numpy_broadcast(x, y)
        with np.errstate(all="ignore"):
            return fn(x, y)

    return twin


def _numpy_broadcast(x, y) -> None:
    if x.shape != y.shape and x.shape and y.shape:
        check_broadcast(x, y)


def _checked(fn):
    quiet = _quiet(fn)

    def twin(x, y):
        if not np.all(y) and _any_output(x, y):
            raise invalid(_DIVISION_BY_ZERO)
        return quiet(x, y)

    return twin


def _numpy_truncated_quotient(x, y):
    quotient = np.floor_divide(x, y)
    if x.dtype.kind == "i":
        quotient += ((np.remainder(x, y) != 0) & ((x < 0) != (y < 0))).astype(x.dtype)
    return quotient


def _numpy_power(x, y):
    if np.any(y < 0) and _any_output(x, y):
        raise invalid(_NEGATIVE_POWER)
    return np.power(x, y)


def _numpy_squared_difference(x, y):
    return np.square(np.subtract(x, y))


_NUMPY = {
    # Bytes in object arrays concatenate with the same function.
    "Add": _quiet(np.add),
    "AddV2": _quiet(np.add),
    "Sub": _quiet(np.subtract),
    "Mul": _quiet(np.multiply),
    "Maximum": _quiet(np.maximum),
    "Minimum": _quiet(np.minimum),
    "SquaredDifference": _quiet(_numpy_squared_difference),
    "Pow": _quiet(_numpy_power),
    "FloorDiv": _checked(np.floor_divide),
    "FloorMod": _checked(np.remainder),
    "Mod": _checked(np.fmod),
    "TruncateMod": _checked(np.fmod),
    "Div": _checked(_numpy_truncated_quotient),
    "TruncateDiv": _checked(_numpy_truncated_quotient),
}


# Registration --------------------------------------------------------------------------------------------


def _broadcasting(fn, check_values):
    def run(x, y):
        check_broadcast(x, y)
        if check_values is not None:
            check_values(x, y)
        return fn(x, y)

    return run


def _register() -> None:
    functions = {**_PLAIN, **_DIFFERENTIABLE}
    for name, fn in functions.items():
        kernel(
            name,
            numpy=_NUMPY.get(name),
            no_gradient=("x", "y") if name in _STEPS else (),
        )(_broadcasting(fn, _CHECKS.get(name)))
    broadcast_shape(*functions)


_register()


# Sums of a list ------------------------------------------------------------------------------------------


def _add_all(inputs):
    first = inputs[0]
    for i, other in enumerate(inputs):
        if other.shape != first.shape:
            raise invalid(
                "Inputs to operation AddN of type AddN must have the same size and shape.  "
                f"Input 0: {shape_text(first.shape)} != input {i}: {shape_text(other.shape)}"
            )
    total = first
    for other in inputs[1:]:
        total = total + other
    return total


@kernel("AddN", numpy=_add_all)
def add_n(inputs):
    if tensor_list.is_list(inputs[0]):
        return tensor_list.add_up(inputs)
    return _add_all(inputs)


@kernel("AccumulateNV2")
def accumulate_n(inputs):
    return _add_all(inputs)


@shape_function("AddN", "AccumulateNV2")
def _(op):
    return merge_static([op.shape(i) for i in range(len(op))])


piecewise_linear("Add", "AddV2", "Sub", "AddN", "AccumulateNV2", "FloorMod", "Maximum", "Minimum", "NextAfter")
