"""`tensorflow.python.util.nest`: `tfshim.nest`, and the names that start with an underscore."""

from collections.abc import Iterator
from typing import Any

from tfshim.nest import *  # noqa: F403
from tfshim.nest import is_attrs, is_mapping, is_namedtuple, is_nested_or_composite, keyed_children

is_sequence_or_composite = _is_nested_or_composite = is_nested_or_composite
_is_namedtuple, _is_mapping, _is_attrs = is_namedtuple, is_mapping, is_attrs


def _yield_sorted_items(iterable: Any) -> Iterator[tuple[Any, Any]]:
    """The children of a collection in the order of `flatten`, each with its key, name or index."""
    return keyed_children(iterable)


def _yield_value(iterable: Any) -> Iterator[Any]:
    """The children of a collection in the order of `flatten`."""
    return (child for _, child in keyed_children(iterable))
