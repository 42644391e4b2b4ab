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
from tfshim.control_flow.computation import ControlFlow
from tfshim.control_flow.functional import map_fn
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import DType
from tfshim.execute import execute
from tfshim.export import export
from tfshim.graph import FuncGraph
from tfshim.lowering.nested import Nested
from tfshim.ops import bounds, op
from tfshim.ops.registry import Check
from tfshim.shapes import TensorShape, from_dims
from tfshim.tensor import Tensor
from tfshim.type_spec import TensorSpec


class Mapped(ControlFlow):
    """Runs a graph for each slice of its first `n_mapped` inputs; the other inputs are the same for all."""

    __slots__ = ("n_mapped",)

    def __init__(self, graph: FuncGraph, n_mapped: int):
        super().__init__("VectorizedMap", (graph,))
        self.n_mapped = n_mapped

    def value_dtypes(self, inputs: Sequence[Tensor]) -> tuple[DType, ...]:
        return tuple(t.dtype for t in self.graphs[0].outputs)

    def value_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        length = next((t.shape[0] for t in inputs[: self.n_mapped] if t.shape.rank), None)
        return [from_dims((length,)).concatenate(t.shape) for t in self.graphs[0].outputs]

    def evaluate(self, nested: Nested, values: Sequence[Any], state: dict[int, Any], checks: list[Any]) -> list[Any]:
        shared = list(values[self.n_mapped :])

        def one(*slices: Any) -> Any:
            outputs, reports = structure.reporting(lambda c: nested.run(0, [*slices, *shared], dict(state), c))
            return [jnp.asarray(o) for o in outputs], reports

        outputs, reports = jax.vmap(one)(*(jnp.asarray(v) for v in values[: self.n_mapped]))
        checks.extend(_of_first_failure(c) for c in reports.checks)
        bounds.report([jnp.any(f) for f in reports.flags])
        return outputs

    def drive(self, nested: Nested, values: Sequence[Any], run: Callable[[int, Sequence[Any]], list[Any]]) -> list[Any]:
        count = values[0].shape[0]
        rows = [run(0, [*(v[i] for v in values[: self.n_mapped]), *values[self.n_mapped :]]) for i in range(count)]
        return [jnp.stack(column) for column in zip(*rows, strict=True)]

    def connected(self, wrt: tuple[int, ...], of: tuple[int, ...]) -> tuple[int, ...]:
        reached = structure.differentiable_sources(self.graphs[0], [self.graphs[0].outputs[i] for i in of])
        return tuple(i for i in wrt if i in reached)


def _of_first_failure(check: Check) -> Check:
    """A check of each row as one check: it says what the first row that fails has to say."""
    length = check.predicate.shape[0]
    held = jnp.all(jnp.reshape(check.predicate, (length, -1)), axis=1)
    row = jnp.argmin(held) if length else 0
    operands = tuple(o[row] if length else jnp.zeros(o.shape[1:], o.dtype) for o in check.operands)
    return Check(jnp.all(held), check.message, operands, check.op_name)


@export("vectorized_map")
def vectorized_map(fn: Any, elems: Any, fallback_to_while_loop: bool = True, warn: bool = True) -> Any:
    """Like `tf.map_fn`, with all slices computed at once.

    Args:
      fn: callable that takes a slice in the structure of `elems`; traced once.
      elems: nested structure of tensors whose first axes have one length, or length 1 (broadcast).
      fallback_to_while_loop: run a function that draws random numbers, writes variables or runs on the host slice by
        slice; False makes that a ValueError.
      warn: say so when it does.
    """
    flat = [convert_to_tensor(e) for e in nest.flatten(elems)]
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


def _run(fn: _Constant, elems: Any, fallback_to_while_loop: bool, warn: bool) -> Any:
    flat = nest.flatten(elems)
    flat = _broadcast(flat)
    slices = [TensorSpec(t.shape[1:], t.dtype) for t in flat]

    def call(*args: Any) -> Any:
        from tfshim.autograph import convert_for_call

        return convert_for_call(fn.value)(nest.pack_sequence_as(elems, args))

    mapped = _Rows(call, slices)
    if not mapped.vectorises:
        if not fallback_to_while_loop:
            raise ValueError("the function cannot be vectorized: it has effects, or runs on the host")
        if warn:
            logging.getLogger("tensorflow").warning(
                "Using a while_loop for vectorized_map: the function has effects, or runs on the host"
            )
        signature = nest.map_structure(lambda t: TensorSpec(t.shape, t.dtype), mapped.result)
        return map_fn(fn.value, nest.pack_sequence_as(elems, flat), fn_output_signature=signature)
    return mapped.run(flat)


def map_rows(fn: Callable[..., Any], stacked: Sequence[Tensor]) -> Any:
    """`fn` for each row of tensors that have a leading axis, all at once; None if that is not possible."""
    rows = _Rows(fn, [TensorSpec(t.shape[1:], t.dtype) for t in stacked])
    return rows.run(stacked) if rows.vectorises else None


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

    @property
    def vectorises(self) -> bool:
        """False if the function has effects, or runs on the host."""
        return not (
            self.computation.stateful
            or any(t.dtype is dtypes.variant for t in self.graph.outputs)
            or not Nested(self.computation, None, range(len(self.graph.inputs))).compiles
        )

    def run(self, stacked: Sequence[Tensor]) -> Any:
        """Adds the node that runs the function on all rows."""
        captures = graphs_module.share_captures([self.graph], self.n_mapped)
        outputs = iter(execute(self.computation, [*stacked, *captures], {}, "vectorized_map"))
        flat = [None if t is None else next(outputs) for t in nest.flatten(self.result, expand_composites=True)]
        return nest.pack_sequence_as(self.result, flat, expand_composites=True)


def _broadcast(flat: list[Tensor]) -> list[Tensor]:
    """Tensors of one length, those of length 1 repeated."""
    for tensor in flat:
        if tensor.shape.rank == 0:
            raise ValueError("vectorized_map needs tensors with a first axis, got a scalar")
    lengths = {t.shape[0] for t in flat if t.shape.rank is not None}
    known = lengths - {1, None}
    if len(known) > 1:
        raise ValueError(f"the first axes of vectorized_map's elems have different lengths: {sorted(known)}")
    if not known or 1 not in lengths:
        return flat
    length = known.pop()
    return [op("Tile")(t, [length] + [1] * (t.shape.rank - 1)) if t.shape[0] == 1 else t for t in flat]
