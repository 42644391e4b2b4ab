"""`tf.compat.v1.wrap_function`: code of TensorFlow 1 as a function, and functions of parts of its graph."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from tfshim import context as context_module
from tfshim import nest
from tfshim.callable_type import FunctionType, Parameter
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.function_type import KeyMaker
from tfshim.graph import FuncGraph, Operation
from tfshim.lifting import UnliftableError
from tfshim.scopes import init_scope
from tfshim.structure_types import type_of_argument, type_of_result
from tfshim.tensor import SymbolicTensor
from tfshim.traced_function import ConcreteFunction
from tfshim.tracing import Creation
from tfshim.type_spec import TensorSpec, TypeSpec
from tfshim.v1.collections import GraphKeys
from tfshim.v1.pruning import Pruned
from tfshim.variable import Variable


class _Holder(Creation):
    """Makes the variables of the wrapped code eagerly, and puts them into the collections of its graph."""

    def __init__(self, graph: FuncGraph) -> None:
        super().__init__(allowed=True)
        self._graph = graph
        self.held: list[Any] = []

    def __call__(self, next_creator: Callable[..., Any], **kwargs: Any) -> Any:
        collections = kwargs.pop("collections", None) or [GraphKeys.GLOBAL_VARIABLES]
        initial = kwargs.pop("initial_value", None)
        if not isinstance(initial, SymbolicTensor):
            with init_scope():
                initial = convert_to_tensor(initial() if callable(initial) else initial, kwargs.get("dtype"))
                variable = next_creator(initial_value=initial, **kwargs)
        else:
            variable = Variable._uninitialized(initial_value=initial, **kwargs)
            self.variables.append((weakref.ref(variable), initial))
        self.held.append(variable)
        if variable.trainable and GraphKeys.TRAINABLE_VARIABLES not in collections:
            collections = [*collections, GraphKeys.TRAINABLE_VARIABLES]
        for collection in collections:
            self._graph.add_to_collection(collection, variable)
        return variable


class WrappedFunction(ConcreteFunction):
    """A function over a graph of TensorFlow 1: a call runs what the outputs need, and nothing else.

    The variables that the code created live as long as the function, and keep their values between calls.
    """

    def __init__(
        self, graph: FuncGraph, traced_type: FunctionType, holder: _Holder, operations: Sequence[Operation] = ()
    ):
        super().__init__(graph, traced_type)
        self._holder = holder
        own_inputs = graph.inputs[: len(graph.inputs) - len(graph.captures)]
        pruned = Pruned(graph, own_inputs, graph.outputs, operations, graph.name, graph.captures)
        self._n_outputs = len(graph.outputs)
        self._runner = ConcreteFunction(pruned.graph, traced_type)
        pruned.graph.variables = graph.variables
        pruned.graph._watched_variables = graph._watched_variables
        self.call_flat = self._run  # type: ignore[method-assign]

    def _run(self, arguments: list[Any]) -> list[Any]:
        return self._runner.call_flat(arguments)[: self._n_outputs]

    def _flat_arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
        # Python values of the signature are part of the graph.
        signature = [s for s in self.structured_input_signature[0] if _is_spec(s)]
        specs = nest.flatten(signature, expand_composites=True)
        values: list[Any] = []
        for value, spec in itertools.zip_longest(args, signature[: len(args)]):
            # A list that is given for one tensor is that tensor.
            values.extend([value] if isinstance(spec, TensorSpec) else nest.flatten(value, expand_composites=True))
        values.extend([kwargs.pop(s.name) for s in specs if s.name in kwargs])
        if kwargs:
            raise TypeError(f"the wrapped function has no inputs of the names {sorted(kwargs)}")
        if len(values) != len(specs):
            raise ValueError(f"Signature specifies {len(specs)} arguments, got: {len(values)}: {specs}.")
        return [convert_to_tensor(v, dtype=s.dtype) for v, s in zip(values, specs, strict=True)]

    def prune(
        self,
        feeds: Any,
        fetches: Any,
        name: str | None = None,
        input_signature: Any = None,
        are_keyword_args_also_positional: bool = False,
    ) -> WrappedFunction:
        """A function of a part of the graph.

        Args:
          feeds: tensors of the graph, or their names, nested or not: the arguments of the new function.
          fetches: tensors and operations of the graph, or their names, nested: its result, with None for operations.
          name: of the new function.
          input_signature: specs in place of those of `feeds`.
          are_keyword_args_also_positional: has no effect.

        Raises:
          KeyError: for a name that the graph does not have.
          TypeError, ValueError: for something that is no tensor or operation.
          UnliftableError: if the fetches depend on an input of the graph that is not fed.
        """
        fed = [self.graph.as_graph_element(f) for f in nest.flatten(feeds, expand_composites=True)]
        for element in fed:
            if not isinstance(element, SymbolicTensor):
                raise ValueError(f"All members of argument `feeds` must be tensors. Got {element!r}.")
        inside = {id(t) for t in self.graph.internal_captures}
        fed = [t for t in fed if id(t) not in inside]
        elements = nest.map_structure(self.graph.as_graph_element, fetches, expand_composites=True)
        flat = nest.flatten(elements, expand_composites=True)
        tensors = [e for e in flat if isinstance(e, SymbolicTensor)]
        operations = [e for e in flat if isinstance(e, Operation)]
        pruned = Pruned(self.graph, fed, tensors, operations, name or "pruned", self.graph.captures)
        self._check_fed(pruned)
        graph = pruned.graph
        graph.variables = self.graph.variables
        graph._watched_variables = self.graph._watched_variables
        graph.outputs = graph.outputs[: len(tensors)]
        copies = iter(graph.outputs)
        graph.structured_outputs = nest.map_structure(
            lambda e: next(copies) if isinstance(e, SymbolicTensor) else None, elements, expand_composites=True
        )
        specs = input_signature or [TensorSpec(t.shape, t.dtype, t.op.name) for t in fed]
        graph.control_outputs = [pruned.nodes[o] for o in operations]
        return _function(graph, specs, self._holder, graph.control_outputs)

    @staticmethod
    def _check_fed(pruned: Pruned) -> None:
        given = {t.op for t in pruned.graph.inputs}
        for node in pruned.graph.get_operations():
            if node.type == "Placeholder" and node not in given:
                raise UnliftableError(
                    f"the fetches depend on the placeholder {node.name!r}, which is not among the feeds"
                )


WrappedFunction.__module__ = "tensorflow.python.eager.wrap_function"


def _function(
    graph: FuncGraph, signature: Sequence[Any], holder: _Holder, operations: Sequence[Operation] = ()
) -> WrappedFunction:
    maker = KeyMaker(specs=True)
    parameters = [
        Parameter(f"arg_{i}", Parameter.POSITIONAL_ONLY, False, type_of_argument(maker.key(s), s))
        for i, s in enumerate(signature)
    ]
    captures = {id(outside): TensorSpec(inside.shape, inside.dtype) for outside, inside in graph.captures}
    traced_type = FunctionType(parameters, captures, return_annotation=type_of_result(graph.structured_outputs))
    graph.structured_input_signature = (tuple(signature), {})
    return WrappedFunction(graph, traced_type, holder, operations)


@export("compat.v1.wrap_function")
def wrap_function(fn: Callable[..., Any], signature: Sequence[Any], name: str | None = None) -> WrappedFunction:
    """Runs `fn` once in a graph of its own, as code of TensorFlow 1, and makes a function of it.

    Variables that it creates, by `get_variable` too, live on with the function. Operations on which nothing that it
    returns depends are not part of a call; `prune` reaches them.

    Args:
      fn: called with placeholders.
      signature: specs of its arguments, which may be nested; other Python values are passed to it as they are.
      name: of the graph.

    Raises:
      TypeError: if `fn` returns something other than tensors, composite tensors and None.
    """
    graph = FuncGraph(f"wrapped_function_{name}" if name else "wrapped_function")
    holder = _Holder(graph)
    with graph.as_default(), context_module.scope(variable_creators=(*context.variable_creators, holder)):

        def placeholder(spec: Any) -> Any:
            if not _is_spec(spec):
                return spec
            graph.inputs.append(graph.placeholder(spec.dtype, spec.shape, spec.name or "Placeholder"))
            return graph.inputs[-1]

        arguments = nest.map_structure(placeholder, list(signature), expand_composites=True)
        result = fn(*arguments)
        graph.structured_outputs = nest.map_structure(_as_output, result, expand_composites=True)
        graph.outputs = [t for t in nest.flatten(graph.structured_outputs, expand_composites=True) if t is not None]
    holder.initialise(graph, [])
    return _function(graph, signature, holder)


def _is_spec(value: Any) -> bool:
    """True for type specs, and for structures with one in them."""
    return any(isinstance(s, TypeSpec) for s in nest.flatten(value))


def _as_output(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, Operation):
        raise TypeError(f"a wrapped function cannot return the operation {value.name!r}: return a tensor, or use prune")
    return context.graph.admit(convert_to_tensor(value))  # type: ignore[union-attr]
