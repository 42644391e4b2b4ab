"""How `tf.Variable(...)` becomes a variable: the chain of creators, and names."""

from __future__ import annotations

import abc
import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

from tfshim.context import context
from tfshim.context import scope as context_scope
from tfshim.export import export
from tfshim.scopes import current_name_scope
from tfshim.variable.options import VariableAggregation, VariableSynchronization


class VariableMetaclass(abc.ABCMeta):
    """Lets a class answer its own call through `_variable_call`; None means: construct as usual."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        call = getattr(cls, "_variable_call", None)
        if call is not None:
            made = call(*args, **kwargs)
            if made is not None:
                return made
        return super().__call__(*args, **kwargs)


def create(
    initial_value: Any = None,
    trainable: bool | None = None,
    validate_shape: bool = True,
    caching_device: Any = None,
    name: str | None = None,
    variable_def: Any = None,
    dtype: Any = None,
    import_scope: str | None = None,
    constraint: Any = None,
    synchronization: Any = VariableSynchronization.AUTO,
    aggregation: Any = VariableAggregation.NONE,
    shape: Any = None,
    experimental_enable_variable_lifting: bool | None = None,
    **unknown: Any,
) -> Any:
    """Asks the creators of the current scopes for a variable, the innermost first.

    Unknown keywords have no effect, as in TensorFlow.
    """
    make: Callable[..., Any] = default_creator
    for creator in context.variable_creators:
        make = functools.partial(creator, make)
    return make(
        initial_value=initial_value,
        trainable=trainable,
        validate_shape=validate_shape,
        caching_device=caching_device,
        name=name,
        variable_def=variable_def,
        dtype=dtype,
        import_scope=import_scope,
        constraint=constraint,
        synchronization=synchronization,
        aggregation=aggregation,
        shape=shape,
        experimental_enable_variable_lifting=experimental_enable_variable_lifting,
    )


def default_creator(next_creator: Any = None, **kwargs: Any) -> Any:
    """What creates a variable at the end of the chain of creators."""
    from tfshim.variable.graph_variable import GraphVariable
    from tfshim.variable.resource import ResourceVariable

    return ResourceVariable(**kwargs) if outermost_graph() is None else GraphVariable(**kwargs)


def outermost_graph() -> Any:
    """The plain graph to which variables made here belong; None if they are made eagerly."""
    graph = context.graph
    while graph is not None and graph.building_function:
        graph = graph.outer_graph  # type: ignore[attr-defined]
    return graph


@export("variable_creator_scope", "compat.v1.variable_creator_scope")
@contextlib.contextmanager
def variable_creator_scope(variable_creator: Callable[..., Any]) -> Iterator[None]:
    """Within the scope, `variable_creator(next_creator, **kwargs)` makes variables; the innermost is asked first."""
    with context_scope(variable_creators=(*context.variable_creators, variable_creator)):
        yield


def full_variable_name(name: str | None) -> str:
    """The name under the current scopes, without `:0`."""
    if name is None:
        name = "Variable"
    if not name:
        return ""
    if not isinstance(name, str):
        raise ValueError("name for name_scope must be a string.")
    if name.endswith("/"):
        return name[:-1]
    return current_name_scope() + name
