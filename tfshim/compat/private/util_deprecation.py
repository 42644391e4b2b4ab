"""`tensorflow.python.util.deprecation`: decorators that warn once of what is out of date."""

from __future__ import annotations

import contextlib
import functools
import inspect
import logging
import types
from collections.abc import Callable, Iterator
from typing import Any

from tfshim.api import strict_mode

_log = logging.getLogger("tensorflow")
_warned: set[Any] = set()
_silent = False


def _warn_once(key: Any, text: str) -> None:
    if _silent or key in _warned:
        return
    if strict_mode.is_enabled():
        _log.error(text)
        raise RuntimeError(f"Deprecated behavior raises an error in strict mode: {text}")
    _warned.add(key)
    _log.warning(text)


def _until(date: str | None) -> str:
    return "in a future version" if date is None else f"after {date}"


def deprecated(date, instructions, warn_once=True):
    """A decorator for a function or class that goes away: says so at its first call."""

    def decorate(target: Any) -> Any:
        text = f"{target.__qualname__} is deprecated and will be removed {_until(date)}.\n{instructions}"
        if inspect.isclass(target):
            made = target.__init__

            @functools.wraps(made)
            def initialise(self, *args, **kwargs):
                _warn_once(target, text)
                made(self, *args, **kwargs)

            target.__init__ = initialise  # type: ignore[method-assign]
            return target
        return _warning_before(target, lambda args, kwargs: text)

    return decorate


def deprecated_args(date, instructions, *deprecated_arg_names_or_tuples, **kwargs):
    """A decorator for a function with arguments that go away: says so when one is given."""
    names = [n[0] if isinstance(n, tuple) else n for n in deprecated_arg_names_or_tuples]
    harmless = {n[0]: n[1] for n in deprecated_arg_names_or_tuples if isinstance(n, tuple)}

    def decorate(fn: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(fn)

        def text(args, kwargs):
            given = _given(signature, args, kwargs)
            used = [n for n in names if n in given and not (n in harmless and given[n] is harmless[n])]
            return f"{fn.__qualname__}: {used} will be removed {_until(date)}.\n{instructions}" if used else None

        return _warning_before(fn, text)

    return decorate


def deprecated_arg_values(date, instructions, warn_once=True, **deprecated_kwargs):
    """A decorator for a function with values of arguments that go away: says so when one is given."""

    def decorate(fn: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(fn)

        def text(args, kwargs):
            given = _given(signature, args, kwargs)
            used = [f"{n}={v!r}" for n, v in deprecated_kwargs.items() if n in given and given[n] == v]
            return f"{fn.__qualname__}: {used} will be removed {_until(date)}.\n{instructions}" if used else None

        return _warning_before(fn, text)

    return decorate


def _given(signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    try:
        return signature.bind_partial(*args, **kwargs).arguments
    except TypeError:
        return {}  # the call itself says what is wrong


def _warning_before(fn: Callable[..., Any], text: Callable[..., str | None]) -> Callable[..., Any]:
    @functools.wraps(fn)
    def call(*args, **kwargs):
        said = text(args, kwargs)
        if said is not None:
            _warn_once((fn, said), said)
        return fn(*args, **kwargs)

    return call


def deprecated_alias(deprecated_name, name, func_or_class, warn_once=True):
    """Another name of a function or class, which says at its first use that it is out of date."""
    text = f"The name {deprecated_name} is deprecated. Please use {name} instead.\n"
    if inspect.isclass(func_or_class):

        def initialise(self, *args, **kwargs):
            _warn_once(deprecated_name, text)
            func_or_class.__init__(self, *args, **kwargs)

        return types.new_class(
            func_or_class.__name__, (func_or_class,), exec_body=lambda body: body.update(__init__=initialise)
        )
    return _warning_before(func_or_class, lambda args, kwargs: text)


def deprecated_endpoints(*args):
    """A decorator that notes old public names of a symbol."""

    def decorate(symbol: Any) -> Any:
        symbol._tf_deprecated_api_names = args
        return symbol

    return decorate


def deprecated_argument_lookup(new_name, new_value, old_name, old_value):
    """The value of an argument that was renamed.

    Raises:
      ValueError: if both are given.
    """
    if old_value is None:
        return new_value
    if new_value is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{new_name}'")
    return old_value


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """A scope without warnings of this module."""
    global _silent
    old, _silent = _silent, True
    try:
        yield
    finally:
        _silent = old
