"""WAV files, spectrograms, and their cepstral coefficients."""

from __future__ import annotations

import numpy as np

from .inputs import arr, f32
from .runner import Case, Program, raised

SOUND = np.random.RandomState(0).uniform(-1.3, 1.3, (7, 2)).astype(np.float32)
TIES = np.array([[0.5], [1.5], [-0.5], [-1.5], [40000.0], [-40000.0]], np.float32) / 32768


def _decoded(tf):
    contents = tf.audio.encode_wav(SOUND, 8000)
    results = [tf.audio.decode_wav(contents, c, s) for c in (-1, 0, 1, 2, 3) for s in (-1, 0, 3, 9)]
    data = contents.numpy()
    errors = [raised(lambda d=d: tf.audio.decode_wav(d)) for d in (b"abc", data[:30], data[:50])]
    inside = tf.function(lambda c: [tf.audio.decode_wav(c).audio.shape, tf.audio.decode_wav(c, 2, 5).audio.shape])
    return results, errors, inside.get_concrete_function(contents).structured_outputs


def _refused(tf):
    return [
        raised(lambda: tf.audio.encode_wav(SOUND[0], 8000)),
        raised(lambda: tf.audio.encode_wav(SOUND, 0)),
        raised(lambda: tf.audio.encode_wav(SOUND, [1])),
        tf.audio.encode_wav(SOUND[:0], 8),
    ]


def _spectra(tf, x):
    return [
        tf.raw_ops.AudioSpectrogram(input=x, window_size=window, stride=stride, magnitude_squared=squared)
        for window, stride, squared in ((8, 4, False), (5, 3, True), (2, 9, False), (40, 1, False))
    ]


def _cepstra(tf, s):
    return [
        tf.raw_ops.Mfcc(spectrogram=s, sample_rate=16000),
        tf.raw_ops.Mfcc(
            spectrogram=s,
            sample_rate=8000,
            upper_frequency_limit=3000.0,
            lower_frequency_limit=100.0,
            filterbank_channel_count=10,
            dct_coefficient_count=5,
        ),
        tf.raw_ops.Mfcc(spectrogram=s, sample_rate=4000),
    ]


def _refused_spectra(tf):
    spectrum, sound = np.ones((1, 2, 9), np.float32), np.ones((9, 2), np.float32)
    mfcc, spectrogram = tf.raw_ops.Mfcc, tf.raw_ops.AudioSpectrogram
    return [
        raised(lambda: mfcc(spectrogram=spectrum, sample_rate=0)),
        raised(lambda: mfcc(spectrogram=spectrum[0], sample_rate=9000)),
        raised(lambda: mfcc(spectrogram=spectrum, sample_rate=[9000])),
        raised(lambda: mfcc(spectrogram=spectrum, sample_rate=16000, dct_coefficient_count=41)),
        raised(lambda: mfcc(spectrogram=spectrum, sample_rate=16000, lower_frequency_limit=4000.0)),
        raised(lambda: spectrogram(input=sound[0], window_size=2, stride=1)),
        raised(lambda: spectrogram(input=sound, window_size=1, stride=1)),
        raised(lambda: spectrogram(input=sound, window_size=2, stride=0)),
    ]


CASES = [
    Case("spectrogram", _spectra, [f32(30, 2)]),
    Case("mfcc", _cepstra, [arr(np.abs(np.random.RandomState(1).randn(2, 3, 129)), "float32")]),
    Program("spectra-refused", _refused_spectra),
    Case("encode", lambda tf, x: tf.audio.encode_wav(x, 8000), [arr(SOUND)]),
    Case("encode-ties", lambda tf, x: tf.audio.encode_wav(x, 1), [arr(TIES)]),
    Program("decode", _decoded),
    Program("refused", _refused),
]
