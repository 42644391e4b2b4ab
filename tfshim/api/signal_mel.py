"""`tf.signal`: the mel scale."""

from __future__ import annotations

import numpy as np

from tfshim import dtypes
from tfshim.api.casting import cast
from tfshim.api.naming import composed
from tfshim.api.signal_dct import dct
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.tensor import Tensor

_expand = op("ExpandDims")
_linspace = op("LinSpace")


def _mel(frequency: Tensor) -> Tensor:
    return 1127.0 * op("Log")(1.0 + frequency / 700.0)


def _check(num_mel_bins, sample_rate, lower, upper, dtype):
    if num_mel_bins <= 0:
        raise ValueError(f"num_mel_bins must be positive. Got: {num_mel_bins}")
    if lower < 0.0:
        raise ValueError(f"lower_edge_hertz must be non-negative. Got: {lower}")
    if lower >= upper:
        raise ValueError(f"lower_edge_hertz {lower} >= upper_edge_hertz {upper}")
    if not isinstance(sample_rate, Tensor):
        if sample_rate <= 0.0:
            raise ValueError(f"sample_rate must be positive. Got: {sample_rate}")
        if upper > sample_rate / 2:
            raise ValueError(
                "upper_edge_hertz must not be larger than the Nyquist frequency (sample_rate / 2). "
                f"Got {upper} for sample_rate: {sample_rate}"
            )
    if not dtype.is_floating:
        raise ValueError(f"dtype must be a floating point type. Got: {dtype}")


@export("signal.linear_to_mel_weight_matrix")
def linear_to_mel_weight_matrix(
    num_mel_bins=20,
    num_spectrogram_bins=129,
    sample_rate=8000,
    lower_edge_hertz=125.0,
    upper_edge_hertz=3800.0,
    dtype=dtypes.float32,
    name=None,
):
    """The matrix by which spectra of linear frequency are multiplied for spectra of mel frequency.

    Args:
      num_mel_bins: number of triangular bands.
      num_spectrogram_bins: number of bins of the linear spectrum, from 0 to half the sample rate.
      sample_rate: samples a second; a number or a scalar tensor.
      lower_edge_hertz: where the lowest band begins.
      upper_edge_hertz: where the highest one ends.
      dtype: a floating-point dtype.
      name: name of the op in a graph.

    Returns:
      A tensor `[num_spectrogram_bins, num_mel_bins]`.

    Raises:
      ValueError: for numbers out of range.
    """
    dtype = dtypes.as_dtype(dtype)
    with composed(name or "linear_to_mel_weight_matrix") as name:
        if isinstance(sample_rate, Tensor):
            known = constant_value(sample_rate)
            sample_rate = sample_rate if known is None else known
        _check(num_mel_bins, sample_rate, lower_edge_hertz, upper_edge_hertz, dtype)
        rate = cast(sample_rate, dtype) if isinstance(sample_rate, Tensor) else convert_to_tensor(sample_rate, dtype)
        zero, lower, upper = (convert_to_tensor(v, dtype) for v in (0.0, lower_edge_hertz, upper_edge_hertz))
        # The bin of frequency zero belongs to no band.
        frequencies = _linspace(zero, rate / 2.0, num_spectrogram_bins)[1:]
        places = _expand(_mel(frequencies), 1)
        edges = _linspace(_mel(lower), _mel(upper), num_mel_bins + 2)
        starts, centers, ends = (edges[i : num_mel_bins + i] for i in range(3))
        rising = (places - starts) / (centers - starts)
        falling = (ends - places) / (ends - centers)
        weights = op("Maximum")(zero, op("Minimum")(rising, falling))
        return op("Pad")(weights, np.array([[1, 0], [0, 0]], np.int32), name=name)


@export("signal.mfccs_from_log_mel_spectrograms")
def mfccs_from_log_mel_spectrograms(log_mel_spectrograms, name=None):
    """The mel-frequency cepstral coefficients: the orthonormal cosine transform, scaled as HTK does.

    Args:
      log_mel_spectrograms: `[..., num_mel_bins]`, of float32 or float64.
      name: name of the op in a graph.

    Returns:
      A tensor of the same shape.

    Raises:
      ValueError: if there are no bins.
    """
    with composed(name or "mfccs_from_log_mel_spectrograms"):
        x = convert_to_tensor(log_mel_spectrograms)
        bins = x.shape[-1] if x.shape.rank else None
        if bins == 0:
            raise ValueError(f"num_mel_bins must be positive. Got: {x}")
        if bins is None:
            bins = op("Shape")(x)[-1]
        number = cast(bins, x.dtype) if isinstance(bins, Tensor) else convert_to_tensor(bins, x.dtype)
        return dct(x, type=2) * op("Rsqrt")(number * 2.0)
