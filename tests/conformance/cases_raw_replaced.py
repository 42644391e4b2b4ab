"""Raw ops of ragged tensors and image patches; ops that TensorFlow refuses since newer ones replaced them."""

from __future__ import annotations

import numpy as np

from .inputs import arr, distinct, f32, ints
from .runner import Case, Program, raised

SPLITS = [np.array([0, 2, 2, 3], np.int64), np.array([0, 1, 3, 4], np.int64)]
RAGGED = dict(
    row_partition_tensors=[np.int64(3), np.array([0, 0, 2, 2])], row_partition_types=["FIRST_DIM_SIZE", "VALUE_ROWIDS"]
)


def _removed(tf):
    call = lambda: tf.raw_ops.BatchMatrixInverse(input=[[[2.0]]])
    found = raised(call)
    with tf.Graph().as_default():
        return [found, raised(call)]


def _ragged_errors(tf):
    raw = tf.raw_ops
    sparse = lambda s: raw.RaggedTensorToSparse(rt_nested_splits=[np.array(s)], rt_dense_values=[1, 2])
    gather = lambda i: raw.RaggedGather(
        params_nested_splits=[np.array([0, 1, 2])], params_dense_values=[1, 2], indices=i, OUTPUT_RAGGED_RANK=1
    )
    return [
        raised(lambda: sparse([0, 2, 1])),
        raised(lambda: sparse([0, 3])),
        raised(lambda: gather([2])),
        raised(lambda: raw.RaggedTensorToTensor(shape=[2], values=[1, 2, 3, 4], default_value=0, **RAGGED)),
    ]


def _cross(tf, hashed):
    return tf.raw_ops.RaggedCross(
        ragged_values=[["a", "b", "c"]],
        ragged_row_splits=[np.array([0, 2, 3], np.int64)],
        sparse_indices=[np.array([[0, 0], [1, 0]], np.int64)],
        sparse_values=[np.array([7, 8], np.int64)],
        sparse_shape=[np.array([2, 1], np.int64)],
        dense_inputs=[[["x"], ["y"]]],
        input_order="SRD",
        hashed_output=hashed,
        num_buckets=100,
        hash_key=956888297470,
        out_values_type=tf.int64 if hashed else tf.string,
        out_row_splits_type=tf.int64,
    )


CASES = [
    Case(
        "image-patches",
        lambda tf, x: tf.raw_ops.ExtractImagePatches(
            images=x, ksizes=[1, 2, 3, 1], strides=[1, 2, 1, 1], rates=[1, 1, 2, 1], padding="SAME"
        ),
        [distinct(2, 5, 6, 2)],
        grad=True,
    ),
    Case(
        "image-patches-valid",
        lambda tf, x: tf.raw_ops.ExtractImagePatches(
            images=x, ksizes=[1, 3, 2, 1], strides=[1, 1, 2, 1], rates=[1, 2, 1, 1], padding="VALID"
        ),
        [ints(1, 7, 6, 1)],
    ),
    Case(
        "ragged-to-tensor",
        lambda tf, v, d: [
            tf.raw_ops.RaggedTensorToTensor(shape=shape, values=v * 1.0, default_value=d, **RAGGED)
            for shape in (-1, np.array([-1, -1, -1]), np.array([4, 1, 2]))
        ],
        [f32(4, 2), f32()],
        grad=True,
        finer_shapes="the values' own shape is known",
    ),
    Case(
        "ragged-strings",
        lambda tf, v: tf.raw_ops.RaggedTensorToTensor(
            shape=-1, values=v, default_value="", row_partition_tensors=SPLITS, row_partition_types=["ROW_SPLITS"] * 2
        ),
        [arr(["a", "b", "c", "d"], "string")],
    ),
    Case(
        "ragged-to-sparse",
        lambda tf, v: tf.raw_ops.RaggedTensorToSparse(rt_nested_splits=SPLITS, rt_dense_values=v),
        [f32(4)],
        grad=True,
    ),
    Case(
        "ragged-gather",
        lambda tf, v: tf.raw_ops.RaggedGather(
            params_nested_splits=SPLITS, params_dense_values=v * 1.0, indices=[[2, 0], [1, 0]], OUTPUT_RAGGED_RANK=3
        ),
        [f32(4, 2)],
        grad=True,
    ),
    Program("removed", _removed),
    Program("ragged-errors", _ragged_errors),
    Program("ragged-cross", lambda tf: [_cross(tf, False), _cross(tf, True)]),
]
