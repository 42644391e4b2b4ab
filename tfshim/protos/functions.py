"""Functions that nodes call, as the library of a `GraphDef`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tfshim import protos
from tfshim.ops import op_table
from tfshim.protos import convert, gradient_export

if TYPE_CHECKING:
    from tfshim.graph import FuncGraph, Operation
    from tfshim.tensor import SymbolicTensor


class Library:
    """The functions of one `GraphDef`, each added once, with those that it calls itself.

    `names_only`: it only names them, for who wants to see a single node.
    """

    def __init__(self, names_only: bool = False) -> None:
        self._names_only = names_only
        self.proto = protos.FunctionDefLibrary()  # type: ignore[attr-defined]
        # The graphs are kept, so that ids stay valid.
        self._names: dict[Any, tuple[str, FuncGraph]] = {}
        self._kept: list[FuncGraph] = []
        self._taken: set[str] = set()

    def add(self, graph: FuncGraph, outputs: Sequence[SymbolicTensor], name: str | None = None) -> convert.FunctionRef:
        """The reference by which a node calls `graph` for `outputs`."""
        key = (id(graph), tuple(id(t) for t in outputs))
        if key not in self._names:
            unique = _unique(name or f"__inference_{graph.name}", self._taken)
            self._names[key] = (unique, graph)
            if self._names_only:
                return convert.FunctionRef(unique)
            replaced = gradient_export.exported(graph)
            if replaced is not None:
                graph, outputs = replaced.graph, [replaced.tensors[id(t)] for t in outputs]
                self._kept.append(graph)
            self.proto.function.add().CopyFrom(self._function_def(unique, graph, outputs))
        return convert.FunctionRef(self._names[key][0])

    @staticmethod
    def _describe_argument(attrs: Any, tensor: SymbolicTensor) -> None:
        """What is known of an argument besides its dtype: the shape, and the name that the user gave."""
        attrs["_output_shapes"].CopyFrom(convert.attr_to_proto("list(shape)", (tensor.shape._dims,)))
        name = tensor.op.attrs.get("_user_specified_name")
        if name is not None:
            attrs["_user_specified_name"].s = name.encode()

    def _function_def(self, name: str, graph: FuncGraph, outputs: Sequence[SymbolicTensor]) -> Any:
        from tfshim.protos.graphs import node_defs

        proto = protos.FunctionDef()  # type: ignore[attr-defined]
        proto.signature.name = name
        arguments = {id(t) for t in graph.inputs}
        nodes = [n for n in graph.get_operations() if not any(id(t) in arguments for t in n.outputs)]
        taken = {n.name for n in nodes}
        references: dict[int, str] = {}
        for i, tensor in enumerate(graph.inputs):
            self._describe_argument(proto.arg_attr[i].attr, tensor)
            references[id(tensor)] = argument = _unique(_argument_name(tensor.op.name), taken)
            proto.signature.input_arg.add(name=argument, type=tensor.dtype.as_datatype_enum)
        for node in nodes:
            for tensor, place in zip(node.outputs, _output_places(node), strict=True):
                references[id(tensor)] = f"{node.name}:{place}"
        for node in nodes:
            proto.node_def.extend(node_defs(node, self, lambda t: references[id(t)], inside_function=True))
            if node.stateful:
                proto.signature.is_stateful = True
                proto.control_ret[node.name] = node.name
                proto.signature.control_output.append(node.name)
        results: set[str] = set()
        for tensor in outputs:
            result = _unique(_argument_name(tensor.op.name), results)
            proto.signature.output_arg.add(name=result, type=tensor.dtype.as_datatype_enum)
            proto.ret[result] = references[id(tensor)]
        return proto


def is_call(op: Operation) -> bool:
    """Whether `calls` knows what a node calls."""
    return op.type.removeprefix("Stateless").removeprefix("Stateful") in _CALLS


def calls(op: Operation, library: Library) -> dict[str, Any]:
    """The attributes, by kind and value, that say what a node calls; empty for one that calls nothing."""
    kind = op.type.removeprefix("Stateless").removeprefix("Stateful")
    make = _CALLS.get(kind)
    return {} if make is None else make(op, library)


def _call(op: Operation, library: Library) -> dict[str, Any]:
    call = op.computation
    return {
        "Tin": _dtypes(op.inputs),
        "Tout": _dtypes(op.outputs),
        "f": library.add(call.graph, call.all_outputs()[: len(op.outputs)], op.attrs.get("f")),
    }


def _if(op: Operation, library: Library) -> dict[str, Any]:
    then, other = (library.add(g, g.outputs) for g in op.computation.graphs)
    return {"Tcond": op.inputs[0].dtype, **_branching(op), "then_branch": then, "else_branch": other}


def _case(op: Operation, library: Library) -> dict[str, Any]:
    return {**_branching(op), "branches": tuple(library.add(g, g.outputs) for g in op.computation.graphs)}


def _branching(op: Operation) -> dict[str, Any]:
    shapes = tuple(t.shape._dims for t in op.outputs)
    return {"Tin": _dtypes(op.inputs[1:]), "Tout": _dtypes(op.outputs), "output_shapes": shapes}


def _while(op: Operation, library: Library) -> dict[str, Any]:
    cond, body = op.computation.graphs
    # In TensorFlow the body also gives what does not vary.
    outputs = [*body.outputs, *body.inputs[len(body.outputs) :]]
    shapes = tuple(t.shape._dims for t in (*op.outputs, *op.inputs[len(body.outputs) :]))
    return {
        "T": _dtypes(op.inputs),
        "cond": library.add(cond, cond.outputs),
        "body": library.add(body, outputs),
        "output_shapes": shapes,
    }


_CALLS = {"PartitionedCall": _call, "If": _if, "Case": _case, "While": _while}


def _dtypes(tensors: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(t.dtype for t in tensors)


def _output_places(op: Operation) -> Iterator[str]:
    """For each output of a node, its place among the op's output arguments: `"y:0"`."""
    declared = op_table.op_def(op.type).outputs if op_table.is_known(op.type) else ()
    if len(declared) == 1:
        yield from (f"{declared[0].name}:{i}" for i in range(len(op.outputs)))
        return
    if not declared:
        yield from (f"output:{i}" for i in range(len(op.outputs)))
        return
    for arg in declared:
        count = 1
        if arg.number_attr:
            count = op.attrs[arg.number_attr]
        elif arg.type_list_attr:
            count = len(op.attrs[arg.type_list_attr])
        yield from (f"{arg.name}:{i}" for i in range(count))


def _argument_name(name: str) -> str:
    """A name for an argument: letters in lower case, digits and underscores."""
    cleaned = re.sub(r"[^a-z0-9_]", "_", name.lower()).strip("_")
    return cleaned if cleaned[:1].isalpha() else f"arg_{cleaned}"


def _unique(name: str, taken: set[str]) -> str:
    found, n = name, 0
    while found in taken:
        n += 1
        found = f"{name}_{n}"
    taken.add(found)
    return found
