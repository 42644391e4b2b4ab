"""Gathers and scatters in their general form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jax.lax import GatherScatterMode

from tfshim.ops.numpy_programs.program import MOVES, Unsupported, rule

_MODES = {
    GatherScatterMode.CLIP: "clip",
    GatherScatterMode.PROMISE_IN_BOUNDS: "clip",
    GatherScatterMode.FILL_OR_DROP: "fill",
}


def _mode(equation: Any) -> str:
    mode = _MODES.get(equation.params["mode"])
    if mode is None:
        raise Unsupported(f"mode {equation.params['mode']}")
    return mode


class _Windows:
    """Where the windows of a gather or scatter lie in the operand."""

    def __init__(
        self,
        shape: Sequence[int],
        sizes: Sequence[int],
        indexed: Sequence[int],
        collapsed: Sequence[int],
        batching: Sequence[int],
        index_batching: Sequence[int],
    ):
        self.shape = shape
        self.sizes = sizes
        self.indexed = list(indexed)
        self.batching = dict(zip(batching, index_batching, strict=True))
        self.window_dims = [d for d in range(len(shape)) if d not in collapsed and d not in self.batching]

    def locate(self, indices: np.ndarray) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
        """For each dimension the coordinates, shape (batch…, window…), clipped; and which windows lie inside."""
        batch = indices.shape[:-1]
        inside = np.ones(batch, bool)
        coordinates = []
        for dim, (n, size) in enumerate(zip(self.shape, self.sizes, strict=True)):
            start: Any = 0
            if dim in self.indexed:
                raw = indices[..., self.indexed.index(dim)].astype(np.int64)
                inside &= (raw >= 0) & (raw <= n - size)
                start = np.clip(raw, 0, max(n - size, 0))
            elif dim in self.batching:
                start = np.indices(batch, sparse=True)[self.batching[dim]]
            start = np.asarray(start)
            start = start.reshape(start.shape + (1,) * len(self.window_dims))
            if dim in self.window_dims:
                along = [1] * len(self.window_dims)
                along[self.window_dims.index(dim)] = size
                start = start + np.arange(size).reshape(along)
            coordinates.append(start)
        return tuple(coordinates), inside


def _order(rank: int, window_positions: Sequence[int]) -> list[int]:
    """The permutation from (batch…, window…) to windows at their positions."""
    batch = rank - len(window_positions)
    places = {position: batch + i for i, position in enumerate(window_positions)}
    others = iter(range(batch))
    return [places[p] if p in places else next(others) for p in range(rank)]


@rule("gather", dtypes="biufc")
def _gather(equation: Any) -> Callable[..., Any]:
    numbers, mode = equation.params["dimension_numbers"], _mode(equation)
    operand, output = equation.invars[0].aval, equation.outvars[0].aval
    if 0 in operand.shape:
        raise Unsupported("gather from nothing")
    windows = _Windows(
        operand.shape,
        equation.params["slice_sizes"],
        numbers.start_index_map,
        numbers.collapsed_slice_dims,
        numbers.operand_batching_dims,
        numbers.start_indices_batching_dims,
    )
    order = _order(len(output.shape), numbers.offset_dims)
    filler = equation.params["fill_value"]
    if filler is None:
        filler = _default_filler(operand.dtype)
    extra = (1,) * len(windows.window_dims)

    def gather(x, indices):
        coordinates, inside = windows.locate(indices)
        taken = x[coordinates] if coordinates else x
        taken = np.broadcast_to(taken, [output.shape[order.index(i)] for i in range(len(order))])
        if mode == "fill" and not inside.all():
            taken = np.where(inside.reshape(inside.shape + extra), taken, filler)
        return taken.transpose(order)

    return gather


def _default_filler(dtype: np.dtype) -> Any:
    if dtype.kind in "fc":
        return dtype.type(np.nan)
    if dtype.kind == "b":
        return np.bool_(True)
    return dtype.type(np.iinfo(dtype).min if dtype.kind == "i" else np.iinfo(dtype).max)


_SCATTERS = {
    "scatter-add": np.add,
    "scatter_add": np.add,
    "scatter_sub": np.subtract,
    "scatter-sub": np.subtract,
    "scatter_mul": np.multiply,
    "scatter-mul": np.multiply,
    "scatter_min": np.minimum,
    "scatter-min": np.minimum,
    "scatter_max": np.maximum,
    "scatter-max": np.maximum,
}


@rule("scatter", *_SCATTERS, dtypes="biufc")
def _scatter(equation: Any) -> Callable[..., Any]:
    numbers, mode = equation.params["dimension_numbers"], _mode(equation)
    operand, updates = equation.invars[0].aval, equation.invars[2].aval
    combine = _SCATTERS.get(equation.primitive.name)
    not_windows = (*numbers.inserted_window_dims, *numbers.operand_batching_dims)
    window_sizes = iter([updates.shape[d] for d in numbers.update_window_dims])
    sizes = [1 if d in not_windows else next(window_sizes) for d in range(len(operand.shape))]
    windows = _Windows(
        operand.shape,
        sizes,
        numbers.scatter_dims_to_operand_dims,
        numbers.inserted_window_dims,
        numbers.operand_batching_dims,
        numbers.scatter_indices_batching_dims,
    )
    order = np.argsort(_order(len(updates.shape), numbers.update_window_dims))

    def scatter(x, indices, values):
        coordinates, inside = windows.locate(indices)
        values = values.transpose(order)
        result = np.array(x)
        if mode == "fill":
            coordinates = tuple(np.broadcast_to(c, values.shape)[inside] for c in coordinates)
            values = values[inside]
        if combine is None:
            result[coordinates] = values
        else:
            combine.at(result, coordinates, values)
        return result

    return scatter


MOVES.update({"gather", "scatter"})
