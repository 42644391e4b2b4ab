"""`tf.train.Coordinator`: tells threads to stop, waits for them, and hands on the exception that stopped one."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator

from tfshim import errors
from tfshim.export import export


@export("train.Coordinator", "compat.v1.train.Coordinator")
class Coordinator:
    """Stops a set of threads together.

    Args:
      clean_stop_exception_types: exceptions that mean the end of the work, not a failure; OutOfRangeError by default.
    """

    def __init__(self, clean_stop_exception_types=None):
        self._clean = tuple(clean_stop_exception_types or (errors.OutOfRangeError,))
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._threads: set[threading.Thread] = set()
        self._joined = False

    def request_stop(self, ex=None):
        """Asks all threads to stop. `ex`, an exception or `sys.exc_info()`, is raised by `join` unless it is clean."""
        with self._lock:
            error = ex[1] if isinstance(ex, tuple) else ex
            if self._joined:
                if isinstance(error, self._clean) or error is None:
                    return
                raise error
            if not self._stop.is_set():
                if error is not None and not isinstance(error, self._clean):
                    self._failure = error
                self._stop.set()

    def clear_stop(self):
        """Forgets that somebody asked to stop."""
        with self._lock:
            self._joined, self._failure = False, None
            self._stop.clear()

    def should_stop(self):
        """Whether somebody asked to stop."""
        return self._stop.is_set()

    @contextlib.contextmanager
    def stop_on_exception(self) -> Iterator[None]:
        """A scope whose exceptions are given to `request_stop`."""
        try:
            yield
        except Exception:
            self.request_stop(ex=sys.exc_info())

    def wait_for_stop(self, timeout=None):
        """Waits until somebody asks to stop, at most `timeout` seconds; whether somebody did."""
        return self._stop.wait(timeout)

    def register_thread(self, thread):
        """Names a thread that `join` waits for."""
        with self._lock:
            self._threads.add(thread)

    def join(self, threads=None, stop_grace_period_secs=120, ignore_live_threads=False):
        """Waits for the threads to end; raises the exception that stopped them.

        RuntimeError if one is still alive so long after the stop was asked for, unless `ignore_live_threads`.
        """
        waited = list(self._threads.union(threads or ()))
        while any(t.is_alive() for t in waited) and not self.wait_for_stop(0.1):
            pass
        deadline = time.monotonic() + stop_grace_period_secs
        while any(t.is_alive() for t in waited) and time.monotonic() < deadline:
            time.sleep(0.01)
        alive = [t.name for t in waited if t.is_alive()]
        with self._lock:
            self._joined = True
            self._threads.clear()
            if self._failure is not None:
                raise self._failure
        if alive and not ignore_live_threads:
            raise RuntimeError("Coordinator stopped with threads still running: " + " ".join(alive))

    @property
    def joined(self) -> bool:
        """Whether `join` has returned."""
        return self._joined

    def raise_requested_exception(self):
        """Raises the exception that was given to `request_stop`, if there is one."""
        with self._lock:
            if self._failure is not None:
                raise self._failure


Coordinator.__module__ = "tensorflow.python.training.coordinator"


@export("compat.v1.train.LooperThread")
class LooperThread(threading.Thread):
    """A daemon thread that does something every so many seconds until its coordinator stops it.

    Args:
      coord: the coordinator; it is told of errors, and waits for the thread when it joins.
      timer_interval_secs: seconds from one beginning to the next; None: without a pause.
      target: what to do, called with `args` and `kwargs`; subclasses may define `run_loop` instead.

    Raises:
      ValueError: if `coord` is no `tf.train.Coordinator`.
    """

    def __init__(self, coord, timer_interval_secs, target=None, args=None, kwargs=None):
        if not isinstance(coord, Coordinator):
            raise ValueError(f"'coord' argument must be a Coordinator: {coord}")
        super().__init__(daemon=True)
        self._coord = coord
        self._interval = timer_interval_secs
        self._work = target, args or (), kwargs or {}
        coord.register_thread(self)

    @staticmethod
    def loop(coord, timer_interval_secs, target, args=None, kwargs=None):
        """Makes and starts a thread."""
        thread = LooperThread(coord, timer_interval_secs, target, args, kwargs)
        thread.start()
        return thread

    def run(self):
        """What the thread does."""
        with self._coord.stop_on_exception():
            self.start_loop()
            due = time.monotonic()
            while not self._coord.wait_for_stop(max(0.0, due - time.monotonic())):
                due += self._interval or 0.0
                self.run_loop()
            self.stop_loop()

    def start_loop(self):
        """Called once, first."""

    def stop_loop(self):
        """Called once, last."""

    def run_loop(self):
        """Called every time; calls `target`."""
        target, args, kwargs = self._work
        if target is not None:
            target(*args, **kwargs)


LooperThread.__module__ = "tensorflow.python.training.coordinator"
