"""Tracebacks as a user of TensorFlow wants to read them: ending at the user's line."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType

import jax

from tfshim import traceback_filter

_OWN = tuple(f"{folder}{os.sep}" for folder in (Path(__file__).parents[1], Path(jax.__file__).parent))


def shorten(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of tfshim and JAX; the same one where it has no others.

    TFSHIM_FULL_TRACEBACKS=1 or `tf.debugging.disable_traceback_filtering()` keeps every frame, for work on tfshim.
    """
    if not traceback_filter.enabled:
        return traceback
    kept = []
    part = traceback
    while part is not None:
        if not part.tb_frame.f_code.co_filename.startswith(_OWN):
            kept.append(part)
        part = part.tb_next
    if not kept:
        return traceback
    short = None
    for part in reversed(kept):
        short = TracebackType(short, part.tb_frame, part.tb_lasti, part.tb_lineno)
    return short
