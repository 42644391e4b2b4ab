"""Ends with the error that TensorFlow raises while it traces."""

import tensorflow as tf


@tf.function
def layer(x, w):
    return tf.nn.relu(tf.matmul(x, w))


print(layer(tf.ones([3, 4]), tf.ones([4, 1])).numpy().tolist())
layer(tf.ones([3, 4]), tf.ones([5, 1]))
