"""Derivatives of any order of branches and loops that run from the host, by tapes around their graphs.

The first gradient of such a node keeps residuals for each graph that ran (`driven_gradients`). What comes after, and
forward mode, runs the graphs once more, eagerly, as functions that tapes or accumulators see.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from tfshim import context as context_module
from tfshim import dtypes
from tfshim.backprop import Vmapped
from tfshim.buffers import Cell
from tfshim.concrete_function import ConcreteFunction, as_tensor, as_value
from tfshim.control_flow.computation import ControlFlow
from tfshim.control_flow.replay import Offset, Replay
from tfshim.execute import record
from tfshim.forward_accumulator import ForwardAccumulator
from tfshim.gradient_tape import GradientTape
from tfshim.graph import FuncGraph
from tfshim.indexed_slices import dense
from tfshim.lowering import outcomes
from tfshim.lowering.nested import Snapshot
from tfshim.ops import op
from tfshim.ops.computation import Jvp, Vjp
from tfshim.tensor import EagerTensor, Tensor, opaque_tensor, opaque_value


def derivative(computation: Any, values: Sequence[Any]) -> list[Any]:
    """The outputs of a derivative of control flow for these values; None stands for a resource."""
    with context_module.scope(graph=None, tapes=(), accumulators=()):
        outputs = _run(computation, [None if v is None else as_tensor(v) for v in values])
        return [as_value(dense(t)) for t in outputs]


def _run(computation: Any, inputs: Sequence[Any]) -> list[Any]:
    if isinstance(computation, ControlFlow):
        return _forward(computation, inputs)
    if isinstance(computation, Replay):
        return _replayed(computation, inputs)
    if isinstance(computation, Offset):
        return [as_tensor(o) for o in computation.build((), "cpu")(None, opaque_value(inputs[1]))]
    if isinstance(computation, Vmapped):
        return _row_by_row(computation, inputs)
    n = computation.n_inputs
    # A tensor of its own for each input: one that is passed twice has two derivatives.
    primals = [_fresh(t) for t in inputs[:n]]
    chosen = [primals[i] for i in computation.wrt]
    given = [dense(t) for t in inputs[n:]]
    if isinstance(computation, Vjp):
        with GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(chosen)
            outputs = _run(computation.forward, primals)
        targets = [outputs[i] for i in computation.of]
        found = tape.gradient(targets, chosen, output_gradients=given)
        return [op("ZerosLike")(p) if g is None else dense(g) for p, g in zip(chosen, found, strict=True)]
    assert isinstance(computation, Jvp)
    with ForwardAccumulator(chosen, given) as accumulator:
        outputs = _run(computation.forward, primals)
    targets = [outputs[i] for i in computation.of]
    return [op("ZerosLike")(t) if d is None else d for t, d in zip(targets, accumulator.jvp(targets), strict=True)]


def _fresh(tensor: Any) -> Any:
    if tensor is None or tensor.dtype in (dtypes.snapshot, dtypes.resource):
        return tensor
    return op("Identity")(tensor)


def _row_by_row(computation: Vmapped, inputs: Sequence[Any]) -> list[Any]:
    size = next(t.shape[0] for t, b in zip(inputs, computation.batched, strict=True) if b)
    rows = [
        _run(computation.inner, [t[i] if b else t for t, b in zip(inputs, computation.batched, strict=True)])
        for i in range(size)
    ]
    return [op("Pack")(list(column)) for column in zip(*rows, strict=True)]


def _forward(computation: ControlFlow, inputs: Sequence[Any]) -> list[Any]:
    return list(computation.drive(None, inputs, lambda which, taken: _call(computation.graphs[which], taken)))  # type: ignore[arg-type]


def _call(graph: FuncGraph, inputs: Sequence[Tensor]) -> list[Tensor]:
    """Runs a graph on all its inputs, seen by tapes and accumulators."""
    function: ConcreteFunction | None = graph.__dict__.get("_as_function")
    if function is None:
        function = graph.__dict__["_as_function"] = ConcreteFunction(graph)
        # Its generators are those of the nodes: see `_generators_of`.
        function.call.sequences = None
    return function.call_all(list(inputs))


def _replayed(replay: Replay, inputs: Sequence[Any]) -> list[Any]:
    """The values, from variables that have what the snapshot says."""
    n = replay.original.n_inputs
    snapshot: Snapshot = opaque_value(inputs[n])
    handles: dict[int, EagerTensor] = {}
    values = list(inputs[:n])
    for i, slot in enumerate(snapshot.slots):
        if slot is None:
            continue
        if slot not in handles:
            value = as_tensor(snapshot.values[slot])
            cell = Cell("replayed", value.dtype, value.shape)
            cell.store(as_value(value))
            handles[slot] = opaque_tensor(cell, dtypes.resource)
        values[i] = handles[slot]
    for i, computation, offset in zip(replay.handles, replay.offsets, inputs[n + 1 :], strict=True):
        record(computation, (offset,), (values[i],))
    with _generators_of(replay, snapshot), outcomes.replaying(snapshot.log):
        return _forward(replay.original, values)


@contextlib.contextmanager
def _generators_of(replay: Replay, snapshot: Snapshot) -> Iterator[None]:
    """Within the scope, generators are as the snapshot says."""
    nested = replay.nested_for(snapshot)
    cells = {
        outer[ref]: cell
        for plan, outer in zip(nested.plans, nested.outer, strict=True)
        for ref, cell in plan.program.rng_cells.items()
    }
    drawn = [(cells[r], v) for r, v in zip(nested.reads, snapshot.values, strict=True) if r in cells]
    before = [cell.read() for cell, _ in drawn]
    for cell, value in drawn:
        cell.store(value)
    try:
        yield
    finally:
        for (cell, _), value in zip(drawn, before, strict=True):
            cell.store(value)
