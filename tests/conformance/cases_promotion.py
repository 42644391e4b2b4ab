"""Conversion of mixed operands, casts, static shapes that follow from them."""

from __future__ import annotations

import numpy as np

from .inputs import (
    INTS,
    NUMBERS,
    UINTS,
    arr,
    bools,
    f32,
    f64,
    i64,
    ints,
)
from .runner import Case, over

CASES = [
    Case("promote-list-and-tensor", lambda tf, x: tf.stack([x, 1.0, 2]), [f32()]),
    Case("promote-concat-python", lambda tf, x: tf.concat([x, [1, 2]], 0), [f32(2)]),
    Case("promote-add-list", lambda tf, x: tf.add([1, 2], x), [f32(2)]),
    Case("promote-add-python-both", lambda tf, x: tf.add(1, 2.5), [f32()]),
    Case("promote-add-python-reverse", lambda tf, x: tf.add(2.5, 1), [f32()]),
    Case("promote-where", lambda tf, x: tf.where(x > 0, x, 0.0), [f32(3)], grad=True),
    Case("promote-where-int", lambda tf, x: tf.where(x > 0, x, 0), [f32(3)]),
    Case("promote-where-python", lambda tf, x: tf.where(x > 0, 1, 0.5), [f32(3)]),
    Case("promote-maximum", lambda tf, x: [tf.maximum(x, 0), tf.maximum(0.0, x)], [f32(3)], grad=True),
    Case("promote-maximum-int-float", lambda tf, x: tf.maximum(x, 0.5), [ints(3)]),
    Case("promote-matmul-numpy", lambda tf, x: tf.matmul(np.ones((2, 2)), x), [f64(2, 3)]),
    Case("promote-matmul-dtypes", lambda tf, x, y: tf.matmul(x, y), [f64(2, 2), f32(2, 2)]),
    Case("promote-numpy-scalar", lambda tf, x: [x * np.float64(2), x + np.int64(1)], [f32(3)]),
    Case("promote-numpy-first", lambda tf, x: tf.add(np.float64(2), x), [f32(3)]),
    Case("promote-large-int", lambda tf, x: x + 2**40, [i64(3)]),
    Case("promote-large-int-to-int32", lambda tf, x: x + 2**40, [ints(3)]),
    Case("promote-int-to-bool", lambda tf, x: tf.logical_and(x, 1), [bools(3)]),
    Case(
        "promote-fill",
        lambda tf, x: [tf.fill([2], x), tf.ones_like(x), tf.zeros_like(x, dtype="int64")],
        [f32()],
    ),
    *over("cast-to-float32", lambda tf, x: tf.cast(x, tf.float32), (*NUMBERS, "bool", "string"), [(3,)]),
    *over("cast-to-int32", lambda tf, x: tf.cast(x, tf.int32), (*NUMBERS, "bool"), [(3,)]),
    *over("cast-to-bool", lambda tf, x: tf.cast(x, tf.bool), (*NUMBERS, "bool"), [(3,)]),
    *over("cast-to-complex64", lambda tf, x: tf.cast(x, tf.complex64), (*NUMBERS, "bool"), [(3,)]),
    *over("cast-to-uint8", lambda tf, x: tf.cast(x, "uint8"), (*INTS, *UINTS, "bool"), [(3,)]),
    *over("cast-to-bfloat16", lambda tf, x: tf.cast(x, "bfloat16"), (*NUMBERS, "bool"), [(3,)], grad=True),
    *over("cast-to-half", lambda tf, x: tf.cast(x, "float16"), (*NUMBERS, "bool"), [(3,)], grad=True),
    Case("cast-grad", lambda tf, x: tf.cast(x, tf.float64) * 2.0, [f32(3)], grad=2),
    Case(
        "cast-truncates",
        lambda tf, x: [tf.cast(x, "int32"), tf.cast(x, "int64")],
        [arr([1.9, -1.9, 0.5, 1e6])],
    ),
    Case(
        "cast-python",
        lambda tf, x: [tf.cast(1.7, tf.int32), tf.cast([True, False], tf.float32), tf.cast(x, x.dtype)],
        [f32(2)],
    ),
    Case("cast-same-is-identity", lambda tf, x: tf.cast(x, "float32") is x, [f32(2)]),
    Case("cast-bad", lambda tf, x: tf.cast(x, "no"), [f32(2)]),
    Case("cast-to-string", lambda tf, x: tf.cast(x, tf.string), [f32(2)]),
    Case("saturate-cast", lambda tf, x: tf.saturate_cast(x, tf.uint8), [arr([-5.0, 3.7, 300.0])]),
    Case(
        "bitcast",
        lambda tf, x: [
            tf.bitcast(x, tf.int32),
            tf.bitcast(x, tf.uint8),
            tf.bitcast(tf.bitcast(x, tf.int32), tf.float32),
        ],
        [f32(3)],
    ),
    Case(
        "identity",
        lambda tf, x: [tf.identity(x), tf.stop_gradient(x), tf.identity_n([x, x])],
        [f32(3)],
        grad=True,
        rank=True,
    ),
    Case(
        "shape-size-rank",
        lambda tf, x: [
            tf.shape(x),
            tf.size(x),
            tf.rank(x),
            tf.shape(x, out_type=tf.int64),
            tf.size(x, tf.int64),
        ],
        [f32(2, 3)],
        rank=True,
    ),
    Case("shape-of-scalar", lambda tf, x: [tf.shape(x), tf.size(x), tf.rank(x)], [f32()]),
    Case("ensure-shape", lambda tf, x: tf.ensure_shape(x, [None, 3]), [f32(2, 3)], grad=True, rank=True),
    Case("ensure-shape-fails", lambda tf, x: tf.ensure_shape(x, [None, 4]), [f32(2, 3)], rank=True),
    Case("broadcast-static", lambda tf, x, y: x + y, [f32(2, 1), f32(1, 3)], grad=True, rank=True),
    Case(
        "reshape-forms",
        lambda tf, x: [
            tf.reshape(x, [-1]),
            tf.reshape(x, (3, 2)),
            tf.reshape(x, [1, -1, 2]),
            tf.reshape(x, tf.shape(x)),
        ],
        [f32(2, 3)],
        grad=True,
        rank=True,
    ),
    Case(
        "reshape-of-known-part",
        lambda tf, x: [
            tf.reshape(x, [tf.shape(x)[0], 3]),
            tf.reshape(x, [-1, tf.shape(x)[1]]),
            tf.reshape(x, tf.stack([tf.shape(x)[1], 2])),
        ],
        [f32(2, 3)],
        rank=True,
    ),
]
