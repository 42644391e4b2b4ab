"""The one thread-local state: what surrounds the code that is running now.

Every scope that changes it (a graph, a tape, a device, a name) restores it in a `finally`.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jax

    from tfshim.graph import Graph


class Context(threading.local):
    """State of the current thread.

    `plain` is true while nothing but tapes can change what an op does: no graph, device scope or observer. `bare` is
    true while nobody records it either. They are the single tests on the hot paths.
    """

    plain: bool = True
    bare: bool = True
    graph: Graph | None = None
    tapes: tuple[Any, ...] = ()
    accumulators: tuple[Any, ...] = ()
    device: jax.Device | None = None
    device_spec: str = ""
    name_scope: str = ""
    strategies: tuple[Any, ...] = ()
    variable_creators: tuple[Any, ...] = ()
    variable_watchers: tuple[Any, ...] = ()
    uninitialized_variables: Any = None
    session: Any = None
    # Functions that see each op that runs: its name, inputs and outputs. They return the outputs.
    observers: tuple[Any, ...] = ()

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in ("graph", "device", "tapes", "accumulators", "observers"):
            plain = self.graph is None and self.device is None and not self.observers
            super().__setattr__("plain", plain)
            super().__setattr__("bare", plain and not self.tapes and not self.accumulators)

    def observed(self, name: str, inputs: tuple[Any, ...], outputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """What the observers make of the outputs of an op that ran."""
        for observe in self.observers:
            outputs = tuple(observe(name, inputs, outputs))
        return outputs


context = Context()


@contextlib.contextmanager
def scope(**changes: Any) -> Iterator[None]:
    """Sets attributes of the current thread's context for the duration of the scope."""
    old = {name: getattr(context, name) for name in changes}
    try:
        _set(changes)
        yield
    finally:
        _set(old)


def _set(values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(context, name, value)


_run_eagerly = False


def run_functions_eagerly() -> bool:
    """True if `tf.function`s run their Python bodies eagerly (a process-wide switch)."""
    return _run_eagerly


def set_run_functions_eagerly(run_eagerly: bool) -> None:
    """Makes all `tf.function`s run their Python bodies eagerly, or compiled again."""
    global _run_eagerly
    _run_eagerly = bool(run_eagerly)


def executing_eagerly() -> bool:
    """True if ops run at once, False while a graph is being built."""
    return context.graph is None
