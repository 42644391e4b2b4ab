"""`tf.summary`: writers of event files, what surrounds summaries, and writing any tensor."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Iterator
from typing import Any

from tfshim import dtypes
from tfshim.context import context
from tfshim.control_flow.cond import cond
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import init_scope, name_scope
from tfshim.tensor import Tensor

_close = op("CloseSummaryWriter")
_create = op("CreateSummaryFileWriter")
_flush = op("FlushSummaryWriter")
_write = op("WriteSummary")
_write_raw = op("WriteRawProtoSummary")
_writer = op("SummaryWriter")


class _State(threading.local):
    writer: Any = None
    step: Any = None
    condition: Any = True


_state = _State()


@contextlib.contextmanager
def _with(**changes: Any) -> Iterator[None]:
    old = {name: getattr(_state, name) for name in changes}
    try:
        for name, value in changes.items():
            setattr(_state, name, value)
        yield
    finally:
        for name, value in old.items():
            setattr(_state, name, value)


# Writers -------------------------------------------------------------------------------------------------


@export("summary.SummaryWriter")
class SummaryWriter:
    """Where summaries go."""

    def set_as_default(self, step: Any = None) -> None:
        """Makes this the writer of the current thread; `step` becomes the current step, if it is given."""
        _state.writer = self
        if step is not None:
            _state.step = step

    @contextlib.contextmanager
    def as_default(self, step: Any = None) -> Iterator[SummaryWriter]:
        """Within the scope, this is the writer and `step` (if it is given) the step; flushed at its end."""
        with _with(writer=self, **({} if step is None else {"step": step})):
            yield self
            self.flush()

    def init(self) -> Any:
        """Opens the writer; it is open from the start."""

    def flush(self) -> Any:
        """Brings what was written to the disk."""

    def close(self) -> Any:
        """Flushes and closes the writer, which cannot be used again."""


class _NoopSummaryWriter(SummaryWriter):
    """A writer that is not there: whatever writes goes on as it would without it."""

    def set_as_default(self, step: Any = None) -> None:
        pass

    @contextlib.contextmanager
    def as_default(self, step: Any = None) -> Iterator[SummaryWriter]:
        yield self


class _ResourceSummaryWriter(SummaryWriter):
    """A writer of one event file."""

    def __init__(self, logdir: str, max_queue: int, flush_millis: int, suffix: str, name: str):
        self._closed = False
        with init_scope():
            self._resource = _writer(shared_name=name)
            _create(self._resource, logdir, max_queue, flush_millis, suffix)

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError(f"SummaryWriter {self} is already closed")

    def set_as_default(self, step: Any = None) -> None:
        self._check_open()
        super().set_as_default(step)

    def as_default(self, step: Any = None) -> Any:
        self._check_open()
        return super().as_default(step)

    def init(self) -> Any:
        self._check_open()

    def flush(self) -> Any:
        if not self._closed:
            _flush(self._resource)

    def close(self) -> Any:
        if not self._closed:
            self.flush()
            _close(self._resource)
            self._closed = context.graph is None


for _cls in (SummaryWriter, _NoopSummaryWriter, _ResourceSummaryWriter):
    _cls.__module__ = "tensorflow.python.ops.summary_ops_v2"


def current_writer() -> Any:
    """The writer of the current thread, or None."""
    return _state.writer


@export("summary.create_file_writer")
def create_file_writer(
    logdir: Any,
    max_queue: int | None = None,
    flush_millis: int | None = None,
    filename_suffix: str | None = None,
    name: str | None = None,
    experimental_trackable: bool = False,
    experimental_mesh: Any = None,
) -> SummaryWriter:
    """A writer of a new event file.

    Args:
      logdir: the folder, which is made if need be.
      max_queue: how many events may wait to be written; 10 by default.
      flush_millis: how long they may wait; 2 minutes by default.
      filename_suffix: end of the file's name; ".v2" by default.
      name: of the resource.
      experimental_trackable: has no effect.
      experimental_mesh: not supported.
    """
    if logdir is None:
        raise ValueError("Argument `logdir` cannot be None")
    if experimental_mesh is not None:
        raise NotImplementedError("create_file_writer does not support experimental_mesh: leave it out")
    return _ResourceSummaryWriter(
        os.fspath(logdir),
        10 if max_queue is None else max_queue,
        2 * 60 * 1000 if flush_millis is None else flush_millis,
        ".v2" if filename_suffix is None else filename_suffix,
        name or f"logdir:{os.fspath(logdir)}",
    )


@export("summary.create_noop_writer")
def create_noop_writer() -> SummaryWriter:
    """A writer that does nothing: as the default, it leaves the one that there is."""
    return _NoopSummaryWriter()


@export("summary.flush")
def flush(writer: Any = None, name: str | None = None) -> Any:
    """Flushes a writer, by default the current one."""
    writer = _state.writer if writer is None else writer
    if writer is not None and not isinstance(writer, SummaryWriter):
        raise ValueError(f"Invalid argument to flush(): {writer!r} is no summary writer.")
    return None if writer is None else writer.flush()


# What surrounds summaries --------------------------------------------------------------------------------


@export("summary.experimental.get_step")
def get_step() -> Any:
    """The current step: None, an integer, a tensor or a variable."""
    return _state.step


@export("summary.experimental.set_step")
def set_step(step: Any) -> None:
    """Sets the step for summaries that are written without one; a variable is read whenever one is."""
    _state.step = step


@export("summary.record_if")
@contextlib.contextmanager
def record_if(condition: Any) -> Iterator[None]:
    """Within the scope, summaries are written only if `condition` is true: a bool, a tensor, or a callable."""
    with _with(condition=condition):
        yield


@export("summary.should_record_summaries")
def should_record_summaries() -> Tensor:
    """A boolean tensor: whether a summary would be written now."""
    if current_writer() is None:
        return convert_to_tensor(False)
    condition = _state.condition() if callable(_state.condition) else _state.condition
    return convert_to_tensor(condition)


@export("summary.experimental.summary_scope")
@contextlib.contextmanager
def summary_scope(name: str | None, default_name: str = "summary", values: Any = None) -> Iterator[tuple[str, str]]:
    """A name scope for a summary: gives the tag (the name with the scopes around it) and the scope."""
    name = name or default_name
    outer = context.name_scope if context.graph is None else context.graph.get_name_scope()
    with name_scope(re.sub(r"[^A-Za-z0-9_.\\/-]", "", name) or default_name) as scope:
        yield f"{outer}/{name}" if outer else name, scope


# Writing -------------------------------------------------------------------------------------------------


def _recorded(act: Any, step: Any) -> Tensor:
    """Runs `act(writer, step)` if summaries are recorded; a boolean tensor says whether it did."""
    writer = current_writer()
    if writer is None:
        return convert_to_tensor(False)

    def run() -> Tensor:
        current = _state.step if step is None else step
        if current is None:
            raise ValueError(
                "No step set. Please specify one either through the `step` argument or through "
                "tf.summary.experimental.set_step()"
            )
        act(writer._resource, convert_to_tensor(current, dtypes.int64))
        return convert_to_tensor(True)

    condition = should_record_summaries()
    known = constant_value(condition)
    if known is not None:
        return run() if known else convert_to_tensor(False)
    return cond(condition, run, lambda: convert_to_tensor(False))


@export("summary.write")
def write(tag: Any, tensor: Any, step: Any = None, metadata: Any = None, name: str | None = None) -> Tensor:
    """Writes a tensor to the current writer.

    Args:
      tag: of the summary.
      tensor: a tensor, or a callable that gives one, called only if the summary is recorded.
      step: by default the current one.
      metadata: `SummaryMetadata`, or its bytes.
      name: of the name scope.

    Returns:
      A boolean tensor: whether it was written.

    Raises:
      ValueError: there is a writer, but no step.
    """
    data = b"" if metadata is None else getattr(metadata, "SerializeToString", lambda: metadata)()

    def act(resource: Any, current: Tensor) -> None:
        value = tensor() if callable(tensor) else tensor
        _write(resource, current, convert_to_tensor(value), tag, data)

    with name_scope(name or "write_summary"):
        return _recorded(act, step)


@export("summary.experimental.write_raw_pb")
def write_raw_pb(tensor: Any, step: Any = None, name: str | None = None) -> Tensor:
    """Writes serialised `Summary` messages; a boolean tensor says whether it did."""
    with name_scope(name or "write_raw_pb"):
        return _recorded(lambda resource, current: _write_raw(resource, current, tensor), step)
