"""Plans: how a program is cut into compiled segments and host steps, and run."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from tfshim import buffers, dtypes
from tfshim.buffers import Cell
from tfshim.context import context
from tfshim.errors import OpError
from tfshim.execute import as_op_error
from tfshim.graph_errors import at_node
from tfshim.lowering import driven, outcomes
from tfshim.lowering.program import INLINE_CONSTANT, Instruction, Program, state_of
from tfshim.lowering.segment_programs import Programs
from tfshim.ops.bounds import NeedsValue
from tfshim.ops.computation import OpComputation, static_key
from tfshim.ops.quantized_support import refuse_quantized


class Rearranged(Exception):
    """A segment could not be compiled; the plan has been cut anew so that it can."""


def _static_inputs(instruction: Instruction) -> list[int]:
    """The refs whose values an instruction needs while it is traced."""
    if instruction.pull_of is not None:
        return []
    nested = instruction.nested
    if nested is None:
        return [instruction.inputs[position] for position in instruction.computation.static_positions]
    return [
        taken[position]
        for which in range(len(nested.plans))
        for taken in [nested.computation.graph_inputs(instruction.inputs)]
        for position in nested.statics(which)
    ]


class Segment:
    """Consecutive instructions that compile to one program."""

    __slots__ = ("_bound", "_jitted", "guard", "instructions", "live_in", "live_out", "read", "statics", "written")

    def __init__(self) -> None:
        self.instructions: list[Instruction] = []
        self.live_in: list[int] = []
        self.live_out: list[int] = []
        self.statics: list[int] = []
        self.read: list[int] = []
        self.written: list[int] = []
        self._jitted: dict[Any, Programs] = {}
        self._bound: Any = None
        # How many instructions it takes to evaluate the checks of the segment in a program of their own (see
        # `Plan._guard`); None if they are evaluated by the segment's own program.
        self.guard: int | None = None

    def cells(
        self, cells: dict[int, Cell], own: dict[int, Cell]
    ) -> tuple[Any, list[Cell], buffers.Gathering, list[Cell]]:
        """The cells to donate, to read and to write; found once for those that a function captured."""
        bound = self._bound
        if bound is None or bound[0] is not cells:
            written = set(self.written)
            found = {r: cells.get(r) or own[r] for r in (*self.read, *self.written)}
            bound = (
                cells,
                [found[r] for r in self.read if r in written],
                buffers.Gathering([found[r] for r in self.read if r not in written]),
                [found[r] for r in self.written],
            )
            if type(cells) is CapturedCells:
                self._bound = bound
        return bound


class CapturedCells(dict):
    """The cells that a function captured: the same ones at each call."""


class Plan:
    """How a program runs: segments and host instructions in order.

    Args:
      program: what to run.
      extra_outputs: refs (of values or pullbacks) to return besides the outputs.
      floating: instructions outside the program that may be repeated where their values must be known.
    """

    def __init__(self, program: Program, extra_outputs: Sequence[int] = (), floating: Sequence[Instruction] = ()):
        self.program = program
        self.extra_outputs = list(extra_outputs)
        self._producer = {r: i for i in (*floating, *program.instructions) for r in i.outputs}
        self._arguments = set(program.inputs)
        self._positions = {id(i): n for n, i in enumerate(program.instructions)}
        # Instructions that turned out not to compile as part of a segment: they run from the host.
        self._driven: set[int] = set()
        self.steps: list[Segment | Instruction] = []
        self._arrange()
        self.returns_residuals = bool(extra_outputs)

    def _arrange(self) -> None:
        """Cuts the program into steps; another thread that runs the old ones is not disturbed."""
        steps = self._cut()
        self._connect(steps)
        self.steps = steps
        self._direct = self._find_direct()

    @functools.cached_property
    def _used(self) -> set[int]:
        read = {r for i in self.program.instructions for r in i.inputs}
        return read.union(self.program.outputs, self.extra_outputs)

    def uses(self, ref: int) -> bool:
        """Whether an instruction takes a ref, or the program returns it."""
        return ref in self._used

    def drive(self, instruction: Instruction) -> None:
        """Makes an instruction a step of its own, run from the host with values that are known by then."""
        if id(instruction) not in self._driven and id(instruction) in self._positions:
            self._driven.add(id(instruction))
            self._arrange()

    def _find_direct(self) -> tuple[Segment, list[tuple[int | None, int]], list[int]] | None:
        """For a plan that is one segment and knows no static input: the segment, where its operands come from (a
        position among the inputs, or None for a constant, and the ref), and where the outputs are among its own.
        """
        if len(self.steps) != 1 or not isinstance(self.steps[0], Segment) or self.steps[0].statics:
            return None
        step, program = self.steps[0], self.program
        if any(i.pull_of is not None and i.computation.keeps_known for i in step.instructions):
            # What the forward pass left may be a pullback of the host.
            return None
        if any(program.dtypes.get(r) is dtypes.variant for r in step.live_in):
            return None
        position = {r: i for i, r in enumerate(program.inputs)}
        if not set(program.outputs) | set(self.extra_outputs) <= set(step.live_out):
            return None
        operands = [(position.get(r), r) for r in step.live_in]
        return step, operands, [step.live_out.index(r) for r in (*program.outputs, *self.extra_outputs)]

    def forget_driven(self) -> None:
        """Takes all calls of `drive` back."""
        if self._driven:
            self._driven.clear()
            self._arrange()

    # What is known while a segment is traced

    def _foldable(self, instruction: Instruction) -> bool:
        computation = instruction.computation
        return (
            isinstance(computation, OpComputation)
            and (computation.kernel.shapes_only or self._has_exact_twin(instruction))
            and not instruction.stateful
            and not self._runs_on_host(instruction)
        )

    def _has_exact_twin(self, instruction: Instruction) -> bool:
        """True if NumPy computes the instruction while tracing: on integers and booleans only."""
        if instruction.computation.kernel.numpy is None:
            return False
        kinds = [self.program.dtypes.get(r) for r in (*instruction.inputs, *instruction.outputs)]
        return all(k is None or k.is_integer or k.is_bool for k in kinds)

    def _static_leaves(self, ref: int, seen: set[int]) -> set[int]:
        """The refs whose values must be known for `ref` to be known: arguments and computed values."""
        if ref in seen or ref in self.program.constants:
            return set()
        seen.add(ref)
        instruction = self._producer.get(ref)
        if instruction is None or not self._foldable(instruction):
            return {ref}
        if instruction.computation.kernel.shapes_only:
            return set()
        return set().union(*(self._static_leaves(r, seen) for r in instruction.inputs))

    def _cut(self) -> list[Segment | Instruction]:
        steps: list[Segment | Instruction] = []
        current = Segment()
        computed: set[int] = set()  # by the current segment

        def close() -> None:
            nonlocal current, computed
            if current.instructions:
                steps.append(current)
            current, computed = Segment(), set()

        for instruction in self.program.instructions:
            if self._runs_on_host(instruction):
                close()
                steps.append(instruction)
                continue
            leaves: set[int] = set()
            for ref in _static_inputs(instruction):
                leaves |= self._static_leaves(ref, set())
            if leaves & computed:
                close()
            current.statics.extend(r for r in leaves if r not in current.statics)
            current.instructions.append(instruction)
            computed.update(instruction.outputs)
        close()
        return steps

    def _runs_on_host(self, instruction: Instruction) -> bool:
        if instruction.host or id(instruction) in self._driven or self._takes_changing(instruction):
            return True
        if instruction.nested is not None:
            # Text where a predicate should be is refused there.
            return not instruction.nested.compiles or self.program.dtypes.get(instruction.inputs[0]) is dtypes.string
        # Strings live on the host; what moves them about has a NumPy twin.
        used = (*instruction.inputs, *instruction.outputs)
        return any(self.program.dtypes.get(r) in dtypes.HOST_ONLY for r in used)

    def _takes_changing(self, instruction: Instruction) -> bool:
        """True if an instruction takes or gives a handle of which only running tells whose it is."""
        changing = self.program.changing
        return bool(changing) and not changing.keys().isdisjoint((*instruction.inputs, *instruction.outputs))

    def _connect(self, steps: Sequence[Segment | Instruction]) -> None:
        """Finds what each segment takes from and gives to the others."""
        needed_later: set[int] = set(self.program.outputs) | set(self.extra_outputs)
        for step in reversed(steps):
            instructions = step.instructions if isinstance(step, Segment) else [step]
            made = {r for i in instructions for r in i.outputs}
            made.update(i.residual for i in instructions if i.residual is not None)
            statics = set(step.statics) - made if isinstance(step, Segment) else set()
            used: list[int] = []
            for instruction in instructions:
                for ref in instruction.inputs:
                    if ref not in made:
                        # A host op needs the value itself, a segment what it can derive it from.
                        used.extend(self._sources(ref, made, statics) if isinstance(step, Segment) else [ref])
                if instruction.pull_of is not None and instruction.pull_of not in made:
                    used.append(instruction.pull_of)
            if isinstance(step, Segment):
                used = [r for r in used if r not in made]
            if isinstance(step, Segment):
                resources = self.program.resources
                step.live_out = [r for r in sorted(made & needed_later) if r not in resources]
                step.statics = [r for r in step.statics if r not in made]
                operands = dict.fromkeys(used)
                step.live_in = [
                    r for r in operands if r not in resources and r not in step.statics and not self._inlined(r)
                ]
                self._connect_cells(step)
            needed_later |= set(used)
            if isinstance(step, Segment):
                needed_later |= set(step.statics)

    def _sources(self, ref: int, made: set[int], statics: set[int]) -> list[int]:
        """What a segment takes in for a value made outside: the value, or what it can be derived from when tracing."""
        instruction = self._producer.get(ref)
        if instruction is None or ref in made or not self._foldable(instruction):
            return [ref]
        if instruction.computation.kernel.shapes_only or self._static_leaves(ref, set()) <= statics:
            return [s for r in instruction.inputs for s in self._sources(r, made, statics)]
        return [ref]

    def _inlined(self, ref: int) -> bool:
        constant = self.program.constants.get(ref)
        return constant is not None and (constant.size <= INLINE_CONSTANT or constant.dtype == object)

    def _connect_cells(self, step: Segment) -> None:
        read: dict[int, None] = {}
        written: dict[int, None] = {}
        for instruction in step.instructions:
            reads, writes = state_of(instruction)
            read.update(dict.fromkeys(r for r in reads if r not in written))
            written.update(dict.fromkeys(writes))
        step.read = list(read)
        # JAX gives a donated buffer to the first output of its shape and dtype: in this order, that is the variable's
        # own new value, which needs no copy.
        step.written = [r for r in read if r in written] + [r for r in written if r not in read]

    # Running

    def run(self, values: Sequence[Any], cells: dict[int, Cell] | None = None) -> tuple[list[Any], list[Any]]:
        """Runs the plan.

        Args:
          values: one array for each input of the program (anything for resources).
          cells: the cell for each resource ref.

        Returns:
          Arrays for the outputs, and whatever the extra outputs hold.
        """
        program = self.program
        cells = {} if cells is None else cells
        if self._direct is not None:
            step, sources, positions = self._direct
            operands = [self._placed_constant(r) if i is None else values[i] for i, r in sources]
            try:
                found = self._run_segment(step, (), operands, cells)
            except Rearranged:
                return self.run(values, cells)
            n = len(program.outputs)
            return [found[i] for i in positions[:n]], [found[i] for i in positions[n:]]
        env: dict[int, Any] = dict(zip(program.inputs, values, strict=True))
        steps, position = self.steps, 0
        while position < len(steps):
            step = steps[position]
            try:
                self._run_step(step, env, cells)
                position += 1
            except Rearranged:
                # The step has not run: go on with the new ones from its first instruction.
                first = self._first(step)
                steps = self.steps
                position = next(i for i, s in enumerate(steps) if self._first(s) == first)
        # A function may return the handle of a variable that it was given.
        results = [cells[r] if r in cells else self._value(r, env) for r in program.outputs]
        return results, [self._value(r, env) for r in self.extra_outputs]

    def _run_step(self, step: Segment | Instruction, env: dict[int, Any], cells: dict[int, Cell]) -> None:
        if not isinstance(step, Segment):
            self._run_host(step, env, cells)
            return
        statics = [np.asarray(self._value(r, env)) for r in step.statics]
        operands = [env[r] if r in env else self._operand(r, env) for r in step.live_in]
        kept_on_host = {r for r, v in zip(step.live_in, operands, strict=True) if driven.is_on_host(v)}
        if kept_on_host:
            for instruction in step.instructions:
                if instruction.pull_of in kept_on_host or kept_on_host.intersection(instruction.inputs):
                    self.drive(instruction)
            raise Rearranged
        found = self._run_segment(step, statics, operands, cells)
        env.update(zip(step.live_out, found, strict=True))

    def _operand(self, ref: int, env: dict[int, Any]) -> Any:
        return self._placed_constant(ref) if ref in self.program.constants else self._value(ref, env)

    def _first(self, step: Segment | Instruction) -> int:
        """The position in the program at which a step starts."""
        return self._positions[id(step.instructions[0] if isinstance(step, Segment) else step)]

    def _value(self, ref: int, env: dict[int, Any]) -> Any:
        if ref in env:
            return env[ref]
        if ref in self.program.constants:
            return self.program.constants[ref]
        # Arithmetic on shapes and constants that a segment does where it needs it.
        instruction = self._producer.get(ref)
        if instruction is None or not self._foldable(instruction):
            return None
        values = [self._value(r, env) for r in instruction.inputs]
        if not instruction.computation.kernel.shapes_only:
            values = [np.asarray(v) for v in values]
        env.update(zip(instruction.outputs, instruction.computation.call_numpy(values), strict=True))
        return env[ref]

    def _run_segment(
        self, step: Segment, statics: Sequence[np.ndarray], operands: list[Any], cells: dict[int, Cell]
    ) -> Sequence[Any]:
        """Runs a segment on the values of `live_in`; gives those of `live_out`."""
        device = context.device
        platform = jax.default_backend() if device is None else device.platform
        key = (platform, *map(static_key, statics)) if statics else platform
        programs = step._jitted.get(key)
        if programs is None:
            programs = step._jitted[key] = Programs(self, step, statics, platform)
        if not step.read and not step.written:
            held = None
            _, outputs, report = self._call(step, programs, [], [], operands, held)
        else:
            _, donated_cells, gathering, written_cells = held = step.cells(cells, self.program.rng_cells)
            with buffers.lock:
                donated = buffers.take(donated_cells)
                # Hundreds may be read: that each has a value is left to the trace, which needs one to succeed.
                kept = [c.read() for c in gathering.cells] if self.returns_residuals else gathering.arrays()
                try:
                    new, outputs, report = self._call(step, programs, donated, kept, operands, held)
                except buffers.Uninitialized:
                    if self._drives_what_may_initialise(step, cells):
                        raise Rearranged from None
                    for cell in (*donated_cells, *gathering.cells):
                        cell.peek()
                    raise
                buffers.store_fresh(written_cells, new)
        if report and not np.asarray(report[0]):
            programs.fail(report[1], operands, held)
        return outputs

    def _drives_what_may_initialise(self, step: Segment, cells: dict[int, Cell]) -> bool:
        """Makes control flow that may give variables of a segment their first value run from the host, if any can."""
        refs = (*step.read, *step.written)
        missing = {r for r in refs if (cells.get(r) or self.program.rng_cells[r]).array is None}
        found = [i for i in step.instructions if i.nested is not None and missing.intersection(i.nested.writes)]
        for instruction in found:
            self.drive(instruction)
        return bool(found)

    @staticmethod
    def _call(
        step: Segment, programs: Programs, donated: list[Any], kept: list[Any], operands: list[Any], held: Any
    ) -> Any:
        device = context.device
        try:
            if device is not None:
                donated, kept, operands = jax.device_put((donated, kept, operands), device)
            if not programs.traced:
                # Tracing finds out whether the checks can run before the segment instead of in it.
                programs.run.trace(donated, kept, operands)
                programs.traced = True
            if step.guard is not None and not np.asarray(programs.guard(donated, kept, operands)):
                programs.fail(programs.diagnose(donated, kept, operands), operands, held)
            return programs.run(donated, kept, operands)
        except NeedsValue as error:
            raise Rearranged(str(error)) from None
        except OpError as error:
            if not programs.traced:
                # What cannot even be traced, such as a shape that an assertion before it refuses.
                programs.fail(programs.checks_before_failure(donated, kept, operands), operands, held, error)
            raise error.with_traceback(None) from None

    def _placed_constant(self, ref: int) -> Any:
        constant = self.program.constants[ref]
        if isinstance(constant, np.ndarray) and not dtypes.stays_on_host(constant):
            # Placed once: a host array would be transferred at each call.
            constant = self.program.constants[ref] = jax.device_put(constant)
        return constant

    def _run_host(self, instruction: Instruction, env: dict[int, Any], cells: dict[int, Cell]) -> None:
        computation: Any = instruction.computation
        resources = self.program.resources
        driven_here = id(instruction) in self._driven or instruction.pull_of is not None
        driven_here = driven_here or (not computation.host and self._takes_changing(instruction))
        if instruction.nested is not None or computation.keeps_known or driven_here:
            driven.run(self, instruction, env, cells)
            return
        inputs = []
        for ref in instruction.inputs:
            if ref in resources:
                inputs.append(env[ref] if isinstance(env.get(ref), Cell) else cells[ref])
            else:
                value = self._value(ref, env)
                inputs.append(value if self.program.dtypes.get(ref) is dtypes.variant else np.asarray(value))
        try:
            if instruction.rng is not None:
                cell = cells.get(instruction.rng) or self.program.rng_cells[instruction.rng]
                outputs = self._draw_on_host(computation, inputs, cell)
            elif instruction.op is not None and instruction.op.stateful and not any(state_of(instruction)):
                outputs = outcomes.outcome(lambda: self._call_any(computation, inputs))
            else:
                outputs = self._call_any(computation, inputs)
        except Exception as error:
            raise at_node(as_op_error(error, computation.name), instruction.op) from None
        env.update(zip(instruction.outputs, outputs, strict=True))

    def _call_any(self, computation: Any, inputs: list[Any]) -> Sequence[Any]:
        if isinstance(computation, OpComputation):
            return self._call_op(computation, inputs)
        return computation.call_host(inputs)

    def _call_op(self, computation: OpComputation, inputs: list[Any]) -> Sequence[Any]:
        on_variables = bool(computation.resource_positions)
        if computation.opaque and not computation.host:
            # Lists of strings: the kernel takes NumPy arrays as it takes JAX's.
            return computation.call_host(inputs)
        structures = [x.dtype for x in inputs if isinstance(x, np.ndarray) and x.dtype.names]
        refuse_quantized(computation.name, [dtypes.of(kind) for kind in structures], in_graph=True)
        twin = not computation.host and computation.kernel.numpy is not None and not on_variables
        if not (computation.host or twin or on_variables):
            raise TypeError(f"{computation.name} has no implementation for strings and quantized numbers")
        return computation.call_numpy(inputs) if twin else self._host_call(computation, inputs)

    @staticmethod
    def _draw_on_host(computation: OpComputation, inputs: list[Any], cell: Cell) -> Sequence[Any]:
        """Runs a random op of the host, or of strings, which also returns the new state of its generator."""
        with buffers.lock:
            *outputs, state = computation.call_host([*inputs, np.asarray(cell.peek())])
            cell.store(state)
        return outputs

    @staticmethod
    def _host_call(computation: OpComputation, inputs: list[Any]) -> Sequence[Any]:
        if not computation.resource_positions:
            return computation.call_host(inputs)
        kernel = computation.kernel
        names = [a.name for a in computation.definition.inputs]
        resolved = [c.peek() if isinstance(c, Cell) and kernel.reads_resource else c for c in inputs]
        outputs = list(computation.call_host(resolved))
        for position in computation.resource_positions:
            if names[position] in kernel.writes:
                inputs[position].store(outputs.pop(0))
        return outputs
