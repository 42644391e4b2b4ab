"""Specs of values: `TensorSpec` and its relatives, batching, and `type_spec_from_value`."""

import abc
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfshim import nest
from tfshim.dtypes import DType, as_dtype, float32
from tfshim.export import export
from tfshim.shapes import TensorShape, as_shape
from tfshim.trace_type import CastContext, PlaceholderContext, TraceType, TracingContext
from tfshim.type_spec_base import (
    CompositeTensor,
    TypeSpec,
    get_name,
    lookup,
    register,
    replace_composites_with_components,
)

__all__ = [
    "BatchableTypeSpec",
    "BoundedTensorSpec",
    "CastContext",
    "CompositeTensor",
    "DenseSpec",
    "PlaceholderContext",
    "TensorSpec",
    "TraceType",
    "TracingContext",
    "TypeSpec",
    "TypeSpecBatchEncoder",
    "get_name",
    "lookup",
    "register",
    "register_type_spec_from_value_converter",
    "replace_composites_with_components",
    "type_spec_from_value",
]


class TypeSpecBatchEncoder(metaclass=abc.ABCMeta):
    """Says how values of a composite type are encoded as tensors that can be stacked and unstacked."""

    @abc.abstractmethod
    def batch(self, spec: Any, batch_size: int | None) -> Any:
        """Returns the spec of a batch of values of `spec`."""

    @abc.abstractmethod
    def unbatch(self, spec: Any) -> Any:
        """Returns the spec of one value of a batch of `spec`."""

    @abc.abstractmethod
    def encode(self, spec: Any, value: Any, minimum_rank: int = 0) -> Any:
        """Returns a structure of tensors of at least `minimum_rank` dimensions that can be stacked."""

    @abc.abstractmethod
    def decode(self, spec: Any, encoded_value: Any) -> Any:
        """Returns the value of `spec` that `encode` encoded, perhaps stacked or unstacked since."""

    @abc.abstractmethod
    def encoding_specs(self, spec: Any) -> Any:
        """Returns the structure of the specs of what `encode` returns."""


class LegacyTypeSpecBatchEncoder(TypeSpecBatchEncoder):
    """Encodes by the methods of the spec itself."""

    def batch(self, spec: Any, batch_size: int | None) -> Any:
        return spec._batch(batch_size)

    def unbatch(self, spec: Any) -> Any:
        return spec._unbatch()

    def encode(self, spec: Any, value: Any, minimum_rank: int = 0) -> Any:
        if minimum_rank == 0:
            return spec._to_tensor_list(value)
        if minimum_rank == 1 and isinstance(spec, BatchableTypeSpec):
            return spec._to_batched_tensor_list(value)
        raise ValueError(f"{type(spec).__name__} does not support minimum_rank={minimum_rank}.")

    def decode(self, spec: Any, encoded_value: Any) -> Any:
        return spec._from_tensor_list(encoded_value)

    def encoding_specs(self, spec: Any) -> Any:
        return spec._flat_tensor_specs


class BatchableTypeSpec(TypeSpec):
    """A spec whose values are stacked by stacking tensors. Subclasses also give `_batch` and `_unbatch`."""

    __slots__ = ()
    __batch_encoder__: TypeSpecBatchEncoder = LegacyTypeSpecBatchEncoder()

    @abc.abstractmethod
    def _batch(self, batch_size: int | None) -> TypeSpec:
        """The spec of a batch of values."""

    @abc.abstractmethod
    def _unbatch(self) -> TypeSpec:
        """The spec of one value of a batch."""

    @property
    def _flat_tensor_specs(self) -> list[Any]:
        return nest.flatten(
            nest.map_structure(lambda spec: batchable_flat_tensor_specs(spec, self), self._component_specs)
        )

    def _to_tensor_list(self, value: Any) -> list[Any]:
        return nest.flatten(
            nest.map_structure(batchable_to_tensor_list, self._component_specs, self._to_components(value))
        )

    def _to_batched_tensor_list(self, value: Any) -> list[Any]:
        def encode(spec: Any, component: Any) -> Any:
            if isinstance(spec, BatchableTypeSpec):
                return batchable_to_tensor_list(spec, component, minimum_rank=1)
            return spec._to_tensor_list(component)

        tensors = nest.flatten(nest.map_structure(encode, self._component_specs, self._to_components(value)))
        if any(tensor.shape.rank == 0 for tensor in tensors):
            raise ValueError(f"{value} cannot be batched: one of its component tensors is a scalar.")
        return tensors

    def _from_compatible_tensor_list(self, tensor_list: list[Any]) -> Any:
        flat_specs = nest.map_structure(lambda spec: batchable_flat_tensor_specs(spec, self), self._component_specs)
        nested = nest.pack_sequence_as(flat_specs, tensor_list)
        return self._from_components(
            nest.map_structure_up_to(self._component_specs, batchable_from_tensor_list, self._component_specs, nested)
        )


def batchable_flat_tensor_specs(spec: Any, context_spec: Any = None) -> list[Any]:
    """The `TensorSpec`s of the batchable encoding of values of `spec`."""
    if isinstance(spec, TensorSpec):
        return [spec]
    if hasattr(spec, "__batch_encoder__"):
        encoding = spec.__batch_encoder__.encoding_specs(spec)
        return nest.flatten(nest.map_structure(lambda part: batchable_flat_tensor_specs(part, context_spec), encoding))
    warnings.warn(
        f"Batchable type {context_spec} contains non-batchable field or component with type {spec}.",
        stacklevel=2,
    )
    return spec._flat_tensor_specs


def batchable_to_tensor_list(spec: Any, value: Any, minimum_rank: int = 0) -> list[Any]:
    """The tensors of the batchable encoding of `value`."""
    if isinstance(spec, TensorSpec):
        return [value]
    if hasattr(spec, "__batch_encoder__"):
        encoder = spec.__batch_encoder__
        return nest.flatten(
            nest.map_structure(
                lambda part, encoded: batchable_to_tensor_list(part, encoded, minimum_rank),
                encoder.encoding_specs(spec),
                encoder.encode(spec, value, minimum_rank),
            )
        )
    return spec._to_tensor_list(value)


def batchable_from_tensor_list(spec: Any, tensor_list: Any) -> Any:
    """The value of `spec` whose batchable encoding is `tensor_list`."""
    if isinstance(spec, TensorSpec):
        (tensor,) = tensor_list
        return tensor
    if hasattr(spec, "__batch_encoder__"):
        encoding = spec.__batch_encoder__.encoding_specs(spec)
        packed = nest.pack_sequence_as(nest.map_structure(batchable_flat_tensor_specs, encoding), tensor_list)
        encoded = nest.map_structure_up_to(encoding, batchable_from_tensor_list, encoding, packed)
        return spec.__batch_encoder__.decode(spec, encoded)
    return spec._from_compatible_tensor_list(tensor_list)


class DenseSpec(TypeSpec):
    """A dense value with a shape, a dtype and a name."""

    __slots__ = ("_dtype", "_name", "_shape")

    _shape: TensorShape
    _dtype: DType

    def __init__(self, shape: Any, dtype: Any = float32, name: str | None = None) -> None:
        """`TypeError` if `shape` is not a shape or `dtype` not a dtype."""
        self._shape = as_shape(shape)
        self._dtype = as_dtype(dtype)
        self._name = name

    @property
    def shape(self) -> TensorShape:
        """The `TensorShape`."""
        return self._shape

    @property
    def dtype(self) -> DType:
        """The `DType`."""
        return self._dtype

    @property
    def name(self) -> str | None:
        """The name, or None."""
        return self._name

    @property
    def _component_specs(self) -> Any:
        return self

    def is_compatible_with(self, spec_or_tensor: Any) -> bool:
        """Whether the dtypes agree and the shapes are compatible; False for what is no spec and no tensor."""
        return (
            isinstance(spec_or_tensor, (DenseSpec, self.value_type))
            and self._dtype.is_compatible_with(spec_or_tensor.dtype)
            and self._shape.is_compatible_with(spec_or_tensor.shape)
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self._shape}, dtype={self._dtype!r}, name={self._name!r})"

    def __hash__(self) -> int:
        return hash((self._shape._dims, self._dtype))

    def __eq__(self, other: object) -> bool:
        return (
            type(self) is type(other)
            and self._shape._dims == other._shape._dims
            and self._dtype is other._dtype
            and self._name == other._name
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    def _serialize(self) -> Any:
        return self._shape, self._dtype, self._name

    def _to_legacy_output_types(self) -> Any:
        return self._dtype

    def _to_legacy_output_shapes(self) -> Any:
        return self._shape

    def _to_legacy_output_classes(self) -> Any:
        return self.value_type


@export("TensorSpec")
@register("tf.TensorSpec")
class TensorSpec(DenseSpec, BatchableTypeSpec):
    """Describes the tensors of a shape (perhaps partly known) and a dtype, as in an input signature."""

    __slots__ = ()

    @classmethod
    def from_spec(cls, spec: Any, name: str | None = None) -> "TensorSpec":
        """Returns the `TensorSpec` with the shape and dtype of `spec`, and its name unless one is given."""
        return cls(spec.shape, spec.dtype, name or spec.name)

    @classmethod
    def from_tensor(cls, tensor: Any, name: str | None = None) -> "TensorSpec":
        """Returns the `TensorSpec` of a tensor; its name is that of its op in a graph unless one is given.

        Raises `ValueError` for what is not a tensor.
        """
        from tfshim.tensor import EagerTensor, Tensor

        if isinstance(tensor, EagerTensor):
            return TensorSpec(tensor.shape, tensor.dtype, name)
        if isinstance(tensor, Tensor):
            return TensorSpec(tensor.shape, tensor.dtype, name or tensor.op.name)
        raise ValueError(f"`tensor` should be a tf.Tensor, but got type {type(tensor)}.")

    @property
    def value_type(self) -> type:
        """`tf.Tensor`."""
        from tfshim.tensor import Tensor

        return Tensor

    def is_subtype_of(self, other: Any) -> bool:
        """Whether dtypes (and names, if `self` has one) are equal and `other`'s shape describes `self`'s."""
        return (
            isinstance(other, TensorSpec)
            and (not self._name or self._name == other._name)
            and self._dtype is other._dtype
            and self._shape.is_subtype_of(other._shape)
        )

    def placeholder_value(self, placeholder_context: Any) -> Any:
        if placeholder_context.unnest_only:
            return self
        graph = placeholder_context.context_graph
        name = self._name or placeholder_context.naming_scope
        return graph.argument(self._dtype.base_dtype, self._shape, name)

    def to_tensors(self, value: Any) -> list[Any]:
        value = self.cast(value, CastContext())
        if not value.shape.is_subtype_of(self._shape):
            raise TypeError(f"Received tensor of shape {value.shape} instead of {self._shape}")
        return [value]

    def from_tensors(self, tensors: Iterator[Any]) -> Any:
        return next(tensors)

    def flatten(self) -> list[Any]:
        return [self]

    def cast(self, value: Any, casting_context: Any) -> Any:
        """Returns `value` as a tensor of this spec; `TypeError` if it is not one."""
        from tfshim.tensor import Tensor

        if casting_context.allow_specs and isinstance(value, TensorSpec):
            if not value.is_subtype_of(self):
                raise AssertionError(f"Can not cast {value!r} to {self!r}")
            return self
        if not isinstance(value, Tensor):
            from tfshim.convert import convert_to_tensor

            value = convert_to_tensor(value, self._dtype)
        if value.dtype is not self._dtype or not value.shape.is_subtype_of(self._shape):
            spec = TensorSpec(value.shape, value.dtype, self._name)
            if not self.is_subtype_of(spec):
                raise TypeError(f"Can not cast {spec!r} to {self!r}")
            value.set_shape(self._shape)
        return value

    def _to_components(self, value: Any) -> Any:
        return value

    def _from_components(self, components: Any) -> Any:
        return components

    def _from_compatible_tensor_list(self, tensor_list: list[Any]) -> Any:
        (tensor,) = tensor_list
        tensor.set_shape(self._shape)
        return tensor

    def _to_tensor_list(self, value: Any) -> list[Any]:
        return [value]

    _to_batched_tensor_list = _to_tensor_list

    @property
    def _flat_tensor_specs(self) -> list[Any]:
        return [self]

    def _batch(self, batch_size: int | None) -> "TensorSpec":
        return TensorSpec(TensorShape([batch_size]).concatenate(self._shape), self._dtype)

    def _unbatch(self) -> "TensorSpec":
        if self._shape.rank == 0:
            raise ValueError("Unbatching a tensor is only supported for rank >= 1")
        return TensorSpec(self._shape[1:], self._dtype)

    def _without_tensor_names(self) -> "TensorSpec":
        return self if self._name is None else TensorSpec(self._shape, self._dtype)


@register("tf.BoundedTensorSpec")
class BoundedTensorSpec(TensorSpec):
    """A `TensorSpec` with bounds (inclusive) of the values, which broadcast to the shape."""

    __slots__ = ("_maximum", "_minimum")

    def __init__(self, shape: Any, dtype: Any, minimum: Any, maximum: Any, name: str | None = None) -> None:
        """`ValueError` if a bound is None or does not broadcast to `shape`."""
        super().__init__(shape, dtype, name)
        self._minimum = self._bound("minimum", minimum)
        self._maximum = self._bound("maximum", maximum)

    def _bound(self, argument: str, value: Any) -> np.ndarray:
        if value is None:
            raise ValueError(f"`{argument}` can not be None.")
        bound = np.array(value, dtype=self._dtype.as_numpy_dtype)
        dims = self._shape._dims
        # As in TensorFlow, a bound may have more dimensions than the shape: they need only broadcast.
        if dims is not None and any(
            size not in (1, None) and bound_size not in (1, size)
            for size, bound_size in zip(dims[::-1], bound.shape[::-1], strict=False)
        ):
            raise ValueError(f"`{argument}` {value} is not compatible with shape {self._shape}.")
        bound.setflags(write=False)
        return bound

    @classmethod
    def from_spec(cls, spec: Any) -> "BoundedTensorSpec":  # type: ignore[override]
        """Returns the spec with the bounds of `spec`, or those of its dtype if it has none."""
        dtype = as_dtype(spec.dtype)
        minimum = spec.minimum if hasattr(spec, "minimum") else dtype.min
        maximum = spec.maximum if hasattr(spec, "maximum") else dtype.max
        return BoundedTensorSpec(spec.shape, dtype, minimum, maximum, spec.name)

    @property
    def minimum(self) -> np.ndarray:
        """The lower bound: a read-only NumPy array."""
        return self._minimum

    @property
    def maximum(self) -> np.ndarray:
        """The upper bound: a read-only NumPy array."""
        return self._maximum

    def cast(self, value: Any, casting_context: Any) -> Any:
        if casting_context.allow_specs and isinstance(value, BoundedTensorSpec):
            if not value.is_subtype_of(self):
                raise AssertionError(f"Can not cast {value!r} to {self!r}")
            return self
        return TensorSpec(self._shape, self._dtype, self._name).cast(value, casting_context)

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, minimum={self._minimum!r}, maximum={self._maximum!r})"

    def __eq__(self, other: object) -> bool:
        return (
            super().__eq__(other)
            and np.allclose(self._minimum, other._minimum)
            and np.allclose(self._maximum, other._maximum)
        )

    __hash__ = TensorSpec.__hash__

    def _serialize(self) -> Any:
        return self._shape, self._dtype, self._minimum, self._maximum, self._name


_converters: list[tuple[type, Callable[[Any], TypeSpec], bool]] = []


def register_type_spec_from_value_converter(
    type_object: type, converter_fn: Callable[[Any], TypeSpec], allow_subclass: bool = False
) -> None:
    """Declares how the spec of a value of a class (and its subclasses) is found; the latest one wins."""
    _converters.append((type_object, converter_fn, allow_subclass))


@export("type_spec_from_value")
def type_spec_from_value(value: Any) -> TypeSpec:
    """Returns the `TypeSpec` of a tensor, composite tensor, NumPy array, or value that converts to a tensor.

    Raises `TypeError` for anything else.
    """
    spec = _spec_of_value(value)
    if spec is not None:
        return spec
    from tfshim.convert import convert_to_tensor

    try:
        return TensorSpec.from_tensor(convert_to_tensor(value))
    except (ValueError, TypeError) as error:
        raise TypeError(f"Could not build a TypeSpec for {value} of unsupported type {type(value)}.") from error


def _spec_of_value(value: Any) -> TypeSpec | None:
    from tfshim.tensor import Tensor

    if isinstance(value, Tensor):
        return TensorSpec(value.shape, value.dtype)
    if isinstance(value, CompositeTensor):
        return value._type_spec
    if isinstance(value, np.ndarray):
        return TensorSpec(value.shape, value.dtype)
    if isinstance(value, list) and value:
        specs = [_spec_of_value(item) for item in value]
        first = specs[0]
        if isinstance(first, BatchableTypeSpec):
            merged = first.most_specific_common_supertype(specs[1:])
            if merged is not None:
                return merged._batch(len(specs))
    if value is None:
        from tfshim.data.structure import NoneTensorSpec

        return NoneTensorSpec()
    for type_object, converter, allow_subclass in reversed(_converters):
        if type(value) is type_object or allow_subclass and isinstance(value, type_object):
            return converter(value)
    return None


nest.register_composites(CompositeTensor, TypeSpec)
nest.register_atoms(TensorSpec)
