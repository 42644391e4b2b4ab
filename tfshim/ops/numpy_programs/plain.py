"""A jaxpr as plain data: what the rules of NumPy programs read of it, and what can be kept in a file."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

# Equations that only call a jaxpr, and the parameters that may hold it.
_CALLS = {
    **dict.fromkeys(["jit", "pjit", "closed_call", "core_call", "remat", "checkpoint"], ("jaxpr",)),
    **dict.fromkeys(["custom_jvp_call", "custom_vjp_call", "custom_vjp_call_jaxpr"], ("call_jaxpr", "fun_jaxpr")),
}


class Aval(NamedTuple):
    """The shape and dtype of a value."""

    shape: tuple[int, ...]
    dtype: Any

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))


class Variable:
    """A value of a program: known by its identity."""

    __slots__ = ("aval",)

    def __init__(self, aval: Aval) -> None:
        self.aval = aval


class Literal:
    """A constant in an equation."""

    __slots__ = ("aval", "val")

    def __init__(self, val: np.ndarray, aval: Aval) -> None:
        self.val = val
        self.aval = aval


class Primitive(NamedTuple):
    name: str
    multiple_results: bool


class Equation(NamedTuple):
    primitive: Primitive
    invars: list[Any]
    outvars: list[Any]
    params: dict[str, Any]


class Jaxpr(NamedTuple):
    constvars: list[Any]
    invars: list[Any]
    outvars: list[Any]
    eqns: list[Equation]


class ClosedJaxpr(NamedTuple):
    jaxpr: Jaxpr
    consts: list[np.ndarray]


def plain(closed: Any) -> ClosedJaxpr:
    """The same program as plain data: the equations that its outputs need, without what only compilers read."""
    return ClosedJaxpr(_open(closed.jaxpr), [np.asarray(c) for c in closed.consts])


def called_jaxpr(equation: Any) -> Any:
    """The jaxpr that an equation only calls, or None."""
    names = _CALLS.get(equation.primitive.name)
    return None if names is None else next(equation.params[n] for n in names if n in equation.params)


def _open(jaxpr: Any) -> Jaxpr:
    known: dict[Any, Variable] = {}

    def atom(old: Any) -> Any:
        aval = Aval(tuple(old.aval.shape), old.aval.dtype)
        if hasattr(old, "val"):
            return Literal(np.asarray(old.val, aval.dtype), aval)
        return known.setdefault(old, Variable(aval))

    return Jaxpr(
        [atom(v) for v in jaxpr.constvars],
        [atom(v) for v in jaxpr.invars],
        [atom(v) for v in jaxpr.outvars],
        [
            Equation(
                Primitive(e.primitive.name, e.primitive.multiple_results),
                [atom(v) for v in e.invars],
                [atom(v) for v in e.outvars],
                _parameters(e),
            )
            for e in _needed_equations(jaxpr)
        ],
    )


def _parameters(equation: Any) -> dict[str, Any]:
    inner = called_jaxpr(equation)
    if inner is not None:
        return {_CALLS[equation.primitive.name][0]: _value(inner)}
    return {k: _value(v) for k, v in equation.params.items() if isinstance(v, type) or not callable(v)}


def _value(value: Any) -> Any:
    if hasattr(value, "eqns"):
        return plain(value) if hasattr(value, "consts") else _open(value)
    if isinstance(value, (tuple, list)):
        parts = [_value(v) for v in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return value


def _needed_equations(jaxpr: Any) -> list[Any]:
    """The equations on which the outputs depend, in order."""
    wanted = set(map(id, jaxpr.outvars))
    needed = []
    for equation in reversed(jaxpr.eqns):
        if not wanted.isdisjoint(map(id, equation.outvars)):
            wanted.update(map(id, equation.invars))
            needed.append(equation)
    return needed[::-1]
