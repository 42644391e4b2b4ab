"""`tf.CriticalSection`: code that one thread at a time runs."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from tfshim import dtypes, nest
from tfshim.context import context
from tfshim.export import export
from tfshim.operation import Operation
from tfshim.ops import op
from tfshim.scopes import group, init_scope, name_scope


class _Running(threading.local):
    """The sections that the current thread is in, or traces."""

    sections: tuple[Any, ...] = ()


_running = _Running()


@export("CriticalSection")
class CriticalSection:
    """A mutex: functions given to `execute` run one after the other, whichever threads and functions run them.

    In a `tf.function` the section starts and ends between compiled programs.

    Args:
      name: of the section.
      shared_name: sections of one name share their mutex.
      critical_section_def: not supported.
      import_scope: has no effect.

    Raises:
      ValueError: a `critical_section_def` is given.
    """

    def __init__(
        self,
        name: str | None = None,
        shared_name: str | None = None,
        critical_section_def: Any = None,
        import_scope: str | None = None,
    ):
        if critical_section_def is not None:
            raise ValueError("Argument `critical_section_def` is not supported.")
        if not isinstance(shared_name, str | None):
            raise TypeError(f"Expected string for argument 'shared_name' not {shared_name!r}.")
        with init_scope(), name_scope(name or "CriticalSection") as full:
            if context.graph is not None:
                # Each run of a graph makes the handle anew, of the same mutex.
                shared_name = shared_name or full
            self._handle = op("MutexV2")(shared_name=shared_name or "", name=full)
        # Sections of one name wait for each other.
        self._signature = shared_name or id(self)

    @property
    def name(self) -> str:
        """Name of the operation that made the mutex; AttributeError for a section made eagerly."""
        return self._handle.op.name

    def execute(self, fn: Callable[[], Any], exclusive_resource_access: bool = True, name: str | None = None) -> Any:
        """The result of `fn()`, as tensors, which runs while no other function runs in this section.

        Args:
          fn: callable without arguments.
          exclusive_resource_access: refuse, in a graph, that another section uses the same variables.
          name: of the scope of the nodes.

        Raises:
          ValueError: `fn` enters the section again, or another section has the variables that it uses.
        """
        with name_scope(name or "critical_section_execute"), self._entered():
            graph: Any = context.graph
            lock = op("MutexLock")(self._handle)
            if graph is None:
                try:
                    return nest.map_structure(_result, fn())
                finally:
                    op("ConsumeMutexLock")(lock)
            first = len(graph._nodes)
            result = nest.map_structure(_result, fn())
            self._claim(graph, graph._nodes[first:], exclusive_resource_access)
            op("ConsumeMutexLock")(lock)
            return result

    @contextlib.contextmanager
    def _entered(self) -> Iterator[None]:
        before = _running.sections
        if self._signature in before:
            raise ValueError(
                f"Attempting to lock a CriticalSection ({self._signature!r}) in which we are already running. It would "
                "wait for itself."
            )
        _running.sections = (*before, self._signature)
        try:
            yield
        finally:
            _running.sections = before

    def _claim(self, graph: Any, nodes: list[Operation], exclusive: bool) -> None:
        """Notes which resources an execution uses; ValueError if another section wants them for itself."""
        used = {id(t): t for n in nodes for t in n.inputs if t.dtype is dtypes.resource}
        claims = graph.__dict__.setdefault("_critical_sections", [])
        for section, others, alone in claims:
            shared = [t.name for key, t in used.items() if key in others]
            if section is not self and shared and (exclusive or alone):
                raise ValueError(
                    f"This execution would access resources: {shared}, which another CriticalSection uses, and one of "
                    "the two has exclusive access: pass exclusive_resource_access=False to both, or use one section"
                )
        claims.append((self, used, exclusive))


def _result(value: Any) -> Any:
    if isinstance(value, Operation):
        return group(value)
    if value is None and context.graph is None:
        return None
    return value.identity() if hasattr(value, "identity") else op("Identity")(value)


CriticalSection.__module__ = "tensorflow.python.ops.critical_section_ops"
