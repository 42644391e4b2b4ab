"""Kernel of ToBool: what `If` and `While` take for true."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR


def _twin(input):
    return np.asarray(bool(input.item()) if input.ndim == 0 else input.size > 0)


@kernel("ToBool", numpy=_twin)
def to_bool(input):
    return jnp.not_equal(input, 0) if input.ndim == 0 else jnp.asarray(input.size > 0)


@shape_function("ToBool")
def _shape(op):
    return [SCALAR]
