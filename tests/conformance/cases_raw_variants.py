"""Raw ops between tensors and variants that hold ragged or composite tensors."""

from __future__ import annotations

import numpy as np

from .inputs import f32, ints
from .runner import Case, Program, raised

SPLITS = np.array([0, 2, 2, 3])


def _to(tf, values, *splits, batched=True):
    return tf.raw_ops.RaggedTensorToVariant(
        rt_nested_splits=list(splits), rt_dense_values=values, batched_input=batched
    )


def _from(tf, variant, inner, outer, values=np.float32, splits=np.int64):
    return list(
        tf.raw_ops.RaggedTensorFromVariant(
            encoded_ragged=variant, input_ragged_rank=inner, output_ragged_rank=outer, Tvalues=values, Tsplits=splits
        )
    )


def _refused(tf):
    v = _to(tf, [1, 2, 3], SPLITS)
    s = _to(tf, [1, 2, 3], SPLITS, batched=False)
    flat = _to(tf, [[1, 2], [3, 4]])
    kind = tf.int32
    gradient = tf.raw_ops.RaggedTensorToVariantGradient
    return [
        raised(lambda: _from(tf, s, 0, 1, kind)),
        raised(lambda: _from(tf, s, 1, 1)),
        raised(lambda: _from(tf, s, 1, 1, kind, tf.int32)),
        raised(lambda: _from(tf, tf.stack([s, s]), -1, 1, kind)),
        raised(lambda: _from(tf, _to(tf, [1, 2]), 0, 1, kind)),
        raised(lambda: _from(tf, [flat[0], _to(tf, [[[1]]])[0]], 0, 1, kind)),
        *(raised(lambda bad=bad: _to(tf, [1, 2, 3], bad)) for bad in ([0, 2], [1, 3], [0, 2, 1, 3], [], [[0, 3]])),
        raised(lambda: _to(tf, 1)),
        raised(lambda: _to(tf, 1, [0, 1])),
        raised(lambda: _to(tf, [1], [0, 2], [0, 1])),
        raised(lambda: gradient(encoded_ragged_grad=v, row_splits=[], dense_values_shape=[3], Tvalues=kind)),
    ]


def _composites(tf):
    make = tf.raw_ops.CompositeTensorVariantFromComponents
    take = tf.raw_ops.CompositeTensorVariantToComponents
    both = [tf.int32, tf.float32]
    sparse = b"\n\x02\x08\x01"  # the message of a spec of sparse tensors, within the metadata
    plain, marked = make(components=[1, 2.0], metadata=""), make(components=[[1], 2.0], metadata=sparse)
    return [
        plain.shape,
        take(encoded=plain, metadata="", Tcomponents=both),
        take(encoded=marked, metadata=sparse, Tcomponents=both),
        raised(lambda: take(encoded=marked, metadata="", Tcomponents=both)),
        raised(lambda: take(encoded=plain, metadata="", Tcomponents=[tf.int32])),
        raised(lambda: take(encoded=plain, metadata="", Tcomponents=[tf.int32, tf.int32])),
        raised(lambda: make(components=[1], metadata="xx")),
    ]


CASES = [
    Case("ragged-rows", lambda tf, x: _from(tf, _to(tf, x * 1, SPLITS), 0, 1), [f32(3, 2)], grad=True),
    Case("ragged-whole", lambda tf, x: _from(tf, _to(tf, x * 1, SPLITS, batched=False), -1, 1), [f32(3)], grad=True),
    Case(
        "ragged-nested", lambda tf, x: _from(tf, _to(tf, x * 1, np.array([0, 2, 3]), SPLITS), 1, 2), [f32(3)], grad=True
    ),
    Case("ragged-from-dense", lambda tf, x: _from(tf, _to(tf, x * 1), 0, 1), [f32(2, 3)], grad=True),
    Case("ragged-scalars", lambda tf, x: _from(tf, _to(tf, x), -1, 0), [f32(4)]),
    Case(
        "ragged-rearranged",
        lambda tf, x: [
            _from(tf, tf.reshape(_to(tf, x, SPLITS), [3, 1]), -1, 2),
            _from(tf, tf.stack([_to(tf, x, SPLITS, batched=False)] * 2), 1, 2),
            _from(tf, _to(tf, x, SPLITS)[1:], 0, 1),
            _from(tf, _to(tf, x, SPLITS)[::-1][:0], 1, 2),
            _from(tf, tf.reshape(_to(tf, x, SPLITS)[:0], [3, 0]), 1, 3),
        ],
        [f32(3)],
    ),
    Case(
        "ragged-gradient",
        lambda tf, x: tf.raw_ops.RaggedTensorToVariantGradient(
            encoded_ragged_grad=_to(tf, x, SPLITS), row_splits=SPLITS, dense_values_shape=[3], Tvalues=tf.int32
        ),
        [ints(3)],
    ),
    Program("ragged-refused", _refused),
    Program("composites", _composites),
    Program(
        "no-arrays",
        lambda tf: [raised(lambda f=f: f(tf.raw_ops.EmptyTensorMap())) for f in (lambda t: t.numpy(), np.asarray)],
    ),
]
