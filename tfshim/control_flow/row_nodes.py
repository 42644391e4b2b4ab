"""`tf.vectorized_map` node by node, for functions that draw random numbers, have effects or need the host.

As in TensorFlow, a node whose inputs are the same for all rows runs once; random ops draw for all rows at once; what is
printed is printed of all rows together; and only an op that knows nothing of rows runs for one after the other. The
nodes between these run vectorised.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.context import context
from tfshim.control_flow import row_draws
from tfshim.control_flow.functional import map_fn
from tfshim.control_flow.graphs import ControlFlowGraph
from tfshim.control_flow.row_draws import Value
from tfshim.execute import execute
from tfshim.graph import FuncGraph
from tfshim.lifting import copy_node
from tfshim.operation import CONST, NO_OP, PLACEHOLDER, Operation
from tfshim.ops import op
from tfshim.seeds import node_state
from tfshim.tensor import SymbolicTensor, Tensor
from tfshim.type_spec import TensorSpec

# Ops that take the rows of their inputs all together; what the last ones give is one value for all rows.
_WHOLE = frozenset(
    ["CheckNumerics", "DecodeCSV", "OptionalFromValue", "OptionalGetValue", "OptionalHasValue", "Print", "PrintV2"]
)
_SUMMARIES = frozenset(["StringFormat", "OptionalHasValue"])
_OF_SHAPES = frozenset(["Shape", "Size", "Rank"])
_READS = frozenset(["ReadVariableOp", "VariableShape", "VarHandleOp", "VarIsInitializedOp"])


class NotVectorizable(Exception):
    """Nothing less than running the whole function for one row after the other will do."""


def graphs_inside(node: Operation) -> Sequence[FuncGraph]:
    """The graphs that a node runs."""
    computation = node.computation
    inner = getattr(computation, "graph", None)
    return (inner,) if isinstance(inner, FuncGraph) else getattr(computation, "graphs", ())


def is_plain(node: Operation) -> bool:
    """Whether a node can be part of what runs vectorised."""
    inner = graphs_inside(node)
    if inner:
        return all(is_plain(n) for g in inner for n in g._nodes)
    if node.computation in (CONST, PLACEHOLDER, NO_OP):
        return True
    return not (node.stateful or node.computation.host or node.rng_cell is not None)


def has_effects(node: Operation) -> bool:
    """Whether a node runs in a function even if nobody uses what it gives."""
    inner = graphs_inside(node)
    if inner:
        return any(has_effects(n) for g in inner for n in g._nodes)
    return node.stateful and node.rng_cell is None and node.type not in _READS


def run_effects(graph: FuncGraph, given: Sequence[Value]) -> None:
    """Runs the nodes with effects for the first row, and what they need; this is what TensorFlow does."""
    wanted = needed(n for n in graph._nodes if has_effects(n))
    target = context.graph
    if not wanted or target is None:
        return
    env: dict[int, Any] = {}
    for inside, (outside, stacked) in zip(graph.inputs, given, strict=True):
        value = op("StridedSlice")(outside, [0], [1], [1], shrink_axis_mask=1) if stacked else outside
        env[id(inside)] = target.admit(value)
    copies: dict[Operation, Operation] = {}
    for node in graph._nodes:
        if node in wanted and node.computation is not PLACEHOLDER:
            copy = copies[node] = copy_node(target, node, [env[id(t)] for t in node.inputs], copies)
            if node.rng_cell is not None:
                copy.rng_cell = node_state(node.attrs)
            env.update(zip(map(id, node._outputs), copy._outputs, strict=True))


def needed(roots: Iterable[Operation]) -> set[Operation]:
    """Some nodes, and those that they depend on."""
    found: set[Operation] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node not in found:
            found.add(node)
            stack.extend(t.op for t in node.inputs)
            stack.extend(node._control_inputs)
    return found


class Rows:
    """What a graph gives for all rows at once.

    Args:
      graph: traced for one row.
      given: the values of its inputs.
      length: the number of rows.
      loops: whether ops that know nothing of rows may run for one after the other.
      warn: whether to log that they do.
    """

    def __init__(self, graph: FuncGraph, given: Sequence[Value], length: Any, loops: bool, warn: bool):
        self.graph = graph
        self.length = length
        self.loops = loops
        self.warn = warn
        self._env: dict[int, Value] = {id(t): v for t, v in zip(graph.inputs, given, strict=True)}
        self._pending: list[Operation] = []
        self._waiting: set[int] = set()  # the outputs of pending nodes
        self._wanted: set[int] = set()
        self._roots: list[Operation] = []  # what runs although nobody needs it
        self._needed: set[Operation] = set()

    def inside(self, graph: FuncGraph, given: Sequence[Value], length: Any = None) -> Rows:
        """The same of a graph that a node runs, for `length` rows (None: for all)."""
        rows = Rows(graph, given, self.length if length is None else length, self.loops, self.warn)
        rows._roots = [n for n in graph._nodes if has_effects(n)]
        return rows

    def values(self, tensors: Sequence[SymbolicTensor]) -> list[Value]:
        """The values of tensors of the graph.

        Raises:
          ValueError: an op has no values for all rows at once.
          NotVectorizable: something else stands in the way.
        """
        self._wanted = set(map(id, tensors))
        self._needed = needed([*(t.op for t in tensors), *self._roots])
        for node in self.graph._nodes:
            if node in self._needed and node.computation not in (PLACEHOLDER, NO_OP):
                self._add(node)
        return [self.value(t) for t in tensors]

    def stacked(self, tensors: Sequence[SymbolicTensor]) -> list[Tensor]:
        """`values`, those that are the same for all rows repeated."""
        return [self.repeated(v) for v in self.values(tensors)]

    def value(self, tensor: SymbolicTensor) -> Value:
        """The value of a tensor whose node was added."""
        if id(tensor) in self._waiting:
            self._flush()
        return self._env[id(tensor)]

    def repeated(self, value: Value) -> Tensor:
        """A value as one for each row."""
        tensor, stacked = value
        if stacked:
            return tensor
        if tensor.dtype is dtypes.resource:
            raise NotVectorizable("a resource for each row")
        rows = op("ExpandDims")(tensor, 0)
        multiples = op("ConcatV2")(
            [op("Reshape")(self.length, [1]), op("Fill")(op("Shape")(op("Shape")(tensor)), 1)], 0
        )
        return op("Tile")(rows, multiples)

    def used(self, node: Operation) -> list[SymbolicTensor]:
        """The outputs of a node that something needs."""
        users = {id(t) for n in self._needed for t in n.inputs} | self._wanted
        return [t for t in node._outputs if id(t) in users]

    def _add(self, node: Operation) -> None:
        varies = any(id(t) in self._waiting or self._env[id(t)][1] for t in node.inputs)
        if node.type in _OF_SHAPES and varies:
            self._give(node, [(self._of_shape(node), False)])
        elif is_plain(node) and varies:
            self._pending.append(node)
            self._waiting.update(map(id, node._outputs))
        elif node.computation is CONST:
            assert context.graph is not None and node.value is not None
            self._give(node, [(context.graph.constant(node.value, node._outputs[0].dtype, node.name), False)])
        elif graphs_inside(node) and not is_plain(node):
            from tfshim.control_flow.row_graphs import convert

            convert(self, node)
        else:
            self._give(node, self._special(node, [self.value(t) for t in node.inputs]))

    def _give(self, node: Operation, values: Sequence[Value]) -> None:
        self._env.update(zip(map(id, node._outputs), values, strict=True))

    def give(self, tensor: SymbolicTensor, value: Value) -> None:
        """Says what the value of an output of a node is."""
        self._env[id(tensor)] = value

    def _of_shape(self, node: Operation) -> Tensor:
        tensor, _ = self.value(node.inputs[0])
        dtype = node._outputs[0].dtype
        if node.type == "Rank":
            return op("Sub")(op("Rank")(tensor), 1)
        shape = op("StridedSlice")(op("Shape")(tensor, out_type=dtype), [1], [0], [1], end_mask=1)
        return shape if node.type == "Shape" else op("Prod")(shape, [0])

    def _special(self, node: Operation, values: list[Value]) -> list[Value]:
        varies = any(stacked for _, stacked in values)
        if row_draws.draws(node) and not (self.loops and row_draws.needs_loop(node, values)):
            return [(row_draws.draw(node, values, self.length), True)]
        if node.type == "ReadVariableOp" and values[0][0].dtype is not dtypes.resource:
            return values  # of a call that takes the value
        made_once = not node.stateful or node.type in _READS or any(t.dtype is dtypes.resource for t in node._outputs)
        if not varies and made_once and node.rng_cell is None:
            return [(t, False) for t in self._run(node, [t for t, _ in values])]
        if node.type == "Assert":
            held = op("All")(values[0][0], axis_of_all(values[0][0]))
            self._run(node, [held, *(t for t, _ in values[1:])])
            return []
        if node.type in _WHOLE or node.type in _SUMMARIES:
            results = self._run(node, [t for t, _ in values])
            stacked = values[0][1] if node.type == "Print" else varies  # it returns its first input
            return [(t, stacked and node.type not in _SUMMARIES) for t in results]
        return self.one_by_one(node, values)

    def _run(self, node: Operation, inputs: Sequence[Tensor]) -> Sequence[Tensor]:
        attrs = {name: value for name, value in node.attrs.items() if not name.startswith("_")}
        return execute(node.computation, inputs, attrs, node.name)

    def one_by_one(self, node: Operation, values: Sequence[Value]) -> list[Value]:
        """What a node gives for one row after the other.

        Raises:
          ValueError: loops are not wanted, or the node gives nothing that could be stacked.
        """
        outputs = [t for t in node._outputs if t.dtype is not dtypes.snapshot]
        if not self.loops or not outputs:
            raise ValueError(f"No pfor vectorization defined for {node.type}: {node.name!r} cannot run for all rows")
        if self.warn:
            logging.getLogger("tensorflow").warning(
                "Using a while_loop for converting %s: the op cannot run for all rows at once", node.type
            )

        def row(elements: Sequence[Tensor]) -> list[Tensor]:
            remaining = iter(elements[1:])
            results = self._run(node, [next(remaining) if stacked else t for t, stacked in values])
            return list(results[: len(outputs)])

        elements = [op("Range")(0, self.length, 1), *(t for t, stacked in values if stacked)]
        specs = [TensorSpec(t.shape, t.dtype) for t in outputs]
        results = map_fn(row, elements, fn_output_signature=specs)
        return [(t, True) for t in results] + [(results[0], True)] * (len(node._outputs) - len(outputs))

    def _flush(self) -> None:
        """Runs the nodes that wait, vectorised."""
        from tfshim.control_flow.vectorized_map import Mapped

        nodes, self._pending, self._waiting = self._pending, [], set()
        own = set(nodes)
        users = {id(t) for n in self._needed if n not in own for t in n.inputs} | self._wanted
        outputs = [t for n in nodes for t in n._outputs if id(t) in users]
        made = {id(t) for n in nodes for t in n._outputs}
        taken = {id(t): self._env[id(t)] for n in nodes for t in n.inputs if id(t) not in made}
        graph = ControlFlowGraph("loop_body")
        env: dict[int, SymbolicTensor] = {}
        stacked = []
        with graph.as_default():
            for key, (tensor, varies) in taken.items():
                if varies:
                    env[key] = graph.placeholder(tensor.dtype, tensor.shape[1:], "row")
                    graph.inputs.append(env[key])
                    stacked.append(tensor)
            for key, (tensor, varies) in taken.items():
                if not varies:
                    env[key] = graph.capture(tensor)
        copies: dict[Operation, Operation] = {}
        for node in nodes:
            copy = copies[node] = copy_node(graph, node, [env[id(t)] for t in node.inputs], copies)
            env.update(zip(map(id, node._outputs), copy._outputs, strict=True))
        graph.outputs = [env[id(t)] for t in outputs]
        computation = Mapped(graph, len(stacked))
        if not computation._alone.compiles:
            raise NotVectorizable("values of rows decide about shapes")
        results = execute(computation, [*stacked, *graph.external_captures], {}, "vectorized_map")
        self._env.update((id(t), (r, True)) for t, r in zip(outputs, results, strict=True))


def axis_of_all(tensor: Tensor) -> Any:
    """All axes of a tensor."""
    if tensor.shape.rank is not None:
        return np.arange(tensor.shape.rank, dtype=np.int32)
    return op("Range")(0, op("Rank")(tensor), 1)
