"""`tf.raw_ops.VarHandleOp`: a handle alone, of a variable that its name finds again."""

from __future__ import annotations

import weakref
from typing import Any

from tfshim import dtypes
from tfshim.context import context
from tfshim.dtypes import DType
from tfshim.ops import op
from tfshim.ops.registry import composite
from tfshim.scopes import init_scope
from tfshim.shapes import as_shape, from_dims
from tfshim.tensor import Tensor
from tfshim.variable.graph_variable import VAR_HANDLE

_handles: Any = weakref.WeakKeyDictionary()


@composite("VarHandleOp")
def var_handle(
    *,
    dtype: Any,
    shape: Any,
    container: str = "",
    shared_name: str = "",
    debug_name: str = "",
    allowed_devices: Any = (),
    name: str | None = None,
) -> Tensor:
    """The handle of the variable `shared_name`, which has no value before one is assigned."""
    graph = context.graph
    static = as_shape(shape)
    attrs: dict[str, Any] = {"dtype": dtypes.as_dtype(dtype), "shape": static._dims, "container": container}
    if graph is None:
        made = op("VarHandleOp")(shared_name=shared_name, **attrs)
        # Functions tell variables apart by their handles: one variable has one.
        return _handles.setdefault(made._cell, made)
    if graph.building_function:
        # The variable outlives the call.
        with init_scope():
            handle = var_handle(
                dtype=dtype, shape=shape, container=container, shared_name=shared_name, name=name or "VarHandleOp"
            )
        return graph.admit(handle)
    full = graph.unique_name(name or "VarHandleOp")
    attrs = {**attrs, "shared_name": shared_name or full, "debug_name": debug_name, "allowed_devices": allowed_devices}
    return _node(attrs, f"{full}/")


def _node(attrs: dict[str, Any], name: str) -> Tensor:
    assert context.graph is not None
    kinds: tuple[DType, ...] = (dtypes.resource,)
    node: Any = context.graph.add_node(VAR_HANDLE, (), attrs, kinds, (from_dims(()),), name)
    node.outputs[0]._variable_shape = as_shape(attrs["shape"])
    return node.outputs[0]
