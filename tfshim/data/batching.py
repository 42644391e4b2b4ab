"""Stages that join elements into batches and take batches apart."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tfshim.data.stages import UNKNOWN, Listed, Moving, Run, Stage, invalid, rows
from tfshim.data.structure import NoneTensorSpec, Raw, leaf_specs, to_raw
from tfshim.errors import DataLossError
from tfshim.tensor import Tensor, host_tensor
from tfshim.type_spec import (
    TensorSpec,
    TypeSpec,
    batchable_flat_tensor_specs,
    batchable_from_tensor_list,
    batchable_to_tensor_list,
)


def stack(values: Sequence[Any], component: int = 0) -> np.ndarray:
    """One array of arrays of the same shape and dtype."""
    first = np.asarray(values[0])
    shape = first.shape
    result = np.empty((len(values), *shape), first.dtype)
    for i, value in enumerate(values):
        if type(value) is not np.ndarray:
            value = np.asarray(value)
        if value.shape != shape:
            raise invalid(
                f"Cannot batch tensors with different shapes in component {component}. First element had shape "
                f"{list(shape)} and element {i} had shape {list(value.shape)}."
            )
        result[i] = value if shape else value[()]
    return result


def _encoded(spec: TypeSpec, value: Any, minimum_rank: int = 0) -> list[np.ndarray]:
    tensors = batchable_to_tensor_list(spec, value, minimum_rank)
    return [np.asarray(to_raw(TensorSpec(t.shape, t.dtype), t)) for t in tensors]


def stacker(spec: Any, batched: Any) -> Callable[[Sequence[Raw]], Raw]:
    """The function from some elements of the spec to one batch."""
    kinds = list(zip(leaf_specs(spec), leaf_specs(batched), strict=True))

    def stack_leaf(component: int, values: Sequence[Any]) -> Any:
        one, many = kinds[component]
        if isinstance(one, TensorSpec):
            return stack(values, component)
        if isinstance(one, NoneTensorSpec):
            return None
        columns = zip(*[_encoded(one, v) for v in values], strict=True)
        specs = batchable_flat_tensor_specs(many)
        parts = [host_tensor(stack(c, component), s.dtype) for c, s in zip(columns, specs, strict=True)]
        return batchable_from_tensor_list(many, parts)

    return lambda elements: tuple([stack_leaf(i, c) for i, c in enumerate(zip(*elements, strict=True))])


def unstacker(batched: Any, spec: Any) -> Callable[[Raw], Iterator[Raw]]:
    """The function from one batch to its elements."""
    kinds = list(zip(leaf_specs(batched), leaf_specs(spec), strict=True))

    def unstack(raw: Raw) -> Iterator[Raw]:
        sizes = {len(v) for v, (many, _) in zip(raw, kinds, strict=True) if isinstance(many, TensorSpec)}
        if len(sizes) > 1:
            raise invalid("Input element must have the same batch size in each component.")
        return zip(*[_unstacked(v, many, one) for v, (many, one) in zip(raw, kinds, strict=True)])

    return unstack


def _unstacked(value: Any, many: TypeSpec, one: TypeSpec) -> Iterator[Any]:
    if isinstance(many, TensorSpec):
        return rows(np.asarray(value))
    if isinstance(many, NoneTensorSpec):
        return itertools.repeat(None)
    if isinstance(value, Tensor):  # a ragged tensor's row, which is not ragged itself
        return (host_tensor(row, value.dtype) for row in rows(value.host_value()))
    columns = [rows(a) for a in _encoded(many, value, minimum_rank=1)]
    kinds = [s.dtype for s in batchable_flat_tensor_specs(one)]
    return (
        batchable_from_tensor_list(one, [host_tensor(c, d) for c, d in zip(parts, kinds, strict=True)])
        for parts in zip(*columns, strict=True)
    )


class Batch(Moving):
    """Batches of `batch_size` elements; the last one may be smaller unless `drop_remainder`."""

    def __init__(self, source: Stage, batch_size: np.ndarray, drop_remainder: np.ndarray, *, spec: Any, batched: Any):
        super().__init__(source)
        self._size, self._drop = int(batch_size), bool(drop_remainder)
        if self._size <= 0:
            raise invalid("Batch size must be greater than zero. [Op:BatchDatasetV2]")
        self._stack = stacker(spec, batched)

    def iterate(self, run: Run) -> Iterator[Raw]:
        return map(self._stack, grouped(self.inputs[0].iterate(run), self._size, self._drop))

    def cardinality(self) -> int:
        n = self.inputs[0].cardinality()
        return n if n < 0 else n // self._size if self._drop else -(-n // self._size)


def grouped(source: Iterator[Raw], size: int, drop_remainder: bool) -> Iterator[list[Raw]]:
    """Lists of the next `size` elements."""
    groups = iter(lambda: list(itertools.islice(source, size)), [])
    return itertools.takewhile(lambda group: len(group) == size, groups) if drop_remainder else groups


class RaggedBatch(Batch):
    """Batches in which tensors of varying size are rows of ragged tensors."""

    def __init__(self, source: Stage, batch_size: np.ndarray, drop_remainder: np.ndarray, *, spec: Any, batched: Any):
        super().__init__(source, batch_size, drop_remainder, spec=spec, batched=batched)
        joined = leaf_specs(batched)
        kinds = list(zip(leaf_specs(spec), joined, strict=True))
        varying = [isinstance(one, TensorSpec) and not isinstance(many, TensorSpec) for one, many in kinds]
        fixed_kinds = [k for k, v in zip(kinds, varying, strict=True) if not v]
        stack_all = stacker(*([k[i] for k in fixed_kinds] for i in (0, 1)))

        def stack_batch(elements: Sequence[Raw]) -> Raw:
            # What varies is left out of the common stacking, and joined here.
            columns = list(zip(*elements, strict=True))
            fixed = [c for c, v in zip(columns, varying, strict=True) if not v]
            rest = iter(stack_all(list(zip(*fixed, strict=True)))) if fixed else iter(())
            return tuple(
                [_ragged(c, many) if v else next(rest) for c, many, v in zip(columns, joined, varying, strict=True)]
            )

        self._stack = stack_batch


def _ragged(values: Sequence[Any], spec: Any) -> Any:
    from tfshim.ragged.from_dense import from_tensor
    from tfshim.ragged.variants import join

    tensors: list[Any] = [host_tensor(np.asarray(v), spec.dtype) for v in values]
    depth = spec.ragged_rank - 1
    if depth:
        tensors = [from_tensor(t, None, None, depth, spec.row_splits_dtype) for t in tensors]
    return join(tensors, spec.dtype, spec.ragged_rank, spec.row_splits_dtype)


class PaddedBatch(Batch):
    """Batches of elements padded to `shapes` (flat; an unknown size: the largest in the batch) with `values`."""

    def __init__(
        self,
        source: Stage,
        batch_size: np.ndarray,
        drop_remainder: np.ndarray,
        *rest: np.ndarray,
        spec: Any,
        batched: Any,
    ):
        super().__init__(source, batch_size, drop_remainder, spec=spec, batched=batched)
        half = len(rest) // 2
        self._shapes = [[int(d) for d in s] for s in rest[:half]]
        self._values = rest[half:]
        self._stack = self._pad

    def _pad(self, elements: Sequence[Raw]) -> Raw:
        columns = zip(*elements, strict=True)
        return tuple(
            [self._pad_one(i, c, s, v) for i, (c, s, v) in enumerate(zip(columns, self._shapes, self._values))]
        )

    @staticmethod
    def _pad_one(component: int, values: Sequence[Any], shape: list[int], padding: np.ndarray) -> np.ndarray:
        arrays = [np.asarray(v) for v in values]
        if any(a.ndim != len(shape) for a in arrays):
            raise invalid(
                "All elements in a batch must have the same rank as the padded shape for component"
                f"{component}: expected rank {len(shape)} but got element with rank "
                f"{next(a.ndim for a in arrays if a.ndim != len(shape))}"
            )
        largest = [max(sizes) for sizes in zip(*[a.shape for a in arrays], strict=True)]
        full = [n if d < 0 else d for d, n in zip(shape, largest, strict=True)]
        if any(n > d for d, n in zip(full, largest, strict=True)):
            raise DataLossError(
                None,
                None,
                f"Attempted to pad to a smaller size than the input element: {largest} to {full} in component "
                f"{component}.",
            )
        result = np.empty((len(arrays), *full), arrays[0].dtype)
        result[...] = padding
        for i, array in enumerate(arrays):
            result[(i, *map(slice, array.shape))] = array
        return result


def batch_size(spec: Any) -> int | None:
    """The size of batches of the spec, if it is known.

    Raises:
      ValueError: components have different sizes.
    """
    sizes = {s.shape[0] for s in leaf_specs(spec) if isinstance(s, TensorSpec) and s.shape.rank}
    if len(sizes - {None}) > 1:
        raise ValueError("Cannot unbatch an input with components of different batch sizes.")
    return next(iter(sizes - {None}), None)


class Unbatch(Moving):
    """The elements of batches."""

    def __init__(self, source: Stage, *, batched: Any, spec: Any):
        super().__init__(source)
        self._unstack = unstacker(batched, spec)
        self._size = batch_size(batched)

    def iterate(self, run: Run) -> Iterator[Raw]:
        return itertools.chain.from_iterable(map(self._unstack, self.inputs[0].iterate(run)))

    def cardinality(self) -> int:
        n = self.inputs[0].cardinality()
        return UNKNOWN if self._size is None else n if n < 0 else n * self._size


class Rebatch(Moving):
    """Batches made anew, with the sizes given in turn."""

    def __init__(
        self,
        source: Stage,
        batch_sizes: np.ndarray,
        drop_remainder: np.ndarray,
        *,
        batched: Any,
        spec: Any,
        result: Any,
    ):
        super().__init__(source)
        self._sizes = [int(s) for s in np.atleast_1d(batch_sizes)]
        if any(s < 0 for s in self._sizes) or not any(self._sizes):
            raise invalid(f"Batch sizes must be positive, got {self._sizes}. [Op:RebatchDatasetV2]")
        self._drop = bool(drop_remainder)
        self._unstack = unstacker(batched, spec)
        self._stack = stacker(spec, result)

    def iterate(self, run: Run) -> Iterator[Raw]:
        elements = itertools.chain.from_iterable(map(self._unstack, self.inputs[0].iterate(run)))
        for size in itertools.cycle(self._sizes):
            group = list(itertools.islice(elements, size))
            if not group or (self._drop and len(group) < size):
                return
            yield self._stack(group)

    def cardinality(self) -> int:
        return UNKNOWN


class Window(Moving):
    """Windows of elements: one dataset for each leaf."""

    def __init__(
        self, source: Stage, size: np.ndarray, shift: np.ndarray, stride: np.ndarray, drop_remainder: np.ndarray
    ):
        super().__init__(source)
        self._size, self._shift, self._stride = int(size), int(shift), int(stride)
        self._drop = bool(drop_remainder)
        for name, value in (("size", self._size), ("shift", self._shift), ("stride", self._stride)):
            if value <= 0:
                raise invalid(f"Window {name} must be greater than zero. [Op:WindowDataset]")

    def iterate(self, run: Run) -> Iterator[Raw]:
        reach = (self._size - 1) * self._stride + 1
        source = self.inputs[0].iterate(run)
        buffer: list[Raw] = []
        while True:
            buffer.extend(itertools.islice(source, max(0, reach - len(buffer))))
            chosen = buffer[: reach : self._stride]
            if not chosen or (self._drop and len(chosen) < self._size):
                return
            yield tuple([Listed([(v,) for v in column]) for column in zip(*chosen, strict=True)])
            missing = self._shift - len(buffer)
            del buffer[: self._shift]
            if missing > 0:
                # Elements between windows that no window holds.
                next(itertools.islice(source, missing, missing), None)

    def cardinality(self) -> int:
        n = self.inputs[0].cardinality()
        if n < 0:
            return n
        reach = (self._size - 1) * self._stride + 1
        return max(0, (n - reach) // self._shift + 1) if self._drop else -(-n // self._shift)
