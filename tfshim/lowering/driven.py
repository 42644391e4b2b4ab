"""Instructions that run from the host, one at a time: what could not be part of a compiled segment."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from tfshim import buffers
from tfshim.buffers import Cell
from tfshim.context import context
from tfshim.errors import OpError
from tfshim.execute import as_op_error, call_program, raise_failed
from tfshim.graph_errors import at_node
from tfshim.lowering import outcomes
from tfshim.lowering.program import Instruction, state_of
from tfshim.lowering.tracer import apply_pullback, evaluate, residual, with_known
from tfshim.ops import bounds, tensor_list
from tfshim.ops.bounds import NeedsValue
from tfshim.ops.computation import OpComputation, Vjp, default_platform, static_key
from tfshim.ops.host_variants import (
    arranges_lists,
    boxed,
    is_host_variant,
    no_gradient_of_arranging,
    refuse_to_make_elements,
    unboxed,
)
from tfshim.ops.registry import Check, collect_checks

if TYPE_CHECKING:
    from tfshim.lowering.plan import Plan


class HostPullback:
    """The pullback of control flow that ran from the host: from cotangents to those of its inputs."""

    def __init__(self, apply: Callable[[Sequence[Any]], Sequence[Any]]):
        self.apply = apply


def is_on_host(value: Any) -> bool:
    """True for what no compiled program takes: pullbacks of the host, lists of strings, variants of the host."""
    return isinstance(value, HostPullback) or tensor_list.is_on_host(value) or is_host_variant(value)


def run(plan: Plan, instruction: Instruction, env: dict[int, Any], cells: dict[int, Cell]) -> None:
    """Runs one instruction and leaves its outputs in `env`."""
    computation: Any = instruction.computation
    resources = plan.program.resources

    def cell(ref: int) -> Cell:
        if isinstance(env.get(ref), Cell):
            return env[ref]
        return cells[ref] if ref in cells else plan.program.rng_cells[ref]

    values = [None if r in resources else plan._value(r, env) for r in instruction.inputs]
    try:
        if instruction.pull_of is not None:
            kept = env[instruction.pull_of]
            outputs = kept.apply(values) if isinstance(kept, HostPullback) else _apply(kept, values)
        elif computation.keeps_known:
            outputs = _control_flow(plan, instruction, values, cell, env)
        elif instruction.rng is not None or getattr(computation, "resource_positions", ()):
            outputs = _stateful(instruction, values, cell)
        else:
            outputs = _op(instruction, values, env)
    except NeedsValue as error:
        raise at_node(as_op_error(error, computation.name), instruction.op) from None
    except OpError as error:
        raise at_node(error, instruction.op) from None
    env.update(zip(instruction.outputs, outputs, strict=True))


_apply = jax.jit(apply_pullback)


def _op(instruction: Instruction, values: list[Any], env: dict[int, Any]) -> Sequence[Any]:
    """An op whose static inputs are known by now, or that is about the length of a list."""
    computation: Any = instruction.computation
    positions = computation.static_positions
    statics = tuple(np.asarray(values[i]) for i in positions)
    operands = [v for i, v in enumerate(values) if i not in positions]
    if instruction.wrt is not None:
        if _arranges_variants(computation, values):
            raise no_gradient_of_arranging(computation.name)
        wrt, of = instruction.wrt
        dynamic = computation.operand_positions(len(values))
        platform = default_platform()
        staged = computation.staged_vjp(statics, platform, tuple(dynamic.index(i) for i in wrt), of)
        outputs, checks, pullback = with_known(computation, staged)(*operands)
        raise_failed(checks)
        env[instruction.residual] = residual(pullback, [values[i] for i in wrt])  # type: ignore[index]
        return outputs
    if _arranges_variants(computation, values):
        refuse_to_make_elements(computation.name)
        return [unboxed(o) for o in computation.call_numpy([boxed(v) for v in values])]
    in_place = getattr(computation, "opaque", False) or any(map(is_on_host, values))
    if in_place or isinstance(computation, Vjp):
        # Lists are taken apart by their actual lengths, which a compiled program does not know.
        with collect_checks(computation.name, None):
            return computation.build(statics, default_platform())(*operands)
    result = call_program(computation, statics, operands)
    return result if type(result) is tuple else (result,)


def _arranges_variants(computation: Any, values: list[Any]) -> bool:
    """Whether an op that is about no variants in particular takes some, which its NumPy twin moves about."""
    if not isinstance(computation, OpComputation) or computation.kernel.numpy is None or computation.opaque:
        return False
    return any(map(is_host_variant, values)) or arranges_lists(computation.name, values)


def _stateful(instruction: Instruction, values: list[Any], cell: Callable[[int], Cell]) -> Sequence[Any]:
    computation: Any = instruction.computation
    _, writes = state_of(instruction)
    positions = computation.static_positions
    statics = tuple(np.asarray(values[i]) for i in positions)
    with buffers.lock:
        operands: list[Any] = []
        for i, (ref, value) in enumerate(zip(instruction.inputs, values, strict=True)):
            if i in computation.resource_positions:
                operands.append(cell(ref).peek() if computation.kernel.reads_resource else None)
            elif i not in positions:
                operands.append(value)
        if instruction.rng is not None:
            operands.append(cell(instruction.rng).peek())
        result = call_program(computation, statics, operands)
        outputs = result if type(result) is tuple else (result,)
        if instruction.rng is not None:
            outputs = (outputs[-1], *outputs[:-1])
        for ref, value in zip(writes, outputs, strict=False):
            cell(ref).store(value)
    return outputs[len(writes) :]


# Control flow --------------------------------------------------------------------------------------------


def _control_flow(
    plan: Plan, instruction: Instruction, values: list[Any], cell: Callable[[int], Cell], env: dict[int, Any]
) -> Sequence[Any]:
    """As one program if loops of unknown length are all that was in the way, else graph by graph."""
    nested = instruction.nested
    if nested is None:
        compiles = not _holds_text(values)
    else:
        compiles = nested.compiles and not any(map(is_host_variant, values))
        compiles = compiles and all(cell(r).array is not None for r in nested.reads)
    if compiles:
        with contextlib.suppress(NeedsValue):
            return _Compiled(instruction, values, cell, env).run()
    if nested is None:
        from tfshim.control_flow.host_derivatives import derivative

        return derivative(instruction.computation, values)
    computation: Any = instruction.computation
    if not computation.stateful:
        return _graph_by_graph(instruction, values, cell, env)
    # What has no value yet may get one inside.
    snapshot = nested.snapshot([None if cell(r).array is None else cell(r).read() for r in nested.reads])
    if not plan.uses(instruction.outputs[-1]):
        return [*_graph_by_graph(instruction, values, cell, env), snapshot]
    snapshot.log = []
    with outcomes.recording(snapshot.log):
        return [*_graph_by_graph(instruction, values, cell, env), snapshot]


def _graph_by_graph(
    instruction: Instruction, values: list[Any], cell: Callable[[int], Cell], env: dict[int, Any]
) -> Sequence[Any]:
    nested, computation = instruction.nested, instruction.computation
    if nested.handles.changing:  # type: ignore[union-attr]
        values = [cell(r) if v is None else v for r, v in zip(instruction.inputs, values, strict=True)]
    if instruction.wrt is not None:
        from tfshim.control_flow.driven_gradients import forward

        outputs, env[instruction.residual] = forward(instruction, values, cell)  # type: ignore[index]
        return outputs
    own = {r: cell(r) for r in {o for outer in nested.outer for o in outer.values()}}  # type: ignore[union-attr]
    return computation.drive(nested, values, lambda which, inputs: nested.drive(which, inputs, own))  # type: ignore


def _holds_text(values: Sequence[Any]) -> bool:
    return any(isinstance(leaf, np.ndarray) and leaf.dtype.hasobject for leaf in jax.tree.leaves(values))


class _Compiled:
    """A program of one control-flow instruction, in which loops that are differentiated have a largest length."""

    def __init__(self, instruction: Instruction, values: list[Any], cell: Callable[[int], Cell], env: dict[int, Any]):
        self.instruction = instruction
        self.env = env
        self.cell = cell
        nested = instruction.nested
        self.reads = nested.reads if nested is not None else []
        self.writes = nested.writes if nested is not None else []
        # What may have to be known stays known: small integers.
        self.known = {
            i: v for i, v in enumerate(values) if isinstance(v, np.ndarray) and v.dtype.kind in "iub" and v.size <= 64
        }
        needed = self._needed_statics()
        self.known.update({i: np.asarray(values[i]) for i in needed if values[i] is not None})
        self.dynamic = [i for i, v in enumerate(values) if i not in self.known and v is not None]
        self.values = values

    def _needed_statics(self) -> set[int]:
        nested = self.instruction.nested
        if nested is None:
            return set()
        positions = list(range(len(self.instruction.inputs)))
        return {
            nested.computation.graph_inputs(positions)[p]
            for which in range(len(nested.plans))
            for p in nested.statics(which)
        }

    def run(self) -> Sequence[Any]:
        instruction = self.instruction
        while True:
            bound = instruction.bound
            with buffers.lock:
                state = [self.cell(r).read() for r in self.reads]
                result = self._program(bound)([self.values[i] for i in self.dynamic], state)
                outputs, new, checks, flags, kept = result
                if any(bool(f) for f in flags):
                    instruction.bound = 2 * bound
                    continue
                raise_failed(checks)
                for ref, value in zip(self.writes, new, strict=True):
                    self.cell(ref).store_fresh(value)
            if instruction.wrt is not None:
                self.env[instruction.residual] = kept  # type: ignore[index]
            return outputs

    def _program(self, bound: int) -> Any:
        instruction = self.instruction
        key = (bound, tuple((i, static_key(v)) for i, v in self.known.items()))
        found = instruction.programs.get(key)
        if found is None:
            found = instruction.programs[key] = jax.jit(self._traced(bound))
        return found

    def _traced(self, bound: int) -> Callable[..., Any]:
        instruction, known, dynamic = self.instruction, dict(self.known), list(self.dynamic)
        reads, writes, count = list(self.reads), list(self.writes), len(self.values)
        device = context.device
        platform = default_platform() if device is None else device.platform
        computation: Any = instruction.computation

        def traced(operands: list[Any], state: list[Any]) -> Any:
            values = [known.get(i) for i in range(count)]
            for i, operand in zip(dynamic, operands, strict=True):
                values[i] = operand
            around = dict(zip(reads, state, strict=True))
            checks: list[Check] = []
            env: dict[int, Any] = {}

            def work() -> Any:
                if instruction.nested is not None:
                    return evaluate(instruction, values, around, checks, platform, env)
                with collect_checks(computation.name, checks, platform):
                    return computation.build((), platform)(*values)

            with bounds.bounded(bound):
                outputs, flags = bounds.flagged(work)()
            return outputs, [around[r] for r in writes], checks, flags, env.get(instruction.residual)  # type: ignore[arg-type]

        return traced
