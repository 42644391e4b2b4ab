"""The global step: one integer variable a graph that counts training steps."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.context import context
from tfshim.export import export
from tfshim.graph import Graph
from tfshim.scopes import get_default_graph
from tfshim.v1.collections import GraphKeys
from tfshim.v1.initializers import Zeros
from tfshim.v1.variable_scope import get_variable
from tfshim.variable.options import VariableAggregation


@export("compat.v1.train.get_global_step")
def get_global_step(graph: Graph | None = None) -> Any:
    """The global step of a graph (the default one by default), or None.

    Raises TypeError if what is in the collection is no integer scalar.
    """
    graph = graph or get_default_graph()
    found = graph.get_collection(GraphKeys.GLOBAL_STEP)
    if len(found) > 1:
        return None
    if found:
        step = found[0]
    else:
        try:
            step = graph.get_tensor_by_name("global_step:0")
        except KeyError:
            return None
    assert_global_step(step)
    return step


@export("compat.v1.train.create_global_step")
def create_global_step(graph: Graph | None = None) -> Any:
    """Makes the global step of a graph, an int64 variable; ValueError if it has one."""
    graph = graph or get_default_graph()
    if get_global_step(graph) is not None:
        raise ValueError('"global_step" already exists.')
    options: dict[str, Any] = {
        "shape": [],
        "dtype": dtypes.int64,
        "initializer": Zeros(),
        "trainable": False,
        "collections": [GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP],
        "aggregation": VariableAggregation.ONLY_FIRST_REPLICA,
    }
    if context.graph is not None:
        with graph.as_default(), graph.name_scope(None):
            return get_variable(GraphKeys.GLOBAL_STEP, **options)
    step = get_variable(GraphKeys.GLOBAL_STEP, **options)
    # In eager mode no variable enters collections, but the step must be found again.
    graph.add_to_collection(GraphKeys.GLOBAL_STEP, step)
    return step


@export("compat.v1.train.get_or_create_global_step")
def get_or_create_global_step(graph: Graph | None = None) -> Any:
    """The global step of a graph, made if there is none."""
    graph = graph or get_default_graph()
    step = get_global_step(graph)
    return create_global_step(graph) if step is None else step


@export("compat.v1.train.assert_global_step")
def assert_global_step(global_step_tensor: Any) -> None:
    """Raises TypeError unless the argument is a scalar variable or tensor of an integer type."""
    if not global_step_tensor.dtype.is_integer:
        raise TypeError(f"The global step does not have integer type: {global_step_tensor.dtype}")
    shape = global_step_tensor.shape
    if shape.rank != 0 and shape.is_fully_defined():
        raise TypeError(f"The global step is not scalar: {shape}")


@export("compat.v1.train.global_step")
def global_step(sess: Any, global_step_tensor: Any) -> int:
    """The value of the global step in a session, as a Python integer; in eager mode without one."""
    if context.graph is None:
        return int(global_step_tensor.numpy())
    return int(sess.run(global_step_tensor))
