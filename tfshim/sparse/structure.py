"""`tf.sparse`: the same elements in other places, or a part of them."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.api.assertions import checked
from tfshim.api.casting import cast
from tfshim.api.naming import composed
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.export import export
from tfshim.indexed_slices import IndexedSlices
from tfshim.ops import op
from tfshim.shapes import unknown_shape
from tfshim.sparse.arguments import as_sparse, as_sparse_list, as_vector64
from tfshim.sparse.tensor import SparseTensor, parts, static_dims
from tfshim.tensor import Tensor

_concat = op("ConcatV2")
_gather = op("GatherV2")
_slice = op("Slice")


def _like(sparse: SparseTensor, indices: Any, values: Any) -> SparseTensor:
    """Other elements in a tensor of the shape of `sparse`."""
    result = SparseTensor(indices, values, op("Identity")(sparse.dense_shape))
    result.set_shape(sparse.shape)
    return result


@export("sparse.reorder", "compat.v1.sparse_reorder")
def reorder(sp_input, name=None):
    """The elements in row-major order, which most functions on sparse tensors expect."""
    sp_input = as_sparse(sp_input)
    indices, values = op("SparseReorder")(*parts(sp_input), name=name)
    if sp_input.shape.is_fully_defined():
        return SparseTensor(indices, values, convert_to_tensor(sp_input.shape.as_list(), dtypes.int64))
    return _like(sp_input, indices, values)


@export("sparse.reshape", "compat.v1.sparse_reshape")
def reshape(sp_input, shape, name=None):
    """The elements at the same places in row-major order of another shape; one size may be -1.

    Raises:
      ValueError: if the known sizes cannot hold as many elements.
      InvalidArgumentError: if that shows only when the op runs.
    """
    sp_input = as_sparse(sp_input)
    shape = as_vector64(shape)
    with composed(name or "SparseReshape") as name:
        indices, new_shape = op("SparseReshape")(sp_input.indices, sp_input.dense_shape, shape, name=name)
        target = static_dims(shape)
        _check_sizes(sp_input, target, shape)
        result = SparseTensor(indices, op("Identity")(sp_input.values), new_shape)
        if target.rank is not None:
            result.set_shape(_with_inferred(sp_input, target))
        return result


def _with_inferred(sparse: SparseTensor, target: Any) -> Any:
    """The target shape, with the size that is not known if it is the only one and the number of elements is known."""
    count = sparse.shape.num_elements()
    sizes = target.as_list()
    if count is None or sizes.count(None) != 1:
        return target
    known = 1
    for size in sizes:
        known *= 1 if size is None else size
    return [count // known if size is None and known else size for size in sizes]


def _check_sizes(sparse: SparseTensor, target: Any, shape: Tensor) -> None:
    new = constant_value(shape)
    if new is not None and sparse.shape.is_fully_defined() and (new == -1).sum() > 1:
        raise ValueError("At most one dimension can be inferred (-1).")
    old_count, new_count = sparse.shape.num_elements(), target.num_elements()
    if None not in (old_count, new_count) and old_count != new_count:
        raise ValueError(f"Cannot reshape a tensor with {old_count} elements to shape {target} ({new_count} elements).")


@export("sparse.expand_dims")
def expand_dims(sp_input, axis=None, name=None):
    """A dimension of size 1 inserted before `axis`; at the end by default.

    Raises:
      InvalidArgumentError: for an axis that the result does not have (ValueError in functions).
    """
    sp_input = as_sparse(sp_input)
    indices, values, shape = parts(sp_input)
    rank = shape.shape[0]
    axis = -1 if axis is None else axis
    with composed(name or "expand_dims"):
        if isinstance(axis, Tensor) or (axis < 0 and rank is None):
            axis = cast(axis, dtypes.int32)
            total = op("Size")(shape) + 1
            axis = op("SelectV2")(op("Less")(axis, 0), axis + total, axis)
        else:
            axis = axis + rank + 1 if axis < 0 else axis
        column = op("ZerosLike")(indices[:, :1])
        before, after = _slice(indices, [0, 0], [-1, axis]), _slice(indices, [0, axis], [-1, -1])
        one = convert_to_tensor([1], dtypes.int64)
        shape = _concat([_slice(shape, [0], [axis]), one, _slice(shape, [axis], [-1])], 0)
        return SparseTensor(_concat([before, column, after], 1), values, shape)


@export("sparse.transpose", "compat.v1.sparse_transpose")
def transpose(sp_input, perm=None, name=None):
    """The dimensions permuted: dimension i of the result is dimension perm[i] of the input; reversed by default."""
    with composed(name or "SparseTranspose"):
        if perm is None:
            rank = sp_input.shape.rank
            if rank is None:
                size = op("Size")(sp_input.dense_shape)
                perm = size - 1 - op("Range")(0, size, 1)
            else:
                perm = convert_to_tensor(list(range(rank))[::-1], dtypes.int32)
        indices, values, shape = parts(sp_input)
        indices = _gather(indices, perm, 1)
        known = constant_value(perm) if isinstance(perm, Tensor) else perm
        new_shape = _gather(shape, perm, 0)
        result = SparseTensor(indices, values, new_shape)
        if known is not None and sp_input.shape.rank is not None:
            dims = sp_input.shape.as_list()
            if len(known) != len(dims):
                raise ValueError(f"Dimensions {len(known)} and {len(dims)} are not compatible: perm is {list(known)}")
            result.set_shape([dims[int(i)] for i in known])
        return reorder(result)


def _expanded(inputs: list[SparseTensor], axis: int) -> list[SparseTensor]:
    """The inputs under the greatest sizes that occur, except along `axis`."""
    shapes = [i.dense_shape for i in inputs]
    greatest = op("Max")(op("Pack")(shapes), 0)
    stacked = [
        _concat([greatest[:axis], shape[axis : axis + 1], greatest[axis + 1 :] if axis != -1 else greatest[:0]], 0)
        for shape in shapes
    ]
    return [SparseTensor(i.indices, i.values, s) for i, s in zip(inputs, stacked, strict=True)]


@export("sparse.concat")
def concat(axis, sp_inputs, expand_nonconcat_dims=False, name=None):
    """The sparse tensors of a list joined along `axis`.

    Args:
      axis: the dimension, from the end if negative.
      sp_inputs: list of SparseTensors of one type and rank.
      expand_nonconcat_dims: whether sizes of the other dimensions may differ; the result has the greatest.
      name: name of the op in a graph.

    Raises:
      TypeError: for inputs that are no list of SparseTensors.
      InvalidArgumentError: for shapes that do not fit together.
    """
    sp_inputs = as_sparse_list(sp_inputs)
    if len(sp_inputs) == 1:
        return sp_inputs[0]
    if expand_nonconcat_dims:
        rank = sp_inputs[0].shape.rank
        sp_inputs = _expanded(sp_inputs, axis + rank if axis < 0 and rank is not None else axis)
    columns = zip(*map(parts, sp_inputs), strict=True)
    result = SparseTensor(*op("SparseConcat")(*map(list, columns), concat_dim=axis, name=name))
    result.set_shape(_joined_shape([i.shape for i in sp_inputs], axis, expand_nonconcat_dims))
    return result


def _joined_shape(shapes: list[Any], axis: int, expand: bool) -> Any:
    rank = next((s.rank for s in shapes if s.rank is not None), None)
    if rank is None or any(s.rank is None for s in shapes) or not -rank <= axis < rank:
        return unknown_shape()
    columns = list(zip(*[s.as_list() for s in shapes], strict=True))
    joined = []
    for i, sizes in enumerate(columns):
        if i == axis % rank:
            joined.append(None if None in sizes else sum(sizes))
        elif expand:
            joined.append(None if None in sizes else max(sizes))
        else:
            joined.append(next((s for s in sizes if s is not None), None))
    return joined


@export("sparse.split")
def split(sp_input=None, num_split=None, axis=None, name=None):
    """`num_split` parts along `axis`; the first ones have one more where the size is no multiple."""
    if sp_input is None:
        raise ValueError("sp_input is required")
    if num_split is None:
        raise ValueError("num_split is required")
    if axis is None:
        raise ValueError("axis is required")
    sp_input = as_sparse(sp_input)
    axis = cast(convert_to_tensor(axis), dtypes.int64)
    found = op("SparseSplit")(axis, *parts(sp_input), num_split=num_split, name=name)
    return [SparseTensor(*part) for part in zip(*found, strict=True)]


@export("sparse.slice", "compat.v1.sparse_slice")
def slice(sp_input, start, size, name=None):
    """The part that begins at `start` and has at most `size` in each dimension, moved to the origin."""
    sp_input = as_sparse(sp_input)
    start, size = as_vector64(start), as_vector64(size)
    with composed(name or "SparseSlice") as name:
        return SparseTensor(*op("SparseSlice")(*parts(sp_input), start, size, name=name))


@export("sparse.retain", "compat.v1.sparse_retain")
def retain(sp_input, to_retain):
    """The elements where the boolean vector `to_retain` is true."""
    sp_input = as_sparse(sp_input)
    to_retain = convert_to_tensor(to_retain)
    count = sp_input.values.shape
    if count.rank is not None and to_retain.shape.rank is not None:
        count.dims[0].assert_is_compatible_with(to_retain.shape.dims[0])
    where = op("Reshape")(op("Where")(to_retain), [-1])
    return _like(sp_input, _gather(sp_input.indices, where, 0), _gather(sp_input.values, where, 0))


@export("sparse.reset_shape", "compat.v1.sparse_reset_shape")
def reset_shape(sp_input, new_shape=None):
    """The same elements in a shape of the same rank: `new_shape`, or the least one that holds them.

    Raises:
      ValueError: if a size of `new_shape` is known to be smaller than that of the input.
      InvalidArgumentError: if that shows only when it runs.
    """
    sp_input = as_sparse(sp_input)
    indices, values = op("Identity")(sp_input.indices), op("Identity")(sp_input.values)
    if new_shape is None:
        # The empty tensor's shape is zeros.
        lower = op("Max")(_concat([indices, op("ZerosLike")(sp_input.dense_shape)[None] - 1], 0), 0)
        return SparseTensor(indices, values, lower + 1)
    shape = cast(convert_to_tensor(new_shape), dtypes.int64)
    if shape.shape.rank not in (None, 1):
        raise ValueError(f"Shape {shape.shape} must have rank 1")
    old, new = static_dims(sp_input.dense_shape), static_dims(shape)
    if None not in (old.rank, new.rank):
        if old.rank != new.rank:
            raise ValueError(f"Shapes {(old.rank,)} and {(new.rank,)} are incompatible")
        if old.is_fully_defined() and new.is_fully_defined():
            if any(n < o for o, n in zip(old.as_list(), new.as_list(), strict=True)):
                raise ValueError(
                    f"new_shape should have dimension sizes >= sp_input.shape. Found {new.as_list()}, and "
                    f"sp_input.shape {old.as_list()}"
                )
            return SparseTensor(indices, values, shape)
    holds = op("LessEqual")(sp_input.dense_shape, shape)
    shape = checked(shape, op("All")(holds, [0]), ["The new shape is smaller than the input's", shape])
    return SparseTensor(indices, values, shape)


@export("sparse.fill_empty_rows", "compat.v1.sparse_fill_empty_rows")
def fill_empty_rows(sp_input, default_value, name=None):
    """Every row without elements gets `default_value` in its first place.

    Returns:
      The SparseTensor, in row-major order if the input is, and a boolean vector of the rows that were empty.
    """
    sp_input = as_sparse(sp_input)
    with composed(name or "SparseFillEmptyRows"):
        default_value = convert_to_tensor(default_value, sp_input.values.dtype)
        indices, values, empty, _ = op("SparseFillEmptyRows")(*parts(sp_input), default_value)
        return SparseTensor(indices, values, sp_input.dense_shape), empty


@export("sparse.mask", "compat.v1.sparse_mask")
def mask(a, mask_indices, name=None):
    """An `IndexedSlices` without the rows at the indices in `mask_indices`."""
    with composed(name or "sparse_mask") as name:
        kept, places = op("ListDiff")(a.indices, mask_indices)
        shape = None if a.dense_shape is None else op("Identity")(a.dense_shape)
        return IndexedSlices(_gather(a.values, places, 0, name=name), kept, shape)


def merged_values(ids: list[SparseTensor], values: Any, sizes: list[Any]) -> SparseTensor:
    """`values` at indices whose last column is replaced by the values of each of `ids`, in any order."""
    columns = [op("ExpandDims")(cast(i.values, dtypes.int64), 1) for i in ids]
    sizes = [cast(convert_to_tensor(s), dtypes.int64) for s in sizes]
    indices = _concat([ids[0].indices[:, :-1], *columns], 1)
    shape = _concat([ids[0].dense_shape[:-1], op("Pack")(sizes)], 0)
    return SparseTensor(indices, values, shape)
