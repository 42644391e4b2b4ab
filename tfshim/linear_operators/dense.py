"""Full and triangular matrices, reflections and permutations."""

from __future__ import annotations

import numpy as np

from tfshim import dtypes
from tfshim.api import array, creation, linalg, math, math_reduce, math_unary
from tfshim.api import linalg_decompositions as decompositions
from tfshim.api.casting import cast
from tfshim.api.gather import gather, one_hot
from tfshim.api.sorting import argsort
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.errors import InvalidArgumentError
from tfshim.export import export
from tfshim.linear_operators.base import LinearOperator, check_number_type
from tfshim.linear_operators.checks import assert_none_equal
from tfshim.linear_operators.hints import agreed
from tfshim.linear_operators.tensors import broadcast_batches, keep
from tfshim.scopes import no_op


class _OfTensor(LinearOperator):
    """An operator with one matrix (or vector, with `_vector`) of elements as its argument."""

    _element: str

    def _value(self):
        return self._argument_value(self._element)


@export("linalg.LinearOperatorFullMatrix")
class LinearOperatorFullMatrix(_OfTensor):
    """The matrices of a tensor or variable `matrix`, of shape `[..., M, N]`."""

    _matrix_dims = {"matrix": 2}

    _element = "matrix"

    def __init__(
        self,
        matrix,
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=None,
        name="LinearOperatorFullMatrix",
    ):
        parameters = {k: v for k, v in locals().items() if k not in ("self", "__class__")}
        kept = keep(matrix)
        check_number_type(kept, "matrix")
        if kept.shape.rank is not None and kept.shape.rank < 2:
            raise ValueError(f"Argument `matrix` must have at least 2 dimensions. Received: {matrix}.")
        super().__init__(
            kept.dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, is_square, name, parameters
        )
        self._arguments = {"matrix": kept}

    @property
    def matrix(self):
        """The matrices."""
        return self._arguments["matrix"]

    def _shape(self):
        return self.matrix.shape

    def _shape_tensor(self):
        return array.shape(self._value())

    def _to_dense(self):
        return self._value()


@export("linalg.LinearOperatorLowerTriangular")
class LinearOperatorLowerTriangular(_OfTensor):
    """The lower triangles of a tensor or variable `tril`, of shape `[..., N, N]`; what is above does not count."""

    _matrix_dims = {"tril": 2}

    _element = "tril"

    def __init__(
        self,
        tril,
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=None,
        name="LinearOperatorLowerTriangular",
    ):
        parameters = {k: v for k, v in locals().items() if k not in ("self", "__class__")}
        is_square = agreed(is_square, True, "Only square lower triangular operators supported at this time.")
        kept = keep(tril)
        check_number_type(kept, "tril")
        if kept.shape.rank is not None and kept.shape.rank < 2:
            raise ValueError(f"Argument `tril` must have at least 2 dimensions. Received: {tril}.")
        super().__init__(
            kept.dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, is_square, name, parameters
        )
        self._arguments = {"tril": kept}

    @property
    def tril(self):
        """The matrices whose lower triangles count."""
        return self._arguments["tril"]

    def _shape(self):
        return self.tril.shape

    def _shape_tensor(self):
        return array.shape(self._value())

    def _to_dense(self):
        return linalg.band_part(self._value(), -1, 0)

    def _diag_part(self):
        return linalg.diag_part(self._value())

    _eigvals = _diag_part

    def _determinant(self):
        return math_reduce.reduce_prod(self._diag_part(), axis=-1)

    def _log_abs_determinant(self):
        return math_reduce.reduce_sum(math_unary.log(math_unary.abs(self._diag_part())), axis=-1)

    def _solve(self, rhs, adjoint=False, adjoint_arg=False):
        matrix, rhs = broadcast_batches(self._to_dense(), linalg.adjoint(rhs) if adjoint_arg else rhs)
        return decompositions.triangular_solve(matrix, rhs, lower=True, adjoint=adjoint)

    def _assert_non_singular(self):
        return assert_none_equal(
            self._diag_part(), cast(0, self.dtype), message="Singular operator: the diagonal contains zeros."
        )


@export("linalg.LinearOperatorHouseholder")
class LinearOperatorHouseholder(_OfTensor):
    """The reflections `I - 2 v v^H` at the planes orthogonal to `reflection_axis`, of shape `[..., N]`."""

    _matrix_dims = {"reflection_axis": 1}

    _element = "reflection_axis"

    def __init__(
        self,
        reflection_axis,
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=None,
        name="LinearOperatorHouseholder",
    ):
        parameters = {k: v for k, v in locals().items() if k not in ("self", "__class__")}
        kept = keep(reflection_axis)
        check_number_type(kept, "reflection_axis")
        if kept.shape.rank == 0:
            raise ValueError("Argument `reflection_axis` must have at least 1 dimension.")
        agreed(is_self_adjoint, True, "A Householder operator is always self adjoint.")
        agreed(is_positive_definite, False, "A Householder operator is always non-positive definite.")
        agreed(is_square, True, "A Householder operator is always square.")
        super().__init__(kept.dtype, None, is_non_singular, True, False, True, name, parameters)
        self._arguments = {"reflection_axis": kept}

    @property
    def reflection_axis(self):
        """The axes, of any length."""
        return self._arguments["reflection_axis"]

    def _shape(self):
        shape = self.reflection_axis.shape
        return shape.concatenate(shape[-1:])

    def _shape_tensor(self):
        size = array.shape(self._value())
        return array.concat([size, size[-1:]], 0)

    def _unit(self):
        axis = self._value()
        return axis / linalg.norm(axis, axis=-1, keepdims=True)

    def _matmul(self, x, adjoint=False, adjoint_arg=False):
        x = linalg.adjoint(x) if adjoint_arg else x
        column = array.expand_dims(self._unit(), -1)
        along = math_reduce.reduce_sum(math_unary.conj(column) * x, axis=-2, keepdims=True)
        return x - 2 * column * along

    def _solve(self, rhs, adjoint=False, adjoint_arg=False):
        return self._matmul(rhs, adjoint, adjoint_arg)

    def _to_dense(self):
        unit = self._unit()
        column, row = array.expand_dims(unit, -1), array.expand_dims(math_unary.conj(unit), -2)
        dense = -2 * column * row
        return linalg.set_diag(dense, 1 + linalg.diag_part(dense))

    def _diag_part(self):
        unit = self._unit()
        return 1 - 2 * unit * math_unary.conj(unit)

    def _eigvals(self):
        size = array.shape(self._value())
        first = creation.ones(array.concat([size[:-1], [1]], 0), self.dtype)
        others = creation.ones(array.concat([size[:-1], size[-1:] - 1], 0), self.dtype)
        return array.concat([-first, others], -1)

    def _trace(self):
        return cast(self.domain_dimension_tensor(), self.dtype) * self._cond() - 2

    def _determinant(self):
        return -self._cond()

    def _log_abs_determinant(self):
        return creation.zeros(self.batch_shape_tensor(), self.dtype)

    def _cond(self):
        return creation.ones(self.batch_shape_tensor(), self.dtype)

    def _inverse(self):
        return self

    def _assert_non_singular(self):
        return no_op()

    _assert_self_adjoint = _assert_non_singular

    def _assert_positive_definite(self):
        raise InvalidArgumentError(None, None, "Householder operators are always non-positive definite.")  # type: ignore[call-arg]


@export("linalg.LinearOperatorPermutation")
class LinearOperatorPermutation(_OfTensor):
    """Permutations of the rows: row i of the product is row `perm[i]`; `perm` has integers of shape `[..., N]`."""

    _matrix_dims = {"perm": 1}

    _element = "perm"

    def __init__(
        self,
        perm,
        dtype=dtypes.float32,
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=None,
        name="LinearOperatorPermutation",
    ):
        parameters = {k: v for k, v in locals().items() if k not in ("self", "__class__")}
        kept = keep(perm)
        if not kept.dtype.is_integer:
            raise TypeError(f"Argument `perm` must be integer dtype. Received: {kept.dtype}.")
        if kept.shape.rank is not None and kept.shape.rank < 1:
            raise ValueError(f"Argument `perm` must have at least 1 dimension. Received: {perm}.")
        known = constant_value(convert_to_tensor(kept))
        if known is not None and (np.sort(known, -1) != np.arange(known.shape[-1])).any():
            raise ValueError(f"Argument `perm` must be a vector of unique integers from 0 to {known.shape[-1] - 1}.")
        agreed(is_square, True, "A Permutation operator is always square.")
        super().__init__(
            dtypes.as_dtype(dtype), None, is_non_singular, is_self_adjoint, is_positive_definite, True, name, parameters
        )
        self._arguments = {"perm": kept, "dtype": self.dtype}

    @property
    def perm(self):
        """The permutations."""
        return self._arguments["perm"]

    def _shape(self):
        return self.perm.shape.concatenate(self.perm.shape[-1:])

    def _shape_tensor(self):
        size = array.shape(self._value())
        return array.concat([size, size[-1:]], 0)

    def _matmul(self, x, adjoint=False, adjoint_arg=False):
        x = linalg.adjoint(x) if adjoint_arg else x
        order = self._value()
        order = argsort(order, axis=-1) if adjoint else order
        size = array.shape(x)
        batch = array.broadcast_dynamic_shape(array.shape(order)[:-1], size[:-2])
        x = array.broadcast_to(x, array.concat([batch, size[-2:]], 0))
        order = array.broadcast_to(order, array.concat([batch, size[-2:-1]], 0))
        return gather(x, order, axis=-2, batch_dims=order.shape.rank - 1)

    def _solve(self, rhs, adjoint=False, adjoint_arg=False):
        return self._matmul(rhs, not adjoint, adjoint_arg)

    def _to_dense(self):
        order = self._value()
        return one_hot(order, array.shape(order)[-1], dtype=self.dtype)

    def _diag_part(self):
        order = self._value()
        fixed = math.equal(order, creation.range(array.shape(order)[-1], dtype=order.dtype))
        return cast(fixed, self.dtype)

    def _cond(self):
        return creation.ones(self.batch_shape_tensor(), self.dtype)

    def _log_abs_determinant(self):
        return creation.zeros(self.batch_shape_tensor(), self.dtype)

    def _assert_non_singular(self):
        return no_op()
