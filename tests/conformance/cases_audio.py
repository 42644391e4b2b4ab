"""WAV files."""

from __future__ import annotations

import numpy as np

from .inputs import arr
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


CASES = [
    Case("encode", lambda tf, x: tf.audio.encode_wav(x, 8000), [arr(SOUND)]),
    Case("encode-ties", lambda tf, x: tf.audio.encode_wav(x, 1), [arr(TIES)]),
    Program("decode", _decoded),
    Program("refused", _refused),
]
