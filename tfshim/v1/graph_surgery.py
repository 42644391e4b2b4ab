"""`tf.compat.v1.graph_util`: parts of a `GraphDef`, and graphs whose variables became constants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes, protos
from tfshim.export import export
from tfshim.protos import convert
from tfshim.protos.ordering import source
from tfshim.shapes import TensorShape

_READS = ("ReadVariableOp", "ResourceGather", "VariableShape")


def _check(graph_def: Any) -> None:
    if getattr(getattr(graph_def, "DESCRIPTOR", None), "full_name", None) != "tensorflow.GraphDef":
        raise TypeError(f"graph_def must be a GraphDef proto, not {type(graph_def).__name__}")


@export("compat.v1.graph_util.extract_sub_graph")
def extract_sub_graph(graph_def: Any, dest_nodes: Sequence[str]) -> Any:
    """A `GraphDef` of the nodes `dest_nodes` and all that they need, in the order in which they were.

    Raises:
      TypeError: if `graph_def` is no `GraphDef`, or `dest_nodes` is a string.
      AssertionError: for a name that it does not have.
    """
    _check(graph_def)
    if isinstance(dest_nodes, str):
        raise TypeError("dest_nodes must be an iterable of strings")
    by_name = {node.name: node for node in graph_def.node}
    for name in dest_nodes:
        if name not in by_name:
            raise AssertionError(f"{name} is not in graph")
    needed: set[str] = set()
    stack = list(dest_nodes)
    while stack:
        name = stack.pop()
        if name not in needed:
            needed.add(name)
            stack.extend(map(source, by_name[name].input))
    part = type(graph_def)()
    part.node.extend(node for node in graph_def.node if node.name in needed)
    part.library.CopyFrom(graph_def.library)
    part.versions.CopyFrom(graph_def.versions)
    return part


@export("compat.v1.graph_util.remove_training_nodes")
def remove_training_nodes(input_graph: Any, protected_nodes: Iterable[str] | None = None) -> Any:
    """The graph without checks of numbers, and without identities that nothing but their data input passes through.

    Args:
      input_graph: a `GraphDef`.
      protected_nodes: names of nodes that stay.
    """
    protected = set(protected_nodes or ())
    kept = [_without_inputs(n, {}) for n in input_graph.node if n.op != "CheckNumerics" or n.name in protected]
    passed = {n.name: n.input[0] for n in input_graph.node if n.op == "CheckNumerics" and n.name not in protected}
    used_as_control = {source(i) for n in kept for i in n.input if i.startswith("^")}
    for node in kept:
        plain = node.op == "Identity" and not any(i.startswith("^") for i in node.input)
        if plain and node.name not in protected | used_as_control:
            passed[node.name] = node.input[0]
    result = type(input_graph)()
    result.node.extend(_without_inputs(n, passed) for n in kept if n.name not in passed)
    result.library.CopyFrom(input_graph.library)
    result.versions.CopyFrom(input_graph.versions)
    return result


def _without_inputs(node: Any, passed: dict[str, str]) -> Any:
    """A copy of a node that takes what went into the nodes `passed`, not what came out of them."""
    copy = type(node)()
    copy.CopyFrom(node)
    for i, reference in enumerate(copy.input):
        while source(reference) in passed and not reference.startswith("^"):
            reference = passed[source(reference)]
        copy.input[i] = reference
    return copy


@export("compat.v1.graph_util.convert_variables_to_constants")
def convert_variables_to_constants(
    sess: Any,
    input_graph_def: Any,
    output_node_names: Sequence[str],
    variable_names_whitelist: Sequence[str] | None = None,
    variable_names_blacklist: Sequence[str] | None = None,
) -> Any:
    """What the outputs need of a graph, with the values that its variables have in a session as constants.

    Args:
      sess: the session.
      input_graph_def: the graph as a `GraphDef`.
      output_node_names: nodes to keep, with what they need.
      variable_names_whitelist: only these variables become constants.
      variable_names_blacklist: these do not.

    Raises:
      NotImplementedError: if a variable is passed to a function, a branch or a loop, or written to.
    """
    part = extract_sub_graph(input_graph_def, output_node_names)
    chosen = {
        node.name
        for node in part.node
        if node.op == "VarHandleOp"
        and (variable_names_whitelist is None or node.name in variable_names_whitelist)
        and node.name not in (variable_names_blacklist or ())
    }
    names = sorted(chosen)
    values = dict(zip(names, sess.run([f"{n}/Read/ReadVariableOp:0" for n in names]), strict=True)) if names else {}
    result = type(part)()
    for node in part.node:
        if node.name in chosen:
            result.node.add().CopyFrom(_constant(type(node), node.name, values[node.name]))
        elif chosen.intersection(map(source, node.input)):
            result.node.extend(_on_constant(node, values))
        else:
            result.node.add().CopyFrom(node)
    result.library.CopyFrom(part.library)
    result.versions.CopyFrom(part.versions)
    return result


def _constant(cls: Any, name: str, value: Any) -> Any:
    array = np.asarray(value)
    node = protos.NodeDef(name=name, op="Const")  # type: ignore[attr-defined]
    node.attr["dtype"].type = dtypes.as_dtype(array.dtype).as_datatype_enum
    node.attr["value"].tensor.CopyFrom(convert.array_to_proto(array))
    return cls.FromString(node.SerializeToString())


def _on_constant(node: Any, values: dict[str, Any]) -> list[Any]:
    """A node that read a variable, for a constant in place of the handle, and the nodes that it needs for it."""
    if node.op not in _READS:
        raise NotImplementedError(
            f"the variable that {node.name!r} ({node.op}) takes cannot become a constant: only reads and gathers of "
            "variables outside of functions, branches and loops can"
        )
    handle = source(node.input[0])
    array = np.asarray(values[handle])
    made: list[Any] = []
    proto = protos.NodeDef(name=node.name, input=node.input, device=node.device)  # type: ignore[attr-defined]
    dtype = dtypes.as_dtype(array.dtype).as_datatype_enum
    if node.op == "ReadVariableOp":
        proto.op = "Identity"
        proto.attr["T"].type = dtype
    elif node.op == "VariableShape":
        return [_constant(type(node), node.name, np.array(TensorShape(array.shape).as_list(), np.int32))]
    else:
        proto.op = "GatherV2"
        axis = _constant(type(node), f"{node.name}/axis", np.int32(0))
        made.append(axis)
        proto.input.insert(2, axis.name)
        proto.attr["Tparams"].type = dtype
        proto.attr["Tindices"].type = node.attr["Tindices"].type
        proto.attr["Taxis"].type = dtypes.int32.as_datatype_enum
        proto.attr["batch_dims"].i = node.attr["batch_dims"].i
    return [*made, type(node).FromString(proto.SerializeToString())]


@export("compat.v1.graph_util.tensor_shape_from_node_def_name")
def tensor_shape_from_node_def_name(graph: Any, input_name: str) -> Any:
    """The static shape of a tensor of a graph, given as in a `NodeDef`: `"x"` is `"x:0"`."""
    name = input_name if ":" in input_name else f"{input_name}:0"
    return graph.get_tensor_by_name(name).shape
