"""Histograms: which bin a number falls into, and how many fall into each."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from tfshim.ops import exact
from tfshim.ops.registry import kernel, runtime_check, shape_function
from tfshim.ops.shape_helpers import exactly_rank, invalid, same_shape
from tfshim.shapes import from_dims


def _bins(nbins) -> int:
    if np.ndim(nbins) != 0:
        raise invalid("nbins should be a scalar.")
    if nbins <= 0:
        raise invalid(f"nbins should be a positive number, but got '{int(nbins)}'")
    return int(nbins)


def _range_message(value_range) -> str:
    low, high = value_range.tolist()
    return f"value_range should satisfy value_range[0] < value_range[1], but got '[{low:g}, {high:g}]'"


@kernel("HistogramFixedWidth", static=("nbins",))
def histogram_fixed_width(values, value_range, nbins, *, dtype):
    count = _bins(nbins)
    if value_range.shape != (2,):
        raise invalid("value_range should be a vector of 2 elements.")
    low, high = value_range[0], value_range[1]
    runtime_check(low < high, _range_message, value_range)
    values = values.reshape(-1)
    if jnp.issubdtype(values.dtype, jnp.floating):
        runtime_check(~jnp.isnan(values), "Histogram values must not contain NaN")
    start = low.astype(jnp.float64)
    step = (high.astype(jnp.float64) - start) / count
    position = exact.divide(jnp.maximum(values, low).astype(jnp.float64) - start, step)
    position = jnp.minimum(position, count - 1).astype(jnp.int32)
    return jnp.zeros(count, dtype.as_numpy_dtype).at[position].add(1)


@shape_function("HistogramFixedWidth")
def _(op):
    if not op.shape(1).is_compatible_with((2,)):
        raise invalid(f"value_range should be a vector of 2 elements, but its shape is {op.shape(1)}")
    exactly_rank(op.shape(2), 0)
    count = op.static(2)
    return from_dims((None if count is None else _bins(count),))


@kernel("Bucketize")
def bucketize(input, *, boundaries):
    if list(boundaries) != sorted(boundaries):
        raise invalid("Expected sorted boundaries")
    # Boundaries are single precision; integers are compared with them as numbers.
    wide = np.float32 if input.dtype == jnp.float32 else np.float64
    limits = np.asarray(boundaries, np.float32).astype(wide)
    return jnp.searchsorted(limits, input.astype(wide), side="right").astype(jnp.int32)


same_shape("Bucketize")
