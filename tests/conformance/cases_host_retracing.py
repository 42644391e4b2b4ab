"""When TensorFlow warns of retracing: the calls at which the warning comes."""

from __future__ import annotations

import contextlib
import logging

from .runner import Program


def warnings_at(tf, calls):
    """The positions of the calls that warn, and the numbers that the warnings begin with."""
    messages, found = [], []
    handler = logging.Handler()
    handler.emit = lambda record: messages.append(record.getMessage())
    logger = tf.get_logger()
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel("WARNING")
    propagate, logger.propagate = logger.propagate, False
    try:
        for i, call in enumerate(calls):
            messages.clear()
            call()
            found += [(i, m.split(" calls to ")[0]) for m in messages if "retracing" in m]
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        logger.propagate = propagate
    return found


def _shapes(tf):
    f = tf.function(lambda x: x + 1, autograph=False)
    return warnings_at(tf, [lambda n=n: f(tf.zeros([n])) for n in range(14)])


def _python_values(tf):
    f = tf.function(lambda x, k: x * k, autograph=False)
    return warnings_at(tf, [lambda n=n: f(tf.zeros([2]), n) for n in range(8)])


def _between(pattern):
    """1: a call that traces, 0: one that does not."""

    def run(tf):
        f, sizes = tf.function(lambda x: x + 1, autograph=False), iter(range(1, 100))
        last = [0]

        def call(traces):
            if traces:
                last[0] = next(sizes)
            f(tf.zeros([last[0]]))

        return warnings_at(tf, [lambda t=t: call(t) for t in pattern])

    return run


def _new_functions(tf):
    def body(x):
        return x + 1

    return warnings_at(tf, [lambda: tf.function(body, autograph=False)(tf.zeros([2])) for _ in range(7)])


def _relaxed(tf):
    f = tf.function(lambda x: x + 1, autograph=False, reduce_retracing=True)
    return warnings_at(tf, [lambda n=n: f(tf.zeros([n])) for n in range(10)])


def _methods(tf):
    class Model:
        @tf.function(autograph=False)
        def step(self, x):
            return x + 1

    models = [Model() for _ in range(7)]
    return warnings_at(tf, [lambda m=m: m.step(tf.zeros([2])) for m in models])


def _nested(tf):
    inner = tf.function(lambda x: x + 1, autograph=False)
    outer = tf.function(lambda x: inner(x), autograph=False)
    return warnings_at(tf, [lambda n=n: outer(tf.zeros([n])) for n in range(7)])


def _concrete(tf):
    f = tf.function(lambda x: x + 1, autograph=False)
    traced = [lambda n=n: f.get_concrete_function(tf.TensorSpec([n])) for n in range(7)]
    return warnings_at(tf, [*traced, *[lambda n=n: f(tf.zeros([n])) for n in range(7)]])


def _failing(tf):
    def body(x):
        raise ValueError("no")

    f = tf.function(body, autograph=False)

    def call(n):
        with contextlib.suppress(ValueError):
            f(tf.zeros([n]))

    return warnings_at(tf, [lambda n=n: call(n) for n in range(7)])


CASES = [
    Program("shapes", _shapes),
    Program("python-values", _python_values),
    Program("seldom", _between([1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1])),
    Program("often", _between([1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0])),
    Program("late", _between([0] * 12 + [1, 1, 1, 1, 1, 1])),
    Program("mixed", _between([1, 1, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1])),
    Program("new-functions", _new_functions),
    Program("relaxed", _relaxed),
    Program("methods", _methods),
    Program("nested", _nested),
    Program("concrete", _concrete),
    Program("failing", _failing),
]
