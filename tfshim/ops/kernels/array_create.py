"""Kernels that make tensors from sizes and limits: fill, zeros, ranges."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from tfshim.errors import ResourceExhaustedError
from tfshim.ops.kernels.array_common import data_kernel, is_host, scalar_of, shape_vector, vector_or_scalar
from tfshim.ops.registry import kernel
from tfshim.ops.shape_helpers import invalid, shape_text
from tfshim.ops.tensor_list import is_list, zeros_like_list


def fill_dims(dims: np.ndarray) -> tuple[int, ...]:
    """The sizes that a Fill asks for."""
    return shape_vector(vector_or_scalar(dims), f"dims must represent a vector, got shape {shape_text(dims.shape)}")


@data_kernel("Fill", static=("dims",))
def fill(xp, dims, value):
    sizes = fill_dims(dims)
    if value.size != 1 or value.ndim > 1:
        raise invalid(f"value must represent a scalar, got shape {shape_text(value.shape)}")
    if is_host(xp) and value.dtype == object:
        return np.full(sizes, value.reshape(())[()], object)
    return xp.full(sizes, xp.reshape(value, ()), value.dtype)


@kernel("Empty", static=("shape",))
def empty(shape, *, dtype):
    return jnp.zeros(fill_dims(shape), dtype.as_numpy_dtype)


@data_kernel("ZerosLike")
def zeros_like(xp, x):
    if is_list(x):
        return zeros_like_list(x)
    if x.dtype == object:
        return np.full(x.shape, b"", object)
    return xp.zeros(x.shape, x.dtype)


@data_kernel("OnesLike")
def ones_like(xp, x):
    return xp.ones(x.shape, x.dtype)


def range_size(start: np.ndarray, limit: np.ndarray, delta: np.ndarray) -> int:
    """Number of elements of a range; checks the arguments."""
    for name, value in (("start", start), ("limit", limit), ("delta", delta)):
        if value.size != 1:
            raise invalid(f"{name} must be a scalar, not shape {shape_text(value.shape)}")
    first, last, step = start.reshape(())[()], limit.reshape(())[()], delta.reshape(())[()]
    if step == 0:
        raise invalid(f"Requires delta != 0: {step}")
    if step > 0 and first > last:
        raise invalid(f"Requires start <= limit when delta > 0: {first}/{last}")
    if step < 0 and first < last:
        raise invalid(f"Requires start >= limit when delta < 0: {first}/{last}")
    if start.dtype.kind in "iu":
        return len(range(int(first), int(last), int(step)))
    # In double precision 1.0 / 0.1f is a hair below 10: TensorFlow divides in the type of the arguments.
    with np.errstate(over="ignore"):
        return int(np.ceil(np.abs((last - first) / step)))


def numpy_range(start: np.ndarray, limit: np.ndarray, delta: np.ndarray) -> np.ndarray:
    """The range as a NumPy array: every element is start + i * delta, rounded once per operation."""
    dtype = start.dtype
    count = range_size(start, limit, delta)
    try:
        steps = np.arange(count, dtype=np.int64).astype(dtype)
        return (start.reshape(()) + steps * delta.reshape(())).astype(dtype)
    except MemoryError:
        raise ResourceExhaustedError(
            None, None, f"OOM when allocating tensor with shape[{count}] and type {dtype}"
        ) from None


def _range(start, limit, delta):
    return numpy_range(start, limit, delta)


@kernel("Range", static=("start", "limit", "delta"), numpy=_range)
def range_kernel(start, limit, delta):
    return jnp.asarray(numpy_range(start, limit, delta))


def _lin_space(xp, start, stop, num):
    for name, value in (("start", start), ("stop", stop)):
        if value.ndim:
            raise invalid(f"{name} must be a scalar, not shape {shape_text(value.shape)}")
    count = scalar_of(num, "num")
    if count <= 0:
        raise invalid(f"Requires num > 0: {count}")
    if count == 1:
        return xp.reshape(start, (1,))
    step = (stop - start) / np.asarray(count - 1, start.dtype)
    inner = start + step * xp.arange(count - 1, dtype=np.int64).astype(start.dtype)
    # The last element is `stop` itself, not what rounding makes of it.
    return xp.concatenate([inner, xp.reshape(stop, (1,))]).astype(start.dtype)


data_kernel("LinSpace", static=("num",))(_lin_space)
