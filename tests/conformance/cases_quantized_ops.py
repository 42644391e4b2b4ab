"""The ops of `tf.raw_ops` on quantised numbers: `Quantized*`, `Requantize*`, `Uniform*`."""

from __future__ import annotations

import itertools

from .inputs import arr, f32, ints
from .runner import Case, Program, raised

PLAIN = {"qint8": "int8", "quint8": "uint8", "qint16": "int16", "quint16": "uint16", "qint32": "int32"}
AT_RUN_TIME = {"NotFoundError": "TensorFlow's functions refuse a dtype without kernel with InvalidArgumentError"}


def quantized(tf, x):
    """Integers as the quantised dtype of their width."""
    return tf.bitcast(x, getattr(tf, "q" + x.dtype.name))


def plain(tf, outputs):
    """Outputs with their quantised numbers as plain ones; their dtypes are told apart by the cases' own dtypes."""
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return [tf.bitcast(x, PLAIN[x.dtype.name]) if x.dtype.name in PLAIN else x for x in outputs]


def u8(*shape):
    return ints(*shape, low=0, high=256, dtype="uint8")


def i8(*shape):
    return ints(*shape, low=-128, high=128, dtype="int8")


def i32(*shape, low=-(2**31), high=2**31):
    return ints(*shape, low=low, high=high)


def op(name, inputs, *, floats=(), integers=(), **attrs):
    """The op over quantised `inputs`, then float scalars; `attrs` may name dtypes as text."""
    names = {k: v for k, v in attrs.items() if isinstance(v, str) and v in PLAIN}

    def run(tf, *xs):
        kwargs = dict(zip(inputs, (quantized(tf, x) for x in xs), strict=True))
        kwargs.update({k: tf.constant(v, tf.float32) for k, v in dict(floats).items()})
        kwargs.update(dict(integers))
        kwargs.update(attrs)
        kwargs.update({k: getattr(tf, v) for k, v in names.items()})
        return plain(tf, getattr(tf.raw_ops, name)(**kwargs))

    return run


def ranges(*names, low=-1.0, high=2.0):
    """A range for each of the names: `min_a`, `max_a`, ..."""
    ends = {}
    for i, name in enumerate(names):
        ends.update({f"min_{name}": low - 2 * i, f"max_{name}": high - i})
    return ends


AB, XY, CONV = ranges("a", "b"), ranges("x", "y"), ranges("input", "filter")
ONE = {"min_features": -1.0, "max_features": 20.0}
NORM = {f"{n}_{e}": v for n in ("t", "m", "v", "beta", "gamma") for e, v in (("min", 0.0), ("max", 20.0))}

arithmetic = [
    *(
        Case(
            f"matmul-{ta}-{tb}",
            op("QuantizedMatMul", "ab", floats=AB, transpose_a=ta, transpose_b=tb),
            [u8(*a), u8(*b)],
        )
        for ta, tb, a, b in (
            (False, False, (2, 3), (3, 4)),
            (True, False, (3, 2), (3, 4)),
            (False, True, (2, 3), (4, 3)),
        )
    ),
    Case("matmul-sizes", op("QuantizedMatMul", "ab", floats=AB), [u8(2, 3), u8(4, 2)]),
    Case("matmul-rank", op("QuantizedMatMul", "ab", floats=AB), [u8(2, 3), u8(3)]),
    Case("matmul-signed", op("QuantizedMatMul", "ab", floats=AB), [u8(2, 3), i8(3, 4)], accept=AT_RUN_TIME),
    Case("matmul-range", op("QuantizedMatMul", "ab", floats={**AB, "max_a": -1.0}), [u8(2, 3), u8(3, 4)]),
    Case("matmul-range-rank", op("QuantizedMatMul", "ab", floats={**AB, "max_a": [2.0]}), [u8(2, 3), u8(3, 4)]),
    *(
        Case(f"{name}-{i}", op(name, "xy", floats=XY), [u8(*a), u8(*b)])
        for name in ("QuantizedAdd", "QuantizedMul")
        for i, (a, b) in enumerate((((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 3), ()), ((2, 3), (2,))))
    ),
    *(
        Case(
            f"bias-add-{x.dtype}-{i}",
            op("QuantizedBiasAdd", ("input", "bias"), floats=ranges("input", "bias"), out_type="qint32"),
            [x, b],
        )
        for i, (x, b) in enumerate(((u8(2, 3), u8(3)), (i8(2, 2, 3), i8(3)), (u8(2, 3), u8(2)), (u8(3), u8(3))))
    ),
    *(
        Case(f"{name}-{x.dtype}", op(f"Quantized{name}", ["features"], floats=ONE, out_type=f"q{x.dtype}"), [x])
        for name in ("Relu", "Relu6")
        for x in (u8(3, 5), i32(3, 5))
    ),
    Case("relu-x", op("QuantizedReluX", ["features"], floats={**ONE, "max_value": 3.0}), [u8(3)], accept=AT_RUN_TIME),
    *(
        Case(
            f"conv-{padding}-{stride}",
            op("QuantizedConv2D", ("input", "filter"), floats=CONV, strides=[1, stride, stride, 1], padding=padding),
            [u8(2, 5, 4, 2), u8(2, 3, 2, 3)],
        )
        for padding, stride in (("SAME", 1), ("VALID", 1), ("SAME", 2), ("VALID", 2))
    ),
    Case(
        "conv-depth",
        op("QuantizedConv2D", ("input", "filter"), floats=CONV, strides=[1, 1, 1, 1], padding="SAME"),
        [u8(2, 5, 4, 2), u8(2, 3, 3, 3)],
    ),
    Case(
        "batch-norm",
        op(
            "QuantizedBatchNormWithGlobalNormalization",
            ("t", "m", "v", "beta", "gamma"),
            floats=NORM,
            out_type="qint32",
            variance_epsilon=0.01,
            scale_after_normalization=True,
        ),
        [u8(2, 2, 2, 3), *[u8(3)] * 4],
    ),
    *(
        Case(
            f"instance-norm-{i}", op("QuantizedInstanceNorm", ["x"], floats={"x_min": -1.0, "x_max": 2.0}, **attrs), [x]
        )
        for i, (x, attrs) in enumerate(
            (
                (u8(2, 4, 4, 2), {}),
                (u8(2, 4, 4, 2), {"output_range_given": True, "given_y_min": -1.0, "given_y_max": 1.5}),
                (u8(2, 4, 4, 2), {"output_range_given": True, "given_y_min": 1.0, "given_y_max": 1.0}),
            )
        )
    ),
]

BOX = {"min_input": -1.0, "max_input": 20.0}


def _joined(tf, x, y, axis=0, high=3.0):
    x, y = quantized(tf, x), quantized(tf, y)
    return plain(tf, tf.quantization.quantized_concat(axis, [x, y], [-1.0, -2.0], [1.0, high]))


layout = [
    *(
        Case(
            f"{name}-{x.dtype}-{padding}",
            op(name, ["input"], floats=BOX, ksize=[1, 2, 3, 1], strides=[1, 2, 1, 1], padding=padding),
            [x],
        )
        for name in ("QuantizedMaxPool", "QuantizedAvgPool")
        for x in (u8(2, 5, 4, 2), i8(2, 5, 4, 2))
        for padding in ("SAME", "VALID")
    ),
    Case("concat", _joined, [u8(1, 2), u8(2, 2)]),
    Case("concat-int32", _joined, [i32(1, 2), i32(2, 2)]),
    Case("concat-axis", lambda tf, x, y: _joined(tf, x, y, axis=1), [u8(2, 3), u8(2, 2)]),
    Case("concat-bad-axis", lambda tf, x, y: _joined(tf, x, y, axis=2), [u8(2, 3), u8(2, 2)]),
    Case("concat-bad-sizes", _joined, [u8(2, 3), u8(2, 2)]),
    Case("concat-range-rank", lambda tf, x, y: _joined(tf, x, y, high=[3.0]), [u8(1, 2), u8(2, 2)]),
    *(
        Case(
            f"reshape-{i}",
            op("QuantizedReshape", ["tensor"], floats={"input_min": -1.0, "input_max": 1.0}, shape=shape),
            [x],
            accept=AT_RUN_TIME,
        )
        for i, (x, shape) in enumerate(((u8(2, 3), [3, -1]), (i32(2, 3), [6]), (u8(2, 3), [4]), (i8(2, 3), [6])))
    ),
    *(
        Case(
            f"resize-{x.dtype}-{'-'.join(attrs)}",
            lambda tf, x, attrs=attrs: tf.quantization.dequantize(
                *tf.raw_ops.QuantizedResizeBilinear(
                    images=quantized(tf, x), size=[5, 7], min=tf.constant(0.0), max=tf.constant(255.0), **attrs
                ),
                mode="MIN_FIRST",
            ),
            [x],
            # TensorFlow mixes bytes in arithmetic of seven bits: neighbours of the exact value.
            atol=1.0,
        )
        for x in (u8(2, 3, 4, 2), i32(2, 3, 4, 2))
        for attrs in ({}, {"align_corners": True}, {"half_pixel_centers": True})
    ),
]

OLD = {"input_min": -1.0, "input_max": 1.0}
NEW = {"requested_output_min": -0.5, "requested_output_max": 0.25}
CHANNELS = {"input_min": [-1.0, -2.0, -0.1], "input_max": [1.0, 1.5, 0.3]}

rescaling = [
    Case("shrink", op("QuantizeDownAndShrinkRange", ["input"], floats=OLD, out_type="quint8"), [i32(4, 5)]),
    Case(
        "shrink-positive",
        op("QuantizeDownAndShrinkRange", ["input"], floats=OLD, out_type="quint8"),
        [i32(4, 5, low=2**20, high=2**24)],
    ),
    Case(
        "shrink-range-rank",
        op("QuantizeDownAndShrinkRange", ["input"], floats={"input_min": [0.0], "input_max": 1.0}, out_type="quint8"),
        [i32(4)],
    ),
    *(
        Case(f"requantize-{kind}", op("Requantize", ["input"], floats={**OLD, **NEW}, out_type=kind), [i32(4, 5)])
        for kind in ("quint8", "qint8")
    ),
    *(
        Case(
            f"requantize-bad-{low}",
            op("Requantize", ["input"], floats={**OLD, **NEW, "requested_output_min": low}, out_type="quint8"),
            [i32(4, 5)],
        )
        for low in (0.1, 0.5)
    ),
    Case("range", op("RequantizationRange", ["input"], floats=OLD), [i32(4, 5)]),
    Case("range-positive", op("RequantizationRange", ["input"], floats=OLD), [i32(4, 5, low=2**20, high=2**24)]),
    *(
        Case(
            f"range-of-channels-{clip}-{low}",
            op("RequantizationRangePerChannel", ["input"], floats=CHANNELS, clip_value_max=clip),
            [i32(2, 2, 2, 3, low=low, high=2**30)],
        )
        for clip, low in ((10.0, -(2**29)), (0.4, -(2**30)), (10.0, 5))
    ),
    Case(
        "range-of-channels-size",
        op("RequantizationRangePerChannel", ["input"], floats=CHANNELS, clip_value_max=1.0),
        [i32(2, 2, 2, 2)],
    ),
    *(
        Case(
            f"requantize-channels-{kind}",
            op("RequantizePerChannel", ["input"], floats={**CHANNELS, **NEW}, out_type=kind),
            [i32(2, 2, 2, 3)],
        )
        for kind in ("quint8", "qint8")
    ),
]

BYTES = {"quantization_min_val": -128, "quantization_max_val": 127}
WORDS = {"quantization_min_val": -(2**31), "quantization_max_val": 2**31 - 1}


def limits(**sides):
    """The least and greatest values of several operands."""
    return {f"{side}_{k}": v for side, values in sides.items() for k, v in values.items()}


def scales(name, scale, zero):
    return {f"{name}_scales": scale}, {f"{name}_zero_points": zero}


def uniform(name, inputs, sides, **attrs):
    """A `Uniform*` op; `sides` are (name, scale, zero point)."""
    floats, zeros = {}, {}
    for side in sides:
        a, b = scales(*side)
        floats.update(a)
        zeros.update(b)
    return op(name, inputs, floats=floats, integers=zeros, **attrs)


PRODUCT = limits(lhs=BYTES, rhs=BYTES, output=WORDS)
SIDES = (("lhs", 0.5, 3), ("rhs", 0.25, 0), ("output", 0.75, -3))
BY_CHANNEL = (("lhs", 0.5, 3), ("rhs", [0.25, 0.5, 0.3, 0.1], [0, 1, 2, -3]), ("output", 0.75, -3))
ALL_BY_CHANNEL = (*BY_CHANNEL[:2], ("output", [0.25, 0.5, 0.3, 0.1], [0, 1, 2, -3]))
SUMS = limits(lhs=WORDS, rhs=WORDS, output=WORDS)


def _dequantized(tf, x, scale, zero, axis=-1):
    attrs = {"quantization_axis": axis, **BYTES}
    return tf.raw_ops.UniformDequantize(
        input=quantized(tf, x), scales=scale, zero_points=zero, Tout=tf.float32, **attrs
    )


def _quantized(tf, x, scale, zero, axis=-1, kind="qint8"):
    attrs = {"quantization_axis": axis, **BYTES}
    return plain(
        tf, tf.raw_ops.UniformQuantize(input=x, scales=scale, zero_points=zero, Tout=getattr(tf, kind), **attrs)
    )


def _hybrid(name, scale, zero, **attrs):
    return lambda tf, lhs, rhs: getattr(tf.raw_ops, name)(
        lhs=lhs,
        rhs=quantized(tf, rhs),
        rhs_scales=scale,
        rhs_zero_points=zero,
        Tout=tf.float32,
        **attrs,
        **limits(rhs=BYTES),
    )


def _numbers(tf):
    """Dimensions of a convolution with the channels last, serialized."""
    spatial = (1, 2), (0, 1), (1, 2)
    fields = [(1, 0), (2, 3), *((3, d) for d in spatial[0]), (4, 2), (5, 3), *((6, d) for d in spatial[1])]
    fields += [(7, 0), (8, 3), *((9, d) for d in spatial[2])]
    return bytes(b for field, value in fields for b in (field << 3, value))


def _conv_last(tf, lhs, rhs):
    run = uniform(
        "UniformQuantizedConvolution", ("lhs", "rhs"), SIDES, Tout="qint32", padding="SAME",
        dimension_numbers=_numbers(tf), window_strides=[2, 1], **PRODUCT,
    )  # fmt: skip
    return run(tf, lhs, rhs)


CONVOLUTIONS = {
    "same": {"padding": "SAME"},
    "valid": {"padding": "VALID", "window_strides": [2, 1]},
    "explicit": {"padding": "EXPLICIT", "explicit_padding": [1, 2, 0, 1]},
    "dilated": {"padding": "VALID", "lhs_dilation": [2, 1], "rhs_dilation": [1, 2]},
}

uniforms = [
    *(
        Case(f"uniform-quantize-{i}", lambda tf, x, how=how: _quantized(tf, x, *how), [f32(2, 3, low=-9, high=9)])
        for i, how in enumerate(
            (
                (0.05, 3),
                ([0.05, 0.1, 0.2], [0, 3, -5], 1),
                ([0.05, 0.1], [0, 3], 0, "qint32"),
                ([0.05], [1]),
                (0.05, [1]),
                ([0.05, 0.1], [0, 3], 1),
                ([0.05, 0.1], [0, 3], 2),
                (0.05, 1, -2),
            )
        )
    ),
    Case("uniform-dequantize", lambda tf, x: _dequantized(tf, x, 0.25, 3), [i8(2, 3)]),
    Case("uniform-dequantize-axis", lambda tf, x: _dequantized(tf, x, [0.25, 2.0], [3, -1], 0), [i8(2, 3)]),
    *(
        Case(
            f"uniform-requantize-{i}",
            uniform("UniformRequantize", ["input"], sides, Tout="qint8", **attrs, **limits(input=BYTES, output=BYTES)),
            [x],
        )
        for i, (x, sides, attrs) in enumerate(
            (
                (i8(2, 3), (("input", 0.5, 3), ("output", 0.75, -3)), {}),
                (i32(2, 3, low=-(2**20), high=2**20), (("input", 0.5, 3), ("output", 5000.0, -3)), {}),
                (i8(2, 3), (("input", 0.5, 3), ("output", [0.75, 1.5], [0, 1])), {"output_quantization_axis": 0}),
                (
                    i8(2, 2),
                    (("input", [0.5, 0.1], [1, 3]), ("output", [0.75, 1.5], [0, 1])),
                    {"output_quantization_axis": 0, "input_quantization_axis": 1},
                ),
                (
                    i8(2, 2),
                    (("input", [0.5, 0.1], [1, 3]), ("output", [0.75, 1.5], [0, 1])),
                    {"output_quantization_axis": 1, "input_quantization_axis": 1},
                ),
            )
        )
    ),
    *(
        Case(
            f"uniform-add-{i}",
            uniform("UniformQuantizedAdd", ("lhs", "rhs"), sides, **attrs, **SUMS),
            [i32(2, 3, low=-999, high=999), i32(*rhs, low=-999, high=999)],
        )
        for i, (rhs, sides, attrs) in enumerate(
            (
                ((3,), SIDES, {}),
                ((2, 3), SIDES, {}),
                (
                    (2, 3),
                    tuple((n, [0.5, 0.2, 0.1], [3, 1, 2]) for n in ("lhs", "rhs", "output")),
                    {f"{n}_quantization_axis": 1 for n in ("lhs", "rhs", "output")},
                ),
            )
        )
    ),
    *(
        Case(
            f"uniform-clip-{i}",
            lambda tf, x, low, high, scale=scale, zero=zero, axis=axis: plain(
                tf,
                tf.raw_ops.UniformQuantizedClipByValue(
                    operand=quantized(tf, x),
                    min=quantized(tf, low),
                    max=quantized(tf, high),
                    scales=scale,
                    zero_points=zero,
                    quantization_axis=axis,
                    **WORDS,
                ),
            ),  # fmt: skip
            [i32(2, 3, low=-99, high=99), arr(low, "int32"), arr(high, "int32")],
        )
        for i, (low, high, scale, zero, axis) in enumerate(
            (
                (-9, 20, 0.5, 3, -1),
                ([-9, -50, 0], [20, 0, 10], [0.5] * 3, [3] * 3, 1),
                ([-9, 0], [9, 10], [0.5] * 3, [3] * 3, 1),
            )
        )
    ),
    *(
        Case(
            f"uniform-dot-{i}",
            uniform("UniformQuantizedDot", ("lhs", "rhs"), sides, Tout="qint32", **attrs, **PRODUCT),
            [i8(2, 3), i8(*rhs)],
        )
        for i, (rhs, sides, attrs) in enumerate(
            (
                ((3, 4), SIDES, {}),
                ((3, 4), BY_CHANNEL, {"rhs_quantization_axis": 1}),
                ((3, 4), ALL_BY_CHANNEL, {"rhs_quantization_axis": 1, "output_quantization_axis": 1}),
                ((2, 4), SIDES, {}),
            )
        )
    ),
    Case("uniform-dot-hybrid", _hybrid("UniformQuantizedDotHybrid", 0.5, 3), [f32(2, 3), i8(3, 4)]),
    Case(
        "uniform-dot-hybrid-channels",
        _hybrid("UniformQuantizedDotHybrid", [0.5, 0.25], [3, 0], rhs_quantization_axis=1),
        [f32(2, 3), i8(3, 2)],
    ),
    *(
        Case(
            f"uniform-conv-{name}",
            uniform("UniformQuantizedConvolution", ("lhs", "rhs"), SIDES, Tout="qint32", **attrs, **PRODUCT),
            [i8(2, 2, 5, 4), i8(4, 2, 2, 2)],
        )
        for name, attrs in CONVOLUTIONS.items()
    ),
    Case("uniform-conv-channels-last", _conv_last, [i8(2, 5, 4, 2), i8(2, 3, 2, 4)]),
    *(
        Case(
            f"uniform-conv-groups-{i}",
            uniform(
                "UniformQuantizedConvolution", ("lhs", "rhs"), sides, Tout="qint32", padding="SAME", **attrs, **PRODUCT
            ),
            [i8(2, 2, 5, 4), i8(*rhs)],
        )
        for i, (rhs, sides, attrs) in enumerate(
            (
                ((4, 1, 2, 2), SIDES, {"feature_group_count": 2}),
                ((4, 2, 2, 2), SIDES, {"batch_group_count": 2}),
                ((4, 2, 2, 2), BY_CHANNEL, {"rhs_quantization_axis": 0}),
                ((4, 1, 2, 2), SIDES, {}),
            )
        )
    ),
    Case(
        "uniform-conv-hybrid",
        _hybrid("UniformQuantizedConvolutionHybrid", 0.5, 3, padding="SAME"),
        [f32(2, 2, 5, 4), i8(4, 2, 2, 2)],
    ),
    Case(
        "uniform-conv-hybrid-groups",
        _hybrid("UniformQuantizedConvolutionHybrid", 0.5, 3, padding="SAME", batch_group_count=2),
        [f32(2, 2, 5, 4), i8(4, 2, 2, 2)],
    ),
]


def _variable(tf):
    variable = tf.Variable(quantized(tf, tf.constant([[1, 2]], tf.uint8)))

    @tf.function
    def assign(x):
        variable.assign(x)
        return tf.bitcast(tf.reshape(variable, [2]), tf.uint8)

    assigned = assign(quantized(tf, tf.constant([[3, 4]], tf.uint8)))
    return [assigned, variable.dtype, variable.numpy().tolist()]


API = {
    "equal": lambda tf, x: tf.equal(x, x[:, :1]),
    "not-equal": lambda tf, x: tf.not_equal(x, x[:, :1]),
    "equal-number": lambda tf, x: tf.equal(x, 1),
    "count-nonzero": lambda tf, x: tf.math.count_nonzero(x),
    "concat": lambda tf, x: plain(tf, tf.concat([x, x], 0)),
    "squeeze": lambda tf, x: tf.shape(tf.squeeze(x)),
    "unstack": lambda tf, x: tf.unstack(x),
    "where": lambda tf, x: tf.where(x),
    "add-n": lambda tf, x: tf.add_n([x, x]),
    "reduce-sum": lambda tf, x: tf.reduce_sum(x),
    "reduce-mean": lambda tf, x: tf.reduce_mean(x),
    "argmax": lambda tf, x: tf.argmax(x),
    "transpose": lambda tf, x: tf.transpose(x),
    "unique": lambda tf, x: tf.unique(tf.reshape(x, [-1])),
    "cumsum": lambda tf, x: tf.cumsum(x),
    "split": lambda tf, x: plain(tf, tf.split(x, 2)),
    "pad": lambda tf, x: plain(tf, tf.pad(x, [[0, 1], [1, 0]])),
}

api = [
    *(
        Case(f"{name}-{x.dtype}", lambda tf, x, fn=fn: fn(tf, quantized(tf, x)), [x])
        for name, fn in API.items()
        for x in (u8(2, 3), ints(2, 3, dtype="int16"))
    ),
    *(
        Case(f"constant-{value}", lambda tf, v=value: tf.bitcast(tf.constant(v, tf.quint8), tf.uint8))
        for value in (1, (1,), [(1,), (2,)], [1, 2], True, 300)
    ),
    Program("variable", _variable),
]


def _old_name(name, inputs, *floats, **attrs):
    """A function of `tf.compat.v1.nn` over quantised `inputs`, then floats."""

    def run(tf, *xs):
        found = getattr(tf.compat.v1.nn, name)(*(quantized(tf, x) for x in xs), *floats, **attrs)
        return [found._fields, *plain(tf, found)]

    return Case(f"v1-{name}", run, inputs, accept=AT_RUN_TIME)


WINDOW = {"ksize": [1, 2, 3, 1], "strides": [1, 2, 1, 1], "padding": "SAME"}

old_names = [
    _old_name("quantized_avg_pool", [u8(2, 5, 4, 2)], -1.0, 20.0, **WINDOW),
    _old_name("quantized_max_pool", [u8(2, 5, 4, 2)], -1.0, 20.0, **WINDOW),
    _old_name("quantized_conv2d", [u8(2, 5, 4, 2), u8(2, 3, 2, 3)], 0.0, 1.0, -1.0, 1.0, [1, 1, 1, 1], "VALID"),
    _old_name("quantized_relu_x", [u8(3)], 3.0, -1.0, 20.0),
    *(
        Case(
            f"v1-quantize-{n}",
            lambda tf, x, a=args, k=kwargs: plain(tf, tf.compat.v1.quantize_v2(x, *a, **k)),
            [f32(2, 3)],
        )
        for n, (args, kwargs) in enumerate(
            (
                ((-1.0, 2.0, "quint8"), {}),
                ((-1.0, 2.0, "qint8", "SCALED", "q", "HALF_TO_EVEN", True), {}),
                (([-1.0] * 3, [1.0, 2.0, 3.0], "qint8"), {"axis": -1, "ensure_minimum_range": 0.5}),
            )
        )
    ),
]


def _range_shapes(tf):
    """The static shapes of quantised and restored tensors for ranges of known and unknown sizes, or the error."""

    def quantize(x, low, high, axis):
        return tf.raw_ops.QuantizeV2(input=x, min_range=low, max_range=high, T=tf.quint8, axis=axis)

    def restore(x, low, high, axis):
        x = tf.bitcast(tf.cast(x, tf.uint8), tf.quint8)
        return tf.raw_ops.Dequantize(input=x, min_range=low, max_range=high, axis=axis)

    def traced(fn, axis, *shapes):
        made = tf.function(lambda *xs: fn(*xs, axis)).get_concrete_function(*map(tf.TensorSpec, shapes))
        return [x.shape for x in made.outputs]

    results = []
    for x, low, high in itertools.product(([2, 3], [2, None], None), ([], [None], [3], None), ([], [3], [None], None)):
        # TensorFlow refuses to restore along an axis of a tensor of unknown rank.
        for fn, axis in itertools.product((quantize, restore) if x else (quantize,), (-1, 0, 1, 2)):
            results.append(raised(lambda: results.append(traced(fn, axis, x, low, high))))  # noqa: B023
    return results


old_names += [
    *(
        Case(
            f"scalar-{kind}-{mode}",
            lambda tf, x, k=kind, m=mode: tf.quantization.dequantize(
                *tf.quantization.quantize(x, -2.0, 3.0, getattr(tf, k), mode=m), mode=m
            ),
            [f32()],
        )
        for kind in ("qint8", "quint16", "qint32")
        for mode in ("MIN_COMBINED", "MIN_FIRST", "SCALED")
    ),
    *(
        Case(
            f"there-and-back-nothing-{given}",
            lambda tf, x, given=given: tf.quantization.quantize_and_dequantize_v2(x, -1.0, 1.0, range_given=given),
            [f32(0, 3)],
            grad=True,
        )
        for given in (True, False)
    ),
]
old_names.append(Program("range-shapes", _range_shapes))

CASES = [*old_names, *arithmetic, *layout, *rescaling, *uniforms, *api]
