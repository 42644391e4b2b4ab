"""`tf.compat.v1.SparseTensorValue` and ragged values where tensors are expected; counts with weights that do not fit."""

from __future__ import annotations

import numpy as np

from .inputs import arr
from .runner import Case, Program, raised


def _values(tf):
    places, v1 = np.array([[0, 0], [1, 0], [1, 1]]), tf.compat.v1
    ids = v1.SparseTensorValue(places, np.array([0, 3, 2]), np.array([2, 2]))
    amounts = v1.SparseTensorValue(places, np.array([1.0, 2.0, 3.0], np.float32), np.array([2, 2]))
    return ids, amounts, v1.ragged.constant_value([[1, 2], [3]])


def _merged(tf):
    ids, amounts, _ = _values(tf)
    merge = tf.compat.v1.sparse_merge
    return [merge(ids, amounts, 50), merge([ids, ids], amounts, [50, 30]), tf.RaggedTensor.from_sparse(amounts)]


def _datasets(tf):
    _, amounts, rows = _values(tf)
    data = tf.data.Dataset
    sparse, ragged = tf.SparseTensorSpec([2, 2], tf.float32), tf.RaggedTensorSpec([2, None], tf.int64)
    made = [
        data.from_tensors((amounts, {"a": rows})),
        data.from_tensor_slices({"a": amounts, "b": [1, 2]}),
        data.from_tensor_slices(rows),
        data.from_generator(lambda: [amounts, amounts], output_signature=sparse),
        data.from_generator(lambda: [(rows, amounts)], output_signature=(ragged, sparse)),
        data.range(2).map(lambda i: (i, amounts)),
    ]
    return [(d.element_spec, list(d)) for d in made]


def _counts(tf):
    rows = tf.constant([[3, 2, 1], [5, 4, 4]])
    other = [[3, 2], [5, 4], [4, 3]]
    sparse = [tf.sparse.from_dense([[3, 0, n], [0, 4, 4]]) for n in (0, 1)]
    return [
        raised(lambda: tf.sparse.bincount(rows, other, axis=-1)),
        tf.sparse.bincount(rows, other),
        raised(lambda: tf.sparse.bincount(*sparse)),
        raised(lambda: tf.math.bincount(*sparse)),
        raised(lambda: tf.function(lambda: tf.sparse.bincount(rows, other, axis=-1))()),
        raised(lambda: tf.function(lambda: tf.sparse.bincount(*sparse))()),
    ]


CASES = [
    Program("merged", _merged),
    Program("datasets", _datasets),
    Program("counts", _counts),
    Case("counts-of-vector", lambda tf, x: tf.sparse.bincount(x, [1.0, 2.0, 3.0], axis=-1), [arr([1, 2], "int32")]),
]
