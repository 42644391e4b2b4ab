"""Kernels that compute with sparse tensors and whose results have a known size: compiled."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from tfshim.ops.kernels.sparse_common import (
    changes,
    check_bounds,
    check_bounds_later,
    check_parts,
    columns,
    row_major,
)
from tfshim.ops.registry import kernel, piecewise_linear, runtime_check
from tfshim.ops.shape_helpers import invalid, normalize_axes, shape_text

# To dense --------------------------------------------------------------------------------------------------


def _dense_arguments(sparse_indices, output_shape, sparse_values, default_value):
    """Indices as a matrix, values as a vector, and the shape as a tuple."""
    if sparse_indices.ndim > 2:
        raise invalid(
            "sparse_indices should be a scalar, vector, or matrix, got shape " + shape_text(sparse_indices.shape)
        )
    if output_shape.ndim != 1:
        raise invalid(f"output_shape must be rank 1, got shape {shape_text(output_shape.shape)}")
    count = sparse_indices.shape[0] if sparse_indices.ndim else 1
    depth = sparse_indices.shape[1] if sparse_indices.ndim == 2 else 1
    if output_shape.size != depth:
        raise invalid(f"output_shape has incorrect number of elements: {output_shape.size} should be: {depth}")
    if sparse_values.ndim > 1 or sparse_values.shape not in ((), (count,)):
        raise invalid(f"sparse_values has incorrect shape {shape_text(sparse_values.shape)}, should be [] or [{count}]")
    if default_value.ndim:
        raise invalid("default_value should be a scalar.")
    return sparse_indices.reshape(count, depth), tuple(output_shape.tolist())


def _out_of_order(indices) -> str:
    if (indices < 0).any():
        return f"indices {indices.tolist()} are out of bounds"
    order = row_major(indices)
    if (order != np.arange(order.size)).any():
        at = int(np.flatnonzero(np.diff(order) != 1)[0]) + 1
        return f"indices[{at}] = {indices[at].tolist()} is out of order. Many sparse ops require sorted indices."
    at = int(np.flatnonzero(~changes(indices))[0])
    return f"indices[{at}] = {indices[at].tolist()} is repeated"


def _ascending(xp, indices):
    """Whether each index tuple comes after the one before."""
    before, after = indices[:-1], indices[1:]
    later = xp.zeros(before.shape[0], bool)
    for axis in range(indices.shape[1] - 1, -1, -1):
        later = (after[:, axis] > before[:, axis]) | ((after[:, axis] == before[:, axis]) & later)
    return later


def _host_sparse_to_dense(sparse_indices, output_shape, sparse_values, default_value, *, validate_indices):
    indices, dims = _dense_arguments(sparse_indices, output_shape, sparse_values, default_value)
    check_bounds(indices, output_shape)
    if validate_indices and not _ascending(np, indices).all():
        raise invalid(_out_of_order(indices))
    dense = np.full(dims, default_value[()], sparse_values.dtype)
    dense[columns(indices)] = sparse_values
    return dense


@kernel("SparseToDense", static=("output_shape",), numpy=_host_sparse_to_dense)
def sparse_to_dense(sparse_indices, output_shape, sparse_values, default_value, *, validate_indices):
    indices, dims = _dense_arguments(sparse_indices, output_shape, sparse_values, default_value)
    check_bounds_later(indices, output_shape)
    if validate_indices:
        runtime_check(_ascending(jnp, indices), _out_of_order, indices)
    dense = jnp.full(dims, default_value, sparse_values.dtype)
    return dense.at[columns(indices)].set(sparse_values, mode="drop")


# Products --------------------------------------------------------------------------------------------------


@kernel("SparseTensorDenseMatMul", static=("a_shape",))
def sparse_tensor_dense_matmul(a_indices, a_values, a_shape, b, *, adjoint_a, adjoint_b):
    if b.ndim != 2:
        raise invalid("Tensor 'b' is not a matrix")
    if a_shape.shape != (2,):
        raise invalid("Tensor 'a_shape' must have 2 elements")
    check_parts(a_indices, a_values, a_shape, "a_")
    rows, inner = a_shape.tolist()
    row, column = a_indices[:, 0], a_indices[:, 1]
    if adjoint_a:
        rows, inner, row, column, a_values = inner, rows, column, row, a_values.conj()
    if adjoint_b:
        b = b.conj().T
    if b.shape[0] != inner:
        raise invalid(
            f"Cannot multiply A and B because inner dimension does not match: {inner} vs. {b.shape[0]}.  Did you "
            "forget a transpose?"
        )
    check_bounds_later(a_indices, a_shape)
    product = a_values[:, None] * b.at[column].get(mode="fill", fill_value=0)
    return jnp.zeros((rows, b.shape[1]), b.dtype).at[row].add(product, mode="drop")


@kernel("SparseMatMul")
def sparse_matmul(a, b, *, transpose_a, transpose_b, a_is_sparse, b_is_sparse):
    if a.ndim != 2 or b.ndim != 2:
        raise invalid("a and b must be matrices")
    a, b = a.astype(jnp.float32), b.astype(jnp.float32)
    a, b = a.T if transpose_a else a, b.T if transpose_b else b
    if a.shape[1] != b.shape[0]:
        raise invalid(f"Matrix size incompatible: a: {shape_text(a.shape)}, b: {shape_text(b.shape)}")
    return a @ b


# With dense tensors, elementwise -----------------------------------------------------------------------------


@kernel("SparseTensorDenseAdd")
def sparse_tensor_dense_add(a_indices, a_values, a_shape, b):
    check_parts(a_indices, a_values, a_shape, "a_")
    if a_shape.size != b.ndim:
        raise invalid(f"Two operands have different ranks; received: {a_shape.size} and {b.ndim}")
    dims = jnp.array(b.shape, a_shape.dtype)
    runtime_check(a_shape == dims, _different_shapes, a_shape, dims)
    check_bounds_later(a_indices, a_shape)
    return b.at[columns(a_indices)].add(a_values, mode="drop")


def _different_shapes(a, b) -> str:
    return f"Dimensions of the operands do not match: {shape_text(a)} and {shape_text(b)}"


def _no_broadcast(sparse, dense) -> str:
    return (
        "SparseDenseBinaryOpShared broadcasts dense to sparse only; got incompatible shapes: "
        f"{shape_text(sparse)} vs. {shape_text(dense)}"
    )


def _declare_elementwise(name, combine):
    @kernel(name)
    def run(sp_indices, sp_values, sp_shape, dense):
        check_parts(sp_indices, sp_values, sp_shape, "sp_")
        rank = sp_indices.shape[1]
        if dense.ndim > rank:
            raise invalid(_no_broadcast(("?",) * rank, dense.shape))
        dims = jnp.array((1,) * (rank - dense.ndim) + dense.shape, jnp.int64)
        runtime_check((dims == 1) | (dims == sp_shape), _no_broadcast, sp_shape, dims)
        check_bounds_later(sp_indices, sp_shape)
        aligned = sp_indices[:, rank - dense.ndim :]
        where = tuple(jnp.zeros_like(aligned[:, i]) if n == 1 else aligned[:, i] for i, n in enumerate(dense.shape))
        at = dense.at[where].get(mode="clip") if where else jnp.broadcast_to(dense, sp_values.shape)
        return combine(sp_values, at)


def _quotient(a, b):
    if not jnp.issubdtype(a.dtype, jnp.integer):
        return a / b
    runtime_check(b != 0, "Integer division by zero")
    return jax.lax.div(a, jnp.where(b == 0, 1, b))


_declare_elementwise("SparseDenseCwiseAdd", jnp.add)
_declare_elementwise("SparseDenseCwiseMul", jnp.multiply)
_declare_elementwise("SparseDenseCwiseDiv", _quotient)


# Reductions --------------------------------------------------------------------------------------------------


def _reduced_axes(input_shape, reduction_axes):
    """The axes that go, ascending."""
    return normalize_axes(reduction_axes, input_shape.size)


def _least(dtype):
    return jnp.iinfo(dtype).min if jnp.issubdtype(dtype, jnp.integer) else -jnp.inf


def _sums(start_shape, where, values):
    return jnp.zeros(start_shape, values.dtype).at[where].add(values, mode="drop")


def _maxima(start_shape, where, values):
    best = jnp.full(start_shape, _least(values.dtype), values.dtype).at[where].max(values, mode="drop")
    present = jnp.zeros(start_shape, bool).at[where].set(True, mode="drop")
    return jnp.where(present, best, jnp.zeros((), values.dtype))


def _declare_reduction(name, reduce, host_reduce_at):
    @kernel(name, static=("input_shape", "reduction_axes"))
    def run(input_indices, input_values, input_shape, reduction_axes, *, keep_dims):
        check_parts(input_indices, input_values, input_shape, "input_")
        axes = _reduced_axes(input_shape, reduction_axes)
        check_bounds_later(input_indices, input_shape)
        kept = [i for i in range(input_shape.size) if i not in axes]
        # The first index stands for all of a scalar.
        where = (jnp.zeros(input_values.size, jnp.int64), *(input_indices[:, i] for i in kept))
        result = reduce((1, *(int(input_shape[i]) for i in kept)), where, input_values)[0]
        return jnp.expand_dims(result, axes) if keep_dims else result

    @kernel(f"{name}Sparse", host=True)
    def run_sparse(input_indices, input_values, input_shape, reduction_axes, *, keep_dims):
        check_parts(input_indices, input_values, input_shape, "input_")
        axes = _reduced_axes(input_shape, reduction_axes)
        kept = [i for i in range(input_shape.size) if i not in axes]
        groups = input_indices[:, kept]
        order = row_major(groups)
        starts = np.flatnonzero(changes(groups[order]))
        values = input_values[order]
        wide = values.astype(np.float32) if values.dtype.itemsize == 2 and values.dtype.kind in "fV" else values
        found = host_reduce_at(wide, starts).astype(values.dtype) if starts.size else values[:0]
        indices, shape = groups[order][starts], input_shape[kept]
        if keep_dims:
            indices = np.insert(indices, [a - i for i, a in enumerate(axes)], 0, axis=1)
            shape = np.where(np.isin(np.arange(input_shape.size), axes), 1, input_shape)
        return indices, found, shape


_declare_reduction("SparseReduceSum", _sums, np.add.reduceat)
_declare_reduction("SparseReduceMax", _maxima, np.maximum.reduceat)


@kernel("SparseSoftmax")
def sparse_softmax(sp_indices, sp_values, sp_shape):
    check_parts(sp_indices, sp_values, sp_shape, "sp_")
    if sp_shape.size < 2:
        raise invalid(f"Input should have rank >= 2, but got rank {sp_shape.size}")
    check_bounds_later(sp_indices, sp_shape)
    count = sp_values.size
    if not count:
        return sp_values
    # Elements of a row follow one another: sparse tensors are sorted.
    rows = sp_indices[:, :-1]
    row = jnp.cumsum(jnp.append(False, (rows[1:] != rows[:-1]).any(axis=1)))
    peak = jnp.full(count, -jnp.inf, sp_values.dtype).at[row].max(sp_values)
    powers = jnp.exp(sp_values - jax.lax.stop_gradient(peak)[row])
    return powers / jnp.zeros(count, sp_values.dtype).at[row].add(powers)[row]


piecewise_linear("SparseToDense", "SparseTensorDenseAdd", "SparseReduceSum")
