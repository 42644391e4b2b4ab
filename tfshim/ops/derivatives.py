"""Kernels whose derivative is given by a formula: TensorFlow's, where JAX's would differ at the edges.

Forward mode is what a rule states; JAX derives reverse mode, batching and higher orders from it. Rules must
be linear in the tangent. For complex values a rule states the holomorphic derivative; the conjugation of
TensorFlow's cotangents is done once, by the gradient ops.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

Array = Any


def with_derivative(
    forward: Callable[[Array], Array], derivative: Callable[[Array, Array], Array]
) -> Callable[[Array], Array]:
    """`forward` of one array, elementwise, with `derivative(x, y)` at input `x` and output `y`."""

    @jax.custom_jvp
    def fn(x):
        return forward(x)

    @fn.defjvp
    def rule(primals, tangents):
        (x,) = primals
        (tangent,) = tangents
        y = fn(x)
        return y, tangent * derivative(x, y)

    return fn


def with_zero_derivative(forward: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """`forward` of one array whose gradient is zeros, not None."""

    @jax.custom_jvp
    def fn(x):
        return forward(x)

    @fn.defjvp
    def rule(primals, tangents):
        y = fn(*primals)
        return y, jnp.zeros_like(y)

    return fn


def with_partials(forward: Callable[..., Array], *partials: Callable[..., Array] | None) -> Callable[..., Array]:
    """`forward` of several broadcasting arrays with one rule each.

    `partials[i](tangent, *inputs, output)` is the tangent of the output along input i, of any shape that
    broadcasts to the output's; None stands for zero. Inputs that do not vary cost nothing.
    """
    fn = jax.custom_jvp(forward)

    def rule(primals, tangents):
        output = fn(*primals)
        total = None
        for partial, tangent in zip(partials, tangents, strict=True):
            if partial is None or type(tangent) is SymbolicZero:
                continue
            part = partial(tangent, *primals, output)
            total = part if total is None else total + part
        if total is None:
            return output, jnp.zeros_like(output)
        return output, jnp.broadcast_to(total, output.shape)

    fn.defjvp(rule, symbolic_zeros=True)
    return fn
