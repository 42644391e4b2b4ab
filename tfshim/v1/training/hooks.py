"""`tf.compat.v1.train.SessionRunHook`: what is done around the runs of a monitored session."""

from __future__ import annotations

import collections
import time

import numpy as np

from tfshim.api.log import get_logger
from tfshim.export import export
from tfshim.v1.training.global_step import get_global_step


@export("compat.v1.train.SessionRunArgs")
class SessionRunArgs(collections.namedtuple("SessionRunArgs", ["fetches", "feed_dict", "options"])):
    """What a hook adds to a run: fetches, feeds and options."""

    def __new__(cls, fetches, feed_dict=None, options=None):
        return super().__new__(cls, fetches, feed_dict, options)


@export("compat.v1.train.SessionRunValues")
class SessionRunValues(collections.namedtuple("SessionRunValues", ["results", "options", "run_metadata"])):
    """What a run gives to a hook: the values of its fetches."""


@export("compat.v1.train.SessionRunContext")
class SessionRunContext:
    """What hooks are told of a run, and by what they ask to stop."""

    def __init__(self, original_args, session):
        self._original_args = original_args
        self._session = session
        self._stop_requested = False

    original_args = property(lambda self: self._original_args, doc="The `SessionRunArgs` of the call itself.")
    session = property(lambda self: self._session, doc="The session.")
    stop_requested = property(lambda self: self._stop_requested, doc="Whether a hook asked to stop.")

    def request_stop(self):
        """Makes `should_stop()` true after this run."""
        self._stop_requested = True


@export("compat.v1.train.SessionRunHook")
class SessionRunHook:
    """Is called around the runs of a `MonitoredSession`; subclasses override what they need."""

    def begin(self):
        """Before the session is made: the graph may still be changed."""

    def after_create_session(self, session, coord):
        """When the session has been made and initialised."""

    def before_run(self, run_context):
        """Before each run; may return `SessionRunArgs` to be added to it."""

    def after_run(self, run_context, run_values):
        """After each run, with the values of what `before_run` asked for."""

    def end(self, session):
        """At the end, if nothing failed."""


@export("compat.v1.train.SecondOrStepTimer")
class SecondOrStepTimer:
    """Says when something is due: every so many seconds, or every so many steps."""

    def __init__(self, every_secs=None, every_steps=None):
        if every_secs is None and every_steps is None:
            raise ValueError("Either every_secs or every_steps should be provided.")
        if every_secs is not None and every_steps is not None:
            raise ValueError("Can not provide both every_secs and every_steps.")
        self._every_secs, self._every_steps = every_secs, every_steps
        self.reset()

    def reset(self):
        """Begins anew."""
        self._last_triggered_step = None
        self._last_triggered_time = None

    def should_trigger_for_step(self, step):
        """Whether it is due at a step."""
        if self._last_triggered_step is None:
            return True
        if self._last_triggered_step == step:
            return False
        if self._every_secs is not None and time.time() >= self._last_triggered_time + self._every_secs:
            return True
        return self._every_steps is not None and step >= self._last_triggered_step + self._every_steps

    def update_last_triggered_step(self, step):
        """Notes that it was done at a step; the seconds and steps since the last time, or None twice."""
        now, before, last = time.time(), self._last_triggered_time, self._last_triggered_step
        self._last_triggered_time, self._last_triggered_step = now, step
        return (None, None) if before is None else (now - before, step - last)

    def last_triggered_step(self):
        """The step at which it was done last, or None."""
        return self._last_triggered_step


@export("compat.v1.train.StopAtStepHook")
class StopAtStepHook(SessionRunHook):
    """Stops after `num_steps` steps, or at `last_step`, by the global step."""

    def __init__(self, num_steps=None, last_step=None):
        if num_steps is None and last_step is None:
            raise ValueError("One of num_steps or last_step must be specified.")
        if num_steps is not None and last_step is not None:
            raise ValueError("Only one of num_steps or last_step can be specified.")
        self._num_steps, self._last_step = num_steps, last_step

    def begin(self):
        """RuntimeError without a global step."""
        self._step = get_global_step()
        if self._step is None:
            raise RuntimeError("Global step should be created to use StopAtStepHook.")

    def after_create_session(self, session, coord):
        if self._last_step is None:
            self._last_step = session.run(self._step) + self._num_steps

    def before_run(self, run_context):
        return SessionRunArgs(self._step)

    def after_run(self, run_context, run_values):
        # The value may be that from before the step was counted.
        if run_values.results + 1 >= self._last_step and run_context.session.run(self._step) >= self._last_step:
            run_context.request_stop()


@export("compat.v1.train.NanLossDuringTrainingError")
class NanLossDuringTrainingError(RuntimeError):
    """The loss is nan."""

    def __str__(self) -> str:
        return "NaN loss during training."


@export("compat.v1.train.NanTensorHook")
class NanTensorHook(SessionRunHook):
    """Stops when the loss is nan; raises `NanLossDuringTrainingError` if `fail_on_nan_loss`."""

    def __init__(self, loss_tensor, fail_on_nan_loss=True):
        self._loss_tensor, self._fail_on_nan_loss = loss_tensor, fail_on_nan_loss

    def before_run(self, run_context):
        return SessionRunArgs(self._loss_tensor)

    def after_run(self, run_context, run_values):
        if not np.isnan(run_values.results):
            return
        if self._fail_on_nan_loss:
            get_logger().error("Model diverged with loss = NaN.")
            raise NanLossDuringTrainingError
        get_logger().warning("Model diverged with loss = NaN.")
        run_context.request_stop()


@export("compat.v1.train.LoggingTensorHook")
class LoggingTensorHook(SessionRunHook):
    """Logs tensors (a dict by label, or a list) every so many runs or seconds, or at the end."""

    def __init__(self, tensors, every_n_iter=None, every_n_secs=None, at_end=False, formatter=None):
        only_at_end = at_end and every_n_iter is None and every_n_secs is None
        if not only_at_end and (every_n_iter is None) == (every_n_secs is None):
            raise ValueError("either at_end and/or exactly one of every_n_iter and every_n_secs must be provided.")
        if every_n_iter is not None and every_n_iter <= 0:
            raise ValueError(f"invalid every_n_iter={every_n_iter}.")
        self._order = list(tensors) if isinstance(tensors, dict) else [str(getattr(t, "name", t)) for t in tensors]
        self._tensors = tensors if isinstance(tensors, dict) else dict(zip(self._order, tensors, strict=True))
        self._formatter, self._at_end = formatter, at_end
        self._timer = None if only_at_end else SecondOrStepTimer(every_n_secs, every_n_iter)

    def begin(self):
        if self._timer is not None:
            self._timer.reset()
        self._runs = 0

    def before_run(self, run_context):
        due = self._timer is not None and self._timer.should_trigger_for_step(self._runs)
        return SessionRunArgs(self._tensors) if due else None

    def after_run(self, run_context, run_values):
        if run_values.results is not None:
            self._log(run_values.results)
        self._runs += 1

    def end(self, session):
        if self._at_end:
            self._log(session.run(self._tensors))

    def _log(self, values):
        elapsed = None if self._timer is None else self._timer.update_last_triggered_step(self._runs)[0]
        if self._formatter is not None:
            get_logger().info(self._formatter(values))
            return
        text = ", ".join(f"{label} = {values[label]}" for label in self._order)
        get_logger().info(text if elapsed is None else f"{text} ({elapsed:.3f} sec)")


@export("compat.v1.train.FinalOpsHook")
class FinalOpsHook(SessionRunHook):
    """Runs `final_ops` at the end."""

    def __init__(self, final_ops, final_ops_feed_dict=None):
        self._final_ops, self._feeds = final_ops, final_ops_feed_dict
        self._final_ops_values = None

    final_ops_values = property(lambda self: self._final_ops_values, doc="What they gave.")

    def end(self, session):
        if self._final_ops is not None:
            self._final_ops_values = session.run(self._final_ops, feed_dict=self._feeds)


@export("compat.v1.train.FeedFnHook")
class FeedFnHook(SessionRunHook):
    """Feeds what `feed_fn()` returns, in every run."""

    def __init__(self, feed_fn):
        self.feed_fn = feed_fn

    def before_run(self, run_context):
        return SessionRunArgs(fetches=None, feed_dict=self.feed_fn())


for _class in (SessionRunArgs, SessionRunValues, SessionRunContext, SessionRunHook):
    _class.__module__ = "tensorflow.python.training.session_run_hook"
