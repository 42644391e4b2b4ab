"""Functions whose variables became constants, and whose calls of other functions became part of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.buffers import Cell
from tfshim.concrete_function import Call, ConcreteFunction
from tfshim.convert import convert_to_tensor
from tfshim.graph import CONST, PLACEHOLDER, FuncGraph, Graph, Operation
from tfshim.ops import op
from tfshim.tensor import SymbolicTensor, Tensor
from tfshim.type_spec import TensorSpec
from tfshim.v1.pruning import needed
from tfshim.v1.wrap_function import WrappedFunction, _function, _Holder


class _Frozen:
    """The copy of a function's graph; `env` has what stands for each of its tensors: a tensor, or a variable's cell."""

    def __init__(self, function: ConcreteFunction):
        self.source = function.graph
        self.graph = FuncGraph(f"{self.source.name}_frozen")
        self.graph.outer_graph = None
        env: dict[int, Any] = {}
        captured = {id(inside): outside for outside, inside in self.source.captures}
        with self.graph.as_default():
            for tensor in self.source.inputs:
                outside = captured.get(id(tensor))
                env[id(tensor)] = self._input(tensor) if outside is None else self._constant(tensor, outside)
            self._copy(self.source, self.source.outputs, env, "")
        self.graph.outputs = [env[id(t)] for t in self.source.outputs]
        self.graph.structured_outputs = list(self.graph.outputs)

    def _input(self, tensor: SymbolicTensor) -> Any:
        if tensor.dtype is dtypes.resource:
            raise ValueError(f"the variable that the function takes as {tensor.op.name!r} cannot become a constant")
        made = self.graph.placeholder(tensor.dtype, tensor.shape, f"{tensor.op.name}/")
        self.graph.inputs.append(made)
        return made

    def _constant(self, inside: SymbolicTensor, outside: Tensor) -> Any:
        cell = getattr(outside, "_cell", None)
        if outside.dtype is dtypes.resource:
            if not isinstance(cell, Cell) or cell.dtype is dtypes.resource:
                return outside
            return _Variable(cell, inside.op.name)
        return convert_to_tensor(outside.numpy(), name=inside.op.name)  # type: ignore[attr-defined]

    def _copy(self, graph: Graph, outputs: Sequence[SymbolicTensor], env: dict[int, Any], scope: str) -> None:
        """Adds what the outputs of a graph, and its effects, need; `scope` is put before the names."""
        roots = [t.op for t in outputs] + [n for n in graph.get_operations() if n.stateful]
        copies: dict[Operation, Operation] = {}
        for node in needed(graph, roots, env):
            if all(id(t) in env for t in node.outputs) and node.outputs:
                continue
            inputs = [env[id(t)] for t in node.inputs]
            if isinstance(node.computation, Call):
                callee = node.computation.graph
                inner = {id(t): value for t, value in zip(callee.inputs, inputs, strict=True)}
                self._copy(callee, node.computation.all_outputs(), inner, f"{scope}{node.name}/")
                made: Sequence[Any] = [inner[id(t)] for t in node.computation.all_outputs()]
            elif any(isinstance(value, _Variable) for value in inputs):
                made = [self._read(node, inputs, scope)]
            else:
                made = self._node(node, inputs, copies, scope)
            env.update(zip(map(id, node.outputs), made, strict=True))

    def _node(
        self, node: Operation, inputs: Sequence[Any], copies: dict[Operation, Operation], scope: str
    ) -> Sequence[SymbolicTensor]:
        if node.computation is PLACEHOLDER:
            raise ValueError(f"the placeholder {node.name!r} is no input of the function")
        name = f"{scope}{node.name}/"
        if node.computation is CONST:
            return [self.graph.constant(node.value, node.outputs[0].dtype, name)]  # type: ignore[arg-type]
        types, shapes = [t.dtype for t in node._outputs], [t.shape for t in node._outputs]
        copy = self.graph.add_node(node.computation, tuple(inputs), node.attrs, types, shapes, name)
        copy.rng_cell = node.rng_cell
        copy._control_inputs = [copies[c] for c in node.control_inputs if c in copies]
        copies[node] = copy
        return copy._outputs

    def _read(self, node: Operation, inputs: Sequence[Any], scope: str) -> SymbolicTensor:
        name = f"{scope}{node.name}/"
        variable, *others = inputs
        if not isinstance(variable, _Variable) or any(isinstance(o, _Variable) for o in others):
            raise _refused(node)
        if node.type == "ReadVariableOp":
            return op("Identity")(variable.constant(), name=name)
        if node.type == "VariableShape":
            shape = np.array(np.shape(variable.value), node.attrs["out_type"].as_numpy_dtype)
            return convert_to_tensor(shape, name=name)  # type: ignore[return-value]
        if node.type == "ResourceGather":
            dims = node.attrs.get("batch_dims", 0)
            return op("GatherV2")(variable.constant(), *others, 0, batch_dims=dims, name=name)
        raise _refused(node)


class _Variable:
    """A variable, which is one constant in the copy."""

    def __init__(self, cell: Cell, name: str):
        self.value = np.array(cell.read())
        self._dtype = cell.dtype
        self._name = name
        self._made: Any = None

    def constant(self) -> Any:
        """The constant, made on first use."""
        if self._made is None:
            self._made = convert_to_tensor(self.value, dtype=self._dtype, name=self._name)
        return self._made


def _refused(node: Operation) -> NotImplementedError:
    return NotImplementedError(
        f"the variable that {node.name!r} ({node.type}) takes cannot become a constant: it is not only read"
    )


def freeze(function: Any) -> WrappedFunction:
    """A function of the same inputs without variables: their present values are constants in it.

    Args:
      function: a concrete function.

    Returns:
      A function that gives the list of the outputs. Functions that it called are part of its graph.

    Raises:
      NotImplementedError: a variable is written to.
    """
    frozen = _Frozen(function)
    specs = [TensorSpec(t.shape, t.dtype, t.op.name) for t in frozen.graph.inputs]
    return _function(frozen.graph, specs, _Holder(frozen.graph))


def freeze_with_graph_def(function: Any) -> tuple[WrappedFunction, Any]:
    """`freeze(function)`, and its graph as a `GraphDef`."""
    frozen = freeze(function)
    return frozen, frozen.graph.as_graph_def()
