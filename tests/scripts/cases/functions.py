"""tf.function on straight-line code: traces, signatures, variables, side effects."""

import tensorflow as tf


@tf.function
def add(a, b):
    return a + b


print(add(tf.ones([2, 2]), tf.ones([2, 2])))
v = tf.Variable(1.0)
with tf.GradientTape() as tape:
    result = add(v, 1.0)
print(tape.gradient(result, v))


@tf.function
def dense_layer(x, w, b):
    return add(tf.matmul(x, w), b)


print(dense_layer(tf.ones([3, 2]), tf.ones([2, 2]), tf.ones([2])))


@tf.function
def double(a):
    print("Tracing with", a)
    return a + a


print(double(tf.constant(1)), double(tf.constant(1.1)), double(tf.constant("a")), double(tf.constant(2)))

double_strings = double.get_concrete_function(tf.constant("a"))
print(double_strings(tf.constant("a")), double_strings(a=tf.constant("b")))
double_spec = double.get_concrete_function(tf.TensorSpec(shape=[], dtype=tf.string))
print(double_spec(tf.constant("c")))
try:
    double_strings(tf.constant(1))
except Exception as error:
    print("refused:", isinstance(error, (tf.errors.InvalidArgumentError, TypeError, ValueError)))


@tf.function(input_signature=(tf.TensorSpec(shape=[None], dtype=tf.int32),))
def next_collatz(x):
    print("Tracing with", x)
    return tf.where(x % 2 == 0, x // 2, 3 * x + 1)


print(next_collatz(tf.constant([1, 2])), next_collatz(tf.constant([1, 2, 3])))
for bad in (tf.constant([[1, 2], [3, 4]]), tf.constant([1.0, 2.0])):
    try:
        next_collatz(bad)
    except TypeError as error:
        print("TypeError")


@tf.function
def shape_of(x):
    print("Tracing with", x.shape)
    return tf.shape(x)


flexible = shape_of.get_concrete_function(tf.TensorSpec([None, 2]))
print(flexible(tf.zeros([3, 2])).numpy(), flexible(tf.zeros([5, 2])).numpy())
print(shape_of(tf.zeros([1, 3])).numpy(), shape_of(tf.zeros([1, 3])).numpy())


@tf.function
def power(x, exponent):
    print("Tracing with exponent =", exponent)
    return x**exponent


print(
    power(tf.constant(2.0), 2),
    power(tf.constant(3.0), 2),
    power(tf.constant(2.0), 3),
    power(tf.constant(2.0), tf.constant(3.0)),
)

external = []


@tf.function
def side_effect(x):
    print("Python side effect")
    external.append(x.shape)
    return x


side_effect(tf.constant(1.0)), side_effect(tf.constant(2.0)), side_effect(tf.constant([1.0]))
print(len(external))


class Count(tf.Module):
    def __init__(self):
        self.count = None

    @tf.function
    def __call__(self):
        if self.count is None:
            self.count = tf.Variable(0)
        return self.count.assign_add(1)


c = Count()
print(c(), c(), c.count.numpy())


@tf.function
def bad_variable(x):
    return tf.Variable(1.0) + x


try:
    bad_variable(1.0)
    bad_variable(1.0)
except ValueError as error:
    print("ValueError", "variable" in str(error).lower())


@tf.function
def structure(x, pair, options=None):
    return {"sum": x + pair[0], "list": [pair[1], (x,)], "options": options}


out = structure(tf.constant(1), (tf.constant(2), 3), options={"k": tf.constant([1.0])})
print(sorted(out), out["sum"], out["list"], out["options"])
concrete = structure.get_concrete_function(tf.TensorSpec([], tf.int32), (tf.TensorSpec([], tf.int32), 3))
print(concrete.structured_outputs)

counter = tf.Variable(0)


@tf.function
def ordered(x):
    counter.assign(x)
    first = counter + 1
    counter.assign_add(10)
    second = counter + 0
    counter.assign(first * second)
    return first, second, counter


print([int(t) for t in ordered(tf.constant(1))], counter.numpy())

tf.config.run_functions_eagerly(True)
print(double(tf.constant(5)))
tf.config.run_functions_eagerly(False)
print(double(tf.constant(5)), double.experimental_get_tracing_count())
print(double.python_function(tf.constant(7)))
