"""Kernels of matrix bands and diagonals: cutting them out, building matrices from them, replacing them."""

from __future__ import annotations

import functools

import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim.ops.registry import kernel, piecewise_linear, runtime_check, shape_function
from tfshim.ops.shape_helpers import at_least_rank, invalid, merge_static, shape_text
from tfshim.shapes import TensorShape


def _at_least(op_name, name, shape, rank):
    if len(shape) < rank:
        raise invalid(f"{op_name}: {name} must be at least {rank}-dim, received shape: {shape_text(shape)}")


@kernel("MatrixBandPart")
def matrix_band_part(matrix, num_lower, num_upper):
    _at_least("MatrixBandPart", "input", matrix.shape, 2)
    for name, value in (("num_lower", num_lower), ("num_upper", num_upper)):
        if value.ndim:
            raise invalid(f"MatrixBandPart: {name} must be scalar, got shape {shape_text(value.shape)}")
    rows, columns = matrix.shape[-2:]
    runtime_check(num_lower <= rows, f"num_lower must be negative or less or equal to number of rows ({rows})")
    runtime_check(num_upper <= columns, f"num_upper must be negative or less or equal to number of columns ({columns})")
    distance = lax.broadcasted_iota(num_lower.dtype, (rows, columns), 0)
    distance = distance - lax.broadcasted_iota(num_lower.dtype, (rows, columns), 1)
    band = ((num_lower < 0) | (distance <= num_lower)) & ((num_upper < 0) | (-distance <= num_upper))
    return jnp.where(band, matrix, jnp.zeros((), matrix.dtype))


def _band_limits(op_name, k):
    k = [int(v) for v in np.ravel(k)]
    if len(k) not in (1, 2):
        raise invalid(f"{op_name}: k must be a scalar or a vector of one or two elements, got {k}")
    lower, upper = k[0], k[-1]
    if lower > upper:
        raise invalid(f"{op_name}: k[0] must not be larger than k[1], got {lower} > {upper}")
    return lower, upper


def _limits_in_matrix(op_name, k, rows, columns):
    lower, upper = _band_limits(op_name, k)
    for name, value in (("lower", lower), ("upper", upper)):
        if not -rows < value < columns and not (value == 0 and 0 in (rows, columns)):
            raise invalid(
                f"{op_name}: {name}_diag_index is out of bound: {value}; It must be between {-rows} and "
                f"{columns} for a matrix of shape [{rows}, {columns}]"
            )
    return lower, upper


def _length(rows, columns, d):
    return min(rows + min(d, 0), columns - max(d, 0))


def _longest(rows, columns, lower, upper):
    return min(rows + min(upper, 0), columns - max(lower, 0))


def _starts_right(align, d):
    """Whether the entries of the diagonal `d` are stored from the right end of their row."""
    superdiagonal, subdiagonal = align.split("_")
    return (superdiagonal if d >= 0 else subdiagonal) == "RIGHT"


def _band_indices(rows, columns, lower, upper, align):
    """For each matrix entry: is it in the band, and the row and column of the compact form that hold it."""
    i, j = np.indices((rows, columns))
    d = j - i
    inside = (d >= lower) & (d <= upper)
    longest = _longest(rows, columns, lower, upper)
    offsets = {
        v: longest - _length(rows, columns, v) if _starts_right(align, v) else 0 for v in range(lower, upper + 1)
    }
    offset = np.vectorize(lambda v: offsets.get(v, 0), otypes=[int])(d)
    column = np.minimum(i, j) + offset
    return inside, np.where(inside, upper - d, 0), np.where(inside, column, 0)


def _matrix_from_band(diagonal, base, rows, columns, lower, upper, align):
    """The matrix that holds `diagonal` (compact form) on its band and `base` elsewhere."""
    inside, row, column = _band_indices(rows, columns, lower, upper, align)
    if lower == upper:
        # One diagonal: spreading it over rows or columns needs no gather.
        spread = diagonal[..., :, None] if lower >= 0 else diagonal[..., None, :]
        missing = (rows if lower >= 0 else columns) - diagonal.shape[-1]
        if missing:
            axis = -2 if lower >= 0 else -1
            widths = [(0, 0)] * spread.ndim
            widths[axis] = (0, missing)
            spread = jnp.pad(spread, widths)
    else:
        spread = diagonal[..., row, column]
    return jnp.where(inside, spread, base)


def _band_of(matrix, padding, lower, upper, align):
    rows, columns = matrix.shape[-2:]
    longest = _longest(rows, columns, lower, upper)
    if lower == upper:
        return jnp.diagonal(matrix, lower, -2, -1)
    i = np.zeros((upper - lower + 1, longest), int)
    j, inside = i.copy(), np.zeros(i.shape, bool)
    for n, d in enumerate(range(upper, lower - 1, -1)):
        length = _length(rows, columns, d)
        start = longest - length if _starts_right(align, d) else 0
        where = slice(start, start + length)
        i[n, where] = np.arange(length) + max(-d, 0)
        j[n, where] = np.arange(length) + max(d, 0)
        inside[n, where] = True
    return jnp.where(inside, matrix[..., i, j], padding)


def _matrix_diag(op_name, diagonal, k, num_rows, num_cols, padding_value, align):
    _at_least(op_name, "diagonal", diagonal.shape, 1)
    lower, upper = _band_limits(op_name, k)
    count = upper - lower + 1
    if lower != upper and (diagonal.ndim < 2 or diagonal.shape[-2] != count):
        raise invalid(
            f"{op_name}: The number of diagonals provided in the input does not match the lower_diag_index "
            f"and upper_diag_index range: k = [{lower}, {upper}], diagonal shape {shape_text(diagonal.shape)}"
        )
    rows, columns = _matrix_sizes(op_name, diagonal.shape[-1], count, (lower, upper), num_rows, num_cols)
    return _matrix_from_band(diagonal, padding_value, rows, columns, lower, upper, align)


def _matrix_sizes(op_name, longest, count, limits, num_rows, num_cols):
    """The sizes of the matrix that diagonals of length `longest` make; -1 for the least that fits."""
    lower, upper = limits
    rows, columns = int(num_rows), int(num_cols)
    least_rows, least_columns = longest - min(upper, 0), longest + max(lower, 0)
    if rows == -1 and columns == -1:
        rows = columns = max(least_rows, least_columns)
    elif rows == -1:
        rows = least_rows
    elif columns == -1:
        columns = least_columns
    if rows < least_rows or columns < least_columns or (rows != least_rows and columns != least_columns):
        raise invalid(
            f"{op_name}: num_rows {rows} and num_cols {columns} do not fit {count} diagonals of length "
            f"{longest} with k = [{lower}, {upper}]"
        )
    return rows, columns


_DIAG_STATIC = ("k", "num_rows", "num_cols")


@kernel("MatrixDiagV3", static=_DIAG_STATIC, no_gradient=("padding_value",))
def matrix_diag_v3(diagonal, k, num_rows, num_cols, padding_value, *, align):
    return _matrix_diag("MatrixDiagV3", diagonal, k, num_rows, num_cols, padding_value, align)


@kernel("MatrixDiagV2", static=_DIAG_STATIC, no_gradient=("padding_value",))
def matrix_diag_v2(diagonal, k, num_rows, num_cols, padding_value):
    return _matrix_diag("MatrixDiagV2", diagonal, k, num_rows, num_cols, padding_value, "LEFT_LEFT")


@kernel("MatrixDiag")
def matrix_diag(diagonal):
    zero = jnp.zeros((), diagonal.dtype)
    return _matrix_diag("MatrixDiag", diagonal, 0, -1, -1, zero, "LEFT_LEFT")


def _matrix_diag_part(op_name, matrix, k, padding_value, align):
    _at_least(op_name, "input", matrix.shape, 2)
    lower, upper = _limits_in_matrix(op_name, k, *matrix.shape[-2:])
    return _band_of(matrix, padding_value, lower, upper, align)


@kernel("MatrixDiagPartV3", static=("k",), no_gradient=("padding_value",))
def matrix_diag_part_v3(matrix, k, padding_value, *, align):
    return _matrix_diag_part("MatrixDiagPartV3", matrix, k, padding_value, align)


@kernel("MatrixDiagPartV2", static=("k",), no_gradient=("padding_value",))
def matrix_diag_part_v2(matrix, k, padding_value):
    return _matrix_diag_part("MatrixDiagPartV2", matrix, k, padding_value, "LEFT_LEFT")


@kernel("MatrixDiagPart")
def matrix_diag_part(matrix):
    return _matrix_diag_part("MatrixDiagPart", matrix, 0, None, "LEFT_LEFT")


def _matrix_set_diag(op_name, matrix, diagonal, k, align):
    _at_least(op_name, "input", matrix.shape, 2)
    rows, columns = matrix.shape[-2:]
    lower, upper = _limits_in_matrix(op_name, k, rows, columns)
    expected = [*matrix.shape[:-2], *([upper - lower + 1] if lower != upper else ())]
    expected.append(_longest(rows, columns, lower, upper))
    if list(diagonal.shape) != expected:
        raise invalid(
            f"{op_name}: diagonal must have shape {expected} for input shape {shape_text(matrix.shape)} and "
            f"k = [{lower}, {upper}], got shape {shape_text(diagonal.shape)}"
        )
    return _matrix_from_band(diagonal, matrix, rows, columns, lower, upper, align)


@kernel("MatrixSetDiagV3", static=("k",))
def matrix_set_diag_v3(matrix, diagonal, k, *, align):
    return _matrix_set_diag("MatrixSetDiagV3", matrix, diagonal, k, align)


@kernel("MatrixSetDiagV2", static=("k",))
def matrix_set_diag_v2(matrix, diagonal, k):
    return _matrix_set_diag("MatrixSetDiagV2", matrix, diagonal, k, "LEFT_LEFT")


@kernel("MatrixSetDiag")
def matrix_set_diag(matrix, diagonal):
    return _matrix_set_diag("MatrixSetDiag", matrix, diagonal, 0, "LEFT_LEFT")


@kernel("Diag")
def diag(diagonal):
    _at_least("Diag", "diagonal", diagonal.shape, 1)
    shape = diagonal.shape
    square = (diagonal.size, diagonal.size)
    on_diagonal = lax.broadcasted_iota(np.int32, square, 0) == lax.broadcasted_iota(np.int32, square, 1)
    return jnp.where(on_diagonal, diagonal.reshape(-1, 1), 0).reshape(shape + shape)


@kernel("DiagPart")
def diag_part(tensor):
    half = tensor.ndim // 2
    if tensor.ndim == 0 or tensor.ndim % 2 or tensor.shape[:half] != tensor.shape[half:]:
        raise invalid(
            "DiagPart: input must have even rank of at least 2 and equal halves of its shape, got shape "
            f"{shape_text(tensor.shape)}"
        )
    size = int(np.prod(tensor.shape[:half]))
    return jnp.diagonal(tensor.reshape(size, size)).reshape(tensor.shape[:half])


def _unchanged_matrix(op_name, op):
    shape = op.shape(0)
    if shape.rank is not None:
        at_least_rank(shape, 2)
    return shape


def _static_limits(op_name, op, i):
    k = op.static(i)
    return None if k is None else _band_limits(op_name, k)


def _diag_part_shape(op_name, op):
    shape = op.shape(0)
    if shape.rank is None:
        return TensorShape(None)
    *batch, rows, columns = shape.as_list() if shape.rank > 1 else [None, None]
    at_least_rank(shape, 2)
    limits = (0, 0) if op_name == "MatrixDiagPart" else _static_limits(op_name, op, 1)
    if limits is None:
        return TensorShape(None)
    lower, upper = limits
    longest = None if None in (rows, columns) else _longest(rows, columns, lower, upper)
    if longest is not None:
        _limits_in_matrix(op_name, limits, rows, columns)
    return TensorShape([*batch, *([upper - lower + 1] if lower != upper else ()), longest])


def _diag_shape(op_name, op):
    shape = op.shape(0)
    if shape.rank is None:
        return TensorShape(None)
    at_least_rank(shape, 1)
    if op_name == "MatrixDiag":
        limits, rows, columns = (0, 0), -1, -1
    else:
        limits = _static_limits(op_name, op, 1)
        rows, columns = (op.static(i) for i in (2, 3))
    if limits is None:
        return TensorShape(None)
    lower, upper = limits
    batch = shape.as_list()[: -1 if lower == upper else -2]
    if rows is None or columns is None or shape.as_list()[-1] is None:
        sizes = (None if v is None or int(v) == -1 else int(v) for v in (rows, columns))
        return TensorShape([*batch, *sizes])
    count = upper - lower + 1
    return TensorShape([*batch, *_matrix_sizes(op_name, shape.as_list()[-1], count, limits, rows, columns)])


def _set_diag_shape(op_name, op):
    shape, diagonal = _unchanged_matrix(op_name, op), op.shape(1)
    at_least_rank(diagonal, 1)
    limits = (0, 0) if op_name == "MatrixSetDiag" else _static_limits(op_name, op, 2)
    if None not in (shape.rank, diagonal.rank, limits):
        rank = shape.rank - (limits[0] == limits[1])
        if diagonal.rank != rank:
            raise invalid(f"{op_name}: Shape must be rank {rank} but is rank {diagonal.rank}: that of the diagonals")
    return shape


for _names, _function in (
    (("MatrixBandPart",), _unchanged_matrix),
    (("MatrixSetDiag", "MatrixSetDiagV2", "MatrixSetDiagV3"), _set_diag_shape),
    (("MatrixDiagPart", "MatrixDiagPartV2", "MatrixDiagPartV3"), _diag_part_shape),
    (("MatrixDiag", "MatrixDiagV2", "MatrixDiagV3"), _diag_shape),
):
    for _name in _names:
        shape_function(_name)(functools.partial(_function, _name))


@shape_function("Diag")
def _diag_op_shape(op):
    shape = op.shape(0)
    at_least_rank(shape, 1)
    return TensorShape(None if shape.rank is None else shape.as_list() * 2)


@shape_function("DiagPart")
def _diag_part_op_shape(op):
    shape = op.shape(0)
    if shape.rank is None:
        return TensorShape(None)
    if shape.rank % 2 or shape.rank == 0:
        raise invalid(f"DiagPart: input must have even and non-zero rank, got shape {shape}")
    first, second = shape[: shape.rank // 2], shape[shape.rank // 2 :]
    return merge_static([first, second])


piecewise_linear("MatrixDiagPart", "MatrixDiagPartV2", "MatrixDiagPartV3", "DiagPart")
