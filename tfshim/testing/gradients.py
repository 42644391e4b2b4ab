"""`tf.test.compute_gradient`: Jacobians by differentiation and by finite differences, to compare."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim.context import context, executing_eagerly
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.gradient_tape import GradientTape
from tfshim.indexed_slices import dense
from tfshim.namespaces import resolve


@export("test.compute_gradient")
def compute_gradient(f, x, delta=None):
    """The theoretical and the numerical Jacobian of a function.

    In a graph the values come from the default session.

    Args:
      f: function of as many tensors as `x` has elements, with one tensor as result.
      x: list or tuple of arguments: arrays, tensors, or values that convert to tensors.
      delta: step of the finite differences; 1/1024 by default, which is exact in binary.

    Returns:
      A pair of tuples, each with one matrix `[f's size, argument's size]` for each argument. A complex number counts
      as two real ones.

    Raises:
      ValueError: if `x` is not a list or tuple.
      AssertionError: if the dtype of an argument is neither floating nor complex.
      AttributeError: in a graph without a default session.
    """
    if not isinstance(x, (list, tuple)):
        raise ValueError(f"`x` must be a list or tuple of values convertible to a Tensor (arguments to `f`), not {x!r}")
    tensors = [convert_to_tensor(v) for v in x]
    for i, tensor in enumerate(tensors):
        if not (tensor.dtype.is_floating or tensor.dtype.is_complex):
            raise AssertionError(f"Cannot compute gradient for unsupported type {tensor.dtype.name} of argument {i}")
    arguments = [_value(tensor, {}) for tensor in tensors]
    step = 1.0 / 1024 if delta is None else delta
    theoretical = tuple(_theoretical(f, arguments, i) for i in range(len(arguments)))
    numerical = tuple(_numerical(f, arguments, i, step) for i in range(len(arguments)))
    return theoretical, numerical


def _inputs(arrays: list[np.ndarray]) -> list[Any]:
    """Tensors for the values of arguments: in a graph placeholders."""
    if executing_eagerly():
        return [convert_to_tensor(a) for a in arrays]
    return [resolve("compat.v1.placeholder")(a.dtype, a.shape) for a in arrays]  # type: ignore[operator]


def _value(tensor: Any, feeds: dict[Any, np.ndarray]) -> np.ndarray:
    """The value of a tensor; in a graph with values for placeholders."""
    if executing_eagerly():
        return dense(tensor).numpy()
    if context.session is None:
        raise AttributeError("compute_gradient in a graph takes values from the default session, and there is none.")
    return context.session.run(dense(tensor), feeds)


def _reals(array: np.ndarray) -> np.ndarray:
    """A flat view of the real numbers in an array: of complex ones both parts."""
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view(flat.real.dtype) if flat.dtype.kind == "c" else flat


def _theoretical(f, arrays, i) -> np.ndarray:
    inputs = _inputs(arrays)
    with GradientTape(persistent=True) as tape:
        tape.watch(inputs[i])
        result = f(*inputs)
    feeds = {} if executing_eagerly() else dict(zip(inputs, arrays))
    value = _value(result, feeds)
    x = arrays[i]
    jacobian = np.zeros((_reals(value).size, _reals(x).size), _real_dtype(x))

    def gradient(seed):
        return tape.gradient(result, inputs[i], output_gradients=seed)

    if not executing_eagerly():
        # One graph for all rows.
        (placeholder,) = _inputs([value])
        found = gradient(placeholder)
    for row in range(jacobian.shape[0]):
        seed = np.zeros_like(value)
        _reals(seed)[row] = 1
        if executing_eagerly():
            found = gradient(convert_to_tensor(seed))
        else:
            feeds[placeholder] = seed
        if found is not None:
            jacobian[row] = _reals(_value(found, feeds))
    return jacobian


def _numerical(f, arrays, i, delta) -> np.ndarray:
    x = arrays[i]
    function = _of_arrays(f, arrays)
    columns = []
    for column in range(_reals(x).size):
        ends = []
        for sign in (1, -1):
            shifted = np.array(x)
            _reals(shifted)[column] += sign * delta
            ends.append(function(i, shifted))
        columns.append((ends[0] - ends[1]) / (2 * delta))
    if not columns:
        return np.zeros((function(i, x).size, 0), _real_dtype(x))
    return np.stack(columns, axis=1).astype(_real_dtype(x))


def _of_arrays(f, arrays):
    """A function of an argument's number and its value: the real numbers of `f`, whose other arguments are `arrays`."""
    if executing_eagerly():
        return lambda i, value: _reals(_value(f(*_inputs([*arrays[:i], value, *arrays[i + 1 :]])), {}))
    inputs = _inputs(arrays)
    result, feeds = f(*inputs), dict(zip(inputs, arrays))
    return lambda i, value: _reals(_value(result, {**feeds, inputs[i]: value}))


def _real_dtype(array: np.ndarray) -> np.dtype:
    return array.real.dtype if array.dtype.kind == "c" else array.dtype
