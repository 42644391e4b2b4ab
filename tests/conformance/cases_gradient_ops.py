"""TensorFlow's own gradient ops, as graphs that TensorFlow differentiated hold them."""

from __future__ import annotations

from .inputs import f32, py
from .runner import Case

_WINDOWS = {"ksize": [1, 2, 2, 1], "strides": [1, 2, 2, 1], "padding": "SAME"}
_CUBES = {"ksize": [1, 2, 2, 2, 1], "strides": [1, 2, 2, 2, 1], "padding": "VALID"}


def _elementwise(name):
    return Case(
        name, lambda tf, g, x: getattr(tf.raw_ops, name)(gradients=g, **_second(name, x)), [f32(3, 4), f32(3, 4)]
    )


def _second(name, x):
    return {"outputs" if name in ("EluGrad", "SeluGrad") else "features": x}


def _max_pool(tf, x, g):
    out = tf.raw_ops.MaxPool(input=x, **_WINDOWS)
    return tf.raw_ops.MaxPoolGrad(orig_input=x, orig_output=out, grad=g, **_WINDOWS)


def _max_pool_v2(tf, x, g):
    out = tf.raw_ops.MaxPool(input=x, **_WINDOWS)
    return tf.raw_ops.MaxPoolGradV2(orig_input=x, orig_output=out, grad=g, **_WINDOWS)


def _max_pool_3d(tf, x, g):
    out = tf.raw_ops.MaxPool3D(input=x, **_CUBES)
    return tf.raw_ops.MaxPool3DGrad(orig_input=x, orig_output=out, grad=g, **_CUBES)


def _batch_norm(is_training):
    def run(tf, g, x, scale):
        mean, variance = scale * 0.1, scale * scale + 1.0
        norm = tf.raw_ops.FusedBatchNormV3(
            x=x, scale=scale, offset=scale, mean=mean, variance=variance, is_training=is_training
        )
        return tf.raw_ops.FusedBatchNormGradV3(
            y_backprop=g,
            x=x,
            scale=scale,
            reserve_space_1=norm.reserve_space_1 if is_training else mean,
            reserve_space_2=norm.reserve_space_2 if is_training else variance,
            reserve_space_3=norm.reserve_space_3,
            is_training=is_training,
        )[:3]

    return run


CASES = [
    *map(_elementwise, ("EluGrad", "SeluGrad", "LeakyReluGrad", "Relu6Grad")),
    Case("MaxPoolGrad", _max_pool, [f32(2, 5, 5, 3), f32(2, 3, 3, 3)]),
    Case("MaxPoolGradV2", _max_pool_v2, [f32(2, 5, 5, 3), f32(2, 3, 3, 3)]),
    Case("MaxPool3DGrad", _max_pool_3d, [f32(1, 4, 4, 4, 2), f32(1, 2, 2, 2, 2)]),
    Case(
        "AvgPoolGrad",
        lambda tf, s, g: tf.raw_ops.AvgPoolGrad(orig_input_shape=s, grad=g, **_WINDOWS),
        [py([2, 5, 5, 3]), f32(2, 3, 3, 3)],
    ),
    Case(
        "AvgPool3DGrad",
        lambda tf, s, g: tf.raw_ops.AvgPool3DGrad(orig_input_shape=s, grad=g, **_CUBES),
        [py([1, 4, 4, 4, 2]), f32(1, 2, 2, 2, 2)],
    ),
    Case(
        "LRNGrad",
        lambda tf, g, x: tf.raw_ops.LRNGrad(input_grads=g, input_image=x, output_image=tf.nn.lrn(x)),
        [f32(1, 2, 2, 6), f32(1, 2, 2, 6)],
    ),
    Case("batch-norm-training", _batch_norm(True), [f32(2, 3, 3, 4), f32(2, 3, 3, 4), f32(4)], rtol=1e-4, atol=1e-5),
    Case("batch-norm-inference", _batch_norm(False), [f32(2, 3, 3, 4), f32(2, 3, 3, 4), f32(4)]),
]
