"""What `get_concrete_function` returns: a traced function, its type, and how arguments are bound to it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from tfshim import callable_classes, concrete_function, nest
from tfshim.argument_casting import FlatSignature, has_tensors, tensors_of
from tfshim.atomic_function import AtomicFunction
from tfshim.callable_type import FunctionType, Parameter
from tfshim.function_type import Identity
from tfshim.graph import FuncGraph
from tfshim.shapes import TensorShape
from tfshim.tensor import SymbolicTensor, Tensor
from tfshim.tracking import Trackable
from tfshim.type_spec import TensorSpec, TypeSpec


def binding_error(reason: Any, args: Any, kwargs: Any, signature: Any) -> TypeError:
    """The error for arguments that do not fit a signature."""
    return TypeError(
        f"Binding inputs to tf.function failed due to `{reason}`. Received args: {args} and kwargs: {kwargs} for "
        f"signature: {signature}."
    )


class ConcreteFunction(concrete_function.ConcreteFunction, callable_classes.ConcreteFunction, Trackable):
    """A function traced for one signature: called with tensors, it runs its graph."""

    def __init__(self, graph: FuncGraph, traced_type: FunctionType):
        super().__init__(graph)
        self._function_type = traced_type
        # Of the positional parameters.
        self._names = [p.name for p in traced_type.parameters.values() if p.kind is not p.KEYWORD_ONLY]
        # What the inputs are called, where they have new names.
        self._renamed: list[str | None] = []
        self._refers_weakly = any(isinstance(s, Identity) for s in nest.flatten(graph.structured_input_signature))
        structured = graph.structured_outputs
        self._single = isinstance(structured, SymbolicTensor)
        self._no_output = not graph.outputs and structured is None

    # What the function is

    @property
    def name(self) -> bytes:
        """The name of the function in graphs."""
        return self.function_name.encode()

    @property
    def inputs(self) -> list[SymbolicTensor]:
        """All inputs of the graph: arguments, then captures."""
        return list(self.graph.inputs)

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """The flat outputs."""
        return list(self.graph.outputs)

    @property
    def captured_inputs(self) -> list[Tensor]:
        """The outside tensors that a call passes in addition to its arguments."""
        return self.graph.external_captures

    @property
    def variables(self) -> tuple[Any, ...]:
        """Variables that the function uses."""
        return self.graph.variables

    @property
    def trainable_variables(self) -> tuple[Any, ...]:
        """Those that are trainable."""
        return self.graph.trainable_variables

    def set_variables(self, variables: Sequence[Any]) -> None:
        """Sets what `variables` gives."""
        self.graph.variables = variables

    @property
    def inference_fn(self) -> AtomicFunction:
        """The function without its captures."""
        return AtomicFunction(self)

    @property
    def function_type(self) -> FunctionType:
        """The parameters with their types, the type of the result, and those of the captures."""
        return self._function_type

    @property
    def structured_input_signature(self) -> Any:
        """`(args, kwargs)` with a TensorSpec for each tensor, and None for objects that are gone."""
        signature = self.graph.structured_input_signature
        if not self._refers_weakly:
            return signature
        return nest.map_structure(lambda part: part.reference() if isinstance(part, Identity) else part, signature)

    def name_inputs(self, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        """Takes over the names that specs in `(args, kwargs)` have, which the function is asked for by."""

        def named(known: Any, given: Any) -> Any:
            if not isinstance(known, TensorSpec) or not isinstance(given, TensorSpec) or not given.name:
                return known
            return TensorSpec(known.shape, known.dtype, given.name)

        if any(isinstance(s, TensorSpec) and s.name for s in nest.flatten((args, kwargs))):
            signature = nest.map_structure(named, self.graph.structured_input_signature, (tuple(args), kwargs))
            self.graph.structured_input_signature = signature
            flat = nest.flatten((args, kwargs), expand_composites=True)
            self._renamed = [s.name for s in flat if isinstance(s, TensorSpec)]

    @property
    def structured_outputs(self) -> Any:
        """The structure of the result, with the graph's tensors in it."""
        return self.graph.structured_outputs

    @property
    def output_shapes(self) -> Any:
        """Static shapes of the structured outputs; the unknown shape for what is no tensor."""
        unknown = TensorShape(None)
        return nest.map_structure(lambda t: getattr(t, "shape", unknown), self.graph.structured_outputs)

    @property
    def output_dtypes(self) -> Any:
        """Dtypes of the structured outputs."""
        return nest.map_structure(lambda t: getattr(t, "dtype", None), self.graph.structured_outputs)

    @property
    def function_def(self) -> Any:
        """The function as a `FunctionDef` proto."""
        from tfshim.protos import graphs

        return graphs.function_def(self.function_name, self.graph)

    def add_to_graph(self, g: Any = None, overwrite: bool = False) -> None:
        """Has no effect: the functions that the nodes of a graph call belong to it already."""

    def add_gradient_functions_to_graph(self, g: Any = None) -> None:
        """Has no effect: the gradient of a call belongs to it."""

    def pretty_printed_signature(self, verbose: bool = True) -> str:
        """The signature as text: a line for each parameter and capture, or in one line unless `verbose`."""
        return repr(self.function_type) if verbose else str(self.function_type)

    def __repr__(self) -> str:
        return f"<ConcreteFunction {self.function_type} at 0x{id(self):X}>"

    def __str__(self) -> str:
        return f"ConcreteFunction {self.function_type!r}"

    # Captures

    def set_external_captures(self, captures: Sequence[Tensor]) -> None:
        """Replaces the captured outside tensors, in the order of `captured_inputs`."""
        inside = self.graph.internal_captures
        if len(captures) != len(inside):
            raise ValueError(f"the function captures {len(inside)} values, not {len(captures)}")
        self.graph._captures = {id(outer): (outer, inner) for outer, inner in zip(captures, inside, strict=True)}
        if any(inner._op.value is not None for inner in inside):
            # What was captured has become part of the programs.
            for inner in inside:
                inner._op.value = None
            self.__dict__.pop("_full", None)
            self._plan, self.call = None, concrete_function.Call(self.graph)
        self._captured = None

    def replace_capture_with_deferred_capture(
        self,
        tensor: Tensor,
        closure: Callable[[], Tensor],
        spec: TypeSpec,
        placeholder: SymbolicTensor | None = None,
        default_value: Any = None,
    ) -> None:
        """From now on, a call captures what `closure()` gives then instead of `tensor`.

        Args:
          tensor: one of `captured_inputs`.
          closure: gives a tensor that fits `spec`.
          spec: type of what `closure` gives.
          placeholder: the input that stands for the capture; found by `tensor` otherwise.
          default_value: has no effect.

        Raises:
          ValueError: if `tensor` is not captured, or does not fit `spec`.
        """
        positions = [
            i
            for i, (outside, inside) in enumerate(self.graph.captures)
            if outside is tensor and placeholder in (None, inside)
        ]
        if not positions:
            raise ValueError(f"Did not find {tensor!r} among the captures of {self.function_name}")
        if isinstance(spec, TensorSpec) and not (
            spec.dtype == tensor.dtype and spec.shape.is_compatible_with(tensor.shape)
        ):
            raise ValueError(f"{spec!r} does not describe the capture that it is to replace, {tensor!r}")
        call = functools.partial(self._call_deferred, positions[0], closure, self.call_flat)
        self.call_flat = call  # type: ignore[method-assign]

    def _call_deferred(
        self, position: int, closure: Callable[[], Tensor], call: Callable[..., Any], arguments: list[Tensor]
    ) -> list[Tensor]:
        captures = self.captured_inputs
        captures[position] = closure()
        self.set_external_captures(captures)
        return call(arguments)

    # Calling

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls with the arguments of the traced signature, or with one tensor for each of the graph's inputs.

        Python values that the signature fixed may be left out.

        Raises:
          TypeError: for arguments that the signature does not admit.
        """
        return self.pack(self.call_flat(self._flat_arguments(args, kwargs)))

    def _flat_arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Tensor]:
        try:
            return self.structured_arguments(args, kwargs)
        except TypeError as error:
            inputs = self.graph.inputs[: len(self.graph.inputs) - len(self.graph.captures)]
            try:
                return FlatSignature(self.graph.name, inputs, self.function_name, self._renamed).tensors(args, kwargs)
            except TypeError as flat_error:
                raise TypeError(f"{error} Fallback to flat signature also failed due to: {flat_error}") from None

    def structured_arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Tensor]:
        """The tensors of arguments that fit the traced signature; TypeError if they do not."""
        spec_args, spec_kwargs = self.structured_input_signature
        parameters = list(self.function_type.parameters.values())
        names = self._names
        expected = [
            *zip(names, spec_args, strict=True),
            *((p.name, spec_kwargs[p.name]) for p in parameters[len(names) :]),
        ]
        if len(args) > len(spec_args):
            raise binding_error("too many positional arguments", args, kwargs, self.function_type)
        for name, spec in expected[len(args) :]:
            if not {name, getattr(spec, "name", None)} & kwargs.keys() and has_tensors(spec):
                raise binding_error(f"missing a required argument: {name!r}", args, kwargs, self.function_type)
        values = self._named_values(dict(zip(names, args, strict=False)), args, kwargs, expected)
        flat: list[Tensor] = []
        for name, spec in expected:
            if name in values:
                try:
                    flat.extend(tensors_of(values[name], spec))
                except TypeError as error:
                    raise binding_error(error, args, kwargs, self.function_type) from None
        return flat

    def _named_values(self, values: dict[str, Any], args: Any, kwargs: dict[str, Any], expected: Any) -> dict[str, Any]:
        """`values` and what `kwargs` give: by the name of a parameter, or of the tensor that it stands for."""
        parameters = self.function_type.parameters
        by_tensor_name = {s.name: n for n, s in expected if isinstance(s, TensorSpec) and s.name}
        for given, value in kwargs.items():
            name = given if given in parameters else by_tensor_name.get(given)
            if name is None:
                reason = f"got an unexpected keyword argument {given!r}"
            elif name in values:
                reason = f"multiple values for argument {name!r}"
            elif name == given and parameters[name].kind is Parameter.POSITIONAL_ONLY:
                reason = f"{name!r} parameter is positional only, but was passed as a keyword"
            else:
                values[name] = value
                continue
            raise binding_error(reason, args, kwargs, self.function_type)
        return values

    def pack(self, flat: list[Tensor]) -> Any:
        """The structured result made of the flat outputs."""
        if self._single:
            return flat[0]
        if self._no_output:
            return None
        structured = self.graph.structured_outputs
        remaining = iter(flat)
        leaves = [None if t is None else next(remaining) for t in nest.flatten(structured, expand_composites=True)]
        return nest.pack_sequence_as(structured, leaves, expand_composites=True)


ConcreteFunction.__module__ = "tensorflow.python.eager.polymorphic_function.concrete_function"
