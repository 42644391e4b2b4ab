"""`tf.nn`: convolutions, transposed, depthwise and separable ones."""

from __future__ import annotations

from .inputs import f16, f32, f64, ints, variable
from .runner import Case

SMALL = dict(rtol=1e-4, atol=1e-5)


def _conv2d(id, x, w, *args, grad=True, **kwargs):
    return Case(f"conv2d-{id}", lambda tf, x, w: tf.nn.conv2d(x, w, *args, **kwargs), [x, w], grad=grad, **SMALL)


EXPLICIT = [[0, 0], [1, 2], [0, 1], [0, 0]]

convolutions = [
    *(
        _conv2d(f"k{k}-s{s}-{p}", f32(2, 7, 8, 3), f32(k, k, 3, 4), s, p)
        for k in (1, 2, 3)
        for s in (1, 2, 3)
        for p in ("SAME", "VALID")
    ),
    _conv2d("strides-list", f32(2, 7, 8, 3), f32(2, 3, 3, 4), [1, 2, 1, 1], "SAME"),
    _conv2d("strides-pair", f32(2, 7, 8, 3), f32(2, 3, 3, 4), [2, 1], "VALID"),
    _conv2d("dilation", f32(2, 9, 8, 3), f32(2, 3, 3, 4), 1, "SAME", grad=False, dilations=2),
    _conv2d("dilation-pair", f32(2, 9, 8, 3), f32(2, 3, 3, 4), 1, "VALID", grad=False, dilations=[2, 1]),
    _conv2d("explicit", f32(2, 7, 8, 3), f32(3, 3, 3, 4), 1, EXPLICIT),
    _conv2d("explicit-stride", f32(2, 7, 8, 3), f32(3, 3, 3, 4), 2, EXPLICIT),
    _conv2d("f64", f64(2, 7, 8, 3), f64(3, 3, 3, 4), 1, "SAME"),
    _conv2d("one-channel", f32(2, 12, 12, 1), f32(5, 5, 1, 4), 1, "SAME"),
    _conv2d("batches", f32(2, 3, 5, 6, 2), f32(3, 3, 2, 4), 1, "SAME"),
    Case(
        "conv2d-f16",
        lambda tf, x, w: tf.nn.conv2d(x, w, 1, "SAME"),
        [f16(1, 4, 4, 2), f16(3, 3, 2, 2)],
        rtol=1e-2,
        atol=2e-2,
    ),
    Case("conv2d-int", lambda tf, x, w: tf.nn.conv2d(x, w, 1, "VALID"), [ints(1, 4, 4, 2), ints(2, 2, 2, 3)]),
    Case(
        "conv2d-groups",
        lambda tf, x, w: tf.nn.conv2d(x, w, 1, "SAME"),
        [f32(2, 5, 6, 4), f32(3, 3, 2, 6)],
        **SMALL,
    ),
    Case(
        "conv2d-variable",
        lambda tf, x, w: tf.nn.conv2d(x, w, 1, "SAME"),
        [f32(1, 4, 4, 2), variable(f32(2, 2, 2, 2))],
        grad=True,
        **SMALL,
    ),
    Case(
        "conv2d-second-order",
        lambda tf, x, w: tf.nn.conv2d(x, w, 1, "SAME"),
        [f32(1, 4, 4, 2), f32(2, 2, 2, 2)],
        grad=2,
        **SMALL,
    ),
    Case(
        "conv2d-depth",
        lambda tf, x, w: tf.nn.conv2d(x, w, 1, "SAME"),
        [f32(1, 4, 4, 2), f32(2, 2, 3, 2)],
        modes=("eager", "function"),
        reason="TensorFlow's message only appears when the sizes are known",
    ),
    Case(
        "conv2d-batch-stride",
        lambda tf, x, w: tf.nn.conv2d(x, w, [2, 1, 1, 1], "SAME"),
        [f32(1, 4, 4, 2), f32(2, 2, 2, 2)],
        modes=("eager",),
        reason="the graph's error class comes from TensorFlow's shape function",
    ),
    *(
        Case(
            f"conv2d-bad-{n}",
            lambda tf, x, w, a=a: tf.nn.conv2d(x, w, *a),
            [f32(1, 4, 4, 2), f32(2, 2, 2, 2)],
        )
        for n, a in {
            "strides": ([1, 1, 1], "SAME"),
            "explicit": (1, "EXPLICIT"),
            "pad-list": (1, [[1, 1]]),
            "pad-pair": (1, [[0, 0], [1], [1, 1], [0, 0]]),
            "dilations": (1, "SAME", "NHWC", [1, 1, 1]),
        }.items()
    ),
    Case(
        "conv1d",
        lambda tf, x, w: tf.nn.conv1d(x, w, 1, "SAME"),
        [f32(2, 7, 3), f32(3, 3, 4)],
        grad=True,
        **SMALL,
    ),
    Case(
        "conv1d-stride",
        lambda tf, x, w: tf.nn.conv1d(x, w, stride=2, padding="VALID"),
        [f32(2, 7, 3), f32(2, 3, 4)],
        grad=True,
        **SMALL,
    ),
    Case(
        "conv1d-dilation",
        lambda tf, x, w: tf.nn.conv1d(x, w, 1, "SAME", dilations=2),
        [f32(2, 7, 3), f32(3, 3, 4)],
        grad=False,
        **SMALL,
    ),
    Case(
        "conv1d-format",
        lambda tf, x, w: tf.nn.conv1d(x, w, 1, "SAME", data_format="WNC"),
        [f32(2, 7, 3), f32(3, 3, 4)],
    ),
    Case(
        "conv3d",
        lambda tf, x, w: tf.nn.conv3d(x, w, [1, 1, 1, 1, 1], "SAME"),
        [f32(1, 4, 5, 6, 2), f32(2, 2, 3, 2, 3)],
        grad=True,
        **SMALL,
    ),
    Case(
        "conv3d-stride",
        lambda tf, x, w: tf.nn.conv3d(x, w, [1, 2, 1, 2, 1], "VALID"),
        [f32(1, 4, 5, 6, 2), f32(2, 2, 3, 2, 3)],
        grad=True,
        **SMALL,
    ),
    Case(
        "convolution-1d",
        lambda tf, x, w: tf.nn.convolution(x, w),
        [f32(2, 7, 3), f32(3, 3, 4)],
        grad=True,
        **SMALL,
    ),
    Case(
        "convolution-2d",
        lambda tf, x, w: tf.nn.convolution(x, w, strides=[2, 1], padding="SAME"),
        [f32(2, 7, 8, 3), f32(3, 3, 3, 4)],
        grad=True,
        **SMALL,
    ),
    Case(
        "convolution-2d-dilated",
        lambda tf, x, w: tf.nn.convolution(x, w, padding="SAME", dilations=[2, 2]),
        [f32(2, 8, 8, 3), f32(3, 3, 3, 4)],
        grad=True,
        modes=("eager", "function"),
        reason="TensorFlow knows less of the shape after its space-to-batch",
        **SMALL,
    ),
    Case(
        "convolution-3d",
        lambda tf, x, w: tf.nn.convolution(x, w, padding="VALID", data_format="NDHWC"),
        [f32(1, 4, 5, 6, 2), f32(2, 2, 3, 2, 3)],
        grad=True,
        **SMALL,
    ),
    Case(
        "convolution-both",
        lambda tf, x, w: tf.nn.convolution(x, w, strides=2, dilations=2),
        [f32(2, 7, 8, 3), f32(3, 3, 3, 4)],
    ),
    Case(
        "atrous-conv2d",
        lambda tf, x, w: tf.nn.atrous_conv2d(x, w, 2, "VALID"),
        [f32(1, 8, 8, 2), f32(3, 3, 2, 2)],
        grad=True,
        modes=("eager", "function"),
        reason="TensorFlow knows less of the shape after its space-to-batch",
        **SMALL,
    ),
    *(
        Case(
            f"conv2d-transpose-s{s}-{p}",
            lambda tf, x, w, s=s, p=p, o=o: tf.nn.conv2d_transpose(x, w, o, s, p),
            [f32(2, 4, 4, 3), f32(3, 3, 5, 3)],
            grad=True,
            **SMALL,
        )
        for s, p, o in (
            (2, "SAME", [2, 8, 8, 5]),
            (2, "SAME", [2, 7, 7, 5]),
            (1, "SAME", [2, 4, 4, 5]),
            (2, "VALID", [2, 9, 9, 5]),
        )
        if o != [2, 7, 7, 5]
    ),
    Case(
        "conv2d-transpose-odd",
        lambda tf, x, w: tf.nn.conv2d_transpose(x, w, [2, 7, 7, 5], 2),
        [f32(2, 4, 4, 3), f32(3, 3, 5, 3)],
        grad=True,
        **SMALL,
    ),
    Case(
        "conv2d-transpose-shape-tensor",
        lambda tf, x, w: tf.nn.conv2d_transpose(x, w, tf.stack([tf.shape(x)[0], 8, 8, 5]), 2),
        [f32(2, 4, 4, 3), f32(3, 3, 5, 3)],
        grad=True,
        **SMALL,
    ),
    Case(
        "conv1d-transpose",
        lambda tf, x, w: tf.nn.conv1d_transpose(x, w, [2, 8, 5], 2),
        [f32(2, 4, 3), f32(3, 5, 3)],
        grad=True,
        **SMALL,
    ),
    Case(
        "conv3d-transpose",
        lambda tf, x, w: tf.nn.conv3d_transpose(x, w, [1, 4, 4, 4, 5], 2),
        [f32(1, 2, 2, 2, 3), f32(3, 3, 3, 5, 3)],
        grad=True,
        **SMALL,
    ),
    Case(
        "conv-transpose",
        lambda tf, x, w: tf.nn.conv_transpose(x, w, [2, 8, 8, 5], 2),
        [f32(2, 4, 4, 3), f32(3, 3, 5, 3)],
        **SMALL,
    ),
    Case(
        "conv-transpose-rank",
        lambda tf, x, w: tf.nn.conv_transpose(x, w, [2, 8], 2),
        [f32(2, 4, 4, 3), f32(3, 3, 5, 3)],
    ),
    Case(
        "atrous-conv2d-transpose",
        lambda tf, x, w: tf.nn.atrous_conv2d_transpose(x, w, [1, 8, 8, 2], 2, "SAME"),
        [f32(1, 8, 8, 3), f32(3, 3, 2, 3)],
        grad=True,
        modes=("eager",),
        reason="TensorFlow knows less of the shape after its space-to-batch",
        **SMALL,
    ),
    *(
        Case(
            f"depthwise-s{s}-{p}-m{m}",
            lambda tf, x, w, s=s, p=p: tf.nn.depthwise_conv2d(x, w, [1, s, s, 1], p),
            [f32(2, 7, 8, 3), f32(3, 3, 3, m)],
            grad=True,
            **SMALL,
        )
        for s, p, m in ((1, "SAME", 1), (2, "SAME", 2), (1, "VALID", 2), (2, "VALID", 1))
    ),
    Case(
        "depthwise-dilated",
        lambda tf, x, w: tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "SAME", dilations=[2, 2]),
        [f32(1, 8, 8, 3), f32(3, 3, 3, 2)],
        grad=True,
        modes=("eager",),
        reason="TensorFlow knows less of the shape after its space-to-batch",
        **SMALL,
    ),
    Case(
        "depthwise-explicit",
        lambda tf, x, w: tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], EXPLICIT),
        [f32(1, 6, 6, 3), f32(3, 3, 3, 2)],
        grad=True,
        **SMALL,
    ),
    Case(
        "depthwise-depth",
        lambda tf, x, w: tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "SAME"),
        [f32(1, 6, 6, 3), f32(3, 3, 2, 2)],
        modes=("eager", "function"),
        reason="only refused where the sizes are known",
    ),
    Case(
        "depthwise-backprop-input",
        lambda tf, w, g: tf.nn.depthwise_conv2d_backprop_input([2, 7, 8, 3], w, g, [1, 2, 2, 1], "SAME"),
        [f32(3, 3, 3, 2), f32(2, 4, 4, 6)],
        grad=True,
        **SMALL,
    ),
    Case(
        "depthwise-backprop-filter",
        lambda tf, x, g: tf.nn.depthwise_conv2d_backprop_filter(x, [3, 3, 3, 2], g, [1, 2, 2, 1], "SAME"),
        [f32(2, 7, 8, 3), f32(2, 4, 4, 6)],
        grad=True,
        **SMALL,
    ),
    Case(
        "separable",
        lambda tf, x, d, p: tf.nn.separable_conv2d(x, d, p, [1, 1, 1, 1], "SAME"),
        [f32(2, 6, 6, 3), f32(3, 3, 3, 2), f32(1, 1, 6, 4)],
        grad=True,
        rtol=1e-3,
        atol=1e-4,
    ),
    Case("space-to-depth", lambda tf, x: tf.nn.space_to_depth(x, 2), [f32(2, 4, 6, 3)], grad=True),
    Case("depth-to-space", lambda tf, x: tf.nn.depth_to_space(x, 2), [f32(2, 4, 6, 12)], grad=True),
    Case("depth-to-space-odd", lambda tf, x: tf.nn.depth_to_space(x, 2), [f32(2, 4, 6, 3)]),
    Case("space-to-depth-int", lambda tf, x: tf.nn.space_to_depth(x, 3), [ints(1, 6, 3, 2)]),
    Case(
        "raw-conv2d-backprop-input",
        lambda tf, w, g: tf.raw_ops.Conv2DBackpropInput(
            input_sizes=[2, 7, 8, 3], filter=w, out_backprop=g, strides=[1, 2, 2, 1], padding="SAME"
        ),
        [f32(3, 3, 3, 4), f32(2, 4, 4, 4)],
        grad=True,
        **SMALL,
    ),
    Case(
        "raw-conv2d-backprop-filter",
        lambda tf, x, g: tf.raw_ops.Conv2DBackpropFilter(
            input=x, filter_sizes=[3, 3, 3, 4], out_backprop=g, strides=[1, 2, 2, 1], padding="SAME"
        ),
        [f32(2, 7, 8, 3), f32(2, 4, 4, 4)],
        grad=True,
        **SMALL,
    ),
    Case(
        "raw-conv3d-backprop-input",
        lambda tf, w, g: tf.raw_ops.Conv3DBackpropInputV2(
            input_sizes=[1, 4, 4, 4, 3], filter=w, out_backprop=g, strides=[1, 2, 2, 2, 1], padding="SAME"
        ),
        [f32(3, 3, 3, 3, 2), f32(1, 2, 2, 2, 2)],
        **SMALL,
    ),
]

CASES = [*convolutions]
