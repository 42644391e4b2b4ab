"""Gradients and Jacobians taken eagerly, the tape built anew each time."""

from __future__ import annotations

import numpy as np

from benchmarks.registry import Task, workload


def _sums(results) -> list[float]:
    """A few numbers that stand for arrays too large to compare in full."""
    numbers: list[float] = []
    for result in results:
        array = np.asarray(result, np.float64)
        weights = np.cos(np.arange(array.size)).reshape(array.shape)
        numbers += [array.sum(), (array * weights).sum(), np.abs(array).max()]
    return numbers


@workload("tape/five ops", group="tape")
def five_ops(tf):
    t = tf.ones((8, 8))
    v = tf.Variable(tf.ones((8, 8)))

    def step():
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(tf.nn.relu(tf.matmul(t, v) + t) ** 2)
        return tape.gradient(y, v)

    return Task(step, check=lambda: _sums([step().numpy()]))


@five_ops.twin
def _(jax):
    t = jax.device_put(np.ones((8, 8), np.float32))
    compiled = jax.jit(jax.grad(lambda v, t: (jax.nn.relu(t @ v + t) ** 2).sum()))
    return Task(lambda: compiled(t, t), check=lambda: _sums([compiled(t, t)]))


def _softmax_layer() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    inputs, weights = random.normal(size=(16, 32)), random.normal(size=(32, 32)) * 0.2
    return inputs.astype(np.float32), weights.astype(np.float32)


@workload("tape/jacobian", group="jacobian", batch_seconds=0.1)
def jacobian(tf):
    inputs, weights = _softmax_layer()
    x, w = tf.constant(inputs), tf.Variable(weights)

    def step():
        with tf.GradientTape() as tape:
            y = tf.nn.softmax(tf.matmul(x, w))
        return tape.jacobian(y, w)

    return Task(step, check=lambda: _sums([step().numpy()]))


@jacobian.twin
def _(jax):
    x, w = map(jax.device_put, _softmax_layer())
    compiled = jax.jit(jax.jacrev(lambda w, x: jax.nn.softmax(x @ w)))
    return Task(lambda: compiled(w, x), check=lambda: _sums([compiled(w, x)]))


@workload("tape/batch_jacobian", group="jacobian", batch_seconds=0.1)
def batch_jacobian(tf):
    inputs, weights = _softmax_layer()
    x, w = tf.constant(inputs), tf.Variable(weights)

    def step():
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.nn.softmax(tf.matmul(x, w))
        return tape.batch_jacobian(y, x)

    return Task(step, check=lambda: _sums([step().numpy()]))


@batch_jacobian.twin
def _(jax):
    x, w = map(jax.device_put, _softmax_layer())
    one_row = jax.jacrev(lambda x, w: jax.nn.softmax(x @ w))
    compiled = jax.jit(jax.vmap(one_row, in_axes=(0, None)))
    return Task(lambda: compiled(x, w), check=lambda: _sums([compiled(x, w)]))
