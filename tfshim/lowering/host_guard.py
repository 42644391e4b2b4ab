"""Checks of a segment evaluated by NumPy.

On the CPU, a compiled check would queue behind the programs that are still running, and the next segment could only
be dispatched after them. What most checks need is there on the host: an argument's labels or indices. Their few
primitives are interpreted.
"""

from __future__ import annotations

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

    __slots__ = ("_constants", "_equations", "_inputs", "_output", "needed")

    def __init__(self, predicate: Callable[..., Any], arguments: Sequence[Any]):
        closed = jax.make_jaxpr(predicate)(*arguments)
        jaxpr = closed.jaxpr
        self._output = jaxpr.outvars[0]
        self._constants = dict(zip(jaxpr.constvars, closed.consts))
        wanted = set() if isinstance(self._output, Literal) else {self._output}
        equations = []
        for equation in reversed(jaxpr.eqns):
            if wanted.intersection(equation.outvars):
                wanted.update(v for v in equation.invars if not isinstance(v, Literal))
                equations.append(equation)
        self._equations = equations[::-1]
        positions = [i for i, v in enumerate(jaxpr.invars) if v in wanted]
        self._inputs = [jaxpr.invars[i] for i in positions]
        self.needed: list[int] | None = positions if all(map(_interpretable, self._equations)) else None

    def holds(self, values: Sequence[np.ndarray]) -> bool:
        """Evaluates the predicate on the needed arguments."""
        env = dict(zip(self._inputs, values))
        env.update(self._constants)

        def read(atom: Any) -> Any:
            return atom.val if isinstance(atom, Literal) else env[atom]

        for equation in self._equations:
            name = equation.primitive.name
            parameters = {} if name in _WITHOUT_PARAMETERS else equation.params
            env[equation.outvars[0]] = _PRIMITIVES[name](*map(read, equation.invars), **parameters)
        return bool(read(self._output))


def _interpretable(equation: Any) -> bool:
    exact = all(v.aval.dtype.kind in "iub" for v in (*equation.invars, *equation.outvars))
    return equation.primitive.name in _PRIMITIVES and exact
