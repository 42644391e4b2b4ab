"""`TensorArrayV3` as lists of tensors, before a graph is imported: lists are part of compiled programs.

In a graph of TensorFlow 1 an array is a handle that does not change and a *flow*, a number passed from op to op that
orders them. The flow becomes the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes, protos
from tfshim.protos import convert

_PREFIX, _SUFFIX = "TensorArray", "V3"
# Nodes that hand on what they get, whatever it is.
_PASSING = frozenset(["Identity", "Enter", "Exit", "Merge", "NextIteration", "Switch"])
_UNSUPPORTED = frozenset(["TensorArrayGradV3", "TensorArrayGradWithShape"])


def has_arrays(nodes: Sequence[Any]) -> bool:
    """Whether there are arrays among `NodeDef`s that can be lists: those that have no gradients."""
    kinds = {n.op for n in nodes}
    return "TensorArrayV3" in kinds and not kinds & _UNSUPPORTED


def as_lists(nodes: Iterable[Any]) -> list[Any]:
    """The `NodeDef`s with `TensorList` ops in place of `TensorArray` ones."""
    return _Rewriting(nodes).run()


class _Rewriting:
    def __init__(self, nodes: Iterable[Any]):
        self._nodes = {n.name: n for n in nodes}
        self._made: list[Any] = []
        # By tensor: the array behind a handle or a flow.
        self._handles: dict[str, Any] = {}
        self._flows: set[str] = set()

    def run(self) -> list[Any]:
        self._follow()
        for node in self._nodes.values():
            kind = node.op.removeprefix(_PREFIX).removesuffix(_SUFFIX)
            if node.op == "TensorArrayV3":
                self._reserve(node)
            elif node.op.startswith(_PREFIX) and node.op.endswith(_SUFFIX):
                getattr(self, f"_{kind.lower()}")(node)
            elif f"{node.name}:0" in self._handles:
                continue
            elif f"{node.name}:0" in self._flows:
                copy = self._copy(node)
                copy.attr["T"].type = dtypes.variant.as_datatype_enum
            else:
                self._copy(node)
        return self._made

    def _follow(self) -> None:
        """Finds all tensors that are handles or flows."""
        changed = True
        while changed:
            before = len(self._handles) + len(self._flows)
            for node in self._nodes.values():
                outputs = [f"{node.name}:{i}" for i in (0, 1)]
                first = _full(node.input[0]) if node.input else ""
                if node.op == "TensorArrayV3":
                    self._handles[outputs[0]] = node
                    self._flows.add(outputs[1])
                elif node.op in ("TensorArrayWriteV3", "TensorArrayScatterV3", "TensorArraySplitV3"):
                    self._flows.add(outputs[0])
                elif node.op in _PASSING and first in self._handles:
                    self._handles.update(dict.fromkeys(outputs, self._handles[first]))
                elif node.op in _PASSING and any(_full(i) in self._flows for i in node.input):
                    self._flows.update(outputs)
            changed = len(self._handles) + len(self._flows) > before

    # One op each

    def _reserve(self, node: Any) -> None:
        # The flow is the second output: the list is what a node of the old name gives twice.
        size = node.input[0]
        made = self._add("TensorListReserve", f"{node.name}/list", [self._shape(node), size, *_controls(node)])
        made.attr["element_dtype"].CopyFrom(node.attr["dtype"])
        both = self._add("IdentityN", node.name, [f"{made.name}:0"] * 2)
        both.attr["T"].list.type.extend([dtypes.variant.as_datatype_enum] * 2)

    def _write(self, node: Any) -> None:
        _, index, value, flow = node.input[:4]
        made = self._list("TensorListSetItem", node, [flow, index, value])
        made.attr["resize_if_index_out_of_bounds"].b = self._array(node).attr["dynamic_size"].b

    def _read(self, node: Any) -> None:
        _, index, flow = node.input[:3]
        self._list("TensorListGetItem", node, [flow, index, self._shape(node)])

    def _gather(self, node: Any) -> None:
        _, indices, flow = node.input[:3]
        self._list("TensorListGather", node, [flow, indices, self._shape(node)])

    def _scatter(self, node: Any) -> None:
        _, indices, value, flow = node.input[:4]
        self._list("TensorListScatterIntoExistingList", node, [flow, value, indices])

    def _concat(self, node: Any) -> None:
        lengths = self._constant(f"{node.name}/leading_dims", np.zeros(0, np.int64))
        self._list("TensorListConcatV2", node, [node.input[1], self._shape(node), lengths])

    def _split(self, node: Any) -> None:
        _, value, lengths, _ = node.input[:4]
        self._list("TensorListSplit", node, [value, self._shape(node), lengths])

    def _size(self, node: Any) -> None:
        made = self._add("TensorListLength", node.name, [node.input[1], *_controls(node)])
        made.attr.clear()

    def _close(self, node: Any) -> None:
        self._add("NoOp", node.name, _controls(node))

    # Making nodes

    def _array(self, node: Any) -> Any:
        return self._handles[_full(node.input[0])] if node.op != "TensorArrayV3" else node

    def _list(self, op: str, node: Any, inputs: Sequence[str]) -> Any:
        made = self._add(op, node.name, [*inputs, *_controls(node)])
        made.attr["element_dtype"].CopyFrom(self._array(node).attr["dtype"])
        return made

    def _shape(self, node: Any) -> str:
        """A constant with what is known of the elements' shape."""
        declared = [_dims(n.attr[a], a) for n in (node, self._array(node)) for a in _SHAPES if a in n.attr]
        dims = next((d for d in declared if d is not None), None)
        array = np.asarray(-1 if dims is None else [-1 if d is None else d for d in dims], np.int32)
        return self._constant(f"{node.name}/element_shape", array)

    def _constant(self, name: str, array: np.ndarray) -> str:
        made = self._add("Const", name, [])
        made.attr["dtype"].type = dtypes.of(array.dtype).as_datatype_enum
        made.attr["value"].tensor.CopyFrom(convert.array_to_proto(array))
        return f"{name}:0"

    def _copy(self, node: Any) -> Any:
        copy = self._add(node.op, node.name, [])
        copy.CopyFrom(node)
        del copy.input[:]
        # Arrays as such are gone: only flows are passed on.
        copy.input.extend(i for i in node.input if i.startswith("^") or _full(i) not in self._handles)
        return copy

    def _add(self, op: str, name: str, inputs: Iterable[str]) -> Any:
        kept = [i for i in inputs if not i.startswith("^") or self._remains(i[1:])]
        made = protos.NodeDef(op=op, name=name, input=kept)  # type: ignore[attr-defined]
        self._made.append(made)
        return made

    def _remains(self, name: str) -> bool:
        return f"{name}:0" not in self._handles or self._nodes[name].op == "TensorArrayV3"


_SHAPES = ("element_shape", "element_shape_except0")


def _dims(attr: Any, name: str) -> Any:
    """The sizes of an element that an attribute tells, the first of them if it leaves that out; None: nothing."""
    dims = convert.attr_from_proto(attr)
    return dims if dims is None or name == "element_shape" else (None, *dims)


def _controls(node: Any) -> list[str]:
    return [i for i in node.input if i.startswith("^")]


def _full(reference: str) -> str:
    return reference if ":" in reference or reference.startswith("^") else f"{reference}:0"
