"""`tf.nn.with_space_to_batch`: sliding windows with dilations, by windows without over interleaved parts."""

from __future__ import annotations

import numpy as np

from tfshim import dtypes
from tfshim.api.array import required_space_to_batch_paddings
from tfshim.api.windows import is_channels_first, split_padding
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.export import export
from tfshim.ops import op

_batch_to_space = op("BatchToSpaceND")
_concat = op("ConcatV2")
_floor_div = op("FloorDiv")
_mul = op("Mul")
_pack = op("Pack")
_shape = op("Shape")
_space_to_batch = op("SpaceToBatchND")
_sub = op("Sub")


def _spatial_dims(dims, count, first):
    dims = list(range(first, first + count) if dims is None else dims)
    if dims != sorted({int(d) for d in dims}) or any(d < 1 for d in dims):
        raise ValueError(
            "`spatial_dims` must be a monotonically increasing sequence of positive integers. "
            f"Received: spatial_dims={dims}"
        )
    return dims


def _base_paddings(padding, filter_shape, rate, data_format):
    """What is padded [n, 2] so that the windows may be "VALID"."""
    n = rate.shape[0]
    padding, explicit = split_padding(padding, n + 2)
    if padding == "SAME":
        if filter_shape is None:
            raise ValueError(
                "`filter_shape` must be specified for `padding='SAME'`. "
                f"Received: filter_shape={filter_shape} and padding={padding}"
            )
        extra = _mul(_sub(convert_to_tensor(filter_shape, dtypes.int32)[:n], 1), rate)
        before = _floor_div(extra, 2)
        return _pack([before, _sub(extra, before)], axis=1)
    if padding == "VALID":
        return np.zeros((n, 2), np.int32)
    if padding == "EXPLICIT":
        pairs = np.array(explicit, np.int32).reshape(n + 2, 2)
        return pairs[2:] if is_channels_first(data_format) else pairs[1:-1]
    raise ValueError(f"`padding` must be one of 'SAME' or 'VALID'. Received: padding={padding}")


def _for_all_dims(values, dims, other):
    """Rows for the dimensions `dims` as rows for all up to the last of them, the others `other`."""
    if dims == list(range(1, len(dims) + 1)):
        return values
    filled = convert_to_tensor(np.full([1, *values.shape.as_list()[1:]], other, np.int32))
    rows = [filled] * dims[-1]
    for i, dim in enumerate(dims):
        rows[dim - 1] = values[i : i + 1]
    return _concat(rows, 0)


@export("nn.with_space_to_batch")
def with_space_to_batch(input, dilation_rate, padding, op, filter_shape=None, spatial_dims=None, data_format=None):
    """Runs a sliding-window operation as one with dilations.

    Args:
      input: tensor of a rank greater than the last of `spatial_dims`.
      dilation_rate: int32 of a known shape [n]: a dilation for each spatial dimension.
      padding: "SAME", "VALID", or a (before, after) pair for each dimension.
      op: a function `(input, n, padding)` that does it without dilations, and returns a tensor.
      filter_shape: sizes of the window in the spatial dimensions; needed for "SAME".
      spatial_dims: the spatial dimensions, by default the n after the batch (and the channels).
      data_format: one that starts with "NC" if channels come before the spatial dimensions.

    Raises:
      ValueError: for a wrong padding, dilation or list of dimensions.
    """
    input = convert_to_tensor(input, name="input")
    rate = convert_to_tensor(dilation_rate, dtypes.int32, name="dilation_rate")
    if rate.shape.rank not in (None, 1):
        raise ValueError(f"`dilation_rate.shape.rank` must be 1. Received: dilation_rate={dilation_rate}")
    if not rate.shape.is_fully_defined():
        raise ValueError(f"`dilation_rate.shape` must be fully defined. Received: {rate.shape}")
    n = rate.shape[0]
    channels_first = is_channels_first(data_format)
    dims = _spatial_dims(spatial_dims, n, 2 if channels_first else 1)
    least_rank = dims[-1] + (not channels_first)
    if input.shape.rank is not None and input.shape.rank < least_rank:
        raise ValueError(f"`input.shape.rank` must be at least {least_rank}. Received: input.shape={input.shape}")
    known = constant_value(rate)
    if known is not None:
        if np.any(known < 1):
            raise ValueError(f"`dilation_rate` must be positive. Received: dilation_rate={known}")
        if np.all(known == 1):
            return op(input, n, padding)
    base = _base_paddings(padding, filter_shape, rate, data_format)
    sizes = None if input.shape.rank is None else [input.shape.as_list()[d] for d in dims]
    if sizes is None or None in sizes:
        whole = _shape(input)
        sizes = _pack([whole[d] for d in dims])
    paddings, crops = required_space_to_batch_paddings(sizes, rate, base)
    block = _for_all_dims(rate, dims, 1)
    spread = _space_to_batch(input, block, _for_all_dims(paddings, dims, 0))
    return _batch_to_space(op(spread, n, "VALID"), block, _for_all_dims(crops, dims, 0))
