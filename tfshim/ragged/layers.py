"""Functions of neural networks on ragged tensors."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.namespaces import resolve
from tfshim.ops import op
from tfshim.ragged import index
from tfshim.ragged.elementwise import map_flat_values
from tfshim.ragged.from_dense import from_tensor
from tfshim.ragged.reductions import SEGMENT_OPS, segments
from tfshim.ragged.restructure import axis_of
from tfshim.ragged.tensor import RaggedTensor, is_ragged, ragged_or_dense
from tfshim.ragged.validation import Checks


def softmax(logits, axis=None, name=None):
    """`tf.nn.softmax`: of each row, along the innermost ragged dimension or an inner one."""
    axis = axis_of(-1 if axis is None else axis, logits.shape.rank)
    return _softmax(logits, axis)


def _softmax(value: Any, axis: int) -> Any:
    if not is_ragged(value):
        return resolve("nn.softmax")(value, axis)  # type: ignore[operator]
    if axis > 1:
        return value.with_values(_softmax(value.values, axis - 1))
    if axis == 0 or is_ragged(value.values):
        raise ValueError("tf.nn.softmax of a ragged tensor needs the innermost ragged axis or one within it")
    partition = value._row_partition
    rows = partition.value_rowids()
    greatest = segments(SEGMENT_OPS["math.reduce_max"], value.values, rows, partition.nrows(), {})
    # Finite, or a row of -inf alone would give nan - as it does.
    powers = op("Exp")(op("Sub")(value.values, op("GatherV2")(greatest, rows, 0)))
    sums = segments(SEGMENT_OPS["math.reduce_sum"], powers, rows, partition.nrows(), {})
    return value.with_values(op("RealDiv")(powers, op("GatherV2")(sums, rows, 0)))


def dropout(x, rate, noise_shape=None, seed=None, name=None):
    """`tf.nn.dropout`, without `noise_shape`."""
    if noise_shape is not None:
        raise ValueError("noise_shape is not supported yet for RaggedTensor x")
    return map_flat_values(resolve("nn.dropout"), x, rate=rate, seed=seed)


def stateless_dropout(x, rate, seed, rng_alg=None, noise_shape=None, name=None):
    """`tf.nn.experimental.stateless_dropout`, without `noise_shape`."""
    if noise_shape is not None:
        raise ValueError("noise_shape is not supported yet for RaggedTensor x")
    more = {} if rng_alg is None else {"rng_alg": rng_alg}
    return map_flat_values(resolve("nn.experimental.stateless_dropout"), x, rate=rate, seed=seed, **more)


def one_hot(indices, depth, on_value=None, off_value=None, axis=None, dtype=None, name=None):
    """`tf.one_hot`: the new dimension lies behind the ragged ones."""
    if is_ragged(depth):
        raise TypeError(f"The depth of tf.one_hot must be a 0-D integer, got {depth}")
    if isinstance(axis, int) and 0 <= axis <= indices.ragged_rank:
        raise ValueError(f"axis ({axis}) must be greater than indices.ragged_rank ({indices.ragged_rank}).")
    if axis is not None and axis >= 0:
        axis -= indices.ragged_rank
    hot: Any = resolve("one_hot")
    return map_flat_values(lambda flat: hot(flat, depth, on_value, off_value, axis, dtype), indices)


def embedding_lookup(params, ids, max_norm=None, name=None):
    """`tf.nn.embedding_lookup`: the rows of `params` under the partitions of `ids`."""
    return _looked_up("nn.embedding_lookup", params, ids, max_norm=max_norm)


def embedding_lookup_v1(params, ids, partition_strategy="mod", name=None, validate_indices=True, max_norm=None):
    """`tf.compat.v1.nn.embedding_lookup`, likewise."""
    path = "compat.v1.nn.embedding_lookup"
    return _looked_up(path, params, ids, partition_strategy=partition_strategy, max_norm=max_norm)


def _looked_up(path, params, ids, **options):
    if params is None:
        raise ValueError("params must be specified.")
    if isinstance(params, (list, tuple)) and not params:
        raise ValueError("params should not be empty.")
    if ids.dtype not in (dtypes.int32, dtypes.int64):
        raise ValueError(f"The values contained by the inputs have type {ids.dtype!r} and cannot be processed.")
    look_up: Any = resolve(path)
    return map_flat_values(lambda flat: look_up(params, flat, **options), ids)


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
    """`tf.matmul`: rows of a ragged matrix times a matrix, or matrices of a batch one by one."""
    if transpose_a and adjoint_a or transpose_b and adjoint_b:
        raise ValueError("Only one of transpose and adjoint can be True.")
    product: Any = resolve("linalg.matmul")
    flags = {"transpose_a": transpose_a, "transpose_b": transpose_b, "adjoint_a": adjoint_a, "adjoint_b": adjoint_b}
    a, b = (ragged_or_dense(v) for v in (a, b))
    if a.dtype is not b.dtype:
        raise ValueError(f"`a` and `b` must have the same dtype, not {a.dtype!r} and {b.dtype!r}.")
    ranks = {a.shape.rank, b.shape.rank} - {None}
    if not ranks:
        raise ValueError("matmul requires at least one input to have known rank if either input is ragged.")
    rank = ranks.pop()
    if ranks or rank < 2:
        raise ValueError("`a` and `b` must have the same rank.")
    if rank == 2:
        return product(*(_matrix(v) for v in (a, b)), **flags)
    if rank > 3:
        return _matmul_by_batch(a, b, flags)
    return _matmul_by_matrix(a, b, product, flags)


def _matrix(value: Any) -> Any:
    """A ragged tensor whose rows are of one length as a matrix."""
    if not is_ragged(value):
        return value
    lengths = value.row_lengths()
    _CHECKS.equal(lengths[1:], lengths[:-1])
    return value.to_tensor()


def _matmul_by_batch(a: Any, b: Any, flags: dict[str, bool]) -> Any:
    """Batches of batches of matrices: the inner batches one after the other."""
    dtype = next(v.row_splits.dtype for v in (a, b) if is_ragged(v))
    a, b = (v if is_ragged(v) else from_tensor(v, None, None, 1, dtype) for v in (a, b))
    Checks("product: the batch dimensions of `a` and `b` have incompatible shapes", True).equal(
        a.row_splits, b.row_splits
    )
    function: Any = matmul if is_ragged(a.values) or is_ragged(b.values) else resolve("linalg.matmul")
    return a.with_values(function(a.values, b.values, **flags))


def _matmul_by_matrix(a: Any, b: Any, product: Any, flags: dict[str, bool]) -> Any:
    """Matrices padded to one size, multiplied together, and cut to their sizes again."""
    a.shape[:1].assert_is_compatible_with(b.shape[:1])
    flip_a, flip_b = flags["transpose_a"] or flags["adjoint_a"], flags["transpose_b"] or flags["adjoint_b"]
    rows, columns = _sizes(a, flip_a, 0), _sizes(b, flip_b, 1)
    _check_common(_sizes(a, flip_a, 1), _sizes(b, flip_b, 0), (a, -2 if flip_a else -1), (b, -1 if flip_b else -2))
    dense = product(*(v.to_tensor() if is_ragged(v) else v for v in (a, b)), **flags)
    return _cut(dense, rows, columns, a, b)


def _sizes(value: Any, flipped: bool, side: int) -> Any:
    axis = 1 + (side ^ int(flipped))
    if not is_ragged(value) or axis > value.ragged_rank:
        return None
    if axis == 1:
        return value.row_lengths()
    inner: RaggedTensor = value.values
    lengths, matrix = inner.row_lengths(), value.value_rowids()
    widths = segments("UnsortedSegmentMax", lengths, matrix, value.nrows(), {})
    _CHECKS.equal(lengths, index.take(widths, matrix))
    return widths


_CHECKS = Checks("product: the matrices in `a` and `b` may not be ragged in their innermost dimension", True)


def _check_common(left: Any, right: Any, a: tuple[Any, int], b: tuple[Any, int]) -> None:
    """The dimension that is summed over has one size in both matrices of each pair; `a` and `b` with where it is."""
    if left is None and right is None:
        return
    if left is None:
        left = _size_of_all(*a, right.dtype)
    if right is None:
        right = _size_of_all(*b, left.dtype)
    _CHECKS.equal(left, right)


def _size_of_all(value: Any, axis: int, dtype: Any) -> Any:
    return index.size(value.flat_values if is_ragged(value) else value, dtype, axis)


def _cut(dense: Any, rows: Any, columns: Any, a: Any, b: Any) -> RaggedTensor:
    dtype = next(v.row_splits.dtype for v in (a, b) if is_ragged(v))
    result = RaggedTensor.from_tensor(dense, rows, row_splits_dtype=dtype)
    if columns is None:
        return result
    widths = index.take(columns, result.value_rowids())
    return result.with_values(RaggedTensor.from_tensor(result.values, widths, row_splits_dtype=dtype))
