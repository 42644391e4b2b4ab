"""Describing results as plain values, and comparing two descriptions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

_SHAPED = ("Tensor", "Variable", "ndarray")


@dataclass
class Value:
    """A described result: `kind` names what it is; `items` its parts (by name or position); else `data`."""

    kind: str
    data: Any = None
    dtype: str = ""
    shape: list | None = None
    items: dict[Any, Value] | None = None

    def __str__(self) -> str:
        if self.items is not None:
            return f"{self.kind}({', '.join(f'{k}: {v}' for k, v in self.items.items())})"
        if self.kind in _SHAPED:
            text = np.array2string(np.asarray(self.data), threshold=8)
            return f"{self.kind}<{self.dtype}, {self.shape}>({text})"
        return f"{self.kind}({self.data!r})"


def flatten(x: Any) -> list:
    """Leaves of nested lists, tuples and dicts (in key order), Nones left out."""
    if isinstance(x, Mapping):
        return [leaf for k in sorted(x) for leaf in flatten(x[k])]
    if isinstance(x, (list, tuple)):
        return [leaf for item in x for leaf in flatten(item)]
    return [] if x is None else [x]


def _parts(tf: Any, kind: str, parts: Mapping, static: bool) -> Value:
    return Value(kind, items={k: describe(tf, v, static) for k, v in parts.items()})


def describe(tf: Any, x: Any, static: bool = False) -> Value:
    """A result in terms of no module. `static`: no values, the shapes known while tracing."""
    if x is None or isinstance(x, (bool, int, float, complex, str, bytes)):
        return Value(type(x).__name__, x)
    for kind in ("Variable", "Tensor"):
        if _is(tf, x, kind):
            return _describe_tensor(kind, x, static)
    if isinstance(x, (np.ndarray, np.generic)):
        return Value("ndarray", np.asarray(x), x.dtype.name, list(x.shape))
    if _is(tf, x, "TensorShape"):
        return Value("TensorShape", None if x.rank is None else x.as_list())
    if _is(tf, x, "DType"):
        return Value("DType", x.name)
    if isinstance(x, type):
        return Value("type", x.__name__)
    if isinstance(x, BaseException):
        return Value("error", type(x).__name__)
    return _describe_composite(tf, x, static)


def _is(tf: Any, x: Any, name: str) -> bool:
    # A module that lacks a class has no objects of it: a missing name fails the cases that use it, not all.
    return isinstance(x, getattr(tf, name, ()))


def _describe_tensor(kind: str, x: Any, static: bool) -> Value:
    shape = None if x.shape.rank is None else x.shape.as_list()
    data = None if static or not hasattr(x, "numpy") else x.numpy()
    if data is not None and x.dtype.name in ("resource", "variant"):
        data = None
    return Value(kind, data, x.dtype.name, shape)


def _describe_composite(tf: Any, x: Any, static: bool) -> Value:
    name = type(x).__name__
    if name in ("IndexedSlices", "IndexedSlicesValue"):
        return _parts(tf, name, {k: getattr(x, k) for k in ("values", "indices", "dense_shape")}, static)
    if name in ("SparseTensor", "SparseTensorValue"):
        return _parts(tf, name, {k: getattr(x, k) for k in ("indices", "values", "dense_shape")}, static)
    if name == "RaggedTensor":
        return _parts(tf, name, {"values": x.values, "row_splits": x.row_splits, "shape": x.shape}, static)
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return _parts(tf, name, x._asdict(), static)
    if isinstance(x, Mapping):
        return _parts(tf, "dict", {str(k): x[k] for k in x}, static)
    if isinstance(x, (set, frozenset)):
        return _parts(tf, "set", dict(enumerate(sorted(x))), static)
    # Trackable list and tuple wrappers are lists and tuples to their users.
    for base in (list, tuple):
        if isinstance(x, base):
            return _parts(tf, base.__name__, dict(enumerate(x)), static)
    return Value("object", name)


def compare(expected: Value, got: Value, path: str, **options) -> list[str]:
    """The differences between two descriptions, one line each."""
    if expected.kind != got.kind:
        return [f"{path}: expected {str(expected)[:200]}, got {str(got)[:200]}"]
    if expected.items is not None:
        return _compare_items(expected, got, path, options)
    if expected.kind in _SHAPED:
        return _compare_arrays(expected, got, path, **options)
    if expected.kind in ("float", "complex"):
        tolerances = options.get("tolerances", {}).get("float64", (0.0, 0.0))
        left, right = np.asarray(expected.data), np.asarray(got.data)
        return _compare_numbers(left, right, path, max(tolerances[0], 1e-6), tolerances[1])
    left, right = (_plain(v.data) for v in (expected, got))
    return [] if left == right else [f"{path}: expected {left!r}, got {right!r}"]


def _plain(data: Any) -> Any:
    # Addresses differ from run to run.
    return re.sub(r"0x[0-9a-f]{6,}", "0x…", data) if isinstance(data, str) else data


def _compare_items(expected: Value, got: Value, path: str, options: dict) -> list[str]:
    if list(expected.items) != list(got.items):
        what = "length" if expected.kind in ("list", "tuple") else "keys"
        left, right = (len(v.items) if what == "length" else list(v.items) for v in (expected, got))
        return [f"{path}: {what}: expected {left}, got {right}"]
    found = []
    for key, value in expected.items.items():
        found += compare(value, got.items[key], f"{path}[{key}]", **options)
    return found


def _compare_arrays(
    expected: Value,
    got: Value,
    path: str,
    tolerances: Mapping[str, tuple[float, float]] | None = None,
    values: bool = True,
    exact: bool = False,
    negative_zero: bool = False,
    finer: bool = False,
) -> list[str]:
    if expected.dtype != got.dtype:
        return [f"{path}: dtype: expected {expected.dtype}, got {got.dtype}"]
    if expected.shape != got.shape and not (finer and _is_finer(got.shape, expected.shape)):
        return [f"{path}: shape: expected {_dims(expected.shape)}, got {_dims(got.shape)}"]
    if expected.data is None or got.data is None:
        return [] if (expected.data is None) == (got.data is None) else [f"{path}: only one has a value"]
    if not values:
        return []
    left, right = np.asarray(expected.data), np.asarray(got.data)
    if left.dtype != right.dtype or left.shape != right.shape:
        return [f"{path}: numpy(): expected {left.dtype}{left.shape}, got {right.dtype}{right.shape}"]
    rtol, atol = (tolerances or {}).get(expected.dtype, (0.0, 0.0))
    if exact:
        rtol = atol = 0.0
    return _compare_numbers(left, right, path, rtol, atol, negative_zero)


def _dims(shape: list | None) -> str:
    return "unknown" if shape is None else str(tuple(shape))


def _is_finer(shape: list | None, than: list | None) -> bool:
    if than is None:
        return True
    return (
        shape is not None and len(shape) == len(than) and all(b in (None, a) for a, b in zip(shape, than, strict=True))
    )


def _compare_numbers(left, right, path, rtol, atol, negative_zero=False) -> list[str]:
    """Arrays of one dtype and shape: equal NaNs and infinities, the rest within the tolerances."""
    if left.dtype.kind in "biuOSU":
        wrong = np.asarray(left != right)
    else:
        wide = np.complex128 if left.dtype.kind == "c" else np.float64
        a, b = left.astype(wide), right.astype(wide)
        with np.errstate(all="ignore"):
            near = np.abs(a - b) <= atol + rtol * np.abs(a)
        finite = np.isfinite(a) & np.isfinite(b)
        wrong = ~np.where(finite, near, (a == b) | (np.isnan(a) & np.isnan(b)))
        if negative_zero:
            wrong |= (a == 0) & (b == 0) & (np.signbit(a.real) != np.signbit(b.real))
    if not wrong.any():
        return []
    where = np.argwhere(wrong)
    first = tuple(int(i) for i in where[0])
    at = f" at {list(first)}" if left.ndim else ""
    line = f"{path}: {len(where)} of {left.size} differ: expected {left[first]!r}, got {right[first]!r}{at}"
    if left.dtype.kind not in "bOSU" and left.size <= 12:
        line += f" (all: expected {left.tolist()}, got {right.tolist()})"
    return [line]
