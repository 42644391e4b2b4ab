"""Hooks of monitored sessions that write summaries, and how fast steps are made."""

from __future__ import annotations

from typing import Any

from tfshim import protos
from tfshim.api.log import get_logger
from tfshim.export import export
from tfshim.v1.summary_writer import FileWriterCache
from tfshim.v1.training.checkpoint_hooks import required_step
from tfshim.v1.training.hooks import SecondOrStepTimer, SessionRunArgs, SessionRunHook

# How often a step that does not move is complained of.
_MAX_WARNINGS = 5


@export("compat.v1.train.StepCounterHook")
class StepCounterHook(SessionRunHook):
    """Logs how many steps a second are made, every so many steps or seconds, and writes it as a summary.

    Args:
      every_n_steps, every_n_secs: how often; one of them.
      output_dir: folder of the summaries, if there is no writer.
      summary_writer: a `FileWriter`.

    Raises:
      ValueError: with both or none of steps and seconds.
    """

    def __init__(self, every_n_steps=100, every_n_secs=None, output_dir=None, summary_writer=None):
        if (every_n_steps is None) == (every_n_secs is None):
            raise ValueError("exactly one of every_n_steps and every_n_secs should be provided.")
        self._timer = SecondOrStepTimer(every_steps=every_n_steps, every_secs=every_n_secs)
        self._summary_writer = summary_writer
        self._output_dir = output_dir
        self._last_step = None
        self._warnings = 0
        self._steps_per_run = 1

    def _set_steps_per_run(self, steps_per_run):
        self._steps_per_run = steps_per_run

    def begin(self):
        """RuntimeError without a global step."""
        if self._summary_writer is None and self._output_dir:
            self._summary_writer = FileWriterCache.get(self._output_dir)
        self._global_step = required_step("StepCounterHook")
        self._tag = f"{self._global_step.op.name}/sec"

    def before_run(self, run_context):
        return SessionRunArgs(self._global_step)

    def after_run(self, run_context, run_values):
        before = run_values.results
        if self._timer.should_trigger_for_step(before + self._steps_per_run):
            step = run_context.session.run(self._global_step)
            if self._timer.should_trigger_for_step(step):
                seconds, steps = self._timer.update_last_triggered_step(step)
                if seconds is not None:
                    self._write(steps / seconds, step)
        if before == self._last_step and self._warnings < _MAX_WARNINGS:
            self._warnings += 1
            get_logger().warning("It seems that the global step has not been increased from %s.", before)
        self._last_step = before

    def _write(self, steps_per_second: float, step: Any) -> None:
        if self._summary_writer is not None:
            summary = protos.Summary()
            summary.value.add(tag=self._tag, simple_value=steps_per_second)
            self._summary_writer.add_summary(summary, step)
        get_logger().info("%s: %g", self._tag, steps_per_second)


@export("compat.v1.train.SummarySaverHook")
class SummarySaverHook(SessionRunHook):
    """Writes summaries in the first run, and then every so many steps or seconds.

    Args:
      save_steps, save_secs: how often; one of them.
      output_dir: folder of the summaries, if there is no writer.
      summary_writer: a `FileWriter`.
      scaffold: a `Scaffold` with a summary operation.
      summary_op: a tensor with a serialized `Summary`, or a list of such.

    Raises:
      ValueError: with both or none of scaffold and operation, or of steps and seconds.
    """

    def __init__(
        self, save_steps=None, save_secs=None, output_dir=None, summary_writer=None, scaffold=None, summary_op=None
    ):
        if (scaffold is None) == (summary_op is None):
            raise ValueError("Exactly one of scaffold or summary_op must be provided.")
        self._summary_op = summary_op
        self._scaffold = scaffold
        self._summary_writer = summary_writer
        self._output_dir = output_dir
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)

    def begin(self):
        """RuntimeError without a global step."""
        if self._summary_writer is None and self._output_dir:
            self._summary_writer = FileWriterCache.get(self._output_dir)
        self._next_step = None
        self._global_step = required_step("SummarySaverHook")

    def before_run(self, run_context):
        self._due = self._next_step is None or self._timer.should_trigger_for_step(self._next_step)
        wanted = {"global_step": self._global_step}
        summaries = self._summaries()
        if self._due and summaries:
            wanted["summaries"] = summaries
        return SessionRunArgs(wanted)

    def _summaries(self) -> list[Any]:
        found = self._scaffold.summary_op if self._summary_op is None else self._summary_op
        if found is None:
            return []
        return found if isinstance(found, list) else [found]

    def after_run(self, run_context, run_values):
        if not self._summary_writer:
            return
        step = run_values.results["global_step"] + 1
        if self._due:
            # What the run gave may be the step before.
            step = run_context.session.run(self._global_step)
        if self._next_step is None:
            self._summary_writer.add_session_log(protos.SessionLog(status=protos.SessionLog.START), step)
        if self._due:
            self._timer.update_last_triggered_step(step)
            for summary in run_values.results.get("summaries", ()):
                self._summary_writer.add_summary(summary, step)
        self._next_step = step + 1

    def end(self, session=None):
        if self._summary_writer:
            self._summary_writer.flush()


for _class in (StepCounterHook, SummarySaverHook):
    _class.__module__ = "tensorflow.python.training.basic_session_run_hooks"
