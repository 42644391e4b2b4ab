"""`tensorflow.python.ops.linalg.linear_operator_addition`: sums of operators as one operator."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

from tfshim.namespaces import resolve


def add_operators(operators: Sequence[Any], operator_name=None, addition_tiers=None, name=None) -> list[Any]:
    """A list with one operator that stands for the sum: diagonal or triangular if all are, dense otherwise.

    Raises:
      TypeError: if `operators` is not a list or tuple.
      ValueError: if it is empty.
    """
    if not isinstance(operators, (list, tuple)):
        raise TypeError(f"operators should be a list or tuple of LinearOperator, not {operators!r}")
    if not operators:
        raise ValueError("operators is empty: there is nothing to add")
    if len(operators) == 1:
        return list(operators)
    diagonal = all(_is(o, "Diag", "Identity", "ScaledIdentity") for o in operators)
    lower = all(_is(o, "Diag", "Identity", "ScaledIdentity", "LowerTriangular") for o in operators)
    kind = "Diag" if diagonal else "LowerTriangular" if lower else "FullMatrix"
    parts = [o.diag_part() if diagonal else o.to_dense() for o in operators]
    made: Any = resolve(f"linalg.LinearOperator{kind}")
    return [
        made(
            reduce(lambda a, b: a + b, parts),
            is_self_adjoint=all(o.is_self_adjoint for o in operators) or None,
            is_positive_definite=all(o.is_positive_definite for o in operators) or None,
            name=operator_name,
        )
    ]


def _is(operator: Any, *kinds: str) -> bool:
    return type(operator).__name__ in [f"LinearOperator{kind}" for kind in kinds]
