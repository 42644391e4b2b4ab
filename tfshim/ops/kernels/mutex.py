"""Kernels of mutexes, which `tf.CriticalSection` is made of."""

from __future__ import annotations

import itertools
import threading
import weakref
from typing import Any

from tfshim import buffers, dtypes
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR


class Mutex(buffers.Cell):
    """What the handle of a mutex refers to."""

    __slots__ = ("lock",)

    def __init__(self, name: str):
        super().__init__(name, dtypes.resource, SCALAR)
        self.lock = threading.Lock()


class Held:
    """A mutex that is locked until this is released, or until nobody has it any more: an error may come between."""

    def __init__(self, mutex: Mutex):
        self._mutex = mutex
        self._held = mutex.lock.acquire()

    def release(self) -> None:
        """Unlocks the mutex, if that has not happened yet."""
        if self._held:
            self._held = False
            self._mutex.lock.release()

    __del__ = release


_shared: Any = weakref.WeakValueDictionary()
_serial = itertools.count()


@kernel("MutexV2", host=True)
def mutex(*, shared_name):
    if not shared_name:
        return Mutex(f"mutex_{next(_serial)}")
    return _shared.setdefault(shared_name, Mutex(shared_name))


@kernel("MutexLock", host=True, reads_resource=False)
def mutex_lock(mutex):
    return Held(mutex)


@kernel("ConsumeMutexLock", host=True)
def consume_mutex_lock(mutex_lock):
    mutex_lock.release()
    return ()


@shape_function("MutexV2", "MutexLock")
def _(op):
    return SCALAR
