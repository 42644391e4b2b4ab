"""`tensorflow.python.framework.tensor_util`: what is known of a tensor's value while a graph is built."""

from typing import Any

from tfshim.convert import constant_value
from tfshim.namespaces import resolve
from tfshim.shapes import TensorShape, from_dims
from tfshim.tensor import SymbolicTensor

try_evaluate_constant = constant_value
is_tf_type: Any = resolve("is_tensor")


def constant_value_as_shape(tensor: Any) -> TensorShape:
    """The shape that an integer vector stands for, as far as it is known."""
    value: Any = constant_value(tensor)
    if value is not None:
        return from_dims(tuple([None if size < 0 else int(size) for size in value]))
    known = tensor.graph.partial_value(tensor) if isinstance(tensor, SymbolicTensor) else None
    if known is None and tensor.shape.rank == 1 and tensor.shape[0] is not None:
        known = [None] * tensor.shape[0]
    return from_dims(None if known is None else tuple(known))
