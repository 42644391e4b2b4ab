"""Ragged tensors that do not fit together, and gradients, crosses and gathers at the edges."""

from __future__ import annotations

import numpy as np

from .inputs import arr, f32
from .runner import Case, Program, raised


def _padded(tf, v, *wanted):
    """A ragged tensor of the rows of v as a tensor, with the gradient and its class."""
    with tf.GradientTape() as tape:
        tape.watch(v)
        y = tf.RaggedTensor.from_row_splits(v, [0, 2, 3]).to_tensor(*wanted) ** 2
    return y, tape.gradient(y, v)


def _raw_cross(tf, splits, order="RD"):
    splits = tf.constant(splits, tf.int64)
    return tf.raw_ops.RaggedCross(
        ragged_values=[tf.constant([1, 2, 3], tf.int64)],
        ragged_row_splits=[splits],
        sparse_indices=[],
        sparse_values=[],
        sparse_shape=[],
        dense_inputs=[tf.constant([[1], [2]], tf.int64)],
        input_order=order,
        hashed_output=False,
        num_buckets=5,
        hash_key=2,
        out_values_type=tf.string,
        out_row_splits_type=tf.int64,
    )


def _hashed(tf, **how):
    rows = [tf.ragged.constant([["a"], ["b", "c"]]), tf.ragged.constant([["d"], ["e"]])]
    return tf.ragged.cross_hashed(rows, **how)


def _matrices(tf, values):
    return tf.constant(values, tf.float32) if isinstance(values, np.ndarray) else tf.ragged.constant(values)


_WIDE = [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0]]]
_TALL = [[[1.0, 2.0], [2.0, 2.0], [3.0, 3.0]], [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0], [4.0, 4.0]]]


def _product_of_unknown_rank(tf):
    spec = tf.RaggedTensorSpec(None, tf.float32, 1)
    product = tf.function(lambda a: tf.matmul(a, tf.ones([2, 1])), input_signature=[spec])
    return [product(tf.ragged.constant([[1.0, 2.0]])), product.get_concrete_function().structured_outputs.shape]


def _none(tf, *shape):
    return tf.gather_nd(tf.ragged.constant([[1, 2], [3]]), tf.zeros(shape, tf.int32))


def pair(tf):
    """Equal ragged tensors, of which only the second knows that its rows are of one length."""
    inner = tf.ragged.constant([[1, 2], [3]])
    return [tf.ragged.constant([[[1, 2], [3]]]), tf.RaggedTensor.from_uniform_row_length(inner, 2)]


def _equality(tf):
    """`==` and `!=` of ragged tensors with what stands on their left and on their right."""
    rows = tf.ragged.constant([[1, 2], [3]])
    others = [1, tf.constant(1), [[1], [3]], tf.constant([[1], [5]]), tf.Variable([[1], [3]]), rows + 0, None]
    others += [tf.constant([1, 2, 3]), tf.zeros([2, 2], tf.int32), tf.constant(1.0), "a", tf.ragged.constant([["a"]])]
    others += [tf.ragged.constant([[1], [2, 3]]), tf.ragged.constant([[[1]], []], dtype=tf.int32)]
    compared = lambda other: [other == rows, rows == other, other != rows, rows != other]
    plain = lambda value: value.to_list() if isinstance(value, tf.RaggedTensor) else value
    eager = [[plain(value) for value in compared(other)] for other in others]
    traced = [[plain(value) for value in tf.function(compared)(other)] for other in others[:7]]
    classes = [raised(lambda other=other: tf.function(compared)(other)) for other in others[7:]]
    return eager, traced, classes, raised(lambda: rows == tf.sparse.from_dense([1])), raised(lambda: rows == object())


CASES = [
    Case(
        "padded-gradient",
        lambda tf, v: _padded(tf, v),
        [f32(3)],
        finer_shapes="all rows are gathered: their number is known",
    ),
    Case(
        "padded-gradient-default",
        lambda tf, v: _padded(tf, v, 9.0)[0],
        [f32(3)],
        grad=2,
        finer_shapes="the splits are known",
    ),
    Case("gather-nd-nothing", lambda tf: _none(tf, 0), finer_shapes="it is the tensor itself"),
    Case("gather-nd-one", lambda tf: _none(tf, 1, 0)),
    Case("gather-nd-many", lambda tf: _none(tf, 2, 3, 0)),
    Case("cross-key-0", lambda tf: _hashed(tf, hash_key=0)),
    Case("cross-buckets", lambda tf: _hashed(tf, num_buckets=7)),
    Case("cross-nothing", lambda tf: tf.ragged.cross([])),
    Case("cross-floats", lambda tf: tf.ragged.cross([tf.ragged.constant([[1.5]])]), message=["inputs[0]"]),
    Case("cross-scalar", lambda tf: tf.ragged.cross([tf.constant(1)]), message=["rank=2"]),
    Case("cross-rank-3", lambda tf: tf.ragged.cross([tf.ragged.constant([[[1]]])]), message=["rank=2"]),
    Case("cross-rows", lambda tf: tf.ragged.cross([tf.constant([["a"]]), tf.ragged.constant([["b"], ["c"]])])),
    Case("cross-splits-start", lambda tf: _raw_cross(tf, [1, 1, 3]), message=["first element", "must be 0 but is 1"]),
    Case("cross-splits-end", lambda tf: _raw_cross(tf, [0, 1, 4]), message=["number of ragged values(3) but is 4"]),
    Case("cross-splits-fall", lambda tf: _raw_cross(tf, [0, 4, 3]), message=["ragged_splits[2]=3 is smaller"]),
    Case("cross-splits-none", lambda tf: _raw_cross(tf, [])),
    Case(
        "concat-rows",
        lambda tf: tf.concat([tf.ragged.constant([[1, 2]]), tf.ragged.constant([[3], [4, 5]])], 1),
        message=["index 0 (=x) and 1 (=y) have incompatible shapes"],
    ),
    Case(
        "mask-splits",
        lambda tf: tf.ragged.boolean_mask(
            tf.ragged.constant([[1, 2], [3]]), tf.ragged.constant([[True], [True, False]])
        ),
        message=["identical ragged splits"],
    ),
    Case(
        "mapped-scalar",
        lambda tf: tf.ragged.map_flat_values(tf.reduce_sum, tf.ragged.constant([[1, 2], [3]])),
        message=["output shape: (); expected outer dimension size: 3"],
    ),
    Case(
        "constant-depth",
        lambda tf: tf.ragged.constant([1, 2], ragged_rank=1),
        message=["values depth 1", "ragged_rank=1"],
    ),
    Case("one-hot-axis", lambda tf: tf.one_hot(tf.ragged.constant([[1]]), 4, axis=1), message=["axis (1)"]),
    Case("range-wraps", lambda tf: tf.ragged.range(1136033460, -2110457150, -1849827689)),
    Case(
        "range-endless", lambda tf: tf.ragged.range(0.0, 1e30, 1.0), message=["Requires ((limit - start) / delta) <="]
    ),
    Case("range-matrix", lambda tf: tf.ragged.range([[0]], [[3]])),
    Case(
        "matmul-rank-4",
        lambda tf: tf.matmul(
            tf.ragged.constant([[[[1.0, 2.0]]], [[[5.0, 6.0], [7.0, 8.0]], [[1.0, 1.0]]]]),
            tf.ragged.constant([[[[1.0], [2.0]]], [[[5.0], [6.0]], [[1.0], [1.0]]]]),
        ),
    ),
    Case("segment-ids-unsorted", lambda tf, i: tf.ragged.segment_ids_to_row_splits(i), [arr([0, 4, 3, 2], "int64")]),
    Case("segment-ids-beyond", lambda tf, i: tf.ragged.segment_ids_to_row_splits(i, 2), [arr([0, 4, 1, 2], "int64")]),
    Case("segment-ids-none", lambda tf, i: tf.ragged.segment_ids_to_row_splits(i), [arr([], "int64")]),
    Case("segment-ids-negative", lambda tf, i: tf.ragged.segment_ids_to_row_splits(i), [arr([0, -1], "int64")]),
    Case("segment-ids-float", lambda tf, i: tf.ragged.segment_ids_to_row_splits(i), [arr([0.5])]),
    Case("segment-ids-type", lambda tf: tf.ragged.segment_ids_to_row_splits([0, 1], tf.constant(3))),
    Case(
        "rowids-unsorted",
        lambda tf, i: tf.RaggedTensor.from_value_rowids(tf.range(4), i, 6, validate=False),
        [arr([0, 4, 3, 2], "int64")],
    ),
    *(
        Case(
            f"mapped-uniform-{i}",
            lambda tf, i=i: tf.ragged.map_flat_values(tf.add_n, pair(tf)[:: 2 * i - 1]).uniform_row_length,
        )
        for i in (0, 1)
    ),
    Case(
        "mapped-sizes",
        lambda tf, splits: tf.ragged.map_flat_values(
            tf.add, tf.ragged.constant([[3, 1, 4], []]), tf.RaggedTensor.from_row_splits([0, 1], splits)
        ),
        [arr([0, 0, 2], "int64")],
        message=["outer-dimension size"],
        modes=("function", "unknown"),
        reason="eagerly the splits differ first",
    ),
    *(
        Case(
            f"from-sparse-{i}",
            lambda tf, x: tf.RaggedTensor.from_sparse(tf.SparseTensor(x, [1, 2, 3], [3, 3])).row_splits,
            [arr(places, "int64")],
            finer_shapes="tfshim knows the number of rows",
        )
        for i, places in enumerate(
            (
                [[0, 1], [0, 2], [2, 0]],
                [[0, 0], [0, 1], [2, 1]],
                [[0, 0], [0, 2], [1, 0]],
                [[2, 0], [0, 0], [1, 0]],
            )
        )
    ),
    Case(
        "from-sparse-rank",
        lambda tf, shape: tf.RaggedTensor.from_sparse(tf.SparseTensor([[0, 0]], [7], shape)),
        [arr([1, 2], "int64")],
        rank=True,
    ),
    Case("bitcast-to-larger", lambda tf: tf.bitcast(tf.ragged.constant([[1, 2], [3]]), tf.int64)),
    Case("gather-nd-scalar", lambda tf: tf.gather_nd(tf.ragged.constant([[1]]), 0)),
    Case(
        "gather-nd-policy",
        lambda tf: tf.gather_nd(tf.ragged.constant([[1, 2], [3]]), [[0]], bad_indices_policy="IGNORE"),
        message=["bad_indices_policy"],
    ),
    Case(
        "where-v1-rows",
        lambda tf, c, x: tf.compat.v1.where(c, x, tf.ragged.constant([[5.0, 6.0], [7.0], [8.0, 9.0]])).row_splits,
        [arr([True, False, True], "bool"), f32(3, 2)],
        finer_shapes="tfshim knows the number of rows",
    ),
    *(
        Case(
            f"split-{id}",
            lambda tf, sizes=sizes, kw=kw: tf.split(tf.ragged.constant([[1, 2], [3], [4, 5]]), sizes, **kw),
        )
        for id, sizes, kw in (
            ("zero", 0, {}),
            ("one-ragged", 1, {"axis": 1}),
            ("ragged", 2, {"axis": 1}),
            ("uneven", 2, {}),
            ("matrix", [[1], [2]], {}),
            ("short", [1, 1], {}),
            ("negative", [4, -1], {}),
            ("other-number", [1, 2], {"num": 3}),
            ("fraction", [1.0, 2.0], {}),
        )
    ),
    Case(
        "split-by-tensor",
        lambda tf, n: [p.flat_values for p in tf.split(tf.ragged.constant([[1, 2], [3], [4, 5]]), n, num=2)],
        [arr([2, 1], "int32")],
    ),
    Case(
        "split-equally",
        lambda tf, x: [p.flat_values for p in tf.split(tf.RaggedTensor.from_row_lengths(x, [1, 0, 1, 2]), 2)],
        [f32(4)],
        finer_shapes="tfshim knows the numbers of values",
    ),
    Case(
        "to-tensor-of-sizes",
        lambda tf, n: tf.ragged.constant([[1, 2, 3], [4]]).to_tensor(shape=[n, 4]),
        [arr(3, "int32")],
    ),
    Case("stack-one-last", lambda tf: tf.stack([tf.ragged.constant([[1, 2], [3]])], 2)),
    Case(
        "matmul-matrices",
        lambda tf, b: tf.matmul(tf.ragged.constant([[1.0, 2.0], [3.0, 4.0]]), b),
        [f32(2, 3)],
        grad=True,
    ),
    *(
        Case(
            f"matmul-transposed-{i}",
            lambda tf, a=a, b=b: tf.matmul(
                _matrices(tf, a), _matrices(tf, b), transpose_a=True, transpose_b=True
            ).to_tensor(),
            finer_shapes="tfshim knows the number of rows",
        )
        for i, (a, b) in enumerate(((_WIDE, np.ones([2, 3, 2])), (np.ones([2, 2, 3]), _TALL), (_WIDE, _TALL)))
    ),
    Program("matmul-unknown-rank", _product_of_unknown_rank),
    Case("matmul-uneven", lambda tf, b: tf.matmul(tf.ragged.constant([[1.0, 2.0], [3.0]]), b), [f32(2, 3)]),
    Case(
        "matmul-batches",
        lambda tf: tf.matmul(tf.ragged.constant([[[1.0]]]), tf.ragged.constant([[[1.0]], [[2.0]]])),
        accept={"InvalidArgumentError": "TensorFlow looks at static shapes only"},
    ),
    Case(
        "partitions-of-other-rows",
        lambda tf: tf.ragged.stack_dynamic_partitions(
            tf.ragged.constant([["a", "b"], ["c"]]), tf.ragged.constant([[2], [3, 0]]), 4
        ),
        message=["data and partitions have incompatible ragged shapes"],
    ),
    Case("partitions-too-few", lambda tf, x: tf.ragged.stack_dynamic_partitions(x, [1, 2], 3), [f32(3)]),
    Program("equality", _equality),
]
