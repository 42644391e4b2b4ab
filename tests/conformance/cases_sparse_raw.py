"""Raw ops on sparse tensors that no function of TensorFlow 2 reaches, and values of other types."""

from __future__ import annotations

import numpy as np

from . import runner
from .inputs import arr, f32, ints, rand
from .runner import Case

I, S = arr([[0, 1], [0, 3], [2, 0], [2, 2]], "int64"), arr([3, 4], "int64")
V = f32(4)


def raw(name, *names, **attrs):
    """A raw op of the inputs `names`."""
    return lambda tf, *args: getattr(tf.raw_ops, name)(**dict(zip(names, args, strict=True)), **attrs)


PARTS = ("sp_indices", "sp_values", "sp_shape")
SPARSE = ("sparse_indices", "sparse_values", "sparse_shape")


def through_variants(name):
    """Written as variants and read back."""

    def fn(tf, i, v, s):
        written = raw(name, *SPARSE, out_type=tf.variant)(tf, i, v, s)
        assert written.dtype == tf.variant
        return tf.raw_ops.DeserializeSparse(serialized_sparse=written, dtype=v.dtype)

    return fn


def many_of(dtype="float32", **kwargs):
    """Sparse tensors written one by one, stacked and read as one."""

    def fn(tf, *parts):
        sparse = [tf.sparse.SparseTensor(*parts[at : at + 3]) for at in range(0, len(parts), 3)]
        rows = tf.stack([tf.io.serialize_sparse(s) for s in sparse])
        return tf.io.deserialize_many_sparse(rows, dtype, **kwargs)

    return fn


def public(name):
    """A function of one sparse tensor."""
    return lambda tf, *parts: runner.resolve(tf, name)(tf.sparse.SparseTensor(*parts))


CASES = [
    *(
        Case(f"cwise-{n}", raw(f"SparseDenseCwise{n}", *PARTS, "dense"), [I, V, S, f32(3, 4)], grad=n != "Add")
        for n in ("Add", "Mul", "Div")
    ),
    Case("cwise-add-gradient", raw("SparseDenseCwiseAdd", *PARTS, "dense"), [I, V, S, f32(3, 4)], grad=True),
    Case("cwise-scalar", raw("SparseDenseCwiseMul", *PARTS, "dense"), [I, V, S, f32()]),
    Case("cwise-int-zero", raw("SparseDenseCwiseDiv", *PARTS, "dense"), [I, ints(4), S, arr([1, 0, 2, 3], "int32")]),
    Case("softmax-double", raw("SparseSoftmax", *PARTS), [I, rand("float64", 4), S], grad=True),
    Case(
        "to-dense-vector",
        raw("SparseToDense", "sparse_indices", "output_shape", "sparse_values", "default_value"),
        [arr([1, 3], "int32"), arr([5], "int32"), f32(), f32()],
    ),
    Case(
        "to-dense-shape",
        raw("SparseToDense", "sparse_indices", "output_shape", "sparse_values", "default_value"),
        [arr([1, 3], "int32"), arr([5, 5], "int32"), f32(2), f32()],
    ),
    Case(
        "matmul-bfloat16",
        raw("SparseMatMul", "a", "b", transpose_b=True, a_is_sparse=True),
        [rand("bfloat16", 2, 3), f32(4, 3)],
    ),
    Case(
        "add-grad",
        raw("SparseAddGrad", "backprop_val_grad", "a_indices", "b_indices", "sum_indices"),
        [f32(3), arr([[0], [2]], "int64"), arr([[1], [2]], "int64"), arr([[0], [1], [2]], "int64")],
    ),
    Case(
        "slice-grad",
        raw("SparseSliceGrad", "backprop_val_grad", "input_indices", "input_start", "output_indices"),
        [f32(2), arr([[0], [2], [3]], "int64"), arr([1], "int64"), arr([[1], [2]], "int64")],
    ),
    Case(
        "fill-rows-grad",
        raw("SparseFillEmptyRowsGrad", "reverse_index_map", "grad_values"),
        [arr([0, 2], "int64"), f32(4)],
    ),
    *(
        Case(
            f"tensor-dense-add-{dtype}",
            raw("SparseTensorDenseAdd", "a_indices", "a_values", "a_shape", "b"),
            [arr([[0, 1], [1, 0]], "int32"), rand(dtype, 2), arr([2, 2], "int32"), rand(dtype, 2, 2)],
            grad=dtype == "complex64",
        )
        for dtype in ("complex64", "int16")
    ),
    Case(
        "bincount-rank-3",
        raw("SparseBincount", "indices", "values", "dense_shape", "size", "weights"),
        [arr([[0, 0, 0]], "int64"), arr([1], "int32"), arr([1, 1, 1], "int64"), arr(3, "int32"), f32(0)],
    ),
    Case(
        "ragged-counts",
        raw("RaggedCountSparseOutput", "splits", "values", "weights", binary_output=False, minlength=-1, maxlength=-1),
        [arr([0, 2, 2, 3], "int64"), arr([3, 3, 1], "int32"), f32(0)],
    ),
    Case(
        "cross-v1-text",
        lambda tf: tf.raw_ops.SparseCross(
            indices=[tf.constant([[0, 0], [1, 0]], tf.int64)],
            values=[tf.constant(["a", "b"])],
            shapes=[tf.constant([2, 1], tf.int64)],
            dense_inputs=[tf.constant([["c", "d"], ["e", "f"]])],
            hashed_output=False,
            num_buckets=0,
            hash_key=0,
            out_type=tf.string,
            internal_type=tf.string,
        ),
    ),
    Case(
        "reduce-complex",
        raw("SparseReduceSum", "input_indices", "input_values", "input_shape", "reduction_axes"),
        [I, rand("complex64", 4), S, arr([0], "int32")],
        grad=True,
    ),
    # Written as strings and variants, and read.
    *(
        Case(f"{name}-{dtype}", public(f"io.{name}"), [I, rand(dtype, 4), S], symbols=[f"io.{name}"])
        for name in ("serialize_sparse", "serialize_many_sparse")
        for dtype in ("float32", "int8", "bool", "complex128")
    ),
    Case("serialize-v1", public("compat.v1.io.serialize_sparse"), [I, V, S]),
    Case("serialize-text", public("io.serialize_many_sparse"), [I, arr(["a", "", "b" * 200, "c"], "string"), S]),
    Case("serialize-empty-rows", public("io.serialize_many_sparse"), [arr(np.zeros((0, 2)), "int64"), f32(0), S]),
    Case("serialize-rank-1", public("io.serialize_many_sparse"), [arr([[1]], "int64"), f32(1), arr([3], "int64")]),
    Case("serialize-unordered", public("io.serialize_many_sparse"), [arr([[2, 1], [0, 1]], "int64"), f32(2), S]),
    Case("serialize-repeated", public("io.serialize_many_sparse"), [arr([[0, 1], [0, 1]], "int64"), f32(2), S]),
    Case("serialize-outside", public("io.serialize_many_sparse"), [arr([[3, 1]], "int64"), f32(1), S]),
    Case("serialize-vector", raw("SerializeSparse", *SPARSE), [arr([1], "int64"), f32(1), S]),
    *(Case(f"variants-{n}", through_variants(n), [I, V, S]) for n in ("SerializeSparse", "SerializeManySparse")),
    Case("deserialize-other-sizes", many_of(), [I, V, S, arr([[4, 1]], "int64"), f32(1), arr([5, 2], "int64")]),
    Case("deserialize-rank", many_of(rank=2), [I, V, S], symbols=["io.deserialize_many_sparse"]),
    Case("deserialize-other-rank", many_of(), [I, V, S, arr([[4]], "int64"), f32(1), arr([5], "int64")]),
    Case("deserialize-other-type", many_of("int32"), [I, V, S]),
    Case("deserialize-wrong-rank", many_of(rank=1), [I, V, S]),
    Case("deserialize-text", many_of("string"), [I, arr(["a", "", "b" * 200, "c"], "string"), S]),
    Case("deserialize-none", lambda tf: tf.io.deserialize_many_sparse(tf.zeros([0, 3], tf.string), tf.float32)),
    *(
        Case(f"deserialize-{n}", lambda tf, x: tf.io.deserialize_many_sparse(x, tf.float32), [arr(x, "string")])
        for n, x in (("garbage", [["a", "b", "c"]]), ("two", [["a", "b"]]), ("scalar", "a"), ("empty", [["", "", ""]]))
    ),
    Case(
        "deserialize-nested",
        lambda tf, *parts: tf.raw_ops.DeserializeSparse(
            serialized_sparse=tf.reshape(tf.io.serialize_many_sparse(tf.sparse.SparseTensor(*parts)), [1, 3, 3]),
            dtype=tf.float32,
        ),
        [I, V, S],
    ),
]
