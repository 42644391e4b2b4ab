"""Composite tensors as targets and sources of gradients: taken by their parts, put together of their parts' gradients.

A class says what its parts are by an attribute `__composite_gradient__` with two methods:
`get_gradient_components(value)` gives the parts, any structure of tensors and of other such composites;
`replace_gradient_components(value, gradients)` makes what stands for the gradient of the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tfshim import nest
from tfshim.tensor import EagerTensor


def parts(value: Any) -> list[Any]:
    """What a value is differentiated by: itself, unless it is a composite that names its parts."""
    if type(value) is EagerTensor:  # asking a tensor for what it has not is slow
        return [value]
    composite = getattr(value, "__composite_gradient__", None)
    if composite is None:
        return [value]
    return [p for component in nest.flatten(composite.get_gradient_components(value)) for p in parts(component)]


def rebuilt(value: Any, gradients: Iterator[Any]) -> Any:
    """The gradient of a value, of the next gradients of its parts; None where no part has any."""
    composite = None if type(value) is EagerTensor else getattr(value, "__composite_gradient__", None)
    if composite is None:
        return next(gradients)
    components = composite.get_gradient_components(value)
    made = [rebuilt(component, gradients) for component in nest.flatten(components)]
    if all(gradient is None for gradient in made):
        return None
    return composite.replace_gradient_components(value, nest.pack_sequence_as(components, made))
