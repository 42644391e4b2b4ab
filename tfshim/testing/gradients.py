"""`tf.test.compute_gradient`: Jacobians by differentiation and by finite differences, to compare."""

from __future__ import annotations

import numpy as np

from tfshim import dtypes
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.gradient_tape import GradientTape
from tfshim.indexed_slices import dense
from tfshim.ops import op


@export("test.compute_gradient")
def compute_gradient(f, x, delta=None):
    """The theoretical and the numerical Jacobian of a function.

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
    """
    if not isinstance(x, (list, tuple)):
        raise ValueError(f"`x` must be a list or tuple of values convertible to a Tensor (arguments to `f`), not {x!r}")
    arguments = [convert_to_tensor(v) for v in x]
    for i, argument in enumerate(arguments):
        if not (argument.dtype.is_floating or argument.dtype.is_complex):
            raise AssertionError(f"Cannot compute gradient for unsupported type {argument.dtype.name} of argument {i}")
    step = 1.0 / 1024 if delta is None else delta
    theoretical = tuple(_theoretical(f, arguments, i) for i in range(len(arguments)))
    numerical = tuple(_numerical(f, arguments, i, step) for i in range(len(arguments)))
    return theoretical, numerical


def _reals(array: np.ndarray) -> np.ndarray:
    """A flat view of the real numbers in an array: of complex ones both parts."""
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view(flat.real.dtype) if flat.dtype.kind == "c" else flat


def _theoretical(f, arguments, i) -> np.ndarray:
    with GradientTape(persistent=True) as tape:
        tape.watch(arguments[i])
        result = f(*arguments)
    value = result.numpy()
    x = arguments[i].numpy()
    jacobian = np.zeros((_reals(value).size, _reals(x).size), _real_dtype(x))
    for row in range(jacobian.shape[0]):
        seed = np.zeros_like(value)
        _reals(seed)[row] = 1
        gradient = tape.gradient(result, arguments[i], output_gradients=convert_to_tensor(seed))
        if gradient is not None:
            jacobian[row] = _reals(dense(gradient).numpy())
    return jacobian


def _numerical(f, arguments, i, delta) -> np.ndarray:
    x = arguments[i].numpy()
    # Half types have too few digits for differences of neighbouring values.
    narrow = x.dtype in (np.float16, dtypes.bfloat16.as_numpy_dtype)
    wide = x.astype(np.float32) if narrow else np.array(x)

    def value(shifted):
        changed = list(arguments)
        changed[i] = convert_to_tensor(shifted)
        if narrow:
            changed = [op("Cast")(a, DstT=dtypes.float32) if a.dtype.size == 2 else a for a in changed]
        return _reals(f(*changed).numpy())

    columns = []
    for column in range(_reals(wide).size):
        ends = []
        for sign in (1, -1):
            shifted = np.array(wide)
            _reals(shifted)[column] += sign * delta
            ends.append(value(shifted))
        columns.append((ends[0] - ends[1]) / (2 * delta))
    if not columns:
        return np.zeros((value(wide).size, 0), _real_dtype(x))
    return np.stack(columns, axis=1).astype(_real_dtype(x))


def _real_dtype(array: np.ndarray) -> np.dtype:
    return array.real.dtype if array.dtype.kind == "c" else array.dtype
