"""Eager writes to large variables: the compiled program takes over the variable's memory instead of copying it.

Only kernels that leave the value whole where a check fails (`state.WHOLE_ON_FAILURE`) run so: once its memory is given
away, there is nothing to go back to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from tfshim.buffers import Cell
from tfshim.context import context
from tfshim.ops.computation import OpComputation, static_key
from tfshim.ops.kernels.state import WHOLE_ON_FAILURE

# Below this size a copy costs less than what is around it.
MIN_BYTES = 1 << 20

_programs: dict[Any, Callable[..., Any]] = {}


def applies(computation: OpComputation, written: Sequence[Cell]) -> bool:
    """Whether a write runs in place: one large variable, on the default device."""
    if len(written) != 1 or computation.name not in WHOLE_ON_FAILURE or context.device is not None:
        return False
    array = written[0].array
    return isinstance(array, jax.Array) and array.nbytes >= MIN_BYTES


def program(computation: OpComputation, statics: Sequence[np.ndarray], platform: str) -> Callable[..., Any]:
    """The compiled program of a computation whose first operand it may overwrite."""
    key = (computation, platform, *map(static_key, statics))
    found = _programs.get(key)
    if found is None:
        found = _programs[key] = jax.jit(computation.traceable(statics, platform), donate_argnums=0)
    return found


def write(
    computation: OpComputation, statics: Sequence[np.ndarray], operands: Sequence[Any], cell: Cell
) -> list[Any] | None:
    """Writes to the cell, whose array is the first operand. Returns None, or the checks of a write that failed."""
    platform = jax.default_backend()
    if cell.exposed:
        # Somebody holds the old value: the update makes the one copy that there must be.
        result = computation.program(statics, platform)(*operands)
    else:
        result = program(computation, statics, platform)(*operands)
    ok: Any = True
    if type(result) is list:
        result, ok = result
    if cell.exposed and _same_memory(result, operands[0]):
        cell.store(result)
    else:
        cell.store_fresh(result)
    return None if np.asarray(ok) else computation.diagnosis(statics, platform, [result, *operands[1:]])


def _same_memory(a: jax.Array, b: jax.Array) -> bool:
    # A program that has nothing to do may hand its operand back.
    return a.unsafe_buffer_pointer() == b.unsafe_buffer_pointer()
