"""Nodes of a graph made from `NodeDef`s."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.errors import NotFoundError
from tfshim.graph import Graph, Operation
from tfshim.operation import CONST, NO_OP, PLACEHOLDER
from tfshim.ops import op, op_table
from tfshim.ops.op_table import OpDef
from tfshim.protos import convert
from tfshim.shapes import TensorShape, from_dims
from tfshim.tensor import SymbolicTensor, Tensor

# A library that has no functions: nodes made one by one cannot call any.
NO_FUNCTIONS: Mapping[str, Any] = {}


def operation(graph: Graph, node: Any, inputs: Sequence[Any], controls: Sequence[Any]) -> Operation:
    """Adds the node of a `NodeDef` with these flat inputs and control inputs, under exactly its name."""
    add(graph, node, [_tensor(graph, i, t) for i, t in enumerate(inputs)], node.name, NO_FUNCTIONS)
    made = graph._by_name[node.name]
    made._add_control_inputs([getattr(c, "op", c) for c in controls])
    return made


def create(graph: Graph, op_type: str, inputs: Sequence[Any], name: str | None, attrs: Mapping[str, Any]) -> Operation:
    """Adds a node of a type of op, with attributes as `AttrValue` protos; the name is made unique in its scope."""
    from tfshim import protos

    if not op_table.is_known(op_type):
        raise RuntimeError(f"Op type not registered {op_type!r}: TensorFlow has no op of this name")
    node = protos.NodeDef(op=op_type)  # type: ignore[attr-defined]
    for key, value in attrs.items():
        node.attr[key].MergeFromString(value.SerializeToString())
    tensors = [_tensor(graph, i, t) for i, t in enumerate(inputs)]
    with graph.as_default():
        full = name[:-1] if name and name.endswith("/") else graph.unique_name(name or op_type)
        add(graph, node, tensors, full, NO_FUNCTIONS)
    return graph._by_name[full]


def _tensor(graph: Graph, position: int, value: Any) -> SymbolicTensor:
    if not isinstance(value, Tensor):
        raise TypeError(f"Input #{position} is not a tensor: {value!r}")
    return graph.admit(value)


def add(
    graph: Graph, node: Any, inputs: list[SymbolicTensor], name: str, library: Mapping[str, Any]
) -> list[SymbolicTensor]:
    """Adds a node to `graph`, the current one, and returns its outputs as TensorFlow counts them.

    Args:
      graph: the graph.
      node: the `NodeDef`; its own name and inputs do not count.
      inputs: the flat data inputs.
      name: full name of the new node.
      library: the functions that nodes may call: objects with `graph(inputs)`, by name.

    Raises:
      NotFoundError: TensorFlow has no such op.
      UnimplementedError: tfshim has no kernel for it.
      ValueError: attributes or inputs do not fit the op.
    """
    attrs = {key: convert.attr_from_proto(value) for key, value in node.attr.items()}
    if node.op in library:
        from tfshim.protos import call_import

        return call_import.call(graph, node.op, inputs, name, library)
    if not op_table.is_known(node.op):
        raise NotFoundError(None, None, f"Op type not registered {node.op!r}: TensorFlow has no op of this name")
    definition = op_table.op_def(node.op)
    given = _complete(definition, attrs, name)
    with graph.as_default(), graph.control_dependencies(None):
        outputs = _maker(node.op)(graph, definition, inputs, given, name, library)
    made = graph._by_name.get(name)
    if made is not None:
        made.attrs.update((k, v) for k, v in attrs.items() if k.startswith("_") and k != "_output_shapes")
        made._device = node.device or made._device
        if node.HasField("experimental_type"):
            made._full_type = node.experimental_type
    return outputs


def _complete(definition: OpDef, attrs: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The op's attributes, with defaults for those that are not given; others are left out."""
    complete = {}
    for attr in definition.attrs.values():
        if attr.name in attrs:
            complete[attr.name] = op_table.canonical_attr(attr.type, attrs[attr.name])
        elif attr.has_default:
            complete[attr.name] = attr.default
        elif not _implied(definition, attr.name):
            raise ValueError(f"NodeDef missing attr '{attr.name}' from Op<name={definition.name}>; NodeDef: {name}")
    return complete


def _implied(definition: OpDef, attr: str) -> bool:
    """True if the inputs tell an attribute, so that a program that makes a node need not."""
    return any(attr in (a.type_attr, a.number_attr, a.type_list_attr) for a in definition.inputs)


# By kind of op ---------------------------------------------------------------------------------------------

Maker = Callable[..., list[SymbolicTensor]]


def _maker(op_type: str) -> Maker:
    from tfshim.protos import call_import

    return _MAKERS.get(op_type) or call_import.MAKERS.get(op_type) or _by_kernel


def _by_kernel(
    graph: Graph, definition: OpDef, inputs: list[SymbolicTensor], attrs: dict[str, Any], name: str, library: Any
) -> list[SymbolicTensor]:
    grouped = _group(definition, inputs, attrs, name)
    op(definition.name)(*grouped, name=f"{name}/", **attrs)
    return graph._by_name[name].outputs


def _group(definition: OpDef, inputs: list[SymbolicTensor], attrs: dict[str, Any], name: str) -> list[Any]:
    """The flat inputs by argument, their dtypes checked."""
    grouped: list[Any] = []
    position = 0
    for arg in definition.inputs:
        if not arg.is_list:
            wanted = [arg.dtype or attrs.get(arg.type_attr)]
        elif arg.type_list_attr:
            wanted = list(attrs.get(arg.type_list_attr) or [t.dtype for t in inputs[position:]])
        else:
            count = attrs.get(arg.number_attr)
            wanted = [arg.dtype or attrs.get(arg.type_attr)] * (len(inputs) - position if count is None else count)
        part = inputs[position : position + len(wanted)]
        if len(part) < len(wanted):
            raise ValueError(f"NodeDef expected more inputs than the {len(inputs)} given; NodeDef: {name}")
        for i, (tensor, dtype) in enumerate(zip(part, wanted, strict=True)):
            if dtype is not None and tensor.dtype != dtype:
                raise ValueError(
                    f"Input {position + i} of node {name} was passed {tensor.dtype.name} from {tensor.name} "
                    f"incompatible with expected {dtype.name}."
                )
        grouped.append(part if arg.is_list else part[0])
        position += len(wanted)
    if position < len(inputs):
        raise ValueError(f"NodeDef expected {position} inputs, not the {len(inputs)} given; NodeDef: {name}")
    return grouped


def _const(graph: Graph, definition: OpDef, inputs: Any, attrs: dict[str, Any], name: str, library: Any) -> Any:
    array = np.asarray(attrs["value"])
    node = graph.add_node(
        CONST, (), {"value": array, "dtype": attrs["dtype"]}, (attrs["dtype"],), (from_dims(array.shape),), f"{name}/"
    )
    node.value = array
    return node.outputs


def _placeholder(graph: Graph, definition: OpDef, inputs: Any, attrs: dict[str, Any], name: str, library: Any) -> Any:
    shape = TensorShape(attrs["shape"])
    return graph.add_node(PLACEHOLDER, (), attrs, (attrs["dtype"],), (shape,), f"{name}/").outputs


def _no_op(graph: Graph, definition: OpDef, inputs: Any, attrs: dict[str, Any], name: str, library: Any) -> Any:
    return graph.add_node(NO_OP, (), {}, (), (), f"{name}/").outputs


def _variable(graph: Graph, definition: OpDef, inputs: Any, attrs: dict[str, Any], name: str, library: Any) -> Any:
    from tfshim.variable.graph_variable import VAR_HANDLE

    attrs = {**attrs, "shared_name": attrs["shared_name"] or name}
    node = graph.add_node(VAR_HANDLE, (), attrs, (dtypes.resource,), (from_dims(()),), f"{name}/")
    node.outputs[0]._variable_shape = TensorShape(attrs["shape"])  # type: ignore[attr-defined]
    return node.outputs


def _assert(graph: Graph, definition: OpDef, inputs: Any, attrs: dict[str, Any], name: str, library: Any) -> Any:
    from tfshim.api import assertions

    condition, data = _group(definition, inputs, attrs, name)
    computation, operands = assertions.assertion(data, attrs["summarize"])
    return list(graph.add_computation(computation, [condition, *operands], {}, f"{name}/"))


_MAKERS: dict[str, Maker] = {
    "Const": _const,
    "Placeholder": _placeholder,
    **dict.fromkeys(("NoOp", "ControlTrigger"), _no_op),
    "VarHandleOp": _variable,
    "Assert": _assert,
}
