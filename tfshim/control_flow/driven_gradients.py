"""Gradients of branches and loops that run from the host: each graph that runs keeps residuals for its way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfshim import dtypes, indexed_slices
from tfshim.backprop import is_trainable
from tfshim.buffers import Cell
from tfshim.concrete_function import Backward, Call, as_tensor, as_value
from tfshim.control_flow import structure
from tfshim.control_flow.branches import Branches
from tfshim.control_flow.loops import BODY, COND, Loop
from tfshim.graph import FuncGraph
from tfshim.lowering.driven import HostPullback
from tfshim.lowering.nested import Nested
from tfshim.lowering.program import Instruction
from tfshim.ops import tensor_list


def forward(
    instruction: Instruction, values: list[Any], cell: Callable[[int], Cell]
) -> tuple[Sequence[Any], HostPullback]:
    """Runs control flow graph by graph; returns the outputs and the pullback."""
    nested = instruction.nested
    assert nested is not None and instruction.wrt is not None
    computation = instruction.computation
    wrt, of = instruction.wrt

    def start(i: int) -> Any:
        """Zeros like what input `i` is, or like the variable that it refers to."""
        is_handle = values[i] is None or isinstance(values[i], Cell)
        return _zeros_like(cell(instruction.inputs[i]).peek() if is_handle else values[i])

    if isinstance(computation, Branches):
        return _branches(computation, nested, values, cell, start, wrt, of)
    assert isinstance(computation, Loop)
    return _loop(computation, nested, values, cell, start, wrt, of)


class _Halves:
    """One graph with residuals between its forward and its backward half."""

    def __init__(self, graph: FuncGraph, of: tuple[int, ...], wrt: tuple[int, ...]):
        # The call is kept, for its gradient refers to it weakly.
        self.call = Call(graph)
        self.backward: Backward = self.call.gradient(of, wrt)
        self.halves = self.backward.halves
        self.count = len(self.call.outputs)

    def run(self, nested: Nested, which: int, values: Sequence[Any], cell: Callable[[int], Cell]) -> tuple[Any, Any]:
        """The outputs, and what `pull` takes."""
        inner = nested.plans[which].program.inputs
        cells = {
            ref: values[position] if isinstance(values[position], Cell) else cell(nested.outer[which][inner[position]])
            for position, ref in self.halves.resources.items()
        }
        cells.update(self.halves.captured_cells)
        outputs, crossing = self.halves.forward.run(values, cells)
        return outputs[: self.count], (crossing, cells)

    def pull(self, kept: Any, cotangents: Sequence[Any]) -> list[Any]:
        """Cotangents of the inputs, None where there is none."""
        crossing, cells = kept
        outputs, _ = self.halves.backward.run([*cotangents, *crossing], cells)
        packed = self.backward._pack([as_tensor(o) for o in outputs])
        return [None if g is None else as_value(indexed_slices.dense(g)) for g in packed]


def _halves(instruction_graph: FuncGraph, of: tuple[int, ...], wrt: tuple[int, ...]) -> _Halves:
    cache = instruction_graph.__dict__.setdefault("_driven_halves", {})
    found = cache.get((of, wrt))
    if found is None:
        found = cache[of, wrt] = _Halves(instruction_graph, of, wrt)
    return found


def _zeros_like(value: Any) -> Any:
    return jax.tree.map(jnp.zeros_like, value)


def _sum(first: Any, second: Any) -> Any:
    if first is None or second is None:
        return first if second is None else second
    return tensor_list.add_up([first, second]) if tensor_list.is_list(first) else first + second


def _branches(
    computation: Branches,
    nested: Nested,
    values: list[Any],
    cell: Callable[[int], Cell],
    start: Callable[[int], Any],
    wrt: tuple[int, ...],
    of: tuple[int, ...],
) -> tuple[Sequence[Any], HostPullback]:
    which = computation.choose(np.asarray(values[0]))
    operands = values[1:]
    halves = _halves(computation.graphs[which], of, tuple(i - 1 for i in wrt))
    outputs, kept = halves.run(nested, which, operands, cell)

    def apply(cotangents: Sequence[Any]) -> Sequence[Any]:
        found = halves.pull(kept, cotangents)
        return [start(i) if g is None else g for i, g in zip(wrt, found, strict=True)]

    return outputs, HostPullback(apply)


def _loop(
    computation: Loop,
    nested: Nested,
    values: list[Any],
    cell: Callable[[int], Cell],
    start: Callable[[int], Any],
    wrt: tuple[int, ...],
    of: tuple[int, ...],
) -> tuple[Sequence[Any], HostPullback]:
    if nested.handles.changing.keys() & set(wrt):
        raise NotImplementedError(f"gradients do not flow to variables whose handles a {computation.name} exchanges")
    body = computation.graphs[BODY]
    n = computation.n_vars
    # The variables through which a cotangent can pass, in any iteration.
    active = [
        i for i in computation.connected(tuple(range(len(body.inputs))), of) if is_trainable(body.inputs[i].dtype)
    ]
    # Cotangents of variables add up; those of loop variables go from iteration to iteration.
    summed = {i for i in active if i >= n or body.inputs[i].dtype is dtypes.resource}
    carried = tuple(sorted({*(i for i in active if i not in summed), *of}))
    halves = _halves(body, carried, tuple(active))
    own = {r: cell(r) for r in {o for outer in nested.outer for o in outer.values()}}
    current = list(values)
    steps = []
    while bool(structure.predicate(np.asarray(nested.drive(COND, current, own)[0]))):
        outputs, kept = halves.run(nested, BODY, current, cell)
        steps.append(kept)
        current[:n] = outputs
    final = current[:n]

    def apply(cotangents: Sequence[Any]) -> Sequence[Any]:
        given = dict(zip(of, cotangents, strict=True))
        passing = {i: given.get(i, None) for i in carried}
        passing = {i: _zeros_like(final[i]) if c is None else c for i, c in passing.items()}
        total: dict[int, Any] = {}
        for kept in reversed(steps):
            found = dict(zip(active, halves.pull(kept, [passing[i] for i in carried]), strict=True))
            for i in active:
                if i in summed:
                    total[i] = _sum(total.get(i), found[i])
            passing = {i: _zeros_like(passing[i]) if found.get(i) is None else found[i] for i in carried}
        result = []
        for i in wrt:
            gradient = total.get(i) if i in summed else passing.get(i)
            result.append(start(i) if gradient is None else gradient)
        return result

    return final, HostPullback(apply)
