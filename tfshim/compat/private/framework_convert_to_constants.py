"""`tensorflow.python.framework.convert_to_constants`: functions whose variables became constants."""

from typing import Any

from tfshim.v1 import freezing


def convert_variables_to_constants_v2(func: Any, lower_control_flow: bool = True, aggressive_inlining: bool = False):
    """A concrete function like `func` without variables: their values are constants. See `tfshim.v1.freezing`.

    Branches and loops stay single nodes, whatever `lower_control_flow` says; calls always become part of the graph.
    """
    return freezing.freeze(func)


def convert_variables_to_constants_v2_as_graph(
    func: Any, lower_control_flow: bool = True, aggressive_inlining: bool = False
):
    """The same, and its graph as a `GraphDef`."""
    return freezing.freeze_with_graph_def(func)
