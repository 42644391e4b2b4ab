"""Ranks and shapes of arrays that may be unknown while a graph is built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim.api import array as array_api
from tfshim.api.gather import where
from tfshim.tensor import Tensor


def static_rank(x: Tensor, function: str) -> int:
    """The rank of a tensor; ValueError naming `function` if it is unknown while the graph is built."""
    rank = x.shape.rank
    if rank is None:
        raise ValueError(
            f"tf.experimental.numpy.{function} needs a tensor of known rank: use tf.ensure_shape before it"
        )
    return rank


def any_rank(x: Tensor) -> Any:
    """The rank as an integer if it is known, else as a tensor."""
    rank = x.shape.rank
    return array_api.rank(x) if rank is None else rank


def choose(condition: Any, yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
    """`yes()` or `no()`: at once if the condition is known, else when the graph runs."""
    if isinstance(condition, bool):
        return yes() if condition else no()
    from tfshim.control_flow.cond import cond  # rarely needed

    return cond(condition, yes, no)


def at_least(rank: int, x: Tensor) -> Tensor:
    """`x` with axes of size 1 added in front, up to `rank` of them."""
    missing = rank - any_rank(x)
    return x if isinstance(missing, int) and missing <= 0 else with_new_axes(x, missing)


def with_new_axes(x: Tensor, front: Any, end: Any = 0) -> Tensor:
    """`x` with so many axes of size 1 in front and at the end."""
    return array_api.reshape(x, with_ones(array_api.shape(x), front, end))


def with_ones(vector: Any, front: Any, end: Any = 0) -> Tensor:
    """A vector with so many ones in front (none if negative) and at the end."""
    if isinstance(front, int) and isinstance(end, int):
        return array_api.concat([[1] * front, vector, [1] * end], 0)
    return array_api.pad(vector, [[_not_negative(front), _not_negative(end)]], constant_values=1)


def _not_negative(x: Any) -> Any:
    return where(x > 0, x, 0) if isinstance(x, Tensor) else max(x, 0)
