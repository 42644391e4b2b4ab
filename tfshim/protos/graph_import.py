"""`tf.graph_util.import_graph_def`: the nodes of a `GraphDef` in the current graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tfshim import protos
from tfshim._version import TENSORFLOW_VERSION
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.graph import Graph, Operation
from tfshim.protos import array_lists, call_import, functionalize, node_import, references
from tfshim.protos.graphs import GRAPH_VERSION
from tfshim.protos.ordering import in_order, source
from tfshim.scopes import get_default_graph
from tfshim.tensor import SymbolicTensor


@export("graph_util.import_graph_def", "import_graph_def")
def import_graph_def(
    graph_def: Any,
    input_map: Any = None,
    return_elements: Any = None,
    name: str | None = None,
    op_dict: Any = None,
    producer_op_list: Any = None,
) -> list[Any] | None:
    """Adds the nodes of `graph_def`, and what their functions need, to the current graph.

    Args:
      graph_def: a `GraphDef`.
      input_map: by names of tensors in it (`"x:0"`, or `"^x"` for a control input), what nodes take instead.
      return_elements: names of operations (`"y"`) and tensors (`"y:0"`) to return.
      name: put before the names of the nodes; `"import"` by default.
      op_dict, producer_op_list: have no effect. Attributes that TensorFlow's declaration does not have are dropped.

    Returns:
      The operations and tensors of `return_elements`, or None without it.

    Raises:
      TypeError: arguments of other types.
      ValueError: names that `graph_def` does not have, nodes whose inputs or attributes do not fit their op.
      tf.errors.NotFoundError: an op that TensorFlow does not have, a function that is missing.
      tf.errors.UnimplementedError: an op that has no kernel; control flow of TensorFlow 1 that its functions do not
        make.
    """
    graph_def = _as_graph_def(graph_def)
    replaced = {} if input_map is None else input_map
    if not isinstance(replaced, dict) or not all(isinstance(k, (str, bytes)) for k in replaced):
        raise TypeError(f"Argument `input_map` must be a dictionary. Obtained {type(input_map).__name__}")
    _check_versions(graph_def.versions)
    wanted = None if return_elements is None else tuple(return_elements)
    if wanted is not None and not all(isinstance(e, str) for e in wanted):
        raise TypeError(f"Argument `return_elements` must be a list of strings. Obtained {return_elements}.")
    graph = get_default_graph()
    with graph.as_default():
        replaced = {k.decode() if isinstance(k, bytes) else k: v for k, v in replaced.items()}
        return _Import(graph, graph_def, replaced, "import" if name is None else name).run(wanted)


def _check_versions(versions: Any) -> None:
    """Raises ValueError for a graph that is older or newer than this version of TensorFlow reads."""
    if versions.min_consumer > GRAPH_VERSION:
        raise ValueError(
            f"GraphDef min consumer version {versions.min_consumer} above current version {GRAPH_VERSION} for "
            f"TensorFlow {TENSORFLOW_VERSION}."
        )
    if versions.producer < 0:
        raise ValueError(
            f"GraphDef producer version {versions.producer} below min producer 0 supported by TensorFlow "
            f"{TENSORFLOW_VERSION}."
        )


def _as_graph_def(value: Any) -> Any:
    """The proto as one of tfshim's: another package may have its own class for the same message."""
    cls = protos.GraphDef  # type: ignore[attr-defined]
    if isinstance(value, cls):
        return value
    if getattr(getattr(value, "DESCRIPTOR", None), "full_name", None) != cls.DESCRIPTOR.full_name:
        raise TypeError("Argument `graph_def` must be a GraphDef proto.")
    return cls.FromString(value.SerializeToString())


class _Import:
    """One import: what has been made, by the names in the proto."""

    def __init__(self, graph: Graph, graph_def: Any, input_map: Mapping[str, Any], name: str):
        self._graph = graph
        self._nodes = list(graph_def.node)
        self._library = call_import.functions(graph_def.library)
        with graph.name_scope(name or None) as scope:
            self._prefix = scope
        self._tensors: dict[str, list[SymbolicTensor]] = {}
        self._ops: dict[str, Operation | None] = {}
        self._unused = set(input_map)
        self._map = self._replacements(input_map)

    def _replacements(self, input_map: Mapping[str, Any]) -> dict[str, Any]:
        """What nodes take instead, by name of the tensor (`"x:0"`) or of the control input (`"^x"`)."""
        found = {k if k.startswith("^") else _canonical(k): v for k, v in input_map.items()}
        others = [k for k, v in found.items() if not k.startswith("^") and not isinstance(v, SymbolicTensor)]
        if others and not self._prefix:
            raise ValueError(
                "import_graph_def requires a non-empty `name` if `input_map` contains non-Tensor values: convert them "
                "with tf.convert_to_tensor first."
            )
        for key in others:
            with self._graph.name_scope(f"{self._prefix}_inputs/"):
                found[key] = convert_to_tensor(found[key])
        return found

    def run(self, wanted: Sequence[str] | None) -> list[Any] | None:
        self._check()
        for node in in_order(self._modern(self._nodes)):
            self._add(node)
        if self._unused:
            missing = ", ".join(sorted(self._unused))
            raise ValueError(f"Attempted to map inputs that were not found in graph_def: [{missing}]")
        return None if wanted is None else [self._element(e) for e in wanted]

    def _modern(self, nodes: list[Any]) -> list[Any]:
        """The nodes without what only TensorFlow 1 has: reference variables, arrays with handles, control flow."""
        if references.has_references(nodes):
            nodes = references.as_resources(nodes)
        if array_lists.has_arrays(nodes):
            nodes = array_lists.as_lists(nodes)
        if functionalize.is_old(nodes):
            nodes = functionalize.functionalize(nodes, self._library)
        return nodes

    def _check(self) -> None:
        names = set()
        for node in self._nodes:
            if node.name in names:
                raise ValueError(f"Node '{node.name}' is not unique")
            names.add(node.name)
        for node in self._nodes:
            for reference in node.input:
                if source(reference) not in names and not self._replaced(reference):
                    raise ValueError(f"Node '{node.name}': Unknown input node '{reference}'")

    def _replaced(self, reference: str) -> bool:
        return (reference if reference.startswith("^") else _canonical(reference)) in self._map

    def _add(self, node: Any) -> None:
        data = [self._input(node, i) for i in node.input if not i.startswith("^")]
        full = self._prefix + node.name
        if full in self._graph._by_name:
            with self._graph.name_scope(None):
                full = self._graph.unique_name(full)
        self._tensors[node.name] = node_import.add(self._graph, node, data, full, self._library)
        made = self._ops[node.name] = self._graph._by_name.get(full)
        if made is not None:
            made._add_control_inputs([c for c in map(self._control, node.input) if c is not None])
            if "_class" in made.attrs:
                made.attrs["_class"] = tuple(map(self._colocation, made.attrs["_class"]))

    def _input(self, node: Any, reference: str) -> SymbolicTensor:
        key = _canonical(reference)
        if key in self._map:
            self._unused -= {key, key.removesuffix(":0")}
            return self._map[key]
        name, _, index = key.rpartition(":")
        outputs = self._tensors[name]
        if int(index) >= len(outputs):
            raise ValueError(f"Node '{node.name}': Connecting to invalid output {index} of source node {name}")
        return outputs[int(index)]

    def _control(self, reference: str) -> Operation | None:
        if not reference.startswith("^"):
            return None
        if reference in self._map:
            self._unused.discard(reference)
            return getattr(self._map[reference], "op", self._map[reference])
        return self._ops[reference[1:]]

    def _colocation(self, group: Any) -> bytes:
        text = group.decode() if isinstance(group, bytes) else group
        return f"loc:@{self._prefix}{text.removeprefix('loc:@')}".encode()

    def _element(self, name: str) -> Any:
        if ":" not in name:
            if self._ops.get(name) is None:
                raise ValueError(f"Requested return node '{name}' not found in graph def")
            return self._ops[name]
        if name in self._map:
            return self._map[name]
        node, _, index = name.rpartition(":")
        if node not in self._tensors:
            raise ValueError(f"Requested return tensor '{name}' not found in graph def")
        if not index.isdigit() or int(index) >= len(self._tensors[node]):
            raise ValueError(
                f"Invalid return output {index} of node '{node}', which has {len(self._tensors[node])} output(s)"
            )
        return self._tensors[node][int(index)]


def _canonical(reference: str) -> str:
    """`"x:0"` for `"x"`."""
    return reference if ":" in reference else f"{reference}:0"
