"""Reading and writing at indices: gather, scatter, masks, where, one-hot, partitions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.api.array import shape
from tfshim.api.naming import in_scope
from tfshim.api.slicing import integer_vector, slice_tensor
from tfshim.context import context
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.export import export
from tfshim.ops import op, ordered_op
from tfshim.tensor import EagerTensor, Tensor

_tensor_scatter_update = op("TensorScatterUpdate")
_broadcast_to = op("BroadcastTo")
_concat_v2 = op("ConcatV2")
_fill = op("Fill")
_gather = op("Gather")
_gather_nd = op("GatherNd")
_gather_v2 = op("GatherV2")
_one_hot = op("OneHot")
_prod = op("Prod")
_range = op("Range")
_rank = op("Rank")
_reshape = op("Reshape")
_scatter_nd = op("ScatterNd")
_select_v2 = ordered_op("SelectV2")
_squeeze = op("Squeeze")
_sub = op("Sub")
_where = op("Where")


@export("gather")
def gather(params, indices, validate_indices=None, axis=None, batch_dims=0, name=None):
    """The slices of `params` at `indices` along `axis` (`batch_dims` by default).

    Args:
      params: a tensor or variable of rank > `axis`.
      indices: integer tensor. An index out of range is an InvalidArgumentError on the CPU and gives zeros elsewhere.
      validate_indices: deprecated, without effect.
      axis: the dimension to gather from; at least `batch_dims`.
      batch_dims: leading dimensions that `params` and `indices` share.
      name: name of the op.
    """
    if axis is None:
        axis = batch_dims
    if context.plain and (type(indices) is list or type(indices) is tuple):
        vector = integer_vector(indices)
        indices = indices if vector is None else vector
    if type(axis) is int and axis == 0 and batch_dims == 0:
        sparse_read = getattr(params, "sparse_read", None)
        if sparse_read is not None:
            return sparse_read(indices, name=name)
        return _gather_v2(params, indices, 0, name=name)
    value = constant_value(axis) if isinstance(axis, Tensor) else axis
    if value is not None and value == 0:
        # TensorFlow gathers along the first axis without looking at batch_dims.
        sparse_read = getattr(params, "sparse_read", None)
        if sparse_read is not None:
            return sparse_read(indices, name=name)
        return _gather_v2(params, indices, axis, name=name)
    return _gather_v2(params, indices, axis, batch_dims=batch_dims, name=name)


@export("gather_nd")
def gather_nd(params, indices, batch_dims=0, name=None, bad_indices_policy=""):
    """The slices of `params` at the index tuples in the last dimension of `indices`.

    `bad_indices_policy="IGNORE"` gives zeros for tuples out of range, which are errors on the CPU otherwise.
    """
    known = constant_value(batch_dims) if isinstance(batch_dims, Tensor) else batch_dims
    if known is not None and int(known) == 0:
        if bad_indices_policy in ("", "DEFAULT") and hasattr(params, "gather_nd"):
            return params.gather_nd(indices, name=name)
        return _gather_nd(params, indices, bad_indices_policy=bad_indices_policy, name=name)
    return _batch_gather_nd(params, indices, batch_dims if known is None else int(known), bad_indices_policy, name)


def _batch_gather_nd(params: Any, indices: Any, batch_dims: Any, policy: str, name: str | None) -> Tensor:
    """Extends every index tuple by the coordinates of its batch element."""
    indices, params = convert_to_tensor(indices), convert_to_tensor(params)
    rank = indices.shape.rank
    if not isinstance(batch_dims, int):
        raise TypeError("tf.gather_nd needs a constant batch_dims")
    if batch_dims < 0:
        raise ValueError(f"Argument `batch_dims` must be >= 0, got {batch_dims}")
    if any(r is not None and batch_dims >= r for r in (rank, params.shape.rank)):
        raise ValueError(f"Argument `batch_dims` = {batch_dims} must be less than the ranks of `params` and `indices`")
    sizes = shape(indices, indices.dtype)
    outer = _concat_v2([slice_tensor(sizes, slice(None, -1)), np.array([1], indices.dtype.as_numpy_dtype)], 0)
    columns = []

    def along(axis: int) -> Any:
        """The shape of what varies along one axis alone."""
        if rank is not None:
            return [1] * axis + [-1] + [1] * (rank - 1 - axis)
        return _concat_v2([[1] * axis + [-1], _fill([_sub(_rank(indices), axis + 1)], 1)], 0)

    for i in range(batch_dims):
        steps = _range(0, slice_tensor(sizes, i), 1, Tidx=indices.dtype)
        columns.append(_broadcast_to(_reshape(steps, along(i)), outer))
    return _gather_nd(params, _concat_v2([*columns, indices], -1), bad_indices_policy=policy, name=name)


@export("boolean_mask")
@in_scope("boolean_mask")
def boolean_mask(tensor, mask, axis=None, name="boolean_mask"):
    """The elements (or slices) of `tensor` where `mask` is true; the mask covers dimensions from `axis` on.

    Raises:
      ValueError: the mask is a scalar, has unknown rank, or does not fit the tensor's shape.
    """
    tensor, mask = convert_to_tensor(tensor), convert_to_tensor(mask)
    mask_shape = mask.shape
    count = mask_shape.rank
    if count == 0:
        raise ValueError("mask cannot be scalar.")
    if count is None:
        raise ValueError(
            "Number of mask dimensions must be specified, even if some dimensions are None.  E.g. shape=[None] is ok, "
            "but shape=None is not."
        )
    axis = 0 if axis is None else axis
    known_axis = constant_value(axis) if isinstance(axis, Tensor) else axis
    if known_axis is not None:
        axis = int(known_axis)
        tensor.shape[axis : axis + count].assert_is_compatible_with(mask_shape)
    if count > 1 or known_axis is None:
        static = tensor.shape
        sizes = shape(tensor)
        leading = _prod(slice_tensor(sizes, slice(axis, axis + count)), [0])
        before = slice_tensor(sizes, slice(None, axis))
        after = slice_tensor(sizes, slice(axis + count, None))
        tensor = _reshape(tensor, _concat_v2([before, _reshape(leading, [1]), after], 0))
        if known_axis is not None and static.rank is not None:
            masked = static[axis : axis + count].num_elements()
            tensor.set_shape(static[:axis].concatenate([masked]).concatenate(static[axis + count :]))
        mask = _reshape(mask, [-1])
    positions = _squeeze(_where(mask), squeeze_dims=(1,))
    return gather_dense(tensor, positions, axis, name)


def gather_dense(params: Any, indices: Any, axis: Any, name: str | None = None) -> Tensor:
    """A gather whose gradient is dense: that of GatherV2 along the first axis is made of IndexedSlices."""
    if type(axis) is int and axis == 0:
        return _gather(params, indices, name=name)
    return _gather_v2(params, indices, axis, name=name)


@export("where")
def where(condition, x=None, y=None, name=None):
    """With `x` and `y`: elements of `x` where `condition` is true, of `y` elsewhere, all broadcast together.

    With the condition alone: the coordinates of its nonzero elements, an int64 matrix in row-major order.
    """
    if x is None and y is None:
        return _where(convert_to_tensor(condition, hint=dtypes.bool), name=name)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    if context.plain:
        if type(x) is EagerTensor and type(y) is float and x.dtype.is_floating:
            y = scalar(y, x.dtype)
        elif type(y) is EagerTensor and type(x) is float and y.dtype.is_floating:
            x = scalar(x, y.dtype)
    return _select_v2(condition, x, y, name=name)


_scalars: dict[Any, EagerTensor] = {}


def scalar(value: Any, dtype: dtypes.DType, name: str | None = None) -> Tensor:
    """A Python number as a tensor of `dtype`, called `name` in a graph; eagerly from a cache."""
    if not context.plain:
        return convert_to_tensor(value, dtype, name=name)
    # The sign tells 0.0 and -0.0 apart.
    key = (type(value), value, math.copysign(1, value), dtype)
    found = _scalars.get(key)
    if found is None:
        if len(_scalars) > 4096:
            _scalars.clear()
        found = _scalars[key] = convert_to_tensor(value, dtype)
    return found


@export("one_hot")
@in_scope("one_hot", result=True)
def one_hot(indices, depth, on_value=None, off_value=None, axis=None, dtype=None, name=None):
    """`on_value` (1) at the position that each index names in a new axis of size `depth`, else `off_value` (0).

    Indices out of range give a row of `off_value`. The new axis is the last by default.

    Raises:
      TypeError: `on_value`, `off_value` and `dtype` do not agree.
    """
    if dtype is not None:
        dtype = dtypes.as_dtype(dtype)
    on = None if on_value is None else convert_to_tensor(on_value, hint=dtype, name="on_value")
    off = None if off_value is None else convert_to_tensor(off_value, hint=dtype, name="off_value")
    given = [(n, v.dtype) for n, v in (("on_value", on), ("off_value", off)) if v is not None]
    if dtype is not None:
        for which, own in given:
            if own != dtype:
                raise TypeError(f"dtype {own} of {which} does not match dtype parameter {dtype}")
    else:
        dtype = given[0][1] if given else dtypes.float32
    on = scalar(1, dtype, "on_value") if on is None else on
    off = scalar(0, dtype, "off_value") if off is None else off
    if on.dtype != off.dtype:
        raise TypeError(f"dtype {on.dtype} of on_value does not match dtype {off.dtype} of off_value")
    return _one_hot(indices, depth, on, off, axis=-1 if axis is None else axis, name=name)


# Scatter -----------------------------------------------------------------------------------------------------


@export("scatter_nd")
def scatter_nd(indices, updates, shape, bad_indices_policy="", name=None):
    """A tensor of zeros of `shape`, with `updates` added at the index tuples in `indices`."""
    return _scatter_nd(indices, updates, shape, bad_indices_policy=bad_indices_policy, name=name)


@export("tensor_scatter_nd_update")
def tensor_scatter_nd_update(tensor, indices, updates, name=None):
    """`tensor` with the slices at the index tuples replaced by `updates`; the last one wins."""
    return _tensor_scatter_update(tensor, indices, updates, name=name)


def _scatter_function(word: str, op_name: str, verb: str) -> Any:
    run = op(op_name)

    def scatter(tensor, indices, updates, bad_indices_policy="", name=None):
        return run(tensor, indices, updates, bad_indices_policy=bad_indices_policy, name=name)

    scatter.__name__ = scatter.__qualname__ = f"tensor_scatter_nd_{word}"
    scatter.__doc__ = f"`tensor` with the slices at the index tuples {verb} `updates`."
    return export(f"tensor_scatter_nd_{word}")(scatter)


tensor_scatter_nd_add = _scatter_function("add", "TensorScatterAdd", "increased by")
tensor_scatter_nd_sub = _scatter_function("sub", "TensorScatterSub", "decreased by")
tensor_scatter_nd_max = _scatter_function("max", "TensorScatterMax", "replaced, where less, by")
tensor_scatter_nd_min = _scatter_function("min", "TensorScatterMin", "replaced, where greater, by")
