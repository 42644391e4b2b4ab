"""Arithmetic and comparison operators of ragged tensors: the public functions, bound as methods."""

from __future__ import annotations

from typing import Any

from tfshim.errors import InvalidArgumentError
from tfshim.namespaces import resolve
from tfshim.ragged.elementwise import binary
from tfshim.ragged.tensor import RaggedTensor
from tfshim.tensor import SymbolicTensor

_BINARY = {
    "add": "math.add",
    "sub": "math.subtract",
    "mul": "math.multiply",
    "truediv": "math.truediv",
    "div": "math.truediv",
    "floordiv": "math.floordiv",
    "mod": "math.floormod",
    "pow": "math.pow",
}
_COMPARISONS = {
    "lt": "math.less",
    "le": "math.less_equal",
    "gt": "math.greater",
    "ge": "math.greater_equal",
}
_LOGICAL = ("and", "or", "xor")
_UNARY = {"neg": "math.negative", "abs": "math.abs", "invert": "math.logical_not"}


def _logical(name: str) -> Any:
    function = binary(f"math.logical_{name}")

    if name == "xor":

        def method(x, y, name="LogicalXor"):
            return function(x, y, name=name)

    else:

        def method(self, y, name=None):
            return function(self, y, name=name)

    return method


def _reflected(function: Any) -> Any:
    def method(x, y, name=None):
        return function(y, x, name=name)

    return method


def _unary(path: str) -> Any:
    def method(self, name=None):
        return self.with_flat_values(resolve(path)(self.flat_values, name=name))  # type: ignore[operator]

    return method


def _equality(path: str, of_none: bool) -> Any:
    function = binary(path)

    def method(self, other):
        if _is_of_plain_graph(self):
            return (self is other) != of_none
        try:
            return of_none if other is None else function(self, other)
        except InvalidArgumentError:  # of shapes that do not fit each other, or of other dtypes
            return of_none

    return method


def _is_of_plain_graph(value: Any) -> bool:
    """Whether a ragged tensor can be the key of a feed: as tensors of plain graphs, it is compared by identity."""
    flat = value.flat_values
    return isinstance(flat, SymbolicTensor) and not flat.graph.building_function


def _hash(self):
    if _is_of_plain_graph(self):
        return id(self)
    raise TypeError("RaggedTensor is unhashable.")


def _bind(name: str, method: Any) -> None:
    method.__name__ = method.__qualname__ = name
    setattr(RaggedTensor, name, method)


def _method(function: Any) -> Any:
    def method(x, y, name=None):
        return function(x, y, name=name)

    return method


def bind() -> None:
    """Gives `RaggedTensor` its operators."""
    for name, path in _BINARY.items():
        _bind(f"__{name}__", _method(binary(path)))
        _bind(f"__r{name}__", _reflected(binary(path)))
    for name, path in _COMPARISONS.items():
        _bind(f"__{name}__", _method(binary(path)))
    for name in _LOGICAL:
        _bind(f"__{name}__", _logical(name))
        _bind(f"__r{name}__", _logical(name))
    for name, path in _UNARY.items():
        _bind(f"__{name}__", _unary(path))
    _bind("__eq__", _equality("math.equal", False))
    _bind("__ne__", _equality("math.not_equal", True))
    _bind("__hash__", _hash)
