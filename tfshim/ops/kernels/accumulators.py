"""Kernels of conditional accumulators: cells that add up gradients until there are enough of them."""

from __future__ import annotations

import itertools
import logging
import threading
from typing import Any

import numpy as np

from tfshim import buffers, dtypes
from tfshim.dtypes import DType
from tfshim.ops.kernels.lookup import table_kernel
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR, UNKNOWN, invalid, shape_text
from tfshim.shapes import from_dims

_serial = itertools.count()
Shape = tuple[int | None, ...] | None


class Accumulator(buffers.Cell):
    """What the handle of an accumulator refers to: the sum of dense gradients, and how many there were.

    Gradients of steps before the present one are dropped. What is taken is awaited, and begins the next step.
    """

    __slots__ = ("changed", "count", "mean", "shape_given", "step", "total", "type")
    waits = True

    def __init__(self, dtype: DType, shape: Shape, shared_name: str, reduction_type: str):
        super().__init__(shared_name or f"accumulator_{next(_serial)}", dtypes.resource, SCALAR)
        self.type = dtype
        self.shape_given = shape
        self.mean = reduction_type == "MEAN"
        self.count = self.step = 0
        self.total: Any = None
        self.changed = threading.Condition()

    def apply(self, step: int, gradient: Any) -> None:
        """Adds a gradient, unless it is of an earlier step."""
        with self.changed:
            if step < self.step:
                return
            self._add(gradient)
            self.count += 1
            self.changed.notify_all()

    def taken(self, required: int) -> Any:
        """The mean or the sum of at least so many gradients."""
        if required <= 0:
            raise invalid(f"Argument num_required must be > 0, but got: {required}")
        with self.changed:
            while self.count < required:
                self.changed.wait()
            result = self._result()
            self.step += 1
            self.count, self.total = 0, None
            return result

    def set_step(self, step: int) -> None:
        """Makes another step the present one."""
        with self.changed:
            if step < self.step:
                logging.getLogger("tensorflow").warning("Set the global step back from %d to %d.", self.step, step)
            self.step = step

    # What the kinds differ in

    def _add(self, gradient: Any) -> None:
        expected = from_dims(self.shape_given if self.total is None else self.total.shape)
        if dtypes.of(gradient.dtype) != self.type:
            raise invalid(f"Gradient dtype {gradient.dtype} does not match {self.type.name}")
        if not expected.is_compatible_with(gradient.shape):
            raise invalid(f"Shape mismatch: expected {expected}, got {shape_text(gradient.shape)}")
        self.total = gradient if self.total is None else self.total + gradient

    def _result(self) -> Any:
        return self.total / np.asarray(self.count, self.total.dtype) if self.mean else self.total


def _merged(first: list[int], second: list[int]) -> tuple[list[int], list[int], int]:
    """Where the elements of two lists are in the list that merging them gives, and its length."""
    places: tuple[list[int], list[int]] = ([], [])
    i = j = length = 0
    while i < len(first) and j < len(second):
        a, b = first[i], second[j]
        if a <= b:
            places[0].append(length)
            i += 1
        if b <= a:
            places[1].append(length)
            j += 1
        length += 1
    for taken, of, own in ((i, first, places[0]), (j, second, places[1])):
        rest = len(of) - taken
        own.extend(range(length, length + rest))
        length += rest
    return (*places, length)


def _sum(length: int, old: list[int], before: np.ndarray, new: list[int], more: np.ndarray) -> np.ndarray:
    total = np.zeros((length, *more.shape[1:]), more.dtype)
    total[old] = before
    total[new] += more
    return total


class SparseAccumulator(Accumulator):
    """The same for rows of a gradient; the mean of a row is that of the gradients which have it.

    As in TensorFlow, rows are found by merging: gradients whose rows are not in ascending order, or that have one more
    than once, keep such rows apart.
    """

    __slots__ = ()

    def _add(self, gradient: Any) -> None:
        indices, values, shape, known = gradient
        self._check(indices, values, tuple(shape.tolist()) if known else None)
        counts = np.ones(len(indices), np.int64)
        if self.total is None:
            self.total = (indices, values, counts)
            return
        before, *others = self.total
        old, new, length = _merged(before.tolist(), indices.tolist())
        rows = np.empty(length, indices.dtype)
        rows[old], rows[new] = before, indices
        self.total = (rows, *(_sum(length, old, a, new, b) for a, b in zip(others, (values, counts), strict=True)))

    def _check(self, indices: np.ndarray, values: np.ndarray, shape: tuple[int, ...] | None) -> None:
        if indices.ndim != 1:
            raise invalid(f"Input indices should be vector but received shape: {shape_text(indices.shape)}")
        if not values.ndim:
            raise invalid("Values cannot be 0-dimensional.")
        if len(indices) != len(values):
            raise invalid(f"Values and indices have different numbers of rows: {len(values)} and {len(indices)}")
        if self.total is not None and self.total[1].ndim != values.ndim:
            raise invalid(f"Shape mismatch: expected values rank {self.total[1].ndim}, got {values.ndim}")
        before = None if self.total is None else (None, *self.total[1].shape[1:])
        given = None if shape is None else (None, *shape[1:])
        for expected in (before, given, self.shape_given and (None, *self.shape_given[1:])):
            if not from_dims(expected or None).is_compatible_with(values.shape):
                raise invalid(f"Shape mismatch: expected {from_dims(expected)}, got {shape_text(values.shape)}")
        # A scalar's shape stands for any.
        if shape is not None and self.shape_given != () and not from_dims(self.shape_given).is_compatible_with(shape):
            raise invalid(f"Shape mismatch: expected {from_dims(self.shape_given)}, got {shape_text(shape)}")

    def _result(self) -> Any:
        rows, total, counts = self.total
        if self.mean:
            total = total / counts.reshape(-1, *[1] * (total.ndim - 1)).astype(total.dtype)
        first = self.shape_given[0] if self.shape_given else None
        return rows, total, np.array([-1 if first is None else first, *total.shape[1:]], np.int64)


@kernel("ResourceConditionalAccumulator", host=True)
def accumulator(*, dtype, shape, shared_name, reduction_type):
    return Accumulator(dtype, shape, shared_name, reduction_type)


@kernel("SparseConditionalAccumulator", host=True)
def sparse_accumulator(*, dtype, shape, shared_name, reduction_type):
    return SparseAccumulator(dtype, shape, shared_name, reduction_type)


@kernel("ConditionalAccumulator", host=True)
def accumulator_of_reference(*, dtype, shape, shared_name, reduction_type):
    return Accumulator(dtype, shape, shared_name, reduction_type)


def _for_both(name: str, run: Any) -> None:
    """The same op for handles that are resources and for those that are references."""
    for prefix in ("Resource", ""):
        table_kernel(prefix + name)(run)


def _apply(handle, local_step, gradient):
    handle.apply(int(local_step), np.asarray(gradient))
    return ()


def _take(handle, num_required, *, dtype):
    return handle.taken(int(num_required))


def _count(handle):
    return np.int32(handle.count)


def _set_step(handle, new_global_step):
    handle.set_step(int(new_global_step))
    return ()


_for_both("AccumulatorApplyGradient", _apply)
_for_both("AccumulatorTakeGradient", _take)
_for_both("AccumulatorNumAccumulated", _count)
_for_both("AccumulatorSetGlobalStep", _set_step)


@table_kernel("SparseAccumulatorApplyGradient")
def sparse_apply(handle, local_step, gradient_indices, gradient_values, gradient_shape, *, has_known_shape):
    handle.apply(int(local_step), (gradient_indices, gradient_values, gradient_shape, has_known_shape))
    return ()


@table_kernel("SparseAccumulatorTakeGradient")
def sparse_take(handle, num_required, *, dtype):
    return handle.taken(int(num_required))


@shape_function(
    "ResourceConditionalAccumulator",
    "ConditionalAccumulator",
    "SparseConditionalAccumulator",
    "ResourceAccumulatorNumAccumulated",
    "AccumulatorNumAccumulated",
)
def _(op):
    return SCALAR


@shape_function("ResourceAccumulatorTakeGradient", "AccumulatorTakeGradient", "SparseAccumulatorTakeGradient")
def _(op):
    return UNKNOWN
