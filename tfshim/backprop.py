"""Reverse-mode differentiation over a sequence of records: the algorithm, and the rules that are TensorFlow's own.

A record says that a computation ran on inputs and gave outputs; tapes keep a list of them, and a graph's nodes are
another. Each record's gradient is run through `execute`, so that outer tapes and graphs see it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from tfshim import definitions, dtypes, indexed_slices
from tfshim.context import context
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.dtypes import DType
from tfshim.errors import OpError
from tfshim.execute import execute
from tfshim.graph import FuncGraph, Graph, Operation, shape_behind
from tfshim.graph_scopes import GRADIENT
from tfshim.indexed_slices import IndexedSlices
from tfshim.ops import op, op_table
from tfshim.ops.computation import OPAQUE, Computation, OpComputation, Vjp
from tfshim.shapes import TensorShape, from_dims
from tfshim.tensor import EagerTensor, SymbolicTensor, Tensor


class Record(NamedTuple):
    """A computation ran: what a tape remembers, and what a graph node is."""

    computation: Any
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


_TRAINABLE = frozenset(["float16", "float32", "float64", "bfloat16", "complex64", "complex128", "resource", "variant"])


def is_trainable(dtype: DType) -> bool:
    """True for dtypes through which gradients flow."""
    return dtype.name in _TRAINABLE


def carries_gradient(tensor: Tensor) -> bool:
    """True if `tensor` has a dtype through which gradients flow."""
    if type(tensor) is EagerTensor and tensor._value is not None:
        return tensor._value.dtype.kind in "fcV"
    return is_trainable(tensor.dtype)


# Rules ---------------------------------------------------------------------------------------------------

# (record, cotangents with None where absent, positions wanted) -> one gradient or None per input.
Rule = Callable[[Record, Sequence[Any], Sequence[int]], Sequence[Any]]
_rules: dict[str, Rule] = {}
# For calls in eager mode that take or give many tensors (`OpComputation.crowded`).
_crowded_rules: dict[str, Rule] = {}
# By name, what `tf.Graph.gradient_override_map` may put in place of an op's own rule.
named_rules: dict[str, Rule] = {}


def gradient_rule(*names: str, crowded: bool = False) -> Callable[[Rule], Rule]:
    """Registers how the ops `names` are differentiated where that is more than the vjp of their kernel.

    `crowded`: only in eager mode, of calls with so many tensors that the vjp would take seconds to compile.
    """

    def register(rule: Rule) -> Rule:
        definitions.note("op", *names)
        for name in names:
            (_crowded_rules if crowded else _rules)[name] = rule
        return rule

    return register


def has_rule(name: str) -> bool:
    """True if there is a rule for the op `name`."""
    return name in _rules


def overriding_rule(node: Operation) -> Rule | None:
    """The rule that the graph's `gradient_override_map` asked for where a node was made, or None."""
    name = node.attrs.get(GRADIENT)
    if name is None:
        return None
    if name not in named_rules:
        raise LookupError(f"No gradient defined for operation {node.name!r}: nothing is registered as {name!r}")
    return named_rules[name]


# Their derivative is the variable's own.
WHOLE_READS = ("ReadVariableOp", "VariableOffset")


@gradient_rule(*WHOLE_READS)
def _read_variable(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    return [cotangents[0]]


@gradient_rule("ResourceGather")
def _resource_gather(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    handle, indices = record.inputs
    known = shape_behind(handle)
    if known.is_fully_defined():
        shape = convert_to_tensor(np.array(known.as_list(), np.int32))
    else:
        shape = op("VariableShape")(handle)
    return [_slices(cotangents[0], indices, shape), None]


@gradient_rule("PreventGradient")
def _prevented(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    reason = record.computation.attr("message")
    raise LookupError(f"Gradient explicitly disabled by tf.raw_ops.PreventGradient. Reason: {reason}")


@gradient_rule("GatherV2")
def _gather(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    params, indices, axis = record.inputs
    if record.computation.attr("batch_dims") or constant_value(axis) is None or int(constant_value(axis)) != 0:
        return default_rule(record, cotangents, wanted)
    return [_slices(cotangents[0], indices, op("Shape")(params)), None, None]


@gradient_rule("GatherNd")
def _gather_nd(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    params, indices = record.inputs
    if indices.shape.rank != 2 or indices.shape[-1] != 1:
        return default_rule(record, cotangents, wanted)
    # A gather of rows under another name.
    rows = op("Squeeze")(indices, squeeze_dims=[-1])
    dense_shape = op("Shape")(params, out_type=dtypes.int64)
    return [IndexedSlices(indexed_slices.dense(cotangents[0]), rows, dense_shape), None]


def _slices(cotangent: Any, indices: Tensor, dense_shape: Tensor) -> IndexedSlices:
    """The gradient of a gather of rows: the cotangent's rows at the gathered positions."""
    cotangent = indexed_slices.dense(cotangent)
    flat = op("Reshape")(indices, [-1])
    rest = op("StridedSlice")(dense_shape, [1], [0], [1], end_mask=1)
    values = op("Reshape")(cotangent, op("ConcatV2")([op("Size")(flat, out_type=rest.dtype)[None], rest], 0))
    return IndexedSlices(values, flat, dense_shape)


@gradient_rule("Identity")
def _identity(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    return [cotangents[0]]


@gradient_rule("AddV2", "Add")
def _passed_on(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    """Where nothing was broadcast, the cotangent is the gradient: there is nothing to compute."""
    _, inputs, (output,) = record
    dims = output.shape._dims
    if dims is None or None in dims or any(inputs[i].shape._dims != dims for i in wanted):
        return default_rule(record, cotangents, wanted)
    gradient = indexed_slices.dense(cotangents[0])
    return [gradient if i in wanted else None for i in range(len(inputs))]


def default_rule(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    """The gradients of a record by the vjp of what it computes."""
    computation, inputs, _ = record
    plan = gradient_plan(record, cotangents, wanted)
    if type(computation) is OpComputation:
        gradients: list[Any] = [None] * len(inputs)
    else:
        gradients = _zeros(record, cotangents, wanted, () if plan is None else plan[0])
    if plan is None:
        return gradients
    wrt, of, vjp = plan
    operands = list(inputs)
    if type(computation) is not OpComputation:
        operands += _taken_by(vjp, record)
    for i in of:
        cotangent = cotangents[i]
        operands.append(cotangent if type(cotangent) is EagerTensor else indexed_slices.dense(cotangent))
    for i, result in zip(wrt, _run(vjp, record, operands), strict=True):
        gradients[i] = result
    return gradients


def pure(record: Record, wrt: tuple[int, ...]) -> tuple[Any, tuple[int, ...], tuple[int, ...]]:
    """What to differentiate for derivatives with respect to the inputs `wrt`: a computation without effects, those of
    `wrt` for which it has derivatives, and their positions among its inputs."""
    own = getattr(record.computation, "pure", None)
    if own is not None:
        return own(record, wrt)
    wrt = tuple(i for i in wrt if record.inputs[i].dtype is not dtypes.resource)
    return record.computation, wrt, wrt


def taken(computation: Any, record: Record) -> Sequence[Tensor]:
    """What a computation that `pure` gave takes besides the inputs: what the record's one left when it ran."""
    own = getattr(computation, "taken", None)
    return () if own is None else own(record)


def _taken_by(derivative: Computation, record: Record) -> Sequence[Tensor]:
    return taken(derivative.forward, record) if isinstance(derivative, Vjp) else ()


def _zeros(record: Record, cotangents: Sequence[Any], wanted: Sequence[int], found: Sequence[int]) -> list[Any]:
    """For each input, the zeros that TensorFlow gives it although no gradient flows to it (it is not in `found`)."""
    gradients: list[Any] = [None] * len(record.inputs)
    own = getattr(record.computation, "zeros", None)
    if own is not None:
        of = tuple([i for i, c in enumerate(cotangents) if c is not None])
        for i, zeros in own(record, of, [i for i in wanted if i not in found]):
            gradients[i] = zeros
    return gradients


# For one record: the inputs that get a gradient, the outputs that have a cotangent, and the computation between them.
GradientPlan = tuple[tuple[int, ...], tuple[int, ...], Computation]


def gradient_plan(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> GradientPlan | None:
    """What is computed for these cotangents and inputs; None if no gradient flows."""
    computation, inputs, _ = record
    of = tuple([i for i, c in enumerate(cotangents) if c is not None])
    if not isinstance(computation, OpComputation):
        own = getattr(computation, "plan_gradient", None)
        if own is not None:
            return own(record, of, wanted)
        if isinstance(computation, Vjp) and _is_linear(computation.forward):
            wanted = [i for i in wanted if i >= computation.n_inputs]
        wrt = tuple(
            i for i in wanted if i not in computation.static_positions and inputs[i].dtype is not dtypes.resource
        )
        wrt = _effective(computation, inputs, wrt, of)
        return (wrt, of, computation.vjp(len(inputs), wrt, of)) if wrt else None
    key = (len(inputs), of, *wanted)
    plans = computation.gradient_plans
    if key not in plans:
        plans[key] = _op_plan(computation, len(inputs), of, wanted)
    return plans[key]


def _op_plan(computation: OpComputation, n: int, of: tuple[int, ...], wanted: Sequence[int]) -> GradientPlan | None:
    definition = computation.definition
    if definition.grad == "none" or computation.kernel.writes or computation.kernel.rng:
        return None
    if definition.grad is None:
        raise LookupError(f"gradient registry has no entry for: {definition.name}")
    skipped = _flat_no_gradient(computation)
    wrt = tuple(i for i in wanted if i not in skipped and i not in computation.static_positions)
    return (wrt, of, computation.vjp(n, wrt, of)) if wrt else None


def _is_linear(computation: Computation) -> bool:
    """True if the gradient of `computation` depends on the cotangents alone."""
    while isinstance(computation, Vjp):
        computation = computation.forward
    return isinstance(computation, OpComputation) and computation.kernel.linear


# Their second derivatives are zeros in TensorFlow, not None, although only a comparison depends on the input.
_KEEP_ZEROS = frozenset(["Relu", "Relu6", "LeakyRelu", "MaxPool", "MaxPoolV2", "MaxPool3D"])


def _innermost(computation: Any) -> str:
    while not isinstance(computation, OpComputation) and hasattr(computation, "forward"):
        computation = computation.forward
    return computation.name


def _effective(
    computation: Computation, inputs: Sequence[Tensor], wrt: tuple[int, ...], of: tuple[int, ...]
) -> tuple[int, ...]:
    """Those inputs in `wrt` on which the outputs in `of` depend: a constant derivative has no gradient."""
    statics = []
    for i in computation.static_positions:
        value = constant_value(inputs[i])
        if value is None:
            return wrt
        statics.append(value)
    operands = [inputs[i] for i in computation.operand_positions(len(inputs))]
    if any(t.shape.rank is None or t.dtype in OPAQUE for t in operands):
        return wrt
    for shapes in _possible_shapes([t.shape._dims for t in operands]):
        abstract = [
            jax.ShapeDtypeStruct(shape, t.dtype.as_numpy_dtype) for shape, t in zip(shapes, operands, strict=True)
        ]
        try:
            abstract = _with_cotangents(computation, statics, abstract)
            dependencies = computation.dependencies(
                statics, len(inputs), abstract, _innermost(computation) in _KEEP_ZEROS
            )
        except (TypeError, ValueError, OpError):
            continue
        reached = set().union(*(dependencies[o] for o in of))
        return tuple(i for i in wrt if i in reached)
    return wrt


def _with_cotangents(
    computation: Computation, statics: Sequence[np.ndarray], abstract: list[jax.ShapeDtypeStruct]
) -> list[jax.ShapeDtypeStruct]:
    """Operands of a gradient op with cotangents of the shapes that the outputs have: these fit the operands."""
    if not isinstance(computation, Vjp):
        return abstract
    forward = computation.forward
    operands = abstract[: len(forward.operand_positions(computation.n_inputs))]
    program = forward.build(statics, jax.default_backend())
    outputs = jax.eval_shape(program, *_with_cotangents(forward, statics, operands))
    return [*operands, *[outputs[i] for i in computation.of]]


def _possible_shapes(known: Sequence[Any]) -> Iterator[list[tuple[int, ...]]]:
    """Shapes that operands of partly known shapes may have, the likeliest first.

    Dependence hardly varies with sizes, so unknown ones are tried with a size that fits others, then with one that
    broadcasts, then with each that is known, then with those of another operand of the same rank. JAX leaves work on
    empty arrays out, so they are taken to have an element.
    """
    for size in dict.fromkeys((240, 1, *(d for dims in known for d in dims if d))):
        yield [tuple([size if d is None else d or 1 for d in dims]) for dims in known]
    if any(None in dims for dims in known):
        like = {len(dims): dims for dims in known if None not in dims}
        yield [
            tuple([240 if d is None else d or 1 for d in (like.get(len(dims), dims) if None in dims else dims)])
            for dims in known
        ]


def _run(vjp: Computation, record: Record, inputs: list[Any]) -> Sequence[Tensor]:
    graph = context.graph
    if context.bare:
        # Eager, and nobody records: straight to the compiled program.
        static = vjp.static_positions
        try:
            if static:
                program = vjp.program_with([inputs[i] for i in static])
                operands = [t for i, t in enumerate(inputs) if i not in static]
            else:
                program, operands = vjp.program_for_default, inputs
            result = program(*[t._value if t._value is not None else t.operand() for t in operands])
        except Exception:
            result = None  # the call below raises it again
        if result is not None and type(result) is not list:
            return [EagerTensor(r) for r in result] if type(result) is tuple else (EagerTensor(result),)
    if graph is None:
        return execute(vjp, inputs)
    source, name = record.outputs[0], f"gradients/{record.computation.name}_grad"
    if isinstance(source, SymbolicTensor) and graph._name_stack:
        name = _name_of_gradient(graph._name_stack, source.op.name, record.computation)
    results = execute(vjp, inputs, None, name)
    node = results[0]
    if isinstance(source, SymbolicTensor) and isinstance(node, SymbolicTensor) and source.graph is node.graph:
        # Lowering runs both together and hands the residuals over.
        node.op.forward = source.op
    return results


# The scope of what a tape adds to a graph.
TAPE_SCOPE = "gradient_tape"


def _name_of_gradient(scope: str, node_name: str, computation: Any) -> str:
    """The name of what differentiates a node, as TensorFlow gives it: after the node, below the scope of gradients."""
    if scope != TAPE_SCOPE:  # that of `tf.gradients`
        return f"{node_name}_grad/{computation.name}"
    kind, (around, _, _) = _innermost(computation), node_name.rpartition("/")
    if op_table.is_known(f"{kind}Grad"):
        kind = f"{kind}Grad"
    elif not isinstance(computation, Vjp):
        around = node_name
    return f"{around}/{kind}" if around else kind


def _flat_no_gradient(computation: OpComputation) -> frozenset[int]:
    kernel = computation.kernel
    if not kernel.no_gradient or computation.lens is None:
        return kernel.no_gradient
    flat, position = set(), 0
    for i, n in enumerate(computation.lens):
        count = 1 if n is None else n
        if i in kernel.no_gradient:
            flat.update(range(position, position + count))
        position += count
    return frozenset(flat)


def input_gradients(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    """Gradients of one record's inputs (None where there is none), at least for the positions `wanted`."""
    source = record.outputs[0]
    if isinstance(source, SymbolicTensor):
        override = overriding_rule(source.op)
        if override is not None:
            return override(record, cotangents, wanted)
    return own_gradients(record, cotangents, wanted)


def own_gradients(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    """Like `input_gradients`, whatever `gradient_override_map` asked for: tapes do not ask."""
    computation = record.computation
    if type(computation) is not OpComputation:
        backward = getattr(computation, "backward", None)
        if backward is not None:
            return backward(record, cotangents, wanted)
    elif computation.crowded and computation.name in _crowded_rules and context.graph is None:
        return _crowded_rules[computation.name](record, cotangents, wanted)
    return _rules.get(computation.name, default_rule)(record, cotangents, wanted)


# The algorithm -------------------------------------------------------------------------------------------


def backpropagate(
    records: Sequence[Record],
    targets: Sequence[Tensor],
    seeds: Sequence[Any],
    sources: Sequence[Tensor],
    step: Callable[[Record, Sequence[Any], Sequence[int]], Sequence[Any]] = input_gradients,
    add_up: Callable[[list[Any]], Any] = indexed_slices.add_up,
    stop: frozenset[int] = frozenset(),
    watched: set[int] | None = None,
) -> list[Any]:
    """Gradients of the targets' sum, weighted by `seeds`, with respect to `sources`; None where unconnected.

    Args:
      records: in the order in which they ran.
      targets: tensors that records gave.
      seeds: one cotangent for each target; None for one that has no gradient.
      sources: tensors that records took.
      step: how one record is differentiated.
      add_up: how cotangents of one tensor are summed.
      stop: ids of tensors that are treated as constants.
      watched: ids of the tensors through which gradients may flow, if the caller knows them (a tape does).
    """
    source_ids = {id(s) for s in sources if carries_gradient(s)}
    # Only what lies between sources and targets is differentiated.
    reached = set(source_ids)
    relevant: list[tuple[Record, list[int]]] = []
    for record in records:
        wanted = [i for i, t in enumerate(record.inputs) if id(t) in reached]
        if wanted:
            for output in record.outputs:
                key = id(output)
                if key in watched if watched is not None else key not in stop and carries_gradient(output):
                    reached.add(key)
            relevant.append((record, wanted))
    cotangents: dict[int, list[Any]] = {}
    seedless: set[int] = set()
    for target, seed in zip(targets, seeds, strict=True):
        if seed is None:
            seedless.add(id(target))
        elif id(target) in reached:
            cotangents.setdefault(id(target), []).append(seed)
    for record, wanted in reversed(relevant):
        arrived: list[Any] = []
        present = False
        for output in record.outputs:
            key = id(output)
            parts = None
            if key not in stop:
                parts = cotangents.get(key) if key in source_ids else cotangents.pop(key, None)
            if parts is None:
                arrived.append(None)
                continue
            if len(parts) > 1:
                parts[:] = [add_up(parts)]
            arrived.append(parts[0])
            present = True
        if seedless and getattr(record.computation, "absent_are_zeros", False):
            present = present or any(id(o) in seedless for o in record.outputs)
        if present:
            gradients = step(record, arrived, wanted)
            for i in wanted:
                gradient = gradients[i]
                if gradient is not None:
                    cotangents.setdefault(id(record.inputs[i]), []).append(gradient)
    result = []
    for source in sources:
        parts = cotangents.get(id(source))
        result.append(add_up(parts) if parts else None)
    return result


def node_records(graph: Graph) -> list[Record]:
    """The nodes of a graph as records, in program order."""
    return [Record(n.computation, n.inputs, n._outputs) for n in graph._nodes if n._outputs]


def records_around(graph: Graph) -> tuple[list[Record], Callable[[Tensor], Tensor]]:
    """The nodes of a graph, and of those around it from which it captures, as records in program order.

    Also gives the function from a tensor to what these records know it as: a captured one is what it is outside.
    """
    outside: dict[int, Tensor] = {}
    graphs = [graph]
    # Where what is captured comes from: functions in between need not have captured it themselves.
    origins: set[int] = set()
    while isinstance(graph, FuncGraph):
        origins.update(id(t.graph) for t in graph._outside.values() if isinstance(t, SymbolicTensor))
        if graph.outer_graph is None or origins.issubset(map(id, graphs)):
            break
        outside.update(graph._outside)
        graph = graph.outer_graph
        graphs.append(graph)
    if not outside:
        return node_records(graph), lambda tensor: tensor

    def known(tensor: Tensor) -> Tensor:
        while id(tensor) in outside:
            tensor = outside[id(tensor)]
        return tensor

    records: list[Record] = []
    for one in reversed(graphs):
        records += [r._replace(inputs=tuple(map(known, r.inputs))) for r in node_records(one)]
    return records, known


def ones_like(tensor: Tensor, name: str | None = None) -> Tensor:
    """The seed of a target without an explicit cotangent; `name` is that of its node in a graph."""
    if type(tensor) is EagerTensor:
        key = (tensor.dtype, tensor._dims())
        found = _ones.get(key)
        if found is None:
            array = np.ones(key[1], tensor.dtype.as_numpy_dtype)
            found = EagerTensor(jax.device_put(array))
            if array.size <= 4096 and len(_ones) < 256:
                _ones[key] = found
        return found
    return op("OnesLike")(tensor, name=name)


# Eager ones of recent shapes: nobody can write to a tensor, so they may be shared.
_ones: dict[Any, EagerTensor] = {}


# Batched cotangents: the rows of a Jacobian at once --------------------------------------------------------


class Vmapped(Computation):
    """A computation mapped over a leading axis of some of its operands."""

    __slots__ = ("batched", "inner")

    def __init__(self, inner: Computation, batched: tuple[bool, ...]):
        super().__init__(f"{inner.name}Vmap", inner.static_positions)
        self.inner = inner
        self.batched = batched  # one flag per flat input

    @property
    def keeps_known(self) -> bool:  # type: ignore[override]
        """As it is for what is mapped."""
        return self.inner.keeps_known

    def build(self, statics: Sequence[np.ndarray], platform: str) -> Callable[..., tuple]:
        run = self.inner.build(statics, platform)
        axes = tuple(0 if b else None for i, b in enumerate(self.batched) if i not in self.static_positions)
        return jax.vmap(run, in_axes=axes)

    def output_dtypes(self, inputs: Sequence[Tensor]) -> tuple[DType, ...]:
        """Dtypes of the outputs, for a node in a graph."""
        inner: Any = self.inner
        return tuple(inputs[i].dtype for i in inner.wrt)

    def output_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        """Static shapes of a mapped gradient's outputs: the batch, then the shapes of the inputs."""
        inner: Any = self.inner
        size = next((t.shape[0] for t, b in zip(inputs, self.batched, strict=True) if b and t.shape.rank), None)
        return [from_dims((size,)).concatenate(inputs[i].shape) for i in inner.wrt]


_vmapped: dict[Any, Vmapped] = {}


def vmapped(inner: Computation, batched: tuple[bool, ...]) -> Vmapped:
    """The one mapped computation for these arguments."""
    key = (inner, batched)
    found = _vmapped.get(key)
    if found is None:
        found = _vmapped.setdefault(key, Vmapped(inner, batched))
    return found


class NotBatchable(Exception):
    """A record's gradient cannot be mapped over a batch of cotangents."""


def batched_step(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    """Like `input_gradients`, for cotangents with a leading batch axis; gathers give dense gradients."""
    computation, inputs, outputs = record
    if computation.name in WHOLE_READS:
        return [cotangents[0]]
    if hasattr(computation, "backward") or not isinstance(computation, Computation):
        raise NotBatchable(computation.name)
    if isinstance(outputs[0], SymbolicTensor) and overriding_rule(outputs[0].op) is not None:
        raise NotBatchable(computation.name)
    if isinstance(computation, OpComputation):
        # Where a rule is all there is: the kernel runs on the host, or TensorFlow differentiates a composition.
        only_rule = computation.name in _rules and (computation.kernel.host or computation.definition.grad is None)
        if computation.resource_positions or only_rule:
            raise NotBatchable(computation.name)
    plan = gradient_plan(record, cotangents, wanted)
    gradients = _zeros(record, cotangents, wanted, () if plan is None else plan[0])
    for i, zeros in enumerate(gradients):
        if zeros is not None:
            length = op("StridedSlice")(op("Shape")(next(c for c in cotangents if c is not None)), [0], [1], [1])
            gradients[i] = op("BroadcastTo")(zeros, op("ConcatV2")([length, op("Shape")(zeros)], 0))
    if plan is not None:
        wrt, of, inner = plan
        operands = [*inputs, *_taken_by(inner, record)]
        mapped = vmapped(inner, (False,) * len(operands) + (True,) * len(of))
        results = execute(mapped, [*operands, *(cotangents[i] for i in of)])
        for i, result in zip(wrt, results, strict=True):
            gradients[i] = result
    return gradients
