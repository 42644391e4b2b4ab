"""Primitives that work element by element."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim.ops.numpy_programs.program import MOVES, Unsupported, rule


def _lgamma_of(x: float) -> float:
    if math.isinf(x) or (x <= 0 and x == math.floor(x)):
        return math.inf
    return math.lgamma(x)


_SAME = {
    "add": np.add,
    "add_any": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "neg": np.negative,
    "eq": np.equal,
    "ne": np.not_equal,
    "copy": lambda x: x,
    "copy_p": lambda x: x,
    "stop_gradient": lambda x: x,
    "square": np.square,
}
_REAL = {
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "max": np.maximum,
    "min": np.minimum,
    "is_finite": np.isfinite,
    "clamp": lambda low, x, high: np.minimum(np.maximum(x, low), high),
}
_FLOAT = {
    "exp": np.exp,
    "exp2": np.exp2,
    "log": np.log,
    "log1p": np.log1p,
    "expm1": np.expm1,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "atan2": np.arctan2,
    "sqrt": np.sqrt,
    "cbrt": np.cbrt,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "logistic": lambda x: 1 / (1 + np.exp(-x)),
    "one_minus_square": lambda x: (1 + x) * (1 - x),
    "floor": np.floor,
    "ceil": np.ceil,
    "nextafter": np.nextafter,
}
# Python has them for single numbers, in double precision.
_SINGLE = {"erf": math.erf, "erfc": math.erfc, "lgamma": _lgamma_of}
# By SciPy, which comes with JAX; loaded when the first of them is asked for, for it takes a while.
_SPECIAL = {
    "erf_inv": "erfinv",
    "igamma": "gammainc",
    "igammac": "gammaincc",
    "regularized_incomplete_beta": "betainc",
    "bessel_i0e": "i0e",
    "bessel_i1e": "i1e",
}


def _declare(table: dict[str, Callable[..., Any]], dtypes: str) -> None:
    for name, function in table.items():
        rule(name, dtypes=dtypes)(lambda equation, function=function: function)


_declare(_SAME, "biufc")
_declare(_REAL, "biuf")
_declare(_FLOAT, "fb")
MOVES.update({"copy", "copy_p", "stop_gradient", "select_n", "bitcast_convert_type", "neg", "abs", "not"})


def _single(equation: Any) -> Callable[..., Any]:
    function, aval = _SINGLE[equation.primitive.name], equation.outvars[0].aval

    def each(x):
        return np.array([function(v) for v in np.ravel(x).tolist()], aval.dtype).reshape(aval.shape)

    return each


rule(*_SINGLE, dtypes="f")(_single)


def _special(equation: Any) -> Callable[..., Any]:
    return getattr(importlib.import_module("scipy.special"), _SPECIAL[equation.primitive.name])


rule(*_SPECIAL, dtypes="f")(_special)


@rule("div", dtypes="iufc")
def _div(equation: Any) -> Callable[..., Any]:
    kind = equation.outvars[0].aval.dtype.kind
    if kind == "c":
        raise Unsupported("complex division")
    return np.divide if kind == "f" else _int_div


def _int_div(x, y):
    # Towards zero; XLA gives all ones for a division by zero, and the smallest number divided by -1 is itself.
    zero, minus = y == 0, y == (-1 if y.dtype.kind == "i" else 0)
    safe = np.where(zero | minus, np.ones_like(y), y)
    quotient = (x - np.fmod(x, safe)) // safe
    return np.where(zero, np.array(-1).astype(x.dtype), np.where(minus & ~zero, np.negative(x), quotient))


@rule("rem", dtypes="iuf")
def _rem(equation: Any) -> Callable[..., Any]:
    return np.fmod if equation.outvars[0].aval.dtype.kind == "f" else _int_rem


def _int_rem(x, y):
    zero, minus = y == 0, y == (-1 if y.dtype.kind == "i" else 0)
    remainder = np.fmod(x, np.where(zero | minus, np.ones_like(y), y))
    return np.where(zero, x, remainder)


@rule("pow", dtypes="iuf")
def _pow(equation: Any) -> Callable[..., Any]:
    base, exponent = (v.aval.dtype for v in equation.invars)
    if base.kind != "f":
        raise Unsupported("integer powers")
    return np.power if exponent == base else lambda x, y: np.power(x, np.asarray(y).astype(base))


@rule("integer_pow", dtypes="iuf")
def _integer_pow(equation: Any) -> Callable[..., Any]:
    exponent = equation.params["y"]

    def power(x):
        result, square, left = None, x, abs(exponent)
        while left:
            if left & 1:
                result = square if result is None else result * square
            left >>= 1
            if left:
                square = square * square
        if result is None:
            return np.ones_like(x)
        return 1 / result if exponent < 0 else result

    if exponent < 0 and equation.outvars[0].aval.dtype.kind != "f":
        raise Unsupported("negative powers of integers")
    return power


@rule("abs", dtypes="iufc")
def _abs(equation: Any) -> Callable[..., Any]:
    return np.abs


@rule("sign", dtypes="iuf")
def _sign(equation: Any) -> Callable[..., Any]:
    if equation.outvars[0].aval.dtype.kind != "f":
        return np.sign
    # Zeros keep their sign.
    return lambda x: np.where((x == 0) | np.isnan(x), x, np.sign(x))


@rule("round", dtypes="f")
def _round(equation: Any) -> Callable[..., Any]:
    if int(equation.params["rounding_method"]) != 1:
        raise Unsupported("rounding away from zero")
    return np.rint


_BITS = {"and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor, "not": np.invert}
_declare(_BITS, "biu")


@rule("population_count", dtypes="iu")
def _population_count(equation: Any) -> Callable[..., Any]:
    dtype = equation.outvars[0].aval.dtype
    unsigned = np.dtype(f"u{dtype.itemsize}")
    return lambda x: np.bitwise_count(np.asarray(x).view(unsigned)).astype(dtype)


@rule("shift_left", "shift_right_logical", "shift_right_arithmetic", dtypes="iu")
def _shift(equation: Any) -> Callable[..., Any]:
    dtype = equation.outvars[0].aval.dtype
    bits = dtype.itemsize * 8
    unsigned = np.dtype(f"u{dtype.itemsize}")
    name = equation.primitive.name
    signed = np.dtype(f"i{dtype.itemsize}") if name == "shift_right_arithmetic" else unsigned

    def shift(x, by):
        # Amounts count as unsigned numbers; beyond the width nothing remains, or the sign.
        by = np.asarray(by).view(unsigned)
        value = np.asarray(x).view(signed)
        beyond = by >= bits
        by = np.where(beyond, unsigned.type(bits - 1), by)
        if name == "shift_left":
            shifted = np.where(beyond, unsigned.type(0), value << by)
        elif name == "shift_right_logical":
            shifted = np.where(beyond, unsigned.type(0), value >> by)
        else:
            shifted = value >> by.astype(signed)
        return shifted.view(dtype)

    return shift


@rule("select_n", dtypes="biufc")
def _select_n(equation: Any) -> Callable[..., Any]:
    if equation.invars[0].aval.dtype.kind == "b":
        return lambda which, false, true: np.where(which, true, false)
    return lambda which, *cases: np.select([which == i for i in range(len(cases))], cases)


@rule("convert_element_type", dtypes="biufc")
def _convert(equation: Any) -> Callable[..., Any]:
    source, target = equation.invars[0].aval.dtype, equation.params["new_dtype"]
    target = np.dtype(target)
    if source == target:
        return lambda x: x
    if target.kind == "b":
        return lambda x: x != 0
    if source.kind == "c" and target.kind != "c":
        if target.kind != "f":
            raise Unsupported("complex numbers to integers")
        return lambda x: np.real(x).astype(target)
    if source.kind == "f" and target.kind in "iu":
        return lambda x: _saturated(np.asarray(x), target)
    return lambda x: np.asarray(x).astype(target)


def _saturated(x: np.ndarray, target: np.dtype) -> np.ndarray:
    # XLA stops at the ends of the range, and NaN becomes zero.
    low, high = np.iinfo(target).min, np.iinfo(target).max
    inside = (x > low) & (x < float(high))
    whole = np.where(inside, x, 0).astype(target)
    whole = np.where(x >= float(high), target.type(high), whole)
    return np.where(x <= low, target.type(low), whole)


@rule("bitcast_convert_type", dtypes="iuf")
def _bitcast(equation: Any) -> Callable[..., Any]:
    source, target = equation.invars[0].aval, equation.outvars[0].aval
    if source.dtype.itemsize != target.dtype.itemsize:
        return lambda x: np.ascontiguousarray(x).reshape(-1).view(target.dtype).reshape(target.shape)
    return lambda x: np.asarray(x).view(target.dtype)


_TOTAL = {"eq_to": np.equal, "le_to": np.less_equal, "lt_to": np.less}


@rule(*_TOTAL, dtypes="biuf")
def _total_order(equation: Any) -> Callable[..., Any]:
    compare, dtype = _TOTAL[equation.primitive.name], equation.invars[0].aval.dtype
    if dtype.kind != "f":
        return compare
    signed = np.dtype(f"i{dtype.itemsize}")

    def ordinal(x):
        # As integers floats are in order, but for the negative ones, which are in reverse.
        bits = np.asarray(x).view(signed)
        return bits ^ ((bits >> (8 * dtype.itemsize - 1)) & np.iinfo(signed).max)

    return lambda x, y: compare(ordinal(x), ordinal(y))


_COMPLEX = {
    "real": np.real,
    "imag": np.imag,
    "conj": np.conj,
}
_declare(_COMPLEX, "fc")


@rule("complex", dtypes="fc")
def _complex(equation: Any) -> Callable[..., Any]:
    aval = equation.outvars[0].aval

    def join(real, imaginary):
        result = np.empty(aval.shape, aval.dtype)
        result.real, result.imag = real, imaginary
        return result

    return join


@rule("digamma", dtypes="f")
def _digamma(equation: Any) -> Callable[..., Any]:
    psi = importlib.import_module("scipy.special").psi
    # A pole has no value from either side. SciPy knows no half precision: it would answer in double.
    return lambda x: np.where((x <= 0) & (x == np.floor(x)), np.asarray(np.nan, x.dtype), psi(x).astype(x.dtype))


@rule("zeta", dtypes="f")
def _zeta(equation: Any) -> Callable[..., Any]:
    zeta = importlib.import_module("scipy.special").zeta
    # At a pole SciPy answers with infinity for every order, XLA for even ones only.
    return lambda x, q: np.where(
        (q <= 0) & (q == np.floor(q)) & (x % 2 != 0) & (x > 1), np.asarray(np.nan, x.dtype), zeta(x, q).astype(x.dtype)
    )


@rule("polygamma", dtypes="f")
def _polygamma(equation: Any) -> Callable[..., Any]:
    special = importlib.import_module("scipy.special")

    def polygamma(n, x):
        derivative = np.where(n % 2 == 0, -1, 1).astype(x.dtype) * special.gamma(n + 1) * special.zeta(n + 1, x)
        value = np.where(n == 0, special.psi(x), derivative).astype(x.dtype)
        return np.where((n < 0) | (n != np.floor(n)), np.asarray(np.nan, x.dtype), value)

    return polygamma
