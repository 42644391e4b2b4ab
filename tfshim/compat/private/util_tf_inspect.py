"""`tensorflow.python.util.tf_inspect`: `inspect`, looking through TensorFlow's own decorators.

What other decorators leave behind is taken as it is: `functools.wraps` does not hide a wrapper's arguments.
"""

import inspect as _inspect
from collections import namedtuple
from collections.abc import Callable
from typing import Any

FullArgSpec: Any = _inspect.FullArgSpec
ArgSpec = namedtuple("ArgSpec", "args varargs keywords defaults")


def _is_own_decorator(wrapper: Any) -> bool:
    """Whether tfshim made the wrapper: `functools.wraps` has replaced its `__module__`, but not its globals."""
    wrapper = getattr(wrapper, "__func__", wrapper)
    home = getattr(wrapper, "__globals__", {}).get("__name__") or type(wrapper).__module__
    return hasattr(wrapper, "__wrapped__") and home.partition(".")[0] in ("tfshim", "tensorflow")


def _undecorated(obj: Any) -> Any:
    # `functools.wraps` hands the mark of a decorated function on to the wrapper.
    while _is_own_decorator(obj) or _is_own_decorator(getattr(obj, "__wrapped__", None)):
        obj = obj.__wrapped__
    return obj


def getfullargspec(obj: Callable[..., Any]) -> _inspect.FullArgSpec:
    """As `inspect.getfullargspec`, of the function that TensorFlow's decorators are around."""
    return _inspect.getfullargspec(_undecorated(obj))


def getargspec(obj: Callable[..., Any]) -> ArgSpec:
    """The arguments of a callable; keyword-only ones stand at the end of the others."""
    spec = getfullargspec(obj)
    defaults = (*(spec.defaults or ()), *(spec.kwonlydefaults or {}).values())
    return ArgSpec(spec.args + spec.kwonlyargs, spec.varargs, spec.varkw, defaults or None)


def getcallargs(*func_and_positional, **named):
    """The arguments of a call by their names, with defaults; surplus and missing ones are no errors."""
    func, *positional = func_and_positional
    spec = getfullargspec(func)
    if getattr(func, "__self__", None) is not None:
        positional.insert(0, func.__self__)
    defaults = dict(zip(reversed(spec.args), reversed(spec.defaults or ()), strict=False))
    return {**defaults, **named, **dict(zip(spec.args, positional, strict=False))}


def isfunction(obj: Any) -> bool:
    """Whether TensorFlow's decorators are around a function, or `obj` is one."""
    return _inspect.isfunction(_undecorated(obj))


def getsourcefile(obj: Any) -> str | None:
    """As `inspect.getsourcefile`, of what TensorFlow's decorators are around."""
    return _inspect.getsourcefile(_undecorated(obj))


def __getattr__(name: str) -> Any:
    return getattr(_inspect, name)
