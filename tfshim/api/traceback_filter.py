"""Whether tracebacks leave out the frames of tfshim: `tf.debugging.enable_traceback_filtering` and its kin."""

from __future__ import annotations

from tfshim import traceback_filter
from tfshim.export import export


@export("debugging.enable_traceback_filtering")
def enable_traceback_filtering():
    """Leaves the frames of tfshim and JAX out of tracebacks: the default, unless TFSHIM_FULL_TRACEBACKS is set."""
    traceback_filter.enabled = True


@export("debugging.disable_traceback_filtering")
def disable_traceback_filtering():
    """Keeps all frames in tracebacks, for work on tfshim itself."""
    traceback_filter.enabled = False


@export("debugging.is_traceback_filtering_enabled")
def is_traceback_filtering_enabled():
    """Returns whether the frames of tfshim and JAX are left out of tracebacks."""
    return traceback_filter.enabled
