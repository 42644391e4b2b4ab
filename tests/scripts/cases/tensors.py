"""Making tensors and looking at them."""

import numpy as np
import tensorflow as tf

scalar = tf.constant(4)
vector = tf.constant([2.0, 3.0, 4.0])
matrix = tf.constant([[1, 2], [3, 4], [5, 6]], dtype=tf.float16)
cube = tf.reshape(tf.range(30), [3, 2, 5])
for t in (scalar, vector, matrix, cube):
    print(t)
    print(repr(t))
    print(t.dtype, t.shape, t.ndim, t.shape.rank, tf.size(t).numpy(), tf.rank(t).numpy())

a = tf.constant([[1, 2], [3, 4]])
b = tf.ones([2, 2], dtype=tf.int32)
print(tf.add(a, b), tf.multiply(a, b), tf.matmul(a, b))
print(a + b, a * b, a @ b, a - 2 * b, -a, a // 2, a % 2, 7 - a, a**2)

c = tf.constant([[4.0, 5.0], [10.0, 1.0]])
print(tf.reduce_max(c), tf.argmax(c), tf.nn.softmax(c))
print(tf.reduce_sum(c, axis=0), tf.reduce_mean(c, axis=1, keepdims=True), tf.reduce_prod(c))
print(tf.convert_to_tensor([1, 2, 3]), tf.convert_to_tensor(np.float64(1.5)))

big = tf.zeros([3, 2, 4, 5])
print(big.shape, big.shape[1], big.shape[-1], list(big.shape), big.shape.as_list(), tf.shape(big))
print(big.shape == (3, 2, 4, 5), big.shape.is_fully_defined(), big.shape.num_elements())

one = tf.constant([0, 1, 1, 2, 3, 5, 8, 13, 21, 34])
print(one[0], one[1], one[-1].numpy(), one[:].numpy(), one[:4].numpy(), one[4:].numpy(), one[2:7].numpy())
print(one[::2].numpy(), one[::-1].numpy(), one[7:2:-2].numpy())
print(cube[1, 1, 2].numpy(), cube[:, 1].numpy(), cube[..., 0].numpy(), cube[1:, 0:1, 2:].numpy())
print(cube[:, tf.newaxis].shape, cube[..., None].shape, cube[0][1].shape)

flat = tf.reshape(cube, [-1])
print(flat.shape, tf.reshape(cube, [3 * 2, 5]).numpy(), tf.reshape(cube, [3, -1]).shape)
print(
    tf.transpose(tf.reshape(tf.range(6), [2, 3])),
    tf.expand_dims(one, 0).shape,
    tf.squeeze(tf.ones([1, 3, 1])).shape,
)
print(tf.concat([a, b], axis=0), tf.stack([a, b], axis=-1), tf.unstack(a))

f64 = tf.constant([2.2, 3.3, 4.4], dtype=tf.float64)
print(tf.cast(f64, tf.float16), tf.cast(f64, tf.uint8), tf.cast([True, False], tf.float32))

x, y, z = tf.constant([1, 2, 3]), tf.constant(2), tf.constant([2, 2, 2])
print(tf.multiply(x, 2), x * y, x * z)
col, row = tf.reshape(x, [3, 1]), tf.range(1, 5)
print(col, row, tf.multiply(col, row), tf.broadcast_to(tf.constant([1, 2, 3]), [3, 3]))

print(tf.constant("Gray wolf"), tf.constant(["Gray wolf", "Quick brown fox", "Lazy dog"]))
print(tf.constant("🥳👍"), tf.constant(b"\x00bytes").numpy(), tf.constant([[b"a", b"b"]]).shape)
print(tf.constant([1 + 2j, 3]), tf.constant([True, False]), tf.constant([], tf.int8), tf.zeros([0, 3]))
