"""Gradients of variables that are read through handles which branches and functions returned."""

from __future__ import annotations

from .runner import Program


def read(tf, handle):
    return tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.float32)


def gradients(name, value, ints=False):
    """The gradients of `value(tf, a, b, p)`, inside a function and of a call of one, for two values of `p`."""

    def run(tf):
        a, b = tf.Variable([1.0, 2.0]), tf.Variable([3.0, 4.0])

        def step(p):
            with tf.GradientTape() as tape:
                tape.watch([a, b])
                y = value(tf, a, b, p)
            return [g if g is None else tf.convert_to_tensor(g) for g in tape.gradient(y, [a, b])]

        compiled, called = (tf.function(f, autograph=False) for f in (step, lambda p: value(tf, a, b, p)))
        found = []
        for p in (0, 1) if ints else (True, False):
            found.append(compiled(tf.constant(p)))
            with tf.GradientTape() as tape:
                tape.watch([a, b])
                y = called(tf.constant(p))
            found.append([g if g is None else tf.convert_to_tensor(g) for g in tape.gradient(y, [a, b])])
        return found, a, b

    return Program(name, run)


def chosen(tf, a, b, p):
    return tf.cond(p, lambda: a.handle, lambda: b.handle)


def _mixed(tf, a, b, p):
    handle, product = tf.cond(p, lambda: (a.handle, a * b), lambda: (b.handle, b * 1.0))
    return read(tf, handle) ** 2 + product


def _written(tf, a, b, p):
    handle = chosen(tf, a, b, p)
    tf.raw_ops.AssignAddVariableOp(resource=handle, value=[1.0, 1.0])
    return read(tf, handle) ** 2


def _switch(tf, a, b, i):
    return read(tf, tf.switch_case(i, [lambda: a.handle, lambda: b.handle, lambda: a.handle])) ** 2


def _nested(tf, a, b, p):
    inner = [lambda: tf.cond(a[0] > 2.0, lambda: a.handle, lambda: b.handle), lambda: b.handle]
    return read(tf, tf.cond(p, *inner)) ** 2


def _called(tf, a, b, p):
    return read(tf, tf.function(lambda: a.handle, autograph=False)()) ** 2


def _looped(tf, a, b, n):
    return tf.while_loop(lambda i, h: i < n + 1, lambda i, h: (i + 1, h), (0, a.handle))[1]


def _looped_and_read(tf, a, b, n):
    start = (0, a.handle, tf.zeros([2]))
    _, handle, total = tf.while_loop(lambda i, h, s: i < n + 1, lambda i, h, s: (i + 1, h, s + read(tf, h) ** 2), start)
    return total + read(tf, handle) * b


CASES = [
    gradients("read", lambda tf, a, b, p: read(tf, chosen(tf, a, b, p)) ** 2),
    gradients("read-besides", lambda tf, a, b, p: read(tf, chosen(tf, a, b, p)) ** 2 + a * b),
    gradients(
        "gather",
        lambda tf, a, b, p: tf.raw_ops.ResourceGather(resource=chosen(tf, a, b, p), indices=[0, 0], dtype=tf.float32),
    ),
    gradients("same", lambda tf, a, b, p: read(tf, chosen(tf, a, a, p)) ** 2),
    gradients("with-values", _mixed),
    gradients("written", _written),
    gradients("switch", _switch, ints=True),
    gradients("nested", _nested),
    gradients("called", _called),
    gradients("looped", lambda tf, a, b, n: read(tf, _looped(tf, a, b, n)) ** 2, ints=True),
    gradients("looped-and-read", _looped_and_read, ints=True),
]
