"""Arguments that host kernels of strings and sparse tensors refuse, and shapes at the edge of what they take."""

from __future__ import annotations

from .inputs import f32
from .runner import Case


def _substr(tf, text, pos, length):
    return tf.strings.substr(tf.constant(text), pos, length)


def _joined(tf, ids, count=2):
    return tf.strings.unsorted_segment_join(["a", "b"], ids, count)


def _sparse(tf):
    return tf.sparse.from_dense([[1, 0], [2, 3]])


def _raw(tf, indices, values):
    """The parts of a sparse tensor, which need not fit together."""
    return tf.constant(indices, tf.int64), tf.constant(values), tf.constant([2, 2], tf.int64)


def _split(tf, indices, axis=0):
    i, v, s = _raw(tf, indices, [1, 2])
    return tf.raw_ops.SparseSplit(split_dim=tf.constant(axis, tf.int64), indices=i, values=v, shape=s, num_split=2)


def _reordered(tf):
    i, v, s = _raw(tf, [[0, 0]], [1, 2])
    return tf.raw_ops.SparseReorder(input_indices=i, input_values=v, input_shape=s)


def _mixed(tf, a, b, **how):
    """The product of a float32 and a bfloat16 matrix, with its gradients."""
    half = tf.cast(b, tf.bfloat16)
    with tf.GradientTape() as tape:
        tape.watch([a, half])
        y = tf.matmul(a, half, **how)
    return y, tape.gradient(y, [a, half])


def _ctc(tf, x, labels, **how):
    """The loss of rows of labels, whose last 0s are absent ones, and its gradient."""
    labels = tf.cast(tf.sparse.from_dense(labels), tf.int32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.compat.v1.nn.ctc_loss(labels, x, [x.shape[0]] * x.shape[1], **how)
    return y, tape.gradient(y, x)


def _fractional(tf, x, kind, ratio):
    pool = getattr(tf.compat.v1.nn, f"fractional_{kind}_pool")
    return pool(x, ratio, True, True, deterministic=True, seed=5, seed2=7).output


CASES = [
    Case("substr-lower-rank", lambda tf: _substr(tf, ["abcdef", "ghijkl"], [[1, 2], [0, 3]], [[2, 1], [3, 1]])),
    Case("substr-row", lambda tf: _substr(tf, ["abc", "def"], [[1], [0]], [[2], [1]])),
    Case("substr-rank-3", lambda tf: _substr(tf, [[["abc"]]], [[1], [0]], [[1], [1]]), message=["for 3 dimensions"]),
    Case("substr-rank-3-same", lambda tf: _substr(tf, [[["abc"]]], [[[1]]], [[[1]]])),
    Case("substr-lengths", lambda tf: _substr(tf, "abc", [1, 0], [1]), message=["[2] vs. [1]"]),
    Case("join-negative-id", lambda tf: _joined(tf, [0, -1]), message=["exceed num_segments"]),
    Case("join-many-ids", lambda tf: _joined(tf, [0, 1, 1])),
    Case("join-counts", lambda tf: _joined(tf, [0, 1], [2])),
    Case("reduce-join-no-rows", lambda tf: tf.strings.reduce_join(tf.zeros([0, 3], tf.string), 1)),
    Case(
        "reduce-join-twice",
        lambda tf: tf.strings.reduce_join([["a"]], [0, 0]),
        message=["Duplicate reduction dimension"],
    ),
    Case("sparse-split-outside", lambda tf: _split(tf, [[0, 0], [7, 1]]), message=["indices[1, :] = [7, 1]"]),
    Case("sparse-split-axis", lambda tf: _split(tf, [[0, 0], [1, 1]], -3), message=["in range [-2, 2), got -3"]),
    Case("sparse-reorder-counts", lambda tf: _reordered(tf), message=["(1) and values (2) do not match"]),
    Case("sparse-sum-axis", lambda tf: tf.sparse.reduce_sum(_sparse(tf), -3), message=["Invalid reduction dimension"]),
    Case(
        "sparse-cross-separators",
        lambda tf: tf.raw_ops.SparseCrossV2(indices=[], values=[], shapes=[], dense_inputs=[[["a"]]], sep=["a", "b"]),
        message=["separator should be a scalar"],
    ),
    Case("matmul-mixed", lambda tf, a, b: _mixed(tf, a, b), [f32(2, 3), f32(3, 4)]),
    Case("matmul-mixed-flipped", lambda tf, a, b: _mixed(tf, a, b, adjoint_b=True), [f32(2, 3), f32(4, 3)]),
    Case(
        "ctc-longer",
        lambda tf, x: _ctc(tf, x, [[1, 2, 1]]),
        [f32(2, 1, 4)],
        message=["required: 3, available: 2"],
        modes=("eager", "function"),
        reason="the batch size and the length are read in Python",
    ),
    Case(
        "ctc-longer-ignored",
        lambda tf, x: _ctc(tf, x, [[1, 2, 1], [1, 0, 0]], ignore_longer_outputs_than_inputs=True),
        [f32(2, 2, 4)],
        modes=("eager", "function"),
        reason="likewise",
    ),
    Case("ctc-blanks", lambda tf, x: _ctc(tf, x, [[1, 3, 7]]), [f32(4, 1, 4)], modes=("eager",), reason="likewise"),
    Case(
        "ctc-between",
        lambda tf, x: _ctc(tf, x, [[1, 3, 2]]),
        [f32(4, 1, 4)],
        message=["non-null label"],
        modes=("eager",),
        reason="likewise",
    ),
    Case(
        "ctc-negative",
        lambda tf, x: _ctc(tf, x, [[1, -1]]),
        [f32(4, 1, 4)],
        message=["nonnegative"],
        modes=("eager",),
        reason="likewise",
    ),
    *(
        Case(
            f"fractional-{kind}", lambda tf, x, kind=kind: _fractional(tf, x, kind, [1, 1.5, 1.4, 1]), [f32(2, 7, 9, 1)]
        )
        for kind in ("max", "avg")
    ),
    Case(
        "fractional-batch",
        lambda tf, x: _fractional(tf, x, "max", [2, 3, 1.5, 1]),
        [f32(3, 9, 9, 2)],
        modes=("eager",),
        reason="tfshim refuses it while a function is traced",
    ),
]
