"""From a jaxpr to a Python function of NumPy arrays."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from tfshim.ops.numpy_programs.plain import ClosedJaxpr, called_jaxpr, plain

# Above these a compiled program is worth its making.
MAX_STEPS = 1000
MAX_SIZE = 4096

Step = Callable[..., Any]
Rule = Callable[..., Step]

_rules: dict[str, Rule] = {}


class Unsupported(Exception):
    """The program has a part that NumPy cannot do, or not exactly enough: it must be compiled."""


def rule(*names: str, dtypes: str = "biuf") -> Callable[[Rule], Rule]:
    """Registers how NumPy carries out the primitives `names`.

    The function takes the equation and gives a function from input arrays to the output array (a sequence of arrays
    if there are several). `dtypes` are the kinds that inputs and outputs may have.
    """

    def register(make: Rule) -> Rule:
        for name in names:
            _rules[name] = functools.partial(_checked, make, frozenset(dtypes))
        return make

    return register


def _checked(make: Rule, kinds: frozenset[str], equation: Any) -> Step:
    for variable in (*equation.invars, *equation.outvars):
        if variable.aval.dtype.kind not in kinds:
            raise Unsupported(f"{equation.primitive.name} of {variable.aval.dtype}")
    return make(equation)


def numpy_program(
    closed: Any, *, kinds: str = "biufc", max_size: int | None = MAX_SIZE
) -> tuple[Callable[..., list[np.ndarray]], list[int]]:
    """What NumPy carries out for a closed jaxpr: a function from operands to the list of outputs, and which it takes.

    Args:
      closed: the jaxpr.
      kinds: of the dtypes that its values may have.
      max_size: how many elements each of them may have.

    Returns:
      The function, and the positions of the operands that it needs: it takes these alone.

    Raises Unsupported.
    """
    return _program(plain(closed), kinds, max_size)


def _program(
    closed: ClosedJaxpr, kinds: str, max_size: int | None
) -> tuple[Callable[..., list[np.ndarray]], list[int]]:
    writer = _Writer(kinds, max_size)
    inputs = [writer.new() for _ in closed.jaxpr.invars]
    outputs = writer.write(closed, inputs)
    if len(writer.lines) > MAX_STEPS:
        raise Unsupported("a long program")
    variables = closed.jaxpr.invars
    text = " ".join([*writer.lines, *outputs]) + " "
    needed = [i for i, name in enumerate(inputs) if re.search(rf"\b{name}\b", text)]
    starts = [
        f"{inputs[i]} = flushed({inputs[i]})"
        for i in needed
        if writer.computes and variables[i].aval.dtype.kind in "fc"
    ]
    finished = [
        f"finish{'_float' if v.aval.dtype.kind in 'fc' and writer.computes else ''}({name})"
        for v, name in zip(closed.jaxpr.outvars, outputs, strict=True)
    ]
    parameters = ", ".join([inputs[i] for i in needed])
    source = "\n ".join([f"def run({parameters}):", *starts, *writer.lines, f"return [{', '.join(finished)}]"])
    names = writer.names | {"finish": _finish, "finish_float": _finish_float, "flushed": _flushed}
    exec(source, names)
    run = names["run"]
    if not writer.computes:
        return run, needed

    def quietly(*operands):
        # Infinities and NaNs are results, here as in a compiled program.
        with np.errstate(all="ignore"):
            return run(*operands)

    return quietly, needed


def of_all_operands(closed: ClosedJaxpr) -> Callable[..., list[np.ndarray]]:
    """Like `numpy_program` of a plain jaxpr, for callers that have all operands at hand."""
    run, needed = _program(closed, "biufc", MAX_SIZE)
    if len(needed) == len(closed.jaxpr.invars):
        return run
    return lambda *operands: run(*[operands[i] for i in needed])


class _Writer:
    """Writes the program as Python source: straight-line code without any look-up of what comes next."""

    def __init__(self, kinds: str, max_size: int | None) -> None:
        self._kinds = kinds
        self._max_size = max_size
        self.lines: list[str] = []
        self.names: dict[str, Any] = {}
        self.computes = False
        self._count = 0

    def new(self) -> str:
        self._count += 1
        return f"v{self._count}"

    def constant(self, value: Any) -> str:
        name = self.new()
        self.names[name] = value
        return name

    def write(self, closed: Any, inputs: Sequence[str]) -> list[str]:
        """Adds the steps of a jaxpr; returns the names of its outputs."""
        return self._open(closed.jaxpr, [self.constant(np.asarray(c)) for c in closed.consts], inputs)

    def _open(self, jaxpr: Any, consts: Sequence[str], inputs: Sequence[str]) -> list[str]:
        known = dict(zip(jaxpr.constvars, consts, strict=True)) | dict(zip(jaxpr.invars, inputs, strict=True))

        def name_of(atom: Any) -> str:
            if hasattr(atom, "val"):
                return self.constant(np.asarray(atom.val, atom.aval.dtype))
            return known[atom]

        for equation in jaxpr.eqns:
            arguments = [name_of(a) for a in equation.invars]
            inner = called_jaxpr(equation)
            if inner is not None:
                results = self.write(inner, arguments) if hasattr(inner, "consts") else self._open(inner, [], arguments)
            else:
                results = self._step(equation, arguments)
            known.update(zip(equation.outvars, results, strict=True))
        return [name_of(a) for a in jaxpr.outvars]

    def _step(self, equation: Any, arguments: list[str]) -> list[str]:
        make = _rules.get(equation.primitive.name)
        if make is None:
            raise Unsupported(equation.primitive.name)
        for variable in (*equation.invars, *equation.outvars):
            if variable.aval.dtype.kind not in self._kinds:
                raise Unsupported(f"values of {variable.aval.dtype}")
            if self._max_size is not None and variable.aval.size > self._max_size:
                raise Unsupported("large values")
        step = make(equation)
        self.computes |= equation.primitive.name not in MOVES
        results = [self.new() for _ in equation.outvars]
        targets = results[0] if not equation.primitive.multiple_results else f"[{', '.join(results)}]"
        self.lines.append(f"{targets} = {self.constant(step)}({', '.join(arguments)})")
        return results


# Primitives that hand values on, or change their signs: no denormal is lost in them.
MOVES: set[str] = set()


def _finish(value: Any) -> np.ndarray:
    return np.asarray(value, order="C")


def _flushed(value: Any) -> Any:
    # TensorFlow and XLA compute with denormals as zeros of their sign.
    if value.dtype.kind == "c":
        parts = np.ascontiguousarray(value).reshape(-1).view(value.real.dtype)
        return _flushed(parts).view(value.dtype).reshape(value.shape)
    if value.dtype.itemsize == 1 or value.dtype == np.float16:
        return value  # both compute in float32, where what is denormal here is an ordinary number
    return value * (np.abs(value) >= np.finfo(value.dtype).tiny)


def _finish_float(value: Any) -> np.ndarray:
    return np.asarray(_flushed(value), order="C")


class SmallProgram(NamedTuple):
    """A program by NumPy: `run` gives what the jitted function gives.

    `compilable`: if it is called often it is better compiled, and gives the same to the last bit. `exact`: it gives
    the same bits as the compiled program.
    """

    run: Callable[..., Any]
    compilable: bool
    exact: bool


class Recipe(NamedTuple):
    """What a small program is made of, as plain data: the jaxpr, and where its outputs belong in the result."""

    jaxpr: ClosedJaxpr
    result: Any


def recipe(jitted: Any, operands: Sequence[np.ndarray]) -> Recipe:
    """The recipe of a jitted function for small host arrays like `operands`."""
    traced = jitted.trace(*operands)
    structure = jax.tree.structure(traced.out_info)
    return Recipe(plain(traced.jaxpr), jax.tree.unflatten(structure, range(structure.num_leaves)))


def small_program(made: Recipe) -> SmallProgram | None:
    """What computes a jitted function on small host arrays by NumPy; None: it must be compiled."""
    try:
        run = of_all_operands(made.jaxpr)
    except Unsupported:
        return None
    exact = _roundings(made.jaxpr.jaxpr) <= 1
    compilable = exact and not _is_light(made.jaxpr.jaxpr)
    structure = jax.tree.structure(made.result)
    if structure == jax.tree.structure(0):
        return SmallProgram(lambda *operands: run(*operands)[0], compilable, exact)
    if structure == jax.tree.structure((0,) * structure.num_leaves):
        return SmallProgram(lambda *operands: tuple(run(*operands)), compilable, exact)
    return SmallProgram(lambda *operands: jax.tree.unflatten(structure, run(*operands)), compilable, exact)


# Correctly rounded, alone: of two, a compiled program may make one.
_ROUNDED = frozenset(["add", "sub", "mul", "div", "sqrt", "square"])
# Without any rounding.
_UNROUNDED = frozenset(
    "abs and argmax argmin ceil clamp convert_element_type copy eq floor ge gt is_finite le lt max min ne neg not or "
    "reduce_and reduce_max reduce_min reduce_or round select_n sign sort stop_gradient top_k xor".split()
)
_MANY = 1000


def _roundings(jaxpr: Any) -> int:
    """How many roundings of floating-point numbers a program has; `_MANY` if some are not known to be correct."""
    count = 0
    for equation in jaxpr.eqns:
        inner = called_jaxpr(equation)
        name = equation.primitive.name
        if inner is not None:
            count += _roundings(getattr(inner, "jaxpr", inner))
        elif name in _ROUNDED and any(v.aval.dtype.kind in "fc" for v in equation.outvars):
            count += 1
        elif name not in _ROUNDED | _UNROUNDED | MOVES and any(v.aval.dtype.kind in "fc" for v in equation.invars):
            return _MANY
    return count


# Views, for which NumPy is faster than any call of a compiled program.
_LIGHT = frozenset("broadcast_in_dim copy expand_dims reshape rev slice squeeze stop_gradient transpose".split())


def _is_light(jaxpr: Any) -> bool:
    return len(jaxpr.eqns) <= 3 and all(e.primitive.name in _LIGHT for e in jaxpr.eqns)
