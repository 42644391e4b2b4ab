"""The checks of TensorFlow 1 that return something where those of TensorFlow 2 return None."""

from __future__ import annotations

from tfshim.api import debugging
from tfshim.context import context
from tfshim.export import export
from tfshim.scopes import no_op


@export("compat.v1.assert_scalar", "compat.v1.debugging.assert_scalar")
def assert_scalar(tensor, name=None, message=None):
    """`tensor`, checked to be a scalar when this is called: ValueError otherwise, also for an unknown rank."""
    return debugging.checked_scalar(tensor, message, name)


@export("compat.v1.debugging.assert_shapes")
def assert_shapes(shapes, data=None, summarize=None, message=None, name=None):
    """`tf.debugging.assert_shapes`; in a graph, the operation that checks what is not known yet."""
    return debugging.shapes_checked(shapes, data, summarize, message, name)


@export("compat.v1.assert_type", "compat.v1.debugging.assert_type")
def assert_type(tensor, tf_type, message=None, name=None):
    """`tf.debugging.assert_type`; in a graph, an operation that does nothing."""
    debugging.assert_type(tensor, tf_type, message)
    return None if context.graph is None else no_op(name or "statically_determined_correct_type")


@export("compat.v1.assert_integer", "compat.v1.debugging.assert_integer")
def assert_integer(x, message=None, name=None):
    """`tf.debugging.assert_integer`; in a graph, an operation that does nothing."""
    debugging.assert_integer(x, message, name)
    return None if context.graph is None else no_op("statically_determined_was_integer")
