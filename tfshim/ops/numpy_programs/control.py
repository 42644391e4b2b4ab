"""Primitives that hold programs of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim.ops.jaxprs import scan_counts
from tfshim.ops.numpy_programs.program import Unsupported, of_all_operands, rule

_ANY = "biufc"
# A longer loop is worth a compiled program.
_MAX_LENGTH = 32


@rule("platform_index", dtypes=_ANY)
def _platform_index(equation: Any) -> Callable[..., Any]:
    choices = equation.params["platforms"]
    index = next((i for i, names in enumerate(choices) if names is None or "cpu" in names), None)
    if index is None:
        raise Unsupported("a program without a variant for the CPU")
    return lambda: np.int32(index)


@rule("cond", dtypes=_ANY)
def _cond(equation: Any) -> Callable[..., Any]:
    branches = [of_all_operands(b) for b in equation.params["branches"]]
    last = len(branches) - 1
    return lambda which, *operands: branches[min(max(int(which), 0), last)](*map(np.asarray, operands))


def _leading(predicate: np.ndarray, value: np.ndarray) -> np.ndarray:
    return predicate.reshape(predicate.shape + (1,) * (value.ndim - predicate.ndim))


@rule("while", dtypes=_ANY)
def _while(equation: Any) -> Callable[..., Any]:
    skipped, consts = equation.params["cond_nconsts"], equation.params["body_nconsts"]
    goes_on, body = (of_all_operands(equation.params[k]) for k in ("cond_jaxpr", "body_jaxpr"))

    def run(*operands):
        operands = [np.asarray(o) for o in operands]
        asked, fixed, state = operands[:skipped], operands[skipped : skipped + consts], operands[skipped + consts :]
        while (going := goes_on(*asked, *state)[0]).any():
            new = body(*fixed, *state)
            # A batch of loops: those that have ended keep their values.
            state = [np.where(_leading(going, n), n, s) for n, s in zip(new, state, strict=True)] if going.ndim else new
        return state

    return run


@rule("scan", dtypes=_ANY)
def _scan(equation: Any) -> Callable[..., Any]:
    consts, carried = scan_counts(equation)
    length = equation.params["length"]
    if length > _MAX_LENGTH:
        raise Unsupported("a long loop")
    body = of_all_operands(equation.params["jaxpr"])
    stacked = [v.aval for v in equation.outvars[carried:]]
    order = range(length - 1, -1, -1) if equation.params["reverse"] else range(length)

    def run(*operands):
        operands = [np.asarray(o) for o in operands]
        fixed, state, rows = operands[:consts], operands[consts : consts + carried], operands[consts + carried :]
        collected = [np.empty(aval.shape, aval.dtype) for aval in stacked]
        for i in order:
            outputs = body(*fixed, *state, *[np.asarray(r[i]) for r in rows])
            state = outputs[:carried]
            for target, value in zip(collected, outputs[carried:], strict=True):
                target[i] = value
        return [*state, *collected]

    return run


@rule("custom_linear_solve", dtypes="biuf")
def _linear_solve(equation: Any) -> Callable[..., Any]:
    lengths, jaxprs = equation.params["const_lengths"], equation.params["jaxprs"]
    start = lengths.matvec + lengths.vecmat
    end = start + lengths.solve
    count = sum(lengths)
    solve = of_all_operands(jaxprs.solve)
    return lambda *operands: solve(*map(np.asarray, (*operands[start:end], *operands[count:])))
