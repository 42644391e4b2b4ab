"""Which callables are called as they are: libraries, and what cannot be converted."""

from __future__ import annotations

import collections
import copy
import functools
import inspect
import pdb
import re
import sys
import types
import unittest
import weakref
from typing import Any

from tfshim.autograph.options import ConversionOptions

# TensorFlow's list, and what tfshim itself stands on.
_LIBRARIES = frozenset(
    """
    collections copy cProfile inspect ipdb linecache mock pathlib pdb posixpath pstats re threading urllib
    matplotlib numpy pandas tensorflow PIL absl.logging tensorflow_probability tensorflow_datasets.core keras tf_keras
    tfshim jax jaxlib ml_dtypes malt
    """.split()
)
# User code that lives below a library's name.
_CONVERTED = frozenset({"tensorflow.python.training.experimental"})

_NEVER_CONVERTED = (collections, copy, inspect, pdb, re)


def _is_below(module: str, names: frozenset[str]) -> bool:
    while module:
        if module in names:
            return True
        module = module.rpartition(".")[0]
    return False


def is_own(f: Any) -> bool:
    """True for functions and objects of tfshim, which are never converted, even on request."""
    function = getattr(f, "__func__", f)
    if not isinstance(function, types.FunctionType):
        function = type(f).__call__
    return isinstance(function, types.FunctionType) and _is_below(
        function.__globals__.get("__name__") or "", frozenset({"tfshim"})
    )


def is_unsupported(f: Any) -> bool:
    """True for callables that no conversion can look into."""
    wrapt = sys.modules.get("wrapt")
    if wrapt is not None and isinstance(f, (wrapt.FunctionWrapper, wrapt.BoundFunctionWrapper)):
        return True
    if isinstance(f, functools._lru_cache_wrapper) or _is_constructor(f):
        return True
    return any(f is value for module in _NEVER_CONVERTED for value in vars(module).values())


def _is_constructor(f: Any) -> bool:
    # A metaclass with a `__call__` of its own makes calling the class an ordinary call.
    return inspect.isclass(f) and type(f).__call__ is type.__call__


def is_allowlisted(f: Any) -> bool:
    """True for what a library defines: it knows how to handle tensors, or does not see any."""
    module = "functools" if isinstance(f, functools.partial) else getattr(f, "__module__", None)
    if isinstance(module, str):
        if _is_below(module, _CONVERTED):
            return False
        if _is_below(module, _LIBRARIES):
            return True
    if hasattr(f, "__code__") and inspect.isgeneratorfunction(f):
        return True
    if not inspect.isclass(f) and hasattr(f, "__call__"):  # noqa: B004 - the method is what is looked at
        call = f.__call__
        if type(f) is not type(call) and is_allowlisted(call):
            return True
    if inspect.ismethod(f):
        owner = f.__self__ if inspect.isclass(f.__self__) else type(f.__self__)
        if issubclass(owner, unittest.TestCase):
            return True
        definer = next((c for c in owner.__mro__ if f.__name__ in vars(c)), owner)
        return _is_below(definer.__module__, _LIBRARIES) or _is_namedtuple(definer)
    return False


def _is_namedtuple(cls: type) -> bool:
    return issubclass(cls, tuple) and hasattr(cls, "_fields") and not any(hasattr(b, "_fields") for b in cls.__bases__)


class _Known:
    """Functions that were found to be called as they are."""

    def __init__(self) -> None:
        self._options: weakref.WeakKeyDictionary[Any, set[ConversionOptions]] = weakref.WeakKeyDictionary()

    def add(self, f: Any, options: ConversionOptions) -> None:
        function = getattr(f, "__func__", f)
        if isinstance(function, types.FunctionType):
            self._options.setdefault(function, set()).add(options)

    def has(self, f: Any, options: ConversionOptions) -> bool:
        function = getattr(f, "__func__", f)
        return isinstance(function, types.FunctionType) and options in self._options.get(function, ())


known = _Known()
