"""Operators and their reflected forms, over dtypes and Python operands."""

from __future__ import annotations

import numpy as np

from .inputs import (
    COMPLEX,
    EVERYTHING,
    FLOATS,
    INTS,
    NUMBERS,
    UINTS,
    arr,
    bools,
    c64,
    f32,
    i64,
    ints,
    nonzero,
    numpy_value,
    positive,
    py,
    rand,
    special,
    strs,
    variable,
)
from .runner import Case, over

BINARY = {
    "add": lambda tf, x, y: x + y,
    "sub": lambda tf, x, y: x - y,
    "mul": lambda tf, x, y: x * y,
    "truediv": lambda tf, x, y: x / y,
    "floordiv": lambda tf, x, y: x // y,
    "mod": lambda tf, x, y: x % y,
    "lt": lambda tf, x, y: x < y,
    "le": lambda tf, x, y: x <= y,
    "gt": lambda tf, x, y: x > y,
    "ge": lambda tf, x, y: x >= y,
    "eq": lambda tf, x, y: x == y,
    "ne": lambda tf, x, y: x != y,
}
REAL = (*FLOATS, *INTS, *UINTS)  # TensorFlow lists complex for FloorDiv and has no kernel for it
BITWISE = {
    "and": lambda tf, x, y: x & y,
    "or": lambda tf, x, y: x | y,
    "xor": lambda tf, x, y: x ^ y,
}

CASES = [
    *(
        case
        for name, fn in BINARY.items()
        for case in over(f"op-{name}", fn, NUMBERS if name != "floordiv" else REAL, [((2, 3), (3,))], make=nonzero)
    ),
    *(Case(f"op-{name}-grad", fn, [f32(2, 3), nonzero("float32", 3)], grad=2) for name, fn in list(BINARY.items())[:6]),
    *(Case(f"op-{name}-grad-scalar", fn, [f32(2, 3), py(2.0)], grad=True) for name, fn in list(BINARY.items())[:6]),
    *(
        Case(
            f"op-r{name}-grad-scalar",
            lambda tf, x, fn=fn: fn(tf, 2.0, x),
            [nonzero("float32", 2, 3)],
            grad=True,
        )
        for name, fn in list(BINARY.items())[:6]
    ),
    *(
        Case(f"op-{name}-{kind}", fn, [x, y])
        for name, fn in BINARY.items()
        for kind, x, y in (
            ("int-python-int", ints(3), py(2)),
            ("int-python-float", ints(3), py(2.5)),
            ("float-python-int", f32(3), py(2)),
            ("half-python-float", rand("float16", 3), py(0.1)),
            ("python-int-first", py(2), nonzero("int32", 3)),
            ("python-float-first", py(2.5), nonzero("float32", 3)),
            ("numpy-first", numpy_value(f32(3)), nonzero("float32", 3)),
            ("numpy-second", f32(3), numpy_value(nonzero("float32", 3))),
            ("numpy-float64-second", f32(3), numpy_value(nonzero("float64", 3))),
            ("numpy-int-second", f32(3), numpy_value(nonzero("int64", 3))),
            ("list-second", f32(3), py([1.0, 2.0, 4.0])),
            ("tensor-dtypes-differ", f32(3), ints(3)),
            ("int-widths-differ", ints(3), i64(3)),
            ("variable-first", variable(f32(3)), nonzero("float32", 3)),
            ("variable-second", f32(3), variable(nonzero("float32", 3))),
            ("shapes-differ", f32(3), f32(2)),
            ("none", f32(3), py(None)),
            ("string", f32(3), py("a")),
            ("bool-tensor", bools(3), bools(3)),
            ("python-bool", bools(3), py(True)),
            ("int-with-python-bool", ints(3), py(True)),
            ("uint8-python-negative", rand("uint8", 3), py(-1)),
            ("uint8-python-large", rand("uint8", 3), py(300)),
            ("complex-python-float", c64(3), py(2.0)),
            ("float-python-complex", f32(3), py(1j)),
            ("empty", rand("float32", 0, 3), f32(3)),
            ("strings", strs(3), strs(3)),
        )
    ),
    *(
        case
        for name, fn in BITWISE.items()
        for case in over(f"op-{name}", fn, (*INTS, *UINTS, "bool", "float32"), [((3,), (3,))])
    ),
    *(Case(f"op-{name}-python", fn, [x, y]) for name, fn in BITWISE.items() for x, y in ((bools(3), py(True)),)),
    Case("op-and-int-python", lambda tf, x: x & 6, [ints(3)]),
    Case("op-rand-int-python", lambda tf, x: 6 & x, [ints(3)]),
    Case("op-ror-bool-python", lambda tf, x: [True | x, False ^ x], [bools(3)]),
    *over("op-neg", lambda tf, x: -x, EVERYTHING, [(3,)]),
    *over("op-pos", lambda tf, x: +x, ("float32",), [(3,)]),
    *over("op-abs", lambda tf, x: abs(x), EVERYTHING, [(3,)]),
    *over("op-invert", lambda tf, x: ~x, EVERYTHING, [(3,)]),
    *over(
        "op-pow",
        lambda tf, x, y: x**y,
        (*FLOATS, *COMPLEX),
        [((3,), (3,))],
        make=lambda d, *s: positive(*s, dtype=d),
    ),
    *over("op-pow-int", lambda tf, x: x**2, (*INTS, *UINTS, *FLOATS, *COMPLEX), [(3,)], grad=True),
    *over(
        "op-rpow",
        lambda tf, x: 2**x,
        ("int32", "float32", "int64"),
        [(3,)],
        make=lambda d, *s: arr([0, 1, 3], d),
    ),
    Case(
        "op-pow-negative-int",
        lambda tf, x: x**-1,
        [ints(3)],
        accept={"InvalidArgumentError": "in functions TensorFlow's optimizer picks a kernel that does not exist"},
    ),
    Case(
        "op-pow-grad-at-zero",
        lambda tf, x, y: x**y,
        [arr([0.0, 0.0, 2.0, -1.0]), arr([0.0, 2.0, 0.0, 2.0])],
        grad=True,
    ),
    Case("op-pow-grad-2", lambda tf, x, y: x**y, [positive(3), f32(3)], grad=2),
    Case(
        "op-floordiv-signs",
        lambda tf, x, y: [x // y, x % y],
        [arr([7, -7, 7, -7], "int32"), arr([2, 2, -2, -2], "int32")],
    ),
    Case(
        "op-floordiv-signs-float",
        lambda tf, x, y: [x // y, x % y],
        [arr([7.5, -7.5, 7.5, -7.5]), arr([2, 2, -2, -2])],
    ),
    Case("op-floordiv-zero", lambda tf, x: x // 0, [ints(3)]),
    Case("op-mod-zero", lambda tf, x: x % 0, [ints(3)]),
    Case("op-truediv-int-zero", lambda tf, x: x / 0, [ints(3)]),
    Case("op-truediv-float-zero", lambda tf, x, y: [x / y, x // y, x % y], [special(), arr(0.0)]),
    *over("op-truediv-kinds", lambda tf, x: x / x, (*INTS, *UINTS, "bool"), [(3,)], make=nonzero),
    *over(
        "op-matmul",
        lambda tf, x, y: x @ y,
        (*FLOATS, "int32", "int64", "complex64"),
        [((2, 3), (3, 2)), ((2, 2, 3), (2, 3, 2))],
        grad=True,
    ),
    Case("op-matmul-broadcast", lambda tf, x, y: x @ y, [f32(2, 1, 2, 3), f32(3, 3, 2)], grad=True),
    Case("op-matmul-vector", lambda tf, x, y: x @ y, [f32(2, 3), f32(3)]),
    Case("op-rmatmul-numpy", lambda tf, x: np.ones((2, 2), np.float32) @ x, [f32(2, 3)]),
    Case("op-rmatmul-list", lambda tf, x: [[1.0, 2.0]] @ x, [f32(2, 3)]),
    Case("op-matmul-mismatch", lambda tf, x, y: x @ y, [f32(2, 3), f32(2, 3)]),
    Case("op-compare-special", lambda tf, x, y: [x < y, x == y, x != y, x >= y], [special(), arr(1.0)]),
    Case("op-string-add", lambda tf, x: [x + "!", "<" + x], [strs(3)]),
    Case("op-int-overflow", lambda tf, x: [x + 1, x * 2, -x], [arr([2**31 - 1, -(2**31)], "int32")]),
    Case("op-int8-overflow", lambda tf, x: [x + 100, x * 3], [arr([127, -128, 100], "int8")]),
    Case("op-chained", lambda tf, x: (2.0 * x - 1.0) / (x * x + 1.0) ** 0.5, [f32(2, 3)], grad=2, rank=True),
    Case("op-inplace", lambda tf, x: _inplace(x), [f32(3)], grad=True),
]


def _inplace(x):
    y = x
    y += 1.0
    y *= 2.0
    y -= x
    y /= 3.0
    y **= 2
    return y, x
