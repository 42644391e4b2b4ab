"""`tf.nn`: losses."""

from __future__ import annotations

import math

import numpy as np

from .inputs import FLOATS, arr, f32, ints, positive, ties, unit
from .runner import Case, over

SMALL = dict(rtol=1e-4, atol=1e-5)
NAN, INF = math.nan, math.inf

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
    *(
        Case(
            f"average-loss-weights-{i}",
            lambda tf, x, w: tf.nn.compute_average_loss(x, w),
            [f32(*shape), f32(*weights)],
            rank=True,
            modes=("eager", "function", "rank"),
            reason="of unknown sizes the product fails later, with another error",
        )
        for i, (shape, weights) in enumerate(
            (
                ((3, 3), (3,)),
                ((3,), (3, 1)),
                ((3,), (1, 3)),
                ((3, 3, 3), (3,)),
                ((3, 3, 3), (3, 3)),
                ((3, 3), ()),
                ((3,), (3, 3, 3)),
                ((), (3,)),
            )
        )
    ),
    *(
        Case(
            f"average-loss-of-batch-{i}",
            lambda tf, x, size=size: tf.nn.compute_average_loss(x, global_batch_size=size),
            [f32(4)],
            rank=True,
        )
        for i, size in enumerate((-1, 0, 2.0, [10], np.int64(3)))
    ),
    Case(
        "average-loss-of-batch-tensor",
        lambda tf, x, size: tf.nn.compute_average_loss(x, global_batch_size=size),
        [f32(4), arr(-2, "int32")],
    ),
    *(
        Case(
            f"cross-entropy-axis-{axis}-{len(shape)}",
            lambda tf, y, x, axis=axis: tf.nn.softmax_cross_entropy_with_logits(y, x, axis=axis),
            [f32(*shape), f32(*shape)],
            grad=True,
            rank=True,
        )
        for axis, shape in ((0, (2, 3)), (1, (2, 3, 4)), (0, (3,)))
    ),
    *(
        Case(
            f"cross-entropy-no-axis-{axis}-{len(shape)}",
            lambda tf, y, x, axis=axis: tf.nn.softmax_cross_entropy_with_logits(y, x, axis=axis),
            [f32(*shape), f32(*shape)],
        )
        for axis, shape in ((2, (2, 3)), (0, ()), (5, (3,)))
    ),
    Case("average-loss-scalar", "nn.compute_average_loss", [f32()]),
    Case("scale-regularization", "nn.scale_regularization_loss", [f32()], grad=True),
]

CASES = [*losses]
