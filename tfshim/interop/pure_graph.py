"""A traced graph as a pure JAX function: variables and generators go in and come out, gradients are TensorFlow's."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfshim import dtypes
from tfshim.backprop import is_trainable
from tfshim.buffers import Cell
from tfshim.concrete_function import Backward, ConcreteFunction
from tfshim.errors import UnimplementedError
from tfshim.indexed_slices import IndexedSlices
from tfshim.interop.forward_only import forward_only
from tfshim.lowering import Instruction, Plan, Program, linearise
from tfshim.lowering.program import state_of
from tfshim.lowering.tracer import Tracer
from tfshim.ops import bounds
from tfshim.ops.computation import conjugate_complex, default_platform
from tfshim.tensor import EagerTensor

Arrays = Sequence[Any]


class PureGraph:
    """`call(arrays, state) -> (outputs, new state)`: what a concrete function computes, on flat lists of arrays.

    Differentiation runs the gradient graph that a tape would run, in forward mode transposed. Only where that graph
    cannot be built, for loops of unknown length, is forward mode left to JAX, op by op. There are no checks of values
    (`tf.debugging.assert_*`): a pure function cannot raise at run time.

    Args:
      concrete: the traced function.
      bound: how many iterations loops of unknown length have at most, where they are differentiated in reverse.
      forward: leave differentiation to JAX, op by op, in forward mode, always.

    Attributes:
      cells: what holds the state at present: the variables, then the generators of the random ops.
      variable_cells: those of the variables.
      generators: names of the random ops.
      written: for each cell, whether a call changes it.
    """

    def __init__(self, concrete: ConcreteFunction, bound: int | None = None, forward: bool = False):
        graph = concrete.graph
        self.name = graph.name
        self._graph_call = concrete.call
        self._bound = bound
        program = linearise(graph, graph.inputs, graph.outputs, Program(keeps_gradients=forward))
        program.pair_gradients()
        self._plan = Plan(program)
        self._check_compiles(self._plan)
        self._resources = [i for i, t in enumerate(graph.inputs) if t.dtype is dtypes.resource]
        self._captured = self._captured_values(concrete)
        self._arguments = [i for i in range(len(graph.inputs)) if i not in self._captured and i not in self._resources]
        self.variable_cells = self._find_variable_cells(concrete)
        self.cells = [*self.variable_cells, *program.rng_cells.values()]
        owners = {i.rng: i.op.name for i in program.instructions if i.op is not None}
        self.generators = [owners.get(ref, f"generator_{n}") for n, ref in enumerate(program.rng_cells)]
        changed = {ref for i in program.instructions for ref in state_of(i)[1]}
        self.written = [ref in changed for ref in self._state_refs(self._plan)]
        if forward:
            self.call: Any = self._call_pushing
        else:
            self.call = jax.custom_jvp(self._call)
            self.call.defjvp(self._push)

    def _check_compiles(self, plan: Plan) -> None:
        for step in plan.steps:
            if isinstance(step, Instruction):
                name = step.computation.name
                raise UnimplementedError(
                    None,
                    None,
                    f"{self.name} cannot become a JAX function: {name} "
                    f"{'holds an op that runs' if step.nested is not None else 'runs'} on the host, with values that a "
                    "compiled program does not have. Call it outside, and pass what it returns",
                )

    @staticmethod
    def _captured_values(concrete: ConcreteFunction) -> dict[int, Any]:
        """Values of captured tensors, by the position of their input: constants of the function."""
        values: dict[int, Any] = {}
        positions = {id(t): i for i, t in enumerate(concrete.graph.inputs)}
        for outside, inside in concrete.graph.captures:
            if not isinstance(outside, EagerTensor):
                raise ValueError(f"the function captures {outside!r} of another function: pass it as an argument")
            if outside._cell is None:
                values[positions[id(inside)]] = outside.operand()
        return values

    def _find_variable_cells(self, concrete: ConcreteFunction) -> list[Cell]:
        captured = {id(inside): outside for outside, inside in concrete.graph.captures}
        cells = []
        for i in self._resources:
            cell = getattr(captured.get(id(concrete.graph.inputs[i])), "_cell", None)
            if cell is None:
                raise TypeError("variables must be used by the function, not passed to it: they become its parameters")
            cells.append(cell)
        return cells

    # Evaluation

    def _state_refs(self, plan: Plan) -> list[int]:
        """The refs of the state in one program, in the order of `cells`."""
        program = plan.program
        return [*(program.inputs[i] for i in self._resources), *program.rng_cells]

    def _values(self, arrays: Arrays) -> list[Any]:
        """One value for each input of the graph; None for resources."""
        found = {**self._captured, **dict(zip(self._arguments, arrays, strict=True))}
        return [found.get(i) for i in range(len(self._graph_call.graph.inputs))]

    def _evaluate(self, plan: Plan, values: Sequence[Any], state: dict[int, Any]) -> tuple[list[Any], list[Any]]:
        """Outputs and extra outputs of a program under the current JAX trace; `state` is brought up to date."""
        program = plan.program
        tracer = Tracer(
            plan, dict(zip(program.inputs, values, strict=True)), state, [], default_platform(), inside=True
        )
        try:
            with contextlib.nullcontext() if self._bound is None else bounds.bounded(self._bound):
                for instruction in program.instructions:
                    tracer.step(instruction)
        except bounds.NeedsBound:
            raise
        except bounds.NeedsValue as error:
            raise UnimplementedError(
                None, None, f"{self.name} cannot be one JAX function for these arguments: {error}"
            ) from None
        return [tracer.value(r) for r in program.outputs], [tracer.value(r) for r in plan.extra_outputs]

    def _call(self, arrays: Arrays, state: Arrays) -> tuple[list[Any], list[Any]]:
        refs = self._state_refs(self._plan)
        held = dict(zip(refs, state, strict=True))
        outputs, _ = self._evaluate(self._plan, self._values(arrays), held)
        return [jnp.asarray(o) for o in outputs], [held[r] for r in refs]

    def _call_pushing(self, arrays: Arrays, state: Arrays) -> tuple[list[Any], list[Any]]:
        try:
            with bounds.pushing():
                return self._call(arrays, state)
        except bounds.ReverseOnly:
            raise UnimplementedError(
                None,
                None,
                f"{self.name} holds a gradient written in Python (tf.custom_gradient), which has no forward mode: "
                "differentiate the function itself in reverse mode (jax.grad, jax.vjp, jax.jacrev)",
            ) from None

    # Differentiation

    def _push(self, primals: tuple[Arrays, Arrays], tangents: tuple[Arrays, Arrays]) -> tuple[Any, Any]:
        """JAX's rule: results and their tangents, as linear functions of those of the arguments."""
        gradient = self._find_gradient()
        if gradient is None:
            results = self._call(*primals)
            return results, jax.tree.map(_no_tangent, results)
        try:
            results, pull = self._forward(gradient, *primals)
            # It is linear, so its derivative at zero, transposed, pushes; reverse mode transposes that once more.
            _, push = jax.vjp(pull, [jnp.zeros_like(results[0][i]) for i in gradient.of])
        except bounds.NeedsBound:
            return self._push_op_by_op(gradient, primals, tangents)
        (found,) = push(self._differentiable(gradient, *tangents))
        return results, self._tangents(gradient, results, found)

    def _push_op_by_op(
        self, gradient: Backward, primals: tuple[Arrays, Arrays], tangents: tuple[Arrays, Arrays]
    ) -> tuple[Any, Any]:
        results, (pushed, _) = jax.jvp(self._call_pushing, primals, tangents)
        reason = (
            f"{self.name} has a loop of unknown length, which JAX cannot reverse: take the gradient of "
            "jax_fn.bounded(n), for loops of at most n iterations"
        )
        return results, self._tangents(gradient, results, [forward_only(pushed[i], reason) for i in gradient.of])

    def _tangents(self, gradient: Backward, results: Any, found: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Tangents of all results; `found` are those of the outputs that have one. None flow through assignments."""
        outputs = [_no_tangent(o) for o in results[0]]
        for i, tangent in zip(gradient.of, found, strict=True):
            outputs[i] = tangent
        return outputs, [_no_tangent(s) for s in results[1]]

    def _differentiable(self, gradient: Backward, arrays: Arrays, state: Arrays) -> list[Any]:
        """Those of the arguments for which the gradient is taken."""
        given = self._by_position(arrays, state)
        return [given[i] for i in gradient.wrt]

    def _by_position(self, arrays: Arrays, state: Arrays) -> dict[int, Any]:
        given = dict(zip(self._arguments, arrays, strict=True))
        given.update(zip(self._resources, state, strict=False))
        return given

    def _forward(self, gradient: Backward, arrays: Arrays, state: Arrays) -> tuple[Any, Callable[..., list[Any]]]:
        """The results, and the pullback from cotangents of the outputs `gradient.of` to those of `gradient.wrt`."""
        halves = gradient.halves
        refs = self._state_refs(halves.forward)
        held = dict(zip(refs, state, strict=True))
        (outputs, residuals), overflows = bounds.flagged(self._evaluate)(halves.forward, self._values(arrays), held)
        outputs = [jnp.asarray(o) for o in outputs[: self._graph_call.n_outputs]]
        primals = self._differentiable(gradient, arrays, state)
        before = dict(zip(refs, state, strict=True))

        def pull(cotangents: Sequence[Any]) -> list[Any]:
            seeds = [conjugate_complex(c) for c in cotangents]
            flat, _ = self._evaluate(halves.backward, [*seeds, *residuals], dict(before))
            found = [
                jnp.zeros_like(p) if g is None else conjugate_complex(_dense(g, p))
                for p, g in zip(primals, gradient._pack(flat), strict=True)
            ]
            if overflows:
                # A loop was longer than promised: no number is better than a wrong one.
                too_long = jnp.any(jnp.stack(overflows))
                found = [g * jnp.where(too_long, jnp.nan, 1.0).astype(g.dtype) for g in found]
            return found

        return (outputs, [held[r] for r in refs]), pull

    def _find_gradient(self) -> Backward | None:
        """The gradient of all outputs with respect to all inputs that can have one; None if there are none."""
        call = self._graph_call
        of = tuple(i for i, t in enumerate(call.outputs) if is_trainable(t.dtype))
        floating = [i for i in self._arguments if is_trainable(call.graph.inputs[i].dtype)]
        wrt = tuple(sorted([*floating, *self._resources]))
        return call.gradient(of, wrt) if of and wrt else None


def _no_tangent(value: Any) -> Any:
    kind = value.dtype if jnp.issubdtype(value.dtype, jnp.inexact) else jax.dtypes.float0
    return np.zeros(value.shape, kind)


def _dense(gradient: Any, like: Any) -> Any:
    if not isinstance(gradient, IndexedSlices):
        return jnp.asarray(gradient)
    return jnp.zeros(like.shape, like.dtype).at[gradient.indices].add(gradient.values)
