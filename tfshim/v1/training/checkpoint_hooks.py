"""Hooks of monitored sessions that save checkpoints and watch the global step."""

from __future__ import annotations

import os
import time
from typing import Any

from tfshim.api.log import get_logger
from tfshim.export import export
from tfshim.v1.collections import GraphKeys, add_to_collection, get_collection
from tfshim.v1.training.global_step import get_global_step
from tfshim.v1.training.hooks import SecondOrStepTimer, SessionRunArgs, SessionRunHook
from tfshim.v1.training.saver import Saver

# As many steps as one run can make, of which the value that a hook sees knows nothing.
_STEPS_PER_RUN = 1_000_000
_WAIT_SECONDS = 0.5


def saver_or_default() -> Any:
    """The saver in the graph's collection, or a new one, which goes into it; RuntimeError if there are several."""
    savers = get_collection(GraphKeys.SAVERS)
    if len(savers) > 1:
        raise RuntimeError(
            f"More than one item in collection {GraphKeys.SAVERS}. Please indicate which one to use by passing it to "
            "the constructor."
        )
    if savers:
        return savers[0]
    saver = Saver(sharded=True, allow_empty=True)
    add_to_collection(GraphKeys.SAVERS, saver)
    return saver


def _step(name: str) -> Any:
    step = get_global_step()
    if step is None:
        raise RuntimeError(f"Global step should be created to use {name}.")
    return step


@export("compat.v1.train.CheckpointSaverListener")
class CheckpointSaverListener:
    """Is called around each checkpoint that a `CheckpointSaverHook` saves."""

    def begin(self):
        """Before the session is made."""

    def before_save(self, session, global_step_value):
        """Before a checkpoint is saved."""

    def after_save(self, session, global_step_value):
        """After a checkpoint was saved; True stops the training."""

    def end(self, session, global_step_value):
        """At the end."""


@export("compat.v1.train.CheckpointSaverHook")
class CheckpointSaverHook(SessionRunHook):
    """Saves a checkpoint at the beginning, every so many steps or seconds, and at the end.

    Args:
      checkpoint_dir: the folder.
      save_secs, save_steps: how often; one of them.
      saver: the `Saver`; by default that of `scaffold`, or the one in the graph's collection.
      checkpoint_basename: the paths are this name and the global step.
      scaffold: a `Scaffold` with a saver.
      listeners: `CheckpointSaverListener`s.
      save_graph_def: whether graphs are saved with checkpoints.

    Raises:
      ValueError: with saver and scaffold, or with both or none of seconds and steps.
    """

    def __init__(
        self,
        checkpoint_dir,
        save_secs=None,
        save_steps=None,
        saver=None,
        checkpoint_basename="model.ckpt",
        scaffold=None,
        listeners=None,
        save_graph_def=True,
    ):
        if saver is not None and scaffold is not None:
            raise ValueError("You cannot provide both saver and scaffold.")
        self._saver = saver
        self._scaffold = scaffold
        self._save_path = os.path.join(checkpoint_dir, checkpoint_basename)
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)
        self._listeners = listeners or []
        self._save_graph_def = save_graph_def

    def begin(self):
        """RuntimeError without a global step."""
        self._global_step = _step("CheckpointSaverHook")
        os.makedirs(os.path.dirname(self._save_path), exist_ok=True)
        for listener in self._listeners:
            listener.begin()

    def after_create_session(self, session, coord):
        step = session.run(self._global_step)
        self._save(session, step)
        self._timer.update_last_triggered_step(step)

    def before_run(self, run_context):
        return SessionRunArgs(self._global_step)

    def after_run(self, run_context, run_values):
        if not self._timer.should_trigger_for_step(run_values.results + _STEPS_PER_RUN):
            return
        step = run_context.session.run(self._global_step)
        if self._timer.should_trigger_for_step(step):
            self._timer.update_last_triggered_step(step)
            if self._save(run_context.session, step):
                run_context.request_stop()

    def end(self, session):
        step = session.run(self._global_step)
        if step != self._timer.last_triggered_step():
            self._save(session, step)
        for listener in self._listeners:
            listener.end(session, step)

    def _save(self, session: Any, step: Any) -> bool:
        """Saves a checkpoint; whether a listener asks to stop."""
        for listener in self._listeners:
            listener.before_save(session, step)
        get_logger().info("Saving checkpoints for %d into %s.", step, self._save_path)
        self._get_saver().save(session, self._save_path, global_step=step, write_meta_graph=self._save_graph_def)
        stops = [listener.after_save(session, step) for listener in self._listeners]
        return any(stops)

    def _get_saver(self) -> Any:
        if self._saver is not None:
            return self._saver
        if self._scaffold is not None:
            return self._scaffold.saver
        savers = get_collection(GraphKeys.SAVERS)
        if len(savers) != 1:
            raise RuntimeError(
                f"{'More than one item' if savers else 'No items'} in collection {GraphKeys.SAVERS}: give the hook a "
                "saver or a scaffold."
            )
        self._saver = savers[0]
        return self._saver


@export("compat.v1.train.StepCounterHook")
class StepCounterHook(SessionRunHook):
    """Logs how many steps a second are made, every so many steps or seconds.

    `output_dir` and `summary_writer` must be None: the numbers are only logged.
    """

    def __init__(self, every_n_steps=100, every_n_secs=None, output_dir=None, summary_writer=None):
        if (every_n_steps is None) == (every_n_secs is None):
            raise ValueError("exactly one of every_n_steps and every_n_secs should be provided.")
        if output_dir is not None or summary_writer is not None:
            raise NotImplementedError("StepCounterHook writes no summaries: leave output_dir and summary_writer away")
        self._timer = SecondOrStepTimer(every_steps=every_n_steps, every_secs=every_n_secs)

    def begin(self):
        """RuntimeError without a global step."""
        self._global_step = _step("StepCounterHook")

    def before_run(self, run_context):
        return SessionRunArgs(self._global_step)

    def after_run(self, run_context, run_values):
        if not self._timer.should_trigger_for_step(run_values.results + 1):
            return
        step = run_context.session.run(self._global_step)
        if self._timer.should_trigger_for_step(step):
            seconds, steps = self._timer.update_last_triggered_step(step)
            if seconds is not None:
                get_logger().info("%s/sec: %g", self._global_step.op.name, steps / seconds)


@export("compat.v1.train.GlobalStepWaiterHook")
class GlobalStepWaiterHook(SessionRunHook):
    """Waits, before the first run, until the global step is `wait_until_step`: others are making steps."""

    def __init__(self, wait_until_step):
        self._wait_until_step = wait_until_step

    def begin(self):
        """RuntimeError without a global step."""
        self._started = self._wait_until_step <= 0
        self._global_step = _step("_GlobalStepWaiterHook")

    def before_run(self, run_context):
        while not self._started:
            self._started = run_context.session.run(self._global_step) >= self._wait_until_step
            if not self._started:
                time.sleep(_WAIT_SECONDS)


for _class in (CheckpointSaverListener, CheckpointSaverHook, StepCounterHook, GlobalStepWaiterHook):
    _class.__module__ = "tensorflow.python.training.basic_session_run_hooks"
