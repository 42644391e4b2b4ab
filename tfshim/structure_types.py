"""Trace types of Python values: literals, and structures of other types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tfshim import function_type as keys
from tfshim.tensor import Tensor
from tfshim.trace_type import TraceType
from tfshim.type_spec import CompositeTensor, TensorSpec


class Literal(TraceType):
    """The type of one Python value; a trace made for it serves equal values only."""

    def __init__(self, value: Any):
        self.value = value

    def is_subtype_of(self, other: TraceType) -> bool:
        """Whether `other` is the type of an equal value."""
        return self == other

    def most_specific_common_supertype(self, others: Sequence[TraceType]) -> Literal | None:
        """This type, if all others equal it."""
        return self if all(self == o for o in others) else None

    def placeholder_value(self, placeholder_context: Any) -> Any:
        """The value."""
        return self.value

    def cast(self, value: Any, cast_context: Any) -> Any:
        """The value of the type, if `value` equals it; TypeError otherwise."""
        if value is self.value or value == self.value:
            return self.value
        raise TypeError(f"Can not cast {value!r} to {self!r}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and (self.value is other.value or self.value == other.value)

    def __hash__(self) -> int:
        return hash((Literal, self.value))

    def __repr__(self) -> str:
        return f"Literal[{self.value!r}]"


class Weakref(Literal):
    """The type of one object that it does not keep alive; a trace made for it serves equal objects while it lives."""

    def __init__(self, key: keys.Identity):
        self._key = key

    @property
    def value(self) -> Any:
        """The object; None once it is gone."""
        return self._key.reference()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Weakref) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return f"Weakref[{self._key.reference!r}]"


class Structure(TraceType):
    """The type of a list, tuple, mapping or object with fields: the types of its parts, by name if they have names."""

    def __init__(self, kind: type, parts: Sequence[TraceType], names: Sequence[Any] | None = None):
        self.kind = kind
        self.parts = tuple(parts)
        self.names = None if names is None else tuple(names)

    def _matches(self, other: Any) -> bool:
        return isinstance(other, Structure) and (self.kind, self.names, len(self.parts)) == (
            other.kind,
            other.names,
            len(other.parts),
        )

    def is_subtype_of(self, other: TraceType) -> bool:
        """Whether `other` is such a structure, and each part a subtype of the other's."""
        return self._matches(other) and all(
            mine.is_subtype_of(theirs)
            for mine, theirs in zip(self.parts, other.parts, strict=True)  # type: ignore[attr-defined]
        )

    def most_specific_common_supertype(self, others: Sequence[TraceType]) -> Structure | None:
        """The structure of the parts' supertypes; None if there is none."""
        if not all(self._matches(o) for o in others):
            return None
        parts = [
            part.most_specific_common_supertype([o.parts[i] for o in others])  # type: ignore[attr-defined]
            for i, part in enumerate(self.parts)
        ]
        return None if any(p is None for p in parts) else Structure(self.kind, parts, self.names)  # type: ignore[arg-type]

    def _build(self, values: Sequence[Any]) -> Any:
        if self.names is None:
            return self.kind(values)
        if issubclass(self.kind, Mapping):
            return self.kind(zip(self.names, values, strict=True))
        return self.kind(**dict(zip(self.names, values, strict=True)))

    def _parts_of(self, value: Any) -> list[Any]:
        if self.names is None:
            return list(value)
        if issubclass(self.kind, Mapping):
            return [value[n] for n in self.names]
        return [getattr(value, n) for n in self.names]

    def placeholder_value(self, placeholder_context: Any) -> Any:
        """The structure of the parts' placeholders."""
        return self._build([p.placeholder_value(placeholder_context) for p in self.parts])

    def to_tensors(self, value: Any) -> list[Any]:
        """The tensors of all parts."""
        return [t for p, v in zip(self.parts, self._parts_of(value), strict=True) for t in p.to_tensors(v)]

    def from_tensors(self, tensors: Iterator[Any]) -> Any:
        """The structure made of the next tensors."""
        return self._build([p.from_tensors(tensors) for p in self.parts])

    def flatten(self) -> list[Any]:
        """The specs of all parts."""
        return [s for p in self.parts for s in p.flatten()]

    def cast(self, value: Any, cast_context: Any) -> Any:
        """`value` with its parts cast; TypeError if it is no such structure."""
        try:
            parts = self._parts_of(value)
        except (AttributeError, KeyError, TypeError):
            parts = None
        if parts is None or len(parts) != len(self.parts):
            raise TypeError(f"Can not cast {value!r} to {self!r}")
        return self._build([p.cast(v, cast_context) for p, v in zip(self.parts, parts, strict=True)])

    def __eq__(self, other: object) -> bool:
        return self._matches(other) and self.parts == other.parts  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash((self.kind, self.names, self.parts))

    def __repr__(self) -> str:
        name = self.kind.__name__
        if self.names is None:
            return f"{name.capitalize()}[{', '.join(map(repr, self.parts))}]"
        items = ", ".join(f"[{n!r}, {p!r}]" for n, p in zip(self.names, self.parts, strict=True))
        return f"{'Dict' if issubclass(self.kind, Mapping) else name}[{items}]"


def type_of_argument(key: Any, value: Any) -> TraceType:
    """The type of an argument, from its key (see `tfshim.function_type`) and the argument itself or its spec."""
    if isinstance(key, keys.TensorKey):
        return TensorSpec(keys.key_shape(key), key.dtype, value.name if isinstance(value, TensorSpec) else None)
    if isinstance(key, keys.VariableKey):
        from tfshim.variable import VariableSpec

        return VariableSpec(keys.key_shape(key), key.dtype, key.trainable, key.alias)
    if isinstance(key, keys.SpecKey):
        return key.spec
    if isinstance(key, keys.Node):
        return _type_of_structure(key, value)
    return Weakref(key) if isinstance(key, keys.Identity) else Literal(value)


def _type_of_structure(key: keys.Node, value: Any) -> TraceType:
    if key.kind in (list, tuple):
        return Structure(key.kind, [type_of_argument(k, v) for k, v in zip(key.parts, value, strict=True)])
    kind, names = key.kind
    if issubclass(kind, Mapping):
        values = [value[n] for n in names]
    elif hasattr(kind, "__tf_flatten__"):
        return Structure(
            tuple, [type_of_argument(k, v) for k, v in zip(key.parts, value.__tf_flatten__()[1], strict=True)]
        )
    else:
        values = [getattr(value, n) for n in names]
    return Structure(kind, [type_of_argument(k, v) for k, v in zip(key.parts, values, strict=True)], names)


def type_of_result(value: Any) -> TraceType:
    """The type of what a traced function returns: a structure of symbolic tensors, composite tensors and None."""
    if isinstance(value, Tensor):
        return TensorSpec(value.shape, value.dtype)
    if isinstance(value, CompositeTensor):
        return value._type_spec  # type: ignore[attr-defined]
    if isinstance(value, Mapping):
        return Structure(type(value), [type_of_result(v) for v in value.values()], list(value))
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return Structure(type(value), [type_of_result(v) for v in value], value._fields)
    if isinstance(value, (list, tuple)):
        kind = list if isinstance(value, list) else tuple
        return Structure(kind, [type_of_result(v) for v in value])
    fields = getattr(type(value), "__attrs_attrs__", None)
    if fields is not None:
        names = [f.name for f in fields]
        return Structure(type(value), [type_of_result(getattr(value, n)) for n in names], names)
    return Literal(value)
