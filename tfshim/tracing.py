"""Tracing: a Python function runs once on placeholders and leaves a graph."""

from __future__ import annotations

import functools
import inspect
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from tfshim import context as context_module
from tfshim import dtypes, function_type, lifting, lowering, nest, structure_types
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.errors import InaccessibleTensorError
from tfshim.function_type import Identity, Node, SpecKey, TensorKey, VariableKey
from tfshim.graph import FuncGraph
from tfshim.indexed_slices import IndexedSlices
from tfshim.late_initial_values import give_initial_value
from tfshim.operation import NO_OP
from tfshim.tensor import EagerTensor, SymbolicTensor, Tensor
from tfshim.type_spec import CompositeTensor, TensorSpec


class _Arguments:
    """Rebuilds the arguments of a call out of placeholders, following their keys."""

    def __init__(self, graph: FuncGraph):
        self.graph = graph
        self._variables: dict[int, Any] = {}

    def build(self, key: Any, value: Any, name: str) -> Any:
        """The Python object that stands for an argument while the function is traced."""
        if isinstance(key, TensorKey):
            given = getattr(value, "name", None) if isinstance(value, TensorSpec) else None
            placeholder = self.graph.argument(key.dtype, function_type.key_shape(key), given or name)
            self.graph.inputs.append(placeholder)
            return context.observed("Placeholder", (), (placeholder,))[0] if context.observers else placeholder
        if isinstance(key, VariableKey):
            return self._variable(key, value, name)
        if isinstance(key, SpecKey):
            specs = nest.flatten(key.spec, expand_composites=True)
            given = nest.flatten(value, expand_composites=True) if key.variables else specs
            variables = iter(key.variables)
            parts = []
            for spec, component in zip(specs, given, strict=True):
                if function_type.is_variable(component):
                    parts.append(self._variable(next(variables), component, name))
                    continue
                parts.append(self.graph.argument(spec.dtype, spec.shape, name))
                self.graph.inputs.append(parts[-1])
            return nest.pack_sequence_as(key.spec, parts, expand_composites=True)
        if isinstance(key, Node):
            return self._structure(key, value, name)
        return value

    def _variable(self, key: VariableKey, value: Any, name: str) -> Any:
        from tfshim.variable import Variable
        from tfshim.variable.resource import ResourceVariable

        handle = self.graph.argument(value.handle.dtype, value.handle.shape, name)
        self.graph.inputs.append(handle)
        known = self._variables.get(key.alias)
        if known is not None:
            return known
        if type(value) is ResourceVariable and function_type.key_shape(key) == value.shape:
            # The variable itself, as whose handle the argument counts: code that keeps things by variable finds them.
            handle._variable_shape = value.shape
            self._variables[key.alias] = value
            self.graph.given[id(value.handle)] = handle
            return value
        made = Variable._from_handle(
            handle, function_type.key_shape(key), key.dtype, key.trainable, value.name, like=value
        )
        self._variables[key.alias] = made
        self.graph.given[id(value.handle)] = handle
        # The graph refers to its variables weakly; this one lives as long as the graph.
        self.graph.add_to_collection("arguments", made)
        return made

    def _structure(self, key: Node, value: Any, name: str) -> Any:
        if isinstance(value, (list, tuple)):
            parts = [self.build(k, v, name) for k, v in zip(key.parts, value, strict=True)]
            if isinstance(value, tuple) and hasattr(value, "_fields"):
                return type(value)(*parts)
            return list(parts) if isinstance(value, list) else tuple(parts)
        names = key.kind[1]
        if hasattr(type(value), "__attrs_attrs__"):
            return type(value)(
                **{n: self.build(k, getattr(value, n), name) for n, k in zip(names, key.parts, strict=True)}
            )
        if hasattr(value, "__tf_flatten__"):
            metadata, components = value.__tf_flatten__()
            built = tuple(self.build(k, c, name) for k, c in zip(key.parts, components, strict=True))
            return type(value).__tf_unflatten__(metadata, built)
        built = {n: self.build(k, value[n], name) for n, k in zip(names, key.parts, strict=True)}
        return {n: built[n] for n in value} if isinstance(value, dict) else type(value)(built)


def _to_output(value: Any, graph: FuncGraph) -> Any:
    """One leaf of what the traced function returned, as a tensor of its graph."""
    if value is None:
        return None
    if isinstance(value, IndexedSlices):
        return IndexedSlices(
            *(None if p is None else _to_output(p, graph) for p in (value.values, value.indices, value.dense_shape))
        )
    if isinstance(value, CompositeTensor) and not isinstance(value, Tensor):
        return nest.map_structure(lambda t: graph.admit(convert_to_tensor(t)), value, expand_composites=True)
    try:
        return graph.admit(convert_to_tensor(value))
    except InaccessibleTensorError:
        raise
    except (ValueError, TypeError) as error:
        raise TypeError(
            "To be compatible with tf.function, Python functions must return zero or more Tensors or ExtensionTypes or "
            f"None values; in compilation of {graph.name!r}, found return value of type {type(value).__name__}, "
            "which is not a Tensor or ExtensionType."
        ) from error


class Creation:
    """The variables that a function creates while it is traced."""

    def __init__(self, allowed: bool):
        self.allowed = allowed
        self.variables: list[tuple[Any, Any]] = []
        self.kept: list[Any] = []

    def __call__(self, next_creator: Callable[..., Any], **kwargs: Any) -> Any:
        from tfshim.variable import Variable
        from tfshim.variable.creation import outermost_graph

        if not self.allowed:
            raise ValueError(
                "tf.function only supports singleton tf.Variables created on the first call. Make sure the tf.Variable "
                "is only created once or created outside tf.function. See "
                "https://www.tensorflow.org/guide/function#creating_tfvariables for more information."
            )
        initial = kwargs.pop("initial_value", None)
        if outermost_graph() is not None:
            variable = next_creator(initial_value=functools.partial(_lifted, initial), **kwargs)
        else:
            if callable(initial):
                with context_module.scope(variable_creators=()):
                    initial = initial()
            initial = convert_to_tensor(initial, kwargs.get("dtype"))
            variable = Variable._uninitialized(initial_value=initial, **kwargs)
        self.variables.append((weakref.ref(variable), initial))
        # A variable that nobody but the trace holds would be gone before its first use.
        self.kept.append(variable)
        return variable

    def initialise(self, graph: FuncGraph, leaves: Sequence[Any]) -> None:
        """Computes the initial values, which may be part of the traced graph, from the arguments of the first call."""
        for reference, initial in self.variables:
            variable = reference()
            if variable is None or variable._cell is None:  # of a plain graph, whose sessions initialise it
                continue
            if variable._cell.array is None:  # else tf.init_scope has given it a value
                known = isinstance(initial, EagerTensor)
                if not known and initial.graph is not graph:  # of a branch or loop inside
                    with graph.as_default():
                        initial = lifting.lifted(initial)
                try:
                    variable._initialize(_value(initial) if known else _evaluate(graph, initial, variable.name, leaves))
                except lifting.UnliftableError:
                    if context.graph is None:
                        raise
                    # In the function around, which gives the arguments when it runs.
                    arguments = dict(zip(map(id, graph.inputs), leaves, strict=False))
                    give_initial_value(variable.handle, lifting.lifted(initial, arguments))
        self.kept.clear()

    def assign(self) -> None:
        """Assigns the initial values, in the graph that is being built."""
        for reference, initial in self.variables:
            variable = reference()
            if variable is not None:
                variable.assign(lifting.lifted(initial), read_value=False)
        self.kept.clear()


def _lifted(initial: Any) -> Any:
    """An initial value for a variable of the plain graph around the function that creates it."""
    return lifting.lifted(initial) if isinstance(initial, Tensor) else initial() if callable(initial) else initial


def _value(tensor: EagerTensor) -> Any:
    return tensor.host_value() if tensor.dtype is dtypes.string else tensor.operand()


def _evaluate(graph: FuncGraph, tensor: SymbolicTensor, name: str, leaves: Sequence[Any]) -> Any:
    """The value of a tensor of a traced graph, without the side effects of the graph."""
    program = lowering.linearise(graph, graph.inputs, [tensor])
    program.instructions = _only_needed(program)
    used = {r for i in program.instructions for r in i.inputs} | set(program.outputs)
    outside = {id(inside): captured for captured, inside in graph.captures}
    arguments = iter(leaves)
    values, cells = [], {}
    for placeholder, ref in zip(graph.inputs, program.inputs, strict=True):
        source = outside[id(placeholder)] if id(placeholder) in outside else next(arguments)
        if not isinstance(source, EagerTensor):
            if ref in used:
                raise lifting.UnliftableError(
                    f"the initial value of the variable {name!r} depends on {source!r}, which has no value"
                )
            values.append(None)
        elif source._cell is not None:
            cells[ref] = source._cell
            values.append(None)
        else:
            values.append(_value(source))
    (value,), _ = lowering.Plan(program).run(values, cells)
    return value


def _only_needed(program: lowering.Program) -> list[lowering.Instruction]:
    """Drops side effects: what remains is what the outputs are computed from."""
    needed = set(program.outputs)
    kept = []
    for instruction in reversed(program.instructions):
        if needed.intersection(instruction.outputs):
            needed.update(instruction.inputs)
            kept.append(instruction)
    return kept[::-1]


def trace(
    python_function: Callable[..., Any],
    name: str,
    args_key: Any,
    args: Any,
    names: Sequence[str],
    creation: Creation | None,
) -> FuncGraph:
    """Runs `python_function` once on placeholders and returns the graph that it built.

    Args:
      python_function: called as `python_function(*args, **kwargs)`.
      name: of the graph.
      args_key: key of `(args, kwargs)`.
      args: `(args, kwargs)`.
      names: of the positional arguments.
      creation: collects the variables that are created; None leaves creation as it is.
    """
    graph = FuncGraph(name)
    if graph.outer_graph is not None:
        graph.take_collections(graph.outer_graph)
    changes: dict[str, Any] = {}
    if creation is not None:
        # Creators of the scopes around the call come before it; for functions that call each other, the inner is first.
        others = [i for i, c in enumerate(context.variable_creators) if isinstance(c, Creation)]
        first = others[-1] + 1 if others else 0
        creators = context.variable_creators
        changes["variable_creators"] = (*creators[:first], creation, *creators[first:])
    with graph.as_default(), context_module.scope(device_spec="", **changes):
        builder = _Arguments(graph)
        positional_key, keyword_key = args_key.parts
        positional = [
            builder.build(k, v, name) for k, v, name in zip(positional_key.parts, args[0], names, strict=True)
        ]
        keywords = {
            n: builder.build(k, args[1][n], n) for n, k in zip(keyword_key.kind[1], keyword_key.parts, strict=True)
        }
        before = _shallow_copy((positional, keywords))
        outputs = python_function(*positional, **keywords)
        _check_unchanged(python_function, before, (positional, keywords))
        if isinstance(outputs, Tensor):
            structured: Any = _identity(graph.admit(outputs))
        else:
            structured = nest.map_structure(lambda v: _finish(v, graph), outputs)
        graph.structured_outputs = structured
        graph.outputs = [t for t in nest.flatten(structured, expand_composites=True) if t is not None]
        graph.given.clear()
        _add_sink(graph)
    graph.structured_input_signature = _signature(args_key, args, names)
    return graph


def _shallow_copy(structure: Any) -> Any:
    """Copies of the containers, with the same leaves."""
    if isinstance(structure, dict):
        return {k: _shallow_copy(v) for k, v in structure.items()}
    if isinstance(structure, list):
        return [_shallow_copy(v) for v in structure]
    if type(structure) is tuple:
        return tuple(_shallow_copy(v) for v in structure)
    return structure


def _same(first: Any, second: Any) -> bool:
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(_same(v, second[k]) for k, v in first.items())
    if isinstance(first, list) or type(first) is tuple:
        return len(first) == len(second) and all(map(_same, first, second))
    return first is second


def _check_unchanged(function: Callable[..., Any], before: Any, after: Any) -> None:
    """Raises ValueError if the traced function changed a list or dict that it was given: a call would not see it."""
    if _same(before, after):
        return
    signature = inspect.signature(function)
    given, left = (signature.bind(*positional, **keywords).arguments for positional, keywords in (before, after))
    changed = [name for name in given if not _same(given[name], left[name])]
    raise ValueError(
        f"{getattr(function, '__qualname__', function)}{signature} should not modify its Python input arguments. "
        f"Modifying a copy is allowed. The following parameter(s) were modified: {', '.join(changed)}"
    )


def _finish(value: Any, graph: FuncGraph) -> Any:
    out = _to_output(value, graph)
    return _identity(out) if isinstance(out, SymbolicTensor) else out


def _identity(tensor: SymbolicTensor) -> SymbolicTensor:
    # As in TensorFlow, outputs are nodes of their own: an argument that is returned is not the argument.
    from tfshim.ops import op

    return op("Identity")(tensor)


def _add_sink(graph: FuncGraph) -> None:
    # TensorFlow ends a function that has effects with a node that runs after all of them.
    effects = [n for n in graph._nodes if n.stateful]
    if effects:
        with graph.control_dependencies(effects):
            graph.add_node(NO_OP, (), {}, (), (), "NoOp")


def _signature(args_key: Any, args: Any, names: Sequence[str]) -> Any:
    """`(args, kwargs)` with specs for tensors; a part of an argument is named after the argument and its place."""

    def spec(key: Any, value: Any, name: str) -> Any:
        if isinstance(key, TensorKey):
            given = value.name if isinstance(value, TensorSpec) and value.name else name
            return TensorSpec(function_type.key_shape(key), key.dtype, given)
        if isinstance(key, VariableKey):
            return structure_types.type_of_argument(key, value)
        if isinstance(key, Identity):
            return key  # weakly: a function does not keep what it was called with
        if not isinstance(key, Node):
            return key.spec if isinstance(key, SpecKey) else value
        if isinstance(value, (list, tuple)):
            places = value._fields if hasattr(value, "_fields") else range(len(value))
            parts = [spec(k, v, f"{name}_{p}") for k, v, p in zip(key.parts, value, places, strict=True)]
            return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
        if isinstance(value, dict):
            parts = {n: spec(k, value[n], f"{name}_{n}") for n, k in zip(key.kind[1], key.parts, strict=True)}
            return {n: parts[n] for n in value}
        return value

    positional, keywords = args_key.parts
    return (
        tuple([spec(k, v, n) for k, v, n in zip(positional.parts, args[0], names, strict=True)]),
        {n: spec(k, args[1][n], n) for n, k in zip(keywords.kind[1], keywords.parts, strict=True)},
    )
