"""Neural net ops at the edges: empty filters, huge windows, ranks that do not fit, weights that are not known yet."""

from __future__ import annotations

import numpy as np

from .inputs import arr, f32
from .runner import Case, Program, raised

filters = [
    Case(
        "depthwise-strides",
        lambda tf, x, w: tf.nn.depthwise_conv2d(x, w, [1, 1, 2, 1], "SAME"),
        [f32(1, 5, 5, 2), f32(2, 2, 2, 2)],
        accept={"value": "with oneDNN TensorFlow takes strides that differ as well"},
    ),
    *(
        Case(f"empty-filter-{i}", lambda tf, x, w: tf.nn.conv2d(x, w, 1, "SAME"), [f32(1, 2, 2, 1), f32(*shape)])
        for i, shape in enumerate(((1, 0, 1, 1), (1, 1, 1, 0)))
    ),
    *(
        Case(
            f"empty-filter-3d-{i}",
            lambda tf, x, w: tf.nn.conv3d(x, w, [1] * 5, "SAME"),
            [f32(1, 1, 1, 1, 1), f32(*shape)],
        )
        for i, shape in enumerate(((1, 0, 1, 1, 1), (1, 1, 1, 1, 0)))
    ),
    Case(
        "empty-filter-depthwise",
        lambda tf, x, w: tf.nn.depthwise_conv2d(x, w, [1] * 4, "SAME"),
        [f32(1, 1, 1, 1), f32(1, 0, 1, 1)],
    ),
    *(
        Case(
            f"{name}-1",
            lambda tf, x, w, name=name: getattr(tf.compat.v1.nn, name)(x, w, [1, 1, 1, 1], [1, 2, 2, 1], "SAME"),
            [f32(1, 5, 5, 2), f32(2, 2, 2)],
            grad=True,
        )
        for name in ("dilation2d", "erosion2d")
    ),
]

pools = [
    Case(
        "huge-window",
        lambda tf, x: tf.raw_ops.AvgPool(value=x, ksize=[1, 2**63 - 1, 1, 1], strides=[1, 1, 1, 1], padding="SAME"),
        [f32(1, 1, 1, 1)],
        modes=("eager",),
        reason="in a function it is the message of the graph's own attribute check",
    ),
]

activations = [
    Case("softplus-half", "nn.softplus", [arr([-20, -17, -12, -5, 0, 12, 60000], "float16")], grad=True),
]

losses = [
    Case("clip-by-norms", "clip_by_norm", [f32(2, 3), arr([[0.5], [2.0]])], grad=True),
    Case(
        "clip-by-too-many",
        "clip_by_norm",
        [f32(2, 3, 1), arr([0.5, 2.0, 1.0])],
        modes=("eager", "function"),
        reason="of unknown shapes either runs, and they differ in nothing else",
    ),
    *(
        Case(
            f"cross-entropy-rank-{len(shape)}",
            lambda tf, x, y: tf.raw_ops.SoftmaxCrossEntropyWithLogits(features=x, labels=y),
            [f32(*shape), f32(*shape)],
        )
        for shape in ((4,), (2, 1, 4))
    ),
]


def _weights_fed(tf):
    """The loss of weights that a session feeds, or the error's class and if it says what is wrong."""
    results = []
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        weights = tf.compat.v1.placeholder(tf.float32)
        loss = tf.compat.v1.losses.compute_weighted_loss(tf.ones([3, 2, 4]), weights)
        results.append(loss.shape)
        for shape in ((), (3, 1, 1), (1, 2, 4), (1,), (3, 1), (2, 2, 4), (3, 2, 4, 1)):
            feed = {weights: np.full(shape, 2.0)}
            results.append(raised(lambda feed=feed: session.run(loss, feed)))
            if results[-1] == "no error":
                results.append(session.run(loss, feed))
    return results


windows = [
    Program(
        f"static-shape-{name}",
        lambda tf, name=name: tf.function(lambda: getattr(tf.signal, name)(6)).get_concrete_function().output_shapes,
    )
    for name in ("kaiser_window", "kaiser_bessel_derived_window", "vorbis_window")
]

statistics = [
    Case("moments-all", lambda tf, x: tf.nn.moments(x, None), [f32(2, 3)], rank=True),
    Case("weighted-moments-all", lambda tf, x: tf.nn.weighted_moments(x, None, 2.0), [f32(2, 3)]),
    Case("average-of-integers", lambda tf: tf.nn.compute_average_loss(tf.constant([1, 2, 4], tf.uint8)), []),
    Case("scaled-integers", lambda tf: tf.nn.scale_regularization_loss(tf.constant([1, 2, 4])), []),
]


def _dilated(tf):
    """What convolutions with holes refuse at once."""
    x, w = tf.ones([1, 8, 8, 1]), tf.ones([2, 2, 1, 1])
    conv = tf.nn.convolution
    return [
        raised(call)
        for call in (
            lambda: conv(x, w, dilations=[0, 1]),
            lambda: conv(x, w, dilations=-1),
            lambda: conv(x, w, padding="FOO", dilations=2),
            lambda: conv(x, tf.ones([2, 2, 2, 1]), dilations=2),
            lambda: conv(x, tf.ones([2, 2, 2, 1])),
            lambda: tf.nn.atrous_conv2d(x, w, 0, "VALID"),
        )
    ]


def _padded_first(name, paddings=((0, 0), (1, 2), (2, 1), (0, 0)), size=3, **attrs):
    """A convolution of images that are padded by their mirror images."""
    attrs = {"mode": "REFLECT", "strides": [1, 1, 1, 1], "padding": "VALID", **attrs}
    return Case(
        f"pad-and-convolve-{name}",
        lambda tf, x, w: tf.raw_ops.FusedPadConv2D(input=x, paddings=paddings, filter=w, **attrs),
        # TensorFlow's kernel gives wrong numbers for the second image of a batch.
        [f32(1, 5, 4, size), f32(2, 3, 3, 4)],
    )


padded_first = [
    _padded_first("reflect"),
    _padded_first("symmetric", mode="SYMMETRIC"),
    _padded_first("same", padding="SAME"),
    _padded_first("strides", strides=[1, 2, 2, 1]),
    _padded_first("batch-strides", strides=[2, 1, 1, 1]),
    _padded_first("batch", [[1, 0], [1, 1], [1, 1], [0, 0]]),
    _padded_first("depth", [[0, 0], [1, 1], [1, 1], [0, 1]]),
    _padded_first("negative", [[0, 0], [-1, 1], [1, 1], [0, 0]]),
    _padded_first("too-far", [[0, 0], [5, 1], [1, 1], [0, 0]]),
    _padded_first("rows", [[0, 0], [1, 1], [1, 1]]),
    _padded_first("depths", size=2),
]

strided_batches = [
    *(
        Case(
            f"batch-{name}",
            call,
            [f32(2, 5, 4, 3), f32(2, 2, 3, 4)],
        )
        for name, call in (
            ("strides", lambda tf, x, w: tf.nn.conv2d(x, w, [2, 1, 1, 1], "SAME")),
            ("dilations", lambda tf, x, w: tf.nn.conv2d(x, w, 1, "SAME", dilations=[2, 1, 1, 1])),
            ("pooling", lambda tf, x, w: tf.nn.max_pool2d(x, [2, 1, 1, 1], 1, "SAME")),
            ("means", lambda tf, x, w: tf.nn.avg_pool2d(x, 2, [2, 1, 1, 1], "SAME")),
            ("text", lambda tf, x, w: tf.nn.max_pool3d(x[None], 2, 1, [[0, 0]] * 5)),
        )
    ),
]

norms = [
    Case("response-negative-radius", lambda tf, x: tf.nn.lrn(x, -1), [f32(1, 1, 1, 2)]),
    *(
        Case(
            f"batch-norm-of-nothing-{training}",
            lambda tf, x, training=training: tf.compat.v1.nn.fused_batch_norm(
                x,
                tf.ones(3),
                tf.zeros(3),
                None if training else tf.zeros(3),
                None if training else tf.ones(3),
                is_training=training,
            ),
            [f32(0, 2, 2, 3)],
        )
        for training in (True, False)
    ),
    *(
        Case(f"bias-channels-first-{label}", lambda tf, x, b: tf.nn.bias_add(x, b, "NCHW"), [f32(*shape), f32(3)])
        for label, shape in {"matrix": (2, 3), "empty": (0, 3), "cube": (2, 3, 4), "vector": (3,)}.items()
    ),
    Case("softmax-axis-of-any-rank", lambda tf, x: tf.nn.softmax(x, axis=0), [f32(2, 3)], rank=True),
]

CASES = [
    Program("dilated", _dilated),
    *norms,
    *strided_batches,
    *padded_first,
    *statistics,
    *filters,
    *pools,
    *activations,
    *losses,
    *windows,
    Program("weights-fed", _weights_fed),
]
