"""Operators made of others: adjoint, inverse, product, and an update of low rank."""

from __future__ import annotations

from typing import Any

from tfshim.api import array, linalg, math_reduce, math_unary
from tfshim.api import linalg_decompositions as decompositions
from tfshim.export import export
from tfshim.linear_operators.base import LinearOperator
from tfshim.linear_operators.checks import assert_each
from tfshim.linear_operators.many import OfMany, check_operators, product, total
from tfshim.linear_operators.structured import LinearOperatorDiag, LinearOperatorIdentity
from tfshim.linear_operators.tensors import broadcast_batches, broadcast_shape_tensors, broadcast_shapes, keep, read
from tfshim.shapes import Dimension, TensorShape

_HINTS = ("is_non_singular", "is_self_adjoint", "is_positive_definite", "is_square")


def _combined_hints(operator: LinearOperator, given: dict[str, Any]) -> dict[str, Any]:
    """The hints of an operator with those of the caller; ValueError where both say something else."""
    result = {}
    for hint, value in given.items():
        known = getattr(operator, hint)
        if value is not None and known is not None and bool(value) != known:
            what = hint.removeprefix("is_").replace("_", "-")
            raise ValueError(f"The operator has the hint {hint}={known}: this one is {what} just where that one is.")
        result[hint] = known if value is None else value
    return result


class _OfOne(LinearOperator):
    """An operator made of one other: `_suffix` ends its name."""

    _suffix: str

    def __init__(self, operator, hints, name, parameters):
        combined = _combined_hints(operator, hints)
        name = name or operator.name + self._suffix
        super().__init__(operator.dtype, **combined, name=name, parameters=parameters)
        self._arguments = {"operator": operator}

    @property
    def operator(self) -> LinearOperator:
        """The other operator."""
        return self._arguments["operator"]

    def _shape_tensor(self):
        size = self.operator.shape_tensor()
        return array.concat([size[:-2], size[-1:], size[-2:-1]], 0)

    def _shape(self):
        shape = self.operator.shape
        return shape if shape.rank is None else shape[:-2].concatenate([shape[-1], shape[-2]])

    def _cond(self):
        return self.operator.cond()

    def _assert_non_singular(self):
        return self.operator.assert_non_singular()

    def _assert_positive_definite(self):
        return self.operator.assert_positive_definite()

    def _assert_self_adjoint(self):
        return self.operator.assert_self_adjoint()


@export("linalg.LinearOperatorAdjoint")
class LinearOperatorAdjoint(_OfOne):
    """The adjoint of `operator`."""

    _suffix = "_adjoint"

    def __init__(
        self,
        operator,
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=None,
        name=None,
    ):
        hints = dict(zip(_HINTS, (is_non_singular, is_self_adjoint, is_positive_definite, is_square), strict=True))
        super().__init__(operator, hints, name, {"operator": operator, **hints, "name": name})

    def _matmul(self, x, adjoint=False, adjoint_arg=False):
        return self.operator.matmul(x, adjoint=not adjoint, adjoint_arg=adjoint_arg)

    def _solve(self, rhs, adjoint=False, adjoint_arg=False):
        return self.operator.solve(rhs, adjoint=not adjoint, adjoint_arg=adjoint_arg)

    def _adjoint(self):
        return self.operator

    def _to_dense(self):
        return linalg.adjoint(self.operator.to_dense())

    def _conjugated(self, value):
        return math_unary.conj(value) if self.dtype.is_complex else value

    def _determinant(self):
        return self._conjugated(self.operator.determinant())

    def _log_abs_determinant(self):
        return self.operator.log_abs_determinant()

    def _trace(self):
        return self._conjugated(self.operator.trace())

    def _diag_part(self):
        return self._conjugated(self.operator.diag_part())

    def _eigvals(self):
        return self._conjugated(self.operator.eigvals())


@export("linalg.LinearOperatorInversion")
class LinearOperatorInversion(_OfOne):
    """The inverse of `operator`, which it solves equations for instead of computing it.

    Raises:
      ValueError: if the hints say that there is none.
    """

    _suffix = "_inv"

    def __init__(
        self,
        operator,
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=None,
        name=None,
    ):
        hints = dict(zip(_HINTS, (is_non_singular, is_self_adjoint, is_positive_definite, is_square), strict=True))
        if operator.is_square is False or is_square is False:
            raise ValueError("operator must be square: only square operators have an inverse.")
        if operator.is_non_singular is False or is_non_singular is False:
            raise ValueError("operator and is_non_singular must not be singular: singular operators have no inverse.")
        super().__init__(operator, hints, name, {"operator": operator, **hints, "name": name})

    def _matmul(self, x, adjoint=False, adjoint_arg=False):
        return self.operator.solve(x, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def _solve(self, rhs, adjoint=False, adjoint_arg=False):
        return self.operator.matmul(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def _inverse(self):
        return self.operator

    def _determinant(self):
        return 1.0 / self.operator.determinant()

    def _log_abs_determinant(self):
        return -1.0 * self.operator.log_abs_determinant()

    def _eigvals(self):
        return 1.0 / self.operator.eigvals()


@export("linalg.LinearOperatorComposition")
class LinearOperatorComposition(OfMany):
    """The product of `operators`: the last one acts first.

    Raises:
      ValueError: if there are none, or sizes do not fit.
      TypeError: if their types differ.
    """

    _link = "_o_"

    def __init__(
        self,
        operators,
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=None,
        name=None,
    ):
        parameters = {k: v for k, v in locals().items() if k not in ("self", "__class__")}
        operators = check_operators(operators)
        for left, right in zip(operators, operators[1:], strict=False):
            left.domain_dimension.assert_is_compatible_with(right.range_dimension)
        if all(o.is_non_singular for o in operators):
            if is_non_singular is False:
                raise ValueError("The composition of non-singular operators is always non-singular.")
            is_non_singular = True
        if _is_gram(operators):
            if is_square is False:
                raise ValueError("An operator times its adjoint is square.")
            if is_self_adjoint is False:
                raise ValueError("An operator times its adjoint is self-adjoint, but the hint says False.")
            is_square = is_self_adjoint = True
            if is_non_singular:
                if is_positive_definite is False:
                    raise ValueError("A non-singular operator times its adjoint is positive definite.")
                is_positive_definite = True
        elif len(operators) == 1 and operators[0].is_self_adjoint:
            if is_self_adjoint is False:
                raise ValueError("The only operator is self-adjoint, but the hint says False.")
            is_self_adjoint = True
        hints = (is_non_singular, is_self_adjoint, is_positive_definite, is_square)
        super().__init__(operators, hints, name, parameters)

    def _shape(self):
        return self._static_shape([self.operators[0].range_dimension.value, self.operators[-1].domain_dimension.value])

    def _shape_tensor(self):
        sizes = self.operators[0].range_dimension_tensor(), self.operators[-1].domain_dimension_tensor()
        return self._dynamic_shape(list(sizes))

    def _matmul(self, x, adjoint=False, adjoint_arg=False):
        for operator in self.operators if adjoint else reversed(self.operators):
            x = operator.matmul(x, adjoint=adjoint, adjoint_arg=adjoint_arg)
            adjoint_arg = False
        return x

    def _solve(self, rhs, adjoint=False, adjoint_arg=False):
        for operator in reversed(self.operators) if adjoint else self.operators:
            rhs = operator.solve(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)
            adjoint_arg = False
        return rhs

    def _determinant(self):
        return product(o.determinant() for o in self.operators)

    def _log_abs_determinant(self):
        return total(o.log_abs_determinant() for o in self.operators)

    def _cholesky(self):
        from tfshim.linear_operators.dense import LinearOperatorLowerTriangular

        first, *others = self.operators
        if not (isinstance(first, LinearOperatorLowerTriangular) and len(others) == 1 and _is_gram([first, *others])):
            return super()._cholesky()
        if first.is_positive_definite:
            return first
        # The factor of positive diagonal: each column by a number of size one.
        turns = array.expand_dims(math_unary.sign(first.diag_part()), -2)
        return LinearOperatorLowerTriangular(
            first.to_dense() / turns,
            is_non_singular=first.is_non_singular,
            is_self_adjoint=first.is_self_adjoint,
            is_square=True,
        )

    def _assert_non_singular(self):
        if all(o.is_square for o in self.operators):
            return assert_each(self.operators, "non_singular")
        return super()._assert_non_singular()


def _is_gram(operators: list[LinearOperator]) -> bool:
    """Whether this is an operator, or a product of several, times its own adjoint."""
    half, odd = divmod(len(operators), 2)
    return not odd and all(_are_adjoint(operators[i], operators[-1 - i]) for i in range(half))


def _are_adjoint(left: LinearOperator, right: LinearOperator) -> bool:
    return (isinstance(right, LinearOperatorAdjoint) and right.operator is left) or (
        isinstance(left, LinearOperatorAdjoint) and left.operator is right
    )


@export("linalg.LinearOperatorLowRankUpdate")
class LinearOperatorLowRankUpdate(LinearOperator):
    """`base_operator + U D V^H` with few columns in U and V: solved by the Woodbury identity.

    Args:
      base_operator: an operator `[..., M, N]`.
      u: a tensor or variable `[..., M, K]`.
      diag_update: the diagonals of D, `[..., K]`; the identity by default.
      v: a tensor or variable `[..., N, K]`; `u` by default.
      is_diag_update_positive: whether D is known to be positive.
    """

    _matrix_dims = {"u": 2, "diag_update": 1, "v": 2}

    def __init__(
        self,
        base_operator,
        u,
        diag_update=None,
        v=None,
        is_diag_update_positive=None,
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=None,
        name="LinearOperatorLowRankUpdate",
    ):
        parameters = {k: x for k, x in locals().items() if k not in ("self", "__class__")}
        kept_u = keep(u, base_operator.dtype)
        kept_v = None if v is None else keep(v, base_operator.dtype)
        kept_diagonal: Any = None if diag_update is None else keep(diag_update, base_operator.dtype)
        if diag_update is None:
            if is_diag_update_positive is False:
                raise ValueError("Default diagonal is the identity, which is positive.")
            is_diag_update_positive = True
        if base_operator.is_self_adjoint and v is None and (diag_update is None or not kept_diagonal.dtype.is_complex):
            if is_self_adjoint is False:
                raise ValueError("A self-adjoint operator plus U D U^H with a real D is self-adjoint.")
            is_self_adjoint = True
        if base_operator.is_positive_definite and is_diag_update_positive and v is None:
            if is_positive_definite is False:
                raise ValueError("A positive definite operator plus U D U^H with a positive D is positive definite.")
            is_positive_definite = True
        super().__init__(
            base_operator.dtype,
            None,
            is_non_singular,
            is_self_adjoint,
            is_positive_definite,
            is_square,
            name,
            parameters,
        )
        self._arguments = {
            "base_operator": base_operator,
            "u": kept_u,
            "diag_update": kept_diagonal,
            "v": kept_v,
            "is_diag_update_positive": is_diag_update_positive,
        }
        self._check_shapes()

    def _check_shapes(self):
        """ValueError for parts that do not fit, as far as their static shapes say so."""
        u, v, base = self.u.shape, self.v.shape, self.base_operator
        _check_fit(u, -2, base.range_dimension)
        _check_fit(v, -2, base.domain_dimension)
        _check_fit(v, -1, _dimension(u, -1))
        if self.diag_update is not None:
            _check_fit(self.diag_update.shape, -1, _dimension(u, -1))
        self._shape()

    @property
    def base_operator(self):
        """The operator that is updated."""
        return self._arguments["base_operator"]

    @property
    def u(self):
        """The left vectors."""
        return self._arguments["u"]

    @property
    def v(self):
        """The right vectors."""
        return self.u if self._arguments["v"] is None else self._arguments["v"]

    @property
    def diag_update(self):
        """The diagonals of D, or None."""
        return self._arguments["diag_update"]

    @property
    def is_diag_update_positive(self):
        """Whether D is known to be positive."""
        return self._arguments["is_diag_update_positive"]

    @property
    def diag_operator(self):
        """D as an operator."""
        if self.diag_update is None:
            return LinearOperatorIdentity(array.shape(read(self.u))[-1], dtype=self.dtype)
        return LinearOperatorDiag(self.diag_update, is_positive_definite=self.is_diag_update_positive)

    def _shape(self):
        base = self.base_operator.shape
        batches = [base[:-2], self.u.shape[:-2], self.v.shape[:-2]]
        if self.diag_update is not None:
            batches.append(self.diag_update.shape[:-1])
        batch = broadcast_shapes(batches)
        return batch.concatenate(base[-2:])

    def _shape_tensor(self):
        base = self.base_operator.shape_tensor()
        batches = [base[:-2], array.shape(read(self.u))[:-2], array.shape(read(self.v))[:-2]]
        if self.diag_update is not None:
            batches.append(array.shape(read(self.diag_update))[:-1])
        return array.concat([broadcast_shape_tensors(batches), base[-2:]], 0)

    def _matmul(self, x, adjoint=False, adjoint_arg=False):
        left, right = (read(self.v), read(self.u)) if adjoint else (read(self.u), read(self.v))
        inner = linalg.matmul(right, x, adjoint_a=True, adjoint_b=adjoint_arg)
        update = linalg.matmul(left, self.diag_operator.matmul(inner, adjoint=adjoint))
        return self.base_operator.matmul(x, adjoint=adjoint, adjoint_arg=adjoint_arg) + update

    def _capacitance(self):
        """D^-1 + V^H L^-1 U, of K rows."""
        inner = linalg.matmul(read(self.v), self.base_operator.solve(read(self.u)), adjoint_a=True)
        return self.diag_operator.inverse().add_to_tensor(inner)

    def _solve(self, rhs, adjoint=False, adjoint_arg=False):
        left, right = (read(self.v), read(self.u)) if adjoint else (read(self.u), read(self.v))
        solution = self.base_operator.solve(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)
        inner = linalg.matmul(right, solution, adjoint_a=True)
        matrix, inner = broadcast_batches(self._capacitance(), inner)
        correction = linalg.matmul(left, decompositions.solve(matrix, inner, adjoint=adjoint))
        return solution - self.base_operator.solve(correction, adjoint=adjoint)

    def _determinant(self):
        inner = decompositions.det(self._capacitance())
        return inner * self.diag_operator.determinant() * self.base_operator.determinant()

    def _log_abs_determinant(self):
        inner = decompositions.slogdet(self._capacitance())[1]
        return inner + self.diag_operator.log_abs_determinant() + self.base_operator.log_abs_determinant()

    def _diag_part(self):
        update = self.diag_operator.matmul(linalg.adjoint(read(self.v)))
        products = read(self.u) * linalg.matrix_transpose(update)
        return math_reduce.reduce_sum(products, axis=-1) + self.base_operator.diag_part()


def _dimension(shape: TensorShape, index: int) -> Dimension:
    return Dimension(None if shape.rank is None else shape.as_list()[index])


def _check_fit(shape: TensorShape, index: int, size: Dimension) -> None:
    size.assert_is_compatible_with(_dimension(shape, index))
