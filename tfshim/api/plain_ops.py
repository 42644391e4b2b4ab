"""Functions that are an op and nothing more: its inputs and attributes by position, in the order of the op table."""

from __future__ import annotations

import inspect
from collections import namedtuple
from typing import Any

from tfshim.export import export
from tfshim.ops import op_table, ordered_op

# Python name, op, public paths, what it does.
_TABLE = (
    ("approx_top_k", "ApproxTopK", "approx_top_k", "The `k` largest (or smallest) elements and their indices, exactly"),
    ("check_pinned", "CheckPinned", "check_pinned", "Whether a tensor lies in memory that the host keeps for a GPU"),
    ("conv", "Conv", "conv", "A convolution of two or three spatial dimensions behind `batch_dims` batch dimensions"),
    (
        "conv2d_backprop_filter_v2",
        "Conv2DBackpropFilterV2",
        "conv2d_backprop_filter_v2",
        "The gradient of `conv2d` by its filter, of whose values only the shape counts",
    ),
    (
        "conv2d_backprop_input_v2",
        "Conv2DBackpropInputV2",
        "conv2d_backprop_input_v2",
        "The gradient of `conv2d` by its input, of whose values only the shape counts",
    ),
    (
        "conv3d_backprop_filter_v2",
        "Conv3DBackpropFilterV2",
        "compat.v1.nn.conv3d_backprop_filter_v2 compat.v1.nn.conv3d_backprop_filter",
        "The gradient of `conv3d` by its filter, of the sizes `filter_sizes`",
    ),
    (
        "decode_proto",
        "DecodeProtoV2",
        "io.decode_proto",
        "The fields of serialized messages of protocol buffers: how many values each has, and the values, filled up",
    ),
    ("encode_proto", "EncodeProto", "io.encode_proto", "Messages of protocol buffers, serialized, from their fields"),
    (
        "extract_volume_patches",
        "ExtractVolumePatches",
        "extract_volume_patches",
        "The windows of a volume `[batch, planes, rows, columns, depth]`, each in the last dimension",
    ),
    (
        "fake_quant_with_min_max_args",
        "FakeQuantWithMinMaxArgs",
        "quantization.fake_quant_with_min_max_args",
        "`inputs` clamped to [min, max] and rounded to the values that `num_bits` can tell apart there",
    ),
    (
        "fake_quant_with_min_max_args_gradient",
        "FakeQuantWithMinMaxArgsGradient",
        "quantization.fake_quant_with_min_max_args_gradient",
        "The gradient of `fake_quant_with_min_max_args`",
    ),
    (
        "fake_quant_with_min_max_vars",
        "FakeQuantWithMinMaxVars",
        "quantization.fake_quant_with_min_max_vars",
        "Like `fake_quant_with_min_max_args`, with scalar tensors for the range",
    ),
    (
        "fake_quant_with_min_max_vars_gradient",
        "FakeQuantWithMinMaxVarsGradient",
        "quantization.fake_quant_with_min_max_vars_gradient",
        "The gradients of `fake_quant_with_min_max_vars`",
    ),
    (
        "fake_quant_with_min_max_vars_per_channel",
        "FakeQuantWithMinMaxVarsPerChannel",
        "quantization.fake_quant_with_min_max_vars_per_channel",
        "Like `fake_quant_with_min_max_vars`, with a range for each element of the last dimension",
    ),
    (
        "fake_quant_with_min_max_vars_per_channel_gradient",
        "FakeQuantWithMinMaxVarsPerChannelGradient",
        "quantization.fake_quant_with_min_max_vars_per_channel_gradient",
        "The gradients of `fake_quant_with_min_max_vars_per_channel`",
    ),
    ("fftnd", "FFTND", "fftnd", "The Fourier transform over `axes`, of the lengths `fft_length`"),
    ("ifftnd", "IFFTND", "ifftnd", "The inverse Fourier transform over `axes`, of the lengths `fft_length`"),
    (
        "irfftnd",
        "IRFFTND",
        "irfftnd",
        "The inverse Fourier transform to real values over `axes`, of the lengths `fft_length`",
    ),
    (
        "quantized_avg_pool",
        "QuantizedAvgPool",
        "compat.v1.nn.quantized_avg_pool",
        "The means of windows over quantised `[batch, rows, columns, depth]`, in the range of the input",
    ),
    (
        "quantized_concat",
        "QuantizedConcat",
        "quantization.quantized_concat",
        "Quantised tensors joined along a dimension, in one range for all of them",
    ),
    (
        "quantized_conv2d",
        "QuantizedConv2D",
        "compat.v1.nn.quantized_conv2d",
        "The convolution of quantised `[batch, rows, columns, depth]` with a quantised filter, and its range",
    ),
    (
        "quantized_max_pool",
        "QuantizedMaxPool",
        "compat.v1.nn.quantized_max_pool",
        "The maxima of windows over quantised `[batch, rows, columns, depth]`, in the range of the input",
    ),
    (
        "quantized_relu_x",
        "QuantizedReluX",
        "compat.v1.nn.quantized_relu_x",
        "`min(max(features, 0), max_value)` of quantised numbers, for which TensorFlow has no kernel",
    ),
    (
        "ragged_fill_empty_rows",
        "RaggedFillEmptyRows",
        "ragged_fill_empty_rows",
        "Rows and values of a ragged tensor with `default_value` in each row that had none",
    ),
    (
        "ragged_fill_empty_rows_grad",
        "RaggedFillEmptyRowsGrad",
        "ragged_fill_empty_rows_grad",
        "The gradients of `ragged_fill_empty_rows` by the values and the default",
    ),
    (
        "random_index_shuffle",
        "RandomIndexShuffle",
        "random_index_shuffle",
        "The place of `index` in a random permutation of [0, max_index]",
    ),
    ("realdiv", "RealDiv", "realdiv", "x / y of floating-point or complex tensors, elementwise"),
    ("rfftnd", "RFFTND", "rfftnd", "The Fourier transform of real values over `axes`, of the lengths `fft_length`"),
    ("truncatediv", "TruncateDiv", "truncatediv", "x / y rounded towards zero, elementwise"),
    ("truncatemod", "TruncateMod", "truncatemod", "The remainder of `truncatediv`, with the sign of x, elementwise"),
)


def _default(value: Any) -> Any:
    """A default as TensorFlow's functions show it."""
    if isinstance(value, tuple):
        return [_default(v) for v in value]
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, float):
        # The table holds single precision: 0.95 and not 0.949999988.
        return float(f"{value:.7g}")
    return value


def declare(python_name: str, op_name: str, paths: str, text: str) -> Any:
    """Makes and exports the function of an op."""
    run = ordered_op(op_name)
    definition = run.definition
    inputs = [arg.name for arg in definition.inputs]
    attrs = op_table.given_attrs(definition)
    outputs = [arg.name for arg in definition.outputs]
    result = namedtuple(op_name, outputs) if len(outputs) > 1 else None
    parameters = [_parameter(name) for name in inputs]
    for name in attrs:
        attr = definition.attrs[name]
        parameters.append(_parameter(name, _default(attr.default)) if attr.has_default else _parameter(name))
    signature = inspect.Signature([*parameters, _parameter("name", None)])

    def fn(*args: Any, **kwargs: Any) -> Any:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{python_name}() {error}") from None
        given = bound.arguments
        label = given.pop("name", None)
        operands = [given.pop(key) for key in inputs]
        found = run(*operands, name=label, **given)
        return found if result is None else result(*found)

    fn.__name__ = fn.__qualname__ = python_name
    fn.__signature__ = signature  # type: ignore[attr-defined]
    fn.__doc__ = f"{text}: the op `{op_name}`."
    return export(*paths.split())(fn)


def _parameter(name: str, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)


for _entry in _TABLE:
    declare(*_entry)
