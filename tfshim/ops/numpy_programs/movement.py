"""Primitives that place values elsewhere and compute nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim.ops.numpy_programs.program import MOVES, rule

_ANY = "biufc"


def _moves(*names: str) -> Callable[[Any], Any]:
    MOVES.update(names)
    return rule(*names, dtypes=_ANY)


@_moves("broadcast_in_dim")
def _broadcast_in_dim(equation: Any) -> Callable[..., Any]:
    shape, dims = equation.params["shape"], equation.params["broadcast_dimensions"]
    source = equation.invars[0].aval.shape
    expanded = [1] * len(shape)
    for size, dim in zip(source, dims, strict=True):
        expanded[dim] = size
    if tuple(expanded) == tuple(shape):
        return lambda x: x.reshape(shape)
    return lambda x: np.broadcast_to(x.reshape(expanded), shape)


@_moves("reshape", "squeeze", "expand_dims")
def _reshape(equation: Any) -> Callable[..., Any]:
    shape = equation.outvars[0].aval.shape
    return lambda x: x.reshape(shape)


@_moves("transpose")
def _transpose(equation: Any) -> Callable[..., Any]:
    order = equation.params["permutation"]
    return lambda x: x.transpose(order)


@_moves("slice")
def _slice(equation: Any) -> Callable[..., Any]:
    strides = equation.params["strides"] or [1] * len(equation.params["start_indices"])
    index = tuple(
        slice(*bounds)
        for bounds in zip(equation.params["start_indices"], equation.params["limit_indices"], strides, strict=True)
    )
    return lambda x: x[index]


@_moves("dynamic_slice")
def _dynamic_slice(equation: Any) -> Callable[..., Any]:
    sizes, shape = equation.params["slice_sizes"], equation.invars[0].aval.shape

    def take(x, *starts):
        starts = [min(max(int(s), 0), n - size) for s, n, size in zip(starts, shape, sizes, strict=True)]
        return x[tuple(slice(s, s + size) for s, size in zip(starts, sizes, strict=True))]

    return take


@_moves("dynamic_update_slice")
def _dynamic_update_slice(equation: Any) -> Callable[..., Any]:
    shape, sizes = (v.aval.shape for v in equation.invars[:2])

    def put(x, update, *starts):
        starts = [min(max(int(s), 0), n - size) for s, n, size in zip(starts, shape, sizes, strict=True)]
        result = np.array(x)
        result[tuple(slice(s, s + size) for s, size in zip(starts, sizes, strict=True))] = update
        return result

    return put


@_moves("pad")
def _pad(equation: Any) -> Callable[..., Any]:
    config, shape = equation.params["padding_config"], equation.outvars[0].aval.shape

    def pad(x, filler):
        # Spread out first, then cut or filled at the ends.
        wide = [n + max(n - 1, 0) * inner for n, (_, _, inner) in zip(x.shape, config, strict=True)]
        spread = np.full(wide, filler, x.dtype)
        spread[tuple(slice(None, None, inner + 1) for _, _, inner in config)] = x
        kept = tuple(slice(max(-low, 0), n - max(-high, 0)) for n, (low, high, _) in zip(wide, config, strict=True))
        result = np.full(shape, filler, x.dtype)
        inside = spread[kept]
        target = tuple(slice(max(low, 0), max(low, 0) + n) for (low, _, _), n in zip(config, inside.shape, strict=True))
        result[target] = inside
        return result

    return pad


@_moves("concatenate")
def _concatenate(equation: Any) -> Callable[..., Any]:
    axis = equation.params["dimension"]
    return lambda *parts: np.concatenate(parts, axis)


@_moves("stack")
def _stack(equation: Any) -> Callable[..., Any]:
    axis = equation.params["axis"]
    return lambda *parts: np.stack(parts, axis)


@_moves("unstack")
def _unstack(equation: Any) -> Callable[..., Any]:
    axis = equation.params["axis"]
    return lambda x: list(np.moveaxis(x, axis, 0))


@_moves("tile")
def _tile(equation: Any) -> Callable[..., Any]:
    reps = equation.params["reps"]
    return lambda x: np.tile(x, reps)


@_moves("split")
def _split(equation: Any) -> Callable[..., Any]:
    axis, ends = equation.params["axis"], np.cumsum(equation.params["sizes"])[:-1]
    return lambda x: np.split(x, ends, axis)


@_moves("rev")
def _rev(equation: Any) -> Callable[..., Any]:
    axes = tuple(equation.params["dimensions"])
    return lambda x: np.flip(x, axes)


@_moves("iota")
def _iota(equation: Any) -> Callable[..., Any]:
    dtype, shape, axis = (equation.params[k] for k in ("dtype", "shape", "dimension"))
    along = [1] * len(shape)
    along[axis] = shape[axis]
    value = np.broadcast_to(np.arange(shape[axis]).astype(dtype).reshape(along), shape)
    return lambda: value


@_moves("optimization_barrier")
def _optimization_barrier(equation: Any) -> Callable[..., Any]:
    return lambda *values: values
