"""Lists of tensors: what a `TensorArray` is in a graph. Values are `ListValue`s."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfshim.errors import InvalidArgumentError
from tfshim.ops import bounds
from tfshim.ops.bounds import NeedsValue
from tfshim.ops.registry import kernel, runtime_check, shape_function
from tfshim.ops.shape_helpers import SCALAR
from tfshim.ops.tensor_list import ListValue
from tfshim.ops.uneven_list import UnevenList
from tfshim.shapes import TensorShape, from_dims


def _dims(element_shape: np.ndarray) -> tuple[int | None, ...] | None:
    """What an `element_shape` input says: a scalar -1 is an unknown rank."""
    if element_shape.ndim == 0:
        return None
    return tuple(None if d < 0 else int(d) for d in element_shape)


def _merge(first: tuple[int | None, ...] | None, second: tuple[int | None, ...] | None) -> Any:
    if first is None or second is None:
        return first if second is None else second
    return tuple(b if a is None else a for a, b in zip(first, second, strict=True))


def _known(value: Any) -> int | None:
    """A scalar as an integer if it has a value."""
    return None if isinstance(value, jax.core.Tracer) else int(np.asarray(value).reshape(()))


def _grown(values: ListValue, length: int) -> ListValue:
    """The list with room for `length` elements, more than that if it grows step by step."""
    capacity = values.buffer.shape[0]
    if length > capacity and not isinstance(values.buffer, jax.core.Tracer):
        length = max(length, 2 * capacity)
    return values.grown(length)


def _lengthened(values: ListValue, index: Any, at: int | None) -> ListValue:
    """The list with an element at `index`, which may be past its end; `at` is the index if it is known."""
    if at is not None and not isinstance(values.length, jax.core.Tracer):
        length = values.known_length()
        return values if at < length else values.but(_grown(values, at + 1).buffer, at + 1)
    # How long the list gets, only running tells: it gets as much room as whoever runs the program allows.
    if at is None and values.room is None:
        capacity = max(bounds.current(), values.buffer.shape[0])
        bounds.report([jnp.reshape(index, ()) >= capacity])
        runtime_check(index >= 0, _modifying, index, jnp.asarray(values.length))
    else:
        capacity = at + 1 if at is not None else values.room
    length = jnp.maximum(values.length, jnp.reshape(index, ()).astype(jnp.int32) + 1)
    return values.but(values.grown(capacity).buffer, length)


def _set(buffer: Any, where: Any, values: Any) -> Any:
    """The buffer with other elements somewhere."""
    if buffer.dtype == object:
        buffer = buffer.copy()
        buffer[where] = values[()] if values.ndim == 0 else values
        return buffer
    return buffer.at[where].set(values)


def _array(item: Any) -> Any:
    return item if item.dtype == object else jnp.asarray(item)


def _checked(values: Any, item: Any, at: int | None) -> Any:
    """The list in a form that can hold `item` at the index `at`."""
    dims = values.dims
    if dims is not None and (len(dims) != item.ndim or any(d not in (None, n) for d, n in zip(dims, item.shape))):
        raise InvalidArgumentError(
            None,
            None,
            f"Tried to set a tensor with incompatible shape at a list index. Item element shape: {list(item.shape)} "
            f"list shape: {list(dims)}",
        )
    if isinstance(values, UnevenList):
        return values
    made = values.materialise(item.shape)
    return made if made.buffer.shape[1:] == item.shape else _uneven(made, at)


def _uneven(values: ListValue, at: int | None) -> UnevenList:
    """A list of elements of one shape as one that can take elements of others."""
    if at is None:
        raise NeedsValue("which element of a list gets another shape must be known")
    return UnevenList([values.buffer[i] for i in range(values.known_length())], values.dims, values.dtype)


def _index(at: int | None) -> int:
    if at is None:
        raise NeedsValue("an index into a list of elements of different shapes must be known")
    return at


@kernel("TensorListReserve", static=("element_shape", "num_elements"))
def reserve(element_shape, num_elements, *, element_dtype):
    return ListValue.reserve(int(num_elements), _dims(element_shape), element_dtype.as_numpy_dtype)


@kernel("EmptyTensorList", static=("element_shape", "max_num_elements"))
def empty(element_shape, max_num_elements, *, element_dtype):
    return ListValue.reserve(0, _dims(element_shape), element_dtype.as_numpy_dtype)


@kernel("TensorListSetItem")
def set_item(input_handle, index, item, *, resize_if_index_out_of_bounds):
    at = _known(index)
    made = _checked(input_handle, _array(item), at)
    if isinstance(made, UnevenList):
        at = _index(at)
        if at < 0 or (at >= made.length and not resize_if_index_out_of_bounds):
            raise InvalidArgumentError(None, None, _modifying(np.asarray(at), np.asarray(made.length)))
        return made.replaced(at, _array(item))
    length = made.length
    if resize_if_index_out_of_bounds:
        made = _lengthened(made, index, at)
        length = made.length
    elif at is not None and isinstance(length, int):
        if not 0 <= at < length:
            raise InvalidArgumentError(None, None, _modifying(np.asarray(at), np.asarray(length)))
    else:
        runtime_check((index >= 0) & (index < length), _modifying, index, jnp.asarray(length))
    if not made.buffer.shape[0]:
        return made  # compiled, but never run: the body of a loop over nothing
    if made.dtype == object:
        buffer = _set(made.buffer, at, item)
    else:
        buffer = jax.lax.dynamic_update_index_in_dim(made.buffer, item, jnp.reshape(index, ()), 0)
    return made.but(buffer, length)


def _modifying(index: np.ndarray, length: np.ndarray) -> str:
    return f"Trying to modify element {index} in a list with {length} elements."


def _accessing(index: np.ndarray, length: np.ndarray) -> str:
    return f"Trying to access element {index} in a list with {length} elements."


@kernel("TensorListGetItem", static=("element_shape",))
def get_item(input_handle, index, element_shape, *, element_dtype):
    made = _readable(input_handle, element_shape)
    at = _known(index)
    if at is not None and isinstance(made.length, int):
        if not 0 <= at < made.length:
            raise InvalidArgumentError(None, None, _accessing(np.asarray(at), np.asarray(made.length)))
    else:
        runtime_check((index >= 0) & (index < made.length), _accessing, index, jnp.asarray(made.length))
    if isinstance(made, UnevenList):
        return made.element(_index(at), _dims(element_shape))
    if not made.buffer.shape[0]:
        return jnp.zeros(made.buffer.shape[1:], made.buffer.dtype)  # never run, as above
    if made.dtype == object:
        return np.asarray(made.buffer[at], object)
    return jax.lax.dynamic_index_in_dim(made.buffer, jnp.reshape(index, ()), 0, keepdims=False)


def _readable(values: Any, element_shape: np.ndarray) -> Any:
    """The list with elements, which are zeros where none was written."""
    if isinstance(values, UnevenList) or values.buffer is not None:
        return values
    dims = _merge(values.dims, _dims(element_shape))
    if dims is None or None in dims:
        raise InvalidArgumentError(
            None,
            None,
            "Trying to read an uninitialized tensor but element_shape is not fully defined and no element has been "
            "written",
        )
    return values.materialise(dims)


@kernel("TensorListStack", static=("element_shape",))
def stack(input_handle, element_shape, *, num_elements):
    made = _readable(input_handle, element_shape)
    length = made.length if isinstance(made, UnevenList) else made.known_length()
    if num_elements >= 0 and length != num_elements:
        raise InvalidArgumentError(
            None, None, f"Operation expected a list with {num_elements} elements but got a list with {length} elements."
        )
    if isinstance(made, UnevenList):
        return made.stacked(range(length), _dims(element_shape))
    return made.elements()


@kernel("TensorListFromTensor", static=("element_shape",))
def from_tensor(tensor, element_shape):
    if tensor.ndim == 0:
        raise InvalidArgumentError(None, None, "Tensor must be at least a vector, but saw shape: []")
    return ListValue(_array(tensor), tensor.shape[0], _dims(element_shape), tensor.dtype)


@kernel("TensorListPushBack")
def push_back(input_handle, tensor):
    length = input_handle.length if isinstance(input_handle, UnevenList) else input_handle.known_length()
    made = _checked(input_handle, _array(tensor), length)
    if isinstance(made, UnevenList):
        return made.replaced(length, _array(tensor))
    return made.but(_set(_grown(made, length + 1).buffer, length, tensor), length + 1)


@kernel("TensorListPopBack", static=("element_shape",))
def pop_back(input_handle, element_shape):
    made = _readable(input_handle, element_shape)
    length = made.length if isinstance(made, UnevenList) else made.known_length()
    if length == 0:
        raise InvalidArgumentError(None, None, "Trying to pop from an empty list.")
    if isinstance(made, UnevenList):
        return made.resized(length - 1), made.element(length - 1, _dims(element_shape))
    return made.but(made.buffer[: length - 1], length - 1), made.buffer[length - 1]


@kernel("TensorListLength")
def length(input_handle):
    return jnp.asarray(input_handle.length, jnp.int32)


@kernel("TensorListResize", static=("size",))
def resize(input_handle, size):
    made, size = input_handle, int(size)
    if isinstance(made, UnevenList):
        return made.resized(size)
    if made.buffer is None:
        return made.but(None, size)
    if size > made.known_length():
        made = _grown(made, size)
    return made.but(made.buffer[:size], size)


@kernel("TensorListGather", static=("element_shape",))
def gather(input_handle, indices, element_shape):
    made = _readable(input_handle, element_shape)
    indices = indices.reshape(-1)
    declared = _merge(made.dims, _dims(element_shape))
    if not indices.size and (declared is None or None in declared):
        raise InvalidArgumentError(
            None, None, "Tried to gather 0-elements from a list with non-fully-defined element_shape"
        )
    outside = (indices < 0) | (indices >= made.length)
    runtime_check(~jnp.any(outside), _accessing_one, indices, jnp.asarray(made.length))
    if isinstance(made, UnevenList):
        if isinstance(indices, jax.core.Tracer):
            raise NeedsValue("indices into a list of elements of different shapes must be known")
        return made.stacked([int(i) for i in np.asarray(indices)], _dims(element_shape))
    if made.dtype == object:
        return np.take(made.buffer, indices, axis=0, mode="clip")
    taken = jnp.take(made.buffer, indices, axis=0, mode="clip")
    # TensorFlow scatters the gradients of the elements into a list: of several for one element, the last counts.
    last = _last_of_its_kind(indices, made.buffer.shape[0])
    if last is None:
        return taken
    return jnp.where(last.reshape(-1, *[1] * (taken.ndim - 1)), taken, jax.lax.stop_gradient(taken))


def _last_of_its_kind(indices: Any, size: int) -> Any:
    """For each index, whether it does not come again; None if no index is known to come again."""
    if isinstance(indices, np.ndarray) and len(np.unique(indices)) == len(indices):
        return None
    places = jnp.arange(len(indices))
    return jnp.zeros([size], places.dtype).at[indices].max(places, mode="drop")[indices] == places


def _accessing_one(indices: np.ndarray, length: np.ndarray) -> str:
    wrong = [i for i in indices.ravel() if not 0 <= i < length]
    return _accessing(np.asarray(wrong[0] if wrong else 0), length)


@kernel("TensorListScatterV2", static=("indices", "element_shape", "num_elements"))
def scatter(tensor, indices, element_shape, num_elements):
    highest = int(indices.max()) + 1 if indices.size else 0
    size = int(num_elements) if num_elements >= 0 else highest
    if highest > size:
        raise InvalidArgumentError(
            None, None, f"TensorListScatter: Trying to scatter at index {highest - 1} in list with size {size}"
        )
    return _scattered(ListValue.reserve(size, _dims(element_shape), tensor.dtype), tensor, indices)


@kernel("TensorListScatterIntoExistingList", static=("indices",))
def scatter_into(input_handle, tensor, indices):
    needed = int(indices.max()) + 1 if indices.size else 0
    made = input_handle
    if not isinstance(made, UnevenList):
        made = made.materialise(tensor.shape[1:])
        if needed > made.known_length():
            made = made.but(_grown(made, needed).buffer[:needed], needed)
    return _scattered(made, tensor, indices)


def _scattered(values: Any, tensor: Any, indices: np.ndarray) -> Any:
    if len(indices) != tensor.shape[0]:
        raise InvalidArgumentError(
            None, None, f"Invalid number of rows in input tensor. Expected: {len(indices)} Actual: {tensor.shape[0]}"
        )
    made = values
    for i, index in enumerate(indices if isinstance(made, UnevenList) else ()):
        made = made.replaced(int(index), tensor[i])
    if isinstance(made, UnevenList):
        return made
    made = made.materialise(tensor.shape[1:])
    if made.buffer.shape[1:] != tensor.shape[1:]:
        return _scattered(_uneven(made, 0), tensor, indices)
    return made.but(_set(made.buffer, indices, tensor), made.length)


@kernel("TensorListConcatV2", static=("element_shape", "leading_dims"))
def concat(input_handle, element_shape, leading_dims):
    made = _readable(input_handle, element_shape)
    if isinstance(made, UnevenList):
        return _joined([made.element(i, _dims(element_shape)) for i in range(made.length)])
    elements = made.elements()
    if elements.ndim < 2:
        raise InvalidArgumentError(None, None, "Concat saw a scalar shape at index 0 but requires at least vectors.")
    joined = elements.reshape((elements.shape[0] * elements.shape[1], *elements.shape[2:]))
    return joined, jnp.full((elements.shape[0],), elements.shape[1], jnp.int64)


def _joined(parts: list[Any]) -> tuple[Any, Any]:
    scalar = next((i for i, p in enumerate(parts) if p.ndim == 0), None)
    if scalar is not None:
        raise InvalidArgumentError(
            None, None, f"Concat saw a scalar shape at index {scalar} but requires at least vectors."
        )
    if len({p.shape[1:] for p in parts}) > 1:
        raise InvalidArgumentError(
            None, None, f"Tried to concatenate elements whose shapes differ: {[list(p.shape) for p in parts]}"
        )
    joined = (np if parts[0].dtype == object else jnp).concatenate(parts)
    return joined, jnp.asarray(np.array([p.shape[0] for p in parts], np.int64))


@kernel("TensorListSplit", static=("element_shape", "lengths"))
def split(tensor, element_shape, lengths):
    if tensor.ndim == 0:
        raise InvalidArgumentError(None, None, "Tensor must be at least a vector, but saw shape: []")
    if lengths.ndim != 1:
        raise InvalidArgumentError(None, None, f"Expected lengths to be a vector, received shape: {lengths.shape}")
    if (lengths < 0).any() or int(lengths.sum()) != tensor.shape[0]:
        raise InvalidArgumentError(
            None,
            None,
            f"Expected sum of lengths to be equal to values.shape[0], but sum of lengths is {int(lengths.sum())} and "
            f"value's shape is: {list(tensor.shape)}",
        )
    dims = _dims(element_shape)
    if len(set(lengths.tolist())) > 1:
        ends = np.cumsum(lengths).tolist()
        return UnevenList([tensor[e - n : e] for e, n in zip(ends, lengths.tolist(), strict=True)], dims, tensor.dtype)
    each = int(lengths[0]) if len(lengths) else 0
    return ListValue(jnp.reshape(tensor, (len(lengths), each, *tensor.shape[1:])), len(lengths), dims, tensor.dtype)


# Static shapes -------------------------------------------------------------------------------------------


@shape_function(
    "TensorListReserve",
    "EmptyTensorList",
    "TensorListSetItem",
    "TensorListFromTensor",
    "TensorListPushBack",
    "TensorListLength",
    "TensorListResize",
    "TensorListScatterV2",
    "TensorListScatterIntoExistingList",
    "TensorListSplit",
)
def _(op):
    return SCALAR


def _element_shape(op: Any, position: int) -> TensorShape:
    if op.shape(position).rank == 0:
        return from_dims(None)
    partial = op.partial(position)
    if partial is None:
        return from_dims(None)
    return from_dims(tuple(None if d is None or d < 0 else d for d in partial))


@shape_function("TensorListGetItem")
def _(op):
    return _element_shape(op, 2)


@shape_function("TensorListStack")
def _(op):
    number = op.attr("num_elements")
    return from_dims((None if number < 0 else number,)).concatenate(_element_shape(op, 1))


@shape_function("TensorListPopBack")
def _(op):
    return [SCALAR, _element_shape(op, 1)]


@shape_function("TensorListGather")
def _(op):
    indices = op.shape(1)
    count = indices.num_elements() if indices.is_fully_defined() else None
    return from_dims((count,)).concatenate(_element_shape(op, 2))


@shape_function("TensorListConcatV2")
def _(op):
    element = _element_shape(op, 1)
    joined = from_dims(None) if element.rank is None else from_dims((None, *element._dims[1:]))
    return [joined, from_dims((None,))]
