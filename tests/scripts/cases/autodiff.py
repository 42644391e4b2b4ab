"""Gradients: the everyday uses of a tape."""

import tensorflow as tf

x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = x**2
print(tape.gradient(y, x).numpy())

w = tf.Variable([[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]], name="w")
b = tf.Variable(tf.zeros(2), name="b")
inputs = [[1.0, 2.0, 3.0]]
with tf.GradientTape(persistent=True) as tape:
    out = inputs @ w + b
    loss = tf.reduce_mean(out**2)
dw, db = tape.gradient(loss, [w, b])
print(w.shape, dw.shape, dw, db)
print(tape.gradient(loss, {"w": w, "b": b})["b"], tape.gradient(loss, out))
del tape

x0 = tf.Variable(3.0, name="x0")
x1 = tf.Variable(3.0, name="x1", trainable=False)
x2 = tf.Variable(2.0, name="x2") + 1.0
x3 = tf.constant(3.0, name="x3")
with tf.GradientTape() as tape:
    y = (x0**2) + (x1**2) + (x2**2)
print([None if g is None else g.numpy() for g in tape.gradient(y, [x0, x1, x2, x3])])
print([v.name for v in tape.watched_variables()])

x = tf.constant(3.0)
with tf.GradientTape() as tape:
    tape.watch(x)
    y = x**2
print(tape.gradient(y, x).numpy())

x0, x1 = tf.Variable(0.0), tf.Variable(10.0)
with tf.GradientTape(watch_accessed_variables=False) as tape:
    tape.watch(x1)
    total = tf.reduce_sum(tf.math.sin(x0) + tf.nn.softplus(x1))
print(tape.gradient(total, [x0, x1], unconnected_gradients=tf.UnconnectedGradients.NONE)[0])

x = tf.constant(3.0)
with tf.GradientTape() as tape:
    tape.watch(x)
    y = x * x
    z = y * y
print(tape.gradient(z, y).numpy())

x = tf.constant([1.0, 3.0])
with tf.GradientTape(persistent=True) as tape:
    tape.watch(x)
    y = x * x
    z = y * y
print(tape.gradient(z, x), tape.gradient(y, x))

x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y0, y1 = x**2, 1 / x
print(tape.gradient({"y0": y0, "y1": y1}, x).numpy())
with tf.GradientTape() as tape:
    y = x * [3.0, 4.0]
print(tape.gradient(y, x).numpy())

x = tf.linspace(-10.0, 10.0, 9)
with tf.GradientTape() as tape:
    tape.watch(x)
    y = tf.nn.sigmoid(x)
print(tape.gradient(y, x))

x, v0, v1 = tf.constant(1.0), tf.Variable(2.0), tf.Variable(2.0)
with tf.GradientTape(persistent=True) as tape:
    tape.watch(x)
    result = v0 if x > 0.0 else v1**2
print(tape.gradient(result, [v0, v1])[0], tape.gradient(result, x))

x, y = tf.Variable(2.0), tf.Variable(3.0)
with tf.GradientTape() as tape:
    z = y * y
print(tape.gradient(z, x))
with tf.GradientTape() as tape:
    z = y * y
print(tape.gradient(z, x, unconnected_gradients=tf.UnconnectedGradients.ZERO))

state = tf.Variable(3.0)
with tf.GradientTape() as tape:
    state.assign_add(x)
    y = state**2
print(tape.gradient(y, [x, state]))

once = tf.Variable(1.0)
with tf.GradientTape() as tape:
    y = once * 2.0
tape.gradient(y, once)
try:
    tape.gradient(y, once)
except RuntimeError as error:
    print("RuntimeError", "persistent" in str(error))
