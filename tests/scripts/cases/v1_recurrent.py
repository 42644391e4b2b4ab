"""A recurrent network of TensorFlow 1: while_loop over a TensorArray, gradients through it, Adam, a py_func."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_eager_execution()

STEPS, UNITS = 6, 5
rng = np.random.RandomState(1)
tf.set_random_seed(2)

sequence = tf.placeholder(tf.float32, [None, STEPS, 1], name="sequence")
target = tf.placeholder(tf.float32, [None, 1], name="target")


class Cell:
    """A gated cell; its variables are made in the first call and shared by the others."""

    def __init__(self):
        self.step = tf.make_template("cell", self._step)

    def _step(self, x, state):
        joined = tf.concat([x, state], 1)
        kernel = tf.get_variable(
            "kernel", [1 + UNITS, 2 * UNITS], initializer=tf.random_normal_initializer(0, 0.4, seed=3)
        )
        bias = tf.get_variable("bias", [2 * UNITS], initializer=tf.constant_initializer(0.1))
        gate, candidate = tf.split(tf.matmul(joined, kernel) + bias, 2, axis=1)
        gate = tf.sigmoid(gate)
        return gate * state + (1.0 - gate) * tf.tanh(candidate)


cell = Cell()
batch = tf.shape(sequence)[0]
inputs = tf.TensorArray(tf.float32, size=STEPS).unstack(tf.transpose(sequence, [1, 0, 2]))
states = tf.TensorArray(tf.float32, size=STEPS)
first = cell.step(inputs.read(0), tf.zeros([batch, UNITS]))


def body(t, state, outputs):
    state = cell.step(inputs.read(t), state)
    return t + 1, state, outputs.write(t, state)


_, last, outputs = tf.while_loop(lambda t, *_: t < STEPS, body, [tf.constant(1), first, states.write(0, first)])
history = tf.transpose(outputs.stack(), [1, 0, 2])
prediction = tf.matmul(last, tf.get_variable("readout", [UNITS, 1], initializer=tf.ones_initializer()))
loss = tf.losses.mean_squared_error(target, prediction)
optimizer = tf.train.AdamOptimizer(0.02)
train = optimizer.minimize(loss)
scaled = tf.py_func(lambda v: (v * 100).astype(np.float32), [loss], tf.float32)

print([v.name for v in tf.trainable_variables()], [v.name for v in optimizer.variables()][:3])
session = tf.InteractiveSession()
tf.global_variables_initializer().run()
for i in range(30):
    values = rng.uniform(-1, 1, (16, STEPS, 1)).astype(np.float32)
    feed = {sequence: values, target: values.sum(1)}
    train.run(feed)
    if i % 10 == 0:
        print(i, f"loss {loss.eval(feed):.4f}", f"times 100: {scaled.eval(feed):.2f}")
print(history.eval(feed).shape, np.round(prediction.eval(feed)[:3, 0], 3))
print(np.round(session.run(tf.gradients(loss, sequence)[0], feed)[0, :3, 0], 5))
session.close()
