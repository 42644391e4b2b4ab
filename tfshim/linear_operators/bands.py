"""Matrices that are constant along diagonals, or have three of them."""

from __future__ import annotations

import numpy as np

from tfshim import dtypes
from tfshim.api import array, creation, linalg, math_reduce, math_unary
from tfshim.api import linalg_decompositions as decompositions
from tfshim.api.casting import cast
from tfshim.api.gather import gather
from tfshim.export import export
from tfshim.linear_operators.base import LinearOperator, check_number_type
from tfshim.linear_operators.checks import assert_equal, assert_less, assert_positive
from tfshim.linear_operators.hints import agreed
from tfshim.linear_operators.tensors import broadcast_shapes, from_shape, keep
from tfshim.ops import op


@export("linalg.LinearOperatorTridiag")
class LinearOperatorTridiag(LinearOperator):
    """Matrices with a main diagonal and those above and below it.

    Args:
      diagonals: as `tf.linalg.tridiagonal_matmul` takes them: `[..., 3, N]`, three tensors, or `[..., N, N]`.
      diagonals_format: "compact", "sequence" or "matrix".
    """

    def __init__(
        self,
        diagonals,
        diagonals_format="compact",
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=None,
        name="LinearOperatorTridiag",
    ):
        parameters = {k: v for k, v in locals().items() if k not in ("self", "__class__")}
        if diagonals_format not in ("compact", "sequence", "matrix"):
            raise ValueError(
                "Argument `diagonals_format` must be one of compact, matrix, or sequence. "
                f"Received: {diagonals_format}."
            )
        kept = [keep(d) for d in diagonals] if diagonals_format == "sequence" else keep(diagonals)
        first = kept[0] if isinstance(kept, list) else kept
        check_number_type(first, "diagonals")
        agreed(is_square, True, "Only square Tridiag operators are supported.")
        super().__init__(
            first.dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, is_square, name, parameters
        )
        self._arguments = {"diagonals": kept, "diagonals_format": diagonals_format}
        self._matrix_dims = {"diagonals": 1 if diagonals_format == "sequence" else 2}

    @property
    def diagonals(self):
        """The diagonals, as they were given."""
        return self._arguments["diagonals"]

    @property
    def diagonals_format(self):
        """How they were given."""
        return self._arguments["diagonals_format"]

    def _value(self):
        return self._argument_value("diagonals")

    def _shape(self):
        if self.diagonals_format == "sequence":
            batch = broadcast_shapes([d.shape[:-1] for d in self.diagonals])
            size = self.diagonals[1].shape[-1:]
            return batch.concatenate(size).concatenate(size)
        shape = self.diagonals.shape
        return shape if self.diagonals_format == "matrix" else shape[:-2].concatenate([shape[-1], shape[-1]])

    def _shape_tensor(self):
        return array.shape(self._to_dense())

    def _conjugate_transpose(self):
        """The diagonals of the adjoint, in "sequence" format."""
        upper, main, lower = self._three()
        return [math_unary.conj(d) for d in (array.roll(lower, -1, -1), main, array.roll(upper, 1, -1))]

    def _three(self):
        value = self._value()
        if self.diagonals_format == "sequence":
            return value
        if self.diagonals_format == "compact":
            return [value[..., i, :] for i in range(3)]
        main = linalg.diag_part(value)
        padded = [[0, 0]] * (main.shape.rank - 1)
        return [
            array.pad(linalg.diag_part(value, k=1), [*padded, [0, 1]]),
            main,
            array.pad(linalg.diag_part(value, k=-1), [*padded, [1, 0]]),
        ]

    def _given(self, adjoint):
        return (self._conjugate_transpose(), "sequence") if adjoint else (self._value(), self.diagonals_format)

    def _matmul(self, x, adjoint=False, adjoint_arg=False):
        diagonals, form = self._given(adjoint)
        return decompositions.tridiagonal_matmul(diagonals, linalg.adjoint(x) if adjoint_arg else x, form)

    def _solve(self, rhs, adjoint=False, adjoint_arg=False):
        diagonals, form = self._given(adjoint)
        return decompositions.tridiagonal_solve(diagonals, linalg.adjoint(rhs) if adjoint_arg else rhs, form)

    def _diag_part(self):
        return self._three()[1]

    def _to_dense(self):
        upper, main, lower = self._three()
        return linalg.diag(main) + linalg.diag(upper[..., :-1], k=1) + linalg.diag(lower[..., 1:], k=-1)


@export("linalg.LinearOperatorToeplitz")
class LinearOperatorToeplitz(LinearOperator):
    """Matrices that are constant along their diagonals, given by the first columns `col` and the first rows `row`."""

    _matrix_dims = {"col": 1, "row": 1}

    def __init__(
        self,
        col,
        row,
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=None,
        name="LinearOperatorToeplitz",
    ):
        parameters = {k: v for k, v in locals().items() if k not in ("self", "__class__")}
        kept = {"col": keep(col), "row": keep(row)}
        for argument, value in kept.items():
            check_number_type(value, argument)
            if value.shape.rank == 0:
                raise ValueError(f"Argument `{argument}` must have at least 1 dimension.")
        agreed(is_square, True, "Only square Toeplitz operators currently supported.")
        super().__init__(
            kept["row"].dtype, None, is_non_singular, is_self_adjoint, is_positive_definite, True, name, parameters
        )
        self._arguments = kept

    @property
    def col(self):
        """The first columns."""
        return self._arguments["col"]

    @property
    def row(self):
        """The first rows."""
        return self._arguments["row"]

    def _both(self):
        column, row = self._argument_value("col"), self._argument_value("row")
        size = array.broadcast_dynamic_shape(array.shape(column), array.shape(row))
        return array.broadcast_to(column, size), array.broadcast_to(row, size)

    def _shape(self):
        shape = array.broadcast_static_shape(self.col.shape, self.row.shape)
        return shape.concatenate(shape[-1:])

    def _shape_tensor(self):
        size = array.shape(self._both()[0])
        return array.concat([size, size[-1:]], 0)

    def _matmul(self, x, adjoint=False, adjoint_arg=False):
        """By Fourier transforms: the matrix is a corner of a circulant one of twice the size."""
        column, row = self._both()
        if adjoint:
            # The diagonal is that of the columns, also where the rows say something else.
            first = array.concat([column[..., :1], row[..., 1:]], -1)
            column, row = math_unary.conj(first), math_unary.conj(column)
        circulant = array.concat([column, column[..., :1] * 0, array.reverse(row[..., 1:], [-1])], -1)
        wide = dtypes.complex128 if self.dtype in (dtypes.float64, dtypes.complex128) else dtypes.complex64
        rows = cast(linalg.matrix_transpose(linalg.adjoint(x) if adjoint_arg else x), wide)
        padded = array.concat([rows, creation.zeros_like(rows)], -1)
        forward, backward = _TRANSFORMS[1]
        product = backward(array.expand_dims(forward(cast(circulant, wide)), -2) * forward(padded))
        result = linalg.matrix_transpose(product[..., : array.shape(column)[-1]])
        return cast(result if self.dtype.is_complex else math_unary.real(result), self.dtype)

    def _to_dense(self):
        column, row = self._both()
        # All diagonals, from the upper right corner to the lower left one.
        values = array.concat([array.reverse(row[..., 1:], [-1]), column], -1)
        size = array.shape(column)[-1]
        steps = creation.range(size)
        indices = array.expand_dims(steps, -1) - array.expand_dims(steps, 0) + size - 1
        return gather(values, indices, axis=-1)

    def _diag_part(self):
        column = self._both()[0]
        return array.broadcast_to(column[..., :1], array.shape(column))

    def _trace(self):
        column = self._both()[0]
        return cast(array.shape(column)[-1], self.dtype) * column[..., 0]

    def _assert_self_adjoint(self):
        return assert_equal(
            *self._both(), message="row and col are not the same, and so this operator is not self-adjoint."
        )


_TRANSFORMS = {1: (op("FFT"), op("IFFT")), 2: (op("FFT2D"), op("IFFT2D")), 3: (op("FFT3D"), op("IFFT3D"))}


class _Circulant(LinearOperator):
    """(Block) circulant matrices: diagonal between Fourier transforms of `block_depth` dimensions."""

    _depth: int

    def __init__(
        self,
        spectrum,
        input_output_dtype=dtypes.complex64,
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=True,
        name=None,
    ):
        parameters = {k: v for k, v in locals().items() if k not in ("self", "__class__")}
        name = name or type(self).__name__
        kept = keep(spectrum)
        check_number_type(kept, "spectrum")
        if kept.shape.rank is not None and kept.shape.rank < self._depth:
            raise ValueError(f"Argument `spectrum` must have at least {self._depth} dimensions.")
        agreed(is_square, True, f"A {type(self).__name__} operator is always square.")
        if not kept.dtype.is_complex:
            is_self_adjoint = agreed(
                is_self_adjoint, True, "A real spectrum always corresponds to a self-adjoint operator."
            )
        super().__init__(
            dtypes.as_dtype(input_output_dtype),
            None,
            is_non_singular,
            is_self_adjoint,
            is_positive_definite,
            True,
            name,
            parameters,
        )
        self._arguments = {"spectrum": kept, "input_output_dtype": self.dtype}

    @property
    def spectrum(self):
        """The eigenvalues, `[..., N1, ...]`: one dimension for each of the blocks."""
        return self._arguments["spectrum"]

    @property
    def block_depth(self):
        """The number of dimensions of the blocks."""
        return self._depth

    @property
    def block_shape(self):
        """The static shape of the blocks."""
        return self.spectrum.shape[-self._depth :]

    def block_shape_tensor(self):
        """The shape of the blocks as an integer vector."""
        shape = self.block_shape
        return from_shape(shape) if shape.is_fully_defined() else array.shape(self._value())[-self._depth :]

    def convolution_kernel(self, name="convolution_kernel"):
        """The convolution that the operator is: the inverse transform of the spectrum."""
        return self._in_own_type(self._backward(self._complex()))

    def _value(self):
        return self._argument_value("spectrum")

    def _complex(self):
        wide = self.dtype in (dtypes.float64, dtypes.complex128)
        return cast(self._value(), dtypes.complex128 if wide else dtypes.complex64)

    def _forward(self, x):
        return _TRANSFORMS[self._depth][0](x)

    def _backward(self, x):
        return _TRANSFORMS[self._depth][1](x)

    def _shape(self):
        size = self.block_shape.num_elements()
        return self.spectrum.shape[: -self._depth].concatenate([size, size])

    def _shape_tensor(self):
        size = math_reduce.reduce_prod(self.block_shape_tensor())
        return array.concat([array.shape(self._value())[: -self._depth], array.stack([size, size])], 0)

    def _filtered(self, x, spectrum):
        """Each column of `x` transformed, multiplied by a spectrum, and transformed back."""
        rows = linalg.matrix_transpose(cast(x, spectrum.dtype))
        leading = array.shape(rows)[:-1]
        blocks = array.reshape(rows, array.concat([leading, self.block_shape_tensor()], 0))
        result = self._backward(array.expand_dims(spectrum, -self._depth - 1) * self._forward(blocks))
        leading = array.shape(result)[: -self._depth]
        flat = array.reshape(result, array.concat([leading, [-1]], 0))
        return self._in_own_type(linalg.matrix_transpose(flat))

    def _matmul(self, x, adjoint=False, adjoint_arg=False):
        spectrum = self._complex()
        x = linalg.adjoint(x) if adjoint_arg else x
        return self._filtered(x, math_unary.conj(spectrum) if adjoint else spectrum)

    def _solve(self, rhs, adjoint=False, adjoint_arg=False):
        spectrum = self._complex()
        rhs = linalg.adjoint(rhs) if adjoint_arg else rhs
        return self._filtered(rhs, 1 / (math_unary.conj(spectrum) if adjoint else spectrum))

    def _axes(self):
        return list(range(-self._depth, 0))

    def _determinant(self):
        return self._in_own_type(math_reduce.reduce_prod(self._value(), axis=self._axes()))

    def _log_abs_determinant(self):
        logarithms = math_unary.log(math_unary.abs(self._value()))
        return cast(math_reduce.reduce_sum(logarithms, axis=self._axes()), self.dtype)

    def _trace(self):
        return self._in_own_type(math_reduce.reduce_sum(self._value(), axis=self._axes()))

    def _diag_part(self):
        size = self.domain_dimension_tensor()
        mean = self._trace() / cast(size, self.dtype)
        return array.expand_dims(mean, -1) * creation.ones([size], self.dtype)

    def _eigvals(self):
        leading = array.shape(self._value())[: -self._depth]
        return array.reshape(self._value(), array.concat([leading, [-1]], 0))

    def _cond(self):
        sizes = math_unary.abs(self._value())
        greatest = math_reduce.reduce_max(sizes, axis=self._axes())
        return greatest / math_reduce.reduce_min(sizes, axis=self._axes())

    def _of(self, spectrum):
        return type(self)(
            spectrum,
            self.dtype,
            is_non_singular=self.is_non_singular,
            is_self_adjoint=self.is_self_adjoint,
            is_positive_definite=self.is_positive_definite,
        )

    def _in_own_type(self, value):
        """A result in the type of arguments: the real part, if that is real."""
        return cast(value if self.dtype.is_complex else math_unary.real(value), self.dtype)

    def _adjoint(self):
        return self._of(math_unary.conj(self._value()))

    def _inverse(self):
        return self._of(1.0 / self._value())

    def assert_hermitian_spectrum(self, name="assert_hermitian_spectrum"):
        """Checks that the convolution kernel is real, up to rounding (InvalidArgumentError if it is not)."""
        kernel = self._backward(self._complex())
        precision = np.finfo(self.dtype.real_dtype.as_numpy_dtype).eps
        error = cast(self.domain_dimension_tensor(), kernel.dtype.real_dtype) * precision
        return assert_less(math_unary.abs(math_unary.imag(kernel)), error, message="Spectrum was not Hermitian.")

    def _assert_non_singular(self):
        sizes = math_unary.abs(self._value())
        return assert_positive(sizes, message="Singular operator: the spectrum has zeros.")

    def _assert_positive_definite(self):
        return assert_positive(math_unary.real(self._value()), message="Not positive definite: see the spectrum.")


def _declare(depth: int) -> type:
    suffix = "" if depth == 1 else f"{depth}D"
    name = f"LinearOperatorCirculant{suffix}"

    def __init__(
        self,
        spectrum,
        input_output_dtype=dtypes.complex64,
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=True,
        name=name,
    ):
        _Circulant.__init__(
            self, spectrum, input_output_dtype, is_non_singular, is_self_adjoint, is_positive_definite, is_square, name
        )

    text = (
        f"Circulant matrices in {depth} dimension(s): convolutions with the inverse Fourier transform of `spectrum`, "
        "of arguments of type `input_output_dtype`."
    )
    members = {"__init__": __init__, "_depth": depth, "_matrix_dims": {"spectrum": depth}, "__doc__": text}
    cls = type(name, (_Circulant,), members)
    return export(f"linalg.{name}")(cls)


LinearOperatorCirculant, LinearOperatorCirculant2D, LinearOperatorCirculant3D = map(_declare, (1, 2, 3))
