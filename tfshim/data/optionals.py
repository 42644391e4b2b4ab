"""`tf.experimental.Optional`: a value that may be absent, as an iterator gives it at its end."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim.data.structure import (
    OpaqueSpec,
    flat_dtypes,
    from_tensors,
    normalize,
    spec_of,
    tensor_specs,
    to_tensors,
)
from tfshim.errors import InvalidArgumentError
from tfshim.export import export
from tfshim.ops import op
from tfshim.ops.host_variants import HostVariant
from tfshim.ops.registry import kernel, shape_function
from tfshim.shapes import TensorShape
from tfshim.tensor import Tensor
from tfshim.type_spec import CompositeTensor
from tfshim.type_spec import register as register_spec

_MODULE = "tensorflow.python.data.ops.optional_ops"


@export("experimental.Optional", "data.experimental.Optional")
class Optional(CompositeTensor):
    """A structure of tensors, or none."""

    @property
    def element_spec(self) -> Any:
        """The structure of specs of the value."""
        raise NotImplementedError("Optional.element_spec")

    def has_value(self, name: str | None = None) -> Tensor:
        """A boolean tensor: whether there is a value."""
        raise NotImplementedError("Optional.has_value")

    def get_value(self, name: str | None = None) -> Any:
        """The value; InvalidArgumentError if there is none."""
        raise NotImplementedError("Optional.get_value")

    @staticmethod
    def from_value(value: Any) -> Optional:
        """An optional that holds a value."""
        value = normalize(value)
        spec = spec_of(value)
        return VariantOptional(op("OptionalFromValue")(to_tensors(spec, value)), spec)

    @staticmethod
    def empty(element_spec: Any) -> Optional:
        """An optional without a value, of the given spec."""
        return VariantOptional(op("OptionalNone")(), element_spec)


class VariantOptional(Optional):
    """An optional behind a variant tensor."""

    def __init__(self, variant_tensor: Tensor, element_spec: Any):
        self._variant_tensor = variant_tensor
        self._element_spec = element_spec

    @property
    def element_spec(self) -> Any:
        """The structure of specs of the value."""
        return self._element_spec

    def has_value(self, name: str | None = None) -> Tensor:
        """A boolean tensor: whether there is a value."""
        return op("OptionalHasValue")(self._variant_tensor, name=name)

    def get_value(self, name: str | None = None) -> Any:
        """The value; InvalidArgumentError if there is none."""
        spec = self._element_spec
        parts = op("OptionalGetValue")(
            self._variant_tensor, output_types=flat_dtypes(spec), output_shapes=flat_shapes(spec), name=name
        )
        return from_tensors(spec, parts)

    @property
    def _type_spec(self) -> OptionalSpec:
        return OptionalSpec(self._element_spec)


VariantOptional.__name__ = VariantOptional.__qualname__ = "_OptionalImpl"
for _cls in (Optional, VariantOptional):
    _cls.__module__ = _MODULE


@export("OptionalSpec")
@register_spec("tf.OptionalSpec")
class OptionalSpec(OpaqueSpec):
    """Describes optionals by the spec of their value."""

    __slots__ = ("_element_spec",)

    def __init__(self, element_spec: Any):
        self._element_spec = element_spec

    @property
    def element_spec(self) -> Any:
        """The structure of specs of the value."""
        return self._element_spec

    @property
    def value_type(self) -> type:
        """The class of optionals."""
        return VariantOptional

    def _serialize(self) -> Any:
        return (self._element_spec,)

    def _to_components(self, value: Any) -> Any:
        return value._variant_tensor

    def _from_components(self, components: Any) -> Any:
        return VariantOptional(components, self._element_spec)

    @staticmethod
    def from_value(value: Any) -> OptionalSpec:
        """The spec of an optional."""
        return OptionalSpec(value.element_spec)


OptionalSpec.__module__ = _MODULE


def flat_shapes(spec: Any) -> list[Any]:
    """Static shapes of the tensors that an element consists of."""
    return [s.shape for s in tensor_specs(spec)]


# Kernels: an optional is a `Present`, or None -----------------------------------------------------------------


class Present(HostVariant):
    """The value of an optional: no tuple, for kernels that pass it on would seem to have several results."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[Any, ...]):
        self.parts = parts


@kernel("OptionalNone", host=True)
def _none():
    return (None,)


@kernel("OptionalFromValue", host=True)
def _from_value(components):
    return (Present(tuple(components)),)


@kernel("OptionalHasValue", host=True)
def _has_value(optional):
    return (np.asarray(optional is not None),)


@kernel("OptionalGetValue", host=True)
def _get_value(optional, *, output_types, output_shapes):
    if optional is None:
        raise InvalidArgumentError(None, None, "The given optional does not have a value.")
    return optional.parts


@shape_function("OptionalGetValue", "IteratorGetNext")
def _declared_shapes(c):
    return [TensorShape(s) for s in c.attr("output_shapes")]


@shape_function("OptionalNone", "OptionalFromValue", "OptionalHasValue", "IteratorGetNextAsOptional")
def _scalar(c):
    return [TensorShape([])]
