"""Sharing of memory with other libraries: `tf.experimental.dlpack`."""

from __future__ import annotations

import ctypes
from typing import Any

import jax

from tfshim.errors import InvalidArgumentError
from tfshim.export import export
from tfshim.tensor import EagerTensor, Tensor, to_jax_array

_NAME = b"dltensor"


class _Tensor(ctypes.Structure):
    # The head of a managed tensor: where its data are.
    _fields_ = (("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32))


def _capsule_call(name: str, result: Any) -> Any:
    function = getattr(ctypes.pythonapi, name)
    function.restype = result
    function.argtypes = [ctypes.py_object, ctypes.c_char_p]
    return function


class _Producer:
    """A capsule in the form in which JAX takes it."""

    def __init__(self, capsule: Any):
        self._capsule = capsule

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        pointer = _capsule_call("PyCapsule_GetPointer", ctypes.c_void_p)(self._capsule, _NAME)
        head = _Tensor.from_address(pointer)
        return head.device_type, head.device_id


@export("experimental.dlpack.to_dlpack")
def to_dlpack(tf_tensor: Any) -> Any:
    """A DLPack capsule over the tensor's memory, which must not be written to.

    Raises:
      InvalidArgumentError: the argument is not an eager tensor.
    """
    if not isinstance(tf_tensor, EagerTensor):
        kind = "a symbolic tensor" if isinstance(tf_tensor, Tensor) else f"a Python {type(tf_tensor).__name__}"
        raise InvalidArgumentError(None, None, f"to_dlpack takes an eager tensor, got {kind}")
    return to_jax_array(tf_tensor).__dlpack__()


@export("experimental.dlpack.from_dlpack")
def from_dlpack(dlcapsule: Any) -> Any:
    """A tensor over the memory of a DLPack capsule, which can be consumed once.

    Raises:
      TypeError: the argument is not a capsule.
      InvalidArgumentError: the capsule was consumed already, or does not hold a tensor.
    """
    if type(dlcapsule).__name__ != "PyCapsule":
        raise TypeError(f"from_dlpack takes a DLPack capsule, got {dlcapsule!r}")
    if not _capsule_call("PyCapsule_IsValid", ctypes.c_int)(dlcapsule, _NAME):
        raise InvalidArgumentError(
            None, None, 'DLPack tensor must be a capsule with name "dltensor". It can be consumed once only.'
        )
    return EagerTensor(jax.dlpack.from_dlpack(_Producer(dlcapsule)))
