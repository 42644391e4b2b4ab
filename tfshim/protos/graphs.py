"""Graphs and op declarations as protos."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfshim import protos
from tfshim.ops import op_table
from tfshim.protos import convert

if TYPE_CHECKING:
    from tfshim.graph import Graph, Operation

# The version of the GraphDef format that the implemented TensorFlow writes.
_PRODUCER = 2474


def node_def(op: Operation) -> Any:
    """The `NodeDef` of an operation."""
    proto = protos.NodeDef(name=op.name, op=op.type, device=op.device)  # type: ignore[attr-defined]
    for tensor in op.inputs:
        name = tensor.op.name
        proto.input.append(f"{name}:{tensor.value_index}" if tensor.value_index else name)
    proto.input.extend(f"^{c.name}" for c in op.control_inputs)
    declared = op_table.op_def(op.type).attrs if op_table.is_known(op.type) else {}
    for name, value in op.attrs.items():
        if name == "value" and op.type == "Const":
            proto.attr[name].tensor.CopyFrom(convert.array_to_proto(value, op.attrs["dtype"]))
        elif name in declared:
            proto.attr[name].CopyFrom(convert.attr_to_proto(declared[name].type, value))
        elif value is not None:
            proto.attr[name].CopyFrom(convert.guess_attr_to_proto(value))
    return proto


def graph_def(graph: Graph, add_shapes: bool = False) -> Any:
    """The `GraphDef` of a graph; with `add_shapes`, nodes carry their output shapes as `_output_shapes`."""
    proto = protos.GraphDef()  # type: ignore[attr-defined]
    for op in graph.get_operations():
        node = node_def(op)
        if add_shapes:
            shapes = tuple(t.shape._dims for t in op.outputs)
            node.attr["_output_shapes"].CopyFrom(convert.attr_to_proto("list(shape)", shapes))
        proto.node.append(node)
    proto.versions.producer = _PRODUCER
    return proto


def op_def(name: str) -> Any:
    """The `OpDef` of an op in TensorFlow's registry; KeyError if there is none."""
    declared = op_table.op_def(name)
    proto = protos.OpDef(name=name, is_stateful=declared.stateful)  # type: ignore[attr-defined]
    for args, field in ((declared.inputs, proto.input_arg), (declared.outputs, proto.output_arg)):
        for arg in args:
            entry = field.add(name=arg.name, is_ref=arg.is_ref)
            if arg.dtype is not None:
                entry.type = arg.dtype.as_datatype_enum
            entry.type_attr = arg.type_attr or ""
            entry.number_attr = arg.number_attr or ""
            entry.type_list_attr = arg.type_list_attr or ""
    for attr in declared.attrs.values():
        entry = proto.attr.add(name=attr.name, type=attr.type)
        if attr.has_default:
            entry.default_value.CopyFrom(convert.attr_to_proto(attr.type, attr.default))
        if attr.minimum is not None:
            entry.has_minimum, entry.minimum = True, attr.minimum
        if attr.allowed is not None:
            inner = attr.type.removeprefix("list(").removesuffix(")")
            ordered = tuple(sorted(attr.allowed, key=lambda v: getattr(v, "as_datatype_enum", v)))
            entry.allowed_values.CopyFrom(convert.attr_to_proto(f"list({inner})", ordered))
    return proto
