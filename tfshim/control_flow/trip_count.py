"""How often a loop runs, where its condition is integer arithmetic on known values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfshim.control_flow import structure
from tfshim.lowering.nested import Nested

COND, BODY = 0, 1

# Counting is done by running the arithmetic; a longer loop counts as one of unknown length, unless it is linear.
_MOST_COUNTED = 4096


class TripCount:
    """The number of iterations of a loop.

    Args:
      nested: the loop's graphs.
      n_vars: how many inputs the body gives new values for.
      fixed: those of them that it passes on.
    """

    def __init__(self, nested: Nested, n_vars: int, fixed: set[int]):
        self.nested = nested
        self.n_vars = n_vars
        self.fixed = fixed

    def known(self, values: Sequence[Any]) -> int | None:
        """The number of iterations for these inputs, or None if it cannot be told."""
        needed = self._needed()
        if needed is None or any(not isinstance(values[i], np.ndarray) for i in needed):
            return None
        current = {i: values[i] for i in needed}
        varying = [i for i in needed if i < self.n_vars and i not in self.fixed]
        if not varying:
            return 0 if not self._holds(current) else None
        states = [current]
        while self._holds(current):
            current = self._next(current, varying)
            states.append(current)
            if len(states) > 3:
                count = self._linear(states, varying)
                if count is not None:
                    return count
            if len(states) > _MOST_COUNTED:
                return None
        return len(states) - 1

    def states(self, positions: set[int], trips: int, values: Sequence[Any]) -> list[dict[int, np.ndarray]]:
        """The values of known integers at the start of iterations, the first and the last among them.

        Of all iterations if the integers change in an irregular way; nothing if they are not known.

        Args:
          positions: of inputs of the loop; those on which they depend are added.
          trips: how often the loop runs.
          values: the loop's inputs.
        """
        needed = self._closed(positions)
        if needed is None or any(not isinstance(values[i], np.ndarray) for i in needed):
            return []
        current = {i: values[i] for i in needed}
        varying = [i for i in needed if i < self.n_vars and i not in self.fixed]
        if all(self._adds_constant(i) for i in varying):
            second = self._next(current, varying)
            last = {i: v + (trips - 1) * (second[i] - v) for i, v in current.items()}
            return [current, last]
        if trips > _MOST_COUNTED:
            return []
        states = [current]
        for _ in range(trips - 1):
            states.append(self._next(states[-1], varying))
        return states

    def _needed(self) -> set[int] | None:
        """The inputs on which the condition depends, now and in later iterations."""
        return self._closed(self.nested.sources(COND, self.nested.plans[COND].program.outputs[0]))

    def _closed(self, needed: set[int] | None) -> set[int] | None:
        """`needed` and the inputs on which it depends in later iterations; None if other work is needed."""
        body = self.nested.plans[BODY].program
        while needed is not None:
            more = set(needed)
            for i in needed:
                if i < self.n_vars and i not in self.fixed:
                    sources = self.nested.sources(BODY, body.outputs[i])
                    if sources is None:
                        return None
                    more |= sources
            if more == needed:
                return needed
            needed = more
        return None

    def _holds(self, current: dict[int, np.ndarray]) -> bool:
        program = self.nested.plans[COND].program
        known = {program.inputs[i]: v for i, v in current.items()}
        return bool(structure.predicate(self.nested.fold(COND, program.outputs[0], known)))

    def _next(self, current: dict[int, np.ndarray], varying: Sequence[int]) -> dict[int, np.ndarray]:
        program = self.nested.plans[BODY].program
        known = {program.inputs[i]: v for i, v in current.items()}
        return {**current, **{i: self.nested.fold(BODY, program.outputs[i], known) for i in varying}}

    def _linear(self, states: list[dict[int, np.ndarray]], varying: Sequence[int]) -> int | None:
        """The count by bisection if all counters advance by constants and the condition is a conjunction of orders."""
        if not self._monotonic() or any(not self._adds_constant(i) for i in varying):
            return None
        first, second = states[0], states[1]
        steps = {i: int(second[i]) - int(first[i]) for i in varying}

        def holds(n: int) -> bool:
            at = {i: np.asarray(int(v) + n * steps[i], v.dtype) if i in steps else v for i, v in first.items()}
            return self._holds(at)

        low, high = 0, 1
        limit = min(
            ((np.iinfo(first[i].dtype).max - abs(int(first[i]))) // max(abs(s), 1) for i, s in steps.items()), default=0
        )
        while high < limit and holds(high):
            low, high = high, high * 2
        if high >= limit:
            return None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if holds(middle) else (low, middle)
        return high

    def _monotonic(self) -> bool:
        """True if the condition, once false, stays false for counters that keep their direction."""
        plan = self.nested.plans[COND]
        stack = [plan.program.outputs[0]]
        while stack:
            instruction = plan._producer.get(stack.pop())
            if instruction is None:
                continue
            name = instruction.computation.name
            if name in ("LogicalAnd", "Identity"):
                stack.extend(instruction.inputs)
            elif name not in ("Less", "LessEqual", "Greater", "GreaterEqual"):
                return False
            elif any(r not in plan.program.constants and r not in plan.program.inputs for r in instruction.inputs):
                return False
        return True

    def _adds_constant(self, position: int) -> bool:
        plan = self.nested.plans[BODY]
        instruction = plan._producer.get(self.nested.origin(BODY, plan.program.outputs[position]))
        if instruction is None or instruction.computation.name not in ("AddV2", "Add", "Sub"):
            return False
        own = plan.program.inputs[position]
        others = [r for r in instruction.inputs if r != own]
        fixed = {plan.program.inputs[i] for i in range(len(plan.program.inputs)) if i >= self.n_vars or i in self.fixed}
        return own in instruction.inputs and all(r in plan.program.constants or r in fixed for r in others)
