"""Names of the nodes that composed functions add to graphs."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from tfshim.context import context

F = TypeVar("F", bound=Callable[..., Any])
_NO_SCOPE: contextlib.nullcontext[None] = contextlib.nullcontext()


def composed(name: str) -> contextlib.AbstractContextManager[Any]:
    """A scope for the nodes of one call: `with composed(name or "clip") as name:`.

    In a graph it gives the name for the last op, so that the result is called what the caller asked for. Outside
    of graphs nothing has a name, and the scope gives None.
    """
    graph = context.graph
    return _NO_SCOPE if graph is None else graph.name_scope(name)


def in_scope(default: str, result: bool = False) -> Callable[[F], F]:
    """Puts the nodes that a function adds to a graph under the name that its caller gives, or under `default`.

    The function has a parameter `name`. It gets None: its last op is named after its type, below the scope; with
    `result` it gets the name of the scope, by which the result is then called.
    """

    def decorate(fn: F) -> F:
        code = fn.__code__  # type: ignore[attr-defined]
        names = code.co_varnames[: code.co_argcount]
        place = names.index("name") if "name" in names else len(names)

        @functools.wraps(fn)
        def call(*args: Any, **kwargs: Any) -> Any:
            graph = context.graph
            if graph is None:
                return fn(*args, **kwargs)
            by_place = place < len(names) and place < len(args)
            given = args[place] if by_place else kwargs.pop("name", None)
            with graph.name_scope(given or default) as scope:
                name = scope if result else None
                if by_place:
                    return fn(*args[:place], name, *args[place + 1 :], **kwargs)
                return fn(*args, name=name, **kwargs)

        return cast(F, call)

    return decorate
