"""TensorArrays in functions: arrays that grow in loops, elements of different lengths, gradients."""

from __future__ import annotations

import numpy as np

from .inputs import f32
from .runner import Case, Program


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


# One call each on [1, 2, ..., 6], or on a matrix; eagerly, in a function, and in one that knows no sizes.
EDGES = {
    "split": [
        lambda tf, v: tf.TensorArray(tf.float32, 3).split(v, [1, 2, 3]).read(1),
        lambda tf, v: str(tf.TensorArray(tf.float32, 3).split(v, [1, 2, 3]).element_shape),
        lambda tf, v: str(tf.TensorArray(tf.float32, 3).split(v, [2, 2, 2]).element_shape),
        lambda tf, v: tf.TensorArray(tf.float32, 3).split(v, [1, 2, 3]).concat(),
        lambda tf, m: tf.TensorArray(tf.float32, 3).split(m, [1, 0, 5]).concat(),
        lambda tf, v: tf.TensorArray(tf.float32, 3).split(v, [1, 2, 3]).stack(),
        lambda tf, v: tf.TensorArray(tf.float32, 3).split(v, [1, 1, 4]).gather([1, 0]),
        lambda tf, v: tf.TensorArray(tf.float32, 3).split(v, [1, 1, 4]).gather([1, 2]),
        lambda tf, v: tf.TensorArray(tf.float32, 3).split(v, tf.constant([1, 1, 4])).read(2),
        lambda tf, v: tf.TensorArray(tf.float32, 3).split(v, [1, 1, 3]).read(2),
        lambda tf, v: tf.TensorArray(tf.float32, 2).split(v, [1, 1, 4]).read(2),
        lambda tf, v: tf.TensorArray(tf.float32, 2, dynamic_size=True).split(v, [1, 1, 4]).read(2),
        lambda tf, v: tf.TensorArray(tf.float32, 3).split(v, 2).read(2),
        lambda tf, v: tf.TensorArray(tf.float32, 3).split(v[0], [1]).read(2),
        lambda tf, v: tf.TensorArray(tf.float32, 3, element_shape=[2]).split(v, [1, 1, 4]).read(2),
        lambda tf, v: tf.TensorArray(tf.float32, 3).split(v, [-1, 1, 6]).read(2),
        lambda tf, v: (lambda ta: ta.write(0, v).concat())(
            tf.TensorArray(tf.float32, 3, infer_shape=False).split(v, [1, 1, 4])
        ),
        lambda tf, v: tf.TensorArray(tf.float32, 3).split(v, [1, 1, 4]).size(),
        lambda tf, v: tf.TensorArray(tf.int32, 3).split(v, [1, 1, 4]).concat(),
    ],
    "write": [
        lambda tf, v: tf.TensorArray(tf.float32, 2).write(0, v).write(1, v[:2]).concat(),
        lambda tf, v: tf.TensorArray(tf.float32, 2, infer_shape=False).write(0, v).write(1, v[:2]).concat(),
        lambda tf, v: tf.TensorArray(tf.float32, 2, infer_shape=False).write(0, v).write(1, v[:2]).stack(),
        lambda tf, v: tf.TensorArray(tf.float32, 2, infer_shape=False).write(0, v).write(1, v[:2]).read(1),
        lambda tf, v: str(tf.TensorArray(tf.float32, 2).write(0, v).element_shape),
        lambda tf, v: tf.TensorArray(tf.float32, 2, element_shape=[3]).write(0, v).read(0),
        lambda tf, v: tf.TensorArray(tf.float32, 3).write(3, v[0]).stack(),
        lambda tf, v: tf.TensorArray(tf.int32, 3).write(1, v[0]).stack(),
        lambda tf, v: tf.TensorArray(tf.float32, 1).write(0, 3).stack(),
        lambda tf, v: tf.TensorArray(tf.float32, 1).write(0, 1.0).write(0, 2.0).read(0),
    ],
    "concat": [
        lambda tf, v: tf.TensorArray(tf.float32, 6).unstack(v).concat(),
        lambda tf, v: tf.TensorArray(tf.float32, 3).write(0, v).write(2, v).concat(),
        lambda tf, v: tf.TensorArray(tf.float32, 2).write(0, v[0]).write(1, v[1]).concat(),
    ],
    "stack": [
        lambda tf, v: tf.TensorArray(tf.float32, 3).write(1, v).stack(),
        lambda tf, v: tf.TensorArray(tf.float32, 3, element_shape=[2]).stack(),
        lambda tf, v: (lambda ta: [ta.stack(), ta.stack()])(tf.TensorArray(tf.float32, 6).unstack(v)),
    ],
    "read": [
        lambda tf, v: tf.TensorArray(tf.float32, 3).read(1),
        lambda tf, v: tf.TensorArray(tf.float32, 3, element_shape=[2]).read(1),
        lambda tf, v: (lambda ta: [ta.read(1), ta.read(1)])(tf.TensorArray(tf.float32, 6).unstack(v)),
    ],
    "gather": [
        lambda tf, v: tf.TensorArray(tf.float32, 3).write(0, v).gather([0, 1]),
        lambda tf, v: tf.TensorArray(tf.float32, 3).write(0, v).gather(tf.zeros([0], tf.int32)),
        lambda tf, v: tf.TensorArray(tf.float32, 6).unstack(v).gather([0, 7]),
        lambda tf, v: tf.TensorArray(tf.float32, 6).unstack(v).gather([0, -1]),
        lambda tf, v: tf.TensorArray(tf.float32, 6).unstack(v).gather([[0, 1], [5, 0]]),
        lambda tf, v: tf.TensorArray(tf.float32, 6).unstack(v).gather(2),
    ],
    "unstack": [
        lambda tf, v: tf.TensorArray(tf.float32, 5).unstack(v).size(),
        lambda tf, v: tf.TensorArray(tf.float32, 5, dynamic_size=True).unstack(v).size(),
        lambda tf, m: tf.TensorArray(tf.float32, 6, element_shape=[3]).unstack(m).size(),
        lambda tf, v: tf.TensorArray(tf.float32, 6).unstack(v[0]).size(),
        lambda tf, m: str(tf.TensorArray(tf.float32, 6).unstack(m).element_shape),
        lambda tf, v: tf.TensorArray(tf.int32, 6).unstack(v).stack(),
    ],
    "scatter": [
        lambda tf, v: tf.TensorArray(tf.float32, 6).scatter([3, 1, 2, 0, 4, 5], v).stack(),
        lambda tf, m: str(tf.TensorArray(tf.float32, 6).scatter([3, 1, 2, 0, 4, 5], m).element_shape),
        lambda tf, v: tf.TensorArray(tf.float32, 6).scatter([3, 1], v[:2]).stack(),
        lambda tf, v: tf.TensorArray(tf.float32, 3).scatter([3, 1], v[:2]).stack(),
        lambda tf, v: tf.TensorArray(tf.float32, 3).scatter([1, 1], v[:2]).stack(),
        lambda tf, v: tf.TensorArray(tf.float32, 3).scatter([0, 1, 2], v[:2]).stack(),
        lambda tf, v: tf.TensorArray(tf.float32, 3).unstack(v[:3]).scatter([1], v[5:]).stack(),
        lambda tf, m: tf.TensorArray(tf.float32, 3).scatter([[0, 1]], m[:1]).stack(),
        lambda tf, v: tf.TensorArray(tf.int32, 3).scatter([0, 1], v[:2]).stack(),
    ],
    "other": [
        lambda tf, v: tf.TensorArray(tf.float32, 0).stack(),
        lambda tf, v: tf.TensorArray(tf.float32, 0, element_shape=[3]).stack(),
        lambda tf, v: tf.TensorArray(tf.float32, 0, element_shape=[3, 2]).concat(),
        lambda tf, v: [str(tf.TensorArray(tf.float32, 1).handle), str(tf.TensorArray(tf.float32, 1).dynamic_size)],
    ],
}


def _edges(tf, calls):
    results = []
    for call in calls:
        argument = tf.reshape(tf.range(12.0), [6, 2]) if "m" in call.__code__.co_varnames else tf.range(1.0, 7.0)

        def run(x, call=call):
            return call(tf, x)

        unknown = tf.TensorSpec([None] * len(argument.shape), tf.float32)
        known = tf.function(run, autograph=False)
        for fn in (run, known, tf.function(run, autograph=False, input_signature=[unknown])):
            try:
                results.append(fn(argument))
            except Exception as error:
                results.append(type(error).__name__)
    return results


def _gathered_twice(tf):
    def loss(x, indices):
        ta = tf.TensorArray(tf.float32, 3, clear_after_read=False).unstack(x * x)
        return tf.reduce_sum(ta.gather(indices) * [1.0, 2.0, 4.0, 8.0, 16.0])

    results = []
    x, indices = tf.constant([1.0, 2.0, 3.0]), tf.constant([0, 1, 0, 2, 0])
    for fn in (loss, tf.function(loss), tf.function(lambda x, _: loss(x, [0, 1, 0, 2, 0]))):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = fn(x, indices)
        results.append(tape.gradient(y, x))
    return results


def _raw_lists(tf):
    raw, scalar = tf.raw_ops, tf.constant([], tf.int32)
    made = raw.TensorListFromTensor(tensor=tf.constant([1.0, 2.0, 3.0]), element_shape=scalar)
    made = raw.TensorListSetItem(input_handle=made, index=1, item=5.0)
    found = raw.TensorListGather(
        input_handle=made, indices=[[0, 1], [1, 2]], element_shape=scalar, element_dtype=tf.float32
    )
    return [made.dtype.name, raw.TensorListLength(input_handle=made), found]


def _uneven_gradients(tf):
    def parts(v):
        return tf.TensorArray(tf.float32, 3).split(v * v, [1, 2, 3])

    def written(v):
        return tf.TensorArray(tf.float32, 2, infer_shape=False).write(0, v * v).write(1, v[:2]).concat()

    def scattered(v):
        return tf.TensorArray(tf.float32, 6).scatter([3, 1, 2, 0, 4, 5], v * v).stack()

    results = []
    for fn in (lambda v: parts(v).read(1), lambda v: parts(v).concat(), written, scattered):
        for run in (fn, tf.function(fn)):
            v = tf.range(1.0, 7.0)
            with tf.GradientTape() as tape:
                tape.watch(v)
                y = run(v)
                z = tf.reduce_sum(y * tf.range(1.0, 1.0 + tf.cast(tf.size(y), tf.float32)))
            results.append((y, tape.gradient(z, v)))
    return results


def _uneven_in_loops(tf):
    @tf.function
    def triangle(x, n):
        ta = tf.TensorArray(tf.float32, 0, dynamic_size=True, infer_shape=False)
        for i in tf.range(n):
            ta = ta.write(i, x * x * tf.ones([i + 1]))
        return ta.concat(), ta.size(), ta.read(n - 1)

    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y, size, last = triangle(x, tf.constant(4))
    return y, size, last, tape.gradient(y, x)


GROWING = [
    Program("grown-gradients", _grown_gradients),
    Program("grown-second-order", _grown_second_order, rtol=1e-4),
    Program("grown-with-gaps", _grown_with_gaps),
    Program("grown-in-branches", _grown_in_branches),
    Program("grown-two", _two_grow),
    Program("grown-read", _read_while_growing),
    Program("grown-appended", _appended),
]

UNEVEN = [
    *(Program(f"edges-{name}", lambda tf, calls=calls: _edges(tf, calls)) for name, calls in EDGES.items()),
    Program("gathered-twice", _gathered_twice),
    Program("raw-lists", _raw_lists),
    Program("uneven-gradients", _uneven_gradients),
    Program("uneven-in-loops", _uneven_in_loops),
]


def _carried_array(tf):
    """An array that a loop only carries: what flows to it are zeros."""

    @tf.function
    def f(x, y):
        carried = tf.TensorArray(tf.float32, 3).unstack(x)
        read = tf.TensorArray(tf.float32, 3).unstack(y)

        def body(i, total, array):
            return i + 1, total + read.read(i), array

        _, total, array = tf.while_loop(lambda i, *_: i < 3, body, [0, tf.zeros([2]), carried])
        both = tf.reduce_sum(total) + tf.reduce_sum(array.stack())
        return tf.gradients(total, [x, y]), tf.gradients(both, [x, y])

    return f(tf.ones([3, 2]), tf.ones([3, 2]))


def _sizes_and_values_that_do_not_fit(tf):
    array, text = (lambda *args, **kwargs: tf.TensorArray(tf.float32, *args, **kwargs)), tf.TensorArray
    calls = [
        lambda: array(dynamic_size=True).size(),
        lambda: array(2.0).size(),
        lambda: array(tf.constant(2)).write(0.5, 1.0).size(),
        lambda: array(2).write(0, "a").stack(),
        lambda: array(2).read("a"),
        lambda: tf.TensorArray(tf.int32, 2).write(0, 1.5).stack(),
        lambda: tf.TensorArray(tf.complex64, 1).write(0, 1.0).read(0),
        lambda: text(tf.string, 2).write(0, "a").gather([1, 0]),
        lambda: text(tf.string, 2, element_shape=[2]).read(1),
        lambda: text(tf.bool, 2, element_shape=[]).stack(),
    ]
    found = []
    for call in calls:
        for mode in (call, tf.function(call, autograph=False)):
            try:
                found.append(mode())
            except Exception as error:
                found.append(type(error).__name__)
    return found


FILLED = {
    "write": lambda a, v: a.write(0, v),
    "unstack": lambda a, v: a.unstack(v),
    "scatter": lambda a, v: a.scatter([0, 1], v),
    "split": lambda a, v: a.split(v, [1, 1]),
}
CONVERTED = [
    *(
        Case(f"{name}-{kind}", lambda tf, fill=fill, v=v: fill(tf.TensorArray(tf.float32, size=2), v).read(0))
        for name, fill in FILLED.items()
        for kind, v in (
            ("doubles", np.ones([2, 3])),
            ("integers", np.ones([2, 3], "int32")),
            ("list", [[1, 2], [3, 4]]),
        )
    ),
    Case("concat-of-one", lambda tf, x: tf.TensorArray(tf.float32, size=1).write(0, x).concat(), [f32(2, 3)]),
]

CASES = [*GROWING, *UNEVEN, *CONVERTED]
