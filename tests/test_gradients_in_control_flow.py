"""Gradients written in Python, and functions that read variables, inside branches and loops of functions.

Real TensorFlow fails on most of these; what they must equal is the same code run eagerly.
"""

from __future__ import annotations

import numpy as np
import pytest

import tfshim as tf


@tf.custom_gradient
def clipped(x):
    return x * x, lambda dy: tf.clip_by_value(dy * 2.0 * x, -1.0, 1.0)


def _bodies():
    v = tf.Variable(2.0)

    @tf.custom_gradient
    def scaled(x):
        def grad(dy, variables=None):
            return dy * v * 10.0, [tf.reduce_sum(dy * x) * 100.0]

        return x * v, grad

    return {
        "custom": (v, clipped),
        "custom-with-variable": (v, scaled),
        "function": (v, tf.function(lambda a: tf.tanh(a * v))),
        "function-around-custom": (v, tf.function(lambda a: scaled(a))),
        "recompute": (v, tf.recompute_grad(lambda a: tf.sin(a) * v)),
        "stopped": (v, lambda a: a * v + tf.stop_gradient(a * v)),
    }


def _loop(fn, x, n):
    return tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, fn(a)), [0, x])[1]


def _branch(fn, x, n):
    return tf.cond(x[0] > 0, lambda: fn(x), lambda: x)


@pytest.mark.parametrize("shape", [_loop, _branch], ids=["loop", "branch"])
@pytest.mark.parametrize("dynamic", [False, True], ids=["known", "unknown"])
@pytest.mark.parametrize("name", list(_bodies()))
def test_as_in_eager_mode(name, dynamic, shape):
    v, fn = _bodies()[name]
    n = tf.constant(3) if dynamic else 3

    def run(f):
        x = tf.constant([1.5, 0.5])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x, n)
        return [y, *tape.gradient(y, [x, v], unconnected_gradients="zero")]

    expected = run(lambda x, n: shape(fn, x, n))
    got = run(tf.function(lambda x, n: shape(fn, x, n)))
    for a, b in zip(expected, got, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)
