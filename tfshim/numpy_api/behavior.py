"""The switch that gives tensors NumPy's methods, indexing and promotion, for the rest of the process.

Until it is thrown nothing of this is in the way of an operator: it replaces methods of the tensor classes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim.api.casting import cast
from tfshim.api.core import bind_symbolic_equality
from tfshim.api.math import TENSOR_OPERATORS
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.numpy_api import elementwise, linear_algebra, manipulation, reductions
from tfshim.numpy_api.arrays import result_type
from tfshim.numpy_api.indexing import get_item
from tfshim.numpy_api.settings import settings
from tfshim.shapes import TensorShape
from tfshim.tensor import EagerTensor, SymbolicTensor, Tensor
from tfshim.variable import Variable

_MODES = ("off", "legacy", "safe", "all")


@export("experimental.numpy.experimental_enable_numpy_behavior")
def experimental_enable_numpy_behavior(prefer_float32=False, dtype_conversion_mode="legacy"):
    """Gives tensors NumPy's methods (`T`, `reshape`, `astype`, ...), NumPy's indexing, and promotion in operators.

    For the whole process; it cannot be undone.

    Args:
      prefer_float32: whether Python floats count as float32 rather than float64.
      dtype_conversion_mode: "legacy": operators promote their operands by NumPy's rules; "off": they refuse different
        types, as without NumPy behaviour; "all": operators and functions promote, and Python numbers, and what is made
        of them, are weak tensors that adapt to others; "safe": the same, but TypeError where that could lose something.

    Raises:
      ValueError: for another mode.
    """
    if dtype_conversion_mode not in _MODES:
        raise ValueError(f"dtype_conversion_mode must be one of {_MODES}, not {dtype_conversion_mode!r}.")
    settings.prefer_float32 = prefer_float32
    settings.mode = dtype_conversion_mode
    _add_methods()
    if dtype_conversion_mode == "legacy":
        _bind_operators()
    elif settings.weak:
        from tfshim.numpy_api import weak_functions

        weak_functions.enable()
        weak_functions.add_methods({**_METHODS, "__round__": elementwise.around})


# Methods -------------------------------------------------------------------------------------------------


def _reshape(self, *newshape, **kwargs):
    """The tensor in another shape: `x.reshape(2, 3)` or `x.reshape([2, 3])`; `order="F"` goes column by column."""
    order = kwargs.pop("order", "C")
    if kwargs:
        raise ValueError(f"reshape has no arguments {list(kwargs)}.")
    if len(newshape) == 1 and not isinstance(newshape[0], int):
        newshape = newshape[0]
    return manipulation.reshape(self, newshape, order)


def _tolist(self):
    """The value as nested lists of Python values; ValueError for a symbolic tensor."""
    if isinstance(self, SymbolicTensor):
        raise ValueError("A symbolic tensor has no value yet, and so no tolist().")
    return self.numpy().tolist()


def _size(self):
    """The number of elements; None if it is unknown."""
    return np.prod(self.shape.as_list()) if self.shape.is_fully_defined() else None


_METHODS = {
    "T": property(manipulation.transpose, doc="The tensor with its axes in reverse order."),
    "data": property(lambda self: self, doc="The tensor itself."),
    "size": property(_size),
    "astype": cast,
    "clip": elementwise.clip,
    "flatten": manipulation.flatten,
    "max": reductions.amax,
    "mean": reductions.mean,
    "min": reductions.amin,
    "ravel": manipulation.ravel,
    "reshape": _reshape,
    "tolist": _tolist,
    "transpose": manipulation.transpose,
    "__getitem__": get_item,
    "__pos__": lambda self: self,
}


def _add_methods() -> None:
    for name, method in _METHODS.items():
        setattr(Tensor, name, method)
    EagerTensor.__round__ = elementwise.around  # type: ignore[method-assign]
    Tensor.__round__ = elementwise.around  # type: ignore[attr-defined]


# Operators -----------------------------------------------------------------------------------------------


def _promoted(tensor: Tensor, other: Any) -> tuple[Tensor, Any]:
    """The operands in the type of the result. What is no tensor must convert to it exactly."""
    if (isinstance(other, Tensor) and other.dtype is tensor.dtype) or isinstance(other, TensorShape):
        return tensor, other  # a shape is of any type of integers
    dtype = result_type(tensor, other)
    other = cast(other, dtype) if isinstance(other, Tensor) else convert_to_tensor(other, _other_type(other, dtype))
    return cast(tensor, dtype), cast(other, dtype)


def _other_type(value: Any, dtype: Any) -> Any:
    """Arrays and variables convert to their own type first, and then to that of the result."""
    return None if hasattr(value, "dtype") else dtype


_UNARY = frozenset(["__neg__", "__abs__", "__invert__"])
_EQUALITY = frozenset(["__eq__", "__ne__"])


def _promoting(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    reflected = f"__r{name[2:]}"

    def operator(x, y):
        if y is None and name in _EQUALITY:
            return method(x, y)
        try:
            operands = _promoted(x, y)
        except (TypeError, ValueError):
            # An object of another kind may know what to do with a tensor.
            if isinstance(y, (Tensor, np.ndarray, np.generic, int, float, complex, list, tuple)):
                raise
            if name not in _EQUALITY and not hasattr(type(y), reflected):
                raise
            operands = (x, y)
        return method(*operands)

    operator.__name__ = operator.__qualname__ = name
    return operator


def _of_variable(method: Callable[..., Any]) -> Callable[..., Any]:
    def operator(self, other):
        return method(self._read(), other)

    operator.__name__ = operator.__qualname__ = method.__name__
    return operator


def _bind_operators() -> None:
    for name, method in TENSOR_OPERATORS.items():
        if name in _UNARY:
            continue
        operator = _promoting(name, method)
        setattr(Tensor, name, operator)
        setattr(Variable, name, _of_variable(operator))
    bind_symbolic_equality(Tensor.__eq__, Tensor.__ne__)
    setattr(Tensor, "__matmul__", linear_algebra.matmul)  # noqa: B010
    setattr(Tensor, "__rmatmul__", lambda self, x: linear_algebra.matmul(x, self))  # noqa: B010
