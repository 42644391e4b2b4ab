"""`DynamicRaggedShape`: what it says of itself, and functions of shapes with it; counting and partitioning ragged rows."""

from __future__ import annotations

from .cases_ragged import _names, expressions
from .runner import Program


def _shape_text(tf, text):
    names = _names(tf) | {"D": tf.experimental.DynamicRaggedShape, "RP": tf.experimental.RowPartition}
    names["d"] = names["D"].from_lengths
    found = {}
    for line in text.strip().splitlines():
        try:
            value = eval(line.strip(), names)
        except Exception as error:
            value = type(error).__name__
        is_shape = isinstance(value, (names["D"], names["D"].Spec))
        found[line.strip()] = repr(value) if is_shape else value
    return found


def shapes(id, text, **options):
    """The programs of some expressions, one a line, that may give shapes: those are compared by their text."""
    return Program(id, lambda tf: _shape_text(tf, text), **options)


CASES = [
    shapes(
        "parts",
        """
        tf.shape(r)
        tf.shape(q)
        tf.shape(u)
        tf.shape(w, tf.int64)
        [tf.shape(x).rank, tf.shape(x).inner_rank, tf.shape(x).num_row_partitions, tf.shape(x).dtype]
        tf.shape(x).inner_shape
        [p.row_splits() for p in tf.shape(q).row_partitions]
        [tf.shape(q).is_uniform(i) for i in range(3)]
        tf.shape(q).is_uniform(3)
        tf.shape(q).is_uniform(-1)
        tf.shape(r).static_lengths(False)
        tf.shape(x).static_lengths()
        tf.shape(r).with_dtype(tf.int64).dtype
        tf.shape(r).with_dtype("float32")
        [tf.shape(q)[0], tf.shape(u)[1], tf.shape(x)[2], tf.shape(x)[-1]]
        tf.shape(q)[1]
        tf.shape(q)[3]
        tf.shape(q)["a"]
        [repr(tf.shape(x)[s]) for s in (slice(2), slice(1), slice(0), slice(None), slice(9))]
        tf.shape(u)[1:2]
        tf.shape(x)[1:]
        tf.shape(x)[::2]
        tf.shape(r)._type_spec
        [tf.shape(x)._type_spec.rank, tf.shape(x)._type_spec.inner_rank, tf.shape(x)._type_spec.num_row_partitions]
        tf.shape(x)._type_spec.with_dtype(tf.int64)
        D.Spec((), tf.TensorShape(None), tf.int32).rank
        [tf.shape(r) == tf.shape(r), tf.shape(r) == tf.shape(q)]
        tf.function(lambda a: [tf.shape(a)[0], tf.shape(a).inner_shape])(q)
        tf.function(tf.shape)(q)
        """,
    ),
    shapes(
        "made",
        """
        d([2, (1, 2), 2])
        d([2, (1, 2), (3, 0, 1)])
        d([2, 3], num_row_partitions=1)
        d([2, (1, 2), 2], num_row_partitions=2)
        d([2, 3], dtype=tf.int32).dtype
        d([])
        d([2, 3, 4], num_row_partitions=3)
        d([], num_row_partitions=1)
        d([2, (1,)])
        d([(1, 2), 2])
        d(2)
        d(["a"])
        d([2, [1, 2]])
        d([2, (1, 2)], num_row_partitions="a")
        D.from_tensor(t)
        D.from_tensor([[1, 2]], dtype=tf.int64).dtype
        D.from_tensor(r)
        D.from_tensor(r).dtype
        D.from_row_partitions([RP.from_row_lengths([1, 2]), RP.from_row_lengths([1, 2, 3])])
        D.from_row_partitions([])
        D([RP.from_row_lengths([1, 2])], [3, 5])
        D([RP.from_row_lengths([1, 2])], [4, 5])
        D([RP.from_row_lengths([1, 2])], [4, 5], validate=True)
        D([RP.from_row_lengths(tf.constant([1, 2]))], [3]).dtype
        D([], [3, 5]).dtype
        D([], tf.constant([3, 5])).dtype
        D([], [[3, 5]])
        D(3, [3])
        D([3], [3])
        """,
    ),
    shapes(
        "broadcasts",
        """
        tf.broadcast_dynamic_shape(tf.shape(r), tf.constant([3, 1]))
        tf.broadcast_dynamic_shape(tf.constant([1]), tf.shape(q))
        tf.broadcast_dynamic_shape(d([2, (1, 2), 1]), d([1, 1, 3], num_row_partitions=1))
        tf.broadcast_dynamic_shape(d([2, 1]), d([3]))
        tf.broadcast_dynamic_shape(d([2, 1, (3, 4)]), d([2, (1, 2), 1], num_row_partitions=2))
        tf.broadcast_dynamic_shape(d([2, (1, 2)]), d([2, (1, 3)]))
        tf.broadcast_dynamic_shape(tf.shape(r), tf.shape(r, tf.int64))
        tf.broadcast_dynamic_shape([2, 1], [3])
        """,
        # TensorFlow computes the last but one of these with a mixture of integer types, and fails.
    ),
    *expressions(
        "functions",
        """
        tf.broadcast_to(tf.constant([1]), tf.shape(r))
        tf.broadcast_to(tf.constant(1), tf.shape(q))
        tf.broadcast_to([[1], [2], [3]], tf.shape(r))
        tf.broadcast_to(tf.constant([[1.0], [2.0], [3.0]])[..., None], tf.shape(q))
        tf.broadcast_to([1, 2, 3], tf.shape(x))
        tf.broadcast_to(rc([[1], [2], [3]]), tf.shape(r, tf.int64))
        tf.broadcast_to(w, tf.experimental.DynamicRaggedShape.from_lengths([2, 2]))
        tf.broadcast_to(1, tf.experimental.DynamicRaggedShape.from_lengths([2, 3]))
        tf.broadcast_to([1, 2, 3], tf.experimental.DynamicRaggedShape.from_lengths([2, 3], 1))
        tf.broadcast_to([[1, 2]], tf.shape(r))
        tf.broadcast_to(r, [3, 2])
        tf.reshape([1, 2, 3], tf.shape(r))
        tf.reshape(q, [2, 3])
        tf.reshape(q, [-1])
        tf.reshape(q, tf.experimental.DynamicRaggedShape.from_lengths([2, (4, 2)]))
        tf.reshape(q, tf.experimental.DynamicRaggedShape.from_lengths([6]))
        tf.reshape(r, [4])
        tf.reshape([1, 2, 3, 4], tf.shape(r))
        tf.ones(tf.shape(r))
        tf.zeros(tf.shape(x), tf.int32)
        tf.fill(tf.shape(q), 7)
        tf.fill(tf.experimental.DynamicRaggedShape.from_lengths([2, 3]), "a")
        tf.math.bincount(r)
        tf.math.bincount(r, axis=-1)
        tf.math.bincount(r, axis=-1, minlength=5, maxlength=6)
        tf.math.bincount(r, axis=-1, maxlength=3, dtype=tf.float32)
        tf.math.bincount(r, weights=f)
        tf.math.bincount(r, weights=f, axis=-1)
        tf.math.bincount(r, axis=-1, binary_output=True)
        tf.math.bincount(r, axis=1)
        tf.math.bincount(r, weights=t)
        tf.math.bincount(q)
        tf.math.bincount(q, axis=-1)
        tf.dynamic_partition(q, [0, 1, 0], 2)
        tf.dynamic_partition(r, rc([[0, 1], [], [1]]), 2)
        tf.dynamic_partition([1, 2, 3], rc([[0, 1], [], [1]]), 2)
        """,
    ),
    Program("empty-text", lambda tf: [repr(v) for v in _empty(tf)] + [v.numpy() for v in _empty(tf)]),
]


def _empty(tf):
    names = _names(tf)
    r, q, x = names["r"], names["q"], names["x"]
    return [r[1:2], r[1:1], q[1:2], q[2][1:2], q[:0], x[1:1], tf.ragged.constant([[], []])]
