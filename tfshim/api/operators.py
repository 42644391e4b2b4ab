"""`tf.__operators__`: the operators of tensors as functions, for libraries that register dispatch targets for them."""

from __future__ import annotations

from tfshim.api import slicing
from tfshim.api.math import TENSOR_OPERATORS
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.tensor import Tensor


@export("__operators__.add")
def add(x, y, name=None):
    """`x + y`, where the tensor `x` gives its dtype to a `y` that is no tensor."""
    if not isinstance(y, Tensor):
        y = convert_to_tensor(y, hint=x.dtype.base_dtype)
    return TENSOR_OPERATORS["__add__"](x, y)


@export("__operators__.eq")
def eq(self, other):
    """`self == other`, elementwise; False for shapes that do not fit, and where `other` is None."""
    return TENSOR_OPERATORS["__eq__"](self, other)


@export("__operators__.ne")
def ne(self, other):
    """`self != other`, elementwise; True for shapes that do not fit, and where `other` is None."""
    return TENSOR_OPERATORS["__ne__"](self, other)


@export("__operators__.getitem")
def getitem(tensor, slice_spec, var=None):
    """`tensor[slice_spec]`. What is sliced is always `tensor`: with a variable as `var` too, only to be read."""
    return slicing.slice_tensor(tensor, slice_spec)
