"""Checks of a segment evaluated by NumPy.

On the CPU, a compiled check would queue behind the programs that are still running, and the next segment could only
be dispatched after them. What most checks need is there on the host: an argument's labels or indices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from tfshim.ops import numpy_programs


class HostGuard:
    """The predicate of a segment's checks for arguments of one set of shapes.

    `needed` are the positions of the arguments on which it depends; it is None if NumPy cannot evaluate it exactly.
    """

    __slots__ = ("_run", "needed")

    def __init__(self, predicate: Callable[..., Any], arguments: Sequence[Any]):
        closed = jax.make_jaxpr(predicate)(*arguments)
        self.needed: list[int] | None = None
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

    def holds(self, values: Sequence[np.ndarray]) -> bool:
        """Evaluates the predicate on the needed arguments."""
        return bool(self._run(*values)[0])
