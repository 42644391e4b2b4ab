"""What is declared of the elements of lists of tensors: their shape, known in part, and their dtype."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.dtypes import DType, as_dtype
from tfshim.ops.shape_helpers import Dims, invalid, shape_text
from tfshim.ops.type_errors import proto_name
from tfshim.shapes import TensorShape


class ListShape(TensorShape):
    """The static shape of a list, which is a scalar. It also says what is declared of the elements.

    Attributes:
      element: the dimensions of the elements; None if nothing is known.
      dtype: their dtype; None if unknown.
    """

    __slots__ = ("dtype", "element")

    def __init__(self, element: Dims | None, dtype: DType | None):
        super().__init__(())
        self.element = element
        self.dtype = dtype


def elements_of(shape: TensorShape) -> tuple[Dims | None, DType | None]:
    """What the static shape of a variant says of the elements of the list behind it: dimensions and dtype."""
    return (shape.element, shape.dtype) if isinstance(shape, ListShape) else (None, None)


def dims_of(element_shape: np.ndarray) -> Dims | None:
    """What an `element_shape` input says: a scalar -1 is an unknown rank.

    Raises:
      InvalidArgumentError: it is no shape.
    """
    if element_shape.ndim > 1:
        raise invalid(f"Shape must be at most rank 1 but is rank {element_shape.ndim}")
    if element_shape.ndim == 0:
        if element_shape != -1:
            raise invalid("The only valid scalar shape tensor is the fully unknown shape specified as -1.")
        return None
    wrong = element_shape[element_shape < -1]
    if wrong.size:
        raise invalid(f"Dimension {wrong[0]} must be >= -1")
    return tuple(None if d < 0 else int(d) for d in element_shape)


def text(dims: Dims | None) -> str:
    """Dimensions as messages print them."""
    return "<unknown>" if dims is None else shape_text(dims)


def is_whole(dims: Dims | None) -> bool:
    """True if every dimension is known."""
    return dims is not None and None not in dims


def merge(first: Dims | None, second: Dims | None) -> Dims | None:
    """What both say together; InvalidArgumentError if they contradict each other."""
    if first is None or second is None:
        return first if second is None else second
    if len(first) != len(second):
        raise invalid(f"PartialTensorShape: Incompatible ranks during merge: {len(first)} vs. {len(second)}")
    if any(a != b and a is not None and b is not None for a, b in zip(first, second, strict=True)):
        raise invalid(f"PartialTensorShape: Incompatible shapes during merge: {text(first)} vs. {text(second)}")
    return tuple(b if a is None else a for a, b in zip(first, second, strict=True))


def merge_static(first: Dims | None, second: Dims | None) -> Dims | None:
    """`merge` for static shapes, whose contradictions are worded differently."""
    if first is not None and second is not None:
        if len(first) != len(second):
            raise invalid(f"Shapes must be equal rank, but are {len(first)} and {len(second)}")
        for i, (a, b) in enumerate(zip(first, second, strict=True)):
            if a != b and a is not None and b is not None:
                raise invalid(
                    f"Dimension {i} in both shapes must be equal, but are {a} and {b}. Shapes are {text(first)} and "
                    f"{text(second)}."
                )
    return merge(first, second)


def fits(shape: Sequence[int], dims: Dims | None) -> bool:
    """True if an array of this shape can be an element."""
    return dims is None or (len(dims) == len(shape) and all(d in (None, n) for d, n in zip(dims, shape, strict=True)))


def held_dtype(dtype: DType | np.dtype) -> Any:
    """The NumPy type of the arrays that hold elements of a dtype."""
    return object if dtype is dtypes.variant else as_dtype(dtype).as_numpy_dtype


def check_dtype(values: Any, dtype: DType | np.dtype) -> None:
    """Raises InvalidArgumentError unless the elements of the list have the dtype."""
    asked = as_dtype(dtype)
    if held_dtype(asked) != values.dtype:
        raise invalid(
            f"Invalid data types; op elements {proto_name(asked)} but list elements "
            f"{proto_name(as_dtype(values.dtype))}"
        )
