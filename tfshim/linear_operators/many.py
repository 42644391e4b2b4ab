"""What operators made of a list of others share."""

from __future__ import annotations

import functools
import operator as python_operator
from collections.abc import Iterable
from typing import Any

from tfshim.api import array
from tfshim.linear_operators.base import LinearOperator
from tfshim.linear_operators.hints import agreed, all_true
from tfshim.linear_operators.spec import HINTS
from tfshim.linear_operators.tensors import broadcast_shape_tensors, broadcast_shapes


def total(values: Iterable[Any]) -> Any:
    """The sum of one value or more."""
    return functools.reduce(python_operator.add, values)


def product(values: Iterable[Any]) -> Any:
    """The product of one value or more."""
    return functools.reduce(python_operator.mul, values)


def implied(given: Any, answers: Iterable[Any], what: str) -> Any:
    """A hint that holds if it holds for all parts; ValueError if the caller says the contrary."""
    if all_true(answers) is None:
        return given
    return agreed(given, True, f"The operator is always {what}, as all its parts are.")


def check_operators(operators: Any) -> list[LinearOperator]:
    """A list of operators of one type; ValueError or TypeError if it is none."""
    operators = list(operators)
    if not operators:
        raise ValueError("Expected a non-empty list of operators: it must be a list of >=1 operators.")
    if len({o.dtype for o in operators}) > 1:
        found = ", ".join(f"{o.name}: {o.dtype.name}" for o in operators)
        raise TypeError(f"Expected every operation in argument `operators` to have the same dtype. Received {found}")
    return operators


class OfMany(LinearOperator):
    """An operator made of a list of others, whose batches broadcast; `_link` joins their names to its own."""

    _link: str

    def __init__(self, operators: list[LinearOperator], hints: Iterable[Any], name: Any, parameters: dict[str, Any]):
        name = name or self._link.join(o.name for o in operators)
        super().__init__(operators[0].dtype, None, *hints, name, parameters)
        self._arguments = {"operators": operators}

    @property
    def operators(self) -> list[LinearOperator]:
        """The operators that it is made of, in order."""
        return list(self._arguments["operators"])

    def _static_shape(self, sizes: list[Any]) -> Any:
        return broadcast_shapes([o.batch_shape for o in self.operators]).concatenate(sizes)

    def _dynamic_shape(self, sizes: list[Any]) -> Any:
        batch = broadcast_shape_tensors([o.batch_shape_tensor() for o in self.operators])
        return array.concat([batch, array.stack(sizes)], 0)

    def _of_each(self, method: str, **hints: Any) -> Any:
        """The operator made of what `method` gives for each part, of the same hints but for `hints`."""
        known = {hint: getattr(self, hint) for hint in HINTS}
        return type(self)([getattr(o, method)() for o in self.operators], **{**known, **hints})


class OfIndependent(OfMany):
    """Parts that do not get in each other's way: adjoint, inverse and Cholesky factor are those of each part."""

    def _adjoint(self):
        return self._of_each("adjoint")

    def _inverse(self):
        return self._of_each("inverse")

    def _cholesky(self):
        return self._of_each("cholesky", is_non_singular=True, is_self_adjoint=None)
