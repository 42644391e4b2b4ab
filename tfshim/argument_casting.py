"""Arguments of a traced function as the tensors of its graph's inputs."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from tfshim import function_type, nest
from tfshim.context import context
from tfshim.errors import InvalidArgumentError
from tfshim.ops.type_errors import proto_name
from tfshim.tensor import EagerTensor, SymbolicTensor, Tensor
from tfshim.type_spec import TensorSpec, TypeSpec


def has_tensors(spec: Any) -> bool:
    """True for the spec of a parameter whose argument has tensors in it."""
    return any(isinstance(s, TypeSpec) for s in nest.flatten(spec))


def tensors_of(value: Any, spec: Any) -> list[Tensor]:
    """The tensors of an argument, in the order of the specs in `spec`.

    Raises:
      TypeError: the argument is none that `spec` admits.
    """
    if isinstance(spec, TensorSpec):
        # Anything that converts is one tensor, a list too.
        return [_tensor(value, spec)]
    if not has_tensors(spec):
        if isinstance(value, Tensor) or (value is not spec and value != spec):
            raise TypeError(f"Can not cast {value!r} to Literal[{spec!r}]")
        return []
    if function_type.is_variable(value):
        return [value.handle]
    if isinstance(spec, TypeSpec):
        return _components(value, spec)
    return [t for v, s in _parts(value, spec) for t in tensors_of(v, s)]


def _tensor(value: Any, spec: TensorSpec) -> Tensor:
    fits = type(value) is EagerTensor and value.dtype is spec.dtype
    if fits and function_type.dims_cover(spec.shape._dims, value._dims()):
        return value
    return function_type.check_convertible(value, TensorSpec(spec.shape, spec.dtype))


def _components(value: Any, spec: TypeSpec) -> list[Tensor]:
    """The tensors of a composite tensor; its static shape does not matter beyond what those of its components say."""
    given = nest.flatten(value, expand_composites=True)
    of_kind = isinstance(value, spec.value_type)
    if of_kind and spec.is_compatible_with(value):
        return given
    specs = nest.flatten(spec, expand_composites=True)
    if not of_kind or len(given) != len(specs):
        raise TypeError(f"Can not cast {value!r} to {spec!r}: The two structures don't have the same nested structure.")
    return [_tensor(v, s) for v, s in zip(given, specs, strict=True)]


def _parts(value: Any, spec: Any) -> list[tuple[Any, Any]]:
    """The parts of a structure, each with its spec."""
    if isinstance(spec, Mapping):
        if not isinstance(value, Mapping):
            raise TypeError(f"Can not cast {value!r} to a Dict type.")
        if value.keys() != spec.keys():
            raise TypeError(f"{value!r} has different keys with the TraceType {spec!r}.")
        # In the order in which a trace takes them.
        return [(value[k], spec[k]) for k in function_type.sorted_keys(spec)]
    if hasattr(spec, "_fields"):
        if not isinstance(value, type(spec)):
            raise TypeError(f"Cannot cast {value!r} to type {type(spec)}.")
    elif isinstance(spec, (tuple, list)):
        kind = tuple if isinstance(spec, tuple) else list
        if not isinstance(value, kind):
            raise TypeError(f"Can not cast {value!r} to {kind.__name__} type.")
    else:
        return _other_parts(value, spec)
    if len(value) != len(spec):
        raise TypeError(f"Expected {value!r} to have length of {len(spec)}")
    return list(zip(value, spec, strict=True))


def _other_parts(value: Any, spec: Any) -> list[tuple[Any, Any]]:
    try:
        nest.assert_same_structure(spec, value, expand_composites=False)
    except (TypeError, ValueError):
        raise TypeError(f"Can not cast {value!r} to {spec!r}") from None
    return list(zip(nest.flatten(value), nest.flatten(spec), strict=True))


class FlatSignature:
    """A call with one tensor for each input of the graph, by position or by the name of the argument it is part of.

    Args:
      name: of the function.
      inputs: the inputs, without captures.
      function_name: for errors of the call.
      renamed: the names of inputs, or None for those that are called as the arguments that they are part of.
    """

    def __init__(
        self, name: str, inputs: Sequence[SymbolicTensor], function_name: str, renamed: Sequence[str | None] = ()
    ):
        self._name = name
        self._function_name = function_name
        self._inputs = inputs
        self._keywords: list[str] = []
        for tensor, new_name in itertools.zip_longest(inputs, renamed[: len(inputs)]):
            given = new_name or tensor.op.attrs.get("_user_specified_name", tensor.op.name)
            keyword, repeated = given, 0
            while keyword in self._keywords:
                repeated += 1
                keyword = f"{given}_{repeated}"
            self._keywords.append(keyword)

    def __str__(self) -> str:
        return f"{self._name}({', '.join(self._keywords)})"

    def tensors(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Tensor]:
        """The arguments in the order of the inputs.

        Raises:
          TypeError: there is not one tensor for each.
          InvalidArgumentError: one has another dtype.
        """
        if len(args) > len(self._keywords):
            raise TypeError(f"{self} takes {len(self._keywords)} positional arguments, got {len(args)}.")
        for keyword in self._keywords[: len(args)]:
            if keyword in kwargs:
                raise TypeError(f"{self} got two values for {keyword!r}.")
        missing = [k for k in self._keywords[len(args) :] if k not in kwargs]
        if missing:
            raise TypeError(f"{self} missing required arguments: {', '.join(missing)}.")
        unexpected = sorted(kwargs.keys() - set(self._keywords))
        if unexpected:
            raise TypeError(f"{self} got unexpected keyword arguments: {', '.join(unexpected)}.")
        values = [*args, *(kwargs[k] for k in self._keywords[len(args) :])]
        for i, (value, tensor) in enumerate(zip(values, self._inputs, strict=True)):
            if not isinstance(value, Tensor):
                kind = type(value).__name__
                raise TypeError(f"{self}: expected argument #{i}(zero-based) to be a Tensor; got {kind} ({value}).")
            if value.dtype != tensor.dtype:
                raise InvalidArgumentError(
                    None,
                    None,
                    f"cannot compute {self._function_name} as input #{i}(zero-based) was expected to be a "
                    f"{proto_name(tensor.dtype)} tensor but is a {proto_name(value.dtype)} tensor",
                )
            # As in TensorFlow, an eager call lets shapes be.
            if context.graph is not None and not tensor.shape.is_compatible_with(value.shape):
                raise TypeError(
                    f"{self}: the argument {self._keywords[i]!r} (value {value}) is not compatible with the shape this "
                    f"function was traced with. Expected shape {tensor.shape}, but got shape {value.shape}."
                )
        return values
