"""`tf.function`: traces a Python function once per signature and calls the compiled graph."""

from __future__ import annotations

import functools
import inspect
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from tfshim import callable_classes, function_type, nest, retracing
from tfshim import context as context_module
from tfshim.autograph import stands_for, traceable
from tfshim.callable_type import FunctionType, positional_names, valid_names
from tfshim.context import context
from tfshim.decorated import look_like
from tfshim.export import export
from tfshim.function_type import KeyMaker, Node, SpecKey, TensorKey
from tfshim.graph import FuncGraph
from tfshim.input_signature import InputSignature
from tfshim.lowering.must_compile import check_compilable
from tfshim.tensor import EagerTensor, SymbolicTensor
from tfshim.traced_function import ConcreteFunction, binding_error
from tfshim.tracing import Creation, trace
from tfshim.tracking import Trackable
from tfshim.type_spec import TensorSpec, TypeSpec

_trace_lock = threading.RLock()


class FunctionSpec:
    """How a `tf.function` is called: its parameters, and the input signature if it has one."""

    is_pure = False

    def __init__(self, python_function: Callable[..., Any], traced_type: FunctionType, input_signature: Any, jit: Any):
        self._python_function = python_function
        self.function_type = traced_type
        self.input_signature = input_signature
        self.jit_compile = jit

    @property
    def fullargspec(self) -> inspect.FullArgSpec:
        """The parameters, as `inspect.getfullargspec` gives them."""
        return inspect.getfullargspec(self._python_function)

    @property
    def default_values(self) -> dict[str, Any]:
        """The default values by parameter."""
        return FunctionType.get_default_values(self._python_function)

    @property
    def flat_input_signature(self) -> tuple[Any, ...]:
        """The specs of the input signature, flat."""
        return tuple(nest.flatten(self.input_signature, expand_composites=True))

    @property
    def arg_names(self) -> list[str]:
        """Names of the parameters."""
        return list(self.function_type.parameters)

    def signature_summary(self, default_values: bool = False) -> str:
        """The parameters as text."""
        return str(inspect.signature(self._python_function) if default_values else self.function_type)


# The names that `experimental_attributes` may have.
_ATTRIBUTES = frozenset(
    """
    _OutputsOnOpDevice _disable_acd _implements _noinline _tf_data_function api_implements api_preferred_device
    disable_summaries_at_runtime experimental_ints_on_device function_runs_at_most_once go_backwards
    runtime_constant_optimization time_major
    """.split()
)


class PolymorphicFunction(callable_classes.PolymorphicFunction, Trackable):
    """What `tf.function` returns: a callable with one trace per signature."""

    def __init__(
        self,
        python_function: Callable[..., Any],
        name: str,
        input_signature: Any = None,
        autograph: bool = True,
        jit_compile: bool | None = None,
        reduce_retracing: bool = False,
        experimental_implements: str | None = None,
        experimental_autograph_options: Any = None,
        experimental_attributes: Any = None,
    ):
        self._name = name
        self._autograph = autograph
        self._jit_compile = jit_compile
        self._reduce_retracing = reduce_retracing
        self._implements = experimental_implements
        self._autograph_options = experimental_autograph_options
        for attribute in experimental_attributes or ():
            if attribute not in _ATTRIBUTES:
                raise ValueError(f"{attribute!r} is not supported by tf.function as an attribute.")
        self._attributes = experimental_attributes
        self._cache: dict[Any, ConcreteFunction] = {}
        self._traced: list[tuple[Any, ConcreteFunction]] = []
        self._tracing_count = 0
        self._created_variables: list[Any] = []
        self._bound: weakref.WeakKeyDictionary[Any, PolymorphicFunction] = weakref.WeakKeyDictionary()
        self._history = retracing.history_of(python_function)
        self._compilable: set[int] = set()
        self._wrap(python_function, input_signature)
        look_like(self, python_function)

    def _wrap(self, python_function: Callable[..., Any], input_signature: Any) -> None:
        """Takes the function to be traced, and what its parameters say about calls."""
        self._python_function = python_function
        self._signature = inspect.signature(python_function)
        parameters = self._signature.parameters.values()
        self._names = self._positional_names()
        self._defaults = any(p.default is not p.empty for p in parameters)
        self._plain_positional = all(p.kind is p.POSITIONAL_OR_KEYWORD and p.default is p.empty for p in parameters)
        self._constraints = None if input_signature is None else InputSignature(self._signature, input_signature)
        self.input_signature = None if self._constraints is None else self._constraints.specs
        # What arguments are bound to.
        self._bindable = self._signature if self._constraints is None else self._constraints.signature

    def _positional_names(self) -> list[str]:
        names = []
        for parameter in self._signature.parameters.values():
            if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
                names.append(parameter.name)
            elif parameter.kind is parameter.VAR_POSITIONAL:
                names.append(parameter.name)
        return names

    def _decorate(self, decorator: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
        """Puts a decorator around the Python function; private in TensorFlow too, but Sonnet's modules call it."""
        if self._traced:
            raise ValueError("Functions cannot be decorated after they have been traced.")
        self._wrap(decorator(self._python_function), self.input_signature)

    # Methods

    def __get__(self, instance: Any, owner: Any) -> Any:
        if instance is None:
            return self
        try:
            bound = self._bound.get(instance)
        except TypeError:
            bound = None
        if bound is None:
            bound = self._bind(instance)
            try:
                self._bound[instance] = bound
            except TypeError:  # not weakly referable: bound anew each time, but sharing nothing wrong
                return bound
        return bound

    def _bind(self, instance: Any) -> PolymorphicFunction:
        reference = weakref.ref(instance)
        python_function = self._python_function

        def bound() -> Callable[..., Any]:
            # As in TensorFlow, a method does not keep its object alive: self is None once that is gone.
            return functools.partial(python_function, reference())

        @functools.wraps(python_function)
        def method(*args: Any, **kwargs: Any) -> Any:
            return bound()(*args, **kwargs)

        stands_for(method, bound)
        parameters = list(self._signature.parameters.values())[1:]
        method.__signature__ = self._signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        return PolymorphicFunction(
            method,
            self._name,
            self.input_signature,
            self._autograph,
            self._jit_compile,
            self._reduce_retracing,
            self._implements,
            self._autograph_options,
            self._attributes,
        )

    # Calling

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if context_module._run_eagerly:
            return self._python_function(*args, **kwargs)
        if not kwargs and self._plain_positional and self.input_signature is None and len(args) == len(self._names):
            # The hot path: eager tensors only.
            key: list[Any] = []
            for value in args:
                if type(value) is not EagerTensor:
                    break
                array = value._value
                if array is None:
                    key.append((value.dtype, value._dims()))
                else:
                    key.append((array.dtype, array.shape))
            else:
                found = self._cache.get(tuple(key))
                if found is not None and _reachable(found.graph.outer_graph, context.graph):
                    self._history.quiet += 1
                    return found.pack(found.call_flat(list(args)))
                return self._call(args, kwargs, tuple(key))
        return self._call(args, kwargs, None)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any], quick: Any) -> Any:
        traces = len(self._traced)
        concrete, leaves = self._find(args, kwargs)
        if self._jit_compile and id(concrete) not in self._compilable:
            check_compilable(concrete.graph, concrete.function_name)
            self._compilable.add(id(concrete))
        if quick is not None:
            self._cache[quick] = concrete
        result = concrete.pack(concrete.call_flat(leaves))
        if context.graph is None:
            self._note_call(traces)
        return result

    def _note_call(self, traces_before: int) -> None:
        """Counts an eager call; warns if calls trace too often."""
        if len(self._traced) == traces_before:
            self._history.quiet += 1
        else:
            keys = [key for key, _ in self._traced]
            self._history.traced(self._python_function, keys[-1], keys[:-1], self._names)

    def _canonical(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Arguments in the order of the parameters, defaults filled in, the input signature applied."""
        try:
            bound = self._bindable.bind(*args, **kwargs)
            if self._defaults:
                bound.apply_defaults()
            if self._constraints is not None:
                return self._constraints.conform(bound)
        except TypeError as error:
            raise binding_error(error, args, kwargs, self.function_type) from None
        args, kwargs = bound.args, bound.kwargs
        if len(kwargs) > 1:
            # Those that `**kwargs` takes come in the order of their names, whatever the order of the call.
            declared = self._signature.parameters
            kwargs = dict(sorted(kwargs.items(), key=lambda item: "" if item[0] in declared else item[0]))
        if not all(name.isidentifier() for name in kwargs):
            kwargs = valid_names(kwargs)
        return args, kwargs

    def _find(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[ConcreteFunction, list[Any]]:
        """The trace for these arguments, made now if there is none, and the flat tensors to call it with."""
        args, kwargs = self._canonical(args, kwargs)
        maker = KeyMaker()
        call_key = self._key(maker, args, kwargs)
        outer = context.graph
        with _trace_lock:
            concrete = self._lookup(call_key, outer)
            if concrete is None:
                concrete = self._trace(call_key, args, kwargs, outer, maker.leaves)
        return concrete, maker.leaves

    def _key(self, maker: KeyMaker, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Node:
        if self._constraints is not None:
            constraints = self._constraints.constraints_of(args)
            positional = tuple(self._signature_key(maker, v, s) for v, s in zip(args, constraints, strict=True))
        else:
            positional = tuple([maker.key(v) for v in args])
        names = tuple(kwargs)
        return Node(None, (Node(tuple, positional), Node((dict, names), tuple([maker.key(kwargs[n]) for n in names]))))

    def _signature_key(self, maker: KeyMaker, value: Any, spec: Any) -> Any:
        key = maker.key(value)
        if isinstance(spec, TensorSpec):
            return TensorKey(spec.dtype, spec.shape._dims)
        if isinstance(spec, TypeSpec):
            return SpecKey(spec, getattr(key, "variables", ()))
        if isinstance(key, Node) and isinstance(spec, (list, tuple, dict)):
            inner = maker.aside()
            items = (
                [(value[k], spec[k]) for k in key.kind[1]]
                if isinstance(spec, dict)
                else list(zip(value, spec, strict=True))
            )
            return Node(key.kind, tuple(self._signature_key(inner, v, s) for v, s in items))
        return key

    def _lookup(self, key: Node, outer: Any) -> ConcreteFunction | None:
        found = self._cache.get((key, _outer_key(outer)))
        if found is not None:
            return found
        for traced_key, concrete in self._traced:
            if _reachable(concrete.graph.outer_graph, outer) and function_type.serves(traced_key, key):
                self._cache[(key, _outer_key(outer))] = concrete
                return concrete
        return None

    def _trace(
        self, key: Node, args: tuple[Any, ...], kwargs: dict[str, Any], outer: Any, leaves: Sequence[Any]
    ) -> ConcreteFunction:
        if self._reduce_retracing:
            for traced_key, _ in reversed(self._traced):
                merged = function_type.generalise(traced_key, key)
                if merged is not None:
                    key = merged
                    break
        if self._constraints is not None:
            args = self._constraints.named(args)
        first = not self._traced and not self._created_variables
        creation = Creation(allowed=first)
        graph = self._run_trace(key, args, kwargs, creation)
        if creation.variables:
            self._created_variables = [reference for reference, _ in creation.variables]
            creation.initialise(graph, leaves)
            # TensorFlow traces again once the variables exist; what the function does with them may differ then.
            graph = self._run_trace(key, args, kwargs, Creation(allowed=False))
        concrete = ConcreteFunction(graph, FunctionType.of_trace(self._bindable, key, args, kwargs, graph))
        if not any(isinstance(t, SymbolicTensor) for t in graph.external_captures):
            # Nothing ties the trace to the function inside which it was made.
            graph.outer_graph = None
        self._traced.append((key, concrete))
        self._cache[(key, _outer_key(outer))] = concrete
        return concrete

    def _run_trace(self, key: Node, args: tuple[Any, ...], kwargs: dict[str, Any], creation: Creation) -> FuncGraph:
        self._tracing_count += 1
        function = traceable(self._python_function, self._autograph, self._autograph_options)
        names = positional_names(self._bindable, len(args))
        return trace(function, self._name, key, (args, kwargs), names, creation)

    # What else it offers

    @property
    def python_function(self) -> Callable[..., Any]:
        """The function that was wrapped."""
        return self._python_function

    @property
    def name(self) -> str:
        """Name of the function."""
        return self._name

    @functools.cached_property
    def function_type(self) -> FunctionType:
        """The parameters, of any type but for those that the input signature describes."""
        if self._constraints is None:
            return FunctionType.from_signature(self._signature)
        return self._constraints.function_type()

    @property
    def function_spec(self) -> FunctionSpec:
        """The Python signature and the input signature."""
        return FunctionSpec(self._python_function, self.function_type, self.input_signature, self._jit_compile)

    def experimental_get_compiler_ir(self, *args: Any, **kwargs: Any) -> Any:
        """NotImplementedError: `tfshim.to_jax` gives a function that `jax.jit(...).lower(...)` shows."""
        if not self._jit_compile:
            raise ValueError("Compiler IR can only be returned for functions marked with 'jit_compile=True'")
        raise NotImplementedError(
            "experimental_get_compiler_ir: use jax.jit(f).lower(...).as_text() on the function f of tfshim.to_jax"
        )

    def get_initialization_function(self, *args: Any, **kwargs: Any) -> ConcreteFunction:
        """Creates the variables of the function without values; the result, called without arguments, gives them these.

        Args:
          *args, **kwargs: what the function would be called with, or TensorSpecs.

        Raises:
          RuntimeError: if the function has been traced before.
          UnliftableError: if an initial value depends on an argument.
        """
        if self._traced or self._created_variables:
            raise RuntimeError("get_initialization_function cannot be called after the function has been used")
        args, kwargs = self._described(args, kwargs)
        creation = Creation(allowed=True)
        with _trace_lock:
            self._run_trace(self._key(KeyMaker(specs=True), args, kwargs), args, kwargs, creation)
        self._created_variables = [reference for reference, _ in creation.variables]
        return function(creation.assign, autograph=False).get_concrete_function()

    @property
    def _jit(self) -> bool | None:
        return self._jit_compile

    def experimental_get_tracing_count(self) -> int:
        """How often the Python function has been traced."""
        return self._tracing_count

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> ConcreteFunction:
        """The trace for these arguments; TensorSpecs stand for tensors."""
        args, kwargs = self._described(args, kwargs)
        maker = KeyMaker(specs=True)
        key = self._key(maker, args, kwargs)
        with _trace_lock:
            concrete = self._lookup(key, context.graph)
            if concrete is None:
                concrete = self._trace(key, args, kwargs, context.graph, maker.leaves)
            else:
                concrete.name_inputs(args, kwargs)
        return concrete

    def _described(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Arguments, or specs of them, in order; those of the input signature if none are given."""
        if self.input_signature is not None and not args and not kwargs:
            args = tuple(self.input_signature)
        return self._canonical(args, kwargs)

    def pretty_printed_concrete_signatures(self, verbose: bool = True) -> str:
        """The signatures of all traces as text."""
        return ("\n\n" if verbose else "\n").join(c.pretty_printed_signature(verbose) for _, c in self._traced)

    def _list_all_concrete_functions(self) -> list[ConcreteFunction]:
        return [c for _, c in self._traced]

    def _list_all_concrete_functions_for_serialization(self) -> list[ConcreteFunction]:
        """All traces; a function with an `input_signature` is traced first. Not public, but programs count by it."""
        if self.input_signature is not None:
            self.get_concrete_function()
        return self._list_all_concrete_functions()

    def __repr__(self) -> str:
        return f"<tensorflow.python.eager.polymorphic_function.polymorphic_function.Function object at 0x{id(self):x}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> PolymorphicFunction:
        return self

    def __reduce__(self) -> Any:
        # Traces are not pickled.
        options = (self._autograph, self._jit_compile, self._reduce_retracing, self._implements)
        more = (self._autograph_options, self._attributes)
        return _made, (self._python_function, self._name, self.input_signature, *options, *more)


def _made(*args: Any) -> PolymorphicFunction:
    """The function with these constructor arguments, for pickles: the class reports TensorFlow's module."""
    return PolymorphicFunction(*args)


def _outer_key(outer: Any) -> int:
    return id(outer) if outer is not None else 0


def _reachable(made_in: Any, outer: Any) -> bool:
    """True if a trace made inside the graph `made_in` can be called from `outer`."""
    if made_in is None:
        return True
    while outer is not None:
        if outer is made_in:
            return True
        outer = getattr(outer, "outer_graph", None)
    return False


PolymorphicFunction.__module__ = "tensorflow.python.eager.polymorphic_function.polymorphic_function"
PolymorphicFunction.__name__ = PolymorphicFunction.__qualname__ = "Function"


@export("function")
def function(
    func: Callable[..., Any] | None = None,
    input_signature: Any = None,
    autograph: bool = True,
    jit_compile: bool | None = None,
    reduce_retracing: bool = False,
    experimental_implements: str | None = None,
    experimental_autograph_options: Any = None,
    experimental_attributes: Any = None,
    experimental_relax_shapes: bool | None = None,
    experimental_compile: bool | None = None,
    experimental_follow_type_hints: bool | None = None,
) -> Any:
    """Compiles a function into a graph that JAX runs; a decorator, with or without arguments.

    Args:
      func: the function.
      input_signature: nested sequence of TensorSpecs: one trace for all calls, which must conform.
      autograph: convert Python control flow on tensors.
      jit_compile: True demands one compiled program; compilation happens as far as possible in any case.
      reduce_retracing: generalise shapes that differ between calls instead of tracing for each.
      experimental_implements: name under which other systems know the function.
      experimental_autograph_options: passed to AutoGraph.
      experimental_attributes: attributes of the function in saved graphs.
      experimental_relax_shapes: old name of `reduce_retracing`.
      experimental_compile: old name of `jit_compile`.
      experimental_follow_type_hints: has no effect, as in TensorFlow.
    """
    if experimental_relax_shapes is not None:
        reduce_retracing = experimental_relax_shapes
    if experimental_compile is not None:
        jit_compile = experimental_compile

    def decorate(inner: Callable[..., Any]) -> PolymorphicFunction:
        name = getattr(inner, "__name__", None) or type(inner).__name__
        return PolymorphicFunction(
            inner,
            name,
            input_signature,
            autograph,
            jit_compile,
            reduce_retracing,
            experimental_implements,
            experimental_autograph_options,
            experimental_attributes,
        )

    return decorate if func is None else decorate(func)
