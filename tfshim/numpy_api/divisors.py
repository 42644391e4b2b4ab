"""Greatest common divisors by Euclid's algorithm, for all elements at once."""

from __future__ import annotations

from tfshim.api import math, math_unary
from tfshim.api.array import broadcast_dynamic_shape, broadcast_to, shape
from tfshim.api.casting import cast
from tfshim.api.gather import where
from tfshim.api.math_reduce import reduce_any
from tfshim.control_flow.while_loop import while_loop
from tfshim.ops import op
from tfshim.tensor import Tensor

_floor_mod = op("FloorMod")


def common_divisor(x: Tensor, y: Tensor) -> Tensor:
    """The greatest common divisors of two integer tensors that broadcast; ValueError for other types."""
    if not x.dtype.is_integer:
        raise ValueError(f"Greatest common divisors are those of integers, not of {x.dtype.name}.")
    size = broadcast_dynamic_shape(shape(x), shape(y))
    a, b = (broadcast_to(v if v.dtype.is_unsigned else math_unary.abs(v), size) for v in (x, y))
    zero, one = cast(0, x.dtype), cast(1, x.dtype)

    def unfinished(a, b):
        return reduce_any(math.not_equal(b, zero))

    def step(a, b):
        done = math.equal(b, zero)
        # Finished elements must not divide by zero.
        rest = _floor_mod(a, where(done, one, b))
        return where(done, a, b), where(done, b, rest)

    return while_loop(unfinished, step, (a, b))[0]
