"""`tf.nn`: max and average pooling."""

from __future__ import annotations

import math

from .inputs import arr, distinct, f16, f32, f64, ints, ties
from .runner import Case, Program, raised

NAN, INF = math.nan, math.inf

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

# Windows larger than their input: graphs refuse them, kernels give nothing. Paddings as large as the window.
unfit = [
    *(
        Case(
            f"unfit-{kind}-{n}d",
            lambda tf, x, kind=kind, n=n: getattr(tf.nn, f"{kind}_pool{n}d")(x, 2, 1, "VALID"),
            [x],
        )
        for kind in ("max", "avg")
        for n, x in ((2, f32(1, 3, 1, 2)), (3, f32(1, 3, 1, 2, 2)))
    ),
    Case("unfit-argmax", lambda tf, x: tf.nn.max_pool_with_argmax(x, 2, 1, "VALID"), [f32(1, 1, 1, 1)]),
    Case("unfit-conv2d", lambda tf, x, w: tf.nn.conv2d(x, w, 1, "VALID"), [f32(1, 1, 3, 1), f32(2, 1, 1, 1)]),
    Case(
        "unfit-conv3d", lambda tf, x, w: tf.nn.conv3d(x, w, [1] * 5, "VALID"), [f32(1, 1, 3, 3, 1), f32(2, 1, 1, 1, 1)]
    ),
    Case(
        "unfit-depthwise",
        lambda tf, x, w: tf.nn.depthwise_conv2d(x, w, [1] * 4, "VALID"),
        [f32(1, 1, 3, 1), f32(2, 1, 1, 1)],
    ),
    *(
        Case(f"unfit-padding-{n}", lambda tf, x, p=p: tf.nn.max_pool(x, 2, 2, [[0, 0], *p, [0, 0]]), [f32(1, 3, 3, 1)])
        for n, p in (("before", [[2, 0], [0, 0]]), ("after", [[0, 0], [1, 7]]), ("fits", [[1, 1], [0, 1]]))
    ),
    Case(
        "argmax-of-channels",
        lambda tf, x: tf.nn.max_pool_with_argmax(x, [1, 1, 1, 3], [1, 1, 1, 3], "SAME"),
        [f32(1, 2, 1, 3)],
    ),
]


def _with_argmax(tf, x, grad, argmax, batch=False):
    return tf.raw_ops.MaxPoolGradWithArgmax(
        input=x,
        grad=grad,
        argmax=argmax,
        ksize=[1, 2, 2, 1],
        strides=[1, 2, 2, 1],
        padding="SAME",
        include_batch_in_index=batch,
    )


with_argmax = [
    Case("grad-with-argmax", _with_argmax, [f32(2, 4, 4, 1), f32(2, 2, 2, 1), ints(2, 2, 2, 1, low=0, high=15, dtype="int64")]),
    Case(
        "grad-with-argmax-batch", _with_argmax, kwargs={"batch": True},
        inputs=[f32(2, 4, 4, 1), f32(2, 2, 2, 1), ints(2, 2, 2, 1, low=0, high=31, dtype="int64")],
    ),
    *(
        Case(f"grad-with-argmax-bad-{n}", _with_argmax, [f32(1, 4, 4, 1), f32(*g), ints(*a, low=0, high=9, dtype="int64")])
        for n, g, a in (("grad", (1, 1, 2, 1), (1, 2, 2, 1)), ("argmax", (1, 2, 2, 1), (1, 2, 1, 1)))
    ),
]  # fmt: skip


def _over_depth(tf):
    """What each kind of pooling gives, or refuses, for windows and strides over the channels."""
    images = tf.reshape(tf.range(96.0), [2, 3, 4, 4])
    windows = {
        "depth": ([1, 1, 1, 2], [1, 1, 1, 2]),
        "overlapping": ([1, 1, 1, 2], [1, 1, 1, 1]),
        "not covering": ([1, 1, 1, 3], [1, 1, 1, 3]),
        "both": ([1, 1, 2, 2], [1, 1, 1, 2]),
        "stride of depth": ([1, 2, 2, 1], [1, 1, 1, 2]),
        "strides of the image": ([1, 1, 1, 2], [1, 2, 2, 2]),
    }

    def outcome(fn, *args):
        error = raised(lambda: fn(*args))
        return fn(*args) if error == "no error" else error

    found = []
    for name, (ksize, strides) in windows.items():
        for fn in (tf.nn.max_pool2d, tf.nn.avg_pool2d, tf.nn.max_pool_with_argmax):
            found.append([name, *(outcome(call, images, ksize, strides, "VALID") for call in (fn, tf.function(fn)))])
        volumes = [[*v[:3], 1, v[3]] for v in (ksize, strides)]
        for fn in (tf.nn.max_pool3d, tf.nn.avg_pool3d):
            found.append([name, outcome(fn, images[:, :, :, None], *volumes, "VALID")])
    return found


CASES = [*pooling, *unfit, *with_argmax, Program("over-depth", _over_depth)]
