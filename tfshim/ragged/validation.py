"""Checks of row partitions: at once where values are known, as assertions of the graph elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim.api.assertions import Assert
from tfshim.context import context
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.errors import InvalidArgumentError
from tfshim.ops import op
from tfshim.tensor import Tensor


class Checks:
    """Conditions that the arguments of a constructor must meet; `validate=False` asks for none."""

    def __init__(self, what: str, validate: bool):
        if not isinstance(validate, bool):
            raise TypeError(f"Argument `validate` must have type bool. Received {validate}.")
        self.message = f"Arguments do not form a valid {what}"
        self.validate = validate
        self._asserted: list[Any] = []

    def every(self, on_host: Callable[..., Any], in_graph: Callable[..., Tensor], *tensors: Tensor) -> None:
        """A condition on each element, computed from some tensors."""
        if not self.validate:
            return
        values = [constant_value(t) for t in tensors]
        if all(v is not None for v in values):
            if not np.all(on_host(*values)):
                raise InvalidArgumentError(None, None, f"{self.message}: {[v.tolist() for v in values]}")  # type: ignore[union-attr]
        elif context.graph is not None:
            holds = in_graph(*tensors)
            every = op("All")(holds, list(range(holds.shape.rank or 0)))
            self._asserted.append(Assert(every, [self.message]))

    def guard(self, tensor: Tensor) -> Tensor:
        """`tensor`, which in a plain graph cannot be computed where a condition does not hold."""
        graph = context.graph
        if graph is None or graph.building_function or not self._asserted:
            return tensor  # functions run all their assertions
        with graph.control_dependencies(self._asserted):
            return op("Identity")(tensor)

    def natural(self, x: Tensor) -> None:
        """No element is negative."""
        self.every(lambda v: v >= 0, lambda t: op("GreaterEqual")(t, convert_to_tensor(0, t.dtype)), x)

    def nondecreasing(self, x: Tensor) -> None:
        """Each element is at least its predecessor."""
        self.every(lambda v: np.diff(v) >= 0, lambda t: op("GreaterEqual")(t[1:], t[:-1]), x)

    def first_is_zero(self, x: Tensor) -> None:
        """The first element, if there is one, is 0."""
        self.every(lambda v: v[:1] == 0, lambda t: op("Equal")(t[:1], convert_to_tensor([0], t.dtype)), x)

    def at_most(self, x: Tensor, limit: Tensor) -> None:
        """No element exceeds a limit."""
        self.every(lambda v, n: v <= n, op("LessEqual"), x, limit)

    def below(self, x: Tensor, limit: Tensor) -> None:
        """All elements are below a limit."""
        self.every(lambda v, n: v < n, op("Less"), x, limit)

    def equal(self, x: Tensor, y: Tensor) -> None:
        """Two numbers agree."""
        self.every(lambda v, n: v == n, op("Equal"), x, y)
