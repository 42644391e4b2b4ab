"""What a failure in a graph tells: the node, and the user's lines that made it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tfshim.errors import OpError

if TYPE_CHECKING:
    from tfshim.operation import Operation

_OWN = f"{Path(__file__).parent}{os.sep}"
# Part of the names that compiling gives to converted code.
_CONVERTED = "ag__outer.<locals>.ag__factory.<locals>."
# What ops that run eagerly say of themselves; here the node says it.
_SUFFIX = re.compile(r" \[Op:\w+\](?: name: )?$")


def at_node(error: Exception, op: Operation | None) -> Exception:
    """`error`, with the innermost node that failed kept in it for one of the functions below."""
    if isinstance(error, OpError) and error._node is None:
        error._node = op
    return error


def in_function(error: OpError, function: str) -> None:
    """The error as it leaves a call of the compiled function of that name: told once, at the innermost call."""
    op, error._node = error._node, None
    if op is not None and not isinstance(error.message, bytes):
        error._message = (
            f"Graph execution error:\n\nDetected at node {op.name} defined at (most recent call last):\n"
            f"{_stack(op, '  ')}\n{_SUFFIX.sub('', error.message)}\n\t [[{{{{node {op.name}}}}}]] [Op:{function}]"
        )


def in_session(error: OpError, op: Operation | None) -> OpError:
    """The error as it leaves a session, of whose graph `op` is a node: it names that operation."""
    error._node = None
    if op is not None and error._op is None:
        error._op, error._node_def = op, op.node_def
        error._message = (
            f"Graph execution error:\n\nDetected at node '{op.name}' defined at (most recent call last):\n"
            f"{_stack(op, '    ')}Node: '{op.name}'\n{_SUFFIX.sub('', error.message)}\n\t [[{{{{node {op.name}}}}}]]"
        )
    return error


def _stack(op: Operation, indent: str) -> str:
    return "".join(f'{indent}File "{file}", line {line}, in {name}\n' for file, line, name in user_frames(op))


def user_frames(op: Operation) -> Iterator[tuple[str, int, str]]:
    """The calls in the user's code that made a node, outermost first."""
    for frame, qualified_name in op.calls():
        if qualified_name.startswith(_CONVERTED):
            # Bodies of loops and branches are functions of their own there, within the user's.
            function = qualified_name.removeprefix(_CONVERTED).split(".")[0].removeprefix("tf__")
        elif frame.filename.startswith((_OWN, "<frozen")):
            continue
        else:
            function = frame.name
        yield frame.filename, frame.lineno or 0, function
