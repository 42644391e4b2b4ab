"""`tensorflow.python.util.tf_inspect`: `inspect`, looking through decorators."""

import inspect as _inspect
from collections.abc import Callable
from typing import Any

FullArgSpec: Any = _inspect.FullArgSpec
ArgSpec = FullArgSpec


def getfullargspec(obj: Callable[..., Any]) -> _inspect.FullArgSpec:
    """As `inspect.getfullargspec`, of the function that decorators are around."""
    return _inspect.getfullargspec(_inspect.unwrap(obj))


getargspec = getfullargspec


def getcallargs(*func_and_positional, **named):
    """As `inspect.getcallargs`, of the function that decorators are around."""
    func, *positional = func_and_positional
    return _inspect.getcallargs(_inspect.unwrap(func), *positional, **named)


def __getattr__(name: str) -> Any:
    return getattr(_inspect, name)
