"""`tensorflow.python.framework.test_util`: decorators that run a test in graph and in eager mode."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from tfshim.compat.private.eager_context import eager_mode, graph_mode
from tfshim.graph import Graph
from tfshim.testing.case import TestCase as TensorFlowTestCase  # noqa: F401

_Test = Callable[..., Any]


def _methods(decorate: Callable[[_Test], _Test], target: Any) -> Any:
    """A test method decorated, or a class with all of its test methods decorated."""
    if not inspect.isclass(target):
        return decorate(target)
    for name in _test_names(target):
        setattr(target, name, decorate(getattr(target, name)))
    return target


def _test_names(cls: type) -> list[str]:
    """Names of a class's own test methods."""
    return [n for n, v in vars(cls).items() if n.startswith("test") and callable(v) and n != "test_session"]


def _decorator(decorate: Callable[[_Test], _Test]) -> Callable[..., Any]:
    """Lets a decorator be used with and without parentheses, on methods and classes."""

    def either(func=None, **kwargs):
        if func is None:
            return functools.partial(_methods, decorate)
        return _methods(decorate, func)

    return either


def _in_both(test: _Test) -> _Test:
    @functools.wraps(test)
    def run(self, *args, **kwargs):
        with Graph().as_default(), self.test_session():
            test(self, *args, **kwargs)
        self.tearDown()
        self.setUp()
        with eager_mode():
            test(self, *args, **kwargs)

    return run


def _in_graph(test: _Test) -> _Test:
    @functools.wraps(test)
    def run(self, *args, **kwargs):
        with graph_mode():
            test(self, *args, **kwargs)

    return run


run_in_graph_and_eager_modes = _decorator(_in_both)
run_all_in_graph_and_eager_modes = run_in_graph_and_eager_modes
deprecated_graph_mode_only = run_deprecated_v1 = _decorator(_in_graph)
run_v2_only = _decorator(lambda test: test)


def enable_control_flow_v2(fn: _Test) -> _Test:
    """The function itself: branches and loops are always functions here."""
    return fn


def run_v1_only(reason, func=None):
    """Skips a test of TensorFlow 1's behaviour."""

    def skip(test: _Test) -> _Test:
        return functools.wraps(test)(lambda self, *args, **kwargs: self.skipTest(reason))

    return functools.partial(_methods, skip) if func is None else _methods(skip, func)


def InstallStackTraceHandler() -> None:
    """Does nothing: Python's own handler shows where a process crashed."""
