"""Loops that Python runs while a function is traced: each iteration adds its ops to the graph."""

from __future__ import annotations

import logging
import traceback

from tfshim.context import context
from tfshim.graph import Operation

# From this iteration on, a few are looked at: does the loop make ops?
_SUSPICIOUS = 50_000
_LOOKED_AT = 3
_MOST = 100_000_000

logger = logging.getLogger("tensorflow")


class Unrolled:
    """Counts the iterations of one loop; says once that a long one makes ops.

    Raises:
      ValueError: the loop does not end.
    """

    __slots__ = ("_known", "_next_look", "iterations")

    def __init__(self) -> None:
        self.iterations = 0
        self._next_look = _SUSPICIOUS
        # How many ops the graph had when the iteration began that is looked at.
        self._known: int | None = None

    def count(self) -> None:
        """To be called after each iteration."""
        self.iterations += 1
        if self.iterations >= self._next_look:
            self._look()

    def _look(self) -> None:
        graph = context.graph
        if self.iterations > _MOST:
            raise ValueError("iteration limit exceeded")
        if graph is None or self.iterations > _SUSPICIOUS + _LOOKED_AT:
            self._next_look = _MOST
            return
        made = graph._nodes[self._known :] if self._known is not None else []
        if made:
            self._next_look = _MOST
            _warn(self.iterations + 1, made)
        self._known = len(graph._nodes)


def _warn(iteration: int, made: list[Operation]) -> None:
    place = "".join(traceback.format_stack())
    logger.warning(
        "Large unrolled loop detected: it is Python that runs it, not the graph, which gets the ops of every "
        "iteration. Loop over a tensor (tf.range) instead. Ops created after iteration %s: %s\nSee "
        "https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/autograph/g3doc/reference/"
        "common_errors.md#warning-large-unrolled-loop-detected\nLocation:\n%s",
        iteration,
        made,
        place,
    )
