"""The order in which nodes that refer to each other by name can be made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tfshim.errors import UnimplementedError


def in_order(nodes: Iterable[Any]) -> list[Any]:
    """The `NodeDef`s, each after those that it refers to, and else as they were.

    Raises:
      UnimplementedError: nodes refer to each other in a circle that is none of TensorFlow 1's loops.
    """
    by_name = {node.name: node for node in nodes}
    ordered: list[Any] = []
    state: dict[str, bool] = {}  # False while a node waits for its inputs
    for first in by_name.values():
        stack = [first]
        while stack:
            node = stack[-1]
            if node.name in state:
                stack.pop()
                if not state[node.name]:
                    state[node.name] = True
                    ordered.append(node)
                continue
            state[node.name] = False
            for name in map(source, reversed(node.input)):
                if name not in by_name:
                    continue
                if state.get(name) is False:
                    raise UnimplementedError(
                        None,
                        None,
                        f"the node {node.name!r} ({node.op}) is part of a circle: loops must be those of Enter and "
                        "NextIteration, as TensorFlow makes them, or While",
                    )
                if name not in state:
                    stack.append(by_name[name])
    return ordered


def source(reference: str) -> str:
    """The name of the node that an input of a `NodeDef` refers to: `"^n"`, `"n"`, `"n:1"`, `"n:out:0"`."""
    return reference.removeprefix("^").partition(":")[0]
