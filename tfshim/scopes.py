"""The current graph and its scopes, as functions: names, control dependencies, lifting out of functions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfshim import context as context_module
from tfshim import dtypes
from tfshim.context import context
from tfshim.dtypes import DType
from tfshim.export import export
from tfshim.graph import FuncGraph, Graph, Operation
from tfshim.operation import NO_OP
from tfshim.shapes import as_shape
from tfshim.tensor import SymbolicTensor, Tensor, host_tensor


@export("compat.v1.get_default_graph")
def get_default_graph() -> Graph:
    """The current graph; outside of any, a graph of the process that eager code never fills."""
    return context.graph or _process_graph()


_default: list[Graph] = []


def _process_graph() -> Graph:
    if not _default:
        _default.append(Graph())
    return _default[0]


@export("inside_function")
def inside_function() -> bool:
    """True while a `tf.function` is being traced."""
    return isinstance(context.graph, FuncGraph)


@export("executing_eagerly")
def executing_eagerly() -> bool:
    """True if ops run at once; False inside `tf.function` and in `tf.Graph.as_default()`."""
    return context.graph is None


@export("init_scope")
@contextlib.contextmanager
def init_scope() -> Iterator[None]:
    """Lifts ops out of the functions being traced, to the eager context or the outermost plain graph."""
    graph = context.graph
    control_scope = contextlib.nullcontext()
    outer_device = ""
    while isinstance(graph, FuncGraph):
        outer_device = graph.outer_device
        graph = graph.outer_graph
    if graph is not None:
        control_scope = graph.control_dependencies(None)
    name = context.graph.get_name_scope() if context.graph is not None else context.name_scope
    changes: dict[str, Any] = {
        "graph": graph,
        "tapes": () if graph is not context.graph else context.tapes,
        "accumulators": (),
    }
    if graph is not context.graph and graph is not None:
        changes["device_spec"] = outer_device
    with context_module.scope(**changes), control_scope, name_scope(name + "/" if name else None, _keep=True):
        yield


@export("control_dependencies")
def control_dependencies(control_inputs: Any) -> contextlib.AbstractContextManager[Any]:
    """Makes nodes added in the scope run after `control_inputs`; in eager mode order is program order anyway."""
    if context.graph is None:
        if callable(control_inputs):
            control_inputs()
        return contextlib.nullcontext()
    return context.graph.control_dependencies(control_inputs)


@export("name_scope")
class name_scope:
    """Puts the names of ops and variables made in the scope under `name/`."""

    def __init__(self, name: str | None, *, _keep: bool = False):
        if name is not None and not isinstance(name, str):
            raise ValueError("name for name_scope must be a string.")
        self._name = name
        self._keep = _keep
        self._exits: list[contextlib.ExitStack] = []

    @property
    def name(self) -> str | None:
        """The name given."""
        return self._name

    def __enter__(self) -> str:
        stack = contextlib.ExitStack()
        if context.graph is not None:
            full = stack.enter_context(context.graph.name_scope(self._name))
        else:
            full = _eager_scope(self._name)
            stack.enter_context(context_module.scope(name_scope=full[:-1] if full else ""))
        self._exits.append(stack)
        return full

    def __exit__(self, *exc: Any) -> None:
        self._exits.pop().__exit__(*exc)


def _eager_scope(name: str | None) -> str:
    if not name:
        return ""
    if name.endswith("/"):
        return name
    return f"{context.name_scope}/{name}/" if context.name_scope else f"{name}/"


def current_name_scope() -> str:
    """The name scope of the current mode, with a slash at the end unless it is empty."""
    graph = context.graph
    name = context.name_scope if graph is None else graph.get_name_scope()
    return f"{name}/" if name else ""


@export("get_current_name_scope")
def get_current_name_scope() -> str:
    """The current name scope, without a slash at the end."""
    return current_name_scope()[:-1]


@export("compat.v1.placeholder")
def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> SymbolicTensor:
    """A tensor of the current graph to be fed; RuntimeError in eager mode."""
    if context.graph is None:
        raise RuntimeError("tf.placeholder() is not compatible with eager execution.")
    return context.graph.placeholder(dtypes.as_dtype(dtype), as_shape(shape), name)


@export("no_op")
def no_op(name: str | None = None) -> Operation | None:
    """An operation without effect, to hang control dependencies on; None in eager mode."""
    graph = context.graph
    if graph is None:
        return None
    return graph.add_node(NO_OP, (), {}, (), (), name or "NoOp")


@export("group")
def group(*inputs: Any, **kwargs: Any) -> Operation | None:
    """An operation that finishes after all `inputs`; None in eager mode, where they already have."""
    from tfshim import nest

    name = kwargs.pop("name", None)
    if kwargs:
        raise ValueError(f"Unknown keyword arguments: {list(kwargs)}")
    if context.graph is None:
        return None
    flat = [x for x in nest.flatten(inputs, expand_composites=True) if x is not None]
    for x in flat:
        if not hasattr(x, "op") and not isinstance(x, Operation) and not hasattr(x, "handle"):
            raise TypeError(f"'inputs' should be zero or more (nested) Tensors. Received '{x}' with type '{type(x)}'.")
    with context.graph.control_dependencies(flat):
        return no_op(name or "group_deps")


def constant_tensor(array: np.ndarray, dtype: DType | None = None) -> Tensor:
    """A constant in the current mode, over an array that nobody else writes to."""
    graph = context.graph
    return host_tensor(array, dtype) if graph is None else graph.constant(array, dtype, "Const")
