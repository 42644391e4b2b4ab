"""Indexing: what stands between the brackets of `x[...]` as the index vectors and masks of a StridedSlice."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tfshim import dtypes
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.errors import InvalidArgumentError
from tfshim.execute import execute, record
from tfshim.export import export
from tfshim.ops import op
from tfshim.ops.computation import OpComputation, default_platform
from tfshim.ops.kernels.array_slice import Masks, dense_spec
from tfshim.ops.registry import collect_checks, find_kernel
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
    """The index, if it is an integer or an integer scalar; eagerly always as an integer."""
    if isinstance(index, bool) and context.graph is not None:
        raise TypeError("Value passed to parameter 'begin' has DataType bool not in list of allowed values")
    if type(index) is int or isinstance(index, numbers.Integral):
        return int(index)
    if isinstance(index, Dimension):
        if index.value is None:
            raise ValueError("A dimension of unknown size is no index.")
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
    if type(index) is EagerTensor and context.plain and not index._dims():
        # StridedSlice takes its vectors on the host anyway.
        return int(index.host_value())
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
            if step is None or (type(step) is not int and (step := _bound(step)) is None):
                step = 1
            strides.append(step)
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


def integer_vector(values: Any) -> EagerTensor | None:
    """Python integers as an int32 vector (int64 where they do not fit), from a cache; None for anything else.

    For eager code: indices recur, and looking them up is cheaper than making an array.
    """
    key = tuple(values)
    for value in key:
        if type(value) is not int:
            return None
    found = _vectors.get(key)
    if found is None:
        fits = all(-(2**31) <= v < 2**31 for v in key)
        if len(_vectors) > 4096:
            _vectors.clear()
        found = _vectors[key] = host_tensor(np.array(key, np.int32 if fits else np.int64))
    return found


class _CheckedBefore(OpComputation):
    """A slice whose indices the caller has compared with the sizes: its program reports nothing.

    Reading a report back makes an eager `x[i]` several times slower.
    """

    __slots__ = ()

    def build(self, statics: Sequence[np.ndarray], platform: str) -> Callable[..., tuple]:
        run = super().build(statics, platform)

        def unchecked(*operands):
            with collect_checks(self.name, None, platform):
                return run(*operands)

        return unchecked


class _Prepared(NamedTuple):
    """What an eager slice of a given form needs: by masks, number of entries and rank."""

    computation: _CheckedBefore
    indexed: tuple[tuple[int, int], ...]  # which entries are indices of which dimensions
    by_index: bool  # begin and end are operands of one program; otherwise each range has its own
    programs: dict[Any, Callable[..., Any]]


_prepared: dict[Any, _Prepared] = {}


def _prepare(masks: tuple[int, ...], entries: int, rank: int) -> _Prepared:
    spec = dense_spec(rank, entries, Masks(*masks))
    kernel = find_kernel("StridedSlice")
    attrs = tuple(dict(zip(_MASKS, masks))[n] for n in kernel.attr_names)
    strides = np.ones(entries, np.int32)
    static = kernel.static_inputs(attrs, lambda name: strides if name == "strides" else None)
    indexed = tuple((d.entry, i) for i, d in enumerate(spec.dims) if d.shrink)
    return _Prepared(_CheckedBefore(kernel, attrs, None, static), indexed, len(static) == 1, {})


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
        result = _slice_eagerly(tensor, spec)
        if result is not None:
            return result
    graph = context.graph
    if graph is not None and (home := graph.home_of([tensor])) is not graph:
        with home.as_default():
            return slice_tensor(tensor, slice_spec)
    begin, end, strides = slice_operands(spec)
    attrs = dict(zip(_MASKS, spec.masks))
    return _strided_slice(tensor, begin, end, strides, name="strided_slice", **attrs)


def _slice_eagerly(tensor: EagerTensor, spec: SliceSpec) -> EagerTensor | None:
    """The slice, if its indices are known integers that fit; None leaves it to the op, which says what is wrong."""
    begin, end, strides = integer_vector(spec.begin), integer_vector(spec.end), integer_vector(spec.strides)
    if begin is None or end is None or strides is None:
        return None
    values = begin._host
    if values.dtype != np.int32 or end._host.dtype != np.int32 or strides._host.dtype != np.int32:
        return None
    dims = tensor._dims()
    key = (spec.masks, len(spec.begin), len(dims))
    prepared = _prepared.get(key)
    if prepared is None:
        try:
            prepared = _prepared[key] = _prepare(*key)
        except InvalidArgumentError:
            return None
    computation, indexed, by_index, programs = prepared
    for entry, dim in indexed:
        size = dims[dim]
        if not -size <= spec.begin[entry] < size:
            return None
    value = tensor._value if tensor._value is not None or not computation.hot else tensor._placed
    if value is None:
        host = tensor._host
        if len(spec.begin) == 1 and host is not None and host.dtype.kind in "iub":
            return _slice_of_host_vector(host, spec)
        return execute(computation, (tensor, begin, end, strides))[0]
    key = tuple(spec.strides) if by_index else (tuple(spec.begin), tuple(spec.end), tuple(spec.strides))
    program = programs.get(key)
    try:
        if program is None:
            statics = [strides._host] if by_index else [values, end._host, strides._host]
            program = programs[key] = computation.program(statics, default_platform())
        result = program(value, values, end._host) if by_index else program(value)
    except (InvalidArgumentError, ValueError, TypeError):
        return None
    return _recorded(computation, result, (tensor, begin, end, strides))


def _slice_of_host_vector(host: np.ndarray, spec: SliceSpec) -> EagerTensor | None:
    """One index or range of a tensor that is not on a device, such as a shape."""
    begin_mask, end_mask, *others = spec.masks
    begin, end, stride = spec.begin[0], spec.end[0], spec.strides[0]
    if others == [0, 0, 1]:
        return host_tensor(np.asarray(host[begin]))
    if others == [0, 0, 0] and stride:
        return host_tensor(host[slice(None if begin_mask else begin, None if end_mask else end, stride)])
    return None


def _recorded(computation: OpComputation, result: Any, inputs: tuple[EagerTensor, ...]) -> EagerTensor:
    output = EagerTensor(result)
    if context.tapes or context.accumulators:
        record(computation, inputs, (output,))
    return output


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
            return var._strided_slice_assign(begin=begin, end=end, strides=strides, value=val, name=name, **masks)

        result.assign = assign
    return result


@export("slice")
def slice_(input_, begin, size, name=None):
    """The block of shape `size` at `begin`; a size of -1 means all that remain."""
    if context.plain and type(input_) is EagerTensor and isinstance(begin, (list, tuple)):
        result = _block_eagerly(input_, begin, size)
        if result is not None:
            return result
    return _slice(input_, begin, size, name=name)


slice_.__name__ = slice_.__qualname__ = "slice"

_block_computation: list[_CheckedBefore] = []
_block_programs: dict[tuple[int, ...], Callable[..., Any]] = {}


def _block_eagerly(tensor: EagerTensor, begin: Any, size: Any) -> EagerTensor | None:
    """The block, if it is given by Python integers that fit; None leaves it to the op."""
    if tensor._value is None or not isinstance(size, (list, tuple)):
        return None
    dims = tensor._dims()
    start = integer_vector(begin)
    if start is None or integer_vector(size) is None or not len(begin) == len(size) == len(dims):
        return None
    sizes = tuple([d - b if n == -1 else n for d, b, n in zip(dims, begin, size, strict=True)])
    for d, b, n in zip(dims, begin, sizes, strict=True):
        if not (0 <= b and 0 <= n <= d - b):
            return None
    if not _block_computation:
        _block_computation.append(_CheckedBefore(find_kernel("Slice"), (), None, frozenset([2])))
    computation = _block_computation[0]
    wanted = integer_vector(sizes)
    program = _block_programs.get(sizes)
    try:
        if program is None:
            program = _block_programs[sizes] = computation.program([wanted._host], default_platform())
        result = program(tensor._value, start._host)
    except (InvalidArgumentError, ValueError, TypeError):
        return None
    return _recorded(computation, result, (tensor, start, wanted))
