"""What a callable keeps of the one that it stands in front of."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable
from typing import Any


def look_like(decorated: Any, target: Callable[..., Any]) -> Any:
    """Gives `decorated` the name, documentation and signature of `target`. Returns it.

    More than `functools.update_wrapper` does: `inspect.getfullargspec` asks objects for `__signature__`, and
    `__original_wrapped__` stays when another decorator sets `__wrapped__`.
    """
    functools.update_wrapper(decorated, target)
    decorated.__original_wrapped__ = target
    with contextlib.suppress(TypeError, ValueError):  # some builtins have none
        decorated.__signature__ = inspect.signature(target)
    return decorated
