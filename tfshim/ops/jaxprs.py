"""What is asked of the equations of a jaxpr and has no answer of its own in all versions of JAX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def scan_counts(equation: Any) -> tuple[int, int]:
    """How many constants and how many carried values a `scan` takes, before what it scans.

    JAX keeps the numbers in ways that differ from version to version; what is scanned or stacked has a dimension more
    outside than in the body.
    """

    def scanned(outside: Sequence[Any], inside: Sequence[Any]) -> int:
        return sum(o.aval.ndim != i.aval.ndim for o, i in zip(outside, inside, strict=True))

    body = equation.params["jaxpr"].jaxpr
    carried = len(equation.outvars) - scanned(equation.outvars, body.outvars)
    return len(equation.invars) - scanned(equation.invars, body.invars) - carried, carried
