"""`tf.print`, `tf.strings.format`, logging: the very text, eagerly and from functions, in program order."""

from __future__ import annotations

import collections
import logging
import os
import sys
import tempfile

import numpy as np

from .runner import Program, raised

Pair = collections.namedtuple("Pair", "a b")

VALUES = {
    "several": lambda tf: (tf.constant([1, 2, 3]), "abc", 3, 2.5, True, None),
    "nested": lambda tf: ([1, 2], (tf.constant(1.5), "x"), {"b": tf.constant([1.0, 2.0]), "a": 1}),
    "vector": lambda tf: (tf.range(20),),
    "matrix": lambda tf: (tf.reshape(tf.range(64), [8, 8]),),
    "cube": lambda tf: (tf.reshape(tf.range(512), [8, 8, 8]),),
    "strings": lambda tf: (tf.constant(["a", "b\n\"\\'\t\x01\x7f"]), tf.constant("qé"), tf.constant([["x", "y"]])),
    "float32": lambda tf: (
        tf.constant(
            [1e-10, 1e10, 0.1, 1 / 3, 1e6, 123456789.0, np.nan, np.inf, -np.inf, -0.0, 1e5, 1e16, 12345.678, 1e-4]
        ),
    ),
    "float64": lambda tf: (tf.constant([1e-10, 1e10, 0.1, 1 / 3, 123456789.0, -0.0, 1e15, 1e16, 2**60], tf.float64),),
    "half": lambda tf: (tf.constant([0.1, 1 / 3, 65504], tf.float16), tf.constant([0.1, 1 / 3], tf.bfloat16)),
    "complex": lambda tf: (tf.constant([1 + 2j, 0.1 - 1j], tf.complex64), tf.constant(1j, tf.complex128)),
    "bools": lambda tf: (tf.constant([True, False]), tf.constant(True)),
    "empty": lambda tf: (tf.constant([]), tf.zeros([0, 3]), tf.zeros([2, 0]), tf.zeros([2, 0, 3]), tf.zeros([7, 0])),
    "integers": lambda tf: (tf.constant([1, 200], tf.uint8), tf.constant([-1], tf.int8), tf.constant([1], tf.uint64)),
    "nothing": lambda tf: (),
    "text": lambda tf: ("x",),
    "scalar-string": lambda tf: (tf.constant('raw "q"\n'),),
    "string-vector": lambda tf: (tf.constant(["raw"]),),
    "numpy": lambda tf: (np.array([1, 2]), np.float32(0.1), np.array(["a"]), [np.array([1, 2])]),
    "no-entries": lambda tf: ([], {}, ()),
    "deep": lambda tf: ([tf.constant([[1, 2], [3, 4]]), {"k": [tf.constant([1])]}],),
    "braces": lambda tf: ("%s {} %%", tf.constant("{}"), "{}1"),
    "namedtuple": lambda tf: (Pair(tf.constant(1), 2),),
    "escapes": lambda tf: ("a\tb'c\"", ["s", "t'"], {"k'": "v"}, b"bytes", [b"x"]),
    "objects": lambda tf: (tf.float32, tf.TensorShape([1, None]), [tf.float32, object], range(3), slice(1, 2)),
    "numbers": lambda tf: (1e-10, 1.0, [1.0, 0.1], True, [True], 1 + 2j),
    "ordered-dict": lambda tf: (collections.OrderedDict([("b", tf.constant(1)), ("a", 2)]),),
    "int-keys": lambda tf: ({2: tf.constant(1), 1: tf.constant([2])},),
    "long-list": lambda tf: ([tf.constant(i) for i in range(40)],),
    "long-strings": lambda tf: (["word " * 5] * 10,),
    "tuple-of-one": lambda tf: ((tf.constant(1),),),
    "set": lambda tf: ({1},),
}


def printed(tf, program):
    """What `program(print)` writes into a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out")
        program(lambda *a, **k: tf.print(*a, output_stream=f"file://{path}", **k))
        with open(path) as file:
            return file.read()


def on_stdout(program):
    """What reaches the file descriptor of stdout, from the runtime and from Python."""
    with tempfile.TemporaryFile() as file:
        saved, stream = os.dup(1), sys.stdout
        os.dup2(file.fileno(), 1)
        sys.stdout = os.fdopen(os.dup(1), "w", buffering=1)
        try:
            program()
        finally:
            sys.stdout.close()
            sys.stdout = stream
            os.dup2(saved, 1)
            os.close(saved)
        file.seek(0)
        return file.read().decode()


def _in_function(tf, values):
    def go(write):
        @tf.function(autograph=False)
        def f():
            write(*values(tf))

        f()

    return printed(tf, go)


def _order(tf):
    def go(write):
        total = tf.Variable(0)

        @tf.function
        def f(x):
            write("first", x)
            total.assign_add(x)
            write("second", total)
            total.assign_add(x)
            write("third", total.read_value(), x * 2)
            return x + 1

        f(tf.constant(1))
        write("between")
        f(tf.constant(5))

    return printed(tf, go)


def _with_python(tf):
    @tf.function(autograph=False)
    def f(x):
        print("traced")
        tf.print("a", x, output_stream=sys.stdout)
        y = x * 2
        tf.print("b", y, output_stream=sys.stdout)
        return y

    def go():
        print("start")
        f(tf.constant([1.0, 2.0]))
        print("middle")
        f(tf.constant([3.0, 4.0]))
        tf.print("end", output_stream=sys.stdout)

    return on_stdout(go)


def _node(tf):
    found = []

    @tf.function(autograph=False)
    def f(x):
        op = tf.print("a", x, output_stream="file:///dev/null", name="report")
        found.append([op.name, op.type, [n.name for n in op.graph.get_operations()], sorted(op.node_def.attr)])
        return x

    f(tf.constant(1))
    return found


def _unknown_shape(tf):
    def go(write):
        signature = [tf.TensorSpec([None, None])]
        tf.function(lambda x: write(x, x.shape) and None, input_signature=signature, autograph=False)(tf.ones([2, 3]))

    return printed(tf, go)


def _timestamp(tf):
    eager, traced = tf.timestamp(), tf.function(lambda: tf.timestamp())
    first = traced()
    return eager.dtype, eager.shape, bool(abs(float(eager) - float(first)) < 60), bool(first < traced())


def _logging(tf):
    messages = []
    handler = logging.Handler()
    handler.emit = lambda record: messages.append((record.levelname, record.getMessage()))
    log = tf.compat.v1.logging
    before = log.get_verbosity()
    tf.get_logger().addHandler(handler)
    try:
        log.set_verbosity(log.DEBUG)
        log.info("a %d", 1)
        log.debug("d")
        log.warn("w")
        log.warning("w2")
        log.error("e")
        log.log(log.INFO, "l %s", "x")
        log.log_if(log.ERROR, "c %s", True, "q")
        for _ in range(5):
            log.log_first_n(log.INFO, "f", 2)
        return messages, log.get_verbosity()
    finally:
        log.set_verbosity(before)
        tf.get_logger().removeHandler(handler)


CASES = [
    *(Program(f"{n}-eager", lambda tf, v=v: printed(tf, lambda write: write(*v(tf)))) for n, v in VALUES.items()),
    *(Program(f"{n}-function", lambda tf, v=v: _in_function(tf, v)) for n, v in VALUES.items()),
    *(
        Program(
            f"{n}-summarize",
            lambda tf, v=v: [printed(tf, lambda write, s=s: write(*v(tf), summarize=s)) for s in (-1, 0, 1, 2, None)],
        )
        for n, v in VALUES.items()
    ),
    Program(
        "variables",
        lambda tf: printed(tf, lambda write: write(tf.Variable([1.0, 2.0]), [tf.Variable(3)], tf.Variable("s"))),
    ),
    Program(
        "sep-end",
        lambda tf: printed(
            tf,
            lambda write: (
                write("a", "b", tf.constant(1), sep="--", end="!\n"),
                write("a", end=""),
                write("b", tf.constant([1, 2]), sep="{}"),
            ),
        ),
    ),
    Program("order", _order),
    Program("order-with-python", _with_python),
    Program("node", _node),
    Program("unknown-shape", _unknown_shape),
    Program("bad-stream", lambda tf: raised(lambda: tf.print("a", output_stream=3))),
    Program("bad-stream-name", lambda tf: raised(lambda: tf.print("a", output_stream="stdout"))),
    Program("unknown-argument", lambda tf: raised(lambda: tf.print("a", foo=3))),
    Program(
        "levels",
        lambda tf: [
            raised(lambda s=s: tf.print("quiet", output_stream=s))
            for s in (logging.INFO, logging.WARN, logging.info, tf.compat.v1.logging.info, tf.compat.v1.logging.WARN)
        ],
    ),
    Program(
        "format",
        lambda tf: [
            tf.strings.format("a {} b {}", (tf.constant([1, 2]), tf.constant("x"))),
            tf.strings.format("a % b", [tf.range(9)], placeholder="%", summarize=1),
            tf.strings.format("{}", tf.constant(1.5)),
            tf.function(lambda: tf.strings.format("{}{}", [tf.range(3), [1, 2]]))(),
            tf.strings.format("none", []),
            raised(lambda: tf.strings.format("{}{}", tf.constant(1))),
            tf.raw_ops.StringFormat(inputs=[tf.constant([1, 2])], template="x%sy", placeholder="%s"),
        ],
    ),
    Program("timestamp", _timestamp),
    Program("logger", lambda tf: [tf.get_logger().name, tf.get_logger() is logging.getLogger("tensorflow")]),
    Program("v1-logging", _logging),
]
