"""Functions of a `GraphDef`'s library as graphs, and the nodes that call them: calls, branches, loops."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any

from tfshim import dtypes
from tfshim.control_flow.branches import Branches
from tfshim.control_flow.loops import Loop
from tfshim.errors import NotFoundError
from tfshim.graph import FuncGraph, Graph, shape_behind
from tfshim.ops import op_table
from tfshim.protos import node_import
from tfshim.protos.ordering import in_order
from tfshim.shapes import TensorShape
from tfshim.tensor import SymbolicTensor


class LibraryFunction:
    """A `FunctionDef`: a graph for each combination of what is known of its arguments' shapes."""

    def __init__(self, proto: Any, library: MutableMapping[str, LibraryFunction]):
        self.proto = proto
        self._library = library
        self._graphs: dict[Any, FuncGraph] = {}

    def graph(self, shapes: Sequence[TensorShape], handles: Sequence[TensorShape]) -> FuncGraph:
        """The body, for arguments of these shapes; `handles` are the shapes of the variables behind resources."""
        key = tuple(s._dims for s in (*shapes, *handles))
        if key not in self._graphs:
            self._graphs[key] = self._import(shapes, handles)
        return self._graphs[key]

    def _import(self, shapes: Sequence[TensorShape], handles: Sequence[TensorShape]) -> FuncGraph:
        from tfshim.protos.functionalize_functions import modern

        self.proto = modern(self.proto, self._library)
        signature = self.proto.signature
        graph = FuncGraph(signature.name)
        graph.outer_graph = None
        tensors: dict[str, SymbolicTensor] = {}
        with graph.as_default():
            for arg, shape, behind in zip(signature.input_arg, shapes, handles, strict=True):
                tensor = graph.placeholder(dtypes.as_dtype(arg.type), shape, arg.name)
                if tensor.dtype is dtypes.resource:
                    tensor._variable_shape = behind  # type: ignore[attr-defined]
                tensors[arg.name] = tensor
                graph.inputs.append(tensor)
            for node in in_order(self.proto.node_def):
                data = [tensors[i] for i in node.input if not i.startswith("^")]
                outputs = node_import.add(graph, node, data, node.name, self._library)
                made = graph._by_name.get(node.name)
                if made is not None:
                    controls = [graph._by_name.get(i[1:]) for i in node.input if i.startswith("^")]
                    made._add_control_inputs([c for c in controls if c is not None])
                tensors.update(self._named(node, outputs))
        graph.outputs = [tensors[self.proto.ret[arg.name]] for arg in signature.output_arg]
        graph.control_outputs = [graph._by_name[n] for n in self.proto.control_ret.values() if n in graph._by_name]
        return graph

    def _named(self, node: Any, outputs: Sequence[SymbolicTensor]) -> dict[str, SymbolicTensor]:
        """The outputs by the names that the body has for them: `NODE:ARGUMENT:INDEX`."""
        if not op_table.is_known(node.op):
            args = [a.name for a in self._library[node.op].proto.signature.output_arg]
            return {f"{node.name}:{a}:0": t for a, t in zip(args, outputs, strict=False)}
        declared = op_table.op_def(node.op).outputs
        named: dict[str, SymbolicTensor] = {}
        position = 0
        for arg in declared:
            if len(declared) == 1:
                count = len(outputs)
            elif arg.number_attr:
                count = node.attr[arg.number_attr].i
            else:
                count = len(node.attr[arg.type_list_attr].list.type) if arg.type_list_attr else 1
            named.update((f"{node.name}:{arg.name}:{i}", t) for i, t in enumerate(outputs[position : position + count]))
            position += count
        return named


def functions(library: Any) -> dict[str, LibraryFunction]:
    """The functions of a `FunctionDefLibrary`, by name."""
    found: dict[str, LibraryFunction] = {}
    for proto in library.function:
        found[proto.signature.name] = LibraryFunction(proto, found)
    return found


def _body(
    reference: Any, inputs: Sequence[SymbolicTensor], library: Mapping[str, Any], shapes: Sequence[TensorShape] = ()
) -> FuncGraph:
    name = reference if isinstance(reference, str) else reference.name
    if name not in library:
        raise NotFoundError(None, None, f"the library has no function {name!r}")
    return library[name].graph(shapes or [t.shape for t in inputs], [shape_behind(t) for t in inputs])


def call(graph: Graph, function: Any, inputs: list[SymbolicTensor], name: str, library: Any) -> list[SymbolicTensor]:
    """Adds a node that calls a function of the library."""
    from tfshim.concrete_function import Call

    computation = Call(_body(function, inputs, library))
    return list(graph.add_computation(computation, inputs, {}, f"{name}/"))[: computation.n_outputs]


def _call(graph: Graph, definition: Any, inputs: Any, attrs: dict[str, Any], name: str, library: Any) -> Any:
    return call(graph, attrs["f"], inputs, name, library)


def _if(graph: Graph, definition: Any, inputs: Any, attrs: dict[str, Any], name: str, library: Any) -> Any:
    references = (attrs["then_branch"], attrs["else_branch"])
    computation = Branches([_body(f, inputs[1:], library) for f in references], True)
    return _visible(graph.add_computation(computation, inputs, {}, f"{name}/"))


def _case(graph: Graph, definition: Any, inputs: Any, attrs: dict[str, Any], name: str, library: Any) -> Any:
    computation = Branches([_body(f, inputs[1:], library) for f in attrs["branches"]], False)
    return _visible(graph.add_computation(computation, inputs, {}, f"{name}/"))


def _while(graph: Graph, definition: Any, inputs: Any, attrs: dict[str, Any], name: str, library: Any) -> Any:
    declared = attrs["output_shapes"] or [None] * len(inputs)
    shapes = [TensorShape(s) for s in declared]
    body = _body(attrs["body"], inputs, library, shapes)
    cond = _body(attrs["cond"], inputs, library, shapes)
    # In TensorFlow the body also gives what does not vary; here that follows the loop variables.
    varying = len(inputs)
    while varying and body.outputs[varying - 1] is body.inputs[varying - 1]:
        varying -= 1
    del body.outputs[varying:]
    outputs = _visible(graph.add_computation(Loop(cond, body, shapes[:varying]), inputs, {}, f"{name}/"))
    return [*outputs, *inputs[varying:]]


def _visible(outputs: Any) -> list[Any]:
    """The outputs of a node that its proto has."""
    return outputs[0].op.outputs if outputs else []


MAKERS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("PartitionedCall", "StatefulPartitionedCall"), _call),
    **dict.fromkeys(("If", "StatelessIf"), _if),
    **dict.fromkeys(("Case", "StatelessCase"), _case),
    **dict.fromkeys(("While", "StatelessWhile"), _while),
}
