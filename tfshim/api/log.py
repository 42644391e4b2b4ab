"""`tf.get_logger` and `tf.compat.v1.logging`: messages for the logger `tensorflow`."""

from __future__ import annotations

import itertools
import logging
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from tfshim.export import export


@export("get_logger")
def get_logger() -> logging.Logger:
    """The logger `tensorflow`; its messages go to stderr as `LEVEL:tensorflow:message`."""
    logger = logging.getLogger("tensorflow")
    if not logger.handlers and not logging.getLogger().handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter(logging.BASIC_FORMAT, None))
        logger.addHandler(handler)
    return logger


for _name in ("DEBUG", "INFO", "WARN", "ERROR", "FATAL"):
    export(f"compat.v1.logging.{_name}")(getattr(logging, _name))


def _writer(name: str, method: str) -> Callable[..., None]:
    def write(msg: Any, *args: Any, **kwargs: Any) -> None:
        getattr(get_logger(), method)(msg, *args, **kwargs)

    write.__name__ = write.__qualname__ = name
    write.__doc__ = f"Logs a message with arguments at the level {method.upper()}."
    write.__module__ = "tensorflow.python.platform.tf_logging"
    return export(f"compat.v1.logging.{name}")(write)


debug = _writer("debug", "debug")
info = _writer("info", "info")
warn = _writer("warn", "warning")
warning = _writer("warning", "warning")
error = _writer("error", "error")
fatal = _writer("fatal", "fatal")
TaskLevelStatusMessage = _writer("TaskLevelStatusMessage", "error")


@export("compat.v1.logging.log", "compat.v1.logging.vlog")
def log(level: int, msg: Any, *args: Any, **kwargs: Any) -> None:
    """Logs a message with arguments at a level."""
    get_logger().log(level, msg, *args, **kwargs)


@export("compat.v1.logging.log_if")
def log_if(level: int, msg: Any, condition: Any, *args: Any) -> None:
    """Logs if the condition holds."""
    if condition:
        log(level, msg, *args)


_counters: defaultdict[Any, Iterator[int]] = defaultdict(itertools.count)


def _calls_before() -> int:
    """How often the line that called the public function did so before."""
    caller = sys._getframe(2)
    return next(_counters[caller.f_code, caller.f_lineno])


@export("compat.v1.logging.log_every_n")
def log_every_n(level: int, msg: Any, n: int, *args: Any) -> None:
    """Logs at each `n`-th call from the same line, the first one included."""
    log_if(level, msg, not _calls_before() % n, *args)


@export("compat.v1.logging.log_first_n")
def log_first_n(level: int, msg: Any, n: int, *args: Any) -> None:
    """Logs at the first `n` calls from the same line."""
    log_if(level, msg, _calls_before() < n, *args)


@export("compat.v1.logging.get_verbosity")
def get_verbosity() -> int:
    """The least level that is logged."""
    return get_logger().getEffectiveLevel()


@export("compat.v1.logging.set_verbosity")
def set_verbosity(v: int) -> None:
    """Sets the least level that is logged."""
    get_logger().setLevel(v)


@export("compat.v1.logging.flush")
def flush() -> None:
    """Writes out what handlers have kept back."""
    for handler in get_logger().handlers:
        handler.flush()
