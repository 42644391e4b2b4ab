"""Lists that a loop lengthens: how long they get, where the loop's counters tell it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfshim.control_flow.trip_count import BODY, TripCount
from tfshim.lowering.program import Instruction
from tfshim.ops.tensor_list import ListValue


def final_lengths(count: TripCount, trips: int | None, values: Sequence[Any]) -> dict[int, int]:
    """The lengths that growing lists among the loop variables have after the loop, by position.

    Only those that can be told: the loop runs `trips` times, and each iteration writes where arithmetic on its known
    counters says.
    """
    found: dict[int, int] = {}
    if not trips:
        return found
    for position in range(count.n_vars):
        value = values[position]
        if isinstance(value, ListValue) and isinstance(value.length, int):
            writes = _writes(count, position)
            highest = _highest(count, trips, writes, values) if writes else None
            if highest is not None and highest >= value.length:
                found[position] = highest + 1
    return found


def _writes(count: TripCount, position: int) -> list[Instruction]:
    """What the body does to a list, if that is writing to it and letting it grow; else nothing."""
    nested = count.nested
    plan = nested.plans[BODY]
    ref = nested.origin(BODY, plan.program.outputs[position])
    writes: list[Instruction] = []
    while ref != plan.program.inputs[position]:
        instruction = plan._producer.get(ref)
        if instruction is None or instruction.computation.name != "TensorListSetItem":
            return []
        computation: Any = instruction.computation
        attrs = dict(zip(computation.kernel.attr_names, computation.attrs, strict=True))
        if not attrs["resize_if_index_out_of_bounds"]:
            return []
        writes.append(instruction)
        ref = nested.origin(BODY, instruction.inputs[0])
    return writes


def _highest(count: TripCount, trips: int, writes: Sequence[Instruction], values: Sequence[Any]) -> int | None:
    """The highest index that the writes of all iterations have; None if it is not known, or some are negative."""
    nested = count.nested
    refs = [w.inputs[1] for w in writes]
    sources: set[int] = set()
    for ref in refs:
        more = nested.sources(BODY, ref)
        if more is None:
            return None
        sources |= more
    indices = []
    for current in count.states(sources, trips, values):
        program = nested.plans[BODY].program
        known = {program.inputs[i]: v for i, v in current.items()}
        indices.extend(int(np.asarray(nested.fold(BODY, ref, known))) for ref in refs)
    return max(indices) if indices and min(indices) >= 0 else None
