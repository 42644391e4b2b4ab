"""Maps that keep sparse tensors between steps, by handles."""

from __future__ import annotations

import numpy as np

from .runner import Program, raised

PARTS = {
    "sparse_indices": np.array([[0, 0], [0, 2], [1, 1]], np.int64),
    "sparse_values": np.array([1.0, 2.0, 3.0], np.float32),
    "sparse_shape": np.array([2, 3], np.int64),
}


def _graph(tf):
    raw = tf.raw_ops
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        one = raw.AddSparseToTensorsMap(**PARTS, shared_name="one")
        rows = raw.AddManySparseToTensorsMap(**PARTS)
        taken = raw.TakeManySparseFromTensorsMap(sparse_handles=[one], dtype=tf.float32, shared_name="one")
        back = raw.TakeManySparseFromTensorsMap(sparse_handles=rows, dtype=tf.float32, shared_name=rows.op.name)
        shapes = [t.shape for t in (one, rows, *taken)]
        absent = raw.TakeManySparseFromTensorsMap(sparse_handles=[77], dtype=tf.float32, shared_name="one")
        return shapes, session.run([taken, back]), raised(lambda: session.run(absent))


def _function(tf):
    raw = tf.raw_ops

    @tf.function
    def f():
        rows = raw.AddManySparseToTensorsMap(**PARTS, shared_name="function")
        return raw.TakeManySparseFromTensorsMap(sparse_handles=rows[::-1], dtype=tf.float32, shared_name="function")

    return f()


def _eager(tf):
    raw = tf.raw_ops
    one = raw.AddSparseToTensorsMap(**PARTS, shared_name="eager")
    rows = raw.AddManySparseToTensorsMap(**PARTS, shared_name="eager")
    backwards = {**PARTS, "sparse_indices": PARTS["sparse_indices"][::-1]}
    vector = {**PARTS, "sparse_indices": PARTS["sparse_indices"][0]}
    return [
        one,
        rows,
        raw.TakeManySparseFromTensorsMap(sparse_handles=rows, dtype=tf.float32, shared_name="eager"),
        raised(lambda: raw.TakeManySparseFromTensorsMap(sparse_handles=rows, dtype=tf.float32, shared_name="eager")),
        raised(lambda: raw.TakeManySparseFromTensorsMap(sparse_handles=[one], dtype=tf.int32, shared_name="eager")),
        raised(lambda: raw.AddManySparseToTensorsMap(**backwards, shared_name="eager")),
        raised(lambda: raw.AddSparseToTensorsMap(**vector, shared_name="eager")),
    ]


CASES = [Program("graph", _graph), Program("function", _function), Program("eager", _eager)]
