"""`tf.compat.v1.ragged`: ragged values without tensors, in sessions and as arguments."""

from __future__ import annotations

import collections

import numpy as np

from .runner import Program, raised

_NESTED = [[[1, 2], [3]], [], [[4]]]


def _constants(tf):
    ragged = tf.compat.v1.ragged
    value, nested = ragged.constant_value([[1, 2], [], [3]]), ragged.constant_value(_NESTED, dtype=np.float32)
    return [
        [repr(v) for v in (value, nested)] + [str(value)],
        [value.values, value.row_splits, value.flat_values, value.ragged_rank, str(value.dtype), value.shape],
        [nested.shape, nested.ragged_rank, nested.to_list(), nested.flat_values, nested.nested_row_splits],
        ragged.constant_value([1, 2]),
        ragged.constant_value(3),
        repr(ragged.constant_value([["a"]], row_splits_dtype="int32")),
        repr(ragged.constant_value([[[1, 2]]], ragged_rank=1)),
        repr(ragged.constant_value([[]])),
        raised(lambda: ragged.constant_value([[1], 2])),
        raised(lambda: ragged.RaggedTensorValue([1, 2], [0, 2])),
        raised(lambda: ragged.RaggedTensorValue(np.array([1, 2]), np.array([0.0, 2.0]))),
        tf.reduce_sum(value, 1),
        tf.RaggedTensor.from_row_splits(value, [0, 2, 3]),
    ]


def _session(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        r, other = tf.ragged.constant([[1, 2], [], [3]]), tf.ragged.constant([[1]])
        p, q = v1.ragged.placeholder(tf.int32, 1, []), v1.ragged.placeholder(tf.float32, 2, [3], name="k")
        found = [
            repr(session.run(r)),
            repr(session.run({"a": tf.ragged.constant(_NESTED)})),
            repr(session.run(p + 1, {p: v1.ragged.constant_value([[7], []])})),
            [q.flat_values.name, q.shape, [s.name for s in q.nested_row_splits]],
            v1.ragged.placeholder(tf.int32, 0, [2]).shape,
            [r == r, r == other, r != other, r == 3, {r: 1}[r]],
            type(session.run(collections.defaultdict(int, {"a": r.flat_values}))).__name__,
            raised(lambda: session.run(p, {p: 3})),
        ]
    return [*found, raised(lambda: hash(tf.ragged.constant([[1]])))]


def _dimensions(tf):
    d = tf.compat.v1.Dimension(3)
    texts = []
    for divide in (lambda: d / d, lambda: d / 2, lambda: 2 / d):
        try:
            divide()
        except TypeError as error:
            texts.append(str(error))
    return texts


CASES = [
    Program("constants", _constants),
    Program("session", _session),
    Program("dimensions", _dimensions),
]
