"""Ops on whole lists of tensors that no `TensorArray` needs: joining two lists, their elements' shape, older forms."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from tfshim.ops.kernels import tensor_list
from tfshim.ops.list_declarations import dims_of, held_dtype, merge
from tfshim.ops.registry import kernel
from tfshim.ops.shape_helpers import invalid, shape_text
from tfshim.ops.tensor_list import ListValue
from tfshim.ops.uneven_list import UnevenList

_LAST = np.asarray(-1, np.int32)


@kernel("TensorListConcatLists")
def concat_lists(input_a, input_b, *, element_dtype):
    if any(v.dtype != held_dtype(element_dtype) for v in (input_a, input_b)):
        raise invalid(f"input_a.type != element_dtype: the lists are not of {element_dtype.name}")
    if any(isinstance(v, UnevenList) for v in (input_a, input_b)):
        return UnevenList([*_parts(input_a), *_parts(input_b)], merge(input_a.dims, input_b.dims), input_a.dtype)
    length = input_a.known_length() + input_b.known_length()
    declared = merge(input_a.dims, input_b.dims)
    if input_a.buffer is None and input_b.buffer is None:
        return input_a.but(None, length)
    shape = (input_b if input_a.buffer is None else input_a).buffer.shape[1:]
    first, second = (v.materialise(shape).elements() for v in (input_a, input_b))
    if first.shape[1:] != second.shape[1:]:
        return UnevenList([*first, *second], declared, input_a.dtype)
    return ListValue(jnp.concatenate([first, second]), length, declared, input_a.dtype)


def _parts(values: Any) -> list[Any]:
    if isinstance(values, UnevenList):
        return list(values.parts)
    return [None] * values.known_length() if values.buffer is None else list(values.elements())


@kernel("TensorListElementShape")
def element_shape(input_handle, *, shape_type):
    dims = input_handle.dims
    kind = shape_type.as_numpy_dtype
    return np.asarray(-1, kind) if dims is None else np.asarray([-1 if d is None else d for d in dims], kind)


@kernel("TensorListPushBackBatch", host=True)
def push_back_batch(input_handles, tensor):
    if isinstance(input_handles, (ListValue, UnevenList)):
        return tensor_list.push_back(input_handles, tensor)
    if tensor.shape[: input_handles.ndim] != input_handles.shape:
        wanted, found = shape_text(input_handles.shape), shape_text(tensor.shape)
        raise invalid(f"Expected tensor.shape[0:{input_handles.ndim}] to be {wanted}, got {found}")
    pushed = np.empty(input_handles.shape, object)
    for at in np.ndindex(pushed.shape):
        pushed[at] = tensor_list.push_back(input_handles[at], tensor[at])
    return pushed


@kernel("TensorListScatter", static=("indices", "element_shape"))
def scatter(tensor, indices, element_shape):
    return tensor_list.scatter(tensor, indices, element_shape, _LAST)


@kernel("TensorListConcat")
def concat(input_handle, *, element_dtype, element_shape):
    dims = None if element_shape is None else element_shape[1:]
    declared = _LAST if dims is None else np.array([-1, *(-1 if d is None else d for d in dims)], np.int32)
    if dims is not None and input_handle.dims is None and not isinstance(input_handle, UnevenList):
        input_handle = ListValue(input_handle.buffer, input_handle.length, dims_of(declared), input_handle.dtype)
    return tensor_list.concat(input_handle, declared, np.zeros(0, np.int64), element_dtype=element_dtype)
