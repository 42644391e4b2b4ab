"""The compiled forms of a segment: its work, its checks, and what it had written when one of them failed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import jax
import jax.numpy as jnp
import numpy as np

from tfshim import buffers
from tfshim.context import context
from tfshim.execute import is_out_of_memory, raise_failed
from tfshim.lowering.host_guard import HostGuard
from tfshim.lowering.tracer import Tracer
from tfshim.ops.computation import check_dependencies
from tfshim.ops.registry import Check

if TYPE_CHECKING:
    from tfshim.lowering.plan import Plan, Segment

# Work that may be done twice, once for a check before the segment: data movement and elementwise arithmetic.
_CHEAP = frozenset(
    """
    Abs Add AddV2 All Any Bitcast BroadcastTo Cast ConcatV2 Equal ExpandDims Fill FloorDiv FloorMod GatherV2 Greater
    GreaterEqual Identity IsFinite IsInf IsNan Less LessEqual LogicalAnd LogicalNot LogicalOr Max Maximum Min Minimum
    Mul Neg NotEqual OneHot OnesLike Pack Pad Range Rank ReadVariableOp Reshape Select SelectV2 Shape Sign Size Slice
    Split Squeeze StopGradient StridedSlice Sub Sum Tile Transpose Unpack ZerosLike
    """.split()
)

# What `Segment.cells` gives.
_Cells = tuple[Any, list[buffers.Cell], buffers.Gathering, list[buffers.Cell]]


class Programs:
    """The compiled forms of one segment, for static inputs of certain values and for one platform.

    All take the arrays of the cells to donate and of those only read, and the segment's operands. `run` does the work:
    it gives the new values of the cells that it writes, the outputs, and a report of its checks.
    """

    __slots__ = (
        "_guard",
        "_host_guards",
        "_n_traced",
        "_on_host",
        "_plan",
        "_platform",
        "_refs",
        "_restores",
        "_statics",
        "_step",
        "_written_before",
        "checks_before_failure",
        "diagnose",
        "run",
        "traced",
    )

    def __init__(self, plan: Plan, step: Segment, statics: Sequence[np.ndarray], platform: str):
        self._plan = plan
        self._step = step
        self._statics = statics
        self._platform = platform
        written = set(step.written)
        self._refs = ([r for r in step.read if r in written], [r for r in step.read if r not in written])
        self.traced = False
        # How many instructions the last trace got through.
        self._n_traced = 0
        # Whether a failed run leaves all the cells that it reads as they were.
        self._restores = True
        self._on_host = platform == "cpu"
        self._host_guards: dict[Any, HostGuard] = {}
        names = [i.computation.name for i in step.instructions[:1]]

        def work(donated: list[Any], kept: list[Any], operands: list[Any]) -> Any:
            return self._work(donated, kept, operands)

        work.__name__ = work.__qualname__ = f"segment_{names[0]}" if names else "segment"
        self.run = jax.jit(work, donate_argnums=0)
        self._guard: Any = self._checks_hold
        self.diagnose = jax.jit(lambda *state: self._start(*state, step.guard).checks)
        self.checks_before_failure = jax.jit(lambda *state: self._start(*state, self._n_traced).checks)
        self._written_before = jax.jit(self._writes, static_argnums=3)

    def _start(self, donated: list[Any], kept: list[Any], operands: list[Any], count: int | None) -> Tracer:
        """A tracer that has evaluated the first `count` instructions."""
        step = self._step
        env: dict[int, Any] = dict(zip(step.statics, self._statics, strict=True))
        env.update(zip(step.live_in, operands, strict=True))
        state = dict(zip(self._refs[0], donated, strict=True))
        state.update(zip(self._refs[1], kept, strict=True))
        tracer = Tracer(self._plan, env, state, [], self._platform)
        self._n_traced = 0
        for instruction in step.instructions[:count]:
            n_checks = len(tracer.checks)
            tracer.step(instruction)
            for check in tracer.checks[n_checks:]:
                check.n_before = self._n_traced
            self._n_traced += 1
        return tracer

    def _work(self, donated: list[Any], kept: list[Any], operands: list[Any]) -> Any:
        if any(value is None for value in (*donated, *kept)):
            raise buffers.Uninitialized
        step = self._step
        tracer = self._start(donated, kept, operands, None)
        checks = tracer.checks
        # Only the first trace decides: it comes before the call, which asks for the guard (see `Plan._call`).
        if checks and step.guard is None and not self.traced:
            step.guard = _guard(self._plan, step, tracer)
        if step.guard is not None:
            checks = []
        new = [tracer.state[r] for r in step.written]
        report: list[Any] = []
        if checks:
            # A step that fails leaves its variables as they were, although their buffers are donated.
            good = jnp.all(jnp.stack([c.predicate for c in checks]))
            before = dict(zip(self._refs[0], donated, strict=True))
            kept_back = [r in before and before[r].shape == n.shape for r, n in zip(step.written, new, strict=True)]
            self._restores &= all(b or r not in before for r, b in zip(step.written, kept_back, strict=True))
            new = [
                jnp.where(good, n, before[r]) if back else n
                for r, n, back in zip(step.written, new, kept_back, strict=True)
            ]
            report = [good, checks]
        held = {id(v) for v in (*donated, *new)}
        returns_residuals = self._plan.returns_residuals
        outputs = []
        for ref in step.live_out:
            value = tracer.value(ref)
            if id(value) in held or (not returns_residuals and any(value is k for k in kept)):
                # A variable's own buffer must not be handed out: the next call donates it.
                value = jnp.copy(value)
            outputs.append(value)
        return new, outputs, report

    def _checks_hold(self, donated: list[Any], kept: list[Any], operands: list[Any]) -> Any:
        checks = self._start(donated, kept, operands, self._step.guard).checks
        return functools.reduce(jnp.logical_and, [c.predicate for c in checks]) if checks else np.True_

    def guard(self, donated: list[Any], kept: list[Any], operands: list[Any]) -> Any:
        """True if the checks hold. They are evaluated on the host if they depend on a few arguments alone."""
        if self._on_host:
            arguments = (*donated, *kept, *operands)
            n_cells = len(donated) + len(kept)
            # The shapes of all arguments: a check may be of a shape alone, and need no values.
            shapes = tuple([getattr(a, "shape", None) for a in arguments])
            found = self._host_guards.get(shapes)
            if found is not None:
                return found.holds(arguments)
            made = HostGuard(self._flat(len(donated), len(kept)), arguments)
            # A NumPy view of a variable's buffer would keep it from being donated.
            if made.needed is not None and all(i >= n_cells for i in made.needed):
                self._host_guards[shapes] = made
                return made.holds(arguments)
            self._on_host = False
        if not hasattr(self._guard, "lower"):
            self._guard = jax.jit(self._guard)
        return self._guard(donated, kept, operands)

    def _flat(self, n_donated: int, n_kept: int) -> Callable[..., Any]:
        guard, n_cells = self._guard, n_donated + n_kept
        return lambda *a: guard(list(a[:n_donated]), list(a[n_donated:n_cells]), list(a[n_cells:]))

    def fail(
        self, checks: Sequence[Check], operands: list[Any], cells: _Cells | None, error: Exception | None = None
    ) -> NoReturn:
        """Raises the error of the first check that does not hold, or else `error`, which ended the last trace.

        What the program writes before the failing op is written: its ops take place one after the other.
        """
        failed = next((check for check in checks if not check.predicate), None)
        count = self._n_traced if failed is None else failed.n_before
        if cells is not None and self._restores:
            try:
                self._write_first(count, operands, cells)
            except Exception as failure:
                # The variables are not donated here: without room for two of each they stay as they were.
                if not is_out_of_memory(failure):
                    raise
        raise_failed(checks)
        assert error is not None
        raise error.with_traceback(None) from None

    def _write_first(self, count: int, operands: list[Any], cells: _Cells) -> None:
        """Writes what the first `count` instructions write."""
        _, donated_cells, gathering, written_cells = cells
        with buffers.lock:
            state: Any = ([c.read() for c in donated_cells], [c.read() for c in gathering.cells], operands)
            if context.device is not None:
                state = jax.device_put(state, context.device)
            for position, value in self._written_before(*state, count).items():
                # A value that was passed on as it is may be somebody else's too.
                written_cells[position].store(value)

    def _writes(self, donated: list[Any], kept: list[Any], operands: list[Any], count: int) -> dict[int, Any]:
        before = dict(zip(self._refs[0], donated, strict=True))
        state = self._start(donated, kept, operands, count).state
        return {n: state[r] for n, r in enumerate(self._step.written) if state.get(r) is not before.get(r)}


def _guard(plan: Plan, step: Segment, tracer: Tracer) -> int | None:
    """How many instructions lead up to the segment's checks, if these depend on cheap work alone.

    Such checks run as a program of their own before the segment: the segment itself then cannot fail, its call need
    not wait for the result, and its variables need not be kept. XLA drops from that program whatever the checks do
    not depend on.
    """
    made = {r: i for i in step.instructions for r in i.outputs}
    positions = {id(i): n for n, i in enumerate(step.instructions)}
    last = 0
    for instruction, computation, values in tracer.checked:
        last = max(last, positions.get(id(instruction), -1) + 1)
        if not values or id(instruction) not in positions:
            return None
        # The state of a draw is a value beyond the inputs.
        reads = [*instruction.inputs, *([] if instruction.rng is None else [instruction.rng])]
        stack = [reads[i] for i in check_dependencies(computation, values)]
        while stack:
            source = made.get(stack.pop())
            if source is None:
                continue
            if source.computation.name not in _CHEAP:
                return None
            if source.computation.name == "ReadVariableOp" and source.inputs[0] in step.written:
                return None
            stack.extend(r for r in source.inputs if r not in plan.program.resources)
    return last
