"""`tf.compat.v1.test.compute_gradient`: Jacobians of graphs by differentiation and by finite differences."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.gradient_tape import gradients
from tfshim.indexed_slices import dense
from tfshim.v1.session import get_default_session


@export("compat.v1.test.compute_gradient")
def compute_gradient(x, x_shape, y, y_shape, x_init_value=None, delta=1e-3, init_targets=None, extra_feed_dict=None):
    """The theoretical and the numerical Jacobian of `y` by `x`, in the default session.

    Args:
      x: tensor, or list of tensors.
      x_shape: its shape, or a list of shapes.
      y: tensor.
      y_shape: its shape.
      x_init_value: where to differentiate, an array or list of arrays; random by default.
      delta: step of the finite differences.
      init_targets: operations that are run first.
      extra_feed_dict: what else is fed.

    Returns:
      A pair of matrices `[size of x, size of y]`, or a list of pairs. A complex number counts as two real ones.

    Raises:
      RuntimeError: if there is no default session.
      AssertionError: if `y` does not depend on `x`, or an array has another shape than is said.
    """
    session = get_default_session()
    if session is None:
        raise RuntimeError("compute_gradient needs a default session: use `with tf.compat.v1.Session():`")
    if init_targets is not None:
        for target in init_targets if isinstance(init_targets, (list, tuple)) else [init_targets]:
            session.run(target)
    several = isinstance(x, list)
    tensors, shapes = (x, x_shape) if several else ([x], [x_shape])
    given = x_init_value if several else [x_init_value]
    values = [
        _start(tensor, shape, None if given is None else given[i])
        for i, (tensor, shape) in enumerate(zip(tensors, shapes, strict=True))
    ]
    seed = convert_to_tensor(np.ones(y_shape, y.dtype.as_numpy_dtype))
    slopes = gradients(y, tensors, grad_ys=seed)
    feeds = {**(extra_feed_dict or {}), **dict(zip(tensors, values, strict=True))}
    results = []
    for tensor, value, slope in zip(tensors, values, slopes, strict=True):
        assert slope is not None, f"y has no gradient with respect to {tensor}"
        size = _reals(np.zeros(y_shape, y.dtype.as_numpy_dtype)).size
        theoretical = np.zeros((_reals(value).size, size), value.real.dtype)
        for column in range(size):
            direction = np.zeros(y_shape, y.dtype.as_numpy_dtype)
            _reals(direction)[column] = 1
            theoretical[:, column] = _reals(session.run(dense(slope), {**feeds, seed: direction}))
        numerical = np.zeros_like(theoretical)
        for row in range(theoretical.shape[0]):
            ends = []
            for step in (delta, -delta):
                shifted = np.array(value)
                _reals(shifted)[row] += step
                ends.append(_reals(session.run(y, {**feeds, tensor: shifted})))
            numerical[row] = (ends[0] - ends[1]) / (2 * delta)
        results.append((theoretical, numerical))
    return results if several else results[0]


@export("compat.v1.test.compute_gradient_error")
def compute_gradient_error(
    x, x_shape, y, y_shape, x_init_value=None, delta=1e-3, init_targets=None, extra_feed_dict=None
):
    """The greatest difference between the two Jacobians of `compute_gradient`."""
    found = compute_gradient(x, x_shape, y, y_shape, x_init_value, delta, init_targets, extra_feed_dict)
    pairs = found if isinstance(found, list) else [found]
    return max(float(np.max(np.abs(a - b), initial=0)) for a, b in pairs)


def _start(tensor: Any, shape: Any, value: Any) -> np.ndarray:
    dtype = tensor.dtype.as_numpy_dtype
    if value is None:
        parts = np.random.random_sample((2, *shape))
        value = parts[0] + 1j * parts[1] if tensor.dtype.is_complex else parts[0]
    value = np.array(value, dtype, order="C")  # parts of it are changed through flat views
    assert value.shape == tuple(shape), f"x_init_value has the shape {value.shape}, not {tuple(shape)}"
    return value


def _reals(array: Any) -> np.ndarray:
    """A flat view of the real numbers in an array: of complex ones both parts."""
    flat = np.asarray(array).reshape(-1)
    return flat.view(flat.real.dtype) if flat.dtype.kind == "c" else flat
