"""Ragged tensors: variances, rows of no length, shapes and sizes that only running tells, rows taken out of datasets."""

from __future__ import annotations

import numpy as np

from .inputs import arr, f32
from .runner import Case, Program, raised


def _variances(tf):
    rows = tf.ragged.constant([[1e4 + 0.1, 1e4 + 0.1, 1e4 + 0.3], [3.0], [0.5, 1.5]])
    return [
        *(getattr(tf.math, f"reduce_{n}")(rows, axis) for n in ("variance", "std") for axis in (0, 1, None)),
        raised(lambda: tf.math.reduce_variance(tf.ragged.constant([[1j]]), 1)),
    ]


def _uniform(tf):
    def made(values, *sizes):
        return raised(lambda: of_rows(values, *sizes)), sizes

    def of_rows(values, *sizes):
        found.append(tf.RaggedTensor.from_uniform_row_length(values, *sizes))

    found = []
    empty = np.zeros([0], np.float32)
    outcomes = [made(empty, 0), made(empty, 0, 10), made(empty, 0, 0), made(empty, 2), made([1.0, 2.0], 0)]
    return outcomes, found, [r.shape for r in found]


def _padded_to_unknown(tf, rank):
    spec = tf.TensorSpec(rank, tf.int32)
    padded = tf.function(lambda s: tf.ragged.constant([[1, 2], [3]]).to_tensor(shape=s), input_signature=[spec])
    shapes = ([2, 3], [-1, 1], [3, 1])
    return [padded(tf.constant(s)) for s in shapes], padded.get_concrete_function().structured_outputs.shape


def _split_by_unknown(tf):
    rows = tf.ragged.constant([[1, 2], [3], [4, 5]])

    def split(sizes, num):
        spec = [tf.RaggedTensorSpec([None, None], tf.int32), tf.TensorSpec(None, tf.int32)]
        return tf.function(lambda r, n: tf.split(r, n, num=num), input_signature=spec, autograph=False)(rows, sizes)

    return [split([2, 1], 2), *(raised(lambda a=a: split(*a)) for a in (([2, 1], None), ([2, 1], 3), ([2, 2], 2)))]


def _rows_of_datasets(tf):
    data = tf.data.Dataset
    flat = data.from_tensors(tf.ragged.constant([[0], [1], [2], [3]])).unbatch()
    deep = data.from_tensor_slices(tf.ragged.constant([[[0, 2], [3]], [[1]]])).unbatch()
    names = data.from_tensor_slices(tf.ragged.constant([["a", "b"], ["c"]]))
    made = [flat.unbatch(), flat.unbatch().batch(3), deep, deep.unbatch(), names.unbatch(), names.unbatch().batch(2)]
    return [list(d) for d in made]


def _weighted(tf, x, w):
    """Gradients of a ragged tensor weighted by another."""
    rows, weights = (tf.RaggedTensor.from_row_lengths(v, [2, 1]) for v in (x, w))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(rows)
        y = rows * rows
    return tape.gradient(y, rows, weights), tape.gradient([y, rows], rows, [weights, weights])


def _too_few_weights(tf, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = [x * x, x * 3.0]
    return tape.gradient(y, x, [tf.ones_like(x) * 2.0])


CASES = [
    Program("variances", _variances),
    Program("uniform", _uniform),
    Program("padded-to-unknown-length", lambda tf: _padded_to_unknown(tf, [None])),
    Program("padded-to-unknown-rank", lambda tf: _padded_to_unknown(tf, None)),
    Program("split-by-unknown", _split_by_unknown),
    Program("rows-of-datasets", _rows_of_datasets),
    Case("weighted", _weighted, [f32(3), f32(3)]),
    Case("too-few-weights", _too_few_weights, [arr([1.0, 2.0])]),
]
