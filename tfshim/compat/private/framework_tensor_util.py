"""`tensorflow.python.framework.tensor_util`: what is known of a tensor's value while a graph is built."""

from typing import Any

from tfshim.api.core import get_static_value
from tfshim.convert import constant_value as try_evaluate_constant
from tfshim.convert import value_as_shape
from tfshim.namespaces import resolve

__all__ = ["constant_value", "constant_value_as_shape", "is_tf_type", "try_evaluate_constant"]

constant_value = get_static_value
constant_value_as_shape = value_as_shape
is_tf_type: Any = resolve("is_tensor")
