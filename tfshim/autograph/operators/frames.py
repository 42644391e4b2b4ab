"""Builtins that look at the frame they are called from, seen from the user's function."""

from __future__ import annotations

import builtins
import sys
from types import FrameType
from typing import Any


def _frame_of(scope: Any, innermost: bool = True) -> FrameType:
    """The frame of the converted function, or of a block inside it, that has this function scope."""
    found = None
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_locals.get(scope.name) is scope:
            found = frame
            if innermost:
                break
        frame = frame.f_back
    assert found is not None, "a converted function is on the stack while its scope is used"
    return found


def _super(args: tuple[Any, ...], scope: Any) -> Any:
    if args:
        return super(*args)
    # Blocks see the function's variables as their own: the function itself is outermost.
    frame = _frame_of(scope, innermost=False)
    return super(frame.f_locals["__class__"], frame.f_locals[frame.f_code.co_varnames[0]])


def _eval(args: tuple[Any, ...], scope: Any) -> Any:
    frame = _frame_of(scope)
    return eval(*args, *(frame.f_globals, frame.f_locals)[len(args) - 1 :])


def caught() -> BaseException | None:
    """The exception that is being handled."""
    return sys.exc_info()[1]


LOOKING = {
    builtins.super: _super,
    builtins.eval: _eval,
    builtins.globals: lambda args, scope: _frame_of(scope).f_globals,
    builtins.locals: lambda args, scope: _frame_of(scope).f_locals,
}
