"""Garbage collection pauses while the package is imported.

Modules live on. Looking for garbage among what they define costs a tenth of the time that importing takes, and a
twentieth of a second at each full collection later: so it is set aside at the end.
"""

from __future__ import annotations

import gc

_collects = gc.isenabled()
gc.disable()


def resume() -> None:
    """Ends the pause; what exists now is not looked at again."""
    gc.freeze()
    if _collects:
        gc.enable()
