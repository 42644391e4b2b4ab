"""What can be said about a variable beside its value: synchronization, aggregation, trainability."""

from __future__ import annotations

import enum
from typing import Any

from tfshim.export import export


@export("VariableSynchronization")
class VariableSynchronization(enum.Enum):
    """When the copies of a distributed variable are brought into agreement."""

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


class VariableAggregationV2(enum.Enum):
    """How the values that several replicas assign to a distributed variable are combined."""

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3

    def __hash__(self) -> int:
        return hash(self.value)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, VariableAggregation) and int(self.value) == int(other.value)


class VariableAggregation(enum.Enum):
    """The members of `tf.compat.v1.VariableAggregation`; equal to those of `tf.VariableAggregation`."""

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3
    ONLY_FIRST_TOWER = 3  # noqa: PIE796 - an alias

    def __hash__(self) -> int:
        return hash(self.value)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, VariableAggregationV2) and int(self.value) == int(other.value)


for _cls in (VariableSynchronization, VariableAggregationV2, VariableAggregation):
    _cls.__module__ = "tensorflow.python.ops.variables"
export("VariableAggregation")(VariableAggregationV2)
export("compat.v1.VariableAggregation")(VariableAggregation)
VariableAggregationV2.__name__ = "VariableAggregationV2"


def checked_options(
    synchronization: Any, aggregation: Any, trainable: Any, name: Any
) -> tuple[VariableSynchronization, Any, bool]:
    """The options with defaults filled in; ValueError for what is none of them, or does not go together."""
    if aggregation is None:
        aggregation = VariableAggregation.NONE
    elif not isinstance(aggregation, (VariableAggregation, VariableAggregationV2)):
        try:
            aggregation = VariableAggregation(aggregation)
        except ValueError:
            raise ValueError(f"Invalid variable aggregation mode: {aggregation} for variable: {name}") from None
    if synchronization is None:
        synchronization = VariableSynchronization.AUTO
    else:
        try:
            synchronization = VariableSynchronization(synchronization)
        except ValueError:
            raise ValueError(f"Invalid variable synchronization mode: {synchronization} for variable: {name}") from None
    if trainable is None:
        trainable = synchronization != VariableSynchronization.ON_READ
    return synchronization, aggregation, trainable
