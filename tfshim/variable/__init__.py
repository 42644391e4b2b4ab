"""`tf.Variable`: a mutable cell with a handle, whose reads and writes are ops."""

from tfshim.variable import gradients  # noqa: F401
from tfshim.variable.core import BaseResourceVariable, Variable, is_resource_variable
from tfshim.variable.creation import variable_creator_scope
from tfshim.variable.graph_variable import GraphVariable
from tfshim.variable.options import VariableAggregation, VariableAggregationV2, VariableSynchronization
from tfshim.variable.resource import ResourceVariable, UninitializedVariable, UnreadVariable
from tfshim.variable.spec import VariableSpec

__all__ = [
    "BaseResourceVariable",
    "GraphVariable",
    "ResourceVariable",
    "UninitializedVariable",
    "UnreadVariable",
    "Variable",
    "VariableAggregation",
    "VariableAggregationV2",
    "VariableSpec",
    "VariableSynchronization",
    "is_resource_variable",
    "variable_creator_scope",
]
