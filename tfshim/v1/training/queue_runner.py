"""`tf.compat.v1.train.QueueRunner`: threads that fill a queue while a session runs."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Sequence
from typing import Any

from tfshim import errors, protos
from tfshim.context import context
from tfshim.export import export
from tfshim.protos.scoped_names import is_within, prepend, strip
from tfshim.scopes import get_default_graph
from tfshim.v1.collections import GraphKeys, add_to_collection, get_collection
from tfshim.v1.session import BaseSession


@export("compat.v1.train.QueueRunner", "compat.v1.train.queue_runner.QueueRunner")
class QueueRunner:
    """Runs each of some operations that fill a queue, again and again, in a thread of its own.

    Args:
      queue: a queue of the graph.
      enqueue_ops: operations that put something in.
      close_op: runs once all threads have ended; closes the queue by default.
      cancel_op: runs where a coordinator stops the threads; by default closes the queue and cancels what waits.
      queue_closed_exception_types: errors that end a thread quietly; OutOfRangeError by default.
      queue_runner_def: a `QueueRunnerDef`, which names the nodes of all these in the graph.
      import_scope: put before those names.

    Raises:
      RuntimeError: in eager mode.
      ValueError: without queue or operations.
      TypeError: for exception types that are no tuple of `tf.errors.OpError`s.
    """

    def __init__(
        self,
        queue: Any = None,
        enqueue_ops: Sequence[Any] | None = None,
        close_op: Any = None,
        cancel_op: Any = None,
        queue_closed_exception_types: tuple[type, ...] | None = None,
        queue_runner_def: Any = None,
        import_scope: str | None = None,
    ):
        if context.graph is None:
            raise RuntimeError("queue runners work in graphs only: in eager mode, use tf.data")
        if queue_runner_def is not None:
            if queue or enqueue_ops:
                raise ValueError("queue_runner_def and queue are mutually exclusive.")
            queue, enqueue_ops, close_op, cancel_op, queue_closed_exception_types = _parts(
                queue_runner_def, import_scope
            )
        if not queue or not enqueue_ops:
            raise ValueError("a queue runner must be given a queue and operations that fill it")
        closed = queue_closed_exception_types or (errors.OutOfRangeError,)
        if not isinstance(closed, tuple) or not all(
            isinstance(t, type) and issubclass(t, errors.OpError) for t in closed
        ):
            raise TypeError(f"queue_closed_exception_types must be a tuple of tf.errors.OpErrors, not {closed!r}")
        self._queue = queue
        self._enqueue_ops = list(enqueue_ops)
        self._close_op = queue.close() if close_op is None else close_op
        self._cancel_op = queue.close(cancel_pending_enqueues=True) if cancel_op is None else cancel_op
        self._closed_types = closed
        self._lock = threading.Lock()
        # How many threads still run, by session.
        self._running: weakref.WeakKeyDictionary[BaseSession, int] = weakref.WeakKeyDictionary()
        self._raised: list[Exception] = []

    queue = property(lambda self: self._queue, doc="The queue.")
    name = property(lambda self: self._queue.name, doc="Name of the queue.")
    enqueue_ops = property(lambda self: self._enqueue_ops, doc="The operations that fill it.")
    close_op = property(lambda self: self._close_op, doc="Runs once all threads have ended.")
    cancel_op = property(lambda self: self._cancel_op, doc="Runs where a coordinator stops the threads.")
    queue_closed_exception_types = property(lambda self: self._closed_types, doc="Errors that end a thread quietly.")
    exceptions_raised = property(lambda self: self._raised, doc="What stopped threads without a coordinator.")

    def create_threads(
        self, sess: BaseSession, coord: Any = None, daemon: bool = False, start: bool = False
    ) -> list[threading.Thread]:
        """The threads for a session; none while those of an earlier call run.

        A coordinator is told of errors, and stops the threads; without one, errors are kept in `exceptions_raised`.
        """
        with self._lock:
            if self._running.get(sess):
                return []
            self._running[sess] = len(self._enqueue_ops)
            self._raised.clear()
        work: list[tuple[str, Any, tuple[Any, ...]]] = [
            (op.name, self._fill, (sess, op, coord)) for op in self._enqueue_ops
        ]
        if coord is not None:
            work.append(("close_on_stop", self._cancel_on_stop, (sess, coord)))
        threads = []
        for what, target, args in work:
            name = f"QueueRunnerThread-{self.name}-{what}"
            thread = threading.Thread(target=target, args=args, name=name, daemon=True if daemon else None)
            threads.append(thread)
            if coord is not None:
                coord.register_thread(thread)
        for thread in threads if start else ():
            thread.start()
        return threads

    def _fill(self, session: BaseSession, enqueue_op: Any, coord: Any) -> None:
        enqueue = session.make_callable(enqueue_op)
        closed = False
        try:
            while coord is None or not coord.should_stop():
                enqueue()
        except self._closed_types:
            closed = True
        except Exception as error:
            if coord is not None:
                coord.request_stop(error)
            else:
                logging.getLogger("tensorflow").error("Exception in QueueRunner: %s", error)
                with self._lock:
                    self._raised.append(error)
                raise
        finally:
            with self._lock:
                self._running[session] -= 1
                last = not self._running[session]
            if closed and last:
                self._quietly(session, self._close_op)

    def _cancel_on_stop(self, session: BaseSession, coord: Any) -> None:
        coord.wait_for_stop()
        self._quietly(session, self._cancel_op)

    @staticmethod
    def _quietly(session: BaseSession, op: Any) -> None:
        try:
            session.run(op)
        except Exception as error:
            # The session may be closed by now, and the queue with it.
            logging.getLogger("tensorflow").debug("Ignored exception while closing a queue: %s", error)

    def to_proto(self, export_scope: str | None = None) -> Any:
        """The `QueueRunnerDef`, without the scope `export_scope` in its names; None if they are not in it."""
        if not is_within(self.queue.name, export_scope):
            return None
        codes = [kind(None, None, "").error_code for kind in self._closed_types]
        return protos.QueueRunnerDef(  # type: ignore[attr-defined]
            queue_name=strip(self.queue.name, export_scope),
            enqueue_op_name=[strip(op.name, export_scope) for op in self._enqueue_ops],
            close_op_name=strip(self._close_op.name, export_scope),
            cancel_op_name=strip(self._cancel_op.name, export_scope),
            queue_closed_exception_types=codes,
        )

    @staticmethod
    def from_proto(queue_runner_def: Any, import_scope: str | None = None) -> QueueRunner:
        """The runner of the default graph's nodes that a `QueueRunnerDef` names."""
        return QueueRunner(queue_runner_def=queue_runner_def, import_scope=import_scope)


def _parts(definition: Any, scope: str | None) -> tuple[Any, list[Any], Any, Any, tuple[Any, ...] | None]:
    def element(name: str) -> Any:
        return get_default_graph().as_graph_element(prepend(name, scope))

    kinds = tuple(errors.exception_type_from_error_code(code) for code in definition.queue_closed_exception_types)
    return (
        element(definition.queue_name),
        [element(name) for name in definition.enqueue_op_name],
        element(definition.close_op_name),
        element(definition.cancel_op_name),
        kinds or None,
    )


QueueRunner.__module__ = "tensorflow.python.training.queue_runner_impl"


@export("compat.v1.train.add_queue_runner", "compat.v1.train.queue_runner.add_queue_runner")
def add_queue_runner(qr: QueueRunner, collection: str = GraphKeys.QUEUE_RUNNERS) -> None:
    """Puts a queue runner into a collection of the default graph, for `start_queue_runners`."""
    add_to_collection(collection, qr)


@export("compat.v1.train.start_queue_runners", "compat.v1.train.queue_runner.start_queue_runners")
def start_queue_runners(
    sess: BaseSession | None = None,
    coord: Any = None,
    daemon: bool = True,
    start: bool = True,
    collection: str = GraphKeys.QUEUE_RUNNERS,
) -> list[threading.Thread]:
    """The threads of all queue runners in a collection of the session's graph, started unless `start` is False.

    Args:
      sess: the default session if None. A monitored session has started them, and gives none.
      coord: tells the threads to stop, and is told of their errors.
      daemon: whether the program ends without waiting for the threads.
      start: whether to start the threads.
      collection: name of the collection.

    Raises:
      RuntimeError: in eager mode.
      ValueError: if there is no session.
      TypeError: if `sess` is none.
    """
    if context.graph is None and sess is None:
        raise RuntimeError("queue runners work in graphs only: in eager mode, use tf.data")
    sess = context.session if sess is None else sess
    if sess is None:
        raise ValueError("Cannot start queue runners: no session given and none is the default")
    if not isinstance(sess, BaseSession):
        if type(sess).__name__ in ("MonitoredSession", "SingularMonitoredSession"):
            return []
        raise TypeError(f"sess must be a tf.compat.v1.Session, not {type(sess).__name__}")
    with sess.graph.as_default():
        runners = get_collection(collection)
    return [t for qr in runners for t in qr.create_threads(sess, coord=coord, daemon=daemon, start=start)]
