"""Calls out of converted code, and calls into it."""

from __future__ import annotations

import functools
import inspect
import logging
import types
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from tfshim.autograph import allowlist, verbosity
from tfshim.autograph.errors import in_user_code
from tfshim.autograph.options import ConversionOptions
from tfshim.autograph.status import ControlStatusCtx, Status, control_status_ctx

logger = logging.getLogger("tensorflow")


def autograph_artifact(f: Any) -> Any:
    """Marks a callable that is the outcome of a conversion, or is to be called as it is."""
    getattr(f, "__func__", f).autograph_info__ = None
    return f


def is_artifact(f: Any) -> bool:
    return hasattr(f, "autograph_info__")


_targets: weakref.WeakKeyDictionary[Any, Callable[[], Any]] = weakref.WeakKeyDictionary()


def stands_for(f: types.FunctionType | Callable[..., Any], target: Callable[[], Any]) -> None:
    """Declares that a call of the function `f` is one of `target()`, which is converted in its place."""
    _targets[f] = target


def converted_call(
    f: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None,
    caller_fn_scope: Any = None,
    options: ConversionOptions | None = None,
) -> Any:
    """Calls `f`, converted if it is code of the user. Calls in converted code become calls of this function.

    Args:
      f: any callable.
      args: positional arguments.
      kwargs: keyword arguments; None for none.
      caller_fn_scope: `FunctionScope` of the function that calls, whose options apply.
      options: how to convert, if there is no such scope.
    """
    from tfshim.autograph.operators import builtins

    kwargs = kwargs or {}
    if options is None:
        options = caller_fn_scope.callopts
    if allowlist.known.has(f, options) or control_status_ctx().status is Status.DISABLED:
        return f(*args, **kwargs)
    if is_artifact(f):
        return f(*args, **kwargs)
    if isinstance(f, functools.partial):
        return converted_call(f.func, (*f.args, *args), {**f.keywords, **kwargs}, caller_fn_scope, options)
    if isinstance(f, types.FunctionType) and f in _targets:
        return converted_call(_targets[f](), args, kwargs, caller_fn_scope, options)
    if builtins.is_builtin(f):
        return builtins.call(f, args, kwargs, caller_fn_scope)
    if (
        allowlist.is_unsupported(f)
        or allowlist.is_own(f)
        or (not options.user_requested and allowlist.is_allowlisted(f))
        or not options.internal_convert_user_code
    ):
        allowlist.known.add(f, options)
        return f(*args, **kwargs)
    function, all_args = _function_of(f, args)
    if not isinstance(function, types.FunctionType) or function.__code__.co_filename == "<string>":
        return f(*args, **kwargs)
    return _converted(function, options)(*all_args, **kwargs)


def _function_of(f: Any, args: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """The plain function that a call of `f` runs, with the arguments that it gets."""
    if inspect.isfunction(f):
        return f, args
    if inspect.ismethod(f):
        return f.__func__, (f.__self__, *args)
    return type(f).__call__, (f, *args)


def _converted(function: types.FunctionType, options: ConversionOptions) -> Callable[..., Any]:
    """The converted function, or the function itself, with a warning, if it cannot be converted."""
    from tfshim.autograph import transpiler

    try:
        return transpiler.convert(function, options)
    except Exception as error:
        if verbosity.strict():
            raise
        if not allowlist.known.has(function, options):
            logger.warning(
                "AutoGraph could not transform %s and will run it as-is.\nCause: %s\nTo silence this warning, decorate "
                "the function with @tf.autograph.experimental.do_not_convert",
                function,
                error,
            )
            allowlist.known.add(function, options)
        return function


def _like(wrapper: Callable[..., Any], f: Any) -> Any:
    if inspect.isfunction(f) or inspect.ismethod(f):
        functools.update_wrapper(wrapper, f)
    return autograph_artifact(wrapper)


def convert(
    f: Any,
    features: Any = None,
    user_requested: bool = True,
    scope: AbstractContextManager[Any] | None = None,
) -> Any:
    """A callable that runs `f` converted, inside `scope`; errors tell of the user's code."""
    options = ConversionOptions(recursive=True, user_requested=user_requested, optional_features=features)

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            with scope or nullcontext():
                return converted_call(f, args, kwargs, options=options)
        except Exception as error:
            told = in_user_code(error)
            if told is error:
                raise
            raise told from None

    return _like(wrapper, f)


def with_status(f: Any, status: Status) -> Any:
    """A callable that runs `f` as it is, in a scope of this status."""

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with ControlStatusCtx(status):
            return f(*args, **kwargs)

    return _like(wrapper, f)


def tf_convert(f: Any, ctx: ControlStatusCtx, convert_by_default: bool = True, user_requested: bool = False) -> Any:
    """`f` as a function that takes functions should call it: converted if `ctx` says so.

    Args:
      f: a callable.
      ctx: the scope in which the caller was called, from `control_status_ctx()`.
      convert_by_default: what to do where the scope leaves it open.
      user_requested: convert even what the allow-list leaves alone.
    """
    if is_artifact(f):
        return f
    if ctx.status is Status.DISABLED:
        return with_status(f, Status.DISABLED)
    if ctx.status is Status.UNSPECIFIED and not convert_by_default:
        return with_status(f, Status.UNSPECIFIED)
    return convert(f, user_requested=user_requested, scope=ctx)
