"""`x[...]` with everything that TensorFlow takes there."""

from __future__ import annotations

import numpy as np

from .inputs import (
    arr,
    bools,
    distinct,
    f32,
    i64,
    strs,
    variable,
)
from .properties import index_of, property_case
from .runner import Case, Program


def at(index):
    return lambda tf, x: x[index]


INDICES = {
    "int": 1,
    "negative": -1,
    "slice": slice(1, 3),
    "step": slice(None, None, 2),
    "negative-step": slice(None, None, -1),
    "negative-bounds": slice(-3, -1),
    "past-the-end": slice(1, 100),
    "empty": slice(2, 1),
    "all": slice(None),
    "ellipsis": ...,
    "ellipsis-int": (..., 0),
    "int-ellipsis": (0, ...),
    "int-int": (1, 2),
    "int-slice": (1, slice(0, 2)),
    "slice-int": (slice(None), 1),
    "newaxis": None,
    "newaxis-end": (..., None),
    "newaxis-middle": (slice(None), None, 1),
    "three": (1, slice(None, None, 2), -1),
    "full": (0, 1, 2),
    "ellipsis-middle": (0, ..., slice(None, None, -2)),
    "double-newaxis": (None, ..., None),
    "np-int": np.int64(1),
    "np-ints": (np.int32(0), np.int32(1)),
    "empty-tuple": (),
    "step-2-negative": slice(3, 0, -2),
    "bool": True,
    "list": [0, 1],
    "list-in-tuple": ([0, 1], 0),
    "too-many": (0, 0, 0, 0),
    "two-ellipses": (..., 0, ...),
    "out-of-range": 7,
    "out-of-range-negative": -7,
    "out-of-range-second": (0, 9),
    "float": 1.0,
    "string": "a",
    "zero-step": slice(None, None, 0),
    "float-slice": slice(0.0, 2.0),
}

CASES = [
    *(
        Case(
            f"index-{name}",
            at(index),
            [distinct(4, 3, 3)],
            grad=True,
            rank=name in ("int", "slice", "ellipsis-int", "newaxis"),
        )
        for name, index in INDICES.items()
    ),
    Case("index-grad-2", at((slice(None, None, 2), 1)), [f32(4, 3)], grad=2),
    Case("index-scalar", lambda tf, x: [x[...], x[tf.newaxis], x[()]], [f32()], grad=True),
    Case("index-scalar-by-int", at(0), [f32()]),
    Case("index-tensor", lambda tf, x, i: x[i], [f32(4, 3), arr(2, "int32")], grad=True),
    Case("index-tensor-int64", lambda tf, x, i: x[i, 1], [f32(4, 3), arr(-1, "int64")]),
    Case(
        "index-tensor-in-slice",
        lambda tf, x, i: [x[i:], x[:i], x[0:i:1], x[i : i + 1, 0]],
        [f32(4, 3), arr(2, "int32")],
        grad=True,
    ),
    Case(
        "index-tensor-step",
        lambda tf, x, i: x[::i],
        [f32(4, 3), arr(2, "int32")],
        finer_shapes="TensorFlow forgets the rank when the step is not constant",
    ),
    Case("index-tensor-out-of-range", lambda tf, x, i: x[i], [f32(4, 3), arr(9, "int32")]),
    Case("index-float-tensor", lambda tf, x, i: x[i], [f32(4, 3), arr(1.0)]),
    Case("index-vector-tensor", lambda tf, x, i: x[i], [f32(4, 3), arr([1, 2], "int32")]),
    Case("index-mask", lambda tf, x, m: x[m], [f32(4, 3), arr([True, False, True, True], "bool")], grad=True),
    Case("index-mask-2", lambda tf, x: x[x > 0], [arr([[1.0, -1.0], [2.0, -3.0]])], grad=True),
    Case("index-mask-numpy", lambda tf, x: x[np.array([True, False, True, False])], [f32(4, 3)]),
    Case("index-mask-wrong-length", lambda tf, x, m: x[m], [f32(4, 3), arr([True, False], "bool")]),
    Case("index-mask-list", lambda tf, x: x[[True, False, True, False]], [f32(4, 3)]),
    Case("index-numpy-vector", lambda tf, x: x[np.array([0, 1])], [f32(4, 3)]),
    Case("index-chained", lambda tf, x: x[1:][0][..., tf.newaxis][::-1], [f32(4, 3)], grad=True),
    Case("index-strings", lambda tf, x: [x[0], x[::-1], x[:, tf.newaxis]], [strs(3)]),
    Case("index-ints", lambda tf, x: [x[0], x[::-1], x[1:, 0]], [i64(3, 2)]),
    Case("index-bools", lambda tf, x: [x[0], x[::-1]], [bools(3)]),
    Case("index-no-rows", lambda tf, x: [x[0:0], x[:, 1:]], [f32(0, 3)]),
    Case("index-empty-by-int", at(0), [f32(0, 3)]),
    Case(
        "index-shape-arithmetic",
        lambda tf, x: tf.reshape(x, [tf.shape(x)[0] * tf.shape(x)[1], -1]),
        [f32(2, 3, 2)],
        grad=True,
    ),
    Case(
        "index-shape-slices",
        lambda tf, x: [tf.shape(x)[1:], tf.shape(x)[-1], tf.shape(x)[:-1]],
        [f32(2, 3, 2)],
    ),
    Case("index-variable", lambda tf, v: [v[0], v[1:], v[..., -1]], [variable(f32(3, 2))], grad=True),
    Case("index-in-loop", lambda tf, x: tf.stack([x[i] for i in range(4)]), [f32(4, 3)], grad=True),
    property_case(
        "index-drawn",
        lambda tf, x, index: x[index],
        dtypes=("float32",),
        shapes=[(3,), (2, 3), (2, 1, 3)],
        extra=index_of,
        specials=False,
        examples=40,
        grad=True,
    ),
    Program("index-by-dtype-message", lambda tf: tf.constant([1, 2])[1.0], message=["1.0", "slice"]),
    Program(
        "index-range-message",
        lambda tf: tf.constant([1, 2])[5],
        message=["slice index 5 of dimension 0 out of bounds"],
    ),
]
