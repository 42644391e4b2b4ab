"""Tensors from sizes and limits: zeros, ones, fill, eye, range, linspace, grids and masks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.api.array import broadcast_dynamic_shape, shape, size, size_list
from tfshim.api.naming import composed, in_scope
from tfshim.context import context
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.shapes import TensorShape
from tfshim.tensor import EagerTensor, Tensor, host_tensor

_add = op("AddV2")
_broadcast_to = op("BroadcastTo")
_cast = op("Cast")
_concat_v2 = op("ConcatV2")
_equal = op("Equal")
_expand_dims = op("ExpandDims")
_fill = op("Fill")
_less = op("Less")
_max = op("Max")
_maximum = op("Maximum")
_mul = op("Mul")
_ones_like = op("OnesLike")
_zeros_like = op("ZerosLike")
_range = op("Range")
_real_div = op("RealDiv")
_reshape = op("Reshape")
_select = op("SelectV2")
_size = op("Size")
_slice = op("Slice")
_sub = op("Sub")

# Constants of up to this many elements are made by NumPy: a compiled program each would take longer to build than
# the copy to the device takes. TensorFlow draws the line between constants and Fill nodes in graphs at 1000.
_HOST_ELEMENTS = 1 << 14
_GRAPH_ELEMENTS = 1000


def _constant(sizes: Any, value: Any, dtype: dtypes.DType, name: str | None) -> Tensor | None:
    """A constant of `sizes` (a shape argument) if it is small and all sizes are known integers; None otherwise."""
    sizes = size_list(sizes)
    if sizes is None:
        return None
    count = 1
    for n in sizes:
        if n < 0:
            return None
        count *= n
    if context.graph is None:
        if not context.plain or count > _HOST_ELEMENTS:
            return None
        return host_tensor(_filled(sizes, value, dtype))
    if count >= _GRAPH_ELEMENTS:
        return None
    return convert_to_tensor(_filled(sizes, value, dtype), name=name)


def _filled(sizes: Any, value: Any, dtype: dtypes.DType) -> np.ndarray:
    if dtype is dtypes.string:
        return np.full(sizes, value, object)
    if not value:
        return np.zeros(sizes, dtype.as_numpy_dtype)
    return np.full(sizes, value, dtype.as_numpy_dtype)


def _shape_tensor(sizes: Any) -> Any:
    """A shape argument as an integer vector."""
    if isinstance(sizes, Tensor):
        return sizes if sizes.shape._dims != () else _reshape(sizes, [-1])
    try:
        return convert_to_tensor(TensorShape(sizes))
    except (TypeError, ValueError):
        tensor = convert_to_tensor(sizes, dtypes.int32)
        return tensor if tensor.shape._dims != () else _reshape(tensor, [-1])


def _full(shape: Any, value: Any, dtype: Any, name: str | None, layout: Any) -> Tensor:
    _refuse_layout(layout)
    dtype = dtypes.as_dtype(dtype)
    made = _constant(shape, value, dtype, name)
    if made is not None:
        return made
    sizes = _shape_tensor(shape)
    with composed(name or "Fill") as name:
        return _fill(sizes, _scalar(value, dtype), name=name)


def _scalar(value: Any, dtype: dtypes.DType) -> Tensor:
    if dtype.is_bool:
        value = bool(value)
    if dtype.is_quantized or dtype.is_complex:
        return convert_to_tensor(np.asarray(value, dtype.as_numpy_dtype))
    return convert_to_tensor(value, dtype)


def _refuse_layout(layout: Any) -> None:
    if layout is not None:
        raise NotImplementedError("the argument `layout` (DTensor) is not supported")


@export("zeros")
def zeros(shape, dtype=dtypes.float32, name=None, layout=None):
    """A tensor of zeros (False, empty strings) of a shape given as integers, a vector or a TensorShape."""
    dtype = dtypes.as_dtype(dtype)
    return _full(shape, b"" if dtype is dtypes.string else 0, dtype, name or "zeros", layout)


@export("ones")
def ones(shape, dtype=dtypes.float32, name=None, layout=None):
    """A tensor of ones (True); TypeError for strings."""
    dtype = dtypes.as_dtype(dtype)
    if dtype is dtypes.string:
        convert_to_tensor(1, dtype)
    return _full(shape, 1, dtype, name or "ones", layout)


@export("zeros_like")
def zeros_like(input, dtype=None, name=None, layout=None):
    """Zeros of the shape of `input`, and of its dtype by default."""
    return _like(input, zeros, dtype, name or "zeros_like", layout)


@export("ones_like")
def ones_like(input, dtype=None, name=None, layout=None):
    """Ones of the shape of `input`, and of its dtype by default."""
    return _like(input, ones, dtype, name or "ones_like", layout)


def _like(input: Any, make: Any, dtype: Any, name: str | None, layout: Any) -> Tensor:
    if type(input) is not EagerTensor:
        if type(input).__name__ == "SparseTensor" and context.graph is not None and input.shape.is_fully_defined():
            return make(input.shape, input.dtype if dtype is None else dtype, name=name, layout=layout)
        input = convert_to_tensor(input)
    dtype = input.dtype if dtype is None else dtypes.as_dtype(dtype)
    if dtype is dtypes.string and make is ones:
        return _ones_like(input)
    known = input.shape
    held = dtype is dtypes.variant or not known.is_fully_defined()
    if held and dtype is input.dtype and layout is None:
        return (_zeros_like if make is zeros else _ones_like)(input, name=name)
    return make(known if known.is_fully_defined() else shape(input), dtype, name=name, layout=layout)


@export("fill")
def fill(dims, value, name=None, layout=None):
    """A tensor of shape `dims` in which every element is the scalar `value`."""
    _refuse_layout(layout)
    if type(value) is float:
        with composed(name or "Fill") as name:
            dims = convert_to_tensor(dims, name="dims", hint=dtypes.int32, own=(dtypes.int32, dtypes.int64))
            return _fill(dims, convert_to_tensor(value, name="value"), name=name)
    return _fill(dims, value, name=name)


@export("eye", "linalg.eye")
@in_scope("eye")
def eye(num_rows, num_columns=None, batch_shape=None, dtype=dtypes.float32, name=None):
    """The identity matrix, or a batch of them: ones on the diagonal, zeros elsewhere.

    Raises:
      TypeError: the numbers of rows and columns are neither integers nor tensors.
    """
    dtype = dtypes.as_dtype(dtype)
    columns = num_rows if num_columns is None else num_columns
    if dtype is dtypes.string:
        convert_to_tensor(1, dtype)
    batch = () if batch_shape is None else batch_shape
    if not isinstance(num_rows, Tensor) and not isinstance(columns, Tensor):
        if not isinstance(num_rows, (int, np.integer)) or not isinstance(columns, (int, np.integer)):
            raise TypeError(
                "Arguments `num_rows` and `num_columns` must be positive integer values. Received: "
                f"num_rows={num_rows}, num_columns={columns}"
            )
        num_rows, columns = int(num_rows), int(columns)
        sizes = size_list(batch)
        if sizes is not None and min(num_rows, columns, *sizes, 0) == 0:
            limit = _HOST_ELEMENTS if context.graph is None else _GRAPH_ELEMENTS
            if math.prod(sizes) * num_rows * columns <= limit:
                matrix = np.eye(num_rows, columns, dtype=dtype.as_numpy_dtype)
                whole = np.array(np.broadcast_to(matrix, (*sizes, num_rows, columns)))
                return host_tensor(whole) if context.plain else convert_to_tensor(whole, name=name)
        if num_rows < 0 or columns < 0:
            return zeros([num_rows, columns], dtype)
    num_rows, columns = (
        _cast(n, DstT=dtypes.int32) if isinstance(n, Tensor) and n.dtype not in (dtypes.int32, dtypes.int64) else n
        for n in (num_rows, columns)
    )
    rows = _range(0, num_rows, 1)
    matrix = _cast(_equal(_expand_dims(rows, 1), _range(0, columns, 1)), DstT=dtype, name=name)
    if batch_shape is None:
        return matrix
    batch = _shape_tensor(batch)
    return _broadcast_to(matrix, _concat_v2([batch, shape(matrix, batch.dtype)], 0), name=name)


# Sequences ---------------------------------------------------------------------------------------------------

_RANGE_DTYPES = (
    dtypes.int32,
    dtypes.int64,
    dtypes.float16,
    dtypes.bfloat16,
    dtypes.float32,
    dtypes.float64,
)


@export("range")
def range(start, limit=None, delta=1, dtype=None, name="range"):
    """Numbers from `start` (0) up to but without `limit` in steps of `delta`.

    The dtype is the widest of the arguments', or `dtype`. InvalidArgumentError if `delta` is 0 or points away from
    `limit`.
    """
    if limit is None:
        start, limit = 0, start
    if type(start) is int and type(limit) is int and type(delta) is int and dtype is None and context.plain:
        low, high = -(2**31), 2**31
        small = low <= start < high and low <= limit < high and low <= delta < high
        if small and delta and (start <= limit if delta > 0 else start >= limit):
            return host_tensor(np.arange(start, limit, delta, np.int32))
    if dtype is not None:
        dtype = dtypes.as_dtype(dtype)
    with composed(name or "range") as name:
        return _numbers(start, limit, delta, dtype, name)


def _numbers(start: Any, limit: Any, delta: Any, dtype: dtypes.DType | None, name: str | None) -> Tensor:
    given = (("start", start), ("limit", limit), ("delta", delta))
    parts = [v if isinstance(v, Tensor) else convert_to_tensor(v, dtype, name=part) for part, v in given]
    if dtype is None:
        if not all(p.dtype in _RANGE_DTYPES for p in parts):
            raise AssertionError(f"tf.range takes {[d.name for d in _RANGE_DTYPES]}, got {[p.dtype for p in parts]}")
        dtype = max((p.dtype for p in parts), key=_RANGE_DTYPES.index)
    parts = [p if p.dtype == dtype else _cast(p, DstT=dtype) for p in parts]
    return _range(*parts, name=name)


@export("linspace", "lin_space")
@in_scope("linspace", result=True)
def linspace(start, stop, num, name=None, axis=0):
    """`num` evenly spaced numbers from `start` to `stop`, both included, in a new dimension `axis`.

    `start` and `stop` broadcast together; integers give float64.
    """
    start = convert_to_tensor(start, name="start")
    stop = convert_to_tensor(stop, start.dtype, name="stop")
    num = convert_to_tensor(num, name="num")
    if not num.dtype.is_integer:
        raise TypeError(f"Argument `num` of tf.linspace must be of type integer, got {num.dtype.name}")
    count: Any = constant_value(num)
    if count is None or np.ndim(count):
        count = num if num.dtype is dtypes.int32 else _cast(num, DstT=dtypes.int32)
        inner, steps = _maximum(_sub(count, 2), 0), _maximum(_sub(count, 1), 1)
    else:
        count = int(count)
        if count < 0:
            return _range(1, -1, 1)
        inner, steps = max(count - 2, 0), max(count - 1, 1)
    if start.shape._dims != stop.shape._dims or start.shape._dims is None or None in start.shape._dims:
        whole = broadcast_dynamic_shape(shape(start), shape(stop))
        start, stop = _broadcast_to(start, whole), _broadcast_to(stop, whole)
    start, stop = _expand_dims(start, axis), _expand_dims(stop, axis)
    span = _sub(stop, start)
    if start.dtype.is_integer:
        # As in tf.divide. The difference has been taken before: unsigned integers that fall wrap around.
        real = dtypes.float32 if start.dtype.size < 4 else dtypes.float64
        start, stop, span = (_cast(x, DstT=real) for x in (start, stop, span))
    delta = _real_div(span, _cast(steps, DstT=start.dtype))
    numbers = _cast(_range(1, _add(inner, 1) if isinstance(inner, Tensor) else inner + 1, 1), DstT=start.dtype)
    between = _add(start, _mul(delta, _reshape(numbers, _along(axis, start, -1, 1))))
    joined = _concat_v2([start, between, stop], axis)
    if type(count) is int and count >= 2:
        return joined
    wanted = _along(axis, start, count, shape(start))
    return _slice(joined, _sub(wanted, wanted), wanted, name=name)


def _along(axis: int, x: Tensor, here: Any, elsewhere: Any) -> Any:
    """A vector with a value for each dimension of `x`: `here` for `axis`, `elsewhere` for the others."""
    rank = x.shape.rank
    if rank is None:
        count = _size(shape(x))
        positions = _range(0, count, 1)
        axis = _add(count, axis) if axis < 0 else axis
    else:
        positions = np.arange(rank, dtype=np.int32)
        axis = axis + rank if axis < 0 else axis
    return _select(_equal(positions, axis), here, elsewhere)


@export("meshgrid")
@in_scope("meshgrid")
def meshgrid(*args, **kwargs):
    """Coordinate grids of N vectors (others are flattened): N tensors of rank N.

    `indexing="xy"` (default) puts the second vector along the first dimension, `"ij"` keeps their order.

    Raises:
      TypeError: an unknown keyword.
      ValueError: an unknown `indexing`.
    """
    indexing = kwargs.pop("indexing", "xy")
    kwargs.pop("name", None)
    if kwargs:
        raise TypeError(f"{next(iter(kwargs))!r} is an invalid keyword argument for this function")
    if indexing not in ("xy", "ij"):
        raise ValueError(f"Argument `indexing` parameter must be either 'xy' or 'ij', got '{indexing}'")
    count = len(args)
    if not count:
        return []
    grids, sizes = [], []
    for i, value in enumerate(args):
        line = [1] * count
        line[i] = -1
        value = convert_to_tensor(value)
        grids.append(_reshape(value, line))
        sizes.append(size(value))
    if indexing == "xy" and count > 1:
        grids[0] = _reshape(grids[0], [1, -1] + [1] * (count - 2))
        grids[1] = _reshape(grids[1], [-1, 1] + [1] * (count - 2))
        sizes[0], sizes[1] = sizes[1], sizes[0]
    factor = ones(op("Pack")(sizes), grids[0].dtype)
    return [grid * factor for grid in grids]


@export("sequence_mask")
@in_scope("SequenceMask")
def sequence_mask(lengths, maxlen=None, dtype=dtypes.bool, name=None):
    """For every length a row of `maxlen` (the greatest length) entries of which the first `length` are true.

    Raises:
      ValueError: `maxlen` is not a scalar.
    """
    lengths = convert_to_tensor(lengths)
    if maxlen is None:
        rank = lengths.shape.rank
        axes = op("Range")(0, op("Rank")(lengths), 1) if rank is None else np.arange(rank, dtype=np.int32)
        longest = _max(lengths, axes)
        maxlen = _maximum(convert_to_tensor(0, longest.dtype), longest)
    else:
        maxlen = convert_to_tensor(maxlen)
    if maxlen.shape.rank not in (None, 0):
        raise ValueError(
            f"Argument `maxlen` must be scalar for sequence_mask, received `maxlen` = {maxlen} with shape "
            f"'{maxlen.shape}' instead"
        )
    positions = _range(convert_to_tensor(0, maxlen.dtype), maxlen, convert_to_tensor(1, maxlen.dtype))
    column = _expand_dims(lengths, -1)
    if column.dtype != maxlen.dtype:
        column = _cast(column, DstT=maxlen.dtype)
    mask = _less(positions, column, name=name)
    if dtype is None or dtypes.as_dtype(dtype).is_bool:
        return mask
    return _cast(mask, DstT=dtypes.as_dtype(dtype))
