"""How much AutoGraph tells."""

from __future__ import annotations

import os
import sys
from typing import Any

from tfshim.export import export

_level: int | None = None
_to_stdout = hasattr(sys, "ps1") or hasattr(sys, "ps2")


@export("autograph.set_verbosity")
def set_verbosity(level: int, alsologtostdout: bool = False) -> None:
    """Shows what is converted: 0 nothing, 1 the names of functions, 2 their new code too.

    Takes precedence over the environment variable AUTOGRAPH_VERBOSITY.

    Args:
      level: the higher, the more.
      alsologtostdout: print it too; it is logged in any case.
    """
    global _level, _to_stdout
    _level = level
    _to_stdout = alsologtostdout


def log(level: int, text: str, *values: Any) -> None:
    """Tells something if the level is high enough."""
    from tfshim.autograph.calls import logger

    if level <= (_level if _level is not None else int(os.environ.get("AUTOGRAPH_VERBOSITY", "0"))):
        logger.info(text, *values)
        if _to_stdout:
            print(text % values)


def strict() -> bool:
    """True if a function that cannot be converted is an error, not a warning."""
    return int(os.environ.get("AUTOGRAPH_STRICT_CONVERSION", "0")) > 0


@export("autograph.trace")
def trace(*args: Any) -> None:
    """Prints its arguments while a function is traced: tensors, not their values."""
    print(*args)
