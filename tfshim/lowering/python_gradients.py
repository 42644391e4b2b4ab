"""Gradients written in Python, inside programs that JAX differentiates: traced once, and attached by `custom_vjp`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfshim import backprop, dtypes, indexed_slices
from tfshim.convert import convert_to_tensor
from tfshim.errors import UnimplementedError
from tfshim.graph import FuncGraph, Graph, Operation
from tfshim.graph_scopes import GRADIENT
from tfshim.lowering.nested import Nested
from tfshim.lowering.program import Instruction, Program
from tfshim.ops.computation import Computation
from tfshim.tensor import EagerTensor, SymbolicTensor, Tensor


class TracedGradient(Computation):
    """What a `PythonGradient` node is in such a program: its values, and the graph of their gradient.

    Inputs: those of the node (the values that it passes on, then what they were computed from), then the tensors to
    which the gradient refers.
    """

    # JAX has no forward mode for it.
    reverse_only = True

    __slots__ = ("error", "given", "graph", "graphs", "n_inputs", "n_outputs")

    def __init__(
        self,
        pull: Callable[[Sequence[Any]], Sequence[Any]],
        graph: Graph,
        inputs: Sequence[SymbolicTensor],
        n_outputs: int,
    ):
        super().__init__("IdentityN", ())
        self.n_outputs = n_outputs
        self.n_inputs = len(inputs)
        self.graph = FuncGraph("python_gradient")
        self.graph.outer_graph = graph
        # Which inputs of the node get a gradient: one for each output of the graph.
        self.given: list[int] = []
        # What the user's code raised; for the caller only if a gradient is wanted.
        self.error: Exception | None = None
        try:
            self._trace(pull, inputs[:n_outputs])
        except Exception as error:
            self.error = error
        self.graphs = (self.graph,)

    def _trace(self, pull: Callable[[Sequence[Any]], Sequence[Any]], values: Sequence[SymbolicTensor]) -> None:
        graph = self.graph
        with graph.as_default():
            for value in values:
                graph.inputs.append(graph.placeholder(value.dtype, value.shape, "cotangent"))
            gradients = list(pull(list(graph.inputs)))
            first = self.n_inputs - len(gradients)
            for position, gradient in enumerate(gradients, first):
                if gradient is not None:
                    self.given.append(position)
                    graph.outputs.append(graph.admit(convert_to_tensor(indexed_slices.dense(gradient))))
        for handle in graph.internal_captures:
            if handle.dtype is dtypes.resource:
                self._take_value(handle)

    def _take_value(self, handle: SymbolicTensor) -> None:
        """Makes the graph take the value of a variable in place of its handle."""
        from tfshim.control_flow.graphs import only_reads

        found: list[Any] = []
        if not only_reads(self.graph, handle, found) or not found:
            raise UnimplementedError(None, None, f"a gradient written in Python that writes the variable {handle.name}")
        handle._dtype = found[0]

    def graph_inputs(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """What the gradient's graph takes: cotangents and captures, in the order of its inputs."""
        return inputs

    @property
    def referred(self) -> list[Tensor]:
        """The outside tensors that the gradient takes besides cotangents."""
        return self.graph.external_captures

    def append_to(self, program: Program, node: Operation, inputs: list[int], env: dict[int, int]) -> list[int]:
        """Appends the instruction; `env` maps the ids of the node's graph's tensors to refs."""
        refs = [self._ref(program, t, node, env) for t in self.referred]
        outputs = [program.new_ref(t.dtype) for t in node._outputs]
        program.instructions.append(Instruction(self, [*inputs, *refs], outputs, node))
        return outputs

    @staticmethod
    def _ref(program: Program, tensor: Tensor, node: Operation, env: dict[int, int]) -> int:
        graph: Any = node.graph
        if id(tensor) in env:
            return env[id(tensor)]
        captured = graph._captures.get(id(tensor)) if isinstance(graph, FuncGraph) else None
        if captured is not None and id(captured[1]) in env:
            return env[id(captured[1])]
        frozen = getattr(graph, "frozen", {}).get(id(tensor))
        if frozen is not None:
            return env[id(frozen)]
        if isinstance(tensor, EagerTensor) and tensor._cell is None and tensor.dtype is not dtypes.variant:
            return program.constant(tensor.host_value(), tensor.dtype)
        raise UnimplementedError(
            None,
            None,
            f"the gradient function of a tf.custom_gradient refers to {tensor!r}, which the function itself does not "
            "use: inside tf.cond and tf.while_loop, read it in the function",
        )

    def build(self, statics: Sequence[np.ndarray], platform: str) -> Callable[..., tuple]:
        n, m = self.n_outputs, self.n_inputs

        @jax.custom_vjp
        def passed(values: Any, sources: Any, referred: Any) -> Any:
            return values

        def forward(values: Any, sources: Any, referred: Any) -> Any:
            # Not the values as they are: what is differentiated twice has the user's gradient both times.
            return passed(values, sources, referred), (sources, referred)

        def backward(kept: Any, cotangents: Any) -> Any:
            sources, referred = kept
            if self.error is not None:
                raise self.error
            nested = Nested(self, None, range(len(self.graph.inputs))).on(platform)  # type: ignore[arg-type]
            results = nested.run(0, [*cotangents, *referred], {}, [])
            found = dict(zip(self.given, results, strict=True))
            gradients = tuple(_like(found.get(n + i), s) for i, s in enumerate(sources))
            return tuple(_like(None, c) for c in cotangents), gradients, tuple(_like(None, r) for r in referred)

        passed.defvjp(forward, backward)

        def run(*operands: Any) -> tuple:
            arrays = [jnp.asarray(o) if isinstance(o, np.ndarray) else o for o in operands]
            return passed(tuple(arrays[:n]), tuple(arrays[n:m]), tuple(arrays[m:]))

        return run


def traced_gradient(node: Operation) -> TracedGradient | None:
    """The gradient written in Python that a node has: its own, or one that was registered in place of its op's."""
    own = getattr(node.computation, "traced", None)
    if own is not None:
        return own(node)
    if GRADIENT not in node.attrs and node.type not in backprop.named_rules:
        return None
    if node.traced_gradient is None:
        record = backprop.Record(node.computation, node.inputs, node._outputs)

        def pull(cotangents: Sequence[Any]) -> Sequence[Any]:
            return backprop.input_gradients(record, cotangents, range(len(node.inputs)))

        node.traced_gradient = TracedGradient(pull, node.graph, (*node._outputs, *node.inputs), len(node._outputs))
    return node.traced_gradient


def _like(gradient: Any, primal: Any) -> Any:
    """A cotangent of the primal's type: zeros where there is none."""
    if not jnp.issubdtype(primal.dtype, jnp.inexact):
        return np.zeros(primal.shape, jax.dtypes.float0)
    return jnp.zeros(primal.shape, primal.dtype) if gradient is None else jnp.asarray(gradient, primal.dtype)
