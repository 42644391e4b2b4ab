"""`LinearOperator`: a batch of matrices that need not be written out."""

from __future__ import annotations

import abc
import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.api import array, creation, linalg, math_reduce, math_unary
from tfshim.api import linalg_decompositions as decompositions
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.linear_operators.checks import assert_less, assert_near, assert_positive
from tfshim.linear_operators.hints import Hints
from tfshim.linear_operators.spec import LinearOperatorGradient, LinearOperatorSpec, spec_class_of
from tfshim.linear_operators.tensors import broadcast_batches, from_shape, read
from tfshim.module import Module
from tfshim.scopes import name_scope
from tfshim.shapes import TensorShape
from tfshim.tracking.base import no_automatic_dependency_tracking_scope
from tfshim.type_spec import CompositeTensor

NUMBERS = (dtypes.float16, dtypes.float32, dtypes.float64, dtypes.complex64, dtypes.complex128)


@export("linalg.LinearOperator")
class LinearOperator(Module, CompositeTensor):
    """A batch of matrices, of shape `[B1, ..., Bb, M, N]`, given by what it does to vectors.

    A subclass gives `_shape()` and `_matmul(x, adjoint, adjoint_arg)`, and whatever else it can do better than with its
    dense matrix. The hints say what is known of the matrices: True, False, or None for unknown. They are not checked;
    see the methods `assert_...`.

    Args:
      dtype: type of the elements, and of the arguments of `matmul` and `solve`.
      graph_parents: deprecated, without effect.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square: the hints. Positive definite is meant in the
        sense of Re(x^H A x) > 0.
      name: name of the operator.
      parameters: the arguments of the constructor of the subclass, for `.parameters`.

    Raises:
      ValueError: for hints that contradict each other.
    """

    _is_linear_operator = True  # `tf.linalg`'s functions of matrices take it
    _spec_class: type[LinearOperatorSpec]
    __composite_gradient__ = LinearOperatorGradient()
    # Not where variables and other operators are to be found: `_arguments` is.
    _TF_MODULE_IGNORED_PROPERTIES = frozenset(
        (*Module._TF_MODULE_IGNORED_PROPERTIES, "_parameters", "_graph_parents", "_hints")
    )
    # Arguments of the subclass's constructor besides hints and name: tensors, variables, operators, plain values.
    _arguments: dict[str, Any]
    # How many of the last dimensions of each tensor among them belong to the matrix, not to the batch.
    _matrix_dims: Mapping[str, int] = {}

    def __init__(
        self,
        dtype,
        graph_parents=None,
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=None,
        name=None,
        parameters=None,
    ):
        self._hints = Hints(is_non_singular, is_self_adjoint, is_positive_definite, is_square)
        self._graph_parents = [] if graph_parents is None else list(graph_parents)
        self._dtype = None if dtype is None else dtypes.as_dtype(dtype).base_dtype
        with no_automatic_dependency_tracking_scope(self):
            self._parameters = parameters or {}
        self._arguments = {}
        # In place of what modules do with names: the scope is made anew for each method, see `_name_scope`.
        self._name = name or type(self).__name__

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._spec_class = spec_class_of(cls)
        if cls.__module__.startswith("tfshim."):
            cls.__module__ = f"tensorflow.python.ops.linalg.{_snake_case(cls.__name__)}"

    # What it is ------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The name of the operator."""
        return self._name

    @contextlib.contextmanager
    def _name_scope(self, name: str | None = None) -> Iterator[None]:
        """The scope of a method, for subclasses: that of the operator and, below it, `name`."""
        with name_scope(self.name if name is None else f"{self.name}/{name}"):
            yield

    @property
    def dtype(self) -> Any:
        """The type of the elements."""
        return self._dtype

    @property
    def parameters(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return dict(self._parameters)

    @property
    def graph_parents(self) -> list[Any]:
        """Deprecated: what was given as `graph_parents`."""
        return self._graph_parents

    @property
    def is_non_singular(self) -> bool | None:
        """Whether the matrices are known to be invertible."""
        return self._hints.non_singular

    @property
    def is_self_adjoint(self) -> bool | None:
        """Whether the matrices are known to be Hermitian."""
        return self._hints.self_adjoint

    @property
    def is_positive_definite(self) -> bool | None:
        """Whether the matrices are known to be positive definite."""
        return self._hints.positive_definite

    @property
    def is_square(self) -> bool | None:
        """Whether the matrices are known to be square: by hint, or by shape."""
        if self._hints.square:
            return True
        rows, columns = self.shape[-2:].as_list() if self.shape.rank is not None else (None, None)
        by_shape = None if rows is None or columns is None else rows == columns
        if self._hints.square is False and by_shape:
            raise ValueError("The is_square hint is False, but the operator was square.")
        return by_shape if self._hints.square is None else False

    def _argument_value(self, name: str) -> Any:
        """An argument of the constructor, a variable's as it is now."""
        return read(self._arguments[name])

    @property
    def _type_spec(self) -> LinearOperatorSpec:
        return self._spec_class.of(self)

    def _convert_variables_to_tensors(self) -> LinearOperator:
        spec = self._type_spec
        parts = {k: _read_all(v) for k, v in spec._to_components(self).items()}
        return spec._from_components(parts)

    # Shapes ----------------------------------------------------------------------------------------------

    @abc.abstractmethod
    def _shape(self) -> TensorShape:
        """The static shape."""

    def _shape_tensor(self) -> Any:
        raise NotImplementedError(f"_shape_tensor is not implemented by {type(self).__name__}.")

    @property
    def shape(self) -> TensorShape:
        """The static shape, `[B1, ..., Bb, M, N]`."""
        return self._shape()

    @property
    def batch_shape(self) -> TensorShape:
        """The static shape of the batch."""
        return self.shape[:-2]

    @property
    def tensor_rank(self) -> int | None:
        """The number of dimensions: that of the batch and two."""
        return self.shape.rank

    @property
    def domain_dimension(self) -> Any:
        """N, the size of the vectors that the operator takes, as a `Dimension`."""
        return self._dimension(-1)

    @property
    def range_dimension(self) -> Any:
        """M, the size of the vectors that the operator gives, as a `Dimension`."""
        return self._dimension(-2)

    def _dimension(self, index: int) -> Any:
        from tfshim.shapes import Dimension

        return Dimension(None if self.shape.rank is None else self.shape.as_list()[index])

    def shape_tensor(self, name="shape_tensor") -> Any:
        """The shape as an integer vector."""
        return from_shape(self.shape) if self.shape.is_fully_defined() else self._shape_tensor()

    def batch_shape_tensor(self, name="batch_shape_tensor") -> Any:
        """The shape of the batch as an integer vector."""
        return from_shape(self.batch_shape) if self.batch_shape.is_fully_defined() else self._shape_tensor()[:-2]

    def tensor_rank_tensor(self, name="tensor_rank_tensor") -> Any:
        """The number of dimensions as a tensor."""
        return convert_to_tensor(self.tensor_rank) if self.tensor_rank is not None else array.size(self.shape_tensor())

    def domain_dimension_tensor(self, name="domain_dimension_tensor") -> Any:
        """N as a tensor."""
        return self.shape_tensor()[-1]

    def range_dimension_tensor(self, name="range_dimension_tensor") -> Any:
        """M as a tensor."""
        return self.shape_tensor()[-2]

    # Products --------------------------------------------------------------------------------------------

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return linalg.matmul(self.to_dense(), x, adjoint_a=adjoint, adjoint_b=adjoint_arg)

    def _check_input_dtype(self, arg: Any) -> None:
        """TypeError unless a tensor has the operator's type."""
        if arg.dtype != self.dtype:
            raise TypeError(f"Expected argument to have dtype {self.dtype}.  Found: {arg.dtype} in tensor {arg}")

    def _argument(self, value: Any, index: int, size: Any) -> Any:
        """An argument as a tensor of the operator's type whose dimension `index` is `size`."""
        x = convert_to_tensor(value, self.dtype if not hasattr(value, "dtype") else None)
        if self.dtype is not None:
            self._check_input_dtype(x)
        if x.shape.rank is not None:
            size.assert_is_compatible_with(tuple(x.shape)[index])
        return x

    def matmul(self, x, adjoint=False, adjoint_arg=False, name="matmul"):
        """The product with matrices or with another operator.

        Args:
          x: a tensor of shape `[..., N, R]` and of the operator's type, whose batch broadcasts; or a LinearOperator.
          adjoint: multiply by the adjoint of the operator.
          adjoint_arg: multiply by the adjoint of `x`.
          name: name of the ops.

        Returns:
          A tensor `[..., M, R]`; for an operator a LinearOperator.

        Raises:
          TypeError: for another type.
          ValueError: if the sizes differ.
        """
        if isinstance(x, LinearOperator):
            from tfshim.linear_operators import algebra

            left, right = self.adjoint() if adjoint else self, x.adjoint() if adjoint_arg else x
            _check_inner(left, right)
            return algebra.matmul(left, right)
        size = self.range_dimension if adjoint else self.domain_dimension
        x = self._argument(x, -1 if adjoint_arg else -2, size)
        return self._matmul(x, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def __matmul__(self, other):
        return self.matmul(other)

    def __getitem__(self, slices) -> LinearOperator:
        """The operator of a part of the batch: the index is for the dimensions of the batch alone."""
        from tfshim.linear_operators.slicing import sliced

        return sliced(self, slices)

    def matvec(self, x, adjoint=False, name="matvec"):
        """The product with vectors: a tensor `[..., N]` gives one `[..., M]`."""
        x = self._argument(x, -1, self.range_dimension if adjoint else self.domain_dimension)
        return self._matvec(x, adjoint=adjoint)

    def _matvec(self, x: Any, adjoint: bool = False) -> Any:
        return array.squeeze(self._matmul(array.expand_dims(x, -1), adjoint=adjoint), [-1])

    # Equations -------------------------------------------------------------------------------------------

    def solve(self, rhs, adjoint=False, adjoint_arg=False, name="solve"):
        """The exact solution of the equations `A X = rhs`.

        Args:
          rhs: a tensor of shape `[..., M, R]` and of the operator's type, whose batch broadcasts; or a LinearOperator.
          adjoint: solve with the adjoint of the operator.
          adjoint_arg: take the adjoint of `rhs`.
          name: name of the ops.

        Raises:
          NotImplementedError: if the hints say that the operator is singular or not square.
        """
        self._need_exact("Exact solve", self.is_non_singular is False, "be singular")
        self._need_exact("Exact solve", self.is_square is False, "not be square")
        if isinstance(rhs, LinearOperator):
            from tfshim.linear_operators import algebra

            left, right = self.adjoint() if adjoint else self, rhs.adjoint() if adjoint_arg else rhs
            _check_inner(left, right)
            return algebra.solve(left, right)
        size = self.domain_dimension if adjoint else self.range_dimension
        rhs = self._argument(rhs, -1 if adjoint_arg else -2, size)
        return self._solve(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def _need_exact(self, what: str, refused: bool, because: str) -> None:
        if refused:
            raise NotImplementedError(f"{what} not implemented for an operator that is expected to {because}.")

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        rhs = linalg.adjoint(rhs) if adjoint_arg else rhs
        matrix, rhs = broadcast_batches(self.to_dense(), rhs)
        if self._can_use_cholesky():
            return decompositions.cholesky_solve(decompositions.cholesky(matrix), rhs)
        return decompositions.solve(matrix, rhs, adjoint=adjoint)

    def solvevec(self, rhs, adjoint=False, name="solve"):
        """The exact solution of `A x = rhs` for vectors, a tensor `[..., M]`."""
        rhs = self._argument(rhs, -1, self.domain_dimension if adjoint else self.range_dimension)
        return self._solvevec(rhs, adjoint=adjoint)

    def _solvevec(self, rhs: Any, adjoint: bool = False) -> Any:
        return array.squeeze(self.solve(array.expand_dims(rhs, -1), adjoint=adjoint), [-1])

    def _can_use_cholesky(self) -> bool:
        return bool(self.is_self_adjoint and self.is_positive_definite)

    # Other operators -------------------------------------------------------------------------------------

    def adjoint(self, name="adjoint") -> LinearOperator:
        """The operator of the conjugate transposes: itself if it is self-adjoint."""
        return self if self.is_self_adjoint is True else self._adjoint()

    H = property(adjoint, doc="The adjoint.")

    def _adjoint(self) -> LinearOperator:
        from tfshim.linear_operators.derived import LinearOperatorAdjoint

        return LinearOperatorAdjoint(self)

    def inverse(self, name="inverse") -> LinearOperator:
        """The operator of the inverses.

        Raises:
          ValueError: if the hints say that there are none.
        """
        if self.is_square is False:
            raise ValueError("Cannot take the Inverse: This operator represents a non square matrix.")
        if self.is_non_singular is False:
            raise ValueError("Cannot take the Inverse: This operator represents a singular matrix.")
        return self._inverse()

    def _inverse(self) -> LinearOperator:
        from tfshim.linear_operators.derived import LinearOperatorInversion

        return LinearOperatorInversion(self)

    def cholesky(self, name="cholesky") -> LinearOperator:
        """The operator of the lower triangular factors L with `A = L L^H`.

        Raises:
          ValueError: unless the hints say that it is positive definite and self-adjoint.
        """
        if not self._can_use_cholesky():
            raise ValueError("Cannot take the Cholesky decomposition: Not a positive definite self adjoint matrix.")
        return self._cholesky()

    def _cholesky(self) -> LinearOperator:
        from tfshim.linear_operators.dense import LinearOperatorLowerTriangular

        factor = decompositions.cholesky(self.to_dense())
        return LinearOperatorLowerTriangular(factor, is_non_singular=True, is_self_adjoint=False, is_square=True)

    # Numbers ---------------------------------------------------------------------------------------------

    def to_dense(self, name="to_dense") -> Any:
        """The matrices as a tensor."""
        return self._to_dense()

    def _to_dense(self) -> Any:
        columns = self.domain_dimension.value
        columns = self.domain_dimension_tensor() if columns is None else columns
        batch: Any = self.batch_shape
        batch = batch if batch.is_fully_defined() else self.batch_shape_tensor()
        return self.matmul(creation.eye(columns, batch_shape=batch, dtype=self.dtype))

    def diag_part(self, name="diag_part") -> Any:
        """The main diagonals."""
        return self._diag_part()

    def _diag_part(self) -> Any:
        return linalg.diag_part(self.to_dense())

    def trace(self, name="trace") -> Any:
        """The sums of the main diagonals."""
        return self._trace()

    def _trace(self) -> Any:
        return math_reduce.reduce_sum(self.diag_part(), axis=-1)

    def determinant(self, name="det") -> Any:
        """The determinants.

        Raises:
          NotImplementedError: if the hints say that the operator is not square.
        """
        self._need_exact("Determinant", self.is_square is False, "not be square")
        return self._determinant()

    def _determinant(self) -> Any:
        if self._can_use_cholesky():
            return math_unary.exp(self.log_abs_determinant())
        return decompositions.det(self.to_dense())

    def log_abs_determinant(self, name="log_abs_det") -> Any:
        """The logarithms of the absolute values of the determinants.

        Raises:
          NotImplementedError: if the hints say that the operator is not square.
        """
        self._need_exact("Determinant", self.is_square is False, "not be square")
        return self._log_abs_determinant()

    def _log_abs_determinant(self) -> Any:
        if self._can_use_cholesky():
            diagonal = linalg.diag_part(decompositions.cholesky(self.to_dense()))
            return 2 * math_reduce.reduce_sum(math_unary.log(diagonal), axis=-1)
        return decompositions.slogdet(self.to_dense())[1]

    def eigvals(self, name="eigvals") -> Any:
        """The eigenvalues of self-adjoint operators.

        Raises:
          NotImplementedError: unless the hints say that the operator is self-adjoint.
        """
        if not self.is_self_adjoint:
            raise NotImplementedError("Only self-adjoint matrices are supported.")
        return self._eigvals()

    def _eigvals(self) -> Any:
        return decompositions.eigvalsh(self.to_dense())

    def cond(self, name="cond") -> Any:
        """The condition numbers, greatest singular value over least."""
        return self._cond()

    def _cond(self) -> Any:
        values = (
            math_unary.abs(self.eigvals())
            if self.is_self_adjoint
            else decompositions.svd(self.to_dense(), compute_uv=False)
        )
        return math_reduce.reduce_max(values, axis=-1) / math_reduce.reduce_min(values, axis=-1)

    def add_to_tensor(self, x, name="add_to_tensor"):
        """`to_dense() + x`, for a tensor of the operator's type whose shape broadcasts."""
        x = convert_to_tensor(x, self.dtype if not hasattr(x, "dtype") else None)
        self._check_input_dtype(x)
        return self._add_to_tensor(x)

    def _add_to_tensor(self, x: Any) -> Any:
        return self.to_dense() + x

    # Checks ----------------------------------------------------------------------------------------------

    def assert_non_singular(self, name="assert_non_singular"):
        """Checks that the operator is invertible, by its condition number (InvalidArgumentError if it is not)."""
        return self._assert_non_singular()

    def _assert_non_singular(self) -> Any:
        if self._can_use_cholesky():
            return self.assert_positive_definite()
        return assert_less(
            self._cond(),
            convert_to_tensor(1 / np.finfo(self.dtype.real_dtype.as_numpy_dtype).eps, self.dtype.real_dtype),
            message="Singular matrix up to precision epsilon.",
        )

    def assert_positive_definite(self, name="assert_positive_definite"):
        """Checks that the operator is positive definite (InvalidArgumentError if it is not).

        Raises:
          NotImplementedError: for operators that are not known to be self-adjoint.
        """
        return self._assert_positive_definite()

    def _assert_positive_definite(self) -> Any:
        if not self.is_self_adjoint:
            raise NotImplementedError("assert_positive_definite is not implemented.")
        factor = decompositions.cholesky(self.to_dense())
        return assert_positive(math_unary.real(linalg.diag_part(factor)), message="Matrix was not positive definite.")

    def assert_self_adjoint(self, name="assert_self_adjoint"):
        """Checks that the operator is Hermitian (InvalidArgumentError if it is not)."""
        return self._assert_self_adjoint()

    def _assert_self_adjoint(self) -> Any:
        dense = self.to_dense()
        return assert_near(dense, linalg.adjoint(dense), message="Matrix was not equal to its adjoint.")


def _snake_case(name: str) -> str:
    from tfshim.module import camel_to_snake

    return camel_to_snake(name)


def _read_all(part: Any) -> Any:
    """A part of an operator with the values of variables in their place."""
    if isinstance(part, (list, tuple)):
        return [_read_all(p) for p in part]
    return part._convert_variables_to_tensors() if isinstance(part, LinearOperator) else read(part)


def _check_inner(left: LinearOperator, right: LinearOperator) -> None:
    inner, outer = left.domain_dimension.value, right.range_dimension.value
    if inner is not None and outer is not None and inner != outer:
        raise ValueError(f"Operators are incompatible. Expected `x` to have dimension {inner} but got {outer}.")


def check_number_type(tensor: Any, argument: str) -> None:
    """TypeError unless operators can have elements of this type."""
    if tensor.dtype not in NUMBERS:
        names = ", ".join(map(repr, NUMBERS))
        raise TypeError(f"Argument `{argument}` must have dtype in [{names}]. Received: {tensor.dtype}.")
