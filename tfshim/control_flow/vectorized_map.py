"""`tf.vectorized_map`: a function traced on one slice and run on all of them at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from tfshim import dtypes, nest
from tfshim.context import context
from tfshim.control_flow import graphs as graphs_module
from tfshim.control_flow import structure
from tfshim.control_flow.batchable import encoding
from tfshim.control_flow.computation import ControlFlow
from tfshim.control_flow.functional import is_batchable, is_ragged, map_fn
from tfshim.control_flow.row_nodes import NotVectorizable, Rows, is_plain, run_effects
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import DType
from tfshim.errors import InvalidArgumentError
from tfshim.execute import execute
from tfshim.export import export
from tfshim.graph import FuncGraph
from tfshim.indexed_slices import dense
from tfshim.lowering.nested import Nested
from tfshim.ops import bounds, op
from tfshim.ops.registry import Check
from tfshim.shapes import TensorShape, from_dims
from tfshim.tensor import Tensor
from tfshim.type_spec import CompositeTensor, TensorSpec, TypeSpec, type_spec_from_value


class Mapped(ControlFlow):
    """Runs a graph for each slice of its first `n_mapped` inputs; the other inputs are the same for all."""

    __slots__ = ("n_mapped",)

    def __init__(self, graph: FuncGraph, n_mapped: int):
        super().__init__("VectorizedMap", (graph,))
        self.n_mapped = n_mapped

    def value_dtypes(self, inputs: Sequence[Tensor]) -> tuple[DType, ...]:
        return tuple(t.dtype for t in self.graphs[0].outputs)

    def value_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        lengths = [t.shape[0] if t.shape.rank else None for t in inputs[: self.n_mapped]]
        # A length of 1 is that of all only if no other can turn out to be longer.
        length = 1 if set(lengths) == {1} else next((n for n in lengths if n not in (None, 1)), None)
        return [from_dims((length,)).concatenate(t.shape) for t in self.graphs[0].outputs]

    def evaluate(self, nested: Nested, values: Sequence[Any], state: dict[int, Any], checks: list[Any]) -> list[Any]:
        shared = list(values[self.n_mapped :])
        mapped = [jnp.asarray(v) for v in values[: self.n_mapped]]
        length = max([v.shape[0] for v in mapped if v.shape[0] != 1], default=1)
        # Those of length 1 are the same for all, also where only running tells.
        given = [v[0] if v.shape[0] == 1 != length else v for v in mapped]

        def one(*slices: Any) -> Any:
            outputs, reports = structure.reporting(lambda c: nested.run(0, [*slices, *shared], dict(state), c))
            return [jnp.asarray(o) for o in outputs], reports

        if length == 0:
            # JAX has no batches of nothing for some operations: the shapes are those of one row.
            row = [jnp.zeros(v.shape[1:], v.dtype) for v in mapped]
            return [jnp.zeros((0, *o.shape), o.dtype) for o in jax.eval_shape(lambda: one(*row)[0])]
        axes = [None if v.shape[0] == 1 != length else 0 for v in mapped]
        outputs, reports = jax.vmap(one, axes, axis_size=length)(*given)
        checks.extend(_of_first_failure(c) for c in reports.checks)
        bounds.report([jnp.any(f) for f in reports.flags])
        return outputs

    def drive(self, nested: Nested, values: Sequence[Any], run: Callable[[int, Sequence[Any]], list[Any]]) -> list[Any]:
        mapped, shared = values[: self.n_mapped], values[self.n_mapped :]
        count = max([v.shape[0] for v in mapped if v.shape[0] != 1], default=1)
        rows = [run(0, [*(v[0 if v.shape[0] == 1 else i, ...] for v in mapped), *shared]) for i in range(count)]
        return [_stacked(column) for column in zip(*rows, strict=True)]

    def connected(self, wrt: tuple[int, ...], of: tuple[int, ...]) -> tuple[int, ...]:
        reached = structure.differentiable_sources(self.graphs[0], [self.graphs[0].outputs[i] for i in of])
        return tuple(i for i in wrt if i in reached)


def _stacked(column: Sequence[Any]) -> Any:
    shapes = {v.shape for v in column}
    if len(shapes) > 1:
        raise InvalidArgumentError(None, None, f"the function gave values of different shapes: {sorted(shapes)}")
    return jnp.stack(column)


def _of_first_failure(check: Check) -> Check:
    """A check of each row as one check: it says what the first row that fails has to say."""
    length = check.predicate.shape[0]
    held = jnp.all(jnp.reshape(check.predicate, (length, -1)), axis=1)
    row = jnp.argmin(held) if length else 0
    operands = tuple(o[row] if length else jnp.zeros(o.shape[1:], o.dtype) for o in check.operands)
    return check.of_values(jnp.all(held), operands)


@export("vectorized_map")
def vectorized_map(fn: Any, elems: Any, fallback_to_while_loop: bool = True, warn: bool = True) -> Any:
    """Like `tf.map_fn`, with all slices computed at once.

    What the function does to other things, such as printing or writing to variables, happens once, as for the first
    slice.

    Args:
      fn: callable that takes a slice in the structure of `elems`; traced once.
      elems: nested structure of tensors whose first axes have one length, or length 1 (broadcast). The rows of ragged
        tensors must have one shape.
      fallback_to_while_loop: run ops that cannot run for all slices at once for one after the other; False makes that
        a ValueError.
      warn: say so when it does.
    """
    flat = [e if _is_encoded(e) else convert_to_tensor(e) for e in nest.flatten(elems)]
    if not flat:
        raise ValueError("vectorized_map needs at least one tensor to map over")
    if context.graph is None:
        from tfshim.function import function

        return function(_run, autograph=False)(
            _Constant(fn), nest.pack_sequence_as(elems, flat), fallback_to_while_loop, warn
        )
    return _run(_Constant(fn), nest.pack_sequence_as(elems, flat), fallback_to_while_loop, warn)


class _Constant:
    """A Python object as an argument of a function: compared by identity."""

    def __init__(self, value: Any):
        self.value = value


def _is_encoded(value: Any) -> bool:
    """Whether rows are those of tensors that stand for the value."""
    return is_batchable(value) or is_ragged(value)


def _run(fn: _Constant, elems: Any, fallback_to_while_loop: bool, warn: bool) -> Any:
    values = nest.flatten(elems)
    batched = [encoding(v) if _is_encoded(v) else [v] for v in values]
    parts = _broadcast([part for of_value in batched for part in of_value])
    made: list[Any] = []

    def call(*args: Any) -> list[Any]:
        from tfshim.autograph import convert_for_call

        remaining = iter(args)
        rows = [
            v._type_spec._unbatch()._from_compatible_tensor_list([next(remaining) for _ in of_value])
            if _is_encoded(v)
            else next(remaining)
            for v, of_value in zip(values, batched, strict=True)
        ]
        result = convert_for_call(fn.value)(nest.pack_sequence_as(elems, rows))
        # Rows of which slices are known differ in their indices: their tensors can be stacked.
        made[:] = [nest.map_structure(dense, result)]
        return [v._type_spec._to_tensor_list(v) if is_batchable(v) else v for v in nest.flatten(made[0])]

    mapped = _Rows(call, [TensorSpec(t.shape[1:], t.dtype) for t in parts])
    leaves = [v._type_spec if is_batchable(v) else t for v, t in zip(nest.flatten(made[0]), mapped.result, strict=True)]
    if not any(isinstance(leaf, CompositeTensor) for leaf in leaves):
        try:
            rows_of_leaves = mapped.run(parts, fallback_to_while_loop, warn)
        except NotVectorizable:
            pass
        else:
            results = [
                leaf._batch(None)._from_compatible_tensor_list(rows) if isinstance(leaf, TypeSpec) else rows
                for leaf, rows in zip(leaves, rows_of_leaves, strict=True)
            ]
            return nest.pack_sequence_as(made[0], results)
    if not fallback_to_while_loop:
        raise ValueError("the function cannot be vectorized: it has effects, or runs on the host")
    if warn:
        logging.getLogger("tensorflow").warning(
            "Using a while_loop for vectorized_map: the function has effects, or runs on the host"
        )
    if not any(map(_is_encoded, values)):
        elems = nest.pack_sequence_as(elems, parts)  # all of one length now
    return nest.pack_sequence_as(made[0], _row_by_row(fn, elems, leaves))


def _row_by_row(fn: _Constant, elems: Any, leaves: Sequence[Any]) -> list[Any]:
    """The results of a loop over the rows; `leaves` are what the function returns: None, specs, or values like it."""
    present = [i for i, leaf in enumerate(leaves) if leaf is not None]
    specs = [leaves[i] if isinstance(leaves[i], TypeSpec) else type_spec_from_value(leaves[i]) for i in present]

    def row(element: Any) -> list[Any]:
        from tfshim.autograph import convert_for_call

        found = nest.flatten(convert_for_call(fn.value)(element))
        return [found[i] for i in present] or [0]

    mapped = iter(map_fn(row, elems, fn_output_signature=specs or [dtypes.int32]))
    return [None if leaf is None else next(mapped) for leaf in leaves]


def map_rows(fn: Callable[..., Any], stacked: Sequence[Tensor]) -> Any:
    """`fn` for each row of tensors that have a leading axis, all at once; None if that is not possible."""
    rows = _Rows(fn, [TensorSpec(t.shape[1:], t.dtype) for t in stacked])
    return rows.run(stacked) if rows.plain else None


class _Rows:
    """A function traced on one row, with what it refers to."""

    def __init__(self, fn: Callable[..., Any], slices: Sequence[TensorSpec]):
        self.n_mapped = len(slices)
        self.graph = graph = graphs_module.trace("loop_body", fn, slices)  # type: ignore[arg-type]
        self.result = graphs_module.as_tensors(graph, graph.structured_outputs)
        graph.outputs = [t for t in nest.flatten(self.result, expand_composites=True) if t is not None]
        graphs_module.adopt([graph])
        graphs_module.hoist_reads([graph])
        self.computation = Mapped(graph, self.n_mapped)
        kept_on_host = any(t.dtype is dtypes.variant for t in graph.outputs)
        # Whether all of it can run at once, as it is.
        self.plain = (
            not kept_on_host
            and all(is_plain(n) for n in graph._nodes)
            and Nested(self.computation, None, range(len(graph.inputs))).compiles
        )

    def run(self, stacked: Sequence[Tensor], loops: bool = False, warn: bool = False) -> Any:
        """Adds the nodes that run the function on all rows; see `Rows` for `loops` and `warn`.

        Raises:
          ValueError: an op does not run for all rows at once.
          NotVectorizable: something else stands in the way.
        """
        captures = graphs_module.share_captures([self.graph], self.n_mapped)
        if self.plain:
            outputs = iter(execute(self.computation, [*stacked, *captures], {}, "vectorized_map"))
        else:
            outputs = iter(self._by_nodes(stacked, captures, loops, warn))
        flat = [None if t is None else next(outputs) for t in nest.flatten(self.result, expand_composites=True)]
        return nest.pack_sequence_as(self.result, flat, expand_composites=True)

    def _by_nodes(self, stacked: Sequence[Tensor], captures: Sequence[Tensor], loops: bool, warn: bool) -> list[Tensor]:
        given = [*((t, True) for t in stacked), *((t, False) for t in captures)]
        length = op("StridedSlice")(op("Shape")(stacked[0]), [0], [1], [1], shrink_axis_mask=1)
        run_effects(self.graph, given)
        return Rows(self.graph, given, length, loops, warn).stacked(self.graph.outputs)


def _broadcast(flat: list[Tensor]) -> list[Tensor]:
    """Tensors of one length, those of length 1 repeated."""
    for tensor in flat:
        if tensor.shape.rank == 0:
            raise IndexError("vectorized_map needs tensors with a first axis, got a scalar")
    lengths = {t.shape[0] for t in flat if t.shape.rank is not None}
    known = lengths - {1, None}
    if len(known) > 1:
        raise InvalidArgumentError(
            None, None, f"the first axes of vectorized_map's elems have different lengths: {sorted(known)}"
        )
    if not known or 1 not in lengths:
        return flat
    length = known.pop()
    return [op("Tile")(t, [length] + [1] * (t.shape.rank - 1)) if t.shape[0] == 1 else t for t in flat]
