"""`tensorflow.python.util.tf_decorator`: decorators that say what they are around."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from typing import Any

from tfshim.compat.private.util_tf_inspect import _is_own_decorator
from tfshim.export import export
from tfshim.function import PolymorphicFunction

_MARK = "_tf_decorator"


class TFDecorator:
    """What is known of one decorator: its name, what it is around, its documentation and arguments."""

    def __init__(
        self,
        decorator_name: str | None,
        target: Callable[..., Any],
        decorator_doc: str = "",
        decorator_argspec: Any = None,
    ):
        self._decorator_name = decorator_name
        self._decorated_target = target
        self._decorator_doc = decorator_doc
        self._decorator_argspec = decorator_argspec
        self.__name__ = getattr(target, "__name__", None)
        self.__doc__ = decorator_doc or getattr(target, "__doc__", None)

    decorator_name = property(lambda self: self._decorator_name, doc="The name of the decorator.")
    decorator_doc = property(lambda self: self._decorator_doc, doc="Its documentation.")
    decorator_argspec = property(lambda self: self._decorator_argspec, doc="The arguments that it takes, or None.")

    @property
    def decorated_target(self) -> Any:
        """What the decorator is around."""
        return self._decorated_target

    @decorated_target.setter
    def decorated_target(self, target: Any) -> None:
        self._decorated_target = target

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._decorated_target(*args, **kwargs)


@export("__internal__.decorator.make_decorator")
def make_decorator(target, decorator_func, decorator_name=None, decorator_doc="", decorator_argspec=None) -> Any:
    """Makes `decorator_func`, which is called instead of `target`, look like it, and say what it is around."""
    if decorator_name is None:
        caller = inspect.currentframe().f_back  # type: ignore[union-attr]
        decorator_name = caller.f_code.co_name if caller is not None else None
    decorator = TFDecorator(decorator_name, target, decorator_doc, decorator_argspec)
    setattr(decorator_func, _MARK, decorator)
    for name in ("__name__", "__qualname__", "__module__"):
        if hasattr(target, name):
            setattr(decorator_func, name, getattr(target, name))
    if decorator.__doc__:
        decorator_func.__doc__ = decorator.__doc__
    for name, value in getattr(target, "__dict__", {}).items():
        if name not in vars(decorator_func):
            setattr(decorator_func, name, value)
    decorator_func.__wrapped__ = decorator_func.__original_wrapped__ = target
    if isinstance(decorator_argspec, inspect.FullArgSpec):
        decorator_func.__signature__ = fullargspec_to_signature(decorator_argspec)
    elif callable(target):
        with contextlib.suppress(TypeError, ValueError):  # some builtins have none
            decorator_func.__signature__ = inspect.signature(target)
    return decorator_func


@export("__internal__.decorator.unwrap")
def unwrap(maybe_tf_decorator: Any) -> tuple[list[TFDecorator], Any]:
    """The decorators around something, from the outside, and what is inside of them all."""
    decorators: list[TFDecorator] = []
    inner = maybe_tf_decorator
    while True:
        if isinstance(inner, TFDecorator):
            decorator = inner
        elif _MARK in getattr(inner, "__dict__", {}):
            decorator = getattr(inner, _MARK)
        elif isinstance(inner, PolymorphicFunction):
            decorator = TFDecorator("tf.function", inner.python_function)
        elif _is_own_decorator(inner):
            decorator = TFDecorator("wrapper", inner.__wrapped__)
        else:
            return decorators, inner
        decorators.append(decorator)
        inner = decorator.decorated_target


def rewrap(decorator_func: Any, previous_target: Any, new_target: Any) -> Any:
    """Puts `new_target` in the place of `previous_target` within the decorators of `decorator_func`."""
    if decorator_func is previous_target:
        return new_target
    for outer in [getattr(decorator_func, _MARK), *unwrap(decorator_func)[0]]:
        if outer.decorated_target is previous_target:
            outer.decorated_target = new_target
            return decorator_func
    raise ValueError(f"{previous_target} is not within {decorator_func}")


def fullargspec_to_signature(fullargspec: inspect.FullArgSpec) -> inspect.Signature:
    """The signature of what `inspect.getfullargspec` describes."""
    defaults = dict(zip(reversed(fullargspec.args), reversed(fullargspec.defaults or ()), strict=False))
    kinds = inspect.Parameter
    made = [kinds(n, kinds.POSITIONAL_OR_KEYWORD, default=defaults.get(n, kinds.empty)) for n in fullargspec.args]
    if fullargspec.varargs:
        made.append(kinds(fullargspec.varargs, kinds.VAR_POSITIONAL))
    named = fullargspec.kwonlydefaults or {}
    made.extend(kinds(n, kinds.KEYWORD_ONLY, default=named.get(n, kinds.empty)) for n in fullargspec.kwonlyargs)
    if fullargspec.varkw:
        made.append(kinds(fullargspec.varkw, kinds.VAR_KEYWORD))
    return inspect.Signature(made)
