"""Lists of tensors: what a `TensorArray` is in a graph. Values are `ListValue`s."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfshim.ops import bounds
from tfshim.ops.bounds import NeedsValue
from tfshim.ops.list_declarations import check_dtype, dims_of, fits, held_dtype, is_whole, merge, text
from tfshim.ops.registry import kernel, runtime_check
from tfshim.ops.shape_helpers import Dims, invalid, shape_text
from tfshim.ops.tensor_list import ListValue, parts_of, zeros
from tfshim.ops.uneven_list import UnevenList


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


def _checked(values: Any, item: Any, at: int | None, refusal: str) -> Any:
    """The list in a form that can hold `item` at the index `at`; `refusal` is said of an item of another shape."""
    check_dtype(values, item.dtype)
    if not fits(item.shape, values.dims):
        raise invalid(f"{refusal} element shape: {shape_text(item.shape)} list shape: {text(values.dims)}")
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
    if num_elements.ndim:
        raise invalid(f"The num_elements to reserve must be a tensor size 1, but got {shape_text(num_elements.shape)}")
    if num_elements < 0:
        raise invalid(f"The num_elements to reserve must be a non negative number, but got {num_elements}")
    return ListValue.reserve(int(num_elements), dims_of(element_shape), held_dtype(element_dtype))


@kernel("EmptyTensorList", static=("element_shape", "max_num_elements"))
def empty(element_shape, max_num_elements, *, element_dtype):
    if max_num_elements.ndim:
        raise invalid(f"max_num_elements expected to be a scalar but got shape: {shape_text(max_num_elements.shape)}")
    made = ListValue.reserve(0, dims_of(element_shape), held_dtype(element_dtype))
    made.limit = int(max_num_elements) if max_num_elements >= 0 else None
    return made


@kernel("TensorListSetItem")
def set_item(input_handle, index, item, *, resize_if_index_out_of_bounds):
    at = _known(index)
    refusal = "Tried to set a tensor with incompatible shape at a list index. Item"
    made = _checked(input_handle, _array(item), at, refusal)
    if isinstance(made, UnevenList):
        at = _index(at)
        if at < 0 or (at >= made.length and not resize_if_index_out_of_bounds):
            raise invalid(_modifying(np.asarray(at), np.asarray(made.length)))
        return made.replaced(at, _array(item))
    length = made.length
    if resize_if_index_out_of_bounds:
        made = _lengthened(made, index, at)
        length = made.length
    elif at is not None and isinstance(length, int):
        if not 0 <= at < length:
            raise invalid(_modifying(np.asarray(at), np.asarray(length)))
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
    made = input_handle
    check_dtype(made, element_dtype)
    at = _known(index)
    if at is not None and isinstance(made.length, int):
        if not 0 <= at < made.length:
            raise invalid(_accessing(np.asarray(at), np.asarray(made.length)))
    else:
        runtime_check((index >= 0) & (index < made.length), _accessing, index, jnp.asarray(made.length))
    given = dims_of(element_shape)
    made = _readable(made, given, "element_shape is not fully defined: {} and no list element is set.")
    if isinstance(made, UnevenList):
        return made.element(_index(at), given)
    if not made.buffer.shape[0]:
        return jnp.zeros(made.buffer.shape[1:], made.buffer.dtype)  # never run, as above
    if made.dtype == object:
        return np.asarray(made.buffer[at], object)
    return jax.lax.dynamic_index_in_dim(made.buffer, jnp.reshape(index, ()), 0, keepdims=False)


def _readable(values: Any, given: Dims | None, refusal: str) -> Any:
    """The list with elements, which are zeros where none was written.

    Args:
      given: what the reading op says of their shape.
      refusal: what is wrong with a shape, to be filled in, of which not enough is known.
    """
    dims = merge(given, values.dims)
    if isinstance(values, UnevenList):
        return values
    if values.buffer is not None:
        merge(dims, values.buffer.shape[1:])
        return values
    if not is_whole(dims):
        raise invalid("Trying to read an uninitialized tensor but " + refusal.format(text(dims)))
    return values.materialise(dims)


def _several(values: Any, given: Dims | None, doing: str) -> Any:
    """`_readable` for an op that reads all elements."""
    dims = merge(given, values.dims)
    if isinstance(values, ListValue) and values.buffer is None and not is_whole(dims):
        raise invalid(f"Tried to {doing} non-fully-defined element_shape: {text(dims)}")
    return _readable(values, given, "")


@kernel("TensorListStack", static=("element_shape",))
def stack(input_handle, element_shape, *, num_elements, element_dtype):
    made = input_handle
    check_dtype(made, element_dtype)
    length = made.length if isinstance(made, UnevenList) else made.known_length()
    if num_elements >= 0 and length != num_elements:
        raise invalid(f"Operation expected a list with {num_elements} elements but got a list with {length} elements.")
    given = dims_of(element_shape)
    doing = "stack list which only contains uninitialized tensors and has a"
    made = _several(made, given, doing if length else "stack elements of an empty list with")
    if isinstance(made, UnevenList):
        return made.stacked(range(length), given)
    return made.elements()


@kernel("TensorListFromTensor", static=("element_shape",))
def from_tensor(tensor, element_shape):
    if tensor.ndim == 0:
        raise invalid("Tensor must be at least a vector, but saw shape: []")
    return ListValue(_array(tensor), tensor.shape[0], _declared(tensor, element_shape), tensor.dtype)


def _declared(tensor: Any, element_shape: np.ndarray) -> Dims | None:
    """The shape that a list of a tensor's rows is to have."""
    dims = dims_of(element_shape)
    if not fits(tensor.shape[1:], dims):
        raise invalid(
            f"Specified a list with shape {text(dims)} from a tensor with shape {shape_text(tensor.shape[1:])}"
        )
    return dims


@kernel("TensorListPushBack")
def push_back(input_handle, tensor):
    length = input_handle.length if isinstance(input_handle, UnevenList) else input_handle.known_length()
    limit = getattr(input_handle, "limit", None)
    if limit is not None and length >= limit:
        raise invalid(f"Tried to push item into a full list list size: {length} max_num_elements: {limit}")
    refusal = "Tried to append a tensor with incompatible shape to a list. Op"
    made = _checked(input_handle, _array(tensor), length, refusal)
    if isinstance(made, UnevenList):
        return made.replaced(length, _array(tensor))
    return made.but(_set(_grown(made, length + 1).buffer, length, tensor), length + 1)


@kernel("TensorListPopBack", static=("element_shape",))
def pop_back(input_handle, element_shape, *, element_dtype):
    made = input_handle
    check_dtype(made, element_dtype)
    length = made.length if isinstance(made, UnevenList) else made.known_length()
    if length == 0:
        raise invalid("Trying to pop from an empty list.")
    given = dims_of(element_shape)
    made = _readable(made, given, "element_shape is not fully defined: {}")
    if isinstance(made, UnevenList):
        return made.resized(length - 1), made.element(length - 1, given)
    return made.but(made.buffer[: length - 1], length - 1), made.buffer[length - 1]


@kernel("TensorListLength")
def length(input_handle):
    return jnp.asarray(input_handle.length, jnp.int32)


@kernel("TensorListResize", static=("size",))
def resize(input_handle, size):
    if size.ndim:
        raise invalid("size must be a scalar")
    if size < 0:
        raise invalid(f"TensorListSlice expects size to be non-negative. Got: {size}")
    made, size = input_handle, int(size)
    if isinstance(made, UnevenList):
        return made.resized(size)
    if made.buffer is None:
        return made.but(None, size)
    if size > made.known_length():
        made = _grown(made, size)
    return made.but(made.buffer[:size], size)


@kernel("TensorListGather", static=("element_shape",))
def gather(input_handle, indices, element_shape, *, element_dtype):
    made, given = input_handle, dims_of(element_shape)
    check_dtype(made, element_dtype)
    indices = indices.reshape(-1)
    declared = merge(given, made.dims)
    if not indices.size and not is_whole(declared):
        raise invalid(f"Tried to gather 0-elements from a list with non-fully-defined shape: {text(declared)}")
    made = _several(made, given, "gather uninitialized tensors from a list with")
    outside = (indices < 0) | (indices >= made.length)
    runtime_check(~jnp.any(outside), _gathering, indices, jnp.asarray(made.length))
    if isinstance(made, UnevenList):
        if isinstance(indices, jax.core.Tracer):
            raise NeedsValue("indices into a list of elements of different shapes must be known")
        where = np.asarray(indices)
        if ((where < 0) | (where >= made.length)).any():
            raise invalid(_gathering(where, np.asarray(made.length)))
        return made.stacked(where.tolist(), given)
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


def _gathering(indices: np.ndarray, length: np.ndarray) -> str:
    wrong = [i for i in indices.ravel() if not 0 <= i < length]
    return f"Index {wrong[0] if wrong else 0} out of range; list only has {length} elements."


@kernel("TensorListScatterV2", static=("indices", "element_shape", "num_elements"))
def scatter(tensor, indices, element_shape, num_elements):
    if num_elements < -1:
        raise invalid(f"TensorListScatter expects num_elements >= -1, found: {num_elements}")
    if tensor.ndim == 0:
        raise invalid("Tensor must be at least a vector, but saw shape: []")
    indices = _places(tensor, indices)
    highest = int(indices.max()) + 1 if indices.size else 0
    size = int(num_elements) if num_elements >= 0 else highest
    if highest > size:
        raise invalid(f"TensorListScatter: Trying to scatter at index {highest - 1} in list with size {size}")
    return _scattered(ListValue.reserve(size, _declared(tensor, element_shape), tensor.dtype), tensor, indices)


@kernel("TensorListScatterIntoExistingList", static=("indices",))
def scatter_into(input_handle, tensor, indices):
    made, indices = input_handle, _places(tensor, indices)
    check_dtype(made, tensor.dtype)
    needed = int(indices.max()) + 1 if indices.size else 0
    if not isinstance(made, UnevenList):
        made = made.materialise(tensor.shape[1:])
        if needed > made.known_length():
            made = made.but(_grown(made, needed).buffer[:needed], needed)
    return _scattered(made, tensor, indices)


def _places(tensor: Any, indices: np.ndarray) -> np.ndarray:
    """The indices to which the rows of a tensor go."""
    if (indices < 0).any():
        raise invalid("Indices in TensorListScatter must all be non-negative.")
    if indices.size != tensor.shape[0]:
        raise invalid(f"Invalid number of rows in input tensor. Expected: {indices.size} Actual: {tensor.shape[0]}")
    return indices.reshape(-1)


def _scattered(values: Any, tensor: Any, indices: np.ndarray) -> Any:
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
def concat(input_handle, element_shape, leading_dims, *, element_dtype):
    made = input_handle
    check_dtype(made, element_dtype)
    dims = dims_of(element_shape)
    if () in (dims, made.dims):
        raise invalid("Concat requires elements to be at least vectors, found scalars instead.")
    rest = merge(None if dims is None else dims[1:], None if made.dims is None else made.dims[1:])
    if isinstance(made, ListValue) and made.buffer is None:
        made = _of_lengths(made, rest, leading_dims)
    if isinstance(made, UnevenList):
        return _joined(parts_of(made), rest, _first(made.dims), leading_dims, made.dtype)
    elements = made.elements()
    if elements.ndim < 2:
        raise invalid("Concat saw a scalar shape at index 0 but requires at least vectors.")
    merge(rest, elements.shape[2:])
    joined = elements.reshape((elements.shape[0] * elements.shape[1], *elements.shape[2:]))
    return joined, jnp.full((elements.shape[0],), elements.shape[1], jnp.int64)


def _first(dims: Dims | None) -> int | None:
    return dims[0] if dims else None


def _of_lengths(values: ListValue, rest: Dims | None, leading_dims: np.ndarray) -> Any:
    """A list of which nothing was written, ready to be joined."""
    length = values.known_length()
    if not is_whole(rest):
        if length == 0:
            raise invalid(
                "All except the first dimension must be fully defined when concating an empty tensor list. "
                f"element_shape: {text(rest)}"
            )
        raise invalid(
            "Trying to concat list with only uninitialized tensors but element_shape_except_first_dim is not fully "
            f"defined: {text(rest)}"
        )
    first = _first(values.dims)
    if length and first is None:
        return UnevenList([None] * length, values.dims, values.dtype)
    return values.materialise((first or 0, *rest))


def _joined(
    parts: list[Any], rest: Dims | None, first: int | None, leading_dims: np.ndarray, dtype: np.dtype
) -> tuple[Any, Any]:
    scalar = next((i for i, p in enumerate(parts) if p is not None and p.ndim == 0), None)
    if scalar is not None:
        raise invalid(f"Concat saw a scalar shape at index {scalar} but requires at least vectors.")
    for part in parts:
        rest = rest if part is None else merge(rest, part.shape[1:])
    for i, part in enumerate(parts):
        if part is None:
            if first is None and i >= len(leading_dims):
                raise invalid(
                    f"List contains uninitialized tensor at index {i} but leading_dims has only {len(leading_dims)} "
                    "elements."
                )
            parts[i] = zeros((int(leading_dims[i]) if first is None else first, *rest), dtype)
    joined = (np if dtype.hasobject else jnp).concatenate(parts)
    return joined, jnp.asarray(np.array([p.shape[0] for p in parts], np.int64))


@kernel("TensorListSplit", static=("element_shape", "lengths"))
def split(tensor, element_shape, lengths):
    dims = dims_of(element_shape)
    if dims == ():
        raise invalid("TensorListSplit requires element_shape to be at least of rank 1, but saw: []")
    if tensor.ndim == 0:
        raise invalid("Tensor must be at least a vector, but saw shape: []")
    if lengths.ndim != 1:
        raise invalid(f"Expected lengths to be a vector, received shape: {shape_text(lengths.shape)}")
    if not fits(tensor.shape[1:], None if dims is None else dims[1:]):
        raise invalid(f"tensor shape {shape_text(tensor.shape)} is not compatible with element_shape {text(dims)}")
    ends = np.cumsum(lengths).tolist()
    for length, end in zip(lengths.tolist(), ends, strict=True):
        if length < 0:
            raise invalid(f"Invalid value in lengths: {length}")
        if end > tensor.shape[0]:
            raise invalid(f"Attempting to slice [{end - length}, {end}] from tensor with length {tensor.shape[0]}")
    used = ends[-1] if ends else 0
    if used != tensor.shape[0]:
        raise invalid(f"Unused values in tensor. Length of tensor: {tensor.shape[0]} Values used: {used}")
    if len(set(lengths.tolist())) > 1:
        return UnevenList([tensor[e - n : e] for e, n in zip(ends, lengths.tolist(), strict=True)], dims, tensor.dtype)
    each = int(lengths[0]) if len(lengths) else 0
    return ListValue(jnp.reshape(tensor, (len(lengths), each, *tensor.shape[1:])), len(lengths), dims, tensor.dtype)
