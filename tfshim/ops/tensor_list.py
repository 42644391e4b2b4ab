"""Lists of tensors of one shape, as compiled programs hold them: the value of a `TensorArray` in a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfshim.ops.bounds import NeedsValue
from tfshim.ops.shape_helpers import invalid, shape_text
from tfshim.ops.uneven_list import UnevenList


@jax.tree_util.register_pytree_node_class
class ListValue:
    """A stack of elements, of which the first `length` count.

    Attributes:
      buffer: array `[capacity, *element shape]`, or None while no element has been written and their shape is unknown.
      length: an `int`, or a scalar array where only running tells.
      dims: what was declared of the elements' shape; None: nothing.
      dtype: NumPy dtype of the elements.
      room: the capacity that suffices for all writes to come, where the loop around them knows it.
      limit: how many elements may be pushed, or None.
    """

    __slots__ = ("buffer", "dims", "dtype", "length", "limit", "room")

    def __init__(
        self,
        buffer: Any,
        length: Any,
        dims: tuple[int | None, ...] | None,
        dtype: Any,
        room: int | None = None,
        limit: int | None = None,
    ):
        self.buffer = buffer
        self.length = length
        self.dims = dims
        self.dtype = np.dtype(dtype)
        self.room = room
        self.limit = limit

    def tree_flatten(self) -> Any:
        if isinstance(self.length, int):
            return (self.buffer,), (self.length, self.dims, self.dtype, self.room, self.limit)
        return (self.buffer, self.length), (None, self.dims, self.dtype, self.room, self.limit)

    @classmethod
    def tree_unflatten(cls, aux: Any, children: Any) -> ListValue:
        length, *declared = aux
        return cls(children[0], children[1] if length is None else length, *declared)

    @classmethod
    def reserve(cls, length: int, dims: tuple[int | None, ...] | None, dtype: Any) -> ListValue:
        """A list of `length` elements that are zero until they are written."""
        # Strings are not kept in compiled programs: their list has no elements until one is written.
        if dims is not None and None not in dims and np.dtype(dtype) != object:
            return cls(jnp.zeros((length, *dims), dtype), length, dims, dtype)
        return cls(None, length, dims, dtype)

    def materialise(self, element_shape: Sequence[int]) -> ListValue:
        """The same list, whose elements are now known to have this shape."""
        if self.buffer is not None:
            return self
        return self.but(zeros((self.known_length(), *element_shape), self.dtype), self.length)

    def but(self, buffer: Any, length: Any) -> ListValue:
        """A list declared like this one with another buffer and length."""
        return ListValue(buffer, length, self.dims, self.dtype, self.room, self.limit)

    def grown(self, capacity: int) -> ListValue:
        """The same list with a buffer for at least so many elements; those past the length are zeros."""
        missing = capacity - self.buffer.shape[0]
        if missing <= 0:
            return self
        more = zeros((missing, *self.buffer.shape[1:]), self.dtype)
        xp = np if self.dtype.hasobject else jnp
        return self.but(xp.concatenate([self.buffer, more]), self.length)

    def with_length(self, length: int) -> ListValue:
        """The same list, whose length is now known."""
        return ListValue(self.buffer[:length], length, self.dims, self.dtype)

    def known_length(self) -> int:
        """The length; NeedsValue if only running tells."""
        if isinstance(self.length, int):
            return self.length
        if isinstance(self.length, jax.core.Tracer):
            raise NeedsValue("the length of the list must be known")
        return int(self.length)

    def elements(self) -> Any:
        """All elements, stacked; NeedsValue if their number or shape is not known."""
        if self.buffer is None:
            raise NeedsValue("the shape of the list's elements must be known")
        length = self.known_length()
        return self.buffer if self.buffer.shape[0] == length else self.buffer[:length]

    @staticmethod
    def add_up(values: Sequence[ListValue]) -> ListValue:
        """The elementwise sum of lists of one length; one without elements counts as zeros."""
        made = [v for v in values if v.buffer is not None]
        if not made:
            return values[0]
        total = made[0].buffer
        for other in made[1:]:
            total = total + other.buffer
        return made[0].but(total, made[0].length)

    # Alternatives of control flow

    @staticmethod
    def unify(values: Sequence[ListValue]) -> ListValue:
        """The abstract list that stands for all of `values`: its buffer has room for each of them."""
        made = [v for v in values if v.buffer is not None]
        if not made:
            if any(v.length != values[0].length for v in values if isinstance(v.length, int)):
                raise NeedsValue("lists of different lengths")
            return values[0]
        shape = made[0].buffer.shape[1:]
        if any(v.buffer.shape[1:] != shape for v in made):
            raise NeedsValue("lists of elements of different shapes")
        capacity = max(v.known_length() if v.buffer is None else v.buffer.shape[0] for v in values)
        lengths = {v.length if isinstance(v.length, int) else None for v in values}
        declared = {v.dims for v in values}
        return ListValue(
            jax.ShapeDtypeStruct((capacity, *shape), made[0].buffer.dtype),
            made[0].length if len(lengths) == 1 else jax.ShapeDtypeStruct((), jnp.int32),
            values[0].dims if len(declared) == 1 else None,
            made[0].dtype,
            made[0].room,
            made[0].limit,
        )

    def conform(self, target: Any) -> ListValue:
        """This list in the form of the abstract list `target`."""
        made = self
        if not isinstance(target, ListValue):
            raise NeedsValue("lists of elements of different shapes")
        if target.buffer is not None:
            if made.buffer is None:
                made = made.materialise(target.buffer.shape[1:])
            made = made.grown(target.buffer.shape[0])
            if made.buffer.shape != target.buffer.shape:
                raise NeedsValue("lists of different sizes")
        length = made.length
        if isinstance(length, int) and not isinstance(target.length, int):
            length = jnp.asarray(length, jnp.int32)
        return ListValue(made.buffer, length, target.dims, made.dtype, target.room, target.limit)


def is_list(value: Any) -> bool:
    """True for lists of tensors of either kind."""
    return isinstance(value, (ListValue, UnevenList))


def of(parts: Sequence[Any], dims: tuple[int | None, ...] | None, dtype: Any) -> Any:
    """The list of these elements, None where none was written."""
    shapes = {p.shape for p in parts if p is not None}
    if len(shapes) > 1:
        return UnevenList(parts, dims, dtype)
    value = ListValue.reserve(len(parts), dims, dtype)
    if not shapes:
        return value
    absent = zeros(shapes.pop(), np.dtype(dtype))
    return value.but(jnp.stack([absent if p is None else p for p in parts]), len(parts))


def parts_of(value: Any) -> list[Any]:
    """The elements of a list one by one, None where none was written."""
    if isinstance(value, UnevenList):
        return list(value.parts)
    length = value.known_length()
    return [None if value.buffer is None else value.buffer[i] for i in range(length)]


def unify(values: Sequence[Any]) -> Any:
    """The abstract list that stands for all of `values`, which are lists."""
    uneven = any(isinstance(v, UnevenList) for v in values)
    return UnevenList.unify(values) if uneven else ListValue.unify(values)


def add_up(values: Sequence[Any]) -> Any:
    """The elementwise sum of lists of one length."""
    first = values[0]
    for other in values[1:]:
        lengths = first.length, other.length
        if all(isinstance(n, int) for n in lengths) and first.length != other.length:
            raise invalid(
                "Trying to add two lists of tensors with different lengths. "
                f"One is {first.length} and the other is {other.length}"
            )
        shapes = [None if isinstance(v, UnevenList) or v.buffer is None else v.buffer.shape[1:] for v in (first, other)]
        if None not in shapes and shapes[0] != shapes[1]:
            raise invalid(
                "Trying to add two lists of tensors with incompatible element shapes. "
                f"One is {shape_text(shapes[0])} and the other is {shape_text(shapes[1])}"
            )
    return type(values[0]).add_up(values)


def zeros_like_list(value: Any) -> Any:
    """A list of zeros, or of empty strings, in place of the elements that were written."""
    if isinstance(value, UnevenList):
        parts = [None if p is None else zeros(p.shape, value.dtype) for p in value.parts]
        return UnevenList(parts, value.dims, value.dtype)
    return value if value.buffer is None else value.but(zeros(value.buffer.shape, value.dtype), value.length)


def zeros(shape: Sequence[int], dtype: Any) -> Any:
    """An array of zeros, or of empty strings."""
    return np.full(shape, b"", object) if np.dtype(dtype).hasobject else jnp.zeros(shape, dtype)


def is_on_host(value: Any) -> bool:
    """True for a list that no compiled program should take: of strings, or of elements of different shapes."""
    if isinstance(value, UnevenList):
        return True
    return isinstance(value, ListValue) and value.buffer is not None and value.dtype.hasobject


# What of a value carries a gradient -----------------------------------------------------------------------


def differentiable_part(value: Any) -> Any:
    """What derivatives are taken of: a list's buffer (None if it has none) or elements; other values themselves."""
    if not is_list(value):
        return value
    if not jnp.issubdtype(value.dtype, jnp.inexact):
        return None
    return value.parts if isinstance(value, UnevenList) else value.buffer


def with_part(value: Any, part: Any) -> Any:
    """`value` with another array as its differentiable part."""
    if not is_list(value):
        return part
    if part is None:
        return value
    if isinstance(value, UnevenList):
        return UnevenList(part, value.dims, value.dtype)
    return value.but(part, value.length)


def template(value: Any) -> Any:
    """What `with_part` needs of a list to make another like it; None for other values."""
    if isinstance(value, UnevenList):
        return UnevenList([None] * value.length, value.dims, value.dtype)
    return ListValue(None, value.length, value.dims, value.dtype) if isinstance(value, ListValue) else None
