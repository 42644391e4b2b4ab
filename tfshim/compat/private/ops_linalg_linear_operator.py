"""`tensorflow.python.ops.linalg.linear_operator`: subclasses of operators as composite tensors."""

from typing import Any

from tfshim.linear_operators.base import LinearOperator  # noqa: F401


def make_composite_tensor(cls: type, module_name: str = "tf.linalg") -> Any:
    """The class itself: every subclass of `tf.linalg.LinearOperator` is a composite tensor with a spec of its own."""
    return cls
