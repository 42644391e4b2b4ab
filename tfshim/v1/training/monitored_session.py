"""`tf.compat.v1.train.MonitoredSession`: a session that initialises itself and calls hooks around its runs."""

from __future__ import annotations

import inspect
import logging
from typing import Any

from tfshim import errors, protos
from tfshim.checkpoint.state_file import get_checkpoint_state
from tfshim.export import export
from tfshim.scopes import get_default_graph, group
from tfshim.v1.collections import (
    GraphKeys,
    add_to_collection,
    get_collection,
    global_variables,
    global_variables_initializer,
    local_variables_initializer,
    report_uninitialized_variables,
    tables_initializer,
)
from tfshim.v1.session import Session
from tfshim.v1.summaries import merge_all
from tfshim.v1.training.checkpoint_hooks import CheckpointSaverHook, saver_or_default
from tfshim.v1.training.coordinator import Coordinator
from tfshim.v1.training.hooks import SessionRunArgs, SessionRunContext, SessionRunValues
from tfshim.v1.training.queue_runner import start_queue_runners
from tfshim.v1.training.session_manager import SessionManager
from tfshim.v1.training.summary_hooks import StepCounterHook, SummarySaverHook


@export("compat.v1.train.Scaffold")
class Scaffold:
    """What a graph needs before it runs: by default, that its variables and tables are initialised.

    `ready_op` and `ready_for_local_init_op` are kept and not used. `saver` is a `Saver`; by default the one in the
    graph's collection, or a new one for all variables. `summary_op` merges all summaries by default.
    """

    def __init__(
        self,
        init_op=None,
        init_feed_dict=None,
        init_fn=None,
        ready_op=None,
        ready_for_local_init_op=None,
        local_init_op=None,
        summary_op=None,
        saver=None,
        copy_from_scaffold=None,
        local_init_feed_dict=None,
    ):
        given = {name: value for name, value in locals().items() if name not in ("self", "copy_from_scaffold")}
        for name, value in given.items():
            if value is None and copy_from_scaffold is not None:
                value = getattr(copy_from_scaffold, f"_{name}")
            setattr(self, f"_{name}", value)

    init_op = property(lambda self: self._init_op, doc="Runs once at the beginning.")
    init_feed_dict = property(lambda self: self._init_feed_dict, doc="What `init_op` is fed.")
    init_fn = property(lambda self: self._init_fn, doc="A function of scaffold and session, called after `init_op`.")
    ready_op = property(lambda self: self._ready_op, doc="As given.")
    ready_for_local_init_op = property(lambda self: self._ready_for_local_init_op, doc="As given.")
    local_init_op = property(lambda self: self._local_init_op, doc="Runs after `init_op`.")
    local_init_feed_dict = property(lambda self: self._local_init_feed_dict, doc="What `local_init_op` is fed.")
    summary_op = property(lambda self: self._summary_op, doc="A tensor with a serialized `Summary`, or None.")
    saver = property(lambda self: self._saver, doc="The `Saver`.")

    @staticmethod
    def default_local_init_op():
        """The operation that initialises local variables and tables."""
        return group(local_variables_initializer(), tables_initializer())

    @staticmethod
    def get_or_default(arg_name, collection_key, default_constructor):
        """The only element of a collection, or what the constructor makes, which goes into it."""
        found = get_collection(collection_key)
        if len(found) > 1:
            raise RuntimeError(f"More than one item in the collection {collection_key!r}: give {arg_name} itself")
        if found:
            return found[0]
        made = default_constructor()
        if made is not None:
            add_to_collection(collection_key, made)
        return made

    def finalize(self):
        """Makes what was not given, and closes the graph; the scaffold itself."""
        if self._init_op is None:
            self._init_op = Scaffold.get_or_default("init_op", GraphKeys.INIT_OP, global_variables_initializer)
        if self._local_init_op is None:
            make = Scaffold.default_local_init_op
            self._local_init_op = Scaffold.get_or_default("local_init_op", GraphKeys.LOCAL_INIT_OP, make)
        if self._summary_op is None:
            self._summary_op = Scaffold.get_or_default("summary_op", GraphKeys.SUMMARY_OP, merge_all)
        if self._saver is None:
            self._saver = saver_or_default()
        self._saver.build()
        get_default_graph().finalize()
        return self


@export("compat.v1.train.SessionCreator")
class SessionCreator:
    """Makes the session of a `MonitoredSession`."""

    def create_session(self):
        """The session."""
        raise NotImplementedError(f"create_session is not implemented for {self}.")


@export("compat.v1.train.ChiefSessionCreator")
class ChiefSessionCreator(SessionCreator):
    """Makes a session, and restores a checkpoint (the latest of a folder) or initialises it by a scaffold.

    Raises ValueError, when the session is made, for a folder and a path.
    """

    def __init__(self, scaffold=None, master="", config=None, checkpoint_dir=None, checkpoint_filename_with_path=None):
        self._scaffold = scaffold or Scaffold()
        self._options = (master, config)
        self._checkpoint_dir = checkpoint_dir
        self._checkpoint_path = checkpoint_filename_with_path

    def create_session(self):
        """The session, restored or initialised."""
        scaffold, (master, config) = self._scaffold.finalize(), self._options
        session = Session(master, config=config)
        if not self._restored(scaffold.saver, session):
            session.run(scaffold.init_op, feed_dict=scaffold.init_feed_dict)
            if scaffold.init_fn is not None:
                scaffold.init_fn(scaffold, session)
        session.run(scaffold.local_init_op, feed_dict=scaffold.local_init_feed_dict)
        return session

    def _restored(self, saver: Any, session: Any) -> bool:
        """Restores the checkpoint, if there is one."""
        if self._checkpoint_dir and self._checkpoint_path:
            raise ValueError("Can not provide both checkpoint_dir and checkpoint_filename_with_path.")
        if self._checkpoint_path:
            saver.restore(session, self._checkpoint_path)
            return True
        state = get_checkpoint_state(self._checkpoint_dir) if self._checkpoint_dir else None
        if state is None:
            return False
        saver.restore(session, state.model_checkpoint_path)
        # Old checkpoints are deleted in time, as if this saver had written them.
        saver.recover_last_checkpoints(state.all_model_checkpoint_paths)
        return True


@export("compat.v1.train.WorkerSessionCreator")
class WorkerSessionCreator(SessionCreator):
    """Makes a session of a model that somebody else initialises, and waits for that.

    As no process shares its variables with another one here, that is only ever a model without variables.

    Raises DeadlineExceededError, when the session is made, after `max_wait_secs`.
    """

    def __init__(self, scaffold=None, master="", config=None, max_wait_secs=30 * 60):
        self._scaffold = scaffold or Scaffold()
        self._options = (master, config, max_wait_secs)

    def create_session(self):
        """The session, once the model is ready."""
        ready = [
            given if given is not None else report_uninitialized_variables(variables)
            for given, variables in (
                (self._scaffold.ready_op, None),
                (self._scaffold.ready_for_local_init_op, global_variables()),
            )
        ]
        scaffold = self._scaffold.finalize()
        manager = SessionManager(
            local_init_op=scaffold.local_init_op,
            local_init_feed_dict=scaffold.local_init_feed_dict,
            ready_op=ready[0],
            ready_for_local_init_op=ready[1],
        )
        master, config, seconds = self._options
        return manager.wait_for_session(master, config=config, max_wait_secs=seconds)


def _merged(options: Any, more: Any) -> Any:
    """The options of a run for which hooks ask for more."""
    if more is None:
        return options
    merged = protos.RunOptions()
    merged.CopyFrom(options)
    merged.trace_level = max(options.trace_level, more.trace_level)
    merged.timeout_in_ms = max(options.timeout_in_ms, more.timeout_in_ms)
    merged.output_partition_graphs = options.output_partition_graphs or more.output_partition_graphs
    return merged


# Failures of machines, not of the program.
_PREEMPTIONS = (errors.AbortedError, errors.UnavailableError)


class _MonitoredSession:
    """What monitored sessions have in common."""

    # Whether another session takes the place of one that a machine failed.
    _recovers = False

    class StepContext:
        """What a step function works with: the session itself, a run with hooks, and how to stop."""

        def __init__(self, session, run_with_hooks_fn):
            self._session = session
            self._run_with_hooks_fn = run_with_hooks_fn

        session = property(lambda self: self._session, doc="The session without hooks.")

        def run_with_hooks(self, *args, **kwargs):
            """As `MonitoredSession.run`."""
            return self._run_with_hooks_fn(*args, **kwargs)

        def request_stop(self):
            """Leaves the step function and stops."""
            raise StopIteration("step_fn has requested the iterations to stop.")

    def __init__(self, session_creator, hooks, stop_grace_period_secs):
        self._creator = session_creator
        self._hooks = list(hooks or [])
        self._grace = stop_grace_period_secs
        self._graph_was_open = not get_default_graph().finalized
        self._graph = get_default_graph()
        for hook in self._hooks:
            hook.begin()
        self._sess: Any = None
        if self._recovers:
            while not self._started():
                pass
        else:
            self._start()

    def _start(self) -> None:
        """Makes the session, and starts the threads that it needs."""
        self._coord = Coordinator()
        self._sess = self._creator.create_session()
        start_queue_runners(self._sess, self._coord)
        for hook in self._hooks:
            hook.after_create_session(self._sess, self._coord)

    def _started(self) -> bool:
        try:
            self._start()
        except _PREEMPTIONS as error:
            logging.getLogger("tensorflow").info("An error occurred while a session was created: %s", error)
            return False
        return True

    def _restart(self, error: Exception) -> None:
        """After a failure of the machine: another session takes the place of the old one."""
        logging.getLogger("tensorflow").info("A new session is created after: %s", error)
        session, self._sess = self._sess, None
        self._coord.request_stop()
        self._coord.join(stop_grace_period_secs=self._grace, ignore_live_threads=True)
        session.close()
        while not self._started():
            pass

    @property
    def graph(self) -> Any:
        """The graph, or None once the session is closed."""
        return None if self._sess is None else self._sess.graph

    def run(self, fetches, feed_dict=None, options=None, run_metadata=None):
        """Runs the fetches, and what the hooks ask for."""
        while True:
            try:
                return self._run(fetches, feed_dict, options, run_metadata)
            except _PREEMPTIONS as error:
                if not self._recovers:
                    raise
                self._restart(error)

    def _run(self, fetches: Any, feed_dict: Any, options: Any, run_metadata: Any) -> Any:
        self._check_open()
        given = SessionRunArgs(fetches, feed_dict, options)
        run_context = SessionRunContext(given, self._sess)
        every: dict[Any, Any] = {"caller": fetches}
        fed = dict(feed_dict or {})
        options = _merged(protos.RunOptions(), options)
        for hook in self._hooks:
            asked = hook.before_run(run_context)
            if asked is None:
                continue
            if asked.fetches is not None:
                every[hook] = asked.fetches
            for tensor, value in (asked.feed_dict or {}).items():
                if tensor in fed:
                    raise RuntimeError("Same tensor is fed by two hooks or by a hook and by the caller.")
                fed[tensor] = value
            options = _merged(options, asked.options)
        wanted = run_metadata is not None or options.trace_level or options.output_partition_graphs
        run_metadata = protos.RunMetadata() if run_metadata is None else run_metadata
        try:
            found = self._sess.run(every, feed_dict=fed, options=options, run_metadata=run_metadata if wanted else None)
        except errors.OutOfRangeError as error:
            self._coord.request_stop(error)
            raise
        for hook in self._hooks:
            hook.after_run(run_context, SessionRunValues(found.get(hook), options, run_metadata))
        if run_context.stop_requested:
            self._coord.request_stop()
        return found["caller"]

    def run_step_fn(self, step_fn):
        """Calls `step_fn(step_context)`, which runs what it likes."""
        names = list(inspect.signature(step_fn).parameters)
        if names not in (["step_context"], ["self", "step_context"]):
            raise ValueError(f"`step_fn` may either have one `step_context` argument, or two with `self`. Got {names}.")
        self._check_open()
        while True:
            context = self.StepContext(self._sess, self._run_once)
            try:
                return step_fn(self, context) if len(names) == 2 else step_fn(context)
            except _PREEMPTIONS as error:
                if not self._recovers:
                    raise
                self._restart(error)

    def _run_once(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        return self._run(fetches, feed_dict, options, run_metadata)

    def should_stop(self):
        """Whether a hook asked to stop, the data came to an end, or the session is closed."""
        return self._sess is None or self._coord.should_stop()

    def close(self):
        """Ends the hooks and closes the session."""
        self._close(None)

    def _check_open(self) -> None:
        if self._sess is None or self._coord.should_stop() and self._coord.joined:
            raise RuntimeError("Run called even after should_stop requested.")

    def _close(self, failure: Any) -> None:
        session = self._sess
        if session is None:
            raise RuntimeError("Session is already closed.")
        try:
            if failure is None:
                for hook in self._hooks:
                    hook.end(session)
        finally:
            self._coord.request_stop()
            self._coord.join(stop_grace_period_secs=self._grace, ignore_live_threads=True)
            session.close()
            self._sess = None
            if self._graph_was_open:
                self._graph._finalized = False

    def __enter__(self) -> Any:
        return self

    def __exit__(self, kind: Any, value: Any, trace: Any) -> bool:
        # The end of the data, and a step function's wish to stop, are no failures.
        if kind is not None and issubclass(kind, (errors.OutOfRangeError, StopIteration)):
            kind = None
        self._close(kind)
        return kind is None


@export("compat.v1.train.MonitoredSession")
class MonitoredSession(_MonitoredSession):
    """Makes and initialises a session of the default graph, runs it with hooks, and closes it.

    Args:
      session_creator: by default `ChiefSessionCreator()`.
      hooks: `SessionRunHook`s.
      stop_grace_period_secs: how long threads have to end.

    After AbortedError and UnavailableError a new session is made, and the run is tried again.
    """

    _recovers = True

    def __init__(self, session_creator=None, hooks=None, stop_grace_period_secs=120):
        super().__init__(session_creator or ChiefSessionCreator(), hooks, stop_grace_period_secs)


# Marks an argument that was not given, where None has a meaning.
_USE_DEFAULT: Any = object()
_DEFAULT_CHECKPOINT_SECONDS = 600
_DEFAULT_SUMMARY_STEPS = 100


@export("compat.v1.train.MonitoredTrainingSession")
def MonitoredTrainingSession(
    master="",
    is_chief=True,
    checkpoint_dir=None,
    scaffold=None,
    hooks=None,
    chief_only_hooks=None,
    save_checkpoint_secs=_USE_DEFAULT,
    save_summaries_steps=_USE_DEFAULT,
    save_summaries_secs=_USE_DEFAULT,
    config=None,
    stop_grace_period_secs=120,
    log_step_count_steps=100,
    max_wait_secs=7200,
    save_checkpoint_steps=_USE_DEFAULT,
    summary_dir=None,
    save_graph_def=True,
):
    """A `MonitoredSession` that starts from the latest checkpoint of a folder, and saves checkpoints there.

    Args:
      master, config: of the session.
      is_chief: False for a worker, which waits for another one to initialise the model (`WorkerSessionCreator`) and
        saves nothing.
      checkpoint_dir: the folder; None: no checkpoints.
      scaffold: the `Scaffold`.
      hooks, chief_only_hooks: more hooks.
      save_checkpoint_secs, save_checkpoint_steps: how often checkpoints are saved, by default every 600 seconds.
      save_summaries_steps, save_summaries_secs: how often summaries are written, by default every 100 steps.
      stop_grace_period_secs: how long threads have to end.
      log_step_count_steps: log the speed every so many steps.
      max_wait_secs: how long a worker waits.
      summary_dir: folder of the summaries, if it is not that of the checkpoints.
      save_graph_def: whether graphs are saved with checkpoints.
    """
    if not is_chief:
        worker = WorkerSessionCreator(scaffold, master, config, max_wait_secs)
        return MonitoredSession(worker, hooks, stop_grace_period_secs)
    if save_checkpoint_secs is _USE_DEFAULT:
        save_checkpoint_secs = _DEFAULT_CHECKPOINT_SECONDS if save_checkpoint_steps is _USE_DEFAULT else None
    if save_checkpoint_steps is _USE_DEFAULT:
        save_checkpoint_steps = None
    if save_summaries_steps is _USE_DEFAULT:
        save_summaries_steps = _DEFAULT_SUMMARY_STEPS if save_summaries_secs is _USE_DEFAULT else None
    if save_summaries_secs is _USE_DEFAULT:
        save_summaries_secs = None
    scaffold = scaffold or Scaffold()
    all_hooks = list(chief_only_hooks or [])
    summary_dir = summary_dir or checkpoint_dir
    if summary_dir and (log_step_count_steps or 0) > 0:
        all_hooks.append(StepCounterHook(every_n_steps=log_step_count_steps, output_dir=summary_dir))
    if summary_dir and ((save_summaries_steps or 0) > 0 or (save_summaries_secs or 0) > 0):
        writing = SummarySaverHook(
            save_steps=save_summaries_steps,
            save_secs=save_summaries_secs,
            output_dir=summary_dir,
            scaffold=scaffold,
        )
        all_hooks.append(writing)
    if checkpoint_dir and ((save_checkpoint_secs or 0) > 0 or (save_checkpoint_steps or 0) > 0):
        saving = CheckpointSaverHook(
            checkpoint_dir,
            save_secs=save_checkpoint_secs,
            save_steps=save_checkpoint_steps,
            scaffold=scaffold,
            save_graph_def=save_graph_def,
        )
        all_hooks.append(saving)
    creator = ChiefSessionCreator(scaffold, master, config, checkpoint_dir)
    return MonitoredSession(creator, [*all_hooks, *(hooks or [])], stop_grace_period_secs)


@export("compat.v1.train.SingularMonitoredSession")
class SingularMonitoredSession(_MonitoredSession):
    """A `MonitoredSession` over one session, which `raw_session()` gives."""

    def __init__(
        self,
        hooks=None,
        scaffold=None,
        master="",
        config=None,
        checkpoint_dir=None,
        stop_grace_period_secs=120,
        checkpoint_filename_with_path=None,
    ):
        creator = ChiefSessionCreator(scaffold, master, config, checkpoint_dir, checkpoint_filename_with_path)
        super().__init__(creator, hooks, stop_grace_period_secs)

    def raw_session(self):
        """The session without hooks."""
        return self._sess


_CREATORS = (SessionCreator, ChiefSessionCreator, WorkerSessionCreator)
for _class in (Scaffold, *_CREATORS, MonitoredSession, SingularMonitoredSession):
    _class.__module__ = "tensorflow.python.training.monitored_session"
