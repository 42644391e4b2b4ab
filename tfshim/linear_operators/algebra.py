"""Products and quotients of two operators: one of a known structure where there is one, else a composition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim.api import array
from tfshim.linear_operators.bands import _Circulant
from tfshim.linear_operators.base import LinearOperator
from tfshim.linear_operators.blocks import LinearOperatorBlockDiag
from tfshim.linear_operators.dense import LinearOperatorLowerTriangular
from tfshim.linear_operators.derived import LinearOperatorComposition, LinearOperatorInversion
from tfshim.linear_operators.structured import (
    LinearOperatorDiag,
    LinearOperatorIdentity,
    LinearOperatorScaledIdentity,
    LinearOperatorZeros,
)


def _product_hints(left: LinearOperator, right: LinearOperator, commute: bool = True) -> dict[str, Any]:
    """What is known of the product of two operators; of those that commute more."""

    def both(hint: str) -> bool | None:
        return True if getattr(left, hint) and getattr(right, hint) else None

    hints = {"is_non_singular": both("is_non_singular"), "is_square": both("is_square")}
    if commute:
        self_adjoint = both("is_self_adjoint")
        hints["is_self_adjoint"] = self_adjoint
        hints["is_positive_definite"] = both("is_positive_definite") if self_adjoint else None
    return hints


def _diagonals(combine: Callable[[Any, Any], Any]) -> Callable[..., LinearOperator]:
    def fn(left, right):
        hints = _product_hints(left, right)
        if isinstance(left, LinearOperatorScaledIdentity) and isinstance(right, LinearOperatorScaledIdentity):
            return LinearOperatorScaledIdentity(
                left._arguments["num_rows"], combine(left._value(), right._value()), **hints
            )
        return LinearOperatorDiag(combine(left.diag_part(), right.diag_part()), **hints)

    return fn


def _scaled_rows(combine: Callable[[Any, Any], Any]) -> Callable[..., LinearOperator]:
    def fn(left, right):
        rows = array.expand_dims(left.diag_part(), -1)
        return LinearOperatorLowerTriangular(combine(rows, right.to_dense()), **_product_hints(left, right, False))

    return fn


def _scaled_columns(left, right):
    columns = array.expand_dims(right.diag_part(), -2)
    return LinearOperatorLowerTriangular(left.to_dense() * columns, **_product_hints(left, right, False))


def _circulants(combine: Callable[[Any, Any], Any]) -> Callable[..., LinearOperator]:
    def fn(left, right):
        return type(left)(combine(left._value(), right._value()), left.dtype, **_product_hints(left, right))

    return fn


def _blocks(act: Callable[[LinearOperator, LinearOperator], LinearOperator]) -> Callable[..., LinearOperator]:
    def fn(left, right):
        if len(left.operators) != len(right.operators):
            raise ValueError("Operators of blocks need the same number of blocks.")
        blocks = [act(a, b) for a, b in zip(left.operators, right.operators, strict=True)]
        return LinearOperatorBlockDiag(blocks, **_product_hints(left, right, False))

    return fn


def _zeros(left, right):
    rows, columns = left.range_dimension_tensor(), right.domain_dimension_tensor()
    square = left.is_square and right.is_square
    return LinearOperatorZeros(rows, columns, dtype=left.dtype, is_self_adjoint=square, is_square=square)


def _same_depth(left: LinearOperator, right: LinearOperator) -> bool:
    return type(left) is type(right) and left.dtype is right.dtype


def _always(left: Any, right: Any) -> bool:
    return True


_DIAGONAL = (LinearOperatorDiag, LinearOperatorScaledIdentity)


def _times(x, y):
    return x * y


def _under(x, y):
    return y / x


# Classes of both operators, on what condition, and what the result is; the first that fits counts.
_PRODUCTS = (
    (LinearOperatorZeros, LinearOperator, _always, _zeros),
    (LinearOperator, LinearOperatorZeros, _always, _zeros),
    (LinearOperatorIdentity, LinearOperator, _always, lambda left, right: right),
    (LinearOperator, LinearOperatorIdentity, _always, lambda left, right: left),
    (_DIAGONAL, _DIAGONAL, _always, _diagonals(_times)),
    (LinearOperatorDiag, LinearOperatorLowerTriangular, _always, _scaled_rows(_times)),
    (LinearOperatorLowerTriangular, LinearOperatorDiag, _always, _scaled_columns),
    (_Circulant, _Circulant, _same_depth, _circulants(_times)),
    (LinearOperatorBlockDiag, LinearOperatorBlockDiag, _always, _blocks(lambda a, b: a.matmul(b))),
)
_QUOTIENTS = (
    (LinearOperatorInversion, LinearOperator, _always, lambda left, right: matmul(left.operator, right)),
    (LinearOperatorIdentity, LinearOperator, _always, lambda left, right: right),
    (LinearOperator, LinearOperatorIdentity, _always, lambda left, right: left.inverse()),
    (_DIAGONAL, _DIAGONAL, _always, _diagonals(_under)),
    (LinearOperatorDiag, LinearOperatorLowerTriangular, _always, _scaled_rows(_under)),
    (_Circulant, _Circulant, _same_depth, _circulants(_under)),
    (LinearOperatorBlockDiag, LinearOperatorBlockDiag, _always, _blocks(lambda a, b: a.solve(b))),
)


def _found(table: Any, left: LinearOperator, right: LinearOperator) -> Any:
    for first, second, condition, fn in table:
        if isinstance(left, first) and isinstance(right, second) and condition(left, right):
            return fn
    return None


def matmul(left: LinearOperator, right: LinearOperator) -> LinearOperator:
    """The product of two operators as an operator."""
    fn = _found(_PRODUCTS, left, right)
    return fn(left, right) if fn is not None else _composed(left, right)


def solve(left: LinearOperator, right: LinearOperator) -> LinearOperator:
    """The inverse of one operator times another, as an operator."""
    fn = _found(_QUOTIENTS, left, right)
    return fn(left, right) if fn is not None else _composed(LinearOperatorInversion(left), right)


def _composed(left: LinearOperator, right: LinearOperator) -> LinearOperator:
    square = True if left.is_square and right.is_square else None
    return LinearOperatorComposition([left, right], is_square=square)
