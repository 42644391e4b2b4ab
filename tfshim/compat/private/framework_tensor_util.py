"""`tensorflow.python.framework.tensor_util`: what is known of a tensor's value while a graph is built."""

from typing import Any

from tfshim.convert import constant_value, value_as_shape
from tfshim.namespaces import resolve

try_evaluate_constant = constant_value
constant_value_as_shape = value_as_shape
is_tf_type: Any = resolve("is_tensor")
