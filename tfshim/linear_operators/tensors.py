"""Small helpers over tensors for linear operators: arguments, shapes, batches."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim.api import array
from tfshim.convert import convert_to_tensor
from tfshim.shapes import TensorShape
from tfshim.tensor import Tensor


def is_variable(value: Any) -> bool:
    """Whether a value is a variable."""
    return hasattr(value, "handle") and hasattr(value, "assign")


def keep(value: Any, dtype: Any = None, name: str | None = None) -> Any:
    """An argument as an operator keeps it: variables as they are, so that later values count; else a tensor."""
    return value if is_variable(value) else convert_to_tensor(value, dtype, name)


def read(value: Any) -> Any:
    """The value of a variable; tensors and operators as they are, lists element by element."""
    if isinstance(value, (list, tuple)):
        return [read(v) for v in value]
    return convert_to_tensor(value) if is_variable(value) else value


def from_shape(shape: TensorShape) -> Tensor:
    """A known shape as an int32 vector."""
    return convert_to_tensor(np.array(shape.as_list(), np.int32))


def broadcast_batches(*tensors: Tensor) -> list[Tensor]:
    """Batches of matrices with their batch shapes broadcast together."""
    static = tensors[0].shape[:-2]
    if all(t.shape[:-2].is_fully_defined() and t.shape[:-2] == static for t in tensors):
        return list(tensors)
    batch = array.shape(tensors[0])[:-2]
    for tensor in tensors[1:]:
        batch = array.broadcast_dynamic_shape(batch, array.shape(tensor)[:-2])
    return [array.broadcast_to(t, array.concat([batch, array.shape(t)[-2:]], 0)) for t in tensors]


def broadcast_shapes(shapes: Any) -> TensorShape:
    """The static shape to which batch shapes broadcast."""
    result = TensorShape([])
    for shape in shapes:
        result = array.broadcast_static_shape(result, shape)
    return result


def broadcast_shape_tensors(shapes: Any) -> Tensor:
    """The shape vector to which batch shape vectors broadcast."""
    result, *rest = shapes
    for shape in rest:
        result = array.broadcast_dynamic_shape(result, shape)
    return result
