"""`tf.types.experimental.FunctionType`: the signature of a function, with trace types for annotations."""

from __future__ import annotations

import inspect
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tfshim.export import export
from tfshim.structure_types import type_of_argument, type_of_result
from tfshim.type_spec import TensorSpec


class _CapturedDefault:
    def __repr__(self) -> str:
        return "<captured_default_value>"


# Stands for the default value of a parameter: the type says that there is one, not which.
CAPTURED_DEFAULT_VALUE = _CapturedDefault()


class Parameter(inspect.Parameter):
    """A parameter: its name, its kind, whether it may be left out, and the type of its arguments (None: any)."""

    def __init__(self, name: str, kind: Any, optional: bool, type_constraint: Any):
        if optional and kind not in (self.POSITIONAL_ONLY, self.KEYWORD_ONLY, self.POSITIONAL_OR_KEYWORD):
            raise ValueError(f"Parameter {name} is optional, but it is of the kind {kind}")
        super().__init__(
            name,
            kind,
            default=CAPTURED_DEFAULT_VALUE if optional else self.empty,
            annotation=self.empty if type_constraint is None else type_constraint,
        )

    @property
    def optional(self) -> bool:
        """Whether an argument may be left out."""
        return self.default is not self.empty

    @property
    def type_constraint(self) -> Any:
        """The trace type, or None."""
        return None if self.annotation is self.empty else self.annotation

    def _comparable(self, other: Parameter) -> bool:
        if self.type_constraint is None or other.type_constraint is None:
            raise TypeError("Can not determine relationship between partially specified types.")
        return (self.name, self.kind, self.optional) == (other.name, other.kind, other.optional)

    def is_subtype_of(self, other: Parameter) -> bool:
        """Whether the parameter differs from `other` by a narrower type at most; TypeError where one has no type."""
        return self._comparable(other) and self.type_constraint.is_subtype_of(other.type_constraint)

    def most_specific_common_supertype(self, others: Sequence[Parameter]) -> Parameter | None:
        """The parameter that takes what this one and the others take, or None."""
        comparable = [self._comparable(o) for o in others]
        if not all(comparable):
            return None
        common = self.type_constraint.most_specific_common_supertype([o.type_constraint for o in others])
        return None if common is None else Parameter(self.name, self.kind, self.optional, common)

    def __repr__(self) -> str:
        return (
            f"Parameter(name={self.name}, kind={self.kind!s}, optional={self.optional}, "
            f"type_constraint={self.type_constraint!r})"
        )


@export("types.experimental.FunctionType")
class FunctionTypeBase(inspect.Signature):
    """The parameters and the result of a TensorFlow function, as an `inspect.Signature`."""


def positional_names(signature: inspect.Signature, count: int) -> list[str]:
    """Names for the first `count` positional arguments; those that `*args` takes are `args_0`, `args_1`, …"""
    names = []
    for parameter in signature.parameters.values():
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            names.append(parameter.name)
        elif parameter.kind is parameter.VAR_POSITIONAL:
            names.extend(f"{parameter.name}_{i}" for i in range(count - len(names)))
    return names[:count]


def valid_names(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments under names that parameters may have; ValueError if two names become one."""
    names = {name: re.sub(r"\W", "_", name) for name in kwargs}
    if len(set(names.values())) < len(names):
        raise ValueError(f"Name collision after sanitization. The keyword arguments {sorted(names)} become one.")
    return {names[name]: value for name, value in kwargs.items()}


class FunctionType(FunctionTypeBase):
    """The type of a `tf.function`, or of one of its traces.

    Args:
      parameters: `Parameter`s in order.
      captures: types of the captured values, by key.
      return_annotation: type of the result; none if it is not known.
    """

    def __init__(self, parameters: Sequence[Parameter], captures: Mapping[Any, Any] | None = None, **kwargs: Any):
        super().__init__(parameters, **kwargs)
        self._captures = OrderedDict(captures or {})

    @classmethod
    def from_callable(cls, obj: Callable[..., Any], *, follow_wrapped: bool = True) -> FunctionType:
        """The type of a Python function: its parameters, of any type."""
        return cls.from_signature(inspect.signature(obj, follow_wrapped=follow_wrapped))

    @classmethod
    def from_signature(cls, signature: inspect.Signature) -> FunctionType:
        """The type of Python functions with this signature."""
        return cls([Parameter(p.name, p.kind, p.default is not p.empty, None) for p in signature.parameters.values()])

    @classmethod
    def of_trace(
        cls,
        signature: inspect.Signature,
        key: Any,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        graph: Any,
    ) -> FunctionType:
        """The type of one trace of a function with this signature.

        Args:
          signature: of the Python function.
          key: of `(args, kwargs)`, see `tfshim.function_type`.
          args, kwargs: what the function was traced for.
          graph: the FuncGraph.
        """
        positional, keyword = key.parts
        variadic = any(p.kind is p.VAR_POSITIONAL for p in signature.parameters.values())
        parameters = []
        for name, part, value in zip(positional_names(signature, len(args)), positional.parts, args, strict=True):
            # Before the arguments that `*args` takes, none can be given by name.
            kind = Parameter.POSITIONAL_ONLY if variadic else signature.parameters[name].kind
            parameters.append(Parameter(name, kind, False, type_of_argument(part, value)))
        types = dict(zip(keyword.kind[1], keyword.parts, strict=True))
        known = [n for n in signature.parameters if n in types]
        for name in [*known, *sorted(set(types) - set(known))]:
            constraint = type_of_argument(types[name], kwargs[name])
            parameters.append(Parameter(name, Parameter.KEYWORD_ONLY, False, constraint))
        captures = [(id(outside), TensorSpec(inside.shape, inside.dtype)) for outside, inside in graph.captures]
        return cls(parameters, OrderedDict(captures), return_annotation=type_of_result(graph.structured_outputs))

    @property
    def parameters(self) -> Any:
        """The parameters by name, in order."""
        return OrderedDict(super().parameters)

    @property
    def captures(self) -> OrderedDict[Any, Any]:
        """The types of the captured values, by key."""
        return self._captures

    @property
    def output(self) -> Any:
        """The type of the result; None if it is not known."""
        return None if self.return_annotation is self.empty else self.return_annotation

    @property
    def flat_inputs(self) -> list[TensorSpec]:
        """The specs of the tensors in the arguments."""
        return [s for p in self.parameters.values() for s in p.type_constraint.flatten()]

    @property
    def flat_captures(self) -> list[TensorSpec]:
        """The specs of the captured tensors."""
        return [s for t in self._captures.values() for s in t.flatten()]

    @property
    def flat_outputs(self) -> list[TensorSpec]:
        """The specs of the tensors in the result."""
        return [] if self.output is None else self.output.flatten()

    def is_supertype_of(self, other: FunctionType) -> bool:
        """Whether a function of type `other` can take the place of one of this type.

        Raises TypeError where a parameter has no type.
        """
        if len(self.parameters) != len(other.parameters):
            return False
        pairs = zip(self.parameters.values(), other.parameters.values(), strict=True)
        if not all(mine.is_subtype_of(theirs) for mine, theirs in pairs):
            return False
        return all(k in self._captures and t.is_subtype_of(self._captures[k]) for k, t in other.captures.items())

    def most_specific_common_subtype(self, others: Sequence[FunctionType]) -> FunctionType | None:
        """The type of functions that take what this type and all the others take, or None."""
        mine = list(self.parameters.values())
        theirs = [list(o.parameters.values()) for o in others]
        if any(len(t) != len(mine) for t in theirs):
            return None
        merged = [p.most_specific_common_supertype([t[i] for t in theirs]) for i, p in enumerate(mine)]
        if any(p is None for p in merged):
            return None
        return FunctionType(merged, self._captures, return_annotation=self.return_annotation)  # type: ignore[arg-type]

    def bind_with_defaults(
        self, args: Sequence[Any], kwargs: Mapping[str, Any], default_values: Mapping[str, Any]
    ) -> inspect.BoundArguments:
        """The arguments by parameter, those left out being taken from `default_values`."""
        bound = self.bind(*args, **kwargs)
        bound.apply_defaults()
        for name, value in bound.arguments.items():
            if value is CAPTURED_DEFAULT_VALUE:
                bound.arguments[name] = default_values[name]
        return bound

    @staticmethod
    def get_default_values(fn: Callable[..., Any], follow_wrapped: bool = True) -> dict[str, Any]:
        """The default values of a Python function, by parameter."""
        parameters = inspect.signature(fn, follow_wrapped=follow_wrapped).parameters.values()
        return {p.name: p.default for p in parameters if p.default is not p.empty}

    def placeholder_arguments(self, placeholder_context: Any) -> inspect.BoundArguments:
        """Arguments made of placeholders."""
        arguments = OrderedDict()
        for parameter in self.parameters.values():
            placeholder_context.update_naming_scope(parameter.name)
            arguments[parameter.name] = parameter.type_constraint.placeholder_value(placeholder_context)
        return inspect.BoundArguments(self, arguments)

    def unpack_inputs(self, bound_parameters: inspect.BoundArguments) -> list[Any]:
        """The tensors in bound arguments."""
        values = bound_parameters.arguments
        return [t for p in self.parameters.values() for t in p.type_constraint.to_tensors(values[p.name])]

    def pack_output(self, flat_values: Sequence[Any]) -> Any:
        """The result, made of its tensors."""
        if self.output is None:
            raise ValueError("the type of the result is not known")
        return self.output.from_tensors(iter(flat_values))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FunctionType):
            return NotImplemented
        return super().__eq__(other) and self._captures == other._captures

    def __hash__(self) -> int:
        return hash((tuple(self.parameters.items()), tuple(self._captures.items())))

    def __repr__(self) -> str:
        lines = ["Input Parameters:"]
        lines += [f"  {p.name} ({p.kind!s}): {p.type_constraint!r}" for p in self.parameters.values()]
        lines += ["Output Type:", f"  {self.output!r}", "Captures:"]
        lines += [f"  {key}: {constraint!r}" for key, constraint in self._captures.items()] or ["  None"]
        return "\n".join(lines)


for _cls in (Parameter, FunctionType):
    _cls.__module__ = "tensorflow.core.function.polymorphism.function_type"
FunctionTypeBase.__module__ = "tensorflow.python.types.core"
FunctionTypeBase.__name__ = FunctionTypeBase.__qualname__ = "FunctionType"
