"""`tf.Variable`: a mutable cell with a handle, whose reads and writes are ops."""

from tfshim.variable.core import (
    ResourceVariable,
    UninitializedVariable,
    UnreadVariable,
    Variable,
    variable_creator_scope,
)
from tfshim.variable.options import VariableAggregation, VariableAggregationV2, VariableSynchronization

__all__ = [
    "ResourceVariable",
    "UninitializedVariable",
    "UnreadVariable",
    "Variable",
    "VariableAggregation",
    "VariableAggregationV2",
    "VariableSynchronization",
    "variable_creator_scope",
]
