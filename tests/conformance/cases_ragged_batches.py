"""Gathers from ragged tensors in batches and along inner axes, and masks and lengths that do not fit."""

from __future__ import annotations

import numpy as np

from .runner import Case, Program, raised


def _every_kind(tf, values):
    """A tensor, and the ragged tensors of all ragged ranks with its values."""
    ranks = range(1, values.ndim)
    return [tf.constant(values), *(tf.RaggedTensor.from_tensor(values, ragged_rank=r) for r in ranks)]


def _gathered(tf, of_params, of_indices, batch_dims, axis):
    """The values for all kinds of params and indices."""
    params = np.arange(np.prod(of_params), dtype=np.int32).reshape(of_params)
    indices = np.arange(np.prod(of_indices), dtype=np.int32).reshape(of_indices) % of_params[axis]
    found = []
    for p in _every_kind(tf, params):
        for i in _every_kind(tf, indices):
            rows = tf.gather(p, i, axis=axis, batch_dims=batch_dims)
            found.append(rows.to_tensor() if isinstance(rows, tf.RaggedTensor) else rows)
    return found


def _in_batches(tf, params, indices, **how):
    def rows(value):
        return tf.ragged.constant(value) if isinstance(value, list) else tf.constant(value)

    return tf.gather(rows(params), rows(indices), **({"batch_dims": -1} | how))


def _pairs(tf):
    return tf.RaggedTensor.from_tensor([[0, 1], [2, 0]])


def _converted(tf, rows):
    return tf.ragged.boolean_mask(rows, tf.compat.v1.ragged.constant_value([[1]]))


_DEEP = [[[0, 0], [0, 0, 0]], [[0]]]

CASES = [
    *(
        Program(f"kinds-{'x'.join(map(str, p))}-by-{'x'.join(map(str, i))}-{b}-{a}", lambda tf, c=c: _gathered(tf, *c))
        for c in (
            ([7, 3], [7], 1, 1),
            ([3, 2], [3, 2, 2, 2], 1, 1),
            ([2, 3, 6], [2], 1, 1),
            ([4, 3, 5], [4, 3], 2, 2),
            ([2, 3, 2, 6], [2, 3, 2], 3, 3),
            ([2, 3, 2, 6], [2, 3, 2, 2], 3, 3),
            ([2, 3, 6], [2, 4], 1, 2),
            ([3, 2, 2, 4], [3, 2], 1, 3),
            ([2, 3, 2, 4], [2, 3], 2, 3),
            ([2, 3, 2, 2], [2, 1, 2, 2], 0, 3),
            ([3, 4], [2, 2], 0, 1),
        )
        for p, i, b, a in (c,)
    ),
    *(
        Case(f"misfit-{i}", lambda tf, p=p, j=j, how=how: _in_batches(tf, p, j, **how))
        for i, (p, j, how) in enumerate(
            (
                ([[1], [2], [3]], [[0], [0]], {}),
                (np.ones([2, 2, 2], np.int32), [[[0, 0], [0, 0, 0]], [[0]]], {}),
                (_DEEP, [[[0, 0]], [[0, 0, 0]], [[0]]], {}),
                ([[[1, 2]], [[3]]], np.zeros([2, 1, 1], np.int32), {}),
                ([1, 2], [[0], [0]], {}),
                (_DEEP, [[0, 1], [0]], {"batch_dims": 1, "axis": 0}),
                (_DEEP, [[0, 1], [0]], {"batch_dims": 3}),
            )
        )
    ),
    Case(
        "uniform-indices", lambda tf: tf.gather(tf.RaggedTensor.from_tensor([[1, 2, 3]]), _pairs(tf), axis=1).row_splits
    ),
    Case("plain-indices-below", lambda tf: tf.gather(tf.ragged.constant(_DEEP), [[1, 0], [0, 0]], 1, 2, 1)),
    Case("mask-of-integers", lambda tf: tf.ragged.boolean_mask(tf.ragged.constant([[1]]), tf.ragged.constant([[1]]))),
    Case("mask-shape", lambda tf: tf.ragged.boolean_mask([[1, 2]], [[True, False, True]])),
    Case("mask-rows", lambda tf: tf.ragged.boolean_mask(tf.ragged.constant([[1, 2]]), [True, False])),
    Case("lengths-of-more-rows", lambda tf: tf.RaggedTensor.from_tensor([[1, 2, 3]], lengths=[1, 2])),
    Program("wanted-dtype", lambda tf: raised(lambda: _converted(tf, tf.ragged.constant([[1]])))),
]
