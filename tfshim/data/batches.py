"""The methods of `tf.data.Dataset` that join elements and take them apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes, nest
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.data import batching, calling, structure
from tfshim.data.creation import count
from tfshim.data.functions import ElementFunction
from tfshim.data.making import derive
from tfshim.data.structure import leaf_specs
from tfshim.dtypes import DType
from tfshim.namespaces import resolve
from tfshim.shapes import TensorShape, as_shape
from tfshim.tensor import Tensor
from tfshim.type_spec import TensorSpec


def _known_size(size: Tensor, drop_remainder: Any) -> int | None:
    """The size of all batches, if it is known."""
    drop = constant_value(convert_to_tensor(drop_remainder, dtypes.bool))
    known = constant_value(size)
    return int(known) if known is not None and drop is not None and bool(drop) else None


class Batches:
    """Mixin: datasets of batches, of windows, and of the elements of batches."""

    element_spec: Any

    def batch(
        self,
        batch_size: Any,
        drop_remainder: Any = False,
        num_parallel_calls: Any = None,
        deterministic: bool | None = None,
        name: str | None = None,
    ) -> Any:
        """Batches of `batch_size` elements of equal shapes.

        Args:
          batch_size: int64 scalar.
          drop_remainder: leave out a last batch that is smaller; the size of a batch is then known statically.
          num_parallel_calls: accepted; has no effect.
          deterministic: has no effect, for the order is always kept.
          name: ignored.

        Raises:
          InvalidArgumentError: `batch_size` is not positive; in iteration, if the shapes of elements differ.
        """
        size = count(batch_size)
        spec = structure.batched(self.element_spec, _known_size(size, drop_remainder))
        return derive(
            "_BatchDataset" if num_parallel_calls is None else "_ParallelBatchDataset",
            batching.Batch,
            [self],
            spec,
            [size, convert_to_tensor(drop_remainder, dtypes.bool)],
            spec=self.element_spec,
            batched=spec,
        )

    def padded_batch(
        self,
        batch_size: Any,
        padded_shapes: Any = None,
        padding_values: Any = None,
        drop_remainder: Any = False,
        name: str | None = None,
    ) -> Any:
        """Batches of elements that are padded to a common shape.

        Args:
          batch_size: int64 scalar.
          padded_shapes: structure of shapes; an unknown size (None or -1) becomes the largest of the batch. By default
            the elements' own shapes.
          padding_values: structure of scalars, or one for all; by default zeros and empty strings.
          drop_remainder: leave out a last batch that is smaller.
          name: ignored.

        Raises:
          ValueError, TypeError: shapes or values do not fit the elements.
        """
        specs = leaf_specs(self.element_spec)
        if not all(isinstance(s, TensorSpec) for s in specs):
            raise TypeError(f"`padded_batch` is only supported for datasets of tensors, not of {self.element_spec}.")
        shapes = self._padded_shapes(specs, padded_shapes)
        values = self._padding_values(specs, padding_values)
        size = count(batch_size)
        known = _known_size(size, drop_remainder)
        spec = nest.pack_sequence_as(
            self.element_spec,
            [
                TensorSpec(TensorShape([known]).concatenate(_static(shape)), s.dtype)
                for s, shape in zip(specs, shapes, strict=True)
            ],
        )
        return derive(
            "_PaddedBatchDataset",
            batching.PaddedBatch,
            [self],
            spec,
            [size, convert_to_tensor(drop_remainder, dtypes.bool), *shapes, *values],
            spec=self.element_spec,
            batched=spec,
        )

    def _padded_shapes(self, specs: Sequence[Any], padded_shapes: Any) -> list[Tensor]:
        if padded_shapes is None:
            for spec in specs:
                if spec.shape.rank is None:
                    raise ValueError(
                        f"You must provide `padded_shapes` for the component {spec}, whose rank is unknown."
                    )
            given: list[Any] = [s.shape for s in specs]
        else:
            given = _shapes_up_to(self.element_spec, padded_shapes)
        return [_padded_shape(s, g) for s, g in zip(specs, given, strict=True)]

    def _padding_values(self, specs: Sequence[Any], padding_values: Any) -> list[Tensor]:
        if padding_values is None or not nest.is_nested(padding_values):
            given = [padding_values] * len(specs)
        else:
            given = nest.flatten_up_to(self.element_spec, padding_values)
        values = []
        for spec, value in zip(specs, given, strict=True):
            if value is None:
                value = b"" if spec.dtype is dtypes.string else np.zeros((), spec.dtype.as_numpy_dtype)
            tensor = convert_to_tensor(value, name="padding_value")
            if tensor.shape.rank != 0:
                raise ValueError(f"Padding value {value} should be a scalar, but is of shape {tensor.shape}.")
            if tensor.dtype != spec.dtype:
                raise TypeError(
                    f"Padding value tensor with dtype {tensor.dtype} is not compatible with the expected dtype "
                    f"{spec.dtype}."
                )
            values.append(tensor)
        return values

    def ragged_batch(
        self,
        batch_size: Any,
        drop_remainder: Any = False,
        row_splits_dtype: Any = dtypes.int64,
        name: str | None = None,
    ) -> Any:
        """Batches of elements whose shapes may differ: ragged tensors where a size is unknown."""
        splits = dtypes.as_dtype(row_splits_dtype)
        size = count(batch_size)
        spec = structure.map_leaves(lambda s: _as_ragged(s, splits), self.element_spec)
        return derive(
            "_BatchDataset",
            batching.RaggedBatch,
            [self],
            structure.batched(spec, _known_size(size, drop_remainder)),
            [size, convert_to_tensor(drop_remainder, dtypes.bool)],
            spec=self.element_spec,
            batched=structure.batched(spec, None),
        )

    def unbatch(self, name: str | None = None) -> Any:
        """The elements of batches.

        Raises:
          ValueError: a component is a scalar.
        """
        if any(isinstance(s, TensorSpec) and s.shape.rank == 0 for s in leaf_specs(self.element_spec)):
            raise ValueError("Cannot unbatch an input with scalar components.")
        batching.batch_size(self.element_spec)
        spec = structure.map_leaves(_unbatched, self.element_spec)
        return derive("_UnbatchDataset", batching.Unbatch, [self], spec, batched=self.element_spec, spec=spec)

    def rebatch(self, batch_size: Any, drop_remainder: Any = False, name: str | None = None) -> Any:
        """Batches of another size.

        Args:
          batch_size: the size, or a vector of sizes to be taken in turn.
          drop_remainder: leave out a last batch that is smaller.
          name: ignored.
        """
        specs = leaf_specs(self.element_spec)
        if any(isinstance(s, TensorSpec) and s.shape.rank == 0 for s in specs):
            raise ValueError(
                "Invalid `batch_sizes`. Expected dataset with rank of >= 1 but found a dataset with scalar elements. "
                "Fix the issue by adding the `batch` transformation before the `rebatch` transformation."
            )
        sizes = count(batch_size)
        single = structure.map_leaves(_unbatched, self.element_spec)
        known = _known_size(sizes, drop_remainder) if sizes.shape.rank == 0 else None
        spec = structure.batched(single, known)
        return derive(
            "_RebatchDataset",
            batching.Rebatch,
            [self],
            spec,
            [sizes, convert_to_tensor(drop_remainder, dtypes.bool)],
            batched=self.element_spec,
            spec=single,
            result=spec,
        )

    def window(
        self, size: Any, shift: Any = None, stride: Any = 1, drop_remainder: Any = False, name: str | None = None
    ) -> Any:
        """Windows of elements: for each leaf of the element's structure a dataset of `size` elements.

        Args:
          size: number of elements of a window.
          shift: how far a window begins after the one before, by default `size`.
          stride: distance of the elements of a window.
          drop_remainder: leave out the last windows that are smaller.
          name: ignored.
        """
        from tfshim.data.core import DatasetSpec

        length = count(size)
        spec = structure.map_leaves(DatasetSpec, self.element_spec)
        return derive(
            "_WindowDataset",
            batching.Window,
            [self],
            spec,
            [
                length,
                length if shift is None else count(shift),
                count(stride),
                convert_to_tensor(drop_remainder, dtypes.bool),
            ],
        )

    def group_by_window(
        self,
        key_func: Callable[..., Any],
        reduce_func: Callable[..., Any],
        window_size: Any = None,
        window_size_func: Callable[..., Any] | None = None,
        name: str | None = None,
    ) -> Any:
        """Windows of elements with the same key, each made a dataset by `reduce_func`, flattened.

        Args:
          key_func: from an element to an int64 scalar.
          reduce_func: from key and dataset of the window's elements to a dataset.
          window_size: how many elements a window holds.
          window_size_func: from key to the size, in place of `window_size`.
          name: ignored.

        Raises:
          ValueError: not one of `window_size` and `window_size_func` is given, or a function returns something else.
        """
        from tfshim.data.core import DatasetSpec

        if (window_size is None) == (window_size_func is None):
            raise ValueError(
                "Either the `window_size` argument or the `window_size_func` argument must be specified, not both."
            )
        sizes = window_size_func or (lambda key: convert_to_tensor(window_size, dtypes.int64))
        scalar = TensorSpec([], dtypes.int64)
        key = ElementFunction(key_func, self.element_spec, "Dataset.group_by_window()")
        if not structure.is_compatible(key.output_spec, scalar):
            raise ValueError(
                "Invalid `key_func`. `key_func` must return a single `tf.int64` scalar tensor but its return type is "
                f"{key.output_spec}."
            )
        window = (scalar, DatasetSpec(self.element_spec))
        reduce = ElementFunction(reduce_func, window, "Dataset.group_by_window()")
        if not isinstance(reduce.output_spec, DatasetSpec):
            raise TypeError(
                f"Invalid `reduce_func`. `reduce_func` must return a single `tf.data.Dataset` object but its return "
                f"type is {reduce.output_spec}."
            )
        size = ElementFunction(sizes, scalar, "Dataset.group_by_window()")
        return derive(
            "_GroupByWindowDataset",
            calling.GroupByWindow,
            [self],
            reduce.output_spec.element_spec,
            functions=[key, reduce, size],
            key=key,
            reduce=reduce,
            size=size,
            counts=(len(key.captures), len(reduce.captures)),
        )

    def bucket_by_sequence_length(
        self,
        element_length_func: Callable[..., Any],
        bucket_boundaries: Sequence[int],
        bucket_batch_sizes: Sequence[int],
        padded_shapes: Any = None,
        padding_values: Any = None,
        pad_to_bucket_boundary: bool = False,
        no_padding: bool = False,
        drop_remainder: bool = False,
        name: str | None = None,
    ) -> Any:
        """Padded batches of elements of similar lengths.

        Args:
          element_length_func: from an element to its length.
          bucket_boundaries: upper bounds (exclusive) of the lengths of all buckets but the last.
          bucket_batch_sizes: batch sizes, one more than boundaries.
          padded_shapes: see `padded_batch`.
          padding_values: see `padded_batch`.
          pad_to_bucket_boundary: pad unknown sizes to the boundary minus 1 instead of the longest element.
          no_padding: batch without padding; the elements of a batch must then have equal shapes.
          drop_remainder: leave out the last batch of each bucket if it is smaller.
          name: ignored.

        Raises:
          ValueError: not one batch size more than boundaries.
        """
        if len(bucket_batch_sizes) != len(bucket_boundaries) + 1:
            raise ValueError(
                f"`len(bucket_batch_sizes)` must equal `len(bucket_boundaries) + 1` but "
                f"{len(bucket_batch_sizes)} != {len(bucket_boundaries)} + 1"
            )
        from tfshim.ops import op

        bounds = np.asarray([*bucket_boundaries, math.inf], np.float64)
        sizes = np.asarray(bucket_batch_sizes, np.int64)

        def bucket(*element: Any) -> Any:
            length = op("Cast")(element_length_func(*element), DstT=dtypes.float64)
            below = op("Cast")(op("GreaterEqual")(length, bounds), DstT=dtypes.int64)
            return op("Sum")(below, [0])

        def batch_of(key: Any, elements: Any) -> Any:
            size = op("GatherV2")(sizes, key, 0)
            if no_padding:
                return elements.batch(size, drop_remainder=drop_remainder)
            shapes = padded_shapes
            if shapes is None:
                shapes = structure.map_leaves(lambda s: s.shape, elements.element_spec)
            if pad_to_bucket_boundary:
                limits = np.asarray([*bucket_boundaries, 0], np.int64) - 1
                limit = op("GatherV2")(limits, key, 0)
                shapes = structure.map_leaves(lambda s: _filled(s, limit), _as_shapes(elements.element_spec, shapes))
            return elements.padded_batch(size, shapes, padding_values, drop_remainder=drop_remainder)

        return self.group_by_window(bucket, batch_of, window_size_func=lambda key: op("GatherV2")(sizes, key, 0))


def _as_ragged(spec: Any, splits: DType) -> Any:
    """The spec of tensors of varying size as that of ragged tensors, down to the last unknown size."""
    if not isinstance(spec, TensorSpec) or spec.shape.rank is None or spec.shape.is_fully_defined():
        return spec
    rank = max(axis for axis, size in enumerate(spec.shape.as_list()) if size is None)
    return resolve("RaggedTensorSpec")(spec.shape, spec.dtype, rank, splits)  # type: ignore[operator]


def _unbatched(spec: Any) -> Any:
    return spec._unbatch()


def _shapes_up_to(spec: Any, shapes: Any) -> list[Any]:
    """The shapes given for the leaves of a spec; a shape may itself be a tuple or list."""
    if not nest.is_nested(spec):
        return [shapes]
    return nest.flatten_up_to(spec, shapes)


def _as_shapes(spec: Any, shapes: Any) -> Any:
    return nest.pack_sequence_as(spec, [as_shape(s) for s in _shapes_up_to(spec, shapes)])


def _filled(shape: TensorShape, limit: Tensor) -> Tensor:
    from tfshim.ops import op

    sizes = [limit if d is None else np.int64(d) for d in shape.as_list()]
    return op("Pack")([convert_to_tensor(s, dtypes.int64) for s in sizes], axis=0)


def _padded_shape(spec: TensorSpec, given: Any) -> Tensor:
    """The padded shape of one component as a vector, -1 for unknown sizes."""
    if isinstance(given, Tensor):
        return given
    try:
        shape = as_shape([None if d == -1 else d for d in given] if isinstance(given, (list, tuple)) else given)
    except (TypeError, ValueError):
        raise TypeError(f"Padded shape {given} must be a `tf.TensorShape` or a vector of integers.") from None
    own = spec.shape
    fits = own.rank is None or (
        shape.rank == own.rank
        and all(p is None or n is None or n <= p for p, n in zip(shape.as_list(), own.as_list(), strict=True))
    )
    if not fits:
        shown = "(" + ", ".join(map(str, shape.as_list())) + ("," if shape.rank == 1 else "") + ")"
        raise ValueError(
            f"The padded shape {shown} is not compatible with the shape {own} of the corresponding input component."
        )
    return convert_to_tensor(np.asarray([-1 if d is None else d for d in shape.as_list()], np.int64))


def _static(shape: Tensor) -> TensorShape:
    known = constant_value(shape)
    if known is None:
        return TensorShape([None] * shape.shape[0]) if shape.shape.rank else TensorShape(None)
    return TensorShape([None if d < 0 else int(d) for d in known])
