"""How much AutoGraph tells."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

from tfshim.export import export

_logger = logging.getLogger("tensorflow")
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


def level() -> int:
    """How much to tell now."""
    return _level if _level is not None else int(os.environ.get("AUTOGRAPH_VERBOSITY", "0"))


def tell(text: str) -> None:
    """Logs a line of what is going on."""
    _logger.info(text)
    if _to_stdout:
        print(text)


def strict() -> bool:
    """True if a function that cannot be converted is an error, not a warning."""
    return int(os.environ.get("AUTOGRAPH_STRICT_CONVERSION", "0")) > 0


@export("autograph.trace")
def trace(*args: Any) -> None:
    """Prints its arguments while a function is traced: tensors, not their values."""
    print(*args)
