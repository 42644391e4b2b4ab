"""Raw ops on images that libraries call: non-maximum suppression, projective transforms."""

from __future__ import annotations

import numpy as np

from .inputs import arr, f32, ints, rand
from .runner import Case

_random = np.random.RandomState(5)
BOXES, SCORES = _random.rand(12, 4).astype("float32"), _random.rand(12).astype("float32")
SUPPRESSIONS = (
    ("", [], {"iou_threshold": 0.3}),
    ("V2", [0.3], {}),
    ("V3", [0.3, 0.2], {}),
    ("V4", [0.3, 0.2], {}),
    ("V4", [0.1, 0.2], {"pad_to_max_output_size": True}),
    ("V5", [0.3, 0.2, 0.0], {}),
    ("V5", [0.3, 0.2, 0.5], {"pad_to_max_output_size": True}),
    ("V5", [0.9, 0.01, 0.2], {}),
    ("V5", [0.3, float("-inf"), 0.5], {}),
)
NUMBERS = ("iou_threshold", "score_threshold", "soft_nms_sigma")


def suppress(version, numbers, attrs, most=8):
    """A version of NonMaxSuppression with the numbers that it takes as inputs."""

    def fn(tf, boxes, scores):
        given = dict(zip(NUMBERS, (tf.cast(n, scores.dtype) for n in numbers), strict=False))
        op = getattr(tf.raw_ops, f"NonMaxSuppression{version}")
        return op(boxes=boxes, scores=scores, max_output_size=most, **given, **attrs)

    return fn


def overlapping(tf, overlaps, scores, most):
    """NonMaxSuppressionWithOverlaps."""
    return tf.raw_ops.NonMaxSuppressionWithOverlaps(
        overlaps=overlaps, scores=scores, max_output_size=most, overlap_threshold=0.5, score_threshold=0.1
    )


def transform(interpolation="BILINEAR", fill_mode="CONSTANT", fill=7.0, size=(3, 5)):
    """ImageProjectiveTransformV3."""
    return lambda tf, images, transforms: tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=transforms,
        output_shape=tf.constant(size, tf.int32),
        fill_value=fill,
        interpolation=interpolation,
        fill_mode=fill_mode,
    )


TILTED = arr([[1, 0.5, -3.7, 0.2, 1, 0.3, 0.01, 0.02]], "float32")
FAR = arr([[9, 0.5, -33.7, 0.2, -11, 30.3, 0, 0], [0, 1, 0, 1, 0, 0, 0.5, -0.5]], "float32")

# No two scores alike: in what order TensorFlow takes equal ones is not defined.
BOXES_OF_CLASSES = arr(_random.rand(2, 6, 3, 4).astype("float32") * 1.2)
SHARED_BOXES = arr(_random.rand(2, 6, 1, 4).astype("float32"))
SCORES_OF_CLASSES = arr(_random.permutation(36).reshape(2, 6, 3).astype("float32") / 36)


def combined(**options):
    given = {
        "max_output_size_per_class": 2,
        "max_total_size": 4,
        "iou_threshold": 0.3,
        "score_threshold": 0.2,
        **options,
    }
    return lambda tf, boxes, scores: tf.raw_ops.CombinedNonMaxSuppression(boxes=boxes, scores=scores, **given)


CASES = [
    *(
        Case(f"suppress-{i}", suppress(*s), [arr(BOXES, "float32"), arr(SCORES, "float32")])
        for i, s in enumerate(SUPPRESSIONS)
    ),
    *(
        Case(f"suppress-half-{i}", suppress(*SUPPRESSIONS[i]), [arr(BOXES, "float16"), arr(SCORES, "float16")])
        for i in (1, 2, 4, 5)
    ),
    Case("suppress-ties", suppress("V3", [0.5, 0.2], {}), [arr(BOXES, "float32"), arr(np.ones(12), "float32")]),
    Case("suppress-none", suppress("V4", [0.5, 0.2], {"pad_to_max_output_size": True}), [f32(0, 4), f32(0)]),
    Case("suppress-flat", suppress("V3", [0.5, -9.0], {}), [arr([[0, 0, 0, 1], [0, 0, 0, 1]], "float32"), f32(2)]),
    Case("suppress-most-0", suppress("V3", [0.5, -9.0], {}, 0), [f32(3, 4), f32(3)]),
    Case("suppress-gradient", suppress("V5", [0.3, 0.2, 0.5], {}), [f32(3, 4), f32(3)], grad=True),
    *(
        Case(f"suppress-bad-{n}", suppress(*s), inputs)
        for n, s, inputs in (
            ("threshold", ("V3", [1.1, 0.0], {}), [f32(3, 4), f32(3)]),
            ("size", ("V3", [0.1, 0.0], {}, -1), [f32(3, 4), f32(3)]),
            ("sigma", ("V5", [0.1, 0.0, -1.0], {}), [f32(3, 4), f32(3)]),
            ("columns", ("V4", [0.1, 0.0], {}), [f32(3, 3), f32(3)]),
            ("scores", ("V5", [0.1, 0.0, 0.0], {}), [f32(3, 4), f32(2)]),
            ("rank", ("V3", [0.1, 0.0], {}), [f32(4), f32(4)]),
            ("rank-0", ("V3", [0.1, 0.0], {}, [1]), [f32(3, 4), f32(3)]),
        )
    ),
    Case(
        "overlaps", overlapping, [arr(_random.rand(9, 9), "float32"), arr(_random.rand(9), "float32"), arr(5, "int32")]
    ),
    Case("overlaps-not-square", overlapping, [f32(3, 2), f32(3), arr(5, "int32")]),
    *(
        Case(f"transform-{i}-{m}-{n}".lower(), transform(i, m), [f32(2, 4, 6, 2), x], grad=x is TILTED, atol=1e-5)
        for i in ("NEAREST", "BILINEAR")
        for m in ("CONSTANT", "REFLECT", "WRAP", "NEAREST")
        for n, x in (("tilted", TILTED), ("far", FAR))
    ),
    *(Case(f"transform-{d}", transform(), [rand(d, 1, 4, 4, 1), TILTED]) for d in ("float16", "bfloat16")),
    Case("transform-float64", transform("NEAREST"), [rand("float64", 1, 4, 4, 1), TILTED]),
    *(Case(f"transform-{d}", transform(), [ints(1, 4, 4, 1, dtype=d), TILTED]) for d in ("uint8", "int32", "int64")),
    Case(
        "transform-v2",
        lambda tf, x, t: tf.raw_ops.ImageProjectiveTransformV2(
            images=x, transforms=t, output_shape=[3, 3], interpolation="BILINEAR"
        ),
        [f32(2, 3, 3, 1), f32(2, 8)],
        grad=True,
    ),
    *(
        Case(
            f"combined-{n}",
            combined(**options),
            [BOXES_OF_CLASSES if shared is None else SHARED_BOXES, SCORES_OF_CLASSES],
        )
        for n, shared, options in (
            ("classes", None, {}),
            ("shared", 1, {}),
            ("unclipped", None, {"clip_boxes": False}),
            ("padded", None, {"max_total_size": 20}),
            ("per-class", None, {"max_total_size": 20, "pad_per_class": True}),
            ("bad-size", None, {"max_total_size": 0}),
            ("bad-class-size", None, {"max_output_size_per_class": 0}),
            ("bad-threshold", None, {"iou_threshold": 2.0}),
        )
    ),
    Case("combined-bad-classes", combined(), [f32(2, 6, 2, 4), f32(2, 6, 3)]),
    Case("combined-bad-rank", combined(), [f32(6, 2, 4), f32(2, 6, 3)]),
    *(
        Case(f"transform-bad-{n}", transform(size=size), inputs)
        for n, size, inputs in (
            ("rank", (3, 5), [f32(3, 3, 1), TILTED]),
            ("transforms", (3, 5), [f32(1, 3, 3, 1), f32(1, 7)]),
            ("batch", (3, 5), [f32(1, 3, 3, 1), f32(2, 8)]),
            ("size", (0, 5), [f32(1, 3, 3, 1), TILTED]),
            ("sizes", (1, 5, 1), [f32(1, 3, 3, 1), TILTED]),
        )
    ),
]
