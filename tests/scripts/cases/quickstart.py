"""A polynomial fitted in the low-level way: a module, a loss, a compiled step, a held-out part."""

import numpy as np
import tensorflow as tf

x = tf.linspace(-2.0, 2.0, 201)
x = tf.cast(x, tf.float32)
noise = tf.constant(np.random.default_rng(22).normal(0.0, 0.3, 201), tf.float32)
y = 2 * x**2 - 1.5 * x + 0.5 + noise


class Model(tf.Module):
    def __init__(self):
        start = np.random.default_rng(1).normal(0.0, 0.5, 3)
        self.coefficients = tf.Variable(tf.constant(start, tf.float32), name="coefficients")

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def __call__(self, x):
        features = tf.stack([x**2, x, tf.ones_like(x)], axis=1)
        return tf.linalg.matvec(features, self.coefficients)


def mse_loss(y_pred, y):
    return tf.reduce_mean(tf.square(y_pred - y))


model = Model()
train = np.arange(201) % 4 != 0
x_train, y_train = x.numpy()[train], y.numpy()[train]
x_test, y_test = x.numpy()[~train], y.numpy()[~train]
print(f"before: {mse_loss(model(x_test), y_test):.5f}")


@tf.function
def step(x, y, rate):
    with tf.GradientTape() as tape:
        loss = mse_loss(model(x), y)
    gradients = tape.gradient(loss, model.variables)
    for gradient, variable in zip(gradients, model.variables):
        variable.assign_sub(rate * gradient)
    return loss


for epoch in range(60):
    loss = step(x_train, y_train, tf.constant(0.08))
    if epoch % 15 == 0:
        print(f"Mean squared error at {epoch}: {loss.numpy():0.4f}")
print(f"after: {mse_loss(model(x_test), y_test):.5f}", model.coefficients.numpy())
print(step.experimental_get_tracing_count(), model(tf.constant([0.0, 1.0, 2.0])))
