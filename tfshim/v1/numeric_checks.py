"""`tf.compat.v1.add_check_numerics_ops`: checks of all that a graph computes."""

from __future__ import annotations

from typing import Any

from tfshim.context import context
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import group


@export("compat.v1.add_check_numerics_ops")
def add_check_numerics_ops() -> Any:
    """An operation that fails (InvalidArgumentError) where a floating tensor of the graph has infinities or nans.

    The tensors are checked in the order of the graph; the message names the first that has some.

    Raises:
      RuntimeError: in eager mode.
    """
    graph = context.graph
    if graph is None:
        raise RuntimeError(
            "add_check_numerics_ops() is not compatible with eager execution. To check for Inf's and NaN's under "
            "eager execution, call tf.debugging.check_numerics on the tensors."
        )
    before: list[Any] = []
    for node in graph.get_operations():
        for i, output in enumerate(node.outputs):
            if output.dtype.name in ("float16", "float32", "float64"):
                with graph.control_dependencies(before):
                    before = [op("CheckNumerics")(output, message=f"{node.name}:{i}")]
    return group(*before)
