"""TensorArrays in functions: arrays that grow in loops, elements of different lengths, gradients."""

from __future__ import annotations

from .runner import Program


def _powers(tf, n, x):
    ta = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
    for i in tf.range(n):
        ta = ta.write(i, x ** tf.cast(i, tf.float32))
    return ta


def _grown_gradients(tf):
    """The bound of the compiled loop (32 at first) is passed, and a shorter loop follows a longer one."""

    @tf.function
    def f(n, x):
        return _powers(tf, n, x).stack()

    results = []
    for n in (3, 40, 70, 0, 7):
        x = tf.constant([0.9, 1.1])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(tf.constant(n), x) if n else tf.function(lambda n, x: _powers(tf, n, x).size())(n, x)
            total = tf.reduce_sum(tf.cast(y, tf.float32) ** 2)
        results.append((y, tape.gradient(total, x)))
    return results


def _grown_second_order(tf):
    @tf.function
    def f(x, n):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = tf.reduce_sum(_powers(tf, n, x).stack())
            first = tape.gradient(y, x)
        return y, first, outer.gradient(first, x)

    return [f(tf.constant(1.05), tf.constant(5)), f(tf.constant(1.05), 5), f(tf.constant(1.05), tf.constant(50))]


def _grown_with_gaps(tf):
    """The index is arithmetic on counters: the length is known before the loop runs."""

    @tf.function
    def f(x):
        ta = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        with tf.GradientTape() as tape:
            tape.watch(x)
            for i in tf.range(10):
                ta = ta.write(i * 2 + 1, x * tf.cast(i, tf.float32))
            y = ta.stack()
            z = tf.reduce_sum(y**2)
        return y, tape.gradient(z, x), ta.size()

    @tf.function
    def g(x):
        ta = tf.TensorArray(tf.float32, size=1, dynamic_size=True)
        j = 0
        for i in tf.range(12):
            ta = ta.write(j, x * tf.cast(i, tf.float32))
            j = (j * 7 + 3) % 11
            ta = ta.write(j, x)
        return ta.stack(), ta.size()

    return f(tf.constant(2.0)), g(tf.constant(2.0))


def _grown_in_branches(tf):
    @tf.function
    def kept(x):
        ta = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        j = 0
        for i in tf.range(tf.size(x)):
            if x[i] > 0:
                ta = ta.write(j, x[i] ** 2)
                j += 1
        return ta.stack(), ta.size()

    @tf.function
    def some(x, n):
        ta = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        if n > 1:
            ta = ta.write(0, x)
        if n > 2:
            ta = ta.write(1, x)
        return ta.stack()

    results = []
    for x in (tf.constant([1.0, -2.0, 3.0, 4.0, -1.0]), tf.range(-50.0, 50.0)):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y, size = kept(x)
        results.append((y, size, tape.gradient(y, x)))
    return results, [some(tf.constant([1.0, 2.0]), tf.constant(n)) for n in (2, 3)]


def _two_grow(tf):
    @tf.function
    def f(x, n):
        a = tf.TensorArray(tf.float32, 0, dynamic_size=True, element_shape=[])
        b = tf.TensorArray(tf.int32, 0, dynamic_size=True)
        i = tf.constant(0)
        while i < n:
            a = a.write(i, x)
            x = x * 2
            if i % 2 == 0:
                b = b.write(b.size(), i)
            if x > 20.0:
                break
            i += 1
        return a.stack(), b.stack(), a.size(), b.size(), x

    return [f(tf.constant(x), tf.constant(n)) for x, n in ((1.0, 3), (1.0, 30), (1e-9, 60))]


def _read_while_growing(tf):
    @tf.function
    def fibonacci(n):
        a = tf.TensorArray(tf.int64, 0, dynamic_size=True, clear_after_read=False)
        a = a.write(0, tf.constant(0, tf.int64)).write(1, tf.constant(1, tf.int64))
        for i in tf.range(2, n):
            a = a.write(i, a.read(i - 1) + a.read(i - 2))
        return a.stack(), a.read(n - 1), a.gather([0, n - 1])

    return [fibonacci(tf.constant(20)), fibonacci(10), fibonacci(tf.constant(50))]


def _appended(tf):
    @tf.function
    def nested(n):
        ta = tf.TensorArray(tf.int32, size=0, dynamic_size=True)
        for i in tf.range(n):
            for j in tf.range(i):
                ta = ta.write(ta.size(), i * 10 + j)
        return ta.stack()

    @tf.function(input_signature=[tf.TensorSpec([None])])
    def twice(x):
        ta = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        for v in x:
            ta = ta.write(ta.size(), v * 2)
        for v in x:
            ta = ta.write(ta.size(), v * 3)
        return ta.stack(), ta.size()

    return nested(tf.constant(4)), nested(9), twice(tf.constant([1.0, 2.0])), twice(tf.zeros([0]))


GROWING = [
    Program("grown-gradients", _grown_gradients),
    Program("grown-second-order", _grown_second_order, rtol=1e-4),
    Program("grown-with-gaps", _grown_with_gaps),
    Program("grown-in-branches", _grown_in_branches),
    Program("grown-two", _two_grow),
    Program("grown-read", _read_while_growing),
    Program("grown-appended", _appended),
]

CASES = [*GROWING]
