"""Ends with TensorFlow's error and a failing exit code."""
# arguments: --rate 0.5 input.txt

import sys

import tensorflow as tf

print("arguments:", sys.argv[1:], __name__)
w = tf.Variable(tf.ones([4, 2]))
print(tf.matmul(tf.ones([3, 4]), w).shape)
tf.matmul(tf.ones([3, 3]), w)
print("never printed")
