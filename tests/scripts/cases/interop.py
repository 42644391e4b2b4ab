"""Tensors among Python numbers and NumPy arrays."""

import numpy as np
import tensorflow as tf

t = tf.constant([[1.0, 2.0], [3.0, 4.0]])
n = np.array([[10.0, 20.0], [30.0, 40.0]], np.float32)
print(np.add(t, 1), np.square(t), np.asarray(t).dtype, t.numpy() is not t.numpy())
print(t + n, (t * n).dtype, tf.reduce_sum(n), 2 + t, 2.5 * t, 1 / t, 2**t, [1.0, 2.0] + t)
print(isinstance(n + t, tf.Tensor), isinstance(n @ t, tf.Tensor), (n - t).shape)
print(float(t[0, 0]), int(tf.constant(7)), bool(tf.constant(True)), len(t), [float(v) for v in t[1]])
print(list(range(10))[tf.constant(3)], "abcdef"[tf.constant(2)], [1, 2, 3][tf.constant(-1)])
for row in t:
    print(row.numpy())
first, second = t
print(first, second, round(float(t[1, 1]), 1), f"{t[0, 1].numpy():.3f}", format(float(t[0, 0]), ".2f"))

x = np.arange(4, dtype=np.float32)
held = tf.constant(x)
x[:] = -1.0
print(held.numpy(), x)
y = held.numpy()
y[0] = 99.0
print(held.numpy())

print(tf.constant(5).dtype, tf.constant(5.0).dtype, tf.constant(True).dtype, tf.constant(5j).dtype)
print(tf.constant(np.arange(3)).dtype, tf.constant([1, 2.5]).dtype, tf.constant(2**40).dtype.name)
print(
    tf.constant([1, 2], tf.float32) == [1.0, 3.0],
    tf.constant(1) != tf.constant(2),
    tf.constant(1) in [tf.constant(1)],
)
a, b = tf.constant([True, False]), tf.constant([True, True])
print(a & b, a | b, a ^ b, ~a, tf.constant(6) & 3, tf.constant(6) | 1, tf.constant(6) ^ 2, ~tf.constant(6))
print(
    tf.constant([5, -5]) // 3,
    tf.constant([5, -5]) % 3,
    tf.constant([5, -5]) / 2,
    divmod(7, 2),
    abs(tf.constant(-3)),
)
print(tf.constant([1.5, -1.5]) // 1.0, tf.constant([5.5, -5.5]) % 3.0, tf.constant(2) ** 3, t > 2, t <= n)
print(np.array([tf.constant(1.0), tf.constant(2.0)]), tf.stack([1.0, t[0, 1], 3.0]))
