"""Slot variables: what an optimizer, or a moving average, keeps beside each variable."""

from __future__ import annotations

from typing import Any

from tfshim.v1.initializers import Zeros
from tfshim.v1.variable_scope import get_variable, get_variable_scope, variable_scope


def create_slot(primary: Any, initial: Any, name: str, shape: Any = None, dtype: Any = None) -> Any:
    """A variable `PRIMARY/name` that is not trainable.

    `initial` is a value, or an initializer for `shape` and `dtype` (by default those of `primary`).
    """
    if callable(initial):
        shape = primary.shape if shape is None else shape
        dtype = dtype or primary.dtype
    # What is followed may be a tensor too.
    primary_name = getattr(primary, "_shared_name", None) or primary.op.name
    with variable_scope(None, f"{primary_name}/{name}"):
        scope = get_variable_scope()
        scope.set_partitioner(None)
        # The scope is the name: it is unique, and nothing comes after its slash.
        return get_variable("", initializer=initial, trainable=False, shape=shape, dtype=dtype)


def create_zeros_slot(primary: Any, name: str, dtype: Any = None) -> Any:
    """A slot variable of the shape of `primary`, filled with zeros."""
    return create_slot(primary, Zeros(), name, dtype=dtype)
