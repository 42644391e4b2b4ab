"""From a graph to compiled programs.

Three steps. `linearise` turns a graph, calls inlined and common pure work merged, into a flat list of instructions
over numbered values (*refs*). `Plan` cuts the list into segments that compile and host instructions between them.
`Plan.run` executes it: variables are gathered, each segment is one compiled program, new values are stored.

While a segment is traced, a value is either a JAX tracer or, if constants and shapes determine it, a NumPy array; so
shapes and axes computed by ops are known when a kernel needs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfshim import buffers, dtypes
from tfshim.buffers import Cell
from tfshim.context import context
from tfshim.errors import InvalidArgumentError, OpError
from tfshim.execute import as_op_error, raise_failed
from tfshim.graph import CONST, NO_OP, PLACEHOLDER, Graph, Operation
from tfshim.ops import registry
from tfshim.ops.computation import Computation, OpComputation, Vjp, op_computation, static_key
from tfshim.seeds import node_state
from tfshim.tensor import SymbolicTensor

# Host arrays up to this size become part of a program; larger ones are passed to it.
_INLINE_CONSTANT = 1024


class Instruction:
    """One step: a computation from refs to refs.

    `cells` are the refs of resource inputs, whose values the step reads or writes. `residual` is the ref under which a
    differentiated step leaves its pullback for `pullback` steps to take.
    """

    __slots__ = ("computation", "inputs", "op", "outputs", "pull_of", "residual", "rng", "wrt")

    def __init__(self, computation: Computation, inputs: list[int], outputs: list[int], op: Operation | None):
        self.computation = computation
        self.inputs = inputs
        self.outputs = outputs
        self.op = op
        self.rng: int | None = None
        # Set on a forward step whose gradient step is in the same list: what to differentiate, and the ref to fill.
        self.wrt: tuple[tuple[int, ...], tuple[int, ...]] | None = None
        self.residual: int | None = None
        # Set on the gradient step: the ref of the pullback that it applies instead of recomputing.
        self.pull_of: int | None = None

    @property
    def host(self) -> bool:
        """True if the step cannot be compiled."""
        return self.computation.host

    @property
    def stateful(self) -> bool:
        """True if the step must run even if its outputs are unused."""
        computation = self.computation
        if isinstance(computation, OpComputation):
            return computation.definition.stateful
        return bool(getattr(computation, "stateful", False))

    def __repr__(self) -> str:
        return f"{self.outputs} = {self.computation.name}{self.inputs}"


class Program:
    """A linearised graph: instructions over refs, constants, and where values come from."""

    def __init__(self) -> None:
        self.instructions: list[Instruction] = []
        self.constants: dict[int, np.ndarray] = {}
        self.inputs: list[int] = []
        self.outputs: list[int] = []
        self.resources: set[int] = set()
        self.dtypes: dict[int, dtypes.DType] = {}
        self.rng_cells: dict[int, Cell] = {}
        self._next = 0
        self._depth = 0
        self._values: dict[Any, list[int]] = {}
        self._constant_refs: dict[Any, int] = {}

    def new_ref(self, dtype: dtypes.DType | None = None) -> int:
        """A number for a new value."""
        ref = self._next
        self._next += 1
        if dtype is not None:
            self.dtypes[ref] = dtype
            if dtype is dtypes.resource:
                self.resources.add(ref)
        return ref

    def constant(self, array: np.ndarray, dtype: dtypes.DType) -> int:
        """The ref of a constant; equal small constants share one."""
        key = (dtype, *static_key(array)) if array.size <= _INLINE_CONSTANT else None
        if key is not None and key in self._constant_refs:
            return self._constant_refs[key]
        ref = self.new_ref(dtype)
        self.constants[ref] = array
        if key is not None:
            self._constant_refs[key] = ref
        return ref

    def add(self, op: Operation, inputs: list[int]) -> list[int]:
        """Appends one node and returns the refs of its outputs; pure work that is there already is shared."""
        computation = op.computation
        key = None
        if not op.stateful and op.rng_cell is None:
            key = (computation, tuple(inputs))
            found = self._values.get(key)
            if found is not None:
                return found
        outputs = [self.new_ref(t.dtype) for t in op._outputs]
        instruction = Instruction(computation, inputs, outputs, op)
        if op.rng_cell is not None:
            instruction.rng = self.new_ref(dtypes.resource)
            # As in TensorFlow, each call inlined into a function starts the sequences of its ops anew.
            self.rng_cells[instruction.rng] = op.rng_cell if self._depth == 1 else node_state(op.attrs)
        self.instructions.append(instruction)
        if key is not None:
            self._values[key] = outputs
        return outputs

    def inline(self, graph: Graph, env: dict[int, int], outputs: Iterable[SymbolicTensor]) -> None:
        """Appends the nodes of `graph` that `outputs` or side effects need; `env` maps tensor ids to refs."""
        self._depth += 1
        try:
            self._inline(graph, env, outputs)
        finally:
            self._depth -= 1

    def _inline(self, graph: Graph, env: dict[int, int], outputs: Iterable[SymbolicTensor]) -> None:
        for node in _needed(graph, outputs):
            computation = node.computation
            if computation is CONST:
                tensor = node._outputs[0]
                env[id(tensor)] = self.constant(node.value, tensor.dtype)
            elif computation is PLACEHOLDER:
                tensor = node._outputs[0]
                if id(tensor) not in env:
                    if node.value is None:
                        raise InvalidArgumentError(
                            None,
                            None,
                            f"You must feed a value for placeholder tensor '{node.name}' with dtype "
                            f"{tensor.dtype.name} and shape {tensor.shape}",
                        )
                    env[id(tensor)] = self.constant(node.value, tensor.dtype)
            elif computation is NO_OP:
                continue
            else:
                inputs = [env[id(t)] for t in node.inputs]
                expand = getattr(computation, "inline_into", None)
                refs = self.add(node, inputs) if expand is None else expand(self, node, inputs)
                for tensor, ref in zip(node._outputs, refs, strict=True):
                    env[id(tensor)] = ref

    def pair_gradients(self) -> None:
        """Lets each gradient step take over the residuals of its forward step instead of recomputing it."""
        forward: dict[Any, Instruction] = {}
        for instruction in self.instructions:
            computation = instruction.computation
            if isinstance(computation, Vjp):
                n = computation.n_inputs
                source = forward.get((computation.forward, tuple(instruction.inputs[:n])))
                wanted = (computation.wrt, computation.of)
                if source is None or source.host or source.wrt not in (None, wanted):
                    continue
                if source.residual is None:
                    source.wrt = wanted
                    source.residual = self.new_ref()
                instruction.pull_of = source.residual
                instruction.inputs = instruction.inputs[n:]
            if instruction.rng is None and not instruction.stateful:
                forward.setdefault((computation, tuple(instruction.inputs)), instruction)


def _needed(graph: Graph, outputs: Iterable[SymbolicTensor]) -> list[Operation]:
    """Nodes on which the outputs or side effects depend, in program order."""
    needed: set[int] = set()
    stack = [t.op for t in outputs]
    stack.extend(n for n in graph._nodes if n.stateful and graph.building_function)
    while stack:
        node = stack.pop()
        if id(node) in needed:
            continue
        needed.add(id(node))
        stack.extend(t.op for t in node.inputs)
        stack.extend(node._control_inputs)
    return [n for n in graph._nodes if id(n) in needed]


def linearise(graph: Graph, inputs: Sequence[SymbolicTensor], outputs: Sequence[SymbolicTensor]) -> Program:
    """The program of a graph from `inputs` to `outputs`."""
    program = Program()
    env: dict[int, int] = {}
    for tensor in inputs:
        env[id(tensor)] = ref = program.new_ref(tensor.dtype)
        program.inputs.append(ref)
    program.inline(graph, env, outputs)
    program.outputs = [env[id(t)] for t in outputs]
    return program


# Planning ------------------------------------------------------------------------------------------------


class Segment:
    """Consecutive instructions that compile to one program."""

    __slots__ = ("_jitted", "instructions", "live_in", "live_out", "read", "statics", "written")

    def __init__(self) -> None:
        self.instructions: list[Instruction] = []
        self.live_in: list[int] = []
        self.live_out: list[int] = []
        self.statics: list[int] = []
        self.read: list[int] = []
        self.written: list[int] = []
        self._jitted: dict[Any, Callable[..., Any]] = {}


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
        self.steps: list[Segment | Instruction] = []
        self._cut()
        self._connect()
        self._single = self.steps[0] if len(self.steps) == 1 and isinstance(self.steps[0], Segment) else None
        self.returns_residuals = bool(extra_outputs)

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

    def _cut(self) -> None:
        current = Segment()
        computed: set[int] = set()  # by the current segment

        def close() -> None:
            nonlocal current, computed
            if current.instructions:
                self.steps.append(current)
            current, computed = Segment(), set()

        for instruction in self.program.instructions:
            if self._runs_on_host(instruction):
                close()
                self.steps.append(instruction)
                continue
            leaves: set[int] = set()
            for position in instruction.computation.static_positions:
                if instruction.pull_of is None:
                    leaves |= self._static_leaves(instruction.inputs[position], set())
            if leaves & computed:
                close()
            current.statics.extend(r for r in leaves if r not in current.statics)
            current.instructions.append(instruction)
            computed.update(instruction.outputs)
        close()

    def _runs_on_host(self, instruction: Instruction) -> bool:
        if instruction.host:
            return True
        strings = [
            r for r in (*instruction.inputs, *instruction.outputs) if self.program.dtypes.get(r) is dtypes.string
        ]
        # Strings live on the host; what moves them about has a NumPy twin.
        return bool(strings)

    def _connect(self) -> None:
        """Finds what each segment takes from and gives to the others."""
        needed_later: set[int] = set(self.program.outputs) | set(self.extra_outputs)
        for step in reversed(self.steps):
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
        return constant is not None and (constant.size <= _INLINE_CONSTANT or constant.dtype == object)

    def _connect_cells(self, step: Segment) -> None:
        read: dict[int, None] = {}
        written: dict[int, None] = {}
        for instruction in step.instructions:
            computation = instruction.computation
            if instruction.rng is not None:
                read[instruction.rng] = None
                written[instruction.rng] = None
            if not isinstance(computation, OpComputation):
                continue
            names = [a.name for a in computation.definition.inputs]
            for position in computation.resource_positions:
                ref = instruction.inputs[position]
                if computation.kernel.reads_resource and ref not in written:
                    read[ref] = None
                if names[position] in computation.kernel.writes:
                    written[ref] = None
        step.read = list(read)
        step.written = list(written)

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
        env: dict[int, Any] = dict(zip(program.inputs, values, strict=True))
        for step in self.steps:
            if isinstance(step, Segment):
                self._run_segment(step, env, cells or {})
            else:
                self._run_host(step, env, cells or {})
        return [self._value(r, env) for r in program.outputs], [self._value(r, env) for r in self.extra_outputs]

    def _value(self, ref: int, env: dict[int, Any]) -> Any:
        return env[ref] if ref in env else self.program.constants.get(ref)

    def _run_segment(self, step: Segment, env: dict[int, Any], cells: dict[int, Cell]) -> None:
        program = self.program
        statics = [np.asarray(self._value(r, env)) for r in step.statics]
        operands = [env[r] if r in env else self._placed_constant(r, env) for r in step.live_in]
        device = context.device
        platform = jax.default_backend() if device is None else device.platform
        key = (platform, *map(static_key, statics))
        jitted = step._jitted.get(key)
        if jitted is None:
            jitted = step._jitted[key] = self._compile(step, statics, platform)
        if not step.read and not step.written:
            outputs, _, checks = self._call(jitted, [], [], operands)
        else:
            written_cells = [cells.get(r) or program.rng_cells[r] for r in step.written]
            with buffers.lock:
                donated, kept = [], []
                for ref in step.read:
                    cell = cells.get(ref) or program.rng_cells[ref]
                    if ref in step.written:
                        donated.append(cell.take())
                    else:
                        kept.append(cell.read() if self.returns_residuals else cell.peek())
                outputs, new, checks = self._call(jitted, donated, kept, operands)
                for cell, value in zip(written_cells, new, strict=True):
                    cell.store_fresh(value)
        if checks:
            raise_failed(checks)
        for ref, value in zip(step.live_out, outputs, strict=True):
            env[ref] = value

    @staticmethod
    def _call(jitted: Callable[..., Any], donated: list[Any], kept: list[Any], operands: list[Any]) -> Any:
        device = context.device
        try:
            if device is not None:
                donated, kept, operands = jax.device_put((donated, kept, operands), device)
            return jitted(donated, kept, operands)
        except OpError as error:
            raise error.with_traceback(None) from None

    def _placed_constant(self, ref: int, env: dict[int, Any]) -> Any:
        constant = self.program.constants[ref]
        if isinstance(constant, np.ndarray) and constant.dtype != object:
            # Placed once: a host array would be transferred at each call.
            constant = self.program.constants[ref] = jax.device_put(constant)
        return constant

    def _compile(self, step: Segment, statics: Sequence[np.ndarray], platform: str) -> Callable[..., Any]:
        donated_refs = [r for r in step.read if r in step.written]
        kept_refs = [r for r in step.read if r not in step.written]

        def traced(donated: list[Any], kept: list[Any], operands: list[Any]):
            env: dict[int, Any] = dict(zip(step.statics, statics, strict=True))
            env.update(zip(step.live_in, operands, strict=True))
            state = dict(zip(donated_refs, donated, strict=True))
            state.update(zip(kept_refs, kept, strict=True))
            checks: list[registry.Check] = []
            tracer = _Tracer(self, env, state, checks, platform)
            for instruction in step.instructions:
                tracer.step(instruction)
            new = [state[r] for r in step.written]
            if checks:
                # A step that fails leaves its variables as they were, although their buffers are donated.
                good = jnp.all(jnp.stack([c.predicate for c in checks]))
                before = dict(zip(donated_refs, donated, strict=True))
                new = [
                    jnp.where(good, n, before[r]) if r in before and before[r].shape == n.shape else n
                    for r, n in zip(step.written, new, strict=True)
                ]
            held = {id(v) for v in (*donated, *new)}
            outputs = []
            for ref in step.live_out:
                value = tracer.value(ref)
                if id(value) in held or (not self.returns_residuals and any(value is k for k in kept)):
                    # A variable's own buffer must not be handed out: the next call donates it.
                    value = jnp.copy(value)
                outputs.append(value)
            return outputs, new, checks

        names = [i.computation.name for i in step.instructions[:1]]
        traced.__name__ = traced.__qualname__ = f"segment_{names[0]}" if names else "segment"
        return jax.jit(traced, donate_argnums=0)

    def _run_host(self, instruction: Instruction, env: dict[int, Any], cells: dict[int, Cell]) -> None:
        computation: Any = instruction.computation
        inputs = []
        for position, ref in enumerate(instruction.inputs):
            if ref in self.program.resources:
                inputs.append(cells[ref])
            else:
                inputs.append(np.asarray(self._value(ref, env)))
            del position
        try:
            if isinstance(computation, OpComputation):
                resources = bool(computation.resource_positions)
                twin = not computation.host and computation.kernel.numpy is not None and not resources
                if not (computation.host or twin or resources):
                    raise TypeError(f"{computation.name} has no implementation for strings")
                outputs = computation.call_numpy(inputs) if twin else self._host_call(computation, inputs)
            else:
                outputs = computation.call_host(inputs)
        except Exception as error:
            raise as_op_error(error, computation.name) from None
        env.update(zip(instruction.outputs, outputs, strict=True))

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


class _Tracer:
    """Evaluates instructions under a JAX trace; values that are known stay NumPy arrays."""

    def __init__(
        self, plan: Plan, env: dict[int, Any], state: dict[int, Any], checks: list[registry.Check], platform: str
    ):
        self.plan = plan
        self.env = env
        self.state = state
        self.checks = checks
        self.platform = platform

    def value(self, ref: int) -> Any:
        """The value of a ref: a tracer, a NumPy array, or a pullback."""
        env = self.env
        if ref in env:
            return env[ref]
        constants = self.plan.program.constants
        if ref in constants:
            return constants[ref]
        # Work on shapes and constants is not carried between segments but done again where it is needed.
        instruction = self.plan._producer[ref]
        self.step(instruction)
        return env[ref]

    def step(self, instruction: Instruction) -> None:
        """Evaluates one instruction."""
        computation: Any = instruction.computation
        if instruction.pull_of is not None:
            pullback = self.value(instruction.pull_of)
            outputs = Vjp.apply(pullback, [self._array(r) for r in instruction.inputs])
            self.env.update(zip(instruction.outputs, outputs, strict=True))
            return
        if isinstance(computation, OpComputation):
            if computation.resource_positions or instruction.rng is not None:
                self._stateful(instruction)
                return
            kernel = computation.kernel
            if kernel.shapes_only or kernel.numpy is not None:
                values = [self.value(r) for r in instruction.inputs]
                if kernel.shapes_only or all(_foldable_value(v) for v in values):
                    outputs = computation.call_numpy(values)
                    self.env.update(zip(instruction.outputs, outputs, strict=True))
                    return
            computation = self._specialise(computation, instruction)
        self.env.update(zip(instruction.outputs, self._compute(computation, instruction), strict=True))

    def _specialise(self, computation: OpComputation, instruction: Instruction) -> OpComputation:
        """The computation for the inputs that are known here, which may be more than when the node was made."""
        kernel = computation.kernel
        if kernel.static_choice is None:
            return computation
        names = [a.name for a in computation.definition.inputs]

        def known(name: str) -> np.ndarray | None:
            value = self.value(instruction.inputs[names.index(name)])
            return value if isinstance(value, np.ndarray) else None

        static = kernel.static_inputs(computation.attrs, known)
        return op_computation(kernel, computation.attrs, computation.lens, static)

    def _array(self, ref: int) -> Any:
        value = self.value(ref)
        return value

    def _compute(self, computation: Computation, instruction: Instruction) -> Sequence[Any]:
        values = [self.value(r) for r in instruction.inputs]
        positions = computation.static_positions
        statics = [values[i] for i in positions]
        for position, static in zip(positions, statics, strict=True):
            if not isinstance(static, np.ndarray):
                raise TypeError(f"input {position} of {computation.name} must be known when its program is compiled")
        operands = [v for i, v in enumerate(values) if i not in positions] if positions else values
        try:
            if instruction.wrt is None:
                outputs, checks = computation.staged(statics, self.platform)(*operands)
            else:
                wrt, of = instruction.wrt
                dynamic = computation.operand_positions(len(values))
                staged = computation.staged_vjp(statics, self.platform, tuple(dynamic.index(i) for i in wrt), of)
                outputs, checks, pullback = staged(*operands)
                self.env[instruction.residual] = pullback
        except Exception as error:
            raise as_op_error(error, computation.name) from None
        self.checks.extend(checks)
        return outputs

    def _stateful(self, instruction: Instruction) -> None:
        computation: Any = instruction.computation
        kernel = computation.kernel
        positions = computation.static_positions
        resources = computation.resource_positions
        operands, written, statics = [], [], []
        names = [a.name for a in computation.definition.inputs]
        for i, ref in enumerate(instruction.inputs):
            if i in resources:
                operands.append(self.state[ref] if kernel.reads_resource else None)
                if names[i] in kernel.writes:
                    written.append(ref)
            elif i in positions:
                statics.append(self.value(ref))
            else:
                operands.append(self._array(ref))
        if instruction.rng is not None:
            operands.append(self.state[instruction.rng])
            written.append(instruction.rng)
        if computation.name == "ReadVariableOp":
            outputs = (operands[0],)
        else:
            try:
                outputs, checks = computation.staged(statics, self.platform)(*operands)
            except Exception as error:
                raise as_op_error(error, computation.name) from None
            self.checks.extend(checks)
        if instruction.rng is not None:
            # Kernels that draw return (output, state); writes come first for all others.
            outputs = (outputs[-1], *outputs[:-1])
        for ref, value in zip(written, outputs, strict=False):
            self.state[ref] = value
        self.env.update(zip(instruction.outputs, outputs[len(written) :], strict=True))


def _foldable_value(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "iub" and value.size <= _INLINE_CONSTANT
