"""Reads handwritten digits: a two-layer network on scikit-learn's 1,797 scans of 8 x 8 pixels.

Layers, momentum and mini-batches are written out here; the training step is one tf.function.
"""

import sys
import time

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

BATCH = 64
EPOCHS = 20
HIDDEN = 96
RATE = 0.05
MOMENTUM = 0.9


class Dense(tf.Module):
    """x @ w + b, with an activation if one is given."""

    def __init__(self, rng, inputs, outputs, activation=None, name=None):
        super().__init__(name=name)
        limit = np.sqrt(6.0 / (inputs + outputs))
        self.w = tf.Variable(rng.uniform(-limit, limit, (inputs, outputs)).astype(np.float32), name="w")
        self.b = tf.Variable(tf.zeros([outputs]), name="b")
        self.activation = activation

    def __call__(self, x):
        y = tf.matmul(x, self.w) + self.b
        return y if self.activation is None else self.activation(y)


class Sequential(tf.Module):
    """Layers applied one after another."""

    def __init__(self, layers, name=None):
        super().__init__(name=name)
        self.layers = layers

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class Momentum(tf.Module):
    """Gradient descent that keeps a running direction for each variable."""

    def __init__(self, variables, rate, momentum, name=None):
        super().__init__(name=name)
        self.rate = rate
        self.momentum = momentum
        self.directions = [tf.Variable(tf.zeros_like(v), trainable=False) for v in variables]

    def apply(self, gradients, variables):
        for gradient, variable, direction in zip(gradients, variables, self.directions):
            direction.assign(self.momentum * direction + gradient)
            variable.assign_sub(self.rate * direction)


def load(rng):
    """Images scaled to 0..1 and their labels, shuffled: (training pair, held-out pair)."""
    digits = load_digits()
    images = (digits.data / 16.0).astype(np.float32)
    labels = digits.target.astype(np.int64)
    order = rng.permutation(len(images))
    held_out, training = order[:360], order[360:]
    return (images[training], labels[training]), (images[held_out], labels[held_out])


def loss_of(logits, labels):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))


def accuracy_of(logits, labels):
    return tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, axis=1), labels), tf.float32))


def main():
    started = time.perf_counter()
    rng = np.random.default_rng(0)
    (images, labels), (test_images, test_labels) = load(rng)
    model = Sequential(
        [Dense(rng, 64, HIDDEN, tf.nn.relu, name="hidden"), Dense(rng, HIDDEN, 10, name="output")],
        name="digits",
    )
    variables = model.trainable_variables
    optimizer = Momentum(variables, RATE, MOMENTUM)

    @tf.function
    def train_step(images, labels):
        with tf.GradientTape() as tape:
            loss = loss_of(model(images), labels)
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    size = sum(int(tf.size(v)) for v in variables)
    print(f"{len(images)} scans to learn from, {len(test_images)} held out, {size} parameters")
    for epoch in range(1, EPOCHS + 1):
        order = rng.permutation(len(images))
        losses = []
        for start in range(0, len(images) - BATCH + 1, BATCH):
            batch = order[start : start + BATCH]
            losses.append(train_step(tf.constant(images[batch]), tf.constant(labels[batch])))
        print(f"epoch {epoch:2d}/{EPOCHS}  loss {float(tf.reduce_mean(tf.stack(losses))):.6f}", flush=True)
    logits = model(tf.constant(test_images))
    loss, accuracy = float(loss_of(logits, test_labels)), float(accuracy_of(logits, test_labels))
    print(f"held out: loss {loss:.6f}, accuracy {accuracy:.4f}")
    print(f"{time.perf_counter() - started:.1f} s", file=sys.stderr)
    return 0 if accuracy >= 0.95 else 1


if __name__ == "__main__":
    sys.exit(main())
