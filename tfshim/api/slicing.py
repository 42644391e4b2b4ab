"""Indexing: what stands between the brackets of `x[...]` as the index vectors and masks of a StridedSlice."""

from __future__ import annotations

import numbers
from typing import Any, NamedTuple

import numpy as np

from tfshim import dtypes
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.execute import execute
from tfshim.export import export
from tfshim.ops import op
from tfshim.shapes import Dimension
from tfshim.tensor import EagerTensor, Tensor, host_tensor

_cast = op("Cast")
_slice = op("Slice")
_strided_slice = op("StridedSlice")

newaxis = export("newaxis")(None)

_INDEX_DTYPES = (dtypes.int16, dtypes.int32, dtypes.int64)
_MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")


class SliceSpec(NamedTuple):
    """A slice as StridedSlice takes it; the vectors are lists of integers and scalar tensors."""

    begin: list[Any]
    end: list[Any]
    strides: list[Any]
    masks: tuple[int, int, int, int, int]


def _refuse(index: Any) -> TypeError:
    return TypeError(
        "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar tf.int32/tf.int64 tensors are "
        f"valid indices, got {index!r}"
    )


def _checked(index: Any) -> Any:
    """The index, if it is an integer or an integer scalar."""
    if type(index) is int or isinstance(index, numbers.Integral):
        return int(index)
    if isinstance(index, Dimension):
        return index.value
    if hasattr(type(index), "__tf_tensor__") and not isinstance(index, Tensor):
        index = convert_to_tensor(index)
    dtype = getattr(index, "dtype", None)
    try:
        supported = dtype is not None and dtypes.as_dtype(dtype) in _INDEX_DTYPES
    except TypeError:
        supported = False
    if not supported or (index.shape and len(index.shape) == 1):
        raise _refuse(index)
    return index


def _bound(index: Any) -> Any:
    """A bound of a range; None if it is left open."""
    if index is None or (isinstance(index, Dimension) and index.value is None):
        return None
    return _checked(index)


def parse_spec(slice_spec: Any) -> SliceSpec:
    """Reads what stands between the brackets; TypeError for what TensorFlow does not index by."""
    if not isinstance(slice_spec, (list, tuple)):
        slice_spec = (slice_spec,)
    begin: list[Any] = []
    end: list[Any] = []
    strides: list[Any] = []
    begin_mask = end_mask = ellipsis_mask = new_axis_mask = shrink_mask = 0
    bit = 1
    for s in slice_spec:
        kind = type(s)
        if kind is int:
            begin.append(s)
            end.append(s + 1)
            strides.append(1)
            shrink_mask |= bit
        elif kind is slice:
            start, stop, step = s.start, s.stop, s.step
            if start is None or (type(start) is not int and (start := _bound(start)) is None):
                start = 0
                begin_mask |= bit
            if stop is None or (type(stop) is not int and (stop := _bound(stop)) is None):
                stop = 0
                end_mask |= bit
            begin.append(start)
            end.append(stop)
            strides.append(1 if step is None else step if type(step) is int else _checked(step))
        elif s is Ellipsis or s is None:
            begin.append(0)
            end.append(0)
            strides.append(1)
            if s is None:
                new_axis_mask |= bit
            else:
                ellipsis_mask |= bit
        else:
            index = _checked(s)
            begin.append(index)
            end.append(index + 1)
            strides.append(1)
            shrink_mask |= bit
        bit <<= 1
    return SliceSpec(begin, end, strides, (begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_mask))


_vectors: dict[tuple[int, ...], EagerTensor] = {}


def _index_vector(values: list[Any]) -> EagerTensor | None:
    """Python integers as a vector, from a cache; None if there are tensors among them."""
    key = tuple(values)
    try:
        found = _vectors.get(key)
    except TypeError:
        return None
    if found is not None:
        return found
    for value in key:
        if type(value) is not int:
            return None
    fits = all(-(2**31) <= v < 2**31 for v in key)
    found = host_tensor(np.array(key, np.int32 if fits else np.int64))
    if len(_vectors) > 4096:
        _vectors.clear()
    _vectors[key] = found
    return found


_computations: dict[Any, Any] = {}


def slice_tensor(tensor: Any, slice_spec: Any) -> Any:
    """`tensor[slice_spec]` as `tf.Tensor.__getitem__` means it.

    Raises:
      TypeError: an index is not an integer, slice, ellipsis, newaxis or integer scalar.
      InvalidArgumentError (ValueError in graphs): an index is out of bounds, or there are too many.
    """
    if _is_mask(slice_spec):
        from tfshim.api.gather import boolean_mask

        return boolean_mask(tensor, slice_spec)
    spec = parse_spec(slice_spec)
    if context.plain and type(tensor) is EagerTensor:
        begin, end, strides = _index_vector(spec.begin), _index_vector(spec.end), _index_vector(spec.strides)
        if (
            begin is not None
            and end is not None
            and strides is not None
            and begin._host.dtype == end._host.dtype
        ):
            key = (spec.masks, len(spec.begin), begin._host.dtype.char)
            found = _computations.get(key)
            if found is None or strides._host.dtype != begin._host.dtype:
                return _general_slice(tensor, spec, key)
            return execute(found, (tensor, begin, end, strides))[0]
    return _general_slice(tensor, spec)


def _general_slice(tensor: Any, spec: SliceSpec, key: Any = None) -> Any:
    tensor = convert_to_tensor(tensor)
    begin, end, strides = slice_operands(spec)
    attrs = dict(zip(_MASKS, spec.masks))
    if key is not None and begin.dtype is strides.dtype:
        _computations[key] = _strided_slice._computation([tensor, begin, end, strides], None, attrs, attrs)[0]
    return _strided_slice(tensor, begin, end, strides, name="strided_slice", **attrs)


def _is_mask(slice_spec: Any) -> bool:
    kind = type(slice_spec)
    if kind is int or kind is slice or kind is tuple:
        return False
    if isinstance(slice_spec, Tensor):
        return slice_spec.dtype is dtypes.bool
    return kind is bool or (isinstance(slice_spec, np.ndarray) and slice_spec.dtype == bool)


def slice_operands(spec: SliceSpec) -> tuple[Tensor, Tensor, Tensor]:
    """The three index vectors as tensors of one dtype (that of the widest)."""
    from tfshim.api.array import stack

    if not spec.begin:
        empty = convert_to_tensor(np.zeros(0, np.int32))
        return empty, empty, empty
    vectors = [stack(v, name="strided_slice/stack") for v in (spec.begin, spec.end, spec.strides)]
    for wide in (dtypes.int64, dtypes.int16):
        if any(v.dtype is wide for v in vectors):
            return tuple(v if v.dtype is wide else _cast(v, DstT=wide) for v in vectors)  # type: ignore[return-value]
    return tuple(vectors)  # type: ignore[return-value]


def slice_assign_spec(slice_spec: Any) -> tuple[Tensor, Tensor, Tensor, dict[str, int]]:
    """`(begin, end, strides, masks)` for an assignment to `variable[slice_spec]`."""
    spec = parse_spec(slice_spec)
    return (*slice_operands(spec), dict(zip(_MASKS, spec.masks)))


@export("strided_slice")
def strided_slice(
    input_,
    begin,
    end,
    strides=None,
    begin_mask=0,
    end_mask=0,
    ellipsis_mask=0,
    new_axis_mask=0,
    shrink_axis_mask=0,
    var=None,
    name=None,
):
    """`input_[begin:end:strides]` per dimension; bit i of a mask changes what entry i means.

    Args:
      input_: the tensor.
      begin, end, strides: integer vectors of one length; strides are 1 by default.
      begin_mask, end_mask: entries whose bound is open.
      ellipsis_mask: the entry that stands for all dimensions not named.
      new_axis_mask: entries that insert a dimension of size 1.
      shrink_axis_mask: entries that are single indices.
      var: a variable that the slice can be assigned to (`.assign` of the result), or None.
      name: name of the op.
    """
    if strides is None:
        strides = np.ones_like(begin) if not isinstance(begin, Tensor) else op("OnesLike")(begin)
    result = _strided_slice(
        input_,
        begin,
        end,
        strides,
        begin_mask=begin_mask,
        end_mask=end_mask,
        ellipsis_mask=ellipsis_mask,
        new_axis_mask=new_axis_mask,
        shrink_axis_mask=shrink_axis_mask,
        name=name,
    )
    if var is not None:
        masks = dict(zip(_MASKS, (begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)))

        def assign(val, name=None):
            """Assigns to the slice of the variable."""
            return var._strided_slice_assign(
                begin=begin, end=end, strides=strides, value=val, name=name, **masks
            )

        result.assign = assign
    return result


@export("slice")
def slice_(input_, begin, size, name=None):
    """The block of shape `size` at `begin`; a size of -1 means all that remain."""
    return _slice(input_, begin, size, name=name)


slice_.__name__ = slice_.__qualname__ = "slice"
