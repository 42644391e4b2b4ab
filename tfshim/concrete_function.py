"""A traced function: its graph, how it is called, and its gradient.

A call under a tape keeps residuals: the forward program returns what the backward program needs. Where the backward
pass itself is differentiated or traced, it runs instead as a function of the same inputs, which recomputes.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from tfshim import backprop, dtypes, nest
from tfshim.backprop import Record, carries_gradient, is_trainable
from tfshim.buffers import Cell
from tfshim.call_shapes import shapes_of_call
from tfshim.context import context
from tfshim.control_flow.computation import ControlFlow
from tfshim.control_flow.replay import variable_dtype
from tfshim.dtypes import DType
from tfshim.errors import OpError
from tfshim.execute import as_op_error, execute, is_out_of_memory, record
from tfshim.graph import FuncGraph, Operation, shape_behind
from tfshim.graph_errors import in_function
from tfshim.indexed_slices import IndexedSlices
from tfshim.lowering import CapturedCells, Instruction, Plan, Program, linearise
from tfshim.lowering.nested import Snapshot
from tfshim.lowering.sequences import Sequences
from tfshim.ops import op
from tfshim.ops.computation import Computation
from tfshim.ops.host_variants import holds_variants
from tfshim.shapes import TensorShape
from tfshim.tensor import EagerTensor, SymbolicTensor, Tensor, host_tensor, opaque_tensor, opaque_value

_counter = itertools.count()
# The traced functions that exist, by the names that they were given here: raw ops may call them so.
by_name: weakref.WeakValueDictionary[str, ConcreteFunction] = weakref.WeakValueDictionary()


class Call(Computation):
    """The computation of calling a traced function: `(arguments, captures) -> (outputs, state)`.

    *State* is what stateful nodes gave (variables as they were read, random numbers drawn): the gradient takes it as
    given instead of running those nodes again.
    """

    __slots__ = (
        "__weakref__",
        "_backward",
        "gradient_of",
        "graph",
        "mask",
        "n_outputs",
        "outputs",
        "sequences",
        "state",
        "stateful",
        "values",
    )

    # An input connected only to outputs without a cotangent has a gradient, of zeros, once another output has one.
    absent_are_zeros = True

    def __init__(self, graph: FuncGraph, values: frozenset[int] = frozenset()):
        self.graph = graph
        # Positions of the resource inputs for which the value of the variable is passed: it is only read.
        self.values = values
        frozen = {id(graph.inputs[i]) for i in values}
        self.stateful = any(n.stateful and not any(id(t) in frozen for t in n.inputs) for n in graph._nodes)
        super().__init__("StatefulPartitionedCall" if self.stateful else "PartitionedCall", ())
        self.outputs = list(graph.outputs)
        self.n_outputs = len(self.outputs)
        self.state = _state_tensors(graph)
        self._backward: dict[Any, Backward] = {}
        # As in TensorFlow, calls under tapes are another function, whose random ops start their sequences anew; and
        # one more if the gradient may be differentiated (see `ConcreteFunction._call_recorded`).
        self.sequences: tuple[Sequences, Sequences] | None = (Sequences(), Sequences())
        # The gradient asked for last: which outputs had cotangents, which inputs were wanted.
        self.mask: tuple[tuple[int, ...], tuple[int, ...]] | None = None
        # If this is a call of a backward pass: that.
        self.gradient_of: Backward | None = None

    def all_outputs(self) -> list[SymbolicTensor]:
        """Outputs and state, in the order in which a call gives them."""
        return [*self.outputs, *self.state]

    def output_dtypes(self, inputs: Sequence[Tensor]) -> tuple[DType, ...]:
        """Dtypes of what a call gives."""
        return tuple(t.dtype for t in self.all_outputs())

    def output_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        """Static shapes of what a call gives."""
        return [*shapes_of_call(self.graph, self.outputs, inputs), *(t.shape for t in self.state)]

    def reading(self, positions: frozenset[int]) -> Call:
        """The same call with the values of variables in place of their handles at `positions`."""
        return Call(self.graph, self.values | positions)

    def inline_into(self, program: Program, node: Operation, inputs: list[int]) -> list[int]:
        """Appends the function's body to `program` in place of a call."""
        env = {id(t): ref for t, ref in zip(self.graph.inputs, inputs, strict=True)}
        program.inline_call(node, self.graph, env, self.all_outputs())
        return [env[id(t)] for t in self.all_outputs()]

    def gradient(self, of: tuple[int, ...], wrt: tuple[int, ...]) -> Backward:
        """The gradient with respect to inputs `wrt` for cotangents of outputs `of`."""
        key = (of, wrt)
        found = self._backward.get(key)
        if found is None:
            found = self._backward[key] = Backward(self, of, wrt)
        return found

    def backward(self, made: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
        """Gradients of a call's inputs (see `backprop.input_gradients`)."""
        outputs = made.outputs
        of = tuple(
            i for i, (o, c) in enumerate(zip(outputs, cotangents, strict=True)) if c is not None and carries_gradient(o)
        )
        wrt = tuple(i for i in wanted if is_trainable(made.inputs[i].dtype))
        gradients: list[Any] = [None] * len(made.inputs)
        if not wrt:
            return gradients
        if of:
            self.mask = (of, wrt)
            self._pull(made, cotangents, of, wrt, gradients)
        every = tuple(i for i, t in enumerate(self.outputs) if is_trainable(t.dtype))
        missing = tuple(i for i in wrt if gradients[i] is None)
        if missing and len(every) > len(of) and any(g is not None for g in self.gradient(every, missing).structure):
            filled = [
                op("ZerosLike")(o) if c is None and i in every else c
                for i, (o, c) in enumerate(zip(outputs, cotangents, strict=True))
            ]
            self._pull(made, filled, every, missing, gradients)
        if of and self.gradient_of is not None and any(gradients[i] is None for i in wrt):
            zeros = self.gradient_of.zeros(made.inputs, [i for i in wrt if gradients[i] is None])
            for i, zero in zeros.items():
                gradients[i] = zero
        return gradients

    def _pull(
        self,
        made: Record,
        cotangents: Sequence[Any],
        of: tuple[int, ...],
        wrt: tuple[int, ...],
        gradients: list[Any],
    ) -> None:
        """Fills in the gradients of the inputs `wrt` for the cotangents of the outputs `of`."""
        outputs = made.outputs
        seeds = [backprop.indexed_slices.dense(cotangents[i]) for i in of]
        residuals = getattr(made, "residuals", None)
        observed = bool(context.tapes or context.accumulators or context.graph is not None)
        if residuals is not None and not observed and residuals.of == of and set(wrt) <= set(residuals.wrt):
            backward = self.gradient(residuals.of, residuals.wrt)
            results = backward.apply(residuals, seeds)
        else:
            backward = self.gradient(of, wrt)
            state = outputs[self.n_outputs :]
            results = backward.recompute([*made.inputs, *state, *seeds])
        for position, result in zip(backward.wrt, results, strict=True):
            gradients[position] = result


def _state_tensors(graph: FuncGraph) -> list[SymbolicTensor]:
    used = {id(t) for n in graph._nodes for t in n.inputs}
    if any(hasattr(n.computation, "pull") for n in graph._nodes):
        # Gradients that are user code may refer to any tensor of the graph.
        used.update(id(t) for n in graph._nodes for t in n._outputs)
    # What a call, branches or a loop inside gave is what the gradient of that takes.
    nested = [n for n in graph._nodes if isinstance(n.computation, (Call, ControlFlow))]
    used.update(id(t) for n in nested for t in n._outputs)
    found = [
        t
        for n in graph._nodes
        if n.stateful
        for t in n._outputs
        if id(t) in used
        and t.dtype.name not in ("resource", "string")
        # Lists of tensors cross over; datasets and the like carry no gradient.
        and (t.dtype is not dtypes.variant or n in nested)
    ]
    # What no `GraphDef` shows comes last.
    return sorted(found, key=lambda t: t.dtype is dtypes.snapshot)


class _BackwardGraph(FuncGraph):
    """The graph of a gradient. It holds a copy of the forward graph's pure nodes.

    User code that defines a gradient refers to tensors of the forward graph: here they are their copies.
    """

    def __init__(self, forward: FuncGraph):
        super().__init__(f"__backward_{forward.name}")
        self.outer_graph = forward.outer_graph
        self.forward = forward
        self.mapped: dict[int, SymbolicTensor] = {}

    def stands_for(self, copy: SymbolicTensor, tensor: SymbolicTensor) -> None:
        """Notes that `copy` takes the place of a tensor of the forward graph."""
        self.mapped[id(tensor)] = copy
        # Tapes in the user code of a gradient know it by the tensor that the code refers to.
        self._outside[id(copy)] = self.forward._outside.get(id(tensor), tensor)

    def admit(self, tensor: Tensor) -> SymbolicTensor:
        copy = self.counterpart(tensor)
        return super().admit(tensor) if copy is None else copy

    def counterpart(self, tensor: Tensor) -> SymbolicTensor | None:
        """The copy of a tensor of the forward graph, or of one that this is itself the gradient of; else None."""
        if isinstance(tensor, SymbolicTensor) and tensor._op._graph is self.forward:
            return self.mapped[id(tensor)]
        captured = self.forward._captures.get(id(tensor))
        if captured is not None and id(captured[1]) in self.mapped:
            # What the forward graph captured is an input here.
            return self.mapped[id(captured[1])]
        between = self.forward.counterpart(tensor) if isinstance(self.forward, _BackwardGraph) else None
        return None if between is None else self.mapped.get(id(between))


def _cotangent_like(graph: FuncGraph, output: SymbolicTensor) -> SymbolicTensor:
    """An input for the cotangent of an output; that of a handle is like the variable's value."""
    if output.dtype is not dtypes.resource:
        return graph.placeholder(output.dtype, output.shape, "cotangent")
    origins: list[Tensor] = [output]
    for tensor in origins:  # which grows
        cell = getattr(tensor, "_cell", None)
        if cell is not None:
            return graph.placeholder(cell.dtype, cell.shape, "cotangent")
        if isinstance(tensor, SymbolicTensor):
            outside = getattr(tensor.graph, "_outside", {}).get(id(tensor))
            origins.extend([outside] if outside is not None else tensor.op.inputs)
    return graph.placeholder(output.dtype, output.shape, "cotangent")


class Backward:
    """The gradient of a call: a graph from `(inputs, state, cotangents)` to gradients."""

    def __init__(self, call: Call, of: tuple[int, ...], wrt: tuple[int, ...]):
        self.call = weakref.proxy(call)
        self.of = of
        self.wrt = wrt
        self.graph = _BackwardGraph(call.graph)
        self._build(call)
        self._halves: Halves | None = None
        self._function: ConcreteFunction | None = None

    def _build(self, call: Call) -> None:
        graph = self.graph
        with graph.as_default():
            mapped = graph.mapped
            for tensor in (*call.graph.inputs, *call.state):
                copy = graph.placeholder(tensor.dtype, tensor.shape, tensor.op.name)
                copy._op.value = (
                    tensor._op.value if tensor._op.value is not None and tensor.op.type == "Placeholder" else None
                )
                if tensor.dtype is dtypes.resource:
                    copy._variable_shape = shape_behind(tensor)
                graph.stands_for(copy, tensor)
                graph.inputs.append(copy)
            seeds = []
            every = call.all_outputs()
            for i in self.of:
                seeds.append(_cotangent_like(graph, every[i]))
                graph.inputs.append(seeds[-1])
            records = []
            for node in call.graph._nodes:
                # Handles that branches with effects gave have no counterpart: gradients pass them on all the same.
                inputs = tuple([mapped.get(id(t), t if t.dtype is dtypes.resource else None) for t in node.inputs])
                if node.type == "Placeholder" or any(t is None for t in inputs):
                    continue
                if not node.stateful and all(t.graph is graph for t in inputs):
                    copied = graph.add_node(
                        node.computation,
                        inputs,
                        node.attrs,
                        [t.dtype for t in node._outputs],
                        [t.shape for t in node._outputs],
                        node.name + "/",
                    )
                    copied.value = node.value
                    for old, new in zip(node._outputs, copied._outputs, strict=True):
                        graph.stands_for(new, old)
                records.append(
                    Record(
                        node.computation,
                        inputs,
                        # Unused outputs of stateful nodes have no counterpart, and no cotangent either.
                        tuple(mapped.get(id(t), t) for t in node._outputs),
                    )
                )
            # An output that is an input or a state tensor itself is differentiated as such.
            gradients = backprop.backpropagate(
                [r for r in records if r.outputs],
                [mapped.get(id(every[i]), every[i]) for i in self.of],
                seeds,
                [mapped[id(call.graph.inputs[i])] for i in self.wrt],
            )
            self.structure = [None if g is None else g for g in gradients]
            graph.outputs = [
                graph.admit(t) for t in nest.flatten(self.structure, expand_composites=True) if t is not None
            ]

    def _pack(self, flat: Sequence[Any]) -> list[Any]:
        remaining = iter(flat)
        packed: list[Any] = []
        for gradient in self.structure:
            if gradient is None:
                packed.append(None)
            elif isinstance(gradient, IndexedSlices):
                parts = 2 if gradient.dense_shape is None else 3
                packed.append(IndexedSlices(*[next(remaining) for _ in range(parts)]))
            else:
                packed.append(next(remaining))
        return packed

    def recompute(self, inputs: Sequence[Tensor]) -> list[Any]:
        """Runs the gradient as a function of all its inputs; tapes see the call."""
        if self._function is None:
            self._function = ConcreteFunction(self.graph)
            self._function.call.gradient_of = self
        return self._pack(self._function.call_flat(list(inputs)))

    @cached_property
    def given_zeros(self) -> frozenset[int]:
        """Positions of the inputs with respect to which derivatives of the gradient are zeros at least."""
        from tfshim.second_order import given_zeros

        return given_zeros(self)

    def zeros(self, inputs: Sequence[Tensor], wanted: Sequence[int]) -> dict[int, Tensor]:
        """The zeros that those of the inputs `wanted` have for derivatives of the gradient."""
        from tfshim.second_order import GivenZeros

        given = sorted(self.given_zeros)
        if self.given_zeros.isdisjoint(wanted):
            return {}
        values = [self._value(inputs[i], i) for i in given]
        return {i: execute(GivenZeros(n), values)[0] for n, i in enumerate(given) if i in wanted}

    def _value(self, tensor: Tensor, position: int) -> Tensor:
        """An input of the call, or the value of the variable that it refers to."""
        if tensor.dtype is not dtypes.resource:
            return tensor
        return op("ReadVariableOp")(tensor, dtype=self._variable_dtype(position))

    def _variable_dtype(self, position: int) -> DType | None:
        """The dtype of the variable at an input of the call. A gradient takes handles of which it needs nothing."""
        found = variable_dtype([self.call.graph], position)
        of = self.call.gradient_of
        return found if found is not None or of is None else of._variable_dtype(position)

    @property
    def halves(self) -> Halves:
        """The forward and backward programs with residuals between them."""
        if self._halves is None:
            self._halves = Halves(self)
        return self._halves

    def apply(self, residuals: Residuals, seeds: Sequence[Tensor]) -> list[Any]:
        """Runs the backward program on the residuals of a call."""
        halves = self.halves
        values = [s.operand() for s in seeds]  # type: ignore[attr-defined]
        outputs, _ = halves.backward.run([*values, *residuals.values], residuals.cells)
        return self._pack([as_tensor(o) for o in outputs])


class Halves:
    """A call and its gradient as one program, cut where the cotangents come in."""

    def __init__(self, backward: Backward):
        call = backward.call
        joint = Program(sequences=call.sequences and call.sequences[0])
        env: dict[int, int] = {}
        for tensor in call.graph.inputs:
            ref = joint.new_ref(tensor.dtype)
            joint.inputs.append(ref)
            known = tensor._op.value
            env[id(tensor)] = ref if known is None else joint.constant(known, tensor.dtype)
        joint.inline(call.graph, env, call.all_outputs())
        given = [env[id(t)] for t in (*call.graph.inputs, *call.state)]
        outputs = [env[id(t)] for t in call.all_outputs()]
        gradient_env = {id(t): ref for t, ref in zip(backward.graph.inputs, given, strict=False)}
        seeds = []
        for tensor in backward.graph.inputs[len(given) : len(given) + len(backward.of)]:
            gradient_env[id(tensor)] = ref = joint.new_ref(tensor.dtype)
            seeds.append(ref)
        # What user code that defines a gradient refers to, and the call itself does not.
        self.captured_cells: dict[int, Cell] = {}
        for outside, inside in backward.graph.captures:
            if outside.dtype is dtypes.resource:
                gradient_env[id(inside)] = ref = joint.new_ref(dtypes.resource)
                self.captured_cells[ref] = outside._cell  # type: ignore[attr-defined]
            else:
                gradient_env[id(inside)] = joint.constant(as_host(outside), inside.dtype)
        joint.inline(backward.graph, gradient_env, backward.graph.outputs)
        gradients = [gradient_env[id(t)] for t in backward.graph.outputs]
        joint.pair_gradients()

        late = set(seeds)
        first: list[Instruction] = []
        second: list[Instruction] = []
        for instruction in joint.instructions:
            if late.intersection(instruction.inputs):
                late.update(instruction.outputs)
                second.append(instruction)
            else:
                first.append(instruction)
        made_late = {r for i in second for r in i.outputs}
        # The gradient's own work that needs no cotangent runs with it all the same, unless it takes a pullback.
        probe = Program.__new__(Program)
        probe.__dict__.update(joint.__dict__)
        probe.instructions, probe.inputs, probe.outputs = second, seeds, gradients
        plan = Plan(probe, floating=first)
        crossing: dict[int, None] = {}
        for step in plan.steps:
            refs = (
                [*step.live_in, *step.statics]
                if not isinstance(step, Instruction)
                else [*step.inputs, *([step.pull_of] if step.pull_of is not None else [])]
            )
            for ref in refs:
                known = ref in joint.resources and ref not in joint.changing
                if ref not in made_late and ref not in seeds and not known:
                    crossing[ref] = None
        for ref in gradients:
            if ref not in made_late and ref not in seeds:
                crossing[ref] = None
        self.crossing = [r for r in crossing if r not in joint.constants]
        probe.inputs = [*seeds, *self.crossing]
        self.backward = Plan(probe, floating=first)

        front = Program.__new__(Program)
        front.__dict__.update(joint.__dict__)
        front.instructions, front.outputs = first, outputs
        self.forward = Plan(front, extra_outputs=self.crossing)
        self.forward.returns_residuals = True
        self.resources = {position: ref for position, ref in enumerate(joint.inputs) if ref in joint.resources}


class Residuals:
    """What a call under a tape left for its backward pass."""

    __slots__ = ("cells", "of", "values", "wrt")

    def __init__(self, of: tuple[int, ...], wrt: tuple[int, ...], values: list[Any], cells: dict[int, Cell]):
        self.of = of
        self.wrt = wrt
        self.values = values
        self.cells = cells


class CallRecord(Record):
    """The record of an eager call, with its residuals."""

    residuals: Residuals | None


def as_host(tensor: Any) -> np.ndarray:
    """The value of an eager tensor that becomes part of a program."""
    if not isinstance(tensor, EagerTensor):
        raise TypeError(f"a gradient function refers to {tensor!r}, which is neither an argument nor has a value")
    return tensor.host_value()


def as_value(tensor: Any) -> Any:
    """What a plan takes for an eager tensor."""
    if tensor.dtype is dtypes.variant or tensor.dtype is dtypes.snapshot:
        return opaque_value(tensor)
    return tensor._host if tensor.dtype is dtypes.string else tensor.operand()


def as_tensor(value: Any) -> EagerTensor:
    """The eager tensor of what a plan gave."""
    if isinstance(value, EagerTensor):
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value)
        return host_tensor(array, dtypes.variant if holds_variants(array) else None)
    if isinstance(value, Cell):
        return opaque_tensor(value, dtypes.resource)
    if not hasattr(value, "sharding"):
        return opaque_tensor(value, dtypes.snapshot if isinstance(value, Snapshot) else dtypes.variant)
    return EagerTensor(value)


def _may_have_second_order(inputs: Sequence[Any]) -> bool:
    """True if the gradient of a call may be differentiated: two tapes, a persistent one or an accumulator see it."""
    seeing = [tape for tape in context.tapes if any(id(t) in tape.watched for t in inputs)]
    return bool(context.accumulators) or len(seeing) > 1 or any(tape.persistent for tape in seeing)


class ConcreteFunction:
    """A function traced for one signature (see `tfshim.function` for the public class)."""

    def __init__(self, graph: FuncGraph, name: str | None = None):
        self.graph = graph
        self.function_name = name or f"__inference_{graph.name}_{next(_counter)}"
        if name is None:
            by_name[self.function_name] = self
        self.call = Call(graph)
        self._plan: Plan | None = None
        self._resources: dict[int, int] = {}
        self._captured: tuple[list[Any], CapturedCells] | None = None
        # Forms of the function for calls with variables that it captures as well, by the positions of both.
        self._aliased: dict[tuple[tuple[int, int], ...], ConcreteFunction] = {}

    @property
    def plan(self) -> Plan:
        """The compiled form of the function for calls that nobody differentiates."""
        if self._plan is None:
            self._plan = self._make_plan()
        return self._plan

    def _make_plan(self) -> Plan:
        graph = self.graph
        program = Program()
        env: dict[int, int] = {}
        for tensor in graph.inputs:
            ref = program.new_ref(tensor.dtype)
            program.inputs.append(ref)
            known = tensor._op.value
            env[id(tensor)] = ref if known is None else program.constant(known, tensor.dtype)
        program.inline(graph, env, graph.outputs)
        program.outputs = [env[id(t)] for t in graph.outputs]
        program.pair_gradients()
        self._resources = {i: r for i, r in enumerate(program.inputs) if r in program.resources}
        return Plan(program)

    def call_flat(self, arguments: list[Tensor]) -> list[Tensor]:
        """Calls the function on flat tensors (resources as handles); captures are added."""
        try:
            outputs = self._call_flat(arguments)
        except OpError as error:
            in_function(error, self.function_name)
            raise
        except (RuntimeError, MemoryError) as error:
            if is_out_of_memory(error):
                raise as_op_error(error, self.function_name) from None
            raise
        if context.observers and context.graph is None:
            outputs = list(context.observed(self.call.name, tuple(arguments), tuple(outputs)))
        return outputs

    def _call_flat(self, arguments: list[Tensor]) -> list[Tensor]:
        graph = self.graph
        outer = context.graph
        if outer is None and graph._captures:
            same = self._captured_arguments(arguments)
            if same:
                return self._call_aliased(arguments, same)
        if outer is None and not context.tapes and not context.accumulators:
            return self._call_plain(arguments)
        inputs: list[Tensor] = arguments + graph.external_captures if graph._captures else arguments
        if outer is not None:
            admitted = [outer.admit(t) for t in inputs]
            if outer.building_function:
                for variable in graph.variables:
                    outer.note_variable(variable)
                for variable in graph.watched_variables:
                    outer.watch_variable(variable)
            with outer.control_dependencies(graph.control_captures):
                outputs = outer.add_computation(self.call, admitted, {"f": self.function_name}, self.call.name)
            if context.tapes or context.accumulators:
                self._watch()
                record(self.call, tuple(admitted), outputs)
            return list(outputs[: self.call.n_outputs])
        if context.tapes:
            self._watch()
        if context.accumulators or any(id(t) in tape.watched for t in inputs for tape in context.tapes):
            return self.call_all(inputs)
        return self._call_plain(arguments)

    def _captured_arguments(self, arguments: Sequence[Any]) -> tuple[tuple[int, int], ...]:
        """Positions of variables among the arguments that are captured too, with those of the captures."""
        given = [(i, t._cell) for i, t in enumerate(arguments) if t._value is None and t._cell is not None]
        if not given:
            return ()
        captured = {id(t._cell): j for j, t in enumerate(self.graph.external_captures) if t._cell is not None}
        found = [(i, captured[id(cell)]) for i, cell in given if id(cell) in captured]
        return tuple(found)

    def _call_aliased(self, arguments: list[Tensor], same: tuple[tuple[int, int], ...]) -> list[Tensor]:
        """Calls the function with variables that it also captures: as one variable each, which both names mean."""
        captures = self.graph.external_captures
        shared = {i: captures[j] for i, j in same}
        if same not in self._aliased:
            graph = FuncGraph(self.graph.name)
            with graph.as_default():
                inputs: list[Tensor] = []
                for i, t in enumerate(self.graph.inputs[: len(arguments)]):
                    inputs.append(shared[i] if i in shared else graph.placeholder(t.dtype, t.shape, t.op.name))
                    if i not in shared:
                        graph.inputs.append(inputs[-1])
                graph.outputs = list(self.call_flat(inputs))
            self._aliased[same] = ConcreteFunction(graph, self.function_name)
        return self._aliased[same].call_flat([t for i, t in enumerate(arguments) if i not in shared])

    def call_all(self, inputs: list[Any]) -> list[Tensor]:
        """Calls the function eagerly on the tensors of all its inputs, captures included."""
        watched = [i for i, t in enumerate(inputs) if any(id(t) in tape.watched for tape in context.tapes)]
        return self._call_recorded(inputs, watched) if watched else self._call_accumulated(inputs)

    def _watch(self) -> None:
        for variable in self.graph.watched_variables:
            for tape in context.tapes:
                if tape.watch_accessed:
                    tape.watch_variable(variable)

    def _call_plain(self, arguments: Sequence[Any]) -> list[Tensor]:
        plan = self.plan
        values, cells = self._gather(arguments, self._resources)
        if self._captured is None:
            self._captured = self._gather_captures(len(arguments))
        captured, captured_cells = self._captured
        # Without variables among the arguments, the cells are the same at each call.
        outputs, _ = plan.run([*values, *captured], {**cells, **captured_cells} if cells else captured_cells)
        return [as_tensor(o) for o in outputs]

    def _gather_captures(self, first: int) -> tuple[list[Any], CapturedCells]:
        values: list[Any] = []
        cells = CapturedCells()
        for position, (outside, inside) in enumerate(self.graph.captures, first):
            tensor: Any = outside
            known = inside._op.value is not None  # part of the program
            values.append(None if known or tensor._cell is not None else as_value(tensor))
            if tensor._cell is not None:
                cells[self._resources[position]] = tensor._cell
        return values, cells

    @staticmethod
    def _gather(inputs: Sequence[Any], resources: dict[int, int]) -> tuple[list[Any], dict[int, Cell]]:
        values: list[Any] = []
        cells: dict[int, Cell] = {}
        for i, tensor in enumerate(inputs):
            value = tensor._value
            if value is None:
                if tensor._cell is not None:
                    cells[resources[i]] = tensor._cell
                else:
                    value = as_value(tensor)
            values.append(value)
        return values, cells

    def _call_recorded(self, inputs: list[Any], watched: list[int]) -> list[Tensor]:
        call = self.call
        wrt = tuple(i for i in watched if is_trainable(inputs[i].dtype))
        of = tuple(i for i, t in enumerate(call.outputs) if is_trainable(t.dtype))
        residuals = None
        if call.mask is not None:
            of = call.mask[0]
        if of and wrt and (call.mask is not None or len(of) == 1) and max(of) < call.n_outputs:
            halves = call.gradient(of, wrt).halves
            values, cells = self._gather(inputs, halves.resources)
            cells.update(halves.captured_cells)
            cells.update(self._generators(halves.forward.program, inputs))
            outputs, crossing = halves.forward.run(values, cells)
            residuals = Residuals(of, wrt, crossing, cells)
        else:
            outputs = self._stateful_plan(inputs)
        tensors = tuple([as_tensor(o) for o in outputs])
        made = CallRecord(call, tuple(inputs), tensors)
        made.residuals = residuals
        for tape in context.tapes:
            if any(id(t) in tape.watched for t in inputs):
                tape.append_record(made)
        for accumulator in reversed(context.accumulators):
            accumulator.push_forward(call, made.inputs, tensors)
        return list(tensors[: call.n_outputs])

    def _stateful_plan(self, inputs: Sequence[Any]) -> list[Any]:
        """Outputs and state of one call, without residuals."""
        if not hasattr(self, "_full"):
            graph = self.graph
            own = self.call.sequences
            program = linearise(graph, graph.inputs, self.call.all_outputs(), Program(sequences=own and own[0]))
            program.pair_gradients()
            self._full = Plan(program)
            self._full.returns_residuals = True
            self._full_resources = {i: r for i, r in enumerate(program.inputs) if r in program.resources}
        values, cells = self._gather(inputs, self._full_resources)
        cells.update(self._generators(self._full.program, inputs))
        outputs, _ = self._full.run(values, cells)
        return outputs

    def _generators(self, program: Program, inputs: Sequence[Any]) -> dict[int, Cell]:
        """The generator states of a call that is recorded, where they are not those of the program."""
        own = self.call.sequences
        if not program.rng_cells or own is None or not _may_have_second_order(inputs):
            return {}
        return {ref: own[1].cell(place) for ref, place in program.places.items()}

    def _call_accumulated(self, inputs: list[Any]) -> list[Tensor]:
        outputs = tuple(as_tensor(o) for o in self._stateful_plan(inputs))
        record(self.call, tuple(inputs), outputs)
        return list(outputs[: self.call.n_outputs])
