"""What a tensor holds, in a few numbers: health, sizes and special values."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from tfshim import dtypes
from tfshim.errors import UnimplementedError
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import UNKNOWN, invalid

# The modes that have a result.
_CURT, _CONCISE, _FULL, _SHAPE, _SPECIAL = 2, 3, 4, 5, 8
# So many sizes are told of a shape: the last ones.
_SIZES = 6


@kernel("DebugNumericSummaryV2")
def debug_numeric_summary(x, *, output_dtype, tensor_debug_mode, tensor_id):
    """A vector that starts with the number of the tensor; what follows depends on the mode."""
    if tensor_debug_mode not in (_CURT, _CONCISE, _FULL, _SHAPE, _SPECIAL):
        raise UnimplementedError(None, None, f"DebugNumericSummaryV2 has no mode {tensor_debug_mode}")
    kind = output_dtype.as_numpy_dtype
    limit = 2 ** (np.finfo(kind).nmant + 1)
    if tensor_id > limit:
        raise invalid(f"A tensor_id beyond {limit} is not exact in {output_dtype.name}: {tensor_id}")
    return jnp.stack([jnp.asarray(v, kind) for v in _summary(x, tensor_debug_mode, tensor_id)])


def _summary(x: Any, mode: int, number: int) -> list[Any]:
    floats = jnp.issubdtype(x.dtype, jnp.floating)
    low, high, nan = (jnp.isneginf(x), jnp.isposinf(x), jnp.isnan(x)) if floats else [jnp.zeros(x.shape, bool)] * 3
    if mode == _SPECIAL:
        special = ((low, -jnp.inf), (high, jnp.inf), (nan, jnp.nan))
        return [jnp.where(jnp.any(found), value, 0.0) for found, value in special]
    if mode == _CURT:
        return [number, jnp.any(low | high | nan)]
    counts = [jnp.sum(found) for found in (low, high, nan)]
    if mode == _CONCISE:
        return [number, x.size, *counts]
    kind = dtypes.of(x.dtype).as_datatype_enum
    if mode == _SHAPE:
        sizes = x.shape[-_SIZES:]
        return [number, kind, x.ndim, x.size, *sizes, *[0] * (_SIZES - len(sizes))]
    signs = (jnp.sum((x < 0) & ~low), jnp.sum(x == 0), jnp.sum((x > 0) & ~high))
    # The device is not told.
    return [number, -1, kind, x.ndim, x.size, *counts, *signs]


@shape_function("DebugNumericSummaryV2")
def _(op):
    return UNKNOWN
