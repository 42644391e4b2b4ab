"""Ops that take complex numbers apart and put them together."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from tfshim.ops.registry import kernel, piecewise_linear
from tfshim.ops.shape_helpers import broadcast_shape, check_broadcast, same_shape


def _real_part(fn):
    """A kernel of one complex input whose real output has the type that the attribute says."""

    def part(x, *, Tout):
        return fn(x).astype(Tout.as_numpy_dtype)

    return part


_PARTS = {
    "Real": lax.real,
    "Imag": lax.imag,
    "ComplexAbs": lax.abs,
    "Angle": lambda x: lax.atan2(lax.imag(x), lax.real(x)),
}

for _name, _fn in _PARTS.items():
    kernel(_name)(_real_part(_fn))

kernel("Conj")(lax.conj)
same_shape(*_PARTS, "Conj")


@kernel("Complex")
def complex_(real, imag, *, Tout):
    check_broadcast(real, imag)
    real, imag = jnp.broadcast_arrays(real, imag)
    return lax.complex(real, imag).astype(Tout.as_numpy_dtype)


broadcast_shape("Complex")

piecewise_linear("Real", "Imag", "Conj", "Complex")
