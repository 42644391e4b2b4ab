"""`reduce` and `scan`: functions with a state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfshim import nest
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.data import structure
from tfshim.data.functions import ElementFunction, raw_capture
from tfshim.data.making import as_stage
from tfshim.data.stages import Run
from tfshim.data.structure import from_raw, from_tensors, leaf_specs, normalize, spec_of
from tfshim.dtypes import DType
from tfshim.errors import InvalidArgumentError
from tfshim.execute import execute
from tfshim.ops.computation import Computation
from tfshim.shapes import TensorShape
from tfshim.tensor import Tensor
from tfshim.type_spec import TensorSpec


def traced_with_state(
    func: Callable[..., Any], state: Any, element_spec: Any, caller: str, new_state: Callable[[Any], Any]
) -> tuple[ElementFunction, Any]:
    """The function traced for `(state, element)`, and the spec of the state.

    Where a step changes the shape of the state, the function is traced again for the more general shape.

    Args:
      func: from state and element to a result that holds the new state.
      state: normalized initial state.
      element_spec: spec of the elements.
      caller: for messages.
      new_state: takes the spec of the new state out of that of the result; checks it.
    """
    spec = spec_of(state)
    while True:
        function = ElementFunction(func, (spec, element_spec), caller)
        found = new_state(function.output_spec)
        _check_state(spec, found)
        try:
            merged = structure.most_general(spec, found)
        except TypeError:
            merged = spec
        if merged == spec:
            return function, spec
        spec = merged


def _check_state(expected: Any, found: Any) -> None:
    if len(leaf_specs(expected)) != len(leaf_specs(found)):
        raise InvalidArgumentError(None, None, f"The new state must have the parts of {expected}, got {found}.")
    try:
        nest.assert_same_structure(expected, found)
    except (TypeError, ValueError):
        raise TypeError(
            f"The structure of the new state must match that of the initial state. Expected {expected} but got {found}."
        ) from None
    for one, other in zip(leaf_specs(expected), leaf_specs(found), strict=True):
        before, after = one._to_legacy_output_types(), other._to_legacy_output_types()
        if before != after:
            raise TypeError(
                "The element types for the new state must match the initial state. Expected "
                f"{structure.legacy_types(expected)!r} but got {structure.legacy_types(found)!r}."
            )


def scan_function(
    element_spec: Any, initial_state: Any, scan_func: Callable[..., Any]
) -> tuple[list[Tensor], ElementFunction, Any]:
    """The flat initial state, the traced function and the spec of its outputs."""
    state = normalize(initial_state)

    def new_state(result: Any) -> Any:
        if type(result) is not tuple or len(result) != 2:
            raise TypeError(
                "Invalid `scan_func`. `scan_func` should return a pair consisting of new state and the output value."
            )
        return result[0]

    function, spec = traced_with_state(scan_func, state, element_spec, "Dataset.scan()", new_state)
    return structure.to_tensors(spec, state), function, function.output_spec[1]


def reduce(dataset: Any, initial_state: Any, reduce_func: Callable[..., Any]) -> Any:
    """See `Dataset.reduce`."""
    state = normalize(initial_state)
    function, spec = traced_with_state(
        reduce_func, state, dataset.element_spec, "Dataset.reduce()", lambda result: result
    )
    tensors = structure.to_tensors(spec, state)
    node = _Reduce(function, spec)
    operands = [dataset._variant_tensor, *tensors, *function.captures]
    if context.graph is None:
        results = [
            from_raw(s, v) for s, v in zip(node.specs, node.call_host([raw_capture(t) for t in operands]), strict=True)
        ]
    else:
        results = list(execute(node, [convert_to_tensor(t) for t in operands], {}, node.name))
    return from_tensors(spec, results)


class _Reduce(Computation):
    """`(dataset, state, captures) -> state`: calls a function on all elements, one after the other."""

    __slots__ = ("_function", "_leaves", "specs")
    stateful = True

    def __init__(self, function: ElementFunction, state: Any):
        super().__init__("ReduceDataset", (), host=True)
        self._function = function
        self._leaves = leaf_specs(state)
        self.specs: list[TensorSpec] = structure.tensor_specs(state)

    def output_dtypes(self, inputs: Sequence[Tensor]) -> tuple[DType, ...]:
        """Those of the state."""
        return tuple(s.dtype for s in self.specs)

    def output_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        """Those of the state."""
        return [s.shape for s in self.specs]

    def call_host(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Runs through the dataset."""
        n = len(self.specs)
        stage, captured = as_stage(inputs[0]), inputs[n + 1 :]
        state = structure.flat_to_raw(self._leaves, inputs[1 : n + 1])
        run = Run()
        call = self._function.bind(captured).start(run)
        for raw in stage.iterate(run):
            state = call((*state, *raw))
        return structure.raw_to_flat(self._leaves, state)
