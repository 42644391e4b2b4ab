"""Control flow of TensorFlow 1 in the functions of a library: rewritten as that of a graph is.

A function's body refers to outputs by their names (`"node:y:0"`), and to arguments without a place (`"x"`). For the
rewriting it becomes a graph, with the arguments as placeholders and numbered outputs, and a body again after it.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import Any

from tfshim import protos
from tfshim.protos.call_import import LibraryFunction
from tfshim.protos.functionalize import functionalize, is_old, outputs_of


def modern(proto: Any, library: MutableMapping[str, LibraryFunction]) -> Any:
    """The `FunctionDef` with control flow by functions alone, which are added to `library`.

    Raises:
      UnimplementedError: control flow of a shape that TensorFlow's own functions do not make.
    """
    if not is_old(proto.node_def):
        return proto
    arguments = {arg.name for arg in proto.signature.input_arg}
    numbers = {name: i for node in proto.node_def for i, name in enumerate(_names(node, library))}
    nodes = [_placeholder(arg) for arg in proto.signature.input_arg]
    nodes += [_with_inputs(n, (_numbered(r, arguments, numbers) for r in n.input)) for n in proto.node_def]
    results = {key: _numbered(r, arguments, numbers) for key, r in proto.ret.items()}

    body = [n for n in functionalize(nodes, library) if n.name not in arguments]
    places = {f"{n.name}:{i}": name for n in body for i, name in enumerate(_names(n, library))}
    places.update((f"{name}:0", name) for name in arguments)
    made = protos.FunctionDef()  # type: ignore[attr-defined]
    made.CopyFrom(proto)
    del made.node_def[:]
    made.node_def.extend(_with_inputs(n, (_named(r, places) for r in n.input)) for n in body)
    made.ret.update({key: _named(r, places) for key, r in results.items()})
    return made


def _names(node: Any, library: MutableMapping[str, LibraryFunction]) -> list[str]:
    return [f"{node.name}:{place}" for place, _ in outputs_of(node, library)]


def _placeholder(arg: Any) -> Any:
    node = protos.NodeDef(op="Placeholder", name=arg.name)  # type: ignore[attr-defined]
    node.attr["dtype"].type = arg.type
    return node


def _with_inputs(node: Any, inputs: Iterable[str]) -> Any:
    copy = protos.NodeDef()  # type: ignore[attr-defined]
    copy.CopyFrom(node)
    given = list(inputs)
    del copy.input[:]
    copy.input.extend(given)
    return copy


def _numbered(reference: str, arguments: set[str], numbers: dict[str, int]) -> str:
    if reference.startswith("^"):
        return reference
    return f"{reference}:0" if reference in arguments else f"{reference.partition(':')[0]}:{numbers[reference]}"


def _named(reference: str, places: dict[str, str]) -> str:
    if reference.startswith("^"):
        return reference
    return places[reference if ":" in reference else f"{reference}:0"]
