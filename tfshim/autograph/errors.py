"""Errors of converted code, told in terms of the user's code."""

from __future__ import annotations

import inspect
import linecache
import os
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tfshim.errors import InaccessibleTensorError, OperatorNotAllowedInGraphError, OpError


class PyCTError(Exception):
    """Base class of what goes wrong in a conversion."""


class UnsupportedLanguageElementError(PyCTError, NotImplementedError):
    """Code that the conversion does not handle."""


class InaccessibleSourceCodeError(PyCTError, ValueError):
    """Code whose source is not at hand."""


class AutoGraphError(PyCTError):
    """Base class of AutoGraph's own errors."""


class ConversionError(AutoGraphError):
    """A function could not be converted."""


class StagingError(AutoGraphError):
    """Converted code raised an error of a class that does not take a message."""


class _LongKeyError(KeyError):
    """A KeyError whose message is shown with its line ends."""

    def __init__(self, message: str, key: Any):
        super().__init__(key)
        self._message = message

    def __str__(self) -> str:
        return self._message


_LongKeyError.__name__ = "KeyError"

_TAKE_A_MESSAGE = frozenset(
    {
        AssertionError,
        AttributeError,
        NameError,
        NotImplementedError,
        RuntimeError,
        StopIteration,
        TypeError,
        UnboundLocalError,
        ValueError,
        PyCTError,
        AutoGraphError,
        ConversionError,
        StagingError,
        InaccessibleTensorError,
        OperatorNotAllowedInGraphError,
    }
)

_OWN = f"{Path(__file__).parents[1]}{os.sep}"
# Part of the names that compiling gives to converted code.
CONVERTED = "ag__outer.<locals>.ag__factory.<locals>."


def in_user_code(error: Exception) -> Exception:
    """The error as it leaves converted code: of its class, its message naming the user's lines that led to it.

    Returns `error` itself where no converted code took part, or where `error.ag_pass_through` asks for it.
    """
    frames = list(_user_frames(error.__traceback__))
    if hasattr(error, "ag_pass_through") or not any(converted for _, converted in frames):
        return error
    cause = getattr(error, "_autograph_cause", None) or f"{type(error).__name__}: {error}"
    told = _with_message(error, _message(frames, cause))
    told.__suppress_context__ = True
    told._autograph_cause = cause  # type: ignore[attr-defined]
    return told.with_traceback(error.__traceback__)


def _with_message(error: Exception, message: str) -> Exception:
    kind = type(error)
    if isinstance(error, OpError):
        if list(inspect.signature(kind).parameters)[:3] == ["node_def", "op", "message"] and kind is not OpError:
            return kind(error.node_def, error.op, message, error.experimental_payloads)
        return StagingError(message)
    if kind is KeyError or kind is _LongKeyError:
        return _LongKeyError(message, error.args[0] if error.args else None)
    if kind in _TAKE_A_MESSAGE or kind.__init__ is Exception.__init__:
        return kind(message)
    return StagingError(message)


def _user_frames(traceback: types.TracebackType | None) -> Iterator[tuple[tuple[str, int, str], bool]]:
    """(file, line, function) of each function of the user on the way to the error, and whether it was converted.

    Of a converted function the innermost place counts: the line in the loop, not the line of the loop.
    """
    from tfshim.autograph.operators.variables import Undefined

    reads_of_variables = Undefined.read.__code__.co_filename
    pending = None
    while traceback is not None:
        code = traceback.tb_frame.f_code
        place = (code.co_filename, traceback.tb_lineno, code.co_name)
        if code.co_qualname.startswith(CONVERTED):
            pending = place
        else:
            own = code.co_filename.startswith(_OWN) or code.co_filename == reads_of_variables
            if pending and (not own or code.co_name == "converted_call"):
                yield pending, True
                pending = None
            if not own and code.co_name != "<module>":
                yield place, False
        traceback = traceback.tb_next
    if pending:
        yield pending, True


def _message(frames: list[tuple[tuple[str, int, str], bool]], cause: str) -> str:
    lines = ["in user code:", ""]
    first = next(i for i, (_, converted) in enumerate(frames) if converted)
    for (file, line, function), converted in frames[first:]:
        lines.append(f'    File "{file}", line {line}, in {function}' + ("  *" if converted else ""))
        lines.append(f"        {linecache.getline(file, line).strip() or '<source unavailable>'}")
    lines += ["", *(f"    {text}" for text in cause.split("\n")), ""]
    return "\n".join(lines)
