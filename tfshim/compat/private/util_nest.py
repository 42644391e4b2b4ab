"""`tensorflow.python.util.nest`: `tfshim.nest`, and the names that start with an underscore."""

from collections.abc import Iterator
from typing import Any

from tfshim import nest as _nest
from tfshim.nest import *  # noqa: F403

is_sequence_or_composite = _is_nested_or_composite = _nest.is_nested_or_composite
_is_namedtuple, _is_mapping, _is_attrs = _nest.is_namedtuple, _nest.is_mapping, _nest.is_attrs


def _yield_sorted_items(iterable: Any) -> Iterator[tuple[Any, Any]]:
    """The children of a collection in the order of `flatten`, each with its key, name or index."""
    return _nest.keyed_children(iterable)


def _yield_value(iterable: Any) -> Iterator[Any]:
    """The children of a collection in the order of `flatten`."""
    return (child for _, child in _nest.keyed_children(iterable))
