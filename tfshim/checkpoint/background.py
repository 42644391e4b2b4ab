"""Checkpoints that are written while the program goes on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

_logger = logging.getLogger("tensorflow")


class BackgroundWriter:
    """Writes one checkpoint at a time in a thread, which the interpreter waits for at its exit.

    As in TensorFlow, the error of a write is raised by the next call of `start`, which then writes nothing.
    """

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._error: Exception | None = None

    def start(self, prepare: Callable[[], Callable[[], None]]) -> None:
        """Waits for the write before, then calls `prepare` here and what it returns in the background."""
        self.wait()
        error, self._error = self._error, None
        if error is not None:
            raise error
        self._thread = threading.Thread(target=self._run, args=(prepare(),), name="checkpoint writer")
        self._thread.start()

    def wait(self) -> None:
        """Returns once nothing is being written; raises no error."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()
            self._thread = None

    def _run(self, write: Callable[[], None]) -> None:
        try:
            write()
        except Exception as error:
            _logger.error("A checkpoint could not be written: %s", error)
            self._error = error
