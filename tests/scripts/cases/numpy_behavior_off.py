"""NumPy behaviour without promotion, and with float32 as the type of Python floats."""

import tensorflow as tf

tnp = tf.experimental.numpy
tnp.experimental_enable_numpy_behavior(prefer_float32=True, dtype_conversion_mode="off")


def show(label, fn):
    try:
        print(label, fn())
    except Exception as error:
        print(label, type(error).__name__)


integer, single, double = tf.constant(3), tf.constant(1.5), tf.constant(2.5, tf.float64)
show("mixed", lambda: integer + single)
show("half", lambda: single * double)
show("same", lambda: single + 2)
show("matmul", lambda: tf.constant([[1.0]]) @ tf.constant([[2.0]]))
show("indexing", lambda: tf.constant([1, 2, 3])[[0, 2]])
show("methods", lambda: tf.constant([[1, 2]]).T.reshape(2).tolist())
for name, fn in {
    "array": lambda: tnp.array(2.5),
    "complex": lambda: tnp.array(2.5j),
    "zeros": lambda: tnp.zeros(2),
    "zeros-none": lambda: tnp.zeros(2, None),
    "ones": lambda: tnp.ones(2),
    "exp": lambda: tnp.exp(1),
    "mean": lambda: tnp.mean([1, 2]),
    "arange": lambda: tnp.arange(0.0, 1.0, 0.5),
    "add": lambda: tnp.add(integer, 2.5),
    "half": lambda: tnp.add(tf.constant(1, tf.float16), 2.5),
    "list": lambda: tnp.array([1, 2.5]),
    "result": lambda: tnp.result_type(1, 2.5),
    "rand": lambda: tnp.random.rand(2).shape,
    "linspace": lambda: tnp.linspace(0, 1, 3),
    "tri": lambda: tnp.tri(2),
    "average": lambda: tnp.average([1, 2], weights=[1, 3]),
    "clip": lambda: tnp.clip([1, 2], 0.5, 1.5),
    "where": lambda: tnp.where([True, False], 1, 2.5),
}.items():
    show(name, lambda fn=fn: (lambda r: (getattr(r, "dtype", None), r))(fn()))
show("mode", lambda: tnp.experimental_enable_numpy_behavior(dtype_conversion_mode="wrong"))
