"""Diagonal operators, multiples of the identity, and zero."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.api import array, creation, linalg, math, math_reduce, math_unary
from tfshim.api.casting import cast
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.errors import InvalidArgumentError
from tfshim.export import export
from tfshim.linear_operators.base import LinearOperator, check_number_type
from tfshim.linear_operators.checks import (
    assert_equal,
    assert_non_negative,
    assert_none_equal,
    assert_positive,
    assert_rank,
)
from tfshim.linear_operators.hints import agreed
from tfshim.linear_operators.tensors import from_shape, is_variable, keep
from tfshim.ops import op
from tfshim.scopes import control_dependencies, no_op
from tfshim.shapes import TensorShape, as_shape


@export("linalg.LinearOperatorDiag")
class LinearOperatorDiag(LinearOperator):
    """The diagonal matrices with the diagonals `diag`, a tensor or variable of shape `[..., N]`."""

    _matrix_dims = {"diag": 1}

    def __init__(
        self,
        diag,
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=None,
        name="LinearOperatorDiag",
    ):
        parameters = {k: v for k, v in locals().items() if k not in ("self", "__class__")}
        diag = keep(diag)
        check_number_type(diag, "diag")
        if diag.shape.rank == 0:
            raise ValueError("Argument `diag` must have at least 1 dimension.")
        if not diag.dtype.is_complex:
            is_self_adjoint = agreed(is_self_adjoint, True, "A real diagonal operator is always self adjoint.")
        is_square = agreed(is_square, True, "Only square diagonal operators currently supported.")
        super().__init__(
            diag.dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, is_square, name, parameters
        )
        self._arguments = {"diag": diag}

    @property
    def diag(self):
        """The diagonals."""
        return self._arguments["diag"]

    def _value(self) -> Any:
        return self._argument_value("diag")

    def _shape(self):
        return self.diag.shape.concatenate(self.diag.shape[-1:])

    def _shape_tensor(self):
        size = array.shape(self._value())
        return array.concat([size, size[-1:]], 0)

    def _column(self, adjoint: bool) -> Any:
        diagonal = self._value()
        return array.expand_dims(math_unary.conj(diagonal) if adjoint else diagonal, -1)

    def _matmul(self, x, adjoint=False, adjoint_arg=False):
        return self._column(adjoint) * (linalg.adjoint(x) if adjoint_arg else x)

    def _matvec(self, x, adjoint=False):
        return (math_unary.conj(self._value()) if adjoint else self._value()) * x

    def _solve(self, rhs, adjoint=False, adjoint_arg=False):
        return (linalg.adjoint(rhs) if adjoint_arg else rhs) / self._column(adjoint)

    def _to_dense(self):
        return linalg.diag(self._value())

    def _diag_part(self):
        return self._value()

    def _eigvals(self):
        return self._value()

    def _determinant(self):
        return math_reduce.reduce_prod(self._value(), axis=-1)

    def _log_abs_determinant(self):
        result = math_reduce.reduce_sum(math_unary.log(math_unary.abs(self._value())), axis=-1)
        return cast(result, self.dtype)

    def _cond(self):
        sizes = math_unary.abs(self._value())
        return math_reduce.reduce_max(sizes, axis=-1) / math_reduce.reduce_min(sizes, axis=-1)

    def _add_to_tensor(self, x):
        dense_diagonal = linalg.diag_part(x) + self._value()
        return linalg.set_diag(x, dense_diagonal)

    def _of(self, diagonal: Any, **hints: Any) -> LinearOperatorDiag:
        known = {
            "is_non_singular": self.is_non_singular,
            "is_self_adjoint": self.is_self_adjoint,
            "is_positive_definite": self.is_positive_definite,
            "is_square": True,
        }
        return LinearOperatorDiag(diagonal, **{**known, **hints})

    def _adjoint(self):
        return self._of(math_unary.conj(self._value()))

    def _inverse(self):
        return self._of(1.0 / self._value())

    def _cholesky(self):
        return self._of(math_unary.sqrt(self._value()), is_non_singular=True)

    def _assert_non_singular(self):
        return assert_none_equal(
            self._value(), cast(0, self.dtype), message="Singular operator: the diagonal contains zeros."
        )

    def _assert_positive_definite(self):
        message = "The diagonal has entries of non-positive real part: not positive definite."
        return assert_positive(math_unary.real(self._value()), message=message)

    def _assert_self_adjoint(self):
        imaginary = math_unary.imag(self._value())
        message = "The diagonal has imaginary parts: not self-adjoint."
        return assert_equal(imaginary, cast(0, imaginary.dtype), message=message)


def _rows(value: Any, checked: bool, name: str = "num_rows") -> Any:
    return _sizes_of(value, name, 0, checked)


def _batch(value: Any, checked: bool) -> Any:
    return () if value is None else _sizes_of(value, "batch_shape", 1, checked)


def _sizes_of(value: Any, name: str, rank: int, checked: bool) -> Any:
    """A size (`rank` 0) or several (1) as an operator keeps them: Python integers where their values are known.

    Else a tensor, which is checked when it runs if `checked`.
    """
    if is_variable(value):
        raise TypeError(f"{name} cannot be reference type. Found a variable: {value}")
    tensor = convert_to_tensor(value, hint=dtypes.int32)
    if not tensor.dtype.is_integer:
        raise TypeError(f"Argument `{name}` must be integer dtype. Found: {value}")
    of_rank, not_negative = f"Argument `{name}` must be a {rank}-D Tensor.", f"Argument `{name}` must be non-negative."
    if tensor.shape.rank not in (None, rank):
        raise ValueError(f"{of_rank} Found: {value}")
    known = constant_value(tensor)
    if known is None:
        if not checked:
            return tensor
        checks = [assert_rank(tensor, rank, message=of_rank), assert_non_negative(tensor, message=not_negative)]
        with control_dependencies(checks):
            return array.identity(tensor)
    if (known < 0).any():
        raise ValueError(f"{not_negative} Found: {value}")
    return int(known) if rank == 0 else tuple(int(v) for v in known)


class _Scalar(LinearOperator):
    """What identities and zeros share: sizes as arguments instead of tensors of elements."""

    def add_to_tensor(self, mat: Any, name: str = "add_to_tensor") -> Any:
        """`to_dense() + mat`; TensorFlow names the tensor so in these classes alone."""
        return super().add_to_tensor(mat, name)

    def _sizes(self) -> tuple[Any, Any, Any]:
        """Batch, rows and columns."""
        rows = self._arguments["num_rows"]
        return self._arguments.get("batch_shape", ()), rows, rows

    def _shape(self):
        batch, *sizes = self._sizes()
        known = as_shape(batch) if isinstance(batch, tuple) else _shape_of_rank(batch)
        return known.concatenate([s if isinstance(s, int) else None for s in sizes])

    def _shape_tensor(self):
        batch, *sizes = self._sizes()
        batch = from_shape(as_shape(batch)) if isinstance(batch, tuple) else batch
        return array.concat([batch, array.stack(sizes)], 0)

    def _checked(self, x: Any, size: Any) -> Any:
        """`x`, checked when it runs if the operator was made with `assert_proper_shapes`; the sizes need not matter."""
        if not self._arguments["assert_proper_shapes"]:
            return x
        message = "Dimensions of the operator and of its argument are not compatible."
        with control_dependencies([assert_equal(array.shape(x)[-2], size, message=message)]):
            return array.identity(x)

    def _in_batch(self, x: Any) -> Any:
        """`x` with its batch broadcast to that of the operator."""
        batch = self._sizes()[0]
        if batch == () if isinstance(batch, tuple) else False:
            return x
        size = array.shape(x)
        full = array.broadcast_dynamic_shape(size[:-2], self.batch_shape_tensor())
        return array.broadcast_to(x, array.concat([full, size[-2:]], 0))


def _shape_of_rank(sizes: Any) -> TensorShape:
    """What is known of a shape whose sizes are a tensor: its rank, if the length of that is known."""
    length = sizes.shape[0] if sizes.shape.rank == 1 else None
    return TensorShape(None if length is None else [None] * length)


def _always(given: Any, operator: str, what: str) -> bool:
    # Unlike elsewhere, to leave it open contradicts as well.
    return agreed(bool(given), True, f"{operator} is always {what}.")


@export("linalg.LinearOperatorIdentity")
class LinearOperatorIdentity(_Scalar):
    """The identity of `num_rows` rows, as often as `batch_shape` says, of type `dtype` (float32 by default)."""

    def __init__(
        self,
        num_rows,
        batch_shape=None,
        dtype=None,
        is_non_singular=True,
        is_self_adjoint=True,
        is_positive_definite=True,
        is_square=True,
        assert_proper_shapes=False,
        name="LinearOperatorIdentity",
    ):
        parameters = {k: v for k, v in locals().items() if k not in ("self", "__class__")}
        dtype = dtypes.as_dtype(dtype or dtypes.float32)
        for given, what in (
            (is_self_adjoint, "self-adjoint"),
            (is_non_singular, "non-singular"),
            (is_positive_definite, "positive-definite"),
            (is_square, "square"),
        ):
            _always(given, "An identity operator", what)
        super().__init__(dtype, None, True, True, True, True, name, parameters)
        self._arguments = {
            "num_rows": _rows(num_rows, assert_proper_shapes),
            "batch_shape": _batch(batch_shape, assert_proper_shapes),
            "dtype": dtype,
            "assert_proper_shapes": assert_proper_shapes,
        }

    def _matmul(self, x, adjoint=False, adjoint_arg=False):
        x = self._checked(linalg.adjoint(x) if adjoint_arg else x, self.domain_dimension_tensor())
        return self._in_batch(x)

    def _solve(self, rhs, adjoint=False, adjoint_arg=False):
        return self._matmul(rhs, adjoint_arg=adjoint_arg)

    def _ones(self) -> Any:
        return creation.ones(self.shape_tensor()[:-1], self.dtype)

    def _diag_part(self):
        return self._ones()

    def _eigvals(self):
        return self._ones()

    def _determinant(self):
        return creation.ones(self.batch_shape_tensor(), self.dtype)

    def _log_abs_determinant(self):
        return creation.zeros(self.batch_shape_tensor(), self.dtype)

    def _cond(self):
        return creation.ones(self.batch_shape_tensor(), self.dtype)

    def _trace(self):
        return cast(self.domain_dimension_tensor(), self.dtype) * self._determinant()

    def _add_to_tensor(self, x):
        return linalg.set_diag(x, 1 + linalg.diag_part(x))

    def _inverse(self):
        return self

    def _cholesky(self):
        return self

    def _assert_non_singular(self):
        return no_op()

    _assert_positive_definite = _assert_self_adjoint = _assert_non_singular

    def matmul(self, x, adjoint=False, adjoint_arg=False, name="matmul"):
        """The product: `x`, or its adjoint; with another operator that operator."""
        return super().matmul(x, adjoint, adjoint_arg, name)


@export("linalg.LinearOperatorScaledIdentity")
class LinearOperatorScaledIdentity(_Scalar):
    """`multiplier`, a tensor or variable of the shape of the batch, times the identity of `num_rows` rows."""

    _matrix_dims = {"multiplier": 0}

    def __init__(
        self,
        num_rows,
        multiplier,
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=True,
        assert_proper_shapes=False,
        name="LinearOperatorScaledIdentity",
    ):
        parameters = {k: v for k, v in locals().items() if k not in ("self", "__class__")}
        multiplier = keep(multiplier)
        if not multiplier.dtype.is_complex:
            is_self_adjoint = agreed(is_self_adjoint, True, "A real diagonal operator is always self adjoint.")
        _always(is_square, "A ScaledIdentity operator", "square")
        super().__init__(
            multiplier.dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, True, name, parameters
        )
        self._arguments = {
            "num_rows": _rows(num_rows, assert_proper_shapes),
            "multiplier": multiplier,
            "assert_proper_shapes": assert_proper_shapes,
        }

    @property
    def multiplier(self):
        """The factors."""
        return self._arguments["multiplier"]

    def _value(self) -> Any:
        return self._argument_value("multiplier")

    def _sizes(self):
        rows = self._arguments["num_rows"]
        shape = self.multiplier.shape
        batch = tuple(shape.as_list()) if shape.is_fully_defined() else array.shape(self._value())
        return batch, rows, rows

    def _factor(self, adjoint: bool, axes: int = 2) -> Any:
        value = math_unary.conj(self._value()) if adjoint else self._value()
        for _ in range(axes):
            value = array.expand_dims(value, -1)
        return value

    def _matmul(self, x, adjoint=False, adjoint_arg=False):
        x = self._checked(linalg.adjoint(x) if adjoint_arg else x, self.domain_dimension_tensor())
        return x * self._factor(adjoint)

    def _solve(self, rhs, adjoint=False, adjoint_arg=False):
        rhs = self._checked(linalg.adjoint(rhs) if adjoint_arg else rhs, self.range_dimension_tensor())
        return rhs / self._factor(adjoint)

    def _diag_part(self):
        return creation.ones(self.shape_tensor()[:-1], self.dtype) * self._factor(False, 1)

    _eigvals = _diag_part

    def _row_count(self, dtype: Any) -> Any:
        return cast(self.domain_dimension_tensor(), dtype)

    def _trace(self):
        return self._value() * self._row_count(self.dtype)

    def _determinant(self):
        return math.pow(self._value(), self._row_count(self.dtype))

    def _log_abs_determinant(self):
        sizes = math_unary.abs(self._value())
        return cast(self._row_count(sizes.dtype) * math_unary.log(sizes), self.dtype)

    def _cond(self):
        return creation.ones(self.batch_shape_tensor(), self.dtype)

    def _of(self, multiplier: Any, **hints: Any) -> LinearOperatorScaledIdentity:
        known = {
            "is_non_singular": self.is_non_singular,
            "is_self_adjoint": self.is_self_adjoint,
            "is_positive_definite": self.is_positive_definite,
        }
        return LinearOperatorScaledIdentity(self._arguments["num_rows"], multiplier, **{**known, **hints})

    def _adjoint(self):
        return self._of(math_unary.conj(self._value()))

    def _inverse(self):
        return self._of(1.0 / self._value())

    def _cholesky(self):
        return self._of(math_unary.sqrt(self._value()), is_non_singular=True)

    def _assert_non_singular(self):
        return assert_positive(math_unary.abs(self._value()), message="LinearOperator was singular.")

    def _assert_positive_definite(self):
        return assert_positive(math_unary.real(self._value()), message="LinearOperator was not positive definite.")

    def _assert_self_adjoint(self):
        imaginary = math_unary.imag(self._value())
        return assert_equal(imaginary, cast(0, imaginary.dtype), message="LinearOperator was not self-adjoint.")


@export("linalg.LinearOperatorZeros")
class LinearOperatorZeros(_Scalar):
    """Zeros of `num_rows` rows and `num_columns` columns (as many as rows by default), in a batch."""

    def __init__(
        self,
        num_rows,
        num_columns=None,
        batch_shape=None,
        dtype=None,
        is_non_singular=False,
        is_self_adjoint=True,
        is_positive_definite=False,
        is_square=True,
        assert_proper_shapes=False,
        name="LinearOperatorZeros",
    ):
        parameters = {k: v for k, v in locals().items() if k not in ("self", "__class__")}
        dtype = dtypes.as_dtype(dtype or dtypes.float32)
        if not is_self_adjoint and is_square:
            raise ValueError("A zero operator is always self adjoint.")
        if is_non_singular:
            raise ValueError("A Zeros operator is always singular.")
        if is_positive_definite:
            raise ValueError("A Zeros operator is always not positive-definite.")
        super().__init__(
            dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, is_square, name, parameters
        )
        self._arguments = {
            "num_rows": _rows(num_rows, assert_proper_shapes),
            "num_columns": None if num_columns is None else _rows(num_columns, assert_proper_shapes, "num_columns"),
            "batch_shape": _batch(batch_shape, assert_proper_shapes),
            "dtype": dtype,
            "assert_proper_shapes": assert_proper_shapes,
        }
        _, rows, columns = self._sizes()
        if is_square and isinstance(rows, int) and isinstance(columns, int) and rows != columns:
            raise ValueError(f"is_square is True, but there are {rows} rows and {columns} columns.")

    def _sizes(self):
        rows, columns = self._arguments["num_rows"], self._arguments["num_columns"]
        return self._arguments["batch_shape"], rows, rows if columns is None else columns

    def _matmul(self, x, adjoint=False, adjoint_arg=False):
        x = linalg.adjoint(x) if adjoint_arg else x
        x = self._checked(x, self.range_dimension_tensor() if adjoint else self.domain_dimension_tensor())
        size = array.shape(x)
        batch = array.broadcast_dynamic_shape(size[:-2], self.batch_shape_tensor())
        rows = self.domain_dimension_tensor() if adjoint else self.range_dimension_tensor()
        return creation.zeros(array.concat([batch, array.stack([rows, size[-1]])], 0), self.dtype)

    def _to_dense(self):
        return creation.zeros(self.shape_tensor(), self.dtype)

    def _of_batch(self, *extra: Any) -> Any:
        size = self.batch_shape_tensor()
        return creation.zeros(array.concat([size, array.stack(extra)], 0) if extra else size, self.dtype)

    def _determinant(self):
        return self._of_batch()

    _trace = _determinant

    def _diag_part(self):
        return self._of_batch(op("Minimum")(self.range_dimension_tensor(), self.domain_dimension_tensor()))

    def _eigvals(self):
        return self._of_batch(self.domain_dimension_tensor())

    def _adjoint(self):
        batch, rows, columns = self._sizes()
        return LinearOperatorZeros(columns, rows, batch, self.dtype, is_self_adjoint=None, is_square=self.is_square)

    def _assert_non_singular(self):
        raise InvalidArgumentError(None, None, "Zero operators are always non-invertible.")  # type: ignore[call-arg]

    def _assert_positive_definite(self):
        raise InvalidArgumentError(None, None, "Zero operators are always non-positive definite.")  # type: ignore[call-arg]

    def _assert_self_adjoint(self):
        return no_op()
