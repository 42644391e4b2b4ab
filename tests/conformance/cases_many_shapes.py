"""Calls with many tensors, and draws in ever new shapes: eager code has ways of its own for them."""

from __future__ import annotations

from .inputs import f32, f64
from .runner import Case, Program, raised


def _rows_of(tf, x):
    rows = tf.unstack(x)
    return tf.stack(rows[::-1], 1), tf.concat([r[None] for r in rows[3:]], 0), rows[5] * rows[7]


def _draws(tf):
    """Draws of several sizes and whether a function draws the same bits."""
    outputs = []
    for size in (1, 5, 70):
        for dtype in ("float16", "float32", "float64"):

            def draw(size=size, dtype=dtype):
                a = tf.constant([0.3, 1, 5], dtype)
                return tf.random.stateless_gamma([size, 3], [size, 2], a, dtype=dtype), tf.random.stateless_poisson(
                    [size, 3], [size, 2], a * 9, dtype=dtype
                )

            outputs.extend(draw())
            same = tf.function(draw)()
            outputs.append([bool(tf.reduce_all(a == b)) for a, b in zip(draw(), same, strict=True)])
    return outputs


def _sequence_of_draws(tf):
    tf.random.set_seed(3)
    alpha = tf.constant([0.3, 1.0, 5.0])
    return [tf.random.gamma([n], alpha, seed=2) for n in (2, 2, 3)] + [
        tf.random.poisson([4], alpha),
        tf.random.uniform([2]),
    ]


def _of_generator(tf):
    """Binomial numbers of a generator, in several sizes and in functions that draw others between them."""
    g = tf.random.Generator.from_seed(3)

    @tf.function
    def draw(size):
        return g.binomial([size], 10.0, 0.4), g.normal([2]), g.binomial([2], [5.0, 9.0], 0.5)

    @tf.function
    def add_up(p):
        total = 0.0
        for _ in tf.range(3):
            total += tf.reduce_sum(g.binomial([4], 10.0, p, dtype=tf.float32))
        return total

    outputs = [(g.binomial([n], tf.fill([n], 10.0), 0.3), g.state.numpy()) for n in (3, 5, 70)]
    outputs += [(draw(tf.constant(n)), g.state.numpy()) for n in (2, 3)]
    refused = [raised(lambda: g.binomial([3], [1.0, 2.0], 0.5)), raised(lambda: g.binomial([2], [1.0] * 3, 0.5))]
    return outputs, add_up(0.3), refused, g.state.numpy()


CASES = [
    Case("rows", _rows_of, [f32(100, 2)], grad=True),
    Case("split-sizes", lambda tf, x: tf.split(x, [1, 2] * 40, 1)[::9], [f64(2, 120)], grad=True),
    Program("of-generator", _of_generator),
    Program("strings", lambda tf: tf.stack([tf.constant("a")] * 70 + [tf.constant("b")])[-2:]),
    Program(
        "refused",
        lambda tf: [
            raised(lambda: tf.unstack(tf.ones([80, 2]), 79)),
            raised(lambda: tf.stack([tf.ones(2)] * 80 + [tf.ones(3)])),
            raised(lambda: tf.split(tf.ones([80, 2]), 79)),
            raised(lambda: tf.stack([tf.ones(2)] * 80 + [tf.ones(2, "float64")])),
            raised(lambda: tf.raw_ops.RandomGamma(shape=[2], alpha=[1])),
            raised(lambda: tf.random.stateless_gamma([2], [1, 2], tf.ones([3]))),
        ],
    ),
    Program("draws", _draws),
    Program("sequence-of-draws", _sequence_of_draws),
]
