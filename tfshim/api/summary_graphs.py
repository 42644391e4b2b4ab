"""`tf.summary.graph`, and the graphs of functions that ran between `trace_on` and `trace_export`."""

from __future__ import annotations

import logging
import threading
from typing import Any

from tfshim import protos
from tfshim.api.summary import current_writer, should_record_summaries, summary_scope, write
from tfshim.concrete_function import ConcreteFunction
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.graph import Graph
from tfshim.ops import op
from tfshim.tensor import Tensor

_logger = logging.getLogger("tensorflow")


@export("summary.graph")
def graph(graph_data: Any) -> Tensor:
    """Writes a graph; a boolean tensor says whether it was written.

    Args:
      graph_data: a `tf.Graph`, or a `GraphDef`.

    Raises:
      ValueError: called while a graph is built, or with something else.
    """
    if context.graph is not None:
        raise ValueError("graph() cannot be invoked inside a graph context.")
    writer = current_writer()
    if writer is None or not should_record_summaries():
        return convert_to_tensor(False)
    if isinstance(graph_data, Graph):
        graph_data = graph_data.as_graph_def()
    elif not isinstance(graph_data, protos.GraphDef):  # type: ignore[attr-defined]
        raise ValueError(
            "Argument 'graph_data' is not tf.Graph or tf.compat.v1.GraphDef. "
            f"Received graph_data={graph_data} of type {type(graph_data).__name__}."
        )
    op("WriteGraphSummary")(writer._resource, 0, graph_data.SerializeToString())
    return convert_to_tensor(True)


class _Trace:
    """Collects the functions that are called, in the whole process."""

    def __init__(self, graph: bool, profiler_outdir: str | None):
        self.graph = graph
        self.profiler_outdir = profiler_outdir
        self.functions: dict[str, ConcreteFunction] = {}

    def start(self) -> None:
        if self.profiler_outdir is not None:
            import jax

            jax.profiler.start_trace(self.profiler_outdir)
        self._call = call = ConcreteFunction.call_flat

        def call_flat(function: ConcreteFunction, arguments: list[Tensor]) -> list[Tensor]:
            if context.graph is None:
                self.functions.setdefault(function.function_name, function)
            return call(function, arguments)

        if self.graph or self.profiler_outdir is not None:
            # Only while a trace is on do calls cost more.
            ConcreteFunction.call_flat = call_flat  # type: ignore[method-assign]

    def stop(self) -> None:
        ConcreteFunction.call_flat = self._call  # type: ignore[method-assign]
        if self.profiler_outdir is not None:
            import jax

            jax.profiler.stop_trace()

    def metadata(self) -> Any:
        """A `RunMetadata` with the graph of each function; there is no optimised form of it besides XLA's."""
        made = protos.RunMetadata()  # type: ignore[attr-defined]
        for function in self.functions.values():
            definition = function.graph.as_graph_def()
            made.partition_graphs.add().CopyFrom(definition)
            entry = made.function_graphs.add()
            entry.pre_optimization_graph.CopyFrom(definition)
            entry.post_optimization_graph.CopyFrom(definition)
            entry.partition_graphs.add().CopyFrom(definition)
        return made


_lock = threading.Lock()
_trace: _Trace | None = None


def _eager(action: str) -> bool:
    if context.graph is not None:
        _logger.warning("Cannot %s while a graph is built, in a tf.function for example.", action)
    return context.graph is None


@export("summary.trace_on")
def trace_on(graph: bool = True, profiler: bool = False, profiler_outdir: str | None = None) -> None:
    """Starts to collect the graphs of functions that are called, for `trace_export`.

    Args:
      graph: collect graphs.
      profiler: profile with `jax.profiler` too.
      profiler_outdir: the profile's folder, without which there is none.
    """
    global _trace
    if not _eager("enable trace"):
        return
    with _lock:
        if _trace is not None:
            _logger.warning("Trace already enabled")
            return
        if profiler and profiler_outdir is None:
            _logger.warning("No `profiler_outdir` passed to trace_on(). Profiler won't be enabled.")
        _trace = _Trace(graph, profiler_outdir if profiler else None)
        _trace.start()


@export("summary.trace_off")
def trace_off() -> None:
    """Stops what `trace_on` started and drops what was collected."""
    global _trace
    with _lock:
        if _trace is not None:
            _trace.stop()
            _trace = None


@export("summary.trace_export")
def trace_export(name: str, step: Any = None, profiler_outdir: str | None = None) -> None:
    """Stops what `trace_on` started and writes the graphs to the current writer.

    Args:
      name: of the summary.
      step: by default the current one.
      profiler_outdir: has no effect; `trace_on` takes it.

    Raises:
      ValueError: nothing was started; or there is a writer, but no step.
    """
    if not _eager("export trace"):
        return
    if _trace is None:
        raise ValueError("Must enable trace before export through tf.summary.trace_on.")
    plain = _trace.graph and _trace.profiler_outdir is None
    plugin = "graph_run_metadata_graph" if plain else "graph_run_metadata"
    metadata = protos.SummaryMetadata()  # type: ignore[attr-defined]
    metadata.plugin_data.plugin_name = plugin
    metadata.plugin_data.content = b"1"
    with summary_scope(name, f"{plugin}_summary") as (tag, _):
        write(tag, _trace.metadata().SerializeToString(), step, metadata)
    trace_off()
