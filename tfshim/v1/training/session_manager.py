"""`tf.compat.v1.train.SessionManager`: sessions that are restored or initialised, and known to be ready."""

from __future__ import annotations

import logging
import time
from typing import Any

import numpy as np

from tfshim import errors
from tfshim.checkpoint.state_file import get_checkpoint_state
from tfshim.export import export
from tfshim.graph import Graph
from tfshim.scopes import get_default_graph
from tfshim.v1.session import Session

_log = logging.getLogger("tensorflow")


@export("compat.v1.train.SessionManager")
class SessionManager:
    """Makes sessions of a graph.

    Args:
      local_init_op: runs in each new session, once `ready_for_local_init_op` says so.
      ready_op: gives the names of what is not initialised, as a string vector: empty if all is well.
      ready_for_local_init_op: the same, before `local_init_op`.
      graph: the default graph if None.
      recovery_wait_secs: between looks for a checkpoint or a ready model.
      local_init_run_options: `RunOptions` for `local_init_op`.
      local_init_feed_dict: what `local_init_op` is fed.

    Raises:
      ValueError: `ready_for_local_init_op` without `local_init_op`.
    """

    def __init__(
        self,
        local_init_op=None,
        ready_op=None,
        ready_for_local_init_op=None,
        graph=None,
        recovery_wait_secs=30,
        local_init_run_options=None,
        local_init_feed_dict=None,
    ):
        if ready_for_local_init_op is not None and local_init_op is None:
            raise ValueError(
                "If you pass a ready_for_local_init_op you must also pass a local_init_op, ready_for_local_init_op "
                f"[{ready_for_local_init_op}]"
            )
        self._graph: Graph = graph or get_default_graph()
        self._local_init_op = local_init_op
        self._ready_op = ready_op
        self._ready_for_local_init_op = ready_for_local_init_op
        self._wait_seconds = recovery_wait_secs
        self._local_init_options = (local_init_feed_dict, local_init_run_options)

    def prepare_session(
        self,
        master,
        init_op=None,
        saver=None,
        checkpoint_dir=None,
        checkpoint_filename_with_path=None,
        wait_for_checkpoint=False,
        max_wait_secs=7200,
        config=None,
        init_feed_dict=None,
        init_fn=None,
    ):
        """A session that is ready: restored from a checkpoint if there is one, else initialised.

        Args:
          master: must be empty.
          init_op: runs if there is no checkpoint, fed `init_feed_dict`; `init_fn(session)` is called after it.
          saver: restores the latest checkpoint of `checkpoint_dir`, or `checkpoint_filename_with_path`.
          wait_for_checkpoint: whether to wait for one, for `max_wait_secs`.
          config: as for a session.

        Raises:
          RuntimeError: the model is not ready after all this.
          ValueError: both a folder and a path of a checkpoint.
        """
        session, restored = self._restored(
            master, saver, checkpoint_dir, checkpoint_filename_with_path, wait_for_checkpoint, max_wait_secs, config
        )
        if not restored:
            if init_op is None and not init_fn and self._local_init_op is None:
                raise RuntimeError("Model is not initialized and no init_op or init_fn or local_init_op was given")
            if init_op is not None:
                session.run(init_op, feed_dict=init_feed_dict)
            if init_fn:
                init_fn(session)
        for what, problem in (
            (f"ready for local_init. Init op: {_name(init_op)}, init fn: {init_fn}", self._local_init(session)),
            (f"ready. Init op: {_name(init_op)}, init fn: {init_fn}", self._problem(self._ready_op, session)),
        ):
            if problem is not None:
                raise RuntimeError(
                    f"Init operations did not make model {what}, local_init_op: {_name(self._local_init_op)}, "
                    f"error: {problem}"
                )
        return session

    def recover_session(
        self,
        master,
        saver=None,
        checkpoint_dir=None,
        checkpoint_filename_with_path=None,
        wait_for_checkpoint=False,
        max_wait_secs=7200,
        config=None,
    ):
        """A session, and whether it was restored and is ready; the arguments are those of `prepare_session`."""
        session, restored = self._restored(
            master, saver, checkpoint_dir, checkpoint_filename_with_path, wait_for_checkpoint, max_wait_secs, config
        )
        problem = self._local_init(session)
        if not restored:
            return session, False
        if problem is None:
            problem = self._problem(self._ready_op, session)
        if problem is not None:
            _log.info("Restoring did not make the model ready: %s", problem)
        return session, problem is None

    def wait_for_session(self, master, config=None, max_wait_secs=float("inf")):
        """A session in which somebody else has initialised the model.

        Raises:
          DeadlineExceededError: nobody has within `max_wait_secs`.
        """
        until = time.monotonic() + (float("inf") if max_wait_secs is None else max_wait_secs)
        while True:
            session = Session(master, graph=self._graph, config=config)
            problem = self._local_init(session)
            if problem is None:
                problem = self._problem(self._ready_op, session)
            if problem is None:
                return session
            session.close()
            _log.info("Waiting for the model to be ready: %s", problem)
            if time.monotonic() + self._wait_seconds > until:
                raise errors.DeadlineExceededError(
                    None, None, f"Session was not ready after waiting {max_wait_secs} secs."
                )
            time.sleep(self._wait_seconds)

    def _restored(
        self, master: Any, saver: Any, folder: Any, path: Any, waits: bool, seconds: float, config: Any
    ) -> tuple[Any, bool]:
        """A new session, and whether a checkpoint was restored in it."""
        session = Session(master, graph=self._graph, config=config)
        if folder and path:
            raise ValueError("Can not provide both checkpoint_dir and checkpoint_filename_with_path.")
        if not saver or not (folder or path):
            return session, False
        if path:
            saver.restore(session, path)
            return session, True
        until = time.monotonic() + seconds
        state = get_checkpoint_state(folder)
        while not state or not state.model_checkpoint_path:
            if not waits or time.monotonic() >= until:
                return session, False
            time.sleep(min(self._wait_seconds, max(until - time.monotonic(), 0)))
            state = get_checkpoint_state(folder)
        saver.restore(session, state.model_checkpoint_path)
        saver.recover_last_checkpoints(state.all_model_checkpoint_paths)
        return session, True

    def _local_init(self, session: Any) -> str | None:
        """Runs the local initialisation if the session is ready for it; else what is missing."""
        if self._local_init_op is None:
            return None
        problem = self._problem(self._ready_for_local_init_op, session)
        if problem is None:
            fed, options = self._local_init_options
            session.run(self._local_init_op, feed_dict=fed, options=options)
        return problem

    @staticmethod
    def _problem(ready_op: Any, session: Any) -> str | None:
        """What is missing by such an operation, or None."""
        if ready_op is None:
            return None
        try:
            names = session.run(ready_op)
        except errors.FailedPreconditionError as error:
            return str(error)
        if names is None or np.asarray(names).dtype == np.int32 or not np.size(names):
            return None
        return "Variables not initialized: " + ", ".join(n.decode() for n in np.ravel(names))


def _name(node: Any) -> str | None:
    return None if node is None else getattr(node, "name", str(node))


SessionManager.__module__ = "tensorflow.python.training.session_manager"
