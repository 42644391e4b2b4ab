"""Reading and writing at indices, selection, order: gather, scatter, where, one-hot, sort, top_k, unique."""

from __future__ import annotations

import numpy as np

from .inputs import (
    EVERYTHING,
    FLOATS,
    INTS,
    UINTS,
    arr,
    bools,
    distinct,
    f32,
    positive,
    strs,
    ties,
)
from .runner import Case, Program, over, raised

INDICES = arr([[0, 1], [2, 1]], "int32")


def _rows(*shape):
    return arr(np.arange(int(np.prod(shape))).reshape(shape) % shape[-1], "int32")


def _errors(tf):
    x = tf.reshape(tf.range(24.0), [2, 3, 4])
    return [
        raised(lambda: tf.gather(3.0, 0)),
        raised(lambda: tf.gather(x, 0, axis=3)),
        raised(lambda: tf.gather(x, [0], axis=1, batch_dims=1)),
        raised(lambda: tf.gather(x, [[0]], batch_dims=3)),
        raised(lambda: tf.gather(x, tf.constant([1], tf.uint8))),
        raised(lambda: tf.gather(x, [1.0])),
        raised(lambda: tf.gather_nd(x, 1)),
        raised(lambda: tf.gather_nd(x, [[0, 0, 0, 0]])),
        raised(lambda: tf.scatter_nd([[1]], [1, 2], [5])),
        raised(lambda: tf.scatter_nd(1, [1], [5])),
        raised(lambda: tf.tensor_scatter_nd_update(x, [[0]], [[1.0]])),
        raised(lambda: tf.tensor_scatter_nd_update([1, 2, 3], [[0], [1]], 5)),
        raised(lambda: tf.one_hot([0], -1)),
        raised(lambda: tf.one_hot([0], 3, axis=4)),
        raised(lambda: tf.one_hot([0], [2])),
        raised(lambda: tf.one_hot([0.0], 2)),
        raised(lambda: tf.one_hot([0], 2, on_value=5.0, off_value=1)),
        raised(lambda: tf.one_hot([0], 2, on_value=5.0, dtype=tf.int32)),
        raised(lambda: tf.where(True, 1)),
        raised(lambda: tf.where(True)),
        raised(lambda: tf.where([True, False], [1, 2, 3], 1)),
        raised(lambda: tf.where(True, 1, 2.0)),
        raised(lambda: tf.where(["a"])),
        raised(lambda: tf.boolean_mask([1, 2, 3], True)),
        raised(lambda: tf.boolean_mask([1, 2, 3], [True, False])),
        raised(lambda: tf.math.top_k([1, 3], 3)),
        raised(lambda: tf.math.top_k([1, 3], -1)),
        raised(lambda: tf.math.top_k(3, 1)),
        raised(lambda: tf.math.top_k([1, 3], [1])),
        raised(lambda: tf.sort([3], direction="UP")),
        raised(lambda: tf.sort(3)),
        raised(lambda: tf.sort([True])),
        raised(lambda: tf.sort([3], axis=1)),
        raised(lambda: tf.searchsorted([1], [0], side="middle")),
        raised(lambda: tf.searchsorted([[1, 3], [2, 4]], [[3]])),
        raised(lambda: tf.unique([[1]])),
        raised(lambda: tf.math.in_top_k([[1]], [[1.0, 1.0]], 2)),
        raised(lambda: tf.dynamic_partition([1, 2, 3], [0, 5, 0], 2)),
        raised(lambda: tf.dynamic_partition([1, 2, 3], [0, 1], 2)),
        raised(lambda: tf.dynamic_stitch([[0, -2], [1]], [[1, 3], [2]])),
        raised(lambda: tf.dynamic_stitch([[0, 2], [1]], [[1, 3], [[2]]])),
        raised(tf.function(lambda: tf.dynamic_stitch([[0, 2], [1]], [[1, 3], [2, 4]]), autograph=False)),
        raised(tf.function(lambda: tf.dynamic_stitch([[[0, 2]]], [[1, 3]]), autograph=False)),
    ]


SCATTERS = ("update", "add", "sub", "max", "min")


def _batched_of_unknown_rank(tf):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        params = tf.compat.v1.placeholder(tf.float32, [2, 3, 4])
        indices = tf.compat.v1.placeholder(tf.int32)
        found = [tf.gather_nd(params, indices, batch_dims=n) for n in (1, 2)]
        fed = {params: np.arange(24.0).reshape(2, 3, 4)}
        return [
            [t.shape for t in found],
            session.run(found[0], {**fed, indices: [[[1, 2]], [[2, 3]]]}),
            session.run(found[1], {**fed, indices: np.ones([2, 3, 2, 1])}),
        ]


CASES = [
    Program("batched-of-unknown-rank", _batched_of_unknown_rank),
    *over("gather", lambda tf, x: tf.gather(x, [[0, 2], [1, 1]]), dtypes=EVERYTHING, shapes=[(3, 2)], grad=True),
    Case(
        "gather-axis",
        lambda tf, x, i: [tf.gather(x, i, axis=a) for a in (0, 1, -1)],
        [f32(3, 3, 3), INDICES],
        grad=True,
    ),
    Case("gather-scalar", lambda tf, x: [tf.gather(x, 1), tf.gather(x, 2, axis=1)], [f32(3, 3)], grad=True),
    Case("gather-int64", lambda tf, x, i: tf.gather(x, i), [f32(3, 2), arr([2, 0], "int64")], grad=2),
    Case("gather-int16", lambda tf, x, i: tf.gather(x, i), [f32(3, 2), arr([2, 0], "int16")]),
    Case("gather-batch", lambda tf, x, i: tf.gather(x, i, batch_dims=1), [f32(2, 3, 2), INDICES], grad=True),
    Case(
        "gather-batch-axis",
        lambda tf, x, i: tf.gather(x, i, axis=2, batch_dims=1),
        [f32(2, 2, 3), INDICES],
        grad=True,
    ),
    Case("gather-batch-2", lambda tf, x, i: tf.gather(x, i, batch_dims=2), [f32(2, 2, 3), INDICES], grad=True),
    Case(
        "gather-batch-negative",
        lambda tf, x, i: tf.gather(x, i, batch_dims=-1),
        [f32(2, 3), INDICES],
        grad=True,
    ),
    Case("gather-batch-string", lambda tf, x, i: tf.gather(x, i, batch_dims=1), [strs(2, 3), INDICES]),
    Case("gather-empty", lambda tf, x, i: tf.gather(x, i), [f32(3, 2), arr([], "int32")], grad=True),
    Case("gather-from-empty", lambda tf, x, i: tf.gather(x, i), [f32(0, 2), arr([], "int32")]),
    Case(
        "gather-out-of-range",
        lambda tf, x, i: tf.gather(x, i),
        [f32(5), arr([0, 1, 7], "int32")],
        message=["indices[2] = 7 is not in [0, 5)"],
    ),
    Case(
        "gather-negative",
        lambda tf, x, i: tf.gather(x, i, axis=1),
        [f32(2, 5), arr([[0, -1]], "int32")],
        message=["indices[0,1] = -1 is not in [0, 5)"],
    ),
    *over(
        "gather-nd",
        lambda tf, x: tf.gather_nd(x, [[0, 1], [2, 0]]),
        dtypes=EVERYTHING,
        shapes=[(3, 2)],
        grad=True,
    ),
    Case(
        "gather-nd-slices",
        lambda tf, x, i: tf.gather_nd(x, i),
        [f32(3, 2, 2), arr([[[2]], [[0]]], "int32")],
        grad=2,
    ),
    Case(
        "gather-nd-vector",
        lambda tf, x: tf.gather_nd(x, [1]),
        [f32(3, 2)],
    ),
    Case("gather-nd-none", lambda tf, x, i: tf.gather_nd(x, i), [f32(3), arr(np.zeros((2, 0)), "int32")]),
    Case(
        "gather-nd-batch",
        lambda tf, x, i: tf.gather_nd(x, i, batch_dims=1),
        [f32(2, 3, 2), arr([[[2, 0]], [[0, 1]]], "int32")],
        grad=True,
    ),
    Case(
        "gather-nd-out",
        lambda tf, x, i: tf.gather_nd(x, i),
        [f32(3, 2), arr([[0, 2]], "int32")],
        message=["indices[0] = [0, 2] does not index into param shape [3,2]"],
    ),
    Case(
        "gather-nd-ignore",
        lambda tf, x, i: tf.gather_nd(x, i, bad_indices_policy="IGNORE"),
        [f32(3, 2), arr([[0, 2], [1, 1], [-1, 0]], "int32")],
        grad=True,
    ),
    *over(
        "scatter-nd",
        lambda tf, x: tf.scatter_nd([[2], [0], [2]], x, [4, 2]),
        dtypes=("float32", "int32", "bool", "string", "complex64", "uint8", "bfloat16"),
        shapes=[(3, 2)],
        grad=True,
    ),
    Case(
        "scatter-nd-by-tensor",
        lambda tf, i, u, s: tf.scatter_nd(i, u, s),
        [arr([[1, 0]], "int64"), f32(1), arr([2, 2], "int64")],
        grad=True,
    ),
    Case(
        "scatter-nd-out",
        lambda tf, i, u: tf.scatter_nd(i, u, [3]),
        [arr([[3]], "int32"), f32(1)],
        message=["[3] does not index into shape [3]"],
    ),
    Case(
        "scatter-nd-ignore",
        lambda tf, i, u: tf.scatter_nd(i, u, [3], bad_indices_policy="IGNORE"),
        [arr([[3], [1]], "int32"), f32(2)],
    ),
    *(
        Case(
            f"tensor-scatter-{w}",
            f"tensor_scatter_nd_{w}",
            [distinct(4, 2), arr([[3], [1], [3]], "int32"), ties(3, 2)],
            grad=True,
        )
        for w in SCATTERS
    ),
    *(
        Case(
            f"tensor-scatter-{w}-{d}",
            f"tensor_scatter_nd_{w}",
            [distinct(4, dtype=d), arr([[3], [1]], "int64"), arr([1, 2], d)],
        )
        for w in SCATTERS
        for d in ("int32", "float16", "int64")
    ),
    Case("tensor-scatter-string", "tensor_scatter_nd_update", [strs(4), arr([[3], [1]], "int32"), strs(2)]),
    Case(
        "tensor-scatter-deep",
        "tensor_scatter_nd_update",
        [f32(2, 3, 2), arr([[[0, 1]], [[1, 2]]], "int32"), f32(2, 1, 2)],
        grad=2,
    ),
    Case(
        "tensor-scatter-out",
        "tensor_scatter_nd_add",
        [f32(3), arr([[-1]], "int32"), f32(1)],
        message=["[-1] does not index into shape [3]"],
    ),
    # Masks and selection
    *over(
        "mask",
        lambda tf, x: tf.boolean_mask(x, [True, False, True]),
        dtypes=EVERYTHING,
        shapes=[(3, 2)],
        grad=True,
    ),
    Case("mask-by-tensor", lambda tf, x, m: tf.boolean_mask(x, m), [f32(3, 2), bools(3, 2)], grad=True),
    Case("mask-axis", lambda tf, x, m: tf.boolean_mask(x, m, axis=1), [f32(2, 3, 2), bools(3, 2)], grad=True),
    Case("mask-ints", lambda tf, x: tf.boolean_mask(x, [1, 0, 2]), [f32(3)]),
    Case("where-coordinates", lambda tf, m: tf.where(m), [bools(3, 4)]),
    *over(
        "where-nonzero",
        lambda tf, x: tf.where(x),
        dtypes=("float32", "int8", "uint64", "complex64", "bfloat16"),
        make=lambda d, *s: ties(*s, dtype=d),
    ),
    *over("where", lambda tf, x: tf.where([[True], [False]], x, x[:1]), dtypes=EVERYTHING, grad=True),
    Case("where-broadcast", lambda tf, c, x, y: tf.where(c, x, y), [bools(2, 1), f32(3), f32(4, 1, 1)], grad=2),
    Case(
        "where-number",
        lambda tf, c, x: [tf.where(c, x, 0.0), tf.where(c, 1.0, x)],
        [bools(3), f32(3)],
        grad=True,
    ),
    Case("where-safe", lambda tf, x: tf.where(x > 1.0, tf.math.log(x), x), [positive(4)], grad=True),
    Case(
        "where-nan-branch",
        lambda tf, x: tf.where(x > 0.0, tf.sqrt(x), 0.0),
        [f32(6)],
        grad=True,
    ),
    Case("where-cond-int", lambda tf: tf.where(1, 1, 2)),
    *over(
        "one-hot",
        lambda tf, i: tf.one_hot(i, 4),
        dtypes=("int32", "int64", "uint8", "int8"),
        shapes=[(2, 3), ()],
    ),
    Case("one-hot-axis", lambda tf, i: [tf.one_hot(i, 3, axis=a) for a in (0, 1, -1)], [INDICES]),
    Case("one-hot-values", lambda tf, i, a, b: tf.one_hot(i, 3, a, b), [INDICES, f32(), f32()], grad=True),
    Case(
        "one-hot-dtypes",
        lambda tf, i: [tf.one_hot(i, 3, dtype=d) for d in ("int8", "bool", "complex64", "float16")],
        [INDICES],
    ),
    Case("one-hot-string", lambda tf, i: tf.one_hot(i, 3, "yes", "no"), [INDICES]),
    Case("one-hot-by-tensor", lambda tf, i, d: tf.one_hot(i, d), [INDICES, arr(4, "int32")]),
    # Order
    *over(
        "sort",
        lambda tf, x: [tf.sort(x), tf.sort(x, direction="DESCENDING"), tf.argsort(x)],
        dtypes=FLOATS + INTS + UINTS,
        shapes=[(2, 5)],
        make=lambda d, *s: ties(*s, dtype=d),
    ),
    Case("sort-axis", lambda tf, x: [tf.sort(x, axis=a) for a in (0, 1, -1)], [distinct(3, 4)], grad=True),
    Case(
        "argsort-axis",
        lambda tf, x: [tf.argsort(x, axis=0), tf.argsort(x, direction="DESCENDING", stable=True)],
        [ties(4, 5)],
    ),
    Case("sort-extremes", lambda tf, x: [tf.sort(x), tf.argsort(x)], [arr([5, -128, 127, 0, -1], "int8")]),
    Case(
        "sort-wide",
        # Elements that differ in their upper or lower 32 bits alone, and zeros of both signs.
        lambda tf, x, y: [tf.argsort(v, direction=d, stable=True) for v in (x, y) for d in ("ASCENDING", "DESCENDING")],
        [
            arr([2**33, 2**33 + 2**31, 5, -(2**40), 2**63 - 1, -(2**63), 2**33 - 1, 5, 2**32 + 7, -1], "int64"),
            arr([0.0, -0.0, -np.inf, 1e-310, -1e-310, 1.0, 1 + 2**-52, np.inf, 0.0, -1.0], "float64"),
        ],
    ),
    *over(
        "top-k",
        lambda tf, x: tuple(tf.math.top_k(x, 2)),
        dtypes=FLOATS + INTS + UINTS,
        shapes=[(2, 9), (2, 3)],
        make=lambda d, *s: ties(*s, dtype=d),
    ),
    Case("top-k-grad", lambda tf, x: tf.math.top_k(x, 3).values, [distinct(2, 20)], grad=2),
    Case("top-k-all", lambda tf, x: tf.math.top_k(x, 4).values, [distinct(2, 4)], grad=True),
    Case("top-k-zero", lambda tf, x: tuple(tf.math.top_k(x, 0)), [f32(2, 3)]),
    Case(
        "top-k-index-type",
        lambda tf, x: [tf.math.top_k(x, 2, index_type=t)[1] for t in ("int16", "int64")],
        [f32(5)],
    ),
    Case("top-k-by-tensor", lambda tf, x, k: tuple(tf.nn.top_k(x, k)), [f32(2, 6), arr(3, "int32")]),
    Case("in-top-k", lambda tf, t, p: tf.math.in_top_k(t, p, 2), [arr([0, 1, 5, -1], "int32"), ties(4, 4)]),
    Case(
        "in-top-k-nan",
        lambda tf, p: tf.math.in_top_k([0, 0, 1], p, 1),
        [arr([[np.nan, 1], [1, np.inf], [2, 3]])],
    ),
    Case(
        "searchsorted",
        lambda tf, s, v: [tf.searchsorted(tf.sort(s), v, side=w) for w in ("left", "right")],
        [ties(6), ties(4)],
    ),
    Case(
        "searchsorted-rows",
        lambda tf, s, v: tf.searchsorted(tf.sort(s), v, out_type=tf.int64),
        [f32(2, 3, 5), f32(2, 3, 2)],
    ),
    Case("searchsorted-ints", lambda tf: tf.searchsorted([1, 3, 5], [0, 3, 9])),
    *over(
        "unique",
        lambda tf, x: [tuple(tf.unique(x)), tuple(tf.unique_with_counts(x, tf.int64))],
        dtypes=("float32", "int32", "int64", "bool", "string", "bfloat16", "uint8"),
        shapes=[(12,), (0,)],
    ),
    *(
        Case(f"unique-{dtype}", lambda tf, x: tuple(tf.unique_with_counts(x)), [arr(values, dtype)])
        for dtype, values in {
            "int8": [127, -128, 0, -128, 127],
            "uint8": [255, 0, 255, 3],
            "int32": [-3, 5, -3, 2**31 - 1, -(2**31), 5],
            "int64": [-(2**63), 2**63 - 1, 0, 2**63 - 1],
            "uint64": [2**64 - 1, 2**64 - 3, 2**64 - 1],
        }.items()
    ),
    Case("unique-nan", lambda tf, x: tuple(tf.unique(x)), [arr([np.nan, 0.0, np.nan, -0.0])]),
    Case(
        "dynamic-partition",
        lambda tf, x, p: tf.dynamic_partition(x, p, 3),
        [f32(4, 2), arr([0, 2, 0, 2], "int32")],
    ),
    Case("dynamic-partition-scalar", lambda tf, x: tf.dynamic_partition(x, 1, 2), [f32(2, 2)]),
    Case("dynamic-partition-string", lambda tf, x: tf.dynamic_partition(x, [1, 0, 1], 2), [strs(3)]),
    Case("dynamic-stitch", lambda tf, x, y: tf.dynamic_stitch([[0, 2], [1, 2]], [x, y]), [f32(2, 3), f32(2, 3)]),
    Case("dynamic-stitch-scalar", lambda tf: tf.dynamic_stitch([0, [1, 3]], [10, [20, 30]])),
    Case(
        "approx-max-k",
        lambda tf, x: tuple(tf.math.approx_max_k(x, 3)),
        [distinct(2, 9)],
        accept={"value": "TensorFlow needs a known size, and lacks the minimum on the CPU"},
    ),
    Case(
        "approx-min-k",
        lambda tf, x: tuple(tf.nn.approx_min_k(x, 3)),
        [distinct(2, 9)],
        accept={"value": "TensorFlow needs a known size, and lacks the minimum on the CPU"},
    ),
    Program("gather-errors", _errors),
    Program(
        "set-difference",
        lambda tf: list(tf.compat.v1.setdiff1d([1, 2, 3, 3], [2])) + list(tf.compat.v1.setdiff1d(["a", "b"], ["a"])),
    ),
]
