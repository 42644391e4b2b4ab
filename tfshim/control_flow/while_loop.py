"""`tf.while_loop`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes, nest
from tfshim.context import context
from tfshim.control_flow import dependencies
from tfshim.control_flow import graphs as graphs_module
from tfshim.control_flow.loops import Loop
from tfshim.control_flow.tensor_array import TensorArray
from tfshim.convert import convert_to_tensor
from tfshim.execute import execute
from tfshim.export import export
from tfshim.function_type import is_variable
from tfshim.graph import shape_behind
from tfshim.ops import op
from tfshim.scopes import name_scope
from tfshim.shapes import TensorShape, as_shape
from tfshim.tensor import SymbolicTensor, Tensor
from tfshim.type_spec import CompositeTensor, TypeSpec, type_spec_from_value


@export("while_loop")
def while_loop(
    cond: Any,
    body: Any,
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    maximum_iterations: Any = None,
    name: str | None = None,
) -> Any:
    """Repeats `loop_vars = body(*loop_vars)` while `cond(*loop_vars)` is true, and returns the last ones.

    In a graph, both functions are traced once and the loop is one node; eagerly it is a Python loop.

    Args:
      cond: callable that returns a boolean scalar.
      body: callable that returns values of the structure and the dtypes of `loop_vars`.
      loop_vars: nested structure of tensors, composite tensors and TensorArrays.
      shape_invariants: structure like `loop_vars` of shapes (or specs) that hold in every iteration.
      parallel_iterations: has no effect.
      back_prop: False stops gradients through the loop.
      swap_memory: has no effect.
      maximum_iterations: integer scalar; the loop ends after as many iterations.
      name: of the node.

    Raises:
      TypeError: not callable, or another structure or dtype after an iteration.
      ValueError: a shape that changes against the invariants; or, eagerly, no loop variables.
    """
    if not callable(cond):
        raise TypeError("'cond' must be callable.")
    if not callable(body):
        raise TypeError("'body' must be callable.")
    if int(parallel_iterations) < 1:
        raise TypeError("'parallel_iterations' must be a positive integer.")
    if isinstance(loop_vars, SymbolicTensor) or not hasattr(loop_vars, "__len__"):
        raise TypeError(f"'loop_vars' must be a structure of loop variables, got {loop_vars!r}")
    if context.graph is None:
        if not loop_vars:
            raise ValueError("'loop_vars' must be provided.")
        return _run_eagerly(cond, body, loop_vars, maximum_iterations)
    result = _Builder(cond, body, loop_vars, shape_invariants, maximum_iterations, name or "while").build()
    if not back_prop:
        result = nest.map_structure(lambda t: op("StopGradient")(t), result, expand_composites=True)
    return result


@export("compat.v1.while_loop")
def while_loop_v1(
    cond: Any,
    body: Any,
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
    maximum_iterations: Any = None,
    return_same_structure: bool = False,
) -> Any:
    """`tf.while_loop`; the result of a single loop variable is its value, unless `return_same_structure`."""
    unpacks = not return_same_structure and isinstance(loop_vars, (list, tuple)) and len(loop_vars) == 1
    # Eagerly, the value is what comes back only if that is what the body returns.
    bare = context.graph is not None or maximum_iterations is not None

    def packing(*values: Any) -> Any:
        nonlocal bare
        result = body(*values)
        if isinstance(result, (list, tuple)):
            return result
        bare = True
        return [result] if isinstance(loop_vars, list) else (result,)

    chosen = packing if unpacks and callable(body) else body
    result = while_loop(
        cond, chosen, loop_vars, shape_invariants, parallel_iterations, back_prop, swap_memory, maximum_iterations, name
    )
    return result[0] if unpacks and bare else result


def _run_eagerly(cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any, limit: Any) -> Any:
    limit = None if limit is None else int(np.asarray(limit))
    count = 0
    while (limit is None or count < limit) and cond(*loop_vars):
        result = body(*loop_vars)
        if limit is None:
            # Only what is inside counts: a list of variables may come back as a tuple.
            nest.assert_same_structure(list(loop_vars), list(result), expand_composites=False)
        else:
            nest.assert_same_structure(loop_vars, result, expand_composites=False)
        loop_vars = result
        count += 1
    return nest.map_structure(
        lambda v: v if isinstance(v, (Tensor, CompositeTensor)) and not is_variable(v) else convert_to_tensor(v),
        loop_vars,
    )


class _Builder:
    """Builds the node of one loop."""

    def __init__(self, cond: Any, body: Any, loop_vars: Any, invariants: Any, limit: Any, name: str):
        self.cond = cond
        self.body = body
        self.name = name
        self.structure = nest.map_structure(_as_loop_variable, loop_vars)
        if not isinstance(loop_vars, (list, tuple, dict)) and not nest.is_nested(loop_vars):
            self.structure = [self.structure]
        # What values are packed like: composite ones as general as their invariants.
        self.template = self.structure
        if invariants is not None:
            self.template = _relaxed(self.structure, invariants)
        self.flat = [_value(t) for t in nest.flatten(self.structure, expand_composites=True)]
        self.shapes = _invariant_shapes(self.structure, self.flat, invariants)
        self.limit = limit
        # What the body returned.
        self.result: Any = None

    def build(self) -> Any:
        with name_scope(self.name) as full:
            limit = self.limit
            maximum = convert_to_tensor(-1 if limit is None else limit, dtypes.int32, "maximum_iterations")
            counter = convert_to_tensor(0, dtypes.int32, "loop_counter")
            flat = [counter, maximum, *self.flat]
            shapes = [TensorShape([]), TensorShape([]), *self.shapes]
            placeholders = [_Like(t, s) for t, s in zip(flat, shapes, strict=True)]
            cond = graphs_module.trace(f"{self.name}_cond", self._cond, placeholders, self._unpacked)
            self._finish_cond(cond)
            body = graphs_module.trace(f"{self.name}_body", self._body, placeholders, self._unpacked)
            self._finish_body(body, shapes)
            graphs_module.adopt([cond, body])
            dependencies.drop_idle([cond, body])
            graphs_module.capture_referred([cond, body])
            graphs_module.hoist_reads([cond, body])
            captures = graphs_module.share_captures([cond, body], len(flat))
            computation = Loop(cond, body, shapes)
            with dependencies.waiting([cond, body]):
                outputs = execute(computation, [*flat, *captures], {"cond": cond.name, "body": body.name}, full)
            for before, after in zip(flat, outputs, strict=False):
                if before.dtype is dtypes.resource:
                    after._variable_shape = shape_behind(before)
            if not context.graph.building_function:
                # As in TensorFlow: outside of functions, a result has the name of an identity of its own.
                outputs = [op("Identity")(t) for t in outputs[: len(shapes)]]
        return self._with_learnt_elements(self._pack(list(outputs[2 : len(shapes)])))

    def _with_learnt_elements(self, packed: Any) -> Any:
        flat, before, after = (nest.flatten(s, expand_composites=False) for s in (packed, self.structure, self.result))
        learnt = [_learn_elements(*values) for values in zip(flat, before, after, strict=True)]
        return nest.pack_sequence_as(packed, learnt, expand_composites=False)

    def _unpacked(self, placeholders: list[SymbolicTensor]) -> list[Any]:
        packed = self._pack(placeholders[2:])
        return [placeholders[0], placeholders[1], packed]

    def _pack(self, flat: Sequence[Any]) -> Any:
        return nest.pack_sequence_as(self.template, flat, expand_composites=True)

    def _call(self, fn: Callable[..., Any], packed: Any) -> Any:
        return fn(**packed) if isinstance(packed, dict) else fn(*packed)

    def _body(self, counter: Any, maximum: Any, packed: Any) -> Any:
        result = self._call(self.body, packed)
        if (
            not isinstance(result, (list, tuple, dict))
            and len(self.structure) == 1
            and isinstance(self.structure, (list, tuple))
        ):
            result = [result]
        try:
            nest.assert_same_structure(self.structure, result, expand_composites=False, check_types=False)
        except (TypeError, ValueError) as error:
            raise type(error)(
                f"The body of the loop must return values of the structure of its loop variables: {error}"
            ) from None
        flat = nest.flatten(result, expand_composites=True)
        if any(v is None for v in flat):
            raise AssertionError(f"the body of the loop returned None among its values: {result}")
        self.result = result
        return [op("AddV2")(counter, 1), maximum, *flat]

    def _cond(self, counter: Any, maximum: Any, packed: Any) -> Any:
        result = self._call(self.cond, packed)
        if result is None:
            raise AssertionError("the condition of the loop returned None")
        result = convert_to_tensor(result)
        if self.limit is not None:
            result = op("LogicalAnd")(op("Less")(counter, maximum), result)
        return result

    def _finish_body(self, graph: graphs_module.ControlFlowGraph, shapes: list[TensorShape]) -> None:
        flat = graph.structured_outputs
        expected = [t.dtype for t in graph.inputs[: len(shapes)]]
        outputs = []
        with graph.as_default():
            for i, (value, dtype) in enumerate(zip(flat, expected, strict=True)):
                tensor = graph.admit(convert_to_tensor(value))
                if tensor.dtype != dtype:
                    raise TypeError(
                        f"Loop var {self._name_of(i)} enters the loop with type {dtype} but has type {tensor.dtype} "
                        "after 1 iteration."
                    )
                if not shapes[i].is_compatible_with(tensor.shape) or _more_general(tensor.shape, shapes[i]):
                    raise ValueError(
                        f"Input tensor `{self._name_of(i)}` enters the loop with shape {shapes[i]}, but has shape "
                        f"{tensor.shape} after one iteration. To allow the shape to vary across iterations, use the "
                        "`shape_invariants` argument of tf.while_loop to specify a less-specific shape."
                    )
                # An output is a node of its own, for the input itself may be returned.
                outputs.append(op("Identity")(tensor) if i > 1 else tensor)
        graph.outputs = outputs
        graph.structured_outputs = outputs

    def _name_of(self, position: int) -> str:
        """What the user knows a loop variable as."""
        tensor = self.flat[position - 2]
        return tensor.name if isinstance(tensor, SymbolicTensor) else repr(tensor)

    def _finish_cond(self, graph: graphs_module.ControlFlowGraph) -> None:
        with graph.as_default():
            result = graph.admit(graph.structured_outputs)
            if result.shape.rank not in (0, None):
                result = op("Squeeze")(result)
        graph.outputs = [result]
        graph.structured_outputs = result


def _learn_elements(value: Any, before: Any, after: Any) -> Any:
    """An array of the size that it had before, with elements of the shape that the body made known; others as is."""
    if isinstance(value, TensorArray) and isinstance(after, TensorArray):
        value._element_shape = after._element_shape
        value._size = before._size
    return value


class _Like:
    """What a placeholder is made like: a dtype and a shape."""

    def __init__(self, tensor: Tensor, shape: TensorShape):
        self.dtype = tensor.dtype
        self.shape = shape
        self._cell = getattr(tensor, "_cell", None)
        self._variable_shape = shape_behind(tensor)


def _as_loop_variable(value: Any) -> Any:
    if isinstance(value, CompositeTensor) and not is_variable(value):
        return value
    return convert_to_tensor(value)


def _value(tensor: Any) -> Tensor:
    return tensor if isinstance(tensor, Tensor) else convert_to_tensor(tensor)


def _more_general(shape: TensorShape, invariant: TensorShape) -> bool:
    """True if `shape` says less than `invariant`."""
    if invariant.rank is None:
        return False
    if shape.rank is None:
        return True
    return any(s is None and i is not None for s, i in zip(shape._dims, invariant._dims, strict=True))


def _relaxed(structure: Any, invariants: Any) -> Any:
    """The structure of loop variables, with specs in place of the composite ones."""

    nest.assert_same_structure(structure, invariants, expand_composites=False)

    def relax(value: Any, invariant: Any) -> Any:
        if isinstance(invariant, TypeSpec):
            if not invariant.is_compatible_with(value):
                raise TypeError(f"TypeSpec {invariant} is not compatible with {value}")
        elif invariant is not None and not isinstance(invariant, TensorShape):
            raise TypeError(f"'shape' must be one of TypeSpec, TensorShape or None. Received: {type(invariant)}")
        return _relaxed_spec(value, invariant) if isinstance(value, CompositeTensor) else value

    return nest.map_structure(relax, structure, invariants, expand_composites=False)


def _relaxed_spec(value: CompositeTensor, invariant: Any) -> TypeSpec:
    """The spec of a composite loop variable: as general as its invariant, a spec or a shape."""
    if not isinstance(invariant, TypeSpec):
        invariant = value._shape_invariant_to_type_spec(as_shape(invariant))
    return invariant.most_specific_common_supertype([type_spec_from_value(value)]) or invariant


def _invariant_shapes(structure: Any, flat: Sequence[Tensor], invariants: Any) -> list[TensorShape]:
    if invariants is None:
        return [t.shape for t in flat]
    shapes: list[TensorShape] = []

    def add(value: Any, invariant: Any) -> None:
        if isinstance(value, CompositeTensor):
            parts = nest.flatten(_relaxed_spec(value, invariant), expand_composites=True)
            shapes.extend(s.shape for s in parts)
            return
        given = invariant.shape if isinstance(invariant, TypeSpec) else as_shape(invariant)
        if not given.is_compatible_with(value.shape) or _more_general(value.shape, given):
            raise ValueError(
                f"The shape invariant specified for {getattr(value, 'name', value)!r} is not compatible with the "
                f"initial shape of the loop variable. It enters the loop with shape {value.shape}, but the specified "
                f"shape invariant is {given}."
            )
        shapes.append(given)

    nest.map_structure(add, structure, invariants, expand_composites=False)
    return shapes
