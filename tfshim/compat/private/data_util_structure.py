"""`tensorflow.python.data.util.structure`: specs of the elements of datasets."""

from __future__ import annotations

from typing import Any

from tfshim.data import structure as _structure
from tfshim.data.structure import NoneTensorSpec

__all__ = ["NoneTensorSpec"]

type_spec_from_value = _structure.spec_of
get_flat_tensor_specs = _structure.tensor_specs
normalize_element = _structure.normalize


def get_flat_tensor_types(element_spec: Any) -> list[Any]:
    """The dtypes of the tensors of which an element is made."""
    return [spec.dtype for spec in _structure.tensor_specs(element_spec)]


def get_flat_tensor_shapes(element_spec: Any) -> list[Any]:
    """Their shapes."""
    return [spec.shape for spec in _structure.tensor_specs(element_spec)]


def to_tensor_list(element_spec: Any, element: Any) -> list[Any]:
    """The tensors of which an element is made."""
    return _structure.to_tensors(element_spec, element)


def from_tensor_list(element_spec: Any, tensor_list: Any) -> Any:
    """The element that is made of some tensors."""
    return _structure.from_tensors(element_spec, tensor_list)


def are_compatible(spec1: Any, spec2: Any) -> bool:
    """Whether elements of one spec are elements of the other."""
    return _structure.is_compatible(spec1, spec2)
