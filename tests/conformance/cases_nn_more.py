"""`tf.nn`: connectionist temporal classification, sampled losses, morphology, isotonic regression."""

from __future__ import annotations

import numpy as np

from .inputs import FLOATS, WIDE_FLOATS, arr, f32, f64, ints, rand
from .runner import Case, Program, over

CLOSE = dict(rtol=1e-4, atol=1e-5)
LABELS = arr([[1, 2, 2], [3, 0, 0], [4, 1, 4]], "int32")
LENGTHS = arr([3, 1, 2], "int32")
TIMES = arr([6, 5, 4], "int32")

ctc = [
    *(
        Case(
            f"ctc-loss-{i}",
            lambda tf, x, l, n, t, k=kwargs: tf.nn.ctc_loss(l, x, n, t, **k),
            [f32(*((6, 3) if kwargs.get("logits_time_major", True) else (3, 6)), 6), LABELS, LENGTHS, TIMES],
            grad=True,
            **CLOSE,
        )
        for i, kwargs in enumerate(
            ({}, {"blank_index": -1}, {"blank_index": 5}, {"logits_time_major": False}, {"name": "loss"})
        )
    ),
    Case(
        "ctc-loss-unique",
        lambda tf, x, l, n, t: tf.nn.ctc_loss(l, x, n, t, unique=tf.nn.ctc_unique_labels(l)),
        [f32(6, 3, 6), LABELS, LENGTHS, TIMES],
        modes=("eager", "function"),
        reason="TensorFlow's needs a known batch",
        grad=True,
        **CLOSE,
    ),
    Case(
        "ctc-loss-empty-row",
        lambda tf, x, l, n, t: tf.nn.ctc_loss(l, x, n, t),
        [f32(6, 3, 6), LABELS, arr([0, 1, 2], "int32"), TIMES],
        grad=True,
        **CLOSE,
    ),
    *(
        Case(
            f"ctc-raw-{i}-{dtype}",
            lambda tf, x, k=kwargs: tf.raw_ops.CTCLoss(
                inputs=x,
                labels_indices=[[0, 0], [0, 1], [0, 2], [1, 0]],
                labels_values=[1, 2, 2, 3],
                sequence_length=[6, 5],
                **k,
            ),
            [rand(dtype, 6, 2, 5)],
            # TensorFlow adds in single precision for doubles too.
            **(CLOSE if dtype == "float32" else dict(rtol=1e-7, atol=1e-7)),
        )
        for i, kwargs in enumerate(({}, {"preprocess_collapse_repeated": True}, {"ctc_merge_repeated": False}))
        for dtype in WIDE_FLOATS
    ),
    Case(
        "ctc-raw-gradient",
        lambda tf, x: (
            tf.raw_ops.CTCLoss(
                inputs=x,
                labels_indices=[[0, 0], [0, 1], [1, 0]],
                labels_values=[1, 1, 3],
                sequence_length=[6, 4],
            ).loss
        ),
        [f32(6, 2, 5)],
        grad=True,
        **CLOSE,
    ),
    Case(
        "ctc-raw-impossible",
        lambda tf, x: tf.raw_ops.CTCLoss(
            inputs=x,
            labels_indices=[[0, 0], [0, 1], [0, 2], [1, 0]],
            labels_values=[1, 2, 2, 3],
            sequence_length=[3, 5],
            ignore_longer_outputs_than_inputs=True,
        ),
        [f32(6, 2, 5)],
        **CLOSE,
    ),
    Case(
        "ctc-raw-no-labels",
        lambda tf, x: tf.raw_ops.CTCLoss(inputs=x, labels_indices=[[0, 0]], labels_values=[1], sequence_length=[3, 5]),
        [f32(6, 2, 5)],
    ),
    *(
        Case(
            f"ctc-greedy-{merge}-{blank}",
            lambda tf, x, t, m=merge, b=blank: tf.raw_ops.CTCGreedyDecoder(
                inputs=x, sequence_length=t, merge_repeated=m, blank_index=b
            ),
            [f32(8, 3, 4), arr([8, 5, 0], "int32")],
        )
        for merge in (False, True)
        for blank in (-1, 0)
    ),
    Case(
        "ctc-greedy-long",
        lambda tf, x, t: tf.raw_ops.CTCGreedyDecoder(inputs=x, sequence_length=t),
        [f32(3, 1, 4), arr([4], "int32")],
    ),
    *(
        Case(
            f"ctc-beam-{width}-{paths}-{merge}",
            lambda tf, x, t, w=width, p=paths, m=merge: tf.raw_ops.CTCBeamSearchDecoder(
                inputs=x, sequence_length=t, beam_width=w, top_paths=p, merge_repeated=m
            ),
            [f32(5, 2, 4), arr([5, 3], "int32")],
            **CLOSE,
        )
        for width, paths in ((10, 1), (30, 3))
        for merge in (False, True)
    ),
    *(
        Case(
            f"ctc-unique-{i}",
            "nn.ctc_unique_labels",
            [values],
            finer_shapes="the width is known",
            modes=("eager", "function"),
            reason="needs a batch",
        )
        for i, values in enumerate((LABELS, ints(2, 7, low=0, high=4), ints(1, 1)))
    ),
    Case(
        "collapse-repeated",
        "nn.collapse_repeated",
        [arr([[1, 1, 2, 2, 1], [0, 0, 0, 3, 3], [5, 5, 5, 5, 5]], "int32"), arr([5, 4, 3], "int32")],
        modes=("eager", "function"),
        reason="TensorFlow's needs a known width",
    ),
]

SAMPLED = (arr([0, 2, 4, 5], "int64"), arr([[0.5], [0.3], [0.2]]), arr([0.5, 0.4, 0.3, 0.2]))


def sampled_case(id, name, **kwargs):
    return Case(
        id,
        lambda tf, w, b, x, y, *values: getattr(tf.nn, name)(w, b, y, x, 4, 10, sampled_values=values, **kwargs),
        [f32(10, 4), f32(10), f32(3, 4), arr([[1], [4], [9]], "int64"), *SAMPLED],
        grad=True,
        **CLOSE,
    )


def _sampled_softmax_drawn(tf):
    tf.random.set_seed(12)  # the classes are drawn
    rng, labels = np.random.default_rng(0), tf.constant([[1], [4], [9]], tf.int64)
    w, b, x = (tf.constant(rng.normal(size=size).astype(np.float32)) for size in ((10, 4), 10, (3, 4)))
    loss = lambda: tf.nn.sampled_softmax_loss(w, b, labels, x, 4, 10, seed=3)
    return loss(), tf.function(loss)()


sampled = [
    *(
        sampled_case(f"{name}-{hits}", name, remove_accidental_hits=hits)
        for name in ("nce_loss", "sampled_softmax_loss")
        for hits in (False, True)
    ),
    Program("sampled-softmax-drawn", _sampled_softmax_drawn, **CLOSE),
    Case(
        "nce-several-true",
        lambda tf, w, b, x, y, s, t, e: tf.nn.nce_loss(
            w, b, y, x, 4, 10, num_true=2, sampled_values=(s, tf.tile(t, [1, 2]), e)
        ),
        [f32(10, 4), f32(10), f32(3, 4), arr([[1, 2], [4, 0], [9, 3]], "int64"), *SAMPLED],
        grad=True,
        **CLOSE,
    ),
    Case(
        "nce-parts",
        lambda tf, a, c, b, x, y, *values: tf.nn.nce_loss([a, c], b, y, x, 4, 10, sampled_values=values),
        [f32(5, 4), f32(5, 4), f32(10), f32(3, 4), arr([[1], [4], [9]], "int64"), *SAMPLED],
        grad=True,
        **CLOSE,
    ),
]

morphology = [
    *(
        Case(
            f"{name}-{i}",
            lambda tf, x, w, name=name, s=strides, p=padding, d=rates: getattr(tf.nn, name)(x, w, s, p, "NHWC", d),
            [f32(2, 6, 7, 3), f32(2, 3, 3)],
            grad=True,
        )
        for name in ("dilation2d", "erosion2d")
        for i, (strides, padding, rates) in enumerate(
            (
                ([1, 1, 1, 1], "SAME", [1, 1, 1, 1]),
                ([1, 2, 2, 1], "VALID", [1, 1, 1, 1]),
                ([1, 1, 2, 1], "SAME", [1, 2, 2, 1]),
            )
        )
    ),
    *over(
        "dilation",
        lambda tf, x, w: tf.nn.dilation2d(x, w, [1, 1, 1, 1], "SAME", "NHWC", [1, 1, 1, 1]),
        (*FLOATS, "int32", "uint8", "int64"),
        [((1, 4, 4, 2), (2, 2, 2))],
    ),
    Case(
        "dilation-ties",
        lambda tf, x, w: tf.nn.dilation2d(x, w, [1, 1, 1, 1], "SAME", "NHWC", [1, 1, 1, 1]),
        [arr([[[[1.0], [1.0]], [[1.0], [1.0]]]]), arr([[[0.0], [0.0]], [[0.0], [0.0]]])],
        grad=True,
    ),
    *(
        Case(f"dilation-bad-{i}", lambda tf, x, w, a=a: tf.nn.dilation2d(x, w, *a), [f32(1, 4, 4, 2), f32(2, 2, depth)])
        for i, (depth, a) in enumerate(
            (
                (2, ([1, 1, 1, 1], "SAME", "NCHW", [1, 1, 1, 1])),
                (2, ([1, 1, 1, 1], "VALID", "NHWC", [1, 9, 9, 1])),
            )
        )
    ),
]

STATIC = dict(modes=("eager", "function"), reason="TensorFlow's gradient needs known sizes")

isotonic = [
    *(
        Case(
            f"isotonic-{decreasing}-{axis}-{'x'.join(map(str, shape))}",
            "nn.isotonic_regression",
            [f32(*shape)],
            kwargs={"decreasing": decreasing, "axis": axis},
            grad=True,
            **STATIC,
        )
        for shape in ((1, 9), (3, 7))
        for decreasing in (True, False)
        for axis in (-1, 0)
    ),
    *over("isotonic", "nn.isotonic_regression", (*FLOATS, "int32", "int64", "int8"), [(6,), (2, 3, 4)]),
    Case("isotonic-ties", "nn.isotonic_regression", [arr([[3.0, 1.0, 2.0, 5.0, 4.0]])], grad=True, **STATIC),
    Case("isotonic-double", "nn.isotonic_regression", [f64(1, 20)], grad=True, **STATIC),
]

CASES = [*ctc, *sampled, *morphology, *isotonic]
