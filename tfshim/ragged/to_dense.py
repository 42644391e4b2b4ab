"""Ragged tensors as plain and as sparse tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.context import context
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.dtypes import DType
from tfshim.errors import InvalidArgumentError
from tfshim.ops import op
from tfshim.ragged import index
from tfshim.ragged.row_partition import RowPartition
from tfshim.ragged.tensor import RaggedTensor
from tfshim.shapes import TensorShape, as_shape
from tfshim.tensor import SymbolicTensor, Tensor, host_tensor


def bounding_shape(rt: RaggedTensor, axis: Any, dtype: DType | None) -> Tensor:
    """The smallest shape that holds all rows, or its size along `axis`."""
    dtype = dtype or rt.row_splits.dtype
    if isinstance(axis, int) and axis in (0, 1):
        return index.cast(rt.nrows() if axis == 0 else index.greatest(rt.row_lengths()), dtype)
    flat = rt.flat_values
    inner = op("Shape")(flat, out_type=dtype)[1:]
    ragged = [rt.nrows(), *[index.greatest(p.row_lengths()) for p in rt._nested_row_partitions]]
    outer = op("Pack")([index.cast(size, dtype) for size in ragged], axis=0)
    shape = index.concatenate(outer, inner)
    return shape if axis is None else op("GatherV2")(shape, axis, 0)


def to_tensor(rt: RaggedTensor, default_value: Any, shape: Any) -> Tensor:
    """The values at their places in a padded tensor: each place gathers a value or the default."""
    flat = rt.flat_values
    default = _default(flat, default_value)
    partitions = rt._nested_row_partitions
    static, sizes = _wanted(rt, shape)
    nvals = index.size(flat, partitions[0].dtype)
    if context.graph is None:
        places = host_tensor(_places_on_host(partitions, sizes, int(nvals)))
    else:
        places = _places(partitions, sizes, nvals)
    if (context.tapes or context.graph is not None) and (flat.dtype.is_floating or flat.dtype.is_complex):
        # All rows in order: gathered, so that the gradient is one of rows, `IndexedSlices`, as TensorFlow's is.
        flat = op("GatherV2")(flat, op("Range")(0, op("Shape")(flat)[0], 1), 0)
    filled = op("ConcatV2")([flat, op("ExpandDims")(default, 0)], 0)
    result = op("GatherV2")(filled, places, 0)
    if context.graph is not None:
        result.set_shape(static)
    elif not as_shape(result.shape).is_compatible_with(static):
        raise _unfit(f"The shape {shape} does not fit a ragged tensor of shape {rt.shape}")
    return result


def _default(flat: Tensor, value: Any) -> Tensor:
    if value is None:
        value = "" if flat.dtype is dtypes.string else False if flat.dtype is dtypes.bool else 0
    default = convert_to_tensor(value, flat.dtype)
    inner = flat.shape[1:]
    if inner.rank is not None and default.shape.rank is not None and default.shape.rank > inner.rank:
        raise _unfit(f"default_value of shape {default.shape} does not broadcast to the values' shape {inner}")
    if default.shape.is_fully_defined() and inner.is_fully_defined() and default.shape == inner:
        return default
    return op("BroadcastTo")(default, op("Shape")(flat)[1:])


def _unfit(problem: str) -> Exception:
    return ValueError(problem) if context.graph is not None else InvalidArgumentError(None, None, problem)


def _size(n: Any, dtype: DType) -> Tensor:
    return index.cast(n, dtype) if isinstance(n, Tensor) else index.scalar(n, dtype)


def _known_size(n: Any) -> int | None:
    size = constant_value(n) if isinstance(n, Tensor) else n
    return None if size is None or size < 0 else int(size)


def _wanted(rt: RaggedTensor, shape: Any) -> tuple[TensorShape, list[Tensor]]:
    """The static shape of the result, and its sizes along the rows and the ragged dimensions."""
    dtype = rt.row_splits.dtype
    count = rt.ragged_rank + 1
    dynamic = None
    if isinstance(shape, (list, tuple)) and any(isinstance(size, SymbolicTensor) for size in shape):
        dynamic = op("Pack")([index.scalar(-1, dtype) if n is None else _size(n, dtype) for n in shape])
        given = as_shape([_known_size(n) for n in shape])
    elif shape is not None and not isinstance(shape, Tensor):
        given = as_shape(shape)
    elif shape is not None:
        known = constant_value(shape)
        if known is None:
            dynamic = index.cast(shape, dtype)
            rank = shape.shape[0] if shape.shape.rank else None
            given = TensorShape(None if rank is None else [None] * rank)
        elif known.ndim == 0:
            given = TensorShape(None)
        else:
            given = as_shape([None if size < 0 else int(size) for size in known])
    else:
        given = TensorShape(None)
    own = rt.shape
    if given.rank is not None and own.rank is not None and given.rank != own.rank:
        raise _unfit(f"Shape {given} must have the rank of the ragged tensor, {own.rank}")
    wanted = [None] * count if given.rank is None else given.as_list()[:count]
    natural = [rt.nrows(), *[index.greatest(p.row_lengths()) for p in rt._nested_row_partitions]]
    sizes = []
    for i, (size, bound) in enumerate(zip(wanted, natural, strict=True)):
        if dynamic is not None:
            size = index.compute(
                lambda d, b, i=i: b if d[i] < 0 else d[i],
                lambda d, b, i=i: op("SelectV2")(d[i] < convert_to_tensor(0, dtype), b, d[i]),
                dynamic,
                bound,
            )
        sizes.append(bound if size is None else size if isinstance(size, Tensor) else index.scalar(size, dtype))
    if own.rank is None:
        return given, sizes
    dims = given.as_list() if given.rank is not None else own.as_list()
    if given.rank is None and dynamic is not None:
        dims[:count] = [None] * count
    for i in range(own.rank):
        # What the caller leaves open is what is known of the ragged tensor itself.
        if dims[i] is None and dynamic is None:
            dims[i] = own.as_list()[i]
    return TensorShape(dims), sizes


def _places_on_host(partitions: tuple[RowPartition, ...], sizes: list[Tensor], nvals: int) -> np.ndarray:
    limits = [int(size) for size in sizes]
    rows = np.arange(limits[0])
    places = np.where(rows < int(partitions[0].nrows()), rows, -1)
    for partition, width in zip(partitions, limits[1:], strict=True):
        splits = partition.row_splits().host_value()
        # The row -1 stands for all that are missing: it begins where it ends.
        starts, lengths = np.append(splits[:-1], 0), np.append(np.diff(splits), 0)
        columns = np.arange(width)
        places = np.where(columns < lengths[places][..., None], starts[places][..., None] + columns, -1)
    return np.where(places < 0, nvals, places)


def _places(partitions: tuple[RowPartition, ...], sizes: list[Tensor], nvals: Tensor) -> Tensor:
    """Like `_places_on_host`, where the number of rows stands for what is missing."""
    dtype = nvals.dtype
    places = op("Minimum")(index.arange(sizes[0]), partitions[0].nrows())
    zero = convert_to_tensor([0], dtype)
    for i, (partition, width) in enumerate(zip(partitions, sizes[1:], strict=True)):
        missing = partitions[i + 1].nrows() if i + 1 < len(partitions) else nvals
        starts = op("ConcatV2")([partition.row_starts(), zero], 0)
        lengths = op("ConcatV2")([partition.row_lengths(), zero], 0)
        columns = index.arange(width)
        first = op("ExpandDims")(op("GatherV2")(starts, places, 0), -1)
        length = op("ExpandDims")(op("GatherV2")(lengths, places, 0), -1)
        places = op("SelectV2")(op("Less")(columns, length), op("AddV2")(first, columns), missing)
    return places


def to_sparse(rt: RaggedTensor) -> Any:
    """The sparse tensor of the values at the beginnings of their rows."""
    from tfshim.namespaces import resolve
    from tfshim.ragged.from_dense import ragged_inner_dimensions

    full = ragged_inner_dimensions(rt)
    shape = bounding_shape(full, None, dtypes.int64)
    return resolve("SparseTensor")(coordinates(full), full.flat_values, shape)  # type: ignore[operator]


def coordinates(rt: RaggedTensor) -> Tensor:
    """Where each row of the flat values is in the padded tensor, `[n, ragged_rank + 1]`."""
    partitions = rt._nested_row_partitions
    places = [index.cast(partitions[-1].offsets_in_rows(), dtypes.int64)]
    rows = partitions[-1].value_rowids()
    for partition in reversed(partitions[:-1]):
        places.append(index.cast(index.take(partition.offsets_in_rows(), rows), dtypes.int64))
        rows = index.take(partition.value_rowids(), rows)
    places.append(index.cast(rows, dtypes.int64))
    return op("Pack")(places[::-1], axis=1)
