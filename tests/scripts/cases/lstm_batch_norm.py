"""LSTM with tf.scan, batch norm with moving averages, mixed precision, EMA, accumulation."""

import sys

import numpy as np
import tensorflow as tf

tf.random.set_seed(11)
np.random.seed(1)


class BatchNorm(tf.Module):
    def __init__(self, d, momentum=0.9):
        super().__init__()
        self.gamma = tf.Variable(tf.ones(d), name="gamma")
        self.beta = tf.Variable(tf.zeros(d), name="beta")
        self.mean = tf.Variable(tf.zeros(d), trainable=False, name="mean")
        self.var = tf.Variable(tf.ones(d), trainable=False, name="var")
        self.momentum = momentum

    def __call__(self, x, training):
        if training:
            m, v = tf.nn.moments(x, axes=list(range(len(x.shape) - 1)))
            self.mean.assign(self.momentum * self.mean + (1 - self.momentum) * m)
            self.var.assign(self.momentum * self.var + (1 - self.momentum) * v)
        else:
            m, v = self.mean, self.var
        return tf.nn.batch_normalization(x, m, v, self.beta, self.gamma, 1e-3)


class LSTM(tf.Module):
    def __init__(self, i, h):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([i + h, 4 * h]) / np.sqrt(i + h))
        self.b = tf.Variable(tf.concat([tf.zeros(h), tf.ones(h), tf.zeros(2 * h)], 0))
        self.h = h

    def __call__(self, x):
        xs = tf.transpose(x, [1, 0, 2])

        def step(state, inp):
            h, c = state
            i, f, g, o = tf.split(tf.concat([inp, h], 1) @ self.w + self.b, 4, axis=1)
            c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
            return tf.sigmoid(o) * tf.tanh(c), c

        zero = tf.zeros([tf.shape(x)[0], self.h])
        h, c = tf.scan(step, xs, initializer=(zero, zero))
        return h[-1]


lstm, bn = LSTM(3, 8), BatchNorm(8)
out = tf.Variable(tf.random.normal([8, 1]) * 0.3)
params = [*lstm.trainable_variables, *bn.trainable_variables, out]
ema = [tf.Variable(p, trainable=False) for p in params]
acc = [tf.Variable(tf.zeros_like(p), trainable=False) for p in params]
count = tf.Variable(0)


@tf.function
def forward(x, training):
    return tf.squeeze(bn(lstm(x), training) @ out, -1)


@tf.function
def micro_step(x, y, every):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(forward(x, True) - y))
    for a, g in zip(acc, tape.gradient(loss, params)):
        a.assign_add(g / tf.cast(every, tf.float32))
    count.assign_add(1)
    if count % every == 0:
        for p, a, e in zip(params, acc, ema):
            p.assign_sub(0.1 * a)
            e.assign(0.9 * e + 0.1 * p)
            a.assign(tf.zeros_like(a))
        tf.print("applied at", count, output_stream=sys.stdout)
    return loss


for i in range(12):
    x = np.random.randn(16, 5, 3).astype(np.float32)
    y = x.sum((1, 2))
    loss = micro_step(x, y, tf.constant(4))
    if i % 4 == 3:
        print(i, count.numpy(), f"{loss:.4f}", bn.mean.numpy()[:3].round(4), bn.var.numpy()[:2].round(4))
test = tf.ones([2, 5, 3])
print(forward(test, False).numpy(), forward(test, tf.constant(False)).numpy())
print([f"{tf.reduce_mean(tf.abs(e - p)):.5f}" for e, p in zip(ema, params)])
print(forward.experimental_get_tracing_count())

# mixed precision with loss scaling
w = tf.Variable(tf.random.normal([4, 4]))
scale = tf.Variable(2.0**10)


@tf.function
def mixed(x):
    with tf.GradientTape() as tape:
        h = tf.cast(x, tf.float16) @ tf.cast(w, tf.float16)
        loss = tf.reduce_mean(tf.cast(h, tf.float32) ** 2)
        scaled = loss * scale
    g = tape.gradient(scaled, w) / scale
    finite = tf.reduce_all(tf.math.is_finite(g))
    if finite:
        w.assign_sub(0.1 * g)
        scale.assign(scale * 2.0)
    else:
        scale.assign(scale / 2.0)
    return loss, finite


for i in range(8):
    l, fin = mixed(tf.ones([2, 4]) * (1 if i != 4 else 200.0))
    print(i, f"{l:.3f}", bool(fin), scale.numpy())
