"""Reference variables of TensorFlow 1 as resource variables, before a graph is imported.

A `VariableV2` becomes a handle and a node of its own name that reads it; an op that writes, as `Assign`, becomes the
one for resources and a node of the old name that reads what was written. Nodes that take a reference's value read it
themselves, once what they wait for has happened.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tfshim import dtypes, protos
from tfshim.errors import UnimplementedError
from tfshim.ops import op_table
from tfshim.protos.ordering import source

_VARIABLES = frozenset(["Variable", "VariableV2", "TemporaryVariable"])

_RENAMED = {
    "Assign": "AssignVariableOp",
    "AssignAdd": "AssignAddVariableOp",
    "AssignSub": "AssignSubVariableOp",
    "StridedSliceAssign": "ResourceStridedSliceAssign",
    "CountUpTo": "ResourceCountUpTo",
    "IsVariableInitialized": "VarIsInitializedOp",
}
# Nodes that pass a reference on.
_PASSING = {f"Ref{kind}": kind for kind in ("Identity", "Switch", "Enter", "Exit", "NextIteration")}


def has_references(nodes: Iterable[Any]) -> bool:
    """Whether there are reference variables among `NodeDef`s."""
    return any(n.op in _VARIABLES for n in nodes)


def as_resources(nodes: Iterable[Any]) -> list[Any]:
    """The `NodeDef`s with resource variables in place of references."""
    return _Rewriting(nodes).run()


class _Rewriting:
    """One graph: `_handles` has the tensor of the handle behind each tensor that is a reference."""

    def __init__(self, nodes: Iterable[Any]):
        self._nodes = {n.name: n for n in nodes}
        self._handles: dict[str, str] = {}
        # The variables themselves, outside of conditionals and loops.
        self._variables: dict[str, str] = {}
        self._types: dict[str, int] = {}
        self._made: list[Any] = []

    def run(self) -> list[Any]:
        self._find_handles()
        for node in self._nodes.values():
            if node.op in _VARIABLES:
                self._variable(node)
            elif node.op in _PASSING and f"{node.name}:0" in self._handles:
                self._passing(node)
            elif node.op == "RefMerge":
                # The variable is the same on both sides, and what waits for the node sees what either wrote.
                self._with_values(node, as_op="Merge")
            elif self._is_copy(node):
                first = _full(node.input[0])
                self._read(node.name, self._handles[first], self._types[source(first)], self._after(node, first))
            elif self._referring(node):
                self._written(node)
            else:
                self._with_values(node)
        return self._made

    def _find_handles(self) -> None:
        """Follows references from the variables on, around loops too."""
        changed = True
        while changed:
            changed = False
            for node in self._nodes.values():
                handle = self._handle_of(node)
                if handle is not None and f"{node.name}:0" not in self._handles:
                    changed = True
                    for i in (0, 1) if node.op == "RefSwitch" else (0,):
                        passed = node.op in _PASSING
                        self._handles[f"{node.name}:{i}"] = f"{node.name}:{i}" if passed else handle
                        self._variables[f"{node.name}:{i}"] = self._variable_of(node)

    def _is_copy(self, node: Any) -> bool:
        """Whether a node is an `Identity` of a reference, which in TensorFlow shares the variable's memory."""
        return node.op == "Identity" and _full(node.input[0]) in self._handles

    def _variable_of(self, node: Any) -> str:
        if node.op in _VARIABLES:
            return f"{node.name}/handle:0"
        return next(self._variables[_full(i)] for i in node.input if _full(i) in self._variables)

    def _handle_of(self, node: Any) -> str | None:
        """The handle behind the first output of a node, if that is a reference."""
        if node.op in _VARIABLES:
            self._types[node.name] = node.attr["dtype"].type
            return f"{node.name}/handle:0"
        if self._is_copy(node):
            self._types[node.name] = self._types[source(node.input[0])]
            return self._handles[_full(node.input[0])]
        if not op_table.is_known(node.op) or not any(a.is_ref for a in op_table.op_def(node.op).outputs):
            return None
        first = next((_full(i) for i in node.input if _full(i) in self._handles), None)
        if first is None:
            return None
        self._types[node.name] = self._types[source(first)]
        return self._variables[first] if node.op == "RefMerge" else self._handles[first]

    def _referring(self, node: Any) -> bool:
        """Whether a node takes a reference as such."""
        if not op_table.is_known(node.op) or not any(a.is_ref for a in op_table.op_def(node.op).inputs):
            return False
        return bool(node.input) and _full(node.input[0]) in self._handles

    # The nodes that are made

    def _variable(self, node: Any) -> None:
        handle = self._add("VarHandleOp", f"{node.name}/handle", [i for i in node.input if i.startswith("^")])
        handle.attr["dtype"].type = node.attr["dtype"].type
        handle.attr["shape"].shape.CopyFrom(node.attr["shape"].shape)
        handle.attr["container"].s = node.attr["container"].s
        handle.attr["shared_name"].s = node.attr["shared_name"].s or node.name.encode()
        self._read(node.name, f"{node.name}/handle:0", node.attr["dtype"].type, [])

    def _passing(self, node: Any) -> None:
        made = self._add(_PASSING[node.op], node.name, [self._handles.get(_full(i), i) for i in node.input])
        for name, value in node.attr.items():
            made.attr[name].CopyFrom(value)
        made.attr["T"].type = dtypes.resource.as_datatype_enum

    def _written(self, node: Any) -> None:
        declared = op_table.op_def(node.op)
        renamed = _RENAMED.get(node.op, f"Resource{node.op}")
        if node.op == "DestroyTemporaryVariable":
            self._read(node.name, self._handles[_full(node.input[0])], self._types[source(node.input[0])], node.input)
            return
        if not op_table.is_known(renamed):
            raise UnimplementedError(None, None, f"the node {node.name!r} ({node.op}) of a reference variable")
        writes = any(a.is_ref for a in declared.outputs)
        made = self._with_values(node, declared, renamed)
        made.name = f"{node.name}/write" if writes else node.name
        known = op_table.op_def(renamed).attrs
        if "dtype" in known and "T" in node.attr:
            made.attr["dtype"].CopyFrom(node.attr["T"])
        for name in [n for n in made.attr if n not in known and not n.startswith("_")]:
            del made.attr[name]
        if writes:
            first = _full(node.input[0])
            self._read(node.name, self._handles[first], self._types[source(first)], [f"^{made.name}"])

    def _with_values(self, node: Any, declared: Any = None, as_op: str | None = None) -> Any:
        """Adds the node, with handles for the references that it takes as such, and values for the others."""
        copy = protos.NodeDef()  # type: ignore[attr-defined]
        copy.CopyFrom(node)
        copy.op = as_op or node.op
        for i, reference in enumerate(node.input):
            handle = self._handles.get(_full(reference))
            if handle is None:
                continue
            if declared is not None and i < len(declared.inputs) and declared.inputs[i].is_ref:
                copy.input[i] = handle
                # What was written to the reference comes first.
                copy.input.extend(self._writes(reference))
                continue
            name = f"{node.name}/read_{i}"
            self._read(name, handle, self._types[source(reference)], self._after(node, reference))
            copy.input[i] = f"{name}:0"
        self._made.append(copy)
        return copy

    def _writes(self, reference: str) -> list[str]:
        """The control input that waits for what wrote to a reference, if it was not the variable itself."""
        producer = self._nodes[source(reference)]
        return [] if producer.op in _VARIABLES or producer.op in _PASSING else [f"^{producer.name}"]

    def _after(self, node: Any, reference: str) -> list[str]:
        """What a value that `node` takes from a reference is read after."""
        return [*(i for i in node.input if i.startswith("^")), *self._writes(reference)]

    def _read(self, name: str, handle: str, dtype: int, after: Iterable[str]) -> None:
        waits = dict.fromkeys(f"^{source(a)}" for a in after)
        self._add("ReadVariableOp", name, [handle, *waits]).attr["dtype"].type = dtype

    def _add(self, op: str, name: str, inputs: Iterable[str]) -> Any:
        made = protos.NodeDef(op=op, name=name, input=inputs)  # type: ignore[attr-defined]
        self._made.append(made)
        return made


def _full(reference: str) -> str:
    return reference if ":" in reference or reference.startswith("^") else f"{reference}:0"
