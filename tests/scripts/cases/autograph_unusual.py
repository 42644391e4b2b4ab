"""Nested loops with tapes, shapes that vary, recursion, generators, datasets, and state in containers."""

import collections
import dataclasses
import sys

import numpy as np
import tensorflow as tf


def val(x):
    if isinstance(x, dict):
        return {k: val(v) for k, v in x.items()}
    if hasattr(x, "numpy"):
        return np.asarray(x).tolist()
    if isinstance(x, (list, tuple)):
        return [val(v) for v in x]
    return x


def show(label, fn):
    try:
        r = fn()
    except Exception as e:
        print(label, type(e).__name__)
        return
    print(label, val(r))


c = tf.constant
F = tf.function


@F
def nested_break(x):
    total = c(0.0)
    w = c(2.0)
    for i in tf.range(4):
        with tf.GradientTape() as t:
            t.watch(w)
            y = w * w * x
            for j in tf.range(3):
                if j == 2:
                    break
                if i == 1:
                    continue
                y = y * w
        g = t.gradient(y, w)
        if i == 3:
            break
        total += g
    return total


show("nested_break", lambda: nested_break(c(1.5)))


@F
def ret_in_nested(x):
    for i in tf.range(5):
        for j in tf.range(5):
            if i * j == x:
                return i, j
            if j > 3:
                continue
        if i > 3:
            return c(-2), c(-2)
    return c(-1), c(-1)


for v in (6, 7, 0, 16):
    show(f"ret_in_nested {v}", lambda: ret_in_nested(c(v)))


@F
def invariants(n):
    a = tf.zeros([0])
    b = tf.zeros([1, 0])
    i = 0
    while i < n:
        tf.autograph.experimental.set_loop_options(
            shape_invariants=[(a, tf.TensorShape([None])), (b, tf.TensorShape([1, None]))]
        )
        a = tf.concat([a, [tf.cast(i, tf.float32)]], 0)
        b = tf.concat([b, [[1.0]], b], 1)
        i += 1
    return a, b, tf.shape(b)


show("invariants", lambda: invariants(c(4)))
show("invariants-py", lambda: invariants(3))


@F
def inv_bad(n):
    a = tf.zeros([0])
    for i in tf.range(n):
        a = tf.concat([a, [1.0]], 0)
    return a


show("inv_bad", lambda: inv_bad(c(4)))


@F
def inv_grad(x, n):
    a = x[None]
    for i in tf.range(n):
        tf.autograph.experimental.set_loop_options(shape_invariants=[(a, tf.TensorShape([None]))])
        a = tf.concat([a, [a[-1] * x]], 0)
    return tf.reduce_sum(a)


def ig():
    x = c(1.5)
    with tf.GradientTape() as t:
        t.watch(x)
        y = inv_grad(x, c(3))
    return y, t.gradient(y, x)


show("inv_grad", ig)


def fact(n):
    if n <= 1:
        return 1
    return n * fact(n - 1)


show("recursion py", lambda: F(lambda x: x * fact(5))(c(2)))


@F
def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


show("recursion fn", lambda: fib(6))


def gen(n):
    for i in range(n):
        yield i * i


@F
def usegen(x):
    for v in gen(3):
        x += v
    return x


show("generator", lambda: usegen(c(1)))


@F
def genexp(x):
    return (
        sum(v * x for v in [1, 2, 3]),
        [v * x for v in range(3)],
        {k: x * k for k in (1, 2)},
        tuple(x + i for i in range(2)),
        list(zip([x, x], [1, 2])),
        sorted([3, 1, 2]),
    )


show("genexp", lambda: genexp(c(2)))
ds = tf.data.Dataset.range(5).map(lambda x: tf.cast(x, tf.float32))
w = tf.Variable(1.0)


@F
def train(ds):
    losses = c(0.0)
    for x in ds:
        with tf.GradientTape() as t:
            loss = (w * x - 2.0 * x) ** 2
        g = t.gradient(loss, w)
        w.assign_sub(0.01 * g)
        losses += loss
        if x > 2.0:
            tf.print("big", x, output_stream=sys.stdout)
    return losses, w.read_value()


show("train ds", lambda: train(ds))


@F
def ds_break(ds):
    s = c(0.0)
    for i, x in ds.enumerate():
        if x > 2.0:
            break
        if i == 1:
            continue
        s += x
    return s


show("ds_break", lambda: ds_break(ds))
Pair = collections.namedtuple("Pair", "a b")


@dataclasses.dataclass
class Point:
    x: object
    y: object


@F
def nt(n):
    p = Pair(c(0), c(1))
    for i in tf.range(n):
        p = Pair(p.b, p.a + p.b)
    return p


show("namedtuple", lambda: nt(c(6)))


@F
def nt2(n):
    p = Pair(c(0), c(1))
    for i in tf.range(n):
        p = p._replace(a=p.a + i)
    return p


show("namedtuple2", lambda: nt2(c(6)))


@F
def dct(n):
    d = {"a": c(0), "b": c(1)}
    for i in tf.range(n):
        d["a"] += i
        d["b"] = d["b"] * 2
    return d


show("dict", lambda: dct(c(5)))


@F
def dctnew(n):
    d = {"a": c(0)}
    for i in tf.range(n):
        d["c"] = i
    return d


show("dictnew", lambda: dctnew(c(5)))


@F
def dctcond(x):
    d = {}
    if x > 0:
        d["a"] = x
    else:
        d["a"] = -x
    return d


show("dictcond", lambda: dctcond(c(-5)))


@F
def dctcond2(x):
    d = {"z": x}
    if x > 0:
        d["a"] = x
    return d


show("dictcond2", lambda: dctcond2(c(-5)))


@F
def lst(n):
    items = [c(0), c(1)]
    for i in tf.range(n):
        items[0], items[1] = items[1], items[0] + items[1]
    return items


show("list", lambda: lst(c(5)))


@F
def lstapp(n):
    items = []
    for i in tf.range(n):
        items.append(i)
    return items


show("listappend", lambda: lstapp(c(5)))


@F
def lstapp2(n):
    items = []
    for i in range(3):
        items.append(n * i)
    return items


show("listappend2", lambda: lstapp2(c(5)))


@F
def attr(n):
    d = Point(c(0), c(1))
    for i in tf.range(n):
        d.x = d.x + i
        d.y = d.y * 2
    return d.x, d.y


show("dataclass", lambda: attr(c(5)))


@F
def attrcond(n):
    d = Point(c(0), c(1))
    if n > 3:
        d.x = n
    else:
        d.y = n
    return d.x, d.y


show("attrcond", lambda: attrcond(c(5)))
