"""The fields of extension types: what may annotate them, and how values (or specs of values) become of that type."""

from __future__ import annotations

import collections.abc
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tfshim.convert import convert_to_tensor
from tfshim.dtypes import DType, as_dtype
from tfshim.shapes import TensorShape, as_shape
from tfshim.tensor import Tensor
from tfshim.type_spec import CompositeTensor, TensorSpec, TypeSpec

_PLAIN = (int, float, str, bytes, bool)
_LEAVES = (*_PLAIN, type(None), DType, TensorShape, Tensor)

RESERVED = frozenset(
    """
    Spec _component_specs _consumers _deserialize _flat_tensor_specs _from_compatible_tensor_list _from_components
    _from_tensor_list _serialize _shape_invariant_to_type_spec _to_components _to_legacy_output_classes
    _to_legacy_output_shapes _to_legacy_output_types _to_tensor_list _type_spec _with_tensor_ranks_only
    is_compatible_with most_specific_compatible_type self value_type
    """.split()
)


class ImmutableDict(collections.abc.Mapping):
    """A mapping that cannot be changed: the value of a `Mapping` field."""

    def __init__(self, *args: Any, **kwargs: Any):
        self._dict = dict(*args, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        return self._dict[key]

    def __contains__(self, key: object) -> bool:
        return key in self._dict

    def __iter__(self) -> Iterator[Any]:
        return iter(self._dict)

    def __len__(self) -> int:
        return len(self._dict)

    def __repr__(self) -> str:
        return f"ImmutableDict({self._dict})"


ImmutableDict.__module__ = "tensorflow.python.framework.immutable_dict"


class _NoDefault:
    def __repr__(self) -> str:
        return "ExtensionTypeField.NO_DEFAULT"


class Field:
    """A field: its name, its type, and the default of the constructor's parameter (`NO_DEFAULT`: none)."""

    __slots__ = ("default", "name", "value_type")
    NO_DEFAULT = _NoDefault()

    def __init__(self, name: str, value_type: Any, default: Any = NO_DEFAULT):
        """`TypeError` for types that fields cannot have, and defaults of another type."""
        try:
            check_annotation(value_type, allow_forward_references=True)
        except TypeError as error:
            raise TypeError(f"In field {name!r}: {error}") from error
        if default is not Field.NO_DEFAULT:
            default = _Conversion(is_default=True).convert(default, value_type, f"default value for {name}")
        self.name = name
        self.value_type = value_type
        self.default = default

    def __repr__(self) -> str:
        return f"ExtensionTypeField(name={self.name!r}, value_type={self.value_type!r}, default={self.default!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Field) and (self.name, self.value_type, self.default) == (
            other.name,
            other.value_type,
            other.default,
        )

    __hash__ = None  # type: ignore[assignment]

    @staticmethod
    def is_reserved_name(name: str) -> bool:
        """Whether extension types need the name for themselves."""
        return name in RESERVED or name.startswith("_tf_extension_type")


def check_annotation(annotation: Any, allow_forward_references: bool = False) -> None:
    """`TypeError` for what fields cannot be: they are plain, tensors, or `Tuple`, `Mapping` or `Union` of such."""
    if isinstance(annotation, (str, typing.ForwardRef)):
        if not allow_forward_references:
            raise TypeError(f"Unresolved forward reference {annotation!r}")
        return
    if annotation is None or annotation in _LEAVES:
        return
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation in (typing.Tuple, typing.Mapping):  # noqa: UP006  (the bare annotations, not their arguments)
        raise TypeError(f"Unsupported type annotation {annotation}")
    if origin is None and isinstance(annotation, type):
        # Values of these two are composite only in their own functions.
        if (
            not issubclass(annotation, CompositeTensor)
            or hasattr(annotation, "assign")
            or hasattr(annotation, "unstack")
        ):
            raise TypeError(f"Unsupported type annotation {annotation.__name__!r}")
    elif origin is tuple:
        for argument in arguments:
            if argument is not Ellipsis:
                check_annotation(argument, allow_forward_references)
    elif origin is collections.abc.Mapping:
        key, value = arguments
        _check_key(key, allow_forward_references)
        check_annotation(value, allow_forward_references)
    elif origin is typing.Union:
        for argument in arguments:
            check_annotation(argument, allow_forward_references)
    else:
        raise TypeError(f"Unsupported type annotation {_text(annotation)}")


def _text(annotation: Any) -> str:
    return repr("Any") if annotation is Any else str(annotation)


def _check_key(key: Any, allow_forward_references: bool) -> None:
    if isinstance(key, (str, typing.ForwardRef)):
        check_annotation(key, allow_forward_references)
    elif key not in _PLAIN:
        name = getattr(key, "__name__", str(key))
        raise TypeError(f"Mapping had a key {name!r} with type {type(key).__name__!r}")


class _Conversion:
    """How values become of a field's type: `for_spec`, specs stand in for tensors; a default stays as it is written."""

    def __init__(self, for_spec: bool = False, is_default: bool = False):
        self.for_spec = for_spec
        self.is_default = is_default

    def convert(self, value: Any, expected: Any, path: str) -> Any:
        if isinstance(expected, (str, typing.ForwardRef)):
            raise TypeError(f"{path}: Unsupported type annotation {expected!r}")
        if expected is Tensor:
            return self._tensor(value, path)
        if expected is TensorShape:
            return self._plain(as_shape, value, path, "tf.TensorShape")
        if expected is DType:
            return self._plain(as_dtype, value, path, "tf.DType")
        origin, arguments = typing.get_origin(expected), typing.get_args(expected)
        if origin is tuple:
            return self._tuple(value, arguments, path)
        if origin is collections.abc.Mapping:
            return self._mapping(value, arguments, path)
        if origin is typing.Union:
            return self._union(value, expected, arguments, path)
        cls = type(None) if expected is None else expected
        if cls not in _LEAVES:
            return self._composite(value, cls, path)
        if not isinstance(value, cls):
            raise TypeError(f"{path}: expected {cls.__name__!r}, got {type(value).__name__!r}")
        return value

    def _tensor(self, value: Any, path: str) -> Any:
        if self.for_spec:
            if not isinstance(value, TensorSpec):
                raise TypeError(f"{path}: expected a TensorSpec, got {type(value).__name__!r}")
            return value
        if isinstance(value, Tensor) or self.is_default:
            return value
        try:
            return convert_to_tensor(value)
        except (ValueError, TypeError) as error:
            raise TypeError(f"{path}: expected a Tensor, got {type(value).__name__!r}") from error

    def _composite(self, value: Any, cls: type, path: str) -> Any:
        if self.for_spec:
            if not (isinstance(value, TypeSpec) and issubclass(value.value_type, cls)):
                raise TypeError(f"{path}: expected a TypeSpec for {cls.__name__!r}, got {type(value).__name__!r}")
        elif not isinstance(value, cls):
            raise TypeError(f"{path}: expected {cls.__name__!r}, got {type(value).__name__!r}")
        return value

    @staticmethod
    def _plain(make: Callable[[Any], Any], value: Any, path: str, name: str) -> Any:
        try:
            return make(value)
        except TypeError as error:
            raise TypeError(f"{path}: expected {name!r}, got {type(value).__name__!r}") from error

    def _tuple(self, value: Any, arguments: tuple[Any, ...], path: str) -> Any:
        if not isinstance(value, (list, tuple)):
            raise TypeError(f"{path}: expected tuple, got {type(value).__name__!r}")
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            arguments = (arguments[0],) * len(value)
        if len(value) != len(arguments):
            raise TypeError(f"{path}: expected tuple of length {len(arguments)}, got {len(value)} items")
        return tuple(self.convert(v, t, f"{path}[{i}]") for i, (v, t) in enumerate(zip(value, arguments, strict=True)))

    def _mapping(self, value: Any, arguments: tuple[Any, ...], path: str) -> Any:
        key_type, value_type = arguments
        if not isinstance(value, Mapping):
            raise TypeError(f"{path}: expected mapping, got {type(value).__name__!r}")
        return ImmutableDict(
            {
                self.convert(k, key_type, f"{path}[<key>]"): self.convert(v, value_type, f"{path}[{k!r}]")
                for k, v in value.items()
            }
        )

    def _union(self, value: Any, expected: Any, alternatives: Iterable[Any], path: str) -> Any:
        for alternative in alternatives:
            try:
                return self.convert(value, alternative, path)
            except TypeError:
                continue
        raise TypeError(f"{path}: expected {expected}, got {type(value).__name__!r}")


def convert_fields(fields: Iterable[Field], values: dict[str, Any], for_spec: bool = False) -> None:
    """Replaces the values of fields by converted ones; `ValueError` if there are too few or too many."""
    by_name = {field.name: field for field in fields}
    missing, unexpected = by_name.keys() - values.keys(), values.keys() - by_name.keys()
    if missing:
        raise ValueError(f"Missing required fields: {missing}")
    if unexpected:
        raise ValueError(f"Got unexpected fields: {unexpected}")
    conversion = _Conversion(for_spec)
    for name, field in by_name.items():
        values[name] = conversion.convert(values[name], field.value_type, name)


# The nested values of fields: tuples, mappings, and what they hold ---------------------------------------------


def map_leaves(fn: Callable[[Any], Any], value: Any, mapping: type = ImmutableDict) -> Any:
    """`value` with `fn` of each leaf; mappings become `mapping`s."""
    if isinstance(value, tuple) and not isinstance(value, TensorShape):
        return tuple(map_leaves(fn, item, mapping) for item in value)
    if isinstance(value, Mapping):
        return mapping({key: map_leaves(fn, item, mapping) for key, item in value.items()})
    return fn(value)


def leaves(value: Any) -> Iterator[Any]:
    """The leaves of the value of a field; those of mappings sorted by their keys."""
    if isinstance(value, tuple) and not isinstance(value, TensorShape):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, Mapping):
        for key in sorted(value):
            yield from leaves(value[key])
    else:
        yield value


def replace_specs(value: Any, components: Iterator[Any]) -> Any:
    """The value of a field of a spec with its specs replaced by the next components, in the order of `leaves`."""
    if isinstance(value, tuple) and not isinstance(value, TensorShape):
        return tuple(replace_specs(item, components) for item in value)
    if isinstance(value, Mapping):
        items = {key: replace_specs(value[key], components) for key in sorted(value)}
        return ImmutableDict({key: items[key] for key in value})
    return next(components) if isinstance(value, TypeSpec) else value


def is_component(value: Any) -> bool:
    """Whether a leaf consists of tensors."""
    return isinstance(value, (Tensor, CompositeTensor))
