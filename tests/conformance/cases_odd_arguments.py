"""Arguments of the numeric functions that are not plain tensors: lists of tensors, arrays, composites, None."""

from __future__ import annotations

import numpy as np

from .inputs import arr, f32
from .runner import Case, Program, raised

A, B = f32(2, 3), f32(3, 2)
KNOWN = "constant axes are looked into"


def outcome(name, *args, **kwargs):
    """A case that calls a function with values as they are, without tensors."""
    return Case(name, lambda tf: getattr_path(tf, name.split(" ")[0])(*args, **kwargs))


def getattr_path(tf, path):
    for name in path.split("."):
        tf = getattr(tf, name)
    return tf


tensordot = [
    Case("tensordot-array", lambda tf, a, b: tf.tensordot(a, b, np.array([[1], [0]])), [A, B], finer_shapes=KNOWN),
    Case("tensordot-tensor", lambda tf, a, b: tf.tensordot(a, b, tf.constant([[1], [0]])), [A, B], finer_shapes=KNOWN),
    Case("tensordot-int64", lambda tf, a, b: tf.tensordot(a, b, tf.constant([[1], [0]], tf.int64)), [A, B]),
    Case("tensordot-scalar", lambda tf, a, b: tf.tensordot(a, b, tf.constant(1)), [A, B]),
    Case("tensordot-none", lambda tf, a, b: tf.tensordot(a, b, None), [A, B]),
    Case("tensordot-text", lambda tf, a, b: tf.tensordot(a, b, "x"), [A, B]),
    outcome("tensordot mixed dtypes", np.ones((2, 3), np.float32), np.ones((3, 2)), 1),
]

constants = [
    Case("constant-of-tensors", lambda tf, x: tf.constant([x, x]), [arr(1.0)]),
    Case("constant-of-tensor-and-number", lambda tf, x: tf.constant([[x, 2.0]]), [arr(1.0)]),
    Case("constant-of-kinds", lambda tf, x, y: tf.constant([x, y]), [arr(1.0), arr(4)]),
    Case("convert-tensors", lambda tf, x: tf.convert_to_tensor([[x, 2.0], [3.0, x]]), [arr(1.0)]),
]

composites = [
    *(
        Case(f"{name}-sparse", lambda tf, x, n=name: getattr_path(tf, n)(tf.sparse.from_dense(x)), [arr([1.0, 0.0])])
        for name in ("zeros_like", "ones_like", "clip_by_value", "identity", "square", "shape")
    ),
    Case("global-norm-sparse", lambda tf, x: tf.linalg.global_norm([tf.sparse.from_dense(x)]), [arr([1.0, 0.0])]),
    Case(
        "clip-ragged",
        lambda tf, x: tf.clip_by_value(tf.RaggedTensor.from_row_lengths(x, [1, 2]), 0.0, 1.0),
        [arr([0.5, 2.0, -1.0])],
    ),
]

losses = [
    Case(f"softmax-scalars-{i}", lambda tf, x, y: tf.nn.softmax_cross_entropy_with_logits(x, y), [x, y])
    for i, (x, y) in enumerate(((arr(1.0), arr([1.0, 2.0])), (arr([1.0, 2.0]), arr(1.0)), (arr(1.0), arr(1.0))))
]

others = [
    Case("ensure-any-shape", lambda tf, x: tf.ensure_shape(x, None), [f32(2)], rank=True),
    *(outcome(f"reduce_all {i}", value) for i, value in enumerate(([1, 0], [1.0], 1, ["a"], [True], []))),
    outcome("math.nextafter arrays", np.ones(2), np.zeros(2)),
    outcome("math.nextafter integers", 1, 2),
    *(
        outcome(f"nn.max_pool {kind}", np.ones((1, 4, 4, 1), kind), 2, 2, "SAME")
        for kind in ("float64", "float32", "int32")
    ),
    outcome("nn.leaky_relu array", np.ones(2)),
]


def _number_and_variable(tf, name):
    variable = tf.Variable([[1.0, 0.5]])
    fn = getattr_path(tf, name)
    results = []
    for call in (lambda: fn(2, variable), lambda: fn(variable, 2), lambda: tf.function(lambda: fn(2, variable))()):
        results.append(call().numpy().tolist() if raised(call) == "no error" else raised(call))
    return results


def _sparse_quotients(tf):
    sparse = tf.sparse.from_dense([1.0, 0.0, 4.0])
    slices = tf.IndexedSlices(tf.constant([[1.0, 2.0]]), tf.constant([0]), tf.constant([2, 2]))
    quotients = [tf.divide(sparse, 2.0), tf.divide(sparse, tf.constant([2.0, 1.0, 4.0]))]
    return [tf.sparse.to_dense(q) for q in quotients], raised(lambda: tf.divide(slices, 2.0))


def _ragged_order(tf):
    ragged = tf.ragged.constant([[1], [2, 3]])
    return [fn(ragged) for fn in (tf.math.is_non_decreasing, tf.math.is_strictly_increasing)]


programs = [
    *(
        Program(f"number-and-variable-{name}", lambda tf, n=name: _number_and_variable(tf, n))
        for name in ("divide", "math.divide_no_nan", "subtract", "maximum", "math.igamma", "less")
    ),
    Program("sparse-quotients", _sparse_quotients),
    Program("ragged-order", _ragged_order),
]

# Declared, but without a kernel.
missing = [
    *(Case(f"realdiv-{t}", "realdiv", [arr([7], t), arr([2], t)]) for t in ("uint8", "int32", "int64", "bfloat16")),
    *(Case(f"reciprocal-{t}", "math.reciprocal", [arr([2], t)]) for t in ("int8", "int64", "float16")),
    Case("square-root-half", "linalg.sqrtm", [arr(np.eye(2), "float16")]),
]

empties = [
    Program("no-gradients", lambda tf: [tf.clip_by_global_norm(x, 1.0) for x in ([], [None])]),
    Program("global-norm-of-nothing", lambda tf: [tf.linalg.global_norm([])]),
    Case("identity-of-nothing", lambda tf: tf.identity_n([])),
    Case("unravel-nothing", lambda tf, x: tf.unravel_index(x, [2, 3]), [arr(np.zeros(0), "int32")]),
    Case("reverse-scalar", lambda tf, x: tf.reverse(x, [0]), [f32()]),
]

lists = [
    *(
        Case(f"tensor-as-list-{name}", lambda tf, x, n=name, a=key: getattr(tf.raw_ops, n)(**{a: x}), [f32(2, 2)])
        for name, key in (("IdentityN", "input"), ("Pack", "values"), ("AddN", "inputs"))
    ),
    Program("array-as-list", lambda tf: [tf.identity_n(np.ones(2, np.int16)), tf.identity_n("ab")]),
]

lu = [
    *(
        Case(f"{name}-{i}", lambda tf, x, p, n=name: getattr_path(tf, f"linalg.{n}")(x, p), [x, arr(perm, "int32")])
        for name in ("lu_reconstruct", "lu_matrix_inverse")
        for i, (x, perm) in enumerate(
            ((f32(2, 2), [[0, 1], [1, 0]]), (f32(2, 2), 1), (f32(2), [0]), (f32(2, 3), [1, 0]))
        )
    ),
    Case("lu-solve-vector", lambda tf, x, y: tf.linalg.lu_solve(x, [0, 1], y), [f32(2, 2), f32(2)]),
]


def _two_index_types(tf):
    updates, results = tf.constant([1.0, 2.0]), []
    for dtype in ("int64", "int32", "int64"):
        results.append(tf.scatter_nd(tf.constant([[0], [2]], dtype), updates, [5]))
        results.append(tf.sparse.SparseTensor(tf.constant([[0]], "int64"), [1.0], [2]).dense_shape)
    return results


def _names(tf, given):
    with tf.Graph().as_default():
        x = tf.constant([1.0, 2.0])
        makers = {
            "shape": lambda: tf.shape(x, name=given),
            "zeros": lambda: tf.zeros([2], name=given),
            "constant": lambda: tf.constant(1, name=given),
            "tanh": lambda: tf.tanh(x, name=given),
            "real": lambda: tf.math.real(x, name=given),
            "uniform": lambda: tf.random.uniform([2], name=given),
        }
        return {key: make().name if raised(make) == "no error" else raised(make) for key, make in makers.items()}


def _flags(tf, value):
    x = tf.constant([[1.0, 2.0]])
    calls = (
        lambda: tf.math.cumsum(x, exclusive=value),
        lambda: tf.as_string(x, scientific=value),
        lambda: tf.math.top_k(x, sorted=value),
        lambda: tf.math.cumulative_logsumexp(x, reverse=value),
    )
    # What is true comes first: what equals it is refused all the same.
    return [tf.math.cumsum(x, exclusive=True), *map(raised, calls)]


attributes = [
    *(Program(f"flag-{value!r}", lambda tf, v=value: _flags(tf, v)) for value in (1, 1.0, "a", np.True_, [True])),
    *(outcome(f"squeeze {type(axis).__name__}", np.ones((1, 2)), axis=axis) for axis in (np.zeros(1, int), {}, "0")),
    outcome("nn.local_response_normalization text", np.ones((1, 1, 1, 2), "f"), depth_radius="1"),
    outcome("nn.local_response_normalization truth", np.ones((1, 1, 1, 2), "f"), bias=np.True_),
    Case("ensure-fractional", lambda tf, x: tf.raw_ops.EnsureShape(input=x, shape=[2.0]), [f32(2)]),
    *(Case(f"size-{t}", lambda tf, x, t=t: tf.size(x, getattr(tf, t)), [f32(2, 3)]) for t in ("uint16", "float32")),
    Case("realdiv-number", lambda tf, x: tf.realdiv(1, x), [f32(2)]),
    Case("split-axis-vector", lambda tf, x: tf.split(x, [1, 1], axis=[0]), [f32(2)]),
    Case("segments-vector", lambda tf, x: tf.math.unsorted_segment_sum(x, [0, 1], [2]), [f32(2)]),
    *(outcome(f"add_n {v!r}", v) for v in (None, 1, [])),
    Program("scatter-two-index-types", _two_index_types),
    *(Program(f"node-named-{name!r}", lambda tf, n=name: _names(tf, n)) for name in (1, "a b", "/", "x:0")),
    Case("node-named-bytes", lambda tf, x: tf.tanh(x, name=b"x"), [f32(2)]),
    outcome("constant type", np.float32),
]

nan = float("nan")
numbers = [
    Program("no-memory", lambda tf: [raised(lambda: tf.zeros([2**40]))]),
    *(
        Case(
            f"{name}-nan",
            lambda tf, x, i, u, n=name: getattr(tf, n)(x, i, u),
            [arr([1.0, nan, 3.0, -np.inf]), arr([[0], [1], [2], [0], [3]]), arr([nan, 1.0, nan, 4.0, nan])],
        )
        for name in ("tensor_scatter_nd_max", "tensor_scatter_nd_min")
    ),
    Program(
        "scatter-max-nan",
        lambda tf: [
            tf.Variable([1.0, nan]).scatter_max(tf.IndexedSlices(tf.constant([nan, 2.0]), tf.constant([0, 1])))
        ],
    ),
    *(
        Program(f"{name}-at-poles", lambda tf, n=name: [getattr(tf.math, n)([2.0, 3.0, 4.0, 3.5], -1.0)])
        for name in ("zeta", "polygamma")
    ),
    Case("invert-permutation", "math.invert_permutation", [arr([1, 0, 2])], rank=True),
    Case("average-loss", "nn.compute_average_loss", [f32(3)], rank=True),
    Case("betainc-vector", lambda tf, a, x: tf.math.betainc(a, [1.0, 2.0], x), [f32(2), arr([0.5, 0.1])], rank=True),
]

linear = [
    Case(
        "fold-number-float64",
        lambda tf, x: tf.foldl(lambda a, b: a + b, x, 0.0),
        [arr([1.0, 2.0], "float64")],
        modes=("eager",),
        reason="refused in functions; TensorFlow then keeps a caching device, and enters no variable scope any more",
    ),
    Case("slogdet-inf", "linalg.slogdet", [arr([[np.inf, 1.0], [2.0, 3.0]])]),
    Case("lstsq-deficient", lambda tf, a, b: tf.linalg.lstsq(a, b), [arr(np.ones((3, 2))), arr([[1.0], [2.0], [3.0]])]),
    Case("lstsq-nan", lambda tf, a, b: tf.linalg.lstsq(a, b), [arr([[nan, 1.0], [1.0, 1.0]]), arr([[1.0], [2.0]])]),
    Case("tridiagonal-junk", "linalg.tridiagonal_matmul", [arr([[1.0, 2, np.inf], [3, 4, 5], [nan, 6, 7]]), f32(3, 2)]),
    Case("batch-norm-number", lambda tf, x: tf.nn.batch_normalization(x, 1.0, 2, None, None, 0.1), [f32(2)]),
    *(
        Case(
            f"conv{n}d-of-array",
            lambda tf, w, n=n: getattr(tf.nn, f"conv{n}d")(
                np.ones([1, *[2] * n, 1]), w, [1] * [1, 4, 5][n - 1], "SAME"
            ),
            [f32(*[1] * (n + 2))],
        )
        for n in (1, 2, 3)
    ),
    Case(
        "depthwise-of-array",
        lambda tf, w: tf.nn.depthwise_conv2d(np.ones([1, 2, 2, 1]), w, [1] * 4, "SAME"),
        [f32(1, 1, 1, 1)],
    ),
    Case(
        "dilation",
        lambda tf, x, w: tf.nn.dilation2d(x, w, [1] * 4, "SAME", "NHWC", [1] * 4),
        [f32(1, 3, 3, 1), f32(2, 2, 1)],
        rank=True,
    ),
]

# Alignments that end elsewhere count a little, so that the loss of impossible labels is finite.
ctc = [
    Case(
        f"ctc-impossible-{i}",
        lambda tf, x, labels=labels, n=n, t=t: tf.nn.ctc_loss(labels, x, n, t, blank_index=0),
        [f32(4, len(n), 4)],
        finer_shapes="the constant lengths are looked at",
    )
    for i, (labels, n, t) in enumerate(
        (([[1, 1], [1, 2]], [2, 2], [2, 1]), ([[1, 2, 1, 0, 0]], [3], [2]), ([[1, 2]], [2], [0]), ([[1, 1]], [3], [2]))
    )
]

IDS = np.array([[1, 2], [0, 3]])
unknown_ranks = [
    Case("lookup-of-norm", lambda tf, x: tf.nn.embedding_lookup(x, [0, 1], max_norm=1.0), [f32(4, 2)], rank=True),
    Case("lookup-in-parts", lambda tf, x: tf.nn.embedding_lookup([x, x], [0, 5], max_norm=1.0), [f32(4, 2)], rank=True),
    Case(
        "lookup-safely",
        lambda tf, x: tf.nn.safe_embedding_lookup_sparse(x, tf.sparse.from_dense(IDS)),
        [f32(4, 2)],
        rank=True,
    ),
    Case("shift-axis", lambda tf, x: tf.signal.fftshift(x, -1), [f32(2, 3)], rank=True),
    Case("shift-axes", lambda tf, x: tf.signal.ifftshift(x, [0, 1]), [f32(2, 3)], rank=True),
    Case("shift-array", lambda tf, x: tf.signal.fftshift(x, np.array(1)), [f32(2, 3)]),
    *(
        Case(f"shift-{name}", f"signal.{fn}", [f32(2, 3)], kwargs={"axes": axes}, rank=True)
        for fn in ("fftshift", "ifftshift")
        for name, axes in {
            f"{fn}-out-of-range": 2,
            f"{fn}-one-out-of-range": [0, 5],
            f"{fn}-below-range": -3,
            f"{fn}-matrix-of-axes": [[0]],
            f"{fn}-float-axis": 1.5,
        }.items()
    ),
    Case("slice-from-unknown-dimension", lambda tf, x: x[tf.compat.v1.Dimension(None) :], [f32(3)]),
    Case("slice-by-unknown-step", lambda tf, x: x[:: tf.compat.v1.Dimension(None)], [f32(3)]),
    Case("sort-axes", "sort", [f32(2, 3)], kwargs={"axis": (0, 1)}),
    Case("argsort-list-of-axes", "argsort", [f32(2, 3)], kwargs={"axis": [0]}),
    Case("kaiser-integer", lambda tf, b: tf.signal.kaiser_window(8, b), [arr(3, "int32")]),
    Case(
        "poisson-negative", lambda tf, x: tf.random.stateless_poisson([2, 2], [1, 2], x, "float32"), [arr([-0.5, 2.0])]
    ),
    Case("clip-by-norm", lambda tf, x: tf.clip_by_norm(x, 1.0), [f32(4, 2)], rank=True),
    Case("statistics", lambda tf, x: tf.nn.sufficient_statistics(x, [-1], 1.0, 2), [f32(4, 2)], rank=True),
    Case("response", lambda tf, x: tf.nn.local_response_normalization(x), [f32(1, 1, 4, 2)], rank=True),
    Case(
        "nce-biases-of-double",
        lambda tf, w, b, k, s: tf.nn.nce_loss(w, b, k, w[:2], 2, 4, 1, (s, tf.ones([2, 1]), tf.ones(2))),
        [f32(4, 2), arr([1.0, 2, 3, 4], "float64"), arr([[1], [2]], "int64"), arr([1, 3], "int64")],
    ),
]

CASES = [
    *unknown_ranks,
    *linear,
    *ctc,
    *attributes,
    *numbers,
    *lists,
    *empties,
    *missing,
    *lu,
    *programs,
    *tensordot,
    *constants,
    *composites,
    *losses,
    *others,
]
