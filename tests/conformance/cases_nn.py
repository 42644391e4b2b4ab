"""`tf.nn`: activations, convolutions, pooling, normalisation, losses."""

from __future__ import annotations

import math

from .inputs import (
    FLOATS,
    INTS,
    WIDE_FLOATS,
    arr,
    distinct,
    f16,
    f32,
    f64,
    i64,
    ints,
    positive,
    special,
    ties,
    unit,
    variable,
)
from .runner import Case, Program, over, raised

NAN, INF = math.nan, math.inf
KINKS = arr([-INF, -1.0, -0.0, 0.0, 1e-3, 1.0, 6.0, 7.0, INF])
SMALL = dict(rtol=1e-4, atol=1e-5)

ACTIVATIONS = ("relu", "relu6", "elu", "selu", "leaky_relu", "gelu", "silu", "crelu")

activations = [
    *(
        case
        for name in ACTIVATIONS
        for case in over(f"{name}", f"nn.{name}", FLOATS, [(2, 3), (0, 3)], grad=2, rtol=2e-2, atol=2e-3)
    ),
    *(Case(f"{n}-kinks", f"nn.{n}", [KINKS], grad=True) for n in ("relu", "relu6", "elu", "selu", "leaky_relu")),
    *(Case(f"{n}-nan", f"nn.{n}", [arr([NAN, 1.0])]) for n in ("relu", "relu6", "elu", "selu", "leaky_relu")),
    *(Case(f"{n}-scalar", f"nn.{n}", [f32()], grad=True) for n in ("relu", "elu", "gelu", "silu")),
    *(Case(f"{n}-rank", f"nn.{n}", [f32(2, 3)], rank=True) for n in ("relu", "relu6", "elu", "gelu", "silu")),
    *over("relu", "nn.relu", INTS, [(2, 3)]),
    *over("relu6", "nn.relu6", INTS, [(2, 3)]),
    Case("relu-bool", "nn.relu", [arr([True], "bool")]),
    Case("relu-complex", "nn.relu", [arr([1j], "complex64")]),
    Case("elu-int", "nn.elu", [ints(3)]),
    Case("relu-list", lambda tf: tf.nn.relu([[-1.0, 2.0]])),
    Case("relu-variable", "nn.relu", [variable(f32(3))], grad=True),
    Case("leaky-relu-alpha", lambda tf, x: tf.nn.leaky_relu(x, alpha=0.01), [KINKS], grad=True),
    Case("leaky-relu-alpha-int", lambda tf, x: tf.nn.leaky_relu(x, 2), [f32(4)], grad=True),
    Case("leaky-relu-int", "nn.leaky_relu", [ints(4)]),
    Case("gelu-tanh", lambda tf, x: tf.nn.gelu(x, approximate=True), [f32(3, 4)], grad=2),
    Case("gelu-far", "nn.gelu", [arr([-30.0, -5.0, 0.0, 5.0, 30.0])], grad=True),
    Case("gelu-int", "nn.gelu", [ints(3)]),
    Case("silu-beta", lambda tf, x: tf.nn.silu(x, beta=1.5), [f32(3, 4)], grad=True),
    Case("silu-beta-tensor", lambda tf, x, b: tf.nn.swish(x, beta=b), [f32(3, 4), f32()], grad=True),
    Case("crelu-axis", lambda tf, x: tf.nn.crelu(x, axis=0), [f32(2, 3)], grad=True),
    Case("softsign", "nn.softsign", [f32(2, 3)], grad=True),
    Case("softplus", "nn.softplus", [f32(2, 3)], grad=2),
    Case("sigmoid", "nn.sigmoid", [f32(2, 3)], grad=2),
    Case("tanh", "nn.tanh", [f32(2, 3)], grad=2),
    Case("relu-special", "nn.relu", [special()]),
]

softmaxes = [
    *over("softmax", "nn.softmax", FLOATS, [(2, 3), (4,), (2, 3, 4)], grad=2, rtol=2e-2, atol=4e-3),
    *over("log-softmax", "nn.log_softmax", WIDE_FLOATS, [(2, 3), (4,), (2, 3, 4)], grad=2),
    *(
        Case(f"{n}-axis{a}", lambda tf, x, n=n, a=a: getattr(tf.nn, n)(x, axis=a), [f32(2, 3, 4)], grad=True)
        for n in ("softmax", "log_softmax")
        for a in (0, 1, 2, -1, -2, -3)
    ),
    *(
        Case(f"{n}-axis-too-large", lambda tf, x, n=n: getattr(tf.nn, n)(x, axis=3), [f32(2, 3, 4)])
        for n in ("softmax",)
    ),
    *(Case(f"{n}-empty", f"nn.{n}", [f32(0, 3)]) for n in ("softmax", "log_softmax")),
    *(Case(f"{n}-large", f"nn.{n}", [arr([[1e4, -1e4, 0.0]])], grad=True) for n in ("softmax", "log_softmax")),
    *(Case(f"{n}-int", f"nn.{n}", [ints(2, 3)]) for n in ("softmax", "log_softmax")),
    Case("log-softmax-scalar", "nn.log_softmax", [f32()]),
    Case("softmax-inf", "nn.softmax", [arr([-INF, 0.0, 1.0])]),
    Case("softmax-math", "math.softmax", [f32(2, 3)]),
    Case("log-softmax-math", "math.log_softmax", [f32(2, 3)]),
]


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

POOLS = ((2, 2, "VALID"), (2, 2, "SAME"), (3, 2, "SAME"), (3, 1, "SAME"), (3, 2, "VALID"), (2, 3, "VALID"))

pooling = [
    *(
        Case(
            f"{kind}-pool2d-k{k}-s{s}-{p}-{n}",
            lambda tf, x, kind=kind, k=k, s=s, p=p: getattr(tf.nn, f"{kind}_pool2d")(x, k, s, p),
            [x],
            grad=True,
        )
        for kind in ("max", "avg")
        for k, s, p in POOLS
        for n, x in (("ties", ties(2, 7, 8, 3)), ("distinct", distinct(2, 6, 6, 2)))
    ),
    *(
        Case(
            f"{kind}-pool1d-k{k}-s{s}-{p}",
            lambda tf, x, kind=kind, k=k, s=s, p=p: getattr(tf.nn, f"{kind}_pool1d")(x, k, s, p),
            [ties(2, 7, 3)],
            grad=True,
        )
        for kind in ("max", "avg")
        for k, s, p in POOLS
    ),
    *(
        Case(
            f"{kind}-pool3d-k{k}-s{s}-{p}",
            lambda tf, x, kind=kind, k=k, s=s, p=p: getattr(tf.nn, f"{kind}_pool3d")(x, k, s, p),
            [ties(1, 5, 6, 5, 2)],
            grad=True,
        )
        for kind in ("max", "avg")
        for k, s, p in POOLS
    ),
    *(
        Case(
            f"{kind}-pool-rank{r}",
            lambda tf, x, kind=kind: getattr(tf.nn, f"{kind}_pool")(x, 2, 2, "SAME"),
            [f32(2, *[5] * (r - 2), 2)],
            accept={"value": "TensorFlow fails on data_format=None"} if r == 5 else {},
            grad=True,
        )
        for kind in ("max", "avg")
        for r in (3, 4, 5)
    ),
    Case("max-pool-rank2", lambda tf, x: tf.nn.max_pool(x, 2, 2, "SAME"), [f32(2, 2)]),
    Case(
        "max-pool-explicit",
        lambda tf, x: tf.nn.max_pool2d(x, 3, 2, [[0, 0], [1, 1], [0, 2], [0, 0]]),
        [ties(2, 7, 8, 3)],
        grad=True,
    ),
    Case(
        "max-pool-explicit-negative",
        lambda tf, x: tf.nn.max_pool2d(x, 2, 1, [[0, 0], [1, 1], [1, 1], [0, 0]]),
        [f32(1, 3, 3, 1, low=-3, high=-1)],
    ),
    Case("max-pool-large", lambda tf, x: tf.nn.max_pool2d(x, 9, 1, "VALID"), [f32(1, 12, 12, 2)], grad=True),
    Case("avg-pool-large", lambda tf, x: tf.nn.avg_pool2d(x, 9, 2, "SAME"), [f32(1, 12, 12, 2)], grad=True),
    Case(
        "max-pool-second-order",
        lambda tf, x: tf.nn.max_pool2d(x, 2, 2, "VALID") ** 2,
        [f32(1, 4, 4, 2)],
        grad=2,
    ),
    Case("max-pool-f64", lambda tf, x: tf.nn.max_pool2d(x, 2, 2, "VALID"), [f64(1, 4, 4, 2)], grad=True),
    Case("max-pool-f16", lambda tf, x: tf.nn.max_pool2d(x, 2, 2, "VALID"), [f16(1, 4, 4, 2)], grad=True),
    Case("max-pool-int", lambda tf, x: tf.nn.max_pool2d(x, 2, 1, "SAME"), [ints(1, 4, 4, 2)]),
    Case(
        "max-pool-depth",
        lambda tf, x: tf.nn.max_pool2d(x, [1, 1, 1, 2], [1, 1, 1, 2], "VALID"),
        [f32(1, 2, 2, 4)],
    ),
    Case(
        "max-pool-ignores-nan",
        lambda tf, x: tf.nn.max_pool2d(tf.reshape(x, [1, 2, 4, 1]), 2, 2, "VALID"),
        [arr([NAN, 1, 2, 3, 4, NAN, 5, 6])],
        grad=True,
    ),
    *(
        Case(
            f"max-pool-of-no-number-{kind}-k{k}-s{stride}-{pad}-{dtype}",
            lambda tf, x, pool=pool, k=k, stride=stride, pad=pad: pool(tf, tf.reshape(x, [1, 3, 4, 1]), k, stride, pad),
            [
                arr(
                    [
                        NAN,
                        NAN,
                        2,
                        NAN,
                        -INF,
                        NAN,
                        -INF,
                        -INF,
                        1,
                        NAN,
                        2,
                        -INF,
                    ],
                    dtype,
                )
            ],
            grad=kind == "value",
        )
        for kind, pool in (
            ("value", lambda tf, x, *how: tf.nn.max_pool2d(x, *how)),
            ("argmax", lambda tf, x, *how: tf.nn.max_pool_with_argmax(x, *how)),
        )
        for k, stride, pad in ((2, 2, "VALID"), (2, 1, "SAME"), (3, 1, "SAME"), (3, 2, "SAME"))
        for dtype in ("float32", "float16", "bfloat16")
    ),
    Case("max-pool-ksize", lambda tf, x: tf.nn.max_pool2d(x, [2, 2, 2], 2, "VALID"), [f32(1, 4, 4, 2)]),
    Case(
        "max-pool-batch",
        lambda tf, x: tf.nn.max_pool2d(x, [2, 1, 1, 1], 1, "VALID"),
        [f32(2, 4, 4, 2)],
        modes=("eager",),
        reason="the graph's error class comes from TensorFlow's shape function",
    ),
    *(
        Case(
            f"max-pool-argmax-{p}-{b}",
            lambda tf, x, p=p, b=b: tf.nn.max_pool_with_argmax(x, 2, 2, p, include_batch_in_index=b),
            [ties(2, 5, 6, 3)],
            grad=True,
        )
        for p in ("SAME", "VALID")
        for b in (False, True)
    ),
    Case(
        "max-pool-argmax-int32",
        lambda tf, x: tf.nn.max_pool_with_argmax(x, 3, 1, "SAME", output_dtype=tf.int32),
        [distinct(1, 4, 4, 2)],
    ),
    Case("pool-max", lambda tf, x: tf.nn.pool(x, [2, 3], "MAX", padding="SAME"), [f32(2, 5, 6, 2)], grad=True),
    Case(
        "pool-avg-1d",
        lambda tf, x: tf.nn.pool(x, [2], "AVG", strides=[2], padding="VALID"),
        [f32(2, 5, 2)],
        grad=True,
    ),
    Case(
        "pool-3d",
        lambda tf, x: tf.nn.pool(x, [2, 2, 2], "MAX", padding="VALID"),
        [f32(1, 4, 4, 4, 2)],
        grad=True,
    ),
    *(
        Case(f"pool-bad-{n}", lambda tf, x, k=k: tf.nn.pool(x, [2, 2], **k), [f32(2, 5, 6, 2)])
        for n, k in {
            "type": dict(pooling_type="MIN"),
            "strides": dict(pooling_type="MAX", strides=[3, 3]),
            "both": dict(pooling_type="MAX", strides=[2, 2], dilations=[2, 2]),
            "same": dict(pooling_type="MAX", dilations=[2, 2], padding="SAME"),
        }.items()
    ),
]

normalisation = [
    *over(
        "bias-add",
        "nn.bias_add",
        FLOATS,
        [((2, 3), (3,)), ((2, 3, 4), (4,)), ((2, 3, 4, 5), (5,))],
        grad=True,
        rtol=2e-2,
        atol=1e-2,
    ),
    Case("bias-add-int", "nn.bias_add", [ints(2, 3), ints(3)]),
    Case(
        "bias-add-nchw",
        lambda tf, x, b: tf.nn.bias_add(x, b, data_format="NCHW"),
        [f32(2, 3, 4, 5), f32(3)],
        grad=True,
    ),
    Case(
        "bias-add-ncw",
        lambda tf, x, b: tf.nn.bias_add(x, b, data_format="NCW"),
        [f32(2, 3, 4), f32(3)],
        grad=True,
    ),
    Case("bias-add-format", lambda tf, x, b: tf.nn.bias_add(x, b, data_format="HWC"), [f32(2, 3), f32(3)]),
    Case("bias-add-mismatch", "nn.bias_add", [f32(2, 3), f32(2)]),
    Case("bias-add-vector", "nn.bias_add", [f32(3), f32(3)]),
    Case("bias-add-matrix-bias", "nn.bias_add", [f32(2, 3), f32(1, 3)]),
    Case("bias-add-python", lambda tf, x: tf.nn.bias_add(x, [1.0, 2.0, 3.0]), [f32(2, 3)], grad=True),
    *over(
        "moments",
        lambda tf, x: tf.nn.moments(x, [0, 1]),
        FLOATS,
        [(3, 4, 2)],
        grad=True,
        rtol=2e-2,
        atol=2e-2,
    ),
    Case("moments-keep", lambda tf, x: tf.nn.moments(x, axes=[0], keepdims=True), [f32(3, 4)], grad=2),
    Case("moments-all", lambda tf, x: tf.nn.moments(x, [0, 1]), [f32(3, 4)], grad=True),
    Case(
        "weighted-moments",
        lambda tf, x, w: tf.nn.weighted_moments(x, [0], w),
        [f32(3, 4), positive(3, 1)],
        grad=True,
        **SMALL,
    ),
    Case("sufficient-statistics", lambda tf, x: tf.nn.sufficient_statistics(x, [0, 1]), [f32(3, 4)], grad=True),
    Case(
        "sufficient-statistics-shift",
        lambda tf, x: tf.nn.sufficient_statistics(x, [0], shift=0.5, keepdims=True),
        [f32(3, 4)],
    ),
    Case(
        "normalize-moments",
        lambda tf, m, v: tf.nn.normalize_moments(6.0, m, v, 0.5),
        [f32(3), positive(3)],
        grad=True,
    ),
    Case(
        "batch-normalization",
        lambda tf, x, m, v, o, s: tf.nn.batch_normalization(x, m, v, o, s, 1e-3),
        [f32(4, 3), f32(3), positive(3), f32(3), f32(3)],
        grad=True,
        **SMALL,
    ),
    Case(
        "batch-normalization-plain",
        lambda tf, x, m, v: tf.nn.batch_normalization(x, m, v, None, None, 1e-3),
        [f32(4, 3), f32(3), positive(3)],
        grad=True,
        **SMALL,
    ),
    *(
        Case(
            f"fused-batch-norm-{t}-{e}",
            lambda tf, x, s, o, m, v, t=t, e=e: tf.compat.v1.nn.fused_batch_norm(
                x, s, o, m, v, is_training=t, exponential_avg_factor=e
            ),
            [f32(3, 4, 5, 2), f32(2), f32(2), f32(2), positive(2)],
            rtol=1e-3,
            atol=1e-4,
        )
        for t, e in ((True, 1.0), (True, 0.3), (False, 1.0))
    ),
    *(
        Case(
            f"fused-batch-norm-grad-{t}",
            lambda tf, x, s, o, m, v, t=t: (
                tf.raw_ops.FusedBatchNormV3(x=x, scale=s, offset=o, mean=m, variance=v, is_training=t, epsilon=0.01).y
            ),
            [f32(3, 4, 5, 2), f32(2), f32(2), f32(2), positive(2)],
            grad=True,
            rtol=1e-3,
            atol=1e-4,
        )
        for t in (True, False)
    ),
    Case(
        "fused-batch-norm-missing",
        lambda tf, x, s: tf.compat.v1.nn.fused_batch_norm(x, s, s, is_training=False),
        [f32(3, 4, 5, 2), f32(2)],
    ),
    Case("lrn", "nn.local_response_normalization", [f32(2, 3, 4, 9)], grad=True, **SMALL),
    Case(
        "lrn-args",
        lambda tf, x: tf.nn.lrn(x, 2, bias=2.0, alpha=0.3, beta=0.7),
        [f32(2, 3, 4, 9)],
        grad=True,
        **SMALL,
    ),
    Case("zero-fraction", "nn.zero_fraction", [ties(3, 4)]),
    Case("l2-normalize", lambda tf, x: tf.nn.l2_normalize(x, axis=1), [f32(3, 4)], grad=2),
    *(
        Case(f"clip-by-norm-{n}", lambda tf, x, k=k: tf.clip_by_norm(x, **k), [f32(3, 4)], grad=True)
        for n, k in {
            "all": dict(clip_norm=1.5),
            "axes": dict(clip_norm=1, axes=[1]),
            "large": dict(clip_norm=100.0),
        }.items()
    ),
    Case("clip-by-norm-zero", lambda tf, x: tf.clip_by_norm(x, 1.0), [arr([0.0, 0.0])], grad=True),
    Case("global-norm", lambda tf, x, y: tf.linalg.global_norm([x, None, y]), [f32(3), f32(2, 2)], grad=True),
    Case(
        "clip-by-global-norm",
        lambda tf, x, y: tf.clip_by_global_norm([x, None, y], 1.0),
        [f32(3), f32(2, 2)],
        grad=True,
    ),
    Case("clip-by-global-norm-inf", lambda tf, x: tf.clip_by_global_norm([x], 1.0), [arr([INF, 1.0])]),
    Case(
        "clip-by-global-norm-use",
        lambda tf, x: tf.clip_by_global_norm([x], 1.0, use_norm=tf.constant(4.0)),
        [f32(3)],
    ),
    Case("clip-by-global-norm-type", lambda tf, x: tf.clip_by_global_norm(x, 1.0), [f32(3)]),
]

LABELS = ints(5, low=0, high=4)

losses = [
    *(
        Case(
            f"softmax-xent-axis{a}",
            lambda tf, y, x, a=a: tf.nn.softmax_cross_entropy_with_logits(y, x, axis=a),
            [unit(3, 4, 5), f32(3, 4, 5)],
            modes=("eager",) if a == -2 else ("eager", "function", "unknown"),
            reason="TensorFlow takes no negative axis but -1",
            accept={"value": "TensorFlow takes no negative axis but -1"} if a == -2 else {},
            grad=True,
            **SMALL,
        )
        for a in (-1, 0, 1, 2, -2)
    ),
    *over(
        "softmax-xent",
        lambda tf, y, x: tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=x),
        FLOATS,
        [((5, 4), (5, 4))],
        grad=2,
        rtol=3e-2,
        atol=2e-2,
    ),
    Case("softmax-xent-1d", "nn.softmax_cross_entropy_with_logits", [unit(4), f32(4)], grad=True),
    Case("softmax-xent-empty", "nn.softmax_cross_entropy_with_logits", [unit(0, 4), f32(0, 4)]),
    Case("softmax-xent-int-labels", "nn.softmax_cross_entropy_with_logits", [ints(3, 4), f32(3, 4)]),
    Case("softmax-xent-mismatch", "nn.softmax_cross_entropy_with_logits", [unit(5, 3), f32(5, 4)]),
    Case(
        "softmax-xent-minus-inf",
        "nn.softmax_cross_entropy_with_logits",
        [arr([[1.0, 0.0]]), arr([[0.0, -INF]])],
    ),
    *(
        Case(
            f"sparse-xent-{d}",
            "nn.sparse_softmax_cross_entropy_with_logits",
            [ints(5, low=0, high=4, dtype=d), f32(5, 4)],
            grad=2,
            **SMALL,
        )
        for d in ("int32", "int64")
    ),
    *over(
        "sparse-xent-logits",
        lambda tf, x: tf.nn.sparse_softmax_cross_entropy_with_logits([1, 0, 3], x),
        FLOATS,
        [(3, 4)],
        grad=True,
        rtol=3e-2,
        atol=2e-2,
    ),
    Case(
        "sparse-xent-3d",
        "nn.sparse_softmax_cross_entropy_with_logits",
        [ints(2, 3, low=0, high=4), f32(2, 3, 4)],
        grad=True,
        **SMALL,
    ),
    Case(
        "sparse-xent-1d",
        "nn.sparse_softmax_cross_entropy_with_logits",
        [ints(low=0, high=4), f32(4)],
        grad=True,
        **SMALL,
    ),
    Case(
        "sparse-xent-range",
        "nn.sparse_softmax_cross_entropy_with_logits",
        [arr([0, 4], "int32"), f32(2, 4)],
        message={"eager": ["[0, 4)"]},
    ),
    Case(
        "sparse-xent-negative",
        "nn.sparse_softmax_cross_entropy_with_logits",
        [arr([0, -1], "int32"), f32(2, 4)],
    ),
    Case(
        "sparse-xent-rank",
        "nn.sparse_softmax_cross_entropy_with_logits",
        [ints(2, 1, low=0, high=4), f32(2, 4)],
    ),
    Case(
        "sparse-xent-sizes",
        "nn.sparse_softmax_cross_entropy_with_logits",
        [ints(3, low=0, high=4), f32(2, 4)],
    ),
    Case("sparse-xent-scalar", "nn.sparse_softmax_cross_entropy_with_logits", [ints(low=0, high=4), f32()]),
    Case("sparse-xent-float-labels", "nn.sparse_softmax_cross_entropy_with_logits", [f32(2), f32(2, 4)]),
    Case("sparse-xent-none", lambda tf, x: tf.nn.sparse_softmax_cross_entropy_with_logits(None, x), [f32(2, 4)]),
    *over(
        "sigmoid-xent",
        lambda tf, y, x: tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=x),
        FLOATS,
        [((3, 4), (3, 4))],
        grad=2,
        rtol=3e-2,
        atol=2e-2,
    ),
    Case(
        "sigmoid-xent-extremes",
        lambda tf, y, x: tf.nn.sigmoid_cross_entropy_with_logits(y, x),
        [arr([0.0, 1.0, 0.5, 1.0]), arr([100.0, -100.0, 0.0, 0.0])],
        grad=True,
    ),
    Case(
        "sigmoid-xent-mismatch",
        lambda tf, y, x: tf.nn.sigmoid_cross_entropy_with_logits(y, x),
        [f32(3), f32(4)],
        modes=("eager", "function"),
        reason="sizes that are unknown broadcast",
    ),
    Case("sigmoid-xent-none", lambda tf, x: tf.nn.sigmoid_cross_entropy_with_logits(logits=x), [f32(3)]),
    Case(
        "weighted-xent",
        lambda tf, y, x: tf.nn.weighted_cross_entropy_with_logits(y, x, 2.0),
        [unit(3, 4), f32(3, 4)],
        grad=2,
    ),
    Case(
        "weighted-xent-zero",
        lambda tf, y, x: tf.nn.weighted_cross_entropy_with_logits(y, x, 2.0),
        [arr([0.5]), arr([0.0])],
        grad=True,
    ),
    Case("log-poisson", "nn.log_poisson_loss", [positive(3, 4), f32(3, 4)], grad=2),
    Case(
        "log-poisson-full",
        lambda tf, t, x: tf.nn.log_poisson_loss(t, x, compute_full_loss=True),
        [arr([0.0, 0.5, 1.0, 3.0]), f32(4)],
    ),
    *over("l2-loss", "nn.l2_loss", FLOATS, [(3, 4), (0,), ()], grad=2, rtol=2e-2, atol=1e-2),
    Case("l2-loss-int", "nn.l2_loss", [ints(3)]),
    Case("in-top-k", lambda tf, t, p: tf.math.in_top_k(t, p, 2), [ints(6, low=0, high=5), ties(6, 5)]),
    Case(
        "in-top-k-nan",
        lambda tf, p: tf.nn.in_top_k([0, 1, 5], p, k=1),
        [arr([[NAN, 1.0], [0.0, 1.0], [0.0, 1.0]])],
    ),
    Case("average-loss", "nn.compute_average_loss", [f32(4)], grad=True),
    Case(
        "average-loss-size",
        lambda tf, x: tf.nn.compute_average_loss(x, global_batch_size=10),
        [f32(4)],
        grad=True,
    ),
    Case(
        "average-loss-weights",
        lambda tf, x, w: tf.nn.compute_average_loss(x, sample_weight=w),
        [f32(4), f32(4)],
        grad=True,
    ),
    Case("average-loss-scalar", "nn.compute_average_loss", [f32()]),
    Case("scale-regularization", "nn.scale_regularization_loss", [f32()], grad=True),
]

dropout = [
    Case("dropout-zero", lambda tf, x: tf.nn.dropout(x, 0.0), [f32(3, 4)], grad=True),
    *(Case(f"dropout-rate{r}", lambda tf, x, r=r: tf.nn.dropout(x, r), [f32(3)]) for r in (1.0, -0.1, 1.5)),
    Case("dropout-int", lambda tf, x: tf.nn.dropout(x, 0.5), [ints(3)]),
    Case("dropout-text", lambda tf, x: tf.nn.dropout(x, "0.5"), [f32(3)]),
    Program(
        "dropout-seeded",
        lambda tf: [
            tf.random.set_seed(3),
            tf.nn.dropout(tf.ones([4, 5]), 0.4),
            tf.nn.dropout(tf.ones([4, 5]), 0.4),
        ],
    ),
    Program("dropout-op-seed", lambda tf: [tf.random.set_seed(3), tf.nn.dropout(tf.ones([4, 5]), 0.4, seed=7)]),
    Program(
        "dropout-noise",
        lambda tf: [tf.random.set_seed(3), tf.nn.dropout(tf.ones([4, 5]), 0.4, noise_shape=[4, 1])],
    ),
    Program(
        "dropout-noise-none",
        lambda tf: [tf.random.set_seed(3), tf.nn.dropout(tf.ones([4, 5]), 0.4, noise_shape=[None, 1])],
    ),
    Program(
        "dropout-rate-tensor",
        lambda tf: [tf.random.set_seed(3), tf.nn.dropout(tf.ones([4, 5]), tf.constant(0.4))],
    ),
    Program(
        "dropout-stateless",
        lambda tf: tf.nn.experimental.stateless_dropout(tf.ones([4, 5]), 0.4, seed=[1, 2]),
    ),
    Program(
        "dropout-general",
        lambda tf: tf.nn.experimental.general_dropout(
            tf.ones([4, 5]), 0.4, lambda shape, dtype: tf.random.stateless_uniform(shape, [1, 2], dtype=dtype)
        ),
    ),
    Program("dropout-bad", lambda tf: raised(lambda: tf.nn.dropout(tf.ones([2]), tf.constant([0.4])))),
]

embeddings = [
    Case("embedding", "nn.embedding_lookup", [f32(6, 3), ints(4, low=0, high=6)], grad=True),
    Case("embedding-2d", "nn.embedding_lookup", [f32(6, 3), i64(2, 2, low=0, high=6)], grad=True),
    Case("embedding-variable", "nn.embedding_lookup", [variable(f32(6, 3)), ints(4, low=0, high=6)], grad=True),
    Case(
        "embedding-max-norm",
        lambda tf, p, i: tf.nn.embedding_lookup(p, i, max_norm=1.0),
        [f32(6, 3), ints(4, low=0, high=6)],
    ),
    Case(
        "embedding-list",
        lambda tf, p, q, i: tf.nn.embedding_lookup([p, q], i),
        [f32(3, 2), f32(3, 2), ints(4, low=0, high=6)],
        modes=("eager",),
        reason="dynamic partitions in graphs",
    ),
    Case("embedding-none", lambda tf, i: tf.nn.embedding_lookup(None, i), [ints(2)]),
    Case("embedding-empty", lambda tf, i: tf.nn.embedding_lookup([], i), [ints(2)]),
    Case("embedding-range", "nn.embedding_lookup", [f32(6, 3), arr([6], "int32")]),
]

second_orders = [
    Case("second-bias-add", "nn.bias_add", [f32(2, 3), f32(3)], grad=2),
    *(
        Case(
            f"second-{kind}-pool{r - 2}d",
            lambda tf, x, kind=kind: getattr(tf.nn, f"{kind}_pool")(
                x, 2, 2, "SAME", f"N{'DHW'[-(len(x.shape) - 2) :]}C"
            ),
            [f32(2, *[4] * (r - 2), 2)],
            grad=2,
        )
        for kind in ("max", "avg")
        for r in (4, 5)
    ),
    Case("second-space-to-depth", lambda tf, x: tf.nn.space_to_depth(x, 2), [f32(1, 4, 4, 2)], grad=2),
    Case("second-depth-to-space", lambda tf, x: tf.nn.depth_to_space(x, 2), [f32(1, 2, 2, 4)], grad=2),
    Case(
        "second-fused-batch-norm",
        lambda tf, x, s, o: tf.compat.v1.nn.fused_batch_norm(x, s, o)[0],
        [f32(3, 4, 5, 2), f32(2), f32(2)],
        grad=2,
        rtol=1e-2,
        atol=1e-3,
    ),
    Case(
        "second-depthwise",
        lambda tf, x, w: tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "SAME"),
        [f32(1, 4, 4, 2), f32(3, 3, 2, 1)],
        grad=2,
        **SMALL,
    ),
    Case(
        "second-conv3d",
        lambda tf, x, w: tf.nn.conv3d(x, w, [1] * 5, "SAME", "NDHWC"),
        [f32(1, 3, 3, 3, 2), f32(2, 2, 2, 2, 1)],
        grad=2,
        **SMALL,
    ),
    Case(
        "second-conv2d-transpose",
        lambda tf, x, w: tf.nn.conv2d_transpose(x, w, [1, 4, 4, 2], 2),
        [f32(1, 2, 2, 3), f32(3, 3, 2, 3)],
        grad=2,
        **SMALL,
    ),
]

CASES = [
    *second_orders,
    *activations,
    *softmaxes,
    *convolutions,
    *pooling,
    *normalisation,
    *losses,
    *dropout,
    *embeddings,
]
