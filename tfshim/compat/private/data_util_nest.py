"""`tensorflow.python.data.util.nest`: structures as datasets have them, in which a list is one value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfshim import nest as _nest
from tfshim.data import structure as _structure


def is_nested(structure: Any) -> bool:
    """Whether something is a tuple, a mapping or an attrs object; lists are not."""
    return not isinstance(structure, list) and _nest.is_nested(structure)


def flatten(structure: Any) -> list[Any]:
    """The values in order."""
    found: list[Any] = []
    _structure.map_leaves(found.append, structure)
    return found


def pack_sequence_as(structure: Any, flat_sequence: Sequence[Any]) -> Any:
    """The structure with other values in it; ValueError if there are too many or too few."""
    if len(flatten(structure)) != len(flat_sequence):
        raise ValueError(
            f"Could not pack sequence. The structure had {len(flatten(structure))} elements, but the given sequence "
            f"had {len(flat_sequence)} elements."
        )
    values = iter(flat_sequence)
    return _structure.map_leaves(lambda _: next(values), structure)


def assert_same_structure(nest1: Any, nest2: Any, check_types: bool = True) -> None:
    """ValueError or TypeError for structures that differ."""
    leaf = _structure.map_leaves
    _nest.assert_same_structure(leaf(lambda _: 0, nest1), leaf(lambda _: 0, nest2), check_types)


def map_structure(func: Callable[..., Any], *structures: Any, check_types: bool = True) -> Any:
    """The structure with what `func` gives for each value, or for the values in the same place of several."""
    if not callable(func):
        raise TypeError(f"func must be callable, got {func}")
    for other in structures[1:]:
        assert_same_structure(structures[0], other, check_types)
    results = [func(*values) for values in zip(*map(flatten, structures), strict=True)]
    return pack_sequence_as(structures[0], results)
