"""What NumPy behaviour does to operators and functions, printed as JSON: `script.py MODULE MODE PREFER_FLOAT32`.

Run in a process of its own, for the switch cannot be undone. MODULE is "tensorflow" or "tfshim".
"""
# ruff: noqa: B023 (each function is called at once)

from __future__ import annotations

import importlib
import itertools
import json
import operator
import sys
from pathlib import Path

import numpy as np

tf = importlib.import_module(sys.argv[1])
tnp = tf.experimental.numpy
tnp.experimental_enable_numpy_behavior(dtype_conversion_mode=sys.argv[2], prefer_float32=sys.argv[3] == "True")

TYPES = "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64".split()
TYPES += "bfloat16 float16 float32 float64 complex64 complex128".split()
W = tf.constant


def describe(value):
    """The class of the thing, its type, whether it is weak, its value."""
    if isinstance(value, (list, tuple)):
        return [describe(v) for v in value]
    if isinstance(value, tf.DType):
        return value.name
    if not hasattr(value, "dtype") or isinstance(value, type):
        return repr(value)
    numbers = np.asarray(value.numpy() if hasattr(value, "numpy") else value)
    if numbers.dtype.kind not in "biuc":
        numbers = np.round(numbers.astype(np.float64), 4)
    weak = "*" if "weak=True" in repr(value) else ""
    array = " (NumPy)" if isinstance(value, (np.ndarray, np.generic)) else ""
    return f"{getattr(value.dtype, 'name', value.dtype)}{weak}{array} {numbers.tolist()}"


def attempt(run):
    """What `run` gives, or "error"."""
    try:
        return describe(run())
    except Exception:
        return "error"


def gradient(fn, *xs):
    with tf.GradientTape() as tape:
        tape.watch(xs)
        y = fn(*xs)
    return tape.gradient(y, xs)


def in_session(fn):
    """What a session computes of the graph that `fn` makes."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        return session.run(fn())


def operands():
    """Of each sort one value: weak and strong tensors, variables, arrays, Python numbers."""
    return {
        "weak int": W([3]),
        "weak float": W([2.0]),
        "tensor": tf.constant([3], tf.int8),
        "float tensor": tf.constant([2.0], tf.float32),
        "variable": tf.Variable([2], dtype=tf.int16),
        "array": np.array([2], np.int64),
        "int": 2,
        "float": 2.5,
        "bools": W([True]),
        "list": [2],
    }


def table():
    """The type of the sum for each pair of types, and of each with a Python number and a weak tensor."""
    ones = {name: tf.cast(1, name) for name in TYPES}
    others = {**ones, "1": 1, "1.0": 1.0, "1j": 1j, "weak 1": W(1), "weak 1.0": W(1.0), "weak 1j": W(1j)}
    for (a, x), (b, y) in itertools.product(ones.items(), others.items()):
        yield f"{a} + {b}", attempt(lambda: x + y)
        yield f"result_type({a}, {b})", attempt(lambda: tnp.result_type(x, y))
        if a < b:
            yield f"tnp.multiply({a}, {b})", attempt(lambda: tnp.multiply(x, y))


def operators():
    names = "add sub mul truediv floordiv mod pow lt ge eq ne and_ xor".split()
    values = operands()
    plain = {"array", "int", "float", "list"}
    for name in names:
        for a, b in itertools.product(values, values):
            if not {a, b} <= plain:
                yield f"{name}: {a}, {b}", attempt(lambda: getattr(operator, name)(values[a], values[b]))
    for name in ("neg", "abs", "invert", "pos"):
        for a in sorted(set(values) - plain):
            yield f"{name}: {a}", attempt(lambda: getattr(operator, name)(values[a]))


def main():
    lines = Path(__file__).with_name("expressions.txt").read_text(encoding="utf-8").splitlines()
    expressions = {line: attempt(lambda: eval(line)) for line in lines if line and not line.startswith("#")}
    print(json.dumps({**dict(table()), **dict(operators()), **expressions}))


main()
