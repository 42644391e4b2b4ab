"""Hooks of monitored sessions that save checkpoints, or wait for the global step."""

from __future__ import annotations

import os
import time
from typing import Any

from tfshim import protos
from tfshim.api.io import write_graph
from tfshim.api.log import get_logger
from tfshim.export import export
from tfshim.scopes import get_default_graph
from tfshim.v1.collections import GraphKeys, add_to_collection, get_collection
from tfshim.v1.meta_graph import export_meta_graph
from tfshim.v1.summary_writer import FileWriterCache
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


def required_step(name: str) -> Any:
    """The global step; RuntimeError if there is none."""
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
        self._steps_per_run = _STEPS_PER_RUN

    def _set_steps_per_run(self, steps_per_run):
        self._steps_per_run = steps_per_run

    def begin(self):
        """RuntimeError without a global step."""
        self._global_step = required_step("CheckpointSaverHook")
        self._writer = FileWriterCache.get(os.path.dirname(self._save_path))
        for listener in self._listeners:
            listener.begin()

    def after_create_session(self, session, coord):
        step = session.run(self._global_step)
        graph, saver = get_default_graph(), self._get_saver()
        if self._save_graph_def:
            write_graph(graph.as_graph_def(add_shapes=True), os.path.dirname(self._save_path), "graph.pbtxt")
        self._writer.add_graph(graph)
        self._writer.add_meta_graph(export_meta_graph(saver_def=saver and saver.saver_def))
        self._save(session, step)
        self._timer.update_last_triggered_step(step)

    def before_run(self, run_context):
        return SessionRunArgs(self._global_step)

    def after_run(self, run_context, run_values):
        if not self._timer.should_trigger_for_step(run_values.results + self._steps_per_run):
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
        log = protos.SessionLog(status=protos.SessionLog.CHECKPOINT, checkpoint_path=self._save_path)
        self._writer.add_session_log(log, step)
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


@export("compat.v1.train.GlobalStepWaiterHook")
class GlobalStepWaiterHook(SessionRunHook):
    """Waits, before the first run, until the global step is `wait_until_step`: others are making steps."""

    def __init__(self, wait_until_step):
        self._wait_until_step = wait_until_step

    def begin(self):
        """RuntimeError without a global step."""
        self._started = self._wait_until_step <= 0
        self._global_step = required_step("_GlobalStepWaiterHook")

    def before_run(self, run_context):
        while not self._started:
            self._started = run_context.session.run(self._global_step) >= self._wait_until_step
            if not self._started:
                time.sleep(_WAIT_SECONDS)


for _class in (CheckpointSaverListener, CheckpointSaverHook, GlobalStepWaiterHook):
    _class.__module__ = "tensorflow.python.training.basic_session_run_hooks"
