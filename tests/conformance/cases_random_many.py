"""So many random numbers that TensorFlow's threads share them, or that a kernel takes another way."""

from __future__ import annotations

import numpy as np

from .runner import Program


def _seeded(draw, rtol=0.0):
    def run(tf):
        tf.random.set_seed(3)
        return draw(tf), draw(tf)

    return {"fn": run, "rtol": rtol, "atol": 0.0}


def _logits(rows, classes):
    return np.random.RandomState(rows).randn(rows, classes).astype("f")


def _categorical(rows, classes, count):
    logits = _logits(rows, classes)
    return _seeded(
        lambda tf: [tf.random.categorical(logits, count), tf.random.stateless_categorical(logits, count, [1, 2])]
    )


def _truncated(size, dtype):
    def draw(tf):
        mean, deviation, low, high = (tf.constant(v, dtype) for v in (0.0, 1.0, -1.0, 3.0))
        return [
            tf.random.stateless_parameterized_truncated_normal([size], [1, 2], mean, deviation, low, high),
            tf.raw_ops.ParameterizedTruncatedNormal(
                shape=[size], means=mean, stdevs=deviation, minvals=low, maxvals=high, seed=1, seed2=2
            ),
        ]

    return _seeded(draw, 1e-6 if dtype == "float32" else 1e-14)


RATES = np.linspace(0.1, 50.0, 40).astype("f")


CASES = [
    *(
        Program(f"categorical-{rows}x{classes}x{count}", **_categorical(rows, classes, count))
        # Below and above what pays for a second thread; shares of all sizes; fewer and larger ones that are as good.
        for rows, classes, count in (
            (2048, 18, 1),
            (100, 50, 1000),
            (17, 30, 100),
            (7, 3, 999),
            (333, 10, 3),
            (4096, 3, 5),
            (50, 1000, 1),
        )
    ),
    *(Program(f"truncated-{size}-{d}", **_truncated(size, d)) for size in (2000, 9000) for d in ("float32", "float64")),
    Program("shuffle", **_seeded(lambda tf: tf.random.shuffle(tf.range(140_000), seed=5)[::100])),
    Program("poisson", **_seeded(lambda tf: tf.random.poisson([1000], RATES))),
    Program("binomial", **_seeded(lambda tf: tf.random.stateless_binomial([1000, 40], [1, 2], np.floor(RATES), 0.3))),
    Program("gamma", **_seeded(lambda tf: tf.random.gamma([1000], RATES / 10), 1e-6)),
]
