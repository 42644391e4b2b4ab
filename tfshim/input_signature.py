"""What an `input_signature` makes of a function's parameters: each has a spec, or keeps its default value."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from tfshim import function_type, nest
from tfshim.callable_type import FunctionType, Parameter
from tfshim.structure_types import Literal, type_of_argument
from tfshim.tensor import Tensor
from tfshim.type_spec import TensorSpec, TypeSpec


class Fixed:
    """The constraint of a parameter without a spec: its default value is the only argument that it takes."""

    __slots__ = ("value",)

    def __init__(self, value: Any):
        self.value = value


class InputSignature:
    """The parameters of a function and what constrains them.

    Args:
      signature: of the Python function.
      specs: the `input_signature`: a (nested) sequence of type specs and variables.

    Raises:
      TypeError: if `specs` is none of that, or a parameter has neither a spec nor a default value.
    """

    def __init__(self, signature: inspect.Signature, specs: Any):
        if not isinstance(specs, (tuple, list)):
            raise TypeError(f"input_signature must be either a tuple or a list, got {type(specs)}.")
        from tfshim.variable.spec import VariableSpec

        for spec in nest.flatten(specs):
            if isinstance(spec, VariableSpec):
                raise TypeError(f"input_signature doesn't support VariableSpec, got {specs!r}")
            if not isinstance(spec, TypeSpec) and not function_type.is_variable(spec):
                raise TypeError(
                    f"input_signature must be a possibly nested sequence of TensorSpec objects, got {specs!r}."
                )
        self.specs = tuple(specs)
        # By the name of a parameter: a spec or structure of them, a Fixed, or None (`self`, which takes anything).
        self.constraints: dict[str, Any] = {}
        # To bind arguments with: `*args` is replaced by as many parameters as have specs.
        self.signature = signature.replace(parameters=self._constrain(signature))

    def _constrain(self, signature: inspect.Signature) -> list[inspect.Parameter]:
        given = list(signature.parameters.values())
        remaining = list(self.specs)
        made: list[inspect.Parameter] = []
        for parameter in given:
            name, kind = parameter.name, parameter.kind
            if kind is parameter.VAR_POSITIONAL:
                made = [p.replace(kind=p.POSITIONAL_ONLY) for p in made]
                for i, spec in enumerate(remaining):
                    self.constraints[f"{name}_{i}"] = spec
                    made.append(inspect.Parameter(f"{name}_{i}", inspect.Parameter.POSITIONAL_ONLY))
                remaining = []
            elif kind is parameter.KEYWORD_ONLY:
                if parameter.default is parameter.empty:
                    raise TypeError(
                        f"With an input_signature, the keyword-only parameter `{name}` must have a default value"
                    )
                self.constraints[name] = Fixed(parameter.default)
                made.append(parameter)
            elif kind is not parameter.VAR_KEYWORD:
                if name == "self" and parameter is given[0]:
                    self.constraints[name] = None
                elif remaining:
                    self.constraints[name] = remaining.pop(0)
                elif parameter.default is parameter.empty:
                    raise TypeError(f"input_signature missing type constraint for {name}")
                else:
                    self.constraints[name] = Fixed(parameter.default)
                made.append(parameter)
        if remaining:
            raise TypeError(f"input_signature contains {len(remaining)} extra type constraints.")
        return made

    def function_type(self) -> FunctionType:
        """The parameters with the types of their constraints."""
        maker = function_type.KeyMaker(specs=True)
        parameters = []
        for parameter in self.signature.parameters.values():
            constraint = self.constraints[parameter.name]
            if isinstance(constraint, Fixed):
                kind: Any = Literal(constraint.value)
            else:
                kind = None if constraint is None else type_of_argument(maker.key(constraint), constraint)
            optional = parameter.default is not parameter.empty
            parameters.append(Parameter(parameter.name, parameter.kind, optional, kind))
        return FunctionType(parameters)

    def conform(self, bound: inspect.BoundArguments) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positional and keyword arguments, cast to what constrains them; TypeError where one does not fit."""
        values = {name: _cast(value, self.constraints[name]) for name, value in bound.arguments.items()}
        bound.arguments = values
        return bound.args, bound.kwargs

    def named(self, args: Sequence[Any]) -> tuple[Any, ...]:
        """Positional arguments, with specs in the places of those to whose tensors the signature gives names."""
        return tuple([c if _is_named(c) else v for v, c in zip(args, self.constraints_of(args), strict=True)])

    def constraints_of(self, args: Sequence[Any]) -> list[Any]:
        """The constraints of positional arguments."""
        return list(self.constraints.values())[: len(args)]


def _is_named(constraint: Any) -> bool:
    specs = nest.flatten(constraint)
    return all(isinstance(s, TensorSpec) for s in specs) and any(s.name for s in specs)


def _cast(value: Any, spec: Any) -> Any:
    if spec is None or function_type.is_variable(spec):
        return value
    if isinstance(spec, Fixed):
        if value is spec.value or (not isinstance(value, Tensor) and value == spec.value):
            return spec.value
        raise TypeError(f"Can not cast {value!r} to Literal[{spec.value!r}]")
    if isinstance(spec, TensorSpec):
        if not isinstance(value, TensorSpec):
            return function_type.check_convertible(value, spec)
        fits = value.is_subtype_of(spec)
    elif isinstance(spec, TypeSpec):
        fits = spec.is_compatible_with(value)
    elif isinstance(spec, Mapping):
        fits = isinstance(value, Mapping) and set(spec) == set(value)
    else:
        fits = isinstance(value, list if isinstance(spec, list) else tuple) and len(spec) == len(value)
    if not fits:
        raise TypeError(f"Can not cast {value!r} to {spec!r}")
    if isinstance(spec, TypeSpec):
        return value
    if isinstance(spec, Mapping):
        return {k: _cast(value[k], spec[k]) for k in spec}
    parts = [_cast(v, s) for v, s in zip(value, spec, strict=True)]
    return type(spec)(*parts) if hasattr(spec, "_fields") else type(spec)(parts)
