"""What `ConcreteFunction.inference_fn` gives: the traced function as TensorFlow's runtime knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tfshim import callable_classes
from tfshim.tensor import Tensor

if TYPE_CHECKING:
    from tfshim.callable_type import FunctionType
    from tfshim.traced_function import ConcreteFunction


class AtomicFunction(callable_classes.AtomicFunction):
    """A traced function that is handed its captures by the caller.

    Called as such it takes arguments of the traced signature, and refuses if there are captures.
    """

    def __init__(self, function: ConcreteFunction):
        self._function = function

    @property
    def name(self) -> bytes:
        """The name under which graphs call the function."""
        return self._function.name

    @property
    def function_type(self) -> FunctionType:
        """The parameters with their types, the type of the result, and those of the captures."""
        return self._function.function_type

    @property
    def graph(self) -> Any:
        """The traced graph."""
        return self._function.graph

    @property
    def definition(self) -> Any:
        """The function as a `FunctionDef` proto."""
        return self._function.function_def

    cached_definition = definition

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes of the definition."""
        return dict(self.definition.attr)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls a function without captures; ValueError if it has some."""
        if self._function.captured_inputs:
            raise ValueError("The FunctionType defines captured inputs. Use call_with_captures instead.")
        return self.call_with_captures(args, kwargs, [])

    def call_with_captures(self, args: Sequence[Any], kwargs: Mapping[str, Any], captures: Sequence[Tensor]) -> Any:
        """Calls with arguments of the signature and what `ConcreteFunction.captured_inputs` lists."""
        flat = self._function.structured_arguments(tuple(args), dict(kwargs))
        return self._function.pack(self.call_flat(*flat, *captures))

    def call_preflattened(self, args: Sequence[Tensor]) -> Any:
        """Calls with the tensors of all inputs and packs the result."""
        return self._function.pack(self.call_flat(*args))

    def call_flat(self, *args: Tensor) -> list[Tensor]:
        """Calls with the tensors of all inputs, captures last, and returns the flat outputs."""
        function = self._function
        own = function.captured_inputs
        arguments, captures = list(args[: len(args) - len(own)]), list(args[len(args) - len(own) :])
        if all(given is captured for given, captured in zip(captures, own, strict=True)):
            return function.call_flat(arguments)
        function.set_external_captures(captures)
        try:
            return function.call_flat(arguments)
        finally:
            function.set_external_captures(own)

    def __str__(self) -> str:
        return f"<AtomicFunction> {self._function.function_name}{self.function_type}"

    __repr__ = __str__


AtomicFunction.__module__ = "tensorflow.python.eager.polymorphic_function.atomic_function"
