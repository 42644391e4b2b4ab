"""The warning about functions that are traced again and again: when it comes, and what it says.

It comes when five of the last calls traced (what counts as "last" grows and shrinks as in TensorFlow), twice at most
for one Python function. It says what made the last call differ from the trace that is most like it, and which line
called.
"""

from __future__ import annotations

import linecache
import sys
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tfshim.function_type import Literal, Node, SpecKey, TensorKey, VariableKey
from tfshim.shapes import from_dims

HISTORY = 10
THRESHOLD = 5
WARNINGS = 2

_PACKAGE = str(Path(__file__).parent)
_GUIDE = "https://www.tensorflow.org/guide/function#controlling_retracing"


class CallHistory:
    """How many calls of one Python function traced, lately."""

    __slots__ = ("__weakref__", "_between", "_count", "_warnings", "quiet")

    def __init__(self) -> None:
        # Calls since each trace, that one included.
        self._between: list[int] = []
        self._count = 0
        self._warnings = 0
        # Calls without a trace that are not yet in the numbers above: the hot path only adds one.
        self.quiet = 0

    def traced(self, function: Any, key: Node, earlier: Sequence[Node], names: Sequence[str]) -> None:
        """Notes a call that traced; warns if there were too many."""
        if self.quiet:
            if not self._between:
                self._between = [0]
            self._between[-1] += self.quiet
            self._count += self.quiet
            self.quiet = 0
        self._count += 1
        self._between.append(1)
        while self._count - self._between[0] > HISTORY:
            self._count -= self._between.pop(0)
        if len(self._between) >= THRESHOLD and self._warnings < WARNINGS:
            self._warnings += 1
            self._warn(function, key, earlier, names)

    def _warn(self, function: Any, key: Node, earlier: Sequence[Node], names: Sequence[str]) -> None:
        from tfshim.api.log import get_logger

        get_logger().warning(
            f"{len(self._between)} out of the last {self._count} calls to {function} triggered tf.function retracing. "
            "Tracing is expensive: it costs far more than a call. "
            f"{_reason(key, earlier, names)}{_caller()} See {_GUIDE}"
        )


_histories: weakref.WeakKeyDictionary[Any, CallHistory] = weakref.WeakKeyDictionary()


def history_of(python_function: Any) -> CallHistory:
    """The history of a Python function: one for all `tf.function`s that wrap the same code."""
    while hasattr(python_function, "__wrapped__"):
        python_function = python_function.__wrapped__
    python_function = getattr(python_function, "__func__", python_function)
    code = getattr(python_function, "__code__", python_function)
    try:
        return _histories.setdefault(code, CallHistory())
    except TypeError:  # a callable object that cannot be referred to weakly
        return CallHistory()


# What the warning says -----------------------------------------------------------------------------------


def _reason(key: Node, earlier: Sequence[Node], names: Sequence[str]) -> str:
    if not earlier:
        return (
            "Each call went to a new tf.function: make it once, outside of the loop or function in which it is made. "
        )
    differences = [list(_differences(key, other, names)) for other in earlier]
    closest = min(range(len(earlier)), key=lambda i: (len(differences[i]), -i))
    shown = "; ".join(differences[closest][:3]) or "only what surrounds the call"
    return (
        f"The last call differs from trace {closest + 1} of {len(earlier)} in {shown}. {_advice(key, earlier[closest])}"
    )


def _advice(key: Node, other: Node) -> str:
    changed = [(a, b) for a, b in zip(_leaves(key), _leaves(other), strict=False) if a != b]
    if changed and all(
        isinstance(a, TensorKey) and isinstance(b, TensorKey) and a.dtype == b.dtype for a, b in changed
    ):
        return "With reduce_retracing=True, or an input_signature, one trace serves several shapes. "
    if any(isinstance(a, Literal) for a, _ in changed):
        return "Each Python value has a trace of its own: pass a tensor instead. "
    return ""


def _leaves(key: Any) -> Iterator[Any]:
    if isinstance(key, Node):
        for part in key.parts:
            yield from _leaves(part)
    else:
        yield key


def _differences(key: Node, other: Node, names: Sequence[str]) -> Iterator[str]:
    """What differs between two calls, argument by argument."""
    (positional, keywords), (positional_before, keywords_before) = key.parts, other.parts
    labels = [names[i] if i < len(names) else f"argument {i + 1}" for i in range(len(positional.parts))]
    if len(positional.parts) != len(positional_before.parts) or keywords.kind != keywords_before.kind:
        yield "the number or names of its arguments"
        return
    pairs = [*zip(labels, positional.parts, positional_before.parts, strict=True)]
    pairs += zip(keywords.kind[1], keywords.parts, keywords_before.parts, strict=True)
    for label, part, before in pairs:
        yield from _part_differences(str(label), part, before)


def _part_differences(label: str, part: Any, before: Any) -> Iterator[str]:
    if part == before:
        return
    alike = isinstance(part, Node) and isinstance(before, Node) and part.kind == before.kind
    if alike and len(part.parts) == len(before.parts):
        names: Any = range(len(part.parts))
        if isinstance(part.kind, tuple) and not hasattr(part.kind[0], "__tf_flatten__"):
            names = part.kind[1]
        for name, one, other in zip(names, part.parts, before.parts, strict=True):
            yield from _part_differences(f"{label}[{name!r}]", one, other)
        return
    yield f"'{label}' (now {_described(part)}, there {_described(before)})"


def _described(key: Any) -> str:
    if isinstance(key, (TensorKey, VariableKey)):
        kind = "variable " if isinstance(key, VariableKey) else ""
        return f"{kind}{key.dtype.name} {from_dims(key.dims)}"
    if isinstance(key, Literal):
        return f"the Python value {key.value!r}"[:80]
    if isinstance(key, SpecKey):
        return repr(key.spec)[:120]
    if isinstance(key, Node):
        kind = key.kind[0] if isinstance(key.kind, tuple) else key.kind
        return f"a {getattr(kind, '__name__', kind)} of {len(key.parts)}"
    return f"the object {key!r}"[:120]


def _caller() -> str:
    """The line outside this package that made the call."""
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    if frame is None:
        return ""
    file, line = frame.f_code.co_filename, frame.f_lineno
    text = linecache.getline(file, line, frame.f_globals).strip()
    return f"It was called at {file}:{line}{f' ({text})' if text else ''}."
