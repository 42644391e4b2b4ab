"""Names of TensorFlow 1 that TensorFlow 2 dropped: scopes by values, kernels of gradients, small helpers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes, namespaces
from tfshim.api import nn_norm
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.indexed_slices import IndexedSlices
from tfshim.ops import op
from tfshim.scopes import name_scope
from tfshim.v1.functions import name_scope as name_scope_v1
from tfshim.v1.initializers import Initializer
from tfshim.v1.variable_scope import variable_scope


@export("AggregationMethod", "compat.v1.AggregationMethod")
class AggregationMethod:
    """How `tf.gradients` adds up gradients of one tensor; has no effect."""

    ADD_N = 0
    DEFAULT = ADD_N
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


@export("compat.v1.no_regularizer")
def no_regularizer(_: Any) -> None:
    """A regularizer without a loss: it keeps variables from getting that of their scope."""


@export("compat.v1.op_scope")
@contextlib.contextmanager
def op_scope(values: Any, name: str | None, default_name: str | None = None) -> Iterator[str]:
    """`tf.compat.v1.name_scope` with the arguments in another order."""
    with name_scope_v1(name, default_name=default_name, values=values) as scope:
        yield scope


@export("compat.v1.variable_op_scope")
@contextlib.contextmanager
def variable_op_scope(
    values: Any,
    name_or_scope: Any,
    default_name: str | None = None,
    initializer: Any = None,
    regularizer: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    reuse: Any = None,
    dtype: Any = None,
    use_resource: bool | None = None,
    constraint: Any = None,
) -> Iterator[Any]:
    """`tf.compat.v1.variable_scope` with the arguments in another order."""
    options = {
        "initializer": initializer,
        "regularizer": regularizer,
        "caching_device": caching_device,
        "partitioner": partitioner,
        "custom_getter": custom_getter,
        "reuse": reuse,
        "dtype": dtype,
        "use_resource": use_resource,
        "constraint": constraint,
    }
    with variable_scope(name_or_scope, default_name, values, **options) as scope:
        yield scope


@export("compat.v1.convert_to_tensor_or_indexed_slices")
def convert_to_tensor_or_indexed_slices(value: Any, dtype: Any = None, name: str | None = None) -> Any:
    """`value` as a tensor; `tf.IndexedSlices` as they are, ValueError if theirs is another dtype."""
    if isinstance(value, IndexedSlices):
        if dtype is not None and not dtypes.as_dtype(dtype).is_compatible_with(value.dtype):
            raise ValueError(f"Incompatible tensor conversion requested to {dtypes.as_dtype(dtype).name!r}")
        return value
    return convert_to_tensor(value, dtype=dtype, name=name)


@export("compat.v1.clip_by_average_norm")
def clip_by_average_norm(t: Any, clip_norm: Any, name: str | None = None) -> Any:
    """`t`, scaled down so that its L2 norm divided by the number of elements is at most `clip_norm`."""
    with name_scope(name or "clip_by_average_norm") as scope:
        t = convert_to_tensor(t)
        count = op("Cast")(op("Size")(t), DstT=dtypes.float32)
        squares = op("Sum")(op("Mul")(t, t), op("Range")(0, op("Rank")(t), 1))
        limit = convert_to_tensor(clip_norm, dtype=t.dtype)
        scale = op("Minimum")(op("Mul")(op("Rsqrt")(squares), count), op("RealDiv")(1.0, limit))
        return op("Mul")(op("Mul")(t, limit), scale, name=scope or None)


@export("compat.v1.batch_gather")
def batch_gather(params: Any, indices: Any, name: str | None = None) -> Any:
    """`tf.gather` in which all dimensions of `indices` but the last are batch dimensions."""
    from tfshim.ragged.tensor import ragged_or_dense

    gather: Any = namespaces.resolve("gather")
    indices = ragged_or_dense(indices)
    if indices.shape.rank is None:
        raise ValueError("batch_gather does not allow indices with unknown shape.")
    return gather(ragged_or_dense(params), indices, batch_dims=indices.shape.rank - 1, name=name)


@export("compat.v1.uniform_unit_scaling_initializer", "compat.v1.initializers.uniform_unit_scaling")
class UniformUnitScaling(Initializer):
    """Uniform numbers that keep the variance of what they multiply: up to factor · √(3 / inputs) either way."""

    def __init__(self, factor: float = 1.0, seed: Any = None, dtype: Any = dtypes.float32):
        self.factor = factor
        self.seed = seed
        self.dtype = dtypes.as_dtype(dtype)
        if not self.dtype.is_floating:
            raise ValueError(f"Argument `dtype` is a floating point type, not {self.dtype!r}")

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        """Draws a tensor of the shape."""
        from tfshim.api import random

        inputs = max(1.0, float(np.prod([int(n) for n in shape][:-1])))
        limit = float(np.sqrt(3.0 / inputs)) * self.factor
        return random.uniform(shape, -limit, limit, dtype or self.dtype, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        """The arguments, to make the initializer anew."""
        return {"factor": self.factor, "seed": self.seed, "dtype": self.dtype.name}


UniformUnitScaling.__module__ = "tensorflow.python.ops.init_ops"


# Kernels of convolutions and pooling -----------------------------------------------------------------------


@export("compat.v1.nn.conv2d_backprop_filter")
def conv2d_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Sequence[int],
    padding: Any,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Sequence[int] = (1, 1, 1, 1),
    name: str | None = None,
) -> Any:
    """The gradient of a convolution with respect to its filter."""
    attrs = _convolution(strides, padding, data_format, dilations)
    return op("Conv2DBackpropFilter")(input, filter_sizes, out_backprop, name=name, **attrs)


@export("compat.v1.nn.conv2d_backprop_input")
def conv2d_backprop_input(
    input_sizes: Any,
    filter: Any = None,
    out_backprop: Any = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Sequence[int] = (1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Any:
    """The gradient of a convolution with respect to its input."""
    kernel = filters if filter is None else filter
    attrs = _convolution(strides, padding, data_format, dilations)
    return op("Conv2DBackpropInput")(input_sizes, kernel, out_backprop, name=name, **attrs)


def _convolution(strides: Any, padding: Any, data_format: str, dilations: Any) -> dict[str, Any]:
    explicit: list[int] = []
    if not isinstance(padding, str):
        explicit, padding = [int(n) for n in np.ravel(padding)], "EXPLICIT"
    return {
        "strides": strides,
        "padding": padding,
        "explicit_paddings": explicit,
        "data_format": data_format,
        "dilations": list(dilations),
    }


@export("compat.v1.nn.depthwise_conv2d_native")
def depthwise_conv2d_native(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Sequence[int] = (1, 1, 1, 1),
    name: str | None = None,
) -> Any:
    """A convolution of each channel by itself."""
    return op("DepthwiseConv2dNative")(
        input, filter, name=name, **_convolution(strides, padding, data_format, dilations)
    )


@export("compat.v1.nn.dilation2d")
def dilation2d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    rates: Any = None,
    padding: Any = None,
    name: str | None = None,
    filters: Any = None,
    dilations: Any = None,
) -> Any:
    """`tf.nn.dilation2d` with the parameters of TensorFlow 1: `filter` is `filters`, `rates` is `dilations`."""
    filter = filter if filters is None else filters
    rates = rates if dilations is None else dilations
    return op("Dilation2D")(input, filter, strides=strides, rates=rates, padding=padding, name=name)


@export("compat.v1.nn.erosion2d")
def erosion2d(value: Any, kernel: Any, strides: Any, rates: Any, padding: Any, name: str | None = None) -> Any:
    """`tf.nn.erosion2d` with the parameters of TensorFlow 1."""
    erode: Any = namespaces.resolve("nn.erosion2d")
    return erode(value, kernel, strides, padding, "NHWC", rates, name)


@export("compat.v1.nn.batch_norm_with_global_normalization")
def batch_norm_with_global_normalization(
    t: Any = None,
    m: Any = None,
    v: Any = None,
    beta: Any = None,
    gamma: Any = None,
    variance_epsilon: Any = None,
    scale_after_normalization: bool | None = None,
    name: str | None = None,
    input: Any = None,
    mean: Any = None,
    variance: Any = None,
) -> Any:
    """`tf.nn.batch_norm_with_global_normalization` with other names: `t`, `m` and `v`, or the names of today."""
    given = []
    for (old, value), (new, other) in (
        (("t", t), ("input", input)),
        (("m", m), ("mean", mean)),
        (("v", v), ("variance", variance)),
    ):
        if value is not None and other is not None:
            raise ValueError(f"Cannot specify both '{old}' and '{new}'.")
        given.append(other if value is None else value)
    return nn_norm.batch_norm_with_global_normalization(
        *given, beta, gamma, variance_epsilon, scale_after_normalization, name
    )
