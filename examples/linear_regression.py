"""Fits y = w x + b to noisy points: a gradient tape and a hand-written update, then both in a tf.function."""

import numpy as np
import tensorflow as tf

TRUE_W = 3.0
TRUE_B = 2.0
POINTS = 200
EPOCHS = 30
RATE = 0.1

rng = np.random.default_rng(7)
x = tf.constant(rng.uniform(-2.0, 2.0, POINTS), tf.float32)
noise = tf.constant(rng.normal(0.0, 0.5, POINTS), tf.float32)
y = TRUE_W * x + TRUE_B + noise


class Line(tf.Module):
    """A straight line with two trainable numbers."""

    def __init__(self, w=5.0, b=0.0, name=None):
        super().__init__(name=name)
        self.w = tf.Variable(w, name="w")
        self.b = tf.Variable(b, name="b")

    def __call__(self, x):
        return self.w * x + self.b


def mean_squared_error(target, predicted):
    return tf.reduce_mean(tf.square(target - predicted))


def train_step(model, x, y):
    """Moves the variables one step down the gradient; returns the loss before it."""
    with tf.GradientTape() as tape:
        loss = mean_squared_error(y, model(x))
    dw, db = tape.gradient(loss, [model.w, model.b])
    model.w.assign_sub(RATE * dw)
    model.b.assign_sub(RATE * db)
    return loss


def fit(title, model, step):
    print(title)
    for epoch in range(EPOCHS):
        loss = step(model, x, y)
        if epoch % 5 == 0 or epoch == EPOCHS - 1:
            w, b = model.w.numpy(), model.b.numpy()
            print(f"  epoch {epoch:2d}  loss {loss.numpy():.6f}  w {w:.5f}  b {b:.5f}")


eager = Line(name="eager")
print("variables:", [v.name for v in eager.trainable_variables])
fit("eager", eager, train_step)

compiled = Line(name="compiled")
fit("tf.function", compiled, tf.function(train_step))

print("same line:", np.allclose(eager.w.numpy(), compiled.w.numpy(), atol=1e-4))
print("final loss:", round(float(mean_squared_error(y, compiled(x))), 5))
