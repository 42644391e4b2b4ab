"""`tf.nn`: moments, batch and other normalisation, dropout, embeddings."""

from __future__ import annotations

import math

from .inputs import FLOATS, arr, f32, i64, ints, positive, ties, variable
from .runner import Case, Program, over, raised

SMALL = dict(rtol=1e-4, atol=1e-5)
NAN, INF = math.nan, math.inf

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

CASES = [*normalisation, *dropout, *embeddings]
