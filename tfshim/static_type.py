"""What dtypes and shapes share as trace types: types that hold no tensors."""

from typing import Any


class StaticType:
    """The methods of `tf.types.experimental.TraceType` for a type without tensors.

    A plain class rather than an abstract base class, for that would slow down every isinstance test.
    """

    __slots__ = ()

    def placeholder_value(self, placeholder_context: Any) -> None:
        """Returns None: there are no values of this type."""

    def to_tensors(self, value: Any) -> list[Any]:
        """Returns no tensors."""
        return []

    def from_tensors(self, tensors: Any) -> None:
        """Returns None: there are no values of this type."""

    def flatten(self) -> list[Any]:
        """Returns no specs."""
        return []

    def cast(self, value: Any, cast_context: Any) -> Any:
        """Returns None for None; `AssertionError` for anything else."""
        if value is not None:
            raise AssertionError(f"Can not cast {value!r} to type {self!r}")
        return value
