"""How tensors, variables, shapes, dtypes and specs print."""

import numpy as np
import tensorflow as tf

for dtype in (
    "bool",
    "int8",
    "uint8",
    "int64",
    "uint64",
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "complex64",
):
    t = tf.cast(tf.constant([[0, 1], [2, 3]]), dtype)
    print(repr(t))
    print(t)
print(tf.constant(np.linspace(0.0, 1.0, 5)))
print(tf.constant([1e-8, 1.0, 1e8]))
print(tf.constant([1e30, float("nan"), float("inf"), -float("inf")]))
print(tf.range(2000))
print(repr(tf.ones([40, 40])))
print(tf.constant([["ab", "c"], ["", "é"]]))
print(f"{tf.constant(3)} {tf.constant(2.5)} {tf.constant('s')}")
print([tf.constant(1), tf.constant([2.0])], {"k": tf.constant(True)})

v = tf.Variable([1.0, 2.0], name="weights")
print(v)
print(repr(v), v.name, v.dtype, v.shape)
print(tf.Variable(3, name="count"), tf.Variable("text"))

print(tf.float32, repr(tf.float32), tf.float32.name, tf.int8.min, tf.int8.max, tf.bfloat16.size)
print(tf.as_dtype("float64"), tf.as_dtype(np.int16), tf.float32 == "float32", tf.int32 == np.int32)
print(
    tf.float32.is_floating,
    tf.int32.is_integer,
    tf.complex64.is_complex,
    tf.bool.is_bool,
    tf.uint8.is_unsigned,
)
print(tf.TensorShape([None, 3]), repr(tf.TensorShape([None, 3])), tf.TensorShape(None), tf.TensorShape([]))
print(tf.TensorShape([2, None]).merge_with([None, 4]), tf.TensorShape([2]).concatenate([3]))
print(tf.TensorShape([1, 2])[1:], tf.TensorShape([None]).is_compatible_with([7]), len(tf.TensorShape([1, 2])))
print(tf.TensorSpec([None, 2], tf.int32), tf.TensorSpec.from_tensor(tf.zeros([2]), name="z"))
print(tf.TensorSpec([None], tf.float32).is_compatible_with(tf.ones([3])))
