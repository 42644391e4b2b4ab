"""`tensorflow.python.eager.context`: the mode in which ops run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from tfshim import context as context_module
from tfshim import devices, seeds
from tfshim.graph import Graph
from tfshim.namespaces import resolve

GRAPH_MODE = 0
EAGER_MODE = 1
SYNC = 0
ASYNC = 1


class Context:
    """The one context of the process, as far as libraries ask it."""

    def executing_eagerly(self) -> bool:
        """Whether ops run at once."""
        return context_module.executing_eagerly()

    def ensure_initialized(self) -> None:
        """Does nothing: JAX initialises itself."""

    def num_gpus(self) -> int:
        """How many GPUs there are."""
        return len(resolve("config.list_logical_devices")("GPU"))  # type: ignore[operator]

    def devices(self) -> list[str]:
        """Names of the logical devices."""
        return [device.name for device in resolve("config.list_logical_devices")()]  # type: ignore[operator]

    @property
    def device_name(self) -> str | None:
        """The device that the current scope names; None outside of such scopes."""
        return context_module.context.device_spec or None

    @property
    def soft_device_placement(self) -> bool:
        """Whether an op runs elsewhere if its device cannot run it."""
        return devices.soft_placement()

    def device(self, name: str) -> Any:
        """See `tf.device`."""
        return devices.device(name)


_context = Context()


def context() -> Context:
    """The context."""
    return _context


context_safe = context


def ensure_initialized() -> None:
    """Does nothing: JAX initialises itself."""


def num_gpus() -> int:
    """How many GPUs there are."""
    return _context.num_gpus()


def in_eager_mode() -> bool:
    """Whether ops run at once."""
    return context_module.executing_eagerly()


def device(name: Any) -> Any:
    """See `tf.device`."""
    return devices.device(name)


def get_device_name() -> str | None:
    """The device that the current scope names, or None."""
    return _context.device_name


def is_async() -> bool:
    """False: a call ends when its work is begun, and its results wait for it by themselves."""
    return False


def global_seed() -> Any:
    """The global seed, or None."""
    return seeds.global_seed()


def set_global_seed(seed: Any) -> None:
    """See `tf.random.set_seed`."""
    seeds.set_seed(seed)


@contextlib.contextmanager
def eager_mode() -> Iterator[None]:
    """A scope in which ops run at once, whatever graph surrounds it."""
    if context_module.executing_eagerly():
        yield
        return
    with context_module.scope(graph=None, tapes=(), accumulators=()):
        yield


@contextlib.contextmanager
def graph_mode() -> Iterator[None]:
    """A scope in which ops become nodes of a graph: the current one, or a new one."""
    if not context_module.executing_eagerly():
        yield
        return
    with Graph().as_default():
        yield


def async_wait() -> None:
    """Waits until all work that was begun is done."""
    resolve("test.experimental.sync_devices")()  # type: ignore[operator]
