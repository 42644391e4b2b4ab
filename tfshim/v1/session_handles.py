"""`tf.compat.v1.get_session_handle`: values that stay in a session between its runs."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.dtypes import as_dtype
from tfshim.export import export
from tfshim.ops import op
from tfshim.ops.kernels import session_values
from tfshim.scopes import get_default_graph
from tfshim.shapes import TensorShape
from tfshim.tensor import Tensor


class TensorHandle:
    """What `Session.run` gives for `get_session_handle(...)`: the value is deleted with it, unless its name was taken.

    It may be fed for a tensor of the value's dtype.
    """

    def __init__(self, handle: Any, dtype: Any, session: Any):
        self._handle = handle.decode() if isinstance(handle, bytes) else str(handle)
        self._dtype = dtype
        self._session = session
        self._end = weakref.finalize(self, session_values.forget, self._handle)
        self._end.atexit = False

    handle = property(lambda self: self._handle, doc="The name of the value, to be fed to `get_session_tensor`.")
    dtype = property(lambda self: self._dtype, doc="The dtype of the value.")

    def __str__(self) -> str:
        return self._handle

    def _check(self) -> None:
        if not self._end.alive:
            raise TypeError(f"Persistent tensor {self._handle} may have already been deleted.")

    def eval(self) -> Any:
        """The value; TypeError once it was deleted, or its name was taken."""
        self._check()
        value = session_values.kept(self._handle)
        return np.array(value) if value.ndim else value[()]

    def delete(self) -> None:
        """Deletes the value; TypeError as for `eval`."""
        self._check()
        self._end()

    def get_raw_handle(self) -> str:
        """The name of the value, which stays until somebody deletes it."""
        self._end.detach()
        return self._handle

    def to_numpy_array(self) -> np.ndarray:
        """The name of the value as an array."""
        array = np.empty((), object)
        array[()] = self._handle.encode()
        return array


TensorHandle.__module__ = "tensorflow.python.ops.session_ops"


def fed_handle(tensor: Tensor, handle: TensorHandle) -> Any:
    """What is fed for a tensor: the value of the handle, or its name for one of dtype string that is asked for it."""
    takes_name = tensor.dtype is dtypes.string and handle.dtype is not dtypes.string
    return handle.to_numpy_array() if takes_name else session_values.kept(handle.handle)


@export("compat.v1.get_session_handle")
def get_session_handle(data, name=None):
    """A tensor for which a run gives a `TensorHandle`: the value of `data` then, which the session keeps.

    Raises:
      TypeError: `data` is no tensor.
    """
    if not isinstance(data, Tensor):
        raise TypeError("`data` must be of type Tensor.")
    return op("GetSessionHandle")(data, name=name)


@export("compat.v1.get_session_tensor")
def get_session_tensor(handle, dtype, name=None):
    """A placeholder for the name of a handle, and the tensor of the value that has this name.

    Args:
      handle: the name of a value.
      dtype: of the value.
      name: of the operation.
    """
    holder = get_default_graph().placeholder(dtypes.string, TensorShape(None), "Placeholder")
    return holder, op("GetSessionTensor")(holder, dtype=as_dtype(dtype), name=name)


@export("compat.v1.delete_session_tensor")
def delete_session_tensor(handle, name=None):
    """A placeholder for the name of a handle, and the operation that deletes the value of this name."""
    holder = get_default_graph().placeholder(dtypes.string, TensorShape(None), "Placeholder")
    op("DeleteSessionTensor")(holder, name=name)
    return holder, get_default_graph().get_operations()[-1]
