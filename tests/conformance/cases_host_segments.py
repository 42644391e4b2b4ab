"""Functions in which host ops stand between compiled parts: shapes that depend on data, assertions, jit_compile."""

from __future__ import annotations

from .inputs import arr, bools, f32, ints, strs
from .runner import Case, Program, raised


def _compiled(name, fn, *arguments):
    """A function with jit_compile=True: its value or its error."""

    def run(tf):
        inputs = [tf.constant(a) for a in arguments]
        return tf.function(lambda *x: fn(tf, *x), jit_compile=True, autograph=False)(*inputs)

    return Program(f"jit-{name}", run)


def _refused(name, op, fn, *arguments):
    def run(tf):
        function = tf.function(lambda *x: fn(tf, *x), jit_compile=True, autograph=False)
        inputs = [tf.constant(a) for a in arguments]
        return [_refusal(op, lambda: function(*inputs)) for _ in range(2)]

    return Program(f"jit-refuses-{name}", run)


def _refusal(op, call):
    try:
        call()
    except Exception as error:
        text = str(error)
        return type(error).__name__, "Detected unsupported operations when trying to compile graph" in text, op in text
    return None


def _table(tf, x):
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer([1, 2], [3, 4]), 0)
    return table.lookup(x)


def _quiet(tf, x):
    tf.print(x, output_stream="file:///dev/null")
    return x


def _message(call):
    """The data of a failed assertion."""
    try:
        call()
    except Exception as error:
        lines = [line for line in str(error).split("\n") if "assertion failed" in line]
        return type(error).__name__, lines[0].split("assertion failed: ")[1].split(" [Op:")[0] if lines else ""
    return None


def _assertions(tf):
    def failed(condition, data, argument, **options):
        def body(x):
            tf.debugging.Assert(condition(x), data(x), **options)

        return _message(lambda: tf.function(body, autograph=False)(tf.constant(argument)))

    return [
        failed(lambda x: tf.reduce_all(x > 0), lambda x: ["msg", x, x * 2.5], [1.0, -2.0, 3.5, 4.0]),
        failed(lambda x: tf.reduce_all(x > 0), lambda x: [x], [[1, -2], [3, 4]], summarize=-1),
        failed(lambda x: x > 0, lambda x: [x, True, 1e-7], -1.5),
        failed(lambda x: x == "a", lambda x: ["is", x], "b"),
        failed(lambda x: tf.reduce_sum(x) < 0, lambda x: [x, tf.shape(x)], [[0, 1, 2], [3, 4, 5]], summarize=4),
        failed(lambda x: x > 0, lambda x: [x], 1),
    ]


def _assertion_shapes(tf):
    found = []
    for shape in ([], [1], [5], [0], [2, 3], [3, 2, 2], [2, 0], [1, 1], [4, 1]):
        for n in (None, -1, 0, 1, 2, 4, 7):

            def body(x, n=n):
                tf.debugging.Assert(tf.reduce_sum(x) < 0, [x], summarize=n)

            size = 1
            for d in shape:
                size *= d
            argument = tf.reshape(tf.range(size), shape)
            found.append(_message(lambda b=body, a=argument: tf.function(b, autograph=False)(a)))
    return found


def _comparisons(tf):
    def failed(name, x, y, **options):
        def body(a, b):
            getattr(tf.debugging, f"assert_{name}")(a, b, **options)

        call = tf.function(body, autograph=False)
        return raised(lambda: call(tf.constant(x), tf.constant(y)))

    return [
        failed("equal", [1, 2], [1, 3], message="hey"),
        failed("equal", ["a", "b"], ["a", "c"]),
        failed("equal", ["a", "b"], ["a", "b"]),
        failed("less", [1.0, 2.0], 1.5),
        failed("near", [1.0, 2.0], [1.0, 2.1]),
    ]


def _before_and_after(tf):
    steps = tf.Variable(0)

    @tf.function(autograph=False)
    def f(x):
        steps.assign_add(1)
        picked = tf.boolean_mask(x, x > 0)
        with tf.control_dependencies([tf.debugging.assert_greater(tf.size(picked), 0)]):
            mean = tf.reduce_mean(picked)
        steps.assign_add(10)
        return mean * tf.cast(steps, tf.float32)

    first = f(tf.constant([1.0, -1.0, 3.0]))
    second = f(tf.constant([1.0, -1.0, 3.0, 5.0]))
    # What was assigned after a failed assertion is up to chance in TensorFlow.
    return first, second, steps.numpy(), raised(lambda: f(tf.constant([-1.0])))


def _masked_gradient(tf, x, m):
    return tf.reduce_sum(tf.boolean_mask(x, m) ** 2)


def _checks_of_each_shape(tf):
    """What holds for the first shape need not hold for another."""

    @tf.function(input_signature=[tf.TensorSpec([None, None])])
    def of_size(x):
        tf.debugging.assert_equal(tf.shape(x)[0], 3)
        return x + 1.0

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32)])
    def of_values(indices):
        return tf.gather(tf.range(3.0), indices)

    sizes = [raised(lambda n=n: of_size(tf.ones([n, 2]))) for n in (3, 2, 3, 4)]
    return [sizes, [raised(lambda i=i: of_values(i)) for i in ([0][:0], [5], [1, 2], [7, 1])]]


CASES = [
    Case("boolean-mask", lambda tf, x, m: tf.boolean_mask(x, m), [f32(4, 3), bools(4)], rank=False),
    Case("boolean-mask-grad", _masked_gradient, [f32(4, 3), bools(4)], grad=True),
    Case("boolean-mask-2d", lambda tf, x, m: tf.boolean_mask(x, m), [f32(4, 3), bools(4, 3)]),
    Case("boolean-mask-axis", lambda tf, x, m: tf.boolean_mask(x, m, axis=1), [f32(4, 3), bools(3)]),
    Case("where", lambda tf, c: tf.where(c), [bools(3, 4)]),
    Case("where-then", lambda tf, x: tf.gather_nd(x, tf.where(x > 0)) * 2.0, [f32(3, 4)], grad=True),
    Case("where-numbers", lambda tf, x: tf.where(x), [ints(3, 4, low=0, high=2)]),
    Case("unique", lambda tf, x: tf.unique(x), [ints(9, low=0, high=4)]),
    Case("unique-int64", lambda tf, x: tf.unique(x, tf.int64), [ints(9, low=0, high=4)]),
    Case("unique-strings", lambda tf, x: tf.unique(x), [strs(9)]),
    Case("unique-counts", lambda tf, x: tf.unique_with_counts(x), [ints(9, low=0, high=4)]),
    Case("unique-counts-strings", lambda tf, x: tf.unique_with_counts(x), [strs(9)]),
    Case("unique-then", lambda tf, x: tf.gather(tf.unique(x).y, tf.unique(x).idx) - x, [ints(9, low=0, high=4)]),
    Case("setdiff", lambda tf, x, y: tf.compat.v1.setdiff1d(x, y), [ints(9, low=0, high=4), arr([1, 2])]),
    Case("range", lambda tf, n: tf.range(n), [arr(5)]),
    Case("range-computed", lambda tf, x: tf.range(tf.reduce_max(x)), [arr([2, 5, 1])]),
    Case("range-float", lambda tf, a, b: tf.range(a, b, 0.5), [arr(1.0), arr(3.0)]),
    Case("range-sum", lambda tf, x: tf.reduce_sum(tf.range(tf.size(tf.where(x > 0)))), [f32(7)]),
    Case("repeat", lambda tf, x, n: tf.repeat(x, n), [f32(3), arr([2, 0, 3])], grad=True),
    Case("repeat-axis", lambda tf, x, n: tf.repeat(x, n, axis=1), [f32(2, 3), arr([2, 0, 3])]),
    Case("repeat-scalar", lambda tf, x, n: tf.repeat(x, n, axis=0), [f32(2, 3), arr(2)]),
    Case("partition", lambda tf, x, p: tf.dynamic_partition(x, p, 3), [f32(6, 2), ints(6, low=0, high=3)], grad=True),
    Case(
        "partition-stitch",
        lambda tf, x, p: tf.dynamic_stitch(
            tf.dynamic_partition(tf.range(tf.shape(x)[0]), p, 2), tf.dynamic_partition(x, p, 2)
        ),
        [f32(6, 2), ints(6, low=0, high=2)],
    ),
    Case(
        "mask-of-mask",
        lambda tf, x: tf.boolean_mask(tf.boolean_mask(x, x > -1.0), tf.boolean_mask(x, x > -1.0) < 1.0),
        [f32(9)],
    ),
    Case("reshape-of-mask", lambda tf, x: tf.reshape(tf.boolean_mask(x, [True, False, True]), [-1, 2]), [f32(3, 4)]),
    Case(
        "concat-of-masks", lambda tf, x: tf.concat([tf.boolean_mask(x, x > 0), tf.boolean_mask(x, x <= 0)], 0), [f32(9)]
    ),
    Case("zeros-of-size", lambda tf, x: tf.zeros([tf.size(tf.where(x > 0)), 2]), [f32(9)]),
    Case("sequence-mask", lambda tf, n: tf.sequence_mask(n), [arr([1, 3, 0])]),
    Case("count-nonzero", lambda tf, x: tf.math.count_nonzero(x), [ints(9, low=0, high=2)]),
    Program("assertions", _assertions),
    Program("assertion-shapes", _assertion_shapes),
    Program("checks-of-each-shape", _checks_of_each_shape),
    Program("assert-comparisons", _comparisons),
    Program("before-and-after", _before_and_after),
    _compiled("plain", lambda tf, x: x + 1, 1.0),
    _compiled("where", lambda tf, x: tf.where(x > 0), [1.0, -1.0]),
    _compiled("unique", lambda tf, x: tf.unique(x)[0], [1, 2, 1]),
    _compiled("mask", lambda tf, x: tf.boolean_mask(x, x > 0), [1, -2, 1]),
    _compiled("range", lambda tf, x: tf.range(x), 3),
    _compiled("partition", lambda tf, x: tf.dynamic_partition(x, [0, 1], 2), [1.0, 2.0]),
    _refused("print", "StringFormat", lambda tf, x: _quiet(tf, x), 1.0),
    _refused("py-function", "EagerPyFunc", lambda tf, x: tf.py_function(lambda a: a, [x], tf.float32), 1.0),
    _refused("numpy-function", "PyFunc", lambda tf, x: tf.numpy_function(lambda a: a, [x], tf.float32), 1.0),
    _refused("string-argument", "_Arg", lambda tf, x: tf.strings.join([x, "b"]), "a"),
    _refused("string-op", "AsString", lambda tf, x: tf.strings.length(tf.as_string(x)), 1),
    _refused("table", "LookupTableFindV2", _table, [1]),
    _refused("timestamp", "Timestamp", lambda tf, x: tf.timestamp(), 1),
    _refused("counts", "UniqueWithCounts", lambda tf, x: tf.unique_with_counts(x), [1, 2, 1]),
    _refused("inner", "StringFormat", lambda tf, x: tf.function(lambda y: _quiet(tf, y))(x), 1.0),
]
