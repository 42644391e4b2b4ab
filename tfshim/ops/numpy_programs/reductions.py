"""Primitives that reduce, accumulate or order along axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim.ops.numpy_programs.program import MOVES, Unsupported, rule

_REDUCERS = {
    "reduce_sum": np.add,
    "reduce_prod": np.multiply,
    "reduce_max": np.maximum,
    "reduce_min": np.minimum,
    "reduce_and": np.bitwise_and,
    "reduce_or": np.bitwise_or,
    "reduce_xor": np.bitwise_xor,
}


@rule("reduce_sum", "reduce_prod", dtypes="iufc")
@rule("reduce_max", "reduce_min", "reduce_and", "reduce_or", "reduce_xor", dtypes="biuf")
def _reduce(equation: Any) -> Callable[..., Any]:
    name, axes = equation.primitive.name, tuple(equation.params["axes"])
    dtype = equation.outvars[0].aval.dtype
    reducer = _REDUCERS[name]
    initial: Any = None
    if name in ("reduce_max", "reduce_min"):
        initial = _extreme(dtype, lowest=name == "reduce_max")
    elif name == "reduce_and":
        initial = dtype.type(True) if dtype.kind == "b" else dtype.type(-1)
    if initial is None:
        return lambda x: reducer.reduce(x, axes, dtype)
    return lambda x: reducer.reduce(x, axes, dtype, initial=initial)


def _extreme(dtype: np.dtype, lowest: bool) -> Any:
    if dtype.kind == "b":
        return np.bool_(not lowest)
    if dtype.kind == "f":
        return dtype.type(-np.inf if lowest else np.inf)
    return dtype.type(np.iinfo(dtype).min if lowest else np.iinfo(dtype).max)


@rule("argmax", "argmin", dtypes="biuf")
def _arg_extreme(equation: Any) -> Callable[..., Any]:
    (axis,) = equation.params["axes"]
    dtype = np.dtype(equation.params["index_dtype"])
    find = np.argmax if equation.primitive.name == "argmax" else np.argmin
    return lambda x: np.asarray(find(x, axis)).astype(dtype)


_ACCUMULATORS = {"cumsum": np.add, "cumprod": np.multiply, "cummax": np.maximum, "cummin": np.minimum}


@rule(*_ACCUMULATORS, dtypes="iufc")
def _accumulate(equation: Any) -> Callable[..., Any]:
    axis, dtype = equation.params["axis"], equation.outvars[0].aval.dtype
    accumulator = _ACCUMULATORS[equation.primitive.name]
    if equation.params["reverse"]:
        return lambda x: np.flip(accumulator.accumulate(np.flip(x, axis), axis, dtype), axis)
    return lambda x: accumulator.accumulate(x, axis, dtype)


@rule("cumlogsumexp", dtypes="f")
def _cumlogsumexp(equation: Any) -> Callable[..., Any]:
    axis = equation.params["axis"]
    if equation.params["reverse"]:
        return lambda x: np.flip(np.logaddexp.accumulate(np.flip(x, axis), axis), axis)
    return lambda x: np.logaddexp.accumulate(x, axis)


@rule("sort", dtypes="biuf")
def _sort(equation: Any) -> Callable[..., Any]:
    axis, keys = equation.params["dimension"], equation.params["num_keys"]

    def ordered(*operands):
        # The last key of lexsort is the first to count.
        order = np.argsort(operands[0], axis, kind="stable") if keys == 1 else np.lexsort(operands[:keys][::-1], axis)
        return [np.take_along_axis(o, order, axis) for o in operands]

    return ordered


@rule("top_k", dtypes="iuf")
def _top_k(equation: Any) -> Callable[..., Any]:
    k, n = equation.params["k"], equation.invars[0].aval.shape[-1]
    if equation.params.get("axis", -1) not in (-1, len(equation.invars[0].aval.shape) - 1):
        raise Unsupported("top_k along an inner axis")
    index_dtype = equation.outvars[1].aval.dtype

    def largest(x):
        # The stable order of the reversed row, read from its end: of equal values the first comes first.
        order = (n - 1 - np.argsort(x[..., ::-1], -1, kind="stable"))[..., ::-1][..., :k]
        return [np.take_along_axis(x, order, -1), order.astype(index_dtype)]

    return largest


MOVES.update({"sort", "top_k"})
