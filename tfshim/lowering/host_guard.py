"""Checks of a segment evaluated by NumPy.

On the CPU, a compiled check would queue behind the programs that are still running, and the next segment could only
be dispatched after them. What most checks need is there on the host: an argument's labels or indices. Their few
primitives are interpreted.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax.extend.core import Literal


def _broadcast(x, *, shape, broadcast_dimensions, **_):
    kept = [1] * len(shape)
    for source, target in enumerate(broadcast_dimensions):
        kept[target] = x.shape[source]
    return np.broadcast_to(np.reshape(x, kept), shape)


def _select(which, *cases):
    return np.where(which, cases[1], cases[0]) if len(cases) == 2 else np.choose(which, cases)


# Exact on integers and booleans; nothing else is interpreted.
_PRIMITIVES: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "and": np.bitwise_and,
    "broadcast_in_dim": _broadcast,
    "concatenate": lambda *parts, dimension: np.concatenate(parts, dimension),
    "convert_element_type": lambda x, *, new_dtype, **_: np.asarray(x).astype(new_dtype),
    "copy": np.asarray,
    "eq": np.equal,
    "ge": np.greater_equal,
    "gt": np.greater,
    "le": np.less_equal,
    "lt": np.less,
    "max": np.maximum,
    "min": np.minimum,
    "mul": np.multiply,
    "ne": np.not_equal,
    "neg": np.negative,
    "not": np.invert,
    "or": np.bitwise_or,
    "reduce_and": lambda x, *, axes, **_: np.all(x, axis=tuple(axes)),
    "reduce_max": lambda x, *, axes, **_: np.max(x, axis=tuple(axes)),
    "reduce_min": lambda x, *, axes, **_: np.min(x, axis=tuple(axes)),
    "reduce_or": lambda x, *, axes, **_: np.any(x, axis=tuple(axes)),
    "reshape": lambda x, *, new_sizes, **_: np.reshape(x, new_sizes),
    "select_n": _select,
    "squeeze": lambda x, *, dimensions, **_: np.squeeze(x, tuple(dimensions)),
    "sub": np.subtract,
}
_WITHOUT_PARAMETERS = frozenset("add and copy eq ge gt le lt max min mul ne neg not or select_n sub".split())


class HostGuard:
    """The predicate of a segment's checks for arguments of one set of shapes.

    `needed` are the positions of the arguments on which it depends; it is None if NumPy cannot evaluate it.
    """

    __slots__ = ("_output", "_registers", "_steps", "needed")

    def __init__(self, predicate: Callable[..., Any], arguments: Sequence[Any]):
        closed = jax.make_jaxpr(predicate)(*arguments)
        jaxpr = closed.jaxpr
        output = jaxpr.outvars[0]
        wanted = set() if isinstance(output, Literal) else {output}
        equations = []
        for equation in reversed(jaxpr.eqns):
            if wanted.intersection(equation.outvars):
                wanted.update(v for v in equation.invars if not isinstance(v, Literal))
                equations.append(equation)
        positions = [i for i, v in enumerate(jaxpr.invars) if v in wanted]
        # An argument may be a tree: the residuals of a gradient. Those are not looked into.
        owners = [i for i, argument in enumerate(arguments) for _ in jax.tree.leaves(argument)]
        trees = {i for i, argument in enumerate(arguments) if not jax.tree_util.all_leaves([argument])}
        needed = [owners[p] for p in positions]
        interpretable = all(map(_interpretable, equations)) and trees.isdisjoint(needed)
        self.needed: list[int] | None = needed if interpretable else None
        if self.needed is None:
            return
        # Values live in numbered registers: arguments, then constants, then results in the order of the steps.
        constants = [np.asarray(c) for c in closed.consts]
        self._registers: list[Any] = [*(None for _ in positions), *constants]
        numbers = {v: i for i, v in enumerate([*(jaxpr.invars[i] for i in positions), *jaxpr.constvars])}

        def number(atom: Any) -> int:
            if not isinstance(atom, Literal):
                return numbers[atom]
            self._registers.append(np.asarray(atom.val, atom.aval.dtype))
            return len(self._registers) - 1

        self._steps: list[tuple[Callable[..., Any], list[int], int]] = []
        for equation in reversed(equations):
            function = _PRIMITIVES[equation.primitive.name]
            if equation.primitive.name not in _WITHOUT_PARAMETERS:
                function = functools.partial(function, **equation.params)
            inputs = [number(a) for a in equation.invars]
            numbers[equation.outvars[0]] = len(self._registers)
            self._registers.append(None)
            self._steps.append((function, inputs, numbers[equation.outvars[0]]))
        self._output = number(output)

    def holds(self, values: Sequence[np.ndarray]) -> bool:
        """Evaluates the predicate on the needed arguments."""
        registers = self._registers.copy()
        registers[: len(values)] = values
        for function, inputs, output in self._steps:
            registers[output] = function(*[registers[i] for i in inputs])
        return bool(registers[self._output])


def _interpretable(equation: Any) -> bool:
    exact = all(v.aval.dtype.kind in "iub" for v in (*equation.invars, *equation.outvars))
    return equation.primitive.name in _PRIMITIVES and exact
