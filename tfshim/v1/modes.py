"""The switches between TensorFlow 1 and 2: eager execution, and the behaviours that come with it."""

from __future__ import annotations

import contextlib
from typing import Any

from tfshim import scopes, shapes
from tfshim.context import Context, context
from tfshim.export import export
from tfshim.graph import Graph
from tfshim.scopes import get_default_graph
from tfshim.tensor import SymbolicTensor, Tensor
from tfshim.variable.core import Variable
from tfshim.variable.creation import outermost_graph


class _Switches:
    v2_behavior = True
    resource_variables = True
    control_flow_v2 = True


@export("compat.v1.executing_eagerly")
def executing_eagerly() -> bool:
    """True if ops run at once."""
    return context.graph is None


@export("compat.v1.executing_eagerly_outside_functions")
def executing_eagerly_outside_functions() -> bool:
    """True if ops run at once in the code around the functions that are being traced."""
    return outermost_graph() is None


@export("compat.v1.disable_eager_execution")
def disable_eager_execution() -> None:
    """From now on, ops outside of other graphs add nodes to the default graph of the process."""
    _set_default_graph(scopes.get_default_graph() if context.graph is None else context.graph)


@export("compat.v1.enable_eager_execution")
def enable_eager_execution(config: Any = None, device_policy: Any = None, execution_mode: Any = None) -> None:
    """Ops run at once again; `config`, `device_policy` and `execution_mode` have no effect.

    Raises ValueError if the default graph has nodes: what they stand for has no value in eager mode.
    """
    if context.graph is None:
        return
    if context.graph.version:
        raise ValueError("tf.enable_eager_execution must be called at program startup: the default graph has nodes.")
    _set_default_graph(None)


def _set_default_graph(graph: Graph | None) -> None:
    # For this thread, and for those that have not entered any graph yet.
    context.graph = graph
    Context.graph = graph
    Context.plain = Context.bare = graph is None


@export("compat.v1.reset_default_graph")
def reset_default_graph() -> None:
    """Replaces the default graph of the process by an empty one; AssertionError inside of `Graph.as_default()`."""
    default = scopes._process_graph()
    if context.graph is not None and context.graph is not default:
        raise AssertionError("reset_default_graph() inside of Graph.as_default(): leave the scope of the graph first")
    scopes._default.clear()
    if context.graph is not None:
        _set_default_graph(scopes._process_graph())


@export("__internal__.tf2.enabled")
def v2_behavior_enabled() -> bool:
    """Whether the behaviours are those of TensorFlow 2."""
    return _Switches.v2_behavior


@export("compat.v1.enable_v2_behavior", "compat.v2.enable_v2_behavior")
def enable_v2_behavior() -> None:
    """Switches to the behaviours of TensorFlow 2, eager execution among them."""
    _Switches.v2_behavior = True
    enable_eager_execution()
    shapes.enable_v2_tensorshape()
    enable_resource_variables()
    enable_control_flow_v2()
    enable_tensor_equality()


@export("compat.v1.disable_v2_behavior")
def disable_v2_behavior() -> None:
    """Switches to the behaviours of TensorFlow 1: graphs by default, and `Dimension`s in shapes."""
    _Switches.v2_behavior = False
    disable_eager_execution()
    shapes.disable_v2_tensorshape()
    disable_resource_variables()
    disable_control_flow_v2()
    disable_tensor_equality()


def _switch(name: str, what: str) -> tuple[Any, Any]:
    def enable() -> None:
        setattr(_Switches, name, True)

    def disable() -> None:
        setattr(_Switches, name, False)

    for fn, verb in ((enable, "enable"), (disable, "disable")):
        fn.__name__ = fn.__qualname__ = f"{verb}_{name}"
        fn.__doc__ = f"Notes the choice: {what}."
        export(f"compat.v1.{fn.__name__}")(fn)
    return enable, disable


enable_resource_variables, disable_resource_variables = _switch(
    "resource_variables", "every variable is a resource variable; those made while disabled are fetched after the run"
)
enable_control_flow_v2, disable_control_flow_v2 = _switch("control_flow_v2", "control flow is functional all the same")

# The comparisons of TensorFlow 2, while those of TensorFlow 1 are in their place.
_by_value: dict[type, dict[str, Any]] = {}


@export("compat.v1.disable_tensor_equality")
def disable_tensor_equality() -> None:
    """Makes `==` and `!=` of tensors and variables compare by identity, and variables hashable."""
    if _by_value:
        return
    by_identity = {"__eq__": lambda self, other: self is other, "__ne__": lambda self, other: self is not other}
    hashable = {"__hash__": lambda self: id(self)}
    for cls, methods in ((Tensor, by_identity), (SymbolicTensor, by_identity), (Variable, by_identity | hashable)):
        _by_value[cls] = {name: vars(cls)[name] for name in methods}
        for name, method in methods.items():
            setattr(cls, name, method)


@export("compat.v1.enable_tensor_equality")
def enable_tensor_equality() -> None:
    """Makes `==` and `!=` of tensors and variables compare values, as they do from the beginning."""
    for cls, methods in _by_value.items():
        for name, method in methods.items():
            setattr(cls, name, method)
    _by_value.clear()


@export("compat.v1.resource_variables_enabled")
def resource_variables_enabled() -> bool:
    """What was chosen last; True at first."""
    return _Switches.resource_variables


@export("compat.v1.control_flow_v2_enabled")
def control_flow_v2_enabled() -> bool:
    """What was chosen last; True at first."""
    return _Switches.control_flow_v2


@export("compat.v1.colocate_with")
def colocate_with(op: Any, ignore_existing: bool = False) -> contextlib.AbstractContextManager[None]:
    """`tf.Graph.colocate_with` of the default graph; without effect in eager mode."""
    return contextlib.nullcontext() if context.graph is None else context.graph.colocate_with(op, ignore_existing)


@export("compat.v1.container")
def container(container_name: str) -> contextlib.AbstractContextManager[str]:
    """`tf.Graph.container` of the default graph."""
    return get_default_graph().container(container_name)
