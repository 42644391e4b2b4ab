"""`VariableDef`: a variable of a graph by the names of its nodes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tfshim import protos
from tfshim.protos.scoped_names import is_within, prepend, strip
from tfshim.scopes import get_default_graph
from tfshim.variable.graph_variable import GraphVariable
from tfshim.variable.options import VariableAggregation, VariableSynchronization


def of(variable: Any, scope: str | None = None) -> Any:
    """The `VariableDef` of a variable, without a scope in its names; None if they are not in it."""
    if not is_within(variable._name, scope):
        return None
    names = {
        "variable_name": f"{variable.handle.op.name}:0",
        "initial_value_name": getattr(variable.initial_value, "name", ""),
        "initializer_name": variable.initializer.name,
        "snapshot_name": variable._graph_element.name,
    }
    made = protos.VariableDef(  # type: ignore[attr-defined]
        **{field: strip(name, scope) for field, name in names.items()},
        trainable=variable.trainable,
        is_resource=True,
        synchronization=variable.synchronization.value,
        aggregation=variable.aggregation.value,
    )
    slices = variable._save_slice_info
    if slices is not None:
        made.save_slice_info_def.full_name = strip(slices.full_name, scope)
        for field in ("full_shape", "var_offset", "var_shape"):
            getattr(made.save_slice_info_def, field).extend(getattr(slices, field))
    return made


def variable(definition: Any, scope: str | None = None) -> GraphVariable:
    """The variable of the default graph's nodes that a `VariableDef` names, below a scope if one is given.

    Raises:
      KeyError: the graph has no such nodes.
    """
    graph = get_default_graph()

    def element(name: str) -> Any:
        return graph.as_graph_element(prepend(name, scope)) if name else None

    handle = element(definition.variable_name)
    check = graph._by_name.get(f"{handle.op.name}/IsInitialized/VarIsInitializedOp")
    nodes = SimpleNamespace(
        handle=handle,
        initializer=element(definition.initializer_name),
        initial_value=element(definition.initial_value_name),
        value=element(definition.snapshot_name),
        is_initialized=None if check is None else check.outputs[0],
    )
    return GraphVariable._of_nodes(
        nodes,
        trainable=definition.trainable,
        synchronization=VariableSynchronization(definition.synchronization),
        aggregation=VariableAggregation(definition.aggregation),
    )
