"""`tf.compat.v1.train.Supervisor`: a session with threads that save checkpoints and summaries while it trains."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from tfshim import errors, namespaces, protos
from tfshim.context import context
from tfshim.export import export
from tfshim.scopes import get_default_graph, group
from tfshim.v1 import collections as v1_collections
from tfshim.v1.collections import GraphKeys
from tfshim.v1.training.coordinator import Coordinator, LooperThread
from tfshim.v1.training.global_step import get_global_step
from tfshim.v1.training.session_manager import SessionManager

_log = logging.getLogger("tensorflow")


@export("compat.v1.train.Supervisor")
class Supervisor:
    """Takes care of a graph while it trains: initialises or restores it, and keeps checkpoints and summaries.

    The graph is closed. What is `USE_DEFAULT` is taken from the graph's collections, or made; None leaves it out.

    Args:
      graph: the default graph if None.
      ready_op, ready_for_local_init_op: names of what is not initialised, as for `SessionManager`.
      is_chief: whether this process initialises the model, or waits until another one has.
      init_op, init_feed_dict, init_fn: initialise a model that no checkpoint has.
      local_init_op: runs in each new session.
      logdir: a folder for checkpoints, summaries and the graph; nothing is kept if None.
      summary_op: a summary, kept every `save_summaries_secs`.
      saver: writes checkpoints every `save_model_secs` under the name `checkpoint_basename`.
      global_step: a tensor, the number of checkpoints and summaries.
      recovery_wait_secs: between looks whether the model is ready.
      stop_grace_secs: how long threads have to end.
      session_manager: makes the sessions.
      summary_writer: writes the summaries.
      local_init_run_options: `RunOptions` for `local_init_op`.

    Raises:
      RuntimeError: in eager mode.
    """

    USE_DEFAULT = 0

    def __init__(
        self,
        graph=None,
        ready_op=USE_DEFAULT,
        ready_for_local_init_op=USE_DEFAULT,
        is_chief=True,
        init_op=USE_DEFAULT,
        init_feed_dict=None,
        local_init_op=USE_DEFAULT,
        logdir=None,
        summary_op=USE_DEFAULT,
        saver=USE_DEFAULT,
        global_step=USE_DEFAULT,
        save_summaries_secs=120,
        save_model_secs=600,
        recovery_wait_secs=30,
        stop_grace_secs=120,
        checkpoint_basename="model.ckpt",
        session_manager=None,
        summary_writer=USE_DEFAULT,
        init_fn=None,
        local_init_run_options=None,
    ):
        if graph is None and context.graph is None:
            raise RuntimeError("Supervisors are incompatible with eager execution.")
        self._graph = graph or get_default_graph()
        self._is_chief = is_chief
        self._coord = Coordinator()
        self._init_feed_dict, self._init_fn = init_feed_dict, init_fn
        self._logdir = logdir if is_chief else None
        self._save_summaries_secs = save_summaries_secs if is_chief else None
        self._save_model_secs = save_model_secs if is_chief else None
        self._stop_grace_secs = stop_grace_secs
        self._recovery_wait_secs = recovery_wait_secs
        self._save_path = os.path.join(logdir, checkpoint_basename) if logdir and is_chief else None
        with self._graph.as_default():
            self._init_op = self._chosen(init_op, GraphKeys.INIT_OP, v1_collections.global_variables_initializer)
            self._ready_op = self._chosen(ready_op, GraphKeys.READY_OP, v1_collections.report_uninitialized_variables)
            self._ready_for_local_init_op = self._chosen(
                ready_for_local_init_op, GraphKeys.READY_FOR_LOCAL_INIT_OP, _uninitialised_globals
            )
            self._local_init_op = self._chosen(local_init_op, GraphKeys.LOCAL_INIT_OP, _local_init_op)
            self._saver = self._chosen(saver, GraphKeys.SAVERS, _new_saver)
            self._summary_op = self._chosen(summary_op, GraphKeys.SUMMARY_OP, _merged_summaries)
            self._global_step = get_global_step(self._graph) if global_step == self.USE_DEFAULT else global_step
            ready = self._ready_for_local_init_op if self._local_init_op is not None else None
            self._session_manager = session_manager or SessionManager(
                local_init_op=self._local_init_op,
                ready_op=self._ready_op,
                ready_for_local_init_op=ready,
                graph=self._graph,
                recovery_wait_secs=recovery_wait_secs,
                local_init_run_options=local_init_run_options,
            )
        self._summary_writer: Any = None
        if is_chief and summary_writer is self.USE_DEFAULT and self._logdir:
            self._summary_writer = namespaces.resolve("compat.v1.summary.FileWriter")(self._logdir)  # type: ignore[operator]
        elif is_chief and summary_writer is not self.USE_DEFAULT:
            self._summary_writer = summary_writer
        self._graph.finalize()

    def _chosen(self, given: Any, key: str, make: Callable[[], Any]) -> Any:
        if given is not self.USE_DEFAULT:
            return given
        found = self._graph.get_collection(key)
        if found:
            return found[0]
        made = make()
        if made is not None:
            self._graph.add_to_collection(key, made)
        return made

    is_chief = property(lambda self: self._is_chief, doc="Whether this process initialises the model.")
    session_manager = property(lambda self: self._session_manager, doc="What makes the sessions.")
    coord = property(lambda self: self._coord, doc="The coordinator of the threads.")
    init_op = property(lambda self: self._init_op, doc="What initialises the model.")
    init_feed_dict = property(lambda self: self._init_feed_dict, doc="What `init_op` is fed.")
    ready_op = property(lambda self: self._ready_op, doc="What tells that the model is ready.")
    ready_for_local_init_op = property(lambda self: self._ready_for_local_init_op, doc="As given, or made.")
    summary_writer = property(lambda self: self._summary_writer, doc="What writes the summaries, or None.")
    summary_op = property(lambda self: self._summary_op, doc="The summary, or None.")
    save_summaries_secs = property(lambda self: self._save_summaries_secs, doc="Seconds between summaries.")
    saver = property(lambda self: self._saver, doc="What writes the checkpoints, or None.")
    global_step = property(lambda self: self._global_step, doc="The number of steps, a tensor, or None.")
    save_model_secs = property(lambda self: self._save_model_secs, doc="Seconds between checkpoints.")
    save_path = property(lambda self: self._save_path, doc="The path of checkpoints, or None.")

    # Sessions

    def prepare_or_wait_for_session(
        self, master="", config=None, wait_for_checkpoint=False, max_wait_secs=7200, start_standard_services=True
    ):
        """A session that is ready, with its queue runners started, and the services if asked for."""
        self._coord.clear_stop()
        if self._is_chief:
            session = self._session_manager.prepare_session(
                master,
                init_op=self._init_op,
                saver=self._saver,
                checkpoint_dir=self._logdir,
                wait_for_checkpoint=wait_for_checkpoint,
                max_wait_secs=max_wait_secs,
                config=config,
                init_feed_dict=self._init_feed_dict,
                init_fn=self._init_fn,
            )
            self._write_graph()
            if start_standard_services:
                self.start_standard_services(session)
        else:
            session = self._session_manager.wait_for_session(master, config=config, max_wait_secs=max_wait_secs)
        if start_standard_services:
            self.start_queue_runners(session)
        return session

    def _write_graph(self) -> None:
        if self._logdir:
            write = namespaces.resolve("compat.v1.train.write_graph")
            write(self._graph.as_graph_def(add_shapes=True), self._logdir, "graph.pbtxt")  # type: ignore[operator]
        if self._summary_writer is not None:
            self._summary_writer.add_graph(self._graph)

    @contextlib.contextmanager
    def managed_session(
        self, master="", config=None, start_standard_services=True, close_summary_writer=True
    ) -> Iterator[Any]:
        """A scope with a session; at its end the threads are stopped, and what failed in them is raised."""
        session = None
        try:
            session = self.prepare_or_wait_for_session(
                master=master, config=config, start_standard_services=start_standard_services
            )
            yield session
        except Exception as error:
            self.request_stop(error)
        finally:
            try:
                self.stop(close_summary_writer=close_summary_writer)
            finally:
                if session is not None:
                    session.close()

    # Threads

    def start_standard_services(self, sess):
        """Starts the threads that save: summaries, the speed of steps, checkpoints. They are returned.

        Raises:
          RuntimeError: this process is not the chief.
        """
        if not self._is_chief:
            raise RuntimeError(
                "Only chief supervisor can start standard services. Because only chief supervisors can write events."
            )
        if not self._logdir:
            _log.warning("Standard services need a 'logdir' passed to the SessionManager")
            return []
        if self._global_step is not None and self._summary_writer is not None:
            start = protos.SessionLog(status=protos.SessionLog.START)  # type: ignore[attr-defined]
            self._summary_writer.add_session_log(start, int(sess.run(self._global_step)))
        services: list[tuple[float, Callable[[Any], None]]] = []
        if self._save_summaries_secs and self._summary_writer is not None:
            if self._summary_op is not None:
                services.append((self._save_summaries_secs, self._save_summary))
            if self._global_step is not None:
                services.append((self._save_summaries_secs, _Speed(self).save))
        if self._saver and self._save_model_secs:
            services.append((self._save_model_secs, self._save_model))
        threads = [LooperThread(self._coord, seconds, target=service, args=(sess,)) for seconds, service in services]
        for thread in threads:
            thread.start()
        return threads

    def _save_summary(self, session: Any) -> None:
        if self._global_step is None:
            self._summary_writer.add_summary(session.run(self._summary_op))
        else:
            summary, step = session.run([self._summary_op, self._global_step])
            self._summary_writer.add_summary(summary, step)

    def _save_model(self, session: Any) -> None:
        self._saver.save(session, self._save_path, global_step=self._global_step)

    def start_queue_runners(self, sess, queue_runners=None):
        """Starts the threads of queue runners, those of the graph by default, and returns them."""
        runners = self._graph.get_collection(GraphKeys.QUEUE_RUNNERS) if queue_runners is None else queue_runners
        return [t for r in runners for t in r.create_threads(sess, coord=self._coord, daemon=True, start=True)]

    def loop(self, timer_interval_secs, target, args=None, kwargs=None):
        """Starts and returns a thread that calls `target` every so many seconds, or again at once if None."""
        thread = LooperThread(self._coord, timer_interval_secs, target=target, args=args, kwargs=kwargs)
        thread.start()
        return thread

    def stop(self, threads=None, close_summary_writer=True, ignore_live_threads=False):
        """Stops all threads and waits for them; raises what failed in one of them."""
        self._coord.request_stop()
        try:
            self._coord.join(
                threads, stop_grace_period_secs=self._stop_grace_secs, ignore_live_threads=ignore_live_threads
            )
        finally:
            if close_summary_writer and self._summary_writer is not None:
                log = protos.SessionLog(status=protos.SessionLog.STOP)  # type: ignore[attr-defined]
                self._summary_writer.add_session_log(log)
                self._summary_writer.close()

    def request_stop(self, ex=None):
        """Asks the threads to stop, because of an exception if one is given."""
        self._coord.request_stop(ex)

    def should_stop(self):
        """Whether somebody asked to stop."""
        return self._coord.should_stop()

    def stop_on_exception(self):
        """A scope in which exceptions ask to stop."""
        return self._coord.stop_on_exception()

    def wait_for_stop(self):
        """Waits until somebody asks to stop."""
        self._coord.wait_for_stop()

    def summary_computed(self, sess, summary, global_step=None):
        """Writes a summary; RuntimeError without a writer."""
        if not self._summary_writer:
            raise RuntimeError("Using Supervisor.summary_computed requires a summary writer.")
        if global_step is None and self._global_step is not None:
            global_step = int(sess.run(self._global_step))
        self._summary_writer.add_summary(summary, global_step)

    PrepareSession = prepare_or_wait_for_session
    StartQueueRunners = start_queue_runners
    StartStandardServices = start_standard_services
    Stop = stop
    RequestStop = request_stop
    Loop = loop
    ShouldStop = should_stop
    StopOnException = stop_on_exception
    WaitForStop = wait_for_stop
    SummaryComputed = summary_computed


class _Speed:
    """How many steps a second are made, as a summary."""

    def __init__(self, supervisor: Supervisor):
        self._supervisor = supervisor
        self._before: tuple[float, int] | None = None

    def save(self, session: Any) -> None:
        """Writes the speed since the last time."""
        step = self._supervisor.global_step
        now, count = time.monotonic(), int(session.run(step))
        if self._before is not None and count > self._before[1]:
            per_second = (count - self._before[1]) / max(now - self._before[0], 1e-9)
            value = protos.Summary.Value(tag=f"{step.op.name}/sec", simple_value=per_second)  # type: ignore[attr-defined]
            self._supervisor.summary_writer.add_summary(protos.Summary(value=[value]), count)  # type: ignore[attr-defined]
        self._before = now, count


def _uninitialised_globals() -> Any:
    return v1_collections.report_uninitialized_variables(v1_collections.global_variables())


def _local_init_op() -> Any:
    both = [v1_collections.local_variables_initializer(), v1_collections.tables_initializer()]
    return group(*both)


def _new_saver() -> Any:
    return namespaces.resolve("compat.v1.train.Saver")() if v1_collections.global_variables() else None  # type: ignore[operator]


def _merged_summaries() -> Any:
    summaries = get_default_graph().get_collection(GraphKeys.SUMMARIES)
    return namespaces.resolve("compat.v1.summary.merge_all")() if summaries else None  # type: ignore[operator]


Supervisor.__module__ = "tensorflow.python.training.supervisor"


@export("compat.v1.train.basic_train_loop")
def basic_train_loop(supervisor, train_step_fn, args=None, kwargs=None, master=""):
    """Calls `train_step_fn(session, *args, **kwargs)` until the supervisor is asked to stop.

    After AbortedError it goes on in a new session.
    """
    while True:
        try:
            with supervisor.managed_session(master) as session:
                while not supervisor.should_stop():
                    train_step_fn(session, *(args or []), **(kwargs or {}))
            return
        except errors.AbortedError as error:
            _log.info("A new session is made after: %s", error)
