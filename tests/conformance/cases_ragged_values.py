"""`tf.compat.v1.ragged`: ragged values without tensors, in sessions and as arguments."""

from __future__ import annotations

import collections

import numpy as np

from .cases_ragged import expressions
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


def _checked_when_run(tf):
    """Partitions that are wrong, which a graph finds out when it computes them, and gradients of ragged tensors."""
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        p, values = v1.placeholder(tf.int64, [None]), tf.constant([1.0, 2.0, 3.0])
        splits, lengths, rowids = (
            getattr(tf.RaggedTensor, f"from_{kind}")(values, p)
            for kind in ("row_splits", "row_lengths", "value_rowids")
        )
        feeds = [(splits, [0, 2, 1]), (splits, [0, 2]), (splits, [1, 3]), (splits, [0, 2, 3]), (lengths, [1, -1, 3])]
        feeds += [(lengths, [1, 1]), (lengths, [1, 2]), (rowids, [0, 2, 1]), (rowids, [0, 0, 5])]
        found = [raised(lambda r=r, f=f: session.run(r, {p: f})) for r, f in feeds]
        gradients = tf.gradients([splits.to_tensor() ** 2, values], [splits, values, lengths])
        return [*found, repr(session.run(gradients[:2], {p: [0, 2, 3]})), gradients[2]]


def values_of(tf):
    """Public functions of the values of ragged tensors."""
    value = tf.compat.v1.ragged.constant_value
    words = tf.ragged.constant([[["a", "b"], ["c", "d", "e"]], [["f", "g"], ["h", "i", "j"], ["k", "l"]]])
    return [
        tf.ragged.boolean_mask(value([[1, 2], [3]]), value([[True, False], [True]])).to_list(),
        tf.ragged.cross([value([["a"], ["b", "c"]]), value([[1, 2], [3]])]).to_list(),
        tf.ragged.stack_dynamic_partitions(value([[1, 2], [3]]), value([[0, 1], [1]]), 2).to_list(),
        tf.compat.v1.batch_gather(value([[1, 2], [3, 4, 5]]), [[1], [0]]),
        tf.gather(words, [1, 0], axis=2, batch_dims=1).to_list(),
        raised(lambda: tf.matmul(value([[[1.0, 2.0]], [[3.0, 4.0], [5.0, 6.0]]], None, 1), tf.ones([2, 2, 2]))),
    ]


def _dynamic_partitions(tf):
    stack, ragged = tf.ragged.stack_dynamic_partitions, tf.ragged.constant([["a", "b"], ["c"]])
    words = tf.constant(["a", "b", "c"])
    return (
        [stack("a", 3, 5), stack(words, 3, 5), stack(ragged, 1, 2)],
        [raised(lambda p=p: stack(words, p, 2)) for p in ([0, 5, 0], [0, -1, 0])],
        raised(lambda: stack(words, [0, 1, 0], [1, 2])),
    )


def _stacked_tensors(tf):
    matrix = tf.constant([[1, 2], [3, 4]])
    return [
        [type(s).__name__ == "RaggedTensor", s.to_list() if type(s).__name__ == "RaggedTensor" else s]
        for s in (
            tf.ragged.stack([[1, 2]]),
            tf.ragged.stack([matrix]),
            *(tf.ragged.stack([matrix] * n, axis) for n in (1, 2) for axis in (1, 2)),
            tf.ragged.stack([matrix[None]], 1),
        )
    ]


def _row_numbers(tf):
    make = tf.RaggedTensor.from_value_rowids
    return [
        raised(lambda a=a: make([1, 2], *a))
        for a in (([0, 1], [2]), ([[0, 1]],), ([0, 5], 2), ([0, 1], -2), ([0, 1], 2))
    ]


CASES = [
    Program("functions-of-values", values_of),
    *expressions(
        "gather",
        """
        tf.gather(f[::2], 0, axis=1)
        tf.gather(x[::2], [[2, 0]], axis=2)
        tf.gather(x, rc([[2], [0, 1]]), axis=2)
        tf.gather(q[::2], 1, axis=1)
        tf.gather(q[::2], [[0, 1], [1, 1]], axis=1)
        tf.gather(g[:1], 0, axis=2)
        tf.gather(g[:1], rc([[0], [0, 0]]), axis=2)
        tf.gather(t, rc([[1], [0, 2]]), axis=1)
        tf.gather(rc([[[[1, 2], [3]], [[4], [5]]], [[[6]], [[7, 8], [9]]]]), [0, 1], axis=2, batch_dims=1)
        tf.gather(rc([[[[1, 2], [3]], [[4], [5]]], [[[6]], [[7, 8], [9]]]]), [[1], [0]], axis=2, batch_dims=1)
        tf.gather(r, 5, axis=1)
        rc([], inner_shape=(0, 100, 20))
        rc([[]], inner_shape=(1, 0))
        rc([[1, 2], [3, 4]], inner_shape=(2, 2))
        rc([[1, 2], [3, 4]], inner_shape=(2,))
        RT.from_tensor(tf.zeros([0, 2, 3]), padding=[0.0, 0, 0])
        RT.from_tensor(tf.zeros([2, 0, 3]), padding=[0.0, 0, 0])
        RT.from_tensor([[1]], lengths=[0.5])
        tf.compat.v1.where([True, False, True], r, r * 10)
        tf.compat.v1.where(b, r, r * 10)
        tf.compat.v1.where(b)
        tf.compat.v1.where([True, False, True], q, q * 10)
        tf.compat.v1.where(r > 2, r, 3)
        """,
    ),
    Program("checked-when-run", _checked_when_run),
    Program("constants", _constants),
    Program("session", _session),
    Program("dimensions", _dimensions),
    Program("dynamic-partitions", _dynamic_partitions),
    Program("stacked-tensors", _stacked_tensors),
    Program("row-numbers", _row_numbers),
]
