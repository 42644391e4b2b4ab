"""`tf.SparseTensor` and `tf.sparse`: values, static shapes, gradients, errors."""

from __future__ import annotations

import numpy as np

from .inputs import arr, f32, ints, rand, strs
from .runner import Case, Program

# Two matrices of one shape that share some places, and one of rank 3.
I, S = arr([[0, 1], [0, 3], [2, 0], [2, 2]], "int64"), arr([3, 4], "int64")
J = arr([[0, 0], [0, 3], [2, 2]], "int64")
I3, S3 = arr([[0, 0, 1], [0, 2, 0], [1, 0, 1], [1, 0, 2]], "int64"), arr([2, 3, 4], "int64")
MIXED = arr([[2, 2], [0, 3], [2, 0], [0, 1]], "int64")


def of(call):
    """A call of a function with the sparse tensor of its first three inputs."""
    return lambda tf, i, v, s, *rest: call(tf, tf.SparseTensor(i, v, s), *rest)


def pair(call):
    """A call with two sparse tensors of one shape."""
    return lambda tf, i, v, j, w, s: call(tf, tf.SparseTensor(i, v, s), tf.SparseTensor(j, w, s))


def _hashed_crosses(tf):
    def run(values, dense, buckets=0, strong=False):
        return tf.raw_ops.SparseCrossHashed(
            indices=[tf.constant([[0, 0], [0, 1]], tf.int64) for _ in values],
            values=[tf.constant(v) for v in values],
            shapes=[tf.constant([1, 2], tf.int64) for _ in values],
            dense_inputs=[tf.constant(d) for d in dense],
            num_buckets=tf.constant(buckets, tf.int64),
            strong_hash=tf.constant(strong),
            salt=tf.constant([137, 2], tf.int64),
        )

    numbers, words = np.array([1, 2**40]), ["a", "b"]
    return [
        run([numbers], []),
        run([numbers], [], strong=True),
        run([numbers, words], [], 100),
        run([words], [], strong=True),
        run([], [np.array([[5, -6]])]),
        run([], [[words]], strong=True),
    ]


V, W = f32(4), f32(3)
ONE = [I, V, S]
TWO = [I, V, J, W, S]

CASES = [
    # What a SparseTensor is
    Case("construct", of(lambda tf, x: x), ONE, grad=True),
    Case("construct-string", of(lambda tf, x: x), [I, strs(4), S]),
    Case("construct-numbers", lambda tf: tf.SparseTensor([[0, 1]], [1.5], [2, 3])),
    Case("construct-tensor-shape", lambda tf: tf.SparseTensor([[0, 1]], [1.5], tf.TensorShape([2, 3]))),
    Case("construct-counts-differ", lambda tf, v: tf.SparseTensor([[0, 1]], v, [2, 2]), [f32(2)]),
    Case("construct-rank-differs", lambda tf, v: tf.SparseTensor([[0, 1]], v, [2]), [f32(1)]),
    Case("construct-vector-indices", lambda tf, v: tf.SparseTensor([0, 1], v, [2]), [f32(2)]),
    Case("construct-int32-indices", lambda tf, i, v: tf.SparseTensor(i, v, [2, 2]), [arr([[0, 1]], "int32"), f32(1)]),
    Case("construct-float-indices", lambda tf, v: tf.SparseTensor([[0.0, 1]], v, [2, 2]), [f32(1)]),
    Case("with-values", of(lambda tf, x: x.with_values(x.values * 2)), ONE, grad=True),
    Case("with-values-count", of(lambda tf, x: x.with_values([1.0])), ONE),
    Case("mul-dense", of(lambda tf, x, d: x * d), [*ONE, f32(3, 4)], grad=True),
    Case("mul-row", of(lambda tf, x, d: x * d), [*ONE, f32(4)], grad=True),
    Case("mul-number", of(lambda tf, x: x * 2.5), ONE, grad=True),
    Case("mul-dense-left", of(lambda tf, x, d: d * x), [*ONE, f32(3, 1)], grad=True),
    Case("mul-int", of(lambda tf, x: x * 3), [I, ints(4), S]),
    Case("mul-shape", of(lambda tf, x, d: x * d), [*ONE, f32(3, 3)]),
    Case("mul-rank", of(lambda tf, x, d: x * d), [*ONE, f32(2, 3, 4)]),
    Case("div", of(lambda tf, x, d: x / d), [*ONE, f32(3, 4)], grad=True),
    Case("div-int", of(lambda tf, x: x / 2), [I, ints(4), S]),
    Case("plus", pair(lambda tf, x, y: x + y), TWO),
    Case("minus", of(lambda tf, x: -x), ONE),
    Case("to-dense-implicitly", of(lambda tf, x: tf.convert_to_tensor(x)), ONE),
    Case("dense-function", of(lambda tf, x: tf.matmul(x, tf.ones([4, 2]))), ONE),
    *(
        Case(f"unary-{name}", of(lambda tf, x, name=name: getattr(tf.math, name)(x)), ONE, grad=True)
        for name in ("abs", "negative", "sign", "square", "sin", "tanh", "erf", "asinh")
    ),
    Case("cast", of(lambda tf, x: tf.cast(x, tf.int32)), ONE),
    Case("shape-size-rank", of(lambda tf, x: [tf.shape(x), tf.shape(x, tf.int64), tf.size(x), tf.rank(x)]), ONE),
    Case("identity", of(lambda tf, x: [tf.identity(x), tf.stop_gradient(x)]), ONE),
    # To dense and back
    Case("to-dense", of(lambda tf, x: tf.sparse.to_dense(x)), ONE, grad=2),
    Case("to-dense-default", of(lambda tf, x, d: tf.sparse.to_dense(x, d)), [*ONE, f32()], grad=True),
    Case("to-dense-string", of(lambda tf, x: tf.sparse.to_dense(x)), [I, strs(4), S]),
    Case("to-dense-bool", of(lambda tf, x: tf.sparse.to_dense(x)), [I, rand("bool", 4), S]),
    Case(
        "to-dense-vector",
        of(lambda tf, x: tf.sparse.to_dense(x)),
        [arr([[1], [3]], "int64"), f32(2), arr([5], "int64")],
    ),
    Case("to-dense-empty", lambda tf: tf.sparse.to_dense(tf.SparseTensor(tf.zeros([0, 2], "int64"), [], [2, 3]))),
    Case("to-dense-order", of(lambda tf, x: tf.sparse.to_dense(x)), [MIXED, V, S]),
    Case("to-dense-any-order", of(lambda tf, x: tf.sparse.to_dense(x, validate_indices=False)), [MIXED, V, S]),
    Case("to-dense-repeated", of(lambda tf, x: tf.sparse.to_dense(x)), [arr([[0, 0], [0, 0]], "int64"), f32(2), S]),
    Case("to-dense-bounds", of(lambda tf, x: tf.sparse.to_dense(x)), [arr([[0, 9]], "int64"), f32(1), S]),
    Case("to-dense-no-sparse", lambda tf, x: tf.sparse.to_dense(x), [f32(2)]),
    Case("from-dense", lambda tf, x: tf.sparse.from_dense(x), [arr([[0, 1.5], [2, 0]])], grad=True),
    Case("from-dense-string", lambda tf, x: tf.sparse.from_dense(x), [arr(["a", "", "b"], "string")]),
    Case("from-dense-bool", lambda tf, x: tf.sparse.from_dense(x), [arr([True, False], "bool")]),
    Case("eye", lambda tf: [tf.sparse.eye(3), tf.sparse.eye(2, 3, tf.int32), tf.sparse.eye(3, 2, tf.float64)]),
    Case("to-indicator", of(lambda tf, x: tf.sparse.to_indicator(x, 7)), [I, arr([1, 6, 0, 6], "int32"), S]),
    Case("to-indicator-bounds", of(lambda tf, x: tf.sparse.to_indicator(x, 3)), [I, arr([1, 6, 0, 6], "int32"), S]),
    # Places
    Case("reorder", of(lambda tf, x: tf.sparse.reorder(x)), [MIXED, V, S], grad=2),
    Case("reorder-string", of(lambda tf, x: tf.sparse.reorder(x)), [MIXED, strs(4), S]),
    Case("reshape", of(lambda tf, x: tf.sparse.reshape(x, [2, 6])), ONE, grad=True),
    Case("reshape-inferred", of(lambda tf, x: tf.sparse.reshape(x, [4, -1])), ONE),
    Case("reshape-rank-3", of(lambda tf, x: tf.sparse.reshape(x, [4, 3, 2])), [I3, V, S3]),
    Case("reshape-tensor", of(lambda tf, x, s: tf.sparse.reshape(x, s)), [*ONE, arr([12], "int32")]),
    Case("reshape-wrong", of(lambda tf, x: tf.sparse.reshape(x, [5, 2])), ONE),
    Case("reshape-multiple", of(lambda tf, x: tf.sparse.reshape(x, [5, -1])), ONE),
    Case("reshape-two-inferred", of(lambda tf, x: tf.sparse.reshape(x, [-1, -1])), ONE),
    Case("expand-dims", of(lambda tf, x: [tf.sparse.expand_dims(x, a) for a in (None, 0, 1, -2)]), ONE),
    Case("expand-dims-axis", of(lambda tf, x: tf.sparse.expand_dims(x, 4)), ONE),
    Case("transpose", of(lambda tf, x: tf.sparse.transpose(x)), ONE, grad=True),
    Case("transpose-perm", of(lambda tf, x: tf.sparse.transpose(x, [1, 2, 0])), [I3, V, S3], grad=True),
    *(
        Case(f"concat-{axis}", pair(lambda tf, x, y, axis=axis: tf.sparse.concat(axis, [x, y])), TWO)
        for axis in (0, 1, -1)
    ),
    Case(
        "concat-expand",
        lambda tf, i, v, s, j, w, t: tf.sparse.concat(
            0, [tf.SparseTensor(i, v, s), tf.SparseTensor(j, w, t)], expand_nonconcat_dims=True
        ),
        [I, V, S, J, W, arr([3, 9], "int64")],
    ),
    Case("concat-one", of(lambda tf, x: tf.sparse.concat(0, [x])), ONE),
    Case("concat-no-list", of(lambda tf, x: tf.sparse.concat(0, x)), ONE),
    Case("concat-dense", of(lambda tf, x: tf.sparse.concat(0, [x, tf.ones([3, 4])])), ONE),
    Case(
        "concat-sizes",
        lambda tf, i, v, s, j, w, t: tf.sparse.concat(0, [tf.SparseTensor(i, v, s), tf.SparseTensor(j, w, t)]),
        [I, V, S, J, W, arr([3, 9], "int64")],
    ),
    Case("split", of(lambda tf, x: tf.sparse.split(x, 2, 1)), ONE),
    Case("split-uneven", of(lambda tf, x: tf.sparse.split(x, num_split=2, axis=0)), ONE),
    Case("split-too-many", of(lambda tf, x: tf.sparse.split(x, 5, 1)), ONE),
    Case("slice", of(lambda tf, x: tf.sparse.slice(x, [0, 1], [3, 2])), ONE, grad=True),
    Case("slice-beyond", of(lambda tf, x: tf.sparse.slice(x, [1, 0], [9, 9])), ONE),
    Case("slice-rank", of(lambda tf, x: tf.sparse.slice(x, [1], [9])), ONE),
    Case(
        "retain", of(lambda tf, x, k: tf.sparse.retain(x, k)), [*ONE, arr([True, False, True, True], "bool")], grad=True
    ),
    Case("retain-count", of(lambda tf, x: tf.sparse.retain(x, [True])), ONE),
    Case("reset-shape", of(lambda tf, x: tf.sparse.reset_shape(x)), ONE),
    Case("reset-shape-given", of(lambda tf, x: tf.sparse.reset_shape(x, [5, 6])), ONE),
    Case("reset-shape-smaller", of(lambda tf, x: tf.sparse.reset_shape(x, [2, 6])), ONE),
    Case("reset-shape-rank", of(lambda tf, x: tf.sparse.reset_shape(x, [2, 6, 7])), ONE),
    Case("fill-empty-rows", of(lambda tf, x, d: tf.sparse.fill_empty_rows(x, d)), [*ONE, f32()], grad=True),
    Case("fill-empty-rows-string", of(lambda tf, x: tf.sparse.fill_empty_rows(x, "none")), [I, strs(4), S]),
    Case("fill-empty-rows-unordered", of(lambda tf, x: tf.sparse.fill_empty_rows(x, 7.0)), [MIXED, V, S]),
    Case("fill-empty-rows-full", of(lambda tf, x: tf.sparse.fill_empty_rows(x, 7.0)), [I3, V, S3]),
    Case(
        "mask",
        lambda tf, v: tf.sparse.mask(tf.IndexedSlices(v, tf.constant([3, 0, 5]), tf.constant([9, 2])), [0, 5]),
        [f32(3, 2)],
    ),
    # Arithmetic
    Case("add", pair(lambda tf, x, y: tf.sparse.add(x, y)), TWO, grad=True),
    Case("add-threshold", pair(lambda tf, x, y: tf.sparse.add(x, y, 9.0)), TWO, grad=True),
    Case("add-int", pair(lambda tf, x, y: tf.sparse.add(x, y)), [I, ints(4), J, ints(3), S]),
    Case("add-dense", of(lambda tf, x, d: tf.sparse.add(x, d)), [*ONE, f32(3, 4)], grad=True),
    Case("add-dense-left", of(lambda tf, x, d: tf.sparse.add(d, x)), [*ONE, f32(3, 4)], grad=True),
    Case("add-dense-shape", of(lambda tf, x, d: tf.sparse.add(d, x)), [*ONE, f32(3, 3)]),
    Case("add-dense-rank", of(lambda tf, x, d: tf.sparse.add(d, x)), [*ONE, f32(4)]),
    Case("add-no-sparse", lambda tf, x: tf.sparse.add(x, x), [f32(3)]),
    Case(
        "add-shapes",
        lambda tf, i, v, s, t: tf.sparse.add(tf.SparseTensor(i, v, s), tf.SparseTensor(i, v, t)),
        [I, V, S, arr([3, 5], "int64")],
    ),
    Case("maximum", pair(lambda tf, x, y: [tf.sparse.maximum(x, y), tf.sparse.minimum(x, y)]), TWO),
    Case("maximum-gradient", pair(lambda tf, x, y: tf.sparse.maximum(x, y)), TWO, grad=True),
    Case("map-values", of(lambda tf, x: tf.sparse.map_values(tf.add, x, 5.0)), ONE, grad=True),
    Case("map-values-pair", of(lambda tf, x: tf.sparse.map_values(tf.multiply, x, x)), ONE, grad=True),
    Case("map-values-differ", pair(lambda tf, x, y: tf.sparse.map_values(tf.multiply, x, y)), TWO),
    Case("map-values-indices", pair(lambda tf, x, y: tf.sparse.map_values(tf.multiply, x, y)), [I, V, MIXED, V, S]),
    Case("map-values-dense", lambda tf, x: tf.sparse.map_values(tf.add, x, 1.0), [f32(2)]),
    Case("softmax", of(lambda tf, x: tf.sparse.softmax(x)), ONE, grad=True),
    Case("softmax-rank-3", of(lambda tf, x: tf.sparse.softmax(x)), [I3, V, S3], grad=True),
    Case("softmax-vector", of(lambda tf, x: tf.sparse.softmax(x)), [arr([[1]], "int64"), f32(1), arr([3], "int64")]),
    *(
        Case(
            f"reduce-{kind}-{axis}",
            of(lambda tf, x, kind=kind, axis=axis: getattr(tf.sparse, f"reduce_{kind}")(x, axis)),
            [I3, V, S3],
            grad=kind == "sum" and axis in (None, 1, (0, 2)),
        )
        for kind in ("sum", "max")
        for axis in (None, 1, -1, (0, 2), [])
    ),
    Case("reduce-max-gradient", of(lambda tf, x: tf.sparse.reduce_max(x)), ONE, grad=True),
    Case("reduce-keepdims", of(lambda tf, x: tf.sparse.reduce_sum(x, [0], keepdims=True)), ONE, grad=True),
    Case("reduce-max-int", of(lambda tf, x: tf.sparse.reduce_max(x, 0)), [I, ints(4, high=0), S]),
    Case(
        "reduce-to-sparse",
        of(lambda tf, x: [tf.sparse.reduce_sum(x, a, k, True) for a, k in ((0, None), ([1, 2], True), (-1, False))]),
        [I3, V, S3],
    ),
    Case("reduce-max-to-sparse", of(lambda tf, x: tf.sparse.reduce_max(x, 1, output_is_sparse=True)), ONE),
    Case("reduce-axis", of(lambda tf, x: tf.sparse.reduce_sum(x, 2)), ONE),
    # Products
    *(
        Case(
            f"matmul-{a}-{b}",
            of(lambda tf, x, d, a=a, b=b: tf.sparse.sparse_dense_matmul(x, d, adjoint_a=a, adjoint_b=b)),
            [*ONE, f32(*((2, 3) if a else (2, 4))) if b else f32(*((3, 2) if a else (4, 2)))],
            grad=True,
        )
        for a in (False, True)
        for b in (False, True)
    ),
    Case("matmul-gradient-2", of(lambda tf, x, d: tf.sparse.sparse_dense_matmul(x, d)), [*ONE, f32(4, 2)], grad=2),
    Case("matmul-dense-sparse", of(lambda tf, x, d: tf.sparse.sparse_dense_matmul(d, x)), [*ONE, f32(2, 3)], grad=True),
    Case("matmul-sizes", of(lambda tf, x, d: tf.sparse.sparse_dense_matmul(x, d)), [*ONE, f32(3, 2)]),
    Case("matmul-rank", of(lambda tf, x, d: tf.sparse.sparse_dense_matmul(x, d)), [*ONE, f32(3)]),
    Case(
        "matmul-bounds",
        of(lambda tf, x, d: tf.sparse.sparse_dense_matmul(x, d)),
        [arr([[0, 9]], "int64"), f32(1), S, f32(4, 2)],
    ),
    *(
        Case(
            f"matmul-complex-{a}-{b}",
            of(lambda tf, x, d, a=a, b=b: tf.sparse.sparse_dense_matmul(x, d, adjoint_a=a, adjoint_b=b)),
            [I, rand("complex64", 4), S, rand("complex64", *((2, 4) if b else (3, 2)))],
            grad=True,
        )
        for a, b in ((True, False), (False, True))
    ),
    Case(
        "sampled-addmm",
        lambda tf, i, v, s, a, b: tf.sparse.sampled_addmm(i, v, s, a, b, beta=0.5, alpha=2.0),
        [I, V, arr([3, 4], "int32"), f32(3, 5), f32(5, 4)],
        grad=True,
        accept={"value": "TensorFlow needs matrices whose shape is known"},
    ),
    Case(
        "sampled-addmm-batch",
        lambda tf, i, v, s, a, b: tf.sparse.sampled_addmm(i, v, s, a, b),
        [
            arr([[[0, 0], [1, 1]], [[0, 1], [2, 3]]], "int64"),
            f32(2, 2),
            arr([3, 4], "int32"),
            f32(2, 3, 5),
            f32(2, 5, 4),
        ],
        grad=True,
        accept={"value": "TensorFlow needs matrices whose shape is known"},
    ),
    Case("gather-nd-gradient", lambda tf, x, i: tf.gather_nd(x, i), [f32(3, 2), arr([[0], [2]], "int64")], grad=2),
    # Counts and crosses
    *(
        Case(
            f"bincount-{i}",
            lambda tf, x, options=options: tf.sparse.bincount(x, **options),
            [arr([[1, 4], [4, 0]], "int32")],
        )
        for i, options in enumerate(
            [
                {},
                {"axis": -1},
                {"minlength": 9},
                {"maxlength": 3},
                {"binary_output": True},
                {"axis": -1, "maxlength": 2},
            ]
        )
    ),
    Case(
        "bincount-weights",
        lambda tf, x, w: tf.sparse.bincount(x, w, axis=-1),
        [arr([[1, 4], [4, 4]], "int64"), f32(2, 2)],
    ),
    Case(
        "bincount-sparse",
        of(lambda tf, x: [tf.sparse.bincount(x), tf.sparse.bincount(x, axis=-1)]),
        [I, arr([1, 1, 0, 2], "int32"), S],
    ),
    Case(
        "bincount-sparse-weights",
        lambda tf, i, v, s, w: tf.sparse.bincount(tf.SparseTensor(i, v, s), tf.SparseTensor(i, w, s), axis=-1),
        [I, arr([1, 1, 0, 2], "int32"), S, V],
    ),
    Case("bincount-negative", lambda tf, x: tf.sparse.bincount(x), [arr([1, -1], "int32")]),
    Case("bincount-binary-weights", lambda tf, x: tf.sparse.bincount(x, x, binary_output=True), [arr([1, 1], "int32")]),
    Case("bincount-axis", lambda tf, x: tf.sparse.bincount(x, axis=1), [arr([1, 1], "int32")]),
    Case(
        "math-bincount-sparse",
        of(
            lambda tf, x: [tf.math.bincount(x), tf.math.bincount(x, axis=-1), tf.math.bincount(x, minlength=5, axis=-1)]
        ),
        [I, arr([1, 1, 0, 2], "int32"), S],
    ),
    Case(
        "math-bincount-sparse-weights",
        lambda tf, i, v, s, w: tf.math.bincount(tf.SparseTensor(i, v, s), tf.SparseTensor(i, w, s), axis=-1),
        [I, arr([1, 1, 0, 2], "int32"), S, V],
    ),
    Case(
        "cross",
        lambda tf: [
            tf.sparse.cross([tf.sparse.from_dense([["a", "b"], ["c", ""]]), tf.constant([[1, 2], [3, 4]])]),
            tf.sparse.cross([tf.constant([["a", "b"]]), tf.constant([["c"]])], separator="-"),
            tf.sparse.cross_hashed([tf.sparse.from_dense([["a", "b"], ["c", ""]]), tf.constant([[1, 2], [3, 4]])]),
            tf.sparse.cross_hashed([tf.constant([["a", "b"]]), tf.constant([["c"]])], num_buckets=10, hash_key=3),
        ],
    ),
    Case("cross-no-list", lambda tf, x: tf.sparse.cross(x), [arr([[1]], "int64")]),
    Case("cross-rows", lambda tf, x, y: tf.sparse.cross([x, y]), [arr([[1]], "int64"), arr([[1], [2]], "int64")]),
    Program("raw-cross-hashed", _hashed_crosses),
]
