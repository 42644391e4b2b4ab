"""Kernels of stacks and of arrays of tensors behind a handle: cells that hold elements and change in place.

`tf.TensorArray` is made of lists (`tensor_list`); these ops are what graphs of TensorFlow 1 have.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tfshim import buffers, dtypes
from tfshim.dtypes import DType
from tfshim.errors import InvalidArgumentError
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR, UNKNOWN, invalid
from tfshim.shapes import TensorShape, from_dims

_serial = itertools.count()


def handle_kernel(name: str, **options: Any) -> Any:
    """A kernel that takes what the handle refers to as its first input."""
    return kernel(name, host=True, reads_resource=False, **options)


# Stacks ----------------------------------------------------------------------------------------------------


class Stack(buffers.Cell):
    """What the handle of a stack refers to; `limit` is the largest number of elements, negative for none."""

    __slots__ = ("elements", "kind", "limit")

    def __init__(self, name: str, kind: DType, limit: int):
        super().__init__(name or f"stack_{next(_serial)}", dtypes.resource, SCALAR)
        self.kind = kind
        self.limit = limit
        self.elements: list[np.ndarray] = []


@kernel("StackV2", host=True)
def stack(max_size, *, elem_type, stack_name):
    return (Stack(stack_name, elem_type, int(max_size)),)


@handle_kernel("StackPushV2")
def push(handle, elem):
    if dtypes.of(elem.dtype) != handle.kind:
        raise invalid(f"Must have type {handle.kind.name} but got {dtypes.of(elem.dtype).name}")
    if 0 <= handle.limit <= len(handle.elements):
        raise invalid(f"Stack[{handle.name}] overflowed its max_size ({handle.limit})")
    handle.elements.append(elem)
    return elem


@handle_kernel("StackPopV2")
def pop(handle, *, elem_type):
    if not handle.elements:
        raise invalid(f"Stack[{handle.name}] is empty when calling Pop().")
    return handle.elements.pop()


@handle_kernel("StackCloseV2")
def close_stack(handle):
    handle.elements.clear()
    return ()


# Arrays ----------------------------------------------------------------------------------------------------


class Array(buffers.Cell):
    """What the handle of a `TensorArrayV3` refers to.

    Attributes:
      elements: the tensors, None where none was written.
      read: positions whose element is gone, since it was read.
      kind: dtype of the elements.
      dims: what is known of their shape, or None.
      grows, clears: whether writing past the end makes it longer, and reading removes an element.
      adds: whether writing to an element adds to it: true of gradients.
      gradients: by source, the arrays that collect the gradients of this one.
    """

    __slots__ = ("adds", "clears", "closed", "dims", "elements", "gradients", "grows", "identical", "kind", "read")

    def __init__(self, name: str, size: int, kind: DType, dims: Any, grows: bool, clears: bool, identical: bool):
        super().__init__(name or f"TensorArray_{next(_serial)}", dtypes.resource, SCALAR)
        if size < 0:
            raise invalid("Size should be >= 0.")
        self.elements: list[np.ndarray | None] = [None] * size
        self.read: set[int] = set()
        self.kind = kind
        self.dims = from_dims(dims)
        self.grows, self.clears, self.identical = grows, clears, identical
        self.adds = self.closed = False
        self.gradients: dict[str, Array] = {}

    def check_open(self) -> None:
        """Raises if the array was closed."""
        if self.closed:
            raise invalid(f"TensorArray {self.name} has already been closed.")

    def write(self, index: int, value: np.ndarray) -> None:
        """Puts an element where none was written yet."""
        self.check_open()
        if dtypes.of(value.dtype) != self.kind:
            raise invalid(
                f"TensorArray dtype is {self.kind.name} but Op is trying to write dtype {dtypes.of(value.dtype).name}."
            )
        if index < 0 or (index >= len(self.elements) and not self.grows):
            raise invalid(
                f"Tried to write to index {index} but array is not resizeable and size is: {len(self.elements)}"
            )
        if not self.dims.is_compatible_with(value.shape):
            raise invalid(
                f"Could not write to TensorArray index {index} because the value shape is {list(value.shape)} which "
                f"is incompatible with the TensorArray's inferred element shape: {self.dims}."
            )
        if self.identical and not self.dims.is_fully_defined():
            self.dims = TensorShape(value.shape)
        self.elements += [None] * (index + 1 - len(self.elements))
        if index in self.read:
            raise invalid(f"Could not write to TensorArray index {index} because it has already been read.")
        old = self.elements[index]
        if old is not None and not self.adds:
            raise invalid(f"Could not write to TensorArray index {index} because it has already been written to.")
        self.elements[index] = value if old is None else np.asarray(old + value, old.dtype)

    def take(self, index: int) -> np.ndarray:
        """The element at `index`; zeros where none was written, if the shape is known."""
        self.check_open()
        if not 0 <= index < len(self.elements):
            raise invalid(f"Tried to read from index {index} but array size is: {len(self.elements)}")
        if index in self.read:
            raise invalid(
                f"Could not read index {index} twice because it was cleared after a previous read "
                "(perhaps try setting clear_after_read = false?)."
            )
        value = self.elements[index]
        if value is None:
            if not self.dims.is_fully_defined():
                raise invalid(
                    f"Could not read from TensorArray index {index}.  Furthermore, the element shape is not fully "
                    f"defined: {self.dims}.  It is possible you are working with a resizeable TensorArray and "
                    "stop_gradients is not allowing the gradients to be written.  If you set the full element_shape "
                    "property on the forward TensorArray, the proper all-zeros tensor will be returned instead of "
                    "incurring this error."
                )
            value = np.zeros(self.dims.as_list(), self.kind.as_numpy_dtype)
        if self.clears:
            self.elements[index] = None
            self.read.add(index)
        return value


_FLOW = np.float32(0)


@kernel("TensorArrayV3", host=True)
def array(
    size,
    *,
    dtype,
    element_shape,
    dynamic_size,
    clear_after_read,
    identical_element_shapes,
    tensor_array_name,
):
    made = Array(
        tensor_array_name, int(size), dtype, element_shape, dynamic_size, clear_after_read, identical_element_shapes
    )
    return made, _FLOW


@handle_kernel("TensorArrayGradV3")
def gradient(handle, flow_in, *, source):
    return _gradient(handle, source, handle.dims), flow_in


@handle_kernel("TensorArrayGradWithShape")
def gradient_with_shape(handle, flow_in, shape_to_prepend, *, source):
    more = TensorShape([None if d < 0 else int(d) for d in shape_to_prepend])
    return _gradient(handle, source, more.concatenate(handle.dims)), flow_in


def _gradient(handle: Array, source: str, dims: TensorShape) -> Array:
    handle.check_open()
    if source not in handle.gradients:
        if handle.grows and not handle.dims.is_fully_defined() and not handle.elements:
            raise invalid("the gradient of an empty TensorArray of dynamic size has no size")
        made = Array(f"{handle.name}@{source}", len(handle.elements), handle.kind, dims._dims, False, False, False)
        made.adds = True
        handle.grows = False
        handle.gradients[source] = made
    return handle.gradients[source]


@handle_kernel("TensorArrayWriteV3")
def write(handle, index, value, flow_in):
    handle.write(int(index), value)
    return flow_in


@handle_kernel("TensorArrayReadV3")
def read(handle, index, flow_in, *, dtype):
    return _of(handle, dtype).take(int(index))


def _of(handle: Array, dtype: DType) -> Array:
    if handle.kind != dtype:
        raise invalid(f"TensorArray dtype is {handle.kind.name} but Op requested dtype {dtype.name}.")
    return handle


@handle_kernel("TensorArrayGatherV3")
def gather(handle, indices, flow_in, *, dtype, element_shape):
    made = _of(handle, dtype)
    if indices.ndim != 1:
        raise invalid(f"Expected indices to be a vector, but received shape: {list(indices.shape)}")
    if not indices.size:
        known = made.dims.merge_with(from_dims(element_shape))
        if not known.is_fully_defined():
            raise _unimplemented_empty("gather")
        return np.zeros((0, *known.as_list()), dtype.as_numpy_dtype)
    values = [made.take(int(i)) for i in indices]
    if len({v.shape for v in values}) > 1:
        raise invalid("TensorArray has inconsistent shapes: gathering needs elements of one shape")
    return np.stack(values)


def _unimplemented_empty(doing: str) -> InvalidArgumentError:
    return invalid(
        f"TensorArray has size zero, but element shape is not fully defined. Currently only static shapes are "
        f"supported when doing {doing} on zero-size TensorArrays."
    )


@handle_kernel("TensorArrayScatterV3")
def scatter(handle, indices, value, flow_in):
    if value.ndim == 0 or len(indices) != len(value):
        raise invalid(
            f"Expected len(indices) == values.shape[0], but saw: {len(indices)} vs. "
            f"{value.shape[0] if value.ndim else 'a scalar'}"
        )
    for i, part in zip(indices, value, strict=True):
        handle.write(int(i), np.asarray(part, value.dtype))
    return flow_in


@handle_kernel("TensorArrayConcatV3")
def concat(handle, flow_in, *, dtype, element_shape_except0):
    made = _of(handle, dtype)
    if not made.elements:
        known = from_dims(element_shape_except0)
        if not known.is_fully_defined():
            raise _unimplemented_empty("concat")
        return np.zeros((0, *known.as_list()), dtype.as_numpy_dtype), np.zeros(0, np.int64)
    values = [made.take(i) for i in range(len(made.elements))]
    if any(v.ndim == 0 for v in values):
        raise invalid("Concat saw a scalar shape at index 0 but requires at least vectors.")
    if len({v.shape[1:] for v in values}) > 1:
        raise invalid("TensorArray has inconsistent shapes: only the first dimensions may differ")
    return np.concatenate(values), np.array([len(v) for v in values], np.int64)


@handle_kernel("TensorArraySplitV3")
def split(handle, value, lengths, flow_in):
    if lengths.ndim != 1:
        raise invalid(f"Expected lengths to be a vector, received shape: {list(lengths.shape)}")
    if value.ndim == 0:
        raise invalid("Expected value to be at least a vector, but received shape: []")
    if int(lengths.sum()) != len(value):
        raise invalid(
            f"Expected sum of lengths to be equal to values.shape[0], but sum of lengths is {int(lengths.sum())} and "
            f"value's shape is: {list(value.shape)}"
        )
    if not handle.grows and len(handle.elements) != len(lengths):
        raise invalid(
            "TensorArray's size is not equal to the size of lengths "
            f"({len(handle.elements)} vs. {len(lengths)}), and the TensorArray is not marked as dynamically resizeable."
        )
    for i, part in enumerate(np.split(value, np.cumsum(lengths)[:-1])):
        handle.write(i, part)
    return flow_in


@handle_kernel("TensorArraySizeV3")
def size(handle, flow_in):
    handle.check_open()
    return np.int32(len(handle.elements))


@handle_kernel("TensorArrayCloseV3")
def close(handle):
    handle.closed = True
    handle.elements.clear()
    return ()


# Static shapes ---------------------------------------------------------------------------------------------


@shape_function("StackV2", "TensorArraySizeV3", "TensorArrayWriteV3", "TensorArrayScatterV3", "TensorArraySplitV3")
def _(op):
    return SCALAR


@shape_function("StackPushV2")
def _(op):
    return op.shape(1)


@shape_function("StackPopV2", "TensorArrayReadV3")
def _(op):
    return UNKNOWN


@shape_function("TensorArrayV3", "TensorArrayGradV3", "TensorArrayGradWithShape")
def _(op):
    return [SCALAR, SCALAR]


@shape_function("TensorArrayGatherV3")
def _(op):
    return from_dims((op.shape(1)._dims or (None,))[:1]).concatenate(from_dims(op.attr("element_shape")))


@shape_function("TensorArrayConcatV3")
def _(op):
    return [from_dims((None,)).concatenate(from_dims(op.attr("element_shape_except0"))), from_dims((None,))]
