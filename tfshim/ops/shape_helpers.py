"""What shape functions and kernels share: broadcasting, axes, and their error messages.

Concrete shapes are tuples of integers; static shapes are `TensorShape`s, in which sizes may be unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tfshim.dtypes import DType
from tfshim.errors import InvalidArgumentError, NotFoundError
from tfshim.ops.registry import shape_function
from tfshim.shapes import TensorShape, from_dims

Dims = tuple[int | None, ...]

SCALAR = from_dims(())
UNKNOWN = from_dims(None)


def missing_kernel(op_name: str, dtype: np.dtype | DType) -> NotFoundError:
    """The eager error of an op that TensorFlow declares for a dtype but has no kernel for; functions refuse it."""
    return NotFoundError(None, None, f"Could not find a kernel of {op_name} for dtype {dtype.name}")


def invalid(message: str) -> InvalidArgumentError:
    """The error of an op whose arguments do not fit together."""
    return InvalidArgumentError(None, None, message)


def shape_text(dims: Iterable[int | None]) -> str:
    """A shape as TensorFlow's messages print it: `[2,?]`."""
    return "[" + ",".join("?" if d is None else str(d) for d in dims) + "]"


# Concrete shapes -----------------------------------------------------------------------------------------


def broadcast_dims(x: Sequence[int], y: Sequence[int]) -> tuple[int, ...]:
    """The shape that two concrete shapes broadcast to; InvalidArgumentError if they do not."""
    try:
        return np.broadcast_shapes(x, y)
    except ValueError:
        raise invalid(f"Incompatible shapes: {shape_text(x)} vs. {shape_text(y)}") from None


def check_broadcast(x: Any, y: Any) -> None:
    """Raises InvalidArgumentError unless the two arrays broadcast against each other."""
    if x.shape != y.shape:
        broadcast_dims(x.shape, y.shape)


def normalize_axes(indices: np.ndarray, rank: int, repeated: bool = False) -> tuple[int, ...]:
    """Reduction axes as non-negative ascending integers; refuses absent and (by default) repeated ones."""
    axes = []
    for index in np.ravel(indices).tolist():
        if not -rank <= index < rank:
            raise invalid(f"Invalid reduction dimension ({index} for input with {rank} dimension(s)")
        axis = index + rank if index < 0 else index
        if axis not in axes:
            axes.append(axis)
        elif not repeated:
            raise invalid(f"Invalid reduction arguments: Axes contains duplicate dimension: {axis}")
    return tuple(sorted(axes))


# Static shapes -------------------------------------------------------------------------------------------


def broadcast_static(x: TensorShape, y: TensorShape) -> TensorShape:
    """The static shape that two static shapes broadcast to.

    An unknown size against one greater than 1 is that size: nothing else can work at run time. Against 1 or
    another unknown one it stays unknown.
    """
    a, b = x._dims, y._dims
    if a is None or b is None:
        return UNKNOWN
    if a == b:
        return x
    n, m = len(a), len(b)
    rank = max(n, m)
    dims: list[int | None] = []
    for p, q in zip((1,) * (rank - n) + a, (1,) * (rank - m) + b, strict=True):
        if p == q or q == 1:
            dims.append(p)
        elif p == 1:
            dims.append(q)
        elif p is None or q is None:
            # Against 0 the other may turn out to be 1.
            dims.append((p or q) or None)
        else:
            raise invalid(
                f"Dimensions must be equal, but are {p} and {q}, with input shapes: {shape_text(a)}, {shape_text(b)}."
            )
    return from_dims(tuple(dims))


def at_least_rank(shape: TensorShape, rank: int) -> None:
    """Refuses a shape of known lower rank."""
    if shape._dims is not None and len(shape._dims) < rank:
        raise invalid(f"Shape must be at least rank {rank} but is rank {len(shape._dims)}")


def exactly_rank(shape: TensorShape, rank: int) -> None:
    """Refuses a shape of another known rank."""
    if shape._dims is not None and len(shape._dims) != rank:
        raise invalid(f"Shape must be rank {rank} but is rank {len(shape._dims)}")


def exactly_rank_at_most(shape: TensorShape, rank: int) -> None:
    """Refuses a shape of known higher rank."""
    if shape._dims is not None and len(shape._dims) > rank:
        raise invalid(f"Shape must be at most rank {rank} but is rank {len(shape._dims)}")


def reduced_static(shape: TensorShape, indices: np.ndarray | None, keep_dims: bool) -> TensorShape:
    """The static shape of a reduction of `shape` over `indices` (None: not known when the graph is built)."""
    dims = shape._dims
    if dims is None:
        return UNKNOWN
    if indices is None:
        return from_dims((None,) * len(dims)) if keep_dims else UNKNOWN
    # TensorFlow finds a repeated axis only when the op runs.
    axes = normalize_axes(indices, len(dims), repeated=True)
    if keep_dims:
        return from_dims(tuple(1 if i in axes else d for i, d in enumerate(dims)))
    return from_dims(tuple(d for i, d in enumerate(dims) if i not in axes))


# Shape functions that whole families share ---------------------------------------------------------------


def same_shape(*names: str) -> None:
    """Registers ops whose only output has the shape of their first input."""
    shape_function(*names)(_first_input)


def _first_input(op: Any) -> TensorShape:
    return op.shape(0)


def broadcast_shape(*names: str) -> None:
    """Registers ops of two inputs that broadcast against each other."""
    shape_function(*names)(_broadcast_inputs)


def _broadcast_inputs(op: Any) -> TensorShape:
    return broadcast_static(op.shape(0), op.shape(1))


def merged_shape(*names: str) -> None:
    """Registers ops whose inputs and only output have one and the same shape."""
    shape_function(*names)(_merge_inputs)


def _merge_inputs(op: Any) -> TensorShape:
    return merge_static([op.shape(i) for i in range(len(op))])


def merge_static(shapes: Iterable[TensorShape]) -> TensorShape:
    """What several static shapes that must be equal say together; InvalidArgumentError if two differ."""
    merged = UNKNOWN
    for shape in shapes:
        if not merged.is_compatible_with(shape):
            raise invalid(_disagreement(merged._dims, shape._dims))
        merged = merged.merge_with(shape)
    return merged


def _disagreement(a: Dims, b: Dims) -> str:
    if len(a) != len(b):
        return f"Shapes must be equal rank, but are {len(a)} and {len(b)}"
    i = next(i for i, (x, y) in enumerate(zip(a, b, strict=True)) if None not in (x, y) and x != y)
    return (
        f"Dimension {i} in both shapes must be equal, but are {a[i]} and {b[i]}. Shapes are {shape_text(a)} and "
        f"{shape_text(b)}."
    )
