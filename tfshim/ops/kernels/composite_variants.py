"""Composite tensors as values of dtype variant: their component tensors, with the type spec as a message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfshim import dtypes, protos
from tfshim.ops.host_variants import HostVariant
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR, UNKNOWN, invalid


class CompositeValue(HostVariant):
    """What such a variant holds: the components, and the message of the type spec."""

    __slots__ = ("components", "spec")

    def __init__(self, components: Sequence[np.ndarray], spec: Any):
        self.components = tuple(components)
        self.spec = spec

    @property
    def kind(self) -> str:
        """The name of the class of the spec."""
        return _kind(self.spec)


def _kind(spec: Any) -> str:
    return spec.TypeSpecClass.Name(spec.type_spec_class)


def _spec(metadata: bytes | str) -> Any:
    from google.protobuf.message import DecodeError

    data = metadata.encode() if isinstance(metadata, str) else metadata
    try:
        return protos.CompositeTensorVariantMetadata.FromString(data).type_spec_proto
    except DecodeError:
        raise invalid("Error parsing metadata") from None


@kernel("CompositeTensorVariantFromComponents", host=True)
def from_components(components, *, metadata):
    return (CompositeValue(components, _spec(metadata)),)


@kernel("CompositeTensorVariantToComponents", host=True)
def to_components(encoded, *, metadata, Tcomponents):
    expected = _kind(_spec(metadata))
    if not isinstance(encoded, CompositeValue):
        raise invalid(f"The input `encoded` must hold a composite tensor, it holds a {type(encoded).__name__}")
    if encoded.kind != expected:
        raise invalid(f"Expected a {expected} (based on `type_spec`), but `encoded` contains a {encoded.kind}")
    held = encoded.components
    if len(held) != len(Tcomponents):
        raise invalid(f"Encoded value has {len(held)} tensor components; expected {len(Tcomponents)} components")
    for place, (part, wanted) in enumerate(zip(held, Tcomponents, strict=True)):
        if dtypes.of(part.dtype) != wanted:
            found = dtypes.of(part.dtype).name
            raise invalid(f"Tensor component {place} had dtype {found}; expected dtype {wanted.name}")
    return held


@shape_function("CompositeTensorVariantFromComponents")
def _(op):
    return SCALAR


@shape_function("CompositeTensorVariantToComponents")
def _(op):
    return [UNKNOWN] * len(op.attr("Tcomponents"))
