"""tf.function behaviours: retracing, side effects, captures, methods, polymorphism, jit, generators, try/except."""

import numpy as np
import tensorflow as tf

log = []


@tf.function
def f(x, n=2, flag=True):
    log.append((str(x.shape) if hasattr(x, "shape") else x, n, flag))
    return x * n if flag else -x


for a in [tf.constant(1), tf.constant(2), tf.constant([1]), tf.constant([1, 2]), 3, 4, np.array([1.0]), 3.0]:
    f(a)
f(tf.constant(1), flag=False)
f(tf.constant(1), 2, True)
f(x=tf.constant(5), n=np.int32(2))
print(log, f.experimental_get_tracing_count())

g = tf.function(lambda x: x + 1, reduce_retracing=True)
for n in range(1, 6):
    g(tf.ones(n))
print(g.experimental_get_tracing_count())
print(g.pretty_printed_concrete_signatures())


external = tf.Variable(0)
python_counter = 0


@tf.function
def effects(x):
    global python_counter
    python_counter += 1
    external.assign_add(x)
    tf.print("x", x, output_stream=__import__("sys").stdout)
    return external.read_value()


for i in range(3):
    print(effects(tf.constant(i)).numpy(), python_counter)


@tf.function
def early(x):
    if tf.reduce_sum(x) > 0:
        return x
    for i in tf.range(10):
        x += 1
        if tf.reduce_all(x > 0):
            return x * 100
        if i > 5:
            continue
    return x


print(
    early(tf.constant([1, 2])).numpy(),
    early(tf.constant([0, 0])).numpy(),
    early(tf.constant([-3, -1])).numpy(),
    early(tf.constant([-30, 1])).numpy(),
)


@tf.function
def containers(xs, d):
    out = []
    for i, x in enumerate(xs):
        out.append(x * i)
    r = {k: v + 1 for k, v in d.items()}
    a, *rest = out
    return {"sum": tf.add_n(out), "r": r, "t": (a, rest)}


res = containers([tf.constant(1), tf.constant(2), tf.constant(3)], {"b": tf.constant(1.0), "a": tf.constant(2.0)})
print(tf.nest.map_structure(lambda t: t.numpy(), res))


@tf.function
def pyloop(xs):
    total = 0
    for x in xs:
        if x > 2:
            break
        total += x
    else:
        total += 1000
    return total


print(pyloop(tf.constant([1, 2, 3, 4])).numpy() if False else "", pyloop([1, 2, 3]))
try:
    tf.function(lambda x: tf.reshape(x, [3]))(tf.ones(4))
except ValueError as e:
    print("ValueError", "[3]" in str(e) or "3" in str(e))


@tf.function
def tryexc(x):
    try:
        y = tf.reshape(x, [7])
    except ValueError:
        y = x * 2
    finally:
        log.append("finally")
    with tf.name_scope("scope"):
        z = y + 1
    assert z.shape == x.shape
    return z, z.name


z, n = tryexc(tf.ones(2))
print(z.numpy(), n.numpy() if hasattr(n, "numpy") else n, log[-1])


@tf.function
def asserting(x):
    assert tf.reduce_all(x > 0), "must be positive"
    return tf.sqrt(x)


print(asserting(tf.constant([4.0])).numpy())
try:
    asserting(tf.constant([-4.0]))
except tf.errors.InvalidArgumentError as e:
    print("InvalidArgumentError", "must be positive" in str(e))


@tf.function(jit_compile=True)
def jitted(x):
    return tf.math.top_k(x @ tf.transpose(x), 2)


v, i = jitted(tf.constant([[1.0, 2.0], [3.0, 4.0]]))
print(v.numpy(), i.numpy())


@tf.function(autograph=False)
def no_autograph(x):
    return tf.cond(x > 0, lambda: x, lambda: -x)


print(no_autograph(tf.constant(-5)).numpy())


class Acc:
    def __init__(self):
        self.total = tf.Variable(0.0)

    @tf.function
    def add(self, x):
        return self.total.assign_add(x)

    @property
    @tf.function
    def value(self):
        return self.total * 1.0


a1, a2 = Acc(), Acc()
a1.add(1.0), a1.add(2.0), a2.add(tf.constant(5.0))
print(a1.total.numpy(), a2.total.numpy(), a1.value.numpy())


@tf.function
def recursive_grad(x, order):
    if order == 0:
        return x**4
    with tf.GradientTape() as t:
        t.watch(x)
        y = recursive_grad(x, order - 1)
    return t.gradient(y, x)


print([recursive_grad(tf.constant(2.0), k).numpy() for k in range(5)])
tf.config.run_functions_eagerly(True)
print(tf.function(lambda x: x.numpy() + 1)(tf.constant(1)))
tf.config.run_functions_eagerly(False)


@tf.function
def py(x):
    def inner(a):
        log.append("py")
        return np.sort(a.numpy())[::-1].copy()

    y = tf.py_function(inner, [x], tf.int32)
    z = tf.numpy_function(lambda a: a * 2, [x], tf.int32)
    y.set_shape(x.shape)
    return y + z


print(py(tf.constant([3, 1, 2])).numpy(), log[-1])
cf = py.get_concrete_function(tf.TensorSpec([3], tf.int32))
print(cf.structured_input_signature, cf.output_shapes, [op.type for op in cf.graph.get_operations()][:2])
ds = tf.data.Dataset.range(4)


@tf.function
def over_dataset(ds):
    s = tf.constant(0, tf.int64)
    for x in ds:
        if x == 2:
            continue
        s += x
    return s


print(
    over_dataset(ds).numpy(), over_dataset(tf.data.Dataset.from_tensor_slices(tf.constant([10, 2], tf.int64))).numpy()
)
