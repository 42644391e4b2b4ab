"""NumPy behaviour switched from one mode of promotion to another in one process."""

import numpy as np
import tensorflow as tf
import tensorflow.experimental.numpy as tnp


def show(run):
    try:
        print(run())
    except Exception as error:
        print(type(error).__name__)


small = np.array(1, dtype=np.int8)
half = np.array(1, dtype=np.float16)
for mode in ("legacy", "all", "legacy"):
    tnp.experimental_enable_numpy_behavior(dtype_conversion_mode=mode)
    one = tf.constant(1)
    print(mode, one)
    show(lambda: tf.add(small, one))
    show(lambda: tf.add(tf.add(one, small), half))
    show(lambda: one + half)
    show(lambda: tf.maximum(tf.constant(1, tf.int8), one))
    show(lambda: tf.matmul(tf.ones([1, 1], tf.int32), tf.ones([1, 1])))
    v = tf.Variable(1.5)
    show(lambda: v.assign(tf.constant(2, tf.int32)).numpy())
