"""`tf.debugging`: checks of values, shapes and types that hold and that do not."""

from __future__ import annotations

import re

from .inputs import arr, bools, f32, f64, ints, strs
from .runner import Case, Program, raised

_LOW, _HIGH = [1, 2, 3], [2, 3, 4]


def _then(check):
    def run(tf, *inputs):
        with tf.control_dependencies([done] if (done := check(tf, *inputs)) is not None else []):
            return inputs[0] + 1

    return run


def _compared(name):
    return [
        Case(f"{name}-{label}", _then(lambda tf, x, y: getattr(tf.debugging, f"assert_{name}")(x, y)), [a, b])
        for label, a, b in (
            ("below", arr(_LOW), arr(_HIGH)),
            ("same", arr(_LOW), arr(_LOW)),
            ("above", arr(_HIGH), arr(_LOW)),
            ("crossed", arr([1, 5]), arr([5, 1])),
            ("broadcast", arr([[1, 2], [3, 4]]), arr(2)),
            ("float", arr([1.0, 2.0]), arr([1.0, 3.0])),
            ("dtypes", ints(2), f32(2)),
        )
    ]


def _signed(name):
    return [
        Case(f"{name}-{label}", _then(lambda tf, x: getattr(tf.debugging, f"assert_{name}")(x)), [a])
        for label, a in (
            ("negative", arr([-1.0, -2.0])),
            ("zero", arr([0, 0])),
            ("positive", arr([1.0, 2.0])),
            ("mixed", arr([1.0, -2.0, 0.0])),
            ("scalar", arr(-1)),
        )
    ]


def _ranked(name, *ranks):
    return [
        Case(f"{name}-{i}-of-{len(shape)}", _then(lambda tf, x, r=r: getattr(tf.debugging, name)(x, r)), [f32(*shape)])
        for i, r in enumerate(ranks)
        for shape in ((), (2,), (2, 3))
    ]


def _shapes(label, *pairs):
    return Case(
        f"shapes-{label}",
        _then(lambda tf, *xs: tf.debugging.assert_shapes([(x, s) for x, (_, s) in zip(xs, pairs, strict=True)])),
        [f32(*dims) for dims, _ in pairs],
    )


def _rank_that_is_no_scalar(tf):
    v1 = tf.compat.v1

    def checked(name):
        with tf.Graph().as_default(), v1.Session() as session:
            x, rank = v1.placeholder(tf.float32), v1.placeholder(tf.int32)
            check = getattr(v1, name)(x, (1, rank) if name == "assert_rank_in" else rank)
            return raised(lambda: session.run(check, {x: [1.0], rank: [1, 2]}))

    return [checked(name) for name in ("assert_rank", "assert_rank_at_least", "assert_rank_in")]


CASES = [
    *(
        case
        for name in ("equal", "none_equal", "less", "less_equal", "greater", "greater_equal", "near")
        for case in _compared(name)
    ),
    *(case for name in ("negative", "positive", "non_negative", "non_positive") for case in _signed(name)),
    *_ranked("assert_rank", 0, 1, 2, [1]),
    *_ranked("assert_rank_at_least", 0, 1, 2),
    *_ranked("assert_rank_in", [0, 1], (2,)),
    Case("rank-of-tensor", _then(lambda tf, x, r: tf.debugging.assert_rank(x, r)), [f32(2), ints()]),
    Case("scalar", _then(lambda tf, x: tf.debugging.assert_scalar(x)), [f32()]),
    Case("scalar-of-vector", lambda tf, x: tf.debugging.assert_scalar(x), [f32(2)]),
    _shapes("agree", ((2, 3), ("n", "m")), ((3,), "m")),
    _shapes("contradict", ((2, 3), ("n", "m")), ((2,), "m")),
    _shapes("open", ((2, 3), ("...", 3)), ((3, 3), "*3")),
    _shapes("open-rank", ((3,), (..., "a", "b")), ((3,), "a")),
    _shapes("explicit", ((2, 3), (2, 4))),
    _shapes("any", ((2, 3), (None, "."))),
    _shapes("scalar", ((), ()), ((), (1,))),
    _shapes("late-dots", ((2, 3), (2, ...))),
    _shapes("not-a-shape", ((2, 3), 2)),
    Case("near-tolerance", _then(lambda tf, x: tf.debugging.assert_near(x, x + 0.01, atol=0.1)), [f32(3)]),
    Case("near-relative", _then(lambda tf, x: tf.debugging.assert_near(x, x * 1.5, rtol=0.1)), [arr([1.0, 2.0])]),
    Case("near-double", _then(lambda tf, x: tf.debugging.assert_near(x, x + 1e-15)), [f64(3)]),
    Case("all-finite", lambda tf, x: tf.debugging.assert_all_finite(x, "not finite"), [f32(3)], grad=True),
    Case("all-finite-nan", lambda tf, x: tf.debugging.assert_all_finite(x, "not"), [arr([1.0, float("nan")])]),
    Case("integer", _then(lambda tf, x: tf.debugging.assert_integer(x)), [ints(3)]),
    Case("integer-of-float", lambda tf, x: tf.debugging.assert_integer(x, message="wanted"), [f32(3)]),
    Case("type", lambda tf, x: tf.debugging.assert_type(x, tf.float32), [f32(3)]),
    Case("type-differs", lambda tf, x: tf.debugging.assert_type(x, "int32"), [f32(3)]),
    Case(
        "same-float-dtype",
        lambda tf, x, y: [
            tf.debugging.assert_same_float_dtype().name,
            tf.debugging.assert_same_float_dtype([x, None]).name,
            tf.debugging.assert_same_float_dtype([y], tf.float64).name,
        ],
        [f32(3), f64(2)],
    ),
    Case("same-float-dtype-differs", lambda tf, x, y: tf.debugging.assert_same_float_dtype([x, y]), [f32(3), f64(2)]),
    Case("same-float-dtype-integers", lambda tf, x: tf.debugging.assert_same_float_dtype([x]), [ints(3)]),
    Case(
        "is-numeric",
        lambda tf, *xs: [*(tf.debugging.is_numeric_tensor(x) for x in xs), tf.debugging.is_numeric_tensor([1])],
        [f32(2), ints(2), bools(2), strs(2)],
    ),
    Program(
        "proper-iterable",
        lambda tf: [
            tf.debugging.assert_proper_iterable([1]),
            *(
                raised(lambda v=v: tf.debugging.assert_proper_iterable(v))
                for v in (tf.constant([1]), "text", 3, b"bytes")
            ),
        ],
    ),
    Program("static-in-graph", lambda tf: _static(tf)),
    Program("sparse", lambda tf: [_sparse(tf), tf.function(lambda: _sparse(tf), autograph=False)()]),
    Program("rank-before-sizes", lambda tf: _rank_before_sizes(tf)),
    Program("before-failure", lambda tf: _before_failure(tf)),
    Program("written-before", lambda tf: _written_before(tf)),
    Program("operations", lambda tf: _operations(tf)),
    Program("quotes-in-messages", lambda tf: _quotes_in_messages(tf)),
    Program("rank-that-is-no-scalar", _rank_that_is_no_scalar),
]


def _quotes_in_messages(tf):
    """What an assertion of a function shows of strings is escaped."""
    text = 'it\'s "q" \n\t\\ \x01 é'

    @tf.function(autograph=False)
    def fails(condition, *data):
        tf.debugging.Assert(condition, [*data, 1.5])
        return 1

    shown = []
    for data in (text, tf.constant([text, "b"])):
        try:
            fails(tf.constant(False), data)
        except tf.errors.InvalidArgumentError as error:
            shown.append(re.search(r"assertion failed: (.* \[1.5\])", error.message).group(1))
    return shown


def _sparse(tf):
    x = tf.sparse.from_dense([[1.0, 0.0], [0.0, 2.0]])
    tf.debugging.assert_shapes([(x, ("N", "N")), (x.values, ("M",))])
    tf.debugging.assert_type(x, tf.float32)
    wrong = [
        lambda: tf.debugging.assert_shapes([(x, (2, 3))]),
        lambda: tf.debugging.assert_shapes([(x, (2,))]),
        lambda: tf.debugging.assert_type(x, tf.int32),
        lambda: tf.debugging.assert_type(tf.ragged.constant([[1.0]]), tf.int32),
    ]
    return [tf.constant(raised(check)) for check in wrong]


def _rank_before_sizes(tf):
    """What is reported for a shape of too low a rank, known at run time only."""

    @tf.function(input_signature=[tf.TensorSpec(None)])
    def f(x):
        tf.debugging.assert_shapes([(x, (2, "N"))])
        return x

    messages = []
    for shape in ([2], [], [3, 3]):
        try:
            f(tf.zeros(shape))
        except tf.errors.InvalidArgumentError as error:
            messages.append("must have rank" in error.message)
    return f(tf.zeros([2, 3])), messages


def _before_failure(tf):
    """What an assertion refuses is reported before the failure that it guards against."""

    @tf.function
    def f(n):
        with tf.control_dependencies([tf.Assert(n > 3, ["too small"])]):
            size = n - 4
        return tf.fill([size], 1.0)

    messages = []
    for n in (3, 2, 3):
        try:
            f(tf.constant(n))
        except tf.errors.InvalidArgumentError as error:
            messages.append("too small" in error.message)
    return f(tf.constant(6)), messages


def _operations(tf):
    """What checks of TensorFlow 1 give, and what nodes say of an unknown shape."""
    with tf.Graph().as_default():
        x = tf.compat.v1.placeholder(tf.int32)
        checks = [tf.compat.v1.assert_integer(x), tf.compat.v1.assert_equal(x, x), tf.debugging.assert_equal(x, x)]
        unknown = tf.ensure_shape(x, None).op
        return [c.type for c in checks], str(unknown.get_attr("shape")), str(unknown.node_def.attr["shape"])


def _static(tf):
    results = []
    with tf.Graph().as_default():
        for check in (
            lambda: tf.debugging.assert_equal(tf.constant(1), 2),
            lambda: tf.debugging.assert_less(tf.constant([1, 2]), 3).type,
            lambda: tf.debugging.assert_rank(tf.constant(1), 0).type,
            lambda: tf.debugging.assert_positive([-1.0]),
        ):
            results.append(raised(check))
    return results


def _written_before(tf):
    """What a function writes before a check that does not hold stays written."""
    v, w, g = tf.Variable(0), tf.Variable([1.0, 1.0, 1.0]), tf.random.Generator.from_seed(1)

    @tf.function
    def counted(x, limit):
        v.assign_add(x)
        tf.debugging.assert_less(v, limit)

    @tf.function
    def gathered(row):
        w.scatter_nd_update([[0]], [tf.reduce_sum(w)])
        w.assign(tf.fill([3], tf.gather(w, row)))

    @tf.function
    def drawn(low):
        tf.debugging.assert_greater(g.uniform([]), low)

    @tf.function
    def reshaped(size):
        return tf.reshape(tf.fill([6], v.assign_add(1)), [size, -1])

    results = []
    for call in (
        lambda: counted(3, 2),
        lambda: counted(3, 9),
        lambda: counted(tf.constant(3), tf.constant(9)),
        lambda: gathered(tf.constant(1)),
        lambda: gathered(tf.constant(7)),
        lambda: drawn(tf.constant(1.0)),
        lambda: drawn(tf.constant(-1.0)),
        lambda: reshaped(tf.constant(2)),
        lambda: reshaped(tf.constant(4)),
    ):
        results.append((raised(call), v.numpy(), w.numpy(), g.state.numpy()))
    return results
