"""Kernels of resource variables.

A resource input arrives as the value that the variable holds (None if the op does not read it), and a kernel that
writes returns the new value first. Strings live on the host as object arrays, so every body serves both.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim import dtypes
from tfshim.errors import OutOfRangeError
from tfshim.ops.kernels.array_gather import (
    _checks_indices,
    _in_range,
    _scatter_arguments,
    _scatter_nd_message,
    device_gather,
    device_gather_nd,
    device_scatter,
    host_gather,
    host_gather_nd,
    host_scatter,
    scatter_max,
    scatter_min,
)
from tfshim.ops.kernels.array_slice import Masks, _static_vectors, _twin_update, strided_slice_update
from tfshim.ops.registry import kernel, runtime_check, shape_function
from tfshim.ops.shape_helpers import SCALAR, UNKNOWN, invalid, shape_text
from tfshim.shapes import TensorShape, from_dims

# Kernels that, where a runtime check fails, return the value of the variable as it was.
WHOLE_ON_FAILURE = frozenset(
    [
        "AssignAddVariableOp",
        "AssignSubVariableOp",
        "ResourceStridedSliceAssign",
        *(f"ResourceScatter{kind}" for kind in ("Add", "Sub", "Mul", "Div", "Min", "Max", "Update")),
        *(f"ResourceScatterNd{kind}" for kind in ("Add", "Sub", "Min", "Max", "Update")),
    ]
)


def _is_host(value: Any) -> bool:
    return isinstance(value, np.ndarray) and dtypes.stays_on_host(value)


# Static shapes ---------------------------------------------------------------------------------------------


def _no_outputs(op: Any) -> list[TensorShape]:
    return []


# Reading and assigning -------------------------------------------------------------------------------------


@kernel("ReadVariableOp")
def _read(resource):
    return resource


@shape_function("ReadVariableOp")
def _read_shape(op):
    return op.variable_shape(0)


@kernel("AssignVariableOp", writes=("resource",), reads_resource=False)
def _assign(resource, value):
    return value


def _check_same_shape(variable: Any, value: Any) -> None:
    if variable.dtype != value.dtype:
        raise invalid(
            f"Trying to update variable with wrong dtype. Expected {dtypes.of(variable.dtype).name} got "
            f"{dtypes.of(value.dtype).name}"
        )
    if variable.shape != value.shape:
        raise invalid(
            f"Cannot update variable with shape {shape_text(variable.shape)} using a Tensor with shape "
            f"{shape_text(value.shape)}, shapes must be equal."
        )


def _check_number(variable: Any) -> None:
    if variable.dtype == bool or variable.dtype == object:
        raise invalid(f"a variable of dtype {dtypes.of(variable.dtype).name} cannot be added to")


@kernel("AssignAddVariableOp", writes=("resource",))
def _assign_add(resource, value):
    _check_same_shape(resource, value)
    _check_number(resource)
    return lax.add(resource, value)


@kernel("AssignSubVariableOp", writes=("resource",))
def _assign_sub(resource, value):
    _check_same_shape(resource, value)
    _check_number(resource)
    return lax.sub(resource, value)


@shape_function("AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp")
def _assign_shape(op):
    known, value = op.variable_shape(0), op.shape(1)
    if not known.is_compatible_with(value):
        raise invalid(f"Shapes must be equal: {known} and {value}")
    return []


def _twin_variable_shape(resource, *, out_type):
    return np.asarray(resource.shape, out_type.as_numpy_dtype)


@kernel("VariableShape", numpy=_twin_variable_shape, shapes_only=True)
def _variable_shape(resource, *, out_type):
    return jnp.asarray(resource.shape, out_type.as_numpy_dtype)


@shape_function("VariableShape")
def _variable_shape_shape(op):
    return from_dims((op.variable_shape(0).rank,))


@kernel("VarIsInitializedOp", host=True, reads_resource=False)
def _is_initialized(cell):
    # The one op that is about the cell and not its value: an uninitialised cell has no value to read.
    return np.asarray(cell.array is not None)


@shape_function("VarIsInitializedOp")
def _scalar(op):
    return SCALAR


# Gathers ---------------------------------------------------------------------------------------------------


def _gather(resource, indices, batch_dims):
    if _is_host(resource):
        return host_gather(resource, np.asarray(indices), batch_dims, batch_dims)
    from tfshim.ops.kernels.array_gather import _DROP

    return device_gather(resource, indices, batch_dims, batch_dims, _DROP)


@kernel("ResourceGather")
def _resource_gather(resource, indices, *, batch_dims):
    return _gather(resource, indices, batch_dims)


@shape_function("ResourceGather")
def _gather_shape(op):
    params, indices, batch = op.variable_shape(0), op.shape(1), op.attr("batch_dims")
    if params.rank is None or indices.rank is None:
        return UNKNOWN
    if not params.rank:
        raise invalid("Shape must be at least rank 1 but is rank 0")
    return indices.concatenate(params[batch + 1 :])


@kernel("ResourceGatherNd")
def _resource_gather_nd(resource, indices):
    if _is_host(resource):
        return host_gather_nd(resource, np.asarray(indices), bad_indices_policy="")
    return device_gather_nd(resource, indices)


@shape_function("ResourceGatherNd")
def _gather_nd_shape(op):
    params, indices = op.variable_shape(0), op.shape(1)
    if params.rank is None or indices.rank is None or indices[-1] is None:
        return UNKNOWN
    if indices[-1] > params.rank:
        raise invalid(f"indices.shape[-1] must be <= params.rank, but saw {indices} and {params}")
    return indices[:-1].concatenate(params[indices[-1] :])


# Scatters of rows ------------------------------------------------------------------------------------------


def _all_or_none(indices: Any, good: Any) -> Any:
    """The indices, or only such as a scatter drops if one of them is bad."""
    return jnp.where(jnp.all(good), indices, -1)


def _row_message(indices: np.ndarray, size: np.ndarray) -> str:
    wrong = (indices < 0) | (indices >= size)
    flat = int(np.argmax(wrong.ravel()))
    position = shape_text(np.unravel_index(flat, indices.shape)) if indices.ndim else ""
    return f"indices{position} = {indices.ravel()[flat]} is not in [0, {int(size)})"


def _row_updates(variable: Any, indices: Any, updates: Any) -> Any:
    """The updates in the shape of the rows that they change; a scalar serves for all."""
    if not variable.ndim:
        raise invalid("resource must be at least 1-D to scatter rows into it")
    if variable.dtype != updates.dtype:
        raise invalid(
            f"DType of scatter resource and updates does not match: {dtypes.of(variable.dtype).name} and "
            f"{dtypes.of(updates.dtype).name}"
        )
    expected = (*indices.shape, *variable.shape[1:])
    if updates.ndim == 0:
        xp = np if _is_host(variable) else jnp
        return xp.broadcast_to(updates, expected)
    if updates.shape != expected:
        raise invalid(
            f"shape of indices ({shape_text(indices.shape)}) is not compatible with the shape of updates "
            f"({shape_text(updates.shape)}): must have updates.shape = indices.shape + params.shape[1:] or "
            f"updates.shape = [], params.shape {shape_text(variable.shape)}"
        )
    return updates


def _divide(variable, indices, updates, numbers, **options):
    # Dividing by several updates of one row is dividing by their product.
    divisor = lax.scatter_mul(jnp.ones_like(variable), indices, updates, numbers, **options)
    quotient = lax.div(variable, divisor)
    if jnp.issubdtype(variable.dtype, jnp.integer):
        runtime_check(updates != 0, "Integer division by zero")
        return jnp.where(jnp.all(updates != 0), quotient, variable)
    return quotient


def _subtract(variable, indices, updates, numbers, **options):
    return lax.scatter_add(variable, indices, jnp.negative(updates), numbers, **options)


def _put(target, where, values):
    target[where] = values


_ROW_SCATTERS = {
    "ResourceScatterAdd": lax.scatter_add,
    "ResourceScatterSub": _subtract,
    "ResourceScatterMul": lax.scatter_mul,
    "ResourceScatterDiv": _divide,
    "ResourceScatterMin": scatter_min,
    "ResourceScatterMax": scatter_max,
    "ResourceScatterUpdate": lax.scatter,
}


def _register_row_scatter(name: str, xla_scatter: Any) -> None:
    @kernel(name, writes=("resource",))
    def scatter(resource, indices, updates):
        updates = _row_updates(resource, indices, updates)
        if _is_host(resource):
            if name != "ResourceScatterUpdate":
                raise invalid(f"{name} does not take strings")
            return host_scatter(_put, resource, np.asarray(indices)[..., None], updates, "", "")
        size = resource.shape[0]
        good = (indices >= 0) & (indices < size)
        runtime_check(good, _row_message, indices, jnp.asarray(size))
        if not indices.size or not size:
            return resource
        indices = _all_or_none(indices, good)
        if not indices.ndim:
            indices, updates = indices[None], updates[None]
        return device_scatter(xla_scatter, resource, indices[..., None], updates, "IGNORE")


for _name, _xla in _ROW_SCATTERS.items():
    _register_row_scatter(_name, _xla)


@shape_function(*_ROW_SCATTERS)
def _row_scatter_shape(op):
    params, indices, updates = op.variable_shape(0), op.shape(1), op.shape(2)
    if params.rank is None or indices.rank is None or updates.rank in (None, 0):
        return []
    expected = indices.concatenate(params[1:])
    if not updates.is_compatible_with(expected):
        raise invalid(f"Shapes must be equal: updates {updates} and indices.shape + params.shape[1:] {expected}")
    return []


# Scatters at index tuples ----------------------------------------------------------------------------------

_ND_SCATTERS = {
    "ResourceScatterNdAdd": lax.scatter_add,
    "ResourceScatterNdSub": _subtract,
    "ResourceScatterNdMax": scatter_max,
    "ResourceScatterNdMin": scatter_min,
    "ResourceScatterNdUpdate": lax.scatter,
}


def _register_nd_scatter(name: str, xla_scatter: Any) -> None:
    @kernel(name, writes=("ref",))
    def scatter(ref, indices, updates, *, bad_indices_policy):
        if ref.dtype != updates.dtype:
            raise invalid(
                f"Types of ref and updates don't match: {dtypes.of(ref.dtype).name} and {dtypes.of(updates.dtype).name}"
            )
        if _is_host(ref):
            combine = np.add.at if name == "ResourceScatterNdAdd" else _put
            return host_scatter(combine, ref, np.asarray(indices), updates, bad_indices_policy, "")
        if _checks_indices(bad_indices_policy) and indices.ndim and indices.size:
            _scatter_arguments(indices, updates, ref.shape, "")
            good = _in_range(indices, ref.shape)
            runtime_check(good, _scatter_nd_message, indices, jnp.array(ref.shape))
            indices = _all_or_none(indices, good)
        return device_scatter(xla_scatter, ref, indices, updates, "IGNORE")


for _name, _xla in _ND_SCATTERS.items():
    _register_nd_scatter(_name, _xla)


@shape_function(*_ND_SCATTERS)
def _nd_scatter_shape(op):
    params, indices, updates = op.variable_shape(0), op.shape(1), op.shape(2)
    if params.rank is None or indices.rank is None or updates.rank is None or indices[-1] is None:
        return []
    expected = indices[:-1].concatenate(params[indices[-1] :])
    if not updates.is_compatible_with(expected):
        raise invalid(f"Shapes must be equal: updates {updates} and {expected}")
    return []


# Slices and counting ---------------------------------------------------------------------------------------


@kernel("ResourceStridedSliceAssign", writes=("ref",), static=_static_vectors)
def _strided_slice_assign(
    ref, begin, end, strides, value, *, begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
):
    masks = Masks(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    if ref.dtype != value.dtype:
        raise invalid(
            f"l-value dtype {dtypes.of(ref.dtype).name} does not match r-value dtype {dtypes.of(value.dtype).name}"
        )
    if _is_host(ref):
        return _twin_update(
            ref,
            *map(np.asarray, (begin, end, strides)),
            value,
            begin_mask=begin_mask,
            end_mask=end_mask,
            ellipsis_mask=ellipsis_mask,
            new_axis_mask=new_axis_mask,
            shrink_axis_mask=shrink_axis_mask,
        )
    return strided_slice_update(ref, begin, end, strides, value, masks)


shape_function("ResourceStridedSliceAssign")(_no_outputs)


@kernel("ResourceCountUpTo", writes=("resource",), host=True)
def _count_up_to(resource, *, limit):
    value = np.asarray(resource)
    if value.ndim:
        raise invalid("input is not a scalar")
    if value >= limit:
        raise OutOfRangeError(None, None, f"Reached limit of {limit}")
    return np.asarray(value + 1, value.dtype), value


shape_function("ResourceCountUpTo")(_scalar)
