"""Conversion to another type, and clipping to a range."""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim import dtypes
from tfshim.errors import UnimplementedError
from tfshim.ops.derivatives import with_partials
from tfshim.ops.registry import kernel, partial_value, piecewise_linear
from tfshim.ops.shape_helpers import invalid, same_shape


def _short_name(dtype) -> str:
    return {"float32": "float", "float64": "double", "float16": "half"}.get(dtype.name, dtype.name)


def _cast(x, target, truncate, to_integer):
    """`to_integer(x, target)` converts floating point numbers to integers."""
    source = dtypes.of(x.dtype)
    if source is target:
        return x
    for dtype in (source, target):
        if dtype is dtypes.string or not dtype.is_numpy_compatible or dtype.is_quantized:
            message = f"Cast {_short_name(source)} to {_short_name(target)} is not supported"
            raise UnimplementedError(None, None, message)
    if source.is_complex and not target.is_complex:
        x, source = x.real, source.real_dtype
    if target.is_bool:
        return x != 0
    if source.is_floating and target.is_integer:
        return to_integer(x, target.as_numpy_dtype)
    if truncate and source.is_floating and target.is_floating and target.size < source.size:
        x = _drop_bits(x, jnp.finfo(x.dtype).nmant - jnp.finfo(target.as_numpy_dtype).nmant)
    return x.astype(target.as_numpy_dtype)


def _drop_bits(x, count):
    """Clears the lowest bits of the mantissa: what is left converts without rounding."""
    integer = jnp.dtype(f"int{x.dtype.itemsize * 8}")
    bits = lax.bitcast_convert_type(x, integer)
    return lax.bitcast_convert_type(bits >> count << count, x.dtype)


def _saturating(x, target):
    """As accelerators convert: to the nearest integer of the type, and nan to 0."""
    return x.astype(target)


def _wrapping(x, target):
    """As TensorFlow converts on the CPU, where the processor marks what does not fit by its least integer.

    Narrow types take the low bits of a wider conversion. (TensorFlow's own numbers out of range change with the
    place in a tensor: where it takes eight and more elements at a time it converts in yet another way.)
    """
    target = np.dtype(target)
    if target == np.uint64:
        negative = x.astype(jnp.int64).astype(jnp.uint64)
        y = jnp.where(x < 0, negative, x.astype(jnp.uint64))
        return jnp.where((x >= -(2.0**63)) & (x < 2.0**64), y, np.uint64(2**63))
    wide = jnp.int64 if target in (np.int64, np.uint32) else jnp.int32
    least = jnp.iinfo(wide).min
    if x.dtype == jnp.float16:
        x = x.astype(jnp.float32)
    y = jnp.where((x >= float(least)) & (x < -float(least)), x.astype(wide), wide(least))
    return y.astype(target)


def _kernel_with(to_integer):
    def run(x, *, DstT, Truncate):
        return _cast(x, DstT, Truncate, to_integer)

    return run


def _numpy_cast(x, *, DstT, Truncate):
    with np.errstate(all="ignore"):
        return _cast(x, DstT, False, None)


kernel("Cast", numpy=_numpy_cast)(_kernel_with(_saturating))
kernel("Cast", platform="cpu")(_kernel_with(_wrapping))
same_shape("Cast")


@partial_value("Cast")
def _(op):
    return _integers(op.partial(0)) if op.attr("DstT").is_integer else None


def _integers(known):
    if isinstance(known, list):
        return [_integers(v) for v in known]
    return None if known is None or not math.isfinite(known) else int(known)


# Clipping ------------------------------------------------------------------------------------------------


def _clip(x, low, high):
    """nan stays nan, but a nan limit does not limit. A lower limit above the upper one wins."""
    x = jnp.where(high < x, high, x)
    return jnp.where(x < low, low, x)


_clip_real = with_partials(
    _clip,
    lambda t, x, low, high, y: jnp.where((x < low) | (x > high), 0, t),
    lambda t, x, low, high, y: jnp.where(x < low, t, 0),
    lambda t, x, low, high, y: jnp.where(x > high, t, 0),
)


@kernel("ClipByValue")
def clip_by_value(t, clip_value_min, clip_value_max):
    for limit in (clip_value_min, clip_value_max):
        if limit.shape not in ((), t.shape):
            raise invalid(
                "clip_value_min and clip_value_max must be either of the same shape as input, or a scalar. "
                f"input shape: {t.shape} clip_value_min shape: {clip_value_min.shape} "
                f"clip_value_max shape: {clip_value_max.shape}"
            )
    if jnp.issubdtype(t.dtype, jnp.complexfloating):
        parts = [_clip_real(f(t), f(clip_value_min), f(clip_value_max)) for f in (lax.real, lax.imag)]
        return lax.complex(*parts)
    return _clip_real(t, clip_value_min, clip_value_max)


same_shape("ClipByValue")

piecewise_linear("Cast", "ClipByValue")
