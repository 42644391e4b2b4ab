"""Elements of datasets: their structure, their specs, and the flat raw values that flow through a pipeline.

The structures of `tf.data` are those of `tf.nest`, except that a list is a tensor and not a structure. Inside a
pipeline an element is a flat tuple with one raw value for each leaf of its spec: an array (NumPy or JAX) where the leaf
is a `TensorSpec`, the Python object behind the variant where it is the spec of a dataset or an optional, the composite
tensor itself for other specs, None for None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes, nest
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import DType
from tfshim.export import export
from tfshim.shapes import as_shape, unknown_shape
from tfshim.tensor import EagerTensor, Tensor, host_tensor, opaque_tensor, opaque_value
from tfshim.type_spec import CompositeTensor, TensorSpec, TypeSpec, type_spec_from_value
from tfshim.type_spec import register as register_spec

Raw = tuple[Any, ...]


@export("NoneTensorSpec")
@register_spec("tf.NoneTensorSpec")
class NoneTensorSpec(TypeSpec):
    """The spec of None as a part of an element."""

    __slots__ = ()

    @property
    def value_type(self) -> type:
        """The type of None."""
        return type(None)

    @property
    def _component_specs(self) -> Any:
        return []

    def _to_components(self, value: Any) -> Any:
        return []

    def _from_components(self, components: Any) -> Any:
        return None

    def _serialize(self) -> Any:
        return ()

    def _to_legacy_output_types(self) -> Any:
        return self

    def _to_legacy_output_shapes(self) -> Any:
        return self

    def _to_legacy_output_classes(self) -> Any:
        return self

    @staticmethod
    def from_value(value):
        """The spec of None, whatever is given."""
        return NoneTensorSpec()

    def most_specific_compatible_shape(self, other):
        """This spec itself; `ValueError` for a spec of another class."""
        if type(self) is not type(other):
            raise ValueError(f"No `TypeSpec` is compatible with both {self} and {other}")
        return self

    def _batch(self, batch_size: int | None) -> NoneTensorSpec:
        return self

    def _unbatch(self) -> NoneTensorSpec:
        return self

    def __repr__(self) -> str:
        return "NoneTensorSpec()"


NoneTensorSpec.__module__ = "tensorflow.python.framework.none_tensor"


class OpaqueSpec(TypeSpec):
    """Base of the specs whose values are one Python object behind one variant tensor: datasets, optionals."""

    __slots__ = ()

    @property
    def _component_specs(self) -> Any:
        return TensorSpec([], dtypes.variant)

    def _to_legacy_output_types(self) -> Any:
        return self

    def _to_legacy_output_shapes(self) -> Any:
        return self

    def _to_legacy_output_classes(self) -> Any:
        return self


# Structures ----------------------------------------------------------------------------------------------


def map_leaves(function: Callable[[Any], Any], structure: Any) -> Any:
    """The structure with every leaf replaced; lists are leaves, and so is the value of a sparse tensor, a tuple."""
    if isinstance(structure, (list, range)) or not nest.is_nested(structure) or hasattr(structure, "dense_shape"):
        return function(structure)
    return nest.sequence_like(structure, [map_leaves(function, child) for child in _children(structure)])


def _children(structure: Any) -> Any:
    """The parts of a structure, in the order of traversal."""
    if nest.is_mapping(structure):
        return [structure[key] for key in sorted(structure)]
    if nest.is_attrs(structure):
        return [getattr(structure, attribute.name) for attribute in type(structure).__attrs_attrs__]
    if hasattr(structure, "__tf_flatten__"):
        return structure.__tf_flatten__()[1]
    return structure


def normalize(element: Any) -> Any:
    """The element with every leaf converted to a tensor; composite tensors and None stay as they are.

    Raises:
      TypeError, ValueError: for what does not convert.
    """
    return map_leaves(_normalize_leaf, element)


def _normalize_leaf(value: Any) -> Any:
    if value is None or isinstance(value, (Tensor, TypeSpec)):
        return value
    # Variables, which have a handle, are read.
    if isinstance(value, CompositeTensor) and getattr(value, "handle", None) is None:
        return value
    if hasattr(value, "dense_shape"):
        from tfshim.sparse.tensor import SparseTensor

        return SparseTensor.from_value(value)
    if hasattr(value, "nested_row_splits"):
        from tfshim.ragged.tensor import ragged_or_dense

        return ragged_or_dense(value)
    return convert_to_tensor(value)


def spec_of(element: Any) -> Any:
    """The structure of specs of a normalized element."""
    return map_leaves(_spec_of_leaf, element)


def _spec_of_leaf(value: Any) -> TypeSpec:
    if value is None:
        return NoneTensorSpec()
    if isinstance(value, TypeSpec):
        return value
    if isinstance(value, Tensor):
        return TensorSpec(value.shape, value.dtype)
    return type_spec_from_value(value)


def leaf_specs(spec: Any) -> list[TypeSpec]:
    """The specs at the leaves, in the order in which raw values flow."""
    return nest.flatten(spec)


def to_raw(spec: TypeSpec, value: Any) -> Any:
    """The raw form of one eager leaf value."""
    if isinstance(spec, TensorSpec):
        held = value._value
        return value._host if held is None else held
    if isinstance(spec, OpaqueSpec):
        return opaque_value(spec._to_components(value))
    return value


def from_raw(spec: TypeSpec, raw: Any) -> Any:
    """The value that a user sees for one raw leaf."""
    if isinstance(spec, TensorSpec):
        if spec.dtype is dtypes.variant:
            return opaque_tensor(raw)
        return host_tensor(raw) if isinstance(raw, np.ndarray) else EagerTensor(raw)
    if isinstance(spec, OpaqueSpec):
        return spec._from_components(opaque_tensor(raw))
    return raw


def packer(spec: Any, leaf: Callable[[TypeSpec, Any], Any] = from_raw) -> Callable[[Raw], Any]:
    """The function from raw values to the element that a user sees; `leaf` makes one leaf of it."""
    leaves = leaf_specs(spec)
    if not nest.is_nested(spec):
        only = leaves[0]
        return lambda raw: leaf(only, raw[0])
    if type(spec) is tuple and all(a is b for a, b in zip(spec, leaves, strict=False)) and len(spec) == len(leaves):
        return lambda raw: tuple([leaf(s, r) for s, r in zip(leaves, raw, strict=True)])
    return lambda raw: nest.pack_sequence_as(spec, [leaf(s, r) for s, r in zip(leaves, raw, strict=True)])


# Specs as they change ------------------------------------------------------------------------------------


def batched(spec: Any, size: int | None) -> Any:
    """The spec of batches of `size` elements."""
    return map_leaves(lambda s: s._batch(size), spec)


def unbatched(spec: Any) -> Any:
    """The spec of the elements of batches; ValueError for scalars."""
    return map_leaves(lambda s: s._unbatch(), spec)


def legacy_types(spec: Any) -> Any:
    """The dtypes of a structure of specs."""
    return map_leaves(lambda s: s._to_legacy_output_types(), spec)


def legacy_shapes(spec: Any) -> Any:
    """The shapes of a structure of specs."""
    return map_leaves(lambda s: s._to_legacy_output_shapes(), spec)


def legacy_classes(spec: Any) -> Any:
    """The classes of the values of a structure of specs."""
    return map_leaves(lambda s: s._to_legacy_output_classes(), spec)


class Legacy:
    """Mixin: what `element_spec` says, in the words of TensorFlow 1."""

    output_types = property(
        lambda self: legacy_types(self.element_spec), doc="The structure of dtypes of the elements."
    )
    output_shapes = property(
        lambda self: legacy_shapes(self.element_spec), doc="The structure of static shapes of the elements."
    )
    output_classes = property(
        lambda self: legacy_classes(self.element_spec), doc="The structure of classes of the elements."
    )


def from_legacy(types: Any, shapes: Any) -> Any:
    """The structure of specs for `output_types` and `output_shapes` (None: unknown).

    Raises:
      TypeError, ValueError: what is given are no dtypes or shapes, or the structures differ.
    """
    if shapes is None:
        return map_leaves(lambda t: TensorSpec(unknown_shape(), t), types)
    if isinstance(types, dict):
        return type(types)((k, from_legacy(types[k], shapes[k])) for k in types)
    if isinstance(types, (tuple, list)):
        if len(types) != len(shapes):
            raise ValueError(f"The structures of output_types {types} and output_shapes {shapes} differ.")
        parts = [from_legacy(t, s) for t, s in zip(types, shapes, strict=True)]
        return type(types)(*parts) if hasattr(types, "_fields") else tuple(parts)
    return TensorSpec(as_shape(shapes), types)


def most_general(first: Any, second: Any) -> Any:
    """The structure of specs that serves elements of both.

    Raises:
      TypeError: there is none.
    """

    def refuse(reason: Any = None) -> TypeError:
        return TypeError(f"Incompatible dataset elements:\n  {first} vs.\n  {second}")

    try:
        nest.assert_same_structure(first, second)
    except (TypeError, ValueError) as error:
        raise refuse(error) from None
    merged = []
    for one, other in zip(leaf_specs(first), leaf_specs(second), strict=True):
        common = one.most_specific_common_supertype([other])
        if common is None:
            raise refuse()
        merged.append(common)
    return nest.pack_sequence_as(first, merged)


def is_compatible(spec: Any, other: Any) -> bool:
    """Whether two structures of specs are alike and their leaves are compatible."""
    try:
        nest.assert_same_structure(spec, other)
    except (TypeError, ValueError):
        return False
    return all(a.is_compatible_with(b) for a, b in zip(leaf_specs(spec), leaf_specs(other), strict=True))


# Tensors of elements -------------------------------------------------------------------------------------


def flat_dtypes(spec: Any) -> tuple[DType, ...]:
    """Dtypes of the tensors that an element consists of; variants for datasets and optionals."""
    return tuple(s.dtype for s in tensor_specs(spec))


def tensor_specs(spec: Any) -> list[TensorSpec]:
    """The specs of the tensors that an element consists of."""
    return nest.flatten(spec, expand_composites=True)


def to_tensors(spec: Any, element: Any) -> list[Tensor]:
    """The tensors that an element consists of."""
    return [
        t
        for s, v in zip(leaf_specs(spec), nest.flatten_up_to(spec, element), strict=True)
        for t in nest.flatten(s._to_components(v), expand_composites=True)
    ]


def from_tensors(spec: Any, tensors: Sequence[Tensor]) -> Any:
    """The element that consists of tensors."""
    remaining = iter(tensors)
    return nest.pack_sequence_as(spec, [_leaf_from_tensors(s, remaining) for s in leaf_specs(spec)])


def _leaf_from_tensors(spec: TypeSpec, tensors: Iterator[Tensor]) -> Any:
    if isinstance(spec, TensorSpec):
        return next(tensors)
    count = len(nest.flatten(spec._component_specs, expand_composites=True))
    parts = [next(tensors) for _ in range(count)]
    return spec._from_components(nest.pack_sequence_as(spec._component_specs, parts, expand_composites=True))


def raw_to_flat(specs: Sequence[TypeSpec], raw: Raw) -> tuple[Any, ...]:
    """The values of the tensors that an element consists of: arrays, and objects for variants."""
    if all(isinstance(s, (TensorSpec, OpaqueSpec)) for s in specs):
        return raw
    flat: list[Any] = []
    for spec, value in zip(specs, raw, strict=True):
        if isinstance(spec, (TensorSpec, OpaqueSpec)):
            flat.append(value)
        elif value is not None:
            flat.extend(to_raw(TensorSpec(t.shape, t.dtype), t) for t in nest.flatten(value, expand_composites=True))
    return tuple(flat)


def flat_to_raw(specs: Sequence[TypeSpec], flat: Sequence[Any]) -> Raw:
    """The inverse of `raw_to_flat`."""
    remaining = iter(flat)
    raw: list[Any] = []
    for spec in specs:
        if isinstance(spec, (TensorSpec, OpaqueSpec)):
            raw.append(next(remaining))
        else:
            parts = nest.flatten(spec._component_specs, expand_composites=True)
            tensors = [from_raw(p, next(remaining)) for p in parts]
            raw.append(
                spec._from_components(nest.pack_sequence_as(spec._component_specs, tensors, expand_composites=True))
            )
    return tuple(raw)
