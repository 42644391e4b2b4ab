"""The functions that users give to `map`, `filter` and their like: traced once, run on raw elements."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import numpy as np

from tfshim import context as context_module
from tfshim import dtypes
from tfshim.autograph import convert_for_call
from tfshim.buffers import Cell
from tfshim.context import context
from tfshim.control_flow.vectorized_map import Mapped
from tfshim.convert import convert_to_tensor
from tfshim.data.chunks import Chunked
from tfshim.data.stages import Run
from tfshim.data.structure import (
    Raw,
    flat_to_raw,
    from_tensors,
    leaf_specs,
    normalize,
    raw_to_flat,
    spec_of,
    tensor_specs,
    to_tensors,
)
from tfshim.errors import InvalidArgumentError, OutOfRangeError
from tfshim.execute import execute
from tfshim.function import ConcreteFunction, function
from tfshim.lowering import CapturedCells
from tfshim.lowering.nested import Nested
from tfshim.seeds import node_state
from tfshim.tensor import EagerTensor, Tensor
from tfshim.type_spec import TensorSpec

_NOT_NUMERIC = (dtypes.resource, dtypes.variant, dtypes.string)


class ElementFunction:
    """A user's function of elements, traced for their spec.

    Args:
      func: takes the element; its parts as arguments if it is a tuple.
      spec: structure of specs of the argument; a tuple of specs for several arguments.
      caller: the method that got the function, for names and messages.
      several: the parts of `spec` are arguments by themselves, the elements of which are not unpacked.

    Raises:
      ValueError: `func` is not callable.
    """

    def __init__(self, func: Callable[..., Any], spec: Any, caller: str, several: bool = False):
        if not callable(func):
            raise ValueError(f"Argument `func` must be a callable. Received func={func} (of type {type(func)})")
        self.output_spec: Any = None
        unpack = several or type(spec) is tuple
        converted = convert_for_call(func)

        def traced(*args: Tensor) -> list[Tensor]:
            element = from_tensors(spec, args)
            result = converted(*element) if unpack else converted(element)
            return self._finish(result, caller)

        traced.__name__ = f"{caller.replace('.', '_')}_{getattr(func, '__name__', type(func).__name__).strip('<>')}"
        with context_module.scope(variable_creators=(*context.variable_creators, _refuse_creation)):
            made = function(traced, autograph=False).get_concrete_function(*tensor_specs(spec))
        made.graph.outputs = [_behind_identity(t) for t in made.graph.outputs]
        self._concrete = made
        self._input_specs = leaf_specs(spec)
        self._output_specs = leaf_specs(self.output_spec)
        self._plain = all(isinstance(s, TensorSpec) for s in (*self._input_specs, *self._output_specs))

    def _finish(self, result: Any, caller: str) -> list[Tensor]:
        if isinstance(result, list):
            # Several results rather than a tensor to be stacked.
            result = tuple(result)
        try:
            result = normalize(result)
        except (ValueError, TypeError) as error:
            raise TypeError(
                f"Unsupported return value from function passed to {caller}: {result}. Cause: {error}"
            ) from error
        self.output_spec = spec_of(result)
        tensors = to_tensors(self.output_spec, result)
        if not tensors:
            raise InvalidArgumentError(
                None, None, f"The function passed to {caller} must return at least one tensor, got {result}"
            )
        return tensors

    @functools.cached_property
    def _mapped(self) -> Mapped | None:
        graph = self._concrete.graph
        computation = Mapped(graph, len(self._input_specs))
        tensors = (*graph.inputs, *graph.outputs)
        numeric = self._plain and not any(t.dtype in _NOT_NUMERIC for t in tensors)
        if not numeric or computation.stateful:
            return None
        return computation if Nested(computation, None, range(len(graph.inputs))).compiles else None

    @property
    def pure(self) -> bool:
        """True if the function has no effects, reads no variables and compiles as a whole."""
        return self._mapped is not None

    @functools.cached_property
    def for_chunks(self) -> ConcreteFunction:
        """A pure function as one of stacked elements."""
        computation, captures = self._mapped, self.captures
        assert computation is not None

        def stacked(*elements: Tensor) -> list[Tensor]:
            return list(execute(computation, [*elements, *map(convert_to_tensor, captures)], {}, "chunk"))

        return function(stacked, autograph=False).get_concrete_function(*[s._batch(None) for s in self._input_specs])

    @property
    def captures(self) -> list[Tensor]:
        """The outside tensors that the function uses."""
        return self._concrete.captured_inputs

    @property
    def sequential(self) -> bool:
        """True if calls must happen one after the other: the function draws random numbers."""
        return bool(self._concrete.plan.program.rng_cells)

    @property
    def calls_python(self) -> bool:
        """True if parts of the function run on the host."""
        return any(getattr(step, "host", False) for step in self._concrete.plan.steps)

    def bind(self, captured: Sequence[Any]) -> BoundFunction:
        """The function with the raw values of its captures: arrays, variants' objects, cells of variables."""
        return BoundFunction(self, captured)


class BoundFunction:
    """An element function with the values of what it captures."""

    def __init__(self, function: ElementFunction, captured: Sequence[Any]):
        self.function = function
        self._plan = function._concrete.plan
        first = len(self._plan.program.inputs) - len(captured)
        resources = function._concrete._resources
        self._cells = CapturedCells({resources[first + i]: c for i, c in enumerate(captured) if isinstance(c, Cell)})
        self._captured = [None if isinstance(c, Cell) else c for c in captured]

    def start(self, run: Run) -> Callable[[Raw], Raw]:
        """The function from raw elements to raw results, as one iterator calls it."""
        plan, captured = self._plan, self._captured
        cells = self._cells_of(run)
        function = self.function
        run_plan = _on_host_device(plan.run)
        if function._plain:

            def call(raw: Raw) -> Raw:
                try:
                    outputs, _ = run_plan([*raw, *captured], cells)
                except OutOfRangeError as error:
                    raise _end_inside(error) from None
                return tuple(outputs)

            return call

        def call_converting(raw: Raw) -> Raw:
            try:
                outputs, _ = run_plan([*raw_to_flat(function._input_specs, raw), *captured], cells)
            except OutOfRangeError as error:
                raise _end_inside(error) from None
            return flat_to_raw(function._output_specs, outputs)

        return call_converting

    @property
    def pure(self) -> bool:
        """True if nobody notices when the function is called."""
        return self.function.pure

    def pairs(self, run: Run, source: Iterator[Raw], ahead: bool) -> Iterator[tuple[Raw, Raw]]:
        """Pairs of element and result; computed in chunks, if the elements may be taken `ahead` of time."""
        call = self.start(run)
        if not (ahead and self.pure):

            def paired(raw: Raw) -> tuple[Raw, Raw]:
                return raw, call(raw)

            return map(paired, source)
        function, captured, cells = self.function, self._captured, CapturedCells()

        def call_chunk(columns: Raw) -> Raw:
            outputs, _ = _on_host_device(function.for_chunks.plan.run)([*columns, *captured], cells)
            return tuple(outputs)

        return Chunked(call, call_chunk, source)

    def _cells_of(self, run: Run) -> CapturedCells:
        """The cells of captured variables and those of the random ops, whose numbers start anew with each iterator."""
        generators = self._plan.program.rng_cells
        if not generators:
            return self._cells
        if self not in run.states:
            cells = run.states[self] = CapturedCells(self._cells)
            for ref, cell in generators.items():
                seed, seed2 = cell.seeds  # type: ignore[attr-defined]
                cells[ref] = node_state({"seed": seed, "seed2": seed2})
        return run.states[self]


def _behind_identity(tensor: Any) -> Any:
    """For variants, what the tracer put an Identity on: a Python object is not for a compiled program."""
    node = tensor.op
    return node.inputs[0] if tensor.dtype is dtypes.variant and node.type == "Identity" else tensor


def _on_host_device(run: Callable[..., Any]) -> Callable[..., Any]:
    """`run` on the CPU, as `tf.data` computes, where the default device is another."""
    if jax.default_backend() == "cpu":
        return run
    cpu = jax.local_devices(backend="cpu")[0]

    def on_cpu(values: Any, cells: Any) -> Any:
        with context_module.scope(device=cpu):
            outputs, extra = run(values, cells)
        # As host values, for which whoever uses them finds the device.
        return [np.asarray(o) if isinstance(o, jax.Array) else o for o in outputs], extra

    return on_cpu


def _end_inside(error: OutOfRangeError) -> InvalidArgumentError:
    """The end of something inside a function is not the end of the dataset."""
    return InvalidArgumentError(None, None, f"Function invocation produced OutOfRangeError: {error.message}")


def raw_capture(tensor: EagerTensor) -> Any:
    """The raw value of an eager tensor that a function captures."""
    if tensor._cell is not None:
        return tensor._cell
    if tensor._value is not None:
        return tensor._value
    host: Any = tensor._host
    return host[()] if tensor._dtype is dtypes.variant else host


def is_true(raw: Raw) -> bool:
    """The answer of a predicate."""
    return bool(np.asarray(raw[0]))


def _refuse_creation(next_creator: Callable[..., Any], **kwargs: Any) -> Any:
    raise ValueError(
        "tf.function only supports singleton tf.Variables created on the first call. Make sure the tf.Variable is only "
        "created once or created outside tf.function."
    )
