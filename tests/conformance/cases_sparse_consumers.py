"""What takes sparse tensors: segments, embeddings, CTC, sets, edit distances."""

from __future__ import annotations

import numpy as np

from .inputs import arr, f32, ints, rand, variable
from .runner import Case, Program, raised

# Segments: rows 0, 2, 2, 1 of the data, into segments 0, 0, 2, 2.
ROWS, IDS = arr([0, 2, 2, 1], "int32"), arr([0, 0, 2, 2], "int32")
KINDS = ("Sum", "Mean", "SqrtN")
PYTHON = {"Sum": "segment_sum", "Mean": "segment_mean", "SqrtN": "segment_sqrt_n"}


def segment(kind, **options):
    return lambda tf, x, i, s, *n: getattr(tf.sparse, PYTHON[kind])(x, i, s, *n, **options)


def raw(name, *names, **attrs):
    """A raw op of the inputs `names`."""
    return lambda tf, *args: getattr(tf.raw_ops, name)(**dict(zip(names, args, strict=True)), **attrs)


# Ids of four rows, of which one is empty, and their weights.
IDS4, SHAPE4 = arr([[0, 0], [0, 1], [1, 0], [2, 2]], "int64"), arr([3, 3], "int64")
GAPS, GAPS_SHAPE = arr([[0, 0], [0, 1], [2, 0], [2, 2]], "int64"), arr([4, 3], "int64")
WORDS = arr([3, 1, 1, 4], "int64")


def lookup(name, weighted=False, **options):
    def run(tf, table, i, ids, s, *weights):
        sparse = tf.SparseTensor(i, ids, s)
        amounts = tf.SparseTensor(i, weights[0], s) if weighted else None
        return getattr(tf.nn, name)(table, sparse, amounts, **options)

    return run


LOOKUP = [f32(5, 2), IDS4, WORDS, SHAPE4]
SAFE = [f32(5, 2), GAPS, WORDS, GAPS_SHAPE]
WEIGHTS = arr([0.5, 2.0, -1.0, 3.0])
LOGITS = f32(6, 2, 4)
LENGTHS = arr([6, 4], "int32")


def sets(name, **options):
    return lambda tf, a, b: getattr(tf.sets, name)(a, b, **options)


def sparse_sets(name, first=True, second=True, **options):
    def run(tf, a, b):
        a = tf.sparse.from_dense(a) if first else a
        b = tf.sparse.from_dense(b) if second else b
        return getattr(tf.sets, name)(a, b, **options)

    return run


A, B = arr([[3, 1, 1], [2, 5, 9]], "int32"), arr([[1, 4, 3, 7], [2, 2, 8, 9]], "int32")
TEXT_A, TEXT_B = arr([["b", "a"], ["c", ""]], "string"), arr([["a", "z"], ["c", "c"]], "string")


def _ragged_ids(tf):
    table = tf.reshape(tf.range(10.0), [5, 2])
    ids, weights = tf.ragged.constant([[3, 1], [1], [4, 0]]), tf.ragged.constant([[1.0, 2.0], [3.0], [0.5, 1.0]])
    safe = tf.nn.safe_embedding_lookup_sparse
    return [
        tf.nn.embedding_lookup_sparse(table, ids, None),
        tf.nn.embedding_lookup_sparse(table, ids, weights, "sum"),
        safe(table, ids, weights),
        safe(table, tf.ragged.constant([[3, -1], [], [2]]), default_id=1),
        tf.sparse.bincount(ids, axis=-1),
        tf.sparse.bincount(ids, weights),
        raised(lambda: tf.sparse.bincount(ids, table)),
    ]


def _compiled_segments(tf):
    return tf.function(lambda x: tf.math.segment_max(x, [0, 0, 1, 3]), jit_compile=tf.__name__ != "tensorflow")(
        tf.reshape(tf.range(8.0), [4, 2])
    )


def _large_segments(tf):
    """The first call is NumPy's, the second one is compiled: not a bit differs."""
    ids = np.sort(np.arange(6000) * 37 % 500).astype(np.int32)
    rows = np.sin(np.arange(48000, dtype=np.float32)).reshape(6000, 8)
    results = []
    for n in ("sum", "mean", "prod", "max", "min"):
        first, second = (getattr(tf.math, f"segment_{n}")(rows, ids) for _ in range(2))
        results.append([second, bool(tf.reduce_all(first == second))])
    sparse = [tf.sparse.segment_mean(rows, np.arange(6000), ids) for _ in range(2)]
    return results, sparse[1], bool(tf.reduce_all(sparse[0] == sparse[1]))


def _edit_distances(tf):
    def sparse(rows):
        return tf.sparse.from_dense(tf.constant(rows))

    pairs = [
        (sparse([["k", "i", "t"], ["a", "", ""]]), sparse([["s", "i", "t"], ["a", "b", "c"]])),
        (sparse([[[1, 2], [3, 0]]]), sparse([[[1, 3], [0, 0]], [[5, 0], [0, 0]]])),
    ]
    return [tf.edit_distance(h, t, normalize=n) for h, t in pairs for n in (True, False)]


CASES = [
    *(Case(f"segment-{kind}", segment(kind), [f32(3, 2), ROWS, IDS], grad=True) for kind in KINDS),
    *(
        Case(f"segment-count-{kind}", segment(kind), [f32(3, 2), ROWS, IDS, arr(5, "int32")], grad=True)
        for kind in KINDS
    ),
    *(
        Case(f"segment-sparse-gradient-{kind}", segment(kind, sparse_gradient=True), [f32(3, 2), ROWS, IDS], grad=True)
        for kind in KINDS
    ),
    Case("segment-half", segment("Mean"), [rand("float16", 3, 2), ROWS, IDS], grad=True),
    Case("segment-count-half", segment("SqrtN"), [rand("bfloat16", 3, 2), ROWS, IDS, arr(3, "int32")], grad=True),
    Case("segment-int", segment("Sum"), [ints(3), ROWS, IDS]),
    Case("segment-static-count", segment("Sum", num_segments=4), [f32(3, 2), ROWS, IDS]),
    Case("segment-few", segment("Sum", num_segments=2), [f32(3, 2), ROWS, IDS]),
    Case("segment-empty", segment("Mean"), [f32(3, 2), arr([], "int32"), arr([], "int32")]),
    Case("segment-unsorted", segment("Sum"), [f32(3, 2), ROWS, arr([1, 0, 2, 2], "int32")]),
    Case("segment-count-unsorted", segment("Sum"), [f32(3, 2), ROWS, arr([1, 0, 2, 2], "int32"), arr(5, "int32")]),
    Case("segment-index", segment("Sum"), [f32(3, 2), arr([0, 3], "int32"), arr([0, 1], "int32")]),
    Case("segment-negative", segment("Sum"), [f32(3, 2), arr([0, 1], "int32"), arr([-1, 1], "int32")]),
    Case("segment-lengths", segment("Sum"), [f32(3, 2), arr([0], "int32"), arr([0, 1], "int32")]),
    *(
        Case(
            f"segment-grad-{kind}",
            raw(f"SparseSegment{kind}Grad", "grad", "indices", "segment_ids", "output_dim0"),
            [f32(3, 2), ROWS, IDS, arr(4, "int32")],
        )
        for kind in KINDS
    ),
    *(
        Case(
            f"segment-grad-v2-{kind}",
            raw(f"SparseSegment{kind}GradV2", "grad", "indices", "segment_ids", "dense_output_dim0"),
            [f32(3, 2), ROWS, IDS, arr(4, "int32")],
        )
        for kind in KINDS
    ),
    # Sorted ids that are known when a function is traced, and shapes that occur again
    *(
        Case(
            f"known-ids-{n}-{dtype}",
            lambda tf, x, n=n: getattr(tf.math, f"segment_{n}")(x, [0, 0, 2, 2, 2, 4]),
            [rand(dtype, 6, 2)],
            grad=dtype != "int32",
        )
        for n in ("sum", "mean", "prod", "max", "min")
        for dtype in (("float32", "int32") if n == "mean" else ("float32",))
    ),
    Case("known-ids-half", lambda tf, x: tf.math.segment_mean(x, [0, 0, 0, 1]), [rand("bfloat16", 4, 2)], grad=True),
    Program("known-ids-compiled", _compiled_segments),
    Program("large-segments", _large_segments),
    # Embeddings
    *(
        Case(f"embedding-{c}", lookup("embedding_lookup_sparse", combiner=c), LOOKUP, grad=True)
        for c in (None, "sum", "mean", "sqrtn")
    ),
    *(
        Case(
            f"embedding-weights-{c}", lookup("embedding_lookup_sparse", True, combiner=c), [*LOOKUP, f32(4)], grad=True
        )
        for c in ("sum", "mean", "sqrtn")
    ),
    *(
        Case(
            f"embedding-without-weight-{c}",
            lookup("embedding_lookup_sparse", True, combiner=c),
            [*LOOKUP, arr(np.zeros(4), "float32")],
            grad=True,
        )
        for c in ("sum", "mean", "sqrtn")
    ),
    Case(
        "embedding-empty-row",
        lambda tf, t, w: tf.nn.embedding_lookup_sparse(
            t,
            tf.SparseTensor([[0, 0], [0, 2], [2, 1]], tf.constant([1, 3, 0], tf.int64), [4, 3]),
            tf.SparseTensor([[0, 0], [0, 2], [2, 1]], w, [4, 3]),
        ),
        [f32(5, 2), f32(3)],
        grad=True,
    ),
    Case(
        "embedding-variable",
        lookup("embedding_lookup_sparse", combiner="sum"),
        [variable(f32(5, 2)), *LOOKUP[1:]],
        grad=True,
    ),
    Case("embedding-fast", lookup("embedding_lookup_sparse", allow_fast_lookup=True), LOOKUP, grad=True),
    Case("embedding-norm", lookup("embedding_lookup_sparse", max_norm=0.5), LOOKUP, grad=True),
    Case("embedding-rows", lookup("embedding_lookup_sparse"), SAFE),
    Case("embedding-combiner", lookup("embedding_lookup_sparse", combiner="max"), LOOKUP),
    Case("embedding-dense", lambda tf, t, i: tf.nn.embedding_lookup_sparse(t, i, None), [f32(5, 2), ints(2, 2)]),
    Case(
        "embedding-dense-weights",
        lambda tf, t, i, v, s, w: tf.nn.embedding_lookup_sparse(t, tf.SparseTensor(i, v, s), w),
        [*LOOKUP, f32(4)],
    ),
    Case("embedding-bounds", lookup("embedding_lookup_sparse"), [f32(2, 2), *LOOKUP[1:]]),
    *(
        Case(f"safe-{c}", lookup("safe_embedding_lookup_sparse", combiner=c), SAFE, grad=True)
        for c in ("sum", "mean", "sqrtn")
    ),
    *(
        Case(
            f"safe-weights-{c}",
            lookup("safe_embedding_lookup_sparse", True, combiner=c),
            [*SAFE, WEIGHTS],
            grad=True,
        )
        for c in ("sum", "mean")
    ),
    Case("safe-default", lookup("safe_embedding_lookup_sparse", default_id=4), SAFE, grad=True),
    Case(
        "safe-negative",
        lookup("safe_embedding_lookup_sparse"),
        [f32(5, 2), GAPS, arr([3, -1, -1, 4], "int64"), GAPS_SHAPE],
    ),
    Case(
        "safe-rank-3",
        lookup("safe_embedding_lookup_sparse"),
        [f32(5, 2), arr([[0, 0, 1], [0, 2, 0], [1, 0, 1], [1, 0, 2]], "int64"), WORDS, arr([2, 3, 4], "int64")],
        grad=True,
    ),
    Case("safe-none", lambda tf: tf.nn.safe_embedding_lookup_sparse(None, tf.sparse.eye(2))),
    Program("ragged", _ragged_ids),
    # Connectionist temporal classification
    Case("greedy", lambda tf, x, n: tf.nn.ctc_greedy_decoder(x, n), [LOGITS, LENGTHS]),
    Case("greedy-keep", lambda tf, x, n: tf.nn.ctc_greedy_decoder(x, n, False), [LOGITS, LENGTHS]),
    Case("greedy-blank", lambda tf, x, n: tf.nn.ctc_greedy_decoder(x, n, blank_index=0), [LOGITS, LENGTHS]),
    Case("greedy-length", lambda tf, x, n: tf.nn.ctc_greedy_decoder(x, n), [LOGITS, arr([7, 4], "int32")]),
    Case("beam", lambda tf, x, n: tf.nn.ctc_beam_search_decoder(x, n), [LOGITS, LENGTHS]),
    Case("beam-paths", lambda tf, x, n: tf.nn.ctc_beam_search_decoder(x, n, top_paths=3), [LOGITS, LENGTHS]),
    Case("beam-narrow", lambda tf, x, n: tf.nn.ctc_beam_search_decoder(x, n, 2, 2), [LOGITS, LENGTHS]),
    Case("beam-width", lambda tf, x, n: tf.nn.ctc_beam_search_decoder(x, n, 1, 2), [LOGITS, LENGTHS]),
    Case("beam-v1", lambda tf, x, n: tf.compat.v1.nn.ctc_beam_search_decoder(x, n), [LOGITS, LENGTHS]),
    Case(
        "ctc-loss-sparse",
        lambda tf, x, n, y: tf.nn.ctc_loss(tf.sparse.from_dense(y), x, None, n, blank_index=-1),
        [LOGITS, LENGTHS, arr([[1, 2, 1], [2, 2, 0]], "int32")],
        grad=True,
    ),
    Case(
        "ctc-loss-v1",
        lambda tf, x, n, y: tf.compat.v1.nn.ctc_loss(tf.sparse.from_dense(y), x, n),
        [LOGITS, LENGTHS, arr([[1, 2, 1], [2, 2, 0]], "int32")],
        grad=True,
    ),
    Case(
        "ctc-loss-v1-batch-major",
        lambda tf, x, n, y: tf.compat.v1.nn.ctc_loss(
            tf.sparse.from_dense(y), x, n, preprocess_collapse_repeated=True, time_major=False
        ),
        [f32(2, 6, 4), LENGTHS, arr([[1, 2, 2], [2, 2, 0]], "int32")],
        grad=True,
    ),
    Case(
        "ctc-loss-v1-dense",
        lambda tf, x, n, y: tf.compat.v1.nn.ctc_loss(y, x, n),
        [LOGITS, LENGTHS, ints(2, 3, low=0, high=3)],
    ),
    # Sets
    *(Case(f"sets-{n}", sets(n), [A, B]) for n in ("union", "intersection", "difference")),
    Case("sets-difference-back", sets("difference", aminusb=False), [A, B]),
    Case("sets-text", sets("union"), [TEXT_A, TEXT_B]),
    *(
        Case(f"sets-sparse-{n}-{a}-{b}", sparse_sets(n, a, b), [A, B])
        for n in ("union", "difference")
        for a, b in ((True, True), (False, True), (True, False))
    ),
    Case("sets-sparse-text", sparse_sets("intersection"), [TEXT_A, TEXT_B]),
    Case("sets-types", sets("union"), [A, arr([[1], [2]], "int64")]),
    Case("sets-floats", sets("union"), [f32(2, 2), f32(2, 2)]),
    Case("sets-rows", sets("union"), [A, arr([[1, 2]], "int32")]),
    Case("sets-vectors", sets("union"), [arr([1, 2], "int32"), arr([1], "int32")]),
    Case("sets-size", lambda tf, a: tf.sets.size(tf.sparse.from_dense(a)), [A]),
    Case("sets-size-dense", lambda tf, a: tf.sets.size(a), [A]),
    Case(
        "sets-order",
        lambda tf, i, v: tf.sets.size(tf.SparseTensor(i, v, [2, 2])),
        [arr([[1, 0], [0, 0]], "int64"), arr([1, 2], "int32")],
    ),
    Program("edit-distance", _edit_distances),
    Case("edit-distance-dense", lambda tf, a: tf.edit_distance(a, a), [A]),
    Case(
        "edit-distance-ranks",
        lambda tf, a: tf.edit_distance(tf.sparse.from_dense(a), tf.sparse.from_dense(a[None])),
        [A],
    ),
]
