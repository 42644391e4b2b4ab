"""The scope that surrounds the body of each converted function."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from tfshim.autograph.operators.variables import UndefinedReturnValue
from tfshim.autograph.options import ConversionOptions, Feature
from tfshim.autograph.status import ControlStatusCtx, Status
from tfshim.scopes import name_scope


class FunctionScope:
    """Tells calls inside a converted function how to convert, and where their frame is.

    Args:
      function_name: of the user's function.
      scope_name: of the local variable that holds this scope.
      options: of the conversion.
    """

    def __init__(self, function_name: str, scope_name: str, options: ConversionOptions):
        self.function_name = function_name
        self.name = scope_name
        self.options = options
        self.callopts = options.call_options()
        self._entered = ExitStack()

    def __enter__(self) -> FunctionScope:
        if self.options.user_requested:
            self._entered.enter_context(ControlStatusCtx(Status.ENABLED, self.options))
        if self.options.uses(Feature.NAME_SCOPES):
            name = self.function_name
            # Names of ops do not start with an underscore.
            self._entered.enter_context(name_scope(f"fn{name}" if name.startswith("_") else name))
        return self

    def __exit__(self, *error: Any) -> None:
        self._entered.close()

    def ret(self, value: Any, did_return: Any) -> Any:
        """What the function returns, where `return` statements have become variables."""
        return None if isinstance(value, UndefinedReturnValue) else value


def with_function_scope(thunk: Callable[[FunctionScope], Any], scope_name: str, options: ConversionOptions) -> Any:
    """The value of a lambda's body, in a scope of its own."""
    with FunctionScope("lambda_", scope_name, options) as scope:
        return thunk(scope)
