"""Functions and types of the numeric namespaces that the families' tables do not name."""

from __future__ import annotations

import numpy as np

from .inputs import COMPLEX, WIDE_FLOATS, arr, f32
from .runner import Case, Program, over, raised


def numpy_types(tf):
    tnp = tf.experimental.numpy
    types = [
        tnp.bool_, tnp.complex64, tnp.float16, tnp.float32, tnp.inexact, tnp.int16, tnp.int32, tnp.int8, tnp.int_,
        tnp.object_, tnp.uint16, tnp.uint32, tnp.uint64, tnp.uint8, tnp.float64, tnp.complex128, tnp.int64,
    ]  # fmt: skip
    made = [tnp.zeros(2, t) for t in types if t not in (tnp.inexact, tnp.object_)]
    return [[t.__name__ for t in types], [isinstance(t, type) for t in types], made, tnp.newaxis, tnp.pi, tnp.e]


def numpy_random(tf):
    tnp = tf.experimental.numpy
    tnp.random.seed(3)
    made = [
        tnp.random.randn(),
        tnp.random.randn(2, 3),
        tnp.random.random(4),
        tnp.random.random((2, 1)),
        tnp.random.standard_normal(3),
        tnp.random.uniform(),
        tnp.random.uniform(2, 5, (3,)),
        tnp.random.uniform(size=2),
        tnp.random.rand(2),
        tnp.random.randint(3, size=2),
        tnp.random.poisson(3.0, 2),
    ]
    return [[str(x.shape), x.dtype] for x in made]


def numpy_random_ranges(tf):
    tnp = tf.experimental.numpy
    uniform, integers = tnp.random.uniform(2.0, 5.0, (200,)), tnp.random.randint(3, 7, (200,))
    normal = tnp.random.standard_normal((2000,)).numpy()
    return [
        bool((uniform.numpy() >= 2).all() and (uniform.numpy() < 5).all()), sorted(set(integers.numpy().tolist())),
        abs(float(normal.mean())) < 0.2, 0.8 < float(normal.std()) < 1.2, 0 <= tnp.random.random(1).numpy()[0] < 1,
    ]  # fmt: skip


def ordered(values):
    """Eigenvalues in an order of their own: LAPACK's two paths need not agree on one."""
    return np.sort_complex(np.round(values.numpy().astype(np.complex128), 4))


def eigenvalues(tf, dtype, matrix):
    x = tf.cast(matrix, dtype)
    values, vectors = tf.linalg.eig(x)
    # A v = v diag(w), whatever the order and the scale of the vectors.
    again = tf.matmul(tf.cast(x, values.dtype), vectors) - vectors * values[..., tf.newaxis, :]
    return [
        ordered(values), ordered(tf.linalg.eigvals(x)), values.dtype, vectors.dtype, str(vectors.shape),
        bool(np.abs(again.numpy()).max() < 1e-3), np.round(np.linalg.norm(vectors.numpy(), axis=-2), 3),
    ]  # fmt: skip


def eigen(dtype):
    matrix = np.array([[[4.0, 1, 0], [2, 3, -1], [0, 5, 1]], [[0, 1, 0], [-1, 0, 0], [0, 0, 2]]])
    return lambda tf: eigenvalues(tf, dtype, matrix)


def eigen_refused(tf):
    return [
        raised(lambda: tf.linalg.eig(tf.ones([2, 3]))), raised(lambda: tf.linalg.eigvals(tf.ones([3]))),
        str(tf.linalg.eigvals(tf.ones([0, 2, 2])).shape),
        [str(x.shape) for x in tf.linalg.eig(tf.ones([0, 0]))],
    ]  # fmt: skip


def nests(tf):
    structure = {"b": [1, (2, 3)], "a": None}
    packed = tf.nest.pack_sequence_as(structure, ["x", 1, 2, 3])
    return [
        packed,
        [tf.nest.is_nested(x) for x in (1, [1], (1,), {"a": 1}, "text", tf.constant([1]), np.ones(2), {1, 2}, None)],
        raised(lambda: tf.nest.pack_sequence_as(structure, [1])),
        raised(lambda: tf.nest.pack_sequence_as(structure, [1, 2, 3, 4, 5])),
        raised(lambda: tf.nest.pack_sequence_as(1, [1, 2])), tf.nest.pack_sequence_as(7, ["only"]),
    ]  # fmt: skip


def windows(tf):
    return [
        [window(length) for length in (1, 2, 5, 8)] + [window(6, dtype=tf.float64), window(6, name="w")]
        for window in (tf.signal.hann_window, tf.signal.hamming_window)
    ] + [
        tf.signal.hann_window(5, periodic=False), tf.signal.vorbis_window(8), tf.signal.vorbis_window(6, tf.float64),
        tf.signal.kaiser_bessel_derived_window(8), tf.signal.kaiser_bessel_derived_window(6, 4.0, tf.float64),
    ]  # fmt: skip


def own_operator(tf):
    class Doubling(tf.linalg.LinearOperator):
        """What a user's own class needs."""

        def __init__(self, size):
            self.size = size
            super().__init__(dtype=tf.float32, is_self_adjoint=True, is_positive_definite=True, is_square=True)

        def _shape(self):
            return tf.TensorShape([self.size, self.size])

        def _matmul(self, x, adjoint=False, adjoint_arg=False):
            return 2.0 * (tf.linalg.adjoint(x) if adjoint_arg else x)

        def matmul_right(self, x, name="matmul_right"):
            with self._name_scope(name) as scope:
                x = tf.convert_to_tensor(x)
                self._check_input_dtype(x)
                return scope, tf.linalg.matrix_transpose(self.matmul(x, adjoint_arg=True))

    operator, x = Doubling(3), tf.reshape(tf.range(6.0), [3, 2])
    return [
        raised(lambda: tf.linalg.LinearOperator(tf.float32, is_square=True)), operator.to_dense(), operator.matmul(x),
        operator.solve(x), operator.inverse().matmul(x), operator.trace(), operator.log_abs_determinant(),
        operator.cholesky().to_dense(), operator.adjoint() is operator, operator @ tf.ones([3, 1]), operator.cond(),
        operator.matmul_right(tf.ones([1, 3])), raised(lambda: operator.matmul_right([1])),
    ]  # fmt: skip


EINSUMS = (
    ("ij,jk", ((2, 3), (3, 4))),
    ("ij,jk->", ((2, 3), (3, 4))),
    ("ii->i", ((3, 3),)),
    ("ii", ((3, 3),)),
    ("iij->ij", ((2, 2, 3),)),
    ("i,j,k->kij", ((2,), (3,), (4,))),
    ("...ij,...jk->...ik", ((5, 2, 3), (3, 4))),
    ("...ij,...jk->...ik", ((5, 1, 2, 3), (6, 3, 4))),
    ("...i->...", ((2, 3),)),
    ("i...->...i", ((2, 3, 4),)),
    ("ij->", ((2, 3),)),
    ("ij->ji", ((2, 3),)),
    ("bij,bkj->bik", ((2, 3, 4), (2, 5, 4))),
    ("ab,ab->ab", ((2, 3), (2, 3))),
    ("ab,b->a", ((2, 3), (3,))),
    (",->", ((), ())),
    ("a,->a", ((3,), ())),
    ("aab,bc->ac", ((2, 2, 3), (3, 4))),
    ("ab,cd->", ((2, 3), (4, 5))),
    ("a b , b c -> a c", ((2, 3), (3, 4))),
    ("ij,jk,kl->il", ((2, 3), (3, 4), (4, 2))),
    ("ba", ((2, 3),)),
    ("zy,yx", ((2, 3), (3, 4))),
    ("ij,jk->ik", ((0, 3), (3, 4))),
    ("ij,jk->ik", ((2, 0), (0, 4))),
)
REFUSED_EINSUMS = (
    ("ij,jk->il", ((2, 3), (3, 4))),
    ("ij,jk->ii", ((2, 3), (3, 4))),
    ("ij", ((2, 3, 4),)),
    ("ij,jk->ik", ((2, 3),)),
    ("ij,jk->ik", ((2, 3), (4, 5))),
    ("i->ii", ((3,),)),
    ("ij->i->j", ((2, 3),)),
    ("ij.->i", ((2, 3),)),
    ("ii->i", ((2, 3),)),
    ("", ((2,),)),
)


def einsums():
    for number, (equation, shapes) in enumerate(EINSUMS):
        yield Case(
            f"einsum-{number}", lambda tf, *x, e=equation: tf.einsum(e, *x), [f32(*s) for s in shapes], grad=True,
            finer_shapes="the known sizes are worked out",
        )  # fmt: skip
    for number, (equation, shapes) in enumerate(REFUSED_EINSUMS):
        yield Case(
            f"einsum-refused-{number}", lambda tf, *x, e=equation: tf.einsum(e, *x), [f32(*s) for s in shapes],
            modes=("eager",), reason="the sizes are known",
        )  # fmt: skip
    for how in ("greedy", "optimal", "branch-2", "auto"):
        yield Case(
            f"einsum-optimize-{how}", lambda tf, x, y, z, h=how: tf.einsum("ij,jk,kl->il", x, y, z, optimize=h),
            [f32(2, 3), f32(3, 4), f32(4, 2)],
        )  # fmt: skip


DIAGONALS = [
    (k, align)
    for k in (0, 1, -2, (-1, 1), (0, 2), (-2, -1))
    for align in ("RIGHT_LEFT", "LEFT_RIGHT", "LEFT_LEFT", "RIGHT_RIGHT")
    if isinstance(k, tuple) or align == "RIGHT_LEFT"
]


def diagonals():
    for k, align in DIAGONALS:
        id = f"{k}-{align}".replace(" ", "")
        options = {"k": k, "align": align}

        def set_part(tf, x, options=options):
            return tf.linalg.set_diag(x, tf.linalg.diag_part(x, **options) * 2.0, **options)

        bands = {"value": "TensorFlow's shape function takes a band for one diagonal where sizes are unknown"}
        yield Case(f"diag-part-{id}", "linalg.diag_part", [f32(2, 3, 4)], grad=True, accept=bands,
                   kwargs={**options, "padding_value": 7.0})  # fmt: skip
        yield Case(f"set-diag-{id}", set_part, [f32(2, 3, 4)], grad=True, accept=bands)
    for rank, shapes in enumerate((((2, 3), (3,)), ((3,), (3,)), ((2, 3, 3), (3,)), ((3, 3), (2,)))):
        yield Case(f"set-diag-refused-{rank}", "linalg.set_diag", [f32(*s) for s in shapes],
                   modes=("eager", "function"), reason="the sizes are known")  # fmt: skip


CASES = [
    Program("np-types", numpy_types),
    Program("np-random", numpy_random),
    Program("np-random-ranges", numpy_random_ranges),
    *over("np-cosh", "experimental.numpy.cosh", (*WIDE_FLOATS, *COMPLEX), [(3,)], grad=True),
    *(Program(f"eig-{dtype}", eigen(dtype), rtol=1e-3, atol=1e-3) for dtype in (*WIDE_FLOATS, *COMPLEX)),
    Program("eig-refused", eigen_refused),
    Program("nest-packing", nests),
    Program("windows", windows, rtol=1e-5, atol=1e-6),
    Program("lo-own", own_operator, rtol=1e-5),
    *(
        Case(f"negative-zero-{name}", f"math.{name}", [arr([-0.0, 0.0, -0.0])] * count, negative_zero=True)
        for name, count in (("sign", 1), ("sqrt", 1), ("round", 1), ("negative", 1), ("multiply", 2))
    ),
    *over(
        "sum-of-many",
        lambda tf, x: tf.reduce_sum(tf.fill([50, 100], x * 0 + tf.cast(0.1, x.dtype))),
        ("bfloat16", "float16", "float32"),
        [()],
        rtol=1e-2,
    ),
    Case("pow-of-complex-zero", "pow", [arr([0j, 2 + 1j], "complex64"), arr([1 + 1j, 0j], "complex64")], grad=True),
    Case("saturate-bfloat16", lambda tf, x: tf.saturate_cast(x, "uint64"), [arr([1.0, 300.0], "bfloat16")]),
    *einsums(),
    *diagonals(),
    Program(
        "samplers",
        lambda tf: [
            tf.random.all_candidate_sampler([[1], [2]], 1, 4, True, seed=3),
            tf.random.fixed_unigram_candidate_sampler([[1]], 1, 2, True, 4, unigrams=[1.0, 2.0, 3.0, 4.0], seed=3),
        ],
    ),
]
