"""Handles of variables that are made, shared and destroyed by ops: `tf.raw_ops.VarHandleOp` and its like."""

from __future__ import annotations

from typing import Any

from tfshim import buffers
from tfshim.errors import NotFoundError
from tfshim.ops.kernels.stacks import handle_kernel
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR
from tfshim.shapes import from_dims

# What TensorFlow calls a variable that nobody else shares.
ANONYMOUS = "cd2c89b7-88b7-44c8-ad83-06c2a9158347"

_shared: dict[tuple[str, str], buffers.Cell] = {}


@kernel("VarHandleOp", host=True)
def var_handle(*, dtype, shape, shared_name, container):
    made = buffers.Cell(shared_name, dtype, from_dims(shape))
    return made if shared_name == ANONYMOUS else _shared.setdefault((container, shared_name), made)


@handle_kernel("DestroyResourceOp")
def destroy(resource: Any, *, ignore_lookup_error):
    if not ignore_lookup_error and getattr(resource, "array", None) is None:
        raise NotFoundError(None, None, f"Resource localhost/{resource.name} does not exist.")
    with buffers.lock:
        resource.array = None
    for key in [k for k, cell in _shared.items() if cell is resource]:
        del _shared[key]
    return ()


@handle_kernel("DisableCopyOnRead")
def disable_copy_on_read(resource):
    return ()


@shape_function("VarHandleOp")
def _(op):
    return SCALAR
