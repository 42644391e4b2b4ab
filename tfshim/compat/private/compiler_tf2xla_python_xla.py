"""`tensorflow.compiler.tf2xla.python.xla`: XLA's own operations; JAX has them all."""

from __future__ import annotations

from typing import Any

import jax

from tfshim.interop import from_jax


def _update(x, update, start_indices):
    return jax.lax.dynamic_update_slice(x, update, list(start_indices))


_dynamic_update_slice = from_jax(_update)


def dynamic_update_slice(x, update, start_indices) -> Any:
    """`x` with `update` in the place that begins at `start_indices`, a vector; the place is moved to fit into `x`."""
    return _dynamic_update_slice(x, update, start_indices)
