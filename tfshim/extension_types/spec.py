"""`ExtensionTypeSpec`: the spec of an extension type, which has the fields of its values, with specs for tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim.export import export
from tfshim.extension_types.construction import Immutable
from tfshim.extension_types.fields import is_component, leaves, map_leaves, replace_specs
from tfshim.shapes import TensorShape
from tfshim.type_spec import (
    BatchableTypeSpec,
    TypeSpec,
    TypeSpecBatchEncoder,
    batchable_flat_tensor_specs,
    batchable_from_tensor_list,
    batchable_to_tensor_list,
    type_spec_from_value,
)


@export("experimental.ExtensionTypeSpec")
class ExtensionTypeSpec(Immutable, TypeSpec):
    """The `TypeSpec` of an extension type: a class of its own for each, with the same fields.

    Where values have tensors, the spec has the `TensorSpec`s; all other fields are part of the type.
    """

    _described = "ExtensionTypeSpec"
    _is_spec = True

    @property
    def _component_specs(self) -> Any:
        values = tuple(self.__dict__[name] for name in self._field_names())
        return tuple(leaf for leaf in leaves(values) if isinstance(leaf, TypeSpec))

    def _to_components(self, value: Any) -> Any:
        values = tuple(value.__dict__[name] for name in self._field_names())
        return tuple(leaf for leaf in leaves(values) if is_component(leaf))

    def _from_components(self, components: Any) -> Any:
        remaining = iter(components)
        value: Any = object.__new__(self.value_type)
        for name in self._field_names():
            value.__dict__[name] = replace_specs(self.__dict__[name], remaining)
        return value

    def _field_names(self) -> list[str]:
        return [field.name for field in self._tf_extension_type_fields()]

    @classmethod
    def _tf_extension_type_fields(cls) -> Any:
        return cls.value_type._tf_extension_type_fields()  # type: ignore[attr-defined]

    @classmethod
    def from_value(cls, value):
        """The spec of a value of the extension type."""
        spec = object.__new__(cls)
        for field in cls._tf_extension_type_fields():
            spec.__dict__[field.name] = map_leaves(_spec_of, value.__dict__[field.name])
        spec.__validate__()
        return spec

    def _serialize(self) -> Any:
        fields = self._tf_extension_type_fields()
        return tuple((f.name, map_leaves(lambda leaf: leaf, self.__dict__[f.name], dict)) for f in fields)

    @classmethod
    def _deserialize(cls, serialization: Any) -> Any:
        spec = object.__new__(cls)
        spec.__dict__.update(serialization)
        spec._tf_extension_type_convert_fields()
        return spec

    def __repr__(self) -> str:
        text = ", ".join(f"{name}={value!r}" for name, value in self._serialize())
        return f"{type(self).__qualname__}({text})"

    def __reduce__(self) -> Any:
        return _deserialize, (type(self), self._serialize())

    def _to_legacy_output_shapes(self) -> Any:
        shape = getattr(self, "shape", None)
        if shape is None:
            raise NotImplementedError(
                f"{type(self).__qualname__} has no property `shape`, which this function of tf.data needs: define "
                "it in a nested class Spec of the extension type"
            )
        return shape


class BatchableExtensionTypeSpec(ExtensionTypeSpec, BatchableTypeSpec):
    """The spec of a `BatchableExtensionType`, whose `__batch_encoder__` says how values are stacked."""

    def _batch(self, batch_size: int | None) -> Any:
        return self.__batch_encoder__.batch(self, batch_size)

    def _unbatch(self) -> Any:
        return self.__batch_encoder__.unbatch(self)

    @property
    def _flat_tensor_specs(self) -> list[Any]:
        return batchable_flat_tensor_specs(self)

    def _to_tensor_list(self, value: Any) -> list[Any]:
        return batchable_to_tensor_list(self, value)

    def _to_batched_tensor_list(self, value: Any) -> list[Any]:
        return batchable_to_tensor_list(self, value, minimum_rank=1)

    def _from_compatible_tensor_list(self, tensor_list: list[Any]) -> Any:
        return batchable_from_tensor_list(self, tensor_list)


@export("experimental.ExtensionTypeBatchEncoder")
class ExtensionTypeBatchEncoder(TypeSpecBatchEncoder):
    """Stacks and unstacks extension types. By default each tensor by itself; a `TensorShape` gets the
    size of the batch before it, and other fields stay as they are.

    A subclass, named as `__batch_encoder__` in a `BatchableExtensionType`, can encode them otherwise.
    """

    def batch(self, spec, batch_size):
        """The spec of a batch of values of `spec`."""
        outer = TensorShape([batch_size])
        return _with_each(spec, lambda s: s.__batch_encoder__.batch(s, batch_size), outer.concatenate)

    def unbatch(self, spec):
        """The spec of one value of a batch that `spec` describes."""
        return _with_each(spec, lambda s: s.__batch_encoder__.unbatch(s), lambda shape: shape[1:])

    def encode(self, spec, value, minimum_rank=0):
        """The tensors of `value`, as `encoding_specs` describes them."""
        return spec._to_components(value)

    def decode(self, spec, encoded_value):
        """The value of `spec` whose tensors these are."""
        return spec._from_components(encoded_value)

    def encoding_specs(self, spec):
        """The specs of the tensors of values of `spec`."""
        return spec._component_specs


def _with_each(spec: Any, of_spec: Callable[[Any], Any], of_shape: Callable[[TensorShape], TensorShape]) -> Any:
    """The spec with its specs and shapes replaced."""

    def replaced(leaf: Any) -> Any:
        if isinstance(leaf, TypeSpec):
            return of_spec(leaf)
        return of_shape(leaf) if isinstance(leaf, TensorShape) else leaf

    made = object.__new__(type(spec))
    for field in spec._tf_extension_type_fields():
        made.__dict__[field.name] = map_leaves(replaced, spec.__dict__[field.name])
    return made


def _spec_of(leaf: Any) -> Any:
    return type_spec_from_value(leaf) if is_component(leaf) else leaf


def _deserialize(cls: Any, serialization: Any) -> Any:
    return cls._deserialize(serialization)


for _class in (ExtensionTypeSpec, BatchableExtensionTypeSpec, ExtensionTypeBatchEncoder):
    _class.__module__ = "tensorflow.python.framework.extension_type"
