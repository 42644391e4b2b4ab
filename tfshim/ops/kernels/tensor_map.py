"""Maps from tensors to tensors, as values of dtype variant: an op that changes one gives a new map."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR, UNKNOWN, invalid
from tfshim.shapes import from_dims

Map = dict[Any, tuple[np.ndarray, np.ndarray]]


def _key(key: np.ndarray) -> Any:
    content = tuple(key.ravel().tolist()) if key.dtype == object else key.tobytes()
    return key.dtype.str, key.shape, content


def _found(entries: Map, key: np.ndarray, doing: str) -> tuple[np.ndarray, np.ndarray]:
    found = entries.get(_key(key))
    if found is None:
        raise invalid(f'Trying to {doing}. Could not find key "{key}".')
    return found


@kernel("EmptyTensorMap", host=True)
def empty():
    return ({},)


@kernel("TensorMapInsert", host=True)
def insert(input_handle, key, value):
    return ({**input_handle, _key(key): (key, value)},)


@kernel("TensorMapErase", host=True)
def erase(input_handle, key):
    _found(input_handle, key, "erase non-existent item")
    wanted = _key(key)
    return ({k: v for k, v in input_handle.items() if k != wanted},)


@kernel("TensorMapLookup", host=True)
def lookup(input_handle, key, *, value_dtype):
    value = _found(input_handle, key, "lookup non-existent key")[1]
    if dtypes.of(value.dtype) != value_dtype:
        raise invalid(f"Expected a value of {value_dtype.name}, the map has one of {dtypes.of(value.dtype).name}")
    return value


@kernel("TensorMapHasKey", host=True)
def has_key(input_handle, key):
    return np.bool_(_key(key) in input_handle)


@kernel("TensorMapSize", host=True)
def size(input_handle):
    return np.int32(len(input_handle))


@kernel("TensorMapStackKeys", host=True)
def stack_keys(input_handle, *, key_dtype):
    if not input_handle:
        raise invalid("TensorMapStackKeys cannot be called on empty map.")
    keys = [key for key, _ in input_handle.values()]
    if any(dtypes.of(k.dtype) != key_dtype for k in keys):
        raise invalid(f"Key does not match requested dtype {key_dtype.name}.")
    if len({k.shape for k in keys}) > 1:
        raise invalid("Keys must all have the same shape.")
    return np.stack(keys)


@shape_function("EmptyTensorMap", "TensorMapInsert", "TensorMapErase", "TensorMapSize", "TensorMapHasKey")
def _(op):
    return SCALAR


@shape_function("TensorMapLookup")
def _(op):
    return UNKNOWN


@shape_function("TensorMapStackKeys")
def _(op):
    return from_dims(None)
