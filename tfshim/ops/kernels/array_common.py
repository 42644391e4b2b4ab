"""What the array kernels share: one body for JAX and NumPy, axis checks, shapes as TensorFlow prints them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from tfshim.ops.registry import kernel, runtime_check
from tfshim.ops.shape_helpers import invalid, shape_text


def data_kernel(*names: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers `body(xp, *inputs, **attrs)` under `names`, for arrays of JAX and (as the twin) of NumPy.

    Data movement is written once: `xp` is `jax.numpy` or `numpy`. The twin also serves strings, which are object
    arrays of bytes.
    """

    def register(body: Callable[..., Any]) -> Callable[..., Any]:
        parameters = list(inspect.signature(body).parameters.values())[1:]

        def on_device(*inputs: Any, **attrs: Any) -> Any:
            return body(jnp, *inputs, **attrs)

        def on_host(*inputs: Any, **attrs: Any) -> Any:
            result = body(np, *inputs, **attrs)
            return tuple(map(host_array, result)) if isinstance(result, (tuple, list)) else host_array(result)

        for fn in (on_device, on_host):
            fn.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
            fn.__name__ = fn.__qualname__ = body.__name__
        for name in names:
            kernel(name, numpy=on_host, moves_data=True, **options)(on_device)
        return body

    return register


def host_array(value: Any) -> np.ndarray:
    """`value` as an ndarray: indexing an object array down to one element gives the element itself."""
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, (bytes, str)):
        return np.array(value, dtype=object)
    return np.asarray(value)


def require(xp: Any, holds: Any, message: str | Callable[..., str], *operands: Any) -> None:
    """Raises at once on the host; on a device the program reports the failure after it ran."""
    if xp is jnp:
        runtime_check(holds, message, *operands)
    elif not np.all(holds):
        raise invalid(message(*operands) if callable(message) else message)


def is_host(xp: Any) -> bool:
    """True in the NumPy twin."""
    return xp is np


def scalar_of(array: np.ndarray, what: str) -> int:
    """The single integer in a static input."""
    if array.size != 1:
        raise invalid(f"{what} must be a tensor with a single value, got shape {shape_text(array.shape)}")
    return int(array.reshape(()))


def normalized_axis(axis: int, rank: int, message: str) -> int:
    """`axis` counted from the front; `message` is raised if it is out of range."""
    if not -rank <= axis < rank:
        raise invalid(message)
    return axis + rank if axis < 0 else axis


def int_vector(array: np.ndarray, message: str) -> tuple[int, ...]:
    """The values of a static vector; `message` is raised for another rank."""
    if array.ndim != 1:
        raise invalid(message)
    return tuple(array.tolist())


def shape_vector(array: np.ndarray, message: str) -> tuple[int, ...]:
    """The values of a static vector of sizes, none of them negative."""
    sizes = int_vector(array, message)
    for size in sizes:
        if size < 0:
            raise invalid(f"Dimension {size} must be >= 0")
    check_count(sizes)
    return sizes


def check_count(sizes: Sequence[int]) -> None:
    """Raises for a shape of more elements than can be counted, which XLA would abort the process for."""
    if product(sizes) >= 2**63:
        raise invalid(f"Encountered overflow when multiplying the sizes {shape_text(sizes)}")


def product(values: Sequence[int]) -> int:
    """The product as a Python integer."""
    total = 1
    for value in values:
        total *= value
    return total


def vector_or_scalar(array: np.ndarray) -> np.ndarray:
    """A shape input in which TensorFlow takes a scalar for a vector of one size."""
    return array.reshape(1) if array.ndim == 0 else array
