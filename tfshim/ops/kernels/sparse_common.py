"""What the kernels of sparse tensors share: checks of the three parts, and the order of index tuples.

A sparse tensor arrives as `indices [n, rank]`, `values [n]` and `shape [rank]`. Kernels whose result has as many
elements as the data says run on the host; those of a known size are compiled.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim.ops.registry import runtime_check
from tfshim.ops.shape_helpers import invalid, shape_text


def check_parts(indices: Any, values: Any, shape: Any, name: str = "") -> None:
    """Raises InvalidArgumentError unless the ranks and sizes of the parts fit together; reads no index."""
    if indices.ndim != 2:
        raise invalid(f"Input {name}indices must be a matrix. Got {shape_text(indices.shape)}")
    if values.ndim != 1:
        raise invalid(f"Input {name}values must be a vector. Got {shape_text(values.shape)}")
    if shape.ndim != 1:
        raise invalid(f"Input {name}shape must be a vector. Got {shape_text(shape.shape)}")
    if indices.shape[0] != values.shape[0]:
        raise invalid(
            f"Number of elements in {name}indices ({indices.shape[0]}) and values ({values.shape[0]}) do not match"
        )
    if indices.shape[1] != shape.shape[0]:
        raise invalid(
            f"Index rank ({indices.shape[1]}) and shape rank ({shape.shape[0]}) do not match: "
            f"Number of dimensions must match second dimension of {name}indices"
        )


def out_of_bounds(indices: np.ndarray, shape: np.ndarray) -> str:
    """The message for the first index tuple that lies outside of `shape`."""
    bad = np.argwhere((indices < 0) | (indices >= shape))[0]
    where = ",".join(map(str, indices[bad[0]].tolist()))
    return f"indices[{bad[0]}] = [{where}] is out of bounds: need 0 <= index < [{','.join(map(str, shape.tolist()))}]"


def check_bounds(indices: np.ndarray, shape: np.ndarray) -> None:
    """Raises InvalidArgumentError for an index outside of `shape`, on the host."""
    if indices.size and ((indices < 0) | (indices >= shape)).any():
        raise invalid(out_of_bounds(indices, shape))


def check_bounds_later(indices: Any, shape: Any) -> None:
    """The same in a compiled kernel: reported after it ran."""
    runtime_check((indices >= 0) & (indices < shape), out_of_bounds, indices, shape)


def row_major(indices: np.ndarray) -> np.ndarray:
    """The permutation that sorts index tuples in row-major order; equal ones keep their order."""
    if not indices.shape[1]:
        return np.arange(indices.shape[0])
    return np.lexsort(indices.T[::-1])


def changes(indices: np.ndarray) -> np.ndarray:
    """Where an index tuple differs from the one before; the first one does."""
    differs = np.ones(indices.shape[0], bool)
    differs[1:] = (indices[1:] != indices[:-1]).any(axis=1)
    return differs


def columns(indices: Any) -> tuple[Any, ...]:
    """Index tuples as an index into an array: one vector for each dimension."""
    return tuple(indices[:, i] for i in range(indices.shape[1]))


def zero_of(dtype: np.dtype) -> Any:
    """What an absent element of this NumPy dtype is."""
    return b"" if dtype.hasobject else np.zeros((), dtype)
