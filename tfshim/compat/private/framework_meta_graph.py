"""`tensorflow.python.framework.meta_graph`: graphs with their collections, and the variables in them."""

from __future__ import annotations

from typing import Any

from tfshim import protos
from tfshim.protos.scoped_names import is_within, strip
from tfshim.scopes import get_default_graph
from tfshim.v1 import meta_graph as _meta_graph
from tfshim.v1.collections import GraphKeys
from tfshim.v1.meta_graph import read_meta_graph_file

__all__ = [
    "export_scoped_meta_graph",
    "import_scoped_meta_graph",
    "read_meta_graph_file",
    "stripped_op_list_for_graph",
]


def stripped_op_list_for_graph(graph_def: Any) -> Any:
    """The declarations of the ops in a graph, as an `OpList`."""
    return protos.OpList(op=_meta_graph.declarations(graph_def))  # type: ignore[attr-defined]


def _variables(graph: Any, scope: str | None) -> dict[str, Any]:
    """The variables in a scope, by their names without it."""
    every = graph.get_collection(GraphKeys.GLOBAL_VARIABLES)
    return {strip(v.op.name, scope): v for v in every if is_within(v.op.name, scope)}


def export_scoped_meta_graph(filename=None, graph_def=None, graph=None, export_scope=None, **kwargs) -> Any:
    """As `tf.compat.v1.train.export_meta_graph`: the message, and the exported variables by their names."""
    graph = graph or get_default_graph()
    kwargs.pop("unbound_inputs_col_name", None)
    made = _meta_graph.export_meta_graph(
        filename=filename, graph_def=graph_def, graph=graph, export_scope=export_scope, **kwargs
    )
    return made, _variables(graph, export_scope)


def import_scoped_meta_graph(
    meta_graph_or_file, clear_devices=False, graph=None, import_scope=None, input_map=None, **kwargs
) -> dict[str, Any]:
    """As `tf.compat.v1.train.import_meta_graph`, into any graph: the variables by their names without the scope."""
    graph = graph or get_default_graph()
    with graph.as_default():
        _, scope = _meta_graph.add_meta_graph(meta_graph_or_file, clear_devices, import_scope, input_map)
    return _variables(graph, scope)
