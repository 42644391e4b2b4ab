"""Functions that act element by element, on the flat values of ragged tensors."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from tfshim import dtypes, nest
from tfshim.namespaces import resolve
from tfshim.ragged.broadcasting import as_operands, broadcast
from tfshim.ragged.row_partition import RowPartition
from tfshim.ragged.tensor import RaggedTensor, is_ragged, with_partitions
from tfshim.ragged.validation import Checks
from tfshim.tensor import Tensor


def map_flat_values(op, *args, **kwargs):
    """`op` of the flat values of ragged arguments (also those in lists and dicts), under their partitions.

    Raises:
      ValueError: if the result has another number of rows than the flat values.
      InvalidArgumentError: if the partitions of the arguments differ.
    """
    found = [v for v in nest.flatten((args, kwargs)) if is_ragged(v)]
    if not found:
        return op(*args, **kwargs)
    if len({v.row_splits.dtype for v in found}) > 1:
        args, kwargs = nest.map_structure(
            lambda v: v.with_row_splits_dtype(dtypes.int64) if is_ragged(v) else v, (args, kwargs)
        )
        found = [v for v in nest.flatten((args, kwargs)) if is_ragged(v)]
    sizes = {v.flat_values.shape.as_list()[0] for v in found if v.flat_values.shape.rank} - {None}
    if len(sizes) > 1:
        raise ValueError(f"The flat_values must all have the same outer-dimension size.  Got sizes: {sizes}")
    partitions = found[0]._nested_row_partitions
    for other in found[1:]:
        partitions = _merged(partitions, other._nested_row_partitions)
    args, kwargs = nest.map_structure(lambda v: v.flat_values if is_ragged(v) else v, (args, kwargs))
    result = op(*args, **kwargs)
    flat = found[0].flat_values
    if not result.shape[:1].is_compatible_with(flat.shape[:1]):
        raise ValueError(
            "tf.ragged.map_flat_values requires that the output of `op` have the same outer-dimension size as "
            f"flat_values of any ragged inputs. (output shape: {result.shape}; expected outer dimension size: "
            f"{flat.shape[0]})"
        )
    return with_partitions(result, partitions)


def _merged(first: tuple[RowPartition, ...], second: tuple[RowPartition, ...]) -> tuple[RowPartition, ...]:
    """Partitions that must be equal, with what is known of either."""
    if len(first) != len(second):
        raise ValueError("All ragged inputs must have the same ragged_rank.")
    merged = []
    for a, b in zip(first, second, strict=True):
        checks = Checks("set of arguments: partitions have incompatible row_splits", True)
        if a is not b and a.row_splits() is not b.row_splits():
            a.row_splits().shape.assert_is_compatible_with(b.row_splits().shape)
            checks.equal(a.row_splits(), b.row_splits())
        merged.append((b if b.is_uniform() and not a.is_uniform() else a).guarded(checks))
    return tuple(merged)


def unary(path: str) -> Callable[..., Any]:
    """The function at `path` on flat values."""
    return lambda *args, **kwargs: map_flat_values(resolve(path), *args, **kwargs)


def bitcast(input, type, name=None):
    """`tf.bitcast` of the flat values.

    Raises:
      ValueError: if elements would have to merge, and the flat values have no inner dimension for that.
    """
    grows = input.dtype.size < dtypes.as_dtype(type).size
    if grows and (input.flat_values.shape.rank or 2) < 2:
        raise ValueError(
            f"`input.flat_values` must have rank >= 2, not 1, to turn {input.dtype.name} into larger elements."
        )
    return map_flat_values(resolve("bitcast"), input, type=type, name=name)


def binary(path: str) -> Callable[..., Any]:
    """The function of two tensors at `path`, which broadcast against each other."""

    def call(*args: Any, **kwargs: Any) -> Any:
        function: Any = resolve(path)
        bound = inspect.signature(function).bind(*args, **kwargs)
        first, second = list(bound.signature.parameters)[:2]
        operands = as_operands([bound.arguments[first], bound.arguments[second]])
        partitions, (x, y) = broadcast(operands)
        bound.arguments[first], bound.arguments[second] = x, y
        result = function(*bound.args, **bound.kwargs)
        # Assertions give nothing or an operation; comparisons of what cannot be compared give a bool.
        return with_partitions(result, partitions) if isinstance(result, Tensor) else result

    return call


def add_n(inputs, name=None):
    """`tf.add_n`."""
    return map_flat_values(lambda *flat: resolve("math.add_n")(list(flat)), *inputs)  # type: ignore[operator]


def scalar_mul(scalar, x, name=None):
    """`tf.math.scalar_mul`."""
    if is_ragged(scalar):
        raise ValueError(f"The input scalar must be a 0-D value. Received shape {scalar.shape}.")
    return map_flat_values(lambda flat: resolve("math.scalar_mul")(scalar, flat), x)  # type: ignore[operator]


def where(condition, x=None, y=None, name=None):
    """`tf.where`: with `x` and `y` broadcast to one form, or the indices of what is true."""
    if (x is None) != (y is None):
        raise ValueError("x and y must be either both None or both non-None")
    if x is None:
        return _indices_of_true(condition)
    condition, x, y = as_operands([condition, x, y]) if is_ragged(condition) else [condition, *as_operands([x, y])]
    (condition,) = as_operands([condition], dtypes.bool)
    partitions, flats = broadcast([condition, x, y])
    return with_partitions(resolve("where")(*flats), partitions)  # type: ignore[operator]


def where_v1(condition, x=None, y=None, name=None):
    """`tf.compat.v1.where`: nothing is broadcast, but a plain vector picks rows."""
    if (x is None) != (y is None):
        raise ValueError("x and y must be either both None or both non-None")
    if x is None:
        return _indices_of_true(condition)
    x, y = as_operands([x, y])
    if is_ragged(condition):
        if not (is_ragged(x) and is_ragged(y)):
            raise ValueError("Input shapes do not match.")
        return where(condition, x, y)
    from tfshim.ragged import index
    from tfshim.ragged.gathering import gather_rows
    from tfshim.ragged.joining import concat

    ragged_one = x if is_ragged(x) else y
    count = x.nrows() if is_ragged(x) else index.size(x, ragged_one.row_splits.dtype)
    rows = index.arange(count)
    chosen: Any = resolve("where")
    return gather_rows(concat([x, y], 0), chosen(condition, rows, rows + count))


def _indices_of_true(condition: RaggedTensor) -> Any:
    from tfshim.ops import op
    from tfshim.ragged import index
    from tfshim.ragged.from_dense import ragged_inner_dimensions

    full = ragged_inner_dimensions(condition)
    found = op("Where")(full.flat_values)
    places = index.cast(found[:, 0], full.row_splits.dtype)
    columns = []
    for partition in reversed(full._nested_row_partitions):
        columns.append(index.take(partition.offsets_in_rows(), places))
        places = index.take(partition.value_rowids(), places)
    columns.append(places)
    return index.cast(op("Pack")(columns[::-1], axis=1), dtypes.int64)
