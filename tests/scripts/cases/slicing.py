"""Reading and writing parts of tensors."""

import tensorflow as tf

t1 = tf.constant([0, 1, 2, 3, 4, 5, 6, 7])
print(tf.slice(t1, begin=[1], size=[3]), t1[1:4], t1[-3:])
t2 = tf.reshape(tf.range(20), [4, 5])
print(t2[:-1, 1:3], tf.slice(t2, [1, 2], [2, -1]), t2[1, ::2])
t3 = tf.reshape(tf.range(32), [2, 4, 4])
print(tf.slice(t3, [1, 1, 0], [1, 1, 2]), t3[..., 1], t3[:, ::-1, 0])
print(
    tf.gather(t1, indices=[0, 3, 6]),
    tf.gather(t2, [0, 4], axis=1),
    tf.gather(t3, [1, 0], axis=1, batch_dims=0).shape,
)
print(tf.gather_nd(t2, indices=[[0], [3], [1]]), tf.gather_nd(t3, indices=[[0, 0, 0], [1, 2, 1]]))
print(tf.gather(t3, [[0, 1], [2, 3]], axis=1, batch_dims=1).shape)
n = tf.constant(2)
print(t1[n], t1[n:], t1[: n + 1], t2[n, tf.constant(1)], t2[tf.newaxis, n].shape)

indices = tf.constant([[1], [3], [5], [7], [9]])
data = tf.constant([2, 4, 6, 8, 10])
print(tf.scatter_nd(indices=indices, updates=data, shape=tf.constant([10])))
base = tf.zeros([3, 3], tf.int32)
print(tf.tensor_scatter_nd_update(base, [[0, 2], [2, 0]], [5, 7]))
print(tf.tensor_scatter_nd_add(tf.ones([4], tf.int32), [[0], [0], [3]], [1, 2, 3]))
print(tf.tensor_scatter_nd_sub(tf.ones([4], tf.int32), [[1]], [9]))
print(tf.where([True, False, True], [1, 2, 3], [10, 20, 30]), tf.where(t2 > 7, t2, 0))
print(tf.split(t1, 4), [p.shape for p in tf.split(t2, [1, 3, 1], axis=1)])
print(
    tf.tile([[1, 2]], [2, 2]),
    tf.pad([[1, 2]], [[1, 0], [0, 2]], constant_values=9),
    tf.reverse(t2[:2], axis=[1]),
)
print(
    tf.one_hot([0, 2, -1], 3),
    tf.eye(2),
    tf.fill([2, 2], 7),
    tf.zeros_like(t2).shape,
    tf.ones_like(t1, tf.float32),
)
print(tf.cumsum([1, 2, 3]), tf.sort([3, 1, 2]), tf.argsort([3, 1, 2]), tf.math.top_k([3, 1, 2], 2))
print(tf.linspace(0.0, 1.0, 5), tf.range(1, 10, 3), tf.range(3, 0, -1), tf.range(0.0, 1.0, 0.25))
