"""Whether code that runs now is to be converted: a stack of scopes for each thread."""

from __future__ import annotations

import enum
import threading
from typing import Any

from tfshim.export import export


class Status(enum.Enum):
    """What surrounds the running code said about conversion."""

    UNSPECIFIED = 0
    ENABLED = 1
    DISABLED = 2


class ControlStatusCtx:
    """A scope in which conversion has a status; may be entered again, also inside itself."""

    def __init__(self, status: Status, options: Any = None):
        self.status = status
        self.options = options

    def __enter__(self) -> ControlStatusCtx:
        _stack.scopes.append(self)
        return self

    def __exit__(self, *error: object) -> None:
        _stack.scopes.pop()

    def __repr__(self) -> str:
        return f"ControlStatusCtx[status={self.status}, options={self.options}]"


class _Stack(threading.local):
    def __init__(self) -> None:
        self.scopes = [ControlStatusCtx(Status.UNSPECIFIED)]


_stack = _Stack()


@export("__internal__.autograph.control_status_ctx")
def control_status_ctx() -> ControlStatusCtx:
    """The innermost scope of the current thread, for `tf_convert`."""
    return _stack.scopes[-1]
