"""Names of the nodes that composed functions add to graphs."""

from __future__ import annotations

import contextlib
from typing import Any

from tfshim.context import context

_NO_SCOPE: contextlib.nullcontext[None] = contextlib.nullcontext()


def composed(name: str) -> contextlib.AbstractContextManager[Any]:
    """A scope for the nodes of one call: `with composed(name or "clip") as name:`.

    In a graph it gives the name for the last op, so that the result is called what the caller asked for. Outside
    of graphs nothing has a name, and the scope gives None.
    """
    graph = context.graph
    return _NO_SCOPE if graph is None else graph.name_scope(name)
