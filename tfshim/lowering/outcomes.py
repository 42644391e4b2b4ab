"""What host ops with effects gave inside control flow, kept so that it can run once more without their effects.

Derivatives beyond the first run the graphs of control flow again (`control_flow.host_derivatives`). What such an op
gave is then taken from the first run: a print does not print twice, a callback is not called twice.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tfshim.errors import UnimplementedError


class _State(threading.local):
    logs: tuple[list[Any], ...] = ()
    replayed: Iterator[Any] | None = None


_state = _State()


@contextlib.contextmanager
def recording(log: list[Any]) -> Iterator[None]:
    """Within the scope, outcomes are appended to `log`."""
    old = _state.logs
    _state.logs = (*old, log)
    try:
        yield
    finally:
        _state.logs = old


@contextlib.contextmanager
def replaying(log: Sequence[Any] | None) -> Iterator[None]:
    """Within the scope, outcomes are those of `log`, in order; UnimplementedError for the first if it is None."""
    old = _state.replayed, _state.logs
    _state.replayed, _state.logs = _outcomes(log), ()
    try:
        yield
    finally:
        _state.replayed, _state.logs = old


def _outcomes(log: Sequence[Any] | None) -> Iterator[Any]:
    if log is None:
        raise UnimplementedError(
            None,
            None,
            "control flow whose host ops have effects that must not happen twice cannot run again for a derivative "
            "here: take first derivatives only, or move these ops out of the branch or loop",
        )
    yield from log


def outcome(run: Callable[[], Sequence[Any]]) -> Sequence[Any]:
    """What an op with effects gives: what `run` returns, or what it returned the first time."""
    if _state.replayed is None and not _state.logs:
        return run()
    found = run() if _state.replayed is None else next(_state.replayed)
    for log in _state.logs:
        log.append(found)
    return found
