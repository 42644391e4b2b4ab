"""What decides on branches and loops in graphs: booleans of one element, and nothing else."""

from __future__ import annotations

from .inputs import arr
from .runner import Case, Program, raised

FUNCTIONS = {"modes": ("function", "unknown"), "reason": "eagerly, Python decides"}
PREDICATES = {
    "int": arr(1, "int32"),
    "float": arr(1.5, "float32"),
    "text": arr("a", "string"),
    "ints": arr([1, 2], "int32"),
    "bools": arr([True, False], "bool"),
    "one-bool": arr([[True]], "bool"),
    "bool": arr(False, "bool"),
}


def _cond(tf, pred):
    return tf.cond(pred, lambda: tf.constant(1.0), lambda: tf.constant(2.0))


def _case(tf, pred):
    return tf.case([(pred, lambda: tf.constant(1.0))], default=lambda: tf.constant(2.0))


def _while(tf, pred):
    return tf.while_loop(lambda i, p: p, lambda i, p: (i + 1, tf.zeros_like(p)), [0, pred])[0]


def _in_sessions(tf):
    v1 = tf.compat.v1

    def run(build, value):
        with tf.Graph().as_default(), v1.Session() as session:
            given = tf.constant(value)
            return raised(lambda: session.run(build(tf, v1.placeholder_with_default(given, given.shape))))

    return [run(build, value) for build in (_cond, _while) for value in (1, [1.5], [True, False], [True])]


def _expressions(tf):
    @tf.function
    def expression(x):
        return 1 if x else 2

    @tf.function
    def both(x):
        return x and True

    return [raised(lambda f=f, x=x: f(tf.constant(x))) for f in (expression, both) for x in (1, "a", [True, True])]


CASES = [
    *(Case(f"cond-{name}", _cond, [value], **FUNCTIONS) for name, value in PREDICATES.items()),
    *(Case(f"case-{name}", _case, [value], **FUNCTIONS) for name, value in PREDICATES.items()),
    *(Case(f"while-{name}", _while, [value], **FUNCTIONS) for name, value in PREDICATES.items()),
    Program("sessions", _in_sessions),
    Program("expressions", _expressions),
]
