"""Arguments of a wrong type or rank: where TensorFlow refuses them, and where it converts them after all."""

from __future__ import annotations

from .inputs import arr, f32, ints
from .runner import Case, Program, over, raised

MATRIX = arr([[1.0, 2.0], [3.0, 4.0]], "float32")
ONCE = {"modes": ("eager",), "reason": "the error is one of eager execution; a graph knows the shape or type"}

shapes = [
    Case("concat-axis", lambda tf, x: tf.concat([x, x], [0]), [MATRIX]),
    Case("broadcast-dynamic-shape", lambda tf: tf.broadcast_dynamic_shape(tf.constant(1), tf.constant([2])), []),
    Case("unravel-dims", lambda tf: tf.unravel_index([1], tf.constant(4)), []),
    Case("unravel-matrix", lambda tf: tf.unravel_index([[1, 2], [3, 4]], [2, 5]), []),
    Case("bins-of-a-matrix", lambda tf, x: tf.histogram_fixed_width_bins(x, x), [MATRIX]),
    Case("bins-range-of-three", lambda tf, x: tf.histogram_fixed_width_bins(x, [1.0, 3.0, 9.0], 5), [MATRIX]),
    Case("unique-labels-rank", lambda tf: tf.nn.ctc_unique_labels(tf.ones([2, 2, 2], tf.int32)), [], **ONCE),
]

numbers = [
    Case("linspace-float-number", lambda tf: tf.linspace(0.0, 1.0, 2.5), []),
    Case("linspace-no-number", lambda tf: tf.linspace(0.0, 1.0, None), []),
    Case("linspace-numbers", lambda tf: tf.linspace(0.0, 1.0, tf.constant([2, 3])), []),
    *over(
        "linspace-of", lambda tf, x: tf.linspace(x, x + 3, 4), dtypes=("int8", "uint8", "int16", "uint32"), shapes=[()]
    ),
    Case("linspace-wraps", lambda tf: tf.linspace(tf.constant(5, tf.uint8), tf.constant(1, tf.uint8), 3), []),
    Case("count-of-bins", lambda tf, x: tf.raw_ops.Bincount(arr=x, size=[4], weights=x), [ints(3)]),
    Case("bounds-no-list", lambda tf, x: tf.raw_ops.Bucketize(input=x, boundaries=2.0), [f32(3)]),
    Case("eye-of-float", lambda tf: tf.eye(tf.constant(2.5)), []),
    Case("eye-of-uint8", lambda tf: tf.eye(tf.constant(2, tf.uint8), 3), []),
    Case("sparse-eye-of-float", lambda tf: tf.sparse.eye(2.5).indices, []),
    Case("cross-of-lists", lambda tf: tf.sparse.cross([[1, 2], [3, 4]]).values, []),
    *over("digamma-half", "math.digamma", dtypes=("float16",), shapes=[(2,)]),
    Case("zeros-among-strings", lambda tf: tf.math.zero_fraction(["a", ""]), []),
    Case("average-loss-of-nothing", "nn.compute_average_loss", [f32(0)]),
    Case("message-of-check-numerics", lambda tf, x: tf.debugging.check_numerics(x, 1), [MATRIX]),
    Case("message-of-all-finite", lambda tf, x: tf.debugging.assert_all_finite(x, 2.5), [MATRIX]),
]

random = [
    Case(f"shape-of-{name}", lambda tf, n=name: getattr(tf.random, n)(tf.constant([1.0, 2.0])), [], **ONCE)
    for name in ("normal", "uniform", "truncated_normal")
]

ragged = [
    Program(
        f"logsumexp-{axis}-{keep}",
        lambda tf, a=axis, k=keep: tf.reduce_logsumexp(tf.ragged.constant([[1.0], [2.0, 3.0]]), a, k),
    )
    for axis, keep in ((None, False), (0, False), (1, False), (1, True))
]


def _ragged_scalar(tf):
    rt = tf.ragged.constant([[1.0], [2.0, 3.0]])
    return raised(lambda: tf.math.scalar_mul(rt, rt))


def _tuple_of_numbers(tf):
    return tf.function(lambda: tf.tuple([1, 2.5]))()


programs = [Program("ragged-scalar", _ragged_scalar), Program("tuple-of-numbers", _tuple_of_numbers)]


def _classes(tf):
    """Checks of a plain graph run although nothing but the result is asked for."""

    def counted(labels):
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            return session.run(tf.math.confusion_matrix(labels, [0, 1], num_classes=2))

    def bins(count):
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            return session.run(tf.histogram_fixed_width_bins([1.0, 2.0], [0.0, 5.0], count))

    return [raised(lambda c=c: counted([0, c])) for c in (1, 2, -1)], raised(lambda: bins(-1))


def _sparse(tf, shape):
    return tf.sparse.SparseTensor([[0] * len(shape)], [1.0], shape)


# What both messages say.
messages = [
    Case(name, run, [], message={"eager": texts}, **ONCE)
    for name, run, texts in (
        (
            "sparse-ranks",
            lambda tf: tf.sparse.minimum(_sparse(tf, [2, 2]), _sparse(tf, [2])).values,
            ["do not have the same ranks"],
        ),
        (
            "sparse-shapes",
            lambda tf: tf.sparse.maximum(_sparse(tf, [2, 2]), _sparse(tf, [2, 3])).values,
            ["shapes do not match: got 2 and 3 for dimension 1"],
        ),
        (
            "sparse-reset-shape",
            lambda tf: tf.sparse.reset_shape(_sparse(tf, [2, 2]), [1, 7]).values,
            ["should have dimension sizes"],
        ),
        (
            "sparse-reshape",
            lambda tf: tf.sparse.reshape(_sparse(tf, [2, 2]), [3, -1]).values,
            ["requires a multiple of 3"],
        ),
        (
            "sparse-transpose",
            lambda tf: tf.sparse.transpose(_sparse(tf, [2, 2]), [0]).values,
            ["Dimensions 1 and 2 are not compatible"],
        ),
        ("ragged-of-vector", lambda tf: tf.RaggedTensor.from_tensor([1, 2]).values, ["must be greater than 1"]),
    )
]

CASES = [*messages, *shapes, *numbers, *random, *ragged, *programs, Program("classes-in-sessions", _classes)]
