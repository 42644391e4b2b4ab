"""Programs: a graph as a flat list of instructions over numbered values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tfshim import dtypes
from tfshim.buffers import Cell
from tfshim.errors import InvalidArgumentError
from tfshim.graph import Graph, Operation
from tfshim.lowering.sequences import Place, Sequences
from tfshim.operation import CONST, NO_OP, PLACEHOLDER
from tfshim.ops import registry
from tfshim.ops.computation import Computation, OpComputation, Vjp, op_computation, static_key
from tfshim.seeds import node_state
from tfshim.tensor import SymbolicTensor

if TYPE_CHECKING:
    from tfshim.lowering.nested import Nested

# Host arrays up to this size become part of a program; larger ones are passed to it.
INLINE_CONSTANT = 1024


class Instruction:
    """One step: a computation from refs to refs.

    `cells` are the refs of resource inputs, whose values the step reads or writes. `residual` is the ref under which a
    differentiated step leaves its pullback for `pullback` steps to take.
    """

    __slots__ = (
        "bound",
        "computation",
        "inputs",
        "nested",
        "op",
        "outputs",
        "programs",
        "pull_of",
        "residual",
        "rng",
        "wrt",
    )

    def __init__(self, computation: Computation, inputs: list[int], outputs: list[int], op: Operation | None):
        self.computation = computation
        self.inputs = inputs
        self.outputs = outputs
        self.op = op
        self.rng: int | None = None
        # Control flow: the programs of its graphs.
        self.nested: Nested | None = None
        # Where control flow runs as a program of its own: its compiled forms, and the number of iterations that a loop
        # of unknown length has there if it is differentiated; doubled until they suffice.
        self.programs: dict[Any, Any] = {}
        self.bound = 32
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

    def __init__(
        self,
        keeps_gradients: bool = False,
        replays: bool = False,
        sequences: Sequences | None = None,
        place: Place = (),
    ) -> None:
        # True for a program that JAX differentiates: gradients written in Python are part of it.
        self.keeps_gradients = keeps_gradients
        # True for one that ran already, and runs again to be differentiated: what the host does besides is left out.
        self.replays = replays
        # What its random ops draw from, instead of going on with the sequences of the nodes.
        self.sequences = sequences
        # The calls and the control flow that this program is inside of, and those that are being added to it.
        self.place = place
        self.instructions: list[Instruction] = []
        self.constants: dict[int, np.ndarray] = {}
        self.inputs: list[int] = []
        self.outputs: list[int] = []
        self.resources: set[int] = set()
        # The handles of which only running tells whose they are, with the variables that they may be of.
        self.changing: dict[int, frozenset[int]] = {}
        self.dtypes: dict[int, dtypes.DType] = {}
        self.rng_cells: dict[int, Cell] = {}
        # Where the random ops of `rng_cells` are.
        self.places: dict[int, Place] = {}
        self._next = 0
        self._values: dict[Any, Instruction] = {}
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
        key = (dtype, *static_key(array)) if array.size <= INLINE_CONSTANT else None
        if key is not None and key in self._constant_refs:
            return self._constant_refs[key]
        ref = self.new_ref(dtype)
        self.constants[ref] = array
        if key is not None:
            self._constant_refs[key] = ref
        return ref

    def add(self, op: Operation, inputs: list[int]) -> list[int]:
        """Appends one node and returns the refs of its outputs; pure work that is there already is shared."""
        return self.append(op, inputs).outputs

    def append(self, op: Operation, inputs: list[int]) -> Instruction:
        """Like `add`, and returns the instruction."""
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
            place = self.places[instruction.rng] = (*self.place, op)
            self.rng_cells[instruction.rng] = self._generator(place)
        self.instructions.append(instruction)
        if key is not None:
            self._values[key] = instruction
        return instruction

    def _generator(self, place: Place) -> Cell:
        """The generator state for the random op at a place."""
        if self.sequences is not None:
            return self.sequences.cell(place)
        # As in TensorFlow, each call inlined into a function starts the sequences of its ops anew.
        called = any(not hasattr(node.computation, "graphs") for node in place[:-1])
        return node_state(place[-1].attrs) if called else place[-1].rng_cell  # type: ignore[return-value]

    def inline_call(
        self, call: Operation, graph: Graph, env: dict[int, int], outputs: Iterable[SymbolicTensor]
    ) -> None:
        """Appends what the node `call` calls, like `inline`."""
        before = self.place
        self.place = (*before, call)
        try:
            self.inline(graph, env, outputs)
        finally:
            self.place = before

    def inline(self, graph: Graph, env: dict[int, int], outputs: Iterable[SymbolicTensor]) -> None:
        """Appends the nodes of `graph` that `outputs` or side effects need; `env` maps tensor ids to refs."""
        for node in _needed(graph, outputs, self.keeps_gradients, self.replays):
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
                passes = node.type in _PASSING and isinstance(computation, OpComputation)
                if passes and any(t.dtype in _OPAQUE for t in node._outputs):
                    # Other names of the variable, dataset or optional.
                    env.update(zip(map(id, node._outputs), inputs, strict=True))
                    continue
                if node.type in _READS and inputs[0] not in self.resources:
                    env[id(node._outputs[0])] = self._read_of_value(node, inputs)
                    continue
                gradient = _gradient_in_python(node) if self.keeps_gradients else None
                if gradient is not None and hasattr(computation, "pull"):
                    refs = gradient.append_to(self, node, inputs, env)
                    env.update(zip(map(id, node._outputs), refs, strict=True))
                    continue
                expand = getattr(computation, "inline_into", None)
                refs = self.add(node, inputs) if expand is None else expand(self, node, inputs)
                env.update(zip(map(id, node._outputs), refs, strict=True))
                if gradient is not None:
                    refs = gradient.append_to(self, node, [*refs, *inputs], env)
                    env.update(zip(map(id, node._outputs), refs, strict=True))

    def _read_of_value(self, node: Operation, inputs: list[int]) -> int:
        """The ref of what reads a variable whose value was passed instead of its handle."""
        if node.type == "ReadVariableOp":
            return inputs[0]
        if node.type == "VariableShape":
            computation = _computation("Shape", {"out_type": node.attrs["out_type"]})
        else:
            computation = _computation("GatherV2", {"batch_dims": node.attrs.get("batch_dims", 0)})
            inputs = [*inputs, self.constant(np.zeros((), np.int32), dtypes.int32)]
        output = self.new_ref(node._outputs[0].dtype)
        self.instructions.append(Instruction(computation, inputs, [output], node))
        return output

    def pair_gradients(self) -> None:
        """Lets each gradient step take over the residuals of its forward step instead of recomputing it."""
        forward: dict[Any, Instruction] = {}
        made: dict[int, Instruction] = {}
        for instruction in self.instructions:
            computation = instruction.computation
            made.update(dict.fromkeys(instruction.outputs, instruction))
            if isinstance(computation, Vjp):
                n = computation.n_inputs
                replay: Any = computation.forward
                if hasattr(replay, "taken"):
                    # What has effects is not found by its inputs, for it may run twice on the same ones: it left a
                    # snapshot.
                    source = made.get(instruction.inputs[replay.original.n_inputs])
                    wanted = (replay.originals(computation.wrt), computation.of)
                    if source is None or source.computation is not replay.original:
                        continue
                else:
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


# What gives its inputs as they are, and the dtypes of what is no array.
_PASSING = frozenset(["Identity", "IdentityN"])
_OPAQUE = (dtypes.resource, dtypes.variant)

_READS = frozenset(["ReadVariableOp", "ResourceGather", "VariableShape"])


def _computation(name: str, attrs: dict[str, Any]) -> OpComputation:
    kernel: Any = registry.find_kernel(name)
    return op_computation(kernel, tuple([attrs[a] for a in kernel.attr_names]))


def _gradient_in_python(node: Operation) -> Any:
    """The gradient of a node that is user code, traced; None if it has none."""
    from tfshim.lowering.python_gradients import traced_gradient

    return traced_gradient(node)


def _needed(
    graph: Graph, outputs: Iterable[SymbolicTensor], with_gradients: bool = False, replays: bool = False
) -> list[Operation]:
    """Nodes on which the outputs or side effects depend, in program order; with what gradients in Python refer to."""
    needed: set[int] = set()
    stack = [t.op for t in outputs]
    if graph.building_function:
        stack.extend(n for n in graph._nodes if n.stateful and not (replays and n.computation.host))
    while stack:
        node = stack.pop()
        if id(node) in needed:
            continue
        needed.add(id(node))
        stack.extend(t.op for t in node.inputs)
        stack.extend(node._control_inputs)
        gradient = _gradient_in_python(node) if with_gradients else None
        if gradient is not None:
            referred = gradient.referred
            stack.extend(t.op for t in referred if getattr(t, "_op", None) is not None and t.graph is graph)
    return [n for n in graph._nodes if id(n) in needed]


def linearise(
    graph: Graph,
    inputs: Sequence[SymbolicTensor],
    outputs: Sequence[SymbolicTensor],
    program: Program | None = None,
    changing: Collection[int] = (),
) -> Program:
    """The program of a graph from `inputs` to `outputs`, in `program` if one is given, which is empty then.

    Of the inputs at the positions `changing`, only running tells which variables' handles they are.
    """
    program = Program() if program is None else program
    env: dict[int, int] = {}
    for i, tensor in enumerate(inputs):
        env[id(tensor)] = ref = program.new_ref(tensor.dtype)
        program.inputs.append(ref)
        if i in changing:
            program.changing[ref] = frozenset([ref])
    program.inline(graph, env, outputs)
    program.outputs = [env[id(t)] for t in outputs]
    return program


def offset_of(ref: int) -> int:
    """The key under which `state` has what is differentiated in place of the variable `ref`: zeros added to it."""
    return ~ref


def state_of(instruction: Instruction) -> tuple[list[int], list[int]]:
    """The refs of what one instruction reads and writes besides its values."""
    if instruction.nested is not None:
        return instruction.nested.reads, instruction.nested.writes
    if instruction.rng is not None:
        return [instruction.rng], [instruction.rng]
    computation = instruction.computation
    if not isinstance(computation, OpComputation):
        return [], []
    names = [a.name for a in computation.definition.inputs]
    reads, writes = [], []
    for position in computation.resource_positions:
        ref = instruction.inputs[position]
        if computation.kernel.reads_resource:
            reads.append(ref)
        if names[position] in computation.kernel.writes:
            writes.append(ref)
    return reads, writes
