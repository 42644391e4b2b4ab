"""`While`: a graph runs as long as another says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfshim.control_flow import structure
from tfshim.control_flow.computation import ControlFlow
from tfshim.control_flow.growing_lists import final_lengths
from tfshim.control_flow.structure import Reports
from tfshim.control_flow.trip_count import TripCount
from tfshim.dtypes import DType
from tfshim.graph import FuncGraph
from tfshim.lowering.nested import Nested
from tfshim.ops import bounds, tensor_list
from tfshim.ops.bounds import NeedsValue
from tfshim.ops.tensor_list import ListValue
from tfshim.shapes import TensorShape
from tfshim.tensor import Tensor

COND, BODY = 0, 1

# A loop whose body needs its counter while it is compiled is written out up to this length.
_MOST_UNROLLED = 64


class Loop(ControlFlow):
    """Runs `body` while `cond` holds.

    Inputs: a counter, the largest number of iterations (-1: no limit), the loop variables, then what does not vary.
    Both graphs take all of these; `body` gives new values for all but the last kind.
    """

    __slots__ = ("n_vars", "shapes")

    def __init__(self, cond: FuncGraph, body: FuncGraph, shapes: Sequence[TensorShape]):
        stateful = any(n.stateful for g in (cond, body) for n in g._nodes)
        super().__init__("While" if stateful else "StatelessWhile", (cond, body))
        self.n_vars = len(body.outputs)
        self.shapes = list(shapes)

    def value_dtypes(self, inputs: Sequence[Tensor]) -> tuple[DType, ...]:
        return tuple(t.dtype for t in self.graphs[BODY].outputs)

    def value_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        return self.shapes

    # Compiled

    def evaluate(self, nested: Nested, values: Sequence[Any], state: dict[int, Any], checks: list[Any]) -> list[Any]:
        fixed = self._fixed(nested)
        varying = [i for i in range(self.n_vars) if i not in fixed]
        count = TripCount(nested, self.n_vars, fixed)
        trips = count.known(values)
        statics = {*nested.statics(BODY), *nested.statics(COND)}
        if statics.intersection(varying):
            return self._unroll(nested, trips, values, state, checks)
        lengths = final_lengths(count, trips, values)
        run = _Iterations(nested, _with_room(values, lengths), varying, state)
        try:
            final = run.all(trips)
        except NeedsValue:
            if trips is None or trips > _MOST_UNROLLED:
                raise
            nested.forget_driven()
            return self._unroll(nested, trips, values, state, checks)
        outputs = list(values[: self.n_vars])
        for i, value in zip(varying, final.values, strict=True):
            outputs[i] = value.with_length(lengths[i]) if i in lengths else value
        state.update(final.state)
        checks.extend(final.reports.checks)
        bounds.report(final.reports.flags)
        return outputs

    def _fixed(self, nested: Nested) -> set[int]:
        """The loop variables that the body passes on unchanged."""
        program = nested.plans[BODY].program
        return {i for i in range(self.n_vars) if nested.origin(BODY, program.outputs[i]) == program.inputs[i]}

    def _unroll(
        self, nested: Nested, trips: int | None, values: Sequence[Any], state: dict[int, Any], checks: list[Any]
    ) -> list[Any]:
        if trips is None or trips > _MOST_UNROLLED:
            raise NeedsValue("the loop's body needs values that vary from one iteration to the next")
        values = list(values)
        for _ in range(trips):
            nested.run(COND, values, state, checks)
            values[: self.n_vars] = nested.run(BODY, values, state, checks)
        nested.run(COND, values, state, checks)
        return values[: self.n_vars]

    # Driven from the host

    def drive(self, nested: Nested, values: Sequence[Any], run: Callable[[int, Sequence[Any]], list[Any]]) -> list[Any]:
        values = list(values)
        while bool(structure.predicate(np.asarray(run(COND, values)[0]))):
            values[: self.n_vars] = run(BODY, values)
        return values[: self.n_vars]

    # Gradients

    def connected(self, wrt: tuple[int, ...], of: tuple[int, ...]) -> tuple[int, ...]:
        body = self.graphs[BODY]
        reached = set(of)
        while True:
            more = reached | structure.differentiable_sources(
                body, [body.outputs[i] for i in sorted(reached) if i < self.n_vars]
            )
            if more == reached:
                return tuple(i for i in wrt if i in reached)
            reached = more

    def given(self, wrt: tuple[int, ...], of: tuple[int, ...]) -> tuple[int, ...]:
        return wrt


class _State:
    """What goes from one iteration to the next."""

    def __init__(self, values: list[Any], state: dict[int, Any], reports: Reports):
        self.values = values
        self.state = state
        self.reports = reports


jax.tree_util.register_pytree_node(
    _State, lambda s: ((s.values, s.state, s.reports), None), lambda _, children: _State(*children)
)


class _Iterations:
    """The iterations of one loop, under a JAX trace."""

    def __init__(self, nested: Nested, values: Sequence[Any], varying: Sequence[int], state: dict[int, Any]):
        self.nested = nested
        self.values = values
        self.varying = varying
        self.around = state
        writes = set(nested.writes)
        self.test_has_effects = nested.has_effects(COND)
        self.start = _State(
            [_array(values[i]) for i in varying],
            {r: _array(v) for r, v in state.items() if r in writes},
            Reports([], []),
        )

    def _inputs(self, current: _State) -> tuple[list[Any], dict[int, Any]]:
        values = list(self.values)
        for i, value in zip(self.varying, current.values, strict=True):
            values[i] = value
        return values, {**self.around, **current.state}

    def _body(self, current: _State) -> _State:
        values, state = self._inputs(current)
        outputs, reports = structure.reporting(lambda c: self.nested.run(BODY, values, state, c))
        return _State([_array(outputs[i]) for i in self.varying], {r: state[r] for r in current.state}, reports)

    def _tested(self, current: _State) -> tuple[_State, Any]:
        """What goes on after the test, which may have effects, and whether another iteration follows."""
        values, state = self._inputs(current)
        outputs, reports = structure.reporting(lambda c: self.nested.run(COND, values, state, c))
        if reports:
            raise NeedsValue("a loop's condition that may fail runs from the host")
        more = structure.predicate(outputs[0])
        if current.reports.checks:
            # An iteration that failed is the last one, as in TensorFlow.
            more = more & ~current.reports.failed()
        after = {r: _conform(_array(state[r]), v) for r, v in current.state.items()}
        return _State(current.values, after, current.reports), more

    def _step(self, current: _State) -> _State:
        new = self._body(current)
        return _State(
            [_conform(v, c) for v, c in zip(new.values, current.values, strict=True)],
            {r: _conform(v, current.state[r]) for r, v in new.state.items()},
            _first_failure(current.reports, new.reports),
        )

    def all(self, trips: int | None) -> _State:
        """Runs all iterations."""
        if self.test_has_effects:
            trips = None
        if trips == 0:
            return self.start
        self._settle()
        if trips is not None:
            return jax.lax.scan(lambda c, _: (self._step(c), None), self.start, length=trips)[0]
        if not bounds.is_differentiating():
            if not self.test_has_effects:
                return jax.lax.while_loop(lambda c: self._tested(c)[1], self._step, self.start)
            return jax.lax.while_loop(lambda c: c[1], self._step_and_test, self._tested(self.start))[0]
        bound = bounds.current()

        def conditional(current: tuple[_State, Any], _: Any) -> Any:
            return jax.lax.cond(current[1], self._step_and_test, lambda c: c, current), None

        (final, more), _ = jax.lax.scan(conditional, self._tested(self.start), length=bound)
        final.reports.flags.append(more)
        return final

    def _step_and_test(self, current: tuple[_State, Any]) -> tuple[_State, Any]:
        return self._tested(self._step(current[0]))

    def _settle(self) -> None:
        """Gives what is carried its final form: lists whose elements the body makes known, and room for reports."""
        if not any(tensor_list.is_list(v) for v in self.start.values):
            new = None
        else:
            for _ in range(3):
                new = jax.eval_shape(self._body, self.start)
                settled = [
                    s.conform(tensor_list.unify([s, n])) if tensor_list.is_list(s) else s
                    for s, n in zip(self.start.values, new.values, strict=True)
                ]
                stable = jax.tree.structure(settled) == jax.tree.structure(self.start.values)
                self.start.values = settled
                if stable:
                    break
        if new is None:
            new = jax.eval_shape(self._body, self.start)
        self.start.reports = new.reports.absent()


def _with_room(values: Sequence[Any], lengths: dict[int, int]) -> list[Any]:
    """The inputs of a loop; lists that grow to known lengths have room for that."""
    return [
        ListValue(v.buffer, v.length, v.dims, v.dtype, lengths[i]) if i in lengths else v for i, v in enumerate(values)
    ]


def _array(value: Any) -> Any:
    return jnp.asarray(value) if isinstance(value, (np.ndarray, np.generic)) else value


def _conform(value: Any, before: Any) -> Any:
    if tensor_list.is_list(value):
        return value.conform(before)
    if value.shape != before.shape or value.dtype != before.dtype:
        raise NeedsValue(f"a loop variable of shape {before.shape} becomes one of shape {value.shape}")
    return value


def _first_failure(before: Reports, new: Reports) -> Reports:
    """Reports of this iteration, unless an earlier one failed already."""
    flags = [a | b for a, b in zip(before.flags, new.flags, strict=True)]
    if not new.checks:
        return Reports([], flags)
    failed = before.failed()
    checks = [
        n.of_values(
            jnp.where(failed, jnp.all(b.predicate), jnp.all(n.predicate)),
            tuple(jnp.where(failed, x, y) for x, y in zip(b.operands, n.operands, strict=True)),
        )
        for b, n in zip(before.checks, new.checks, strict=True)
    ]
    return Reports(checks, flags)
