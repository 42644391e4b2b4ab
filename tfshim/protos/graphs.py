"""Graphs and op declarations as protos."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tfshim import dtypes, protos
from tfshim.dtypes import DType
from tfshim.ops import op_table
from tfshim.protos import convert, functions, gradient_export
from tfshim.protos.functions import Library

if TYPE_CHECKING:
    from tfshim.graph import FuncGraph, Graph, Operation

# The version of the GraphDef format that the implemented TensorFlow writes.
GRAPH_VERSION = 2474


def versions() -> Any:
    """The `VersionDef` of what is written."""
    return protos.VersionDef(producer=GRAPH_VERSION)  # type: ignore[attr-defined]


def node_def(op: Operation) -> Any:
    """The `NodeDef` of an operation."""
    return node_defs(op, Library(names_only=True), _tensor_name)[-1]


def attr_of_call(op: Operation, name: str) -> Any:
    """The value of an attribute that says what a node calls, as `Operation.get_attr` gives it; None if it has none."""
    if not functions.is_call(op):
        return None
    proto = node_def(op)
    if name not in proto.attr:
        declared = op_table.op_def(op.type).attrs.get(name)
        if declared is None or not declared.has_default:
            return None
        return convert.plain_attr(convert.attr_to_proto(declared.type, declared.default))
    return convert.plain_attr(proto.attr[name])


def node_defs(
    op: Operation, library: Library, reference: Callable[[Any], str], inside_function: bool = False
) -> list[Any]:
    """The `NodeDef` of an operation, after those of constants that only the proto has.

    Args:
      op: the operation.
      library: gets the functions that it calls.
      reference: the text by which nodes refer to a tensor.
      inside_function: whether the nodes are part of a `FunctionDef`, which refers to outputs by their names.
    """
    proto = protos.NodeDef(name=op.name, op=op.type, device=op.device)  # type: ignore[attr-defined]
    if op._full_type is not None:
        proto.experimental_type.MergeFromString(op._full_type.SerializeToString())
    attrs = dict(op.attrs)
    before: list[Any] = []
    parts = getattr(op.computation, "parts", None)
    if parts is None:
        proto.input.extend(reference(t) for t in op.inputs)
    else:
        # An assertion keeps the texts of its message; in TensorFlow they are inputs like the values.
        data = _assertion_data(op, parts, reference, before, inside_function)
        proto.input.extend([reference(op.inputs[0]), *(name for name, _ in data)])
        attrs.update(T=tuple(dtype for _, dtype in data), summarize=op.computation.summarize)
    attrs.update(functions.calls(op, library))
    proto.input.extend(f"^{c.name}" for c in op.control_inputs)
    declared = op_table.op_def(op.type).attrs if op_table.is_known(op.type) else {}
    for name, value in attrs.items():
        if name == "value" and op.type == "Const":
            proto.attr[name].tensor.CopyFrom(convert.array_to_proto(value, op.attrs["dtype"]))
        elif name in declared:
            proto.attr[name].CopyFrom(convert.attr_to_proto(declared[name].type, value))
        elif value is not None:
            proto.attr[name].CopyFrom(convert.guess_attr_to_proto(value))
    for name, attr in declared.items():
        if attr.type == "shape" and not attr.has_default and name not in attrs:
            proto.attr[name].CopyFrom(convert.attr_to_proto("shape", None))
    return [*before, proto]


def _tensor_name(tensor: Any) -> str:
    name = tensor.op.name
    return f"{name}:{tensor.value_index}" if tensor.value_index else name


def _assertion_data(
    op: Operation, parts: Any, reference: Callable[[Any], str], constants: list[Any], inside_function: bool
) -> list[tuple[str, DType]]:
    """References to the data of an assertion and their dtypes; texts become `constants`."""
    data = []
    for i, part in enumerate(parts):
        if not isinstance(part, str):
            tensor = op.inputs[1 + part]
            data.append((reference(tensor), tensor.dtype))
            continue
        name = f"{op.name}/data_{i}"
        while name in op.graph._by_name:
            name += "_"
        constant = protos.NodeDef(name=name, op="Const")  # type: ignore[attr-defined]
        constant.attr["dtype"].type = dtypes.string.as_datatype_enum
        constant.attr["value"].tensor.CopyFrom(convert.array_to_proto(np.array(part.encode(), object), dtypes.string))
        constants.append(constant)
        data.append((f"{constant.name}:output:0" if inside_function else constant.name, dtypes.string))
    return data


def graph_def(graph: Graph, add_shapes: bool = False) -> Any:
    """The `GraphDef` of a graph, with the functions that its nodes call.

    With `add_shapes`, nodes carry their output shapes as `_output_shapes`.
    """
    proto = protos.GraphDef()  # type: ignore[attr-defined]
    library = Library()
    replaced = gradient_export.exported(graph)
    graph = graph if replaced is None else replaced.graph
    for op in graph.get_operations():
        nodes = node_defs(op, library, _tensor_name)
        if add_shapes:
            shapes = tuple(t.shape._dims for t in op.outputs)
            nodes[-1].attr["_output_shapes"].CopyFrom(convert.attr_to_proto("list(shape)", shapes))
        proto.node.extend(nodes)
    if library.proto.function:
        proto.library.CopyFrom(library.proto)
    proto.versions.CopyFrom(versions())
    return proto


def op_def_of(op: Operation) -> Any:
    """The `OpDef` of a node. That of a gradient that is one node here declares the dtypes of this node."""
    if op_table.is_known(op.type):
        return op_def(op.type)
    proto = protos.OpDef(name=op.type, is_stateful=op.stateful)  # type: ignore[attr-defined]
    for tensors, field, name in ((op.inputs, proto.input_arg, "input"), (op.outputs, proto.output_arg, "output")):
        for i, tensor in enumerate(tensors):
            field.add(name=f"{name}_{i}", type=tensor.dtype.as_datatype_enum)
    return proto


def op_def(name: str) -> Any:
    """The `OpDef` of an op in TensorFlow's registry; KeyError if there is none."""
    declared = op_table.op_def(name)
    # TensorFlow does not count what is done to a resource that a reference names.
    stateful = declared.stateful and not any(arg.is_named_resource for arg in declared.inputs)
    proto = protos.OpDef(name=name, is_stateful=stateful)  # type: ignore[attr-defined]
    for args, field in ((declared.inputs, proto.input_arg), (declared.outputs, proto.output_arg)):
        for arg in args:
            entry = field.add(name=arg.name, is_ref=arg.is_ref)
            if arg.dtype is not None:
                declared_type = dtypes.string if arg.is_named_resource else arg.dtype
                entry.type = declared_type.as_datatype_enum
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


def function_def(name: str, graph: FuncGraph) -> Any:
    """The `FunctionDef` of a traced function; tensors are named `NODE:OUTPUT:INDEX` in it, arguments by their node."""
    proto = protos.FunctionDef()  # type: ignore[attr-defined]
    proto.signature.name = name
    proto.signature.is_stateful = any(op.stateful for op in graph.get_operations())
    arguments = {id(t): t.op.name for t in graph.inputs}
    for tensor in graph.inputs:
        proto.signature.input_arg.add(name=tensor.op.name, type=tensor.dtype.as_datatype_enum)
    for op in graph.get_operations():
        if not any(id(t) in arguments for t in op.outputs):
            node = node_def(op)
            data = [arguments.get(id(t)) or _function_tensor(t) for t in op.inputs]
            node.input[: len(data)] = data
            proto.node_def.append(node)
    for i, tensor in enumerate(graph.outputs):
        label = f"output_{i}"
        proto.signature.output_arg.add(name=label, type=tensor.dtype.as_datatype_enum)
        proto.ret[label] = arguments.get(id(tensor)) or _function_tensor(tensor)
    for op in graph.control_outputs:
        proto.control_ret[op.name] = op.name
    return proto


def _function_tensor(tensor: Any) -> str:
    op, index = tensor.op, tensor.value_index
    outputs = op_table.op_def(op.type).outputs if op_table.is_known(op.type) else ()
    # Of an op with one output argument (a list perhaps), the index counts within it.
    if len(outputs) == 1:
        return f"{op.name}:{outputs[0].name}:{index}"
    label = outputs[index].name if len(outputs) == len(op.outputs) else "output"
    return f"{op.name}:{label}:{0 if len(outputs) == len(op.outputs) else index}"
