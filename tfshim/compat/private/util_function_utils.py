"""`tensorflow.python.util.function_utils`: what a callable takes, and what it is called."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from tfshim.compat.private.util_tf_inspect import getfullargspec


def _spec(fn: Callable[..., Any]) -> tuple[inspect.FullArgSpec, bool]:
    """The arguments of what is called in the end, and whether the first one is given: a method's own object."""
    if not inspect.isfunction(fn) and not inspect.ismethod(fn) and callable(fn):
        fn = fn.__call__  # type: ignore[operator]
    return getfullargspec(fn), inspect.ismethod(fn)


def fn_args(fn: Callable[..., Any]) -> tuple[str, ...]:
    """The names of the arguments that a call gives by position."""
    if isinstance(fn, functools.partial):
        names = fn_args(fn.func)[len(fn.args) :]
        return tuple(n for n in names if n not in (fn.keywords or {}))
    spec, bound = _spec(fn)
    return tuple(spec.args[1:] if bound else spec.args)


def has_kwargs(fn: Callable[..., Any]) -> bool:
    """Whether a callable takes `**kwargs`; TypeError if it is none."""
    if isinstance(fn, functools.partial):
        return has_kwargs(fn.func)
    if not callable(fn):
        raise TypeError(f"Argument `fn` should be a callable. Received: fn={fn} (of type {type(fn)})")
    return _spec(fn)[0].varkw is not None


def get_func_name(func: Callable[..., Any]) -> str:
    """The name of a function, method, class or partial function."""
    if isinstance(func, functools.partial):
        return get_func_name(func.func)
    if not callable(func):
        raise ValueError(f"Argument `func` must be a callable. Received func={func} (of type {type(func)})")
    named = inspect.isfunction(func) or inspect.ismethod(func) or inspect.isclass(func) or inspect.isbuiltin(func)
    return func.__qualname__ if named and not _is_lambda(func) else _other_name(func)


def _is_lambda(func: Any) -> bool:
    return getattr(func, "__name__", "") == "<lambda>"


def _other_name(func: Any) -> str:
    if not _is_lambda(func):
        return str(type(func))
    try:
        return inspect.getsource(func).strip()
    except OSError:
        return str(func)


def get_func_code(func: Callable[..., Any]) -> Any:
    """The code object of a function, or of the `__call__` of an object; None if there is none."""
    if isinstance(func, functools.partial):
        return get_func_code(func.func)
    func = inspect.unwrap(func)
    if hasattr(func, "__code__"):
        return func.__code__
    return getattr(type(func).__call__, "__code__", None) if callable(func) else None
