"""What a value is to the operators."""

from __future__ import annotations

from typing import Any

from tfshim import nest
from tfshim.export import is_a
from tfshim.tensor import Tensor
from tfshim.variable import Variable

_COMPOSITES = ("IndexedSlices", "RaggedTensor", "SparseTensor")


def is_tensor(value: Any) -> bool:
    """True for tensors, variables, and the composite tensors that TensorFlow has ops for."""
    return isinstance(value, (Tensor, Variable)) or is_a(value, *_COMPOSITES)


def is_dense(value: Any) -> bool:
    """True for what can decide a branch or a loop."""
    return is_tensor(value) and not is_a(value, "SparseTensor")


def is_range(value: Any) -> bool:
    """True for what `tf.range` gave in a graph."""
    op = getattr(value, "op", None) if isinstance(value, Tensor) else None
    return op is not None and op.type == "Range"


def without_variables(structure: Any) -> Any:
    """The structure with the values of variables in their places."""
    return nest.map_structure(lambda v: v.read_value() if isinstance(v, Variable) else v, structure)
