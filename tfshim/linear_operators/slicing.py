"""`operator[...]`: a part of the batch of a linear operator, as an operator of the same class."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim.api import array
from tfshim.linear_operators.spec import HINTS
from tfshim.linear_operators.tensors import read


def sliced(operator: Any, index: Any) -> Any:
    """The operator whose batch is `operator`'s batch, indexed; its tensors are read and sliced.

    Raises:
      NotImplementedError: if the rank of the batch is unknown.
      InvalidArgumentError: for more indices than the batch has dimensions.
    """
    index = index if isinstance(index, tuple) else (index,)
    arguments = _parts(operator, index, operator.batch_shape)
    hints = {hint: getattr(operator, hint) for hint in HINTS}
    return type(operator)(**arguments, **hints, name=operator.name)


def _parts(operator: Any, index: tuple[Any, ...], batch: Any) -> dict[str, Any]:
    if batch.rank is None:
        raise NotImplementedError(f"{type(operator).__name__}[...] needs a batch of known rank")
    dims = operator._matrix_dims
    parts = {}
    for name, value in operator._arguments.items():
        if name == "batch_shape":
            parts[name] = _shape_of_slice(value, index)
        elif name in dims and value is not None:
            parts[name] = _each(value, lambda v, n=dims[name]: _part(read(v), index, batch, n))
        else:
            parts[name] = _each(value, lambda v: _part_of_operator(v, index, batch))
    return parts


def _each(value: Any, fn: Any) -> Any:
    return [_each(v, fn) for v in value] if isinstance(value, (list, tuple)) else fn(value)


def _part_of_operator(value: Any, index: tuple[Any, ...], batch: Any) -> Any:
    """An operator that is part of another is sliced by the batch of the whole; other values stay."""
    if not getattr(value, "_is_linear_operator", False):
        return value
    return sliced(value, _aligned(index, value.batch_shape.as_list(), batch.as_list()))


def _part(tensor: Any, index: tuple[Any, ...], batch: Any, matrix_dims: int) -> Any:
    rank = tensor.shape.rank - matrix_dims
    index = _aligned(index, tensor.shape.as_list()[:rank], batch.as_list())
    ends = (slice(None),) * matrix_dims
    if not any(entry is Ellipsis for entry in index):
        index = (*index, Ellipsis)
    return tensor[(*index, *ends)]


def _aligned(index: tuple[Any, ...], own: list[Any], batch: list[Any]) -> tuple[Any, ...]:
    """The index for a tensor whose batch `own` broadcasts to `batch`: the same, but for dimensions of size 1."""
    taken = sum(entry is not None and entry is not Ellipsis for entry in index)
    if taken > len(batch) or own == batch:
        return index
    filled: list[Any] = []
    for entry in index if any(entry is Ellipsis for entry in index) else (*index, Ellipsis):
        filled += [slice(None)] * (len(batch) - taken) if entry is Ellipsis else [entry]
    missing = len(batch) - len(own)
    result: list[Any] = []
    dim = 0
    for entry in filled:
        if entry is None:
            # A new dimension in front of those that the tensor has broadcasts by itself.
            result += [None] if dim > missing else []
            continue
        if dim >= missing:
            repeats = own[dim - missing] == 1 and batch[dim] != 1
            result.append(_of_one(entry) if repeats else entry)
        dim += 1
    return tuple(result)


def _of_one(entry: Any) -> Any:
    """What takes from a dimension of size 1 what `entry` takes from one over which it is repeated."""
    return slice(None) if isinstance(entry, slice) else 0


def _shape_of_slice(shape: Any, index: tuple[Any, ...]) -> Any:
    if isinstance(shape, tuple):
        try:
            return np.broadcast_to(np.zeros((), bool), shape)[index].shape
        except IndexError:
            pass  # the op refuses it with TensorFlow's error
    return array.shape(array.broadcast_to(False, shape)[index])
