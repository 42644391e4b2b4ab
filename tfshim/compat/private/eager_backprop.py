"""`tensorflow.python.eager.backprop`: gradients of functions of their arguments."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from tfshim import nest
from tfshim.convert import convert_to_tensor
from tfshim.gradient_tape import GradientTape


def implicit_val_and_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function like `f` that also gives the gradient for each trainable variable used: `(value, [(grad, var)])`.

    It raises ValueError if `f` returns None or uses no trainable variable.
    """

    @functools.wraps(f)
    def run(*args: Any, **kwargs: Any) -> Any:
        with GradientTape() as tape:
            value = f(*args, **kwargs)
        if value is None:
            raise ValueError(
                f"Cannot differentiate a function that returns None; did you forget to return a value from {f}?"
            )
        variables = tape.watched_variables()
        if not variables:
            raise ValueError("No trainable variables were accessed while the function was being computed.")
        return value, list(zip(tape.gradient(value, variables), variables, strict=True))

    return run


def implicit_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function that gives what `f` has for gradients: `[(grad, var)]`, for each trainable variable used."""
    both = implicit_val_and_grad(f)
    return lambda *args, **kwargs: both(*args, **kwargs)[1]


def _chosen(f: Callable[..., Any], params: Sequence[Any] | None, count: int) -> list[int]:
    if params is None:
        return list(range(count))
    names = list(inspect.signature(f).parameters)
    if all(isinstance(p, str) for p in params):
        return [names.index(p) for p in params]
    if all(isinstance(p, int) for p in params):
        return list(params)
    raise ValueError("params must be all strings or all integers")


def val_and_grad_function(f: Callable[..., Any], params: Sequence[Any] | None = None) -> Callable[..., Any]:
    """A function like `f` that also gives the gradients for the arguments `params` (names or positions; all if None).

    Its argument `dy` is the cotangent of the value.
    """

    def run(*args: Any, dy: Any = None) -> Any:
        value, pull = make_vjp(f, params)(*args)
        return value, pull(dy)

    return run


def gradients_function(f: Callable[..., Any], params: Sequence[Any] | None = None) -> Callable[..., Any]:
    """A function that gives the gradients of `f` for the arguments `params`: see `val_and_grad_function`."""
    both = val_and_grad_function(f, params)
    return lambda *args, dy=None: both(*args, dy=dy)[1]


def make_vjp(
    f: Callable[..., Any], params: Sequence[Any] | None = None, persistent: bool = True
) -> Callable[..., tuple[Any, Callable[..., Any]]]:
    """A function like `f` that also gives a function from the value's cotangent to gradients for `params`."""

    def run(*args: Any) -> tuple[Any, Callable[..., Any]]:
        arguments = [a if hasattr(a, "handle") else nest.map_structure(convert_to_tensor, a) for a in args]
        wanted = [arguments[i] for i in _chosen(f, params, len(arguments))]
        with GradientTape(persistent=persistent) as tape:
            for tensor in nest.flatten(wanted):
                tape.watch(tensor)
            value = f(*arguments)
        if value is None:
            raise ValueError(
                f"Cannot differentiate a function that returns None; did you forget to return a value from {f}?"
            )

        def pull(dy: Any = None) -> Any:
            if dy is not None:
                dy = nest.map_structure(lambda v, d: convert_to_tensor(d, dtype=v.dtype), value, dy)
            return tape.gradient(value, wanted, output_gradients=dy)

        return value, pull

    return run
