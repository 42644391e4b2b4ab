"""Data formats with the channels before the spatial dimensions.

The rule: every op that has such a format computes with it what it computes with the channels last. Real TensorFlow's CPU
kernels do so for biases and batch normalisation alone and refuse the rest (its GPU kernels take all). So each function
is held against itself with the channels last, which other cases hold against TensorFlow.
"""

from __future__ import annotations

import numpy as np

from .runner import Program

_random = np.random.RandomState(4)


def _rand(*shape):
    return _random.rand(*shape).astype("float32")


X1, X2, X3 = _rand(2, 6, 4), _rand(2, 5, 6, 4), _rand(2, 3, 4, 5, 2)
W1, W2, W3, D = _rand(3, 4, 3), _rand(3, 2, 4, 3), _rand(2, 2, 2, 2, 3), _rand(3, 2, 4, 2)
V, POINTWISE = _rand(4), _rand(1, 1, 8, 3)
FORMATS = {3: ("NWC", "NCW"), 4: ("NHWC", "NCHW"), 5: ("NDHWC", "NCDHW")}


def _at(f, spatial, channel, first=1):
    """Values for all dimensions, of those of the spatial ones and of the channel."""
    return [first, *spatial, channel] if f.endswith("C") else [first, channel, *spatial]


FUNCTIONS = {
    "conv1d": (X1, lambda tf, x, f: tf.nn.conv1d(x, W1, 1, "SAME", f)),
    "conv1d-transpose": (X1[..., :3], lambda tf, x, f: tf.nn.conv1d_transpose(x, W1, _at(f, [12], 4, 2), 2, "SAME", f)),
    "conv2d": (X2, lambda tf, x, f: tf.nn.conv2d(x, W2, _at(f, [1, 2], 1), "SAME", f)),
    "conv2d-dilated": (X2, lambda tf, x, f: tf.nn.conv2d(x, W2, 1, "VALID", f, 2)),
    "conv2d-padded": (X2, lambda tf, x, f: tf.nn.conv2d(x, W2, 1, _at(f, [[1, 1], [2, 0]], [0, 0], [0, 0]), f)),
    "conv2d-transpose": (
        X2[..., :3], lambda tf, x, f: tf.nn.conv2d_transpose(x, W2, _at(f, [10, 12], 4, 2), 2, "SAME", f)
    ),
    "conv3d": (X3, lambda tf, x, f: tf.nn.conv3d(x, W3, [1] * 5, "SAME", f)),
    "conv3d-transpose": (
        X3.repeat(3, -1)[..., ::2], lambda tf, x, f: tf.nn.conv3d_transpose(x, W3, _at(f, [6, 8, 10], 2, 2), 2, "SAME", f)
    ),
    "depthwise": (X2, lambda tf, x, f: tf.nn.depthwise_conv2d(x, D, [1] * 4, "SAME", f, [2, 2])),
    "separable": (X2, lambda tf, x, f: tf.nn.separable_conv2d(x, D, POINTWISE, [1] * 4, "SAME", f)),
    "convolution": (X2, lambda tf, x, f: tf.nn.convolution(x, W2, 2, "SAME", f)),
    "pool": (X2, lambda tf, x, f: tf.nn.pool(x, [2, 2], "AVG", [2, 2], "SAME", f)),
    "max-padded": (X2, lambda tf, x, f: tf.nn.max_pool2d(x, 2, 2, _at(f, [[1, 1], [0, 0]], [0, 0], [0, 0]), f)),
    "bias": (X2, lambda tf, x, f: tf.nn.bias_add(x, V, f)),
    "batch-norm": (X2, lambda tf, x, f: tf.compat.v1.nn.fused_batch_norm(x, V, V, data_format=f)[0]),
    "batch-norm-3d": (X3, lambda tf, x, f: tf.compat.v1.nn.fused_batch_norm(x, V[:2], V[:2], data_format=f)[0]),
    "depth-to-space": (X2, lambda tf, x, f: tf.nn.depth_to_space(x, 2, f)),
    "space-to-depth": (X2[:, :4], lambda tf, x, f: tf.nn.space_to_depth(x, 2, f)),
} | {
    f"{kind}{n}": (x, lambda tf, x, f, kind=kind, n=n: getattr(tf.nn, f"{kind}_pool{n}d")(x, 2, 2, "SAME", f))
    for kind in ("max", "avg")
    for n, x in ((1, X1), (2, X2), (3, X3))
}  # fmt: skip


def _with_gradient(tf, fn, x, data_format):
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = fn(tf, x, data_format)
        total = tf.reduce_sum(y**2)
    return y.numpy(), tape.gradient(total, x).numpy()


def _same_both_ways(name):
    def program(tf):
        if not hasattr(tf, "install"):
            return "the same"
        x, fn = FUNCTIONS[name]
        last, first = FORMATS[x.ndim]
        expected = _with_gradient(tf, fn, x, last)
        found = _with_gradient(tf, fn, np.moveaxis(x, -1, 1), first)
        for a, b in zip(expected, found, strict=True):
            np.testing.assert_allclose(a, np.moveaxis(b, 1, -1), rtol=1e-4, atol=1e-4)
        return "the same"

    return program


CASES = [Program(f"channels-first-{name}", _same_both_ways(name)) for name in FUNCTIONS]
