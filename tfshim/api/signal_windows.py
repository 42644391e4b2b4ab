"""`tf.signal`: window functions."""

from __future__ import annotations

import math

from tfshim import dtypes
from tfshim.api.casting import cast
from tfshim.api.naming import composed
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.tensor import Tensor

_exp = op("Exp")
_i0e = op("BesselI0e")
_range = op("Range")
_sqrt = op("Sqrt")


def _as_length(window_length, dtype) -> Tensor:
    if not dtype.is_floating:
        raise ValueError(f"dtype must be a floating point type. Found {dtype}")
    length = convert_to_tensor(window_length, dtypes.int32, name="window_length")
    length.shape.assert_has_rank(0)
    return length


def _raised_cosine(default_name, a, b, window_length, periodic, dtype, name):
    """a - b cos(2 pi i / n), where only windows of even length have a period."""
    dtype = dtypes.as_dtype(dtype)
    with composed(name or default_name) as name:
        length = _as_length(window_length, dtype)
        known = constant_value(length)
        if known is not None and known == 1:
            return op("Fill")([1], convert_to_tensor(1, dtype), name=name)
        periodic = cast(convert_to_tensor(periodic, dtypes.bool), dtypes.int32)
        period = cast(length + periodic * (1 - length % 2) - 1, dtype)
        count = cast(_range(0, length, 1), dtype)
        window = a - b * op("Cos")(2 * math.pi * count / period)
        if known is not None:
            return window
        return op("SelectV2")(length < 2, op("OnesLike")(window), window, name=name)


@export("signal.hann_window")
def hann_window(window_length, periodic=True, dtype=dtypes.float32, name=None):
    """The Hann window.

    Args:
      window_length: number of samples, an integer scalar.
      periodic: whether a window of even length is to repeat (for spectra) or to be symmetric (for filters).
      dtype: a floating-point dtype.
      name: name of the op in a graph.

    Returns:
      A tensor `[window_length]`.
    """
    return _raised_cosine("hann_window", 0.5, 0.5, window_length, periodic, dtype, name)


@export("signal.hamming_window")
def hamming_window(window_length, periodic=True, dtype=dtypes.float32, name=None):
    """The Hamming window; see `hann_window`."""
    return _raised_cosine("hamming_window", 0.54, 0.46, window_length, periodic, dtype, name)


@export("signal.kaiser_window")
def kaiser_window(window_length, beta=12.0, dtype=dtypes.float32, name=None):
    """The Kaiser window of shape `beta`, symmetric; see `hann_window`."""
    dtype = dtypes.as_dtype(dtype)
    with composed(name or "kaiser_window"):
        return _kaiser(_as_length(window_length, dtype), beta, dtype)


def _zero(dtype) -> Tensor:
    return convert_to_tensor(0, dtype)


def _kaiser(length: Tensor, beta, dtype) -> Tensor:
    known = constant_value(length)
    if known is not None and known == 1:
        return op("Fill")([1], convert_to_tensor(1, dtype))
    # float32 at least: a range of half precision loses its end.
    half = (cast(length, dtypes.float32 if dtype.size == 2 else dtype) - 1) / 2
    place = cast(_range(-half, half + 0.1, 1.0), dtype)
    beta = cast(beta, dtype)
    # Rounding must not take the ends below zero.
    argument = beta * _sqrt(op("Maximum")(1 - op("Square")(place / cast(half, dtype)), _zero(dtype)))
    # The ratio of two I0, through the scaled function so that neither overflows.
    window = _exp(argument - beta) * _i0e(argument) / _i0e(beta)
    if known is not None:
        # The range of floats does not show how many there are.
        return op("Reshape")(window, [int(known)])
    return op("SelectV2")(op("Equal")(length, 1), op("OnesLike")(window), window)


@export("signal.kaiser_bessel_derived_window")
def kaiser_bessel_derived_window(window_length, beta=12.0, dtype=dtypes.float32, name=None):
    """The window derived from Kaiser's that satisfies the Princen-Bradley condition; for `mdct`. Of even length."""
    dtype = dtypes.as_dtype(dtype)
    with composed(name or "kaiser_bessel_derived_window"):
        half = _as_length(window_length, dtype) // 2
        total = op("Cumsum")(_kaiser(half + 1, beta, dtype), 0)
        rising = _sqrt(total[:-1] / total[-1])
        return op("ConcatV2")([rising, op("ReverseV2")(rising, [0])], 0)


@export("signal.vorbis_window")
def vorbis_window(window_length, dtype=dtypes.float32, name=None):
    """The power-complementary window of Vorbis; for `mdct`."""
    dtype = dtypes.as_dtype(dtype)
    with composed(name or "vorbis_window"):
        length = _as_length(window_length, dtype)
        place = cast(_range(0, length, 1), dtype) + 0.5
        inner = op("Square")(op("Sin")(math.pi / cast(length, dtype) * place))
        return op("Sin")(math.pi / 2 * inner)
