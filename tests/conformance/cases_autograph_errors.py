"""Errors that AutoGraph reports, and how it reports those of the user's code."""

import functools
import os
import re

from .runner import Program

# ruff: noqa: SIM108, F821, B007, PLE0643 - what is written so is under test


def failure(fn, *facts):
    """(class of the error, which of the facts its message states, the user's lines that it names)."""
    try:
        fn()
    except Exception as error:
        text = str(error)
        lines = re.findall(r'File "([^"]*)", line \d+, in (\w+)  \*\n *(.*)', text)
        own = [(function, line) for file, function, line in lines if os.path.basename(file).startswith("cases_")]
        return type(error).__name__, [fact in text for fact in facts], own
    return "no error"


def _only_one_branch(tf):
    @tf.function
    def no_else(x):
        if x > 0:
            y = x
        return y

    @tf.function
    def no_main(x):
        if x > 0:
            pass
        else:
            y = x
        return y

    @tf.function
    def one_return(x):
        if x > 0:
            return x
        x = x + 1

    one = tf.constant(1)
    return [
        failure(lambda: no_else(one), "'y' must also be initialized in the else branch"),
        failure(lambda: no_main(one), "'y' must also be initialized in the main branch"),
        failure(lambda: one_return(one), "the else branch must also have a return statement"),
    ]


def _branches_differ(tf):
    @tf.function
    def dtypes(x):
        if x > 0:
            y = 1
        else:
            y = 1.0
        return y

    @tf.function
    def structures(x):
        if x > 0:
            y = [x]
        else:
            y = (x, x)
        return y

    @tf.function
    def none(x):
        y = None
        if x > 0:
            y = x
        return y

    @tf.function
    def expression(x):
        return x if x > 0 else 1.5

    one = tf.constant(1)
    return [
        failure(lambda: dtypes(one), "'y' has dtype int32 in the main branch, but dtype float32 in the else branch"),
        failure(lambda: structures(one), "'y' must have the same nested structure in the main and else branches"),
        failure(lambda: none(one), "'y' is None at the end of the else branch"),
        failure(lambda: expression(one), "'x > 0' has dtype int32 in the main branch, but dtype float32"),
    ]


def _loops_change_kind(tf):
    @tf.function
    def dtypes(n):
        x = 1.0
        for i in tf.range(n):
            x = i
        return x

    @tf.function
    def while_dtypes(n):
        x = 0
        while x < n:
            x = x + 0.5
        return x

    @tf.function
    def shapes(n):
        x = tf.constant([1])
        for i in tf.range(n):
            x = tf.concat([x, [i]], 0)
        return x

    @tf.function
    def structures(n):
        x = (1, 2)
        for i in tf.range(n):
            x = (i, i, i)
        return x

    @tf.function
    def none(n):
        x = 1
        for i in tf.range(n):
            x = None
        return x

    @tf.function
    def invariant(n):
        x = tf.constant([[1]])
        for i in tf.range(n):
            tf.autograph.experimental.set_loop_options(shape_invariants=[(x, tf.TensorShape([None, 2]))])
            x = tf.concat([x, x], 0)
        return x

    n = tf.constant(3)
    return [
        failure(lambda: dtypes(n), "'x' has dtype float32 before the loop, but dtype int32 after one iteration"),
        failure(lambda: while_dtypes(n)),
        failure(lambda: shapes(n), "'x' has shape (1,) before the loop, but shape (2,) after one iteration"),
        failure(lambda: structures(n), "'x' does not have the same nested structure after one iteration"),
        failure(lambda: none(n), "'x' is None at the end of the iteration"),
        failure(lambda: invariant(n), "'x' has shape (1, 1) before the loop, which does not conform"),
    ]


def _undefined_before_loop(tf):
    @tf.function
    def used_first(n):
        for i in tf.range(n):
            y = y + i
        return y

    @tf.function
    def none(n):
        y = None
        for i in tf.range(n):
            if y is None:
                y = i
        return n

    @tf.function
    def unsupported(n):
        for i in tf.range(n):
            y = object()
        return y

    n = tf.constant(3)
    return [
        failure(lambda: used_first(n), "'y' must be defined before the loop"),
        failure(lambda: none(n)),
        failure(lambda: unsupported(n), "'y' must be defined before the loop", "unsupported type 'object'"),
    ]


def _conditions(tf):
    @tf.function
    def number(x):
        if x:
            return x
        return -x

    @tf.function
    def vector(x):
        if x > 0:
            return x
        return -x

    @tf.function
    def one_element(x):
        if x > 0:
            return x
        return -x

    @tf.function
    def while_number(x):
        while x:
            x = x - 1
        return x

    @tf.function
    def changes(x):
        i = 0
        while i < 3:
            i = x + i
        return i

    return [
        failure(lambda: number(tf.constant(1)), "condition of if statement expected to be `tf.bool` scalar", "tf.cast"),
        failure(lambda: vector(tf.constant([1, 2])), "condition of if statement expected to be `tf.bool` scalar"),
        failure(lambda: one_element(tf.constant([[1]]))),
        failure(lambda: while_number(tf.constant(2)), "condition of while loop expected to be `tf.bool` scalar"),
        failure(lambda: changes(tf.constant(1)), "started as non-Tensor, then changed to Tensor"),
    ]


def _user_errors(tf):
    class Custom(Exception):
        pass

    class Picky(Exception):
        def __init__(self, a, b):
            super().__init__(f"{a}-{b}")

    def fail(kind):
        if kind == "custom":
            raise Custom("mine")
        if kind == "picky":
            raise Picky(1, 2)
        if kind == "key":
            return {}["missing"]
        if kind == "name":
            return undefined_name
        if kind == "attribute":
            return kind.nothing
        if kind == "index":
            return [][1]
        if kind == "type":
            return kind + 1
        if kind == "zero":
            return 1 // 0
        if kind == "op":
            raise tf.errors.NotFoundError(None, None, "not here")
        if kind == "assert":
            assert not kind, "asserted"
        raise ValueError("plain\nin two lines")

    @tf.function
    def f(x, kind):
        x = x + 1
        return fail(kind)

    kinds = "custom picky key name attribute index type zero op assert plain".split()
    facts = [
        "mine",
        "1-2",
        "missing",
        "undefined_name",
        "nothing",
        "range",
        "int",
        "zero",
        "not here",
        "asserted",
        "lines",
    ]
    return [failure(functools.partial(f, tf.constant(1), k), fact) for k, fact in zip(kinds, facts)]


def _places(tf):
    def inner(x):
        for i in tf.range(3):
            if x > 0:
                x = tf.reshape(x, [2, 3])
        return x

    @tf.function
    def f(x):
        y = x * 2
        while tf.reduce_sum(y) < 10:
            y = inner(y)
        return y

    return failure(lambda: f(tf.constant(1)), "in user code:")


def _places_of_nested_functions(tf):
    @tf.function
    def inner(x):
        if x > 0:
            raise RuntimeError("inside")
        return x

    @tf.function
    def outer(x):
        return inner(x + 1)

    return failure(lambda: outer(tf.constant(1)), "in user code:", "inside")


def _bool_of_tensor_where_not_converted(tf):
    @tf.autograph.experimental.do_not_convert
    def plain(x):
        if x > 0:
            return x
        return -x

    @tf.function
    def f(x):
        return plain(x)

    @tf.function
    def iterating(x):
        return [e for e in x]  # noqa: C416

    return [
        failure(lambda: f(tf.constant(1))),
        failure(lambda: tf.function(lambda x: 1 if x else 2, autograph=False)(tf.constant(True))),
        failure(lambda: iterating(tf.constant([1]))),
    ]


def _assertions(tf):
    @tf.function
    def python(x, k):
        assert k > 0, "k must be positive"
        return x

    @tf.function(experimental_autograph_options=tf.autograph.experimental.Feature.ASSERT_STATEMENTS)
    def tensor(x):
        assert x > 0, "x must be positive"
        return x

    @tf.function
    def unconverted(x):
        assert x > 0
        return x

    return [
        failure(lambda: python(tf.constant(1), -1), "k must be positive"),
        tensor(tf.constant(1)),
        failure(lambda: tensor(tf.constant(-1)), "x must be positive"),
        failure(lambda: unconverted(tf.constant(1))),
    ]


def _zero_iterations(tf):
    @tf.function
    def f(n):
        for i in tf.range(n):
            y = i
        return y

    return [f(tf.constant(2)), failure(lambda: f(tf.constant(0)), "loop must iterate at least once to initialize y")]


def _state_after_errors(tf):
    @tf.function
    def f(x, bad):
        if x > 0:
            if bad:
                raise ValueError("bad")
            x = x + 1
        return x

    return [
        failure(lambda: f(tf.constant(1), True)),
        f(tf.constant(1), False),
        failure(lambda: f(tf.constant(1), True)),
    ]


def _without_value(tf):
    def deleted(x):
        del x
        return x

    def made_inside(x):
        while x > 0:
            made = _Holder([x])
            made.items[0] = made.items[0] + 1
            x -= 1
        return made.items[0]

    one = tf.constant(1)
    return [
        failure(lambda: tf.function(deleted)(one), "'x' is used before assignment", "variables.py"),
        failure(lambda: tf.autograph.to_graph(deleted)(1), "'x' is used before assignment"),
        failure(
            lambda: tf.function(made_inside)(one), "'made.items' must be", "'made' must be defined before the loop"
        ),
    ]


class _Holder:
    def __init__(self, items):
        self.items = items


CASES = [
    Program("one-branch", _only_one_branch),
    Program("branches-differ", _branches_differ),
    Program("loops-change-kind", _loops_change_kind),
    Program("undefined-before-loop", _undefined_before_loop),
    Program("without-value", _without_value),
    Program("conditions", _conditions),
    Program("user-errors", _user_errors),
    Program("places", _places),
    Program("places-nested", _places_of_nested_functions),
    Program("not-converted", _bool_of_tensor_where_not_converted),
    Program("assertions", _assertions),
    Program("zero-iterations", _zero_iterations),
    Program("state-after-errors", _state_after_errors),
]
