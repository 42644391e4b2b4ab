"""Steps that a long-lived program repeats, for the memory they leave behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Step = Callable[[], Any]


def _problem(tf):
    random = np.random.default_rng(5)
    layers = [
        (tf.Variable(random.normal(size=(16, 32)).astype(np.float32) * 0.3), tf.Variable(tf.zeros([32]))),
        (tf.Variable(random.normal(size=(32, 1)).astype(np.float32) * 0.3), tf.Variable(tf.zeros([1]))),
    ]
    inputs = random.normal(size=(64, 16)).astype(np.float32)
    targets = np.sin(inputs.sum(axis=1, keepdims=True))

    def train(x, y):
        with tf.GradientTape() as tape:
            (w1, b1), (w2, b2) = layers
            predicted = tf.matmul(tf.nn.relu(tf.matmul(x, w1) + b1), w2) + b2
            loss = tf.reduce_mean((predicted - y) ** 2)
        variables = [variable for layer in layers for variable in layer]
        for variable, gradient in zip(variables, tape.gradient(loss, variables)):
            variable.assign_sub(0.01 * gradient)
        return loss

    return train, inputs, targets


def eager_training(tf) -> Step:
    """A tape, four gradients and four updates, eagerly, on a batch that comes from NumPy each time."""
    train, inputs, targets = _problem(tf)
    return lambda: float(train(tf.constant(inputs), tf.constant(targets)))


def function_calls(tf) -> Step:
    """The same step as a `tf.function`."""
    train, inputs, targets = _problem(tf)
    compiled = tf.function(train)
    return lambda: float(compiled(tf.constant(inputs), tf.constant(targets)))


STEPS: dict[str, Callable[[Any], Step]] = {
    "eager training steps": eager_training,
    "function calls": function_calls,
}
