"""Reductions, cumulative sums and what is made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim import dispatch, dtypes
from tfshim.api import math, math_unary
from tfshim.api.array import reshape
from tfshim.api.casting import cast
from tfshim.api.naming import composed
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.tensor import EagerTensor, Tensor, host_tensor

_arg_max = op("ArgMax")
_arg_min = op("ArgMin")
_cumprod = op("Cumprod")
_cumsum = op("Cumsum")
_cumulative_logsumexp = op("CumulativeLogsumexp")
_euclidean_norm = op("EuclideanNorm")
_maximum = op("Maximum")
_mul = op("Mul")
_reshape = op("Reshape")
_select = op("SelectV2")
_shape = op("Shape")
_stop_gradient = op("StopGradient")
_strided_slice = op("StridedSlice")


_all_axes_of_rank: dict[int, EagerTensor] = {}


def _all_axes(x: Tensor) -> Any:
    """The axes 0, 1, ... of a tensor, as a tensor where its rank is not known."""
    rank = x.shape.rank
    if rank is None:
        return op("Range")(0, op("Rank")(x), 1)
    if context.graph is not None:
        return convert_to_tensor(np.arange(rank, dtype=np.int32))
    axes = _all_axes_of_rank.get(rank)
    if axes is None:
        axes = _all_axes_of_rank[rank] = host_tensor(np.arange(rank, dtype=np.int32))
    return axes


def _reduce(run: Any, x: Any, axis: Any, keepdims: Any, name: str | None, dtype: Any = None) -> Tensor:
    keepdims = bool(keepdims)
    if axis is not None:
        if type(axis) is float:
            axis = convert_to_tensor(axis, dtypes.int32)  # a TypeError, as the axis is an integer first of all
        return run(x, axis, keep_dims=keepdims, name=name)
    if not isinstance(x, Tensor):
        x = convert_to_tensor(x, dtype, name="input_tensor")
    result = run(x, _all_axes(x), keep_dims=keepdims, name=name)
    if not keepdims and type(result) is not EagerTensor and not result.shape.is_fully_defined():
        result.set_shape(())
    return result


_SHARED = "nan if there is one. Equal ones share the gradient"

# Python name, op, public paths, what it computes, the dtype that a Python value must convert to.
_TABLE = (
    (
        "reduce_sum",
        "Sum",
        "math.reduce_sum reduce_sum",
        "The sum, of the input's type: integers wrap around",
        None,
    ),
    ("reduce_prod", "Prod", "math.reduce_prod reduce_prod", "The product, of the input's type", None),
    ("reduce_mean", "Mean", "math.reduce_mean reduce_mean", "The mean: truncated for integers", None),
    ("reduce_max", "Max", "math.reduce_max reduce_max", f"The greatest element; {_SHARED}", None),
    ("reduce_min", "Min", "math.reduce_min reduce_min", f"The least element; {_SHARED}", None),
    ("reduce_all", "All", "math.reduce_all reduce_all", "Whether all elements are True", dtypes.bool),
    ("reduce_any", "Any", "math.reduce_any reduce_any", "Whether any element is True", dtypes.bool),
    (
        "reduce_euclidean_norm",
        "EuclideanNorm",
        "math.reduce_euclidean_norm",
        "The root of the sum of the squares; its gradient at zero is nan",
        None,
    ),
)


def _declare(python_name: str, op_name: str, paths: str, text: str, dtype: Any) -> Any:
    run = op(op_name)
    names = paths.split()

    def fn(input_tensor, axis=None, keepdims=False, name=None):
        try:
            return _reduce(run, input_tensor, axis, keepdims, name, dtype)
        except Exception:
            handler = dispatch.find(names[0], (input_tensor,))
            if handler is None:
                raise
        return handler(input_tensor, axis, keepdims, name)

    fn._dispatches = True  # type: ignore[attr-defined]
    fn.__name__ = fn.__qualname__ = python_name
    fn.__doc__ = f"""{text}, over axes.

    Args:
      input_tensor: a tensor of a type that the op `{op_name}` takes.
      axis: an axis or a list or tensor of axes, negative ones counted from the end; None for all.
      keepdims: if the reduced axes stay, with size 1.
      name: name of the op in a graph.

    Raises:
      InvalidArgumentError: for an axis that is absent or repeated; while a graph is built, `ValueError`.
    """
    return export(*names)(fn)


_functions = {entry[0]: _declare(*entry) for entry in _TABLE}

reduce_all = _functions["reduce_all"]
reduce_any = _functions["reduce_any"]
reduce_max = _functions["reduce_max"]
reduce_mean = _functions["reduce_mean"]
reduce_min = _functions["reduce_min"]
reduce_prod = _functions["reduce_prod"]
reduce_sum = _functions["reduce_sum"]


@export("math.reduce_variance")
def reduce_variance(input_tensor, axis=None, keepdims=False, name=None):
    """The mean of the squared distances from the mean, over axes; real for complex numbers.

    Raises:
      TypeError: for integers.
    """
    with composed(name or "reduce_variance"):
        x = convert_to_tensor(input_tensor)
        means = reduce_mean(x, axis=axis, keepdims=True)
        if means.dtype.is_integer:
            raise TypeError(f"Input must be either real or complex. Received integer type {means.dtype}.")
        difference = x - means
        if difference.dtype.is_complex:
            squares = math_unary.real(_mul(math_unary.conj(difference), difference))
        else:
            squares = math_unary.square(difference)
        return reduce_mean(squares, axis=axis, keepdims=keepdims)


@export("math.reduce_std")
def reduce_std(input_tensor, axis=None, keepdims=False, name=None):
    """The standard deviation over axes: the root of `reduce_variance`.

    Raises:
      TypeError: for integers.
    """
    with composed(name or "reduce_std"):
        variance = reduce_variance(convert_to_tensor(input_tensor), axis=axis, keepdims=keepdims)
        return math_unary.sqrt(variance)


@export("math.reduce_logsumexp", "reduce_logsumexp")
def reduce_logsumexp(input_tensor, axis=None, keepdims=False, name=None):
    """log(sum(exp(x))) over axes, without overflow."""
    with composed(name or "ReduceLogSumExp") as name:
        x = convert_to_tensor(input_tensor)
        greatest = reduce_max(x, axis=axis, keepdims=True)
        greatest = _stop_gradient(_select(math_unary.is_finite(greatest), greatest, 0))
        terms = math_unary.exp(math.subtract(x, greatest))
        result = math_unary.log(reduce_sum(terms, axis=axis, keepdims=keepdims))
        if not keepdims:
            greatest = _reshape(greatest, _shape(result))
        result = math.add(result, greatest, name=name)
    if axis is None and not keepdims and not result.shape.is_fully_defined():
        result.set_shape(())
    return result


@export("math.count_nonzero")
def count_nonzero(input, axis=None, keepdims=None, dtype=dtypes.int64, name=None):
    """How many elements are not zero (not empty, for strings), over axes, as `dtype`."""
    with composed(name or "count_nonzero"):
        x = convert_to_tensor(input, name="input")
        if x.dtype is dtypes.bool:
            chosen = x
        else:
            zero = b"" if x.dtype is dtypes.string else np.zeros((), x.dtype.as_numpy_dtype)
            chosen = math.not_equal(x, zero)
        return cast(reduce_sum(cast(chosen, dtypes.int64), axis=axis, keepdims=keepdims), dtype)


@export("math.zero_fraction", "nn.zero_fraction")
def zero_fraction(value, name=None):
    """The fraction of elements that are zero, as a float32; nan for an empty tensor."""
    with composed(name or "zero_fraction") as name:
        value = convert_to_tensor(value, name="value")
        size = cast(op("Size")(value, out_type=dtypes.int64), dtypes.float32)
        # Counted exactly: a float32 sum of ones stops at 2**24.
        zero = "" if value.dtype is dtypes.string else np.zeros((), value.dtype.as_numpy_dtype)
        is_zero = math.equal(value, zero)
        zeros = reduce_sum(cast(is_zero, dtypes.int64))
        return math.truediv(cast(zeros, dtypes.float32), size, name=name)


@export("math.l2_normalize", "linalg.l2_normalize", "nn.l2_normalize")
def l2_normalize(x, axis=None, epsilon=1e-12, name=None, dim=None):
    """`x` divided by its Euclidean norm over axes; by sqrt(epsilon) where the norm is less.

    Args:
      x: a floating-point or complex tensor.
      axis: as in `tf.reduce_sum`.
      epsilon: lower bound of the sum of squares.
      name: name of the op in a graph.
      dim: old name of `axis`.

    Raises:
      ValueError: if both `axis` and `dim` are given.
    """
    if dim is not None:
        if axis is not None:
            raise ValueError("Cannot specify both 'axis' and 'dim'.")
        axis = dim
    with composed(name or "l2_normalize") as name:
        x = convert_to_tensor(x, name="x")
        if x.dtype.is_complex:
            real, imag = math_unary.real(x), math_unary.imag(x)
            squares = math_unary.square(real) + math_unary.square(imag)
            factor = math_unary.rsqrt(_maximum(reduce_sum(squares, axis, keepdims=True), epsilon))
            parts = _mul(real, factor), _mul(imag, factor)
            return op("Complex")(*parts, Tout=x.dtype, name=name)
        factor = math_unary.rsqrt(_maximum(reduce_sum(math_unary.square(x), axis, keepdims=True), epsilon))
        return _mul(x, factor, name=name)


# Positions -----------------------------------------------------------------------------------------------

_AXIS_TYPES = (dtypes.int8, dtypes.uint8, dtypes.int16, dtypes.uint16, dtypes.int32, dtypes.int64)


@export("math.argmax", "argmax")
def argmax(input, axis=None, output_type=dtypes.int64, name=None):
    """The index of the greatest element along one axis (the first by default); of equal ones the least index.

    nan is not taken for the greatest.

    Raises:
      TypeError: if `axis` is neither an int nor an integer tensor.
      InvalidArgumentError: for an absent or empty axis; while a graph is built, `ValueError`.
    """
    if axis is None:
        axis = 0
    elif hasattr(axis, "dtype"):
        kind = dtypes.as_dtype(axis.dtype)
        if kind not in _AXIS_TYPES:
            raise TypeError(f"axis tensor dtypes {kind} is not supported")
        if kind not in (dtypes.int32, dtypes.int64):
            axis = cast(axis, dtypes.int32)
    elif not isinstance(axis, int):
        raise TypeError("axis must be int or Tensor with integer datatype")
    return _arg_max(input, axis, output_type=output_type, name=name)


@export("math.argmin", "argmin")
def argmin(input, axis=None, output_type=dtypes.int64, name=None):
    """The index of the least element along one axis (the first by default); of equal ones the least index.

    nan is not taken for the least.

    Raises:
      InvalidArgumentError: for an absent or empty axis; while a graph is built, `ValueError`.
    """
    return _arg_min(input, 0 if axis is None else axis, output_type=output_type, name=name)


# Along one axis ------------------------------------------------------------------------------------------


@export("math.cumsum", "cumsum")
def cumsum(x, axis=0, exclusive=False, reverse=False, name=None):
    """The sums of the elements up to each, along one axis.

    Args:
      x: a numeric tensor.
      axis: the axis; negative ones count from the end.
      exclusive: each sum is without the element itself.
      reverse: sum from the end.
      name: name of the op in a graph.
    """
    return _cumsum(x, axis, exclusive=exclusive, reverse=reverse, name=name)


@export("math.cumprod")
def cumprod(x, axis=0, exclusive=False, reverse=False, name=None):
    """The products of the elements up to each, along one axis; arguments as in `tf.cumsum`.

    As in TensorFlow, the gradient of an element that is zero is zero.
    """
    return _cumprod(x, axis, exclusive=exclusive, reverse=reverse, name=name)


@export("math.cumulative_logsumexp")
def cumulative_logsumexp(x, axis=0, exclusive=False, reverse=False, name=None):
    """log(cumsum(exp(x))) along one axis, without overflow; arguments as in `tf.cumsum`.

    An exclusive one begins with the logarithm of nothing, minus infinity.
    """
    return _cumulative_logsumexp(x, axis, exclusive=exclusive, reverse=reverse, name=name)


def _monotonic(x: Any, compare: Any, name: str) -> Tensor:
    with composed(name):
        x = reshape(x, [-1])
        if not x.dtype.is_numeric:
            raise TypeError(f"Expected x to be numeric, instead found: {x}")
        later = _strided_slice(x, [1], [0], [1], end_mask=1)
        # Up to, and without, the last.
        earlier = _strided_slice(x, [0], [-1], [1], begin_mask=1)
        return reduce_all(compare(later, earlier))


@export("math.is_strictly_increasing")
def is_strictly_increasing(x, name=None):
    """Whether each element of the flattened `x` is greater than the one before.

    Raises:
      TypeError: if `x` is not numeric.
    """
    return _monotonic(x, op("Greater"), name or "is_strictly_increasing")


@export("math.is_non_decreasing")
def is_non_decreasing(x, name=None):
    """Whether no element of the flattened `x` is less than the one before.

    Raises:
      TypeError: if `x` is not numeric.
    """
    return _monotonic(x, op("GreaterEqual"), name or "is_non_decreasing")
