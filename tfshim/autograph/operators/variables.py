"""Variables that may have no value, which functions that return their variables must be able to name."""

from __future__ import annotations

from malt.operators.variables import Undefined, UndefinedReturnValue, ld, ldu

__all__ = ["Undefined", "UndefinedReturnValue", "is_missing", "ld", "ldu"]


def is_missing(value: object) -> bool:
    """True for None and for what has no value."""
    return value is None or isinstance(value, (Undefined, UndefinedReturnValue))
