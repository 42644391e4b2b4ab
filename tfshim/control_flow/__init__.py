"""Branches and loops: `tf.cond`, `tf.switch_case`, `tf.case`, `tf.while_loop`, and what is built on them.

In a graph each is one node that holds graphs (`branches`, `loops`), traced by `graphs`. Lowering evaluates the node as
a JAX conditional, scan or loop where it can, and runs it from the host where it cannot.
"""

from tfshim.control_flow import branch_gradients, loop_gradients  # noqa: F401 (they register gradients)
from tfshim.control_flow.cond import case, cond, switch_case
from tfshim.control_flow.functional import foldl, foldr, map_fn, scan
from tfshim.control_flow.tensor_array import TensorArray, TensorArraySpec
from tfshim.control_flow.vectorized_map import vectorized_map
from tfshim.control_flow.while_loop import while_loop

__all__ = [
    "TensorArray",
    "TensorArraySpec",
    "case",
    "cond",
    "foldl",
    "foldr",
    "map_fn",
    "scan",
    "switch_case",
    "vectorized_map",
    "while_loop",
]
