"""Raw ops on sparse tensors that no function of TensorFlow 2 reaches, and values of other types."""

from __future__ import annotations

from .inputs import arr, f32, ints, rand
from .runner import Case

I, S = arr([[0, 1], [0, 3], [2, 0], [2, 2]], "int64"), arr([3, 4], "int64")
V = f32(4)


def raw(name, *names, **attrs):
    """A raw op of the inputs `names`."""
    return lambda tf, *args: getattr(tf.raw_ops, name)(**dict(zip(names, args, strict=True)), **attrs)


PARTS = ("sp_indices", "sp_values", "sp_shape")

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
]
