"""A traced graph as a pure JAX function: variables and generators go in and come out, gradients are TensorFlow's."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from tfshim import dtypes
from tfshim.backprop import is_trainable
from tfshim.buffers import Cell
from tfshim.concrete_function import Backward, ConcreteFunction
from tfshim.errors import UnimplementedError
from tfshim.indexed_slices import IndexedSlices
from tfshim.lowering import Instruction, Plan, linearise
from tfshim.lowering.program import state_of
from tfshim.lowering.tracer import Tracer
from tfshim.ops import bounds
from tfshim.ops.computation import conjugate_complex, default_platform
from tfshim.tensor import EagerTensor

Arrays = Sequence[Any]


class PureGraph:
    """`call(arrays, state) -> (outputs, new state)`: what a concrete function computes, on flat lists of arrays.

    Reverse-mode differentiation runs the gradient graph that a tape would run, which for JAX excludes forward mode.
    There are no checks of values (`tf.debugging.assert_*`): a pure function cannot raise at run time.

    Args:
      concrete: the traced function.
      bound: how many iterations loops of unknown length have at most, where they are differentiated.
      forward: leave differentiation to JAX, op by op, in forward mode.

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
        program = linearise(graph, graph.inputs, graph.outputs, keeps_gradients=forward)
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
            self.call = jax.custom_vjp(self._call)
            self.call.defvjp(self._forward, self._backward)

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
            raise UnimplementedError(
                None,
                None,
                f"{self.name} has a loop of unknown length, which JAX cannot differentiate: take the gradient of "
                "jax_fn.bounded(n), for loops of at most n iterations",
            ) from None
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

    def _forward(self, arrays: Arrays, state: Arrays) -> tuple[Any, Any]:
        gradient = self._find_gradient()
        if gradient is None:
            return self._call(arrays, state), (arrays, state, [], [])
        halves = gradient.halves
        refs = self._state_refs(halves.forward)
        held = dict(zip(refs, state, strict=True))
        evaluate = bounds.flagged(self._evaluate)
        (outputs, residuals), overflows = evaluate(halves.forward, self._values(arrays), held)
        outputs = [jnp.asarray(o) for o in outputs[: self._graph_call.n_outputs]]
        return (outputs, [held[r] for r in refs]), (arrays, state, residuals, overflows)

    def _backward(self, kept: Any, cotangents: Any) -> tuple[list[Any], list[Any]]:
        arrays, state, residuals, overflows = kept
        given = dict(zip(self._arguments, arrays, strict=True))
        given.update(zip(self._resources, state, strict=False))
        found: dict[int, Any] = {}
        gradient = self._find_gradient()
        if gradient is not None:
            plan = gradient.halves.backward
            # Nothing flows back through what was assigned: only the cotangents of the outputs count.
            seeds = [conjugate_complex(jnp.asarray(cotangents[0][i])) for i in gradient.of]
            held = dict(zip(self._state_refs(gradient.halves.forward), state, strict=True))
            flat, _ = self._evaluate(plan, [*seeds, *residuals], held)
            for position, result in zip(gradient.wrt, gradient._pack(flat), strict=True):
                if result is not None and position in given:
                    found[position] = conjugate_complex(_dense(result, given[position]))
        if overflows:
            # A loop was longer than promised: no number is better than a wrong one.
            too_long = jnp.any(jnp.stack(overflows))
            found = {i: jnp.where(too_long, jnp.nan, g) for i, g in found.items()}
        zeros = [None] * (len(state) - len(self._resources))
        return [found.get(i) for i in self._arguments], [*(found.get(i) for i in self._resources), *zeros]

    def _find_gradient(self) -> Backward | None:
        """The gradient of all outputs with respect to all inputs that can have one; None if there are none."""
        call = self._graph_call
        of = tuple(i for i, t in enumerate(call.outputs) if is_trainable(t.dtype))
        floating = [i for i in self._arguments if is_trainable(call.graph.inputs[i].dtype)]
        wrt = tuple(sorted([*floating, *self._resources]))
        return call.gradient(of, wrt) if of and wrt else None


def _dense(gradient: Any, like: Any) -> Any:
    if not isinstance(gradient, IndexedSlices):
        return jnp.asarray(gradient)
    return jnp.zeros(like.shape, like.dtype).at[gradient.indices].add(gradient.values)
