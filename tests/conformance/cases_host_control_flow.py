"""Host ops inside branches, loops and nested functions: what they print and change, in order."""

from __future__ import annotations

import numpy as np

from .cases_host_print import printed
from .runner import Program


def shown(program):
    """A Program of `program(tf, write)`: its result and what it wrote."""

    def run(tf):
        results = []
        text = printed(tf, lambda write: results.append(program(tf, write)))
        return results, text

    return run


def _loops(tf, write):
    @tf.function
    def f(n):
        total = 0
        for i in tf.range(n):
            write("i", i, total)
            if i % 2 == 0:
                write("even")
                total += i
            else:
                total -= i
        while total < 10:
            total += 3
            write("w", total)
        return total

    return f(tf.constant(4))


def _branches(tf, write):
    @tf.function
    def f(x):
        if tf.reduce_sum(x) > 0:
            write("positive", x)
            y = x * 2
        else:
            write("negative")
            y = -x
        return y

    return f(tf.constant([1.0, 2.0])), f(tf.constant([-1.0, -2.0]))


def _under_tape(tf, write):
    weight = tf.Variable(2.0)

    @tf.function
    def f(x):
        y = weight * x
        write("y", y)
        z = y * y
        tf.py_function(lambda a: None, [z], [])
        return z

    gradients = []
    for x in (1.0, 3.0, 4.0):
        with tf.GradientTape() as tape:
            out = f(tf.constant(x))
        gradients.append(tape.gradient(out, weight))
    return gradients


def _training_step(tf, write):
    weight = tf.Variable(2.0)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            y = weight * x
            write("y", y)
            loss = tf.reduce_sum(tf.boolean_mask(y, y > 0) ** 2)
        gradient = tape.gradient(loss, weight)
        write("gradient", gradient)
        weight.assign_sub(0.01 * gradient)
        return loss

    return [step(tf.constant([1.0, -2.0, 3.0])) for _ in range(3)]


def _nested(tf, write):
    @tf.function
    def inner(x):
        write("inner", x)
        return x + 1

    @tf.function
    def outer(x):
        write("before")
        y = inner(x)
        write("between", y)
        return inner(y)

    return outer(tf.constant(1)), outer(tf.constant(5))


def _callback_in_loop(tf):
    log = []

    @tf.function
    def f(n):
        total = tf.constant(0.0)
        for i in tf.range(n):
            value = tf.py_function(lambda a: log.append(int(a)) or float(a) * 2.0, [i], tf.float32)
            total += tf.ensure_shape(value, [])
        return total

    return f(tf.constant(3)), log


def _table_in_loop(tf):
    table = tf.lookup.experimental.MutableHashTable(tf.int64, tf.int64, 0)

    @tf.function
    def count(xs):
        for x in xs:
            table.insert(x, table.lookup(x) + 1)
        return table.size()

    size = count(tf.constant([1, 2, 1, 1, 3], tf.int64))
    keys, values = table.export()
    return size, sorted(zip(keys.numpy().tolist(), values.numpy().tolist(), strict=True))


def _strings_in_loop(tf):
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2]), 0)

    @tf.function
    def f(words):
        total = 0
        for i in tf.range(tf.size(words)):
            if words[i] == "a":
                total += 10
            total += table.lookup(words[i])
        return total

    return f(tf.constant(["a", "b", "c", "a"]))


def _assertion_in_loop(tf):
    @tf.function
    def f(n):
        for i in tf.range(n):
            tf.debugging.assert_less(i, 3, message="too big")
        return n

    try:
        f(tf.constant(5))
    except tf.errors.InvalidArgumentError as error:
        return f(tf.constant(2)), "too big" in str(error)
    return None


def _mapped(tf):
    lengths = tf.function(lambda x: tf.map_fn(tf.strings.length, x, fn_output_signature=tf.int32))
    return lengths(tf.constant(["a", "bcd"]))


def _second_derivatives(tf):
    """Of loops and branches with callbacks, whose effects happen once."""
    calls = []

    def noted(x):
        calls.append(float(x))
        return np.float32(3.0)

    def three(x):
        found = tf.numpy_function(noted, [x], tf.float32)
        found.set_shape([])
        return found

    @tf.function
    def loop(x):
        y = x
        for _ in tf.range(3):
            y = y * x + three(y)
            if y > 20.0:
                y = y * x * three(x)
        return y

    @tf.function
    def unlike(x):
        if x > 10.0:
            x = three(x)
        return x * x

    drawn = tf.function(lambda x: tf.while_loop(lambda y: y < three(y), lambda y: [y * x * tf.random.uniform([])], [x]))
    found = []
    for f, value in [(loop, 2.0), (unlike, 2.0), (unlike, 20.0)]:
        x = tf.constant(value)
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = f(x)
            gradient = inner.gradient(y, x)
        found.append([y, gradient, outer.gradient(gradient, x)])
    tf.random.set_seed(1)
    x = tf.constant(2.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = drawn(x)[0]
        gradient = inner.gradient(y, x)
    # The same numbers are drawn again: all are powers of x.
    ratio = outer.gradient(gradient, x) * y / gradient**2
    return found, calls[:7], bool(0.0 < ratio < 1.0)


def _python_writes(tf):
    counter = tf.Variable(0)

    def count():
        return counter.assign_add(1)

    @tf.function
    def f(n):
        total = 0
        for _ in tf.range(n):
            with tf.control_dependencies([tf.py_function(count, [], tf.int32)]):
                total += counter.read_value()
        if total > 0:
            with tf.control_dependencies([tf.py_function(count, [], tf.int32)]):
                total += 10 * counter.read_value()
        return total

    return f(tf.constant(3)), counter


def _read_beside_python(tf):
    weight = tf.Variable(2.0)

    @tf.function
    def f(x):
        for _ in tf.range(3):
            tf.py_function(lambda v: None, [x], [])
            x = x * weight
        return x

    with tf.GradientTape() as tape:
        y = f(tf.constant(3.0))
    return y, tape.gradient(y, weight)


CASES = [
    Program("second-derivatives", _second_derivatives),
    Program("loops", shown(_loops)),
    Program("branches", shown(_branches)),
    Program("under-tape", shown(_under_tape)),
    Program("training-step", shown(_training_step)),
    Program("nested", shown(_nested)),
    Program("callback-in-loop", _callback_in_loop),
    Program("table-in-loop", _table_in_loop),
    Program("strings-in-loop", _strings_in_loop),
    Program("assertion-in-loop", _assertion_in_loop),
    Program("mapped-strings", _mapped),
    Program("python-writes", _python_writes),
    Program("read-beside-python", _read_beside_python),
]
