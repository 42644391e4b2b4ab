"""Kernels of spectrograms of sound and of their mel-frequency cepstral coefficients."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import exactly_rank, invalid, shape_text
from tfshim.shapes import from_dims

# Less than this counts as this much, for logarithms.
_FLOOR = 1e-12


@kernel("AudioSpectrogram")
def audio_spectrogram(input, *, window_size, stride, magnitude_squared):
    if input.ndim != 2:
        raise invalid(f"input must be 2-dimensional{shape_text(input.shape)}")
    if window_size < 2 or stride < 1:
        raise invalid(f"Spectrogram initialization failed for window size {window_size} and stride {stride}")
    rows = max(0, 1 + (input.shape[0] - window_size) // stride)
    starts = np.arange(rows) * stride
    frames = input.T[:, starts[:, None] + np.arange(window_size)].astype(jnp.float64)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window_size) / window_size)
    spectrum = jnp.fft.rfft(frames * window, _power_of_two(window_size))
    energy = jnp.square(spectrum.real) + jnp.square(spectrum.imag)
    return (energy if magnitude_squared else jnp.sqrt(energy)).astype(jnp.float32)


def _power_of_two(size: int) -> int:
    return 1 << (size - 1).bit_length()


@shape_function("AudioSpectrogram")
def _(op):
    exactly_rank(op.shape(0), 2)
    samples, channels = op.shape(0)._dims if op.shape(0).rank else (None, None)
    window, stride = op.attr("window_size"), op.attr("stride")
    rows = None if samples is None or stride < 1 else max(0, 1 + (samples - window) // stride)
    return from_dims((channels, rows, 1 + _power_of_two(window) // 2))


@kernel("Mfcc", static=("sample_rate",))
def mfcc(
    spectrogram,
    sample_rate,
    *,
    upper_frequency_limit,
    lower_frequency_limit,
    filterbank_channel_count,
    dct_coefficient_count,
):
    if spectrogram.ndim != 3:
        raise invalid(f"spectrogram must be 3-dimensional{shape_text(spectrogram.shape)}")
    if sample_rate.ndim:
        raise invalid(f"Input sample_rate should be a scalar tensor, got {shape_text(sample_rate.shape)} instead.")
    bins, count, rate = spectrogram.shape[2], filterbank_channel_count, int(sample_rate)
    fits = bins > 1 and rate > 0 and 0 <= lower_frequency_limit < upper_frequency_limit
    if not fits or not 1 <= dct_coefficient_count <= count:
        raise invalid(
            f"Mfcc initialization failed for channel count {bins}, sample rate {rate} and "
            f"filterbank_channel_count {count}"
        )
    weights = _mel_weights(bins, rate, count, lower_frequency_limit, upper_frequency_limit)
    if weights is None:
        return jnp.zeros((*spectrogram.shape[:2], dct_coefficient_count), jnp.float32)
    bands = jnp.sqrt(spectrogram.astype(jnp.float64)) @ weights
    angles = np.pi / count * np.outer(np.arange(count) + 0.5, np.arange(dct_coefficient_count))
    return (jnp.log(jnp.maximum(bands, _FLOOR)) @ (np.sqrt(2 / count) * np.cos(angles))).astype(jnp.float32)


def _mel(frequency):
    return 1127 * np.log1p(frequency / 700)


def _mel_weights(bins: int, rate: int, count: int, lower: float, upper: float) -> np.ndarray | None:
    """What each frequency adds to each of `count` overlapping triangles, `[bins, count]`; None where bins lack."""
    width = 0.5 * rate / (bins - 1)
    first, last = int(1.5 + lower / width), int(upper / width)
    if last >= bins:
        return None
    # The peaks of the triangles, with the ends of the first and of the last one.
    peaks = np.linspace(_mel(lower), _mel(upper), count + 2)
    places = np.arange(first, last + 1)
    mels = _mel(places * width)
    right = np.clip(np.searchsorted(peaks[1:], mels, side="left"), 0, count)
    left_share = (peaks[right + 1] - mels) / (peaks[right + 1] - peaks[right])
    weights = np.zeros((bins, count + 2))
    weights[places, right] = left_share
    weights[places, right + 1] = 1 - left_share
    return weights[:, 1:-1]


@shape_function("Mfcc")
def _(op):
    exactly_rank(op.shape(0), 3)
    outer = op.shape(0)._dims[:2] if op.shape(0).rank else (None, None)
    return from_dims((*outer, op.attr("dct_coefficient_count")))
