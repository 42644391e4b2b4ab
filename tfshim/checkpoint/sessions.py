"""Where saving and restoring happens: at once, in the graph of a function, or in a graph that a session runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim.context import context
from tfshim.export import export

_provider: Callable[[], Any] | None = None


@export("__internal__.tracking.register_session_provider")
def register_session_provider(session_provider: Callable[[], Any]) -> None:
    """Registers a function that gives the session where there is no default one; only the first one counts."""
    global _provider
    if _provider is None:
        _provider = session_provider


def current_session() -> Any:
    """The default session, or what was registered gives one, or None."""
    if context.session is None and _provider is not None:
        return _provider()
    return context.session


def in_plain_graph() -> bool:
    """Whether the current graph is one that sessions run."""
    return context.graph is not None and not context.graph.building_function
