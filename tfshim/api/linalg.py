"""`tf.linalg`: products, einsum, transposes, diagonals and norms."""

from __future__ import annotations

import functools
import re
from collections import Counter, namedtuple

import numpy as np
import opt_einsum

from tfshim import dtypes
from tfshim.api import operator_dispatch
from tfshim.api.naming import in_scope
from tfshim.callable_op import variable_types
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.tensor import EagerTensor, Tensor

_band_part = op("MatrixBandPart")
_batch_matmul = op("BatchMatMulV2")
_batch_matmul_v3 = op("BatchMatMulV3")
_concat = op("ConcatV2")
_conj = op("Conj")
_conjugate_transpose = op("ConjugateTranspose")
_diag_part = op("MatrixDiagPartV3")
_einsum = op("Einsum")
_expand_dims = op("ExpandDims")
_gather = op("GatherV2")
_matmul = op("MatMul")
_sparse_matmul = op("SparseMatMul")
_reshape = op("Reshape")
_shape = op("Shape")
_squeeze = op("Squeeze")
_sum = op("Sum")
_transpose = op("Transpose")


# Products ------------------------------------------------------------------------------------------------


@export("linalg.matmul", "matmul")
def matmul(
    a,
    b,
    transpose_a=False,
    transpose_b=False,
    adjoint_a=False,
    adjoint_b=False,
    a_is_sparse=False,
    b_is_sparse=False,
    output_type=None,
    grad_a=False,
    grad_b=False,
    name=None,
):
    """The matrix product of two (batches of) matrices; batch dimensions broadcast.

    Args:
      a: tensor `[..., rows, inner]`.
      b: tensor `[..., inner, columns]` of the same dtype; a matrix of bfloat16 goes with one of float32 too.
      transpose_a: the last two dimensions of `a` are given the other way round.
      transpose_b: the same of `b`.
      adjoint_a: as `transpose_a`, and `a` is conjugated.
      adjoint_b: the same of `b`.
      a_is_sparse: a hint, without effect.
      b_is_sparse: a hint, without effect.
      output_type: dtype of the result; the product of int8 matrices can be int32.
      grad_a: without effect.
      grad_b: without effect.
      name: name of the op in a graph.

    Raises:
      ValueError: if `a` or `b` is to be both transposed and adjoined.
      InvalidArgumentError: for shapes that do not go together.
    """
    if type(a) in variable_types:
        a = a._read()
    if type(b) in variable_types:
        b = b._read()
    if type(a) is not EagerTensor or type(b) is not EagerTensor:
        if operator_dispatch.is_operator(a) or operator_dispatch.is_operator(b):
            return operator_dispatch.product(locals())
        a = convert_to_tensor(a, name="a")
        b = convert_to_tensor(b, name="b", hint=a.dtype)
    if a.dtype is not b.dtype and _mixes_halves(a, b):
        a_flip, b_flip = transpose_a or adjoint_a, transpose_b or adjoint_b
        hints = {"a_is_sparse": a_is_sparse, "b_is_sparse": b_is_sparse}
        return _sparse_matmul(a, b, transpose_a=a_flip, transpose_b=b_flip, name=name, **hints)
    if adjoint_a or adjoint_b or output_type is not None:
        return _general_matmul(a, b, transpose_a, transpose_b, adjoint_a, adjoint_b, output_type, name)
    if _is_batch(a) or _is_batch(b):
        if transpose_a and a.dtype.is_complex or transpose_b and b.dtype.is_complex:
            return _general_matmul(a, b, transpose_a, transpose_b, False, False, None, name)
        if transpose_a or transpose_b:
            return _batch_matmul(a, b, adj_x=transpose_a, adj_y=transpose_b, name=name)
        return _batch_matmul(a, b, name=name)
    if transpose_a or transpose_b:
        return _matmul(a, b, transpose_a=transpose_a, transpose_b=transpose_b, name=name)
    return _matmul(a, b) if name is None else _matmul(a, b, name=name)


def _mixes_halves(a, b) -> bool:
    """True for matrices of bfloat16 and float32, of which the products are float32."""
    return {a.dtype, b.dtype} == {dtypes.bfloat16, dtypes.float32} and not (_is_batch(a) or _is_batch(b))


def _is_batch(x) -> bool:
    """True unless `x` is known to be at most a matrix."""
    rank = x.ndim if type(x) is EagerTensor else x.shape.rank
    return rank is None or rank > 2


def _general_matmul(a, b, transpose_a, transpose_b, adjoint_a, adjoint_b, output_type, name):
    for label, transpose, adjoint in (("a", transpose_a, adjoint_a), ("b", transpose_b, adjoint_b)):
        if transpose and adjoint:
            raise ValueError(
                f"Only one of `transpose_{label}` and `adjoint_{label}` can be True. "
                f"Received `transpose_{label}`={transpose}, `adjoint_{label}`={adjoint}."
            )
    if output_type is not None:
        output_type = dtypes.as_dtype(output_type)
        if output_type is a.dtype and output_type is b.dtype:
            output_type = None
    if output_type is not None or _is_batch(a) or _is_batch(b):
        # The batched ops only know adjoints: a plain transpose is the adjoint of the conjugate.
        if transpose_a and a.dtype.is_complex:
            a = _conj(a)
        if transpose_b and b.dtype.is_complex:
            b = _conj(b)
        flips = dict(adj_x=transpose_a or adjoint_a, adj_y=transpose_b or adjoint_b)
        if output_type is not None:
            return _batch_matmul_v3(a, b, Tout=output_type, name=name, **flips)
        return _batch_matmul(a, b, name=name, **flips)
    if adjoint_a and a.dtype.is_complex:
        a = _conj(a)
    if adjoint_b and b.dtype.is_complex:
        b = _conj(b)
    return _matmul(a, b, transpose_a=transpose_a or adjoint_a, transpose_b=transpose_b or adjoint_b, name=name)


@export("linalg.matvec")
@operator_dispatch.takes_operators(operator_dispatch.matrix_times_vector)
def matvec(a, b, transpose_a=False, adjoint_a=False, a_is_sparse=False, b_is_sparse=False, name=None):
    """The product of (batches of) matrices `a` and vectors `b`; see `matmul`."""
    column = _expand_dims(b, -1)
    product = matmul(a, column, transpose_a=transpose_a, adjoint_a=adjoint_a)
    return _squeeze(product, squeeze_dims=(-1,), name=name)


@export("linalg.einsum", "einsum")
@in_scope("einsum")
def einsum(equation, *inputs, **kwargs):
    """The sum of products of elements that `equation` describes: `einsum("ij,jk->ik", a, b)`.

    Args:
      equation: a label for each dimension of each input, then those of the output; `...` for any dimensions.
        Without an output, it has the labels that occur once, in alphabetical order.
      *inputs: the tensors.
      **kwargs: `name`, and `optimize`: how to order more than two inputs ("greedy", "optimal", ...).

    Raises:
      ValueError: for a malformed equation or a wrong number of inputs.
      InvalidArgumentError: for shapes that do not fit the equation.
    """
    name = kwargs.pop("name", None)
    optimize = kwargs.pop("optimize", "greedy")
    if kwargs:
        raise TypeError(f"Invalid keyword arguments for einsum: {', '.join(kwargs)}. Valid arguments: name, optimize.")
    resolved = _resolve_equation(equation, len(inputs))
    if len(inputs) <= 2:
        return _einsum(list(inputs), equation=resolved, name=name)
    tensors = [convert_to_tensor(x) for x in inputs]
    shapes = tuple(None if t.shape.rank is None else tuple(t.shape.as_list()) for t in tensors)
    if not isinstance(optimize, (str, bool)):
        optimize = tuple(optimize) if isinstance(optimize, list) else optimize
    for positions, step in _contraction_path(resolved, shapes, optimize):
        operands = [tensors.pop(i) for i in positions]
        tensors.append(_einsum(operands, equation=step))
    return tensors[0]


@functools.lru_cache(maxsize=1024)
def _resolve_equation(equation: str, count: int) -> str:
    """The equation with its output, checked."""
    compact = equation.replace(" ", "")
    dots = "0"
    if "..." in compact:
        if dots in compact:
            raise ValueError(f'Invalid character "{dots}" in equation: {equation}.')
        compact = compact.replace("...", dots)
    match = re.fullmatch(r"([a-zA-Z0,]*)(?:->([a-zA-Z0]*))?", compact)
    if not match or (dots in compact and "..." not in equation):
        raise ValueError(f"Subscripts have incorrect format: {compact.replace(dots, '...')}")
    terms, output = match.groups()
    if terms.count(",") + 1 != count:
        raise ValueError(f'Got {count} inputs for equation "{equation}", expecting {terms.count(",") + 1}')
    if output is None:
        counts = Counter(terms.replace(",", ""))
        output = "".join(sorted(label for label, n in counts.items() if n == 1))
    if len(set(output)) != len(output):
        raise ValueError(f"Output subscripts contain a label appearing more than once: {equation}")
    for label in output:
        if label not in terms and label != dots:
            raise ValueError(f"Output subscripts contain the label {label} not present in the input subscripts.")
    return f"{terms}->{output}".replace(dots, "...")


_Shaped = namedtuple("_Shaped", ["shape"])


@functools.lru_cache(maxsize=1024)
def _contraction_path(equation, shapes, optimize):
    """Pairs of operand positions and the equation that contracts them, in order."""
    compact = equation.replace("...", "0")
    terms = compact.split("->")[0].split(",")
    sizes: dict[str, int] = {}
    for term, shape in zip(terms, shapes):
        if shape is None:
            continue
        dims = list(shape)
        at = term.find("0")
        if at >= 0:
            extra = len(dims) - (len(term) - 1)
            if extra < 0:
                raise ValueError(f"Too many named labels in {term.replace('0', '...')} for input shape {shape}")
            dims[at : at + extra] = [int(np.prod([d for d in dims[at : at + extra] if d], dtype=np.int64))]
        elif len(term) != len(dims):
            raise ValueError(
                f"Number of named labels in {term} of equation {equation} must be equal to the number of "
                f"dimensions in shape {shape}"
            )
        for label, dim in zip(term, dims):
            sizes[label] = max(sizes.get(label, 1), dim or 1)
    shaped = [_Shaped(tuple(sizes.get(label, 1) for label in term)) for term in terms]
    _, steps = opt_einsum.contract_path(compact, *shaped, optimize=optimize, einsum_call=True, use_blas=True)
    return tuple((tuple(step[0]), step[2].replace("0", "...")) for step in steps)


@export("linalg.tensordot", "tensordot")
@in_scope("Tensordot", result=True)
def tensordot(a, b, axes, name=None):
    """The sum of products of `a` and `b` over pairs of dimensions.

    Args:
      a: a tensor.
      b: a tensor of the same dtype.
      axes: a number n: the last n dimensions of `a` against the first n of `b`; or two lists of dimensions.
      name: name of the op in a graph.

    Raises:
      ValueError: for axes that are malformed or out of range.
    """
    a = convert_to_tensor(a, name="a")
    b = convert_to_tensor(b, name="b")
    a_axes, b_axes = _tensordot_axes(a, axes)
    left, a_free = _as_matrix(a, a_axes, contracted_first=False)
    right, b_free = _as_matrix(b, b_axes, contracted_first=True)
    product = matmul(left, right)
    if isinstance(a_free, list) and isinstance(b_free, list):
        if product.shape.is_fully_defined() and product.shape.as_list() == a_free + b_free:
            return product
        return _reshape(product, np.array(a_free + b_free, np.int32), name=name)
    return _reshape(product, _concat([a_free, b_free], 0), name=name)


def _tensordot_axes(a, axes):
    """The contracted dimensions of both operands: lists, or tensors where they are not known."""
    if isinstance(axes, (int, np.integer)):
        if axes < 0:
            raise ValueError(f"`axes` must be at least 0. Received: {axes}.")
        rank = a.shape.rank
        if rank is None:
            last = op("Rank")(a)
            return op("Range")(last - axes, last, 1), list(range(axes))
        if axes > rank:
            raise ValueError(
                f"`axes` must not be larger than the number of dimensions of tensor {a}. "
                f"Received {axes}, vs tensor dimensions {rank}."
            )
        return list(range(rank - axes, rank)), list(range(axes))
    if not isinstance(axes, (list, tuple)):
        axes = convert_to_tensor(axes, dtypes.int32, name="axes")
        axes = axes[0], axes[1]
    if len(axes) != 2:
        raise ValueError(f"`axes` must be an integer or have length 2. Received {axes}.")
    pair = []
    for values in axes:
        known = constant_value(values) if isinstance(values, Tensor) else values
        pair.append(_reshape(values, [-1]) if known is None else [int(v) for v in np.ravel(known)])
    sizes = [len(p) for p in pair if isinstance(p, list)]
    if len(set(sizes)) > 1:
        raise ValueError(f"Different number of contraction axes `a` and `b`, {sizes[0]} != {sizes[1]}.")
    return pair


def _as_matrix(x, axes, contracted_first):
    """`x` as a matrix of free by contracted dimensions, and the sizes of the free ones."""
    rank = x.shape.rank
    if rank is None or isinstance(axes, Tensor):
        return _as_matrix_at_last(x, axes, contracted_first)
    for axis in axes:
        if not -rank <= axis < rank:
            error = IndexError if axis > 0 else ValueError
            raise error(f"`axes` of tensordot name dimension {axis} of a tensor of rank {rank}")
    axes = [axis + rank if axis < 0 else axis for axis in axes]
    if len(set(axes)) < len(axes):
        raise ValueError(f"`axes` of tensordot name a dimension twice: {axes}")
    free = [i for i in range(rank) if i not in axes]
    perm = axes + free if contracted_first else free + axes
    x_ordered = x if perm == list(range(rank)) else _transpose(x, np.array(perm, np.int32))
    if x.shape.is_fully_defined():
        sizes = x.shape.as_list()
        free_sizes = [sizes[i] for i in free]
        split = [int(np.prod([sizes[i] for i in group], dtype=np.int64)) for group in (free, axes)]
        if contracted_first:
            split.reverse()
        if x_ordered.shape.as_list() != split:
            x_ordered = _reshape(x_ordered, np.array(split, np.int32))
        return x_ordered, free_sizes
    sizes = _shape(x)
    free_sizes = _gather(sizes, np.array(free, np.int32), 0)
    counts = [_product(free_sizes), _product(_gather(sizes, np.array(axes, np.int32), 0))]
    if contracted_first:
        counts.reverse()
    known = x.shape.as_list()
    fixed = [known[i] for i in free]
    return _reshape(x_ordered, op("Pack")(counts, axis=0)), fixed if None not in fixed else free_sizes


def _as_matrix_at_last(x, axes, contracted_first):
    """`_as_matrix` where ranks or axes turn out when the graph runs."""
    rank, sizes = op("Rank")(x), _shape(x)
    axes = convert_to_tensor(axes, dtypes.int32)
    axes = op("SelectV2")(axes < 0, axes + rank, axes)
    free, _ = op("ListDiff")(op("Range")(0, rank, 1), axes)
    order, counts = [free, axes], [_product(_gather(sizes, group, 0)) for group in (free, axes)]
    if contracted_first:
        order.reverse()
        counts.reverse()
    matrix = _reshape(_transpose(x, _concat(order, 0)), op("Pack")(counts, axis=0))
    return matrix, _gather(sizes, free, 0)


def _product(sizes):
    return op("Prod")(sizes, np.zeros([1], np.int32))


# Transposes ----------------------------------------------------------------------------------------------


@export("linalg.matrix_transpose")
def matrix_transpose(a, name="matrix_transpose", conjugate=False):
    """`a` with its last two dimensions swapped, conjugated if `conjugate`.

    Raises:
      ValueError: if `a` has fewer than two dimensions.
    """
    a = convert_to_tensor(a, name="a")
    rank = a.shape.rank
    if rank is not None:
        if rank < 2:
            raise ValueError(
                f"Argument `a` should be a (batch) matrix with rank >= 2. Received `a` = {a} with shape: {a.shape}"
            )
        perm = np.array([*range(rank - 2), rank - 1, rank - 2], np.int32)
    else:
        dims = op("Range")(0, op("Rank")(a), 1)
        perm = _concat([dims[:-2], dims[-1:], dims[-2:-1]], 0)
    run = _conjugate_transpose if conjugate and a.dtype.is_complex else _transpose
    return run(a, perm, name=name)


@export("linalg.adjoint")
@operator_dispatch.method("adjoint")
def adjoint(matrix, name=None):
    """The conjugate transpose of (a batch of) matrices."""
    return matrix_transpose(matrix, name=name or "adjoint", conjugate=True)


# Diagonals and bands -------------------------------------------------------------------------------------


@export("linalg.band_part")
def band_part(input, num_lower, num_upper, name=None):
    """`input` with zeros outside of a band of `num_lower` subdiagonals and `num_upper` superdiagonals.

    A negative number keeps them all.
    """
    num_lower = convert_to_tensor(num_lower, name="num_lower", hint=dtypes.int64)
    num_upper = convert_to_tensor(num_upper, name="num_upper", hint=num_lower.dtype)
    return _band_part(input, num_lower, num_upper, name=name)


def _padding_for(tensor, padding_value):
    return bool(padding_value) if getattr(tensor, "dtype", None) == dtypes.bool else padding_value


@export("linalg.diag")
def diag(diagonal, name="diag", k=0, num_rows=-1, num_cols=-1, padding_value=0, align="RIGHT_LEFT"):
    """Matrices with the given diagonals.

    Args:
      diagonal: `[..., length]` for one diagonal, `[..., diagonals, length]` for several.
      name: name of the op in a graph.
      k: offset of the diagonal, or the lowest and the highest of a band; positive above the main one.
      num_rows: number of rows; -1 for the least that fits.
      num_cols: number of columns.
      padding_value: the other elements.
      align: the side to which shorter super- and subdiagonals are stored, each "LEFT" or "RIGHT".
    """
    diagonal = convert_to_tensor(diagonal, name="diagonal")
    padding = convert_to_tensor(_padding_for(diagonal, padding_value), dtype=diagonal.dtype)
    return op("MatrixDiagV3")(diagonal, k, num_rows, num_cols, padding, align=align, name=name)


@export("linalg.diag_part")
@operator_dispatch.method("diag_part")
def diag_part(input, name="diag_part", k=0, padding_value=0, align="RIGHT_LEFT"):
    """The diagonals `k` (an offset, or a band) of matrices; see `diag`."""
    input = convert_to_tensor(input, name="input")
    padding = convert_to_tensor(_padding_for(input, padding_value), dtype=input.dtype)
    return _diag_part(input, k, padding, align=align, name=name)


@export("linalg.set_diag")
def set_diag(input, diagonal, name="set_diag", k=0, align="RIGHT_LEFT"):
    """Matrices `input` with their diagonals `k` replaced; see `diag`."""
    return op("MatrixSetDiagV3")(input, diagonal, k, align=align, name=name)


@export("linalg.tensor_diag")
def tensor_diag(diagonal, name=None):
    """A tensor of twice the rank, zero but for `result[i, ..., i, ...] = diagonal[i, ...]`."""
    return op("Diag")(diagonal, name=name)


@export("linalg.tensor_diag_part")
def tensor_diag_part(input, name=None):
    """The elements `input[i, ..., i, ...]` of a tensor of even rank."""
    return op("DiagPart")(input, name=name)


@export("linalg.trace")
@operator_dispatch.method("trace")
def trace(x, name=None):
    """The sum of the main diagonal of (a batch of) matrices."""
    return _sum(diag_part(x), np.array([-1], np.int32), name=name)


@export("linalg.cross")
def cross(a, b, name=None):
    """The vector products of 3-element vectors along the last dimension."""
    return op("Cross")(a, b, name=name)


# Norms ---------------------------------------------------------------------------------------------------


@export("linalg.norm", "norm")
@in_scope("norm")
def norm(tensor, ord="euclidean", axis=None, keepdims=None, name=None):
    """A vector or matrix norm.

    Args:
      tensor: a real or complex tensor.
      ord: "euclidean", "fro", 1, 2, infinity, or any positive number (vectors only).
      axis: None for the vector of all elements, a dimension, or two of them for matrix norms.
      keepdims: keep the reduced dimensions, with size 1.
      name: name of the op in a graph.

    Returns:
      The norms. The gradient of the Euclidean norm at zero is nan.

    Raises:
      ValueError: for a norm or axes that are not supported.
    """
    is_matrix_norm = isinstance(axis, (tuple, list)) and len(axis) == 2
    if is_matrix_norm:
        axis = tuple(axis)
        if not all(isinstance(a, int) for a in axis) or axis[0] == axis[1]:
            raise ValueError(f"'axis' must be None, an integer, or a tuple of 2 unique integers, got {axis}")
        if ord not in ["euclidean", "fro", 1, 2, np.inf]:
            raise ValueError(f"'ord' must be a supported matrix norm, got {ord}")
    else:
        if not (isinstance(axis, int) or axis is None):
            raise ValueError(f"'axis' must be None, an integer, or a tuple of 2 unique integers, got {axis}")
        if ord != "euclidean" and (isinstance(ord, str) or not np.isreal(ord) or ord <= 0):
            raise ValueError(f"'ord' must be a supported vector norm, got {ord}")
        axis = None if axis is None else (axis,)
    x = convert_to_tensor(tensor)
    everything = op("Range")(0, op("Rank")(x), 1) if x.shape.rank is None else np.arange(x.shape.rank, dtype=np.int32)
    axes = everything if axis is None else np.array(axis, np.int32)
    if ord in ("fro", "euclidean", 2):
        if is_matrix_norm and ord == 2:
            result = _spectral_norm(x, axis)
        else:
            result = op("Sqrt")(_sum(x * (_conj(x) if x.dtype.is_complex else x), axes, keep_dims=True))
    else:
        size = abs(x)
        first = axes if axis is None else axes[:1]
        if ord == 1:
            result = _sum(size, first, keep_dims=True)
            if is_matrix_norm:
                result = op("Max")(result, axes[1:], keep_dims=True)
        elif ord == np.inf:
            if is_matrix_norm:
                size = _sum(size, axes[1:], keep_dims=True)
            result = op("Max")(size, first, keep_dims=True)
        else:
            result = op("Pow")(_sum(op("Pow")(size, ord), axes, keep_dims=True), 1.0 / ord)
    return result if keepdims else _squeeze(result, squeeze_dims=axis or (), name=name)


@export("linalg.normalize")
def normalize(tensor, ord="euclidean", axis=None, name=None):
    """`tensor` divided by its `norm` along `axis`, and that norm with its dimensions kept."""
    tensor = convert_to_tensor(tensor)
    size = norm(tensor, ord, axis, keepdims=True)
    if size.dtype is not tensor.dtype:
        size = op("Cast")(size, DstT=tensor.dtype)
    return op("RealDiv")(tensor, size, name=name), size


def _spectral_norm(x, axis):
    rank = x.shape.rank
    if rank is None:
        raise ValueError("the spectral norm needs a tensor of known rank")
    last = [a % rank for a in axis]
    perm = [i for i in range(rank) if i not in last] + last
    values = op("Svd")(_transpose(x, np.array(perm, np.int32)), compute_uv=False)[0]
    largest = op("Max")(abs(values), np.array([-1], np.int32), keep_dims=True)
    return _transpose(_expand_dims(largest, -1), np.argsort(perm).astype(np.int32))
