"""Shapes of tensors and their rearrangement: shape, reshape, transpose, concat, stack, split, pad, tile."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfshim import dtypes, nest
from tfshim.api.slicing import slice_tensor
from tfshim.context import context
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.errors import InvalidArgumentError
from tfshim.export import export
from tfshim.ops import op
from tfshim.shapes import Dimension, TensorShape
from tfshim.tensor import EagerTensor, Tensor, host_tensor
from tfshim.type_spec_base import CompositeTensor

_add = op("AddV2")
_batch_to_space_nd = op("BatchToSpaceND")
_bitcast = op("Bitcast")
_broadcast_args = op("BroadcastArgs")
_broadcast_to = op("BroadcastTo")
_cast = op("Cast")
_check_numerics = op("CheckNumerics")
_concat_v2 = op("ConcatV2")
_conjugate_transpose = op("ConjugateTranspose")
_ensure_shape = op("EnsureShape")
_expand_dims = op("ExpandDims")
_floor_mod = op("FloorMod")
_guarantee_const = op("GuaranteeConst")
_identity = op("Identity")
_identity_n = op("IdentityN")
_invert_permutation = op("InvertPermutation")
_max = op("Max")
_maximum = op("Maximum")
_mirror_pad = op("MirrorPad")
_mul = op("Mul")
_pack = op("Pack")
_pad = op("Pad")
_pad_v2 = op("PadV2")
_parallel_concat = op("ParallelConcat")
_range = op("Range")
_rank = op("Rank")
_reshape = op("Reshape")
_reverse_sequence = op("ReverseSequence")
_reverse_v2 = op("ReverseV2")
_roll = op("Roll")
_shape = op("Shape")
_shape_n = op("ShapeN")
_size = op("Size")
_stop_gradient = op("StopGradient")
_space_to_batch_nd = op("SpaceToBatchND")
_split = op("Split")
_split_v = op("SplitV")
_squeeze = op("Squeeze")
_sub = op("Sub")
_tile = op("Tile")
_transpose = op("Transpose")
_unpack = op("Unpack")
_unravel_index = op("UnravelIndex")

_placeholder_with_default = op("PlaceholderWithDefault")
_INT32 = np.dtype(np.int32)


# Static facts ------------------------------------------------------------------------------------------------


@export("shape")
def shape(input, out_type=None, name=None):
    """The shape as a vector of `out_type` (int32 by default, or int64)."""
    out_type = dtypes.int32 if out_type is None else dtypes.as_dtype(out_type)
    if type(input) is not EagerTensor:
        input = convert_to_tensor(input)
    # A constant takes more types than the op.
    if out_type is dtypes.int32 or out_type is dtypes.int64 or (context.graph is not None and out_type.is_numeric):
        dims = input.shape._dims
        if dims is not None and None not in dims and not _is_dynamic(input):
            # A constant in graphs too, as in TensorFlow.
            return _integers(dims, out_type, name or "Shape")
    return _shape(input, out_type=out_type, name=name)


def _is_dynamic(tensor: Tensor) -> bool:
    return tensor.dtype is dtypes.variant or tensor.dtype is dtypes.resource


def _integers(values: Any, dtype: dtypes.DType, name: str | None) -> Tensor:
    try:
        array = np.array(values, dtype.as_numpy_dtype)
    except OverflowError:
        if context.graph is None:
            message = f"Shape output type is 32-bit but a size does not fit: {values}"
            raise InvalidArgumentError(None, None, message) from None
        # Sizes wrap in graphs, as in TensorFlow.
        array = np.array(values, np.int64).astype(dtype.as_numpy_dtype)
    return host_tensor(array) if context.graph is None else convert_to_tensor(array, name=name)


@export("shape_n")
def shape_n(input, out_type=dtypes.int32, name=None):
    """The shapes of several tensors of one dtype, as a list of vectors."""
    return _shape_n(input, out_type=out_type, name=name)


@export("size")
def size(input, out_type=None, name=None):
    """The number of elements as a scalar of `out_type` (int32 by default)."""
    out_type = dtypes.int32 if out_type is None else dtypes.as_dtype(out_type)
    input = convert_to_tensor(input)
    count = input.shape.num_elements()
    if count is not None and out_type.is_numeric:
        return _integers(count, out_type, name or "Size")
    return _size(input, out_type=out_type, name=name)


@export("rank")
def rank(input, name=None):
    """The number of dimensions as an int32 scalar."""
    input = convert_to_tensor(input)
    known = input.shape.rank
    return _rank(input, name=name) if known is None else _integers(known, dtypes.int32, name or "Rank")


@export("compat.v1.placeholder_with_default")
def placeholder_with_default(input, shape, name=None):
    """`input`, under a shape that may be less defined, unless something else is fed in its place."""
    return _placeholder_with_default(input, shape=TensorShape(shape), name=name)


@export("broadcast_static_shape")
def broadcast_static_shape(shape_x, shape_y):
    """The `TensorShape` that two `TensorShape`s broadcast to; ValueError if they do not."""
    from tfshim.errors import InvalidArgumentError
    from tfshim.ops.shape_helpers import broadcast_static

    try:
        return broadcast_static(shape_x, shape_y)
    except InvalidArgumentError:
        raise ValueError(f"Incompatible shapes for broadcasting: {shape_x} and {shape_y}.") from None


@export("broadcast_dynamic_shape")
def broadcast_dynamic_shape(shape_x, shape_y):
    """The shape that two shapes, given as integer vectors, broadcast to."""
    return _broadcast_args(shape_x, shape_y)


# Identities --------------------------------------------------------------------------------------------------


def _map_components(run: Any, value: Any, name: str | None) -> Any:
    """Applies an op to a tensor, or to the components of a composite one."""
    if isinstance(value, CompositeTensor):
        return nest.map_structure(lambda component: run(component, name=name), value, expand_composites=True)
    return run(value, name=name)


@export("identity")
def identity(input, name=None):
    """A tensor of the same value; a composite tensor keeps its form."""
    return _map_components(_identity, input, name)


@export("identity_n")
def identity_n(input, name=None):
    """The tensors of a list, of any dtypes."""
    return _identity_n(input, name=name)


@export("stop_gradient")
def stop_gradient(input, name=None):
    """The same value, through which no gradient flows."""
    return _map_components(_stop_gradient, input, name)


@export("guarantee_const")
def guarantee_const(input, name=None):
    """The same value (a promise to TensorFlow's runtime, of no effect here)."""
    return _guarantee_const(input, name=name)


@export("ensure_shape")
def ensure_shape(x, shape, name=None):
    """`x`, whose static shape is merged with `shape`; fails at run time if it does not match."""
    shape = shape if isinstance(shape, TensorShape) else TensorShape(shape)
    return _ensure_shape(x, shape=shape, name=name)


@export("debugging.check_numerics")
def check_numerics(tensor, message, name=None):
    """`tensor`; InvalidArgumentError starting with `message` if it holds a nan or an infinity."""
    return _check_numerics(tensor, message=message, name=name)


@export("bitcast")
def bitcast(input, type, name=None):
    """The bits of `input` read as another type; a last dimension appears or disappears where sizes differ."""
    return _bitcast(input, type=type, name=name)


# Reshaping ---------------------------------------------------------------------------------------------------


@export("reshape", "manip.reshape")
def reshape(tensor, shape, name=None):
    """`tensor` in another shape; one size may be -1."""
    return _reshape(tensor, shape, name=name)


@export("expand_dims")
def expand_dims(input, axis, name=None):
    """`input` with a dimension of size 1 inserted before `axis` (from -1 - rank to rank)."""
    return _expand_dims(input, axis, name=name)


@export("squeeze")
def squeeze(input, axis=None, name=None):
    """`input` without its dimensions of size 1, or without those in `axis`."""
    if axis is None:
        axis = ()
    elif np.isscalar(axis):
        axis = (axis,)
    return _squeeze(input, squeeze_dims=tuple(axis) if isinstance(axis, list) else axis, name=name)


@export("transpose")
def transpose(a, perm=None, conjugate=False, name="transpose"):
    """`a` with its dimensions in the order `perm`, reversed by default; conjugated if wanted."""
    a = convert_to_tensor(a)
    if perm is None:
        known = a.shape.rank
        if known is None:
            last = _sub(_rank(a), 1)
            perm = _sub(last, _range(0, _rank(a), 1))
        else:
            perm = list(range(known - 1, -1, -1))
    if conjugate and a.dtype.is_complex:
        return _conjugate_transpose(a, perm, name=name)
    return _transpose(a, perm, name=name)


@export("math.invert_permutation")
def invert_permutation(x, name=None):
    """The vector y with y[x[i]] = i; InvalidArgumentError if `x` is not a permutation."""
    return _invert_permutation(x, name=name)


@export("broadcast_to")
def broadcast_to(input, shape, name=None):
    """`input` repeated to `shape` by the rules of broadcasting."""
    return _broadcast_to(input, shape, name=name)


@export("unravel_index")
def unravel_index(indices, dims, name=None):
    """Flat indices as coordinates in an array of shape `dims`, one row a dimension."""
    return _unravel_index(indices, dims, name=name)


# Joining and splitting ---------------------------------------------------------------------------------------


@export("concat")
def concat(values, axis, name="concat"):
    """The tensors joined along an existing axis."""
    if not isinstance(values, (list, tuple)):
        values = [values]
    if len(values) == 1:
        # Nothing to join, but the axis must still be a scalar.
        axis = convert_to_tensor(axis, dtypes.int32)
        axis.shape.assert_is_compatible_with(())
        return identity(values[0], name=name)
    return _concat_v2(values, axis, name=name)


@export("stack")
def stack(values, axis=0, name="stack"):
    """Tensors of one shape joined along a new axis."""
    if axis == 0:
        if isinstance(values, Tensor):
            return convert_to_tensor(values)
        if not (isinstance(values, (list, tuple)) and values and isinstance(values[0], Tensor)):
            try:
                return convert_to_tensor(values, name=name)
            except (TypeError, ValueError, NotImplementedError):
                pass
    first = convert_to_tensor(values[0])
    known = first.shape.rank
    if known is not None and not -known - 1 <= axis <= known:
        raise ValueError(f"Argument `axis` = {axis} not in range [{-known - 1}, {known + 1})")
    return _pack(list(values), axis=axis, name=name)


@export("parallel_stack")
def parallel_stack(values, name="parallel_stack"):
    """`tf.stack` along the first axis, in graphs only (RuntimeError eagerly)."""
    if context.graph is None:
        raise RuntimeError("tf.parallel_stack() is not compatible with eager execution.")
    first = convert_to_tensor(values[0])
    rows = [_expand_dims(v, 0) for v in values]
    return _parallel_concat(rows, shape=TensorShape([len(values)]).concatenate(first.shape), name=name)


@export("unstack")
def unstack(value, num=None, axis=0, name="unstack"):
    """The slices of `value` along `axis` as a list; `num` is needed only where the size is unknown."""
    if num is None:
        value = convert_to_tensor(value)
        dims = value.shape._dims
        if dims is not None:
            if not -len(dims) <= axis < len(dims):
                raise ValueError(f"Argument `axis` = {axis} not in range [{-len(dims)}, {len(dims)})")
            num = dims[axis]
        if num is None:
            raise ValueError(f"Cannot infer argument `num` from shape {value.shape}")
    return _unpack(value, num=num, axis=axis, name=name)


@export("split")
def split(value, num_or_size_splits, axis=0, num=None, name="split"):
    """Pieces of `value` along `axis`: as many equal ones as an integer says, or of the sizes in a vector."""
    if isinstance(num_or_size_splits, (numbers.Integral, Dimension)):
        return _split(axis, value, num_split=int(num_or_size_splits), name=name)
    sizes = convert_to_tensor(num_or_size_splits)
    dims = sizes.shape._dims
    if dims == ():
        raise ValueError(
            "Rank-0 tensors are not supported as the num_or_size_splits argument to split. "
            f"Argument provided: {num_or_size_splits}"
        )
    if num is None:
        num = dims[0] if dims is not None else None
        if num is None:
            raise ValueError(f"Cannot infer argument `num` from shape {num_or_size_splits}")
    return _split_v(value, sizes, axis, num_split=num, name=name)


# Repetition and padding --------------------------------------------------------------------------------------


@export("tile", "manip.tile")
def tile(input, multiples, name=None):
    """`input` repeated `multiples[i]` times along dimension i."""
    return _tile(input, multiples, name=name)


@export("repeat")
def repeat(input, repeats, axis=None, name=None):
    """Each element (of the flattened tensor), or each slice along `axis`, repeated `repeats` times."""
    if axis is None:
        input, axis = _reshape(input, [-1]), 0
    if not isinstance(axis, int):
        raise TypeError(f"Argument `axis` must be an int. Received `axis` = {axis} of type {type(axis).__name__}")
    data = convert_to_tensor(input)
    repeats = _integer_tensor(repeats, "repeats")
    repeats.shape.with_rank_at_most(1)
    if data.shape.rank == 0:
        data = _reshape(data, [-1])
    elif data.shape.rank is None:
        # If it turns out to be a scalar, it is a vector of one element.
        sizes = shape(data)
        dims = _concat_v2([sizes, [1]], 0)
        data = _reshape(data, slice_tensor(dims, slice(None, _maximum(size(sizes), 1))))
    known = data.shape.rank
    if axis < 0:
        if known is None:
            raise ValueError("the axis of tf.repeat must not be negative for a tensor of unknown rank")
        axis += known
    if known is not None and not 0 <= axis < known:
        raise ValueError(f"axis = {axis} not in [{-known}, {known})")
    if repeats.shape.num_elements() == 1:
        return _repeat_each(data, _reshape(repeats, []), axis, name)
    if repeats.shape.rank == 1 and known is not None:
        data.shape[axis : axis + 1].assert_is_compatible_with(repeats.shape)
    counts = constant_value(repeats)
    if counts is not None:
        from tfshim.api.gather import gather_dense

        counts = np.maximum(counts, 0)
        positions = np.repeat(np.arange(counts.size, dtype=counts.dtype), counts)
        return gather_dense(data, positions, axis, name)
    return _repeat_by_mask(data, repeats, axis)


def _integer_tensor(value: Any, name: str) -> Tensor:
    tensor = convert_to_tensor(value, hint=dtypes.int32)
    if not tensor.dtype.is_integer:
        raise TypeError(
            f"Argument `tensor` (name: {name}) must be of type integer. Received `tensor` = {value} of dtype: "
            f"{tensor.dtype}"
        )
    return tensor if tensor.dtype in (dtypes.int32, dtypes.int64) else _cast(tensor, DstT=dtypes.int32)


def _repeat_each(data: Tensor, times: Tensor, axis: int, name: str | None) -> Tensor:
    """Every slice along `axis` repeated `times` (a scalar) times."""
    dims = data.shape._dims
    count = constant_value(times)
    expanded = _expand_dims(data, axis + 1)
    if dims is not None and count is not None:
        multiples = [1] * (len(dims) + 1)
        multiples[axis + 1] = int(count)
        wanted = list(dims)
        wanted[axis] = None if dims[axis] is None else dims[axis] * int(count)
        if wanted.count(None) <= 1 and 0 not in wanted:
            return _reshape(_tile(expanded, multiples), [-1 if d is None else d for d in wanted], name=name)
    sizes = shape(data, times.dtype)
    one = _integers([1], times.dtype, None)
    before, after = slice_tensor(sizes, slice(None, axis + 1)), slice_tensor(sizes, slice(axis + 1, None))
    tiled = _tile(expanded, _concat_v2([_ones_of(before, one), _reshape(times, [1]), _ones_of(after, one)], 0))
    repeated = _reshape(_mul(times, slice_tensor(sizes, axis)), [1])
    wanted = _concat_v2([slice_tensor(sizes, slice(None, axis)), repeated, after], 0)
    return _reshape(tiled, wanted, name=name)


def _ones_of(sizes: Tensor, one: Tensor) -> Tensor:
    count = sizes.shape.num_elements()
    return _broadcast_to(one, shape(sizes)) if count is None else _tile(one, [count])


def _repeat_by_mask(data: Tensor, repeats: Tensor, axis: int) -> Tensor:
    """Repetition by counts that are not known: each slice as often as the largest count, the surplus masked out."""
    from tfshim.api.creation import sequence_mask
    from tfshim.api.gather import boolean_mask

    sizes = shape(data, repeats.dtype)
    repeats = _broadcast_to(repeats, _reshape(slice_tensor(sizes, axis), [1]))
    largest = _maximum(_max(repeats, [0]), _cast(0, DstT=repeats.dtype))
    mask = sequence_mask(repeats, largest)
    expanded = _expand_dims(data, axis + 1)
    one = _integers([1], repeats.dtype, None)
    times = _concat_v2([_ones_of(slice_tensor(sizes, slice(None, axis + 1)), one), _reshape(largest, [1])], 0)
    times = _concat_v2([times, _ones_of(slice_tensor(sizes, slice(axis + 1, None)), one)], 0)
    return boolean_mask(_tile(expanded, times), mask, axis=axis)


@export("pad")
def pad(tensor, paddings, mode="CONSTANT", constant_values=0, name=None):
    """`tensor` with `paddings[i] = [before, after]` elements added in dimension i.

    The mode is "CONSTANT" (with `constant_values`), "REFLECT" or "SYMMETRIC".
    """
    mode = mode.upper()
    if context.plain and (type(paddings) is list or type(paddings) is tuple):
        paddings = _padding_matrix(paddings)
    if mode == "CONSTANT":
        if _is_zero(constant_values):
            return _pad(tensor, paddings, name=name)
        return _pad_v2(tensor, paddings, constant_values, name=name)
    if mode not in ("REFLECT", "SYMMETRIC"):
        raise ValueError(
            'Value of argument `mode` expected to be one of "CONSTANT", "REFLECT", or "SYMMETRIC". '
            f"Received `mode` = {mode}"
        )
    return _mirror_pad(tensor, paddings, mode=mode, name=name)


_matrices: dict[Any, EagerTensor] = {}


def _padding_matrix(paddings: Any) -> Any:
    """Pairs of Python integers as a tensor, from a cache; anything else unchanged, and what takes 64 bits."""
    try:
        key = tuple([(before, after) for before, after in paddings])
    except (TypeError, ValueError):
        return paddings
    for pair in key:
        if type(pair[0]) is not int or type(pair[1]) is not int or max(pair) >= 2**31:
            return paddings
    found = _matrices.get(key)
    if found is None and key:
        if len(_matrices) > 1024:
            _matrices.clear()
        found = _matrices[key] = convert_to_tensor([list(pair) for pair in key], hint=dtypes.int32)
    return paddings if found is None else found


def _is_zero(value: Any) -> bool:
    if isinstance(value, Tensor) or hasattr(type(value), "__tf_tensor__"):
        return False
    if type(value) is int or type(value) is float:
        return value == 0
    return np.ndim(value) == 0 and not isinstance(value, (str, bytes)) and bool(value == 0)


# Order along an axis -----------------------------------------------------------------------------------------


@export("reverse", "manip.reverse")
def reverse(tensor, axis, name=None):
    """`tensor` reversed along each of the dimensions in the vector `axis`."""
    return _reverse_v2(tensor, axis, name=name)


@export("reverse_sequence")
def reverse_sequence(input, seq_lengths, seq_axis=None, batch_axis=None, name=None):
    """The first `seq_lengths[i]` elements along `seq_axis` of batch element i reversed, the rest left."""
    if not isinstance(seq_axis, numbers.Integral):
        raise TypeError(f"Expected int for argument 'seq_dim' not {seq_axis!r}.")
    return _reverse_sequence(
        input, seq_lengths, seq_dim=seq_axis, batch_dim=0 if batch_axis is None else batch_axis, name=name
    )


@export("roll", "manip.roll")
def roll(input, shift, axis, name=None):
    """`input` with its elements moved by `shift` along `axis` (scalars or vectors); the last come first."""
    return _roll(input, shift, axis, name=name)


# Spatial blocks ------------------------------------------------------------------------------------------------


@export("space_to_batch", "nn.space_to_batch")
def space_to_batch(input, block_shape, paddings, name=None):
    """Moves blocks of the zero-padded spatial dimensions into the batch dimension."""
    return _space_to_batch_nd(input, block_shape, paddings, name=name)


@export("space_to_batch_nd")
def space_to_batch_nd(input, block_shape, paddings, name=None):
    """Moves blocks of the zero-padded spatial dimensions into the batch dimension."""
    return _space_to_batch_nd(input, block_shape, paddings, name=name)


@export("batch_to_space")
def batch_to_space(input, block_shape, crops, name=None):
    """The inverse of `tf.space_to_batch`: moves batches into blocks of the spatial dimensions, then crops."""
    if isinstance(block_shape, int):
        block_shape = np.array([block_shape, block_shape])
    return _batch_to_space_nd(input, block_shape, crops, name=name)


@export("required_space_to_batch_paddings")
def required_space_to_batch_paddings(input_shape, block_shape, base_paddings=None, name=None):
    """`(paddings, crops)` that make `input_shape` divisible by `block_shape`, at least `base_paddings`."""
    input_shape = convert_to_tensor(input_shape, dtypes.int32)
    block_shape = convert_to_tensor(block_shape, dtypes.int32)
    block_shape.shape.assert_is_fully_defined()
    block_shape.shape.assert_has_rank(1)
    count = block_shape.shape[0]
    if not count:
        empty = convert_to_tensor(np.zeros((0, 2), np.int32))
        return empty, empty
    input_shape.shape.assert_is_compatible_with([count])
    if base_paddings is None:
        base_paddings = convert_to_tensor(np.zeros((count, 2), np.int32))
    else:
        base_paddings = convert_to_tensor(base_paddings, dtypes.int32)
    base_paddings.shape.assert_is_compatible_with([count, 2])
    before = slice_tensor(base_paddings, (slice(None), 0))
    after = slice_tensor(base_paddings, (slice(None), 1))
    whole = _add(_add(input_shape, before), after)
    extra = _floor_mod(_sub(block_shape, _floor_mod(whole, block_shape)), block_shape)
    zeros = convert_to_tensor(np.zeros(count, np.int32))
    return _pack([before, _add(after, extra)], axis=1, name="paddings"), _pack([zeros, extra], axis=1, name="crops")


def size_list(values: Any) -> Sequence[Any] | None:
    """A shape argument as plain integers if it is one, else None."""
    if isinstance(values, TensorShape):
        return None if values._dims is None or None in values._dims else values._dims
    if isinstance(values, (list, tuple)):
        return values if all(type(v) is int for v in values) else None
    return (values,) if type(values) is int else None
