"""Numbers and refusals in corners that TensorFlow's own tests visit."""

from __future__ import annotations

import numpy as np

from .inputs import arr, f32, py
from .runner import Case, Program, raised

NEAR_ONE = np.nextafter(np.float32(1), np.float32(0))

special = [
    Case(
        f"erfinv-{dtype}",
        "math.erfinv",
        [arr([0.0, -0.0, 1e-10, 1e-7, -1e-4, 0.3, -0.75, 0.9999, 0.99999, 1, -1, 2], dtype)],
        grad=True,
    )
    for dtype in ("float32", "float64")
]
special.append(Case("erfinv-next-to-one", "math.erfinv", [arr([NEAR_ONE, -NEAR_ONE], "float32")]))


AT_ONCE = {"modes": ("eager", "function"), "reason": "of unknown shapes TensorFlow refuses when the graph runs"}

averages = [
    Case(
        f"average-{shape}-{axis}",
        lambda tf, x, w, axis=axis: tf.experimental.numpy.average(x, axis=axis, weights=w),
        [f32(2, 3), arr(np.ones(shape), "float32")],
        **AT_ONCE,
    )
    for shape, axis in (((2,), 5), ((2,), -3), ((2,), 0), ((3,), -1), ((5,), 0), ((), 0), ((2, 4), 0))
]


def _repeat_of_unknown_rank(tf):
    @tf.function(input_signature=[tf.TensorSpec(None)])
    def run(x):
        return tf.repeat(x, 3, axis=0), tf.repeat(x, [2], axis=0), tf.repeat(x, 2)

    return run(5.0), run([1.0, 2.0]), run([[1.0, 2.0]])


def _lstm(tf, batch, inputs, units):
    zeros = tf.zeros
    return tf.raw_ops.LSTMBlockCell(
        x=zeros([batch, inputs]),
        cs_prev=zeros([batch, units]),
        h_prev=zeros([batch, units]),
        w=zeros([inputs + units, 4 * units]),
        wci=zeros([units]),
        wcf=zeros([units]),
        wco=zeros([units]),
        b=zeros([4 * units]),
    )[1].shape


def _blocks_of_unknown_shape(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        x, pairs = v1.placeholder(tf.float32), v1.placeholder(tf.int32)
        return (
            v1.space_to_batch(x, pairs, 4).shape,
            v1.batch_to_space(x, pairs, 4).shape,
            raised(lambda: v1.space_to_batch(tf.zeros([4, 2, 2]), pairs, 2)),
        )


def _no_samples(tf, logits, n):
    return tf.random.categorical(logits, n), tf.random.stateless_categorical(logits, n, seed=[1, 2])


def _samples_after_none(tf):
    tf.random.set_seed(3)
    return [tf.random.categorical(tf.zeros([0, 3]), 4), tf.random.categorical(tf.zeros([1, 3]), 6)]


def _checked_in_session(dtype):
    def run(tf):
        x = [np.array([1, 2], dtype), np.array([3, 4], dtype)]
        with tf.Graph().as_default(), tf.compat.v1.Session():
            found = tf.test.compute_gradient(lambda x, y: tf.sin(x) * y, x)
            found += tf.test.compute_gradient(lambda x: x * x, [tf.constant(x[0])])
        with tf.Graph().as_default():
            alone = raised(lambda: tf.test.compute_gradient(lambda x: x, x[:1]))
        return [np.round(j.astype(np.float64), 2) for matrices in found for j in matrices], alone

    return run


others = [
    *(
        Case(f"tensordot-{axes}", lambda tf, x, y, axes=axes: tf.tensordot(x, y, axes), [f32(2, 3), f32(2)], **AT_ONCE)
        for axes in ([[2], [0]], [[-3], [0]])
    ),
    *(
        Case(
            f"einsum-dropping-{len(shape)}", lambda tf, x, y: tf.einsum("...ij,jk->ik", x, y), [f32(*shape), f32(3, 4)]
        )
        for shape in ((2, 3), (1, 2, 3))
    ),
    Program("repeat-of-unknown-rank", _repeat_of_unknown_rank),
    *(
        Program(f"lstm-of-{sizes}", lambda tf, sizes=sizes: _lstm(tf, *sizes))
        for sizes in ((0, 2, 3), (2, 0, 3), (2, 2, 0))
    ),
    Program("blocks-of-unknown-shape", _blocks_of_unknown_shape),
    *(Case(f"no-samples-{shape}-{n}", _no_samples, [f32(*shape), py(n)]) for shape, n in (((0, 3), 2), ((2, 3), 0))),
    Case("no-classes", _no_samples, [f32(2, 0), py(2)]),
    Program("samples-after-none", _samples_after_none),
    *(Program(f"gradient-in-session-{dtype}", _checked_in_session(dtype)) for dtype in ("float32", "complex64")),
]


def _count(tf, indices, values):
    shape = [3] * indices.shape[1]
    none = tf.zeros([0])
    return tf.raw_ops.SparseBincount(indices=indices, values=values, dense_shape=shape, size=4, weights=none)


counts = [
    Case(f"sparse-bincount-{name}", _count, [arr(indices, "int64"), arr([1, 2])])
    for name, indices in {
        "below": [[-2], [0]],
        "above": [[5], [0]],
        "row-below": [[0, 1], [-1, 0]],
        "row-above": [[3, 0], [0, 1]],
        "column-above": [[0, 3], [0, 1]],
        "within": [[0, 2], [2, 0]],
    }.items()
]

CASES = [*counts, *special, *averages, *others]
