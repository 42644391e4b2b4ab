"""Profiles of what runs, by JAX's profiler: `tf.profiler.experimental`. TensorBoard reads them."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import jax

from tfshim.errors import AlreadyExistsError, UnavailableError, UnimplementedError
from tfshim.export import export

ProfilerOptions: Any = export("profiler.experimental.ProfilerOptions")(
    namedtuple(
        "ProfilerOptions",
        ["host_tracer_level", "python_tracer_level", "device_tracer_level", "delay_ms"],
        defaults=[2, 0, 1, None],
    )
)


class _Running:
    """The profile that runs: where it goes, and which others were there before it."""

    runs: Path | None = None
    before: frozenset[Path] = frozenset()


@export("profiler.experimental.start")
def start(logdir, options=None):
    """Starts to profile into a folder; AlreadyExistsError if a profile runs already.

    Args:
      logdir: where `stop` writes the profile, in the layout of TensorBoard.
      options: a `ProfilerOptions` or a dict: the detail on the host (0 to 3) and of Python (0 or 1). Devices are
        profiled whenever there are any, and a `delay_ms` raises UnimplementedError.
    """
    if _Running.runs is not None:
        raise AlreadyExistsError(None, None, "Another profiler is running.")
    asked = ProfilerOptions(**options) if isinstance(options, dict) else options or ProfilerOptions()
    if asked.delay_ms:
        raise UnimplementedError(None, None, "ProfilerOptions: delay_ms is not supported; start the profile later.")
    detail = jax.profiler.ProfileOptions()
    detail.host_tracer_level = asked.host_tracer_level
    detail.python_tracer_level = asked.python_tracer_level
    runs = Path(logdir) / "plugins" / "profile"
    _Running.before = frozenset(runs.glob("*"))
    try:
        jax.profiler.start_trace(logdir, profiler_options=detail)
    except RuntimeError as error:  # one of JAX's own
        raise AlreadyExistsError(None, None, f"Another profiler is running. {error}") from None
    _Running.runs = runs


@export("profiler.experimental.stop")
def stop(save=True):
    """Ends the profile and writes it, unless `save` is false; UnavailableError if none runs."""
    runs, _Running.runs = _Running.runs, None
    if runs is None:
        raise UnavailableError(None, None, "Cannot export profiling results. No profiler is running.")
    jax.profiler.stop_trace()
    if not save:  # JAX always does
        for made in set(runs.glob("*")) - _Running.before:
            shutil.rmtree(made, ignore_errors=True)


@export("profiler.experimental.server.start")
def start_server(port):
    """Starts the server from which other programs fetch profiles of this one, at a port of this machine."""
    _Server.running = jax.profiler.start_server(port)


class _Server:
    running: Any = None  # ends with its last reference


@export("profiler.experimental.Profile")
class Profile:
    """A `with` statement that profiles its body."""

    def __init__(self, logdir, options=None):
        self._logdir = logdir
        self._options = options

    def __enter__(self):
        start(self._logdir, self._options)

    def __exit__(self, typ, value, tb):
        stop()


@export("profiler.experimental.Trace")
class Trace:
    """A `with` statement that names its body in the profile; keywords become its metadata, as `step_num` does."""

    def __init__(self, name, **kwargs):
        self._annotation = jax.profiler.TraceAnnotation(name, **kwargs)

    def __enter__(self):
        self._annotation.__enter__()
        return self

    def set_metadata(self, **kwargs):
        """Adds metadata to the trace."""
        self._annotation.set_metadata(**kwargs)

    def __exit__(self, exc_type, exc_val, exc_tb):
        self._annotation.__exit__(exc_type, exc_val, exc_tb)
