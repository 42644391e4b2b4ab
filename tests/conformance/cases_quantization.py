"""`tf.quantization`."""

from __future__ import annotations

import os
import tempfile

from .inputs import arr, f32
from .runner import Case, Program, raised

EDGES = [-10.0, -6.0, -1.3, 0.0, 0.01, 3.3, 6.0, 8.0]
QUANTIZED = ("qint8", "quint8", "qint16", "quint16", "qint32")


def plain(tf, result):
    """The integers of a quantised tensor, whose NumPy form is one field, beside the other results."""
    output, *rest = result
    return [output.dtype.name, output.shape.as_list(), *rest]


fake = [
    *(
        Case(f"fake-args-{i}", "quantization.fake_quant_with_min_max_args", [arr(EDGES)], kwargs=kwargs, grad=True)
        for i, kwargs in enumerate(
            (
                {},
                {"min": -1, "max": 3, "num_bits": 4, "narrow_range": True},
                {"min": 1.0, "max": 3.0},
                {"min": -3.0, "max": -1.0, "num_bits": 16},
                {"num_bits": 2},
            )
        )
    ),
    *(
        Case(f"fake-args-bad-{i}", "quantization.fake_quant_with_min_max_args", [arr(EDGES)], kwargs=kwargs)
        for i, kwargs in enumerate(({"min": 3, "max": 1}, {"num_bits": 1}, {"num_bits": 17}))
    ),
    *(
        Case(
            f"fake-vars-{low}-{high}-{bits}-{narrow}",
            "quantization.fake_quant_with_min_max_vars",
            [arr(EDGES), arr(low), arr(high)],
            kwargs={"num_bits": bits, "narrow_range": narrow},
            grad=True,
        )
        for low, high in ((-1.0, 1.0), (-6.0, 6.0), (1.0, 2.0), (-5.0, -2.0), (0.0, 0.0))
        for bits in (8, 3)
        for narrow in (False, True)
    ),
    *(
        Case(
            f"fake-channels-{'x'.join(map(str, shape))}",
            "quantization.fake_quant_with_min_max_vars_per_channel",
            [f32(*shape, low=-4, high=4), arr([-1.0, -2.0, 0.5]), arr([1.0, 3.0, 2.0])],
            grad=True,
        )
        for shape in ((3,), (4, 3), (2, 2, 3), (2, 1, 2, 3))
    ),
    Case(
        "fake-channels-bad",
        "quantization.fake_quant_with_min_max_vars_per_channel",
        [f32(4, 3), arr([-1.0, -2.0]), arr([1.0, 3.0])],
        modes=("eager", "unknown"),
        reason="checked when it runs",
    ),
    Case(
        "fake-args-gradient",
        "quantization.fake_quant_with_min_max_args_gradient",
        [f32(8), arr(EDGES)],
        kwargs={"min": -2.0, "max": 4.0},
    ),
    Case(
        "fake-vars-gradient",
        "quantization.fake_quant_with_min_max_vars_gradient",
        [f32(8), arr(EDGES), arr(-2.0), arr(4.0)],
    ),
    Case(
        "fake-channels-gradient",
        "quantization.fake_quant_with_min_max_vars_per_channel_gradient",
        [f32(4, 2), f32(4, 2), arr([-1.0, -0.5]), arr([1.0, 0.3])],
    ),
]

there_and_back = [
    *(
        Case(
            f"{name}-{i}",
            f"quantization.quantize_and_dequantize{name}",
            [arr(EDGES), arr(low), arr(high)],
            kwargs=kwargs,
            grad=True,
        )
        for name in ("", "_v2")
        for i, (low, high, kwargs) in enumerate(
            (
                (-6.0, 6.0, {}),
                (-6.0, 6.0, {"range_given": True}),
                (-6.0, 6.0, {"range_given": True, "signed_input": False}),
                (0.0, 6.0, {"range_given": True, "signed_input": False}),
                (-6.0, 3.0, {"range_given": True, "narrow_range": True}),
                (-6.0, 3.0, {"range_given": True, "round_mode": "HALF_UP", "num_bits": 4}),
            )
        )
    ),
    Case(
        "_v2-order",
        "quantization.quantize_and_dequantize_v2",
        [arr(EDGES), arr(6.0), arr(-6.0)],
        kwargs={"range_given": True},
    ),
]

quantized = [
    *(
        Case(
            f"there-and-back-{mode}-{kind}-{narrow}",
            lambda tf, x, a, b, T=kind, mode=mode, n=narrow: tf.quantization.dequantize(
                tf.quantization.quantize(x, a, b, getattr(tf, T), mode, narrow_range=n)[0], a, b, mode, narrow_range=n
            ),
            [arr(EDGES), arr(-6.0), arr(6.0)],
            accept={"value": "TensorFlow has no kernel for qint32 in this mode"},
        )
        for mode in ("MIN_COMBINED", "MIN_FIRST", "SCALED")
        for kind in QUANTIZED
        for narrow in (False, True)
    ),
    *(
        Case(
            f"quantize-{mode}-{kind}",
            lambda tf, x, a, b, T=kind, mode=mode: plain(tf, tf.quantization.quantize(x, a, b, getattr(tf, T), mode)),
            [arr(EDGES), arr(1.0), arr(2.0)],
        )
        for mode in ("MIN_COMBINED", "MIN_FIRST", "SCALED")
        for kind in QUANTIZED
    ),
    Case(
        "quantize-axis",
        lambda tf, x, a, b: plain(tf, tf.quantization.quantize(x, a, b, tf.qint8, "SCALED", axis=0)),
        [f32(2, 4), arr([-1.0, -2.0]), arr([3.0, 4.0])],
    ),
    Case(
        "quantize-round-mode",
        lambda tf, x, a, b: tf.quantization.quantize(x, a, b, tf.qint8, round_mode="HALF_TO_EVEN"),
        [f32(4), arr(-1.0), arr(2.0)],
    ),
    Case(
        "quantized-concat",
        lambda tf, x, y: tf.quantization.dequantize(
            *tf.quantization.quantized_concat(
                0, *zip(*(tf.quantization.quantize(v, -r, r, tf.quint8) for v, r in ((x, 6.0), (y, 3.0))), strict=True)
            )
        ),
        [arr(EDGES), f32(3)],
        finer_shapes="",
    ),
]

quantized += [
    Case(
        f"dequantize-half-{mode}",
        lambda tf, x, mode=mode: tf.quantization.dequantize(
            tf.bitcast(x, tf.qint8), -6.0, 6.0, mode, dtype=tf.bfloat16
        ),
        [arr([-128, -3, 0, 127], "int8")],
    )
    for mode in ("MIN_COMBINED", "MIN_FIRST", "SCALED")
]
quantized += [
    Case(
        f"quantize-empty-range-{kind}",
        lambda tf, x, kind=kind: tf.bitcast(
            tf.quantization.quantize(x, -6.0, 0.0, getattr(tf, kind), "SCALED")[0], kind[1:]
        ),
        [arr(EDGES)],
    )
    for kind in ("quint8", "qint16")
]

X, BY_LAST, BY_MIDDLE = f32(2, 3, 4), arr([0.5, 1.0, 1.5, 2.0]), arr([0.5, 1.0, 2.0])
REFUSED_BY_MODE = "TensorFlow has no such mode for an axis"


def _both_ways(tf, x, high, mode, axis):
    low = tf.zeros_like(high) - 1
    raw = plain(tf, tf.quantization.quantize(x, low, high, tf.quint8, mode, axis=axis))
    return raw, tf.quantization.dequantize(tf.bitcast(raw[0], tf.quint8), low, high, mode, axis=axis)


axes = [
    *(
        Case(f"both-ways-{mode}-{axis}", lambda tf, x, b, m=mode, a=axis: _both_ways(tf, x, b, m, a), [X, ranges])
        for mode in ("MIN_COMBINED", "MIN_FIRST", "SCALED")
        for axis, ranges in ((-1, BY_LAST), (1, BY_MIDDLE), (-2, BY_MIDDLE))
    ),
    *(
        Case(
            f"there-and-back-own-range-{signed}-{axis}",
            lambda tf, x, s=signed, a=axis: tf.quantization.quantize_and_dequantize_v2(
                x, *([0.0] * 4, [1.0] * 4) if a == 2 else (0.0, 1.0), s, 5, round_mode="HALF_UP", axis=a
            ),
            [X],
        )
        for signed in (True, False)
        for axis in (None, 2)
    ),
    *(
        Case(
            f"there-and-back-bad-{n}",
            lambda tf, x, a=a, v=v: tf.quantization.quantize_and_dequantize_v2(x, v, v, axis=a),
            [X],
        )
        for n, a, v in (("axis", 3, [1.0]), ("size", 0, [1.0] * 3), ("scalar", None, [1.0]))
    ),
    Case("fake-bad-channels", "quantization.fake_quant_with_min_max_vars_per_channel", [f32(2, 3), f32(2), f32(2)]),
    Case("fake-bad-vars", "quantization.fake_quant_with_min_max_vars", [f32(2, 3), f32(1), f32(1)]),
]


def _saved_samples(tf):
    experimental = tf.quantization.experimental
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "samples")
        saver = experimental.TfRecordRepresentativeDatasetSaver({"f": path}, {"f": {"x"}})
        files = saver.save({"f": [{"x": tf.constant([1.0, 2.0])}, {"x": [3]}]})
        options = experimental.QuantizationOptions(
            signature_keys=["f"],
            representative_datasets=files,
            quantization_method=experimental.QuantizationMethod(
                preset_method=experimental.QuantizationMethod.METHOD_STATIC_RANGE_INT8
            ),
            unit_wise_quantization_specs=[experimental.UnitWiseQuantizationSpec()],
        )
        with open(path, "rb") as file:
            return [
                file.read(),
                {k: v.tfrecord_file_path == path for k, v in files.items()},
                str(options).replace(folder, "").splitlines()[0],
                experimental.QuantizationComponentSpec.COMPONENT_WEIGHT,
                raised(lambda: saver.save({"f": [{"y": 1}]})),
                raised(lambda: saver.save({"g": []})),
                raised(lambda: experimental.TfRecordRepresentativeDatasetSaver({"f": path}, {"g": []})),
            ]


saving = [Program("representative-samples", _saved_samples)]

CASES = [*fake, *there_and_back, *quantized, *axes, *saving]
