"""Gradients of depthwise convolutions, as depthwise convolutions.

The three ops are closed under differentiation. Derivatives of grouped convolutions by JAX's rules are so too on paper,
but from the second order on they are grouped in batches and dilated at once, which cuDNN does not run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfshim.backprop import Record, gradient_rule
from tfshim.indexed_slices import dense
from tfshim.ops import op

_ATTRS = ("strides", "padding", "explicit_paddings", "data_format", "dilations")
_convolve = op("DepthwiseConv2dNative")
_by_input = op("DepthwiseConv2dNativeBackpropInput")
_by_filter = op("DepthwiseConv2dNativeBackpropFilter")
_shape = op("Shape")


def _attrs(record: Record) -> dict[str, Any]:
    return {name: record.computation.attr(name) for name in _ATTRS}


@gradient_rule("DepthwiseConv2dNative")
def _depthwise(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    (x, w), cotangent, attrs = record.inputs, dense(cotangents[0]), _attrs(record)
    return [
        _by_input(_shape(x), w, cotangent, **attrs) if 0 in wanted else None,
        _by_filter(x, _shape(w), cotangent, **attrs) if 1 in wanted else None,
    ]


@gradient_rule("DepthwiseConv2dNativeBackpropInput")
def _depthwise_by_input(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    (_, w, out), cotangent, attrs = record.inputs, dense(cotangents[0]), _attrs(record)
    return [
        None,
        _by_filter(cotangent, _shape(w), out, **attrs) if 1 in wanted else None,
        _convolve(cotangent, w, **attrs) if 2 in wanted else None,
    ]


@gradient_rule("DepthwiseConv2dNativeBackpropFilter")
def _depthwise_by_filter(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    (x, _, out), cotangent, attrs = record.inputs, dense(cotangents[0]), _attrs(record)
    return [
        _by_input(_shape(x), cotangent, out, **attrs) if 0 in wanted else None,
        None,
        _convolve(x, cotangent, **attrs) if 2 in wanted else None,
    ]
