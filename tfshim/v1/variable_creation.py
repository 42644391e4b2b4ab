"""`tf.compat.v1.Variable`: variables in collections."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tfshim.context import context
from tfshim.export import export
from tfshim.v1.modes import resource_variables_enabled
from tfshim.variable import Variable
from tfshim.variable.creation import default_creator
from tfshim.variable.graph_variable import GraphVariable
from tfshim.variable.options import VariableAggregation, VariableSynchronization


def create_variable(
    initial_value: Any = None,
    trainable: bool | None = None,
    collections: Any = None,
    validate_shape: bool = True,
    caching_device: Any = None,
    name: str | None = None,
    variable_def: Any = None,
    dtype: Any = None,
    expected_shape: Any = None,
    import_scope: str | None = None,
    constraint: Any = None,
    use_resource: bool | None = None,
    synchronization: Any = VariableSynchronization.AUTO,
    aggregation: Any = VariableAggregation.NONE,
    shape: Any = None,
) -> Any:
    """Asks the creators of the current scopes for a variable, with the keywords of TensorFlow 1."""
    make: Callable[..., Any] = _create_last
    for creator in context.variable_creators:
        make = functools.partial(creator, make)
    return make(
        initial_value=initial_value,
        trainable=trainable,
        collections=collections,
        validate_shape=validate_shape,
        caching_device=caching_device,
        name=name,
        variable_def=variable_def,
        dtype=dtype,
        expected_shape=expected_shape,
        import_scope=import_scope,
        constraint=constraint,
        use_resource=use_resource,
        synchronization=synchronization,
        aggregation=aggregation,
        shape=shape,
    )


def _create_last(expected_shape: Any = None, use_resource: Any = None, **kwargs: Any) -> Any:
    variable = default_creator(**kwargs)
    resource = resource_variables_enabled() if use_resource is None else use_resource
    if isinstance(variable, GraphVariable) and not resource:
        variable._graph_element._refers = True
    return variable


@export("compat.v1.Variable")
class VariableV1(Variable):
    """Makes a variable, in the collections `collections` of a graph (by default the global and trainable ones).

    `expected_shape` has no effect. Every variable is a resource variable; with `use_resource=False` (the default where
    resource variables are disabled) a session fetches it as TensorFlow does reference variables: as it is after the
    run. The other arguments are those of `tf.Variable`. As in TensorFlow 2, the variables made are instances of
    `tf.Variable`, not of this class.
    """

    @classmethod
    def _variable_call(cls, *args: Any, **kwargs: Any) -> Any:
        return create_variable(*args, **kwargs)


VariableV1.__module__ = "tensorflow.python.ops.variable_v1"
