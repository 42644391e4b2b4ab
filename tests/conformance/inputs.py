"""Deterministic inputs for conformance cases.

Every helper returns an :class:`Input`, a recipe that the runner realises once for TensorFlow and once for
tfshim from the same seed (derived from the case id and the input's position), so that a case always sees
the same numbers.

    f32(2, 3)                     random floats in [-2, 2)
    positive(2, 3), unit(4)       floats in [0.1, 3), in [-0.95, 0.95)
    ints(2, 3, low=0, high=4)     random integers, int32 by default
    bools(4), strs(3)
    arr([[1, 2]], "int64")        these very values
    special(), extremes("int8"), ties(6), spd(3)
    rand("bfloat16", 2, 3)        random values of any dtype
    distinct(2, 3)                no two values alike
    variable(f32(3))              a tf.Variable made outside of the function under test
    numpy_value(f32(3))           handed over as np.ndarray, not as tensor
    py(3)                         handed over as it is

Lists, tuples and dicts of inputs are handed over as lists, tuples and dicts of tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np

FLOATS = ("float16", "bfloat16", "float32", "float64")
WIDE_FLOATS = ("float32", "float64")
COMPLEX = ("complex64", "complex128")
INTS = ("int8", "int16", "int32", "int64")
UINTS = ("uint8", "uint16", "uint32", "uint64")
NUMBERS = FLOATS + INTS + UINTS + COMPLEX
EVERYTHING = NUMBERS + ("bool", "string")
FLOAT8 = ("float8_e5m2", "float8_e4m3fn")


def np_dtype(name: str) -> np.dtype:
    """The NumPy dtype of a TensorFlow dtype name; strings are arrays of bytes objects."""
    if name == "string":
        return np.dtype(object)
    if hasattr(ml_dtypes, name):
        return np.dtype(getattr(ml_dtypes, name))
    return np.dtype(name)


def is_float(name: str) -> bool:
    return name.startswith(("float", "bfloat"))


def is_differentiable(name: str) -> bool:
    return is_float(name) or name.startswith("complex")


@dataclass(frozen=True)
class Input:
    """A recipe for one argument: `make(rng)` gives the NumPy value, `kind` says how it is handed over."""

    make: Callable[[np.random.Generator], Any]
    dtype: str
    kind: str = "tensor"
    label: str = ""

    def realise(self, seed: int) -> Any:
        value = self.make(np.random.default_rng(seed))
        return value if self.kind == "py" else np.asarray(value, dtype=np_dtype(self.dtype))


def _input(make, dtype: str, shape) -> Input:
    return Input(make, dtype, label=f"{dtype}{list(shape)}")


def uniform(dtype: str, *shape: int, low: float = -2.0, high: float = 2.0) -> Input:
    if dtype.startswith("complex"):

        def make(rng):
            return rng.uniform(low, high, shape) + 1j * rng.uniform(low, high, shape)

    else:

        def make(rng):
            return rng.uniform(low, high, shape)

    return _input(make, dtype, shape)


def f16(*shape: int, low=-2.0, high=2.0) -> Input:
    return uniform("float16", *shape, low=low, high=high)


def bf16(*shape: int, low=-2.0, high=2.0) -> Input:
    return uniform("bfloat16", *shape, low=low, high=high)


def f32(*shape: int, low=-2.0, high=2.0) -> Input:
    return uniform("float32", *shape, low=low, high=high)


def f64(*shape: int, low=-2.0, high=2.0) -> Input:
    return uniform("float64", *shape, low=low, high=high)


def c64(*shape: int, low=-2.0, high=2.0) -> Input:
    return uniform("complex64", *shape, low=low, high=high)


def c128(*shape: int, low=-2.0, high=2.0) -> Input:
    return uniform("complex128", *shape, low=low, high=high)


def positive(*shape: int, dtype: str = "float32") -> Input:
    return uniform(dtype, *shape, low=0.1, high=3.0)


def unit(*shape: int, dtype: str = "float32") -> Input:
    return uniform(dtype, *shape, low=-0.95, high=0.95)


def ints(*shape: int, low: int = -5, high: int = 6, dtype: str = "int32") -> Input:
    """Random integers in [low, high)."""
    low = max(low, 0) if dtype.startswith("uint") else low
    return _input(lambda rng: rng.integers(low, high, shape), dtype, shape)


def i64(*shape: int, low: int = -5, high: int = 6) -> Input:
    return ints(*shape, low=low, high=high, dtype="int64")


def bools(*shape: int) -> Input:
    return _input(lambda rng: rng.integers(0, 2, shape).astype(bool), "bool", shape)


def strs(*shape: int) -> Input:
    """Random short byte strings, empty and non-ASCII ones among them."""
    words = np.array([b"", b"a", b"Hello", b"two words", b"tab\t", "häß".encode(), b"\x00\xff", b"42"], dtype=object)
    return _input(lambda rng: words[rng.integers(0, len(words), shape)], "string", shape)


def arr(values: Any, dtype: str = "float32") -> Input:
    if dtype == "string":
        values = _as_bytes(values)
    with np.errstate(all="ignore"):  # infinities overflow in the cast to a narrow type
        value = np.array(values, dtype=np_dtype(dtype))
    return _input(lambda rng: value, dtype, value.shape)


def _as_bytes(values):
    if isinstance(values, (list, tuple)):
        return [_as_bytes(v) for v in values]
    return values.encode() if isinstance(values, str) else values


def zeros(*shape: int, dtype: str = "float32") -> Input:
    return arr(np.zeros(shape, np_dtype(dtype)), dtype)


def ones(*shape: int, dtype: str = "float32") -> Input:
    return arr(np.ones(shape, np_dtype(dtype)), dtype)


def rand(dtype: str, *shape: int) -> Input:
    """Small random values of any dtype."""
    if dtype == "bool":
        return bools(*shape)
    if dtype == "string":
        return strs(*shape)
    if is_differentiable(dtype):
        return uniform(dtype, *shape)
    return ints(*shape, dtype=dtype, high=6)


def nonzero(dtype: str, *shape: int) -> Input:
    """Like `rand` with magnitudes in [1, 3] (divisors)."""

    def make(rng):
        value = rng.uniform(1, 3, shape) if is_differentiable(dtype) else rng.integers(1, 4, shape)
        return value if dtype.startswith("uint") else value * rng.choice([-1, 1], shape)

    return _input(make, dtype, shape)


def distinct(*shape: int, dtype: str = "float32") -> Input:
    """A shuffled arithmetic sequence: no ties."""

    def make(rng):
        count = int(np.prod(shape))
        return (rng.permutation(count) - count // 2).reshape(shape)

    return _input(make, dtype, shape)


def ties(*shape: int, dtype: str = "float32") -> Input:
    """Values from {0, 1, 2} only, so that maxima and sorts tie."""
    return _input(lambda rng: rng.integers(0, 3, shape), dtype, shape)


def special(dtype: str = "float32") -> Input:
    """NaN, infinities, both zeros, halves (rounding), the largest and the smallest normal numbers."""
    info = ml_dtypes.finfo(np_dtype(dtype))
    values = [
        np.nan,
        np.inf,
        -np.inf,
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        1.5,
        2.5,
        -0.5,
        -1.5,
        -2.5,
        0.1,
        1e-4,
        30.0,
        -30.0,
    ]
    return arr([*values, float(info.max), float(info.min), float(info.tiny)], dtype)


def extremes(dtype: str = "int32") -> Input:
    info = np.iinfo(dtype)
    values = {info.min, info.min + 1, 0, 1, 2, 3, info.max // 2, info.max - 1, info.max}
    if info.min < 0:
        values |= {-1, -2, -3}
    return arr(sorted(values), dtype)


def spd(n: int, *batch: int, dtype: str = "float32") -> Input:
    """Symmetric (Hermitian) positive definite matrices, well conditioned."""

    def make(rng):
        a = rng.uniform(-1, 1, (*batch, n, n))
        if dtype.startswith("complex"):
            a = a + 1j * rng.uniform(-1, 1, (*batch, n, n))
        return a @ np.conj(np.swapaxes(a, -1, -2)) + n * np.eye(n)

    return _input(make, dtype, (*batch, n, n))


def variable(value: Input) -> Input:
    return Input(value.make, value.dtype, "variable", f"variable:{value.label}")


def numpy_value(value: Input) -> Input:
    return Input(value.make, value.dtype, "numpy", f"numpy:{value.label}")


def py(value: Any) -> Input:
    return Input(lambda rng: value, "", "py", repr(value))
