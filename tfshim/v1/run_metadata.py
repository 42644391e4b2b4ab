"""What a run tells of itself in a `RunMetadata`: the nodes that it ran, and when."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from tfshim import devices, protos
from tfshim.graph import Graph, Operation


class Watch:
    """One run: what its `RunOptions` ask for, and the time at which it began."""

    def __init__(self, options: Any, run_metadata: Any):
        self._metadata = run_metadata
        self._traces = options is not None and options.trace_level != 0
        self._shows_graphs = options is not None and options.output_partition_graphs
        self._begun = time.time_ns()

    def end(self, graphs: Iterable[Graph]) -> None:
        """Fills the `RunMetadata` that was given; `graphs` are what was run.

        Compiled nodes run as one: each has the time of the whole run.
        """
        if self._metadata is None:
            return
        made = protos.RunMetadata()  # type: ignore[attr-defined]
        stats: dict[str, Any] = {}
        taken = time.time_ns() - self._begun
        for graph in graphs:
            for node in graph.get_operations() if self._traces else ():
                device = devices.merged(devices.host_name(), node.device)
                if device not in stats:
                    stats[device] = made.step_stats.dev_stats.add(device=device)
                stats[device].node_stats.add().CopyFrom(self._node_stats(node, taken))
            if self._shows_graphs:
                made.partition_graphs.add().CopyFrom(graph.as_graph_def())
        self._metadata.ParseFromString(made.SerializeToString())

    def _node_stats(self, node: Operation, taken: int) -> Any:
        inputs = ", ".join(t.op.name for t in node.inputs)
        return protos.NodeExecStats(  # type: ignore[attr-defined]
            node_name=node.name,
            timeline_label=f"{node.name} = {node.type}({inputs})",
            all_start_micros=self._begun // 1000,
            scheduled_micros=self._begun // 1000,
            op_end_rel_micros=taken // 1000,
            all_end_rel_micros=taken // 1000,
            all_start_nanos=self._begun,
            scheduled_nanos=self._begun,
            op_end_rel_nanos=taken,
            all_end_rel_nanos=taken,
        )
