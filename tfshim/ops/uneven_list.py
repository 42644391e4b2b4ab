"""Lists of tensors of different shapes: what a `TensorArray` without one element shape becomes in a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfshim.ops.bounds import NeedsValue
from tfshim.ops.list_declarations import is_whole, merge, text
from tfshim.ops.shape_helpers import invalid


@jax.tree_util.register_pytree_node_class
class UnevenList:
    """A list with an array for each element. How many there are and their shapes are known when a program is traced.

    Attributes:
      parts: the elements, None where none was written.
      dims: what was declared of their shape, or None.
      dtype: NumPy dtype of the elements.
    """

    __slots__ = ("dims", "dtype", "parts")

    def __init__(self, parts: Sequence[Any], dims: tuple[int | None, ...] | None, dtype: Any):
        self.parts = tuple(parts)
        self.dims = dims
        self.dtype = np.dtype(dtype)

    def tree_flatten(self) -> Any:
        return self.parts, (self.dims, self.dtype)

    @classmethod
    def tree_unflatten(cls, aux: Any, children: Any) -> UnevenList:
        return cls(children, *aux)

    @property
    def length(self) -> int:
        """Number of elements."""
        return len(self.parts)

    def replaced(self, index: int, part: Any) -> UnevenList:
        """The list with another element at `index`, made longer if it must be."""
        parts = [*self.parts, *[None] * (index + 1 - len(self.parts))]
        parts[index] = part
        return UnevenList(parts, self.dims, self.dtype)

    def resized(self, size: int) -> UnevenList:
        """The first `size` elements, or more of them."""
        parts = [*self.parts[:size], *[None] * (size - len(self.parts))]
        return UnevenList(parts, self.dims, self.dtype)

    def element(self, index: int, dims: tuple[int | None, ...] | None) -> Any:
        """One element; zeros if none was written and its shape is known."""
        part = self.parts[index]
        if part is not None:
            return part
        dims = merge(dims, self.dims)
        if not is_whole(dims):
            raise invalid(
                f"Trying to read an uninitialized tensor but element_shape is not fully defined: {text(dims)} and no "
                "list element is set."
            )
        return jnp.zeros(dims, self.dtype)

    def stacked(self, indices: Sequence[int], dims: tuple[int | None, ...] | None) -> Any:
        """The elements at `indices` as one array."""
        dims = merge(dims, self.dims)
        for i in indices:
            if self.parts[i] is not None:
                dims = merge(dims, self.parts[i].shape)
        return jnp.stack([self.element(i, dims) for i in indices])

    @staticmethod
    def add_up(values: Sequence[UnevenList]) -> UnevenList:
        """The elementwise sum; absent elements count as zeros."""

        def total(parts: Sequence[Any]) -> Any:
            given = [p for p in parts if p is not None]
            return sum(given[1:], given[0]) if given else None

        return UnevenList([total(p) for p in zip(*(v.parts for v in values), strict=True)], None, values[0].dtype)

    @staticmethod
    def unify(values: Sequence[Any]) -> UnevenList:
        """The abstract list that stands for all of `values`; NeedsValue if their elements differ in shape."""
        forms = {tuple(None if p is None else p.shape for p in v.parts) for v in values if isinstance(v, UnevenList)}
        if len(forms) != 1 or not all(isinstance(v, UnevenList) for v in values):
            raise NeedsValue("lists of elements of different shapes")
        return values[0]

    def conform(self, target: Any) -> UnevenList:
        """This list in the form of an abstract one."""
        UnevenList.unify([self, target])
        return UnevenList(self.parts, target.dims, self.dtype)
