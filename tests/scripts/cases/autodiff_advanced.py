"""Gradients: control of recording, higher orders, Jacobians, gradients of one's own."""

import tensorflow as tf

x, y = tf.Variable(2.0), tf.Variable(3.0)
with tf.GradientTape() as t:
    x_sq = x * x
    with t.stop_recording():
        y_sq = y * y
    z = x_sq + y_sq
print({k: None if g is None else g.numpy() for k, g in t.gradient(z, {"x": x, "y": y}).items()})

reset = True
with tf.GradientTape() as t:
    y_sq = y * y
    if reset:
        t.reset()
    z = x * x + y_sq
print([None if g is None else g.numpy() for g in t.gradient(z, [x, y])])

with tf.GradientTape() as t:
    z = x**2 + tf.stop_gradient(y**2)
print(t.gradient(z, [x, y]))


@tf.custom_gradient
def clip_gradients(v):
    def backward(upstream):
        return tf.clip_by_norm(upstream, 0.5)

    return v, backward


with tf.GradientTape() as t:
    output = clip_gradients(x * 10)
print(t.gradient(output, x))


@tf.custom_gradient
def log1pexp(v):
    e = tf.exp(v)

    def grad(upstream):
        return upstream * (1 - 1 / (1 + e))

    return tf.math.log(1 + e), grad


big = tf.constant(100.0)
with tf.GradientTape() as t:
    t.watch(big)
    value = log1pexp(big)
print(value.numpy(), t.gradient(value, big).numpy())

x0, x1 = tf.constant(0.0), tf.constant(0.0)
with tf.GradientTape() as t0, tf.GradientTape() as t1:
    t0.watch(x0)
    t1.watch(x1)
    ys = tf.math.sin(x0) + tf.nn.sigmoid(x1)
print(t0.gradient(ys, x0).numpy(), t1.gradient(ys, x1).numpy())

x = tf.Variable(1.0)
with tf.GradientTape() as t2:
    with tf.GradientTape() as t1:
        y = x * x * x
    dy = t1.gradient(y, x)
d2y = t2.gradient(dy, x)
print(dy.numpy(), d2y.numpy())

points = tf.constant([[0.3, -1.2, 0.7], [1.1, 0.4, -0.9]])
weights = tf.Variable(tf.reshape(tf.range(12.0), [3, 4]) / 10.0 - 0.5)
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        inner.watch(points)
        total = tf.reduce_sum(tf.tanh(points @ weights))
    slope = inner.gradient(total, points)
    penalty = tf.reduce_mean(tf.norm(slope, axis=1) ** 2)
print(penalty.numpy(), outer.gradient(penalty, weights).numpy())

delta = tf.Variable(0.0)
line = tf.linspace(-10.0, 10.0, 11)
with tf.GradientTape() as tape:
    y = tf.nn.sigmoid(line + delta)
print(tape.jacobian(y, delta))

with tf.GradientTape(persistent=True) as tape:
    tape.watch(points)
    y = tf.nn.softmax(points @ weights)
print(tape.jacobian(y, weights).shape, tape.batch_jacobian(y, points))
print(tape.jacobian(y, points)[0, :, 1].numpy())

with tf.GradientTape() as t2:
    t2.watch(points)
    with tf.GradientTape() as t1:
        t1.watch(points)
        cubes = tf.reduce_sum(points**3)
    first = t1.gradient(cubes, points)
hessian = t2.jacobian(first, points)
print(hessian.shape, tf.reduce_sum(hessian).numpy())

table = tf.Variable(tf.reshape(tf.range(8.0), [4, 2]))
with tf.GradientTape() as tape:
    picked = tf.gather(table, [0, 2, 2])
    y = tf.reduce_sum(picked * picked)
g = tape.gradient(y, table)
print(type(g).__name__, g.indices.numpy(), g.values.numpy(), tf.convert_to_tensor(g).numpy())
with tf.autodiff.ForwardAccumulator(points, tf.ones_like(points)) as acc:
    y = tf.reduce_sum(tf.sin(points), axis=1)
print(acc.jvp(y).numpy())
