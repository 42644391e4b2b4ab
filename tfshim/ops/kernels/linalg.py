"""Kernels of matrix products, einsum, and of building and reading diagonals and bands."""

from __future__ import annotations

import functools
import re

import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim import errors
from tfshim.ops.registry import kernel, runtime_check, shape_function
from tfshim.shapes import TensorShape


def invalid(message: str) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(None, None, message)


# Products ------------------------------------------------------------------------------------------------


def _merged(a: int | None, b: int | None) -> int | None:
    return b if a is None else a


def matmul_sizes(op_name, a, b, flip_a, flip_b):
    """Sizes (None: unknown) of the product of two matrices given as lists of two sizes."""
    rows, inner_a = a[::-1] if flip_a else a
    inner_b, columns = b[::-1] if flip_b else b
    if inner_a is not None and inner_b is not None and inner_a != inner_b:
        raise invalid(f"{op_name}: Matrix size-incompatible: In[0]: {list(a)}, In[1]: {list(b)}")
    return [rows, columns]


@kernel("MatMul")
def matmul(a, b, *, transpose_a, transpose_b):
    for i, shape in enumerate((a.shape, b.shape)):
        if len(shape) != 2:
            raise invalid(f"MatMul: In[{i}] must be a matrix, got shape {list(shape)}")
    matmul_sizes("MatMul", a.shape, b.shape, transpose_a, transpose_b)
    contracted = ((0 if transpose_a else 1,), (1 if transpose_b else 0,))
    return lax.dot_general(a, b, (contracted, ((), ())))


def _adjoint(x, adjoint: bool):
    if not adjoint:
        return x
    return jnp.conj(jnp.swapaxes(x, -1, -2))


def _batch_sizes(op_name, x, y, adj_x, adj_y):
    """Sizes of a batched product with broadcasting; raises if they cannot match."""
    for i, sizes in enumerate((x, y)):
        if len(sizes) < 2:
            raise invalid(f"{op_name}: In[{i}] ndims must be >= 2: {len(sizes)}, got shape {list(sizes)}")
    if op_name == "BatchMatMul" and len(x) != len(y):
        raise invalid(f"{op_name}: In[0] and In[1] has different ndims: {list(x)} vs. {list(y)}")
    try:
        matrix = matmul_sizes(op_name, x[-2:], y[-2:], adj_x, adj_y)
    except errors.InvalidArgumentError:
        raise invalid(
            f"{op_name}: Matrix size-incompatible: In[0]: {list(x)}, In[1]: {list(y)}, "
            f"adj_x: {adj_x}, adj_y: {adj_y}"
        ) from None
    batch = broadcast_sizes(x[:-2], y[:-2], broadcast=op_name != "BatchMatMul")
    if batch is None:
        raise invalid(
            f"{op_name}: In[0] and In[1] must have compatible batch dimensions: {list(x)} vs. {list(y)}"
        )
    return [*batch, *matrix]


def broadcast_sizes(a, b, broadcast=True) -> list[int | None] | None:
    """Sizes of two broadcast lists of sizes (None: unknown); None if they do not go together."""
    rank = max(len(a), len(b))
    result: list[int | None] = []
    for m, n in zip([1] * (rank - len(a)) + list(a), [1] * (rank - len(b)) + list(b)):
        if m == n:
            result.append(m)
        elif broadcast and (m == 1 or n == 1):
            result.append(n if m == 1 else m)
        elif m is None or n is None:
            result.append(_merged(m, n))
        else:
            return None
    return result


def _batch_matmul(op_name, x, y, adj_x, adj_y):
    _batch_sizes(op_name, x.shape, y.shape, adj_x, adj_y)
    return jnp.matmul(_adjoint(x, adj_x), _adjoint(y, adj_y))


def _register_batch_matmul(op_name):
    @kernel(op_name)
    def batch_matmul(x, y, *, adj_x, adj_y):
        return _batch_matmul(op_name, x, y, adj_x, adj_y)

    return batch_matmul


for _name in ("BatchMatMul", "BatchMatMulV2"):
    _register_batch_matmul(_name)


@kernel("BatchMatMulV3")
def batch_matmul_v3(x, y, *, adj_x, adj_y, Tout):
    _batch_sizes("BatchMatMulV3", x.shape, y.shape, adj_x, adj_y)
    dtype = Tout.as_numpy_dtype
    return jnp.matmul(_adjoint(x, adj_x), _adjoint(y, adj_y), preferred_element_type=dtype).astype(dtype)


@shape_function("MatMul")
def _matmul_shape(op):
    sizes = []
    for i in range(2):
        shape = op.shape(i)
        if shape.rank not in (None, 2):
            raise invalid(f"MatMul: In[{i}] must be a matrix: shape must be rank 2 but is {shape}")
        sizes.append(shape.as_list() if shape.rank is not None else [None, None])
    return TensorShape(matmul_sizes("MatMul", *sizes, op.attr("transpose_a"), op.attr("transpose_b")))


def _batch_matmul_shape(op_name, op):
    x, y = op.shape(0), op.shape(1)
    if x.rank is None or y.rank is None:
        return TensorShape(None)
    return TensorShape(_batch_sizes(op_name, x.as_list(), y.as_list(), op.attr("adj_x"), op.attr("adj_y")))


for _name in ("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"):
    shape_function(_name)(functools.partial(_batch_matmul_shape, _name))


# Einsum --------------------------------------------------------------------------------------------------

_TERM = re.compile(r"[A-Za-z]|\.\.\.")


def parse_equation(equation: str) -> tuple[list[list[str]], list[str]]:
    """Labels of the inputs and of the output of an equation with `->`; "..." is one label."""
    inputs, _, output = equation.replace(" ", "").partition("->")
    for side in (*inputs.split(","), output):
        if _TERM.sub("", side) or side.count("...") > 1:
            raise invalid(f"Einsum: malformed equation {equation!r}")
    return [_TERM.findall(t) for t in inputs.split(",")], _TERM.findall(output)


def _einsum_sizes(equation, shapes):
    """Output sizes (None: unknown) for lists of sizes, of which some may be None as a whole."""
    terms, output = parse_equation(equation)
    if len(terms) != len(shapes):
        raise invalid(f"Einsum: expected {len(terms)} inputs for equation {equation!r}, got {len(shapes)}")
    sizes: dict[str, int | None] = {}
    ellipsis: list[int | None] | None = []
    for i, (term, shape) in enumerate(zip(terms, shapes)):
        if shape is None:
            ellipsis = None if "..." in term else ellipsis
            continue
        extra = len(shape) - (len(term) - ("..." in term))
        if extra < 0 or (extra and "..." not in term):
            at_least = "at least " if "..." in term else ""
            raise invalid(
                f"Einsum: Expected input {i} to have rank {at_least}{len(term) - ('...' in term)} but got: "
                f"{len(shape)} (shape {list(shape)}, equation {equation!r})"
            )
        axis = 0
        for label in term:
            if label == "...":
                if ellipsis is not None:
                    merged = broadcast_sizes(ellipsis, shape[axis : axis + extra])
                    if merged is None:
                        raise invalid(
                            f"Einsum: incompatible ellipsis dimensions of input {i} shaped {list(shape)} "
                            f"in equation {equation!r}"
                        )
                    ellipsis = merged
                axis += extra
                continue
            known = sizes.get(label)
            if known is not None and shape[axis] is not None and known != shape[axis]:
                raise invalid(
                    f"Einsum: Expected dimension {known} at axis {axis} of the input {i} shaped "
                    f"{list(shape)} but got dimension {shape[axis]} (label {label!r} of {equation!r})"
                )
            sizes[label] = _merged(known, shape[axis])
            axis += 1
    result: list[int | None] = []
    for label in output:
        if label == "...":
            if ellipsis is None:
                return None
            result.extend(ellipsis)
        else:
            result.append(sizes.get(label))
    return result


@kernel("Einsum")
def einsum(inputs, *, equation):
    _einsum_sizes(equation, [x.shape for x in inputs])
    dtype = inputs[0].dtype
    return jnp.einsum(equation, *inputs).astype(dtype)


@shape_function("Einsum")
def _einsum_shape(op):
    shapes = [op.shape(i) for i in range(op.attr("N"))]
    sizes = _einsum_sizes(op.attr("equation"), [None if s.rank is None else s.as_list() for s in shapes])
    return TensorShape(sizes)


# Bands and diagonals -------------------------------------------------------------------------------------


def _at_least(op_name, name, shape, rank):
    if len(shape) < rank:
        raise invalid(f"{op_name}: {name} must be at least {rank}-dim, received shape: {list(shape)}")


@kernel("MatrixBandPart")
def matrix_band_part(matrix, num_lower, num_upper):
    _at_least("MatrixBandPart", "input", matrix.shape, 2)
    for name, value in (("num_lower", num_lower), ("num_upper", num_upper)):
        if value.ndim:
            raise invalid(f"MatrixBandPart: {name} must be scalar, got shape {list(value.shape)}")
    rows, columns = matrix.shape[-2:]
    runtime_check(
        num_lower <= rows, f"num_lower must be negative or less or equal to number of rows ({rows})"
    )
    runtime_check(
        num_upper <= columns, f"num_upper must be negative or less or equal to number of columns ({columns})"
    )
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
        v: longest - _length(rows, columns, v) if _starts_right(align, v) else 0
        for v in range(lower, upper + 1)
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
            f"and upper_diag_index range: k = [{lower}, {upper}], diagonal shape {list(diagonal.shape)}"
        )
    longest = diagonal.shape[-1]
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
            f"{op_name}: num_rows {rows} and num_cols {columns} do not fit diagonal of shape "
            f"{list(diagonal.shape)} with k = [{lower}, {upper}]"
        )
    return _matrix_from_band(diagonal, padding_value, rows, columns, lower, upper, align)


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
            f"{op_name}: diagonal must have shape {expected} for input shape {list(matrix.shape)} and "
            f"k = [{lower}, {upper}], got shape {list(diagonal.shape)}"
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
    size = diagonal.size
    return jnp.where(np.eye(size, dtype=bool), diagonal.reshape(-1, 1), 0).reshape(shape + shape)


@kernel("DiagPart")
def diag_part(tensor):
    half = tensor.ndim // 2
    if tensor.ndim == 0 or tensor.ndim % 2 or tensor.shape[:half] != tensor.shape[half:]:
        raise invalid(
            "DiagPart: input must have even rank of at least 2 and equal halves of its shape, got shape "
            f"{list(tensor.shape)}"
        )
    size = int(np.prod(tensor.shape[:half]))
    return jnp.diagonal(tensor.reshape(size, size)).reshape(tensor.shape[:half])


@shape_function("MatrixBandPart", "MatrixSetDiag", "MatrixSetDiagV2", "MatrixSetDiagV3")
def _unchanged(op):
    return op.shape(0)


@kernel("Cross")
def cross(a, b):
    if a.shape != b.shape:
        raise invalid(f"Cross: Both inputs must be of same shape: {list(a.shape)} vs. {list(b.shape)}")
    if a.ndim == 0 or a.shape[-1] != 3:
        raise invalid(f"Cross: Cross-products are only defined for 3-element vectors, got {list(a.shape)}")
    (a0, a1, a2), (b0, b1, b2) = (jnp.moveaxis(v, -1, 0) for v in (a, b))
    return jnp.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0], axis=-1)
