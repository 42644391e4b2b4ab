"""Conversion of tensors to another type."""

from __future__ import annotations

import logging

import numpy as np

from tfshim import dtypes
from tfshim.api import math_unary
from tfshim.api.naming import composed
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.function_type import is_variable
from tfshim.indexed_slices import IndexedSlices
from tfshim.ops import op
from tfshim.tensor import Tensor

_bitcast = op("Bitcast")
_cast = op("Cast")
_clip = op("ClipByValue")
_complex = op("Complex")

_log = logging.getLogger("tensorflow")


@export("cast", "dtypes.cast")
def cast(x, dtype, name=None):
    """`x` converted to `dtype`; a tensor or a variable that has it already is returned as it is.

    Floats are truncated towards zero; what an integer type cannot hold becomes some value of it. A complex
    number loses its imaginary part, with a warning. The gradient is None unless both types are floating or
    complex. Of `IndexedSlices` the values are converted.

    Raises:
      TypeError: if `dtype` is no type.
      UnimplementedError: to or from strings.
    """
    target = dtypes.as_dtype(dtype).base_dtype
    if not isinstance(x, Tensor):
        if isinstance(x, IndexedSlices):
            return IndexedSlices(cast(x.values, target, name), x.indices, x.dense_shape)
        if is_variable(x) and x.dtype is target:
            return x
        x = convert_to_tensor(x, name="x")
    source = x.dtype
    if source is target:
        return x
    if source.is_complex and target.is_floating:
        _log.warning("A tensor of type %s is cast to %s: its imaginary part is discarded.", source.name, target.name)
    if source.is_quantized:
        return cast(_bitcast(x, type=_plain(source)), target, name)
    if target.is_quantized:
        return _bitcast(cast(x, _plain(target)), type=target, name=name)
    return _cast(x, DstT=target, name=name)


def _plain(quantized: dtypes.DType) -> dtypes.DType:
    """The integer type in which the values of a quantized type are stored."""
    return dtypes.as_dtype(quantized.name[1:])


@export("dtypes.saturate_cast", "saturate_cast")
def saturate_cast(value, dtype, name=None):
    """`value` converted to `dtype`, after its elements are taken into the range of that type."""
    with composed(name or "saturate_cast") as name:
        value = convert_to_tensor(value, name="value")
        dtype = dtypes.as_dtype(dtype).base_dtype
        source = value.dtype
        if source.is_complex:
            if dtype.is_complex:
                low, high = source.real_dtype, dtype.real_dtype
                if low.min < high.min or low.max > high.max:
                    limits = (complex(high.min, high.min), complex(high.max, high.max))
                    value = _clip(value, *[convert_to_tensor(limit, source) for limit in limits], name="clamp")
                return cast(value, dtype, name=name)
            _log.warning("Casting complex to real discards imaginary part.")
            value = math_unary.real(value)
            source = value.dtype
        low, high = _common_range(source, dtype.real_dtype)
        value = _clip(value, convert_to_tensor(low, source), convert_to_tensor(high, source), name="clamp")
        return cast(value, dtype, name=name)


def _common_range(source, target):
    """The least and greatest values of `source` that `target` can hold, as NumPy scalars of `source`.

    A limit of `target` that `source` cannot represent is moved towards zero.
    """
    numpy_type = source.as_numpy_dtype
    limits = []
    for source_limit, target_limit, choose in (
        (source.min, target.min, max),
        (source.max, target.max, min),
    ):
        exact = choose(_exact(source_limit), _exact(target_limit))
        limit = numpy_type(exact if source.is_integer else float(exact))
        if abs(_exact(limit)) > abs(exact):
            limit = np.nextafter(limit, numpy_type(0), dtype=numpy_type)
        limits.append(limit)
    return limits


def _exact(value):
    """A NumPy number as a Python number: integers of any size compare exactly with floats."""
    return int(value) if isinstance(value, (int, np.integer)) else float(value)


@export("dtypes.complex", "complex")
def complex_(real, imag, name=None):
    """Complex numbers of real and imaginary parts, which broadcast against each other.

    Raises:
      TypeError: unless both are float32 (giving complex64) or both float64 (complex128).
    """
    real = convert_to_tensor(real, name="real")
    imag = convert_to_tensor(imag, name="imag")
    kinds = (real.dtype, imag.dtype)
    if kinds == (dtypes.float64, dtypes.float64):
        target = dtypes.complex128
    elif kinds == (dtypes.float32, dtypes.float32):
        target = dtypes.complex64
    else:
        raise TypeError(
            f"The `real` and `imag` components have incorrect types: {real.dtype.name} {imag.dtype.name}. "
            f"They must be consistent, and one of {[dtypes.float32, dtypes.float64]}"
        )
    return _complex(real, imag, Tout=target, name=name)


complex_.__name__ = complex_.__qualname__ = "complex"
