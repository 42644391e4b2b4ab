"""Gradients of the ops on images that are more than the vjp of their kernel."""

from __future__ import annotations

from tfshim.backprop import gradient_rule
from tfshim.indexed_slices import dense
from tfshim.ops import op

_concat = op("ConcatV2")
_fill = op("Fill")
_inverse = op("MatrixInverse")
_pack = op("Pack")
_real_div = op("RealDiv")
_reshape = op("Reshape")
_shape = op("Shape")
_slice = op("StridedSlice")
_transform = op("ImageProjectiveTransformV3")


@gradient_rule("ImageProjectiveTransformV2", "ImageProjectiveTransformV3")
def _(record, cotangents, wanted):
    """TensorFlow's: the cotangent seen through the inverse transforms, which is not the transpose of the op."""
    images, transforms, *others = record.inputs
    if cotangents[0] is None:
        return [None] * len(record.inputs)
    rows = _shape(transforms)
    count = _slice(rows, [0], [1], [1], shrink_axis_mask=1)
    matrices = _concat([transforms, _fill(_pack([count, 1]), 1.0)], 1)
    inverse = _inverse(_reshape(matrices, [-1, 3, 3]))
    flat = _reshape(inverse, [-1, 9])
    flat = _real_div(flat, _slice(flat, [0, 8], [0, 9], [1, 1], begin_mask=1, end_mask=1))
    grad = _transform(
        dense(cotangents[0]),
        _slice(flat, [0, 0], [0, 8], [1, 1], begin_mask=1, end_mask=1),
        _slice(_shape(images), [1], [3], [1]),
        0.0,
        interpolation=record.computation.attr("interpolation"),
        fill_mode=record.computation.attr("fill_mode"),
    )
    return [grad, None] + [None] * len(others)
