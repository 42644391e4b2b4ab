"""Two clouds of points told apart by a hand-written logistic regression, metrics and an early exit code."""

import sys

import numpy as np
import tensorflow as tf

rng = np.random.default_rng(3)
half = 100
points = np.concatenate([rng.normal(-1.0, 1.0, (half, 2)), rng.normal(1.5, 1.0, (half, 2))]).astype(np.float32)
truth = np.concatenate([np.zeros(half), np.ones(half)]).astype(np.float32)[:, None]
order = rng.permutation(2 * half)
points, truth = points[order], truth[order]


class Normalize(tf.Module):
    def __init__(self, x):
        self.mean = tf.Variable(tf.math.reduce_mean(x, axis=0), trainable=False)
        self.std = tf.Variable(tf.math.reduce_std(x, axis=0), trainable=False)

    def norm(self, x):
        return (x - self.mean) / self.std


class LogisticRegression(tf.Module):
    def __init__(self):
        self.built = False

    @tf.function
    def __call__(self, x, train=True):
        if not self.built:
            start = tf.constant(rng.uniform(-0.1, 0.1, (x.shape[-1], 1)).astype(np.float32))
            self.w = tf.Variable(start)
            self.b = tf.Variable(tf.zeros([1]))
            self.built = True
        z = tf.add(tf.matmul(x, self.w), self.b)
        if train:
            return z
        return tf.sigmoid(z)


def log_loss(logits, y):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits))


def accuracy(probabilities, y):
    predicted = tf.cast(probabilities > 0.5, tf.float32)
    return tf.reduce_mean(tf.cast(tf.equal(predicted, y), tf.float32))


scaler = Normalize(points)
x, y = scaler.norm(points), tf.constant(truth)
model = LogisticRegression()
print(scaler.mean.numpy(), scaler.std.numpy(), tf.reduce_mean(x, axis=0).numpy().round(3) + 0.0)
for epoch in range(40):
    for start in range(0, len(points), 50):
        with tf.GradientTape() as tape:
            loss = log_loss(model(x[start : start + 50]), y[start : start + 50])
        gradients = tape.gradient(loss, model.trainable_variables)
        for gradient, variable in zip(gradients, model.trainable_variables):
            variable.assign_sub(0.2 * gradient)
    if epoch % 10 == 0:
        print(f"Epoch: {epoch}, loss: {log_loss(model(x), y):.5f}")
score = accuracy(model(x, train=False), y).numpy()
print(f"accuracy {score:.3f}", model.w.numpy(), model.b.numpy())
print([v.name for v in model.trainable_variables], model.__call__.experimental_get_tracing_count())
sys.exit(0 if score < 0.5 else 3)
