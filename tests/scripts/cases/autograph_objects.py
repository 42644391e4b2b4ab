"""Control flow among names, errors, contexts, lambdas, decorators and objects."""

# ruff: noqa: SIM108, C417 (branches and calls of map are what is compared)

import contextlib
import functools

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


COUNT = 0


@F
def glob(x):
    global COUNT
    COUNT = COUNT + 1
    if x > 0:
        x = x + COUNT
    return x


show("global", lambda: (glob(c(1)), glob(c(2)), glob(c(1.0)), COUNT))


@F
def globt(x):
    global COUNT
    if x > 0:
        COUNT = 5
    return x


show("globalt", lambda: globt(c(1)))
COUNT = 0


@F
def nonloc(x):
    k = 0

    def inner(v):
        nonlocal k
        k += 1
        return v * k

    for i in tf.range(2):
        x = inner(x)
    return x, k


show("nonlocal", lambda: nonloc(c(3)))


@F
def nonloc2(x):
    k = c(0)

    def inner():
        nonlocal k
        k = k + 1

    for i in tf.range(3):
        inner()
    return k


show("nonlocal2", lambda: nonloc2(c(3)))


@F
def tryf(x):
    try:
        if x > 0:
            y = x * 2
        else:
            y = x
    finally:
        x = x + 1
    return x, y


show("try finally", lambda: tryf(c(3)))


@F
def tryexc(x):
    try:
        if x > 0:
            y = x * 2
        else:
            y = x
        raise ValueError("a")
    except ValueError as e:
        y = y + len(str(e))
    else:
        y = c(100)
    return y


show("try except", lambda: tryexc(c(3)))


@F
def tryret(x):
    try:
        if x > 0:
            return x * 2
        return x
    finally:
        print("finally")


show("try return", lambda: tryret(c(3)))


@F
def raisecond(x):
    if x > 0:
        raise ValueError("pos")
    return x


show("raise cond", lambda: raisecond(c(3)))
show("raise cond", lambda: raisecond(c(-3)))


@contextlib.contextmanager
def ctx(items):
    print("enter")
    yield 5
    print("exit")


@F
def withf(x):
    with ctx(1) as k:
        if x > 0:
            x = x * k
        else:
            x = x - k
    with tf.name_scope("a") as s, ctx(2):
        x += 1
    return x


show("with", lambda: withf(c(3)))


@F
def withret(x):
    with ctx(1) as k:
        if x > 0:
            return x * k
        return x


show("with return", lambda: withret(c(-3)))


@F
def lamb(n):
    fs = []
    for k in range(3):
        fs.append(lambda v: v * k)
    r = c(0)
    for i in tf.range(n):
        f = lambda z: z + i
        r = f(r)
    return [f(n) for f in fs], r


show("lambdas", lambda: lamb(c(4)))


@F
def lambcond(x):
    f = (lambda v: v + 1) if x is not None else (lambda v: v)
    g = lambda v: v * 2 if v > 0 else v * 3
    return f(x), g(x), (lambda *a, **k: a[0] if a[0] > 0 else k["z"])(x, z=c(9))


show("lambcond", lambda: lambcond(c(-4)))


def base(x, k, s=1):
    if x > k:
        return x * s
    return x - s


part = functools.partial(base, k=2, s=3)
show("partial", lambda: F(lambda x: part(x))(c(5)))
show("partial direct", lambda: F(part)(c(5)))
show("partial neg", lambda: F(functools.partial(base, c(1)))(c(5)))


def deco(f):
    @functools.wraps(f)
    def wrapped(*a, **k):
        print("deco")
        return f(*a, **k) + 1

    return wrapped


@deco
def decorated(x):
    if x > 0:
        return x * 2
    return x


show("wraps", lambda: F(decorated)(c(5)))
show("wraps in", lambda: F(lambda x: decorated(x))(c(-5)))


@F
@deco
def both(x):
    while x < 10:
        x *= 2
    return x


show("both", lambda: both(c(3)))


class A:
    k = 2

    def __init__(self, n):
        self.n = n

    def m(self, x):
        if x > 0:
            return x * self.n
        return x

    @classmethod
    def cm(cls, x):
        while x < 10:
            x = x * cls.k
        return x

    @staticmethod
    def sm(x):
        return x if x > 0 else -x

    @property
    def p(self):
        if self.n > 0:
            return self.n * 2
        return self.n

    def __call__(self, x):
        for i in tf.range(3):
            x += self.n
        return x

    def __getitem__(self, i):
        return self.n + i


class B(A):
    def m(self, x):
        y = super().m(x)
        if y > 5:
            return y + 1
        return super().m(y) - 1

    def __call__(self, x):
        r = super().__call__(x)
        return r if r > 0 else r - 1


b = B(3)
show("super", lambda: [F(b.m)(c(1)), F(b.m)(c(5)), F(lambda x: b.m(x))(c(-1))])
show(
    "classmethod",
    lambda: [
        F(A.cm)(c(1)),
        F(lambda x: B.cm(x))(c(3)),
        F(lambda: b.p)(),
        F(lambda x: b(x))(c(-20)),
        F(lambda x: b[x])(c(1)),
    ],
)


class CM(A):
    @tf.function
    def m(self, x):
        if x > 0:
            return super().m(x)
        return x

    @classmethod
    @tf.function
    def cf(cls, x):
        return x * cls.k

    @staticmethod
    @tf.function
    def sf(x):
        return x if x > 0 else -x


show("tffunction super", lambda: [CM(3).n, (lambda o: o.m(c(2)))(CM(4)), CM.cf(c(3)), CM.sf(c(-3))])


@F
def whileelse(x):
    while x > 3:
        x -= 1
    else:
        x += 100
    return x


show("whileelse", lambda: whileelse(c(6)))


@F
def forelse(x):
    for i in tf.range(x):
        pass
    else:
        x += 100
    return x, i


show("forelse", lambda: forelse(c(6)))


@F
def forundefined(x):
    for i in tf.range(x):
        y = i * 2
    return y


show("undef", lambda: forundefined(c(3)))


@F
def loopvar_after(x):
    for i in tf.range(x):
        pass
    return i


show("loopvar", lambda: loopvar_after(c(4)))


@F
def condundef(x):
    if x > 0:
        y = x
    return y


show("condundef", lambda: condundef(c(3)))


@F
def chained(x):
    r = []
    r.append(0 < x < 5)
    r.append(not x > 3)
    r.append(x > 1 and x < 3 or x == 10)
    r.append(1 if 1 < x <= 3 else 2)
    return r


show("chained", lambda: chained(c(3)))


@F
def assertf(x):
    assert x > 0, "neg"
    return x


show("assert", lambda: assertf(c(3)))
show("assert", lambda: assertf(c(-3)))


@F
def walrus(x):
    if (y := x * 2) > 4:
        return y
    return x + (z := 3)


show("walrus", lambda: [walrus(c(3)), walrus(c(1))])


@F
def delf(x):
    y = x * 2
    if x > 0:
        z = y
    else:
        z = -y
    del y
    return z


show("del", lambda: delf(c(3)))


@F
def starred(x):
    a, *rest = [x, x + 1, x + 2]
    for q in rest:
        a += q
    f = lambda *ar, k=1, **kw: ar[0] + k + kw.get("m", 0)
    return a, f(*[x, x], m=5)


show("starred", lambda: starred(c(1)))


@F
def augsub(n):
    t = tf.zeros([3])
    items = [c(1.0), c(2.0)]
    for i in tf.range(n):
        items[1] += 2.0
        t = tf.tensor_scatter_nd_add(t, [[i]], [items[1]])
    return t, items


show("augsub", lambda: augsub(c(3)))


@F
def setit(n):
    t = tf.zeros([3])
    t[0] = 1.0
    return t


show("setitem", lambda: setit(c(3)))


@F
def strf(x):
    return f"{x.shape}" + ("a" if x.shape.rank == 0 else "b")


show("fstring", lambda: strf(c(1)))


@F
def nestedfn(x):
    def inner(y):
        def innermost(z):
            if z > 2:
                return z
            return z * 10

        return innermost(y) + (innermost(y + 1) if y > 0 else 0)

    return inner(x)


show("nestedfn", lambda: [nestedfn(c(2)), nestedfn(c(-2))])


@F
def intloop(x):
    i = 0
    while i < 3:
        if x > 5:
            break
        x += 1
        i += 1
    return x, i


show("intloop", lambda: intloop(c(4)))


@F
def dtypechange(x):
    for i in tf.range(3):
        x = x * 1.5
    return x


show("dtypechange", lambda: dtypechange(c(4)))


@F
def typemis(x):
    if x > 0:
        y = 1
    else:
        y = 1.0
    return y


show("typemis", lambda: typemis(c(4)))


@F
def nonecond(x):
    y = None
    if x > 0:
        y = x
    return y


show("nonecond", lambda: nonecond(c(4)))


@F
def noneloop(x):
    y = None
    for i in tf.range(x):
        y = i
    return y


show("noneloop", lambda: noneloop(c(4)))


@F
def enum(x):
    s = c(0)
    for i, v in enumerate(x):
        s += i * v
    for a, b2 in zip(x, x):
        s += a * b2
    return s


show("enum", lambda: enum(c([1, 2, 3])))


@F
def mapf(x):
    return (
        list(map(lambda v: v * 2, [x, x + 1])),
        list(filter(lambda v: v > 1, [1, 2, 3])),
        max(x, 3) if False else any([True, False]),
        all([True]),
        sum([x, x]),
        abs(-x),
        len([x]),
        int(3.7),
        float(2),
        range(3)[1],
        print("hi"),
        isinstance(x, tf.Tensor),
    )


show("mapf", lambda: mapf(c(2)))
