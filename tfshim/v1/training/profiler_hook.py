"""`tf.compat.v1.train.ProfilerHook`: when the nodes of some runs began and ended, as traces for a browser."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from tfshim import protos
from tfshim.api.log import get_logger
from tfshim.export import export
from tfshim.v1.summary_writer import FileWriterCache
from tfshim.v1.training.checkpoint_hooks import required_step
from tfshim.v1.training.hooks import SecondOrStepTimer, SessionRunArgs, SessionRunHook


@export("compat.v1.train.ProfilerHook")
class ProfilerHook(SessionRunHook):
    """Writes `timeline-STEP.json`, in Chrome's format of traces, every so many steps or seconds.

    Args:
      save_steps, save_secs: how often; one of them.
      output_dir: the folder; its summaries get the `RunMetadata`, too.
      show_dataflow: connect nodes with those whose outputs they take.
      show_memory: has no effect: runs do not tell the memory of tensors.

    Raises:
      ValueError: with both or none of steps and seconds.
    """

    def __init__(self, save_steps=None, save_secs=None, output_dir="", show_dataflow=True, show_memory=False):
        self._folder = output_dir
        self._writer = FileWriterCache.get(output_dir)
        self._show_dataflow = show_dataflow
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)

    def begin(self):
        """RuntimeError without a global step."""
        self._next_step = None
        self._global_step = required_step("ProfilerHook")

    def before_run(self, run_context):
        self._due = self._next_step is not None and self._timer.should_trigger_for_step(self._next_step)
        options = protos.RunOptions(trace_level=protos.RunOptions.FULL_TRACE) if self._due else None
        return SessionRunArgs({"global_step": self._global_step}, options=options)

    def after_run(self, run_context, run_values):
        step = run_values.results["global_step"]
        if self._next_step is None:
            # Nothing is due before so many steps or seconds have passed.
            self._timer.update_last_triggered_step(step)
        step += 1
        if self._due:
            step = run_context.session.run(self._global_step)
            self._timer.update_last_triggered_step(step)
            self._save(step, run_values.run_metadata.step_stats)
            self._writer.add_run_metadata(run_values.run_metadata, f"step_{step}")
        self._next_step = step + 1

    def _save(self, step: Any, stats: Any) -> None:
        path = os.path.join(self._folder, f"timeline-{step}.json")
        get_logger().info("Saving timeline for %d into '%s'.", step, path)
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"traceEvents": list(_events(stats, self._show_dataflow))}, file)


def _events(stats: Any, flows: bool) -> Iterator[dict[str, Any]]:
    """The events of a trace: a process for each device, one for each node, arrows between nodes."""
    ends: dict[str, tuple[int, int]] = {}
    numbers = 0
    for pid, device in enumerate(stats.dev_stats):
        yield {"name": "process_name", "ph": "M", "pid": pid, "args": {"name": f"{device.device} Compute"}}
        for node in device.node_stats:
            start = node.all_start_micros
            label, _, inputs = node.timeline_label.partition("(")
            kind = label.rpartition(" = ")[2]
            taken = [name.strip() for name in inputs.rstrip(")").split(",") if name.strip()]
            args = {"name": node.node_name, "op": kind, **{f"input{i}": name for i, name in enumerate(taken)}}
            place = {"pid": pid, "tid": 0}
            yield {
                "ph": "X",
                "cat": "Op",
                "name": kind,
                "ts": start,
                "dur": node.all_end_rel_micros,
                **place,
                "args": args,
            }
            ends[node.node_name] = (pid, start + node.all_end_rel_micros)
            for name in taken if flows else ():
                source = ends.get(name.lstrip("^").partition(":")[0])
                if source is not None:
                    arrow = {"cat": "DataFlow", "name": name, "id": numbers, "tid": 0}
                    yield {"ph": "s", "pid": source[0], "ts": source[1], **arrow}
                    yield {"ph": "t", "pid": pid, "ts": start, **arrow}
                    numbers += 1


ProfilerHook.__module__ = "tensorflow.python.training.basic_session_run_hooks"
