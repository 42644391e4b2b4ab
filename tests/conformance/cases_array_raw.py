"""Array ops that only `tf.raw_ops` and imported graphs reach."""

from __future__ import annotations

import numpy as np

from .inputs import arr, bools, c64, distinct, f32, ints, strs
from .runner import Case, Program, raised

PAIRS = {
    "one-each": ([2, 1], [3]),
    "both": ([2, 1, 1], [1, 3]),
    "same": ([2, 1], [2, 1]),
    "longer": ([1, 1, 4], [1, 1]),
    "scalar": ([2, 1], []),
    "zero": ([0, 1], [1]),
    "wrong": ([2, 2], [3]),
}


def _errors(tf):
    raw = tf.raw_ops
    return [
        raised(lambda: raw.Select(condition=[True, False, True], x=[1, 2], y=[3, 4])),
        raised(lambda: raw.Select(condition=True, x=[1, 2], y=3)),
        raised(lambda: raw.LinSpace(start=0.0, stop=1.0, num=0)),
        raised(lambda: raw.LowerBound(sorted_inputs=[1, 2], values=[1])),
        raised(lambda: raw.Reverse(tensor=[1], dims=[True, False])),
        raised(lambda: raw.ListDiff(x=[[1]], y=[2])),
        raised(lambda: raw.ConcatV2(values=[[1], [2]], axis=3)),
        raised(lambda: raw.UniqueV2(x=[1], axis=[3])),
    ]


CASES = [
    Case(
        "select",
        lambda tf, c, x, y: tf.raw_ops.Select(condition=c, x=x, y=y),
        [bools(2), f32(2, 3), f32(2, 3)],
        grad=True,
    ),
    Case("select-scalar", lambda tf, x, y: tf.raw_ops.Select(condition=True, x=x, y=y), [f32(2), f32(2)], grad=True),
    Case(
        "unique-rows",
        lambda tf, x: tuple(tf.raw_ops.UniqueV2(x=x, axis=[0])),
        [ints(6, 2, low=0, high=2)],
        finer_shapes="TensorFlow gives the rank alone",
    ),
    Case(
        "unique-columns",
        lambda tf, x: tuple(tf.raw_ops.UniqueWithCountsV2(x=x, axis=[1])),
        [ints(2, 6, low=0, high=2)],
        finer_shapes="TensorFlow gives the rank alone",
    ),
    Case(
        "unique-no-axis",
        lambda tf, x: tuple(tf.raw_ops.UniqueV2(x=x, axis=np.zeros(0, np.int64))),
        [ints(5, low=0, high=2)],
    ),
    Case(
        "unique-string-rows",
        lambda tf, x: tuple(tf.raw_ops.UniqueV2(x=x, axis=[0])),
        [arr([["a", "b"], ["c", "d"], ["a", "b"]], "string")],
        finer_shapes="TensorFlow gives the rank alone",
    ),
    *(
        Case(
            f"broadcast-gradient-{name}",
            lambda tf, a=a, b=b: tuple(tf.raw_ops.BroadcastGradientArgs(s0=a, s1=np.array(b, np.int32))),
        )
        for name, (a, b) in PAIRS.items()
    ),
    Case(
        "concat-v1", lambda tf, x, y: tf.raw_ops.Concat(concat_dim=1, values=[x, y]), [f32(2, 1), f32(2, 2)], grad=True
    ),
    Case("concat-offset", lambda tf: tf.raw_ops.ConcatOffset(concat_dim=1, shape=[[2, 3], [2, 5], [2, 1]])),
    Case("gather-v1", lambda tf, x, i: tf.raw_ops.Gather(params=x, indices=i), [f32(3, 2), arr([2, 0], "int32")]),
    Case("reverse-v1", lambda tf, x: tf.raw_ops.Reverse(tensor=x, dims=[True, False]), [f32(2, 3)], grad=True),
    Case("conjugate-transpose", lambda tf, x: tf.raw_ops.ConjugateTranspose(x=x, perm=[1, 0]), [c64(2, 3)], grad=True),
    Case("lin-space", lambda tf: [tf.raw_ops.LinSpace(start=0.5, stop=7.3, num=n) for n in (1, 2, 9)]),
    Case(
        "slice-update",
        lambda tf, x, v: tf.raw_ops.TensorStridedSliceUpdate(
            input=x, begin=[0, 1], end=[2, 3], strides=[1, 1], value=v
        ),
        [f32(3, 4), f32(2, 2)],
        grad=True,
    ),
    Case(
        "slice-update-steps",
        lambda tf, x, v: tf.raw_ops.TensorStridedSliceUpdate(
            input=x, begin=[2, 3], end=[-4, -5], strides=[-2, -1], value=v
        ),
        [f32(3, 4), f32(2, 4)],
        grad=True,
    ),
    Case(
        "slice-update-row",
        lambda tf, x, v: tf.raw_ops.TensorStridedSliceUpdate(
            input=x, begin=[1], end=[2], strides=[1], value=v, shrink_axis_mask=1
        ),
        [f32(3, 4), f32(4)],
        grad=True,
    ),
    Case(
        "slice-update-scalar",
        lambda tf, x: tf.raw_ops.TensorStridedSliceUpdate(input=x, begin=[0], end=[2], strides=[1], value=x[:1]),
        [strs(3)],
    ),
    Case(
        "slice-grad",
        lambda tf, dy: tf.raw_ops.StridedSliceGrad(shape=[4, 3], begin=[3, 0], end=[0, 2], strides=[-2, 1], dy=dy),
        [f32(2, 2)],
    ),
    *(
        Case(
            f"mirror-pad-grad-{m.lower()}",
            lambda tf, dy, m=m: tf.raw_ops.MirrorPadGrad(input=dy, paddings=[[1, 2]], mode=m),
            [f32(7)],
        )
        for m in ("REFLECT", "SYMMETRIC")
    ),
    Case(
        "space-to-batch-v1",
        lambda tf, x: tf.raw_ops.SpaceToBatch(input=x, paddings=[[0, 0], [0, 0]], block_size=2),
        [f32(1, 4, 2, 1)],
        grad=True,
    ),
    Case(
        "batch-to-space-v1",
        lambda tf, x: tf.raw_ops.BatchToSpace(input=x, crops=[[0, 1], [0, 0]], block_size=2),
        [f32(4, 2, 1, 1)],
        grad=True,
    ),
    *(
        Case(
            f"inplace-{word.lower()}",
            lambda tf, x, v, word=word: getattr(tf.raw_ops, f"Inplace{word}")(x=x + 0.0, i=[1], v=v),
            [f32(3, 2), f32(1, 2)],
        )
        for word in ("Update", "Add", "Sub")
    ),
    Case(
        "check-numerics-v2",
        lambda tf, x: tf.raw_ops.CheckNumericsV2(tensor=x, message="m"),
        [arr([1.0, -np.inf])],
        message=["m : Tensor had -Inf values"],
    ),
    Case("in-top-k-v1", lambda tf, p: tf.raw_ops.InTopK(predictions=p, targets=[0, 1], k=2), [distinct(2, 5)]),
    Case(
        "copies",
        lambda tf, x: [tf.raw_ops.Snapshot(input=x), tf.raw_ops.DeepCopy(x=x), tf.raw_ops.PreventGradient(input=x)],
        [f32(2)],
    ),
    Case(
        "parallel-stitch",
        lambda tf, x: tf.raw_ops.ParallelDynamicStitch(indices=[[0, 2], [1]], data=[x, [9.0]]),
        [f32(2)],
    ),
    Program("raw-array-errors", _errors),
]
