"""Python's syntax inside converted functions."""

from __future__ import annotations

import collections
import dataclasses
import typing

from .cases_autograph import raised_or
from .runner import Program

# ruff: noqa: UP031 - what is written so is under test


def _walrus(tf):
    @tf.function
    def f(x, k):
        if (n := k * 2) > 3:
            x = x + n
        return x

    return [f(tf.constant(1), 1), f(tf.constant(1), 5)]


def _match(tf):
    @tf.function
    def f(x, kind):
        match kind:
            case "a":
                return x + 1
            case ("b", n):
                return x + n
            case _:
                return x

    return [f(tf.constant(1), k) for k in ("a", ("b", 4), None)]


def _loop_else(tf):
    @tf.function
    def f(x, k):
        for i in range(3):
            if i == k:
                break
        else:
            x = x + 100
        return x

    return [f(tf.constant(1), 1), f(tf.constant(1), 7)]


def _try_except(tf):
    @tf.function
    def f(x, key):
        table = {"a": 1}
        try:
            x = x + table[key]
        except KeyError as error:
            x = x - len(error.args)
            if x > -1:
                x = x * 10
        finally:
            x = x + 1000
        return x

    return [f(tf.constant(1), "a"), f(tf.constant(1), "b")]


def _exception_names(tf):
    @tf.function
    def f(x, kind):
        message = "none"
        try:
            if kind == "value":
                raise ValueError("v", 3)
            elif kind == "key":
                {}[kind]
            x = x + 1
        except (ValueError, TypeError) as e:
            message = f"{type(e).__name__} {e.args}"
            if x > 0:
                x = x + len(e.args)
        except KeyError as e:
            try:
                raise RuntimeError("again") from e
            except RuntimeError as inner:
                message = f"{inner} {inner.__cause__!r} {e!r}"
        print(message)
        return x

    return [f(tf.constant(1), k) for k in ("value", "key", "other")]


def _parameters_are_local(tf):
    x = 100

    @tf.function
    def f(n):
        y, q = n, None
        for _ in tf.range(3):

            def scale(q):
                return q * 2

            y = scale(y) + (lambda q, x: q + x)(y, 1)
        while y > 50:
            y = tf.map_fn(lambda x: x - 10, y[None])[0]
        return y + x, q

    return f(tf.constant(2))


def _walrus_in_loop(tf):
    @tf.function
    def f(x):
        values = iter([1, 2, 3, 0, 5])
        n = 7
        while (n := next(values)) > 0:
            x = x + n
        return x + n

    return f(tf.constant(1))


def _imports(tf):
    @tf.function
    def f(x):
        import math
        import os.path as path
        from collections import OrderedDict as Ordered

        table = Ordered(a=x)
        if table["a"] > 0:
            x = x + int(math.sqrt(16.0)) + len(path.basename("a/bc"))
        return x

    return f(tf.constant(1))


def _try_else(tf):
    @tf.function
    def f(x):
        try:
            x = x + 1
        except ValueError:
            pass
        else:
            if x > 1:
                x = x * 10
        return x

    return raised_or(lambda: f(tf.constant(1)))


def _nested_conditional_expressions(tf):
    # TensorFlow converts the outer one only.
    @tf.function
    def f(x, y):
        return x if x > 1 else (y if y > 1 else x + y)

    return raised_or(lambda: f(tf.constant(1), tf.constant(1)))


def _raise_and_catch(tf):
    def check(x):
        if x.shape.rank != 1:
            raise ValueError("needs a vector")
        return x

    @tf.function
    def f(x):
        try:
            return check(x)
        except ValueError:
            return tf.reshape(x, [-1])

    return [f(tf.constant([1])), f(tf.constant([[1, 2]]))]


def _starred(tf):
    @tf.function
    def f(x, *rest, **options):
        first, *middle, last = [x, *rest]
        merged = {**options, "k": 2}
        total = sum([*middle, last], first)
        if total > merged["k"]:
            total = total * merged.get("scale", 1)
        return total, [*range(2), *merged]

    return [f(tf.constant(1), 2, 3), f(tf.constant(1), 2, 3, scale=5, k=1)]


def _formatted(tf):
    @tf.function
    def f(x, name):
        width = 6
        text = f"{name!r:>{width}}|{x.shape}|{'nested' if name else 'none'}|{{}}|{1.5:.2f}"
        print(
            text,
            "%s-%d" % (name, 3),
            "ab",
            r"\n",
            b"bytes",
            """three
        lines""",
        )
        return x

    return f(tf.constant([1]), "it's")


def _operators(tf):
    @tf.function
    def f(x):
        y = x
        y += 1
        y -= 2
        y *= 3
        y //= 2
        y **= 2
        y %= 7
        z = (y << 1 if isinstance(y, int) else y) + ~x + (-x)
        return y, z, x & 3, x | 4, x ^ 1

    return f(tf.constant(5))


def _matmul(tf):
    @tf.function
    def f(a):
        b = a
        b @= a
        if tf.reduce_sum(b) > 3.0:
            b = a @ b
        return b

    return [f(tf.constant([[1.0, 1.0], [0.0, 1.0]])), f(tf.constant([[0.0, 1.0], [0.0, 0.0]]))]


def _slices(tf):
    @tf.function
    def f(x):
        y = x[1:, ::2]
        parts = [x[0], x[-1, ..., tf.newaxis]]
        values = list(range(5))
        values[1:3] = [10]
        del values[0]
        if tf.size(y) > 1:
            parts[0] = parts[0] + 1
        return y, parts, values

    return f(tf.constant([[1, 2, 3], [4, 5, 6]]))


def _deep_attributes(tf):
    class Node:
        def __init__(self, x):
            self.x = x

    @tf.function
    def f(x, n):
        a = Node(Node(x))
        table = {"k": {"j": x}}
        for i in tf.range(n):
            a.x.x = a.x.x + i
            table["k"]["j"] = table["k"]["j"] * 2
            if i > 1:
                a.x.x += 100
        return a.x.x, table

    return f(tf.constant(1), tf.constant(4))


def _index_by_variable(tf):
    @tf.function
    def f(x, n):
        values = [x, x + 1, x + 2]
        k = 1
        for _ in tf.range(n):
            values[k] = values[k] * 2
        return values

    return f(tf.constant(3), tf.constant(2))


class Point(typing.NamedTuple):
    x: typing.Any
    y: typing.Any

    def swapped(self):
        return Point(self.y, self.x)


@dataclasses.dataclass
class Pair:
    a: typing.Any
    b: typing.Any = 2

    def larger(self):
        if self.a > self.b:
            return self.a
        return self.b


Row = collections.namedtuple("Row", "id value")


def _records(tf):
    @tf.function
    def f(x):
        p = Point(x, x * 2).swapped()
        pair = Pair(x)
        row = Row(1, value=pair.larger())
        row = row._replace(value=row.value + 1)
        if p.x > p.y:
            p = p._replace(x=p.y)
        return p, row, Pair(x, b=tf.constant(7)).larger()

    return [f(tf.constant(1)), f(tf.constant(9))]


def _namedtuple_state(tf):
    @tf.function
    def f(n):
        p = Point(tf.constant(0), tf.constant(1))
        for _ in tf.range(n):
            p = Point(p.y, p.x + p.y)
        row = Row(0, 0)
        while row.id < n:
            row = Row(row.id + 1, row.value + row.id)
        return p, row

    return f(tf.constant(6))


def _nested_definitions(tf):
    @tf.function
    def f(x):
        def outer(y):
            count = 0

            def inner(z):
                nonlocal count
                count += 1
                if z > 0:
                    return z + count
                return z

            return inner(y) + inner(y)

        class Helper:
            k = 2

            def __init__(self, v):
                self.v = v

            def run(self):
                if self.v > 0:
                    return self.v * self.k
                return self.v

        class Special(Helper):
            def run(self):
                return super().run() + 1

        return outer(x), Special(x).run()

    return [f(tf.constant(2)), f(tf.constant(-2))]


def _decorated_inside(tf):
    def twice(fn):
        return lambda *args: fn(fn(*args))

    @tf.function
    def f(x):
        @twice
        def step(y):
            if y > 3:
                return y * 2
            return y + 1

        return step(x)

    return [f(tf.constant(i)) for i in (1, 3, 8)]


def _early_exits(tf):
    @tf.function
    def f(x, mode):
        if mode == "none":
            return
        if mode == "bare":
            return None
        while True:
            x = x + 1
            if mode == "loop":
                return x
            break
        with tf.name_scope("s"):
            if mode == "with":
                return x * 2
        try:
            return x * 3
        finally:
            print("finally")

    return [f(tf.constant(1), m) for m in ("none", "bare", "loop", "with", "try")]


def _return_structures(tf):
    @tf.function
    def f(x):
        if x > 0:
            return {"a": x, "b": (x, [x + 1])}
        else:
            return {"a": -x, "b": (-x, [x])}

    return [f(tf.constant(1)), f(tf.constant(-1))]


def _long_conditions(tf):
    @tf.function
    def f(x, y):
        if (
            x > 0
            and not (y > 3 or x == 7)
            and (
                # a comment
                y != 2
            )
        ):
            return x if y > 1 else x + y
        return -1

    return [f(tf.constant(a), tf.constant(b)) for a, b in ((1, 1), (2, 3), (2, 1), (7, 1), (1, 2), (-1, 0))]


def _continuations(tf):
    @tf.function
    def f(x):
        y = x + 1
        return y if y > 1 else x

    @tf.function
    def g(x):
        y = x + 1
        return y

    return [f(tf.constant(1)), f(tf.constant(-1)), g(tf.constant(1))]


def _same_names(tf):
    # Names that the conversion itself uses.
    @tf.function
    def f(x, do_return=1, retval_=2, fscope=3, ag=4):
        get_state, set_state, body, itr = 5, 6, 7, 8
        break_ = x
        for i in tf.range(3):
            if i > get_state - 5:
                x = x + do_return + retval_ + fscope + ag + set_state + body + itr
                break_ = x
                continue
            x = x + 1
            break_ = x
        return x, break_

    return f(tf.constant(0))


def _shadowed_builtins(tf):
    @tf.function
    def f(x):
        len = lambda v: 42
        range = [1, 2]
        for i in range:
            x = x + i
        return x + len(x)

    return f(tf.constant(0))


def _mangled(tf):
    class Private:
        def __init__(self):
            self.__k = 3

        def run(self, x):
            return x + self.__k

        def run_with_branch(self, x):
            if x > 0:
                return x + self.__k
            return x

    p = Private()
    return [
        tf.function(p.run)(tf.constant(1)),
        raised_or(lambda: tf.function(p.run_with_branch)(tf.constant(1))),
    ]


def _assignment_in_one_branch(tf):
    @tf.function
    def f(x, n):
        y = 0
        for i in tf.range(n):
            if i % 2 == 0:
                z = i * 10
                y += z
            else:
                z = -i
                y -= z
            w = z
        return y, w

    return f(tf.constant(1), tf.constant(4))


def _global_variable(tf):
    @tf.function
    def f(x):
        global _counter
        _counter = _counter + 1
        if x > 0:
            return x + _counter
        return x

    return [f(tf.constant(1)), f(tf.constant(1)), f(tf.constant(1.0)), _counter]


_counter = 0


def _reset_counter(program):
    def run(tf):
        global _counter
        _counter = 0
        return program(tf)

    return run


CASES = [
    Program("walrus", _walrus),
    Program("match", _match),
    Program("loop-else", _loop_else),
    Program("try-except", _try_except),
    Program("exception-names", _exception_names),
    Program("parameters-are-local", _parameters_are_local),
    Program("walrus-in-loop", _walrus_in_loop),
    Program("imports", _imports),
    Program("try-else", _try_else),
    Program("nested-conditional-expressions", _nested_conditional_expressions),
    Program("raise-and-catch", _raise_and_catch),
    Program("starred", _starred),
    Program("formatted", _formatted),
    Program("operators", _operators),
    Program("matmul", _matmul),
    Program("slices", _slices),
    Program("deep-attributes", _deep_attributes),
    Program("index-by-variable", _index_by_variable),
    Program("records", _records),
    Program("namedtuple-state", _namedtuple_state),
    Program("nested-definitions", _nested_definitions),
    Program("decorated-inside", _decorated_inside),
    Program("early-exits", _early_exits),
    Program("return-structures", _return_structures),
    Program("long-conditions", _long_conditions),
    Program("continuations", _continuations),
    Program("same-names", _same_names),
    Program("shadowed-builtins", _shadowed_builtins),
    Program("mangled", _mangled),
    Program("assignment-in-one-branch", _assignment_in_one_branch),
    Program("global", _reset_counter(_global_variable)),
]
