"""`tf.compat.v1.summary.FileWriter`: event files of summaries, graphs and sessions."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

from tfshim import protos
from tfshim.context import context
from tfshim.data.readers import records
from tfshim.export import export
from tfshim.files import local
from tfshim.graph import Graph
from tfshim.ops.kernels.summary_files import EventFile


@export("compat.v1.summary.FileWriter")
class FileWriter:
    """Writes a new event file; also a context manager, which closes it.

    Args:
      logdir: the folder, which is made if need be.
      graph: a graph to write first.
      max_queue: how many events may wait to be written.
      flush_secs: how long they may wait.
      graph_def: old form of `graph`: a `GraphDef`.
      filename_suffix: end of the file's name.
      session: has no effect: what is written reaches the file at once, or by `flush`.

    Raises:
      RuntimeError: in eager mode, where `tf.summary.create_file_writer` makes writers.
    """

    def __init__(
        self,
        logdir: Any,
        graph: Any = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        graph_def: Any = None,
        filename_suffix: str | None = None,
        session: Any = None,
    ):
        if context.graph is None:
            raise RuntimeError(
                "tf.summary.FileWriter is not compatible with eager execution: use tf.summary.create_file_writer"
            )
        self._logdir = os.fspath(logdir)
        self._options = (max_queue, int(flush_secs * 1000), filename_suffix or "")
        self._seen: set[str] = set()
        self._open()
        if graph is not None or graph_def is not None:
            self.add_graph(graph, graph_def=graph_def)

    def _open(self) -> None:
        self._file = EventFile(self._logdir)
        self._file.open(local(self._logdir), *self._options)
        self._closed = False

    def __enter__(self) -> FileWriter:
        return self

    def __exit__(self, *exc: Any) -> None:
        self.close()

    def get_logdir(self) -> str:
        """The folder."""
        return self._logdir

    def add_summary(self, summary: Any, global_step: Any = None) -> None:
        """Writes a `Summary`, or the bytes of one, for a step. Metadata is written once for each tag."""
        data = summary if isinstance(summary, bytes) else summary.SerializeToString()
        event = protos.Event(summary=protos.Summary.FromString(data))  # type: ignore[attr-defined]
        for value in event.summary.value:
            if value.HasField("metadata"):
                if value.tag in self._seen:
                    value.ClearField("metadata")
                self._seen.add(value.tag)
        self._add(event, global_step)

    def add_session_log(self, session_log: Any, global_step: Any = None) -> None:
        """Writes a `SessionLog`."""
        event = protos.Event()  # type: ignore[attr-defined]
        event.session_log.MergeFromString(session_log.SerializeToString())
        self._add(event, global_step)

    def add_graph(self, graph: Any, global_step: Any = None, graph_def: Any = None) -> None:
        """Writes a graph; TypeError for anything else, ValueError for both or neither of its forms."""
        if graph is not None and graph_def is not None:
            raise ValueError("Please pass only graph, or graph_def (deprecated), but not both.")
        given = graph if graph is not None else graph_def
        if isinstance(given, Graph):
            given = given.as_graph_def(add_shapes=True)
        elif graph is not None and not hasattr(graph, "node"):
            raise TypeError(f"The passed graph must be an instance of `Graph`, got {type(graph)}")
        if given is None:
            raise ValueError("Please pass a graph")
        self._add(protos.Event(graph_def=given.SerializeToString()), global_step)  # type: ignore[attr-defined]

    def add_meta_graph(self, meta_graph_def: Any, global_step: Any = None) -> None:
        """Writes a `MetaGraphDef`; TypeError for anything else."""
        if type(meta_graph_def).__name__ != "MetaGraphDef":
            raise TypeError(f"meta_graph_def must be type MetaGraphDef, saw type: {type(meta_graph_def)}")
        data = meta_graph_def.SerializeToString()
        self._add(protos.Event(meta_graph_def=data), global_step)  # type: ignore[attr-defined]

    def add_run_metadata(self, run_metadata: Any, tag: str, global_step: Any = None) -> None:
        """Writes a `RunMetadata` under a tag; ValueError for a tag that was used before."""
        if f"run:{tag}" in self._seen:
            raise ValueError("The provided tag was already used for this event type")
        self._seen.add(f"run:{tag}")
        event = protos.Event()  # type: ignore[attr-defined]
        event.tagged_run_metadata.tag = tag
        event.tagged_run_metadata.run_metadata = run_metadata.SerializeToString()
        self._add(event, global_step)

    def _add(self, event: Any, global_step: Any) -> None:
        event.wall_time = time.time()
        if global_step is not None:
            event.step = int(global_step)
        self.add_event(event)

    def add_event(self, event: Any) -> None:
        """Writes an `Event`; nothing once the writer is closed."""
        if not self._closed:
            self._file.write(event)

    def flush(self) -> None:
        """Brings what was written to the file."""
        self._file.flush()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
        self._closed = True

    def reopen(self) -> None:
        """Goes on with a new file in the same folder, after `close`."""
        if self._closed:
            self._open()


FileWriter.__module__ = "tensorflow.python.summary.writer.writer"


@export("compat.v1.summary.FileWriterCache")
class FileWriterCache:
    """One `FileWriter` for each folder."""

    _cache: dict[str, FileWriter] = {}

    @staticmethod
    def clear() -> None:
        """Closes and forgets all of them."""
        for writer in FileWriterCache._cache.values():
            writer.close()
        FileWriterCache._cache.clear()

    @staticmethod
    def get(logdir: Any) -> FileWriter:
        """The writer for a folder."""
        name = os.fspath(logdir)
        if name not in FileWriterCache._cache:
            FileWriterCache._cache[name] = FileWriter(name, graph=context.graph)
        return FileWriterCache._cache[name]


FileWriterCache.__module__ = "tensorflow.python.summary.writer.writer_cache"


@export("compat.v1.train.summary_iterator")
def summary_iterator(path: Any) -> Iterator[Any]:
    """The `Event`s of an event file."""
    for data in records(local(path), ""):
        yield protos.Event.FromString(data)  # type: ignore[attr-defined]
