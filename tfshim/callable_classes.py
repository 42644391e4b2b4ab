"""`tf.types.experimental.Callable` and the classes below it, which say what kind of function something is.

`isinstance` tells them apart; none of them can be made directly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tfshim.export import export


class Callable:
    """What has a signature and is called with tensors."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls.__module__ == _MODULE:
            raise TypeError(f"Can't instantiate abstract class {cls.__name__}: tf.function makes functions")
        return super().__new__(cls)

    @property
    def function_type(self) -> Any:
        """The parameters with their types, and the type of the result."""
        raise NotImplementedError

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the function."""
        raise NotImplementedError


class AtomicFunction(Callable):
    """A function that captures nothing: the caller hands it all that it needs."""

    def call_with_captures(self, args: Sequence[Any], kwargs: Mapping[str, Any], captures: Sequence[Any]) -> Any:
        """Calls with arguments of the signature and the captures."""
        raise NotImplementedError


class ConcreteFunction(Callable):
    """A function traced for one signature, with what it captures."""

    @property
    def inference_fn(self) -> Any:
        """The `AtomicFunction` behind it."""
        raise NotImplementedError


class PolymorphicFunction(Callable):
    """A function that is traced for each signature with which it is called: what `tf.function` returns."""

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> Any:
        """The `ConcreteFunction` for a signature."""
        raise NotImplementedError

    def experimental_get_compiler_ir(self, *args: Any, **kwargs: Any) -> Any:
        """The function that gives what a call compiles to."""
        raise NotImplementedError


_MODULE = "tensorflow.python.types.core"
for _cls in (Callable, AtomicFunction, ConcreteFunction, PolymorphicFunction):
    _cls.__module__ = _MODULE
    export(f"types.experimental.{_cls.__name__}")(_cls)
export("types.experimental.GenericFunction")(PolymorphicFunction)
