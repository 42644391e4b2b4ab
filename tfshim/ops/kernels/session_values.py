"""Kernels of values that a session keeps between its runs, by handles that are strings."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.errors import InternalError
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR, UNKNOWN, invalid

_serial = itertools.count()
_kept: dict[str, Any] = {}


def kept(handle: str) -> np.ndarray:
    """The value of a handle.

    Raises:
      InvalidArgumentError: it was deleted, or never was.
    """
    if handle not in _kept:
        raise invalid(f"The tensor with handle '{handle}' is not in the session store.")
    return _kept[handle]


def forget(handle: str) -> None:
    """Deletes a value if it is there."""
    _kept.pop(handle, None)


def _text(handle: Any) -> str:
    return np.asarray(handle).item().decode()


@kernel("GetSessionHandle", host=True)
def get_session_handle(value):
    name = f"GetSessionHandle;{next(_serial)};/job:localhost/replica:0/task:0/device:CPU:0"
    _kept[name] = np.array(value)
    return np.array(name.encode(), object)


@kernel("GetSessionTensor", host=True)
def get_session_tensor(handle, *, dtype):
    value = kept(_text(handle))
    if dtypes.of(value.dtype) != dtype:
        raise InternalError(None, None, f"The tensor of the handle has dtype {value.dtype}, not {dtype.name}")
    return value


@kernel("DeleteSessionTensor", host=True)
def delete_session_tensor(handle):
    kept(_text(handle))
    forget(_text(handle))
    return ()


@shape_function("GetSessionHandle")
def _(op):
    return SCALAR


@shape_function("GetSessionTensor")
def _(op):
    return UNKNOWN
