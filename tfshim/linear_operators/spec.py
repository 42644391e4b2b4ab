"""How linear operators are taken apart: their tensors, their other arguments, their hints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim import nest
from tfshim.ops import op
from tfshim.tensor import Tensor
from tfshim.type_spec import BatchableTypeSpec, CompositeTensor, type_spec_from_value

HINTS = ("is_self_adjoint", "is_positive_definite", "is_non_singular", "is_square")


def _is_component(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return bool(value) and all(_is_component(v) for v in value)
    return isinstance(value, (Tensor, CompositeTensor)) or (hasattr(value, "handle") and hasattr(value, "assign"))


def _map(fn: Any, value: Any) -> Any:
    return [_map(fn, v) for v in value] if isinstance(value, (list, tuple)) else fn(value)


def _frozen(value: Any) -> Any:
    """Lists as tuples: specs are compared and hashed."""
    return tuple(_frozen(v) for v in value) if isinstance(value, (list, tuple)) else value


class LinearOperatorSpec(BatchableTypeSpec):
    """The type of a linear operator: the specs of its tensors, its other arguments, its hints."""

    __slots__ = ("_hints", "_others", "_specs")

    _operator: type

    def __init__(self, specs: dict[str, Any], others: dict[str, Any], hints: tuple[Any, ...]):
        self._specs = specs
        self._others = others
        self._hints = hints

    @classmethod
    def of(cls, operator: Any) -> LinearOperatorSpec:
        """The spec of an operator."""
        specs, others = {}, {}
        for argument, value in operator._arguments.items():
            if _is_component(value):
                specs[argument] = _map(type_spec_from_value, value)
            else:
                others[argument] = value
        return cls(specs, others, tuple(getattr(operator, hint) for hint in HINTS))

    @property
    def value_type(self) -> type:
        return self._operator

    def _serialize(self) -> Any:
        plain = {**dict(zip(HINTS, self._hints, strict=True)), **{k: _frozen(v) for k, v in self._others.items()}}
        return ({k: _frozen(v) for k, v in self._specs.items()}, plain, ())

    @classmethod
    def _deserialize(cls, serialization: Any) -> LinearOperatorSpec:
        specs, plain, _ = serialization
        others = {k: v for k, v in plain.items() if k not in HINTS}
        return cls({k: _map(lambda s: s, v) for k, v in specs.items()}, others, tuple(plain[h] for h in HINTS))

    def _of_parts(self, convert: Callable[[Any], Any]) -> LinearOperatorSpec:
        specs = {argument: _map(convert, spec) for argument, spec in self._specs.items()}
        return type(self)(specs, self._others, self._hints)

    def _batch(self, batch_size: int | None) -> LinearOperatorSpec:
        return self._of_parts(lambda spec: spec._batch(batch_size))

    def _unbatch(self) -> LinearOperatorSpec:
        return self._of_parts(lambda spec: spec._unbatch())

    @property
    def _component_specs(self) -> Any:
        return self._specs

    def _to_components(self, value: Any) -> Any:
        return {argument: _map(lambda v: v, value._arguments[argument]) for argument in self._specs}

    def _from_components(self, components: Any) -> Any:
        hints = dict(zip(HINTS, self._hints, strict=True))
        return self._operator(**components, **self._others, **hints)


class LinearOperatorGradient:
    """How tapes take operators for targets and sources: by their tensors; the gradient of one is an operator too."""

    @staticmethod
    def get_gradient_components(value: Any) -> Any:
        return value._type_spec._to_components(value)

    @staticmethod
    def replace_gradient_components(value: Any, component_grads: Any) -> Any:
        spec = value._type_spec
        parts = spec._to_components(value)
        made = [
            # As in TensorFlow, a part that the target does not depend on has zeros where another part has a gradient.
            nest.map_structure(op("ZerosLike"), part, expand_composites=True) if gradient is None else gradient
            for part, gradient in zip(nest.flatten(parts), nest.flatten(component_grads), strict=True)
        ]
        return spec._from_components(nest.pack_sequence_as(parts, made))


def spec_class_of(operator: type) -> type[LinearOperatorSpec]:
    """The class of the specs of a class of operators."""
    return type(f"{operator.__name__}Spec", (LinearOperatorSpec,), {"__slots__": (), "_operator": operator})
