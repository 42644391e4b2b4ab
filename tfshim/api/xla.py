"""`tf.xla.experimental`: what TensorFlow 1 had for compiling; here everything is compiled."""

from __future__ import annotations

import contextlib

from tfshim.context import context
from tfshim.export import export
from tfshim.function import function
from tfshim.tensor import Tensor


@export("xla.experimental.compile")
def compile(computation, inputs=None):  # TensorFlow's name
    """Compiles `computation(*inputs)` as one program and runs it, or adds it to the current graph.

    Args:
      computation: a function of tensors.
      inputs: a list of what it takes.

    Returns:
      What the function returns, as tensors; a list of one if that is a single value.
    """
    if inputs is not None and not isinstance(inputs, (list, tuple)):
        raise TypeError("inputs must be a list")
    result = function(lambda *args: computation(*args), jit_compile=True)(*(inputs or ()))
    return [result] if isinstance(result, Tensor) else result


@export("xla.experimental.jit_scope")
@contextlib.contextmanager
def jit_scope(compile_ops=True, separate_compiled_gradients=False):
    """A scope for graphs whose ops TensorFlow compiles; here they are compiled in any case. RuntimeError if eager."""
    if context.graph is None:
        raise RuntimeError(
            "xla.experimental.jit_scope is not supported when eager execution is enabled. Use it inside tf.function."
        )
    yield
