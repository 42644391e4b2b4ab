"""Gradients written by the user: `tf.custom_gradient` and what is built on it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfshim import backprop, nest
from tfshim import context as context_module
from tfshim.backprop import Record
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.decorated import look_like
from tfshim.dtypes import DType
from tfshim.errors import InternalError
from tfshim.execute import record
from tfshim.export import export
from tfshim.gradient_tape import GradientTape, stop_recording, variable_accessed
from tfshim.lowering import Program
from tfshim.ops import op
from tfshim.ops.computation import Computation
from tfshim.shapes import TensorShape
from tfshim.tensor import Tensor
from tfshim.type_spec import CompositeTensor


class PythonGradient(Computation):
    """Stands for a piece of user code whose gradient is user code too.

    In a graph it is a node from `(outputs, inputs)` to the outputs; on a tape its record goes straight from the
    inputs to the outputs.
    """

    __slots__ = ("_traced", "n_outputs", "pull")

    def __init__(self, n_outputs: int, pull: Callable[[Sequence[Any]], Sequence[Any]]):
        super().__init__("IdentityN", ())
        self.n_outputs = n_outputs
        self._traced: Any = None
        # From the outputs' cotangents to gradients of the inputs (those behind the outputs, in a graph).
        self.pull = pull

    def output_dtypes(self, inputs: Sequence[Tensor]) -> tuple[DType, ...]:
        """Dtypes of the node's outputs."""
        return tuple(t.dtype for t in inputs[: self.n_outputs])

    def output_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        """Static shapes of the node's outputs."""
        return [t.shape for t in inputs[: self.n_outputs]]

    def build(self, statics: Sequence[np.ndarray], platform: str) -> Callable[..., tuple]:
        return lambda *operands: tuple(operands[: self.n_outputs])

    def inline_into(self, program: Program, node: Any, inputs: list[int]) -> list[int]:
        """Passes the values on; nothing is left of the node in a program."""
        return inputs[: self.n_outputs]

    def passes_on(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> bool:
        """True for the record of a node, whose first inputs are its outputs' values."""
        return bool(outputs) and hasattr(outputs[0], "_op")

    def traced(self, node: Any) -> Any:
        """The gradient as a graph, for programs that JAX differentiates (`lowering.python_gradients`)."""
        if self._traced is None:
            from tfshim.lowering.python_gradients import TracedGradient

            self._traced = TracedGradient(self.pull, node.graph, node.inputs, self.n_outputs)
        return self._traced

    def backward(self, made: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
        """Gradients of the record's inputs (see `backprop.input_gradients`)."""
        seeds = [op("ZerosLike")(o) if c is None else c for o, c in zip(made.outputs, cotangents, strict=True)]
        gradients = list(self.pull(seeds))
        return [None] * (len(made.inputs) - len(gradients)) + gradients


class _Bind:
    """Lets a decorator also serve methods, as a plain function would."""

    def __init__(self, function: Callable[..., Any], decorated: Callable[..., Any]):
        look_like(self, function)
        self._decorated = decorated

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._decorated(*args, **kwargs)

    def __get__(self, instance: Any, owner: Any) -> Any:
        return self if instance is None else custom_gradient(self.__wrapped__.__get__(instance, owner))


@export("custom_gradient")
def custom_gradient(f: Callable[..., Any] | None = None) -> Any:
    """Decorator of a function that defines its own gradient.

    `f(*args)` returns `(result, grad_fn)`. `grad_fn(*upstream)` gets one cotangent per flat result and returns one
    gradient per flat argument. If `f` uses variables, `grad_fn` takes `variables=None` and returns
    `(gradients, gradients of the variables)`.

    Raises:
      TypeError: `f` uses trainable variables and `grad_fn` does not accept them.
      ValueError: the number of gradients is not that of the arguments.
    """
    if f is None:
        return custom_gradient
    return _Bind(f, functools.partial(_call, f))


def _call(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    if kwargs and context.graph is not None:
        raise ValueError(
            "The custom_gradient decorator currently supports keywords arguments only when eager execution is enabled."
        )
    arguments = nest.map_structure(lambda a: a if _is_differentiable(a) else convert_to_tensor(a), args)
    flat_arguments = _differentiated(arguments)
    used: list[Any] = []

    def watch(variable: Any) -> None:
        if variable.trainable and not any(v is variable for v in (*used, *flat_arguments)):
            used.append(variable)

    # The tapes see what `f` does, for `grad_fn` may refer to it; the results are cut off from it below.
    with context_module.scope(variable_watchers=(*context.variable_watchers, watch)):
        result, grad_fn = f(*arguments, **kwargs)
    takes_variables = _takes_variables(grad_fn)
    if used and not takes_variables:
        raise TypeError(
            "@tf.custom_gradient grad_fn must accept keyword argument 'variables', since function uses "
            f"variables: {used}"
        )
    inputs = tuple(_watched_form(t) for a in (*flat_arguments, *used) for t in _parts(a))
    flat_results = _differentiated(result)
    # Forward mode follows what `f` does.
    with context_module.scope(tapes=()):
        outputs = [op("Identity")(convert_to_tensor(t)) for r in flat_results for t in _parts(r)]

    def pull(flat_cotangents: Sequence[Any]) -> Sequence[Any]:
        cotangents = _with_parts(flat_results, flat_cotangents)
        gradients, variable_gradients = grad_fn, []
        if used:
            gradients, variable_gradients = grad_fn(*cotangents, variables=list(used))
            if len(variable_gradients) != len(used):
                raise ValueError(
                    "Must return gradient for each variable from @custom_gradient grad_fn: "
                    f"got {len(variable_gradients)} for {len(used)}"
                )
        else:
            gradients = grad_fn(*cotangents)
        flat = _flat_gradients(gradients, arguments)
        if len(flat) != len(flat_arguments):
            cls = ValueError if graph is None else functools.partial(InternalError, None, None)
            raise cls(
                f"custom_gradient function expected to return {len(flat_arguments)} gradients, "
                f"but returned {len(flat)} instead."
            )
        parts = []
        for argument, gradient in zip(flat_arguments, flat, strict=True):
            parts += [None] * len(_parts(argument)) if gradient is None else _parts(gradient)
        return [*parts, *variable_gradients]

    computation = PythonGradient(len(outputs), pull)
    graph = context.graph
    with stop_recording():
        if graph is not None:
            node = graph.add_computation(computation, [*outputs, *inputs], {}, "IdentityN")
            outputs = list(node)
            inputs = tuple(node[0].op.inputs[len(outputs) :]) if outputs else inputs
    if context.tapes or context.accumulators:
        for variable in (*flat_arguments, *used):
            if hasattr(variable, "handle"):
                variable_accessed(variable)
        if graph is not None:
            record(computation, outputs_first(outputs, inputs), tuple(outputs))
        else:
            record(computation, inputs, tuple(outputs))
    return _pack(result, _with_parts(flat_results, outputs))


def _differentiated(structure: Any) -> list[Any]:
    """The leaves of a structure: composite tensors that say what their gradient is taken by, tensors of the others."""
    leaves = []
    for value in nest.flatten(structure):
        whole = getattr(value, "__composite_gradient__", None) is not None
        leaves += [value] if whole else nest.flatten(value, expand_composites=True)
    return leaves


def _pack(structure: Any, leaves: Sequence[Any]) -> Any:
    """A structure like the given one, made of leaves as `_differentiated` gives them."""
    remaining = iter(leaves)

    def packed(value: Any) -> Any:
        if getattr(value, "__composite_gradient__", None) is not None:
            return next(remaining)
        return nest.map_structure(lambda _: next(remaining), value, expand_composites=True)

    return nest.map_structure(packed, structure)


def _parts(leaf: Any) -> list[Any]:
    """The tensors by which a leaf is differentiated."""
    composite = getattr(leaf, "__composite_gradient__", None)
    return (
        [leaf] if composite is None else nest.flatten(composite.get_gradient_components(leaf), expand_composites=True)
    )


def _with_parts(leaves: Sequence[Any], tensors: Sequence[Any]) -> list[Any]:
    """Leaves like the given ones, with other tensors for their parts."""
    remaining = iter(tensors)
    made = []
    for leaf in leaves:
        composite = getattr(leaf, "__composite_gradient__", None)
        if composite is None:
            made.append(next(remaining))
        else:
            components = composite.get_gradient_components(leaf)
            components = nest.map_structure(lambda _: next(remaining), components, expand_composites=True)
            made.append(composite.replace_gradient_components(leaf, components))
    return made


def outputs_first(outputs: Sequence[Tensor], inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The inputs of a node's record: what it passes on, and what its gradient goes to."""
    made = outputs[0].op.inputs  # type: ignore[attr-defined]
    return (*made[: len(outputs)], *inputs)


def _is_differentiable(value: Any) -> bool:
    return isinstance(value, (Tensor, CompositeTensor)) or hasattr(value, "handle")


def _watched_form(value: Any) -> Tensor:
    handle = getattr(value, "handle", None)
    return value if handle is None else handle


def _takes_variables(grad_fn: Callable[..., Any]) -> bool:
    signature = inspect.signature(grad_fn)
    return "variables" in signature.parameters or any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())


def _flat_gradients(gradients: Any, arguments: Any) -> list[Any]:
    if len(arguments) == 1 and not isinstance(gradients, (list, tuple)):
        gradients = (gradients,)
    flat: list[Any] = []
    for gradient in nest.flatten(gradients):
        if gradient is None or isinstance(gradient, (Tensor, CompositeTensor)):
            flat.append(gradient)
        else:
            flat.append(convert_to_tensor(gradient))
    return flat


@export("grad_pass_through")
def grad_pass_through(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function like `f` whose gradient is the identity: cotangents pass as if `f` were not there."""

    @custom_gradient
    def pass_through(*args: Any, **kwargs: Any) -> Any:
        def grad(*cotangents: Any, variables: Any = None) -> Any:
            gradients = cotangents if len(cotangents) > 1 else cotangents[0]
            return (gradients, [None] * len(variables)) if variables is not None else gradients

        return f(*args, **kwargs), grad

    return look_like(lambda *args, **kwargs: pass_through(*args, **kwargs), f)


@export("recompute_grad")
def recompute_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function like `f` that keeps no intermediate values for its gradient: backwards, it runs `f` again."""

    def decorated(*args: Any, **kwargs: Any) -> Any:
        @custom_gradient
        def run(*arguments: Any) -> Any:
            with stop_recording():
                result = f(*arguments, **kwargs)

            def grad(*cotangents: Any, variables: Any = None) -> Any:
                with GradientTape() as tape:
                    # New tensors, so that what is recomputed is not shared with the first run.
                    fresh = [op("Identity")(a) if isinstance(a, Tensor) else a for a in arguments]
                    tape.watch([a for a in fresh if isinstance(a, Tensor) and backprop.is_trainable(a.dtype)])
                    again = f(*fresh, **kwargs)
                sources = [*fresh, *(variables or [])]
                gradients = tape.gradient(again, sources, output_gradients=list(cotangents))
                own, of_variables = gradients[: len(fresh)], gradients[len(fresh) :]
                # Dense, as in TensorFlow, whose function of variables passes through another function.
                of_variables = [g if g is None else convert_to_tensor(g) for g in of_variables]
                return own if variables is None else (own, of_variables)

            return result, grad

        return run(*args)

    return look_like(decorated, f)
