"""A compiled training step on the accelerator: where its variables live, and that it learns."""

from __future__ import annotations

import jax
import numpy as np

import tfshim as tf


def test_variables_and_results_live_on_the_accelerator():
    v = tf.Variable(tf.ones([128, 128]))
    y = tf.matmul(v, v)
    assert "CPU" not in y.device
    assert next(iter(jax.numpy.asarray(y).devices())).platform == jax.default_backend()


def test_step_learns_and_stays_on_the_accelerator():
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(size=[64, 8]).astype(np.float32))
    w = tf.constant(rng.normal(size=[8, 1]).astype(np.float32))
    target = tf.matmul(x, w)
    v = tf.Variable(tf.zeros([8, 1]))

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((tf.matmul(x, v) - target) ** 2)
        v.assign_sub(0.1 * tape.gradient(loss, v))
        return loss

    losses = [float(step()) for _ in range(50)]
    assert losses[-1] < 1e-2 * losses[0]
    assert "CPU" not in v.device


def test_device_scopes_move_work():
    with tf.device("/CPU:0"):
        a = tf.constant(np.ones([100, 100], np.float32)) + 1.0
    b = tf.constant(np.ones([100, 100], np.float32)) + 1.0
    assert "CPU" in a.device
    assert "CPU" not in b.device
    assert float(tf.reduce_sum(a + b)) == 40000.0
