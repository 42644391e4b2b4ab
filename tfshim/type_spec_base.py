"""`TypeSpec` and `CompositeTensor`: the base classes of descriptions and of the values that they describe.

Import them from `tfshim.type_spec`.
"""

import abc
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tfshim import definitions, nest
from tfshim.dtypes import DType
from tfshim.export import export
from tfshim.shapes import TensorShape, unknown_shape
from tfshim.trace_type import TraceType


@export("TypeSpec", "compat.v1.data.experimental.Structure")
class TypeSpec(TraceType):
    """Describes a kind of value: its class, shapes, dtypes and structure.

    A subclass gives `value_type`, `_serialize()` (a nested tuple from which `_deserialize` makes the spec
    again), `_component_specs`, `_to_components(value)` and `_from_components(components)`. Equality, hashing,
    printing, pickling, compatibility and tracing follow from these.
    """

    __slots__ = ("_cached_cmp_key",)

    @property
    @abc.abstractmethod
    def value_type(self) -> type:
        """The Python class of the values."""

    @property
    @abc.abstractmethod
    def _component_specs(self) -> Any:
        """The structure of the specs of the components."""

    @abc.abstractmethod
    def _to_components(self, value: Any) -> Any:
        """The structure of tensors and composite tensors that `value` consists of."""

    @abc.abstractmethod
    def _from_components(self, components: Any) -> Any:
        """The value that consists of `components`."""

    @abc.abstractmethod
    def _serialize(self) -> Any:
        """The state of the spec: a nested tuple of plain values, shapes, dtypes and specs."""

    @classmethod
    def _deserialize(cls, serialization: Any) -> "TypeSpec":
        return cls(*serialization)

    def is_subtype_of(self, other: Any) -> bool:
        """Whether `other` describes all values that `self` describes."""
        if type(self) is not type(other):
            return False

        def agrees(mine: Any, others: Any) -> bool:
            return mine.is_subtype_of(others) if isinstance(mine, TraceType) else mine == others

        try:
            return all(nest.flatten(nest.map_structure(agrees, self._serialize(), other._serialize())))
        except (ValueError, TypeError):
            return False

    def most_specific_common_supertype(self, others: Sequence[Any]) -> Any:
        """Returns the most specific spec that describes all values of `self` and `others`, or None."""
        if any(type(self) is not type(other) for other in others):
            return None

        def merge(mine: Any, *theirs: Any) -> Any:
            if isinstance(mine, TraceType):
                merged = mine.most_specific_common_supertype(theirs)
                if merged is None:
                    raise ValueError("no common supertype")
                return merged
            if any(mine != other for other in theirs):
                raise ValueError("no common supertype")
            return mine

        try:
            merged = nest.map_structure(merge, self._serialize(), *[other._serialize() for other in others])
        except (ValueError, TypeError):
            return None
        return self._deserialize(merged)

    def most_specific_compatible_type(self, other: "TypeSpec") -> "TypeSpec":
        """`most_specific_common_supertype([other])`, but `ValueError` if there is none. Deprecated."""
        result = self.most_specific_common_supertype([other])
        if result is None:
            raise ValueError(f"No TypeSpec is compatible with both {self} and {other}")
        return result

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Whether some value is described by both `self` and the given spec, or the spec of a given value."""
        other = spec_or_value
        if not isinstance(other, TypeSpec):
            from tfshim.type_spec import type_spec_from_value

            other = type_spec_from_value(other)
        return type(self) is type(other) and self.__is_compatible(self._serialize(), other._serialize())

    def placeholder_value(self, placeholder_context: Any) -> Any:
        if placeholder_context.unnest_only:
            return self
        return self._from_components(
            nest.map_structure(lambda spec: spec.placeholder_value(placeholder_context), self._component_specs)
        )

    def to_tensors(self, value: Any) -> list[Any]:
        tensors: list[Any] = []
        nest.map_structure(
            lambda spec, component: tensors.extend(spec.to_tensors(component)),
            self._component_specs,
            self._to_components(value),
        )
        return tensors

    def from_tensors(self, tensors: Iterator[Any]) -> Any:
        return self._from_components(nest.map_structure(lambda spec: spec.from_tensors(tensors), self._component_specs))

    def flatten(self) -> list[Any]:
        return [flat for spec in nest.flatten(self._component_specs) for flat in spec.flatten()]

    def cast(self, value: Any, casting_context: Any) -> Any:
        if casting_context.allow_specs and isinstance(value, TypeSpec):
            if not value.is_subtype_of(self):
                raise AssertionError(f"Can not cast {value!r} to {self!r}")
            return self
        components = self._to_components(value)
        cast = nest.map_structure(
            lambda spec, component: spec.cast(component, casting_context), self._component_specs, components
        )
        pairs = zip(nest.flatten(components), nest.flatten(cast), strict=True)
        return value if all(a is b for a, b in pairs) else self._from_components(cast)

    def _with_tensor_ranks_only(self) -> "TypeSpec":
        """The spec with all known sizes forgotten."""

        def relax(value: Any) -> Any:
            if isinstance(value, TypeSpec):
                return value._with_tensor_ranks_only()
            return unknown_shape(value.rank) if isinstance(value, TensorShape) else value

        return self._deserialize(nest.map_structure(relax, self._serialize()))

    def _without_tensor_names(self) -> "TypeSpec":
        """The spec with the names of its `TensorSpec`s removed."""

        def rename(value: Any) -> Any:
            return value._without_tensor_names() if isinstance(value, TypeSpec) else value

        return self._deserialize(nest.map_structure(rename, self._serialize()))

    def _to_tensor_list(self, value: Any) -> list[Any]:
        return nest.flatten(self._to_components(value), expand_composites=True)

    def _from_tensor_list(self, tensor_list: list[Any]) -> Any:
        self.__check_tensor_list(tensor_list)
        return self._from_compatible_tensor_list(tensor_list)

    def _from_compatible_tensor_list(self, tensor_list: list[Any]) -> Any:
        return self._from_components(nest.pack_sequence_as(self._component_specs, tensor_list, expand_composites=True))

    @property
    def _flat_tensor_specs(self) -> list[Any]:
        return nest.flatten(self._component_specs, expand_composites=True)

    def _to_legacy_output_types(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__}._to_legacy_output_types()")

    def _to_legacy_output_shapes(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__}._to_legacy_output_shapes()")

    def _to_legacy_output_classes(self) -> Any:
        return self.value_type

    def __tf_tracing_type__(self, context: Any) -> "TypeSpec":
        return self

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.__get_cmp_key() == other.__get_cmp_key()  # type: ignore[attr-defined]

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.__get_cmp_key())

    def __reduce__(self) -> Any:
        return type(self), self._serialize()

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self._serialize()!r}"

    def __check_tensor_list(self, tensor_list: list[Any]) -> None:
        expected = self._flat_tensor_specs
        name = self.value_type.__name__
        if len(tensor_list) != len(expected):
            raise ValueError(f"A {name} has {len(expected)} component tensors, got {len(tensor_list)}.")
        for i, (tensor, spec) in enumerate(zip(tensor_list, expected, strict=True)):
            if not spec.is_compatible_with(tensor):
                raise ValueError(f"Component {i} of a {name} must agree with {spec}, got {tensor!r}.")

    def __get_cmp_key(self) -> Any:
        try:
            return self._cached_cmp_key
        except AttributeError:
            self._cached_cmp_key = (type(self), self.__make_cmp_key(self._serialize()))
            return self._cached_cmp_key

    # Libraries with specs of their own call the next two by their mangled names.
    def __make_cmp_key(self, value: Any) -> Any:
        """A hashable stand-in for a part of the serialization."""
        if value is None or isinstance(value, (int, float, str, bytes, np.generic, DType, TypeSpec, TensorShape)):
            return value
        if isinstance(value, dict):
            return tuple((self.__make_cmp_key(key), self.__make_cmp_key(value[key])) for key in sorted(value))
        if isinstance(value, tuple):
            return tuple(self.__make_cmp_key(item) for item in value)
        if isinstance(value, list):
            return list, tuple(self.__make_cmp_key(item) for item in value)
        if isinstance(value, np.ndarray):
            return np.ndarray, value.shape, tuple(value.ravel().tolist())
        raise ValueError(f"{self!r} cannot be hashed: _serialize() returned a value of type {type(value)}.")

    @staticmethod
    def __is_compatible(a: Any, b: Any) -> bool:
        """Whether two serializations describe a common value."""
        if isinstance(a, TypeSpec):
            return a.is_compatible_with(b)
        if nest.is_namedtuple(a) and nest.is_namedtuple(b):
            if not nest.same_namedtuples(a, b):
                return False
        elif type(a) is not type(b):
            return False
        if isinstance(a, (list, tuple)):
            return len(a) == len(b) and all(TypeSpec.__is_compatible(x, y) for x, y in zip(a, b, strict=True))
        if isinstance(a, dict):
            return a.keys() == b.keys() and all(TypeSpec.__is_compatible(a[key], b[key]) for key in a)
        if isinstance(a, (TensorShape, DType)):
            return a.is_compatible_with(b)
        return a == b


@export("__internal__.CompositeTensor")
class CompositeTensor(metaclass=abc.ABCMeta):
    """A value that consists of tensors: `_type_spec` takes it apart and puts it together.

    `tf.nest` sees its components with `expand_composites=True`, and with that `tf.function` takes, captures and
    returns such values, loops and conditionals carry them, tapes watch them: a new kind needs nothing more than a
    spec. It is a subclass of `TypeSpec` (of `BatchableTypeSpec` if datasets can batch it) with

    - `value_type`, `_serialize()`, `_component_specs`: the class, the state, and the `TensorSpec`s of the parts;
    - `_to_components(value)`, `_from_components(components)`: in the order of `_component_specs`. The latter runs on
      symbolic tensors, and may be given other objects (placeholders, specs, None): it must not compute or check.

    `@register("tf.NameOfTheSpec")` gives the spec its name in SavedModels. What public functions do with such
    values is said by `_handler(path)` (see `tfshim.dispatch`), which knows nothing for a new kind.
    """

    @classmethod
    def _handler(cls, path: str) -> Callable[..., Any] | None:
        """What answers for the public function at `path` ("math.add") when an argument is of this class."""
        return None

    @property
    @abc.abstractmethod
    def _type_spec(self) -> Any:
        """The `TypeSpec` of this value."""

    def _shape_invariant_to_type_spec(self, shape: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__}._shape_invariant_to_type_spec")

    def _consumers(self) -> list[Any]:
        """The operations of the graph that use a component."""
        symbolic = [t for t in nest.flatten(self, expand_composites=True) if getattr(t, "graph", None) is not None]
        return list({operation: None for tensor in symbolic for operation in tensor.consumers()})

    def __tf_tracing_type__(self, context: Any) -> Any:
        return self._type_spec.__tf_tracing_type__(context)

    def _convert_variables_to_tensors(self) -> Any:
        """This value with the variables among its components read; override if there can be any."""
        return self


def replace_composites_with_components(structure: Any) -> Any:
    """Returns the structure with every composite tensor replaced by the structure of its components."""
    if isinstance(structure, CompositeTensor):
        return replace_composites_with_components(structure._type_spec._to_components(structure))
    if not nest.is_nested(structure):
        return structure
    return nest.map_structure(replace_composites_with_components, structure)


_names: dict[type, str] = {}
_by_name: dict[str, type] = {}


def register(name: str) -> Callable[[type], type]:
    """Gives a spec class the name under which SavedModels record it: "project.Name", unique.

    Raises `ValueError` if name or class are taken or the name is malformed, `TypeError` for other classes.
    """
    if not isinstance(name, str):
        raise TypeError(f"Expected `name` to be a string; got {name!r}")
    if not re.match(r"^(\w+\.)+\w+$", name):
        raise ValueError(f"name must have the form 'project_name.type_name'; got {name!r}.")

    def decorator(cls: type) -> type:
        if not (isinstance(cls, type) and issubclass(cls, TypeSpec)):
            raise TypeError(f"Expected `cls` to be a TypeSpec; got {cls!r}")
        if cls in _names:
            raise ValueError(f"Class {cls.__module__}.{cls.__name__} has the name {_names[cls]} already.")
        if name in _by_name:
            raise ValueError(f"Name {name} has already been registered for {_by_name[name]!r}.")
        definitions.note("spec", name)
        _names[cls] = name
        _by_name[name] = cls
        return cls

    return decorator


def get_name(cls: type) -> str:
    """Returns the registered name of a spec class; `ValueError` if it has none."""
    if not (isinstance(cls, type) and issubclass(cls, TypeSpec)):
        raise TypeError(f"Expected `cls` to be a TypeSpec; got {cls!r}")
    if cls not in _names:
        raise ValueError(f"TypeSpec {cls.__module__}.{cls.__name__} has not been registered.")
    return _names[cls]


def lookup(name: str) -> type:
    """Returns the spec class of a registered name; `ValueError` if there is none."""
    if not isinstance(name, str):
        raise TypeError(f"Expected `name` to be a string; got {name!r}")
    if name not in _by_name:
        definitions.load("spec", name)
    if name not in _by_name:
        raise ValueError(f"No TypeSpec has been registered with name {name!r}")
    return _by_name[name]
