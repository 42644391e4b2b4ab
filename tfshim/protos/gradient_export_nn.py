"""How gradients of neural-network ops are exported."""

from __future__ import annotations

from typing import Any

from tfshim.ops import op
from tfshim.protos.gradient_export import Gradient, rule
from tfshim.protos.gradient_export_math import number

# The gradient op of the cotangent and the output, or of the cotangent and the input.
for _name, _gradient in (("Relu", "ReluGrad"), ("Elu", "EluGrad"), ("Selu", "SeluGrad"), ("Relu6", "Relu6Grad")):
    rule(_name)(lambda g, _gradient=_gradient: [op(_gradient)(g.dy, g.y)])  # type: ignore[misc]
for _name, _gradient in (("Softplus", "SoftplusGrad"), ("Softsign", "SoftsignGrad")):
    rule(_name)(lambda g, _gradient=_gradient: [op(_gradient)(g.dy, g.inputs[0])])  # type: ignore[misc]


@rule("LeakyRelu")
def _leaky_relu(g: Gradient) -> list[Any]:
    return [op("LeakyReluGrad")(g.dy, g.inputs[0], alpha=g.attr("alpha"))]


@rule("BiasAdd")
def _bias_add(g: Gradient) -> list[Any]:
    bias = op("BiasAddGrad")(g.dy, data_format=g.attr("data_format")) if 1 in g.wanted else None
    return [g.dy, bias]


def _sum_of_last(x: Any) -> Any:
    return op("Sum")(x, [-1], keep_dims=True)


@rule("Softmax")
def _softmax(g: Gradient) -> list[Any]:
    return [op("Mul")(op("Sub")(g.dy, _sum_of_last(op("Mul")(g.dy, g.y))), g.y)]


@rule("LogSoftmax")
def _log_softmax(g: Gradient) -> list[Any]:
    return [op("Sub")(g.dy, op("Mul")(_sum_of_last(g.dy), op("Exp")(g.y)))]


@rule("SoftmaxCrossEntropyWithLogits", "SparseSoftmaxCrossEntropyWithLogits")
def _cross_entropy(g: Gradient) -> list[Any]:
    loss, backprop = (*g.cotangents, None)[:2]
    logits = g.inputs[0]
    total = None
    if loss is not None:
        total = op("Mul")(op("ExpandDims")(loss, -1), g.outputs[1])
    if backprop is not None:
        # The second output is the softmax, less the labels: its own gradient.
        softmax = op("Softmax")(logits)
        part = op("Mul")(op("Sub")(backprop, _sum_of_last(op("Mul")(backprop, softmax))), softmax)
        total = part if total is None else op("AddV2")(total, part)
    labels = None
    if 1 in g.wanted:
        labels = op("Neg")(op("Mul")(op("ExpandDims")(loss, -1), op("LogSoftmax")(logits)))
    return [total, labels]


# Convolutions ----------------------------------------------------------------------------------------------

_ATTRS = {
    "Conv2D": ("strides", "padding", "explicit_paddings", "data_format", "dilations"),
    "DepthwiseConv2dNative": ("strides", "padding", "explicit_paddings", "data_format", "dilations"),
    "Conv3D": ("strides", "padding", "data_format", "dilations"),
}
_BACKWARD = {"Conv3D": ("Conv3DBackpropInputV2", "Conv3DBackpropFilterV2")}


def _export_convolution(name: str) -> None:
    by_input, by_filter = _BACKWARD.get(name, (f"{name}BackpropInput", f"{name}BackpropFilter"))

    @rule(name)
    def gradients(g: Gradient) -> list[Any]:
        attrs = {a: g.attr(a) for a in _ATTRS[name]}
        x, kernel = g.inputs
        return [
            op(by_input)(op("Shape")(x), kernel, g.dy, **attrs) if 0 in g.wanted else None,
            op(by_filter)(x, op("Shape")(kernel), g.dy, **attrs) if 1 in g.wanted else None,
        ]


for _name in _ATTRS:
    _export_convolution(_name)


@rule("Conv2DBackpropInput")
def _transposed_convolution(g: Gradient) -> list[Any]:
    attrs = {a: g.attr(a) for a in _ATTRS["Conv2D"]}
    _, kernel, x = g.inputs
    return [
        None,
        op("Conv2DBackpropFilter")(g.dy, op("Shape")(kernel), x, **attrs) if 1 in g.wanted else None,
        op("Conv2D")(g.dy, kernel, **attrs) if 2 in g.wanted else None,
    ]


# Pooling and normalisation ---------------------------------------------------------------------------------


def _window(g: Gradient) -> dict[str, Any]:
    return {a: g.attr(a) for a in ("ksize", "strides", "padding", "data_format")}


@rule("MaxPool", "MaxPool3D")
def _max_pool(g: Gradient) -> list[Any]:
    explicit = {"explicit_paddings": g.attr("explicit_paddings")} if g.name == "MaxPool" else {}
    return [op(f"{g.name}Grad")(g.inputs[0], g.y, g.dy, **_window(g), **explicit)]


@rule("MaxPoolV2")
def _max_pool_v2(g: Gradient) -> list[Any]:
    attrs = {a: g.attr(a) for a in ("padding", "data_format")}
    x, ksize, strides = g.inputs
    return [op("MaxPoolGradV2")(x, g.y, g.dy, ksize, strides, **attrs), None, None]


@rule("AvgPool", "AvgPool3D")
def _avg_pool(g: Gradient) -> list[Any]:
    return [op(f"{g.name}Grad")(op("Shape")(g.inputs[0]), g.dy, **_window(g))]


@rule("LRN")
def _lrn(g: Gradient) -> list[Any]:
    attrs = {a: g.attr(a) for a in ("depth_radius", "bias", "alpha", "beta")}
    return [op("LRNGrad")(g.dy, g.inputs[0], g.y, **attrs)]


@rule("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
def _batch_norm(g: Gradient) -> list[Any]:
    x, scale, _, mean, variance = g.inputs
    if g.attr("is_training"):
        mean, variance = g.outputs[3:5]
    third = g.outputs[5:]
    attrs = {a: g.attr(a) for a in ("epsilon", "data_format", "is_training")}
    name = g.name.replace("FusedBatchNorm", "FusedBatchNormGrad")
    return [*op(name)(g.dy, x, scale, mean, variance, *third, **attrs)[:3], None, None]


@rule("ReluGrad", "Relu6Grad", "LeakyReluGrad")
def _relu_grad(g: Gradient) -> list[Any]:
    attrs = {"alpha": g.attr("alpha")} if g.name == "LeakyReluGrad" else {}
    zeros = op("ZerosLike")(g.inputs[1]) if 1 in g.wanted else None
    return [op(g.name)(g.dy, g.inputs[1], **attrs), zeros]


@rule("EluGrad")
def _elu_grad(g: Gradient) -> list[Any]:
    dy, y = g.inputs
    negative = op("Less")(y, number(0, y))
    zeros = op("ZerosLike")(g.dy)
    second = op("SelectV2")(negative, op("Mul")(g.dy, dy), zeros) if 1 in g.wanted else None
    return [op("EluGrad")(g.dy, y), second]
