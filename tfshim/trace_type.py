"""`TraceType`: the protocol by which `tf.function` decides whether a trace serves an argument."""

import abc
from collections.abc import Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

from tfshim.export import export
from tfshim.static_type import StaticType


class TracingContext:
    """What the arguments of one call share while their trace types are made (opaque to user classes)."""


class PlaceholderContext:
    """What the placeholders of one trace share.

    `context_graph` is the graph that placeholders are made in, `naming_scope` the name of the current
    argument; with `unnest_only`, type specs stand for themselves.
    """

    def __init__(
        self,
        context_graph: Any = None,
        placeholder_mapping: dict[Any, Any] | None = None,
        unnest_only: bool = False,
        with_none_control_dependencies: bool = False,
    ) -> None:
        self.context_graph = context_graph
        self.unnest_only = unnest_only
        self.with_none_control_dependencies = with_none_control_dependencies
        self.naming_scope: str | None = None
        self._placeholders = {} if placeholder_mapping is None else placeholder_mapping

    def has_placeholder(self, alias_id: Any) -> bool:
        return alias_id in self._placeholders

    def get_placeholder(self, alias_id: Any) -> Any:
        return self._placeholders[alias_id]

    def add_placeholder(self, alias_id: Any, placeholder: Any) -> None:
        if alias_id in self._placeholders:
            raise KeyError(f"There is a placeholder for {alias_id!r} already.")
        self._placeholders[alias_id] = placeholder

    def update_naming_scope(self, naming_scope: str | None) -> None:
        self.naming_scope = naming_scope


class CastContext:
    """How values are cast to a trace type: with `allow_specs`, type specs may stand for values."""

    def __init__(self, allow_specs: bool = False) -> None:
        self.allow_specs = allow_specs


@export("types.experimental.TraceType")
class TraceType(metaclass=abc.ABCMeta):
    """The type of an argument of a `tf.function`; classes return theirs from `__tf_tracing_type__(context)`.

    A trace made for type `b` is used for an argument of type `a` if `a.is_subtype_of(b)`.
    """

    @abc.abstractmethod
    def is_subtype_of(self, other: "TraceType") -> bool:
        """Whether a trace made for `other` serves values of this type."""

    @abc.abstractmethod
    def most_specific_common_supertype(self, others: Sequence["TraceType"]) -> "TraceType | None":
        """Returns the most specific type that serves values of this type and of `others`, or None."""

    @abc.abstractmethod
    def placeholder_value(self, placeholder_context: Any) -> Any:
        """Returns the value that the traced function receives."""

    def to_tensors(self, value: Any) -> list[Any]:
        """Returns the tensors that `value` consists of; their number depends on the type only."""
        return []

    def from_tensors(self, tensors: Iterator[Any]) -> Any:
        """Returns the value that consists of the next tensors of the iterator."""
        return self.placeholder_value(PlaceholderContext())

    def flatten(self) -> list[Any]:
        """Returns the `TensorSpec`s of `to_tensors`."""
        return []

    def cast(self, value: Any, cast_context: Any) -> Any:
        """Returns `value` as a value of this type; `AssertionError` if it is not one."""
        if value != self.placeholder_value(PlaceholderContext()):
            raise AssertionError(f"Can not cast {value!r} to type {self!r}")
        return value

    @abc.abstractmethod
    def __hash__(self) -> int: ...

    @abc.abstractmethod
    def __eq__(self, other: object) -> bool: ...


TraceType.register(StaticType)


@export("types.experimental.SupportsTracingProtocol")
@runtime_checkable
class SupportsTracingProtocol(Protocol):
    """A class that says by which type its instances are traced."""

    def __tf_tracing_type__(self, context: TracingContext) -> TraceType: ...
