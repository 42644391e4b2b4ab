"""Checks of a segment evaluated by NumPy.

On the CPU, a compiled check would queue behind the programs that are still running, and the next segment could only
be dispatched after them. What most checks need is there on the host: an argument's labels or indices.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from tfshim.ops import numpy_programs


class HostGuard:
    """The predicate of a segment's checks for arguments of one set of shapes.

    `needed` are the positions of the arguments on which it depends; it is None if NumPy cannot evaluate it exactly.
    """

    __slots__ = ("_held", "_run", "needed")

    def __init__(self, predicate: Callable[..., Any], arguments: Sequence[Any]):
        closed = jax.make_jaxpr(predicate)(*arguments)
        self.needed: list[int] | None = None
        # The arrays for which the predicate held last: what a loop passes at each step is checked once.
        self._held: list[Any] = []
        try:
            # Integers and booleans alone are exact; their number does not matter.
            self._run, positions = numpy_programs.numpy_program(closed, kinds="iub", max_size=None)
        except numpy_programs.Unsupported:
            return
        # An argument may be a tree: the residuals of a gradient. Those are not looked into.
        owners = [i for i, argument in enumerate(arguments) for _ in jax.tree.leaves(argument)]
        trees = {i for i, argument in enumerate(arguments) if not jax.tree_util.all_leaves([argument])}
        needed = [owners[p] for p in positions]
        if trees.isdisjoint(needed):
            self.needed = needed

    def holds(self, arguments: Sequence[Any]) -> bool:
        """Evaluates the predicate on the needed ones of all arguments."""
        given = [arguments[i] for i in self.needed]  # type: ignore[union-attr]
        before = self._held  # another thread may replace it
        if before and all(array() is a for array, a in zip(before, given, strict=True)):
            return True
        held = bool(self._run(*map(np.asarray, given))[0])
        # A NumPy array may have other values the next time.
        unchanging = held and not any(isinstance(a, np.ndarray) for a in given)
        self._held = [weakref.ref(a) for a in given] if unchanging else []
        return held
