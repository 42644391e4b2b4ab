"""Numbers at the edges: poles, infinities, overflow, and draws so large that they take another way."""

from __future__ import annotations

import numpy as np

from .cases_random import SEED, ULPS
from .inputs import arr, f32, ints, spd
from .runner import Case, Program

ONCE = {"modes": ("eager",), "reason": "millions of samples; the sampler is the same"}


class ByKeys:
    """A sequence whose elements are reached by keys, as those of tables are."""

    def __len__(self):
        return 2

    def __iter__(self):
        return iter((1, 3))

    def __getitem__(self, key):
        return {1: 1, 3: 3}[key]


def _distance_beyond(tf):
    pair = [tf.SparseTensor([[-3, 0]], [1], shape) for shape in ([2, 2], [2, 2])]
    return tf.edit_distance(*pair, normalize=False)


def _gradient_of_gamma(tf):
    tf.random.set_seed(1)
    alpha, beta = tf.constant([[0.5], [3.0]]), tf.constant([1.0, 2.0, 5.0])
    with tf.GradientTape() as tape:
        tape.watch([alpha, beta])
        samples = tf.random.gamma([5, 4], alpha, beta, seed=3)
    return tape.gradient(samples, [alpha, beta])


random = [
    *(
        Case(
            f"truncated-normal-many-{dtype}",
            # Every so many samples: a prime number, so that they come from all places in their groups.
            lambda tf, seed, d=dtype: tf.random.stateless_truncated_normal([2**21 + 3], seed, dtype=d)[::1999],
            [SEED],
            rtol=ULPS[dtype],
            atol=0.0,
            **ONCE,
        )
        for dtype in ("bfloat16", "float32", "float64")
    ),
    Case(
        "binomial-edges",
        lambda tf, seed, n, p: tf.random.stateless_binomial([8], seed, n, p, tf.float32),
        [SEED, arr([5, 5, 5, 5, 0, 0, -1, -9]), arr([0, 1, np.nan, 7, np.nan, 5, np.nan, 1])],
    ),
    Program("gamma-gradient", _gradient_of_gamma, rtol=1e-4),
    Case(
        "gamma-shape-of-rank",
        lambda tf, sizes, alpha: tf.random.gamma(sizes, alpha, seed=1)[..., 0, 0] * 0,
        [ints(2, low=2, high=4), f32(3, 2)],
    ),
    Case(
        "index-above-limit",
        lambda tf, i: tf.random.experimental.index_shuffle(i, seed=(1, 2), max_index=4),
        [arr(5, "int32")],
        message=["max_index"],
    ),
]

POINTS = [-np.inf, -2.5, -2, -1, -0.5, -0.0, 0, 1e-30, 0.3, 1, 2, 3.5, 20, 1e5, 1e30, np.inf, np.nan]
# Where both are large and equal neither series converges, and float32 leaves two digits at most.
PAIRS = np.array([(a, x) for a in POINTS for x in POINTS if a != x or a != 1e5])

special = [
    Case(name, f"math.{name}", [arr(PAIRS[:, 0]), arr(PAIRS[:, 1])], grad=True, rtol=1e-4)
    for name in ("igamma", "igammac", "zeta", "polygamma")
]

I = np.inf
ROWS = [[-I, -I, 1, 2], [1, I, 2, -I], [-I] * 4, [I] * 4, [I, -I, 1, 2], [1e30, -1e30, 1, 3], [0, 0, -I, 0]]

scans = [
    Case(
        f"cumulative-logsumexp-{exclusive}-{reverse}",
        "math.cumulative_logsumexp",
        [arr(ROWS)],
        kwargs={"axis": 1, "exclusive": exclusive, "reverse": reverse},
        grad=True,
    )
    for exclusive in (False, True)
    for reverse in (False, True)
]

# Fewer than TensorFlow converts at a time: beyond, its numbers change with the place in the tensor.
OUTSIDE = [-np.inf, -5e9, -40000, 300, 5e9, np.nan]

casts = [
    Case(
        f"cast-outside-{source}",
        lambda tf, x: [
            tf.cast(x, d) for d in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
        ],
        [arr(OUTSIDE, source)],
    )
    for source in ("bfloat16", "float16", "float32", "float64")
]


def _float64_dct(tf):
    return [getattr(tf.signal, name)(np.arange(4.0)) for name in ("dct", "idct")]


ALIVE = {"modes": ("eager", "function"), "reason": "TensorFlow's process dies of the unknown shape"}

signal = [
    *(Case(f"rfft-empty-{shape}", "signal.rfft", [f32(*shape)]) for shape in ((0, 0), (2, 0), (0, 4))),
    Case("rfft2d-empty", "signal.rfft2d", [f32(2, 0, 0)]),
    Case("irfft-empty", "signal.irfft", [arr(np.zeros((2, 0)), "complex64")], **ALIVE),
    Case("rfft-no-length", "signal.rfft", [f32(0, 4)], kwargs={"fft_length": [0]}, **ALIVE),
    Program("dct-of-array", _float64_dct),
    Case("dct-of-integers", "signal.dct", [ints(4)], accept={"InvalidArgumentError": "the type is refused at once"}),
    Case("average-unequal", "experimental.numpy.average", [f32(2, 3)], kwargs={"weights": np.ones((2, 4))}),
]

static = [
    Program("static-value-of-no-tensor", lambda tf: [tf.get_static_value(x) for x in (8, 2.5, "a", [1, 2], None)]),
    Program("static-value-of-variable", lambda tf: tf.get_static_value(tf.Variable(1))),
]

PARTS = [f32(3, 2), f32(2, 2), f32(2, 2)]


def _parts_of_variables(strategy):
    def run(tf):
        parts = [tf.Variable(np.full((rows, 2), float(rows))) for rows in (3, 2, 2)]
        with tf.GradientTape() as tape:
            rows = tf.compat.v1.nn.embedding_lookup(parts, [[0, 5], [6, 2]], partition_strategy=strategy)
        return rows, [(type(g).__name__, g.indices) for g in tape.gradient(rows, parts)]

    return run


embeddings = [
    *(
        Case(
            f"parts-{strategy}-{norm}",
            lambda tf, p, i, s=strategy, n=norm: tf.compat.v1.nn.embedding_lookup(p, i, s, max_norm=n),
            [PARTS, arr([[0, 5, 6], [2, 2, 3]], "int32")],
            grad=True,
        )
        for strategy in ("mod", "div")
        for norm in (None, 0.5)
    ),
    *(Program(f"parts-of-variables-{strategy}", _parts_of_variables(strategy)) for strategy in ("mod", "div")),
    *(
        Case(
            f"sparse-parts-{strategy}",
            lambda tf, p, s=strategy: tf.compat.v1.nn.embedding_lookup_sparse(
                p, tf.sparse.from_dense([[1, 2, 0], [6, 0, 5]]), None, s
            ),
            [PARTS],
            grad=True,
        )
        for strategy in ("mod", "div")
    ),
    Case("parts-uneven", lambda tf, p, i: tf.nn.embedding_lookup(p, i), [PARTS[1:2] + PARTS[:1], arr([4], "int32")]),
    Case("parts-other", lambda tf, p: tf.compat.v1.nn.embedding_lookup(p, [0], "modulo"), [PARTS]),
]

refused = [
    Case("betainc-shapes", lambda tf, x: tf.math.betainc(x, tf.ones([2, 2]), 0.5), [arr([0.5, 1.0], "float32")]),
    Case("betainc-scalar", lambda tf, x: tf.math.betainc(x, tf.ones([2, 2]), 0.5), [arr(0.5, "float32")]),
    Case("add-n-array", lambda tf: tf.add_n(np.array([[1, 2], [3, 4]])), []),
    Case("float-for-axis", lambda tf, x: tf.expand_dims(x, 0.0), [f32(2)], message={"eager": ["Cannot convert 0.0"]}),
    Case(
        "float-for-axis-after-list", lambda tf: tf.expand_dims([1.0], 0.0), message={"eager": ["Value for attr 'Tdim'"]}
    ),
    Case("float-for-count", lambda tf, x: tf.nn.top_k(x, 1.0), [f32(2)]),
    Case("bitcast-sizes", lambda tf, x: tf.bitcast(x, tf.int32), [arr([[1]], "int8")], message=["bitcast from 6 to 3"]),
    Case("edit-distance-beyond", _distance_beyond, message={"eager": ["Got an inner product -3 "]}),
    Case("constant-list-after-number", lambda tf: tf.constant([1, [2]]), message={"eager": ["mixed types"]}),
]

others = [
    Case(
        "fake-quant-ranks",
        lambda tf, x: tf.quantization.fake_quant_with_min_max_vars(x, [[0.0]], 1.0),
        [f32(2)],
        message=["must be rank 0"],
    ),
    Case(
        "fake-quant-channels",
        lambda tf, x: tf.quantization.fake_quant_with_min_max_vars_per_channel(x, [[0.0]], [1.0]),
        [f32(1)],
        message=["must be rank 1"],
    ),
    Case(
        "broadcast-to-other",
        lambda tf, x: tf.broadcast_to(x, [2, 1]),
        [f32(2)],
        message={"eager": ["Unable to broadcast tensor of shape [2]"]},
    ),
    Case("unit-scaling-of-strings", lambda tf: tf.compat.v1.uniform_unit_scaling_initializer(dtype=tf.string)),
    Case("unit-scaling-of-integers", lambda tf: tf.compat.v1.uniform_unit_scaling_initializer()([2], tf.int32)),
    Case(
        "sparse-reshape-inferred",
        lambda tf, n: tf.sparse.reshape(tf.SparseTensor([[0, 1, 2]], [1], [2, 3, 4]), [2, n]).indices,
        [arr(12, "int64")],
    ),
    Case(
        "tridiagonal-of-any-rank",
        lambda tf, m, r: tf.linalg.tridiagonal_solve(m, r, "matrix", partial_pivoting=False),
        [spd(3), f32(3, 1)],
        rank=True,
    ),
    *(
        Case(
            f"poisson-of-{rate}-{dtype}",
            lambda tf, rate=rate, dtype=dtype: tf.random.stateless_poisson([2], [1, 2], np.float64(rate), dtype),
        )
        for rate, dtype in ((np.inf, "float64"), (np.inf, "int32"))
    ),
    Case("constant-of-sequence-by-keys", lambda tf: tf.constant(ByKeys())),
    Case("mask-without-shape", lambda tf, x: tf.sparse.mask(tf.IndexedSlices(x, [0, 2, 3]), [2]), [f32(3, 2)]),
    *(
        Case(f"half-denormals-{name}", name, [arr([-12.0, -17.0, 6e-6, 1e-7], "float16")])
        for name in ("nn.softplus", "math.sigmoid", "math.exp", "math.abs", "math.sqrt")
    ),
    Case("half-denormal-product", lambda tf, x: x * 0.25, [arr([1e-4, 3e-5], "float16")]),
    Case(
        "conv2d-transpose-integers",
        lambda tf, x, w: tf.nn.conv2d_transpose(x, w, [1, 5, 6, 2], 2),
        [ints(1, 3, 3, 3), ints(3, 3, 2, 3)],
    ),
    Case(
        "space-to-depth-quantized",
        lambda tf, x: tf.bitcast(tf.nn.space_to_depth(tf.bitcast(x, tf.qint8), 2), tf.int8),
        [ints(1, 4, 4, 2, dtype="int8")],
    ),
    Case(
        "normal-quantile-ends",
        lambda tf, p: tf.compat.v1.distributions.Normal(0.0, 2.0).quantile(p),
        [arr([0.0, 0.25, 1.0])],
        grad=True,
    ),
]

CASES = [*refused, *others, *random, *special, *scans, *casts, *signal, *static, *embeddings]
