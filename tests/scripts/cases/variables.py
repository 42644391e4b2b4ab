"""Variables: making, changing, sharing and naming them."""

import tensorflow as tf

start = tf.constant([[1.0, 2.0], [3.0, 4.0]])
v = tf.Variable(start)
flags = tf.Variable([False, False, False, True])
waves = tf.Variable([5 + 4j, 6 + 1j])
print("Shape: ", v.shape, " DType: ", v.dtype, " As NumPy: ", v.numpy())
print(flags, waves)
print("as tensor:", tf.convert_to_tensor(v), "\nlargest:", tf.math.argmax(v))
print("reshaped copy:", tf.reshape(v, [1, 4]), "unchanged:", v.shape)

a = tf.Variable([2.0, 3.0])
print(a.assign([1, 2]).numpy())
try:
    a.assign([1.0, 2.0, 3.0])
except Exception as error:
    print(type(error).__name__)
print(a.numpy())

b = tf.Variable(a)
a.assign([5, 6])
print(a.numpy(), b.numpy())
print(a.assign_add([2, 3]).numpy(), a.assign_sub([7, 9]).numpy())
before = a.read_value()
a.assign([100.0, 200.0])
print(before.numpy(), a.numpy(), a.value().numpy())

p, q = tf.Variable(start, name="Mark"), tf.Variable(start + 1, name="Mark")
print(p.name, q.name, p == q, (p == q).numpy().any())
steps = tf.Variable(1, trainable=False)
print(steps.trainable, p.trainable, steps.assign_add(1).numpy())

m = tf.Variable(tf.zeros([3, 3]))
m[1].assign([1.0, 2.0, 3.0])
m[:, 0].assign(tf.constant([7.0, 8.0, 9.0]))
m[2, 1:].assign([5.0, 5.0])
print(m.numpy())
m.scatter_nd_update([[0, 1], [2, 2]], [10.0, 11.0])
print(m.numpy())
print(m.sparse_read([2, 0]).numpy(), m.gather_nd([[0, 1], [1, 1]]).numpy())
s = tf.Variable([1, 2, 3, 4])
s.scatter_add(tf.IndexedSlices(tf.constant([10, 20]), tf.constant([0, 2])))
s.scatter_update(tf.IndexedSlices(tf.constant([-1]), tf.constant([3])))
print(s.numpy())

print(v + 1, 2 * v, v @ v, -v, v[0], v > 2.0, abs(-v), v / v)
grow = tf.Variable(tf.zeros([2]), shape=tf.TensorShape([None]))
grow.assign(tf.ones([5]))
print(grow.shape, grow.numpy())
late = tf.Variable(lambda: tf.fill([2], 3.5), dtype=tf.float32)
print(late.numpy(), tf.Variable(1, dtype=tf.float64).dtype, tf.Variable([1, 2]).dtype)
capped = tf.Variable(2.0, constraint=lambda x: tf.clip_by_value(x, 0.0, 1.0))
print(capped.constraint(capped).numpy())
with tf.device("CPU:0"):
    here = tf.Variable([1.0])
    print(here.device, (here * 2).device)
