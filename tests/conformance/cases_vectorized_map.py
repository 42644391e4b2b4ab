"""`tf.vectorized_map` of functions that draw random numbers, have effects, or run ops that know nothing of rows."""

from __future__ import annotations

from .inputs import f32
from .runner import Case, Program

ROWS = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]


def rows(name, fn, fallback=False):
    """`fn(tf, row)` for the rows of a small matrix."""
    return Program(
        name, lambda tf: _seeded(tf).vectorized_map(lambda r: fn(tf, r), tf.constant(ROWS), fallback, warn=False)
    )


def _seeded(tf):
    tf.random.set_seed(7)
    return tf


def _effect_once(tf):
    v = tf.Variable(0.0)

    def fn(row):
        v.assign_add(1.0)
        tf.print("row", row)
        return row * 2

    return tf.vectorized_map(fn, tf.constant(ROWS)), v


def _printing(tf, row):
    def printed():
        tf.print("in", row)
        return row

    return tf.cond(row[0] > 2.0, printed, lambda: row + 1.0)


def _after_assert(tf, row, limit):
    with tf.control_dependencies([tf.debugging.Assert(row[0] < limit, [row])]):
        return tf.identity(row)


def _in_loop(tf, row):
    return tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a + tf.random.uniform([2], seed=3)), (0, row))


def _invariant_loop(tf, row):
    return tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a + tf.random.normal([], seed=3)), (0, 0.0))


def _invariant_branch(tf, row):
    return tf.cond(tf.constant(1) > 0, lambda: row + tf.random.uniform([2], seed=3), lambda: row)


def _switched(tf, row):
    index = tf.cast(row[0], tf.int32) % 3
    draw = [lambda seed=seed: tf.random.uniform([2], seed=seed) for seed in (3, 4)]
    return tf.switch_case(index, [lambda: row, *draw])


def _generator(tf):
    generator = tf.random.Generator.from_seed(1)
    # TensorFlow's loops over rows draw in any order.
    return tf.sort(tf.vectorized_map(lambda r: generator.normal([2]), tf.constant(ROWS), warn=False), axis=0)


def _called_twice(tf):
    _seeded(tf)
    g = tf.function(lambda r: r + tf.random.uniform([2], seed=3), autograph=False)
    return tf.vectorized_map(lambda r: g(r) + g(r), tf.constant(ROWS), False)


def _gradient(tf):
    _seeded(tf)
    x = tf.constant(ROWS)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.vectorized_map(lambda r: r * tf.random.gamma([2], alpha=r, seed=3), x, False)
    return y, tape.gradient(y, x)


def _callback(tf):
    seen = []

    def call(row):
        seen.append(float(row[0]))
        return row * 2

    return tf.vectorized_map(lambda r: tf.py_function(call, [r], tf.float32), tf.constant(ROWS), warn=False), seen


def _ragged(tf):
    return tf.RaggedTensor.from_uniform_row_length(tf.RaggedTensor.from_row_lengths(tf.range(12), [3] * 4), 2)


def _created(tf, mapped):
    made = []

    def fn(row):
        if not made:
            made.append(tf.Variable([1.0, 2.0]))
        return row * made[0]

    return tf.function(lambda x: mapped(fn, x), autograph=False)(tf.constant(ROWS))


CASES = [
    rows("check-numerics", lambda tf, r: tf.debugging.check_numerics(r, "m") * 2.0),
    rows("check-numerics-fails", lambda tf, r: tf.debugging.check_numerics(r / 0.0, "m")),
    rows("print-of-rows", lambda tf, r: tf.raw_ops.Print(input=r, data=[r], message="m") * 2.0),
    rows("print-of-one", lambda tf, r: r + tf.raw_ops.Print(input=tf.constant(1.0), data=[r], message="m")),
    rows("print-beside-rows", lambda tf, r: tf.raw_ops.Print(input=r, data=[tf.constant(3.0)], message="m")),
    rows("categorical-of-row", lambda tf, r: tf.random.categorical(r[None], 5, seed=3)),
    rows("categorical-unseeded", lambda tf, r: tf.random.categorical([r, -r], 4)),
    rows("gamma-of-row", lambda tf, r: tf.random.gamma([3], alpha=r, beta=r[0], seed=3)),
    rows("gamma-invariant", lambda tf, r: tf.random.gamma([3], alpha=[1.0, 2.0], seed=3)),
    rows("poisson-of-row", lambda tf, r: tf.random.poisson([3], lam=r, seed=3)),
    rows("normal-of-shape", lambda tf, r: r * tf.random.normal(tf.shape(r), seed=1)),
    rows("two-draws", lambda tf, r: [tf.random.uniform([], seed=3), tf.random.uniform([], seed=3)]),
    rows("uniform-int-of-row", lambda tf, r: 0 * tf.random.uniform([3], 0, tf.cast(r[1], tf.int32), tf.int32), True),
    rows("shuffle", lambda tf, r: tf.random.shuffle(r, seed=3)),
    rows("shuffle-one-by-one", lambda tf, r: tf.sort(tf.random.shuffle(r, seed=3)), True),
    rows("draw-in-branch-by-row", lambda tf, r: tf.cond(r[0] > 2.0, lambda: tf.random.uniform([2], seed=3), lambda: r)),
    rows("draw-in-branch", _invariant_branch),
    rows("draw-in-switch-by-row", _switched),
    rows("draw-in-loop", _in_loop),
    rows("draw-in-loop-over-nothing-of-rows", _invariant_loop),
    Program("draw-in-call", _called_twice),
    Program("draw-gradient", _gradient),
    Program("generator", _generator),
    Program("no-rows", lambda tf: tf.vectorized_map(lambda r: r + tf.random.uniform([3]), tf.ones([0, 3])).shape),
    Program("effects-once", _effect_once),
    rows("print-in-branch-by-row", _printing),
    rows("assert-of-first-row", lambda tf, r: (tf.debugging.assert_less(r[0], 2.0), r)[1]),
    rows("assert-fails", lambda tf, r: (tf.debugging.assert_less(r[0], 1.0), r)[1]),
    rows("control-dependency", lambda tf, r: _after_assert(tf, r, 9.0)),
    rows("control-dependency-fails", lambda tf, r: _after_assert(tf, r, 4.0)),
    Program(
        "assign-of-row",
        lambda tf: (lambda v: tf.vectorized_map(lambda r: v.assign_add(r), tf.constant(ROWS), warn=False))(
            tf.Variable([1.0, 2.0])
        ),
    ),
    Program("py-function", _callback),
    rows("strings", lambda tf, r: tf.strings.join([tf.strings.as_string(r), "x"]), True),
    rows("strings-at-once", lambda tf, r: tf.strings.as_string(r)),
    rows("unique", lambda tf, r: tf.unique(r)[0], True),
    rows("where-of-uneven-rows", lambda tf, r: tf.where(r > 2.0), True),
    rows("optional", lambda tf, r: tf.experimental.Optional.from_value(r * 2).get_value()),
    Program(
        "csv", lambda tf: tf.vectorized_map(lambda s: tf.io.decode_csv(s, [[0.0], [1]]), tf.constant(["1,2", "3,4"]))
    ),
    Program("ragged", lambda tf: tf.vectorized_map(lambda r: r.to_tensor(shape=[2, 3]) * 2, _ragged(tf), warn=False)),
    Program("ragged-rows", lambda tf: tf.vectorized_map(lambda r: r * 2, tf.ragged.constant([[1], [2]]), warn=False)),
    Program("ragged-uneven", lambda tf: tf.vectorized_map(lambda r: r * 2, tf.ragged.constant([[1], []]), warn=False)),
    Program("scalar", lambda tf: tf.vectorized_map(lambda r: r, tf.constant(1))),
    Program("creates-variable", lambda tf: _created(tf, tf.vectorized_map)),
    Program("map-fn-creates-variable", lambda tf: _created(tf, tf.map_fn)),
    Case(
        "draw-shape",
        lambda tf, x: tf.zeros_like(tf.vectorized_map(lambda r: tf.random.normal(tf.shape(r)), x)),
        [f32(2, 3)],
    ),
]
