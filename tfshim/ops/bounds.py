"""Loops of unknown length under differentiation.

JAX cannot reverse a `while_loop`, so a loop whose trip count is not known when its program is compiled is traced,
where it is differentiated, as a scan of fixed length over a conditional: the steps past the end do nothing. The length
is a guess that whoever runs the program makes; the program reports whether it was too short.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any


class NeedsValue(TypeError):
    """A program cannot be compiled as it stands: something must be known first that only running can tell."""


class NeedsBound(NeedsValue):
    """A loop of unknown length is differentiated, and nobody bounds it."""


class ReverseOnly(TypeError):
    """What is traced for forward mode has a gradient written by the user, and so only a reverse mode."""


class _State(threading.local):
    differentiating: bool = False
    pushing: bool = False
    bound: int | None = None
    overflows: list[Any] | None = None


_state = _State()


@contextlib.contextmanager
def differentiating() -> Iterator[None]:
    """Within the scope, what is traced is going to be differentiated in reverse."""
    old = _state.differentiating, _state.pushing
    _state.differentiating, _state.pushing = True, False
    try:
        yield
    finally:
        _state.differentiating, _state.pushing = old


@contextlib.contextmanager
def pushing() -> Iterator[None]:
    """Within the scope, what is traced is going to be differentiated in forward mode."""
    old = _state.pushing
    _state.pushing = True
    try:
        yield
    finally:
        _state.pushing = old


@contextlib.contextmanager
def bounded(bound: int) -> Iterator[None]:
    """Within the scope, loops of unknown length may be traced as `bound` conditional steps."""
    old = _state.bound
    _state.bound = bound
    try:
        yield
    finally:
        _state.bound = old


def is_differentiating() -> bool:
    """True inside `differentiating()`."""
    return _state.differentiating


def is_derived() -> bool:
    """True inside `differentiating()` or `pushing()`."""
    return _state.differentiating or _state.pushing


def check_reverse() -> None:
    """Raises ReverseOnly where what is traced is going to be differentiated in forward mode."""
    if _state.pushing:
        raise ReverseOnly("can't apply forward-mode differentiation to a gradient that is written in Python")


def current() -> int:
    """The number of steps to trace for a loop of unknown length; NeedsBound outside of `bounded()`."""
    if _state.bound is None:
        raise NeedsBound("the length of a loop that is differentiated must be known, or bounded by who runs it")
    return _state.bound


def report(overflows: list[Any]) -> None:
    """Passes flags (true: a loop needed more steps than it had) to the enclosing `flagged`."""
    if _state.overflows is not None:
        _state.overflows.extend(overflows)


def flagged(fn: Callable[..., Any]) -> Callable[..., tuple[Any, list[Any]]]:
    """`fn` with the flags that were reported while it was traced as a second result."""

    def run(*args: Any) -> tuple[Any, list[Any]]:
        old = _state.overflows
        _state.overflows = flags = []
        try:
            return fn(*args), flags
        finally:
            _state.overflows = old

    return run
